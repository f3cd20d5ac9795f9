/* fuzz_media.c - any bytes as a name in an archive, as a file of sums, as a
 * catalogue of packages, and names through mtree(5) and back. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../media/attrs.h"
#include "../../media/catalogue.h"
#include "../../media/sums.h"
#include "../../tree/mtree.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static int
take(void *arg, const char *path, const char *sha256)
{
	assert(strlen(sha256) == 64 && strlen(path) <= TREE_PATH_MAX);
	media_sums_line(arg, sha256, path);
	return 0;
}

/* What leads nowhere but into the tree. */
static void
check_path(const char *path)
{
	struct media_entry e = { .type = TREE_REG, .mode = 0640, .uid = 3 };
	struct tree_attr a = { .type = TREE_REG };
	struct buf b = { 0 };
	struct mtree *m;
	size_t len = strlen(path), n;

	assert(len <= TREE_PATH_MAX && path[0] != '/' && (len == 0 || path[len - 1] != '/'));
	for (const char *s = path; *s != '\0'; s += n + (s[n] == '/')) {
		n = strcspn(s, "/");
		assert(n > 0 && n <= TREE_NAME_MAX && !(n == 1 && *s == '.') &&
		    !(n == 2 && s[0] == '.' && s[1] == '.'));
	}
	if ((e.path = strdup(path)) == NULL)
		abort();
	media_attrs_line(&b, &e, false);
	assert(mtree_parse(b.p, b.len, &m) == 0 && mtree_count(m) == 1);
	mtree_apply(m, path, &a);
	assert(a.mode == 0640 && a.uid == 3);
	mtree_free(m);
	buf_free(&b);
	free(e.path);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), path[TREE_PATH_MAX + 1];
	struct buf sums = { 0 }, again = { 0 };
	char reason[MEDIA_WHY];
	struct catalogue cat;
	const char *why;
	unsigned line;

	assert(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	if (media_path(text, path, &why) == 0)
		check_path(path);
	if (media_sums_parse((const char *)data, size, take, &sums, &line) == 0 && sums.len > 0) {
		assert(media_sums_parse(sums.p, sums.len, take, &again, &line) == 0);
		assert(again.len == sums.len && memcmp(again.p, sums.p, sums.len) == 0);
	}
	if (catalogue_parse((const char *)data, size, &cat, reason) == 0) {
		assert(cat.n > 0 && catalogue_find(&cat, cat.e[0].path) != NULL);
		catalogue_done(&cat);
	}
	buf_free(&sums);
	buf_free(&again);
	free(text);
	return 0;
}
