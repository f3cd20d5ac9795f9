/* catalogue.h - what a repository of pkg(8) says of its packages: file, size, sum.
 *
 * DIR/data.pkg (or packagesite.pkg) is an archive of one JSON text, or of one
 * for each package.  Errors: negative errno of the tree; -EBADMSG with a line
 * in why for what can't be read; -ENOENT: there is no catalogue.
 * Blocks, but for _parse.  Layer: media.
 */
#ifndef MEDIA_CATALOGUE_H
#define MEDIA_CATALOGUE_H

#include "source.h"

struct catalogue_entry {
	char		*path;		/* below DIR */
	uint64_t	 bytes;
	char		 sum[160];	/* as pkg writes it: "2$..." or a SHA-256 in hex */
};
struct catalogue { struct catalogue_entry *e; size_t n; };

int	catalogue_read(const struct view *, const char *dir, struct catalogue *ret, char why[MEDIA_WHY]);
void	catalogue_done(struct catalogue *);
/* NULL: it does not say anything of this file. */
const struct catalogue_entry *catalogue_find(const struct catalogue *, const char *path);

/* {"packages":[...]}, or a package on each line. */
int	catalogue_parse(const char *text, size_t len, struct catalogue *ret, char why[MEDIA_WHY]);

#endif /* MEDIA_CATALOGUE_H */
