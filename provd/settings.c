/* settings.c - load provd.yaml and its profiles, check one against the other. */
#include <sys/stat.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/os.h"
#include "settings.h"

static void
collect(void *arg, const char *text)
{
	buf_printf(arg, "%s\n", text);
}

struct settings *
settings_ref(struct settings *s)
{
	s->refs++;
	return s;
}

void
settings_unref(struct settings *s)
{
	if (s == NULL || --s->refs > 0)
		return;
	for (size_t i = 0; i < s->n_profile; i++)
		profile_unref(s->profile[i]);
	free(s->profile);
	buf_free(&s->left_out);
	config_unref(s->cfg);
	free(s);
}

const struct profile *
settings_profile(const struct settings *s, const char *name)
{
	for (size_t i = 0; i < s->n_profile; i++)
		if (strcmp(s->profile[i]->p.name, name) == 0)
			return s->profile[i];
	return NULL;
}

static int
load_profiles(struct settings *s, struct buf *errors)
{
	const struct cfg_top *top = &s->cfg->top;
	int bad = 0;

	s->profile = calloc(top->n_profile + 1, sizeof(*s->profile));
	if (s->profile == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < top->n_profile; i++) {
		struct profile *p;
		int r;

		r = profile_load(top->profile[i], &p, collect, errors);
		if (r < 0) {
			bad = r;
			continue;
		}
		if (settings_profile(s, p->p.name) != NULL) {
			buf_printf(errors, "%s: a profile named %s is already "
			    "defined by another file\n", top->profile[i],
			    p->p.name);
			profile_unref(p);
			bad = -EINVAL;
			continue;
		}
		s->profile[s->n_profile++] = p;
	}
	return bad;
}

/* The media directory ------------------------------------------------------ */

/* What is unpacked there has a hidden name until it is complete. */
static bool
is_name(const char *s)
{
	static const char alnum[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

	return strchr(alnum, *s) != NULL && *s != '\0' && strlen(s) <= 63 &&
	    s[strspn(s, "._-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")] == '\0';
}

static int
add_medium(struct settings *s, const char *name, const char *path)
{
	const struct cfg_tree *same = config_tree(s->cfg, name);
	char why[200];
	int r;

	/* One that is damaged must not keep the others from being served. */
	if (same == NULL && tree_probe(&(struct tree_source){ path }, why) < 0) {
		buf_printf(&s->left_out, "%s %s\n", name, why);
		return 0;
	}
	r = config_add_tree(s->cfg, name, path);
	if (r != -EEXIST && r != -E2BIG)
		return r;
	/* To name in trees what media has is no conflict. */
	if (same == NULL || same->path == NULL || strcmp(same->path, path) != 0)
		buf_printf(&s->left_out, "%s %s\n", name, r == -E2BIG ? "there are too many trees" :
		    "the configuration has another tree of this name or export");
	return 0;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp((*(const struct dirent *const *)a)->d_name,
	    (*(const struct dirent *const *)b)->d_name);
}

static int
add_media(struct settings *s, struct buf *errors)
{
	const char *dir = s->cfg->top.media;
	struct dirent **e = NULL;
	struct stat st;
	int n, r = 0;

	if (dir == NULL)
		return 0;
	n = scandir(dir, &e, NULL, NULL);
	if (n == -1 && errno == ENOENT)		/* nothing was added yet */
		return 0;
	if (n == -1) {
		buf_printf(errors, "%s: media: %s: %s\n", s->cfg->file, dir, strerror(errno));
		return -EINVAL;
	}
	qsort(e, (size_t)n, sizeof(*e), by_name);
	for (int i = 0; i < n; i++) {
		struct buf path = { 0 };

		buf_printf(&path, "%s/%s", dir, e[i]->d_name);
		if (r == 0 && is_name(e[i]->d_name) && path.err == 0 &&
		    stat(path.p, &st) == 0 && S_ISDIR(st.st_mode))
			r = add_medium(s, e[i]->d_name, path.p);
		buf_free(&path);
		free(e[i]);
	}
	free(e);
	return r;
}

/* Checks -------------------------------------------------------------------- */

/* Each of a tree's directories and images can be opened, and is which it is
 * said to be. */
static bool
check_tree(const char *file, const struct cfg_tree *t, struct buf *errors)
{
	struct tree_source src[TREE_SOURCES_MAX];
	size_t n = config_tree_sources(t, src);
	bool good = true;

	for (size_t i = 0; i < n; i++) {
		struct stat st;
		char why[200];
		int e = stat(src[i].path, &st) == -1 ? errno :
		    i > 0 || S_ISDIR(st.st_mode) == (t->path != NULL) ? 0 :
		    t->path != NULL ? ENOTDIR : EISDIR;

		if (e != 0)
			snprintf(why, sizeof(why), "%s: %s", src[i].path,
			    strerror(e));
		if (e != 0 || tree_probe(&src[i], why) < 0) {
			schema_complain(collect, errors, file, t->head.mark,
			    "trees", "%s: %s", t->head.name, why);
			good = false;
		}
	}
	return good;
}

/* What only shows on this machine: directories that are there, and names
 * that one file gives and another uses. */
static int
check(const struct settings *s, struct buf *errors)
{
	const struct cfg_top *top = &s->cfg->top;
	const char *file = s->cfg->file;
	struct stat st;
	int bad = 0;

	for (size_t i = 0; i < top->n_tree; i++)
		if (!check_tree(file, &top->tree[i], errors))
			bad = -EINVAL;
	if (top->boot_programs != NULL && (stat(top->boot_programs, &st) == -1 ||
	    !S_ISDIR(st.st_mode))) {
		buf_printf(errors, "%s: boot-programs: %s: is not a directory\n", file,
		    top->boot_programs);
		bad = -EINVAL;
	}
	for (size_t i = 0; i < s->n_profile; i++) {
		const char *tree = s->profile[i]->p.tree;

		if (tree != NULL && config_tree(s->cfg, tree) == NULL) {
			buf_printf(errors, "%s: profile %s: tree %s is not defined in %s\n",
			    s->profile[i]->file, s->profile[i]->p.name,
			    tree, file);
			bad = -EINVAL;
		}
	}
	for (size_t i = 0; i < top->n_host; i++) {
		const struct cfg_host *h = &top->host[i];

		if (h->profile != NULL && settings_profile(s, h->profile) == NULL) {
			schema_complain(collect, errors, file, h->head.mark,
			    "hosts", "%s.profile: no profile named %s is loaded",
			    h->head.name, h->profile);
			bad = -EINVAL;
		}
		if (h->tree != NULL && config_tree(s->cfg, h->tree) == NULL) {
			schema_complain(collect, errors, file, h->head.mark,
			    "hosts", "%s.tree: no tree named %s is defined",
			    h->head.name, h->tree);
			bad = -EINVAL;
		}
	}
	return bad;
}

int
settings_load(const char *file, struct settings **ret, struct buf *errors)
{
	struct settings *s = calloc(1, sizeof(*s));
	int r;

	if (s == NULL)
		return -ENOMEM;
	s->refs = 1;
	if ((r = config_load(file, &s->cfg, collect, errors)) == 0 &&
	    (r = add_media(s, errors)) == 0 &&
	    (r = load_profiles(s, errors)) == 0)
		r = check(s, errors);
	if (r < 0) {
		settings_unref(s);
		return r;
	}
	*ret = s;
	return 0;
}
