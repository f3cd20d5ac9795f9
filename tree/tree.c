/* tree.c - a release tree: a directory that is served as it is. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/sysmacros.h>
#endif

#include "../lib/os.h"
#include "../lib/siphash.h"
#include "cache.h"
#include "mtree.h"
#include "tree_int.h"

/* Not secret: the same name has the same id on every server. */
static uint32_t
id_of(const char *name)
{
	static const uint8_t key[16] = "provd tree id";
	uint64_t h = siphash(key, name, strlen(name));
	uint32_t id = (uint32_t)(h ^ h >> 32);

	return id != 0 ? id : 1;
}

/* The file DIR.mtree beside DIR, if there is one. */
static int
load_mtree(const char *dir, struct mtree **ret)
{
	size_t len = strlen(dir);
	char *file;
	int r;

	while (len > 1 && dir[len - 1] == '/')
		len--;
	if ((file = malloc(len + sizeof(".mtree"))) == NULL)
		return -ENOMEM;
	memcpy(file, dir, len);
	memcpy(file + len, ".mtree", sizeof(".mtree"));
	r = mtree_load(file, ret);
	free(file);
	return r == -ENOENT ? 0 : r;
}

int
tree_open(const char *name, const char *path, struct tree **ret)
{
	struct tree *t;
	int r;

	if (*name == '\0')
		return -EINVAL;
	if ((t = calloc(1, sizeof(*t))) == NULL)
		return -ENOMEM;
	atomic_init(&t->refs, 1);
	t->id = id_of(name);
	if ((t->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1) {
		r = -errno;
		goto fail;
	}
	if ((t->name = strdup(name)) == NULL) {
		r = -ENOMEM;
		goto fail;
	}
	if ((r = load_mtree(path, &t->mtree)) < 0 ||
	    (r = listing_cache_new(&t->listings)) < 0 ||
	    (r = path_cache_new(&t->paths)) < 0)
		goto fail;
	*ret = t;
	return 0;
fail:
	tree_unref(t);
	return r;
}

struct tree *
tree_ref(struct tree *t)
{
	atomic_fetch_add_explicit(&t->refs, 1, memory_order_relaxed);
	return t;
}

void
tree_unref(struct tree *t)
{
	if (t == NULL || atomic_fetch_sub(&t->refs, 1) != 1)
		return;
	if (t->fd >= 0)
		(void)close(t->fd);
	path_cache_free(t->paths);
	listing_cache_free(t->listings);
	mtree_free(t->mtree);
	free(t->name);
	free(t);
}

const char *
tree_name(const struct tree *t)
{
	return t->name;
}

uint32_t
tree_id(const struct tree *t)
{
	return t->id;
}

/* Files ------------------------------------------------------------------ */

int
disk_open(const struct tree *t, const char *path, int flags, bool nowait)
{
	int r = os_open_beneath(t->fd, *path != '\0' ? path : ".", flags,
	    nowait);

	if (r == -ELOOP || r == -EXDEV)
		return -ENOTDIR;
	return r == -EAGAIN && !nowait ? -EIO : r;
}

static enum tree_type
type_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return TREE_DIR;
	case S_IFLNK:
		return TREE_LNK;
	case S_IFBLK:
		return TREE_BLK;
	case S_IFCHR:
		return TREE_CHR;
	case S_IFSOCK:
		return TREE_SOCK;
	case S_IFIFO:
		return TREE_FIFO;
	default:
		return TREE_REG;
	}
}

static struct tree_time
time_of(struct timespec t)
{
	return (struct tree_time){ .s = t.tv_sec, .ns = (uint32_t)t.tv_nsec };
}

void
disk_attr(const struct tree *t, const char *path, const struct stat *st,
    struct tree_attr *ret)
{
	*ret = (struct tree_attr){
		.type = type_of(st->st_mode),
		.mode = (uint32_t)st->st_mode & 07777,
		.nlink = S_ISDIR(st->st_mode) ? 2 : (uint32_t)st->st_nlink,
		.uid = st->st_uid,
		.gid = st->st_gid,
		.size = (uint64_t)st->st_size,
		.used = (uint64_t)st->st_blocks * 512,
		.atime = time_of(st->st_atim),
		.mtime = time_of(st->st_mtim),
		.ctime = time_of(st->st_ctim),
	};
	if (ret->type == TREE_BLK || ret->type == TREE_CHR) {
		ret->rdev_major = (uint32_t)major(st->st_rdev);
		ret->rdev_minor = (uint32_t)minor(st->st_rdev);
	}
	if (t->mtree != NULL)
		mtree_apply(t->mtree, path, ret);
}

/* An open descriptor's attributes need no disk. */
static int
stat_and_close(const struct tree *t, int fd, const char *path,
    struct tree_attr *ret)
{
	struct stat st;
	int r = fstat(fd, &st) == -1 ? -errno : 0;

	(void)close(fd);
	if (r == 0)
		disk_attr(t, path, &st, ret);
	return r;
}

int
disk_stat(const struct tree *t, const char *path, bool nowait,
    struct tree_attr *ret)
{
	int fd = disk_open(t, path, O_PATH, nowait);

	return fd < 0 ? fd : stat_and_close(t, fd, path, ret);
}

int
disk_stat_at(const struct tree *t, int dirfd, const char *name,
    const char *path, bool nowait, struct tree_attr *ret)
{
	struct stat st;
	int fd;

	if (nowait) {
		fd = os_open_beneath(dirfd, name, O_PATH, true);
		return fd < 0 ? fd : stat_and_close(t, fd, path, ret);
	}
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return -errno;
	disk_attr(t, path, &st, ret);
	return 0;
}
