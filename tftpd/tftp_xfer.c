/* tftp_xfer.c - one read transfer, as a state machine. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "../lib/wire.h"
#include "tftp_xfer.h"

static void
finish(struct tftp_xfer *x, enum tftp_end how)
{
	x->state = TFTP_S_END;
	x->end = how;
}

/* RFC 2347: an option is answered only if it was asked for and can be used. */
static void
negotiate(struct tftp_xfer *x, const struct tftp_limits *lim,
    const struct tftp_opts *asked)
{
	struct tftp_opts *o = &x->oack;

	x->blksize = TFTP_BLKSIZE_DEFAULT;
	x->window = 1;
	x->timeout_ms = lim->timeout_ms;
	*o = *asked;
	if (o->has & TFTP_HAS_BLKSIZE) {
		if (o->blksize > lim->max_blksize)
			o->blksize = lim->max_blksize;
		x->blksize = o->blksize;
	}
	if (o->has & TFTP_HAS_WINDOWSIZE) {
		if (o->windowsize > TFTP_WINDOW_MAX)
			o->windowsize = TFTP_WINDOW_MAX;
		x->window = o->windowsize;
	}
	if (o->has & TFTP_HAS_TIMEOUT)
		x->timeout_ms = o->timeout * 1000u;
	/* How long the file is in netascii is not known before it is sent. */
	if (x->netascii)
		o->has &= ~TFTP_HAS_TSIZE;
	o->tsize = x->size;
}

void
tftp_xfer_init(struct tftp_xfer *x, const struct tftp_limits *lim,
    const struct tftp_msg *rrq, uint64_t size)
{
	assert(rrq->op == TFTP_RRQ && rrq->mode != TFTP_OTHER_MODE);
	assert(lim->max_blksize >= TFTP_BLKSIZE_DEFAULT);
	*x = (struct tftp_xfer){
		.netascii = rrq->mode == TFTP_NETASCII,
		.size = size,
		.retries = lim->retries,
		.base = { .block = 1 },
		.next = { .block = 1 },
		.timed = true,
	};
	negotiate(x, lim, &rrq->opt);
	x->state = x->oack.has ? TFTP_S_OACK : TFTP_S_DATA;
	x->send = true;
}

/* Send again from the first block that is not acknowledged. */
static void
restart(struct tftp_xfer *x)
{
	if (x->recover < x->next.block)
		x->recover = x->next.block;
	x->next = x->base;
	x->send = true;
	x->timed = false;
}

/* RFC 6298 section 2.  What was sent twice tells nothing (section 3, Karn). */
static void
see_pace(struct tftp_xfer *x, int64_t now)
{
	int64_t took = now - x->sent_at;
	uint32_t r = took < 0 ? 0 : took > TFTP_WAIT_MAX_MS ?
	    TFTP_WAIT_MAX_MS : (uint32_t)took;
	uint32_t srtt = x->srtt8 / 8, off = r > srtt ? r - srtt : srtt - r;

	if (!x->timed)
		return;
	if (x->paced) {
		x->var4 = x->var4 - x->var4 / 4 + off;
		x->srtt8 = x->srtt8 - srtt + r;
	} else {
		x->srtt8 = r * 8;
		x->var4 = r * 2;
	}
	x->paced = true;
	x->quick = 0;
}

/* The wait before the next quick repetition; 0: only counted ones are left.
 * RFC 2349: a timeout that was agreed upon is kept to. */
static uint32_t
quick_ms(const struct tftp_xfer *x)
{
	uint64_t ms = x->timeout_ms / TFTP_WAIT_FIRST;

	if (x->oack.has & TFTP_HAS_TIMEOUT)
		return 0;
	if (x->paced)
		ms = x->srtt8 / 8 + (x->var4 > TFTP_WAIT_MIN_MS ?
		    x->var4 : TFTP_WAIT_MIN_MS);
	ms <<= x->quick;
	return ms < x->timeout_ms ? (uint32_t)ms : 0;
}

static bool
in_flight(const struct tftp_xfer *x)
{
	return x->next.block > x->base.block + x->skip;
}

/* The first n blocks from base are acknowledged, but not all that were sent.
 * Where a block of netascii begins is only known by converting up to there. */
static void
step_over(struct tftp_xfer *x, uint16_t n)
{
	if (x->netascii) {
		x->skip = (uint16_t)(x->skip + n);
	} else {
		x->base.block += n;
		x->base.off += (uint64_t)n * x->blksize;
	}
}

static int
input_ack(struct tftp_xfer *x, uint16_t block, int64_t now)
{
	uint64_t first = x->base.block + x->skip;
	uint16_t ahead = (uint16_t)(block - (uint16_t)(first - 1));

	if (x->state == TFTP_S_OACK) {
		if (block != 0 || x->send)
			return -EBADMSG;
		x->state = TFTP_S_DATA;
		x->tries = 0;
		see_pace(x, now);
		return 0;
	}
	if (!in_flight(x))
		return -EBADMSG;
	if (ahead == 0) {
		/* In lock-step a duplicate ACK must not be answered, or every
		 * block would be sent twice from there on.  In a window it is
		 * how a client says that the first block was lost (RFC 7440),
		 * or that it got a block twice: where some were sent twice, it
		 * is not believed. */
		if (x->window == 1 || first <= x->recover)
			return -EBADMSG;
		restart(x);
		return 0;
	}
	if (ahead > x->next.block - first)
		return -EBADMSG;
	x->tries = 0;
	if (first + ahead == x->next.block) {
		see_pace(x, now);
		x->base = x->next;
		if (x->base.over)
			finish(x, TFTP_END_DONE);
	} else {
		/* The client lost what follows (RFC 7440 section 4): it was
		 * not our haste. */
		x->quick = 0;
		step_over(x, ahead);
		restart(x);
	}
	return 0;
}

/* The text comes from the network: whoever prints it escapes it. */
static void
keep_text(struct tftp_xfer *x, const char *text, size_t len)
{
	if (len >= sizeof(x->text))
		len = sizeof(x->text) - 1;
	memcpy(x->text, text, len);
	x->text[len] = '\0';
}

/* RFC 1350 section 2: an ERROR ends the transfer and is not acknowledged.
 * Before any data it is a client that asked for the size only (edk2), or goes
 * on to ask without options (RFC 2347).  Later, "read aborted" is FreeBSD's
 * loader seeking backwards, and others say much the same. */
static void
input_error(struct tftp_xfer *x, const struct tftp_msg *m)
{
	keep_text(x, m->text, m->text_len);
	x->code = m->code;
	if (x->state == TFTP_S_OACK)
		finish(x, TFTP_END_PROBE);
	else if (strcasestr(x->text, "abort") != NULL)
		finish(x, TFTP_END_ABORTED);
	else
		finish(x, TFTP_END_REFUSED);
}

int
tftp_xfer_input(struct tftp_xfer *x, const struct tftp_msg *m, int64_t now)
{
	if (x->state != TFTP_S_OACK && x->state != TFTP_S_DATA)
		return -EBADMSG;
	switch (m->op) {
	case TFTP_ACK:
		return input_ack(x, m->block, now);
	case TFTP_ERROR:
		input_error(x, m);
		return 0;
	default:
		return -EBADMSG;
	}
}

/* Many clients are gone once they have the last block. */
static bool
only_last_missing(const struct tftp_xfer *x)
{
	return x->state == TFTP_S_DATA && x->next.over &&
	    x->next.block == x->base.block + x->skip + 1;
}

static void
lost(struct tftp_xfer *x, const char *why)
{
	keep_text(x, why, strlen(why));
	finish(x, only_last_missing(x) ? TFTP_END_UNCONFIRMED : TFTP_END_LOST);
}

void
tftp_xfer_timeout(struct tftp_xfer *x)
{
	uint64_t acked = x->base.block + x->skip - 1;
	unsigned retries = x->retries;

	/* Whoever asked in another's name shall not have much sent there; who
	 * is there asks again. */
	if (acked == 0 && !x->paced && retries > TFTP_UNHEARD_RETRIES)
		retries = TFTP_UNHEARD_RETRIES;
	if (x->state != TFTP_S_OACK && x->state != TFTP_S_DATA)
		return;
	if (quick_ms(x) > 0) {
		x->quick++;
		x->resent++;
		restart(x);
	} else if (x->tries < retries) {
		x->tries++;
		x->resent++;
		restart(x);
	} else if (acked == 0) {
		lost(x, "no answer from the client");
	} else if (acked == 65535 || acked == 65536) {
		lost(x, "the client fell silent where block numbers roll over");
	} else {
		lost(x, "the client fell silent");
	}
}

void
tftp_xfer_gone(struct tftp_xfer *x)
{
	static const char why[] = "the client closed its port";

	if (x->state == TFTP_S_OACK) {
		keep_text(x, why, sizeof(why) - 1);
		finish(x, TFTP_END_PROBE);
	} else if (x->state == TFTP_S_DATA) {
		lost(x, why);
	}
}

int
tftp_xfer_again(struct tftp_xfer *x)
{
	bool unheard = x->state == TFTP_S_OACK ||
	    (x->state == TFTP_S_DATA && x->oack.has == 0 &&
	    x->base.block == 1 && in_flight(x));

	if (!unheard)
		return -EBADMSG;
	restart(x);
	return 0;
}

void
tftp_xfer_fail(struct tftp_xfer *x, uint16_t code, const char *text)
{
	if (x->state == TFTP_S_END)
		return;
	keep_text(x, text, strlen(text));
	x->code = code;
	x->state = TFTP_S_ERROR;
}

/* How many bytes of the file the block at pos may need. */
static size_t
wanted(const struct tftp_xfer *x, const struct tftp_pos *pos)
{
	uint64_t left = x->size - pos->off;

	return left < x->blksize ? (size_t)left : x->blksize;
}

/* The block at *pos into dst, and *pos behind it.  A block shorter than
 * blksize, perhaps empty, is the last. */
static size_t
make_block(const struct tftp_xfer *x, struct tftp_pos *pos,
    const struct tftp_piece *file, size_t want, uint8_t *dst)
{
	const uint8_t *src = want == 0 ? NULL : file->p + (pos->off - file->off);
	size_t n = want, used = want;

	if (x->netascii)
		n = netascii_encode(&pos->ascii, src, want, dst, x->blksize,
		    &used);
	else if (n > 0)
		memcpy(dst, src, n);
	pos->off += used;
	pos->block++;
	pos->over = n < x->blksize;
	return n;
}

static bool
covers(const struct tftp_piece *file, uint64_t off, size_t len)
{
	return len == 0 || (off >= file->off && off - file->off <= file->len &&
	    file->len - (off - file->off) >= len);
}

/* As many blocks of the window as there is room and file for. */
static size_t
make_blocks(struct tftp_xfer *x, const struct tftp_piece *file, uint8_t *buf,
    size_t cap)
{
	size_t len = 0;

	while (!x->next.over && cap - len >= TFTP_HEAD + x->blksize &&
	    x->next.block < x->base.block + x->skip + x->window) {
		size_t want = wanted(x, &x->next);
		struct wr w = wr_init(buf + len, TFTP_HEAD);

		if (!covers(file, x->next.off, want))
			break;
		wr_be16(&w, TFTP_DATA);
		wr_be16(&w, (uint16_t)x->next.block);
		len += TFTP_HEAD + make_block(x, &x->next, file, want,
		    buf + len + TFTP_HEAD);
		if (x->skip > 0) {
			x->skip--;
			x->base = x->next;
			len = 0;
		}
	}
	return len;
}

static uint32_t
wait_ms(const struct tftp_xfer *x)
{
	uint64_t ms = x->timeout_ms;
	uint32_t quick = quick_ms(x);

	if (quick > 0)
		return quick;
	if (x->oack.has & TFTP_HAS_TIMEOUT)
		return x->timeout_ms;
	for (unsigned i = 0; i < x->tries && ms < TFTP_WAIT_MAX_MS; i++)
		ms *= 2;
	return ms < TFTP_WAIT_MAX_MS ? (uint32_t)ms : TFTP_WAIT_MAX_MS;
}

static void
next_data(struct tftp_xfer *x, const struct tftp_piece *file, uint8_t *buf,
    size_t cap, int64_t now, struct tftp_act *a)
{
	assert(cap >= TFTP_HEAD + x->blksize);
	a->pkt_len = make_blocks(x, file, buf, cap);
	if (a->pkt_len > 0) {
		x->timed = x->base.block + x->skip >= x->recover;
		x->sent_at = now;
		a->what = TFTP_SEND;
		a->seg = TFTP_HEAD + x->blksize;
	} else if (!x->next.over &&
	    x->next.block < x->base.block + x->skip + x->window) {
		a->what = TFTP_READ;
		a->off = x->next.off;
		a->len = wanted(x, &x->next);
	}
}

static void
next_message(const struct tftp_msg *m, uint8_t *buf, size_t cap,
    struct tftp_act *a)
{
	int r = tftp_msg_build(m, buf, cap, &a->pkt_len);

	assert(r == 0);
	(void)r;
	a->what = TFTP_SEND;
	a->seg = a->pkt_len;
}

void
tftp_xfer_next(struct tftp_xfer *x, const struct tftp_piece *file,
    void *buf, size_t cap, int64_t now, struct tftp_act *ret)
{
	struct tftp_act a = { .what = TFTP_WAIT, .pkt = buf, .text = "" };

	switch (x->state) {
	case TFTP_S_OACK:
		if (x->send) {
			next_message(&(const struct tftp_msg){
			    .op = TFTP_OACK, .opt = x->oack }, buf, cap, &a);
			x->sent_at = now;
		}
		x->send = false;
		break;
	case TFTP_S_DATA:
		next_data(x, file, buf, cap, now, &a);
		break;
	case TFTP_S_ERROR:
		next_message(&(const struct tftp_msg){ .op = TFTP_ERROR,
		    .code = x->code, .text = x->text,
		    .text_len = strlen(x->text) }, buf, cap, &a);
		finish(x, TFTP_END_FAILED);
		break;
	case TFTP_S_END:
		a.what = TFTP_END;
		a.end = x->end;
		a.code = x->code;
		a.text = x->text;
		break;
	}
	if (a.what == TFTP_WAIT)
		a.timeout_ms = wait_ms(x);
	*ret = a;
}

uint64_t
tftp_xfer_done(const struct tftp_xfer *x)
{
	return x->base.off;
}
