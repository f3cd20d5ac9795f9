/* test_tftp_io.c - the TFTP service of one worker, over loopback: its transfers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tftp_rig.h"

static void
test_sends_a_file_and_tells_the_fleet(void **state)
{
	struct client c;

	client_open(*state, &c);
	rrq(&c, "warm", 1000);
	expect(&c, TFTP_OACK, 0);
	assert_int_not_equal(c.to.peer_port, c.r->port);
	assert_int_equal(events(EV_TFTP), 0);
	ack(&c, 0);
	expect(&c, TFTP_DATA, 1);
	finish(&c, 1, BIG, 1000);
	idle(c.r, 20);
	assert_int_equal(fake_event[0].kind, EV_TFTP);
	assert_int_equal(fake_event[0].total, BIG);
	assert_int_equal(fake_event[0].inst, 7);
	assert_int_equal(fake_event[0].addr, LOOPBACK);
	assert_string_equal(fake_event[0].text, "warm");
	assert_int_equal(events(EV_TFTP_DONE), 1);
	assert_int_equal(fake_event[fake_n_event - 1].done, BIG);
	assert_int_equal(fake_open, 0);
	assert_non_null(strstr(lines, "ev=tftp.done"));
	assert_non_null(strstr(lines, "bytes=200000"));
	close(c.fd);
}

/* Neither finding nor reading a file on a slow disk may hold up the others. */
static void
test_a_slow_disk_stops_only_its_own_transfer(void **state)
{
	struct client slow, quick;

	client_open(*state, &slow);
	client_open(*state, &quick);
	fake_stall = true;
	rrq(&slow, "cold", 0);
	assert_false(hear(&slow, 50));
	rrq(&slow, "cold", 0);		/* asked again meanwhile: still one */
	rrq(&quick, "small", 0);
	expect(&quick, TFTP_DATA, 1);
	finish(&quick, 1, 100, 512);
	fake_stall = false;
	expect(&slow, TFTP_DATA, 1);
	fake_stall = true;
	for (unsigned b = 1; b <= 10; b++) {	/* from what is in memory */
		ack(&slow, b);
		expect(&slow, TFTP_DATA, b + 1);
	}
	fake_stall = false;
	finish(&slow, 11, BIG, 512);
	idle(slow.r, 20);
	assert_int_equal(events(EV_TFTP_DONE), 2);
	assert_int_equal(events(EV_TFTP_FAIL), 0);
	close(slow.fd);
	close(quick.fd);
}

/* While the disk is waited for, time does not count against the client. */
static void
test_no_retransmission_while_the_disk_works(void **state)
{
	struct client c;

	impatient(state);
	client_open(*state, &c);
	rrq(&c, "cold", 1000);
	expect(&c, TFTP_OACK, 0);
	fake_stall = true;
	ack(&c, 0);
	assert_false(hear(&c, 1200));	/* longer than all retries */
	fake_stall = false;
	expect(&c, TFTP_DATA, 1);
	finish(&c, 1, BIG, 1000);
	idle(c.r, 20);
	assert_int_equal(events(EV_TFTP_DONE), 1);
	close(c.fd);
}

/* More wait for the disk than the pool takes: the others try again. */
static void
test_a_full_disk_queue_delays_but_does_not_fail(void **state)
{
	struct client c[9];

	impatient(state);
	for (int i = 0; i < 9; i++) {
		client_open(*state, &c[i]);
		rrq(&c[i], "cold small", 1000);
		expect(&c[i], TFTP_OACK, 0);
	}
	fake_stall = true;
	for (int i = 0; i < 9; i++)
		ack(&c[i], 0);
	/* Two are worked on, four queued; three try again, and that is not
	 * counted against their clients. */
	idle(c[0].r, 400);
	fake_stall = false;
	for (int i = 0; i < 9; i++) {
		expect(&c[i], TFTP_DATA, 1);
		finish(&c[i], 1, 100, 1000);
	}
	idle(c[0].r, 20);
	assert_int_equal(events(EV_TFTP_DONE), 9);
	for (int i = 0; i < 9; i++)
		close(c[i].fd);
}

/* What a disk thread is writing must not be sent, though it was the block that
 * a client lost. */
static void
test_nothing_is_sent_from_a_buffer_that_is_being_filled(void **state)
{
	struct client c;
	unsigned b;

	client_open(*state, &c);
	rrq_window(&c, "cold", 1000, 4);
	expect(&c, TFTP_OACK, 0);
	ack(&c, 0);
	for (b = 1; b <= 4; b++)
		expect(&c, TFTP_DATA, b);
	ack(&c, 2);
	for (b = 3; b <= 30; b++) {
		expect(&c, TFTP_DATA, b);
		fake_stall = b == 30;
		if (b % 4 == 2)
			ack(&c, b);
	}
	expect(&c, TFTP_DATA, 31);	/* the last two in memory */
	expect(&c, TFTP_DATA, 32);
	assert_false(hear(&c, 30));
	ack(&c, 31);
	assert_false(hear(&c, 30));
	fake_stall = false;
	for (b = 32; b <= 35; b++) {
		expect(&c, TFTP_DATA, b);
		assert_int_equal(c.got.data_len, 1000);
		assert_memory_equal(c.got.data, c.r->data + (b - 1) * 1000, 1000);
	}
	close(c.fd);
}

static void
test_stopping_leaves_the_disk_threads_to_finish(void **state)
{
	struct rig *r = *state;
	struct client c[3];

	for (int i = 0; i < 3; i++)
		client_open(r, &c[i]);
	rrq(&c[0], "cold", 1000);
	expect(&c[0], TFTP_OACK, 0);
	fake_stall = true;
	ack(&c[0], 0);			/* waits for a read */
	rrq(&c[1], "cold", 0);		/* waits for the file */
	rrq(&c[2], "warm", 0);
	expect(&c[2], TFTP_DATA, 1);
	stop(r);
	fake_stall = false;		/* teardown counts what is left */
	for (int i = 0; i < 3; i++)
		close(c[i].fd);
}

static void
test_a_client_that_leaves_while_the_disk_works(void **state)
{
	struct client c;

	client_open(*state, &c);
	rrq(&c, "cold", 0);
	expect(&c, TFTP_DATA, 1);
	fake_stall = true;
	for (unsigned b = 1; b < 200 && fake_n_event < 3; b++) {
		ack(&c, b);
		if (!hear(&c, 50)) {	/* it needs the disk now */
			say(&c, "\0\5\0\0No error: read aborted", 27);
			idle(c.r, 20);
			break;
		}
	}
	assert_int_equal(events(EV_TFTP_DONE), 1);
	assert_int_equal(events(EV_TFTP_FAIL), 0);
	fake_stall = false;
	idle(c.r, 50);
	assert_int_equal(fake_open, 0);
	close(c.fd);
}

static void
test_a_missing_file_is_refused_from_the_port_that_was_asked(void **state)
{
	struct client c;

	client_open(*state, &c);
	rrq(&c, "no such", 0);
	expect(&c, TFTP_ERROR, TFTP_ENOTFOUND);
	assert_int_equal(c.to.peer_port, c.r->port);
	rrq(&c, "dir", 0);
	expect(&c, TFTP_ERROR, TFTP_EACCESS);
	assert_int_equal(events(EV_TFTP_FAIL), 2);
	assert_string_equal(fake_event[0].text, "no such: File not found");
	assert_int_equal(fake_event[0].cause, EC_NOT_FOUND);
	assert_int_equal(fake_event[1].cause, EC_DENIED);
	rrq(&c, "pxelinux.cfg/C0A80A20", 0);
	expect(&c, TFTP_ERROR, TFTP_ENOTFOUND);
	assert_int_equal(events(EV_TFTP_FAIL), 2);
	close(c.fd);
}

/* wrq: this server has nothing to be written to. */
static void
test_wrq(void **state)
{
	struct client c;

	client_open(*state, &c);
	say(&c, "\0\2warm\0octet", 13);
	expect(&c, TFTP_ERROR, TFTP_EACCESS);
	say(&c, "\0\1warm\0mail", 12);
	expect(&c, TFTP_ERROR, TFTP_EBADOP);
	close(c.fd);
}

/* wrong-tid: what is no request has no business on the well-known port (RFC
 * 1350 section 4); an ERROR is never answered. */
static void
test_strays(void **state)
{
	struct client c;

	client_open(*state, &c);
	ack(&c, 1);
	expect(&c, TFTP_ERROR, TFTP_EBADID);
	say(&c, "\0\3\0\1data", 8);
	expect(&c, TFTP_ERROR, TFTP_EBADID);
	say(&c, "\0\11xx", 4);
	expect(&c, TFTP_ERROR, TFTP_EBADOP);
	say(&c, "\0\1unfinished", 12);
	expect(&c, TFTP_ERROR, TFTP_EBADOP);
	say(&c, "\0\5\0\0", 5);
	say(&c, "", 0);
	say(&c, "x", 1);
	assert_false(hear(&c, 50));
	close(c.fd);
}

static void
test_a_repeated_request_starts_no_second_transfer(void **state)
{
	struct client c;
	uint16_t tid;

	client_open(*state, &c);
	rrq(&c, "warm", 1000);
	expect(&c, TFTP_OACK, 0);
	tid = c.to.peer_port;
	rrq(&c, "warm", 1000);
	expect(&c, TFTP_OACK, 0);
	assert_int_equal(c.to.peer_port, tid);
	ack(&c, 0);
	expect(&c, TFTP_DATA, 1);
	/* A copy that was late on the way disturbs nothing. */
	rrq(&c, "warm", 1000);
	assert_false(hear(&c, 30));
	assert_int_equal(fake_open, 1);
	c.to.peer_port = tid;
	finish(&c, 1, BIG, 1000);
	close(c.fd);
}

/* Firmware uses the same port for one file after the other, and after a
 * reset. */
static void
test_another_request_from_the_port_ends_the_old_transfer(void **state)
{
	struct client c;

	client_open(*state, &c);
	rrq(&c, "warm", 1000);
	expect(&c, TFTP_OACK, 0);
	ack(&c, 0);
	expect(&c, TFTP_DATA, 1);
	rrq(&c, "small", 0);
	expect(&c, TFTP_DATA, 1);
	assert_int_equal(fake_open, 1);
	finish(&c, 1, 100, 512);
	idle(c.r, 20);
	impatient(state);
	/* Reset in the middle of a file, and again the same one. */
	rrq(&c, "warm", 1000);
	expect(&c, TFTP_OACK, 0);
	ack(&c, 0);
	expect(&c, TFTP_DATA, 1);
	expect(&c, TFTP_DATA, 1);		/* a retransmission */
	for (int64_t end = clock_ms() + 120; clock_ms() < end;)
		(void)hear(&c, 5);
	rrq(&c, "warm", 1000);
	do
		assert_true(hear(&c, 3000));
	while (c.got.op == TFTP_DATA);
	assert_int_equal(c.got.op, TFTP_OACK);
	assert_int_equal(fake_open, 1);
	close(c.fd);
}

static void
test_lost_packets_come_again(void **state)
{
	struct client c;

	impatient(state);
	client_open(*state, &c);
	rrq(&c, "small", 0);
	for (int i = 0; i < 5; i++)	/* once, two quick ones, two retries */
		expect(&c, TFTP_DATA, 1);
	ack(&c, 1);
	assert_false(hear(&c, 500));
	assert_int_equal(events(EV_TFTP_DONE), 1);
	assert_non_null(strstr(lines, "resent=4"));
	close(c.fd);
}

/* zombies: nothing is kept for a client that does not answer. */
static void
test_zombies(void **state)
{
	struct client c;

	impatient(state);
	client_open(*state, &c);
	rrq(&c, "warm", 0);
	for (int i = 0; i < 5; i++)
		expect(&c, TFTP_DATA, 1);
	assert_false(hear(&c, 600));
	assert_int_equal(fake_open, 0);
	assert_int_equal(events(EV_TFTP_FAIL), 1);
	assert_string_equal(fake_event[0].text, "warm: no answer from the client");
	assert_int_equal(fake_event[0].cause, EC_LOST);
	assert_int_equal(fake_event[0].block, 512);
	close(c.fd);
}

/* A client that has closed its socket is known to be gone at once. */
static void
test_a_closed_port_ends_the_transfer(void **state)
{
	struct client c;

	client_open(*state, &c);
	rrq(&c, "warm", 0);
	expect(&c, TFTP_DATA, 1);
	ack(&c, 1);
	close(c.fd);
	idle(c.r, 150);
	assert_int_equal(fake_open, 0);
	assert_int_equal(events(EV_TFTP_FAIL), 1);
}

/* maxfiles: requests that nobody stands behind do not keep others out. */
static void
test_maxfiles(void **state)
{
	struct client c[10], late;

	for (int i = 0; i < 10; i++) {
		client_open(*state, &c[i]);
		rrq(&c[i], "warm", 1000);
		expect(&c[i], TFTP_OACK, 0);
		if (i != 3) {
			ack(&c[i], 0);
			expect(&c[i], TFTP_DATA, 1);
		}
	}
	client_open(*state, &late);
	rrq(&late, "small", 0);
	expect(&late, TFTP_DATA, 1);		/* in place of c[3] */
	ack(&c[3], 0);
	assert_false(hear(&c[3], 30));
	assert_int_equal(fake_refs, 10);
	assert_int_equal(fake_open, 2);
	close(c[3].fd);
	client_open(*state, &c[3]);
	rrq(&c[3], "small", 0);			/* in place of late */
	expect(&c[3], TFTP_DATA, 1);
	finish(&c[3], 1, 100, 512);
	idle(c[0].r, 20);
	client_open(*state, &c[3]);
	rrq(&c[3], "warm", 1000);
	expect(&c[3], TFTP_OACK, 0);
	ack(&c[3], 0);
	expect(&c[3], TFTP_DATA, 1);
	rrq(&late, "small", 0);			/* now all are in use */
	assert_false(hear(&late, 50));
	assert_non_null(strstr(lines, "ev=tftp.full"));
	for (int i = 0; i < 10; i++)
		close(c[i].fd);
	close(late.fd);
}

static void
test_a_file_that_shrank_is_not_sent_as_whole(void **state)
{
	struct client c;
	unsigned b = 1;

	client_open(*state, &c);
	rrq(&c, "shrunk", 1000);
	expect(&c, TFTP_OACK, 0);
	ack(&c, 0);
	for (; hear(&c, 3000) && c.got.op == TFTP_DATA; b++) {
		assert_int_equal(c.got.data_len, 1000);
		ack(&c, b);
	}
	assert_int_equal(b, 51);
	assert_int_equal(c.got.op, TFTP_ERROR);
	assert_non_null(strstr(c.got.text, "shorter"));
	assert_int_equal(events(EV_TFTP_FAIL), 1);
	assert_int_equal(fake_open, 0);
	close(c.fd);
}

static void
test_a_probe_leaves_no_trace_in_the_timeline(void **state)
{
	struct client c;

	client_open(*state, &c);
	rrq(&c, "warm", 1000);
	expect(&c, TFTP_OACK, 0);
	say(&c, "\0\5\0\10User aborted the transfer", 30);
	assert_false(hear(&c, 30));
	assert_int_equal(fake_n_event, 0);
	assert_int_equal(fake_open, 0);
	close(c.fd);
}

static void
test_progress_is_told_at_most_four_times_a_second(void **state)
{
	const struct timespec nap = { .tv_nsec = 20000000 };
	int64_t began = clock_ms();
	struct client c;

	client_open(*state, &c);
	rrq(&c, "warm", 0);
	for (unsigned b = 1; b <= 40; b++) {
		expect(&c, TFTP_DATA, b);
		(void)nanosleep(&nap, NULL);
		ack(&c, b);
	}
	idle(c.r, 10);
	assert_in_range(events(EV_PROGRESS), 2,
	    (uint64_t)(clock_ms() - began) / 250);
	assert_true(fake_event[2].done > fake_event[1].done);
	assert_int_equal(fake_event[1].total, BIG);
	close(c.fd);
}

static void
test_a_busy_port_is_named(void **state)
{
	struct rig *r = *state;
	char why[200];
	void *other;

	assert_int_equal(tftpd_service.open(&r->cfg, 0, &other, why),
	    -EADDRINUSE);
	assert_non_null(strstr(why, "another TFTP server"));
	/* Another worker of ours shares it. */
	assert_int_equal(tftpd_service.open(&r->cfg, 1, &other, why), 0);
	tftpd_service.stop(other);
}

int
main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_sends_a_file_and_tells_the_fleet),
		T(test_a_slow_disk_stops_only_its_own_transfer),
		T(test_no_retransmission_while_the_disk_works),
		T(test_a_full_disk_queue_delays_but_does_not_fail),
		T(test_nothing_is_sent_from_a_buffer_that_is_being_filled),
		T(test_stopping_leaves_the_disk_threads_to_finish),
		T(test_a_client_that_leaves_while_the_disk_works),
		T(test_a_missing_file_is_refused_from_the_port_that_was_asked),
		T(test_wrq),
		T(test_strays),
		T(test_a_repeated_request_starts_no_second_transfer),
		T(test_another_request_from_the_port_ends_the_old_transfer),
		T(test_lost_packets_come_again),
		T(test_zombies),
		T(test_a_closed_port_ends_the_transfer),
		T(test_maxfiles),
		T(test_a_file_that_shrank_is_not_sent_as_whole),
		T(test_a_probe_leaves_no_trace_in_the_timeline),
		T(test_progress_is_told_at_most_four_times_a_second),
		T(test_a_busy_port_is_named),
	};

	(void)evthread_use_pthreads();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
