/* File handles: valid after a restart, for every path, and for nobody else. */
#include <pthread.h>

#include "tree_tmp.h"
#include "../../tree/handle.h"

#define DEEP	"1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18/19/20/21/22/23/" \
		"24/25/26/27/28/29/30/31/32/33/34/35/36/37/38/39"

static const struct { const char *path; int len; } paths[] = {
	{ "", 32 }, { "etc", 32 }, { "etc/rc", 32 }, { "lib", 32 },
	{ "etc/over", 32 }, { "etc/n/e/w", 32 }, { "etc/n", 32 },
	{ "a/b/c/d/e/f/g/h", 32 }, { "a/b/c/d/e/f/g/h/i", 64 },
	{ DEEP, 64 }, { DEEP "/40", 64 },
	{ "caf\xc3\xa9/\xff", 32 },
	{ ".provd", 32 }, { ".provd/tok", 32 }, { ".provd/tok/init", 32 },
	{ ".provd/tok/log", 32 }, { ".provd/tok/claim", 32 },
	{ ".provd/tok/report", 32 }, { ".provd/tok/claim/1", 32 },
	{ ".provd/tok/claim/007", 32 },
	{ ".provd/tok/claim/18446744073709551615", 32 },
	{ ".provd/tok/claim/00000000000000000000", 32 },
};
#define N_PATHS	(sizeof(paths) / sizeof(paths[0]))

static int
setup(void **state)
{
	struct tmp *t;

	(void)tmp_setup(state);
	t = *state;
	tmp_file(t, "a/b/c/d/e/f/g/h/i", "nine levels");
	tmp_file(t, DEEP "/40", "forty levels");
	tmp_file(t, "caf\xc3\xa9/\xff", "bytes");
	assert_int_equal(overlay_add_file(t->overlay, "etc/over", 0644, "o", 1), 0);
	assert_int_equal(overlay_add_file(t->overlay, "etc/n/e/w", 0644, "n", 1), 0);
	assert_int_equal(overlay_add_file(t->overlay, ".provd/tok/init", 0755,
	    "i", 1), 0);
	tmp_ready(t);
	return 0;
}

static void
make(const struct view *v, const char *path, struct handle *h, struct node *n)
{
	assert_int_equal(tmp_node(v, path, n), 0);
	assert_int_equal(handle_make(n, h), 0);
}

static void
test_every_path_is_found_again_after_a_restart(void **state)
{
	struct tmp *t = *state;
	struct handle h[N_PATHS], again;
	struct node was[N_PATHS], n;
	uint32_t tree, inst;

	for (size_t i = 0; i < N_PATHS; i++) {
		make(&t->inst, paths[i].path, &h[i], &was[i]);
		assert_int_equal(h[i].len, paths[i].len);
		for (size_t k = 0; k < i; k++)
			assert_true(h[k].len != h[i].len ||
			    memcmp(h[k].b, h[i].b, h[i].len) != 0);
	}
	for (int warm = 0; warm < 2; warm++)
		for (size_t i = 0; i < N_PATHS; i++) {
			if (!warm)
				tmp_open(t);	/* nothing is remembered */
			assert_int_equal(handle_peek(tmp_key, h[i].b, h[i].len,
			    &tree, &inst), 0);
			assert_int_equal(tree, tree_id(t->tree));
			assert_int_equal(inst, 7);
			assert_int_equal(handle_node(&t->inst, h[i].b, h[i].len,
			    0, &n), 0);
			assert_string_equal(n.path, paths[i].path);
			assert_int_equal(n.path_len, strlen(paths[i].path));
			assert_int_equal(n.src, was[i].src);
			assert_int_equal(n.attr.type, was[i].attr.type);
			assert_int_equal(n.attr.size, was[i].attr.size);
			assert_int_equal(n.attr.fileid, was[i].attr.fileid);
			assert_int_equal(n.attr.fsid, was[i].attr.fsid);
			assert_ptr_equal(n.view, &t->inst);
			/* the same handle again: clients compare them */
			assert_int_equal(handle_make(&n, &again), 0);
			assert_int_equal(again.len, h[i].len);
			assert_memory_equal(again.b, h[i].b, again.len);
		}
}

struct listed { struct handle dir; unsigned n; };

static bool
same_handle(void *arg, const struct view_dirent *d)
{
	struct listed *l = arg;
	struct handle h, in;

	assert_non_null(d->node);
	assert_int_equal(handle_make(d->node, &h), 0);
	memset(&in, 0xff, sizeof(in));
	assert_int_equal(handle_make_in(&l->dir, d, &in), 0);
	assert_int_equal(in.len, h.len);
	assert_memory_equal(in.b, h.b, h.len);
	l->n++;
	return true;
}

/* READDIRPLUS gives the handles that LOOKUP does. */
static void
test_a_listed_entry_has_the_same_handle(void **state)
{
	struct tmp *t = *state;
	struct listed l = { .n = 0 };
	struct node dir;
	bool eof;

	for (size_t i = 0; i < N_PATHS; i++) {
		make(&t->inst, paths[i].path, &l.dir, &dir);
		if (dir.attr.type != TREE_DIR)
			continue;
		for (int is_short = 0; is_short < 2; is_short++) {
			if (is_short)
				assert_int_equal(handle_make_short(&dir, &l.dir), 0);
			assert_int_equal(view_readdir(&tree_cred_root, &dir, 0,
			    true, 0, same_handle, &l, &eof), 0);
			assert_true(eof);
		}
	}
	assert_true(l.n > 50);
}

/* NFS version 2: 32 bytes, however deep; the same handle where they do anyway. */
static void
test_every_path_fits_32_bytes(void **state)
{
	struct tmp *t = *state;
	struct handle h[N_PATHS], full;
	struct node was[N_PATHS], n;

	for (size_t i = 0; i < N_PATHS; i++) {
		make(&t->inst, paths[i].path, &full, &was[i]);
		assert_int_equal(handle_make_short(&was[i], &h[i]), 0);
		assert_int_equal(h[i].len, 32);
		if (full.len == 32)
			assert_memory_equal(h[i].b, full.b, 32);
		for (size_t k = 0; k < i; k++)
			assert_memory_not_equal(h[k].b, h[i].b, 32);
	}
	for (int warm = 0; warm < 2; warm++)
		for (size_t i = 0; i < N_PATHS; i++) {
			if (!warm)
				tmp_open(t);
			assert_int_equal(handle_node(&t->inst, h[i].b, 32, 0,
			    &n), 0);
			assert_string_equal(n.path, paths[i].path);
			assert_int_equal(n.attr.fileid, was[i].attr.fileid);
			assert_int_equal(handle_node(&t->inst, h[i].b, 32,
			    TREE_NOWAIT, &n), 0);
		}
}

/* Every name of every level has others beside it, so that one bit of each
 * level decides nothing: the full hash does. */
static void
test_a_short_handle_is_found_among_many(void **state)
{
	enum { DEPTH = 12, WIDE = 4 };
	struct tmp *t = *state;
	char path[128] = "s", file[160];
	struct handle h[WIDE];
	struct node n;

	for (int i = 0; i < DEPTH; i++) {
		size_t len = strlen(path);

		for (int k = WIDE - 1; k >= 0; k--) {
			(void)snprintf(path + len, sizeof(path) - len, "/%d%c", i,
			    'a' + k);
			(void)snprintf(file, sizeof(file), "%s/x/y", path);
			tmp_file(t, file, path);
		}
	}
	for (int k = 0; k < WIDE; k++) {
		path[strlen(path) - 1] = (char)('a' + k);
		(void)snprintf(file, sizeof(file), "%s/x/y", path);
		assert_int_equal(tmp_node(&t->plain, file, &n), 0);
		assert_int_equal(handle_make_short(&n, &h[k]), 0);
	}
	for (int k = 0; k < WIDE; k++) {
		path[strlen(path) - 1] = (char)('a' + k);
		(void)snprintf(file, sizeof(file), "%s/x/y", path);
		tmp_open(t);
		assert_int_equal(handle_node(&t->plain, h[k].b, 32, TREE_NOWAIT,
		    &n), -EAGAIN);
		assert_int_equal(handle_node(&t->plain, h[k].b, 32, 0, &n), 0);
		assert_string_equal(n.path, file);
	}
}

/* A report cannot be listed: what is left of it is that it exists. */
static void
test_a_report_is_known_without_its_name(void **state)
{
	struct tmp *t = *state;
	struct handle h, again;
	struct node was, n, other;

	make(&t->inst, ".provd/tok/report/12-dist_base-ok-fine", &h, &was);
	assert_int_equal(h.len, 32);
	for (int restarted = 0; restarted < 2; restarted++) {
		if (restarted)
			tmp_open(t);
		assert_int_equal(handle_node(&t->inst, h.b, h.len, TREE_NOWAIT,
		    &n), 0);
		assert_int_equal(n.src, NODE_REPORT);
		assert_int_equal(n.attr.fileid, was.attr.fileid);
		assert_int_equal(n.attr.fsid, was.attr.fsid);
		assert_int_equal(n.attr.size, 0);
		assert_int_equal(view_getattr(&n, 0), 0);
		assert_int_equal(n.attr.fileid, was.attr.fileid);
		assert_int_equal(handle_make(&n, &again), 0);
		assert_memory_equal(again.b, h.b, 32);
		/* its place is none that a lookup would give */
		assert_int_equal(tmp_node(&t->inst, n.path, &other), -ENOENT);
	}
	t->inst.token = NULL;
	assert_int_equal(handle_node(&t->inst, h.b, h.len, 0, &n), -ESTALE);
}

static void
test_a_handle_with_any_bit_changed_is_refused(void **state)
{
	static const char *const some[] = { "", "etc/rc", DEEP,
	    ".provd/tok/claim/1", DEEP };
	struct tmp *t = *state;
	struct handle h;
	struct node n;
	uint32_t tree, inst;

	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
		make(&t->inst, some[i], &h, &n);
		if (i == 4)
			assert_int_equal(handle_make_short(&n, &h), 0);
		for (unsigned bit = 0; bit < 8u * h.len; bit++) {
			h.b[bit / 8] ^= (uint8_t)(1u << bit % 8);
			assert_int_equal(handle_peek(tmp_key, h.b, h.len, &tree,
			    &inst), -ESTALE);
			assert_int_equal(handle_node(&t->inst, h.b, h.len, 0, &n),
			    -ESTALE);
			h.b[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		assert_int_equal(handle_peek(tmp_key, h.b, h.len, &tree, &inst), 0);
	}
}

static void
test_a_handle_of_any_other_length_is_refused(void **state)
{
	struct tmp *t = *state;
	struct handle h;
	struct node n;
	uint32_t tree, inst;

	for (int k = 0; k < 2; k++) {
		make(&t->inst, k ? DEEP : "etc", &h, &n);
		for (size_t len = 0; len <= 80; len++) {
			uint8_t *exact = calloc(1, len + 1);

			memcpy(exact, h.b, len < h.len ? len : h.len);
			assert_int_equal(handle_peek(tmp_key, exact, len, &tree,
			    &inst), len == h.len ? 0 : -ESTALE);
			assert_int_equal(handle_node(&t->inst, exact, len, 0,
			    &n), len == h.len ? 0 : -ESTALE);
			free(exact);
		}
	}
}

static void
test_a_handle_is_for_one_view_and_one_key(void **state)
{
	static const uint8_t other_key[16] = { 9 };
	struct tmp *t = *state;
	struct view v = t->inst;
	struct tree *other;
	struct handle h;
	struct node n;
	uint32_t tree, inst;

	make(&t->inst, "etc/rc", &h, &n);
	assert_int_equal(handle_node(&t->plain, h.b, h.len, 0, &n), -ESTALE);
	v.inst = 8;
	assert_int_equal(handle_node(&v, h.b, h.len, 0, &n), -ESTALE);
	v.inst = 7;
	v.key = other_key;
	assert_int_equal(handle_node(&v, h.b, h.len, 0, &n), -ESTALE);
	assert_int_equal(handle_peek(other_key, h.b, h.len, &tree, &inst), -ESTALE);
	v.key = tmp_key;
	assert_int_equal(tmp_tree("other", t->root, &other), 0);
	v.tree = other;
	assert_int_equal(handle_node(&v, h.b, h.len, 0, &n), -ESTALE);
	make(&t->inst, "", &h, &n);		/* the root too */
	assert_int_equal(handle_node(&v, h.b, h.len, 0, &n), -ESTALE);
	tree_unref(other);
}

/* What another key left in the tree's cache is no answer. */
static void
test_two_keys_share_a_tree(void **state)
{
	static const uint8_t other_key[16] = { 9 };
	struct tmp *t = *state;
	struct view v = t->inst;
	struct handle a, b;
	struct node n;

	v.key = other_key;
	make(&t->inst, "etc/rc", &a, &n);
	make(&v, "etc/rc", &b, &n);
	assert_int_equal(handle_node(&v, b.b, b.len, 0, &n), 0);
	assert_string_equal(n.path, "etc/rc");
	tmp_open(t);
	v.tree = t->tree;
	assert_int_equal(handle_node(&t->inst, a.b, a.len, 0, &n), 0);
	assert_int_equal(handle_node(&v, b.b, b.len, 0, &n), 0);
	assert_string_equal(n.path, "etc/rc");
}

static void
test_removed_is_stale_and_replaced_is_the_same(void **state)
{
	struct tmp *t = *state;
	struct handle file, dir;
	struct node n;

	make(&t->plain, "etc/rc", &file, &n);
	make(&t->plain, "usr/lib", &dir, &n);
	assert_int_equal(unlink(tmp_path(t, "etc/rc")), 0);
	assert_int_equal(handle_node(&t->plain, file.b, file.len, 0, &n), -ESTALE);
	tmp_open(t);
	assert_int_equal(handle_node(&t->plain, file.b, file.len, 0, &n), -ESTALE);
	tmp_file(t, "etc/rc", "another");
	assert_int_equal(handle_node(&t->plain, file.b, file.len, 0, &n), 0);
	assert_int_equal(n.attr.size, 7);
	/* a file where a directory was on the way */
	make(&t->plain, "usr/lib/libc", &file, &n);
	assert_int_equal(nftw(tmp_path(t, "usr"), tmp_remove_one, 8,
	    FTW_DEPTH | FTW_PHYS), 0);
	tmp_file(t, "usr", "file");
	assert_int_equal(handle_node(&t->plain, file.b, file.len, 0, &n), -ESTALE);
	tmp_open(t);
	assert_int_equal(handle_node(&t->plain, file.b, file.len, 0, &n), -ESTALE);
}

static void
test_too_deep_has_no_handle(void **state)
{
	struct tmp *t = *state;
	struct handle h;
	struct node n;

	tmp_file(t, DEEP "/dir/41", "");
	assert_int_equal(tmp_node(&t->plain, DEEP "/dir/41", &n), 0);
	assert_int_equal(handle_make(&n, &h), -ENAMETOOLONG);
	assert_int_equal(handle_make_short(&n, &h), -ENAMETOOLONG);
	assert_int_equal(tmp_node(&t->plain, DEEP "/dir", &n), 0);
	assert_int_equal(handle_make(&n, &h), 0);
}

static void
test_a_cold_handle_waits_only_where_it_may(void **state)
{
	struct tmp *t = *state;
	struct handle h, claim;
	struct node n;

	make(&t->inst, "usr/lib/libc", &h, &n);
	make(&t->inst, ".provd/tok/claim/1", &claim, &n);
	tmp_open(t);
	assert_int_equal(handle_node(&t->inst, h.b, h.len, TREE_NOWAIT, &n),
	    -EAGAIN);
	assert_int_equal(handle_node(&t->inst, claim.b, claim.len, TREE_NOWAIT,
	    &n), 0);
	assert_int_equal(handle_node(&t->inst, h.b, h.len, 0, &n), 0);
	assert_int_equal(handle_node(&t->inst, h.b, h.len, TREE_NOWAIT, &n), 0);
	assert_string_equal(n.path, "usr/lib/libc");
}

/* Many names share each hash byte: the wrong ways are left again. */
static void
test_wrong_ways_are_left_again(void **state)
{
	struct tmp *t = *state;
	char path[64];
	struct handle h[20];
	struct node n;

	for (int i = 0; i < 2000; i++) {
		(void)snprintf(path, sizeof(path), "w/%d/x/%d", i, i % 3);
		tmp_file(t, path, "");
	}
	for (int i = 0; i < 20; i++) {
		(void)snprintf(path, sizeof(path), "w/%d/x/%d", i * 97, i * 97 % 3);
		make(&t->plain, path, &h[i], &n);
	}
	for (int i = 0; i < 20; i++) {
		tmp_open(t);
		assert_int_equal(handle_node(&t->plain, h[i].b, h[i].len, 0, &n), 0);
		(void)snprintf(path, sizeof(path), "w/%d/x/%d", i * 97, i * 97 % 3);
		assert_string_equal(n.path, path);
	}
}

/* Several threads at once, all beginning with nothing. */
struct job { struct tmp *t; const struct handle *h; size_t n, first, right; };

static void *
resolve_all(void *arg)
{
	struct job *j = arg;
	struct node n;
	char buf[16];
	size_t len;
	bool eof;

	for (size_t k = 0; k < j->n; k++) {
		size_t i = (j->first + k * 7919) % j->n;
		const struct handle *h = &j->h[i];

		j->right += handle_node(&j->t->plain, h->b, h->len, 0, &n) == 0 &&
		    atoi(n.path + 2) == (int)i && view_read(&tree_cred_root, &n,
		    0, buf, 16, 0, &len, &eof) == 0;
	}
	return NULL;
}

static void
test_threads_share_the_caches(void **state)
{
	enum { FILES = 4000, THREADS = 4 };
	struct tmp *t = *state;
	struct handle *h = calloc(FILES, sizeof(*h));
	struct job job[THREADS];
	pthread_t th[THREADS];
	char path[32];
	struct node n;

	assert_non_null(h);
	for (int i = 0; i < FILES; i++) {
		(void)snprintf(path, sizeof(path), "m/%d", i);
		tmp_file(t, path, "");
		make(&t->plain, path, &h[i], &n);
	}
	clock_set(clock_unix() + 100, clock_ms());
	tmp_open(t);
	for (int i = 0; i < THREADS; i++) {
		job[i] = (struct job){ t, h, FILES, (size_t)i * 1000, 0 };
		assert_int_equal(pthread_create(&th[i], NULL, resolve_all,
		    &job[i]), 0);
	}
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(th[i], NULL), 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(job[i].right, FILES);
	clock_set(0, 0);
	free(h);
}

#define T(f)	cmocka_unit_test_setup_teardown(f, setup, tmp_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_every_path_is_found_again_after_a_restart),
		T(test_a_listed_entry_has_the_same_handle),
		T(test_every_path_fits_32_bytes),
		T(test_a_short_handle_is_found_among_many),
		T(test_a_report_is_known_without_its_name),
		T(test_a_handle_with_any_bit_changed_is_refused),
		T(test_a_handle_of_any_other_length_is_refused),
		T(test_a_handle_is_for_one_view_and_one_key),
		T(test_two_keys_share_a_tree),
		T(test_removed_is_stale_and_replaced_is_the_same),
		T(test_too_deep_has_no_handle),
		T(test_a_cold_handle_waits_only_where_it_may),
		T(test_wrong_ways_are_left_again),
		T(test_threads_share_the_caches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
