/* job.h - a host on its way to another DHCP server.  Layer: handover. */
#ifndef HANDOVER_JOB_H
#define HANDOVER_JOB_H

#include "../lib/addr.h"
#include "../lib/buf.h"

#define HANDOVER_WHY	200
#define HANDOVER_MACS	8

struct handover_job {
	char		name[64], hostname[256];
	struct mac	mac[HANDOVER_MACS];
	size_t		n_mac;
	uint32_t	addr;
};

/* How a conversation goes on. */
enum talk {
	TALK_MORE,		/* send what is in out, wait for more */
	TALK_AGAIN,		/* the other side ends the connection: a new one */
	TALK_DONE,
	TALK_FAILED,		/* why says what was wrong */
};

#endif /* HANDOVER_JOB_H */
