/* test_media.c - names and lists of an image, sums, attributes beside a tree,
 * and the directory in which trees become current. */
#include "tree_tmp.h"

#include "../../media/attrs.h"
#include "../../media/dir.h"
#include "../../media/sums.h"
#include "../../tree/mtree.h"

#define SUM	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* Names ----------------------------------------------------------------------- */

static void
test_names_become_paths(void **state)
{
	static const char *const row[][2] = {
		{ "a", "a" }, { "./a", "a" }, { "a//b/", "a/b" }, { "././a/./b", "a/b" }, { ".", "" },
		{ "./", "" }, { "", "" }, { "...", "..." }, { "a/..b", "a/..b" }, { ".providers", ".providers" },
	};
	char path[TREE_PATH_MAX + 1];
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		assert_int_equal(media_path(row[i][0], path, &why), 0);
		assert_string_equal(path, row[i][1]);
	}
}

static void
test_names_that_lead_out_are_refused(void **state)
{
	static const char *const bad[] = { "/", "/etc", "..", "../a", "a/../b", "a/..", "./../a",
		".provd", "./.provd/x" };
	char path[TREE_PATH_MAX + 1], name[4 * TREE_PATH_MAX];
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (media_path(bad[i], path, &why) != -EINVAL)
			fail_msg("%s", bad[i]);
	memset(name, 'n', sizeof(name));
	name[TREE_NAME_MAX + 1] = '\0';
	assert_int_equal(media_path(name, path, &why), -ENAMETOOLONG);
	name[TREE_NAME_MAX] = '\0';
	assert_int_equal(media_path(name, path, &why), 0);
	memset(name, 'n', sizeof(name));
	for (size_t i = 100; i < sizeof(name); i += 100)
		name[i] = '/';
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(media_path(name, path, &why), -ENAMETOOLONG);
	for (size_t i = 0; i < 200; i += 2)
		memcpy(name + i, "d/", 2);
	name[200] = '\0';
	assert_int_equal(media_path(name, path, &why), -ENAMETOOLONG);
}

/* A path that just fits, in every length around the limit. */
static void
test_the_longest_path_fits(void **state)
{
	char name[TREE_PATH_MAX + 64], path[TREE_PATH_MAX + 1];
	const char *why;

	(void)state;
	for (size_t len = TREE_PATH_MAX - 4; len < TREE_PATH_MAX + 4; len++) {
		memset(name, 'n', len);
		for (size_t i = 200; i < len; i += 201)
			name[i] = '/';
		name[len] = '\0';
		if (media_path(name, path, &why) == 0)
			assert_true(strlen(path) == len && len <= TREE_PATH_MAX);
		else
			assert_true(len >= TREE_PATH_MAX);
	}
}

static size_t
add(struct media_list *l, char *path, enum tree_type type, char *link, int want)
{
	struct media_entry e = { .path = path, .type = type, .hard = link != NULL && type == TREE_REG,
	    .link = link, .size = 10 };
	size_t i = 0;

	assert_int_equal(media_list_add(l, &e, &i), want);
	return i;
}

static void
test_a_list_of_entries(void **state)
{
	struct media_list l = { .n = 0 };
	char d[] = "d", f[] = "d/f", g[] = "d/g", h[] = "h", name[32];

	(void)state;
	assert_null(media_list_find(&l, "d"));
	(void)add(&l, d, TREE_DIR, NULL, 0);
	(void)add(&l, f, TREE_REG, NULL, 0);
	(void)add(&l, d, TREE_DIR, NULL, 0);
	(void)add(&l, f, TREE_REG, NULL, -EEXIST);
	(void)add(&l, d, TREE_REG, NULL, -EEXIST);
	(void)add(&l, g, TREE_REG, f, 0);
	(void)add(&l, h, TREE_REG, g, 0);
	assert_int_equal(l.bytes, 10);
	assert_int_equal(media_list_find(&l, "h")->first, 1);
	assert_int_equal(media_list_find(&l, "d/f")->names, 3);
	assert_true(media_list_has(&l, "d/f"));
	assert_false(media_list_has(&l, "d/"));
	for (int i = 0; i < 5000; i++) {
		(void)snprintf(name, sizeof(name), "many/%d", i);
		assert_int_equal(add(&l, name, TREE_REG, NULL, 0), (size_t)i + 4);
	}
	assert_true(media_list_has(&l, "many"));
	assert_string_equal(media_list_find(&l, "many/4711")->path, "many/4711");
	assert_null(media_list_find(&l, "many/5000"));
	media_list_done(&l);
}

/* Sums ------------------------------------------------------------------------- */

/* POSIX.1 cksum: values from cksum(1). */
static void
test_cksum(void **state)
{
	struct media_cksum c;
	char zeroes[1000] = "";

	(void)state;
	media_cksum_init(&c);
	assert_int_equal(media_cksum_end(&c), 4294967295u);
	media_cksum_init(&c);
	media_cksum_add(&c, "1234", 4);
	media_cksum_add(&c, "56789", 5);
	assert_int_equal(media_cksum_end(&c), 930766865);
	media_cksum_init(&c);
	media_cksum_add(&c, zeroes, 1000);
	assert_int_equal(media_cksum_end(&c), 2610763910u);
}

static void
no_tick(void *arg, size_t n)
{
	*(size_t *)arg += n;
}

static void
test_sums_of_a_file(void **state)
{
	struct tmp *t = *state;
	struct media_sum s;
	size_t n = 0;

	tmp_open(t);
	assert_int_equal(media_sum_file(&t->plain, "etc/rc", &s, no_tick, &n), 0);
	assert_int_equal(s.bytes, 7);
	assert_int_equal(n, 7);
	assert_string_equal(s.sha256, "ce5a651306fc2bea673efc4f622a4c2b37d93a6075ddf52336dd2e40dce6f114");
	assert_int_equal(media_sum_file(&t->plain, "etc", &s, no_tick, &n), -EISDIR);
	assert_int_equal(media_sum_file(&t->plain, "none", &s, no_tick, &n), -ENOENT);
}

static int
take(void *arg, const char *path, const char *sha256)
{
	struct buf *b = arg;

	assert_int_equal(strlen(sha256), 64);
	media_sums_line(b, sha256, path);
	return 0;
}

/* sha256sum(1) escapes a name with a newline or a backslash. */
static void
test_files_of_sums_are_read_back(void **state)
{
	struct buf b = { 0 }, again = { 0 };
	unsigned line;

	(void)state;
	media_sums_line(&b, SUM, "6.2-RELEASE/base/base.aa");
	media_sums_line(&b, SUM, "a b\\c\nd");
	assert_string_equal(b.p, SUM "  6.2-RELEASE/base/base.aa\n\\" SUM "  a b\\\\c\\nd\n");
	assert_int_equal(media_sums_parse(b.p, b.len, take, &again, &line), 0);
	assert_string_equal(again.p, b.p);
	for (size_t n = 0; n < b.len; n++) {
		char *exact = malloc(n + 1);

		assert_non_null(exact);
		memcpy(exact, b.p, n);
		(void)media_sums_parse(exact, n, take, &again, &line);
		free(exact);
	}
	buf_free(&b);
	buf_free(&again);
}

static void
test_what_is_no_file_of_sums(void **state)
{
	static const char *const bad[] = { "x\n", SUM "\n", SUM "  \n", SUM " x\n", "0" SUM "  x\n",
		"\\" SUM "  a\\x\n", "\\" SUM "  a\\\n",
		"G123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef  x\n" };
	struct buf b = { 0 };
	unsigned line;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (media_sums_parse(bad[i], strlen(bad[i]), take, &b, &line) != -EBADMSG || line != 1)
			fail_msg("%s", bad[i]);
	buf_free(&b);
}

/* Attributes ------------------------------------------------------------------- */

static void
test_every_name_survives_mtree(void **state)
{
	struct media_entry e = { .type = TREE_REG, .mode = 04555, .uid = 2, .gid = 4000000000u, .nlink = 7 };
	char path[] = "dir/x?", flags[] = "schg,uarch";
	struct tree_attr a;
	struct mtree *m;

	(void)state;
	e.path = path;
	e.flags = flags;
	for (int c = 1; c < 256; c++) {
		struct buf b = { 0 };

		if (c == '/')
			continue;
		path[5] = (char)c;
		buf_puts(&b, "/set uid=0 gid=0\n");
		media_attrs_line(&b, &e, true);
		assert_int_equal(mtree_parse(b.p, b.len, &m), 0);
		a = (struct tree_attr){ .type = TREE_REG };
		mtree_apply(m, path, &a);
		assert_int_equal(a.mode, 04555);
		assert_int_equal(a.uid, 2);
		assert_int_equal(a.gid, 4000000000u);
		assert_int_equal(a.nlink, 7);
		mtree_free(m);
		buf_free(&b);
	}
}

static void
no_bad(void *arg, const char *path, const char *what)
{
	(void)arg;
	fail_msg("%s: %s", path, what);
}

static void
count_bad(void *arg, const char *path, const char *what)
{
	(void)path;
	(void)what;
	++*(unsigned *)arg;
}

/* What the disk has otherwise is in the file, and a view shows the image's. */
static void
test_a_view_shows_what_the_image_says(void **state)
{
	struct tmp *t = *state;
	struct media_list l = { .n = 0 };
	struct media_entry e[] = {
		{ .path = (char[]){ "" }, .type = TREE_DIR, .mode = 0711, .uid = 5 },
		{ .path = (char[]){ "etc" }, .type = TREE_DIR, .mode = 0755, .uid = geteuid(), .gid = getegid() },
		{ .path = (char[]){ "etc/rc" }, .type = TREE_REG, .mode = 04711, .uid = 9, .gid = 8, .size = 7 },
		{ .path = (char[]){ "lib" }, .type = TREE_LNK, .mode = 0755, .link = (char[]){ "usr/lib" } },
		{ .path = (char[]){ "usr/lib/libc" }, .type = TREE_REG, .mode = 0644, .uid = geteuid(), .gid = getegid(),
		    .size = 4, .nlink = 3 },
	};
	struct buf b = { 0 };
	char file[100];
	unsigned n = 0;
	FILE *f;
	int fd = open(t->root, O_RDONLY | O_DIRECTORY);
	size_t at;

	assert_int_equal(chmod(tmp_path(t, "etc"), 0755), 0);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(media_list_add(&l, &e[i], &at), 0);
	tmp_open(t);
	assert_int_equal(media_attrs_check(&l, &t->plain, count_bad, &n), 0);
	assert_int_equal(n, 4);			/* without the file */
	assert_int_equal(media_attrs(&l, fd, &b), 0);
	assert_null(strstr(b.p, "./etc "));	/* as on the disk */
	(void)snprintf(file, sizeof(file), "%s.mtree", t->root);
	f = fopen(file, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(b.p, 1, b.len, f), b.len);
	assert_int_equal(fclose(f), 0);
	tmp_open(t);
	assert_int_equal(media_attrs_check(&l, &t->plain, no_bad, NULL), 0);
	buf_free(&b);
	media_list_done(&l);
	(void)close(fd);
}

/* Becoming current --------------------------------------------------------------- */

static void
make(const struct media_dir *d, const char *name, const char *text)
{
	struct buf b = { 0 };
	char file[100];

	assert_int_equal(mkdirat(d->fd, name, 0755), 0);
	(void)snprintf(file, sizeof(file), "%s/f", name);
	buf_puts(&b, text);
	assert_int_equal(media_write_file(d, file, &b), 0);
	buf_free(&b);
}

static void
expect(const struct media_dir *d, const char *file, const char *want)
{
	struct buf b = { 0 };
	int r = media_read_file(d, file, &b);

	if (want == NULL)
		assert_true(r == -ENOENT || r == -ENOTDIR);
	else
		assert_string_equal(b.p, want);
	buf_free(&b);
}

/* Interrupted after any of its steps, the next run makes the rest. */
static void
test_a_tree_becomes_current_after_any_interruption(void **state)
{
	struct tmp *t = *state;
	struct media_dir d;
	struct media_state s;
	struct buf b = { 0 };

	assert_int_equal(media_dir_open(&d, t->base, false), 0);
	buf_puts(&b, "attributes");
	for (int step = 0; step < 6; step++) {
		make(&d, "x", "old");
		make(&d, ".x.part", "new");
		assert_int_equal(media_write_file(&d, "x.mtree", &b), 0);
		assert_int_equal(media_write_file(&d, ".x.part.sums", &b), 0);
		assert_int_equal(media_state_open(&d, "x", &s), 0);
		assert_int_equal(s.commit, 0);
		s.sums = true;
		(void)snprintf(s.mark, sizeof(s.mark), "m");
		if (step > 0) {
			struct stat st;

			assert_int_equal(fstatat(d.fd, ".x.part", &st, 0), 0);
			s.commit = (uint64_t)st.st_ino;
			assert_int_equal(media_state_save(&s), 0);
		}
		if (step > 1) {
			assert_int_equal(renameat(d.fd, "x", d.fd, "between"), 0);
			assert_int_equal(renameat(d.fd, ".x.part", d.fd, "x"), 0);
			assert_int_equal(renameat(d.fd, "between", d.fd, ".x.part"), 0);
		}
		if (step > 2)
			assert_int_equal(unlinkat(d.fd, "x.mtree", 0), 0);
		if (step > 3)
			assert_int_equal(renameat(d.fd, ".x.part.sums", d.fd, "x.sums"), 0);
		if (step > 4)
			assert_int_equal(renameat(d.fd, ".x.part", d.fd, ".x.old"), 0);
		media_state_close(&s);		/* killed */
		assert_int_equal(media_state_open(&d, "x", &s), 0);
		if (step > 0)
			assert_true(s.commit != 0 && s.sums && !s.mtree);
		s.sums = true;
		assert_int_equal(media_commit(&d, "x", &s), 0);
		media_state_close(&s);
		expect(&d, "x/f", "new");
		expect(&d, ".x.old/f", "old");
		expect(&d, "x.mtree", NULL);
		expect(&d, "x.sums", "attributes");
		expect(&d, ".x.from", NULL);
		expect(&d, ".x.part/f", NULL);
		assert_int_equal(media_retire(&d, "x"), 0);
		expect(&d, ".x.old/f", "new");
		expect(&d, "x.sums", NULL);
		assert_int_equal(media_delete(d.fd, ".x.old"), 0);
	}
	buf_free(&b);
	media_dir_close(&d);
}

static void
test_one_at_a_time(void **state)
{
	struct tmp *t = *state;
	struct media_dir d;
	struct media_state a, b;

	assert_int_equal(media_dir_open(&d, t->base, false), 0);
	assert_int_equal(media_state_open(&d, "x", &a), 0);
	assert_int_equal(media_state_open(&d, "x", &b), -EWOULDBLOCK);
	assert_int_equal(media_state_open(&d, "y", &b), 0);
	media_state_close(&a);
	media_state_close(&b);
	media_dir_close(&d);
}

static void
test_deletes_what_is_deep_but_nothing_outside(void **state)
{
	struct tmp *t = *state;
	struct media_dir d;
	char path[300] = "gone";

	for (int i = 0; i < 60; i++) {
		(void)strcat(path, "/d");
		tmp_dir(t, path);
	}
	tmp_file(t, "gone/d/d/f", "x");
	tmp_link(t, "gone/d/out", "../../etc");
	assert_int_equal(chmod(tmp_path(t, "gone/d/d"), 0), 0);
	assert_int_equal(media_dir_open(&d, t->root, false), 0);
	assert_int_equal(media_delete(d.fd, "gone"), 0);
	assert_int_equal(media_delete(d.fd, "gone"), 0);
	expect(&d, "etc/rc", "tree rc");
	assert_false(media_has_dir(&d, "gone"));
	assert_int_equal(media_delete(d.fd, "lib"), 0);		/* the link itself */
	expect(&d, "usr/lib/libc", "libc");
	media_dir_close(&d);
}

static void
test_names_of_trees(void **state)
{
	static const char *const bad[] = { "", ".", "..", ".x", "-x", "a/b", "a b", "x.mtree", "x.sums",
		"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn" };

	(void)state;
	assert_true(media_name_ok("fbsd-14.3_amd64"));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(media_name_ok(bad[i]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_become_paths),
		cmocka_unit_test(test_names_that_lead_out_are_refused),
		cmocka_unit_test(test_the_longest_path_fits),
		cmocka_unit_test(test_a_list_of_entries),
		cmocka_unit_test(test_cksum),
		TMP_TEST(test_sums_of_a_file),
		cmocka_unit_test(test_files_of_sums_are_read_back),
		cmocka_unit_test(test_what_is_no_file_of_sums),
		cmocka_unit_test(test_every_name_survives_mtree),
		TMP_TEST(test_a_view_shows_what_the_image_says),
		TMP_TEST(test_a_tree_becomes_current_after_any_interruption),
		TMP_TEST(test_one_at_a_time),
		TMP_TEST(test_deletes_what_is_deep_but_nothing_outside),
		cmocka_unit_test(test_names_of_trees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
