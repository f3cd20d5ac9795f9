/* settle.c - what the parsers found, made to fit provd's rules; what does not, is said. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../fleet/config.h"
#include "settle.h"

/* Inheritance ------------------------------------------------------------------ */

/* Groups are not known to provd, and a shared network is a name only. */
static void
inherit(struct import *imp, struct imp_scope *s)
{
	for (const struct imp_scope *up = s->up; up != NULL &&
	    (up->kind == IMP_GROUP || up->kind == IMP_SHARED); up = up->up)
		for (const struct imp_option *o = up->opt; o != NULL; o = o->next) {
			struct imp_option *mine;

			if (imp_option_get(s, o->name) != NULL)
				continue;
			if (s->kind == IMP_HOST && strcmp(o->name, "host-name") == 0) {
				if (s->hostname == NULL)
					s->hostname = o->v.v[0] + (o->v.v[0][0] == IMP_QUOTED);
				continue;
			}
			mine = imp_option(imp, s, o->name, o->at);
			mine->v = o->v;
		}
	if (s->kind == IMP_SUBNET && s->mode == NULL)
		for (const struct imp_scope *up = s->up; up != NULL && s->mode == NULL; up = up->up)
			if (up->kind == IMP_SHARED)
				s->mode = up->mode;
}

/* Ranges ----------------------------------------------------------------------- */

static struct imp_scope *
subnet_of(struct import *imp, uint32_t addr)
{
	for (struct imp_scope *s = imp->subnet.first; s != NULL; s = s->next)
		if (net4_has(s->net, addr))
			return s;
	return NULL;
}

/* Taken from the range what no host can have; false: nothing is left. */
static bool
trim(struct import *imp, const struct imp_scope *net, struct range4 *r, struct imp_place at)
{
	struct range4 was = *r;
	char text[RANGE4_STRLEN], now[RANGE4_STRLEN];

	while (r->lo < r->hi && !net4_is_host(net->net, r->lo))
		r->lo++;
	while (r->lo < r->hi && !net4_is_host(net->net, r->hi))
		r->hi--;
	range4_str(was, text);
	if (!net4_is_host(net->net, r->lo)) {
		imp_left(imp, at, imp_fmt(imp, "range %s", text), "is no host's address");
		return false;
	}
	if (was.lo != r->lo || was.hi != r->hi)
		imp_tell(imp, at, imp_fmt(imp, "range %s", text), "is %s now, without the addresses of "
		    "the network and of broadcasts", range4_str(*r, now));
	return true;
}

static struct imp_scope *
pool_in(struct import *imp, struct imp_scope *p, struct imp_scope *net, struct imp_scope **last)
{
	struct imp_scope *q = *last;

	if (p->kind != IMP_POOL || (p->allow.n == 0 && p->deny.n == 0 && p->opt == NULL))
		return net;
	if (q == NULL) {
		q = *last = p;
		p->up = net;
	} else if (q->up != net) {
		q = imp_scope(imp, IMP_POOL, net, NULL, p->at);
		for (const struct imp_option *o = p->opt; o != NULL; o = o->next)
			imp_option(imp, q, o->name, o->at)->v = o->v;
		q->allow = p->allow;
		q->deny = p->deny;
		*last = q;
	}
	return q;
}

static void
place_ranges(struct import *imp, struct imp_scope *s)
{
	struct imp_values range = s->range;
	struct imp_scope *last = NULL;

	s->range = (struct imp_values){ 0 };
	for (size_t i = 0; i < range.n; i++) {
		char *text, now[RANGE4_STRLEN];
		struct imp_place at = { s->at.file, (unsigned)strtoul(range.v[i], &text, 10) };
		struct imp_scope *net, *to;
		struct range4 r;

		if (range4_parse(text + 1, &r) < 0)
			continue;	/* the parsers wrote it */
		net = subnet_of(imp, r.lo);
		if (net == NULL || !net4_has(net->net, r.hi) ||
		    (s->kind == IMP_SUBNET && net != s)) {
			imp_left(imp, at, imp_fmt(imp, "range %s", text + 1), "is outside of its subnet");
			continue;
		}
		if (!trim(imp, net, &r, at))
			continue;
		to = pool_in(imp, s, net, &last);
		imp_push(imp, &to->placed, imp_str(imp, range4_str(r, now)));
		imp_push(imp, &to->placed_at, imp_fmt(imp, "%u", at.line));
	}
}

struct span { struct range4 r; struct imp_scope *s; size_t i; };

static int
span_cmp(const void *va, const void *vb)
{
	const struct span *a = va, *b = vb;

	if (a->r.lo != b->r.lo)
		return a->r.lo < b->r.lo ? -1 : 1;
	return a->r.hi > b->r.hi ? -1 : a->r.hi < b->r.hi;
}

static size_t
spans_of(struct imp_scope *first, struct span *ret)
{
	size_t n = 0;

	for (struct imp_scope *s = first; s != NULL; s = s->next)
		for (size_t i = 0; i < s->placed.n; i++) {
			if (ret != NULL) {
				ret[n] = (struct span){ .s = s, .i = i };
				(void)range4_parse(s->placed.v[i], &ret[n].r);
			}
			n++;
		}
	return n;
}

/* Of ranges that overlap the first one stays. */
static void
no_overlaps(struct import *imp)
{
	size_t n = spans_of(imp->subnet.first, NULL), m = spans_of(imp->pool.first, NULL);
	struct span *v = imp_alloc(imp, (n + m + 1) * sizeof(*v)), *last = NULL;

	spans_of(imp->subnet.first, v);
	spans_of(imp->pool.first, v + n);
	qsort(v, n + m, sizeof(*v), span_cmp);
	for (size_t k = 0; k < n + m; k++) {
		struct imp_place at = { v[k].s->at.file,
		    (unsigned)strtoul(v[k].s->placed_at.v[v[k].i], NULL, 10) };
		char text[RANGE4_STRLEN];

		if (last != NULL && v[k].r.lo <= last->r.hi) {
			imp_left(imp, at, imp_fmt(imp, "range %s", v[k].s->placed.v[v[k].i]), "overlaps %s",
			    range4_str(last->r, text));
			v[k].s->placed.v[v[k].i] = NULL;
			continue;
		}
		last = &v[k];
	}
	for (size_t k = 0; k < n + m; k++)
		if (v[k].s->placed.v[v[k].i] != NULL)
			imp_push(imp, &v[k].s->range, v[k].s->placed.v[v[k].i]);
}

static void
limit_ranges(struct import *imp, struct imp_scope *s)
{
	for (; s->range.n > 64; s->range.n--)
		imp_left(imp, s->at, s->range.v[s->range.n - 1], "a network of provd has 64 ranges");
}

/* Hosts ------------------------------------------------------------------------- */

static bool
is_hostname(const char *s)
{
	static const char ok[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";

	for (size_t all = strlen(s); all > 0 && all <= 253;) {
		size_t n = strspn(s, ok);

		if (n == 0 || n > 63 || s[0] == '-' || s[n - 1] == '-' || (s[n] != '.' && s[n] != '\0'))
			return false;
		if (s[n] == '\0')
			return true;
		s += n + 1;
	}
	return false;
}

static void
settle_mac(struct import *imp, struct imp_scope *h, struct imp_set *macs)
{
	struct imp_values was = h->mac;
	struct imp_scope *other;
	char text[MAC_STRLEN];
	struct mac m;

	h->mac = (struct imp_values){ 0 };
	for (size_t i = 0; i < was.n; i++)
		if (mac_parse(was.v[i], &m) < 0 || mac_is_zero(m) || (m.b[0] & 1))
			imp_left(imp, h->at, imp_fmt(imp, "host %s", h->name), "%s is no machine's address",
			    was.v[i]);
		else if ((other = imp_set_add(imp, macs, imp_str(imp, mac_str(m, text)),
		    h)) != NULL)
			imp_left(imp, h->at, imp_fmt(imp, "host %s", h->name), "%s is %s's already",
			    was.v[i], other->name);
		else if (h->mac.n == 8)
			imp_left(imp, h->at, imp_fmt(imp, "host %s", h->name), "%s is one address too many",
			    was.v[i]);
		else
			imp_push(imp, &h->mac, was.v[i]);
}

static void
settle_address(struct import *imp, struct imp_scope *h, struct imp_set *addrs)
{
	struct imp_scope *other, *net;
	const char *a = h->address.n > 0 ? h->address.v[0] : NULL;
	uint32_t addr;

	if (a == NULL)
		return;
	h->address.n = 0;
	if (ip4_parse(a, &addr) < 0)
		imp_left(imp, h->at, imp_fmt(imp, "host %s", h->name), "%s is no address", a);
	else if (imp->subnet.first != NULL && (net = subnet_of(imp, addr)) == NULL)
		imp_left(imp, h->at, imp_fmt(imp, "host %s", h->name), "%s is in none of the subnets", a);
	else if (imp->subnet.first != NULL && !net4_is_host(subnet_of(imp, addr)->net, addr))
		imp_left(imp, h->at, imp_fmt(imp, "host %s", h->name), "%s is no host's address", a);
	else if ((other = imp_set_add(imp, addrs, a, h)) != NULL)
		imp_left(imp, h->at, imp_fmt(imp, "host %s", h->name), "%s is %s's already", a, other->name);
	else
		h->address.n = 1;
}

/* 1:2:ab becomes 0x0102ab, and its host's own. */
static void
settle_id(struct import *imp, struct imp_scope *h, const char **id, struct imp_set *ids)
{
	const struct imp_scope *other;
	const char *v = "0x";
	char *p;

	if (*id == NULL)
		return;
	for (const char *s = *id; *s != '\0'; s = *p == ':' ? p + 1 : p) {
		v = imp_fmt(imp, "%s%02lx", v, strtoul(s, &p, 16) & 255);
		if (p == s)
			break;
	}
	*id = v;
	if ((other = imp_set_add(imp, ids, v, h)) == NULL)
		return;
	imp_left(imp, h->at, imp_fmt(imp, "host %s", h->name), "%s is %s's already", v, other->name);
	*id = NULL;
}

static void
settle_hosts(struct import *imp)
{
	struct imp_set macs = { 0 }, addrs = { 0 }, ids[3] = { { 0 } };
	size_t n = 0;

	for (struct imp_scope *h = imp->host.first; h != NULL; h = h->next) {
		inherit(imp, h);
		settle_mac(imp, h, &macs);
		settle_id(imp, h, &h->client_id, &ids[0]);
		settle_id(imp, h, &h->circuit, &ids[1]);
		settle_id(imp, h, &h->remote, &ids[2]);
		if (h->mac.n == 0 && h->client_id == NULL && h->circuit == NULL && h->remote == NULL)
			h->lost = "has nothing that provd could know it by";
		else if (++n > 65536)
			h->lost = "is one host too many";
		if (h->lost != NULL) {
			imp_left(imp, h->at, imp_fmt(imp, "host %s", h->name), "%s", h->lost);
			continue;
		}
		settle_address(imp, h, &addrs);
		if (h->hostname != NULL && !is_hostname(h->hostname)) {
			imp_left(imp, h->at, imp_fmt(imp, "host %s", h->name), "\"%.64s\" is no host name",
			    h->hostname);
			h->hostname = NULL;
		}
	}
}

/* Pools --------------------------------------------------------------------------- */

static void
settle_classes_of(struct import *imp, struct imp_scope *p, struct imp_values *l)
{
	struct imp_values was = *l;

	*l = (struct imp_values){ 0 };
	for (size_t i = 0; i < was.n; i++) {
		bool found = strcmp(was.v[i], "known") == 0 || strcmp(was.v[i], "unknown") == 0;

		if (found)
			imp_push(imp, l, was.v[i]);
		for (const struct imp_scope *c = imp->class.first; c != NULL; c = c->next)
			if (!c->unused && c->said != NULL && strcmp(c->said, was.v[i]) == 0) {
				imp_push(imp, l, c->name);
				found = true;
			}
		if (!found)
			imp_left(imp, p->at, imp_fmt(imp, "members of \"%s\"", was.v[i]),
			    "that class could not be carried over");
	}
	/* An empty list would let everybody in. */
	if (l == &p->allow && was.n > 0 && l->n == 0) {
		imp_left(imp, p->at, "pool", "without its classes it would be everybody's");
		p->lost = "";
	}
}

static void
settle_pools(struct import *imp)
{
	static const char *const early[] = { "filename", "next-server", "root-path", "server-name" };

	for (struct imp_scope *p = imp->pool.first; p != NULL; p = p->next) {
		struct imp_option **o = &p->opt;

		settle_classes_of(imp, p, &p->allow);
		settle_classes_of(imp, p, &p->deny);
		while (*o != NULL) {
			bool no = false;

			for (size_t i = 0; i < sizeof(early) / sizeof(early[0]); i++)
				no = no || strcmp((*o)->name, early[i]) == 0;
			if (no) {
				imp_left(imp, (*o)->at, (*o)->name, "is not a pool's to say in provd: what is "
				    "booted is chosen before the address");
				*o = (*o)->next;
			} else
				o = &(*o)->next;
		}
		limit_ranges(imp, p);
	}
}

/* With one tree, names that TFTP clients say are its own; with several they
 * begin with the export, as provd's do. */
static void
rename_files(struct import *imp, struct imp_scope *first)
{
	for (struct imp_scope *s = first; s != NULL; s = s->next)
		for (struct imp_option *o = s->opt; o != NULL; o = o->next) {
			const char *name = o->v.v[0], *full;
			bool done = strstr(name, "://") != NULL;

			if (strcmp(o->name, "filename") != 0)
				continue;
			for (const struct imp_tree *t = imp->tree; t != NULL; t = t->next)
				done = done || strncmp(name, t->path, strlen(t->path)) == 0;
			full = imp_fmt(imp, "%s%s%s", imp->tftp_root, *name == '/' ? "" : "/", name);
			if (done || strlen(full) > 127)
				continue;
			imp_tell(imp, o->at, "filename", "is %s, as provd has several trees", full);
			o->v = (struct imp_values){ 0 };
			imp_push(imp, &o->v, full);
		}
}

static void
settle_files(struct import *imp)
{
	if (imp->tftp_root == NULL || imp->tree == NULL || imp->tree->next == NULL)
		return;
	rename_files(imp, &imp->top);
	rename_files(imp, imp->subnet.first);
	rename_files(imp, imp->host.first);
	for (struct imp_scope *c = imp->class.first; c != NULL; c = c->next)
		if (c->split_from == NULL) {
			struct imp_scope *next = c->next;

			c->next = NULL;
			rename_files(imp, c);
			c->next = next;
		}
}

/* All ------------------------------------------------------------------------------ */

static const struct imp_scope *
shared_of(const struct imp_scope *s)
{
	const struct imp_scope *up = s->up;

	while (up != NULL && up->kind != IMP_SHARED)
		up = up->up;
	return up;
}

static void
one_mode(struct import *imp, struct imp_scope *s, const struct imp_scope *shared, const char *mode)
{
	imp_left(imp, s->at, imp_fmt(imp, "shared-network %s", shared->name),
	    "one mode for all its subnets: %s", mode);
	s->mode = mode;
}

static void
settle_mode(struct import *imp)
{
	const char *mode = imp->top.mode != NULL ? imp->top.mode : "authoritative";

	if (!imp->has_dhcp)
		return;
	imp_dhcp(imp, "mode", mode, (struct imp_place){ 0 });
	for (struct imp_scope *s = imp->subnet.first; s != NULL; s = s->next) {
		s->shared = shared_of(s);
		if (s->mode != NULL && strcmp(s->mode, mode) == 0)
			s->mode = NULL;
		/* A wire has one mode: the one that answers fewer. */
		for (struct imp_scope *q = imp->subnet.first; q != s; q = q->next)
			if (q->shared != NULL && s->shared != NULL &&
			    (q->mode == NULL) != (s->mode == NULL) &&
			    strcmp(q->shared->name, s->shared->name) == 0)
				one_mode(imp, q->mode == NULL ? q : s, s->shared, q->mode == NULL ? s->mode : q->mode);
	}
}

void
imp_settle(struct import *imp)
{
	struct imp_scope *s, *end;

	for (s = imp->subnet.first; s != NULL; s = s->next)
		inherit(imp, s);
	for (s = imp->subnet.first; s != NULL; s = s->next)
		place_ranges(imp, s);
	for (s = imp->shared.first; s != NULL; s = s->next)
		place_ranges(imp, s);
	/* A pool that lies in two subnets becomes two, which need no more of this. */
	for (end = imp->pool.first; end != NULL && end->next != NULL; end = end->next)
		;
	for (s = imp->pool.first; s != NULL; s = s == end ? NULL : s->next)
		place_ranges(imp, s);
	no_overlaps(imp);
	for (s = imp->subnet.first; s != NULL; s = s->next)
		limit_ranges(imp, s);
	settle_hosts(imp);
	imp_settle_classes(imp);
	settle_pools(imp);
	imp_settle_options(imp);
	settle_files(imp);
	settle_mode(imp);
	if (imp->host.first == NULL && imp->top.mode != NULL && strcmp(imp->top.mode, "reservation") == 0)
		imp_tell(imp, (struct imp_place){ 0 }, "hosts", "there are none, and others are not answered");
	if (imp->n_lease > 0 && !imp->leases_as_hosts)
		imp_left(imp, imp->lease->at, NULL, "%zu leases: import --leases carries them over into a "
		    "running provd; --hosts makes them hosts, which keep their address for good",
		    imp->n_lease);
}
