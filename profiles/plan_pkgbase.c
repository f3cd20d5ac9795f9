/* plan_pkgbase.c - a base system of packages: FreeBSD 15 and later, whose disc
 * has a repository of pkg(8) instead of archives.
 *
 * A distribution is a set there: base is FreeBSD-set-base, which depends on
 * all that belongs to it.  What depends on what only pkg can tell, so it looks
 * before anything is written (pkgbase-freebsd.sh).
 */
#include "plan_freebsd.h"

#include <stdio.h>
#include <string.h>

#define NAMES_MAX	128u

struct names { const struct release_set *p[NAMES_MAX]; size_t n; };

bool
fb_pkgbase(const struct pb *b)
{
	return b->in->release != NULL && b->in->release->kind == SETS_PACKAGES;
}

/* Which packages ---------------------------------------------------------------- */

static const struct release_set *
find(const struct pb *b, const char *before, const char *name, const char *after)
{
	char full[64];
	int n = snprintf(full, sizeof(full), "%s%s%s", before, name, after);

	return n > 0 && (size_t)n < sizeof(full) ? release_find(b->in->release, full) : NULL;
}

/* Which kernel is the usual one depends on the processor. */
static const struct release_set *
find_kernel(const struct pb *b, const char *after)
{
	static const char *const name[] = { "generic", "generic64", "generic64le" };
	const struct release_set *s = NULL;

	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]) && s == NULL; i++)
		s = find(b, "FreeBSD-kernel-", name[i], after);
	return s;
}

/* What a distribution of this name is. A jail has no hardware, where there is a
 * set without what that needs. */
static const struct release_set *
package_of(const struct pb *b, const char *name, bool jail)
{
	const struct release_set *s;

	if (strcmp(name, "kernel") == 0)
		return find_kernel(b, "");
	if (strcmp(name, "kernel-dbg") == 0)
		return find_kernel(b, "-dbg");
	if (jail && (s = find(b, "FreeBSD-set-", name, "-jail")) != NULL)
		return s;
	if ((s = find(b, "FreeBSD-set-", name, "")) != NULL)
		return s;
	return find(b, "", name, "");
}

/* One distribution of a profile; false, and it is said why, if there is none. */
bool
fb_pkgbase_set(struct pb *b, struct plan_set *s, const char *name, const char *where)
{
	struct cfg_mark at = b->p->dist.head.mark;
	const char *dir = b->in->release->dir;

	s->dist = pb_str(b, "%s", name);
	s->rel = strcmp(name, "debug") == 0 ? find(b, "FreeBSD-set-", "minimal", "-dbg") : package_of(b, name, false);
	if (s->rel == NULL) {
		pb_error(b, at, where, "there is no distribution %s in %s: neither FreeBSD-set-%s nor another package of that name",
		    name, dir, name);
		return false;
	}
	for (size_t i = 0; i < b->plan->n_set; i++)
		if (strcmp(b->plan->set[i].dist, name) == 0) {
			pb_error(b, at, where, "%s is there twice", name);
			return false;
		}
	s->file = pb_str(b, "%s/%s", dir, s->rel->file);
	return true;
}

static void
add(struct pb *b, struct names *ns, const struct release_set *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < ns->n; i++)
		if (ns->p[i] == s)
			return;
	if (ns->n == NAMES_MAX)
		pb_error(b, b->p->dist.head.mark, "distributions", "more than %u packages", NAMES_MAX);
	else
		ns->p[ns->n++] = s;
}

/* The vendor's installer takes the minimal set and pkg itself always, so that
 * whatever else is removed later, these stay. */
static void
always(struct pb *b, struct names *ns, bool jail)
{
	const struct release_set *s = package_of(b, "minimal", jail);

	if (s == NULL)
		pb_error(b, b->p->dist.head.mark, "distributions", "%s has no FreeBSD-set-minimal, without which there is no system",
		    b->in->release->dir);
	add(b, ns, s);
	add(b, ns, release_find(b->in->release, "pkg"));
}

static void
of_host(struct pb *b, struct names *ns)
{
	bool debug = false;
	size_t n;

	always(b, ns, false);
	for (size_t i = 0; i < b->plan->n_set; i++) {
		debug |= strcmp(b->plan->set[i].dist, "debug") == 0;
		add(b, ns, b->plan->set[i].rel);
	}
	n = ns->n;
	for (size_t i = 0; debug && i < n; i++)
		if (strncmp(ns->p[i]->name, "FreeBSD-set-", 12) == 0)
			add(b, ns, find(b, "", ns->p[i]->name, "-dbg"));
}

static void
of_jail(struct pb *b, const struct cfg_pr_jail *j, struct names *ns)
{
	const struct release_set *s;
	const char *name;

	always(b, ns, true);
	for (size_t i = 0; i < j->n_set + (j->n_set == 0); i++) {
		name = j->n_set == 0 ? "base" : pb_expand(b, j->head.mark, "jails", j->set[i]);
		if (*name != '\0' && (s = package_of(b, name, true)) != NULL)
			add(b, ns, s);
	}
}

/* " $ $ $" ---------------------------------------------------------------------- */

static void
more(struct pb *b, const struct names *ns)
{
	for (size_t i = 0; i < ns->n; i++)
		pb_more(b, "$", ns->p[i]->name);
}

static const char *
text_of(struct pb *b, const struct names *ns)
{
	char size[SIZE_STRLEN];
	const char *all = "";

	for (size_t i = 0; i < ns->n; i++)
		all = pb_str(b, "%s%s%s (%s)", all, i > 0 ? ", " : "", ns->p[i]->name, size_str(ns->p[i]->bytes, size));
	return all;
}

static void
everything(struct pb *b, struct names *ns)
{
	*ns = (struct names){ .n = 0 };
	of_host(b, ns);
	for (size_t i = 0; i < b->p->n_jail; i++)
		of_jail(b, &b->p->jail[i], ns);
}

/* The steps ------------------------------------------------------------------------ */

void
fb_pkgbase_look(struct pb *b)
{
	const struct release *rel = b->in->release;
	struct names ns;

	everything(b, &ns);
	b->plan->n_package = rel->n_set;
	for (size_t i = 0; i < rel->n_set; i++)
		b->plan->set_bytes += rel->set[i].bytes;
	pb_step(b, "verify", "Look whether all packages are there");
	pb_call(b, pb_str(b, "with all that they need these must be in /%s: %s", rel->dir, text_of(b, &ns)),
	    "pkgbase_look $", pb_str(b, "/%s", rel->dir));
	more(b, &ns);
}

void
fb_pkgbase_install(struct pb *b)
{
	struct names ns;

	everything(b, &ns);
	pb_step(b, "fetch", "Copy the packages to the new disk");
	pb_call(b, "pkg fetch, which compares each with its sum in the catalogue, into a directory that goes again", "pkgbase_fetch");
	more(b, &ns);
	ns.n = 0;
	of_host(b, &ns);
	pb_step(b, "base", "Install the base system from packages");
	pb_call(b, pb_str(b, "pkg --rootdir " MNT " install, of that copy: %s", text_of(b, &ns)), "pkgbase_install " MNT);
	more(b, &ns);
	/* as the vendor's installer leaves it */
	pb_file(b, MNT "/usr/local/etc/pkg/repos/FreeBSD.conf", 0644, "FreeBSD-base: { enabled: yes }\n");
	if (b->p->n_jail == 0)
		pb_call(b, "the copy goes", "pkgbase_done");
}

/* One item. */
void
fb_pkgbase_jail(struct pb *b, const struct cfg_pr_jail *j, const char *root)
{
	struct names ns = { .n = 0 };

	of_jail(b, j, &ns);
	pb_call(b, pb_str(b, "pkg --rootdir %s install: %s", root, text_of(b, &ns)), "pkgbase_install $", root);
	more(b, &ns);
}

void
fb_pkgbase_done(struct pb *b)
{
	if (b->p->n_jail == 0)
		return;
	pb_step(b, "packages_go", "Remove the copies of the packages");
	pb_call(b, "the copy goes", "pkgbase_done");
}
