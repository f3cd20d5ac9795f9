/* compile.h - a profile, a host and a release tree become an installation.
 *
 * profile_render() makes every byte that the installation will be served, so
 * that nothing is rendered again later: the sealed overlay, how it boots, and
 * the plan.  It reads the tree (MANIFEST, the kernel's presence) and blocks;
 * it opens nothing else.
 *
 * The overlay's files, in the view's root:
 *   .provd/TOKEN/init              runs first on the booted client
 *   .provd/TOKEN/install           the plan's script, or the inspection's
 *   .provd/TOKEN/plan.txt          the plan for people
 *   .provd/TOKEN/commands          of a rescue or a diskless system, beside its init
 *   .provd/TOKEN/rc                FreeBSD, diskless: the tree's own etc/rc
 *   .provd/TOKEN/menu.ipxe, .provd/TOKEN/pxelinux.cfg/default    Linux
 *   boot/loader.conf.local         FreeBSD: the tree's own, and our variables
 *   etc/rc                         FreeBSD, for an init that does not know init_script
 *
 * Ownership: render_out_done() frees what came out; the overlay is a reference
 * that the caller may take over by clearing the field.
 * Errors: -EINVAL after one line for each mistake through fn; -ENOMEM.
 * Layer: profiles.
 */
#ifndef PROFILES_COMPILE_H
#define PROFILES_COMPILE_H

#include <stdint.h>

#include "../fleet/boot.h"
#include "../fleet/config.h"
#include "../fleet/store.h"
#include "plan.h"

struct overlay;
struct view;

struct render_in {
	enum inst_kind	 kind;
	const char	*token;
	uint32_t	 inst;		/* the installation's id: handles are made of it */
	uint32_t	 server;	/* our address towards the host */
	int64_t		 now;		/* mtime of all that is rendered */
	const struct cfg_host *host;	/* its head.name is the host's name */
	const struct cfg_said *above;	/* variables of its groups and of all hosts */
	size_t		 n_above;
	const struct view *view;	/* of the plain tree */
	const char	*tree;		/* its name; NULL: the profile says it */
	/* What DHCP will tell it; 0, NULL: not known. They become variables. */
	uint32_t	 address, netmask, gateway;
	const uint32_t	*dns;
	size_t		 n_dns;
	const char	*domain;
	const char	*facts;		/* lines of its last inspection, or NULL */
	/* Our own sums of the tree's files (release.h); NULL: none are kept. */
	const char	*pins;
	size_t		 pins_len;
};

struct render_out {
	struct overlay	*overlay;	/* sealed; NULL with plan_only */
	struct boot_recipe recipe;
	unsigned	 steps;		/* 0 for an inspection */
	char		*plan_text, *plan_json;
};

int	profile_render(const struct profile *, const struct render_in *,
	    struct render_out *ret, cfg_error_fn *, void *arg);
/* The same without an overlay: for "provctl plan". */
int	profile_plan(const struct profile *, const struct render_in *,
	    struct render_out *ret, cfg_error_fn *, void *arg);
void	render_out_done(struct render_out *);

/* What the profile says of a boot that installs nothing; NULL: of that kind, nothing. */
const struct cfg_pr_other *profile_other(const struct profile *, enum inst_kind);
/* The profile's dhcp-options, with a host's variables, into a recipe. */
int	render_options(const struct profile *, const struct vars *,
	    struct boot_recipe *ret, cfg_error_fn *, void *arg);

/* For tests: the variables of a host, and a script from a plan. */
int	render_vars(const struct profile *, const struct render_in *, struct vars *ret,
	    cfg_error_fn *, void *arg);
void	compile_install(const struct plan *, const struct vars *, const char *token,
	    struct buf *);
void	compile_init(int os, const char *token, const char *server, struct buf *);
void	compile_inspect(int os, const char *token, struct buf *);

#endif /* PROFILES_COMPILE_H */
