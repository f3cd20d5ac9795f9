/* test_lease.c - the table of leases, and a lease as a record. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../fleet/lease.h"

#define NET	0x0a000000u	/* 10.0.0.0 */

static struct lease_table *t;
static const struct range4 range = { NET + 32, NET + 99 };

static int
fresh(void **state)
{
	(void)state;
	assert_int_equal(lease_table_new(&t), 0);
	return lease_table_ranges(t, &range, 1);
}

static int
drop(void **state)
{
	(void)state;
	lease_table_free(t);
	return 0;
}

static struct mac
mac_of(uint32_t n)
{
	return (struct mac){ { 2, 0, (uint8_t)(n >> 24), (uint8_t)(n >> 16),
	    (uint8_t)(n >> 8), (uint8_t)n } };
}

static struct lease
lease_of(uint32_t addr, uint32_t client, enum lease_state st, int64_t expiry)
{
	return (struct lease){ .addr = addr, .state = st, .mac = mac_of(client),
	    .start = 100, .expiry = expiry };
}

static void
put(uint32_t addr, uint32_t client, enum lease_state st, int64_t expiry)
{
	struct lease l = lease_of(addr, client, st, expiry);

	assert_int_equal(lease_put(t, &l), 0);
}

static bool
nobody(void *arg, uint32_t addr)
{
	(void)arg;
	(void)addr;
	return false;
}

static bool
below(void *arg, uint32_t addr)
{
	return addr < *(const uint32_t *)arg;
}

static uint32_t
pick(int64_t now)
{
	return lease_pick(t, range, now, nobody, NULL);
}

static void
test_finds_by_address_and_client(void **state)
{
	(void)state;
	put(NET + 40, 1, LEASE_BOUND, 1000);
	put(NET + 41, 2, LEASE_BOUND, 1000);
	assert_true(mac_equal(lease_by_addr(t, NET + 40)->mac, mac_of(1)));
	assert_null(lease_by_addr(t, NET + 42));
	assert_int_equal(lease_by_client(t, mac_of(2), NET, NET + 255)->addr, NET + 41);
	assert_null(lease_by_client(t, mac_of(2), NET + 256, NET + 511));	/* another subnet */
	assert_null(lease_by_client(t, mac_of(3), NET, NET + 255));
	put(NET + 40, 3, LEASE_BOUND, 2000);		/* changed hands */
	assert_null(lease_by_client(t, mac_of(1), NET, NET + 255));
	assert_int_equal(lease_by_client(t, mac_of(3), NET, NET + 255)->addr, NET + 40);
}

static void
test_a_client_is_found_by_its_bound_lease_first(void **state)
{
	(void)state;
	put(NET + 40, 1, LEASE_OFFERED, 9000);
	put(NET + 41, 1, LEASE_BOUND, 1000);
	put(NET + 42, 1, LEASE_RELEASED, 9999);
	assert_int_equal(lease_by_client(t, mac_of(1), NET, NET + 255)->addr, NET + 41);
}

/* The address is in use by somebody else; its lease names the one who found out. */
static void
test_a_declined_address_is_not_its_clients(void **state)
{
	(void)state;
	put(NET + 40, 1, LEASE_DECLINED, 5000);
	assert_null(lease_by_client(t, mac_of(1), NET, NET + 255));
	assert_non_null(lease_by_addr(t, NET + 40));
}

static void
test_picks_never_leased_addresses_in_order(void **state)
{
	(void)state;
	assert_int_equal(pick(0), range.lo);
	assert_int_equal(pick(0), range.lo);	/* until it is taken */
	put(range.lo, 1, LEASE_OFFERED, 60);
	assert_int_equal(pick(0), range.lo + 1);
	put(range.lo + 2, 3, LEASE_BOUND, 60);
	put(range.lo + 1, 2, LEASE_OFFERED, 60);
	assert_int_equal(pick(0), range.lo + 3);
}

static void
test_then_the_one_that_expired_first(void **state)
{
	(void)state;
	for (uint32_t a = range.lo; a <= range.hi; a++)
		put(a, a, LEASE_BOUND, 1000 + (a * 7) % 97);
	put(range.lo + 5, 5, LEASE_BOUND, LEASE_FOREVER);
	assert_int_equal(pick(999), 0);		/* all in use */
	put(range.lo + 20, 7, LEASE_BOUND, 500);
	assert_int_equal(pick(999), range.lo + 20);
	put(range.lo + 20, 7, LEASE_BOUND, 3000);
	for (int64_t now = 2000, before = 0; ; ) {
		uint32_t a = pick(now);
		const struct lease *l;

		if (a == 0)
			break;
		l = lease_by_addr(t, a);
		assert_true(l->expiry >= before && l->expiry <= now);
		before = l->expiry;
		put(a, 99, LEASE_BOUND, 5000);
	}
	assert_int_equal(lease_by_addr(t, range.lo + 5)->expiry, LEASE_FOREVER);
	assert_true(mac_equal(lease_by_addr(t, range.lo + 20)->mac, mac_of(7)));
}

static void
test_released_addresses_are_free_at_once(void **state)
{
	(void)state;
	for (uint32_t a = range.lo; a <= range.hi; a++)
		put(a, a, LEASE_BOUND, 100000);
	assert_int_equal(pick(500), 0);
	put(range.lo + 9, 9, LEASE_RELEASED, 100000);
	assert_int_equal(pick(500), range.lo + 9);
}

static void
test_a_declined_address_rests_until_its_time(void **state)
{
	(void)state;
	for (uint32_t a = range.lo; a <= range.hi; a++)
		put(a, a, LEASE_DECLINED, 4600);
	assert_int_equal(pick(4599), 0);
	assert_true(pick(4600) != 0);
}

static void
test_never_gives_reserved_addresses(void **state)
{
	uint32_t first = range.lo + 10;

	(void)state;
	assert_int_equal(lease_pick(t, range, 0, below, &first), first);
	for (uint32_t a = range.lo; a <= range.hi; a++)
		put(a, a, LEASE_BOUND, a);	/* those below expire first */
	assert_int_equal(lease_pick(t, range, INT64_MAX - 1, below, &first), first);
	/* Reserved ones come back when the configuration is read again. */
	assert_int_equal(lease_table_ranges(t, &range, 1), 0);
	assert_int_equal(pick(INT64_MAX - 1), range.lo);
}

static void
test_knows_only_its_ranges(void **state)
{
	struct range4 other = { NET + 100, NET + 110 }, part = { range.lo, range.hi - 1 };
	const struct range4 overlap[2] = { { NET, NET + 50 }, { NET + 50, NET + 60 } };

	(void)state;
	assert_int_equal(lease_pick(t, other, 0, nobody, NULL), 0);
	assert_int_equal(lease_pick(t, part, 0, nobody, NULL), 0);
	assert_int_equal(lease_table_ranges(t, overlap, 2), -EINVAL);
	assert_int_equal(pick(0), range.lo);	/* as it was */
	put(NET + 105, 1, LEASE_BOUND, 1000);	/* a reservation outside */
	assert_non_null(lease_by_addr(t, NET + 105));
	assert_int_equal(lease_table_ranges(t, &other, 1), 0);
	assert_int_equal(pick(0), 0);
	for (uint32_t a = other.lo; a <= other.hi; a++)
		if (a != NET + 105) {
			assert_int_equal(lease_pick(t, other, 0, nobody, NULL), a);
			put(a, a, LEASE_BOUND, 2000);
		}
	assert_int_equal(lease_pick(t, other, 1500, nobody, NULL), NET + 105);
}

static void
test_reaches_the_last_address_there_is(void **state)
{
	struct range4 r = { UINT32_MAX - 1, UINT32_MAX };

	(void)state;
	assert_int_equal(lease_table_ranges(t, &r, 1), 0);
	for (int i = 0; i < 2; i++) {
		uint32_t a = lease_pick(t, r, 0, nobody, NULL);

		assert_true(a >= r.lo);
		put(a, a, LEASE_BOUND, 100);
	}
	assert_int_equal(lease_pick(t, r, 0, nobody, NULL), 0);
}

/* Against a plain array: whatever is done, the answers are the same. */
static void
test_agrees_with_a_simple_model(void **state)
{
	const struct range4 two[2] = { { NET + 200, NET + 207 }, { NET + 32, NET + 47 } };
	struct { bool used; struct lease l; } model[256] = { 0 };
	unsigned seed = 1;

	(void)state;
	assert_int_equal(lease_table_ranges(t, two, 2), 0);
	for (unsigned i = 0; i < 20000; i++) {
		uint32_t r = (seed = seed * 1103515245u + 12345u) >> 8;
		int64_t now = i;

		if (r % 3 != 0) {
			uint32_t a = (r >> 3) % 256;
			struct lease l = lease_of(NET + a, (r >> 11) % 16,
			    (r >> 15) % 5, now + (r >> 7) % 500 - 100);

			l.start = now;
			assert_int_equal(lease_put(t, &l), 0);
			model[a].used = true;
			model[a].l = l;
		} else {
			struct range4 in = two[r >> 5 & 1];
			uint32_t a = lease_pick(t, in, now, nobody, NULL);
			bool fresh_left = false, free_left = false;

			for (uint32_t k = in.lo - NET; k <= in.hi - NET; k++) {
				const struct lease *l = &model[k].l;

				fresh_left |= !model[k].used;
				free_left |= l->expiry <= now ||
				    l->state == LEASE_FREE || l->state == LEASE_RELEASED;
			}
			assert_int_equal(a != 0, fresh_left || free_left);
			if (a == 0)
				continue;
			assert_true(a >= in.lo && a <= in.hi);
			assert_int_equal(model[a - NET].used, !fresh_left);
			if (model[a - NET].used)
				assert_true(model[a - NET].l.expiry <= now ||
				    model[a - NET].l.state == LEASE_FREE ||
				    model[a - NET].l.state == LEASE_RELEASED);
		}
		if (i % 500 == 0)
			assert_int_equal(lease_table_ranges(t, two, 2), 0);
	}
	for (uint32_t k = 0; k < 256; k++) {
		const struct lease *l = lease_by_addr(t, NET + k);

		assert_int_equal(l != NULL, model[k].used);
		if (l != NULL)
			assert_int_equal(l->expiry, model[k].l.expiry);
	}
}

static void
count(void *arg, const struct lease *l)
{
	(void)l;
	++*(size_t *)arg;
}

/* Pools of 65,536: each pick at constant cost, full or empty. */
static void
test_a_large_pool(void **state)
{
	const struct range4 big = { NET + 0x10000, NET + 0x1ffff };
	size_t n = 0;

	(void)state;
	assert_int_equal(lease_table_ranges(t, &big, 1), 0);
	for (uint32_t i = 0; i < 65536; i++) {
		uint32_t a = lease_pick(t, big, 0, nobody, NULL);

		assert_int_equal(a, big.lo + i);
		put(a, i, LEASE_BOUND, 1000 + i);
	}
	lease_each(t, count, &n);
	assert_int_equal(n, 65536);
	for (uint32_t i = 0; i < 65536; i++) {
		assert_int_equal(lease_pick(t, big, 100000, nobody, NULL), big.lo + i);
		put(big.lo + i, 65536 + i, LEASE_BOUND, 200000 + i);
		assert_int_equal(lease_pick(t, big, 999, nobody, NULL), 0);
	}
	assert_int_equal(lease_by_client(t, mac_of(65536 + 77), big.lo, big.hi)->addr, big.lo + 77);
}

/* Records ----------------------------------------------------------------- */

static struct lease
full_lease(void)
{
	struct lease l = lease_of(NET + 40, 7, LEASE_BOUND, LEASE_FOREVER);

	l.start = -1;
	l.cid_len = sizeof(l.cid);
	memset(l.cid, 0xa5, sizeof(l.cid));
	memset(l.hostname, 'h', sizeof(l.hostname) - 1);
	return l;
}

static void
test_a_record_reads_back(void **state)
{
	struct lease in[2] = { full_lease(), lease_of(NET + 1, 2, LEASE_DECLINED, 77) };
	uint8_t buf[LEASE_RECORD_MAX];
	struct lease out;
	size_t len, used;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		len = lease_encode(&in[i], buf);
		assert_true(len <= sizeof(buf));
		memset(&out, 0x5a, sizeof(out));
		assert_int_equal(lease_decode(buf, len, &out, &used), 0);
		assert_int_equal(used, len);
		assert_int_equal(out.addr, in[i].addr);
		assert_int_equal(out.state, in[i].state);
		assert_true(mac_equal(out.mac, in[i].mac));
		assert_int_equal(out.start, in[i].start);
		assert_int_equal(out.expiry, in[i].expiry);
		assert_int_equal(out.cid_len, in[i].cid_len);
		assert_memory_equal(out.cid, in[i].cid, sizeof(out.cid));
		assert_string_equal(out.hostname, in[i].hostname);
	}
}

/* Whoever wrote it: sums and differences of its times are still numbers. */
static void
test_times_that_cannot_be_reckoned_with_are_refused(void **state)
{
	static const struct { int64_t start, expiry; int want; } c[] = {
		{ INT64_MIN, 100, -EBADMSG }, { INT64_MAX, LEASE_FOREVER, -EBADMSG },
		{ 100, INT64_MIN, -EBADMSG }, { 100, INT64_MAX - 1, -EBADMSG },
		{ 100, LEASE_FOREVER, 0 }, { 4102444800, 4294967295 * 2, 0 },	/* beyond 2106 */
	};
	uint8_t buf[LEASE_RECORD_MAX];
	struct lease out;
	size_t used;

	(void)state;
	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		struct lease l = lease_of(NET + 1, 1, LEASE_BOUND, c[i].expiry);

		l.start = c[i].start;
		assert_int_equal(lease_decode(buf, lease_encode(&l, buf), &out, &used), c[i].want);
	}
}

/* The format is on disk: it must not change by accident. */
static void
test_a_record_is_these_bytes(void **state)
{
	static const uint8_t want[] = {
		0, 0, 0, 37, 0xc8, 0x47, 0xf6, 0xa5,	/* length, CRC32C */
		2, LEASE_BOUND,
		10, 0, 0, 40,
		2, 0, 0, 0, 0, 7,
		0, 0, 0, 0, 0, 0, 0, 100,
		0, 0, 0, 0, 0x65, 0x53, 0xf1, 0x00,
		1, 0xff,
		2, 'p', 'c',
		3, 1, 1, 'x',
	};
	struct lease l = lease_of(NET + 40, 7, LEASE_BOUND, 0x6553f100);
	uint8_t buf[LEASE_RECORD_MAX];

	(void)state;
	l.cid_len = 1;
	l.cid[0] = 0xff;
	memcpy(l.hostname, "pc", 3);
	l.agent_len = 3;
	memcpy(l.agent, "\1\1x", 3);
	assert_int_equal(lease_encode(&l, buf), sizeof(want));
	assert_memory_equal(buf, want, sizeof(want));
}

/* As versions wrote it that knew no relay information. */
static void
test_an_old_record_is_read(void **state)
{
	static const uint8_t old[] = {
		0, 0, 0, 33, 0x98, 0x34, 0x47, 0xb3,
		1, LEASE_BOUND,
		10, 0, 0, 40,
		2, 0, 0, 0, 0, 7,
		0, 0, 0, 0, 0, 0, 0, 100,
		0, 0, 0, 0, 0x65, 0x53, 0xf1, 0x00,
		1, 0xff,
		2, 'p', 'c',
	};
	struct lease l;
	size_t used;

	(void)state;
	memset(&l, 0x5a, sizeof(l));
	assert_int_equal(lease_decode(old, sizeof(old), &l, &used), 0);
	assert_string_equal(l.hostname, "pc");
	assert_int_equal(l.agent_len, 0);
}

static void
put_cid(unsigned k, const char *cid, enum lease_state state, int64_t expiry)
{
	struct lease l = lease_of(NET + k, k, state, expiry);

	lease_set_cid(&l, (const uint8_t *)cid, strlen(cid));
	assert_int_equal(lease_put(t, &l), 0);
}

static uint32_t
by_cid(const char *cid)
{
	const struct lease *l = lease_by_cid(t, (const uint8_t *)cid, strlen(cid),
	    NET, NET + 255);

	return l != NULL ? l->addr - NET : 0;
}

static void
test_leases_are_found_by_client_identifier(void **state)
{
	char name[20];

	(void)state;
	for (unsigned k = 1; k < 250; k++) {
		snprintf(name, sizeof(name), "client %u", k);
		put_cid(k, name, LEASE_BOUND, 100);
	}
	assert_int_equal(by_cid("client 77"), 77);
	assert_int_equal(by_cid("client 777"), 0);
	put_cid(77, "client 78", LEASE_RELEASED, 100);	/* the address changes hands */
	assert_int_equal(by_cid("client 77"), 0);
	assert_int_equal(by_cid("client 78"), 78);
	put_cid(78, "client 78", LEASE_DECLINED, 100);
	assert_int_equal(by_cid("client 78"), 77);
}

static void
test_a_host_name_that_could_not_be_read_back_is_cleaned(void **state)
{
	struct lease l = full_lease(), out;
	uint8_t buf[LEASE_RECORD_MAX];
	size_t used;

	(void)state;
	memcpy(l.hostname, "a\x1b\xff", 4);
	assert_int_equal(lease_decode(buf, lease_encode(&l, buf), &out, &used), 0);
	assert_string_equal(out.hostname, "a??");
}

static void
test_every_truncation_is_cut_short(void **state)
{
	struct lease l = full_lease(), out;
	uint8_t buf[LEASE_RECORD_MAX];
	size_t len = lease_encode(&l, buf), used;

	(void)state;
	for (size_t n = 0; n < len; n++) {
		uint8_t *exact = malloc(n + !n);

		memcpy(exact, buf, n);
		assert_int_equal(lease_decode(exact, n, &out, &used), -EAGAIN);
		free(exact);
	}
}

static void
test_every_flipped_bit_is_noticed(void **state)
{
	struct lease l = full_lease(), out;
	uint8_t buf[LEASE_RECORD_MAX + 64] = { 0 };
	size_t len = lease_encode(&l, buf), used;

	(void)state;
	for (size_t bit = 0; bit < len * 8; bit++) {
		buf[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_true(lease_decode(buf, sizeof(buf), &out, &used) < 0);
		buf[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	assert_int_equal(lease_decode(buf, sizeof(buf), &out, &used), 0);
}

static void
test_zeroes_are_no_record(void **state)
{
	uint8_t buf[LEASE_RECORD_MAX] = { 0 };
	struct lease out;
	size_t used;

	(void)state;
	assert_int_equal(lease_decode(buf, sizeof(buf), &out, &used), -EBADMSG);
}

int
main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, fresh, drop)
	const struct CMUnitTest tests[] = {
		T(test_finds_by_address_and_client),
		T(test_a_client_is_found_by_its_bound_lease_first),
		T(test_a_declined_address_is_not_its_clients),
		T(test_picks_never_leased_addresses_in_order),
		T(test_then_the_one_that_expired_first),
		T(test_released_addresses_are_free_at_once),
		T(test_a_declined_address_rests_until_its_time),
		T(test_never_gives_reserved_addresses),
		T(test_knows_only_its_ranges),
		T(test_reaches_the_last_address_there_is),
		T(test_agrees_with_a_simple_model),
		T(test_a_large_pool),
		cmocka_unit_test(test_a_record_reads_back),
		cmocka_unit_test(test_times_that_cannot_be_reckoned_with_are_refused),
		cmocka_unit_test(test_a_record_is_these_bytes),
		cmocka_unit_test(test_an_old_record_is_read),
		T(test_leases_are_found_by_client_identifier),
		cmocka_unit_test(test_a_host_name_that_could_not_be_read_back_is_cleaned),
		cmocka_unit_test(test_every_truncation_is_cut_short),
		cmocka_unit_test(test_every_flipped_bit_is_noticed),
		cmocka_unit_test(test_zeroes_are_no_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
