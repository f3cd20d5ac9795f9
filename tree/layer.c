/* layer.c - what a path to serve from turns out to be. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/os_stat.h"
#include "layer.h"
#include "mtree.h"

enum tree_type
mode_type(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return TREE_DIR;
	case S_IFLNK:
		return TREE_LNK;
	case S_IFBLK:
		return TREE_BLK;
	case S_IFCHR:
		return TREE_CHR;
	case S_IFSOCK:
		return TREE_SOCK;
	case S_IFIFO:
		return TREE_FIFO;
	default:
		return TREE_REG;
	}
}

int
layer_open(const char *path, struct layer *ret, const char **why)
{
	/* A FIFO or a device is refused, not waited for. */
	struct layer l = { .ops = &layer_dir_ops,
	    .fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) };
	int r = 0;

	*why = NULL;
	if (l.fd == -1 || fstat(l.fd, &l.st) == -1)
		r = -errno;
	else if ((l.path = strdup(path)) == NULL)
		r = -ENOMEM;
	else if (S_ISREG(l.st.st_mode))
		r = layer_iso_open(&l, why);
	else if (!S_ISDIR(l.st.st_mode))
		r = -ENOTDIR;
	if (r < 0) {
		free(l.path);
		if (l.fd != -1)
			(void)close(l.fd);
		return r;
	}
	l.remote = os_is_remote(l.fd);
	*ret = l;
	return 0;
}

void
layer_close(struct layer *l)
{
	l->ops->close(l);
	mtree_free(l->mtree);
	(void)close(l->fd);
	free(l->path);
}
