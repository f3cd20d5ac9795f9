/* fuzz_record.c - a TCP stream to records.  The first byte says in pieces of
 * how many bytes it comes. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../../nfs/rpc_record.h"

#define MAX	4096u

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t step, len, n, sum = 0;
	const uint8_t *p, *ret;
	struct rec rec = { 0 };
	uint8_t *piece;
	int r = 0;

	if (size < 2)
		return 0;
	step = data[0] > 0 ? data[0] : size;
	for (size_t at = 1; at < size && r == 0; at += step) {
		n = size - at < step ? size - at : step;
		piece = malloc(n);
		assert(piece != NULL);
		memcpy(piece, data + at, n);
		p = piece;
		while ((r = rec_take(&rec, MAX, &p, &n, &ret, &len)) == 1) {
			assert(len <= MAX);
			for (size_t i = 0; i < len; i++)
				sum += ret[i];
		}
		assert(r < 0 || n == 0);
		assert(rec_held(&rec) <= 2 * MAX);
		free(piece);
	}
	rec_free(&rec);
	(void)*(volatile size_t *)&sum;	/* the bytes were really read */
	return 0;
}
