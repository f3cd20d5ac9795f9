/* tree_fix.h - a small real tree and overlay for fuzz targets. */
#ifndef TESTS_FUZZ_TREE_FIX_H
#define TESTS_FUZZ_TREE_FIX_H

#include <sys/stat.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../tree/overlay.h"
#include "../../tree/tree.h"

static const uint8_t fix_key[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };
static char fix_base[] = "/tmp/provd-fuzz-XXXXXX";
static struct tree *fix_tree;
static struct overlay *fix_overlay;
static struct tree_log *fix_log;

static int
fix_remove_one(const char *path, const struct stat *st, int flag, struct FTW *f)
{
	(void)st;
	(void)flag;
	(void)f;
	return remove(path);
}

static void
fix_done(void)
{
	tree_unref(fix_tree);
	overlay_unref(fix_overlay);
	tree_log_unref(fix_log);
	(void)nftw(fix_base, fix_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void
fix_make(const char *path, const char *target)
{
	char full[256];
	int fd, r;

	(void)snprintf(full, sizeof(full), "%s/%s", fix_base, path);
	if (target != NULL) {
		r = symlink(target, full);
	} else if (full[strlen(full) - 1] == '/') {
		r = mkdir(full, 0755);
	} else {
		fd = open(full, O_WRONLY | O_CREAT, 0644);
		r = write(fd, "tree", 4) == 4 && close(fd) == 0 ? 0 : -1;
	}
	if (r == -1)
		abort();
}

static struct view
fix_view(void)
{
	char why[200];

	if (fix_tree == NULL) {
		if (mkdtemp(fix_base) == NULL)
			abort();
		fix_make("a/", NULL);
		fix_make("a/b/", NULL);
		fix_make("a/b/f", NULL);
		fix_make("f", NULL);
		fix_make("l", "a/b");
		fix_make("a/up", "../l/f");
		fix_make("out", "/etc/passwd");
		fix_make("loop", "loop");
		fix_make(".provd", NULL);
		if (overlay_new(1, &fix_overlay) < 0 ||
		    overlay_add_file(fix_overlay, "a/o", 0644, "over", 4) < 0 ||
		    overlay_add_file(fix_overlay, "l/x", 0644, "over", 4) < 0 ||
		    overlay_add_file(fix_overlay, ".provd/t/i", 0755, "i", 1) < 0 ||
		    overlay_add_link(fix_overlay, "k", "a/../k/x") < 0 ||
		    (fix_log = tree_log_new()) == NULL ||
		    tree_open("fuzz", &(struct tree_source){ fix_base }, 1,
		    &fix_tree, why) < 0)
			abort();
		overlay_seal(fix_overlay);
		(void)atexit(fix_done);
	}
	return (struct view){ .tree = fix_tree, .overlay = fix_overlay,
	    .log = fix_log, .inst = 1, .token = "t", .key = fix_key };
}

/* A node that was found is one, and its bytes are ours. */
static void
fix_check(const struct view *v, const struct node *n)
{
	char buf[64], slashes[TREE_PATH_MAX + 3];
	size_t len;
	bool eof;

	(void)snprintf(slashes, sizeof(slashes), "/%s/", n->path);
	if (n->view != v || n->path_len > TREE_PATH_MAX ||
	    strlen(n->path) != n->path_len || strstr(slashes, "/../") != NULL ||
	    strstr(slashes, "/./") != NULL ||
	    (n->path_len > 0 && strstr(slashes, "//") != NULL))
		abort();
	if (view_read(&tree_cred_root, n, 0, buf, sizeof(buf), 0, &len, &eof) == 0 &&
	    len != 0 && memcmp(buf, "tree", 4) != 0 &&
	    memcmp(buf, "over", 4) != 0 && buf[0] != 'i')
		abort();
}

#endif /* TESTS_FUZZ_TREE_FIX_H */
