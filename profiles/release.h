/* release.h - what a release tree offers to be installed, read through its view.
 *
 * Linux (and FreeBSD from 9 on): DIR/MANIFEST with a line for each archive.
 * Classic FreeBSD: DIR/NAME/NAME.inf with the sums of the pieces name.aa,
 * name.ab, ... that make one archive; or one NAME.tgz or NAME.tbz. Their sha256 is
 * in CHECKSUM.SHA256 beside them (6 and later), or in sums of our own.
 * A set without a sum is not offered at all.
 * FreeBSD of packages (15 and later): DIR/repos/FreeBSD-base-offline.conf says where the
 * repository of pkg(8) is; each package is a "set", its sum is pkg's matter.
 * Errors: negative errno of the tree, -EBADMSG with a line in why for a file that
 * can't be understood.  Blocks.  Layer: profiles.
 */
#ifndef PROFILES_RELEASE_H
#define PROFILES_RELEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "identify.h"

#define RELEASE_SETS_MAX	4096u	/* the packages of a whole FreeBSD are a thousand */
#define RELEASE_PIECES_MAX	676u	/* aa .. zz */

enum release_pack { PACK_NONE, PACK_GZIP, PACK_BZIP2 };

struct release_piece {
	bool		 has_cksum;
	uint32_t	 cksum;
	uint64_t	 bytes;
	char		 sha256[65], md5[33];	/* "" not known */
};

struct release_set {
	char		 name[64];	/* base, kernels/generic, src/sbase */
	char		 file[128];	/* below DIR; of pieces without ".aa" */
	uint64_t	 bytes;
	char		 sha256[65];	/* "" with pieces */
	struct release_piece *piece;	/* with a sum of each, or NULL */
	size_t		 n_piece;
	bool		 whole;		/* one piece, which is file itself */
	enum release_pack pack;		/* of pieces: as their first bytes say */
};

struct release {
	enum release_sets kind;		/* identify.h: MANIFEST, pieces or packages */
	unsigned	 major, minor;	/* of FreeBSD; 0 not known */
	char		 dir[201];	/* in the tree, no leading slash */
	struct release_set *set;
	size_t		 n_set;
	/* Sums of our own, as sha256sum(1) writes them, by paths in the tree: when
	 * given, every piece must be there. Borrowed. */
	const char	*pins;
	size_t		 pins_len;
};

int	release_manifest(const struct view *, const char *dir, struct release *ret,
	    char why[200]);
/* Adds one classic set, if it is not there already, by any name that
 * classic_find() knows; "src" is all of src.  -ENOENT: the release has none. */
int	release_classic(const struct view *, const char *name, struct release *,
	    char why[200]);
/* -ENOENT: DIR is no repository and names none; sorted by name. */
int	release_packages(const struct view *, const char *dir, struct release *ret,
	    char why[200]);
const struct release_set *release_find(const struct release *, const char *name);
void	release_done(struct release *);

/* The parsers, for tests. */
int	release_parse_manifest(const char *text, size_t len, struct release *, char why[200]);
int	release_parse_inf(const char *text, size_t len, struct release_set *, char why[200]);
/* The directory in the tree that a repository's url names. */
bool	release_parse_repository(const char *text, size_t len, char ret[201]);
/* The name of the package in a file NAME-VERSION.pkg. */
bool	release_package_name(const char *file, size_t len, char ret[64]);
/* The sum of a file in what sha256sum(1), or sha256(1) or md5(1) of FreeBSD
 * wrote; hex: how many digits it has. */
bool	release_sum(const char *text, size_t len, const char *file, size_t hex, char *ret);

/* The next line of a text, without its end. */
bool	release_line(const char **p, const char *end, const char **line, size_t *len);
struct release_set *release_grow(struct release *);	/* NULL: too many, or no memory */
/* A whole regular file of the tree, NUL-terminated.  -EFBIG over max. */
int	release_read(const struct view *, const char *path, size_t max,
	    char **ret, size_t *ret_len);
/* Is it there, a regular file (links followed), and readable? */
int	release_check(const struct view *, const char *path, uint64_t *ret_bytes);

#endif /* PROFILES_RELEASE_H */
