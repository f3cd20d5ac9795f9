/* nfs_tree.h - the tree that a server of NFS is measured with, as it is on this
 * machine's disk: what every answer is compared with.  Gives up by err(3). */
#ifndef BENCH_NFS_TREE_H
#define BENCH_NFS_TREE_H

#include <sys/stat.h>
#include <dirent.h>
#include <fcntl.h>

#include "bench.h"

struct entry {
	char		*path;		/* below the root; "": the root itself */
	const char	*name;		/* its last component */
	uint32_t	 dir;		/* which entry it lies in */
	uint32_t	 first, n;	/* of a directory: its entries lie in a row */
	bool		 is_dir;
	uint64_t	 size;
	int64_t		 mtime;
	uint8_t		*data;		/* of a file */
	struct fh	 fh;		/* once it was looked up */
	unsigned	 seen;
};

static struct entry *entry;
static uint32_t n_entry;

static inline void
tree_file(struct entry *e, const char *path)
{
	int fd = open(path, O_RDONLY);
	size_t done = 0;
	ssize_t n;

	if (fd == -1 || (e->data = malloc(e->size + 1)) == NULL)
		err(1, "%s", path);
	while ((n = read(fd, e->data + done, e->size - done)) > 0)
		done += (size_t)n;
	if (done != e->size)
		errx(1, "%s: cut off", path);
	close(fd);
}

static inline int
by_path(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->path, ((const struct entry *)b)->path);
}

static inline void
tree_add(uint32_t dir, const char *name, const struct stat *st)
{
	struct entry *e;
	size_t len = strlen(entry[dir].path);

	if (n_entry % 1024 == 0 &&
	    (entry = realloc(entry, (n_entry + 1024) * sizeof(*entry))) == NULL)
		err(1, "memory");
	e = &entry[n_entry++];
	*e = (struct entry){ .dir = dir, .is_dir = S_ISDIR(st->st_mode),
	    .size = (uint64_t)st->st_size, .mtime = st->st_mtim.tv_sec };
	if ((e->path = malloc(len + strlen(name) + 2)) == NULL)
		err(1, "memory");
	sprintf(e->path, "%s%s%s", entry[dir].path, len > 0 ? "/" : "", name);
	e->name = e->path + (len > 0 ? len + 1 : 0);
}

static inline void
tree_dir(const char *root, uint32_t dir)
{
	char path[4096];
	const struct dirent *d;
	struct stat st;
	DIR *list;

	snprintf(path, sizeof(path), "%s/%s", root, entry[dir].path);
	if ((list = opendir(path)) == NULL)
		err(1, "%s", path);
	entry[dir].first = n_entry;
	while ((d = readdir(list)) != NULL) {
		if (d->d_name[0] == '.')
			continue;
		if (fstatat(dirfd(list), d->d_name, &st, AT_SYMLINK_NOFOLLOW) == -1)
			err(1, "%s", d->d_name);
		tree_add(dir, d->d_name, &st);
	}
	closedir(list);
	entry[dir].n = n_entry - entry[dir].first;
	qsort(entry + entry[dir].first, entry[dir].n, sizeof(*entry), by_path);
}

/* All of it, directories before what is in them. */
static inline void
tree_load(const char *root)
{
	struct stat st;
	char path[4096];

	if (stat(root, &st) == -1 || (entry = calloc(1024, sizeof(*entry))) == NULL)
		err(1, "%s", root);
	n_entry = 1;
	entry[0] = (struct entry){ .path = strdup(""), .is_dir = true,
	    .mtime = st.st_mtim.tv_sec };
	entry[0].name = entry[0].path;
	for (uint32_t i = 0; i < n_entry; i++) {
		snprintf(path, sizeof(path), "%s/%s", root, entry[i].path);
		if (entry[i].is_dir)
			tree_dir(root, i);
		else
			tree_file(&entry[i], path);
	}
}

/* What lies in a directory and has that name, or NULL. */
static inline struct entry *
tree_find(const struct entry *dir, const void *name, size_t len)
{
	for (uint32_t lo = dir->first, hi = dir->first + dir->n; lo < hi; ) {
		uint32_t mid = lo + (hi - lo) / 2;
		const char *s = entry[mid].name;
		size_t n = strlen(s);
		int c = memcmp(name, s, len < n ? len : n);

		if (c == 0 && len == n)
			return &entry[mid];
		if (c < 0 || (c == 0 && len < n))
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

/* Making it -------------------------------------------------------------------- */

/* Bytes that differ from place to place (xorshift). */
static inline void
tree_make_file(const char *path, uint64_t size)
{
	static uint64_t x = 88172645463325252u, buf[8192];
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0644);
	size_t n;

	if (fd == -1)
		err(1, "%s", path);
	for (; size > 0; size -= n) {
		n = size < sizeof(buf) ? (size_t)size : sizeof(buf);
		for (size_t i = 0; i < (n + 7) / 8; i++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			buf[i] = x;
		}
		if (write(fd, buf, n) != (ssize_t)n)
			err(1, "%s", path);
	}
	close(fd);
}

/* A file "big", what a loader reads in "boot", and small files in "small". */
static inline void
tree_make(const char *root, unsigned big_mb, unsigned dirs, unsigned files)
{
	char path[4096];
	int n = snprintf(path, sizeof(path), "%s", root);
	size_t left;

	if (n < 0 || n > 3000 || (mkdir(root, 0755) == -1 && errno != EEXIST))
		err(1, "%s", root);
	left = sizeof(path) - (size_t)n;
	snprintf(path + n, left, "/big");
	tree_make_file(path, (uint64_t)big_mb << 20 | 4321);
	snprintf(path + n, left, "/boot");
	mkdir(path, 0755);
	for (unsigned i = 0; i < 16; i++) {
		snprintf(path + n, left, "/boot/file%u", i);
		tree_make_file(path, i == 0 ? 800000 : 10000 + i * 1000);
	}
	snprintf(path + n, left, "/small");
	mkdir(path, 0755);
	for (unsigned d = 0; d < dirs; d++) {
		snprintf(path + n, left, "/small/dir%03u", d);
		if (mkdir(path, 0755) == -1)
			err(1, "%s", path);
		for (unsigned i = 0; i < files; i++) {
			snprintf(path + n, left, "/small/dir%03u/file%03u", d, i);
			tree_make_file(path, 200 + (d * 31 + i * 97) % 4000);
		}
	}
}

#endif /* BENCH_NFS_TREE_H */
