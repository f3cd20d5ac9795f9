/* ctl_power.c - provctl power: machines switched on and off. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl_http.h"
#include "ctl_print.h"
#include "provctl.h"

#define AT_ONCE		16u	/* as many as hooks run */

static int
begin(const struct ctl_opt *opt, const char *action, const char *host, int *ret_fd)
{
	bool status = strcmp(action, "status") == 0;
	struct buf path = { 0 };
	int r;

	buf_puts(&path, "/v1/hosts/");
	ctl_escape(&path, host);
	buf_puts(&path, "/power");
	if (!status)
		buf_printf(&path, "?action=%s", action);
	r = path.err != 0 ? path.err : ctl_ask(opt->socket, status ? "GET" : "POST", path.p, NULL,
	    0, ret_fd);
	buf_free(&path);
	return r;
}

static int
finish(const struct ctl_opt *opt, int fd, const char *host)
{
	struct buf b = { 0 };
	json_t *o = NULL;
	int code = 0, r = ctl_answer(fd, &code, &b);

	if (r == 0)
		o = json_loads(b.p != NULL ? b.p : "", 0, NULL);
	if (r < 0)
		r = ctl_no_server(opt, r);
	else if (code != 200) {
		fprintf(stderr, "provctl: %s\n", ctl_get(o, "error")[0] != '\0' ?
		    ctl_get(o, "error") : "the server failed");
		r = REFUSED;
	} else if (opt->json)
		fputs(b.p, stdout);
	else {
		printf("%s: ", host);
		ctl_put_safe(ctl_get(o, "text"));
		putchar('\n');
	}
	json_decref(o);
	buf_free(&b);
	return r;
}

static int
all(const struct ctl_opt *opt, const char *action, char **host)
{
	int fd[AT_ONCE], worst = DONE;

	while (*host != NULL && worst != NO_SERVER) {
		unsigned n = 0;

		for (; n < AT_ONCE && host[n] != NULL; n++) {
			int r = begin(opt, action, host[n], &fd[n]);

			if (r < 0) {
				worst = ctl_no_server(opt, r);
				break;
			}
		}
		for (unsigned i = 0; i < n; i++) {
			int r = finish(opt, fd[i], host[i]);

			worst = r > worst ? r : worst;
		}
		host += n;
	}
	return worst;
}

static bool
sure(const struct ctl_opt *opt, const char *action, char **host)
{
	char line[16];
	size_t n = 0;

	if (strcmp(action, "status") == 0 || strcmp(action, "on") == 0 || opt->yes ||
	    !isatty(STDIN_FILENO))
		return true;
	for (; host[n] != NULL; n++)
		fprintf(stderr, "%s%s", n > 0 ? " " : "", host[n]);
	fprintf(stderr, "\n%zu host%s. Power %s? [y/N] ", n, n == 1 ? "" : "s", action);
	return fgets(line, sizeof(line), stdin) != NULL && (line[0] == 'y' || line[0] == 'Y');
}

int
ctl_power(const struct ctl_opt *opt, int n, char **arg)
{
	static const char *const known[] = { "on", "off", "cycle", "status" };
	bool good = false;
	char **host;
	int r;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		good |= strcmp(arg[0], known[i]) == 0;
	if (!good || (n == 1 && !opt->all))
		return ctl_usage("power");
	if ((r = ctl_pick(opt, n - 1, arg + 1, &host)) != DONE)
		return r;
	r = sure(opt, arg[0], host) ? all(opt, arg[0], host) : REFUSED;
	ctl_pick_free(host);
	return r;
}
