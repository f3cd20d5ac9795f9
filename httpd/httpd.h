/* httpd.h - the HTTP server of one worker: its sockets and connections.
 *
 * All of it belongs to the worker's thread; files are opened and read by disk
 * threads, one piece at a time, the next when the last has left.
 * Layer: httpd, I/O.
 */
#ifndef HTTPD_HTTPD_H
#define HTTPD_HTTPD_H

#include <sys/queue.h>

#include "../fleet/service.h"
#include "../lib/os.h"
#include "http_msg.h"

struct event;
struct http_conn;

TAILQ_HEAD(http_conns, http_conn);

struct httpd {
	struct worker	*w;		/* NULL until start */
	int		 fd;
	struct event	*ev;
	struct http_conns conns;
	size_t		 n_conn;
	bool		 full_said;
	int64_t		 refused_since;	/* and how many lines about it since then */
	unsigned	 refused;
};

/* http_conn.c: takes the socket. */
void	http_conn_new(struct httpd *, int fd, uint32_t peer, uint16_t port);
void	http_conn_drop_all(struct httpd *);

#endif /* HTTPD_HTTPD_H */
