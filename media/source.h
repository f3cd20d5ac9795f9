/* source.h - a disc, an archive or a directory, entry by entry.
 *
 * libarchive reads it: an ISO 9660 image (never mounted), a tar archive,
 * either compressed or not, or a directory.  It only reads: what its entries
 * lead to is made by unpack.c.  No other file knows of libarchive.
 *
 * Errors: negative errno with a line in why that begins with the source's
 * name; -EBADMSG, it is damaged or something else.  Blocks.  Layer: media.
 */
#ifndef MEDIA_SOURCE_H
#define MEDIA_SOURCE_H

#include "entry.h"

#define MEDIA_WHY	400

struct media_source;

enum media_kind { MEDIA_ISO, MEDIA_TAR, MEDIA_DIR };

int	media_source_open(const char *file, struct media_source **ret, char why[MEDIA_WHY]);
/* 1 and the next entry, borrowed until the next call; 0 at the end.  Sockets,
 * FIFOs and devices come as TREE_SOCK, ...: nobody needs them from a release.
 * A name that leads out of the tree is -EINVAL. */
int	media_source_next(struct media_source *, struct media_entry *ret, char why[MEDIA_WHY]);
/* 1 and the next piece of the entry's bytes, borrowed; 0 at their end.  What
 * lies between pieces is zeroes. */
int	media_source_data(struct media_source *, const void **ret, size_t *ret_len,
	    uint64_t *ret_off, char why[MEDIA_WHY]);
enum media_kind media_source_kind(const struct media_source *);	/* after the first entry */
/* Would going through the names cost less than unpacking? */
bool	media_source_scannable(const struct media_source *);
uint64_t media_source_pos(const struct media_source *);	/* bytes read */
uint64_t media_source_size(const struct media_source *);	/* of those; 0 not known */
/* Says who it is: another source of that name would say something else. */
void	media_source_mark(const struct media_source *, char ret[128]);
/* The bytes of one file of a small archive in memory, NUL-terminated.  -EBADMSG
 * with a line in why: damaged, too large, or it has no such file. */
int	media_source_member(const void *archive, size_t len, const char *name, size_t max,
	    char **ret, size_t *ret_len, char why[MEDIA_WHY]);
void	media_source_close(struct media_source *);	/* NULL is fine */

#endif /* MEDIA_SOURCE_H */
