/* iso.c - an ISO 9660 image, and the way from its root to a path. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "iso.h"

#define CACHE_BYTES	((size_t)32 << 20)
#define FIRST_SECTOR	16u		/* of the volume descriptors, 6.2.1 */
#define MAX_DESCRIPTORS	64u

int
iso_read(const struct iso *iso, void *buf, size_t len, uint64_t off)
{
	if (off > iso->src.size || len > iso->src.size - off)
		return -EIO;
	return iso->src.read(iso->src.arg, buf, len, off);
}

/* Opening ---------------------------------------------------------------- */

/* What people take for an image. */
static const char *
what_it_is(const struct iso *iso)
{
	static const struct { const char *magic; size_t len; const char *text; } table[] = {
		{ "\xfd" "7zXZ", 5, "not an ISO 9660 image but an xz file; unpack it first" },
		{ "\x1f\x8b", 2, "not an ISO 9660 image but a gzip file; unpack it first" },
		{ "BZh", 3, "not an ISO 9660 image but a bzip2 file; unpack it first" },
		{ "\x28\xb5\x2f\xfd", 4, "not an ISO 9660 image but a zstd file; unpack it first" },
		{ "PK\3\4", 4, "not an ISO 9660 image but a zip file; unpack it first" },
	};
	uint8_t b[8];

	if (iso->src.size == 0)
		return "not an ISO 9660 image: the file is empty";
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (iso_read(iso, b, table[i].len, 0) == 0 &&
		    memcmp(b, table[i].magic, table[i].len) == 0)
			return table[i].text;
	return "not an ISO 9660 image";
}

static int
find_pvd(const struct iso *iso, uint8_t buf[ISO_SECTOR])
{
	int r;

	for (uint64_t i = 0; i < MAX_DESCRIPTORS; i++) {
		r = iso_read(iso, buf, ISO_SECTOR, (FIRST_SECTOR + i) * ISO_SECTOR);
		if (r < 0)
			return r;
		if (memcmp(buf + 1, "CD001", 5) != 0 || buf[0] == 255)
			break;
		if (buf[0] == 1)
			return 0;
	}
	return -EBADMSG;
}

/* Rock Ridge is announced in the root's own record. */
static int
read_root(struct iso *iso)
{
	uint8_t b[ISO_SECTOR];
	struct rd r = rd_init(b, sizeof(b));
	struct iso_rec rec;

	if (iso_read(iso, b, sizeof(b), iso->root_off) < 0 ||
	    !iso_rec_read(&r, &rec) || !iso_rec_is_dots(&rec))
		return -EBADMSG;
	iso->susp = iso_susp_start(rec.sua, &iso->susp_skip);
	return 0;
}

static bool
is_same(const struct lru_item *e, const void *key)
{
	const struct iso_dir *a = (const struct iso_dir *)(const void *)e;
	const uint64_t *place = key;

	return a->off == place[0] && a->len == place[1];
}

static int
load(struct iso *iso, const char **why)
{
	uint8_t b[ISO_SECTOR];
	struct iso_pvd pvd;

	*why = NULL;
	if (find_pvd(iso, b) < 0) {
		*why = what_it_is(iso);
		return -EBADMSG;
	}
	if (iso_pvd_read(b, &pvd) < 0) {
		*why = "an ISO 9660 image whose volume descriptor is damaged";
		return -EBADMSG;
	}
	if ((uint64_t)pvd.blocks * pvd.block_size > iso->src.size) {
		*why = "an ISO 9660 image that is cut off: its end is missing";
		return -EBADMSG;
	}
	iso->block_size = pvd.block_size;
	iso->root_off = ((uint64_t)pvd.root.block + pvd.root.skip) *
	    pvd.block_size;
	iso->root_len = pvd.root.size;
	if (read_root(iso) < 0) {
		*why = "an ISO 9660 image whose root directory is damaged";
		return -EBADMSG;
	}
	return lru_new(CACHE_BYTES, is_same, &iso->dirs);
}

int
iso_open(const struct iso_src *src, struct iso **ret, const char **why)
{
	struct iso *iso = calloc(1, sizeof(*iso));
	int r;

	if (iso == NULL)
		return -ENOMEM;
	iso->src = *src;
	if ((r = load(iso, why)) < 0) {
		iso_close(iso);
		return r;
	}
	*ret = iso;
	return 0;
}

void
iso_close(struct iso *iso)
{
	if (iso == NULL)
		return;
	lru_free(iso->dirs);
	free(iso);
}

/* Finding ---------------------------------------------------------------- */

void
iso_dir_unref(struct iso_dir *d)
{
	lru_unref(d != NULL ? &d->item : NULL);
}

static int
dir_get(struct iso *iso, uint64_t off, uint32_t len, bool nowait,
    struct iso_dir **ret)
{
	uint64_t key[2] = { off, len }, hash = off / ISO_SECTOR;
	struct lru_item *e = lru_get(iso->dirs, hash, key);
	int r;

	if (e != NULL) {
		*ret = (struct iso_dir *)(void *)e;
		return 0;
	}
	if (nowait)
		return -EAGAIN;
	if ((r = iso_dir_read(iso, off, len, ret)) < 0)
		return r == -EAGAIN ? -EIO : r;
	(*ret)->item.hash = hash;
	lru_put(iso->dirs, &(*ret)->item, key);
	return 0;
}

const struct iso_entry *
iso_dir_find(const struct iso_dir *d, const char *name, size_t len)
{
	size_t lo = 0, hi = d->n, mid;
	int c;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		c = strncmp(name, d->e[mid].name, len);
		if (c == 0 && d->e[mid].name[len] == '\0')
			return &d->e[mid];
		if (c <= 0)		/* a longer name comes later */
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

int
iso_find(struct iso *iso, const char *path, bool nowait,
    struct iso_dir **ret_dir, const struct iso_entry **ret)
{
	const struct iso_entry *e;
	struct iso_dir *d, *next;
	size_t n;
	int r;

	if ((r = dir_get(iso, iso->root_off, iso->root_len, nowait, &d)) < 0)
		return r;
	for (e = &d->self; *path != '\0'; path += n + (path[n] == '/')) {
		if (e != &d->self) {
			if (e->attr.type != TREE_DIR)
				r = -ENOTDIR;
			else if ((r = e->err) == 0)
				r = dir_get(iso, e->off, e->len, nowait, &next);
			if (r < 0)
				break;
			iso_dir_unref(d);
			d = next;
		}
		n = strcspn(path, "/");
		if ((e = iso_dir_find(d, path, n)) == NULL) {
			r = -ENOENT;
			break;
		}
	}
	if (r < 0) {
		iso_dir_unref(d);
		return r;
	}
	*ret_dir = d;
	*ret = e;
	return 0;
}

int
iso_dir_at(struct iso *iso, const char *path, bool nowait, struct iso_dir **ret)
{
	const struct iso_entry *e;
	struct iso_dir *d;
	int r;

	if ((r = iso_find(iso, path, nowait, &d, &e)) < 0)
		return r;
	if (e == &d->self) {
		*ret = d;
		return 0;
	}
	r = e->attr.type != TREE_DIR ? -ENOTDIR : e->err;
	if (r == 0)
		r = dir_get(iso, e->off, e->len, nowait, ret);
	iso_dir_unref(d);
	return r;
}
