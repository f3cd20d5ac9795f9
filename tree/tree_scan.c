/* tree_scan.c - look through a whole tree for what cannot be served. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tree_int.h"

struct scan {
	const struct layer	 *layer;
	void			(*fn)(void *, const char *);
	void			 *arg;
	size_t			  max, found;
	char			**todo;		/* directories to look at */
	size_t			  n, cap;
};

static void
unreadable(struct scan *s, const char *path)
{
	if (s->found++ < s->max)
		s->fn(s->arg, path);
}

static void
push(struct scan *s, const char *path)
{
	size_t cap = s->cap != 0 ? s->cap * 2 : 64;
	char **p;

	if (s->n == s->cap) {
		if ((p = realloc(s->todo, cap * sizeof(*p))) == NULL)
			return;
		s->todo = p;
		s->cap = cap;
	}
	if ((s->todo[s->n] = strdup(path)) != NULL)
		s->n++;
}

static void
scan_entry(struct scan *s, int dirfd, const char *name, const char *path)
{
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return;
	if (S_ISDIR(st.st_mode))
		push(s, path);
	else if (S_ISREG(st.st_mode) &&
	    faccessat(dirfd, name, R_OK, AT_EACCESS) == -1)
		unreadable(s, path);
}

static void
scan_dir(struct scan *s, const char *dir)
{
	char path[TREE_PATH_MAX + 1];
	const struct dirent *e;
	size_t len;
	int fd = layer_dir_fd(s->layer, dir, O_RDONLY | O_DIRECTORY, false);
	DIR *d;

	if (fd < 0 || (d = fdopendir(fd)) == NULL) {
		if (fd >= 0)
			(void)close(fd);
		unreadable(s, dir);
		return;
	}
	while ((e = readdir(d)) != NULL) {
		if (path_check_name(e->d_name, strlen(e->d_name)) < 0 ||
		    (*dir == '\0' && strcmp(e->d_name, PATH_PROVD_NAME) == 0))
			continue;	/* not served */
		if (path_join(dir, strlen(dir), e->d_name, strlen(e->d_name),
		    path, &len) == 0)
			scan_entry(s, fd, e->d_name, path);
	}
	(void)closedir(d);
}

static void
scan_layer(struct scan *s)
{
	char *dir;

	push(s, "");
	while (s->n > 0) {
		dir = s->todo[--s->n];
		scan_dir(s, dir);
		free(dir);
	}
}

/* Of an image nothing but the whole could be closed to us. */
size_t
tree_unreadable(const struct tree *t, size_t max,
    void (*fn)(void *, const char *path), void *arg)
{
	struct scan s = { .fn = fn, .arg = arg, .max = max };

	for (size_t i = 0; i < t->n_layer; i++) {
		s.layer = &t->layer[i];
		if (s.layer->iso == NULL)
			scan_layer(&s);
	}
	free(s.todo);
	return s.found;
}
