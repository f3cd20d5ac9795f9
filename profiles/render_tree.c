/* render_tree.c - what a profile needs of its tree: the kernel that is booted,
 * and what kind of release there is to be installed. */
#include "render_int.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../tree/tree.h"
#include "classic_sets.h"

#define SET_NAME_MAX	64u

static int
bad_dist(struct render *c, const char *what, const char *why, int r)
{
	char text[600];

	if (r == -ENOMEM)
		return r;
	(void)snprintf(text, sizeof(text), "%s in the tree %s: %s", what,
	    vars_get(&c->vars, "tree"), *why ? why : strerror(-r));
	return render_complain(c, c->pr->p.dist.head.mark, "distributions", text);
}

static int
read_manifest(struct render *c, const char *dir)
{
	char file[220], why[200] = "";
	int r;

	(void)snprintf(file, sizeof(file), "%s/MANIFEST", dir);
	if ((r = release_manifest(c->in->view, dir, &c->release, why)) < 0)
		return bad_dist(c, file, why, r);
	c->release.kind = SETS_MANIFEST;
	return 0;
}

/* 1: there is no such repository. */
static int
read_packages(struct render *c, const char *dir)
{
	char why[200] = "";
	int r = release_packages(c->in->view, dir, &c->release, why);

	return r == -ENOENT ? 1 : r < 0 ? bad_dist(c, dir, why, r) : 0;
}

/* A set that is not there is no mistake yet: the plan says what is missing. */
static int
read_set(struct render *c, const char *name)
{
	char why[200] = "";
	int r = release_classic(c->in->view, name, &c->release, why);

	return r == 0 || (r == -ENOENT && *why == '\0') ? 0 : bad_dist(c, name, why, r);
}

/* The sets of a release in pieces that the profile may want, and its kernels. */
static int
read_pieces(struct render *c, const char *dir)
{
	const struct cfg_pr_dist *d = &c->pr->p.dist;
	char name[SET_NAME_MAX];
	int r;

	(void)snprintf(c->release.dir, sizeof(c->release.dir), "%s", dir);
	c->release.kind = SETS_PIECES;
	c->release.pins = c->in->pins;
	c->release.pins_len = c->in->pins_len;
	if ((r = read_set(c, "kernels/generic")) < 0 || (r = read_set(c, "kernels/smp")) < 0)
		return r;
	for (size_t i = 0; d->canned != CANNED_NONE && i < classic_n; i++)
		if (classic_in(&classic_sets[i], d->canned) && (r = read_set(c, classic_sets[i].name)) < 0)
			return r;
	for (size_t i = 0; i < d->n_set; i++)
		if ((r = render_tree_path(c, "distributions.sets", d->set[i], "", name, sizeof(name))) < 0 ||
		    (r = read_set(c, name)) < 0)
			return r;
	return 0;
}

static bool
has_manifest(struct render *c, const char *dir)
{
	char file[220];
	uint64_t bytes;

	(void)snprintf(file, sizeof(file), "%s/MANIFEST", dir);
	return release_check(c->in->view, file, &bytes) == 0;
}

/* Which kind of release it is, the tree says itself; where it lies too, unless
 * the profile does. */
static int
read_freebsd(struct render *c)
{
	const char *asked = c->pr->p.dist.dir;
	struct release_id id;
	char dir[201], why[200] = "";
	int r;

	if ((r = release_identify(c->in->view, &id, why)) < 0)
		return bad_dist(c, "what is", why, r);
	(void)snprintf(dir, sizeof(dir), "%s", id.dir);
	if (asked != NULL &&
	    (r = render_tree_path(c, "distributions.dir", asked, "", dir, sizeof(dir))) < 0)
		return r;
	if (*dir != '\0' && has_manifest(c, dir)) {
		r = read_manifest(c, dir);
	} else if (*dir != '\0' && (r = read_packages(c, dir)) <= 0) {
		/* said already */
	} else if (id.sets == SETS_PACKAGES || id.no_files) {
		return bad_dist(c, "no distributions", "it has neither a repository of packages nor sets, but perhaps a MANIFEST: "
		    "take the release's disc1 or dvd1, or put base.txz and kernel.txz into its usr/freebsd-dist, where MANIFEST has their sums", -ENOENT);
	} else if (asked != NULL || id.sets == SETS_PIECES) {
		r = read_pieces(c, dir);
	} else {
		r = bad_dist(c, "no distributions", *why ? why : "neither usr/freebsd-dist/MANIFEST nor a release in pieces; say where in distributions.dir", -ENOENT);
	}
	c->release.major = id.major;
	c->release.minor = id.minor;
	return r;
}

static int
read_linux(struct render *c)
{
	char dir[201];
	int r;

	r = render_tree_path(c, "distributions.dir", c->pr->p.dist.dir, "distributions", dir, sizeof(dir));
	return r < 0 ? r : read_manifest(c, dir);
}

int
render_read_tree(struct render *c)
{
	const struct cfg_profile *p = &c->pr->p;
	struct release_id id;
	char why[200];
	int r;

	if (p->os == PROFILE_LINUX &&
	    (render_tree_path(c, "boot.kernel", p->boot.kernel, "boot/vmlinuz", c->kernel, sizeof(c->kernel)) < 0 ||
	    render_tree_path(c, "boot.initrd", p->boot.initrd, "boot/initrd.img", c->initrd, sizeof(c->initrd)) < 0 ||
	    render_must_have(c, "boot.kernel", c->kernel) < 0 ||
	    render_must_have(c, "boot.initrd", c->initrd) < 0))
		return -EINVAL;
	if (c->in->kind != INST_INSTALL) {
		if (profile_other(c->pr, c->in->kind) != NULL && p->os == PROFILE_FREEBSD &&
		    release_identify(c->in->view, &id, why) == 0)
			c->release.major = id.major;
		return 0;
	}
	r = p->os == PROFILE_LINUX ? read_linux(c) : read_freebsd(c);
	c->has_release = r == 0;
	return r;
}
