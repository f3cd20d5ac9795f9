/* fuzz_dhcp.c - bytes in, a decision with leases and hosts about, bytes out.
 *
 * The first byte of the input chooses what is about, the rest is the packet.
 * Whatever comes in, what goes out must be well-formed, and an address that
 * another machine holds must not be given away.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../dhcpd/dhcp_policy.h"
#include "../../dhcpd/dhcp_quirk.h"
#include "must.h"

#define NOW	((int64_t)1700000000)
#define SERVER	0xc0a80a01u
#define FIXED	0xc0a80a14u
#define TAKEN	0xc0a80a65u	/* leased to mac_other */
int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const char yaml[] =
    "interface: srv\n"
    "dhcp:\n"
    "  mode: authoritative\n"
    "  options:\n"
    "    default-lease-time: 1h\n"
    "    domain-name: example.org\n"
    "    domain-name-servers: [192.168.10.2, 192.168.10.3]\n"
    "    ntp-servers: 192.168.10.4\n"
    "    server-name: pxe-gw\n"
    "    domain-search: [example.org, lab.example.org]\n"
    "    classless-static-routes: 0.0.0.0/0 192.168.10.254\n"
    "    PXE.boot-menu: '00:01:02'\n"
    "    ipxe.scriptlet: go\n"
    "    always-send: [time-servers, domain-search]\n"
    "  option-definitions: { SUNW.server: { code: 2, type: ip-address } }\n"
    "  classes:\n"
    "    vm: { mac-prefix: '52:54', options: { time-servers: 10.0.0.1 } }\n"
    "    pxe: { vendor-class: PXEClient, arch: [0, 7], options: { log-servers: 10.0.0.2 } }\n"
    "    ipxe: { user-class: iPXE, options: { filename: x.ipxe } }\n"
    "    port: { circuit-id: eth0, remote-id: '0x0004' }\n"
    "    sun: { vendor-class: SUNW, options: { SUNW.server: 10.0.0.5 } }\n"
    "  subnets:\n"
    "    - subnet: 192.168.10.0/24\n"
    "      range: 192.168.10.100-192.168.10.107\n"
    "      options: { routers: 192.168.10.254 }\n"
    "      pools: [ { range: 192.168.10.120, allow: [vm, port], deny: pxe, options: { swap-server: 10.0.0.7 } } ]\n"
    "    - subnet: 10.0.0.0/24\n"
    "      range: 10.0.0.50-10.0.0.53\n"
    "hosts:\n"
    "  web1: { mac: 52:54:00:12:34:56, address: 192.168.10.20 }\n";

#define POOL	0xc0a80a78u	/* for vm or port, not for pxe */

static const struct mac mac_other = { { 2, 0, 0, 0, 0, 3 } };

static struct config *cfg;
static struct dhcp_nets *nets;

static void
set_up(void)
{
	struct os_iface iface = { .name = "srv", .addr = SERVER,
	    .net = { 0xc0a80a00, 24 }, .mtu = 1500 };

	if (cfg != NULL)
		return;
	MUST(config_load_mem("fuzz", yaml, &cfg, NULL, NULL) == 0);
	MUST(dhcp_nets_new(cfg, &iface, 1, &nets) == 0);
}

static void
put(struct lease_table *t, uint32_t addr, struct mac mac, enum lease_state st)
{
	struct lease l = { .addr = addr, .state = st, .mac = mac,
	    .start = NOW - 60, .expiry = NOW + 3600 };

	MUST(lease_put(t, &l) == 0);
}

static void
check_reply(const struct dhcp_msg *q, const struct dhcp_verdict *v)
{
	uint8_t p[DHCP_MSG_MAX];
	struct dhcp_msg m;
	int len = dhcp_write(&v->reply, v->max, p, NULL);
	size_t i = 240;

	MUST(q->op == BOOTREQUEST);
	MUST(v->max >= 300 && v->max <= 1472);
	MUST(len >= 300 && (size_t)len <= v->max);
	MUST(dhcp_parse(p, (size_t)len, &m) == 0);
	MUST(m.op == BOOTREPLY && m.xid == q->xid && m.giaddr == q->giaddr);
	MUST(memcmp(m.chaddr, q->chaddr, sizeof(m.chaddr)) == 0);
	MUST(!m.has[DHO_DHCP_OPTION_OVERLOAD]);
	MUST(dhcp_type(&m) != DHCPNAK || (m.yiaddr == 0 && m.file[0] == '\0'));
	if (!m.cookie)
		return;
	for (; i < (size_t)len && p[i] != DHO_END; i += 2 + (size_t)p[i + 1])
		MUST(p[i] != DHO_PAD);
	MUST(i < (size_t)len);
	for (i++; i < (size_t)len; i++)
		MUST(p[i] == 0);
}

/* What the classes must be, said in another way. */
static void
check_classes(const struct dhcp_env *e, const struct dhcp_msg *m, const struct dhcp_facts *f)
{
	const struct dhcp_classes *c = &e->classes;
	size_t len = 0;
	const uint8_t *p = dhcp_opt(m, DHO_VENDOR_CLASS_IDENTIFIER, &len);
	bool pxe = p != NULL && len >= 9 && memcmp(p, "PXEClient", 9) == 0;

	MUST(dhcp_classes_has(c, 0) == (f->mac.b[0] == 0x52 && f->mac.b[1] == 0x54));
	MUST(!dhcp_classes_has(c, 1) || pxe);
	MUST(!dhcp_classes_has(c, 3) || m->giaddr != 0);
	MUST(!dhcp_classes_has(c, 4) || (!pxe && p != NULL && p[0] == 'S'));
	MUST(dhcp_classes_has(c, DHCP_CLASS_KNOWN) != dhcp_classes_has(c, DHCP_CLASS_UNKNOWN));
}

static void
check_lease(const struct dhcp_verdict *v, const struct dhcp_facts *f, bool known,
    bool may_pool)
{
	const struct lease *l = &v->lease;

	if (v->lease_op == DLO_NONE)
		return;
	MUST(mac_equal(l->mac, f->mac));
	MUST(l->addr != SERVER && l->addr != 0xc0a80afe);
	MUST(l->addr != TAKEN || mac_equal(f->mac, mac_other));
	MUST(l->addr != FIXED || known);
	MUST(l->addr != POOL || may_pool);
	MUST(memchr(l->hostname, '\0', sizeof(l->hostname)) != NULL);
}

/* What it would boot, as a host that is armed, installed or unknown. */
static void
plan(const struct dhcp_facts *f, unsigned bits, struct boot_plan *ret)
{
	static const struct boot_recipe recipe[] = {
		{ .os = BOOT_LINUX, .programs = "uefi-arm64=EFI/BOOT/BOOTAA64.EFI bios=a.0" },
		{ .os = BOOT_FREEBSD, .bios_file = "boot/pxeboot", .uefi_file = "boot/loader.efi" },
	};
	struct boot_query q = { .fw = f->fw, .known = (bits & 1) != 0,
	    .state = bits & 2 ? HS_BOOTING : HS_LOCAL, .server = SERVER,
	    .token = "0123456789abcdef0123456789abcdef", .recipe = &recipe[bits >> 2 & 1],
	    .http_port = bits & 1 ? 8080 : 0 };
	const char *name, *why;
	unsigned flags = 0;
	bool holds;

	MUST((unsigned)f->fw < FW__COUNT && firmware_name(f->fw) != NULL);
	for (unsigned i = 0; dhcp_quirk_row(i, f, &name, &why, &holds); i++)
		flags += holds;
	MUST((flags != 0) == (dhcp_quirks(f) != 0));
	boot_plan(&q, ret);
	MUST(ret->rule != NULL && ret->why != NULL);
	MUST(memchr(ret->file, '\0', sizeof(ret->file)) != NULL);
	MUST(ret->file[0] == '\0' || (strncmp(ret->file, "http", 4) == 0) ==
	    (firmware_kind(f->fw) == FK_HTTP));
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	static const struct range4 ranges[] = {
		{ 0xc0a80a64, 0xc0a80a6b }, { POOL, POOL }, { 0x0a000032, 0x0a000035 } };
	struct boot_plan boot = { .action = BOOT_ADDRESS, .next_server = SERVER,
	    .rule = "fuzz", .why = "fuzz" };
	struct dhcp_env e = { .now = NOW, .server = SERVER, .boot = &boot };
	struct dhcp_verdict v;
	struct dhcp_facts f;
	struct dhcp_msg m;
	struct buf trace = { 0 };
	uint32_t first = 0;

	if (len == 0)
		return 0;
	set_up();
	if (dhcp_parse(p + 1, len - 1, &m) < 0)
		return 0;
	dhcp_facts(&m, &f);
	cfg->top.clients = (p[0] & 1) != 0;
	if (p[0] & 4) {
		boot.action = BOOT_FILE;
		memset(boot.file, 'f', sizeof(boot.file) - 1);
		memset(boot.root_path, 'r', sizeof(boot.root_path) - 1);
		memset(boot.loader_vars, 'v', sizeof(boot.loader_vars) - 1);
	}
	if (p[0] & 224)
		plan(&f, p[0] >> 5, &boot);
	for (size_t i = 0; i < nets->n; i++)
		nets->net[i].mode = (enum cfg_dhcp_mode)(p[0] >> 1 & 3);
	e.nets = nets;
	e.net = dhcp_net_of(&m, &f, nets, SERVER);
	e.host = mac_equal(f.mac, cfg->top.host[0].mac[0]) ? &cfg->top.host[0] : NULL;
	e.trace = &trace;
	e.binl = (p[0] & 32) != 0;
	e.peer = TAKEN;
	e.peer_port = 4011;
	dhcp_classify(nets->class, &f, SERVER, e.host != NULL, &e.classes);
	check_classes(&e, &m, &f);
	MUST(lease_table_new(&e.leases) == 0);
	MUST(lease_table_ranges(e.leases, ranges, 3) == 0);
	put(e.leases, TAKEN, mac_other, LEASE_BOUND);
	if (p[0] & 8)
		put(e.leases, 0xc0a80a64, f.mac, LEASE_BOUND);
	if (p[0] & 16)
		put(e.leases, 0xc0a80a66, f.mac, LEASE_RELEASED);
	for (int i = 0; i < 2; i++) {	/* as it came, and as a retransmission */
		dhcp_decide(&m, &f, &e, &v);
		MUST(v.reason != NULL);
		check_lease(&v, &f, e.host != NULL, (dhcp_classes_has(&e.classes, 0) ||
		    dhcp_classes_has(&e.classes, 3)) && !dhcp_classes_has(&e.classes, 1));
		if (v.answer)
			check_reply(&m, &v);
		if (i == 0)
			first = v.answer ? v.reply.yiaddr : 0;
		else if (v.answer && v.reply.yiaddr != 0 && first != 0)
			MUST(v.reply.yiaddr == first);
		if (v.lease_op != DLO_NONE)
			MUST(lease_put(e.leases, &v.lease) == 0);
	}
	MUST(trace.err == 0);
	buf_free(&trace);
	lease_table_free(e.leases);
	return 0;
}
