/* settings.c - load provd.yaml and its profiles, check one against the other. */
#include <sys/stat.h>
#include <errno.h>
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

/* What only shows on this machine: directories that are there, and names
 * that one file gives and another uses. */
static int
check(const struct settings *s, struct buf *errors)
{
	const struct cfg_top *top = &s->cfg->top;
	const char *file = s->cfg->file;
	struct stat st;
	int bad = 0;

	for (size_t i = 0; i < top->n_tree; i++) {
		const struct cfg_tree *t = &top->tree[i];
		int e = stat(t->path, &st) == -1 ? errno :
		    S_ISDIR(st.st_mode) ? 0 : ENOTDIR;

		if (e != 0) {
			schema_complain(collect, errors, file, t->head.mark,
			    "trees", "%s: %s: %s", t->head.name, t->path, strerror(e));
			bad = -EINVAL;
		}
	}
	if (top->boot_programs != NULL && (stat(top->boot_programs, &st) == -1 ||
	    !S_ISDIR(st.st_mode))) {
		buf_printf(errors, "%s: boot-programs: %s: is not a directory\n", file,
		    top->boot_programs);
		bad = -EINVAL;
	}
	for (size_t i = 0; i < s->n_profile; i++) {
		const char *tree = s->profile[i]->p.tree;

		if (config_tree(s->cfg, tree) == NULL) {
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
	    (r = load_profiles(s, errors)) == 0)
		r = check(s, errors);
	if (r < 0) {
		settings_unref(s);
		return r;
	}
	*ret = s;
	return 0;
}
