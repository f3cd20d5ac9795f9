/* Views: what is at a path, and that nothing outside the tree is. */
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <pthread.h>
#include <stdatomic.h>

#include "tree_tmp.h"

/* Attributes -------------------------------------------------------------- */

static void
test_attributes_are_those_on_disk(void **state)
{
	struct tmp *t = *state;
	struct stat st;
	struct node n;

	tmp_need_root();
	assert_int_equal(chmod(tmp_path(t, "etc/rc"), 06751), 0);
	assert_int_equal(chown(tmp_path(t, "etc/rc"), 1001, 1002), 0);
	assert_int_equal(chmod(tmp_path(t, "etc/rc"), 06751), 0);
	tmp_ready(t);
	assert_int_equal(lstat(tmp_path(t, "etc/rc"), &st), 0);
	assert_int_equal(tmp_node(&t->plain, "etc/rc", &n), 0);
	assert_int_equal(n.src, NODE_DISK);
	assert_string_equal(n.path, "etc/rc");
	assert_int_equal(n.path_len, 6);
	assert_int_equal(n.attr.type, TREE_REG);
	assert_int_equal(n.attr.mode, 06751);		/* setuid and setgid */
	assert_int_equal(n.attr.uid, 1001);
	assert_int_equal(n.attr.gid, 1002);
	assert_int_equal(n.attr.size, 7);
	assert_int_equal(n.attr.used, st.st_blocks * 512);
	assert_int_equal(n.attr.mtime.s, st.st_mtim.tv_sec);
	assert_int_equal(n.attr.mtime.ns, st.st_mtim.tv_nsec);
	assert_int_equal(n.attr.nlink, 1);
	tmp_dir(t, "etc/sub");
	assert_int_equal(tmp_node(&t->plain, "etc", &n), 0);
	assert_int_equal(n.attr.type, TREE_DIR);
	assert_int_equal(n.attr.nlink, 1);	/* not every file system counts */
	assert_int_equal(tmp_node(&t->plain, "lib", &n), 0);
	assert_int_equal(n.attr.type, TREE_LNK);
	assert_int_equal(n.attr.size, 7);
}

static void
test_ids_come_from_the_path(void **state)
{
	struct tmp *t = *state;
	struct node a, b, again;

	assert_int_equal(overlay_add_file(t->overlay, "etc/rc", 0644, "o", 1), 0);
	tmp_ready(t);
	assert_int_equal(tmp_node(&t->plain, "etc/rc", &a), 0);
	assert_int_equal(tmp_node(&t->inst, "etc/rc", &b), 0);
	assert_int_equal(a.attr.fileid, b.attr.fileid);
	assert_int_equal(a.attr.fsid, (uint64_t)tree_id(t->tree) << 32);
	assert_int_equal(b.attr.fsid, (uint64_t)tree_id(t->tree) << 32 | 7);
	assert_true(a.attr.fileid != 0);
	assert_int_equal(tmp_node(&t->plain, "etc/passwd", &b), 0);
	assert_true(a.attr.fileid != b.attr.fileid);
	/* another inode under the same name, and another process */
	assert_int_equal(unlink(tmp_path(t, "etc/rc")), 0);
	tmp_file(t, "etc/rc", "new");
	tmp_open(t);
	assert_int_equal(tmp_node(&t->plain, "etc/rc", &again), 0);
	assert_int_equal(a.attr.fileid, again.attr.fileid);
	assert_int_equal(a.attr.fsid, again.attr.fsid);
}

static void
test_tree_id_depends_on_the_name_alone(void **state)
{
	struct tmp *t = *state;
	struct tree *a, *b, *c;

	tmp_ready(t);
	assert_int_equal(tmp_tree("freebsd", t->root, &a), 0);
	assert_int_equal(tmp_tree("freebsd", t->base, &b), 0);
	assert_int_equal(tmp_tree("debian", t->base, &c), 0);
	assert_int_equal(tree_id(a), tree_id(b));
	assert_true(tree_id(a) != tree_id(c));
	assert_true(tree_id(a) != 0);
	assert_string_equal(tree_name(a), "freebsd");
	tree_unref(a);
	tree_unref(b);
	tree_unref(c);
}

static void
test_opening_names_the_problem(void **state)
{
	struct tmp *t = *state;
	struct tree *tree = NULL;

	tmp_ready(t);
	assert_int_equal(tmp_tree("x", tmp_path(t, "none"), &tree), -ENOENT);
	assert_int_equal(tmp_tree("x", tmp_path(t, "etc/rc"), &tree), -EBADMSG);
	assert_int_equal(tmp_tree("", t->root, &tree), -EINVAL);
	assert_null(tree);
}

/* A tree that is removed while it is served. */
static void
test_a_tree_that_vanishes_gives_errors(void **state)
{
	struct tmp *t = *state;
	struct node n, root;
	char buf[16];
	size_t len;
	bool eof;

	tmp_ready(t);
	assert_int_equal(tmp_node(&t->plain, "etc/rc", &n), 0);
	assert_int_equal(view_root(&t->plain, 0, &root), 0);
	assert_int_equal(nftw(t->root, tmp_remove_one, 32, FTW_DEPTH | FTW_PHYS), 0);
	assert_int_equal(view_read(&tree_cred_root, &n, 0, buf, 16, 0, &len, &eof),
	    -ENOENT);
	assert_int_equal(view_getattr(&n, 0), -ENOENT);
	assert_int_equal(view_lookup(&tree_cred_root, &root, "etc", 3, 0, &n),
	    -ENOENT);
}

/* Lookup ------------------------------------------------------------------ */

static void
test_lookup_takes_one_component(void **state)
{
	static const struct { const char *name; size_t len; int r; } bad[] = {
		{ "", 0, -EINVAL }, { "etc/rc", 6, -EINVAL }, { "/", 1, -EINVAL },
		{ "etc\0", 4, -EINVAL }, { "none", 4, -ENOENT },
	};
	char longer[TREE_NAME_MAX + 1];
	struct tmp *t = *state;
	struct node root, n;

	tmp_ready(t);
	assert_int_equal(view_root(&t->plain, 0, &root), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(view_lookup(&tree_cred_root, &root, bad[i].name,
		    bad[i].len, 0, &n), bad[i].r);
	memset(longer, 'n', sizeof(longer));
	assert_int_equal(view_lookup(&tree_cred_root, &root, longer,
	    TREE_NAME_MAX + 1, 0, &n), -ENAMETOOLONG);
	assert_int_equal(view_lookup(&tree_cred_root, &root, longer,
	    TREE_NAME_MAX, 0, &n), -ENOENT);
	assert_int_equal(tmp_node(&t->plain, "etc/rc", &n), 0);
	assert_int_equal(view_lookup(&tree_cred_root, &n, "x", 1, 0, &n), -ENOTDIR);
	assert_int_equal(tmp_node(&t->plain, "lib", &n), 0);
	assert_int_equal(view_lookup(&tree_cred_root, &n, "libc", 4, 0, &n),
	    -ENOTDIR);		/* a link is the client's to follow */
}

static void
test_dots_stay_inside(void **state)
{
	struct tmp *t = *state;
	struct node n;

	tmp_ready(t);
	assert_int_equal(tmp_node(&t->plain, "usr/lib/..", &n), 0);
	assert_string_equal(n.path, "usr");
	assert_int_equal(tmp_node(&t->plain, "usr/lib/.", &n), 0);
	assert_string_equal(n.path, "usr/lib");
	assert_int_equal(tmp_node(&t->plain, "usr/../..", &n), 0);
	assert_string_equal(n.path, "");
	assert_int_equal(tmp_node(&t->plain, "../../../etc/rc", &n), 0);
	assert_string_equal(n.path, "etc/rc");
}

static void
test_any_byte_may_be_in_a_name(void **state)
{
	struct tmp *t = *state;
	char name[TREE_NAME_MAX + 1];

	for (size_t i = 0; i < TREE_NAME_MAX; i++)
		name[i] = (char)(i + 1 == '/' ? 'x' : i + 1);
	name[TREE_NAME_MAX] = '\0';
	tmp_file(t, name, "every byte");
	tmp_file(t, "caf\xc3\xa9/\xff\xfe", "high");
	tmp_ready(t);
	assert_string_equal(tmp_text(&t->plain, name), "every byte");
	assert_string_equal(tmp_text(&t->plain, "caf\xc3\xa9/\xff\xfe"), "high");
}

static void
test_paths_are_bounded(void **state)
{
	struct tmp *t = *state;
	struct node n;
	char name[201];
	int r = 0;

	memset(name, 'd', 200);
	name[200] = '\0';
	tmp_ready(t);
	assert_int_equal(view_root(&t->plain, 0, &n), 0);
	for (int i = 0; i < 5; i++) {
		char path[4096];

		(void)snprintf(path, sizeof(path), "%s/%s", n.path, name);
		tmp_dir(t, path);
		assert_int_equal(view_lookup(&tree_cred_root, &n, name, 200, 0,
		    &n), 0);
	}
	assert_int_equal(n.path_len, 1004);
	r = view_lookup(&tree_cred_root, &n, name, 20, 0, &n);
	assert_int_equal(r, -ENAMETOOLONG);
	assert_int_equal(view_lookup(&tree_cred_root, &n, name, 19, 0, &n),
	    -ENOENT);
}

/* Links and special files -------------------------------------------------- */

static void
test_nothing_outside_the_tree_is_read(void **state)
{
	struct tmp *t = *state;
	struct node n;
	char buf[64], out[128];
	FILE *f;
	size_t len;
	bool eof;

	(void)snprintf(out, sizeof(out), "%s/secret", t->base);
	assert_non_null(f = fopen(out, "w"));
	assert_true(fputs("secret", f) >= 0);
	assert_int_equal(fclose(f), 0);
	tmp_link(t, "abs", "/etc/passwd");
	tmp_link(t, "up", "../secret");
	tmp_link(t, "upup", "../..");
	tmp_link(t, "usr/lib/up", "../../../secret");
	tmp_link(t, "root", "/");
	tmp_link(t, "self", "/proc/self/root");
	tmp_ready(t);
	/* as NFS sees them */
	assert_int_equal(tmp_node(&t->plain, "abs", &n), 0);
	assert_int_equal(n.attr.type, TREE_LNK);
	assert_int_equal(view_readlink(&n, 0, buf, sizeof(buf), &len), 0);
	assert_string_equal(buf, "/etc/passwd");
	assert_int_equal(view_read(&tree_cred_root, &n, 0, buf, 64, 0, &len, &eof),
	    -EINVAL);
	assert_int_equal(tmp_node(&t->plain, "upup/etc", &n), -ENOTDIR);
	/* as TFTP and HTTP do: inside the view */
	assert_string_equal(walk_text(&t->plain, "abs"), "tree passwd");
	assert_string_equal(walk_text(&t->plain, "up"), "?ENOENT");
	assert_string_equal(walk_text(&t->plain, "upup/etc/passwd"), "tree passwd");
	assert_string_equal(walk_text(&t->plain, "usr/lib/up"), "?ENOENT");
	assert_string_equal(walk_text(&t->plain, "root/etc/rc"), "tree rc");
	assert_string_equal(walk_text(&t->plain, "self/etc/passwd"), "?ENOENT");
	assert_string_equal(walk_text(&t->plain, "../secret"), "?ENOENT");
	assert_string_equal(walk_text(&t->plain, "../../../../etc/passwd"),
	    "tree passwd");
}

static void
test_walk_follows_links_inside_the_view(void **state)
{
	struct tmp *t = *state;
	struct node n;
	char name[16], target[16];

	tmp_link(t, "a/rel", "../usr/lib/libc");
	tmp_link(t, "a/dir", "/usr/lib/");
	tmp_link(t, "dot", "./a/./rel");
	tmp_link(t, "dangling", "nowhere");
	tmp_link(t, "self", "self");
	for (int i = 0; i < 17; i++) {
		(void)snprintf(name, sizeof(name), "l%d", i);
		(void)snprintf(target, sizeof(target), "l%d", i + 1);
		tmp_link(t, name, i < 16 ? target : "etc/rc");
	}
	tmp_ready(t);
	assert_string_equal(walk_text(&t->plain, "/lib/libc"), "libc");
	assert_string_equal(walk_text(&t->plain, "//usr///lib//libc"), "libc");
	assert_string_equal(walk_text(&t->plain, "a/rel"), "libc");
	assert_string_equal(walk_text(&t->plain, "a/dir/libc"), "libc");
	assert_string_equal(walk_text(&t->plain, "a/dir/../lib/./libc"), "libc");
	assert_string_equal(walk_text(&t->plain, "dot"), "libc");
	assert_string_equal(walk_text(&t->plain, "dangling"), "?ENOENT");
	assert_string_equal(walk_text(&t->plain, "self"), "?ELOOP");
	assert_string_equal(walk_text(&t->plain, "l1"), "tree rc");	/* 16 */
	assert_string_equal(walk_text(&t->plain, "l0"), "?ELOOP");	/* 17 */
	assert_string_equal(walk_text(&t->plain, "etc/rc/"), "?ENOTDIR");
	assert_string_equal(walk_text(&t->plain, "l16/"), "?ENOTDIR");
	assert_string_equal(walk_text(&t->plain, "etc"), "?EISDIR");
	assert_string_equal(walk_text(&t->plain, ""), "?EISDIR");
	/* or not */
	assert_int_equal(view_walk(&t->plain, &tree_cred_root, "lib", false, 0,
	    &n), 0);
	assert_int_equal(n.attr.type, TREE_LNK);
	assert_int_equal(view_walk(&t->plain, &tree_cred_root, "lib/libc", false,
	    0, &n), -ENOTDIR);
	assert_int_equal(view_walk(&t->plain, &tree_cred_root, "lib/", true, 0,
	    &n), 0);
	assert_string_equal(n.path, "usr/lib");
}

static void
test_long_link_targets(void **state)
{
	struct tmp *t = *state;
	struct node n;
	char target[TREE_PATH_MAX + 1], buf[TREE_PATH_MAX + 1];
	size_t len;

	memset(target, 'x', TREE_PATH_MAX);
	target[TREE_PATH_MAX] = '\0';
	tmp_link(t, "long", target);
	tmp_ready(t);
	assert_int_equal(tmp_node(&t->plain, "long", &n), 0);
	assert_int_equal(view_readlink(&n, 0, buf, sizeof(buf), &len), 0);
	assert_string_equal(buf, target);
	assert_int_equal(len, TREE_PATH_MAX);
	assert_int_equal(view_readlink(&n, 0, buf, len, &len), -ENAMETOOLONG);
	/* its target lies in a block of its own: nobody knows whether in memory */
	assert_int_equal(view_readlink(&n, TREE_NOWAIT, buf, sizeof(buf), &len),
	    -EAGAIN);
	assert_int_equal(view_walk(&t->plain, &tree_cred_root, "long", true, 0,
	    &n), -ENAMETOOLONG);
}

static void
test_special_files_show_and_cannot_be_read(void **state)
{
	struct tmp *t = *state;
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct node n;
	int s;

	assert_int_equal(mkfifo(tmp_path(t, "fifo"), 0666), 0);
	assert_non_null(memccpy(sun.sun_path, tmp_path(t, "sock"), '\0',
	    sizeof(sun.sun_path)));
	s = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(s, (const struct sockaddr *)&sun, sizeof(sun)), 0);
	(void)close(s);
	tmp_ready(t);
	assert_int_equal(tmp_node(&t->plain, "fifo", &n), 0);
	assert_int_equal(n.attr.type, TREE_FIFO);
	assert_string_equal(tmp_text(&t->plain, "fifo"), "?EINVAL");
	assert_int_equal(tmp_node(&t->plain, "sock", &n), 0);
	assert_int_equal(n.attr.type, TREE_SOCK);
	assert_string_equal(tmp_text(&t->plain, "sock"), "?EINVAL");
	/* a node that was a file a moment ago: neither opened for long, nor read */
	assert_int_equal(tmp_node(&t->plain, "etc/rc", &n), 0);
	assert_int_equal(unlink(tmp_path(t, "etc/rc")), 0);
	assert_int_equal(mkfifo(tmp_path(t, "etc/rc"), 0666), 0);
	char buf[4];
	size_t len;
	bool eof;
	assert_int_equal(view_read(&tree_cred_root, &n, 0, buf, 4, 0, &len, &eof),
	    -ESTALE);
}

static void
test_devices_show_their_numbers(void **state)
{
	struct tmp *t = *state;
	struct node n;

	if (mknod(tmp_path(t, "null"), S_IFCHR | 0666, 0x0103) == -1)
		skip();		/* not allowed here */
	tmp_ready(t);
	assert_int_equal(tmp_node(&t->plain, "null", &n), 0);
	assert_int_equal(n.attr.type, TREE_CHR);
	assert_int_equal(n.attr.rdev_major, 1);
	assert_int_equal(n.attr.rdev_minor, 3);
	assert_string_equal(tmp_text(&t->plain, "null"), "?EINVAL");
}

struct flip { struct tmp *t; atomic_bool stop; };

static void *
flip_thread(void *arg)
{
	struct flip *f = arg;
	char a[128], b[128];

	(void)snprintf(a, sizeof(a), "%s/dir", f->t->root);
	(void)snprintf(b, sizeof(b), "%s/lnk", f->t->root);
	while (!atomic_load(&f->stop))
		(void)syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, 2u);
	return NULL;
}

static void
test_a_directory_that_becomes_a_link_leads_nowhere(void **state)
{
	struct tmp *t = *state;
	struct flip f = { .t = t };
	struct node dir, n;
	pthread_t th;
	char buf[32], out[128];
	unsigned read = 0, refused = 0;
	size_t len;
	bool eof;

	(void)snprintf(out, sizeof(out), "%s/out", t->base);
	assert_int_equal(mkdir(out, 0755), 0);
	(void)snprintf(out, sizeof(out), "%s/out/file", t->base);
	FILE *fp = fopen(out, "w");
	assert_non_null(fp);
	(void)fputs("secret", fp);
	(void)fclose(fp);
	tmp_file(t, "dir/file", "public");
	(void)snprintf(out, sizeof(out), "%s/out", t->base);
	tmp_link(t, "lnk", out);
	tmp_ready(t);
	assert_int_equal(tmp_node(&t->plain, "dir", &dir), 0);
	assert_int_equal(tmp_node(&t->plain, "dir/file", &n), 0);
	assert_int_equal(pthread_create(&th, NULL, flip_thread, &f), 0);
	for (unsigned i = 0; i < 200000 && (read < 500 || refused < 500); i++) {
		struct node look;
		int r = view_read(&tree_cred_root, &n, 0, buf, 32, 0, &len, &eof);

		if (r == 0) {
			assert_int_equal(len, 6);
			assert_memory_equal(buf, "public", 6);
			read++;
		} else {
			assert_int_equal(r, -ENOTDIR);
			refused++;
		}
		r = view_lookup(&tree_cred_root, &dir, "file", 4, 0, &look);
		assert_true(r == 0 || r == -ENOTDIR);
	}
	atomic_store(&f.stop, true);
	(void)pthread_join(th, NULL);
	assert_true(read > 0 && refused > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TMP_TEST(test_attributes_are_those_on_disk),
		TMP_TEST(test_ids_come_from_the_path),
		TMP_TEST(test_tree_id_depends_on_the_name_alone),
		TMP_TEST(test_opening_names_the_problem),
		TMP_TEST(test_a_tree_that_vanishes_gives_errors),
		TMP_TEST(test_lookup_takes_one_component),
		TMP_TEST(test_dots_stay_inside),
		TMP_TEST(test_any_byte_may_be_in_a_name),
		TMP_TEST(test_paths_are_bounded),
		TMP_TEST(test_nothing_outside_the_tree_is_read),
		TMP_TEST(test_walk_follows_links_inside_the_view),
		TMP_TEST(test_long_link_targets),
		TMP_TEST(test_special_files_show_and_cannot_be_read),
		TMP_TEST(test_devices_show_their_numbers),
		TMP_TEST(test_a_directory_that_becomes_a_link_leads_nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
