/* blake2b.c - RFC 7693, section 3; names as there. */
#include "blake2b.h"

#include <string.h>

static const uint64_t IV[8] = {
	0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
	0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
};

static const uint8_t SIGMA[10][16] = {
	{ 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 },
	{ 14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3 },
	{ 11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4 },
	{ 7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8 },
	{ 9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13 },
	{ 2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9 },
	{ 12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11 },
	{ 13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10 },
	{ 6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5 },
	{ 10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0 },
};

static uint64_t
rotr(uint64_t x, unsigned n)
{
	return x >> n | x << (64 - n);
}

static uint64_t
le64(const uint8_t *p)
{
	uint64_t x = 0;

	for (unsigned i = 8; i-- > 0; )
		x = x << 8 | p[i];
	return x;
}

static void
G(uint64_t v[16], unsigned a, unsigned b, unsigned c, unsigned d, uint64_t x, uint64_t y)
{
	v[a] += v[b] + x;
	v[d] = rotr(v[d] ^ v[a], 32);
	v[c] += v[d];
	v[b] = rotr(v[b] ^ v[c], 24);
	v[a] += v[b] + y;
	v[d] = rotr(v[d] ^ v[a], 16);
	v[c] += v[d];
	v[b] = rotr(v[b] ^ v[c], 63);
}

/* 3.2: the compression function F */
static void
compress(struct blake2b *c, const uint8_t *block, int last)
{
	uint64_t v[16], m[16];

	for (unsigned i = 0; i < 8; i++) {
		v[i] = c->h[i];
		v[i + 8] = IV[i];
	}
	v[12] ^= c->bytes;		/* its high word stays zero */
	if (last)
		v[14] = ~v[14];
	for (unsigned i = 0; i < 16; i++)
		m[i] = le64(block + 8 * i);
	for (unsigned i = 0; i < 12; i++) {
		const uint8_t *s = SIGMA[i % 10];

		G(v, 0, 4, 8, 12, m[s[0]], m[s[1]]);
		G(v, 1, 5, 9, 13, m[s[2]], m[s[3]]);
		G(v, 2, 6, 10, 14, m[s[4]], m[s[5]]);
		G(v, 3, 7, 11, 15, m[s[6]], m[s[7]]);
		G(v, 0, 5, 10, 15, m[s[8]], m[s[9]]);
		G(v, 1, 6, 11, 12, m[s[10]], m[s[11]]);
		G(v, 2, 7, 8, 13, m[s[12]], m[s[13]]);
		G(v, 3, 4, 9, 14, m[s[14]], m[s[15]]);
	}
	for (unsigned i = 0; i < 8; i++)
		c->h[i] ^= v[i] ^ v[i + 8];
}

void
blake2b_init(struct blake2b *c)
{
	*c = (struct blake2b){ .bytes = 0 };
	memcpy(c->h, IV, sizeof(IV));
	c->h[0] ^= 0x01010000 ^ 64;
}

/* The last block is another one: what is full waits until more comes. */
void
blake2b_add(struct blake2b *c, const void *data, size_t len)
{
	const uint8_t *p = data;
	size_t k;

	while (len > 0) {
		if (c->n == sizeof(c->block)) {
			c->bytes += c->n;
			compress(c, c->block, 0);
			c->n = 0;
		}
		k = sizeof(c->block) - c->n;
		if (k > len)
			k = len;
		memcpy(c->block + c->n, p, k);
		c->n += k;
		p += k;
		len -= k;
	}
}

void
blake2b_end(struct blake2b *c, uint8_t ret[64])
{
	c->bytes += c->n;
	memset(c->block + c->n, 0, sizeof(c->block) - c->n);
	compress(c, c->block, 1);
	for (unsigned i = 0; i < 64; i++)
		ret[i] = (uint8_t)(c->h[i / 8] >> 8 * (i % 8));
}

void
blake2b_text(const uint8_t digest[64], char ret[BLAKE2B_TEXT])
{
	static const char letter[] = "ybndrfg8ejkmcpqxot1uwisza345h769";
	unsigned bits = 0, n = 0;

	for (unsigned i = 0; i < 64; i++) {
		bits |= (unsigned)digest[i] << n;
		for (n += 8; n >= 5; n -= 5) {
			*ret++ = letter[bits & 31];
			bits >>= 5;
		}
	}
	*ret++ = letter[bits & 31];
	*ret = '\0';
}
