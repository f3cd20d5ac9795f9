/* unpack.c - files, links and directories beneath a descriptor. */
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/os.h"
#include "unpack.h"

#define COPY_BLOCK	65536u

static int
fail(const char *path, int r, const char *text, char why[MEDIA_WHY])
{
	size_t i;

	if (r == -ENOSPC || r == -EDQUOT)
		text = "the disk is full; make room and give the same command again";
	(void)snprintf(why, MEDIA_WHY, "%.200s: %.180s", path, text != NULL ? text : strerror(-r));
	for (i = 0; why[i] != '\0'; i++)
		if (why[i] < 0x20 || why[i] == 0x7f)
			why[i] = '?';
	return r;
}

/* Attributes ---------------------------------------------------------------- */

/* What the file system and our rights allow; the rest is for mtree(5).  No
 * program becomes setuid to anybody but whom the image says. */
static uint32_t
mode_for(const struct media_entry *e, const struct stat *st)
{
	uint32_t mode = e->mode;

	if (st->st_uid != e->uid || st->st_gid != e->gid)
		mode &= 01777;
	if (geteuid() != 0)		/* we want to go on, and to check it */
		mode |= e->type == TREE_DIR ? 0700 : 0400;
	return mode;
}

static void
times_of(const struct media_entry *e, struct timespec t[2])
{
	t[0] = t[1] = (struct timespec){ .tv_sec = (time_t)e->mtime, .tv_nsec = (long)e->mtime_ns };
}

/* An owner that this file system cannot keep is in the mtree(5) file. */
static void
owner_tried(int result)
{
	(void)result;
}

static int
set_attrs(int fd, const struct media_entry *e)
{
	struct timespec t[2];
	struct stat st;

	if (geteuid() == 0)
		owner_tried(fchown(fd, e->uid, e->gid));
	if (fstat(fd, &st) == -1 || fchmod(fd, (mode_t)mode_for(e, &st)) == -1)
		return -errno;
	times_of(e, t);
	return futimens(fd, t) == -1 && errno != EINVAL ? -errno : 0;
}

/* Directories --------------------------------------------------------------- */

static void
split(const char *path, char dir[TREE_PATH_MAX + 1], const char **leaf)
{
	const char *slash = strrchr(path, '/');

	*leaf = slash != NULL ? slash + 1 : path;
	memcpy(dir, path, (size_t)(*leaf - path));
	dir[slash != NULL ? slash - path : 0] = '\0';
}

static int
open_dir(const struct media_unpack *u, const char *path)
{
	return os_open_beneath(u->root, *path != '\0' ? path : ".", O_RDONLY | O_DIRECTORY, false);
}

/* One that exists may have been left without our own rights. */
static int
make_dir(const struct media_unpack *u, const char *path)
{
	char dir[TREE_PATH_MAX + 1];
	const char *leaf;
	struct stat st;
	int at, fd, r = 0;

	if (*path == '\0')
		return 0;
	split(path, dir, &leaf);
	if ((at = open_dir(u, dir)) < 0)
		return at;
	if (mkdirat(at, leaf, 0700) == -1 && errno != EEXIST)
		r = -errno;
	(void)close(at);
	if (r < 0)
		return r;
	if ((fd = open_dir(u, path)) < 0)
		return fd;
	if (fstat(fd, &st) == -1 || ((st.st_mode & 0700) != 0700 &&
	    fchmod(fd, (st.st_mode & 07777) | 0700) == -1))
		r = -errno;
	(void)close(fd);
	return r;
}

/* Every directory on the way is one that this run made. */
static int
make_parents(struct media_unpack *u, const char *path, char why[MEDIA_WHY])
{
	struct media_entry dir = { .type = TREE_DIR, .mode = 0755, .implied = true };
	char buf[TREE_PATH_MAX + 1];
	const struct media_entry *e;
	size_t i;
	int r;

	(void)snprintf(buf, sizeof(buf), "%s", path);
	for (char *s = buf; (s = strchr(s, '/')) != NULL; *s++ = '/') {
		*s = '\0';
		if ((e = media_list_find(&u->list, buf)) != NULL && e->type != TREE_DIR)
			return fail(path, -EINVAL, "a file or a link of the image stands in its way", why);
		if (e != NULL)
			continue;
		dir.path = buf;
		if ((r = make_dir(u, buf)) < 0 || (r = media_list_add(&u->list, &dir, &i)) < 0)
			return fail(buf, r, NULL, why);
	}
	return 0;
}

/* The open directory that a path lies in; the last one is kept. */
static int
parent_of(struct media_unpack *u, const char *path, const char **ret_leaf, char why[MEDIA_WHY])
{
	char dir[TREE_PATH_MAX + 1];
	int r;

	if ((r = make_parents(u, path, why)) < 0)
		return r;
	split(path, dir, ret_leaf);
	if (u->dir >= 0 && strcmp(dir, u->dir_path) == 0)
		return u->dir;
	if (u->dir >= 0)
		(void)close(u->dir);
	if ((u->dir = open_dir(u, dir)) < 0) {
		r = u->dir;
		u->dir = -1;
		return fail(dir, r, NULL, why);
	}
	(void)snprintf(u->dir_path, sizeof(u->dir_path), "%s", dir);
	return u->dir;
}

/* Files --------------------------------------------------------------------- */

static int
write_at(int fd, const char *p, size_t n, uint64_t off)
{
	ssize_t w;

	while (n > 0) {
		if ((w = pwrite(fd, p, n, (off_t)off)) == -1 && errno != EINTR)
			return -errno;
		if (w > 0) {
			p += w;
			n -= (size_t)w;
			off += (uint64_t)w;
		}
	}
	return 0;
}

static int
new_temporary(const struct media_unpack *u)
{
	int fd;

	if (unlinkat(u->media, u->tmp, 0) == -1 && errno != ENOENT)
		return -errno;
	fd = openat(u->media, u->tmp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	return fd == -1 ? -errno : fd;
}

static int
write_data(struct media_unpack *u, struct media_source *s, const struct media_entry *e, int fd,
    void (*tick)(void *), void *arg, char why[MEDIA_WHY])
{
	const void *p;
	uint64_t off, end = 0;
	size_t n;
	int r;

	while ((r = media_source_data(s, &p, &n, &off, why)) == 1) {
		if (off > e->size || n > e->size - off)
			return fail(e->path, -EBADMSG, "it is longer than the image says", why);
		if ((r = write_at(fd, p, n, off)) < 0)
			return fail(e->path, r, NULL, why);
		u->written += n;
		end = off + n > end ? off + n : end;
		tick(arg);
	}
	if (r < 0)
		return r;
	if (end < e->size && ftruncate(fd, (off_t)e->size) == -1)	/* a hole at its end */
		return fail(e->path, -errno, NULL, why);
	return 0;
}

static bool
is_complete(int dir, const char *leaf, const struct media_entry *e)
{
	struct stat st;

	return fstatat(dir, leaf, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
	    (uint64_t)st.st_size == e->size && (int64_t)st.st_mtim.tv_sec == e->mtime;
}

static int
put_file(struct media_unpack *u, struct media_source *s, const struct media_entry *e, int dir,
    const char *leaf, void (*tick)(void *), void *arg, char why[MEDIA_WHY])
{
	int fd, r;

	if (is_complete(dir, leaf, e)) {
		u->n_kept++;
		return 0;
	}
	if ((fd = new_temporary(u)) < 0)
		return fail(e->path, fd, NULL, why);
	if ((r = write_data(u, s, e, fd, tick, arg, why)) == 0 && (r = set_attrs(fd, e)) < 0)
		(void)fail(e->path, r, NULL, why);
	if (close(fd) == -1 && r == 0)
		r = fail(e->path, -errno, NULL, why);
	if (r == 0 && renameat(u->media, u->tmp, dir, leaf) == -1)
		r = fail(e->path, -errno, NULL, why);
	return r;
}

/* Links --------------------------------------------------------------------- */

static int
put_symlink(struct media_unpack *u, const struct media_entry *e, int dir, const char *leaf)
{
	char old[TREE_PATH_MAX + 1];
	struct timespec t[2];
	ssize_t n = readlinkat(dir, leaf, old, sizeof(old));

	if (n < 0 || (size_t)n != strlen(e->link) || memcmp(old, e->link, (size_t)n) != 0) {
		if (unlinkat(u->media, u->tmp, 0) == -1 && errno != ENOENT)
			return -errno;
		if (symlinkat(e->link, u->media, u->tmp) == -1 ||
		    renameat(u->media, u->tmp, dir, leaf) == -1)
			return -errno;
	}
	if (geteuid() == 0)
		owner_tried(fchownat(dir, leaf, e->uid, e->gid, AT_SYMLINK_NOFOLLOW));
	times_of(e, t);
	(void)utimensat(dir, leaf, t, AT_SYMLINK_NOFOLLOW);
	return 0;
}

/* Where there are no hard links: a file of its own with the same bytes. */
static int
copy_file(struct media_unpack *u, const struct media_entry *first, int dir, const char *leaf)
{
	char buf[COPY_BLOCK];
	uint64_t off = 0;
	ssize_t n = 0;
	int from, to, r = 0;

	if ((from = os_open_beneath(u->root, first->path, O_RDONLY, false)) < 0)
		return from;
	if ((to = new_temporary(u)) < 0) {
		(void)close(from);
		return to;
	}
	while (r == 0 && (n = os_pread(from, buf, sizeof(buf), (int64_t)off, false)) > 0) {
		r = write_at(to, buf, (size_t)n, off);
		off += (uint64_t)n;
	}
	if (r == 0 && n < 0)
		r = (int)n;
	if (r == 0)
		r = set_attrs(to, first);
	(void)close(from);
	if (close(to) == -1 && r == 0)
		r = -errno;
	if (r == 0 && renameat(u->media, u->tmp, dir, leaf) == -1)
		r = -errno;
	return r;
}

static int
put_hard(struct media_unpack *u, const struct media_entry *first, int dir, const char *leaf)
{
	char path[TREE_PATH_MAX + 1];
	const char *to;
	struct stat a, b;
	int at, r = 0;

	split(first->path, path, &to);
	if ((at = open_dir(u, path)) < 0)
		return at;
	if (fstatat(at, to, &a, AT_SYMLINK_NOFOLLOW) == -1)
		r = -errno;
	else if (fstatat(dir, leaf, &b, AT_SYMLINK_NOFOLLOW) == 0 &&
	    a.st_dev == b.st_dev && a.st_ino == b.st_ino)
		r = 0;			/* from before the interruption */
	else if ((unlinkat(dir, leaf, 0) == -1 && errno != ENOENT) ||
	    linkat(at, to, dir, leaf, 0) == -1)
		r = -errno;
	(void)close(at);
	if (r == -EPERM || r == -EOPNOTSUPP || r == -EMLINK || r == -ENOSYS)
		r = first->type == TREE_LNK ? put_symlink(u, first, dir, leaf) :
		    copy_file(u, first, dir, leaf);
	return r;
}

/* All of it ----------------------------------------------------------------- */

/* The entry that a hard link leads to: one that this run has put there. */
static int
find_first(const struct media_unpack *u, struct media_entry *e, struct media_entry *ret,
    char why[MEDIA_WHY])
{
	const struct media_entry *to = media_list_find(&u->list, e->link);

	if (to == NULL)
		return fail(e->path, -EINVAL, "a hard link to what the image does not hold", why);
	to = &u->list.e[to->first];
	if (to->type != TREE_REG && to->type != TREE_LNK)
		return fail(e->path, -EINVAL, "a hard link to what is not a file", why);
	*ret = *to;
	e->type = to->type;
	e->size = to->size;
	e->mode = to->mode;
	e->uid = to->uid;
	e->gid = to->gid;
	e->mtime = to->mtime;
	e->mtime_ns = to->mtime_ns;
	return 0;
}

int
media_unpack_entry(struct media_unpack *u, struct media_source *s, const struct media_entry *from,
    void (*tick)(void *), void *arg, char why[MEDIA_WHY])
{
	struct media_entry e = *from, first = { .type = TREE_REG };
	const char *leaf;
	size_t i;
	int dir, r;

	if (e.hard && (r = find_first(u, &e, &first, why)) < 0)
		return r;
	if (e.type != TREE_REG && e.type != TREE_DIR && e.type != TREE_LNK) {
		u->n_out++;
		return 0;
	}
	if (e.path[0] == '\0' && e.type != TREE_DIR)
		return fail("/", -EINVAL, "the root is not a directory", why);
	if ((dir = parent_of(u, e.path, &leaf, why)) < 0)
		return dir;
	if ((r = media_list_add(&u->list, &e, &i)) < 0)
		return fail(e.path, r, r == -EEXIST ? "the image has two files of this name" :
		    r == -E2BIG ? "the image has too many files" : NULL, why);
	if (e.type == TREE_DIR)
		r = make_dir(u, e.path);
	else if (e.hard)
		r = put_hard(u, &first, dir, leaf);
	else if (e.type == TREE_LNK)
		r = put_symlink(u, &e, dir, leaf);
	else
		return put_file(u, s, &e, dir, leaf, tick, arg, why);
	tick(arg);
	return r < 0 ? fail(e.path, r, NULL, why) : 0;
}

/* All of a file system, or of a tree, is on the disk. */
static int
sync_tree(const struct media_unpack *u)
{
#ifdef __linux__
	return syncfs(u->root) == -1 ? -errno : 0;
#else
	for (size_t i = 0; i < u->list.n; i++) {
		const struct media_entry *e = &u->list.e[i];
		int fd, r;

		if ((e->type != TREE_REG && e->type != TREE_DIR) || e->hard)
			continue;
		if ((fd = os_open_beneath(u->root, e->path[0] != '\0' ? e->path : ".", O_RDONLY, false)) < 0)
			return fd;
		r = fsync(fd) == -1 ? -errno : 0;
		(void)close(fd);
		if (r < 0)
			return r;
	}
	return 0;
#endif
}

int
media_unpack_finish(struct media_unpack *u, char why[MEDIA_WHY])
{
	int fd, r;

	for (size_t i = 0; i < u->list.n; i++) {
		const struct media_entry *e = &u->list.e[i];

		if (e->type != TREE_DIR || e->implied)
			continue;
		if ((fd = open_dir(u, e->path)) < 0)
			return fail(e->path, fd, NULL, why);
		r = set_attrs(fd, e);
		(void)close(fd);
		if (r < 0)
			return fail(e->path, r, NULL, why);
	}
	if ((r = sync_tree(u)) < 0)
		return fail(u->tmp, r, NULL, why);
	return 0;
}

void
media_unpack_done(struct media_unpack *u)
{
	if (u->dir >= 0)
		(void)close(u->dir);
	(void)unlinkat(u->media, u->tmp, 0);
	media_list_done(&u->list);
}
