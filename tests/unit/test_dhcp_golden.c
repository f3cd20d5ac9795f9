/* test_dhcp_golden.c - each recorded request gets the reply that is written down.
 *
 * tests/golden/dhcp/NAME.req.hex: the packet in hex, hh*N for N equal bytes,
 * # for comments; "# env: X" names the configuration below.  NAME.rep.hex: the
 * reply, "# to:" its destination and "# lease:" what is remembered; no bytes
 * for silence.  PROVD_UPDATE=1 writes the replies anew: read the difference.
 *
 * The same packets, cut at every length, must do no harm.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <stdio.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "../../dhcpd/dhcp_policy.h"

#define DIR_GOLDEN	"tests/golden/dhcp"
#define NOW		((int64_t)1700000000)
#define TOKEN		"0123456789abcdef0123456789abcdef"

static const char plain[] =
    "interface: srv\n"
    "dhcp:\n"
    "  mode: authoritative\n"
    "  dynamic-bootp: yes\n"
    "  options: { default-lease-time: 1h }\n"
    "  subnets:\n"
    "    - subnet: 192.168.10.0/24\n"
    "      range: 192.168.10.157-192.168.10.199\n"
    "      options:\n"
    "        routers: 192.168.10.1\n"
    "        root-path: 192.168.10.1:/data/freebsd/root\n"
    "        filename: boot/pxeboot\n"
    "    - subnet: 10.0.0.0/24\n"
    "      range: 10.0.0.50-10.0.0.59\n";

/* The dhcpd.conf of a FreeBSD 6.2 installation server, word for word. */
static const char seed[] =
    "interface: em0\n"
    "dhcp:\n"
    "  mode: authoritative\n"
    "  server-identifier: 192.168.10.105\n"
    "  options:\n"
    "    broadcast-address: 192.168.10.255\n"
    "    domain-name-servers: 192.168.10.254\n"
    "    domain-name: simerson.net\n"
    "    routers: 192.168.10.254\n"
    "    subnet-mask: 255.255.255.0\n"
    "    server-name: pxe-gw\n"
    "    next-server: 192.168.10.105\n"
    "    default-lease-time: infinite\n"
    "  subnets:\n"
    "    - subnet: 192.168.10.0/24\n"
    "      range: 192.168.10.32-192.168.10.99\n"
    "      options:\n"
    "        root-path: 192.168.10.105:/usr/tftpboot\n"
    "        filename: /boot/pxeboot\n";

static const char hosts[] =
    "interface: srv\n"
    "dhcp:\n"
    "  options:\n"
    "    default-lease-time: 12h\n"
    "    domain-name: example.org\n"
    "    domain-name-servers: [192.168.10.2, 192.168.10.3]\n"
    "  subnets:\n"
    "    - subnet: 192.168.10.0/24\n"
    "      range: 192.168.10.100-192.168.10.199\n"
    "      options: { routers: 192.168.10.254 }\n"
    "hosts:\n"
    "  web1:\n"
    "    mac: 52:54:00:12:34:56\n"
    "    address: 192.168.10.20\n";

/* Another server gives the addresses. */
#define PROXY_SUBNET							\
    "  subnets:\n"							\
    "    - subnet: 192.168.10.0/24\n"					\
    "      range: 192.168.10.100-192.168.10.199\n"			\
    "      options: { filename: boot/file }\n"

static const char proxy[] =
    "interface: srv\n"
    "clients: any\n"
    "dhcp:\n"
    "  mode: proxy\n"
    PROXY_SUBNET
    "hosts: { web1: { mac: 52:54:00:12:34:56 } }\n";

static const char proxy_menu[] =
    "interface: srv\n"
    "clients: any\n"
    "dhcp:\n"
    "  mode: proxy\n"
    "  pxe-menu: { prompt: Press F8 for a menu, timeout: 5, item: Install }\n"
    PROXY_SUBNET;

static const char pi_host[] =
    "interface: srv\n"
    "dhcp:\n"
    "  subnets:\n"
    "    - { subnet: 192.168.10.0/24, range: 192.168.10.100-192.168.10.199 }\n"
    "hosts:\n"
    "  pi1: { mac: dc:a6:32:01:02:03, address: 192.168.10.21 }\n";

struct env {
	const char	*name, *yaml, *server;
	bool		 leased, binl;	/* binl: to port 4011 */
	enum host_state	 state;
	bool		 install, no_http;
	struct boot_recipe recipe;
};

static const struct env envs[] = {
	{ .name = "plain", .yaml = plain, .server = "192.168.10.1" },
	{ .name = "leased", .yaml = plain, .server = "192.168.10.1", .leased = true },
	{ .name = "seed", .yaml = seed, .server = "192.168.10.105" },
	{ .name = "linux", .yaml = hosts, .server = "192.168.10.1",
	  .state = HS_BOOTING, .install = true, .recipe = { .os = BOOT_LINUX } },
	{ .name = "freebsd", .yaml = hosts, .server = "192.168.10.1",
	  .state = HS_BOOTING, .install = true,
	  .recipe = { .os = BOOT_FREEBSD, .bios_file = "boot/pxeboot",
	    .uefi_file = "boot/loader.efi",
	    .loader_vars = "nfs.read_size=16384;boot.nfsroot.options=nolockd" } },
	{ .name = "installed", .yaml = hosts, .server = "192.168.10.1",
	  .state = HS_INSTALLED },
	{ .name = "linux-no-http", .yaml = hosts, .server = "192.168.10.1",
	  .state = HS_BOOTING, .install = true, .recipe = { .os = BOOT_LINUX },
	  .no_http = true },
	{ .name = "pi", .yaml = pi_host, .server = "192.168.10.1",
	  .state = HS_BOOTING, .install = true, .recipe = { .os = BOOT_LINUX } },
	{ .name = "pi-installed", .yaml = pi_host, .server = "192.168.10.1",
	  .state = HS_INSTALLED },
	{ .name = "proxy", .yaml = proxy, .server = "192.168.10.1", .state = HS_READY },
	{ .name = "proxy-4011", .yaml = proxy, .server = "192.168.10.1", .state = HS_READY,
	  .binl = true },
	{ .name = "proxy-menu", .yaml = proxy_menu, .server = "192.168.10.1" },
	{ .name = "proxy-menu-4011", .yaml = proxy_menu, .server = "192.168.10.1",
	  .binl = true },
	{ .name = "proxy-installed", .yaml = proxy, .server = "192.168.10.1",
	  .state = HS_INSTALLED },
};

struct scene {
	const struct env *env;
	struct config	*cfg;
	struct dhcp_nets *nets;
	struct lease_table *leases;
	uint32_t	 server;
};

/* Hex ----------------------------------------------------------------------- */

struct golden {
	char		env[32], to[80], lease[80];
	uint8_t		p[DHCP_MSG_MAX];
	size_t		len;
};

static void
take_comment(const char *line, const char *key, char *to, size_t cap)
{
	size_t n = strlen(key);

	if (strncmp(line, key, n) == 0)
		(void)snprintf(to, cap, "%.*s", (int)strcspn(line + n, "\n"), line + n);
}

static void
take_bytes(struct golden *g, const char *file, const char *line)
{
	unsigned byte, times;
	int n;

	while (sscanf(line, " %2x%n", &byte, &n) == 1) {
		line += n;
		times = 1;
		if (sscanf(line, "*%u%n", &times, &n) == 1)
			line += n;
		if (times > sizeof(g->p) - g->len)
			fail_msg("%s: too long", file);
		memset(g->p + g->len, (int)byte, times);
		g->len += times;
	}
	line += strspn(line, " \t\n");
	if (*line != '\0' && *line != '#')
		fail_msg("%s: what is \"%s\"?", file, line);
}

static void
golden_read(const char *name, const char *kind, struct golden *g)
{
	char path[512], line[1024];
	FILE *f;

	memset(g, 0, sizeof(*g));
	(void)snprintf(path, sizeof(path), "%s/%s.%s.hex", DIR_GOLDEN, name, kind);
	if ((f = fopen(path, "r")) == NULL)
		fail_msg("%s: %s", path, strerror(errno));
	while (fgets(line, sizeof(line), f) != NULL) {
		take_comment(line, "# env: ", g->env, sizeof(g->env));
		take_comment(line, "# to: ", g->to, sizeof(g->to));
		take_comment(line, "# lease: ", g->lease, sizeof(g->lease));
		take_bytes(g, path, line);
	}
	fclose(f);
}

/* A run of equal bytes as hh*N. */
static void
write_bytes(FILE *f, const uint8_t *p, size_t len)
{
	size_t run;

	for (size_t i = 0; i < len; i += run) {
		for (run = 1; i + run < len && p[i + run] == p[i]; run++)
			;
		if (run > 4) {
			fprintf(f, "%s%02x*%zu", i > 0 ? " " : "", p[i], run);
			continue;
		}
		run = 1;
		fprintf(f, "%s%02x", i > 0 ? " " : "", p[i]);
	}
}

static const struct { size_t off, len; const char *name; } fields[] = {
	{ 0, 4, "op, htype, hlen, hops" }, { 4, 4, "xid" },
	{ 8, 4, "secs, flags" }, { 12, 4, "ciaddr" }, { 16, 4, "yiaddr" },
	{ 20, 4, "siaddr" }, { 24, 4, "giaddr" }, { 28, 16, "chaddr" },
	{ 44, 64, "sname" }, { 108, 128, "file" }, { 236, 4, "cookie" },
};

static void
write_packet(FILE *f, const uint8_t *p, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		write_bytes(f, p + fields[i].off, fields[i].len);
		fprintf(f, "\t# %s\n", fields[i].name);
	}
	for (i = 240; i < len && p[i] != DHO_END && p[i] != DHO_PAD;
	    i += 2 + (size_t)p[i + 1]) {
		for (size_t k = 0; k < 2 + (size_t)p[i + 1]; k++)
			fprintf(f, "%s%02x", k > 0 ? " " : "", p[i + k]);
		fprintf(f, "\t# option %u\n", p[i]);
	}
	write_bytes(f, p + i, len - i);
	fputc('\n', f);
}

/* Which field or option an offset lies in. */
static void
name_offset(const uint8_t *p, size_t len, size_t off, char buf[40])
{
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (off >= fields[i].off && off < fields[i].off + fields[i].len)
			(void)snprintf(buf, 40, "%s", fields[i].name);
	for (i = 240; i + 1 < len && p[i] != DHO_END; i += 2 + (size_t)p[i + 1])
		if (off >= i)
			(void)snprintf(buf, 40, "option %u", p[i]);
}

/* Deciding ------------------------------------------------------------------ */

static void
complain(void *arg, const char *text)
{
	(void)arg;
	print_message("%s\n", text);
}

static void
scene_set(struct scene *s, const char *name)
{
	struct os_iface iface = { .name = "srv", .mtu = 1500 };
	const struct cfg_dhcp *d;
	struct range4 r[4];
	size_t n = 0;

	memset(s, 0, sizeof(*s));
	for (size_t i = 0; i < sizeof(envs) / sizeof(envs[0]); i++)
		if (strcmp(envs[i].name, name) == 0)
			s->env = &envs[i];
	if (s->env == NULL)
		fail_msg("no environment \"%s\"", name);
	assert_int_equal(config_load_mem(name, s->env->yaml, &s->cfg, complain, NULL), 0);
	assert_int_equal(ip4_parse(s->env->server, &s->server), 0);
	iface.addr = s->server;
	assert_int_equal(net4_parse("192.168.10.0/24", &iface.net), 0);
	assert_int_equal(dhcp_nets_new(s->cfg, &iface, 1, &s->nets), 0);
	assert_int_equal(lease_table_new(&s->leases), 0);
	d = &s->cfg->top.dhcp;
	for (size_t i = 0; i < d->n_subnet; i++)
		r[n++] = d->subnet[i].range[0];
	assert_int_equal(lease_table_ranges(s->leases, r, n), 0);
	if (s->env->leased) {
		struct lease l = { .addr = r[0].lo, .state = LEASE_BOUND,
		    .mac = { { 0x52, 0x54, 0, 0x12, 0x34, 0x56 } },
		    .start = NOW - 60, .expiry = NOW + 60 };

		assert_int_equal(lease_put(s->leases, &l), 0);
	}
}

static void
scene_end(struct scene *s)
{
	dhcp_nets_free(s->nets);
	lease_table_free(s->leases);
	config_unref(s->cfg);
}

static const struct cfg_host *
find_host(const struct scene *s, struct mac mac)
{
	for (size_t i = 0; i < s->cfg->top.n_host; i++)
		if (mac_equal(s->cfg->top.host[i].mac[0], mac))
			return &s->cfg->top.host[i];
	return NULL;
}

static int
decide(const struct scene *s, const uint8_t *p, size_t len, struct dhcp_verdict *v,
    int *ret_type)
{
	struct dhcp_msg m;
	struct dhcp_facts f;
	struct boot_plan plan;
	struct dhcp_env e = { .now = NOW, .nets = s->nets, .server = s->server,
	    .leases = s->leases, .boot = &plan, .binl = s->env->binl,
	    .peer = 0xc0a80acd, .peer_port = 4011 };
	struct boot_query q = { .state = s->env->state, .server = s->server,
	    .http_port = s->env->no_http ? 0 : 80 };
	int r;

	if ((r = dhcp_parse(p, len, &m)) < 0)
		return r;
	dhcp_facts(&m, &f);
	e.net = dhcp_net_of(&m, &f, s->nets, s->server);
	e.host = find_host(s, f.mac);
	q.fw = f.fw;
	q.known = e.host != NULL;
	if (s->env->install) {
		q.token = TOKEN;
		q.recipe = &s->env->recipe;
	}
	if (e.net != NULL) {
		struct dhcp_scopes sc;

		dhcp_classify(s->nets->class, &f, s->server, e.host != NULL, &e.classes);
		dhcp_nets_scopes(s->nets, e.net, 0, e.host, NULL, &e.classes, &sc);
		q.root_path = dhcp_scopes_root_path(&sc);
		q.filename = dhcp_scopes_filename(&sc);
		q.next_server = dhcp_scopes_next_server(&sc);
	}
	boot_plan(&q, &plan);
	dhcp_decide(&m, &f, &e, v);
	*ret_type = dhcp_type(&m);
	return 0;
}

static void
describe(const struct dhcp_verdict *v, struct golden *g)
{
	static const char *const op[] = { "none", "offer", "drop", "commit" };
	static const char *const st[] = { "free", "offered", "bound", "released",
		"declined" };
	char ip[IP4_STRLEN], mac[MAC_STRLEN];
	int n;

	if (!v->answer)
		strcpy(g->to, "nobody");
	else if (v->dest.how == DEST_SOURCE)
		(void)snprintf(g->to, sizeof(g->to), "%s port %u",
		    ip4_str(v->dest.addr, ip), v->dest.port);
	else if (v->dest.how == DEST_MAC)
		(void)snprintf(g->to, sizeof(g->to), "%s at %s",
		    ip4_str(v->dest.addr, ip), mac_str(v->dest.mac, mac));
	else
		(void)snprintf(g->to, sizeof(g->to), "%s%s",
		    v->dest.how == DEST_RELAY ? "relay " : "",
		    ip4_str(v->dest.addr, ip));
	n = snprintf(g->lease, sizeof(g->lease), "%s", op[v->lease_op]);
	if (v->lease_op == DLO_NONE)
		return;
	n += snprintf(g->lease + n, sizeof(g->lease) - (size_t)n, " %s %s",
	    ip4_str(v->lease.addr, ip), st[v->lease.state]);
	if (v->lease.expiry == LEASE_FOREVER)
		(void)snprintf(g->lease + n, sizeof(g->lease) - (size_t)n, " for ever");
	else
		(void)snprintf(g->lease + n, sizeof(g->lease) - (size_t)n,
		    " for %lld s", (long long)(v->lease.expiry - NOW));
}

/* The contract of every reply, whatever was asked. */
static void
assert_well_formed(const struct dhcp_verdict *v, const uint8_t *p, size_t len)
{
	struct dhcp_msg m;
	size_t i = 240;

	assert_in_range(len, BOOTP_MIN_LEN, v->max);
	assert_int_equal(dhcp_parse(p, len, &m), 0);
	assert_false(m.has[DHO_DHCP_OPTION_OVERLOAD]);
	if (!m.cookie)
		return;
	for (; i < len && p[i] != DHO_END; i += 2 + (size_t)p[i + 1])
		assert_int_not_equal(p[i], DHO_PAD);
	assert_true(i < len);
	for (i++; i < len; i++)
		assert_int_equal(p[i], 0);
}

static void
reply_of(const char *name, const struct golden *req, struct golden *g)
{
	struct dhcp_verdict v;
	struct scene s;
	int type, len;

	memset(g, 0, sizeof(*g));
	scene_set(&s, req->env);
	if (decide(&s, req->p, req->len, &v, &type) < 0)
		fail_msg("%s: not a message", name);
	describe(&v, g);
	if (v.answer) {
		len = dhcp_write(&v.reply, v.max, g->p, NULL);
		assert_true(len > 0);
		g->len = (size_t)len;
		assert_well_formed(&v, g->p, g->len);
	}
	(void)snprintf(g->env, sizeof(g->env), "%s -> %s", dhcp_type_name(type),
	    v.answer ? dhcp_type_name(dhcp_type(&v.reply)) : "silence");
	scene_end(&s);
}

static void
update(const char *name, const struct golden *g)
{
	char path[512];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s.rep.hex", DIR_GOLDEN, name);
	assert_non_null(f = fopen(path, "w"));
	fprintf(f, "# %s\n# to: %s\n# lease: %s\n", g->env, g->to, g->lease);
	if (g->len > 0)
		write_packet(f, g->p, g->len);
	assert_int_equal(fclose(f), 0);
}

static int
compare(const char *name, const struct golden *want, const struct golden *have)
{
	char where[40] = "the end";
	size_t i = 0;

	while (i < want->len && i < have->len && want->p[i] == have->p[i])
		i++;
	if (i == want->len && i == have->len && strcmp(want->to, have->to) == 0 &&
	    strcmp(want->lease, have->lease) == 0)
		return 0;
	name_offset(have->p, have->len, i, where);
	print_message("%s: %s\n  to \"%s\", not \"%s\"\n  lease \"%s\", not \"%s\"\n"
	    "  %zu bytes, not %zu; first difference at %zu (%s)\n", name, have->env,
	    have->to, want->to, have->lease, want->lease, have->len, want->len,
	    i, where);
	return 1;
}

static void
each_golden(void (*fn)(const char *name, const struct golden *req))
{
	struct dirent **list;
	int n, seen = 0;
	char name[256];
	struct golden req;

	if ((n = scandir(DIR_GOLDEN, &list, NULL, alphasort)) < 0)
		fail_msg("%s: %s", DIR_GOLDEN, strerror(errno));
	for (int i = 0; i < n; i++) {
		char *end = strstr(list[i]->d_name, ".req.hex");

		if (end != NULL) {
			(void)snprintf(name, sizeof(name), "%.*s",
			    (int)(end - list[i]->d_name), list[i]->d_name);
			golden_read(name, "req", &req);
			fn(name, &req);
			seen++;
		}
		free(list[i]);
	}
	free(list);
	assert_true(seen > 0);
}

/* Tests --------------------------------------------------------------------- */

static int differ;

static void
check_reply(const char *name, const struct golden *req)
{
	struct golden want, have;

	reply_of(name, req, &have);
	if (getenv("PROVD_UPDATE") != NULL)
		update(name, &have);
	golden_read(name, "rep", &want);
	differ += compare(name, &want, &have);
}

static void
test_recorded_requests_get_the_recorded_replies(void **state)
{
	(void)state;
	differ = 0;
	each_golden(check_reply);
	assert_int_equal(differ, 0);
}

static void
cut(const char *name, const struct golden *g)
{
	struct dhcp_verdict v;
	struct scene s;
	uint8_t out[DHCP_MSG_MAX], *p;
	int type, len;

	(void)name;
	scene_set(&s, g->env);
	for (size_t n = 0; n <= g->len; n++) {
		p = malloc(n + 1);
		assert_non_null(p);
		memcpy(p, g->p, n);
		if (decide(&s, p, n, &v, &type) == 0 && v.answer) {
			len = dhcp_write(&v.reply, v.max, out, NULL);
			assert_true(len > 0);
			assert_well_formed(&v, out, (size_t)len);
		}
		free(p);
	}
	scene_end(&s);
}

static void
test_every_truncation_is_answered_well_or_not_at_all(void **state)
{
	(void)state;
	each_golden(cut);
}

static void
cut_reply(const char *name, const struct golden *req)
{
	struct golden rep;
	struct dhcp_msg m;

	(void)req;
	golden_read(name, "rep", &rep);
	for (size_t n = 0; n < rep.len; n++) {
		uint8_t *p = malloc(n + 1);

		assert_non_null(p);
		memcpy(p, rep.p, n);
		(void)dhcp_parse(p, n, &m);
		free(p);
	}
}

static void
test_every_truncation_of_a_reply_is_read_safely(void **state)
{
	(void)state;
	each_golden(cut_reply);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recorded_requests_get_the_recorded_replies),
		cmocka_unit_test(test_every_truncation_is_answered_well_or_not_at_all),
		cmocka_unit_test(test_every_truncation_of_a_reply_is_read_safely),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
