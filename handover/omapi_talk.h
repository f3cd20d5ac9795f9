/* omapi_talk.h - the conversation that puts a host into a running ISC dhcpd.
 *
 * Bytes in, bytes out: startup, the key, then for each of the host's MACs:
 * look for a host with it; update its address, or create one.
 * Pure.  Layer: handover.
 */
#ifndef HANDOVER_OMAPI_TALK_H
#define HANDOVER_OMAPI_TALK_H

#include "job.h"
#include "omapi_msg.h"

struct omapi_talk {
	const struct omapi_key	*key;
	const struct handover_job *job;
	enum omapi_state { OMAPI_T_STARTUP, OMAPI_T_AUTH, OMAPI_T_LOOKUP, OMAPI_T_CREATE, OMAPI_T_CREATE_AGAIN,
	    OMAPI_T_UPDATE } state;
	uint32_t	 id;		/* of the message that waits for its answer */
	uint32_t	 authid;
	size_t		 i;		/* of job->mac */
	unsigned	 created, updated;
	char		 why[HANDOVER_WHY];
};

/* first: a number that the messages' ids begin with. */
void	omapi_talk_begin(struct omapi_talk *, const struct omapi_key *, const struct handover_job *,
	    uint32_t first, struct buf *out);
/* What has come; used: how much of it is done with. */
enum talk omapi_talk_input(struct omapi_talk *, const uint8_t *, size_t, size_t *ret_used,
	    struct buf *out);

#endif /* HANDOVER_OMAPI_TALK_H */
