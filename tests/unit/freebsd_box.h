/* freebsd_box.h - a classic FreeBSD machine of stand-ins, for the scripts of
 * installations: see script_box.h. */
#ifndef TESTS_UNIT_FREEBSD_BOX_H
#define TESTS_UNIT_FREEBSD_BOX_H

#include "profile_world.h"

static const char *const freebsd_fake[] = { "sysctl", "diskinfo", "atacontrol", "camcontrol",
    "geom", "file", "fdisk", "boot0cfg", "bsdlabel", "newfs", "swapon", "swapoff",
    "swapinfo", "mount", "umount", "tar", "chroot", "kenv", "ifconfig", "mkdir", "cp",
    "chmod", "rm", "ln", "touch", "dd", "cpio", "sleep", "cat", "sync", "uname", "sha256", "md5", NULL };

static inline void
freebsd_machine(struct world *w, struct box *b)
{
	static const char *const awk[] = { "/usr/bin/mawk", "/usr/bin/gawk",
	    "/usr/bin/original-awk", "/bin/busybox" };
	char cmd[512];

	box_new(b, freebsd_fake);
	for (size_t i = 0; i < sizeof(awk) / sizeof(awk[0]); i++)
		if (access(awk[i], X_OK) == 0) {
			box_link(b, "sbin/awk", awk[i]);
			break;
		}
	box_put(b, "answer/kern.disks", "da0 cd0 ad4\n", 0644);
	box_put(b, "answer/hw.ncpu", "1\n", 0644);
	box_put(b, "answer/diskinfo.ad4", "/dev/ad4\t512\t37019566080\t72303840\t71730\t16\t63\n", 0644);
	box_put(b, "answer/diskinfo.ad4s1", "", 0644);
	for (char l = 'a'; l <= 'h'; l++) {
		(void)snprintf(cmd, sizeof(cmd), "answer/diskinfo.ad4s1%c", l);
		box_put(b, cmd, "", 0644);
		(void)snprintf(cmd, sizeof(cmd), "answer/diskinfo.ad4s2%c", l);
		box_put(b, cmd, "", 0644);
		(void)snprintf(cmd, sizeof(cmd), "answer/diskinfo.da0s1%c", l);
		box_put(b, cmd, "", 0644);
	}
	box_put(b, "answer/diskinfo.ad4s2", "", 0644);
	box_put(b, "answer/diskinfo.da0s1", "", 0644);
	box_put(b, "answer/diskinfo.da0", "/dev/da0\t512\t18000000000\t35156250\n", 0644);
	box_put(b, "answer/atacontrol", "Protocol  ATA/ATAPI revision 7\nserial number         5PS0ABCD\n", 0644);
	box_put(b, "answer/mount", "192.168.10.1:/.provd/x/root / nfs ro 0 0\n", 0644);
	box_put(b, "answer/swapinfo", "Device 1K-blocks Used Avail Capacity\n", 0644);
	box_put(b, "answer/bsdlabel", "# /dev/ad4s1:\n8 partitions:\n"
	    "#        size   offset    fstype   [fsize bsize bps/cpg]\n"
	    "  a: 72292421       16    unused        0     0\n"
	    "  c: 72292437        0    unused        0     0         # \"raw\" part, don't edit\n", 0644);
	box_put(b, "answer/ifconfig.-l", "fxp0 lo0\n", 0644);
	box_put(b, "answer/ifconfig.fxp0", "fxp0: flags=8843<UP>\n\tether 52:54:00:12:34:56\n", 0644);
	box_put(b, "answer/ifconfig.lo0", "lo0: flags=8049<UP>\n", 0644);
	box_big(b, "dev/ad4", (off_t)37019566080);
	box_big(b, "dev/da0", (off_t)18000000000);
	box_put(b, "unpacked/tmp/x", "", 0644);
	box_put(b, "unpacked/var/tmp/x", "", 0644);
	box_put(b, "unpacked/etc/mail/aliases", "root: joe\n", 0644);
	box_put(b, "unpacked/etc/mtree/BSD.root.dist", "", 0644);
	box_put(b, "unpacked/etc/mtree/BSD.usr.dist", "", 0644);
	box_put(b, "unpacked/etc/mtree/BSD.var.dist", "", 0644);
	box_put(b, "unpacked/etc/ttys", "ttyv0\t\"x\"\tcons25\ton  secure\nttyd0\t\"y\"\tdialup\toff secure\n", 0644);
	box_put(b, "unpacked/usr/share/zoneinfo/UTC", "", 0644);
	box_put(b, "unpacked/usr/share/zoneinfo/Europe/Berlin", "", 0644);
	(void)snprintf(cmd, sizeof(cmd), "cp -r %.300s/*-RELEASE %s/", w->tmp.root, b->dir);
	assert_int_equal(system(cmd), 0);
}

/* On a new filesystem. */
static inline int
freebsd_run(const struct box *b, const char *shell)
{
	char cmd[512];

	(void)snprintf(cmd, sizeof(cmd), "rm -rf %s/mnt && mkdir %s/mnt", b->dir, b->dir);
	assert_int_equal(system(cmd), 0);
	return box_run(b, shell);
}

static inline void
freebsd_ready(struct world *w, struct box *b, const char *profile)
{
	struct render_out out;
	char *text;

	world_render(w, profile, &out);
	text = world_file(&out, "install");
	freebsd_machine(w, b);
	box_put(b, BOX_PROVD "/install", text, 0755);
	box_reports(b, text);
	free(text);
	render_out_done(&out);
}

static inline bool
freebsd_has(const struct box *b, const char *file, const char *what)
{
	char *out = box_get(b, file);
	bool there = strstr(out, what) != NULL;

	free(out);
	return there;
}

static inline void
freebsd_untouched(const struct box *b)
{
	static const char *const harm[] = { "fdisk", "boot0cfg", "bsdlabel", "newfs",
	    "swapon", "mount", "tar", "chroot" };
	char *log = box_get(b, "log");

	for (size_t i = 0; i < sizeof(harm) / sizeof(harm[0]); i++)
		if (strstr(log, harm[i]) != NULL)
			fail_msg("%s in:\n%s", harm[i], log);
	free(log);
}

/* What may fail without ending an installation: the claim asks again, rm only
 * clears what a failure left, and mail can wait. */
static inline bool
freebsd_may_fail(const char *line)
{
	static const char *const may[] = { "claim\n", "rm ", "chroot /mnt newaliases\n" };

	for (size_t i = 0; i < sizeof(may) / sizeof(may[0]); i++)
		if (strncmp(line, may[i], strlen(may[i])) == 0)
			return true;
	return false;
}

/* Each command in turn fails: nothing may run after it, and the report must
 * say why.  false: no such root here. */
static inline bool
freebsd_stops(const struct box *b)
{
	box_remove(b, "fail_at");
	if (freebsd_run(b, "dash") == -1)
		return false;
	box_fails_each(b, freebsd_run, freebsd_may_fail);
	return true;
}

#endif /* TESTS_UNIT_FREEBSD_BOX_H */
