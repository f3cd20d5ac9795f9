/* check.c - sums of a tree's sets. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../profiles/release.h"
#include "../tree/tree.h"
#include "catalogue.h"
#include "check.h"
#include "sums.h"

#define TEXT_MAX	((size_t)1 << 20)
#define PIECES_DEPTH	2u
#define PACKAGES_DEPTH	8u
#define WALK_MAX	100000u

/* Names --------------------------------------------------------------------- */

/* Every file beneath a directory, some levels deep; directories are looked
 * into in the order in which they were found. */
struct walk {
	char		**path;
	bool		 *dir;
	size_t		  n, cap;
	int		  err;
	const char	 *at;		/* directory being read */
};

static void
walk_add(struct walk *w, const char *name, size_t len, bool dir)
{
	size_t cap = w->cap != 0 ? w->cap * 2 : 256, n = strlen(w->at);
	char **p, *path;
	bool *d;

	if (w->n == w->cap) {
		if (w->n >= WALK_MAX) {
			w->err = -E2BIG;
			return;
		}
		if ((p = realloc(w->path, cap * sizeof(*p))) != NULL)
			w->path = p;
		if ((d = realloc(w->dir, cap * sizeof(*d))) != NULL)
			w->dir = d;
		if (p == NULL || d == NULL) {
			w->err = -ENOMEM;
			return;
		}
		w->cap = cap;
	}
	if ((path = malloc(n + len + 2)) == NULL) {
		w->err = -ENOMEM;
		return;
	}
	(void)snprintf(path, n + len + 2, "%s%s%.*s", w->at, n > 0 ? "/" : "", (int)len, name);
	w->path[w->n] = path;
	w->dir[w->n++] = dir;
}

static bool
walk_entry(void *arg, const struct view_dirent *e)
{
	struct walk *w = arg;

	if ((e->name_len == 1 && e->name[0] == '.') ||
	    (e->name_len == 2 && e->name[0] == '.' && e->name[1] == '.') || e->node == NULL)
		return true;
	if (e->node->attr.type == TREE_DIR || e->node->attr.type == TREE_REG)
		walk_add(w, e->name, e->name_len, e->node->attr.type == TREE_DIR);
	return w->err == 0;
}

static int
walk_dir(const struct view *v, struct walk *w, const char *dir)
{
	struct node n;
	bool eof;
	int r;

	w->at = dir;
	if ((r = view_walk(v, &tree_cred_root, dir, true, 0, &n)) == 0)
		r = view_readdir(&tree_cred_root, &n, 0, true, 0, walk_entry, w, &eof);
	return r < 0 ? r : w->err;
}

static unsigned
depth_of(const char *path, const char *beneath)
{
	unsigned n = 0;

	for (path += strlen(beneath); *path != '\0'; path++)
		n += *path == '/';
	return *beneath == '\0' ? n + 1 : n;
}

static void
walk_done(struct walk *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->path[i]);
	free(w->path);
	free(w->dir);
}

static int
by_path(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Files only, sorted. */
static int
walk(const struct view *v, const char *dir, unsigned depth, struct walk *w)
{
	size_t n = 0;
	int r = walk_dir(v, w, dir);

	for (size_t i = 0; i < w->n && r == 0; i++)
		if (w->dir[i] && depth_of(w->path[i], dir) < depth)
			r = walk_dir(v, w, w->path[i]);
	for (size_t i = 0; i < w->n; i++) {
		if (w->dir[i])
			free(w->path[i]);
		else
			w->path[n++] = w->path[i];
	}
	w->n = n;
	if (n > 1)
		qsort(w->path, n, sizeof(*w->path), by_path);
	return r;
}

/* Sums ---------------------------------------------------------------------- */

static void
bad(struct media_check *c, const char *path, const char *what)
{
	c->n_bad++;
	c->bad(c->arg, path, what);
}

/* 0, or 1 when the file itself was found wanting. */
static int
sum(struct media_check *c, const char *path, struct media_sum *ret)
{
	int r = media_sum_file(c->view, path, ret, c->tick, c->arg);

	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		bad(c, path, strerror(-r));
		return 1;
	}
	c->bytes += ret->bytes;
	return 0;
}

static int
check_manifest(struct media_check *c)
{
	struct release rel = { 0 };
	struct media_sum s = { .bytes = 0 };
	char path[400], why[200] = "", *text = NULL;
	uint64_t bytes;
	size_t len;
	int r;

	(void)snprintf(path, sizeof(path), "%s/MANIFEST", c->id->dir);
	if ((r = release_read(c->view, path, TEXT_MAX, &text, &len)) == 0)
		r = release_parse_manifest(text, len, &rel, why);
	if (r == -EBADMSG) {
		bad(c, path, why);
		r = 0;
	}
	for (size_t i = 0; i < rel.n_set && r >= 0; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", c->id->dir, rel.set[i].file);
		if (release_check(c->view, path, &bytes) == -ENOENT) {
			c->n_absent++;
			continue;
		}
		if ((r = sum(c, path, &s)) != 0)
			continue;
		if (strcmp(s.sha256, rel.set[i].sha256) != 0)
			bad(c, path, "its SHA-256 is not the one in MANIFEST");
		else
			c->n_good++;
	}
	release_done(&rel);
	free(text);
	return r < 0 ? r : 0;
}

/* Pieces: NAME.inf has the sums of NAME.aa, NAME.ab, ... */
static int
check_inf(struct media_check *c, const char *inf)
{
	struct release_set set = { .bytes = 0 };
	struct media_sum s = { .bytes = 0 };
	char path[TREE_PATH_MAX + 1], why[200] = "", *text = NULL;
	size_t len, base = strlen(inf) - 4;
	int r;

	if ((r = release_read(c->view, inf, TEXT_MAX, &text, &len)) == 0)
		r = release_parse_inf(text, len, &set, why);
	free(text);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		bad(c, inf, r == -EBADMSG ? why : strerror(-r));
		return 0;
	}
	r = 0;
	for (size_t i = 0; i < set.n_piece && r >= 0; i++) {
		(void)snprintf(path, sizeof(path), "%.*s.%c%c", (int)base, inf,
		    (int)('a' + i / 26), (int)('a' + i % 26));
		if ((r = sum(c, path, &s)) != 0)
			continue;
		if (s.bytes != set.piece[i].bytes)
			bad(c, path, "its size is not the one in the .inf file");
		else if (s.cksum != set.piece[i].cksum)
			bad(c, path, "its cksum is not the one in the .inf file");
		else
			c->n_good++;
		media_sums_line(&c->sums, s.sha256, path);
	}
	free(set.piece);
	return r < 0 ? r : c->sums.err;
}

static bool
ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), k = strlen(end);

	return n > k && strcmp(s + n - k, end) == 0;
}

static int
check_pieces(struct media_check *c)
{
	struct walk w = { .n = 0 };
	int r = walk(c->view, c->id->dir, PIECES_DEPTH, &w);

	for (size_t i = 0; i < w.n && r == 0; i++)
		if (ends_with(w.path[i], ".inf") && !ends_with(w.path[i], "cdrom.inf"))
			r = check_inf(c, w.path[i]);
	walk_done(&w);
	return r;
}

/* What pkg(8)'s catalogue says of a package; those before 2.0 had SHA-256. */
static void
compare(struct media_check *c, const struct catalogue_entry *e, const struct media_sum *s, const char *path)
{
	if (s->bytes != e->bytes)
		bad(c, path, "its size is not the one in the repository's catalogue");
	else if (strncmp(e->sum, "2$", 2) == 0 ? strcmp(e->sum + 2, s->blake2b) != 0 :
	    strlen(e->sum) == 64 && strcmp(e->sum, s->sha256) != 0)
		bad(c, path, "its sum is not the one in the repository's catalogue");
	else
		c->n_good++;
}

/* Every file, packages or not, is pinned. */
static int
check_files(struct media_check *c, const char *repo, const struct catalogue *cat, const struct walk *w)
{
	const struct catalogue_entry *e;
	struct media_sum s;
	size_t len = strlen(repo);
	int r = 0;

	for (size_t i = 0; i < w->n && r >= 0; i++) {
		s = (struct media_sum){ .want_blake2b = true };
		if ((r = sum(c, w->path[i], &s)) != 0)
			continue;
		media_sums_line(&c->sums, s.sha256, w->path[i]);
		e = len > 0 && strncmp(w->path[i], repo, len) == 0 && w->path[i][len] == '/' ?
		    catalogue_find(cat, w->path[i] + len + 1) : NULL;
		if (e != NULL)
			compare(c, e, &s, w->path[i]);
		else
			c->n_good++;
	}
	return r < 0 ? r : c->sums.err;
}

/* Packages that the disc does not have at all. */
static void
check_absent(struct media_check *c, const char *repo, const struct catalogue *cat)
{
	char path[TREE_PATH_MAX + 1];
	uint64_t bytes;

	for (size_t i = 0; i < cat->n; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", repo, cat->e[i].path);
		if (release_check(c->view, path, &bytes) == -ENOENT)
			bad(c, path, "the repository's catalogue has it, the disc does not");
	}
}

static int
check_packages(struct media_check *c)
{
	struct walk w = { .n = 0 };
	struct catalogue cat = { .n = 0 };
	struct release rel;
	char why[MEDIA_WHY] = "", repo[201] = "";
	int r;

	if ((r = release_packages(c->view, c->id->dir, &rel, why)) == 0) {
		(void)snprintf(repo, sizeof(repo), "%s", rel.dir);
		release_done(&rel);
		r = catalogue_read(c->view, repo, &cat, why);
	}
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		bad(c, *repo != '\0' ? repo : c->id->dir, *why != '\0' ? why : strerror(-r));
	else
		check_absent(c, repo, &cat);
	if ((r = walk(c->view, c->id->dir, PACKAGES_DEPTH, &w)) == 0)
		r = check_files(c, repo, &cat, &w);
	walk_done(&w);
	catalogue_done(&cat);
	return r;
}

/* What was pinned ------------------------------------------------------------ */

struct pin { char *path, sha256[65]; };
struct pins { struct pin *p; size_t n, cap; };

static int
take_pin(void *arg, const char *path, const char *sha256)
{
	struct pins *ps = arg;
	struct pin *p;

	if (ps->n == ps->cap) {
		size_t cap = ps->cap != 0 ? ps->cap * 2 : 256;

		if (cap > 2 * WALK_MAX)
			return -E2BIG;
		if ((p = realloc(ps->p, cap * sizeof(*p))) == NULL)
			return -ENOMEM;
		ps->p = p;
		ps->cap = cap;
	}
	p = &ps->p[ps->n];
	if ((p->path = strdup(path)) == NULL)
		return -ENOMEM;
	memcpy(p->sha256, sha256, sizeof(p->sha256));
	ps->n++;
	return 0;
}

static int
pin_cmp(const void *a, const void *b)
{
	return strcmp(((const struct pin *)a)->path, ((const struct pin *)b)->path);
}

static void
pins_done(struct pins *ps)
{
	for (size_t i = 0; i < ps->n; i++)
		free(ps->p[i].path);
	free(ps->p);
}

static int
check_pin(struct media_check *c, const struct pin *want, const struct pins *now)
{
	const struct pin *have = now->n > 0 ? bsearch(want, now->p, now->n, sizeof(*want), pin_cmp) : NULL;
	struct media_sum s = { .bytes = 0 };
	int r;

	if (have == NULL && (r = sum(c, want->path, &s)) != 0)
		return r < 0 ? r : 0;
	if (strcmp(have != NULL ? have->sha256 : s.sha256, want->sha256) != 0)
		bad(c, want->path, "its SHA-256 is not what it was when the tree was added");
	return 0;
}

static int
check_pins(struct media_check *c)
{
	struct pins now = { .n = 0 }, then = { .n = 0 };
	unsigned line;
	char what[80];
	int r;

	if ((r = media_sums_parse(c->pinned, c->pinned_len, take_pin, &then, &line)) == -EBADMSG) {
		(void)snprintf(what, sizeof(what), "line %u of the file of sums cannot be read", line);
		bad(c, c->id->dir, what);
		r = 0;
	}
	if (r == 0 && c->sums.len > 0)
		r = media_sums_parse(c->sums.p, c->sums.len, take_pin, &now, &line);
	if (now.n > 1)
		qsort(now.p, now.n, sizeof(*now.p), pin_cmp);
	for (size_t i = 0; i < then.n && r == 0; i++)
		r = check_pin(c, &then.p[i], &now);
	pins_done(&now);
	pins_done(&then);
	return r;
}

int
media_check(struct media_check *c)
{
	int r = c->id->sets == SETS_MANIFEST ? check_manifest(c) :
	    c->id->sets == SETS_PIECES ? check_pieces(c) :
	    c->id->sets == SETS_PACKAGES ? check_packages(c) : 0;

	if (r == 0 && c->pinned != NULL)
		r = check_pins(c);
	return r;
}

void
media_check_done(struct media_check *c)
{
	buf_free(&c->sums);
}
