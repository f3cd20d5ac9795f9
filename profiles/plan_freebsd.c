/* plan_freebsd.c - the steps of installing a FreeBSD, in their order. */
#include "plan_freebsd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Disks ------------------------------------------------------------------------- */

bool
fb_is_ufs(const struct plan_part *p)
{
	return p->bsd != NULL ? p->fs == LABEL_UFS : p->fs == PART_UFS;
}

bool
fb_by_gpart(struct pb *b, const struct plan_disk *d)
{
	if (d->scheme == PROFILE_GPT || d->layout->tools == TOOLS_GPART)
		return true;
	return d->layout->tools == TOOLS_AUTO && !fb_pieces(b);
}

void
fb_keys(struct pb *b)
{
	if (!b->p->system.keep_keys)
		return;
	pb_step(b, "keys", "Keep the ssh host keys of the system on the disk")->claims = true;
	for (unsigned i = 0; i < b->plan->n_disk; i++)
		pb_call(b, pb_str(b, "save the ssh host keys found on disk %u", i + 1),
		    "save_ssh_keys #", pb_str(b, "name%u", i + 1));
}

static void
keep(struct pb *b, unsigned no)
{
	const struct plan_disk *d = &b->plan->disk[no - 1];

	for (size_t k = 0; k < d->n_part; k++)
		pb_call(b, pb_str(b, "partition %s must be there already%s", d->part[k].part,
		    d->part[k].keep ? " and keeps what it holds" : ""),
		    "keep_device @", no, d->part[k].part);
}

/* Those disks of which it holds: new tables, or a look at the old ones. */
static void
tables(struct pb *b, bool by_gpart, void (*make)(struct pb *, unsigned))
{
	for (unsigned i = 0; i < b->plan->n_disk; i++) {
		if (fb_by_gpart(b, &b->plan->disk[i]) != by_gpart)
			continue;
		if (b->plan->disk[i].keep)
			keep(b, i + 1);
		else
			make(b, i + 1);
	}
}

static void
partition(struct pb *b)
{
	const char *s = b->plan->n_disk > 1 ? "s" : "";
	unsigned gpart = 0;

	for (unsigned i = 0; i < b->plan->n_disk; i++)
		gpart += fb_by_gpart(b, &b->plan->disk[i]);
	fb_keys(b);
	if (gpart > 0) {
		pb_step(b, "partition", "Partition the disk%s with gpart", s)->claims = true;
		tables(b, true, fb_gpart);
	}
	if (gpart == b->plan->n_disk)
		return;
	pb_step(b, "slices", "Slice the disk%s with fdisk", s)->claims = true;
	tables(b, false, fb_fdisk);
	pb_step(b, "label", "Label the slices with bsdlabel");
	for (unsigned i = 0; i < b->plan->n_disk; i++)
		if (!b->plan->disk[i].keep && !fb_by_gpart(b, &b->plan->disk[i]))
			fb_bsdlabel(b, i + 1);
}

/* Filesystems -------------------------------------------------------------------- */

/* bsdlabel(8) writes a filesystem's block sizes into the label, and newfs(8)
 * reads them there; gpart(8) has no place for them. */
static const char *
block_sizes(struct pb *b, const struct plan_disk *d, const struct plan_part *p)
{
	const char *fsize, *bsize, *bps;

	if (!fb_by_gpart(b, d))
		return "";
	fsize = pb_expand(b, p->mark, p->where, p->bsd->fsize);
	bsize = pb_expand(b, p->mark, p->where, p->bsd->bsize);
	bps = pb_expand(b, p->mark, p->where, p->bsd->bps);
	if (*bps != '\0' && strcmp(bps, "*") != 0 && b->in->release != NULL)
		pb_error(b, p->mark, p->where, "gpart(8) writes no bps into a label: leave it out, or use tools: fdisk");
	return pb_str(b, "%s%s%s%s", *bsize && strcmp(bsize, "*") ? " -b " : "", strcmp(bsize, "*") ? bsize : "",
	    *fsize && strcmp(fsize, "*") ? " -f " : "", strcmp(fsize, "*") ? fsize : "");
}

static void
newfs_ufs(struct pb *b, unsigned no, const struct plan_part *p)
{
	const struct plan_disk *d = &b->plan->disk[no - 1];
	bool space = p->bsd ? p->bsd->optimize == LABEL_SPACE : p->gpt->optimize == LABEL_SPACE;
	bool su = p->bsd ? p->bsd->softupdates : p->gpt->softupdates;
	bool journal = p->bsd ? p->bsd->journal : p->gpt->journal;

	if (journal && fb_version(b) > 0 && fb_version(b) < 900)
		pb_error(b, p->mark, p->where, "journal came with FreeBSD 9");
	pb_run(b, pb_str(b, "newfs%s%s%s%s%s @", space ? " -o space" : "", journal ? " -j" : su ? " -U" : "",
	    p->bsd ? block_sizes(b, d, p) : "", p->label ? " -L " : "", p->label ? p->label : ""),
	    no, fb_dev(b, p));
}

static void
newfs(struct pb *b)
{
	const struct plan_part *p;

	pb_step(b, "newfs", "Make the filesystems");
	for (unsigned d = 0; d < b->plan->n_disk; d++)
		for (size_t i = 0; i < b->plan->disk[d].n_part; i++) {
			p = &b->plan->disk[d].part[i];
			if (p->keep)
				continue;
			if (fb_is_ufs(p))
				newfs_ufs(b, d + 1, p);
			else if (p->gpt != NULL && p->fs == PART_EFI)
				pb_run(b, "newfs_msdos -F 32 -c 1 @", d + 1, p->part);
		}
}

static const char *
below_mnt(struct pb *b, const char *path)
{
	return strcmp(path, "/") == 0 ? MNT : pb_str(b, MNT "%s", path);
}

static bool
encrypted(const struct plan_part *p)
{
	return p->gpt != NULL && p->gpt->encrypt != ENCRYPT_NO;
}

/* An ESP is for the firmware: nothing is unpacked into it. */
static bool
is_used_now(const struct plan_part *p)
{
	return p->gpt == NULL || p->fs != PART_EFI;
}

static void
swap_all(struct pb *b, const char *command)
{
	const struct plan_part *p;

	for (unsigned d = 0; d < b->plan->n_disk; d++)
		for (size_t i = 0; i < b->plan->disk[d].n_part; i++) {
			p = &b->plan->disk[d].part[i];
			if (p->swap && !encrypted(p))
				pb_run(b, pb_str(b, "%s @", command), d + 1, p->part);
		}
}

/* In the book's order: swap, the root, its directories, what goes there; then
 * what lies deeper.  A pool's root is mounted already. */
static void
mount_all(struct pb *b, const struct pb_mount *m, size_t n)
{
	bool pool = fb_root_pool(b) != NULL;
	size_t flat = pool ? 0 : 1;

	pb_step(b, "mount", "Turn on swap and mount all below " MNT);
	swap_all(b, "swapon");
	while (!pool && flat < n && strchr(m[flat].part->mount + 1, '/') == NULL)
		flat++;
	if (!pool)
		pb_run(b, "mount @ $", m[0].disk, fb_dev(b, m[0].part), MNT);
	for (size_t i = 1; i < flat; i++)
		if (is_used_now(m[i].part))
			pb_run(b, "mkdir $", below_mnt(b, m[i].part->mount));
	for (size_t i = pool ? 0 : 1; i < n; i++) {
		if (!is_used_now(m[i].part))
			continue;
		if (i >= flat)
			pb_run(b, "mkdir -p $", below_mnt(b, m[i].part->mount));
		pb_run(b, "mount @ $", m[i].disk, fb_dev(b, m[i].part), below_mnt(b, m[i].part->mount));
	}
}

static void
filesystems(struct pb *b, const struct pb_mount *m, size_t n)
{
	fb_geli(b);
	newfs(b);
	if (fb_root_pool(b) != NULL)
		fb_zfs_create(b);
	mount_all(b, m, n);
	if (fb_root_pool(b) == NULL)
		fb_zfs_create(b);
}

/* The system ----------------------------------------------------------------------- */

/* A label outlives a change of cables; where geli(8) looks for its metadata it
 * finds the device first. */
static void
fstab_line(struct pb *b, unsigned no, const struct plan_part *p, const char *mount, const char *type,
    const char *options, const char *pass)
{
	if (p->label != NULL && p->gpt != NULL && p->gpt->encrypt != ENCRYPT_PASSPHRASE)
		pb_call(b, NULL, "fstab $ $ $ $ $ $", pb_str(b, "/dev/gpt/%s%s", p->label,
		    encrypted(p) ? ".eli" : ""), mount, type, options, pass, pass);
	else
		pb_call(b, NULL, "fstab @ $ $ $ $ $", no, fb_dev(b, p), mount, type, options, pass, pass);
}

/* Line by line as in the book: the disks' partitions in their order. */
static void
fstab(struct pb *b)
{
	const struct plan_part *p;

	pb_step(b, "fstab", "Write /etc/fstab");
	pb_file(b, MNT "/etc/fstab", 0644, "#Device Mountpoint FSType Options Dump Pass\n");
	for (unsigned d = 0; d < b->plan->n_disk; d++)
		for (size_t i = 0; i < b->plan->disk[d].n_part; i++) {
			p = &b->plan->disk[d].part[i];
			if (p->swap)
				fstab_line(b, d + 1, p, "none", "swap", p->gpt ? p->options : "sw", "0");
			else if (p->mount != NULL)
				fstab_line(b, d + 1, p, p->mount, is_used_now(p) ? "ufs" : "msdosfs", p->options,
				    strcmp(p->mount, "/") == 0 ? "1" : "2");
		}
}

static void
finish(struct pb *b, const struct pb_mount *m, size_t n)
{
	pb_step(b, "finish", "Unmount and write out everything");
	fb_zfs_cache(b);
	pb_run(b, "sync");
	if (fb_major(b) != 4)		/* it has no devfs */
		pb_run(b, "umount " MNT "/dev");
	if (fb_root_pool(b) == NULL)
		fb_zfs_export(b, false);
	while (n-- > 0)
		if (is_used_now(m[n].part))
			pb_run(b, "umount $", below_mnt(b, m[n].part->mount));
	if (fb_root_pool(b) != NULL)
		fb_zfs_export(b, true);
	swap_all(b, "swapoff");
}

static bool
any_gpart(struct pb *b)
{
	for (unsigned i = 0; i < b->plan->n_disk; i++)
		if (fb_by_gpart(b, &b->plan->disk[i]))
			return true;
	return false;
}

static void
unpack(struct pb *b)
{
	if (fb_pieces(b))
		fb_pieces_unpack(b);
	else if (fb_pkgbase(b))
		fb_pkgbase_install(b);
	else
		fb_archives_unpack(b);
	if (any_gpart(b))
		fb_gpart_boot(b);
}

static void
by_ourselves(struct pb *b, const struct pb_mount *m, size_t n)
{
	bool pieces = fb_pieces(b);

	pb_step(b, "disks", "Find the disks and look at what they hold");
	pb_find_disks(b);
	if (pieces)
		fb_pieces_choose(b);
	fb_look(b);
	if (pieces)
		fb_pieces_verify(b);
	else if (fb_pkgbase(b))
		fb_pkgbase_look(b);
	else
		fb_archives_verify(b);
	partition(b);
	filesystems(b, m, n);
	unpack(b);
	fb_zfs_conf(b);
	fb_settings(b);
	fstab(b);
	if (pieces)
		fb_pieces_kernel(b);
	fb_jails(b);
	if (fb_pkgbase(b))
		fb_pkgbase_done(b);
	pb_post(b);
	fb_geli_show(b);
	finish(b, m, n);
}

void
pb_freebsd(struct pb *b)
{
	struct pb_mount *m;

	fb_gpart_check(b);
	if (b->p->installer == INSTALLER_SYSINSTALL)
		fb_sysinstall_check(b);
	if (b->errors > 0)
		return;
	if (b->p->installer == INSTALLER_BSDINSTALL) {
		fb_bsdinstall(b);
		return;
	}
	if ((m = calloc(PB_MOUNTS, sizeof(*m))) == NULL) {
		b->nomem = true;
		return;
	}
	by_ourselves(b, m, pb_mounts(b, m));
	free(m);
}
