/* plan_fdisk.c - slices and BSD labels, made with fdisk(8) and bsdlabel(8). */
#include "plan_freebsd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK	((uint64_t)512)
#define MIB	((uint64_t)1 << 20)

/* slices FILE DISK NUMBER,MIB,active..., and fdisk -f FILE */
static void
several(struct pb *b, const struct cfg_pr_disk *c, unsigned no)
{
	struct buf words = { 0 };
	uint64_t v;

	for (size_t i = 0; i < c->n_slice; i++) {
		const struct cfg_pr_slice *s = &c->slice[i];
		const char *size = pb_expand(b, s->head.mark, "slices", s->size);

		v = 0;
		(void)size_parse(size, 0, &v);
		buf_printf(&words, " %u,", s->number);
		if (v > 0)
			buf_printf(&words, "%llu,", (unsigned long long)(v / MIB));
		else
			buf_puts(&words, "*,");
		buf_puts(&words, s->active ? "active" : "-");
	}
	pb_call(b, pb_str(b, "slices (number, MiB):%s", words.p ? words.p : ""),
	    pb_str(b, "slices /tmp/provd/fdisk%u #%s", no, words.p ? words.p : ""),
	    pb_str(b, "name%u", no));
	buf_free(&words);
	pb_run(b, pb_str(b, "fdisk -i -b /boot/mbr -f /tmp/provd/fdisk%u @", no), no, "");
}

/* boot0cfg puts its manager into the boot record that fdisk has written. */
void
fb_fdisk(struct pb *b, unsigned no)
{
	const struct plan_disk *d = &b->plan->disk[no - 1];
	const struct cfg_pr_disk *c = d->layout;

	if (d->wipe)
		pb_call(b, pb_str(b, "zeroes over the first and the last MiB of disk %u", no),
		    "blank_disk #", pb_str(b, "name%u", no));
	if (b->p->installer == INSTALLER_SYSINSTALL) {
		fb_sysinstall_disk(b, no);
		return;
	}
	if (c->n_slice == 1 && c->slice[0].number == 1 && c->slice[0].active &&
	    strcmp(c->slice[0].size, "*") == 0)
		pb_run(b, "fdisk -BI -b /boot/mbr @", no, "");
	else
		several(b, c, no);
	if (c->boot_manager)
		pb_run(b, "boot0cfg -B @", no, "");
}

/* "a: 4G 16 4.2BSD 2048 16384 28528" */
static const char *
label_line(struct pb *b, const struct plan_part *p)
{
	const struct cfg_pr_label *c = p->bsd;
	const char *off = pb_expand(b, p->mark, p->where, c->offset);

	if (strcmp(off, "*") == 0 && p->offset != PLAN_AFTER)
		off = pb_str(b, "%llu", (unsigned long long)(p->offset / BLOCK));
	return pb_str(b, "%c: %s %s %s %s %s %s", p->part[2],
	    pb_expand(b, p->mark, p->where, c->size), off, p->swap ? "swap" : "4.2BSD",
	    pb_expand(b, p->mark, p->where, c->fsize), pb_expand(b, p->mark, p->where, c->bsize),
	    pb_expand(b, p->mark, p->where, c->bps));
}

/* One bsd_label for each slice, its lines in the order of their letters. */
void
fb_bsdlabel(struct pb *b, unsigned no)
{
	const struct plan_disk *d = &b->plan->disk[no - 1];
	const char *line[8], *dev;
	struct buf note, words;

	for (unsigned s = 1; s <= 4; s++) {
		size_t n = 0;

		note = words = (struct buf){ 0 };
		for (char l = 'a'; l <= 'h'; l++)
			for (size_t i = 0; i < d->n_part; i++)
				if (d->part[i].part[1] == (char)('0' + s) && d->part[i].part[2] == l && n < 8)
					line[n++] = label_line(b, &d->part[i]);
		if (n == 0)
			continue;
		dev = pb_str(b, "s%u", s);
		buf_printf(&note, "bsdlabel -w, then bsdlabel -R -B of slice %u:", s);
		buf_puts(&words, "bsd_label @");
		for (size_t i = 0; i < n; i++) {
			if (line[i][0] > 'c' && (i == 0 || line[i - 1][0] < 'c'))
				buf_puts(&note, "\n        c: as bsdlabel -w wrote it");
			buf_printf(&note, "\n        %s", line[i]);
			buf_puts(&words, " $");
		}
		while (n < 8)
			line[n++] = "";
		pb_call(b, pb_keep(b, &note), pb_keep(b, &words), no, dev, line[0], line[1],
		    line[2], line[3], line[4], line[5], line[6], line[7]);
	}
}

