/* api_kept.c - hosts added, changed, taken away and adopted through the API. */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/http.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/clock.h"
#include "api_int.h"
#include "kept.h"
#include "reload.h"

/* What a call has asked for, until it is on disk. */
struct asked {
	struct api_call	*c;
	char		 name[64];	/* "" : several */
	struct mac	 mac;		/* adopted: its address becomes the host's */
	uint32_t	 addr;
	bool		 gone;
};

static bool
is_name(const char *s)
{
	static const char ok[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

	return *s != '\0' && strchr("._-", *s) == NULL && strlen(s) <= 63 &&
	    s[strspn(s, ok)] == '\0';
}

static void
done(void *arg, int r, const char *why)
{
	struct asked *a = arg;
	struct api_call *c = a->c;
	struct fleet_host *h;

	if (r < 0)
		api_error(c, r == -EINVAL ? 409 : 500, "%s", why);
	else if (a->gone || a->name[0] == '\0')
		api_reply(c, 200, json_object());
	else if ((h = fleet_host_by_name(c->d->fleet, a->name)) == NULL)
		api_error(c, 500, "the host is gone again");
	else {
		char text[80], ip[IP4_STRLEN];

		if (a->addr != 0) {
			fleet_learn(c->d->fleet, h, a->mac, a->addr, 0);
			snprintf(text, sizeof(text), "adopted; it keeps its address %s",
			    ip4_str(a->addr, ip));
			fleet_note(c->d->fleet, h, LINE_INFO, text);
		} else if (!mac_is_zero(a->mac))
			fleet_note(c->d->fleet, h, LINE_INFO, "adopted");
		api_reply(c, 200, api_host_json(c->d->fleet, h));
	}
	free(a);
}

static void
change(struct asked *a, struct kept_list *list)
{
	int r = daemon_change_hosts(a->c->d, list, done, a);

	if (r == 0)
		return;
	kept_free(list);
	api_error(a->c, 500, "%s", strerror(-r));
	free(a);
}

/* The JSON object that was sent; NULL: that was answered. */
static json_t *
body(struct api_call *c)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(c->req);
	size_t len = evbuffer_get_length(in);
	json_error_t err;
	json_t *o = json_loadb((const char *)evbuffer_pullup(in, -1), len,
	    JSON_REJECT_DUPLICATES, &err);

	if (o == NULL)
		api_error(c, 400, "the body is no JSON: line %d: %s", err.line, err.text);
	else if (!json_is_object(o)) {
		api_error(c, 400, "the body is no JSON object");
		json_decref(o);
		o = NULL;
	}
	return o;
}

/* Puts one, if it may be; false: that was answered. */
static bool
put(struct api_call *c, struct kept_list *list, const char *name, enum cfg_origin origin,
    const json_t *host)
{
	const struct cfg_host *h = config_host(c->d->set->cfg, name);
	char *text;
	int r;

	if (!is_name(name)) {
		api_error(c, 400, "\"%.64s\" cannot be a name: a letter or digit, then letters, "
		    "digits, '.', '_' or '-', at most 63", name);
		return false;
	}
	if (h != NULL && config_origin(c->d->set->cfg, h) == HOST_FILE) {
		api_error(c, 409, "%s stands in %s:%u; change it there", name,
		    c->d->set->cfg->file, h->head.mark.line);
		return false;
	}
	if (!json_is_object(host) || (text = json_dumps(host, JSON_COMPACT)) == NULL) {
		api_error(c, 400, "%s: a JSON object with the options of a host must stand there",
		    name);
		return false;
	}
	r = kept_put(list, name, origin, text);
	free(text);
	if (r < 0)
		api_error(c, 500, "%s", strerror(-r));
	return r == 0;
}

static struct asked *
new_asked(struct api_call *c, const char *name)
{
	struct asked *a = calloc(1, sizeof(*a));

	if (a == NULL) {
		api_error(c, 500, "out of memory");
		return NULL;
	}
	a->c = c;
	snprintf(a->name, sizeof(a->name), "%s", name);
	return a;
}

/* {"name": N, ...}, or {"hosts": {N: {...}, ...}}. */
void
api_host_add(struct api_call *c)
{
	struct kept_list list = { 0 };
	json_t *o = body(c), *many, *host;
	const char *name;
	struct asked *a;
	char one[64] = "";
	bool good = true;

	if (o == NULL)
		return;
	if ((many = json_object_get(o, "hosts")) != NULL) {
		json_object_foreach(many, name, host) {
			if (kept_find(daemon_kept(c->d), name) != NULL) {
				api_error(c, 409, "there is a host named %.63s already", name);
				good = false;
			}
			if (!good || !(good = put(c, &list, name, HOST_API, host)))
				break;
		}
		if (good && list.n == 0) {
			api_error(c, 400, "no host is named");
			good = false;
		}
	} else if ((name = json_string_value(json_object_get(o, "name"))) == NULL) {
		api_error(c, 400, "name is missing");
		good = false;
	} else if (kept_find(daemon_kept(c->d), name) != NULL) {
		api_error(c, 409, "there is a host named %.63s already", name);
		good = false;
	} else {
		snprintf(one, sizeof(one), "%s", name);
		host = json_copy(o);
		json_object_del(host, "name");
		good = put(c, &list, name, HOST_API, host);
		json_decref(host);
	}
	json_decref(o);
	if (good && (a = new_asked(c, one)) != NULL)
		change(a, &list);
	else
		kept_free(&list);
}

/* The one that the call names, if it is one of ours; NULL: that was answered. */
static const struct cfg_kept *
find(struct api_call *c)
{
	const struct cfg_kept *k = kept_find(daemon_kept(c->d), c->host);
	const struct cfg_host *h = config_host(c->d->set->cfg, c->host);

	if (h != NULL && config_origin(c->d->set->cfg, h) == HOST_FILE && k == NULL)
		api_error(c, 409, "%s stands in %s:%u; change it there", c->host,
		    c->d->set->cfg->file, h->head.mark.line);
	else if (k == NULL)
		api_error(c, 404, "there is no host named %s", c->host);
	return k;
}

/* RFC 7396: null takes away, objects are merged, all else replaces.  Recurses
 * no deeper than a host's options are nested. */
static void
merge(json_t *into, const json_t *patch, unsigned depth)
{
	const char *key;
	json_t *v, *old;

	json_object_foreach((json_t *)(uintptr_t)patch, key, v) {
		old = json_object_get(into, key);
		if (json_is_null(v))
			json_object_del(into, key);
		else if (json_is_object(v) && json_is_object(old) && depth < 4)
			merge(old, v, depth + 1);
		else if (json_is_object(v)) {
			json_t *fresh = json_object();

			if (depth < 4)
				merge(fresh, v, depth + 1);
			json_object_set_new(into, key, fresh);
		} else
			json_object_set(into, key, v);
	}
}

void
api_host_patch(struct api_call *c)
{
	const struct cfg_kept *k = find(c);
	struct kept_list list = { 0 };
	json_t *patch, *host;
	struct asked *a;
	bool good;

	if (k == NULL || (patch = body(c)) == NULL)
		return;
	host = json_loads(k->text, 0, NULL);
	if (host == NULL)
		host = json_object();
	merge(host, patch, 0);
	good = put(c, &list, c->host, k->origin, host);
	json_decref(host);
	json_decref(patch);
	if (good && (a = new_asked(c, c->host)) != NULL)
		change(a, &list);
	else
		kept_free(&list);
}

void
api_host_delete(struct api_call *c)
{
	const struct cfg_kept *k = find(c);
	const struct fleet_host *h = fleet_host_by_name(c->d->fleet, c->host);
	struct kept_list list = { 0 };
	struct asked *a;

	if (k == NULL)
		return;
	if (h != NULL && h->cfg != NULL && (h->rec.state == HS_ARMED ||
	    h->rec.state == HS_BOOTING || h->rec.state == HS_INSTALLING)) {
		api_error(c, 409, "%s is %s; disarm it first", c->host,
		    host_state_name(h->rec.state));
		return;
	}
	if (kept_put(&list, c->host, k->origin, NULL) < 0 || (a = new_asked(c, c->host)) == NULL) {
		kept_free(&list);
		return;
	}
	a->gone = true;
	change(a, &list);
}

/* Adopting ---------------------------------------------------------------- */

/* The address that it has now, and that can be made its own. */
static uint32_t
address_of(struct daemon *d, struct mac mac)
{
	const struct lease *l = lease_by_client(fleet_leases(d->fleet), mac, 0, UINT32_MAX);
	const struct config *cfg = d->set->cfg;

	if (l == NULL || l->state != LEASE_BOUND || l->expiry <= clock_unix() ||
	    (cfg->top.dhcp.n_subnet > 0 && config_subnet(cfg, l->addr) == NULL))
		return 0;
	return l->addr;
}

void
api_adopt(struct api_call *c)
{
	struct kept_list list = { 0 };
	const char *name, *how, *text;
	char ip[IP4_STRLEN], mac[MAC_STRLEN];
	const struct fleet_host *h;
	json_t *o = body(c);
	struct asked *a;

	if (o == NULL || (a = new_asked(c, "")) == NULL) {
		json_decref(o);
		return;
	}
	name = json_string_value(json_object_get(o, "name"));
	text = json_string_value(json_object_get(o, "mac"));
	if (name == NULL || text == NULL || mac_parse(text, &a->mac) < 0) {
		api_error(c, 400, name == NULL ? "name is missing" : "%s is no MAC address",
		    text != NULL ? text : "nothing");
		goto out;
	}
	if ((h = fleet_host_by_client(c->d->fleet, NULL, &a->mac, 0, &how)) != NULL) {
		api_error(c, 409, "%s is %s already", mac_str(a->mac, mac), h->rec.name);
		goto out;
	}
	if (kept_find(daemon_kept(c->d), name) != NULL) {
		api_error(c, 409, "there is a host named %.63s already", name);
		goto out;
	}
	snprintf(a->name, sizeof(a->name), "%s", name);
	json_object_set_new(o, "mac", json_string(mac_str(a->mac, mac)));
	if (json_object_get(o, "address") == NULL && (a->addr = address_of(c->d, a->mac)) != 0)
		json_object_set_new(o, "address", json_string(ip4_str(a->addr, ip)));
	json_object_del(o, "name");
	if (put(c, &list, a->name, HOST_ADOPTED, o)) {
		change(a, &list);
		json_decref(o);
		return;
	}
out:
	kept_free(&list);
	json_decref(o);
	free(a);
}

/* Exporting --------------------------------------------------------------- */

/* A host's options, as they would stand in the file. */
static void
print_host(const struct cfg_host *h, struct buf *out)
{
	struct buf b = { 0 };

	schema_print(&cfg_host_schema, h, &b);
	buf_printf(out, "  %s:%s\n", h->head.name, b.len == 0 ? " {}" : "");
	for (const char *p = b.p, *nl; p != NULL && (nl = strchr(p, '\n')) != NULL; p = nl + 1)
		buf_printf(out, "    %.*s\n", (int)(nl - p), p);
	buf_free(&b);
}

json_t *
api_left_out(const struct config *cfg)
{
	json_t *o = json_object();
	const char *p = cfg->left_out.p, *nl;
	char name[80];

	for (; p != NULL && (nl = strchr(p, '\n')) != NULL; p = nl + 1) {
		size_t n = strcspn(p, " ");
		json_t *why = json_stringn(p + n + 1, (size_t)(nl - p) - n - 1);

		snprintf(name, sizeof(name), "%.*s", (int)n, p);
		json_object_set_new(o, name, why != NULL ? why : json_string("?"));
	}
	return o;
}

void
api_kept(struct api_call *c)
{
	const struct kept_list *l = daemon_kept(c->d);
	const struct config *cfg = c->d->set->cfg;
	json_t *o = json_object(), *hosts = json_object();
	struct buf b = { 0 };

	for (size_t i = 0; i < l->n; i++) {
		const struct cfg_host *h = config_host(cfg, l->host[i].name);
		json_t *host = json_loads(l->host[i].text, 0, NULL);

		if (host == NULL)
			continue;
		json_object_set_new(host, "origin", json_string(cfg_origin_name(l->host[i].origin)));
		json_object_set_new(hosts, l->host[i].name, host);
		if (h != NULL && config_left_out(cfg, l->host[i].name) == NULL) {
			if (b.len == 0)
				buf_puts(&b, "hosts:\n");
			print_host(h, &b);
		}
	}
	json_object_set_new(o, "hosts", hosts);
	json_object_set_new(o, "left_out", api_left_out(cfg));
	json_object_set_new(o, "yaml", json_string(b.p != NULL ? b.p : ""));
	buf_free(&b);
	api_reply(c, 200, o);
}
