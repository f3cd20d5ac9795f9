/* http_note.c - the log and the timeline of what is fetched.
 *
 * Anybody can ask for anything as fast as the network carries it: what a connection, or
 * all of a thread, say in a second is bounded, and the rest counted.
 */
#include <stdio.h>
#include <string.h>

#include "../lib/clock.h"
#include "../lib/log.h"
#include "httpd.h"

#define CONN_PER_S	20u
#define THREAD_PER_S	200u
#define STRANGERS_PER_S	10u
#define PROGRESS_MS	1000

static bool
may_say(struct http_conn *c)
{
	struct httpd *d = c->d;
	int64_t now = clock_ms();

	if (now - d->said_since >= 1000) {
		if (d->unsaid > 0)
			log_ev(LOG_INFO, "http.more", KV_N("requests", d->unsaid),
			    KV_S("did", "not-logged"));
		d->said_since = now;
		d->said = d->unsaid = 0;
	}
	if (now - c->said_since >= 1000) {
		c->said_since = now;
		c->said = 0;
	}
	if (c->said >= CONN_PER_S || d->said >= THREAD_PER_S) {
		d->unsaid++;
		return false;
	}
	c->said++;
	d->said++;
	return true;
}

/* Of who is nobody's there is no timeline, as far as is known here: now and
 * then the control thread may look whether it is somebody after all. */
static bool
is_stranger(const struct http_task *t)
{
	struct addr_owner o;

	return t->found != NULL && t->found->inst == 0 &&
	    !addrmap_get(t->d->w->snap->addrs, t->peer, &o);
}

static void
tell(const struct http_task *t, enum event_kind kind, const char *why)
{
	struct event e = { .kind = kind, .http = true, .inst = t->found != NULL ? t->found->inst : 0,
	    .addr = t->peer, .done = t->sent, .total = t->ans.file.size };

	if (t->d->said > STRANGERS_PER_S && is_stranger(t))
		return;
	if (t->found != NULL && t->found->file == NULL)
		return;			/* the promise has its own line there */
	if (kind == EV_TFTP_FAIL)
		e.cause = t->ans.status == 404 ? EC_NOT_FOUND :
		    t->ans.status == 403 ? EC_DENIED : EC_OTHER;
	if (why == NULL)
		(void)snprintf(e.text, sizeof(e.text), "%.159s", t->req.path);
	else
		(void)snprintf(e.text, sizeof(e.text), "%.80s: %.76s", t->req.path, why);
	fleet_port_event(t->d->w->port, &e);
}

static const char *
reason(int status)
{
	switch (status) {
	case 403:
		return "Access denied";
	case 404:
		return "File not found";
	default:
		return "refused";
	}
}

void
http_say_begin(struct http_task *t)
{
	t->told = clock_ms();
	if (t->c->said < CONN_PER_S && t->d->said < THREAD_PER_S &&
	    t->req.method == HTTP_GET && t->ans.status < 300)
		tell(t, EV_TFTP, NULL);
}

void
http_say_progress(struct http_task *t)
{
	int64_t now = clock_ms();

	if (now - t->told < PROGRESS_MS)
		return;
	t->told = now;
	tell(t, EV_PROGRESS, NULL);
}

/* What a client's firmware tries and does not find is nobody's fault. */
void
http_say_done(struct http_task *t, const char *err)
{
	char ip[IP4_STRLEN], peer[IP4_STRLEN + 6];
	struct counts *n = &t->d->w->count;
	int status = t->ans.status;
	bool refused = status >= 400 && status != 416 && status != 412;

	count_add(n, COUNT_http_requests, 1);
	count_add(n, COUNT_http_bytes, t->sent);
	if (refused)
		count_add(n, COUNT_http_refused, 1);
	if (!may_say(t->c))
		return;
	(void)snprintf(peer, sizeof(peer), "%s:%u", ip4_str(t->peer, ip),
	    (unsigned)t->c->port);
	log_ev(err != NULL || (refused && status != 404) ? LOG_NOTICE : LOG_INFO,
	    "http", KV_S("peer", peer), KV_S("file", t->req.path),
	    KV_N("status", status), KV_N("bytes", t->sent),
	    KV_S("err", err != NULL ? err : refused ? reason(status) : NULL));
	if (refused)
		tell(t, EV_TFTP_FAIL, reason(status));
	else if (err == NULL && status == 200 && t->req.method == HTTP_GET)
		tell(t, EV_TFTP_DONE, NULL);
}
