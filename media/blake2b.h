/* blake2b.h - BLAKE2b with 64 bytes of result and no key, RFC 7693: what pkg(8)
 * sums packages with.  Pure.  Layer: media.
 */
#ifndef MEDIA_BLAKE2B_H
#define MEDIA_BLAKE2B_H

#include <stddef.h>
#include <stdint.h>

struct blake2b { uint64_t h[8], bytes; uint8_t block[128]; size_t n; };

void	blake2b_init(struct blake2b *);
void	blake2b_add(struct blake2b *, const void *, size_t);
void	blake2b_end(struct blake2b *, uint8_t ret[64]);

/* As pkg(8) writes it into its catalogue: five bits a letter, the lowest first. */
#define BLAKE2B_TEXT	104
void	blake2b_text(const uint8_t digest[64], char ret[BLAKE2B_TEXT]);

#endif /* MEDIA_BLAKE2B_H */
