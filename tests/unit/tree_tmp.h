/* tree_tmp.h - a real directory tree for a test, and a view of it. */
#ifndef TESTS_UNIT_TREE_TMP_H
#define TESTS_UNIT_TREE_TMP_H

#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../lib/clock.h"
#include "../../tree/overlay.h"
#include "../../tree/tree.h"

struct tmp {
	char		 base[64];	/* everything lies here */
	char		 root[80];	/* the tree's directory, base/tree */
	struct tree	*tree;
	struct overlay	*overlay;
	struct tree_log	*log;
	struct view	 plain;		/* the tree alone */
	struct view	 inst;		/* with installation 7, token "tok" */
};

static const uint8_t tmp_key[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };

static inline const char *
tmp_path(const struct tmp *t, const char *path)
{
	static char buf[8192];

	(void)snprintf(buf, sizeof(buf), "%s/%s", t->root, path);
	return buf;
}

/* mkdir -p for all but the last component */
static inline void
tmp_parents(const struct tmp *t, const char *path)
{
	char buf[8192];

	(void)snprintf(buf, sizeof(buf), "%s/%s", t->root, path);
	for (char *s = buf + strlen(t->root) + 1; (s = strchr(s, '/')) != NULL;
	    *s++ = '/') {
		*s = '\0';
		assert_true(mkdir(buf, 0755) == 0 || errno == EEXIST);
	}
}

static inline void
tmp_dir(const struct tmp *t, const char *path)
{
	tmp_parents(t, path);
	assert_true(mkdir(tmp_path(t, path), 0755) == 0 || errno == EEXIST);
}

static inline void
tmp_file(const struct tmp *t, const char *path, const char *text)
{
	int fd;

	tmp_parents(t, path);
	fd = open(tmp_path(t, path), O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, strlen(text)), (int)strlen(text));
	assert_int_equal(close(fd), 0);
}

static inline void
tmp_link(const struct tmp *t, const char *path, const char *target)
{
	tmp_parents(t, path);
	assert_int_equal(symlink(target, tmp_path(t, path)), 0);
}

static inline void
tmp_new(struct tmp *t)
{
	memset(t, 0, sizeof(*t));
	(void)snprintf(t->base, sizeof(t->base), "/tmp/provd-test-XXXXXX");
	assert_non_null(mkdtemp(t->base));
	(void)snprintf(t->root, sizeof(t->root), "%s/tree", t->base);
	assert_int_equal(mkdir(t->root, 0755), 0);
	assert_int_equal(overlay_new(1000000, &t->overlay), 0);
	assert_non_null(t->log = tree_log_new());
}

/* A tree of one source. */
static inline int
tmp_tree(const char *name, const char *path, struct tree **ret)
{
	char why[200];

	return tree_open(name, &(struct tree_source){ path }, 1, ret, why);
}

/* Open the tree (again: as after a restart) and make the views. */
static inline void
tmp_open(struct tmp *t)
{
	tree_unref(t->tree);
	assert_int_equal(tmp_tree("tree", t->root, &t->tree), 0);
	t->plain = (struct view){ .tree = t->tree, .key = tmp_key };
	t->inst = (struct view){ .tree = t->tree, .overlay = t->overlay,
	    .log = t->log, .inst = 7, .token = "tok", .key = tmp_key };
}

/* After the last overlay_add_*(). */
static inline void
tmp_ready(struct tmp *t)
{
	overlay_seal(t->overlay);
	tmp_open(t);
}

static inline int
tmp_remove_one(const char *path, const struct stat *st, int flag, struct FTW *f)
{
	(void)st;
	(void)flag;
	(void)f;
	return remove(path);
}

static inline void
tmp_free(struct tmp *t)
{
	tree_unref(t->tree);
	overlay_unref(t->overlay);
	tree_log_unref(t->log);
	(void)nftw(t->base, tmp_remove_one, 32, FTW_DEPTH | FTW_PHYS);
}

/* Where a test gives files to others, or takes its own rights away. */
static inline void
tmp_need_root(void)
{
	if (geteuid() != 0)
		skip();
}

/* Long enough for a file system's clock to have moved on. */
static inline void
tmp_tick(void)
{
	(void)usleep(30000);
}

/* The node at a path, without following links; the special ones too. */
static inline int
tmp_node(const struct view *v, const char *path, struct node *ret)
{
	int r = view_root(v, 0, ret);

	while (r == 0 && *path != '\0') {
		size_t n = strcspn(path, "/");

		r = view_lookup(&tree_cred_root, ret, path, n, 0, ret);
		path += n + (path[n] == '/');
	}
	return r;
}

static inline const char *
tmp_errno(int r)
{
	static const struct { int err; const char *name; } table[] = {
		{ -ENOENT, "?ENOENT" }, { -ENOTDIR, "?ENOTDIR" },
		{ -EISDIR, "?EISDIR" }, { -EACCES, "?EACCES" },
		{ -EINVAL, "?EINVAL" }, { -ESTALE, "?ESTALE" },
		{ -ELOOP, "?ELOOP" }, { -EAGAIN, "?EAGAIN" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].err == r)
			return table[i].name;
	return "?other";
}

/* The whole text of a file, or "?ERRNO". */
static inline const char *
tmp_text(const struct view *v, const char *path)
{
	static char buf[65536];
	struct node n;
	size_t len = 0;
	bool eof;
	int r;

	if ((r = tmp_node(v, path, &n)) == 0)
		r = view_read(&tree_cred_root, &n, 0, buf, sizeof(buf) - 1, 0,
		    &len, &eof);
	buf[len] = '\0';
	return r < 0 ? tmp_errno(r) : buf;
}

/* Fixture: a small tree, not opened yet. */
static inline int
tmp_setup(void **state)
{
	struct tmp *t = malloc(sizeof(*t));

	tmp_new(t);
	tmp_file(t, "etc/rc", "tree rc");
	tmp_file(t, "etc/passwd", "tree passwd");
	tmp_file(t, "usr/lib/libc", "libc");
	tmp_link(t, "lib", "usr/lib");
	tmp_file(t, "hidden/inside", "inside");
	tmp_file(t, ".provd/tok/x", "not to be seen");
	*state = t;
	return 0;
}

static inline int
tmp_teardown(void **state)
{
	tmp_free(*state);
	free(*state);
	return 0;
}

/* As tmp_text(), the way TFTP and HTTP look. */
static inline const char *
walk_text(const struct view *v, const char *path)
{
	static char buf[256];
	struct node n;
	size_t len = 0;
	bool eof;
	int r;

	r = view_walk(v, &tree_cred_root, path, true, 0, &n);
	if (r == 0)
		r = view_read(&tree_cred_root, &n, 0, buf, sizeof(buf) - 1, 0,
		    &len, &eof);
	buf[len] = '\0';
	return r < 0 ? tmp_errno(r) : buf;
}

#define TMP_TEST(f)	cmocka_unit_test_setup_teardown(f, tmp_setup, tmp_teardown)

#endif /* TESTS_UNIT_TREE_TMP_H */
