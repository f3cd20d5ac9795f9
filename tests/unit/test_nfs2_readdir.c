/* READDIR of version 2 (RFC 1094 section 2.2.17): cookies of 32 bits. */
#include "nfs_client.h"

#include "../../tree/names.h"
#include "../../tree/path.h"

enum { NOTDIR = 20, INVAL = 22 };
#define LIST_MAX	10100u

struct entry { char name[256]; uint32_t fileid, cookie; };
struct list { struct entry e[LIST_MAX]; size_t n, calls; bool eof; };

/* One call from cookie; every reply is checked against count, and cookies
 * grow: no entry can come twice, no client finds a loop. */
static void
read_part(struct client *c, const struct fh *dir, uint32_t cookie,
    uint32_t count, struct list *l)
{
	struct wr *w = cl_nfs2(c, 16, dir);
	struct rd r;

	wr_be32(w, cookie);
	wr_be32(w, count);
	r = cl_expect(c, 0);
	while (rd_be32(&r) == 1) {
		struct entry *e = &l->e[l->n++];

		assert_true(l->n < LIST_MAX);
		e->fileid = rd_be32(&r);
		get_text(&r, e->name, sizeof(e->name));
		e->cookie = rd_be32(&r);
		assert_true(e->cookie > cookie);
		cookie = e->cookie;
	}
	l->eof = rd_be32(&r) == 1;
	cl_end(&r);
	assert_true(c->rep_len - 24 <= count);
	l->calls++;
}

static void
read_all(struct client *c, const struct fh *dir, uint32_t count, struct list *l)
{
	uint32_t cookie = 0;

	l->n = l->calls = 0;
	for (l->eof = false; !l->eof;) {
		size_t before = l->n;

		read_part(c, dir, cookie, count, l);
		assert_true(l->n > before || l->eof);
		if (l->n > 0)
			cookie = l->e[l->n - 1].cookie;
	}
}

static const struct entry *
find(const struct list *l, const char *name)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->e[i].name, name) == 0)
			return &l->e[i];
	return NULL;
}

/* The loader's 1024, the kernel's 8192, and every odd size near them. */
static void
test_every_name_once(void **state)
{
	static const uint32_t sizes[] = { 64, 512, 1021, 1022, 1023, 1024, 4096,
	    8192, 65536, UINT32_MAX };
	static struct list l;
	struct client *c = *state;
	struct fh root = cl_mount1(c, "/debian"), dir = cl_walk2(c, root, "many");
	char name[32];
	struct attr2 a;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		read_all(c, &dir, sizes[i], &l);
		assert_int_equal(l.n, W_MANY + 2);
		assert_string_equal(l.e[0].name, ".");
		assert_string_equal(l.e[1].name, "..");
		for (unsigned k = 0; k < W_MANY; k++) {
			(void)snprintf(name, sizeof(name), "file-%03u", k);
			assert_non_null(find(&l, name));
		}
	}
	(void)cl_lookup2(c, &dir, "file-123", &a);
	assert_int_equal(find(&l, "file-123")->fileid, a.fileid);
	(void)cl_lookup2(c, &dir, ".", &a);
	assert_int_equal(l.e[0].fileid, a.fileid);
	cl_truncate(c);
}

static void
test_it_goes_on_from_any_entry_after_a_restart(void **state)
{
	static struct list all, l;
	struct client *c = *state;
	struct fh dir = cl_walk2(c, cl_mount1(c, "/debian"), "many");

	read_all(c, &dir, 8192, &all);
	w_file(c->w, "many/new", "x", 1, 0644);
	w_reopen(c->w);
	for (size_t i = 0; i < all.n; i += 7) {
		l.n = 0;
		read_part(c, &dir, all.e[i].cookie, 1024, &l);
		for (size_t k = i + 1, n = 0; n < l.n; n++) {
			if (strcmp(l.e[n].name, "new") == 0)
				continue;
			assert_string_equal(l.e[n].name, all.e[k].name);
			assert_int_equal(l.e[n].cookie, all.e[k++].cookie);
		}
		assert_true(l.n > 1 || l.eof);
	}
	assert_int_equal(unlink(w_path(c->w, "many/new")), 0);
}

static void
test_too_small_and_no_directory(void **state)
{
	static const uint32_t sizes[] = { 0, 1, 11, 12, 31 };
	struct client *c = *state;
	struct fh root = cl_mount1(c, "/debian"), fh;
	struct wr *w;
	struct rd r;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		w = cl_nfs2(c, 16, &root);
		wr_be32(w, 0);
		wr_be32(w, sizes[i]);
		r = cl_expect(c, INVAL);
		cl_end(&r);
	}
	fh = cl_walk2(c, root, "etc/motd");
	w = cl_nfs2(c, 16, &fh);
	wr_be32(w, 0);
	wr_be32(w, 8192);
	r = cl_expect(c, NOTDIR);
	cl_end(&r);
}

/* What never was a cookie: some end, no harm. */
static void
test_cookies_of_nobody(void **state)
{
	static const uint32_t cookies[] = { INT32_MAX, 0x80000000, UINT32_MAX };
	static struct list l;
	struct client *c = *state;
	struct fh dir = cl_walk2(c, cl_mount1(c, "/debian"), "many");

	for (size_t i = 0; i < 3; i++) {
		l.n = 0;
		read_part(c, &dir, cookies[i], 8192, &l);
		assert_true(l.eof);
		assert_int_equal(l.n, 0);
	}
}

static void
test_overlay_and_tree_without_promises(void **state)
{
	static struct list l;
	struct client *c = *state;
	struct fh root = cl_mount1(c, "/.provd/" W_TOKEN "/root"), fh;

	fh = cl_walk2(c, root, "etc");
	read_all(c, &fh, 8192, &l);
	assert_non_null(find(&l, "motd"));
	assert_non_null(find(&l, "link"));
	fh = cl_walk2(c, root, ".provd/" W_TOKEN "/report");
	read_all(c, &fh, 8192, &l);
	assert_int_equal(l.n, 2);
	fh = cl_walk2(c, root, ".provd");
	read_all(c, &fh, 8192, &l);
	assert_null(find(&l, W_TOKEN));
}

static int
by_hash(const void *va, const void *vb)
{
	const struct name *a = va, *b = vb;

	return a->cookie < b->cookie ? -1 : a->cookie > b->cookie;
}

/* Names whose cookies share their upper half, found by trying: one reply for
 * each entry, so that every one of them is a place to go on from. */
static void
test_names_that_share_half_a_hash(void **state)
{
	enum { TRIED = 300000 };
	static struct list l;
	struct client *c = *state;
	struct name *n = calloc(TRIED, sizeof(*n));
	struct fh root = cl_mount1(c, "/debian"), dir;
	unsigned pairs = 0;
	char path[64];

	assert_non_null(n);
	for (uint32_t i = 0; i < TRIED; i++) {
		int len = snprintf(path, sizeof(path), "%u", i);

		name_hashed(&n[i], path_name_hash(c->w->snap->key, path, (size_t)len));
		n[i].level = 0;
		n[i].s = NULL;
		n[i].len = (uint16_t)(i & 0xffff);
		n[i].d_type = (uint8_t)(i >> 16);
	}
	qsort(n, TRIED, sizeof(*n), by_hash);
	w_dir(c->w, "shared");
	for (uint32_t i = 1; i < TRIED; i++) {
		bool hit = n[i].cookie >> 32 == n[i - 1].cookie >> 32;

		pairs += hit;
		for (uint32_t k = i - 1; hit && k <= i; k++) {
			(void)snprintf(path, sizeof(path), "shared/%u",
			    n[k].len | (unsigned)n[k].d_type << 16);
			w_file(c->w, path, "", 0, 0644);
		}
	}
	free(n);
	assert_true(pairs >= 5);
	dir = cl_lookup2(c, &root, "shared", &(struct attr2){ 0 });
	for (uint32_t count = 36; count < 200; count += 4) {
		read_all(c, &dir, count, &l);
		assert_int_equal(l.n, 2 + 2 * pairs);
	}
	(void)nftw(w_path(c->w, "shared"), w_remove, 8, FTW_DEPTH | FTW_PHYS);
}

static void
test_10000_names(void **state)
{
	enum { FILES = 10000 };
	static struct list l;
	static bool seen[FILES];
	struct client *c = *state;
	struct fh root = cl_mount1(c, "/debian"), dir;
	char path[64];

	w_dir(c->w, "lots");
	for (unsigned i = 0; i < FILES; i++) {
		(void)snprintf(path, sizeof(path), "lots/%u", i);
		w_file(c->w, path, "", 0, 0644);
	}
	dir = cl_lookup2(c, &root, "lots", &(struct attr2){ 0 });
	for (uint32_t count = 1024; count <= 8192; count *= 8) {
		read_all(c, &dir, count, &l);
		assert_int_equal(l.n, FILES + 2);
		memset(seen, 0, sizeof(seen));
		for (size_t i = 2; i < l.n; i++) {
			unsigned k = (unsigned)strtoul(l.e[i].name, NULL, 10);

			assert_true(k < FILES && !seen[k]);
			seen[k] = true;
		}
	}
	(void)nftw(w_path(c->w, "lots"), w_remove, 8, FTW_DEPTH | FTW_PHYS);
}

/* The mapping alone, on directories that no hash would make. ------------------ */

static void
check_mapping(const uint64_t *in, size_t n)
{
	uint32_t *out = calloc(n, sizeof(*out)), last = 0;

	for (size_t i = 0; i < n; i++) {
		out[i] = last = nfs2_cookie(in[i], last);
		assert_true(i == 0 || out[i] > out[i - 1]);
	}
	/* from each entry on: all that follow, with the same cookies */
	for (size_t i = 0; i < n; i += 1 + i / 50) {
		uint64_t before = nfs2_cookie_before(out[i]);
		size_t next = i + 1;

		last = 0;
		for (size_t k = 0; k < n; k++) {
			if (in[k] <= before)
				continue;
			last = nfs2_cookie(in[k], last);
			if (last <= out[i])
				continue;
			assert_int_equal(k, next);
			assert_int_equal(last, out[next]);
			next++;
		}
		assert_int_equal(next, n);
	}
	free(out);
}

static void
test_constructed_collisions(void **state)
{
	enum { N = 5000 };
	static uint64_t in[N];
	static const uint64_t first[] = { 3, 1ull << 32, 2ull << 32, 65534ull << 32,
	    65535ull << 32, 65536ull << 32, 65537ull << 32, 1ull << 62,
	    0x7fffffffull << 32 };

	(void)state;
	for (size_t f = 0; f < sizeof(first) / sizeof(first[0]); f++) {
		for (unsigned step = 0; step < 4; step++) {
			in[0] = 1;
			in[1] = 2;
			/* all share one half; or a run of one, then pairs, that
			 * pushes those before it into the halves of the next */
			for (size_t i = 2; i < N; i++)
				in[i] = first[f] + i + (step == 0 || i < N / 2 ? 0 :
				    (uint64_t)((i - N / 2) / step) << 32);
			if (in[N - 1] >> 63 != 0)
				continue;
			check_mapping(in, N);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CL_TEST(test_every_name_once),
		CL_TEST(test_it_goes_on_from_any_entry_after_a_restart),
		CL_TEST(test_too_small_and_no_directory),
		CL_TEST(test_cookies_of_nobody),
		CL_TEST(test_overlay_and_tree_without_promises),
		CL_TEST(test_names_that_share_half_a_hash),
		CL_TEST(test_10000_names),
		CL_TEST(test_constructed_collisions),
	};

	return cmocka_run_group_tests(tests, cl_setup, cl_teardown);
}
