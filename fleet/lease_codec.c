/* lease_codec.c - a lease as a record of the journal.
 *
 * Length (4), CRC32C (4), then: version (1), state (1), address (4), MAC (6),
 * start (8), expiry (8), client id, host name and (since version 2) relay
 * information, each behind a length byte.  Numbers are big endian.
 */
#include <errno.h>
#include <string.h>

#include "../lib/wire.h"
#include "lease.h"

#define RECORD_HEAD	8u
#define RECORD_VERSION	2u
#define TIME_MAX	(INT64_MAX / 4)	/* so that sums and differences of times are numbers */

/* CRC32C (Castagnoli, RFC 3720 section 12.1), reflected, four bits at a time. */
static uint32_t
crc32c(const uint8_t *p, size_t n)
{
	static const uint32_t tab[16] = {
		0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1,
		0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
		0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
		0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
	};
	uint32_t crc = 0xffffffff;

	while (n-- > 0) {
		crc ^= *p++;
		crc = crc >> 4 ^ tab[crc & 15];
		crc = crc >> 4 ^ tab[crc & 15];
	}
	return ~crc;
}

static void
put64(struct wr *w, int64_t v)
{
	wr_be32(w, (uint32_t)((uint64_t)v >> 32));
	wr_be32(w, (uint32_t)v);
}

static int64_t
get64(struct rd *r)
{
	uint64_t hi = rd_be32(r);

	return (int64_t)(hi << 32 | rd_be32(r));
}

/* What is written must read back: only what lease_decode() takes. */
static void
put_name(struct wr *w, const char *s)
{
	size_t n = strnlen(s, sizeof(((struct lease *)NULL)->hostname) - 1);

	wr_u8(w, (uint8_t)n);
	for (; n > 0; n--, s++)
		wr_u8(w, *s >= 0x20 && *s < 0x7f ? (uint8_t)*s : '?');
}

size_t
lease_encode(const struct lease *l, uint8_t buf[LEASE_RECORD_MAX])
{
	uint8_t cid_len = l->cid_len < sizeof(l->cid) ? l->cid_len : sizeof(l->cid);
	uint8_t agent_len = l->agent_len <= sizeof(l->agent) ? l->agent_len : 0;
	struct wr w = wr_init(buf + RECORD_HEAD, LEASE_RECORD_MAX - RECORD_HEAD);
	struct wr head = wr_init(buf, RECORD_HEAD);

	wr_u8(&w, RECORD_VERSION);
	wr_u8(&w, (uint8_t)l->state);
	wr_be32(&w, l->addr);
	wr_bytes(&w, l->mac.b, sizeof(l->mac.b));
	put64(&w, l->start);
	put64(&w, l->expiry);
	wr_u8(&w, cid_len);
	wr_bytes(&w, l->cid, cid_len);
	put_name(&w, l->hostname);
	wr_u8(&w, agent_len);
	wr_bytes(&w, l->agent, agent_len);

	wr_be32(&head, (uint32_t)w.len);
	wr_be32(&head, crc32c(buf + RECORD_HEAD, w.len));
	return RECORD_HEAD + w.len;
}

static int
decode_body(struct rd r, struct lease *l)
{
	const uint8_t *p;
	uint8_t n, version;

	memset(l, 0, sizeof(*l));
	version = rd_u8(&r);
	if (version < 1 || version > RECORD_VERSION)
		return -EBADMSG;
	n = rd_u8(&r);
	if (n > LEASE_DECLINED)
		return -EBADMSG;
	l->state = (enum lease_state)n;
	l->addr = rd_be32(&r);
	if ((p = rd_take(&r, sizeof(l->mac.b))) != NULL)
		memcpy(l->mac.b, p, sizeof(l->mac.b));
	l->start = get64(&r);
	l->expiry = get64(&r);
	if (l->start < -TIME_MAX || l->start > TIME_MAX || l->expiry < -TIME_MAX ||
	    (l->expiry > TIME_MAX && l->expiry != LEASE_FOREVER))
		return -EBADMSG;
	n = rd_u8(&r);
	if (n > sizeof(l->cid) || (p = rd_take(&r, n)) == NULL)
		return -EBADMSG;
	memcpy(l->cid, p, n);
	l->cid_len = n;
	n = rd_u8(&r);
	if (n >= sizeof(l->hostname) || (p = rd_take(&r, n)) == NULL)
		return -EBADMSG;
	for (size_t i = 0; i < n; i++)
		if (p[i] < 0x20 || p[i] >= 0x7f)
			return -EBADMSG;
	memcpy(l->hostname, p, n);
	if (version > 1) {
		n = rd_u8(&r);
		if (n > sizeof(l->agent) || (p = rd_take(&r, n)) == NULL)
			return -EBADMSG;
		memcpy(l->agent, p, n);
		l->agent_len = n;
	}
	return r.err != 0 || rd_left(&r) > 0 ? -EBADMSG : 0;
}

int
lease_decode(const uint8_t *buf, size_t n, struct lease *ret, size_t *ret_used)
{
	struct rd r = rd_init(buf, n);
	struct lease l;
	const uint8_t *body;
	uint32_t len, crc;

	len = rd_be32(&r);
	crc = rd_be32(&r);
	if (r.err == 0 && (len == 0 || len > LEASE_RECORD_MAX - RECORD_HEAD))
		return -EBADMSG;
	if ((body = rd_take(&r, len)) == NULL)
		return -EAGAIN;
	if (crc32c(body, len) != crc || decode_body(rd_init(body, len), &l) < 0)
		return -EBADMSG;
	*ret = l;
	*ret_used = RECORD_HEAD + len;
	return 0;
}
