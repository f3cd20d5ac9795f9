/* vars.h - the variables of a profile: ${name} in its text.
 *
 * A name is [a-z_][a-z0-9_]*, at most 31 bytes, so that every variable can
 * also be handed to a shell without touching PATH and its like.  "$${" stands
 * for "${" itself; any other "$" is plain text.  Values are not expanded
 * again: there is no recursion.
 * Pure.  Layer: profiles.
 */
#ifndef PROFILES_VARS_H
#define PROFILES_VARS_H

#include <stdbool.h>
#include <stddef.h>

#include "../lib/buf.h"

#define VARS_NAME_MAX	32u		/* with the NUL */
#define VARS_MAX	512u

struct vars { struct var { char name[VARS_NAME_MAX]; char *value; } *v; size_t n; };

bool	 vars_name_ok(const char *);
/* Replaces an earlier value.  -EINVAL: the name; -E2BIG: too many; -ENOMEM. */
int	 vars_set(struct vars *, const char *name, const char *value);
const char *vars_get(const struct vars *, const char *name);	/* NULL: not there */
/* -ENOENT: bad names a variable that is not there; -EINVAL: bad begins a "${"
 * that has no proper name or no end. */
int	 vars_expand(const struct vars *, const char *text, struct buf *out,
	    char bad[VARS_NAME_MAX]);
void	 vars_free(struct vars *);

#endif /* PROFILES_VARS_H */
