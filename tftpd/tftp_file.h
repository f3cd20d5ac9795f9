/* tftp_file.h - the files that a worker is sending: each opened once, and the
 * pieces of them that its transfers have in hand, each read once.
 *
 * A rack that boots at once asks for the same few files, at nearly the same
 * places.  A file stays open while a transfer has it; one that was replaced or
 * changed on the disk is another file.  Some pieces that nobody has in hand are
 * kept for those who come later, TFTP_SPARE of all files together.
 *
 * Everything belongs to the worker's thread, but for what a disk thread fills.
 * Ownership: files and pieces are counted.
 * Errors: negative errno; -ENOBUFS when too many wait for disks, -EINPROGRESS
 * when a disk thread reads it.
 * Layer: tftpd, I/O.
 */
#ifndef TFTPD_TFTP_FILE_H
#define TFTPD_TFTP_FILE_H

#include <sys/queue.h>

#include "../fleet/service.h"

#define TFTP_CHUNK	((size_t)32 << 10)	/* of a file; more if a block is */
#define TFTP_SPARE	64u			/* 2 MiB */

struct tftp_files;
struct tftp_file;

/* A part of a file.  len is less than was asked for when the file ended before
 * its size, or could not be read: then err says why. */
struct tftp_chunk {
	TAILQ_ENTRY(tftp_chunk)	 link;	/* the map's spares, if refs is 0 */
	struct tftp_chunk	*hash_next;
	struct tftp_file	*file;
	TAILQ_HEAD(, tftp_wait)	 waits;
	struct pool_job		 job;
	unsigned		 refs;
	bool			 busy, listed;
	uint64_t		 off;
	size_t			 cap, len;
	int			 err;
	uint8_t			 data[];
};

/* Who waits for a chunk: after ready() it is in .got, a reference. */
struct tftp_wait {
	TAILQ_ENTRY(tftp_wait)	 link;
	struct tftp_chunk	*on, *got;
	void			(*ready)(struct tftp_wait *);
};

/* What tells one content of one file from another. */
struct tftp_key {
	const void	*tree;
	uint64_t	 dev, ino, path;	/* path: a hash, where there is no inode */
	uint64_t	 size;
	struct tree_time mtime, ctime;
	uint32_t	 mode, uid, gid;
	bool		 shared;	/* false: not to be found by others */
};

int	tftp_files_new(struct worker *, struct tftp_files **ret);
/* After all transfers; what disk threads still have goes when they are done. */
void	tftp_files_free(struct tftp_files *);		/* NULL is fine */
/* Any thread.  secret: of the snapshot. */
void	tftp_file_key(const uint8_t secret[16], const struct node *,
	    struct tftp_key *ret);

/* A reference to a file that is open, or NULL. */
struct tftp_file *tftp_file_find(struct tftp_files *, const struct tftp_key *);
/* Of one that was opened; on success it belongs to *ret. */
int	tftp_file_new(struct tftp_files *, const struct tftp_key *,
	    struct view_file *, struct tftp_file **ret);
void	tftp_file_unref(struct tftp_file *);		/* NULL is fine */
uint64_t tftp_file_size(const struct tftp_file *);

/* The chunk of up to cap bytes at off. */
int	tftp_chunk_get(struct tftp_file *, uint64_t off, size_t cap,
	    struct tftp_wait *, struct tftp_chunk **ret);
void	tftp_chunk_unref(struct tftp_chunk *);		/* NULL is fine */
void	tftp_wait_cancel(struct tftp_wait *);		/* also drops .got */

#endif /* TFTPD_TFTP_FILE_H */
