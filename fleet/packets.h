/* packets.h - the last DHCP packets of one machine.
 *
 * A ring of PACKETS; what is said of a packet is taken from it, the packet
 * itself is not kept.  Pure.  Ownership: the struct owns nothing, names are static.
 * Layer: fleet.
 */
#ifndef FLEET_PACKETS_H
#define FLEET_PACKETS_H

#include "event.h"

#define PACKETS		16u
#define PACKET_TEXT	240

enum packet_dir { PACKET_IN, PACKET_OUT, PACKET_OTHER /* another server to it */ };
const char *packet_dir_name(enum packet_dir);

struct packet {
	int64_t		time;
	const char	*type, *rule, *boot_rule;	/* static; the rules may be NULL */
	uint32_t	xid, addr, server, relay;	/* server: another one */
	uint16_t	secs, fw;		/* fw: enum firmware */
	uint8_t		dir;			/* enum packet_dir */
};

struct packets { struct packet p[PACKETS]; unsigned first, n; };

/* The question, and its answer if there is one. */
void	packets_add(struct packets *, const struct event_dhcp *, int64_t now);
const struct packet *packets_at(const struct packets *, unsigned i);	/* 0: oldest; NULL */
void	packet_text(const struct packet *, char buf[PACKET_TEXT]);

#endif /* FLEET_PACKETS_H */
