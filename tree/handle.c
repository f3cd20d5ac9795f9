/* handle.c - NFS file handles that need no table and survive a restart.
 *
 * The level bytes of a path are never 0, so a first byte of 0 tells the forms
 * that name no place to walk to; the second byte says which:
 *   0  the root of the view
 *   1  a claim: its number is in the hash's place, byte 18 counts its digits
 *   2  a report: all that is left of it is that it exists
 * or, a place all the same, in 32 bytes:
 *   3  more than eight levels: byte 18 counts them, and the 40 bits behind it
 *      are shared out among them, what is over to the first ones
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../lib/siphash.h"
#include "../lib/wire.h"
#include "cache.h"
#include "dir_names.h"
#include "handle.h"
#include "warm_int.h"

#define HASH_AT		8u
#define LEVELS_AT	16u
#define MAC_LEN		8u
#define SHORT_LEN	HANDLE_SHORT
#define LONG_LEN	HANDLE_MAX
#define SHORT_LEVELS	8u
#define DEEP_BITS	40u

/* Directories that one resolution may look at: bounds the search when many
 * names share a hash byte. */
#define MAX_LISTINGS	4096u

enum form { FORM_ROOT, FORM_CLAIM, FORM_REPORT, FORM_DEEP };

static uint64_t
mac_of(const uint8_t key[16], const uint8_t *h, size_t len)
{
	uint8_t b[1 + LONG_LEN];

	b[0] = 'M';
	memcpy(b + 1, h, len - MAC_LEN);
	return siphash(key, b, 1 + len - MAC_LEN);
}

/* Making ----------------------------------------------------------------- */

static void
put_be64(struct wr *w, uint64_t v)
{
	wr_be32(w, (uint32_t)(v >> 32));
	wr_be32(w, (uint32_t)v);
}

/* The hash byte of the path's first level; moves on to the next. */
static uint8_t
next_level(const uint8_t key[16], const char **path)
{
	size_t n = strcspn(*path, "/");
	struct name e = { 0 };

	name_hashed(&e, path_name_hash(key, *path, n));
	*path += n + ((*path)[n] == '/');
	return e.level;
}

static void
put_levels(struct wr *w, const uint8_t key[16], const char *path)
{
	while (*path != '\0')
		wr_u8(w, next_level(key, &path));
}

/* How many of DEEP_BITS level i of depth has: one at least, five at most. */
static unsigned
deep_share(unsigned depth, unsigned i)
{
	return DEEP_BITS / depth + (i < DEEP_BITS % depth);
}

static void
put_levels_deep(struct wr *w, const uint8_t key[16], const char *path,
    unsigned depth)
{
	uint64_t bits = 0;

	for (unsigned i = 0; i < depth; i++) {
		unsigned n = deep_share(depth, i);

		bits = bits << n | (next_level(key, &path) & ((1u << n) - 1));
	}
	wr_bytes(w, (uint8_t[]){ 0, FORM_DEEP, (uint8_t)depth }, 3);
	wr_u8(w, (uint8_t)(bits >> 32));
	wr_be32(w, (uint32_t)bits);
}

static void
put_claim(struct wr *w, const struct node *n)
{
	const char *name = path_name(n->path, n->path_len);
	size_t len = strlen(name);
	uint64_t number = 0;

	(void)path_claim_number(name, len, &number);
	put_be64(w, number);
	wr_bytes(w, (uint8_t[]){ 0, FORM_CLAIM, (uint8_t)len }, 3);
}

static int
make(const struct node *n, bool deep_fits, struct handle *ret)
{
	static const uint8_t zero[LONG_LEN];
	const struct view *v = n->view;
	unsigned depth = path_depth(n->path, n->path_len);
	struct wr w = wr_init(ret->b, sizeof(ret->b));
	bool deep = depth > SHORT_LEVELS;

	if (depth > TREE_DEPTH_MAX)
		return -ENAMETOOLONG;
	ret->len = deep && !deep_fits ? LONG_LEN : SHORT_LEN;
	wr_be32(&w, tree_id(v->tree));
	wr_be32(&w, v->inst);
	if (n->src == NODE_CLAIM) {
		put_claim(&w, n);
	} else if (n->src == NODE_REPORT) {
		put_be64(&w, n->attr.fileid);
		wr_bytes(&w, (uint8_t[]){ 0, FORM_REPORT }, 2);
	} else {
		put_be64(&w, n->attr.fileid);
		if (deep && deep_fits)
			put_levels_deep(&w, v->key, n->path, depth);
		else
			put_levels(&w, v->key, n->path);
		path_cache_put(v->tree->paths, n->attr.fileid, n->path,
		    n->path_len);
	}
	wr_bytes(&w, zero, ret->len - MAC_LEN - w.len);
	put_be64(&w, mac_of(v->key, ret->b, ret->len));
	return w.err;
}

int
handle_make(const struct node *n, struct handle *ret)
{
	return make(n, false, ret);
}

int
handle_make_in(const struct handle *dir, const struct view_dirent *d,
    struct handle *ret)
{
	const struct node *n = d->node;
	unsigned depth = path_depth(n->path, n->path_len);
	struct wr w = wr_init(ret->b + HASH_AT, LEVELS_AT - HASH_AT);

	if (d->level == 0 || depth > SHORT_LEVELS || dir->len != SHORT_LEN ||
	    n->src == NODE_CLAIM || n->src == NODE_REPORT)
		return handle_make(n, ret);
	*ret = *dir;
	put_be64(&w, n->attr.fileid);
	if (depth == 1)
		memset(ret->b + LEVELS_AT, 0, SHORT_LEVELS);	/* the root's form */
	ret->b[LEVELS_AT + depth - 1] = d->level;
	w = wr_init(ret->b + SHORT_LEN - MAC_LEN, MAC_LEN);
	put_be64(&w, mac_of(n->view->key, ret->b, SHORT_LEN));
	path_cache_put(n->view->tree->paths, n->attr.fileid, n->path,
	    n->path_len);
	return 0;
}

int
handle_make_short(const struct node *n, struct handle *ret)
{
	return make(n, true, ret);
}

/* Reading ---------------------------------------------------------------- */

struct parts {
	uint32_t	 tree, inst;
	uint64_t	 hash;
	const uint8_t	*level;		/* borrowed */
	unsigned	 n_level;	/* of the path; 0: the root, or no place */
};

static uint64_t
get_be64(struct rd *r)
{
	uint64_t hi = rd_be32(r);

	return hi << 32 | rd_be32(r);
}

static bool
is_deep(const uint8_t *level)
{
	return level[0] == 0 && level[1] == FORM_DEEP &&
	    level[2] > SHORT_LEVELS && level[2] <= TREE_DEPTH_MAX;
}

static int
handle_parse(const uint8_t key[16], const void *h, size_t len,
    struct parts *ret)
{
	struct rd r = rd_init(h, len);
	size_t cap;

	if (len != SHORT_LEN && len != LONG_LEN)
		return -ESTALE;
	cap = len - MAC_LEN - LEVELS_AT;
	ret->tree = rd_be32(&r);
	ret->inst = rd_be32(&r);
	ret->hash = get_be64(&r);
	ret->level = rd_take(&r, cap);
	if (get_be64(&r) != mac_of(key, h, len) || r.err != 0)
		return -ESTALE;
	ret->n_level = 0;
	if (is_deep(ret->level))
		ret->n_level = ret->level[2];
	else
		while (ret->n_level < cap && ret->level[ret->n_level] != 0)
			ret->n_level++;
	return 0;
}

/* May a name with this hash byte be level i of the path? */
static bool
level_fits(const struct parts *p, unsigned i, uint8_t level)
{
	uint64_t bits = p->level[3];
	unsigned left = DEEP_BITS;

	if (!is_deep(p->level))
		return p->level[i] == level;
	for (unsigned k = 4; k < SHORT_LEVELS; k++)
		bits = bits << 8 | p->level[k];
	for (unsigned k = 0; k <= i; k++)
		left -= deep_share(p->n_level, k);
	return ((bits >> left ^ level) &
	    ((1u << deep_share(p->n_level, i)) - 1)) == 0;
}

int
handle_peek(const uint8_t key[16], const void *h, size_t len,
    uint32_t *ret_tree, uint32_t *ret_inst)
{
	struct parts p;
	int r;

	if ((r = handle_parse(key, h, len, &p)) < 0)
		return r;
	*ret_tree = p.tree;
	*ret_inst = p.inst;
	return 0;
}

/* Resolving -------------------------------------------------------------- */

/* The search for a path, depth first: at level i the directory whose names
 * are tried, and the cookie of the last one tried. */
struct search {
	const struct view	*view;
	const struct parts	*want;
	unsigned		 flags;
	unsigned		 budget;
	char			 path[TREE_PATH_MAX + 1];
	struct {
		struct dir_names names;
		uint64_t	 cookie;
		size_t		 dir_len;	/* of path */
	} level[TREE_DEPTH_MAX];
	unsigned		 depth;		/* levels that are open */
};

static int
search_open(struct search *s, size_t dir_len)
{
	unsigned i = s->depth;
	int r;

	if (s->budget-- == 0)
		return -EIO;
	r = dir_names_get(s->view, s->path, dir_len, true, s->flags,
	    &s->level[i].names);
	if (r < 0)
		return r;
	s->level[i].cookie = 0;
	s->level[i].dir_len = dir_len;
	s->depth++;
	return 0;
}

/* The next name in the innermost directory that has the right hash byte. */
static const struct name *
search_next(struct search *s)
{
	unsigned i = s->depth - 1;
	const struct name *e;

	while ((e = dir_names_next(&s->level[i].names,
	    s->level[i].cookie)) != NULL) {
		s->level[i].cookie = e->cookie;
		if (level_fits(s->want, i, e->level))
			break;
	}
	return e;
}

/* 1: s->path is it; 0: go on. */
static int
search_try(struct search *s, const struct name *e, size_t *ret_len)
{
	const struct view *v = s->view;
	int r;

	if (path_join(s->path, s->level[s->depth - 1].dir_len, e->s, e->len,
	    s->path, ret_len) < 0)
		return 0;
	if (s->depth == s->want->n_level)
		return path_hash(v->key, tree_id(v->tree), s->path, *ret_len) ==
		    s->want->hash;
	if (!name_may_be_dir(e))
		return 0;
	r = search_open(s, *ret_len);
	return r == -ENOENT || r == -ENOTDIR || r == -EACCES ? 0 : r;
}

static int
search_path(const struct view *v, const struct parts *p, unsigned flags,
    char *buf, size_t *ret_len)
{
	struct search s = { .view = v, .want = p, .flags = flags,
	    .budget = MAX_LISTINGS, .depth = 0 };
	const struct name *e;
	int r;

	s.path[0] = '\0';
	r = search_open(&s, 0);
	while (r == 0 && s.depth > 0) {
		if ((e = search_next(&s)) != NULL)
			r = search_try(&s, e, ret_len);
		else
			dir_names_done(&s.level[--s.depth].names);
	}
	while (s.depth > 0)
		dir_names_done(&s.level[--s.depth].names);
	if (r <= 0)
		return r == 0 ? -ESTALE : r;
	memcpy(buf, s.path, *ret_len + 1);
	return 0;
}

static int
special_node(const struct view *v, const struct parts *p, struct node *ret)
{
	bool claim = p->level[1] == FORM_CLAIM;
	int n;

	if (v->token == NULL || (!claim && p->level[1] != FORM_REPORT))
		return -ESTALE;
	if (claim)
		n = snprintf(ret->path, sizeof(ret->path),
		    PATH_PROVD_NAME "/%s/claim/%0*" PRIu64, v->token,
		    (int)p->level[2], p->hash);
	else	/* no report has this name, so nobody takes it for one */
		n = snprintf(ret->path, sizeof(ret->path),
		    PATH_PROVD_NAME "/%s/report/%016" PRIx64, v->token, p->hash);
	if (n < 0 || (size_t)n >= sizeof(ret->path))
		return -ESTALE;
	node_virtual(v, claim ? NODE_CLAIM : NODE_REPORT, &ret->attr);
	node_place(v, ret->path, (size_t)n, claim ? NODE_CLAIM : NODE_REPORT,
	    ret);
	if (!claim)
		ret->attr.fileid = p->hash;
	return 0;
}

int
warm_handle_node(struct warm *w, const struct view *v, const void *h, size_t len,
    unsigned flags, struct node *ret)
{
	char path[TREE_PATH_MAX + 1];
	struct parts p;
	size_t n = 0;
	int r;

	if ((r = handle_parse(v->key, h, len, &p)) < 0)
		return r;
	if (p.tree != tree_id(v->tree) || p.inst != v->inst)
		return -ESTALE;
	path[0] = '\0';
	if (p.n_level == 0 && p.level[1] != FORM_ROOT)
		return special_node(v, &p, ret);
	if (p.n_level > 0 &&
	    !path_cache_get(v->tree->paths, p.hash, path, &n)) {
		if ((r = search_path(v, &p, flags, path, &n)) < 0)
			return r;
		path_cache_put(v->tree->paths, p.hash, path, n);
	}
	r = warm_node_at(w, v, path, n, p.n_level > 0 ? p.hash : 0, flags, ret);
	return r == -ENOENT || r == -ENOTDIR ? -ESTALE : r;
}

int
handle_node(const struct view *v, const void *h, size_t len, unsigned flags,
    struct node *ret)
{
	return warm_handle_node(NULL, v, h, len, flags, ret);
}
