/* os_watch.c - see os_watch.h. */
#include "os_watch.h"

#include <errno.h>

#ifdef __linux__
#include <sys/inotify.h>
#include <sys/vfs.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WHAT	(IN_MODIFY | IN_ATTRIB | IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | \
		IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF)
#define READS	16		/* more at a time: forgetting is cheaper */

/* Nobody but this machine changes what lies there, and what is in memory is
 * answered from there.  Others, and FUSE, may ask someone else first. */
static bool
is_local(int fd)
{
	static const uint32_t magic[] = {
		0xef53,		/* ext2, ext3, ext4 */
		0x58465342,	/* XFS */
		0x9123683e,	/* btrfs */
		0x2fc12fc1,	/* ZFS */
		0xf2f52010,	/* F2FS */
		0xca451a4e,	/* bcachefs */
		0x3153464a,	/* JFS */
		0x52654973,	/* ReiserFS */
		0x01021994,	/* tmpfs */
		0x858458f6,	/* ramfs */
		0x794c7630,	/* overlayfs */
		0x73717368,	/* squashfs */
		0xe0f5e1e2,	/* EROFS */
		0x9660,		/* ISO 9660 */
		0x15013346,	/* UDF */
	};
	struct statfs fs;

	if (fstatfs(fd, &fs) == -1)
		return false;
	for (size_t i = 0; i < sizeof(magic) / sizeof(magic[0]); i++)
		if ((uint32_t)fs.f_type == magic[i])
			return true;
	return false;
}

int
os_watch_open(int *ret_fd)
{
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	if (fd == -1)
		return -errno;
	*ret_fd = fd;
	return 0;
}

int
os_watch_add(int fd, int dirfd)
{
	char path[32];
	int id;

	if (!is_local(dirfd))
		return -EXDEV;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", dirfd);
	id = inotify_add_watch(fd, path, WHAT | IN_ONLYDIR);
	if (id == -1)
		return errno == ENOENT ? -EOPNOTSUPP : -errno;	/* no /proc */
	return id;
}

static int
tell(const uint8_t *p, size_t len, os_change_fn *fn, void *arg)
{
	struct inotify_event e;

	for (; len >= sizeof(e); p += sizeof(e) + e.len, len -= sizeof(e) + e.len) {
		memcpy(&e, p, sizeof(e));
		/* Without a name: the directory itself, or the queue is full. */
		if (e.len == 0)
			return -ESTALE;
		fn(arg, e.wd, (const char *)p + sizeof(e));
	}
	return 0;
}

int
os_watch_read(int fd, os_change_fn *fn, void *arg)
{
	alignas(struct inotify_event) uint8_t buf[4096];
	ssize_t n;
	int r;

	for (int i = 0; i < READS; i++) {
		n = read(fd, buf, sizeof(buf));
		if (n == -1 && errno == EAGAIN)
			return 0;
		if (n == -1 && errno != EINTR)
			return -errno;
		if (n > 0 && (r = tell(buf, (size_t)n, fn, arg)) < 0)
			return r;
	}
	return -ESTALE;
}

#else

int
os_watch_open(int *ret_fd)
{
	(void)ret_fd;
	return -EOPNOTSUPP;
}

int
os_watch_add(int fd, int dirfd)
{
	(void)fd;
	(void)dirfd;
	return -EOPNOTSUPP;
}

int
os_watch_read(int fd, os_change_fn *fn, void *arg)
{
	(void)fd;
	(void)fn;
	(void)arg;
	return -EOPNOTSUPP;
}

#endif
