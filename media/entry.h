/* entry.h - what an image says of each of its files.
 *
 * A list of entries by path: in the order in which they came, and to be
 * found by name.  A directory may come twice (the last one counts), nothing else.
 * Pure.  Ownership: the list owns all of it; an entry's address changes with
 * the next media_list_add(), its index does not.
 * Errors: -ENOMEM; -EEXIST; -E2BIG, more than MEDIA_ENTRIES_MAX.  Layer: media.
 */
#ifndef MEDIA_ENTRY_H
#define MEDIA_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../tree/tree.h"

#define MEDIA_ENTRIES_MAX	((size_t)1 << 20)

struct media_entry {
	char		*path;		/* no leading slash; "" is the root */
	enum tree_type	 type;
	uint32_t	 mode, uid, gid;
	uint32_t	 nlink;		/* 0: the image does not say */
	uint64_t	 size;
	int64_t		 mtime;
	uint32_t	 mtime_ns;
	char		*link;		/* of a symbolic link: what it says; of a hard link: the path */
	bool		 hard;		/* another name of what lies at link */
	bool		 implied;	/* a directory that only stands in the way to others */
	char		*flags;		/* BSD file flags as "schg,uarch", or NULL */
	size_t		 first;		/* index of the entry that a hard link names; else its own */
	uint32_t	 names;		/* of the first: how many lead to it */
};

struct media_list {
	struct media_entry *e;
	size_t		 n, cap;
	size_t		*slot;		/* hash table of index + 1 */
	size_t		 n_slot;
	uint64_t	 bytes;		/* of the regular files */
};

/* A name as an archive has it, "./usr//bin/": the path of it in the tree.
 * -EINVAL with a word in why for what leads out of the tree, -ENAMETOOLONG. */
int	media_path(const char *name, char ret[TREE_PATH_MAX + 1], const char **ret_why);
/* Copies path, link and flags.  *ret: its index. */
int	media_list_add(struct media_list *, const struct media_entry *, size_t *ret);
struct media_entry *media_list_find(const struct media_list *, const char *path);	/* NULL */
/* Is there such a file, or anything beneath such a directory? */
bool	media_list_has(const struct media_list *, const char *path);
void	media_list_done(struct media_list *);

#endif /* MEDIA_ENTRY_H */
