/* fleet_port.c - the control thread's letter box. */
#include <errno.h>
#include <stdlib.h>

#include "fleet_int.h"

struct posted {
	struct mbox_msg	 msg;
	struct fleet	*f;
	struct event	 ev;
};

static void
take_event(struct mbox_msg *m)
{
	struct posted *p = (struct posted *)(void *)m;

	fl_event(p->f, &p->ev);
	free(p);
}

void
fleet_port_event(struct fleet_port *port, const struct event *ev)
{
	struct posted *p = malloc(sizeof(*p));

	if (p == NULL) {
		port->dropped++;
		return;
	}
	p->msg.run = take_event;
	p->f = port->fleet;
	p->ev = *ev;
	if (mbox_post(port->mbox, &p->msg) < 0) {
		port->dropped++;
		free(p);	/* the control thread is behind: history may have gaps */
	}
}

uint64_t
fleet_events_dropped(const struct fleet *f)
{
	return f->port.dropped;
}

void
fleet_store_stats(const struct fleet *f, struct store_stats *ret)
{
	if (f->store != NULL)
		store_stats(f->store, ret);
	else
		*ret = (struct store_stats){ .failing = true };
}

static void
settled(struct mbox_msg *m)
{
	struct promise *p = (struct promise *)(void *)m;

	p->done(p);
}

static void
take_promise(struct mbox_msg *m)
{
	struct promise *p = (struct promise *)(void *)m;

	p->msg.run = settled;
	fl_promise(p->fleet, p);
}

int
fleet_port_promise(struct fleet_port *port, struct promise *p)
{
	p->msg.run = take_promise;
	p->fleet = port->fleet;
	return mbox_post(port->mbox, &p->msg);
}
