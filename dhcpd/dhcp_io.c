/* dhcp_io.c - packets in, decisions carried out, packets out. */
#include <event2/event.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/clock.h"
#include "../lib/log.h"
#include "dhcp_ask.h"
#include "dhcpd.h"

#define RCVBUF		(1 << 20)	/* a rack that is switched on at once */
#define BURST		64		/* packets in a row before others have their turn */
#define PENDING_MAX	4096u		/* answers that wait for their commit */
#define PENDING_BYTES	1500u		/* of one: never more than an Ethernet frame holds */
#define BUCKETS		1024u
#define TOLD_PER_S	200u		/* lines about strangers who were given nothing */

struct dhcp_if {		/* one interface */
	struct dhcpd	*d;
	struct os_iface	 os;
	int		 fd, raw;	/* raw -1: none */
	bool		 said;		/* that it broadcasts instead */
	struct event	*ev;
};

struct verdict_line {		/* a decision in words */
	int		 prio, asked;
	struct mac	 mac;
	uint32_t	 addr;
	enum firmware	 fw;
	const char	*reason;	/* static; may be NULL */
	bool		 known;
	char		 host[64], file[BOOTP_FILE_LEN + 1], did[160];
};

/* An answer, or a change without one, that waits for the disk. */
struct pending {
	struct dhcpd	*d;		/* NULL: the server has gone */
	struct pending	*next;		/* in its bucket */
	struct dhcp_if	*i;
	struct lease	 lease;
	struct dhcp_dest dest;
	struct verdict_line line;
	size_t		 len;		/* 0: no answer */
	uint8_t		 bytes[PENDING_BYTES];
};

struct dhcpd {
	struct fleet	*fleet;		/* NULL: not started */
	struct dhcp_nets *nets;
	uint16_t	 port;
	struct dhcp_if	*iface;
	size_t		 n_iface;
	struct pending	*bucket[BUCKETS];
	size_t		 n_pending;
	bool		 full_said;
	int64_t		 told_since;	/* and how many lines since then */
	unsigned	 told;
	struct dhcp_ask	 ask;		/* the request at hand */
	uint8_t		 in[DHCP_MSG_MAX], out[DHCP_MSG_MAX];
};

/* Sending ----------------------------------------------------------------- */

static int
send_raw(struct dhcp_if *i, const struct dhcp_dest *to, const uint8_t *p, size_t len)
{
	int r = -EOPNOTSUPP;

	if (i->raw != -1)
		r = os_raw_udp(i->raw, &i->os, to->mac, i->os.addr, i->d->port,
		    to->addr, (uint16_t)(i->d->port + 1), p, len);
	if (r < 0 && !i->said) {
		i->said = true;
		log_ev(LOG_WARNING, "dhcp.raw", KV_S("if", i->os.name), KV_ERR(r),
		    KV_S("did", "broadcasts to clients that have no address yet"));
	}
	return r;
}

static void
send_to(struct dhcp_if *i, const struct dhcp_dest *to, const uint8_t *p, size_t len)
{
	struct os_dgram d = { .local = i->os.addr, .ifindex = i->os.index,
	    .peer = to->addr, .peer_port = (uint16_t)(i->d->port + 1) };
	char ip[IP4_STRLEN];
	int r;

	if (to->how == DEST_MAC) {
		if (send_raw(i, to, p, len) == 0)
			return;
		d.peer = 0xffffffff;
	} else if (to->how == DEST_RELAY)
		d.peer_port = i->d->port;
	if ((r = os_send(i->fd, p, len, &d)) < 0)
		log_ev(LOG_WARNING, "dhcp.send", KV_S("if", i->os.name),
		    KV_S("peer", ip4_str(d.peer, ip)), KV_ERR(r),
		    KV_S("did", "the client has to ask again"));
}

/* Telling ----------------------------------------------------------------- */

static const char *
event_name(int asked)
{
	static const char *const name[] = {
		[DHCP_NOTYPE] = "dhcp.bootp", [DHCPDISCOVER] = "dhcp.discover",
		[DHCPREQUEST] = "dhcp.request", [DHCPDECLINE] = "dhcp.decline",
		[DHCPRELEASE] = "dhcp.release", [DHCPINFORM] = "dhcp.inform",
	};

	if (asked < 0 || (size_t)asked >= sizeof(name) / sizeof(name[0]) ||
	    name[asked] == NULL)
		return "dhcp.other";
	return name[asked];
}

static void
describe(const struct dhcp_ask *a, struct verdict_line *l)
{
	const struct dhcp_verdict *v = &a->verdict;

	/* What other servers say is not worth a line. */
	l->prio = a->req.op != BOOTREQUEST ? LOG_DEBUG :
	    v->trouble ? LOG_WARNING : LOG_INFO;
	l->asked = dhcp_type(&a->req);
	l->mac = a->facts.mac;
	l->addr = v->answer ? v->reply.yiaddr : 0;
	l->fw = a->facts.fw;
	l->reason = v->answer && dhcp_type(&v->reply) != DHCPNAK ?
	    v->reason : NULL;	/* else it stands in did */
	l->known = a->host != NULL;
	(void)snprintf(l->host, sizeof(l->host), "%s",
	    l->known ? a->host->rec.name : "");
	(void)snprintf(l->file, sizeof(l->file), "%s",
	    v->answer ? v->reply.file : "");
	dhcp_ask_line(a, l->did, sizeof(l->did));
}

/* One line for the operator; one for the host's history, if it is a host. */
static void
tell(const struct dhcp_if *i, const struct verdict_line *l)
{
	struct event ev = { .kind = EV_DHCP, .addr = l->addr, .mac = l->mac };
	char mac[MAC_STRLEN];

	log_ev(l->prio, event_name(l->asked), KV_S("mac", mac_str(l->mac, mac)),
	    KV_S("host", l->known ? l->host : NULL),
	    KV_S("arch", firmware_name(l->fw)), KV_S("if", i->os.name),
	    KV_S("did", l->did), KV_S("why", l->reason),
	    KV_S("file", l->file[0] != '\0' ? l->file : NULL));
	if (!l->known)
		return;
	(void)snprintf(ev.text, sizeof(ev.text), "%s", l->did);
	fleet_port_event(fleet_port(i->d->fleet), &ev);
}

/* Anybody can send packets: too many lines would hide the others, and fill
 * the disk. */
static bool
too_many(struct dhcpd *d)
{
	int64_t now = clock_ms();

	if (now - d->told_since >= 1000) {
		if (d->told > TOLD_PER_S)
			log_ev(LOG_NOTICE, "dhcp.many", KV_S("did", "not told"),
			    KV_N("packets", d->told - TOLD_PER_S));
		d->told_since = now;
		d->told = 0;
	}
	return ++d->told > TOLD_PER_S;
}

/* Commits ----------------------------------------------------------------- */

static struct pending **
bucket(struct dhcpd *d, struct mac mac)
{
	uint32_t h = 2166136261u;

	for (size_t k = 0; k < sizeof(mac.b); k++)
		h = (h ^ mac.b[k]) * 16777619u;
	return &d->bucket[h % BUCKETS];
}

static void
pending_end(struct pending *p)
{
	struct pending **at;

	if (p->d != NULL) {
		for (at = bucket(p->d, p->lease.mac); *at != p; at = &(*at)->next)
			;
		*at = p->next;
		p->d->n_pending--;
	}
	free(p);
}

/* The same change asked for again, while the first is on its way. */
static struct pending *
pending_find(struct dhcpd *d, const struct lease *l, enum firmware fw)
{
	struct pending *p = *bucket(d, l->mac);

	while (p != NULL && !(mac_equal(p->lease.mac, l->mac) &&
	    p->lease.addr == l->addr && p->lease.state == l->state &&
	    p->line.fw == fw))
		p = p->next;
	return p;
}

static void
committed(void *arg, int result)
{
	struct pending *p = arg;
	char mac[MAC_STRLEN], ip[IP4_STRLEN];

	if (p->d == NULL)
		;		/* too late */
	else if (result < 0)
		log_ev(LOG_ERR, "dhcp.commit", KV_S("mac", mac_str(p->lease.mac, mac)),
		    KV_S("ip", ip4_str(p->lease.addr, ip)), KV_ERR(result),
		    KV_S("did", "nothing was promised"));
	else {
		if (p->len > 0)
			send_to(p->i, &p->dest, p->bytes, p->len);
		tell(p->i, &p->line);
	}
	pending_end(p);
}

/* What is being committed is nobody else's from now on. */
static int
hold(struct dhcpd *d, const struct lease *want)
{
	struct lease_table *t = fleet_leases(d->fleet);
	const struct lease *l = lease_by_addr(t, want->addr);
	struct lease h = *want;

	if (want->state != LEASE_BOUND || (l != NULL &&
	    mac_equal(l->mac, want->mac) && l->expiry > want->start &&
	    (l->state == LEASE_BOUND || l->state == LEASE_OFFERED)))
		return 0;
	h.state = LEASE_OFFERED;
	h.expiry = h.start + DHCP_OFFER_SECS;
	return lease_put(t, &h);
}

static struct pending *
pending_new(struct dhcp_if *i, const struct lease *l)
{
	struct dhcpd *d = i->d;
	struct pending *p, **at = bucket(d, l->mac);

	if (d->n_pending >= PENDING_MAX) {
		if (!d->full_said)
			log_ev(LOG_WARNING, "dhcp.full", KV_N("waiting", d->n_pending),
			    KV_S("did", "nothing: clients have to ask again"));
		d->full_said = true;
		return NULL;
	}
	if ((p = malloc(sizeof(*p))) == NULL)
		return NULL;
	p->d = d;
	p->i = i;
	p->lease = *l;
	p->next = *at;
	*at = p;
	d->n_pending++;
	d->full_said = false;
	return p;
}

/* The newest answer is the one to send: the client may have a new xid. */
static void
pending_answer(struct pending *p, const struct dhcp_ask *a, const uint8_t *out, size_t len)
{
	p->dest = a->verdict.dest;
	p->len = len <= sizeof(p->bytes) ? len : 0;
	memcpy(p->bytes, out, p->len);
	describe(a, &p->line);
}

static void
commit(struct dhcp_if *i, const uint8_t *out, size_t len)
{
	struct dhcpd *d = i->d;
	struct dhcp_ask *a = &d->ask;
	const struct lease *l = &a->verdict.lease;
	struct pending *p = pending_find(d, l, a->facts.fw);
	int r;

	if (p != NULL) {
		pending_answer(p, a, out, len);
		return;
	}
	if (hold(d, l) < 0 || (p = pending_new(i, l)) == NULL)
		return;
	pending_answer(p, a, out, len);
	r = fleet_lease_commit(d->fleet, l, a->host, &a->who, committed, p);
	if (r < 0)
		committed(p, r);
}

/* Receiving --------------------------------------------------------------- */

static void
carry_out(struct dhcp_if *i)
{
	struct dhcpd *d = i->d;
	const struct dhcp_verdict *v = &d->ask.verdict;
	struct verdict_line line;
	int len = 0;

	if (v->answer)
		len = dhcp_write(&v->reply, v->max, d->out, NULL);
	if (len < 0)
		return;		/* cannot be: max is less than the buffer */
	switch (v->lease_op) {
	case DLO_COMMIT:
		commit(i, d->out, (size_t)len);
		return;
	case DLO_OFFER:
	case DLO_DROP:
		if (lease_put(fleet_leases(d->fleet), &v->lease) < 0)
			return;
		break;
	case DLO_NONE:
		break;
	}
	if (v->answer)
		send_to(i, &v->dest, d->out, (size_t)len);
	describe(&d->ask, &line);
	if (line.known || !too_many(d))
		tell(i, &line);
}

static void
on_packet(evutil_socket_t fd, short what, void *arg)
{
	struct dhcp_if *i = arg;
	struct dhcpd *d = i->d;
	struct os_dgram from;

	(void)what;
	for (int k = 0; k < BURST; k++) {
		ssize_t n = os_recv((int)fd, d->in, sizeof(d->in), &from);

		if (n == -EMSGSIZE)
			continue;	/* no client sends so much */
		if (n < 0)
			return;
		if (dhcp_ask(d->fleet, d->nets, i->os.addr, d->in, (size_t)n,
		    clock_unix(), NULL, &d->ask) == 0)
			carry_out(i);
	}
}

/* Start and stop ---------------------------------------------------------- */

static void
free_all(struct dhcpd *d)
{
	for (size_t k = 0; k < d->n_iface; k++) {
		struct dhcp_if *i = &d->iface[k];

		if (i->ev != NULL)
			event_free(i->ev);
		if (i->fd != -1)
			(void)close(i->fd);
		if (i->raw != -1)
			(void)close(i->raw);
	}
	free(d->iface);
	dhcp_nets_free(d->nets);
	free(d);
}

static int
open_iface(struct dhcpd *d, const char *name, char why[200])
{
	struct os_udp_opt opt = { .ifname = name, .broadcast = true,
	    .rcvbuf = RCVBUF };
	struct dhcp_if *i = &d->iface[d->n_iface];
	int r;

	*i = (struct dhcp_if){ .d = d, .fd = -1, .raw = -1 };
	if ((r = os_iface(name, &i->os)) < 0) {
		(void)snprintf(why, 200, "interface %s: %s", name,
		    r == -EADDRNOTAVAIL ? "it has no IPv4 address" : strerror(-r));
		return r;
	}
	if ((r = os_udp(0, d->port, &opt, &i->fd)) < 0) {
		(void)snprintf(why, 200, "DHCP on %s, UDP port %u: %s", name,
		    d->port, strerror(-r));
		return r;
	}
	d->n_iface++;
	if ((r = os_raw_open(name, &i->raw)) < 0)
		i->raw = -1;	/* said when it first matters */
	return 0;
}

static int
make_nets(struct dhcpd *d, struct config *cfg)
{
	struct os_iface *os;
	struct dhcp_nets *nets;
	int r;

	if ((os = calloc(d->n_iface + 1, sizeof(*os))) == NULL)
		return -ENOMEM;
	for (size_t k = 0; k < d->n_iface; k++) {
		/* Its address may have changed since the last time. */
		(void)os_iface(d->iface[k].os.name, &d->iface[k].os);
		os[k] = d->iface[k].os;
	}
	r = dhcp_nets_new(cfg, os, d->n_iface, &nets);
	free(os);
	if (r < 0)
		return r;
	dhcp_nets_free(d->nets);
	d->nets = nets;
	return 0;
}

int
dhcpd_open(struct config *cfg, struct dhcpd **ret, char why[200])
{
	const struct cfg_top *top = &cfg->top;
	struct dhcpd *d;
	int r = 0;

	(void)snprintf(why, 200, "DHCP: not enough memory");
	if ((d = calloc(1, sizeof(*d))) == NULL)
		return -ENOMEM;
	d->port = (uint16_t)top->dhcp.port;
	if ((d->iface = calloc(top->n_interface + 1, sizeof(*d->iface))) == NULL)
		r = -ENOMEM;
	for (size_t k = 0; k < top->n_interface && r == 0; k++)
		r = open_iface(d, top->interface[k], why);
	if (r == 0)
		r = make_nets(d, cfg);
	if (r < 0) {
		free_all(d);
		return r;
	}
	*ret = d;
	return 0;
}

/* Networks that only we know of: the fleet knows those of the configuration. */
static int
set_ranges(struct dhcpd *d)
{
	struct range4 *r;
	size_t n = 0;
	int e;

	if (d->nets->cfg->top.dhcp.n_subnet > 0)
		return 0;
	if ((r = calloc(d->nets->n + 1, sizeof(*r))) == NULL)
		return -ENOMEM;
	for (size_t k = 0; k < d->nets->n; k++)
		if (d->nets->net[k].cfg->n_range > 0)
			r[n++] = d->nets->net[k].cfg->range[0];
	e = lease_table_ranges(fleet_leases(d->fleet), r, n);
	free(r);
	return e;
}

int
dhcpd_start(struct dhcpd *d, struct fleet *fleet, struct event_base *base)
{
	int r;

	d->fleet = fleet;
	if ((r = set_ranges(d)) < 0)
		return r;
	for (size_t k = 0; k < d->n_iface; k++) {
		struct dhcp_if *i = &d->iface[k];

		i->ev = event_new(base, i->fd, EV_READ | EV_PERSIST, on_packet, i);
		if (i->ev == NULL || event_add(i->ev, NULL) == -1)
			return -ENOMEM;
	}
	return 0;
}

void
dhcpd_reload(struct dhcpd *d, struct config *cfg)
{
	int r;

	if ((r = make_nets(d, cfg)) < 0 || (r = set_ranges(d)) < 0)
		log_ev(LOG_ERR, "dhcp.reload", KV_ERR(r),
		    KV_S("did", "goes on with the networks it had"));
}

void
dhcpd_stop(struct dhcpd *d)
{
	if (d == NULL)
		return;
	/* They belong to the fleet until it calls back. */
	for (size_t k = 0; k < BUCKETS; k++)
		for (struct pending *p = d->bucket[k]; p != NULL; p = p->next)
			p->d = NULL;
	free_all(d);
}
