/* addr.c - MAC, IPv4, network, range and UUID: parse, print, compare. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "addr.h"

int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Two hex digits at s.  A NUL is no hex digit, so this stops at the end. */
static int
hex_byte(const char *s, uint8_t *ret)
{
	int hi, lo;

	if ((hi = hex_digit(s[0])) < 0 || (lo = hex_digit(s[1])) < 0)
		return -EINVAL;
	*ret = (uint8_t)(hi << 4 | lo);
	return 0;
}

/* Decimal of at most three digits without leading zeroes (some would take
 * 010 for eight).  Moves *s past it. */
static int
small_number(const char **s, unsigned max, unsigned *ret)
{
	const char *p = *s;
	unsigned v = 0;
	int n = 0;

	for (; *p >= '0' && *p <= '9'; p++) {
		if (++n > 3 || (n > 1 && v == 0))
			return -EINVAL;
		v = v * 10 + (unsigned)(*p - '0');
	}
	if (n == 0 || v > max)
		return -EINVAL;
	*s = p;
	*ret = v;
	return 0;
}

static int
quad(const char **s, uint32_t *ret)
{
	const char *p = *s;
	uint32_t addr = 0;
	unsigned v;

	for (int i = 0; i < 4; i++) {
		if (i > 0 && *p++ != '.')
			return -EINVAL;
		if (small_number(&p, 255, &v) < 0)
			return -EINVAL;
		addr = addr << 8 | v;
	}
	*s = p;
	*ret = addr;
	return 0;
}

int
mac_parse(const char *s, struct mac *ret)
{
	struct mac m;
	size_t len = strlen(s), step, i, at;
	char sep;

	if (len == 17 && (s[2] == ':' || s[2] == '-'))
		step = 1;
	else if (len == 14 && s[4] == '.')
		step = 2;
	else
		return -EINVAL;
	sep = s[step * 2];
	for (i = 0, at = 0; i < sizeof(m.b); i++, at += 2) {
		if (i > 0 && i % step == 0 && s[at++] != sep)
			return -EINVAL;
		if (hex_byte(s + at, &m.b[i]) < 0)
			return -EINVAL;
	}
	*ret = m;
	return 0;
}

int
ip4_parse(const char *s, uint32_t *ret)
{
	uint32_t addr;

	if (quad(&s, &addr) < 0 || *s != '\0')
		return -EINVAL;
	*ret = addr;
	return 0;
}

int
net4_parse(const char *s, struct net4 *ret)
{
	struct net4 n;
	unsigned plen;

	if (quad(&s, &n.addr) < 0 || *s++ != '/' ||
	    small_number(&s, 32, &plen) < 0 || *s != '\0')
		return -EINVAL;
	n.plen = (uint8_t)plen;
	if ((n.addr & ~net4_mask(n)) != 0)
		return -EINVAL;
	*ret = n;
	return 0;
}

int
range4_parse(const char *s, struct range4 *ret)
{
	struct range4 r;

	if (quad(&s, &r.lo) < 0)
		return -EINVAL;
	r.hi = r.lo;
	if (*s == '-') {
		s++;
		if (quad(&s, &r.hi) < 0)
			return -EINVAL;
	}
	if (*s != '\0' || r.hi < r.lo)
		return -EINVAL;
	*ret = r;
	return 0;
}

/* Where the two digits of each byte stand in 8-4-4-4-12.  SMBIOS, and so
 * option 97 (RFC 4578 section 2.3), keeps the first three fields little
 * endian. */
static const uint8_t uuid_at[16] = {
	6, 4, 2, 0, 11, 9, 16, 14, 19, 21, 24, 26, 28, 30, 32, 34
};

int
uuid_parse(const char *s, struct uuid *ret)
{
	struct uuid u;

	if (strlen(s) != 36 ||
	    s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-')
		return -EINVAL;
	for (size_t i = 0; i < sizeof(u.b); i++)
		if (hex_byte(s + uuid_at[i], &u.b[i]) < 0)
			return -EINVAL;
	*ret = u;
	return 0;
}

char *
mac_str(struct mac m, char buf[MAC_STRLEN])
{
	(void)snprintf(buf, MAC_STRLEN, "%02x:%02x:%02x:%02x:%02x:%02x",
	    m.b[0], m.b[1], m.b[2], m.b[3], m.b[4], m.b[5]);
	return buf;
}

char *
ip4_str(uint32_t a, char buf[IP4_STRLEN])
{
	(void)snprintf(buf, IP4_STRLEN, "%u.%u.%u.%u",
	    a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255);
	return buf;
}

char *
net4_str(struct net4 n, char buf[NET4_STRLEN])
{
	char ip[IP4_STRLEN];

	(void)snprintf(buf, NET4_STRLEN, "%s/%u", ip4_str(n.addr, ip), n.plen);
	return buf;
}

char *
range4_str(struct range4 r, char buf[RANGE4_STRLEN])
{
	char lo[IP4_STRLEN], hi[IP4_STRLEN];

	if (r.lo == r.hi)
		(void)snprintf(buf, RANGE4_STRLEN, "%s", ip4_str(r.lo, lo));
	else
		(void)snprintf(buf, RANGE4_STRLEN, "%s-%s", ip4_str(r.lo, lo),
		    ip4_str(r.hi, hi));
	return buf;
}

char *
uuid_str(const struct uuid *u, char buf[UUID_STRLEN])
{
	static const char hex[] = "0123456789abcdef";

	memcpy(buf, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", UUID_STRLEN);
	for (size_t i = 0; i < sizeof(u->b); i++) {
		buf[uuid_at[i]] = hex[u->b[i] >> 4];
		buf[uuid_at[i] + 1] = hex[u->b[i] & 15];
	}
	return buf;
}

bool
mac_equal(struct mac a, struct mac b)
{
	return memcmp(a.b, b.b, sizeof(a.b)) == 0;
}

bool
mac_is_zero(struct mac m)
{
	return mac_equal(m, (struct mac){ { 0 } });
}

uint32_t
net4_mask(struct net4 n)
{
	return n.plen == 0 ? 0 : UINT32_MAX << (32 - n.plen);
}

bool
net4_has(struct net4 n, uint32_t a)
{
	return (a & net4_mask(n)) == n.addr;
}

uint32_t
net4_broadcast(struct net4 n)
{
	return n.addr | ~net4_mask(n);
}

bool
net4_is_host(struct net4 n, uint32_t a)
{
	uint32_t top = a >> 24;

	if (!net4_has(n, a) || top == 0 || top == 127 || top >= 224)
		return false;
	/* A /31 has two hosts and no network address (RFC 3021). */
	return n.plen >= 31 || (a != n.addr && a != net4_broadcast(n));
}
