/* fuzz_schema.c - what a schema takes from any file, it prints so that it
 * loads to the same; what it does not take, it explains.
 */
#include <assert.h>
#include <stdint.h>

#include "../unit/sample.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static char *
load_and_print(const char *text, size_t len, size_t *ret_len)
{
	struct cfg_sample s;
	struct buf errors = { 0 }, out = { 0 };
	char *yaml = NULL;

	if (sample_load("/etc/f.yaml", text, len, &s, &errors) == 0) {
		assert(errors.len == 0);
		schema_print(&cfg_sample_schema, &s, &out);
		schema_free(&cfg_sample_schema, &s);
		yaml = buf_steal(&out, ret_len);
		assert(yaml != NULL);
	} else {
		assert(errors.len > 0);
	}
	buf_free(&errors);
	return yaml;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t len, again;
	char *once, *twice;

	if ((once = load_and_print((const char *)data, size, &len)) == NULL)
		return 0;
	twice = load_and_print(once, len, &again);
	assert(twice != NULL && again == len && memcmp(once, twice, len) == 0);
	free(once);
	free(twice);
	return 0;
}
