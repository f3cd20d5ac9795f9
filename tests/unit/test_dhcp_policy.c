/* test_dhcp_policy.c - who is answered, and what the answer says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <stdio.h>

#include <cmocka.h>

#include "dhcp_fixture.h"

/* Networks again after a change of the configuration. */
static void
again(struct bench *b)
{
	dhcp_nets_free(b->nets);
	assert_int_equal(dhcp_nets_new(&b->cfg, &b->iface, 1, &b->nets), 0);
}

#define PUT(m, code, lit) \
	assert_int_equal(dhcp_put(m, code, lit, sizeof(lit) - 1), 0)

static void
assert_bytes(const struct dhcp_msg *m, uint8_t code, const void *want, size_t want_len)
{
	size_t len = 0;
	const uint8_t *p = dhcp_opt(m, code, &len);

	assert_non_null(p);
	assert_int_equal(len, want_len);
	assert_memory_equal(p, want, len);
}

#define ASSERT_OPT(m, code, lit)	assert_bytes(m, code, lit, sizeof(lit) - 1)

static void
make_ipxe(struct dhcp_msg *m, struct mac mac, int type)
{
	make(m, mac, type);
	PUT(m, DHO_DHCP_MAX_MESSAGE_SIZE, "\x05\xc0");
	PUT(m, DHO_VENDOR_CLASS_IDENTIFIER, "PXEClient:Arch:00000:UNDI:002001");
	PUT(m, DHO_PXE_SYSTEM_TYPE, "\0\0");
	PUT(m, DHO_USER_CLASS, "iPXE");
	PUT(m, DHO_DHCP_PARAMETER_REQUEST_LIST, "\1\3\6\x0c\x0f\x11\x2b\x3c\x42\x43\xaf");
}

static void
make_rom(struct dhcp_msg *m, struct mac mac, int type)
{
	make(m, mac, type);
	PUT(m, DHO_DHCP_MAX_MESSAGE_SIZE, "\x04\xec");
	PUT(m, DHO_VENDOR_CLASS_IDENTIFIER, "PXEClient:Arch:00000:UNDI:002001");
	PUT(m, DHO_PXE_SYSTEM_TYPE, "\0\0");
	PUT(m, DHO_DHCP_PARAMETER_REQUEST_LIST, "\1\3\x2b\x36\x3c\x42\x43");
}

static void
boot_file(struct bench *b, const char *file)
{
	b->boot.action = BOOT_FILE;
	snprintf(b->boot.file, sizeof(b->boot.file), "%s", file);
}

/* Who is answered ----------------------------------------------------------- */

static void
test_strangers_are_not_answered_in_mode_reservation(void **state)
{
	static const int types[] = { DHCPDISCOVER, DHCPREQUEST, DHCPINFORM,
		DHCP_NOTYPE };
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	b->nets->net[0].mode = DHCP_RESERVATION;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		make(&m, mac_other, types[i]);
		m.ciaddr = types[i] == DHCPDISCOVER ? 0 : IP(172, 16, 0, 1);
		decide(b, &m, &v);
		assert_false(v.answer);
		assert_int_equal(v.lease_op, DLO_NONE);
		make(&m, mac_dyn, types[i]);
		m.ciaddr = types[i] == DHCPDISCOVER ? 0 : LO;
		decide(b, &m, &v);
		assert_true(v.answer);
	}
}

/* ...but what it had from us it may give back. */
static void
test_a_former_host_may_release(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	b->nets->net[0].mode = DHCP_RESERVATION;
	bind_lease(b, LO, mac_other, LEASE_BOUND, 100);
	make(&m, mac_other, DHCPRELEASE);
	m.ciaddr = LO;
	decide(b, &m, &v);
	assert_int_equal(v.lease_op, DLO_COMMIT);
}

static void
test_silence_is_an_answer_of_the_boot_plan(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	b->boot.action = BOOT_SILENT;
	b->boot.why = "to the disk";
	make_rom(&m, mac_dyn, DHCPDISCOVER);
	decide(b, &m, &v);
	assert_false(v.answer);
	assert_string_equal(v.reason, "to the disk");
}

static void
test_only_requests_of_ethernet_clients(void **state)
{
	struct dhcp_verdict v;
	struct dhcp_msg m;

	make(&m, mac_dyn, DHCPDISCOVER);
	m.op = BOOTREPLY;
	decide(*state, &m, &v);
	assert_false(v.answer);
	make(&m, mac_dyn, DHCPDISCOVER);
	m.htype = 6;
	decide(*state, &m, &v);
	assert_false(v.answer);
	make(&m, mac_dyn, DHCPDISCOVER);
	m.hlen = 8;
	decide(*state, &m, &v);
	assert_false(v.answer);
	make(&m, (struct mac){ { 0 } }, DHCPDISCOVER);
	decide(*state, &m, &v);
	assert_false(v.answer);
	make(&m, (struct mac){ { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } }, DHCPDISCOVER);
	decide(*state, &m, &v);
	assert_false(v.answer);
	make(&m, (struct mac){ { 1, 0, 0x5e, 0, 0, 1 } }, DHCPDISCOVER);
	decide(*state, &m, &v);
	assert_false(v.answer);
	make(&m, mac_dyn, DHCPDISCOVER);
	decide(*state, &m, &v);
	assert_true(v.answer);		/* none of this was the reason */
}

static void
test_messages_of_servers_and_unknown_types_are_ignored(void **state)
{
	struct dhcp_verdict v;
	struct dhcp_msg m;

	for (int type = 1; type < 256; type++) {
		make(&m, mac_dyn, type);
		m.ciaddr = LO;
		decide(*state, &m, &v);
		assert_int_equal(v.answer, type == DHCPDISCOVER ||
		    type == DHCPREQUEST || type == DHCPINFORM);
	}
	make(&m, mac_dyn, DHCP_NOTYPE);
	PUT(&m, DHO_DHCP_MESSAGE_TYPE, "\1\1");
	decide(*state, &m, &v);
	assert_false(v.answer);
	make(&m, mac_dyn, DHCP_NOTYPE);
	PUT(&m, DHO_DHCP_MESSAGE_TYPE, "\0");	/* no BOOTP either */
	decide(*state, &m, &v);
	assert_false(v.answer);
}

/* Addresses ------------------------------------------------------------------ */

static void
test_a_fixed_address_is_its_hosts_alone(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	b->host[0].address = LO + 1;	/* within the range */
	again(b);
	bind_lease(b, LO + 1, mac_other, LEASE_BOUND, 100);	/* from before */
	make(&m, mac_fix, DHCPDISCOVER);
	assert_int_equal(dhcp_put_u32(&m, DHO_DHCP_REQUESTED_ADDRESS, LO), 0);
	decide(b, &m, &v);
	assert_int_equal(v.reply.yiaddr, LO + 1);
	do_lease(b, &v);
	make(&m, mac_other, DHCPREQUEST);
	m.ciaddr = LO + 1;
	decide(b, &m, &v);
	assert_int_equal(type_of(&v), DHCPNAK);
	for (uint8_t i = 0; i < 3; i++) {	/* the other three of the range */
		struct mac mac = { { 2, 0, 0, 0, 1, i } };

		make(&m, mac, DHCPDISCOVER);
		decide(b, &m, &v);
		assert_true(v.answer);
		assert_int_not_equal(v.reply.yiaddr, LO + 1);
		do_lease(b, &v);
	}
	make(&m, mac_other, DHCPDISCOVER);
	decide(b, &m, &v);
	assert_false(v.answer);
}

static void
test_elsewhere_a_host_gets_an_address_of_the_range(void **state)
{
	struct dhcp_verdict v;
	struct dhcp_msg m;

	make(&m, mac_fix, DHCPDISCOVER);
	m.giaddr = RELAY;
	decide(*state, &m, &v);
	assert_in_range(v.reply.yiaddr, IP(10, 0, 0, 50), IP(10, 0, 0, 51));
}

/* Firmware, loader, installer and system each have another client id. */
static void
test_the_machine_keeps_its_address_though_its_client_id_changes(void **state)
{
	static const char *const cid[] = { "", "\1\2\0\0\0\0\2",
		"\xff\0\0\0\2\0\1", "\0something" };
	static const size_t len[] = { 0, 7, 7, 10 };
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;
	uint32_t addr = 0;

	for (size_t i = 0; i < 4; i++) {
		make(&m, mac_dyn, DHCPDISCOVER);
		if (len[i] > 0)
			assert_int_equal(dhcp_put(&m, DHO_DHCP_CLIENT_IDENTIFIER,
			    cid[i], len[i]), 0);
		decide(b, &m, &v);
		assert_true(v.answer);
		if (addr == 0)
			addr = v.reply.yiaddr;
		assert_int_equal(v.reply.yiaddr, addr);
		do_lease(b, &v);
		/* RFC 6842 3: echoed, and only if it was sent. */
		assert_int_equal(v.reply.has[DHO_DHCP_CLIENT_IDENTIFIER], len[i] > 0);
		bind_lease(b, addr, mac_dyn, LEASE_BOUND, 100);
	}
}

/* An offer for it still stands, though its last lease can't be had again. */
static void
test_a_client_that_lost_its_address_gets_one_new_one(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;
	uint32_t addr;

	bind_lease(b, LO + 1, mac_other, LEASE_BOUND, 100);
	b->host[0].address = LO + 1;
	again(b);
	make(&m, mac_other, DHCPDISCOVER);
	decide(b, &m, &v);
	addr = v.reply.yiaddr;
	assert_int_not_equal(addr, LO + 1);
	do_lease(b, &v);
	decide(b, &m, &v);		/* a retransmission */
	assert_int_equal(v.reply.yiaddr, addr);
}

static void
test_the_lease_names_the_client(void **state)
{
	struct dhcp_verdict v;
	struct dhcp_msg m;
	uint8_t cid[100] = { 1, 2, 3 };

	make(&m, mac_dyn, DHCPDISCOVER);
	PUT(&m, DHO_HOST_NAME, "deb-1\x1b[2J");
	assert_int_equal(dhcp_put(&m, DHO_DHCP_CLIENT_IDENTIFIER, cid, sizeof(cid)), 0);
	decide(*state, &m, &v);
	assert_string_equal(v.lease.hostname, "deb-1");
	assert_int_equal(v.lease.cid_len, 64);
	assert_memory_equal(v.lease.cid, cid, 56);
	assert_true(lease_has_cid(&v.lease, cid, sizeof(cid)));
	cid[99] = 1;			/* the same for longer than is kept */
	assert_false(lease_has_cid(&v.lease, cid, sizeof(cid)));
	assert_int_equal(v.lease.start, NOW);
	for (size_t n = 62; n < 66; n++) {
		make(&m, mac_dyn, DHCPDISCOVER);
		memset(cid, 'x', sizeof(cid));
		assert_int_equal(dhcp_put(&m, DHO_HOST_NAME, cid, n), 0);
		assert_int_equal(dhcp_put_u8(&m, 200, 'y'), 0);	/* what lies behind */
		decide(*state, &m, &v);
		assert_int_equal(strlen(v.lease.hostname), n < 63 ? n : 63);
		assert_null(strchr(v.lease.hostname, 'y'));
	}
	make(&m, mac_dyn, DHCPDISCOVER);
	PUT(&m, DHO_HOST_NAME, "a b");
	decide(*state, &m, &v);
	assert_string_equal(v.lease.hostname, "a");
	make(&m, mac_dyn, DHCPDISCOVER);
	PUT(&m, DHO_HOST_NAME, "a\x7f");
	decide(*state, &m, &v);
	assert_string_equal(v.lease.hostname, "a");
}

static void
test_servers_and_routers_are_not_leased(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	b->iface.addr = LO;
	b->router[0] = LO + 1;
	again(b);
	for (uint8_t i = 0; i < 3; i++) {
		make(&m, (struct mac){ { 2, 0, 0, 0, 9, i } }, DHCPDISCOVER);
		decide(b, &m, &v);
		assert_int_equal(v.answer, i < 2);
		if (v.answer)
			assert_in_range(v.reply.yiaddr, LO + 2, HI);
		do_lease(b, &v);
	}
}

/* BOOTP ------------------------------------------------------------------------ */

/* RFC 1534 2: "a DHCP server [...] may offer static addresses, or
 * automatic addresses (from a pool of unassigned addresses), to a BOOTP client"
 * and "MUST NOT [send] DHCP-specific options" such as 51, 53, 54. */
static void
test_bootp_gets_an_address_for_ever(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	boot_file(b, "boot/pxeboot");
	make(&m, mac_dyn, DHCP_NOTYPE);
	decide(b, &m, &v);
	assert_true(v.answer);
	assert_int_equal(v.reply.op, BOOTREPLY);
	assert_in_range(v.reply.yiaddr, LO, HI);
	assert_string_equal(v.reply.file, "boot/pxeboot");
	assert_int_equal(v.lease_op, DLO_COMMIT);
	assert_int_equal(v.lease.state, LEASE_BOUND);
	assert_int_equal(v.lease.expiry, LEASE_FOREVER);
	assert_false(v.reply.has[DHO_DHCP_MESSAGE_TYPE]);
	assert_false(v.reply.has[DHO_DHCP_LEASE_TIME]);
	assert_false(v.reply.has[DHO_DHCP_SERVER_IDENTIFIER]);
	assert_false(v.reply.has[DHO_DHCP_RENEWAL_TIME]);
	ASSERT_OPT(&v.reply, DHO_SUBNET_MASK, "\xff\xff\xff\0");
	ASSERT_OPT(&v.reply, DHO_ROUTERS, "\xc0\xa8\x0a\xfe");

	make(&m, mac_fix, DHCP_NOTYPE);
	decide(b, &m, &v);
	assert_int_equal(v.reply.yiaddr, FIXED);
}

/* RFC 951: the vendor's area is as long as the client sent it, 64 bytes at
 * least; and only who writes the cookie reads options. */
static void
test_bootp_gets_no_more_than_it_can_hold(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	make(&m, mac_dyn, DHCP_NOTYPE);
	decide(b, &m, &v);
	assert_int_equal(v.max, 300);
	m.wire_len = 548;
	decide(b, &m, &v);
	assert_int_equal(v.max, 548);
	m.wire_len = 1400;
	decide(b, &m, &v);
	assert_int_equal(v.max, 548);
	m.cookie = false;
	decide(b, &m, &v);
	assert_true(v.answer);
	assert_false(v.reply.cookie);
	assert_int_equal(v.reply.n, 0);
}

/* RFC 951 3: yiaddr is "filled by server if client doesn't know its own
 * address (ciaddr was 0)". */
static void
test_bootp_that_knows_its_address(void **state)
{
	struct dhcp_verdict v;
	struct dhcp_msg m;

	make(&m, mac_dyn, DHCP_NOTYPE);
	m.ciaddr = IP(192, 168, 10, 7);
	decide(*state, &m, &v);
	assert_true(v.answer);
	assert_int_equal(v.reply.yiaddr, 0);
	assert_int_equal(v.lease_op, DLO_NONE);
	assert_int_equal(v.dest.how, DEST_ADDR);
	assert_int_equal(v.dest.addr, IP(192, 168, 10, 7));
}

/* Options ------------------------------------------------------------------------ */

static void
test_what_is_asked_for_is_sent(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	make(&m, mac_dyn, DHCPDISCOVER);
	PUT(&m, DHO_DHCP_PARAMETER_REQUEST_LIST, "\x06\x0f\x0c\x1c");
	decide(b, &m, &v);
	ASSERT_OPT(&v.reply, DHO_DOMAIN_NAME_SERVERS, "\xc0\xa8\x0a\xfd\xc0\xa8\x0a\xfc");
	ASSERT_OPT(&v.reply, DHO_DOMAIN_NAME, "simerson.net");
	ASSERT_OPT(&v.reply, DHO_HOST_NAME, "dyn");
	ASSERT_OPT(&v.reply, DHO_BROADCAST_ADDRESS, "\xc0\xa8\x0a\xff");
	assert_false(v.reply.has[DHO_NTP_SERVERS]);
	make(&m, mac_dyn, DHCPDISCOVER);
	PUT(&m, DHO_DHCP_PARAMETER_REQUEST_LIST, "\x01");
	decide(b, &m, &v);
	assert_false(v.reply.has[DHO_DOMAIN_NAME]);
	assert_false(v.reply.has[DHO_HOST_NAME]);
	assert_false(v.reply.has[DHO_DOMAIN_NAME_SERVERS]);
	assert_true(v.reply.has[DHO_ROUTERS]);
}

/* FreeBSD's old loader asks for nothing and needs these. */
static void
test_without_a_list_the_usual_ones_are_sent(void **state)
{
	static const uint8_t usual[] = { 1, 3, 6, 12, 15, 17, 28, 51, 53, 54 };
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	strcpy(b->boot.root_path, "192.168.10.1:/freebsd");
	make(&m, mac_dyn, DHCPDISCOVER);
	PUT(&m, DHO_VENDOR_CLASS_IDENTIFIER, "PXEClient");
	decide(b, &m, &v);
	for (size_t i = 0; i < sizeof(usual); i++)
		assert_true(v.reply.has[usual[i]]);
	ASSERT_OPT(&v.reply, DHO_ROOT_PATH, "192.168.10.1:/freebsd");
	/* It is a loader: nothing of PXE's. */
	assert_false(v.reply.has[DHO_VENDOR_CLASS_IDENTIFIER]);
	assert_false(v.reply.has[DHO_VENDOR_ENCAPSULATED_OPTIONS]);
}

/* RFC 2132 3.3: "the subnet mask option MUST be first". */
static void
test_the_mask_comes_before_the_routers(void **state)
{
	uint8_t bytes[DHCP_MSG_MAX];
	struct dhcp_verdict v;
	struct dhcp_msg m;
	int len, mask = 0, routers = 0;

	make(&m, mac_dyn, DHCPDISCOVER);
	decide(*state, &m, &v);
	len = dhcp_write(&v.reply, v.max, bytes, NULL);
	for (int i = 240; i < len && bytes[i] != DHO_END; i += 2 + bytes[i + 1]) {
		if (bytes[i] == DHO_SUBNET_MASK)
			mask = i;
		if (bytes[i] == DHO_ROUTERS)
			routers = i;
	}
	assert_true(mask > 0 && routers > mask);
}

static void
test_subnet_options_stand_over_general_ones(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;
	uint32_t secs;

	b->subnet[0].options.domain = b->sname;		/* "pxe-gw" */
	b->subnet[0].options.lease_time = 600;
	b->subnet[0].options.mask = 0xffffff80;
	b->subnet[0].options.broadcast = IP(192, 168, 10, 127);
	again(b);
	make(&m, mac_dyn, DHCPDISCOVER);
	decide(b, &m, &v);
	ASSERT_OPT(&v.reply, DHO_DOMAIN_NAME, "pxe-gw");
	ASSERT_OPT(&v.reply, DHO_SUBNET_MASK, "\xff\xff\xff\x80");
	ASSERT_OPT(&v.reply, DHO_BROADCAST_ADDRESS, "\xc0\xa8\x0a\x7f");
	assert_true(dhcp_opt_u32(&v.reply, DHO_DHCP_LEASE_TIME, &secs));
	assert_int_equal(secs, 600);
	m.giaddr = RELAY;
	decide(b, &m, &v);
	ASSERT_OPT(&v.reply, DHO_DOMAIN_NAME, "simerson.net");
	ASSERT_OPT(&v.reply, DHO_SUBNET_MASK, "\xff\xff\xff\0");
	assert_false(v.reply.has[DHO_ROUTERS]);
}

static void
test_the_host_name_is_the_configured_one(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	b->host[1].hostname = b->domain;
	make(&m, mac_dyn, DHCPDISCOVER);
	decide(b, &m, &v);
	ASSERT_OPT(&v.reply, DHO_HOST_NAME, "simerson.net");
	make(&m, mac_other, DHCPDISCOVER);
	decide(b, &m, &v);
	assert_false(v.reply.has[DHO_HOST_NAME]);
}

static void
test_the_server_identifier_can_be_set(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	b->cfg.top.dhcp.server_id = IP(192, 168, 10, 105);
	make(&m, mac_dyn, DHCPDISCOVER);
	decide(b, &m, &v);
	ASSERT_OPT(&v.reply, DHO_DHCP_SERVER_IDENTIFIER, "\xc0\xa8\x0a\x69");
	make(&m, mac_dyn, DHCPREQUEST);
	PUT(&m, DHO_DHCP_SERVER_IDENTIFIER, "\xc0\xa8\x0a\x69");
	PUT(&m, DHO_DHCP_REQUESTED_ADDRESS, "\xc0\xa8\x0a\x64");
	decide(b, &m, &v);
	assert_int_equal(type_of(&v), DHCPACK);
}

/* Relays (RFC 3046) ---------------------------------------------------------------- */

static void
test_relay_information_is_echoed_in_every_answer(void **state)
{
	struct dhcp_verdict v;
	struct dhcp_msg m;

	make(&m, mac_dyn, DHCPDISCOVER);
	m.giaddr = RELAY;
	PUT(&m, DHO_DHCP_AGENT_OPTIONS, "\1\4port");
	decide(*state, &m, &v);
	ASSERT_OPT(&v.reply, DHO_DHCP_AGENT_OPTIONS, "\1\4port");
	make(&m, mac_dyn, DHCPREQUEST);
	m.giaddr = RELAY;
	PUT(&m, DHO_DHCP_AGENT_OPTIONS, "\1\4port");
	PUT(&m, DHO_DHCP_REQUESTED_ADDRESS, "\xc0\xa8\x0a\x64");
	decide(*state, &m, &v);
	assert_int_equal(type_of(&v), DHCPNAK);
	ASSERT_OPT(&v.reply, DHO_DHCP_AGENT_OPTIONS, "\1\4port");
}

/* Firmware --------------------------------------------------------------------------- */

/* siaddr and file for those who read fields, 66 and 67 for those who read options. */
static void
test_boot_plan_goes_into_fields_and_options(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	boot_file(b, ".provd/0123/menu.ipxe");
	strcpy(b->boot.root_path, "192.168.10.1:/.provd/0123/root");
	strcpy(b->boot.loader_vars, "nfs.read_size=16384;boot.nfsroot.options=nolockd");
	strcpy(b->boot.config_file, ".provd/0123/cfg");
	b->boot.next_server = IP(192, 168, 10, 9);
	b->cfg.top.dhcp.options.server_name = b->sname;
	again(b);
	make_ipxe(&m, mac_dyn, DHCPDISCOVER);
	decide(b, &m, &v);
	assert_string_equal(v.reply.file, ".provd/0123/menu.ipxe");
	assert_string_equal(v.reply.sname, "pxe-gw");
	assert_int_equal(v.reply.siaddr, IP(192, 168, 10, 9));
	ASSERT_OPT(&v.reply, DHO_TFTP_SERVER_NAME, "192.168.10.9");
	ASSERT_OPT(&v.reply, DHO_BOOTFILE_NAME, ".provd/0123/menu.ipxe");
	ASSERT_OPT(&v.reply, DHO_ROOT_PATH, "192.168.10.1:/.provd/0123/root");
	ASSERT_OPT(&v.reply, DHO_LOADER_VARS,
	    "nfs.read_size=16384;boot.nfsroot.options=nolockd");
	ASSERT_OPT(&v.reply, DHO_PXELINUX_CONFIGFILE, ".provd/0123/cfg");
}

/* The 15 loader takes its variables from the OFFER, older ones from the ACK. */
static void
test_offer_and_ack_say_the_same(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict offer, ack;
	struct dhcp_msg m;

	boot_file(b, ".provd/0123/menu.ipxe");
	strcpy(b->boot.root_path, "192.168.10.1:/.provd/0123/root");
	strcpy(b->boot.loader_vars, "a=b");
	make_ipxe(&m, mac_dyn, DHCPDISCOVER);
	decide(b, &m, &offer);
	do_lease(b, &offer);
	make_ipxe(&m, mac_dyn, DHCPREQUEST);
	PUT(&m, DHO_DHCP_SERVER_IDENTIFIER, "\xc0\xa8\x0a\x01");
	assert_int_equal(dhcp_put_u32(&m, DHO_DHCP_REQUESTED_ADDRESS, offer.reply.yiaddr), 0);
	decide(b, &m, &ack);
	assert_int_equal(type_of(&ack), DHCPACK);
	assert_memory_equal(&ack.reply, &offer.reply, offsetof(struct dhcp_msg, wire_len));
	assert_int_equal(ack.reply.n, offer.reply.n);
	assert_memory_equal(ack.reply.order, offer.reply.order, offer.reply.n);
	assert_int_equal(ack.reply.used, offer.reply.used);
	/* All values but that of the message type, which is put first. */
	assert_memory_equal(ack.reply.pool + 1, offer.reply.pool + 1, offer.reply.used - 1);
}

/* PXE 2.1: 60 says that a PXE server answers, 43.6 bit 3 that the file is to
 * be loaded at once.  60 alone would send it to port 4011. */
static void
test_a_pxe_rom_is_told_to_load_its_file(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	boot_file(b, "pxelinux.0");
	make_rom(&m, mac_dyn, DHCPDISCOVER);
	PUT(&m, DHO_PXE_CLIENT_ID, "\0" "0123456789abcdef");
	decide(b, &m, &v);
	ASSERT_OPT(&v.reply, DHO_VENDOR_CLASS_IDENTIFIER, "PXEClient");
	ASSERT_OPT(&v.reply, DHO_VENDOR_ENCAPSULATED_OPTIONS, "\x06\x01\x08\xff");
	ASSERT_OPT(&v.reply, DHO_PXE_CLIENT_ID, "\0" "0123456789abcdef");
	/* With the NUL: some load "pxelinux.0\xff" without it. */
	ASSERT_OPT(&v.reply, DHO_BOOTFILE_NAME, "pxelinux.0\0");
	assert_false(v.reply.has[DHO_IPXE_ENCAPSULATED]);
}

/* An installed UEFI machine: no file, so nothing that looks like PXE. */
static void
test_a_pxe_rom_without_a_file_is_not_told_of_pxe(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	b->boot.action = BOOT_LOCAL;
	make_rom(&m, mac_dyn, DHCPDISCOVER);
	decide(b, &m, &v);
	assert_true(v.answer);
	assert_false(v.reply.has[DHO_VENDOR_CLASS_IDENTIFIER]);
	assert_false(v.reply.has[DHO_VENDOR_ENCAPSULATED_OPTIONS]);
	assert_false(v.reply.has[DHO_BOOTFILE_NAME]);
}

/* 175 with no-pxedhcp saves the 2 s in which it would wait for a ProxyDHCP. */
static void
test_ipxe_need_not_wait_for_a_proxy(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	boot_file(b, "menu.ipxe");
	make_ipxe(&m, mac_dyn, DHCPDISCOVER);
	decide(b, &m, &v);
	ASSERT_OPT(&v.reply, DHO_IPXE_ENCAPSULATED, "\xb0\x01\x01");
	assert_false(v.reply.has[DHO_VENDOR_CLASS_IDENTIFIER]);
	assert_false(v.reply.has[DHO_VENDOR_ENCAPSULATED_OPTIONS]);
	ASSERT_OPT(&v.reply, DHO_BOOTFILE_NAME, "menu.ipxe");
}

/* RFC 2132 9.10: 576 at least, IP and UDP headers (28 bytes) included. */
static void
test_the_clients_limit_is_kept(void **state)
{
	static const struct { const char *opt; size_t max; } limit[] = {
		{ NULL, 548 }, { "\x02\x40", 548 }, { "\x05\xc0", 1444 },
		{ "\xff\0", 1472 }, { "\0\1", 548 },
	};
	struct dhcp_verdict v;
	struct dhcp_msg m;

	for (size_t i = 0; i < sizeof(limit) / sizeof(limit[0]); i++) {
		make(&m, mac_dyn, DHCPDISCOVER);
		if (limit[i].opt != NULL)
			assert_int_equal(dhcp_put(&m, DHO_DHCP_MAX_MESSAGE_SIZE,
			    limit[i].opt, 2), 0);
		decide(*state, &m, &v);
		assert_int_equal(v.max, limit[i].max);
	}
}

/* All that is configured at its longest, for the client with the least room:
 * what it can't do without is there. */
static void
test_what_matters_most_fits_the_smallest_message(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m, r;
	uint8_t bytes[DHCP_MSG_MAX], left;
	int len;

	boot_file(b, "boot/pxeboot");
	memset(b->boot.root_path, 'r', 200);
	memset(b->boot.loader_vars, 'v', 250);
	make(&m, mac_dyn, DHCPDISCOVER);
	PUT(&m, DHO_VENDOR_CLASS_IDENTIFIER, "PXEClient");
	decide(b, &m, &v);
	len = dhcp_write(&v.reply, v.max, bytes, &left);
	assert_true(len <= 548);
	assert_int_equal(left, DHO_LOADER_VARS);
	assert_int_equal(dhcp_parse(bytes, (size_t)len, &r), 0);
	assert_true(r.has[DHO_DHCP_LEASE_TIME] && r.has[DHO_SUBNET_MASK] &&
	    r.has[DHO_ROUTERS] && r.has[DHO_ROOT_PATH] &&
	    r.has[DHO_DHCP_SERVER_IDENTIFIER]);
}

/* Networks --------------------------------------------------------------------------- */

static void
test_without_subnets_the_interfaces_upper_half_is_leased(void **state)
{
	struct bench *b = *state;
	const struct dhcp_net *n;

	b->cfg.top.dhcp.n_subnet = 0;
	again(b);
	n = dhcp_nets_find(b->nets, IP(192, 168, 10, 7));
	assert_non_null(n);
	assert_int_equal(n->cfg->n_range, 1);
	assert_int_equal(n->cfg->range[0].lo, IP(192, 168, 10, 128));
	assert_int_equal(n->cfg->range[0].hi, IP(192, 168, 10, 254));
	assert_int_equal(b->nets->opt->lease_time, 7200);
	assert_null(dhcp_nets_find(b->nets, IP(10, 0, 0, 1)));

	b->iface.net = (struct net4){ IP(10, 0, 0, 0), 8 };
	b->iface.addr = IP(10, 0, 0, 1);
	again(b);
	n = dhcp_nets_find(b->nets, IP(10, 0, 0, 1));
	assert_int_equal(n->cfg->range[0].hi - n->cfg->range[0].lo + 1, 65536);

	b->iface.net = (struct net4){ IP(10, 0, 0, 0), 30 };
	again(b);
	n = dhcp_nets_find(b->nets, IP(10, 0, 0, 1));
	assert_int_equal(n->cfg->n_range, 1);
	assert_int_equal(n->cfg->range[0].lo, IP(10, 0, 0, 2));
	assert_int_equal(n->cfg->range[0].hi, IP(10, 0, 0, 2));

	b->iface.net.plen = 31;
	again(b);
	n = dhcp_nets_find(b->nets, IP(10, 0, 0, 1));
	assert_int_equal(n->cfg->n_range, 0);
}

/* Where subnets are named, an interface's own network is none of ours. */
static void
test_with_subnets_only_those_are_served(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	b->iface.net = (struct net4){ IP(172, 16, 0, 0), 24 };
	b->iface.addr = IP(172, 16, 0, 1);
	again(b);
	assert_int_equal(b->nets->n, 2);
	assert_null(dhcp_nets_find(b->nets, IP(172, 16, 0, 7)));
	make(&m, mac_dyn, DHCPDISCOVER);
	m.giaddr = IP(172, 16, 0, 7);
	decide(b, &m, &v);
	assert_false(v.answer);
}

static void
test_the_trace_says_why(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	bind_lease(b, LO, mac_dyn, LEASE_BOUND, 100);
	make(&m, mac_other, DHCPDISCOVER);
	assert_int_equal(dhcp_put_u32(&m, DHO_DHCP_REQUESTED_ADDRESS, LO), 0);
	decide(b, &m, &v);
	assert_non_null(strstr(b->trace.p, "192.168.10.0/24"));
	assert_non_null(strstr(b->trace.p, "it asks for address 192.168.10.100"));
	assert_non_null(strstr(b->trace.p, "leased to another machine"));
	assert_non_null(strstr(b->trace.p, "boot rule test"));
}

#define T(f)	cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_strangers_are_not_answered_in_mode_reservation),
		T(test_a_former_host_may_release),
		T(test_silence_is_an_answer_of_the_boot_plan),
		T(test_only_requests_of_ethernet_clients),
		T(test_messages_of_servers_and_unknown_types_are_ignored),
		T(test_a_fixed_address_is_its_hosts_alone),
		T(test_elsewhere_a_host_gets_an_address_of_the_range),
		T(test_the_machine_keeps_its_address_though_its_client_id_changes),
		T(test_a_client_that_lost_its_address_gets_one_new_one),
		T(test_the_lease_names_the_client),
		T(test_servers_and_routers_are_not_leased),
		T(test_bootp_gets_an_address_for_ever),
		T(test_bootp_gets_no_more_than_it_can_hold),
		T(test_bootp_that_knows_its_address),
		T(test_what_is_asked_for_is_sent),
		T(test_without_a_list_the_usual_ones_are_sent),
		T(test_the_mask_comes_before_the_routers),
		T(test_subnet_options_stand_over_general_ones),
		T(test_the_host_name_is_the_configured_one),
		T(test_the_server_identifier_can_be_set),
		T(test_relay_information_is_echoed_in_every_answer),
		T(test_boot_plan_goes_into_fields_and_options),
		T(test_offer_and_ack_say_the_same),
		T(test_a_pxe_rom_is_told_to_load_its_file),
		T(test_a_pxe_rom_without_a_file_is_not_told_of_pxe),
		T(test_ipxe_need_not_wait_for_a_proxy),
		T(test_the_clients_limit_is_kept),
		T(test_what_matters_most_fits_the_smallest_message),
		T(test_without_subnets_the_interfaces_upper_half_is_leased),
		T(test_with_subnets_only_those_are_served),
		T(test_the_trace_says_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
