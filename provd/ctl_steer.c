/* ctl_steer.c - provctl arm, disarm, inspect: one host, or a rack.
 *
 * Many are asked for at a time, so that the server commits them together. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl_http.h"
#include "provctl.h"

#define AT_ONCE		32u

char *
ctl_host_path(const struct ctl_opt *opt, const char *host, const char *action)
{
	struct buf b = { 0 };

	buf_puts(&b, "/v1/hosts/");
	ctl_escape(&b, host);
	buf_puts(&b, action);
	if (opt->profile != NULL) {
		buf_puts(&b, "?profile=");
		ctl_escape(&b, opt->profile);
	}
	if (opt->tree != NULL) {
		buf_puts(&b, opt->profile != NULL ? "&tree=" : "?tree=");
		ctl_escape(&b, opt->tree);
	}
	return buf_steal(&b, NULL);
}

static int
begin(const struct ctl_opt *opt, const char *host, const char *action, int *ret_fd)
{
	char *path = ctl_host_path(opt, host, action);
	int r = path != NULL ? ctl_ask(opt->socket, "POST", path, NULL, 0, ret_fd) : -ENOMEM;

	free(path);
	return r;
}

static const char *
get(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s != NULL ? s : "";
}

/* what: of which host, where there are several. */
static int
finish(const struct ctl_opt *opt, int fd, const char *what, const char *said)
{
	struct buf b = { 0 };
	json_t *o = NULL;
	int code = 0, r = ctl_answer(fd, &code, &b);

	if (r == 0 && (o = json_loads(b.p != NULL ? b.p : "", 0, NULL)) == NULL && code == 200)
		r = -EBADMSG;
	if (r < 0) {
		r = ctl_no_server(opt, r);
	} else if (code != 200) {
		fprintf(stderr, "provctl: %s%s%s\n", what, *what != '\0' ? ": " : "",
		    get(o, "error")[0] != '\0' ? get(o, "error") : "the server failed");
		r = REFUSED;
	} else {
		if (opt->json)
			fputs(b.p, stdout);
		else
			printf("%s: %s%s\n", get(o, "name"), get(o, "state"), said);
		r = DONE;
	}
	json_decref(o);
	buf_free(&b);
	return r;
}

int
ctl_steer(const struct ctl_opt *opt, char **host, const char *action, const char *said)
{
	bool several = host[0] != NULL && host[1] != NULL;
	int fd[AT_ONCE], worst = DONE;

	while (*host != NULL && worst != NO_SERVER) {
		unsigned n = 0;

		for (; n < AT_ONCE && host[n] != NULL; n++) {
			int r = begin(opt, host[n], action, &fd[n]);

			if (r < 0) {
				worst = ctl_no_server(opt, r);
				break;
			}
		}
		for (unsigned i = 0; i < n; i++) {
			int r = finish(opt, fd[i], several ? host[i] : "", said);

			worst = r > worst ? r : worst;
		}
		host += n;
	}
	return worst;
}
