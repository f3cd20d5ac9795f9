/* dhcp_limit.c - so many packets a second from each client, and no more. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/os.h"
#include "../lib/siphash.h"
#include "dhcp_limit.h"

#define WAYS	4u		/* buckets that a key may have */
#define TOKEN	1000u		/* so that a millisecond's share of one counts */

struct bucket {
	uint64_t key;
	int64_t	 seen;		/* ms; of an unused one 0 */
	uint64_t tokens;	/* thousandths */
	bool	 used;
};

struct dhcp_limit {
	uint8_t	 hash[16];
	size_t	 sets;		/* a power of two */
	uint64_t refused;
	struct bucket bucket[];
};

int
dhcp_limit_new(size_t buckets, struct dhcp_limit **ret)
{
	struct dhcp_limit *l;
	size_t sets = 1;
	int r;

	while (sets * WAYS < buckets)
		sets *= 2;
	if ((l = calloc(1, sizeof(*l) + sets * WAYS * sizeof(l->bucket[0]))) == NULL)
		return -ENOMEM;
	l->sets = sets;
	if ((r = os_random(l->hash, sizeof(l->hash))) < 0) {
		free(l);
		return r;
	}
	*ret = l;
	return 0;
}

void
dhcp_limit_free(struct dhcp_limit *l)
{
	free(l);
}

/* The key's bucket, or else the one of its set to give up for it. */
static struct bucket *
find(struct dhcp_limit *l, uint64_t key)
{
	uint64_t h = siphash(l->hash, &key, sizeof(key));
	struct bucket *b = &l->bucket[(h & (l->sets - 1)) * WAYS], *oldest = b;

	for (unsigned i = 0; i < WAYS; i++) {
		if (b[i].used && b[i].key == key)
			return &b[i];
		if (!b[i].used || (oldest->used && b[i].seen < oldest->seen))
			oldest = &b[i];
	}
	oldest->used = false;
	return oldest;
}

bool
dhcp_limit_take(struct dhcp_limit *l, uint64_t key, uint32_t rate, int64_t now)
{
	struct bucket *b;
	uint64_t full = (uint64_t)rate * TOKEN, gone;

	if (rate == 0)
		return true;
	b = find(l, key);
	if (!b->used)
		*b = (struct bucket){ .used = true, .key = key, .seen = now, .tokens = full };
	gone = now > b->seen ? (uint64_t)(now - b->seen) : 0;
	b->seen = now;
	/* In a second it is full again. */
	b->tokens = gone >= 1000 ? full : b->tokens + gone * rate;
	if (b->tokens > full)
		b->tokens = full;
	if (b->tokens < TOKEN) {
		l->refused++;
		return false;
	}
	b->tokens -= TOKEN;
	return true;
}

uint64_t
dhcp_limit_refused(const struct dhcp_limit *l)
{
	return l->refused;
}
