/* ctl_power.c - provctl power: machines switched on and off. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl_http.h"
#include "ctl_print.h"
#include "provctl.h"

static int
one(const struct ctl_opt *opt, const char *action, const char *host)
{
	bool status = strcmp(action, "status") == 0;
	struct buf path = { 0 };
	json_t *o = NULL;
	int r = REFUSED;

	buf_puts(&path, "/v1/hosts/");
	ctl_escape(&path, host);
	buf_puts(&path, "/power");
	if (!status)
		buf_printf(&path, "?action=%s", action);
	if (path.err == 0)
		r = ctl_json(opt, status ? "GET" : "POST", path.p, NULL, 0, &o, NULL);
	buf_free(&path);
	if (r == DONE && !opt->json) {
		printf("%s: ", host);
		ctl_put_safe(ctl_get(o, "text"));
		putchar('\n');
	}
	json_decref(o);
	return r;
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
	if (!sure(opt, arg[0], host))
		r = REFUSED;
	for (size_t i = 0; r != REFUSED && r != NO_SERVER && host[i] != NULL; i++) {
		int this = one(opt, arg[0], host[i]);

		r = this == REFUSED && host[i + 1] != NULL ? LEFT_OUT : this > r ? this : r;
	}
	ctl_pick_free(host);
	return r == LEFT_OUT ? REFUSED : r;
}
