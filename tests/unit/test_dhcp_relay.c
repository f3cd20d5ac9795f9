/* test_dhcp_relay.c - clients behind relays, whoever tells them apart, and
 * relays that ask for themselves: RFC 3046, 3527, 3011, 5107, 4361, 4388, 4390. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <stdio.h>

#include <cmocka.h>

#include "dhcp_fixture.h"

#define PUT(m, code, lit) \
	assert_int_equal(dhcp_put(m, code, lit, sizeof(lit) - 1), 0)

static void
make_relayed(struct dhcp_msg *m, struct mac mac, int type, uint32_t giaddr)
{
	make(m, mac, type);
	m->giaddr = giaddr;
}

static uint32_t
server_of(const struct dhcp_verdict *v)
{
	uint32_t id = 0;

	assert_true(v->answer);
	assert_true(dhcp_opt_u32(&v->reply, DHO_DHCP_SERVER_IDENTIFIER, &id));
	return id;
}

/* The codec ---------------------------------------------------------------- */

static void
test_sub_options_are_taken_apart(void **state)
{
	struct dhcp_relay r;
	struct dhcp_msg m;

	(void)state;
	make_relayed(&m, mac_other, DHCPDISCOVER, RELAY);
	PUT(&m, DHO_DHCP_AGENT_OPTIONS, "\x01\x03" "ge0" "\x63\x02xx" "\x02\x04port"
	    "\x05\x04\xc0\xa8\x0a\x00" "\x0b\x04\x0a\x00\x00\x02");
	dhcp_relay(&m, &r);
	assert_int_equal(r.at.circuit_len, 3);
	assert_memory_equal(r.at.circuit, "ge0", 3);
	assert_int_equal(r.at.remote_len, 4);
	assert_memory_equal(r.at.remote, "port", 4);
	assert_int_equal(r.where, IP(192, 168, 10, 0));
	assert_int_equal(r.server_id, IP(10, 0, 0, 2));
}

static void
test_every_cut_of_relay_information_is_harmless(void **state)
{
	static const char info[] = "\x01\x03" "ge0" "\x02\x04port" "\x05\x04\xc0\xa8\x0a\x00";
	struct dhcp_relay r;
	struct dhcp_msg m;

	(void)state;
	for (size_t n = 0; n < sizeof(info) - 1; n++) {
		make_relayed(&m, mac_other, DHCPDISCOVER, RELAY);
		assert_int_equal(dhcp_put(&m, DHO_DHCP_AGENT_OPTIONS, info, n), 0);
		dhcp_relay(&m, &r);
		assert_int_equal(r.where, RELAY);
		assert_true(n >= 5 ? r.at.circuit != NULL : r.at.circuit == NULL);
		assert_true(n >= 11 ? r.at.remote != NULL : r.at.remote == NULL);
	}
}

/* An address of another length is none. */
static void
test_addresses_of_a_wrong_length_are_ignored(void **state)
{
	struct dhcp_relay r;
	struct dhcp_msg m;

	(void)state;
	make_relayed(&m, mac_other, DHCPDISCOVER, RELAY);
	PUT(&m, DHO_DHCP_AGENT_OPTIONS, "\x05\x03\xc0\xa8\x0a" "\x0b\x00");
	PUT(&m, DHO_SUBNET_SELECTION, "\xc0\xa8\x0a");
	dhcp_relay(&m, &r);
	assert_int_equal(r.where, RELAY);
	assert_int_equal(r.server_id, 0);
}

/* Nobody else may speak for the place: RFC 3046 2.1. */
static void
test_a_client_cannot_speak_as_a_relay(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	make(&m, mac_other, DHCPDISCOVER);
	PUT(&m, DHO_DHCP_AGENT_OPTIONS, "\x05\x04\x0a\x00\x00\x00" "\x0b\x04\x0a\x00\x00\x02");
	PUT(&m, DHO_SUBNET_SELECTION, "\x0a\x00\x00\x00");
	decide(b, &m, &v);
	assert_in_range(v.reply.yiaddr, LO, HI);
	assert_int_equal(server_of(&v), SERVER);
	assert_int_equal(v.lease.agent_len, 0);
}

/* Where the client is ------------------------------------------------------- */

/* RFC 3527: the address comes from the link named, the answer goes to giaddr. */
static void
test_link_selection_chooses_the_network(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	make_relayed(&m, mac_other, DHCPDISCOVER, IP(172, 16, 0, 1));
	decide(b, &m, &v);
	assert_int_equal(v.rule, DR_NO_NETWORK);
	PUT(&m, DHO_DHCP_AGENT_OPTIONS, "\x05\x04\x0a\x00\x00\x00");
	PUT(&m, DHO_SUBNET_SELECTION, "\xc0\xa8\x0a\x00");	/* 82.5 stands over it */
	decide(b, &m, &v);
	assert_in_range(v.reply.yiaddr, IP(10, 0, 0, 50), IP(10, 0, 0, 51));
	assert_int_equal(v.dest.how, DEST_RELAY);
	assert_int_equal(v.dest.addr, IP(172, 16, 0, 1));
}

/* RFC 3011: and the option comes back as it was sent. */
static void
test_subnet_selection_chooses_the_network(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;
	uint32_t back = 0;

	make_relayed(&m, mac_other, DHCPDISCOVER, RELAY);
	PUT(&m, DHO_SUBNET_SELECTION, "\xc0\xa8\x0a\x00");
	decide(b, &m, &v);
	assert_in_range(v.reply.yiaddr, LO, HI);
	assert_true(dhcp_opt_u32(&v.reply, DHO_SUBNET_SELECTION, &back));
	assert_int_equal(back, IP(192, 168, 10, 0));
}

/* RFC 5107: the client takes the relay for the server, and names it so. */
static void
test_the_relay_may_stand_for_the_server(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	make_relayed(&m, mac_other, DHCPDISCOVER, RELAY);
	PUT(&m, DHO_DHCP_AGENT_OPTIONS, "\x0b\x04\x0a\x00\x00\x02");
	decide(b, &m, &v);
	assert_int_equal(server_of(&v), IP(10, 0, 0, 2));
	do_lease(b, &v);

	make_relayed(&m, mac_other, DHCPREQUEST, RELAY);
	PUT(&m, DHO_DHCP_AGENT_OPTIONS, "\x0b\x04\x0a\x00\x00\x02");
	assert_int_equal(dhcp_put_u32(&m, DHO_DHCP_SERVER_IDENTIFIER, IP(10, 0, 0, 2)), 0);
	assert_int_equal(dhcp_put_u32(&m, DHO_DHCP_REQUESTED_ADDRESS, v.reply.yiaddr), 0);
	decide(b, &m, &v);
	assert_int_equal(type_of(&v), DHCPACK);
	assert_int_equal(server_of(&v), IP(10, 0, 0, 2));
	/* By its true name it is another server's offer. */
	make_relayed(&m, mac_other, DHCPREQUEST, RELAY);
	assert_int_equal(dhcp_put_u32(&m, DHO_DHCP_SERVER_IDENTIFIER, IP(10, 0, 0, 2)), 0);
	assert_int_equal(dhcp_put_u32(&m, DHO_DHCP_REQUESTED_ADDRESS, v.reply.yiaddr), 0);
	decide(b, &m, &v);
	assert_int_equal(v.rule, DR_OTHER_SERVER);
}

/* Two networks on one wire: a client on it may have an address of either. */
static void
share(struct bench *b)
{
	static char name[] = "floor2";

	b->subnet[0].shared = b->subnet[1].shared = name;
	dhcp_nets_free(b->nets);
	assert_int_equal(dhcp_nets_new(&b->cfg, &b->iface, 1, &b->nets), 0);
}

static void
test_a_shared_network_lends_from_all_its_subnets(void **state)
{
	struct mac mac = { { 2, 7, 0, 0, 0, 0 } };
	struct bench *b = *state;
	struct dhcp_verdict v;
	uint32_t mask = 0, seen = 0;
	struct dhcp_msg m;

	share(b);
	for (int i = 0; i < 6; i++) {
		mac.b[5] = (uint8_t)i;
		make(&m, mac, DHCPDISCOVER);
		decide(b, &m, &v);
		assert_int_equal(type_of(&v), DHCPOFFER);
		do_lease(b, &v);
		seen += net4_has(b->subnet[1].net, v.reply.yiaddr);
	}
	assert_int_equal(seen, 2);
	/* What holds is said where the address is, not where the interface is. */
	assert_true(net4_has(b->subnet[1].net, v.reply.yiaddr));
	assert_true(dhcp_opt_u32(&v.reply, DHO_SUBNET_MASK, &mask));
	assert_int_equal(mask, 0xffffff00);
	assert_false(v.reply.has[DHO_ROUTERS]);
	mac.b[5] = 9;
	make(&m, mac, DHCPDISCOVER);
	decide(b, &m, &v);
	assert_int_equal(v.rule, DR_NONE_FREE);
}

static void
test_an_address_of_a_shared_network_is_kept(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	share(b);
	bind_lease(b, IP(10, 0, 0, 50), mac_other, LEASE_BOUND, 1000);
	make(&m, mac_other, DHCPREQUEST);
	assert_int_equal(dhcp_put_u32(&m, DHO_DHCP_REQUESTED_ADDRESS, IP(10, 0, 0, 50)), 0);
	decide(b, &m, &v);
	assert_int_equal(v.rule, DR_REBOOTED);
	make(&m, mac_other, DHCPDISCOVER);
	decide(b, &m, &v);
	assert_int_equal(v.reply.yiaddr, IP(10, 0, 0, 50));
	assert_int_equal(v.rule, DR_AGAIN);
	make(&m, mac_other, DHCPREQUEST);
	m.ciaddr = IP(10, 0, 0, 50);
	decide(b, &m, &v);
	assert_int_equal(v.rule, DR_EXTENDED);
	make(&m, mac_other, DHCPREQUEST);	/* of no network on the wire */
	assert_int_equal(dhcp_put_u32(&m, DHO_DHCP_REQUESTED_ADDRESS, IP(172, 16, 0, 5)), 0);
	decide(b, &m, &v);
	assert_int_equal(v.rule, DR_OTHER_NETWORK);
	assert_int_equal(type_of(&v), DHCPNAK);
}

/* A host whose address lies in the other network of its wire. */
static void
test_a_fixed_address_may_be_anywhere_on_the_wire(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	b->host[0].address = IP(10, 0, 0, 20);
	share(b);
	make(&m, mac_fix, DHCPDISCOVER);
	decide(b, &m, &v);
	assert_int_equal(v.reply.yiaddr, IP(10, 0, 0, 20));
	assert_int_equal(v.rule, DR_FIXED);
}

/* Who the client is --------------------------------------------------------- */

/* Firmware, installer and system of one machine: RFC 4361 makes a new
 * identifier for each, and the address stays. */
static void
test_a_new_identifier_is_the_same_machine(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;
	uint32_t addr;

	make(&m, mac_other, DHCPDISCOVER);
	decide(b, &m, &v);
	do_lease(b, &v);
	addr = v.reply.yiaddr;
	make(&m, mac_other, DHCPDISCOVER);
	PUT(&m, DHO_DHCP_CLIENT_IDENTIFIER, "\xff\x00\x00\x00\x01\x00\x04" "a DUID of 16 byte");
	decide(b, &m, &v);
	assert_int_equal(v.reply.yiaddr, addr);
}

/* Unless the administrator wants it otherwise. */
static void
test_identifiers_tell_clients_apart_when_told_to(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v, w;
	struct dhcp_msg m;

	b->cfg.top.dhcp.match_cid = true;
	make(&m, mac_other, DHCPDISCOVER);
	PUT(&m, DHO_DHCP_CLIENT_IDENTIFIER, "\x00one");
	decide(b, &m, &v);
	v.lease.state = LEASE_BOUND;
	do_lease(b, &v);
	make(&m, mac_other, DHCPDISCOVER);
	PUT(&m, DHO_DHCP_CLIENT_IDENTIFIER, "\x00two");
	decide(b, &m, &w);
	assert_int_not_equal(w.reply.yiaddr, v.reply.yiaddr);
	make(&m, (struct mac){ { 2, 9, 9, 9, 9, 9 } }, DHCPDISCOVER);	/* its card was changed */
	PUT(&m, DHO_DHCP_CLIENT_IDENTIFIER, "\x00one");
	decide(b, &m, &w);
	assert_int_equal(w.reply.yiaddr, v.reply.yiaddr);
	assert_int_equal(w.rule, DR_AGAIN);
	make(&m, mac_other, DHCPDISCOVER);	/* says nothing: by its card */
	decide(b, &m, &w);
	assert_int_equal(w.reply.yiaddr, v.reply.yiaddr);
}

/* RFC 4390: no hardware address is sent; the identifier must be there, and
 * the answer is broadcast. */
static void
test_infiniband_is_known_by_its_identifier(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v, w;
	struct dhcp_msg m;

	make(&m, (struct mac){ { 0 } }, DHCPDISCOVER);
	m.htype = 32;
	m.hlen = 0;
	decide(b, &m, &v);
	assert_int_equal(v.rule, DR_NO_ETHERNET);
	PUT(&m, DHO_DHCP_CLIENT_IDENTIFIER, "\xff\x00\x00\x00\x01\x00\x03GUID");
	decide(b, &m, &v);
	assert_int_equal(type_of(&v), DHCPOFFER);
	assert_int_equal(v.dest.how, DEST_BROADCAST);
	do_lease(b, &v);
	decide(b, &m, &w);
	assert_int_equal(w.reply.yiaddr, v.reply.yiaddr);
	/* Another one of its kind is another client. */
	make(&m, (struct mac){ { 0 } }, DHCPDISCOVER);
	m.htype = 32;
	m.hlen = 0;
	PUT(&m, DHO_DHCP_CLIENT_IDENTIFIER, "\xff\x00\x00\x00\x01\x00\x03OTHR");
	decide(b, &m, &w);
	assert_int_not_equal(w.reply.yiaddr, v.reply.yiaddr);
}

/* RFC 6842, and the devices that choke on it. */
static void
test_the_identifier_is_repeated_unless_told_otherwise(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	make(&m, mac_other, DHCPDISCOVER);
	PUT(&m, DHO_DHCP_CLIENT_IDENTIFIER, "\x00one");
	decide(b, &m, &v);
	assert_true(v.reply.has[DHO_DHCP_CLIENT_IDENTIFIER]);
	b->cfg.top.dhcp.echo_cid = false;
	decide(b, &m, &v);
	assert_false(v.reply.has[DHO_DHCP_CLIENT_IDENTIFIER]);
	make(&m, mac_other, DHCPREQUEST);
	PUT(&m, DHO_DHCP_CLIENT_IDENTIFIER, "\x00one");
	assert_int_equal(dhcp_put_u32(&m, DHO_DHCP_REQUESTED_ADDRESS, IP(172, 16, 0, 9)), 0);
	decide(b, &m, &v);
	assert_int_equal(type_of(&v), DHCPNAK);
	assert_false(v.reply.has[DHO_DHCP_CLIENT_IDENTIFIER]);
}

/* Whom we let wait ----------------------------------------------------------- */

static void
test_a_server_that_stands_by_waits(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	b->cfg.top.dhcp.min_secs = 8;
	make(&m, mac_other, DHCPDISCOVER);
	m.secs = 7;
	decide(b, &m, &v);
	assert_int_equal(v.rule, DR_MIN_SECS);
	m.secs = 8;
	decide(b, &m, &v);
	assert_int_equal(type_of(&v), DHCPOFFER);
	/* A REQUEST names its server: it has waited already. */
	do_lease(b, &v);
	make(&m, mac_other, DHCPREQUEST);
	assert_int_equal(dhcp_put_u32(&m, DHO_DHCP_SERVER_IDENTIFIER, SERVER), 0);
	assert_int_equal(dhcp_put_u32(&m, DHO_DHCP_REQUESTED_ADDRESS, v.reply.yiaddr), 0);
	decide(b, &m, &v);
	assert_int_equal(type_of(&v), DHCPACK);
}

/* Twenty invented machines would use up twenty addresses for ever. */
static void
test_bootp_gets_no_address_of_a_range_by_default(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	b->cfg.top.dhcp.dynamic_bootp = false;
	make(&m, mac_other, DHCP_NOTYPE);
	decide(b, &m, &v);
	assert_int_equal(v.rule, DR_NO_DYNAMIC_BOOTP);
	assert_int_equal(v.lease_op, DLO_NONE);
	make(&m, mac_fix, DHCP_NOTYPE);
	decide(b, &m, &v);
	assert_int_equal(v.reply.yiaddr, FIXED);
}

/* Leasequery, RFC 4388 --------------------------------------------------------- */

#define ASKS	"\x33\x3a\x3b\x3d\x52\x5b\x5c"	/* 51 58 59 61 82 91 92 */

static void
query(struct bench *b, uint32_t from, uint32_t addr, struct mac mac, const char *cid,
    struct dhcp_verdict *v)
{
	static uint32_t may[1];
	struct dhcp_msg m;

	may[0] = RELAY;
	b->cfg.top.dhcp.leasequery = may;
	b->cfg.top.dhcp.n_leasequery = 1;
	make_relayed(&m, mac, DHCPLEASEQUERY, from);
	m.ciaddr = addr;
	PUT(&m, DHO_DHCP_PARAMETER_REQUEST_LIST, ASKS);
	if (cid != NULL)
		assert_int_equal(dhcp_put(&m, DHO_DHCP_CLIENT_IDENTIFIER, cid, strlen(cid)), 0);
	decide(b, &m, v);
}

static void
lease_relayed(struct bench *b, uint32_t addr, struct mac mac, int64_t ago)
{
	struct lease l = { .addr = addr, .state = LEASE_BOUND, .mac = mac,
	    .start = b->now - ago, .expiry = b->now - ago + 7200 };

	lease_set_cid(&l, (const uint8_t *)"it", 2);
	l.agent_len = 5;
	memcpy(l.agent, "\x01\x03ge0", 5);
	assert_int_equal(lease_put(b->leases, &l), 0);
}

static void
test_4388_query_by_address(void **state)
{
	static const struct mac nobody;
	struct bench *b = *state;
	struct dhcp_verdict v;
	uint32_t secs = 0;
	size_t len;

	lease_relayed(b, LO, mac_other, 100);
	query(b, RELAY, LO, nobody, NULL, &v);
	assert_int_equal(type_of(&v), DHCPLEASEACTIVE);
	assert_int_equal(v.rule, DR_QUERY_ACTIVE);
	assert_int_equal(v.dest.how, DEST_RELAY);
	assert_int_equal(v.dest.addr, RELAY);
	assert_int_equal(v.lease_op, DLO_NONE);
	assert_int_equal(v.reply.ciaddr, LO);
	assert_int_equal(v.reply.yiaddr, 0);
	assert_memory_equal(v.reply.chaddr, mac_other.b, 6);
	assert_true(dhcp_opt_u32(&v.reply, DHO_DHCP_LEASE_TIME, &secs));
	assert_int_equal(secs, 7100);
	assert_true(dhcp_opt_u32(&v.reply, DHO_DHCP_RENEWAL_TIME, &secs));
	assert_int_equal(secs, 3500);
	assert_true(dhcp_opt_u32(&v.reply, DHO_DHCP_REBINDING_TIME, &secs));
	assert_int_equal(secs, 6200);
	assert_true(dhcp_opt_u32(&v.reply, DHO_CLIENT_LAST_TRANSACTION_TIME, &secs));
	assert_int_equal(secs, 100);
	assert_memory_equal(dhcp_opt(&v.reply, DHO_DHCP_AGENT_OPTIONS, &len), "\x01\x03ge0", 5);
	assert_memory_equal(dhcp_opt(&v.reply, DHO_DHCP_CLIENT_IDENTIFIER, &len), "it", 2);
	assert_false(v.reply.has[DHO_ASSOCIATED_IP]);
	assert_false(v.reply.has[DHO_SUBNET_MASK]);

	query(b, RELAY, HI, nobody, NULL, &v);
	assert_int_equal(type_of(&v), DHCPLEASEUNASSIGNED);
	assert_int_equal(v.reply.ciaddr, HI);
	b->now += 8000;			/* it ran out */
	query(b, RELAY, LO, nobody, NULL, &v);
	assert_int_equal(type_of(&v), DHCPLEASEUNASSIGNED);
	query(b, RELAY, IP(172, 16, 0, 9), nobody, NULL, &v);
	assert_int_equal(type_of(&v), DHCPLEASEUNKNOWN);
}

static void
test_4388_query_by_client(void **state)
{
	static const struct mac nobody;
	struct bench *b = *state;
	struct dhcp_verdict v;
	size_t len;

	lease_relayed(b, LO, mac_other, 100);
	lease_relayed(b, IP(10, 0, 0, 50), mac_other, 50);
	query(b, RELAY, 0, mac_other, NULL, &v);
	assert_int_equal(type_of(&v), DHCPLEASEACTIVE);
	assert_int_equal(v.reply.ciaddr, IP(10, 0, 0, 50));	/* used last */
	assert_non_null(dhcp_opt(&v.reply, DHO_ASSOCIATED_IP, &len));
	assert_int_equal(len, 8);
	query(b, RELAY, 0, nobody, "it", &v);
	assert_int_equal(v.reply.ciaddr, IP(10, 0, 0, 50));
	query(b, RELAY, 0, nobody, "another", &v);
	assert_int_equal(type_of(&v), DHCPLEASEUNKNOWN);
	query(b, RELAY, 0, mac_dyn, NULL, &v);
	assert_int_equal(type_of(&v), DHCPLEASEUNKNOWN);
}

static void
test_4388_only_those_named_may_ask(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;

	lease_relayed(b, LO, mac_other, 100);
	query(b, IP(10, 0, 0, 9), LO, mac_other, NULL, &v);
	assert_false(v.answer);
	assert_int_equal(v.rule, DR_QUERY_REFUSED);
	query(b, 0, LO, mac_other, NULL, &v);
	assert_false(v.answer);
}

/* The table of rules ------------------------------------------------------------ */

static void
test_every_rule_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (int i = 0; i < DR__COUNT; i++) {
		const char *name = dhcp_rule_name((enum dhcp_rule)i);

		assert_true(strlen(dhcp_rule_why((enum dhcp_rule)i)) > 10);
		assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz-0123456789"), strlen(name));
		for (int k = 0; k < i; k++)
			assert_string_not_equal(name, dhcp_rule_name((enum dhcp_rule)k));
	}
}

int
main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)
	const struct CMUnitTest tests[] = {
		T(test_sub_options_are_taken_apart),
		T(test_every_cut_of_relay_information_is_harmless),
		T(test_addresses_of_a_wrong_length_are_ignored),
		T(test_a_client_cannot_speak_as_a_relay),
		T(test_link_selection_chooses_the_network),
		T(test_subnet_selection_chooses_the_network),
		T(test_the_relay_may_stand_for_the_server),
		T(test_a_shared_network_lends_from_all_its_subnets),
		T(test_an_address_of_a_shared_network_is_kept),
		T(test_a_fixed_address_may_be_anywhere_on_the_wire),
		T(test_a_new_identifier_is_the_same_machine),
		T(test_identifiers_tell_clients_apart_when_told_to),
		T(test_infiniband_is_known_by_its_identifier),
		T(test_the_identifier_is_repeated_unless_told_otherwise),
		T(test_a_server_that_stands_by_waits),
		T(test_bootp_gets_no_address_of_a_range_by_default),
		T(test_4388_query_by_address),
		T(test_4388_query_by_client),
		T(test_4388_only_those_named_may_ask),
		T(test_every_rule_has_a_name_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
