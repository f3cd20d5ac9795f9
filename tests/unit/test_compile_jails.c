/* test_compile_jails.c - jails of an installed FreeBSD, old and new: written
 * down, run against stand-ins, and refused where they are wrong. */
#include "fbsd_world.h"

static void
test_14_is_written_down(void **state)
{
	fb_written(*state, "jails-freebsd-14");
}

static void
test_6_is_written_down(void **state)
{
	fb_written(*state, "jails-freebsd-6");
}

/* In the order of the page: the file, the device, the filesystem, the mount,
 * the userland, and away with mount and device. */
static void
assert_order(const struct box *b, const char *const *line, size_t n)
{
	char *log = box_get(b, "log");
	const char *at = log;

	for (size_t i = 0; i < n; i++) {
		if ((at = strstr(at, line[i])) == NULL)
			fail_msg("not there, or not in order: %s\n%s", line[i], log);
		at++;
	}
	free(log);
}

static void
assert_file(const struct box *b, const char *path, const char *want)
{
	char *text = box_get(b, path);

	assert_string_equal(text, want);
	free(text);
}

static void
test_14_has_its_jails(void **state)
{
	static const char *const page[] = {
		"\ndd if=/dev/zero of=/mnt/usr/jails/web-1.example/rootfs.volume bs=1m count=2048\n",
		"\nmdconfig -a -t vnode -f /mnt/usr/jails/web-1.example/rootfs.volume -u 10\n",
		"\nnewfs -o space -U /dev/md10\n",
		"\nmount -o async /dev/md10 /mnt/var/jails/web-1.example\n",
		"\ntar --unlink -xpf /freebsd-dist/base.txz -C /mnt/var/jails/web-1.example\n",
		"\nchroot /mnt/var/jails/web-1.example /bin/sh -c for p; do",
		"\nchroot /mnt/var/jails/web-1.example chown root /etc/motd\n",
		"\nmount -t nullfs -o ro /packages/FreeBSD-14-amd64 /mnt/var/jails/web-1.example/mnt\n",
		"\numount /mnt/var/jails/web-1.example\n",
		"\nmdconfig -d -u 10\n",
		"\ntruncate -s 512M /mnt/usr/jails/db.img\n",
		"\nmdconfig -a -t vnode -f /mnt/usr/jails/db.img -u 11\n",
		"\nnewfs /dev/md11\n",
		"\nmdconfig -d -u 11\n",
		"\nmkdir -p /mnt/var/jails/build\n",
		"\nzfs create -p -o mountpoint=/var/jails/zfs1 -o quota=5G tank/jails/zfs1\n",
		"\numount /mnt\n",
	};
	struct world *w = *state;
	struct box b;

	fb_ready(w, &b, "tests/golden/scripts/jails-freebsd-14.yaml");
	fb_run_ok(&b, "busybox sh");
	fb_run_ok(&b, "dash");
	assert_order(&b, page, sizeof(page) / sizeof(page[0]));
	fb_golden_file(&b, "log", "jails-freebsd-14.commands");
	fb_golden_file(&b, "mnt/etc/jail.conf", "jails-freebsd-14.jail.conf");
	fb_golden_file(&b, "mnt/etc/rc.conf", "jails-freebsd-14.rc.conf");
	assert_file(&b, "mnt/etc/mdvolumes", "10 /usr/jails/web-1.example/rootfs.volume\n11 /usr/jails/db.img\n");
	assert_file(&b, "mnt/usr/jails/web-1.example/fstab", "/dev/md10 /var/jails/web-1.example ufs rw 0 0\n");
	assert_file(&b, "mnt/usr/jails/db.img.fstab", "/dev/md11 /srv/db ufs rw 0 0\n");
	assert_file(&b, "mnt/var/jails/web-1.example/etc/resolv.conf", "nameserver 192.168.10.1\n");
	assert_file(&b, "mnt/var/jails/web-1.example/etc/fstab", "");
	assert_file(&b, "mnt/var/jails/web-1.example/etc/motd", "it's web1\n");
	assert_file(&b, "mnt/var/jails/web-1.example/etc/rc.conf", "sendmail_enable=\"NONE\"\nsshd_enable=\"YES\"\n");
	box_free(&b);
}

/* rc.conf says what the page says. */
static void
test_6_is_the_page(void **state)
{
	static const char *const rc[] = {
		"jail_enable=\"YES\"\n", "jail_list=\"192_168_0_1 second\"\n",
		"jail_192_168_0_1_rootdir=\"/var/jails/192.168.0.1\"\n",
		"jail_192_168_0_1_hostname=\"www.example.org\"\n",
		"jail_192_168_0_1_ip=\"192.168.0.1\"\n",
		"jail_192_168_0_1_interface=\"hme0\"\n",
		"jail_192_168_0_1_devfs_enable=\"YES\"\n",
		"jail_192_168_0_1_mount_enable=\"YES\"\n",
		"jail_192_168_0_1_fstab=\"/mnt/r5_vol1/jails/192.168.0.1/fstab\"\n",
		/* known by its address when it is installed */
		"jail_second_interface=\"em2\"\n",
	};
	static const char *const page[] = {
		"\ndd if=/dev/zero of=/mnt/mnt/r5_vol1/jails/192.168.0.1/rootfs.volume bs=1m count=1024\n",
		"\nmdconfig -a -t vnode -f /mnt/mnt/r5_vol1/jails/192.168.0.1/rootfs.volume -u 10\n",
		"\nnewfs /dev/md10\n",
		"\nmount -o async /dev/md10 /mnt/var/jails/192.168.0.1\n",
		" -C /mnt/var/jails/192.168.0.1\n",
		"\numount /mnt/var/jails/192.168.0.1\n",
		"\nmdconfig -d -u 10\n",
	};
	struct world *w = *state;
	struct box b;
	char *text;

	fb_ready(w, &b, "tests/golden/scripts/jails-freebsd-6.yaml");
	fb_run_ok(&b, "busybox sh");
	fb_run_ok(&b, "dash");
	assert_order(&b, page, sizeof(page) / sizeof(page[0]));
	fb_golden_file(&b, "log", "jails-freebsd-6.commands");
	text = box_get(&b, "mnt/etc/rc.conf");
	for (size_t i = 0; i < sizeof(rc) / sizeof(rc[0]); i++)
		if (strstr(text, rc[i]) == NULL)
			fail_msg("no %s in\n%s", rc[i], text);
	free(text);
	assert_file(&b, "mnt/mnt/r5_vol1/jails/192.168.0.1/fstab", "/dev/md10 /var/jails/192.168.0.1 ufs rw 0 0\n");
	assert_file(&b, "mnt/var/jails/192.168.0.1/etc/rc.conf", "network_interfaces=\"\"\nsendmail_enable=\"NONE\"\n");
	text = box_get(&b, "mnt/etc/rc.d/mdvolumes");
	assert_non_null(strstr(text, "\n# REQUIRE: mountcritremote\n"));
	world_lint(text);
	free(text);
	text = box_get(&b, "mnt/etc/jail.conf");
	assert_string_equal(text, "");
	free(text);
	box_free(&b);
}

static void
test_14_stops_at_each_failure(void **state)
{
	struct world *w = *state;
	struct box b;

	fb_ready(w, &b, "tests/golden/scripts/jails-freebsd-14.yaml");
	fb_run_ok(&b, "dash");
	fb_each_failure(&b, "chmod 644 /mnt/etc/jail.conf");
	box_free(&b);
}

static void
test_6_stops_at_each_failure(void **state)
{
	struct world *w = *state;
	struct box b;

	fb_ready(w, &b, "tests/golden/scripts/jails-freebsd-6.yaml");
	fb_run_ok(&b, "dash");
	fb_each_failure(&b, "chmod 644 /mnt/etc/mdvolumes");
	box_free(&b);
}

/* rc.d ------------------------------------------------------------------------------ */

/* The script that the client gets, as rc(8) runs it. */
static void
volumes(const struct box *b, const char *arg)
{
	char *text = box_get(b, "mnt/usr/local/etc/rc.d/mdvolumes"), all[8192];

	(void)snprintf(all, sizeof(all), "PATH=/sbin:/usr/bin\nset -- %s\n%s", arg, text);
	free(text);
	box_put(b, BOX_PROVD "/install", all, 0755);
	assert_int_equal(box_run(b, "dash"), 0);
}

static void
test_volumes_are_checked_before_the_jails_start(void **state)
{
	struct world *w = *state;
	struct box b;
	char *text;

	fb_ready(w, &b, "tests/golden/scripts/jails-freebsd-14.yaml");
	fb_run_ok(&b, "dash");
	text = box_get(&b, "mnt/usr/local/etc/rc.d/mdvolumes");
	assert_non_null(strstr(text, "#!/bin/sh\n#\n# PROVIDE: mdvolumes\n# REQUIRE: FILESYSTEMS\n# BEFORE: jail\n"));
	world_lint(text);
	free(text);
	box_link(&b, "sbin/fsck", "fake");
	box_put(&b, "etc/rc.subr", "load_rc_config() { :; }\nwarn() { echo \"WARNING: $*\"; }\n"
	    "run_rc_command() { \"$(eval echo \"\\$${1}_cmd\")\"; }\n", 0644);
	box_put(&b, "etc/mdvolumes", "# unit file\n10 /usr/jails/a b/rootfs.volume\n\n11 /usr/jails/db.img\n", 0644);
	volumes(&b, "start");
	assert_file(&b, "log", "mdconfig -a -t vnode -f /usr/jails/a b/rootfs.volume -u 10\n"
	    "fsck -t ufs -p /dev/md10\n"
	    "mdconfig -a -t vnode -f /usr/jails/db.img -u 11\n"
	    "fsck -t ufs -p /dev/md11\n");
	/* one that is missing keeps nobody else back */
	box_put(&b, "fail_at", "1", 0644);
	volumes(&b, "start");
	assert_file(&b, "log", "mdconfig -a -t vnode -f /usr/jails/a b/rootfs.volume -u 10\n"
	    "mdconfig -a -t vnode -f /usr/jails/db.img -u 11\n"
	    "fsck -t ufs -p /dev/md11\n");
	/* what needs more than -p gets it */
	box_put(&b, "fail_at", "2", 0644);
	volumes(&b, "start");
	assert_file(&b, "log", "mdconfig -a -t vnode -f /usr/jails/a b/rootfs.volume -u 10\n"
	    "fsck -t ufs -p /dev/md10\nfsck -t ufs -y /dev/md10\n"
	    "mdconfig -a -t vnode -f /usr/jails/db.img -u 11\n"
	    "fsck -t ufs -p /dev/md11\n");
	box_remove(&b, "fail_at");
	/* and at the end only what is attached is let go */
	box_put(&b, "dev/md11", "", 0644);
	volumes(&b, "stop");
	assert_file(&b, "log", "umount /dev/md11\nmdconfig -d -u 11\n");
	box_free(&b);
}

/* Refused ----------------------------------------------------------------------------- */

#define J(s)	FB_14 "jails: [ " s " ]\n"

static void
test_wrong_jails(void **state)
{
	static const struct { const char *yaml, *want; } bad[] = {
		{ J("{ name: 'a b' }"), "jails[0].name" },
		{ J("{ name: '12' }"), "x.yaml:6:10: jails[0]: a jail's name is not a number" },
		{ J("{ name: a, hostname: 'x y' }"), "jails[0]: \"x y\" is not a host name" },
		{ J("{ name: a, addresses: [1.2.3] }"), "jails[0]: \"1.2.3\" is not an IPv4 address" },
		{ J("{ name: a, interface: 'e m', addresses: [1.2.3.4] }"), "\"e m\" is not an interface's name" },
		{ J("{ name: a, path: jails/a }"), "\"jails/a\" is not an absolute path" },
		{ J("{ name: a, path: /x/../y }"), "is not an absolute path" },
		{ J("{ name: a, volume: { size: 10 } }"), "jails[0].volume: \"10\" is not a size of whole MiB, 16M at least" },
		{ J("{ name: a, volume: { size: 8M } }"), "\"8M\" is not a size" },
		{ J("{ name: a, volume: { size: 20000K } }"), "\"20000K\" is not a size of whole MiB" },
		{ J("{ name: a, volume: { file: /x } }"), "a file needs a size" },
		{ J("{ name: a, volume: { file: x, size: 1G } }"), "\"x\" is not an absolute path" },
		{ J("{ name: a, volume: { file: /x, size: 1G, dataset: z/a } }"), "a volume is a file or a dataset, not both" },
		{ J("{ name: a, volume: { dataset: zroot } }"), "\"zroot\" is not a dataset below a pool" },
		{ J("{ name: a, trim: [everything] }"), "jails[0]: \"everything\" is not a path below the jail's root, nor one of" },
		{ J("{ name: a, trim: [/] }"), "\"/\" is not a path" },
		{ J("{ name: a, trim: ['/*'] }"), "\"/*\" is not a path" },
		{ J("{ name: a, trim: [/usr/../etc] }"), "is not a path below" },
		{ J("{ name: a, trim: ['/usr/$(x)'] }"), "is not a path below" },
		{ J("{ name: a, sets: [games] }"), "jails[0]: the distribution games is not among those of the host" },
		{ J("{ name: a, root-password: secret }"), "jails[0]: this is not a hash" },
		{ J("{ name: a, rc-conf: { a-b: x } }"), "jails[0].rc-conf: \"a-b\" is not a variable of rc.conf" },
		{ J("{ name: a, files: [ { path: xy, content: '' } ] }"), "jails[0].files[0]: \"xy\" is not an absolute path" },
		{ J("{ name: a, packages: [-f] }"), "\"-f\" is not a package's name" },
		{ J("{ name: a.b }, { name: a-b }"), "jails[1]: its name is that of jails[0] already" },
		{ J("{ name: a, path: /j }, { name: b, path: /j }"), "jails[1]: its path is that of jails[0] already" },
		{ J("{ name: a, path: /j }, { name: b, path: /j/b }"), "jails[1]: its path is inside that of jails[0]" },
		{ J("{ name: a, addresses: [1.2.3.4, 1.2.3.5] }, { name: b, addresses: [1.2.3.5] }"),
		    "jails[1]: 1.2.3.5 is an address of jails[0] already" },
		{ J("{ name: a, volume: { size: 1G, file: /v } }, { name: b, volume: { size: 1G, file: /v } }"),
		    "jails[1]: its volume is that of jails[0] already" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		fb_refuses(*state, bad[i].yaml, bad[i].want);
}

#define DISK(facts)	"name: x\nos: freebsd\ntree: tree\ndistributions: { dir: freebsd-dist, sets: [base, kernel] }\n" \
	"disks: [ { match: { name: vtbd0 }, scheme: gpt, partitions: [ { size: 512K, fs: freebsd-boot }, " \
	"{ size: 4G, fs: ufs, mount: / }, { size: 3G, fs: ufs, mount: /usr/jails }, { size: '*', fs: ufs, mount: /srv } ] } ]\n" \
	"jails: [ " facts " ]\n"

static void
test_volumes_must_fit(void **state)
{
	struct world *w = *state;

	fb_refuses(w, DISK("{ name: a, volume: { size: 2G } }, { name: b, volume: { size: 1G } }"),
	    "jails[0].volume: the volumes on /usr/jails need 3 GiB, but it has 3 GiB");
	fb_plans(w, DISK("{ name: a, volume: { size: 2G } }, { name: b, volume: { size: 1000M } }"), "Jail b: a volume of 1000 MiB");
	/* a promise is not kept in advance */
	fb_plans(w, DISK("{ name: a, volume: { size: 2G } }, { name: b, volume: { size: 9G, sparse: yes } }"), "truncate -s 9216M");
	/* /usr/jails2 is not in /usr/jails */
	fb_plans(w, DISK("{ name: a, volume: { size: 3500M, file: /usr/jails2/a } }"), "of=/mnt/usr/jails2/a");
	fb_refuses(w, DISK("{ name: a, volume: { size: 5G, file: /usr/jails2/a } }"), "the volumes on / need 5 GiB, but it has 4 GiB");
	/* the rest of a disk is known by an inspection only */
	fb_plans(w, DISK("{ name: a, volume: { size: 9G, file: /srv/a } }"), "of=/mnt/srv/a");
	w->in.facts = "disk=vtbd0;size=17179869184\n";
	fb_plans(w, DISK("{ name: a, volume: { size: 8G, file: /srv/a } }"), "of=/mnt/srv/a");
	fb_refuses(w, DISK("{ name: a, volume: { size: 9G, file: /srv/a } }"), "the volumes on /srv need 9 GiB");
}

static void
test_old_jails_have_limits(void **state)
{
	struct world *w = *state;

	fb_refuses(w, FB_6 "jails: [ { name: a, addresses: [1.2.3.4, 1.2.3.5] } ]\n", "a jail of this FreeBSD has one address");
	fb_refuses(w, FB_6 "jails: [ { name: a } ]\n", "a jail of this FreeBSD needs an address");
	fb_refuses(w, FB_6 "jails: [ { name: a, addresses: [1.2.3.4], root-password: '$6$saltsalt$0123456789012345678901234' } ]\n",
	    "this FreeBSD knows hashes that begin with $1$");
	fb_refuses(w, "name: x\nos: freebsd\ntree: tree\ndistributions: { dir: 4.11-RELEASE, sets: [bin] }\n"
	    "disks: [ { slices: [ { labels: [ { letter: a, size: '*', mount: / } ] } ] } ]\n"
	    "jails: [ { name: a, addresses: [1.2.3.4], sets: [bin] } ]\n", "that came with 5.1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T14(f)	cmocka_unit_test_setup_teardown(f, fb_setup14, world_teardown)
#define T6(f)	cmocka_unit_test_setup_teardown(f, fb_setup6, world_teardown)
		T14(test_14_is_written_down),
		T6(test_6_is_written_down),
		T14(test_14_has_its_jails),
		T6(test_6_is_the_page),
		T14(test_14_stops_at_each_failure),
		T6(test_6_stops_at_each_failure),
		T14(test_volumes_are_checked_before_the_jails_start),
		T14(test_wrong_jails),
		T14(test_volumes_must_fit),
		T6(test_old_jails_have_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
