/* fuzz_lease.c - any bytes may stand where a lease's record should. */
#include <stdint.h>
#include <string.h>

#include "../../fleet/lease.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define VERSION_AT	8u	/* behind length and checksum */

/* What is read is what was written: encoding gives the same bytes again, or,
 * of a record that an older version wrote, the same lease. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t buf[LEASE_RECORD_MAX];
	struct lease l, again;
	size_t used, len, n;

	while (lease_decode(data, size, &l, &used) == 0) {
		MUST(used <= size && used <= sizeof(buf));
		len = lease_encode(&l, buf);
		MUST(lease_decode(buf, len, &again, &n) == 0 && n == len);
		MUST(memcmp(&l, &again, sizeof(l)) == 0);
		if (data[VERSION_AT] == buf[VERSION_AT]) {
			MUST(len == used);
			MUST(memcmp(buf, data, used) == 0);
		}
		data += used;
		size -= used;
	}
	return 0;
}
