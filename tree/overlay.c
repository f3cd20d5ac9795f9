/* overlay.c - the files that cover a release tree for one installation. */
#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "overlay.h"
#include "path.h"

struct entry {
	struct overlay_entry	 e;	/* first: an overlay_entry is an entry */
	size_t			 path_len;
	struct entry		*child, *next;
	uint8_t			 mem[];	/* path, NUL, data, NUL */
};

struct overlay {
	atomic_uint	 refs;
	struct overlay	*self;		/* a way from const back to here */
	int64_t		 mtime;
	bool		 sealed;
	size_t		 bytes;
	struct entry   **all;		/* by path; all[0] is the root */
	size_t		 n_all;
	struct entry   **added;		/* what was not implied */
	size_t		 n_added;
	size_t		 cap;		/* of both arrays */
};

static int
path_cmp(const char *a, size_t a_len, const char *b, size_t b_len)
{
	int c = memcmp(a, b, a_len < b_len ? a_len : b_len);

	return c != 0 ? c : (a_len > b_len) - (a_len < b_len);
}

/* Where path is, or would be, in the sorted array. */
static size_t
position(const struct overlay *o, const char *path, size_t len, bool *found)
{
	size_t lo = 0, hi = o->n_all, mid;
	int c;

	*found = false;
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		c = path_cmp(path, len, o->all[mid]->e.path,
		    o->all[mid]->path_len);
		if (c == 0) {
			*found = true;
			return mid;
		}
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

static struct entry *
find(const struct overlay *o, const char *path, size_t len)
{
	bool found;
	size_t i = position(o, path, len, &found);

	return found ? o->all[i] : NULL;
}

static int
grow(struct overlay *o)
{
	size_t cap = o->cap ? o->cap * 2 : 16;
	struct entry **p;

	if (o->n_all < o->cap)
		return 0;
	if ((p = realloc(o->all, cap * sizeof(*p))) == NULL)
		return -ENOMEM;
	o->all = p;
	if ((p = realloc(o->added, cap * sizeof(*p))) == NULL)
		return -ENOMEM;
	o->added = p;
	o->cap = cap;
	return 0;
}

static int
insert(struct overlay *o, const struct overlay_entry *e, size_t path_len)
{
	struct entry *n;
	size_t i;
	bool found;

	if (grow(o) < 0 ||
	    (n = malloc(sizeof(*n) + path_len + 1 + e->len + 1)) == NULL)
		return -ENOMEM;
	n->e = *e;
	n->path_len = path_len;
	n->child = n->next = NULL;
	memcpy(n->mem, e->path, path_len);
	n->mem[path_len] = '\0';
	n->e.path = (const char *)n->mem;
	n->e.data = n->mem + path_len + 1;
	if (e->len > 0)
		memcpy(n->mem + path_len + 1, e->data, e->len);
	n->mem[path_len + 1 + e->len] = '\0';

	i = position(o, e->path, path_len, &found);
	assert(!found);
	memmove(o->all + i + 1, o->all + i, (o->n_all - i) * sizeof(*o->all));
	o->all[i] = n;
	o->n_all++;
	if (!e->implied)
		o->added[o->n_added++] = n;
	o->bytes += path_len + e->len;
	return 0;
}

int
overlay_new(int64_t mtime, struct overlay **ret)
{
	static const struct overlay_entry root = {
		.path = "", .kind = OVERLAY_DIR, .mode = 0755, .implied = true,
	};
	struct overlay *o = calloc(1, sizeof(*o));

	if (o == NULL)
		return -ENOMEM;
	atomic_init(&o->refs, 1);
	o->self = o;
	o->mtime = mtime;
	if (insert(o, &root, 0) < 0) {
		overlay_unref(o);
		return -ENOMEM;
	}
	*ret = o;
	return 0;
}

/* How many entries and bytes are missing on the way to path? */
static int
check_parents(const struct overlay *o, const char *path, size_t *ret_n,
    size_t *ret_bytes)
{
	const struct entry *p;

	*ret_n = *ret_bytes = 0;
	for (const char *s = path; (s = strchr(s, '/')) != NULL; s++) {
		p = find(o, path, (size_t)(s - path));
		if (p != NULL && p->e.kind != OVERLAY_DIR)
			return -EEXIST;
		if (p == NULL) {
			(*ret_n)++;
			*ret_bytes += (size_t)(s - path);
		}
	}
	return 0;
}

static int
add_parents(struct overlay *o, const char *path)
{
	int r;

	for (const char *s = path; (s = strchr(s, '/')) != NULL; s++) {
		struct overlay_entry e = {
			.path = path, .kind = OVERLAY_DIR, .mode = 0755,
			.implied = true,
		};

		if (find(o, path, (size_t)(s - path)) == NULL &&
		    (r = insert(o, &e, (size_t)(s - path))) < 0)
			return r;
	}
	return 0;
}

static int
add(struct overlay *o, const struct overlay_entry *e)
{
	size_t n, bytes, len = strlen(e->path);
	struct entry *old;
	int r;

	assert(!o->sealed);
	if ((r = path_check(e->path, len)) < 0 ||
	    (r = check_parents(o, e->path, &n, &bytes)) < 0)
		return r;
	if ((old = find(o, e->path, len)) != NULL) {
		if (!old->e.implied || e->kind != OVERLAY_DIR)
			return -EEXIST;
		old->e.implied = false;
		old->e.mode = e->mode;
		o->added[o->n_added++] = old;
		return 0;
	}
	if (n + 1 > OVERLAY_MAX_ENTRIES - (o->n_all - 1) ||
	    e->len > OVERLAY_MAX_BYTES ||
	    bytes + len + e->len > OVERLAY_MAX_BYTES - o->bytes)
		return -EFBIG;
	if ((r = add_parents(o, e->path)) < 0)
		return r;
	return insert(o, e, len);
}

int
overlay_add_file(struct overlay *o, const char *path, uint32_t mode,
    const void *data, size_t len)
{
	return add(o, &(struct overlay_entry){ .path = path,
	    .kind = OVERLAY_FILE, .mode = mode & 07777, .data = data,
	    .len = len });
}

int
overlay_add_link(struct overlay *o, const char *path, const char *target)
{
	size_t len = strlen(target);

	if (len == 0)
		return -EINVAL;
	if (len > TREE_PATH_MAX)
		return -ENAMETOOLONG;
	return add(o, &(struct overlay_entry){ .path = path,
	    .kind = OVERLAY_LINK, .mode = 0777,
	    .data = (const uint8_t *)target, .len = len });
}

int
overlay_add_dir(struct overlay *o, const char *path, uint32_t mode)
{
	return add(o, &(struct overlay_entry){ .path = path,
	    .kind = OVERLAY_DIR, .mode = mode & 07777 });
}

static int
by_path(const void *va, const void *vb)
{
	const struct entry *a = *(struct entry *const *)va;
	const struct entry *b = *(struct entry *const *)vb;

	return path_cmp(a->e.path, a->path_len, b->e.path, b->path_len);
}

void
overlay_seal(struct overlay *o)
{
	struct entry *e, *dir;

	assert(!o->sealed);
	for (size_t i = o->n_all; i-- > 1;) {
		e = o->all[i];
		dir = find(o, e->e.path, path_dir_len(e->e.path, e->path_len));
		assert(dir != NULL);
		e->next = dir->child;
		dir->child = e;
	}
	qsort(o->added, o->n_added, sizeof(struct entry *), by_path);
	o->sealed = true;
}

int64_t
overlay_mtime(const struct overlay *o)
{
	return o->mtime;
}

size_t
overlay_count(const struct overlay *o)
{
	return o->n_added;
}

const struct overlay_entry *
overlay_at(const struct overlay *o, size_t i)
{
	return i < o->n_added ? &o->added[i]->e : NULL;
}

const struct overlay_entry *
overlay_find_n(const struct overlay *o, const char *path, size_t len)
{
	const struct entry *e = find(o, path, len);

	return e != NULL ? &e->e : NULL;
}

const struct overlay_entry *
overlay_find(const struct overlay *o, const char *path)
{
	return overlay_find_n(o, path, strlen(path));
}

static const struct entry *
entry_of(const struct overlay_entry *e)
{
	return (const struct entry *)(const void *)e;
}

const struct overlay_entry *
overlay_child(const struct overlay_entry *dir)
{
	const struct entry *e = entry_of(dir)->child;

	return e != NULL ? &e->e : NULL;
}

const struct overlay_entry *
overlay_next(const struct overlay_entry *e)
{
	const struct entry *next = entry_of(e)->next;

	return next != NULL ? &next->e : NULL;
}

const char *
overlay_name(const struct overlay_entry *e)
{
	return path_name(e->path, entry_of(e)->path_len);
}

struct overlay *
overlay_ref(const struct overlay *o)
{
	atomic_fetch_add_explicit(&o->self->refs, 1, memory_order_relaxed);
	return o->self;
}

void
overlay_unref(struct overlay *o)
{
	if (o == NULL || atomic_fetch_sub(&o->refs, 1) != 1)
		return;
	for (size_t i = 0; i < o->n_all; i++)
		free(o->all[i]);
	free(o->all);
	free(o->added);
	free(o);
}
