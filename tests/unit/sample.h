/* sample.h - structs, indices and tables of sample.def, and a loader, for the
 * one .c file of a test program.
 */
#ifndef TESTS_UNIT_SAMPLE_H
#define TESTS_UNIT_SAMPLE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/schema.h"

#define CFG_GEN_STRUCTS
#include "../../lib/schema_gen.h"
#include "sample.def"
#define CFG_GEN_UNDEF
#include "../../lib/schema_gen.h"

#define CFG_GEN_INDEX
#include "../../lib/schema_gen.h"
#include "sample.def"
#define CFG_GEN_UNDEF
#include "../../lib/schema_gen.h"

#define CFG_GEN_TABLES
#include "../../lib/schema_gen.h"
#include "sample.def"
#define CFG_GEN_UNDEF
#include "../../lib/schema_gen.h"

/* Errors are appended to the buffer, a line each. */
static inline void
sample_error(void *arg, const char *text)
{
	buf_printf(arg, "%s\n", text);
}

static inline int
sample_load(const char *file, const char *text, size_t len,
    struct cfg_sample *ret, struct buf *errors)
{
	struct cfg_error err;
	struct yaml_node *tree;
	int r;

	if ((r = yaml_load_mem(file, text, len, &tree, &err)) < 0) {
		sample_error(errors, err.text);
		return r;
	}
	r = schema_load(&cfg_sample_schema, file, tree, ret, sample_error, errors);
	yaml_tree_free(tree);
	return r;
}

#endif /* TESTS_UNIT_SAMPLE_H */
