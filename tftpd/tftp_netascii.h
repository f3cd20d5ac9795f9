/* tftp_netascii.h - a file's bytes as netascii (RFC 764, RFC 1350).
 *
 * LF becomes CR LF, a CR alone becomes CR NUL, all else stays.  A pair may be
 * cut by the end of a block; its second half is then the first byte of the
 * next one.  The state is a plain value: keep a copy to start again there.
 *
 * Pure.  Layer: tftpd, codec.
 */
#ifndef TFTPD_TFTP_NETASCII_H
#define TFTPD_TFTP_NETASCII_H

#include <stddef.h>
#include <stdint.h>

struct netascii {
	uint8_t	half;		/* there is a second half to send */
	uint8_t	byte;		/* and it is this */
};

/* Converts until all `n` bytes are used and nothing is pending, or `cap`
 * bytes are written.  Gives the bytes written; *ret_used: taken from src. */
size_t	netascii_encode(struct netascii *, const uint8_t *src, size_t n,
	    uint8_t *dst, size_t cap, size_t *ret_used);

#endif /* TFTPD_TFTP_NETASCII_H */
