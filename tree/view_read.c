/* view_read.c - the bytes of files and of symbolic links. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/os.h"
#include "tree_int.h"

/* An open file: of the tree, the overlay, or the log. */
struct view_file {
	int		 fd;		/* -1: not of the tree */
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

/* Open a regular file of the tree.  What the node was may have changed. */
static int
open_disk(const struct node *n, unsigned flags, int *ret_fd, uint64_t *ret_size)
{
	struct stat st;
	int fd, r = 0;

	fd = disk_open(n->view->tree, n->path, O_RDONLY, flags & TREE_NOWAIT);
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
	*ret_fd = fd;
	*ret_size = (uint64_t)st.st_size;
	return 0;
}

/* The overlay is borrowed. */
static int
file_init(const struct tree_cred *c, const struct node *n, unsigned flags,
    struct view_file *f)
{
	const struct overlay_entry *e;
	int r;

	if ((r = check_regular(n)) < 0)
		return r;
	if (!cred_may_read(c, &n->attr))
		return -EACCES;
	*f = (struct view_file){ .fd = -1 };
	if (n->src == NODE_DISK)
		return open_disk(n, flags, &f->fd, &f->size);
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

static int
read_disk(const struct view_file *f, uint64_t off, uint8_t *buf, size_t len,
    bool nowait, size_t *ret_n)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = os_pread(f->fd, buf + done, len - done,
		    (int64_t)(off + done), nowait);
		if (n < 0 && done == 0)
			return n == -EAGAIN && !nowait ? -EIO : (int)n;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	*ret_n = done;
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
	if (f->fd >= 0)
		return read_disk(f, off, buf, len, flags & TREE_NOWAIT, ret_n);
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
	if (f.fd >= 0)
		(void)close(f.fd);
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
	if ((r = file_init(c, n, flags, f)) < 0) {
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
	if (f->fd >= 0)
		(void)close(f->fd);
	overlay_unref(f->overlay);
	tree_log_unref(f->log);
	free(f);
}

/* A short target lies in the inode, which an open link has in memory; for
 * others there is no way to ask, so they are read where waiting is fine. */
#define INLINE_TARGET	59u

static int
readlink_disk(const struct node *n, unsigned flags, char *buf, size_t cap,
    size_t *ret_len)
{
	ssize_t len;
	int fd, r = 0;

	if ((flags & TREE_NOWAIT) && n->attr.size > INLINE_TARGET)
		return -EAGAIN;
	fd = disk_open(n->view->tree, n->path, O_PATH, flags & TREE_NOWAIT);
	if (fd < 0)
		return fd;
	if ((len = readlinkat(fd, "", buf, cap)) == -1)
		r = errno == ENOENT ? -ESTALE : -errno;	/* no link any more */
	else if ((size_t)len == cap)
		r = -ENAMETOOLONG;
	(void)close(fd);
	if (r < 0)
		return r;
	buf[len] = '\0';
	*ret_len = (size_t)len;
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
