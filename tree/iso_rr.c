/* iso_rr.c - what Rock Ridge says in a system use area. */
#include "iso_rec.h"

#define SIG(a, b)	((unsigned)(a) << 8 | (unsigned)(b))

/* RRIP 4.1.4, NM */
#define NM_CURRENT	0x02u
#define NM_PARENT	0x04u
/* RRIP 4.1.3, SL and its components */
#define SL_MORE		0x01u
#define SL_CURRENT	0x02u
#define SL_PARENT	0x04u
#define SL_ROOT		0x08u
/* RRIP 4.1.6, TF */
#define TF_CREATE	0x01u
#define TF_MODIFY	0x02u
#define TF_ACCESS	0x04u
#define TF_ATTR		0x08u
#define TF_LONG		0x80u

void
iso_rr_init(struct iso_rr *rr)
{
	memset(rr, 0, offsetof(struct iso_rr, name));
}

static void
px(struct rd *r, struct iso_rr *rr)
{
	rr->mode = rd_both32(r);
	rr->nlink = rd_both32(r);
	rr->uid = rd_both32(r);
	rr->gid = rd_both32(r);		/* 1.12 adds a serial number: not used */
	rr->has |= RR_PX;
}

static void
nm(struct rd *r, struct iso_rr *rr)
{
	uint8_t flags = rd_u8(r);
	size_t n = rd_left(r);

	if (flags & (NM_CURRENT | NM_PARENT))
		return;
	rr->has |= RR_NM;
	if (n > ISO_NAME_MAX - rr->name_len) {
		rr->name_bad = true;
		return;
	}
	if (n > 0)
		memcpy(rr->name + rr->name_len, r->p, n);
	rr->name_len = (uint16_t)(rr->name_len + n);
}

static void
link_add(struct iso_rr *rr, const void *s, size_t n)
{
	if (n > ISO_LINK_MAX - rr->link_len) {
		rr->link_bad = true;
		return;
	}
	if (n > 0)
		memcpy(rr->link + rr->link_len, s, n);
	rr->link_len = (uint16_t)(rr->link_len + n);
}

/* A component may go on in the next one, and a link in the next SL. */
static void
sl(struct rd *r, struct iso_rr *rr)
{
	rr->has |= RR_SL;
	(void)rd_u8(r);			/* more to follow: it does, or not */
	while (rd_left(r) > 0 && !rr->link_bad) {
		uint8_t flags = rd_u8(r);
		struct rd text = rd_sub(r, rd_u8(r));

		if (r->err != 0)
			return;
		if (flags & SL_ROOT) {
			rr->link_len = 0;
			link_add(rr, "/", 1);
			rr->link_slash = false;
			continue;
		}
		if (rr->link_slash)
			link_add(rr, "/", 1);
		if (flags & SL_CURRENT)
			link_add(rr, ".", 1);
		else if (flags & SL_PARENT)
			link_add(rr, "..", 2);
		else if (flags & ~SL_MORE)
			rr->link_bad = true;	/* this host's root or name */
		else
			link_add(rr, text.p, rd_left(&text));
		rr->link_slash = (flags & SL_MORE) == 0;
	}
}

/* makefs says one byte less than it needs, so that the last zone is missing. */
static bool
tf_next(struct rd *r, bool is_long, int64_t *ret)
{
	uint8_t b[17] = { 0 };
	size_t n = is_long ? 17 : 7;

	if (rd_left(r) < n)
		n--;
	if (rd_left(r) < n)
		return false;
	memcpy(b, rd_take(r, n), n);
	*ret = is_long ? iso_time_long(b) : iso_time_short(b);
	return true;
}

static void
tf(struct rd *r, struct iso_rr *rr)
{
	uint8_t flags = rd_u8(r);

	for (unsigned bit = TF_CREATE; bit < TF_LONG; bit <<= 1) {
		int64_t t;

		if ((flags & bit) == 0)
			continue;
		if (!tf_next(r, flags & TF_LONG, &t))
			return;
		if (bit == TF_MODIFY) {
			rr->mtime = t;
			rr->has_mtime = true;
		} else if (bit == TF_ACCESS) {
			rr->atime = t;
			rr->has_atime = true;
		} else if (bit == TF_ATTR || (bit == TF_CREATE && !rr->has_ctime)) {
			rr->ctime = t;
			rr->has_ctime = true;
		}
	}
}

/* A file in zisofs' form; the size is what it would be. */
static void
zf(struct rd *r, struct iso_rr *rr)
{
	(void)rd_take(r, 4);
	rr->real_size = rd_both32(r);
	rr->has |= RR_ZF;
}

static void
field(unsigned sig, struct rd *r, struct iso_rr *rr)
{
	switch (sig) {
	case SIG('P', 'X'):
		px(r, rr);
		break;
	case SIG('N', 'M'):
		nm(r, rr);
		break;
	case SIG('S', 'L'):
		sl(r, rr);
		break;
	case SIG('T', 'F'):
		tf(r, rr);
		break;
	case SIG('P', 'N'):
		rr->dev_high = rd_both32(r);
		rr->dev_low = rd_both32(r);
		rr->has |= RR_PN;
		break;
	case SIG('C', 'L'):
		rr->child = rd_both32(r);
		rr->has |= RR_CL;
		break;
	case SIG('R', 'E'):
		rr->has |= RR_RE;
		break;
	case SIG('Z', 'F'):
		zf(r, rr);
		break;
	case SIG('S', 'F'):
		if (rd_left(r) >= 16)	/* 1.12: high and low */
			rr->real_size = (uint64_t)rd_both32(r) << 32;
		rr->real_size |= rd_both32(r);
		rr->has |= RR_SF;
		break;
	case SIG('C', 'E'):
		rr->ce_block = rd_both32(r);
		rr->ce_off = rd_both32(r);
		rr->ce_len = rd_both32(r);
		break;
	}
}

int
iso_rr_read(struct rd area, struct iso_rr *rr)
{
	rr->ce_len = 0;
	while (rd_left(&area) >= 4) {
		const uint8_t *h = rd_take(&area, 4);
		unsigned sig = SIG(h[0], h[1]);
		struct rd body;

		if (h[2] < 4 || sig == SIG('S', 'T'))
			break;		/* filler, or the end */
		body = rd_sub(&area, h[2] - 4u);
		if (area.err != 0)
			return area.err;
		field(sig, &body, rr);
		if (body.err != 0)
			return body.err;
	}
	return 0;
}

bool
iso_susp_start(struct rd sua, uint8_t *ret_skip)
{
	/* Behind the 14 bytes of a CD-ROM XA disc, SUSP 5.3, or at once. */
	static const size_t at[] = { 0, 14 };

	for (size_t i = 0; i < 2; i++) {
		struct rd r = sua;
		const uint8_t *p;

		(void)rd_take(&r, at[i]);
		p = rd_take(&r, 7);
		if (p != NULL && p[0] == 'S' && p[1] == 'P' && p[2] >= 7 &&
		    p[4] == 0xbe && p[5] == 0xef) {
			*ret_skip = p[6];
			return true;
		}
	}
	return false;
}
