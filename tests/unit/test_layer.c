/* Trees made of ISO images, and of several parts. */
#include "../../tree/handle.h"
#include "iso_make.h"
#include "tree_tmp.h"

struct parts {
	struct tmp	 t;		/* its tree: of what a test says */
	struct img	*img;
	char		 iso[80];	/* base/disc.iso */
};

static void
write_file(const char *path, const void *b, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, b, n), (ssize_t)n);
	assert_int_equal(close(fd), 0);
}

static void
write_img(const struct parts *p)
{
	write_file(p->iso, p->img->b, sizeof(p->img->b));
}

static void
add_file(struct parts *p, unsigned sector, const char *id, const char *name,
    unsigned at, const char *text)
{
	struct sua s = { .n = 0 };

	SU(&s, "PX", 0100640, 1, 10, 20);
	su_nm(&s, 0, name);
	img_rec(p->img, sector, id, strlen(id), at, (uint32_t)strlen(text), 0, &s);
	memcpy(p->img->b + at * ISO_SECTOR, text, strlen(text));
}

static void
add_dir(struct parts *p, unsigned sector, const char *id, const char *name,
    unsigned at)
{
	struct sua s = { .n = 0 };

	SU(&s, "PX", 040750, 2, 10, 20);
	su_nm(&s, 0, name);
	img_rec(p->img, sector, id, strlen(id), at, ISO_SECTOR, ISO_FLAG_DIR, &s);
	img_dots(p->img, at, sector, NULL);
}

/* The image: etc/rc, etc/fstab, boot/kernel, Link -> etc/rc, .provd/x */
static int
setup(void **state)
{
	struct parts *p = calloc(1, sizeof(*p));
	struct sua s = { .n = 0 };

	tmp_new(&p->t);
	(void)snprintf(p->iso, sizeof(p->iso), "%s/disc.iso", p->t.base);
	p->img = img_new(true);
	add_dir(p, IMG_ROOT, "ETC", "etc", 20);
	add_dir(p, IMG_ROOT, "BOOT", "boot", 21);
	add_dir(p, IMG_ROOT, "PROVD", ".provd", 22);
	SU(&s, "PX", 0120777, 1, 0, 0);
	su_nm(&s, 0, "Link");
	su(&s, "SL", "\0" "\0\3etc" "\0\2rc", 10);
	img_rec(p->img, IMG_ROOT, "LINK.;1", 7, 0, 0, 0, &s);
	add_file(p, 20, "RC.;1", "rc", 30, "image rc");
	add_file(p, 20, "FSTAB.;1", "fstab", 31, "image fstab");
	add_file(p, 21, "KERNEL.;1", "kernel", 32, "image kernel");
	add_file(p, 22, "X.;1", "x", 33, "not to be seen");
	write_img(p);
	*state = p;
	return 0;
}

static int
teardown(void **state)
{
	struct parts *p = *state;

	tmp_free(&p->t);
	free(p->img);
	free(p);
	return 0;
}

/* The tree of n sources, in place of the one before. */
static void
open_parts(struct parts *p, size_t n, const char *const *path)
{
	struct tree_source src[TREE_SOURCES_MAX];
	char why[200] = "";

	for (size_t i = 0; i < n; i++)
		src[i].path = path[i];
	tree_unref(p->t.tree);
	p->t.tree = NULL;
	if (tree_open("tree", src, n, &p->t.tree, why) < 0)
		fail_msg("%s", why);
	p->t.plain = (struct view){ .tree = p->t.tree, .key = tmp_key };
	p->t.inst = (struct view){ .tree = p->t.tree, .overlay = p->t.overlay,
	    .log = p->t.log, .inst = 7, .token = "tok", .key = tmp_key };
}
#define OPEN(p, ...) \
	open_parts(p, sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *), \
	    (const char *const[]){ __VA_ARGS__ })

struct names { char s[512]; bool attr; };

static bool
add_name(void *arg, const struct view_dirent *d)
{
	struct names *l = arg;

	if (d->name[0] == '.' && d->name_len <= 2)
		return true;
	(void)strncat(l->s, d->name, d->name_len);
	(void)strcat(l->s, d->node == NULL ? "?" :
	    d->node->attr.type == TREE_DIR ? "/" : "");
	(void)strcat(l->s, " ");
	return true;
}

/* All names, those with `want` in them in any order. */
static void
assert_names(const struct view *v, const char *dir, const char *want)
{
	struct names l = { .s = "" };
	struct node n;
	char word[64];
	bool eof;

	assert_int_equal(tmp_node(v, dir, &n), 0);
	assert_int_equal(view_readdir(&tree_cred_root, &n, 0, true, 0, add_name,
	    &l, &eof), 0);
	assert_true(eof);
	assert_int_equal(strlen(l.s), strlen(want));
	for (const char *s = want; *s != '\0'; s += strcspn(s, " ") + 1) {
		(void)snprintf(word, sizeof(word), "%.*s ",
		    (int)strcspn(s, " "), s);
		assert_non_null(strstr(l.s, word));
	}
}

/* An image ------------------------------------------------------------------- */

static void
test_an_image_is_a_tree(void **state)
{
	struct parts *p = *state;
	struct view_fsstat st;
	struct node n;
	char buf[32];
	size_t len;

	OPEN(p, p->iso);
	assert_string_equal(tmp_text(&p->t.plain, "etc/rc"), "image rc");
	assert_string_equal(walk_text(&p->t.plain, "/Link"), "image rc");
	assert_string_equal(tmp_text(&p->t.plain, "etc/none"), "?ENOENT");
	assert_string_equal(tmp_text(&p->t.plain, "etc/rc/x"), "?ENOTDIR");
	assert_string_equal(tmp_text(&p->t.plain, "Link/rc"), "?ENOTDIR");
	assert_string_equal(tmp_text(&p->t.plain, ".provd/x"), "?ENOENT");
	assert_names(&p->t.plain, "", "etc/ boot/ Link ");
	assert_names(&p->t.plain, "etc", "rc fstab ");
	assert_int_equal(tmp_node(&p->t.plain, "etc/rc", &n), 0);
	assert_int_equal(n.attr.mode, 0640);
	assert_int_equal(n.attr.uid, 10);
	assert_int_equal(n.attr.mtime.s, IMG_TIME);
	assert_int_equal(tmp_node(&p->t.plain, "Link", &n), 0);
	assert_int_equal(view_readlink(&n, 0, buf, sizeof(buf), &len), 0);
	assert_string_equal(buf, "etc/rc");
	assert_int_equal(view_readlink(&n, 0, buf, 6, &len), -ENAMETOOLONG);
	assert_int_equal(view_fsstat(&p->t.plain, 0, &st), 0);
	assert_int_equal(st.bytes, sizeof(p->img->b));
	assert_int_equal(st.bytes_free, 0);
}

static void
test_an_overlay_lies_over_an_image(void **state)
{
	struct parts *p = *state;

	assert_int_equal(overlay_add_file(p->t.overlay, "etc/rc", 0755, "ours", 4), 0);
	overlay_seal(p->t.overlay);
	OPEN(p, p->iso);
	assert_string_equal(tmp_text(&p->t.inst, "etc/rc"), "ours");
	assert_string_equal(tmp_text(&p->t.inst, "etc/fstab"), "image fstab");
	assert_names(&p->t.inst, "etc", "rc fstab ");
	assert_names(&p->t.inst, "", "etc/ boot/ Link .provd/ ");
}

static void
test_rights_are_asked_for(void **state)
{
	struct parts *p = *state;
	struct tree_cred other = { .uid = 5, .gid = 5 };
	struct node n;
	size_t len;
	char buf[8];
	bool eof;

	OPEN(p, p->iso);
	assert_int_equal(tmp_node(&p->t.plain, "etc/rc", &n), 0);
	assert_int_equal(view_read(&other, &n, 0, buf, 8, 0, &len, &eof), -EACCES);
	assert_int_equal(view_walk(&p->t.plain, &other, "etc/rc", true, 0, &n),
	    -EACCES);
}

/* The same handles, file ids and cookies from the image and from a directory. */
static void
test_paths_have_the_same_handles_in_both(void **state)
{
	static const char *const path[] = { "", "etc", "etc/rc", "boot/kernel" };
	struct parts *p = *state;
	struct handle h[4], again;
	struct node n;
	uint64_t fileid[4];

	tmp_file(&p->t, "etc/rc", "directory rc");
	tmp_file(&p->t, "boot/kernel", "directory kernel");
	OPEN(p, p->t.root);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(tmp_node(&p->t.plain, path[i], &n), 0);
		assert_int_equal(handle_make(&n, &h[i]), 0);
		fileid[i] = n.attr.fileid;
	}
	OPEN(p, p->iso);		/* as after a restart */
	for (int i = 0; i < 4; i++) {
		assert_int_equal(handle_node(&p->t.plain, h[i].b, h[i].len, 0, &n), 0);
		assert_string_equal(n.path, path[i]);
		assert_int_equal(n.attr.fileid, fileid[i]);
		assert_int_equal(handle_make(&n, &again), 0);
		assert_int_equal(again.len, h[i].len);
		assert_memory_equal(again.b, h[i].b, h[i].len);
	}
}

static void
test_a_warm_image_needs_no_disk(void **state)
{
	struct parts *p = *state;
	struct node n, dir;
	struct names l = { .s = "" };
	char buf[16];
	size_t len;
	bool eof;

	OPEN(p, p->iso);
	assert_int_equal(view_root(&p->t.plain, TREE_NOWAIT, &n), -EAGAIN);
	assert_int_equal(tmp_node(&p->t.plain, "etc/rc", &n), 0);
	assert_int_equal(view_getattr(&n, TREE_NOWAIT), 0);
	assert_int_equal(view_read(&tree_cred_root, &n, 0, buf, 16, TREE_NOWAIT,
	    &len, &eof), 0);
	assert_int_equal(len, 8);
	assert_true(eof);
	assert_int_equal(tmp_node(&p->t.plain, "etc", &dir), 0);
	assert_int_equal(view_lookup(&tree_cred_root, &dir, "none", 4,
	    TREE_NOWAIT, &n), -ENOENT);
	assert_int_equal(view_readdir(&tree_cred_root, &dir, 0, true,
	    TREE_NOWAIT, add_name, &l, &eof), -EAGAIN);
	assert_int_equal(view_readdir(&tree_cred_root, &dir, 0, true, 0,
	    add_name, &l, &eof), 0);
	assert_int_equal(view_readdir(&tree_cred_root, &dir, 0, true,
	    TREE_NOWAIT, add_name, &l, &eof), 0);
}

static void
test_an_mtree_file_lies_beside_an_image(void **state)
{
	static const char text[] = "#mtree\n./etc/rc uid=77 mode=4711\n";
	struct parts *p = *state;
	struct tree *t;
	char path[128];
	struct node n;

	(void)snprintf(path, sizeof(path), "%s.mtree", p->iso);
	write_file(path, text, strlen(text));
	OPEN(p, p->iso);
	assert_int_equal(tmp_node(&p->t.plain, "etc/rc", &n), 0);
	assert_int_equal(n.attr.uid, 77);
	assert_int_equal(n.attr.gid, 20);
	assert_int_equal(n.attr.mode, 04711);
	write_file(path, "./etc/rc uid=root\n", 18);
	assert_int_equal(tmp_tree("x", p->iso, &t), -EBADMSG);
}

static void
test_opening_names_the_source_and_the_problem(void **state)
{
	struct parts *p = *state;
	struct tree_source src[TREE_SOURCES_MAX + 1] = { { p->t.root } };
	struct tree *t = NULL;
	char path[128], want[300], why[200];

	(void)snprintf(path, sizeof(path), "%s/other", p->t.base);
	src[1].path = path;
	assert_int_equal(tree_open("x", src, 2, &t, why), -ENOENT);
	(void)snprintf(want, sizeof(want), "%s: No such file or directory", path);
	assert_string_equal(why, want);
	write_file(path, "text", 4);
	assert_int_equal(tree_open("x", src, 2, &t, why), -EBADMSG);
	(void)snprintf(want, sizeof(want), "%s: not an ISO 9660 image", path);
	assert_string_equal(why, want);
	assert_int_equal(tree_probe(&src[1], why), -EBADMSG);
	assert_string_equal(why, want);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0644), 0);
	assert_int_equal(tree_open("x", src, 2, &t, why), -ENOTDIR);
	assert_int_equal(tree_open("x", src, 0, &t, why), -EINVAL);
	assert_int_equal(tree_open("x", src, TREE_SOURCES_MAX + 1, &t, why), -EINVAL);
	assert_int_equal(tree_probe(&src[0], why), 0);
	assert_null(t);
}

/* An image that changes ---------------------------------------------------------- */

/* Everything about it, through whatever was kept, says that it is stale. */
static void
assert_stale(struct parts *p, struct node *file, struct view_file *f)
{
	struct names l = { .s = "" };
	struct node dir;
	char buf[16];
	size_t len;
	bool eof;

	assert_int_equal(view_getattr(file, 0), -ESTALE);
	assert_int_equal(view_root(&p->t.plain, 0, &dir), -ESTALE);
	assert_int_equal(view_read(&tree_cred_root, file, 0, buf, 16, 0, &len,
	    &eof), -ESTALE);
	assert_int_equal(view_file_read(f, 0, buf, 8, 0, &len), -ESTALE);
	dir = *file;
	dir.attr.type = TREE_DIR;
	dir.path_len = 3;
	dir.path[3] = '\0';
	assert_int_equal(view_readdir(&tree_cred_root, &dir, 0, true, 0,
	    add_name, &l, &eof), -ESTALE);
	assert_false(tree_is_current(p->t.tree));
}

static void
test_an_image_that_is_written_over_is_stale(void **state)
{
	struct parts *p = *state;
	struct view_file *f;
	struct node n;

	for (int k = 0; k < 3; k++) {
		write_img(p);
		OPEN(p, p->iso);
		assert_true(tree_is_current(p->t.tree));
		assert_int_equal(tmp_node(&p->t.plain, "etc/rc", &n), 0);
		assert_int_equal(view_file_open(&tree_cred_root, &n, 0, &f), 0);
		tmp_tick();
		if (k == 0)
			assert_int_equal(truncate(p->iso, 19 * ISO_SECTOR), 0);
		else if (k == 1)
			assert_int_equal(truncate(p->iso, 0), 0);
		else
			write_img(p);
		assert_stale(p, &n, f);
		view_file_close(f);
	}
	OPEN(p, p->iso);
	assert_string_equal(tmp_text(&p->t.plain, "etc/rc"), "image rc");
}

/* The descriptor holds the old image, until the tree is opened again. */
static void
test_an_image_that_is_exchanged_stays_readable(void **state)
{
	struct parts *p = *state;
	char path[128];

	OPEN(p, p->iso);
	assert_string_equal(tmp_text(&p->t.plain, "etc/rc"), "image rc");
	(void)snprintf(path, sizeof(path), "%s.new", p->iso);
	memcpy(p->img->b + 30 * ISO_SECTOR, "other rc", 8);
	write_file(path, p->img->b, sizeof(p->img->b));
	assert_int_equal(rename(path, p->iso), 0);
	assert_string_equal(tmp_text(&p->t.plain, "etc/rc"), "image rc");
	assert_false(tree_is_current(p->t.tree));
	OPEN(p, p->iso);
	assert_string_equal(tmp_text(&p->t.plain, "etc/rc"), "other rc");
}

static void
test_an_open_file_outlives_its_image(void **state)
{
	struct parts *p = *state;
	struct view_file *f;
	struct node n;
	char buf[16];
	size_t len;

	OPEN(p, p->iso);
	assert_int_equal(tmp_node(&p->t.plain, "boot/kernel", &n), 0);
	assert_int_equal(view_file_open(&tree_cred_root, &n, 0, &f), 0);
	tree_unref(p->t.tree);
	p->t.tree = NULL;
	assert_int_equal(unlink(p->iso), 0);
	assert_int_equal(view_file_size(f), 12);
	assert_int_equal(view_file_read(f, 6, buf, 16, 0, &len), 0);
	assert_int_equal(len, 6);
	assert_memory_equal(buf, "kernel", 6);
	view_file_close(f);
}

/* Big ones --------------------------------------------------------------------------- */

#define BIG_BLOCK	(5u << 19)	/* 5 GiB into the image */

/* A file of more than 4 GiB in three sections, in an image of more than 9, all
 * of it holes but for a few bytes. */
static void
test_more_than_four_gigabytes(void **state)
{
	static const uint32_t full = 0xfffff800;	/* of a section: whole sectors */
	static const struct { uint64_t off; const char *text; } c[] = {
		{ 0, "begin" }, { 0xfffff800u - 3, "across" },
		{ 0x100000000u, "4 GiB" }, { 2 * 0xfffff800ull + 95, "end!!" },
	};
	struct parts *p = *state;
	struct view_file *f;
	struct node n;
	uint64_t size = 2 * (uint64_t)full + 100;
	char buf[16];
	size_t len;
	bool eof;
	int fd;

	/* the last section lies before the others */
	img_rec(p->img, IMG_ROOT, "BIG.;1", 6, BIG_BLOCK, full, ISO_FLAG_MORE, NULL);
	img_rec(p->img, IMG_ROOT, "BIG.;1", 6, BIG_BLOCK + full / ISO_SECTOR,
	    full, ISO_FLAG_MORE, NULL);
	img_rec(p->img, IMG_ROOT, "BIG.;1", 6, 50, 100, 0, NULL);
	write_img(p);
	assert_true((fd = open(p->iso, O_RDWR)) != -1);
	assert_int_equal(ftruncate(fd, (off_t)(BIG_BLOCK * (uint64_t)ISO_SECTOR +
	    2 * (uint64_t)full)), 0);
	for (int i = 0; i < 4; i++) {
		uint64_t at = c[i].off < 2 * (uint64_t)full ?
		    BIG_BLOCK * (uint64_t)ISO_SECTOR + c[i].off :
		    50 * ISO_SECTOR + c[i].off - 2 * (uint64_t)full;

		assert_int_equal(pwrite(fd, c[i].text, strlen(c[i].text),
		    (off_t)at), strlen(c[i].text));
	}
	(void)close(fd);
	OPEN(p, p->iso);
	assert_int_equal(tmp_node(&p->t.plain, "big", &n), 0);
	assert_int_equal(n.attr.size, size);
	assert_int_equal(view_file_open(&tree_cred_root, &n, 0, &f), 0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(view_read(&tree_cred_root, &n, c[i].off, buf,
		    strlen(c[i].text), 0, &len, &eof), 0);
		assert_int_equal(len, strlen(c[i].text));
		assert_memory_equal(buf, c[i].text, len);
		assert_int_equal(view_file_read(f, c[i].off, buf, len, 0, &len), 0);
		assert_memory_equal(buf, c[i].text, len);
	}
	/* over the last boundary, and the end */
	assert_int_equal(view_read(&tree_cred_root, &n, 2 * (uint64_t)full - 2,
	    buf, 4, 0, &len, &eof), 0);
	assert_int_equal(len, 4);
	assert_false(eof);
	assert_int_equal(view_read(&tree_cred_root, &n, size - 2, buf, 16, 0,
	    &len, &eof), 0);
	assert_int_equal(len, 2);
	assert_memory_equal(buf, "!!", 2);
	assert_true(eof);
	view_file_close(f);
}

/* Several parts ------------------------------------------------------------------------ */

static void
test_the_first_part_that_has_a_name_wins(void **state)
{
	struct parts *p = *state;
	struct node n;

	tmp_file(&p->t, "etc/rc", "directory rc");
	tmp_file(&p->t, "etc/hosts", "directory hosts");
	tmp_file(&p->t, "usr/bin/true", "directory true");
	tmp_file(&p->t, "Link", "directory file");
	assert_int_equal(chmod(tmp_path(&p->t, "etc"), 0711), 0);
	OPEN(p, p->iso, p->t.root);
	assert_string_equal(tmp_text(&p->t.plain, "etc/rc"), "image rc");
	assert_string_equal(tmp_text(&p->t.plain, "etc/hosts"), "directory hosts");
	assert_string_equal(tmp_text(&p->t.plain, "usr/bin/true"), "directory true");
	assert_string_equal(tmp_text(&p->t.plain, "boot/kernel"), "image kernel");
	assert_string_equal(tmp_text(&p->t.plain, "etc/none"), "?ENOENT");
	assert_int_equal(tmp_node(&p->t.plain, "Link", &n), 0);
	assert_int_equal(n.attr.type, TREE_LNK);
	assert_int_equal(tmp_node(&p->t.plain, "etc", &n), 0);
	assert_int_equal(n.attr.mode, 0750);
	assert_names(&p->t.plain, "", "etc/ boot/ usr/ Link ");
	assert_names(&p->t.plain, "etc", "rc fstab hosts ");
	assert_names(&p->t.plain, "usr/bin", "true ");

	OPEN(p, p->t.root, p->iso);
	assert_string_equal(tmp_text(&p->t.plain, "etc/rc"), "directory rc");
	assert_string_equal(tmp_text(&p->t.plain, "etc/fstab"), "image fstab");
	assert_string_equal(tmp_text(&p->t.plain, "Link"), "directory file");
	assert_int_equal(tmp_node(&p->t.plain, "etc", &n), 0);
	assert_int_equal(n.attr.mode, 0711);
	assert_names(&p->t.plain, "etc", "rc fstab hosts ");
}

/* What is no directory hides all that later parts have beneath the name. */
static void
test_a_file_hides_a_directory_of_a_later_part(void **state)
{
	struct parts *p = *state;
	char last[100];

	(void)snprintf(last, sizeof(last), "%s/last", p->t.base);
	assert_int_equal(mkdir(last, 0755), 0);
	tmp_file(&p->t, "etc", "a file");
	tmp_link(&p->t, "boot", "etc");
	tmp_file(&p->t, "../last/etc/hosts", "last hosts");
	tmp_file(&p->t, "../last/etc/x/y", "last y");
	OPEN(p, p->t.root, p->iso);
	assert_string_equal(tmp_text(&p->t.plain, "etc"), "a file");
	assert_string_equal(tmp_text(&p->t.plain, "etc/rc"), "?ENOTDIR");
	assert_string_equal(tmp_text(&p->t.plain, "boot/kernel"), "?ENOTDIR");
	/* image: directory, root: file, last: directory */
	OPEN(p, p->iso, p->t.root, last);
	assert_names(&p->t.plain, "etc", "rc fstab ");
	assert_string_equal(tmp_text(&p->t.plain, "etc/hosts"), "?ENOENT");
	assert_string_equal(tmp_text(&p->t.plain, "etc/x"), "?ENOENT");
	OPEN(p, p->iso, last, p->t.root);
	assert_names(&p->t.plain, "etc", "rc fstab hosts x/ ");
	assert_string_equal(tmp_text(&p->t.plain, "etc/x/y"), "last y");
}

/* A listing of several parts follows a change in any of them. */
static void
test_a_change_in_any_part_is_seen(void **state)
{
	struct parts *p = *state;

	tmp_file(&p->t, "etc/hosts", "");
	OPEN(p, p->iso, p->t.root);
	clock_set(clock_unix() + 100, clock_ms());
	assert_names(&p->t.plain, "etc", "rc fstab hosts ");
	assert_names(&p->t.plain, "etc", "rc fstab hosts ");
	tmp_tick();
	tmp_file(&p->t, "etc/later", "");
	assert_names(&p->t.plain, "etc", "rc fstab hosts later ");
	assert_int_equal(nftw(tmp_path(&p->t, "etc"), tmp_remove_one, 8,
	    FTW_DEPTH | FTW_PHYS), 0);
	assert_names(&p->t.plain, "etc", "rc fstab ");
	clock_set(0, 0);
}

#define T(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_an_image_is_a_tree),
		T(test_an_overlay_lies_over_an_image),
		T(test_rights_are_asked_for),
		T(test_paths_have_the_same_handles_in_both),
		T(test_a_warm_image_needs_no_disk),
		T(test_an_mtree_file_lies_beside_an_image),
		T(test_opening_names_the_source_and_the_problem),
		T(test_an_image_that_is_written_over_is_stale),
		T(test_an_image_that_is_exchanged_stays_readable),
		T(test_an_open_file_outlives_its_image),
		T(test_more_than_four_gigabytes),
		T(test_the_first_part_that_has_a_name_wins),
		T(test_a_file_hides_a_directory_of_a_later_part),
		T(test_a_change_in_any_part_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
