/* hmac.h - keyed hashes of OMAPI.  Pure.  Layer: handover.  Spec: RFC 2104. */
#ifndef HANDOVER_HMAC_H
#define HANDOVER_HMAC_H

#include <stddef.h>
#include <stdint.h>

enum hmac_alg { HMAC_MD5, HMAC_SHA256 };

#define HMAC_MAX	32

/* Returns the length: 16 or 32. */
size_t	hmac(enum hmac_alg, const uint8_t *key, size_t key_len, const uint8_t *, size_t,
	    uint8_t ret[HMAC_MAX]);

#endif /* HANDOVER_HMAC_H */
