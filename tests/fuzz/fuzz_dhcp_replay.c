/* fuzz_dhcp_replay.c - recordings of strangers: two bytes of length, the state, the packets. */
#include <stdint.h>
#include <stdlib.h>

#include "../../dhcpd/dhcp_replay.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct dhcp_replay found;
	struct buf report = { 0 };
	size_t n;
	char why[300];

	if (len < 2)
		return 0;
	n = (size_t)p[0] << 8 | p[1];
	p += 2;
	len -= 2;
	if (n > len)
		n = len;
	(void)dhcp_replay(p + n, len - n, (const char *)p, n, NULL, &found, &report, why);
	if (found.same + found.different + found.unasked > found.answers)
		abort();
	buf_free(&report);
	return 0;
}
