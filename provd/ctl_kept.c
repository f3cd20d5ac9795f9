/* ctl_kept.c - provctl add, set, delete, adopt; hosts --yaml. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl_http.h"
#include "ctl_print.h"
#include "provctl.h"

/* KEY=VALUE, KEY.KEY=VALUE; an empty value is none at all (null).  -1: said. */
static int
set(json_t *o, const char *arg)
{
	const char *eq = strchr(arg, '='), *dot;
	char key[256];

	if (eq == NULL || eq == arg || (size_t)(eq - arg) >= sizeof(key)) {
		fprintf(stderr, "provctl: %s: must be option=value\n", arg);
		return -1;
	}
	while ((dot = memchr(arg, '.', (size_t)(eq - arg))) != NULL && dot < eq) {
		json_t *in;

		snprintf(key, sizeof(key), "%.*s", (int)(dot - arg), arg);
		if (!json_is_object(in = json_object_get(o, key))) {
			json_object_set_new(o, key, json_object());
			in = json_object_get(o, key);
		}
		o = in;
		arg = dot + 1;
		/* Names of labels and options may have dots. */
		if (strcmp(key, "labels") == 0 || strcmp(key, "options") == 0 ||
		    strcmp(key, "vars") == 0)
			break;
	}
	snprintf(key, sizeof(key), "%.*s", (int)(eq - arg), arg);
	json_object_set_new(o, key, eq[1] == '\0' ? json_null() : json_string(eq + 1));
	return 0;
}

/* rack=7,role=web */
static int
set_labels(json_t *o, const char *text)
{
	json_t *labels = json_object();
	char one[512];
	size_t n;
	int r = 0;

	for (; r == 0 && *text != '\0'; text += n + (text[n] == ',')) {
		n = strcspn(text, ",");
		snprintf(one, sizeof(one), "%.*s", (int)n, text);
		r = set(labels, one);
	}
	if (r == 0)
		json_object_set_new(o, "labels", labels);
	else
		json_decref(labels);
	return r;
}

static int
send(const struct ctl_opt *opt, const char *method, const char *host, json_t *body,
    const char *did)
{
	char *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
	struct buf path = { 0 };
	json_t *o = NULL;
	int r = REFUSED;

	buf_puts(&path, host != NULL && host[0] == '/' ? host : "/v1/hosts");
	if (host != NULL && host[0] != '/') {
		buf_putc(&path, '/');
		ctl_escape(&path, host);
	}
	if (path.err == 0 && (body == NULL || text != NULL))
		r = ctl_json(opt, method, path.p, text, text != NULL ? strlen(text) : 0, &o, NULL);
	if (r == DONE && !opt->json) {
		const char *addr = ctl_get(o, "address");

		if (ctl_get(o, "name")[0] != '\0')
			printf("%s: %s%s%s\n", ctl_get(o, "name"), did,
			    addr[0] != '\0' ? ", address " : "", addr);
		else
			printf("%s: %s\n", host, did);
	}
	json_decref(o);
	buf_free(&path);
	free(text);
	return r;
}

/* Options named by themselves and as option=value. */
static int
gather(const struct ctl_opt *opt, char **arg, json_t *o)
{
	if (opt->profile != NULL)
		json_object_set_new(o, "profile", json_string(opt->profile));
	if (opt->tree != NULL)
		json_object_set_new(o, "tree", json_string(opt->tree));
	if (opt->label != NULL && set_labels(o, opt->label) < 0)
		return USAGE;
	for (; *arg != NULL; arg++)
		if (set(o, *arg) < 0)
			return USAGE;
	return DONE;
}

int
ctl_add(const struct ctl_opt *opt, int n, char **arg)
{
	json_t *o = json_object();
	int r = gather(opt, arg + 1, o);

	(void)n;
	json_object_set_new(o, "name", json_string(arg[0]));
	if (r == DONE)
		r = send(opt, "POST", NULL, o, "added");
	json_decref(o);
	return r;
}

int
ctl_set(const struct ctl_opt *opt, int n, char **arg)
{
	json_t *o = json_object();
	int r = gather(opt, arg + 1, o);

	(void)n;
	if (r == DONE)
		r = send(opt, "PATCH", arg[0], o, "changed");
	json_decref(o);
	return r;
}

int
ctl_delete(const struct ctl_opt *opt, int n, char **arg)
{
	int r = DONE;

	for (int i = 0; i < n && r != NO_SERVER; i++) {
		int one = send(opt, "DELETE", arg[i], NULL, "deleted");

		r = one > r ? one : r;
	}
	return r;
}

int
ctl_adopt(const struct ctl_opt *opt, int n, char **arg)
{
	json_t *o;
	int r;

	(void)n;
	if (opt->name == NULL) {
		fputs("provctl: adopt: say how it is called (--name)\n", stderr);
		return USAGE;
	}
	o = json_object();
	r = gather(opt, arg + 1, o);
	json_object_set_new(o, "name", json_string(opt->name));
	json_object_set_new(o, "mac", json_string(arg[0]));
	if (r == DONE)
		r = send(opt, "POST", "/v1/adopt", o, "adopted");
	json_decref(o);
	return r;
}

int
ctl_kept_yaml(const struct ctl_opt *opt)
{
	const char *name;
	json_t *o, *v;
	int r = ctl_json(opt, "GET", "/v1/kept", NULL, 0, &o, NULL);

	if (r != DONE)
		return r;
	if (!opt->json) {
		ctl_put_safe(ctl_get(o, "yaml"));
		json_object_foreach(json_object_get(o, "left_out"), name, v)
			fprintf(stderr, "provctl: %s is left out: %s\n", name, json_string_value(v));
	}
	json_decref(o);
	return DONE;
}
