/* waves.c - see waves.h. */
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/clock.h"
#include "../lib/log.h"
#include "arm.h"
#include "pick.h"
#include "power.h"
#include "waves.h"

#define KEPT_MAX	100u		/* the oldest that are over are forgotten */
#define TIMEOUT		2400u

struct task { size_t i; enum wave_do what; };

/* Who is answered when it is on disk. */
struct waiter { struct waiter *next; waves_done_fn *done; void *arg; };

struct run {
	struct wave	 w;
	struct waves	*all;
	struct waiter	*now, *next;	/* of what is being saved, and of what is to be */
	bool		 saving;
	struct task	*task;		/* to be done when it is on disk */
	size_t		 n_task, n_alloc;
};

struct waves {
	struct daemon	*d;
	struct event	*tick;
	struct run	**run;		/* by id */
	size_t		 n;
	uint32_t	 last_id;
	bool		 stopping;
};

/* One thing asked of one host. */
struct asked { struct waves *all; uint32_t id; size_t i; };

static struct run *
find(const struct waves *ws, uint32_t id)
{
	for (size_t i = 0; i < ws->n; i++)
		if (ws->run[i]->w.id == id)
			return ws->run[i];
	return NULL;
}

/* What is done ------------------------------------------------------------ */

static void
armed(void *arg, const struct arm_result *res)
{
	struct asked *a = arg;
	struct run *r = a->all->stopping ? NULL : find(a->all, a->id);
	char why[160];

	snprintf(why, sizeof(why), "%.*s", res->why != NULL ? (int)strcspn(res->why, "\n") : 0,
	    res->why != NULL ? res->why : "");
	if (r != NULL)
		wave_armed(&r->w, a->i, res->err == 0 ? NULL : why[0] != '\0' ? why :
		    strerror(-res->err), clock_unix());
	free(a);
}

static void
switched(void *arg, int result, const char *text)
{
	struct asked *a = arg;
	struct run *r = a->all->stopping ? NULL : find(a->all, a->id);

	if (r != NULL && result != -ESHUTDOWN)
		wave_switched(&r->w, a->i, result == 0 ? NULL : text, clock_unix());
	free(a);
}

static void
disarmed(void *arg, int result)
{
	(void)arg;
	(void)result;
}

static void
do_task(struct run *r, const struct task *t)
{
	struct daemon *d = r->all->d;
	const struct wave_host *wh = &r->w.host[t->i];
	struct fleet_host *h = fleet_host_by_name(d->fleet, wh->name);
	struct asked *a;
	const char *no;
	char why[300] = "out of memory";
	int e = -ENOMEM;

	if (t->what == WD_DISARM) {
		if (h != NULL)
			(void)fleet_disarm(d->fleet, h, disarmed, NULL, &no);
		return;
	}
	if ((a = malloc(sizeof(*a))) != NULL) {
		*a = (struct asked){ r->all, r->w.id, t->i };
		if (h == NULL)
			snprintf(why, sizeof(why), "is gone");
		else if (t->what == WD_ARM)
			e = arm_begin(d, ARM_INSTALL, wh->name, r->w.profile[0] != '\0' ?
			    r->w.profile : NULL, r->w.tree[0] != '\0' ? r->w.tree : NULL,
			    armed, a, why);
		else
			e = power_begin(d, h, r->w.power == WP_ON ? POWER_ON : POWER_CYCLE,
			    switched, a, why);
	}
	if (e == 0)
		return;
	free(a);
	if (t->what == WD_ARM)
		wave_armed(&r->w, t->i, why, clock_unix());
	else
		wave_switched(&r->w, t->i, why, clock_unix());
}

static void
tell(struct waiter **list, int result)
{
	struct waiter *w;

	while ((w = *list) != NULL) {
		*list = w->next;
		w->done(w->arg, result);
		free(w);
	}
}

static void
saved(void *arg, int result)
{
	struct asked *a = arg;
	struct run *r = find(a->all, a->id);
	bool stopping = a->all->stopping;
	struct task *task;
	size_t n;

	free(a);
	if (r == NULL)
		return;
	r->saving = false;
	tell(&r->now, result);
	if (stopping)
		return;
	if (result < 0) {	/* nothing is done that is not on disk: again in a second */
		r->w.dirty = true;
		return;
	}
	task = r->task;
	n = r->n_task;
	r->task = NULL;
	r->n_task = r->n_alloc = 0;
	for (size_t i = 0; i < n; i++)
		do_task(r, &task[i]);
	free(task);
}

static void
save(struct run *r)
{
	struct asked *a = malloc(sizeof(*a));
	struct buf b = { 0 };
	char key[16];

	snprintf(key, sizeof(key), "%u", r->w.id);
	wave_print(&r->w, &b);
	r->saving = true;
	r->now = r->next;
	r->next = NULL;
	if (a != NULL)
		*a = (struct asked){ r->all, r->w.id, 0 };
	if (a == NULL || b.err != 0 || fleet_keep(r->all->d->fleet, KEEP_WAVE, key, b.p, saved,
	    a) < 0) {
		free(a);
		r->saving = false;	/* another time: it stays dirty */
		r->next = r->now;
		r->now = NULL;
	} else
		r->w.dirty = false;
	buf_free(&b);
}

static int
await(struct run *r, waves_done_fn *done, void *arg)
{
	struct waiter *w = malloc(sizeof(*w));

	if (w == NULL)
		return -ENOMEM;
	*w = (struct waiter){ r->next, done, arg };
	r->next = w;
	r->w.dirty = true;
	if (!r->saving)
		save(r);
	return 0;
}

/* Looking ----------------------------------------------------------------- */

static void
add_task(struct run *r, size_t i, enum wave_do what)
{
	struct task *p;

	if (r->n_task == r->n_alloc) {
		p = realloc(r->task, (r->n_alloc ? 2 * r->n_alloc : 16) * sizeof(*p));
		if (p == NULL) {
			r->w.host[i].busy = false;	/* another time */
			return;
		}
		r->task = p;
		r->n_alloc = r->n_alloc ? 2 * r->n_alloc : 16;
	}
	r->task[r->n_task++] = (struct task){ i, what };
}

static void
look(struct run *r, int64_t now)
{
	struct fleet *f = r->all->d->fleet;
	enum wave_state was = r->w.state;
	char id[16];

	for (size_t i = 0; i < r->w.n; i++) {
		const struct fleet_host *h;
		struct wave_sees s = { 0 };
		enum wave_do what;

		if (r->w.host[i].step == WS_WAITING || r->w.host[i].step >= WS_DONE)
			continue;
		if ((h = fleet_host_by_name(f, r->w.host[i].name)) != NULL && h->cfg != NULL) {
			s.known = true;
			s.state = h->rec.state;
			s.reason = h->rec.reason;
			s.turn = fleet_place(f, h, now) > 0;
		}
		if ((what = wave_look(&r->w, i, &s, now)) != WD_NOTHING)
			add_task(r, i, what);
	}
	wave_next(&r->w, now);
	if (r->w.state == was)
		return;
	snprintf(id, sizeof(id), "%u", r->w.id);
	log_ev(r->w.state == WAVE_DONE ? LOG_NOTICE : LOG_WARNING, "wave", KV_S("wave", id),
	    KV_N("installed", wave_count(&r->w, WS_DONE)),
	    KV_N("failed", wave_count(&r->w, WS_FAILED)), KV_S("why", r->w.why),
	    KV_S("did", wave_state_name(r->w.state)));
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct waves *ws = arg;

	(void)fd;
	(void)what;
	for (size_t i = 0; i < ws->n; i++) {
		struct run *r = ws->run[i];

		if (r->saving)
			continue;	/* it comes again when it is on disk */
		if (r->w.state == WAVE_RUNNING || r->w.ended == 0)
			look(r, clock_unix());
		if (r->w.dirty || r->n_task > 0)
			save(r);
	}
}

/* Asking ------------------------------------------------------------------ */

const struct wave *
waves_find(const struct waves *ws, uint32_t id)
{
	const struct run *r = find(ws, id);

	return r != NULL ? &r->w : NULL;
}

size_t waves_count(const struct waves *ws) { return ws->n; }
const struct wave *waves_at(const struct waves *ws, size_t i) { return &ws->run[i]->w; }

static void
run_free(struct run *r)
{
	tell(&r->now, -ESHUTDOWN);
	tell(&r->next, -ESHUTDOWN);
	wave_free(&r->w);
	free(r->task);
	free(r);
}

static void
forgotten(void *arg, int result)
{
	(void)arg;
	(void)result;
}

static void
forget_oldest(struct waves *ws)
{
	char key[16];

	for (size_t i = 0; i < ws->n && ws->n > KEPT_MAX; i++) {
		struct run *r = ws->run[i];

		if (r->w.state == WAVE_RUNNING || r->saving || r->w.ended == 0)
			continue;
		snprintf(key, sizeof(key), "%u", r->w.id);
		(void)fleet_keep(ws->d->fleet, KEEP_WAVE, key, NULL, forgotten, NULL);
		run_free(r);
		ws->n--;
		memmove(ws->run + i, ws->run + i + 1, (ws->n - i) * sizeof(*ws->run));
		return;
	}
}

static int
insert(struct waves *ws, struct run *r)
{
	struct run **p = realloc(ws->run, (ws->n + 1) * sizeof(*p));
	size_t i = ws->n;

	if (p == NULL)
		return -ENOMEM;
	ws->run = p;
	for (; i > 0 && p[i - 1]->w.id > r->w.id; i--)
		p[i] = p[i - 1];
	p[i] = r;
	ws->n++;
	if (r->w.id > ws->last_id)
		ws->last_id = r->w.id;
	return 0;
}

/* One host is in one wave at a time. */
static const char *
in_another(const struct waves *ws, const char *host, uint32_t *ret_id)
{
	for (size_t i = 0; i < ws->n; i++) {
		const struct wave *w = &ws->run[i]->w;

		if (w->state == WAVE_DONE || w->ended != 0)
			continue;
		for (size_t k = 0; k < w->n; k++)
			if (w->host[k].step < WS_DONE && strcmp(w->host[k].name, host) == 0) {
				*ret_id = w->id;
				return host;
			}
	}
	return NULL;
}

static int
number(const char *s, const char *what, uint32_t max, uint32_t *ret, char why[300])
{
	char *end;
	unsigned long v;

	if (s == NULL)
		return 0;
	v = strtoul(s, &end, 10);
	if (s[0] < '0' || s[0] > '9' || *end != '\0' || v > max) {
		snprintf(why, 300, "%s: \"%.40s\" is no number up to %u", what, s, max);
		return -EINVAL;
	}
	*ret = (uint32_t)v;
	return 0;
}

static int
take(struct wave *w, const struct wave_ask *q, size_t n, char why[300])
{
	uint32_t max = 0;
	int r;

	w->timeout = TIMEOUT;
	if (wave_size_parse(q->size != NULL ? q->size : "10%", n, &w->size) < 0) {
		snprintf(why, 300, "size: \"%.40s\" is neither a number of hosts nor a percentage",
		    q->size);
		return -EINVAL;
	}
	if ((r = number(q->max_failed, "max-failed", WAVE_HOSTS, &max, why)) < 0)
		return r;
	w->max_failed = max;
	if (q->timeout != NULL && wave_time_parse(q->timeout, &w->timeout) < 0) {
		snprintf(why, 300, "timeout: \"%.40s\" is no duration such as 90s, 40m or 2h",
		    q->timeout);
		return -EINVAL;
	}
	for (w->power = 0; q->power != NULL && w->power < WP__COUNT; w->power++)
		if (strcmp(q->power, wave_power_name(w->power)) == 0)
			break;
	if (w->power == WP__COUNT) {
		snprintf(why, 300, "power: \"%.40s\" is neither cycle nor on nor none", q->power);
		return -EINVAL;
	}
	snprintf(w->profile, sizeof(w->profile), "%s", q->profile != NULL ? q->profile : "");
	snprintf(w->tree, sizeof(w->tree), "%s", q->tree != NULL ? q->tree : "");
	snprintf(w->select, sizeof(w->select), "%s", q->select);
	for (char *p = w->select; *p != '\0'; p++)
		if ((unsigned char)*p < ' ')
			*p = ' ';
	return 0;
}

/* What cannot work is said before anything happens. */
static int
check(struct waves *ws, const struct wave *w, const struct fleet_host *h, char why[300])
{
	const struct cfg_host *c = config_host(ws->d->set->cfg, h->rec.name);
	uint32_t other;

	if (c == NULL)
		snprintf(why, 300, "%s is no longer configured", h->rec.name);
	else if (w->profile[0] == '\0' && c->profile == NULL)
		snprintf(why, 300, "%s has no profile; name one (--profile)", h->rec.name);
	else if (w->profile[0] != '\0' && settings_profile(ws->d->set, w->profile) == NULL)
		snprintf(why, 300, "no profile named %.63s is loaded", w->profile);
	else if (w->power != WP_NONE && (c->power.method == NULL ||
	    strcmp(c->power.method, "none") == 0))
		snprintf(why, 300, "%s has no power.method; say how it is switched in the "
		    "configuration, or --power none", h->rec.name);
	else if (in_another(ws, h->rec.name, &other) != NULL)
		snprintf(why, 300, "%s is in wave %u, which has not ended", h->rec.name, other);
	else
		return 0;
	return -EINVAL;
}

int
waves_start(struct waves *ws, const struct wave_ask *q, waves_done_fn *done, void *arg,
    uint32_t *ret_id, char why[300])
{
	struct run *r = calloc(1, sizeof(*r));
	struct picked p = { 0 };
	int e;

	snprintf(why, 300, "out of memory");
	if (r == NULL)
		return -ENOMEM;
	r->all = ws;
	if ((e = pick_hosts(ws->d->fleet, q->select, true, &p, why)) < 0 ||
	    (e = take(&r->w, q, p.n, why)) < 0)
		goto out;
	for (size_t i = 0; i < p.n && e == 0; i++)
		if ((e = check(ws, &r->w, p.host[i], why)) == 0)
			e = wave_add(&r->w, p.host[i]->rec.name);
	if (e < 0)
		goto out;
	r->w.id = ws->last_id + 1;
	r->w.started = clock_unix();
	r->w.dirty = true;
	e = insert(ws, r);
out:
	free(p.host);
	if (e < 0) {
		run_free(r);
		return e;
	}
	forget_oldest(ws);
	wave_next(&r->w, clock_unix());
	*ret_id = r->w.id;
	return await(r, done, arg);
}

int
waves_stop(struct waves *ws, uint32_t id, waves_done_fn *done, void *arg, char why[300])
{
	struct run *r = find(ws, id);

	if (r == NULL) {
		snprintf(why, 300, "there is no wave %u", id);
		return -ENOENT;
	}
	if (r->w.state != WAVE_RUNNING) {
		snprintf(why, 300, "wave %u is %s", id, wave_state_name(r->w.state));
		return -EINVAL;
	}
	wave_stop(&r->w, "by a person");
	return await(r, done, arg);
}

int
waves_resume(struct waves *ws, uint32_t id, bool retry, waves_done_fn *done, void *arg,
    char why[300])
{
	struct run *r = find(ws, id);
	uint32_t other;

	if (r == NULL) {
		snprintf(why, 300, "there is no wave %u", id);
		return -ENOENT;
	}
	for (size_t i = 0; i < r->w.n; i++)
		if ((r->w.host[i].step == WS_WAITING || (retry && r->w.host[i].step == WS_FAILED)) &&
		    r->w.ended != 0 && in_another(ws, r->w.host[i].name, &other) != NULL) {
			snprintf(why, 300, "%s is in wave %u, which has not ended",
			    r->w.host[i].name, other);
			return -EINVAL;
		}
	if (wave_resume(&r->w, retry) < 0) {
		snprintf(why, 300, r->w.state == WAVE_RUNNING ? "wave %u is running" :
		    "wave %u has no host left to begin%s", id, retry ? "" :
		    "; --retry takes those that failed once more");
		return -EINVAL;
	}
	return await(r, done, arg);
}

/* Life -------------------------------------------------------------------- */

static int
load(void *arg, const char *key, const char *text)
{
	struct waves *ws = arg;
	struct run *r = calloc(1, sizeof(*r));
	int e;

	if (r == NULL)
		return -ENOMEM;
	r->all = ws;
	if ((e = wave_parse(text, &r->w)) < 0) {
		log_ev(LOG_ERR, "wave", KV_S("wave", key), KV_ERR(e), KV_S("did", "left-out"));
		free(r);
		return e == -ENOMEM ? e : 0;
	}
	wave_restart(&r->w);
	if ((e = insert(ws, r)) < 0)
		run_free(r);
	return e;
}

int
waves_new(struct daemon *d, struct waves **ret)
{
	const struct timeval tv = { .tv_sec = 1 };
	struct waves *ws = calloc(1, sizeof(*ws));
	int r;

	if (ws == NULL)
		return -ENOMEM;
	ws->d = d;
	*ret = ws;
	if ((r = fleet_kept(d->fleet, KEEP_WAVE, load, ws)) < 0)
		return r;
	if ((ws->tick = event_new(d->base, -1, EV_PERSIST, on_tick, ws)) == NULL ||
	    event_add(ws->tick, &tv) == -1)
		return -ENOMEM;
	return 0;
}

void
waves_stopping(struct waves *ws)
{
	if (ws == NULL)
		return;
	ws->stopping = true;
	if (ws->tick != NULL)
		event_free(ws->tick);
	ws->tick = NULL;
}

void
waves_free(struct waves *ws)
{
	if (ws == NULL)
		return;
	for (size_t i = 0; i < ws->n; i++)
		run_free(ws->run[i]);
	free(ws->run);
	free(ws);
}
