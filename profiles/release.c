/* release.c - what release trees have in common, and MANIFEST. */
#include "release.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../tree/tree.h"
#include "check.h"

#define MANIFEST_MAX	((size_t)1 << 20)

/* Lines and fields -------------------------------------------------------- */

bool
release_line(const char **p, const char *end, const char **line, size_t *len)
{
	const char *nl;

	if (*p >= end)
		return false;
	if ((nl = memchr(*p, '\n', (size_t)(end - *p))) == NULL)
		nl = end;
	*line = *p;
	*len = (size_t)(nl - *p);
	if (*len > 0 && (*line)[*len - 1] == '\r')
		--*len;
	*p = nl + 1;
	return true;
}

/* The next tab-separated field as a string of the caller's. */
static bool
next_field(const char **p, const char *end, char *buf, size_t cap)
{
	const char *tab;
	size_t n;

	if (*p > end)
		return false;
	if ((tab = memchr(*p, '\t', (size_t)(end - *p))) == NULL)
		tab = end;
	n = (size_t)(tab - *p);
	if (n >= cap || memchr(*p, '\0', n) != NULL)
		return false;
	memcpy(buf, *p, n);
	buf[n] = '\0';
	*p = tab + 1;
	return true;
}

struct release_set *
release_grow(struct release *rel)
{
	struct release_set *s;

	if (rel->n_set == RELEASE_SETS_MAX ||
	    (s = realloc(rel->set, (rel->n_set + 1) * sizeof(*s))) == NULL)
		return NULL;
	rel->set = s;
	s = &rel->set[rel->n_set++];
	*s = (struct release_set){ 0 };
	return s;
}

/* MANIFEST: file, sha256, members, name, "description", on or off. */
int
release_parse_manifest(const char *text, size_t len, struct release *rel, char why[200])
{
	const char *p = text, *end = text + len, *line, *at;
	struct release_set *s;
	char file[128], sum[65], count[24], name[64];
	unsigned no = 0;
	size_t n;

	while (release_line(&p, end, &line, &n)) {
		no++;
		if (n == 0)
			continue;
		at = line;
		if (!next_field(&at, line + n, file, sizeof(file)) ||
		    !next_field(&at, line + n, sum, sizeof(sum)) ||
		    !next_field(&at, line + n, count, sizeof(count)) ||
		    !next_field(&at, line + n, name, sizeof(name)) ||
		    !check_relative(file) || strlen(sum) != 64 ||
		    strspn(sum, "0123456789abcdef") != 64) {
			(void)snprintf(why, 200, "line %u is not \"file sha256 count name ...\"", no);
			return -EBADMSG;
		}
		if ((s = release_grow(rel)) == NULL)
			return -ENOMEM;
		(void)snprintf(s->file, sizeof(s->file), "%s", file);
		(void)snprintf(s->sha256, sizeof(s->sha256), "%s", sum);
		/* the file's name says which set it is: the fourth field
		 * only names it to people (kernel-dbg for kernel-dbg.txz) */
		(void)snprintf(s->name, sizeof(s->name), "%.*s",
		    (int)strcspn(file, "."), file);
	}
	if (rel->n_set == 0) {
		(void)snprintf(why, 200, "it is empty");
		return -EBADMSG;
	}
	return 0;
}

/* The tree ---------------------------------------------------------------- */

int
release_check(const struct view *view, const char *path, uint64_t *ret_bytes)
{
	struct node node;
	char byte;
	size_t n;
	bool eof;
	int r;

	if ((r = view_walk(view, &tree_cred_root, path, true, 0, &node)) < 0)
		return r;
	if (node.attr.type != TREE_REG)
		return -EISDIR;
	if ((r = view_read(&tree_cred_root, &node, 0, &byte, 1, 0, &n, &eof)) < 0)
		return r;
	*ret_bytes = node.attr.size;
	return 0;
}

int
release_read(const struct view *view, const char *path, size_t max,
    char **ret, size_t *ret_len)
{
	struct node node;
	char *buf = NULL;
	size_t len = 0, n;
	bool eof = false;
	int r;

	if ((r = view_walk(view, &tree_cred_root, path, true, 0, &node)) < 0)
		return r;
	if (node.attr.type != TREE_REG)
		return -EISDIR;
	if (node.attr.size > max)
		return -EFBIG;
	if ((buf = malloc((size_t)node.attr.size + 1)) == NULL)
		return -ENOMEM;
	while (len < node.attr.size && !eof) {
		r = view_read(&tree_cred_root, &node, len, buf + len,
		    (size_t)node.attr.size - len, 0, &n, &eof);
		if (r < 0) {
			free(buf);
			return r;
		}
		if (n == 0)
			break;
		len += n;
	}
	buf[len] = '\0';
	*ret = buf;
	*ret_len = len;
	return 0;
}

static int
fill_sizes(const struct view *view, struct release *rel)
{
	char path[400];

	for (size_t i = 0; i < rel->n_set; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", rel->dir, rel->set[i].file);
		/* one that is missing is noticed when a profile wants it */
		if (release_check(view, path, &rel->set[i].bytes) < 0)
			rel->set[i].name[0] = '\0';
	}
	return 0;
}

int
release_manifest(const struct view *view, const char *dir, struct release *ret, char why[200])
{
	char path[256], *text = NULL;
	size_t len;
	int r;

	*ret = (struct release){ 0 };
	(void)snprintf(ret->dir, sizeof(ret->dir), "%s", dir);
	(void)snprintf(path, sizeof(path), "%s/MANIFEST", ret->dir);
	if ((r = release_read(view, path, MANIFEST_MAX, &text, &len)) < 0)
		return r;
	if ((r = release_parse_manifest(text, len, ret, why)) == 0)
		r = fill_sizes(view, ret);
	free(text);
	if (r < 0)
		release_done(ret);
	return r;
}

const struct release_set *
release_find(const struct release *rel, const char *name)
{
	for (size_t i = 0; i < rel->n_set; i++)
		if (strcmp(rel->set[i].name, name) == 0)
			return &rel->set[i];
	return NULL;
}

void
release_done(struct release *rel)
{
	for (size_t i = 0; i < rel->n_set; i++)
		free(rel->set[i].piece);
	free(rel->set);
	*rel = (struct release){ 0 };
}
