/* test_compile_classic.c - what differs between classic releases, and what
 * profiles may ask of them: plans, scripts, and every command failing. */
#include "freebsd_box.h"

static void
sums(struct world *w, const char *dir, const char *tool, const char *name, const char *file)
{
	char cmd[768];

	/* as md5(1) and sha256(1) of FreeBSD write them */
	(void)snprintf(cmd, sizeof(cmd), "cd %.300s/%s && %s *.* | sed -e 's/\\([0-9a-f]*\\)  \\(.*\\)/%s (\\2) = \\1/' > x && mv x %s",
	    w->tmp.root, dir, tool, name, file);
	assert_int_equal(system(cmd), 0);
}

static void
sets(struct world *w, const char *dir, const char *const *set)
{
	char cmd[512];

	(void)snprintf(cmd, sizeof(cmd), "rm -rf %.400s/6.2-RELEASE", w->tmp.root);
	assert_int_equal(system(cmd), 0);
	for (; *set != NULL; set++)
		world_pieces_in(w, dir, *set, 2, strcmp(*set, "doc/doc") == 0 ||
		    strcmp(*set, "kernels/smp") == 0 ? "BZh9" : "\037\213");
}

/* The disc that a profile wants instead of 6.2's: those of 4.11 and of 7.4, in small. */
static void
disc(struct world *w, const char *yaml)
{
	static const char *const four[] = { "bin/bin", "doc/doc", "manpages/manpages", "dict/dict",
	    "crypto/crypto", "crypto/krb5", "src/ssys", "games/games", NULL };
	static const char *const seven[] = { "base/base", "doc/doc", "games/games", "catpages/catpages",
	    "kernels/generic", "kernels/smp", "src/sbase", "src/ssys", "src/ssecure", NULL };

	if (strstr(yaml, "classic-4") != NULL)
		sets(w, "4.11-RELEASE", four);
	if (strstr(yaml, "classic-two") == NULL && strstr(yaml, "classic-all") == NULL)
		return;
	sets(w, "7.4-RELEASE", seven);
	sums(w, "7.4-RELEASE/base", "sha256sum", "SHA256", "CHECKSUM.SHA256");
	tmp_file(&w->tmp, "7.4-RELEASE/ports/ports.tgz", "\037\213the ports\n");
	sums(w, "7.4-RELEASE/ports", "md5sum", "MD5", "CHECKSUM.MD5");
}

static void
box(struct world *w, struct box *b, const char *yaml)
{
	disc(w, yaml);
	freebsd_ready(w, b, yaml);
	box_link(b, "stand/sysinstall", "../sbin/fake");
	box_put(b, "unpacked/dev/MAKEDEV", "", 0755);
	box_put(b, "unpacked/kernel.GENERIC", "", 0755);
	if (strstr(yaml, "classic-4") != NULL) {
		box_remove(b, "sbin/bsdlabel");
		box_remove(b, "sbin/sha256");
		box_link(b, "sbin/disklabel", "fake");
	}
}

/* The plan, the commands under two shells, and each command failing. */
static void
variant(struct world *w, const char *name)
{
	static const char *const shell[] = { "dash", "busybox sh" };
	char yaml[128], path[128], *text;
	struct render_out out;
	struct box b;
	int r;

	(void)snprintf(yaml, sizeof(yaml), "tests/golden/scripts/%s.yaml", name);
	disc(w, yaml);
	world_render(w, yaml, &out);
	(void)snprintf(path, sizeof(path), "tests/golden/scripts/%s.plan", name);
	golden(path, out.plan_text);
	text = world_file(&out, "install");
	world_lint(text);
	free(text);
	render_out_done(&out);
	box(w, &b, yaml);
	for (size_t s = 0; s < 2; s++) {
		if ((r = freebsd_run(&b, shell[s])) == -1) {
			box_free(&b);
			skip();
		}
		text = box_get(&b, "out");
		if (r != 0)
			fail_msg("exit %d\n%s", r, box_tail(text));
		free(text);
		text = box_get(&b, "log");
		(void)snprintf(path, sizeof(path), "tests/golden/scripts/%s.commands", name);
		golden(path, text);
		free(text);
	}
	assert_true(freebsd_stops(&b));
	box_free(&b);
}

static void
test_freebsd_4(void **state)
{
	variant(*state, "classic-4");
}

static void
test_two_slices_and_sets_of_all_kinds(void **state)
{
	variant(*state, "classic-two");
}

static void
test_all_sets(void **state)
{
	variant(*state, "classic-all");
}

static void
test_sysinstall_told_by_scripts(void **state)
{
	variant(*state, "classic-sysinstall");
}

/* Each kind of sum is looked at before anything is written. */
static void
test_what_is_damaged_is_noticed(void **state)
{
	static const struct { const char *file, *bytes, *want; } bad[] = {
		{ "7.4-RELEASE/base/base.ab", "\037\213piece 1 of base/basf\n", "base.ab: its sha256 is" },
		{ "7.4-RELEASE/ports/ports.tgz", "\037\213the portz\n", "ports.tgz: its md5 is" },
		{ "7.4-RELEASE/doc/doc.aa", "BZh9piece 0 of doc/dog\n", "doc.aa: its cksum is" },
	};
	struct world *w = *state;
	struct box b;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		box(w, &b, "tests/golden/scripts/classic-all.yaml");
		box_put(&b, bad[i].file, bad[i].bytes, 0644);
		if (freebsd_run(&b, "dash") == -1) {
			box_free(&b);
			skip();
		}
		if (!freebsd_has(&b, "out", bad[i].want))
			fail_msg("no \"%s\"", bad[i].want);
		freebsd_untouched(&b);
		box_free(&b);
	}
}

/* A client without sha256(1) has cksum(1); a piece that is gone is no sum. */
static void
test_an_old_client_takes_the_weaker_sum(void **state)
{
	struct world *w = *state;
	struct box b;

	box(w, &b, "tests/golden/scripts/classic-all.yaml");
	box_remove(&b, "sbin/sha256");
	box_put(&b, "7.4-RELEASE/base/base.ab", "\037\213piece 1 of base/basf\n", 0644);
	if (freebsd_run(&b, "dash") == -1) {
		box_free(&b);
		skip();
	}
	assert_true(freebsd_has(&b, "out", "base.ab: its cksum is"));
	box_remove(&b, "7.4-RELEASE/base/base.ab");
	(void)freebsd_run(&b, "dash");
	assert_true(freebsd_has(&b, "out", "base.ab: "));
	freebsd_untouched(&b);
	box_free(&b);
}

/* cpio's archives are told by their first bytes. */
static void
test_an_archive_of_cpio(void **state)
{
	struct world *w = *state;
	char cmd[512];
	struct box b;
	FILE *p;
	char sum[64];
	unsigned long cksum;
	unsigned bytes;

	(void)snprintf(cmd, sizeof(cmd), "cd %.300s/6.2-RELEASE/catpages && rm catpages.a? && "
	    "printf '070701xxxxxxxx' | gzip -nc > catpages.aa && cksum < catpages.aa", w->tmp.root);
	assert_non_null(p = popen(cmd, "r"));
	assert_non_null(fgets(sum, sizeof(sum), p));
	assert_int_equal(pclose(p), 0);
	assert_int_equal(sscanf(sum, "%lu %u", &cksum, &bytes), 2);
	(void)snprintf(cmd, sizeof(cmd), "Pieces = 1\ncksum.aa = %lu %u\n", cksum, bytes);
	tmp_file(&w->tmp, "6.2-RELEASE/catpages/catpages.inf", cmd);
	box(w, &b, "profiles/freebsd-6-ufs.yaml");
	if (freebsd_run(&b, "dash") == -1) {
		box_free(&b);
		skip();
	}
	assert_true(freebsd_has(&b, "log", "\ncpio -idum --quiet\n"));
	box_free(&b);
}

/* sysinstall is not waited for without end, nor are its boxes. */
static void
test_sysinstall_that_fails_is_noticed(void **state)
{
	static const char *const says[] = { "exec sleep 50", "echo 'Command x failed - rest of script aborted.'; exec sleep 50" };
	struct world *w = *state;
	char text[200];
	struct box b;

	for (size_t i = 0; i < 2; i++) {
		box(w, &b, "tests/golden/scripts/classic-sysinstall.yaml");
		box_remove(&b, "stand/sysinstall");
		(void)snprintf(text, sizeof(text), "#!/bin/dash\nPATH=/usr/bin\n%s\n", says[i]);
		box_put(&b, "stand/sysinstall", text, 0755);
		if (freebsd_run(&b, "dash") == -1) {
			box_free(&b);
			skip();
		}
		assert_true(freebsd_has(&b, "out", i == 0 ? "it%20took%20too%20long" : "rest%20of%20script%20aborted"));
		assert_false(freebsd_has(&b, "log", "bsdlabel"));
		box_free(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f)	cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
		T(test_freebsd_4),
		T(test_two_slices_and_sets_of_all_kinds),
		T(test_all_sets),
		T(test_sysinstall_told_by_scripts),
		T(test_what_is_damaged_is_noticed),
		T(test_an_old_client_takes_the_weaker_sum),
		T(test_an_archive_of_cpio),
		T(test_sysinstall_that_fails_is_noticed),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
