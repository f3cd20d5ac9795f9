/* dhcp_conflict.c - is an address in use, before it is offered? */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dhcp_conflict.h"

#define SETS	1024u		/* a power of two */
#define WAYS	4u

struct conflict_table {
	struct conflict	 check[SETS][WAYS];
	struct conflict	 waits;		/* head of the ring of those that wait */
	uint64_t	 found;
	int64_t		 since;		/* and how many since then */
	unsigned	 lately;
};

int
conflict_table_new(struct conflict_table **ret)
{
	struct conflict_table *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return -ENOMEM;
	t->waits.next = t->waits.prev = &t->waits;
	*ret = t;
	return 0;
}

void
conflict_table_free(struct conflict_table *t, void (*fn)(void *arg))
{
	if (t == NULL)
		return;
	for (struct conflict *c = t->waits.next; c != &t->waits; c = c->next)
		if (c->arg != NULL)
			fn(c->arg);
	free(t);
}

/* Addresses of a range follow each other, and so do their sets. */
static struct conflict *
set_of(struct conflict_table *t, uint32_t addr)
{
	return t->check[addr & (SETS - 1)];
}

static struct conflict *
find(struct conflict_table *t, uint32_t addr)
{
	struct conflict *c = set_of(t, addr);

	for (unsigned i = 0; i < WAYS; i++)
		if (c[i].state != CHECK_UNUSED && c[i].addr == addr)
			return &c[i];
	return NULL;
}

/* One to use; NULL if all wait. */
static struct conflict *
room(struct conflict_table *t, uint32_t addr)
{
	struct conflict *c = set_of(t, addr), *best = NULL;

	for (unsigned i = 0; i < WAYS; i++) {
		if (c[i].state == CHECK_UNUSED)
			return &c[i];
		if (c[i].state != CHECK_WAITS && (best == NULL || c[i].until < best->until))
			best = &c[i];
	}
	return best;
}

enum conflict_say
conflict_want(struct conflict_table *t, uint32_t addr, struct mac mac, int64_t now,
    int64_t timeout, struct conflict **ret)
{
	struct conflict *c = find(t, addr);

	if (now - t->since >= CONFLICT_MANY_MS) {
		t->since = now;
		t->lately = 0;
	}
	*ret = c;
	if (c != NULL && c->state == CHECK_WAITS)
		return CONFLICT_WAIT;
	if (c != NULL && c->state == CHECK_FREE && now < c->until && mac_equal(c->mac, mac))
		return CONFLICT_GO;
	if (t->lately >= CONFLICT_MANY)
		return CONFLICT_STORM;
	if (c == NULL && (*ret = c = room(t, addr)) == NULL)
		return CONFLICT_FULL;
	*c = (struct conflict){ .state = CHECK_WAITS, .addr = addr, .mac = mac,
	    .until = now + timeout, .next = &t->waits, .prev = t->waits.prev };
	/* A shorter timeout since a reload: in order all the same. */
	if (c->prev != &t->waits && c->until < c->prev->until)
		c->until = c->prev->until;
	c->prev->next = c;
	c->next->prev = c;
	return CONFLICT_ASK;
}

static struct conflict *
settle(struct conflict *c, enum conflict_state state, int64_t now)
{
	c->prev->next = c->next;
	c->next->prev = c->prev;
	c->next = c->prev = NULL;
	c->state = state;
	c->until = now + CONFLICT_KEEP_MS;
	return c;
}

struct conflict *
conflict_heard(struct conflict_table *t, uint32_t addr, struct mac by, int64_t now)
{
	struct conflict *c = find(t, addr);

	if (c == NULL || c->state != CHECK_WAITS ||
	    (!mac_is_zero(by) && mac_equal(c->mac, by)))
		return NULL;
	c->by = by;
	t->found++;
	t->lately++;
	return settle(c, CHECK_BUSY, now);
}

struct conflict *
conflict_due(struct conflict_table *t, int64_t now)
{
	struct conflict *c = t->waits.next;

	return c != &t->waits && c->until <= now ? settle(c, CHECK_FREE, now) : NULL;
}

int64_t
conflict_next(const struct conflict_table *t)
{
	return t->waits.next != &t->waits ? t->waits.next->until : INT64_MAX;
}

uint64_t
conflict_found(const struct conflict_table *t)
{
	return t->found;
}
