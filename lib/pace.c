/* pace.c - bandwidth limits. */
#include "pace.h"

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>

#define SLOTS		4096u		/* 2 to the power of SLOT_BITS */
#define SLOT_BITS	12
#define PROBES		8u
#define BURST_NS	10000000
#define SLACK_NS	1000000000	/* who is behind by more does not send now */

struct limit {
	_Atomic int64_t	 paid;		/* up to this moment, in ns */
	_Atomic uint32_t client;	/* whose it is; 0: nobody's yet */
};

struct pace {
	_Atomic int	 refs;
	uint64_t	 total_bps, client_bps;
	struct limit	 total;
	struct limit	 slot[];	/* SLOTS, where clients have a limit */
};

int
pace_new(uint64_t total, uint64_t client, struct pace **ret)
{
	size_t n = client != 0 ? SLOTS : 0;
	struct pace *p = calloc(1, sizeof(*p) + n * sizeof(p->slot[0]));

	if (p == NULL)
		return -ENOMEM;
	p->refs = 1;
	p->total_bps = total;
	p->client_bps = client;
	*ret = p;
	return 0;
}

struct pace *
pace_ref(struct pace *p)
{
	if (p != NULL)
		p->refs++;
	return p;
}

void
pace_unref(struct pace *p)
{
	if (p != NULL && --p->refs == 0)
		free(p);
}

/* The client's, or one that nobody uses now, or else one to be shared. */
static struct limit *
limit_of(struct pace *p, uint32_t client, int64_t now)
{
	uint32_t first = (client * 2654435769u) >> (32 - SLOT_BITS), was;
	struct limit *l, *idle = NULL;

	for (uint32_t i = 0; i < PROBES; i++) {
		l = &p->slot[(first + i) % SLOTS];
		if (atomic_load(&l->client) == client)
			return l;
		if (idle == NULL && (atomic_load(&l->client) == 0 ||
		    atomic_load(&l->paid) + SLACK_NS < now))
			idle = l;
	}
	if (idle == NULL)
		return &p->slot[first];
	/* Another thread may be quicker: then they share it for a second. */
	was = atomic_load(&idle->client);
	(void)atomic_compare_exchange_strong(&idle->client, &was, client);
	return idle;
}

static int64_t
charge(struct limit *l, uint64_t bps, size_t n, int64_t now)
{
	int64_t was = atomic_load(&l->paid), paid;
	double cost = (double)n * 8e9 / (double)bps;

	do
		paid = (was > now ? was : now) + (int64_t)cost;
	while (!atomic_compare_exchange_weak(&l->paid, &was, paid));
	return paid - now - BURST_NS;
}

unsigned
pace_sent(struct pace *p, uint32_t client, size_t n, int64_t now_ms)
{
	int64_t now = now_ms * 1000000, wait = 0, w;

	if (p == NULL)
		return 0;
	if (p->total_bps != 0)
		wait = charge(&p->total, p->total_bps, n, now);
	if (p->client_bps != 0 && (w = charge(limit_of(p, client, now),
	    p->client_bps, n, now)) > wait)
		wait = w;
	if (wait <= 0)
		return 0;
	return wait / 1000000 < UINT_MAX ? (unsigned)(wait / 1000000) : UINT_MAX;
}
