/* tftp_src.h - the file of a transfer, found and read without blocking.
 *
 * Each call first tries what is in memory; what would wait for a disk is done
 * by a disk thread: the call gives -EINPROGRESS, and ready() is called in the
 * worker's loop when it can be made again.  One piece of the file is held,
 * shared with the other transfers of the file (tftp_file.h).
 *
 * Ownership: src_close() drops the snapshot, the file and the piece; not while
 * src->busy: then wait for ready().  Errors: negative errno; -ERANGE when the
 * file has become shorter than it was; -ENOBUFS when too many wait for disks.
 * Layer: tftpd, I/O.
 */
#ifndef TFTPD_TFTP_SRC_H
#define TFTPD_TFTP_SRC_H

#include "tftp_file.h"
#include "tftp_xfer.h"

struct tftp_src {
	struct pool_job	  job;
	struct pool	 *pool;
	struct snapshot	 *snap;		/* referenced */
	struct tftp_files *files;
	struct tftp_file *file;		/* NULL until it is open */
	struct tftp_chunk *chunk;	/* where piece is */
	struct tftp_piece piece;
	struct tftp_wait  wait;
	uint32_t	  inst;		/* whose file; 0: nobody's */
	bool		  busy;		/* a disk thread looks for the file */
	/* For the disk thread: */
	uint32_t	  addr;
	const char	 *name;
	struct tftp_key	  key;
	struct view_file *opened;
	int		  result;
	void		(*ready)(struct tftp_src *);
};

/* name must outlive src. */
void	src_init(struct tftp_src *, struct worker *, struct tftp_files *,
	    uint32_t addr, const char *name, void (*ready)(struct tftp_src *));
int	src_open(struct tftp_src *);
uint64_t src_size(const struct tftp_src *);
/* Make src->piece cover [off, off + len), which is inside the file and no
 * more than a block.  blksize 0: blocks begin anywhere (netascii). */
int	src_read(struct tftp_src *, uint64_t off, size_t len, size_t blksize);
void	src_close(struct tftp_src *);

#endif /* TFTPD_TFTP_SRC_H */
