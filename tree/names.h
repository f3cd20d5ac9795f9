/* names.h - the names in a directory, in the order of their cookies.
 *
 * A cookie is a keyed hash of the name, so it needs no table and survives a
 * restart; names whose hashes are equal take the numbers that follow, in the
 * order of the names.  "." and ".." have 1 and 2.  Pure.
 * Layer: tree, internal.
 */
#ifndef TREE_NAMES_H
#define TREE_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COOKIE_DOT	1u
#define COOKIE_DOTDOT	2u
#define COOKIE_FIRST	3u

struct name {
	uint64_t	 cookie;
	const char	*s;		/* NUL-terminated */
	uint16_t	 len;
	uint8_t		 level;		/* hash byte for handles, 1..255 */
	uint8_t		 d_type;	/* DT_*, as a hint */
	uint8_t		 layer;		/* of the tree, that it comes from */
};

/* Fill cookie and level from a name's hash. */
void	name_hashed(struct name *, uint64_t hash);
/* By its type hint. */
bool	name_may_be_dir(const struct name *);
/* Sort, leave out what an earlier layer has too, and resolve collisions; how
 * many are left. */
size_t	names_settle(struct name *, size_t n);
/* Index of the first name with a cookie > cookie; n at the end. */
size_t	names_after(const struct name *, size_t n, uint64_t cookie);
/* As names_settle(), for names that lie over those of base: the same name
 * takes the same cookie, others never take one of base's.  base keeps its. */
void	names_settle_over(struct name *, size_t n, const struct name *base,
	    size_t n_base);

#endif /* TREE_NAMES_H */
