/* layer_dir.c - a directory as a part of a release tree. */
#include <sys/statvfs.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/sysmacros.h>
#endif

#include "../lib/os.h"
#include "layer.h"
#include "mtree.h"

int
layer_dir_fd(const struct layer *l, const char *path, int flags, bool nowait)
{
	int r = nowait && l->remote ? -EAGAIN : os_open_beneath(l->fd,
	    *path != '\0' ? path : ".", flags, nowait);

	if (r == -ELOOP || r == -EXDEV)
		return -ENOTDIR;
	return r == -EAGAIN && !nowait ? -EIO : r;
}

static struct tree_time
time_of(struct timespec t)
{
	return (struct tree_time){ .s = t.tv_sec, .ns = (uint32_t)t.tv_nsec };
}

static void
attr_of(const struct layer *l, const char *path, const struct stat *st,
    struct tree_attr *ret)
{
	*ret = (struct tree_attr){
		.type = mode_type(st->st_mode),
		.mode = (uint32_t)st->st_mode & 07777,
		.nlink = S_ISDIR(st->st_mode) ? 1 : (uint32_t)st->st_nlink,
		.uid = st->st_uid,
		.gid = st->st_gid,
		.size = (uint64_t)st->st_size,
		.used = (uint64_t)st->st_blocks * 512,
		.atime = time_of(st->st_atim),
		.mtime = time_of(st->st_mtim),
		.ctime = time_of(st->st_ctim),
		.dev = (uint64_t)st->st_dev,
		.ino = (uint64_t)st->st_ino,
	};
	if (ret->type == TREE_BLK || ret->type == TREE_CHR) {
		ret->rdev_major = (uint32_t)major(st->st_rdev);
		ret->rdev_minor = (uint32_t)minor(st->st_rdev);
	}
	if (l->mtree != NULL)
		mtree_apply(l->mtree, path, ret);
}

/* An open descriptor's attributes need no disk, where the file system is local. */
static int
stat_and_close(const struct layer *l, int fd, const char *path,
    struct tree_attr *ret)
{
	struct stat st;
	int r = fstat(fd, &st) == -1 ? -errno : 0;

	(void)close(fd);
	if (r == 0)
		attr_of(l, path, &st, ret);
	return r;
}

static int
dir_stat_path(const struct layer *l, const char *path, bool nowait,
    struct tree_attr *ret)
{
	int fd = layer_dir_fd(l, path, O_PATH, nowait);

	return fd < 0 ? fd : stat_and_close(l, fd, path, ret);
}

static struct layer_stamp
stamp_of(const struct stat *st)
{
	return (struct layer_stamp){
		.dev = (uint64_t)st->st_dev, .ino = (uint64_t)st->st_ino,
		.mtime = st->st_mtim, .ctime = st->st_ctim };
}

static int
dir_file_open(const struct layer *l, const char *path, bool nowait,
    struct layer_file *ret)
{
	struct stat st;
	int r = 0, fd = layer_dir_fd(l, path, O_RDONLY, nowait);

	if (fd < 0)
		return fd == -EPERM ? -EACCES : fd;
	if (fstat(fd, &st) == -1)
		r = -errno;
	else if (!S_ISREG(st.st_mode) || st.st_size < 0)
		r = -ESTALE;
	if (r < 0) {
		(void)close(fd);
		return r;
	}
	*ret = (struct layer_file){ .fd = fd, .own_fd = true,
	    .size = (uint64_t)st.st_size, .stamp = stamp_of(&st) };
	return 0;
}

/* A short target lies in the inode, which an open link has in memory; for
 * others there is no way to ask, so they are read where waiting is fine. */
#define INLINE_TARGET	59u

static int
dir_readlink(const struct layer *l, const char *path, bool nowait, char *buf,
    size_t cap, size_t *ret_len)
{
	struct stat st;
	ssize_t len;
	int r = 0, fd = layer_dir_fd(l, path, O_PATH, nowait);

	if (fd < 0)
		return fd;
	if (nowait && fstat(fd, &st) == 0 && st.st_size > (off_t)INLINE_TARGET)
		r = -EAGAIN;
	else if ((len = readlinkat(fd, "", buf, cap)) == -1)
		r = errno == ENOENT ? -ESTALE : -errno;	/* no link any more */
	else
		*ret_len = (size_t)len;
	(void)close(fd);
	return r;
}

static int
dir_open(const struct layer *l, const char *path, bool list, bool nowait,
    struct layer_dir *ret)
{
	struct stat st;
	int r, fd = layer_dir_fd(l, path,
	    (list ? O_RDONLY : O_PATH) | O_DIRECTORY, nowait);

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) == -1) {
		r = -errno;
		(void)close(fd);
		return r;
	}
	*ret = (struct layer_dir){ .layer = l, .fd = fd,
	    .stamp = stamp_of(&st) };
	return 0;
}

static int
dir_stat(const struct layer_dir *d, const char *name, const char *path,
    bool nowait, struct tree_attr *ret)
{
	struct stat st;
	int fd;

	if (nowait) {
		fd = d->layer->remote ? -EAGAIN :
		    os_open_beneath(d->fd, name, O_PATH, true);
		return fd < 0 ? fd : stat_and_close(d->layer, fd, path, ret);
	}
	if (fstatat(d->fd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return -errno;
	attr_of(d->layer, path, &st, ret);
	return 0;
}

static int
dir_list(struct layer_dir *d, layer_name_fn *fn, void *arg)
{
	const struct dirent *e;
	DIR *dir = fdopendir(d->fd);
	int r = 0;

	if (dir == NULL)
		return -errno;
	d->fd = -1;			/* the DIR's */
	while (r == 0) {
		errno = 0;
		if ((e = readdir(dir)) == NULL)
			break;
		r = fn(arg, e->d_name, e->d_type);
	}
	if (r == 0)
		r = -errno;
	(void)closedir(dir);
	return r;
}

static void
dir_close(struct layer_dir *d)
{
	if (d->fd >= 0)
		(void)close(d->fd);
	d->fd = -1;
}

static int
dir_fsstat(const struct layer *l, bool nowait, struct view_fsstat *ret)
{
	struct statvfs s;
	uint64_t unit;

	if (nowait && l->remote)
		return -EAGAIN;
	if (fstatvfs(l->fd, &s) == -1)
		return -errno;
	unit = s.f_frsize;
	*ret = (struct view_fsstat){
		.bytes = (uint64_t)s.f_blocks * unit,
		.bytes_free = (uint64_t)s.f_bavail * unit,
		.files = s.f_files,
		.files_free = s.f_favail,
	};
	return 0;
}

static void
dir_layer_close(struct layer *l)
{
	(void)l;			/* has no more than its descriptor */
}

const struct layer_ops layer_dir_ops = {
	.stat = dir_stat_path,
	.file_open = dir_file_open,
	.readlink = dir_readlink,
	.dir_open = dir_open,
	.dir_stat = dir_stat,
	.dir_list = dir_list,
	.dir_close = dir_close,
	.fsstat = dir_fsstat,
	.close = dir_layer_close,
};
