/* test_dhcp_hostile.c - what one machine can do to the others by DHCP. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../../dhcpd/dhcp_conflict.h"
#include "dhcp_fixture.h"

static void
put_ip(struct dhcp_msg *m, uint8_t code, uint32_t addr)
{
	assert_int_equal(dhcp_put_u32(m, code, addr), 0);
}

static void
discover(struct bench *b, struct mac mac, struct dhcp_verdict *v)
{
	struct dhcp_msg m;

	make(&m, mac, DHCPDISCOVER);
	decide(b, &m, v);
	do_lease(b, v);
}

static void
request(struct bench *b, struct mac mac, uint32_t server, uint32_t wanted, uint32_t ciaddr,
    struct dhcp_verdict *v)
{
	struct dhcp_msg m;

	make(&m, mac, DHCPREQUEST);
	if (server != 0)
		put_ip(&m, DHO_DHCP_SERVER_IDENTIFIER, server);
	if (wanted != 0)
		put_ip(&m, DHO_DHCP_REQUESTED_ADDRESS, wanted);
	m.ciaddr = ciaddr;
	decide(b, &m, v);
	do_lease(b, v);
}

static void
decline(struct bench *b, struct mac mac, uint32_t addr, struct dhcp_verdict *v)
{
	struct dhcp_msg m;

	make(&m, mac, DHCPDECLINE);
	put_ip(&m, DHO_DHCP_REQUESTED_ADDRESS, addr);
	decide(b, &m, v);
	do_lease(b, v);
}

static unsigned
n_in(const struct bench *b, enum lease_state state)
{
	unsigned n = 0;

	for (uint32_t a = LO; a <= HI; a++) {
		const struct lease *l = lease_by_addr(b->leases, a);

		n += l != NULL && l->state == state;
	}
	return n;
}

/* One REQUEST for each address there is, in every state that a client has. */
static void
test_one_client_has_one_lease_whatever_it_asks_for(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;

	request(b, mac_other, SERVER, LO + 1, 0, &v);
	assert_int_equal(type_of(&v), DHCPACK);
	for (uint32_t a = LO; a <= HI; a++) {
		if (a == LO + 1)
			continue;
		request(b, mac_other, SERVER, a, 0, &v);	/* SELECTING */
		assert_int_equal(type_of(&v), DHCPNAK);
		assert_int_equal(v.rule, DR_OTHER_LEASE);
		request(b, mac_other, 0, a, 0, &v);		/* INIT-REBOOT */
		assert_int_equal(type_of(&v), DHCPNAK);
		request(b, mac_other, 0, 0, a, &v);		/* REBINDING */
		assert_int_equal(type_of(&v), DHCPNAK);
	}
	assert_int_equal(n_in(b, LEASE_BOUND), 1);
	/* Its own is still its own, and on another link it may have one too. */
	request(b, mac_other, 0, 0, LO + 1, &v);
	assert_int_equal(type_of(&v), DHCPACK);
	discover(b, mac_other, &v);
	assert_int_equal(v.reply.yiaddr, LO + 1);
	bind_lease(b, IP(10, 0, 0, 50), mac_other, LEASE_BOUND, 100);
	request(b, mac_other, 0, 0, IP(10, 0, 0, 50), &v);
	assert_int_equal(type_of(&v), DHCPACK);
}

/* What it had before it may have again once the other has ended. */
static void
test_after_its_lease_a_client_may_have_another_address(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;

	bind_lease(b, LO, mac_other, LEASE_BOUND, 100);
	b->now += 101;
	request(b, mac_other, 0, 0, LO + 2, &v);
	assert_int_equal(type_of(&v), DHCPACK);
	assert_int_equal(v.rule, DR_ADOPTED);
	/* A lease that it can't keep holds nothing up. */
	b->host[0].address = LO + 2;
	bench_down(b);
	bench_up(b);
	bind_lease(b, LO + 2, mac_other, LEASE_BOUND, 100);
	request(b, mac_other, SERVER, LO + 1, 0, &v);
	assert_int_equal(type_of(&v), DHCPACK);
}

/* Its own address tells where a client is that renews.  It does not make a
 * client of this segment one of another. */
static void
test_nobody_gets_an_address_of_another_network_by_naming_it(void **state)
{
	const uint32_t there = IP(10, 0, 0, 50);
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	make(&m, mac_other, DHCPDISCOVER);
	m.ciaddr = there;
	decide(b, &m, &v);
	assert_int_equal(type_of(&v), DHCPOFFER);
	assert_int_equal(v.reply.yiaddr, LO);
	assert_int_equal(v.dest.how, DEST_MAC);
	request(b, mac_other, SERVER, there, there + 1, &v);
	assert_int_equal(type_of(&v), DHCPNAK);
	assert_int_equal(v.rule, DR_OTHER_NETWORK);
	request(b, mac_other, 0, 0, there, &v);
	assert_false(v.answer);
	assert_int_equal(v.rule, DR_NO_RECORD);
	assert_null(lease_by_addr(b->leases, there));
	/* What it has there it keeps; and with no server's word a client of
	 * this segment keeps what it uses. */
	bind_lease(b, there, mac_other, LEASE_BOUND, 100);
	request(b, mac_other, 0, 0, there, &v);
	assert_int_equal(type_of(&v), DHCPACK);
	assert_int_equal(v.dest.addr, there);
	request(b, mac_dyn, 0, 0, LO + 1, &v);
	assert_int_equal(v.rule, DR_ADOPTED);
}

/* A client whose check of its address is broken declines all it gets. */
static void
test_declining_leaves_half_of_the_range(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;

	for (unsigned i = 0; i < 40; i++) {
		discover(b, mac_other, &v);
		assert_int_equal(type_of(&v), DHCPOFFER);
		decline(b, mac_other, v.reply.yiaddr, &v);
		assert_true(v.trouble);
		assert_true(v.rule == DR_DECLINED || v.rule == DR_DECLINED_MANY);
		assert_int_equal(v.lease_op, DLO_COMMIT);
		b->now++;
	}
	assert_int_equal(n_in(b, LEASE_DECLINED), 2);
	assert_int_equal(v.rule, DR_DECLINED_MANY);
	assert_true(mac_is_zero(v.lease.mac));	/* it is not offered that one again first */
	discover(b, mac_dyn, &v);
	assert_int_equal(type_of(&v), DHCPOFFER);
	/* The same after the configuration was read again. */
	assert_int_equal(lease_table_ranges(b->leases, b->range, 2), 0);
	assert_false(lease_may_rest(b->leases, LO));
	bind_lease(b, IP(10, 0, 0, 50), mac_dyn, LEASE_OFFERED, 60);
	assert_true(lease_may_rest(b->leases, IP(10, 0, 0, 50)));
	/* When one has been given again, there is room. */
	b->now += 3600;
	for (uint32_t a = LO; a <= HI; a++)
		bind_lease(b, a, mac_dyn, LEASE_BOUND, 100);
	assert_true(lease_may_rest(b->leases, LO));
}

/* Somebody answers ARP for every address. */
static void
test_whoever_answers_for_all_addresses_is_asked_no_more(void **state)
{
	static const struct mac by = { { 2, 6, 6, 6, 6, 6 } };
	struct conflict_table *t;
	struct conflict *c;
	int64_t now = 1000;

	(void)state;
	assert_int_equal(conflict_table_new(&t), 0);
	for (uint32_t i = 0; i < CONFLICT_MANY; i++) {
		assert_int_equal(conflict_want(t, LO + i, mac_dyn, now, 500, &c), CONFLICT_ASK);
		assert_non_null(conflict_heard(t, LO + i, by, now));
	}
	assert_int_equal(conflict_want(t, LO + CONFLICT_MANY, mac_dyn, now, 500, &c),
	    CONFLICT_STORM);
	assert_int_equal(conflict_next(t), INT64_MAX);
	now += CONFLICT_MANY_MS;
	assert_int_equal(conflict_want(t, LO + CONFLICT_MANY, mac_dyn, now, 500, &c),
	    CONFLICT_ASK);
	assert_non_null(conflict_due(t, now + 500));
	conflict_table_free(t, NULL);
}

/* Neither the client's hardware address (InfiniBand) nor that of who answers
 * (ICMP) is known: that does not make them one. */
static void
test_two_without_a_hardware_address_are_not_the_same(void **state)
{
	static const struct mac none;
	struct conflict_table *t;
	struct conflict *c;

	(void)state;
	assert_int_equal(conflict_table_new(&t), 0);
	assert_int_equal(conflict_want(t, LO, none, 1000, 500, &c), CONFLICT_ASK);
	assert_ptr_equal(conflict_heard(t, LO, none, 1100), c);
	conflict_table_free(t, NULL);
}

/* Port 4011 answers to where a datagram says that it came from. */
static void
test_port_4011_sends_nothing_to_other_networks(void **state)
{
	static const uint8_t arch[2] = { 0, 7 };
	static const char class_[] = "PXEClient:Arch:00007:UNDI:003016";
	const uint32_t peer[] = { IP(192, 168, 10, 77), IP(10, 0, 0, 9), IP(203, 0, 113, 9), 0 };
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_facts f;
	struct dhcp_msg m;

	b->boot.action = BOOT_FILE;
	snprintf(b->boot.file, sizeof(b->boot.file), "ipxe.efi");
	make(&m, mac_dyn, DHCPREQUEST);
	dhcp_put(&m, DHO_VENDOR_CLASS_IDENTIFIER, class_, sizeof(class_) - 1);
	dhcp_put(&m, DHO_PXE_SYSTEM_TYPE, arch, sizeof(arch));
	dhcp_facts(&m, &f);
	for (size_t i = 0; i < sizeof(peer) / sizeof(peer[0]); i++) {
		struct dhcp_env env = { .now = b->now, .nets = b->nets, .server = SERVER,
		    .boot = &b->boot, .leases = b->leases, .binl = true,
		    .net = dhcp_net_of(&m, &f, b->nets, SERVER), .host = &b->host[1],
		    .peer = peer[i], .peer_port = 7 };

		dhcp_decide(&m, &f, &env, &v);
		assert_int_equal(v.answer, i < 2);
		if (i >= 2)
			assert_int_equal(v.rule, DR_PROXY_ELSEWHERE);
	}
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_one_client_has_one_lease_whatever_it_asks_for),
		TEST(test_after_its_lease_a_client_may_have_another_address),
		TEST(test_nobody_gets_an_address_of_another_network_by_naming_it),
		TEST(test_declining_leaves_half_of_the_range),
		TEST(test_whoever_answers_for_all_addresses_is_asked_no_more),
		TEST(test_two_without_a_hardware_address_are_not_the_same),
		TEST(test_port_4011_sends_nothing_to_other_networks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
