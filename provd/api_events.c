/* api_events.c - what happens, as server-sent events (WHATWG HTML, 9.2).
 *
 * host: as GET /v1/hosts/{host} has it, without history; line: of a history, at
 * once; gone: it is no host any more; reset: read the list anew.
 *
 * Lines are told by the fleet.  Everything else that changes about a host is found
 * by comparing: while somebody is there, each host is looked at twice a second, and
 * what differs waits in a queue, in which a host is once.  So each is told at most
 * four times a second, and the control thread never has much to do at a time.
 *
 * Who was away for a moment gets what he missed (Last-Event-ID) from the kept ones.
 * Who reads too slowly misses events and is told reset when he has read the rest. */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/clock.h"
#include "../lib/os.h"
#include "../lib/siphash.h"
#include "api_int.h"

#define WATCHERS_MAX	64u
#define HELD_MAX	(256u << 10)	/* that a watcher did not read yet */
#define KEPT_BYTES	(192u << 10)
#define KEPT		1024u
#define BUCKETS		4096u
#define TICK_MS		250
#define SCAN_MS		500
#define MANY		4096u		/* hosts; more are looked at once a second */
#define QUOTA_MIN	128u		/* hosts told in a tick */
#define QUOTA_MAX	1024u
#define SILENCE_MS	15000
#define LINGER_MS	30000		/* after the last one left: he may come back */
#define ASK_AGAIN_S	5		/* of a host under way: is it stuck? */

/* What was told of a host. */
struct told {
	struct told	*next, *queue_next;
	uint64_t	 digest;
	unsigned	 round;		/* in which it was seen last */
	bool		 queued;
	char		 name[];
};

struct event_watcher {
	struct event_watcher	*next;
	struct api_events	*ev;
	struct evhttp_request	*req;
	char			*only;		/* this host; NULL: all */
	bool			 behind;
};

struct kept { uint64_t id; char *text, *host; size_t len; };

struct api_events {
	struct api		*api;
	struct event		*tick;
	bool			 on;
	uint8_t			 key[16];
	struct event_watcher	*watchers;
	unsigned		 n_watchers;
	struct told		*told[BUCKETS];
	struct told		*queue, **queue_last;
	size_t			 n_queue, quota, n_host;
	unsigned		 round;
	int64_t			 scanned, spoken, left;	/* clock_ms() */
	/* Microseconds since 1970 when provd began, and one more each time: a number
	 * of an earlier run is smaller than all of this one's. */
	uint64_t		 next_id;
	struct kept		 kept[KEPT];
	size_t			 first, n_kept, kept_bytes;
};

/* Sending ------------------------------------------------------------------- */

static size_t
held(const struct event_watcher *w)
{
	return evbuffer_get_length(bufferevent_get_output(
	    evhttp_connection_get_bufferevent(evhttp_request_get_connection(w->req))));
}

static void
send_text(struct event_watcher *w, const char *text, size_t len)
{
	struct evbuffer *b = evbuffer_new();

	if (b != NULL && evbuffer_add(b, text, len) == 0)
		evhttp_send_reply_chunk(w->req, b);
	if (b != NULL)
		evbuffer_free(b);
}

static void
forget_oldest(struct api_events *ev)
{
	struct kept *k = &ev->kept[ev->first];

	ev->kept_bytes -= k->len;
	free(k->text);
	free(k->host);
	ev->first = (ev->first + 1) % KEPT;
	ev->n_kept--;
}

/* text: taken. */
static void
keep(struct api_events *ev, char *text, size_t len, const char *host)
{
	char *name = strdup(host);
	struct kept *k;

	if (name == NULL || len > KEPT_BYTES) {		/* a gap: nothing before it counts */
		free(name);
		free(text);
		while (ev->n_kept > 0)
			forget_oldest(ev);
		return;
	}
	while (ev->n_kept == KEPT || ev->kept_bytes + len > KEPT_BYTES)
		forget_oldest(ev);
	k = &ev->kept[(ev->first + ev->n_kept++) % KEPT];
	*k = (struct kept){ ev->next_id - 1, text, name, len };
	ev->kept_bytes += len;
}

static bool
wants(const struct event_watcher *w, const char *host)
{
	return w->only == NULL || strcmp(w->only, host) == 0;
}

/* data: taken. */
static void
tell(struct api_events *ev, const char *event, const char *host, json_t *data)
{
	char *json = json_dumps(data, JSON_COMPACT | JSON_SORT_KEYS);
	struct buf b = { 0 };
	char *text;
	size_t len;

	json_decref(data);
	buf_printf(&b, "id: %llu\nevent: %s\ndata: %s\n\n", (unsigned long long)ev->next_id++,
	    event, json != NULL ? json : "{}");
	free(json);
	if ((text = buf_steal(&b, &len)) == NULL)
		return;
	for (struct event_watcher *w = ev->watchers; w != NULL; w = w->next) {
		if (!wants(w, host))
			continue;
		w->behind |= held(w) > HELD_MAX;
		if (!w->behind)
			send_text(w, text, len);
	}
	keep(ev, text, len, host);
}

/* Those who read slowly ask anew when they are through with what they have. */
static void
catch_up(struct api_events *ev)
{
	static const char reset[] = "event: reset\ndata: {}\n\n", alive[] = ":\n\n";
	bool speak = clock_ms() - ev->spoken >= SILENCE_MS;

	if (speak)
		ev->spoken = clock_ms();
	for (struct event_watcher *w = ev->watchers; w != NULL; w = w->next) {
		if (w->behind && held(w) == 0) {
			w->behind = false;
			send_text(w, reset, sizeof(reset) - 1);
		} else if (speak && !w->behind)
			send_text(w, alive, sizeof(alive) - 1);
	}
}

/* Comparing ------------------------------------------------------------------ */

static struct told *
told_get(struct api_events *ev, const char *name, bool *ret_new)
{
	size_t len = strlen(name);
	struct told **head = &ev->told[siphash(ev->key, name, len) % BUCKETS], *t;

	*ret_new = false;
	for (t = *head; t != NULL; t = t->next)
		if (strcmp(t->name, name) == 0)
			return t;
	if ((t = calloc(1, sizeof(*t) + len + 1)) == NULL)
		return NULL;
	memcpy(t->name, name, len + 1);
	t->next = *head;
	*head = t;
	*ret_new = true;
	return t;
}

static void
enqueue(struct api_events *ev, struct told *t)
{
	if (t->queued)
		return;
	t->queued = true;
	t->queue_next = NULL;
	*ev->queue_last = t;
	ev->queue_last = &t->queue_next;
	ev->n_queue++;
}

/* Of all that a person sees of it, but for what follows from the time alone. */
static uint64_t
digest(struct api_events *ev, const struct fleet_host *h)
{
	const struct host_record *rec = &h->rec;
	int64_t now = clock_unix();
	bool active = rec->state == HS_BOOTING || rec->state == HS_INSTALLING;
	struct {
		const void	*cfg;
		int64_t		 since, last, again, facts;
		uint64_t	 bytes, text;
		uint32_t	 state, attempts, step, steps, place, other, other_state, lines, repeat;
		int32_t		 percent;
		uint32_t	 zero;
	} d;
	char text[sizeof(rec->reason) + sizeof(rec->step) + sizeof(h->tl.stage) +
	    sizeof(h->tl.file)];

	memset(&d, 0, sizeof(d));
	memset(text, 0, sizeof(text));
	snprintf(text, sizeof(text), "%s\n%s\n%s\n%s", rec->reason, rec->step, h->tl.stage,
	    h->tl.file);
	d.cfg = h->cfg;
	d.since = rec->since;
	d.last = h->tl.last;
	d.again = active ? now / ASK_AGAIN_S : 0;
	d.facts = h->facts_time;
	d.bytes = h->tl.bytes;
	d.text = siphash(ev->key, text, strlen(text));
	d.state = (uint32_t)rec->state;
	d.attempts = rec->attempts;
	d.step = rec->step_no;
	d.steps = rec->steps;
	d.place = rec->state == HS_ARMED ? fleet_place(ev->api->d->fleet, h, now) : 0;
	d.other = rec->other.inst;
	d.other_state = (uint32_t)rec->other.state * 2 + rec->other.always;
	d.lines = h->tl.n;
	d.repeat = h->tl.seen != NULL ? (uint32_t)h->tl.seen->discovers : 0;
	d.percent = h->tl.percent;
	return siphash(ev->key, &d, sizeof(d));
}

static void
look_at(void *arg, struct fleet_host *h)
{
	struct api_events *ev = arg;
	struct told *t;
	uint64_t now;
	bool new;

	if (h->cfg == NULL && h->rec.state == HS_NEW)
		return;
	ev->n_host++;
	if ((t = told_get(ev, h->rec.name, &new)) == NULL)
		return;
	now = digest(ev, h);
	/* Who watches from the beginning has read the list. */
	if ((new && ev->round > 1) || (!new && t->digest != now))
		enqueue(ev, t);
	t->digest = now;
	t->round = ev->round;
}

static void
tell_gone(struct api_events *ev)
{
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct told **p = &ev->told[i], *t; (t = *p) != NULL; ) {
			if (t->round == ev->round || t->queued) {
				p = &t->next;
				continue;
			}
			tell(ev, "gone", t->name, json_pack("{s:s}", "name", t->name));
			*p = t->next;
			free(t);
		}
}

static void
scan(struct api_events *ev)
{
	int64_t now = clock_ms();

	if (now - ev->scanned < (ev->n_host > MANY ? 2 * SCAN_MS : SCAN_MS))
		return;
	ev->scanned = now;
	ev->round++;
	ev->n_host = 0;
	fleet_each_host(ev->api->d->fleet, look_at, ev);
	tell_gone(ev);
}

/* A quarter of what waits, so that nobody waits for more than a second; as much
 * in the ticks after it, until nobody is left. */
static void
tell_hosts(struct api_events *ev)
{
	struct fleet *f = ev->api->d->fleet;
	size_t n = (ev->n_queue + 3) / 4;

	if (ev->n_queue == 0)
		ev->quota = 0;
	n = n < QUOTA_MIN ? QUOTA_MIN : n > QUOTA_MAX ? QUOTA_MAX : n;
	ev->quota = ev->quota > n ? ev->quota : n;
	for (n = 0; n < ev->quota && ev->queue != NULL; n++) {
		struct told *t = ev->queue;
		struct fleet_host *h = fleet_host_by_name(f, t->name);

		if ((ev->queue = t->queue_next) == NULL)
			ev->queue_last = &ev->queue;
		t->queued = false;
		ev->n_queue--;
		if (h != NULL && (h->cfg != NULL || h->rec.state != HS_NEW))
			tell(ev, "host", t->name, api_host_json(f, h));
	}
}

/* Life ------------------------------------------------------------------------ */

static void
forget(struct api_events *ev)
{
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct told *t; (t = ev->told[i]) != NULL; ) {
			ev->told[i] = t->next;
			free(t);
		}
	while (ev->n_kept > 0)
		forget_oldest(ev);
	ev->queue = NULL;
	ev->queue_last = &ev->queue;
	ev->n_queue = ev->round = 0;
	ev->next_id++;		/* what comes now is not kept: the last one is not enough */
}

static void
on_line(void *arg, const struct fleet_host *h, const struct tl_line *l)
{
	struct api_events *ev = arg;
	struct told *t;
	json_t *o;
	bool new;

	o = api_line_json(l);
	json_object_set_new(o, "host", json_string(h->rec.name));
	tell(ev, "line", h->rec.name, o);
	if ((t = told_get(ev, h->rec.name, &new)) == NULL)
		return;
	t->round = ev->round;
	enqueue(ev, t);
}

static void
turn(struct api_events *ev, bool on)
{
	const struct timeval tv = { .tv_usec = TICK_MS * 1000 };

	if (ev->on == on)
		return;
	ev->on = on;
	fleet_watch(ev->api->d->fleet, on ? on_line : NULL, ev);
	if (on) {
		ev->scanned = 0;
		scan(ev);
		(void)event_add(ev->tick, &tv);
	} else {
		(void)event_del(ev->tick);
		forget(ev);
	}
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct api_events *ev = arg;

	(void)fd;
	(void)what;
	scan(ev);
	tell_hosts(ev);
	catch_up(ev);
	if (ev->watchers == NULL && clock_ms() - ev->left > LINGER_MS)
		turn(ev, false);
}

int
api_events_new(struct api *api, struct api_events **ret)
{
	struct api_events *ev = calloc(1, sizeof(*ev));
	int r;

	if (ev == NULL)
		return -ENOMEM;
	ev->api = api;
	ev->queue_last = &ev->queue;
	ev->next_id = (uint64_t)clock_unix_ns() / 1000;
	ev->tick = event_new(api->d->base, -1, EV_PERSIST, on_tick, ev);
	if (ev->tick == NULL || (r = os_random(ev->key, sizeof(ev->key))) < 0) {
		r = ev->tick == NULL ? -ENOMEM : r;
		api_events_free(ev);
		return r;
	}
	*ret = ev;
	return 0;
}

void
api_events_free(struct api_events *ev)
{
	if (ev == NULL)
		return;
	turn(ev, false);
	if (ev->tick != NULL)
		event_free(ev->tick);
	free(ev);
}

/* The call -------------------------------------------------------------------- */

static void
watcher_gone(struct evhttp_connection *conn, void *arg)
{
	struct event_watcher *w = arg, **p;

	(void)conn;
	for (p = &w->ev->watchers; *p != w; p = &(*p)->next)
		;
	*p = w->next;
	w->ev->n_watchers--;
	w->ev->left = clock_ms();
	api_req_gone(w->req);
	free(w->only);
	free(w);
}

/* What came after the event that he has seen last, if that is all still there. */
static void
resume(struct event_watcher *w)
{
	struct api_events *ev = w->ev;
	const char *last = evhttp_find_header(evhttp_request_get_input_headers(w->req),
	    "Last-Event-ID");
	uint64_t id = last != NULL ? strtoull(last, NULL, 10) : 0;

	if (last == NULL)
		return;
	if (id + 1 != ev->next_id && (ev->n_kept == 0 || id >= ev->next_id ||
	    id + 1 < ev->kept[ev->first].id)) {
		static const char reset[] = "event: reset\ndata: {}\n\n";

		send_text(w, reset, sizeof(reset) - 1);
		return;
	}
	for (size_t i = 0; i < ev->n_kept; i++) {
		const struct kept *k = &ev->kept[(ev->first + i) % KEPT];

		if (k->id > id && wants(w, k->host))
			send_text(w, k->text, k->len);
	}
}

void
api_events(struct api_call *c)
{
	static const char hello[] = "retry: 2000\n: provd\n\n";
	struct api_events *ev = c->api->events;
	const char *only = api_query(c, "host");
	struct evhttp_request *req = c->req;
	struct event_watcher *w;
	struct evkeyvalq *out;

	if (only != NULL && fleet_host_by_name(c->d->fleet, only) == NULL) {
		api_error(c, 404, "there is no host named %s", only);
		return;
	}
	if (ev->n_watchers >= WATCHERS_MAX || (w = calloc(1, sizeof(*w))) == NULL) {
		api_error(c, 503, "too many watchers");
		return;
	}
	if (only != NULL && (w->only = strdup(only)) == NULL) {
		free(w);
		api_error(c, 500, "out of memory");
		return;
	}
	api_call_end(c);
	w->ev = ev;
	w->req = req;
	out = evhttp_request_get_output_headers(req);
	(void)evhttp_add_header(out, "Content-Type", "text/event-stream");
	(void)evhttp_add_header(out, "Cache-Control", "no-store");
	evhttp_connection_set_closecb(evhttp_request_get_connection(req), watcher_gone, w);
	turn(ev, true);
	w->next = ev->watchers;
	ev->watchers = w;
	ev->n_watchers++;
	evhttp_send_reply_start(req, 200, "OK");
	send_text(w, hello, sizeof(hello) - 1);
	resume(w);
}
