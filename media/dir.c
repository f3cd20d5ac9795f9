/* dir.c - the media directory. */
#include <sys/stat.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/os.h"
#include "../tree/tree.h"
#include "dir.h"

#define STATE_MAX	4096u
#define FILE_MAX	((size_t)64 << 20)
#define DELETE_DEPTH	256u

/* With what is missing of its path. */
static int
make_path(const char *path)
{
	char *p = strdup(path), *slash;
	int r = 0;

	if (p == NULL)
		return -ENOMEM;
	for (slash = p; r == 0 && slash != NULL; ) {
		if ((slash = strchr(slash + 1, '/')) != NULL)
			*slash = '\0';
		if (mkdir(p, 0755) == -1 && errno != EEXIST)
			r = -errno;
		if (slash != NULL)
			*slash = '/';
	}
	free(p);
	return r;
}

int
media_dir_open(struct media_dir *d, const char *path, bool make)
{
	int r;

	if (make && access(path, F_OK) == -1 && (r = make_path(path)) < 0)
		return r;
	if ((d->path = realpath(path, NULL)) == NULL)
		return -errno;
	if ((d->fd = open(d->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1) {
		free(d->path);
		return -errno;
	}
	return 0;
}

void
media_dir_close(struct media_dir *d)
{
	(void)close(d->fd);
	free(d->path);
}

bool
media_name_ok(const char *name)
{
	static const char ok[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	static const char *const beside_[] = { ".mtree", ".sums" };	/* files beside a tree */
	size_t n = strspn(name, ok);

	for (size_t i = 0; i < 2; i++)
		if (n > strlen(beside_[i]) && strcmp(name + n - strlen(beside_[i]), beside_[i]) == 0)
			return false;
	return n > 0 && n <= MEDIA_NAME_MAX && name[n] == '\0' && strchr("._-", name[0]) == NULL;
}

void
media_hidden(const char *name, const char *suffix, char ret[MEDIA_FILE])
{
	(void)snprintf(ret, MEDIA_FILE, ".%.63s%s", name, suffix);
}

static uint64_t
inode_of(const struct media_dir *d, const char *name)
{
	struct stat st;

	return fstatat(d->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 ? (uint64_t)st.st_ino : 0;
}

bool
media_has_dir(const struct media_dir *d, const char *name)
{
	struct stat st;

	return fstatat(d->fd, name, &st, 0) == 0 && S_ISDIR(st.st_mode);
}

/* State --------------------------------------------------------------------- */

static void
state_line(struct media_state *s, char *line)
{
	char *eq = strchr(line, '=');

	if (eq == NULL)
		return;
	*eq++ = '\0';
	if (strcmp(line, "mark") == 0)
		(void)snprintf(s->mark, sizeof(s->mark), "%.120s", eq);
	else if (strcmp(line, "file") == 0)
		(void)snprintf(s->file, sizeof(s->file), "%.290s", eq);
	else if (strcmp(line, "uid") == 0)
		s->uid = (unsigned)strtoul(eq, NULL, 10);
	else if (strcmp(line, "commit") == 0)
		s->commit = strtoull(eq, NULL, 10);
	else if (strcmp(line, "mtree") == 0)
		s->mtree = *eq == '1';
	else if (strcmp(line, "sums") == 0)
		s->sums = *eq == '1';
}

/* One that was cut off says less, and so the work begins again. */
static int
state_read(struct media_state *s)
{
	char text[STATE_MAX + 1], *next;
	ssize_t n = os_pread(s->fd, text, STATE_MAX, 0, false);

	if (n < 0)
		return (int)n;
	text[n] = '\0';
	for (char *p = text; (next = strchr(p, '\n')) != NULL; p = next + 1) {
		*next = '\0';
		state_line(s, p);
	}
	return 0;
}

int
media_state_open(const struct media_dir *d, const char *name, struct media_state *s)
{
	char file[MEDIA_FILE];
	struct stat st;
	int r;

	*s = (struct media_state){ .fd = -1 };
	media_hidden(name, ".from", file);
	for (;;) {
		s->fd = openat(d->fd, file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
		if (s->fd == -1)
			return -errno;
		if ((r = os_lock(s->fd)) < 0 || (fstat(s->fd, &st) == -1 && (r = -errno) < 0)) {
			media_state_close(s);
			return r;
		}
		if (st.st_nlink > 0)		/* else: whoever had it has just finished */
			return state_read(s);
		media_state_close(s);
	}
}

int
media_state_peek(const struct media_dir *d, const char *name, struct media_state *s)
{
	char file[MEDIA_FILE];
	int r;

	*s = (struct media_state){ .fd = -1 };
	media_hidden(name, ".from", file);
	if ((s->fd = openat(d->fd, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) == -1)
		return -errno;
	r = state_read(s);
	media_state_close(s);
	return r;
}

int
media_state_save(const struct media_state *s)
{
	char text[STATE_MAX];
	int n = snprintf(text, sizeof(text), "mark=%s\nfile=%s\nuid=%u\ncommit=%llu\nmtree=%d\nsums=%d\n",
	    s->mark, s->file, s->uid, (unsigned long long)s->commit, s->mtree, s->sums);

	if (ftruncate(s->fd, 0) == -1 || pwrite(s->fd, text, (size_t)n, 0) != n || fsync(s->fd) == -1)
		return errno != 0 ? -errno : -EIO;
	return 0;
}

void
media_state_close(struct media_state *s)
{
	if (s->fd >= 0)
		(void)close(s->fd);
	s->fd = -1;
}

/* Deleting ------------------------------------------------------------------ */

static DIR *
open_at(int dirfd, const char *name)
{
	int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	DIR *dir;

	if (fd == -1 && errno == EACCES && fchmodat(dirfd, name, 0700, 0) == 0)
		fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return NULL;
	if (fstat(fd, &st) == 0 && (st.st_mode & 0700) != 0700)
		(void)fchmod(fd, 0700);
	if ((dir = fdopendir(fd)) == NULL)
		(void)close(fd);
	return dir;
}

struct level { DIR *dir; char name[NAME_MAX + 1]; };

/* Entries of the innermost directory; -ENOTEMPTY: it has gone one deeper. */
static int
delete_level(struct level *l, unsigned *depth)
{
	struct dirent *e;
	DIR *dir = l[*depth].dir;

	while ((e = readdir(dir)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
		    unlinkat(dirfd(dir), e->d_name, 0) == 0 || errno == ENOENT)
			continue;
		if (errno != EISDIR && errno != EPERM)
			return -errno;
		if (*depth + 1 == DELETE_DEPTH)
			return -ELOOP;
		if ((l[*depth + 1].dir = open_at(dirfd(dir), e->d_name)) == NULL)
			return -errno;
		(void)snprintf(l[++*depth].name, sizeof(l->name), "%s", e->d_name);
		return -ENOTEMPTY;
	}
	return 0;
}

int
media_delete(int dirfd_, const char *name)
{
	struct level *l = calloc(DELETE_DEPTH, sizeof(*l));
	unsigned depth = 0;
	int r = 0;

	if (l == NULL)
		return -ENOMEM;
	if ((l[0].dir = open_at(dirfd_, name)) == NULL) {
		/* a link is ELOOP, on FreeBSD EMLINK */
		r = errno == ENOENT ? 0 :
		    errno == ENOTDIR || errno == ELOOP || errno == EMLINK ?
		    (unlinkat(dirfd_, name, 0) == 0 ? 0 : -errno) : -errno;
		free(l);
		return r;
	}
	while ((r = delete_level(l, &depth)) == 0 || r == -ENOTEMPTY) {
		if (r == -ENOTEMPTY)
			continue;
		(void)closedir(l[depth].dir);
		if (unlinkat(depth > 0 ? dirfd(l[depth - 1].dir) : dirfd_,
		    depth > 0 ? l[depth].name : name, AT_REMOVEDIR) == -1) {
			r = -errno;
			if (depth-- == 0)
				goto out;
			break;
		}
		if (depth-- == 0)
			goto out;
		rewinddir(l[depth].dir);
	}
	for (unsigned i = 0; i <= depth; i++)
		(void)closedir(l[i].dir);
out:
	free(l);
	return r;
}

int
media_delete_part(const struct media_dir *d, const char *name)
{
	static const char *const suffix[] = { ".part.mtree", ".part.sums", ".tmp" };
	char file[MEDIA_FILE];

	for (size_t i = 0; i < sizeof(suffix) / sizeof(suffix[0]); i++) {
		media_hidden(name, suffix[i], file);
		(void)unlinkat(d->fd, file, 0);
	}
	media_hidden(name, ".part", file);
	return media_delete(d->fd, file);
}

/* Small files --------------------------------------------------------------- */

int
media_write_file(const struct media_dir *d, const char *file, const struct buf *b)
{
	size_t done = 0;
	ssize_t n = 0;
	int fd, r = 0;

	if (unlinkat(d->fd, file, 0) == -1 && errno != ENOENT)
		return -errno;
	fd = openat(d->fd, file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd == -1)
		return -errno;
	while (done < b->len && r == 0) {
		if ((n = write(fd, b->p + done, b->len - done)) == -1 && errno != EINTR)
			r = -errno;
		done += n > 0 ? (size_t)n : 0;
	}
	if (r == 0 && (fchmod(fd, 0644) == -1 || fsync(fd) == -1))
		r = -errno;
	(void)close(fd);
	return r;
}

int
media_read_file(const struct media_dir *d, const char *file, struct buf *b)
{
	char part[65536];
	ssize_t n;
	int fd = openat(d->fd, file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd == -1)
		return -errno;
	while ((n = read(fd, part, sizeof(part))) > 0 && b->len < FILE_MAX)
		buf_add(b, part, (size_t)n);
	n = n < 0 ? -errno : b->len >= FILE_MAX ? -EFBIG : b->err;
	(void)close(fd);
	return (int)n;
}

/* Becoming current ---------------------------------------------------------- */

/* .NAME.part in the place of NAME, and the reverse. */
static int
exchange(const struct media_dir *d, const char *part, const char *name)
{
#ifdef RENAME_EXCHANGE
	if (renameat2(d->fd, part, d->fd, name, RENAME_EXCHANGE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
#endif
	char old[MEDIA_FILE];

	media_hidden(name, ".old", old);
	if (renameat(d->fd, name, d->fd, old) == -1 || renameat(d->fd, part, d->fd, name) == -1)
		return -errno;
	return 0;
}

static int
beside(const struct media_dir *d, const char *name, const char *suffix, bool has)
{
	char from[MEDIA_FILE], to[MEDIA_FILE], part[24];

	(void)snprintf(part, sizeof(part), ".part%s", suffix);
	media_hidden(name, part, from);
	(void)snprintf(to, sizeof(to), "%.63s%s", name, suffix);
	if (has ? renameat(d->fd, from, d->fd, to) == -1 : unlinkat(d->fd, to, 0) == -1)
		return errno == ENOENT ? 0 : -errno;
	return 0;
}

int
media_commit(const struct media_dir *d, const char *name, struct media_state *s)
{
	char part[MEDIA_FILE], old[MEDIA_FILE], from[MEDIA_FILE];
	int r;

	media_hidden(name, ".part", part);
	media_hidden(name, ".old", old);
	media_hidden(name, ".from", from);
	if (s->commit == 0) {
		if ((r = media_delete(d->fd, old)) < 0)
			return r;
		s->commit = inode_of(d, part);
		if ((r = media_state_save(s)) < 0)
			return r;
	}
	if (inode_of(d, name) != s->commit && inode_of(d, part) == s->commit) {
		if (inode_of(d, name) != 0)
			r = exchange(d, part, name);
		else
			r = renameat(d->fd, part, d->fd, name) == -1 ? -errno : 0;
		if (r < 0)
			return r;
	}
	if ((r = beside(d, name, ".mtree", s->mtree)) < 0 ||
	    (r = beside(d, name, ".sums", s->sums)) < 0)
		return r;
	if (renameat(d->fd, part, d->fd, old) == -1 && errno != ENOENT)
		return -errno;
	if (fsync(d->fd) == -1)
		return -errno;
	(void)unlinkat(d->fd, from, 0);
	return 0;
}

int
media_retire(const struct media_dir *d, const char *name)
{
	char old[MEDIA_FILE], file[MEDIA_FILE];
	int r;

	media_hidden(name, ".old", old);
	if ((r = media_delete(d->fd, old)) < 0)
		return r;
	if (renameat(d->fd, name, d->fd, old) == -1 && errno != ENOENT)
		return -errno;
	(void)snprintf(file, sizeof(file), "%.63s.mtree", name);
	(void)unlinkat(d->fd, file, 0);
	(void)snprintf(file, sizeof(file), "%.63s.sums", name);
	(void)unlinkat(d->fd, file, 0);
	return fsync(d->fd) == -1 ? -errno : 0;
}
