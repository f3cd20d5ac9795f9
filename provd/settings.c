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

/* Both may be NULL. */
static int
names_what_is_not(const struct settings *s, const char *profile, const char *tree,
    char why[300])
{
	if (profile != NULL && settings_profile(s, profile) == NULL)
		snprintf(why, 300, "profile: no profile named %s is loaded", profile);
	else if (tree != NULL && config_tree(s->cfg, tree) == NULL)
		snprintf(why, 300, "tree: no tree named %s is defined", tree);
	else
		return 0;
	return -ENOENT;
}

static const char *
own(const struct cfg_host *h, const struct cfg_head *by, const char *value)
{
	return by == &h->head ? value : NULL;
}

/* What only shows on this machine: directories that are there, and names
 * that one file gives and another uses. */
static int
check(const struct settings *s, struct buf *errors)
{
	const struct cfg_top *top = &s->cfg->top;
	const char *file = s->cfg->file;
	char why[300];
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
	for (size_t i = 0; i < top->n_group; i++) {
		const struct cfg_group *g = &top->group[i];

		if (names_what_is_not(s, g->profile, g->tree, why) < 0) {
			schema_complain(collect, errors, file, g->head.mark, "groups", "%s.%s",
			    g->head.name, why);
			bad = -EINVAL;
		}
	}
	for (size_t i = 0; i < s->cfg->n_file; i++) {
		const struct cfg_host *h = &top->host[i];

		/* What a group says for it was said of the group. */
		if (names_what_is_not(s, own(h, config_profile_by(s->cfg, h), h->profile),
		    own(h, config_tree_by(s->cfg, h), h->tree), why) < 0) {
			schema_complain(collect, errors, file, h->head.mark, "hosts", "%s.%s",
			    h->head.name, why);
			bad = -EINVAL;
		}
	}
	return bad;
}

/* Hosts that are not in the file are left out rather than keep it from loading. */
static int
check_kept(struct settings *s)
{
	const struct cfg_top *top = &s->cfg->top;
	bool *left = calloc(top->n_host + 1, sizeof(*left));
	char why[300], line[400];
	int r = 0;

	if (left == NULL)
		return -ENOMEM;
	for (size_t i = s->cfg->n_file; i < top->n_host; i++) {
		const struct cfg_host *h = &top->host[i];

		if (names_what_is_not(s, own(h, config_profile_by(s->cfg, h), h->profile),
		    own(h, config_tree_by(s->cfg, h), h->tree), why) == 0)
			continue;
		snprintf(line, sizeof(line), "hosts.%s.%s", h->head.name, why);
		config_say_left(s->cfg, h->head.name, line);
		left[i] = true;
		r = -EAGAIN;
	}
	if (r == -EAGAIN)
		r = config_leave_out(s->cfg, left);
	free(left);
	return r;
}

int
settings_load(const char *file, const struct cfg_kept *kept, size_t n,
    struct settings **ret, struct buf *errors)
{
	struct settings *s = calloc(1, sizeof(*s));
	int r;

	if (s == NULL)
		return -ENOMEM;
	s->refs = 1;
	if ((r = config_load_with(file, kept, n, &s->cfg, collect, errors)) == 0 &&
	    (r = add_media(s, errors)) == 0 &&
	    (r = load_profiles(s, errors)) == 0 && (r = check(s, errors)) == 0)
		r = check_kept(s);
	if (r < 0) {
		settings_unref(s);
		return r;
	}
	*ret = s;
	return 0;
}

/* Trees of the media directory are not in the file's text. */
static int
same_media(struct settings *s, const struct config *old)
{
	int r = 0;

	for (size_t i = 0; i < old->top.n_tree && r == 0; i++) {
		const struct cfg_tree *t = &old->top.tree[i];

		if (config_tree(s->cfg, t->head.name) == NULL)
			r = config_add_tree(s->cfg, t->head.name, t->path);
	}
	return r;
}

int
settings_again(const struct settings *old, const struct cfg_kept *kept, size_t n,
    struct settings **ret, struct buf *errors)
{
	struct settings *s = calloc(1, sizeof(*s));
	int r;

	if (s == NULL)
		return -ENOMEM;
	s->refs = 1;
	if ((s->profile = calloc(old->n_profile + 1, sizeof(*s->profile))) == NULL) {
		settings_unref(s);
		return -ENOMEM;
	}
	for (size_t i = 0; i < old->n_profile; i++)
		s->profile[s->n_profile++] = profile_ref(old->profile[i]);
	if (old->left_out.len > 0)
		buf_add(&s->left_out, old->left_out.p, old->left_out.len);
	if ((r = config_again(old->cfg, kept, n, &s->cfg, collect, errors)) == 0 &&
	    (r = same_media(s, old->cfg)) == 0)
		r = check_kept(s);
	if (r < 0) {
		settings_unref(s);
		return r;
	}
	*ret = s;
	return 0;
}
