/* view_read.c - the bytes of files and of symbolic links. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/os.h"
#include "../lib/os_stat.h"
#include "../lib/siphash.h"
#include "disk.h"
#include "files.h"
#include "tree_int.h"

#define OWN_FD_MIN	(16u << 10)	/* see copy_large() */

/* An open file: of the tree, the overlay, or the log. */
struct view_file {
	struct layer_file disk;		/* fd -1: not of the tree */
	struct file	*held;		/* whose descriptor it is; NULL: its own */
	uint64_t	 size;
	struct overlay	*overlay;	/* holds data */
	const uint8_t	*data;
	struct tree_log	*log;
};

static int
check_regular(const struct node *n)
{
	if (n->attr.type == TREE_DIR)
		return -EISDIR;
	if (n->attr.type != TREE_REG)
		return -EINVAL;
	return n->src == NODE_DISK || n->src == NODE_OVERLAY ||
	    n->src == NODE_LOG ? 0 : -EINVAL;
}

/* The file at the node's path: opened, or found open.  With a cache, *ret_held
 * is a reference to what has the descriptor (NULL: f has it itself). */
static int
open_disk(const struct node *n, bool nowait, struct files *files,
    struct layer_file *f, struct file **ret_held)
{
	const struct layer_stamp stamp = { .dev = n->attr.dev,
	    .ino = n->attr.ino, .ctime = { .tv_sec = (time_t)n->attr.ctime.s,
	    .tv_nsec = (long)n->attr.ctime.ns } };
	int r;

	if (files != NULL && stamp.ino != 0 &&
	    (*ret_held = files_find(files, &stamp)) != NULL) {
		*f = (struct layer_file){ .fd = file_fd(*ret_held),
		    .size = n->attr.size, .stamp = stamp };
		return 0;
	}
	r = disk_file_open(n->view->tree, n->path, nowait, f);
	if ((r == -EMFILE || r == -ENFILE) && files != NULL) {
		(void)files_sweep(files, true);
		r = disk_file_open(n->view->tree, n->path, nowait, f);
	}
	if (r == 0 && files != NULL)
		(void)files_keep(files, f, ret_held);
	return r;
}

/* The overlay is borrowed.  held: as open_disk(). */
static int
file_init(const struct tree_cred *c, const struct node *n, unsigned flags,
    struct files *files, struct view_file *f, struct file **ret_held)
{
	const struct overlay_entry *e;
	int r;

	*f = (struct view_file){ .disk.fd = -1 };
	*ret_held = NULL;
	if ((r = check_regular(n)) < 0)
		return r;
	if (!cred_may_read(c, &n->attr))
		return -EACCES;
	if (n->src == NODE_DISK) {	/* which may have changed since */
		r = open_disk(n, flags & TREE_NOWAIT, files, &f->disk, ret_held);
		f->size = f->disk.size;
		return r;
	}
	if (n->src == NODE_LOG) {
		f->log = n->view->log;
		f->size = tree_log_size(f->log, NULL);
		return 0;
	}
	e = overlay_find_n(n->view->overlay, n->path, n->path_len);
	if (e == NULL || e->kind != OVERLAY_FILE)
		return -ESTALE;
	f->data = e->data;
	f->size = e->len;
	return 0;
}

int
view_file_read(struct view_file *f, uint64_t off, void *buf, size_t len,
    unsigned flags, size_t *ret_n)
{
	*ret_n = 0;
	if (f->log != NULL) {
		*ret_n = tree_log_read(f->log, off, buf, len);
		return 0;
	}
	if (off >= f->size)
		return 0;
	if (len > f->size - off)
		len = (size_t)(f->size - off);
	if (f->disk.fd >= 0)
		return disk_file_read(&f->disk, off, buf, len,
		    flags & TREE_NOWAIT, ret_n);
	if (len > 0)
		memcpy(buf, f->data + off, len);
	*ret_n = len;
	return 0;
}

/* Bytes that lie in one piece: a READ that crosses extents is copied. */
static bool
one_piece(const struct view_file *f, uint64_t off, size_t len, uint64_t *ret_at)
{
	uint64_t left;

	return off < f->size && len <= f->size - off &&
	    disk_file_place(&f->disk, off, ret_at, &left) == 0 && left >= len;
}

/* More than buf holds: made resident by a disk thread, through buf. */
static int
make_resident(const struct file_seg *all, void *buf, size_t cap)
{
	struct file_seg s = *all;
	uint32_t left = all->len;
	int r = 0;

	for (; r == 0 && left > 0; left -= s.len, s.off += s.len) {
		s.len = left < cap ? left : (uint32_t)cap;
		r = file_seg_read(&s, buf, false);
	}
	return r;
}

/* Whether the bytes can be sent from where they are. */
static int
place_seg(const struct view_file *f, struct file *held, uint64_t off, void *buf,
    size_t cap, bool nowait, struct files *files, struct file_seg *seg)
{
	struct file_seg s = { .file = held, .len = seg->len };
	int r;

	if (off < f->size && s.len > f->size - off)
		s.len = (uint32_t)(f->size - off);
	if (s.len < FILE_SEG_MIN || !one_piece(f, off, s.len, &s.off))
		return 0;
	if (nowait) {
		if (!files_resident(files, held, s.off, s.len))
			return s.len > cap ? -EAGAIN : 0;
	} else if (!OS_SENDFILE_TELLS) {
		if (s.len <= cap)
			return 0;
		if ((r = make_resident(&s, buf, cap)) < 0)
			return r;
	}
	*seg = s;
	(void)file_ref(held);
	return 0;
}

/* Reading ahead by attempts that may not wait was measured to be five times
 * slower through a descriptor that is used again and again: so what is large,
 * and perhaps on disk, gets one of its own. */
static int
copy_large(const struct node *n, struct view_file *f, uint64_t off, void *buf,
    size_t cap, unsigned flags, size_t *ret_n)
{
	struct view_file own = *f;
	int r;

	r = disk_file_open(n->view->tree, n->path, flags & TREE_NOWAIT,
	    &own.disk);
	if (r == -EMFILE || r == -ENFILE)
		return view_file_read(f, off, buf, cap, flags, ret_n);
	if (r < 0)
		return r;
	f->size = own.size = own.disk.size;
	if ((flags & TREE_NOWAIT) && (own.disk.stamp.dev != n->attr.dev ||
	    own.disk.stamp.ino != n->attr.ino))
		r = -EAGAIN;		/* replaced this very moment */
	else
		r = view_file_read(&own, off, buf, cap, flags, ret_n);
	disk_file_close(&own.disk);
	return r;
}

/* A read of a file that is held, copied or not. */
static int
read_held(const struct node *n, struct view_file *f, struct file *held,
    uint64_t off, void *buf, size_t cap, unsigned flags, struct files *files,
    struct file_seg *seg, size_t *ret_n)
{
	bool nowait = flags & TREE_NOWAIT;
	uint64_t at;
	int r;

	if (seg != NULL) {
		r = place_seg(f, held, off, buf, cap, nowait, files, seg);
		*ret_n = seg->len;
		if (r < 0 || seg->file != NULL)
			return r;
	}
	if (cap >= OWN_FD_MIN && n->attr.ino != 0)
		r = copy_large(n, f, off, buf, cap, flags, ret_n);
	else
		r = view_file_read(f, off, buf, cap, flags, ret_n);
	if (r == 0 && nowait && *ret_n > 0 && one_piece(f, off, *ret_n, &at))
		files_saw(files, held, at, *ret_n);
	return r;
}

int
view_read_held(const struct tree_cred *c, const struct node *n, uint64_t off,
    void *buf, size_t cap, unsigned flags, struct files *files,
    struct file_seg *seg, size_t *ret_n, bool *ret_eof)
{
	struct view_file f;
	struct file *held;
	int r;

	if ((r = file_init(c, n, flags, files, &f, &held)) < 0)
		return r;
	if (held != NULL)
		r = read_held(n, &f, held, off, buf, cap, flags, files, seg, ret_n);
	else
		r = view_file_read(&f, off, buf, cap, flags, ret_n);
	*ret_eof = off >= f.size || *ret_n >= f.size - off;
	disk_file_close(&f.disk);
	file_unref(held);
	return r;
}

int
view_read(const struct tree_cred *c, const struct node *n, uint64_t off,
    void *buf, size_t len, unsigned flags, size_t *ret_n, bool *ret_eof)
{
	return view_read_held(c, n, off, buf, len, flags, NULL, NULL, ret_n,
	    ret_eof);
}

int
view_file_hold(const struct tree_cred *c, const struct node *n,
    unsigned flags, struct files *files, struct view_file **ret)
{
	struct view_file *f = malloc(sizeof(*f));
	struct file *held;
	int r;

	if (f == NULL)
		return -ENOMEM;
	r = file_init(c, n, flags, files, f, &held);
	f->held = held;
	if (r < 0 || (r = f->disk.fd >= 0 && held == NULL ?
	    disk_file_keep(&f->disk) : 0) < 0) {
		disk_file_close(&f->disk);
		file_unref(held);
		free(f);
		return r;
	}
	if (f->log != NULL)
		(void)tree_log_ref(f->log);
	if (f->data != NULL)
		f->overlay = overlay_ref(n->view->overlay);
	*ret = f;
	return 0;
}

int
view_file_open(const struct tree_cred *c, const struct node *n,
    unsigned flags, struct view_file **ret)
{
	return view_file_hold(c, n, flags, NULL, ret);
}

uint64_t
view_file_size(const struct view_file *f)
{
	return f->size;
}

uint64_t
view_file_version(const struct view_file *f, const struct node *n)
{
	const struct layer_stamp *s = &f->disk.stamp;
	const uint64_t v[] = { n->attr.fsid, n->attr.fileid, f->size,
	    (uint64_t)n->attr.mtime.s, n->attr.mtime.ns, s->dev, s->ino,
	    (uint64_t)s->ctime.tv_sec, (uint64_t)s->ctime.tv_nsec };

	return siphash(n->view->key, v, sizeof(v));
}

static uint64_t
ns_of(struct timespec t)
{
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

unsigned
view_file_lane(const struct view_file *f)
{
	return layer_lane(f->disk.stamp.dev);
}

uint64_t
view_file_state(const struct view_file *f, uint64_t *ret_written)
{
	struct stat st;

	*ret_written = 0;
	if (f->disk.fd < 0 || os_stat_now(f->disk.fd, &st) < 0)
		return 0;
	*ret_written = ns_of(st.st_mtim) + (uint64_t)st.st_size;
	return *ret_written ^ ns_of(st.st_ctim) * 0x9e3779b97f4a7c15u;
}

bool
view_file_seg(const struct view_file *f, uint64_t off, uint32_t len,
    struct file_seg *ret)
{
	uint64_t at, left;

	if (f->held == NULL || off >= f->size ||
	    disk_file_place(&f->disk, off, &at, &left) < 0 || left == 0)
		return false;
	if (left > f->size - off)
		left = f->size - off;
	*ret = (struct file_seg){ .file = f->held, .off = at,
	    .len = left < len ? (uint32_t)left : len };
	return true;
}

void
view_file_close(struct view_file *f)
{
	if (f == NULL)
		return;
	disk_file_close(&f->disk);
	file_unref(f->held);
	overlay_unref(f->overlay);
	tree_log_unref(f->log);
	free(f);
}

static int
readlink_disk(const struct node *n, unsigned flags, char *buf, size_t cap,
    size_t *ret_len)
{
	int r = disk_readlink(n->view->tree, n->path, flags & TREE_NOWAIT, buf,
	    cap, ret_len);

	if (r == 0 && *ret_len == cap)
		r = -ENAMETOOLONG;
	if (r < 0)
		return r;
	buf[*ret_len] = '\0';
	return 0;
}

int
view_readlink(const struct node *n, unsigned flags, char *buf, size_t cap,
    size_t *ret_len)
{
	const struct overlay_entry *e;

	if (n->attr.type != TREE_LNK)
		return -EINVAL;
	if (n->src == NODE_DISK)
		return readlink_disk(n, flags, buf, cap, ret_len);
	e = overlay_find_n(n->view->overlay, n->path, n->path_len);
	if (e == NULL || e->kind != OVERLAY_LINK)
		return -ESTALE;
	if (e->len >= cap)
		return -ENAMETOOLONG;
	memcpy(buf, e->data, e->len + 1);
	*ret_len = e->len;
	return 0;
}
