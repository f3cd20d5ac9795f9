/* fuzz_rpc.c - a call in, at the same seam as the sockets and the unit tests:
 * NFS, MOUNT and the port mapper on a small tree with an installation.
 *
 * The bits of the xid, which means nothing to the server, choose how the
 * call comes and what the control thread says. */
#include <assert.h>
#include <errno.h>

#include "../unit/nfs_world.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static struct world world;

static void
cleanup(void)
{
	w_free(&world);
}

/* What a reply must be, whatever was asked. */
static void
check_reply(const uint8_t *req, const uint8_t *rep, size_t len, size_t cap)
{
	assert(len <= cap && len % 4 == 0);
	if (len == 0)
		return;
	assert(len >= 20);
	assert(memcmp(req, rep, 4) == 0);		/* xid */
	assert(rep[7] == 1);				/* REPLY */
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int results[] = { 0, -EPERM, -EIO, -ENOBUFS };
	static uint8_t rep[RPC_REPLY_MAX];
	size_t cap = sizeof(rep), len;
	uint8_t *exact;

	if (size < 4 || size > RPC_CALL_MAX)
		return 0;
	if (world.snap == NULL) {
		w_new(&world);
		atexit(cleanup);
	}
	w_reset(&world);
	world.ctx.tcp = (data[0] & 1) == 0;
	world.ctx.peer = data[0] & 2 ? W_UNKNOWN : W_KNOWN;
	if (data[0] & 4)
		cap = RPC_REPLY_MIN + (data[0] >> 3);
	world.promise_result = results[data[1] & 3];
	exact = malloc(size);
	assert(exact != NULL);
	memcpy(exact, data, size);
	len = w_dispatch(&world, exact, size, rep, cap);
	check_reply(exact, rep, len, cap);
	free(exact);
	return 0;
}
