/* tree.c - a release tree: directories and images that are served as they are. */
#include <sys/stat.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/os.h"
#include "../lib/siphash.h"
#include "cache.h"
#include "lru.h"
#include "mtree.h"
#include "tree_int.h"

unsigned
layer_lane(uint64_t dev)
{
	return (unsigned)((dev + 1) * 0x9e3779b97f4a7c15u >> 40);
}

unsigned
view_lane(const struct view *v)
{
	return layer_lane((uint64_t)v->tree->layer[0].st.st_dev);
}

/* Not secret: the same name has the same id on every server. */
static uint32_t
id_of(const char *name)
{
	static const uint8_t key[16] = "provd tree id";
	uint64_t h = siphash(key, name, strlen(name));
	uint32_t id = (uint32_t)(h ^ h >> 32);

	return id != 0 ? id : 1;
}

/* The file PATH.mtree beside PATH, if there is one. */
static int
load_mtree(const char *path, struct mtree **ret, char why[200])
{
	size_t len = strlen(path);
	char *file;
	int r;

	while (len > 1 && path[len - 1] == '/')
		len--;
	if ((file = malloc(len + sizeof(".mtree"))) == NULL)
		return -ENOMEM;
	memcpy(file, path, len);
	memcpy(file + len, ".mtree", sizeof(".mtree"));
	r = mtree_load(file, ret);
	if (r < 0)
		snprintf(why, 200, "%s: %s", file, r == -EBADMSG ?
		    "not an mtree(5) file" : strerror(-r));
	free(file);
	return r == -ENOENT ? 0 : r;
}

static int
source_open(const struct tree_source *s, struct layer *ret, char why[200])
{
	const char *text;
	int r = layer_open(s->path, ret, &text);

	if (r < 0) {
		snprintf(why, 200, "%s: %s", s->path,
		    text != NULL ? text : strerror(-r));
		return r;
	}
	if ((r = load_mtree(s->path, &ret->mtree, why)) < 0)
		layer_close(ret);
	return r;
}

int
tree_probe(const struct tree_source *s, char why[200])
{
	struct layer l;
	int r = source_open(s, &l, why);

	if (r == 0)
		layer_close(&l);
	return r;
}

int
tree_open(const char *name, const struct tree_source *src, size_t n,
    struct tree **ret, char why[200])
{
	struct tree *t;
	int r = -ENOMEM;

	snprintf(why, 200, "%s: %s", name, strerror(EINVAL));
	if (*name == '\0' || n == 0 || n > TREE_SOURCES_MAX)
		return -EINVAL;
	snprintf(why, 200, "%s: %s", name, strerror(ENOMEM));
	if ((t = calloc(1, sizeof(*t))) == NULL)
		return -ENOMEM;
	atomic_init(&t->refs, 1);
	t->id = id_of(name);
	if ((r = os_random(&t->serial, sizeof(t->serial))) < 0)
		goto fail;
	r = -ENOMEM;
	if ((t->name = strdup(name)) == NULL ||
	    (t->layer = calloc(n, sizeof(*t->layer))) == NULL ||
	    (r = listing_cache_new(&t->listings)) < 0 ||
	    (r = path_cache_new(&t->paths)) < 0)
		goto fail;
	for (; t->n_layer < n; t->n_layer++)
		if ((r = source_open(&src[t->n_layer],
		    &t->layer[t->n_layer], why)) < 0)
			goto fail;
	why[0] = '\0';
	*ret = t;
	return 0;
fail:
	tree_unref(t);
	return r;
}

bool
tree_is_current(const struct tree *t)
{
	struct stat st;

	for (size_t i = 0; i < t->n_layer; i++) {
		const struct layer *l = &t->layer[i];

		if (stat(l->path, &st) == -1 || st.st_dev != l->st.st_dev ||
		    st.st_ino != l->st.st_ino)
			return false;
		if (l->iso != NULL && (st.st_size != l->st.st_size ||
		    st.st_mtim.tv_sec != l->st.st_mtim.tv_sec ||
		    st.st_mtim.tv_nsec != l->st.st_mtim.tv_nsec))
			return false;
	}
	return true;
}

struct tree *
tree_ref(struct tree *t)
{
	atomic_fetch_add_explicit(&t->refs, 1, memory_order_relaxed);
	return t;
}

void
tree_unref(struct tree *t)
{
	if (t == NULL || atomic_fetch_sub(&t->refs, 1) != 1)
		return;
	for (size_t i = 0; i < t->n_layer; i++)
		layer_close(&t->layer[i]);
	free(t->layer);
	path_cache_free(t->paths);
	lru_free(t->listings);
	free(t->name);
	free(t);
}

const char *
tree_name(const struct tree *t)
{
	return t->name;
}

uint32_t
tree_id(const struct tree *t)
{
	return t->id;
}
