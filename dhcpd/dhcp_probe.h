/* dhcp_probe.h - is there another DHCP server on this interface?
 *
 * We ask as a client would: a DISCOVER that nobody else sends, twice in the
 * time given.  Whoever offers something is another server.  While there is one
 * we ask again every minute.
 * Pure: the time is passed in, in milliseconds.
 * Layer: dhcpd, policy.  Spec: RFC 2131 3.1.
 */
#ifndef DHCPD_DHCP_PROBE_H
#define DHCPD_DHCP_PROBE_H

#include "dhcp_msg.h"

#define PROBE_AGAIN_MS	60000
#define PROBE_LATE_MS	10000	/* behind a round: a slow server's OFFER, not a forged one */
#define PROBE_CLASS	"provd-probe"	/* its vendor class */

enum probe_state {
	PROBE_NONE,	/* we were told not to look */
	PROBE_DEAF,	/* we can't hear what is sent to clients */
	PROBE_ASKING,	/* not known yet */
	PROBE_ALONE,
	PROBE_OTHER,	/* there is one */
};

struct dhcp_probe {
	enum probe_state state;
	bool		 round;		/* one is under way */
	bool		 heard;		/* and was answered */
	unsigned	 sent;
	int64_t		 begun, next;	/* ms; next: when probe_run() wants to be called, INT64_MAX never */
	int64_t		 time;		/* how long a round is */
	uint32_t	 xid;
	uint32_t	 server;	/* who answered last */
	struct mac	 mac;
};

/* time_ms 0: not at all.  A round begins at once. */
void	probe_start(struct dhcp_probe *, int64_t now, int64_t time_ms, uint32_t xid);
/* What is due: true: send the DISCOVER now. */
bool	probe_run(struct dhcp_probe *, int64_t now);
/* Is that an answer to our DISCOVER?  Then it is taken in; one that comes a
 * little late counts as well, and like the others only until we have asked again. */
bool	probe_heard(struct dhcp_probe *, int64_t now, const struct dhcp_msg *, struct mac ours,
	    uint32_t server, struct mac from);
/* Is that our own DISCOVER? */
bool	probe_is_ours(const struct dhcp_probe *, const uint8_t *pkt, size_t len, struct mac ours);
/* Returns its length. */
int	probe_packet(const struct dhcp_probe *, struct mac ours, uint8_t buf[DHCP_MSG_MAX]);
const char *probe_text(enum probe_state);

#endif /* DHCPD_DHCP_PROBE_H */
