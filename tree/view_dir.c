/* view_dir.c - listing the directories of a view. */
#include <errno.h>
#include <string.h>

#include "cache.h"
#include "dir_names.h"
#include "disk.h"
#include "warm_int.h"

typedef bool dirent_fn(void *, const struct view_dirent *);

#define AHEAD		8u	/* names that are looked for in the caches at once */

/* One call of view_readdir(). */
struct dir_walk {
	struct warm		*warm;
	const struct node	*dir;
	struct dir_names	 names;
	bool			 attr;
	unsigned		 flags;
	struct disk_dir		 disk;	/* the tree's directory; n 0: none */
	struct node		 node;	/* of the entry at hand */
	struct { const struct name *e; uint64_t hash; } ahead[AHEAD];
	unsigned		 at, n;	/* of them */
};

/* An entry that is the tree's own, and no directory that the overlay or the
 * special names could know about, is found from the open directory. */
static int
entry_node(struct dir_walk *w, const struct name *e, uint64_t hash)
{
	struct node *n = &w->node;
	const struct view *v = w->dir->view;
	const struct overlay_entry *o = NULL;
	int r;

	if (w->disk.n == 0 || (v->overlay != NULL &&
	    overlay_cover(v->overlay, n->path, n->path_len, &o) != COVER_NONE) ||
	    path_kind(v->token, n->path, n->path_len) != PATH_PLAIN)
		return warm_node_at(w->warm, v, n->path, n->path_len, hash,
		    w->flags, n);
	r = disk_dir_stat(&w->disk, e, n->path, w->flags & TREE_NOWAIT,
	    &n->attr);
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

/* The next names after `cookie`: the hashes of their paths, and for attributes
 * what is remembered of them on its way from memory. */
static void
look_ahead(struct dir_walk *w, uint64_t cookie)
{
	const struct view *v = w->dir->view;
	const struct name *e;
	uint64_t hash;
	size_t len;

	w->at = w->n = 0;
	while (w->n < AHEAD && (e = dir_names_next(&w->names, cookie)) != NULL) {
		cookie = e->cookie;
		if (path_join(w->dir->path, w->dir->path_len, e->s, e->len,
		    w->node.path, &len) < 0)
			continue;	/* too long for any client to ask for */
		hash = path_hash(v->key, tree_id(v->tree), w->node.path, len);
		w->ahead[w->n].e = e;
		w->ahead[w->n++].hash = hash;
		if (w->attr)
			path_cache_prefetch(v->tree->paths, hash);
		if (w->attr && w->warm != NULL)
			warm_prefetch(w->warm, v, hash, false);
	}
	for (unsigned i = 0; i < w->n && w->attr && w->warm != NULL; i++)
		warm_prefetch(w->warm, v, w->ahead[i].hash, true);
}

static int
emit(struct dir_walk *w, const struct name *e, uint64_t hash, dirent_fn *fn,
    void *arg, bool *ret_more)
{
	struct node *n = &w->node;
	size_t len;
	int r = 0;

	*ret_more = true;
	(void)path_join(w->dir->path, w->dir->path_len, e->s, e->len, n->path, &len);
	n->path_len = (uint16_t)len;
	if (w->attr)
		r = entry_node(w, e, hash);
	if (r == -EAGAIN || r == -ENOENT)
		return r == -EAGAIN ? r : 0;	/* gone meanwhile */
	*ret_more = fn(arg, &(struct view_dirent){
	    .name = e->s, .name_len = e->len, .cookie = e->cookie,
	    .fileid = hash, .level = e->level,
	    .node = w->attr && r == 0 ? n : NULL });
	return 0;
}

/* All after `cookie`, until fn has enough or something fails. */
static int
emit_all(struct dir_walk *w, uint64_t cookie, dirent_fn *fn, void *arg,
    bool *ret_eof, bool *ret_any)
{
	bool more = true;
	int r;

	for (; more && cookie < COOKIE_DOTDOT; cookie++) {
		r = emit_dots(w, cookie + 1, fn, arg, &more);
		if (r < 0)
			return r;
		*ret_any = true;
	}
	for (look_ahead(w, cookie); more && w->n > 0; ) {
		r = emit(w, w->ahead[w->at].e, w->ahead[w->at].hash, fn, arg,
		    &more);
		if (r < 0)
			return r;
		*ret_any = true;
		cookie = w->ahead[w->at].e->cookie;
		if (++w->at == w->n)
			look_ahead(w, cookie);
	}
	*ret_eof = more;
	return 0;
}

int
warm_readdir(struct warm *warm, const struct tree_cred *c, const struct node *dir,
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
	w.warm = warm_covers(warm, dir->view->tree) ? warm : NULL;
	w.dir = dir;
	w.attr = attr && cred_may(c, &dir->attr, MAY_EXEC);
	w.flags = flags;
	w.disk.n = 0;
	if (w.attr && w.names.disk != NULL && w.warm == NULL)
		(void)disk_dir_open(dir->view->tree, dir->path, false,
		    flags & TREE_NOWAIT, &w.disk);
	r = emit_all(&w, cookie, fn, arg, ret_eof, &any);
	if (r == -EAGAIN && any)
		r = 0;			/* a short answer rather than none */
	disk_dir_close(&w.disk);
	dir_names_done(&w.names);
	return r;
}

int
view_readdir(const struct tree_cred *c, const struct node *dir,
    uint64_t cookie, bool attr, unsigned flags, dirent_fn *fn, void *arg,
    bool *ret_eof)
{
	return warm_readdir(NULL, c, dir, cookie, attr, flags, fn, arg, ret_eof);
}

int
view_fsstat(const struct view *v, unsigned flags, struct view_fsstat *ret)
{
	return disk_fsstat(v->tree, (flags & TREE_NOWAIT) != 0, ret);
}
