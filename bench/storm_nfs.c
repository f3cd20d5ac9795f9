/* storm_nfs.c - NFS version 3 as the storm's machines speak it.
 *
 * Attributes must stand where FreeBSD's loader takes them for granted. */
#include "storm.h"

#define ATTR	84u
#define NFS_LOOKUP	3u
#define NFS_ACCESS	4u
#define NFS_READ	6u
#define NFS_WRITE	7u
#define NFS_COMMIT	21u

void
nfs_mount(struct conn *c, const char *path, struct fh *ret)
{
	struct wr w = conn_begin(c, MOUNT, 1);
	struct rd r;
	uint32_t status;

	put_opaque(&w, path, (uint32_t)strlen(path));
	r = conn_call(c, &w);
	if ((status = rd_be32(&r)) != 0)
		storm_fail(c->m, "MNT %s: status %u", path, status);
	take_fh(&r, 3, ret);
}

uint32_t
nfs_lookup(struct conn *c, const struct fh *dir, const char *name, size_t len,
    struct fh *ret)
{
	struct wr w = conn_begin(c, NFS, NFS_LOOKUP);
	struct rd r;
	uint32_t status;

	put_fh(&w, 3, dir);
	put_opaque(&w, name, (uint32_t)len);
	r = conn_call(c, &w);
	if ((status = rd_be32(&r)) != 0)
		return status;
	take_fh(&r, 3, ret);
	if (rd_be32(&r) != 1 || r.err != 0)
		storm_fail(c->m, "LOOKUP without attributes");
	return 0;
}

void
nfs_simple(struct conn *c, uint32_t proc, const struct fh *fh)
{
	struct wr w = conn_begin(c, NFS, proc);
	struct rd r;
	uint32_t status;

	put_fh(&w, 3, fh);
	if (proc == NFS_ACCESS)
		wr_be32(&w, 0x3f);
	r = conn_call(c, &w);
	if ((status = rd_be32(&r)) != 0)
		storm_fail(c->m, "procedure %u: status %u", proc, status);
}

static void
read_send(struct conn *c, const struct fh *fh, uint64_t off, uint32_t n, bool wait,
    struct rd *ret)
{
	struct wr w = conn_begin(c, NFS, NFS_READ);

	put_fh(&w, 3, fh);
	wr_be32(&w, (uint32_t)(off >> 32));
	wr_be32(&w, (uint32_t)off);
	wr_be32(&w, n);
	if (wait)
		*ret = conn_call(c, &w);
	else
		conn_send(c, &w);
}

/* What one READ brought: compared, or kept. */
static uint32_t
read_take(struct conn *c, struct rd *r, const char *path, uint64_t off, uint32_t size,
    const struct original *o, char *text, size_t cap, bool *ret_eof)
{
	uint32_t status = rd_be32(r), n, len;
	const uint8_t *p;

	if (status != 0)
		storm_fail(c->m, "READ %s at %llu: status %u", path, (unsigned long long)off,
		    status);
	if (rd_be32(r) != 1)
		storm_fail(c->m, "READ without attributes");
	(void)rd_take(r, ATTR);
	n = rd_be32(r);
	*ret_eof = rd_be32(r) != 0;
	len = rd_be32(r);
	p = rd_take(r, len);
	if (r->err != 0 || n != len || n > size)
		storm_fail(c->m, "READ %s: not that many bytes", path);
	if (o != NULL) {
		uint64_t want = off > o->n ? 0 : o->n - off < size ? o->n - off : size;

		if (n != want || memcmp(p, o->p + off, n) != 0 ||
		    *ret_eof != (off + n >= o->n))
			storm_fail(c->m, "READ %s at %llu: wrong bytes", path,
			    (unsigned long long)off);
	} else if (off + n < cap) {
		memcpy(text + off, p, n);
	}
	storm.bytes += n;
	return n;
}

void
nfs_read_file(struct conn *c, const struct fh *fh, const char *path, uint32_t size,
    unsigned flight, const struct original *o, char *text, size_t cap)
{
	uint64_t sent = 0, got = 0, end = o != NULL ? o->n : UINT64_MAX;
	uint32_t first = c->xid + 1, xid;
	unsigned waiting = 0;
	bool eof = false;
	struct rd r;

	if (flight < 2 || o == NULL) {
		while (!eof && got < end) {
			read_send(c, fh, got, size, true, &r);
			got += read_take(c, &r, path, got, size, o, text, cap, &eof);
		}
		return;
	}
	while (got < end) {
		for (; waiting < flight && sent < end; waiting++, sent += size)
			read_send(c, fh, sent, size, false, NULL);
		r = conn_receive(c, &xid);
		if (xid - first > c->xid - first)
			storm_fail(c->m, "the answer to another call");
		got += read_take(c, &r, path, (uint64_t)(xid - first) * size, size, o,
		    NULL, 0, &eof);
		waiting--;
	}
}

/* An append and the close that follows. */
void
nfs_write(struct conn *c, const struct fh *fh, uint64_t off, const char *text)
{
	struct wr w = conn_begin(c, NFS, NFS_WRITE);
	uint32_t len = (uint32_t)strlen(text), status;
	struct rd r;

	put_fh(&w, 3, fh);
	wr_be32(&w, 0);
	wr_be32(&w, (uint32_t)off);
	wr_be32(&w, len);
	wr_be32(&w, 0);			/* UNSTABLE */
	put_opaque(&w, text, len);
	r = conn_call(c, &w);
	if ((status = rd_be32(&r)) != 0)
		storm_fail(c->m, "WRITE: status %u", status);
	w = conn_begin(c, NFS, NFS_COMMIT);
	put_fh(&w, 3, fh);
	wr_be32(&w, 0);
	wr_be32(&w, 0);
	wr_be32(&w, 0);
	r = conn_call(c, &w);
	if ((status = rd_be32(&r)) != 0)
		storm_fail(c->m, "COMMIT: status %u", status);
}
