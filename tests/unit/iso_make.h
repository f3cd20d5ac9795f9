/* iso_make.h - ISO 9660 images made record by record, right and wrong ones.
 *
 * Sector 16 is the primary volume descriptor, 17 the end of descriptors, 18
 * the root directory; the rest is the test's.
 */
#ifndef TESTS_UNIT_ISO_MAKE_H
#define TESTS_UNIT_ISO_MAKE_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../tree/iso.h"

#define IMG_SECTORS	64u
#define IMG_ROOT	18u

struct img {
	uint8_t	 b[IMG_SECTORS * ISO_SECTOR];
	size_t	 size;			/* of it that is there */
	size_t	 end[IMG_SECTORS];	/* where the next record of a sector goes */
};

/* A system use area. */
struct sua { uint8_t b[2048]; size_t n; };

static inline void
put_both32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = p[7 - i] = (uint8_t)(v >> (8 * i));
}

static inline void
su(struct sua *s, const char *sig, const void *body, size_t n)
{
	s->b[s->n] = (uint8_t)sig[0];
	s->b[s->n + 1] = (uint8_t)sig[1];
	s->b[s->n + 2] = (uint8_t)(4 + n);
	s->b[s->n + 3] = 1;
	if (n > 0)
		memcpy(s->b + s->n + 4, body, n);
	s->n += 4 + n;
}

static inline void
su_numbers(struct sua *s, const char *sig, size_t n, const uint32_t *v)
{
	uint8_t b[64];

	for (size_t i = 0; i < n; i++)
		put_both32(b + 8 * i, v[i]);
	su(s, sig, b, 8 * n);
}
#define SU(s, sig, ...) \
	su_numbers(s, sig, sizeof((uint32_t[]){ __VA_ARGS__ }) / 4, \
	    (uint32_t[]){ __VA_ARGS__ })

static inline void
su_nm(struct sua *s, uint8_t flags, const char *name)
{
	uint8_t b[256] = { flags };

	memcpy(b + 1, name, strlen(name));
	su(s, "NM", b, 1 + strlen(name));
}

/* One date, 2005-05-07 08:09:10 + sec, for each of the flags. */
#define IMG_TIME	1115453350
static inline void
su_tf(struct sua *s, uint8_t flags)
{
	uint8_t b[64] = { flags };
	size_t n = 1;

	for (unsigned bit = 0; bit < 7; bit++)
		if (flags >> bit & 1) {
			memcpy(b + n, (uint8_t[]){ 105, 5, 7, 8, 9,
			    (uint8_t)(10 + bit), 0 }, 7);
			n += 7;
		}
	su(s, "TF", b, n);
}

static inline void
img_rec(struct img *m, unsigned sector, const char *id, size_t id_len,
    uint32_t block, uint32_t size, uint8_t flags, const struct sua *s)
{
	uint8_t *p = m->b + sector * ISO_SECTOR + m->end[sector];
	size_t len = 33 + id_len + (id_len % 2 == 0);

	memset(p, 0, len);
	put_both32(p + 2, block);
	put_both32(p + 10, size);
	memcpy(p + 18, (uint8_t[]){ 105, 5, 7, 8, 9, 10, 0 }, 7);
	p[25] = flags;
	p[28] = p[31] = 1;
	p[32] = (uint8_t)id_len;
	memcpy(p + 33, id, id_len);
	if (s != NULL && s->n > 0) {
		memcpy(p + len, s->b, s->n);
		len += s->n;
	}
	len += len % 2;
	assert_true(len <= 255 && m->end[sector] + len <= ISO_SECTOR);
	p[0] = (uint8_t)len;
	m->end[sector] += len;
}

/* "." and ".." of a directory of one sector. */
static inline void
img_dots(struct img *m, unsigned sector, unsigned parent, const struct sua *s)
{
	img_rec(m, sector, "\0", 1, sector, ISO_SECTOR, ISO_FLAG_DIR, s);
	img_rec(m, sector, "\1", 1, parent, ISO_SECTOR, ISO_FLAG_DIR, NULL);
}

/* rr: with the announcement of Rock Ridge. */
static inline struct img *
img_new(bool rr)
{
	struct img *m = calloc(1, sizeof(*m));
	uint8_t *p = m->b + 16 * ISO_SECTOR;
	struct sua s = { .n = 0 };

	assert_non_null(m);
	m->size = sizeof(m->b);
	memcpy(p, "\1" "CD001" "\1", 7);
	memcpy(p + ISO_SECTOR, "\xff" "CD001" "\1", 7);
	put_both32(p + 80, IMG_SECTORS);
	memcpy(p + 128, "\0\x08\x08\0", 4);
	img_rec(m, 16, "\0", 1, IMG_ROOT, ISO_SECTOR, ISO_FLAG_DIR, NULL);
	memmove(p + 156, p, 34);
	memcpy(p, "\1" "CD001" "\1", 7);
	memset(p + 7, 0, 73);
	if (rr) {
		su(&s, "SP", "\xbe\xef\0", 3);
		SU(&s, "PX", 040755, 2, 1, 2);
	}
	img_dots(m, IMG_ROOT, IMG_ROOT, &s);
	return m;
}

/* As many bytes as are asked for, or the test fails. */
static inline int
img_read(void *arg, void *buf, size_t len, uint64_t off)
{
	const struct img *m = arg;

	assert_true(off <= m->size && len <= m->size - off);
	memcpy(buf, m->b + off, len);
	return 0;
}

static inline int
img_open(struct img *m, struct iso **ret, const char **why)
{
	return iso_open(&(struct iso_src){ img_read, m, m->size }, ret, why);
}

#endif /* TESTS_UNIT_ISO_MAKE_H */
