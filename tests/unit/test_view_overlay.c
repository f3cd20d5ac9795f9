/* An overlay over a tree, and the special names. */
#include "tree_tmp.h"
#include "../../tree/path.h"

/* Overlay ----------------------------------------------------------------- */

static void
test_the_overlay_covers_the_tree_in_its_view_alone(void **state)
{
	struct tmp *t = *state;
	struct node n;
	char buf[16];
	size_t len;

	assert_int_equal(overlay_add_file(t->overlay, "etc/rc", 0555, "mine", 4), 0);
	assert_int_equal(overlay_add_file(t->overlay, "etc/new/deep", 0600, "d", 1), 0);
	assert_int_equal(overlay_add_link(t->overlay, "etc/passwd", "/etc/rc"), 0);
	assert_int_equal(overlay_add_dir(t->overlay, "usr", 0711), 0);
	tmp_ready(t);
	assert_string_equal(tmp_text(&t->inst, "etc/rc"), "mine");
	assert_string_equal(tmp_text(&t->plain, "etc/rc"), "tree rc");
	assert_string_equal(tmp_text(&t->plain, "etc/new/deep"), "?ENOENT");
	assert_int_equal(tmp_node(&t->inst, "etc/rc", &n), 0);
	assert_int_equal(n.src, NODE_OVERLAY);
	assert_int_equal(n.attr.type, TREE_REG);
	assert_int_equal(n.attr.mode, 0555);
	assert_int_equal(n.attr.uid, 0);
	assert_int_equal(n.attr.size, 4);
	assert_int_equal(n.attr.used, 512);
	assert_int_equal(n.attr.mtime.s, 1000000);
	/* links too, inside the view */
	assert_string_equal(walk_text(&t->inst, "etc/passwd"), "mine");
	assert_int_equal(tmp_node(&t->inst, "etc/passwd", &n), 0);
	assert_int_equal(n.attr.type, TREE_LNK);
	assert_int_equal(view_readlink(&n, TREE_NOWAIT, buf, sizeof(buf), &len), 0);
	assert_string_equal(buf, "/etc/rc");
	assert_int_equal(len, 7);
	assert_int_equal(view_readlink(&n, 0, buf, 7, &len), -ENAMETOOLONG);
	/* what is merely on the way looks like the tree's, or like 0755 */
	assert_int_equal(chmod(tmp_path(t, "etc"), 0750), 0);
	assert_int_equal(tmp_node(&t->inst, "etc", &n), 0);
	assert_int_equal(n.attr.mode, 0750);
	assert_int_equal(tmp_node(&t->inst, "etc/new", &n), 0);
	assert_int_equal(n.attr.mode, 0755);
	assert_int_equal(n.attr.type, TREE_DIR);
	/* a directory that was added has its own mode and merges */
	assert_int_equal(tmp_node(&t->inst, "usr", &n), 0);
	assert_int_equal(n.attr.mode, 0711);
	assert_string_equal(tmp_text(&t->inst, "usr/lib/libc"), "libc");
}

static void
test_an_overlay_file_hides_all_beneath_it(void **state)
{
	struct tmp *t = *state;
	struct node n;

	assert_int_equal(overlay_add_file(t->overlay, "hidden", 0644, "h", 1), 0);
	assert_int_equal(overlay_add_link(t->overlay, "usr", "etc"), 0);
	tmp_ready(t);
	assert_string_equal(tmp_text(&t->inst, "hidden"), "h");
	assert_string_equal(tmp_text(&t->inst, "hidden/inside"), "?ENOTDIR");
	assert_string_equal(tmp_text(&t->inst, "usr/lib/libc"), "?ENOTDIR");
	assert_string_equal(walk_text(&t->inst, "usr/rc"), "tree rc");
	/* even for a node from before, whose path the tree still has */
	assert_int_equal(tmp_node(&t->plain, "hidden/inside", &n), 0);
	n.view = &t->inst;
	assert_int_equal(view_getattr(&n, 0), -ENOTDIR);
}

static void
test_an_overlay_directory_over_a_link_or_file(void **state)
{
	struct tmp *t = *state;
	struct node n;

	assert_int_equal(overlay_add_file(t->overlay, "lib/x", 0644, "x", 1), 0);
	assert_int_equal(overlay_add_file(t->overlay, "etc/rc/y", 0644, "y", 1), 0);
	tmp_ready(t);
	assert_int_equal(tmp_node(&t->inst, "lib", &n), 0);
	assert_int_equal(n.attr.type, TREE_DIR);
	assert_string_equal(tmp_text(&t->inst, "lib/x"), "x");
	/* the link is gone, not merged with where it led */
	assert_string_equal(tmp_text(&t->inst, "lib/libc"), "?ENOENT");
	assert_string_equal(tmp_text(&t->inst, "etc/rc/y"), "y");
	assert_string_equal(tmp_text(&t->inst, "etc/rc/z"), "?ENOENT");
	assert_string_equal(tmp_text(&t->plain, "etc/rc"), "tree rc");
}

/* Special names ------------------------------------------------------------ */

static void
test_special_names_exist_in_the_installations_view_alone(void **state)
{
	static const struct { const char *path; int src; } c[] = {
		{ ".provd", NODE_VDIR }, { ".provd/tok", NODE_VDIR },
		{ ".provd/tok/claim", NODE_VDIR },
		{ ".provd/tok/report", NODE_VDIR },
		{ ".provd/tok/log", NODE_LOG },
		{ ".provd/tok/claim/1", NODE_CLAIM },
		{ ".provd/tok/claim/00000000000000000001", NODE_CLAIM },
		{ ".provd/tok/claim/18446744073709551615", NODE_CLAIM },
		{ ".provd/tok/claim/18446744073709551616", -ENOENT },
		{ ".provd/tok/claim/000000000000000000001", -ENOENT },
		{ ".provd/tok/claim/1a", -ENOENT },
		{ ".provd/tok/claim/-1", -ENOENT },
		{ ".provd/tok/claim/1/2", -ENOTDIR },
		{ ".provd/tok/report/1-fdisk-start", NODE_REPORT },
		{ ".provd/tok/report/12-dist_base64-ok-100% of it", NODE_REPORT },
		{ ".provd/tok/report/12-x-failed-", NODE_REPORT },
		{ ".provd/tok/report/1-fdisk", -ENOENT },
		{ ".provd/tok/report/1-fdisk-", -ENOENT },
		{ ".provd/tok/report/-fdisk-ok", -ENOENT },
		{ ".provd/tok/report/1--ok", -ENOENT },
		{ ".provd/tok/report/1-Fdisk-ok", -ENOENT },
		{ ".provd/tok/report/1-fdisk-ok1", -ENOENT },
		{ ".provd/tok/report/1-fdisk-ok-a\nb", -ENOENT },
		{ ".provd/tok/report/1-fdisk-ok-\xc3\xa9", -ENOENT },
		{ ".provd/tok/report/123456789012345678901-a-b", -ENOENT },
		{ ".provd/tok/x", -ENOENT },	/* only on disk */
		{ ".provd/tok/init", NODE_OVERLAY },
		{ ".provd/tok/menus/a", NODE_OVERLAY },
		{ ".provd/tok/menus", NODE_OVERLAY },
		{ ".provd/tok/init/x", -ENOTDIR },
		{ ".provd/other", NODE_OVERLAY },
		{ ".provd/tokk", -ENOENT }, { ".provd/to", -ENOENT },
		{ ".provd/tok/logg", -ENOENT }, { ".provdx", -ENOENT },
	};
	struct tmp *t = *state;
	struct node n;

	assert_int_equal(overlay_add_file(t->overlay, ".provd/tok/init", 0755,
	    "i", 1), 0);
	assert_int_equal(overlay_add_file(t->overlay, ".provd/tok/menus/a", 0644,
	    "m", 1), 0);
	assert_int_equal(overlay_add_file(t->overlay, ".provd/other", 0644,
	    "o", 1), 0);
	tmp_ready(t);
	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		int r = tmp_node(&t->inst, c[i].path, &n);

		if (c[i].src < 0)
			assert_int_equal(r, c[i].src);
		else {
			assert_int_equal(r, 0);
			assert_int_equal(n.src, c[i].src);
			assert_string_equal(n.path, c[i].path);
		}
		assert_int_equal(tmp_node(&t->plain, c[i].path, &n), -ENOENT);
	}
	t->inst.log = NULL;
	assert_int_equal(tmp_node(&t->inst, ".provd/tok/log", &n), -ENOENT);
	/* nothing lies beneath the names that are files */
	assert_int_equal(path_kind("tok", ".provd/tok/log/x", 16), PATH_NONE);
	assert_int_equal(path_kind("tok", ".provd/tok/claim/1/x", 20), PATH_NONE);
	assert_int_equal(path_kind("tok", ".provd/tok/claim/1", 18), PATH_CLAIM);
}

static void
test_claims_and_reports_are_the_callers_to_settle(void **state)
{
	struct tmp *t = *state;
	struct node n;
	char buf[8];
	size_t len;
	bool eof;

	tmp_ready(t);
	assert_int_equal(tmp_node(&t->inst, ".provd/tok/claim/3", &n), 0);
	assert_int_equal(n.attr.type, TREE_REG);
	assert_int_equal(n.attr.size, TREE_CLAIM_SIZE);
	assert_int_equal(view_read(&tree_cred_root, &n, 0, buf, 8, 0, &len, &eof),
	    -EINVAL);
	assert_int_equal(view_getattr(&n, TREE_NOWAIT), 0);
	assert_int_equal(tmp_node(&t->inst, ".provd/tok/report/1-a-ok", &n), 0);
	assert_int_equal(n.attr.size, 0);
	assert_int_equal(view_read(&tree_cred_root, &n, 0, buf, 8, 0, &len, &eof),
	    -EINVAL);
	/* TFTP and HTTP never get them from a walk */
	assert_int_equal(view_walk(&t->inst, &tree_cred_root,
	    ".provd/tok/claim/3", true, 0, &n), -ENOENT);
	assert_int_equal(view_walk(&t->inst, &tree_cred_root,
	    ".provd/tok/report/1-a-ok", true, 0, &n), -ENOENT);
	assert_int_equal(view_walk(&t->inst, &tree_cred_root, ".provd/tok/log",
	    true, 0, &n), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TMP_TEST(test_the_overlay_covers_the_tree_in_its_view_alone),
		TMP_TEST(test_an_overlay_file_hides_all_beneath_it),
		TMP_TEST(test_an_overlay_directory_over_a_link_or_file),
		TMP_TEST(test_special_names_exist_in_the_installations_view_alone),
		TMP_TEST(test_claims_and_reports_are_the_callers_to_settle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
