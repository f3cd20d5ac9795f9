/* iso_rec.c - directory records and volume descriptors of an ISO 9660 image. */
#include "iso_rec.h"

#define REC_MIN		33u		/* bytes before the identifier */

/* Recorded in both byte orders, 7.2.3. */
static uint16_t
rd_both16(struct rd *r)
{
	const uint8_t *p = rd_take(r, 4);

	return (uint16_t)(p != NULL ? p[1] << 8 | p[0] : 0);
}

/* Dates ------------------------------------------------------------------ */

/* Days since 1970-01-01 in the Gregorian calendar; years begin in March. */
static int64_t
days_of(int64_t y, unsigned m, unsigned d)
{
	unsigned doy = (153 * (m + (m > 2 ? -3u : 9u)) + 2) / 5 + d - 1;

	y -= m <= 2;
	return y * 365 + y / 4 - y / 100 + y / 400 + (int64_t)doy - 719468;
}

struct date { unsigned y, mon, d, h, min, s; int8_t zone; };

static int64_t
seconds_of(const struct date *t)
{
	/* the zone in quarters of an hour, 8.4.26.1 */
	int zone = t->zone >= -48 && t->zone <= 52 ? t->zone : 0;

	if (t->y == 0 || t->mon < 1 || t->mon > 12 || t->d < 1 || t->d > 31 ||
	    t->h > 23 || t->min > 59 || t->s > 59)
		return 0;
	return days_of(t->y, t->mon, t->d) * 86400 + (int64_t)t->h * 3600 +
	    (int64_t)t->min * 60 + t->s - zone * 900;
}

int64_t
iso_time_short(const uint8_t b[7])
{
	return seconds_of(&(struct date){ 1900u + b[0], b[1], b[2], b[3], b[4],
	    b[5], (int8_t)b[6] });
}

static unsigned
digits(const uint8_t *b, size_t n)
{
	unsigned v = 0;

	for (size_t i = 0; i < n; i++) {
		if (b[i] < '0' || b[i] > '9')
			return 9999;		/* fits nowhere but in a year */
		v = v * 10 + (unsigned)(b[i] - '0');
	}
	return v;
}

int64_t
iso_time_long(const uint8_t b[17])
{
	return seconds_of(&(struct date){ digits(b, 4), digits(b + 4, 2),
	    digits(b + 6, 2), digits(b + 8, 2), digits(b + 10, 2),
	    digits(b + 12, 2), (int8_t)b[16] });
}

/* Records ---------------------------------------------------------------- */

static bool
rec_body(struct rd *r, struct iso_rec *ret)
{
	const uint8_t *p;

	ret->skip = rd_u8(r);
	ret->block = rd_both32(r);
	ret->size = rd_both32(r);
	if ((p = rd_take(r, 7)) != NULL)
		ret->time = iso_time_short(p);
	ret->flags = rd_u8(r);
	ret->interleaved = rd_u8(r) != 0;	/* file unit size */
	(void)rd_take(r, 1 + 4);		/* gap size, volume number */
	ret->id_len = rd_u8(r);
	ret->id = rd_take(r, ret->id_len);
	if (ret->id_len % 2 == 0 && rd_left(r) > 0)
		(void)rd_take(r, 1);		/* so that it is even */
	ret->sua = *r;
	return r->err == 0 && ret->id_len > 0;
}

bool
iso_rec_read(struct rd *r, struct iso_rec *ret)
{
	struct rd body;
	uint8_t len;

	/* No record crosses a sector; zeroes fill it up, 6.8.1.1. */
	if (rd_left(r) == 0 || *r->p == 0)
		return false;
	len = rd_u8(r);
	if (len < REC_MIN + 1) {
		r->err = -EBADMSG;
		return false;
	}
	body = rd_sub(r, len - 1u);
	if (!rec_body(&body, ret))
		r->err = -EBADMSG;
	return r->err == 0;
}

size_t
iso_rec_name(const struct iso_rec *rec, bool lower, char *buf)
{
	const uint8_t *id = rec->id;
	size_t n = rec->id_len;

	if (n > 2 && id[n - 2] == ';' && id[n - 1] == '1') {
		n -= 2;
		if (n > 1 && id[n - 1] == '.')
			n--;
	}
	for (size_t i = 0; i < n; i++)
		buf[i] = (char)(lower && id[i] >= 'A' && id[i] <= 'Z' ?
		    id[i] - 'A' + 'a' : id[i] == ';' || id[i] == '/' ?
		    '.' : id[i]);
	return n;
}

/* Volume descriptors ----------------------------------------------------- */

int
iso_pvd_read(const uint8_t sector[ISO_SECTOR], struct iso_pvd *ret)
{
	struct rd r = rd_init(sector, ISO_SECTOR);

	(void)rd_take(&r, 80);
	ret->blocks = rd_both32(&r);
	(void)rd_take(&r, 128 - 88);
	ret->block_size = rd_both16(&r);
	(void)rd_take(&r, 156 - 132);
	r = rd_sub(&r, 34);
	if (!iso_rec_read(&r, &ret->root) ||
	    (ret->root.flags & ISO_FLAG_DIR) == 0)
		return -EBADMSG;
	return ret->block_size == 512 || ret->block_size == 1024 ||
	    ret->block_size == 2048 ? 0 : -EBADMSG;
}
