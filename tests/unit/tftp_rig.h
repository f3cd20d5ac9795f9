/* tftp_rig.h - the TFTP service of one worker, over loopback, for tests.
 *
 * The client is a plain socket in the same thread: it sends, lets the loop
 * run, and looks at what has come.  So every step is the test's own.
 * Include it once, after cmocka.h.
 */
#ifndef TESTS_TFTP_RIG_H
#define TESTS_TFTP_RIG_H

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <event2/thread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "../../lib/clock.h"
#include "../../lib/log.h"
#include "../../lib/os.h"
#include "../../tftpd/tftp_msg.h"
#include "fake_tftp_tree.h"

#define LOOPBACK	0x7f000001u
#define BIG		200000u

struct rig {
	struct config	cfg;
	struct snapshot	snap;
	struct worker	w;
	void		*svc;
	uint8_t		data[BIG];
	uint16_t	port;
};

struct client {
	struct rig	*r;
	int		 fd;
	struct os_dgram	 to;		/* the server, or the transfer */
	uint8_t		 buf[2048];
	struct tftp_msg	 got;
};

static char lines[16384];

static void
sink(int prio, const char *line)
{
	size_t n = strlen(lines);

	(void)prio;
	(void)snprintf(lines + n, sizeof(lines) - n, "%s\n", line);
}

/* A port that is free now; the service wants a number. */
static uint16_t
free_port(void)
{
	const struct os_udp_opt opt = { 0 };
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);
	int fd;

	assert_int_equal(os_udp(0, 0, &opt, &fd), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	(void)close(fd);
	return ntohs(sin.sin_port);
}

static int
setup_rig(void **state, bool single_port)
{
	struct rig *r = calloc(1, sizeof(*r));
	char why[200];

	assert_non_null(r);
	memset(fake_file, 0, sizeof(fake_file));
	fake_n_event = 0;
	fake_opens = fake_reads = 0;
	lines[0] = '\0';
	log_set_sink(sink);
	log_set_level(LOG_DEBUG);
	r->port = free_port();
	r->cfg.top.tftp = (struct cfg_tftp){
		.enabled = true, .port = r->port, .max_blksize = 1468,
		.single_port = single_port,
		.timeout_ms = 60000, .retries = 2, .max_transfers = 10,
	};
	r->snap.cfg = &r->cfg;
	r->w.snap = &r->snap;
	for (size_t i = 0; i < BIG; i++)
		r->data[i] = (uint8_t)(i * 7 + i / 256);
	fake_file[0] = (struct fake_file){ .name = "warm", .data = r->data,
	    .size = BIG };
	fake_file[1] = (struct fake_file){ .name = "cold", .data = r->data,
	    .size = BIG, .cold = true };
	fake_file[2] = (struct fake_file){ .name = "small", .data = r->data,
	    .size = 100 };
	fake_file[3] = (struct fake_file){ .name = "shrunk", .data = r->data,
	    .size = 50000, .promised = 100000 };
	fake_file[4] = (struct fake_file){ .name = "cold small",
	    .data = r->data, .size = 100, .cold = true };
	r->w.base = event_base_new();
	assert_non_null(r->w.base);
	assert_int_equal(mbox_new(r->w.base, 100, &r->w.mbox), 0);
	assert_int_equal(pool_new(2, 4, &r->w.pool), 0);
	assert_int_equal(tftpd_service.open(&r->cfg, 0, &r->svc, why), 0);
	assert_int_equal(tftpd_service.start(r->svc, &r->w), 0);
	*state = r;
	return 0;
}

static int
setup(void **state)
{
	return setup_rig(state, false);
}

static void
stop(struct rig *r)
{
	if (r->svc != NULL)
		tftpd_service.stop(r->svc);
	r->svc = NULL;
}

static int
teardown(void **state)
{
	struct rig *r = *state;

	fake_stall = false;
	stop(r);
	pool_free(r->w.pool);
	mbox_free(r->w.mbox);
	event_base_free(r->w.base);
	free(r);
	/* Nothing is left open, whatever happened. */
	return fake_open != 0 || fake_refs != 0;
}

/* Retransmissions after 25, 50, 100, 200 ms, the end after 400 more.  The others
 * see none but quick ones. */
static void
impatient(void **state)
{
	struct rig *r = *state;

	r->cfg.top.tftp.timeout_ms = 100;
}

static void
client_open(struct rig *r, struct client *c)
{
	const struct os_udp_opt opt = { 0 };

	*c = (struct client){ .r = r, .to = { .peer = LOOPBACK,
	    .peer_port = r->port, .local = LOOPBACK } };
	assert_int_equal(os_udp(LOOPBACK, 0, &opt, &c->fd), 0);
}

static void
say(struct client *c, const void *pkt, size_t len)
{
	assert_int_equal(os_send(c->fd, pkt, len, &c->to), 0);
}

static void
rrq_window(struct client *c, const char *file, uint16_t blksize,
    uint16_t window)
{
	const struct tftp_msg m = { .op = TFTP_RRQ, .file = file,
	    .opt = { .has = (blksize ? TFTP_HAS_BLKSIZE : 0) |
	    (window ? TFTP_HAS_WINDOWSIZE : 0),
	    .blksize = blksize, .windowsize = window } };
	uint8_t buf[600];
	size_t len;

	c->to.peer_port = c->r->port;
	assert_int_equal(tftp_msg_build(&m, buf, sizeof(buf), &len), 0);
	say(c, buf, len);
}

static void
rrq(struct client *c, const char *file, uint16_t blksize)
{
	rrq_window(c, file, blksize, 0);
}

static void
ack(struct client *c, unsigned block)
{
	const uint8_t pkt[4] = { 0, 4, (uint8_t)(block >> 8), (uint8_t)block };

	say(c, pkt, 4);
}

/* Let the server work for up to `ms`; true as soon as something came. */
static bool
hear(struct client *c, int ms)
{
	int64_t end = clock_ms() + ms;
	const struct timespec nap = { .tv_nsec = 300000 };
	struct os_dgram from;
	ssize_t n;

	do {
		assert_true(event_base_loop(c->r->w.base, EVLOOP_NONBLOCK) >= 0);
		n = os_recv(c->fd, c->buf, sizeof(c->buf), &from);
		if (n >= 0) {
			assert_int_equal(tftp_msg_parse(c->buf, (size_t)n,
			    &c->got), 0);
			assert_int_equal(from.peer, c->to.peer);
			c->to.peer_port = from.peer_port;
			return true;
		}
		(void)nanosleep(&nap, NULL);
	} while (clock_ms() < end);
	return false;
}

static void
expect(struct client *c, uint16_t op, unsigned block)
{
	/* A machine that is slow sees quick repetitions. */
	do
		assert_true(hear(c, 3000));
	while (op == TFTP_DATA && c->got.op == TFTP_DATA && c->got.block < block);
	assert_int_equal(c->got.op, op);
	assert_int_equal(op == TFTP_ERROR ? c->got.code : c->got.block, block);
}

/* Read to the end from block `b`, which has come already. */
static void
finish(struct client *c, unsigned b, size_t size, size_t blksize)
{
	for (;; b++) {
		size_t at = (b - 1) * blksize;

		assert_int_equal(c->got.block, b);
		assert_int_equal(c->got.data_len,
		    size - at < blksize ? size - at : blksize);
		assert_memory_equal(c->got.data, c->r->data + at,
		    c->got.data_len);
		ack(c, b);
		if (size - at < blksize)
			return;
		expect(c, TFTP_DATA, b + 1);
	}
}

static unsigned
events(enum event_kind kind)
{
	unsigned n = 0;

	for (size_t i = 0; i < fake_n_event; i++)
		n += fake_event[i].kind == kind;
	return n;
}

static void
idle(struct rig *r, int ms)
{
	struct client c = { .r = r, .fd = -1 };

	assert_false(hear(&c, ms));
}

#endif /* TESTS_TFTP_RIG_H */
