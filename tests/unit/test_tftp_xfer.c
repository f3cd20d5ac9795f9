/* test_tftp_xfer.c - one read transfer (RFC 1350, 2347, 2348, 2349, 7440). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "../../tftpd/tftp_xfer.h"

static const struct tftp_limits limits = {
	.max_blksize = 1468, .timeout_ms = 1000, .retries = 6
};

/* A transfer, the file behind it, and what it sent last. */
struct rig {
	struct tftp_xfer  x;
	uint8_t		 *file;
	size_t		  size;
	size_t		  chunk;	/* bytes given for a TFTP_READ, if not more are wanted */
	struct tftp_piece piece;
	uint8_t		  buf[TFTP_PACKET_MAX];
	struct tftp_act	  act;		/* the last: WAIT, END, or READ */
	bool		  disk_busy;	/* a READ is not answered yet */
	unsigned	  sent;		/* datagrams in this step */
	unsigned	  reads;
	int64_t		  now;		/* ms */
	struct { uint16_t op, block; size_t len; uint8_t body[1500]; } pkt[80];
};

static void
note_sent(struct rig *r, const struct tftp_act *a)
{
	for (size_t at = 0; at < a->pkt_len; at += a->seg) {
		size_t n = a->pkt_len - at < a->seg ? a->pkt_len - at : a->seg;
		struct tftp_msg m;

		assert_true(r->sent < 80);
		assert_int_equal(tftp_msg_parse(a->pkt + at, n, &m), 0);
		r->pkt[r->sent].op = m.op;
		r->pkt[r->sent].block = m.op == TFTP_ERROR ? m.code : m.block;
		r->pkt[r->sent].len = m.op == TFTP_DATA ? m.data_len : n;
		assert_true(r->pkt[r->sent].len <= sizeof(r->pkt[0].body));
		memcpy(r->pkt[r->sent].body, m.op == TFTP_DATA ? m.data :
		    a->pkt + at, r->pkt[r->sent].len);
		r->sent++;
	}
}

/* Carry out what the machine says until it waits or ends. */
static void
step(struct rig *r)
{
	struct tftp_act a;
	size_t n;

	r->sent = 0;
	for (;;) {
		tftp_xfer_next(&r->x, &r->piece, r->buf, sizeof(r->buf),
		    r->now, &a);
		if (a.what == TFTP_SEND) {
			note_sent(r, &a);
		} else if (a.what == TFTP_READ && !r->disk_busy) {
			assert_true(a.off + a.len <= r->size);
			n = a.len > r->chunk ? a.len : r->chunk;
			if (n > r->size - a.off)
				n = r->size - a.off;
			r->piece = (struct tftp_piece){ r->file + a.off, a.off, n };
			r->reads++;
		} else {
			r->act = a;
			return;
		}
	}
}

static void
start(struct rig *r, size_t size, enum tftp_mode mode, struct tftp_opts opt)
{
	const struct tftp_msg rrq = {
		.op = TFTP_RRQ, .file = "f", .mode = mode, .opt = opt
	};

	*r = (struct rig){ .size = size, .chunk = 4096 };
	r->file = malloc(size ? size : 1);
	assert_non_null(r->file);
	for (size_t i = 0; i < size; i++)
		r->file[i] = (uint8_t)(i * 31 + i / 256);
	tftp_xfer_init(&r->x, &limits, &rrq, size);
	step(r);
}

static void
start_octet(struct rig *r, size_t size)
{
	start(r, size, TFTP_OCTET, (struct tftp_opts){ 0 });
}

static void
start_blksize(struct rig *r, size_t size, uint16_t blksize, uint16_t window)
{
	start(r, size, TFTP_OCTET, (struct tftp_opts){
	    .has = TFTP_HAS_BLKSIZE | (window ? TFTP_HAS_WINDOWSIZE : 0),
	    .blksize = blksize, .windowsize = window });
}

static int
ack(struct rig *r, unsigned block)
{
	const struct tftp_msg m = { .op = TFTP_ACK, .block = (uint16_t)block };
	int err = tftp_xfer_input(&r->x, &m, r->now);

	if (err == 0)
		step(r);
	return err;
}

static int
error(struct rig *r, uint16_t code, const char *text)
{
	const struct tftp_msg m = { .op = TFTP_ERROR, .code = code,
	    .text = text, .text_len = strlen(text) };
	int err = tftp_xfer_input(&r->x, &m, r->now);

	if (err == 0)
		step(r);
	return err;
}

static void
timeout(struct rig *r)
{
	tftp_xfer_timeout(&r->x);
	step(r);
}

/* Until the repetitions that count begin. */
static void
quick_ones(struct rig *r)
{
	for (int i = 0; r->act.timeout_ms < limits.timeout_ms; i++) {
		assert_true(i < 10);
		timeout(r);
	}
}

static void
sent_one(const struct rig *r, uint16_t op, unsigned block)
{
	assert_int_equal(r->sent, 1);
	assert_int_equal(r->pkt[0].op, op);
	assert_int_equal(r->pkt[0].block, block);
}

static void
sent_blocks(const struct rig *r, unsigned from, unsigned to)
{
	assert_int_equal(r->sent, to - from + 1);
	for (unsigned i = 0; i < r->sent; i++) {
		assert_int_equal(r->pkt[i].op, TFTP_DATA);
		assert_int_equal(r->pkt[i].block, from + i);
	}
}

static void
ended(struct rig *r, enum tftp_end how)
{
	assert_int_equal(r->act.what, TFTP_END);
	assert_int_equal(r->act.end, how);
	/* It stays so, whatever comes. */
	assert_int_equal(ack(r, 1), -EBADMSG);
	assert_int_equal(error(r, 0, ""), -EBADMSG);
	assert_int_equal(tftp_xfer_again(&r->x), -EBADMSG);
	timeout(r);
	assert_int_equal(r->act.what, TFTP_END);
	assert_int_equal(r->act.end, how);
	free(r->file);
}

/* lockstep: a server that answered with an OACK sends nothing before ACK 0
 * (RFC 2347), and no block before the one before it was acknowledged. */
static void
test_lockstep(void **state)
{
	struct rig r;

	(void)state;
	start_blksize(&r, 3000, 1024, 0);
	sent_one(&r, TFTP_OACK, 0);
	assert_int_equal(ack(&r, 1), -EBADMSG);
	assert_int_equal(ack(&r, 65535), -EBADMSG);
	assert_int_equal(ack(&r, 0), 0);
	sent_one(&r, TFTP_DATA, 1);
	assert_int_equal(ack(&r, 1), 0);
	sent_one(&r, TFTP_DATA, 2);
	assert_int_equal(r.pkt[0].len, 1024);
	assert_memory_equal(r.pkt[0].body, r.file + 1024, 1024);
	assert_int_equal(ack(&r, 2), 0);
	sent_one(&r, TFTP_DATA, 3);
	assert_int_equal(r.pkt[0].len, 3000 - 2048);
	assert_int_equal(ack(&r, 3), 0);
	assert_int_equal(r.sent, 0);
	assert_int_equal(tftp_xfer_done(&r.x), 3000);
	ended(&r, TFTP_END_DONE);
}

/* RFC 1350 section 6: a block of less than blksize bytes is the last. */
static void
test_every_size_ends_with_a_short_block(void **state)
{
	static const size_t size[] = { 0, 1, 511, 512, 513, 1024, 5120, 100000 };
	struct rig r;

	(void)state;
	for (size_t i = 0; i < sizeof(size) / sizeof(size[0]); i++) {
		size_t got = 0, last = size[i] / 512 + 1;

		start_octet(&r, size[i]);
		for (unsigned b = 1; b <= last; b++) {
			sent_one(&r, TFTP_DATA, b);
			assert_int_equal(r.pkt[0].len,
			    b < last ? 512 : size[i] % 512);
			assert_memory_equal(r.pkt[0].body, r.file + got,
			    r.pkt[0].len);
			got += r.pkt[0].len;
			assert_int_equal(ack(&r, b), 0);
		}
		assert_int_equal(got, size[i]);
		/* Not a read for every block. */
		assert_true(r.reads <= size[i] / 3584 + 1);
		ended(&r, TFTP_END_DONE);
	}
}

/* rollover: after block 65535 comes 0, then 1, twice around. */
static void
test_rollover(void **state)
{
	const uint64_t blocks = 2 * 65536 + 10;
	struct rig r;

	(void)state;
	start_blksize(&r, (size_t)blocks * 8 - 3, 8, 0);
	assert_int_equal(ack(&r, 0), 0);
	for (uint64_t b = 1; b <= blocks; b++) {
		sent_one(&r, TFTP_DATA, (uint16_t)b);
		assert_memory_equal(r.pkt[0].body, r.file + (b - 1) * 8,
		    r.pkt[0].len);
		assert_int_equal(ack(&r, (uint16_t)b), 0);
	}
	ended(&r, TFTP_END_DONE);
}

/* dupack: RFC 1123 section 4.2.3.1, the sorcerer's apprentice. */
static void
test_dupack(void **state)
{
	struct rig r;

	(void)state;
	start_octet(&r, 2000);
	assert_int_equal(ack(&r, 0), -EBADMSG);
	assert_int_equal(ack(&r, 1), 0);
	assert_int_equal(ack(&r, 1), -EBADMSG);
	assert_int_equal(ack(&r, 2), 0);
	sent_one(&r, TFTP_DATA, 3);
	assert_int_equal(ack(&r, 2), -EBADMSG);
	/* reordered: older ones, and such that were never sent. */
	assert_int_equal(ack(&r, 1), -EBADMSG);
	assert_int_equal(ack(&r, 0), -EBADMSG);
	assert_int_equal(ack(&r, 4), -EBADMSG);
	assert_int_equal(ack(&r, 32771), -EBADMSG);
	assert_int_equal(ack(&r, 3), 0);
	sent_one(&r, TFTP_DATA, 4);
	assert_int_equal(ack(&r, 4), 0);
	ended(&r, TFTP_END_DONE);
}

static void
test_a_duplicate_ack_0_does_not_send_block_1_again(void **state)
{
	struct rig r;

	(void)state;
	start_blksize(&r, 2000, 600, 0);
	assert_int_equal(ack(&r, 0), 0);
	assert_int_equal(ack(&r, 0), -EBADMSG);
	free(r.file);
}

static void
oack_is(const struct rig *r, const char *want, size_t len)
{
	sent_one(r, TFTP_OACK, 0);
	assert_int_equal(r->pkt[0].len, len);
	assert_memory_equal(r->pkt[0].body, want, len);
}

#define OACK_IS(r, lit)	oack_is((r), "\0\6" lit, sizeof("\0\6" lit))

/* oack: RFC 2347: only what was asked for is acknowledged. */
static void
test_oack(void **state)
{
	struct rig r;

	(void)state;
	start(&r, 665088, TFTP_OCTET, (struct tftp_opts){
	    .has = TFTP_HAS_BLKSIZE | TFTP_HAS_TSIZE | TFTP_HAS_WINDOWSIZE,
	    .blksize = 1468, .windowsize = 4 });
	OACK_IS(&r, "blksize\0" "1468\0tsize\0" "665088\0windowsize\0" "4");
	free(r.file);
	start(&r, 10, TFTP_OCTET, (struct tftp_opts){
	    .has = TFTP_HAS_TSIZE, .tsize = 999 });
	OACK_IS(&r, "tsize\0" "10");
	free(r.file);
	/* Without an option that can be used there is no OACK. */
	start_octet(&r, 10);
	sent_one(&r, TFTP_DATA, 1);
	free(r.file);
}

/* RFC 2348: the answer may be less than was asked, not more. */
static void
test_blksize_is_clamped(void **state)
{
	struct rig r;

	(void)state;
	start_blksize(&r, 10, 65464, 0);
	OACK_IS(&r, "blksize\0" "1468");
	free(r.file);
	start_blksize(&r, 10, 8, 0);
	OACK_IS(&r, "blksize\0" "8");
	free(r.file);
	start_blksize(&r, 10, 512, 65535);
	OACK_IS(&r, "blksize\0" "512\0windowsize\0" "64");
	free(r.file);
}

/* The length in netascii is not known before the file was sent. */
static void
test_no_tsize_in_netascii(void **state)
{
	struct rig r;

	(void)state;
	start(&r, 10, TFTP_NETASCII, (struct tftp_opts){
	    .has = TFTP_HAS_TSIZE });
	sent_one(&r, TFTP_DATA, 1);
	free(r.file);
	start(&r, 10, TFTP_NETASCII, (struct tftp_opts){
	    .has = TFTP_HAS_TSIZE | TFTP_HAS_BLKSIZE, .blksize = 600 });
	OACK_IS(&r, "blksize\0" "600");
	free(r.file);
}

/* lost-block: the same block again, with longer and longer waits: first as the
 * client's pace has it (RFC 1123 section 4.2.3.1: adaptive), then as configured. */
static void
test_lost_block(void **state)
{
	struct rig r;
	uint32_t ms;

	(void)state;
	start_octet(&r, 2000);
	assert_int_equal(ack(&r, 1), 0);
	for (ms = TFTP_WAIT_MIN_MS; ms < 1000; ms *= 2) {
		assert_int_equal(r.act.timeout_ms, ms);
		timeout(&r);
		sent_one(&r, TFTP_DATA, 2);
		assert_memory_equal(r.pkt[0].body, r.file + 512, 512);
	}
	assert_int_equal(r.act.timeout_ms, 1000);
	for (ms = 2000; ms <= 64000; ms *= 2) {
		timeout(&r);
		sent_one(&r, TFTP_DATA, 2);
		assert_int_equal(r.act.timeout_ms,
		    ms < TFTP_WAIT_MAX_MS ? ms : TFTP_WAIT_MAX_MS);
	}
	/* Progress: the next wait is still the longest quick one, for an ACK
	 * of what was sent twice tells no pace; the one after it is short. */
	assert_int_equal(ack(&r, 2), 0);
	sent_one(&r, TFTP_DATA, 3);
	assert_int_equal(r.act.timeout_ms, 1000);
	assert_int_equal(r.x.resent, 13);
	assert_int_equal(ack(&r, 3), 0);
	sent_one(&r, TFTP_DATA, 4);
	assert_int_equal(r.act.timeout_ms, TFTP_WAIT_MIN_MS);
	free(r.file);
}

/* RFC 6298 section 2: the wait follows the round trips, and their jitter. */
static void
test_the_wait_follows_the_clients_pace(void **state)
{
	struct rig r;

	(void)state;
	start_blksize(&r, 100000, 512, 0);
	assert_int_equal(r.act.timeout_ms, 1000 / TFTP_WAIT_FIRST);
	r.now += 40;
	assert_int_equal(ack(&r, 0), 0);
	assert_int_equal(r.act.timeout_ms, 40 + 4 * 20);
	for (unsigned b = 1; b < 30; b++) {
		r.now += 40;
		assert_int_equal(ack(&r, b), 0);
	}
	assert_int_equal(r.act.timeout_ms, 40 + TFTP_WAIT_MIN_MS);
	r.now += 140;			/* once late, and it is waited for longer */
	assert_int_equal(ack(&r, 30), 0);
	assert_in_range(r.act.timeout_ms, 140, 300);
	/* A clock that was set back is no pace. */
	r.now -= 5000;
	assert_int_equal(ack(&r, 31), 0);
	assert_in_range(r.act.timeout_ms, TFTP_WAIT_MIN_MS, 1000);
	free(r.file);
}

/* RFC 6298 section 3 (Karn): which of the two was answered cannot be told, and
 * the longer wait stays until it can. */
static void
test_what_was_sent_twice_tells_no_pace(void **state)
{
	struct rig r;

	(void)state;
	start_octet(&r, 100000);
	assert_int_equal(ack(&r, 1), 0);
	assert_int_equal(r.act.timeout_ms, 10);
	timeout(&r);
	timeout(&r);
	assert_int_equal(r.act.timeout_ms, 40);
	r.now += 500;
	assert_int_equal(ack(&r, 2), 0);
	assert_int_equal(r.act.timeout_ms, 40);
	r.now += 20;
	assert_int_equal(ack(&r, 3), 0);
	assert_in_range(r.act.timeout_ms, 20, 39);
	free(r.file);
	/* The same for the OACK. */
	start_blksize(&r, 100000, 512, 0);
	timeout(&r);
	r.now += 500;
	assert_int_equal(ack(&r, 0), 0);
	assert_int_equal(r.act.timeout_ms, 500);
	free(r.file);
}

/* lost-ack: the client says again what it has; only time sends again. */
static void
test_lost_ack(void **state)
{
	struct rig r;

	(void)state;
	start_octet(&r, 1000);
	assert_int_equal(ack(&r, 1), 0);
	timeout(&r);
	sent_one(&r, TFTP_DATA, 2);
	assert_int_equal(ack(&r, 1), -EBADMSG);
	assert_int_equal(ack(&r, 2), 0);
	ended(&r, TFTP_END_DONE);
}

/* zombies: a client that says no more is given up. */
static void
test_zombies(void **state)
{
	struct rig r;

	(void)state;
	start_blksize(&r, 2000, 600, 0);
	for (int i = 0; i < 2 + 3; i++) {	/* 250, 500, and three that count */
		timeout(&r);
		sent_one(&r, TFTP_OACK, 0);
	}
	timeout(&r);
	assert_int_equal(r.sent, 0);
	assert_string_equal(r.act.text, "no answer from the client");
	ended(&r, TFTP_END_LOST);

	start_octet(&r, 2000);
	assert_int_equal(ack(&r, 1), 0);
	quick_ones(&r);
	for (int i = 0; i < 7; i++)
		timeout(&r);
	assert_string_equal(r.act.text, "the client fell silent");
	ended(&r, TFTP_END_LOST);
}

/* The last ACK may never come: all was sent, so that is no failure. */
static void
test_the_last_ack_may_never_come(void **state)
{
	struct rig r;

	(void)state;
	start_octet(&r, 600);
	assert_int_equal(ack(&r, 1), 0);
	quick_ones(&r);
	for (int i = 0; i < 6; i++) {
		timeout(&r);
		sent_one(&r, TFTP_DATA, 2);
	}
	timeout(&r);
	ended(&r, TFTP_END_UNCONFIRMED);
}

static void
test_says_when_a_client_cannot_roll_over(void **state)
{
	struct rig r;

	(void)state;
	start_blksize(&r, 70000 * 8, 8, 0);
	assert_int_equal(ack(&r, 0), 0);
	for (unsigned b = 1; b <= 65535; b++)
		assert_int_equal(ack(&r, b), 0);
	quick_ones(&r);
	for (int i = 0; i < 7; i++)
		timeout(&r);
	assert_non_null(strstr(r.act.text, "roll over"));
	ended(&r, TFTP_END_LOST);
}

/* RFC 2349: the timeout that was agreed upon is kept. */
static void
test_timeout_option(void **state)
{
	struct rig r;

	(void)state;
	start(&r, 2000, TFTP_OCTET, (struct tftp_opts){
	    .has = TFTP_HAS_TIMEOUT, .timeout = 3 });
	OACK_IS(&r, "timeout\0" "3");
	assert_int_equal(r.act.timeout_ms, 3000);
	assert_int_equal(ack(&r, 0), 0);
	for (int i = 0; i < 6; i++) {
		assert_int_equal(r.act.timeout_ms, 3000);
		timeout(&r);
	}
	timeout(&r);
	ended(&r, TFTP_END_LOST);
}

/* edk2: RRQ with tsize, OACK, "User aborted the transfer". */
static void
test_a_probe_is_no_failure(void **state)
{
	struct rig r;

	(void)state;
	start(&r, 665088, TFTP_OCTET, (struct tftp_opts){
	    .has = TFTP_HAS_TSIZE });
	assert_int_equal(error(&r, TFTP_EOPTNEG, "User aborted the transfer"), 0);
	assert_int_equal(r.sent, 0);
	ended(&r, TFTP_END_PROBE);
	/* Options refused (RFC 2347), in other words. */
	start_blksize(&r, 10, 1468, 0);
	assert_int_equal(error(&r, TFTP_EOPTNEG, "blksize too large"), 0);
	ended(&r, TFTP_END_PROBE);
}

/* FreeBSD's loader seeks backwards by aborting. */
static void
test_an_abort_is_no_failure(void **state)
{
	struct rig r;

	(void)state;
	start_octet(&r, 2000);
	assert_int_equal(ack(&r, 1), 0);
	assert_int_equal(error(&r, 0, "No error: read aborted"), 0);
	assert_int_equal(tftp_xfer_done(&r.x), 512);
	ended(&r, TFTP_END_ABORTED);
}

static void
test_another_error_of_the_client_is_told(void **state)
{
	char big[300];
	struct rig r;

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	start_octet(&r, 2000);
	assert_int_equal(error(&r, TFTP_EFULL, big), 0);
	assert_int_equal(r.act.code, TFTP_EFULL);
	assert_int_equal(strlen(r.act.text), sizeof(r.x.text) - 1);
	ended(&r, TFTP_END_REFUSED);
}

static void
test_other_messages_are_ignored(void **state)
{
	struct rig r;

	(void)state;
	start_octet(&r, 2000);
	for (uint16_t op = 0; op < 9; op++) {
		const struct tftp_msg m = { .op = op, .block = 1, .file = "f",
		    .text = "" };

		if (op != TFTP_ACK && op != TFTP_ERROR)
			assert_int_equal(tftp_xfer_input(&r.x, &m, 0), -EBADMSG);
	}
	assert_int_equal(ack(&r, 1), 0);
	sent_one(&r, TFTP_DATA, 2);
	free(r.file);
}

/* A file that shrinks cannot be sent whole: the client must not take it for
 * whole. */
static void
test_a_failure_is_told_to_the_client(void **state)
{
	struct rig r;

	(void)state;
	start_octet(&r, 2000);
	tftp_xfer_fail(&r.x, TFTP_EUNDEF, "shorter");
	step(&r);
	sent_one(&r, TFTP_ERROR, TFTP_EUNDEF);
	assert_memory_equal(r.pkt[0].body, "\0\5\0\0shorter", 12);
	assert_string_equal(r.act.text, "shorter");
	ended(&r, TFTP_END_FAILED);
}

static void
test_a_closed_port_ends_it(void **state)
{
	struct rig r;

	(void)state;
	start_octet(&r, 2000);
	tftp_xfer_gone(&r.x);
	step(&r);
	assert_string_equal(r.act.text, "the client closed its port");
	ended(&r, TFTP_END_LOST);
	start_octet(&r, 20);
	tftp_xfer_gone(&r.x);
	step(&r);
	ended(&r, TFTP_END_UNCONFIRMED);
	start_blksize(&r, 20, 512, 0);
	tftp_xfer_gone(&r.x);
	step(&r);
	ended(&r, TFTP_END_PROBE);
}

/* The answer to the RRQ was lost, and the client asks again. */
static void
test_a_repeated_request_is_answered_until_heard(void **state)
{
	struct rig r;

	(void)state;
	start_blksize(&r, 2000, 600, 0);
	assert_int_equal(tftp_xfer_again(&r.x), 0);
	step(&r);
	sent_one(&r, TFTP_OACK, 0);
	assert_int_equal(ack(&r, 0), 0);
	assert_int_equal(tftp_xfer_again(&r.x), -EBADMSG);
	free(r.file);
	start_octet(&r, 2000);
	assert_int_equal(tftp_xfer_again(&r.x), 0);
	step(&r);
	sent_one(&r, TFTP_DATA, 1);
	assert_int_equal(ack(&r, 1), 0);
	assert_int_equal(tftp_xfer_again(&r.x), -EBADMSG);
	free(r.file);
}

/* What a client makes of netascii is the file, whatever the block size; a
 * lost block comes again with the same bytes. */
static void
test_netascii(void **state)
{
	static const char text[] = "one\ntwo\r\n\r\rthree\n\n\nfour\r";
	static const char wire[] =
	    "one\r\ntwo\r\0\r\n\r\0\r\0three\r\n\r\n\r\nfour\r";
	struct rig r;
	size_t got;

	(void)state;
	/* The last CR's NUL is the literal's own. */
	for (uint16_t blksize = 8; blksize < 40; blksize++) {
		start(&r, sizeof(text) - 1, TFTP_NETASCII, (struct tftp_opts){
		    .has = TFTP_HAS_BLKSIZE, .blksize = blksize });
		memcpy(r.file, text, r.size);
		r.chunk = 0;
		assert_int_equal(ack(&r, 0), 0);
		got = 0;
		for (unsigned b = 1; r.act.what == TFTP_WAIT; b++) {
			timeout(&r);
			sent_one(&r, TFTP_DATA, b);
			assert_true(got + r.pkt[0].len <= sizeof(wire));
			assert_memory_equal(r.pkt[0].body, wire + got,
			    r.pkt[0].len);
			got += r.pkt[0].len;
			assert_int_equal(ack(&r, b), 0);
		}
		assert_int_equal(got, sizeof(wire));
		ended(&r, TFTP_END_DONE);
	}
}

/* RFC 7440: a window is sent at once, and one ACK answers it. */
static void
test_window(void **state)
{
	struct rig r;

	(void)state;
	start_blksize(&r, 8 * 10, 8, 4);
	assert_int_equal(ack(&r, 0), 0);
	sent_blocks(&r, 1, 4);
	assert_int_equal(ack(&r, 4), 0);
	sent_blocks(&r, 5, 8);
	assert_int_equal(ack(&r, 8), 0);
	sent_blocks(&r, 9, 11);
	assert_int_equal(r.pkt[2].len, 0);
	assert_int_equal(ack(&r, 11), 0);
	ended(&r, TFTP_END_DONE);
}

/* RFC 7440 section 4: an ACK within the window names the last block that came
 * in order; sending goes on behind it. */
static void
test_window_goes_on_behind_a_lost_block(void **state)
{
	struct rig r;

	(void)state;
	start_blksize(&r, 8 * 20, 8, 4);
	assert_int_equal(ack(&r, 0), 0);
	assert_int_equal(ack(&r, 2), 0);
	sent_blocks(&r, 3, 6);
	assert_memory_equal(r.pkt[0].body, r.file + 16, 8);
	assert_int_equal(tftp_xfer_done(&r.x), 16);
	assert_int_equal(ack(&r, 6), 0);
	sent_blocks(&r, 7, 10);
	timeout(&r);
	sent_blocks(&r, 7, 10);
	free(r.file);
}

/* The first block of a window was lost: the client repeats its last ACK.  That
 * is believed once: a client says the same of blocks that it got twice, and
 * two windows would chase each other for ever (RFC 1123 section 4.2.3.1). */
static void
test_window_is_sent_again_for_one_duplicate_ack(void **state)
{
	struct rig r;

	(void)state;
	start_blksize(&r, 8 * 40, 8, 4);
	assert_int_equal(ack(&r, 0), 0);
	assert_int_equal(ack(&r, 4), 0);
	assert_int_equal(ack(&r, 4), 0);
	sent_blocks(&r, 5, 8);
	assert_int_equal(ack(&r, 4), -EBADMSG);
	assert_int_equal(ack(&r, 8), 0);
	sent_blocks(&r, 9, 12);
	assert_int_equal(ack(&r, 8), -EBADMSG);		/* 8 came twice */
	assert_int_equal(ack(&r, 3), -EBADMSG);
	assert_int_equal(ack(&r, 13), -EBADMSG);
	assert_int_equal(ack(&r, 12), 0);
	sent_blocks(&r, 13, 16);
	assert_int_equal(ack(&r, 12), 0);		/* 13 is lost */
	sent_blocks(&r, 13, 16);
	free(r.file);
}

/* A client that has room for two blocks of four: each time some are lost, and
 * it is not waited for longer and longer. */
static void
test_a_client_with_little_room_is_not_waited_for_longer(void **state)
{
	struct rig r;

	(void)state;
	start_blksize(&r, 8 * 100, 8, 4);
	assert_int_equal(ack(&r, 0), 0);
	for (unsigned b = 2; b < 90; b += 2) {
		sent_blocks(&r, b - 1, b + 2);
		assert_int_equal(r.act.timeout_ms, TFTP_WAIT_MIN_MS);
		timeout(&r);
		sent_blocks(&r, b - 1, b + 2);
		assert_int_equal(ack(&r, b), 0);
	}
	free(r.file);
}

/* A client that answers each block behind the lost one, and each that it has
 * already: what follows is sent once all the same. */
static void
test_a_talkative_client_gets_no_window_twice(void **state)
{
	struct rig r;

	(void)state;
	start_blksize(&r, 8 * 100, 8, 16);
	assert_int_equal(ack(&r, 0), 0);
	sent_blocks(&r, 1, 16);
	assert_int_equal(ack(&r, 2), 0);		/* 3 is lost: 4 to 16 come */
	sent_blocks(&r, 3, 18);
	for (int i = 5; i <= 16; i++)
		assert_int_equal(ack(&r, 2), -EBADMSG);
	assert_int_equal(ack(&r, 18), 0);
	sent_blocks(&r, 19, 34);
	timeout(&r);
	sent_blocks(&r, 19, 34);
	assert_int_equal(ack(&r, 34), 0);
	sent_blocks(&r, 35, 50);
	for (int i = 19; i <= 34; i++)			/* they came twice */
		assert_int_equal(ack(&r, 34), -EBADMSG);
	assert_int_equal(ack(&r, 50), 0);
	sent_blocks(&r, 51, 66);
	free(r.file);
}

/* In netascii a block's place in the file depends on those before it. */
static void
test_window_in_netascii_goes_on_behind_a_lost_block(void **state)
{
	uint8_t all[200];
	size_t len, used;
	struct netascii s = { 0 };
	struct rig r;

	(void)state;
	start(&r, 80, TFTP_NETASCII, (struct tftp_opts){
	    .has = TFTP_HAS_BLKSIZE | TFTP_HAS_WINDOWSIZE,
	    .blksize = 8, .windowsize = 4 });
	for (size_t i = 0; i < r.size; i++)
		r.file[i] = i % 3 == 0 ? '\n' : (uint8_t)('a' + i % 26);
	r.chunk = 0;
	len = netascii_encode(&s, r.file, r.size, all, sizeof(all), &used);
	assert_int_equal(ack(&r, 0), 0);
	sent_blocks(&r, 1, 4);
	assert_int_equal(ack(&r, 3), 0);
	sent_blocks(&r, 4, 7);
	assert_memory_equal(r.pkt[0].body, all + 24, 8);
	assert_int_equal(ack(&r, 4), 0);
	sent_blocks(&r, 5, 8);
	assert_int_equal(ack(&r, 4), -EBADMSG);
	for (unsigned i = 0; i < 4; i++)
		assert_memory_equal(r.pkt[i].body, all + 32 + 8 * i, 8);
	for (unsigned b = 8; r.act.what == TFTP_WAIT; b += 4)
		if (b * 8 > len)
			assert_int_equal(ack(&r, (unsigned)len / 8 + 1), 0);
		else
			assert_int_equal(ack(&r, b), 0);
	ended(&r, TFTP_END_DONE);
}

/* While the disk is waited for, nothing can be acknowledged that has not been
 * sent, and what comes late is not lost. */
static void
test_nothing_is_acknowledged_while_the_disk_works(void **state)
{
	struct rig r;

	(void)state;
	start_octet(&r, 9000);
	r.piece = (struct tftp_piece){ 0 };
	r.disk_busy = true;
	assert_int_equal(ack(&r, 1), 0);
	assert_int_equal(r.act.what, TFTP_READ);
	for (unsigned b = 0; b < 70; b++)
		assert_int_equal(ack(&r, b), -EBADMSG);
	r.disk_busy = false;
	step(&r);
	sent_one(&r, TFTP_DATA, 2);
	free(r.file);

	start(&r, 800, TFTP_NETASCII, (struct tftp_opts){
	    .has = TFTP_HAS_BLKSIZE | TFTP_HAS_WINDOWSIZE,
	    .blksize = 8, .windowsize = 4 });
	assert_int_equal(ack(&r, 0), 0);
	sent_blocks(&r, 1, 4);
	r.piece = (struct tftp_piece){ 0 };
	r.disk_busy = true;
	assert_int_equal(ack(&r, 2), 0);
	assert_int_equal(r.act.what, TFTP_READ);
	for (unsigned b = 0; b < 70; b++)
		assert_int_equal(ack(&r, b), -EBADMSG);
	r.disk_busy = false;
	step(&r);
	sent_blocks(&r, 3, 6);
	free(r.file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lockstep),
		cmocka_unit_test(test_every_size_ends_with_a_short_block),
		cmocka_unit_test(test_rollover),
		cmocka_unit_test(test_dupack),
		cmocka_unit_test(test_a_duplicate_ack_0_does_not_send_block_1_again),
		cmocka_unit_test(test_oack),
		cmocka_unit_test(test_blksize_is_clamped),
		cmocka_unit_test(test_no_tsize_in_netascii),
		cmocka_unit_test(test_lost_block),
		cmocka_unit_test(test_the_wait_follows_the_clients_pace),
		cmocka_unit_test(test_what_was_sent_twice_tells_no_pace),
		cmocka_unit_test(test_lost_ack),
		cmocka_unit_test(test_zombies),
		cmocka_unit_test(test_the_last_ack_may_never_come),
		cmocka_unit_test(test_says_when_a_client_cannot_roll_over),
		cmocka_unit_test(test_timeout_option),
		cmocka_unit_test(test_a_probe_is_no_failure),
		cmocka_unit_test(test_an_abort_is_no_failure),
		cmocka_unit_test(test_another_error_of_the_client_is_told),
		cmocka_unit_test(test_other_messages_are_ignored),
		cmocka_unit_test(test_a_failure_is_told_to_the_client),
		cmocka_unit_test(test_a_closed_port_ends_it),
		cmocka_unit_test(test_a_repeated_request_is_answered_until_heard),
		cmocka_unit_test(test_nothing_is_acknowledged_while_the_disk_works),
		cmocka_unit_test(test_netascii),
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_window_goes_on_behind_a_lost_block),
		cmocka_unit_test(test_window_is_sent_again_for_one_duplicate_ack),
		cmocka_unit_test(test_a_client_with_little_room_is_not_waited_for_longer),
		cmocka_unit_test(test_a_talkative_client_gets_no_window_twice),
		cmocka_unit_test(test_window_in_netascii_goes_on_behind_a_lost_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
