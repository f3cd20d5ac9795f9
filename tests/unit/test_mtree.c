/* mtree(5): what FreeBSD's mtree and bsdtar write, and what nobody should. */
#include "tree_tmp.h"
#include "../../tree/mtree.h"

static struct mtree *
parse(const char *text)
{
	struct mtree *m = NULL;
	size_t len = strlen(text);
	char *exact = malloc(len > 0 ? len : 1);	/* no NUL to lean on */

	memcpy(exact, text, len);
	assert_int_equal(mtree_parse(exact, len, &m), 0);
	free(exact);
	return m;
}

static void
expect(const struct mtree *m, const char *path, enum tree_type type,
    uint32_t uid, uint32_t gid, uint32_t mode)
{
	struct tree_attr a = { .type = type, .uid = 7, .gid = 7, .mode = 07,
	    .size = 70, .nlink = 71 };

	mtree_apply(m, path, &a);
	assert_int_equal(a.uid, uid);
	assert_int_equal(a.gid, gid);
	assert_int_equal(a.mode, mode);
	assert_int_equal(a.size, 70);
}

/* As `mtree -c` writes it: one directory at a time. */
static void
test_reads_the_relative_form(void **state)
{
	struct mtree *m = parse(
	    "#\t   user: root\n"
	    "#\tmachine: beastie\n"
	    "\n"
	    "# .\n"
	    "/set type=file uid=0 gid=0 mode=0644 nlink=1 flags=none\n"
	    ".               type=dir mode=0755 nlink=20 size=512 \\\n"
	    "                time=1161234567.0\n"
	    "    .cshrc      mode=0640 nlink=2 size=801 time=1161234567.0\n"
	    "    tmp         type=dir mode=01777\n"
	    "    ..\n"
	    "# ./usr\n"
	    "usr             type=dir mode=0755\n"
	    "    bin         type=dir\n"
	    "/set type=file uid=0 gid=4 mode=0555\n"
	    "        su      mode=04555 flags=schg\n"
	    "        vi\n"
	    "        ex      type=link link=vi mode=0777\n"
	    "    ..\n"
	    "    mdec        gid=9\n"
	    "..\n"
	    "\n"
	    "..\n");

	(void)state;
	assert_int_equal(mtree_count(m), 9);
	expect(m, "", TREE_DIR, 0, 0, 0755);
	expect(m, ".cshrc", TREE_REG, 0, 0, 0640);
	expect(m, "tmp", TREE_DIR, 0, 0, 01777);
	expect(m, "usr/bin", TREE_DIR, 0, 0, 0644);
	expect(m, "usr/bin/su", TREE_REG, 0, 4, 04555);
	expect(m, "usr/bin/vi", TREE_REG, 0, 4, 0555);
	expect(m, "usr/bin/ex", TREE_LNK, 0, 4, 0777);
	expect(m, "usr/mdec", TREE_REG, 0, 9, 0555);
	expect(m, "usr/bin/none", TREE_REG, 7, 7, 07);
	expect(m, "vi", TREE_REG, 7, 7, 07);
	mtree_free(m);
}

/* As `bsdtar --format=mtree` and mtree -C write it: whole paths. */
static void
test_reads_whole_paths(void **state)
{
	struct mtree *m = parse(
	    "#mtree\n"
	    "/set mode=755 type=dir uid=1 gid=2\n"
	    ". time=1.0\n"
	    "./etc nlink=3\n"
	    "./etc/rc mode=644 type=file size=3 uid=1001\n"
	    "etc/passwd mode=100600 type=file\n"
	    "./a\\040b/c\\134d type=file\n"
	    "./caf\\303\\251/\\tx\\sy\\#z type=file\n"
	    "./caf\\M-C\\M-)/\\^A\\M^?\\M\\^ uid=6\n"
	    "/usr//lib/ uid=3\n"
	    "/unset uid\n"
	    "./x gid=5 type=link link=/etc/../rc\n"
	    "/unset all\n"
	    "./y mode=1\n");

	(void)state;
	expect(m, "", TREE_DIR, 1, 2, 0755);
	expect(m, "etc", TREE_DIR, 1, 2, 0755);
	expect(m, "etc/rc", TREE_REG, 1001, 2, 0644);
	expect(m, "etc/passwd", TREE_REG, 1, 2, 0600);
	expect(m, "a b/c\\d", TREE_REG, 1, 2, 0755);
	expect(m, "caf\xc3\xa9/\tx y#z", TREE_REG, 1, 2, 0755);
	expect(m, "caf\xc3\xa9/\x01\xff\\M\\^", TREE_DIR, 6, 2, 0755);
	expect(m, "usr/lib", TREE_DIR, 3, 2, 0755);
	expect(m, "x", TREE_LNK, 7, 5, 0755);
	expect(m, "y", TREE_DIR, 7, 7, 01);
	mtree_free(m);
}

static void
test_speaks_only_of_the_type_it_names(void **state)
{
	struct mtree *m = parse("./f type=file uid=1\n./any uid=2\n");

	(void)state;
	expect(m, "f", TREE_REG, 1, 7, 07);
	expect(m, "f", TREE_DIR, 7, 7, 07);
	expect(m, "f", TREE_LNK, 7, 7, 07);
	expect(m, "any", TREE_FIFO, 2, 7, 07);
	mtree_free(m);
}

static void
test_the_last_word_counts(void **state)
{
	struct mtree *m = parse("./f uid=1\n./g uid=4\n./f uid=2\n./f uid=3");

	(void)state;
	assert_int_equal(mtree_count(m), 2);
	expect(m, "f", TREE_REG, 3, 7, 07);
	expect(m, "g", TREE_REG, 4, 7, 07);
	mtree_free(m);
}

/* A directory's links are its subdirectories, and those are counted elsewhere. */
static void
test_counts_the_links_of_files_only(void **state)
{
	struct tree_attr f = { .type = TREE_REG, .nlink = 71 }, d = { .type = TREE_DIR, .nlink = 2 };
	struct mtree *m = parse("/set nlink=3\n./f\n./d type=dir nlink=9\n/unset nlink\n./g uid=1\n");

	(void)state;
	mtree_apply(m, "f", &f);
	assert_int_equal(f.nlink, 3);
	mtree_apply(m, "d", &d);
	assert_int_equal(d.nlink, 2);
	f.nlink = 71;
	mtree_apply(m, "g", &f);
	assert_int_equal(f.nlink, 71);
	mtree_free(m);
}

static void
test_what_it_does_not_know_is_skipped(void **state)
{
	struct mtree *m = parse("./f optional nochange sha256=00ff uname=bin "
	    "tags=package=x,dev uid=4 ignore\r\n"
	    "\t \r\n"
	    "./g uid=5 \\\r\n gid=6\r\n");

	(void)state;
	assert_int_equal(mtree_count(m), 2);
	expect(m, "f", TREE_REG, 4, 7, 07);
	expect(m, "g", TREE_REG, 5, 6, 07);
	mtree_free(m);
	m = parse("");
	assert_int_equal(mtree_count(m), 0);
	expect(m, "", TREE_DIR, 7, 7, 07);
	mtree_free(m);
	mtree_free(NULL);
}

static void
test_refuses_what_is_not_mtree(void **state)
{
	static const char *const bad[] = {
		"./f uid=root\n", "./f uid=\n", "./f uid=-1\n",
		"./f uid=4294967296\n", "./f gid=1x\n", "./f mode=0888\n",
		"./f mode=u+s\n", "./f mode=7777777\n", "./f type=folder\n",
		"/set uid=x\n", "../f uid=1\n", "./a/../../b uid=1\n",
		"a\\000b uid=1\n", "./a/\\056\\056/b uid=1\n",
	};
	struct mtree *m = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(mtree_parse(bad[i], strlen(bad[i]), &m),
		    -EBADMSG);
		assert_null(m);
	}
}

/* Nothing that long can be asked for; and the levels stay right. */
static void
test_paths_too_long_are_left_out(void **state)
{
	char *text = malloc(1 << 20), *p = text;
	struct mtree *m;

	(void)state;
	p += sprintf(p, "/set type=dir\n.\n");
	for (int i = 0; i < 300; i++)
		p += sprintf(p, "dir%d\n", i);
	p += sprintf(p, "file type=file uid=1\n");
	for (int i = 0; i < 298; i++)
		p += sprintf(p, "..\n");
	p += sprintf(p, "near type=file uid=3\n..\n..\n");
	p += sprintf(p, "after type=file uid=2\n");
	for (int i = 0; i < 256; i++)
		p += sprintf(p, "n");
	p += sprintf(p, " type=file\n./");
	for (int i = 0; i < 5000; i++)
		p += sprintf(p, "p/");
	p += sprintf(p, "q\n");
	m = parse(text);
	expect(m, "after", TREE_REG, 2, 7, 07);
	expect(m, "dir0/dir1/near", TREE_REG, 3, 7, 07);
	expect(m, "dir0/dir1", TREE_DIR, 7, 7, 07);
	assert_in_range(mtree_count(m), 100, 200);
	mtree_free(m);
	free(text);
}

static void
test_survives_every_truncation(void **state)
{
	static const char text[] = "/set uid=1 type=dir\na\\040b mode=0644\n"
	    "    c type=file \\\n gid=3\n    ..\n/unset all\n./x/\\#y uid=9\n";
	struct mtree *m;

	(void)state;
	for (size_t n = 0; n < sizeof(text) - 1; n++) {
		char *exact = malloc(n > 0 ? n : 1);

		memcpy(exact, text, n);
		m = NULL;
		if (mtree_parse(exact, n, &m) < 0)
			assert_null(m);
		mtree_free(m);
		free(exact);
	}
}

static void
test_loads_a_regular_file_alone(void **state)
{
	struct mtree *m = NULL;
	struct tmp t;
	struct stat st;

	(void)state;
	tmp_new(&t);
	tmp_file(&t, "m", "./f uid=1\n");
	assert_int_equal(mtree_load(tmp_path(&t, "m"), &m), 0);
	assert_int_equal(mtree_count(m), 1);
	mtree_free(m);
	m = NULL;
	assert_int_equal(mtree_load(tmp_path(&t, "none"), &m), -ENOENT);
	assert_int_equal(mkfifo(tmp_path(&t, "fifo"), 0600), 0);
	assert_int_equal(mtree_load(tmp_path(&t, "fifo"), &m), -EBADMSG);
	assert_int_equal(mtree_load(t.root, &m), -EBADMSG);
	assert_int_equal(truncate(tmp_path(&t, "m"),
	    (off_t)MTREE_MAX_BYTES + 1), 0);
	assert_int_equal(stat(tmp_path(&t, "m"), &st), 0);
	assert_int_equal(mtree_load(tmp_path(&t, "m"), &m), -EFBIG);
	assert_null(m);
	tmp_free(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_the_relative_form),
		cmocka_unit_test(test_reads_whole_paths),
		cmocka_unit_test(test_speaks_only_of_the_type_it_names),
		cmocka_unit_test(test_the_last_word_counts),
		cmocka_unit_test(test_counts_the_links_of_files_only),
		cmocka_unit_test(test_what_it_does_not_know_is_skipped),
		cmocka_unit_test(test_refuses_what_is_not_mtree),
		cmocka_unit_test(test_paths_too_long_are_left_out),
		cmocka_unit_test(test_survives_every_truncation),
		cmocka_unit_test(test_loads_a_regular_file_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
