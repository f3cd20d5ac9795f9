/* dnsmasq_net.c - dnsmasq.conf: dhcp-range and dhcp-host. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "dnsmasq.h"

/* A network by its address; ranges of one network are one subnet. */
static struct imp_scope *
network(struct dnsmasq *d, uint32_t addr, uint32_t mask)
{
	struct import *imp = d->imp;
	struct net4 net = { addr & mask, 0 };
	struct imp_scope *s;

	while (net.plen < 32 && mask << net.plen != 0)
		net.plen++;
	for (s = imp->subnet.first; s != NULL; s = s->next) {
		if (s->net.addr == net.addr && s->net.plen == net.plen)
			return s;
		if (net4_has(s->net, net.addr) || net4_has(net, s->net.addr)) {
			dnsmasq_left(d, "overlaps the network of line %u", s->at.line);
			return NULL;
		}
	}
	if (imp->n_subnet++ >= 1024) {
		dnsmasq_left(d, "is one subnet too many");
		return NULL;
	}
	s = imp_scope(imp, IMP_SUBNET, &imp->top, NULL, d->at);
	s->net = net;
	return s;
}

struct range {
	uint32_t	 lo, hi, mask;
	bool		 has_hi, has_mask, fixed, proxy;
	const char	*time, *set;
	struct imp_values allow, deny;
};

/* What stands behind the first address; false: it is reported. */
static bool
range_arg(struct dnsmasq *d, struct range *r, const char *a)
{
	uint32_t v;

	if (strcmp(a, "static") == 0)
		r->fixed = true;
	else if (strcmp(a, "proxy") == 0)
		r->proxy = true;
	else if (ip4_parse(a, &v) == 0 && !r->has_hi && !r->fixed && !r->proxy && (v & 0xff000000) != 0xff000000) {
		r->hi = v;
		r->has_hi = true;
	} else if (ip4_parse(a, &v) == 0 && !r->has_mask && (~v & (~v + 1)) == 0) {
		r->mask = v;
		r->has_mask = true;
	} else if (ip4_parse(a, &v) == 0)
		;	/* the broadcast address, which follows */
	else if (dnsmasq_time(d, a) != NULL)
		r->time = dnsmasq_time(d, a);
	else if (*a != '\0') {
		dnsmasq_left(d, "provd knows no \"%.40s\" here", a);
		return strcmp(a, "deprecated") == 0;
	}
	return true;
}

static void
add_range(struct dnsmasq *d, struct imp_scope *net, struct range *r)
{
	struct imp_scope *to = net;
	char text[RANGE4_STRLEN];

	if (r->allow.n > 0 || r->deny.n > 0) {
		to = imp_scope(d->imp, IMP_POOL, net, NULL, d->at);
		to->allow = r->allow;
		to->deny = r->deny;
	}
	imp_push(d->imp, &to->range, imp_fmt(d->imp, "%u %s", d->at.line,
	    range4_str((struct range4){ r->lo, r->hi }, text)));
}

void
dnsmasq_range(struct dnsmasq *d, char *value)
{
	struct range r = { 0 };
	struct imp_scope *net;
	char *arg[DNSMASQ_ARGS];
	size_t n = dnsmasq_args(d, value, arg), i = 0;
	const struct imp_option *was;

	for (; i < n; i++) {
		const char *a = arg[i];

		if (strncmp(a, "set:", 4) == 0)
			r.set = a + 4;
		else if (strncmp(a, "tag:!", 5) == 0)
			imp_push(d->imp, &r.deny, a + 5);
		else if (strncmp(a, "tag:", 4) == 0)
			imp_push(d->imp, &r.allow, a + 4);
		else
			break;
	}
	if (i == n || strchr(arg[i], ':') != NULL || strchr(arg[i], '[') != NULL) {
		dnsmasq_left(d, "provd serves IPv4 only");
		return;
	}
	/* An old way to set a tag: a word before the address. */
	if (i + 1 < n && ip4_parse(arg[i], &r.lo) < 0)
		r.set = arg[i++];
	if (ip4_parse(arg[i], &r.lo) < 0) {
		dnsmasq_left(d, "is no range of addresses");
		return;
	}
	for (i++; i < n; i++)
		if (!range_arg(d, &r, arg[i]))
			return;
	if (!r.has_mask) {
		r.mask = 0xffffff00;
		if (!r.proxy || r.has_hi)
			imp_left(d->imp, d->at, d->line, "dnsmasq takes the netmask from its interface, this "
			    "is taken as a network of 24 bits; say it as 255.255.255.0");
		else
			imp_tell(d->imp, d->at, d->line, "is taken as a network of 24 bits");
	}
	if ((net = network(d, r.lo, r.mask)) == NULL)
		return;
	if (!d->has_range)
		d->range_at = d->at;
	if (!r.proxy)
		d->has_range = true;
	if (r.proxy || r.fixed)
		net->mode = r.proxy ? "proxy" : "reservation";
	else if (r.has_hi && r.lo <= r.hi)
		add_range(d, net, &r);
	else
		dnsmasq_left(d, "is no range of addresses");
	was = imp_option_get(net, "default-lease-time");
	if (r.time != NULL && (was == NULL || strcmp(was->v.v[0], r.time) != 0))
		imp_option1(d->imp, net, "default-lease-time", r.time, d->at);
	if (r.set != NULL) {
		struct dnsmasq_tag *t = dnsmasq_tag(d, r.set);

		if (t == NULL || (t->net != NULL && t->net != net))
			dnsmasq_left(d, "a tag of several networks");
		else
			t->net = net;
	}
}

/* Hosts ---------------------------------------------------------------------------------- */

static void
host_tag(struct dnsmasq *d, const char *name)
{
	struct dnsmasq_tag *t = dnsmasq_tag(d, name);

	if (t == NULL)
		dnsmasq_left(d, "there are too many tags");
	else
		imp_push(d->imp, &t->host, imp_fmt(d->imp, "%zu", d->n_host));
}

static void
keep_host(struct dnsmasq *d, struct imp_scope *h)
{
	if (d->n_host == d->cap_host) {
		size_t cap = d->cap_host > 0 ? d->cap_host * 2 : 64;
		struct imp_scope **v = imp_alloc(d->imp, cap * sizeof(struct imp_scope *));

		if (d->n_host > 0)
			memcpy(v, d->host, d->n_host * sizeof(struct imp_scope *));
		d->host = v;
		d->cap_host = cap;
	}
	d->host[d->n_host++] = h;
}

/* id:01:02, or text; false: it is too long. */
static const char *
client_id(struct dnsmasq *d, const char *s)
{
	const char *v = "";
	size_t n = strlen(s);

	if (n > 0 && strspn(s, "0123456789abcdefABCDEF:") == n && strchr(s, ':') != NULL)
		return n < 192 ? s : NULL;
	if (n == 0 || n > 64)
		return NULL;
	for (size_t i = 0; i < n; i++)
		v = imp_fmt(d->imp, "%s%s%02x", v, i > 0 ? ":" : "", (unsigned char)s[i]);
	return v;
}

struct host {
	struct imp_values mac, set;
	const char	*name, *address, *time, *id;
	bool		 lost;
};

static void
host_arg(struct dnsmasq *d, struct host *h, char *a)
{
	struct mac m;
	uint32_t ip;

	if (strncmp(a, "set:", 4) == 0 || strncmp(a, "net:", 4) == 0)
		imp_push(d->imp, &h->set, a + 4);
	else if (strcmp(a, "id:*") == 0)
		;	/* provd goes by the hardware address */
	else if (strncmp(a, "id:", 3) == 0 && client_id(d, a + 3) != NULL)
		h->id = client_id(d, a + 3);
	else if (mac_parse(a, &m) == 0)
		imp_push(d->imp, &h->mac, a);
	else if (strncmp(a, "tag:", 4) == 0)
		dnsmasq_left(d, "provd gives a host its address on any network: \"%.60s\"", a);
	else if (ip4_parse(a, &ip) == 0)
		h->address = a;
	else if (strcmp(a, "ignore") == 0) {
		dnsmasq_left(d, "provd ignores no machine that it knows");
		h->lost = true;
	} else if (a[0] == '[' || (strchr(a, ':') != NULL && strchr(a, '*') == NULL))
		dnsmasq_left(d, "provd knows no \"%.60s\" here", a);
	else if (strchr(a, '*') != NULL) {
		dnsmasq_left(d, "a host of provd has whole Ethernet addresses");
		h->lost = true;
	} else if (dnsmasq_time(d, a) != NULL)
		h->time = dnsmasq_time(d, a);
	else if (*a != '\0')
		h->name = a;
}

void
dnsmasq_host(struct dnsmasq *d, char *value)
{
	char *arg[DNSMASQ_ARGS];
	size_t n = dnsmasq_args(d, value, arg);
	struct host h = { 0 };
	struct imp_scope *s;

	for (size_t i = 0; i < n; i++)
		host_arg(d, &h, arg[i]);
	if (h.lost)
		return;
	if (h.mac.n == 0 && h.id == NULL) {
		dnsmasq_left(d, "provd knows no machine by its name alone");
		return;
	}
	s = imp_host(d->imp, &d->imp->top, h.name != NULL ? h.name : imp_fmt(d->imp, "host-%s",
	    h.address != NULL ? h.address : h.mac.n > 0 ? h.mac.v[0] : h.id), d->at);
	s->mac = h.mac;
	s->client_id = h.id;
	if (h.address != NULL)
		imp_push(d->imp, &s->address, h.address);
	if (h.time != NULL)
		imp_option1(d->imp, s, "default-lease-time", h.time, d->at);
	for (size_t i = 0; i < h.set.n; i++)
		host_tag(d, h.set.v[i]);
	keep_host(d, s);
}
