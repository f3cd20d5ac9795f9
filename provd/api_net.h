/* api_net.h - HTTPS for the API: sockets, certificate, bounds of connections.
 *
 * evhttp bounds neither the number of connections nor the time that one may take
 * to say what it wants.  Here both are: handshake and request within 15 seconds,
 * so many connections, so many of one address, so many new ones a second (each
 * costs the control thread a signature); who waits longest makes room.
 * Control thread, but for api_net_prepare().  Layer: provd.
 */
#ifndef PROVD_API_NET_H
#define PROVD_API_NET_H

#include <stdbool.h>
#include <stdint.h>

struct api;
struct api_auth;
struct api_net;
struct bufferevent;
struct config;
struct event_base;
struct evhttp;

/* As root: listens, reads certificate and tokens.  *ret is NULL when there are no addresses. */
int	api_net_open(const struct config *, struct api_net **ret, char why[200]);
void	api_net_close(struct api_net *);	/* NULL is fine, here and below */
struct api_auth *api_net_auth(struct api_net *);
/* Blocks, in any thread; then whether what was read is used from now on. */
int	api_net_prepare(struct api_net *, const struct config *, char why[200]);
void	api_net_commit(struct api_net *, bool take);
int	api_net_start(struct api_net *, struct event_base *, struct evhttp *);
void	api_net_stop(struct api_net *);		/* before evhttp_free() */

/* A request has come on this connection, and has no limit of time from now on.
 * False: it did not come by TLS.  *ret_peer: who asks, *ret_local: where. */
bool	api_net_asked(struct api_net *, struct bufferevent *, uint32_t *ret_peer,
	    uint32_t *ret_local);
/* Does the certificate name this host? */
bool	api_net_names(struct bufferevent *, const char *host);

#endif /* PROVD_API_NET_H */
