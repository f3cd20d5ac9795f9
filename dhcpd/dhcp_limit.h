/* dhcp_limit.h - so many packets a second from each client, and no more.
 *
 * Pure: the time is passed in.  A token bucket for each key, in a table of
 * fixed size with a random hash key: a stranger who sends from a million
 * addresses pushes out the buckets that were used least recently, and gets no
 * more memory.  A bucket that is new, or was pushed out, is full.
 * Layer: dhcpd, policy.
 */
#ifndef DHCPD_DHCP_LIMIT_H
#define DHCPD_DHCP_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dhcp_limit;

/* buckets: rounded up to a power of two.  -ENOMEM. */
int	dhcp_limit_new(size_t buckets, struct dhcp_limit **ret);
void	dhcp_limit_free(struct dhcp_limit *);		/* NULL is fine */
/* Takes one packet's token; false: there is none left.  rate: packets a second,
 * 0: no limit; a burst of one second's worth is allowed. */
bool	dhcp_limit_take(struct dhcp_limit *, uint64_t key, uint32_t rate, int64_t now_ms);
uint64_t dhcp_limit_refused(const struct dhcp_limit *);	/* packets so far */

#endif /* DHCPD_DHCP_LIMIT_H */
