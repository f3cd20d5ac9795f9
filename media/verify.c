/* verify.c - a tree of the media directory, looked at. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verify.h"

static const uint8_t no_key[16];

int
media_tree_open(const struct media_dir *d, const char *name, struct media_tree *t, char why[MEDIA_WHY])
{
	char path[4096], reason[200] = "";
	int r;

	if (snprintf(path, sizeof(path), "%s/%s", d->path, name) >= (int)sizeof(path))
		r = -ENAMETOOLONG;
	else
		r = tree_open(name, &(struct tree_source){ .path = path }, 1, &t->tree, reason);
	if (r < 0) {
		(void)snprintf(why, MEDIA_WHY, "%.300s", reason[0] != '\0' ? reason : strerror(-r));
		return r;
	}
	t->view = (struct view){ .tree = t->tree, .key = no_key };
	if ((r = release_identify(&t->view, &t->id, t->what)) < 0) {
		(void)snprintf(why, MEDIA_WHY, "%.60s: %.100s", name, strerror(-r));
		tree_unref(t->tree);
	}
	return r;
}

struct ticker { const struct media_ui *ui; uint64_t done, of; };

static void
tick(void *arg, size_t n)
{
	struct ticker *t = arg;

	t->done += n;
	t->ui->progress(t->ui->arg, "checking", t->done, t->of);
}

static void
bad(void *arg, const char *path, const char *what)
{
	struct ticker *t = arg;

	t->ui->bad(t->ui->arg, path, what);
}

int
media_tree_check(const struct media_tree *t, const struct buf *pinned, struct media_check *c,
    const struct media_ui *ui, uint64_t of)
{
	struct ticker tk = { .ui = ui, .of = of };
	int r;

	*c = (struct media_check){ .view = &t->view, .id = &t->id, .bad = bad, .tick = tick,
	    .arg = &tk, .pinned = pinned != NULL ? pinned->p : NULL,
	    .pinned_len = pinned != NULL ? pinned->len : 0 };
	r = media_check(c);
	c->arg = NULL;
	return r;
}

int
media_verify(const struct media_dir *d, const char *name, struct media_report *ret,
    const struct media_ui *ui, char why[MEDIA_WHY])
{
	struct buf pinned = { 0 };
	char file[MEDIA_FILE];
	struct media_check c;
	struct media_tree t;
	int r;

	*ret = (struct media_report){ .n_good = 0 };
	if ((r = media_tree_open(d, name, &t, why)) < 0)
		return r;
	(void)snprintf(file, sizeof(file), "%.63s.sums", name);
	r = media_read_file(d, file, &pinned);
	if (r == -ENOENT)
		r = 0;
	if (r == 0)
		r = media_tree_check(&t, pinned.len > 0 ? &pinned : NULL, &c, ui, 0);
	if (r < 0)
		(void)snprintf(why, MEDIA_WHY, "%.60s: %.100s", name, strerror(-r));
	else {
		*ret = (struct media_report){ t.id, c.n_good, c.n_bad, c.n_absent, c.bytes,
		    pinned.len > 0 };
		media_check_done(&c);
	}
	buf_free(&pinned);
	tree_unref(t.tree);
	return r;
}

int
media_identify(const struct media_dir *d, const char *name, struct release_id *ret, char why[MEDIA_WHY])
{
	struct media_tree t;
	int r;

	if ((r = media_tree_open(d, name, &t, why)) < 0)
		return r;
	*ret = t.id;
	(void)snprintf(why, MEDIA_WHY, "%s", t.what);
	tree_unref(t.tree);
	return 0;
}
