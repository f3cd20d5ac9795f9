/* dhcp_net.c - the networks DHCP serves, the addresses it gives there, and the
 * options that hold for each. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dhcp_net.h"

#define DEFAULT_LEASE_TIME	43200
/* Half of a large network is more than anybody needs. */
#define MADE_RANGE_MAX		65536u

/* Networks ------------------------------------------------------------------ */

/* The interface's own network; its upper half is leased. */
static void
make_subnet(struct dhcp_nets *ns, const struct os_iface *i, size_t k)
{
	struct cfg_subnet *s = &ns->made[k];
	struct range4 *r = &ns->made_range[k];

	s->net = i->net;
	s->mode = ns->cfg->top.dhcp.mode;
	if (i->net.plen <= 30) {
		r->hi = net4_broadcast(i->net) - 1;
		r->lo = i->net.addr + (~net4_mask(i->net) / 2 + 1);
		if (r->hi - r->lo >= MADE_RANGE_MAX)
			r->lo = r->hi - MADE_RANGE_MAX + 1;
		s->range = r;
		s->n_range = 1;
	}
	ns->net[ns->n++].cfg = s;
}

static bool
is_made(const struct dhcp_nets *ns, struct net4 net)
{
	for (size_t i = 0; i < ns->n; i++)
		if (net4_has(ns->net[i].cfg->net, net.addr))
			return true;
	return false;
}

static bool
same_wire(const struct cfg_subnet *a, const struct cfg_subnet *b)
{
	return a->shared != NULL && b->shared != NULL && strcmp(a->shared, b->shared) == 0;
}

/* In the order of the configuration, but those on one wire side by side. */
static void
take_subnets(struct dhcp_nets *ns, const struct cfg_dhcp *d)
{
	for (size_t i = 0; i < d->n_subnet; i++) {
		bool seen = false;

		for (size_t j = 0; j < i && !seen; j++)
			seen = same_wire(&d->subnet[i], &d->subnet[j]);
		if (seen)
			continue;
		ns->net[ns->n++].cfg = &d->subnet[i];
		for (size_t j = i + 1; j < d->n_subnet && d->subnet[i].shared != NULL; j++)
			if (same_wire(&d->subnet[i], &d->subnet[j]))
				ns->net[ns->n++].cfg = &d->subnet[j];
	}
}

static void
set_links(struct dhcp_nets *ns)
{
	size_t end;

	for (size_t first = 0; first < ns->n; first = end) {
		end = first + 1;
		while (end < ns->n && same_wire(ns->net[first].cfg, ns->net[end].cfg))
			end++;
		for (size_t i = first; i < end; i++) {
			ns->net[i].link = &ns->net[first];
			ns->net[i].n_link = end - first;
		}
	}
}

static int
net_cmp(const void *a, const void *b)
{
	uint32_t x = (*(const struct dhcp_net *const *)a)->net.addr;
	uint32_t y = (*(const struct dhcp_net *const *)b)->net.addr;

	return x < y ? -1 : x > y;
}

/* Pools --------------------------------------------------------------------- */

static void
add_classes(const struct cfg_dhcp *d, char *const *name, size_t n,
    struct dhcp_classes *ret)
{
	int i;

	for (size_t k = 0; k < n; k++)
		if ((i = dhcp_class_find(d, name[k])) >= 0)
			dhcp_classes_add(ret, (unsigned)i);
}

static int
set_pool(struct dhcp_nets *ns, const struct cfg_subnet *s, size_t k,
    struct dhcp_pool *p)
{
	const struct cfg_dhcp *d = &ns->cfg->top.dhcp;
	const struct cfg_pool *c = &s->pool[k];
	char net[NET4_STRLEN];

	p->cfg = c;
	p->range = c->range;
	p->n_range = c->n_range;
	p->for_all = c->n_allow == 0;
	add_classes(d, c->allow, c->n_allow, &p->allow);
	add_classes(d, c->deny, c->n_deny, &p->deny);
	return dhcp_optset_new(&c->options, &ns->cfg->own, &p->opt, "pool %zu of %s",
	    k, net4_str(s->net, net));
}

static int
span_cmp(const void *a, const void *b)
{
	uint32_t x = ((const struct dhcp_span *)a)->r.lo;
	uint32_t y = ((const struct dhcp_span *)b)->r.lo;

	return x < y ? -1 : x > y;
}

static int
set_spans(struct dhcp_net *n)
{
	size_t count = 0;

	for (size_t i = 0; i < n->n_pool; i++)
		count += n->pool[i].n_range;
	if ((n->span = calloc(count + 1, sizeof(*n->span))) == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < n->n_pool; i++)
		for (size_t k = 0; k < n->pool[i].n_range; k++)
			n->span[n->n_span++] = (struct dhcp_span){
			    n->pool[i].range[k], &n->pool[i] };
	qsort(n->span, n->n_span, sizeof(*n->span), span_cmp);
	return 0;
}

static int
set_pools(struct dhcp_nets *ns, struct dhcp_net *n)
{
	const struct cfg_subnet *s = n->cfg;
	int r = 0;

	if ((n->pool = calloc(s->n_pool + 1, sizeof(*n->pool))) == NULL)
		return -ENOMEM;
	if (s->n_range > 0)
		n->pool[n->n_pool++] = (struct dhcp_pool){ .range = s->range,
		    .n_range = s->n_range, .for_all = true };
	for (size_t k = 0; k < s->n_pool && r == 0; k++)
		r = set_pool(ns, s, k, &n->pool[n->n_pool++]);
	return r < 0 ? r : set_spans(n);
}

const struct dhcp_pool *
dhcp_net_pool(const struct dhcp_net *n, uint32_t addr)
{
	size_t lo = 0, hi = n->n_span;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (addr < n->span[mid].r.lo)
			hi = mid;
		else if (addr > n->span[mid].r.hi)
			lo = mid + 1;
		else
			return n->span[mid].pool;
	}
	return NULL;
}

bool
dhcp_pool_allows(const struct dhcp_pool *p, const struct dhcp_classes *c)
{
	return (p->for_all || dhcp_classes_meet(&p->allow, c)) &&
	    !dhcp_classes_meet(&p->deny, c);
}

/* Options ------------------------------------------------------------------- */

static int
set_net(struct dhcp_nets *ns, struct dhcp_net *n)
{
	const struct cfg_options *all = &ns->cfg->top.dhcp.options;
	const struct cfg_subnet *s = n->cfg;
	const struct cfg_options base = { .mask = net4_mask(s->net),
	    .broadcast = net4_broadcast(s->net), .lease_time = DEFAULT_LEASE_TIME };
	char net[NET4_STRLEN];
	int r;

	n->net = s->net;
	n->mode = (enum cfg_dhcp_mode)s->mode;
	n->routers = s->options.n_routers > 0 ? s->options.routers : all->routers;
	n->n_routers = s->options.n_routers > 0 ? s->options.n_routers : all->n_routers;
	net4_str(s->net, net);
	if ((r = set_pools(ns, n)) < 0 || (r = dhcp_optset_new(&s->options,
	    &ns->cfg->own, &n->opt, "subnet %s", net)) < 0)
		return r;
	return dhcp_optset_new(&base, NULL, &n->base, "network %s", net);
}

static int
set_options(struct dhcp_nets *ns)
{
	const struct cfg_top *top = &ns->cfg->top;
	const struct cfg_dhcp *d = &top->dhcp;
	int r = dhcp_optset_new(&d->options, &ns->cfg->own, &ns->opt, "dhcp.options");

	for (size_t i = 0; i < ns->n && r == 0; i++)
		r = set_net(ns, &ns->net[i]);
	for (size_t i = 0; i < d->n_class && r == 0; i++)
		r = dhcp_optset_new(&d->class[i].options, &ns->cfg->own,
		    &ns->class_opt[i], "class %s", d->class[i].head.name);
	for (size_t i = 0; i < top->n_host && r == 0; i++)
		r = dhcp_optset_new(&top->host[i].options, &ns->cfg->own,
		    &ns->host_opt[i], "host %s", top->host[i].head.name);
	for (size_t i = 0; i < top->n_group && r == 0; i++)
		r = dhcp_optset_new(&top->group[i].options, &ns->cfg->own,
		    &ns->group_opt[i], "group %s", top->group[i].head.name);
	return r;
}

/* A host of another configuration than ours has nothing here. */
static void
add_host(const struct dhcp_nets *ns, const struct cfg_host *h, struct dhcp_scopes *ret)
{
	uintptr_t at = (uintptr_t)h, first = (uintptr_t)ns->cfg->top.host;
	size_t i = at >= first ? (at - first) / sizeof(*h) : SIZE_MAX, n;
	const uint16_t *group;

	if (h == NULL || i >= ns->cfg->top.n_host)
		return;
	dhcp_scopes_add(ret, ns->host_opt[i]);
	n = config_groups(ns->cfg, h, &group);
	for (size_t k = 0; k < n; k++)
		dhcp_scopes_add(ret, ns->group_opt[group[k]]);
}

void
dhcp_nets_scopes(const struct dhcp_nets *ns, const struct dhcp_net *n, uint32_t addr,
    const struct cfg_host *host, const struct dhcp_optset *profile,
    const struct dhcp_classes *classes, struct dhcp_scopes *ret)
{
	const struct dhcp_net *of = addr != 0 ? dhcp_nets_find(ns, addr) : NULL;
	const struct dhcp_pool *pool = NULL;
	size_t n_class = ns->cfg->top.dhcp.n_class;

	ret->own = &ns->cfg->own;
	ret->n = 0;
	if (of == NULL || of->link != n->link)
		of = n;
	if (addr != 0)
		pool = dhcp_net_pool(of, addr);
	add_host(ns, host, ret);
	dhcp_scopes_add(ret, profile);
	for (size_t i = 0; i < n_class; i++)
		if (dhcp_classes_has(classes, (unsigned)i))
			dhcp_scopes_add(ret, ns->class_opt[i]);
	dhcp_scopes_add(ret, pool != NULL ? pool->opt : NULL);
	dhcp_scopes_add(ret, of->opt);
	dhcp_scopes_add(ret, ns->opt);
	dhcp_scopes_add(ret, of->base);
}

/* All of it ----------------------------------------------------------------- */

static int
by_addr(const void *a, const void *b)
{
	uint32_t x = ((const struct dhcp_fixed *)a)->addr;
	uint32_t y = ((const struct dhcp_fixed *)b)->addr;

	return x < y ? -1 : x > y;
}

static void
collect_fixed(struct dhcp_nets *ns)
{
	const struct cfg_top *top = &ns->cfg->top;

	for (size_t i = 0; i < top->n_host; i++)
		if (top->host[i].address != 0)
			ns->fixed[ns->n_fixed++] = (struct dhcp_fixed){
			    .addr = top->host[i].address, .host = &top->host[i] };
	qsort(ns->fixed, ns->n_fixed, sizeof(*ns->fixed), by_addr);
}

static int
allocate(struct dhcp_nets *ns, size_t n_iface)
{
	const struct cfg_top *top = &ns->cfg->top;
	size_t n_net = top->dhcp.n_subnet + n_iface + 1;

	ns->made = calloc(n_iface + 1, sizeof(*ns->made));
	ns->made_range = calloc(n_iface + 1, sizeof(*ns->made_range));
	ns->net = calloc(n_net, sizeof(*ns->net));
	ns->by_addr = calloc(n_net, sizeof(const struct dhcp_net *));
	ns->fixed = calloc(top->n_host + 1, sizeof(*ns->fixed));
	ns->self = calloc(n_iface + 1, sizeof(*ns->self));
	ns->class_opt = calloc(top->dhcp.n_class + 1, sizeof(struct dhcp_optset *));
	ns->host_opt = calloc(top->n_host + 1, sizeof(struct dhcp_optset *));
	ns->group_opt = calloc(top->n_group + 1, sizeof(struct dhcp_optset *));
	return ns->made == NULL || ns->made_range == NULL || ns->net == NULL ||
	    ns->by_addr == NULL || ns->fixed == NULL || ns->self == NULL ||
	    ns->class_opt == NULL || ns->host_opt == NULL || ns->group_opt == NULL ? -ENOMEM : 0;
}

int
dhcp_nets_new(struct config *cfg, const struct os_iface *iface, size_t n,
    struct dhcp_nets **ret)
{
	const struct cfg_dhcp *dhcp = &cfg->top.dhcp;
	struct dhcp_nets *ns;
	int r;

	if ((ns = calloc(1, sizeof(*ns))) == NULL)
		return -ENOMEM;
	ns->cfg = config_ref(cfg);
	if ((r = allocate(ns, n)) < 0)
		goto fail;
	take_subnets(ns, dhcp);
	for (size_t i = 0; i < n; i++) {
		ns->self[ns->n_self++] = iface[i].addr;
		if (dhcp->n_subnet == 0 && iface[i].addr != 0 &&
		    !is_made(ns, iface[i].net))
			make_subnet(ns, &iface[i], i);
	}
	set_links(ns);
	collect_fixed(ns);
	if ((r = set_options(ns)) < 0 ||
	    (r = dhcp_class_list_new(dhcp, &ns->class)) < 0)
		goto fail;
	for (size_t i = 0; i < ns->n; i++)
		ns->by_addr[i] = &ns->net[i];
	qsort(ns->by_addr, ns->n, sizeof(const struct dhcp_net *), net_cmp);
	*ret = ns;
	return 0;
fail:
	dhcp_nets_free(ns);
	return r;
}

static void
net_free(struct dhcp_net *n)
{
	for (size_t i = 0; i < n->n_pool; i++)
		dhcp_optset_free(n->pool[i].opt);
	free(n->pool);
	free(n->span);
	dhcp_optset_free(n->opt);
	dhcp_optset_free(n->base);
}

static void
free_sets(struct dhcp_optset **set, size_t n)
{
	for (size_t i = 0; set != NULL && i < n; i++)
		dhcp_optset_free(set[i]);
	free(set);
}

void
dhcp_nets_free(struct dhcp_nets *ns)
{
	if (ns == NULL)
		return;
	for (size_t i = 0; i < ns->n; i++)
		net_free(&ns->net[i]);
	free_sets(ns->class_opt, ns->cfg->top.dhcp.n_class);
	free_sets(ns->host_opt, ns->cfg->top.n_host);
	free_sets(ns->group_opt, ns->cfg->top.n_group);
	dhcp_optset_free(ns->opt);
	dhcp_class_list_free(ns->class);
	free(ns->made);
	free(ns->made_range);
	free(ns->net);
	free(ns->by_addr);
	free(ns->fixed);
	free(ns->self);
	config_unref(ns->cfg);
	free(ns);
}

/* Networks do not overlap. */
const struct dhcp_net *
dhcp_nets_find(const struct dhcp_nets *ns, uint32_t addr)
{
	size_t lo = 0, hi = ns->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct dhcp_net *n = ns->by_addr[mid];

		if (net4_has(n->net, addr))
			return n;
		if (addr < n->net.addr)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

const struct cfg_host *
dhcp_nets_fixed(const struct dhcp_nets *ns, uint32_t addr)
{
	struct dhcp_fixed key = { .addr = addr };
	const struct dhcp_fixed *f = bsearch(&key, ns->fixed, ns->n_fixed,
	    sizeof(*ns->fixed), by_addr);

	return f != NULL ? f->host : NULL;
}

static bool
listed(const uint32_t *p, size_t n, uint32_t addr)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] == addr)
			return true;
	return false;
}

bool
dhcp_nets_reserved(const struct dhcp_nets *ns, const struct dhcp_net *net,
    uint32_t addr)
{
	return dhcp_nets_fixed(ns, addr) != NULL ||
	    listed(ns->self, ns->n_self, addr) ||
	    listed(net->routers, net->n_routers, addr) ||
	    !net4_is_host(net->net, addr);
}

int
dhcp_nets_ranges(const struct dhcp_nets *ns, struct lease_table *t)
{
	struct range4 *r;
	size_t n = 0;
	int e;

	for (size_t i = 0; i < ns->n; i++)
		n += ns->net[i].n_span;
	if ((r = calloc(n + 1, sizeof(*r))) == NULL)
		return -ENOMEM;
	n = 0;
	for (size_t i = 0; i < ns->n; i++)
		for (size_t k = 0; k < ns->net[i].n_span; k++)
			r[n++] = ns->net[i].span[k].r;
	e = lease_table_ranges(t, r, n);
	free(r);
	return e;
}
