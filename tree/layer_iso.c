/* layer_iso.c - an ISO 9660 image as a part of a release tree.
 *
 * What was read of the image is good while its size and mtime are what they
 * were: an image that is written over is -ESTALE as a whole, until the tree
 * is opened again.  One that is exchanged by rename(2) stays readable.
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "../lib/os.h"
#include "../lib/os_stat.h"
#include "iso.h"
#include "mtree.h"

static int
image_read(void *arg, void *buf, size_t len, uint64_t off)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = os_pread((int)(intptr_t)arg, (uint8_t *)buf + done,
		    len - done, (int64_t)(off + done), false);
		if (n <= 0)
			return n < 0 ? (int)n : -EIO;
		done += (size_t)n;
	}
	return 0;
}

static void
image_close(struct layer *l)
{
	iso_close(l->iso);
}

int
layer_iso_open(struct layer *l, const char **why)
{
	struct iso_src src = { .read = image_read,
	    .arg = (void *)(intptr_t)l->fd, .size = (uint64_t)l->st.st_size };
	int r;

	if ((r = iso_open(&src, &l->iso, why)) == 0)
		l->ops = &layer_iso_ops;
	return r;
}

static int
check_image(const struct layer *l)
{
	struct stat st;
	int r = os_stat_now(l->fd, &st);

	if (r < 0)
		return r;
	return st.st_size == l->st.st_size &&
	    st.st_mtim.tv_sec == l->st.st_mtim.tv_sec &&
	    st.st_mtim.tv_nsec == l->st.st_mtim.tv_nsec ? 0 : -ESTALE;
}

static int
find(const struct layer *l, const char *path, bool nowait,
    struct iso_dir **ret_dir, const struct iso_entry **ret)
{
	int r = check_image(l);

	return r < 0 ? r : iso_find(l->iso, path, nowait, ret_dir, ret);
}

static void
attr_of(const struct layer *l, const char *path, const struct iso_entry *e,
    struct tree_attr *ret)
{
	*ret = e->attr;
	if (l->mtree != NULL)
		mtree_apply(l->mtree, path, ret);
}

static int
image_stat(const struct layer *l, const char *path, bool nowait,
    struct tree_attr *ret)
{
	const struct iso_entry *e;
	struct iso_dir *d;
	int r;

	if ((r = find(l, path, nowait, &d, &e)) < 0)
		return r;
	attr_of(l, path, e, ret);
	iso_dir_unref(d);
	return 0;
}

static int
image_file_open(const struct layer *l, const char *path, bool nowait,
    struct layer_file *ret)
{
	const struct iso_entry *e;
	struct iso_dir *d;
	int r;

	/* Whether it is still the same image is asked before each read. */
	if ((r = iso_find(l->iso, path, nowait, &d, &e)) < 0)
		return r;
	r = e->attr.type != TREE_REG ? -ESTALE : e->err;
	if (r < 0) {
		iso_dir_unref(d);
		return r;
	}
	*ret = (struct layer_file){ .fd = l->fd, .size = e->attr.size,
	    .extent = e->extent, .n_extent = e->n_extent, .hold = &d->item,
	    .image_size = (uint64_t)l->st.st_size, .stamp = {
	    .dev = (uint64_t)l->st.st_dev, .ino = (uint64_t)l->st.st_ino,
	    .mtime = l->st.st_mtim, .ctime = l->st.st_ctim } };
	return 0;
}

static int
image_readlink(const struct layer *l, const char *path, bool nowait, char *buf,
    size_t cap, size_t *ret_len)
{
	const struct iso_entry *e;
	struct iso_dir *d;
	int r;

	if ((r = find(l, path, nowait, &d, &e)) < 0)
		return r;
	r = e->attr.type != TREE_LNK ? -ESTALE : e->err;
	if (r == 0) {
		*ret_len = e->attr.size < cap ? (size_t)e->attr.size : cap;
		memcpy(buf, e->link, *ret_len);
	}
	iso_dir_unref(d);
	return r;
}

static int
image_dir_open(const struct layer *l, const char *path, bool list, bool nowait,
    struct layer_dir *ret)
{
	struct iso_dir *d;
	int r;

	(void)list;
	if ((r = check_image(l)) < 0 ||
	    (r = iso_dir_at(l->iso, path, nowait, &d)) < 0)
		return r;
	/* no ctime: it says nothing, and what is old counts as settled */
	*ret = (struct layer_dir){ .layer = l, .fd = -1, .iso = d, .stamp = {
	    .dev = (uint64_t)l->st.st_dev, .ino = (uint64_t)l->st.st_ino,
	    .mtime = l->st.st_mtim } };
	return 0;
}

static int
image_dir_stat(const struct layer_dir *d, const char *name, const char *path,
    bool nowait, struct tree_attr *ret)
{
	const struct iso_entry *e = iso_dir_find(d->iso, name, strlen(name));

	(void)nowait;
	if (e == NULL)
		return -ENOENT;
	attr_of(d->layer, path, e, ret);
	return 0;
}

static uint8_t
d_type_of(enum tree_type type)
{
	return type == TREE_DIR ? DT_DIR : type == TREE_LNK ? DT_LNK : DT_REG;
}

static int
image_dir_list(struct layer_dir *d, layer_name_fn *fn, void *arg)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < d->iso->n; i++)
		r = fn(arg, d->iso->e[i].name, d_type_of(d->iso->e[i].attr.type));
	return r;
}

static void
image_dir_close(struct layer_dir *d)
{
	iso_dir_unref(d->iso);
	d->iso = NULL;
}

/* As a mount shows it: full. */
static int
image_fsstat(const struct layer *l, bool nowait, struct view_fsstat *ret)
{
	(void)nowait;
	*ret = (struct view_fsstat){ .bytes = (uint64_t)l->st.st_size };
	return 0;
}

const struct layer_ops layer_iso_ops = {
	.stat = image_stat,
	.file_open = image_file_open,
	.readlink = image_readlink,
	.dir_open = image_dir_open,
	.dir_stat = image_dir_stat,
	.dir_list = image_dir_list,
	.dir_close = image_dir_close,
	.fsstat = image_fsstat,
	.close = image_close,
};
