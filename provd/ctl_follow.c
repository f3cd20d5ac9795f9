/* ctl_follow.c - provctl log: what happened to a host, and what happens; provctl
 * wait: until hosts are where a script wants them. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/clock.h"
#include "ctl_events.h"
#include "ctl_http.h"
#include "ctl_print.h"
#include "provctl.h"

#define LOOK_MS		1000	/* the log grows without an event of its own */
#define OVERLAP		256u

/* Log --------------------------------------------------------------------------- */

struct follow {
	const struct ctl_opt *opt;
	char		*log;		/* as last seen */
	long long	 installation;
	bool		 begun, reset, gone, midline;
};

static const char *
severity_of(const json_t *l)
{
	const char *s = ctl_get(l, "severity");

	return *s != '\0' ? s : ctl_get(l, "level");
}

static void
print_line(struct follow *f, const json_t *l)
{
	const char *severity = severity_of(l);

	if (f->midline)
		putchar('\n');
	f->midline = false;
	ctl_print_time(ctl_num(l, "time"));
	printf("  %s", strcmp(severity, "error") == 0 ? "ERROR " :
	    strcmp(severity, "warning") == 0 ? "WARNING " : "");
	ctl_put_safe(ctl_get(l, "text"));
	putchar('\n');
}

/* What is new in the log, of which only the end is kept. */
static const char *
news(const char *old, const char *now)
{
	size_t n = strlen(old);
	const char *tail, *p, *at = NULL;

	if (strncmp(now, old, n) == 0)
		return now + n;
	if (n < OVERLAP)
		return now;
	tail = old + n - OVERLAP;
	for (p = now; (p = strstr(p, tail)) != NULL; p++)
		at = p + OVERLAP;
	return at != NULL ? at : now;
}

static void
print_log(struct follow *f, const json_t *host)
{
	long long inst = ctl_num(json_object_get(host, "installation"), "id");
	const char *log = ctl_get(host, "log"), *new;
	char *copy = strdup(log);

	if (copy == NULL)
		return;
	new = news(f->log != NULL && inst == f->installation ? f->log : "", log);
	if (*new != '\0') {
		ctl_put_safe(new);
		f->midline = new[strlen(new) - 1] != '\n';
	}
	free(f->log);
	f->log = copy;
	f->installation = inst;
}

static int
get_host(const struct ctl_opt *opt, const char *name, json_t **ret)
{
	struct ctl_opt quiet = *opt;

	quiet.json = quiet.json && !quiet.follow;
	quiet.profile = quiet.tree = NULL;
	return ctl_host(&quiet, "GET", name, "", ret);
}

static void
on_log_event(void *arg, const char *event, const json_t *data)
{
	struct follow *f = arg;

	if (strcmp(event, "line") == 0 && f->opt->json) {
		json_dumpf(data, stdout, JSON_COMPACT | JSON_SORT_KEYS);
		putchar('\n');
	} else if (strcmp(event, "line") == 0)
		print_line(f, data);
	f->gone |= strcmp(event, "gone") == 0;
}

/* Until the server or the host goes. */
static int
follow(struct follow *f, const char *name, struct ctl_events *e)
{
	for (;;) {
		struct pollfd fd = { .fd = ctl_events_fd(e), .events = POLLIN };
		json_t *o = NULL;
		int r;

		if (poll(&fd, 1, LOOK_MS) == -1 && errno != EINTR)
			return REFUSED;
		if (fd.revents != 0 && (r = ctl_events_read(e, on_log_event, f)) < 0) {
			fprintf(stderr, "provctl: provd has gone\n");
			return NO_SERVER;
		}
		if (f->gone)
			return REFUSED;
		if (!f->opt->json) {
			if ((r = get_host(f->opt, name, &o)) != DONE)
				return r;
			print_log(f, o);
			json_decref(o);
		}
		if (fflush(stdout) != 0)
			return REFUSED;
	}
}

int
ctl_log(const struct ctl_opt *opt, int n, char **arg)
{
	struct follow f = { .opt = opt };
	struct ctl_events *e = NULL;
	json_t *o = NULL, *l;
	char *name = NULL;
	size_t i;
	int r;

	(void)n;
	if ((r = get_host(opt, arg[0], &o)) != DONE)
		return r;
	if ((name = strdup(ctl_get(o, "name"))) == NULL)
		r = REFUSED;
	else if (opt->follow && (r = ctl_events_open(opt->socket, name, &e)) < 0)
		r = ctl_no_server(opt, r);
	if (r == DONE && opt->follow) {		/* what came in between is not missed */
		json_decref(o);
		o = NULL;
		r = get_host(opt, name, &o);
	}
	if (r == DONE && !opt->json) {
		json_array_foreach(json_object_get(o, "timeline"), i, l)
			print_line(&f, l);
		if (ctl_get(o, "log")[0] != '\0')
			puts("log");
		print_log(&f, o);
	}
	fflush(stdout);
	if (r == DONE && opt->follow)
		r = follow(&f, name, e);
	ctl_events_close(e);
	json_decref(o);
	free(f.log);
	free(name);
	return r;
}

/* Wait -------------------------------------------------------------------------- */

struct waited { const char *arg; char name[64]; bool done, began; };
struct wait {
	const struct ctl_opt *opt;
	const char	*until;
	struct waited	*host;
	size_t		 n, left;
	int		 result;	/* REFUSED as soon as one can't get there */
	bool		 reset;
};

/* An installed host goes on to its own disk. */
static bool
is_there(const char *state, const char *until)
{
	return strcmp(state, until) == 0 ||
	    (strcmp(until, "installed") == 0 && strcmp(state, "local") == 0);
}

static void
look_at(struct wait *w, struct waited *h, const json_t *o)
{
	const char *state = ctl_get(o, "state");

	if (h->done)
		return;
	if (is_there(state, w->until)) {
		printf("%s: %s\n", h->name, state);
		h->done = true;
		w->left--;
	} else if (strcmp(state, "failed") == 0) {
		fprintf(stderr, "provctl: %s: failed: ", h->name);
		ctl_put_safe_to(stderr, ctl_get(o, "reason"));
		fputc('\n', stderr);
		w->result = REFUSED;
	} else if (strcmp(state, "armed") == 0 || strcmp(state, "booting") == 0 ||
	    strcmp(state, "installing") == 0) {
		h->began = true;
	} else if (h->began && strcmp(w->until, "installed") == 0) {
		fprintf(stderr, "provctl: %s: is %s: it was disarmed\n", h->name, state);
		w->result = REFUSED;
	}
	fflush(stdout);
}

static void
on_wait_event(void *arg, const char *event, const json_t *data)
{
	struct wait *w = arg;

	if (strcmp(event, "reset") == 0)
		w->reset = true;
	for (size_t i = 0; i < w->n; i++) {
		if (strcmp(w->host[i].name, ctl_get(data, "name")) != 0)
			continue;
		if (strcmp(event, "host") == 0)
			look_at(w, &w->host[i], data);
		else if (strcmp(event, "gone") == 0 && !w->host[i].done) {
			fprintf(stderr, "provctl: %s is no host any more\n", w->host[i].name);
			w->result = REFUSED;
		}
	}
}

/* Each host, once. */
static int
look_at_all(struct wait *w)
{
	w->reset = false;
	for (size_t i = 0; i < w->n && w->result == DONE; i++) {
		json_t *o = NULL;
		int r = w->host[i].done ? DONE : get_host(w->opt, w->host[i].arg, &o);

		if (r != DONE)
			return r;
		if (o == NULL)
			continue;
		snprintf(w->host[i].name, sizeof(w->host[i].name), "%s", ctl_get(o, "name"));
		look_at(w, &w->host[i], o);
		json_decref(o);
	}
	return w->result;
}

static int
wait_for(struct wait *w, int64_t end)
{
	struct ctl_events *e = NULL;
	bool met = false;
	int r = DONE;

	while (r == DONE && w->left > 0) {
		struct pollfd fd = { .fd = -1, .events = POLLIN };
		int64_t now = clock_ms();

		if (now >= end) {
			r = TIMED_OUT;
			break;
		}
		/* A server that restarts is waited for, one that never was is not. */
		if (e == NULL && (r = ctl_events_open(w->opt->socket, NULL, &e)) < 0) {
			r = met ? DONE : ctl_no_server(w->opt, r);
			(void)poll(NULL, 0, end - now < LOOK_MS ? (int)(end - now) : LOOK_MS);
			continue;
		}
		if (!met || w->reset) {
			if ((r = look_at_all(w)) == NO_SERVER && met)
				r = DONE;
			met = true;
			continue;
		}
		fd.fd = ctl_events_fd(e);
		(void)poll(&fd, 1, end - now < 60000 ? (int)(end - now) : 60000);
		if (fd.revents != 0 && ctl_events_read(e, on_wait_event, w) < 0) {
			ctl_events_close(e);
			e = NULL;
			w->reset = true;
		}
		r = w->result;
	}
	ctl_events_close(e);
	return r;
}

/* "90", "90s", "20m", "2h", "1d" in milliseconds; -1. */
static int64_t
duration(const char *s)
{
	static const struct { const char *unit; int64_t ms; } units[] = {
		{ "", 1000 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }, { "d", 86400000 },
	};
	char *end;
	long n = strtol(s, &end, 10);

	if (end == s || n < 0 || n > 10000000)
		return -1;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(end, units[i].unit) == 0)
			return n * units[i].ms;
	return -1;
}

int
ctl_wait(const struct ctl_opt *opt, int n, char **arg)
{
	static const char states[] = " new ready armed booting installing installed local failed ";
	struct ctl_opt quiet = *opt;
	struct wait w = { .opt = &quiet, .until = opt->until != NULL ? opt->until : "installed" };
	int64_t time = opt->timeout != NULL ? duration(opt->timeout) : INT64_MAX / 2;
	char word[32], **list = NULL;
	int r;

	snprintf(word, sizeof(word), " %s ", w.until);
	if (time < 0 || strstr(states, word) == NULL) {
		if (time < 0)
			fprintf(stderr, "provctl: --timeout: %s is no time, as 90s, 20m, 2h\n",
			    opt->timeout);
		else
			fprintf(stderr, "provctl: --until: there is no state %s; there are:%.*s\n",
			    w.until, (int)sizeof(states) - 2, states);
		return USAGE;
	}
	if ((r = ctl_pick(opt, n, arg, &list)) != DONE) {
		ctl_pick_free(list);
		return r;
	}
	while (list[w.n] != NULL)
		w.n++;
	if (w.n == 0 || (w.host = calloc(w.n, sizeof(*w.host))) == NULL) {
		ctl_pick_free(list);
		return w.n == 0 ? ctl_usage("wait") : REFUSED;
	}
	quiet.json = false;
	w.left = w.n;
	for (size_t i = 0; i < w.n; i++)
		w.host[i].arg = list[i];
	r = wait_for(&w, clock_ms() + time);
	if (r == TIMED_OUT)
		for (size_t i = 0; i < w.n; i++)
			if (!w.host[i].done)
				fprintf(stderr, "provctl: %s is not %s after %s\n", w.host[i].name,
				    w.until, opt->timeout);
	ctl_pick_free(list);
	free(w.host);
	return r;
}
