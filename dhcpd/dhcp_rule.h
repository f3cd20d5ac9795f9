/* dhcp_rule.h - why DHCP answers as it does: every rule has a name and a sentence.
 *
 * Each verdict names the one rule that decided, so that a person can be told
 * (provctl explain, the log) and a test can demand it.  What the machine boots
 * is decided by the table of fleet/boot.h, whose row is named beside it.
 * Layer: dhcpd, policy.
 */
#ifndef DHCPD_DHCP_RULE_H
#define DHCPD_DHCP_RULE_H

/* X(identifier, name, half a sentence) */
#define DHCP_RULES(X)								\
	/* Not for us. */							\
	X(NO_REQUEST, "no-request", "it is no request")				\
	X(NO_ETHERNET, "no-ethernet",						\
	    "it is not from an Ethernet, and has no client identifier")		\
	X(NO_MACHINE, "no-machine",						\
	    "its hardware address is not that of one machine")			\
	X(NO_CLIENT_TYPE, "no-client-type",					\
	    "its message type is not one a client sends")			\
	X(NO_NETWORK, "no-network", "no network is configured where it is")	\
	X(MODE_OFF, "mode-off", "DHCP is off on its network")			\
	X(UNKNOWN, "unknown-client",						\
	    "it is no host of the configuration, and only those are answered")	\
	X(MIN_SECS, "min-secs", "it has not asked for long enough")		\
	X(BOOT_SILENT, "boot-silent", "its boot plan is silence")		\
	/* Addresses given. */							\
	X(FIXED, "fixed-address", "the host's fixed address")			\
	X(AGAIN, "same-address", "the address it has or had last")		\
	X(ASKED_FOR, "address-asked-for", "the address it asks for, which is free") \
	X(NEW, "new-address", "a free address of the range")			\
	X(SELECTED, "selected", "it chose our offer")				\
	X(REBOOTED, "rebooted", "it has this address already")			\
	X(EXTENDED, "extended", "its lease is extended")			\
	X(ADOPTED, "adopted",							\
	    "it uses a free address without a lease: it gets one")		\
	X(INFORMED, "informed", "it has an address and asks for the rest")	\
	/* Addresses refused. */						\
	X(NONE_FREE, "none-free", "no address is free on its network")		\
	X(OTHER_NETWORK, "other-network", "the address belongs to another network") \
	X(NOT_FIXED, "not-the-fixed-address",					\
	    "the host has a fixed address, another one")			\
	X(RESERVED, "reserved", "the address is reserved")			\
	X(WAS_DECLINED, "declined-address",					\
	    "the address was declined: another machine uses it")		\
	X(LEASED, "leased-to-other", "the address is leased to another machine") \
	X(NO_RANGE, "outside-ranges", "the address is outside the ranges")	\
	X(NO_CLASS, "pool-of-others", "the address is of a pool for other classes")	\
	X(OTHER_LEASE, "other-lease", "its lease is for another address")	\
	/* Silence about an address. */						\
	X(OTHER_SERVER, "other-server", "it chose another server")		\
	X(NO_CHOICE, "no-choice", "it does not say which address it chose")	\
	X(NO_ADDRESS, "no-address", "it says nothing of an address")		\
	X(NOT_AUTHORITY, "not-authoritative",					\
	    "its address belongs to another network, and we are not authoritative") \
	X(NOT_OURS, "not-ours",							\
	    "its address is not ours to extend, and we are not authoritative")	\
	X(NO_RECORD, "no-record",						\
	    "there is no record of it: another server may have one")		\
	X(INFORM_NOTHING, "inform-without-address",				\
	    "it does not say which address it has")				\
	X(INFORM_ELSEWHERE, "inform-elsewhere", "its address belongs to another network") \
	X(NO_DYNAMIC_BOOTP, "no-dynamic-bootp",					\
	    "it is a BOOTP client without a fixed address, and would keep one for ever") \
	/* Boot information only: another server gives the addresses. */	\
	X(PROXY_OFFER, "proxy-offer", "its boot file, beside another server's address") \
	X(PROXY_MENU, "proxy-menu", "a menu of what it can boot")		\
	X(PROXY_DISK, "proxy-local-disk", "boot item 0 sends it to its own disk") \
	X(PROXY_4011, "proxy-redirect",						\
	    "UEFI is sent to port 4011: it handles nothing else right")		\
	X(PROXY_ACK, "proxy-boot-server", "its boot file, asked for at port 4011") \
	X(PROXY_REQUEST, "proxy-address-of-other",				\
	    "it takes its address from another server")				\
	X(PROXY_NOT_FW, "proxy-no-firmware",					\
	    "it is no firmware: another server answers it")			\
	X(PROXY_LOADER, "proxy-loader",						\
	    "its root path is the other server's to tell: say root-path OURADDRESS:/pxeroot there") \
	X(PROXY_NO_FILE, "proxy-no-file", "it has nothing to load from us")	\
	X(PROXY_NOT_OURS, "proxy-other-item", "it asks for another boot server's item") \
	X(PROXY_ELSEWHERE, "proxy-elsewhere",					\
	    "it asks from an address of no network that is configured")	\
	/* Asked about. */							\
	X(QUERY_REFUSED, "leasequery-refused",					\
	    "it asks who has an address, and may not")				\
	X(QUERY_ACTIVE, "leasequery-active", "the address is leased")		\
	X(QUERY_UNASSIGNED, "leasequery-unassigned", "the address is ours, and nobody's") \
	X(QUERY_UNKNOWN, "leasequery-unknown", "we know nothing of it")		\
	/* Given back. */							\
	X(DECLINED_NOT_OURS, "declined-not-ours", "it declines what it was not given here") \
	X(DECLINED_FIXED, "declined-fixed", "another machine uses its fixed address") \
	X(DECLINED, "declined",							\
	    "another machine uses the address: it is not given for a while")	\
	X(DECLINED_MANY, "declined-too-many",					\
	    "it declines an address, as half of the range was: this one is given last, but given") \
	X(RELEASED_NOT_OURS, "released-not-ours", "it releases what it was not given here") \
	X(RELEASED, "released", "it gave its address back")

enum dhcp_rule {
#define X(id, name, why)	DR_##id,
	DHCP_RULES(X)
#undef X
	DR__COUNT,
};

const char *dhcp_rule_name(enum dhcp_rule);
const char *dhcp_rule_why(enum dhcp_rule);

#endif /* DHCPD_DHCP_RULE_H */
