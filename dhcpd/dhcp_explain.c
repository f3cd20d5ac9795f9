/* dhcp_explain.c - why does this machine get this answer? */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/clock.h"
#include "../lib/wire.h"
#include "dhcp_ask.h"
#include "dhcp_explain.h"

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

enum shape { SHAPE_HEX, SHAPE_ADDRS, SHAPE_TEXT, SHAPE_SECS, SHAPE_TYPE };

static const struct option_shape {
	uint8_t		 code;
	enum shape	 shape;
	const char	*name;		/* as in dhcpd.conf */
} shapes[] = {
	{ DHO_SUBNET_MASK, SHAPE_ADDRS, "subnet-mask" },
	{ DHO_ROUTERS, SHAPE_ADDRS, "routers" },
	{ DHO_DOMAIN_NAME_SERVERS, SHAPE_ADDRS, "domain-name-servers" },
	{ DHO_HOST_NAME, SHAPE_TEXT, "host-name" },
	{ DHO_DOMAIN_NAME, SHAPE_TEXT, "domain-name" },
	{ DHO_ROOT_PATH, SHAPE_TEXT, "root-path" },
	{ DHO_BROADCAST_ADDRESS, SHAPE_ADDRS, "broadcast-address" },
	{ DHO_NTP_SERVERS, SHAPE_ADDRS, "ntp-servers" },
	{ DHO_VENDOR_ENCAPSULATED_OPTIONS, SHAPE_HEX, "vendor-encapsulated-options" },
	{ DHO_DHCP_LEASE_TIME, SHAPE_SECS, "dhcp-lease-time" },
	{ DHO_DHCP_MESSAGE_TYPE, SHAPE_TYPE, "dhcp-message-type" },
	{ DHO_DHCP_SERVER_IDENTIFIER, SHAPE_ADDRS, "dhcp-server-identifier" },
	{ DHO_DHCP_MESSAGE, SHAPE_TEXT, "dhcp-message" },
	{ DHO_DHCP_RENEWAL_TIME, SHAPE_SECS, "dhcp-renewal-time" },
	{ DHO_DHCP_REBINDING_TIME, SHAPE_SECS, "dhcp-rebinding-time" },
	{ DHO_VENDOR_CLASS_IDENTIFIER, SHAPE_TEXT, "vendor-class-identifier" },
	{ DHO_DHCP_CLIENT_IDENTIFIER, SHAPE_HEX, "dhcp-client-identifier" },
	{ DHO_TFTP_SERVER_NAME, SHAPE_TEXT, "tftp-server-name" },
	{ DHO_BOOTFILE_NAME, SHAPE_TEXT, "bootfile-name" },
	{ DHO_DHCP_AGENT_OPTIONS, SHAPE_HEX, "relay-agent-information" },
	{ DHO_PXE_CLIENT_ID, SHAPE_HEX, "pxe-client-id" },
	{ DHO_IPXE_ENCAPSULATED, SHAPE_HEX, "ipxe-encapsulated" },
	{ DHO_PXELINUX_CONFIGFILE, SHAPE_TEXT, "pxelinux-configfile" },
	{ DHO_LOADER_VARS, SHAPE_TEXT, "loader variables" },
};

static void
print_text(struct buf *out, const uint8_t *p, size_t len)
{
	buf_putc(out, '"');
	for (size_t i = 0; i < len; i++)
		if (p[i] >= ' ' && p[i] < 0x7f && p[i] != '"' && p[i] != '\\')
			buf_putc(out, (char)p[i]);
		else
			buf_printf(out, "\\x%02x", p[i]);
	buf_putc(out, '"');
}

static void
print_value(struct buf *out, enum shape shape, const uint8_t *p, size_t len)
{
	struct rd r = rd_init(p, len);
	char ip[IP4_STRLEN];
	uint32_t secs;

	switch (shape) {
	case SHAPE_TEXT:
		print_text(out, p, len);
		break;
	case SHAPE_ADDRS:
		for (size_t i = 0; i < len / 4; i++)
			buf_printf(out, "%s%s", i > 0 ? ", " : "",
			    ip4_str(rd_be32(&r), ip));
		break;
	case SHAPE_SECS:
		if ((secs = rd_be32(&r)) == DHCP_INFINITE)
			buf_puts(out, "infinite");
		else
			buf_printf(out, "%lu s", (unsigned long)secs);
		break;
	case SHAPE_TYPE:
		buf_puts(out, dhcp_type_name(rd_u8(&r)));
		break;
	case SHAPE_HEX:
		for (size_t i = 0; i < len; i++)
			buf_printf(out, "%s%02x", i > 0 ? ":" : "", p[i]);
		break;
	}
}

static void
print_option(struct buf *out, const struct dhcp_msg *m, uint8_t code)
{
	struct option_shape s = { .shape = SHAPE_HEX, .name = "option" };
	size_t len = 0;
	const uint8_t *p = dhcp_opt(m, code, &len);

	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		if (shapes[i].code == code)
			s = shapes[i];
	buf_printf(out, "  %3u %s: ", code, s.name);
	print_value(out, s.shape, p, len);
	buf_putc(out, '\n');
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
	}
}

static void
print_answer(struct buf *out, const struct dhcp_verdict *v)
{
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
	for (unsigned i = 0; i < m->n; i++)
		print_option(out, m, m->order[i]);
	if ((len = dhcp_write(m, v->max, bytes, &left_out)) > 0)
		buf_printf(out, "  %d bytes of the %zu it takes\n", len, v->max);
	if (left_out != 0)
		buf_printf(out, "  too long: option %u and perhaps more is left out\n",
		    left_out);
}

static void
print_question(struct buf *out, const struct dhcp_ask *a, const char *ifname)
{
	char mac[MAC_STRLEN], uuid[UUID_STRLEN];

	buf_printf(out, "%s from %s on %s\n", dhcp_type_name(dhcp_type(&a->req)),
	    mac_str(a->facts.mac, mac), ifname);
	buf_printf(out, "  it is: %s\n", firmware_name(a->facts.fw));
	if (a->facts.has_uuid)
		buf_printf(out, "  its UUID is %s\n", uuid_str(&a->facts.uuid, uuid));
	if (a->host != NULL)
		buf_printf(out, "  host %s, known by its %s, state %s\n",
		    a->host->rec.name, a->how, host_state_name(a->host->rec.state));
	else
		buf_puts(out, "  no host of the configuration\n");
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
	r = dhcp_ask(f, s->nets, i->addr, pkt, len, clock_unix(), &trace, a);
	if (r == 0) {
		print_question(out, a, i->name);
		buf_add(out, trace.p, trace.len);
		print_answer(out, &a->verdict);
		r = out->err != 0 ? out->err : trace.err;
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

/* A DISCOVER such as that program sends. */
static int
typical(struct mac mac, const char *vendor, const char *user, int arch,
    uint8_t buf[DHCP_MSG_MAX])
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
	(void)dhcp_put_u8(&m, DHO_DHCP_MESSAGE_TYPE, DHCPDISCOVER);
	(void)dhcp_put(&m, DHO_DHCP_MAX_MESSAGE_SIZE, "\x05\xc0", 2);	/* 1472 */
	if (vendor != NULL)
		(void)dhcp_put(&m, DHO_VENDOR_CLASS_IDENTIFIER, vendor, strlen(vendor));
	if (user != NULL)
		(void)dhcp_put(&m, DHO_USER_CLASS, user, strlen(user));
	if (arch >= 0)
		(void)dhcp_put(&m, DHO_PXE_SYSTEM_TYPE,
		    (uint8_t[]){ 0, (uint8_t)arch }, 2);
	(void)dhcp_put(&m, DHO_DHCP_PARAMETER_REQUEST_LIST, list, sizeof(list));
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
		{ NULL, NULL, -1 },
	};
	uint8_t pkt[DHCP_MSG_MAX];
	struct scene s;
	int r, len;

	if ((r = scene_set(f, &s)) < 0)
		return r;
	for (size_t i = 0; i < sizeof(as) / sizeof(as[0]) && r == 0; i++) {
		if (i > 0)
			buf_putc(out, '\n');
		len = typical(mac, as[i].vendor, as[i].user, as[i].arch, pkt);
		r = explain(f, &s, pkt, (size_t)len, NULL, out);
	}
	scene_end(&s);
	return r;
}
