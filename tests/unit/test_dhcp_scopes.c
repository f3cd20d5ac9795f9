/* test_dhcp_scopes.c - classes, pools, shared networks, and which scope's options
 * a client is sent, in which order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../dhcpd/dhcp_reply.h"

#define NOW		((int64_t)1700000000)
#define IP(a, b, c, d)	((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))
#define SERVER		IP(192, 168, 10, 1)

static const struct mac mac_host = { { 2, 0, 0, 0, 0, 1 } };
static const struct mac mac_vm = { { 0, 0x50, 0x56, 0, 0, 2 } };
static const struct mac mac_other = { { 2, 0, 0, 0, 0, 3 } };

static const char yaml[] =
    "interface: srv\n"
    "dhcp:\n"
    "  mode: authoritative\n"
    "  option-definitions:\n"
    "    rack: { code: 224, type: text }\n"
    "    SUNW.server: { code: 2, type: ip-address }\n"
    "    site: { code: 226, type: encapsulate SITE }\n"
    "    SITE.name: { code: 1, type: text }\n"
    "  options:\n"
    "    domain-name: all\n"
    "    time-servers: 10.0.0.1\n"
    "    log-servers: 10.0.0.1\n"
    "    rack: all\n"
    "    default-lease-time: 1h\n"
    "    filename: from-all\n"
    "    interface-mtu: 1400\n"
    "    loader-pathprefix: pxe/\n"
    "    classless-static-routes: 10.0.0.0/8 192.168.10.9\n"
    "    always-send: [cookie-servers, interface-mtu]\n"
    "    SITE.name: here\n"
    "  classes:\n"
    "    vm: { mac-prefix: ['00:50:56', '52:54'], options: { domain-name: vm, log-servers: 10.0.0.2, filename: from-vm, cookie-servers: 10.0.0.2 } }\n"
    "    pxe: { vendor-class: PXEClient, arch: [7, 9], options: { PXE.boot-menu: '01', domain-name: pxe } }\n"
    "    sun: { vendor-class: SUNW, options: { SUNW.server: 10.0.0.5 } }\n"
    "    ipxe: { user-class: [gPXE, iPXE], options: { ipxe.priority: 5, ipxe.scriptlet: go } }\n"
    "    port: { circuit-id: eth0/1, options: { rack: port } }\n"
    "    cpe: { remote-id: '0x0004ff', subnet: 10.0.0.0/24 }\n"
    "  subnets:\n"
    "    - subnet: 192.168.10.0/24\n"
    "      range: 192.168.10.100-192.168.10.101\n"
    "      shared-network: floor\n"
    "      pools:\n"
    "        - { range: 192.168.10.110, allow: vm, options: { rack: pool, default-lease-time: 10m, domain-name: pool } }\n"
    "        - { range: [192.168.10.120-192.168.10.121], allow: known, deny: vm }\n"
    "      options: { routers: 192.168.10.254, domain-name: subnet, time-servers: 10.0.0.3, log-servers: 10.0.0.3 }\n"
    "    - subnet: 10.0.0.0/24\n"
    "      range: 10.0.0.50-10.0.0.59\n"
    "    - subnet: 172.16.0.0/16\n"
    "      range: 172.16.0.10\n"
    "      shared-network: floor\n"
    "groups:\n"
    "  g: { members: h, options: { domain-name: group, swap-server: 10.7.7.7 } }\n"
    "  g2: { select: h, options: { swap-server: 10.7.7.8, nis-domain: second } }\n"
    "hosts:\n"
    "  h: { mac: '02:00:00:00:00:01', options: { domain-name: host, filename: from-host, next-server: 10.9.9.9 } }\n";

struct bench {
	struct config		*cfg;
	struct dhcp_nets	*nets;
	struct lease_table	*leases;
	struct boot_plan	 boot;
	struct dhcp_optset	 profile;
	bool			 has_profile;
	struct dhcp_classes	 classes;
	struct dhcp_scopes	 scopes;
};

static void
complain(void *arg, const char *text)
{
	(void)arg;
	print_message("%s\n", text);
}

static int
up(void **state)
{
	struct os_iface iface = { .name = "srv", .index = 1, .addr = SERVER,
	    .net = { IP(192, 168, 10, 0), 24 }, .mtu = 1500 };
	struct bench *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	assert_int_equal(config_load_mem("t", yaml, &b->cfg, complain, NULL), 0);
	assert_int_equal(dhcp_nets_new(b->cfg, &iface, 1, &b->nets), 0);
	assert_int_equal(lease_table_new(&b->leases), 0);
	assert_int_equal(dhcp_nets_ranges(b->nets, b->leases), 0);
	b->boot = (struct boot_plan){ .action = BOOT_ADDRESS, .next_server = SERVER,
	    .rule = "test", .why = "a test" };
	*state = b;
	return 0;
}

static int
down(void **state)
{
	struct bench *b = *state;

	dhcp_nets_free(b->nets);
	lease_table_free(b->leases);
	config_unref(b->cfg);
	free(b);
	return 0;
}

static void
make(struct dhcp_msg *m, struct mac mac)
{
	dhcp_init(m);
	m->op = BOOTREQUEST;
	m->htype = HTYPE_ETHER;
	m->hlen = 6;
	m->cookie = true;
	m->wire_len = 300;
	memcpy(m->chaddr, mac.b, sizeof(mac.b));
	assert_int_equal(dhcp_put_u8(m, DHO_DHCP_MESSAGE_TYPE, DHCPDISCOVER), 0);
}
#define PUT(m, code, bytes)	\
	assert_int_equal(dhcp_put(m, code, bytes, sizeof(bytes) - 1), 0)

static const struct cfg_host *
host_of(const struct bench *b, struct mac mac)
{
	return mac_equal(mac, mac_host) ? &b->cfg->top.host[0] : NULL;
}

static void
decide(struct bench *b, const struct dhcp_msg *m, struct dhcp_verdict *v)
{
	struct dhcp_facts f;
	struct dhcp_env env = { .now = NOW, .nets = b->nets, .server = SERVER,
	    .boot = &b->boot, .leases = b->leases,
	    .profile = b->has_profile ? &b->profile : NULL };

	dhcp_facts(m, &f);
	env.net = dhcp_net_of(m, &f, b->nets, SERVER);
	assert_non_null(env.net);
	env.host = host_of(b, f.mac);
	dhcp_classify(b->nets->class, &f, SERVER, env.host != NULL, &env.classes);
	b->classes = env.classes;
	dhcp_nets_scopes(b->nets, env.net, 0, env.host, env.profile, &env.classes, &b->scopes);
	dhcp_decide(m, &f, &env, v);
}

static void
assert_text(const struct dhcp_msg *m, uint8_t code, const char *want)
{
	size_t len;
	const uint8_t *p = dhcp_opt(m, code, &len);
	char have[256];

	assert_non_null(p);
	snprintf(have, sizeof(have), "%.*s", (int)len, (const char *)p);
	assert_string_equal(have, want);
}

static bool
in_class(const struct bench *b, const char *name)
{
	return dhcp_classes_has(&b->classes,
	    (unsigned)dhcp_class_find(&b->cfg->top.dhcp, name));
}

/* Classes ------------------------------------------------------------------- */

static void
test_every_criterion_must_hold(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	make(&m, mac_other);
	PUT(&m, DHO_VENDOR_CLASS_IDENTIFIER, "PXEClient:Arch:00007");
	decide(b, &m, &v);
	assert_false(in_class(b, "pxe") || in_class(b, "vm"));	/* no option 93 */
	PUT(&m, DHO_PXE_SYSTEM_TYPE, "\0\7");
	decide(b, &m, &v);
	assert_true(in_class(b, "pxe"));
	make(&m, mac_vm);
	PUT(&m, DHO_PXE_SYSTEM_TYPE, "\0\7");
	PUT(&m, DHO_VENDOR_CLASS_IDENTIFIER, "PXEClien");
	decide(b, &m, &v);
	assert_false(in_class(b, "pxe"));
	assert_true(in_class(b, "vm"));
	assert_true(in_class(b, "unknown") && !in_class(b, "known"));
	make(&m, mac_host);
	decide(b, &m, &v);
	assert_true(in_class(b, "known") && !in_class(b, "unknown"));
}

/* RFC 3004: each with its length before it; iPXE sends it bare. */
static void
test_user_classes_in_both_forms(void **state)
{
	static const struct { const char *p; size_t n; bool yes; } t[] = {
		{ "iPXE", 4, true }, { "\4iPXE", 5, true }, { "\1a\4gPXE", 7, true },
		{ "iPXEx", 5, false }, { "\5iPXE", 5, false }, { "\4iPX", 4, false },
		{ "", 0, false }, { "\0\4iPXE", 6, true }, { "\xffiPXE", 5, false },
	};
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		make(&m, mac_other);
		assert_int_equal(dhcp_put(&m, DHO_USER_CLASS, t[i].p, t[i].n), 0);
		decide(b, &m, &v);
		assert_int_equal(in_class(b, "ipxe"), t[i].yes);
	}
}

/* RFC 3046: what the relay says, exactly; what a client says for it is not heard. */
static void
test_classes_by_relay(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	make(&m, mac_other);
	m.giaddr = IP(10, 0, 0, 1);
	PUT(&m, DHO_DHCP_AGENT_OPTIONS, "\1\6eth0/1\2\3\0\4\xff");
	decide(b, &m, &v);
	assert_true(in_class(b, "port") && in_class(b, "cpe"));
	assert_text(&v.reply, 224, "port");
	m.giaddr = IP(192, 168, 10, 7);		/* another subnet */
	decide(b, &m, &v);
	assert_true(in_class(b, "port") && !in_class(b, "cpe"));
	m.giaddr = 0;
	decide(b, &m, &v);
	assert_false(in_class(b, "port"));
	make(&m, mac_other);
	m.giaddr = IP(10, 0, 0, 1);
	PUT(&m, DHO_DHCP_AGENT_OPTIONS, "\1\7eth0/12\2\2\0\4");
	decide(b, &m, &v);
	assert_false(in_class(b, "port") || in_class(b, "cpe"));
}

/* Networks and pools ---------------------------------------------------------- */

static void
test_shared_networks_stand_side_by_side(void **state)
{
	struct bench *b = *state;
	const struct dhcp_net *n = dhcp_nets_find(b->nets, IP(192, 168, 10, 7));
	const struct dhcp_net *alone = dhcp_nets_find(b->nets, IP(10, 0, 0, 255));

	assert_int_equal(b->nets->n, 3);
	assert_int_equal(n->n_link, 2);
	assert_ptr_equal(n->link, n);
	assert_ptr_equal(&n->link[1], dhcp_nets_find(b->nets, IP(172, 16, 255, 1)));
	assert_ptr_equal(n->link[1].link, n);
	assert_int_equal(n->link[1].n_link, 2);
	assert_int_equal(alone->n_link, 1);
	assert_ptr_equal(alone->link, alone);
	assert_null(dhcp_nets_find(b->nets, IP(9, 255, 255, 255)));
	assert_null(dhcp_nets_find(b->nets, IP(10, 0, 1, 0)));
	assert_null(dhcp_nets_find(b->nets, IP(255, 255, 255, 255)));
}

static void
test_pools_are_found_by_address(void **state)
{
	struct bench *b = *state;
	const struct dhcp_net *n = dhcp_nets_find(b->nets, SERVER);
	struct dhcp_classes vm = { { 0 } }, known = { { 0 } };

	assert_int_equal(n->n_pool, 3);
	assert_null(dhcp_net_pool(n, IP(192, 168, 10, 99)));
	assert_ptr_equal(dhcp_net_pool(n, IP(192, 168, 10, 100)), &n->pool[0]);
	assert_ptr_equal(dhcp_net_pool(n, IP(192, 168, 10, 101)), &n->pool[0]);
	assert_null(dhcp_net_pool(n, IP(192, 168, 10, 102)));
	assert_ptr_equal(dhcp_net_pool(n, IP(192, 168, 10, 110)), &n->pool[1]);
	assert_ptr_equal(dhcp_net_pool(n, IP(192, 168, 10, 121)), &n->pool[2]);
	assert_null(dhcp_net_pool(n, IP(192, 168, 10, 122)));
	dhcp_classes_add(&vm, 0);
	dhcp_classes_add(&known, DHCP_CLASS_KNOWN);
	assert_true(dhcp_pool_allows(&n->pool[0], &vm) && dhcp_pool_allows(&n->pool[0], &known));
	assert_true(dhcp_pool_allows(&n->pool[1], &vm));
	assert_false(dhcp_pool_allows(&n->pool[1], &known));
	assert_true(dhcp_pool_allows(&n->pool[2], &known));
	dhcp_classes_add(&known, 0);		/* deny stands over allow */
	assert_false(dhcp_pool_allows(&n->pool[2], &known));
}

static uint32_t
lease_to(struct bench *b, struct mac mac, uint32_t wanted)
{
	struct dhcp_verdict v;
	struct dhcp_msg m;

	make(&m, mac);
	if (wanted != 0)
		assert_int_equal(dhcp_put_u32(&m, DHO_DHCP_REQUESTED_ADDRESS, wanted), 0);
	decide(b, &m, &v);
	if (!v.answer)
		return 0;
	if (v.lease_op != DLO_NONE)
		assert_int_equal(lease_put(b->leases, &v.lease), 0);
	return v.reply.yiaddr;
}

static void
test_a_pool_is_for_its_classes(void **state)
{
	struct bench *b = *state;
	struct mac mac = mac_other;

	/* Who may not have it does not get it by asking for it. */
	assert_int_not_equal(lease_to(b, mac, IP(192, 168, 10, 110)), IP(192, 168, 10, 110));
	mac.b[5] = 9;
	assert_true(lease_to(b, mac, 0) != 0);		/* the range is full now */
	assert_int_equal(lease_to(b, mac_vm, 0), IP(192, 168, 10, 110));
	assert_int_equal(lease_to(b, mac_host, 0), IP(192, 168, 10, 120));
}

/* Scopes ---------------------------------------------------------------------- */

static void
test_the_nearest_scope_counts(void **state)
{
	static const struct { struct mac mac; const char *domain; uint8_t log, time; } t[] = {
		{ { { 2, 0, 0, 0, 0, 1 } }, "host", 3, 3 },
		{ { { 0, 0x50, 0x56, 0, 0, 2 } }, "vm", 2, 3 },
		{ { { 2, 0, 0, 0, 0, 3 } }, "subnet", 3, 3 },
	};
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;
	uint32_t a;

	for (size_t i = 0; i < 3; i++) {
		make(&m, t[i].mac);
		decide(b, &m, &v);
		assert_text(&v.reply, DHO_DOMAIN_NAME, t[i].domain);
		assert_true(dhcp_opt_u32(&v.reply, 7, &a));
		assert_int_equal(a, IP(10, 0, 0, t[i].log));
		assert_true(dhcp_opt_u32(&v.reply, 4, &a));
		assert_int_equal(a, IP(10, 0, 0, t[i].time));
		assert_text(&v.reply, 224, "all");
	}
	make(&m, mac_other);
	m.giaddr = IP(10, 0, 0, 1);
	decide(b, &m, &v);
	assert_text(&v.reply, DHO_DOMAIN_NAME, "all");
	assert_true(dhcp_opt_u32(&v.reply, DHO_SUBNET_MASK, &a));
	assert_int_equal(a, 0xffffff00);
}

/* Several classes fit: the first in the file. */
static void
test_of_several_classes_the_first_counts(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	make(&m, mac_vm);
	PUT(&m, DHO_VENDOR_CLASS_IDENTIFIER, "PXEClient");
	PUT(&m, DHO_PXE_SYSTEM_TYPE, "\0\7");
	decide(b, &m, &v);
	assert_true(in_class(b, "vm") && in_class(b, "pxe"));
	assert_text(&v.reply, DHO_DOMAIN_NAME, "vm");
	/* And what only the other one says is there too. */
	assert_true(v.reply.has[DHO_VENDOR_ENCAPSULATED_OPTIONS]);
}

/* What the pool says is known when the address is. */
static void
test_a_pools_options_go_with_its_address(void **state)
{
	struct bench *b = *state;
	struct mac mac = mac_vm;
	struct dhcp_verdict v;
	struct dhcp_msg m;
	uint32_t secs;

	make(&m, mac);
	decide(b, &m, &v);
	assert_text(&v.reply, 224, "all");
	assert_true(dhcp_opt_u32(&v.reply, DHO_DHCP_LEASE_TIME, &secs) && secs == 3600);
	assert_int_equal(dhcp_put_u32(&m, DHO_DHCP_REQUESTED_ADDRESS, IP(192, 168, 10, 110)), 0);
	decide(b, &m, &v);
	assert_int_equal(v.reply.yiaddr, IP(192, 168, 10, 110));
	assert_text(&v.reply, 224, "pool");
	assert_true(dhcp_opt_u32(&v.reply, DHO_DHCP_LEASE_TIME, &secs) && secs == 600);
	assert_text(&v.reply, DHO_DOMAIN_NAME, "vm");		/* a class is nearer */
}

static void
test_boot_names_come_from_the_nearest_scope_too(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	make(&m, mac_host);
	decide(b, &m, &v);
	assert_string_equal(dhcp_scopes_filename(&b->scopes), "from-host");
	assert_int_equal(dhcp_scopes_next_server(&b->scopes), IP(10, 9, 9, 9));
	make(&m, mac_vm);
	decide(b, &m, &v);
	assert_string_equal(dhcp_scopes_filename(&b->scopes), "from-vm");
	assert_int_equal(dhcp_scopes_next_server(&b->scopes), 0);
	make(&m, mac_other);
	decide(b, &m, &v);
	assert_string_equal(dhcp_scopes_filename(&b->scopes), "from-all");
	assert_null(dhcp_scopes_root_path(&b->scopes));
}

/* Between host and profile; of two groups the first. */
static void
test_a_group_speaks_for_its_hosts(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;
	uint32_t a;

	make(&m, mac_host);
	PUT(&m, DHO_DHCP_PARAMETER_REQUEST_LIST, "\x0f\x10\x28");
	decide(b, &m, &v);
	assert_text(&v.reply, DHO_DOMAIN_NAME, "host");
	assert_true(dhcp_opt_u32(&v.reply, 16, &a));
	assert_int_equal(a, IP(10, 7, 7, 7));
	assert_text(&v.reply, 40, "second");
	make(&m, mac_vm);
	PUT(&m, DHO_DHCP_PARAMETER_REQUEST_LIST, "\x0f\x10\x28");
	decide(b, &m, &v);
	assert_false(dhcp_opt_u32(&v.reply, 16, &a));
}

/* Between host and class. */
static void
test_a_profiles_options_while_it_installs(void **state)
{
	struct bench *b = *state;
	struct buf bytes = { 0 };
	struct dhcp_verdict v;
	struct dhcp_msg m;

	dhcp_opts_put(&bytes, &(struct dhcp_opt_item){ .code = DHO_DOMAIN_NAME,
	    .p = (const uint8_t *)"profile", .len = 7 });
	dhcp_opts_put(&bytes, &(struct dhcp_opt_item){ .code = 77, .flags = DHCP_OPT_ALWAYS,
	    .p = (const uint8_t *)"x", .len = 1 });
	b->has_profile = dhcp_optset_view((const uint8_t *)bytes.p, bytes.len, "profile",
	    &b->profile);
	assert_true(b->has_profile);
	make(&m, mac_vm);
	PUT(&m, DHO_DHCP_PARAMETER_REQUEST_LIST, "\x0f");
	decide(b, &m, &v);
	assert_text(&v.reply, DHO_DOMAIN_NAME, "profile");
	assert_text(&v.reply, 77, "x");
	make(&m, mac_host);
	decide(b, &m, &v);
	assert_text(&v.reply, DHO_DOMAIN_NAME, "host");
	assert_false(dhcp_optset_view((const uint8_t *)bytes.p, bytes.len - 1, "x", &b->profile));
	buf_free(&bytes);
}

/* What is sent ------------------------------------------------------------------ */

static void
assert_order(const struct dhcp_msg *m, const char *want)
{
	char have[512] = "";

	for (unsigned i = 0; i < m->n; i++)
		snprintf(have + strlen(have), sizeof(have) - strlen(have), "%s%u",
		    i > 0 ? " " : "", m->order[i]);
	assert_string_equal(have, want);
}

/* Type, server, times, mask, routers; always-send and what pxelinux can't ask
 * for; then the list in its order, each once. */
static void
test_options_go_in_the_order_of_their_worth(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	make(&m, mac_other);
	PUT(&m, DHO_DHCP_PARAMETER_REQUEST_LIST, "\xe0\x07\xe0\x0f\x01\x03\x35\x36\x33\x52\xff\0");
	decide(b, &m, &v);
	assert_order(&v.reply, "53 54 51 58 59 1 3 26 210 224 7 15");
	make(&m, mac_other);
	PUT(&m, DHO_DHCP_PARAMETER_REQUEST_LIST, "\x0f\x07");
	decide(b, &m, &v);
	assert_order(&v.reply, "53 54 51 58 59 1 3 26 210 15 7");
}

/* always-send of one scope, the value of another. */
static void
test_always_send_names_what_another_scope_says(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	make(&m, mac_vm);
	PUT(&m, DHO_DHCP_PARAMETER_REQUEST_LIST, "\x01");
	decide(b, &m, &v);
	assert_true(v.reply.has[8] && v.reply.has[26]);
	assert_false(v.reply.has[DHO_DOMAIN_NAME]);
	make(&m, mac_other);
	PUT(&m, DHO_DHCP_PARAMETER_REQUEST_LIST, "\x01");
	decide(b, &m, &v);
	assert_false(v.reply.has[8]);
}

/* Without a list everything is sent. */
static void
test_without_a_list_everything_is_sent(void **state)
{
	static const uint8_t want[] = { 1, 3, 4, 7, 15, 26, 28, 121, 210, 224 };
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	make(&m, mac_other);
	decide(b, &m, &v);
	for (size_t i = 0; i < sizeof(want); i++)
		if (!v.reply.has[want[i]])
			fail_msg("option %u is missing", want[i]);
	assert_false(v.reply.has[249]);
}

/* RFC 3442, and the number under which Windows asks for the same. */
static void
test_routes_under_both_numbers(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;
	size_t len;

	make(&m, mac_other);
	PUT(&m, DHO_DHCP_PARAMETER_REQUEST_LIST, "\xf9");
	decide(b, &m, &v);
	assert_memory_equal(dhcp_opt(&v.reply, 249, &len), "\x08\x0a\xc0\xa8\x0a\x09", 6);
	assert_int_equal(len, 6);
	assert_false(v.reply.has[121]);
}

static void
assert_43(const struct bench *b, const struct dhcp_msg *m, uint8_t code, const char *p, size_t n)
{
	size_t len;
	const uint8_t *have = dhcp_opt(m, code, &len);

	(void)b;
	assert_non_null(have);
	assert_int_equal(len, n);
	assert_memory_equal(have, p, n);
}
#define ASSERT_IN(m, code, bytes) assert_43(b, m, code, bytes, sizeof(bytes) - 1)

/* PXE 2.1: what is said of PXE.NAME, beside what makes the ROM load its file. */
static void
test_the_pxe_space(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	make(&m, mac_other);
	PUT(&m, DHO_VENDOR_CLASS_IDENTIFIER, "PXEClient:Arch:00007");
	PUT(&m, DHO_PXE_SYSTEM_TYPE, "\0\7");
	decide(b, &m, &v);
	ASSERT_IN(&v.reply, 43, "\x09\x01\x01\xff");
	strcpy(b->boot.file, "x.efi");
	b->boot.action = BOOT_FILE;
	decide(b, &m, &v);
	ASSERT_IN(&v.reply, 43, "\x06\x01\x08\x09\x01\x01\xff");
	assert_text(&v.reply, DHO_VENDOR_CLASS_IDENTIFIER, "PXEClient");
	make(&m, mac_other);
	PUT(&m, DHO_VENDOR_CLASS_IDENTIFIER, "MSFT 5.0");
	decide(b, &m, &v);
	assert_false(v.reply.has[43]);
}

static void
test_a_space_of_ones_own_is_for_its_vendor(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	make(&m, mac_other);
	PUT(&m, DHO_VENDOR_CLASS_IDENTIFIER, "SUNW.Ultra-1");
	PUT(&m, DHO_DHCP_PARAMETER_REQUEST_LIST, "\x01\xe2");
	decide(b, &m, &v);
	ASSERT_IN(&v.reply, 43, "\x02\x04\x0a\0\0\x05");
	ASSERT_IN(&v.reply, 226, "\x01\x04here");	/* a space with a number of its own */
}

/* iPXE: 175 with our no-pxedhcp among them; 43 means a menu to it, and is not sent. */
static void
test_the_ipxe_space(void **state)
{
	struct bench *b = *state;
	struct dhcp_verdict v;
	struct dhcp_msg m;

	make(&m, mac_other);
	PUT(&m, DHO_VENDOR_CLASS_IDENTIFIER, "PXEClient:Arch:00007");
	PUT(&m, DHO_PXE_SYSTEM_TYPE, "\0\7");
	PUT(&m, DHO_USER_CLASS, "iPXE");
	decide(b, &m, &v);
	ASSERT_IN(&v.reply, 175, "\x01\x01\x05\x51\x02go\xb0\x01\x01");
	assert_false(v.reply.has[43]);
}

/* Everything at once in the smallest message: what is left out is the last. */
static void
test_the_last_ones_are_left_out(void **state)
{
	struct bench *b = *state;
	uint8_t bytes[DHCP_MSG_MAX], left, big[300];
	struct buf opts = { 0 };
	struct dhcp_verdict v;
	struct dhcp_msg m, r;
	int len;

	memset(big, 'x', sizeof(big));
	dhcp_opts_put(&opts, &(struct dhcp_opt_item){ .code = 200, .p = big, .len = 300 });
	b->has_profile = dhcp_optset_view((const uint8_t *)opts.p, opts.len, "profile", &b->profile);
	make(&m, mac_other);
	PUT(&m, DHO_DHCP_PARAMETER_REQUEST_LIST, "\xc8\x0f\x07");
	decide(b, &m, &v);
	len = dhcp_write(&v.reply, v.max, bytes, &left);
	assert_true(len > 0 && len <= 548);
	assert_int_equal(left, 200);
	assert_int_equal(dhcp_parse(bytes, (size_t)len, &r), 0);
	assert_true(r.has[15] && r.has[7] && r.has[3]);
	/* RFC 3396: in pieces, where there is room. */
	PUT(&m, DHO_DHCP_MAX_MESSAGE_SIZE, "\x05\xdc");
	decide(b, &m, &v);
	len = dhcp_write(&v.reply, v.max, bytes, &left);
	assert_int_equal(left, 0);
	assert_int_equal(dhcp_parse(bytes, (size_t)len, &r), 0);
	assert_int_equal(r.len[200], 300);
	buf_free(&opts);
}

#define T(f)	cmocka_unit_test_setup_teardown(f, up, down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_every_criterion_must_hold),
		T(test_user_classes_in_both_forms),
		T(test_classes_by_relay),
		T(test_shared_networks_stand_side_by_side),
		T(test_pools_are_found_by_address),
		T(test_a_pool_is_for_its_classes),
		T(test_the_nearest_scope_counts),
		T(test_of_several_classes_the_first_counts),
		T(test_a_pools_options_go_with_its_address),
		T(test_boot_names_come_from_the_nearest_scope_too),
		T(test_a_profiles_options_while_it_installs),
		T(test_options_go_in_the_order_of_their_worth),
		T(test_a_group_speaks_for_its_hosts),
		T(test_always_send_names_what_another_scope_says),
		T(test_without_a_list_everything_is_sent),
		T(test_routes_under_both_numbers),
		T(test_the_pxe_space),
		T(test_a_space_of_ones_own_is_for_its_vendor),
		T(test_the_ipxe_space),
		T(test_the_last_ones_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
