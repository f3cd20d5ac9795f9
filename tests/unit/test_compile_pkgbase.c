/* test_compile_pkgbase.c - a FreeBSD whose disc has packages instead of
 * archives: what is read of it, plans and scripts, run against stand-ins. */
#include "gpart_world.h"

#define SCRIPTS	"tests/golden/scripts/"
#define PKGS	"usr/freebsd-packages/"

static const char *const disc1[] = { "FreeBSD-set-minimal", "FreeBSD-set-base", "FreeBSD-set-src",
    "FreeBSD-set-tests", "FreeBSD-set-lib32", "FreeBSD-set-optional", "FreeBSD-set-devel",
    "FreeBSD-kernel-generic", "FreeBSD-kernel-generic-dbg", "FreeBSD-runtime", "FreeBSD-ntp",
    "FreeBSD-libcompiler_rt-dev", "FreeBSD-libcompiler_rt-dev-lib32", NULL };

static void
package(struct world *w, const char *name)
{
	char path[128];

	(void)snprintf(path, sizeof(path), PKGS "offline/%s-15.1p1.pkg", name);
	tmp_file(&w->tmp, path, "a package");
}

/* As release/Makefile leaves a disc1: MANIFEST without its archives. */
static struct world *
world(void **state)
{
	struct world *w = malloc(sizeof(*w));
	char cmd[256];

	assert_non_null(w);
	gp_world(w, "15.1-RELEASE");
	(void)snprintf(cmd, sizeof(cmd), "rm %.200s/usr/freebsd-dist/*.txz", w->tmp.root);
	assert_int_equal(system(cmd), 0);
	tmp_file(&w->tmp, PKGS "repos/FreeBSD-base-offline.conf", "FreeBSD-base: {\n"
	    "  url: \"file:///usr/freebsd-packages/offline\",\n  enabled: yes\n}\n");
	for (size_t i = 0; disc1[i] != NULL; i++)
		package(w, disc1[i]);
	tmp_file(&w->tmp, PKGS "offline/pkg-2.8.4.pkg", "pkg");
	tmp_file(&w->tmp, PKGS "offline/data.pkg", "catalogue");
	tmp_file(&w->tmp, PKGS "offline/packagesite.pkg", "catalogue");
	tmp_file(&w->tmp, PKGS "offline/meta.conf", "version = 2;\n");
	*state = w;
	return w;
}

/* Everything that lies in the tree's /usr, or in this machine's, is elsewhere. */
static char *
moved(const char *script)
{
	static const struct { const char *from, *to; } all[] = {
		{ "/usr/freebsd-packages", "/dist/freebsd-packages" },
		{ "/usr/local/sbin/pkg-static", "/sbin/pkg-static" },
	};
	char *text = calloc(1, 2 * strlen(script) + 1), *out = text;
	size_t i;

	assert_non_null(text);
	for (const char *p = script; *p != '\0'; ) {
		for (i = 0; i < 2 && strncmp(p, all[i].from, strlen(all[i].from)) != 0; i++)
			;
		if (i < 2) {
			out = stpcpy(out, all[i].to);
			p += strlen(all[i].from);
		} else {
			*out++ = *p++;
		}
	}
	return text;
}

static void
ready(struct world *w, struct box *b, const char *profile)
{
	static const char *const file[] = { "etc/rc", "etc/pwd.db", "sbin/init", "bin/sh", "lib/libc.so.7" };
	struct render_out out;
	char *text, *script, path[64], cmd[512];

	world_render(w, profile, &out);
	text = world_file(&out, "install");
	script = moved(text);
	gp_machine(w, b);
	(void)snprintf(cmd, sizeof(cmd), "cp -r %.200s/usr/freebsd-packages %s/dist/", w->tmp.root, b->dir);
	assert_int_equal(system(cmd), 0);
	box_link(b, "sbin/pkg-static", "fake");
	for (size_t i = 0; i < sizeof(file) / sizeof(file[0]); i++) {
		(void)snprintf(path, sizeof(path), "unpacked/%s", file[i]);
		box_put(b, path, "x", 0755);
	}
	box_put(b, BOX_PROVD "/install", script, 0755);
	box_reports(b, script);
	free(script);
	free(text);
	render_out_done(&out);
}

static void
whole(struct world *w, const char *profile, const char *name, struct box *b)
{
	gp_written(w, profile, name);
	ready(w, b, profile);
	gp_done(b, "busybox sh", name);
	gp_done(b, "dash", name);
}

static void
test_a_system_of_packages_on_ufs(void **state)
{
	struct world *w = world(state);
	struct box b;
	char *text;

	world_var(w, (char[]){ "disk" }, (char[]){ "ada0" });
	whole(w, "profiles/freebsd-ufs.yaml", "freebsd-ufs-15-packages", &b);
	text = box_get(&b, "mnt/usr/local/etc/pkg/repos/FreeBSD.conf");
	assert_string_equal(text, "FreeBSD-base: { enabled: yes }\n");
	free(text);
	/* what is only for the installation goes again */
	assert_true(gp_has(&b, "log", "rm -rf /mnt/provd-packages\n"));
	gp_stops(&b);
	box_free(&b);
}

static void
test_a_system_of_packages_on_zfs(void **state)
{
	struct world *w = world(state);
	struct box b;

	world_var(w, (char[]){ "first" }, (char[]){ "yes" });
	whole(w, "profiles/freebsd-zfs.yaml", "freebsd-zfs-15-packages", &b);
	box_free(&b);
}

/* The copy stays until the jails have had of it. */
static void
test_jails_of_packages(void **state)
{
	struct world *w = world(state);
	struct box b;
	char *text;

	package(w, "FreeBSD-set-minimal-jail");
	package(w, "FreeBSD-set-base-jail");
	world_var(w, (char[]){ "disk" }, (char[]){ "ada0" });
	gp_written(w, "profiles/freebsd-jailhost.yaml", "freebsd-jailhost-15-packages");
	ready(w, &b, "profiles/freebsd-jailhost.yaml");
	box_link(&b, "sbin/mdconfig", "fake");
	box_link(&b, "sbin/truncate", "fake");
	gp_done(&b, "dash", "freebsd-jailhost-15-packages");
	text = box_get(&b, "log");
	assert_non_null(strstr(text, "pkg-static --rootdir /mnt/var/jails/www --repo-conf-dir /tmp/provd/pkg/repos "
	    "install -U -r FreeBSD-base FreeBSD-set-minimal-jail pkg FreeBSD-set-base-jail\n"));
	assert_true(strstr(text, "rm -rf /mnt/provd-packages\n") > strstr(text, "install -U -r FreeBSD-base FreeBSD-set-minimal-jail"));
	free(text);
	box_free(&b);
}

/* pkg says so when it copies; nothing has been installed then. */
static void
test_a_damaged_package_stops_it(void **state)
{
	struct world *w = world(state);
	struct box b;

	world_var(w, (char[]){ "disk" }, (char[]){ "ada0" });
	ready(w, &b, "profiles/freebsd-ufs.yaml");
	box_put(&b, "answer/pkg.fetch", "Fetching FreeBSD-runtime-15.1p1: .......... done\n"
	    "pkg: FreeBSD-runtime-15.1p1 failed checksum from repository\n", 0644);
	box_put(&b, "answer/pkg.damaged", "", 0644);
	if (gp_run(&b, "dash") == -1)
		skip();
	assert_true(gp_has(&b, "out", "fetch, failed: pkg fetch -d -U -r FreeBSD-base -o /mnt/provd-packages"));
	assert_true(gp_has(&b, "out", ": pkg: FreeBSD-runtime-15.1p1 failed checksum from repository\n"));
	assert_false(gp_has(&b, "log", "install -U"));
	box_free(&b);
}

/* Before anything is written. */
static void
test_a_missing_package_is_noticed_before_the_claim(void **state)
{
	struct world *w = world(state);
	struct box b;

	world_var(w, (char[]){ "disk" }, (char[]){ "ada0" });
	ready(w, &b, "profiles/freebsd-ufs.yaml");
	box_put(&b, "answer/pkg.look", "The process will require 66 MiB more space.\n1 MiB to be downloaded.\n", 0644);
	if (gp_run(&b, "dash") == -1)
		skip();
	assert_true(gp_has(&b, "out", "freebsd-packages/offline: a package is missing, or shorter than the catalogue says"));
	assert_false(gp_has(&b, "log", "claim"));
	assert_false(gp_has(&b, "log", "gpart"));
	box_free(&b);
}

static void
test_the_copy_goes_where_there_is_room(void **state)
{
	struct world *w = world(state);
	struct box b;

	world_var(w, (char[]){ "disk" }, (char[]){ "ada0" });
	ready(w, &b, "profiles/freebsd-ufs.yaml");
	box_put(&b, "answer/df.mnt", "Filesystem 1024-blocks Used Avail Capacity Mounted on\n/dev/ada0p4 9 1 900000 1% /mnt\n", 0644);
	box_put(&b, "answer/df.usr", "Filesystem 1024-blocks Used Avail Capacity Mounted on\n/dev/ada0p6 9 1 12345678901 1% /mnt/usr\n", 0644);
	box_put(&b, "answer/df.var", "Filesystem 1024-blocks Used Avail Capacity Mounted on\n/dev/ada0p5 9 1 9000000 1% /mnt/var\n", 0644);
	if (gp_run(&b, "dash") == -1)
		skip();
	assert_true(gp_has(&b, "log", "mkdir -p /mnt/usr/provd-packages\n"));
	assert_true(gp_has(&b, "log", "rm -rf /mnt/usr/provd-packages\n"));
	box_free(&b);
}

/* To pkg a script that fails is no error; a system without passwords is one. */
static void
test_a_system_that_lacks_something_is_an_error(void **state)
{
	struct world *w = world(state);
	struct box b;

	world_var(w, (char[]){ "disk" }, (char[]){ "ada0" });
	ready(w, &b, "profiles/freebsd-ufs.yaml");
	box_put(&b, "answer/pkg.install", "pkg: POST-INSTALL script failed\n", 0644);
	assert_true(gp_run(&b, "dash") <= 0);
	assert_true(gp_has(&b, "out", "provd: a script of a package failed, see above"));
	box_remove(&b, "unpacked/etc/pwd.db");
	if (gp_run(&b, "dash") == -1)
		skip();
	assert_true(gp_has(&b, "out", "the packages brought no /etc/pwd.db"));
	box_free(&b);
}

/* A disc that was made without it has pkg in its package. */
static void
test_pkg_may_come_out_of_its_package(void **state)
{
	struct world *w = world(state);
	struct box b;

	world_var(w, (char[]){ "disk" }, (char[]){ "ada0" });
	ready(w, &b, "profiles/freebsd-ufs.yaml");
	box_remove(&b, "sbin/pkg-static");
	if (gp_run(&b, "dash") == -1)
		skip();
	assert_true(gp_has(&b, "log", "tar -xOf /dist/freebsd-packages/offline/pkg-2.8.4.pkg */sbin/pkg-static\n"));
	box_remove(&b, "dist/freebsd-packages/offline/pkg-2.8.4.pkg");
	assert_int_equal(gp_run(&b, "dash"), 1);
	assert_true(gp_has(&b, "out", "neither /sbin/pkg-static nor a package of pkg itself in /dist/freebsd-packages/offline"));
	assert_false(gp_has(&b, "log", "claim"));
	box_free(&b);
}

/* A profile with these distributions: its plan must have this, or it is refused. */
#define YAML(sets)	"name: p\nos: freebsd\ndisks: [{ match: { first: yes }, scheme: gpt, partitions: [{ size: 512K, fs: freebsd-boot },\n" \
	"  { size: '*', fs: ufs, mount: / }] }]\ndistributions: { " sets " }\n"

static void
wants(struct world *w, const char *yaml, const char *want)
{
	struct profile *pr = NULL;
	struct render_out out;

	assert_int_equal(profile_load_mem("x.yaml", yaml, strlen(yaml), &pr, world_error, w), 0);
	if (profile_render(pr, &w->in, &out, world_error, w) != 0)
		fail_msg("%s", w->errors.p);
	if (strstr(out.plan_text, want) == NULL)
		fail_msg("no \"%s\" in\n%s", want, out.plan_text);
	render_out_done(&out);
	profile_unref(pr);
}

static void
test_distributions_are_sets_of_packages(void **state)
{
	struct world *w = world(state);

	wants(w, YAML(""), "FreeBSD-set-minimal (9 bytes), pkg (3 bytes), FreeBSD-kernel-generic (9 bytes), FreeBSD-set-base (9 bytes)\n");
	wants(w, YAML(""), "2 distributions, from a repository of 14 packages, 120 bytes\n");
	wants(w, YAML("sets: [kernel, kernel-dbg, base, lib32, src, tests]"), "FreeBSD-kernel-generic (9 bytes), "
	    "FreeBSD-kernel-generic-dbg (9 bytes), FreeBSD-set-base (9 bytes), FreeBSD-set-lib32 (9 bytes), FreeBSD-set-src (9 bytes), FreeBSD-set-tests (9 bytes)\n");
	/* no more than this boots, and single packages of the system */
	wants(w, YAML("sets: [kernel, minimal, FreeBSD-ntp]"), "FreeBSD-set-minimal (9 bytes), pkg (3 bytes), FreeBSD-kernel-generic (9 bytes), FreeBSD-ntp (9 bytes)\n");
	wants(w, YAML("dir: usr/freebsd-packages, sets: [base]"), "FreeBSD-set-minimal (9 bytes), pkg (3 bytes), FreeBSD-set-base (9 bytes)\n");
	package(w, "FreeBSD-set-minimal-dbg");
	package(w, "FreeBSD-set-base-dbg");
	wants(w, YAML("sets: [kernel, base, debug]"), "FreeBSD-set-base (9 bytes), FreeBSD-set-minimal-dbg (9 bytes), FreeBSD-set-base-dbg (9 bytes)\n");
}

static void
test_what_a_repository_does_not_have_is_refused(void **state)
{
	struct world *w = world(state);
	char cmd[256];

	gp_refuses(w, YAML("sets: [kernel, base, ports]"), "there is no distribution ports in usr/freebsd-packages/offline: "
	    "neither FreeBSD-set-ports nor another package of that name");
	gp_refuses(w, YAML("sets: [kernel, base, debug]"), "there is no distribution debug in");
	gp_refuses(w, YAML("sets: [kernel, base, kernel]"), "kernel is there twice");
	gp_refuses(w, YAML("canned: minimal"), "these are the sets of sysinstall(8), which a release of packages does not have");
	gp_refuses(w, YAML("dir: usr/freebsd-dist"), "there is no distribution kernel in usr/freebsd-dist/MANIFEST");
	gp_refuses(w, YAML("") "installer: bsdinstall\n", "this release is one of packages");
	(void)snprintf(cmd, sizeof(cmd), "rm %.200s/" PKGS "offline/FreeBSD-set-minimal-15*", w->tmp.root);
	assert_int_equal(system(cmd), 0);
	gp_refuses(w, YAML(""), "usr/freebsd-packages/offline has no FreeBSD-set-minimal, without which there is no system");
	(void)snprintf(cmd, sizeof(cmd), "rm %.200s/" PKGS "offline/*.pkg", w->tmp.root);
	assert_int_equal(system(cmd), 0);
	gp_refuses(w, YAML(""), "/usr/freebsd-packages/offline, as usr/freebsd-packages/repos/FreeBSD-base-offline.conf says, has no catalogue");
	tmp_file(&w->tmp, PKGS "repos/FreeBSD-base-offline.conf", "FreeBSD-base: { url: \"https://pkg.example.org\" }\n");
	gp_refuses(w, YAML(""), "has no url of a directory in the tree");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f)	cmocka_unit_test_teardown(f, world_teardown)
		T(test_a_system_of_packages_on_ufs),
		T(test_a_system_of_packages_on_zfs),
		T(test_jails_of_packages),
		T(test_a_damaged_package_stops_it),
		T(test_a_missing_package_is_noticed_before_the_claim),
		T(test_the_copy_goes_where_there_is_room),
		T(test_a_system_that_lacks_something_is_an_error),
		T(test_pkg_may_come_out_of_its_package),
		T(test_distributions_are_sets_of_packages),
		T(test_what_a_repository_does_not_have_is_refused),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
