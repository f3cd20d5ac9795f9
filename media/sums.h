/* sums.h - cksum(1), SHA-256, and files of sums as sha256sum(1) writes them.
 *
 * Pure but for media_sum_file(), which reads a file of a view whole, by both
 * sums at once, and blocks.  Layer: media.
 */
#ifndef MEDIA_SUMS_H
#define MEDIA_SUMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../lib/buf.h"
#include "blake2b.h"

struct view;

/* cksum of POSIX: a CRC of the bytes and then of their number. */
struct media_cksum { uint32_t table[256], crc; uint64_t bytes; };
void	 media_cksum_init(struct media_cksum *);
void	 media_cksum_add(struct media_cksum *, const void *, size_t);
uint32_t media_cksum_end(struct media_cksum *);

struct media_sum {
	uint64_t bytes;
	uint32_t cksum;
	char	 sha256[65];
	char	 blake2b[BLAKE2B_TEXT];	/* as pkg(8) writes it; only where the caller sets want */
	bool	 want_blake2b;
};
/* Negative errno of the tree. */
int	media_sum_file(const struct view *, const char *path, struct media_sum *ret,
	    void (*tick)(void *, size_t), void *arg);

/* "SUM  PATH" or, with odd characters in it, "\SUM  PATH" with those escaped. */
void	media_sums_line(struct buf *, const char sha256[65], const char *path);
/* fn for each line; -EBADMSG with the line's number for what is not such a line. */
int	media_sums_parse(const char *text, size_t len,
	    int (*fn)(void *arg, const char *path, const char *sha256), void *arg,
	    unsigned *ret_line);

#endif /* MEDIA_SUMS_H */
