/* listing.c - directories of a release tree, read once and remembered.
 *
 * A listing is good while the directory's device, inode, mtime and ctime are
 * what they were before it was read.  A directory that changed in the last
 * two seconds is not remembered: a further change might leave the same times.
 */
#include <sys/stat.h>
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/buf.h"
#include "../lib/clock.h"
#include "cache.h"
#include "tree_int.h"

#define SHARDS		8u
#define BUCKETS		512u			/* of a shard */
#define SHARD_BYTES	((size_t)4 << 20)	/* or one listing of any size */
#define LISTING_NAMES	((size_t)1 << 20)	/* -EFBIG beyond */

struct listing_key {
	uint8_t		 key[16];
	uint64_t	 hash;
	dev_t		 dev;
	ino_t		 ino;
	struct timespec	 mtime, ctime;
	char		 path[];
};

struct shard {
	pthread_mutex_t	 lock;
	size_t		 bytes;
	struct listing	*newest, *oldest;
	struct listing	*bucket[BUCKETS];
};

struct listing_cache { struct shard shard[SHARDS]; };

/* Listings --------------------------------------------------------------- */

void
listing_unref(struct listing *l)
{
	if (l == NULL || atomic_fetch_sub(&l->refs, 1) != 1)
		return;
	free(l->names);
	free(l->text);
	free(l->key);
	free(l);
}

static bool
same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool
is_current(const struct listing_key *k, const struct stat *st)
{
	return k->dev == st->st_dev && k->ino == st->st_ino &&
	    same_time(k->mtime, st->st_mtim) && same_time(k->ctime, st->st_ctim);
}

static int
key_new(const uint8_t key[16], uint64_t hash, const char *path,
    const struct stat *st, struct listing_key **ret)
{
	size_t len = strlen(path) + 1;
	struct listing_key *k = malloc(sizeof(*k) + len);

	if (k == NULL)
		return -ENOMEM;
	*k = (struct listing_key){ .hash = hash, .dev = st->st_dev,
	    .ino = st->st_ino, .mtime = st->st_mtim, .ctime = st->st_ctim };
	memcpy(k->key, key, sizeof(k->key));
	memcpy(k->path, path, len);
	*ret = k;
	return 0;
}

/* Every name with its type before it, one after the other. */
static int
read_names(DIR *d, bool is_root, struct buf *b, size_t *ret_n)
{
	const struct dirent *e;

	for (*ret_n = 0;; (*ret_n)++) {
		errno = 0;
		while ((e = readdir(d)) != NULL &&
		    (path_check_name(e->d_name, strlen(e->d_name)) < 0 ||
		    (is_root && strcmp(e->d_name, PATH_PROVD_NAME) == 0)))
			;
		if (e == NULL)
			return errno != 0 ? -errno : b->err;
		if (*ret_n == LISTING_NAMES)
			return -EFBIG;
		buf_putc(b, (char)e->d_type);
		buf_add(b, e->d_name, strlen(e->d_name) + 1);
	}
}

static void
hash_names(struct listing *l, const uint8_t key[16])
{
	const char *s = l->text;

	for (size_t i = 0; i < l->n; i++, s += l->names[i - 1].len + 2) {
		struct name *e = &l->names[i];

		e->d_type = (uint8_t)s[0];
		e->s = s + 1;
		e->len = (uint16_t)strlen(e->s);
		name_hashed(e, path_name_hash(key, e->s, e->len));
	}
	names_settle(l->names, l->n);
}

/* Takes over fd. */
static int
listing_read(int fd, const uint8_t key[16], uint64_t hash, const char *path,
    const struct stat *st, struct listing **ret)
{
	struct listing *l = calloc(1, sizeof(*l));
	struct buf b = { 0 };
	DIR *d = fdopendir(fd);
	int r = -ENOMEM;

	if (d == NULL)
		(void)close(fd);
	if (l == NULL || d == NULL)
		goto out;
	atomic_init(&l->refs, 1);
	if ((r = key_new(key, hash, path, st, &l->key)) < 0 ||
	    (r = read_names(d, *path == '\0', &b, &l->n)) < 0)
		goto out;
	l->bytes = sizeof(*l) + b.len + l->n * sizeof(*l->names);
	r = -ENOMEM;
	if (l->n > 0 && ((l->text = buf_steal(&b, NULL)) == NULL ||
	    (l->names = calloc(l->n, sizeof(*l->names))) == NULL))
		goto out;
	if (l->n > 0)
		hash_names(l, key);
	*ret = l;
	l = NULL;
	r = 0;
out:
	if (d != NULL)
		(void)closedir(d);
	buf_free(&b);
	listing_unref(l);
	return r;
}

/* The cache -------------------------------------------------------------- */

int
listing_cache_new(struct listing_cache **ret)
{
	struct listing_cache *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return -ENOMEM;
	for (unsigned i = 0; i < SHARDS; i++)
		(void)pthread_mutex_init(&c->shard[i].lock, NULL);
	*ret = c;
	return 0;
}

static struct listing **
bucket_of(struct shard *s, uint64_t hash)
{
	return &s->bucket[hash / SHARDS % BUCKETS];
}

static void
unlink_age(struct shard *s, struct listing *l)
{
	*(l->newer != NULL ? &l->newer->older : &s->newest) = l->older;
	*(l->older != NULL ? &l->older->newer : &s->oldest) = l->newer;
	l->newer = l->older = NULL;
}

static void
link_newest(struct shard *s, struct listing *l)
{
	l->newer = NULL;
	l->older = s->newest;
	*(s->newest != NULL ? &s->newest->newer : &s->oldest) = l;
	s->newest = l;
}

/* Take a listing out of the shard; the shard's reference is the caller's. */
static void
take_out(struct shard *s, struct listing *l)
{
	struct listing **p = bucket_of(s, l->key->hash);

	while (*p != l)
		p = &(*p)->chain;
	*p = l->chain;
	unlink_age(s, l);
	s->bytes -= l->bytes;
}

void
listing_cache_free(struct listing_cache *c)
{
	struct listing *l;

	if (c == NULL)
		return;
	for (unsigned i = 0; i < SHARDS; i++) {
		while ((l = c->shard[i].oldest) != NULL) {
			take_out(&c->shard[i], l);
			listing_unref(l);
		}
		(void)pthread_mutex_destroy(&c->shard[i].lock);
	}
	free(c);
}

static struct listing *
find(struct shard *s, const uint8_t key[16], uint64_t hash, const char *path)
{
	struct listing *l = *bucket_of(s, hash);

	while (l != NULL && (l->key->hash != hash ||
	    memcmp(l->key->key, key, 16) != 0 || strcmp(l->key->path, path) != 0))
		l = l->chain;
	return l;
}

static struct listing *
cache_get(struct listing_cache *c, const uint8_t key[16], uint64_t hash,
    const char *path, const struct stat *st)
{
	struct shard *s = &c->shard[hash % SHARDS];
	struct listing *l;

	(void)pthread_mutex_lock(&s->lock);
	l = find(s, key, hash, path);
	if (l != NULL && !is_current(l->key, st))
		l = NULL;
	if (l != NULL) {
		atomic_fetch_add_explicit(&l->refs, 1, memory_order_relaxed);
		unlink_age(s, l);
		link_newest(s, l);
	}
	(void)pthread_mutex_unlock(&s->lock);
	return l;
}

static void
cache_put(struct listing_cache *c, struct listing *l)
{
	const struct listing_key *k = l->key;
	struct shard *s = &c->shard[k->hash % SHARDS];
	struct listing *old, *out = NULL, **bucket = bucket_of(s, k->hash);

	atomic_fetch_add_explicit(&l->refs, 1, memory_order_relaxed);
	(void)pthread_mutex_lock(&s->lock);
	old = find(s, k->key, k->hash, k->path);
	while (old != NULL || (s->oldest != NULL &&
	    s->bytes + l->bytes > SHARD_BYTES)) {
		if (old == NULL)
			old = s->oldest;
		take_out(s, old);
		old->chain = out;	/* freed once the lock is gone */
		out = old;
		old = NULL;
	}
	l->chain = *bucket;
	*bucket = l;
	link_newest(s, l);
	s->bytes += l->bytes;
	(void)pthread_mutex_unlock(&s->lock);
	while ((old = out) != NULL) {
		out = old->chain;
		listing_unref(old);
	}
}

static bool
is_settled(const struct stat *st)
{
	int64_t now = clock_unix();

	return st->st_ctim.tv_sec < now - 1 || st->st_ctim.tv_sec > now + 1;
}

int
listing_get(const struct tree *t, const uint8_t key[16], uint64_t hash,
    const char *path, bool nowait, struct listing **ret)
{
	struct stat st;
	struct listing *l;
	int fd, r;

	if ((fd = disk_open(t, path, O_RDONLY | O_DIRECTORY, nowait)) < 0)
		return fd;
	if (fstat(fd, &st) == -1) {
		r = -errno;
		(void)close(fd);
		return r;
	}
	if ((l = cache_get(t->listings, key, hash, path, &st)) != NULL || nowait) {
		(void)close(fd);
		*ret = l;
		return l != NULL ? 0 : -EAGAIN;
	}
	if ((r = listing_read(fd, key, hash, path, &st, &l)) < 0)
		return r == -EAGAIN ? -EIO : r;
	if (is_settled(&st))
		cache_put(t->listings, l);
	*ret = l;
	return 0;
}
