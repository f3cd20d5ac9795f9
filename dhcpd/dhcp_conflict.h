/* dhcp_conflict.h - is an address in use, before it is offered?
 *
 * A check is begun (the caller asks by ARP or ICMP), and ends when somebody
 * answers or its time is over.  Only that one offer waits.  How a check ended
 * is remembered for a while, so that no client is checked twice.  The table
 * has a fixed size: without room an offer is made unchecked.
 * Pure: the time is passed in, in milliseconds, and never goes back.
 * Layer: dhcpd, policy.  Spec: RFC 2131 3.1 step 2, 4.3.1; RFC 5227 2.1.1.
 */
#ifndef DHCPD_DHCP_CONFLICT_H
#define DHCPD_DHCP_CONFLICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../lib/addr.h"

#define CONFLICT_KEEP_MS	60000
/* So many addresses in use within a minute: somebody answers for whatever is
 * asked (a proxy for ARP, or worse), and until the next minute nothing is asked. */
#define CONFLICT_MANY		256u
#define CONFLICT_MANY_MS	60000

enum conflict_say {
	CONFLICT_GO,		/* it was free a moment ago */
	CONFLICT_ASK,		/* a check begins: ask */
	CONFLICT_WAIT,		/* one is under way */
	CONFLICT_FULL,		/* no room: go on unchecked */
	CONFLICT_STORM,		/* too many were answered for: go on unchecked */
};

enum conflict_state { CHECK_UNUSED, CHECK_WAITS, CHECK_FREE, CHECK_BUSY };

struct conflict {		/* one check */
	enum conflict_state state;
	uint32_t	 addr;
	struct mac	 mac;		/* for whom */
	struct mac	 by;		/* who answered; zero: not known (ICMP) */
	int64_t		 until;		/* ms: of waiting, then of remembering */
	struct conflict	*next, *prev;	/* among those that wait, in order of time */
	void		*arg;		/* the caller's: what waits for it */
};

struct conflict_table;

int	conflict_table_new(struct conflict_table **ret);	/* -ENOMEM */
/* fn gets each arg that is left; NULL is fine. */
void	conflict_table_free(struct conflict_table *, void (*fn)(void *arg));
/* May this address be offered to this client?  *ret: the check, but for FULL and STORM. */
enum conflict_say conflict_want(struct conflict_table *, uint32_t addr, struct mac,
	    int64_t now, int64_t timeout, struct conflict **ret);
/* Somebody at addr answered: the check that ends by it, NULL if none does.
 * The client itself is nobody else. */
struct conflict *conflict_heard(struct conflict_table *, uint32_t addr, struct mac by, int64_t now);
/* One whose time is over; NULL.  Again until NULL. */
struct conflict *conflict_due(struct conflict_table *, int64_t now);
int64_t	conflict_next(const struct conflict_table *);	/* when; INT64_MAX */
uint64_t conflict_found(const struct conflict_table *);	/* addresses in use so far */

#endif /* DHCPD_DHCP_CONFLICT_H */
