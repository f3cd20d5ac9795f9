/* dhcp_msg.c - a DHCP or BOOTP message: bytes <-> struct. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "../lib/wire.h"
#include "dhcp_msg.h"

/* Reading ----------------------------------------------------------------- */

typedef void opt_fn(struct dhcp_msg *, uint8_t code, const uint8_t *, size_t);

/* Up to END, or to the end of the area: not every client writes END. */
static int
walk(struct rd area, struct dhcp_msg *m, opt_fn *fn)
{
	while (rd_left(&area) > 0) {
		uint8_t code = rd_u8(&area), len;
		const uint8_t *p;

		if (code == DHO_PAD)
			continue;
		if (code == DHO_END)
			return 0;
		len = rd_u8(&area);
		if ((p = rd_take(&area, len)) == NULL)
			return area.err;
		fn(m, code, p, len);
	}
	return 0;
}

static void
count(struct dhcp_msg *m, uint8_t code, const uint8_t *p, size_t len)
{
	(void)p;
	if (!m->has[code]) {
		m->has[code] = true;
		m->order[m->n++] = code;
	}
	m->off[code] = (uint16_t)(m->off[code] + len);
}

static void
collect(struct dhcp_msg *m, uint8_t code, const uint8_t *p, size_t len)
{
	if (len > 0)
		memcpy(m->pool + m->off[code] + m->len[code], p, len);
	m->len[code] = (uint16_t)(m->len[code] + len);
}

/* RFC 2132 9.3.  The one option that must stand in the options area itself. */

static uint8_t
overload_bits(struct rd area)
{
	while (rd_left(&area) > 0) {
		uint8_t code = rd_u8(&area), len;
		const uint8_t *p;

		if (code == DHO_PAD)
			continue;
		if (code == DHO_END)
			break;
		len = rd_u8(&area);
		p = rd_take(&area, len);
		if (code == DHO_DHCP_OPTION_OVERLOAD && p != NULL && len == 1 &&
		    p[0] <= (OVERLOAD_FILE | OVERLOAD_SNAME))
			return p[0];
	}
	return 0;
}

/* RFC 3396 section 5: options, then file, then sname, as one area. */
static int
walk_all(const struct rd area[3], struct dhcp_msg *m, opt_fn *fn)
{
	int r = 0;

	for (int i = 0; i < 3 && r == 0; i++)
		r = walk(area[i], m, fn);
	return r;
}

static int
read_options(struct dhcp_msg *m, const struct rd area[3])
{
	size_t used = 0;
	int r;

	if ((r = walk_all(area, m, count)) < 0)
		return r;
	/* off[] holds the lengths now: make them places. */
	for (unsigned i = 0; i < m->n; i++) {
		uint16_t len = m->off[m->order[i]];

		m->off[m->order[i]] = (uint16_t)used;
		used += len;
	}
	assert(used <= sizeof(m->pool));	/* less than the message */
	m->used = used;
	return walk_all(area, m, collect);
}

/* A text field ends at its NUL, if it has one. */
static void
take_text(char *to, const uint8_t *p, size_t len)
{
	size_t n = strnlen((const char *)p, len);

	memcpy(to, p, n);
	to[n] = '\0';
}

void
dhcp_init(struct dhcp_msg *m)
{
	/* The pool is left as it is: nothing refers to it. */
	memset(m, 0, offsetof(struct dhcp_msg, pool));
}

int
dhcp_parse(const uint8_t *buf, size_t len, struct dhcp_msg *m)
{
	struct rd r = rd_init(buf, len), area[3] = { { 0 } };
	const uint8_t *chaddr, *sname, *file;
	uint8_t over;

	if (len > DHCP_MSG_MAX)
		return -EBADMSG;
	dhcp_init(m);
	m->wire_len = len;
	m->op = rd_u8(&r);
	m->htype = rd_u8(&r);
	m->hlen = rd_u8(&r);
	m->hops = rd_u8(&r);
	m->xid = rd_be32(&r);
	m->secs = rd_be16(&r);
	m->flags = rd_be16(&r);
	m->ciaddr = rd_be32(&r);
	m->yiaddr = rd_be32(&r);
	m->siaddr = rd_be32(&r);
	m->giaddr = rd_be32(&r);
	chaddr = rd_take(&r, sizeof(m->chaddr));
	sname = rd_take(&r, BOOTP_SNAME_LEN);
	file = rd_take(&r, BOOTP_FILE_LEN);
	if (r.err)
		return r.err;
	memcpy(m->chaddr, chaddr, sizeof(m->chaddr));
	if (rd_left(&r) >= 4) {
		struct rd peek = r;

		m->cookie = rd_be32(&peek) == DHCP_COOKIE;
		r = peek;
	}
	if (!m->cookie) {
		/* RFC 951: what follows is the vendor's, and not for us. */
		take_text(m->sname, sname, BOOTP_SNAME_LEN);
		take_text(m->file, file, BOOTP_FILE_LEN);
		return 0;
	}
	over = overload_bits(r);
	area[0] = r;
	if (over & OVERLOAD_FILE)
		area[1] = rd_init(file, BOOTP_FILE_LEN);
	else
		take_text(m->file, file, BOOTP_FILE_LEN);
	if (over & OVERLOAD_SNAME)
		area[2] = rd_init(sname, BOOTP_SNAME_LEN);
	else
		take_text(m->sname, sname, BOOTP_SNAME_LEN);
	return read_options(m, area);
}

const uint8_t *
dhcp_opt(const struct dhcp_msg *m, uint8_t code, size_t *ret_len)
{
	if (!m->has[code])
		return NULL;
	*ret_len = m->len[code];
	return m->pool + m->off[code];
}

static struct rd
exactly(const struct dhcp_msg *m, uint8_t code, size_t want)
{
	size_t len = 0;
	const uint8_t *p = dhcp_opt(m, code, &len);

	return p != NULL && len == want ? rd_init(p, len) :
	    (struct rd){ .err = -EBADMSG };
}

bool
dhcp_opt_u8(const struct dhcp_msg *m, uint8_t code, uint8_t *ret)
{
	struct rd r = exactly(m, code, 1);

	if (r.err)
		return false;
	*ret = rd_u8(&r);
	return true;
}

bool
dhcp_opt_u16(const struct dhcp_msg *m, uint8_t code, uint16_t *ret)
{
	struct rd r = exactly(m, code, 2);

	if (r.err)
		return false;
	*ret = rd_be16(&r);
	return true;
}

bool
dhcp_opt_u32(const struct dhcp_msg *m, uint8_t code, uint32_t *ret)
{
	struct rd r = exactly(m, code, 4);

	if (r.err)
		return false;
	*ret = rd_be32(&r);
	return true;
}

int
dhcp_type(const struct dhcp_msg *m)
{
	uint8_t type;

	if (!m->has[DHO_DHCP_MESSAGE_TYPE])
		return DHCP_NOTYPE;
	if (!dhcp_opt_u8(m, DHO_DHCP_MESSAGE_TYPE, &type) || type == DHCP_NOTYPE)
		return -1;
	return type;
}

struct mac
dhcp_mac(const struct dhcp_msg *m)
{
	struct mac mac;

	memcpy(mac.b, m->chaddr, sizeof(mac.b));
	return mac;
}

const char *
dhcp_type_name(int type)
{
	static const char *const name[] = {
		"BOOTP", "DISCOVER", "OFFER", "REQUEST", "DECLINE", "ACK",
		"NAK", "RELEASE", "INFORM", [DHCPLEASEQUERY] = "LEASEQUERY",
		"LEASEUNASSIGNED", "LEASEUNKNOWN", "LEASEACTIVE",
	};

	if (type < 0 || (size_t)type >= sizeof(name) / sizeof(name[0]) ||
	    name[type] == NULL)
		return "message of unknown type";
	return name[type];
}

/* Writing ----------------------------------------------------------------- */

int
dhcp_put(struct dhcp_msg *m, uint8_t code, const void *p, size_t len)
{
	assert(!m->has[code] && code != DHO_PAD && code != DHO_END);
	if (len > sizeof(m->pool) - m->used)
		return -ENOBUFS;
	m->has[code] = true;
	m->order[m->n++] = code;
	m->off[code] = (uint16_t)m->used;
	m->len[code] = (uint16_t)len;
	if (len > 0)
		memcpy(m->pool + m->used, p, len);
	m->used += len;
	m->cookie = true;
	return 0;
}

int
dhcp_put_u8(struct dhcp_msg *m, uint8_t code, uint8_t v)
{
	return dhcp_put(m, code, &v, 1);
}

int
dhcp_put_u32(struct dhcp_msg *m, uint8_t code, uint32_t v)
{
	return dhcp_put_addrs(m, code, &v, 1);
}

int
dhcp_put_addrs(struct dhcp_msg *m, uint8_t code, const uint32_t *addr, size_t n)
{
	uint8_t bytes[4 * 32];
	struct wr w = wr_init(bytes, sizeof(bytes));

	for (size_t i = 0; i < n; i++)
		wr_be32(&w, addr[i]);
	return w.err ? w.err : dhcp_put(m, code, bytes, w.len);
}

/* With the header of each piece of 255 bytes. */
static size_t
size_on_wire(size_t len)
{
	return len + 2 * (len == 0 ? 1 : (len + 254) / 255);
}

static void
write_option(struct wr *w, uint8_t code, const uint8_t *p, size_t len)
{
	do {
		size_t n = len < 255 ? len : 255;

		wr_u8(w, code);
		wr_u8(w, (uint8_t)n);
		wr_bytes(w, p, n);
		p += n;
		len -= n;
	} while (len > 0);
}

static void
write_text(struct wr *w, const char *s, size_t field)
{
	size_t n = strnlen(s, field);

	wr_bytes(w, s, n);
	while (n++ < field)
		wr_u8(w, 0);
}

static void
write_fixed(struct wr *w, const struct dhcp_msg *m)
{
	wr_u8(w, m->op);
	wr_u8(w, m->htype);
	wr_u8(w, m->hlen);
	wr_u8(w, m->hops);
	wr_be32(w, m->xid);
	wr_be16(w, m->secs);
	wr_be16(w, m->flags);
	wr_be32(w, m->ciaddr);
	wr_be32(w, m->yiaddr);
	wr_be32(w, m->siaddr);
	wr_be32(w, m->giaddr);
	wr_bytes(w, m->chaddr, sizeof(m->chaddr));
	write_text(w, m->sname, BOOTP_SNAME_LEN);
	write_text(w, m->file, BOOTP_FILE_LEN);
}

/* The options that fit into room bytes; what is put first stays. */
static uint8_t
write_options(struct wr *w, const struct dhcp_msg *m, size_t room)
{
	const uint8_t relay = DHO_DHCP_AGENT_OPTIONS;
	size_t tail = m->has[relay] ? size_on_wire(m->len[relay]) : 0;
	uint8_t left_out = 0;

	/* RFC 3046 2.2: whole or not at all, and last. */
	if (tail > room / 2) {
		tail = 0;
		left_out = relay;
	}
	room -= tail;
	for (unsigned i = 0; i < m->n; i++) {
		uint8_t code = m->order[i];
		size_t need = size_on_wire(m->len[code]);

		if (code == relay)
			continue;
		if (need > room) {
			if (left_out == 0)
				left_out = code;
			continue;
		}
		write_option(w, code, m->pool + m->off[code], m->len[code]);
		room -= need;
	}
	if (tail > 0)
		write_option(w, relay, m->pool + m->off[relay], m->len[relay]);
	return left_out;
}

int
dhcp_write(const struct dhcp_msg *m, size_t max, uint8_t buf[DHCP_MSG_MAX],
    uint8_t *ret_left_out)
{
	struct wr w = wr_init(buf, DHCP_MSG_MAX);
	uint8_t left_out = 0;

	if (max > DHCP_MSG_MAX)
		max = DHCP_MSG_MAX;
	if (max < BOOTP_MIN_LEN)
		max = BOOTP_MIN_LEN;
	write_fixed(&w, m);
	if (m->cookie) {
		wr_be32(&w, DHCP_COOKIE);
		left_out = write_options(&w, m, max - w.len - 1);
		wr_u8(&w, DHO_END);
	}
	while (w.len < BOOTP_MIN_LEN)
		wr_u8(&w, 0);
	if (w.err)
		return w.err;
	if (ret_left_out != NULL)
		*ret_left_out = left_out;
	return (int)w.len;
}
