/* fleet.c - hosts, trees and installations: loaded, found, published. */
#include <sys/stat.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fleet_int.h"

#define PORT_LIMIT	65536u

/* Finding ---------------------------------------------------------------- */

static int
host_key_cmp(const void *key, const void *elem)
{
	return strcmp(key, (*(struct fl_host *const *)elem)->pub.rec.name);
}

struct fl_host *
fl_host_find(struct fleet *f, const char *name)
{
	struct fl_host **h;

	if (f->n_host == 0)
		return NULL;
	h = bsearch(name, f->host, f->n_host, sizeof(*f->host), host_key_cmp);
	return h != NULL ? *h : NULL;
}

struct fleet_host *
fleet_host_by_name(struct fleet *f, const char *name)
{
	struct fl_host *h = fl_host_find(f, name);

	return h != NULL ? &h->pub : NULL;
}

/* The first whose id is not smaller. */
static size_t
inst_place(const struct fleet *f, uint32_t id)
{
	size_t lo = 0, hi = f->n_inst;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (f->inst[mid].pub->rec.id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct fl_inst *
fl_inst_find(struct fleet *f, uint32_t id)
{
	size_t i = inst_place(f, id);

	return i < f->n_inst && f->inst[i].pub->rec.id == id ? &f->inst[i] : NULL;
}

int
fl_inst_put(struct fleet *f, const struct fl_inst *in)
{
	struct fl_host *h = fl_host_find(f, in->pub->rec.host);
	size_t i = inst_place(f, in->pub->rec.id);
	struct fl_inst *p;

	if ((p = realloc(f->inst, (f->n_inst + 1) * sizeof(*p))) == NULL)
		return -ENOMEM;
	f->inst = p;
	memmove(p + i + 1, p + i, (f->n_inst - i) * sizeof(*p));
	p[i] = *in;
	f->n_inst++;
	if (h != NULL)
		h->n_inst++;
	return 0;
}

void
fl_inst_drop(struct fleet *f, size_t i)
{
	struct fl_host *h = fl_host_find(f, f->inst[i].pub->rec.host);

	if (h != NULL)
		h->n_inst--;
	installation_unref(f->inst[i].pub);
	f->n_inst--;
	memmove(f->inst + i, f->inst + i + 1, (f->n_inst - i) * sizeof(*f->inst));
}

static int
mac_cmp(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct mac));	/* .mac comes first */
}

static int
uuid_cmp(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct uuid));
}

struct fleet_host *
fleet_host_by_client(struct fleet *f, const struct uuid *uuid,
    const struct mac *mac, uint32_t addr, const char **ret_how)
{
	struct addr_owner o;
	struct fl_uuid *u;
	struct fl_mac *m;
	struct fl_host *h;

	*ret_how = "client UUID";
	if (uuid != NULL && f->n_uuid > 0 && (u = bsearch(uuid, f->uuid,
	    f->n_uuid, sizeof(*f->uuid), uuid_cmp)) != NULL)
		return &u->h->pub;
	*ret_how = "MAC";
	if (mac != NULL && f->n_mac > 0 && (m = bsearch(mac, f->mac, f->n_mac,
	    sizeof(*f->mac), mac_cmp)) != NULL)
		return &m->h->pub;
	*ret_how = "lease address";
	if (addr != 0 && addrmap_get(f->addrs, addr, &o) &&
	    (h = fl_host_find(f, o.host)) != NULL && h->pub.cfg != NULL)
		return &h->pub;
	*ret_how = "nothing";
	return NULL;
}

struct fleet_host *
fleet_host_by_place(struct fleet *f, const struct fleet_place *at, const char **ret_how)
{
	const struct cfg_host *c = place_find(f->places, at, ret_how);
	struct fl_host *h = c != NULL ? fl_host_find(f, c->head.name) : NULL;

	if (h == NULL)
		*ret_how = "nothing";
	return h != NULL ? &h->pub : NULL;
}

void
fleet_each_host(struct fleet *f, void (*fn)(void *, struct fleet_host *), void *arg)
{
	for (size_t i = 0; i < f->n_host; i++)
		fn(arg, &f->host[i]->pub);
}

const struct installation *
fleet_host_inst(struct fleet *f, const struct fleet_host *h)
{
	struct fl_inst *in = fl_inst_find(f, h->rec.inst);

	return in != NULL ? in->pub : NULL;
}

const struct installation *
fleet_host_other(struct fleet *f, const struct fleet_host *h)
{
	struct fl_inst *in = fl_inst_find(f, h->rec.other.inst);

	return in != NULL ? in->pub : NULL;
}

struct fleet_port *fleet_port(struct fleet *f) { return &f->port; }
struct snapshot *fleet_snapshot(struct fleet *f) { return f->snap; }
const struct config *fleet_config(struct fleet *f) { return f->cfg; }
struct lease_table *fleet_leases(struct fleet *f) { return f->leases; }

void
fleet_watch(struct fleet *f, fleet_watch_fn *fn, void *arg)
{
	for (size_t i = 0; i < sizeof(f->watch) / sizeof(f->watch[0]); i++)
		if (fn != NULL ? f->watch[i].fn == NULL : f->watch[i].arg == arg) {
			f->watch[i].fn = fn;
			f->watch[i].arg = fn != NULL ? arg : NULL;
			return;
		}
}

/* Publishing ------------------------------------------------------------- */

static int
inst_token_cmp(const void *a, const void *b)
{
	return strcmp((*(struct installation *const *)a)->rec.token,
	    (*(struct installation *const *)b)->rec.token);
}

/* Make a snapshot of what is now, and hand it out. */
int
fl_publish(struct fleet *f)
{
	const struct cfg_top *top = &f->cfg->top;
	struct snapshot *s;

	if (f->store == NULL)
		return -ESHUTDOWN;
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return -ENOMEM;
	s->refs = 1;
	s->tree = calloc(top->n_tree + 1, sizeof(*s->tree));
	s->inst = calloc(f->n_inst + 1, sizeof(struct installation *));
	s->token = calloc(f->n_inst + 1, sizeof(struct installation *));
	if (s->tree == NULL || s->inst == NULL || s->token == NULL) {
		snapshot_unref(s);
		return -ENOMEM;
	}
	s->cfg = config_ref(f->cfg);
	memcpy(s->key, f->key, sizeof(s->key));
	s->addrs = f->addrs;
	s->pace = pace_ref(f->pace);
	s->programs = tree_ref(f->programs);
	s->local = overlay_ref(f->local);
	s->programs_view = (struct view){ .tree = s->programs,
	    .overlay = s->local, .key = s->key };
	for (size_t i = 0; i < top->n_tree; i++) {
		struct fl_tree *t = fl_tree_find(&f->trees, top->tree[i].head.name);
		struct snap_tree *st = &s->tree[s->n_tree];

		if (t == NULL)
			continue;
		st->tree = tree_ref(t->tree);
		st->export = top->tree[i].export;
		st->clients = top->tree[i].clients;
		st->view = (struct view){ .tree = st->tree, .key = s->key };
		s->n_tree++;
	}
	for (size_t i = 0; i < f->n_inst; i++)
		s->inst[s->n_inst++] = installation_ref(f->inst[i].pub);
	memcpy(s->token, s->inst, s->n_inst * sizeof(*s->inst));
	qsort(s->token, s->n_inst, sizeof(*s->token), inst_token_cmp);
	snapshot_unref(f->snap);
	f->snap = s;
	if (f->param.publish != NULL)
		f->param.publish(f->param.arg, s);
	return 0;
}

static void
publish_stale(struct mbox_msg *m)
{
	struct fleet *f = (struct fleet *)(void *)((char *)m - offsetof(struct fleet, stale));

	f->is_stale = false;
	(void)fl_publish(f);
}

void
fl_publish_soon(struct fleet *f)
{
	if (f->is_stale)
		return;
	f->stale.run = publish_stale;
	f->is_stale = mbox_post_always(f->port.mbox, &f->stale) == 0;
}

/* Installations ---------------------------------------------------------- */

int
fl_inst_add(struct fleet *f, const struct inst_record *rec, struct overlay *ov,
    struct fl_inst *ret)
{
	struct fl_tree *t = fl_tree_find(&f->trees, rec->tree);
	struct installation *in;

	if (t == NULL)
		return -ENOENT;
	if ((in = calloc(1, sizeof(*in))) == NULL)
		return -ENOMEM;
	in->refs = 1;
	in->rec = *rec;
	in->rec.plan = NULL;
	if ((rec->plan != NULL && (in->rec.plan = strdup(rec->plan)) == NULL) ||
	    (in->log = tree_log_new()) == NULL) {
		free(in->rec.plan);
		free(in);
		return -ENOMEM;
	}
	in->tree = tree_ref(t->tree);
	in->overlay = overlay_ref(ov);
	in->view = (struct view){ .tree = in->tree, .overlay = in->overlay,
	    .log = in->log, .inst = in->rec.id, .token = in->rec.token,
	    .key = f->key };
	*ret = (struct fl_inst){ .pub = in };
	snprintf(ret->claim, sizeof(ret->claim), "%s", rec->claim);
	return 0;
}

/* Hosts ------------------------------------------------------------------- */

/* Unsorted: the caller keeps the order, or makes it. */
struct fl_host *
fl_host_append(struct fleet *f, const char *name)
{
	struct fl_host *h, **p;

	if ((f->n_host & (f->n_host - 1)) == 0) {	/* full at powers of two */
		p = realloc(f->host, (f->n_host ? 2 * f->n_host : 1) * sizeof(*p));
		if (p == NULL)
			return NULL;
		f->host = p;
	}
	if ((h = calloc(1, sizeof(*h))) == NULL)
		return NULL;
	snprintf(h->pub.rec.name, sizeof(h->pub.rec.name), "%s", name);
	h->next = h->pub.rec;
	timeline_init(&h->pub.tl);
	f->host[f->n_host++] = h;
	return h;
}

static int
host_cmp(const void *a, const void *b)
{
	return strcmp((*(struct fl_host *const *)a)->pub.rec.name,
	    (*(struct fl_host *const *)b)->pub.rec.name);
}

/* Hosts that the store did not know yet.  Both lists are sorted by name. */
static int
add_hosts(struct fleet *f, const struct config *cfg)
{
	size_t known = f->n_host, k = 0;

	for (size_t i = 0; i < cfg->top.n_host; i++) {
		const char *name = cfg->by_name[i]->head.name;
		int d = -1;

		while (k < known && (d = strcmp(f->host[k]->pub.rec.name, name)) < 0)
			k++;
		if (k < known && d == 0)
			continue;
		if (fl_host_append(f, name) == NULL)
			return -ENOMEM;
	}
	if (f->n_host > known)
		qsort(f->host, f->n_host, sizeof(struct fl_host *), host_cmp);
	return 0;
}

/* Each host of the configuration, in its order, as the fleet has it. */
static struct fl_host **
hosts_of(struct fleet *f, const struct config *cfg)
{
	struct fl_host **of = calloc(cfg->top.n_host + 1, sizeof(struct fl_host *));
	size_t k = 0;

	for (size_t i = 0; of != NULL && i < cfg->top.n_host; i++) {
		const struct cfg_host *c = cfg->by_name[i];

		while (strcmp(f->host[k]->pub.rec.name, c->head.name) != 0)
			k++;		/* it is there: add_hosts() */
		of[c - cfg->top.host] = f->host[k];
	}
	return of;
}

/* The configuration ------------------------------------------------------ */

static int
index_hosts(struct fleet *f, const struct cfg_top *top, struct fl_host *const *of)
{
	struct fl_mac *mac;
	struct fl_uuid *uuid;
	struct place_list *places;
	size_t n_mac = 0, n_uuid = 0;
	int r;

	if ((r = place_list_new(top, &places)) < 0)
		return r;
	for (size_t i = 0; i < top->n_host; i++) {
		n_mac += top->host[i].n_mac;
		n_uuid++;
	}
	mac = calloc(n_mac + 1, sizeof(*mac));
	uuid = calloc(n_uuid + 1, sizeof(*uuid));
	if (mac == NULL || uuid == NULL) {
		free(mac);
		free(uuid);
		place_list_free(places);
		return -ENOMEM;
	}
	n_mac = n_uuid = 0;
	for (size_t i = 0; i < top->n_host; i++) {
		const struct cfg_host *c = &top->host[i];
		static const struct uuid none;

		for (size_t j = 0; j < c->n_mac; j++)
			mac[n_mac++] = (struct fl_mac){ c->mac[j], of[i] };
		if (memcmp(&c->uuid, &none, sizeof(none)) != 0)
			uuid[n_uuid++] = (struct fl_uuid){ c->uuid, of[i] };
	}
	qsort(mac, n_mac, sizeof(*mac), mac_cmp);
	qsort(uuid, n_uuid, sizeof(*uuid), uuid_cmp);
	free(f->mac);
	free(f->uuid);
	f->mac = mac;
	f->n_mac = n_mac;
	f->uuid = uuid;
	f->n_uuid = n_uuid;
	place_list_free(f->places);
	f->places = places;
	return 0;
}

static int
set_pace(struct fleet *f, const struct cfg_bandwidth *c)
{
	const struct cfg_bandwidth *old = &f->cfg->top.bandwidth;
	struct pace *p = NULL;
	int r;

	if (f->pace != NULL && c->total == old->total && c->client == old->client)
		return 0;
	if ((c->total != 0 || c->client != 0) && (r = pace_new((uint64_t)c->total *
	    1000000, (uint64_t)c->client * 1000000, &p)) < 0)
		return r;
	pace_unref(f->pace);
	f->pace = p;
	return 0;
}

/* Take over a configuration that loaded: all or nothing but for memory. */
static int
adopt(struct fleet *f, struct config *cfg, struct fleet_trees *trees, char why[200])
{
	const struct cfg_top *top = &cfg->top;
	struct config *old = f->cfg;
	struct fl_host **of = NULL;
	struct life_out out;
	int r;

	why[0] = '\0';
	if (trees != NULL)
		fl_trees_take(f, trees);
	if ((r = add_hosts(f, cfg)) < 0)
		return r;
	if ((of = hosts_of(f, cfg)) == NULL)
		return -ENOMEM;
	if ((r = index_hosts(f, top, of)) < 0 ||
	    (r = set_pace(f, &top->bandwidth)) < 0) {
		free(of);
		return r;
	}
	f->cfg = config_ref(cfg);
	for (size_t i = 0; i < f->n_host; i++)
		f->host[i]->pub.cfg = NULL;
	for (size_t i = 0; i < top->n_host; i++)
		of[i]->pub.cfg = &top->host[i];
	free(of);
	for (size_t i = 0; i < f->n_host; i++) {
		struct fl_host *h = f->host[i];
		struct host_record rec;
		struct fl_op *o;

		if (h->pub.cfg != NULL && h->pub.cfg->profile == NULL)
			continue;	/* armed with --profile, or not at all */
		if (!fl_life(f, h, h->pub.cfg != NULL ? LE_CONFIGURED : LE_FORGET,
		    true, &rec, &out) || rec.state == h->next.state)
			continue;
		if ((o = fl_op_new(f, STORE_HOST, h)) == NULL)
			return -ENOMEM;
		o->op.host = rec;
		fl_op_submit(o);
	}
	config_unref(old);
	return 0;
}

int
fleet_reload(struct fleet *f, struct config *cfg, struct fleet_trees *trees,
    char why[200])
{
	int r;

	if ((r = adopt(f, cfg, trees, why)) == 0) {
		fleet_strangers_forget(f);
		r = fl_publish(f);
	}
	return r;
}

/* Addresses of leases that are still good are their hosts' from the start. */
static void
map_lease(void *arg, const struct lease *l)
{
	struct fleet *f = arg;
	struct addr_owner o = { .mac = l->mac };
	const struct fleet_host *h;
	struct fleet_place at;
	const char *how;

	if (l->state != LEASE_BOUND)
		return;
	place_of_agent(l->agent, l->agent_len, &at);
	at.client = l->cid;
	at.client_len = l->cid_len;
	if ((h = fleet_host_by_client(f, NULL, &l->mac, 0, &how)) != NULL ||
	    (h = fleet_host_by_place(f, &at, &how)) != NULL) {
		snprintf(o.host, sizeof(o.host), "%s", h->rec.name);
		o.inst = h->rec.inst;
	}
	addrmap_put(f->addrs, l->addr, &o);
}

int
fleet_open(const struct fleet_param *p, struct fleet **ret, char why[200])
{
	struct fleet *f;
	int r;

	why[0] = '\0';
	if ((f = calloc(1, sizeof(*f))) == NULL)
		return -ENOMEM;
	f->param = *p;
	f->cfg = config_ref(p->cfg);
	f->port.fleet = f;
	f->local = overlay_ref(p->local);
	if ((r = lease_table_new(&f->leases)) < 0 ||
	    (r = addrmap_new(&f->addrs)) < 0 ||
	    (r = mbox_new(p->base, PORT_LIMIT, &f->port.mbox)) < 0 ||
	    (r = fleet_trees_open(&f->trees, p->cfg, &f->trees, why)) < 0 ||
	    (r = store_open(p->cfg->top.state, &fl_load, f, &f->store, why)) < 0 ||
	    (r = fl_programs_open(f, why)) < 0) {
		if (why[0] == '\0')
			snprintf(why, 200, "%s", strerror(-r));
		return r;
	}
	memcpy(f->key, store_key(f->store), sizeof(f->key));
	*ret = f;
	return 0;
}

void
fleet_use(struct fleet *f, struct config *cfg)
{
	config_unref(f->cfg);
	f->cfg = config_ref(cfg);
}

int
fleet_start(struct fleet *f)
{
	char why[200];
	int r;

	if ((r = store_start(f->store, f->port.mbox)) < 0 ||
	    (r = adopt(f, f->cfg, NULL, why)) < 0)
		return r;
	lease_each(f->leases, map_lease, f);
	return fl_publish(f);
}

void
fleet_stop(struct fleet *f)
{
	fl_history_stop(f);
	store_close(f->store);
	f->store = NULL;		/* what is still asked for is refused */
	mbox_close(f->port.mbox);
	snapshot_unref(f->snap);
	for (size_t i = 0; i < f->n_inst; i++)
		installation_unref(f->inst[i].pub);
	for (size_t i = 0; i < f->n_host; i++) {
		free(f->host[i]->pub.facts);
		buf_free(&f->host[i]->found);
		timeline_free(&f->host[i]->pub.tl);
		free(f->host[i]);
	}
	fleet_trees_free(&f->trees);
	fl_kept_free(f);
	free(f->inst);
	free(f->host);
	place_list_free(f->places);
	free(f->mac);
	free(f->uuid);
	free(f->empty);
	tree_unref(f->programs);
	overlay_unref(f->local);
	lease_table_free(f->leases);
	addrmap_free(f->addrs);
	pace_unref(f->pace);
	fl_history_free(f);
	mbox_free(f->port.mbox);
	config_unref(f->cfg);
	free(f);
}
