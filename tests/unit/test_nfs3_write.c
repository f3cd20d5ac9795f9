/* NFS version 3: what would change something is refused, but for the
 * installation's own log; claims and reports are promises. */
#include <errno.h>

#include "nfs_client.h"

enum { PERM = 1, IO = 5, NOENT = 2, INVAL = 22, FBIG = 27, NOSPC = 28, ROFS = 30, STALE = 70,
    NOT_SYNC = 10002, JUKEBOX = 10008 };
enum { FILE_SYNCED = 2 };

static void
put_sattr_empty(struct wr *w)
{
	for (int i = 0; i < 6; i++)
		wr_be32(w, 0);
}

/* CREATE..RMDIR: name of proc, and the rest of its arguments. */
static void
put_rest(struct wr *w, uint32_t proc, uint32_t variant)
{
	switch (proc) {
	case 8:			/* CREATE */
		wr_be32(w, variant);
		if (variant < 2)
			put_sattr_empty(w);
		else
			put_u64(w, 1);
		break;
	case 9:			/* MKDIR */
		put_sattr_empty(w);
		break;
	case 10:		/* SYMLINK */
		put_sattr_empty(w);
		put_str(w, "target");
		break;
	case 11:		/* MKNOD: 3, 4 devices; 6, 7 others; 1 no such type */
		wr_be32(w, variant);
		if (variant > 1)
			put_sattr_empty(w);
		if (variant == 3 || variant == 4)
			put_u64(w, 1);
		break;
	default:
		break;
	}
}

/* RFC 1813 3.3.8 - 3.3.13: refused, with the directory's attributes. */
static void
test_changes_are_refused(void **state)
{
	static const uint32_t call[][2] = { { 8, 0 }, { 8, 1 }, { 8, 2 }, { 9, 0 },
	    { 10, 0 }, { 11, 1 }, { 11, 3 }, { 11, 4 }, { 11, 6 }, { 11, 7 },
	    { 12, 0 }, { 13, 0 } };
	struct client *c = *state;
	struct fh root = cl_root(c);

	for (size_t i = 0; i < sizeof(call) / sizeof(call[0]); i++) {
		struct wr *w = cl_nfs(c, call[i][0], &root);
		struct rd r;

		put_str(w, "new");
		put_rest(w, call[i][0], call[i][1]);
		r = cl_expect(c, ROFS);
		assert_int_equal(get_wcc(&r).type, 2);
		cl_end(&r);
		if (call[i][1] != 1 || call[i][0] != 11)
			cl_truncate(c);
	}
}

static void
test_rename_and_link_are_refused(void **state)
{
	struct client *c = *state;
	struct fh root = cl_root(c), etc = cl_walk(c, root, "etc");
	struct wr *w;
	struct rd r;

	w = cl_nfs(c, 14, &root);
	put_str(w, "a");
	put_fh(w, &etc);
	put_str(w, "b");
	r = cl_expect(c, ROFS);
	(void)get_wcc(&r);
	(void)get_wcc(&r);
	cl_end(&r);
	cl_truncate(c);
	w = cl_nfs(c, 15, &etc);
	put_fh(w, &root);
	put_str(w, "b");
	r = cl_expect(c, ROFS);
	(void)get_post_op(&r);
	(void)get_wcc(&r);
	cl_end(&r);
	cl_truncate(c);
}

static void
put_write(struct client *c, const struct fh *fh, uint64_t off, const void *data,
    uint32_t len)
{
	struct wr *w = cl_nfs(c, 7, fh);

	put_u64(w, off);
	wr_be32(w, len);
	wr_be32(w, 0);			/* UNSTABLE */
	put_opaque(w, data, len);
}

static void
put_setattr(struct client *c, const struct fh *fh, const char *what, uint64_t v)
{
	struct wr *w = cl_nfs(c, 2, fh);

	for (int i = 0; i < 3; i++) {	/* mode, uid, gid */
		wr_be32(w, what[0] == "mug"[i]);
		if (what[0] == "mug"[i])
			wr_be32(w, (uint32_t)v);
	}
	wr_be32(w, what[0] == 's');
	if (what[0] == 's')
		put_u64(w, v);
	wr_be32(w, what[0] == 't' ? 1 : 0);	/* SET_TO_SERVER_TIME */
	wr_be32(w, what[0] == 't' ? 2 : 0);	/* SET_TO_CLIENT_TIME */
	if (what[0] == 't')
		put_u64(w, v);
	wr_be32(w, 0);			/* no guard */
}

static void
test_files_are_not_written(void **state)
{
	struct client *c = *state;
	struct fh fh = cl_walk(c, cl_inst_root(c), "etc/rc");
	struct rd r;

	put_write(c, &fh, 0, "x", 1);
	r = cl_expect(c, ROFS);
	(void)get_wcc(&r);
	cl_end(&r);
	cl_truncate(c);
	put_setattr(c, &fh, "t", 5);
	r = cl_expect(c, ROFS);
	(void)get_wcc(&r);
	cl_end(&r);
	cl_truncate(c);
	assert_int_equal(c->w->n_asked, 0);
}

static struct fh
log_fh(struct client *c)
{
	return cl_walk(c, cl_mount(c, "/.provd/" W_TOKEN), "log");
}

static uint32_t
expect_written(struct client *c, uint8_t verf[8])
{
	struct rd r = cl_expect(c, 0);
	uint32_t count;

	assert_int_equal(rd_be32(&r), 0);	/* others may have written too */
	(void)get_post_op(&r);
	count = rd_be32(&r);
	assert_int_equal(rd_be32(&r), FILE_SYNCED);
	memcpy(verf, rd_take(&r, 8), 8);
	cl_end(&r);
	return count;
}

/* After the commit, at its offset; a retransmission changes nothing. */
static void
test_the_log_is_written(void **state)
{
	struct client *c = *state;
	struct fh fh = log_fh(c);
	uint8_t v1[8], v2[8];
	uint32_t len;
	bool eof;

	put_write(c, &fh, 0, "first\n", 6);
	assert_int_equal(expect_written(c, v1), 6);
	assert_int_equal(c->w->n_asked, 1);
	assert_int_equal(c->w->asked.kind, PROMISE_LOG);
	assert_int_equal(c->w->asked.inst, W_INST);
	assert_int_equal(c->w->asked.off, 0);
	assert_int_equal(c->w->asked.len, 6);
	assert_memory_equal(c->w->asked_data, "first\n", 6);
	put_write(c, &fh, 6, "second\n", 7);
	assert_int_equal(expect_written(c, v2), 7);
	put_write(c, &fh, 6, "second\n", 7);
	assert_int_equal(expect_written(c, v2), 7);
	assert_memory_equal(v1, v2, 8);
	assert_memory_equal(cl_read(c, &fh, 0, 100, &len, &eof),
	    "first\nsecond\n", 13);
	assert_int_equal(len, 13);
	assert_true(eof);
}

static void
expect_write(struct client *c, const struct fh *fh, uint64_t off,
    uint32_t status)
{
	struct rd r;

	put_write(c, fh, off, "x", 1);
	r = cl_expect(c, status);
	assert_int_equal(rd_be32(&r), 0);
	(void)get_post_op(&r);
	cl_end(&r);
}

static void
test_the_log_s_refusals(void **state)
{
	struct client *c = *state;
	struct fh fh = log_fh(c);

	expect_write(c, &fh, TREE_LOG_MAX, FBIG);
	expect_write(c, &fh, UINT64_MAX, FBIG);
	assert_int_equal(c->w->n_asked, 0);
	c->w->promise_result = -EPERM;		/* the installation has ended */
	expect_write(c, &fh, 0, ROFS);
	c->w->promise_result = -ENOSPC;
	expect_write(c, &fh, 0, NOSPC);
	c->w->promise_result = -EIO;
	expect_write(c, &fh, 0, IO);
	c->w->promise_result = -ENOBUFS;
	expect_write(c, &fh, 0, JUKEBOX);
	c->w->ctx.tcp = false;
	put_write(c, &fh, 0, "x", 1);
	(void)cl_send(c);
	assert_int_equal(c->rep_len, 0);
}

static void
test_the_log_s_end(void **state)
{
	struct client *c = *state;
	struct fh fh = log_fh(c);
	uint8_t verf[8];

	put_write(c, &fh, TREE_LOG_MAX - 2, "abcdef", 6);
	assert_int_equal(expect_written(c, verf), 2);
}

/* Less data than is announced is no write. */
static void
test_write_with_too_little_data(void **state)
{
	struct client *c = *state;
	struct fh fh = log_fh(c);
	struct wr *w = cl_nfs(c, 7, &fh);
	struct rd r;

	put_u64(w, 0);
	wr_be32(w, 100);
	wr_be32(w, 0);
	put_opaque(w, "abc", 3);
	r = cl_expect(c, INVAL);
	assert_int_equal(rd_be32(&r), 0);
	assert_int_equal(c->w->n_asked, 0);
}

static void
expect_setattr(struct client *c, const struct fh *fh, const char *what,
    uint64_t v, uint32_t status)
{
	struct rd r;

	put_setattr(c, fh, what, v);
	r = cl_expect(c, status);
	(void)get_wcc(&r);
	cl_end(&r);
}

/* It grows only. */
static void
test_setattr_of_the_log(void **state)
{
	struct client *c = *state;
	struct fh fh = log_fh(c);
	uint64_t size = tree_log_size(c->w->in->log, NULL);

	expect_setattr(c, &fh, "t", 5, 0);
	expect_setattr(c, &fh, "s", size, 0);
	expect_setattr(c, &fh, "s", size + 1, PERM);
	expect_setattr(c, &fh, "m", 0777, PERM);
	expect_setattr(c, &fh, "u", 1, PERM);
	expect_setattr(c, &fh, "g", 1, PERM);
}

static void
test_guarded_setattr(void **state)
{
	struct client *c = *state;
	struct fh fh = log_fh(c);
	struct wr *w = cl_nfs(c, 2, &fh);
	struct rd r;

	put_sattr_empty(w);
	wr_be32(w, 1);
	put_u64(w, 0x1234567800000001);
	r = cl_expect(c, NOT_SYNC);
	(void)get_wcc(&r);
	cl_end(&r);
}

static void
test_commit(void **state)
{
	struct client *c = *state;
	struct fh fh = log_fh(c);
	uint8_t verf[8];
	struct wr *w;
	struct rd r;

	put_write(c, &fh, 0, "x", 1);
	(void)expect_written(c, verf);
	w = cl_nfs(c, 21, &fh);
	put_u64(w, 0);
	wr_be32(w, 0);
	r = cl_expect(c, 0);
	(void)get_wcc(&r);
	assert_memory_equal(rd_take(&r, 8), verf, 8);
	cl_end(&r);
	cl_truncate(c);
}

/* Claims ------------------------------------------------------------------- */

static struct fh
claim_fh(struct client *c)
{
	return cl_walk(c, cl_inst_root(c), ".provd/" W_TOKEN "/claim/17");
}

static void
expect_claim(struct client *c, const char *line)
{
	struct fh fh = claim_fh(c);
	const uint8_t *p;
	uint32_t len;
	bool eof;

	p = cl_read(c, &fh, 0, 32768, &len, &eof);
	assert_int_equal(len, TREE_CLAIM_SIZE);
	assert_true(eof);
	assert_memory_equal(p, line, strlen(line));
	for (size_t i = strlen(line); i < len; i++)
		assert_int_equal(p[i], '\n');
}

static void
test_a_claim_is_granted(void **state)
{
	struct client *c = *state;

	expect_claim(c, "go");
	assert_int_equal(c->w->n_asked, 1);
	assert_int_equal(c->w->asked.kind, PROMISE_CLAIM);
	assert_int_equal(c->w->asked.inst, W_INST);
	assert_int_equal(c->w->asked.addr, W_KNOWN);
	assert_string_equal(c->w->asked.name, "17");
}

static void
test_a_claim_is_refused(void **state)
{
	struct client *c = *state;

	c->w->promise_result = -EPERM;
	c->w->promise_text = "it was claimed at 10:15";
	expect_claim(c, "refused: it was claimed at 10:15");
	c->w->promise_text = "go\nhome";		/* one line, whatever comes */
	expect_claim(c, "refused: go home");
}

/* No commit, no answer that a script could take for one. */
static void
test_a_claim_that_is_not_decided(void **state)
{
	static const int results[] = { -EIO, -ENOSPC, -ENOBUFS, -EBUSY, 1 };
	struct client *c = *state;
	struct fh fh = claim_fh(c);

	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
		struct wr *w = cl_nfs(c, 6, &fh);
		struct rd r;

		put_u64(w, 0);
		wr_be32(w, 1024);
		c->w->promise_result = results[i];
		c->w->ctx.tcp = true;
		r = cl_expect(c, JUKEBOX);
		(void)get_post_op(&r);
		cl_end(&r);
		c->w->ctx.tcp = false;
		(void)cl_send(c);
		assert_int_equal(c->rep_len, 0);
	}
}

/* Looking at it is not claiming it. */
static void
test_only_reading_claims(void **state)
{
	struct client *c = *state;
	struct fh fh = claim_fh(c);
	uint32_t len;
	struct rd r;
	bool eof;

	(void)cl_nfs(c, 1, &fh);
	r = cl_expect(c, 0);
	assert_int_equal(get_attr(&r).size, TREE_CLAIM_SIZE);
	wr_be32(cl_nfs(c, 4, &fh), 0x3f);
	r = cl_expect(c, 0);
	(void)cl_read(c, &fh, TREE_CLAIM_SIZE, 1024, &len, &eof);
	assert_int_equal(len, 0);
	assert_true(eof);
	(void)cl_read(c, &fh, 0, 0, &len, &eof);
	assert_false(eof);
	assert_int_equal(c->w->n_asked, 0);
	/* in pieces, each one asks again: the answer is the same */
	assert_memory_equal(cl_read(c, &fh, 1, 2, &len, &eof), "o\n", 2);
	assert_false(eof);
	assert_int_equal(c->w->n_asked, 1);
}

/* Reports -------------------------------------------------------------------- */

static void
test_a_report_exists_once_it_is_committed(void **state)
{
	struct client *c = *state;
	struct fh dir = cl_walk(c, cl_inst_root(c), ".provd/" W_TOKEN "/report");
	struct fh fh = cl_walk(c, dir, "3-partition-done");
	struct rd r;

	assert_int_equal(c->w->n_asked, 1);
	assert_int_equal(c->w->asked.kind, PROMISE_REPORT);
	assert_int_equal(c->w->asked.inst, W_INST);
	assert_string_equal(c->w->asked.name, "3-partition-done");
	/* its handle proves that it was committed */
	(void)cl_nfs(c, 1, &fh);
	r = cl_expect(c, 0);
	assert_int_equal(get_attr(&r).type, 1);
	assert_int_equal(c->w->n_asked, 1);
}

static void
expect_report(struct client *c, const char *name, uint32_t status)
{
	struct fh dir = cl_walk(c, cl_inst_root(c), ".provd/" W_TOKEN "/report");
	struct rd r;

	put_str(cl_nfs(c, 3, &dir), name);
	r = cl_expect(c, status);
	(void)get_post_op(&r);
	cl_end(&r);
}

static void
test_a_report_that_is_not_committed_does_not_exist(void **state)
{
	struct client *c = *state;

	c->w->promise_result = -EPERM;
	expect_report(c, "4-unpack-done", NOENT);
	c->w->promise_result = -EIO;
	expect_report(c, "4-unpack-done", JUKEBOX);
	c->w->n_asked = 0;
	expect_report(c, "nonsense", NOENT);	/* not a report's name */
	assert_int_equal(c->w->n_asked, 0);
}

static void
test_reports_need_the_token(void **state)
{
	struct client *c = *state;
	struct fh dir = cl_walk(c, cl_inst_root(c), ".provd");
	struct rd r;

	put_str(cl_nfs(c, 3, &dir), "00112233445566778899aabbccddeef0");
	r = cl_expect(c, NOENT);
	(void)get_post_op(&r);
	cl_end(&r);
}

/* A claim's or report's handle is made for one installation. */
static void
test_handles_end_with_their_installation(void **state)
{
	struct client *c = *state;
	struct fh fh = claim_fh(c);
	struct rd r;

	c->w->snap->n_inst = 0;
	(void)cl_nfs(c, 1, &fh);
	r = cl_expect(c, STALE);
	cl_end(&r);
	c->w->snap->n_inst = 1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CL_TEST(test_changes_are_refused),
		CL_TEST(test_rename_and_link_are_refused),
		CL_TEST(test_files_are_not_written),
		CL_TEST(test_the_log_is_written),
		CL_TEST(test_the_log_s_refusals),
		CL_TEST(test_the_log_s_end),
		CL_TEST(test_write_with_too_little_data),
		CL_TEST(test_setattr_of_the_log),
		CL_TEST(test_guarded_setattr),
		CL_TEST(test_commit),
		CL_TEST(test_a_claim_is_granted),
		CL_TEST(test_a_claim_is_refused),
		CL_TEST(test_a_claim_that_is_not_decided),
		CL_TEST(test_only_reading_claims),
		CL_TEST(test_a_report_exists_once_it_is_committed),
		CL_TEST(test_a_report_that_is_not_committed_does_not_exist),
		CL_TEST(test_reports_need_the_token),
		CL_TEST(test_handles_end_with_their_installation),
	};

	return cmocka_run_group_tests(tests, cl_setup, cl_teardown);
}
