/* tree_log.c - an installation's log, as its clients write and read it. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "tree.h"

struct tree_log {
	atomic_uint	 refs;
	pthread_mutex_t	 lock;
	uint8_t		*bytes;
	size_t		 size, cap;
	int64_t		 mtime;
};

struct tree_log *
tree_log_new(void)
{
	struct tree_log *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	atomic_init(&l->refs, 1);
	(void)pthread_mutex_init(&l->lock, NULL);
	return l;
}

/* Room for `need` bytes, those that are new zeroed. */
static int
reserve(struct tree_log *l, size_t need)
{
	size_t cap = l->cap != 0 ? l->cap : 4096;
	uint8_t *p;

	while (cap < need)
		cap *= 2;
	if (cap == l->cap)
		return 0;
	if ((p = realloc(l->bytes, cap)) == NULL)
		return -ENOMEM;
	memset(p + l->cap, 0, cap - l->cap);
	l->bytes = p;
	l->cap = cap;
	return 0;
}

int
tree_log_write(struct tree_log *l, uint64_t off, const void *data, size_t len,
    int64_t now)
{
	int r;

	if (off > TREE_LOG_MAX || len > TREE_LOG_MAX - off)
		return -EFBIG;
	if (len == 0)
		return 0;
	(void)pthread_mutex_lock(&l->lock);
	if ((r = reserve(l, (size_t)off + len)) == 0) {
		memcpy(l->bytes + off, data, len);
		if (l->size < off + len)
			l->size = (size_t)off + len;
		l->mtime = now;
	}
	(void)pthread_mutex_unlock(&l->lock);
	return r;
}

size_t
tree_log_read(struct tree_log *l, uint64_t off, void *buf, size_t len)
{
	(void)pthread_mutex_lock(&l->lock);
	if (off >= l->size)
		len = 0;
	else if (len > l->size - off)
		len = l->size - (size_t)off;
	if (len > 0)
		memcpy(buf, l->bytes + off, len);
	(void)pthread_mutex_unlock(&l->lock);
	return len;
}

uint64_t
tree_log_size(struct tree_log *l, int64_t *ret_mtime)
{
	uint64_t size;

	(void)pthread_mutex_lock(&l->lock);
	size = l->size;
	if (ret_mtime != NULL)
		*ret_mtime = l->mtime;
	(void)pthread_mutex_unlock(&l->lock);
	return size;
}

struct tree_log *
tree_log_ref(struct tree_log *l)
{
	atomic_fetch_add_explicit(&l->refs, 1, memory_order_relaxed);
	return l;
}

void
tree_log_unref(struct tree_log *l)
{
	if (l == NULL || atomic_fetch_sub(&l->refs, 1) != 1)
		return;
	(void)pthread_mutex_destroy(&l->lock);
	free(l->bytes);
	free(l);
}
