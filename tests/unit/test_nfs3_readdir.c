/* READDIR and READDIRPLUS (RFC 1813 sections 3.3.16, 3.3.17). */
#include "nfs_client.h"

enum { NOTDIR = 20, TOOSMALL = 10005 };

struct entry { char name[256]; uint64_t fileid, cookie; bool has_fh; struct fh fh; struct attr attr; };

struct list {
	struct entry	e[W_MANY + 16];
	size_t		n;
	bool		eof;
	size_t		calls;
};

static void
read_plus(struct rd *r, struct entry *e)
{
	if (rd_be32(r) == 1)
		e->attr = get_attr(r);
	e->has_fh = rd_be32(r) == 1;
	if (e->has_fh)
		e->fh = get_fh(r);
}

/* One call from cookie; every reply is checked against count. */
static void
read_part(struct client *c, const struct fh *dir, bool plus, uint64_t cookie,
    uint32_t dircount, uint32_t count, struct list *l)
{
	struct wr *w = cl_nfs(c, plus ? 17 : 16, dir);
	const uint8_t *start;
	struct rd r;

	put_u64(w, cookie);
	put_u64(w, 0x1122334455667788);		/* a verifier of old: taken */
	if (plus)
		wr_be32(w, dircount);
	wr_be32(w, count);
	r = cl_expect(c, 0);
	start = r.p;
	(void)get_post_op(&r);
	assert_true(get_u64(&r) == 0);
	while (rd_be32(&r) == 1) {
		struct entry *e = &l->e[l->n++];

		assert_true(l->n <= W_MANY + 16);
		e->fileid = get_u64(&r);
		get_text(&r, e->name, sizeof(e->name));
		e->cookie = get_u64(&r);
		if (plus)
			read_plus(&r, e);
	}
	l->eof = rd_be32(&r) == 1;
	cl_end(&r);
	/* READDIR3resok: all behind the status */
	assert_true((size_t)(r.p - start) <= count);
	l->calls++;
}

static void
read_all(struct client *c, const struct fh *dir, bool plus, uint32_t count,
    struct list *l)
{
	uint64_t cookie = 0;

	memset(l, 0, sizeof(*l));
	while (!l->eof) {
		size_t before = l->n;

		read_part(c, dir, plus, cookie, count, count, l);
		assert_true(l->n > before || l->eof);
		if (l->n > 0)
			cookie = l->e[l->n - 1].cookie;
	}
}

static const struct entry *
find(const struct list *l, const char *name)
{
	const struct entry *hit = NULL;

	for (size_t i = 0; i < l->n; i++) {
		if (strcmp(l->e[i].name, name) != 0)
			continue;
		assert_null(hit);		/* never twice */
		hit = &l->e[i];
	}
	return hit;
}

static void
check_many(const struct list *l)
{
	char name[32];

	assert_int_equal(l->n, W_MANY + 2);
	assert_string_equal(l->e[0].name, ".");
	assert_string_equal(l->e[1].name, "..");
	for (unsigned i = 0; i < W_MANY; i++) {
		(void)snprintf(name, sizeof(name), "file-%03u", i);
		assert_non_null(find(l, name));
	}
}

/* Each name once, whatever a reply may hold: the loader's 1024, the kernel's
 * 8704, and every odd size near them. */
static void
test_every_name_once(void **state)
{
	static const uint32_t sizes[] = { 512, 1021, 1022, 1023, 1024, 8704, 65536 };
	struct client *c = *state;
	struct fh dir = cl_walk(c, cl_root(c), "many");
	struct list l;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		read_all(c, &dir, false, sizes[i], &l);
		check_many(&l);
		read_all(c, &dir, true, sizes[i], &l);
		check_many(&l);
	}
	assert_int_equal(l.calls, 1);		/* 300 with attributes in 64 KiB */
}

static void
test_plus_gives_what_lookup_gives(void **state)
{
	struct client *c = *state;
	struct fh dir = cl_walk(c, cl_root(c), "many"), fh;
	const struct entry *e;
	struct attr a;
	struct list l;
	struct rd r;

	read_all(c, &dir, true, 65536, &l);
	e = find(&l, "file-123");
	assert_non_null(e);
	put_str(cl_nfs(c, 3, &dir), "file-123");
	r = cl_expect(c, 0);
	fh = get_fh(&r);
	a = get_post_op(&r);
	assert_true(e->has_fh);
	assert_int_equal(fh.len, e->fh.len);
	assert_memory_equal(fh.b, e->fh.b, fh.len);
	assert_true(a.fileid == e->fileid && a.fileid == e->attr.fileid);
	assert_int_equal(a.size, e->attr.size);
}

/* dircount bounds names and cookies alone. */
static void
test_dircount(void **state)
{
	struct client *c = *state;
	struct fh dir = cl_walk(c, cl_root(c), "many");
	struct list l = { .n = 0 };

	read_part(c, &dir, true, 0, 512, 65536, &l);
	assert_in_range(l.n, 10, 20);
	l.n = 0;
	read_part(c, &dir, true, 0, 1, 65536, &l);	/* one, at least */
	assert_int_equal(l.n, 1);
	cl_truncate(c);
}

static void
test_too_small(void **state)
{
	struct client *c = *state;
	struct fh dir = cl_walk(c, cl_root(c), "many");
	static const uint32_t sizes[] = { 0, 1, 103, 104, 110, 127 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct wr *w = cl_nfs(c, 16, &dir);
		struct rd r;

		put_u64(w, 0);
		put_u64(w, 0);
		wr_be32(w, sizes[i]);
		r = cl_expect(c, TOOSMALL);
		(void)get_post_op(&r);
		cl_end(&r);
	}
}

/* A client that goes on with an old cookie after a restart, or after files
 * came and went, finds the rest. */
static void
test_cookies_hold(void **state)
{
	struct client *c = *state;
	struct fh dir = cl_walk(c, cl_root(c), "many");
	struct list all, l = { .n = 0 };

	read_all(c, &dir, false, 65536, &all);
	w_file(c->w, "many/new", "x", 1, 0644);
	w_reopen(c->w);
	read_part(c, &dir, false, all.e[100].cookie, 0, 65536, &l);
	assert_int_equal(unlink(w_path(c->w, "many/new")), 0);
	assert_true(l.eof);
	for (size_t i = 101; i < all.n; i++)
		assert_non_null(find(&l, all.e[i].name));
	assert_in_range(l.n, all.n - 101, all.n - 100);
}

static void
test_overlay_and_tree_are_listed_together(void **state)
{
	struct client *c = *state;
	struct fh root = cl_inst_root(c), dir = cl_walk(c, root, "etc");
	struct list l;

	read_all(c, &dir, true, 8704, &l);
	assert_non_null(find(&l, "motd"));
	assert_non_null(find(&l, "link"));
	assert_int_equal(find(&l, "rc")->attr.size, 11);
	read_all(c, &root, false, 8704, &l);
	assert_non_null(find(&l, "boot"));
}

/* Claims and reports are not listed, nor is the token. */
static void
test_promises_are_not_listed(void **state)
{
	struct client *c = *state;
	struct fh own = cl_mount(c, "/.provd/" W_TOKEN), fh;
	struct list l;

	fh = cl_walk(c, own, "claim");
	read_all(c, &fh, true, 8704, &l);
	assert_int_equal(l.n, 2);
	fh = cl_walk(c, own, "report");
	read_all(c, &fh, true, 8704, &l);
	assert_int_equal(l.n, 2);
	fh = cl_walk(c, cl_inst_root(c), ".provd");
	read_all(c, &fh, true, 8704, &l);
	assert_null(find(&l, W_TOKEN));
	read_all(c, &own, true, 8704, &l);
	assert_non_null(find(&l, "log"));
}

static void
test_not_a_directory(void **state)
{
	struct client *c = *state;
	struct fh fh = cl_walk(c, cl_root(c), "etc/motd");
	struct wr *w = cl_nfs(c, 16, &fh);
	struct rd r;

	put_u64(w, 0);
	put_u64(w, 0);
	wr_be32(w, 8704);
	r = cl_expect(c, NOTDIR);
	(void)get_post_op(&r);
	cl_end(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CL_TEST(test_every_name_once),
		CL_TEST(test_plus_gives_what_lookup_gives),
		CL_TEST(test_dircount),
		CL_TEST(test_too_small),
		CL_TEST(test_cookies_hold),
		CL_TEST(test_overlay_and_tree_are_listed_together),
		CL_TEST(test_promises_are_not_listed),
		CL_TEST(test_not_a_directory),
	};

	return cmocka_run_group_tests(tests, cl_setup, cl_teardown);
}
