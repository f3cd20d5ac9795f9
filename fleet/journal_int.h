/* journal_int.h - what the files of the journal share.
 *
 * The file: magic, a random number (salt), records.  The salt is mixed into
 * each record's checksum: a client that puts the bytes of a record into its
 * client id cannot have it read as one after a crash.
 * Layer: fleet, internal.
 */
#ifndef FLEET_JOURNAL_INT_H
#define FLEET_JOURNAL_INT_H

#include <sys/types.h>

#include "journal.h"

#define JOURNAL_MAGIC		"provdLJ1"
#define JOURNAL_MAGIC_LEN	8u
#define JOURNAL_SALT_LEN	4u
#define JOURNAL_HEAD_LEN	(JOURNAL_MAGIC_LEN + JOURNAL_SALT_LEN)
#define JOURNAL_BUF		((size_t)64 << 10)

int	journal_errno(void);		/* from errno */
ssize_t	journal_read_full(int fd, uint8_t *buf, size_t len, uint64_t off);
int	journal_write_full(int fd, const uint8_t *buf, size_t len, uint64_t off);
void	journal_mix_salt(uint8_t *rec, const uint8_t salt[JOURNAL_SALT_LEN]);

/* Where the last record of each address stands. */
struct journal_place { uint32_t addr; uint64_t off; };	/* off 0: empty */
struct journal_places {
	struct journal_place *slot;
	size_t		 cap, n;	/* a power of two, at most 2/3 full */
};
uint64_t journal_places_get(const struct journal_places *, uint32_t addr);	/* 0: none */
/* Room for n more, so that journal_places_set() cannot fail. */
int	journal_places_reserve(struct journal_places *, size_t n);
void	journal_places_set(struct journal_places *, uint32_t addr, uint64_t off);
int	journal_places_copy(const struct journal_places *, struct journal_places *ret);

/* Go through the records from off to limit.  Where there is none, the next
 * one is looked for byte by byte.  fn gets each record as it stands in the
 * file, and what it says. */
typedef int journal_walk_fn(void *arg, const struct lease *, uint64_t off,
	    const uint8_t *rec, size_t len);
struct journal_walk {
	int		 fd;
	const uint8_t	*salt;
	uint64_t	 off, limit;
	uint64_t	 good;		/* out: end of the last good record */
	size_t		 records;	/* out */
};
int	journal_walk(struct journal_walk *, journal_walk_fn *, void *arg);

struct journal_opening {
	journal_fn	*fn;
	void		*arg;
	struct journal_places *places;	/* filled in; NULL: not wanted */
	uint64_t	 bytes;		/* out: of good records */
};
/* As journal_scan(); -EBADMSG: not a journal.  ret->end 0: no header yet. */
int	journal_scan_file(int fd, struct journal_opening *,
	    uint8_t salt[JOURNAL_SALT_LEN], struct journal_scan *ret);

#endif /* FLEET_JOURNAL_INT_H */
