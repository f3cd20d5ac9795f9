/* warm.c - see warm.h.
 *
 * A path is known by its keyed hash, as in a handle, with the tree's own random
 * number: an entry of another tree is never found.  The epoch is in it too: a
 * change of one name takes away one entry, a directory that goes or moves ends
 * the epoch, and nothing of before is found any more.
 *
 * A directory is watched from the root on downwards, each one opened when all
 * above it are watched already: a change after that is an event.
 */
#include "warm.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/clock.h"
#include "../lib/os_watch.h"
#include "disk.h"
#include "warm_int.h"

#define WAYS		8u
#define SLOTS		(2 * WARM_DIRS)	/* a power of two */
#define CANDIDATES	256u		/* directories not watched yet */
#define TIMES		3u		/* used so often within WARM_AGE_MS */
#define PAUSE_MS	10000		/* when the system refuses */

struct entry {
	int64_t		 at;		/* ms */
	int		 r;		/* 0 or -ENOENT */
	struct tree_attr attr;
};

/* What is looked at first lies together.  Key 0: free. */
struct set {
	uint64_t	 key[WAYS];
	struct entry	 entry[WAYS];
};

/* A directory that is watched. */
struct dir {
	uint64_t	 key;
	int		 fd, id;
	int64_t		 at;		/* when it was seen to be at its path, ms */
	uint64_t	 dev, ino;
	uint32_t	 tree_id;	/* these three make keys of its names */
	uint64_t	 serial;
	uint8_t		 hash_key[16];
	size_t		 len;
	char		*path;
};

struct candidate { uint64_t key; int64_t since; unsigned times; };

struct warm {
	int		 fd;		/* -1: none */
	int64_t		 now, pause;	/* ms */
	uint64_t	 epoch, hits;
	size_t		 n_set;		/* a power of two */
	struct set	*set;
	unsigned	 n_dir, max_dir;
	struct dir	 dir[WARM_DIRS];
	uint16_t	 by_key[SLOTS], by_id[SLOTS];	/* 1 + index; 0: free */
	struct candidate candidate[CANDIDATES];
};

int
warm_new(unsigned max, unsigned max_dir, struct warm **ret)
{
	struct warm *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return -ENOMEM;
	for (w->n_set = 64; w->n_set * 2 * WAYS <= max; )
		w->n_set *= 2;
	w->max_dir = max_dir < WARM_DIRS ? max_dir : WARM_DIRS;
	w->fd = -1;
	w->epoch = 1;
	w->now = clock_ms();
	if ((w->set = calloc(w->n_set, sizeof(*w->set))) == NULL) {
		free(w);
		return -ENOMEM;
	}
	*ret = w;
	return 0;
}

/* Its watches go with the descriptor. */
static void
forget(struct warm *w)
{
	if (w->fd != -1)
		(void)close(w->fd);
	w->fd = -1;
	w->epoch++;
	for (unsigned i = 0; i < w->n_dir; i++) {
		(void)close(w->dir[i].fd);
		free(w->dir[i].path);
	}
	w->n_dir = 0;
	memset(w->by_key, 0, sizeof(w->by_key));
	memset(w->by_id, 0, sizeof(w->by_id));
	memset(w->candidate, 0, sizeof(w->candidate));
}

void
warm_free(struct warm *w)
{
	if (w == NULL)
		return;
	forget(w);
	free(w->set);
	free(w);
}

uint64_t
warm_hits(const struct warm *w)
{
	return w->hits;
}

/* Entries ------------------------------------------------------------------ */

static uint64_t
key_of(const struct view *v, uint64_t hash)
{
	return hash ^ v->tree->serial;
}

static struct set *
set_of(const struct warm *w, uint64_t key)
{
	return &w->set[key & (w->n_set - 1)];
}

/* What stands for it now, never 0.  (Its last bit says which set it is in.) */
static uint64_t
mark(const struct warm *w, uint64_t key)
{
	return (key ^ w->epoch * 0x9e3779b97f4a7c15u) | 1;
}

/* Its place in the set; WAYS: none. */
static unsigned
find(const struct warm *w, const struct set *s, uint64_t key)
{
	uint64_t want = mark(w, key);
	unsigned i = 0;

	while (i < WAYS && s->key[i] != want)
		i++;
	return i;
}

static const struct entry *
get(const struct warm *w, uint64_t key)
{
	const struct set *s = set_of(w, key);
	unsigned i = find(w, s, key);

	return i < WAYS ? &s->entry[i] : NULL;
}

void
warm_prefetch(const struct warm *w, const struct view *v, uint64_t hash, bool again)
{
	uint64_t key = key_of(v, hash);
	const struct entry *e;

	if (!again)
		__builtin_prefetch(set_of(w, key));
	else if ((e = get(w, key)) != NULL)
		for (size_t i = 0; i < sizeof(*e); i += 64)
			__builtin_prefetch((const char *)e + i);
}

/* In place of itself, or where nothing is, or of the oldest. */
static void
put(struct warm *w, uint64_t key, int64_t at, int r, const struct tree_attr *a)
{
	struct set *s = set_of(w, key);
	unsigned i = find(w, s, key), k = 0;

	for (; i == WAYS && k < WAYS; k++)
		if (s->key[k] == 0)
			i = k;
	if (i == WAYS)
		for (i = 0, k = 1; k < WAYS; k++)
			if (s->entry[k].at < s->entry[i].at)
				i = k;
	s->key[i] = mark(w, key);
	s->entry[i] = (struct entry){ .at = at, .r = r };
	if (r == 0)
		s->entry[i].attr = *a;
}

static void
drop(struct warm *w, uint64_t key)
{
	struct set *s = set_of(w, key);
	unsigned i = find(w, s, key);

	if (i < WAYS)
		s->key[i] = 0;
}

/* Directories -------------------------------------------------------------- */

static struct dir *
find_dir(struct warm *w, uint64_t key)
{
	size_t i = key & (SLOTS - 1);

	for (; w->by_key[i] != 0; i = (i + 1) & (SLOTS - 1))
		if (w->dir[w->by_key[i] - 1].key == key)
			return &w->dir[w->by_key[i] - 1];
	return NULL;
}

static void
index_dir(uint16_t table[SLOTS], uint64_t hash, unsigned n)
{
	size_t i = hash & (SLOTS - 1);

	while (table[i] != 0)
		i = (i + 1) & (SLOTS - 1);
	table[i] = (uint16_t)n;
}

static uint64_t
dir_key(const struct view *v, const char *path, size_t len)
{
	return key_of(v, path_hash(v->key, tree_id(v->tree), path, len));
}

static int
open_dir(const struct view *v, const char *path, struct layer_stamp *ret,
    int *ret_fd)
{
	struct layer_dir d;
	int r = layer_dir_ops.dir_open(&v->tree->layer[0], path, false, true, &d);

	*ret = d.stamp;
	*ret_fd = d.fd;
	return r;
}

static int
add_dir(struct warm *w, const struct view *v, const char *path, size_t len,
    uint64_t key)
{
	struct dir *d = &w->dir[w->n_dir];
	struct layer_stamp st;
	int r;

	*d = (struct dir){ .key = key, .at = w->now, .tree_id = tree_id(v->tree),
	    .serial = v->tree->serial, .len = len, .path = strndup(path, len) };
	if (d->path == NULL)
		return -ENOMEM;
	if ((r = open_dir(v, d->path, &st, &d->fd)) < 0)
		goto fail;
	d->dev = st.dev;
	d->ino = st.ino;
	if ((r = d->id = os_watch_add(w->fd, d->fd)) < 0) {
		(void)close(d->fd);
		goto fail;
	}
	memcpy(d->hash_key, v->key, sizeof(d->hash_key));
	w->n_dir++;
	index_dir(w->by_key, key, w->n_dir);
	index_dir(w->by_id, (uint64_t)d->id, w->n_dir);
	return 0;
fail:
	free(d->path);
	return r;
}

/* What is mounted over it, no event tells. */
static bool
is_in_place(struct warm *w, const struct view *v, struct dir *d)
{
	struct layer_stamp st;
	int fd;

	if (w->now - d->at <= WARM_AGE_MS)
		return true;
	if (open_dir(v, d->path, &st, &fd) < 0)
		return false;
	(void)close(fd);
	d->at = w->now;
	return st.dev == d->dev && st.ino == d->ino;
}

/* The directory, and all above it. */
static void
watch(struct warm *w, const struct view *v, const char *path, size_t len)
{
	size_t n = 0;
	uint64_t key;
	int r = 0;

	if (w->now < w->pause || w->max_dir <= TREE_DEPTH_MAX + 1)
		return;
	if (w->n_dir + TREE_DEPTH_MAX + 1 > w->max_dir)
		forget(w);
	if (w->fd == -1)
		r = os_watch_open(&w->fd);
	for (;;) {
		key = dir_key(v, path, n);
		if (r == 0 && find_dir(w, key) == NULL)
			r = add_dir(w, v, path, n, key);
		if (r < 0 || n == len)
			break;
		n += n > 0;
		while (n < len && path[n] != '/')
			n++;
	}
	if (r == -ENOSPC || r == -EMFILE || r == -ENFILE || r == -ENOMEM ||
	    r == -EOPNOTSUPP)
		w->pause = w->now + PAUSE_MS;
}

/* The directory, if it is watched; when it is asked for often it will be. */
static struct dir *
watched(struct warm *w, const struct view *v, const char *path, size_t len)
{
	uint64_t key = dir_key(v, path, len);
	struct candidate *c = &w->candidate[key % CANDIDATES];
	struct dir *d = find_dir(w, key);

	if (d != NULL && is_in_place(w, v, d))
		return d;
	if (d != NULL)
		forget(w);
	if (c->key != key || w->now - c->since > WARM_AGE_MS)
		*c = (struct candidate){ .key = key, .since = w->now };
	if (++c->times < TIMES)
		return NULL;
	c->times = 0;
	watch(w, v, path, len);
	return find_dir(w, key);
}

/* Changes ------------------------------------------------------------------- */

static void
on_name(struct warm *w, const struct dir *d, const char *name)
{
	char path[TREE_PATH_MAX + 1];
	size_t len;

	drop(w, d->key);		/* its times and size */
	if (path_join(d->path, d->len, name, strlen(name), path,
	    &len) == 0)
		drop(w, path_hash(d->hash_key, d->tree_id, path, len) ^ d->serial);
}

/* Trees may share a directory. */
static void
on_change(void *arg, int id, const char *name)
{
	struct warm *w = arg;
	size_t i = (uint64_t)id & (SLOTS - 1);

	for (; w->by_id[i] != 0; i = (i + 1) & (SLOTS - 1))
		if (w->dir[w->by_id[i] - 1].id == id)
			on_name(w, &w->dir[w->by_id[i] - 1], name);
}

void
warm_poll(struct warm *w)
{
	w->now = clock_ms();
	if (w->fd != -1 && os_watch_read(w->fd, on_change, w) < 0)
		forget(w);
}

/* Answers -------------------------------------------------------------------- */

/* What was found there lately is in memory still: one call that could wait
 * for a disk instead of three that can't. */
static int
stat_name(const struct view *v, const struct dir *d, const char *path, size_t len,
    bool nowait, struct tree_attr *ret)
{
	const struct layer *l = &v->tree->layer[0];
	const struct layer_dir dir = { .layer = l, .fd = d->fd };

	if (len == 0)
		return l->ops->stat(l, path, nowait, ret);
	return l->ops->dir_stat(&dir, path_name(path, len), path, nowait, ret);
}

static bool
may_keep(struct warm *w, uint64_t key, int r, const struct tree_attr *a)
{
	if (r < 0)
		return r == -ENOENT;
	/* what changes in a directory has to be seen too */
	return a->type != TREE_DIR || find_dir(w, key) != NULL;
}

/* As old as what is known of its directory; of several names, what is done by
 * one that nobody watches is never seen: too old at once. */
static int64_t
since(const struct warm *w, const struct dir *d, int r, const struct tree_attr *a)
{
	return r == 0 && a->type != TREE_DIR && a->nlink > 1 ?
	    w->now - WARM_AGE_MS - 1 : d->at;
}

bool
warm_covers(const struct warm *w, const struct tree *t)
{
	return w != NULL && t->n_layer == 1 && t->layer[0].iso == NULL;
}

int
warm_stat(struct warm *w, const struct view *v, const char *path, size_t len,
    uint64_t hash, unsigned flags, struct tree_attr *ret)
{
	const struct tree *t = v->tree;
	uint64_t key = key_of(v, hash);
	bool nowait = flags & TREE_NOWAIT;
	const struct entry *e;
	const struct dir *d;
	int r;

	if (!warm_covers(w, t))
		return disk_stat(t, path, nowait, ret);
	if ((e = get(w, key)) != NULL && w->now - e->at <= WARM_AGE_MS) {
		w->hits++;
		if (e->r == 0)
			*ret = e->attr;
		return e->r;
	}
	d = watched(w, v, path, path_dir_len(path, len));
	if (d == NULL)
		return disk_stat(t, path, nowait, ret);
	e = get(w, key);	/* unless all was forgotten */
	if (e != NULL && w->now - e->at <= WARM_KNOWN_MS)
		nowait = false;
	r = stat_name(v, d, path, len, nowait, ret);
	if (may_keep(w, key, r, ret))
		put(w, key, since(w, d, r, ret), r, ret);
	else if (r == 0 && ret->type == TREE_DIR)
		(void)watched(w, v, path, len);
	return r;
}
