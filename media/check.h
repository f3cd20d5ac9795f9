/* check.h - is a tree what its maker says it is?
 *
 * Each set against MANIFEST's SHA-256, each piece against its .inf file's
 * cksum and size, each package against the catalogue of its repository, and what
 * the maker has no SHA-256 of (pieces, packages) against our own of the day on
 * which the tree was added.
 * Errors: negative errno of the tree or of memory; what is wrong with
 * the files is no error but a call of bad() each.  Blocks.  Layer: media.
 */
#ifndef MEDIA_CHECK_H
#define MEDIA_CHECK_H

#include "../lib/buf.h"
#include "../profiles/identify.h"

struct media_check {
	const struct view *view;
	const struct release_id *id;
	void		(*bad)(void *arg, const char *path, const char *what);
	void		(*tick)(void *arg, size_t bytes);
	void		*arg;
	const char	*pinned;	/* text of an earlier file of sums, or NULL */
	size_t		 pinned_len;
	/* Results. */
	struct buf	 sums;		/* ours, as of now; empty where MANIFEST has better */
	unsigned	 n_good, n_bad, n_absent;	/* absent: MANIFEST has it, the disc does not */
	uint64_t	 bytes;
};

int	media_check(struct media_check *);
void	media_check_done(struct media_check *);

#endif /* MEDIA_CHECK_H */
