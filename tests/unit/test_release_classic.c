/* test_release_classic.c - which distributions a classic disc has, and what
 * sysinstall(8) takes together. */
#include "tree_tmp.h"

#include "../../profiles/classic_sets.h"
#include "../../profiles/profile.h"
#include "../../profiles/release.h"

#define HEX32	"0123456789abcdef0123456789abcdef"
#define HEX64	HEX32 HEX32

static int
setup(void **state)
{
	struct tmp *t = malloc(sizeof(*t));

	assert_non_null(t);
	tmp_new(t);
	tmp_file(t, "R/base/base.inf", "Pieces =  2\ncksum.aa = 1 8\ncksum.ab = 2 3\n");
	tmp_file(t, "R/base/base.aa", "\037\213123456");
	tmp_file(t, "R/base/base.ab", "abc");
	tmp_file(t, "R/src/ssys.inf", "Pieces = 1\ncksum.aa = 1 4\n");
	tmp_file(t, "R/src/ssys.aa", "BZh9");
	tmp_file(t, "R/src/ssecure.inf", "Pieces = 1\ncksum.aa = 1 4\n");
	tmp_file(t, "R/src/ssecure.aa", "BZh9");
	tmp_file(t, "R/ports/ports.tgz", "\037\213x");
	tmp_open(t);
	*state = t;
	return 0;
}

static int
teardown(void **state)
{
	tmp_free(*state);
	free(*state);
	return 0;
}

static int
load(struct tmp *t, const char *name, struct release *ret, char why[200])
{
	*ret = (struct release){ .dir = "R" };
	return release_classic(&t->plain, name, ret, why);
}

static void
refuses(struct tmp *t, const char *name, const char *want)
{
	struct release r;
	char why[200];

	assert_int_equal(load(t, name, &r, why), -EBADMSG);
	if (strstr(why, want) == NULL)
		fail_msg("%s", why);
	assert_int_equal(r.n_set, 0);
	release_done(&r);
}

static void
test_finds_sets_by_their_names(void **state)
{
	struct tmp *t = *state;
	struct release r;
	char why[200];

	assert_int_equal(load(t, "base", &r, why), 0);
	assert_int_equal(r.set[0].n_piece, 2);
	assert_int_equal(r.set[0].bytes, 11);
	assert_int_equal(r.set[0].pack, PACK_GZIP);
	assert_string_equal(r.set[0].file, "base/base");
	/* once is enough */
	assert_int_equal(release_classic(&t->plain, "base", &r, why), 0);
	assert_int_equal(r.n_set, 1);
	assert_int_equal(release_classic(&t->plain, "ssys", &r, why), 0);
	assert_string_equal(r.set[1].name, "src/ssys");
	assert_int_equal(r.set[1].pack, PACK_BZIP2);
	assert_int_equal(release_classic(&t->plain, "crypto", &r, why), -ENOENT);
	assert_string_equal(why, "");
	release_done(&r);
	/* crypto's in 4, src's since */
	assert_int_equal(load(t, "ssecure", &r, why), 0);
	assert_string_equal(r.set[0].name, "src/ssecure");
	release_done(&r);
	assert_int_equal(load(t, "src", &r, why), 0);
	assert_int_equal(r.n_set, 2);
	release_done(&r);
	assert_int_equal(load(t, "mine", &r, why), -ENOENT);
	assert_string_equal(why, "");
	release_done(&r);
}

/* Fail closed: what nothing vouches for is not offered. */
static void
test_one_archive_needs_a_sum(void **state)
{
	struct tmp *t = *state;
	struct release r;
	char why[200];

	refuses(t, "ports", "R/ports/ports.tgz has no sum");
	tmp_file(t, "R/ports/CHECKSUM.MD5", "MD5 (ports.tgz) = " HEX32 "\nMD5 (x) = " HEX32 "\n");
	assert_int_equal(load(t, "ports", &r, why), 0);
	assert_true(r.set[0].whole && !r.set[0].piece[0].has_cksum);
	assert_string_equal(r.set[0].file, "ports/ports.tgz");
	assert_string_equal(r.set[0].piece[0].md5, HEX32);
	assert_string_equal(r.set[0].piece[0].sha256, "");
	release_done(&r);
}

static void
test_pieces_that_do_not_fit_their_sums(void **state)
{
	struct tmp *t = *state;

	tmp_file(t, "R/base/base.ab", "abcd");
	refuses(t, "base", "base.ab: its size is not the one in the .inf file");
	tmp_file(t, "R/src/ssys.aa", "what");
	refuses(t, "ssys", "R/src/ssys.aa is neither gzip'd nor bzip2'd");
	tmp_file(t, "R/src/ssys.inf", "Pieces = 9\n");
	refuses(t, "ssys", "0 sums for 9 pieces");
}

static void
test_sums_of_our_own(void **state)
{
	static const char pins[] = HEX64 "  R/base/base.aa\n" HEX64 "  R/base/base.ab\n";
	struct tmp *t = *state;
	struct release r = { .dir = "R", .pins = pins, .pins_len = sizeof(pins) - 1 };
	char why[200];

	tmp_file(t, "R/src/CHECKSUM.SHA256", "SHA256 (ssys.aa) = " HEX64 "\n");
	assert_int_equal(release_classic(&t->plain, "base", &r, why), 0);
	assert_string_equal(r.set[0].piece[1].sha256, HEX64);
	assert_int_equal(release_classic(&t->plain, "ssys", &r, why), -EBADMSG);
	assert_non_null(strstr(why, "R/src/ssys.aa is not among the sums of this tree"));
	r.pins = NULL;
	assert_int_equal(release_classic(&t->plain, "ssys", &r, why), 0);
	assert_string_equal(r.set[1].piece[0].sha256, HEX64);
	release_done(&r);
}

static void
test_reads_sums_of_all_kinds(void **state)
{
	static const char text[] = "garbage\nSHA256 (a) = " HEX64 "\r\n" HEX64 " *b\n" HEX64 "  ./c\n"
	    "SHA256 (d) = " HEX32 "\nMD5 (e) = " HEX32 "\n(\n()\n) = " HEX64 "\nSHA256 (f) = " HEX64;
	char sum[65];

	(void)state;
	for (const char *name = "abcf"; *name != '\0'; name++) {
		char file[2] = { *name, '\0' };

		assert_true(release_sum(text, sizeof(text) - 1, file, 64, sum));
		assert_string_equal(sum, HEX64);
	}
	assert_false(release_sum(text, sizeof(text) - 1, "d", 64, sum));
	assert_false(release_sum(text, sizeof(text) - 1, "", 64, sum));
	assert_true(release_sum(text, sizeof(text) - 1, "e", 32, sum));
	assert_string_equal(sum, HEX32);
	for (size_t n = 0; n < sizeof(text); n++) {
		char *exact = malloc(n + 1);

		assert_non_null(exact);
		memcpy(exact, text, n);
		(void)release_sum(exact, n, "f", 64, sum);
		free(exact);
	}
}

static void
assert_canned(int canned, const char *want)
{
	char have[2048] = "";
	size_t len = 0;

	for (size_t i = 0; i < classic_n; i++)
		if (classic_in(&classic_sets[i], canned) && classic_sets[i].last == 0)
			len += (size_t)snprintf(have + len, sizeof(have) - len, "%s ", classic_sets[i].name);
	assert_string_equal(have, want);
}

/* sysinstall's own, without the kernel that the machine needs, and X. */
static void
test_what_sysinstall_takes_together(void **state)
{
	(void)state;
	assert_canned(CANNED_NONE, "");
	assert_canned(CANNED_MINIMAL, "base ");
	assert_canned(CANNED_USER, "base doc manpages dict ");
	assert_canned(CANNED_KERN_DEVELOPER, "base doc manpages proflibs dict info src/ssys ");
	assert_canned(CANNED_DEVELOPER, "base doc manpages proflibs dict info "
	    "src/sbase src/scontrib src/scrypto src/sgnu src/setc src/sgames src/sinclude src/skrb5 "
	    "src/slib src/slibexec src/srelease src/sbin src/ssecure src/ssbin src/sshare src/ssys "
	    "src/subin src/susbin src/stools src/srescue src/scddl src/scompat ");
}

static void
test_where_sets_belong(void **state)
{
	static const char *const where[][2] = {
		{ "base", "" }, { "bin", "" }, { "lib32", "" }, { "kernels/generic", "/boot" }, { "SMP", "/boot" },
		{ "kernels/mine", "/boot" }, { "src/sbase", "/usr/src" }, { "ssys", "/usr/src" },
		{ "src/smine", "/usr/src" }, { "ports", "/usr" }, { "crypto/ssecure", "/usr/src" },
		{ "crypto/crypto", "" }, { "mine", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(where) / sizeof(where[0]); i++)
		assert_string_equal(classic_target(where[i][0]), where[i][1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(test_finds_sets_by_their_names),
		T(test_one_archive_needs_a_sum),
		T(test_pieces_that_do_not_fit_their_sums),
		T(test_sums_of_our_own),
#undef T
		cmocka_unit_test(test_reads_sums_of_all_kinds),
		cmocka_unit_test(test_what_sysinstall_takes_together),
		cmocka_unit_test(test_where_sets_belong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
