/* dhcp_record.h - every packet to a file, with what was known when it was answered.
 *
 * FILE is a packet file (pcapng, IPv4): each request with a comment that says
 * who asked, what its boot plan was and what was decided; each answer as it
 * left.  FILE.state has what the decisions started from: the interfaces, the
 * leases and the configuration; and, for each reload or change of an interface,
 * what interfaces and configuration were from then on: a comment among the packets
 * says when.  provctl replay (dhcp_replay.h) decides all of it again.
 *
 * Files are written by a thread of their own.  Control thread.
 * Errors: -errno of the file, with a line in why.  Layer: dhcpd, I/O.
 */
#ifndef DHCPD_DHCP_RECORD_H
#define DHCPD_DHCP_RECORD_H

#include "dhcp_ask.h"

struct dhcp_record;

/* Makes both files anew, readable by the user alone; before privileges are dropped. */
int	dhcp_record_open(const char *file, struct dhcp_record **ret, char why[200]);
/* Before the first packet. */
int	dhcp_record_begin(struct dhcp_record *, const struct config *,
	    const struct os_iface *, size_t n, const struct lease_table *);
/* port: the one it was sent to; now: of the decision; muted: why it is not
 * carried out, or NULL. */
void	dhcp_record_request(struct dhcp_record *, size_t iface, uint16_t port,
	    const struct dhcp_in *, int64_t now, const uint8_t *pkt, size_t len,
	    const struct dhcp_ask *, const char *muted);
void	dhcp_record_answer(struct dhcp_record *, size_t iface, uint32_t src, uint16_t sport,
	    uint32_t dst, uint16_t dport, const uint8_t *, size_t);
/* A lease that changed without a request. */
void	dhcp_record_lease(struct dhcp_record *, const struct lease *);
/* Another configuration holds, or the interfaces have changed. */
void	dhcp_record_reload(struct dhcp_record *, const struct config *,
	    const struct os_iface *, size_t n);
void	dhcp_record_close(struct dhcp_record *);	/* NULL is fine */

/* The comment of a request: text <-> what the decision took from elsewhere. Pure. */
struct dhcp_context {
	char		 host[64];	/* "" unknown */
	int64_t		 now;		/* of the decision, unix seconds */
	bool		 muted;		/* it was not carried out */
	uint32_t	 server;	/* our address where it came in */
	struct boot_plan boot;
	uint8_t		 options[BOOT_OPTIONS_MAX];	/* boot.options */
	char		 rule[64], why[256];
};
#define DHCP_RECORD_RELOAD	"reload"	/* a comment of its own: the next part of FILE.state */
#define DHCP_RECORD_LEASE	"lease "	/* before the record in hex, in a comment of its own */
void	dhcp_record_lease_print(const struct lease *, struct buf *);
int	dhcp_record_lease_parse(const char *, size_t, struct lease *ret);	/* -EBADMSG */
void	dhcp_context_print(const struct dhcp_ask *, const struct dhcp_in *, int64_t now,
	    const char *muted, struct buf *);
int	dhcp_context_parse(const char *, size_t, struct dhcp_context *ret);	/* -EBADMSG */

#endif /* DHCPD_DHCP_RECORD_H */
