/* listing.c - directories of a release tree, read once and remembered.
 *
 * A listing is good while the directories' device, inode, mtime and ctime, in
 * each layer, are what they were before it was read.  A directory that changed in the last
 * two seconds is not remembered: a further change might leave the same times.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/buf.h"
#include "../lib/clock.h"
#include "cache.h"
#include "disk.h"
#include "tree_int.h"

#define CACHE_BYTES	((size_t)32 << 20)
#define LISTING_NAMES	((size_t)1 << 20)	/* -EFBIG beyond */

struct listing_key {
	uint8_t		 key[16];
	size_t		 n;
	uint8_t		 layer[TREE_SOURCES_MAX];
	struct layer_stamp stamp[TREE_SOURCES_MAX];
	char		*path;
};

static struct listing *
listing_of(struct lru_item *e)
{
	return (struct listing *)(void *)e;
}

static void
listing_free(struct lru_item *e)
{
	struct listing *l = listing_of(e);

	free(l->names);
	free(l->text);
	if (l->key != NULL)
		free(l->key->path);
	free(l->key);
	free(l);
}

void
listing_unref(struct listing *l)
{
	lru_unref(l != NULL ? &l->item : NULL);
}

static bool
same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool
is_current(const struct listing_key *k, const struct disk_dir *d)
{
	if (k->n != d->n)
		return false;
	for (size_t i = 0; i < k->n; i++) {
		const struct layer_stamp *a = &k->stamp[i], *b = &d->part[i].stamp;

		if (k->layer[i] != d->layer[i] || a->dev != b->dev ||
		    a->ino != b->ino || !same_time(a->mtime, b->mtime) ||
		    !same_time(a->ctime, b->ctime))
			return false;
	}
	return true;
}

static int
key_new(const uint8_t key[16], const char *path, const struct disk_dir *d,
    struct listing_key **ret)
{
	struct listing_key *k = calloc(1, sizeof(*k));

	if (k == NULL || (k->path = strdup(path)) == NULL) {
		free(k);
		return -ENOMEM;
	}
	memcpy(k->key, key, sizeof(k->key));
	k->n = d->n;
	for (size_t i = 0; i < d->n; i++) {
		k->layer[i] = d->layer[i];
		k->stamp[i] = d->part[i].stamp;
	}
	*ret = k;
	return 0;
}

/* Every name with its layer and type before it, one after the other. */
struct gather {
	struct buf	 text;
	size_t		 n;
	uint8_t		 layer;
	bool		 is_root;
};

static int
gather_name(void *arg, const char *name, uint8_t d_type)
{
	struct gather *g = arg;

	if (path_check_name(name, strlen(name)) < 0 ||
	    (g->is_root && strcmp(name, PATH_PROVD_NAME) == 0))
		return 0;
	if (g->n++ == LISTING_NAMES)
		return -EFBIG;
	buf_putc(&g->text, (char)g->layer);
	buf_putc(&g->text, (char)d_type);
	buf_add(&g->text, name, strlen(name) + 1);
	return g->text.err;
}

static void
hash_names(struct listing *l, const uint8_t key[16])
{
	const char *s = l->text;

	for (size_t i = 0; i < l->n; i++, s += l->names[i - 1].len + 3) {
		struct name *e = &l->names[i];

		e->layer = (uint8_t)s[0];
		e->d_type = (uint8_t)s[1];
		e->s = s + 2;
		e->len = (uint16_t)strlen(e->s);
		name_hashed(e, path_name_hash(key, e->s, e->len));
	}
	l->n = names_settle(l->names, l->n);
}

static int
listing_read(struct disk_dir *d, const uint8_t key[16], uint64_t hash,
    const char *path, struct listing **ret)
{
	struct listing *l = calloc(1, sizeof(*l));
	struct gather g = { .is_root = *path == '\0' };
	int r;

	if (l == NULL)
		return -ENOMEM;
	lru_item_init(&l->item, hash, listing_free);
	r = key_new(key, path, d, &l->key);
	for (size_t i = 0; r == 0 && i < d->n; i++) {
		g.layer = d->layer[i];
		r = d->part[i].layer->ops->dir_list(&d->part[i], gather_name, &g);
	}
	if (r < 0)
		goto out;
	l->n = g.n;
	l->item.bytes = sizeof(*l) + sizeof(*l->key) + strlen(path) +
	    g.text.len + l->n * sizeof(*l->names);
	r = -ENOMEM;
	if (l->n > 0 && ((l->text = buf_steal(&g.text, NULL)) == NULL ||
	    (l->names = calloc(l->n, sizeof(*l->names))) == NULL))
		goto out;
	if (l->n > 0)
		hash_names(l, key);
	*ret = l;
	l = NULL;
	r = 0;
out:
	buf_free(&g.text);
	listing_unref(l);
	return r;
}

/* The cache -------------------------------------------------------------- */

struct wanted { const uint8_t *key; const char *path; };

static bool
is_same(const struct lru_item *e, const void *arg)
{
	const struct listing *l = (const struct listing *)(const void *)e;
	const struct wanted *w = arg;

	return memcmp(l->key->key, w->key, sizeof(l->key->key)) == 0 &&
	    strcmp(l->key->path, w->path) == 0;
}

int
listing_cache_new(struct lru **ret)
{
	return lru_new(CACHE_BYTES, is_same, ret);
}

size_t
tree_cached(const struct tree *t)
{
	return lru_bytes(t->listings);
}

static bool
is_settled(const struct disk_dir *d)
{
	int64_t now = clock_unix(), s;

	for (size_t i = 0; i < d->n; i++) {
		s = d->part[i].stamp.ctime.tv_sec;
		if (s >= now - 1 && s <= now + 1)
			return false;
	}
	return true;
}

int
listing_get(const struct tree *t, const uint8_t key[16], uint64_t hash,
    const char *path, bool nowait, struct listing **ret)
{
	struct wanted want = { key, path };
	struct disk_dir d;
	struct lru_item *e;
	struct listing *l = NULL;
	int r;

	if ((r = disk_dir_open(t, path, true, nowait, &d)) < 0)
		return r;
	if ((e = lru_get(t->listings, hash, &want)) != NULL)
		l = listing_of(e);
	if (l != NULL && !is_current(l->key, &d)) {
		listing_unref(l);
		l = NULL;
	}
	if (l == NULL && nowait) {
		r = -EAGAIN;
	} else if (l == NULL) {
		r = listing_read(&d, key, hash, path, &l);
		if (r == 0 && is_settled(&d))
			lru_put(t->listings, &l->item, &want);
	}
	disk_dir_close(&d);
	if (r < 0)
		return r == -EAGAIN && !nowait ? -EIO : r;
	*ret = l;
	return 0;
}
