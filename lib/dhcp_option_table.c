/* dhcp_option_table.c - every option, once.
 *
 * Where two names have one code, the first is how it is printed.
 */
#include "dhcp_option.h"

#define OF_CLIENT	"clients say it, servers don't"
#define OF_SERVER	"provd says it by itself"
#define BY_TIME		"it follows from default-lease-time"

#define D(c, n, f)	{ .code = c, .name = n, .fmt = f },
#define NO(c, n, f, w)	{ .code = c, .name = n, .fmt = f, .no = w },
#define U(c, n, f)	{ .code = c, .name = n, .fmt = f, .unasked = true },
#define PXE(c, n, f)	{ .space = DHCP_SPACE_PXE, .code = c, .name = n, .fmt = f },
#define IPXE(c, n, f)	{ .space = DHCP_SPACE_IPXE, .code = c, .name = n, .fmt = f },
#define AGENT(c, n, f)	{ .space = DHCP_SPACE_AGENT, .code = c, .name = n, .fmt = f, \
			  .no = "relays say it, servers don't" },

const struct dhcp_opt_def dhcp_opt_table[] = {
	/* RFC 2132 section 3: vendor extensions of RFC 1497. */
	D(1, "subnet-mask", "I")
	D(2, "time-offset", "l")
	D(3, "routers", "IA")
	D(4, "time-servers", "IA")
	D(5, "ien116-name-servers", "IA")
	D(6, "domain-name-servers", "IA")
	D(7, "log-servers", "IA")
	D(8, "cookie-servers", "IA")
	D(9, "lpr-servers", "IA")
	D(10, "impress-servers", "IA")
	D(11, "resource-location-servers", "IA")
	D(12, "host-name", "t")
	D(13, "boot-size", "S")
	D(14, "merit-dump", "t")
	D(15, "domain-name", "t")
	D(16, "swap-server", "I")
	D(17, "root-path", "t")
	D(18, "extensions-path", "t")
	/* Section 4: IP, of the host. */
	D(19, "ip-forwarding", "f")
	D(20, "non-local-source-routing", "f")
	D(21, "policy-filter", "IIA")
	D(22, "max-dgram-reassembly", "S")
	D(23, "default-ip-ttl", "B")
	D(24, "path-mtu-aging-timeout", "L")
	D(25, "path-mtu-plateau-table", "SA")
	/* Section 5: IP, of the interface. */
	D(26, "interface-mtu", "S")
	D(27, "all-subnets-local", "f")
	D(28, "broadcast-address", "I")
	D(29, "perform-mask-discovery", "f")
	D(30, "mask-supplier", "f")
	D(31, "router-discovery", "f")
	D(32, "router-solicitation-address", "I")
	D(33, "static-routes", "IIA")
	/* Section 6: link layer.  Section 7: TCP. */
	D(34, "trailer-encapsulation", "f")
	D(35, "arp-cache-timeout", "L")
	D(36, "ieee802-3-encapsulation", "f")
	D(37, "default-tcp-ttl", "B")
	D(38, "tcp-keepalive-interval", "L")
	D(39, "tcp-keepalive-garbage", "f")
	/* Section 8: applications and services. */
	D(40, "nis-domain", "t")
	D(41, "nis-servers", "IA")
	D(42, "ntp-servers", "IA")
	D(43, "vendor-encapsulated-options", "E")
	D(44, "netbios-name-servers", "IA")
	D(45, "netbios-dd-server", "IA")
	D(46, "netbios-node-type", "B")
	D(47, "netbios-scope", "t")
	D(48, "font-servers", "IA")
	D(49, "x-display-manager", "IA")
	/* Section 9: DHCP itself. */
	NO(50, "dhcp-requested-address", "I", OF_CLIENT)
	NO(51, "dhcp-lease-time", "L", "say default-lease-time")
	NO(52, "dhcp-option-overload", "B", "FreeBSD's loader and PXE can't read it")
	NO(53, "dhcp-message-type", "B", OF_SERVER)
	NO(54, "dhcp-server-identifier", "I", "say dhcp.server-identifier")
	NO(55, "dhcp-parameter-request-list", "BA", OF_CLIENT)
	NO(56, "dhcp-message", "t", "it is said with a refusal only")
	NO(57, "dhcp-max-message-size", "S", OF_CLIENT)
	NO(58, "dhcp-renewal-time", "L", BY_TIME)
	NO(59, "dhcp-rebinding-time", "L", BY_TIME)
	D(60, "vendor-class-identifier", "t")
	NO(61, "dhcp-client-identifier", "x", OF_CLIENT)
	D(62, "nwip-domain", "t")				/* RFC 2242 */
	D(63, "nwip-suboptions", "X")
	D(64, "nisplus-domain", "t")
	D(65, "nisplus-servers", "IA")
	D(66, "tftp-server-name", "t")
	NO(67, "bootfile-name", "t", "say filename")
	D(68, "mobile-ip-home-agent", "IA")
	D(69, "smtp-server", "IA")
	D(70, "pop-server", "IA")
	D(71, "nntp-server", "IA")
	D(72, "www-server", "IA")
	D(73, "finger-server", "IA")
	D(74, "irc-server", "IA")
	D(75, "streettalk-server", "IA")
	D(76, "streettalk-directory-assistance-server", "IA")

	NO(77, "user-class", "x", OF_CLIENT)			/* RFC 3004 */
	D(78, "slp-directory-agent", "fIa")			/* RFC 2610 */
	D(79, "slp-service-scope", "ft")
	NO(80, "rapid-commit", "Z", "an answer at once would be none that is on disk")	/* RFC 4039 */
	NO(81, "fqdn", "X", "provd changes no DNS")		/* RFC 4702 */
	{ .code = 82, .name = "relay-agent-information", .fmt = "E",	/* RFC 3046 */
	  .sub = DHCP_SPACE_AGENT, .no = "the relay says it, and gets it back" },
	D(83, "isns", "X")					/* RFC 4174 */
	D(85, "nds-servers", "IA")				/* RFC 2241 */
	D(86, "nds-tree-name", "t")
	D(87, "nds-context", "t")
	D(88, "bcms-controller-names", "D")			/* RFC 4280 */
	D(89, "bcms-controller-address", "IA")
	NO(90, "authentication", "X", "provd has no keys for it")	/* RFC 3118 */
	NO(91, "client-last-transaction-time", "L", OF_SERVER)	/* RFC 4388 */
	NO(92, "associated-ip", "IA", OF_SERVER)
	NO(93, "pxe-system-type", "SA", OF_CLIENT)		/* RFC 4578 */
	NO(94, "pxe-interface-id", "BBB", OF_CLIENT)
	NO(97, "pxe-client-id", "BX", OF_CLIENT)
	D(98, "uap-servers", "t")				/* RFC 2485 */
	D(99, "geoconf-civic", "X")				/* RFC 4776 */
	D(100, "pcode", "t")					/* RFC 4833 */
	D(101, "tcode", "t")
	D(108, "v6-only-preferred", "L")			/* RFC 8925 */
	D(112, "netinfo-server-address", "IA")
	D(113, "netinfo-server-tag", "t")
	D(114, "default-url", "t")				/* RFC 8910 */
	D(114, "v4-captive-portal", "t")
	D(116, "auto-config", "B")				/* RFC 2563 */
	D(117, "name-service-search", "SA")			/* RFC 2937 */
	NO(118, "subnet-selection", "I", OF_CLIENT)		/* RFC 3011 */
	D(119, "domain-search", "D")				/* RFC 3397 */
	D(120, "sip-servers", "P")				/* RFC 3361 */
	D(121, "classless-static-routes", "R")			/* RFC 3442 */
	D(121, "rfc3442-classless-static-routes", "R")
	D(122, "cablelabs-client-configuration", "X")		/* RFC 3495 */
	D(123, "geoconf", "X")					/* RFC 6225 */
	NO(124, "vivco", "X", OF_CLIENT)			/* RFC 3925 */
	D(125, "vivso", "X")
	U(134, "bootp-cookie", "t")				/* FreeBSD: kern.bootp_cookie */
	D(136, "pana-agent", "IA")				/* RFC 5192 */
	D(137, "v4-lost", "d")					/* RFC 5223 */
	D(138, "capwap-ac-v4", "IA")				/* RFC 5417 */
	D(139, "ipv4-address-mos", "X")				/* RFC 5678 */
	D(140, "ipv4-fqdn-mos", "X")
	D(141, "sip-ua-cs-domains", "D")			/* RFC 6011 */
	D(142, "ipv4-address-andsf", "IA")			/* RFC 6153 */
	D(143, "v4-sztp-redirect", "X")				/* RFC 8572 */
	D(145, "forcerenew-nonce-capable", "X")			/* RFC 6704 */
	D(146, "rdnss-selection", "BIId")			/* RFC 6731 */
	D(150, "tftp-server-address", "IA")			/* RFC 5859 */
	NO(151, "status-code", "Bt", OF_SERVER)			/* RFC 6926 */
	NO(152, "base-time", "L", OF_SERVER)
	NO(153, "start-time-of-state", "L", OF_SERVER)
	NO(154, "query-start-time", "L", OF_CLIENT)
	NO(155, "query-end-time", "L", OF_CLIENT)
	NO(156, "dhcp-state", "B", OF_SERVER)
	NO(157, "data-source", "B", OF_SERVER)
	D(158, "v4-pcp-server", "X")				/* RFC 7291 */
	D(159, "v4-portparams", "X")				/* RFC 7618 */
	D(161, "mud-url-v4", "t")				/* RFC 8520 */
	D(162, "v4-dnr", "X")					/* RFC 9463 */
	{ .code = 175, .name = "ipxe-encap-opts", .fmt = "E",	/* Etherboot's */
	  .sub = DHCP_SPACE_IPXE },
	D(203, "iscsi-initiator-iqn", "t")			/* iPXE */
	/* RFC 5071.  The ROM that has the packet does not know them. */
	U(208, "pxelinux-magic", "X")
	U(209, "loader-configfile", "t")
	U(209, "pxelinux-configfile", "t")
	U(210, "loader-pathprefix", "t")
	U(211, "loader-reboottime", "L")
	D(212, "option-6rd", "X")				/* RFC 5969 */
	D(213, "v4-access-domain", "d")				/* RFC 5986 */
	NO(220, "subnet-allocation", "X", OF_CLIENT)		/* RFC 6656 */
	D(221, "vss", "X")					/* RFC 6607 */
	/* FreeBSD's loader: 246-249 are "a=b;c=d", 250-254 one "name=value"
	 * each.  It asks for none of them. */
	U(246, "loader-variables", "t")
	U(247, "loader-variables-247", "t")
	U(248, "loader-variables-248", "t")
	D(249, "ms-classless-static-routes", "R")		/* Windows' 121 */
	U(249, "loader-variables-249", "t")
	U(250, "loader-variable-250", "t")
	U(251, "loader-variable-251", "t")
	D(252, "wpad-url", "t")					/* proxy discovery */
	D(252, "wpad", "t")
	U(252, "loader-variable-252", "t")
	U(253, "loader-variable-253", "t")
	U(254, "loader-variable-254", "t")

	/* PXE 2.1, table 2-1: option 43 of PXEClient. */
	PXE(1, "mtftp-ip", "I")
	PXE(2, "mtftp-cport", "S")
	PXE(3, "mtftp-sport", "S")
	PXE(4, "mtftp-tmout", "B")
	PXE(5, "mtftp-delay", "B")
	PXE(6, "discovery-control", "B")
	PXE(7, "discovery-mcast-addr", "I")
	PXE(8, "boot-server", "X")
	PXE(9, "boot-menu", "X")
	PXE(10, "menu-prompt", "Bt")
	PXE(11, "mcast-addrs-alloc", "X")
	PXE(12, "credential-types", "X")
	PXE(71, "boot-item", "SS")

	/* iPXE: option 175. */
	IPXE(1, "priority", "b")
	IPXE(8, "keep-san", "B")
	IPXE(9, "skip-san-boot", "B")
	IPXE(16, "pxeext", "B")
	IPXE(17, "iscsi", "B")
	IPXE(18, "aoe", "B")
	IPXE(19, "http", "B")
	IPXE(20, "https", "B")
	IPXE(21, "tftp", "B")
	IPXE(22, "ftp", "B")
	IPXE(23, "dns", "B")
	IPXE(24, "bzimage", "B")
	IPXE(25, "multiboot", "B")
	IPXE(26, "slam", "B")
	IPXE(27, "srp", "B")
	IPXE(32, "nbi", "B")
	IPXE(33, "pxe", "B")
	IPXE(34, "elf", "B")
	IPXE(35, "comboot", "B")
	IPXE(36, "efi", "B")
	IPXE(37, "fcoe", "B")
	IPXE(38, "vlan", "B")
	IPXE(39, "menu", "B")
	IPXE(40, "sdi", "B")
	IPXE(41, "nfs", "B")
	IPXE(81, "scriptlet", "t")
	IPXE(85, "syslogs", "t")
	IPXE(91, "cert", "X")
	IPXE(92, "privkey", "X")
	IPXE(93, "crosscert", "t")
	IPXE(176, "no-pxedhcp", "B")
	IPXE(177, "bus-id", "X")
	IPXE(188, "san-filename", "t")
	IPXE(189, "bios-drive", "B")
	IPXE(190, "username", "t")
	IPXE(191, "password", "t")
	IPXE(192, "reverse-username", "t")
	IPXE(193, "reverse-password", "t")
	IPXE(235, "version", "X")

	/* RFC 3046 and what came after it: option 82. */
	AGENT(1, "circuit-id", "x")
	AGENT(2, "remote-id", "x")
	AGENT(4, "docsis-device-class", "L")			/* RFC 3256 */
	AGENT(5, "link-selection", "I")				/* RFC 3527 */
	AGENT(6, "subscriber-id", "x")				/* RFC 3993 */
	AGENT(7, "radius-attributes", "X")			/* RFC 4014 */
	AGENT(8, "authentication", "X")				/* RFC 4030 */
	AGENT(9, "vendor-specific", "X")			/* RFC 4243 */
	AGENT(10, "relay-agent-flags", "B")			/* RFC 5010 */
	AGENT(11, "server-identifier-override", "I")		/* RFC 5107 */
	AGENT(12, "relay-id", "X")				/* RFC 6925 */
	AGENT(19, "relay-port", "Z")				/* RFC 8357 */
	AGENT(151, "virtual-subnet-selection", "X")		/* RFC 6607 */
	AGENT(152, "virtual-subnet-selection-control", "Z")
};

const size_t dhcp_opt_table_n = sizeof(dhcp_opt_table) / sizeof(dhcp_opt_table[0]);
