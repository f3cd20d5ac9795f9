/* os_watch.h - which directories have changed.
 *
 * A change that a system call made has been queued when that call returns, so
 * whoever reads the queue afterwards sees it.  Linux: inotify(7).  Elsewhere
 * -EOPNOTSUPP: nothing may be remembered.
 *
 * Not seen, so the age of what is remembered has to be bounded besides:
 * writes through a mapping (until it is gone); what is done to a file through a
 * name of it in a directory that is not watched; link(2) to such a name; what is
 * mounted over a directory.
 * Errors: negative errno.  Layer: lib.
 */
#ifndef LIB_OS_WATCH_H
#define LIB_OS_WATCH_H

int	os_watch_open(int *ret_fd);
/* The id of the directory; the same one for the same directory.  -EACCES when
 * it cannot be listed, -EXDEV where other machines may change it, -ENOSPC when
 * the system allows no more. */
int	os_watch_add(int fd, int dirfd);

/* What in the directory was made, deleted, renamed or changed. */
typedef void os_change_fn(void *arg, int id, const char *name);
/* All that has happened since.  -ESTALE: a directory that is watched
 * moved, went or has other attributes, or too much happened: forget everything
 * and open another one. */
int	os_watch_read(int fd, os_change_fn *, void *arg);

#endif /* LIB_OS_WATCH_H */
