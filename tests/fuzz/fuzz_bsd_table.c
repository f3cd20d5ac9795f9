/* fuzz_bsd_table.c - any text as the table of a BSD label. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../profiles/bsd_table.h"
#include "../../profiles/check.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char why[200] = "", *text = strndup((const char *)data, size);
	struct bsd_row row[BSD_LETTERS];
	uint64_t bytes;
	int r;

	assert(text != NULL);
	r = bsd_table_parse(text, row, why);
	assert(r == 0 || strncmp(why, "line ", 5) == 0);
	for (unsigned i = 0; r == 0 && i < BSD_LETTERS; i++) {
		if (row[i].letter == '\0')
			continue;
		assert(row[i].letter == (char)('a' + i) && i != 2 && row[i].line > 0);
		/* what the plan makes of it must read the same */
		assert(strcmp(row[i].size, "*") == 0 || size_parse(row[i].size, 512, &bytes) == 0);
		assert(row[i].offset[0] != '\0' && row[i].bps[0] != '\0');
	}
	free(text);
	return 0;
}
