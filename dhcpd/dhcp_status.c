/* dhcp_status.c - what provctl status shows of DHCP. */
#include <string.h>

#include "dhcp_int.h"

/* The interface a network is on; NULL: behind relays. */
static const struct dhcp_if *
iface_in(const struct dhcpd *d, const struct dhcp_net *net)
{
	for (size_t k = 0; k < d->n_iface; k++)
		if (net4_has(net->net, d->iface[k].os.addr))
			return &d->iface[k];
	return NULL;
}

static void
net_status(const struct dhcpd *d, const struct dhcp_net *net, struct dhcpd_net_status *s)
{
	const struct dhcp_if *i = iface_in(d, net);
	const struct cfg_dhcp *conf = &d->nets->cfg->top.dhcp;

	*s = (struct dhcpd_net_status){ .net = net->net, .mode = net->mode,
	    .in_force = net->mode, .why = "configured" };
	if (i == NULL)
		return;
	s->iface = i->os.name;
	if (net->mode != DHCP_AUTHORITATIVE)
		return;
	if (i->probe.state == PROBE_ASKING) {
		s->in_force = DHCP_OBSERVE;
		s->why = "other servers are being looked for";
	} else if (i->probe.state == PROBE_OTHER && conf->other_servers == 0 /* refuse */) {
		s->in_force = DHCP_OBSERVE;
		s->why = "another server answers on this interface";
	} else if (i->probe.state == PROBE_OTHER)
		s->why = "configured; another server answers, too";
	else if (i->probe.state == PROBE_ALONE)
		s->why = "configured; no other server answered";
}

void
dhcpd_status(const struct dhcpd *d, const struct dhcpd_status_fn *fn, void *arg)
{
	for (size_t k = 0; k < d->nets->n; k++) {
		struct dhcpd_net_status s;

		net_status(d, &d->nets->net[k], &s);
		fn->net(arg, &s);
	}
	for (size_t k = 0; k < d->n_iface; k++) {
		const struct dhcp_if *i = &d->iface[k];

		fn->iface(arg, &(struct dhcpd_iface_status){ .name = i->os.name,
		    .addr = i->os.addr, .probe = probe_text(i->probe.state),
		    .other = i->probe.state == PROBE_OTHER ? i->probe.server : 0,
		    .unicast = i->raw != -1, .listens = i->tap != NULL });
	}
	for (size_t k = 0; k < FOREIGN_MAX; k++) {
		const struct foreign *f = &d->foreign.s[k];
		struct dhcpd_server_status s = { .id = f->id, .mac = f->mac,
		    .first = f->first, .last = f->last, .offers = f->offers,
		    .acks = f->acks, .naks = f->naks, .chosen = f->chosen, .client = f->client,
		    .host = f->host[0] != '\0' ? f->host : NULL };

		if (f->iface == 0)
			continue;
		for (size_t n = 0; n < d->n_iface; n++)
			if (d->iface[n].os.index == f->iface)
				s.iface = d->iface[n].os.name;
		foreign_text(f, s.said, sizeof(s.said));
		fn->server(arg, &s);
	}
	fn->counts(arg, &(struct dhcpd_counts){
	    .client_refused = dhcp_limit_refused(d->by_client),
	    .relay_refused = dhcp_limit_refused(d->by_relay),
	    .in_use = conflict_found(d->checks), .rule = d->decided });
}

const char *
dhcpd_iface_down(const struct dhcpd *d)
{
	for (size_t k = 0; k < d->n_iface; k++)
		if (d->iface[k].os.addr == 0)
			return d->iface[k].os.name;
	return NULL;
}

const char *
dhcpd_mode_name(enum cfg_dhcp_mode m)
{
	static const char *const name[] = { "reservation", "authoritative", "proxy",
		"observe", "off" };

	return name[m];
}
