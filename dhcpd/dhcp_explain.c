/* dhcp_explain.c - why does this machine get this answer? */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/clock.h"
#include "../lib/wire.h"
#include "dhcp_ask.h"
#include "dhcp_explain.h"
#include "dhcp_proxy.h"
#include "dhcp_quirk.h"

struct scene {			/* interfaces and networks, as the server has them */
	struct os_iface	 *iface;
	size_t		  n;
	struct dhcp_nets *nets;
};

static void
scene_end(struct scene *s)
{
	dhcp_nets_free(s->nets);
	free(s->iface);
}

static int
scene_set(struct fleet *f, struct scene *s)
{
	struct config *cfg = fleet_snapshot(f)->cfg;
	const struct cfg_top *top = &cfg->top;
	int r;

	memset(s, 0, sizeof(*s));
	if ((s->iface = calloc(top->n_interface + 1, sizeof(*s->iface))) == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < top->n_interface; i++)
		if (os_iface(top->interface[i], &s->iface[s->n]) == 0)
			s->n++;
	if ((r = dhcp_nets_new(cfg, s->iface, s->n, &s->nets)) < 0)
		scene_end(s);
	return r;
}

/* The interface it would have come in by. */
static const struct os_iface *
which_iface(const struct scene *s, const uint8_t *pkt, size_t len, const char *ifname)
{
	struct dhcp_msg m;
	uint32_t near = 0;

	if (dhcp_parse(pkt, len, &m) == 0)
		near = m.giaddr != 0 ? m.giaddr : m.ciaddr;
	for (size_t i = 0; i < s->n; i++)
		if (ifname != NULL ? strcmp(s->iface[i].name, ifname) == 0 :
		    near != 0 && net4_has(s->iface[i].net, near))
			return &s->iface[i];
	return ifname == NULL && s->n > 0 ? &s->iface[0] : NULL;
}

/* Printing ---------------------------------------------------------------- */

/* Times read better with a unit, and the type by its name. */
static void
print_value(struct buf *out, const struct dhcp_opt_own *own, uint8_t vendor,
    uint8_t code, const uint8_t *p, size_t len)
{
	struct rd r = rd_init(p, len);
	uint32_t secs;

	if (code == DHO_DHCP_MESSAGE_TYPE) {
		buf_puts(out, dhcp_type_name(rd_u8(&r)));
	} else if (code == DHO_DHCP_LEASE_TIME || code == DHO_DHCP_RENEWAL_TIME ||
	    code == DHO_DHCP_REBINDING_TIME) {
		if ((secs = rd_be32(&r)) == DHCP_INFINITE)
			buf_puts(out, "infinite");
		else
			buf_printf(out, "%lu s", (unsigned long)secs);
	} else {
		dhcp_opt_print(own, dhcp_opt_by_code(own, DHCP_SPACE_DHCP, code), vendor,
		    p, len, out);
	}
}

/* Everything that holds for the client; n 0: it is on no network of ours. */
static void
scopes_of(const struct dhcp_ask *a, const struct dhcp_nets *nets,
    struct dhcp_scopes *ret)
{
	const struct dhcp_msg *m = &a->verdict.reply;

	ret->own = &nets->cfg->own;
	ret->n = 0;
	if (a->net != NULL)
		dhcp_nets_scopes(nets, a->net, m->yiaddr != 0 ? m->yiaddr : m->ciaddr,
		    a->host != NULL ? a->host->cfg : NULL,
		    a->boot.options_len > 0 ? &a->profile : NULL, &a->classes, ret);
}

/* The sub-options of 43 that the configuration gave, and who gave them. */
static void
print_space_scopes(struct buf *out, const struct dhcp_scopes *s, uint8_t space)
{
	const char *scope;
	size_t len, n = 0;

	for (unsigned code = 1; space != 0 && code < DHO_END; code++)
		if (dhcp_scopes_get(s, space, (uint8_t)code, &len, &scope) != NULL)
			buf_printf(out, "%s%u: %s", n++ == 0 ? " (" : ", ", code, scope);
	if (n > 0)
		buf_putc(out, ')');
}

/* With its name, its value, and the scope that says so, if one does. */
static void
print_option(struct buf *out, const struct dhcp_scopes *s, uint8_t vendor,
    const struct dhcp_msg *m, uint8_t code)
{
	char name[DHCP_OPT_NAME];
	size_t len = 0, n = 0;
	const uint8_t *p = dhcp_opt(m, code, &len), *q;
	const char *scope;

	buf_printf(out, "  %3u %s: ", code, dhcp_opt_name(s->own, DHCP_SPACE_DHCP, code,
	    name));
	print_value(out, s->own, vendor, code, p, len);
	q = dhcp_scopes_get(s, DHCP_SPACE_DHCP, code, &n, &scope);
	if (q != NULL && n == len && memcmp(p, q, n) == 0)
		buf_printf(out, " (%s)", scope);
	else if (q == NULL && code == DHO_VENDOR_ENCAPSULATED_OPTIONS)
		print_space_scopes(out, s, vendor);
	else if (q == NULL && code == DHO_IPXE_ENCAPSULATED)
		print_space_scopes(out, s, DHCP_SPACE_IPXE);
	buf_putc(out, '\n');
}

static void
print_options(struct buf *out, const struct dhcp_ask *a, const struct dhcp_nets *nets)
{
	const struct dhcp_msg *m = &a->verdict.reply;
	struct dhcp_scopes s;
	size_t len = 0;
	const uint8_t *class_ = dhcp_opt(&a->req, DHO_VENDOR_CLASS_IDENTIFIER, &len);
	uint8_t vendor;

	scopes_of(a, nets, &s);
	vendor = dhcp_scopes_vendor(&s, class_, len);
	for (unsigned i = 0; i < m->n; i++)
		print_option(out, &s, vendor, m, m->order[i]);
}

static void
print_dest(struct buf *out, const struct dhcp_dest *d)
{
	char ip[IP4_STRLEN], mac[MAC_STRLEN];

	switch (d->how) {
	case DEST_RELAY:
		buf_printf(out, "to the relay %s", ip4_str(d->addr, ip));
		break;
	case DEST_ADDR:
		buf_printf(out, "to %s", ip4_str(d->addr, ip));
		break;
	case DEST_BROADCAST:
		buf_puts(out, "to everybody on its network (broadcast)");
		break;
	case DEST_MAC:
		buf_printf(out, "to %s at %s", ip4_str(d->addr, ip),
		    mac_str(d->mac, mac));
		break;
	case DEST_SOURCE:
		buf_printf(out, "to %s port %u, whence it came",
		    ip4_str(d->addr, ip), d->port);
		break;
	}
}

static void
print_answer(struct buf *out, const struct dhcp_ask *a, const struct dhcp_nets *nets)
{
	const struct dhcp_verdict *v = &a->verdict;
	const struct dhcp_msg *m = &v->reply;
	uint8_t bytes[DHCP_MSG_MAX], left_out = 0;
	char ip[IP4_STRLEN];
	int len;

	if (!v->answer) {
		buf_printf(out, "silence: %s\n", v->reason);
		return;
	}
	buf_printf(out, "%s %s ", dhcp_type_name(dhcp_type(m)),
	    m->yiaddr != 0 ? ip4_str(m->yiaddr, ip) : "without an address");
	print_dest(out, &v->dest);
	buf_printf(out, ": %s\n", v->reason);
	if (m->siaddr != 0)
		buf_printf(out, "      next-server: %s\n", ip4_str(m->siaddr, ip));
	if (m->file[0] != '\0')
		buf_printf(out, "      filename: \"%s\"\n", m->file);
	if (m->sname[0] != '\0')
		buf_printf(out, "      server-name: \"%s\"\n", m->sname);
	print_options(out, a, nets);
	if ((len = dhcp_write(m, v->max, bytes, &left_out)) > 0)
		buf_printf(out, "  %d bytes of the %zu it takes\n", len, v->max);
	if (left_out != 0)
		buf_printf(out, "  too long: option %u and perhaps more is left out\n",
		    left_out);
}

static void
print_quirks(struct buf *out, const struct dhcp_facts *f)
{
	const char *name, *why;
	bool holds;

	for (unsigned i = 0; dhcp_quirk_row(i, f, &name, &why, &holds); i++)
		if (holds)
			buf_printf(out, "  quirk %s: %s\n", name, why);
}

/* What the relay says of it, its classes, and what it wants to know. */
static void
print_place(struct buf *out, const struct dhcp_ask *a, const struct dhcp_nets *nets)
{
	const struct dhcp_opt_own *own = &nets->cfg->own;
	const struct cfg_dhcp *d = &nets->cfg->top.dhcp;
	size_t len = 0, n = 0;
	const uint8_t *p = dhcp_opt(&a->req, DHO_DHCP_AGENT_OPTIONS, &len);
	char name[DHCP_OPT_NAME];

	if (p != NULL) {
		buf_puts(out, "  its relay says: ");
		print_value(out, own, 0, DHO_DHCP_AGENT_OPTIONS, p, len);
		buf_putc(out, '\n');
	}
	for (size_t i = 0; i < d->n_class; i++)
		if (dhcp_classes_has(&a->classes, (unsigned)i))
			buf_printf(out, "%s%s", n++ == 0 ? "  classes: " : ", ",
			    d->class[i].head.name);
	buf_puts(out, n > 0 ? "\n" : "");
	p = dhcp_opt(&a->req, DHO_DHCP_PARAMETER_REQUEST_LIST, &len);
	for (size_t i = 0; p != NULL && i < len; i++)
		buf_printf(out, "%s%s", i == 0 ? "  it asks for: " : ", ",
		    dhcp_opt_name(own, DHCP_SPACE_DHCP, p[i], name));
	buf_puts(out, p != NULL && len > 0 ? "\n" : "");
}

static void
print_question(struct buf *out, const struct dhcp_ask *a, const struct dhcp_nets *nets,
    const char *ifname)
{
	char mac[MAC_STRLEN], uuid[UUID_STRLEN];

	buf_printf(out, "%s from %s %s%s\n", dhcp_type_name(dhcp_type(&a->req)),
	    mac_str(a->facts.mac, mac), a->req.giaddr != 0 ? "behind a relay" : "on ",
	    a->req.giaddr != 0 ? "" : ifname);
	buf_printf(out, "  it is: %s\n", firmware_name(a->facts.fw));
	print_quirks(out, &a->facts);
	if (a->facts.has_uuid)
		buf_printf(out, "  its UUID is %s\n", uuid_str(&a->facts.uuid, uuid));
	if (a->host != NULL)
		buf_printf(out, "  host %s, known by its %s, state %s\n",
		    a->host->rec.name, a->how, host_state_name(a->host->rec.state));
	else
		buf_puts(out, "  no host of the configuration\n");
	print_place(out, a, nets);
}

/* Explaining --------------------------------------------------------------- */

static int
explain(struct fleet *f, const struct scene *s, const uint8_t *pkt, size_t len,
    const char *ifname, struct buf *out)
{
	const struct os_iface *i = which_iface(s, pkt, len, ifname);
	struct dhcp_ask *a;
	struct buf trace = { 0 };
	int r;

	if (i == NULL)
		return -ENODEV;
	if ((a = malloc(sizeof(*a))) == NULL)
		return -ENOMEM;
	r = dhcp_ask(f, s->nets, &(struct dhcp_in){ .iface_addr = i->addr }, pkt, len,
	    clock_unix(), &trace, a);
	if (r == 0) {
		print_question(out, a, s->nets, i->name);
		buf_add(out, trace.p, trace.len);
		print_answer(out, a, s->nets);
		if (a->net != NULL && a->net->mode == DHCP_OBSERVE)
			buf_puts(out, "  and nothing of that is sent: mode observe\n");
		r = out->err != 0 ? out->err : trace.err;
	}
	/* Sent on to port 4011: what it is told there. */
	if (r == 0 && a->verdict.rule == DR_PROXY_4011) {
		r = dhcp_ask(f, s->nets, &(struct dhcp_in){ .iface_addr = i->addr,
		    .binl = true, .peer = a->net->net.addr, .peer_port = DHCP_BINL_PORT },
		    pkt, len, clock_unix(), NULL, a);
		buf_puts(out, "at port 4011: ");
		print_answer(out, a, s->nets);
	}
	buf_free(&trace);
	free(a);
	return r;
}

int
dhcp_explain(struct fleet *f, const uint8_t *pkt, size_t len,
    const char *ifname, struct buf *out)
{
	struct scene s;
	int r;

	if ((r = scene_set(f, &s)) < 0)
		return r;
	r = explain(f, &s, pkt, len, ifname, out);
	scene_end(&s);
	return r;
}

/* Where the machine was last, or is to be: what asks there is explained. */
struct where {
	const struct os_iface *iface;	/* NULL: behind a relay, or nobody knows */
	uint32_t	 relay;		/* an address of that network; 0 */
	const struct lease *lease;	/* NULL: none */
};

static struct where
where_is(struct fleet *f, const struct scene *s, struct mac mac)
{
	struct where w = { .lease = lease_by_client(fleet_leases(f), mac, 0, UINT32_MAX) };
	const struct dhcp_net *net;
	const struct fleet_host *h;
	const char *how;
	uint32_t addr = w.lease != NULL ? w.lease->addr : 0;

	h = fleet_host_by_client(f, NULL, &mac, 0, &how);
	if (h != NULL && h->cfg != NULL && h->cfg->address != 0)
		addr = h->cfg->address;
	if (addr == 0 || (net = dhcp_nets_find(s->nets, addr)) == NULL)
		return w;
	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; k < net->n_link; k++)
			if (net4_has(net->link[k].net, s->iface[i].addr)) {
				w.iface = &s->iface[i];
				return w;
			}
	w.relay = net->net.addr + 1;
	return w;
}

/* A DISCOVER such as that program sends. */
static int
typical(struct mac mac, const char *vendor, const char *user, int arch,
    const struct where *w, uint8_t buf[DHCP_MSG_MAX])
{
	static const uint8_t list[] = { DHO_SUBNET_MASK, DHO_ROUTERS,
		DHO_DOMAIN_NAME_SERVERS, DHO_HOST_NAME, DHO_DOMAIN_NAME,
		DHO_ROOT_PATH, DHO_BROADCAST_ADDRESS, DHO_NTP_SERVERS,
		DHO_TFTP_SERVER_NAME, DHO_BOOTFILE_NAME };
	struct dhcp_msg m;

	dhcp_init(&m);
	m.op = BOOTREQUEST;
	m.htype = HTYPE_ETHER;
	m.hlen = sizeof(mac.b);
	memcpy(m.chaddr, mac.b, sizeof(mac.b));
	m.giaddr = w->relay;
	(void)dhcp_put_u8(&m, DHO_DHCP_MESSAGE_TYPE, DHCPDISCOVER);
	if (vendor == NULL && w->lease != NULL && w->lease->cid_len > 0)
		(void)dhcp_put(&m, DHO_DHCP_CLIENT_IDENTIFIER, w->lease->cid, w->lease->cid_len);
	(void)dhcp_put(&m, DHO_DHCP_MAX_MESSAGE_SIZE, "\x05\xc0", 2);	/* 1472 */
	if (vendor != NULL)
		(void)dhcp_put(&m, DHO_VENDOR_CLASS_IDENTIFIER, vendor, strlen(vendor));
	if (user != NULL)
		(void)dhcp_put(&m, DHO_USER_CLASS, user, strlen(user));
	if (arch >= 0)
		(void)dhcp_put(&m, DHO_PXE_SYSTEM_TYPE,
		    (uint8_t[]){ 0, (uint8_t)arch }, 2);
	(void)dhcp_put(&m, DHO_DHCP_PARAMETER_REQUEST_LIST, list, sizeof(list));
	if (w->relay != 0 && w->lease != NULL && w->lease->agent_len > 0)
		(void)dhcp_put(&m, DHO_DHCP_AGENT_OPTIONS, w->lease->agent, w->lease->agent_len);
	return dhcp_write(&m, DHCP_MSG_MAX, buf, NULL);
}

int
dhcp_explain_mac(struct fleet *f, struct mac mac, struct buf *out)
{
	static const struct {
		const char *vendor, *user;
		int arch;
	} as[] = {
		{ "PXEClient:Arch:00000:UNDI:002001", "iPXE", 0 },
		{ "PXEClient:Arch:00000:UNDI:002001", NULL, 0 },
		{ "PXEClient:Arch:00007:UNDI:003016", NULL, 7 },
		{ "HTTPClient:Arch:00016:UNDI:003001", NULL, 16 },
		{ NULL, NULL, -1 },
	};
	uint8_t pkt[DHCP_MSG_MAX];
	struct scene s;
	struct where w;
	int r, len;

	if ((r = scene_set(f, &s)) < 0)
		return r;
	w = where_is(f, &s, mac);
	for (size_t i = 0; i < sizeof(as) / sizeof(as[0]) && r == 0; i++) {
		if (i > 0)
			buf_putc(out, '\n');
		len = typical(mac, as[i].vendor, as[i].user, as[i].arch, &w, pkt);
		r = explain(f, &s, pkt, (size_t)len, w.iface != NULL ? w.iface->name : NULL, out);
	}
	scene_end(&s);
	return r;
}
