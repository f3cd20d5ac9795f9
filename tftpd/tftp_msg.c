/* tftp_msg.c - TFTP messages: bytes <-> struct. */
#include <inttypes.h>
#include <stdio.h>
#include <strings.h>

#include "../lib/wire.h"
#include "tftp_msg.h"

/* Digits only: no sign, no blanks, nothing behind them. */
static int
number(const char *s, uint64_t max, uint64_t *ret)
{
	uint64_t v = 0;

	if (*s == '\0')
		return -EBADMSG;
	for (; *s != '\0'; s++) {
		if (*s < '0' || *s > '9' || v > (max - (uint64_t)(*s - '0')) / 10)
			return -EBADMSG;
		v = v * 10 + (uint64_t)(*s - '0');
	}
	*ret = v;
	return 0;
}

/* RFC 2347: names are case-insensitive, and each may be given once; the first
 * one counts here. */
static void
option(struct tftp_opts *o, const char *name, const char *value)
{
	uint64_t v;

	if (number(value, INT64_MAX, &v) < 0)
		return;
	if (strcasecmp(name, "blksize") == 0 && !(o->has & TFTP_HAS_BLKSIZE)) {
		if (v < TFTP_BLKSIZE_MIN)
			return;
		/* More than RFC 2348 knows: the answer may be less. */
		o->blksize = (uint16_t)(v > TFTP_BLKSIZE_MAX ?
		    TFTP_BLKSIZE_MAX : v);
		o->has |= TFTP_HAS_BLKSIZE;
	} else if (strcasecmp(name, "timeout") == 0 &&
	    !(o->has & TFTP_HAS_TIMEOUT)) {
		if (v < 1 || v > 255)
			return;
		o->timeout = (uint8_t)v;
		o->has |= TFTP_HAS_TIMEOUT;
	} else if (strcasecmp(name, "tsize") == 0 &&
	    !(o->has & TFTP_HAS_TSIZE)) {
		o->tsize = v;
		o->has |= TFTP_HAS_TSIZE;
	} else if (strcasecmp(name, "windowsize") == 0 &&
	    !(o->has & TFTP_HAS_WINDOWSIZE)) {
		if (v < 1)
			return;
		o->windowsize = (uint16_t)(v > UINT16_MAX ? UINT16_MAX : v);
		o->has |= TFTP_HAS_WINDOWSIZE;
	}
}

/* Firmware pads requests with zeroes and worse: the options end at the first
 * thing that is none, and the request still counts. */
static void
options(struct rd *r, struct tftp_opts *ret)
{
	const char *name, *value;

	while ((name = rd_cstr(r)) != NULL && *name != '\0' &&
	    (value = rd_cstr(r)) != NULL)
		option(ret, name, value);
}

static int
request(struct rd *r, struct tftp_msg *m)
{
	const char *mode;

	m->file = rd_cstr(r);
	if ((mode = rd_cstr(r)) == NULL)
		return -EBADMSG;
	if (strcasecmp(mode, "octet") == 0)
		m->mode = TFTP_OCTET;
	else if (strcasecmp(mode, "netascii") == 0)
		m->mode = TFTP_NETASCII;
	else
		m->mode = TFTP_OTHER_MODE;
	options(r, &m->opt);
	return 0;
}

int
tftp_msg_parse(const void *pkt, size_t len, struct tftp_msg *ret)
{
	struct rd r = rd_init(pkt, len);
	struct tftp_msg m = { .op = rd_be16(&r) };
	int err = 0;

	switch (m.op) {
	case TFTP_RRQ:
	case TFTP_WRQ:
		err = request(&r, &m);
		break;
	case TFTP_DATA:
		m.block = rd_be16(&r);
		m.data_len = rd_left(&r);
		m.data = rd_take(&r, m.data_len);
		err = r.err;
		break;
	case TFTP_ACK:
		m.block = rd_be16(&r);
		err = r.err;
		break;
	case TFTP_ERROR:
		/* Some senders leave out the text's NUL, or the text. */
		m.code = rd_be16(&r);
		m.text_len = rd_left(&r);
		m.text = (const char *)rd_take(&r, m.text_len);
		if ((err = r.err) == 0)
			m.text_len = strnlen(m.text, m.text_len);
		break;
	case TFTP_OACK:
		options(&r, &m.opt);
		break;
	default:
		err = -EBADMSG;
	}
	/* The op even of a broken message: a broken request gets an answer. */
	*ret = err == 0 ? m : (struct tftp_msg){ .op = m.op };
	return err;
}

static void
put_cstr(struct wr *w, const char *s)
{
	wr_bytes(w, s, strlen(s) + 1);
}

static void
put_option(struct wr *w, const char *name, uint64_t value)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRIu64, value);
	put_cstr(w, name);
	put_cstr(w, text);
}

static void
put_options(struct wr *w, const struct tftp_opts *o)
{
	if (o->has & TFTP_HAS_BLKSIZE)
		put_option(w, "blksize", o->blksize);
	if (o->has & TFTP_HAS_TSIZE)
		put_option(w, "tsize", o->tsize);
	if (o->has & TFTP_HAS_TIMEOUT)
		put_option(w, "timeout", o->timeout);
	if (o->has & TFTP_HAS_WINDOWSIZE)
		put_option(w, "windowsize", o->windowsize);
}

int
tftp_msg_build(const struct tftp_msg *m, void *buf, size_t cap, size_t *ret_len)
{
	struct wr w = wr_init(buf, cap);

	wr_be16(&w, m->op);
	switch (m->op) {
	case TFTP_RRQ:
	case TFTP_WRQ:
		put_cstr(&w, m->file);
		put_cstr(&w, m->mode == TFTP_NETASCII ? "netascii" : "octet");
		put_options(&w, &m->opt);
		break;
	case TFTP_DATA:
		wr_be16(&w, m->block);
		wr_bytes(&w, m->data, m->data_len);
		break;
	case TFTP_ACK:
		wr_be16(&w, m->block);
		break;
	case TFTP_ERROR:
		wr_be16(&w, m->code);
		wr_bytes(&w, m->text, m->text_len);
		wr_u8(&w, 0);
		break;
	case TFTP_OACK:
		put_options(&w, &m->opt);
		break;
	default:
		return -EBADMSG;
	}
	if (w.err == 0)
		*ret_len = w.len;
	return w.err;
}

int
tftp_error_build(uint16_t code, const char *text, void *buf, size_t cap,
    size_t *ret_len)
{
	const struct tftp_msg m = {
		.op = TFTP_ERROR, .code = code,
		.text = text, .text_len = strlen(text),
	};

	return tftp_msg_build(&m, buf, cap, ret_len);
}
