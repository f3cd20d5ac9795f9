/* api_watch.c - what happens, a JSON object in each line. */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <stdlib.h>

#include "api_int.h"
#include "webhook.h"

#define WATCHERS_MAX	64u
#define WATCH_HELD	(64u << 10)	/* that a watcher did not read yet */

struct watcher {
	struct watcher		*next;
	struct api		*api;
	struct evhttp_request	*req;
};

static void
watcher_gone(struct evhttp_connection *conn, void *arg)
{
	struct watcher *w = arg, **p;

	(void)conn;
	for (p = &w->api->watchers; *p != w; p = &(*p)->next)
		;
	*p = w->next;
	w->api->n_watchers--;
	api_req_gone(w->req);
	free(w);
}

/* One who does not read what he asked for is sent away. */
static bool
reads(const struct watcher *w)
{
	struct bufferevent *b = evhttp_connection_get_bufferevent(
	    evhttp_request_get_connection(w->req));

	return evbuffer_get_length(bufferevent_get_output(b)) <= WATCH_HELD;
}

static void
watch_line(void *arg, const struct fleet_host *h, const struct tl_line *l)
{
	struct api *api = arg;
	struct evbuffer *b;
	char *text;
	json_t *o;

	webhooks_look(api->d->webhooks, h);
	if (api->watchers == NULL)
		return;
	o = api_host_json(api->d->fleet, h);
	json_object_set_new(o, "time", json_integer(l->time));
	json_object_set_new(o, "line", json_string(l->text));
	json_object_set_new(o, "kind", json_string(line_kind_name(l->kind)));
	json_object_set_new(o, "severity", json_string(line_severity_name(l->severity)));
	text = json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(o);
	if (text == NULL || (b = evbuffer_new()) == NULL) {
		free(text);
		return;
	}
	for (struct watcher *w = api->watchers, *next; w != NULL; w = next) {
		next = w->next;
		if (!reads(w)) {
			evhttp_connection_free(evhttp_request_get_connection(w->req));
			continue;
		}
		evbuffer_add_printf(b, "%s\n", text);
		evhttp_send_reply_chunk(w->req, b);
	}
	evbuffer_free(b);
	free(text);
}

void
api_watch(struct api_call *c)
{
	struct api *api = c->api;
	struct evhttp_request *req = c->req;
	struct watcher *w;

	if (api->n_watchers >= WATCHERS_MAX || (w = calloc(1, sizeof(*w))) == NULL) {
		api_error(c, 503, "too many watchers");
		return;
	}
	api_call_end(c);
	w->api = api;
	w->req = req;
	w->next = api->watchers;
	api->watchers = w;
	api->n_watchers++;
	evhttp_connection_set_closecb(evhttp_request_get_connection(req),
	    watcher_gone, w);
	evhttp_send_reply_start(req, 200, "OK");
}

void
api_watch_start(struct api *api)
{
	fleet_watch(api->d->fleet, watch_line, api);
}
