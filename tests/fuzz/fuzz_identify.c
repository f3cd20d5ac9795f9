/* fuzz_identify.c - any bytes as a program, as a version, and as the texts of a disc. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../profiles/identify.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), value[48], arch[16] = "";
	struct release_id id = { .major = 0 };
	struct elf_facts f;

	assert(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	if (identify_elf(data, size, &f)) {
		assert(size >= 46 && strlen(f.arch) < sizeof(f.arch));
		assert(f.osrel == 0 || f.freebsd);
		(void)identify_osrel(f.osrel, &id);
	}
	if (identify_version(text, &id))
		assert(strcmp(text, id.version) == 0 && strchr(text, '/') == NULL);
	if (identify_value((const char *)data, size, "VERSION", value, sizeof(value)))
		assert(strlen(value) > 0 && strlen(value) < sizeof(value) &&
		    strchr(value, '\n') == NULL);
	if (identify_readme((const char *)data, size, arch))
		assert(strlen(arch) > 0 && strlen(arch) < 16);
	free(text);
	return 0;
}
