/* test_tftp_shared.c - the TFTP service of one worker, over loopback: what its
 * transfers share, files and, with tftp.single-port, the port. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/resource.h>

#include "tftp_rig.h"

static int
setup_single(void **state)
{
	return setup_rig(state, true);
}

static void
request_1000(struct client *c, const char *file)
{
	rrq(c, file, 1000);
	expect(c, TFTP_OACK, 0);
	ack(c, 0);
}

/* Files ------------------------------------------------------------------- */

/* 32 blocks of 1000 bytes are a piece: BIG has seven. */
#define PIECES	(BIG / 32000 + 1)

static void
test_a_file_is_opened_once_and_read_once_for_all(void **state)
{
	struct client c[10];

	for (int i = 0; i < 10; i++) {
		client_open(*state, &c[i]);
		request_1000(&c[i], "warm");
		expect(&c[i], TFTP_DATA, 1);
	}
	assert_int_equal(fake_opens, 1);
	for (unsigned b = 1; b <= BIG / 1000; b++)
		for (int i = 0; i < 10; i++) {
			assert_int_equal(c[i].got.block, b);
			assert_memory_equal(c[i].got.data,
			    c[i].r->data + (b - 1) * 1000, 1000);
			ack(&c[i], b);
			expect(&c[i], TFTP_DATA, b + 1);
		}
	for (int i = 0; i < 10; i++) {
		assert_int_equal(c[i].got.data_len, 0);
		ack(&c[i], BIG / 1000 + 1);
		close(c[i].fd);
	}
	idle(*state, 20);
	assert_int_equal(events(EV_TFTP_DONE), 10);
	/* fake_tftp_tree.h cuts each read short: two for a piece. */
	assert_in_range(fake_reads, PIECES, 12 * PIECES);
	assert_int_equal(fake_open, 0);
}

/* Who comes late reads what is still there, at a block size of its own. */
static void
test_block_sizes_do_not_mix(void **state)
{
	static const uint16_t size[] = { 512, 1000, 1428, 8 };
	struct client c[4];

	for (int i = 0; i < 4; i++) {
		client_open(*state, &c[i]);
		rrq(&c[i], "warm", size[i]);
		expect(&c[i], TFTP_OACK, 0);
		ack(&c[i], 0);
		expect(&c[i], TFTP_DATA, 1);
	}
	for (int i = 0; i < 3; i++) {
		finish(&c[i], 1, BIG, size[i]);
		close(c[i].fd);
	}
	assert_int_equal(fake_opens, 1);
	close(c[3].fd);
}

/* A transfer goes on with what it began; the next one gets what is there now. */
static void
test_a_changed_file_is_another_file(void **state)
{
	static uint8_t other[BIG];
	struct client old, new;

	memset(other, 'x', sizeof(other));
	client_open(*state, &old);
	client_open(*state, &new);
	request_1000(&old, "warm");
	expect(&old, TFTP_DATA, 1);
	fake_file[0].changed = 1;
	request_1000(&new, "warm");
	expect(&new, TFTP_DATA, 1);
	assert_int_equal(fake_opens, 2);
	assert_int_equal(fake_open, 2);
	finish(&old, 1, BIG, 1000);
	fake_file[0].data = other;	/* of what is read from now on */
	for (unsigned b = 1; b < 40; b++) {
		ack(&new, b);
		expect(&new, TFTP_DATA, b + 1);
	}
	assert_memory_equal(new.got.data, other, 1000);
	close(old.fd);
	close(new.fd);
}

/* Ten machines want what is on a slow disk: it is read once. */
static void
test_all_wait_for_one_read_of_the_disk(void **state)
{
	struct client c[10];
	int reads;

	for (int i = 0; i < 10; i++) {
		client_open(*state, &c[i]);
		rrq(&c[i], "cold small", 1000);
		expect(&c[i], TFTP_OACK, 0);
	}
	reads = fake_reads;
	fake_stall = true;
	for (int i = 0; i < 10; i++)
		ack(&c[i], 0);
	idle(c[0].r, 30);
	say(&c[4], "\0\5\0\0read aborted", 17);	/* has seen enough */
	idle(c[0].r, 10);
	fake_stall = false;
	for (int i = 0; i < 10; i++) {
		if (i == 4)
			continue;
		expect(&c[i], TFTP_DATA, 1);
		finish(&c[i], 1, 100, 1000);
	}
	idle(c[0].r, 20);
	assert_int_equal(fake_reads - reads, 1);
	assert_int_equal(fake_open, 0);
	for (int i = 0; i < 10; i++)
		close(c[i].fd);
}

static void
test_stopping_while_many_wait_for_one_read(void **state)
{
	struct client c[5];

	for (int i = 0; i < 5; i++) {
		client_open(*state, &c[i]);
		rrq(&c[i], "cold", 1000);
		expect(&c[i], TFTP_OACK, 0);
	}
	fake_stall = true;
	for (int i = 0; i < 5; i++)
		ack(&c[i], 0);
	idle(*state, 20);
	stop(*state);
	fake_stall = false;		/* teardown counts what is left */
	for (int i = 0; i < 5; i++)
		close(c[i].fd);
}

/* A piece that could not be had whole is nobody else's: all learn of it. */
static void
test_a_file_that_shrank_is_told_to_all(void **state)
{
	struct client c[2];

	for (int i = 0; i < 2; i++) {
		client_open(*state, &c[i]);
		request_1000(&c[i], "shrunk");
		for (unsigned b = 1; b <= 50; b++) {
			expect(&c[i], TFTP_DATA, b);
			assert_int_equal(c[i].got.data_len, 1000);
			ack(&c[i], b);
		}
		expect(&c[i], TFTP_ERROR, TFTP_EUNDEF);
		close(c[i].fd);
	}
	assert_int_equal(events(EV_TFTP_FAIL), 2);
	assert_int_equal(fake_open, 0);
}

/* Half old and half new would look whole. */
static void
test_a_file_that_is_written_to_is_not_sent_as_whole(void **state)
{
	struct client c;

	client_open(*state, &c);
	request_1000(&c, "warm");
	expect(&c, TFTP_DATA, 1);
	fake_file[0].stale = true;
	for (unsigned b = 1; b < 32; b++) {	/* one content until here */
		ack(&c, b);
		expect(&c, TFTP_DATA, b + 1);
	}
	ack(&c, 32);
	expect(&c, TFTP_ERROR, TFTP_EUNDEF);
	assert_non_null(strstr(c.got.text, "changed"));
	idle(*state, 20);
	assert_int_equal(fake_open, 0);
	close(c.fd);
}

static void
test_a_thousand_transfers_at_a_time(void **state)
{
	struct rig *r = *state;
	struct client *c = calloc(1000, sizeof(*c));
	struct rlimit lim;

	assert_non_null(c);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &lim), 0);
	if (lim.rlim_max < 2100) {
		free(c);
		skip();
	}
	lim.rlim_cur = lim.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &lim), 0);
	r->cfg.top.tftp.max_transfers = 1000;
	for (int i = 0; i < 1000; i++) {
		client_open(r, &c[i]);
		rrq_window(&c[i], i % 2 ? "warm" : "small", 1000, 4);
		expect(&c[i], TFTP_OACK, 0);
		ack(&c[i], 0);
		expect(&c[i], TFTP_DATA, 1);
	}
	assert_int_equal(fake_open, 2);
	for (int i = 0; i < 1000; i++) {
		if (i % 2 == 0) {
			finish(&c[i], 1, 100, 1000);
		} else {
			assert_memory_equal(c[i].got.data, r->data, 1000);
			for (unsigned b = 2; b <= 4; b++)
				expect(&c[i], TFTP_DATA, b);
			ack(&c[i], 4);
		}
	}
	for (int i = 0; i < 1000; i++)
		if (i % 2)
			for (unsigned b = 5; b <= 8; b++)
				expect(&c[i], TFTP_DATA, b);
	assert_int_equal(fake_refs, 500);
	for (int i = 0; i < 1000; i++)
		close(c[i].fd);
	free(c);
}

/* Not faster than it may, though the client is. */
static void
test_a_limit_of_bandwidth_holds_back(void **state)
{
	struct rig *r = *state;
	int64_t began = clock_ms();
	struct client c;

	impatient(state);
	assert_int_equal(pace_new(0, 8000000, &r->snap.pace), 0);
	client_open(r, &c);
	rrq_window(&c, "warm", 1000, 64);
	expect(&c, TFTP_OACK, 0);
	ack(&c, 0);
	for (unsigned b = 1; b <= 200; b++) {
		expect(&c, TFTP_DATA, b);
		assert_memory_equal(c.got.data, r->data + (b - 1) * 1000, 1000);
		if (b % 64 == 0)
			ack(&c, b);
	}
	/* A megabyte a second, and a burst before it. */
	assert_in_range(clock_ms() - began, 100, 2000);
	expect(&c, TFTP_DATA, 201);
	ack(&c, 201);
	idle(r, 20);
	assert_int_equal(events(EV_TFTP_DONE), 1);
	pace_unref(r->snap.pace);
	r->snap.pace = NULL;
	close(c.fd);
}

/* The port ------------------------------------------------------------------- */

/* tftp.single-port: the client's address and port tell transfers apart. */
static void
test_a_single_port_serves_several(void **state)
{
	struct client c[3];

	for (int i = 0; i < 3; i++) {
		client_open(*state, &c[i]);
		request_1000(&c[i], "warm");
		expect(&c[i], TFTP_DATA, 1);
		assert_int_equal(c[i].to.peer_port, c[i].r->port);
	}
	rrq(&c[1], "small", 0);			/* gives up the old one */
	expect(&c[1], TFTP_DATA, 1);
	finish(&c[1], 1, 100, 512);
	finish(&c[0], 1, BIG, 1000);
	finish(&c[2], 1, BIG, 1000);
	idle(*state, 20);
	assert_int_equal(events(EV_TFTP_DONE), 3);
	assert_int_equal(fake_open, 0);
	for (int i = 0; i < 3; i++)
		close(c[i].fd);
}

static void
test_a_single_port_sends_windows(void **state)
{
	struct client c;

	client_open(*state, &c);
	rrq_window(&c, "warm", 1000, 16);
	expect(&c, TFTP_OACK, 0);
	ack(&c, 0);
	for (unsigned b = 1; b <= 48; b++) {
		expect(&c, TFTP_DATA, b);
		assert_int_equal(c.got.data_len, 1000);
		assert_memory_equal(c.got.data, c.r->data + (b - 1) * 1000, 1000);
		if (b % 16 == 0)
			ack(&c, b);
	}
	close(c.fd);
}

/* RFC 1350 section 4 all the same: what belongs to no transfer is told so. */
static void
test_a_single_port_knows_strays(void **state)
{
	struct client c, stray;

	client_open(*state, &c);
	client_open(*state, &stray);
	request_1000(&c, "warm");
	expect(&c, TFTP_DATA, 1);
	ack(&stray, 1);
	expect(&stray, TFTP_ERROR, TFTP_EBADID);
	ack(&c, 0);				/* once more: ignored */
	assert_false(hear(&c, 5));
	finish(&c, 1, BIG, 1000);
	idle(*state, 20);
	ack(&c, 201);				/* it has ended */
	expect(&c, TFTP_ERROR, TFTP_EBADID);
	fake_stall = true;
	rrq(&c, "cold", 0);
	ack(&c, 1);				/* late, and the new one has not begun */
	assert_false(hear(&c, 20));
	fake_stall = false;
	expect(&c, TFTP_DATA, 1);
	say(&c, "\0\5\0\0No error: read aborted", 27);
	idle(*state, 20);
	assert_int_equal(fake_open, 0);
	close(c.fd);
	close(stray.fd);
}

static void
test_a_single_port_gives_up_who_is_silent(void **state)
{
	struct client c;
	unsigned n = 0;

	impatient(state);
	client_open(*state, &c);
	rrq(&c, "warm", 0);
	while (hear(&c, 1000))
		n++;
	assert_int_equal(n, 5);
	assert_int_equal(fake_open, 0);
	assert_int_equal(events(EV_TFTP_FAIL), 1);
	close(c.fd);
}

int
main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)
#define S(f)	cmocka_unit_test_setup_teardown(f, setup_single, teardown)
	const struct CMUnitTest tests[] = {
		T(test_a_file_is_opened_once_and_read_once_for_all),
		T(test_block_sizes_do_not_mix),
		T(test_a_changed_file_is_another_file),
		T(test_all_wait_for_one_read_of_the_disk),
		T(test_stopping_while_many_wait_for_one_read),
		T(test_a_file_that_shrank_is_told_to_all),
		T(test_a_file_that_is_written_to_is_not_sent_as_whole),
		T(test_a_thousand_transfers_at_a_time),
		T(test_a_limit_of_bandwidth_holds_back),
		S(test_a_single_port_serves_several),
		S(test_a_single_port_sends_windows),
		S(test_a_single_port_knows_strays),
		S(test_a_single_port_gives_up_who_is_silent),
	};

	(void)evthread_use_pthreads();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
