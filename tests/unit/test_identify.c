/* test_identify.c - every kind of tree that is put before provd, told apart. */
#include "tree_tmp.h"

#include "../../profiles/identify.h"
#include "elf_make.h"

#define SUM	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static int
setup(void **state)
{
	struct tmp *t = malloc(sizeof(*t));

	assert_non_null(t);
	tmp_new(t);
	*state = t;
	return 0;
}

static void
program(const struct tmp *t, const char *path, unsigned machine, bool wide, bool big, unsigned osrel)
{
	uint8_t buf[ELF_MAKE_MAX];
	size_t n = elf_make(buf, machine, wide, big, osrel);
	int fd;

	tmp_parents(t, path);
	fd = open(tmp_path(t, path), O_WRONLY | O_CREAT | O_TRUNC, 0755);
	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, buf, n), (int)n);
	assert_int_equal(close(fd), 0);
}

static struct release_id
identify(struct tmp *t, char why[200])
{
	struct release_id id;

	tmp_open(t);
	assert_int_equal(release_identify(&t->plain, &id, why), 0);
	return id;
}

static void
expect_text(const struct release_id *id, const char *want)
{
	char text[160];

	release_id_text(id, text);
	assert_string_equal(text, want);
}

static void
modern(struct tmp *t)
{
	tmp_file(t, "usr/freebsd-dist/MANIFEST", "base.txz\t" SUM "\t3\tbase\t\"x\"\ton\n"
	    "src.txz\t" SUM "\t3\tsrc\t\"x\"\toff\n");
	tmp_file(t, "usr/freebsd-dist/base.txz", "base");
	tmp_file(t, "bin/freebsd-version", "#!/bin/sh\nset -e\nUSERLAND_VERSION=\"14.3-RELEASE\"\n");
	program(t, "bin/sh", 62, true, false, 1403000);
	tmp_file(t, "sbin/mount", "");
	tmp_file(t, "sbin/init", "");
	tmp_file(t, "boot/pxeboot", "x");
	tmp_file(t, "boot/loader.efi", "x");
	tmp_file(t, "boot/lua/loader.lua", "x");
	tmp_file(t, "boot/kernel/kernel", "x");
	tmp_file(t, "boot/loader.conf", "vfs.mountroot.timeout=\"10\"\nkernels_autodetect=\"NO\"\n");
}

static void
test_a_modern_disc_has_a_manifest(void **state)
{
	struct tmp *t = *state;
	struct release_id id;
	char why[200];

	modern(t);
	id = identify(t, why);
	assert_int_equal(id.os, RELEASE_FREEBSD);
	assert_int_equal(id.sets, SETS_MANIFEST);
	assert_string_equal(id.version, "14.3-RELEASE");
	assert_int_equal(id.major, 14);
	assert_int_equal(id.minor, 3);
	assert_string_equal(id.arch, "amd64");
	assert_string_equal(id.dir, "usr/freebsd-dist");
	assert_string_equal(id.bios_loader, "boot/pxeboot");
	assert_string_equal(id.uefi_loader, "boot/loader.efi");
	assert_string_equal(id.kernel, "boot/kernel/kernel");
	assert_true(id.userland && id.lua && !id.mfsroot && !id.no_files);
	expect_text(&id, "FreeBSD 14.3-RELEASE amd64, sets by MANIFEST, loaders for BIOS and UEFI");
}

/* bootonly.iso is the same disc without its archives. */
static void
test_a_bootonly_disc_has_a_manifest_without_sets(void **state)
{
	struct tmp *t = *state;
	struct release_id id;
	char why[200];

	modern(t);
	assert_int_equal(unlink(tmp_path(t, "usr/freebsd-dist/base.txz")), 0);
	id = identify(t, why);
	assert_int_equal(id.os, RELEASE_FREEBSD);
	assert_int_equal(id.sets, SETS_NONE);
	assert_true(id.no_files);
	expect_text(&id, "FreeBSD 14.3-RELEASE amd64, a MANIFEST without its sets, loaders for BIOS and UEFI");
}

static void
test_a_manifest_that_cannot_be_read_is_named(void **state)
{
	struct tmp *t = *state;
	struct release_id id;
	char why[200];

	modern(t);
	tmp_file(t, "usr/freebsd-dist/MANIFEST", "base.txz\n");
	id = identify(t, why);
	assert_int_equal(id.os, RELEASE_FREEBSD);
	assert_int_equal(id.sets, SETS_NONE);
	assert_string_equal(why, "usr/freebsd-dist/MANIFEST: line 1 is not \"file sha256 count name ...\"");
}

static void
test_freebsd_15_may_have_packages_only(void **state)
{
	struct tmp *t = *state;
	struct release_id id;
	char why[200];

	tmp_file(t, "usr/freebsd-packages/repos/base.conf", "x");
	tmp_file(t, "bin/freebsd-version", "USERLAND_VERSION=\"15.0-RELEASE\"\n");
	program(t, "bin/sh", 183, true, false, 1500068);
	tmp_file(t, "boot/loader.efi", "x");
	id = identify(t, why);
	assert_int_equal(id.os, RELEASE_FREEBSD);
	assert_int_equal(id.sets, SETS_PACKAGES);
	assert_string_equal(id.dir, "usr/freebsd-packages");
	assert_string_equal(id.arch, "arm64");
	assert_int_equal(id.major, 15);
	expect_text(&id, "FreeBSD 15.0-RELEASE arm64, packages, loader for UEFI");
}

/* 9.x discs had no freebsd-version yet: the note of a program tells. */
static void
test_a_program_tells_the_version_of_a_disc_that_does_not(void **state)
{
	struct tmp *t = *state;
	struct release_id id;
	char why[200];

	modern(t);
	assert_int_equal(unlink(tmp_path(t, "bin/freebsd-version")), 0);
	program(t, "bin/sh", 3, false, false, 902001);
	id = identify(t, why);
	assert_string_equal(id.version, "9.2");
	assert_int_equal(id.major, 9);
	assert_int_equal(id.minor, 2);
	assert_string_equal(id.arch, "i386");
}

static void
test_the_disc_of_6_2_has_pieces(void **state)
{
	struct tmp *t = *state;
	struct release_id id;
	char why[200];

	tmp_file(t, "cdrom.inf", "CD_VERSION = 6.2-RELEASE\nCD_VOLUME = 1\n");
	tmp_file(t, "6.2-RELEASE/base/base.inf", "Pieces = 1\ncksum.aa = 1 1\n");
	tmp_file(t, "6.2-RELEASE/base/base.aa", "x");
	tmp_file(t, "README.TXT", "  FreeBSD/i386 6.2-RELEASE README\n");
	tmp_file(t, "boot/pxeboot", "x");
	tmp_file(t, "boot/loader", "x");
	tmp_file(t, "boot/kernel/kernel.gz", "x");
	tmp_file(t, "boot/loader.conf", "mfsroot_load=\"YES\"\nmfsroot_type=\"mfs_root\"\n");
	id = identify(t, why);
	assert_int_equal(id.os, RELEASE_FREEBSD);
	assert_int_equal(id.sets, SETS_PIECES);
	assert_string_equal(id.version, "6.2-RELEASE");
	assert_string_equal(id.dir, "6.2-RELEASE");
	assert_string_equal(id.arch, "i386");
	assert_string_equal(id.kernel, "boot/kernel/kernel.gz");
	assert_true(id.mfsroot && !id.userland && !id.lua);
	expect_text(&id, "FreeBSD 6.2-RELEASE i386, sets in pieces, loader for BIOS");
}

static void
test_a_disc_of_8_x_is_known_by_the_directory_of_its_release(void **state)
{
	struct tmp *t = *state;
	struct release_id id;
	char why[200];

	tmp_file(t, "8.4-RELEASE/base/base.inf", "Pieces = 1\ncksum.aa = 1 1\n");
	tmp_dir(t, "9.0-RELEASE");		/* somebody else's, empty */
	program(t, "rescue/sh", 62, true, false, 804000);
	id = identify(t, why);
	assert_int_equal(id.sets, SETS_PIECES);
	assert_string_equal(id.version, "8.4-RELEASE");
	assert_string_equal(id.dir, "8.4-RELEASE");
	assert_string_equal(id.arch, "amd64");
}

/* 4.x: the sets lie in the root, and the base system is called bin. */
static void
test_a_disc_of_4_x_has_its_sets_in_the_root(void **state)
{
	struct tmp *t = *state;
	struct release_id id;
	char why[200];

	tmp_file(t, "cdrom.inf", "CD_VERSION = 4.11-RELEASE\r\nCD_VOLUME = 1\r\n");
	tmp_file(t, "bin/bin.inf", "Pieces = 1\ncksum.aa = 1 1\n");
	tmp_file(t, "kernel", "x");
	id = identify(t, why);
	assert_int_equal(id.os, RELEASE_FREEBSD);
	assert_int_equal(id.sets, SETS_PIECES);
	assert_string_equal(id.version, "4.11-RELEASE");
	assert_int_equal(id.minor, 11);
	assert_string_equal(id.dir, "");
	assert_string_equal(id.kernel, "kernel");
}

static void
test_a_livefs_is_a_userland_without_sets(void **state)
{
	struct tmp *t = *state;
	struct release_id id;
	char why[200];

	program(t, "bin/sh", 43, true, true, 602000);
	tmp_file(t, "sbin/mount", "");
	tmp_file(t, "sbin/init", "");
	id = identify(t, why);
	assert_int_equal(id.os, RELEASE_FREEBSD);
	assert_int_equal(id.sets, SETS_NONE);
	assert_string_equal(id.version, "6.2");
	assert_string_equal(id.arch, "sparc64");
	assert_true(id.userland && !id.no_files);
	expect_text(&id, "FreeBSD 6.2 sparc64, no distribution sets, no loader");
}

/* As tests/e2e/mktree makes it. */
static void
linux_tree(struct tmp *t, const char *dir)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "%s/MANIFEST", dir);
	tmp_file(t, path, "base.txz\t" SUM "\t3\tbase\t\"x\"\ton\n");
	(void)snprintf(path, sizeof(path), "%s/base.txz", dir);
	tmp_file(t, path, "base");
	tmp_file(t, "usr/lib/os-release", "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n"
	    "NAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\nVERSION=\"12 (bookworm)\"\n");
	tmp_link(t, "etc/os-release", "../usr/lib/os-release");
	program(t, "usr/bin/dash", 62, true, false, 0);
	tmp_link(t, "usr/bin/sh", "dash");
	tmp_link(t, "bin", "usr/bin");
	tmp_file(t, "usr/bin/mount", "");
	tmp_file(t, "boot/vmlinuz", "x");
}

static void
test_a_linux_tree_has_a_kernel_and_a_manifest(void **state)
{
	struct tmp *t = *state;
	struct release_id id;
	char why[200];

	linux_tree(t, "distributions");
	id = identify(t, why);
	assert_int_equal(id.os, RELEASE_LINUX);
	assert_int_equal(id.sets, SETS_MANIFEST);
	assert_string_equal(id.version, "12 (bookworm)");
	assert_int_equal(id.major, 12);
	assert_string_equal(id.arch, "amd64");
	assert_string_equal(id.dir, "distributions");
	assert_string_equal(id.kernel, "boot/vmlinuz");
	assert_true(id.userland);
	expect_text(&id, "Debian GNU/Linux 12 (bookworm) amd64, sets by MANIFEST");
}

static void
test_the_directory_of_the_sets_may_have_another_name(void **state)
{
	struct tmp *t = *state;
	struct release_id id;
	char why[200];

	linux_tree(t, "dist");
	id = identify(t, why);
	assert_int_equal(id.os, RELEASE_LINUX);
	assert_string_equal(id.dir, "dist");
}

static void
test_a_manifest_without_a_kernel_is_no_linux(void **state)
{
	struct tmp *t = *state;
	struct release_id id;
	char why[200];

	linux_tree(t, "distributions");
	assert_int_equal(unlink(tmp_path(t, "boot/vmlinuz")), 0);
	assert_int_equal(unlink(tmp_path(t, "etc/os-release")), 0);
	id = identify(t, why);
	assert_int_equal(id.os, RELEASE_NONE);
	assert_string_equal(why, "it has distributions/MANIFEST, but no boot/vmlinuz");
}

static void
expect_none(void **state, const char *want)
{
	struct release_id id;
	char why[200];

	id = identify(*state, why);
	assert_int_equal(id.os, RELEASE_NONE);
	assert_int_equal(id.sets, SETS_NONE);
	assert_string_equal(why, want);
	expect_text(&id, "no release that provd knows");
}

static void
test_an_empty_directory_is_nothing(void **state)
{
	expect_none(state, "it is empty");
}

static void
test_an_unpacked_tarball_is_nothing(void **state)
{
	tmp_file(*state, "hello-2.12/configure", "#!/bin/sh\n");
	tmp_file(*state, "hello-2.12/bad\nname", "");
	expect_none(state, "it has hello-2.12; no usr/freebsd-dist/MANIFEST, no cdrom.inf, no DIR/MANIFEST");
}

static void
test_a_windows_disc_is_named(void **state)
{
	tmp_file(*state, "sources/install.wim", "x");
	tmp_file(*state, "bootmgr", "x");
	expect_none(state, "this is a Windows disc: it has sources/install.wim, no MANIFEST");
}

static void
test_a_debian_disc_is_named(void **state)
{
	tmp_file(*state, "install.amd/vmlinuz", "x");
	tmp_file(*state, "isolinux/isolinux.cfg", "x");
	expect_none(state, "this is a Debian disc: it has install.amd, no MANIFEST");
}

/* Links that go round, directories where files should be, and the reverse. */
static void
test_hostile_names_are_no_errors(void **state)
{
	struct tmp *t = *state;

	tmp_link(t, "cdrom.inf", "cdrom.inf");
	tmp_dir(t, "bin/freebsd-version");
	tmp_link(t, "bin/sh", "../../../../../../bin/sh");
	tmp_file(t, "usr", "a file");
	tmp_file(t, "boot", "a file");
	tmp_link(t, "distributions", "/etc");
	expect_none(state, "it has bin, boot, cdrom.inf, distributions, usr; "
	    "no usr/freebsd-dist/MANIFEST, no cdrom.inf, no DIR/MANIFEST");
}

/* By names ------------------------------------------------------------------- */

static bool
in_list(void *arg, const char *path)
{
	for (const char *const *p = arg; *p != NULL; p++)
		if (strcmp(*p, path) == 0)
			return true;
	return false;
}

static void
test_guesses_by_names_alone(void **state)
{
	const char *bsd[] = { "cdrom.inf", "isolinux", NULL };
	const char *lin[] = { "distributions/MANIFEST", NULL };
	const char *deb[] = { "install.amd", NULL };
	const char *none[] = { "x", NULL };
	char why[200];

	(void)state;
	assert_int_equal(release_guess(in_list, bsd, why), RELEASE_FREEBSD);
	assert_int_equal(release_guess(in_list, lin, why), RELEASE_LINUX);
	assert_int_equal(release_guess(in_list, deb, why), RELEASE_NONE);
	assert_string_equal(why, "this is a Debian disc: it has install.amd, no MANIFEST");
	assert_int_equal(release_guess(in_list, none, why), RELEASE_NONE);
	assert_string_equal(why, "there is neither usr/freebsd-dist/MANIFEST, nor cdrom.inf, nor distributions/MANIFEST");
}

/* Parsers -------------------------------------------------------------------- */

static void
test_programs_of_every_byte_order(void **state)
{
	static const struct { unsigned machine; bool wide, big; const char *arch; } row[] = {
		{ 3, false, false, "i386" }, { 62, true, false, "amd64" }, { 183, true, false, "arm64" },
		{ 43, true, true, "sparc64" }, { 20, false, true, "powerpc" }, { 21, true, true, "powerpc64" },
		{ 21, true, false, "powerpc64le" }, { 243, true, false, "riscv64" }, { 999, true, false, "" },
	};
	uint8_t buf[ELF_MAKE_MAX];
	struct elf_facts f;

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		size_t n = elf_make(buf, row[i].machine, row[i].wide, row[i].big, 1004000);

		assert_true(identify_elf(buf, n, &f));
		assert_string_equal(f.arch, row[i].arch);
		assert_true(f.freebsd);
		assert_int_equal(f.osrel, 1004000);
		n = elf_make(buf, row[i].machine, row[i].wide, row[i].big, 0);
		assert_true(identify_elf(buf, n, &f));
		assert_true(!f.freebsd && f.osrel == 0);
	}
}

static void
test_survives_every_truncation_of_a_program(void **state)
{
	uint8_t buf[ELF_MAKE_MAX];
	size_t len = elf_make(buf, 62, true, false, 1403000);

	(void)state;
	for (size_t n = 0; n < len; n++) {
		uint8_t *exact = malloc(n + 1);
		struct elf_facts f = { .osrel = 7 };

		assert_non_null(exact);
		memcpy(exact, buf, n);
		if (n < 58)
			assert_false(identify_elf(exact, n, &f));
		else
			assert_true(identify_elf(exact, n, &f) && f.osrel == 0);
		free(exact);
	}
}

static void
test_versions(void **state)
{
	static const char *const bad[] = { "", "14", "14.", "14.3", "14.3-", "14.3-release", "x14.3-RELEASE",
		"14.3-RELEASE/..", "14.3-RELEASE p2", "1400.3-RELEASE", "..-RELEASE",
		"14.3-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" };
	struct release_id id = { .major = 0 };

	(void)state;
	assert_true(identify_version("14.3-RELEASE-p2", &id));
	assert_int_equal(id.major, 14);
	assert_true(identify_version("2.2.8-RELEASE", &id));
	assert_int_equal(id.minor, 2);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (identify_version(bad[i], &id))
			fail_msg("%s", bad[i]);
	assert_string_equal(id.version, "2.2.8-RELEASE");
	assert_true(identify_osrel(1500068, &id));
	assert_string_equal(id.version, "15.0");
	assert_true(identify_osrel(502010, &id));
	assert_string_equal(id.version, "5.2");
	assert_false(identify_osrel(491000, &id));
	assert_false(identify_osrel(4294967295u, &id));
}

static void
test_values(void **state)
{
	static const char text[] = "KEYS=no\nKEY\n# KEY=no\n KEY = 'a b' \r\nKEY=later\nBAD=\x1b[2J\nLAST=\"x";
	char buf[16];

	(void)state;
	assert_true(identify_value(text, strlen(text), "KEY", buf, sizeof(buf)));
	assert_string_equal(buf, "a b");
	assert_false(identify_value(text, strlen(text), "BAD", buf, sizeof(buf)));
	assert_true(identify_value(text, strlen(text), "LAST", buf, sizeof(buf)));
	assert_string_equal(buf, "\"x");
	assert_false(identify_value(text, strlen(text), "KEY", buf, 3));
	assert_true(identify_readme("FFreeBSD FreeBSD/ FreeBSD/amd64 6.2", 35, buf));
	assert_string_equal(buf, "amd64");
	assert_false(identify_readme("FreeBSD/", 8, buf));
}

int
main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, setup, tmp_teardown)
	const struct CMUnitTest tests[] = {
		T(test_a_modern_disc_has_a_manifest),
		T(test_a_bootonly_disc_has_a_manifest_without_sets),
		T(test_a_manifest_that_cannot_be_read_is_named),
		T(test_freebsd_15_may_have_packages_only),
		T(test_a_program_tells_the_version_of_a_disc_that_does_not),
		T(test_the_disc_of_6_2_has_pieces),
		T(test_a_disc_of_8_x_is_known_by_the_directory_of_its_release),
		T(test_a_disc_of_4_x_has_its_sets_in_the_root),
		T(test_a_livefs_is_a_userland_without_sets),
		T(test_a_linux_tree_has_a_kernel_and_a_manifest),
		T(test_the_directory_of_the_sets_may_have_another_name),
		T(test_a_manifest_without_a_kernel_is_no_linux),
		T(test_an_empty_directory_is_nothing),
		T(test_an_unpacked_tarball_is_nothing),
		T(test_a_windows_disc_is_named),
		T(test_a_debian_disc_is_named),
		T(test_hostile_names_are_no_errors),
		cmocka_unit_test(test_guesses_by_names_alone),
		cmocka_unit_test(test_programs_of_every_byte_order),
		cmocka_unit_test(test_survives_every_truncation_of_a_program),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
