/* unpack.h - an image's entries become files beneath a directory.
 *
 * libarchive's own writer is not used: it goes by names from the working
 * directory, its SECURE flags look at a path before they use it, and it can't
 * say what the file system did not take.  Here every name is opened beneath
 * the tree's descriptor without following any link, a directory that an
 * entry names must be one that this run made, and a hard link leads to a
 * file that this run made.  Devices, sockets and FIFOs are left out.
 *
 * A file is written under another name and renamed when it is complete, with
 * its times: so what is there after an interruption, with size and time of the
 * entry, is complete and is not written again.
 *
 * Errors: negative errno with a line in why; -ENOSPC.  Blocks.  Layer: media.
 */
#ifndef MEDIA_UNPACK_H
#define MEDIA_UNPACK_H

#include "source.h"

struct media_unpack {
	int		 media;		/* directory of the temporary file */
	const char	*tmp;		/* its name there */
	int		 root;		/* of the tree */
	struct media_list list;
	size_t		 n_kept;	/* files that were there already */
	size_t		 n_out;		/* devices and the like, left out */
	uint64_t	 written;	/* bytes */
	int		 dir;		/* the last directory, -1 none */
	char		 dir_path[TREE_PATH_MAX + 1];
};

/* media, tmp and root are the caller's; dir is -1. */
int	media_unpack_entry(struct media_unpack *, struct media_source *,
	    const struct media_entry *, void (*tick)(void *), void *arg, char why[MEDIA_WHY]);
/* Directories get their owners, modes and times; then all of it is brought to
 * the disk. */
int	media_unpack_finish(struct media_unpack *, char why[MEDIA_WHY]);
void	media_unpack_done(struct media_unpack *);

#endif /* MEDIA_UNPACK_H */
