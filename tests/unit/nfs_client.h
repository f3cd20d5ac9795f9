/* nfs_client.h - a client for tests: calls made and replies read word by word,
 * with none of the code that is tested. */
#ifndef TESTS_UNIT_NFS_CLIENT_H
#define TESTS_UNIT_NFS_CLIENT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lib/wire.h"
#include "nfs_world.h"

#define CL_XID	0x01020304u

struct client {
	struct world	*w;
	uint32_t	 uid;
	size_t		 cap;		/* room given for the reply */
	struct wr	 call;
	uint8_t		 req[RPC_CALL_MAX];
	uint8_t		 rep[RPC_REPLY_MAX];
	size_t		 rep_len;
};

struct fh { uint32_t len; uint8_t b[64]; };
struct attr {
	uint32_t type, mode, nlink, uid, gid, mtime, mtime_ns, ctime, ctime_ns;
	uint64_t size, fsid, fileid;
};

static inline void
put_u64(struct wr *w, uint64_t v)
{
	wr_be32(w, (uint32_t)(v >> 32));
	wr_be32(w, (uint32_t)v);
}

static inline void
put_opaque(struct wr *w, const void *p, size_t len)
{
	wr_be32(w, (uint32_t)len);
	wr_bytes(w, p, len);
	wr_bytes(w, "\0\0\0", (4 - len % 4) % 4);
}

static inline void
put_str(struct wr *w, const char *s)
{
	put_opaque(w, s, strlen(s));
}

static inline void
put_fh(struct wr *w, const struct fh *fh)
{
	put_opaque(w, fh->b, fh->len);
}

static inline uint64_t
get_u64(struct rd *r)
{
	uint64_t hi = rd_be32(r);

	return hi << 32 | rd_be32(r);
}

static inline const uint8_t *
get_opaque(struct rd *r, uint32_t *ret_len)
{
	*ret_len = rd_be32(r);
	assert_true(*ret_len <= rd_left(r));
	return rd_take(r, (*ret_len + 3) & ~3u);
}

/* RFC 5531: a call with AUTH_SYS credentials. */
static inline struct wr *
cl_call(struct client *c, uint32_t prog, uint32_t vers, uint32_t proc)
{
	struct wr *w = &c->call;

	*w = wr_init(c->req, sizeof(c->req));
	wr_be32(w, CL_XID);
	wr_be32(w, 0);		/* CALL */
	wr_be32(w, 2);		/* RPC version */
	wr_be32(w, prog);
	wr_be32(w, vers);
	wr_be32(w, proc);
	wr_be32(w, 1);		/* AUTH_SYS */
	wr_be32(w, 28);
	wr_be32(w, 0);		/* stamp */
	put_str(w, "abc");
	wr_be32(w, c->uid);
	wr_be32(w, c->uid);
	wr_be32(w, 1);
	wr_be32(w, 5);
	wr_be32(w, 0);		/* verifier */
	wr_be32(w, 0);
	return w;
}

static inline struct wr *
cl_nfs(struct client *c, uint32_t proc, const struct fh *fh)
{
	struct wr *w = cl_call(c, 100003, 3, proc);

	put_fh(w, fh);
	return w;
}

/* Version 2 (RFC 1094): handles are 32 bytes without a length. */
static inline struct wr *
cl_nfs2(struct client *c, uint32_t proc, const struct fh *fh)
{
	struct wr *w = cl_call(c, 100003, 2, proc);

	wr_bytes(w, fh->b, 32);
	return w;
}

/* Sends it; the reply from its xid on. */
static inline struct rd
cl_send(struct client *c)
{
	uint8_t *exact = malloc(c->call.len);	/* so that ASan sees one byte too far */

	assert_non_null(exact);
	assert_int_equal(c->call.err, 0);
	memcpy(exact, c->req, c->call.len);
	memset(c->rep, 0xee, sizeof(c->rep));
	c->rep_len = w_dispatch(c->w, exact, c->call.len, c->rep, c->cap);
	free(exact);
	assert_true(c->rep_len <= c->cap);
	assert_int_equal(c->rep_len % 4, 0);
	return rd_init(c->rep, c->rep_len);
}

/* The reply must be accepted and successful; stands at the results. */
static inline struct rd
cl_run(struct client *c)
{
	static const uint32_t head[] = { CL_XID, 1, 0, 0, 0, 0 };
	struct rd r = cl_send(c);

	for (size_t i = 0; i < 6; i++)
		assert_int_equal(rd_be32(&r), head[i]);
	assert_int_equal(r.err, 0);
	return r;
}

/* RFC 5531: where the arguments begin, behind credential and verifier. */
static inline size_t
cl_header(const struct client *c)
{
	struct rd r = rd_init(c->req, c->call.len);
	uint32_t len;

	(void)rd_take(&r, 28);
	(void)get_opaque(&r, &len);
	(void)rd_be32(&r);
	(void)get_opaque(&r, &len);
	assert_int_equal(r.err, 0);
	return (size_t)(r.p - c->req);
}

/* Every truncation of a call: silence without a whole header, GARBAGE_ARGS
 * without whole arguments. */
static inline void
cl_truncate(struct client *c)
{
	size_t header = cl_header(c);

	while (c->call.len-- > 0) {
		struct rd r = cl_send(c);

		if (c->call.len < header) {
			assert_int_equal(c->rep_len, 0);
			continue;
		}
		(void)rd_take(&r, 20);
		assert_int_equal(rd_be32(&r), 4);
		assert_int_equal(rd_left(&r), 0);
		assert_int_equal(r.err, 0);
	}
}

/* As cl_run(), with the status that leads NFS and MOUNT results. */
static inline struct rd
cl_expect(struct client *c, uint32_t status)
{
	struct rd r = cl_run(c);

	assert_int_equal(rd_be32(&r), status);
	return r;
}

static inline void
cl_end(struct rd *r)
{
	assert_int_equal(r->err, 0);
	assert_int_equal(rd_left(r), 0);
}

static inline void
get_text(struct rd *r, char *buf, size_t cap)
{
	uint32_t len;
	const uint8_t *p = get_opaque(r, &len);

	assert_true(p != NULL && len < cap);
	if (p == NULL)
		return;
	memcpy(buf, p, len);
	buf[len] = '\0';
}

static inline struct fh
get_fh(struct rd *r)
{
	struct fh fh;
	const uint8_t *p = get_opaque(r, &fh.len);

	assert_true(fh.len > 0 && fh.len <= 64);
	memcpy(fh.b, p, fh.len);
	return fh;
}

/* fattr3, 84 bytes. */
static inline struct attr
get_attr(struct rd *r)
{
	struct attr a;

	a.type = rd_be32(r);
	a.mode = rd_be32(r);
	a.nlink = rd_be32(r);
	a.uid = rd_be32(r);
	a.gid = rd_be32(r);
	a.size = get_u64(r);
	(void)get_u64(r);		/* used */
	(void)get_u64(r);		/* rdev */
	a.fsid = get_u64(r);
	a.fileid = get_u64(r);
	(void)get_u64(r);		/* atime */
	a.mtime = rd_be32(r);
	a.mtime_ns = rd_be32(r);
	a.ctime = rd_be32(r);
	a.ctime_ns = rd_be32(r);
	assert_int_equal(r->err, 0);
	return a;
}

/* post_op_attr: must be there. */
static inline struct attr
get_post_op(struct rd *r)
{
	assert_int_equal(rd_be32(r), 1);
	return get_attr(r);
}

/* wcc_data of an object that did not change. */
static inline struct attr
get_wcc(struct rd *r)
{
	uint32_t mtime, mtime_ns, ctime, ctime_ns;
	struct attr a;
	uint64_t size;

	assert_int_equal(rd_be32(r), 1);
	size = get_u64(r);
	mtime = rd_be32(r);
	mtime_ns = rd_be32(r);
	ctime = rd_be32(r);
	ctime_ns = rd_be32(r);
	a = get_post_op(r);
	assert_int_equal(size, a.size);
	assert_int_equal(mtime, a.mtime);
	assert_int_equal(mtime_ns, a.mtime_ns);
	assert_int_equal(ctime, a.ctime);
	assert_int_equal(ctime_ns, a.ctime_ns);
	return a;
}

/* MOUNT3 MNT (RFC 1813 appendix I). */
static inline struct fh
cl_mount(struct client *c, const char *path)
{
	struct fh fh;
	struct rd r;

	put_str(cl_call(c, 100005, 3, 1), path);
	r = cl_expect(c, 0);
	fh = get_fh(&r);
	assert_int_equal(rd_be32(&r), 1);	/* one flavor: */
	assert_int_equal(rd_be32(&r), 1);	/* AUTH_SYS */
	cl_end(&r);
	return fh;
}

static inline struct fh
cl_root(struct client *c)
{
	return cl_mount(c, "/debian");
}

static inline struct fh
cl_inst_root(struct client *c)
{
	return cl_mount(c, "/.provd/" W_TOKEN "/root");
}

/* MOUNT1 MNT (RFC 1094 appendix A). */
static inline struct fh
cl_mount1(struct client *c, const char *path)
{
	struct fh fh = { .len = 32 };
	struct rd r;

	put_str(cl_call(c, 100005, 1, 1), path);
	r = cl_expect(c, 0);
	memcpy(fh.b, rd_take(&r, 32), 32);
	cl_end(&r);
	return fh;
}

/* RFC 1094 section 2.3.5, fattr: 17 words. */
struct attr2 {
	uint32_t type, mode, nlink, uid, gid, size, blocksize, rdev, blocks,
	    fsid, fileid, atime, atime_us, mtime, mtime_us, ctime, ctime_us;
};

static inline struct attr2
get_attr2(struct rd *r)
{
	struct attr2 a;
	uint32_t *p = &a.type;

	for (size_t i = 0; i < sizeof(a) / sizeof(*p); i++)
		p[i] = rd_be32(r);
	assert_int_equal(r->err, 0);
	return a;
}

/* LOOKUP of version 2: the handle and the attributes of what was found. */
static inline struct fh
cl_lookup2(struct client *c, const struct fh *dir, const char *name,
    struct attr2 *ret)
{
	struct fh fh = { .len = 32 };
	struct rd r;

	put_str(cl_nfs2(c, 4, dir), name);
	r = cl_expect(c, 0);
	memcpy(fh.b, rd_take(&r, 32), 32);
	*ret = get_attr2(&r);
	cl_end(&r);
	return fh;
}

static inline struct fh
cl_walk2(struct client *c, struct fh fh, const char *path)
{
	struct attr2 a;
	char name[256];

	while (*path != '\0') {
		size_t n = strcspn(path, "/");

		(void)snprintf(name, sizeof(name), "%.*s", (int)n, path);
		fh = cl_lookup2(c, &fh, name, &a);
		path += n + (path[n] == '/');
	}
	return fh;
}

/* READ of version 2; the data borrows from the reply. */
static inline const uint8_t *
cl_read2(struct client *c, const struct fh *fh, uint32_t off, uint32_t count,
    uint32_t *ret_len)
{
	struct wr *w = cl_nfs2(c, 6, fh);
	const uint8_t *p;
	struct rd r;

	wr_be32(w, off);
	wr_be32(w, count);
	wr_be32(w, 0);			/* totalcount: unused */
	r = cl_expect(c, 0);
	(void)get_attr2(&r);
	p = get_opaque(&r, ret_len);
	cl_end(&r);
	return p;
}

/* LOOKUP of each component. */
static inline struct fh
cl_walk(struct client *c, struct fh fh, const char *path)
{
	while (*path != '\0') {
		size_t n = strcspn(path, "/");
		struct rd r;

		put_opaque(cl_nfs(c, 3, &fh), path, n);
		r = cl_expect(c, 0);
		fh = get_fh(&r);
		(void)get_post_op(&r);
		(void)get_post_op(&r);
		cl_end(&r);
		path += n + (path[n] == '/');
	}
	return fh;
}

/* READ; the data borrows from the reply. */
static inline const uint8_t *
cl_read(struct client *c, const struct fh *fh, uint64_t off, uint32_t count,
    uint32_t *ret_len, bool *ret_eof)
{
	struct wr *w = cl_nfs(c, 6, fh);
	const uint8_t *p;
	struct rd r;

	put_u64(w, off);
	wr_be32(w, count);
	r = cl_expect(c, 0);
	(void)get_post_op(&r);
	*ret_len = rd_be32(&r);
	*ret_eof = rd_be32(&r) == 1;
	p = get_opaque(&r, &count);
	assert_int_equal(count, *ret_len);
	cl_end(&r);
	return p;
}

static inline int
cl_setup(void **state)
{
	struct client *c = calloc(1, sizeof(*c));

	c->w = calloc(1, sizeof(*c->w));
	c->cap = sizeof(c->rep);
	w_new(c->w);
	*state = c;
	return 0;
}

static inline int
cl_teardown(void **state)
{
	struct client *c = *state;

	w_free(c->w);
	free(c->w);
	free(c);
	return 0;
}

/* Between tests: a fresh context, the same tree. */
static inline int
cl_fresh(void **state)
{
	struct client *c = *state;

	w_reset(c->w);
	c->uid = 0;
	c->cap = sizeof(c->rep);
	return 0;
}
#define CL_TEST(f)	cmocka_unit_test_setup(f, cl_fresh)

#endif /* TESTS_UNIT_NFS_CLIENT_H */
