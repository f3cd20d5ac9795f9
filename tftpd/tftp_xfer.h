/* tftp_xfer.h - one read transfer, as a state machine.
 *
 * Pure: no sockets, no clock, no files, no log.  The caller feeds it what
 * happens (a message, a timeout, an error) and then carries out what
 * tftp_xfer_next() says, until that is TFTP_WAIT or TFTP_END:
 *
 *	tftp_xfer_init()        then next() until WAIT
 *	tftp_xfer_input() = 0   then next() until WAIT; -EBADMSG: nothing happened
 *	tftp_xfer_timeout()     then next() until WAIT
 *
 * Nothing that was sent is kept: a block is made again from the file's bytes,
 * of which the caller always holds a piece.
 *
 * How long it waits follows from how fast the client has answered: some
 * milliseconds on a local network, twice as long each time.  These quick
 * repetitions are not counted; once the wait would be limits.timeout_ms,
 * `retries` more follow, and then the client is given up.
 * Ownership: the struct owns nothing; it may be dropped at any time.
 * Layer: tftpd, policy.
 * Spec: RFC 1350, 2347 (OACK), 2348 (blksize), 2349 (timeout, tsize), 7440
 * (windowsize); RFC 1123 section 4.2.3.1: a duplicate ACK is not answered, the
 * wait is adaptive; RFC 6298 section 2: how.
 */
#ifndef TFTPD_TFTP_XFER_H
#define TFTPD_TFTP_XFER_H

#include <stdbool.h>

#include "tftp_msg.h"
#include "tftp_netascii.h"

#define TFTP_WINDOW_MAX		64u	/* blocks: largest window granted */
#define TFTP_WAIT_MAX_MS	60000u	/* where doubling the wait ends */
#define TFTP_WAIT_MIN_MS	10u	/* at least this longer than the client takes */
#define TFTP_UNHEARD_RETRIES	3u	/* at most, while the client was not heard */
#define TFTP_WAIT_FIRST		4u	/* timeout_ms / this, while the pace is not known */

struct tftp_limits {
	uint16_t	max_blksize;	/* at least TFTP_BLKSIZE_DEFAULT */
	uint32_t	timeout_ms;	/* before the first repetition that counts */
	unsigned	retries;	/* of the same block */
};

/* A piece of the file that is in memory. */
struct tftp_piece {
	const uint8_t	*p;
	uint64_t	 off;
	size_t		 len;
};

enum tftp_end {
	TFTP_END_DONE,		/* all was acknowledged */
	TFTP_END_UNCONFIRMED,	/* all was sent; the last ACK never came: as good */
	TFTP_END_PROBE,		/* the client only wanted the OACK, or refused it */
	TFTP_END_ABORTED,	/* the client had read enough */
	TFTP_END_REFUSED,	/* the client sent another ERROR: text */
	TFTP_END_LOST,		/* the client fell silent, or is gone: text */
	TFTP_END_FAILED		/* tftp_xfer_fail(): text */
};

struct tftp_act {
	enum { TFTP_WAIT, TFTP_SEND, TFTP_READ, TFTP_END } what;
	/* TFTP_SEND: bytes for several datagrams of `seg` bytes each, the last
	 * of which may be shorter. */
	const uint8_t	*pkt;
	size_t		 pkt_len, seg;
	/* TFTP_READ: a piece with at least these bytes is needed.  More is
	 * better. */
	uint64_t	 off;
	size_t		 len;
	uint32_t	 timeout_ms;	/* TFTP_WAIT */
	enum tftp_end	 end;		/* TFTP_END */
	uint16_t	 code;		/* TFTP_END by an ERROR */
	const char	*text;		/* TFTP_END: why; may be "" */
};

/* Where a block begins. */
struct tftp_pos {
	uint64_t	block;		/* 1 is the first; on the wire modulo 65536 */
	uint64_t	off;		/* in the file */
	struct netascii	ascii;
	bool		over;		/* behind the last block */
};

struct tftp_xfer {
	/* What was agreed. */
	struct tftp_opts oack;		/* what the OACK says, if .has */
	bool		 netascii;
	uint16_t	 blksize, window;
	uint64_t	 size;		/* of the file when it was opened */
	uint32_t	 timeout_ms;
	unsigned	 retries;

	enum { TFTP_S_OACK, TFTP_S_DATA, TFTP_S_ERROR, TFTP_S_END } state;
	bool		 send;		/* OACK, ERROR: to be sent */
	unsigned	 quick;		/* quick repetitions since the pace was last seen */
	unsigned	 tries;		/* counted ones since the last progress */
	unsigned	 resent;	/* timeouts in all */
	uint16_t	 skip;		/* acknowledged blocks to step over from base */
	struct tftp_pos	 base;		/* the first block not acknowledged */
	struct tftp_pos	 next;		/* the next one to send */
	uint64_t	 recover;	/* blocks before this one were perhaps sent twice */
	/* The client's pace (RFC 6298): */
	bool		 timed;		/* what was sent last was sent once */
	bool		 paced;		/* srtt8, var4 are known */
	int64_t		 sent_at;
	uint32_t	 srtt8, var4;	/* ms, times 8 and 4 */
	enum tftp_end	 end;
	uint16_t	 code;		/* why it ended, if by an ERROR */
	char		 text[80];
};

/* rrq: an RRQ in octet or netascii.  size: of the file. */
void	tftp_xfer_init(struct tftp_xfer *, const struct tftp_limits *,
	    const struct tftp_msg *rrq, uint64_t size);
/* now: milliseconds, from anywhere. */
int	tftp_xfer_input(struct tftp_xfer *, const struct tftp_msg *, int64_t now);
void	tftp_xfer_timeout(struct tftp_xfer *);
/* Nobody listens at the client's port any more. */
void	tftp_xfer_gone(struct tftp_xfer *);
/* The same RRQ came again: send the first answer again if it was not heard of. */
int	tftp_xfer_again(struct tftp_xfer *);
/* Send the client an ERROR, and end. */
void	tftp_xfer_fail(struct tftp_xfer *, uint16_t code, const char *text);
/* buf: room for what is sent, at least TFTP_HEAD + blksize bytes and 512. */
void	tftp_xfer_next(struct tftp_xfer *, const struct tftp_piece *,
	    void *buf, size_t cap, int64_t now, struct tftp_act *ret);
/* Bytes of the file that the client has acknowledged. */
uint64_t tftp_xfer_done(const struct tftp_xfer *);

#endif /* TFTPD_TFTP_XFER_H */
