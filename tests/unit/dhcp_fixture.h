/* dhcp_fixture.h - a small network for the tests of dhcpd's decisions.
 *
 * 192.168.10.0/24 with the range .100-.103 on our interface 192.168.10.1, and
 * 10.0.0.0/24 with 10.0.0.50-.51 behind a relay.  Host "fix" has a fixed
 * address, host "dyn" has none.  Requests are made with make() and put(),
 * given to decide(); do_lease() does with the lease what the server does.
 */
#ifndef TESTS_UNIT_DHCP_FIXTURE_H
#define TESTS_UNIT_DHCP_FIXTURE_H

#include <string.h>

#include "../../dhcpd/dhcp_policy.h"

#define NOW		((int64_t)1700000000)
#define IP(a, b, c, d)	((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))
#define SERVER		IP(192, 168, 10, 1)
#define LO		IP(192, 168, 10, 100)
#define HI		IP(192, 168, 10, 103)
#define FIXED		IP(192, 168, 10, 20)
#define RELAY		IP(10, 0, 0, 1)

static const struct mac mac_fix = { { 2, 0, 0, 0, 0, 1 } };
static const struct mac mac_dyn = { { 2, 0, 0, 0, 0, 2 } };
static const struct mac mac_other = { { 2, 0, 0, 0, 0, 3 } };	/* in no configuration */

struct bench {
	struct config		 cfg;
	struct cfg_subnet	 subnet[2];
	struct range4		 range[2];
	struct cfg_host		 host[2];
	uint32_t		 router[1], dns[2];
	char			 name[2][8], domain[16], sname[16];
	struct os_iface		 iface;
	struct dhcp_nets	*nets;
	struct lease_table	*leases;
	struct boot_plan	 boot;
	int64_t			 now;
	struct buf		 trace;
};

static inline void
bench_init(struct bench *b)
{
	struct cfg_top *top = &b->cfg.top;

	memset(b, 0, sizeof(*b));
	b->now = NOW;
	b->cfg.refs = 1;
	b->range[0] = (struct range4){ LO, HI };
	b->range[1] = (struct range4){ IP(10, 0, 0, 50), IP(10, 0, 0, 51) };
	b->router[0] = IP(192, 168, 10, 254);
	b->dns[0] = IP(192, 168, 10, 253);
	b->dns[1] = IP(192, 168, 10, 252);
	strcpy(b->domain, "simerson.net");
	strcpy(b->sname, "pxe-gw");
	strcpy(b->name[0], "fix");
	strcpy(b->name[1], "dyn");
	for (int i = 0; i < 2; i++) {
		b->subnet[i].mode = DHCP_AUTHORITATIVE;
		b->subnet[i].range = &b->range[i];
		b->subnet[i].n_range = 1;
		b->host[i].head.name = b->name[i];
	}
	b->subnet[0].net = (struct net4){ IP(192, 168, 10, 0), 24 };
	b->subnet[0].options.routers = b->router;
	b->subnet[0].options.n_routers = 1;
	b->subnet[1].net = (struct net4){ IP(10, 0, 0, 0), 24 };
	b->host[0].address = FIXED;
	top->dhcp.mode = DHCP_AUTHORITATIVE;
	top->dhcp.decline_time = 3600;
	top->dhcp.echo_cid = true;
	top->dhcp.dynamic_bootp = true;
	top->dhcp.subnet = b->subnet;
	top->dhcp.n_subnet = 2;
	top->dhcp.options.dns = b->dns;
	top->dhcp.options.n_dns = 2;
	top->dhcp.options.domain = b->domain;
	top->dhcp.options.lease_time = 7200;
	top->host = b->host;
	top->n_host = 2;
	b->iface = (struct os_iface){ .name = "srv", .index = 1,
	    .addr = SERVER, .net = { IP(192, 168, 10, 0), 24 }, .mtu = 1500 };
	b->boot = (struct boot_plan){ .action = BOOT_ADDRESS,
	    .next_server = SERVER, .rule = "test", .why = "a test" };
}

/* After changes to what bench_init() made. */
static inline void
bench_up(struct bench *b)
{
	assert_int_equal(dhcp_nets_new(&b->cfg, &b->iface, 1, &b->nets), 0);
	assert_int_equal(lease_table_new(&b->leases), 0);
	assert_int_equal(lease_table_ranges(b->leases, b->range, 2), 0);
}

static inline void
bench_down(struct bench *b)
{
	dhcp_nets_free(b->nets);
	lease_table_free(b->leases);
	buf_free(&b->trace);
}

/* cmocka's setup and teardown: *state is the bench. */
static inline int
bench_setup(void **state)
{
	static struct bench b;

	bench_init(&b);
	bench_up(&b);
	*state = &b;
	return 0;
}

static inline int
bench_teardown(void **state)
{
	bench_down(*state);
	return 0;
}

static inline void
make(struct dhcp_msg *m, struct mac mac, int type)
{
	dhcp_init(m);
	m->op = BOOTREQUEST;
	m->htype = HTYPE_ETHER;
	m->hlen = 6;
	m->xid = 0x12345678;
	m->cookie = true;
	m->wire_len = 300;
	memcpy(m->chaddr, mac.b, sizeof(mac.b));
	if (type != DHCP_NOTYPE)
		assert_int_equal(dhcp_put_u8(m, DHO_DHCP_MESSAGE_TYPE, (uint8_t)type), 0);
}

static inline const struct cfg_host *
bench_host(const struct bench *b, struct mac mac)
{
	return mac_equal(mac, mac_fix) ? &b->host[0] :
	    mac_equal(mac, mac_dyn) ? &b->host[1] : NULL;
}

static inline void
decide(struct bench *b, const struct dhcp_msg *m, struct dhcp_verdict *v)
{
	struct dhcp_facts f;
	struct dhcp_env env = { .now = b->now, .nets = b->nets,
	    .server = SERVER, .boot = &b->boot, .leases = b->leases,
	    .trace = &b->trace };

	dhcp_facts(m, &f);
	env.net = dhcp_net_of(m, &f, b->nets, SERVER);
	env.host = bench_host(b, f.mac);
	dhcp_decide(m, &f, &env, v);
}

static inline void
do_lease(struct bench *b, const struct dhcp_verdict *v)
{
	if (v->lease_op != DLO_NONE)
		assert_int_equal(lease_put(b->leases, &v->lease), 0);
}

static inline void
bind_lease(struct bench *b, uint32_t addr, struct mac mac, enum lease_state st,
    int64_t secs)
{
	struct lease l = { .addr = addr, .state = st, .mac = mac,
	    .start = b->now, .expiry = b->now + secs };

	assert_int_equal(lease_put(b->leases, &l), 0);
}

static inline int
type_of(const struct dhcp_verdict *v)
{
	return v->answer ? dhcp_type(&v->reply) : -1;
}

#endif /* TESTS_UNIT_DHCP_FIXTURE_H */
