/* wire.h - bounds-checked reading and writing of network byte buffers.
 *
 * A reader or writer never touches memory outside the buffer it was given.
 * The first failure sticks in .err; every later call is a no-op (reads give
 * zero).  So a codec reads a whole message and checks once, at the end.
 *
 * Ownership: neither owns memory; the buffer must outlive it.
 * Layer: lib.  Includes nothing from this project.
 */
#ifndef LIB_WIRE_H
#define LIB_WIRE_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct rd {
	const uint8_t	*p;
	const uint8_t	*end;
	int		 err;	/* 0 or -EBADMSG */
};

static inline struct rd
rd_init(const void *buf, size_t len)
{
	const uint8_t *p = buf;

	/* Of nothing there may be no address at all. */
	return (struct rd){ .p = p, .end = len > 0 ? p + len : p };
}

static inline size_t
rd_left(const struct rd *r)
{
	return r->err ? 0 : (size_t)(r->end - r->p);
}

/* Borrow the next n bytes, or NULL (and a sticky error) if there are fewer. */
static inline const uint8_t *
rd_take(struct rd *r, size_t n)
{
	const uint8_t *p = r->p;

	if (r->err || (size_t)(r->end - r->p) < n) {
		r->err = -EBADMSG;
		return NULL;
	}
	r->p += n;
	return p;
}

static inline uint8_t
rd_u8(struct rd *r)
{
	const uint8_t *p = rd_take(r, 1);

	return p ? p[0] : 0;
}

static inline uint16_t
rd_be16(struct rd *r)
{
	const uint8_t *p = rd_take(r, 2);

	return (uint16_t)(p ? p[0] << 8 | p[1] : 0);
}

static inline uint32_t
rd_be32(struct rd *r)
{
	const uint8_t *p = rd_take(r, 4);

	return p ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3] : 0;
}

static inline uint64_t
rd_be64(struct rd *r)
{
	const uint8_t *p = rd_take(r, 8);
	uint64_t v = 0;

	for (int i = 0; p != NULL && i < 8; i++)
		v = v << 8 | p[i];
	return v;
}

/* A reader over exactly the next n bytes: a nested TLV cannot run past it. */
static inline struct rd
rd_sub(struct rd *r, size_t n)
{
	const uint8_t *p = rd_take(r, n);

	return (struct rd){ .p = p, .end = p ? p + n : p, .err = r->err };
}

/* Borrow a NUL-terminated string; NULL if the NUL is not in the buffer. */
static inline const char *
rd_cstr(struct rd *r)
{
	const uint8_t *nul;

	if (r->err || r->p == r->end ||
	    (nul = memchr(r->p, 0, (size_t)(r->end - r->p))) == NULL) {
		r->err = -EBADMSG;
		return NULL;
	}
	return (const char *)rd_take(r, (size_t)(nul - r->p) + 1);
}

struct wr {
	uint8_t	*buf;
	size_t	 cap;
	size_t	 len;
	int	 err;	/* 0 or -ENOBUFS */
};

static inline struct wr
wr_init(void *buf, size_t cap)
{
	return (struct wr){ .buf = buf, .cap = cap };
}

static inline uint8_t *
wr_space(struct wr *w, size_t n)
{
	uint8_t *p;

	if (w->err || w->cap - w->len < n) {
		w->err = -ENOBUFS;
		return NULL;
	}
	p = w->buf + w->len;
	w->len += n;
	return p;
}

static inline void
wr_bytes(struct wr *w, const void *src, size_t n)
{
	uint8_t *p;

	if (n > 0 && (p = wr_space(w, n)) != NULL)
		memcpy(p, src, n);
}

static inline void
wr_u8(struct wr *w, uint8_t v)
{
	wr_bytes(w, &v, 1);
}

static inline void
wr_be16(struct wr *w, uint16_t v)
{
	wr_bytes(w, (uint8_t[]){ (uint8_t)(v >> 8), (uint8_t)v }, 2);
}

static inline void
wr_be32(struct wr *w, uint32_t v)
{
	wr_bytes(w, (uint8_t[]){ (uint8_t)(v >> 24), (uint8_t)(v >> 16),
	    (uint8_t)(v >> 8), (uint8_t)v }, 4);
}

static inline void
wr_be64(struct wr *w, uint64_t v)
{
	uint8_t b[8];

	for (int i = 8; i-- > 0; v >>= 8)
		b[i] = (uint8_t)v;
	wr_bytes(w, b, sizeof(b));
}

#endif /* LIB_WIRE_H */
