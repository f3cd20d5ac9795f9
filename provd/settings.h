/* settings.h - the configuration together with the profiles it names.
 *
 * Immutable and counted, like struct config.  The trees of the media directory
 * stand among those of the configuration.  settings_load() writes every
 * mistake it finds, one line each, into errors.  Layer: provd.
 */
#ifndef PROVD_SETTINGS_H
#define PROVD_SETTINGS_H

#include "../fleet/config.h"
#include "../profiles/profile.h"

struct settings {
	_Atomic int	 refs;
	struct config	*cfg;
	struct profile	**profile;
	size_t		 n_profile;
	struct buf	 left_out;	/* trees of `media` that are not served: "NAME WHY" lines */
};

/* kept: hosts that stand elsewhere; see config_load_with(). */
int	settings_load(const char *file, const struct cfg_kept *kept, size_t n,
	    struct settings **ret, struct buf *errors);
/* The files as they were then, with these. */
int	settings_again(const struct settings *, const struct cfg_kept *, size_t n,
	    struct settings **ret, struct buf *errors);
struct settings *settings_ref(struct settings *);
void	settings_unref(struct settings *);		/* NULL is fine */
const struct profile *settings_profile(const struct settings *, const char *name);

#endif /* PROVD_SETTINGS_H */
