/* gpart_world.h - a FreeBSD release with a MANIFEST, a machine of stand-ins with
 * four disks, and profiles that are made for one and run on the other. */
#ifndef TESTS_UNIT_GPART_WORLD_H
#define TESTS_UNIT_GPART_WORLD_H

#include "profile_world.h"

#define GP_DISK		((off_t)64 << 30)

static const char *const gp_fake[] = { "sysctl", "diskinfo", "camcontrol", "geom", "file",
    "newfs", "newfs_msdos", "swapon", "swapoff", "swapinfo", "mount", "umount", "tar",
    "chroot", "kenv", "ifconfig", "mkdir", "cp", "chmod", "rm", "ln", "touch", "sleep", "cat",
    "sync", "uname", "gpart", "kldload", "kldstat", "zfs", "zpool", "geli", "efibootmgr", "dd",
    "sha256", "bsdinstall", "fdisk", "bsdlabel", "df", "ps", NULL };

static inline void
gp_sets(struct world *w, const char *dir)
{
	static const char *const set[] = { "base", "kernel", "lib32", "base-dbg" };
	char cmd[512], path[64], line[128];
	struct buf manifest = { 0 };
	FILE *p;

	for (size_t i = 0; i < sizeof(set) / sizeof(set[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s.txz", dir, set[i]);
		tmp_file(&w->tmp, path, set[i]);
		(void)snprintf(cmd, sizeof(cmd), "sha256sum < %.400s", tmp_path(&w->tmp, path));
		assert_non_null(p = popen(cmd, "r"));
		assert_non_null(fgets(line, sizeof(line), p));
		assert_int_equal(pclose(p), 0);
		buf_printf(&manifest, "%s.txz\t%.64s\t3\t%s\t\"%s\"\ton\n", set[i], line, set[i], set[i]);
	}
	(void)snprintf(path, sizeof(path), "%s/MANIFEST", dir);
	tmp_file(&w->tmp, path, manifest.p);
	buf_free(&manifest);
}

static inline void
gp_world(struct world *w, const char *version)
{
	char text[128];

	*w = (struct world){ .name = "web1", .mac = { { 0x52, 0x54, 0x00, 0x12, 0x34, 0x56 } } };
	tmp_new(&w->tmp);
	(void)snprintf(text, sizeof(text), "#!/bin/sh\nUSERLAND_VERSION=\"%s\"\n", version);
	tmp_file(&w->tmp, "bin/freebsd-version", text);
	tmp_file(&w->tmp, "bin/sh", "sh");
	tmp_file(&w->tmp, "sbin/init", "init");
	tmp_file(&w->tmp, "boot/pxeboot", "pxeboot");
	tmp_file(&w->tmp, "boot/loader.efi", "loader");
	tmp_file(&w->tmp, "boot/kernel/kernel", "kernel");
	gp_sets(w, "usr/freebsd-dist");
	tmp_open(&w->tmp);
	w->host = (struct cfg_host){ .head.name = w->name, .mac = &w->mac, .n_mac = 1, .vars = w->var };
	w->in = (struct render_in){ .kind = INST_INSTALL, .token = BOX_TOKEN,
	    .server = WORLD_SERVER, .now = 1000000, .host = &w->host,
	    .view = &w->tmp.plain, .address = 0xc0a80a20, .netmask = 0xffffff00, .gateway = 0xc0a80afe };
}

/* A disk, its slices and partitions, as diskinfo(8) tells of them. */
static inline void
gp_disk(const struct box *b, const char *name, off_t bytes)
{
	static const char *const part[] = { "", "s1", "s2", "s1a", "s1b", "s1d", "s1e", "s2d",
	    "p1", "p2", "p3", "p4", "p5", "p6" };
	char path[96], text[96];

	(void)snprintf(path, sizeof(path), "dev/%s", name);
	box_big(b, path, bytes);
	for (size_t i = 0; i < sizeof(part) / sizeof(part[0]); i++) {
		(void)snprintf(path, sizeof(path), "answer/diskinfo.%s%s", name, part[i]);
		(void)snprintf(text, sizeof(text), "/dev/%s%s\t512\t%lld\t%lld\t0\t0\n", name, part[i],
		    (long long)bytes, (long long)bytes / 512);
		box_put(b, path, text, 0644);
	}
}

static inline void
gp_machine(struct world *w, struct box *b)
{
	static const char *const boot[] = { "pmbr", "mbr", "boot", "boot0", "gptboot", "gptzfsboot", "loader.efi", "boot1.efi" };
	static const char *const disk[] = { "ada0", "ada1", "ada2", "ada3" };
	char cmd[512];

	box_new(b, gp_fake);
	box_link(b, "sbin/awk", access("/usr/bin/mawk", X_OK) == 0 ? "/usr/bin/mawk" : "/usr/bin/gawk");
	box_put(b, "answer/kern.disks", "da0 cd0 ada3 ada2 ada1 ada0\n", 0644);
	box_put(b, "answer/diskinfo.da0", "/dev/da0\t512\t0\t0\n", 0644);
	for (size_t i = 0; i < sizeof(disk) / sizeof(disk[0]); i++)
		gp_disk(b, disk[i], GP_DISK);
	box_put(b, "answer/uname.p", "amd64\n", 0644);
	box_put(b, "answer/vfs.zfs.vdev.min_auto_ashift", "9\n", 0644);
	box_put(b, "answer/mount", "192.168.10.1:/.provd/x/root / nfs ro 0 0\n", 0644);
	box_put(b, "answer/swapinfo", "Device 1K-blocks Used Avail Capacity\n", 0644);
	box_put(b, "answer/ifconfig.-l", "em0 lo0\n", 0644);
	box_put(b, "answer/ifconfig.em0", "em0: flags=8843<UP>\n\tether 52:54:00:12:34:56\n", 0644);
	box_put(b, "answer/ifconfig.lo0", "lo0: flags=8049<UP>\n", 0644);
	box_put(b, "dev/console", "\n", 0644);
	for (size_t i = 0; i < sizeof(boot) / sizeof(boot[0]); i++) {
		(void)snprintf(cmd, sizeof(cmd), "unpacked/boot/%s", boot[i]);
		box_put(b, cmd, "", 0644);
	}
	box_put(b, "unpacked/tmp/x", "", 0644);
	box_put(b, "unpacked/var/tmp/x", "", 0644);
	box_put(b, "unpacked/etc/mail/aliases", "root: joe\n", 0644);
	box_put(b, "unpacked/etc/ttys", "ttyu0\t\"/usr/libexec/getty 3wire\"\tvt100\tonifconsole secure\n", 0644);
	box_put(b, "unpacked/etc/ssh/sshd_config", "Port 22\n", 0644);
	box_put(b, "unpacked/usr/share/zoneinfo/UTC", "", 0644);
	(void)snprintf(cmd, sizeof(cmd), "mkdir %s/dist && cp -r %.300s/usr/freebsd-dist %s/dist/", b->dir, w->tmp.root, b->dir);
	assert_int_equal(system(cmd), 0);
}

/* On a new filesystem.  /usr is this machine's: the sets are beside it. */
static inline int
gp_run(const struct box *b, const char *shell)
{
	char cmd[512];

	(void)snprintf(cmd, sizeof(cmd), "rm -rf %s/mnt %s/tmp/provd && mkdir %s/mnt", b->dir, b->dir, b->dir);
	assert_int_equal(system(cmd), 0);
	return box_run(b, shell);
}

/* The script as it was compiled, but for where the sets are. */
static inline char *
gp_moved(const char *script)
{
	static const char from[] = "/usr/freebsd-dist", to[] = "/dist/freebsd-dist";
	char *text = calloc(1, 2 * strlen(script) + 1), *out = text;

	assert_non_null(text);
	for (const char *p = script; *p != '\0'; ) {
		if (strncmp(p, from, sizeof(from) - 1) == 0) {
			memcpy(out, to, sizeof(to) - 1);
			out += sizeof(to) - 1;
			p += sizeof(from) - 1;
		} else {
			*out++ = *p++;
		}
	}
	return text;
}

static inline void
gp_ready(struct world *w, struct box *b, const char *profile)
{
	struct render_out out;
	char *text, *moved;

	world_render(w, profile, &out);
	text = world_file(&out, "install");
	moved = gp_moved(text);
	gp_machine(w, b);
	box_put(b, BOX_PROVD "/install", moved, 0755);
	box_reports(b, moved);
	free(moved);
	free(text);
	render_out_done(&out);
}

/* Plan and script as they are written down, and as every shell reads them. */
static inline void
gp_written(struct world *w, const char *profile, const char *name)
{
	struct render_out out;

	world_render(w, profile, &out);
	assert_non_null(out.plan_text);
	world_written(&out, name);
	render_out_done(&out);
}

static inline void
gp_golden(const struct box *b, const char *file, const char *name)
{
	char path[192], *text = box_get(b, file);

	(void)snprintf(path, sizeof(path), "tests/golden/scripts/%s", name);
	golden(path, text);
	free(text);
}

static inline bool
gp_has(const struct box *b, const char *file, const char *what)
{
	char *out = box_get(b, file);
	bool there = strstr(out, what) != NULL;

	free(out);
	return there;
}

/* Run to its end; what the machine was told is written down. */
static inline void
gp_done(const struct box *b, const char *shell, const char *name)
{
	char path[128], *out;
	int r = gp_run(b, shell);

	if (r == -1)
		skip();
	out = box_get(b, "out");
	if (r != 0)
		fail_msg("exit %d\n%s", r, box_tail(out));
	free(out);
	(void)snprintf(path, sizeof(path), "%s.commands", name);
	gp_golden(b, "log", path);
}

/* What may fail: the claim asks again, rm clears up, boot entries and mail are
 * not needed. */
static inline bool
gp_may_fail(const char *line)
{
	static const char *const may[] = { "claim\n", "rm ", "efibootmgr ", "chroot /mnt newaliases\n" };

	for (size_t i = 0; i < sizeof(may) / sizeof(may[0]); i++)
		if (strncmp(line, may[i], strlen(may[i])) == 0)
			return true;
	return false;
}

/* Each command fails in turn: nothing runs after it, and the report says why. */
static inline void
gp_stops(const struct box *b)
{
	box_fails_each(b, gp_run, gp_may_fail);
}

static inline void
gp_scribble(const struct box *b, const char *disk, off_t at)
{
	char path[512];
	int fd;

	box_path(b, disk, path);
	fd = open(path, O_WRONLY);
	assert_int_not_equal(fd, -1);
	assert_int_equal(pwrite(fd, "x", 1, at), 1);
	(void)close(fd);
}

static inline int
gp_byte(const struct box *b, const char *disk, off_t at)
{
	char path[512];
	unsigned char c = 'x';
	int fd;

	box_path(b, disk, path);
	fd = open(path, O_RDONLY);
	assert_int_not_equal(fd, -1);
	assert_int_equal(pread(fd, &c, 1, at), 1);
	(void)close(fd);
	return c;
}

/* Refused when it is loaded, or when it is armed, with these words. */
static inline void
gp_refuses(struct world *w, const char *yaml, const char *want)
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

#endif /* TESTS_UNIT_GPART_WORLD_H */
