/* fuzz_pcapng.c - packet files of strangers. */
#include <stdint.h>
#include <stdlib.h>

#include "../../lib/pcapng.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

volatile uint8_t read_sum;	/* so that what is read can't be left out */

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct pcapng_reader r;
	struct pcapng_item it;
	uint8_t sum = 0;

	pcapng_open(&r, p, len);
	while (pcapng_next(&r, &it) == 1) {
		if (it.iface >= r.n_iface)
			abort();
		for (size_t i = 0; i < it.len; i++)
			sum ^= it.p[i];
		for (size_t i = 0; i < it.comment_len; i++)
			sum ^= (uint8_t)it.comment[i];
	}
	read_sum = sum;
	return 0;
}
