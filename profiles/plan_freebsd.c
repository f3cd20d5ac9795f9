/* plan_freebsd.c - the steps of installing a classic FreeBSD, 4 to 8: fdisk,
 * bsdlabel, newfs, distributions in pieces. */
#include "plan_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MNT	"/mnt"
#define BLOCK	((uint64_t)512)
#define MIB	((uint64_t)1 << 20)

/* Steps: disks ----------------------------------------------------------------- */

static const char *
pieces(struct pb *b, const struct release_set *rel)
{
	struct buf t = { 0 };

	for (size_t i = 0; i < rel->n_piece; i++)
		buf_printf(&t, " %c%c,%u,%llu", (int)('a' + i / 26), (int)('a' + i % 26),
		    rel->piece[i].cksum, (unsigned long long)rel->piece[i].bytes);
	return pb_keep(b, &t);
}

static const char *
dist_dir(struct pb *b)
{
	return b->in->release ? b->in->release->dir :
	    pb_expand(b, b->p->dist.head.mark, "distributions.dir", b->p->dist.dir);
}

static const struct release_set *
kernel_set(const struct pb *b, const char *name)
{
	return b->in->release ? release_find(b->in->release, name) : NULL;
}

static void
verify(struct pb *b)
{
	static const char *const kernels[] = { "kernels/generic", "kernels/smp" };
	const struct release_set *k;
	const struct plan_set *s;

	pb_step(b, "verify", "Check every piece of the distributions against its sum");
	for (size_t i = 0; i < b->plan->n_set; i++) {
		s = &b->plan->set[i];
		pb_call(b, pb_str(b, "cksum of /%s.??, %zu in all", s->file, s->rel ? s->rel->n_piece : 0),
		    pb_str(b, "verify_pieces $%s", s->rel ? pieces(b, s->rel) : ""),
		    pb_str(b, "/%s", s->file));
	}
	for (size_t i = 0; i < 2; i++) {
		if ((k = kernel_set(b, kernels[i])) == NULL ||
		    b->p->dist.kernel == (i == 0 ? DIST_KERNEL_SMP : DIST_KERNEL_GENERIC))
			continue;
		pb_call(b, pb_str(b, "cksum of /%s/%s.??, %zu in all", dist_dir(b), kernels[i], k->n_piece),
		    pb_str(b, "verify_pieces $%s", pieces(b, k)),
		    pb_str(b, "/%s/%s", dist_dir(b), kernels[i]));
	}
}

static void
find(struct pb *b)
{
	static const char *const choice[] = { "auto", "GENERIC", "SMP" };
	bool generic = kernel_set(b, "kernels/generic") != NULL, smp = kernel_set(b, "kernels/smp") != NULL;
	int want = b->p->dist.kernel;

	if (b->in->release != NULL && ((want == DIST_KERNEL_GENERIC && !generic) ||
	    (want == DIST_KERNEL_SMP && !smp) || (!generic && !smp)))
		pb_error(b, b->p->dist.head.mark, "distributions.kernel", "there is no %s kernel in %s/kernels",
		    want == DIST_KERNEL_AUTO ? "GENERIC or SMP" : choice[want], dist_dir(b));
	pb_step(b, "disks", "Find the disks and look at what they hold");
	pb_find_disks(b);
	pb_call(b, want == DIST_KERNEL_AUTO ?
	    "with more than one processor the kernel is SMP, if the release has it, else GENERIC" :
	    pb_str(b, "the kernel is %s", choice[want]), "choose_kernel $ $ $",
	    choice[want], generic ? "yes" : "no", smp ? "yes" : "no");
}

static void
fdisk(struct pb *b, unsigned no)
{
	const struct cfg_pr_disk *c = &b->p->disk[no - 1];
	struct buf words = { 0 };
	uint64_t v;

	if (c->n_slice == 1 && c->slice[0].number == 1 && c->slice[0].active &&
	    strcmp(c->slice[0].size, "*") == 0) {
		pb_run(b, "fdisk -BI @", no, "");
	} else {
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
		pb_run(b, pb_str(b, "fdisk -i -f /tmp/provd/fdisk%u @", no), no, "");
	}
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
static void
labels(struct pb *b, unsigned no)
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

static void
partition(struct pb *b)
{
	const struct plan_disk *d;

	if (b->p->system.keep_keys) {
		pb_step(b, "keys", "Keep the ssh host keys of the system on the disk")->claims = true;
		for (unsigned i = 0; i < b->plan->n_disk; i++)
			pb_call(b, pb_str(b, "save the ssh host keys found on disk %u", i + 1),
			    "save_ssh_keys #", pb_str(b, "name%u", i + 1));
	}
	pb_step(b, "slices", "Slice the disk%s with fdisk", b->plan->n_disk > 1 ? "s" : "")->claims = true;
	for (unsigned i = 0; i < b->plan->n_disk; i++) {
		d = &b->plan->disk[i];
		if (!d->keep)
			fdisk(b, i + 1);
		for (size_t k = 0; d->keep && k < d->n_part; k++)
			pb_call(b, pb_str(b, "partition %s must be there already%s", d->part[k].part,
			    d->part[k].keep ? " and keeps what it holds" : ""),
			    "keep_device @", i + 1, d->part[k].part);
	}
	pb_step(b, "label", "Label the slices with bsdlabel");
	for (unsigned i = 0; i < b->plan->n_disk; i++)
		if (!b->plan->disk[i].keep)
			labels(b, i + 1);
}

static void
newfs(struct pb *b)
{
	const struct plan_part *p;

	pb_step(b, "newfs", "Make the filesystems");
	for (unsigned d = 0; d < b->plan->n_disk; d++)
		for (size_t i = 0; i < b->plan->disk[d].n_part; i++) {
			p = &b->plan->disk[d].part[i];
			if (p->keep || p->swap)
				continue;
			pb_run(b, pb_str(b, "newfs%s%s @", p->bsd->optimize == LABEL_SPACE ? " -o space" : "",
			    p->bsd->softupdates ? " -U" : ""), d + 1, p->part);
		}
}

static const char *
below_mnt(struct pb *b, const char *path)
{
	return strcmp(path, "/") == 0 ? MNT : pb_str(b, MNT "%s", path);
}

/* In the book's order: swap, the root, its directories, what goes there; then
 * what lies deeper. */
static void
mount_all(struct pb *b, const struct pb_mount *m, size_t n)
{
	size_t flat = 1;

	pb_step(b, "mount", "Turn on swap and mount all below " MNT);
	for (unsigned d = 0; d < b->plan->n_disk; d++)
		for (size_t i = 0; i < b->plan->disk[d].n_part; i++)
			if (b->plan->disk[d].part[i].swap)
				pb_run(b, "swapon @", d + 1, b->plan->disk[d].part[i].part);
	while (flat < n && strchr(m[flat].part->mount + 1, '/') == NULL)
		flat++;
	pb_run(b, "mount @ $", m[0].disk, m[0].part->part, MNT);
	for (size_t i = 1; i < flat; i++)
		pb_run(b, "mkdir $", below_mnt(b, m[i].part->mount));
	for (size_t i = 1; i < n; i++) {
		if (i >= flat)
			pb_run(b, "mkdir -p $", below_mnt(b, m[i].part->mount));
		pb_run(b, "mount @ $", m[i].disk, m[i].part->part, below_mnt(b, m[i].part->mount));
	}
}

static void
unpack(struct pb *b)
{
	const struct release_set *g = kernel_set(b, "kernels/generic"), *s = kernel_set(b, "kernels/smp");
	const struct plan_set *set;

	for (size_t i = 0; i < b->plan->n_set; i++) {
		set = &b->plan->set[i];
		pb_step(b, pb_str(b, "unpack_%s", set->name), "Unpack %s", set->name);
		pb_call(b, pb_str(b, "cat /%s.?? | tar --unlink -xpzf - -C " MNT "%s", set->file, set->target),
		    "unpack_pieces $ $ $", pb_str(b, "/%s", set->file),
		    pb_str(b, "%zu", set->rel ? set->rel->n_piece : 0), pb_str(b, MNT "%s", set->target));
	}
	pb_step(b, "unpack_kernel", "Unpack the kernel");
	pb_call(b, pb_str(b, "cat /%s/kernels/KERNEL.?? | tar --unlink -xpzf - -C " MNT "/boot", dist_dir(b)),
	    "unpack_kernel $ $ $", pb_str(b, "/%s/kernels", dist_dir(b)),
	    pb_str(b, "%zu", g ? g->n_piece : 0), pb_str(b, "%zu", s ? s->n_piece : 0));
}

/* Steps: the system -------------------------------------------------------------- */

/* A value of rc.conf as a person would write it. */
static void
rc_line(struct buf *t, const char *name, const char *value)
{
	buf_printf(t, "%s=\"", name);
	for (; *value != '\0'; value++) {
		if (strchr("\"\\$`", *value) != NULL)
			buf_putc(t, '\\');
		buf_putc(t, *value);
	}
	buf_puts(t, "\"\n");
}

static void
rc_conf(struct pb *b, const struct pb_system *s)
{
	const struct cfg_pr_system *c = &b->p->system;
	bool is_static = c->network.method == NET_STATIC;
	const char *how = is_static ?
	    pb_str(b, "inet %s netmask %s", s->address, s->netmask) : "DHCP";
	struct buf t = { 0 };

	rc_line(&t, "hostname", s->hostname);
	if (is_static && *s->gateway != '\0')
		rc_line(&t, "defaultrouter", s->gateway);
	if (*s->iface != '\0')
		rc_line(&t, pb_str(b, "ifconfig_%s", s->iface), how);
	for (size_t i = 0; i < c->n_rc_conf; i++) {
		if (!check_rc_name(c->rc_conf[i].key))
			pb_error(b, c->head.mark, "system.rc-conf", "\"%s\" is not a variable of rc.conf", c->rc_conf[i].key);
		rc_line(&t, c->rc_conf[i].key, pb_value(b, c->head.mark, "system.rc-conf",
		    c->rc_conf[i].value, check_line, "one line"));
	}
	pb_file(b, MNT "/etc/rc.conf", 0644, pb_keep(b, &t));
	if (*s->iface == '\0')
		pb_call(b, pb_str(b, "in rc.conf, ifconfig of the interface with %s: %s", b->in->mac, how),
		    "rc_interface $ $", b->in->mac, how);
	for (size_t i = 0; i < s->n_dns; i++)
		buf_printf(&t, "nameserver %s\n", s->dns[i]);
	if (t.len > 0)
		pb_file(b, MNT "/etc/resolv.conf", 0644, pb_keep(b, &t));
	buf_free(&t);
}

static bool
is_console(const char *s)
{
	return strcmp(s, "comconsole") == 0 || strcmp(s, "vidconsole") == 0;
}

static void
consoles(struct pb *b)
{
	struct buf t = { 0 };
	bool serial = false;
	const char *c;

	for (size_t i = b->p->n_console; i > 0; i--) {
		c = pb_value(b, b->p->head.mark, "console", b->p->console[i - 1],
		    is_console, "vidconsole or comconsole");
		serial |= strcmp(c, "comconsole") == 0;
		buf_printf(&t, "%s%s", t.len ? "," : "", c);
	}
	if (serial) {
		pb_file(b, MNT "/boot/loader.conf", 0644, pb_str(b, "console=\"%s\"\n", t.p ? t.p : ""));
		pb_call(b, "a login prompt on the first serial port, in /etc/ttys", "serial_login");
	}
	buf_free(&t);
}

static void
settings(struct pb *b)
{
	struct pb_system s;

	pb_step(b, "system", "Settings: password, users, time zone, network");
	pb_system(b, &s);
	if (b->p->system.network.manager == NET_IFUPDOWN)
		pb_error(b, b->p->system.network.head.mark, "system.network.manager", "ifupdown is for os: linux");
	pb_run(b, "chmod 1777 " MNT "/tmp " MNT "/var/tmp");
	pb_run(b, "mount -t devfs devfs " MNT "/dev");
	if (*s.root_password != '\0') {
		/* its crypt(3) knows MD5 and Blowfish */
		if (strncmp(s.root_password, "$1$", 3) != 0 && strncmp(s.root_password, "$2", 2) != 0)
			pb_error(b, b->p->system.head.mark, "system.root-password",
			    "this FreeBSD knows hashes that begin with $1$ or $2a$ only (openssl passwd -1)");
		pb_call(b, "the hash given becomes root's password", "set_password root $", s.root_password);
	}
	pb_ssh_keys(b, "root", "/root", b->p->system.head.mark, "system.root-ssh-keys",
	    b->p->system.root_keys, b->p->system.n_root_keys);
	pb_groups(b);
	pb_users(b);
	if (*s.timezone != '\0')
		pb_run(b, "cp $ " MNT "/etc/localtime", pb_str(b, MNT "/usr/share/zoneinfo/%s", s.timezone));
	rc_conf(b, &s);
	if (b->p->system.keep_keys)
		pb_call(b, "the ssh host keys that were kept", "ssh_host_keys");
	consoles(b);
	pb_files(b);
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
				pb_call(b, NULL, "fstab @ none swap sw 0 0", d + 1, p->part);
			else if (p->mount != NULL)
				pb_call(b, NULL, "fstab @ $ ufs $ $ $", d + 1, p->part, p->mount, p->options,
				    strcmp(p->mount, "/") == 0 ? "1" : "2", strcmp(p->mount, "/") == 0 ? "1" : "2");
		}
}

static void
finish(struct pb *b, const struct pb_mount *m, size_t n)
{
	pb_step(b, "finish", "Unmount and write out everything");
	pb_run(b, "sync");
	pb_run(b, "umount " MNT "/dev");
	while (n-- > 0)
		pb_run(b, "umount $", below_mnt(b, m[n].part->mount));
	for (unsigned d = 0; d < b->plan->n_disk; d++)
		for (size_t i = 0; i < b->plan->disk[d].n_part; i++)
			if (b->plan->disk[d].part[i].swap)
				pb_run(b, "swapoff @", d + 1, b->plan->disk[d].part[i].part);
}

void
pb_freebsd(struct pb *b)
{
	struct pb_mount *m;
	size_t n;

	if ((m = calloc(PB_MOUNTS, sizeof(*m))) == NULL) {
		b->nomem = true;
		return;
	}
	n = pb_mounts(b, m);
	find(b);
	verify(b);
	partition(b);
	newfs(b);
	mount_all(b, m, n);
	unpack(b);
	settings(b);
	fstab(b);
	pb_step(b, "kernel", "Put the kernel where the loader looks for it");
	pb_run(b, "chroot " MNT " rm -rf /boot/kernel");
	pb_run(b, "chroot " MNT " mv # /boot/kernel", "kernel_dir");
	if (b->p->dist.kernel == DIST_KERNEL_AUTO)
		pb_note(b, "chroot " MNT " mv /boot/GENERIC (or /boot/SMP) /boot/kernel");
	else
		pb_note(b, pb_str(b, "chroot " MNT " mv /boot/%s /boot/kernel",
		    b->p->dist.kernel == DIST_KERNEL_SMP ? "SMP" : "GENERIC"));
	pb_post(b);
	finish(b, m, n);
	free(m);
}
