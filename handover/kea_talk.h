/* kea_talk.h - the conversation that puts a host into a running Kea.
 *
 * Kea 2.2 as distributed has no command for one host: its configuration is
 * asked for, changed, tried, set, and written to its file if that is wanted.
 * Each command has a connection of its own.
 * Pure.  Layer: handover.
 */
#ifndef HANDOVER_KEA_TALK_H
#define HANDOVER_KEA_TALK_H

#include <jansson.h>
#include <stdbool.h>

#include "job.h"

#define KEA_ANSWER_MAX	((size_t)32 << 20)

struct kea_talk {
	const struct handover_job *job;
	bool		 write;
	enum kea_state { KEA_GET, KEA_TEST, KEA_SET, KEA_WRITE } state;
	json_t		*config;	/* {"Dhcp4": ...} as it will be */
	enum { KEA_CREATED, KEA_UPDATED, KEA_SAME } did;
	char		 why[HANDOVER_WHY];
};

void	kea_talk_begin(struct kea_talk *, const struct handover_job *, bool write, struct buf *out);
/* One whole answer. */
enum talk kea_talk_input(struct kea_talk *, const char *, size_t, struct buf *out);
void	kea_talk_free(struct kea_talk *);

/* The reservation of a job in an answer's arguments: changed, or added. */
enum talk kea_edit(struct kea_talk *, json_t *arguments);

#endif /* HANDOVER_KEA_TALK_H */
