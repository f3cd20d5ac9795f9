/* http_tls.h - the server's certificate, and TLS over accepted sockets.
 *
 * A certificate is read when it is configured and at each reload; connections
 * that there are keep the one that they began with.  TLS 1.2 and later.
 * http_tls_read() blocks.  Errors: -EINVAL and what errno says, with a line in why;
 * -EACCES is its own case: at a reload provd is no longer root.
 * Any thread.  Layer: httpd, I/O.
 */
#ifndef HTTPD_HTTP_TLS_H
#define HTTPD_HTTP_TLS_H

#include <stdbool.h>

struct bufferevent;
struct event_base;
struct http_tls;

int	http_tls_new(struct http_tls **ret);
struct http_tls *http_tls_ref(struct http_tls *);	/* NULL is fine */
void	http_tls_unref(struct http_tls *);		/* likewise */
/* of: the options' object, for why. */
int	http_tls_read(struct http_tls *, const char *of, const char *certificate,
	    const char *key, char why[200]);
/* What was read last is used from now on, or dropped. */
void	http_tls_take(struct http_tls *, bool take);
/* Takes the socket; NULL: out of memory, and it does not. */
struct bufferevent *http_tls_accept(struct http_tls *, struct event_base *, int fd);
void	http_tls_end(struct bufferevent *);	/* close_notify */
void	http_tls_close(struct bufferevent *);

#endif /* HTTPD_HTTP_TLS_H */
