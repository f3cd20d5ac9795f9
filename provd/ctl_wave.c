/* ctl_wave.c - provctl wave: many hosts installed a few at a time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl_http.h"
#include "ctl_print.h"
#include "provctl.h"

static long long
count(const json_t *w, const char *step)
{
	return ctl_num(json_object_get(w, "count"), step);
}

static void
print_head(void)
{
	printf("%-4s %-8s %6s %6s %9s %6s %7s  %-19s %s\n", "WAVE", "STATE", "HOSTS", "SIZE",
	    "INSTALLED", "FAILED", "WAITING", "STARTED", "HOSTS MEANT");
}

static void
print_wave(const json_t *w)
{
	printf("%-4lld %-8s %6lld %6lld %9lld %6lld %7lld  ", ctl_num(w, "id"),
	    ctl_get(w, "state"), ctl_num(w, "hosts"), ctl_num(w, "size"),
	    count(w, "installed"), count(w, "failed"), count(w, "waiting"));
	ctl_print_time(ctl_num(w, "started"));
	fputs("  ", stdout);
	ctl_put_safe(ctl_get(w, "select"));
	if (ctl_get(w, "why")[0] != '\0')
		printf(" (stopped: %s)", ctl_get(w, "why"));
	putchar('\n');
}

static void
print_seconds(long long s, char buf[48])
{
	if (s >= 3600)
		snprintf(buf, 48, "%lldh%02lldm", s / 3600, s / 60 % 60);
	else
		snprintf(buf, 48, "%lldm%02llds", s / 60, s % 60);
}

/* all: those that wait, too. */
static void
print_hosts(const json_t *w, bool all)
{
	json_t *h;
	size_t i;
	char took[48];

	printf("%-20s %5s %-11s %9s  %s\n", "HOST", "TURN", "RESULT", "TOOK", "REASON");
	json_array_foreach(json_object_get(w, "report"), i, h) {
		if (!all && strcmp(ctl_get(h, "result"), "waiting") == 0)
			continue;
		print_seconds(ctl_num(h, "seconds"), took);
		printf("%-20s %5lld %-11s %9s  ", ctl_get(h, "name"), ctl_num(h, "turn"),
		    ctl_get(h, "result"), ctl_num(h, "begun") != 0 ? took : "-");
		ctl_put_safe(ctl_get(h, "reason"));
		putchar('\n');
	}
}

static int
show_one(const struct ctl_opt *opt, const char *id, bool all)
{
	struct buf path = { 0 };
	json_t *o = NULL;
	int r = REFUSED;

	buf_puts(&path, "/v1/waves/");
	ctl_escape(&path, id);
	if (path.err == 0)
		r = ctl_json(opt, "GET", path.p, NULL, 0, &o, NULL);
	buf_free(&path);
	if (r == DONE && !opt->json) {
		print_head();
		print_wave(o);
		putchar('\n');
		print_hosts(o, all);
	}
	json_decref(o);
	return r;
}

static int
show_all(const struct ctl_opt *opt, bool running)
{
	json_t *o = NULL, *w;
	size_t i;
	int r = ctl_json(opt, "GET", "/v1/waves", NULL, 0, &o, NULL);

	if (r == DONE && !opt->json) {
		print_head();
		json_array_foreach(json_object_get(o, "waves"), i, w)
			if (!running || strcmp(ctl_get(w, "state"), "done") != 0)
				print_wave(w);
	}
	json_decref(o);
	return r;
}

static int
post(const struct ctl_opt *opt, const char *path, const char *did)
{
	json_t *o = NULL;
	int r = ctl_json(opt, "POST", path, NULL, 0, &o, NULL);

	if (r == DONE && !opt->json)
		printf("wave %lld: %s: %lld hosts, %lld at a time\n", ctl_num(o, "id"), did,
		    ctl_num(o, "hosts"), ctl_num(o, "size"));
	json_decref(o);
	return r;
}

static void
add(struct buf *b, const char *key, const char *value)
{
	if (value == NULL)
		return;
	buf_printf(b, "&%s=", key);
	ctl_escape(b, value);
}

static bool
sure(const struct ctl_opt *opt, char **host)
{
	char line[16];
	size_t n = 0;

	if (opt->yes || !isatty(STDIN_FILENO))
		return true;
	for (; host[n] != NULL; n++)
		fprintf(stderr, "%s%s", n > 0 ? " " : "", host[n]);
	fprintf(stderr, "\n%zu host%s. Install them, %s at a time, each with %s%s? [y/N] ", n,
	    n == 1 ? "" : "s", opt->size != NULL ? opt->size : "10%",
	    opt->profile != NULL ? "profile " : "its own profile",
	    opt->profile != NULL ? opt->profile : "");
	return fgets(line, sizeof(line), stdin) != NULL && (line[0] == 'y' || line[0] == 'Y');
}

static int
start(const struct ctl_opt *opt, int n, char **arg)
{
	struct buf path = { 0 };
	char **host, *text;
	int r;

	if (n == 0 && !opt->all)
		return ctl_usage("wave");
	if ((r = ctl_pick(opt, n, arg, &host)) != DONE)
		return r;
	if (!sure(opt, host)) {
		ctl_pick_free(host);
		return REFUSED;
	}
	ctl_pick_free(host);
	buf_puts(&path, "/v1/waves?select=");
	if ((text = ctl_pick_text(opt, n, arg)) != NULL)
		ctl_escape(&path, text);
	free(text);
	add(&path, "size", opt->size);
	add(&path, "max-failed", opt->max_failed);
	add(&path, "timeout", opt->timeout);
	add(&path, "power", opt->power);
	add(&path, "profile", opt->profile);
	add(&path, "tree", opt->tree);
	r = path.err == 0 ? post(opt, path.p, "started") : REFUSED;
	buf_free(&path);
	return r;
}

static int
steer(const struct ctl_opt *opt, const char *id, const char *action, const char *did)
{
	struct buf path = { 0 };
	int r;

	buf_puts(&path, "/v1/waves/");
	ctl_escape(&path, id);
	buf_puts(&path, action);
	r = path.err == 0 ? post(opt, path.p, did) : REFUSED;
	buf_free(&path);
	return r;
}

int
ctl_wave(const struct ctl_opt *opt, int n, char **arg)
{
	const char *what = arg[0];

	if (strcmp(what, "start") == 0)
		return start(opt, n - 1, arg + 1);
	if (strcmp(what, "list") == 0 && n == 1)
		return show_all(opt, false);
	if (strcmp(what, "status") == 0 && n <= 2)
		return n == 2 ? show_one(opt, arg[1], false) : show_all(opt, true);
	if (strcmp(what, "report") == 0 && n == 2)
		return show_one(opt, arg[1], true);
	if (strcmp(what, "stop") == 0 && n == 2)
		return steer(opt, arg[1], "/stop", "stopped");
	if (strcmp(what, "resume") == 0 && n == 2)
		return steer(opt, arg[1], opt->retry ? "/resume?retry=yes" : "/resume", "goes on");
	return ctl_usage("wave");
}
