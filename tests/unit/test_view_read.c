/* Reading the files of a view, and who may. */
#include <sys/vfs.h>

#include "tree_tmp.h"

/* Reading ----------------------------------------------------------------- */

static void
test_reads_any_range(void **state)
{
	struct tmp *t = *state;
	struct node n;
	char *text = malloc(20001), *buf = malloc(20000);
	size_t len;
	bool eof;

	for (int i = 0; i < 20000; i++)
		text[i] = (char)('a' + i % 23);
	text[20000] = '\0';
	tmp_file(t, "big", text);
	assert_int_equal(overlay_add_file(t->overlay, "over", 0644, text, 20000), 0);
	tmp_file(t, "empty", "");
	tmp_ready(t);
	for (int k = 0; k < 2; k++) {
		static const struct { uint64_t off; size_t len, n; bool eof; } c[] = {
			{ 0, 20000, 20000, true }, { 0, 19999, 19999, false },
			{ 19999, 10, 1, true }, { 20000, 10, 0, true },
			{ 20001, 10, 0, true }, { UINT64_MAX, 10, 0, true },
			{ INT64_MAX, 10, 0, true }, { 4095, 2, 2, false },
			{ 5, 0, 0, false },
		};

		assert_int_equal(tmp_node(&t->inst, k ? "over" : "big", &n), 0);
		assert_int_equal(n.attr.size, 20000);
		for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
			assert_int_equal(view_read(&tree_cred_root, &n, c[i].off,
			    buf, c[i].len, 0, &len, &eof), 0);
			assert_int_equal(len, c[i].n);
			assert_int_equal(eof, c[i].eof);
			if (len > 0)
				assert_memory_equal(buf, text + c[i].off, len);
		}
	}
	assert_int_equal(tmp_node(&t->inst, "empty", &n), 0);
	assert_int_equal(view_read(&tree_cred_root, &n, 0, buf, 1, 0, &len, &eof), 0);
	assert_int_equal(len, 0);
	assert_true(eof);
	free(text);
	free(buf);
}

static void
test_nowait_gives_what_is_in_memory(void **state)
{
	struct tmp *t = *state;
	struct statfs fs;
	struct node n;
	char buf[16];
	size_t len;
	bool eof;
	int fd, r = 0;

	tmp_ready(t);
	assert_int_equal(tmp_node(&t->plain, "etc/rc", &n), 0);
	assert_int_equal(view_getattr(&n, TREE_NOWAIT), 0);
	assert_int_equal(view_read(&tree_cred_root, &n, 0, buf, 16, TREE_NOWAIT,
	    &len, &eof), 0);
	assert_int_equal(len, 7);
	assert_memory_equal(buf, "tree rc", 7);
	/* where pages can be dropped, what is on disk alone is not waited for */
	assert_int_equal(statfs(t->root, &fs), 0);
	if (fs.f_type != 0xef53)
		return;
	fd = open(tmp_path(t, "etc/rc"), O_RDWR);
	for (int i = 0; r == 0 && i < 50; i++) {	/* dropped some time */
		assert_int_equal(fdatasync(fd), 0);
		assert_int_equal(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
		r = view_read(&tree_cred_root, &n, 0, buf, 16, TREE_NOWAIT, &len,
		    &eof);
	}
	(void)close(fd);
	assert_int_equal(r, -EAGAIN);
	assert_int_equal(view_read(&tree_cred_root, &n, 0, buf, 16, 0, &len, &eof),
	    0);
	assert_int_equal(view_read(&tree_cred_root, &n, 0, buf, 16, TREE_NOWAIT,
	    &len, &eof), 0);
}

static void
test_an_open_file_outlives_its_name_and_its_overlay(void **state)
{
	struct tmp *t = *state;
	struct view_file *disk, *over;
	struct node n;
	char buf[16];
	size_t len;

	assert_int_equal(overlay_add_file(t->overlay, "o", 0644, "overlay", 7), 0);
	tmp_ready(t);
	assert_int_equal(tmp_node(&t->inst, "etc/rc", &n), 0);
	assert_int_equal(view_file_open(&tree_cred_root, &n, 0, &disk), 0);
	assert_int_equal(tmp_node(&t->inst, "o", &n), 0);
	assert_int_equal(view_file_open(&tree_cred_root, &n, 0, &over), 0);
	assert_int_equal(unlink(tmp_path(t, "etc/rc")), 0);
	overlay_unref(t->overlay);
	assert_int_equal(overlay_new(1, &t->overlay), 0);

	assert_int_equal(view_file_size(disk), 7);
	assert_int_equal(view_file_read(disk, 5, buf, 16, 0, &len), 0);
	assert_int_equal(len, 2);
	assert_memory_equal(buf, "rc", 2);
	assert_int_equal(view_file_read(over, 4, buf, 16, TREE_NOWAIT, &len), 0);
	assert_int_equal(len, 3);
	assert_memory_equal(buf, "lay", 3);
	assert_int_equal(view_file_read(over, 7, buf, 16, 0, &len), 0);
	assert_int_equal(len, 0);
	view_file_close(disk);
	view_file_close(over);
	assert_int_equal(view_root(&t->plain, 0, &n), 0);
	assert_int_equal(view_file_open(&tree_cred_root, &n, 0, &disk), -EISDIR);
	view_file_close(NULL);
}

static void
test_fsstat_is_that_of_the_file_system(void **state)
{
	struct tmp *t = *state;
	struct view_fsstat st;
	struct statfs fs;

	tmp_ready(t);
	assert_int_equal(statfs(t->root, &fs), 0);
	assert_int_equal(view_fsstat(&t->plain, 0, &st), 0);
	assert_int_equal(st.bytes, (uint64_t)fs.f_blocks * (uint64_t)fs.f_bsize);
	assert_true(st.bytes_free <= st.bytes);
	assert_int_equal(st.files, fs.f_files);
}

/* Rights ------------------------------------------------------------------ */

static void
test_mode_bits_are_honoured(void **state)
{
	static const struct {
		uint32_t mode, access[4];	/* root, owner, group, others */
	} c[] = {
		{ 0644, { 0x01, 0x01, 0x01, 0x01 } },
		{ 0600, { 0x01, 0x01, 0x00, 0x00 } },
		{ 0755, { 0x21, 0x21, 0x21, 0x21 } },
		{ 0751, { 0x21, 0x21, 0x21, 0x20 } },
		{ 0070, { 0x21, 0x00, 0x21, 0x00 } },
		{ 0007, { 0x21, 0x00, 0x00, 0x21 } },
		{ 0222, { 0x01, 0x00, 0x00, 0x00 } },
	};
	struct tree_cred cred[4] = {
		{ 0 }, { .uid = 1001, .gid = 1002 },
		{ .uid = 5, .gid = 5, .n_gids = 16 }, { .uid = 6, .gid = 6 },
	};
	struct tmp *t = *state;
	struct node n;

	tmp_need_root();
	cred[2].gids[15] = 1002;
	tmp_ready(t);
	assert_int_equal(chown(tmp_path(t, "etc/rc"), 1001, 1002), 0);
	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		assert_int_equal(chmod(tmp_path(t, "etc/rc"), c[i].mode), 0);
		assert_int_equal(tmp_node(&t->plain, "etc/rc", &n), 0);
		for (int k = 0; k < 4; k++)
			assert_int_equal(view_access(&cred[k], &n),
			    c[i].access[k]);
	}
	/* directories: lookup instead of execute, and root always */
	assert_int_equal(chmod(tmp_path(t, "usr/lib"), 0), 0);
	assert_int_equal(tmp_node(&t->plain, "usr/lib", &n), 0);
	assert_int_equal(view_access(&cred[0], &n), 3);
	assert_int_equal(view_access(&cred[3], &n), 0);
	assert_int_equal(chmod(tmp_path(t, "usr/lib"), 0711), 0);
	assert_int_equal(view_getattr(&n, 0), 0);
	assert_int_equal(view_access(&cred[3], &n), 2);
	/* nothing is ever writable but the log, and that by root */
	assert_int_equal(tmp_node(&t->inst, ".provd/tok/log", &n), 0);
	assert_int_equal(view_access(&cred[0], &n), 0x0d);
	assert_int_equal(view_access(&cred[3], &n), 0x01);
}

static void
test_search_needs_the_right_at_every_level(void **state)
{
	struct tree_cred user = { .uid = 5, .gid = 5 };
	struct tmp *t = *state;
	struct node n;

	tmp_ready(t);
	assert_int_equal(chmod(tmp_path(t, "usr"), 0700), 0);
	assert_int_equal(view_walk(&t->plain, &user, "usr/lib/libc", true, 0, &n),
	    -EACCES);
	assert_int_equal(view_walk(&t->plain, &user, "lib/libc", true, 0, &n),
	    -EACCES);
	assert_int_equal(view_walk(&t->plain, &user, "usr", true, 0, &n), 0);
	assert_int_equal(view_lookup(&user, &n, "lib", 3, 0, &n), -EACCES);
	assert_int_equal(view_walk(&t->plain, &tree_cred_root, "usr/lib/libc",
	    true, 0, &n), 0);
	assert_int_equal(chmod(tmp_path(t, "usr"), 0711), 0);
	assert_int_equal(view_walk(&t->plain, &user, "usr/lib/libc", true, 0, &n),
	    0);
}

/* RFC 1813 section 4.4: owner and executor must be able to read. */
static void
test_reading_follows_rfc1813(void **state)
{
	struct tree_cred owner = { .uid = 9, .gid = 9 }, other = { .uid = 8 };
	struct tmp *t = *state;
	struct node n;
	char buf[8];
	size_t len;
	bool eof;

	tmp_need_root();
	tmp_ready(t);
	assert_int_equal(chown(tmp_path(t, "etc/rc"), 9, 1), 0);
	assert_int_equal(chmod(tmp_path(t, "etc/rc"), 0000), 0);
	assert_int_equal(tmp_node(&t->plain, "etc/rc", &n), 0);
	assert_int_equal(view_read(&owner, &n, 0, buf, 8, 0, &len, &eof), 0);
	assert_int_equal(view_read(&other, &n, 0, buf, 8, 0, &len, &eof), -EACCES);
	assert_int_equal(view_read(&tree_cred_root, &n, 0, buf, 8, 0, &len, &eof),
	    0);
	assert_int_equal(chmod(tmp_path(t, "etc/rc"), 0711), 0);
	assert_int_equal(view_getattr(&n, 0), 0);
	assert_int_equal(view_read(&other, &n, 0, buf, 8, 0, &len, &eof), 0);
}

static void
count(void *arg, const char *path)
{
	(void)strcat(arg, path);
	(void)strcat(arg, " ");
}

static void
test_what_the_server_cannot_read_is_refused_and_named(void **state)
{
	struct tmp *t = *state;
	char seen[256] = "";
	struct node n;
	size_t found;

	tmp_need_root();
	assert_int_equal(chmod(t->base, 0755), 0);
	assert_int_equal(chmod(tmp_path(t, "etc/rc"), 0600), 0);
	assert_int_equal(chmod(tmp_path(t, "hidden"), 0700), 0);
	tmp_ready(t);
	assert_int_equal(seteuid(65534), 0);
	assert_string_equal(tmp_text(&t->plain, "etc/rc"), "?EACCES");
	assert_string_equal(tmp_text(&t->plain, "hidden/inside"), "?EACCES");
	assert_int_equal(tmp_node(&t->plain, "etc/rc", &n), 0);
	found = tree_unreadable(t->tree, 10, count, seen);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(found, 2);
	assert_non_null(strstr(seen, "etc/rc "));
	assert_non_null(strstr(seen, "hidden "));
	seen[0] = '\0';
	assert_int_equal(tree_unreadable(t->tree, 10, count, seen), 0);
	assert_string_equal(seen, "");
}

/* mtree -------------------------------------------------------------------- */

static void
test_an_mtree_file_beside_the_tree_gives_owners(void **state)
{
	struct tmp *t = *state;
	char path[128];
	struct node n;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s.mtree", t->root);
	assert_non_null(f = fopen(path, "w"));
	(void)fputs("#mtree\n/set uid=10 gid=20\n"
	    "./etc/rc type=file mode=04711 size=999\n"
	    "./etc type=file uid=77\n", f);
	(void)fclose(f);
	tmp_ready(t);
	assert_int_equal(tmp_node(&t->plain, "etc/rc", &n), 0);
	assert_int_equal(n.attr.uid, 10);
	assert_int_equal(n.attr.gid, 20);
	assert_int_equal(n.attr.mode, 04711);
	assert_int_equal(n.attr.size, 7);
	assert_int_equal(tmp_node(&t->plain, "etc", &n), 0);	/* no file */
	assert_int_not_equal(n.attr.uid, 77);

	assert_non_null(f = fopen(path, "w"));
	(void)fputs("./etc/rc uid=root\n", f);
	(void)fclose(f);
	struct tree *bad = NULL;
	assert_int_equal(tmp_tree("bad", t->root, &bad), -EBADMSG);
	assert_null(bad);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TMP_TEST(test_reads_any_range),
		TMP_TEST(test_nowait_gives_what_is_in_memory),
		TMP_TEST(test_an_open_file_outlives_its_name_and_its_overlay),
		TMP_TEST(test_fsstat_is_that_of_the_file_system),
		TMP_TEST(test_mode_bits_are_honoured),
		TMP_TEST(test_search_needs_the_right_at_every_level),
		TMP_TEST(test_reading_follows_rfc1813),
		TMP_TEST(test_what_the_server_cannot_read_is_refused_and_named),
		TMP_TEST(test_an_mtree_file_beside_the_tree_gives_owners),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
