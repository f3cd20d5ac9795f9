/* tftp_msg.h - TFTP messages: bytes <-> struct.
 *
 * Pure.  A decoded message borrows its strings and data from the bytes it was
 * read from.
 * Errors: -EBADMSG (not a message), -ENOBUFS (does not fit).
 * Layer: tftpd, codec.
 * Spec: RFC 1350; options RFC 2347, blksize RFC 2348, timeout and tsize RFC
 * 2349, windowsize RFC 7440.
 */
#ifndef TFTPD_TFTP_MSG_H
#define TFTPD_TFTP_MSG_H

#include <stddef.h>
#include <stdint.h>

enum tftp_op {
	TFTP_RRQ = 1, TFTP_WRQ, TFTP_DATA, TFTP_ACK, TFTP_ERROR, TFTP_OACK
};

enum tftp_code {
	TFTP_EUNDEF,		/* see the text */
	TFTP_ENOTFOUND,
	TFTP_EACCESS,
	TFTP_EFULL,
	TFTP_EBADOP,
	TFTP_EBADID,
	TFTP_EEXISTS,
	TFTP_ENOUSER,
	TFTP_EOPTNEG		/* RFC 2347: an option was refused */
};

enum tftp_mode { TFTP_OCTET, TFTP_NETASCII, TFTP_OTHER_MODE };

#define TFTP_PORT		69
#define TFTP_HEAD		4u	/* of DATA: opcode and block number */
#define TFTP_BLKSIZE_DEFAULT	512u
#define TFTP_BLKSIZE_MIN	8u
#define TFTP_BLKSIZE_MAX	65464u
#define TFTP_PACKET_MAX		(TFTP_HEAD + TFTP_BLKSIZE_MAX)

#define TFTP_HAS_BLKSIZE	1u
#define TFTP_HAS_TIMEOUT	2u
#define TFTP_HAS_TSIZE		4u
#define TFTP_HAS_WINDOWSIZE	8u

/* Options that were given, with a value that the RFC allows.  Any other option
 * counts as not given: a server leaves out of its OACK what it can't use. */
struct tftp_opts {
	unsigned	has;		/* TFTP_HAS_... */
	uint16_t	blksize;
	uint8_t		timeout;	/* seconds */
	uint64_t	tsize;
	uint16_t	windowsize;	/* blocks */
};

struct tftp_msg {
	uint16_t	 op;		/* enum tftp_op */
	const char	*file;		/* RRQ, WRQ */
	enum tftp_mode	 mode;		/* RRQ, WRQ */
	struct tftp_opts opt;		/* RRQ, WRQ, OACK */
	uint16_t	 block;		/* DATA, ACK */
	const uint8_t	*data;		/* DATA */
	size_t		 data_len;
	uint16_t	 code;		/* ERROR: enum tftp_code */
	const char	*text;		/* ERROR; not NUL-terminated */
	size_t		 text_len;
};

int	tftp_msg_parse(const void *pkt, size_t len, struct tftp_msg *ret);
int	tftp_msg_build(const struct tftp_msg *, void *buf, size_t cap,
	    size_t *ret_len);
int	tftp_error_build(uint16_t code, const char *text, void *buf, size_t cap,
	    size_t *ret_len);

#endif /* TFTPD_TFTP_MSG_H */
