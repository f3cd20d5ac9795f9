/* buf.c - a growing byte buffer with a sticky error. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"

/* Room for n more bytes and the NUL that always follows the last. */
static int
buf_grow(struct buf *b, size_t n)
{
	size_t cap = b->cap > 0 ? b->cap : 64;
	char *p;

	if (b->err)
		return b->err;
	if (n > BUF_MAX - b->len)
		return b->err = -ENOMEM;
	if (b->len + n < b->cap)
		return 0;
	while (cap <= b->len + n)
		cap *= 2;
	if ((p = realloc(b->p, cap)) == NULL)
		return b->err = -ENOMEM;
	b->p = p;
	b->cap = cap;
	return 0;
}

void
buf_add(struct buf *b, const void *src, size_t n)
{
	if (buf_grow(b, n) < 0)
		return;
	if (n > 0)
		memcpy(b->p + b->len, src, n);
	b->len += n;
	b->p[b->len] = '\0';
}

void
buf_puts(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_putc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void
buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		b->err = b->err ? b->err : -ENOMEM;
	else if (buf_grow(b, (size_t)n) == 0) {
		(void)vsnprintf(b->p + b->len, (size_t)n + 1, fmt, ap);
		b->len += (size_t)n;
	}
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(b, fmt, ap);
	va_end(ap);
}

/* Bytes of the character at p; 0 if it is none, or a C1 control character,
 * which steers terminals as well as an escape does (RFC 3629 section 4). */
static size_t
character(const unsigned char *p, size_t n)
{
	static const unsigned long least[] = { 0, 0, 0xa0, 0x800, 0x10000 };
	size_t len = p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 :
	    p[0] < 0xf5 ? 4 : 0;
	unsigned long c;

	if (p[0] < 0x80)
		return (p[0] >= ' ' && p[0] != 0x7f) || p[0] == '\n' || p[0] == '\t';
	if (len == 0 || len > n)
		return 0;
	c = p[0] & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	return c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) ?
	    0 : len;
}

void
buf_text(struct buf *b, const void *data, size_t n)
{
	const unsigned char *p = data;
	size_t len;

	for (; n > 0; p += len, n -= len) {
		if ((len = character(p, n)) > 0)
			buf_add(b, p, len);
		else {
			if (*p != '\0')
				buf_putc(b, '?');
			len = 1;
		}
	}
}

char *
buf_steal(struct buf *b, size_t *ret_len)
{
	char *p;

	buf_add(b, "", 0);		/* an empty buffer gives "", not NULL */
	if (b->err) {
		buf_free(b);
		return NULL;
	}
	p = b->p;
	if (ret_len != NULL)
		*ret_len = b->len;
	*b = (struct buf){ 0 };
	return p;
}

void
buf_free(struct buf *b)
{
	free(b->p);
	*b = (struct buf){ 0 };
}
