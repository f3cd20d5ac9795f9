/* rpc_udp.c - one call in a datagram, its reply from the address asked. */
#include <errno.h>

#include <event2/event.h>

#include "rpc_io.h"

#define TURNS	4	/* batches in one turn of the loop */

/* A socket that is full loses the reply, as the network might: the client
 * asks again. */
void
rpc_udp_reply(const struct rpc_from *from, const void *rep, size_t len)
{
	count_add(&from->srv->w->count, COUNT_nfs_bytes, len);
	(void)os_send(from->sock->fd, rep, len, &from->dgram);
}

static void
serve(struct rpc_srv *s, const struct rpc_from *from, const void *call, size_t len)
{
	size_t rep_len;

	if (rpc_serve(from, call, len, s->out, RPC_REPLY_MAX_UDP, &rep_len, NULL) &&
	    rep_len > 0)
		rpc_udp_reply(from, s->out, rep_len);
}

/* All that came, up to a batch, so that changes of the trees are asked for once. */
static void
on_datagram(evutil_socket_t fd, short what, void *arg)
{
	struct rpc_sock *sock = arg;
	struct rpc_srv *s = sock->srv;
	struct rpc_from from[RPC_BATCH];
	size_t len[RPC_BATCH];
	unsigned n;
	ssize_t r;

	(void)what;
	for (int i = 0; i < TURNS; i++) {
		n = 0;
		r = 0;
		for (unsigned k = 0; k < RPC_BATCH && r != -EAGAIN; k++) {
			from[n] = (struct rpc_from){ .srv = s, .env = sock->env,
			    .sock = sock };
			r = os_recv(fd, s->in + n * RPC_IN, RPC_IN, &from[n].dgram);
			if (r > 0)	/* else too long, or an old ICMP error */
				len[n++] = (size_t)r;
		}
		warm_poll(s->warm);
		for (unsigned k = 0; k < n; k++)
			serve(s, &from[k], s->in + k * RPC_IN, len[k]);
		if (r == -EAGAIN)
			break;
	}
}

int
rpc_udp_start(struct rpc_sock *sock)
{
	if (sock->fd == -1)
		return 0;
	sock->ev = event_new(sock->srv->w->base, sock->fd,
	    EV_READ | EV_PERSIST, on_datagram, sock);
	if (sock->ev == NULL || event_add(sock->ev, NULL) == -1)
		return -ENOMEM;
	return 0;
}
