/* xdr.h - what RFC 4506 needs beyond libtirpc's primitives: opaque data and
 * strings that are borrowed, not copied, so that nothing decoded is freed.
 *
 * All functions work both ways, as XDR functions do: decoding a text points
 * into the message; encoding one copies it, unless it stands at its place in
 * the reply already (file data is read straight to where it will be sent), or
 * is sent from elsewhere behind the encoded part (p NULL: nothing may follow).
 * Pure.  Ownership: a decoded text lives as long as the message.
 * Errors: false; never reads or writes outside the message.
 * Layer: nfs, codec.
 */
#ifndef NFS_XDR_H
#define NFS_XDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rpc/types.h>
#include <rpc/xdr.h>

struct handle;

struct xtext { const uint8_t *p; uint32_t len; };

/* Messages are far below 4 GiB; an assertion says so. */
void	xdr_reader(XDR *, const void *buf, size_t len);
void	xdr_writer(XDR *, void *buf, size_t cap);

uint8_t	*xdr_here(const XDR *);		/* where the next byte will be */
size_t	xdr_room(const XDR *);		/* bytes behind it */
bool	xdr_skip(XDR *, size_t);	/* over bytes that are in place */

bool	xdr_text(XDR *, struct xtext *, uint32_t max);
bool	xdr_flag(XDR *, bool *);
bool	xdr_fixed(XDR *, uint8_t *, uint32_t len);	/* opaque[len], copied */
bool	xdr_fhandle(XDR *, struct handle *);		/* opaque<64>, copied */

/* Bytes that an opaque<> of len takes, without its length word. */
static inline uint32_t
xdr_padded(uint32_t len)
{
	return (len + 3) & ~(uint32_t)3;
}

#endif /* NFS_XDR_H */
