/* fuzz_lease.c - any bytes may stand where a lease's record should. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "../../fleet/lease.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What is read is what was written: encoding gives the same bytes again. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t buf[LEASE_RECORD_MAX];
	struct lease l;
	size_t used;

	while (lease_decode(data, size, &l, &used) == 0) {
		assert(used <= size && used <= sizeof(buf));
		assert(lease_encode(&l, buf) == used);
		assert(memcmp(buf, data, used) == 0);
		data += used;
		size -= used;
	}
	return 0;
}
