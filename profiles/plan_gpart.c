/* plan_gpart.c - partition tables made with gpart(8): GPT, and MBR with BSD
 * labels in its slices; and what firmware starts from them. */
#include "plan_freebsd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK	((uint64_t)512)
#define KIB	((uint64_t)1 << 10)
#define MIB	((uint64_t)1 << 20)

static const struct {
	const char *name, *type;	/* type: as gpart calls it; NULL: not of FreeBSD */
	uint64_t min;
} kind[] = {
	[PART_EXT4] = { "ext4", NULL, 0 },
	[PART_XFS] = { "xfs", NULL, 0 },
	[PART_SWAP] = { "swap", "freebsd-swap", 1 * MIB },
	[PART_BIOS] = { "freebsd-boot", "freebsd-boot", 128 * KIB },
	[PART_EFI] = { "efi", "efi", 33 * MIB },	/* the smallest FAT32 */
	[PART_UFS] = { "ufs", "freebsd-ufs", 8 * MIB },
	[PART_ZFS] = { "zfs", "freebsd-zfs", 256 * MIB },
	[PART_FREEBSD_BOOT] = { "freebsd-boot", "freebsd-boot", 128 * KIB },
};

static bool
is_bios_boot(const struct plan_part *p)
{
	return p->gpt != NULL && (p->fs == PART_FREEBSD_BOOT || p->fs == PART_BIOS);
}

static bool
is_esp(const struct plan_part *p)
{
	return p->gpt != NULL && p->fs == PART_EFI;
}

/* What is asked for: GPT ------------------------------------------------------- */

static void
gpt_size(struct pb *b, const struct cfg_pr_part *c, struct plan_part *p)
{
	const char *size = pb_expand(b, p->mark, p->where, c->size);

	if (pb_missing(b, c->size, size))
		pb_error(b, p->mark, p->where, "a partition needs a size");
	else if (strcmp(size, "*") == 0)
		p->star = true;
	else if (*size != '\0' && (size_parse(size, 0, &p->bytes) < 0 || p->bytes == 0 || p->bytes % (4 * KIB) != 0))
		pb_error(b, p->mark, p->where, "\"%s\" is not a size: write a number of K, M, G or T, or *", size);
	else if (*size != '\0' && p->bytes < kind[c->fs].min)
		pb_error(b, p->mark, p->where, "%s needs at least %lluK", kind[c->fs].name,
		    (unsigned long long)(kind[c->fs].min / KIB));
	else if (is_bios_boot(p) && p->bytes > 544 * KIB)
		pb_error(b, p->mark, p->where, "the boot record loads no more than 545K of freebsd-boot: 512K is usual");
	if (p->star && (is_bios_boot(p) || is_esp(p)))
		pb_error(b, p->mark, p->where, "%s needs a size", kind[c->fs].name);
}

static void
gpt_names(struct pb *b, const struct cfg_pr_part *c, struct plan_part *p, const struct plan_disk *d)
{
	const char *s = pb_value(b, p->mark, p->where, c->label, check_label, "a label of plain characters");

	if (*s != '\0')
		p->label = d->of > 1 ? pb_str(b, "%s%u", s, d->copy) : s;
	s = pb_value(b, p->mark, p->where, c->options, check_options, "a list of mount options");
	p->options = *s ? s : p->swap ? "sw" : "rw";
	s = pb_value(b, p->mark, p->where, c->mount, check_path, "an absolute path of plain characters");
	/* one ESP is mounted; those of a mirror's other disks are only written */
	p->mount = *s && !(is_esp(p) && d->copy > 0) ? s : NULL;
	if (p->mount != NULL && (p->swap || is_bios_boot(p) || p->fs == PART_ZFS))
		pb_error(b, p->mark, p->where, p->fs == PART_ZFS ? "zfs is mounted by the datasets of its pool, not at %s" :
		    "%s can't be mounted at %s", p->fs == PART_ZFS ? p->mount : kind[c->fs].name, p->mount);
	if (p->mount != NULL && is_esp(p) && strcmp(p->mount, "/") == 0)
		pb_error(b, p->mark, p->where, "a FAT can't be the root");
}

static void
gpt_part(struct pb *b, const struct cfg_pr_part *c, struct plan_part *p, const struct plan_disk *d)
{
	p->mark = c->head.mark;
	p->gpt = c;
	p->fs = c->fs;
	p->fs_name = kind[c->fs].name;
	p->swap = c->fs == PART_SWAP;
	p->offset = PLAN_AFTER;
	if (kind[c->fs].type == NULL) {
		pb_error(b, p->mark, p->where, "%s is for os: linux", kind[c->fs].name);
		return;
	}
	gpt_size(b, c, p);
	gpt_names(b, c, p, d);
	if (c->journal && (p->fs != PART_UFS || !c->softupdates))
		pb_error(b, p->mark, p->where, "journal is for ufs with soft-updates");
	if (c->journal && fb_version(b) > 0 && fb_version(b) < 900)
		pb_error(b, p->mark, p->where, "journal came with FreeBSD 9");
	if (c->encrypt == ENCRYPT_ONETIME && !p->swap)
		pb_error(b, p->mark, p->where, "encrypt: onetime is for swap: what is in it is lost at every start");
	if (c->encrypt == ENCRYPT_PASSPHRASE && p->fs != PART_UFS && p->fs != PART_ZFS)
		pb_error(b, p->mark, p->where, "encrypt: passphrase is for ufs and zfs; swap takes onetime");
	if (c->passphrase != NULL && c->encrypt != ENCRYPT_PASSPHRASE)
		pb_error(b, p->mark, p->where, "passphrase goes with encrypt: passphrase");
}

static uint64_t
whole_mib(uint64_t bytes)
{
	return (bytes + MIB - 1) / MIB;
}

/* Each begins at a MiB; the table takes the first one and the last. */
static void
gpt_fits(struct pb *b, const struct plan_disk *d, struct cfg_mark at, const char *where)
{
	uint64_t need = 2;

	for (size_t i = 0; i < d->n_part; i++)
		need += whole_mib(d->part[i].star ? kind[d->part[i].fs].min : d->part[i].bytes);
	if (d->found_bytes > 0 && need > d->found_bytes / MIB)
		pb_error(b, at, where, "the partitions need %llu MiB, but %s has %llu MiB",
		    (unsigned long long)need, d->found, (unsigned long long)(d->found_bytes / MIB));
	if (d->size_hi / MIB < need)
		pb_error(b, at, where, "the partitions need %llu MiB, more than match.size allows", (unsigned long long)need);
}

static void
labels_differ(struct pb *b, const struct plan_disk *d)
{
	for (size_t i = 0; i < d->n_part; i++)
		for (const struct plan_disk *o = b->plan->disk; d->part[i].label != NULL && o <= d; o++)
			for (size_t k = 0; k < (o == d ? i : o->n_part); k++)
				if (o->part[k].label != NULL && strcmp(o->part[k].label, d->part[i].label) == 0)
					pb_error(b, d->part[i].mark, d->part[i].where, "the label %s is there twice", d->part[i].label);
}

void
fb_gpt_disk(struct pb *b, const struct cfg_pr_disk *c, struct plan_disk *d, const char *where)
{
	struct plan_part *p;
	unsigned stars = 0;

	if (c->n_slice > 0)
		pb_error(b, c->slice[0].head.mark, where, "slices are for scheme: mbr; write partitions");
	if (c->n_part == 0)
		pb_error(b, c->head.mark, where, "a disk needs partitions");
	if (c->boot_manager)
		pb_error(b, c->head.mark, where, "boot-manager is for scheme: mbr");
	if (c->tools == TOOLS_FDISK)
		pb_error(b, c->head.mark, where, "fdisk(8) makes no GPT: tools: gpart");
	if (fb_version(b) > 0 && fb_version(b) < 802)
		pb_error(b, c->head.mark, where, "gpart(8) of this FreeBSD can't make this GPT: it takes 8.2 or later");
	for (size_t i = 0; i < c->n_part && i < PLAN_PARTS; i++) {
		p = &d->part[d->n_part++];
		(void)snprintf(p->part, sizeof(p->part), "p%zu", i + 1);
		p->where = pb_str(b, "%s.partitions[%zu]", where, i);
		gpt_part(b, &c->part[i], p, d);
		if (p->star && stars++ == 1)
			pb_error(b, p->mark, p->where, "only one partition of a disk can be *");
		for (size_t k = 0; k < c->n_preserve; k++) {
			const char *s = pb_expand(b, c->head.mark, where, c->preserve[k]);

			p->keep |= strcmp(s, p->part + 1) == 0 || strcmp(s, p->part) == 0;
		}
		if (p->keep && p->mount != NULL && strcmp(p->mount, "/") == 0)
			pb_error(b, p->mark, p->where, "the root can't be preserved");
	}
	for (size_t k = 0; k < c->n_preserve; k++) {
		const char *s = pb_expand(b, c->head.mark, where, c->preserve[k]);
		unsigned long n = strtoul(*s == 'p' ? s + 1 : s, NULL, 10);

		if (n < 1 || n > c->n_part)
			pb_error(b, c->head.mark, where, "preserve: there is no partition %s in this profile", s);
	}
	if (b->errors > 0)
		return;
	gpt_fits(b, d, c->head.mark, where);
	labels_differ(b, d);
}

/* Can it boot? ------------------------------------------------------------------ */

/* Does this disk hold the root, or a part of the pool with it? */
static bool
has_root(struct pb *b, const struct plan_disk *d)
{
	const struct cfg_pr_pool *root = fb_root_pool(b);

	for (size_t i = 0; i < d->n_part; i++)
		if ((d->part[i].mount != NULL && strcmp(d->part[i].mount, "/") == 0) ||
		    (root != NULL && fb_in_pool(b, &d->part[i], root)))
			return true;
	return false;
}

static void
firmwares(const struct plan_disk *d, bool *bios, bool *uefi)
{
	*bios = *uefi = false;
	if (d->scheme == PROFILE_MBR)
		*bios = true;
	for (size_t i = 0; i < d->n_part; i++) {
		*bios |= is_bios_boot(&d->part[i]);
		*uefi |= is_esp(&d->part[i]);
	}
}

/* Which of them lead to the root: boot1.efi knows pools since 10.3. */
static void
boots_by(struct pb *b, const struct plan_disk *d, bool *bios, bool *uefi)
{
	firmwares(d, bios, uefi);
	if (fb_root_pool(b) != NULL && fb_version(b) > 0 && fb_version(b) < 1003)
		*uefi = false;
}

void
fb_gpart_check(struct pb *b)
{
	const struct plan_disk *d;
	bool any = false, bios, uefi;

	for (unsigned i = 0; i < b->plan->n_disk; i++) {
		d = &b->plan->disk[i];
		if (!has_root(b, d))
			continue;
		boots_by(b, d, &bios, &uefi);
		any |= bios || uefi;
		if (d->scheme == PROFILE_MBR && fb_root_pool(b) != NULL)
			pb_error(b, d->layout->head.mark, "disks", "the root's pool needs scheme: gpt");
		if (uefi && fb_version(b) > 0 && fb_version(b) < 1001)
			pb_error(b, d->layout->head.mark, "disks", "this FreeBSD can't be booted by UEFI, which came with 10.1: leave efi out");
	}
	if (!any)
		pb_error(b, b->p->head.mark, "disks", "no firmware can boot this: "
		    "the disk of the root needs a partition with fs: freebsd-boot (BIOS, 512K), one with fs: efi (UEFI, 260M), or both");
}

/* Making the table ---------------------------------------------------------------- */

static const char *
size_word(struct pb *b, uint64_t bytes)
{
	return bytes % MIB == 0 ? pb_str(b, "%lluM", (unsigned long long)(bytes / MIB)) :
	    pb_str(b, "%lluK", (unsigned long long)(bytes / KIB));
}

/* gpart add, with a size, or for what is left, or for what the others leave. */
static void
add_part(struct pb *b, unsigned no, const char *part, const struct plan_part *p, bool last,
    uint64_t others, const char *words)
{
	if (p->star && !last)
		pb_call(b, pb_str(b, "gpart add %s, with what the partitions after it leave%s%s", words, *part ? " of " : "", part),
		    pb_str(b, "gpart_rest ~ $ %s", words), no, part,
		    pb_str(b, "%llu", (unsigned long long)others));
	else if (p->star)
		pb_run(b, pb_str(b, "gpart add %s ~", words), no, part);
	else
		pb_run(b, pb_str(b, "gpart add -s $ %s ~", words), size_word(b, p->bytes), no, part);
}

/* gptboot takes the first UFS unless another one is marked. */
static void
mark_root(struct pb *b, unsigned no)
{
	const struct plan_disk *d = &b->plan->disk[no - 1];
	const struct plan_part *ufs = NULL, *root = NULL;
	bool bios, uefi;

	firmwares(d, &bios, &uefi);
	for (size_t i = d->n_part; i > 0; i--) {
		if (d->part[i - 1].fs == PART_UFS)
			ufs = &d->part[i - 1];
		if (d->part[i - 1].mount != NULL && strcmp(d->part[i - 1].mount, "/") == 0)
			root = &d->part[i - 1];
	}
	if (bios && root != NULL && root != ufs)
		pb_run(b, pb_str(b, "gpart set -a bootme -i %s ~", root->part + 1), no, "");
}

static void
make_gpt(struct pb *b, unsigned no)
{
	const struct plan_disk *d = &b->plan->disk[no - 1];
	uint64_t others = 2;

	for (size_t i = 0; i < d->n_part; i++) {
		others += whole_mib(d->part[i].bytes);
		if (d->part[i].label != NULL)
			pb_call(b, "", "new_label $", d->part[i].label);
	}
	pb_run(b, "gpart create -s gpt ~", no, "");
	for (size_t i = 0; i < d->n_part; i++) {
		const struct plan_part *p = &d->part[i];

		add_part(b, no, "", p, i + 1 == d->n_part, others, pb_str(b, "-a 1M -i %zu -t %s%s%s",
		    i + 1, kind[p->fs].type, p->label ? " -l " : "", p->label ? p->label : ""));
	}
	mark_root(b, no);
}

/* The labels of one slice: a is 1, b is 2, ...; 3 is c, the whole. */
static void
make_labels(struct pb *b, unsigned no, const char *slice)
{
	const struct plan_disk *d = &b->plan->disk[no - 1];
	const struct plan_part *p, *last = NULL;
	uint64_t others = 1;

	for (size_t i = 0; i < d->n_part; i++)
		if (d->part[i].part[1] == slice[1]) {
			last = &d->part[i];
			others += whole_mib(last->bytes);
		}
	pb_run(b, "gpart create -s bsd ~", no, slice);
	for (size_t i = 0; i < d->n_part; i++) {
		p = &d->part[i];
		if (p->part[1] != slice[1])
			continue;
		add_part(b, no, slice, p, p == last, others, pb_str(b, "%s-i %d -t %s",
		    p->offset == PLAN_AFTER ? "" : pb_str(b, "-b %llu ", (unsigned long long)(p->offset / BLOCK)),
		    p->part[2] - 'a' + 1, p->swap ? "freebsd-swap" : "freebsd-ufs"));
	}
}

static void
make_mbr(struct pb *b, unsigned no)
{
	const struct cfg_pr_disk *c = b->plan->disk[no - 1].layout;
	uint64_t others = 2, size[4] = { 0 };

	for (size_t i = 0; i < c->n_slice && i < 4; i++) {
		const char *s = pb_expand(b, c->slice[i].head.mark, "slices", c->slice[i].size);

		if (strcmp(s, "*") != 0)
			(void)size_parse(s, 0, &size[i]);
		others += size[i] / MIB;
	}
	pb_run(b, "gpart create -s mbr ~", no, "");
	for (size_t i = 0; i < c->n_slice && i < 4; i++) {
		struct plan_part p = { .bytes = size[i], .star = size[i] == 0 };

		add_part(b, no, "", &p, i + 1 == c->n_slice, others,
		    pb_str(b, "-a 1M -i %u -t freebsd", c->slice[i].number));
	}
	for (size_t i = 0; i < c->n_slice; i++)
		if (c->slice[i].active)
			pb_run(b, pb_str(b, "gpart set -a active -i %u ~", c->slice[i].number), no, "");
	for (size_t i = 0; i < c->n_slice; i++)
		make_labels(b, no, pb_str(b, "s%u", c->slice[i].number));
}

void
fb_gpart(struct pb *b, unsigned no)
{
	const struct plan_disk *d = &b->plan->disk[no - 1];

	if (d->wipe)
		pb_call(b, pb_str(b, "whatever disk %u holds is cleared: labels of pools, RAID and encryption, "
		    "and the partition table (gpart destroy -F)", no), "clear_disk ~", no, "");
	if (d->scheme == PROFILE_GPT)
		make_gpt(b, no);
	else
		make_mbr(b, no);
	for (size_t i = 0; i < d->n_part; i++)
		pb_call(b, "", "wait_device @", no, d->part[i].part);
}

/* What firmware starts ----------------------------------------------------------- */

static void
boot_gpt(struct pb *b, unsigned no)
{
	const struct plan_disk *d = &b->plan->disk[no - 1];
	const char *boot = fb_root_pool(b) ? "gptzfsboot" : "gptboot", *file;

	for (size_t i = 0; i < d->n_part; i++) {
		const struct plan_part *p = &d->part[i];

		if (p->keep)
			continue;
		if (is_bios_boot(p) && d->keep)
			pb_run(b, pb_str(b, "gpart bootcode -p " MNT "/boot/%s -i %s ~", boot, p->part + 1), no, "");
		else if (is_bios_boot(p))
			pb_run(b, pb_str(b, "gpart bootcode -b " MNT "/boot/pmbr -p " MNT "/boot/%s -i %s ~",
			    boot, p->part + 1), no, "");
		/* before 13 a small program there looks for the loader */
		if (is_esp(p)) {
			file = fb_major(b) > 0 && fb_major(b) < 13 ? "boot1.efi" : "loader.efi";
			pb_call(b, pb_str(b, "copy " MNT "/boot/%s into %s of disk %u, as EFI/BOOT/BOOT*.EFI and EFI/freebsd/loader.efi; "
			    "under UEFI, a boot entry behind all others", file, p->part, no), "esp_loader @ $", no, p->part, file);
		}
	}
}

static void
boot_mbr(struct pb *b, unsigned no)
{
	const struct cfg_pr_disk *c = b->plan->disk[no - 1].layout;

	pb_run(b, pb_str(b, "gpart bootcode -b " MNT "/boot/%s ~", c->boot_manager ? "boot0" : "mbr"), no, "");
	for (size_t i = 0; i < c->n_slice; i++)
		pb_run(b, "gpart bootcode -b " MNT "/boot/boot ~", no, pb_str(b, "s%u", c->slice[i].number));
}

void
fb_gpart_boot(struct pb *b)
{
	const struct plan_disk *d;
	bool bios, uefi;

	pb_step(b, "boot", "Make it bootable");
	for (unsigned i = 0; i < b->plan->n_disk; i++) {
		d = &b->plan->disk[i];
		if (d->scheme == PROFILE_GPT)
			boot_gpt(b, i + 1);
		else if (!d->keep)
			boot_mbr(b, i + 1);
		for (size_t k = 0; k < d->n_part; k++)
			if (is_esp(&d->part[k]) && d->part[k].mount != NULL)
				pb_run(b, "mkdir -p $", pb_str(b, MNT "%s", d->part[k].mount));
		boots_by(b, d, &bios, &uefi);
		if (has_root(b, d) && (bios || uefi)) {
			const char *s = pb_str(b, "disk %u boots by %s", i + 1,
			    bios && uefi ? "BIOS and by UEFI" : bios ? "BIOS only" : "UEFI only");

			pb_call(b, s, "say $", s);
		}
	}
}
