/* classic_sets.h - the distributions of a classic FreeBSD disc (4 to 8), in the
 * order in which sysinstall(8) unpacks them, where each belongs, and which of
 * them it takes together under one name.
 *
 * One table for all releases: a set that a release does not have is no member
 * of what it calls User or All.
 * Pure.  Layer: profiles.
 */
#ifndef PROFILES_CLASSIC_SETS_H
#define PROFILES_CLASSIC_SETS_H

#include <stdbool.h>
#include <stddef.h>

#define CLASSIC_NAME_MAX	64u

struct classic_set {
	const char	*name;		/* PARENT/NAME, or NAME in a directory of its own */
	const char	*target;	/* below the new root: "", "/boot" */
	unsigned	 canned;	/* bit CANNED_*: a member of that */
	unsigned	 last;		/* the last FreeBSD that had it; 0: the classic discs' last */
};

extern const struct classic_set classic_sets[];
extern const size_t classic_n;

/* In any case, and with or without its parent: GENERIC, sbase, src/sbase.  The
 * i-th that fits, or NULL: ssecure was crypto's before it was src's. */
const struct classic_set *classic_find(const char *name, size_t i);
/* Where a set is unpacked, known or not. */
const char *classic_target(const char *name);
bool	classic_in(const struct classic_set *, int canned);

#endif /* PROFILES_CLASSIC_SETS_H */
