/* test_dhcp_rfc2131.c - RFC 2131 sections 4.1 and 4.3, sentence by sentence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dhcp_fixture.h"

static void
put_ip(struct dhcp_msg *m, uint8_t code, uint32_t ip)
{
	assert_int_equal(dhcp_put_u32(m, code, ip), 0);
}

static uint32_t
opt_u32(const struct dhcp_msg *m, uint8_t code)
{
	uint32_t v = 0;

	assert_true(dhcp_opt_u32(m, code, &v));
	return v;
}

static void
ask_discover(struct bench *b, struct mac mac, uint32_t wanted, struct dhcp_verdict *v)
{
	struct dhcp_msg m;

	make(&m, mac, DHCPDISCOVER);
	if (wanted != 0)
		put_ip(&m, DHO_DHCP_REQUESTED_ADDRESS, wanted);
	decide(b, &m, v);
}

static void
ask_selecting(struct bench *b, struct mac mac, uint32_t server, uint32_t addr,
    struct dhcp_verdict *v)
{
	struct dhcp_msg m;

	make(&m, mac, DHCPREQUEST);
	put_ip(&m, DHO_DHCP_SERVER_IDENTIFIER, server);
	put_ip(&m, DHO_DHCP_REQUESTED_ADDRESS, addr);
	decide(b, &m, v);
}

static void
ask_init_reboot(struct bench *b, struct mac mac, uint32_t addr, struct dhcp_verdict *v)
{
	struct dhcp_msg m;

	make(&m, mac, DHCPREQUEST);
	put_ip(&m, DHO_DHCP_REQUESTED_ADDRESS, addr);
	decide(b, &m, v);
}

static void
ask_renew(struct bench *b, struct mac mac, uint32_t addr, struct dhcp_verdict *v)
{
	struct dhcp_msg m;

	make(&m, mac, DHCPREQUEST);
	m.ciaddr = addr;
	decide(b, &m, v);
}

/* 4.1: where the answer goes ------------------------------------------------ */

/* "If the 'giaddr' field in a DHCP message from a client is non-zero, the
 * server sends any return messages to the 'DHCP server' port on the BOOTP
 * relay agent whose address appears in 'giaddr'." */
static void
test_4_1_relay(void **state)
{
	struct dhcp_verdict v;
	struct dhcp_msg m;

	make(&m, mac_other, DHCPDISCOVER);
	m.giaddr = RELAY;
	m.flags = BOOTP_BROADCAST;
	decide(*state, &m, &v);
	assert_int_equal(type_of(&v), DHCPOFFER);
	assert_int_equal(v.dest.how, DEST_RELAY);
	assert_int_equal(v.dest.addr, RELAY);
	assert_int_equal(v.reply.giaddr, RELAY);
}

/* "If the 'giaddr' field is zero and the 'ciaddr' field is nonzero, then the
 * server unicasts DHCPOFFER and DHCPACK messages to the address in 'ciaddr'." */
static void
test_4_1_ciaddr(void **state)
{
	struct dhcp_verdict v;

	bind_lease(*state, LO, mac_other, LEASE_BOUND, 100);
	ask_renew(*state, mac_other, LO, &v);
	assert_int_equal(type_of(&v), DHCPACK);
	assert_int_equal(v.dest.how, DEST_ADDR);
	assert_int_equal(v.dest.addr, LO);
}

/* ...if it can be the client's at all: we send to no address that a forger
 * names elsewhere. */
static void
test_4_1_ciaddr_of_another_network(void **state)
{
	struct dhcp_verdict v;
	struct dhcp_msg m;

	make(&m, mac_other, DHCPDISCOVER);
	m.ciaddr = IP(172, 16, 0, 9);
	decide(*state, &m, &v);
	assert_int_equal(type_of(&v), DHCPOFFER);
	assert_int_equal(v.dest.how, DEST_MAC);
	make(&m, mac_other, DHCPINFORM);
	m.ciaddr = IP(172, 16, 0, 9);
	decide(*state, &m, &v);
	assert_false(v.answer);
	m.ciaddr = IP(192, 168, 10, 255);
	decide(*state, &m, &v);
	assert_false(v.answer);
	make(&m, mac_other, DHCP_NOTYPE);
	m.ciaddr = IP(172, 16, 0, 9);
	decide(*state, &m, &v);
	assert_int_equal(v.dest.how, DEST_MAC);
	assert_in_range(v.reply.yiaddr, LO, HI);
}

/* "If 'giaddr' is zero and 'ciaddr' is zero, and the broadcast bit is set,
 * then the server broadcasts DHCPOFFER and DHCPACK messages to 0xffffffff." */
static void
test_4_1_broadcast_bit(void **state)
{
	struct dhcp_verdict v;
	struct dhcp_msg m;

	make(&m, mac_other, DHCPDISCOVER);
	m.flags = BOOTP_BROADCAST;
	decide(*state, &m, &v);
	assert_int_equal(v.dest.how, DEST_BROADCAST);
	assert_int_equal(v.dest.addr, 0xffffffff);
	assert_int_equal(v.reply.flags, BOOTP_BROADCAST);
}

/* "If the broadcast bit is not set and 'giaddr' is zero and 'ciaddr' is zero,
 * then the server unicasts DHCPOFFER and DHCPACK messages to the client's
 * hardware address and 'yiaddr' address." */
static void
test_4_1_hardware_address(void **state)
{
	struct dhcp_verdict v;

	ask_discover(*state, mac_other, 0, &v);
	assert_int_equal(v.dest.how, DEST_MAC);
	assert_int_equal(v.dest.addr, v.reply.yiaddr);
	assert_memory_equal(v.dest.mac.b, mac_other.b, 6);
}

/* "In all cases, when 'giaddr' is zero, the server broadcasts any DHCPNAK
 * messages to 0xffffffff." */
static void
test_4_1_nak(void **state)
{
	struct dhcp_verdict v;

	ask_renew(*state, mac_other, SERVER, &v);
	assert_int_equal(type_of(&v), DHCPNAK);
	assert_int_equal(v.dest.how, DEST_BROADCAST);
}

/* 4.3.1 DISCOVER -------------------------------------------------------------- */

/* "The client's current address as recorded in the client's current binding" */
static void
test_4_3_1_current_binding(void **state)
{
	struct dhcp_verdict v;

	bind_lease(*state, HI, mac_other, LEASE_BOUND, 100);
	ask_discover(*state, mac_other, LO, &v);
	assert_int_equal(type_of(&v), DHCPOFFER);
	assert_int_equal(v.reply.yiaddr, HI);
	/* It has that lease for longer than any offer waits. */
	assert_int_equal(v.lease_op, DLO_NONE);
}

/* "The client's previous address as recorded in the client's (now expired or
 * released) binding, if that address is in the server's pool of available
 * addresses and not already allocated" */
static void
test_4_3_1_previous_binding(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;

	bind_lease(b, HI, mac_other, LEASE_RELEASED, 0);
	ask_discover(b, mac_other, LO, &v);
	assert_int_equal(v.reply.yiaddr, HI);
	assert_int_equal(v.lease_op, DLO_OFFER);
	assert_int_equal(v.lease.state, LEASE_OFFERED);
	assert_int_equal(v.lease.expiry, b->now + DHCP_OFFER_SECS);

	bind_lease(b, HI, mac_dyn, LEASE_BOUND, 100);
	ask_discover(b, mac_other, 0, &v);
	assert_int_not_equal(v.reply.yiaddr, HI);

	bind_lease(b, HI - 1, mac_other, LEASE_BOUND, -1);	/* expired */
	ask_discover(b, mac_other, 0, &v);
	assert_int_equal(v.reply.yiaddr, HI - 1);
	assert_int_equal(v.lease_op, DLO_OFFER);	/* else it would be anybody's */

	/* What was given back is not allocated, however long it was to last. */
	bind_lease(b, LO, mac_dyn, LEASE_RELEASED, 100);
	ask_discover(b, (struct mac){ { 2, 0, 0, 0, 0, 9 } }, LO, &v);
	assert_int_equal(v.reply.yiaddr, LO);
}

/* "The address requested in the 'Requested IP Address' option, if that address
 * is valid and not already allocated" */
static void
test_4_3_1_requested_address(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;

	ask_discover(b, mac_other, LO + 2, &v);
	assert_int_equal(v.reply.yiaddr, LO + 2);
	bind_lease(b, LO + 2, mac_dyn, LEASE_BOUND, 100);
	ask_discover(b, mac_other, LO + 2, &v);
	assert_int_not_equal(v.reply.yiaddr, LO + 2);
	ask_discover(b, mac_other, FIXED, &v);		/* reserved */
	assert_int_not_equal(v.reply.yiaddr, FIXED);
	ask_discover(b, mac_other, LO - 1, &v);		/* outside the range */
	assert_int_not_equal(v.reply.yiaddr, LO - 1);
	ask_discover(b, mac_other, SERVER, &v);
	assert_int_not_equal(v.reply.yiaddr, SERVER);
}

/* A range was moved away from a lease: who runs with it goes on, who boots gets
 * another, and keeps that one. */
static void
test_4_3_1_an_address_that_is_leased_no_more(void **state)
{
	const uint32_t old = IP(192, 168, 10, 90);
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	bind_lease(b, old, mac_other, LEASE_BOUND, 100);
	make(&m, mac_other, DHCPREQUEST);		/* renewing */
	m.ciaddr = old;
	decide(b, &m, &v);
	assert_int_equal(dhcp_type(&v.reply), DHCPACK);
	ask_discover(b, mac_other, old, &v);
	assert_in_range(v.reply.yiaddr, LO, HI);
	assert_int_equal(v.rule, DR_NEW);
	bind_lease(b, v.reply.yiaddr, mac_other, LEASE_BOUND, 100);
	ask_discover(b, mac_other, old, &v);
	assert_in_range(v.reply.yiaddr, LO, HI);
	assert_int_equal(v.rule, DR_AGAIN);
	/* Where there is no other it is better than none. */
	bind_lease(b, old + 1, mac_dyn, LEASE_BOUND, 100);
	for (uint32_t a = LO; a <= HI; a++)
		bind_lease(b, a, (struct mac){ { 2, 9, 0, 0, 0, (uint8_t)a } }, LEASE_BOUND, 100);
	ask_discover(b, mac_dyn, 0, &v);
	assert_int_equal(v.reply.yiaddr, old + 1);
}

/* "A new address allocated from the server's pool of available addresses; the
 * address is selected based on the subnet from which the message was received
 * (if 'giaddr' is 0) or on the address of the relay agent" */
static void
test_4_3_1_new_address(void **state)
{
	struct dhcp_verdict v;
	struct dhcp_msg m;

	ask_discover(*state, mac_other, 0, &v);
	assert_in_range(v.reply.yiaddr, LO, HI);
	make(&m, mac_other, DHCPDISCOVER);
	m.giaddr = RELAY;
	decide(*state, &m, &v);
	assert_in_range(v.reply.yiaddr, IP(10, 0, 0, 50), IP(10, 0, 0, 51));
	m.giaddr = IP(172, 16, 0, 1);
	decide(*state, &m, &v);
	assert_false(v.answer);		/* no subnet there */
}

/* "...the server records the address as offered to the client" (section 3.1,
 * step 2, "servers SHOULD NOT reuse [it] during the negotiation"): two clients
 * that ask at once never get the same. */
static void
test_4_3_1_an_offer_reserves(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	uint32_t seen[4];
	struct mac mac = mac_other;

	for (uint8_t i = 0; i < 4; i++) {
		mac.b[5] = (uint8_t)(100 + i);
		ask_discover(b, mac, 0, &v);
		assert_int_equal(type_of(&v), DHCPOFFER);
		do_lease(b, &v);
		seen[i] = v.reply.yiaddr;
		for (uint8_t j = 0; j < i; j++)
			assert_int_not_equal(seen[j], seen[i]);
	}
	mac.b[5] = 200;
	ask_discover(b, mac, 0, &v);
	assert_false(v.answer);		/* the range is used up... */
	assert_true(v.trouble);
	mac.b[5] = 102;
	ask_discover(b, mac, 0, &v);
	assert_int_equal(v.reply.yiaddr, seen[2]);	/* ...but theirs are kept */
	b->now += DHCP_OFFER_SECS + 1;
	mac.b[5] = 200;
	ask_discover(b, mac, 0, &v);
	assert_int_equal(type_of(&v), DHCPOFFER);	/* not for ever */
}

/* Table 3: the fields of an OFFER. */
static void
test_4_3_1_offer_fields(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	make(&m, mac_other, DHCPDISCOVER);
	m.secs = 7;
	m.hops = 1;
	decide(b, &m, &v);
	assert_int_equal(v.reply.op, BOOTREPLY);
	assert_int_equal(v.reply.htype, HTYPE_ETHER);
	assert_int_equal(v.reply.hlen, 6);
	assert_int_equal(v.reply.hops, 0);
	assert_int_equal(v.reply.xid, m.xid);
	assert_int_equal(v.reply.secs, 0);
	assert_int_equal(v.reply.ciaddr, 0);
	assert_int_equal(v.reply.siaddr, SERVER);
	assert_memory_equal(v.reply.chaddr, m.chaddr, 16);
	/* MUST: lease time, message type, server identifier. */
	assert_int_equal(opt_u32(&v.reply, DHO_DHCP_LEASE_TIME), 7200);
	assert_int_equal(opt_u32(&v.reply, DHO_DHCP_SERVER_IDENTIFIER), SERVER);
	/* 4.4.5: T1 and T2. */
	assert_int_equal(opt_u32(&v.reply, DHO_DHCP_RENEWAL_TIME), 3600);
	assert_int_equal(opt_u32(&v.reply, DHO_DHCP_REBINDING_TIME), 6300);
	/* MUST NOT: requested address, parameter list, client's maximum. */
	assert_false(v.reply.has[DHO_DHCP_REQUESTED_ADDRESS]);
	assert_false(v.reply.has[DHO_DHCP_PARAMETER_REQUEST_LIST]);
	assert_false(v.reply.has[DHO_DHCP_MAX_MESSAGE_SIZE]);
}

/* 3.3: "a lease time of 0xffffffff [represents] infinity". */
static void
test_3_3_infinite_lease(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;

	bench_down(b);
	b->cfg.top.dhcp.options.lease_time = DHCP_INFINITE;
	b->cfg.refs = 1;
	bench_up(b);
	ask_selecting(b, mac_other, SERVER, LO, &v);
	assert_int_equal(type_of(&v), DHCPACK);
	assert_int_equal(opt_u32(&v.reply, DHO_DHCP_LEASE_TIME), 0xffffffff);
	assert_false(v.reply.has[DHO_DHCP_RENEWAL_TIME]);
	assert_int_equal(v.lease.expiry, LEASE_FOREVER);
	do_lease(b, &v);
	b->now += (int64_t)100 * 365 * 86400;
	ask_discover(b, mac_dyn, LO, &v);
	assert_int_not_equal(v.reply.yiaddr, LO);
	ask_renew(b, mac_other, LO, &v);
	assert_int_equal(type_of(&v), DHCPACK);
}

/* 4.3.1: "...the server may choose either to return the requested lease [...]
 * or select another lease."  Ours is the configured one: the kernel that
 * FreeBSD's loader starts never renews the 300 s that the loader asked for. */
static void
test_4_3_1_lease_time_is_ours(void **state)
{
	struct dhcp_verdict v;
	struct dhcp_msg m;

	make(&m, mac_other, DHCPDISCOVER);
	put_ip(&m, DHO_DHCP_LEASE_TIME, 300);
	decide(*state, &m, &v);
	assert_int_equal(opt_u32(&v.reply, DHO_DHCP_LEASE_TIME), 7200);
}

/* 4.3.2 REQUEST --------------------------------------------------------------- */

/* SELECTING: "Client inserts the address of the selected server in 'server
 * identifier', 'ciaddr' MUST be zero, 'requested IP address' MUST be filled in
 * with the yiaddr value from the chosen DHCPOFFER." */
static void
test_4_3_2_selecting(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	uint32_t addr;

	ask_discover(b, mac_other, 0, &v);
	do_lease(b, &v);
	addr = v.reply.yiaddr;
	ask_selecting(b, mac_other, SERVER, addr, &v);
	assert_int_equal(type_of(&v), DHCPACK);
	assert_int_equal(v.reply.yiaddr, addr);
	assert_int_equal(v.reply.ciaddr, 0);
	assert_int_equal(v.lease_op, DLO_COMMIT);
	assert_int_equal(v.lease.state, LEASE_BOUND);
	assert_int_equal(v.lease.addr, addr);
	assert_int_equal(v.lease.expiry, b->now + 7200);
	assert_memory_equal(v.lease.mac.b, mac_other.b, 6);
}

/* 4.3.1/3.1 step 3: "Those servers not selected by the DHCPREQUEST message use
 * the message as notification that the client has declined that server's
 * offer." */
static void
test_4_3_2_selecting_another_server(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	uint32_t addr;

	ask_discover(b, mac_other, 0, &v);
	do_lease(b, &v);
	addr = v.reply.yiaddr;
	ask_selecting(b, mac_other, IP(192, 168, 10, 2), IP(192, 168, 10, 77), &v);
	assert_false(v.answer);
	assert_int_equal(v.lease_op, DLO_DROP);
	assert_int_equal(v.lease.addr, addr);
	do_lease(b, &v);
	ask_discover(b, mac_dyn, addr, &v);
	assert_int_equal(v.reply.yiaddr, addr);

	/* A lease is not given up by that. */
	bind_lease(b, HI, mac_other, LEASE_BOUND, 100);
	ask_selecting(b, mac_other, IP(192, 168, 10, 2), IP(192, 168, 10, 77), &v);
	assert_false(v.answer);
	assert_int_equal(v.lease_op, DLO_NONE);
}

/* 3.1 step 4: "If the selected server is unable to satisfy the DHCPREQUEST
 * message (e.g., the requested network address has been allocated), the server
 * SHOULD respond with a DHCPNAK message." */
static void
test_4_3_2_selecting_what_is_taken(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;

	bind_lease(b, LO, mac_dyn, LEASE_BOUND, 100);
	ask_selecting(b, mac_other, SERVER, LO, &v);
	assert_int_equal(type_of(&v), DHCPNAK);
	assert_int_equal(v.lease_op, DLO_NONE);
	ask_selecting(b, mac_other, SERVER, IP(172, 16, 0, 9), &v);
	assert_int_equal(type_of(&v), DHCPNAK);
	ask_selecting(b, mac_other, SERVER, FIXED, &v);
	assert_int_equal(type_of(&v), DHCPNAK);
}

/* Table 3: the fields of a NAK. */
static void
test_4_3_2_nak_fields(void **state)
{
	struct dhcp_verdict v;
	struct dhcp_msg m;
	size_t len;

	make(&m, mac_other, DHCPREQUEST);
	m.ciaddr = IP(172, 16, 0, 9);
	assert_int_equal(dhcp_put(&m, DHO_DHCP_CLIENT_IDENTIFIER, "\1abc", 4), 0);
	decide(*state, &m, &v);
	assert_int_equal(type_of(&v), DHCPNAK);
	assert_int_equal(v.reply.ciaddr, 0);
	assert_int_equal(v.reply.yiaddr, 0);
	assert_int_equal(v.reply.siaddr, 0);
	assert_string_equal(v.reply.file, "");
	assert_string_equal(v.reply.sname, "");
	assert_int_equal(opt_u32(&v.reply, DHO_DHCP_SERVER_IDENTIFIER), SERVER);
	assert_non_null(dhcp_opt(&v.reply, DHO_DHCP_MESSAGE, &len));
	assert_non_null(dhcp_opt(&v.reply, DHO_DHCP_CLIENT_IDENTIFIER, &len));
	assert_int_equal(v.reply.n, 4);		/* "all others MUST NOT" */
}

/* INIT-REBOOT: "'server identifier' MUST NOT be filled in, 'requested IP
 * address' option MUST be filled in with client's notion of its previously
 * assigned address. 'ciaddr' MUST be zero." */
static void
test_4_3_2_init_reboot(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;

	bind_lease(b, LO, mac_other, LEASE_BOUND, 10);
	ask_init_reboot(b, mac_other, LO, &v);
	assert_int_equal(type_of(&v), DHCPACK);
	assert_int_equal(v.reply.yiaddr, LO);
	assert_int_equal(v.lease_op, DLO_COMMIT);
	/* An expired lease is a record all the same. */
	b->now += 100;
	ask_init_reboot(b, mac_other, LO, &v);
	assert_int_equal(type_of(&v), DHCPACK);
}

/* "Server SHOULD send a DHCPNAK message to the client if the 'requested IP
 * address' is incorrect, or is on the wrong network." */
static void
test_4_3_2_init_reboot_incorrect(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;

	bind_lease(b, LO, mac_other, LEASE_BOUND, 10);
	ask_init_reboot(b, mac_other, LO + 1, &v);
	assert_int_equal(type_of(&v), DHCPNAK);
	assert_string_equal(v.reason, "its lease is for another address");
	bind_lease(b, LO + 1, mac_dyn, LEASE_BOUND, 10);
	ask_init_reboot(b, mac_other, LO + 1, &v);
	assert_string_equal(v.reason, "the address is leased to another machine");
	bind_lease(b, LO + 1, mac_dyn, LEASE_RELEASED, 0);
	ask_init_reboot(b, mac_other, IP(10, 0, 0, 50), &v);
	assert_int_equal(type_of(&v), DHCPNAK);
	/* Its old address was given away meanwhile. */
	bind_lease(b, LO, mac_other, LEASE_BOUND, -1);
	bind_lease(b, LO + 1, mac_other, LEASE_BOUND, 100);
	bind_lease(b, LO, mac_dyn, LEASE_BOUND, 100);
	ask_init_reboot(b, mac_other, LO, &v);
	assert_int_equal(type_of(&v), DHCPNAK);
}

/* "If the DHCP server detects that the client is on the wrong net (i.e., the
 * result of applying the local subnet mask or remote subnet mask (if 'giaddr'
 * is not zero) to 'requested IP address' option value doesn't match reality),
 * then the server SHOULD send a DHCPNAK message to the client." */
static void
test_4_3_2_init_reboot_wrong_network(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	ask_init_reboot(b, mac_other, IP(172, 16, 0, 9), &v);
	assert_int_equal(type_of(&v), DHCPNAK);
	make(&m, mac_other, DHCPREQUEST);
	put_ip(&m, DHO_DHCP_REQUESTED_ADDRESS, LO);
	m.giaddr = RELAY;
	decide(b, &m, &v);
	assert_int_equal(type_of(&v), DHCPNAK);
	/* Another server's client, where we are not the authority. */
	b->nets->net[0].mode = DHCP_RESERVATION;
	ask_init_reboot(b, mac_other, IP(172, 16, 0, 9), &v);
	assert_false(v.answer);
}

/* "If the network is correct, then the DHCP server should check if the
 * client's notion of its IP address is correct. [...] If the DHCP server has
 * no record of this client, then it MUST remain silent" */
static void
test_4_3_2_init_reboot_no_record(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;

	ask_init_reboot(b, mac_other, LO, &v);
	assert_false(v.answer);
	assert_int_equal(v.lease_op, DLO_NONE);
	/* That we offered it something is no record. */
	ask_discover(b, mac_other, HI, &v);
	do_lease(b, &v);
	ask_init_reboot(b, mac_other, LO, &v);
	assert_false(v.answer);
	/* A reservation is one. */
	ask_init_reboot(b, mac_fix, FIXED, &v);
	assert_int_equal(type_of(&v), DHCPACK);
	ask_init_reboot(b, mac_fix, LO, &v);
	assert_int_equal(type_of(&v), DHCPNAK);
}

/* "If 'giaddr' is set in the DHCPREQUEST message [...] The server SHOULD set the
 * broadcast bit in the DHCPNAK, so that the relay agent will broadcast the
 * DHCPNAK to the client, because the client may not have a correct network
 * address or subnet mask, and the client may not be answering ARP requests." */
static void
test_4_3_2_nak_through_a_relay(void **state)
{
	struct dhcp_verdict v;
	struct dhcp_msg m;

	make(&m, mac_other, DHCPREQUEST);
	put_ip(&m, DHO_DHCP_REQUESTED_ADDRESS, LO);
	m.giaddr = RELAY;
	decide(*state, &m, &v);
	assert_int_equal(type_of(&v), DHCPNAK);
	assert_int_equal(v.reply.flags, BOOTP_BROADCAST);
	assert_int_equal(v.dest.how, DEST_RELAY);
	assert_int_equal(v.dest.addr, RELAY);
}

/* RENEWING: "'server identifier' MUST NOT be filled in, 'requested IP address'
 * option MUST NOT be filled in, 'ciaddr' MUST be filled in with client's IP
 * address. [...] This message will be unicast, so no relay agents will be
 * involved in its transmission." */
static void
test_4_3_2_renewing(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;

	bind_lease(b, LO, mac_other, LEASE_BOUND, 10);
	b->now += 5;
	ask_renew(b, mac_other, LO, &v);
	assert_int_equal(type_of(&v), DHCPACK);
	assert_int_equal(v.reply.yiaddr, LO);
	assert_int_equal(v.reply.ciaddr, LO);
	assert_int_equal(v.lease_op, DLO_COMMIT);
	assert_int_equal(v.lease.expiry, b->now + 7200);
}

/* A client behind a router renews without a relay: the subnet is its own. */
static void
test_4_3_2_renewing_through_a_router(void **state)
{
	struct dhcp_verdict v;

	bind_lease(*state, IP(10, 0, 0, 50), mac_other, LEASE_BOUND, 10);
	ask_renew(*state, mac_other, IP(10, 0, 0, 50), &v);
	assert_int_equal(type_of(&v), DHCPACK);
	assert_int_equal(opt_u32(&v.reply, DHO_BROADCAST_ADDRESS), IP(10, 0, 0, 255));
}

/* REBINDING: "This message MUST be broadcast to the 0xffffffff IP broadcast
 * address. The DHCP server SHOULD check 'ciaddr' for correctness before
 * replying to the DHCPREQUEST." */
static void
test_4_3_2_rebinding_checks_ciaddr(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	bind_lease(b, LO, mac_dyn, LEASE_BOUND, 100);
	ask_renew(b, mac_other, LO, &v);		/* another's */
	assert_int_equal(type_of(&v), DHCPNAK);
	ask_renew(b, mac_other, IP(172, 16, 0, 9), &v);	/* of no network here */
	assert_int_equal(type_of(&v), DHCPNAK);
	ask_renew(b, mac_other, FIXED, &v);		/* reserved */
	assert_int_equal(type_of(&v), DHCPNAK);
	/* Through a relay it is the relay's network that counts. */
	bind_lease(b, HI, mac_other, LEASE_BOUND, 100);
	make(&m, mac_other, DHCPREQUEST);
	m.ciaddr = HI;
	m.giaddr = RELAY;
	decide(b, &m, &v);
	assert_int_equal(type_of(&v), DHCPNAK);
}

/* The lease was lost, the client works with the address, and nobody else has
 * it: it is its own again, rather than another machine's tomorrow. */
static void
test_4_3_2_rebinding_without_a_record(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;

	ask_renew(b, mac_other, LO, &v);
	assert_int_equal(type_of(&v), DHCPACK);
	assert_int_equal(v.lease_op, DLO_COMMIT);
	b->nets->net[0].mode = DHCP_RESERVATION;
	ask_renew(b, mac_other, LO, &v);
	assert_false(v.answer);
}

/* A REQUEST of none of the four states. */
static void
test_4_3_2_request_without_an_address(void **state)
{
	struct dhcp_verdict v;
	struct dhcp_msg m;

	make(&m, mac_other, DHCPREQUEST);
	decide(*state, &m, &v);
	assert_false(v.answer);
	put_ip(&m, DHO_DHCP_SERVER_IDENTIFIER, SERVER);
	decide(*state, &m, &v);
	assert_false(v.answer);
}

/* 4.3.3 DECLINE --------------------------------------------------------------- */

/* "The server MUST mark the network address as not available and SHOULD notify
 * the local system administrator of a possible configuration problem." */
static void
test_4_3_3_decline(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	bind_lease(b, LO, mac_other, LEASE_BOUND, 100);
	make(&m, mac_other, DHCPDECLINE);
	put_ip(&m, DHO_DHCP_REQUESTED_ADDRESS, LO);
	put_ip(&m, DHO_DHCP_SERVER_IDENTIFIER, SERVER);
	decide(b, &m, &v);
	assert_false(v.answer);
	assert_true(v.trouble);
	assert_int_equal(v.lease_op, DLO_COMMIT);
	assert_int_equal(v.lease.state, LEASE_DECLINED);
	assert_int_equal(v.lease.expiry, b->now + 3600);
	do_lease(b, &v);
	ask_discover(b, mac_other, LO, &v);
	assert_int_not_equal(v.reply.yiaddr, LO);
	ask_discover(b, mac_dyn, LO, &v);
	assert_int_not_equal(v.reply.yiaddr, LO);
	ask_selecting(b, mac_other, SERVER, LO, &v);
	assert_int_equal(type_of(&v), DHCPNAK);
	b->now += 3601;
	ask_discover(b, mac_dyn, LO, &v);
	assert_int_equal(v.reply.yiaddr, LO);
}

/* Nobody declines what is another's, or another server's. */
static void
test_4_3_3_decline_of_anothers(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	bind_lease(b, LO, mac_dyn, LEASE_BOUND, 100);
	make(&m, mac_other, DHCPDECLINE);
	put_ip(&m, DHO_DHCP_REQUESTED_ADDRESS, LO);
	decide(b, &m, &v);
	assert_int_equal(v.lease_op, DLO_NONE);
	make(&m, mac_dyn, DHCPDECLINE);
	put_ip(&m, DHO_DHCP_REQUESTED_ADDRESS, LO);
	put_ip(&m, DHO_DHCP_SERVER_IDENTIFIER, IP(192, 168, 10, 2));
	decide(b, &m, &v);
	assert_int_equal(v.lease_op, DLO_NONE);
	make(&m, mac_dyn, DHCPDECLINE);
	decide(b, &m, &v);
	assert_int_equal(v.lease_op, DLO_NONE);
}

/* A fixed address stays its host's; somebody must look. */
static void
test_4_3_3_decline_of_a_fixed_address(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	bind_lease(b, FIXED, mac_fix, LEASE_BOUND, 100);
	make(&m, mac_fix, DHCPDECLINE);
	put_ip(&m, DHO_DHCP_REQUESTED_ADDRESS, FIXED);
	decide(b, &m, &v);
	assert_int_equal(v.lease_op, DLO_NONE);
	assert_true(v.trouble);
}

/* 4.3.4 RELEASE --------------------------------------------------------------- */

/* "Upon receipt of a DHCPRELEASE message, the server marks the network address
 * as not allocated. The server SHOULD retain a record of the client's
 * initialization parameters for possible reuse" */
static void
test_4_3_4_release(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	bind_lease(b, HI, mac_other, LEASE_BOUND, 100);
	make(&m, mac_other, DHCPRELEASE);
	m.ciaddr = HI;
	put_ip(&m, DHO_DHCP_SERVER_IDENTIFIER, SERVER);
	decide(b, &m, &v);
	assert_false(v.answer);
	assert_int_equal(v.lease_op, DLO_COMMIT);
	assert_int_equal(v.lease.state, LEASE_RELEASED);
	do_lease(b, &v);
	ask_discover(b, mac_other, 0, &v);
	assert_int_equal(v.reply.yiaddr, HI);	/* its own again */
	ask_discover(b, mac_dyn, HI, &v);
	assert_int_equal(v.reply.yiaddr, HI);	/* or anybody's who wants it */
}

static void
test_4_3_4_release_of_anothers(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	bind_lease(b, HI, mac_dyn, LEASE_BOUND, 100);
	make(&m, mac_other, DHCPRELEASE);
	m.ciaddr = HI;
	decide(b, &m, &v);
	assert_int_equal(v.lease_op, DLO_NONE);
	make(&m, mac_dyn, DHCPRELEASE);
	m.ciaddr = HI;
	put_ip(&m, DHO_DHCP_SERVER_IDENTIFIER, IP(192, 168, 10, 2));
	decide(b, &m, &v);
	assert_int_equal(v.lease_op, DLO_NONE);
}

/* 4.3.5 INFORM ---------------------------------------------------------------- */

/* "The server responds to a DHCPINFORM message by sending a DHCPACK message
 * directly to the address given in the 'ciaddr' field of the DHCPINFORM
 * message. The server MUST NOT send a lease expiration time to the client and
 * SHOULD NOT fill in 'yiaddr'." */
static void
test_4_3_5_inform(void **state)
{
	struct dhcp_verdict v;
	struct dhcp_msg m;

	make(&m, mac_other, DHCPINFORM);
	m.ciaddr = IP(192, 168, 10, 7);
	m.flags = BOOTP_BROADCAST;
	decide(*state, &m, &v);
	assert_int_equal(type_of(&v), DHCPACK);
	assert_int_equal(v.dest.how, DEST_ADDR);
	assert_int_equal(v.dest.addr, IP(192, 168, 10, 7));
	assert_int_equal(v.reply.yiaddr, 0);
	assert_int_equal(v.reply.ciaddr, IP(192, 168, 10, 7));
	assert_false(v.reply.has[DHO_DHCP_LEASE_TIME]);
	assert_false(v.reply.has[DHO_DHCP_RENEWAL_TIME]);
	assert_false(v.reply.has[DHO_DHCP_REBINDING_TIME]);
	assert_int_equal(opt_u32(&v.reply, DHO_SUBNET_MASK), 0xffffff00);
	/* "SHOULD NOT check for an existing lease binding" */
	assert_int_equal(v.lease_op, DLO_NONE);
	m.ciaddr = 0;
	decide(*state, &m, &v);
	assert_false(v.answer);
}

#define T(f)	cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_4_1_relay),
		T(test_4_1_ciaddr),
		T(test_4_1_ciaddr_of_another_network),
		T(test_4_1_broadcast_bit),
		T(test_4_1_hardware_address),
		T(test_4_1_nak),
		T(test_4_3_1_current_binding),
		T(test_4_3_1_previous_binding),
		T(test_4_3_1_requested_address),
		T(test_4_3_1_an_address_that_is_leased_no_more),
		T(test_4_3_1_new_address),
		T(test_4_3_1_an_offer_reserves),
		T(test_4_3_1_offer_fields),
		T(test_3_3_infinite_lease),
		T(test_4_3_1_lease_time_is_ours),
		T(test_4_3_2_selecting),
		T(test_4_3_2_selecting_another_server),
		T(test_4_3_2_selecting_what_is_taken),
		T(test_4_3_2_nak_fields),
		T(test_4_3_2_init_reboot),
		T(test_4_3_2_init_reboot_incorrect),
		T(test_4_3_2_init_reboot_wrong_network),
		T(test_4_3_2_init_reboot_no_record),
		T(test_4_3_2_nak_through_a_relay),
		T(test_4_3_2_renewing),
		T(test_4_3_2_renewing_through_a_router),
		T(test_4_3_2_rebinding_checks_ciaddr),
		T(test_4_3_2_rebinding_without_a_record),
		T(test_4_3_2_request_without_an_address),
		T(test_4_3_3_decline),
		T(test_4_3_3_decline_of_anothers),
		T(test_4_3_3_decline_of_a_fixed_address),
		T(test_4_3_4_release),
		T(test_4_3_4_release_of_anothers),
		T(test_4_3_5_inform),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
