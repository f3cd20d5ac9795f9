/* ctl_call.c - one question to the running provd, and its answer. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl_http.h"
#include "provctl.h"

const char *
ctl_get(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s != NULL ? s : "";
}

long long
ctl_num(const json_t *o, const char *key)
{
	return (long long)json_integer_value(json_object_get(o, key));
}

int
ctl_no_server(const struct ctl_opt *opt, int err)
{
	fprintf(stderr, "provctl: %s: %s\n", opt->socket,
	    err == -ENOENT || err == -ECONNREFUSED ? "no provd is running there" :
	    strerror(-err));
	return NO_SERVER;
}

/* Ask; on success *ret is the answer (NULL: it was raw bytes, in *raw). */
int
ctl_json(const struct ctl_opt *opt, const char *method, const char *path, const void *body,
    size_t len, json_t **ret, struct buf *raw)
{
	struct buf b = { 0 };
	json_t *o;
	int code = 0, r;

	if ((r = ctl_call(opt->socket, method, path, body, len, &code, &b)) < 0) {
		buf_free(&b);
		return ctl_no_server(opt, r);
	}
	if (code == 200 && raw != NULL) {
		*raw = b;
		return DONE;
	}
	o = json_loads(b.p != NULL ? b.p : "", 0, NULL);
	if (code != 200) {
		fprintf(stderr, "provctl: %s\n", o != NULL && ctl_get(o, "error")[0] ?
		    ctl_get(o, "error") : "the server failed");
		r = REFUSED;
	} else if (o == NULL) {
		r = ctl_no_server(opt, -EBADMSG);
	} else {
		if (opt->json)
			fputs(b.p, stdout);
		*ret = o;
		o = NULL;
		r = DONE;
	}
	json_decref(o);
	buf_free(&b);
	return r;
}

char *
ctl_host_path(const struct ctl_opt *opt, const char *host, const char *action)
{
	struct buf b = { 0 };

	buf_puts(&b, "/v1/hosts/");
	ctl_escape(&b, host);
	buf_puts(&b, action);
	if (opt->profile != NULL) {
		buf_puts(&b, strchr(action, '?') != NULL ? "&profile=" : "?profile=");
		ctl_escape(&b, opt->profile);
	}
	if (opt->tree != NULL) {
		buf_puts(&b, opt->profile != NULL || strchr(action, '?') != NULL ? "&tree=" : "?tree=");
		ctl_escape(&b, opt->tree);
	}
	return buf_steal(&b, NULL);
}

int
ctl_host(const struct ctl_opt *opt, const char *method, const char *host, const char *action,
    json_t **ret)
{
	char *path = ctl_host_path(opt, host, action);
	int r = path != NULL ? ctl_json(opt, method, path, NULL, 0, ret, NULL) : REFUSED;

	free(path);
	return r;
}
