/* kept.h - hosts that do not stand in provd.yaml, but in the store: added
 * through the API, or adopted.  A list in the order of their names.
 *
 * Control thread; a copy is any thread's.  Errors: -ENOMEM.  Layer: provd.
 */
#ifndef PROVD_KEPT_H
#define PROVD_KEPT_H

#include "../fleet/fleet.h"

struct kept_list { struct cfg_kept *host; size_t n; };

int	kept_load(struct fleet *, struct kept_list *);
int	kept_peek(const char *state, struct kept_list *);	/* without a fleet */
int	kept_copy(const struct kept_list *, struct kept_list *ret);
void	kept_free(struct kept_list *);
struct cfg_kept *kept_find(const struct kept_list *, const char *name);
/* text NULL: it is marked as deleted in a list of changes. */
int	kept_put(struct kept_list *, const char *name, enum cfg_origin, const char *text);
/* What of change is to be: put, or taken away. */
int	kept_apply(struct kept_list *, const struct kept_list *change);
/* As the store has it. */
char	*kept_text(const struct cfg_kept *);

#endif /* PROVD_KEPT_H */
