/* pcapng.c - packet files that Wireshark and tcpdump read. */
#include <errno.h>
#include <string.h>

#include "pcapng.h"

#define SHB		0x0a0d0d0au
#define IDB		1u
#define EPB		6u
#define MAGIC		0x1a2b3c4du
#define OPT_END		0u
#define OPT_COMMENT	1u
#define SHB_USERAPPL	4u
#define IF_NAME		2u
#define IF_TSRESOL	9u
#define EPB_FLAGS	2u
#define FLAG_IN		1u
#define FLAG_OUT	2u
#define HEAD		8u		/* type and length, before every block */
#define TAIL		4u		/* the length again */
#define NS_PER_S	1000000000

/* Writing: in our own byte order, as the format wants it. --------------------- */

static void
put16(struct buf *b, uint16_t v)
{
	buf_add(b, &v, sizeof(v));
}

static void
put32(struct buf *b, uint32_t v)
{
	buf_add(b, &v, sizeof(v));
}

static void
pad(struct buf *b, size_t len)
{
	buf_add(b, "\0\0\0", (4 - len % 4) % 4);
}

static void
put_opt(struct buf *b, uint16_t code, const void *p, size_t len)
{
	put16(b, code);
	put16(b, (uint16_t)len);
	buf_add(b, p, len);
	pad(b, len);
}

static size_t
block_begin(struct buf *b, uint32_t type)
{
	size_t at = b->len;

	put32(b, type);
	put32(b, 0);
	return at;
}

static void
block_end(struct buf *b, size_t at)
{
	uint32_t len;

	put32(b, 0);		/* opt_endofopt */
	len = (uint32_t)(b->len + TAIL - at);
	put32(b, len);
	if (b->err == 0)
		memcpy(b->p + at + 4, &len, sizeof(len));
}

void
pcapng_section(struct buf *b, const char *program)
{
	size_t at = block_begin(b, SHB);

	put32(b, MAGIC);
	put16(b, 1);		/* version 1.0 */
	put16(b, 0);
	put32(b, 0xffffffff);	/* of unknown length */
	put32(b, 0xffffffff);
	put_opt(b, SHB_USERAPPL, program, strlen(program));
	block_end(b, at);
}

void
pcapng_iface(struct buf *b, const char *name, uint16_t link)
{
	size_t at = block_begin(b, IDB);

	put16(b, link);
	put16(b, 0);
	put32(b, 0);		/* packets are stored whole */
	put_opt(b, IF_NAME, name, strlen(name));
	put_opt(b, IF_TSRESOL, "\x09", 1);	/* nanoseconds */
	block_end(b, at);
}

void
pcapng_packet(struct buf *b, unsigned iface, int64_t ns, bool out,
    const void *p, size_t len, const char *comment)
{
	size_t at = block_begin(b, EPB), n;
	uint32_t flags = out ? FLAG_OUT : FLAG_IN;

	put32(b, iface);
	put32(b, (uint32_t)((uint64_t)ns >> 32));
	put32(b, (uint32_t)ns);
	put32(b, (uint32_t)len);
	put32(b, (uint32_t)len);
	buf_add(b, p, len);
	pad(b, len);
	put_opt(b, EPB_FLAGS, &flags, sizeof(flags));
	if (comment != NULL) {
		n = strlen(comment);
		put_opt(b, OPT_COMMENT, comment, n < PCAPNG_COMMENT_MAX ? n : PCAPNG_COMMENT_MAX);
	}
	block_end(b, at);
}

/* Reading ---------------------------------------------------------------------- */

/* The rest of a block or of its options, in the section's byte order. */
struct part { const uint8_t *p; size_t left; bool swapped, bad; };

static const uint8_t *
take(struct part *s, size_t n)
{
	const uint8_t *p = s->p;

	if (s->bad || n > s->left) {
		s->bad = true;
		return NULL;
	}
	s->p += n;
	s->left -= n;
	return p;
}

static uint32_t
take32(struct part *s)
{
	const uint8_t *p = take(s, 4);
	uint32_t v;

	if (p == NULL)
		return 0;
	memcpy(&v, p, sizeof(v));
	return s->swapped ? v >> 24 | (v >> 8 & 0xff00) | (v << 8 & 0xff0000) | v << 24 : v;
}

static uint16_t
take16(struct part *s)
{
	const uint8_t *p = take(s, 2);
	uint16_t v;

	if (p == NULL)
		return 0;
	memcpy(&v, p, sizeof(v));
	if (s->swapped)
		v = (uint16_t)(v >> 8 | v << 8);
	return v;
}

/* The next option; false at their end. */
static bool
option(struct part *s, uint16_t *code, struct part *ret)
{
	uint16_t len;

	if (s->left < 4)
		return false;
	*code = take16(s);
	len = take16(s);
	*ret = (struct part){ .left = len, .swapped = s->swapped };
	ret->p = take(s, len);
	(void)take(s, s->left < 3 ? 0 : (4 - len % 4u) % 4u);
	return !s->bad && *code != OPT_END;
}

static int
section(struct pcapng_reader *r, struct part *s)
{
	uint32_t magic = take32(s);
	uint16_t major = take16(s);

	r->n_iface = 0;
	return s->bad || magic != MAGIC || major != 1 ? -EBADMSG : 0;
}

static uint64_t
resolution(uint8_t v)
{
	uint64_t n = 1;

	if (v & 0x80)
		return (v & 0x7f) < 63 ? (uint64_t)1 << (v & 0x7f) : 0;
	for (; v > 0 && n != 0; v--)
		n = n <= UINT64_MAX / 10 ? n * 10 : 0;
	return n;
}

static int
iface(struct pcapng_reader *r, struct part *s)
{
	struct part o;
	uint16_t code;
	unsigned k = r->n_iface;
	size_t n;

	if (k == PCAPNG_IFACES_MAX)
		return -EBADMSG;
	r->iface[k].name[0] = '\0';
	r->iface[k].per_s = 1000000;
	r->iface[k].link = take16(s);
	(void)take(s, 6);
	while (option(s, &code, &o))
		if (code == IF_NAME) {
			n = o.left < sizeof(r->iface[k].name) ? o.left : sizeof(r->iface[k].name) - 1;
			memcpy(r->iface[k].name, o.p, n);
			r->iface[k].name[n] = '\0';
		} else if (code == IF_TSRESOL && o.left == 1)
			r->iface[k].per_s = resolution(*o.p);
	if (s->bad || r->iface[k].per_s == 0)
		return -EBADMSG;
	r->n_iface++;
	return 0;
}

static int
packet(struct pcapng_reader *r, struct part *s, struct pcapng_item *ret)
{
	struct part o;
	uint64_t t, per_s;
	uint32_t len;
	uint16_t code;

	memset(ret, 0, sizeof(*ret));
	ret->iface = take32(s);
	t = (uint64_t)take32(s) << 32;
	t |= take32(s);
	ret->len = take32(s);
	len = take32(s);
	ret->p = take(s, ret->len);
	if (s->bad || ret->iface >= r->n_iface)
		return -EBADMSG;
	(void)take(s, s->left < 3 ? 0 : (4 - ret->len % 4) % 4);
	ret->cut = len > ret->len;
	per_s = r->iface[ret->iface].per_s;
	if (t / per_s > INT64_MAX / NS_PER_S - 1)
		return -EBADMSG;
	ret->ns = (int64_t)(t / per_s) * NS_PER_S +
	    (int64_t)((long double)(t % per_s) * NS_PER_S / (long double)per_s);
	while (option(s, &code, &o))
		if (code == EPB_FLAGS && o.left == 4)
			ret->out = (take32(&o) & 3) == FLAG_OUT;
		else if (code == OPT_COMMENT && ret->comment == NULL) {
			ret->comment = (const char *)o.p;
			ret->comment_len = o.left;
		}
	return s->bad ? -EBADMSG : 1;
}

void
pcapng_open(struct pcapng_reader *r, const void *p, size_t len)
{
	memset(r, 0, sizeof(*r));
	r->p = p;
	r->end = r->p + len;
}

/* The next block, whole. */
static int
block(struct pcapng_reader *r, uint32_t *ret_type, struct part *ret)
{
	struct part s = { .p = r->p, .left = (size_t)(r->end - r->p) };
	uint32_t type, len, magic;

	if (s.left < HEAD + TAIL + 4)
		return -EBADMSG;
	memcpy(&type, r->p, sizeof(type));
	if (type == SHB) {	/* tells the byte order of what follows */
		memcpy(&magic, r->p + HEAD, sizeof(magic));
		r->swapped = magic != MAGIC;
		r->begun = true;
	}
	if (!r->begun)
		return -EBADMSG;
	s.swapped = r->swapped;
	*ret_type = take32(&s);
	len = take32(&s);
	if (len < HEAD + TAIL || len % 4 != 0 || len > (size_t)(r->end - r->p))
		return -EBADMSG;
	s.left = len - HEAD - TAIL;
	r->p += len;
	*ret = s;
	return 0;
}

int
pcapng_next(struct pcapng_reader *r, struct pcapng_item *ret)
{
	struct part s;
	uint32_t type;
	int e;

	while (r->p < r->end) {
		if ((e = block(r, &type, &s)) < 0)
			return e;
		if (type == EPB)
			return packet(r, &s, ret);
		if (type == SHB)
			e = section(r, &s);
		else if (type == IDB)
			e = iface(r, &s);
		if (e < 0)
			return e;
	}
	return r->begun ? 0 : -EBADMSG;
}
