/* view_read.c - the bytes of files and of symbolic links. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "disk.h"
#include "tree_int.h"

/* An open file: of the tree, the overlay, or the log. */
struct view_file {
	struct layer_file disk;		/* fd -1: not of the tree */
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

/* The overlay is borrowed. */
static int
file_init(const struct tree_cred *c, const struct node *n, unsigned flags,
    struct view_file *f)
{
	const struct overlay_entry *e;
	int r;

	*f = (struct view_file){ .disk.fd = -1 };
	if ((r = check_regular(n)) < 0)
		return r;
	if (!cred_may_read(c, &n->attr))
		return -EACCES;
	if (n->src == NODE_DISK) {	/* which may have changed since */
		r = disk_file_open(n->view->tree, n->path,
		    flags & TREE_NOWAIT, &f->disk);
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

int
view_read(const struct tree_cred *c, const struct node *n, uint64_t off,
    void *buf, size_t len, unsigned flags, size_t *ret_n, bool *ret_eof)
{
	struct view_file f;
	int r;

	if ((r = file_init(c, n, flags, &f)) < 0)
		return r;
	r = view_file_read(&f, off, buf, len, flags, ret_n);
	*ret_eof = off >= f.size || *ret_n >= f.size - off;
	disk_file_close(&f.disk);
	return r;
}

int
view_file_open(const struct tree_cred *c, const struct node *n,
    unsigned flags, struct view_file **ret)
{
	struct view_file *f = malloc(sizeof(*f));
	int r;

	if (f == NULL)
		return -ENOMEM;
	if ((r = file_init(c, n, flags, f)) < 0 ||
	    (r = f->disk.fd >= 0 ? disk_file_keep(&f->disk) : 0) < 0) {
		disk_file_close(&f->disk);
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

uint64_t
view_file_size(const struct view_file *f)
{
	return f->size;
}

void
view_file_close(struct view_file *f)
{
	if (f == NULL)
		return;
	disk_file_close(&f->disk);
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
