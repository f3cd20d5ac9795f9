/* The server on real sockets: calls that wait for a promise or for a disk,
 * and connections that go away meanwhile. */
#include <sys/socket.h>
#include <netinet/in.h>
#include <errno.h>
#include <poll.h>

#include <event2/event.h>

#include "../../fleet/service.h"
#include "nfs_client.h"

/* In place of the control thread: promises are kept until a test settles
 * them, events are counted. */
static struct promise *pending[16];
static unsigned n_pending, n_events[EV_NOTE + 1];
static bool port_full;

void
fleet_port_event(struct fleet_port *port, const struct event *ev)
{
	(void)port;
	n_events[ev->kind]++;
}

int
fleet_port_promise(struct fleet_port *port, struct promise *p)
{
	(void)port;
	if (port_full)
		return -ENOBUFS;
	assert_true(n_pending < 16);
	pending[n_pending++] = p;
	return 0;
}

static void
run_done(struct mbox_msg *m)
{
	struct promise *p = (struct promise *)(void *)m;

	p->done(p);
}

static void
settle(int result)
{
	struct promise *p;

	assert_true(n_pending > 0);
	p = pending[--n_pending];
	p->result = result;
	p->msg.run = run_done;
	assert_int_equal(mbox_post_always(p->reply, &p->msg), 0);
}

struct server {
	struct client	c;		/* for making calls */
	struct config	*cfg;
	struct worker	 w;
	void		*nfs;
	uint16_t	 port;
	struct fh	 root, inst_root, claim, report;
};

static void
turn(struct server *s)
{
	assert_true(event_base_loop(s->w.base, EVLOOP_NONBLOCK) >= 0);
}

/* Lets the server run until fd is readable; false: it is not, for long. */
static bool
readable(struct server *s, int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	for (int i = 0; i < ms; i++) {
		turn(s);
		if (poll(&p, 1, 1) == 1)
			return true;
	}
	return false;
}

static int
dial(struct server *s, int type)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_port = htons(s->port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, type, 0);

	assert_true(fd != -1);
	assert_int_equal(connect(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	return fd;
}

static void
send_tcp(struct server *s, int fd, uint32_t xid)
{
	uint8_t mark[4];
	struct wr w = wr_init(mark, 4);

	wr_be32(&w, 0x80000000u | (uint32_t)s->c.call.len);
	w = wr_init(s->c.req, 4);
	wr_be32(&w, xid);
	assert_int_equal(send(fd, mark, 4, 0), 4);
	assert_int_equal(send(fd, s->c.req, s->c.call.len, 0), s->c.call.len);
}

/* The next reply's xid; its body is in c.rep. */
static uint32_t
recv_tcp(struct server *s, int fd)
{
	uint8_t mark[4];
	struct rd r = rd_init(mark, 4);
	size_t len, n = 0;

	assert_true(readable(s, fd, 3000));
	assert_int_equal(recv(fd, mark, 4, MSG_WAITALL), 4);
	len = rd_be32(&r) & 0x7fffffff;
	assert_true(len <= sizeof(s->c.rep));
	while (n < len) {
		ssize_t k;

		turn(s);
		k = recv(fd, s->c.rep + n, len - n, MSG_DONTWAIT);
		assert_true(k > 0 || (k == -1 && errno == EAGAIN));
		n += k > 0 ? (size_t)k : 0;
	}
	s->c.rep_len = len;
	r = rd_init(s->c.rep, len);
	return rd_be32(&r);
}

static uint32_t
status_of(const struct server *s)
{
	struct rd r = rd_init(s->c.rep, s->c.rep_len);

	(void)rd_take(&r, 24);
	return rd_be32(&r);
}

static void
put_getattr(struct server *s)
{
	(void)cl_nfs(&s->c, 1, &s->inst_root);
}

static void
put_claim(struct server *s)
{
	struct wr *w = cl_nfs(&s->c, 6, &s->claim);

	put_u64(w, 0);
	wr_be32(w, 1024);
}

static void
put_report(struct server *s)
{
	put_str(cl_nfs(&s->c, 3, &s->report), "1-disk-done");
}

static int
start(struct server *s)
{
	char why[200] = "", text[256];
	int r = -1;

	for (s->port = 20049; s->port < 20149 && r < 0; s->port++) {
		(void)snprintf(text, sizeof(text), "interface: lo\n"
		    "nfs: { port: %u, portmap: off, max-connections: 8 }\n",
		    s->port);
		config_unref(s->cfg);
		assert_int_equal(config_load_mem("test", text, &s->cfg, NULL,
		    NULL), 0);
		r = nfs_service.open(s->cfg, 0, &s->nfs, why);
	}
	assert_int_equal(r, 0);
	s->port--;
	assert_non_null(s->w.base = event_base_new());
	assert_int_equal(mbox_new(s->w.base, 100, &s->w.mbox), 0);
	assert_int_equal(pool_new(1, 100, &s->w.pool), 0);
	s->w.snap = snapshot_ref(s->c.w->snap);
	return nfs_service.start(s->nfs, &s->w);
}

static int
setup(void **state)
{
	struct server *s = calloc(1, sizeof(*s));
	struct addr_owner known = { .host = "beta" };

	n_pending = 0;
	port_full = false;
	memset(n_events, 0, sizeof(n_events));
	s->c.w = calloc(1, sizeof(*s->c.w));
	s->c.cap = sizeof(s->c.rep);
	w_new(s->c.w);
	addrmap_put(s->c.w->snap->addrs, INADDR_LOOPBACK, &known);
	s->root = cl_root(&s->c);
	s->inst_root = cl_inst_root(&s->c);
	s->claim = cl_walk(&s->c, s->inst_root, ".provd/" W_TOKEN "/claim/3");
	s->report = cl_walk(&s->c, s->inst_root, ".provd/" W_TOKEN "/report");
	*state = s;
	return start(s);
}

/* As the daemon does it: the loop ends, then the disk threads, then what they
 * still brought. */
static int
teardown(void **state)
{
	struct server *s = *state;

	if (s->nfs != NULL)
		nfs_service.stop(s->nfs);
	pool_free(s->w.pool);
	while (n_pending > 0)
		settle(-ESHUTDOWN);
	mbox_free(s->w.mbox);
	snapshot_unref(s->w.snap);
	event_base_free(s->w.base);
	config_unref(s->cfg);
	w_free(s->c.w);
	free(s->c.w);
	free(s);
	return 0;
}

static void
test_a_claim_waits_and_others_do_not(void **state)
{
	struct server *s = *state;
	int fd = dial(s, SOCK_STREAM);

	put_claim(s);
	send_tcp(s, fd, 1);
	put_getattr(s);
	send_tcp(s, fd, 2);
	assert_int_equal(recv_tcp(s, fd), 2);
	assert_false(readable(s, fd, 20));
	assert_int_equal(n_pending, 1);
	settle(0);
	assert_int_equal(recv_tcp(s, fd), 1);
	assert_int_equal(status_of(s), 0);
	assert_memory_equal(s->c.rep + 24 + 104, "go\n", 3);
	(void)close(fd);
}

static void
test_a_report_over_udp(void **state)
{
	struct server *s = *state;
	int fd = dial(s, SOCK_DGRAM);

	put_report(s);
	assert_true(send(fd, s->c.req, s->c.call.len, 0) > 0);
	assert_false(readable(s, fd, 20));
	settle(0);
	assert_true(readable(s, fd, 3000));
	s->c.rep_len = (size_t)recv(fd, s->c.rep, sizeof(s->c.rep), 0);
	assert_int_equal(status_of(s), 0);
	/* not committed: silence, the client asks again */
	assert_true(send(fd, s->c.req, s->c.call.len, 0) > 0);
	assert_false(readable(s, fd, 20));
	settle(-EIO);
	assert_false(readable(s, fd, 20));
	(void)close(fd);
}

static void
test_the_control_thread_is_behind(void **state)
{
	struct server *s = *state;
	int tcp = dial(s, SOCK_STREAM), udp = dial(s, SOCK_DGRAM);

	port_full = true;
	put_report(s);
	send_tcp(s, tcp, 5);
	assert_int_equal(recv_tcp(s, tcp), 5);
	assert_int_equal(status_of(s), NFS3ERR_JUKEBOX);
	assert_true(send(udp, s->c.req, s->c.call.len, 0) > 0);
	assert_false(readable(s, udp, 20));
	(void)close(tcp);
	(void)close(udp);
}

/* The connection is gone when the promise is settled. */
static void
test_a_client_that_left(void **state)
{
	struct server *s = *state;
	int fd = dial(s, SOCK_STREAM);

	put_claim(s);
	send_tcp(s, fd, 1);
	while (n_pending == 0)
		turn(s);
	(void)close(fd);
	for (int i = 0; i < 20; i++)
		turn(s);
	settle(0);
	for (int i = 0; i < 20; i++)
		turn(s);
	fd = dial(s, SOCK_STREAM);
	put_getattr(s);
	send_tcp(s, fd, 2);
	assert_int_equal(recv_tcp(s, fd), 2);
	(void)close(fd);
}

/* teardown() settles what is pending after the service has stopped. */
static void
test_stopping_with_calls_under_way(void **state)
{
	struct server *s = *state;
	int fd = dial(s, SOCK_STREAM);

	for (uint32_t i = 0; i < 4; i++) {
		put_claim(s);
		send_tcp(s, fd, i);
	}
	while (n_pending < 4)
		turn(s);
	(void)close(fd);
}

/* A connection may have so many calls waiting, and no more are looked at. */
static void
test_waiting_calls_are_bounded(void **state)
{
	struct server *s = *state;
	int fd = dial(s, SOCK_STREAM);

	for (uint32_t i = 0; i < 40; i++) {
		put_claim(s);
		send_tcp(s, fd, i);
	}
	for (int i = 0; i < 100; i++)
		turn(s);
	assert_int_equal(n_pending, 16);
	for (uint32_t i = 0; i < 40; i++) {
		while (n_pending == 0)
			turn(s);
		settle(0);
		(void)recv_tcp(s, fd);
		assert_int_equal(status_of(s), 0);
	}
	assert_int_equal(n_pending, 0);
	(void)close(fd);
}

/* A file that is not in memory: answered by a disk thread, right all the same;
 * on a file system that keeps all in memory this is a plain READ. */
static void
test_files_from_the_disk(void **state)
{
	struct server *s = *state;
	int fd = dial(s, SOCK_STREAM), file;
	struct fh fh = cl_walk(&s->c, s->root, "boot/kernel");

	assert_true((file = open(w_path(s->c.w, "boot/kernel"), O_RDONLY)) != -1);
	(void)fsync(file);
	for (uint32_t i = 0; i < W_BIG / 65536; i++) {
		struct wr *w;

		(void)posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
		w = cl_nfs(&s->c, 6, &fh);
		put_u64(w, (uint64_t)i * 65536);
		wr_be32(w, 65536);
		send_tcp(s, fd, i);
		assert_int_equal(recv_tcp(s, fd), i);
		assert_int_equal(s->c.rep_len, 24 + 104 + 65536);
		for (size_t k = 0; k < 65536; k++)
			if (s->c.rep[128 + k] != w_byte(i * 65536 + k))
				fail_msg("byte %zu is wrong", i * 65536 + k);
	}
	assert_true(n_events[EV_PROGRESS] > 0);
	(void)close(file);
	(void)close(fd);
}

/* A disk that does not answer: the one disk thread waits until it is told. */
struct stall { struct pool_job job; int pipe[2]; };

static void
run_stall(struct pool_job *job)
{
	struct stall *x = (struct stall *)(void *)job;
	char c;

	assert_int_equal(read(x->pipe[0], &c, 1), 1);
}

static void
stall_done(struct mbox_msg *m)
{
	(void)m;
}

static void
put_read(struct server *s, const struct fh *fh, uint32_t count)
{
	struct wr *w = cl_nfs(&s->c, 6, fh);

	put_u64(w, 0);
	wr_be32(w, count);
}

static void
test_a_cold_read_does_not_hold_up_a_warm_one(void **state)
{
	struct server *s = *state;
	struct stall x = { .job = { .run = run_stall, .reply = s->w.mbox,
	    .msg.run = stall_done } };
	int fd = dial(s, SOCK_STREAM), file;
	struct fh cold = cl_walk(&s->c, s->root, "boot/kernel");
	struct fh warm = cl_walk(&s->c, s->root, "etc/rc");
	uint32_t first;

	put_read(s, &warm, 100);
	send_tcp(s, fd, 1);
	assert_int_equal(recv_tcp(s, fd), 1);
	assert_true((file = open(w_path(s->c.w, "boot/kernel"), O_RDONLY)) != -1);
	(void)fsync(file);
	(void)posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
	(void)close(file);
	assert_int_equal(pipe(x.pipe), 0);
	assert_int_equal(pool_submit(s->w.pool, &x.job), 0);
	put_read(s, &cold, 65536);
	send_tcp(s, fd, 2);
	put_read(s, &warm, 100);
	send_tcp(s, fd, 3);
	first = recv_tcp(s, fd);
	assert_int_equal(write(x.pipe[1], "", 1), 1);
	assert_int_equal(recv_tcp(s, fd), first == 2 ? 3 : 2);
	(void)close(fd);
	(void)close(x.pipe[0]);
	(void)close(x.pipe[1]);
	if (first == 2)
		skip();			/* the file system keeps all in memory */
}

/* A READ as large as RPC_SEG_MAX, and the bytes of its reply: how many. */
static size_t
read_large(struct server *s, int fd, const struct fh *fh, uint32_t off,
    uint8_t *ret, size_t cap)
{
	uint8_t head[4 + 24 + 104];
	struct rd r = rd_init(head, sizeof(head));
	size_t len, n = 0, want = sizeof(head);
	struct wr *w = cl_nfs(&s->c, 6, fh);

	put_u64(w, off);
	wr_be32(w, RPC_SEG_MAX);
	send_tcp(s, fd, off);
	assert_true(readable(s, fd, 3000));
	while (n < want) {
		ssize_t k;

		turn(s);
		k = n < sizeof(head) ?
		    recv(fd, head + n, sizeof(head) - n, MSG_DONTWAIT) :
		    recv(fd, ret + (n - sizeof(head)), want - n, MSG_DONTWAIT);
		assert_true(k > 0 || (k == -1 && errno == EAGAIN));
		n += k > 0 ? (size_t)k : 0;
		if (n == sizeof(head)) {
			want = 4 + (rd_be32(&r) & 0x7fffffff);
			assert_true(want - n <= cap);
		}
	}
	r = rd_init(head + sizeof(head) - 12, 12);
	len = rd_be32(&r);
	assert_int_equal(rd_be32(&r), off + len == W_BIG);
	assert_int_equal(rd_be32(&r), len);
	assert_int_equal(want, sizeof(head) + (len + 3) / 4 * 4);
	return len;
}

static void
check_large(const uint8_t *p, size_t off, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i] != w_byte(off + i))
			fail_msg("byte %zu is wrong", off + i);
}

/* More than a buffer holds: made resident by a disk thread first. */
static void
test_large_reads(void **state)
{
	static const uint32_t offs[] = { 0, 0, 1, 4095, 65536, 100001,
	    W_BIG - 32769, W_BIG - 3 };
	struct server *s = *state;
	int fd = dial(s, SOCK_STREAM);
	struct fh fh = cl_walk(&s->c, s->root, "boot/kernel");
	uint8_t *buf = malloc(W_BIG + 4);

	for (size_t i = 0; i < sizeof(offs) / sizeof(offs[0]); i++) {
		assert_int_equal(read_large(s, fd, &fh, offs[i], buf,
		    W_BIG + 4), W_BIG - offs[i]);
		check_large(buf, offs[i], W_BIG - offs[i]);
	}
	free(buf);
	(void)close(fd);
}

/* At once, also while the old one is open and known to be in memory. */
static void
test_a_file_that_is_replaced(void **state)
{
	struct server *s = *state;
	int fd = dial(s, SOCK_STREAM);
	struct fh fh = cl_walk(&s->c, s->root, "boot/kernel");
	uint8_t *buf = malloc(W_BIG + 4), *new = malloc(W_BIG);
	char to[512];

	for (int i = 0; i < 6; i++) {
		(void)read_large(s, fd, &fh, 0, buf, W_BIG + 4);
		memset(new, 'A' + i, W_BIG);
		w_file(s->c.w, "new", new, W_BIG, 0644);
		(void)snprintf(to, sizeof(to), "%s", w_path(s->c.w, "boot/kernel"));
		assert_int_equal(rename(w_path(s->c.w, "new"), to), 0);
		assert_int_equal(read_large(s, fd, &fh, 0, buf, W_BIG + 4), W_BIG);
		assert_memory_equal(buf, new, W_BIG);
	}
	free(buf);
	free(new);
	(void)close(fd);
}

/* The replies that wait promise bytes that are gone: whole replies come, and
 * then the end of the connection. */
static void
test_a_file_that_is_cut_while_replies_wait(void **state)
{
	struct server *s = *state;
	int fd = dial(s, SOCK_STREAM);
	struct fh fh = cl_walk(&s->c, s->root, "boot/kernel");
	uint8_t *buf = malloc(W_BIG + 4);
	ssize_t k = -1;
	struct wr *w;

	for (int i = 0; i < 3; i++)
		(void)read_large(s, fd, &fh, 0, buf, W_BIG + 4);
	w = cl_nfs(&s->c, 6, &fh);
	put_u64(w, 0);
	wr_be32(w, RPC_SEG_MAX);
	for (uint32_t i = 0; i < 100; i++)
		send_tcp(s, fd, i);
	for (int i = 0; i < 200; i++) {
		turn(s);
		(void)poll(NULL, 0, 1);
	}
	assert_int_equal(truncate(w_path(s->c.w, "boot/kernel"), 5), 0);
	for (int i = 0; i < 20000 && k != 0; i++) {
		turn(s);
		k = recv(fd, buf, W_BIG, MSG_DONTWAIT);
		if (k == -1 && errno == ECONNRESET)
			k = 0;
	}
	assert_int_equal(k, 0);
	(void)close(fd);
	fd = dial(s, SOCK_STREAM);
	put_getattr(s);
	send_tcp(s, fd, 2);
	assert_int_equal(recv_tcp(s, fd), 2);
	free(buf);
	(void)close(fd);
}

static unsigned
n_open(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < 1000; fd++)
		n += fcntl(fd, F_GETFD) != -1;
	return n;
}

/* Open files are closed when nobody reads them, with no call to remind of it. */
static void
test_open_files_are_closed_some_day(void **state)
{
	struct server *s = *state;
	int fd = dial(s, SOCK_STREAM);
	struct fh fh;
	unsigned before = n_open();
	uint8_t *buf = malloc(W_BIG + 4);

	fh = cl_walk(&s->c, s->root, "boot/kernel");
	(void)read_large(s, fd, &fh, 0, buf, W_BIG + 4);
	assert_int_equal(n_open(), before + 2);	/* the connection's, the file's */
	for (int i = 0; i < 500 && n_open() > before + 1; i++) {
		turn(s);
		(void)poll(NULL, 0, 10);
	}
	assert_int_equal(n_open(), before + 1);
	free(buf);
	(void)close(fd);
}

static void
test_the_root_is_told_once_a_connection(void **state)
{
	struct server *s = *state;

	for (unsigned i = 1; i <= 2; i++) {
		int fd = dial(s, SOCK_STREAM);

		for (uint32_t k = 0; k < 3; k++) {
			put_getattr(s);
			send_tcp(s, fd, k);
			assert_int_equal(recv_tcp(s, fd), k);
		}
		(void)close(fd);
		assert_int_equal(n_events[EV_ROOT], i);
	}
}

/* max-connections is 8 here: the one that was idle for longest goes. */
static void
test_the_limit_of_connections(void **state)
{
	struct server *s = *state;
	int fd[9];

	put_getattr(s);
	for (uint32_t i = 0; i < 8; i++) {
		fd[i] = dial(s, SOCK_STREAM);
		send_tcp(s, fd[i], i);
		assert_int_equal(recv_tcp(s, fd[i]), i);
	}
	send_tcp(s, fd[0], 100);
	assert_int_equal(recv_tcp(s, fd[0]), 100);
	fd[8] = dial(s, SOCK_STREAM);
	send_tcp(s, fd[8], 8);
	assert_int_equal(recv_tcp(s, fd[8]), 8);
	assert_true(readable(s, fd[1], 1000));
	assert_int_equal(recv(fd[1], s->c.rep, 1, 0), 0);	/* closed */
	send_tcp(s, fd[0], 101);
	assert_int_equal(recv_tcp(s, fd[0]), 101);
	for (int i = 0; i < 9; i++)
		(void)close(fd[i]);
}

static bool
works(struct server *s, int fd, uint32_t xid)
{
	send_tcp(s, fd, xid);
	return recv_tcp(s, fd) == xid;
}

/* Who has done something stays; silence, and calls that name nothing of ours,
 * take each other's place. */
static void
test_a_flood_of_silence(void **state)
{
	struct server *s = *state;
	int worker, idle[20], last;

	addrmap_drop(s->c.w->snap->addrs, INADDR_LOOPBACK, "beta");
	put_getattr(s);
	worker = dial(s, SOCK_STREAM);
	assert_true(works(s, worker, 1));
	(void)cl_nfs(&s->c, 0, &s->inst_root);		/* NULL: who could not? */
	for (int i = 0; i < 20; i++) {
		idle[i] = dial(s, SOCK_STREAM);
		if (i % 2)
			assert_true(works(s, idle[i], 2));
		turn(s);
	}
	put_getattr(s);
	assert_true(works(s, worker, 3));
	/* the oldest strangers went */
	assert_true(readable(s, idle[0], 1000) && readable(s, idle[12], 1000));
	assert_int_equal(recv(idle[12], s->c.rep, 1, 0), 0);
	assert_false(readable(s, idle[13], 5));
	for (int i = 0; i < 20; i++)
		(void)close(idle[i]);
	/* Those who have all done something make room for each other. */
	for (int i = 0; i < 8; i++) {
		idle[i] = dial(s, SOCK_STREAM);
		assert_true(works(s, idle[i], 4));
	}
	assert_true(readable(s, worker, 1000));
	assert_int_equal(recv(worker, s->c.rep, 1, 0), 0);
	last = dial(s, SOCK_STREAM);
	assert_true(works(s, last, 5));
	(void)close(last);
	(void)close(worker);
	for (int i = 0; i < 8; i++)
		(void)close(idle[i]);
}

/* A host's address is enough: it may be about to say its first word. */
static void
test_a_host_outlasts_a_flood(void **state)
{
	struct server *s = *state;
	struct addr_owner known = { .host = "beta" };
	int host = dial(s, SOCK_STREAM), idle[20];

	turn(s);
	addrmap_drop(s->c.w->snap->addrs, INADDR_LOOPBACK, "beta");
	for (int i = 0; i < 20; i++) {
		idle[i] = dial(s, SOCK_STREAM);
		turn(s);
	}
	put_getattr(s);
	assert_true(works(s, host, 1));
	addrmap_put(s->c.w->snap->addrs, INADDR_LOOPBACK, &known);
	(void)close(host);
	for (int i = 0; i < 20; i++)
		(void)close(idle[i]);
}

#define IO_TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IO_TEST(test_a_claim_waits_and_others_do_not),
		IO_TEST(test_a_report_over_udp),
		IO_TEST(test_the_control_thread_is_behind),
		IO_TEST(test_a_client_that_left),
		IO_TEST(test_stopping_with_calls_under_way),
		IO_TEST(test_waiting_calls_are_bounded),
		IO_TEST(test_files_from_the_disk),
		IO_TEST(test_a_cold_read_does_not_hold_up_a_warm_one),
		IO_TEST(test_large_reads),
		IO_TEST(test_a_file_that_is_replaced),
		IO_TEST(test_a_file_that_is_cut_while_replies_wait),
		IO_TEST(test_open_files_are_closed_some_day),
		IO_TEST(test_the_root_is_told_once_a_connection),
		IO_TEST(test_the_limit_of_connections),
		IO_TEST(test_a_flood_of_silence),
		IO_TEST(test_a_host_outlasts_a_flood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
