/* rpc_load.c - what is left of a piece of a file that waited in a connection
 * until its bytes were in memory no more: read by a disk thread. */
#include <errno.h>
#include <stdlib.h>

#include "rpc_io.h"

struct load {
	struct pool_job	 job;
	struct rpc_srv	*srv;
	struct rpc_conn	*conn;
	struct file_seg	 seg;
	uint8_t		*buf;
	int		 result;
};

static void
run_load(struct pool_job *job)
{
	struct load *l = (struct load *)(void *)job;

	l->result = file_seg_read(&l->seg, l->buf, false);
}

static void
load_free(struct load *l)
{
	file_unref(l->seg.file);
	free(l->buf);
	free(l);
}

static void
load_done(struct mbox_msg *m)
{
	struct load *l = (struct load *)(void *)m;
	struct rpc_srv *s = l->srv;

	count_set(&s->w->count, COUNT_nfs_waiting, --s->tasks);
	rpc_tcp_loaded(l->conn, l->result, &l->buf);
	load_free(l);
	if (s->stopping)
		rpc_srv_unref(s);
	else
		rpc_tcp_wake(s);
}

int
rpc_load(struct rpc_srv *s, struct rpc_conn *c, const struct file_seg *seg)
{
	struct load *l = calloc(1, sizeof(*l));
	int r = -ENOMEM;

	if (l == NULL)
		return r;
	*l = (struct load){ .srv = s, .conn = c, .seg = *seg };
	(void)file_ref(seg->file);
	l->job.run = run_load;
	l->job.reply = s->w->mbox;
	l->job.msg.run = load_done;
	l->job.lane = file_lane(seg->file);
	if ((l->buf = malloc(seg->len)) == NULL ||
	    (r = pool_submit(s->w->pool, &l->job)) < 0) {
		load_free(l);
		return r;
	}
	count_set(&s->w->count, COUNT_nfs_waiting, ++s->tasks);
	return 0;
}
