/* http_promise.c - claims and reports: committed, then answered.
 *
 * They are what they are over NFS: to read a claim is to make it, and a
 * report's name is there once it is committed, asked for by GET or HEAD.  HEAD of
 * a claim only says that there is one.
 */
#include <errno.h>
#include <stddef.h>

#include "httpd.h"

bool
http_promises(const struct http_task *t)
{
	if (t->found->file != NULL)
		return false;
	return t->found->src == NODE_REPORT || t->req.method == HTTP_GET;
}

static void
settled(struct promise *p)
{
	struct http_task *t = (struct http_task *)(void *)
	    ((char *)p - offsetof(struct http_task, promise));

	t->promised = true;
	http_task_back(t);
}

int
http_promise(struct http_task *t)
{
	struct worker *w = t->d->w;
	struct promise *p = &t->promise;
	int r;

	promise_init(p, t->found->src == NODE_CLAIM ? PROMISE_CLAIM : PROMISE_REPORT,
	    t->found->inst, t->found->path, t->peer);
	p->reply = w->mbox;
	p->done = settled;
	if ((r = fleet_port_promise(w->port, p)) < 0)
		return r;
	t->on_disk = true;
	t->d->refs++;
	return -EAGAIN;
}

/* -EPERM is for good: a claim says why; such a report is not there. */
int
http_promise_result(const struct http_task *t)
{
	switch (t->promise.result) {
	case 0:
		return 0;
	case -EPERM:
		return t->found->src == NODE_CLAIM ? 0 : -ENOENT;
	default:
		return -ENOBUFS;
	}
}

size_t
http_promise_text(const struct http_task *t, char buf[TREE_CLAIM_SIZE])
{
	if (t->found->src != NODE_CLAIM)
		return 0;
	promise_claim_text(&t->promise, buf);
	return TREE_CLAIM_SIZE;
}
