/* dhcp_net.c - the networks DHCP serves: each with the options that hold there. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dhcp_net.h"

#define DEFAULT_LEASE_TIME	43200
/* Half of a large network is more than anybody needs. */
#define MADE_RANGE_MAX		65536u

static void
pick_list(uint32_t **to, size_t *to_n, uint32_t *from, size_t n)
{
	if (*to_n == 0) {
		*to = from;
		*to_n = n;
	}
}

static void
pick_str(char **to, char *from)
{
	if (*to == NULL)
		*to = from;
}

static void
pick_num(uint32_t *to, uint32_t from)
{
	if (*to == 0)
		*to = from;
}

/* What the subnet does not say holds as said for all. */
static void
merge(struct cfg_options *o, const struct cfg_options *all, struct net4 net)
{
	pick_list(&o->routers, &o->n_routers, all->routers, all->n_routers);
	pick_list(&o->dns, &o->n_dns, all->dns, all->n_dns);
	pick_list(&o->ntp, &o->n_ntp, all->ntp, all->n_ntp);
	pick_str(&o->domain, all->domain);
	pick_str(&o->root_path, all->root_path);
	pick_str(&o->filename, all->filename);
	pick_str(&o->server_name, all->server_name);
	pick_num(&o->next_server, all->next_server);
	pick_num(&o->broadcast, all->broadcast);
	pick_num(&o->broadcast, net4_broadcast(net));
	pick_num(&o->mask, all->mask);
	pick_num(&o->mask, net4_mask(net));
	pick_num(&o->lease_time, all->lease_time);
	pick_num(&o->lease_time, DEFAULT_LEASE_TIME);
}

static void
add_net(struct dhcp_nets *ns, const struct cfg_subnet *s)
{
	struct dhcp_net *net = &ns->net[ns->n++];

	net->cfg = s;
	net->net = s->net;
	net->mode = (enum cfg_dhcp_mode)s->mode;
	net->opt = s->options;
	merge(&net->opt, &ns->cfg->top.dhcp.options, s->net);
}

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
	add_net(ns, s);
}

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

int
dhcp_nets_new(struct config *cfg, const struct os_iface *iface, size_t n,
    struct dhcp_nets **ret)
{
	const struct cfg_dhcp *dhcp = &cfg->top.dhcp;
	size_t max = dhcp->n_subnet > 0 ? dhcp->n_subnet : n;
	struct dhcp_nets *ns;

	if ((ns = calloc(1, sizeof(*ns))) == NULL)
		return -ENOMEM;
	ns->cfg = config_ref(cfg);
	ns->made = calloc(n + 1, sizeof(*ns->made));
	ns->made_range = calloc(n + 1, sizeof(*ns->made_range));
	ns->net = calloc(max + 1, sizeof(*ns->net));
	ns->fixed = calloc(cfg->top.n_host + 1, sizeof(*ns->fixed));
	ns->self = calloc(n + 1, sizeof(*ns->self));
	if (ns->made == NULL || ns->made_range == NULL || ns->net == NULL ||
	    ns->fixed == NULL || ns->self == NULL) {
		dhcp_nets_free(ns);
		return -ENOMEM;
	}
	for (size_t i = 0; i < dhcp->n_subnet; i++)
		add_net(ns, &dhcp->subnet[i]);
	for (size_t i = 0; i < n; i++) {
		ns->self[ns->n_self++] = iface[i].addr;
		if (dhcp->n_subnet == 0 && iface[i].addr != 0 &&
		    dhcp_nets_find(ns, iface[i].net.addr) == NULL)
			make_subnet(ns, &iface[i], i);
	}
	collect_fixed(ns);
	*ret = ns;
	return 0;
}

void
dhcp_nets_free(struct dhcp_nets *ns)
{
	if (ns == NULL)
		return;
	free(ns->made);
	free(ns->made_range);
	free(ns->net);
	free(ns->fixed);
	free(ns->self);
	config_unref(ns->cfg);
	free(ns);
}

const struct dhcp_net *
dhcp_nets_find(const struct dhcp_nets *ns, uint32_t addr)
{
	for (size_t i = 0; i < ns->n; i++)
		if (net4_has(ns->net[i].net, addr))
			return &ns->net[i];
	return NULL;
}

bool
dhcp_net_in_range(const struct dhcp_net *net, uint32_t addr)
{
	for (size_t i = 0; i < net->cfg->n_range; i++)
		if (addr >= net->cfg->range[i].lo && addr <= net->cfg->range[i].hi)
			return true;
	return false;
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
	    listed(net->opt.routers, net->opt.n_routers, addr) ||
	    !net4_is_host(net->net, addr);
}
