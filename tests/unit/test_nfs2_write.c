/* NFS version 2: what would change something is refused, but for the
 * installation's own log; claims and reports are promises as over version 3. */
#include <errno.h>

#include "nfs_client.h"

enum { PERM = 1, NOENT = 2, IO = 5, FBIG = 27, NOSPC = 28, ROFS = 30, STALE = 70 };
#define UNSET	0xffffffffu

static void
put_sattr(struct wr *w, uint32_t mode, uint32_t uid, uint32_t size)
{
	wr_be32(w, mode);
	wr_be32(w, uid);
	wr_be32(w, UNSET);		/* gid */
	wr_be32(w, size);
	for (int i = 0; i < 4; i++)
		wr_be32(w, UNSET);	/* atime, mtime */
}

static void
put_rest(struct wr *w, uint32_t proc, const struct fh *dir)
{
	if (proc == 11 || proc == 12)		/* RENAME, LINK: the other end */
		wr_bytes(w, dir->b, 32);
	if (proc == 11 || proc == 12)
		put_str(w, "other");
	if (proc == 13)				/* SYMLINK */
		put_str(w, "target");
	if (proc == 9 || proc == 13 || proc == 14)
		put_sattr(w, 0644, UNSET, UNSET);
}

/* RFC 1094 sections 2.2.10 - 2.2.16 */
static void
test_changes_are_refused(void **state)
{
	struct client *c = *state;
	struct fh root = cl_mount1(c, "/debian"), bad = root;

	bad.b[3] ^= 1;
	for (uint32_t proc = 9; proc <= 15; proc++) {
		for (int k = 0; k < 3; k++) {
			struct wr *w = cl_nfs2(c, proc, k == 1 ? &bad : &root);
			bool two = proc == 11 || proc == 12;
			struct rd r;

			if (proc != 12)
				put_str(w, "name");
			put_rest(w, proc, k == 2 ? &bad : &root);
			r = cl_expect(c, k == 1 || (two && k == 2) ? STALE : ROFS);
			cl_end(&r);
		}
		cl_truncate(c);
	}
	assert_int_equal(c->w->n_asked, 0);
}

static void
put_write(struct client *c, const struct fh *fh, uint32_t off, const void *data,
    uint32_t len)
{
	struct wr *w = cl_nfs2(c, 8, fh);

	wr_be32(w, 0);			/* beginoffset: unused */
	wr_be32(w, off);
	wr_be32(w, 0);			/* totalcount: unused */
	put_opaque(w, data, len);
}

static void
expect_write(struct client *c, const struct fh *fh, uint32_t off, uint32_t len,
    uint32_t status)
{
	uint8_t data[8192];
	struct rd r;

	memset(data, 'x', sizeof(data));
	put_write(c, fh, off, data, len);
	r = cl_expect(c, status);
	if (status == 0)
		(void)get_attr2(&r);
	cl_end(&r);
}

static void
expect_setattr(struct client *c, const struct fh *fh, uint32_t mode,
    uint32_t uid, uint32_t size, uint32_t status)
{
	struct rd r;

	put_sattr(cl_nfs2(c, 2, fh), mode, uid, size);
	r = cl_expect(c, status);
	if (status == 0)
		(void)get_attr2(&r);
	cl_end(&r);
}

static void
test_files_are_not_written(void **state)
{
	struct client *c = *state;
	struct fh fh = cl_walk2(c, cl_mount1(c, "/.provd/" W_TOKEN "/root"), "etc/rc");

	expect_write(c, &fh, 0, 1, ROFS);
	cl_truncate(c);
	expect_setattr(c, &fh, 0644, UNSET, UNSET, ROFS);
	cl_truncate(c);
	assert_int_equal(c->w->n_asked, 0);
}

static struct fh
log_fh(struct client *c)
{
	return cl_walk2(c, cl_mount1(c, "/.provd/" W_TOKEN), "log");
}

/* After the commit, at its offset, with the attributes of then; a
 * retransmission changes nothing. */
static void
test_the_log_is_written(void **state)
{
	struct client *c = *state;
	struct fh fh = log_fh(c);
	uint32_t len;
	struct rd r;

	put_write(c, &fh, 0, "first\n", 6);
	r = cl_expect(c, 0);
	assert_int_equal(get_attr2(&r).size, 6);
	cl_end(&r);
	assert_int_equal(c->w->n_asked, 1);
	assert_int_equal(c->w->asked.kind, PROMISE_LOG);
	assert_int_equal(c->w->asked.inst, W_INST);
	assert_int_equal(c->w->asked.off, 0);
	assert_memory_equal(c->w->asked_data, "first\n", 6);
	for (int again = 0; again < 2; again++) {
		put_write(c, &fh, 6, "second\n", 7);
		r = cl_expect(c, 0);
		assert_int_equal(get_attr2(&r).size, 13);
	}
	assert_memory_equal(cl_read2(c, &fh, 0, 100, &len), "first\nsecond\n", 13);
	assert_int_equal(len, 13);
}

/* All or nothing: the reply has no room for how much. */
static void
test_the_log_s_refusals(void **state)
{
	struct client *c = *state;
	struct fh fh = log_fh(c);

	expect_write(c, &fh, TREE_LOG_MAX, 1, FBIG);
	expect_write(c, &fh, TREE_LOG_MAX - 2, 3, FBIG);
	expect_write(c, &fh, UINT32_MAX, 8192, FBIG);
	assert_int_equal(c->w->n_asked, 0);
	c->w->promise_result = -EPERM;		/* the installation has ended */
	expect_write(c, &fh, 0, 1, ROFS);
	c->w->promise_result = -ENOSPC;
	expect_write(c, &fh, 0, 1, NOSPC);
	c->w->promise_result = -EIO;
	expect_write(c, &fh, 0, 1, IO);
	c->w->promise_result = -ENOBUFS;
	for (int tcp = 0; tcp < 2; tcp++) {
		c->w->ctx.tcp = tcp;
		put_write(c, &fh, 0, "x", 1);
		(void)cl_send(c);
		assert_int_equal(c->rep_len, 0);
	}
	c->w->promise_result = 0;
	expect_write(c, &fh, TREE_LOG_MAX - 2, 2, 0);
	expect_write(c, &fh, 0, 0, 0);
}

/* NFS_MAXDATA is 8192. */
static void
test_a_write_of_more_is_garbage(void **state)
{
	static const uint8_t data[8196];
	struct client *c = *state;
	struct fh fh = log_fh(c);
	struct rd r;

	expect_write(c, &fh, 0, 8192, 0);
	put_write(c, &fh, 0, data, sizeof(data));
	r = cl_send(c);
	(void)rd_take(&r, 20);
	assert_int_equal(rd_be32(&r), 4);	/* GARBAGE_ARGS */
}

/* It grows only; what is -1 is left alone, 16 bits of it as mode too. */
static void
test_setattr_of_the_log(void **state)
{
	struct client *c = *state;
	struct fh fh = log_fh(c);
	uint32_t size = (uint32_t)tree_log_size(c->w->in->log, NULL);

	expect_setattr(c, &fh, UNSET, UNSET, UNSET, 0);
	expect_setattr(c, &fh, 0xffff, UNSET, UNSET, 0);
	expect_setattr(c, &fh, UNSET, UNSET, size, 0);
	expect_setattr(c, &fh, UNSET, UNSET, size + 1, PERM);
	expect_setattr(c, &fh, 0644, UNSET, UNSET, PERM);
	expect_setattr(c, &fh, UNSET, 0, UNSET, PERM);
}

/* Claims and reports --------------------------------------------------------- */

static struct fh
own(struct client *c, const char *path)
{
	return cl_walk2(c, cl_walk2(c, cl_mount1(c, "/.provd/" W_TOKEN "/root"),
	    ".provd/" W_TOKEN), path);
}

static void
test_a_claim(void **state)
{
	struct client *c = *state;
	struct fh fh = own(c, "claim/17");
	const uint8_t *p;
	uint32_t len;

	(void)cl_nfs2(c, 1, &fh);		/* looking at it is not claiming it */
	(void)cl_expect(c, 0);
	assert_int_equal(c->w->n_asked, 0);
	p = cl_read2(c, &fh, 0, 8192, &len);
	assert_int_equal(len, TREE_CLAIM_SIZE);
	assert_memory_equal(p, "go\n\n", 4);
	assert_int_equal(c->w->n_asked, 1);
	assert_int_equal(c->w->asked.kind, PROMISE_CLAIM);
	assert_int_equal(c->w->asked.inst, W_INST);
	assert_int_equal(c->w->asked.addr, W_KNOWN);
	assert_string_equal(c->w->asked.name, "17");
	c->w->promise_result = -EPERM;
	c->w->promise_text = "it was claimed at 10:15";
	p = cl_read2(c, &fh, 0, 1024, &len);
	assert_memory_equal(p, "refused: it was claimed at 10:15\n\n", 34);
	(void)cl_read2(c, &fh, TREE_CLAIM_SIZE, 1024, &len);
	assert_int_equal(len, 0);
	assert_int_equal(c->w->n_asked, 2);
}

/* No commit, no answer at all: the client asks again. */
static void
test_what_is_not_decided_is_not_answered(void **state)
{
	static const int results[] = { -EIO, -ENOSPC, -ENOBUFS, -EBUSY, 1 };
	struct client *c = *state;
	struct fh fh = own(c, "claim/17"), dir = own(c, "report");
	struct wr *w;

	for (size_t i = 0; i < 2 * sizeof(results) / sizeof(results[0]); i++) {
		c->w->promise_result = results[i / 2];
		c->w->ctx.tcp = i % 2;
		w = cl_nfs2(c, 6, &fh);
		wr_be32(w, 0);
		wr_be32(w, 1024);
		wr_be32(w, 0);
		(void)cl_send(c);
		assert_int_equal(c->rep_len, 0);
		put_str(cl_nfs2(c, 4, &dir), "3-partition-done");
		(void)cl_send(c);
		assert_int_equal(c->rep_len, 0);
	}
}

static void
test_a_report_exists_once_it_is_committed(void **state)
{
	struct client *c = *state;
	struct fh dir = own(c, "report"), fh;
	struct attr2 a;
	struct rd r;

	fh = cl_lookup2(c, &dir, "3-partition-done", &a);
	assert_int_equal(a.type, 1);
	assert_int_equal(c->w->n_asked, 1);
	assert_int_equal(c->w->asked.kind, PROMISE_REPORT);
	assert_string_equal(c->w->asked.name, "3-partition-done");
	(void)cl_nfs2(c, 1, &fh);
	(void)cl_expect(c, 0);
	assert_int_equal(c->w->n_asked, 1);
	c->w->promise_result = -EPERM;
	put_str(cl_nfs2(c, 4, &dir), "4-unpack-done");
	r = cl_expect(c, NOENT);
	cl_end(&r);
	c->w->n_asked = 0;
	put_str(cl_nfs2(c, 4, &dir), "nonsense");
	(void)cl_expect(c, NOENT);
	assert_int_equal(c->w->n_asked, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CL_TEST(test_changes_are_refused),
		CL_TEST(test_files_are_not_written),
		CL_TEST(test_the_log_is_written),
		CL_TEST(test_the_log_s_refusals),
		CL_TEST(test_a_write_of_more_is_garbage),
		CL_TEST(test_setattr_of_the_log),
		CL_TEST(test_a_claim),
		CL_TEST(test_what_is_not_decided_is_not_answered),
		CL_TEST(test_a_report_exists_once_it_is_committed),
	};

	return cmocka_run_group_tests(tests, cl_setup, cl_teardown);
}
