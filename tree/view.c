/* view.c - which node is at a path: tree, overlay and special names together. */
#include <errno.h>
#include <string.h>

#include "disk.h"
#include "warm_int.h"

const struct tree_cred tree_cred_root = { 0 };

/* Who may ---------------------------------------------------------------- */

static bool
in_group(const struct tree_cred *c, uint32_t gid)
{
	if (c->gid == gid)
		return true;
	for (uint32_t i = 0; i < c->n_gids && i < 16; i++)
		if (c->gids[i] == gid)
			return true;
	return false;
}

/* uid 0 may do all, but execute only what anybody may execute. */
bool
cred_may(const struct tree_cred *c, const struct tree_attr *a, unsigned want)
{
	uint32_t mode = a->mode;

	if (c->uid == 0)
		return (want & MAY_EXEC) == 0 || a->type == TREE_DIR ||
		    (mode & 0111) != 0;
	if (c->uid == a->uid)
		mode >>= 6;
	else if (in_group(c, a->gid))
		mode >>= 3;
	return (mode & want) == want;
}

/* RFC 1813 section 4.4: the owner may read in any case (it may have opened
 * the file before it took the right away), and who may execute must be able
 * to read, since the client does the executing. */
bool
cred_may_read(const struct tree_cred *c, const struct tree_attr *a)
{
	return c->uid == a->uid || cred_may(c, a, MAY_READ) ||
	    cred_may(c, a, MAY_EXEC);
}

uint32_t
view_access(const struct tree_cred *c, const struct node *n)
{
	const struct tree_attr *a = &n->attr;
	uint32_t ret = 0;

	if (cred_may(c, a, MAY_READ))
		ret |= 1;
	if (cred_may(c, a, MAY_EXEC))
		ret |= a->type == TREE_DIR ? 2 : 0x20;
	if (n->src == NODE_LOG && cred_may(c, a, MAY_WRITE))
		ret |= 4 | 8;
	return ret;
}

/* What is where ---------------------------------------------------------- */

static void
place_hashed(const struct view *v, const char *path, size_t len, uint64_t hash,
    enum node_src src, struct node *ret)
{
	ret->view = v;
	ret->src = src;
	ret->attr.fsid = (uint64_t)tree_id(v->tree) << 32 | v->inst;
	ret->attr.fileid = hash;
	ret->path_len = (uint16_t)len;
	if (path != ret->path)
		memcpy(ret->path, path, len);
	ret->path[len] = '\0';
}

void
node_place(const struct view *v, const char *path, size_t len,
    enum node_src src, struct node *ret)
{
	place_hashed(v, path, len,
	    path_hash(v->key, tree_id(v->tree), path, len), src, ret);
}

static void
set_times(struct tree_attr *a, int64_t s)
{
	a->atime = a->mtime = a->ctime = (struct tree_time){ .s = s };
}

static void
set_size(struct tree_attr *a, uint64_t size)
{
	a->size = size;
	a->used = (size + 511) / 512 * 512;
}

void
node_virtual(const struct view *v, enum node_src src, struct tree_attr *ret)
{
	int64_t mtime = v->overlay != NULL ? overlay_mtime(v->overlay) : 0;

	*ret = (struct tree_attr){ .type = TREE_REG, .mode = 0444, .nlink = 1 };
	if (src == NODE_VDIR) {
		ret->type = TREE_DIR;
		ret->mode = 0755;
		set_size(ret, 512);
	} else if (src == NODE_CLAIM) {
		set_size(ret, TREE_CLAIM_SIZE);
	} else if (src == NODE_LOG) {
		ret->mode = 0644;
		set_size(ret, tree_log_size(v->log, &mtime));
	}
	set_times(ret, mtime);
}

static void
overlay_attr(const struct view *v, const struct overlay_entry *e,
    struct tree_attr *ret)
{
	*ret = (struct tree_attr){ .mode = e->mode, .nlink = 1 };
	set_times(ret, overlay_mtime(v->overlay));
	set_size(ret, e->kind == OVERLAY_DIR ? 512 : e->len);
	if (e->kind == OVERLAY_DIR) {
		ret->type = TREE_DIR;
	} else {
		ret->type = e->kind == OVERLAY_LINK ? TREE_LNK : TREE_REG;
	}
}

enum cover
overlay_cover(const struct overlay *o, const char *path, size_t len,
    const struct overlay_entry **ret)
{
	const struct overlay_entry *e;

	if (o == NULL)
		return COVER_NONE;
	if ((*ret = overlay_find_n(o, path, len)) != NULL)
		return COVER_ENTRY;
	for (size_t i = 0; i < len; i++) {
		if (path[i] != '/')
			continue;
		if ((e = overlay_find_n(o, path, i)) == NULL)
			return COVER_NONE;
		if (e->kind != OVERLAY_DIR)
			return COVER_HIDDEN;
	}
	return COVER_NONE;
}

static int
overlay_node(const struct view *v, const struct overlay_entry *e,
    const char *path, size_t len, struct node *ret)
{
	overlay_attr(v, e, &ret->attr);
	node_place(v, path, len, NODE_OVERLAY, ret);
	return 0;
}

/* A path outside .provd.  A directory that is merely on the way to an overlay
 * entry looks like the tree's own, if the tree has one there. */
static int
plain_at(struct warm *w, const struct view *v, const char *path, size_t len,
    uint64_t hash, unsigned flags, struct node *ret)
{
	const struct overlay_entry *e = NULL;
	struct tree_attr attr;
	int r;

	if (overlay_cover(v->overlay, path, len, &e) == COVER_HIDDEN)
		return -ENOTDIR;
	if (e != NULL && !e->implied)
		return overlay_node(v, e, path, len, ret);
	if (hash == 0)
		hash = path_hash(v->key, tree_id(v->tree), path, len);
	r = warm_stat(w, v, path, len, hash, flags, &attr);
	if (e != NULL && (r == -ENOENT || r == -ENOTDIR ||
	    (r == 0 && attr.type != TREE_DIR)))
		return overlay_node(v, e, path, len, ret);
	if (r == -ENOTDIR && v->overlay != NULL &&
	    overlay_find_n(v->overlay, path, path_dir_len(path, len)) != NULL)
		return -ENOENT;		/* in a directory that hides a file */
	if (r < 0)
		return r;
	ret->attr = attr;
	place_hashed(v, path, len, hash, NODE_DISK, ret);
	return 0;
}

static int
virtual_at(const struct view *v, enum node_src src, const char *path,
    size_t len, struct node *ret)
{
	node_virtual(v, src, &ret->attr);
	node_place(v, path, len, src, ret);
	return 0;
}

int
warm_node_at(struct warm *w, const struct view *v, const char *path, size_t len,
    uint64_t hash, unsigned flags, struct node *ret)
{
	const struct overlay_entry *e = NULL;

	switch (path_kind(v->token, path, len)) {
	case PATH_PLAIN:
		return plain_at(w, v, path, len, hash, flags, ret);
	case PATH_UNDER:
		if (overlay_cover(v->overlay, path, len, &e) == COVER_HIDDEN)
			return -ENOTDIR;
		return e != NULL ? overlay_node(v, e, path, len, ret) : -ENOENT;
	case PATH_PROVD:
	case PATH_TOKEN:
	case PATH_CLAIMS:
	case PATH_REPORTS:
		return virtual_at(v, NODE_VDIR, path, len, ret);
	case PATH_LOG:
		if (v->log == NULL)
			return -ENOENT;
		return virtual_at(v, NODE_LOG, path, len, ret);
	case PATH_CLAIM:
		return virtual_at(v, NODE_CLAIM, path, len, ret);
	case PATH_REPORT:
		return virtual_at(v, NODE_REPORT, path, len, ret);
	case PATH_NONE:
		break;
	}
	return -ENOENT;
}

int
node_at(const struct view *v, const char *path, size_t len, unsigned flags,
    struct node *ret)
{
	return warm_node_at(NULL, v, path, len, 0, flags, ret);
}

/* Walking ---------------------------------------------------------------- */

int
view_root(const struct view *v, unsigned flags, struct node *ret)
{
	return node_at(v, "", 0, flags, ret);
}

int
view_getattr(struct node *n, unsigned flags)
{
	/* What was claimed or reported is not looked up again. */
	if (n->src == NODE_CLAIM || n->src == NODE_REPORT)
		return 0;
	return node_at(n->view, n->path, n->path_len, flags, n);
}

static bool
is_dots(const char *name, size_t len, size_t dots)
{
	return len == dots && memcmp(name, "..", dots) == 0;
}

int
warm_lookup(struct warm *w, const struct tree_cred *c, const struct node *dir,
    const char *name, size_t name_len, unsigned flags, struct node *ret)
{
	char path[TREE_PATH_MAX + 1];
	size_t len = dir->path_len;
	int r;

	if (dir->attr.type != TREE_DIR)
		return -ENOTDIR;
	if (!cred_may(c, &dir->attr, MAY_EXEC))
		return -EACCES;
	if (is_dots(name, name_len, 1) || is_dots(name, name_len, 2)) {
		if (name_len == 2)
			len = path_dir_len(dir->path, len);
		memcpy(path, dir->path, len);
		path[len] = '\0';
	} else if ((r = path_check_name(name, name_len)) < 0 ||
	    (r = path_join(dir->path, len, name, name_len, path, &len)) < 0) {
		return r;
	}
	return warm_node_at(w, dir->view, path, len, 0, flags, ret);
}

int
view_lookup(const struct tree_cred *c, const struct node *dir,
    const char *name, size_t name_len, unsigned flags, struct node *ret)
{
	return warm_lookup(NULL, c, dir, name, name_len, flags, ret);
}

#define WALK_LINKS	16u
#define WALK_REST	(2 * TREE_PATH_MAX)

/* What is still to be walked. */
struct walk {
	char	 buf[WALK_REST + 1];
	size_t	 at, len;
	unsigned links;
};

/* The next component; how many slashes follow it. */
static bool
walk_next(struct walk *w, const char **ret, size_t *ret_len, size_t *ret_slashes)
{
	w->at += strspn(w->buf + w->at, "/");
	if (w->at == w->len)
		return false;
	*ret = w->buf + w->at;
	*ret_len = strcspn(*ret, "/");
	*ret_slashes = strspn(*ret + *ret_len, "/");
	w->at += *ret_len;
	return true;
}

/* Put a link's target before what is left. */
static int
walk_link(struct walk *w, const struct node *link, unsigned flags,
    bool *ret_absolute)
{
	char target[TREE_PATH_MAX + 1];
	size_t n, left = w->len - w->at;
	int r;

	if (++w->links > WALK_LINKS)
		return -ELOOP;
	r = view_readlink(link, flags, target, sizeof(target), &n);
	if (r < 0)
		return r;
	if (n == 0)
		return -ENOENT;
	if (n + left > WALK_REST)
		return -ENAMETOOLONG;
	memmove(w->buf + n, w->buf + w->at, left + 1);
	memcpy(w->buf, target, n);
	w->at = 0;
	w->len = n + left;
	*ret_absolute = target[0] == '/';
	return 0;
}

int
view_walk(const struct view *v, const struct tree_cred *c, const char *path,
    bool follow, unsigned flags, struct node *ret)
{
	struct walk w = { .at = 0, .links = 0 };
	struct node next;
	const char *name;
	size_t n, slashes;
	bool absolute;
	int r;

	if ((w.len = strlen(path)) > WALK_REST)
		return -ENAMETOOLONG;
	memcpy(w.buf, path, w.len + 1);
	if ((r = view_root(v, flags, ret)) < 0)
		return r;
	while (walk_next(&w, &name, &n, &slashes)) {
		if ((r = view_lookup(c, ret, name, n, flags, &next)) < 0)
			return r;
		if (next.attr.type == TREE_LNK && follow) {
			if ((r = walk_link(&w, &next, flags, &absolute)) < 0 ||
			    (absolute && (r = view_root(v, flags, ret)) < 0))
				return r;
			continue;
		}
		if (slashes > 0 && next.attr.type != TREE_DIR)
			return -ENOTDIR;
		*ret = next;
	}
	return (flags & TREE_PROMISES) == 0 &&
	    (ret->src == NODE_CLAIM || ret->src == NODE_REPORT) ? -ENOENT : 0;
}
