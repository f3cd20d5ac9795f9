/* YAML: the tree, where its nodes stood, and everything that is refused. */
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../lib/buf.h"
#include "../../lib/yaml.h"

static struct yaml_node *
load(const char *text)
{
	struct cfg_error err = { "" };
	struct yaml_node *n = NULL;

	if (yaml_load_mem("t.yaml", text, strlen(text), &n, &err) != 0)
		fail_msg("%s", err.text);
	return n;
}

static void
refuses_n(const char *text, size_t len, const char *want)
{
	struct cfg_error err = { "" };
	struct yaml_node *n = NULL;

	assert_int_equal(yaml_load_mem("t.yaml", text, len, &n, &err), -EINVAL);
	assert_null(n);
	if (strncmp(err.text, want, strlen(want)) != 0)
		fail_msg("\"%s\" is not \"%s\"", err.text, want);
}

static void
refuses(const char *text, const char *want)
{
	refuses_n(text, strlen(text), want);
}

static void
at(const struct yaml_node *n, unsigned kind, unsigned line, unsigned col)
{
	assert_int_equal(n->kind, kind);
	assert_int_equal(n->line, line);
	assert_int_equal(n->col, col);
}

static void
test_nodes_know_where_they_stood(void **state)
{
	struct yaml_node *n = load(
	    "# comment\n"
	    "a: 1\n"
	    "b:\n"
	    "  - x\n"
	    "  - {c: 'd', e: }\n"
	    "f: |\n"
	    "  two\n"
	    "  lines\n");

	(void)state;
	at(n, YAML_MAP, 2, 1);
	assert_int_equal(n->n, 3);
	at(n->key[0], YAML_SCALAR, 2, 1);
	assert_string_equal(n->key[0]->value, "a");
	at(n->item[0], YAML_SCALAR, 2, 4);
	assert_string_equal(n->item[0]->value, "1");
	assert_false(n->item[0]->quoted);
	at(n->item[1], YAML_SEQ, 4, 3);
	at(n->item[1]->item[0], YAML_SCALAR, 4, 5);
	at(n->item[1]->item[1], YAML_MAP, 5, 5);
	assert_true(n->item[1]->item[1]->item[0]->quoted);
	assert_string_equal(n->item[1]->item[1]->item[1]->value, "");
	assert_false(n->item[1]->item[1]->item[1]->quoted);
	assert_string_equal(n->item[2]->value, "two\nlines\n");
	assert_true(n->item[2]->quoted);
	yaml_tree_free(n);
}

static void
test_a_byte_order_mark_is_skipped(void **state)
{
	struct yaml_node *n = load("\xef\xbb\xbf" "a: b\n");

	(void)state;
	assert_string_equal(n->key[0]->value, "a");
	yaml_tree_free(n);
}

static void
test_columns_count_characters(void **state)
{
	struct yaml_node *n = load("\xc3\xa4\xc3\xb6: x\n");

	(void)state;
	at(n->item[0], YAML_SCALAR, 1, 5);
	yaml_tree_free(n);
}

static void
test_refuses_what_a_configuration_does_not_need(void **state)
{
	(void)state;
	refuses("a: &x 1\n", "t.yaml:1:4: anchors and tags");
	refuses("a: &x [1]\n", "t.yaml:1:4: anchors and tags");
	refuses("a: &x {b: 1}\n", "t.yaml:1:4: anchors and tags");
	refuses("&x a: 1\n", "t.yaml:1:1: anchors and tags");
	refuses("a: b\nc: *a\n", "t.yaml:2:4: aliases");
	refuses("a: !!str 1\n", "t.yaml:1:4: anchors and tags");
	refuses("a: ! 1\n", "t.yaml:1:4: anchors and tags");
	refuses("a: !x [1]\n", "t.yaml:1:4: anchors and tags");
	refuses("a: !x {b: c}\n", "t.yaml:1:4: anchors and tags");
	refuses("a: 1\n---\nb: 2\n", "t.yaml:2:1: a second document");
	refuses("{a: 1}: 2\n", "t.yaml:1:1: a key must be plain text");
	refuses("? [a]\n: 2\n", "t.yaml:1:3: a key must be plain text");
	refuses("", "t.yaml:1:1: the file is empty");
	refuses("# nothing\n", "t.yaml:1:1: the file is empty");
}

static void
test_names_the_second_of_two_equal_keys(void **state)
{
	(void)state;
	refuses("a: 1\nb: 2\n'a': 3\n",
	    "t.yaml:3:1: \"a\" was given already in line 1");
	refuses("x:\n  - {b: 1, a: 2, b: 3}\n",
	    "t.yaml:2:18: \"b\" was given already in line 2");
	yaml_tree_free(load("x: {a: 1}\ny: {a: 1}\na: 1\n"));
}

static void
test_tells_the_place_of_a_mistake_in_the_syntax(void **state)
{
	(void)state;
	refuses("a: [1, 2\nb: 3\n", "t.yaml:2:2: did not find expected ',' or ']'");
	refuses("a: 1\n b: 2\n", "t.yaml:2:3: mapping values are not allowed");
	refuses("a: 'x\n", "t.yaml:2:1: found unexpected end of stream");
	refuses("a: 1\n\tb: 2\n", "t.yaml:2:");
	refuses("a: @x\n", "t.yaml:1:4: found character that cannot start");
}

static void
test_refuses_bytes_that_are_not_utf8(void **state)
{
	(void)state;
	refuses("a: 1\nb: \xff\n", "t.yaml:2:4: ");
	refuses("\xc3\xa4: \xc3(\n", "t.yaml:1:5: ");
	refuses("a: \xc0\xaf\n", "t.yaml:1:4: ");	/* overlong */
	refuses("a: \xed\xa0\x80\n", "t.yaml:1:4: ");	/* surrogate */
	refuses("a: \x1b[2J\n", "t.yaml:1:4: control characters");
	refuses("a: \"\\0\"\n", "t.yaml:1:4: a NUL character");
	refuses_n("a: b\0c\n", 7, "t.yaml:1:5: ");
	refuses_n("\xff\xfe" "a\0:\0 \0b\0", 10, "t.yaml:1:1: ");	/* UTF-16 */
}

/* n containers, one in the other. */
static char *
nested(size_t n, char open, char close)
{
	char *s = malloc(2 * n + 1);

	assert_non_null(s);
	memset(s, open, n);
	memset(s + n, close, n);
	s[2 * n] = '\0';
	return s;
}

static void
test_depth_ends_at_sixteen(void **state)
{
	char *s = nested(16, '[', ']');

	(void)state;
	yaml_tree_free(load(s));
	free(s);
	s = nested(17, '[', ']');
	refuses(s, "t.yaml:1:17: nested too deeply");
	free(s);
	s = nested(100000, '[', ']');
	refuses(s, "t.yaml:1:17: nested too deeply");
	free(s);
	s = nested(100000, '{', '}');
	refuses(s, "t.yaml:1:");
	free(s);
}

static struct buf
items(size_t n)
{
	struct buf b = { 0 };

	for (size_t i = 0; i < n; i++)
		buf_puts(&b, "- a\n");
	return b;
}

static void
test_items_end_at_two_millions(void **state)
{
	struct buf b = items(1999999);		/* and the list itself */
	struct yaml_node *n = load(b.p);

	(void)state;
	assert_int_equal(n->n, 1999999);
	yaml_tree_free(n);
	buf_free(&b);
	b = items(2000000);
	refuses(b.p, "t.yaml:2000000:3: the file has too many items");
	buf_free(&b);
}

/* Forty thousand keys that differ at the end: no quadratic comparison. */
static void
test_many_keys_are_compared_fast(void **state)
{
	struct buf b = { 0 };
	struct yaml_node *n;

	(void)state;
	for (int i = 0; i < 40000; i++)
		buf_printf(&b, "the-same-beginning-of-a-name-%d: 1\n", i);
	n = load(b.p);
	assert_int_equal(n->n, 40000);
	yaml_tree_free(n);
	buf_puts(&b, "the-same-beginning-of-a-name-7: 1\n");
	refuses(b.p, "t.yaml:40001:1: \"the-same-beginning-of-a-name-7\" was");
	buf_free(&b);
}

static void
test_survives_every_truncation(void **state)
{
	static const char text[] =
	    "a: [1, {b: 'c'}]\nd:\n  - \"e\\n\"\n  - |\n    f\n\xc3\xa4: ~\n";

	(void)state;
	for (size_t n = 0; n < sizeof(text) - 1; n++) {
		struct cfg_error err = { "" };
		struct yaml_node *tree = NULL;
		char *exact = malloc(n + (n == 0));
		int r;

		assert_non_null(exact);
		memcpy(exact, text, n);
		r = yaml_load_mem("t", exact, n, &tree, &err);
		assert_true(r == 0 ? tree != NULL : err.text[0] != '\0');
		yaml_tree_free(tree);
		free(exact);
	}
}

/* Files ------------------------------------------------------------------ */

static void
refuses_file(const char *path, int want, const char *text)
{
	struct cfg_error err = { "" };
	struct yaml_node *n = NULL;

	assert_int_equal(yaml_load_file(path, &n, &err), want);
	assert_null(n);
	assert_non_null(strstr(err.text, text));
	assert_memory_equal(err.text, path, strlen(path));
}

static void
test_reads_a_file_up_to_64_mebibytes(void **state)
{
	char path[] = "/tmp/test_yaml.XXXXXX";
	int fd = mkstemp(path);
	struct cfg_error err;
	struct yaml_node *n;

	(void)state;
	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, "a: b #", 6), 6);
	assert_int_equal(yaml_load_file(path, &n, &err), 0);
	assert_string_equal(n->item[0]->value, "b");
	yaml_tree_free(n);
	assert_int_equal(ftruncate(fd, (64 << 20) + 1), 0);
	refuses_file(path, -EFBIG, "larger than 64 MiB");
	(void)close(fd);
	(void)unlink(path);
}

static void
test_refuses_what_is_not_a_file(void **state)
{
	char dir[] = "/tmp/test_yaml.XXXXXX", fifo[64];

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(fifo, sizeof(fifo), "%s/fifo", dir);
	refuses_file(dir, -EISDIR, "Is a directory");
	refuses_file(fifo, -ENOENT, "No such file");
	assert_int_equal(mkfifo(fifo, 0600), 0);
	refuses_file(fifo, -EINVAL, "not a regular file");	/* and does not wait */
	(void)unlink(fifo);
	(void)rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nodes_know_where_they_stood),
		cmocka_unit_test(test_a_byte_order_mark_is_skipped),
		cmocka_unit_test(test_columns_count_characters),
		cmocka_unit_test(test_refuses_what_a_configuration_does_not_need),
		cmocka_unit_test(test_names_the_second_of_two_equal_keys),
		cmocka_unit_test(test_tells_the_place_of_a_mistake_in_the_syntax),
		cmocka_unit_test(test_refuses_bytes_that_are_not_utf8),
		cmocka_unit_test(test_depth_ends_at_sixteen),
		cmocka_unit_test(test_items_end_at_two_millions),
		cmocka_unit_test(test_many_keys_are_compared_fast),
		cmocka_unit_test(test_survives_every_truncation),
		cmocka_unit_test(test_reads_a_file_up_to_64_mebibytes),
		cmocka_unit_test(test_refuses_what_is_not_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
