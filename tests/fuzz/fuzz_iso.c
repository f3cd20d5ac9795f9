/* fuzz_iso.c - any bytes as an ISO 9660 image.
 *
 * The input is what lies from sector 16 on, where the volume descriptors
 * begin; before it are zeroes, as in most images.  Whatever an entry says of
 * itself must be true of the image, and nothing outside of it is read.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../tree/iso.h"
#include "../../tree/path.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define START	(16u * ISO_SECTOR)
#define BUDGET	300u		/* directories that one input may make us look at */

struct image { const uint8_t *b; size_t n; };

static int
image_read(void *arg, void *buf, size_t len, uint64_t off)
{
	const struct image *m = arg;
	uint8_t *p = buf;

	if (off > START + m->n || len > START + m->n - off)
		abort();
	for (; len > 0 && off < START; off++, len--)
		*p++ = 0;
	if (len > 0)
		memcpy(p, m->b + (off - START), len);
	return 0;
}

static void
check_file(const struct iso *iso, const struct iso_entry *e)
{
	uint64_t at = 0;

	for (uint32_t i = 0; i < e->n_extent; i++) {
		const struct extent *x = &e->extent[i];

		if (x->at != at || x->len == 0 || x->off > iso->src.size ||
		    x->len > iso->src.size - x->off)
			abort();
		at += x->len;
	}
	if (at != e->attr.size)
		abort();
}

static void
check_entry(const struct iso *iso, const struct iso_dir *d,
    const struct iso_entry *e)
{
	size_t len = strlen(e->name);

	if (path_check_name(e->name, len) < 0 ||
	    iso_dir_find(d, e->name, len) != e ||
	    (e > d->e && strcmp(e[-1].name, e->name) >= 0) ||
	    e->attr.mode > 07777 || e->attr.nlink == 0)
		abort();
	if (e->err != 0)
		return;
	if (e->attr.type == TREE_REG)
		check_file(iso, e);
	if (e->attr.type == TREE_LNK && strlen(e->link) != e->attr.size)
		abort();
}

struct walk {
	struct iso	*iso;
	char		 path[TREE_PATH_MAX + 1];
	unsigned	 budget;
};

/* Depth first, each directory from its path, as requests come. */
static void
walk(struct walk *w)
{
	struct { size_t len, next; } level[8];
	size_t depth = 1;

	level[0].len = level[0].next = 0;
	w->path[0] = '\0';
	while (depth > 0 && w->budget-- > 0) {
		const struct iso_entry *e;
		struct iso_dir *d;
		size_t len = level[depth - 1].len, i = level[depth - 1].next;

		w->path[len] = '\0';
		if (iso_dir_at(w->iso, w->path, false, &d) < 0) {
			depth--;
			continue;
		}
		for (size_t k = 0; i == 0 && k < d->n; k++)
			check_entry(w->iso, d, &d->e[k]);
		while (i < d->n && (d->e[i].attr.type != TREE_DIR || depth == 8 ||
		    path_join(w->path, len, d->e[i].name, strlen(d->e[i].name),
		    w->path, &level[depth].len) < 0))
			i++;
		level[depth - 1].next = i + 1;
		if (i < d->n) {
			struct iso_dir *of;

			if (iso_find(w->iso, w->path, false, &of, &e) == 0) {
				if (e->attr.type != TREE_DIR)
					abort();
				iso_dir_unref(of);
			} else {
				abort();	/* it was just there */
			}
			level[depth++].next = 0;
		} else {
			depth--;
		}
		iso_dir_unref(d);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image m = { data, size };
	struct iso_src src = { image_read, &m, START + size };
	struct walk w = { .budget = BUDGET };
	const char *why = NULL;

	if (iso_open(&src, &w.iso, &why) < 0) {
		if (why == NULL)
			abort();
		return 0;
	}
	walk(&w);
	iso_close(w.iso);
	return 0;
}
