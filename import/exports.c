/* exports.c - exports(5) of BSD and of Linux: directories become trees. */
#include <string.h>
#include <strings.h>

#include "lines.h"

#define PATHS_MAX	32

struct export {
	struct import	*imp;
	struct imp_place at;
	struct imp_tree	*tree[PATHS_MAX];
	size_t		 n;
	bool		 ro, bsd, host;			/* host: one is named */
	const char	*idle;				/* options without a meaning here */
};

static void
left(struct export *e, const char *what, const char *why)
{
	imp_left(e->imp, e->at, imp_fmt(e->imp, "%s: %s", e->n > 0 ? e->tree[0]->path : "exports", what),
	    "%s", why);
}

static bool
is_one_of(const char *s, size_t n, const char *const *list, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (strlen(list[i]) == n && strncasecmp(s, list[i], n) == 0)
			return true;
	return false;
}

/* Options of Linux, "ro,sync,no_subtree_check". */
static void
linux_options(struct export *e, const char *s, bool *ret_rw)
{
	static const char *const idle[] = { "sync", "async", "wdelay", "no_wdelay", "subtree_check",
	    "no_subtree_check", "insecure", "acl", "no_acl", "hide" };

	while (*s != '\0') {
		size_t n = strcspn(s, ",");
		char *one = imp_strn(e->imp, s, n);

		if (strcmp(one, "rw") == 0)
			*ret_rw = true;
		else if (is_one_of(s, n, idle, sizeof(idle) / sizeof(idle[0])) ||
		    strncmp(one, "fsid=", 5) == 0)
			e->idle = e->idle == NULL ? one : imp_fmt(e->imp, "%.200s, %s", e->idle, one);
		else if (strcmp(one, "no_root_squash") == 0 || strcmp(one, "root_squash") == 0 ||
		    strcmp(one, "all_squash") == 0 || strncmp(one, "anon", 4) == 0)
			left(e, one, "provd goes by the user that the client says");
		else if (n > 0 && strcmp(one, "ro") != 0)
			left(e, one, "provd has nothing like it");
		s += n + (s[n] == ',');
	}
}

static void
linux_client(struct export *e, char *w)
{
	char *open = strchr(w, '('), *close;
	bool rw = false;

	if (open != NULL) {
		*open = '\0';
		if ((close = strrchr(open + 1, ')')) != NULL)
			*close = '\0';
		linux_options(e, open + 1, &rw);
	}
	e->ro = e->ro && !rw;
	if (*w == '\0' || strcmp(w, "*") == 0)
		return;
	if (strchr(w, '/') != NULL || strchr(w, '*') != NULL || *w == '@')
		left(e, w, "provd lets any client see it");
	else
		e->host = true;
}

/* -ro -network 10.0.0.0 -mask 255.0.0.0, "-network=10/8" */
static size_t
bsd_option(struct export *e, char **w, size_t i, size_t n)
{
	char *o = w[i] + 1, *value = strchr(o, '=');
	static const char *const takes[] = { "network", "mask", "maproot", "r", "mapall", "sec", "index" };
	size_t used = 1;
	size_t len = value != NULL ? (size_t)(value - o) : strlen(o);

	if (value != NULL) {
		value++;
	} else if (is_one_of(o, len, takes, sizeof(takes) / sizeof(takes[0])) && i + 1 < n) {
		value = w[i + 1];
		used = 2;
	}
	if (is_one_of(o, len, (const char *const[]){ "network" }, 1))
		left(e, imp_fmt(e->imp, "%s%s%s", w[i], used == 2 ? " " : "", used == 2 ? value : ""),
		    "provd lets any client see it");
	else if (is_one_of(o, len, (const char *const[]){ "ro", "o" }, 2))
		e->ro = true;
	else if (is_one_of(o, len, (const char *const[]){ "maproot", "r", "mapall" }, 3))
		left(e, w[i], "provd goes by the user that the client says");
	else if (!is_one_of(o, len, (const char *const[]){ "alldirs", "mask", "quiet" }, 3))
		left(e, w[i], "provd has nothing like it");
	return used;
}

/* exports(5) of Linux: "\040" is a blank. */
static const char *
plain(struct import *imp, const char *p)
{
	char *ret = imp_strn(imp, p, strlen(p)), *out = ret;

	for (; *p != '\0'; out++)
		if (p[0] == '\\' && p[1] >= '0' && p[1] <= '3' && strspn(p + 1, "01234567") >= 3) {
			*out = (char)((p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0'));
			p += 4;
		} else {
			*out = *p++;
		}
	*out = '\0';
	return ret;
}

static void
path(struct export *e, const char *text)
{
	const char *p = plain(e->imp, text);
	struct imp_tree *t;

	if (!imp_path_ok(p)) {
		imp_left(e->imp, e->at, p, "%s", strcmp(p, "/") == 0 ? "provd does not serve a whole machine" :
		    "provd does not export such a path");
		return;
	}
	if (e->n == PATHS_MAX) {
		imp_left(e->imp, e->at, p, "is one directory too many for one line");
		return;
	}
	t = imp_tree(e->imp, p, e->at);
	t->export = t->path;
	e->tree[e->n++] = t;
}

static void
one(struct import *imp, struct imp_place at, char **w, size_t n)
{
	struct export e = { .imp = imp, .at = at, .ro = true, .bsd = true };
	size_t i = 0;

	if (strncmp(w[0], "V4:", 3) == 0) {
		imp_left(imp, at, "V4", "provd serves NFS versions 2 and 3");
		return;
	}
	for (; i < n && w[i][0] == '/'; i++)
		path(&e, w[i]);
	if (i == 0)
		imp_left(imp, at, w[0], "is no directory");
	if (e.n == 0)
		return;
	for (size_t k = i; k < n; k++)
		e.bsd = e.bsd && strchr(w[k], '(') == NULL;
	if (e.bsd)
		e.ro = false;
	while (i < n) {
		if (w[i][0] == '-' && e.bsd) {
			i += bsd_option(&e, w, i, n);
		} else if (w[i][0] == '-') {
			bool rw = false;

			linux_options(&e, w[i++] + 1, &rw);
			e.ro = e.ro && !rw;
		} else {
			linux_client(&e, w[i++]);
		}
	}
	if (e.host)
		left(&e, "clients", "provd goes by the machines in hosts:");
	if (!e.ro)
		left(&e, e.bsd ? "no -ro" : "rw", "provd serves it read only");
	if (e.idle != NULL)
		imp_tell(imp, at, imp_fmt(imp, "%s: %s", e.tree[0]->path, e.idle),
		    "means nothing when files are read only");
	for (size_t k = 0; k < e.n; k++)
		e.tree[k]->clients = e.host ? "known" : "any";
}

void
imp_exports(struct import *imp, const char *file, const char *text, size_t len)
{
	struct lines l;
	char *w[LINE_WORDS];
	size_t n;

	lines_begin(&l, imp, file, text, len, LINES_BACKSLASH | LINES_QUOTES);
	while (lines_words(&l, w, &n))
		one(imp, l.at, w, n);
}
