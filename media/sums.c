/* sums.c - sums of files. */
#include <sys/types.h>
#include <errno.h>
#include <sha256.h>
#include <stdlib.h>
#include <string.h>

#include "../tree/tree.h"
#include "sums.h"

#define BLOCK	((size_t)256 << 10)

/* cksum --------------------------------------------------------------------- */

void
media_cksum_init(struct media_cksum *c)
{
	c->crc = 0;
	c->bytes = 0;
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t v = i << 24;

		for (int bit = 0; bit < 8; bit++)
			v = v << 1 ^ ((v & 0x80000000) != 0 ? 0x04c11db7 : 0);
		c->table[i] = v;
	}
}

static void
add_byte(struct media_cksum *c, uint8_t b)
{
	c->crc = c->crc << 8 ^ c->table[c->crc >> 24 ^ b];
}

void
media_cksum_add(struct media_cksum *c, const void *data, size_t n)
{
	const uint8_t *p = data;

	for (size_t i = 0; i < n; i++)
		add_byte(c, p[i]);
	c->bytes += n;
}

uint32_t
media_cksum_end(struct media_cksum *c)
{
	for (uint64_t n = c->bytes; n != 0; n >>= 8)
		add_byte(c, (uint8_t)n);
	return ~c->crc;
}

/* Files --------------------------------------------------------------------- */

static void
hex(const uint8_t digest[32], char ret[65])
{
	static const char digit[] = "0123456789abcdef";

	for (size_t i = 0; i < 32; i++) {
		ret[2 * i] = digit[digest[i] >> 4];
		ret[2 * i + 1] = digit[digest[i] & 15];
	}
	ret[64] = '\0';
}

int
media_sum_file(const struct view *v, const char *path, struct media_sum *ret,
    void (*tick)(void *, size_t), void *arg)
{
	struct media_cksum *ck = malloc(sizeof(*ck));
	struct view_file *f = NULL;
	uint8_t digest[64], *buf = malloc(BLOCK);
	struct blake2b b2;
	SHA256_CTX sha;
	struct node n;
	uint64_t off = 0;
	size_t got = 0;
	int r;

	if (buf == NULL || ck == NULL)
		r = -ENOMEM;
	else if ((r = view_walk(v, &tree_cred_root, path, true, 0, &n)) == 0)
		r = n.attr.type == TREE_REG ? view_file_open(&tree_cred_root, &n, 0, &f) : -EISDIR;
	if (r == 0) {
		media_cksum_init(ck);
		SHA256_Init(&sha);
		blake2b_init(&b2);
	}
	while (r == 0 && off < n.attr.size &&
	    (r = view_file_read(f, off, buf, BLOCK, 0, &got)) == 0 && got > 0) {
		media_cksum_add(ck, buf, got);
		SHA256_Update(&sha, buf, got);
		if (ret->want_blake2b)
			blake2b_add(&b2, buf, got);
		off += got;
		tick(arg, got);
	}
	if (r == 0) {
		ret->bytes = off;
		ret->cksum = media_cksum_end(ck);
		SHA256_Final(digest, &sha);
		hex(digest, ret->sha256);
		blake2b_end(&b2, digest);
		blake2b_text(digest, ret->blake2b);
	}
	if (f != NULL)
		view_file_close(f);
	free(buf);
	free(ck);
	return r;
}

/* Files of sums ------------------------------------------------------------- */

void
media_sums_line(struct buf *b, const char sha256[65], const char *path)
{
	bool odd = strpbrk(path, "\\\n\r") != NULL;

	buf_printf(b, "%s%s  ", odd ? "\\" : "", sha256);
	for (; *path != '\0'; path++) {
		if (*path == '\\')
			buf_puts(b, "\\\\");
		else if (*path == '\n')
			buf_puts(b, "\\n");
		else if (*path == '\r')
			buf_puts(b, "\\r");
		else
			buf_putc(b, *path);
	}
	buf_putc(b, '\n');
}

/* In place; false for what is no escape. */
static bool
unescape(char *s)
{
	char *to = s;

	for (; *s != '\0'; s++) {
		if (*s == '\\') {
			switch (*++s) {
			case '\\': break;
			case 'n': *s = '\n'; break;
			case 'r': *s = '\r'; break;
			default: return false;
			}
		}
		*to++ = *s;
	}
	*to = '\0';
	return true;
}

/* Escaped, a path may be twice as long. */
#define ESCAPED_MAX	(2 * (size_t)TREE_PATH_MAX)

static bool
take_line(const char *p, size_t n, char sum[65], char path[ESCAPED_MAX + 1])
{
	bool odd = n > 0 && *p == '\\';

	p += odd;
	n -= odd;
	if (n < 67 || n - 66 > ESCAPED_MAX || p[64] != ' ' || (p[65] != ' ' && p[65] != '*') ||
	    memchr(p, '\0', n) != NULL)
		return false;
	memcpy(sum, p, 64);
	sum[64] = '\0';
	memcpy(path, p + 66, n - 66);
	path[n - 66] = '\0';
	return strspn(sum, "0123456789abcdef") == 64 && (!odd || unescape(path)) &&
	    strlen(path) <= TREE_PATH_MAX;
}

int
media_sums_parse(const char *text, size_t len,
    int (*fn)(void *arg, const char *path, const char *sha256), void *arg, unsigned *ret_line)
{
	const char *p = text, *end = text + len, *nl;
	char sum[65], path[ESCAPED_MAX + 1];
	int r;

	for (*ret_line = 1; p < end; p = nl + 1, ++*ret_line) {
		if ((nl = memchr(p, '\n', (size_t)(end - p))) == NULL)
			nl = end;
		if (nl == p)
			continue;
		if (!take_line(p, (size_t)(nl - p), sum, path))
			return -EBADMSG;
		if ((r = fn(arg, path, sum)) < 0)
			return r;
	}
	return 0;
}
