/* bench.h - what the load clients share: calls of NFS and MOUNT, made by hand,
 * and the CPU time of the server.  Gives up by err(3). */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../lib/wire.h"

#define NFS	100003u
#define MOUNT	100005u

struct fh { uint8_t b[64]; uint32_t len; };

/* CPU seconds of a process, all its threads. */
static inline double
cpu_of(const char *pid)
{
	char path[64], line[1024], *p;
	unsigned long u = 0, s = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	if ((f = fopen(path, "r")) == NULL || fgets(line, sizeof(line), f) == NULL ||
	    (p = strrchr(line, ')')) == NULL ||
	    sscanf(p + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
	    &u, &s) != 2)
		errx(1, "no process %s", pid);
	fclose(f);
	return (double)(u + s) / (double)sysconf(_SC_CLK_TCK);
}

static inline uint64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* A call of root's, up to its arguments. */
static inline struct wr
call_begin(void *buf, size_t cap, uint32_t xid, uint32_t prog, uint32_t vers,
    uint32_t proc)
{
	struct wr w = wr_init(buf, cap);

	wr_be32(&w, xid);
	wr_be32(&w, 0);
	wr_be32(&w, 2);
	wr_be32(&w, prog);
	wr_be32(&w, vers);
	wr_be32(&w, proc);
	wr_be32(&w, 1);			/* AUTH_UNIX: stamp, name, uid, gid, no gids */
	wr_be32(&w, 20);
	for (int i = 0; i < 5; i++)
		wr_be32(&w, 0);
	wr_be32(&w, 0);
	wr_be32(&w, 0);
	return w;
}

static inline void
put_opaque(struct wr *w, const void *p, uint32_t len)
{
	wr_be32(w, len);
	wr_bytes(w, p, len);
	wr_bytes(w, "\0\0\0", (4 - len % 4) % 4);
}

/* A handle: in version 2 (MOUNT 1) it has 32 bytes without a length. */
static inline void
put_fh(struct wr *w, uint32_t vers, const struct fh *fh)
{
	if (vers == 3)
		put_opaque(w, fh->b, fh->len);
	else
		wr_bytes(w, fh->b, fh->len);
}

static inline void
take_fh(struct rd *r, uint32_t vers, struct fh *ret)
{
	const uint8_t *p;

	ret->len = vers == 3 ? rd_be32(r) : 32;
	if (ret->len > sizeof(ret->b) || (p = rd_take(r, ret->len)) == NULL)
		errx(1, "a handle that is none");
	memcpy(ret->b, p, ret->len);
}

#endif /* BENCH_BENCH_H */
