/* tftp.c - many TFTP clients that fetch a file, and look at every byte.
 *
 *	tftp [OPTION...] SERVER NAME ORIGINAL
 *
 *	-b BLKSIZE -w WINDOW	what is asked for (512, 1: without the option)
 *	-n CLIENTS -c FILES	at a time; each fetches so many, one after the other
 *	-l PERCENT -s SEED	datagrams lost, each way
 *	-d MICROSECONDS		that a request or an ACK takes to the server
 *	-r MILLISECONDS		until a client that hears nothing says its last again (1000)
 *	-t SECONDS		until it is given up (60)
 *	-p PORT -v
 *
 * The clients do as RFC 1350, 2347, 2348 and 7440 say: an ACK for each window,
 * for the last block, and one for what came last in order when a block is
 * missing.  Loss and delay are made here, so that they are the same for every
 * server.  Prints what came; exit 1 when a byte was wrong, or not all came. */
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>

#include "bench.h"

#define CLIENTS_MAX	4096u
#define BATCH		32u
#define STRIDE_MAX	(65464u + 192)
#define QUEUE		65536u		/* on the way to the server; a power of two */

struct client {
	int		 fd;
	bool		 connected, gap;
	unsigned	 files;		/* done */
	unsigned	 life;		/* of its socket */
	uint32_t	 blksize, window, unacked;
	uint64_t	 block;		/* the last in order */
	uint64_t	 said;		/* ns; when it last said something */
	uint8_t		 out[600];	/* and what */
	size_t		 len;
};

struct late { uint64_t when; struct client *c; unsigned life; uint16_t block; };

static struct client client[CLIENTS_MAX];
static struct late queue[QUEUE];
static size_t q_head, q_tail;
static struct sockaddr_in server;
static const char *name;
static const uint8_t *original;
static size_t size;
static unsigned n_client = 1, n_file = 1, ask_blksize = 512, ask_window = 1, busy;
static unsigned granted_blksize, granted_window;
static uint64_t delay, again_after = 1000000000u, rnd = 1;
static double loss;
static bool verbose;
static int ep;
static unsigned long n_data, n_lost, n_again, n_twice, n_wrong, n_ack;

static bool
lose(void)
{
	if (loss <= 0)
		return false;
	rnd ^= rnd << 13;
	rnd ^= rnd >> 7;
	rnd ^= rnd << 17;
	if ((double)(rnd >> 11) / 9007199254740992.0 >= loss)
		return false;
	n_lost++;
	return true;
}

static void
wrong(const struct client *c, const char *why)
{
	n_wrong++;
	if (verbose || n_wrong <= 3)
		warnx("client %ld, block %llu: %s", (long)(c - client),
		    (unsigned long long)c->block, why);
}

static void
emit(struct client *c)
{
	if (lose())
		return;
	if ((c->connected ? send(c->fd, c->out, c->len, 0) :
	    sendto(c->fd, c->out, c->len, 0, (struct sockaddr *)&server,
	    sizeof(server))) == -1 && errno != ECONNREFUSED && errno != EAGAIN)
		err(1, "send");
}

static void
begin(struct client *c)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = c };
	struct wr w = wr_init(c->out, sizeof(c->out));
	char num[16];
	int room = 1 << 22;

	if (c->fd != -1)
		close(c->fd);
	if ((c->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0)) == -1 ||
	    epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &ev) == -1)
		err(1, "socket");
	/* A window of the largest blocks is more than the usual room. */
	if (ask_blksize * ask_window > 100000 && setsockopt(c->fd, SOL_SOCKET,
	    SO_RCVBUFFORCE, &room, sizeof(room)) == -1)
		(void)setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	c->life++;
	c->connected = c->gap = false;
	c->block = c->unacked = 0;
	c->blksize = 512;
	c->window = 1;
	wr_be16(&w, 1);
	wr_bytes(&w, name, strlen(name) + 1);
	wr_bytes(&w, "octet", 6);
	if (ask_blksize != 512) {
		wr_bytes(&w, "blksize", 8);
		wr_bytes(&w, num, (size_t)snprintf(num, sizeof(num), "%u",
		    ask_blksize) + 1);
	}
	if (ask_window != 1) {
		wr_bytes(&w, "windowsize", 11);
		wr_bytes(&w, num, (size_t)snprintf(num, sizeof(num), "%u",
		    ask_window) + 1);
	}
	if (w.err)
		errx(2, "%s: too long", name);
	c->len = w.len;
	c->said = now_ns();
	emit(c);
}

static void
put_ack(struct client *c, uint16_t block)
{
	struct wr w = wr_init(c->out, sizeof(c->out));

	wr_be16(&w, 4);
	wr_be16(&w, block);
	c->len = w.len;
}

static void
ack(struct client *c)
{
	n_ack++;
	c->unacked = 0;
	put_ack(c, (uint16_t)c->block);
	if (delay == 0) {
		c->said = now_ns();
		emit(c);
		return;
	}
	c->said = now_ns();
	if (q_tail - q_head == QUEUE)
		errx(1, "too much is on the way");
	queue[q_tail++ % QUEUE] = (struct late){ c->said + delay, c, c->life,
	    (uint16_t)c->block };
}

static void
emit_late(uint64_t now)
{
	for (; q_head != q_tail && queue[q_head % QUEUE].when <= now; q_head++) {
		struct late *l = &queue[q_head % QUEUE];

		if (l->life != l->c->life)
			continue;
		put_ack(l->c, l->block);
		emit(l->c);
		put_ack(l->c, (uint16_t)l->c->block);
	}
}

static void
finish(struct client *c)
{
	if (delay > 0)
		emit(c);	/* what is late would find the socket closed */
	c->files++;
	if (c->files < n_file) {
		begin(c);
		return;
	}
	close(c->fd);
	c->fd = -1;
	c->life++;
	busy--;
}

static void
on_oack(struct client *c, struct rd *r)
{
	const char *opt, *value;

	if (c->block > 0)
		return;			/* again: DATA came already */
	while ((opt = rd_cstr(r)) != NULL && (value = rd_cstr(r)) != NULL) {
		unsigned long v = strtoul(value, NULL, 10);

		if (strcasecmp(opt, "blksize") == 0 && v >= 8 && v <= ask_blksize)
			c->blksize = (uint32_t)v;
		else if (strcasecmp(opt, "windowsize") == 0 && v >= 1 &&
		    v <= ask_window)
			c->window = (uint32_t)v;
		else
			wrong(c, "an option that nobody asked for");
	}
	ack(c);
}

static void
on_data(struct client *c, struct rd *r)
{
	uint16_t num = rd_be16(r);
	size_t len = rd_left(r), at = (size_t)c->block * c->blksize, want;
	const uint8_t *p = rd_take(r, len);

	n_data++;
	if (num != (uint16_t)(c->block + 1)) {
		uint16_t ahead = (uint16_t)(num - (uint16_t)c->block);

		if (ahead == 0)
			ack(c);			/* it was lost */
		if (ahead == 0 || ahead > c->window) {
			n_twice++;
		} else if (!c->gap) {
			c->gap = true;
			ack(c);			/* RFC 7440 section 4 */
		}
		return;
	}
	granted_blksize = c->blksize;
	granted_window = c->window;
	want = at > size ? 0 : size - at < c->blksize ? size - at : c->blksize;
	if (at > size || len != want || (len > 0 && memcmp(p, original + at, len) != 0))
		wrong(c, "not the file's bytes");
	c->block++;
	c->gap = false;
	if (len < c->blksize) {
		ack(c);
		finish(c);
	} else if (++c->unacked >= c->window) {
		ack(c);
	}
}

static void
on_packet(struct client *c, const uint8_t *p, size_t len,
    const struct sockaddr_in *from)
{
	struct rd r = rd_init(p, len);
	uint16_t op;

	if (lose())
		return;
	op = rd_be16(&r);
	if (!c->connected) {
		if (connect(c->fd, (const struct sockaddr *)from,
		    sizeof(*from)) == -1)
			err(1, "connect");
		c->connected = true;
	}
	switch (op) {
	case 3:
		on_data(c, &r);
		break;
	case 6:
		on_oack(c, &r);
		break;
	default:
		wrong(c, op == 5 ? "an ERROR" : "no answer to a request");
		if (verbose && op == 5)
			warnx("%.*s", (int)(len - 4), (const char *)p + 4);
		finish(c);
	}
}

static void
hear(struct client *c)
{
	static uint8_t buf[BATCH * STRIDE_MAX];
	/* Not a power of two: they would share a set of the cache. */
	size_t stride = (ask_blksize + 127) / 64 * 64 + 64;
	struct sockaddr_in from[BATCH];
	struct iovec iov[BATCH];
	struct mmsghdr m[BATCH];
	unsigned life = c->life;
	int n;

	for (unsigned i = 0; i < BATCH; i++) {
		iov[i] = (struct iovec){ buf + i * stride, stride };
		m[i] = (struct mmsghdr){ .msg_hdr = { .msg_name = &from[i],
		    .msg_namelen = sizeof(from[i]), .msg_iov = &iov[i],
		    .msg_iovlen = 1 } };
	}
	/* Until its port is known, a client answers one datagram at a time. */
	n = recvmmsg(c->fd, m, c->window == 1 ? 1 : BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n && c->life == life; i++)
		on_packet(c, buf + (size_t)i * stride, m[i].msg_len, &from[i]);
}

/* Who has heard nothing says its last word again. */
static void
repeat(uint64_t now)
{
	for (unsigned i = 0; i < n_client; i++) {
		struct client *c = &client[i];

		if (c->fd == -1 || now < c->said + again_after)
			continue;
		n_again++;
		c->said = now;
		emit(c);
	}
}

static void
run(uint64_t end)
{
	struct epoll_event ev[256];
	uint64_t now = now_ns(), next = now + 20000000u, wake;
	int n;

	for (unsigned i = 0; i < n_client; i++)
		begin(&client[i]);
	while (busy > 0 && (now = now_ns()) < end) {
		struct timespec ts = { 0 };

		emit_late(now);
		if (now >= next) {
			repeat(now);
			next = now + 20000000u;
		}
		wake = q_head != q_tail && queue[q_head % QUEUE].when < next ?
		    queue[q_head % QUEUE].when : next;
		if (wake > now)
			ts.tv_nsec = (long)(wake - now);
		n = epoll_pwait2(ep, ev, 256, &ts, NULL);
		for (int i = 0; i < n; i++)
			hear(ev[i].data.ptr);
	}
}

static void
load_original(const char *path)
{
	int fd = open(path, O_RDONLY);
	struct stat st;

	if (fd == -1 || fstat(fd, &st) == -1)
		err(1, "%s", path);
	size = (size_t)st.st_size;
	if (size > 0 && (original = mmap(NULL, size, PROT_READ, MAP_SHARED |
	    (size < 64 << 20 ? MAP_POPULATE : 0), fd, 0)) == MAP_FAILED)
		err(1, "%s", path);
	close(fd);
}

static unsigned
number(const char *s, unsigned max)
{
	unsigned long v = strtoul(s, NULL, 10);

	if (v < 1 || v > max)
		errx(2, "%s: not between 1 and %u", s, max);
	return (unsigned)v;
}

int
main(int argc, char *argv[])
{
	uint64_t limit = 60, began;
	double s;
	int c;

	server = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(69) };
	while ((c = getopt(argc, argv, "b:w:n:c:l:s:d:r:t:p:v")) != -1)
		switch (c) {
		case 'b': ask_blksize = number(optarg, 65464); break;
		case 'w': ask_window = number(optarg, 65535); break;
		case 'n': n_client = number(optarg, CLIENTS_MAX); break;
		case 'c': n_file = number(optarg, 1000000); break;
		case 'l': loss = strtod(optarg, NULL) / 100; break;
		case 's': rnd = number(optarg, UINT32_MAX); break;
		case 'd': delay = number(optarg, 10000000) * 1000ull; break;
		case 'r': again_after = number(optarg, 100000) * 1000000ull; break;
		case 't': limit = number(optarg, 3600); break;
		case 'p': server.sin_port = htons((uint16_t)number(optarg, 65535)); break;
		case 'v': verbose = true; break;
		default: return 2;
		}
	if (argc - optind != 3)
		errx(2, "usage: tftp [option...] server name original");
	if (inet_pton(AF_INET, argv[optind], &server.sin_addr) != 1)
		errx(2, "%s: not an address", argv[optind]);
	name = argv[optind + 1];
	load_original(argv[optind + 2]);
	rnd = rnd * 0x9e3779b97f4a7c15u + 1;
	if ((ep = epoll_create1(0)) == -1)
		err(1, "epoll");
	for (unsigned i = 0; i < n_client; i++)
		client[i].fd = -1;
	busy = n_client;
	began = now_ns();
	run(began + limit * 1000000000u);
	s = (double)(now_ns() - began) / 1e9;
	/* For scripts: blksize and window agreed upon, DATA, seconds, and what
	 * was lost, said again by a client, come twice, wrong, not ended. */
	printf("%u %u %lu %.4f %lu %lu %lu %lu %u\n", granted_blksize,
	    granted_window, n_data, s, n_lost, n_again, n_twice, n_wrong, busy);
	return n_wrong > 0 || busy > 0;
}
