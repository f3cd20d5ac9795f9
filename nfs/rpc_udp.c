/* rpc_udp.c - one call in a datagram, its reply from the address asked. */
#include <errno.h>

#include <event2/event.h>

#include "rpc_io.h"

#define BATCH	64	/* datagrams in one turn of the loop */

/* A socket that is full loses the reply, as the network might: the client
 * asks again. */
void
rpc_udp_reply(const struct rpc_from *from, const void *rep, size_t len)
{
	(void)os_send(from->sock->fd, rep, len, &from->dgram);
}

static void
on_datagram(evutil_socket_t fd, short what, void *arg)
{
	struct rpc_sock *sock = arg;
	struct rpc_srv *s = sock->srv;
	struct rpc_from from = { .srv = s, .env = sock->env, .sock = sock };
	size_t rep_len;
	ssize_t n;

	(void)what;
	for (int i = 0; i < BATCH; i++) {
		n = os_recv(fd, s->in, RPC_IN, &from.dgram);
		if (n == -EAGAIN)
			return;
		if (n <= 0)
			continue;	/* too long, or an old ICMP error */
		if (rpc_serve(&from, s->in, (size_t)n, s->out, RPC_REPLY_MAX_UDP,
		    &rep_len, NULL) && rep_len > 0)
			rpc_udp_reply(&from, s->out, rep_len);
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
