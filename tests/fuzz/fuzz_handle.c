/* fuzz_handle.c - any bytes as a file handle.
 *
 * An even first byte: the rest as it came.  An odd one: the rest with a MAC
 * that is right, to get past it: handles that nobody made must still lead to
 * a node of this view or to none.
 */
#include <errno.h>

#include "../../lib/siphash.h"
#include "../../tree/handle.h"
#include "tree_fix.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
sign(uint8_t *h, size_t len)
{
	uint8_t b[1 + HANDLE_MAX] = { 'M' };
	uint64_t mac;

	memcpy(b + 1, h, len - 8);
	mac = siphash(fix_key, b, len - 7);
	for (int i = 0; i < 8; i++)
		h[len - 8 + (size_t)i] = (uint8_t)(mac >> (56 - 8 * i));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view v = fix_view();
	uint8_t h[HANDLE_MAX];
	struct handle again;
	struct node n;
	uint32_t tree, inst;
	size_t len;
	int r;

	if (size < 1 || size > 200)
		return 0;
	if (data[0] % 2 == 0) {
		r = handle_peek(fix_key, data + 1, size - 1, &tree, &inst);
		if (r == 0 && size != 33 && size != 65)
			abort();
		if (handle_node(&v, data + 1, size - 1, 0, &n) == 0)
			fix_check(&v, &n);
		return 0;
	}
	len = data[0] % 4 == 1 ? 32 : 64;
	memset(h, 0, sizeof(h));
	memcpy(h, data + 1, size - 1 < len ? size - 1 : len);
	/* bit 2: for this view */
	if (data[0] & 4) {
		tree = tree_id(fix_tree);
		for (int i = 0; i < 4; i++)
			h[i] = (uint8_t)(tree >> (24 - 8 * i));
		memcpy(h + 4, "\0\0\0\1", 4);
	}
	sign(h, len);
	if (handle_peek(fix_key, h, len, &tree, &inst) != 0)
		abort();
	r = handle_node(&v, h, len, 0, &n);
	if (r == 0) {
		fix_check(&v, &n);
		if (n.src != NODE_CLAIM && (handle_make(&n, &again) < 0 ||
		    handle_node(&v, again.b, again.len, 0, &n) < 0 ||
		    handle_make_short(&n, &again) < 0 || again.len != 32 ||
		    handle_node(&v, again.b, again.len, 0, &n) < 0))
			abort();
	} else if (r != -ESTALE) {
		abort();
	}
	return 0;
}
