/* os_stat.h - attributes of open files, and file systems that have to ask for them.
 *
 * A local file's attributes are in memory once it is open. A network file
 * system, or a program behind FUSE, is asked for them, and may not answer.
 * Layer: lib, I/O.
 */
#ifndef LIB_OS_STAT_H
#define LIB_OS_STAT_H

#include <sys/stat.h>
#include <stdbool.h>

/* Does somebody else have to answer for this open file's attributes? */
bool	os_is_remote(int fd);
/* As fstat(2), but what is known here, without asking anybody.  Negative errno. */
int	os_stat_now(int fd, struct stat *ret);

#endif /* LIB_OS_STAT_H */
