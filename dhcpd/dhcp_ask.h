/* dhcp_ask.h - one packet put before the fleet and the policy.
 *
 * Shared by the server and by explain, so that both give the same answer.
 * Changes nothing, sends nothing, logs nothing.  Control thread.
 * Layer: dhcpd, I/O side (it asks the fleet).
 */
#ifndef DHCPD_DHCP_ASK_H
#define DHCPD_DHCP_ASK_H

#include "../fleet/fleet.h"
#include "dhcp_policy.h"

struct dhcp_in {		/* how a packet came */
	uint32_t	iface_addr;	/* our address there */
	bool		binl;		/* to port 4011 */
	uint32_t	peer;
	uint16_t	peer_port;
	bool		same_boot;	/* of a machine whose boot was counted already */
};

struct dhcp_ask {		/* about 10 KiB */
	struct dhcp_msg		 req;
	struct dhcp_facts	 facts;
	struct fleet_host	*host;	/* NULL: unknown */
	const struct cfg_host	*cfg;	/* the same in the configuration */
	const char		*how;	/* by what it was known */
	struct dhcp_who		 who;
	const struct dhcp_net	*net;	/* NULL: none of ours */
	struct dhcp_classes	 classes;
	struct dhcp_optset	 profile;	/* of the installation: boot.options */
	uint32_t		 learnt, learnt_from;	/* its address of another server; 0 */
	struct boot_plan	 boot;
	struct dhcp_verdict	 verdict;
};

/* -EBADMSG: no DHCP message. */
int	dhcp_ask(struct fleet *, const struct dhcp_nets *, const struct dhcp_in *,
	    const uint8_t *pkt, size_t len, int64_t now,
	    struct buf *trace /* may be NULL */, struct dhcp_ask *ret);
/* The parts of it, for those who know the host (cfg) and its boot plan from
 * elsewhere: what the packet says; with cfg filled in, the classes; with boot
 * filled in, the verdict. */
int	dhcp_ask_read(const struct dhcp_nets *, const struct dhcp_in *,
	    const uint8_t *pkt, size_t len, struct dhcp_ask *ret);
void	dhcp_ask_classify(const struct dhcp_nets *, const struct dhcp_in *, struct dhcp_ask *);
void	dhcp_ask_decide(const struct dhcp_nets *, const struct dhcp_in *,
	    struct lease_table *, int64_t now, struct buf *trace, struct dhcp_ask *);
/* "DISCOVER -> OFFER 192.168.10.32 (rule NAME)" */
void	dhcp_ask_line(const struct dhcp_ask *, char *buf, size_t cap);

#endif /* DHCPD_DHCP_ASK_H */
