/* hmac.c - RFC 2104. */
#include <sys/types.h>
#include <md5.h>
#include <sha256.h>
#include <string.h>

#include "hmac.h"

#define BLOCK	64		/* of both */

static size_t
digest(enum hmac_alg alg, const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len,
    uint8_t ret[HMAC_MAX])
{
	SHA256_CTX sha;
	MD5_CTX md5;

	if (alg == HMAC_MD5) {
		MD5Init(&md5);
		MD5Update(&md5, a, a_len);
		MD5Update(&md5, b, b_len);
		MD5Final(ret, &md5);
		return 16;
	}
	SHA256_Init(&sha);
	SHA256_Update(&sha, a, a_len);
	SHA256_Update(&sha, b, b_len);
	SHA256_Final(ret, &sha);
	return 32;
}

size_t
hmac(enum hmac_alg alg, const uint8_t *key, size_t key_len, const uint8_t *p, size_t len,
    uint8_t ret[HMAC_MAX])
{
	uint8_t pad[BLOCK], k[BLOCK] = { 0 }, inner[HMAC_MAX];
	size_t n;

	if (key_len > BLOCK)
		(void)digest(alg, key, key_len, key, 0, k);
	else
		memcpy(k, key, key_len);
	for (size_t i = 0; i < BLOCK; i++)
		pad[i] = k[i] ^ 0x36;
	n = digest(alg, pad, BLOCK, p, len, inner);
	for (size_t i = 0; i < BLOCK; i++)
		pad[i] = k[i] ^ 0x5c;
	return digest(alg, pad, BLOCK, inner, n, ret);
}
