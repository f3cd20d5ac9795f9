/* api_list.c - a long list, in pieces: 65,536 hosts are 20 MB of JSON, and DHCP
 * goes on while they are made and sent.
 *
 * What is in the list is settled first (its keys); a piece is made when the one
 * before it has left, and tells what is so at that moment. */
#include <event2/buffer.h>
#include <event2/http.h>
#include <stdlib.h>

#include "api_int.h"

#define PIECE	64u

struct list {
	struct api		*api;
	struct evhttp_request	*req;
	struct api_keys		 keys;
	api_item_fn		*item;
	size_t			 next;
	bool			 any;
};

void
api_keys_add(struct api_keys *k, uintptr_t key)
{
	size_t cap = k->cap == 0 ? 64 : 2 * k->cap;
	uintptr_t *p;

	if (k->n == k->cap && !k->failed) {
		if ((p = realloc(k->key, cap * sizeof(*p))) == NULL) {
			k->failed = true;
			return;
		}
		k->key = p;
		k->cap = cap;
	}
	if (!k->failed)
		k->key[k->n++] = key;
}

static void
list_free(struct list *l)
{
	free(l->keys.key);
	free(l);
}

static void
list_gone(struct evhttp_connection *conn, void *arg)
{
	struct list *l = arg;

	(void)conn;
	api_req_gone(l->req);
	list_free(l);
}

static void
add_item(struct list *l, struct evbuffer *b, uintptr_t key)
{
	json_t *o = l->item(l->api->d, key);
	char *text = o != NULL ? json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS) : NULL;

	if (text != NULL) {
		(void)evbuffer_add_printf(b, "%s%s", l->any ? "," : "", text);
		l->any = true;
	}
	free(text);
	json_decref(o);
}

static void
next_piece(struct evhttp_connection *conn, void *arg)
{
	struct list *l = arg;
	struct evhttp_request *req = l->req;
	struct evbuffer *b = evbuffer_new();

	for (unsigned i = 0; b != NULL && i < PIECE && l->next < l->keys.n; i++)
		add_item(l, b, l->keys.key[l->next++]);
	if (b == NULL) {	/* the list stays open: no JSON */
		evhttp_connection_free(conn);
		return;
	}
	if (l->next < l->keys.n) {
		evhttp_send_reply_chunk_with_cb(req, b, next_piece, l);
	} else {
		(void)evbuffer_add_printf(b, "]}\n");
		evhttp_connection_set_closecb(conn, NULL, NULL);
		list_free(l);
		evhttp_send_reply_chunk(req, b);
		evhttp_send_reply_end(req);
	}
	evbuffer_free(b);
}

void
api_list(struct api_call *c, const char *name, struct api_keys *keys, api_item_fn *item)
{
	struct list *l = keys->failed ? NULL : calloc(1, sizeof(*l));
	struct evbuffer *b = evbuffer_new();

	if (l == NULL || b == NULL) {
		free(keys->key);
		free(l);
		if (b != NULL)
			evbuffer_free(b);
		api_error(c, 500, "out of memory");
		return;
	}
	*l = (struct list){ .api = c->api, .req = c->req, .keys = *keys, .item = item };
	api_call_end(c);
	evhttp_connection_set_closecb(evhttp_request_get_connection(l->req), list_gone, l);
	evhttp_add_header(evhttp_request_get_output_headers(l->req),
	    "Content-Type", "application/json");
	evhttp_send_reply_start(l->req, 200, "OK");
	(void)evbuffer_add_printf(b, "{\"%s\":[", name);
	evhttp_send_reply_chunk_with_cb(l->req, b, next_piece, l);
	evbuffer_free(b);
}
