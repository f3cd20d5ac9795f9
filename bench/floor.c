/* floor.c - the least that answering a bench's calls costs on this machine.
 *
 *	floor PORT UPSTREAM-PORT
 *
 * A call that was never made before is passed on to the server at
 * 127.0.0.1:UPSTREAM-PORT and its answer is kept; a call that was made is
 * answered from memory: epoll_wait, recv, a look at a hash table, send.  No
 * server can do with less of the kernel's time, unless its client sends more at
 * once.  Single thread; UDP and TCP.  Gives up by err(3). */
#include <sys/epoll.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "bench.h"

#define SLOTS	(1u << 18)
#define IN_MAX	65536u
#define OUT_MAX	(4u << 20)

struct answer {
	struct answer	*next;
	uint64_t	 hash;
	size_t		 call_len, len;
	uint8_t		 b[];		/* the call, the answer; without their xids */
};

static struct answer *slot[SLOTS];
static int upstream;
static uint8_t in[IN_MAX], out[OUT_MAX];

static uint64_t
hash_of(const uint8_t *p, size_t len)
{
	uint64_t h = 14695981039346656037u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * 1099511628211u;
	return h ^ h >> 32;
}

static void
all(int fd, void *buf, size_t len)
{
	if (recv(fd, buf, len, MSG_WAITALL) != (ssize_t)len)
		err(1, "upstream");
}

/* Asks the server behind us. */
static struct answer *
learn(const uint8_t *call, size_t len, uint64_t hash)
{
	uint8_t mark[8];
	struct wr w = wr_init(mark, sizeof(mark));
	struct answer *a;
	struct rd r;
	uint32_t n;

	wr_be32(&w, 0x80000000u | (uint32_t)(len + 4));
	wr_be32(&w, 1);
	if (send(upstream, mark, 8, MSG_MORE) != 8 ||
	    send(upstream, call, len, 0) != (ssize_t)len)
		err(1, "upstream");
	all(upstream, mark, 8);
	r = rd_init(mark, 8);
	n = (rd_be32(&r) & 0x7fffffff) - 4;
	if ((a = malloc(sizeof(*a) + len + n)) == NULL)
		err(1, "memory");
	*a = (struct answer){ .next = slot[hash % SLOTS], .hash = hash,
	    .call_len = len, .len = n };
	memcpy(a->b, call, len);
	all(upstream, a->b + len, n);
	return slot[hash % SLOTS] = a;
}

static const struct answer *
find(const uint8_t *call, size_t len)
{
	uint64_t hash = hash_of(call, len);
	const struct answer *a = slot[hash % SLOTS];

	while (a != NULL && (a->hash != hash || a->call_len != len ||
	    memcmp(a->b, call, len) != 0))
		a = a->next;
	return a != NULL ? a : learn(call, len, hash);
}

static void
serve_udp(int fd)
{
	struct sockaddr_in from;
	socklen_t from_len = sizeof(from);
	ssize_t n = recvfrom(fd, in, sizeof(in), 0, (struct sockaddr *)&from, &from_len);
	const struct answer *a;

	if (n < 8)
		return;
	a = find(in + 4, (size_t)n - 4);
	memcpy(out, in, 4);
	memcpy(out + 4, a->b + a->call_len, a->len);
	(void)sendto(fd, out, a->len + 4, 0, (struct sockaddr *)&from, from_len);
}

/* Calls come whole: the client sends each with one send(). */
static void
serve_tcp(int fd)
{
	ssize_t n = recv(fd, in, sizeof(in), 0);
	struct rd r = rd_init(in, n > 0 ? (size_t)n : 0);
	struct wr w = wr_init(out, sizeof(out));
	const struct answer *a;
	const uint8_t *call;
	uint32_t len;

	if (n <= 0) {
		close(fd);
		return;
	}
	while (rd_left(&r) >= 8) {
		len = rd_be32(&r) & 0x7fffffff;
		if (len < 8 || (call = rd_take(&r, len)) == NULL)
			errx(1, "a call in pieces");
		a = find(call + 4, len - 4);
		if (a->len + 8 > sizeof(out) - w.len) {
			if (send(fd, out, w.len, MSG_NOSIGNAL) != (ssize_t)w.len)
				err(1, "send");
			w.len = 0;
		}
		wr_be32(&w, 0x80000000u | (uint32_t)(a->len + 4));
		wr_bytes(&w, call, 4);
		wr_bytes(&w, a->b + a->call_len, a->len);
	}
	if (send(fd, out, w.len, MSG_NOSIGNAL) != (ssize_t)w.len)
		err(1, "send");
}

static int
sock(int type, const char *port, uint32_t addr)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
	    .sin_addr.s_addr = htonl(addr) };
	int fd = socket(AF_INET, type, 0), on = 1;

	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (addr == INADDR_ANY ? bind(fd, (struct sockaddr *)&sin, sizeof(sin)) :
	    connect(fd, (struct sockaddr *)&sin, sizeof(sin)))
		err(1, "port %s", port);
	return fd;
}

static void
add(int ep, int fd)
{
	struct epoll_event e = { .events = EPOLLIN, .data.fd = fd };
	int on = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e) == -1)
		err(1, "epoll");
}

int
main(int argc, char *argv[])
{
	struct epoll_event ev[64];
	int ep = epoll_create1(0), udp, tcp, n;

	if (argc != 3)
		errx(2, "usage: floor port upstream-port");
	udp = sock(SOCK_DGRAM, argv[1], INADDR_ANY);
	tcp = sock(SOCK_STREAM, argv[1], INADDR_ANY);
	upstream = sock(SOCK_STREAM, argv[2], INADDR_LOOPBACK);
	if (listen(tcp, 64) == -1)
		err(1, "listen");
	add(ep, udp);
	add(ep, tcp);
	while ((n = epoll_wait(ep, ev, 64, -1)) >= 0)
		for (int i = 0; i < n; i++)
			if (ev[i].data.fd == udp)
				serve_udp(udp);
			else if (ev[i].data.fd == tcp)
				add(ep, accept(tcp, NULL, NULL));
			else
				serve_tcp(ev[i].data.fd);
	err(1, "epoll_wait");
}
