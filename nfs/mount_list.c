/* mount_list.c - who mounted what, for people to see.  See mount3.h. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mount3.h"

struct mount_list {
	_Atomic int	   refs;
	pthread_mutex_t	   lock;
	size_t		   n;
	struct mount_entry e[MOUNT_LIST_MAX];	/* oldest first */
};

int
mount_list_new(struct mount_list **ret)
{
	struct mount_list *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return -ENOMEM;
	l->refs = 1;
	(void)pthread_mutex_init(&l->lock, NULL);
	*ret = l;
	return 0;
}

struct mount_list *
mount_list_ref(struct mount_list *l)
{
	l->refs++;
	return l;
}

void
mount_list_unref(struct mount_list *l)
{
	if (l == NULL || --l->refs > 0)
		return;
	(void)pthread_mutex_destroy(&l->lock);
	free(l);
}

static void
drop(struct mount_list *l, size_t i)
{
	l->n--;
	memmove(&l->e[i], &l->e[i + 1], (l->n - i) * sizeof(l->e[0]));
}

static void
drop_all(struct mount_list *l, uint32_t addr, const char *path)
{
	for (size_t i = l->n; i-- > 0;)
		if (l->e[i].addr == addr &&
		    (path == NULL || strcmp(l->e[i].path, path) == 0))
			drop(l, i);
}

void
mount_list_add(struct mount_list *l, uint32_t addr, const char *path)
{
	struct mount_entry e = { .addr = addr };

	(void)snprintf(e.path, sizeof(e.path), "%s", path);
	(void)pthread_mutex_lock(&l->lock);
	drop_all(l, addr, e.path);
	if (l->n == MOUNT_LIST_MAX)
		drop(l, 0);
	l->e[l->n++] = e;
	(void)pthread_mutex_unlock(&l->lock);
}

void
mount_list_del(struct mount_list *l, uint32_t addr, const char *path)
{
	char cut[MOUNT_TEXT_MAX];

	if (path != NULL)
		(void)snprintf(cut, sizeof(cut), "%s", path);
	(void)pthread_mutex_lock(&l->lock);
	drop_all(l, addr, path != NULL ? cut : NULL);
	(void)pthread_mutex_unlock(&l->lock);
}

size_t
mount_list_get(struct mount_list *l, struct mount_entry *ret, size_t max)
{
	size_t n;

	(void)pthread_mutex_lock(&l->lock);
	n = l->n < max ? l->n : max;
	memcpy(ret, l->e, n * sizeof(*ret));
	(void)pthread_mutex_unlock(&l->lock);
	return n;
}
