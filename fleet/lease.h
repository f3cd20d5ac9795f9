/* lease.h - who has which address, until when.
 *
 * The table lives in memory, in the control thread; lease_put() changes it
 * only after the journal has the change on disk (fleet.h: fleet_lease_commit).
 * Lookups by address, MAC and client id are hash tables with a random key; a free
 * address is found at constant cost.  No sockets, no clock, no log.  Layer: fleet.
 */
#ifndef FLEET_LEASE_H
#define FLEET_LEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../lib/addr.h"

enum lease_state { LEASE_FREE, LEASE_OFFERED, LEASE_BOUND, LEASE_RELEASED, LEASE_DECLINED };

#define LEASE_FOREVER	INT64_MAX

struct lease {
	uint32_t	 addr;
	enum lease_state state;
	struct mac	 mac;
	int64_t		 start, expiry;		/* unix seconds; expiry LEASE_FOREVER: infinite */
	uint8_t		 cid_len;
	uint8_t		 cid[64];		/* client id (61), see lease_set_cid() */
	uint8_t		 agent_len;
	uint8_t		 agent[64];		/* the relay's information (82); longer: none */
	char		 hostname[64];		/* what the client said (12), printable ASCII only */
};

struct lease_table;

int	lease_table_new(struct lease_table **ret);
void	lease_table_free(struct lease_table *);
/* The ranges addresses may be taken from; called again after a reload.  Leases
 * outside stay, and are nobody else's.  -EINVAL if two overlap. */
int	lease_table_ranges(struct lease_table *, const struct range4 *, size_t n);

const struct lease *lease_by_addr(const struct lease_table *, uint32_t addr);
/* A client's lease within lo..hi: by MAC first (the same machine keeps its address
 * although its client id changes from firmware to system). */
const struct lease *lease_by_client(const struct lease_table *, struct mac,
	    uint32_t lo, uint32_t hi);	/* never a declined one; the bound one before others */
/* Of two leases of a client: does a come before b? */
bool	lease_better(const struct lease *a, const struct lease *b);
/* The same by its client identifier. */
const struct lease *lease_by_cid(const struct lease_table *, const uint8_t *cid, size_t len,
	    uint32_t lo, uint32_t hi);
/* Of an identifier longer than the field the end is replaced by a hash of all of it. */
void	lease_set_cid(struct lease *, const uint8_t *cid, size_t len);
bool	lease_has_cid(const struct lease *, const uint8_t *cid, size_t len);
/* An address for a new client within one of those ranges: never leased, else
 * released or expired for the longest time; 0 if none.  reserved() names
 * addresses not to give.  The same again until it is put into the table. */
uint32_t lease_pick(struct lease_table *, struct range4, int64_t now,
	    bool (*reserved)(void *arg, uint32_t addr), void *arg);
/* May this address be put aside as declined?  Of a range no more than half:
 * anybody can decline one after another. */
bool	lease_may_rest(const struct lease_table *, uint32_t addr);
int	lease_put(struct lease_table *, const struct lease *);	/* insert or replace by address */
void	lease_each(const struct lease_table *, void (*fn)(void *arg, const struct lease *), void *arg);

/* The journal's record: 4 bytes length, 4 bytes CRC32C of the rest, then the lease. */
#define LEASE_RECORD_MAX	256u
size_t	lease_encode(const struct lease *, uint8_t buf[LEASE_RECORD_MAX]);
int	lease_decode(const uint8_t *, size_t, struct lease *ret, size_t *ret_used);	/* -EBADMSG: torn or damaged; -EAGAIN: cut short */

#endif /* FLEET_LEASE_H */
