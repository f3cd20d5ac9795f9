/* dhcp_learn.c - addresses that another server gave to our hosts. */
#include <stdio.h>
#include <string.h>

#include "../lib/clock.h"
#include "../lib/log.h"
#include "../lib/wire.h"
#include "dhcp_int.h"

/* From a firmware's REQUEST to its question at port 4011: it looks whether
 * somebody else has its address, and resolves ours. */
#define BOOT_S	60
/* A ROM asks at 0, 4, 12, 28 s and gives up. */
#define UNHEEDED	4u
#define UNHEEDED_S	60

static struct dhcp_learnt *
slot(struct dhcpd *d, struct mac mac)
{
	return &d->learnt[dhcp_hash(d, mac) % DHCP_LEARNT_MAX];
}

/* The host of d->ask has the address that it says. */
static void
learn(struct dhcpd *d)
{
	const struct dhcp_ask *a = &d->ask;
	struct dhcp_learnt *l = slot(d, a->facts.mac);
	bool same = mac_equal(l->mac, a->facts.mac);
	char mac[MAC_STRLEN], ip[2][IP4_STRLEN];

	if (!same || l->addr != a->learnt)
		log_ev(LOG_INFO, "dhcp.learnt", KV_S("host", a->host->rec.name),
		    KV_S("mac", mac_str(a->facts.mac, mac)),
		    KV_S("ip", ip4_str(a->learnt, ip[0])),
		    KV_S("server", a->learnt_from != 0 ?
		    ip4_str(a->learnt_from, ip[1]) : NULL));
	fleet_learn(d->fleet, a->host, a->facts.mac, a->learnt, same ? l->addr : 0);
	*l = (struct dhcp_learnt){ .mac = a->facts.mac, .addr = a->learnt,
	    .time = clock_unix() };
}

/* Its choice of another server is heard of everybody. */
void
dhcp_learn(struct dhcp_if *i)
{
	struct dhcpd *d = i->d;
	const struct dhcp_ask *a = &d->ask;
	struct foreign *s;
	bool tell, note;

	if (a->learnt == 0)
		return;
	if (a->host != NULL)
		learn(d);
	if (a->learnt_from == 0 || a->req.giaddr != 0)
		return;
	s = foreign_chosen(&d->foreign, a->learnt_from, a->facts.mac, a->learnt,
	    i->os.index, clock_unix(), &tell, &note);
	if (s != NULL)		/* the host's history has it from its REQUEST */
		dhcp_foreign_say(i, s, tell, false);
}

/* Some firmware never puts two offers together, and takes neither; and where no
 * other server answers there is none to take. */
static void
say_unheeded(struct dhcp_if *i)
{
	const struct dhcp_ask *a = &i->d->ask;
	struct event ev = { .kind = EV_UNHEEDED, .mac = a->facts.mac,
	    .text = "takes no address: no other server gives one, or it joins no two offers "
	    "(then that server must name next-server and filename)" };
	char mac[MAC_STRLEN], ip[IP4_STRLEN];

	if (dhcp_too_many(&i->d->strangers))
		return;
	log_ev(LOG_WARNING, "dhcp.unheeded", KV_S("mac", mac_str(a->facts.mac, mac)),
	    KV_S("host", a->host != NULL ? a->host->rec.name : NULL), KV_S("if", i->os.name),
	    KV_S("did", ev.text), KV_S("next-server", ip4_str(a->boot.next_server, ip)),
	    KV_S("file", a->boot.file));
	fleet_port_event(fleet_port(i->d->fleet), &ev);
}

void
dhcp_offered(struct dhcp_if *i)
{
	struct mac mac = i->d->ask.facts.mac;
	struct dhcp_learnt *l = slot(i->d, mac);
	int64_t now = clock_unix();

	if (!mac_equal(l->mac, mac) || now - l->offered > UNHEEDED_S)
		*l = (struct dhcp_learnt){ .mac = mac,
		    .addr = mac_equal(l->mac, mac) ? l->addr : 0, .time = l->time };
	l->offered = now;
	if (++l->offers == UNHEEDED)
		say_unheeded(i);
}

bool
dhcp_learnt_lately(const struct dhcpd *d, const uint8_t *pkt, size_t len, int64_t now)
{
	struct rd r = rd_init(pkt, len);
	const struct dhcp_learnt *l;
	const uint8_t *p;
	struct mac mac;

	(void)rd_take(&r, 28);
	if ((p = rd_take(&r, sizeof(mac.b))) == NULL)
		return false;
	memcpy(mac.b, p, sizeof(mac.b));
	l = &d->learnt[dhcp_hash(d, mac) % DHCP_LEARNT_MAX];
	return l->addr != 0 && mac_equal(l->mac, mac) && now - l->time < BOOT_S;
}
