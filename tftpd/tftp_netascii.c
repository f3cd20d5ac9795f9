/* tftp_netascii.c - a file's bytes as netascii. */
#include "tftp_netascii.h"

size_t
netascii_encode(struct netascii *s, const uint8_t *src, size_t n,
    uint8_t *dst, size_t cap, size_t *ret_used)
{
	size_t used = 0, out = 0;

	while (out < cap) {
		if (s->half) {
			dst[out++] = s->byte;
			s->half = 0;
			continue;
		}
		if (used == n)
			break;
		if (src[used] == '\n' || src[used] == '\r') {
			dst[out++] = '\r';
			s->half = 1;
			s->byte = src[used] == '\n' ? '\n' : '\0';
		} else {
			dst[out++] = src[used];
		}
		used++;
	}
	*ret_used = used;
	return out;
}
