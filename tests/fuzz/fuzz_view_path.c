/* fuzz_view_path.c - any bytes as a path in a view, as TFTP and HTTP give one
 * and, name by name, as NFS does; and as a path of an overlay. */
#include <errno.h>

#include "../../tree/handle.h"
#include "tree_fix.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check_handle(const struct view *v, const struct node *n)
{
	struct handle h;
	struct node again;
	int r = handle_make(n, &h);

	if (r == -ENAMETOOLONG)
		return;
	if (r < 0 || handle_node(v, h.b, h.len, 0, &again) < 0 ||
	    n->src != again.src || n->attr.fileid != again.attr.fileid ||
	    (n->src != NODE_REPORT && strcmp(n->path, again.path) != 0))
		abort();
}

static void
lookups(const struct view *v, const char *p, size_t size)
{
	const char *end = p + size, *slash;
	struct node n;
	size_t len;

	if (view_root(v, 0, &n) < 0)
		abort();
	for (; p < end; p += len + (slash != NULL)) {
		slash = memchr(p, '/', (size_t)(end - p));
		len = (size_t)((slash != NULL ? slash : end) - p);
		if (view_lookup(&tree_cred_root, &n, p, len, 0, &n) < 0)
			return;
		fix_check(v, &n);
		check_handle(v, &n);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view v = fix_view();
	struct overlay *o;
	struct node n;
	char *path;

	if (size > 8192 || (path = malloc(size + 1)) == NULL)
		return 0;
	memcpy(path, data, size);
	path[size] = '\0';
	for (int follow = 0; follow < 2; follow++)
		if (view_walk(&v, &tree_cred_root, path, follow, 0, &n) == 0) {
			fix_check(&v, &n);
			check_handle(&v, &n);
			if (n.src == NODE_CLAIM || n.src == NODE_REPORT)
				abort();
		}
	lookups(&v, path, size);
	if (overlay_new(0, &o) == 0) {
		if (overlay_add_file(o, path, 0644, data, size) == 0 &&
		    overlay_find(o, path) == NULL)
			abort();
		overlay_unref(o);
	}
	free(path);
	return 0;
}
