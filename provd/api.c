/* api.c - the control socket and HTTPS: listening, dispatching, answering. */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/log.h"
#include "api_auth.h"
#include "api_int.h"
#include "api_net.h"

#define BODY_MAX	65536
#define ACCEPT_RETRY_S	1
#define IDLE_S		20

/* Listening --------------------------------------------------------------- */

static bool
somebody_listens(const struct sockaddr_un *un)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool r;

	if (fd == -1)
		return false;
	r = connect(fd, (const struct sockaddr *)un, sizeof(*un)) == 0;
	close(fd);
	return r;
}

int
api_listen(const char *path, const char *user, int *ret_fd)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct passwd *pw;
	mode_t mask;
	int fd, r = 0;

	if (strlen(path) >= sizeof(un.sun_path))
		return -ENAMETOOLONG;
	memcpy(un.sun_path, path, strlen(path) + 1);
	if (somebody_listens(&un))
		return -EADDRINUSE;
	if (unlink(path) == -1 && errno != ENOENT)
		return -errno;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return -errno;
	mask = umask(0117);
	if (bind(fd, (struct sockaddr *)&un, sizeof(un)) == -1 ||
	    listen(fd, 64) == -1)
		r = -errno;
	umask(mask);
	if (r == 0 && geteuid() == 0 && (pw = getpwnam(user)) != NULL &&
	    chown(path, pw->pw_uid, pw->pw_gid) == -1)
		r = -errno;
	if (r < 0)
		close(fd);
	else
		*ret_fd = fd;
	return r;
}

/* Calls ------------------------------------------------------------------- */

/* The client went away.  libevent takes a request that was not answered yet
 * from its connection and leaves it to us; at the end of all it frees both. */
void
api_req_gone(struct evhttp_request *req)
{
	if (evhttp_request_get_connection(req) == NULL)
		evhttp_request_free(req);
}

static void
call_gone(struct evhttp_connection *conn, void *arg)
{
	struct api_call *c = arg;

	(void)conn;
	api_req_gone(c->req);
	c->req = NULL;
}

void
api_call_end(struct api_call *c)
{
	if (c->req != NULL)
		evhttp_connection_set_closecb(
		    evhttp_request_get_connection(c->req), NULL, NULL);
	evhttp_clear_headers(&c->query);
	free(c->host);
	free(c);
}

void
api_reply(struct api_call *c, int code, json_t *body)
{
	char *text = json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS);

	json_decref(body);
	if (c->req != NULL && text != NULL) {
		struct evbuffer *out = evhttp_request_get_output_buffer(c->req);

		evhttp_add_header(evhttp_request_get_output_headers(c->req),
		    "Content-Type", "application/json");
		evbuffer_add_printf(out, "%s\n", text);
		evhttp_send_reply(c->req, code, code < 300 ? "OK" : "No", NULL);
	} else if (c->req != NULL)
		evhttp_send_error(c->req, 500, NULL);
	free(text);
	api_call_end(c);
}

void
api_bytes(struct api_call *c, const char *type, const void *data, size_t len)
{
	if (c->req != NULL) {
		evhttp_add_header(evhttp_request_get_output_headers(c->req),
		    "Content-Type", type);
		evbuffer_add(evhttp_request_get_output_buffer(c->req), data, len);
		evhttp_send_reply(c->req, 200, "OK", NULL);
	}
	api_call_end(c);
}

void
api_error(struct api_call *c, int code, const char *fmt, ...)
{
	char text[4096];
	va_list ap;
	json_t *o = json_object();

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	json_object_set_new(o, "error", json_stringn_nocheck(text, strlen(text)));
	api_reply(c, code, o);
}

const char *
api_query(struct api_call *c, const char *key)
{
	return evhttp_find_header(&c->query, key);
}

/* Dispatching -------------------------------------------------------------- */

static const struct route {
	const char	*path;
	enum evhttp_cmd_type cmd;
	enum api_right	right;
	void		(*run)(struct api_call *);
} routes[] = {
#define API(method, path, right, run, query, text) { path, EVHTTP_REQ_##method, API_##right, run },
#include "api.def"
};

/* Does the path fit the route?  Then the name where it says {...}, if it does. */
static bool
route_fits(const struct route *r, const char *path, char **ret_name)
{
	const char *open = strchr(r->path, '{');
	size_t n, len = strlen(path), tail;

	*ret_name = NULL;
	if (open == NULL)
		return strcmp(path, r->path) == 0;
	n = (size_t)(open - r->path);
	tail = strlen(strchr(open, '}') + 1);
	if (strncmp(path, r->path, n) != 0 || len <= n + tail ||
	    strcmp(path + len - tail, r->path + strlen(r->path) - tail) != 0 ||
	    memchr(path + n, '/', len - n - tail) != NULL)
		return false;
	*ret_name = strndup(path + n, len - n - tail);
	return *ret_name != NULL;
}

/* One call a connection.  Who does not ask, or does not take his answer, is let
 * go after a while (api_start()); who waits for it, or watches, is not. */
static void
asked(struct evhttp_request *req)
{
	const struct timeval tv = { .tv_sec = IDLE_S };

	struct evkeyvalq *out = evhttp_request_get_output_headers(req);

	evhttp_add_header(out, "Connection", "close");
	evhttp_add_header(out, "X-Content-Type-Options", "nosniff");
	evhttp_add_header(out, "X-Frame-Options", "DENY");
	(void)bufferevent_set_timeouts(evhttp_connection_get_bufferevent(
	    evhttp_request_get_connection(req)), NULL, &tv);
}

/* Over HTTPS: who, and from where. */
static bool
asked_from(struct api_call *c)
{
	struct evhttp_connection *conn = evhttp_request_get_connection(c->req);

	return api_net_asked(c->d->net, evhttp_connection_get_bufferevent(conn), &c->peer,
	    &c->local);
}

static void
run(struct api_call *c, const struct route *r, const char *query)
{
	const char *why = NULL;
	bool changes = r->cmd != EVHTTP_REQ_GET;
	int code = api_admit(c, r->right, changes, &why);
	char ip[IP4_STRLEN];

	if (code != 0) {
		if (code == 401)
			evhttp_add_header(evhttp_request_get_output_headers(c->req),
			    "WWW-Authenticate", "Bearer realm=\"provd\"");
		api_error(c, code, "%s", why);
		return;
	}
	if (query != NULL && evhttp_parse_query_str(query, &c->query) == -1) {
		api_error(c, 400, "the query string cannot be read");
		return;
	}
	if (c->remote && r->right == API_STEER)
		log_ev(LOG_NOTICE, "api", KV_S("ip", ip4_str(c->peer, ip)), KV_S("token", c->who),
		    KV_S("call", r->path), KV_S("host", c->host));
	r->run(c);
}

static void
dispatch(struct api *api, struct evhttp_request *req, bool remote)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(req);
	const char *path = uri != NULL ? evhttp_uri_get_path(uri) : NULL;
	const char *query = uri != NULL ? evhttp_uri_get_query(uri) : NULL;
	struct api_call *c = calloc(1, sizeof(*c));
	bool known = false;

	if (c == NULL || path == NULL) {
		free(c);
		evhttp_send_error(req, 400, NULL);
		return;
	}
	TAILQ_INIT(&c->query);
	c->api = api;
	c->d = api->d;
	c->req = req;
	c->remote = remote;
	evhttp_connection_set_closecb(evhttp_request_get_connection(req),
	    call_gone, c);
	asked(req);
	if (remote && !asked_from(c)) {
		api_error(c, 503, "too many connections");
		return;
	}
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		char *host;

		if (!route_fits(&routes[i], path, &host))
			continue;
		known = true;
		if (routes[i].cmd == evhttp_request_get_command(req)) {
			c->host = host;
			run(c, &routes[i], query);
			return;
		}
		free(host);
	}
	api_error(c, known ? 405 : 404, "no such call");
}

static void
on_request(struct evhttp_request *req, void *arg)
{
	dispatch(arg, req, false);
}

static void
on_remote(struct evhttp_request *req, void *arg)
{
	dispatch(arg, req, true);
}

static void
accept_again(evutil_socket_t fd, short what, void *listener)
{
	(void)fd;
	(void)what;
	(void)evconnlistener_enable(listener);
}

/* No descriptor is left, and the listener would say so without end: it is
 * left alone for a while. */
void
api_accept_failed(struct evconnlistener *l, void *arg)
{
	const struct timeval tv = { .tv_sec = ACCEPT_RETRY_S };
	int err = EVUTIL_SOCKET_ERROR();

	(void)arg;
	log_ev(LOG_WARNING, "socket.accept", KV_ERR(-err),
	    KV_S("did", "asks again in a second"));
	if (event_base_once(evconnlistener_get_base(l), -1, EV_TIMEOUT,
	    accept_again, l, &tv) == 0)
		(void)evconnlistener_disable(l);
}

static int
http_new(struct api *api, void (*cb)(struct evhttp_request *, void *), struct evhttp **ret)
{
	struct evhttp *h = evhttp_new(api->d->base);

	if (h == NULL)
		return -ENOMEM;
	evhttp_set_timeout(h, IDLE_S);
	evhttp_set_max_body_size(h, BODY_MAX);
	evhttp_set_max_headers_size(h, 16384);
	evhttp_set_allowed_methods(h, EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_PATCH |
	    EVHTTP_REQ_DELETE);
	evhttp_set_gencb(h, cb, api);
	*ret = h;
	return 0;
}

static void
api_free(struct api *api)
{
	api_net_stop(api->d->net);
	if (api->http != NULL)
		evhttp_free(api->http);
	if (api->https != NULL)
		evhttp_free(api->https);
	api_events_free(api->events);
	free(api);
}

int
api_start(struct daemon *d, int fd, struct api **ret)
{
	struct evconnlistener *l;
	struct api *api;
	int r;

	if ((api = calloc(1, sizeof(*api))) == NULL)
		return -ENOMEM;
	api->d = d;
	if ((r = http_new(api, on_request, &api->http)) < 0 ||
	    (r = http_new(api, on_remote, &api->https)) < 0 ||
	    (r = api_events_new(api, &api->events)) < 0 ||
	    (r = api_net_start(d->net, d->base, api->https)) < 0)
		goto out;
	r = -ENOMEM;
	if ((l = evconnlistener_new(d->base, NULL, NULL,
	    LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_CLOSE_ON_FREE, 0, fd)) == NULL ||
	    evhttp_bind_listener(api->http, l) == NULL)
		goto out;
	evconnlistener_set_error_cb(l, api_accept_failed);
	api_watch_start(api);
	*ret = api;
	r = 0;
out:
	if (r < 0)
		api_free(api);
	return r;
}

void
api_stop(struct api *api)
{
	if (api == NULL)
		return;
	fleet_watch(api->d->fleet, NULL, api);
	api_free(api);
}
