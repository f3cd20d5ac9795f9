/* dhcp_check.c - offers that wait until their address is known to be free.
 *
 * The offer's address is held for its client meanwhile.  When the time is over
 * the request is put before the policy again, which finds the same address;
 * when somebody answered, another one.
 */
#include <event2/event.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/clock.h"
#include "../lib/log.h"
#include "dhcp_int.h"

/* A client whose lease ended so recently may still be trusted to have had it. */
#define RECENT_S	3600
#define REQUEST_MAX	1500

struct waiting {		/* a request whose offer waits */
	struct dhcp_if	*i;
	struct dhcp_in	 in;
	size_t		 len;
	uint8_t		 pkt[REQUEST_MAX];
};

enum { CHECK_AUTO, CHECK_ARP, CHECK_ICMP, CHECK_OFF };	/* dhcp.conflict-check */

static const struct cfg_dhcp *
conf(const struct dhcpd *d)
{
	return &d->nets->cfg->top.dhcp;
}

/* Has this client had the address until now, or nearly? */
static bool
had_it(struct dhcpd *d)
{
	const struct dhcp_ask *a = &d->ask;
	const struct lease *l = lease_by_addr(fleet_leases(d->fleet), a->verdict.lease.addr);

	return l != NULL && mac_equal(l->mac, a->facts.mac) &&
	    (l->state == LEASE_BOUND || l->state == LEASE_RELEASED) &&
	    l->expiry > clock_unix() - RECENT_S;
}

static bool
is_local(const struct dhcp_if *i, uint32_t addr)
{
	return i->d->ask.req.giaddr == 0 && net4_has(i->os.net, addr);
}

static bool
by_arp(const struct dhcp_if *i, uint32_t addr)
{
	uint32_t how = (uint32_t)conf(i->d)->conflict_check;

	return (how == CHECK_AUTO || how == CHECK_ARP) && is_local(i, addr) &&
	    i->raw != -1 && i->tap != NULL;
}

static bool
by_icmp(const struct dhcp_if *i, uint32_t addr)
{
	uint32_t how = (uint32_t)conf(i->d)->conflict_check;

	return (how == CHECK_ICMP || (how == CHECK_AUTO && !is_local(i, addr))) &&
	    i->d->ping_fd != -1;
}

static int
ask_for(struct dhcp_if *i, uint32_t addr)
{
	uint8_t frame[DHCP_ARP_LEN];

	if (!by_arp(i, addr))
		return os_ping_send(i->d->ping_fd, addr, (uint16_t)getpid(), 1);
	dhcp_frame_probe(i->os.mac, addr, frame);
	return os_raw_frame(i->raw, frame, sizeof(frame));
}

static struct waiting *
keep(struct dhcp_if *i, const struct dhcp_in *in, const uint8_t *pkt, size_t len)
{
	struct waiting *w;

	if (len > REQUEST_MAX || (w = malloc(sizeof(*w))) == NULL)
		return NULL;
	w->i = i;
	w->in = *in;
	w->len = len;
	memcpy(w->pkt, pkt, len);
	return w;
}

static void
say_unchecked(struct dhcpd *d, const char *why)
{
	int64_t now = clock_ms();

	if (now - d->unchecked_said < 60000)
		return;
	d->unchecked_said = now;
	log_ev(LOG_WARNING, "dhcp.conflict", KV_S("err", why),
	    KV_S("did", "offers addresses without asking whether they are in use"));
}

bool
dhcp_check(struct dhcp_if *i, const struct dhcp_in *in, const uint8_t *pkt, size_t len)
{
	struct dhcpd *d = i->d;
	const struct dhcp_verdict *v = &d->ask.verdict;
	bool fixed = v->rule == DR_FIXED;
	struct conflict *c;
	struct waiting *w;

	if (!v->answer || v->lease_op != DLO_OFFER || conf(d)->conflict_check == CHECK_OFF ||
	    had_it(d) || !(by_arp(i, v->lease.addr) || by_icmp(i, v->lease.addr)))
		return false;
	switch (conflict_want(d->checks, v->lease.addr, d->ask.facts.mac, clock_ms(),
	    conf(d)->conflict_timeout, &c)) {
	case CONFLICT_GO:
		return false;
	case CONFLICT_FULL:
		say_unchecked(d, "too many checks at one time");
		return false;
	case CONFLICT_STORM:
		say_unchecked(d, "whatever address is asked for, somebody answers for it");
		return false;
	case CONFLICT_WAIT:
		if (c->arg == NULL)
			return false;
		/* The newest request is the one to answer. */
		if ((w = keep(i, in, pkt, len)) != NULL) {
			free(c->arg);
			c->arg = w;
		}
		return true;
	case CONFLICT_ASK:
		break;
	}
	/* A fixed address is its host's whoever uses it: nothing waits. */
	w = fixed ? NULL : keep(i, in, pkt, len);
	c->arg = w;
	dhcp_timer_set(d);
	if (ask_for(i, v->lease.addr) < 0)
		say_unchecked(d, "asking failed");
	/* Held for this client, or else the next one is offered it too. */
	return w != NULL && lease_put(fleet_leases(d->fleet), &v->lease) == 0;
}

/* Answers ------------------------------------------------------------------ */

static void
again(struct conflict *c)
{
	struct waiting *w = c->arg;

	c->arg = NULL;
	if (w == NULL)
		return;
	dhcp_take(w->i, &w->in, w->pkt, w->len);
	free(w);
}

static void
quarantined(void *arg, int result)
{
	(void)arg;
	if (result < 0)
		log_ev(LOG_ERR, "dhcp.commit", KV_ERR(result),
		    KV_S("did", "an address in use is not given, until the next start"));
}

/* Somebody uses it: as if the client had declined it. */
static void
quarantine(struct dhcpd *d, const struct conflict *c)
{
	struct lease l = { .addr = c->addr, .state = LEASE_RELEASED, .start = clock_unix() };

	l.expiry = l.start;
	if (lease_may_rest(fleet_leases(d->fleet), c->addr)) {
		l.state = LEASE_DECLINED;
		l.mac = c->mac;
		l.expiry += conf(d)->decline_time;
	}
	if (d->record != NULL)
		dhcp_record_lease(d->record, &l);
	if (lease_put(fleet_leases(d->fleet), &l) == 0)
		(void)fleet_lease_commit(d->fleet, &l, NULL, NULL, quarantined, NULL);
}

static void
tell(struct dhcpd *d, const struct conflict *c, bool fixed)
{
	struct event ev = { .kind = EV_IN_USE, .mac = c->mac, .addr = c->addr, .total = fixed };
	char mac[2][MAC_STRLEN], ip[IP4_STRLEN];
	const struct fleet_host *h;
	const char *how;

	h = fleet_host_by_client(d->fleet, NULL, &c->mac, 0, &how);
	log_ev(LOG_WARNING, "dhcp.conflict", KV_S("ip", ip4_str(c->addr, ip)),
	    KV_S("used-by", mac_is_zero(c->by) ? NULL : mac_str(c->by, mac[0])),
	    KV_S("mac", mac_str(c->mac, mac[1])), KV_S("host", h != NULL ? h->rec.name : NULL),
	    KV_S("did", fixed ? "offers it all the same: it is the host's fixed address" :
	    "offers another one, and this one not for a while"));
	if (h == NULL)
		return;
	if (!mac_is_zero(c->by))
		(void)snprintf(ev.text, sizeof(ev.text), "%s", mac[0]);
	fleet_port_event(fleet_port(d->fleet), &ev);
}

void
dhcp_check_heard(struct dhcpd *d, uint32_t addr, struct mac by)
{
	struct conflict *c = conflict_heard(d->checks, addr, by, clock_ms());
	bool fixed;

	if (c == NULL)
		return;
	fixed = dhcp_nets_fixed(d->nets, addr) != NULL;
	tell(d, c, fixed);
	if (!fixed)
		quarantine(d, c);
	again(c);
}

void
dhcp_checks_run(struct dhcpd *d, int64_t now)
{
	struct conflict *c;

	while ((c = conflict_due(d->checks, now)) != NULL)
		again(c);
}

static void
on_ping(evutil_socket_t fd, short what, void *arg)
{
	const struct mac unknown = { { 0 } };
	uint32_t from;
	int r;

	(void)what;
	for (int k = 0; k < 64; k++) {
		if ((r = os_ping_recv((int)fd, (uint16_t)getpid(), &from)) == 0)
			dhcp_check_heard(arg, from, unknown);
		else if (r != -EBADMSG)
			return;
	}
}

/* Opening ----------------------------------------------------------------- */

int
dhcp_checks_open(struct dhcpd *d)
{
	if (os_ping_open(&d->ping_fd) < 0)
		d->ping_fd = -1;
	return conflict_table_new(&d->checks);
}

int
dhcp_checks_start(struct dhcpd *d)
{
	if (d->ping_fd == -1)
		return 0;
	d->ping_ev = event_new(d->base, d->ping_fd, EV_READ | EV_PERSIST, on_ping, d);
	return d->ping_ev == NULL || event_add(d->ping_ev, NULL) == -1 ? -ENOMEM : 0;
}

void
dhcp_checks_close(struct dhcpd *d)
{
	if (d->ping_ev != NULL)
		event_free(d->ping_ev);
	if (d->ping_fd != -1)
		(void)close(d->ping_fd);
	conflict_table_free(d->checks, free);
}
