/* api.h - the control socket: JSON over HTTP on a Unix socket.
 *
 * What provctl(8) speaks; `curl --unix-socket` works as well.  Served by the
 * control thread; work that may wait for a disk goes to the disk threads.
 * Who may open the socket may steer: mode 0660, owner the provd user.
 * Layer: provd.
 */
#ifndef PROVD_API_H
#define PROVD_API_H

struct api;
struct daemon;

/* As root.  Replaces a socket that nobody listens on; -EADDRINUSE if somebody does. */
int	api_listen(const char *path, const char *user, int *ret_fd);
int	api_start(struct daemon *, int fd, struct api **ret);
void	api_stop(struct api *);		/* NULL is fine */

#endif /* PROVD_API_H */
