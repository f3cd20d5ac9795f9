/* dir.h - the media directory: trees, and what is on its way to be one.
 *
 *	NAME			a complete tree; NAME.mtree, NAME.sums beside it
 *	.NAME.part		being unpacked; .NAME.part.mtree, .NAME.part.sums
 *	.NAME.from		what it is unpacked from; locked meanwhile
 *	.NAME.tmp		a file being written
 *	.NAME.old		the tree that was replaced or removed
 *
 * A tree becomes current by one rename (with a tree in its place: by one
 * exchange, where the system has that).  What follows is noted in .NAME.from
 * before, so that it is done by the next command if this one does not.
 *
 * Errors: negative errno.  Blocks.  Layer: media.
 */
#ifndef MEDIA_DIR_H
#define MEDIA_DIR_H

#include <stdbool.h>
#include <stdint.h>

#include "../lib/buf.h"

#define MEDIA_NAME_MAX	63u

struct media_dir {
	int	 fd;
	char	*path;		/* absolute */
};

/* make: it need not be there yet. */
int	media_dir_open(struct media_dir *, const char *path, bool make);
void	media_dir_close(struct media_dir *);

bool	media_name_ok(const char *name);	/* as a tree's name in provd.yaml */
/* ".NAME" + suffix, or "NAME" + suffix. */
#define MEDIA_FILE	(MEDIA_NAME_MAX + 32u)
void	media_hidden(const char *name, const char *suffix, char ret[MEDIA_FILE]);
bool	media_has_dir(const struct media_dir *, const char *name);

/* .NAME.from */
struct media_state {
	int	 fd;			/* locked; -1 none */
	char	 mark[128];		/* of the source; "" nothing begun */
	char	 file[300];		/* its name, for people */
	unsigned uid;			/* who unpacks */
	uint64_t commit;		/* inode of the tree that is to be current; 0: not so far */
	bool	 mtree, sums;		/* it has such a file */
};
/* -EWOULDBLOCK: another process works on this name. */
int	media_state_open(const struct media_dir *, const char *name, struct media_state *);
/* As above, without lock, and without making it: -ENOENT. */
int	media_state_peek(const struct media_dir *, const char *name, struct media_state *);
int	media_state_save(const struct media_state *);
void	media_state_close(struct media_state *);

/* The complete .NAME.part becomes NAME; also finishes what another began.
 * The tree that was there, if any, is .NAME.old then. */
int	media_commit(const struct media_dir *, const char *name, struct media_state *);
/* NAME or what is left of it, out of the way at once: to .NAME.old. */
int	media_retire(const struct media_dir *, const char *name);
/* A directory and all beneath it; not there is fine. */
int	media_delete(int dirfd, const char *name);
/* The partly unpacked tree, and the files beside it. */
int	media_delete_part(const struct media_dir *, const char *name);
/* A whole small file, made durable. */
int	media_write_file(const struct media_dir *, const char *file, const struct buf *);
int	media_read_file(const struct media_dir *, const char *file, struct buf *);	/* -ENOENT */

#endif /* MEDIA_DIR_H */
