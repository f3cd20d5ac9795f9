/* dhcp_option_value.c - the value of an option: text to bytes. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "addr.h"
#include "dhcp_option.h"

#define WHY(...)	((void)snprintf(why, DHCP_OPT_WHY, __VA_ARGS__), -EINVAL)

#define DOMAIN_MAX	255	/* RFC 1035 2.3.4 */
#define LABEL_MAX	63
#define TOKEN_MAX	256

/* Reading texts ------------------------------------------------------------- */

/* All values, word by word. */
struct text {
	const char *const *value;
	size_t		 n, i, at;	/* at: within value[i] */
	char		 word[TOKEN_MAX];
};

static bool
at_end(struct text *t)
{
	while (t->i < t->n) {
		t->at += strspn(t->value[t->i] + t->at, " \t");
		if (t->value[t->i][t->at] != '\0')
			return false;
		t->i++;
		t->at = 0;
	}
	return true;
}

static int
next_word(struct text *t, char why[DHCP_OPT_WHY])
{
	size_t n;

	if (at_end(t))
		return WHY("something is missing");
	n = strcspn(t->value[t->i] + t->at, " \t");
	if (n >= sizeof(t->word))
		return WHY("\"%.32s...\" is too long", t->value[t->i] + t->at);
	memcpy(t->word, t->value[t->i] + t->at, n);
	t->word[n] = '\0';
	t->at += n;
	return 0;
}

/* The rest of this value as it stands. */
static const char *
take_rest(struct text *t)
{
	const char *s;

	if (t->i >= t->n)
		return NULL;
	s = t->value[t->i] + t->at;
	if (t->at > 0)			/* behind other fields of a record */
		s += strspn(s, " \t");
	t->i++;
	t->at = 0;
	return s;
}

static int
put_number(struct text *t, char letter, struct wr *w, char why[DHCP_OPT_WHY])
{
	unsigned bits = strchr("Bb", letter) ? 8 : strchr("Ss", letter) ? 16 : 32;
	bool sign = strchr("bsl", letter) != NULL, minus;
	int64_t max = (int64_t)(((uint64_t)1 << (sign ? bits - 1 : bits)) - 1), v = 0;
	int64_t min = sign ? -max - 1 : 0;
	const char *s;
	unsigned base = 10;
	int d, r;

	if ((r = next_word(t, why)) < 0)
		return r;
	s = t->word;
	if ((minus = *s == '-'))
		s++;
	if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
		base = 16;
		s += 2;
	}
	if (*s == '\0')
		return WHY("\"%.64s\" must be a number", t->word);
	for (; *s != '\0'; s++) {
		if ((d = hex_digit(*s)) < 0 || d >= (int)base)
			return WHY("\"%.64s\" must be a number", t->word);
		if (v <= UINT32_MAX)
			v = v * base + d;
	}
	if (minus)
		v = -v;
	if (v < min || v > max)
		return WHY("\"%.64s\" must be from %lld to %lld", t->word,
		    (long long)min, (long long)max);
	if (bits == 8)
		wr_u8(w, (uint8_t)v);
	else if (bits == 16)
		wr_be16(w, (uint16_t)v);
	else
		wr_be32(w, (uint32_t)v);
	return 0;
}

static int
put_ip(struct text *t, struct wr *w, char why[DHCP_OPT_WHY])
{
	uint32_t addr;
	int r;

	if ((r = next_word(t, why)) < 0)
		return r;
	if (ip4_parse(t->word, &addr) < 0)
		return WHY("\"%.64s\" must be an IPv4 address such as 192.0.2.1",
		    t->word);
	wr_be32(w, addr);
	return 0;
}

static int
put_bool(struct text *t, struct wr *w, char why[DHCP_OPT_WHY])
{
	static const char *const word[] = { "no", "yes", "false", "true", "off", "on" };
	int r;

	if ((r = next_word(t, why)) < 0)
		return r;
	for (unsigned i = 0; i < sizeof(word) / sizeof(word[0]); i++)
		if (strcasecmp(t->word, word[i]) == 0) {
			wr_u8(w, i & 1);
			return 0;
		}
	return WHY("\"%.64s\" must be yes or no", t->word);
}

/* 0a:0b:c or 0x0a0b0c. */
static int
put_hex(struct text *t, struct wr *w, char why[DHCP_OPT_WHY])
{
	const char *all = take_rest(t), *s = all;
	bool whole;
	int hi, lo;

	if (all == NULL)
		return WHY("something is missing");
	whole = s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
	s += whole ? 2 : 0;
	do {
		if ((hi = hex_digit(*s)) < 0)
			goto bad;
		if ((lo = hex_digit(*++s)) >= 0)
			s++;
		else if (whole)
			goto bad;
		wr_u8(w, (uint8_t)(lo >= 0 ? hi << 4 | lo : hi));
		if (!whole && *s == ':')
			s++;
		else if (!whole && *s != '\0')
			goto bad;
	} while (*s != '\0');
	if (whole || s[-1] != ':')
		return 0;
bad:
	return WHY("\"%.64s\" must be bytes in hex such as 0a:0b:ff or 0x0a0bff", all);
}

static int
put_text(struct text *t, struct wr *w, char why[DHCP_OPT_WHY])
{
	const char *s = take_rest(t);

	/* RFC 2132 2: no option is empty but those that always are. */
	if (s == NULL || *s == '\0')
		return WHY("must not be empty");
	wr_bytes(w, s, strlen(s));
	return 0;
}

/* One name as RFC 1035 3.1 has it; ends with its 0. */
static int
encode_domain(const char *name, uint8_t buf[DOMAIN_MAX], size_t *ret_len,
    char why[DHCP_OPT_WHY])
{
	struct wr w = wr_init(buf, DOMAIN_MAX);
	const char *s = name;

	if (strcmp(s, ".") == 0)
		s++;
	else if (*s == '\0')
		return WHY("must not be empty");
	while (*s != '\0') {
		size_t n = strcspn(s, ".");

		if (n == 0 || n > LABEL_MAX)
			return WHY("\"%.64s\" is no domain name: a label has 1 to 63 "
			    "characters", name);
		wr_u8(&w, (uint8_t)n);
		wr_bytes(&w, s, n);
		s += n + (s[n] == '.');
	}
	wr_u8(&w, 0);
	if (w.err)
		return WHY("\"%.64s...\" is no domain name: it has more than 255 "
		    "characters", name);
	*ret_len = w.len;
	return 0;
}

static int
put_domain(struct text *t, struct wr *w, char why[DHCP_OPT_WHY])
{
	uint8_t name[DOMAIN_MAX];
	size_t len = 0;
	int r;

	if ((r = next_word(t, why)) < 0 ||
	    (r = encode_domain(t->word, name, &len, why)) < 0)
		return r;
	wr_bytes(w, name, len);
	return 0;
}

/* A suffix that stands in the option already; what was written before `from`
 * begins on label boundaries. */
static bool
find_suffix(const struct wr *w, size_t from, const uint8_t *name, size_t len,
    size_t *ret_at)
{
	for (size_t i = from; i + len <= w->len && i < 0x3fff; i++)
		if (memcmp(w->buf + i, name, len) == 0) {
			*ret_at = i;
			return true;
		}
	return false;
}

/* RFC 3397: a list as one, later names pointing into earlier ones.  Bytes that
 * look like a suffix begin with the length of a label and end with its 0, so
 * they are one wherever they stand. */
static int
put_domains(struct text *t, struct wr *w, char why[DHCP_OPT_WHY])
{
	uint8_t name[DOMAIN_MAX];
	size_t len = 0, at, start = w->len;
	int r;

	do {
		if ((r = next_word(t, why)) < 0 ||
		    (r = encode_domain(t->word, name, &len, why)) < 0)
			return r;
		for (size_t i = 0; i < len; i += 1u + name[i]) {
			if (name[i] != 0 && find_suffix(w, start, name + i, len - i, &at)) {
				wr_be16(w, (uint16_t)(0xc000 | (at - start)));
				break;
			}
			wr_bytes(w, name + i, 1u + name[i]);
		}
	} while (!at_end(t));
	return 0;
}

/* RFC 3442: the length of the mask, as many bytes of the network as it covers,
 * the router. */
static int
put_routes(struct text *t, struct wr *w, char why[DHCP_OPT_WHY])
{
	struct net4 net;
	int r;

	do {
		if ((r = next_word(t, why)) < 0)
			return r;
		if (strcmp(t->word, "default") == 0)
			net = (struct net4){ 0, 0 };
		else if (net4_parse(t->word, &net) < 0)
			return WHY("\"%.64s\" must be a network and its router such as "
			    "\"192.0.2.0/24 198.51.100.1\"", t->word);
		wr_u8(w, net.plen);
		for (unsigned i = 0; i < (net.plen + 7u) / 8; i++)
			wr_u8(w, (uint8_t)(net.addr >> (24 - 8 * i)));
		if (at_end(t))
			return WHY("\"%.64s\" has no router: write "
			    "\"192.0.2.0/24 198.51.100.1\"", t->word);
		if ((r = put_ip(t, w, why)) < 0)
			return r;
	} while (!at_end(t));
	return 0;
}

/* RFC 3361: 1 and addresses, or 0 and names. */
static int
put_sip(struct text *t, struct wr *w, char why[DHCP_OPT_WHY])
{
	struct text peek = *t;
	uint32_t addr;
	bool ip;
	int r;

	if ((r = next_word(&peek, why)) < 0)
		return r;
	ip = ip4_parse(peek.word, &addr) == 0;
	wr_u8(w, ip);
	do {
		if ((r = ip ? put_ip(t, w, why) : put_domain(t, w, why)) < 0)
			return r;
	} while (!at_end(t));
	return 0;
}

static int
put_field(struct text *t, char letter, struct wr *w, char why[DHCP_OPT_WHY])
{
	switch (letter) {
	case 'I':	return put_ip(t, w, why);
	case 'f':	return put_bool(t, w, why);
	case 't':	return put_text(t, w, why);
	case 'X':
	case 'x':
	case 'E':	return put_hex(t, w, why);
	case 'd':	return put_domain(t, w, why);
	case 'D':	return put_domains(t, w, why);
	case 'R':	return put_routes(t, w, why);
	case 'P':	return put_sip(t, w, why);
	case 'Z':	return put_bool(t, &(struct wr){ .buf = (uint8_t[1]){ 0 }, .cap = 1 }, why);
	default:	return put_number(t, letter, w, why);
	}
}

/* A format of one text or bytes takes its only value whole. */
static bool
is_array(const char *fmt)
{
	return strpbrk(fmt, "AaDRP") != NULL;
}

static int
put_fields(struct text *t, const char *fmt, struct wr *w, char why[DHCP_OPT_WHY])
{
	size_t n = strcspn(fmt, "Aa");
	struct buf type = { 0 };
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		r = put_field(t, fmt[i], w, why);
	while (r == 0 && fmt[n] != '\0' && !at_end(t))
		for (size_t i = fmt[n] == 'A' ? 0 : n - 1; i < n && r == 0; i++)
			r = put_field(t, fmt[i], w, why);
	if (r < 0 || (t->i >= t->n || at_end(t)))
		return r;
	dhcp_opt_type(fmt, &type);
	r = WHY("\"%.64s\" is too much: it takes %s", t->value[t->i] + t->at,
	    type.p != NULL ? type.p : "?");
	buf_free(&type);
	return r;
}

int
dhcp_opt_parse(const struct dhcp_opt_def *d, const char *const *value, size_t n,
    uint8_t *buf, size_t cap, char why[DHCP_OPT_WHY])
{
	struct text t = { .value = value, .n = n };
	struct wr w = wr_init(buf, cap);
	struct buf type = { 0 };
	int r;

	if (n > 1 && !is_array(d->fmt) && strlen(d->fmt) == 1) {
		dhcp_opt_type(d->fmt, &type);
		r = WHY("takes one value (%s), not a list", type.p != NULL ? type.p : "?");
		buf_free(&type);
		return r;
	}
	if ((r = put_fields(&t, d->fmt, &w, why)) < 0)
		return r;
	if (w.err) {
		(void)WHY("is too long: %zu bytes are the most", cap);
		return -ENOBUFS;
	}
	return (int)w.len;
}
