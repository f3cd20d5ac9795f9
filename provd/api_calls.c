/* api_calls.c - what each call of the control API answers. */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/http.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../dhcpd/dhcp_explain.h"
#include "../lib/clock.h"
#include "api_int.h"
#include "arm.h"
#include "pick.h"
#include "reload.h"

static json_t *
str(const char *s)
{
	json_t *j;

	if (s == NULL)
		return json_null();
	/* What came from a client may not be UTF-8. */
	return (j = json_string(s)) != NULL ? j : json_string("?");
}

static json_t *
addr_json(uint32_t a)
{
	char buf[IP4_STRLEN];

	return a != 0 ? str(ip4_str(a, buf)) : json_null();
}

/* Hosts ------------------------------------------------------------------- */

json_t *
api_host_json(struct fleet *f, const struct fleet_host *h)
{
	const struct host_record *rec = &h->rec;
	const struct installation *other = fleet_host_other(f, h);
	char mac[MAC_STRLEN];
	int64_t now = clock_unix();
	json_t *o = json_object();

	json_object_set_new(o, "name", str(rec->name));
	json_object_set_new(o, "mac", h->cfg != NULL && h->cfg->n_mac > 0 ?
	    str(mac_str(h->cfg->mac[0], mac)) : json_null());
	json_object_set_new(o, "address", addr_json(h->cfg != NULL ? h->cfg->address : 0));
	json_object_set_new(o, "profile", str(h->cfg != NULL ? h->cfg->profile : NULL));
	json_object_set_new(o, "tree", str(h->cfg != NULL ? h->cfg->tree : NULL));
	json_object_set_new(o, "configured", json_boolean(h->cfg != NULL));
	api_host_labels(f, h, o);
	json_object_set_new(o, "state", str(host_state_name(rec->state)));
	json_object_set_new(o, "since", json_integer(rec->since));
	json_object_set_new(o, "place", json_integer(fleet_place(f, h, now)));
	json_object_set_new(o, "reason", str(rec->reason));
	json_object_set_new(o, "inspecting", json_boolean(other != NULL &&
	    other->rec.kind == INST_INSPECT));
	json_object_set_new(o, "boot", str(other == NULL || other->rec.kind == INST_INSPECT ? "" :
	    inst_kind_name(other->rec.kind)));
	json_object_set_new(o, "boot_always", json_boolean(rec->other.always));
	json_object_set_new(o, "boot_state", str(other_state_name(rec->other.state)));
	json_object_set_new(o, "attempts", json_integer(rec->attempts));
	json_object_set_new(o, "stage", str(h->tl.stage));
	json_object_set_new(o, "step", json_integer(rec->step_no));
	json_object_set_new(o, "steps", json_integer(rec->steps));
	json_object_set_new(o, "step_name", str(rec->step));
	json_object_set_new(o, "file", str(h->tl.file));
	json_object_set_new(o, "elapsed", json_integer(h->tl.started != 0 ?
	    now - h->tl.started : 0));
	api_progress(f, h, now, o);
	return o;
}

json_t *
api_line_json(const struct tl_line *l)
{
	json_t *o = json_object();

	json_object_set_new(o, "time", json_integer(l->time));
	json_object_set_new(o, "kind", str(line_kind_name(l->kind)));
	json_object_set_new(o, "severity", str(line_severity_name(l->severity)));
	json_object_set_new(o, "text", str(l->text));
	return o;
}

static void
add_host(void *arg, struct fleet_host *h)
{
	if (h->cfg != NULL || h->rec.state != HS_NEW)
		api_keys_add(arg, (uintptr_t)h);	/* there until provd ends */
}

static json_t *
host_item(struct daemon *d, uintptr_t key)
{
	return api_host_json(d->fleet, (const struct fleet_host *)key);
}

void
api_hosts(struct api_call *c)
{
	const char *select = api_query(c, "select"), *must = api_query(c, "must");
	struct api_keys keys = { 0 };
	struct picked p;
	char why[300];
	int r;

	if (select == NULL) {
		fleet_each_host(c->d->fleet, add_host, &keys);
	} else if ((r = pick_hosts(c->d->fleet, select, must != NULL &&
	    strcmp(must, "yes") == 0, &p, why)) < 0) {
		api_error(c, r == -EINVAL ? 400 : r == -ENOENT ? 404 : 500, "%s", why);
		return;
	} else {
		for (size_t i = 0; i < p.n; i++)
			api_keys_add(&keys, (uintptr_t)p.host[i]);
		free(p.host);
	}
	api_list(c, "hosts", &keys, host_item);
}

struct fleet_host *
api_find_host(struct api_call *c)
{
	struct fleet_host *h = fleet_host_by_name(c->d->fleet, c->host);
	struct mac mac;
	const char *how;

	if (h == NULL && mac_parse(c->host, &mac) == 0)
		h = fleet_host_by_client(c->d->fleet, NULL, &mac, 0, &how);
	if (h == NULL) {
		api_error(c, 404, "there is no host named %s", c->host);
		return NULL;
	}
	/* From here on it is known by its name. */
	if (strcmp(c->host, h->rec.name) != 0) {
		free(c->host);
		if ((c->host = strdup(h->rec.name)) == NULL) {
			api_error(c, 500, "out of memory");
			return NULL;
		}
	}
	return h;
}

void
api_host(struct api_call *c)
{
	struct fleet_host *h = api_find_host(c);
	const struct installation *in;
	json_t *o, *list;

	if (h == NULL)
		return;
	o = api_host_json(c->d->fleet, h);
	list = json_array();
	for (unsigned i = 0; i < h->tl.n; i++)
		json_array_append_new(list, api_line_json(timeline_at(&h->tl, i)));
	json_object_set_new(o, "timeline", list);
	if (api_query(c, "origin") != NULL)
		api_host_origin(c->d, h, o);
	json_object_set_new(o, "facts", str(h->facts));
	json_object_set_new(o, "facts_time", json_integer(h->facts_time));
	if ((in = fleet_host_inst(c->d->fleet, h)) != NULL) {
		char log[8192];
		uint64_t size = tree_log_size(in->log, NULL);
		size_t n = tree_log_read(in->log, size > sizeof(log) ?
		    size - sizeof(log) : 0, log, sizeof(log));
		struct buf text = { 0 };

		buf_text(&text, log, n);
		json_object_set_new(o, "installation", json_pack("{s:i,s:s,s:s,s:I}",
		    "id", (int)in->rec.id, "profile", in->rec.profile,
		    "tree", in->rec.tree, "created", (json_int_t)in->rec.created));
		json_object_set_new(o, "log", str(text.p != NULL ? text.p : ""));
		buf_free(&text);
	}
	api_reply(c, 200, o);
}

/* Steering ---------------------------------------------------------------- */

static void
steered(void *arg, int result)
{
	struct api_call *c = arg;
	struct fleet_host *h = fleet_host_by_name(c->d->fleet, c->host);

	if (result < 0 || h == NULL)
		api_error(c, 500, "nothing was changed: %s", strerror(-result));
	else
		api_reply(c, 200, api_host_json(c->d->fleet, h));
}

static void
armed(void *arg, const struct arm_result *res)
{
	struct api_call *c = arg;

	if (res->err < 0)
		api_error(c, res->err == -ENOENT ? 404 : 409, "%s",
		    res->why != NULL ? res->why : strerror(-res->err));
	else
		steered(c, 0);
}

static void
begin(struct api_call *c, enum arm_kind kind, arm_done_fn *fn)
{
	char why[ARM_WHY];
	int r;

	if (api_find_host(c) == NULL)
		return;
	r = arm_begin(c->d, kind, c->host, api_query(c, "profile"),
	    api_query(c, "tree"), fn, c, why);
	if (r < 0)
		api_error(c, r == -ENOENT ? 404 : 503, "%s", why);
}

void
api_arm(struct api_call *c)
{
	begin(c, ARM_INSTALL, armed);
}

static void
boot(struct api_call *c, enum inst_kind kind, bool always)
{
	char why[ARM_WHY];
	int r;

	if (api_find_host(c) == NULL)
		return;
	r = arm_boot(c->d, kind, always, c->host, api_query(c, "profile"),
	    api_query(c, "tree"), armed, c, why);
	if (r < 0)
		api_error(c, r == -ENOENT ? 404 : 503, "%s", why);
}

void
api_inspect(struct api_call *c)
{
	boot(c, INST_INSPECT, false);
}

void
api_boot(struct api_call *c)
{
	const char *system = api_query(c, "system"), *text = api_query(c, "always");
	bool always = text != NULL && strcmp(text, "yes") == 0;
	enum inst_kind kind = INST_INSPECT;
	struct fleet_host *h;

	if (system == NULL)
		system = "";
	while (kind < INST__COUNT && strcmp(system, inst_kind_name(kind)) != 0)
		kind++;
	if (text != NULL && !always && strcmp(text, "no") != 0)
		api_error(c, 400, "always is yes or no, not %s", text);
	else if (strcmp(system, "none") == 0) {
		if ((h = api_find_host(c)) != NULL && fleet_boot_none(c->d->fleet, h, steered, c) < 0)
			api_error(c, 500, "out of memory");
	} else if (kind == INST__COUNT)
		api_error(c, 400, "system is rescue, diskless, inspect or none, not \"%s\"", system);
	else if (kind == INST_INSPECT && always)
		api_error(c, 400, "an inspection starts the machine again when it is done, so it can't "
		    "be what it always boots");
	else
		boot(c, kind, always);
}

void
api_disarm(struct api_call *c)
{
	struct fleet_host *h = api_find_host(c);
	const char *why;
	int r;

	if (h == NULL)
		return;
	r = fleet_disarm(c->d->fleet, h, steered, c, &why);
	if (r < 0)
		api_error(c, 409, "%s", why != NULL ? why : strerror(-r));
}

static void
planned(void *arg, const struct arm_result *res)
{
	struct api_call *c = arg;
	json_t *o, *plan;

	if (res->err < 0) {
		armed(c, res);
		return;
	}
	o = json_object();
	plan = json_loads(res->plan_json, 0, NULL);
	json_object_set_new(o, "host", str(c->host));
	json_object_set_new(o, "text", str(res->plan_text));
	json_object_set_new(o, "plan", plan != NULL ? plan : json_null());
	api_reply(c, 200, o);
}

void
api_plan(struct api_call *c)
{
	begin(c, ARM_PLAN, planned);
}

/* A file as the host sees it ---------------------------------------------- */

/* PATH, or .provd/PATH with the token left out: a person need not know it. */
static const struct overlay_entry *
find_entry(const struct overlay *ov, const char *token, const char *path)
{
	const struct overlay_entry *e;
	char full[TREE_PATH_MAX + 1];

	while (*path == '/')
		path++;
	if ((e = overlay_find(ov, path)) != NULL)
		return e;
	if (strncmp(path, ".provd/", 7) == 0)
		path += 7;
	if (snprintf(full, sizeof(full), ".provd/%s/%s", token, path) >=
	    (int)sizeof(full))
		return NULL;
	return overlay_find(ov, full);
}

static void
send_entry(struct api_call *c, const struct overlay *ov, const char *token)
{
	const char *path = api_query(c, "path");
	const struct overlay_entry *e;

	if ((e = find_entry(ov, token, path)) != NULL && e->kind != OVERLAY_DIR)
		api_bytes(c, "application/octet-stream", e->data, e->len);
	else {
		struct buf b = { 0 };

		for (size_t i = 0; i < overlay_count(ov); i++)
			buf_printf(&b, "\n  /%s", overlay_at(ov, i)->path);
		api_error(c, 404, "the overlay of %s has no file %s; it has:%s",
		    c->host, path, b.p != NULL ? b.p : " nothing");
		buf_free(&b);
	}
}

static void
rendered(void *arg, const struct arm_result *res)
{
	if (res->err < 0)
		armed(arg, res);
	else
		send_entry(arg, res->overlay, res->token);
}

void
api_file(struct api_call *c)
{
	struct fleet_host *h = api_find_host(c);
	const struct installation *in;

	if (h == NULL)
		return;
	if (api_query(c, "path") == NULL)
		api_error(c, 400, "path is missing");
	else if ((in = fleet_host_inst(c->d->fleet, h)) != NULL)
		send_entry(c, in->overlay, in->rec.token);
	else
		begin(c, ARM_PLAN, rendered);
}

/* The token in the paths is left out, as in find_entry(). */
static void
send_names(struct api_call *c, const struct overlay *ov, const char *token)
{
	json_t *o = json_object(), *list = json_array();
	char prefix[TREE_PATH_MAX + 1];
	size_t n;

	(void)snprintf(prefix, sizeof(prefix), ".provd/%s/", token);
	n = strlen(prefix);
	for (size_t i = 0; i < overlay_count(ov); i++) {
		const struct overlay_entry *e = overlay_at(ov, i);
		char path[TREE_PATH_MAX + 8];

		if (e->kind == OVERLAY_DIR)
			continue;
		(void)snprintf(path, sizeof(path), "%s%s", strncmp(e->path, prefix, n) == 0 ?
		    ".provd/" : "", strncmp(e->path, prefix, n) == 0 ? e->path + n : e->path);
		json_array_append_new(list, json_pack("{s:o,s:I}", "path", str(path),
		    "size", (json_int_t)e->len));
	}
	json_object_set_new(o, "files", list);
	api_reply(c, 200, o);
}

static void
rendered_names(void *arg, const struct arm_result *res)
{
	if (res->err < 0)
		armed(arg, res);
	else
		send_names(arg, res->overlay, res->token);
}

void
api_files(struct api_call *c)
{
	struct fleet_host *h = api_find_host(c);
	const struct installation *in;

	if (h == NULL)
		return;
	if ((in = fleet_host_inst(c->d->fleet, h)) != NULL)
		send_names(c, in->overlay, in->rec.token);
	else
		begin(c, ARM_PLAN, rendered_names);
}

/* Leases, trees ------------------------------------------------------------ */

static void
add_lease(void *arg, const struct lease *l)
{
	if (l->state != LEASE_FREE)
		api_keys_add(arg, l->addr);
}

static json_t *
lease_item(struct daemon *d, uintptr_t addr)
{
	static const char *const state[] = { "free", "offered", "bound",
	    "released", "declined" };
	const struct lease *l = lease_by_addr(fleet_leases(d->fleet), (uint32_t)addr);
	char buf[MAC_STRLEN];
	json_t *o;

	if (l == NULL || l->state == LEASE_FREE)
		return NULL;
	o = json_object();
	json_object_set_new(o, "address", addr_json(l->addr));
	json_object_set_new(o, "mac", str(mac_str(l->mac, buf)));
	json_object_set_new(o, "state", str(state[l->state]));
	json_object_set_new(o, "start", json_integer(l->start));
	json_object_set_new(o, "expiry", l->expiry == LEASE_FOREVER ?
	    json_null() : json_integer(l->expiry));
	json_object_set_new(o, "hostname", str(l->hostname));
	return o;
}

static int
by_address(const void *a, const void *b)
{
	uintptr_t x = *(const uintptr_t *)a, y = *(const uintptr_t *)b;

	return x < y ? -1 : x > y;
}

void
api_leases(struct api_call *c)
{
	struct api_keys keys = { 0 };

	lease_each(fleet_leases(c->d->fleet), add_lease, &keys);
	if (keys.n > 0)
		qsort(keys.key, keys.n, sizeof(*keys.key), by_address);
	api_list(c, "leases", &keys, lease_item);
}

/* Explaining, reloading ----------------------------------------------------- */

/* r: what explaining it came to. */
static void
send_text(struct api_call *c, int r, struct buf *b)
{
	json_t *o;

	if (r < 0) {
		api_error(c, 400, "%s", r == -EBADMSG ? "that is not a DHCP message" :
		    r == -ENODEV ? "DHCP is not served here" : strerror(-r));
		buf_free(b);
		return;
	}
	api_modes_text(c->d, b);
	o = json_object();
	json_object_set_new(o, "text", str(b->p != NULL ? b->p : ""));
	buf_free(b);
	api_reply(c, 200, o);
}

void
api_explain_mac(struct api_call *c)
{
	const char *text = api_query(c, "mac");
	struct fleet_host *h = text != NULL ? fleet_host_by_name(c->d->fleet, text) : NULL;
	struct buf b = { 0 };
	struct mac mac;

	if (h != NULL && h->cfg != NULL && h->cfg->n_mac > 0)
		mac = h->cfg->mac[0];
	else if (h != NULL) {
		api_error(c, 400, "host %s has no mac: name the MAC address of the machine", text);
		return;
	} else if (text == NULL || mac_parse(text, &mac) < 0) {
		api_error(c, 400, "%s is neither a host nor a MAC address",
		    text != NULL ? text : "nothing");
		return;
	}
	send_text(c, dhcp_explain_mac(c->d->fleet, mac, &b), &b);
}

void
api_explain_packet(struct api_call *c)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(c->req);
	size_t len = evbuffer_get_length(in);
	struct buf b = { 0 };

	send_text(c, dhcp_explain(c->d->fleet, evbuffer_pullup(in, -1), len, NULL, &b), &b);
}

static void
reloaded(void *arg, int r, const char *why)
{
	struct api_call *c = arg;
	json_t *o;

	if (r < 0) {
		api_error(c, 409, "%s", why);
		return;
	}
	o = json_object();
	json_object_set_new(o, "left_out", api_left_out(c->d->set->cfg));
	api_reply(c, 200, o);
}

void
api_reload(struct api_call *c)
{
	daemon_reload(c->d, reloaded, c);
}
