/* plan_linux.c - the steps of installing a Linux. */
#include "plan_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MNT	"/mnt"
#define MIB	((uint64_t)1 << 20)

static const struct {
	const char *name;	/* as blkid and fstab call it */
	const char *mbr, *gpt;	/* type in the partition table */
	uint64_t min;		/* smallest that its mkfs makes */
	size_t label_max;
} kind[] = {
	[PART_EXT4] = { "ext4", "83", "0FC63DAF-8483-4772-8E79-3D69D8477DE4", 8 * MIB, 16 },
	[PART_XFS] = { "xfs", "83", "0FC63DAF-8483-4772-8E79-3D69D8477DE4", 300 * MIB, 12 },
	[PART_SWAP] = { "swap", "82", "0657FD6D-A4AB-43C4-84E5-0933C84B4F4F", 1 * MIB, 15 },
	[PART_BIOS] = { "bios-boot", NULL, "21686148-6449-6E6F-744E-656564454649", 1 * MIB, 0 },
	[PART_EFI] = { "vfat", "ef", "C12A7328-F81F-11D2-BA4B-00A0C93EC93B", 33 * MIB, 11 },
};

/* Disks -------------------------------------------------------------------- */

static bool
preserved(struct pb *b, const struct cfg_pr_disk *c, size_t number)
{
	char text[8];

	(void)snprintf(text, sizeof(text), "%zu", number);
	for (size_t i = 0; i < c->n_preserve; i++)
		if (strcmp(pb_expand(b, c->head.mark, "preserve", c->preserve[i]), text) == 0)
			return true;
	return false;
}

static void
part(struct pb *b, const struct cfg_pr_part *c, struct plan_part *p)
{
	struct cfg_mark at = c->head.mark;
	const char *size = pb_expand(b, at, p->where, c->size), *s;

	p->mark = at;
	p->fs = c->fs;
	p->fs_name = kind[c->fs].name;
	p->swap = c->fs == PART_SWAP;
	if (pb_missing(b, c->size, size))
		pb_error(b, at, p->where, "a partition needs a size");
	else if (strcmp(size, "*") == 0)
		p->star = true;
	else if (*size != '\0' && (size_parse(size, 0, &p->bytes) < 0 || p->bytes == 0 || p->bytes % MIB != 0))
		pb_error(b, at, p->where, "\"%s\" is not a size: write a number of M, G or T, or *", size);
	else if (*size != '\0' && p->bytes < kind[c->fs].min)
		pb_error(b, at, p->where, "%s needs at least %uM", kind[c->fs].name,
		    (unsigned)(kind[c->fs].min / MIB));
	s = pb_value(b, at, p->where, c->mount, check_path, "an absolute path of plain characters");
	p->mount = *s ? s : NULL;
	s = pb_value(b, at, p->where, c->label, check_label, "a label of plain characters");
	p->label = *s ? s : NULL;
	s = pb_value(b, at, p->where, c->options, check_options, "a list of mount options");
	p->options = *s ? s : NULL;
	if (p->mount != NULL && (p->swap || c->fs == PART_BIOS))
		pb_error(b, at, p->where, "%s can't be mounted at %s", kind[c->fs].name, p->mount);
	if (p->mount != NULL && strcmp(p->mount, "/") == 0 && c->fs == PART_EFI)
		pb_error(b, at, p->where, "vfat can't be the root");
	if (p->label != NULL && strlen(p->label) > kind[c->fs].label_max)
		pb_error(b, at, p->where, "a label of %s has at most %zu characters",
		    kind[c->fs].name, kind[c->fs].label_max);
}

static void
check_size(struct pb *b, const struct plan_disk *d, struct cfg_mark at, const char *where)
{
	uint64_t need = (d->scheme == PROFILE_GPT ? 2 : 1) * MIB, least;
	const struct plan_part *star = NULL;

	for (size_t i = 0; i < d->n_part; i++) {
		if (d->part[i].star)
			star = &d->part[i];
		need += d->part[i].bytes;
	}
	least = need + (star ? kind[star->fs].min : 0);
	if (d->found_bytes > 0 && least > d->found_bytes / MIB * MIB)
		pb_error(b, at, where, "the partitions need %llu MiB, but %s has %llu MiB",
		    (unsigned long long)(least / MIB), d->found,
		    (unsigned long long)(d->found_bytes / MIB));
	if (d->size_hi < least)
		pb_error(b, at, where, "the partitions need %llu MiB, more than match.size allows",
		    (unsigned long long)(least / MIB));
	if (d->scheme == PROFILE_MBR &&
	    (need > ((uint64_t)2 << 40) || d->found_bytes > ((uint64_t)2 << 40)))
		pb_error(b, at, where, "an MBR partition table ends at 2 TiB: use scheme: gpt");
}

void
pb_linux_disk(struct pb *b, const struct cfg_pr_disk *c, struct plan_disk *d, const char *where)
{
	unsigned stars = 0;
	bool bios = false;
	struct plan_part *p;

	if (c->n_slice > 0)
		pb_error(b, c->slice[0].head.mark, where, "slices are for os: freebsd; write partitions");
	if (c->boot_manager)
		pb_error(b, c->head.mark, where, "boot-manager is for os: freebsd");
	if (c->n_part == 0)
		pb_error(b, c->head.mark, where, "a disk needs partitions");
	if (d->scheme == PROFILE_MBR && c->n_part > 4)
		pb_error(b, c->part[4].head.mark, where, "an MBR partition table has four places: use scheme: gpt");
	for (size_t i = 0; i < c->n_part && i < PLAN_PARTS; i++) {
		p = &d->part[d->n_part++];
		(void)snprintf(p->part, sizeof(p->part), "%zu", i + 1);
		p->where = pb_str(b, "%s.partitions[%zu]", where, i);
		part(b, &c->part[i], p);
		p->keep = preserved(b, c, i + 1);
		bios |= p->fs == PART_BIOS;
		if (p->star && stars++ == 1)
			pb_error(b, p->mark, p->where, "only one partition of a disk can be *");
		if (p->fs == PART_BIOS && d->scheme == PROFILE_MBR)
			pb_error(b, p->mark, p->where, "bios-boot is for scheme: gpt");
		if (p->keep && p->mount != NULL && strcmp(p->mount, "/") == 0)
			pb_error(b, p->mark, p->where, "the root can't be preserved");
	}
	for (size_t i = 0; i < c->n_preserve; i++) {
		const char *s = pb_expand(b, c->head.mark, where, c->preserve[i]);
		size_t n = strspn(s, "0123456789"), v = n > 0 && n < 4 ? (size_t)atoi(s) : 0;

		if (s[n] != '\0' || v < 1 || v > c->n_part)
			pb_error(b, c->head.mark, where, "preserve: there is no partition %s in this profile", s);
	}
	if (b->errors > 0)
		return;
	check_size(b, d, c->head.mark, where);
	for (size_t i = 0; i < d->n_part; i++)
		if (d->scheme == PROFILE_GPT && !bios && d->part[i].mount != NULL &&
		    strcmp(d->part[i].mount, "/") == 0)
			pb_error(b, c->head.mark, where, "to boot from GPT, GRUB needs a partition with fs: bios-boot, of 1M");
}

/* Steps -------------------------------------------------------------------- */

static void
find_and_verify(struct pb *b)
{
	pb_step(b, "disks", "Find the disks and look at what they hold");
	pb_find_disks(b);
	pb_step(b, "verify", "Check the distributions against their sha256");
	for (size_t i = 0; i < b->plan->n_set; i++)
		pb_call(b, pb_str(b, "sha256 of /%s is %s", b->plan->set[i].file,
		    b->plan->set[i].rel ? b->plan->set[i].rel->sha256 : "that in MANIFEST"),
		    "verify_sha256 $ $", pb_str(b, "/%s", b->plan->set[i].file),
		    b->plan->set[i].rel ? b->plan->set[i].rel->sha256 : "");
}

/* One word of layout() for each partition, and the same for people. */
static void
partition(struct pb *b, unsigned no)
{
	const struct plan_disk *d = &b->plan->disk[no - 1];
	bool gpt = d->scheme == PROFILE_GPT;
	struct buf words = { 0 }, note = { 0 };
	char size[SIZE_STRLEN];

	buf_printf(&note, "sfdisk, %s partition table:", gpt ? "GPT" : "MBR");
	for (size_t i = 0; i < d->n_part; i++) {
		const struct plan_part *p = &d->part[i];

		buf_printf(&note, "%s %s %s%s%s", i ? "," : "", p->star ? "the rest" :
		    size_str(p->bytes, size), p->fs_name,
		    p->mount ? " for " : "", p->mount ? p->mount : "");
		if (p->star)
			buf_puts(&words, " *,");
		else
			buf_printf(&words, " %llu,", (unsigned long long)(p->bytes / MIB));
		buf_printf(&words, "type=%s", gpt ? kind[p->fs].gpt : kind[p->fs].mbr);
		if (gpt && p->label != NULL)
			buf_printf(&words, ",name=%s", p->label);
		if (!gpt && p->mount != NULL && strcmp(p->mount, "/") == 0)
			buf_puts(&words, ",bootable");
	}
	pb_call(b, pb_str(b, "clear what disk %u held", no), "clear_disk #",
	    pb_str(b, "name%u", no));
	pb_call(b, pb_keep(b, &note), pb_str(b, "layout # %s%s", gpt ? "gpt" : "mbr",
	    pb_keep(b, &words)), pb_str(b, "name%u", no));
	for (size_t i = 0; i < d->n_part; i++)
		pb_call(b, "", "wait_device @", no, d->part[i].part);
}

static void
partitions(struct pb *b)
{
	const struct plan_disk *d;

	if (b->p->system.keep_keys) {
		pb_step(b, "keys", "Keep the ssh host keys of the system on the disk");
		for (unsigned i = 0; i < b->plan->n_disk; i++)
			pb_call(b, pb_str(b, "save the ssh host keys found on disk %u", i + 1),
			    "save_ssh_keys #", pb_str(b, "name%u", i + 1));
		b->step->claims = true;
	}
	pb_step(b, "partition", "Partition the disk%s", b->plan->n_disk > 1 ? "s" : "");
	b->step->claims = true;
	for (unsigned i = 0; i < b->plan->n_disk; i++) {
		d = &b->plan->disk[i];
		if (!d->keep) {
			partition(b, i + 1);
			continue;
		}
		for (size_t k = 0; k < d->n_part; k++)
			pb_call(b, pb_str(b, "partition %s must be there already%s", d->part[k].part,
			    d->part[k].keep ? " and keeps what it holds" : ""),
			    "keep_device @ $", i + 1, d->part[k].part,
			    d->part[k].keep ? kind[d->part[k].fs].name : "");
	}
}

static void
filesystems(struct pb *b)
{
	static const char *const mkfs[] = {
		[PART_EXT4] = "mkfs.ext4 -q -F", [PART_XFS] = "mkfs.xfs -q -f",
		[PART_SWAP] = "mkswap", [PART_EFI] = "mkfs.vfat -F 32",
	};
	const struct plan_part *p;

	pb_step(b, "filesystems", "Make the filesystems");
	for (unsigned d = 0; d < b->plan->n_disk; d++)
		for (size_t i = 0; i < b->plan->disk[d].n_part; i++) {
			p = &b->plan->disk[d].part[i];
			if (p->keep || p->fs == PART_BIOS)
				continue;
			if (p->label != NULL)
				pb_run(b, pb_str(b, "%s %s $ @", mkfs[p->fs],
				    p->fs == PART_EFI ? "-n" : "-L"), p->label, d + 1, p->part);
			else
				pb_run(b, pb_str(b, "%s @", mkfs[p->fs]), d + 1, p->part);
		}
}

static void
mount_all(struct pb *b, const struct pb_mount *m, size_t n)
{
	pb_step(b, "mount", "Mount them below " MNT);
	for (size_t i = 0; i < n; i++) {
		const char *path = strcmp(m[i].part->mount, "/") == 0 ? MNT :
		    pb_str(b, MNT "%s", m[i].part->mount);

		if (i > 0)
			pb_run(b, "mkdir -p $", path);
		pb_run(b, "mount -t $ @ $", kind[m[i].part->fs].name, m[i].disk,
		    m[i].part->part, path);
	}
}

static void
unpack(struct pb *b)
{
	const struct plan_set *s;

	for (size_t i = 0; i < b->plan->n_set; i++) {
		s = &b->plan->set[i];
		pb_step(b, pb_str(b, "unpack_%s", s->name), "Unpack %s", s->name);
		pb_run(b, "tar -x -p -I $ --numeric-owner --xattrs --xattrs-include=* -f $ -C $",
		    "xz -dT0", pb_str(b, "/%s", s->file), pb_str(b, MNT "%s", s->target));
	}
}

static void
fstab(struct pb *b, const struct pb_mount *m, size_t n)
{
	const struct plan_part *p;

	pb_step(b, "fstab", "Write /etc/fstab");
	pb_file(b, MNT "/etc/fstab", 0644, "# device mountpoint type options dump pass\n");
	for (size_t i = 0; i < n; i++) {
		const char *options = m[i].part->options, *pass = "2";

		p = m[i].part;
		if (strcmp(p->mount, "/") == 0)
			pass = "1";
		if (p->fs == PART_XFS)
			pass = "0";
		if (options == NULL)
			options = strcmp(p->mount, "/") == 0 && p->fs == PART_EXT4 ?
			    "errors=remount-ro" : p->fs == PART_EFI ? "umask=0077" : "defaults";
		pb_call(b, NULL, "fstab @ $ $ $ 0 $", m[i].disk, p->part, p->mount,
		    kind[p->fs].name, options, pass);
	}
	for (unsigned d = 0; d < b->plan->n_disk; d++)
		for (size_t i = 0; i < b->plan->disk[d].n_part; i++) {
			p = &b->plan->disk[d].part[i];
			if (p->swap)
				pb_call(b, NULL, "fstab @ none swap $ 0 0", d + 1, p->part,
				    p->options ? p->options : "sw");
		}
}

/* Settings ----------------------------------------------------------------- */

static void
networkd(struct pb *b, const struct pb_system *s, bool is_static)
{
	struct buf t = { 0 };

	buf_puts(&t, "[Match]\n");
	if (*s->iface != '\0')
		buf_printf(&t, "Name=%s\n", s->iface);
	else if (*b->in->mac != '\0')
		buf_printf(&t, "MACAddress=%s\n", b->in->mac);
	else
		buf_puts(&t, "Name=en* eth*\n");
	buf_printf(&t, "\n[Network]\n");
	if (is_static) {
		buf_printf(&t, "Address=%s/%u\n", s->address, s->plen);
		if (*s->gateway != '\0')
			buf_printf(&t, "Gateway=%s\n", s->gateway);
	} else {
		buf_puts(&t, "DHCP=ipv4\n");
	}
	for (size_t i = 0; i < s->n_dns; i++)
		buf_printf(&t, "DNS=%s\n", s->dns[i]);
	pb_file(b, MNT "/etc/systemd/network/10-provd.network", 0644, pb_keep(b, &t));
	pb_run(b, "chroot " MNT " systemctl enable systemd-networkd.service");
}

/* ifupdown names its interfaces, so one must be named. */
static void
ifupdown(struct pb *b, const struct pb_system *s, bool is_static)
{
	struct buf t = { 0 };

	if (*s->iface == '\0') {
		if (pb_missing(b, b->p->system.network.iface, s->iface))
			pb_error(b, b->p->system.network.head.mark, "system.network.interface",
			    "ifupdown needs the interface's name");
		return;
	}
	buf_printf(&t, "auto lo %s\niface lo inet loopback\niface %s inet %s\n",
	    s->iface, s->iface, is_static ? "static" : "dhcp");
	if (is_static) {
		buf_printf(&t, "\taddress %s/%u\n", s->address, s->plen);
		if (*s->gateway != '\0')
			buf_printf(&t, "\tgateway %s\n", s->gateway);
	}
	pb_file(b, MNT "/etc/network/interfaces", 0644, pb_keep(b, &t));
}

static void
names(struct pb *b, const struct pb_system *s)
{
	size_t host = strcspn(s->hostname, ".");
	struct buf t = { 0 };

	pb_file(b, MNT "/etc/hostname", 0644, pb_str(b, "%.*s\n", (int)host, s->hostname));
	pb_file(b, MNT "/etc/hosts", 0644, pb_str(b, "127.0.0.1\tlocalhost\n127.0.1.1\t%s%s%.*s\n",
	    s->hostname[host] ? s->hostname : "", s->hostname[host] ? " " : "", (int)host, s->hostname));
	pb_resolv_conf(b, s, &t);
}

static void
settings(struct pb *b)
{
	const struct cfg_pr_network *n = &b->p->system.network;
	struct pb_system s;

	pb_step(b, "system", "Settings: names, network, users");
	pb_system(b, &s);
	pb_call(b, "give the new system /dev, /proc, /sys and /run", "mount_kernel");
	names(b, &s);
	if (n->manager == NET_NETWORKD)
		networkd(b, &s, n->method == NET_STATIC);
	else if (n->manager == NET_IFUPDOWN)
		ifupdown(b, &s, n->method == NET_STATIC);
	if (*s.timezone != '\0') {
		pb_run(b, "test -f $", pb_str(b, MNT "/usr/share/zoneinfo/%s", s.timezone));
		pb_run(b, "ln -sf $ " MNT "/etc/localtime", pb_str(b, "/usr/share/zoneinfo/%s", s.timezone));
		pb_file(b, MNT "/etc/timezone", 0644, pb_str(b, "%s\n", s.timezone));
	}
	if (*s.root_password != '\0')
		pb_call(b, "the hash given becomes root's password", "set_password root $", s.root_password);
	pb_ssh_keys(b, "root", "/root", b->p->system.head.mark, "system.root-ssh-keys",
	    b->p->system.root_keys, b->p->system.n_root_keys);
	pb_groups(b);
	pb_users(b);
	pb_call(b, b->p->system.keep_keys ? "ssh host keys: those kept, new ones of missing kinds" :
	    "new ssh host keys", "ssh_host_keys");
	pb_files(b);
}

static void
boot_loader(struct pb *b)
{
	struct buf t = { 0 }, consoles = { 0 };
	const char *c, *where = "console";
	unsigned disk = 0, unit = 0, speed = 0;
	bool video = b->p->n_console == 0;

	for (size_t i = 0; i < b->p->n_console; i++) {
		c = pb_value(b, b->p->head.mark, where, b->p->console[i], check_options, "a console like tty0 or ttyS0,115200");
		buf_printf(&consoles, "%sconsole=%s", i ? " " : "", c);
		if (sscanf(c, "ttyS%3u,%7u", &unit, &speed) == 1)
			speed = 9600;
		else if (strncmp(c, "ttyS", 4) != 0)
			video = true;
	}
	buf_puts(&t, "GRUB_TIMEOUT=1\nGRUB_CMDLINE_LINUX_DEFAULT=\n");
	buf_printf(&t, "GRUB_CMDLINE_LINUX=\"%s\"\n", consoles.len ? consoles.p : "");
	buf_printf(&t, "GRUB_TERMINAL=\"%s%s%s\"\n", video ? "console" : "",
	    video && speed ? " " : "", speed ? "serial" : "");
	if (speed)
		buf_printf(&t, "GRUB_SERIAL_COMMAND=\"serial --unit=%u --speed=%u\"\n", unit, speed);
	buf_free(&consoles);

	(void)pb_root(b, &disk);
	pb_step(b, "boot", "Install the boot loader");
	pb_file(b, MNT "/etc/default/grub.d/provd.cfg", 0644, pb_keep(b, &t));
	pb_run(b, "chroot " MNT " grub-install --target=i386-pc @", disk, "");
	pb_run(b, "chroot " MNT " update-grub");
}

void
pb_linux(struct pb *b)
{
	struct pb_mount *m;
	size_t n;

	if ((m = calloc(PB_MOUNTS, sizeof(*m))) == NULL) {
		b->nomem = true;
		return;
	}
	n = pb_mounts(b, m);
	find_and_verify(b);
	partitions(b);
	filesystems(b);
	mount_all(b, m, n);
	unpack(b);
	fstab(b, m, n);
	settings(b);
	boot_loader(b);
	pb_post(b);
	pb_step(b, "finish", "Unmount and write out everything");
	pb_run(b, "sync");
	pb_run(b, "umount -R " MNT);
	free(m);
}
