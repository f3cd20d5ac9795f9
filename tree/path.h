/* path.h - paths inside a view, as text.
 *
 * A path has no leading slash and no empty, "." or ".." component; "" is the
 * root.  Pure.  Layer: tree, internal.
 */
#ifndef TREE_PATH_H
#define TREE_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tree.h"

/* A path of at least one component that a handle can hold: -EINVAL, -ENAMETOOLONG. */
int	path_check(const char *path, size_t len);
/* One component: -EINVAL for "", ".", ".." and slashes or NULs inside, -ENAMETOOLONG. */
int	path_check_name(const char *name, size_t len);
size_t	path_dir_len(const char *path, size_t len);	/* of the parent; 0: the root */
const char *path_name(const char *path, size_t len);	/* the last component */
unsigned path_depth(const char *path, size_t len);	/* components; 0: the root */
/* dir/name into buf of TREE_PATH_MAX + 1; buf may be dir.  -ENAMETOOLONG. */
int	path_join(const char *dir, size_t dir_len, const char *name,
	    size_t name_len, char *buf, size_t *ret_len);

/* Keyed hashes, each over a domain of its own. */
uint64_t path_hash(const uint8_t key[16], uint32_t tree_id, const char *path,
	    size_t len);	/* never 0 */
uint64_t path_name_hash(const uint8_t key[16], const char *name, size_t len);

/* The special names: TOKEN is view's own. */
enum path_kind {
	PATH_PLAIN,		/* not under .provd */
	PATH_PROVD,		/* .provd itself */
	PATH_UNDER,		/* under .provd, but no special name: overlay only */
	PATH_TOKEN, PATH_CLAIMS, PATH_REPORTS, PATH_LOG,
	PATH_CLAIM, PATH_REPORT,
	PATH_NONE,		/* a name of the wrong shape */
};
#define PATH_PROVD_NAME	".provd"
enum path_kind path_kind(const char *token, const char *path, size_t len);
/* 1 to 20 digits that fit 64 bits. */
bool	path_claim_number(const char *name, size_t len, uint64_t *ret);

#endif /* TREE_PATH_H */
