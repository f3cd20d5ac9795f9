/* rpc_record.h - record marking: calls and replies on a TCP stream.
 *
 * A record is sent as fragments, each behind a word with its length and, in
 * the last one, the top bit; the stream may be cut anywhere.  A record that
 * came whole, in one fragment, is borrowed from the input; another is put
 * together in a buffer that grows with what has really come.
 * Pure.  Ownership: rec_free() frees the buffer; a reader of all zeroes is
 * empty and valid.
 * Layer: nfs, codec.  Spec: RFC 5531 section 11.
 */
#ifndef NFS_RPC_RECORD_H
#define NFS_RPC_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REC_MARK	4u		/* bytes of the word */
#define REC_LAST	0x80000000u

struct rec {
	uint8_t	*buf;		/* the record so far */
	size_t	 len, cap;
	uint8_t	 mark[REC_MARK];
	uint8_t	 n_mark;	/* bytes of the word so far */
	bool	 body, last;	/* in the body of a fragment; of the last one */
	size_t	 left;		/* of that body */
};

/* Takes bytes from *p, *n.  1: a record is complete, valid until the next
 * call or the end of the input's life; 0: all was taken, more is needed;
 * -EMSGSIZE: longer than max, close the connection; -ENOMEM. */
int	rec_take(struct rec *, size_t max, const uint8_t **p, size_t *n,
	    const uint8_t **ret, size_t *ret_len);
size_t	rec_held(const struct rec *);	/* bytes of memory */
void	rec_free(struct rec *);

/* The word before a record of one fragment. */
void	rec_mark(uint8_t p[REC_MARK], size_t len);

#endif /* NFS_RPC_RECORD_H */
