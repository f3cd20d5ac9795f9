/* ctl_carry.c - provctl import --leases: leases of another server become the running
 * provd's, so that a site moves without two machines at one address. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../import/import.h"
#include "ctl_http.h"
#include "provctl.h"

#define BATCH	128u

struct batch {
	const char	*socket;
	struct import_lease lease[BATCH];
	size_t		 n, carried, refused, expired;
};

static json_t *
text(const char *s)
{
	json_t *j = s != NULL ? json_string(s) : NULL;

	return j != NULL ? j : json_null();	/* what is no UTF-8 is not needed */
}

static void
told(struct batch *b, const json_t *answer)
{
	json_t *list = json_object_get(answer, "refused"), *o;
	size_t i;

	b->carried += (size_t)json_integer_value(json_object_get(answer, "committed"));
	json_array_foreach(list, i, o) {
		size_t k = (size_t)json_integer_value(json_object_get(o, "index"));
		const char *why = json_string_value(json_object_get(o, "error"));

		if (k >= b->n || why == NULL)
			continue;
		if (strcmp(why, "it has expired") == 0) {	/* nobody misses it */
			b->expired++;
			continue;
		}
		fprintf(stderr, "%s:%u: lease %s of %s: %s\n", b->lease[k].file, b->lease[k].line,
		    b->lease[k].address, b->lease[k].mac, why);
		b->refused++;
	}
}

static int
send_batch(struct batch *b)
{
	json_t *list = json_array(), *o = json_pack("{s:o}", "leases", list), *answer = NULL;
	struct buf got = { 0 };
	char *body;
	int code = 0, r;

	for (size_t i = 0; i < b->n; i++) {
		const struct import_lease *l = &b->lease[i];

		json_array_append_new(list, json_pack("{s:s,s:s,s:o,s:o,s:o}", "address", l->address,
		    "mac", l->mac, "hostname", text(l->hostname), "client_id", text(l->client_id),
		    "expiry", l->expiry != 0 ? json_integer(l->expiry) : json_null()));
	}
	body = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	r = body == NULL ? -ENOMEM : ctl_call(b->socket, "POST", "/v1/leases", body, strlen(body),
	    &code, &got);
	if (r == 0 && (answer = json_loads(got.p != NULL ? got.p : "", 0, NULL)) == NULL)
		r = -EBADMSG;
	if (r < 0) {
		fprintf(stderr, "provctl: %s: %s\n", b->socket, r == -ENOENT || r == -ECONNREFUSED ?
		    "no provd is running there" : strerror(-r));
		r = NO_SERVER;
	} else if (code != 200) {
		fprintf(stderr, "provctl: %s\n", json_string_value(json_object_get(answer, "error")));
		r = REFUSED;
	} else {
		told(b, answer);
		r = DONE;
	}
	json_decref(answer);
	buf_free(&got);
	free(body);
	b->n = 0;
	return r;
}

int
ctl_carry(const char *socket, struct import *imp)
{
	struct batch b = { .socket = socket };
	struct import_lease l = { 0 };
	struct buf report = { 0 };
	size_t left = 0;
	int r = DONE;

	while (r == DONE && import_lease(imp, &l)) {
		b.lease[b.n++] = l;
		if (b.n == BATCH)
			r = send_batch(&b);
	}
	if (r == DONE && b.n > 0)
		r = send_batch(&b);
	if (import_report(imp, &report, &left) == 0 && report.len > 0)
		fwrite(report.p, 1, report.len, stderr);
	buf_free(&report);
	printf("%zu leases carried over", b.carried);
	if (b.refused > 0)
		printf(", %zu refused", b.refused);
	if (b.expired > 0)
		printf(", %zu had expired", b.expired);
	putchar('\n');
	return r == DONE && b.refused + left > 0 ? LEFT_OUT : r;
}
