/* rpc_dispatch.c - see rpc_dispatch.h. */
#include "rpc_dispatch.h"

#include <assert.h>
#include <errno.h>
#include <stdalign.h>
#include <stdlib.h>

bool
rpc_void(XDR *x, void *p)
{
	(void)x;
	(void)p;
	return true;
}

int
rpc_null(struct rpc_ctx *c, const void *args, void *res)
{
	(void)c;
	(void)args;
	(void)res;
	return RPC_DONE;
}

void
rpc_drop_seg(struct rpc_ctx *c)
{
	file_unref(c->seg.file);
	c->seg = (struct file_seg){ .file = NULL };
}

void
rpc_ctx_done(struct rpc_ctx *c)
{
	rpc_drop_seg(c);
	free(c->promise.data);
	c->promise.data = NULL;
}

static bool
put_error(XDR *x, const struct rpc_call *call, int err)
{
	switch (err) {
	case -EPROTONOSUPPORT:
		return rpc_put_mismatch(x, call->xid);
	case -EACCES:
		return rpc_put_auth_error(x, call->xid, call->auth);
	default:
		return false;
	}
}

/* The procedure that is called, or NULL and a reply that says why not. */
static const struct rpc_proc *
find_proc(const struct rpc_env *env, const struct rpc_call *call, XDR *out)
{
	const struct rpc_version *v, *hit = NULL;
	uint32_t low = UINT32_MAX, high = 0;

	for (size_t i = 0; (v = env->version[i]) != NULL; i++) {
		if (v->prog != call->prog)
			continue;
		low = v->vers < low ? v->vers : low;
		high = v->vers > high ? v->vers : high;
		if (v->vers == call->vers)
			hit = v;
	}
	if (hit != NULL && call->proc < hit->n_proc &&
	    hit->proc[call->proc].run != NULL)
		return &hit->proc[call->proc];
	if (hit != NULL)
		(void)rpc_put_accepted(out, call->xid, PROC_UNAVAIL);
	else if (high == 0)
		(void)rpc_put_accepted(out, call->xid, PROG_UNAVAIL);
	else
		(void)rpc_put_prog_mismatch(out, call->xid, low, high);
	return NULL;
}

static int
run_proc(struct rpc_ctx *c, const struct rpc_proc *p, uint32_t xid, XDR *in,
    XDR *out)
{
	alignas(max_align_t) uint8_t args[RPC_ARGS_MAX] = { 0 };
	alignas(max_align_t) uint8_t res[RPC_RES_MAX] = { 0 };
	u_int start = xdr_getpos(out);
	int r;

	if (!p->decode(in, args)) {
		(void)rpc_put_accepted(out, xid, GARBAGE_ARGS);
		return RPC_DONE;
	}
	(void)rpc_put_accepted(out, xid, SUCCESS);
	c->res = xdr_here(out);
	c->res_cap = xdr_room(out);
	r = p->run(c, args, res);
	if (r == RPC_DONE && !p->encode(out, res)) {
		(void)xdr_setpos(out, start);
		(void)rpc_put_accepted(out, xid, SYSTEM_ERR);
		rpc_drop_seg(c);
	}
	return r;
}

int
rpc_dispatch(struct rpc_ctx *c, const void *req, size_t len, void *rep,
    size_t cap, size_t *ret_len)
{
	const struct rpc_proc *p;
	struct rpc_call call;
	int r = RPC_DONE;
	XDR in, out;

	assert(cap >= RPC_REPLY_MIN);
	*ret_len = 0;
	c->has_event = false;
	rpc_drop_seg(c);
	xdr_reader(&in, req, len);
	xdr_writer(&out, rep, cap);
	r = rpc_call_decode(&in, &call);
	if (r < 0) {
		if (put_error(&out, &call, r))
			*ret_len = xdr_getpos(&out);
		return RPC_DONE;
	}
	c->cred = call.cred;
	p = find_proc(c->env, &call, &out);
	if (p != NULL)
		r = run_proc(c, p, call.xid, &in, &out);
	if (r == RPC_SILENT)
		return RPC_DONE;
	if (r == RPC_DONE)
		*ret_len = xdr_getpos(&out);
	return r;
}
