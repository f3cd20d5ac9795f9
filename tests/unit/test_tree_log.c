/* The installation's log as clients write and read it. */
#include "tree_tmp.h"

static void
test_keeps_what_was_written_where_it_was_written(void **state)
{
	struct tree_log *l = tree_log_new();
	char buf[32];
	int64_t mtime = -1;

	(void)state;
	assert_int_equal(tree_log_size(l, &mtime), 0);
	assert_int_equal(tree_log_read(l, 0, buf, sizeof(buf)), 0);
	assert_int_equal(tree_log_write(l, 0, "hello ", 6, 100), 0);
	assert_int_equal(tree_log_write(l, 6, "world", 5, 200), 0);
	assert_int_equal(tree_log_size(l, &mtime), 11);
	assert_int_equal(mtime, 200);
	assert_int_equal(tree_log_read(l, 0, buf, sizeof(buf)), 11);
	assert_memory_equal(buf, "hello world", 11);
	assert_int_equal(tree_log_read(l, 6, buf, 3), 3);
	assert_memory_equal(buf, "wor", 3);
	assert_int_equal(tree_log_read(l, 11, buf, 3), 0);
	assert_int_equal(tree_log_read(l, UINT64_MAX, buf, 3), 0);
	tree_log_unref(l);
}

static void
test_a_retransmission_changes_nothing(void **state)
{
	struct tree_log *l = tree_log_new();
	char buf[32];

	(void)state;
	assert_int_equal(tree_log_write(l, 0, "one\n", 4, 1), 0);
	assert_int_equal(tree_log_write(l, 4, "two\n", 4, 1), 0);
	assert_int_equal(tree_log_write(l, 0, "one\n", 4, 1), 0);
	assert_int_equal(tree_log_size(l, NULL), 8);
	assert_int_equal(tree_log_read(l, 0, buf, sizeof(buf)), 8);
	assert_memory_equal(buf, "one\ntwo\n", 8);
	tree_log_unref(l);
}

static void
test_a_gap_is_zeroes(void **state)
{
	struct tree_log *l = tree_log_new();
	char *buf = malloc(20001);

	(void)state;
	assert_int_equal(tree_log_write(l, 20000, "x", 1, 1), 0);
	assert_int_equal(tree_log_read(l, 0, buf, 20001), 20001);
	for (int i = 0; i < 20000; i++)
		assert_int_equal(buf[i], 0);
	assert_int_equal(buf[20000], 'x');
	free(buf);
	tree_log_unref(l);
}

static void
test_is_bounded(void **state)
{
	struct tree_log *l = tree_log_new();
	char c = 'c';

	(void)state;
	assert_int_equal(tree_log_write(l, TREE_LOG_MAX, &c, 1, 1), -EFBIG);
	assert_int_equal(tree_log_write(l, UINT64_MAX, &c, 1, 1), -EFBIG);
	assert_int_equal(tree_log_write(l, 0, &c, TREE_LOG_MAX + 1, 1), -EFBIG);
	assert_int_equal(tree_log_write(l, 0, &c, SIZE_MAX, 1), -EFBIG);
	assert_int_equal(tree_log_size(l, NULL), 0);
	assert_int_equal(tree_log_write(l, TREE_LOG_MAX - 1, &c, 1, 1), 0);
	assert_int_equal(tree_log_size(l, NULL), TREE_LOG_MAX);
	assert_int_equal(tree_log_write(l, TREE_LOG_MAX, &c, 0, 1), 0);
	tree_log_unref(l);
}

static void
test_is_a_file_of_the_view(void **state)
{
	struct tmp t;
	struct node n;
	struct view_file *f;
	char buf[8];
	size_t len;
	bool eof;

	(void)state;
	tmp_new(&t);
	tmp_ready(&t);
	assert_string_equal(tmp_text(&t.inst, ".provd/tok/log"), "");
	assert_int_equal(tree_log_write(t.log, 0, "step 1\n", 7, 1234), 0);
	assert_string_equal(tmp_text(&t.inst, ".provd/tok/log"), "step 1\n");
	assert_int_equal(tmp_node(&t.inst, ".provd/tok/log", &n), 0);
	assert_int_equal(n.src, NODE_LOG);
	assert_int_equal(n.attr.size, 7);
	assert_int_equal(n.attr.mtime.s, 1234);
	assert_int_equal(view_read(&tree_cred_root, &n, 5, buf, 8, 0, &len, &eof), 0);
	assert_int_equal(len, 2);
	assert_true(eof);
	assert_int_equal(view_file_open(&tree_cred_root, &n, 0, &f), 0);
	tmp_free(&t);		/* the file holds what it needs */
	assert_int_equal(view_file_size(f), 7);
	assert_int_equal(view_file_read(f, 0, buf, 4, 0, &len), 0);
	assert_int_equal(len, 4);
	assert_memory_equal(buf, "step", 4);
	view_file_close(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keeps_what_was_written_where_it_was_written),
		cmocka_unit_test(test_a_retransmission_changes_nothing),
		cmocka_unit_test(test_a_gap_is_zeroes),
		cmocka_unit_test(test_is_bounded),
		cmocka_unit_test(test_is_a_file_of_the_view),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
