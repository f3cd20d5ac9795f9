/* fuzz_yaml.c - any file is a tree within its limits or an error with a text. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "../../lib/yaml.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Number of nodes; the tree is at most 16 deep, or else this overruns. */
static size_t
walk(const struct yaml_node *root)
{
	const struct yaml_node *stack[17];
	size_t next[17], depth = 1, n = 1;

	stack[0] = root;
	next[0] = 0;
	while (depth > 0) {
		const struct yaml_node *node = stack[depth - 1];

		assert(node->line > 0 && node->col > 0);
		assert((node->kind == YAML_SCALAR) == (node->value != NULL));
		if (next[depth - 1] == node->n) {
			depth--;
			continue;
		}
		if (node->kind == YAML_MAP) {
			assert(node->key[next[depth - 1]]->value != NULL);
			n++;
		}
		stack[depth] = node->item[next[depth - 1]++];
		assert(stack[depth] != NULL && depth < 17);
		next[depth++] = 0;
		n++;
	}
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cfg_error err = { "" };
	struct yaml_node *tree = NULL;
	int r;

	r = yaml_load_mem("f", (const char *)data, size, &tree, &err);
	if (r < 0) {
		assert(tree == NULL);
		assert(memchr(err.text, '\0', sizeof(err.text)) != NULL);
		assert(strncmp(err.text, "f:", 2) == 0);
		return 0;
	}
	assert(walk(tree) <= 100000);
	yaml_tree_free(tree);
	return 0;
}
