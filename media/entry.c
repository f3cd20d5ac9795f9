/* entry.c - names in an archive, and the list of what it holds. */
#include "entry.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/siphash.h"

/* Names come from an image that somebody may have made to collide. */
static const uint8_t key[16] = "media entry";

int
media_path(const char *name, char ret[TREE_PATH_MAX + 1], const char **ret_why)
{
	size_t n = 0, len;
	unsigned depth = 0;

	*ret_why = "is an absolute name";
	if (*name == '/')
		return -EINVAL;
	*ret_why = "leads out of the tree";
	for (; *name != '\0'; name += len + (name[len] == '/')) {
		len = strcspn(name, "/");
		if (len == 0 || (len == 1 && name[0] == '.'))
			continue;
		if (len == 2 && name[0] == '.' && name[1] == '.')
			return -EINVAL;
		*ret_why = "is too long a name";
		if (len > TREE_NAME_MAX || n + len + 1 > TREE_PATH_MAX || ++depth > TREE_DEPTH_MAX)
			return -ENAMETOOLONG;
		*ret_why = "leads out of the tree";
		if (n > 0)
			ret[n++] = '/';
		memcpy(ret + n, name, len);
		n += len;
	}
	ret[n] = '\0';
	/* Where provd shows its own files, over whatever the tree has there. */
	*ret_why = "is provd's own name";
	if (strncmp(ret, ".provd", 6) == 0 && (ret[6] == '\0' || ret[6] == '/'))
		return -EINVAL;
	return 0;
}

static size_t
slot_of(const struct media_list *l, const char *path)
{
	size_t at = (size_t)siphash(key, path, strlen(path)) & (l->n_slot - 1);

	while (l->slot[at] != 0 && strcmp(l->e[l->slot[at] - 1].path, path) != 0)
		at = (at + 1) & (l->n_slot - 1);
	return at;
}

static int
rehash(struct media_list *l)
{
	size_t n = l->n_slot != 0 ? l->n_slot * 2 : 1024, *old = l->slot;

	if ((l->slot = calloc(n, sizeof(*l->slot))) == NULL) {
		l->slot = old;
		return -ENOMEM;
	}
	l->n_slot = n;
	free(old);
	for (size_t i = 0; i < l->n; i++)
		l->slot[slot_of(l, l->e[i].path)] = i + 1;
	return 0;
}

static int
grow(struct media_list *l)
{
	size_t cap = l->cap != 0 ? l->cap * 2 : 256;
	struct media_entry *e;

	if (l->n < l->cap)
		return 0;
	if (l->n >= MEDIA_ENTRIES_MAX)
		return -E2BIG;
	if ((e = realloc(l->e, cap * sizeof(*e))) == NULL)
		return -ENOMEM;
	l->e = e;
	l->cap = cap;
	return 0;
}

static void
entry_done(struct media_entry *e)
{
	free(e->path);
	free(e->link);
	free(e->flags);
}

static int
copy(const struct media_entry *from, struct media_entry *to)
{
	*to = *from;
	to->path = strdup(from->path);
	to->link = from->link != NULL ? strdup(from->link) : NULL;
	to->flags = from->flags != NULL ? strdup(from->flags) : NULL;
	if (to->path != NULL && (from->link == NULL || to->link != NULL) &&
	    (from->flags == NULL || to->flags != NULL))
		return 0;
	entry_done(to);
	return -ENOMEM;
}

int
media_list_add(struct media_list *l, const struct media_entry *from, size_t *ret)
{
	const struct media_entry *old;
	struct media_entry e;
	size_t at, i;
	int r;

	if (2 * (l->n + 1) > l->n_slot && (r = rehash(l)) < 0)
		return r;
	if ((r = grow(l)) < 0 || (r = copy(from, &e)) < 0)
		return r;
	at = slot_of(l, e.path);
	i = l->slot[at] != 0 ? l->slot[at] - 1 : l->n;
	if (i < l->n) {
		if (l->e[i].type != TREE_DIR || e.type != TREE_DIR) {
			entry_done(&e);
			return -EEXIST;
		}
		entry_done(&l->e[i]);
	} else {
		l->slot[at] = ++l->n;
	}
	e.first = i;
	e.names = 0;
	if (e.hard && (old = media_list_find(l, e.link)) != NULL && old != &l->e[i])
		e.first = old->first;
	l->e[i] = e;
	l->e[e.first].names++;
	if (e.type == TREE_REG && !e.hard)
		l->bytes += e.size;
	*ret = i;
	return 0;
}

struct media_entry *
media_list_find(const struct media_list *l, const char *path)
{
	size_t at;

	if (l->n_slot == 0)
		return NULL;
	at = slot_of(l, path);
	return l->slot[at] != 0 ? &l->e[l->slot[at] - 1] : NULL;
}

bool
media_list_has(const struct media_list *l, const char *path)
{
	size_t n = strlen(path);

	if (media_list_find(l, path) != NULL)
		return true;
	for (size_t i = 0; i < l->n; i++)
		if (strncmp(l->e[i].path, path, n) == 0 && l->e[i].path[n] == '/')
			return true;
	return false;
}

void
media_list_done(struct media_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		entry_done(&l->e[i]);
	free(l->e);
	free(l->slot);
	*l = (struct media_list){ .n = 0 };
}
