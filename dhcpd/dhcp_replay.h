/* dhcp_replay.h - a recording decided again: are the answers the same, byte for byte?
 *
 * Takes what dhcp_record.h wrote, or another configuration beside it to see
 * what that would change.  Sends nothing, keeps nothing; the recording is a
 * stranger's file and is read as such.
 * Errors: -EBADMSG: no recording, or damaged; -EINVAL: its configuration does
 * not load; -ENOMEM; each with a line in why.  Layer: dhcpd.
 */
#ifndef DHCPD_DHCP_REPLAY_H
#define DHCPD_DHCP_REPLAY_H

#include "dhcp_record.h"

struct dhcp_replay {		/* what was found */
	size_t	requests, answers;	/* in the recording */
	size_t	same, different;
	size_t	unasked;		/* answers to nothing that was recorded, or that would now be silence */
};

/* cfg: instead of the recorded one; may be NULL. report: a line for each difference. */
int	dhcp_replay(const void *packets, size_t len, const char *state, size_t state_len,
	    struct config *cfg, struct dhcp_replay *ret, struct buf *report, char why[300]);

#endif /* DHCPD_DHCP_REPLAY_H */
