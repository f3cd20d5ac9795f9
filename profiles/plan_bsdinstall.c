/* plan_bsdinstall.c - the release's own installer makes the disks and unpacks the
 * distributions, told by an installerconfig.
 *
 * The second part of that file, which bsdinstall(8) runs in the new system, only
 * waits: meanwhile the settings are made by the same steps as ever, and said
 * and reported by them.  What bsdinstall can't be told is refused.
 */
#include "plan_freebsd.h"

#include <stdio.h>
#include <string.h>

#define CONFIG	"/tmp/provd/installerconfig"

static void
refuse(struct pb *b, struct cfg_mark at, const char *where, const char *what)
{
	pb_error(b, at, where, "bsdinstall(8) can't be told of %s: use installer: provd", what);
}

/* What it can be told ------------------------------------------------------------ */

static void
check_part(struct pb *b, const struct plan_part *p)
{
	if (p->gpt != NULL) {
		if (p->gpt->encrypt == ENCRYPT_PASSPHRASE)
			refuse(b, p->mark, p->where, "a passphrase without somebody to type it");
		if (p->gpt->encrypt == ENCRYPT_ONETIME && fb_root_pool(b) == NULL)
			refuse(b, p->mark, p->where, "encrypted swap beside UFS");
		if (p->gpt->optimize == LABEL_SPACE)
			refuse(b, p->mark, p->where, "optimize: space");
		return;
	}
	if (p->bsd->optimize == LABEL_SPACE || strcmp(p->bsd->fsize, "*") != 0 ||
	    strcmp(p->bsd->bsize, "*") != 0 || strcmp(p->bsd->bps, "*") != 0)
		refuse(b, p->mark, p->where, "options of newfs(8) and of labels");
	if (strcmp(p->bsd->offset, "*") != 0)
		refuse(b, p->mark, p->where, "offsets");
}

static void
check_disk(struct pb *b, const struct plan_disk *d)
{
	const struct cfg_pr_disk *c = d->layout;

	if (d->keep)
		refuse(b, c->head.mark, "disks", "partitions to preserve");
	if (c->boot_manager)
		refuse(b, c->head.mark, "disks", "a boot manager");
	if (d->scheme == PROFILE_MBR && (c->n_slice != 1 || c->slice[0].number != 1 ||
	    strcmp(pb_expand(b, c->head.mark, "disks", c->slice[0].size), "*") != 0))
		refuse(b, c->head.mark, "disks", "other slices than one for the whole disk");
	for (size_t i = 0; i < d->n_part; i++) {
		check_part(b, &d->part[i]);
		/* they are given in order, c left out */
		if (d->part[i].bsd != NULL && (i > 6 || d->part[i].part[2] != "abdefgh"[i]))
			refuse(b, d->part[i].mark, d->part[i].where, "letters other than a, b, d, e and so on, without a gap");
		if (d->part[i].star && i + 1 < d->n_part)
			refuse(b, d->part[i].mark, d->part[i].where, "what is left, but for the last partition");
	}
}

/* It wants more of them than zpool(8) does. */
static void
enough_disks(struct pb *b, const struct cfg_pr_pool *c)
{
	static const struct { const char *type; unsigned least; } want[] = { { "raidz", 3 }, { "raidz2", 4 }, { "raidz3", 5 } };
	const char *type = pb_expand(b, c->head.mark, "pools", c->type);

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		if (strcmp(type, want[i].type) == 0 && b->plan->n_disk < want[i].least)
			pb_error(b, c->head.mark, "pools", "bsdinstall(8) makes a %s of %u disks or more: use installer: provd", type, want[i].least);
}

/* Its own layout, in which only the swap has a size. */
static void
check_pool(struct pb *b)
{
	const struct cfg_pr_pool *c = fb_root_pool(b);
	const struct plan_part *p;

	if (b->p->n_pool > 1)
		refuse(b, c->head.mark, "pools", "more than one pool");
	if (c->n_pool_options > 0 || c->n_options > 0)
		refuse(b, c->head.mark, "pools", "properties of the pool");
	if (strchr(c->root, '/') == NULL || strchr(c->root, '/') != strrchr(c->root, '/'))
		refuse(b, c->head.mark, "pools", "a root that is not DATASET/NAME");
	enough_disks(b, c);
	for (unsigned i = 0; i < b->plan->n_disk; i++)
		for (size_t k = 0; k < b->plan->disk[i].n_part; k++) {
			p = &b->plan->disk[i].part[k];
			if (p->fs == PART_UFS || (p->fs == PART_ZFS && !p->star))
				refuse(b, p->mark, p->where, "other partitions beside a root's pool than boot, efi, swap and zfs for what is left");
			if (b->plan->disk[i].layout != b->plan->disk[0].layout)
				refuse(b, p->mark, p->where, "disks of one pool that are not laid out alike");
		}
}

/* The first part of installerconfig ------------------------------------------------- */

static const char *
size_word(struct pb *b, const struct plan_part *p)
{
	if (p->star)
		return "auto";
	return p->bytes % (1u << 20) == 0 ? pb_str(b, "%lluM", (unsigned long long)(p->bytes >> 20)) :
	    pb_str(b, "%lluK", (unsigned long long)(p->bytes >> 10));
}

static const char *
type_word(const struct plan_part *p)
{
	if (p->swap)
		return "freebsd-swap";
	if (fb_is_ufs(p))
		return "freebsd-ufs";
	return p->fs == PART_EFI ? "efi" : p->fs == PART_ZFS ? "freebsd-zfs" : "freebsd-boot";
}

static void
partitions(struct pb *b, struct buf *t)
{
	buf_puts(t, "PARTITIONS=\"");
	for (unsigned i = 0; i < b->plan->n_disk; i++) {
		const struct plan_disk *d = &b->plan->disk[i];

		buf_printf(t, "%s$provd_disk%u %s {", i ? "; " : "", i + 1, d->scheme == PROFILE_GPT ? "GPT" : "MBR");
		for (size_t k = 0; k < d->n_part; k++)
			buf_printf(t, "%s %s %s%s%s", k ? "," : "", size_word(b, &d->part[k]), type_word(&d->part[k]),
			    d->part[k].mount ? " " : "", d->part[k].mount ? d->part[k].mount : "");
		buf_puts(t, " }");
	}
	buf_puts(t, "\"\n");
}

static void
datasets(struct pb *b, const struct cfg_pr_pool *c, struct buf *t)
{
	if (c->n_dataset == 0)
		return;
	buf_printf(t, "export ZFSBOOT_DATASETS=\"\n\t/$ZFSBOOT_BEROOT_NAME mountpoint=none\n"
	    "\t/$ZFSBOOT_BEROOT_NAME/$ZFSBOOT_BOOTFS_NAME mountpoint=/\n");
	for (size_t i = 0; i < c->n_dataset; i++) {
		const struct cfg_pr_dataset *d = &c->dataset[i];
		const char *mount = pb_expand(b, d->head.mark, "pools", d->mount), *sep = " ";

		buf_printf(t, "\t/%s", pb_expand(b, d->head.mark, "pools", d->name));
		if (*mount != '\0') {
			buf_printf(t, " mountpoint=%s", mount);
			sep = ",";
		}
		for (size_t k = 0; k < d->n_options; k++, sep = ",") {
			const char *v = pb_value(b, d->head.mark, "pools", d->options[k].value, check_label, "a plain value");

			buf_printf(t, "%s%s=%s", sep, d->options[k].key, v);
		}
		buf_putc(t, '\n');
	}
	buf_puts(t, "\"\n");
}

/* A part of bsdinstall(8) that runs by itself makes the pool: all is exported. */
static void
pool(struct pb *b, struct buf *t)
{
	const struct cfg_pr_pool *c = fb_root_pool(b);
	const struct plan_disk *d = &b->plan->disk[0];
	const char *type = pb_expand(b, c->head.mark, "pools", c->type), *slash = strchr(c->root, '/');
	bool bios = false, uefi = false;

	buf_puts(t, "export ZFSBOOT_DISKS=\"");
	for (unsigned i = 0; i < b->plan->n_disk; i++)
		buf_printf(t, "%s$provd_disk%u", i ? " " : "", i + 1);
	buf_printf(t, "\"\nexport ZFSBOOT_VDEV_TYPE=%s\nexport ZFSBOOT_POOL_NAME=%s\n", *type == '\0' ? "stripe" :
	    strcmp(type, "raidz") == 0 ? "raidz1" : type, c->name);
	if (slash != NULL)
		buf_printf(t, "export ZFSBOOT_BEROOT_NAME=%.*s\nexport ZFSBOOT_BOOTFS_NAME=%s\n", (int)(slash - c->root), c->root, slash + 1);
	buf_puts(t, "export ZFSBOOT_CONFIRM_LAYOUT=\nexport ZFSBOOT_PARTITION_SCHEME=GPT\nexport ZFSBOOT_SWAP_SIZE=");
	for (size_t i = 0; i < d->n_part; i++) {
		if (d->part[i].swap)
			buf_puts(t, size_word(b, &d->part[i]));
		bios |= d->part[i].fs == PART_FREEBSD_BOOT || d->part[i].fs == PART_BIOS;
		uefi |= d->part[i].fs == PART_EFI;
	}
	if (t->len > 0 && t->p[t->len - 1] == '=')
		buf_putc(t, '0');
	buf_printf(t, "\nexport ZFSBOOT_BOOT_TYPE=%s\n", bios && uefi ? "BIOS+UEFI" : bios ? "BIOS" : "UEFI");
	for (size_t i = 0; i < d->n_part; i++)
		if (d->part[i].swap && d->part[i].gpt->encrypt == ENCRYPT_ONETIME)
			buf_puts(t, "export ZFSBOOT_SWAP_ENCRYPTION=YES\n");
	datasets(b, c, t);
}

static const char *
installerconfig(struct pb *b)
{
	struct buf t = { 0 };

	buf_puts(&t, "# Made by provd; provd_disk1, ... are the disks that it found.\n"
	    "export nonInteractive=\"YES\"\nDISTRIBUTIONS=\"");
	for (size_t i = 0; i < b->plan->n_set; i++)
		buf_printf(&t, "%s%s", i ? " " : "", strrchr(b->plan->set[i].file, '/') ?
		    strrchr(b->plan->set[i].file, '/') + 1 : b->plan->set[i].file);
	buf_printf(&t, "\"\nexport DISTRIBUTIONS\nBSDINSTALL_DISTDIR=/%s\n",
	    b->in->release ? b->in->release->dir : "usr/freebsd-dist");
	if (fb_root_pool(b) != NULL)
		pool(b, &t);
	else
		partitions(b, &t);
	buf_puts(&t, "\n#!/bin/sh\n# All settings are made by provd from outside; this waits for that.\n"
	    ": > /tmp/.provd-ready\n"
	    "until [ -e /tmp/.provd-go ]; do\n\tsleep 1\ndone\n"
	    "rm -f /tmp/.provd-ready /tmp/.provd-go\n");
	return pb_keep(b, &t);
}

/* The steps ----------------------------------------------------------------------- */

static void
find(struct pb *b)
{
	pb_step(b, "disks", "Find the disks and look at what they hold");
	pb_find_disks(b);
	fb_look(b);
	fb_archives_verify(b);
	fb_keys(b);
}

static void
installer(struct pb *b)
{
	pb_step(b, "bsdinstall", "Partition and unpack by bsdinstall")->claims = true;
	for (unsigned i = 0; i < b->plan->n_disk; i++)
		if (b->plan->disk[i].wipe)
			pb_call(b, pb_str(b, "whatever disk %u holds is cleared", i + 1), "clear_disk ~", i + 1, "");
	/* it would ask for another name, and nobody would answer */
	if (fb_root_pool(b) != NULL) {
		pb_call(b, "kldload zfs", "zfs_ready");
		pb_call(b, pb_str(b, "no other disk may hold a pool %s", fb_root_pool(b)->name), "pool_name_free $", fb_root_pool(b)->name);
	}
	pb_file(b, CONFIG, 0600, installerconfig(b));
	/* before 12 its progress bars want a terminal */
	pb_call(b, "bsdinstall script " CONFIG ", ended when it does nothing for 15 minutes",
	    "bsdinstall_script $ $", CONFIG, fb_major(b) > 0 && fb_major(b) < 12 ? "console" : "none");
	for (unsigned i = 0; i < b->plan->n_disk; i++)
		pb_more(b, "~", i + 1, "");
}

void
fb_bsdinstall(struct pb *b)
{
	if (fb_pieces(b)) {
		pb_error(b, b->p->head.mark, "installer", "a release in pieces has no bsdinstall(8)");
		return;
	}
	if (fb_pkgbase(b)) {
		pb_error(b, b->p->head.mark, "installer", "this release is one of packages, which bsdinstall(8) is not made to install here; leave installer out");
		return;
	}
	for (unsigned i = 0; i < b->plan->n_disk; i++)
		check_disk(b, &b->plan->disk[i]);
	if (fb_root_pool(b) != NULL)
		check_pool(b);
	else if (b->p->n_pool > 0)
		refuse(b, b->p->pool[0].head.mark, "pools", "a pool without the root");
	if (b->errors > 0)
		return;
	find(b);
	installer(b);
	fb_zfs_conf(b);
	fb_settings(b);
	fb_jails(b);
	pb_post(b);
	pb_step(b, "finish", "Let bsdinstall finish");
	pb_run(b, "umount " MNT "/dev");
	pb_call(b, "bsdinstall goes on: it unmounts all and ends", "bsdinstall_end");
}
