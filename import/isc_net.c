/* isc_net.c - dhcpd.conf: subnets, pools, hosts, who is allowed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "isc_conf.h"

static bool
is_mask(uint32_t m)
{
	return (~m & (~m + 1)) == 0;
}

void
isc_subnet(struct isc *c)
{
	struct imp_scope *s;
	uint32_t addr, mask;
	uint8_t len = 0;

	if (c->st.n != 4 || !isc_is(&c->st, 2, "netmask") || ip4_parse(c->st.t[1].s, &addr) < 0 ||
	    ip4_parse(c->st.t[3].s, &mask) < 0 || !is_mask(mask) || (addr & ~mask) != 0) {
		isc_enter_lost(c, "is no network");
		return;
	}
	while (len < 32 && mask << len != 0)
		len++;
	if (c->imp->n_subnet++ >= 1024) {
		isc_enter_lost(c, "is one subnet too many");
		return;
	}
	/* Settling hangs pools below subnets: none may be above one. */
	for (s = isc_now(c); s != NULL; s = s->up)
		if (s->kind != IMP_TOP && s->kind != IMP_GROUP && s->kind != IMP_SHARED) {
			isc_enter_lost(c, "stands within something else");
			return;
		}
	for (s = c->imp->subnet.first; s != NULL; s = s->next) {
		struct net4 n = { addr, len };

		if (net4_has(n, s->net.addr) || net4_has(s->net, addr)) {
			isc_enter_lost(c, imp_fmt(c->imp, "overlaps the subnet of line %u", s->at.line));
			return;
		}
	}
	s = imp_scope(c->imp, IMP_SUBNET, isc_now(c), c->st.t[1].s, c->st.at);
	s->net = (struct net4){ addr, len };
	isc_enter(c, s, NULL);
}

void
isc_pool(struct isc *c)
{
	enum imp_kind in = isc_now(c)->kind;

	if (in != IMP_SUBNET && in != IMP_SHARED)
		isc_enter_lost(c, "stands in no network");
	else if (c->imp->n_pool++ >= 4096)
		isc_enter_lost(c, "is one pool too many");
	else
		isc_enter(c, imp_scope(c->imp, IMP_POOL, isc_now(c), NULL, c->st.at), NULL);
}

void
isc_range(struct isc *c)
{
	enum imp_kind in = isc_now(c)->kind;
	size_t i = isc_is(&c->st, 1, "dynamic-bootp") ? 2 : 1;
	uint32_t lo, hi;

	if (in != IMP_SUBNET && in != IMP_SHARED && in != IMP_POOL) {
		isc_left(c, "stands in no network");
	} else if (i >= c->st.n || c->st.n > i + 2 || ip4_parse(c->st.t[i].s, &lo) < 0 ||
	    ip4_parse(c->st.t[c->st.n - 1].s, &hi) < 0) {
		isc_left(c, "is no range of addresses");
	} else {
		if (lo > hi) {
			uint32_t t = lo;

			lo = hi;
			hi = t;
		}
		if (i == 2) {
			imp_dhcp(c->imp, "dynamic-bootp", "yes", c->st.at);
			imp_tell(c->imp, c->st.at, isc_text(c->imp, &c->st, 0, c->st.n), "with "
			    "dhcp.dynamic-bootp BOOTP clients get addresses of all ranges");
		}
		char text[RANGE4_STRLEN];

		range4_str((struct range4){ lo, hi }, text);
		imp_push(c->imp, &isc_now(c)->range, imp_fmt(c->imp, "%u %s", c->st.at.line, text));
	}
}

/* Hosts ------------------------------------------------------------------------ */

void
isc_host(struct isc *c)
{
	if (c->st.n != 2)
		isc_enter_lost(c, "has no name");
	else
		isc_enter(c, imp_host(c->imp, isc_now(c), c->st.t[1].s, c->st.at), NULL);
}

void
isc_hardware(struct isc *c)
{
	char text[MAC_STRLEN] = "";
	size_t n = 0;

	if (isc_now(c)->kind != IMP_HOST || !isc_is(&c->st, 1, "ethernet")) {
		isc_left(c, "provd knows machines by Ethernet addresses");
		return;
	}
	for (size_t i = 2; i < c->st.n && n < sizeof(text) - 3; i++) {
		char *end;
		unsigned long v = strtoul(c->st.t[i].s, &end, 16);

		if (isc_is(&c->st, i, ":"))
			continue;
		if (*end != '\0' || v > 255) {
			n = 0;
			break;
		}
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%02lx", n > 0 ? ":" : "", v);
	}
	if (n != MAC_STRLEN - 1 || c->st.n != 13)
		isc_left(c, "is no Ethernet address");
	else
		imp_push(c->imp, &isc_now(c)->mac, imp_strn(c->imp, text, n));
}

void
isc_address(struct isc *c)
{
	struct imp_scope *s = isc_now(c);
	uint32_t a;

	if (s->kind != IMP_HOST) {
		isc_left(c, "belongs to a host");
		return;
	}
	for (size_t i = 1; i < c->st.n; i++)
		if (isc_is(&c->st, i, ","))
			continue;
		else if (ip4_parse(c->st.t[i].s, &a) < 0)
			imp_left(c->imp, c->st.at, isc_text(c->imp, &c->st, 0, c->st.n),
			    "%.80s: provd wants an address", c->st.t[i].s);
		else if (s->address.n > 0)
			imp_left(c->imp, c->st.at, isc_text(c->imp, &c->st, 0, c->st.n),
			    "%.80s: a host of provd has one address", c->st.t[i].s);
		else
			imp_push(c->imp, &s->address, c->st.t[i].s);
}

/* Where a host keeps what this statement says of it: [host-identifier] option
 * dhcp-client-identifier, host-identifier option agent.circuit-id, uid. */
static const char **
identifier(struct isc *c, size_t *ret_at)
{
	struct imp_scope *h = isc_now(c);
	size_t i = isc_is(&c->st, 0, "uid") ? 0 : isc_is(&c->st, 0, "option") ? 1 : 2;

	*ret_at = i + 1;
	if (h->kind != IMP_HOST || (i > 0 && !isc_is(&c->st, i - 1, "option")))
		return NULL;
	if (i == 0 || isc_is(&c->st, i, "dhcp-client-identifier"))
		return &h->client_id;
	if (i == 2 && isc_is(&c->st, i, "agent.circuit-id"))
		return &h->circuit;
	return i == 2 && isc_is(&c->st, i, "agent.remote-id") ? &h->remote : NULL;
}

void
isc_client_id(struct isc *c)
{
	const char *v = "", **to;
	size_t n = 0, i;

	if ((to = identifier(c, &i)) == NULL) {
		isc_left(c, "provd knows machines by hardware address, UUID, client identifier or "
		    "what their relay says of them");
		return;
	}
	for (; i < c->st.n && n <= 64; i++) {
		const struct isc_tok *t = &c->st.t[i];

		if (isc_is(&c->st, i, ":"))
			continue;
		if (t->kind == ISC_STRING)
			for (size_t k = 0; k < t->len && n <= 64; k++, n++)
				v = imp_fmt(c->imp, "%s%s%02x", v, n > 0 ? ":" : "", (unsigned char)t->s[k]);
		else
			v = imp_fmt(c->imp, "%s%s%02lx", v, n++ > 0 ? ":" : "",
			    strtoul(t->s, NULL, 16) & 255);
	}
	if (n == 0 || n > 64)
		isc_left(c, "is no identifier of 1 to 64 bytes");
	else
		*to = v;
}

/* Who -------------------------------------------------------------------------- */

static void
allow_in_pool(struct isc *c, struct imp_scope *s)
{
	bool allow = isc_is(&c->st, 0, "allow");

	if (isc_is(&c->st, 1, "members") && isc_is(&c->st, 2, "of") && c->st.n == 4)
		imp_push(c->imp, allow ? &s->allow : &s->deny, c->st.t[3].s);
	else if (isc_is(&c->st, 1, "known-clients") || (isc_is(&c->st, 1, "known") && c->st.n == 3))
		imp_push(c->imp, allow ? &s->allow : &s->deny, "known");
	else if (isc_is(&c->st, 1, "unknown-clients") || (isc_is(&c->st, 1, "unknown") && c->st.n == 3))
		imp_push(c->imp, allow ? &s->allow : &s->deny, "unknown");
	else if (allow && isc_is(&c->st, 1, "all"))
		;
	else
		isc_left(c, "provd's pools go by classes");
}

static void
unknown_clients(struct isc *c, struct imp_scope *s)
{
	const char *mode = isc_is(&c->st, 0, "allow") ? "authoritative" : "reservation";

	if (s->kind == IMP_TOP || s->kind == IMP_SUBNET || s->kind == IMP_SHARED)
		s->mode = mode;
	else
		isc_left(c, "provd says this by network");
}

void
isc_allow(struct isc *c)
{
	struct imp_scope *s = isc_now(c);
	bool allow = isc_is(&c->st, 0, "allow");

	if (s->kind == IMP_POOL)
		allow_in_pool(c, s);
	else if (isc_is(&c->st, 1, "unknown-clients") ||
	    (isc_is(&c->st, 1, "unknown") && isc_is(&c->st, 2, "clients")))
		unknown_clients(c, s);
	else if ((isc_is(&c->st, 1, "booting") || isc_is(&c->st, 1, "bootp")) && allow)
		;	/* it is so */
	else if (isc_is(&c->st, 1, "client-updates"))
		imp_tell(c->imp, c->st.at, isc_text(c->imp, &c->st, 0, c->st.n),
		    "provd makes no DNS updates");
	else if (isc_is(&c->st, 1, "duplicates") || isc_is(&c->st, 1, "declines"))
		imp_tell(c->imp, c->st.at, isc_text(c->imp, &c->st, 0, c->st.n),
		    "a machine has one lease in provd, and a declined address rests for dhcp.decline-time");
	else if (isc_is(&c->st, 1, "leasequery") && !allow)
		;	/* it is so */
	else if (isc_is(&c->st, 1, "leasequery"))
		isc_left(c, "provd wants to know who may ask: dhcp.leasequery");
	else
		isc_left(c, "provd has nothing like it");
}
