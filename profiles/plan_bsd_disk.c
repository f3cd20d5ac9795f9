/* plan_bsd_disk.c - slices and BSD labels: what is asked for, and does it fit? */
#include "plan_freebsd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bsd_table.h"

#define BLOCK	((uint64_t)512)
#define MIB	((uint64_t)1 << 20)

/* Labels --------------------------------------------------------------------- */

static bool
number_or_star(const char *s)
{
	return strcmp(s, "*") == 0 ||
	    (*s != '\0' && strlen(s) < 12 && s[strspn(s, "0123456789")] == '\0');
}

static bool
letter_ok(const char *s)
{
	return s[0] >= 'a' && s[0] <= 'h' && s[1] == '\0';
}

static void
label_place(struct pb *b, const struct cfg_pr_label *c, struct plan_part *p, bool first)
{
	const char *size = pb_expand(b, c->head.mark, p->where, c->size);
	const char *off = pb_value(b, c->head.mark, p->where, c->offset, number_or_star,
	    "an offset: write a number of blocks, or *");

	if (pb_missing(b, c->size, size))
		pb_error(b, c->head.mark, p->where, "a partition needs a size");
	else if (strcmp(size, "*") == 0)
		p->star = true;
	else if (*size != '\0' && (size_parse(size, BLOCK, &p->bytes) < 0 ||
	    p->bytes == 0 || strchr(size, 'T') != NULL))
		pb_error(b, c->head.mark, p->where,
		    "\"%s\" is not a size: write a number of K, M or G, of blocks, or *", size);
	else if (*size != '\0' && c->fs == LABEL_UFS && p->bytes < 2 * MIB)
		pb_error(b, c->head.mark, p->where, "a filesystem needs at least 2M");
	p->offset = PLAN_AFTER;
	if (*off != '\0' && strcmp(off, "*") != 0)
		p->offset = strtoull(off, NULL, 10) * BLOCK;
	else if (first)
		p->offset = 16 * BLOCK;		/* behind the boot blocks and the label */
	if (p->offset != PLAN_AFTER && p->offset > 0 && p->offset < 16 * BLOCK)
		pb_error(b, c->head.mark, p->where, "blocks 0 to 15 hold the boot blocks and the label");
}

static void
place_and_use(struct pb *b, const struct cfg_pr_label *c, struct plan_part *p, bool first)
{
	struct cfg_mark at = c->head.mark;
	const char *s;

	p->mark = at;
	p->bsd = c;
	p->fs = c->fs;
	p->swap = c->fs == LABEL_SWAP;
	p->fs_name = p->swap ? "swap" : "ufs";
	label_place(b, c, p, first);
	(void)pb_value(b, at, p->where, c->fsize, number_or_star, "a number or *");
	(void)pb_value(b, at, p->where, c->bsize, number_or_star, "a number or *");
	(void)pb_value(b, at, p->where, c->bps, number_or_star, "a number or *");
	s = pb_value(b, at, p->where, c->mount, check_path, "an absolute path of plain characters");
	p->mount = *s ? s : NULL;
	s = pb_value(b, at, p->where, c->options, check_options, "a list of mount options");
	p->options = *s ? s : "rw";
	if (p->swap && p->mount != NULL)
		pb_error(b, at, p->where, "swap can't be mounted at %s", p->mount);
	if (p->swap && c->softupdates)
		pb_error(b, at, p->where, "swap has no soft updates");
	if (p->mount != NULL && strcmp(p->mount, "/") == 0 && p->part[2] != 'a')
		pb_error(b, at, p->where, "the boot blocks look for the root on partition a, not %c", p->part[2]);
	if (p->keep && p->mount != NULL && strcmp(p->mount, "/") == 0)
		pb_error(b, at, p->where, "the root can't be preserved");
}

/* Do the labels of one slice fit into it, one after the other?  bytes is 0
 * where nobody knows the slice's size. */
static void
check_slice(struct pb *b, const struct plan_part *p, size_t n, uint64_t bytes,
    struct cfg_mark at, const char *where)
{
	uint64_t end = 0, start;
	const struct plan_part *star = NULL;

	for (size_t i = 0; i < n; i++) {
		start = p[i].offset == PLAN_AFTER ? end : p[i].offset;
		if (start < end && star == NULL)
			pb_error(b, p[i].mark, p[i].where, "it begins before the partition above it ends");
		if (p[i].star) {
			if (star != NULL)
				pb_error(b, p[i].mark, p[i].where, "only one partition of a slice can be *");
			star = &p[i];
		}
		end = start + p[i].bytes;
	}
	if (star != NULL)
		end += (star->fs == LABEL_SWAP ? 1 : 2) * MIB;
	if (bytes > 0 && end > bytes)
		pb_error(b, at, where, "the partitions need %llu MiB, but the slice has %llu MiB",
		    (unsigned long long)((end + MIB - 1) / MIB),
		    (unsigned long long)(bytes / MIB));
}

static bool
preserved(struct pb *b, const struct cfg_pr_disk *c, const char *part)
{
	for (size_t i = 0; i < c->n_preserve; i++) {
		const char *s = pb_expand(b, c->head.mark, "preserve", c->preserve[i]);

		if (strcmp(s, part) == 0 || (c->n_slice == 1 && strcmp(s, part + 2) == 0))
			return true;
	}
	return false;
}

/* A table instead of places in the list -------------------------------------- */

static char *
text(struct pb *b, const char *s)
{
	char *p = pb_alloc(b, strlen(s) + 1);

	if (p != NULL)
		memcpy(p, s, strlen(s));
	return p;
}

static bool
has_place(const struct cfg_pr_label *l, const struct bsd_row *r)
{
	const char *const other[] = { l->offset, l->fsize, l->bsize, l->bps };

	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		if (other[i] != NULL && strcmp(other[i], "*") != 0)
			return true;
	return l->size != NULL || (l->fs == LABEL_SWAP && !r->swap);
}

/* Each partition of the table, with what the list says of its letter. */
static struct cfg_pr_label *
from_table(struct pb *b, const struct cfg_pr_slice *s, const char *where, size_t *ret_n,
    unsigned line[BSD_LETTERS])
{
	struct bsd_row row[BSD_LETTERS];
	struct cfg_pr_label *ret;
	char why[200], letter[2] = "";
	size_t n = 0;

	*ret_n = 0;
	if (bsd_table_parse(pb_expand(b, s->head.mark, where, s->table), row, why) < 0) {
		pb_error(b, s->head.mark, pb_str(b, "%s.table", where), "%s", why);
		return NULL;
	}
	if ((ret = pb_alloc(b, BSD_LETTERS * sizeof(*ret))) == NULL)
		return NULL;
	for (size_t i = 0; i < s->n_label; i++) {
		const char *l = pb_value(b, s->label[i].head.mark, where, s->label[i].letter, letter_ok, "a letter from a to h");

		if (*l == '\0')
			continue;
		if (row[*l - 'a'].letter == '\0')
			pb_error(b, s->label[i].head.mark, pb_str(b, "%s.labels[%zu]", where, i), "there is no partition %s in the table", l);
		if (has_place(&s->label[i], &row[*l - 'a']))
			pb_error(b, s->label[i].head.mark, pb_str(b, "%s.labels[%zu]", where, i),
			    "the table says where it is: leave out size, offset, fs, fsize, bsize and bps");
	}
	for (size_t i = 0; i < BSD_LETTERS; i++) {
		if (row[i].letter == '\0')
			continue;
		letter[0] = row[i].letter;
		ret[n] = (struct cfg_pr_label){ .head.mark = s->head.mark };
		for (size_t k = 0; k < s->n_label; k++)
			if (strcmp(pb_expand(b, s->label[k].head.mark, where, s->label[k].letter), letter) == 0)
				ret[n] = s->label[k];
		ret[n].letter = text(b, letter);
		ret[n].size = text(b, row[i].size);
		ret[n].offset = text(b, row[i].offset);
		ret[n].fsize = text(b, row[i].fsize);
		ret[n].bsize = text(b, row[i].bsize);
		ret[n].bps = text(b, row[i].bps);
		ret[n].fs = row[i].swap ? LABEL_SWAP : LABEL_UFS;
		line[n++] = row[i].line;
	}
	*ret_n = n;
	return ret;
}

static void
slice(struct pb *b, const struct cfg_pr_disk *c, const struct cfg_pr_slice *s,
    struct plan_disk *d, const char *where, uint64_t bytes)
{
	struct plan_part *p = &d->part[d->n_part];
	const struct cfg_pr_label *label = s->label;
	unsigned line[BSD_LETTERS] = { 0 };
	size_t n_label = s->n_label, n = 0;
	const char *l;
	char last = '\0';

	if (s->table != NULL)
		label = from_table(b, s, where, &n_label, line);
	if (n_label == 0 && (s->table == NULL || label != NULL))
		pb_error(b, s->head.mark, where, "a slice needs labels");
	for (size_t i = 0; i < n_label; i++) {
		struct cfg_mark at = label[i].head.mark;
		const char *w = line[0] > 0 ? pb_str(b, "%s.table line %u", where, line[i]) :
		    pb_str(b, "%s.labels[%zu]", where, i);

		l = pb_value(b, at, w, label[i].letter, letter_ok, "a letter from a to h");
		if (*l == '\0')
			continue;
		if (*l == 'c') {
			pb_error(b, at, w, "partition c is the whole slice and is never changed");
			continue;
		}
		if (*l <= last)
			pb_error(b, at, w, "partition %s is there twice, or after a later letter: "
			    "bsdlabel lays them out in the order of their letters", l);
		last = *l;
		p[n].where = w;
		(void)snprintf(p[n].part, sizeof(p[n].part), "s%u%s", s->number, l);
		p[n].keep = preserved(b, c, p[n].part);
		place_and_use(b, &label[i], &p[n], n == 0);
		n++;
	}
	d->n_part += n;
	if (b->errors == 0)
		check_slice(b, p, n, bytes, s->head.mark, where);
}

/* What a slice has: its own size, or what the others leave of a known disk.
 * 0: not known. */
static uint64_t
slice_bytes(struct pb *b, const struct cfg_pr_disk *c, size_t which, const struct plan_disk *d)
{
	uint64_t left = d->found_bytes, v;

	for (size_t i = 0; i < c->n_slice; i++) {
		const char *s = pb_expand(b, c->slice[i].head.mark, "size", c->slice[i].size);

		v = 0;
		if (strcmp(s, "*") != 0 && (size_parse(s, 0, &v) < 0 || v < MIB || v % MIB != 0)) {
			if (i == which)
				pb_error(b, c->slice[i].head.mark, "slices", "\"%s\" is not a size: write a number of M, G or T, or *", s);
			return 0;
		}
		if (i == which && v > 0)
			return v;
		left = left > v ? left - v : 0;
	}
	return left > 63 * BLOCK ? left - 63 * BLOCK : 0;
}

void
pb_freebsd_disk(struct pb *b, const struct cfg_pr_disk *c, struct plan_disk *d, const char *where)
{
	unsigned stars = 0, seen = 0, active = 0;

	if (c->n_part > 0)
		pb_error(b, c->part[0].head.mark, where, "partitions are for os: linux; write slices with labels");
	if (d->scheme != PROFILE_MBR)
		pb_error(b, c->head.mark, where, "this FreeBSD boots from scheme: mbr only");
	if (c->n_slice == 0)
		pb_error(b, c->head.mark, where, "a disk needs slices");
	if (*d->wwn != '\0' && fb_major(b) < 9)
		pb_error(b, c->head.mark, where, "this FreeBSD can't ask a disk for its wwn: use serial");
	for (size_t i = 0; i < c->n_slice; i++) {
		const struct cfg_pr_slice *s = &c->slice[i];

		if (seen & 1u << s->number)
			pb_error(b, s->head.mark, where, "slice %u is there twice", s->number);
		seen |= 1u << s->number;
		if (s->active && active++ == 1)
			pb_error(b, s->head.mark, where, "only one slice of a disk can be the one to boot: write active: no");
		if (strcmp(s->size, "*") == 0 && stars++ == 1)
			pb_error(b, s->head.mark, where, "only one slice of a disk can be *");
		slice(b, c, s, d, pb_str(b, "%s.slices[%zu]", where, i), slice_bytes(b, c, i, d));
	}
	for (size_t i = 0; i < c->n_preserve; i++) {
		const char *s = pb_expand(b, c->head.mark, where, c->preserve[i]);
		bool there = false;

		for (size_t k = 0; k < d->n_part; k++)
			there |= strcmp(d->part[k].part, s) == 0 ||
			    (c->n_slice == 1 && strcmp(d->part[k].part + 2, s) == 0);
		if (!there)
			pb_error(b, c->head.mark, where, "preserve: there is no partition %s in this profile", s);
	}
}
