/* fuzz_quote.c - what a shell reads out of a quoted word is what went in.
 *
 * The word is read back here by the rules of POSIX (XCU 2.2): plain bytes,
 * single quotes, and a backslash before a quote.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../profiles/sh_quote.h"
#include "../../profiles/vars.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static char *
unquote(const char *p)
{
	char *out = malloc(strlen(p) + 1), *o = out;

	assert(out != NULL);
	while (*p != '\0') {
		if (*p == '\'') {
			for (p++; *p != '\''; p++) {
				assert(*p != '\0');
				*o++ = *p;
			}
			p++;
		} else if (*p == '\\') {
			assert(p[1] == '\'');
			*o++ = '\'';
			p += 2;
		} else {
			assert(strchr(" \t\n|&;<>()$`\"*?[]#~{}!", *p) == NULL);
			*o++ = *p++;
		}
	}
	*o = '\0';
	return out;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *in = strndup((const char *)data, size), *out, bad[VARS_NAME_MAX];
	struct buf b = { 0 };
	struct vars vs = { 0 };

	assert(in != NULL);
	sh_quote(&b, in);
	assert(b.err == 0 && b.len > 0);
	out = unquote(b.p);
	assert(strcmp(in, out) == 0);
	free(out);
	buf_free(&b);

	/* and variables: any text expands or names what is wrong with it */
	assert(vars_set(&vs, "a", "A") == 0 && vars_set(&vs, "long_name", "B") == 0);
	if (vars_expand(&vs, in, &b, bad) < 0)
		assert(strlen(bad) > 0);
	buf_free(&b);
	vars_free(&vs);
	free(in);
	return 0;
}
