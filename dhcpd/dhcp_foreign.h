/* dhcp_foreign.h - what other DHCP servers were heard to say.
 *
 * Pure: the time is passed in.  A table of fixed size; when it is full, the
 * server that was heard longest ago makes room.
 * Layer: dhcpd, policy.
 */
#ifndef DHCPD_DHCP_FOREIGN_H
#define DHCPD_DHCP_FOREIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../lib/addr.h"
#include "dhcp_msg.h"

#define FOREIGN_MAX	32u
#define FOREIGN_HOST	64

struct foreign {		/* one server */
	uint32_t	id;		/* its identifier (54), else its IP address */
	struct mac	mac;		/* of the frame that it came in: its own, or a relay's; zero: unknown */
	unsigned	iface;		/* index of the interface; 0: unused */
	int64_t		first, last;	/* unix seconds */
	uint64_t	offers, acks, naks, chosen;
	/* What it said last, and to whom; DHCPREQUEST: a client chose it. */
	int		type;
	struct mac	client;
	uint32_t	addr;		/* offered or acknowledged; 0: none, as in a NAK or from a ProxyDHCP */
	char		host[FOREIGN_HOST];	/* the client's name, if it is one of ours; set by the caller */
	int64_t		told;		/* when the log was told last */
	int64_t		noted;		/* and the host's timeline */
};

struct foreign_table { struct foreign s[FOREIGN_MAX]; };

/* A server's message was heard.  NULL: it is none of OFFER, ACK and NAK.
 * *ret_tell: worth a line in the log (a new server, or not told of for a minute);
 * *ret_note: worth one in the client's history (not the same again within ten seconds). */
struct foreign *foreign_heard(struct foreign_table *, const struct dhcp_msg *,
	    uint32_t src, struct mac, unsigned iface, int64_t now,
	    bool *ret_tell, bool *ret_note);
/* The same for a client's choice: that goes to everybody, while what a server
 * says a switch may show to the client alone. */
struct foreign *foreign_chosen(struct foreign_table *, uint32_t server, struct mac client,
	    uint32_t addr, unsigned iface, int64_t now, bool *ret_tell, bool *ret_note);
/* "offered 10.0.0.9 by another server 192.168.10.9" */
void	foreign_text(const struct foreign *, char *buf, size_t cap);

#endif /* DHCPD_DHCP_FOREIGN_H */
