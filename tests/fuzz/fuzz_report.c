/* fuzz_report.c - a client may look for a file of any name. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../fleet/timeline.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *name = malloc(size + 1);
	struct report r;

	if (name == NULL)
		abort();
	memcpy(name, data, size);
	name[size] = '\0';
	if (report_parse(name, &r) == 0) {
		assert(r.step[0] != '\0' && r.state[0] != '\0');
		for (const char *p = r.text; *p != '\0'; p++)
			assert(*p >= 0x20 && *p < 0x7f);
	}
	free(name);
	return 0;
}
