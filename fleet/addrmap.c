/* addrmap.c - address -> host, for any thread.
 *
 * Sharded; a shard's lock is held for one copy.  Its size is bounded by the
 * leases that DHCP gives out. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "snapshot.h"

#define SHARDS	64u

struct entry {
	struct entry	 *next;
	uint32_t	  addr;
	struct addr_owner owner;
	char		  last[ADDRMAP_NAME];
};

struct shard {
	pthread_mutex_t	 lock;
	struct entry	*slot[256];
};

struct addrmap { struct shard shard[SHARDS]; };

static uint32_t
mix(uint32_t addr)
{
	return (addr * 2654435761u) >> 8;
}

static struct entry *
find(struct shard *s, uint32_t addr)
{
	struct entry *e = s->slot[mix(addr) / SHARDS % 256];

	while (e != NULL && e->addr != addr)
		e = e->next;
	return e;
}

int
addrmap_new(struct addrmap **ret)
{
	struct addrmap *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return -ENOMEM;
	for (unsigned i = 0; i < SHARDS; i++)
		pthread_mutex_init(&m->shard[i].lock, NULL);
	*ret = m;
	return 0;
}

void
addrmap_free(struct addrmap *m)
{
	if (m == NULL)
		return;
	for (unsigned i = 0; i < SHARDS; i++) {
		for (unsigned j = 0; j < 256; j++) {
			struct entry *e = m->shard[i].slot[j], *next;

			for (; e != NULL; e = next) {
				next = e->next;
				free(e);
			}
		}
		pthread_mutex_destroy(&m->shard[i].lock);
	}
	free(m);
}

void
addrmap_put(struct addrmap *m, uint32_t addr, const struct addr_owner *o)
{
	struct shard *s = &m->shard[mix(addr) % SHARDS];
	struct entry *e;

	pthread_mutex_lock(&s->lock);
	if ((e = find(s, addr)) == NULL && (e = calloc(1, sizeof(*e))) != NULL) {
		struct entry **slot = &s->slot[mix(addr) / SHARDS % 256];

		e->addr = addr;
		e->next = *slot;
		*slot = e;
	}
	if (e != NULL && (!mac_equal(e->owner.mac, o->mac) || e->owner.inst != o->inst))
		e->last[0] = '\0';
	if (e != NULL)
		e->owner = *o;
	pthread_mutex_unlock(&s->lock);
}

void
addrmap_drop(struct addrmap *m, uint32_t addr, const char *host)
{
	struct shard *s = &m->shard[mix(addr) % SHARDS];
	struct entry **at = &s->slot[mix(addr) / SHARDS % 256], *e;

	pthread_mutex_lock(&s->lock);
	while ((e = *at) != NULL && e->addr != addr)
		at = &e->next;
	if (e != NULL && strcmp(e->owner.host, host) == 0) {
		*at = e->next;
		free(e);
	}
	pthread_mutex_unlock(&s->lock);
}

bool
addrmap_get(struct addrmap *m, uint32_t addr, struct addr_owner *ret)
{
	struct shard *s = &m->shard[mix(addr) % SHARDS];
	struct entry *e;

	pthread_mutex_lock(&s->lock);
	if ((e = find(s, addr)) != NULL)
		*ret = e->owner;
	pthread_mutex_unlock(&s->lock);
	return e != NULL;
}

void
addrmap_got(struct addrmap *m, uint32_t addr, const char *name)
{
	struct shard *s = &m->shard[mix(addr) % SHARDS];
	struct entry *e;

	pthread_mutex_lock(&s->lock);
	if ((e = find(s, addr)) != NULL && strlen(name) < sizeof(e->last))
		memcpy(e->last, name, strlen(name) + 1);
	pthread_mutex_unlock(&s->lock);
}

bool
addrmap_last(struct addrmap *m, uint32_t addr, char ret[ADDRMAP_NAME])
{
	struct shard *s = &m->shard[mix(addr) % SHARDS];
	struct entry *e;

	ret[0] = '\0';
	pthread_mutex_lock(&s->lock);
	if ((e = find(s, addr)) != NULL)
		memcpy(ret, e->last, sizeof(e->last));
	pthread_mutex_unlock(&s->lock);
	return ret[0] != '\0';
}
