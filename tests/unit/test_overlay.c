/* Overlays: what may be added, what is found, and their bounds. */
#include "tree_tmp.h"

static struct overlay *
fresh(void)
{
	struct overlay *o;

	assert_int_equal(overlay_new(42, &o), 0);
	return o;
}

static int
add(struct overlay *o, const char *path)
{
	return overlay_add_file(o, path, 0644, "x", 1);
}

static void
test_finds_what_was_added(void **state)
{
	struct overlay *o = fresh();
	const struct overlay_entry *e;
	char data[] = "hello";

	(void)state;
	assert_int_equal(overlay_add_file(o, "etc/rc.d/x", 04755, data, 5), 0);
	assert_int_equal(overlay_add_link(o, "etc/l", "../t"), 0);
	assert_int_equal(overlay_add_dir(o, "var", 01777), 0);
	data[0] = 'J';		/* it keeps a copy */
	overlay_seal(o);
	assert_int_equal(overlay_mtime(o), 42);

	assert_non_null(e = overlay_find(o, "etc/rc.d/x"));
	assert_int_equal(e->kind, OVERLAY_FILE);
	assert_int_equal(e->mode, 04755);
	assert_int_equal(e->len, 5);
	assert_memory_equal(e->data, "hello", 5);
	assert_false(e->implied);
	assert_string_equal(overlay_name(e), "x");
	assert_non_null(e = overlay_find(o, "etc/l"));
	assert_int_equal(e->kind, OVERLAY_LINK);
	assert_memory_equal(e->data, "../t", 5);
	assert_non_null(e = overlay_find(o, "var"));
	assert_int_equal(e->mode, 01777);
	assert_null(overlay_find(o, "etc/rc.d/y"));
	assert_null(overlay_find(o, "etc/rc"));
	assert_null(overlay_find(o, "v"));
	overlay_unref(o);
}

static void
test_directories_on_the_way_exist_by_themselves(void **state)
{
	struct overlay *o = fresh();
	const struct overlay_entry *e;

	(void)state;
	assert_int_equal(add(o, "a/b/c"), 0);
	assert_int_equal(overlay_count(o), 1);
	assert_non_null(e = overlay_find(o, "a/b"));
	assert_int_equal(e->kind, OVERLAY_DIR);
	assert_int_equal(e->mode, 0755);
	assert_true(e->implied);
	assert_non_null(overlay_find(o, ""));
	/* and can be given a mode of their own later, once */
	assert_int_equal(overlay_add_dir(o, "a/b", 0700), 0);
	assert_int_equal(overlay_add_dir(o, "a/b", 0700), -EEXIST);
	assert_false(overlay_find(o, "a/b")->implied);
	assert_int_equal(overlay_find(o, "a/b")->mode, 0700);
	assert_int_equal(overlay_count(o), 2);
	overlay_unref(o);
}

static void
test_refuses_a_second_entry_and_one_beneath_a_file(void **state)
{
	struct overlay *o = fresh();

	(void)state;
	assert_int_equal(add(o, "a/f"), 0);
	assert_int_equal(overlay_add_link(o, "l", "/"), 0);
	assert_int_equal(add(o, "a/f"), -EEXIST);
	assert_int_equal(add(o, "a/f/g"), -EEXIST);
	assert_int_equal(add(o, "l/g/h"), -EEXIST);
	assert_int_equal(overlay_add_dir(o, "a/f", 0755), -EEXIST);
	assert_int_equal(add(o, "a"), -EEXIST);
	assert_int_equal(overlay_add_link(o, "a", "x"), -EEXIST);
	assert_int_equal(overlay_count(o), 2);
	assert_null(overlay_find(o, "l/g"));
	overlay_unref(o);
}

static void
test_refuses_paths_that_are_none(void **state)
{
	static const char *const bad[] = { "", "/", "/a", "a/", "a//b", ".",
	    "..", "a/..", "../a", "a/./b", "./a" };
	char longer[TREE_PATH_MAX + 2], deep[2 * TREE_DEPTH_MAX + 2];
	struct overlay *o = fresh();

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(add(o, bad[i]), -EINVAL);
	assert_int_equal(add(o, "..."), 0);
	assert_int_equal(add(o, ".a"), 0);

	memset(longer, 'n', TREE_NAME_MAX + 1);
	longer[TREE_NAME_MAX + 1] = '\0';
	assert_int_equal(add(o, longer), -ENAMETOOLONG);
	assert_int_equal(add(o, longer + 1), 0);
	for (size_t i = 0; i < sizeof(longer) - 1; i++)
		longer[i] = i % 100 == 99 ? '/' : 'n';
	longer[TREE_PATH_MAX + 1] = '\0';
	assert_int_equal(add(o, longer), -ENAMETOOLONG);
	longer[TREE_PATH_MAX] = '\0';
	assert_int_equal(add(o, longer), 0);

	for (size_t i = 0; i < sizeof(deep) - 1; i++)
		deep[i] = i % 2 == 0 ? 'd' : '/';
	deep[sizeof(deep) - 1] = '\0';
	assert_int_equal(add(o, deep), -ENAMETOOLONG);
	deep[sizeof(deep) - 3] = '\0';
	assert_int_equal(add(o, deep), 0);
	assert_int_equal(overlay_add_link(o, "empty", ""), -EINVAL);
	overlay_unref(o);
}

static void
test_lists_in_path_order_whatever_the_order_of_adding(void **state)
{
	struct overlay *o = fresh();
	char name[16];

	(void)state;
	for (unsigned i = 0; i < 200; i++) {
		(void)snprintf(name, sizeof(name), "%u/%u", i * 7919 % 200 % 7,
		    i * 7919 % 200);
		assert_int_equal(add(o, name), 0);
	}
	overlay_seal(o);
	assert_int_equal(overlay_count(o), 200);
	for (size_t i = 1; i < 200; i++)
		assert_true(strcmp(overlay_at(o, i - 1)->path,
		    overlay_at(o, i)->path) < 0);
	assert_null(overlay_at(o, 200));
	overlay_unref(o);
}

static void
test_children_are_those_directly_inside(void **state)
{
	static const char *const path[] = { "a", "b/c", "b/d/e", "b/d/f", "b.x",
	    "b-", "bb/z" };
	struct overlay *o = fresh();
	const struct overlay_entry *e;
	char seen[64] = "";
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(path) / sizeof(path[0]); i++)
		assert_int_equal(add(o, path[i]), 0);
	overlay_seal(o);
	for (e = overlay_child(overlay_find(o, "b")); e; e = overlay_next(e)) {
		(void)strcat(seen, overlay_name(e));
		n++;
	}
	assert_int_equal(n, 2);
	assert_non_null(strchr(seen, 'c'));
	assert_non_null(strchr(seen, 'd'));
	for (n = 0, e = overlay_child(overlay_find(o, "")); e; e = overlay_next(e))
		n++;
	assert_int_equal(n, 5);
	assert_null(overlay_child(overlay_find(o, "a")));
	overlay_unref(o);
}

static void
test_is_bounded_in_bytes_and_entries(void **state)
{
	struct overlay *o = fresh();
	uint8_t *big = calloc(1, OVERLAY_MAX_BYTES + 1);
	char name[32];

	(void)state;
	assert_non_null(big);
	assert_int_equal(overlay_add_file(o, "b", 0644, big,
	    OVERLAY_MAX_BYTES + 1), -EFBIG);
	assert_int_equal(overlay_add_file(o, "b", 0644, big,
	    OVERLAY_MAX_BYTES), -EFBIG);	/* the path counts */
	assert_int_equal(overlay_add_file(o, "b", 0644, big,
	    OVERLAY_MAX_BYTES - 1), 0);
	assert_int_equal(add(o, "c"), -EFBIG);
	free(big);
	overlay_unref(o);

	o = fresh();
	for (unsigned i = 0; i < OVERLAY_MAX_ENTRIES / 2; i++) {
		(void)snprintf(name, sizeof(name), "%u/f", i);
		assert_int_equal(add(o, name), 0);
	}
	assert_int_equal(overlay_count(o), OVERLAY_MAX_ENTRIES / 2);
	assert_int_equal(add(o, "one/more"), -EFBIG);
	assert_int_equal(add(o, "more"), -EFBIG);
	assert_null(overlay_find(o, "one"));
	overlay_unref(o);
}

static void
test_lives_as_long_as_somebody_refers_to_it(void **state)
{
	struct overlay *o = fresh(), *p;

	(void)state;
	assert_int_equal(add(o, "a"), 0);
	overlay_seal(o);
	p = overlay_ref(o);
	overlay_unref(o);
	assert_non_null(overlay_find(p, "a"));
	overlay_unref(p);
	overlay_unref(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_finds_what_was_added),
		cmocka_unit_test(test_directories_on_the_way_exist_by_themselves),
		cmocka_unit_test(test_refuses_a_second_entry_and_one_beneath_a_file),
		cmocka_unit_test(test_refuses_paths_that_are_none),
		cmocka_unit_test(test_lists_in_path_order_whatever_the_order_of_adding),
		cmocka_unit_test(test_children_are_those_directly_inside),
		cmocka_unit_test(test_is_bounded_in_bytes_and_entries),
		cmocka_unit_test(test_lives_as_long_as_somebody_refers_to_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
