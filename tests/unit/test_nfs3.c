/* NFS version 3: the procedures that read (RFC 1813 section 3.3). */
#include "nfs_client.h"

enum { NOENT = 2, ACCES = 13, NOTDIR = 20, ISDIR = 21, INVAL = 22,
    TOOLONG = 63, STALE = 70, JUKEBOX = 10008 };

static struct attr
getattr(struct client *c, const struct fh *fh)
{
	struct attr a;
	struct rd r;

	(void)cl_nfs(c, 1, fh);
	r = cl_expect(c, 0);
	a = get_attr(&r);
	cl_end(&r);
	return a;
}

static void
test_getattr(void **state)
{
	struct client *c = *state;
	struct fh root = cl_root(c), fh = cl_walk(c, root, "boot/kernel");
	struct attr a = getattr(c, &fh);

	assert_int_equal(a.type, 1);
	assert_int_equal(a.mode, 0644);
	assert_int_equal(a.size, W_BIG);
	assert_int_equal(a.uid, getuid());
	a = getattr(c, &root);
	assert_int_equal(a.type, 2);
	fh = cl_walk(c, root, "boot/rc");
	assert_int_equal(getattr(c, &fh).type, 5);
}

/* FreeBSD's loader reads the reply at fixed offsets: handle, attributes of the
 * object, attributes of the directory. */
static void
test_lookup(void **state)
{
	struct client *c = *state;
	struct fh root = cl_root(c), fh;
	struct attr obj, dir;
	struct rd r;

	put_str(cl_nfs(c, 3, &root), "etc");
	r = cl_expect(c, 0);
	fh = get_fh(&r);
	obj = get_post_op(&r);
	dir = get_post_op(&r);
	cl_end(&r);
	assert_int_equal(obj.type, 2);
	assert_int_equal(dir.fileid, getattr(c, &root).fileid);
	put_str(cl_nfs(c, 3, &fh), "..");
	r = cl_expect(c, 0);
	fh = get_fh(&r);
	assert_memory_equal(fh.b, root.b, root.len);
}

static void
expect_lookup(struct client *c, const struct fh *dir, const char *name,
    uint32_t status)
{
	struct rd r;

	put_str(cl_nfs(c, 3, dir), name);
	r = cl_expect(c, status);
	(void)get_post_op(&r);		/* of the directory, on errors too */
	cl_end(&r);
}

static void
test_lookup_failures(void **state)
{
	struct client *c = *state;
	struct fh root = cl_root(c), fh = cl_walk(c, root, "etc/motd");
	char name[300];

	expect_lookup(c, &root, "kernel.gz", NOENT);
	expect_lookup(c, &fh, "x", NOTDIR);
	memset(name, 'n', 256);
	name[256] = '\0';
	expect_lookup(c, &root, name, TOOLONG);
	expect_lookup(c, &root, "etc/motd", INVAL);
}

static void
test_handles_of_others_are_stale(void **state)
{
	struct client *c = *state;
	struct fh root = cl_root(c), bad;
	struct rd r;

	for (uint32_t i = 0; i < root.len; i++) {
		bad = root;
		bad.b[i] ^= 1;
		(void)cl_nfs(c, 1, &bad);
		r = cl_expect(c, STALE);
		cl_end(&r);
		assert_int_equal(c->w->ctx.event.kind, EV_STALE);
	}
	for (uint32_t n = 0; n <= 64; n++) {
		if (n == root.len)
			continue;
		bad = (struct fh){ .len = n };
		(void)cl_nfs(c, 1, &bad);
		r = cl_expect(c, STALE);
	}
}

/* Handles survive a restart: another server with the same tree and key. */
static void
test_handles_survive_a_restart(void **state)
{
	struct client *c = *state;
	struct fh deep = cl_walk(c, cl_root(c), W_DEEP);
	struct attr before = getattr(c, &deep), after;

	assert_int_equal(deep.len, 64);
	w_reopen(c->w);
	after = getattr(c, &deep);
	assert_int_equal(after.fileid, before.fileid);
	assert_int_equal(after.fsid, before.fsid);
}

/* A plain tree is for known hosts; a handle that leaked is not enough. */
static void
test_a_plain_tree_is_for_known_hosts(void **state)
{
	struct client *c = *state;
	struct fh root = cl_root(c), inst = cl_inst_root(c);
	struct rd r;

	c->w->ctx.peer = W_UNKNOWN;
	(void)cl_nfs(c, 1, &root);
	r = cl_expect(c, ACCES);
	cl_end(&r);
	(void)getattr(c, &inst);	/* the handle was sealed for it */
}

static void
test_overlay_covers_the_tree(void **state)
{
	struct client *c = *state;
	struct fh fh = cl_walk(c, cl_inst_root(c), "etc/rc");
	uint32_t len;
	bool eof;

	assert_memory_equal(cl_read(c, &fh, 0, 100, &len, &eof), "overlay rc\n", 11);
	assert_int_equal(len, 11);
	assert_true(eof);
	fh = cl_walk(c, cl_root(c), "etc/rc");
	assert_memory_equal(cl_read(c, &fh, 0, 100, &len, &eof), "tree rc\n", 8);
}

static void
check_bytes(const uint8_t *p, size_t off, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i] != w_byte(off + i))
			fail_msg("byte %zu is wrong", off + i);
}

/* 3.3.6: the loader's 1024 bytes, the kernel's 32768, and what is no round number. */
static void
test_read(void **state)
{
	static const uint32_t sizes[] = { 1, 3, 512, 1000, 1024, 16384, 32768, 65536 };
	struct client *c = *state;
	struct fh fh = cl_walk(c, cl_root(c), "boot/kernel");

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint64_t off = 0;
		bool eof = false;
		uint32_t len;

		while (!eof) {
			const uint8_t *p = cl_read(c, &fh, off, sizes[i], &len, &eof);

			assert_true(len <= sizes[i] && (len > 0 || eof));
			check_bytes(p, off, len);
			off += len;
			if (sizes[i] < 512 && off > 2000)
				break;
		}
		assert_true(!eof || off == W_BIG);
	}
}

/* The reply of the loader's READ, byte by byte: status, attributes, count,
 * eof, data. */
static void
test_read_has_its_fields_where_the_loader_looks(void **state)
{
	struct client *c = *state;
	struct fh fh = cl_walk(c, cl_root(c), "boot/kernel");
	uint32_t len;
	bool eof;

	assert_ptr_equal(cl_read(c, &fh, 1024, 1024, &len, &eof), c->rep + 24 + 104);
	assert_int_equal(c->rep_len, 24 + 104 + 1024);
}

static void
test_read_at_and_past_the_end(void **state)
{
	struct client *c = *state;
	struct fh fh = cl_walk(c, cl_root(c), "boot/kernel");
	static const uint64_t offs[] = { W_BIG, W_BIG + 1, 1ull << 40,
	    INT64_MAX, 1ull << 63, UINT64_MAX };
	uint32_t len;
	bool eof;

	for (size_t i = 0; i < sizeof(offs) / sizeof(offs[0]); i++) {
		(void)cl_read(c, &fh, offs[i], 1024, &len, &eof);
		assert_int_equal(len, 0);
		assert_true(eof);
	}
	check_bytes(cl_read(c, &fh, W_BIG - 10, 1024, &len, &eof), W_BIG - 10, 10);
	assert_int_equal(len, 10);
	assert_true(eof);
	(void)cl_read(c, &fh, 0, 0, &len, &eof);
	assert_int_equal(len, 0);
	assert_false(eof);
}

/* More than there is room for is a shorter read, not the end. */
static void
test_read_more_than_a_reply_holds(void **state)
{
	struct client *c = *state;
	struct fh fh = cl_walk(c, cl_root(c), "boot/kernel");
	const uint8_t *p;
	uint32_t len;
	bool eof;

	(void)cl_read(c, &fh, 0, 0xffffffff, &len, &eof);
	assert_int_equal(len, RPC_DATA_MAX);
	assert_false(eof);
	for (c->cap = RPC_REPLY_MIN; c->cap < RPC_REPLY_MIN + 8; c->cap++) {
		p = cl_read(c, &fh, 0, 65536, &len, &eof);
		check_bytes(p, 0, len);
		assert_true(len > 800 && len < 1024);
		assert_false(eof);
	}
}

static void
expect_read(struct client *c, const struct fh *fh, uint32_t status)
{
	struct wr *w = cl_nfs(c, 6, fh);
	struct rd r;

	put_u64(w, 0);
	wr_be32(w, 100);
	r = cl_expect(c, status);
	(void)get_post_op(&r);
	cl_end(&r);
}

static void
test_read_failures(void **state)
{
	struct client *c = *state;
	struct fh root = cl_root(c), fh;
	uint32_t len;
	bool eof;

	expect_read(c, &root, ISDIR);
	fh = cl_walk(c, root, "boot/rc");
	expect_read(c, &fh, INVAL);
	/* mode bits count for the caller's uid */
	fh = cl_walk(c, root, "etc/master.passwd");
	assert_memory_equal(cl_read(c, &fh, 0, 100, &len, &eof), "secret\n", 7);
	c->uid = 12345;
	expect_read(c, &fh, ACCES);
}

static void
test_readlink(void **state)
{
	struct client *c = *state;
	struct fh root = cl_root(c), fh = cl_walk(c, root, "boot/rc");
	const uint8_t *p;
	uint32_t len;
	struct rd r;

	(void)cl_nfs(c, 5, &fh);
	r = cl_expect(c, 0);
	assert_int_equal(get_post_op(&r).type, 5);
	p = get_opaque(&r, &len);
	assert_int_equal(len, 9);
	assert_memory_equal(p, "../etc/rc", 9);
	cl_end(&r);
	fh = cl_walk(c, cl_inst_root(c), "etc/link");
	(void)cl_nfs(c, 5, &fh);
	r = cl_expect(c, 0);
	(void)get_post_op(&r);
	assert_memory_equal(get_opaque(&r, &len), "rc", 2);
	(void)cl_nfs(c, 5, &root);
	r = cl_expect(c, INVAL);
	(void)get_post_op(&r);
	cl_end(&r);
}

static uint32_t
access_of(struct client *c, const struct fh *fh, uint32_t want)
{
	uint32_t got;
	struct rd r;

	wr_be32(cl_nfs(c, 4, fh), want);
	r = cl_expect(c, 0);
	(void)get_post_op(&r);
	got = rd_be32(&r);
	cl_end(&r);
	return got;
}

/* Only what was asked for, and nothing that would change the tree. */
static void
test_access(void **state)
{
	struct client *c = *state;
	struct fh root = cl_root(c), fh = cl_walk(c, root, "etc/motd");

	assert_int_equal(access_of(c, &root, 0x3f), 0x03);
	assert_int_equal(access_of(c, &fh, 0x3f), 0x01);
	assert_int_equal(access_of(c, &fh, 0x02), 0);
	fh = cl_walk(c, root, "etc/rc");
	assert_int_equal(access_of(c, &fh, 0x3f), 0x21);
	fh = cl_walk(c, root, "etc/master.passwd");
	c->uid = 12345;
	assert_int_equal(access_of(c, &fh, 0x3f), 0);
}

static void
test_fsinfo(void **state)
{
	struct client *c = *state;
	struct fh root = cl_root(c);
	struct rd r;

	(void)cl_nfs(c, 19, &root);
	r = cl_expect(c, 0);
	(void)get_post_op(&r);
	assert_int_equal(rd_be32(&r), 1 << 20);	/* rtmax, rtpref, rtmult */
	assert_int_equal(rd_be32(&r), 1 << 20);
	assert_int_equal(rd_be32(&r), 512);
	assert_int_equal(rd_be32(&r), 32768);	/* wtmax, wtpref, wtmult */
	assert_int_equal(rd_be32(&r), 32768);
	assert_int_equal(rd_be32(&r), 512);
	assert_true(rd_be32(&r) >= 4096);	/* dtpref */
	assert_true(get_u64(&r) == INT64_MAX);
	assert_int_equal(rd_be32(&r), 0);
	assert_int_equal(rd_be32(&r), 1);	/* nanoseconds */
	assert_int_equal(rd_be32(&r), 0x0b);	/* links, homogeneous; times are not to be set */
	cl_end(&r);
	c->w->ctx.tcp = false;
	(void)cl_nfs(c, 19, &root);
	r = cl_expect(c, 0);
	(void)get_post_op(&r);
	assert_true(rd_be32(&r) <= 65507 - 128);
}

static void
test_fsstat_and_pathconf(void **state)
{
	struct client *c = *state;
	struct fh root = cl_root(c);
	uint64_t total;
	struct rd r;

	(void)cl_nfs(c, 18, &root);
	r = cl_expect(c, 0);
	(void)get_post_op(&r);
	total = get_u64(&r);
	assert_true(get_u64(&r) <= total);
	assert_true(get_u64(&r) <= total);
	(void)rd_take(&r, 24);
	assert_int_equal(rd_be32(&r), 0);	/* invarsec */
	cl_end(&r);
	(void)cl_nfs(c, 20, &root);
	r = cl_expect(c, 0);
	(void)get_post_op(&r);
	assert_true(rd_be32(&r) > 1);
	assert_int_equal(rd_be32(&r), 255);
	assert_int_equal(rd_be32(&r), 1);	/* no_trunc */
	assert_int_equal(rd_be32(&r), 1);
	assert_int_equal(rd_be32(&r), 0);	/* case_insensitive */
	assert_int_equal(rd_be32(&r), 1);
	cl_end(&r);
}

/* What the control thread is told of. */
static void
test_events(void **state)
{
	struct client *c = *state;
	struct fh root = cl_inst_root(c), fh;
	struct event *ev = &c->w->ctx.event;
	uint32_t len;
	bool eof;

	(void)getattr(c, &root);
	assert_true(c->w->ctx.has_event);
	assert_int_equal(ev->kind, EV_ROOT);
	assert_int_equal(ev->inst, W_INST);
	c->w->ctx.tcp = false;			/* a loader's, not a kernel's */
	(void)getattr(c, &root);
	assert_false(c->w->ctx.has_event);
	fh = cl_walk(c, root, "etc/motd");
	(void)cl_read(c, &fh, 0, 100, &len, &eof);
	assert_false(c->w->ctx.has_event);
	fh = cl_walk(c, root, "boot/kernel");
	(void)cl_read(c, &fh, 1024, 1024, &len, &eof);
	assert_true(c->w->ctx.has_event);
	assert_int_equal(ev->kind, EV_PROGRESS);
	assert_int_equal(ev->inst, W_INST);
	assert_int_equal(ev->addr, W_KNOWN);
	assert_int_equal(ev->done, 2048);
	assert_int_equal(ev->total, W_BIG);
	assert_string_equal(ev->text, "/boot/kernel");
}

/* No disk thread to be had: over TCP the client is told, over UDP silence
 * makes it ask again. */
static void
test_a_file_that_is_not_in_memory(void **state)
{
	struct client *c = *state;
	struct fh root = cl_root(c), fh = cl_walk(c, root, "boot/kernel");
	struct rpc_ctx *x = &c->w->ctx;
	char path[128];
	struct wr *w;
	size_t n;
	int fd, r;

	/* A tree that was just opened knows nothing yet. */
	(void)snprintf(path, sizeof(path), "%s/boot/kernel", c->w->dir);
	assert_true((fd = open(path, O_RDONLY)) != -1);
	assert_int_equal(fsync(fd), 0);
	assert_int_equal(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
	(void)close(fd);
	w = cl_nfs(c, 6, &fh);
	put_u64(w, 0);
	wr_be32(w, 65536);
	x->flags = TREE_NOWAIT;
	r = rpc_dispatch(x, c->req, w->len, c->rep, c->cap, &n);
	if (r == RPC_DONE)
		skip();		/* a file system that keeps all in memory */
	assert_int_equal(r, RPC_AGAIN);
	x->busy = true;
	assert_int_equal(rpc_dispatch(x, c->req, w->len, c->rep, c->cap, &n),
	    RPC_DONE);
	assert_true(n > 0);
	x->tcp = false;
	assert_int_equal(rpc_dispatch(x, c->req, w->len, c->rep, c->cap, &n),
	    RPC_DONE);
	assert_int_equal(n, 0);
	x->tcp = true;
	x->busy = false;
	x->flags = 0;
	assert_int_equal(rpc_dispatch(x, c->req, w->len, c->rep, c->cap, &n),
	    RPC_DONE);
	check_bytes(c->rep + 128, 0, 65536);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CL_TEST(test_getattr),
		CL_TEST(test_lookup),
		CL_TEST(test_lookup_failures),
		CL_TEST(test_handles_of_others_are_stale),
		CL_TEST(test_handles_survive_a_restart),
		CL_TEST(test_a_plain_tree_is_for_known_hosts),
		CL_TEST(test_overlay_covers_the_tree),
		CL_TEST(test_read),
		CL_TEST(test_read_has_its_fields_where_the_loader_looks),
		CL_TEST(test_read_at_and_past_the_end),
		CL_TEST(test_read_more_than_a_reply_holds),
		CL_TEST(test_read_failures),
		CL_TEST(test_readlink),
		CL_TEST(test_access),
		CL_TEST(test_fsinfo),
		CL_TEST(test_fsstat_and_pathconf),
		CL_TEST(test_events),
		CL_TEST(test_a_file_that_is_not_in_memory),
	};

	return cmocka_run_group_tests(tests, cl_setup, cl_teardown);
}
