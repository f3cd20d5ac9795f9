/* plan_sets.c - the distributions of a plan. */
#include "plan_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where the sets of a classic release are unpacked (others: the root). */
static const char *
classic_target(const char *name)
{
	if (strncmp(name, "kernels/", 8) == 0)
		return "/boot";
	if (strncmp(name, "src/", 4) == 0)
		return "/usr/src";
	if (strcmp(name, "ports") == 0)
		return "/usr";
	return "";
}

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

static void
add_set(struct pb *b, const char *name, const char *where)
{
	struct plan *pl = b->plan;
	const struct release *rel = b->in->release;
	struct plan_set *s = &pl->set[pl->n_set];
	struct cfg_mark at = b->p->dist.head.mark;
	const char *dir = rel ? rel->dir : pb_expand(b, at, "distributions.dir", b->p->dist.dir);

	*s = (struct plan_set){ .name = short_name(b, name), .target = "" };
	for (size_t i = 0; i < pl->n_set; i++)
		if (strcmp(pl->set[i].name, s->name) == 0) {
			pb_error(b, at, where, "%s is there twice", name);
			return;
		}
	if (rel != NULL && (s->rel = release_find(rel, name)) == NULL) {
		pb_error(b, at, where, pl->os == PROFILE_LINUX ?
		    "there is no distribution %s in %s/MANIFEST, or it has no sha256" :
		    "there is no distribution %s in %s", name, dir);
		return;
	}
	if (s->rel != NULL) {
		s->file = pb_str(b, "%s/%s", dir, s->rel->file);
		pl->set_bytes += s->rel->bytes;
	} else if (pl->os == PROFILE_LINUX) {
		s->file = pb_str(b, "%s/%s.txz", dir, name);
	} else {
		s->file = pb_str(b, "%s/%s/%s", dir, name, s->name);
	}
	if (pl->os == PROFILE_FREEBSD)
		s->target = classic_target(name);
	pl->n_set++;
}

static bool
is_set(const char *s)
{
	return check_relative(s) && strlen(s) < 64;
}

void
pb_sets(struct pb *b)
{
	struct cfg_mark at = b->p->dist.head.mark;
	const char *name, *where;

	if ((b->plan->set = calloc(b->p->dist.n_set + 2, sizeof(*b->plan->set))) == NULL) {
		b->nomem = true;
		return;
	}
	if (b->p->dist.n_set == 0)
		pb_error(b, at, "distributions.sets", "a profile needs distributions to unpack");
	for (size_t i = 0; i < b->p->dist.n_set; i++) {
		where = pb_str(b, "distributions.sets[%zu]", i);
		name = pb_value(b, at, where, b->p->dist.set[i], is_set, "a distribution's name");
		if (*name != '\0')
			add_set(b, name, where);
		else if (pb_missing(b, b->p->dist.set[i], name))
			pb_error(b, at, where, "a distribution needs a name");
	}
}
