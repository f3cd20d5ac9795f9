/* release.h - what a release tree offers to be installed, read through its view.
 *
 * Linux (and FreeBSD from 9 on): DIR/MANIFEST with a line for each archive.
 * Classic FreeBSD: DIR/NAME/NAME.inf with the sums of the pieces name.aa,
 * name.ab, ... that make one archive.
 * A set without a sum is not offered at all.
 * Errors: negative errno of the tree, -EBADMSG with a line in why for a file that
 * can't be understood.  Blocks.  Layer: profiles.
 */
#ifndef PROFILES_RELEASE_H
#define PROFILES_RELEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct view;

#define RELEASE_SETS_MAX	256u
#define RELEASE_PIECES_MAX	676u	/* aa .. zz */

struct release_piece { uint32_t cksum; uint64_t bytes; };

struct release_set {
	char		 name[64];	/* base, kernels/generic, src/sbase */
	char		 file[128];	/* below DIR; of pieces without ".aa" */
	uint64_t	 bytes;
	char		 sha256[65];	/* "" with pieces */
	struct release_piece *piece;	/* with cksum(1) of each, or NULL */
	size_t		 n_piece;
};

struct release {
	char		 dir[201];	/* in the tree, no leading slash */
	struct release_set *set;
	size_t		 n_set;
};

int	release_manifest(const struct view *, const char *dir, struct release *ret,
	    char why[200]);
/* Adds one classic set; what is not there is -ENOENT. */
int	release_classic(const struct view *, const char *name, struct release *,
	    char why[200]);
const struct release_set *release_find(const struct release *, const char *name);
void	release_done(struct release *);

/* The parsers, for tests. */
int	release_parse_manifest(const char *text, size_t len, struct release *, char why[200]);
int	release_parse_inf(const char *text, size_t len, struct release_set *, char why[200]);

/* A whole regular file of the tree, NUL-terminated.  -EFBIG over max. */
int	release_read(const struct view *, const char *path, size_t max,
	    char **ret, size_t *ret_len);
/* Is it there, a regular file (links followed), and readable? */
int	release_check(const struct view *, const char *path, uint64_t *ret_bytes);

#endif /* PROFILES_RELEASE_H */
