/* test_dhcp_modes.c - other servers, addresses in use, rates: what is told of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../../dhcpd/dhcp_conflict.h"
#include "../../dhcpd/dhcp_foreign.h"
#include "../../dhcpd/dhcp_frame.h"
#include "../../dhcpd/dhcp_limit.h"
#include "../../dhcpd/dhcp_probe.h"
#include "dhcp_fixture.h"

#define OTHER	IP(192, 168, 10, 9)
static const struct mac mac_ours = { { 2, 0, 0, 0, 9, 1 } };
static const struct mac mac_server = { { 2, 0, 0, 0, 9, 9 } };

/* Probing (RFC 2131 3.1) ------------------------------------------------------ */

static void
offer(struct dhcp_msg *m, uint32_t xid, struct mac client, uint32_t addr, int type)
{
	dhcp_init(m);
	m->op = BOOTREPLY;
	m->htype = HTYPE_ETHER;
	m->hlen = 6;
	m->xid = xid;
	m->yiaddr = addr;
	m->cookie = true;
	memcpy(m->chaddr, client.b, 6);
	dhcp_put_u8(m, DHO_DHCP_MESSAGE_TYPE, (uint8_t)type);
	dhcp_put_u32(m, DHO_DHCP_SERVER_IDENTIFIER, OTHER);
}

static void
test_alone_after_two_discovers_without_an_answer(void **state)
{
	struct dhcp_probe p;

	(void)state;
	probe_start(&p, 1000, 2000, 77);
	assert_int_equal(p.state, PROBE_ASKING);
	assert_true(probe_run(&p, 1000));
	assert_int_equal(p.next, 2000);
	assert_false(probe_run(&p, 1999));
	assert_true(probe_run(&p, 2000));
	assert_int_equal(p.state, PROBE_ASKING);
	assert_int_equal(p.next, 3000);
	assert_false(probe_run(&p, 3000));
	assert_int_equal(p.state, PROBE_ALONE);
	assert_int_equal(p.next, INT64_MAX);
}

static void
test_another_server_is_looked_for_every_minute_until_it_has_gone(void **state)
{
	struct dhcp_probe p;
	struct dhcp_msg m;

	(void)state;
	probe_start(&p, 0, 2000, 77);
	assert_true(probe_run(&p, 0));
	offer(&m, p.xid, mac_ours, LO, DHCPOFFER);
	assert_true(probe_heard(&p, 0, &m, mac_ours, OTHER, mac_server));
	assert_int_equal(p.state, PROBE_OTHER);	/* at once */
	assert_int_equal(p.server, OTHER);
	assert_true(probe_run(&p, 1000));
	assert_false(probe_run(&p, 2000));
	assert_int_equal(p.state, PROBE_OTHER);
	assert_int_equal(p.next, 2000 + PROBE_AGAIN_MS);

	assert_true(probe_run(&p, 62000));	/* it answers again */
	m.xid = p.xid;
	assert_true(probe_heard(&p, 0, &m, mac_ours, OTHER, mac_server));
	assert_true(probe_run(&p, 63000));
	assert_false(probe_run(&p, 64000));
	assert_int_equal(p.state, PROBE_OTHER);

	assert_true(probe_run(&p, 124000));	/* and no more */
	assert_int_equal(p.state, PROBE_OTHER);	/* until that is known */
	assert_true(probe_run(&p, 125000));
	assert_false(probe_run(&p, 126000));
	assert_int_equal(p.state, PROBE_ALONE);
}

/* A server that looks first whether an address is free takes its time; and
 * anybody may repeat an OFFER.  Either way it is not for ever. */
static void
test_an_offer_that_comes_late_is_looked_into_like_another(void **state)
{
	struct dhcp_probe p;
	struct dhcp_msg m;

	(void)state;
	probe_start(&p, 0, 2000, 77);
	assert_true(probe_run(&p, 0));
	assert_true(probe_run(&p, 1000));
	assert_false(probe_run(&p, 2000));
	assert_int_equal(p.state, PROBE_ALONE);
	offer(&m, p.xid, mac_ours, LO, DHCPOFFER);
	assert_true(probe_heard(&p, 5000, &m, mac_ours, OTHER, mac_server));
	assert_int_equal(p.state, PROBE_OTHER);
	assert_int_equal(p.next, 5000 + PROBE_AGAIN_MS);
	/* The same once more does not put it off. */
	assert_true(probe_heard(&p, 9000, &m, mac_ours, OTHER, mac_server));
	assert_int_equal(p.next, 5000 + PROBE_AGAIN_MS);
	assert_true(probe_run(&p, 65000));
	assert_true(probe_run(&p, 66000));
	assert_false(probe_run(&p, 67000));
	assert_int_equal(p.state, PROBE_ALONE);
	/* Everybody has heard our DISCOVER; hours later nobody answers it. */
	m.xid = p.xid;
	assert_false(probe_heard(&p, 65000 + 2000 + PROBE_LATE_MS + 1, &m, mac_ours, OTHER,
	    mac_server));
	assert_int_equal(p.state, PROBE_ALONE);
}

static void
test_only_an_offer_to_our_own_discover_counts(void **state)
{
	struct dhcp_probe p;
	struct dhcp_msg m;

	(void)state;
	probe_start(&p, 0, 2000, 77);
	(void)probe_run(&p, 0);
	offer(&m, p.xid + 1, mac_ours, LO, DHCPOFFER);
	assert_false(probe_heard(&p, 0, &m, mac_ours, OTHER, mac_server));
	offer(&m, p.xid, mac_dyn, LO, DHCPOFFER);
	assert_false(probe_heard(&p, 0, &m, mac_ours, OTHER, mac_server));
	offer(&m, p.xid, mac_ours, LO, DHCPNAK);
	assert_false(probe_heard(&p, 0, &m, mac_ours, OTHER, mac_server));
	offer(&m, p.xid, mac_ours, LO, DHCPOFFER);
	m.op = BOOTREQUEST;
	assert_false(probe_heard(&p, 0, &m, mac_ours, OTHER, mac_server));
	assert_int_equal(p.state, PROBE_ASKING);
}

static void
test_no_probe_when_told_not_to(void **state)
{
	struct dhcp_probe p;

	(void)state;
	probe_start(&p, 0, 0, 1);
	assert_int_equal(p.state, PROBE_NONE);
	assert_false(probe_run(&p, INT64_MAX - 1));
}

static void
test_our_own_discover_is_known_again(void **state)
{
	uint8_t pkt[DHCP_MSG_MAX];
	struct dhcp_probe p;
	struct dhcp_msg m;
	size_t n;
	int len;

	(void)state;
	probe_start(&p, 0, 2000, 77);
	(void)probe_run(&p, 0);
	len = probe_packet(&p, mac_ours, pkt);
	assert_true(len >= BOOTP_MIN_LEN);
	assert_true(probe_is_ours(&p, pkt, (size_t)len, mac_ours));
	assert_false(probe_is_ours(&p, pkt, (size_t)len, mac_dyn));
	for (n = 0; n < 34; n++)
		assert_false(probe_is_ours(&p, pkt, n, mac_ours));
	assert_int_equal(dhcp_parse(pkt, (size_t)len, &m), 0);
	assert_int_equal(dhcp_type(&m), DHCPDISCOVER);
	assert_int_equal(m.flags, BOOTP_BROADCAST);
	assert_memory_equal(dhcp_opt(&m, DHO_VENDOR_CLASS_IDENTIFIER, &n), PROBE_CLASS, 11);
}

/* Other servers ---------------------------------------------------------------- */

static void
test_what_a_server_says_is_counted_and_told_once_a_minute(void **state)
{
	struct foreign_table t = { 0 };
	struct foreign *s;
	struct dhcp_msg m;
	bool tell, note;
	char text[100];

	(void)state;
	offer(&m, 1, mac_dyn, LO, DHCPOFFER);
	s = foreign_heard(&t, &m, OTHER, mac_server, 3, 100, &tell, &note);
	assert_non_null(s);
	assert_true(tell && note);
	foreign_text(s, text, sizeof(text));
	assert_string_equal(text, "offered 192.168.10.100 by another server 192.168.10.9");
	assert_ptr_equal(foreign_heard(&t, &m, OTHER, mac_server, 3, 101, &tell, &note), s);
	assert_false(tell || note);		/* a retransmission */
	offer(&m, 1, mac_dyn, LO, DHCPACK);
	(void)foreign_heard(&t, &m, OTHER, mac_server, 3, 102, &tell, &note);
	assert_true(!tell && note);
	offer(&m, 1, mac_dyn, 0, DHCPNAK);
	(void)foreign_heard(&t, &m, OTHER, mac_server, 3, 161, &tell, &note);
	assert_true(tell && note);
	foreign_text(s, text, sizeof(text));
	assert_string_equal(text, "refused its address by another server 192.168.10.9");
	assert_int_equal(s->offers, 2);
	assert_int_equal(s->acks, 1);
	assert_int_equal(s->naks, 1);
	assert_int_equal(s->first, 100);
	assert_int_equal(s->last, 161);
	assert_ptr_equal(foreign_chosen(&t, OTHER, mac_dyn, LO, 3, 162, &tell, &note), s);
	assert_true(!tell && note);
	foreign_text(s, text, sizeof(text));
	assert_string_equal(text, "takes 192.168.10.100 from another server 192.168.10.9");
}

static void
test_requests_and_nonsense_are_nobodys(void **state)
{
	struct foreign_table t = { 0 };
	struct dhcp_msg m;
	bool tell, note;

	(void)state;
	offer(&m, 1, mac_dyn, LO, DHCPDISCOVER);
	assert_null(foreign_heard(&t, &m, OTHER, mac_server, 3, 100, &tell, &note));
	offer(&m, 1, mac_dyn, LO, DHCPOFFER);
	m.op = BOOTREQUEST;
	assert_null(foreign_heard(&t, &m, OTHER, mac_server, 3, 100, &tell, &note));
	assert_int_equal(t.s[0].iface, 0);
}

static void
test_a_full_table_forgets_the_server_heard_longest_ago(void **state)
{
	struct foreign_table t = { 0 };
	bool tell, note, first = false;

	(void)state;
	for (uint32_t i = 0; i <= FOREIGN_MAX; i++)
		assert_non_null(foreign_chosen(&t, i + 1, mac_dyn, LO, 1, i + 1, &tell, &note));
	for (unsigned i = 0; i < FOREIGN_MAX; i++)
		first |= t.s[i].id == 1;
	assert_false(first);
}

/* Addresses in use (RFC 2131 4.3.1) -------------------------------------------- */

static struct conflict_table *
checks(void)
{
	struct conflict_table *t;

	assert_int_equal(conflict_table_new(&t), 0);
	return t;
}

static void
test_silence_means_free_and_is_remembered(void **state)
{
	struct conflict_table *t = checks();
	struct conflict *c;

	(void)state;
	assert_int_equal(conflict_next(t), INT64_MAX);
	assert_int_equal(conflict_want(t, LO, mac_dyn, 1000, 500, &c), CONFLICT_ASK);
	assert_int_equal(conflict_want(t, LO, mac_dyn, 1100, 500, &c), CONFLICT_WAIT);
	assert_int_equal(conflict_next(t), 1500);
	assert_null(conflict_due(t, 1499));
	assert_ptr_equal(conflict_due(t, 1500), c);
	assert_null(conflict_due(t, 1500));
	assert_int_equal(conflict_want(t, LO, mac_dyn, 2000, 500, &c), CONFLICT_GO);
	/* Not for another client, nor for ever. */
	assert_int_equal(conflict_want(t, LO, mac_other, 2000, 500, &c), CONFLICT_ASK);
	(void)conflict_due(t, 2500);
	assert_int_equal(conflict_want(t, LO, mac_other, 2500 + CONFLICT_KEEP_MS, 500, &c),
	    CONFLICT_ASK);
	conflict_table_free(t, NULL);
}

static void
test_an_answer_means_in_use(void **state)
{
	struct conflict_table *t = checks();
	struct conflict *c;

	(void)state;
	assert_null(conflict_heard(t, LO, mac_other, 0));	/* nobody asked */
	(void)conflict_want(t, LO, mac_dyn, 0, 500, &c);
	assert_null(conflict_heard(t, HI, mac_other, 10));
	assert_null(conflict_heard(t, LO, mac_dyn, 10));	/* the client itself */
	assert_ptr_equal(conflict_heard(t, LO, mac_other, 10), c);
	assert_true(mac_equal(c->by, mac_other));
	assert_null(conflict_heard(t, LO, mac_other, 11));	/* told once */
	assert_null(conflict_due(t, 1000));
	assert_int_equal(conflict_found(t), 1);
	assert_int_equal(conflict_want(t, LO, mac_dyn, 1000, 500, &c), CONFLICT_ASK);
	conflict_table_free(t, NULL);
}

static void
test_checks_end_in_the_order_they_began(void **state)
{
	struct conflict_table *t = checks();
	struct conflict *c;

	(void)state;
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(conflict_want(t, LO + i, mac_dyn, i, 500, &c), CONFLICT_ASK);
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(conflict_due(t, 1000)->addr, LO + i);
	/* A shorter time, after a reload. */
	(void)conflict_want(t, LO, mac_other, 1000, 500, &c);
	(void)conflict_want(t, HI, mac_other, 1000, 100, &c);
	assert_null(conflict_due(t, 1200));
	assert_int_equal(conflict_due(t, 1500)->addr, LO);
	assert_int_equal(conflict_due(t, 1500)->addr, HI);
	conflict_table_free(t, NULL);
}

static unsigned freed;

static void
count_arg(void *arg)
{
	(void)arg;
	freed++;
}

static void
test_without_room_an_offer_goes_unchecked(void **state)
{
	struct conflict_table *t = checks();
	struct conflict *c;
	uint32_t n = 0;

	(void)state;
	while (conflict_want(t, n, mac_dyn, 0, 500, &c) == CONFLICT_ASK) {
		c->arg = &freed;
		n++;
	}
	assert_in_range(n, 1024, 65536);
	freed = 0;
	conflict_table_free(t, count_arg);
	assert_int_equal(freed, n);
}

/* Rates ------------------------------------------------------------------------ */

static struct dhcp_limit *
limit(size_t n)
{
	struct dhcp_limit *l;

	assert_int_equal(dhcp_limit_new(n, &l), 0);
	return l;
}

static unsigned
burst(struct dhcp_limit *l, uint64_t key, uint32_t rate, int64_t now)
{
	unsigned n = 0;

	while (n < 100000 && dhcp_limit_take(l, key, rate, now))
		n++;
	return n;
}

static void
test_a_second_of_packets_at_once_and_then_the_rate(void **state)
{
	struct dhcp_limit *l = limit(64);

	(void)state;
	assert_int_equal(burst(l, 1, 50, 5000), 50);
	assert_int_equal(burst(l, 1, 50, 5019), 0);
	assert_int_equal(burst(l, 1, 50, 5020), 1);
	assert_int_equal(burst(l, 1, 50, 5520), 25);
	assert_int_equal(burst(l, 1, 50, 100000), 50);
	assert_int_equal(dhcp_limit_refused(l), 5);
	assert_int_equal(burst(l, 1, 50, 99000), 0);	/* a clock that went back */
	dhcp_limit_free(l);
}

static void
test_one_client_does_not_use_up_anothers(void **state)
{
	struct dhcp_limit *l = limit(64);

	(void)state;
	(void)burst(l, 1, 10, 0);
	assert_int_equal(burst(l, 2, 10, 0), 10);
	dhcp_limit_free(l);
}

static void
test_rate_0_is_no_limit(void **state)
{
	struct dhcp_limit *l = limit(64);

	(void)state;
	assert_int_equal(burst(l, 1, 0, 0), 100000);
	assert_int_equal(dhcp_limit_refused(l), 0);
	dhcp_limit_free(l);
}

/* A flood of forged addresses costs no memory, and those who ask on stay limited. */
static void
test_strangers_push_out_those_who_were_silent_longest(void **state)
{
	struct dhcp_limit *l = limit(256);
	unsigned let = 0;

	(void)state;
	for (uint64_t k = 0; k < 20000; k++) {
		(void)dhcp_limit_take(l, 1000 + k, 5, (int64_t)k / 100);
		let += dhcp_limit_take(l, 1, 5, (int64_t)k / 100);
	}
	assert_in_range(let, 5, 10);
	dhcp_limit_free(l);
}

/* Frames ----------------------------------------------------------------------- */

static void
test_arp_replies_are_read(void **state)
{
	uint8_t p[60] = { 0 };
	struct dhcp_frame f;

	(void)state;
	dhcp_frame_probe(mac_ours, LO, p);
	assert_int_equal(dhcp_frame_read(p, DHCP_ARP_LEN, &f), -EBADMSG);	/* a question */
	/* RFC 5227 2.1.1: to everybody, from no address. */
	assert_memory_equal(p, "\xff\xff\xff\xff\xff\xff", 6);
	assert_memory_equal(p + 28, "\0\0\0\0", 4);
	assert_memory_equal(p + 38, "\xc0\xa8\x0a\x64", 4);
	p[21] = 2;
	memcpy(p + 22, mac_server.b, 6);
	memcpy(p + 28, p + 38, 4);
	assert_int_equal(dhcp_frame_read(p, sizeof(p), &f), 0);	/* padded by the wire */
	assert_int_equal(f.kind, FRAME_ARP);
	assert_int_equal(f.addr, LO);
	assert_true(mac_equal(f.mac, mac_server));
	for (size_t n = 0; n < DHCP_ARP_LEN; n++)
		assert_int_equal(dhcp_frame_read(p, n, &f), -EBADMSG);
}

static void
test_udp_datagrams_are_read(void **state)
{
	static const uint8_t good[] = { 1, 2, 3, 4, 5, 6, 2, 0, 0, 0, 9, 9, 8, 0,
		0x46, 0, 0, 35, 0, 0, 0x40, 0, 64, 17, 0, 0, 192, 168, 10, 9,
		255, 255, 255, 255, 1, 1, 1, 1, 0, 67, 0, 68, 0, 11, 0, 0, 'a', 'b', 'c' };
	uint8_t p[sizeof(good) + 1];
	struct dhcp_frame f;

	(void)state;
	memcpy(p, good, sizeof(good));
	assert_int_equal(dhcp_frame_read(p, sizeof(good), &f), 0);
	assert_int_equal(f.kind, FRAME_UDP);
	assert_int_equal(f.addr, OTHER);
	assert_int_equal(f.sport, 67);
	assert_int_equal(f.dport, 68);
	assert_int_equal(f.len, 3);
	assert_memory_equal(f.payload, "abc", 3);
	assert_true(mac_equal(f.mac, mac_server));
	for (size_t n = 0; n < sizeof(good); n++)
		assert_int_equal(dhcp_frame_read(p, n, &f), -EBADMSG);
	p[43] = 12;		/* longer than its IP packet */
	assert_int_equal(dhcp_frame_read(p, sizeof(p), &f), -EBADMSG);
	memcpy(p, good, sizeof(good));
	p[21] = 1;		/* a later fragment */
	assert_int_equal(dhcp_frame_read(p, sizeof(good), &f), -EBADMSG);
	memcpy(p, good, sizeof(good));
	p[14] = 0x44;		/* a header too short */
	assert_int_equal(dhcp_frame_read(p, sizeof(good), &f), -EBADMSG);
	memcpy(p, good, sizeof(good));
	p[23] = 6;		/* TCP */
	assert_int_equal(dhcp_frame_read(p, sizeof(good), &f), -EBADMSG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alone_after_two_discovers_without_an_answer),
		cmocka_unit_test(test_another_server_is_looked_for_every_minute_until_it_has_gone),
		cmocka_unit_test(test_an_offer_that_comes_late_is_looked_into_like_another),
		cmocka_unit_test(test_only_an_offer_to_our_own_discover_counts),
		cmocka_unit_test(test_no_probe_when_told_not_to),
		cmocka_unit_test(test_our_own_discover_is_known_again),
		cmocka_unit_test(test_what_a_server_says_is_counted_and_told_once_a_minute),
		cmocka_unit_test(test_requests_and_nonsense_are_nobodys),
		cmocka_unit_test(test_a_full_table_forgets_the_server_heard_longest_ago),
		cmocka_unit_test(test_silence_means_free_and_is_remembered),
		cmocka_unit_test(test_an_answer_means_in_use),
		cmocka_unit_test(test_checks_end_in_the_order_they_began),
		cmocka_unit_test(test_without_room_an_offer_goes_unchecked),
		cmocka_unit_test(test_a_second_of_packets_at_once_and_then_the_rate),
		cmocka_unit_test(test_one_client_does_not_use_up_anothers),
		cmocka_unit_test(test_rate_0_is_no_limit),
		cmocka_unit_test(test_strangers_push_out_those_who_were_silent_longest),
		cmocka_unit_test(test_arp_replies_are_read),
		cmocka_unit_test(test_udp_datagrams_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
