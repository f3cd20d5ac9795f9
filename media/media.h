/* media.h - release discs become trees in the media directory.
 *
 * What provctl's `media` commands do; each runs to its end in the caller's
 * process, needs no server, and tells it to nobody: that is provctl's.
 * Errors: negative errno with a line in why.  Layer: media.
 */
#ifndef MEDIA_MEDIA_H
#define MEDIA_MEDIA_H

#include "../profiles/identify.h"
#include "dir.h"
#include "source.h"

/* What a person is told. */
struct media_ui {
	void	(*say)(void *arg, const char *line);
	void	(*bad)(void *arg, const char *path, const char *what);	/* a file that is wrong */
	/* Often: bytes done of how many (0: not known).  what: "unpacking", "checking". */
	void	(*progress)(void *arg, const char *what, uint64_t done, uint64_t of);
	void	*arg;
};

struct media_add {
	const char	*file;		/* image, archive or directory */
	const char	*name;
	bool		 dry;		/* say what would be done */
	bool		 replace;	/* a tree of this name may be there */
	/* Results. */
	struct release_id id;		/* after all; of a dry run only what the names tell */
	uint64_t	 bytes;
	size_t		 files, kept, left_out;
	bool		 mtree;		/* the disk could not keep everything */
	bool		 replaced;	/* what was there is .NAME.old */
	bool		 finished;	/* only what another run had begun was finished */
};

/* -EEXIST: there is a tree of that name; -EBADMSG: not a disc, damaged, or its
 * sums are wrong; -EINVAL: no release that provd knows, or a hostile name;
 * -EWOULDBLOCK; -ENOSPC.  What was unpacked stays for the next try, unless it is of no use. */
int	media_add(const struct media_dir *, struct media_add *, const struct media_ui *,
	    char why[MEDIA_WHY]);

struct media_report {
	struct release_id id;
	unsigned	n_good, n_bad, n_absent;
	uint64_t	bytes;
	bool		pinned;		/* there were sums of ours */
};
/* A complete tree against its sums.  0 even when files are bad. */
int	media_verify(const struct media_dir *, const char *name, struct media_report *,
	    const struct media_ui *, char why[MEDIA_WHY]);
int	media_identify(const struct media_dir *, const char *name, struct release_id *,
	    char why[MEDIA_WHY]);

#endif /* MEDIA_MEDIA_H */
