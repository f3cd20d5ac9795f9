/* wave.c - see wave.h. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wave.h"

static const char *const state_names[] = { "running", "stopped", "done" };
static const char *const step_names[] = { "waiting", "arming", "switching", "installing",
	"installed", "failed" };
static const char *const power_names[] = { "cycle", "on", "none" };

const char *wave_state_name(enum wave_state s) { return state_names[s]; }
const char *wave_step_name(enum wave_step s) { return step_names[s]; }
const char *wave_power_name(enum wave_power p) { return power_names[p]; }

int
wave_add(struct wave *w, const char *host)
{
	struct wave_host *p;

	if (w->n == WAVE_HOSTS)
		return -EINVAL;
	if ((w->n & (w->n - 1)) == 0) {		/* full at powers of two */
		p = realloc(w->host, (w->n ? 2 * w->n : 1) * sizeof(*p));
		if (p == NULL)
			return -ENOMEM;
		w->host = p;
	}
	p = &w->host[w->n++];
	*p = (struct wave_host){ .step = WS_WAITING };
	snprintf(p->name, sizeof(p->name), "%s", host);
	return 0;
}

void
wave_free(struct wave *w)
{
	free(w->host);
	*w = (struct wave){ 0 };
}

unsigned
wave_count(const struct wave *w, enum wave_step step)
{
	unsigned n = 0;

	for (size_t i = 0; i < w->n; i++)
		n += w->host[i].step == step;
	return n;
}

/* Steps ------------------------------------------------------------------- */

static bool
is_under_way(const struct wave_host *h)
{
	return h->step == WS_ARMING || h->step == WS_SWITCHING || h->step == WS_INSTALLING;
}

static void
go(struct wave *w, struct wave_host *h, enum wave_step step, int64_t now)
{
	h->step = step;
	h->since = now;
	h->busy = h->again = false;
	if (step == WS_DONE || step == WS_FAILED)
		h->ended = now;
	w->dirty = true;
}

static void
fail(struct wave *w, struct wave_host *h, const char *why, int64_t now)
{
	snprintf(h->reason, sizeof(h->reason), "%s", why);
	/* It is kept as a line. */
	for (char *p = h->reason; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = ' ';
	go(w, h, WS_FAILED, now);
}

static bool
has_begun(enum host_state s)
{
	return s == HS_BOOTING || s == HS_INSTALLING || s == HS_INSTALLED || s == HS_LOCAL;
}

static enum wave_do
arming(struct wave *w, struct wave_host *h, const struct wave_sees *s, int64_t now)
{
	if (h->busy)
		return WD_NOTHING;
	/* Armed before the crash, and on its way since: not once more. */
	if (h->again && (s->state == HS_BOOTING || s->state == HS_INSTALLING)) {
		go(w, h, WS_INSTALLING, now);
		return WD_NOTHING;
	}
	h->busy = true;
	return WD_ARM;
}

static enum wave_do
switching(struct wave *w, struct wave_host *h, const struct wave_sees *s, int64_t now)
{
	if (h->busy)
		return WD_NOTHING;
	if (has_begun(s->state) || s->state == HS_FAILED) {
		go(w, h, WS_INSTALLING, now);
		return WD_NOTHING;
	}
	h->busy = true;
	return WD_POWER;
}

static enum wave_do
installing(struct wave *w, struct wave_host *h, const struct wave_sees *s, int64_t now)
{
	char why[160];

	switch (s->state) {
	case HS_INSTALLED:
	case HS_LOCAL:
		go(w, h, WS_DONE, now);
		return WD_NOTHING;
	case HS_FAILED:
		fail(w, h, s->reason != NULL && s->reason[0] != '\0' ? s->reason : "failed", now);
		return WD_NOTHING;
	case HS_NEW:
	case HS_READY:
		fail(w, h, "was disarmed", now);
		return WD_NOTHING;
	default:
		break;
	}
	if (s->turn)
		h->since = now;		/* it waits for others, not others for it */
	if (now - h->since < (int64_t)w->timeout)
		return WD_NOTHING;
	snprintf(why, sizeof(why), "not installed after %u minutes: %s", (w->timeout + 59) / 60,
	    s->state == HS_ARMED ? "it never booted from the network; disarmed" :
	    s->state == HS_BOOTING ? "it booted and did not begin; disarmed" :
	    "it is still at it");
	fail(w, h, why, now);
	return s->state == HS_INSTALLING ? WD_NOTHING : WD_DISARM;
}

enum wave_do
wave_look(struct wave *w, size_t i, const struct wave_sees *s, int64_t now)
{
	struct wave_host *h = &w->host[i];

	assert(i < w->n);
	if (!is_under_way(h))
		return WD_NOTHING;
	if (!s->known && !h->busy) {
		fail(w, h, "is no longer configured", now);
		return WD_NOTHING;
	}
	if (h->step == WS_ARMING)
		return arming(w, h, s, now);
	if (h->step == WS_SWITCHING)
		return switching(w, h, s, now);
	return installing(w, h, s, now);
}

void
wave_armed(struct wave *w, size_t i, const char *why, int64_t now)
{
	struct wave_host *h = &w->host[i];

	if (h->step != WS_ARMING)
		return;
	if (why != NULL)
		fail(w, h, why, now);
	else
		go(w, h, w->power == WP_NONE ? WS_INSTALLING : WS_SWITCHING, now);
}

void
wave_switched(struct wave *w, size_t i, const char *why, int64_t now)
{
	struct wave_host *h = &w->host[i];

	if (h->step != WS_SWITCHING)
		return;
	if (why != NULL)
		fail(w, h, why, now);
	else
		go(w, h, WS_INSTALLING, now);
}

/* The wave ---------------------------------------------------------------- */

void
wave_stop(struct wave *w, const char *why)
{
	if (w->state != WAVE_RUNNING)
		return;
	w->state = WAVE_STOPPED;
	snprintf(w->why, sizeof(w->why), "%s", why);
	w->dirty = true;
}

int
wave_resume(struct wave *w, bool retry)
{
	for (size_t i = 0; i < w->n && retry; i++)
		if (w->host[i].step == WS_FAILED) {
			struct wave_host *h = &w->host[i];

			h->step = WS_WAITING;
			h->begun = h->since = h->ended = 0;
			h->turn = 0;
			h->reason[0] = '\0';
		}
	if (w->state == WAVE_RUNNING || wave_count(w, WS_WAITING) == 0)
		return -EINVAL;
	w->forgiven = wave_count(w, WS_FAILED);
	w->state = WAVE_RUNNING;
	w->why[0] = '\0';
	w->ended = 0;
	w->dirty = true;
	return 0;
}

void
wave_restart(struct wave *w)
{
	for (size_t i = 0; i < w->n; i++) {
		w->host[i].busy = false;
		w->host[i].again = true;
	}
}

static void
begin(struct wave *w, int64_t now)
{
	unsigned n = 0;

	w->turn++;
	for (size_t i = 0; i < w->n && n < w->size; i++) {
		struct wave_host *h = &w->host[i];

		if (h->step != WS_WAITING)
			continue;
		go(w, h, WS_ARMING, now);
		h->begun = now;
		h->turn = w->turn;
		n++;
	}
}

void
wave_next(struct wave *w, int64_t now)
{
	unsigned failed = wave_count(w, WS_FAILED), waiting = wave_count(w, WS_WAITING);
	bool any = false;
	char why[200];

	if (w->state == WAVE_DONE)
		return;
	for (size_t i = 0; i < w->n && !any; i++)
		any = is_under_way(&w->host[i]);
	failed -= w->forgiven < failed ? w->forgiven : failed;
	if (w->state == WAVE_RUNNING && failed > w->max_failed && waiting > 0) {
		snprintf(why, sizeof(why), "%u failed, and no more than %u may", failed,
		    w->max_failed);
		wave_stop(w, why);
	}
	if (any)
		return;
	if (waiting == 0) {
		w->state = WAVE_DONE;
		w->ended = now;
		w->dirty = true;
	} else if (w->state == WAVE_RUNNING)
		begin(w, now);
	else if (w->ended == 0) {
		w->ended = now;
		w->dirty = true;
	}
}

int
wave_size_parse(const char *s, size_t n, unsigned *ret)
{
	unsigned long v = 0;
	size_t i = 0;

	for (; s[i] >= '0' && s[i] <= '9' && i < 6; i++)
		v = v * 10 + (unsigned long)(s[i] - '0');
	if (i == 0 || v == 0 || (s[i] != '\0' && strcmp(s + i, "%") != 0) ||
	    (s[i] == '%' && v > 100) || v > WAVE_HOSTS)
		return -EINVAL;
	if (s[i] == '%')
		v = (n * v + 99) / 100;
	*ret = v > 0 ? (unsigned)v : 1;
	return 0;
}

int
wave_time_parse(const char *s, uint32_t *ret)
{
	uint64_t v = 0, unit = 1;
	size_t i = 0;

	for (; s[i] >= '0' && s[i] <= '9' && i < 7; i++)
		v = v * 10 + (uint64_t)(s[i] - '0');
	if (i == 0)
		return -EINVAL;
	if (s[i] == 'h')
		unit = 3600;
	else if (s[i] == 'm')
		unit = 60;
	else if (s[i] != 's' && s[i] != '\0')
		return -EINVAL;
	if ((s[i] != '\0' && s[i + 1] != '\0') || v * unit == 0 || v * unit > 30 * 86400)
		return -EINVAL;
	*ret = (uint32_t)(v * unit);
	return 0;
}
