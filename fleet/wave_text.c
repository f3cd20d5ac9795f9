/* wave_text.c - a wave as it is kept: a line of its own, then a line for each host.
 *
 * Fields are divided by tabs; the last one of a line may hold anything but
 * control characters. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/buf.h"
#include "wave.h"

void
wave_print(const struct wave *w, struct buf *b)
{
	buf_printf(b, "1\t%u\t%s\t%s\t%u\t%u\t%u\t%u\t%u\t%lld\t%lld\t%s\t%s\n%s\n%s\n", w->id,
	    wave_state_name(w->state), wave_power_name(w->power), w->size, w->max_failed,
	    w->forgiven, (unsigned)w->timeout, w->turn, (long long)w->started,
	    (long long)w->ended, w->profile, w->tree, w->select, w->why);
	for (size_t i = 0; i < w->n; i++) {
		const struct wave_host *h = &w->host[i];

		buf_printf(b, "%s\t%s\t%u\t%lld\t%lld\t%lld\t%s\n", h->name,
		    wave_step_name(h->step), h->turn, (long long)h->begun,
		    (long long)h->since, (long long)h->ended, h->reason);
	}
}

/* Reading ----------------------------------------------------------------- */

struct text { const char *p; bool bad; };

/* Up to end, which is left behind; what does not fit is no wave. */
static void
field(struct text *t, char end, char *buf, size_t cap)
{
	size_t n = 0;

	buf[0] = '\0';
	if (t->bad)
		return;
	while (t->p[n] != end && (unsigned char)t->p[n] >= ' ')
		n++;
	if (t->p[n] != end || n >= cap) {
		t->bad = true;
		return;
	}
	memcpy(buf, t->p, n);
	buf[n] = '\0';
	t->p += n + 1;
}

static int64_t
number(struct text *t, char end, int64_t max)
{
	char buf[24];
	int64_t v = 0;

	field(t, end, buf, sizeof(buf));
	if (buf[0] == '\0' || strlen(buf) > 18)
		t->bad = true;
	for (const char *p = buf; *p != '\0' && !t->bad; p++) {
		if (*p < '0' || *p > '9')
			t->bad = true;
		v = v * 10 + (*p - '0');
	}
	if (v > max)
		t->bad = true;
	return t->bad ? 0 : v;
}

static unsigned
word(struct text *t, char end, const char *(*name)(unsigned), unsigned n)
{
	char buf[24];

	field(t, end, buf, sizeof(buf));
	for (unsigned i = 0; i < n; i++)
		if (strcmp(buf, name(i)) == 0)
			return i;
	t->bad = true;
	return 0;
}

static const char *state_of(unsigned i) { return wave_state_name((enum wave_state)i); }
static const char *step_of(unsigned i) { return wave_step_name((enum wave_step)i); }
static const char *power_of(unsigned i) { return wave_power_name((enum wave_power)i); }

static void
head(struct text *t, struct wave *w)
{
	if (number(t, '\t', 1) != 1)
		t->bad = true;
	w->id = (uint32_t)number(t, '\t', UINT32_MAX);
	w->state = (enum wave_state)word(t, '\t', state_of, WAVE__COUNT);
	w->power = (enum wave_power)word(t, '\t', power_of, WP__COUNT);
	w->size = (unsigned)number(t, '\t', WAVE_HOSTS);
	w->max_failed = (unsigned)number(t, '\t', WAVE_HOSTS);
	w->forgiven = (unsigned)number(t, '\t', WAVE_HOSTS);
	w->timeout = (uint32_t)number(t, '\t', UINT32_MAX);
	w->turn = (unsigned)number(t, '\t', UINT32_MAX);
	w->started = number(t, '\t', INT64_MAX);
	w->ended = number(t, '\t', INT64_MAX);
	field(t, '\t', w->profile, sizeof(w->profile));
	field(t, '\n', w->tree, sizeof(w->tree));
	field(t, '\n', w->select, sizeof(w->select));
	field(t, '\n', w->why, sizeof(w->why));
	if (w->size == 0 || w->timeout == 0)
		t->bad = true;
}

int
wave_parse(const char *text, struct wave *ret)
{
	struct text t = { .p = text };
	int r = 0;

	*ret = (struct wave){ 0 };
	head(&t, ret);
	while (!t.bad && r == 0 && *t.p != '\0') {
		struct wave_host h = { 0 };

		field(&t, '\t', h.name, sizeof(h.name));
		h.step = (enum wave_step)word(&t, '\t', step_of, WS__COUNT);
		h.turn = (unsigned)number(&t, '\t', UINT32_MAX);
		h.begun = number(&t, '\t', INT64_MAX);
		h.since = number(&t, '\t', INT64_MAX);
		h.ended = number(&t, '\t', INT64_MAX);
		field(&t, '\n', h.reason, sizeof(h.reason));
		if (t.bad || h.name[0] == '\0')
			t.bad = true;
		else if ((r = wave_add(ret, h.name)) == 0)
			ret->host[ret->n - 1] = h;
	}
	if (r == 0 && (t.bad || ret->n == 0))
		r = -EBADMSG;
	if (r < 0)
		wave_free(ret);
	return r;
}
