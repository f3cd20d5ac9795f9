/* What is remembered of a directory is never older than the last poll, where the
 * system tells of changes, and never older than WARM_AGE_MS where it can't. */
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <sched.h>

#include "../../lib/os_watch.h"
#include "../../tree/warm.h"
#include "tree_tmp.h"

static struct warm *warm;
static int64_t now;

static int
begin(void **state)
{
	static struct tmp t;
	int fd;

	tmp_new(&t);
	*state = &t;
	clock_set(1000000, now = 5000);
	if (os_watch_open(&fd) == 0)
		(void)close(fd);
	else
		fd = -1;
	assert_int_equal(warm_new(4096, WARM_DIRS, &warm), 0);
	return fd == -1 ? -1 : 0;
}

static int
end(void **state)
{
	clock_set(0, 0);
	warm_free(warm);
	tmp_free(*state);
	return 0;
}

static void
pass_time(int64_t ms)
{
	clock_set(1000000, now += ms);
}

/* As a server does for each request. */
static int
look_in(const struct view *v, const char *path, struct node *ret)
{
	struct handle h;
	struct node root;
	int r;

	assert_int_equal(view_root(v, 0, &root), 0);
	assert_int_equal(handle_make(&root, &h), 0);
	warm_poll(warm);
	r = warm_handle_node(warm, v, h.b, h.len, 0, ret);
	while (r == 0 && *path != '\0') {
		size_t n = strcspn(path, "/");

		r = warm_lookup(warm, &tree_cred_root, ret, path, n, 0, ret);
		path += n + (path[n] == '/');
	}
	return r;
}

static int
look(const struct tmp *t, const char *path, struct node *ret)
{
	return look_in(&t->plain, path, ret);
}

/* Does all of it come from memory? */
static bool
is_warm(const struct tmp *t, const char *path)
{
	uint64_t hits = warm_hits(warm), steps = *path != '\0';
	struct node n;

	for (const char *s = path; *s != '\0'; s++)
		steps += *s == '/';
	(void)look(t, path, &n);
	return warm_hits(warm) == hits + 1 + steps;
}

static void
heat(const struct tmp *t, const char *path)
{
	for (int i = 0; i < 20; i++)
		if (is_warm(t, path))
			return;
	fail_msg("%s stays cold", path);
}

static void
assert_as_on_disk(const struct tmp *t, const char *path)
{
	struct stat st;
	struct node n;
	int r = look(t, path, &n);

	if (lstat(tmp_path(t, path), &st) == -1) {
		assert_int_equal(r, -errno);
		return;
	}
	assert_int_equal(r, 0);
	assert_int_equal(n.attr.ino, st.st_ino);
	assert_int_equal(n.attr.mode, st.st_mode & 07777);
	assert_int_equal(n.attr.uid, st.st_uid);
	assert_int_equal(n.attr.size, st.st_size);
	assert_int_equal(n.attr.mtime.s, st.st_mtim.tv_sec);
	assert_int_equal(n.attr.mtime.ns, st.st_mtim.tv_nsec);
	assert_int_equal(n.attr.ctime.s, st.st_ctim.tv_sec);
	assert_int_equal(n.attr.ctime.ns, st.st_ctim.tv_nsec);
	if (!S_ISDIR(st.st_mode))
		assert_int_equal(n.attr.nlink, st.st_nlink);
}

static void
append(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_APPEND);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, strlen(text)), (int)strlen(text));
	assert_int_equal(close(fd), 0);
}

/* Two calls of tmp_path() in one. */
static const char *
other_path(const struct tmp *t, const char *path)
{
	static char buf[8192];

	(void)snprintf(buf, sizeof(buf), "%s/%s", t->root, path);
	return buf;
}

/* Seen at once --------------------------------------------------------------- */

static void
change(const struct tmp *t, unsigned what)
{
	const struct timespec tv[2] = { { .tv_sec = 77 }, { .tv_sec = 88 } };
	const char *f = tmp_path(t, "a/b/file");

	switch (what) {
	case 0:
		append(f, "more");
		break;
	case 1:
		assert_int_equal(truncate(f, 1), 0);
		break;
	case 2:
		assert_int_equal(chmod(f, 0600), 0);
		break;
	case 3:
		assert_int_equal(utimensat(AT_FDCWD, f, tv, 0), 0);
		break;
	case 4:
		assert_int_equal(unlink(f), 0);
		break;
	case 5:
		assert_int_equal(rename(f, other_path(t, "gone")), 0);
		break;
	case 6:
		tmp_file(t, "new", "another one");
		assert_int_equal(rename(tmp_path(t, "new"), other_path(t, "a/b/file")), 0);
		break;
	case 7:
		assert_int_equal(unlink(f), 0);
		assert_int_equal(symlink("target", f), 0);
		break;
	case 8:		/* the directory, and one of the same name in its place */
		assert_int_equal(rename(tmp_path(t, "a/b"), other_path(t, "a/old")), 0);
		tmp_file(t, "a/b/file", "in another directory");
		break;
	case 9:
		assert_int_equal(rename(tmp_path(t, "a"), other_path(t, "z")), 0);
		break;
	case 10:
		tmp_file(t, "c/b/file", "exchanged");
		assert_int_equal(renameat2(AT_FDCWD, tmp_path(t, "a"), AT_FDCWD,
		    other_path(t, "c"), RENAME_EXCHANGE), 0);
		break;
	case 11:
		assert_int_equal(unlink(f), 0);
		assert_int_equal(rmdir(tmp_path(t, "a/b")), 0);
		break;
	case 12:
		assert_int_equal(chown(f, 1, 1), 0);
		break;
	}
}
#define N_CHANGE	13u

static void
test_changes_are_seen_at_once(void **state)
{
	struct tmp *t = *state;

	tmp_need_root();
	for (unsigned i = 0; i < N_CHANGE; i++) {
		tmp_file(t, "a/b/file", "text");
		tmp_open(t);
		heat(t, "a/b/file");
		change(t, i);
		assert_as_on_disk(t, "a/b/file");
		assert_as_on_disk(t, "a/b");
		assert_as_on_disk(t, "a");
		assert_as_on_disk(t, "");
		end(state);
		begin(state);
	}
	tmp_open(t);
}

static void
test_what_is_not_there_may_appear(void **state)
{
	struct tmp *t = *state;

	tmp_file(t, "boot/loader", "l");
	tmp_open(t);
	heat(t, "boot/loader.gz");
	tmp_file(t, "boot/loader.gz", "now it is");
	assert_as_on_disk(t, "boot/loader.gz");
	heat(t, "boot/loader.bz2");
	assert_int_equal(link(tmp_path(t, "boot/loader"),
	    other_path(t, "boot/loader.bz2")), 0);
	assert_as_on_disk(t, "boot/loader.bz2");
	heat(t, "boot/dir");
	tmp_file(t, "boot/dir/file", "");
	assert_as_on_disk(t, "boot/dir");
	assert_as_on_disk(t, "boot/dir/file");
}

/* RFC 1813 clients find out by a directory's mtime that their names are old. */
static void
test_a_directory_that_changes_is_seen(void **state)
{
	struct tmp *t = *state;

	tmp_file(t, "d/file", "");
	tmp_open(t);
	heat(t, "d");
	tmp_tick();
	tmp_file(t, "d/two", "");
	assert_as_on_disk(t, "d");
	heat(t, "d");
	tmp_tick();
	assert_int_equal(unlink(tmp_path(t, "d/two")), 0);
	assert_as_on_disk(t, "d");
	heat(t, "d/file");
	assert_int_equal(chmod(tmp_path(t, "d"), 0700), 0);
	assert_as_on_disk(t, "d");
	assert_as_on_disk(t, "d/file");
	heat(t, "");
	assert_int_equal(chmod(t->root, 0711), 0);
	assert_as_on_disk(t, "");
}

/* Files with several names change through names that nobody watches. */
static void
test_hard_links_are_not_remembered(void **state)
{
	struct tmp *t = *state;

	tmp_file(t, "d/file", "text");
	tmp_file(t, "hidden/x", "");
	assert_int_equal(link(tmp_path(t, "d/file"), other_path(t, "hidden/y")), 0);
	tmp_open(t);
	heat(t, "d");
	for (int i = 0; i < 10; i++)
		assert_false(is_warm(t, "d/file"));
	append(tmp_path(t, "hidden/y"), "and more");
	assert_as_on_disk(t, "d/file");
	assert_int_equal(chmod(tmp_path(t, "hidden/y"), 0640), 0);
	assert_as_on_disk(t, "d/file");
}

/* What other machines, or nobody, tells about; /proc stands for it. */
static void
test_only_file_systems_of_this_machine(void **state)
{
	struct tmp *t = *state;
	struct tree *proc;
	struct view v;
	struct node n;

	tmp_open(t);
	assert_int_equal(tmp_tree("proc", "/proc/sys", &proc), 0);
	v = (struct view){ .tree = proc, .key = tmp_key };
	for (int i = 0; i < 20; i++)
		assert_int_equal(look_in(&v, "kernel/ostype", &n), 0);
	assert_int_equal(warm_hits(warm), 0);
	tree_unref(proc);
}

static void
test_two_trees_share_a_directory(void **state)
{
	struct tmp *t = *state;
	struct tree *second;
	struct view v;
	struct node n;

	tmp_file(t, "d/file", "text");
	tmp_open(t);
	assert_int_equal(tmp_tree("second", t->root, &second), 0);
	v = (struct view){ .tree = second, .key = tmp_key };
	heat(t, "d/file");
	for (int i = 0; i < 10; i++)
		assert_int_equal(look_in(&v, "d/file", &n), 0);
	append(tmp_path(t, "d/file"), "more");
	assert_as_on_disk(t, "d/file");
	assert_int_equal(look_in(&v, "d/file", &n), 0);
	assert_int_equal(n.attr.size, 8);
	tree_unref(second);
}

/* As after a reload of the configuration: same name, another place. */
static void
test_a_tree_opened_anew_is_another_one(void **state)
{
	struct tmp *t = *state;

	tmp_file(t, "d/file", "text");
	tmp_open(t);
	heat(t, "d/file");
	assert_int_equal(rename(t->root, other_path(t, "../old")), 0);
	assert_int_equal(mkdir(t->root, 0755), 0);
	tmp_file(t, "d/file", "longer text");
	tmp_open(t);
	assert_as_on_disk(t, "d/file");
}

/* Seen after a while ------------------------------------------------------------ */

static void
test_nothing_is_older_than_its_age(void **state)
{
	struct tmp *t = *state;
	uint64_t hits;
	struct node n;

	tmp_file(t, "d/file", "text");
	tmp_open(t);
	heat(t, "d/file");
	pass_time(WARM_AGE_MS);
	assert_true(is_warm(t, "d/file"));
	pass_time(1);
	hits = warm_hits(warm);
	assert_int_equal(look(t, "d/file", &n), 0);
	assert_int_equal(warm_hits(warm), hits);
}

static void
test_a_mapping_is_seen_when_it_is_gone_or_old(void **state)
{
	struct tmp *t = *state;
	char *p;
	int fd;

	tmp_file(t, "d/file", "text");
	tmp_open(t);
	heat(t, "d/file");
	tmp_tick();
	assert_int_not_equal(fd = open(tmp_path(t, "d/file"), O_RDWR), -1);
	p = mmap(NULL, 4, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(p, MAP_FAILED);
	assert_int_equal(close(fd), 0);
	memcpy(p, "TEXT", 4);
	assert_int_equal(msync(p, 4, MS_SYNC), 0);
	pass_time(WARM_AGE_MS + 1);
	assert_as_on_disk(t, "d/file");
	heat(t, "d/file");
	tmp_tick();
	memcpy(p, "Text", 4);
	assert_int_equal(munmap(p, 4), 0);
	assert_as_on_disk(t, "d/file");
}

static void
test_a_first_hard_link_is_seen_later(void **state)
{
	struct tmp *t = *state;

	tmp_file(t, "d/file", "text");
	tmp_file(t, "elsewhere/x", "");
	tmp_open(t);
	heat(t, "d/file");
	assert_int_equal(link(tmp_path(t, "d/file"), other_path(t, "elsewhere/y")), 0);
	append(tmp_path(t, "elsewhere/y"), "and more");
	pass_time(WARM_AGE_MS + 1);
	assert_as_on_disk(t, "d/file");
	assert_int_equal(unlink(tmp_path(t, "elsewhere/y")), 0);
	heat(t, "d/file");
	assert_int_equal(link(tmp_path(t, "d/file"), other_path(t, "d/y")), 0);
	pass_time(WARM_AGE_MS + 1);
	assert_as_on_disk(t, "d/file");
}

/* In a child, for the namespace is its own: 0, or the line that failed. */
#define MUST(x)	do { if (!(x)) return __LINE__ - 350; } while (0)

static int
mount_over(struct tmp *t)
{
	struct node n;
	int tries = 0;

	MUST(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	tmp_open(t);		/* in this namespace */
	while (!is_warm(t, "d/file"))
		MUST(++tries < 20);
	MUST(mount(tmp_path(t, "d"), other_path(t, "bound"), NULL, MS_BIND, NULL) == 0);
	append(tmp_path(t, "bound/file"), "more");
	MUST(look(t, "d/file", &n) == 0 && n.attr.size == 8);	/* at once */
	MUST(mount("none", tmp_path(t, "d"), "tmpfs", 0, NULL) == 0);
	pass_time(WARM_AGE_MS);
	(void)look(t, "d/other", &n);	/* what it says is not for long */
	pass_time(1);
	MUST(look(t, "d/other", &n) == -ENOENT);
	MUST(look(t, "d/file", &n) == -ENOENT);
	return 0;
}

static void
test_mounts(void **state)
{
	struct tmp *t = *state;
	int status;
	pid_t pid;

	tmp_need_root();
	tmp_file(t, "d/file", "text");
	tmp_file(t, "d/other", "text");
	tmp_dir(t, "bound");
	tmp_open(t);
	if ((pid = fork()) == 0)
		_exit(unshare(CLONE_NEWNS) == -1 ? 200 : mount_over(t));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 200)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* Bounds --------------------------------------------------------------------------- */

static void
test_more_directories_than_are_watched(void **state)
{
	struct tmp *t = *state;
	char path[64];
	struct node n;

	for (unsigned i = 0; i < WARM_DIRS + 100; i++) {
		snprintf(path, sizeof(path), "d/%u/file", i);
		tmp_file(t, path, "text");
	}
	tmp_open(t);
	for (unsigned i = 0; i < WARM_DIRS + 100; i++) {
		snprintf(path, sizeof(path), "d/%u/file", i);
		for (int k = 0; k < 6; k++)
			assert_int_equal(look(t, path, &n), 0);
	}
	assert_true(is_warm(t, path));
	append(tmp_path(t, path), "more");
	assert_as_on_disk(t, path);
	append(tmp_path(t, "d/0/file"), "more");
	assert_as_on_disk(t, "d/0/file");
}

/* More changes than the kernel queues, or than are read one by one. */
static void
test_a_flood_of_changes_makes_it_forget(void **state)
{
	struct tmp *t = *state;
	uint64_t hits;
	struct node n;

	tmp_file(t, "d/file", "text");
	tmp_file(t, "d/other", "text");
	tmp_open(t);
	for (unsigned many = 3000; many < 40000; many *= 10) {
		heat(t, "d/file");
		for (unsigned i = 0; i < many; i++)
			assert_int_equal(chmod(tmp_path(t, i % 2 ? "d/file" :
			    "d/other"), i & 0666), 0);
		hits = warm_hits(warm);
		assert_int_equal(look(t, "d/file", &n), 0);
		assert_int_equal(warm_hits(warm), hits);
		assert_as_on_disk(t, "d/file");
	}
	heat(t, "d/file");
}

/* More paths than there is room for: some are cold, none is wrong. */
static void
test_more_files_than_are_remembered(void **state)
{
	struct tmp *t = *state;
	char path[64];

	for (unsigned i = 0; i < 6000; i++) {
		snprintf(path, sizeof(path), "d/%u", i);
		tmp_file(t, path, i % 3 ? "a" : "abc");
	}
	tmp_open(t);
	for (int k = 0; k < 2; k++)
		for (unsigned i = 0; i < 6000; i++) {
			struct node n;

			snprintf(path, sizeof(path), "d/%u", i);
			assert_int_equal(look(t, path, &n), 0);
			assert_int_equal(n.attr.size, i % 3 ? 1 : 3);
		}
	assert_true(warm_hits(warm) > 6000);
}

#define T(f)	cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_changes_are_seen_at_once),
		T(test_what_is_not_there_may_appear),
		T(test_a_directory_that_changes_is_seen),
		T(test_hard_links_are_not_remembered),
		T(test_only_file_systems_of_this_machine),
		T(test_two_trees_share_a_directory),
		T(test_a_tree_opened_anew_is_another_one),
		T(test_nothing_is_older_than_its_age),
		T(test_a_mapping_is_seen_when_it_is_gone_or_old),
		T(test_a_first_hard_link_is_seen_later),
		T(test_mounts),
		T(test_more_directories_than_are_watched),
		T(test_a_flood_of_changes_makes_it_forget),
		T(test_more_files_than_are_remembered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
