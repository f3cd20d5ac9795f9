/* dir_names.c - all names in one directory of a view. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cache.h"
#include "dir_names.h"

#define SPECIAL_MAX	4u	/* special names; the first ones in over[] */

static void
add(struct dir_names *d, const struct view *v, const char *name, uint8_t d_type)
{
	struct name *e;

	for (size_t i = 0; i < d->n_over && i < SPECIAL_MAX; i++)
		if (strcmp(d->over[i].s, name) == 0)
			return;		/* a special name that the overlay has too */
	e = &d->over[d->n_over++];
	*e = (struct name){ .s = name, .len = (uint16_t)strlen(name),
	    .d_type = d_type };
	name_hashed(e, path_name_hash(v->key, name, e->len));
}

static void
add_special(struct dir_names *d, const struct view *v, enum path_kind kind,
    size_t len, bool hidden)
{
	if (len == 0 && v->token != NULL)
		add(d, v, PATH_PROVD_NAME, DT_DIR);
	if (kind == PATH_PROVD && hidden)
		add(d, v, v->token, DT_DIR);
	if (kind != PATH_TOKEN)
		return;
	add(d, v, "claim", DT_DIR);
	add(d, v, "report", DT_DIR);
	if (v->log != NULL)
		add(d, v, "log", DT_REG);
}

static int
fill_over(struct dir_names *d, const struct view *v, enum path_kind kind,
    const struct overlay_entry *dir, size_t len, bool hidden)
{
	const struct overlay_entry *e, *first;
	size_t n = SPECIAL_MAX;

	first = dir != NULL ? overlay_child(dir) : NULL;
	if (kind == PATH_CLAIMS || kind == PATH_REPORTS)
		first = NULL;
	for (e = first; e != NULL; e = overlay_next(e))
		n++;
	if ((d->over = calloc(n, sizeof(*d->over))) == NULL)
		return -ENOMEM;
	add_special(d, v, kind, len, hidden);
	for (e = first; e != NULL; e = overlay_next(e)) {
		const char *name = overlay_name(e);

		if (kind == PATH_PROVD && strcmp(name, v->token) == 0)
			continue;	/* known, or not to be known */
		if (len == 0 && strcmp(name, PATH_PROVD_NAME) == 0)
			continue;	/* there already, or not for this view */
		add(d, v, name, e->kind == OVERLAY_DIR ? DT_DIR :
		    e->kind == OVERLAY_LINK ? DT_LNK : DT_REG);
	}
	return 0;
}

int
dir_names_get(const struct view *v, const char *path, size_t len, bool hidden,
    unsigned flags, struct dir_names *ret)
{
	const struct overlay_entry *dir = NULL;
	enum path_kind kind = path_kind(v->token, path, len);
	struct dir_names d = { 0 };
	int r;

	if (kind == PATH_NONE || (kind == PATH_LOG && v->log == NULL))
		return -ENOENT;
	if (kind == PATH_LOG || kind == PATH_CLAIM || kind == PATH_REPORT ||
	    overlay_cover(v->overlay, path, len, &dir) == COVER_HIDDEN)
		return -ENOTDIR;
	if (kind == PATH_UNDER && dir == NULL)
		return -ENOENT;
	if ((kind == PATH_PLAIN || kind == PATH_UNDER) && dir != NULL &&
	    dir->kind != OVERLAY_DIR)
		return -ENOTDIR;
	if (kind == PATH_PLAIN) {
		r = listing_get(v->tree, v->key,
		    path_hash(v->key, tree_id(v->tree), path, len), path,
		    flags & TREE_NOWAIT, &d.disk);
		if (r < 0 && (dir == NULL || (r != -ENOENT && r != -ENOTDIR)))
			return r;
	}
	if ((r = fill_over(&d, v, kind, dir, len, hidden)) < 0) {
		dir_names_done(&d);
		return r;
	}
	names_settle_over(d.over, d.n_over, d.disk != NULL ? d.disk->names :
	    NULL, d.disk != NULL ? d.disk->n : 0);
	*ret = d;
	return 0;
}

/* Mostly the one behind the last one. */
static size_t
after(const struct name *e, size_t n, uint64_t cookie, size_t *at)
{
	if (*at < n && e[*at].cookie == cookie)
		++*at;
	else
		*at = names_after(e, n, cookie);
	return *at;
}

/* Where both have a cookie, it is the same name, and the one over it counts. */
const struct name *
dir_names_next(struct dir_names *d, uint64_t cookie)
{
	const struct name *over = NULL, *disk = NULL;
	size_t i = after(d->over, d->n_over, cookie, &d->at_over);

	if (i < d->n_over)
		over = &d->over[i];
	if (d->disk != NULL && (i = after(d->disk->names, d->disk->n, cookie,
	    &d->at_disk)) < d->disk->n)
		disk = &d->disk->names[i];
	if (over == NULL || (disk != NULL && disk->cookie < over->cookie))
		return disk;
	return over;
}

void
dir_names_done(struct dir_names *d)
{
	listing_unref(d->disk);
	free(d->over);
	*d = (struct dir_names){ 0 };
}
