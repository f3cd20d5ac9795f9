/* fuzz_tftp_xfer.c - a byte string as the story of a transfer.
 *
 * The first bytes say what is asked for and how long the file is; the others
 * are what happens to it.  Whatever that is: a step sends at most a window;
 * every block holds the bytes that belong there; none is sent before its
 * predecessors but for the window's; what is ignored changes nothing; silence
 * ends it after a bounded number of steps; a wait is never too short or long.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "../../tftpd/tftp_xfer.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define FILE_MAX	8192u

struct story {
	struct tftp_xfer  x;
	struct tftp_piece piece;
	uint8_t		  file[FILE_MAX];
	uint8_t		  stream[2 * FILE_MAX];	/* as it should arrive */
	size_t		  size, stream_len, chunk;
	uint64_t	  acked;	/* blocks */
	uint64_t	  seen;		/* highest block that was sent */
	bool		  oack;		/* not yet acknowledged */
	bool		  failed, over;
	bool		  disk_busy;	/* a TFTP_READ is not answered yet */
	int64_t		  now;
	uint8_t		  buf[TFTP_PACKET_MAX];
};

static void
check_data(struct story *s, const struct tftp_msg *m)
{
	/* Which block it is, in full: one of the window's. */
	uint64_t b = s->acked + 1 +
	    (uint16_t)(m->block - (uint16_t)(s->acked + 1));
	size_t at = (size_t)(b - 1) * s->x.blksize;
	size_t left = s->stream_len - at;

	assert(!s->oack && !s->failed);
	assert(b <= s->acked + s->x.window && b <= s->seen + 1);
	assert(at <= s->stream_len);
	assert(m->data_len == (left < s->x.blksize ? left : s->x.blksize));
	assert(memcmp(m->data, s->stream + at, m->data_len) == 0);
	if (b > s->seen)
		s->seen = b;
}

static unsigned
check_sent(struct story *s, const struct tftp_act *a)
{
	unsigned n = 0;

	assert(a->seg > 0 && a->pkt_len > 0);
	for (size_t at = 0; at < a->pkt_len; at += a->seg, n++) {
		size_t len = a->pkt_len - at < a->seg ? a->pkt_len - at : a->seg;
		struct tftp_msg m;
		int r = tftp_msg_parse(a->pkt + at, len, &m);

		assert(r == 0);
		if (m.op == TFTP_DATA)
			check_data(s, &m);
		else
			assert((m.op == TFTP_OACK && s->oack) ||
			    (m.op == TFTP_ERROR && s->failed));
	}
	return n;
}

static void
step(struct story *s)
{
	unsigned sent = 0, reads = 0;
	struct tftp_act a;
	size_t n;

	for (;;) {
		tftp_xfer_next(&s->x, &s->piece, s->buf, sizeof(s->buf),
		    s->now, &a);
		if (a.what == TFTP_SEND) {
			sent += check_sent(s, &a);
			assert(sent <= s->x.window);
		} else if (a.what == TFTP_READ && s->disk_busy) {
			return;
		} else if (a.what == TFTP_READ) {
			assert(a.len > 0 && a.off + a.len <= s->size);
			n = a.len + s->chunk;
			if (n > s->size - a.off)
				n = s->size - (size_t)a.off;
			s->piece = (struct tftp_piece){ s->file + a.off, a.off, n };
			assert(++reads <= 2u * TFTP_WINDOW_MAX);
		} else {
			assert(!s->over || a.what == TFTP_END);
			s->over = a.what == TFTP_END;
			assert(s->over || (a.timeout_ms >= TFTP_WAIT_MIN_MS &&
			    a.timeout_ms <= TFTP_WAIT_MAX_MS));
			return;
		}
	}
}

static void
input(struct story *s, const struct tftp_msg *m)
{
	struct tftp_xfer before;
	uint16_t ahead = (uint16_t)(m->block - (uint16_t)s->acked);

	memcpy(&before, &s->x, sizeof(before));
	if (tftp_xfer_input(&s->x, m, s->now) < 0) {
		assert(memcmp(&before, &s->x, sizeof(before)) == 0);
		return;
	}
	assert(!s->over);
	if (m->op == TFTP_ACK && s->oack) {
		assert(m->block == 0);
		s->oack = false;
	} else if (m->op == TFTP_ACK) {
		/* In lock-step, a duplicate is ignored. */
		assert(ahead <= s->x.window && (ahead > 0 || s->x.window > 1));
		assert(s->acked + ahead <= s->seen);
		s->acked += ahead;
	}
	step(s);
}

static void
begin(struct story *s, const uint8_t *h)
{
	static const struct tftp_limits lim = {
		.max_blksize = 1468, .timeout_ms = 1000, .retries = 3
	};
	struct tftp_msg rrq = {
		.op = TFTP_RRQ, .file = "f",
		.mode = h[0] & 1 ? TFTP_NETASCII : TFTP_OCTET,
		.opt = { .has = h[0] >> 4, .blksize = (uint16_t)(8 + h[1]),
		    .timeout = 1, .windowsize = (uint16_t)(1 + h[2] % 80) },
	};
	struct netascii na = { 0 };
	size_t used;

	s->size = ((size_t)h[3] << 8 | h[4]) % (FILE_MAX + 1);
	s->chunk = h[5] * 16u;
	for (size_t i = 0; i < s->size; i++)
		s->file[i] = h[0] & 2 && i % 5 == 0 ? '\n' : (uint8_t)(i * 7);
	if (rrq.mode == TFTP_NETASCII) {
		s->stream_len = netascii_encode(&na, s->file, s->size,
		    s->stream, sizeof(s->stream), &used);
	} else {
		s->stream_len = s->size;
		memcpy(s->stream, s->file, s->size);
	}
	tftp_xfer_init(&s->x, &lim, &rrq, s->size);
	s->oack = s->x.oack.has != 0;
	step(s);
}

static void
happen(struct story *s, uint8_t what, uint8_t arg)
{
	struct tftp_msg m = { .op = TFTP_ACK, .text = "No abort",
	    .text_len = arg % 9 };

	s->now += what >> 3;
	switch (what & 7) {
	case 0: case 1: case 2:		/* an ACK near the right one */
		m.block = (uint16_t)(s->acked + arg % 70);
		input(s, &m);
		break;
	case 3:				/* of all that was sent */
		m.block = (uint16_t)s->seen;
		input(s, &m);
		break;
	case 4:				/* anything */
		m.op = arg & 7;
		m.block = (uint16_t)(arg << 8 | what);
		input(s, &m);
		break;
	case 5:
		tftp_xfer_timeout(&s->x);
		step(s);
		break;
	case 6:
		if (tftp_xfer_again(&s->x) == 0)
			step(s);
		break;
	default:
		if (arg == 0) {
			s->failed = !s->over;
			tftp_xfer_fail(&s->x, 0, "gone");
		} else if (arg == 1) {
			tftp_xfer_gone(&s->x);
		} else {		/* the piece is lost; the disk takes its time */
			s->piece = (struct tftp_piece){ 0 };
			s->disk_busy = arg & 1;
		}
		step(s);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct story s;

	if (size < 6)
		return 0;
	memset(&s, 0, sizeof(s));
	begin(&s, data);
	for (size_t i = 6; i + 1 < size && i < 4096; i += 2)
		happen(&s, data[i], data[i + 1]);
	s.disk_busy = false;
	step(&s);
	for (unsigned i = 0; i <= s.x.retries + 10; i++) {
		tftp_xfer_timeout(&s.x);
		step(&s);
	}
	assert(s.over);
	assert(tftp_xfer_done(&s.x) <= s.size);
	return 0;
}
