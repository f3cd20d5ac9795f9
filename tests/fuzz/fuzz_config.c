/* fuzz_config.c - any text may stand in provd.yaml. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../fleet/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
on_error(void *arg, const char *text)
{
	assert(text[0] != '\0' && strchr(text, '\n') == NULL);
	++*(unsigned *)arg;
}

static struct config *
load(const char *text)
{
	struct config *c = NULL;
	unsigned n = 0;
	int r = config_load_mem("f.yaml", text, &c, on_error, &n);

	assert((r == 0) == (c != NULL));
	assert(r == 0 || n > 0);	/* never refused without a reason */
	return c;
}

/* What loads is printed, loads again, and prints the same. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *a, *b;
	struct buf out = { 0 };
	struct config *c;

	if (text == NULL)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	if ((c = load(text)) != NULL) {
		schema_print(&cfg_top_schema, &c->top, &out);
		a = buf_steal(&out, NULL);
		config_unref(c);
		c = load(a);
		assert(c != NULL);
		schema_print(&cfg_top_schema, &c->top, &out);
		b = buf_steal(&out, NULL);
		assert(strcmp(a, b) == 0);
		config_unref(c);
		free(a);
		free(b);
	}
	free(text);
	return 0;
}
