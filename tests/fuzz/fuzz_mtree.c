/* fuzz_mtree.c - any bytes as an mtree(5) file. */
#include <stdlib.h>
#include <string.h>

#include "../../tree/mtree.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const path[] = { "", "a", "a/b", "etc/rc" };
	struct mtree *m;

	if (mtree_parse((const char *)data, size, &m) < 0)
		return 0;
	for (size_t i = 0; i < sizeof(path) / sizeof(path[0]); i++) {
		struct tree_attr a = { .type = TREE_REG, .size = 5 };

		mtree_apply(m, path[i], &a);
		if (a.type != TREE_REG || a.size != 5 || a.mode > 07777)
			abort();
	}
	if (mtree_count(m) > size)
		abort();
	mtree_free(m);
	return 0;
}
