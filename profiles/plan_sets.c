/* plan_sets.c - the distributions of a plan. */
#include "plan_freebsd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "classic_sets.h"

#define SETS_MAX	80u

/* base -> base, kernels/generic -> generic: for the name of a step. */
static const char *
short_name(struct pb *b, const char *name)
{
	char buf[25];
	size_t n = 0;

	if (strrchr(name, '/') != NULL)
		name = strrchr(name, '/') + 1;
	for (; *name != '\0' && n + 1 < sizeof(buf); name++) {
		if (*name >= 'A' && *name <= 'Z')
			buf[n++] = (char)(*name + ('a' - 'A'));
		else if ((*name >= 'a' && *name <= 'z') || (*name >= '0' && *name <= '9'))
			buf[n++] = *name;
		else
			buf[n++] = '_';
	}
	buf[n] = '\0';
	return pb_str(b, "%s", buf);
}

/* Sets by pieces, as far as anybody knows. */
static bool
is_classic(const struct pb *b)
{
	const struct release *rel = b->in->release;

	if (b->plan->os != PROFILE_FREEBSD)
		return false;
	return rel == NULL || rel->kind == SETS_PIECES;
}

static bool
of_packages(const struct pb *b)
{
	return b->in->release != NULL && b->in->release->kind == SETS_PACKAGES;
}

/* By its full name.  One of the first `had` may be asked for once more. */
static void
add_set(struct pb *b, const char *name, const char *where, size_t had)
{
	struct plan *pl = b->plan;
	const struct release *rel = b->in->release;
	struct plan_set *s = &pl->set[pl->n_set];
	struct cfg_mark at = b->p->dist.head.mark;
	const char *dir = rel ? rel->dir : pb_expand(b, at, "distributions.dir", b->p->dist.dir);

	if (pl->n_set == SETS_MAX) {
		pb_error(b, at, where, "more than %u distributions", SETS_MAX);
		return;
	}
	*s = (struct plan_set){ .name = short_name(b, name), .target = "" };
	if (of_packages(b)) {
		if (fb_pkgbase_set(b, s, name, where))
			pl->n_set++;
		return;
	}
	for (size_t i = 0; i < pl->n_set; i++)
		if (strcmp(pl->set[i].name, s->name) == 0) {
			if (i >= had)
				pb_error(b, at, where, "%s is there twice", name);
			return;
		}
	if (rel != NULL && (s->rel = release_find(rel, name)) == NULL) {
		pb_error(b, at, where, is_classic(b) ? "there is no distribution %s in %s" :
		    "there is no distribution %s in %s/MANIFEST, or it has no sha256", name, dir);
		return;
	}
	if (s->rel != NULL) {
		s->file = pb_str(b, "%s/%s", dir, s->rel->file);
		pl->set_bytes += s->rel->bytes;
	} else if (pl->os == PROFILE_LINUX) {
		s->file = pb_str(b, "%s/%s.txz", dir, name);
	} else {
		s->file = pb_str(b, "%s/%s%s%s", dir, name, strchr(name, '/') ? "" : "/",
		    strchr(name, '/') ? "" : name);
	}
	if (is_classic(b))
		s->target = classic_target(name);
	pl->n_set++;
}

/* Those of sysinstall's table for which member() holds, and which the release
 * has; without a release, those that every later one has. */
static void
add_some(struct pb *b, bool (*member)(const struct classic_set *, int), int arg,
    const char *where, size_t had)
{
	const struct release *rel = b->in->release;
	const struct classic_set *s;
	bool some = false;

	for (size_t i = 0; i < classic_n; i++) {
		s = &classic_sets[i];
		if (!member(s, arg) || !(rel ? release_find(rel, s->name) != NULL : s->last == 0))
			continue;
		add_set(b, s->name, where, had);
		some = true;
	}
	if (!some)
		pb_error(b, b->p->dist.head.mark, where, "%s has none of these distributions", rel ? rel->dir : "it");
}

static bool
is_source(const struct classic_set *s, int arg)
{
	(void)arg;
	return strncmp(s->name, "src/", 4) == 0;
}

/* A name as the user knows it. */
static void
add_named(struct pb *b, const char *name, const char *where, size_t had)
{
	const struct release *rel = b->in->release;
	const struct classic_set *s = NULL;

	if (is_classic(b) && strcmp(name, "src") == 0) {
		add_some(b, is_source, 0, where, had);
		return;
	}
	for (size_t i = 0; is_classic(b) && (s = classic_find(name, i)) != NULL; i++)
		if (rel == NULL || release_find(rel, s->name) != NULL)
			break;
	add_set(b, s ? s->name : name, where, had);
}

static bool
is_set(const char *s)
{
	return check_relative(s) && strlen(s) < CLASSIC_NAME_MAX;
}

/* The sets of a MANIFEST that make a system, when nothing is said. */
static void
usual(struct pb *b)
{
	if (b->plan->os == PROFILE_FREEBSD && b->in->release == NULL)
		return;		/* nobody knows yet which generation it is */
	if (b->plan->os == PROFILE_LINUX || is_classic(b)) {
		pb_error(b, b->p->dist.head.mark, "distributions.sets", "a profile needs distributions to unpack");
		return;
	}
	add_set(b, "kernel", "distributions", 0);
	add_set(b, "base", "distributions", 0);
}

void
pb_sets(struct pb *b)
{
	const struct cfg_pr_dist *c = &b->p->dist;
	const char *name, *where;
	size_t canned;

	if ((b->plan->set = calloc(SETS_MAX + 1, sizeof(*b->plan->set))) == NULL) {
		b->nomem = true;
		return;
	}
	if (c->canned != CANNED_NONE && !is_classic(b))
		pb_error(b, c->head.mark, "distributions.canned", "these are the sets of sysinstall(8), which a %s does not have; write sets",
		    b->plan->os == PROFILE_LINUX ? "Linux" : of_packages(b) ? "release of packages" : "release with a MANIFEST");
	else if (c->canned != CANNED_NONE)
		add_some(b, classic_in, c->canned, "distributions.canned", 0);
	else if (c->n_set == 0)
		usual(b);
	canned = b->plan->n_set;
	for (size_t i = 0; i < c->n_set; i++) {
		where = pb_str(b, "distributions.sets[%zu]", i);
		name = pb_value(b, c->head.mark, where, c->set[i], is_set, "a distribution's name");
		if (*name != '\0')
			add_named(b, name, where, c->canned == CANNED_NONE ? 0 : canned);
		else if (pb_missing(b, c->set[i], name))
			pb_error(b, c->head.mark, where, "a distribution needs a name");
	}
}
