/* release_packages.c - releases of packages (FreeBSD 15 and later): the
 * repository of pkg(8) on a disc.
 *
 * Its catalogue is compressed, and only pkg itself has to understand it.  What
 * there is to install is told by the names of the files: NAME-VERSION.pkg.
 */
#include "release.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../tree/tree.h"
#include "check.h"

#define CONF_MAX	((size_t)64 << 10)

/* The configuration ---------------------------------------------------------- */

static const char *
skip_blank(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	return p;
}

/* url: "file:///usr/freebsd-packages/offline", on a line of its own. */
bool
release_parse_repository(const char *text, size_t len, char ret[201])
{
	static const char key[] = "url", scheme[] = "file:///";
	const char *p = text, *end = text + len, *line, *stop;
	char path[201];
	size_t n;

	while (release_line(&p, end, &line, &n)) {
		stop = line + n;
		line = skip_blank(line, stop);
		if ((size_t)(stop - line) < sizeof(key) || memcmp(line, key, sizeof(key) - 1) != 0)
			continue;
		line = skip_blank(line + sizeof(key) - 1, stop);
		if (line == stop || (*line != ':' && *line != '='))
			continue;
		line = skip_blank(line + 1, stop);
		if (line < stop && *line == '"')
			line++;
		if ((size_t)(stop - line) < sizeof(scheme) || memcmp(line, scheme, sizeof(scheme) - 1) != 0)
			return false;
		line += sizeof(scheme) - 1;
		for (n = 0; line + n < stop && strchr("\",; \t", line[n]) == NULL; n++)
			;
		if (n >= sizeof(path) || memchr(line, '\0', n) != NULL)
			return false;
		memcpy(path, line, n);
		while (n > 0 && path[n - 1] == '/')
			n--;
		path[n] = '\0';
		if (!check_relative(path))
			return false;
		memcpy(ret, path, n + 1);
		return true;
	}
	return false;
}

static bool
has_catalogue(const struct view *view, const char *dir)
{
	static const char *const name[] = { "data.pkg", "packagesite.pkg", "packagesite.tzst", "packagesite.txz" };
	char path[256];
	uint64_t bytes;

	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, name[i]);
		if (release_check(view, path, &bytes) == 0)
			return true;
	}
	return false;
}

/* Where is it: as its own configuration says, or here? */
static int
find_repository(const struct view *view, const char *dir, char ret[201], char why[200])
{
	char path[256], *text;
	size_t len;
	bool ok;
	int r;

	(void)snprintf(path, sizeof(path), "%s/repos/FreeBSD-base-offline.conf", dir);
	r = release_read(view, path, CONF_MAX, &text, &len);
	if (r == -ENOENT || r == -ENOTDIR) {
		if (!has_catalogue(view, dir))
			return -ENOENT;
		(void)snprintf(ret, 201, "%s", dir);
		return 0;
	}
	if (r < 0)
		return r;
	ok = release_parse_repository(text, len, ret);
	free(text);
	if (!ok) {
		(void)snprintf(why, 200, "%.100s has no url of a directory in the tree, as \"file:///usr/freebsd-packages/offline\"", path);
		return -EBADMSG;
	}
	if (!has_catalogue(view, ret)) {
		(void)snprintf(why, 200, "/%.80s, as %.60s says, has no catalogue of packages (data.pkg)", ret, path);
		return -EBADMSG;
	}
	return 0;
}

/* The packages ----------------------------------------------------------------- */

struct list { struct release *rel; const char *sub; int err; };

/* FreeBSD-kernel-generic-15.1p1.pkg is FreeBSD-kernel-generic. */
bool
release_package_name(const char *file, size_t len, char ret[64])
{
	size_t n = len;

	if (len < 5 || memcmp(file + len - 4, ".pkg", 4) != 0)
		return false;
	while (n > 0 && file[n - 1] != '-')
		n--;
	if (n < 2 || n == len - 4 || n - 1 >= 64)
		return false;
	memcpy(ret, file, n - 1);
	ret[n - 1] = '\0';
	return check_relative(ret) && strchr(ret, '/') == NULL && *ret != '-';
}

static bool
take_package(void *arg, const struct view_dirent *e)
{
	struct list *l = arg;
	struct release_set *s;
	char name[64];

	if (!release_package_name(e->name, e->name_len, name) ||
	    strlen(l->sub) + e->name_len >= sizeof(s->file))
		return true;
	if ((s = release_grow(l->rel)) == NULL) {
		l->err = l->rel->n_set == RELEASE_SETS_MAX ? -E2BIG : -ENOMEM;
		return false;
	}
	(void)snprintf(s->name, sizeof(s->name), "%s", name);
	(void)snprintf(s->file, sizeof(s->file), "%s%.*s", l->sub, (int)e->name_len, e->name);
	if (!check_relative(s->file))
		l->rel->n_set--;
	return true;
}

static int
read_dir(const struct view *view, const char *sub, struct release *rel)
{
	struct list l = { .rel = rel, .sub = sub };
	struct node n;
	char path[256];
	bool eof;
	int r;

	(void)snprintf(path, sizeof(path), "%s%s%.*s", rel->dir, *sub ? "/" : "",
	    (int)(strlen(sub) - (*sub != '\0')), sub);
	if ((r = view_walk(view, &tree_cred_root, path, true, 0, &n)) == 0)
		r = view_readdir(&tree_cred_root, &n, 0, false, 0, take_package, &l, &eof);
	return r < 0 ? r : l.err;
}

static int
by_name(const void *a, const void *b)
{
	const struct release_set *x = a, *y = b;
	int r = strcmp(x->name, y->name);

	return r != 0 ? r : strcmp(x->file, y->file);
}

/* Sizes, and each name once: which of two versions it is, pkg decides. */
static void
fill(const struct view *view, struct release *rel)
{
	struct release_set *s;
	char path[400];
	size_t n = 0;

	if (rel->n_set > 1)
		qsort(rel->set, rel->n_set, sizeof(*rel->set), by_name);
	for (size_t i = 0; i < rel->n_set; i++) {
		s = &rel->set[i];
		(void)snprintf(path, sizeof(path), "%s/%s", rel->dir, s->file);
		if ((n > 0 && strcmp(rel->set[n - 1].name, s->name) == 0) ||
		    release_check(view, path, &s->bytes) < 0)
			continue;
		if (n != i)
			rel->set[n] = *s;
		n++;
	}
	rel->n_set = n;
}

int
release_packages(const struct view *view, const char *dir, struct release *ret, char why[200])
{
	int r;

	*ret = (struct release){ .kind = SETS_PACKAGES };
	if ((r = find_repository(view, dir, ret->dir, why)) == 0)
		r = read_dir(view, "", ret);
	if (r == 0 && (r = read_dir(view, "All/", ret)) == -ENOENT)
		r = 0;
	if (r == 0)
		fill(view, ret);
	if (r == -E2BIG)
		(void)snprintf(why, 200, "%.100s has more than %u packages", ret->dir, RELEASE_SETS_MAX);
	if (r < 0)
		release_done(ret);
	return r == -E2BIG ? -EBADMSG : r;
}
