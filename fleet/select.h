/* select.h - which hosts a person means: web1, web*, rack=7,role!=db.
 *
 *	selector = part { blank part }		any of them
 *	part	 = term { "," term }		all of them
 *	term	 = [ "!" ] name | key "=" value | key "!=" value |
 *		   key "in" "(" value { "," value } ")" | key "notin" "(" ... ")"
 *
 * A key is a label, or one of those of select_is_builtin(): name, state,
 * profile, tree, group, origin.  Names and values may have * and ?; a value in
 * double quotes is taken as it is.  A name that is a MAC address is the host
 * that has it.  A host without the label is meant by != and notin.
 *
 * Pure.  Ownership: select_free().  Errors: -EINVAL with why, -ENOMEM; no more
 * than SELECT_MAX bytes and SELECT_TERMS values.  Layer: fleet.
 */
#ifndef FLEET_SELECT_H
#define FLEET_SELECT_H

#include "../lib/schema.h"

#define SELECT_MAX	12288u
#define SELECT_TERMS	1024u

struct select;

/* A host as a selector sees it.  NULL: it has none. */
struct select_in {
	const char		*name, *state, *profile, *tree, *origin;
	const struct mac	*mac;
	size_t			 n_mac;
	const struct cfg_var	*label;
	size_t			 n_label;
	const char *const	*group;
	size_t			 n_group;
};

int	select_parse(const char *text, struct select **ret, char why[200]);
void	select_free(struct select *);		/* NULL is fine */
bool	select_match(const struct select *, const struct select_in *);
/* One by one: who names what is not there wants to know. */
size_t	select_parts(const struct select *);
const char *select_part(const struct select *, size_t i);	/* as it was written */
bool	select_match_part(const struct select *, size_t i, const struct select_in *);
/* Does it ask for this key? */
bool	select_uses(const struct select *, const char *key);

bool	select_is_builtin(const char *key);
/* Can it be a label's name: a letter, then letters, digits, ".", "_", "-", "/"? */
bool	select_is_key(const char *key);

#endif /* FLEET_SELECT_H */
