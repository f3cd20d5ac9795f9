/* dhcp_commit.c - answers, and changes without one, that wait for the disk. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/log.h"
#include "../lib/clock.h"
#include "dhcp_carry.h"
#include "dhcp_int.h"

#define PENDING_MAX	4096u
#define PENDING_BYTES	1500u		/* of one: never more than an Ethernet frame holds */

struct dhcp_pending {
	struct dhcpd	*d;		/* NULL: the server has gone */
	struct dhcp_pending *next;	/* in its bucket */
	struct dhcp_if	*i;
	struct lease	 lease;
	struct dhcp_dest dest;
	struct dhcp_line line;
	size_t		 len;		/* 0: no answer */
	uint8_t		 bytes[PENDING_BYTES];
};

static struct dhcp_pending **
bucket(struct dhcpd *d, struct mac mac)
{
	return &d->bucket[dhcp_hash(d, mac) % DHCP_COMMIT_BUCKETS];
}

static void
pending_end(struct dhcp_pending *p)
{
	struct dhcp_pending **at;

	if (p->d != NULL) {
		for (at = bucket(p->d, p->lease.mac); *at != p; at = &(*at)->next)
			;
		*at = p->next;
		p->d->n_pending--;
	}
	free(p);
}

/* The same change asked for again, while the first is on its way. */
static struct dhcp_pending *
pending_find(struct dhcpd *d, const struct lease *l, enum firmware fw)
{
	struct dhcp_pending *p = *bucket(d, l->mac);

	while (p != NULL && !(mac_equal(p->lease.mac, l->mac) &&
	    p->lease.addr == l->addr && p->lease.state == l->state &&
	    p->line.fw == fw))
		p = p->next;
	return p;
}

static void
committed(void *arg, int result)
{
	struct dhcp_pending *p = arg;
	char mac[MAC_STRLEN], ip[IP4_STRLEN];

	if (p->d == NULL)
		;		/* too late */
	else if (result < 0)
		log_ev(LOG_ERR, "dhcp.commit", KV_S("mac", mac_str(p->lease.mac, mac)),
		    KV_S("ip", ip4_str(p->lease.addr, ip)), KV_ERR(result),
		    KV_S("did", "nothing was promised"));
	else {
		if (p->len > 0)
			dhcp_send(p->i, &p->dest, p->bytes, p->len);
		dhcp_tell(p->i, &p->line);
	}
	pending_end(p);
}

static bool
same_client(const struct lease *a, const struct lease *b)
{
	return mac_equal(a->mac, b->mac) ||
	    (b->cid_len > 0 && lease_has_cid(a, b->cid, b->cid_len));
}

/* What is being committed is nobody else's from now on; what it has already it
 * keeps, if that fails. */
static int
hold(struct dhcpd *d, const struct lease *want)
{
	struct lease_table *t = fleet_leases(d->fleet);
	const struct lease *l = lease_by_addr(t, want->addr);
	struct lease h = *want;

	if (want->state != LEASE_BOUND || (l != NULL &&
	    same_client(l, want) && l->expiry > want->start &&
	    (l->state == LEASE_BOUND || l->state == LEASE_OFFERED)))
		return 0;
	h.state = LEASE_OFFERED;
	h.expiry = h.start + DHCP_OFFER_SECS;
	return lease_put(t, &h);
}

static struct dhcp_pending *
pending_new(struct dhcp_if *i, const struct lease *l)
{
	struct dhcpd *d = i->d;
	struct dhcp_pending *p, **at = bucket(d, l->mac);

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
pending_answer(struct dhcp_pending *p, const struct dhcp_ask *a, const uint8_t *out,
    size_t len)
{
	p->dest = a->verdict.dest;
	p->len = len <= sizeof(p->bytes) ? len : 0;
	memcpy(p->bytes, out, p->len);
	dhcp_describe(a, &p->line);
}

void
dhcp_commit(struct dhcp_if *i, const uint8_t *out, size_t len)
{
	struct dhcpd *d = i->d;
	struct dhcp_ask *a = &d->ask;
	const struct lease *l = &a->verdict.lease;
	struct dhcp_pending *p = pending_find(d, l, a->facts.fw);
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

void
dhcp_commit_boot(struct dhcp_if *i, const uint8_t *out, size_t len)
{
	struct dhcpd *d = i->d;
	struct dhcp_ask *a = &d->ask;
	const struct lease none = { .mac = a->facts.mac, .state = LEASE_FREE };
	struct dhcp_pending *p = pending_find(d, &none, a->facts.fw);
	int r;

	if (p != NULL) {
		pending_answer(p, a, out, len);
		return;
	}
	if ((p = pending_new(i, &none)) == NULL)
		return;
	pending_answer(p, a, out, len);
	if ((r = fleet_boot_commit(d->fleet, a->host, &a->who, committed, p)) < 0)
		committed(p, r);
}

int
dhcpd_carry(struct dhcpd *d, const struct lease *l, void (*done)(void *arg, int result),
    void *arg, char why[160])
{
	struct dhcp_who who = { .mac = l->mac, .fw = FW_OS };
	struct fleet_host *h;
	const char *how;
	int r;

	if ((r = dhcp_carry(d->nets, fleet_leases(d->fleet), l, clock_unix(), why)) < 0)
		return r;
	h = fleet_host_by_client(d->fleet, NULL, &l->mac, 0, &how);
	if ((r = hold(d, l)) < 0 || (r = fleet_lease_commit(d->fleet, l, h, &who, done, arg)) < 0) {
		(void)snprintf(why, 160, "%s", strerror(-r));
		return r;
	}
	if (d->record != NULL)
		dhcp_record_lease(d->record, l);
	return 0;
}

/* They belong to the fleet until it calls back. */
void
dhcp_commits_forget(struct dhcpd *d)
{
	for (size_t k = 0; k < DHCP_COMMIT_BUCKETS; k++)
		for (struct dhcp_pending *p = d->bucket[k]; p != NULL; p = p->next)
			p->d = NULL;
}
