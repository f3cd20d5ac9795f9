/* dhcp_option_print.c - the value of an option: bytes to text. */
#include <string.h>

#include "addr.h"
#include "dhcp_option.h"

#define DOMAIN_MAX	255	/* RFC 1035 2.3.4 */
#define LABEL_MAX	63

static void
print_hex(const uint8_t *p, size_t n, struct buf *b)
{
	for (size_t i = 0; i < n; i++)
		buf_printf(b, "%s%02x", i > 0 ? ":" : "", p[i]);
}

static void
print_text(const uint8_t *p, size_t n, struct buf *b)
{
	buf_putc(b, '"');
	for (size_t i = 0; i < n; i++)
		if (p[i] >= ' ' && p[i] < 0x7f && p[i] != '"' && p[i] != '\\')
			buf_putc(b, (char)p[i]);
		else
			buf_printf(b, "\\x%02x", p[i]);
	buf_putc(b, '"');
}

static bool
is_text(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] < ' ' || p[i] >= 0x7f)
			return false;
	return n > 0;
}

static void
print_number(struct rd *r, char letter, struct buf *b)
{
	uint32_t v = strchr("Bb", letter) ? rd_u8(r) : strchr("Ss", letter) ?
	    rd_be16(r) : rd_be32(r);

	if (letter == 'b')
		buf_printf(b, "%d", (int)(int8_t)v);
	else if (letter == 's')
		buf_printf(b, "%d", (int)(int16_t)v);
	else if (letter == 'l')
		buf_printf(b, "%ld", (long)(int32_t)v);
	else
		buf_printf(b, "%lu", (unsigned long)v);
}

/* A name that begins at the reader; pointers lead back within `all` only, so
 * each step is on earlier ground. */
static bool
print_domain(struct rd *r, const uint8_t *all, struct buf *b)
{
	struct rd at = *r;
	bool jumped = false, any = false;
	size_t total = 0;
	uint8_t n;

	while ((n = rd_u8(&at)) != 0 && !at.err) {
		if (n >= 0xc0) {
			size_t to = (size_t)(n & 0x3f) << 8 | rd_u8(&at);
			size_t here = (size_t)(at.p - all);

			if (at.err || to + 2 >= here)
				return false;
			if (!jumped)
				*r = at;
			jumped = true;
			at = rd_init(all + to, here - 2 - to);
			continue;
		}
		if (n > LABEL_MAX || (total += n + 1u) > DOMAIN_MAX)
			return false;
		buf_puts(b, any ? "." : "");
		any = true;
		for (unsigned i = 0; i < n; i++) {
			uint8_t c = rd_u8(&at);

			/* Neither a separator of ours nor a terminal's. */
			buf_putc(b, c > ' ' && c < 0x7f && c != ',' && c != '.' ? (char)c : '?');
		}
	}
	if (at.err)
		return false;
	buf_puts(b, any ? "" : ".");
	if (!jumped)
		*r = at;
	return true;
}

static bool
print_domains(struct rd *r, struct buf *b)
{
	const uint8_t *all = r->p;
	size_t n = 0;

	do {
		buf_puts(b, n++ > 0 ? ", " : "");
		if (!print_domain(r, all, b))
			return false;
	} while (rd_left(r) > 0);
	return true;
}

static bool
print_routes(struct rd *r, struct buf *b)
{
	char text[NET4_STRLEN];
	struct net4 net;
	size_t n = 0;

	do {
		net = (struct net4){ .plen = rd_u8(r) };
		if (net.plen > 32)
			return false;
		for (unsigned i = 0; i < (net.plen + 7u) / 8; i++)
			net.addr |= (uint32_t)rd_u8(r) << (24 - 8 * i);
		if (net.addr & ~net4_mask(net))
			return false;
		buf_printf(b, "%s%s", n++ > 0 ? ", " : "", net4_str(net, text));
		buf_printf(b, " %s", ip4_str(rd_be32(r), text));
	} while (rd_left(r) > 0);
	return r->err == 0;
}

static bool
print_sip(struct rd *r, struct buf *b)
{
	char ip[IP4_STRLEN];
	uint8_t how = rd_u8(r);
	size_t n = 0;

	if (how > 1 || rd_left(r) == 0)
		return false;
	do {
		buf_puts(b, n++ > 0 ? ", " : "");
		if (how == 1)
			buf_puts(b, ip4_str(rd_be32(r), ip));
		else if (!print_domain(r, r->p, b))
			return false;
	} while (rd_left(r) > 0);
	return r->err == 0;
}

static bool	print_value(const struct dhcp_opt_own *, const struct dhcp_opt_def *,
		    uint8_t vendor, struct rd, struct buf *);

/* "{boot-menu 00:00:.., menu-prompt 5 "F8"}".  RFC 2132 8.4: they may end with
 * 255, and 0 is filling. */
static bool
print_space(const struct dhcp_opt_own *own, uint8_t space, struct rd *r, struct buf *b)
{
	char name[DHCP_OPT_NAME];
	size_t n = 0;
	uint8_t code;
	struct rd in;

	buf_putc(b, '{');
	while (rd_left(r) > 0 && (code = rd_u8(r)) != 255) {
		const struct dhcp_opt_def *d;

		if (code == 0)
			continue;
		in = rd_sub(r, rd_u8(r));
		if (r->err)
			return false;
		d = dhcp_opt_by_code(own, space, code);
		(void)dhcp_opt_name(own, space, code, name);
		buf_printf(b, "%s%s", n++ > 0 ? ", " : "",
		    strchr(name, '.') != NULL ? strchr(name, '.') + 1 : name);
		if (rd_left(&in) > 0)
			buf_putc(b, ' ');
		/* No space stands in a space: one step deeper and no further. */
		if (d != NULL && d->fmt[0] == 'E')
			d = NULL;
		dhcp_opt_print(own, d, 0, in.p, rd_left(&in), b);
	}
	buf_putc(b, '}');
	(void)rd_take(r, rd_left(r));
	return true;
}

static bool
print_field(const struct dhcp_opt_own *own, const struct dhcp_opt_def *d, char letter,
    uint8_t vendor, struct rd *r, struct buf *b)
{
	uint8_t space = d->sub != 0 ? d->sub : vendor;
	char ip[IP4_STRLEN];
	size_t n = rd_left(r);

	switch (letter) {
	case 'I':
		buf_puts(b, ip4_str(rd_be32(r), ip));
		break;
	case 'f':
		buf_puts(b, rd_u8(r) != 0 ? "yes" : "no");
		break;
	case 't':
		print_text(rd_take(r, n), n, b);
		break;
	case 'x':
		if (is_text(r->p, n))
			print_text(rd_take(r, n), n, b);
		else
			print_hex(rd_take(r, n), n, b);
		break;
	case 'E':
		if (space != 0)
			return print_space(own, space, r, b);
		/* FALLTHROUGH */
	case 'X':
		print_hex(rd_take(r, n), n, b);
		break;
	case 'd':
		return print_domain(r, r->p, b);
	case 'D':
		return print_domains(r, b);
	case 'R':
		return print_routes(r, b);
	case 'P':
		return print_sip(r, b);
	case 'Z':
		buf_puts(b, "yes");
		break;
	default:
		print_number(r, letter, b);
		break;
	}
	return r->err == 0;
}

static bool
print_value(const struct dhcp_opt_own *own, const struct dhcp_opt_def *d,
    uint8_t vendor, struct rd r, struct buf *b)
{
	size_t n = strcspn(d->fmt, "Aa");
	char repeat = d->fmt[n];

	for (size_t i = 0; i < n; i++) {
		buf_puts(b, i > 0 ? " " : "");
		if (!print_field(own, d, d->fmt[i], vendor, &r, b))
			return false;
	}
	while (repeat != '\0' && rd_left(&r) > 0)
		for (size_t first = repeat == 'A' ? 0 : n - 1, i = first; i < n; i++) {
			buf_puts(b, i > first ? " " : ", ");
			if (!print_field(own, d, d->fmt[i], vendor, &r, b))
				return false;
		}
	return r.err == 0 && rd_left(&r) == 0;
}

void
dhcp_opt_print(const struct dhcp_opt_own *own, const struct dhcp_opt_def *d,
    uint8_t vendor, const uint8_t *p, size_t len, struct buf *b)
{
	size_t before = b->len;

	if (d != NULL && print_value(own, d, vendor, rd_init(p, len), b))
		return;
	if (b->err)
		return;
	b->len = before;		/* half of it, perhaps */
	print_hex(p, len, b);
}
