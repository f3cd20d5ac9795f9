/* test_store.c - what was committed is there after a restart, as it was. */
#include "store_world.h"

static struct store_op *
op_text(enum store_kind kind, const char *text)
{
	struct store_op *op = op_new(kind);

	op->len = strlen(text);
	op->data = malloc(op->len + 1);
	memcpy(op->data, text, op->len);	/* no NUL behind it */
	return op;
}

#define INST_TEXT \
	"inst 1 kind=0 web1 debian bookworm token=00000000000000000000000000000001 claim=%s" \
	" created=1700000000 steps=9 os=1 boot/pxeboot boot/loader.efi a=b programs=bios=x uefi-x64=y/z options=bytes plan={\"steps\":[]} mtime=1699999999\n" \
	" 0 etc/empty 600 0 \n 1 etc/link 777 13 ../provd/init\n 0 provd/init 755 15 #!/bin/sh\necho\n\n 2 var/x 1777 0 \n"

static void
test_a_new_store_is_empty_and_has_a_key(void **state)
{
	uint8_t key[16], zero[16] = { 0 };

	(void)state;
	assert_loaded("%s", "");
	memcpy(key, store_key(store), 16);
	assert_memory_not_equal(key, zero, 16);
	assert_int_equal(store_next_inst(store), 1);
	assert_int_equal(store_next_inst(store), 2);
	reopen();
	assert_memory_equal(store_key(store), key, 16);
	assert_int_equal(store_waiting(store), 0);
}

static void
test_a_second_provd_is_refused(void **state)
{
	struct store *second = NULL;
	char why[200];

	(void)state;
	assert_int_equal(store_open(dir, &load, NULL, &second, why), -EWOULDBLOCK);
	assert_null(second);
	assert_non_null(strstr(why, dir));
	assert_non_null(strstr(why, "in use by another provd"));
	reopen();	/* the first one's end unlocks it */
}

static void
test_hosts_come_back_as_they_were(void **state)
{
	(void)state;
	assert_int_equal(settle(op_host("web2", HS_ARMED)), 0);
	assert_int_equal(settle(op_host("web1", HS_ARMED)), 0);
	assert_int_equal(settle(op_host("web1", HS_FAILED)), 0);
	reopen();
	assert_loaded("host web1 failed inst=3 other=4/2/1/2 attempts=2 retry=1 since=1700000000 "
	    "reason=it's \"broken\" step=newfs 5/9 boot=1700000001 xid=deadbeef\n"
	    "host web2 armed inst=3 other=4/2/1/2 attempts=2 retry=1 since=1700000000 "
	    "reason=it's \"broken\" step=newfs 5/9 boot=1700000001 xid=deadbeef\n");
}

static void
test_every_state_is_stored(void **state)
{
	char name[16];

	(void)state;
	for (unsigned s = 0; s < HS__COUNT; s++) {
		snprintf(name, sizeof(name), "h%u", s);
		assert_int_equal(settle(op_host(name, s)), 0);
	}
	reopen();
	for (unsigned s = 0; s < HS__COUNT; s++) {
		snprintf(name, sizeof(name), "h%u %s ", s, host_state_name(s));
		assert_non_null(strstr(loaded, name));
	}
}

static void
test_an_installation_comes_back_byte_for_byte(void **state)
{
	struct store_op *op = op_inst(1);
	char want[2048];

	(void)state;
	op->host = host_of("web1", HS_ARMED);
	assert_int_equal(settle(op), 0);
	reopen();
	assert_non_null(strstr(loaded, "host web1 armed"));
	snprintf(want, sizeof(want), INST_TEXT, "");
	assert_string_equal(strstr(loaded, "inst 1"), want);
	assert_int_equal(store_next_inst(store), 2);
}

static void
test_an_ended_installation_is_gone_but_its_number_is_not_used_again(void **state)
{
	struct store_op *op;

	(void)state;
	assert_int_equal(settle(op_inst(1)), 0);
	op = op_text(STORE_LOG, "text");
	op->inst_id = 1;
	assert_int_equal(settle(op), 0);
	op = op_new(STORE_REPORT);
	op->inst_id = 1;
	snprintf(op->name, sizeof(op->name), "1-a-b");
	assert_int_equal(settle(op), 0);
	op = op_new(STORE_INST_END);
	op->inst_id = 1;
	assert_int_equal(settle(op), 0);
	reopen();
	assert_loaded("%s", "");
	assert_int_equal(store_next_inst(store), 2);
}

static void
test_a_claim_is_part_of_its_installation(void **state)
{
	struct store_op *op;
	static const char *const claims[] = { "claim-7", "claim-" };

	(void)state;
	assert_int_equal(settle(op_inst(1)), 0);
	for (size_t i = 0; i < 2; i++) {
		op = op_new(STORE_REPORT);
		op->inst_id = 1;
		op->host = host_of("web1", HS_INSTALLING);
		snprintf(op->name, sizeof(op->name), "%s", claims[i]);
		assert_int_equal(settle(op), 0);
		reopen();
		assert_non_null(strstr(loaded, "host web1 installing"));
		assert_non_null(strstr(loaded, i == 0 ? "claim=7 " : "claim= "));
		assert_null(strstr(loaded, "report"));
	}
}

static void
test_reports_come_back_in_the_order_of_their_numbers(void **state)
{
	static const char *const names[] = { "10-grub-done", "2-mkfs-begin-a%20b", "1-disk-begin" };

	(void)state;
	for (size_t twice = 0; twice < 2; twice++)	/* again: the same report */
		for (size_t i = 0; i < 3; i++) {
			struct store_op *op = op_new(STORE_REPORT);

			op->inst_id = 1;
			op->time = 100 + (int64_t)i;
			snprintf(op->name, sizeof(op->name), "%s", names[i]);
			assert_int_equal(settle(op), 0);
		}
	reopen();
	assert_loaded("report 1 1-disk-begin 102\nreport 1 2-mkfs-begin-a%%20b 101\n"
	    "report 1 10-grub-done 100\n");
}

/* A log is written at offsets, out of order and more than once (NFS). */
static void
test_a_log_keeps_every_byte_where_it_was_written(void **state)
{
	static const struct { uint64_t off; size_t len; } w[] = {
		{ 0, 10 }, { 10, 5000 }, { 4090, 12 }, { 20000, 3 }, { 10, 5000 }, { 2, 1 },
	};
	uint8_t model[20003] = { 0 }, sum;
	size_t chunk[3] = { 0, 1, 4 }, len[3] = { 4096, 914, 3619 };
	char want[200] = "";

	(void)state;
	for (size_t i = 0; i < sizeof(w) / sizeof(w[0]); i++) {
		struct store_op *op = op_new(STORE_LOG);

		op->inst_id = 9;
		op->off = w[i].off;
		op->len = w[i].len;
		op->data = malloc(w[i].len);
		for (size_t k = 0; k < w[i].len; k++)
			model[w[i].off + k] = op->data[k] = (uint8_t)(i * 7 + k + 1);
		assert_int_equal(settle(op), 0);
	}
	for (size_t i = 0; i < 3; i++) {
		sum = 0;
		for (size_t k = 0; k < len[i]; k++)
			sum = (uint8_t)(sum * 31 + model[chunk[i] * 4096 + k]);
		snprintf(want + strlen(want), sizeof(want) - strlen(want),
		    "log 9 %zu %zu %02x\n", chunk[i] * 4096, len[i], sum);
	}
	reopen();
	assert_loaded("%s", want);
}

static void
test_events_are_bounded_for_each_host(void **state)
{
	char text[32];

	(void)state;
	for (int i = 0; i < 250; i++) {
		struct store_op *op;

		snprintf(text, sizeof(text), "line %d", i);
		op = op_text(STORE_EVENT, text);
		op->time = i;
		op->ev_kind = 5;
		op->ev_severity = 2;
		snprintf(op->ev_host, sizeof(op->ev_host), "%s", i == 0 ? "other" : "web1");
		store_submit(store, op);
	}
	assert_int_equal(settle(op_new(STORE_BARRIER)), 0);
	reopen();
	assert_non_null(strstr(loaded, "event other 0 5/2 line 0\n"));
	assert_null(strstr(loaded, "event web1 49 "));
	assert_non_null(strstr(loaded, "event web1 50 5/2 line 50\nevent web1 51 5/2 line 51\n"));
	assert_non_null(strstr(loaded, "event web1 249 5/2 line 249\n"));
}

static void
test_facts_are_replaced(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct store_op *op = op_text(STORE_FACTS, i ? "disk sda" : "disk sdb");

		op->time = i;
		snprintf(op->name, sizeof(op->name), "web1");
		assert_int_equal(settle(op), 0);
	}
	reopen();
	assert_loaded("facts web1 1 disk sda\n");
}

/* A newer text takes the place of the old; an empty one of none. */
static void
test_texts_are_kept_under_their_keys(void **state)
{
	static const struct { enum store_keep kind; const char *key, *text; } t[] = {
		{ KEEP_SEEN, "web1", "a" }, { KEEP_COURSE, "web1", "b" },
		{ KEEP_SEEN, "web1", "c" }, { KEEP_STRANGER, "x", "d" },
		{ KEEP_STRANGER, "x", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct store_op *op = op_text(STORE_KEEP, t[i].text);

		op->keep = t[i].kind;
		op->time = (int64_t)i;
		snprintf(op->name, sizeof(op->name), "%s", t[i].key);
		assert_int_equal(settle(op), 0);
	}
	reopen();
	assert_loaded("kept 2 web1 1 b\nkept 1 web1 2 c\n");
}

static void
test_leases_and_records_are_committed_together(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 100; i++) {
		store_submit(store, op_lease(i + 1, i));
		store_submit(store, op_host("web1", HS_READY));
	}
	assert_int_equal(settle(op_new(STORE_BARRIER)), 0);
	assert_int_equal(store_waiting(store), 0);
	reopen();
	assert_non_null(strstr(loaded, "lease 100 2 99\n"));
}

static void
test_closing_commits_what_waits(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 50; i++)
		store_submit(store, op_lease(i + 1, i));
	store_submit(store, op_host("web1", HS_READY));
	reopen();
	assert_non_null(strstr(loaded, "lease 50 2 49\n"));
	assert_non_null(strstr(loaded, "host web1 ready"));
}

int
main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, fresh, drop)
	const struct CMUnitTest tests[] = {
		T(test_a_new_store_is_empty_and_has_a_key),
		T(test_a_second_provd_is_refused),
		T(test_hosts_come_back_as_they_were),
		T(test_every_state_is_stored),
		T(test_an_installation_comes_back_byte_for_byte),
		T(test_an_ended_installation_is_gone_but_its_number_is_not_used_again),
		T(test_a_claim_is_part_of_its_installation),
		T(test_reports_come_back_in_the_order_of_their_numbers),
		T(test_a_log_keeps_every_byte_where_it_was_written),
		T(test_events_are_bounded_for_each_host),
		T(test_facts_are_replaced),
		T(test_texts_are_kept_under_their_keys),
		T(test_leases_and_records_are_committed_together),
		T(test_closing_commits_what_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
