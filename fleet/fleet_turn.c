/* fleet_turn.c - at most so many hosts install at a time: who waits, and where
 * in the queue. */
#include "fleet_int.h"

/* Who is on its way and was not heard of for so long holds nobody up. */
#define TURN_QUIET_S	900
/* Who waits asks every 20 s; who has not for so long was switched off. */
#define TURN_ASKED_S	120

static bool
is_on_its_way(const struct fl_host *h, int64_t now)
{
	int64_t heard = h->pub.tl.last > h->next.since ? h->pub.tl.last : h->next.since;

	return (h->next.state == HS_BOOTING || h->next.state == HS_INSTALLING) &&
	    now - heard < TURN_QUIET_S;
}

static bool
waits(const struct fl_host *h, int64_t now)
{
	return h->turn != 0 && h->next.state == HS_ARMED &&
	    now - h->asked < TURN_ASKED_S;
}

unsigned
fl_place(const struct fleet *f, const struct fl_host *h, int64_t now)
{
	unsigned limit = f->cfg->top.installing, ahead = 0, going = 0;
	uint64_t turn = waits(h, now) ? h->turn : UINT64_MAX;

	if (limit == 0 || h->next.state != HS_ARMED || h->next.inspect != 0)
		return 0;
	for (size_t i = 0; i < f->n_host; i++) {
		const struct fl_host *o = f->host[i];

		going += is_on_its_way(o, now);
		ahead += waits(o, now) && o->turn < turn;
	}
	return going + ahead < limit ? 0 : ahead + 1;
}

void
fleet_wait(struct fleet *f, struct fleet_host *fh, int64_t now)
{
	struct fl_host *h = (struct fl_host *)(void *)fh;

	if (!waits(h, now)) {
		unsigned place = fl_place(f, h, now);

		h->turn = ++f->turns;
		fl_note(f, h, "waits for its turn: %u %s at a time, place %u",
		    f->cfg->top.installing, f->cfg->top.installing == 1 ?
		    "installs" : "install", place);
	}
	h->asked = now;
}

unsigned
fleet_place(struct fleet *f, const struct fleet_host *fh, int64_t now)
{
	const struct fl_host *h = (const struct fl_host *)(const void *)fh;

	return waits(h, now) ? fl_place(f, h, now) : 0;
}
