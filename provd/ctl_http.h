/* ctl_http.h - provctl's side of the control socket.  Blocking.
 *
 * One request per connection, HTTP/1.0, so that a body ends with the
 * connection.  Errors: -errno (-ECONNREFUSED, -ENOENT: no provd there;
 * -EBADMSG: what answered is not provd).  Layer: provd.
 */
#ifndef PROVD_CTL_HTTP_H
#define PROVD_CTL_HTTP_H

#include <stdbool.h>

#include "../lib/buf.h"

/* The whole answer; *ret_code is HTTP's. */
int	ctl_call(const char *socket_path, const char *method, const char *path,
	    const void *body, size_t len, int *ret_code, struct buf *ret);
/* The same in two steps, so that several may be under way. ctl_answer() closes fd. */
int	ctl_ask(const char *socket_path, const char *method, const char *path,
	    const void *body, size_t len, int *ret_fd);
int	ctl_answer(int fd, int *ret_code, struct buf *ret);
/* The answer line by line as it comes, until it ends or fn returns false. */
int	ctl_stream(const char *socket_path, const char *path,
	    bool (*fn)(void *arg, const char *line), void *arg, int *ret_code);
/* Append value as part of a path or query: everything odd as %XX. */
void	ctl_escape(struct buf *, const char *value);

#endif /* PROVD_CTL_HTTP_H */
