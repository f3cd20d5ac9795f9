/* fuzz_beside.c - two names, a NUL between: none of those tried leaves the
 * installation or export of the first. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../fleet/beside.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char name[BESIDE_NAME], *text = malloc(size + 2);
	const char *asked;
	size_t low;
	unsigned i = 0;

	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	memset(text + size, 0, 2);
	asked = text + strlen(text) + 1;
	low = strncmp(text, ".provd/", 7) == 0 ? 7 : 0;
	low += strcspn(text + low, "/");
	for (; beside(text, asked, i, name); i++) {
		assert(strlen(name) < BESIDE_NAME);
		assert(low > 0 && strncmp(name, text, low) == 0 && name[low] == '/');
	}
	assert(i <= BESIDE_MAX);
	free(text);
	return 0;
}
