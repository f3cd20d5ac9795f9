/* yaml.h - a YAML file as a tree of nodes that know where they stood.
 *
 * Only schema.c and this module's tests look inside; yaml.c alone includes
 * <yaml.h> of libyaml.  Refused: aliases and anchors, tags, several documents,
 * duplicate keys, depth over 16, more than 2,000,000 nodes, files over 64 MiB
 * (65,536 hosts have some 1,000,000), anything that is not UTF-8.
 * Ownership: yaml_tree_free() frees the whole tree (libyaml has a yaml_free).
 * Errors: negative errno with err filled: "file:line:col: text".
 * Layer: lib.
 */
#ifndef LIB_YAML_H
#define LIB_YAML_H

#include <stdbool.h>
#include <stddef.h>

struct yaml_node {
	enum { YAML_SCALAR, YAML_SEQ, YAML_MAP } kind;
	unsigned	   line, col;	/* from 1 */
	bool		   quoted;	/* scalar in quotes: always a string */
	char		  *value;	/* scalar */
	struct yaml_node **item;	/* sequence items, or mapping values */
	struct yaml_node **key;		/* mapping keys (scalars) */
	size_t		   n;
};

struct cfg_error { char text[512]; };

int	yaml_load_file(const char *path, struct yaml_node **ret, struct cfg_error *);
/* The bytes alone, malloc'd, for yaml_load_mem(). */
int	yaml_read_file(const char *path, char **ret, size_t *ret_len, struct cfg_error *);
int	yaml_load_mem(const char *name, const char *text, size_t len,
	    struct yaml_node **ret, struct cfg_error *);
void	yaml_tree_free(struct yaml_node *);

#endif /* LIB_YAML_H */
