/* storm_rpc.c - the storm's calls, over UDP as the loader makes them and over TCP
 * as the kernel does. */
#include <sys/socket.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <errno.h>

#include "storm.h"

#define IN_SIZE		(160u << 10)
#define UDP_TRIES	6u
#define TCP_TRIES	3u
#define TCP_AGAIN	(60 * SECOND)	/* as FreeBSD's kernel waits */
#define PMAP		100000u

static uint8_t datagram[65536];

void
conn_udp(struct conn *c, struct machine *m, uint16_t from, uint16_t port)
{
	*c = (struct conn){ .m = m, .addr = storm.server, .port = port,
	    .fd = storm_socket(m, SOCK_DGRAM, from) };
}

void
conn_tcp(struct conn *c, struct machine *m, uint16_t from, uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(storm.server) };

	*c = (struct conn){ .m = m, .tcp = true, .addr = storm.server, .port = port,
	    .fd = storm_socket(m, SOCK_STREAM, from), .in = malloc(IN_SIZE) };
	if (c->in == NULL)
		err(1, "memory");
	(void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	if (connect(c->fd, (struct sockaddr *)&to, sizeof(to)) == -1 && errno != EINPROGRESS)
		storm_fail(m, "connect: %s", strerror(errno));
	c->xid = 0x1000u * m->no;
}

void
conn_end(struct conn *c)
{
	storm_close(c->m, c->fd);
	free(c->in);
	c->in = NULL;
}

struct wr
conn_begin(struct conn *c, uint32_t prog, uint32_t proc)
{
	size_t mark = c->tcp ? 4 : 0;

	return call_begin(c->out + mark, sizeof(c->out) - mark, ++c->xid, prog,
	    prog == PMAP ? 2 : 3, proc);
}

/* A connection that is not up yet takes nothing: it says so, and is waited for. */
static void
send_out(struct conn *c, size_t len)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(c->port),
	    .sin_addr.s_addr = htonl(c->addr) };
	ssize_t n;

	storm.calls++;
	if (!c->tcp) {
		if (sendto(c->fd, c->out, len, 0, (struct sockaddr *)&to,
		    sizeof(to)) == -1 && errno != EAGAIN && errno != ECONNREFUSED)
			err(1, "send");
		return;
	}
	for (unsigned i = 0; (n = send(c->fd, c->out, len, MSG_NOSIGNAL)) == -1 &&
	    errno == EAGAIN; i++) {
		if (i == 6000)
			storm_fail(c->m, "no connection within a minute");
		storm_sleep(c->m, 10 * MS);
	}
	if (n != (ssize_t)len)
		storm_fail(c->m, "a connection that takes nothing: %s", strerror(errno));
}

void
conn_send(struct conn *c, struct wr *w)
{
	size_t len = w->len;

	if (w->err != 0)
		errx(1, "a call too long");
	if (c->tcp) {
		struct wr mark = wr_init(c->out, 4);

		wr_be32(&mark, 0x80000000u | (uint32_t)len);
		len += 4;
	}
	send_out(c, len);
}

/* Whole records: true when one is there. */
static bool
record_come(struct conn *c, struct rd *ret)
{
	struct rd r = rd_init(c->in + c->used, c->len - c->used);
	uint32_t mark = rd_be32(&r);
	size_t n = mark & 0x7fffffff;

	if (r.err != 0)
		return false;
	if ((mark & 0x80000000u) == 0 || n > IN_SIZE / 2)
		storm_fail(c->m, "a record of %zu bytes", n);
	if (rd_left(&r) < n)
		return false;
	*ret = rd_sub(&r, n);
	c->used += 4 + n;
	return true;
}

static bool
receive_tcp(struct conn *c, uint64_t until, struct rd *ret)
{
	ssize_t n;

	for (;;) {
		if (record_come(c, ret))
			return true;
		if (c->used > 0) {
			memmove(c->in, c->in + c->used, c->len - c->used);
			c->len -= c->used;
			c->used = 0;
		}
		if (!storm_wait(c->m, c->fd, until))
			return false;
		n = recv(c->fd, c->in + c->len, IN_SIZE - c->len, MSG_DONTWAIT);
		if (n == 0 || (n == -1 && errno != EAGAIN))
			storm_fail(c->m, "the connection ended: %s",
			    n == 0 ? "closed" : strerror(errno));
		c->len += n > 0 ? (size_t)n : 0;
	}
}

static bool
receive_udp(struct conn *c, uint64_t until, struct rd *ret)
{
	ssize_t n;

	do {
		if (!storm_wait(c->m, c->fd, until))
			return false;
		n = recv(c->fd, datagram, sizeof(datagram), MSG_DONTWAIT);
	} while (n < 0);
	*ret = rd_init(datagram, (size_t)n);
	return true;
}

static void
take_header(struct conn *c, struct rd *r, uint32_t *ret_xid)
{
	uint32_t reply, accepted, verifier, success;

	*ret_xid = rd_be32(r);
	reply = rd_be32(r);
	accepted = rd_be32(r);
	(void)rd_be32(r);
	verifier = rd_be32(r);
	success = rd_be32(r);
	if (r->err != 0 || reply != 1 || accepted != 0 || verifier != 0 || success != 0)
		storm_fail(c->m, "a call was not accepted");
}

struct rd
conn_receive(struct conn *c, uint32_t *ret_xid)
{
	struct rd r;

	if (!receive_tcp(c, now_ns() + TCP_AGAIN, &r))
		storm_fail(c->m, "no answer over TCP within a minute");
	take_header(c, &r, ret_xid);
	return r;
}

struct rd
conn_call(struct conn *c, struct wr *w)
{
	uint64_t wait = c->tcp ? TCP_AGAIN : 2 * SECOND;	/* MINTMO of the loader */
	unsigned tries = c->tcp ? TCP_TRIES : UDP_TRIES;
	size_t len = w->len + (c->tcp ? 4 : 0);
	struct rd r;
	uint32_t xid;

	conn_send(c, w);
	for (unsigned try = 0; ; try++, wait *= c->tcp ? 1 : 2) {
		uint64_t until = now_ns() + wait;

		while (c->tcp ? receive_tcp(c, until, &r) : receive_udp(c, until, &r)) {
			take_header(c, &r, &xid);
			if (xid == c->xid)
				return r;
		}
		if (try + 1 == tries)
			storm_fail(c->m, "no answer to a call");
		storm.again[c->tcp ? AGAIN_TCP : AGAIN_UDP]++;
		send_out(c, len);
	}
}

uint16_t
conn_getport(struct machine *m, uint32_t prog, uint32_t proto)
{
	struct conn c;
	struct rd r;
	struct wr w;
	uint32_t port;

	conn_udp(&c, m, 0, 111);
	w = conn_begin(&c, PMAP, 3);
	wr_be32(&w, prog);
	wr_be32(&w, 3);
	wr_be32(&w, proto);
	wr_be32(&w, 0);
	r = conn_call(&c, &w);
	port = rd_be32(&r);
	if (r.err != 0 || port == 0 || port > 65535)
		storm_fail(m, "program %u has no port", prog);
	conn_end(&c);
	return (uint16_t)port;
}
