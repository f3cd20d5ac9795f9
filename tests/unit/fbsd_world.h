/* fbsd_world.h - trees of FreeBSD 6.2 and 14, profiles rendered from them, and
 * the machine that their scripts run on; for the tests of settings and jails. */
#ifndef TESTS_UNIT_FBSD_WORLD_H
#define TESTS_UNIT_FBSD_WORLD_H

#include "profile_world.h"

#define FB_ROOT14	"disks: [ { match: { name: vtbd0 }, scheme: gpt, partitions: [ " \
			"{ size: 512K, fs: freebsd-boot }, { size: '*', fs: ufs, mount: / } ] } ]\n"
#define FB_14		"name: x\nos: freebsd\ntree: tree\ndistributions: { dir: freebsd-dist, sets: [base, kernel] }\n" FB_ROOT14
#define FB_6		"name: x\nos: freebsd\ntree: tree\ndistributions: { dir: 6.2-RELEASE, sets: [base] }\n" \
			"disks: [ { slices: [ { labels: [ { letter: a, size: '*', mount: / } ] } ] } ]\n"

static const char *const fb_fake[] = { "sysctl", "diskinfo", "atacontrol", "camcontrol",
    "geom", "file", "fdisk", "boot0cfg", "bsdlabel", "newfs", "swapon", "swapoff",
    "swapinfo", "mount", "umount", "tar", "chroot", "kenv", "ifconfig", "mkdir", "cp",
    "chmod", "rm", "ln", "touch", "dd", "cpio", "sleep", "cat", "sync", "uname", "gpart", "kldload", "kldstat",
    "zfs", "zpool", "mdconfig", "truncate", "sha256", "efibootmgr", NULL };

/* A release with a MANIFEST, as of 9.0 and later. */
static inline void
fb_tree(struct world *w, const char *version)
{
	static const char *const set[] = { "base", "kernel" };
	char cmd[512], path[64], line[128], text[128];
	struct buf manifest = { 0 };
	FILE *p;

	(void)snprintf(text, sizeof(text), "#!/bin/sh\nUSERLAND_VERSION=\"%s\"\n", version);
	tmp_file(&w->tmp, "bin/freebsd-version", text);
	tmp_file(&w->tmp, "bin/sh", "sh");
	tmp_file(&w->tmp, "sbin/mount", "mount");
	tmp_file(&w->tmp, "sbin/init", "init");
	tmp_file(&w->tmp, "boot/pxeboot", "pxeboot");
	tmp_file(&w->tmp, "boot/loader.efi", "loader");
	tmp_file(&w->tmp, "boot/kernel/kernel", "kernel");
	for (size_t i = 0; i < 2; i++) {
		(void)snprintf(path, sizeof(path), "freebsd-dist/%s.txz", set[i]);
		tmp_file(&w->tmp, path, set[i]);
		(void)snprintf(cmd, sizeof(cmd), "sha256sum < %.400s", tmp_path(&w->tmp, path));
		assert_non_null(p = popen(cmd, "r"));
		assert_non_null(fgets(line, sizeof(line), p));
		assert_int_equal(pclose(p), 0);
		buf_printf(&manifest, "%s.txz\t%.64s\t3\t%s\t\"%s\"\ton\n", set[i], line, set[i], set[i]);
	}
	tmp_file(&w->tmp, "freebsd-dist/MANIFEST", manifest.p);
	buf_free(&manifest);
}

/* "" is the classic tree, 6.2. */
static inline void
fb_world(struct world *w, const char *version)
{
	*w = (struct world){ .name = "web1",
	    .mac = { { 0x52, 0x54, 0x00, 0x12, 0x34, 0x56 } } };
	tmp_new(&w->tmp);
	if (*version != '\0')
		fb_tree(w, version);
	else
		world_freebsd_tree(w);
	tmp_open(&w->tmp);
	w->host = (struct cfg_host){ .head.name = w->name, .mac = &w->mac,
	    .n_mac = 1, .vars = w->var };
	w->in = (struct render_in){ .kind = INST_INSTALL, .token = BOX_TOKEN,
	    .server = WORLD_SERVER, .now = 1000000, .host = &w->host,
	    .view = &w->tmp.plain, .address = 0xc0a80a20, .netmask = 0xffffff00,
	    .gateway = 0xc0a80afe };
}

static inline int
fb_setup(void **state, const char *version)
{
	struct world *w = malloc(sizeof(*w));

	assert_non_null(w);
	fb_world(w, version);
	*state = w;
	return 0;
}

static inline int
fb_setup14(void **state)
{
	return fb_setup(state, "14.3-RELEASE");
}

static inline int
fb_setup6(void **state)
{
	return fb_setup(state, "");
}

/* Settings and jails: not what others' steps do. */
static inline void
fb_machine(struct world *w, struct box *b)
{
	static const char *const disk[] = { "ad4", "vtbd0" };
	char cmd[512];

	box_new(b, fb_fake);
	box_link(b, "sbin/awk", "/usr/bin/mawk");
	box_put(b, "answer/kern.disks", "ad4 vtbd0\n", 0644);
	box_put(b, "answer/hw.ncpu", "1\n", 0644);
	for (size_t i = 0; i < 2; i++) {
		(void)snprintf(cmd, sizeof(cmd), "dev/%s", disk[i]);
		box_big(b, cmd, (off_t)37019566080);
		(void)snprintf(cmd, sizeof(cmd), "answer/diskinfo.%s", disk[i]);
		box_put(b, cmd, "/dev/x\t512\t37019566080\t72303840\t71730\t16\t63\n", 0644);
	}
	for (const char *s = "a\0d\0f\0h\0"; *s != '\0'; s += 2) {
		(void)snprintf(cmd, sizeof(cmd), "answer/diskinfo.ad4s1%s", s);
		box_put(b, cmd, "", 0644);
	}
	box_put(b, "answer/diskinfo.ad4s1", "", 0644);
	for (char c = '1'; c < '5'; c++) {
		(void)snprintf(cmd, sizeof(cmd), "dev/vtbd0p%c", c);
		box_put(b, cmd, "", 0644);
		(void)snprintf(cmd, sizeof(cmd), "answer/diskinfo.vtbd0p%c", c);
		box_put(b, cmd, "", 0644);
	}
	box_put(b, "answer/mount", "192.168.10.1:/.provd/x/root / nfs ro 0 0\n", 0644);
	box_put(b, "answer/swapinfo", "Device 1K-blocks Used Avail Capacity\n", 0644);
	box_put(b, "answer/bsdlabel", "# /dev/ad4s1:\n8 partitions:\n"
	    "  c: 72292437        0    unused        0     0\n", 0644);
	box_put(b, "answer/ifconfig.-l", "em0 em1 em2 em3 lo0\n", 0644);
	box_put(b, "answer/ifconfig.em0", "em0: flags=8843<UP>\n\tether 00:00:00:12:34:56\n", 0644);
	box_put(b, "answer/ifconfig.em1", "em1: flags=8843<UP>\n\tether 00:00:00:12:34:57\n", 0644);
	box_put(b, "answer/ifconfig.em2", "em2: flags=8843<UP>\n\tether 52:54:00:12:34:56\n", 0644);
	box_put(b, "answer/ifconfig.em3", "em3: flags=8843<UP>\n\tether 00:1b:21:aa:bb:cc\n", 0644);
	box_put(b, "answer/ifconfig.lo0", "lo0: flags=8049<UP>\n", 0644);
	box_put(b, "unpacked/tmp/x", "", 0644);
	box_put(b, "unpacked/var/tmp/x", "", 0644);
	box_put(b, "unpacked/boot/x", "", 0644);
	box_put(b, "unpacked/boot/pmbr", "", 0644);
	box_put(b, "unpacked/boot/gptboot", "", 0644);
	box_put(b, "unpacked/mnt/x", "", 0644);
	box_put(b, "unpacked/etc/mail/aliases", "root: joe\n", 0644);
	box_put(b, "unpacked/etc/mtree/BSD.root.dist", "", 0644);
	box_put(b, "unpacked/etc/mtree/BSD.usr.dist", "", 0644);
	box_put(b, "unpacked/etc/mtree/BSD.var.dist", "", 0644);
	box_put(b, "unpacked/etc/ttys", "ttyv0\t\"x\"\tcons25\ton  secure\n"
	    "ttyd0\t\"/usr/libexec/getty std.9600\"\tdialup\toff secure\n"
	    "ttyu0\t\"/usr/libexec/getty 3wire\"\tvt100\tonifconsole secure\n", 0644);
	box_put(b, "unpacked/etc/ssh/sshd_config", "Port 22\n#PermitRootLogin no\n"
	    "# PermitRootLogin is explained in the manual\nMatch user joe\n\tPermitRootLogin no\n", 0644);
	box_put(b, "unpacked/usr/share/zoneinfo/UTC", "", 0644);
	box_put(b, "unpacked/usr/share/zoneinfo/Europe/Berlin", "berlin\n", 0644);
	/* what of the tree the box has no other use for */
	(void)snprintf(cmd, sizeof(cmd), "cd %.300s && for d in freebsd-dist 6.2-RELEASE; do "
	    "[ ! -d $d ] || cp -r $d %.64s/; done", w->tmp.root, b->dir);
	assert_int_equal(system(cmd), 0);
}

/* A repository of pkg(8), and old packages beside it. */
static inline void
fb_packages(const struct box *b)
{
	box_put(b, "packages/FreeBSD-14-amd64/meta.conf", "version = 2;\n", 0644);
	box_put(b, "packages/FreeBSD-14-amd64/All/pkg-1.21.3.pkg", "", 0644);
	box_put(b, "6.2-RELEASE/packages/All/bash-3.1.17.tbz", "", 0644);
	box_put(b, "6.2-RELEASE/packages/All/bash-completion-20060301.tbz", "", 0644);
	box_put(b, "6.2-RELEASE/packages/All/screen-4.0.3.tbz", "", 0644);
}

/* Run on a new filesystem. */
static inline int
fb_run(const struct box *b, const char *shell)
{
	char cmd[512];

	(void)snprintf(cmd, sizeof(cmd), "rm -rf %s/mnt && mkdir %s/mnt", b->dir, b->dir);
	assert_int_equal(system(cmd), 0);
	return box_run(b, shell);
}

static inline void
fb_ready(struct world *w, struct box *b, const char *profile)
{
	struct render_out out;
	char *text;

	world_render(w, profile, &out);
	text = world_file(&out, "install");
	fb_machine(w, b);
	fb_packages(b);
	box_put(b, BOX_PROVD "/install", text, 0755);
	box_reports(b, text);
	free(text);
	render_out_done(&out);
}

/* Plan and script as they are written down. */
static inline void
fb_written(struct world *w, const char *name)
{
	struct render_out out;
	char path[128];

	(void)snprintf(path, sizeof(path), "tests/golden/scripts/%s.yaml", name);
	world_render(w, path, &out);
	assert_non_null(out.plan_text);
	world_written(&out, name);
	render_out_done(&out);
}

/* Every command of a script fails once, from the one that begins with `from` to
 * its sync: nothing after it runs, and the report names it. */
static inline void
fb_each_failure(struct box *b, const char *from)
{
	char fail_at[16], *all, *log, *out;
	unsigned n, tried = 0;

	n = box_commands(b);
	all = box_get(b, "log");
	for (unsigned i = 1; i <= n; i++) {
		const char *line = box_line(all, i);

		if (tried == 0 && strncmp(line, from, strlen(from)) != 0)
			continue;
		if (strncmp(line, "sync\n", 5) == 0)
			break;
		tried++;
		/* no reason to stop; what unpack_pieces leaves behind when it fails */
		if (strncmp(line, "chroot /mnt newaliases\n", 23) == 0 ||
		    strncmp(line, "rm -f /tmp/provd/failed\n", 24) == 0)
			continue;
		(void)snprintf(fail_at, sizeof(fail_at), "%u", i);
		box_put(b, "fail_at", fail_at, 0644);
		if (fb_run(b, "dash") != 1 || box_commands(b) != i) {
			log = box_get(b, "log");
			fail_msg("command %u failed, and it went on:\n%s", i, box_tail(log));
		}
		out = box_get(b, "out");
		if (strstr(out, "-fail-") == NULL || (strstr(out, "it%27s%20broken") == NULL &&
		    strstr(out, "cannot%20make") == NULL))
			fail_msg("%.60s: no report:\n%s", line, box_tail(out));
		free(out);
	}
	assert_true(tried > 10);
	box_remove(b, "fail_at");
	free(all);
}

static inline void
fb_run_ok(const struct box *b, const char *shell)
{
	int r = fb_run(b, shell);
	char *out;

	if (r == -1)
		skip();
	out = box_get(b, "out");
	if (r != 0)
		fail_msg("exit %d\n%s", r, box_tail(out));
	free(out);
}

static inline void
fb_golden_file(const struct box *b, const char *file, const char *name)
{
	char path[128], *text = box_get(b, file);

	(void)snprintf(path, sizeof(path), "tests/golden/scripts/%s", name);
	golden(path, text);
	free(text);
}

/* It must be refused when it is loaded, or when it is armed, with these words. */
static inline void
fb_refuses(struct world *w, const char *yaml, const char *want)
{
	struct profile *pr = NULL;
	struct render_out out;
	int r;

	r = profile_load_mem("x.yaml", yaml, strlen(yaml), &pr, world_error, w);
	if (r == 0 && (r = profile_render(pr, &w->in, &out, world_error, w)) == 0)
		render_out_done(&out);
	if (r != -EINVAL || w->errors.p == NULL || strstr(w->errors.p, want) == NULL)
		fail_msg("no \"%s\" in\n%s", want, w->errors.p ? w->errors.p : "");
	buf_free(&w->errors);
	profile_unref(pr);
}

static inline void
fb_plans(struct world *w, const char *yaml, const char *want)
{
	struct profile *pr = NULL;
	struct render_out out;

	if (profile_load_mem("x.yaml", yaml, strlen(yaml), &pr, world_error, w) < 0 ||
	    profile_plan(pr, &w->in, &out, world_error, w) < 0)
		fail_msg("%s", w->errors.p);
	if (strstr(out.plan_text, want) == NULL)
		fail_msg("no \"%s\" in\n%s", want, out.plan_text);
	render_out_done(&out);
	profile_unref(pr);
}

#endif /* TESTS_UNIT_FBSD_WORLD_H */
