/* test_catalogue.c - repositories of pkg(8): sums by RFC 7693, catalogues as they
 * should be and otherwise, and a disc checked against its own. */
#include "tree_tmp.h"

#include "../../media/blake2b.h"
#include "../../media/catalogue.h"
#include "../../media/check.h"
#include "../../profiles/release.h"

/* RFC 7693, appendix A; the others by another program. */
static void
test_blake2b(void **state)
{
	static const struct { const char *text; size_t n; const char *hex; } all[] = {
		{ "abc", 3, "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923" },
		{ "", 0, "786a02f742015903c6c6fd852552d272912f4740e15847618a86e217f71f5419d25e1031afee585313896444934eb04b903a685b1448b755d56f701afe9be2ce" },
		{ NULL, 128, "865939e120e6805438478841afb739ae4250cf372653078a065cdcfffca4caf798e6d462b65d658fc165782640eded70963449ae1500fb0f24981d7727e22c41" },
		{ NULL, 300, "104b2a75c9b7062f1e945d3d366fd4e451957579ea7ef16575578202532b5368ba7c41e39ef11c54258c7104bae569474adc0374a0ba26debe286490807f42d2" },
	};
	static const char zero[300];
	struct blake2b b;
	uint8_t digest[64];
	char hex[129];

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		for (size_t step = 1; step <= 300; step += 37) {
			const char *p = all[i].text != NULL ? all[i].text : zero;

			blake2b_init(&b);
			for (size_t at = 0; at < all[i].n; at += step)
				blake2b_add(&b, p + at, all[i].n - at < step ? all[i].n - at : step);
			blake2b_end(&b, digest);
			for (size_t k = 0; k < 64; k++)
				(void)snprintf(hex + 2 * k, 3, "%02x", digest[k]);
			assert_string_equal(hex, all[i].hex);
		}
}

/* As pkg 2.8 wrote the sum of "a package". */
#define TEXT	"a package"
#define SUM	"o6zz95gh3cxs4bdoo5udsapy5mgc4ge5twtbtzacpm1utc3gnr4kytfujnx15jwd63ykyc6z1o7wx3t9gtg1esjp4ekr98mmeww9j3y"

static const char catalogue[] =
    "{\"name\":\"FreeBSD-a\",\"sum\":\"2$" SUM "\",\"path\":\"FreeBSD-a-15.1.pkg\",\"pkgsize\":9}\n"
    "{\"name\":\"FreeBSD-b\",\"sum\":\"2$" SUM "\",\"path\":\"x\",\"repopath\":\"All/FreeBSD-b-15.1.pkg\",\"pkgsize\":9}\n";
static const char whole[] =
    "{\"groups\":[],\"packages\":[{\"sum\":\"2$" SUM "\",\"repopath\":\"FreeBSD-a-15.1.pkg\",\"pkgsize\":9}]}";

static void
test_reads_a_catalogue(void **state)
{
	struct catalogue c;
	char why[MEDIA_WHY] = "";

	(void)state;
	assert_int_equal(catalogue_parse(catalogue, sizeof(catalogue) - 1, &c, why), 0);
	assert_int_equal(c.n, 2);
	assert_string_equal(catalogue_find(&c, "All/FreeBSD-b-15.1.pkg")->sum, "2$" SUM);
	assert_int_equal(catalogue_find(&c, "FreeBSD-a-15.1.pkg")->bytes, 9);
	assert_null(catalogue_find(&c, "x"));
	catalogue_done(&c);
	assert_int_equal(catalogue_parse(whole, sizeof(whole) - 1, &c, why), 0);
	assert_int_equal(c.n, 1);
	catalogue_done(&c);
	/* every beginning is read or refused; the copy is exact for ASan */
	for (size_t n = 0; n < sizeof(catalogue); n++) {
		char *exact = malloc(n + 1);

		assert_non_null(exact);
		memcpy(exact, catalogue, n);
		if (catalogue_parse(exact, n, &c, why) == 0)
			catalogue_done(&c);
		free(exact);
	}
}

static void
test_refuses_what_is_no_catalogue(void **state)
{
	static const char *const bad[] = { "", "\n", "x", "[]", "{}", "{\"packages\":[]}", "{\"packages\":3}",
		"{\"path\":\"a\",\"sum\":\"b\",\"pkgsize\":-1}", "{\"path\":\"/a\",\"sum\":\"b\",\"pkgsize\":1}",
		"{\"path\":\"../a\",\"sum\":\"b\",\"pkgsize\":1}", "{\"path\":1,\"sum\":\"b\",\"pkgsize\":1}",
		"{\"path\":\"a\",\"pkgsize\":1}" };
	struct catalogue c;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char why[MEDIA_WHY] = "";

		if (catalogue_parse(bad[i], strlen(bad[i]), &c, why) != -EBADMSG)
			fail_msg("%s", bad[i]);
		assert_true(*why != '\0');
		assert_null(c.e);
	}
}

/* A disc --------------------------------------------------------------------- */

#define PKGS	"usr/freebsd-packages/"

static void
pack(struct tmp *t, const char *text)
{
	char cmd[512];

	tmp_file(t, "packagesite.yaml", text);
	(void)snprintf(cmd, sizeof(cmd), "cd %.200s && tar -czf " PKGS "offline/packagesite.pkg packagesite.yaml", t->root);
	assert_int_equal(system(cmd), 0);
}

static void
disc(struct tmp *t)
{
	tmp_file(t, PKGS "repos/FreeBSD-base-offline.conf", "FreeBSD-base: {\n  url: \"file:///usr/freebsd-packages/offline\",\n}\n");
	tmp_file(t, PKGS "offline/FreeBSD-a-15.1.pkg", TEXT);
	tmp_file(t, PKGS "offline/All/FreeBSD-b-15.1.pkg", TEXT);
	pack(t, catalogue);
	tmp_open(t);
}

static void
take_bad(void *arg, const char *path, const char *what)
{
	buf_printf(arg, "%s: %s\n", path, what);
}

static void
no_tick(void *arg, size_t n)
{
	(void)arg;
	(void)n;
}

static void
checked(struct tmp *t, unsigned good, const char *bad)
{
	static const struct release_id id = { .os = RELEASE_FREEBSD, .sets = SETS_PACKAGES, .dir = "usr/freebsd-packages" };
	struct buf lines = { 0 };
	struct media_check c = { .view = &t->plain, .id = &id, .bad = take_bad, .tick = no_tick, .arg = &lines };

	assert_int_equal(media_check(&c), 0);
	assert_string_equal(lines.p ? lines.p : "", bad);
	assert_int_equal(c.n_good, good);
	assert_non_null(strstr(c.sums.p, "  " PKGS "repos/FreeBSD-base-offline.conf\n"));
	media_check_done(&c);
	buf_free(&lines);
}

static void
test_a_disc_is_what_its_catalogue_says(void **state)
{
	struct tmp *t = *state;

	disc(t);
	checked(t, 4, "");
	tmp_file(t, PKGS "offline/FreeBSD-a-15.1.pkg", "a packbge");
	checked(t, 3, PKGS "offline/FreeBSD-a-15.1.pkg: its sum is not the one in the repository's catalogue\n");
	tmp_file(t, PKGS "offline/FreeBSD-a-15.1.pkg", "a pack");
	checked(t, 3, PKGS "offline/FreeBSD-a-15.1.pkg: its size is not the one in the repository's catalogue\n");
	assert_int_equal(unlink(tmp_path(t, PKGS "offline/FreeBSD-a-15.1.pkg")), 0);
	checked(t, 3, PKGS "offline/FreeBSD-a-15.1.pkg: the repository's catalogue has it, the disc does not\n");
}

static void
test_a_catalogue_that_cannot_be_read_is_bad(void **state)
{
	struct tmp *t = *state;

	disc(t);
	tmp_file(t, PKGS "offline/packagesite.pkg", "no archive");
	checked(t, 4, PKGS "offline: it is no archive with a file packagesite.yaml\n");
	pack(t, "{\n");
	checked(t, 4, PKGS "offline: package 1: string or '}' expected near end of file\n");
}

/* The names --------------------------------------------------------------------- */

static void
test_a_repository_says_where_it_is(void **state)
{
	static const char *const good[] = {
		"FreeBSD-base: {\n  url: \"file:///usr/freebsd-packages/offline\",\n  enabled: yes\n}\n",
		"# url: \"file:///x\"\nB: {\n\turl = \"file:///usr/freebsd-packages/offline/\"\n}", "url : file:///usr/freebsd-packages/offline;",
	};
	static const char *const bad[] = { "", "url", "url:", "url: \"\"", "url: \"https://pkg.example.org/x\"", "url: \"file:///\"",
		"url: \"file:///../x\"", "url: \"file:///a b\"/..", "url: \"file:///${ABI}\"", "curl: \"file:///x\"", "url: \"file://x\"" };
	char dir[201] = "kept";

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (release_parse_repository(bad[i], strlen(bad[i]), dir) && strcmp(dir, "a") != 0)
			fail_msg("%s: %s", bad[i], dir);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(release_parse_repository(good[i], strlen(good[i]), dir));
		assert_string_equal(dir, "usr/freebsd-packages/offline");
		for (size_t n = 0; n < strlen(good[i]); n++) {
			char *exact = malloc(n + 1);

			assert_non_null(exact);
			memcpy(exact, good[i], n);
			(void)release_parse_repository(exact, n, dir);
			free(exact);
		}
	}
}

static void
test_the_name_of_a_file_is_that_of_its_package(void **state)
{
	static const struct { const char *file, *name; } all[] = {
		{ "FreeBSD-kernel-generic-15.1p1.pkg", "FreeBSD-kernel-generic" }, { "pkg-2.8.4.pkg", "pkg" },
		{ "FreeBSD-libcompiler_rt-dev-15.snap20260101.pkg", "FreeBSD-libcompiler_rt-dev" },
		{ "data.pkg", NULL }, { "packagesite.pkg", NULL }, { "meta.conf", NULL }, { "a-.pkg", NULL },
		{ "-1.pkg", NULL }, { ".pkg", NULL }, { "", NULL }, { "a b-1.pkg", NULL }, { "--1.pkg", NULL },
	};
	char name[64];

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		bool yes = release_package_name(all[i].file, strlen(all[i].file), name);

		if (yes != (all[i].name != NULL) || (yes && strcmp(name, all[i].name) != 0))
			fail_msg("%s: %s", all[i].file, yes ? name : "no");
	}
}

static void
test_reads_the_packages_of_a_disc(void **state)
{
	struct tmp *t = *state;
	struct release rel;
	char why[200] = "";

	disc(t);
	tmp_file(t, PKGS "offline/FreeBSD-b-15.0.pkg", "older");
	assert_int_equal(release_packages(&t->plain, "usr/freebsd-packages", &rel, why), 0);
	assert_int_equal(rel.kind, SETS_PACKAGES);
	assert_string_equal(rel.dir, "usr/freebsd-packages/offline");
	assert_int_equal(rel.n_set, 2);
	assert_string_equal(rel.set[0].name, "FreeBSD-a");
	assert_int_equal(rel.set[0].bytes, 9);
	assert_string_equal(rel.set[1].file, "All/FreeBSD-b-15.1.pkg");
	release_done(&rel);
	/* a repository by itself, and no repository */
	assert_int_equal(release_packages(&t->plain, "usr/freebsd-packages/offline", &rel, why), 0);
	release_done(&rel);
	assert_int_equal(release_packages(&t->plain, "usr", &rel, why), -ENOENT);
	assert_string_equal(why, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blake2b),
		cmocka_unit_test(test_reads_a_catalogue),
		cmocka_unit_test(test_refuses_what_is_no_catalogue),
		TMP_TEST(test_a_disc_is_what_its_catalogue_says),
		TMP_TEST(test_a_catalogue_that_cannot_be_read_is_bad),
		cmocka_unit_test(test_a_repository_says_where_it_is),
		cmocka_unit_test(test_the_name_of_a_file_is_that_of_its_package),
		TMP_TEST(test_reads_the_packages_of_a_disc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
