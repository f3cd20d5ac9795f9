/* test_compile_fbsd_system.c - the settings of an installed FreeBSD, old and
 * new: written down, run against stand-ins, and refused where they are wrong. */
#include "fbsd_world.h"

static void
test_14_is_written_down(void **state)
{
	fb_written(*state, "system-freebsd-14");
}

static void
test_6_is_written_down(void **state)
{
	fb_written(*state, "system-freebsd-6");
}

static void
test_14_is_set_up(void **state)
{
	struct world *w = *state;
	struct box b;
	char *text;

	fb_ready(w, &b, "tests/golden/scripts/system-freebsd-14.yaml");
	fb_run_ok(&b, "busybox sh");
	fb_run_ok(&b, "dash");
	fb_golden_file(&b, "log", "system-freebsd-14.commands");
	fb_golden_file(&b, "mnt/etc/rc.conf", "system-freebsd-14.rc.conf");
	fb_golden_file(&b, "mnt/boot/loader.conf", "system-freebsd-14.loader.conf");
	text = box_get(&b, "mnt/etc/resolv.conf");
	assert_string_equal(text, "search example.org lab.example.org\n"
	    "nameserver 192.168.10.1\nnameserver 192.168.10.2\n");
	free(text);
	text = box_get(&b, "mnt/etc/sysctl.conf");
	assert_string_equal(text, "net.inet.tcp.blackhole=2\nhw.intr_storm_threshold=9000\n");
	free(text);
	text = box_get(&b, "mnt/etc/ssh/sshd_config");
	assert_string_equal(text, "Port 22\nPermitRootLogin prohibit-password\n"
	    "# PermitRootLogin is explained in the manual\nMatch user joe\n\tPermitRootLogin no\n");
	free(text);
	text = box_get(&b, "mnt/etc/ttys");
	assert_non_null(strstr(text, "std.115200\"\tdialup on secure\n"));
	assert_non_null(strstr(text, "3wire\"\tvt100\tonifconsole secure\n"));
	free(text);
	text = box_get(&b, "mnt/var/db/zoneinfo");
	assert_string_equal(text, "Europe/Berlin\n");
	free(text);
	text = box_get(&b, "mnt/etc/localtime");
	assert_string_equal(text, "berlin\n");
	free(text);
	box_free(&b);
}

/* A shell that reads rc.conf gets the very values back. */
static void
test_rc_conf_means_what_was_said(void **state)
{
	struct world *w = *state;
	char cmd[600], line[256] = "";
	struct box b;
	FILE *p;

	fb_ready(w, &b, "tests/golden/scripts/system-freebsd-14.yaml");
	fb_run_ok(&b, "dash");
	(void)snprintf(cmd, sizeof(cmd), ". %s/mnt/etc/rc.conf && printf '%%s|%%s|%%s|%%s' \"$motto\" \"$ifconfig_em1\" "
	    "\"$ifconfig_em2_descr\" \"$ntpdate_hosts\"", b.dir);
	assert_non_null(p = popen(cmd, "r"));
	(void)fgets(line, sizeof(line), p);
	assert_int_equal(pclose(p), 0);
	assert_string_equal(line, "it's $HOME, `id` & \"more\" \\ 100% *|DHCP -tso -lro|"
	    "to the \"world\", 100%|ntp9.example.org");
	box_free(&b);
}

static void
test_6_is_set_up(void **state)
{
	struct world *w = *state;
	struct box b;
	char *text;

	fb_ready(w, &b, "tests/golden/scripts/system-freebsd-6.yaml");
	fb_run_ok(&b, "busybox sh");
	fb_run_ok(&b, "dash");
	fb_golden_file(&b, "log", "system-freebsd-6.commands");
	fb_golden_file(&b, "mnt/etc/rc.conf", "system-freebsd-6.rc.conf");
	text = box_get(&b, "mnt/etc/ttys");
	assert_non_null(strstr(text, "ttyd0\t\"/usr/libexec/getty std.9600\"\tdialup on secure\n"));
	free(text);
	box_free(&b);
}

/* What the client gets as scripts of its own is looked at like ours. */
static void
lint_file(const struct box *b, const char *path)
{
	char *text = box_get(b, path);

	assert_true(*text != '\0');
	world_lint(text);
	free(text);
}

static void
test_the_first_start_14(void **state)
{
	struct world *w = *state;
	char *text;
	struct box b;

	fb_ready(w, &b, "tests/golden/scripts/system-freebsd-14.yaml");
	fb_run_ok(&b, "dash");
	lint_file(&b, "mnt/usr/local/etc/rc.d/provd_firstboot");
	fb_golden_file(&b, "mnt/usr/local/etc/rc.d/provd_firstboot", "system-freebsd-14.firstboot");
	/* as rc(8) would: once with the commands */
	box_put(&b, "etc/rc.subr", "load_rc_config() { :; }\nrun_rc_command() { eval \"$start_cmd\"; }\n", 0644);
	box_put(&b, "var/log/x", "", 0644);
	box_put(&b, "root/x", "", 0644);
	text = box_get(&b, "mnt/usr/local/etc/rc.d/provd_firstboot");
	box_put(&b, BOX_PROVD "/install", text, 0755);
	free(text);
	assert_int_equal(box_run(&b, "dash"), 0);
	text = box_get(&b, "root/motto");
	assert_string_equal(text, "it's $HOME, `id` & \"more\" \\ 100% *\n");
	free(text);
	/* there is no sysrc here: that is said, in the file and on the console */
	text = box_get(&b, "var/log/provd-firstboot.log");
	assert_non_null(strstr(text, "sysrc"));
	free(text);
	text = box_get(&b, "out");
	assert_non_null(strstr(text, "A command of the first start failed"));
	free(text);
	box_free(&b);
}

static void
test_the_first_start_6(void **state)
{
	struct world *w = *state;
	char cmd[800], path[512];
	struct box b;

	fb_ready(w, &b, "tests/golden/scripts/system-freebsd-6.yaml");
	fb_run_ok(&b, "dash");
	lint_file(&b, "mnt/usr/local/etc/rc.d/provd_firstboot.sh");
	fb_golden_file(&b, "mnt/usr/local/etc/rc.d/provd_firstboot.sh", "system-freebsd-6.firstboot");
	/* at "stop" it stays; at "start" it has gone before its commands run */
	box_path(&b, "mnt/usr/local/etc/rc.d/provd_firstboot.sh", path);
	(void)snprintf(cmd, sizeof(cmd), "dash %s stop", path);
	assert_int_equal(system(cmd), 0);
	assert_int_equal(access(path, F_OK), 0);
	(void)snprintf(cmd, sizeof(cmd), "unshare --user --map-root-user --mount dash -c '"
	    "mount -t tmpfs tmpfs /var/log && dash %s start && grep -q ^first /var/log/provd-firstboot.log' > /dev/null", path);
	assert_int_equal(system(cmd), 0);
	assert_int_equal(access(path, F_OK), -1);
	box_free(&b);
}

static void
test_14_stops_at_each_failure(void **state)
{
	struct world *w = *state;
	struct box b;

	fb_ready(w, &b, "tests/golden/scripts/system-freebsd-14.yaml");
	fb_run_ok(&b, "dash");
	fb_each_failure(&b, "chmod 1777 /mnt/tmp");
	box_free(&b);
}

static void
test_6_stops_at_each_failure(void **state)
{
	struct world *w = *state;
	struct box b;

	fb_ready(w, &b, "tests/golden/scripts/system-freebsd-6.yaml");
	fb_run_ok(&b, "dash");
	fb_each_failure(&b, "chmod 1777 /mnt/tmp");
	box_free(&b);
}

static bool
said(const struct box *b, const char *what)
{
	char *out = box_get(b, "out"), *log = box_get(b, "log");
	bool there = strstr(out, what) != NULL && strstr(log, "claim") == NULL;

	free(out);
	free(log);
	return there;
}

/* Before the claim, so before anything is written. */
static void
test_missing_packages_are_noticed_early_14(void **state)
{
	struct world *w = *state;
	struct box b;

	fb_ready(w, &b, "tests/golden/scripts/system-freebsd-14.yaml");
	box_remove(&b, "packages/FreeBSD-14-amd64/All/pkg-1.21.3.pkg");
	if (fb_run(&b, "dash") == -1) {
		box_free(&b);
		skip();
	}
	assert_true(said(&b, "has no package of pkg itself"));
	box_free(&b);
}

static void
test_missing_interfaces_are_noticed_early(void **state)
{
	struct world *w = *state;
	struct box b;

	fb_ready(w, &b, "tests/golden/scripts/system-freebsd-14.yaml");
	box_remove(&b, "answer/ifconfig.em3");
	if (fb_run(&b, "dash") == -1) {
		box_free(&b);
		skip();
	}
	assert_true(said(&b, "no interface has the address 00:1b:21:aa:bb:cc"));
	box_free(&b);
}

static void
test_missing_packages_are_noticed_early_6(void **state)
{
	struct world *w = *state;
	struct box b;

	fb_ready(w, &b, "tests/golden/scripts/system-freebsd-6.yaml");
	box_put(&b, "6.2-RELEASE/packages/All/bash-2.05.tbz", "", 0644);
	if (fb_run(&b, "dash") == -1) {
		box_free(&b);
		skip();
	}
	assert_true(said(&b, "say which version"));
	box_remove(&b, "6.2-RELEASE/packages/All/bash-2.05.tbz");
	box_remove(&b, "6.2-RELEASE/packages/All/screen-4.0.3.tbz");
	assert_int_equal(fb_run(&b, "dash"), 1);
	assert_true(said(&b, "there is no package screen-4.0.3 in /6.2-RELEASE/packages"));
	box_free(&b);
}

/* Refused ------------------------------------------------------------------------ */

#define SYS(s)	FB_14 "system: { " s " }\n"
#define SYS6(s)	FB_6 "system: { " s " }\n"
#define SHA	"$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/"
#define YES	"$y$j9T$abcdefghijklmnopqrstuv$abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"

static void
test_hashes_by_version(void **state)
{
	struct world *w = *state;

	fb_plans(w, SYS("root-password: '" SHA "'"), "the hash given becomes root's password");
	fb_plans(w, SYS("timezone: UTC"), "root gets no password that works");
	fb_refuses(w, SYS("root-password: '" YES "'"), "x.yaml:6:1: system.root-password: FreeBSD knows hashes that begin with");
	fb_refuses(w, SYS("users: [ { name: joe, password: '" YES "' } ]"), "system.users[0]: FreeBSD knows hashes");
}

static void
test_hashes_of_a_classic_one(void **state)
{
	struct world *w = *state;

	fb_refuses(w, SYS6("root-password: '" SHA "'"), "system.root-password: this FreeBSD knows hashes that begin with $1$ or $2a$ only");
	fb_refuses(w, SYS6("users: [ { name: joe, password: '" SHA "' } ]"), "system.users[0]: this FreeBSD knows");
}

static void
test_wrong_networks(void **state)
{
	static const struct { const char *yaml, *want; } bad[] = {
#define IF(s)	SYS("network: { interfaces: [ " s " ] }")
		{ IF("{ name: 'em 0' }"), "interfaces[0]: \"em 0\" is not an interface's name" },
		{ IF("{ mac: 00:11 }"), "interfaces[0]: \"00:11\" is not a MAC address" },
		{ IF("{ name: em0, mac: 00:11:22:33:44:55 }"), "by its name or by its MAC address, not by both" },
		{ IF("{ name: em0 }, { method: none }"), "interfaces[1]: which interface?" },
		{ IF("{ name: em0, method: static, netmask: 255.0.0.0 }"), "interfaces[0]: a static interface needs an address" },
		{ IF("{ name: em0, method: static, address: 10.0.0.1 }"), "interfaces[0]: a static interface needs a network mask" },
		{ IF("{ name: em0, method: static, address: 10.0.0.256, netmask: 255.0.0.0 }"), "\"10.0.0.256\" is not an IPv4 address" },
		{ IF("{ name: em0, method: static, address: 10.0.0.1, netmask: 255.0.255.0 }"), "255.0.255.0 is not a network mask" },
		{ IF("{ name: em0, aliases: [10.0.0.1/33] }"), "\"10.0.0.1/33\" is not an address like" },
		{ IF("{ name: em0, aliases: [10.0.0.1/8x] }"), "\"10.0.0.1/8x\" is not an address like" },
		{ IF("{ name: em0, mtu: 71 }"), "interfaces[0].mtu: \"71\" must be from 72 to 65535" },
		{ IF("{ name: em0, options: '$(reboot)' }"), "is not words for ifconfig(8)" },
		{ IF("{ name: em0, description: \"a\\nb\" }"), "is not one line" },
		{ SYS("network: { interface: em0, interfaces: [ { name: em1 } ] }"), "say interface, method and address there" },
		{ SYS("network: { gateway: 10.9.0.1, interfaces: [ { name: em1, method: static, address: 10.0.0.1, netmask: 255.255.0.0 } ] }"),
		    "system.network.gateway: 10.9.0.1 is in the network of no interface" },
		{ SYS("network: { search: ['a b'] }"), "system.network.search: \"a b\" is not a domain" },
		{ SYS("network: { manager: ifupdown }"), "ifupdown is for os: linux" },
		{ SYS("ntp: { servers: ['a;b'] }"), "system.ntp.servers: \"a;b\" is not a host's name or address" },
#undef IF
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		fb_refuses(*state, bad[i].yaml, bad[i].want);
}

static void
test_wrong_settings(void **state)
{
	static const struct { const char *yaml, *want; } bad[] = {
		{ SYS("rc-conf: { a-b: x }"), "system.rc-conf: \"a-b\" is not a variable of rc.conf" },
		{ SYS("rc-conf: { a: \"x\\ny\" }"), "is not one line" },
		{ SYS("loader-conf: { 'a=b': x }"), "system.loader-conf: \"a=b\" is not a variable of the loader" },
		{ SYS("loader-conf: { a: 'x\"y' }"), "is not a line without" },
		{ SYS("sysctl-conf: { 'a b': x }"), "system.sysctl-conf: \"a b\" is not a name of sysctl(8)" },
		{ SYS("sysctl-conf: { kern.x: 'a b' }"), "\"a b\" is not a value without blanks and #" },
		{ SYS("packages: ['--all']"), "system.packages: \"--all\" is not a package's name" },
		{ SYS("packages: ['a;b']"), "is not a package's name" },
		{ SYS("packages: [a], package-dir: ../x"), "system.package-dir: \"../x\" is not a path in the tree" },
		{ FB_14 "console: [ttyS0]\n", "console: \"ttyS0\" is not vidconsole, comconsole, or comconsole,SPEED" },
		{ FB_14 "console: ['comconsole,']\n", "is not vidconsole" },
		{ SYS("ntp: { servers: [a] }"), "system.ntp: servers for nobody" },
		{ SYS("clock: moon"), "clock" },
		{ SYS("sshd: { permit-root-login: maybe }"), "permit-root-login" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		fb_refuses(*state, bad[i].yaml, bad[i].want);
}

static void
test_linux_has_none_of_it(void **state)
{
#define LX(s)	"name: x\nos: linux\ntree: tree\ndistributions: { sets: [base] }\n" \
		"disks: [ { partitions: [ { size: '*', fs: ext4, mount: / } ] } ]\n" s
	static const struct { const char *yaml, *want; } bad[] = {
		{ LX("system: { sshd: { enable: yes } }\n"), "system.sshd: this is for os: freebsd" },
		{ LX("system: { ntp: { ntpdate: yes } }\n"), "system.ntp: this is for os: freebsd" },
		{ LX("system: { mouse: yes }\n"), "system.mouse: this is for os: freebsd" },
		{ LX("system: { packages: [a] }\n"), "system.packages: this is for os: freebsd" },
		{ LX("system: { network: { interfaces: [ { name: eth0 } ] } }\n"), "system.network.interfaces: this is for" },
		{ LX("first-boot: [ls]\n"), "first-boot: this is for os: freebsd" },
		{ LX("jails: [ { name: a } ]\n"), "jails: this is for os: freebsd" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		fb_refuses(*state, bad[i].yaml, bad[i].want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T14(f)	cmocka_unit_test_setup_teardown(f, fb_setup14, world_teardown)
#define T6(f)	cmocka_unit_test_setup_teardown(f, fb_setup6, world_teardown)
		T14(test_14_is_written_down),
		T6(test_6_is_written_down),
		T14(test_14_is_set_up),
		T14(test_rc_conf_means_what_was_said),
		T6(test_6_is_set_up),
		T14(test_the_first_start_14),
		T6(test_the_first_start_6),
		T14(test_14_stops_at_each_failure),
		T6(test_6_stops_at_each_failure),
		T14(test_missing_packages_are_noticed_early_14),
		T6(test_missing_packages_are_noticed_early_6),
		T14(test_missing_interfaces_are_noticed_early),
		T14(test_hashes_by_version),
		T6(test_hashes_of_a_classic_one),
		T14(test_wrong_networks),
		T14(test_wrong_settings),
		T14(test_linux_has_none_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
