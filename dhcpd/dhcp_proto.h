/* dhcp_proto.h - the numbers of BOOTP, DHCP and PXE, by the names ISC gave them.
 *
 * Constants only.  Layer: dhcpd, codec.
 * Spec: the RFC beside each.
 */
#ifndef DHCPD_DHCP_PROTO_H
#define DHCPD_DHCP_PROTO_H

#define BOOTREQUEST		1	/* RFC 951, op */
#define BOOTREPLY		2
#define HTYPE_ETHER		1	/* RFC 1700 */
#define BOOTP_BROADCAST		0x8000	/* RFC 1542 2.2: the flag */
#define DHCP_COOKIE		0x63825363u	/* RFC 1497: 99.130.83.99 */

#define BOOTP_FIXED_LEN		236	/* RFC 2131 2: up to the options */
#define BOOTP_MIN_LEN		300	/* RFC 1542 2.1: shorter ones get lost */
#define BOOTP_SNAME_LEN		64
#define BOOTP_FILE_LEN		128
#define DHCP_UDP_OVERHEAD	28	/* IP and UDP headers: option 57 counts them */
#define DHCP_MTU_MIN		576	/* RFC 2132 9.10: the least for option 57 */
#define DHCP_INFINITE		0xffffffffu	/* RFC 2131 3.3: a lease for ever */

enum dhcp_type {			/* option 53, RFC 2132 9.6 */
	DHCP_NOTYPE	= 0,		/* none: BOOTP */
	DHCPDISCOVER	= 1,
	DHCPOFFER	= 2,
	DHCPREQUEST	= 3,
	DHCPDECLINE	= 4,
	DHCPACK		= 5,
	DHCPNAK		= 6,
	DHCPRELEASE	= 7,
	DHCPINFORM	= 8,
	DHCPLEASEQUERY	= 10,		/* RFC 4388 6.1 */
	DHCPLEASEUNASSIGNED = 11,
	DHCPLEASEUNKNOWN = 12,
	DHCPLEASEACTIVE	= 13,
};

enum dhcp_option {
	DHO_PAD				= 0,	/* RFC 2132 3.1 */
	DHO_SUBNET_MASK			= 1,	/* RFC 2132 3.3: before 3 */
	DHO_ROUTERS			= 3,	/* RFC 2132 3.5 */
	DHO_DOMAIN_NAME_SERVERS		= 6,	/* RFC 2132 3.8 */
	DHO_HOST_NAME			= 12,	/* RFC 2132 3.14 */
	DHO_DOMAIN_NAME			= 15,	/* RFC 2132 3.17 */
	DHO_SWAP_SERVER			= 16,	/* RFC 2132 3.18 */
	DHO_ROOT_PATH			= 17,	/* RFC 2132 3.19 */
	DHO_INTERFACE_MTU		= 26,	/* RFC 2132 5.1 */
	DHO_BROADCAST_ADDRESS		= 28,	/* RFC 2132 5.3 */
	DHO_NTP_SERVERS			= 42,	/* RFC 2132 8.3 */
	DHO_VENDOR_ENCAPSULATED_OPTIONS	= 43,	/* RFC 2132 8.4 */
	DHO_DHCP_REQUESTED_ADDRESS	= 50,	/* RFC 2132 9.1 */
	DHO_DHCP_LEASE_TIME		= 51,	/* RFC 2132 9.2 */
	DHO_DHCP_OPTION_OVERLOAD	= 52,	/* RFC 2132 9.3 */
	DHO_DHCP_MESSAGE_TYPE		= 53,	/* RFC 2132 9.6 */
	DHO_DHCP_SERVER_IDENTIFIER	= 54,	/* RFC 2132 9.7 */
	DHO_DHCP_PARAMETER_REQUEST_LIST	= 55,	/* RFC 2132 9.8 */
	DHO_DHCP_MESSAGE		= 56,	/* RFC 2132 9.9 */
	DHO_DHCP_MAX_MESSAGE_SIZE	= 57,	/* RFC 2132 9.10 */
	DHO_DHCP_RENEWAL_TIME		= 58,	/* RFC 2132 9.11: T1 */
	DHO_DHCP_REBINDING_TIME		= 59,	/* RFC 2132 9.12: T2 */
	DHO_VENDOR_CLASS_IDENTIFIER	= 60,	/* RFC 2132 9.13 */
	DHO_DHCP_CLIENT_IDENTIFIER	= 61,	/* RFC 2132 9.14, RFC 6842 */
	DHO_TFTP_SERVER_NAME		= 66,	/* RFC 2132 9.4 */
	DHO_BOOTFILE_NAME		= 67,	/* RFC 2132 9.5 */
	DHO_USER_CLASS			= 77,	/* RFC 3004 */
	DHO_DHCP_AGENT_OPTIONS		= 82,	/* RFC 3046 */
	DHO_CLIENT_LAST_TRANSACTION_TIME = 91,	/* RFC 4388 6.1 */
	DHO_ASSOCIATED_IP		= 92,	/* RFC 4388 6.1 */
	DHO_PXE_SYSTEM_TYPE		= 93,	/* RFC 4578 2.1 */
	DHO_PXE_INTERFACE_ID		= 94,	/* RFC 4578 2.2 */
	DHO_PXE_CLIENT_ID		= 97,	/* RFC 4578 2.3 */
	DHO_SUBNET_SELECTION		= 118,	/* RFC 3011 */
	DHO_IPXE_ENCAPSULATED		= 175,	/* Etherboot's, unregistered */
	DHO_PXELINUX_CONFIGFILE		= 209,	/* RFC 5071 4 */
	DHO_LOADER_VARS			= 246,	/* FreeBSD's loader: "a=b;c=d" (RFC 3942: site-specific) */
	DHO_END				= 255,	/* RFC 2132 3.2 */
};

#define OVERLOAD_FILE		1	/* RFC 2132 9.3: bits of option 52 */
#define OVERLOAD_SNAME		2

/* Sub-options of 82. */
#define RAI_LINK_SELECT		5	/* RFC 3527 */
#define RAI_SERVER_ID_OVERRIDE	11	/* RFC 5107 */

/* Sub-options of 43 for PXEClient: PXE 2.1, table 2-1. */
#define PXE_DISCOVERY_CONTROL	6
#define PXE_DISCOVERY_NONE	8	/* bit 3: no discovery, load the boot file */
#define PXE_BOOT_SERVERS	8
#define PXE_BOOT_MENU		9
#define PXE_MENU_PROMPT		10
#define PXE_BOOT_ITEM		71

/* Sub-options of 175: iPXE. */
#define IPXE_NO_PXEDHCP		0xb0	/* 1: don't wait for a ProxyDHCP offer */

#endif /* DHCPD_DHCP_PROTO_H */
