/* attrs.c - attributes in a file beside the tree. */
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/os.h"
#include "attrs.h"

static const char *
type_name(enum tree_type t)
{
	return t == TREE_DIR ? "dir" : t == TREE_LNK ? "link" : "file";
}

static void
put_path(struct buf *b, const char *path)
{
	if (*path == '\0') {
		buf_putc(b, '.');
		return;
	}
	buf_puts(b, "./");
	for (; *path != '\0'; path++) {
		if (*path <= 0x20 || *path >= 0x7f || strchr("\\#=*?[", *path) != NULL)
			buf_printf(b, "\\%03o", (unsigned)(unsigned char)*path);
		else
			buf_putc(b, *path);
	}
}

/* How many names a file has, by the image's own word or by counting. */
static uint32_t
links(const struct media_list *l, const struct media_entry *e)
{
	const struct media_entry *first = &l->e[e->first];

	if (e->type == TREE_DIR)
		return 0;
	return first->nlink > first->names ? first->nlink : first->names;
}

void
media_attrs_line(struct buf *b, const struct media_entry *e, bool nlink)
{
	put_path(b, e->path);
	buf_printf(b, " type=%s mode=%04o", type_name(e->type), (unsigned)e->mode);
	if (e->uid != 0)
		buf_printf(b, " uid=%u", (unsigned)e->uid);
	if (e->gid != 0)
		buf_printf(b, " gid=%u", (unsigned)e->gid);
	if (nlink)
		buf_printf(b, " nlink=%u", (unsigned)e->nlink);
	if (e->flags != NULL)
		buf_printf(b, " flags=%s", e->flags);
	buf_putc(b, '\n');
}

static int
compare(const struct media_list *l, const struct media_entry *e, int root, struct buf *b)
{
	struct media_entry full = *e;
	bool nlink, flags = false;
	struct stat st;
	int fd, r;

	if ((fd = os_open_beneath(root, e->path[0] != '\0' ? e->path : ".", O_PATH, false)) < 0)
		return fd;
	r = fstat(fd, &st) == -1 ? -errno : 0;
	(void)close(fd);
	if (r < 0)
		return r;
	full.nlink = links(l, e);
	full.flags = l->e[e->first].flags;
	nlink = e->type != TREE_DIR && full.nlink != (uint32_t)st.st_nlink;
	flags = full.flags != NULL;	/* never set: a tree must be removable */
	if (st.st_uid == e->uid && st.st_gid == e->gid && (st.st_mode & 07777) == e->mode &&
	    !nlink && !flags)
		return 0;
	if (b->len == 0)
		buf_puts(b, "#mtree\n/set uid=0 gid=0\n");
	media_attrs_line(b, &full, nlink);
	return b->err;
}

static int
by_path(const void *a, const void *b)
{
	return strcmp((*(const struct media_entry *const *)a)->path,
	    (*(const struct media_entry *const *)b)->path);
}

int
media_attrs(const struct media_list *l, int root, struct buf *b)
{
	const struct media_entry **e = calloc(l->n + 1, sizeof(const struct media_entry *));
	size_t n = 0;
	int r = 0;

	if (e == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < l->n; i++)
		if (!l->e[i].implied)
			e[n++] = &l->e[i];
	qsort(e, n, sizeof(const struct media_entry *), by_path);
	for (size_t i = 0; i < n && r == 0; i++)
		r = compare(l, e[i], root, b);
	free(e);
	return r;
}

int
media_attrs_check(const struct media_list *l, const struct view *v,
    void (*bad)(void *arg, const char *path, const char *what), void *arg)
{
	struct node n;
	int r;

	for (size_t i = 0; i < l->n; i++) {
		const struct media_entry *e = &l->e[i];

		if ((r = view_walk(v, &tree_cred_root, e->path, false, 0, &n)) < 0) {
			if (r == -ENOMEM || r == -EIO)
				return r;
			bad(arg, e->path, "it cannot be found in the tree");
		} else if (e->implied) {
			continue;
		} else if (n.attr.type != e->type) {
			bad(arg, e->path, "it is something else on the disk");
		} else if (n.attr.uid != e->uid || n.attr.gid != e->gid || n.attr.mode != e->mode) {
			bad(arg, e->path, "its owner or mode is not the image's");
		} else if (e->type == TREE_REG && (n.attr.size != e->size ||
		    n.attr.nlink != links(l, e))) {
			bad(arg, e->path, "its size or number of links is not the image's");
		}
	}
	return 0;
}
