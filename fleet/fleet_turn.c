/* fleet_turn.c - at most so many hosts install at a time: who waits, and where
 * in the queue.
 *
 * Every firmware's question asks for it, and a list of the hosts asks for each of
 * them, so it is counted once, and again when a host's state or the time moves. */
#include "fleet_int.h"

/* Who is on its way and was not heard of for so long holds nobody up. */
#define TURN_QUIET_S	900
/* Who waits asks every 20 s; who has not for so long was switched off. */
#define TURN_ASKED_S	120

static bool
goes(const struct fl_host *h)
{
	return h->next.state == HS_BOOTING || h->next.state == HS_INSTALLING;
}

static bool
is_heard(const struct fl_host *h, int64_t now)
{
	int64_t heard = h->pub.tl.last > h->next.since ? h->pub.tl.last : h->next.since;

	return now - heard < TURN_QUIET_S;
}

static bool
waits(const struct fl_host *h, int64_t now)
{
	return h->next.state == HS_ARMED && now - h->asked < TURN_ASKED_S;
}

void
fl_turn_moved(struct fleet *f, struct fl_host *h)
{
	struct fl_turns *t = &f->turns;

	t->counted = false;
	if (!goes(h) || h->goes)
		return;
	h->goes = true;
	h->goes_next = t->going;
	t->going = h;
}

static void
count(struct fleet *f, int64_t now)
{
	struct fl_turns *t = &f->turns;
	struct fl_host **p, *h;

	if (t->counted && t->at == now)
		return;
	t->n_going = t->n_waiting = 0;
	for (p = &t->going; (h = *p) != NULL; ) {
		if (goes(h)) {
			t->n_going += is_heard(h, now);
			p = &h->goes_next;
		} else {
			h->goes = false;
			*p = h->goes_next;
		}
	}
	for (p = &t->waiting; (h = *p) != NULL; ) {
		if (waits(h, now)) {
			h->ahead = t->n_waiting++;
			p = &h->waits_next;
		} else {
			h->waits = false;
			*p = h->waits_next;
		}
	}
	t->last = p;
	t->at = now;
	t->counted = true;
}

unsigned
fl_place(struct fleet *f, const struct fl_host *h, int64_t now)
{
	unsigned limit = f->cfg->top.installing, ahead;

	if (limit == 0 || h->next.state != HS_ARMED || fl_boots_other(h))
		return 0;
	count(f, now);
	ahead = h->waits ? h->ahead : f->turns.n_waiting;
	return f->turns.n_going + ahead < limit ? 0 : ahead + 1;
}

void
fleet_wait(struct fleet *f, struct fleet_host *fh, int64_t now)
{
	struct fl_host *h = (struct fl_host *)(void *)fh;
	struct fl_turns *t = &f->turns;

	count(f, now);
	h->asked = now;
	if (h->waits || !waits(h, now))
		return;
	fl_note(f, h, LINE_STATE, LINE_INFO, "waits for its turn: %u %s at a time, place %u",
	    f->cfg->top.installing, f->cfg->top.installing == 1 ?
	    "installs" : "install", fl_place(f, h, now));
	h->waits = true;
	h->waits_next = NULL;
	h->ahead = t->n_waiting++;
	*t->last = h;
	t->last = &h->waits_next;
}

unsigned
fleet_place(struct fleet *f, const struct fleet_host *fh, int64_t now)
{
	const struct fl_host *h = (const struct fl_host *)(const void *)fh;

	count(f, now);
	return h->waits ? fl_place(f, h, now) : 0;
}
