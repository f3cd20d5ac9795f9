/* nfs_call.h - calls of NFS and their answers, which are compared with the tree.
 * Gives up by err(3). */
#ifndef BENCH_NFS_CALL_H
#define BENCH_NFS_CALL_H

#include <sys/socket.h>
#include <netinet/in.h>
#include <stdbool.h>

#include "nfs_tree.h"

#define CLIENTS_MAX	1024u
#define DEPTH_MAX	64u
#define IN_MAX		(4u << 20)
#define ATTR		84u		/* bytes of a fattr3 */
#define KIB		1024u
#define NOENT		2u

enum { V3_GETATTR = 1, V3_LOOKUP = 3, V3_ACCESS, V3_READ = 6, V3_READDIR = 16,
	V3_READDIRPLUS };

struct call {
	uint32_t	 xid;		/* 0: none under way */
	uint32_t	 proc, count;
	struct entry	*e;
	uint64_t	 off;
	uint64_t	 sent;		/* ns */
	uint8_t		 out[512];
	size_t		 len;
};

struct client {
	int		 fd;
	struct call	 call[DEPTH_MAX];
	unsigned	 busy;
	uint64_t	 turn;		/* calls made */
	uint64_t	 done;		/* of AMOUNT */
	uint32_t	 at;		/* entry */
	uint64_t	 off;		/* of it, or a cookie */
	unsigned	 step;
	struct fh	 fh;
	uint8_t		 verf[8];
	uint8_t		*in;
	size_t		 in_len;
};

struct work {
	const char	*name;
	bool		 udp;
	uint32_t	 vers, size;
	/* Fills in the next call; false: none, for now or for good. */
	bool		(*next)(struct client *, struct call *);
	/* From the status on. */
	void		(*answer)(struct client *, struct call *, struct rd *);
};

static const struct work *work;
static struct sockaddr_in nfs_addr, mnt_addr;
static const char *export;
static unsigned depth;
static uint64_t answers, bytes;
static uint32_t xid;

static inline _Noreturn void
wrong(const struct call *k, const char *what)
{
	errx(1, "%s: procedure %u of /%s at %llu: %s", work->name, k->proc,
	    k->e != NULL ? k->e->path : "?", (unsigned long long)k->off, what);
}

/* Calls ---------------------------------------------------------------------------- */

static inline struct wr
begin(struct call *k, uint32_t prog, uint32_t vers, uint32_t proc)
{
	struct wr w;

	k->xid = ++xid;
	k->proc = proc;
	w = call_begin(k->out + 4, sizeof(k->out) - 4, k->xid, prog, vers, proc);
	return w;
}

static inline void
end(struct call *k, const struct wr *w)
{
	struct wr mark = wr_init(k->out, 4);

	if (w->err != 0)
		errx(1, "a call is too long");
	wr_be32(&mark, 0x80000000u | (uint32_t)w->len);
	k->len = w->len;
}

static inline void
put_handle(struct call *k, uint32_t proc, const struct fh *fh)
{
	struct wr w = begin(k, NFS, work->vers, proc);

	put_fh(&w, work->vers, fh);
	end(k, &w);
}

static inline void
put_lookup(struct call *k, const struct fh *dir, const char *name, size_t len)
{
	struct wr w = begin(k, NFS, work->vers, work->vers == 3 ? V3_LOOKUP : 4);

	put_fh(&w, work->vers, dir);
	put_opaque(&w, name, (uint32_t)len);
	end(k, &w);
}

static inline void
put_read(struct call *k, const struct fh *fh, uint64_t off, uint32_t count)
{
	struct wr w = begin(k, NFS, work->vers, V3_READ);

	put_fh(&w, work->vers, fh);
	if (work->vers == 3)
		wr_be32(&w, (uint32_t)(off >> 32));
	wr_be32(&w, (uint32_t)off);
	wr_be32(&w, count);
	if (work->vers == 2)
		wr_be32(&w, 0);
	end(k, &w);
	k->off = off;
	k->count = count;
}

static inline void
send_call(struct client *c, struct call *k)
{
	const struct sockaddr_in *to = k->proc == 0 ? &mnt_addr : &nfs_addr;
	const uint8_t *p = work->udp ? k->out + 4 : k->out;
	size_t len = work->udp ? k->len : k->len + 4;
	ssize_t n;

	k->sent = now_ns();
	do
		n = sendto(c->fd, p, len, 0, work->udp ?
		    (const struct sockaddr *)to : NULL, work->udp ? sizeof(*to) : 0);
	while (n == -1 && errno == EINTR);
	if (n != (ssize_t)len)
		err(1, "send");
}

/* Answers -------------------------------------------------------------------------- */

/* A fattr3 must be that of the entry. */
static inline void
check_attr(const struct call *k, struct rd *r, const struct entry *e)
{
	uint32_t type = rd_be32(r);
	uint64_t size;
	uint32_t mtime;

	(void)rd_take(r, 16);
	size = rd_be64(r);
	(void)rd_take(r, 8 + 8 + 8 + 8 + 8);	/* used, rdev, fsid, fileid, atime */
	mtime = rd_be32(r);
	(void)rd_take(r, 4 + 8);
	if (r->err != 0 || type != (e->is_dir ? 2u : 1u) ||
	    (!e->is_dir && size != e->size) || mtime != (uint32_t)e->mtime)
		wrong(k, "attributes");
}

static inline void
check_post_op(const struct call *k, struct rd *r, const struct entry *e)
{
	if (rd_be32(r) != 0)
		check_attr(k, r, e);
}

static inline void
check_status(const struct call *k, struct rd *r)
{
	if (rd_be32(r) != 0 || r->err != 0)
		wrong(k, "refused");
}

static inline void
check_lookup(const struct call *k, struct rd *r, struct fh *ret)
{
	check_status(k, r);
	take_fh(r, work->vers, ret);
	if (work->vers == 3)
		check_post_op(k, r, k->e);
}

static inline void
check_read(const struct call *k, struct rd *r)
{
	uint64_t left = k->off < k->e->size ? k->e->size - k->off : 0;
	uint32_t n, want = left < k->count ? (uint32_t)left : k->count;
	const uint8_t *p;
	bool eof = want == left;

	check_status(k, r);
	if (work->vers == 3) {
		check_post_op(k, r, k->e);
		(void)rd_be32(r);
		eof = rd_be32(r) != 0;
	} else {
		(void)rd_take(r, 68);
	}
	n = rd_be32(r);
	if (n != want || (p = rd_take(r, n)) == NULL || eof != (want == left))
		wrong(k, "length");
	if (memcmp(p, k->e->data + k->off, n) != 0)
		wrong(k, "bytes");
	bytes += n;
}

/* One entry of READDIR or READDIRPLUS. */
static inline uint64_t
check_dirent(struct call *k, struct rd *r, bool plus)
{
	uint64_t cookie;
	uint32_t len;
	const uint8_t *name;
	struct entry *e;
	struct fh fh;

	(void)rd_be64(r);
	len = rd_be32(r);
	name = rd_take(r, len);
	(void)rd_take(r, (4 - len % 4) % 4);
	cookie = rd_be64(r);
	if (name == NULL || r->err != 0)
		wrong(k, "entry");
	e = name[0] == '.' ? NULL : tree_find(k->e, name, len);
	if (e == NULL && name[0] != '.')
		wrong(k, "a name that is not there");
	if (e != NULL)
		e->seen++;
	if (!plus)
		return cookie;
	if (rd_be32(r) != 0) {
		if (e != NULL)
			check_attr(k, r, e);
		else
			(void)rd_take(r, ATTR);
	}
	if (rd_be32(r) != 0) {
		take_fh(r, 3, &fh);
		if (e != NULL)
			e->fh = fh;
	}
	answers++;
	return cookie;
}

/* Is it the end of the list?  c->off: the cookie of the last one. */
static inline bool
check_readdir(struct client *c, struct call *k, struct rd *r)
{
	const uint8_t *verf;
	bool eof;

	check_status(k, r);
	check_post_op(k, r, k->e);
	if ((verf = rd_take(r, sizeof(c->verf))) != NULL)
		memcpy(c->verf, verf, sizeof(c->verf));
	while (rd_be32(r) != 0)
		c->off = check_dirent(k, r, k->proc == V3_READDIRPLUS);
	eof = rd_be32(r) != 0;
	if (r->err != 0)
		wrong(k, "list");
	return eof;
}

static inline void
put_readdir(const struct client *c, struct call *k, uint32_t proc)
{
	struct wr w = begin(k, NFS, 3, proc);

	put_opaque(&w, k->e->fh.b, k->e->fh.len);
	wr_be64(&w, c->off);
	wr_bytes(&w, c->verf, sizeof(c->verf));
	if (proc == V3_READDIRPLUS)
		wr_be32(&w, 8192);
	wr_be32(&w, 32768);
	end(k, &w);
}

#endif /* BENCH_NFS_CALL_H */
