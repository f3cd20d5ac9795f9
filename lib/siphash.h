/* siphash.h - SipHash-2-4, a keyed 64-bit hash (Aumasson and Bernstein 2012).
 * Used for file handles, directory cookies and tables that strangers can
 * fill.  Pure.  Layer: lib.
 */
#ifndef LIB_SIPHASH_H
#define LIB_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t siphash(const uint8_t key[16], const void *data, size_t len);

#endif /* LIB_SIPHASH_H */
