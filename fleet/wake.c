/* wake.c - see wake.h. */
#include <string.h>

#include "wake.h"

size_t
wake_packet(struct mac mac, struct mac password, uint8_t ret[WAKE_MAX])
{
	size_t n = 6;

	memset(ret, 0xff, n);
	for (unsigned i = 0; i < 16; i++, n += 6)
		memcpy(ret + n, mac.b, 6);
	if (mac_is_zero(password))
		return n;
	memcpy(ret + n, password.b, 6);
	return n + 6;
}
