/* disk.c - a release tree's own files: its layers, one after the other. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "../lib/os.h"
#include "../lib/os_stat.h"
#include "disk.h"
#include "lru.h"
#include "tree_int.h"

/* Does the search end with what layer i said?  -ENOENT: the next one may have
 * it.  -ENOTDIR: it has a file there, that hides what later ones have. */
static bool
is_last(int r)
{
	return r != -ENOENT;
}

/* A file beneath the first layer hides names in a directory that is there. */
static int
not_found(int r, size_t i)
{
	return r == -ENOTDIR && i > 0 ? -ENOENT : r;
}

int
disk_stat(const struct tree *t, const char *path, bool nowait,
    struct tree_attr *ret)
{
	int r = -ENOENT;
	size_t i;

	for (i = 0; i < t->n_layer && !is_last(r); i++)
		r = t->layer[i].ops->stat(&t->layer[i], path, nowait, ret);
	return not_found(r, i - 1);
}

int
disk_readlink(const struct tree *t, const char *path, bool nowait, char *buf,
    size_t cap, size_t *ret_len)
{
	int r = -ENOENT;
	size_t i;

	for (i = 0; i < t->n_layer && !is_last(r); i++)
		r = t->layer[i].ops->readlink(&t->layer[i], path, nowait, buf,
		    cap, ret_len);
	return not_found(r, i - 1);
}

int
disk_fsstat(const struct tree *t, bool nowait, struct view_fsstat *ret)
{
	return t->layer[0].ops->fsstat(&t->layer[0], nowait, ret);
}

/* Directories ------------------------------------------------------------ */

int
disk_dir_open(const struct tree *t, const char *path, bool list, bool nowait,
    struct disk_dir *ret)
{
	int r = -ENOENT;

	ret->n = 0;
	for (size_t i = 0; i < t->n_layer; i++) {
		r = t->layer[i].ops->dir_open(&t->layer[i], path, list, nowait,
		    &ret->part[ret->n]);
		if (r == 0)
			ret->layer[ret->n++] = (uint8_t)i;
		else if (r == -ENOTDIR)
			break;
		else if (r != -ENOENT) {
			disk_dir_close(ret);
			return r;
		}
	}
	return ret->n > 0 ? 0 : r;
}

int
disk_dir_stat(const struct disk_dir *d, const struct name *e, const char *path,
    bool nowait, struct tree_attr *ret)
{
	const struct layer_dir *p;

	for (size_t i = 0; i < d->n; i++)
		if (d->layer[i] == e->layer) {
			p = &d->part[i];
			return p->layer->ops->dir_stat(p, e->s, path, nowait, ret);
		}
	return -ENOENT;		/* that layer's directory went meanwhile */
}

void
disk_dir_close(struct disk_dir *d)
{
	for (size_t i = 0; i < d->n; i++)
		d->part[i].layer->ops->dir_close(&d->part[i]);
	d->n = 0;
}

/* Files ------------------------------------------------------------------ */

int
disk_file_open(const struct tree *t, const char *path, bool nowait,
    struct layer_file *ret)
{
	int r = -ENOENT;
	size_t i;

	for (i = 0; i < t->n_layer && !is_last(r); i++)
		r = t->layer[i].ops->file_open(&t->layer[i], path, nowait, ret);
	return not_found(r, i - 1);
}

int
disk_file_keep(struct layer_file *f)
{
	int fd;

	if (f->own_fd)
		return 0;
	if ((fd = fcntl(f->fd, F_DUPFD_CLOEXEC, 0)) == -1)
		return -errno;
	f->fd = fd;
	f->own_fd = true;
	return 0;
}

void
disk_file_close(struct layer_file *f)
{
	if (f->own_fd)
		(void)close(f->fd);
	lru_unref(f->hold);
	*f = (struct layer_file){ .fd = -1 };
}

/* The extent that has off; they follow each other without gaps. */
static const struct extent *
extent_at(const struct layer_file *f, uint64_t off)
{
	size_t lo = 0, hi = f->n_extent, mid;

	while (hi - lo > 1) {
		mid = lo + (hi - lo) / 2;
		if (f->extent[mid].at <= off)
			lo = mid;
		else
			hi = mid;
	}
	return &f->extent[lo];
}

/* Extents mean something only in the image that they were read from. */
static int
check_image(const struct layer_file *f)
{
	struct stat st;
	int r = os_stat_now(f->fd, &st);

	if (r < 0)
		return r;
	return (uint64_t)st.st_size == f->image_size &&
	    st.st_mtim.tv_sec == f->stamp.mtime.tv_sec &&
	    st.st_mtim.tv_nsec == f->stamp.mtime.tv_nsec ? 0 : -ESTALE;
}

int
disk_file_place(const struct layer_file *f, uint64_t off, uint64_t *ret_off,
    uint64_t *ret_len)
{
	const struct extent *e;

	if (f->n_extent == 0) {
		*ret_off = off;
		*ret_len = f->size - off;
		return 0;
	}
	e = extent_at(f, off);
	*ret_off = e->off + (off - e->at);
	*ret_len = e->len - (off - e->at);
	return check_image(f);
}

int
disk_file_read(const struct layer_file *f, uint64_t off, void *buf, size_t len,
    bool nowait, size_t *ret_n)
{
	uint64_t at, left;
	size_t done = 0;
	ssize_t n;
	int r;

	*ret_n = 0;
	while (done < len) {
		if ((r = disk_file_place(f, off + done, &at, &left)) < 0)
			return r;
		if (left > len - done)
			left = len - done;
		n = os_pread(f->fd, (uint8_t *)buf + done, (size_t)left,
		    (int64_t)at, nowait);
		if (n == 0 && f->n_extent > 0)
			n = -EIO;		/* an image never ends early */
		if (n < 0 && (done == 0 || n != -EAGAIN))
			return n == -EAGAIN && !nowait ? -EIO : (int)n;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	*ret_n = done;
	return 0;
}
