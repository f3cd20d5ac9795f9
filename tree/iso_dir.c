/* iso_dir.c - one directory of an ISO 9660 image, read whole. */
#include <sys/stat.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/buf.h"
#include "iso.h"
#include "path.h"

#define DIR_BYTES	((uint32_t)64 << 20)	/* -EFBIG beyond */
#define DIR_ENTRIES	((size_t)1 << 20)
#define MAX_AREAS	32u	/* of one record: a link of 4095 bytes takes three */

/* An entry while its directory is read: where in text[] and extent[]. */
struct draft {
	struct iso_entry e;
	size_t		 name, link, extent, nth;
};

struct reader {
	struct iso	*iso;
	struct draft	*e;
	size_t		 n, cap;
	struct extent	*extent;
	size_t		 n_extent, cap_extent;
	struct buf	 text;
	struct iso_entry self;
	bool		 has_self;
	bool		 more;		/* the last entry goes on in the next record */
	const uint8_t	*id;		/* its identifier */
	size_t		 id_len;
	struct iso_rr	 rr;
	/* The sector with the last continuation: those of a directory lie together. */
	uint64_t	 ce_at;
	bool		 has_ce;
	uint8_t		 ce[ISO_SECTOR];
};

/* System use areas ------------------------------------------------------- */

static int
read_area(struct reader *rd, uint64_t off, uint32_t len, uint8_t *own,
    const uint8_t **ret)
{
	uint64_t at = off / ISO_SECTOR * ISO_SECTOR;
	int r;

	if (off - at + len > ISO_SECTOR) {	/* unusual: across sectors */
		*ret = own;
		return iso_read(rd->iso, own, len, off);
	}
	if (!rd->has_ce || rd->ce_at != at) {
		rd->has_ce = false;
		if ((r = iso_read(rd->iso, rd->ce, ISO_SECTOR, at)) < 0)
			return r;
		rd->ce_at = at;
		rd->has_ce = true;
	}
	*ret = rd->ce + (off - at);
	return 0;
}

/* All that Rock Ridge says in a record and its continuations. */
static int
read_rr(struct reader *rd, const struct iso_rec *rec)
{
	const struct iso *iso = rd->iso;
	struct rd sua = rec->sua;
	struct iso_rr *rr = &rd->rr;
	int r;

	iso_rr_init(rr);
	if (!iso->susp)
		return 0;
	(void)rd_take(&sua, iso->susp_skip < rd_left(&sua) ? iso->susp_skip :
	    rd_left(&sua));
	r = iso_rr_read(sua, rr);
	for (unsigned i = 0; r == 0 && rr->ce_len > 0; i++) {
		uint8_t own[ISO_SECTOR];
		const uint8_t *p;

		if (i == MAX_AREAS || rr->ce_len > ISO_SECTOR)
			return -EIO;
		r = read_area(rd, (uint64_t)rr->ce_block * iso->block_size +
		    rr->ce_off, rr->ce_len, own, &p);
		if (r == 0)
			r = iso_rr_read(rd_init(p, rr->ce_len), rr);
	}
	return r == -EBADMSG ? -EIO : r;
}

/* Attributes ------------------------------------------------------------- */

static enum tree_type
type_of(const struct iso_rec *rec, const struct iso_rr *rr)
{
	enum tree_type t;

	if ((rec->flags & ISO_FLAG_DIR) || (rr->has & RR_CL))
		return TREE_DIR;
	if ((rr->has & RR_PX) == 0)
		return rr->has & RR_SL ? TREE_LNK : TREE_REG;
	t = mode_type((mode_t)(rr->mode & S_IFMT));
	return t == TREE_DIR ? TREE_REG : t;	/* its record knows of no directory */
}

/* RRIP 4.1.2: the number in two halves, or all of it in the lower one. */
static void
set_rdev(struct tree_attr *a, const struct iso_rr *rr)
{
	bool whole = rr->dev_high == 0 && rr->dev_low > 0xff;

	a->rdev_major = whole ? rr->dev_low >> 8 : rr->dev_high;
	a->rdev_minor = whole ? rr->dev_low & 0xff : rr->dev_low;
}

static struct tree_time
time_of(int64_t s)
{
	return (struct tree_time){ .s = s };
}

static void
set_attr(struct iso_entry *e, const struct iso_rec *rec, const struct iso_rr *rr)
{
	struct tree_attr *a = &e->attr;
	bool px = rr->has & RR_PX;

	*a = (struct tree_attr){
		.type = type_of(rec, rr),
		.uid = px ? rr->uid : 0,
		.gid = px ? rr->gid : 0,
		.mtime = time_of(rr->has_mtime ? rr->mtime : rec->time),
		.atime = time_of(rr->has_atime ? rr->atime : rec->time),
		.ctime = time_of(rr->has_ctime ? rr->ctime : rec->time),
	};
	a->mode = px ? rr->mode & 07777 : a->type == TREE_DIR ? 0555 :
	    a->type == TREE_LNK ? 0777 : 0444;
	a->nlink = a->type == TREE_DIR ? 1 : px && rr->nlink > 0 ? rr->nlink : 1;
	if (a->type == TREE_DIR)
		a->size = rec->size;
	else if (a->type == TREE_LNK)
		a->size = rr->link_len;
	else if (a->type == TREE_BLK || a->type == TREE_CHR)
		set_rdev(a, rr);
}

static void
set_used(struct tree_attr *a)
{
	a->used = (a->size + 511) / 512 * 512;
}

static uint64_t
place_of(const struct iso *iso, const struct iso_rec *rec)
{
	return ((uint64_t)rec->block + rec->skip) * iso->block_size;
}

/* The "." of a directory that was moved has what its CL record has not. */
static int
read_moved(struct reader *rd, struct iso_entry *e)
{
	uint64_t off = (uint64_t)rd->rr.child * rd->iso->block_size;
	uint8_t b[ISO_SECTOR];
	struct rd r = rd_init(b, sizeof(b));
	struct iso_rec rec;
	int rc;

	if ((rc = iso_read(rd->iso, b, sizeof(b), off)) < 0)
		return rc;
	if (!iso_rec_read(&r, &rec) || !iso_rec_is_dots(&rec))
		return -EIO;
	if ((rc = read_rr(rd, &rec)) < 0)
		return rc;
	rec.flags |= ISO_FLAG_DIR;
	set_attr(e, &rec, &rd->rr);
	e->off = off;
	e->len = rec.size;
	return 0;
}

/* Entries ---------------------------------------------------------------- */

static void *
grow(void *p, size_t n, size_t *cap, size_t size)
{
	size_t want = *cap != 0 ? *cap * 2 : 32;

	if (n < *cap)
		return p;
	if ((p = realloc(p, want * size)) != NULL)
		*cap = want;
	return p;
}

static int
add_extent(struct reader *rd, struct draft *d, const struct iso_rec *rec)
{
	uint64_t off = place_of(rd->iso, rec);
	struct extent *x;

	if (rec->interleaved)
		d->e.err = -EOPNOTSUPP;
	if (rec->size == 0)
		return 0;
	if (off > rd->iso->src.size || rec->size > rd->iso->src.size - off)
		d->e.err = -EIO;
	d->e.attr.size += rec->size;
	x = rd->extent != NULL ? &rd->extent[rd->n_extent - 1] : NULL;
	if (d->e.n_extent > 0 && x->off + x->len == off) {
		x->len += rec->size;	/* sections in a row are one */
		return 0;
	}
	x = grow(rd->extent, rd->n_extent, &rd->cap_extent, sizeof(*x));
	if (x == NULL)
		return -ENOMEM;
	rd->extent = x;
	if (d->e.n_extent++ == 0)
		d->extent = rd->n_extent;
	x[rd->n_extent++] = (struct extent){ .at = d->e.attr.size - rec->size,
	    .off = off, .len = rec->size };
	return 0;
}

static bool
is_next_section(const struct reader *rd, const struct iso_rec *rec)
{
	return rd->more && rec->id_len == rd->id_len &&
	    memcmp(rec->id, rd->id, rd->id_len) == 0;
}

static int
fill(struct reader *rd, struct draft *d, const struct iso_rec *rec)
{
	const struct iso_rr *rr = &rd->rr;
	int r;

	set_attr(&d->e, rec, rr);
	if (d->e.attr.type == TREE_LNK) {
		if (rr->link_bad || rr->link_len == 0 ||
		    memchr(rr->link, '\0', rr->link_len) != NULL)
			d->e.err = -EIO;
		d->link = rd->text.len;
		buf_add(&rd->text, rr->link, rr->link_len);
		buf_putc(&rd->text, '\0');
	} else if (rr->has & RR_CL) {
		if ((r = read_moved(rd, &d->e)) == -ENOMEM)
			return r;
		d->e.err = r;
	} else if (d->e.attr.type == TREE_DIR) {
		d->e.off = place_of(rd->iso, rec);
		d->e.len = rec->size;
	} else if (d->e.attr.type == TREE_REG) {
		if ((r = add_extent(rd, d, rec)) < 0)
			return r;
		if (rr->has & (RR_ZF | RR_SF)) {
			d->e.attr.size = rr->real_size;
			d->e.err = -EOPNOTSUPP;
		}
	}
	return 0;
}

static int
add_entry(struct reader *rd, const struct iso_rec *rec)
{
	char plain[ISO_NAME_MAX];
	const char *name = rd->rr.name;
	size_t len = rd->rr.name_len;
	struct draft *d;
	int r;

	if ((rd->rr.has & RR_NM) == 0) {
		/* makefs leaves out a Rock Ridge name that is this very one */
		len = iso_rec_name(rec, (rd->rr.has & RR_PX) == 0, plain);
		name = plain;
	}
	rd->more = false;
	if ((rd->rr.has & RR_RE) || (rec->flags & ISO_FLAG_ASSOC) ||
	    rd->rr.name_bad || path_check_name(name, len) < 0)
		return 0;		/* shown elsewhere, or nowhere */
	if (rd->n == DIR_ENTRIES)
		return -EFBIG;
	if ((d = grow(rd->e, rd->n, &rd->cap, sizeof(*d))) == NULL)
		return -ENOMEM;
	rd->e = d;
	d += rd->n;
	*d = (struct draft){ .name = rd->text.len, .nth = rd->n };
	buf_add(&rd->text, name, len);
	buf_putc(&rd->text, '\0');
	if ((r = fill(rd, d, rec)) < 0)
		return r;
	rd->n++;
	rd->more = (rec->flags & ISO_FLAG_MORE) && d->e.attr.type == TREE_REG;
	rd->id = rec->id;
	rd->id_len = rec->id_len;
	return rd->text.err;
}

static int
add_record(struct reader *rd, const struct iso_rec *rec)
{
	int r;

	if (is_next_section(rd, rec)) {
		rd->more = rec->flags & ISO_FLAG_MORE;
		return add_extent(rd, &rd->e[rd->n - 1], rec);
	}
	if (rd->more)
		rd->e[rd->n - 1].e.err = -EIO;	/* its end is missing */
	if (iso_rec_is_dots(rec) && (rec->id[0] == 1 || rd->has_self))
		return 0;
	if ((r = read_rr(rd, rec)) < 0)
		return r;
	if (!iso_rec_is_dots(rec))
		return add_entry(rd, rec);
	set_attr(&rd->self, rec, &rd->rr);
	rd->self.attr.type = TREE_DIR;
	rd->self.attr.size = rec->size;
	set_used(&rd->self.attr);
	rd->has_self = true;
	return 0;
}

/* The whole directory.  Its records fill sectors, none of them two. */
static int
read_records(struct reader *rd, const uint8_t *b, size_t len)
{
	struct iso_rec rec;
	int r;

	for (size_t at = 0; at < len; at += ISO_SECTOR) {
		struct rd s = rd_init(b + at, len - at < ISO_SECTOR ? len - at :
		    ISO_SECTOR);

		while (iso_rec_read(&s, &rec))
			if ((r = add_record(rd, &rec)) < 0)
				return r;
		if (s.err != 0)
			return -EIO;
	}
	if (rd->more)
		rd->e[rd->n - 1].e.err = -EIO;
	return rd->has_self ? 0 : -EIO;
}

/* Putting it together ---------------------------------------------------- */

static void
dir_free(struct lru_item *item)
{
	struct iso_dir *d = (struct iso_dir *)(void *)item;

	free(d->e);
	free(d->extent);
	free(d->text);
	free(d);
}

static int
by_name(const void *va, const void *vb)
{
	const struct draft *a = va, *b = vb;
	int c = strcmp(a->e.name, b->e.name);

	return c != 0 ? c : (a->nth > b->nth) - (a->nth < b->nth);
}

/* Sort; of several with one name the first one counts. */
static void
settle(struct iso_dir *d, struct draft *e, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		e[i].e.name = d->text + e[i].name;
		e[i].e.link = e[i].e.attr.type == TREE_LNK ?
		    d->text + e[i].link : NULL;
		e[i].e.extent = e[i].e.n_extent > 0 ?
		    d->extent + e[i].extent : NULL;
		set_used(&e[i].e.attr);
	}
	if (n > 1)
		qsort(e, n, sizeof(*e), by_name);
	for (size_t i = 0; i < n; i++)
		if (d->n == 0 || strcmp(e[i].e.name, d->e[d->n - 1].name) != 0)
			d->e[d->n++] = e[i].e;
}

static int
make_dir(struct reader *rd, struct iso_dir **ret)
{
	struct iso_dir *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return -ENOMEM;
	lru_item_init(&d->item, 0, dir_free);
	d->item.bytes = sizeof(*d) + rd->text.len + rd->n * sizeof(*d->e) +
	    rd->cap_extent * sizeof(*d->extent);
	d->self = rd->self;
	if (rd->n > 0 && ((d->text = buf_steal(&rd->text, NULL)) == NULL ||
	    (d->e = calloc(rd->n, sizeof(*d->e))) == NULL)) {
		iso_dir_unref(d);
		return -ENOMEM;
	}
	d->extent = rd->extent;
	rd->extent = NULL;
	settle(d, rd->e, rd->n);
	*ret = d;
	return 0;
}

int
iso_dir_read(struct iso *iso, uint64_t off, uint32_t len, struct iso_dir **ret)
{
	struct reader *rd;
	uint8_t *b = NULL;
	int r = -ENOMEM;

	if (len > DIR_BYTES)
		return -EFBIG;
	if (off > iso->src.size || len > iso->src.size - off)
		return -EIO;		/* before any memory is asked for */
	if ((rd = calloc(1, sizeof(*rd))) == NULL ||
	    (b = malloc((size_t)len + 1)) == NULL)
		goto out;
	rd->iso = iso;
	if ((r = iso_read(iso, b, len, off)) < 0 ||
	    (r = read_records(rd, b, len)) < 0 ||
	    (r = make_dir(rd, ret)) < 0)
		goto out;
	(*ret)->off = off;
	(*ret)->len = len;
out:
	if (rd != NULL) {
		buf_free(&rd->text);
		free(rd->extent);
		free(rd->e);
	}
	free(rd);
	free(b);
	return r;
}
