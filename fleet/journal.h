/* journal.h - the lease journal: an append-only file of checksummed records.
 *
 * A magic header, then records as lease_encode() makes them; of several for
 * one address the last one counts.  A batch of records is one write and one
 * fdatasync.  When a write fails the file is cut back to its last good
 * record: nothing of the batch was promised.
 *
 * Opening reads it through.  A torn tail (a crash in the middle of a write)
 * is cut off.  Damage before records that are good is stepped over, counted,
 * and goes away with the next compaction.  A file that does not begin as a
 * journal is refused, not overwritten.
 *
 * Compaction runs in a thread of its own: it writes the last record of every
 * address to a new file; journal_append() then adds what came meanwhile and
 * puts the new file in the old one's place.
 *
 * One thread uses a journal (the store's).  Never logs.
 * Errors: negative errno; -ENOSPC also for quotas and file size limits.
 * Layer: fleet.
 */
#ifndef FLEET_JOURNAL_H
#define FLEET_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lease.h"

#define JOURNAL_NAME	"leases.journal"

struct journal;

struct journal_stat {
	uint64_t	bytes;		/* length of the file */
	size_t		records, live;	/* in the file; one for each address */
	size_t		damaged;	/* bytes stepped over or cut off when opening */
	unsigned	compactions;	/* that succeeded */
	int		compact_err;	/* why the last one did not, or 0 */
};

typedef int journal_fn(void *arg, const struct lease *);	/* stop on < 0 */

/* dirfd is used until journal_close(), and stays the caller's.
 * fn is called for each record in the order in which they were written. */
int	journal_open(int dirfd, journal_fn *fn, void *arg, struct journal **ret);
int	journal_append(struct journal *, const struct lease *const *, size_t n);
void	journal_stat(const struct journal *, struct journal_stat *ret);
/* Compaction: journal_append() starts it when the file holds more than four
 * times what lives; tests and fuzzers force it, and wait for its end. */
int	journal_compact(struct journal *);
void	journal_close(struct journal *);	/* NULL is fine */

/* For fuzzing: what opening does with any file.  Cuts the tail off. */
struct journal_scan { uint64_t end; size_t records, damaged; };
int	journal_scan(int fd, journal_fn *fn, void *arg, struct journal_scan *ret);

#endif /* FLEET_JOURNAL_H */
