/* rpc_out.h - what a connection sends: bytes from memory and pieces of files,
 * in order; what the kernel does not take at once waits here.
 *
 * Bytes of a file go by sendfile(2).  Such a piece was in memory when it was
 * put in; later, when the socket has room again, out_flush() makes sure or
 * copies a slice of what is left, and when that would wait for a disk it says
 * OUT_COLD: someone has to read out_cold() elsewhere and bring it by out_fill().
 * A file that has become shorter than the reply says, or an image that was
 * written over, is an error: the connection must be closed, since the record
 * cannot be completed.
 *
 * Ownership: the queue owns the descriptors' references and the memory in it;
 * the socket is the caller's.  Errors: negative errno, the connection is gone.
 * Layer: nfs, I/O.
 */
#ifndef NFS_RPC_OUT_H
#define NFS_RPC_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../tree/files.h"

struct out;
struct out_queue {
	int		 sock;
	struct out	*head, **tail;
	size_t		 held;		/* memory */
	unsigned	 segs;		/* pieces of files */
};

enum { OUT_COLD = 1 };

void	out_init(struct out_queue *, int sock);
void	out_drop(struct out_queue *);	/* all that waits */

/* Sent as far as possible, the rest kept in a copy.  more: more follows now. */
int	out_bytes(struct out_queue *, const void *, size_t len, bool more);
/* The same with memory of the caller's, cap bytes: *buf NULL if it was kept. */
int	out_memory(struct out_queue *, uint8_t **buf, size_t len, size_t cap,
	    bool more);
/* The reference is the queue's from now on, whatever comes of it.  Padded
 * with zeroes to a whole word. */
int	out_seg(struct out_queue *, const struct file_seg *);

/* 0: all is sent, or the socket is full. */
int	out_flush(struct out_queue *, struct files *);
struct file_seg out_cold(const struct out_queue *);	/* a slice; no reference */
int	out_fill(struct out_queue *, uint8_t *buf);	/* takes it, unless -ENOMEM */

#endif /* NFS_RPC_OUT_H */
