/* arm.h - from a profile and a host to an installation.
 *
 * Rendering reads the release tree, so it runs in a disk thread; done() is
 * called in the control thread when the installation is committed (or, for a
 * plan, when it is rendered).  Layer: provd.
 */
#ifndef PROVD_ARM_H
#define PROVD_ARM_H

#include "daemon.h"

enum arm_kind { ARM_INSTALL, ARM_PLAN };

struct arm_result {
	int		 err;		/* 0 or -errno */
	char		*why;		/* lines for a person; NULL when err is 0 */
	char		*plan_text, *plan_json;	/* ARM_PLAN, ARM_INSTALL */
	struct overlay	*overlay;	/* what the host is, or would be, served */
	const char	*token;
};
/* Borrowed for the time of the call. */
typedef void arm_done_fn(void *arg, const struct arm_result *);

#define ARM_WHY	300

/* profile NULL: the host's own; tree NULL: the host's, else the profile's.
 * On failure done() is not called and why has a line for a person; -ENOENT:
 * a host, profile or tree that is not there, or that nobody names. */
int	arm_begin(struct daemon *, enum arm_kind, const char *host,
	    const char *profile, const char *tree, arm_done_fn *, void *arg,
	    char why[ARM_WHY]);
/* The same for something that it boots instead (INST_INSPECT and on), once or always. */
int	arm_boot(struct daemon *, enum inst_kind, bool always, const char *host,
	    const char *profile, const char *tree, arm_done_fn *, void *arg,
	    char why[ARM_WHY]);

#endif /* PROVD_ARM_H */
