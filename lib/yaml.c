/* yaml.c - a YAML file as a tree of nodes that know where they stood.
 *
 * libyaml gives a stream of events; the containers that are still open stand
 * on a stack, so nothing here recurses on what was written.
 */
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <yaml.h>

#include "yaml.h"

#define DEPTH_MAX	16
#define NODES_MAX	2000000
#define FILE_MAX	((size_t)64 << 20)

struct build {
	const char		*name;
	struct cfg_error	*err;
	struct yaml_node	*open[DEPTH_MAX];	/* containers; [0] is the root */
	size_t			 depth, n_nodes, n_docs;
	struct yaml_node	*root;
	struct yaml_node	*key;	/* read, its value not yet */
};

static int
complain(struct build *b, size_t line, size_t col, const char *text)
{
	(void)snprintf(b->err->text, sizeof(b->err->text), "%s:%zu:%zu: %s",
	    b->name, line, col, text);
	return -EINVAL;
}

static int
refuse(struct build *b, yaml_mark_t at, const char *text)
{
	return complain(b, at.line + 1, at.column + 1, text);
}

static int
no_memory(struct build *b)
{
	(void)snprintf(b->err->text, sizeof(b->err->text), "%s: out of memory",
	    b->name);
	return -ENOMEM;
}

/* Room for one more item: capacities are the powers of two. */
static int
grow(struct yaml_node ***arr, size_t n)
{
	struct yaml_node **p;

	if (n != 0 && (n & (n - 1)) != 0)
		return 0;
	if ((p = realloc(*arr, (n == 0 ? 1 : 2 * n) * sizeof(*p))) == NULL)
		return -ENOMEM;
	*arr = p;
	return 0;
}

/* Hang a node where it belongs; on failure it is still the caller's. */
static int
attach(struct build *b, struct yaml_node *node, yaml_mark_t at)
{
	struct yaml_node *in = b->depth > 0 ? b->open[b->depth - 1] : NULL;

	if (in == NULL) {
		b->root = node;
		return 0;
	}
	if (in->kind == YAML_MAP && b->key == NULL) {
		if (node->kind != YAML_SCALAR)
			return refuse(b, at, "a key must be plain text");
		b->key = node;
		return 0;
	}
	if (grow(&in->item, in->n) < 0 ||
	    (in->kind == YAML_MAP && grow(&in->key, in->n) < 0))
		return no_memory(b);
	if (in->kind == YAML_MAP)
		in->key[in->n] = b->key;
	b->key = NULL;
	in->item[in->n++] = node;
	return 0;
}

static int
add_node(struct build *b, const yaml_event_t *ev, int kind,
    struct yaml_node **ret)
{
	struct yaml_node *node;
	int r;

	if (++b->n_nodes > NODES_MAX)
		return refuse(b, ev->start_mark, "the file has too many items");
	if ((node = calloc(1, sizeof(*node))) == NULL)
		return no_memory(b);
	node->kind = (unsigned)kind;
	node->line = (unsigned)ev->start_mark.line + 1;
	node->col = (unsigned)ev->start_mark.column + 1;
	if ((r = attach(b, node, ev->start_mark)) < 0) {
		free(node);
		return r;
	}
	*ret = node;
	return 0;
}

static int
on_scalar(struct build *b, const yaml_event_t *ev)
{
	const char *text = (const char *)ev->data.scalar.value;
	size_t len = ev->data.scalar.length;
	struct yaml_node *node;
	int r;

	if (memchr(text, '\0', len) != NULL)
		return refuse(b, ev->start_mark, "a NUL character is not allowed");
	if ((r = add_node(b, ev, YAML_SCALAR, &node)) < 0)
		return r;
	node->quoted = ev->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	if ((node->value = malloc(len + 1)) == NULL)
		return no_memory(b);
	memcpy(node->value, text, len);
	node->value[len] = '\0';
	return 0;
}

static int
on_open(struct build *b, const yaml_event_t *ev, int kind)
{
	struct yaml_node *node;
	int r;

	if (b->depth == DEPTH_MAX)
		return refuse(b, ev->start_mark, "nested too deeply");
	if ((r = add_node(b, ev, kind, &node)) == 0)
		b->open[b->depth++] = node;
	return r;
}

/* By text, then by place, so that the later of two equal keys is refused. */
static int
key_order(const void *a, const void *b)
{
	const struct yaml_node *x = *(struct yaml_node *const *)a;
	const struct yaml_node *y = *(struct yaml_node *const *)b;
	int d = strcmp(x->value, y->value);

	if (d != 0)
		return d;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return x->col < y->col ? -1 : x->col > y->col;
}

static int
check_duplicates(struct build *b, const struct yaml_node *map)
{
	struct yaml_node **sorted;
	char text[128];
	int r = 0;

	if (map->n < 2)
		return 0;
	if ((sorted = malloc(map->n * sizeof(struct yaml_node *))) == NULL)
		return no_memory(b);
	memcpy(sorted, map->key, map->n * sizeof(struct yaml_node *));
	qsort(sorted, map->n, sizeof(struct yaml_node *), key_order);
	for (size_t i = 1; i < map->n && r == 0; i++) {
		if (strcmp(sorted[i - 1]->value, sorted[i]->value) != 0)
			continue;
		(void)snprintf(text, sizeof(text),
		    "\"%.64s\" was given already in line %u",
		    sorted[i]->value, sorted[i - 1]->line);
		r = complain(b, sorted[i]->line, sorted[i]->col, text);
	}
	free(sorted);
	return r;
}

static int
on_close(struct build *b)
{
	const struct yaml_node *node = b->open[--b->depth];

	return node->kind == YAML_MAP ? check_duplicates(b, node) : 0;
}

static int
on_event(struct build *b, const yaml_event_t *ev)
{
	static const char no_anchor[] = "anchors and tags are not supported";

	switch (ev->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (b->n_docs++ > 0)
			return refuse(b, ev->start_mark,
			    "a second document in one file");
		return 0;
	case YAML_ALIAS_EVENT:
		return refuse(b, ev->start_mark, "aliases are not supported");
	case YAML_SCALAR_EVENT:
		if (ev->data.scalar.anchor != NULL || ev->data.scalar.tag != NULL)
			return refuse(b, ev->start_mark, no_anchor);
		return on_scalar(b, ev);
	case YAML_SEQUENCE_START_EVENT:
		if (ev->data.sequence_start.anchor != NULL ||
		    ev->data.sequence_start.tag != NULL)
			return refuse(b, ev->start_mark, no_anchor);
		return on_open(b, ev, YAML_SEQ);
	case YAML_MAPPING_START_EVENT:
		if (ev->data.mapping_start.anchor != NULL ||
		    ev->data.mapping_start.tag != NULL)
			return refuse(b, ev->start_mark, no_anchor);
		return on_open(b, ev, YAML_MAP);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return on_close(b);
	default:
		return 0;
	}
}

/* libyaml tells the place of a bad byte as an offset only. */
static int
reader_error(struct build *b, const yaml_parser_t *p, const char *text, size_t len)
{
	size_t line = 1, col = 1, end = p->problem_offset;

	for (size_t i = 0; i < end && i < len; i++)
		if (text[i] == '\n') {
			line++;
			col = 1;
		} else if ((text[i] & 0xc0) != 0x80) {	/* characters, not bytes */
			col++;
		}
	return complain(b, line, col, p->problem);
}

static int
parser_error(struct build *b, const yaml_parser_t *p, const char *text, size_t len)
{
	char both[256];

	if (p->error == YAML_MEMORY_ERROR || p->problem == NULL)
		return no_memory(b);
	if (p->error == YAML_READER_ERROR)
		return reader_error(b, p, text, len);
	(void)snprintf(both, sizeof(both), "%s%s%s", p->problem,
	    p->context == NULL ? "" : " ", p->context == NULL ? "" : p->context);
	return refuse(b, p->problem_mark, both);
}

static int
parse(struct build *b, yaml_parser_t *p, const char *text, size_t len)
{
	yaml_event_t ev;
	bool end = false;
	int r = 0;

	while (r == 0 && !end) {
		if (!yaml_parser_parse(p, &ev))
			return parser_error(b, p, text, len);
		end = ev.type == YAML_STREAM_END_EVENT;
		r = on_event(b, &ev);
		yaml_event_delete(&ev);
	}
	if (r == 0 && b->root == NULL)
		r = complain(b, 1, 1, "the file is empty");
	return r;
}

int
yaml_load_mem(const char *name, const char *text, size_t len,
    struct yaml_node **ret, struct cfg_error *err)
{
	struct build b = { .name = name, .err = err };
	yaml_parser_t p;
	int r;

	if (len > FILE_MAX) {
		(void)snprintf(err->text, sizeof(err->text),
		    "%s: larger than 64 MiB", name);
		return -EFBIG;
	}
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;			/* byte order mark */
		len -= 3;
	}
	if (!yaml_parser_initialize(&p))
		return no_memory(&b);
	yaml_parser_set_encoding(&p, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&p, (const unsigned char *)text, len);
	r = parse(&b, &p, text, len);
	yaml_parser_delete(&p);
	if (r < 0) {
		yaml_tree_free(b.key);
		yaml_tree_free(b.root);
		return r;
	}
	*ret = b.root;
	return 0;
}

static int
read_all(int fd, char *text, size_t cap, size_t *ret_len)
{
	size_t len = 0;
	ssize_t n;

	while (len < cap && (n = read(fd, text + len, cap - len)) != 0) {
		if (n == -1 && errno != EINTR)
			return -errno;
		if (n > 0)
			len += (size_t)n;
	}
	*ret_len = len;
	return 0;
}

/* O_NONBLOCK: a FIFO is refused, not waited for. */
static int
open_regular(const char *path)
{
	struct stat st;
	int fd, r;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) == -1)
		return -errno;
	if (fstat(fd, &st) == -1)
		r = -errno;
	else if (S_ISDIR(st.st_mode))
		r = -EISDIR;
	else if (!S_ISREG(st.st_mode))
		r = -EINVAL;
	else
		return fd;
	(void)close(fd);
	return r;
}

int
yaml_read_file(const char *path, char **ret, size_t *ret_len, struct cfg_error *err)
{
	size_t cap = FILE_MAX + 1, len = 0;	/* one more: too large is seen */
	char *text = NULL, *fit;
	int fd, r;

	if ((fd = open_regular(path)) < 0) {
		r = fd;
		goto out;
	}
	if ((text = malloc(cap)) == NULL)
		r = -ENOMEM;
	else
		r = read_all(fd, text, cap, &len);
	(void)close(fd);
out:
	if (r < 0) {
		(void)snprintf(err->text, sizeof(err->text), "%s: %s", path,
		    r == -EINVAL ? "not a regular file" : strerror(-r));
		free(text);
		return r;
	}
	fit = realloc(text, len + 1);
	*ret = fit != NULL ? fit : text;
	*ret_len = len;
	return 0;
}

int
yaml_load_file(const char *path, struct yaml_node **ret, struct cfg_error *err)
{
	size_t len;
	char *text;
	int r;

	if ((r = yaml_read_file(path, &text, &len, err)) < 0)
		return r;
	r = yaml_load_mem(path, text, len, ret, err);
	free(text);
	return r;
}

/* Takes the tree down from its leaves.  Only this module builds trees, so
 * none is deeper than its stack. */
void
yaml_tree_free(struct yaml_node *root)
{
	struct yaml_node *stack[DEPTH_MAX + 1], *node;
	size_t depth = 0;

	if (root != NULL)
		stack[depth++] = root;
	while (depth > 0) {
		node = stack[depth - 1];
		if (node->n > 0) {
			node->n--;
			if (node->kind == YAML_MAP) {
				free(node->key[node->n]->value);
				free(node->key[node->n]);
			}
			stack[depth++] = node->item[node->n];
			continue;
		}
		free(node->value);
		free(node->item);
		free(node->key);
		free(node);
		depth--;
	}
}
