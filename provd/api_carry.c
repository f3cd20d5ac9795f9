/* api_carry.c - leases of the server that provd follows become its own.
 *
 *	POST /v1/leases  {"leases":[{"address","mac","expiry","hostname","client_id"},...]}
 *
 * expiry: unix seconds, null: never; client_id: hex; the last two may be left out.
 * Each is committed like any other; the answer comes when all are on disk, and
 * says which were not taken: {"committed":N,"refused":[{"index","error"},...]}. */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/http.h>
#include <stdlib.h>
#include <string.h>

#include "../dhcpd/dhcpd.h"
#include "../fleet/lease.h"
#include "../lib/clock.h"
#include "api_int.h"

struct carry {
	struct api_call	*c;
	json_t		*refused;
	size_t		 left, committed;
};

struct one { struct carry *of; size_t index; };

static void
carry_end(struct carry *k)
{
	if (--k->left > 0)
		return;
	api_reply(k->c, 200, json_pack("{s:I,s:o}", "committed", (json_int_t)k->committed,
	    "refused", k->refused));
	free(k);
}

static void
refuse(struct carry *k, size_t index, const char *why)
{
	json_array_append_new(k->refused, json_pack("{s:I,s:s}", "index", (json_int_t)index,
	    "error", why));
}

static void
committed(void *arg, int result)
{
	struct one *o = arg;

	if (result < 0)
		refuse(o->of, o->index, strerror(-result));
	else
		o->of->committed++;
	carry_end(o->of);
	free(o);
}

static size_t
from_hex(const char *s, uint8_t *ret, size_t cap)
{
	size_t n = 0;

	for (; s[0] != '\0' && s[1] != '\0' && n < cap; s += 2) {
		char two[3] = { s[0], s[1], '\0' };

		ret[n++] = (uint8_t)strtoul(two, NULL, 16);
	}
	return n;
}

static bool
lease_of(const json_t *o, struct lease *l)
{
	const char *addr = json_string_value(json_object_get(o, "address"));
	const char *mac = json_string_value(json_object_get(o, "mac"));
	const char *name = json_string_value(json_object_get(o, "hostname"));
	const char *cid = json_string_value(json_object_get(o, "client_id"));
	const json_t *expiry = json_object_get(o, "expiry");
	uint8_t id[255];

	*l = (struct lease){ .state = LEASE_BOUND, .start = clock_unix() };
	if (addr == NULL || mac == NULL || ip4_parse(addr, &l->addr) < 0 ||
	    mac_parse(mac, &l->mac) < 0 || mac_is_zero(l->mac) ||
	    (!json_is_null(expiry) && !json_is_integer(expiry)))
		return false;
	l->expiry = json_is_null(expiry) ? LEASE_FOREVER : json_integer_value(expiry);
	for (size_t i = 0; name != NULL && name[i] != '\0' && i + 1 < sizeof(l->hostname); i++)
		l->hostname[i] = name[i] > ' ' && name[i] < 0x7f ? name[i] : '?';
	if (cid != NULL)
		lease_set_cid(l, id, from_hex(cid, id, sizeof(id)));
	return true;
}

static void
take_one(struct carry *k, const json_t *item, size_t index)
{
	struct one *o = malloc(sizeof(*o));
	struct lease l;
	char why[160] = "out of memory";
	int r = -ENOMEM;

	k->left++;
	if (!lease_of(item, &l)) {
		strcpy(why, "it is no lease");
		r = -EINVAL;
	} else if (o != NULL) {
		*o = (struct one){ k, index };
		r = dhcpd_carry(k->c->d->dhcpd, &l, committed, o, why);
	}
	if (r == 0)
		return;
	refuse(k, index, why);
	free(o);
	carry_end(k);
}

void
api_carry(struct api_call *c)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(c->req);
	size_t len = evbuffer_get_length(in), i;
	json_t *root = json_loadb((const char *)evbuffer_pullup(in, -1), len, 0, NULL), *item;
	json_t *list = json_object_get(root, "leases");
	struct carry *k;

	if (!json_is_array(list) || c->d->dhcpd == NULL || (k = calloc(1, sizeof(*k))) == NULL) {
		api_error(c, 400, "%s", !json_is_array(list) ? "that is no list of leases" :
		    "DHCP is not served here");
		json_decref(root);
		return;
	}
	*k = (struct carry){ .c = c, .refused = json_array(), .left = 1 };
	json_array_foreach(list, i, item)
		take_one(k, item, i);
	json_decref(root);
	carry_end(k);
}
