/* view_dir.c - listing the directories of a view. */
#include <sys/statvfs.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "dir_names.h"
#include "tree_int.h"

typedef bool dirent_fn(void *, const struct view_dirent *);

/* One call of view_readdir(). */
struct dir_walk {
	const struct node	*dir;
	struct dir_names	 names;
	bool			 attr;
	unsigned		 flags;
	int			 fd;	/* of the tree's directory; -1: none */
	struct node		 node;	/* of the entry at hand */
};

/* An entry that is the tree's own, and no directory that the overlay or the
 * special names could know about, is found from the open directory. */
static int
entry_node(struct dir_walk *w, const struct name *e)
{
	struct node *n = &w->node;
	const struct view *v = w->dir->view;
	const struct overlay_entry *o = NULL;
	int r;

	if (w->fd < 0 || (v->overlay != NULL &&
	    overlay_cover(v->overlay, n->path, n->path_len, &o) != COVER_NONE) ||
	    path_kind(v->token, n->path, n->path_len) != PATH_PLAIN)
		return node_at(v, n->path, n->path_len, w->flags, n);
	r = disk_stat_at(v->tree, w->fd, e->s, n->path,
	    w->flags & TREE_NOWAIT, &n->attr);
	if (r == 0)
		node_place(v, n->path, n->path_len, NODE_DISK, n);
	return r;
}

/* "." and ".." */
static int
emit_dots(struct dir_walk *w, uint64_t cookie, dirent_fn *fn, void *arg,
    bool *ret_more)
{
	const struct view *v = w->dir->view;
	size_t len = w->dir->path_len;
	int r = 0;

	if (cookie == COOKIE_DOTDOT)
		len = path_dir_len(w->dir->path, len);
	memcpy(w->node.path, w->dir->path, len);
	w->node.path[len] = '\0';
	if (w->attr)
		r = node_at(v, w->node.path, len, w->flags, &w->node);
	if (r == -EAGAIN)
		return r;
	*ret_more = fn(arg, &(struct view_dirent){
	    .name = "..", .name_len = (size_t)cookie, .cookie = cookie,
	    .fileid = path_hash(v->key, tree_id(v->tree), w->node.path, len),
	    .node = w->attr && r == 0 ? &w->node : NULL });
	return 0;
}

static int
emit(struct dir_walk *w, const struct name *e, dirent_fn *fn, void *arg,
    bool *ret_more)
{
	const struct view *v = w->dir->view;
	struct node *n = &w->node;
	size_t len;
	int r = 0;

	*ret_more = true;
	if (path_join(w->dir->path, w->dir->path_len, e->s, e->len, n->path,
	    &len) < 0)
		return 0;		/* too long for any client to ask for */
	n->path_len = (uint16_t)len;
	if (w->attr)
		r = entry_node(w, e);
	if (r == -EAGAIN || r == -ENOENT)
		return r == -EAGAIN ? r : 0;	/* gone meanwhile */
	*ret_more = fn(arg, &(struct view_dirent){
	    .name = e->s, .name_len = e->len, .cookie = e->cookie,
	    .fileid = path_hash(v->key, tree_id(v->tree), n->path, len),
	    .node = w->attr && r == 0 ? n : NULL });
	return 0;
}

/* All after `cookie`, until fn has enough or something fails. */
static int
emit_all(struct dir_walk *w, uint64_t cookie, dirent_fn *fn, void *arg,
    bool *ret_eof, bool *ret_any)
{
	const struct name *e;
	bool more = true;
	int r;

	for (; more && cookie < COOKIE_DOTDOT; cookie++) {
		r = emit_dots(w, cookie + 1, fn, arg, &more);
		if (r < 0)
			return r;
		*ret_any = true;
	}
	while (more && (e = dir_names_next(&w->names, cookie)) != NULL) {
		if ((r = emit(w, e, fn, arg, &more)) < 0)
			return r;
		*ret_any = true;
		cookie = e->cookie;
	}
	*ret_eof = more;
	return 0;
}

int
view_readdir(const struct tree_cred *c, const struct node *dir,
    uint64_t cookie, bool attr, unsigned flags, dirent_fn *fn, void *arg,
    bool *ret_eof)
{
	struct dir_walk w;
	bool any = false;
	int r;

	*ret_eof = false;
	if (dir->attr.type != TREE_DIR)
		return -ENOTDIR;
	if (!cred_may(c, &dir->attr, MAY_READ))
		return -EACCES;
	r = dir_names_get(dir->view, dir->path, dir->path_len, false, flags,
	    &w.names);
	if (r < 0)
		return r;
	w.dir = dir;
	w.attr = attr && cred_may(c, &dir->attr, MAY_EXEC);
	w.flags = flags;
	w.fd = -1;
	if (w.attr && w.names.disk != NULL)
		w.fd = disk_open(dir->view->tree, dir->path,
		    O_PATH | O_DIRECTORY, flags & TREE_NOWAIT);
	r = emit_all(&w, cookie, fn, arg, ret_eof, &any);
	if (r == -EAGAIN && any)
		r = 0;			/* a short answer rather than none */
	if (w.fd >= 0)
		(void)close(w.fd);
	dir_names_done(&w.names);
	return r;
}

int
view_fsstat(const struct view *v, struct view_fsstat *ret)
{
	struct statvfs s;
	uint64_t unit;

	if (fstatvfs(v->tree->fd, &s) == -1)
		return -errno;
	unit = s.f_frsize;
	*ret = (struct view_fsstat){
		.bytes = (uint64_t)s.f_blocks * unit,
		.bytes_free = (uint64_t)s.f_bavail * unit,
		.files = s.f_files,
		.files_free = s.f_favail,
	};
	return 0;
}
