/* Listing directories: everything once, in an order that lasts. */
#include "tree_tmp.h"
#include "../../tree/names.h"

struct got {
	char		 name[256];
	uint64_t	 cookie, fileid;
	bool		 has_node;
	struct tree_attr attr;
	size_t		 path_len;
};

struct list {
	struct got	*e;
	size_t		 n, cap;
	size_t		 stop;		/* after so many of one call */
};

static bool
collect(void *arg, const struct view_dirent *d)
{
	struct list *l = arg;
	struct got *g;

	if (l->n == l->cap) {
		l->cap = l->cap ? 2 * l->cap : 64;
		assert_non_null(l->e = realloc(l->e, l->cap * sizeof(*l->e)));
	}
	g = &l->e[l->n++];
	assert_true(d->name_len <= 255);
	memcpy(g->name, d->name, d->name_len);
	g->name[d->name_len] = '\0';
	g->cookie = d->cookie;
	g->fileid = d->fileid;
	g->has_node = d->node != NULL;
	if (d->node != NULL) {
		g->attr = d->node->attr;
		g->path_len = d->node->path_len;
		assert_int_equal(d->node->path[g->path_len], '\0');
	}
	return --l->stop > 0;
}

/* The whole directory, `step` entries a call. */
static void
list_dir(const struct view *v, const char *path, size_t step, bool attr,
    struct list *l)
{
	uint64_t cookie = 0;
	struct node dir;
	bool eof = false;
	int calls = 0;

	*l = (struct list){ 0 };
	assert_int_equal(tmp_node(v, path, &dir), 0);
	while (!eof) {
		l->stop = step;
		assert_int_equal(view_readdir(&tree_cred_root, &dir, cookie, attr,
		    0, collect, l, &eof), 0);
		if (l->n > 0)
			cookie = l->e[l->n - 1].cookie;
		assert_true(++calls < 100000);
	}
}

static struct got *
find(const struct list *l, const char *name)
{
	struct got *ret = NULL;

	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->e[i].name, name) == 0) {
			assert_null(ret);	/* once */
			ret = &l->e[i];
		}
	return ret;
}

static void
check_cookies(const struct list *l)
{
	assert_true(l->n >= 2);
	assert_string_equal(l->e[0].name, ".");
	assert_int_equal(l->e[0].cookie, 1);
	assert_string_equal(l->e[1].name, "..");
	assert_int_equal(l->e[1].cookie, 2);
	for (size_t i = 1; i < l->n; i++) {
		assert_true(l->e[i].cookie > l->e[i - 1].cookie);
		assert_true(l->e[i].cookie <= INT64_MAX);
	}
}

static int
names_setup(void **state)
{
	struct tmp *t = malloc(sizeof(*t));
	char name[64];

	tmp_new(t);
	for (int i = 0; i < 3000; i++) {
		(void)snprintf(name, sizeof(name), "many/file-%d", i);
		tmp_file(t, name, "");
	}
	tmp_file(t, "small/a", "a");
	tmp_file(t, "small/b/c", "c");
	tmp_link(t, "small/l", "a");
	tmp_file(t, ".provd/tok/x", "hidden");
	*state = t;
	return 0;
}

static void
test_every_name_once_whatever_the_step(void **state)
{
	static const size_t step[] = { 1, 7, 100, 100000 };
	struct tmp *t = *state;
	struct list l;
	char seen[3000];

	tmp_ready(t);
	/* as if the directory had been left alone for a while */
	clock_set(clock_unix() + 100, clock_ms());
	for (size_t k = 0; k < sizeof(step) / sizeof(step[0]); k++) {
		list_dir(&t->plain, "many", step[k], false, &l);
		assert_int_equal(l.n, 3002);
		check_cookies(&l);
		memset(seen, 0, sizeof(seen));
		for (size_t i = 2; i < l.n; i++) {
			int nr = atoi(l.e[i].name + 5);

			assert_true(nr >= 0 && nr < 3000 && !seen[nr]);
			seen[nr] = 1;
			assert_false(l.e[i].has_node);
		}
		free(l.e);
	}
	clock_set(0, 0);
}

static void
test_cookies_survive_a_restart_and_other_changes(void **state)
{
	struct tmp *t = *state;
	struct list a, b;
	struct got *g;
	char name[64];

	tmp_ready(t);
	list_dir(&t->plain, "many", 50, false, &a);
	for (int i = 0; i < 3000; i += 2) {
		(void)snprintf(name, sizeof(name), "many/file-%d", i);
		assert_int_equal(unlink(tmp_path(t, name)), 0);
		(void)snprintf(name, sizeof(name), "many/new-%d", i);
		tmp_file(t, name, "");
	}
	tmp_open(t);
	list_dir(&t->plain, "many", 50, false, &b);
	assert_int_equal(b.n, 3002);
	for (int i = 1; i < 3000; i += 2) {
		(void)snprintf(name, sizeof(name), "file-%d", i);
		assert_non_null(g = find(&b, name));
		assert_int_equal(g->cookie, find(&a, name)->cookie);
		assert_int_equal(g->fileid, find(&a, name)->fileid);
	}
	free(a.e);
	free(b.e);
}

/* A client that removes what it has read, or whose place was removed. */
static void
test_the_cookie_of_a_vanished_name_keeps_its_place(void **state)
{
	struct tmp *t = *state;
	struct list a, b = { 0 };
	struct node dir;
	char name[300];
	bool eof;

	tmp_ready(t);
	list_dir(&t->plain, "many", 5000, false, &a);
	(void)snprintf(name, sizeof(name), "many/%s", a.e[1000].name);
	assert_int_equal(unlink(tmp_path(t, name)), 0);
	assert_int_equal(tmp_node(&t->plain, "many", &dir), 0);
	assert_int_equal(view_readdir(&tree_cred_root, &dir, a.e[1000].cookie,
	    false, 0, collect, &b, &eof), 0);
	assert_true(eof);
	assert_int_equal(b.n, 3002 - 1001);
	for (size_t i = 0; i < b.n; i++)
		assert_string_equal(b.e[i].name, a.e[1001 + i].name);
	free(b.e);
	/* past the end there is nothing */
	b = (struct list){ 0 };
	assert_int_equal(view_readdir(&tree_cred_root, &dir, UINT64_MAX, false, 0,
	    collect, &b, &eof), 0);
	assert_true(eof);
	assert_int_equal(b.n, 0);
	free(a.e);
}

static void
assert_same_attr(const struct tree_attr *a, const struct tree_attr *b)
{
	assert_int_equal(a->type, b->type);
	assert_int_equal(a->mode, b->mode);
	assert_int_equal(a->nlink, b->nlink);
	assert_int_equal(a->size, b->size);
	assert_int_equal(a->used, b->used);
	assert_int_equal(a->fsid, b->fsid);
	assert_int_equal(a->fileid, b->fileid);
	assert_int_equal(a->mtime.s, b->mtime.s);
	assert_int_equal(a->mtime.ns, b->mtime.ns);
	assert_int_equal(a->ctime.ns, b->ctime.ns);
}

static void
test_attributes_are_those_of_a_lookup(void **state)
{
	struct tmp *t = *state;
	struct list l;
	struct node n;
	char path[512];

	assert_int_equal(overlay_add_file(t->overlay, "small/a", 0600, "over", 4), 0);
	assert_int_equal(overlay_add_file(t->overlay, "small/z/y", 0600, "y", 1), 0);
	tmp_ready(t);
	for (int k = 0; k < 3; k++) {
		const char *dir = k == 0 ? "small" : k == 1 ? "" : ".provd/tok";

		list_dir(&t->inst, dir, 100, true, &l);
		for (size_t i = 0; i < l.n; i++) {
			(void)snprintf(path, sizeof(path), "%s%s%s", dir,
			    *dir ? "/" : "", l.e[i].name);
			assert_int_equal(tmp_node(&t->inst, path, &n), 0);
			assert_true(l.e[i].has_node);
			assert_same_attr(&l.e[i].attr, &n.attr);
			assert_int_equal(l.e[i].fileid, n.attr.fileid);
			assert_int_equal(l.e[i].path_len, n.path_len);
		}
		free(l.e);
	}
}

static void
test_overlay_and_tree_are_merged(void **state)
{
	struct tmp *t = *state;
	struct list l;

	assert_int_equal(overlay_add_file(t->overlay, "small/a", 0600, "o", 1), 0);
	assert_int_equal(overlay_add_file(t->overlay, "small/b/d", 0600, "o", 1), 0);
	assert_int_equal(overlay_add_file(t->overlay, "small/new", 0600, "o", 1), 0);
	assert_int_equal(overlay_add_file(t->overlay, "only/here", 0600, "o", 1), 0);
	tmp_ready(t);
	list_dir(&t->inst, "small", 1, false, &l);
	check_cookies(&l);
	assert_int_equal(l.n, 2 + 4);
	assert_non_null(find(&l, "a"));
	assert_non_null(find(&l, "b"));
	assert_non_null(find(&l, "l"));
	assert_non_null(find(&l, "new"));
	free(l.e);
	list_dir(&t->inst, "small/b", 1, false, &l);
	assert_int_equal(l.n, 2 + 2);
	free(l.e);
	list_dir(&t->inst, "only", 1, false, &l);
	assert_int_equal(l.n, 2 + 1);
	free(l.e);
	list_dir(&t->plain, "small", 1, false, &l);
	assert_int_equal(l.n, 2 + 3);
	free(l.e);
}

static void
test_secret_names_are_not_listed(void **state)
{
	struct tmp *t = *state;
	struct list l;

	assert_int_equal(overlay_add_file(t->overlay, ".provd/tok/init", 0755,
	    "i", 1), 0);
	assert_int_equal(overlay_add_file(t->overlay, ".provd/tok/claim/x", 0755,
	    "i", 1), 0);
	assert_int_equal(overlay_add_file(t->overlay, ".provd/menu", 0755, "m", 1), 0);
	tmp_ready(t);
	list_dir(&t->plain, "", 100, false, &l);
	assert_null(find(&l, ".provd"));	/* though it is on disk */
	assert_int_equal(l.n, 2 + 2);
	free(l.e);
	list_dir(&t->inst, "", 100, false, &l);
	assert_non_null(find(&l, ".provd"));
	assert_int_equal(l.n, 2 + 3);
	free(l.e);
	list_dir(&t->inst, ".provd", 100, false, &l);
	assert_null(find(&l, "tok"));
	assert_non_null(find(&l, "menu"));
	assert_int_equal(l.n, 2 + 1);
	free(l.e);
	list_dir(&t->inst, ".provd/tok", 100, false, &l);
	assert_non_null(find(&l, "init"));
	assert_non_null(find(&l, "log"));
	assert_non_null(find(&l, "claim"));
	assert_non_null(find(&l, "report"));
	assert_null(find(&l, "x"));		/* on disk alone */
	assert_int_equal(l.n, 2 + 4);
	free(l.e);
	for (int k = 0; k < 2; k++) {
		list_dir(&t->inst, k ? ".provd/tok/claim" : ".provd/tok/report",
		    100, false, &l);
		assert_int_equal(l.n, 2);
		free(l.e);
	}
}

struct removal { struct tmp *t; size_t n; };

/* Removes every other file as soon as the first one is shown. */
static bool
remove_others(void *arg, const struct view_dirent *d)
{
	struct removal *a = arg;
	static const char *const names[] = { "small/a", "small/l" };

	if (d->name[0] == '.')
		return true;
	a->n++;
	for (size_t i = 0; i < 2; i++)
		if (strcmp(d->name, names[i] + 6) != 0)
			(void)unlink(tmp_path(a->t, names[i]));
	return true;
}

static void
test_what_vanishes_meanwhile_is_left_out(void **state)
{
	struct removal a = { *state, 0 };
	struct node dir;
	bool eof;

	tmp_ready(a.t);
	assert_int_equal(nftw(tmp_path(a.t, "small/b"), tmp_remove_one, 8,
	    FTW_DEPTH | FTW_PHYS), 0);
	assert_int_equal(tmp_node(&a.t->plain, "small", &dir), 0);
	assert_int_equal(view_readdir(&tree_cred_root, &dir, 0, true, 0,
	    remove_others, &a, &eof), 0);
	assert_true(eof);
	assert_int_equal(a.n, 1);
}

static void
test_rights_are_needed(void **state)
{
	struct tree_cred user = { .uid = 5, .gid = 5 };
	struct tmp *t = *state;
	struct list l = { 0 };
	struct node dir;
	bool eof;

	tmp_ready(t);
	assert_int_equal(chmod(tmp_path(t, "small"), 0711), 0);
	assert_int_equal(tmp_node(&t->plain, "small", &dir), 0);
	assert_int_equal(view_readdir(&user, &dir, 0, false, 0, collect, &l, &eof),
	    -EACCES);
	assert_int_equal(chmod(tmp_path(t, "small"), 0744), 0);
	assert_int_equal(view_getattr(&dir, 0), 0);
	/* names may be read, but nothing behind them */
	assert_int_equal(view_readdir(&user, &dir, 0, true, 0, collect, &l, &eof), 0);
	assert_int_equal(l.n, 5);
	for (size_t i = 2; i < l.n; i++)
		assert_false(l.e[i].has_node);
	assert_int_equal(tmp_node(&t->plain, "small/a", &dir), 0);
	assert_int_equal(view_readdir(&user, &dir, 0, true, 0, collect, &l, &eof),
	    -ENOTDIR);
	free(l.e);
}

static int
readdir_nowait(const struct node *dir, uint64_t cookie, size_t stop, size_t *ret_n)
{
	struct list l = { .stop = stop };
	bool eof;
	int r = view_readdir(&tree_cred_root, dir, cookie, true, TREE_NOWAIT,
	    collect, &l, &eof);

	*ret_n = l.n;
	free(l.e);
	return r;
}

/* So that a walk through a big directory reads it once, and a data thread
 * can answer from memory. */
static void
test_a_listing_is_read_once_and_seen_to_change(void **state)
{
	struct tmp *t = *state;
	struct list l;
	struct node dir;
	struct stat st;
	char small[128];
	size_t n;

	(void)snprintf(small, sizeof(small), "%s/small", t->root);
	tmp_ready(t);
	clock_set(clock_unix() + 100, clock_ms());
	assert_int_equal(tmp_node(&t->plain, "small", &dir), 0);
	assert_int_equal(readdir_nowait(&dir, 0, 100, &n), -EAGAIN);
	list_dir(&t->plain, "small", 100, true, &l);
	free(l.e);
	assert_int_equal(readdir_nowait(&dir, 0, 100, &n), 0);
	assert_int_equal(n, 5);
	/* a change is seen at once */
	tmp_tick();
	tmp_file(t, "small/later", "");
	assert_int_equal(readdir_nowait(&dir, 0, 100, &n), -EAGAIN);
	list_dir(&t->plain, "small", 100, true, &l);
	assert_non_null(find(&l, "later"));
	free(l.e);
	assert_int_equal(readdir_nowait(&dir, 0, 100, &n), 0);
	assert_int_equal(n, 6);
	/* even one whose time was put back, as tar does */
	assert_int_equal(stat(small, &st), 0);
	tmp_tick();
	tmp_file(t, "small/last", "");
	assert_int_equal(utimensat(AT_FDCWD, small,
	    (struct timespec[]){ st.st_atim, st.st_mtim }, 0), 0);
	assert_int_equal(readdir_nowait(&dir, 0, 100, &n), -EAGAIN);
	/* another directory in its place, too */
	tmp_file(t, "other/x", "");
	assert_int_equal(renameat2(AT_FDCWD, tmp_path(t, "other"), AT_FDCWD,
	    small, RENAME_EXCHANGE), 0);
	assert_int_equal(readdir_nowait(&dir, 0, 100, &n), -EAGAIN);
	assert_int_equal(renameat2(AT_FDCWD, tmp_path(t, "other"), AT_FDCWD,
	    small, RENAME_EXCHANGE), 0);
	clock_set(0, 0);
	/* one that changed just now might change again within the same tick */
	tmp_file(t, "small/now", "");
	list_dir(&t->plain, "small", 100, true, &l);
	free(l.e);
	assert_int_equal(readdir_nowait(&dir, 0, 100, &n), -EAGAIN);
}

static void
test_directories_of_the_overlay_never_wait(void **state)
{
	struct tmp *t = *state;
	struct node dir;
	size_t n;

	assert_int_equal(overlay_add_file(t->overlay, ".provd/tok/i", 0755, "i", 1), 0);
	tmp_ready(t);
	assert_int_equal(tmp_node(&t->inst, ".provd/tok", &dir), 0);
	assert_int_equal(readdir_nowait(&dir, 0, 100, &n), 0);
	assert_int_equal(n, 2 + 4);
}

/* The same directory under many keys: as many listings, and too many. */
static void
test_the_cache_is_bounded(void **state)
{
	struct tmp *t = *state;
	uint8_t key[16] = { 0 };
	struct view v;
	struct node dir;
	struct list l;
	unsigned kept = 0;
	size_t n;

	tmp_ready(t);
	v = t->plain;
	v.key = key;
	clock_set(clock_unix() + 100, clock_ms());
	for (int i = 0; i < 400; i++) {
		key[0] = (uint8_t)i;
		key[1] = (uint8_t)(i >> 8);
		list_dir(&v, "many", 5000, false, &l);
		assert_int_equal(l.n, 3002);
		free(l.e);
	}
	for (int i = 0; i < 400; i++) {
		int r;

		key[0] = (uint8_t)i;
		key[1] = (uint8_t)(i >> 8);
		assert_int_equal(tmp_node(&v, "many", &dir), 0);
		r = readdir_nowait(&dir, 0, 3, &n);
		assert_true(r == 0 || r == -EAGAIN);
		kept += r == 0;
		assert_true(i < 399 || r == 0);		/* the newest */
	}
	assert_in_range(kept, 50, 350);
	clock_set(0, 0);
}

/* names.h ------------------------------------------------------------------ */

static struct name
nm(const char *s, uint64_t cookie)
{
	return (struct name){ .s = s, .len = (uint16_t)strlen(s),
	    .cookie = cookie };
}

static uint64_t
cookie_of(const struct name *e, size_t n, const char *s)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(e[i].s, s) == 0)
			return e[i].cookie;
	return 0;
}

static void
test_equal_hashes_take_the_numbers_that_follow(void **state)
{
	struct name e[] = { nm("c", 10), nm("x", 11), nm("a", 10), nm("b", 10),
	    nm("y", 20) };

	(void)state;
	names_settle(e, 5);
	assert_int_equal(cookie_of(e, 5, "a"), 10);
	assert_int_equal(cookie_of(e, 5, "b"), 11);
	assert_int_equal(cookie_of(e, 5, "c"), 12);
	assert_int_equal(cookie_of(e, 5, "x"), 13);
	assert_int_equal(cookie_of(e, 5, "y"), 20);
	assert_int_equal(names_after(e, 5, 0), 0);
	assert_int_equal(names_after(e, 5, 11), 2);
	assert_int_equal(names_after(e, 5, 14), 4);
	assert_int_equal(names_after(e, 5, 20), 5);
}

static void
test_names_over_others_never_take_their_cookies(void **state)
{
	struct name base[] = { nm("a", 10), nm("b", 10), nm("c", 13) };
	struct name over[] = { nm("n", 10), nm("b", 10), nm("m", 10),
	    nm("o", 12), nm("c", 13), nm("z", 50) };

	(void)state;
	names_settle(base, 3);			/* 10 11 13 */
	names_settle_over(over, 6, base, 3);
	assert_int_equal(cookie_of(over, 6, "b"), 11);	/* the same name */
	assert_int_equal(cookie_of(over, 6, "c"), 13);
	assert_int_equal(cookie_of(over, 6, "m"), 12);
	assert_int_equal(cookie_of(over, 6, "n"), 14);
	assert_int_equal(cookie_of(over, 6, "o"), 15);
	assert_int_equal(cookie_of(over, 6, "z"), 50);
	for (size_t i = 1; i < 6; i++)
		assert_true(over[i].cookie > over[i - 1].cookie);
}

static void
test_hashes_make_cookies_clients_can_hold(void **state)
{
	struct name e = { 0 };

	(void)state;
	name_hashed(&e, 0);
	assert_int_equal(e.cookie, COOKIE_FIRST);
	assert_int_equal(e.level, 1);
	name_hashed(&e, UINT64_MAX);
	assert_int_equal(e.cookie, INT64_MAX);
	assert_true(e.level != 0);
	name_hashed(&e, 1ull << 63 | 2);
	assert_int_equal(e.cookie, COOKIE_FIRST);
}

#define T(f)	cmocka_unit_test_setup_teardown(f, names_setup, tmp_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_every_name_once_whatever_the_step),
		T(test_cookies_survive_a_restart_and_other_changes),
		T(test_the_cookie_of_a_vanished_name_keeps_its_place),
		T(test_attributes_are_those_of_a_lookup),
		T(test_overlay_and_tree_are_merged),
		T(test_secret_names_are_not_listed),
		T(test_what_vanishes_meanwhile_is_left_out),
		T(test_rights_are_needed),
		T(test_a_listing_is_read_once_and_seen_to_change),
		T(test_directories_of_the_overlay_never_wait),
		T(test_the_cache_is_bounded),
		cmocka_unit_test(test_equal_hashes_take_the_numbers_that_follow),
		cmocka_unit_test(test_names_over_others_never_take_their_cookies),
		cmocka_unit_test(test_hashes_make_cookies_clients_can_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
