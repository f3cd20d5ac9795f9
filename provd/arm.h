/* arm.h - from a profile and a host to an installation.
 *
 * Rendering reads the release tree, so it runs in a disk thread; done() is
 * called in the control thread when the installation is committed (or, for a
 * plan, when it is rendered).  Layer: provd.
 */
#ifndef PROVD_ARM_H
#define PROVD_ARM_H

#include "daemon.h"

enum arm_kind { ARM_INSTALL, ARM_INSPECT, ARM_PLAN };

struct arm_result {
	int		 err;		/* 0 or -errno */
	char		*why;		/* lines for a person; NULL when err is 0 */
	char		*plan_text, *plan_json;	/* ARM_PLAN, ARM_INSTALL */
	struct overlay	*overlay;	/* what the host is, or would be, served */
	const char	*token;
};
/* Borrowed for the time of the call. */
typedef void arm_done_fn(void *arg, const struct arm_result *);

/* profile NULL: the host's own. */
int	arm_begin(struct daemon *, enum arm_kind, const char *host,
	    const char *profile, arm_done_fn *, void *arg);

#endif /* PROVD_ARM_H */
