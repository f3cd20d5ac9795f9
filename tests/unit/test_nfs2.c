/* NFS version 2: the procedures that read (RFC 1094 section 2.2). */
#include "nfs_client.h"

enum { NOENT = 2, ACCES = 13, NOTDIR = 20, ISDIR = 21, INVAL = 22, FBIG = 27,
    TOOLONG = 63, STALE = 70 };

static struct fh
root2(struct client *c)
{
	return cl_mount1(c, "/debian");
}

static struct attr2
getattr2(struct client *c, const struct fh *fh)
{
	struct attr2 a;
	struct rd r;

	(void)cl_nfs2(c, 1, fh);
	r = cl_expect(c, 0);
	a = get_attr2(&r);
	cl_end(&r);
	return a;
}

static void
expect2(struct client *c, uint32_t proc, const struct fh *fh, uint32_t status)
{
	struct rd r;

	(void)cl_nfs2(c, proc, fh);
	r = cl_expect(c, status);
	cl_end(&r);
}

static void
test_null_and_what_is_obsolete(void **state)
{
	static const uint32_t procs[] = { 0, 3, 7 };	/* NULL, ROOT, WRITECACHE */
	struct client *c = *state;
	struct rd r;

	for (size_t i = 0; i < 3; i++) {
		(void)cl_call(c, 100003, 2, procs[i]);
		r = cl_run(c);
		cl_end(&r);
	}
	(void)cl_call(c, 100003, 2, 18);
	r = cl_send(c);
	(void)rd_take(&r, 20);
	assert_int_equal(rd_be32(&r), 3);	/* PROC_UNAVAIL */
}

/* The type stands in the mode too. */
static void
test_getattr(void **state)
{
	struct client *c = *state;
	struct fh root = root2(c), fh = cl_walk2(c, root, "boot/kernel");
	struct attr2 a = getattr2(c, &fh);

	assert_int_equal(a.type, 1);
	assert_int_equal(a.mode, 0100644);
	assert_int_equal(a.size, W_BIG);
	assert_int_equal(a.uid, getuid());
	assert_int_equal(a.blocksize, 8192);
	assert_true(a.blocks <= W_BIG / 512 + 64);
	assert_true(a.mtime_us < 1000000);
	a = getattr2(c, &root);
	assert_int_equal(a.type, 2);
	assert_int_equal(a.mode, 040700);
	fh = cl_walk2(c, root, "boot/rc");
	a = getattr2(c, &fh);
	assert_int_equal(a.type, 5);
	assert_int_equal(a.mode & 0170000, 0120000);
	cl_truncate(c);
}

/* Both halves of ours, combined: as READDIR says them. */
static void
test_ids_are_those_of_version_3_folded(void **state)
{
	struct client *c = *state;
	struct fh root = cl_root(c);
	struct attr2 a = getattr2(c, &root);
	struct attr b;
	struct rd r;

	(void)cl_nfs(c, 1, &root);
	r = cl_expect(c, 0);
	b = get_attr(&r);
	assert_int_equal(a.fileid, (uint32_t)(b.fileid >> 32) ^ (uint32_t)b.fileid);
	assert_int_equal(a.fsid, (uint32_t)(b.fsid >> 32) ^ (uint32_t)b.fsid);
	assert_int_equal(a.mtime, b.mtime);
	assert_int_equal(a.mtime_us, b.mtime_ns / 1000);
	assert_int_equal(nfs2_id(0), 1);
	assert_int_equal(nfs2_id(0x0000000700000007), 1);
}

/* RFC 1094 has no pipes. */
static void
test_a_pipe_is_a_device_without_a_number(void **state)
{
	struct client *c = *state;
	struct attr2 a;
	struct fh root = root2(c);

	W_NEED(mkfifo(w_path(c->w, "pipe"), 0600) == 0);
	(void)cl_lookup2(c, &root, "pipe", &a);
	assert_int_equal(a.type, 4);
	assert_int_equal(a.mode, 020600);
	assert_int_equal(a.rdev, 0xffffffff);
	W_NEED(unlink(w_path(c->w, "pipe")) == 0);
}

static void
test_lookup(void **state)
{
	struct client *c = *state;
	struct fh root = root2(c), three = cl_walk(c, cl_root(c), "etc"), fh;
	struct attr2 a;
	struct rd r;

	fh = cl_lookup2(c, &root, "etc", &a);
	assert_int_equal(a.type, 2);
	assert_memory_equal(fh.b, three.b, 32);		/* one and the same */
	assert_memory_equal(cl_lookup2(c, &fh, "..", &a).b, root.b, 32);
	put_str(cl_nfs2(c, 4, &root), "kernel.gz");
	r = cl_expect(c, NOENT);
	cl_end(&r);
	cl_truncate(c);
}

static void
expect_lookup(struct client *c, const struct fh *dir, const char *name,
    uint32_t status)
{
	struct rd r;

	put_str(cl_nfs2(c, 4, dir), name);
	r = cl_expect(c, status);
	cl_end(&r);
}

static void
test_lookup_failures(void **state)
{
	struct client *c = *state;
	struct fh root = root2(c), fh = cl_walk2(c, root, "etc/motd");
	char name[300];

	expect_lookup(c, &fh, "x", NOTDIR);
	memset(name, 'n', 256);
	name[256] = '\0';
	expect_lookup(c, &root, name, TOOLONG);
	expect_lookup(c, &root, "etc/motd", INVAL);
	fh = root;
	fh.b[20] ^= 1;
	expect_lookup(c, &fh, "etc", STALE);
	c->w->ctx.peer = W_UNKNOWN;
	expect_lookup(c, &root, "etc", ACCES);
}

/* Nine levels and more, after a restart too. */
static void
test_deep_paths(void **state)
{
	struct client *c = *state;
	struct fh deep = cl_walk2(c, root2(c), W_DEEP), dir;
	struct attr2 before = getattr2(c, &deep), after;
	uint32_t len;

	w_reopen(c->w);
	after = getattr2(c, &deep);
	assert_int_equal(after.fileid, before.fileid);
	assert_memory_equal(cl_read2(c, &deep, 0, 100, &len), "deep\n", 5);
	dir = cl_mount1(c, "/debian/deep/2/3/4/5/6/7/8/9");
	assert_memory_equal(cl_lookup2(c, &dir, "file", &after).b, deep.b, 32);
	/* the handle of a path is one over both versions, if it is short */
	(void)cl_nfs(c, 1, &deep);
	(void)cl_expect(c, 0);
}

static void
check_bytes(const uint8_t *p, size_t off, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i] != w_byte(off + i))
			fail_msg("byte %zu is wrong", off + i);
}

/* The loader's 1024 bytes, the kernel's 8192, and what is no round number. */
static void
test_read(void **state)
{
	static const uint32_t sizes[] = { 3, 512, 1000, 1024, 8191, 8192 };
	struct client *c = *state;
	struct fh fh = cl_walk2(c, root2(c), "boot/kernel");
	uint32_t len, off;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (off = 0;; off += len) {
			const uint8_t *p = cl_read2(c, &fh, off, sizes[i], &len);

			check_bytes(p, off, len);
			if (len < sizes[i] || (sizes[i] < 512 && off > 2000))
				break;
		}
		assert_true(sizes[i] < 512 || off + len == W_BIG);
	}
}

/* Section 2.2.7: status, attributes, length, data.  A loader reads them at
 * fixed places. */
static void
test_read_has_its_fields_where_the_loader_looks(void **state)
{
	struct client *c = *state;
	struct fh fh = cl_walk2(c, root2(c), "boot/kernel");
	uint32_t len;

	assert_ptr_equal(cl_read2(c, &fh, 1024, 1024, &len), c->rep + 24 + 76);
	assert_int_equal(c->rep_len, 24 + 76 + 1024);
	cl_truncate(c);
}

static void
test_read_at_and_past_the_end(void **state)
{
	static const uint32_t offs[] = { W_BIG, W_BIG + 1, INT32_MAX, UINT32_MAX };
	struct client *c = *state;
	struct fh fh = cl_walk2(c, root2(c), "boot/kernel");
	uint32_t len;

	for (size_t i = 0; i < sizeof(offs) / sizeof(offs[0]); i++) {
		(void)cl_read2(c, &fh, offs[i], 1024, &len);
		assert_int_equal(len, 0);
	}
	check_bytes(cl_read2(c, &fh, W_BIG - 10, 1024, &len), W_BIG - 10, 10);
	assert_int_equal(len, 10);
	(void)cl_read2(c, &fh, 0, UINT32_MAX, &len);
	assert_int_equal(len, 8192);
}

static void
expect_read(struct client *c, const struct fh *fh, uint32_t status)
{
	struct wr *w = cl_nfs2(c, 6, fh);
	struct rd r;

	wr_be32(w, 0);
	wr_be32(w, 100);
	wr_be32(w, 0);
	r = cl_expect(c, status);
	cl_end(&r);
}

/* 32 bits hold no such size: seen, but not read. */
static void
test_a_file_of_4_gib_is_not_read(void **state)
{
	struct client *c = *state;
	struct fh root = root2(c), fh;
	struct attr2 a;
	uint32_t len;

	w_file(c->w, "huge", "x", 1, 0644);
	W_NEED(truncate(w_path(c->w, "huge"), (off_t)UINT32_MAX) == 0);
	fh = cl_lookup2(c, &root, "huge", &a);
	assert_int_equal(a.size, UINT32_MAX);
	(void)cl_read2(c, &fh, UINT32_MAX - 10, 100, &len);
	assert_int_equal(len, 10);
	W_NEED(truncate(w_path(c->w, "huge"), (off_t)UINT32_MAX + 1) == 0);
	fh = cl_lookup2(c, &root, "huge", &a);
	assert_int_equal(a.size, UINT32_MAX);
	expect_read(c, &fh, FBIG);
	W_NEED(unlink(w_path(c->w, "huge")) == 0);
}

static void
test_read_failures(void **state)
{
	struct client *c = *state;
	struct fh root = root2(c), fh;

	expect_read(c, &root, ISDIR);
	fh = cl_walk2(c, root, "boot/rc");
	expect_read(c, &fh, INVAL);		/* so U-Boot knows a link */
	fh = cl_walk2(c, root, "etc/master.passwd");
	c->uid = 12345;
	expect_read(c, &fh, ACCES);
}

/* A short answer would be taken for the end of the file: nothing instead, on
 * TCP as well. */
static void
test_what_is_not_in_memory_is_never_a_short_read(void **state)
{
	struct client *c = *state;
	struct fh fh = cl_walk2(c, root2(c), "boot/kernel");
	struct rpc_ctx *x = &c->w->ctx;
	int fd, r;
	struct wr *w;
	size_t n;

	W_NEED((fd = open(w_path(c->w, "boot/kernel"), O_RDONLY)) != -1);
	W_NEED(fsync(fd) == 0);
	W_NEED(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) == 0);
	(void)close(fd);
	w = cl_nfs2(c, 6, &fh);
	wr_be32(w, 0);
	wr_be32(w, 8192);
	wr_be32(w, 0);
	x->flags = TREE_NOWAIT;
	r = rpc_dispatch(x, c->req, w->len, c->rep, c->cap, &n);
	if (r == RPC_DONE)
		skip();		/* a file system that keeps all in memory */
	assert_int_equal(r, RPC_AGAIN);
	x->busy = true;
	assert_int_equal(rpc_dispatch(x, c->req, w->len, c->rep, c->cap, &n),
	    RPC_DONE);
	assert_int_equal(n, 0);
	x->busy = false;
	x->flags = 0;
	assert_int_equal(rpc_dispatch(x, c->req, w->len, c->rep, c->cap, &n),
	    RPC_DONE);
	check_bytes(c->rep + 100, 0, 8192);
}

static void
test_readlink(void **state)
{
	struct client *c = *state;
	struct fh root = root2(c), fh = cl_walk2(c, root, "boot/rc");
	uint32_t len;
	struct rd r;

	(void)cl_nfs2(c, 5, &fh);
	r = cl_expect(c, 0);
	assert_memory_equal(get_opaque(&r, &len), "../etc/rc", 9);
	assert_int_equal(len, 9);
	cl_end(&r);
	cl_truncate(c);
	fh = cl_walk2(c, cl_mount1(c, "/.provd/" W_TOKEN "/root"), "etc/link");
	(void)cl_nfs2(c, 5, &fh);
	r = cl_expect(c, 0);
	assert_memory_equal(get_opaque(&r, &len), "rc", 2);
	expect2(c, 5, &root, INVAL);
}

/* Section 2.2.18: sizes that 32 bits hold, signed ones too. */
static void
test_statfs(void **state)
{
	struct client *c = *state;
	struct fh root = root2(c);
	uint32_t bsize, blocks;
	struct rd r;

	(void)cl_nfs2(c, 17, &root);
	r = cl_expect(c, 0);
	assert_int_equal(rd_be32(&r), 8192);
	bsize = rd_be32(&r);
	blocks = rd_be32(&r);
	assert_true(bsize >= 4096 && (bsize & (bsize - 1)) == 0);
	assert_true(blocks > 0 && blocks <= INT32_MAX);
	assert_true(rd_be32(&r) <= blocks);
	assert_true(rd_be32(&r) <= blocks);
	cl_end(&r);
	cl_truncate(c);
}

static void
test_overlay_covers_the_tree(void **state)
{
	struct client *c = *state;
	struct fh fh = cl_walk2(c, cl_mount1(c, "/.provd/" W_TOKEN "/root"), "etc/rc");
	uint32_t len;

	assert_memory_equal(cl_read2(c, &fh, 0, 100, &len), "overlay rc\n", 11);
	assert_int_equal(len, 11);
	fh = cl_walk2(c, root2(c), "etc/rc");
	assert_memory_equal(cl_read2(c, &fh, 0, 100, &len), "tree rc\n", 8);
}

/* What the control thread is told of: as over version 3. */
static void
test_events(void **state)
{
	struct client *c = *state;
	struct fh root = cl_mount1(c, "/.provd/" W_TOKEN "/root"), fh;
	struct event *ev = &c->w->ctx.event;
	uint32_t len;

	assert_true(c->w->ctx.has_event);
	assert_int_equal(ev->kind, EV_MOUNT);
	for (uint32_t proc = 1; proc <= 17; proc += 16) {	/* GETATTR, STATFS */
		(void)cl_nfs2(c, proc, &root);
		(void)cl_expect(c, 0);
		assert_true(c->w->ctx.has_event);
		assert_int_equal(ev->kind, EV_ROOT);
	}
	c->w->ctx.tcp = false;			/* a loader's, not a kernel's */
	(void)getattr2(c, &root);
	assert_false(c->w->ctx.has_event);
	fh = cl_walk2(c, root, "boot/kernel");
	(void)cl_read2(c, &fh, 1024, 1024, &len);
	assert_true(c->w->ctx.has_event);
	assert_int_equal(ev->kind, EV_PROGRESS);
	assert_int_equal(ev->done, 2048);
	assert_string_equal(ev->text, "/boot/kernel");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CL_TEST(test_null_and_what_is_obsolete),
		CL_TEST(test_getattr),
		CL_TEST(test_ids_are_those_of_version_3_folded),
		CL_TEST(test_a_pipe_is_a_device_without_a_number),
		CL_TEST(test_lookup),
		CL_TEST(test_lookup_failures),
		CL_TEST(test_deep_paths),
		CL_TEST(test_read),
		CL_TEST(test_read_has_its_fields_where_the_loader_looks),
		CL_TEST(test_read_at_and_past_the_end),
		CL_TEST(test_a_file_of_4_gib_is_not_read),
		CL_TEST(test_read_failures),
		CL_TEST(test_what_is_not_in_memory_is_never_a_short_read),
		CL_TEST(test_readlink),
		CL_TEST(test_statfs),
		CL_TEST(test_overlay_covers_the_tree),
		CL_TEST(test_events),
	};

	return cmocka_run_group_tests(tests, cl_setup, cl_teardown);
}
