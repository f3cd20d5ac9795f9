/* test_config.c - provd.yaml as the program sees it.  What is refused, and in
 * which words, stands in tests/config. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../fleet/config.h"

static char errors[8192];
static unsigned n_errors;

static void
on_error(void *arg, const char *text)
{
	size_t n = strlen(errors);

	(void)arg;
	n_errors++;
	snprintf(errors + n, sizeof(errors) - n, "%s\n", text);
}

static int
try_load(const char *text, struct config **ret)
{
	errors[0] = '\0';
	n_errors = 0;
	*ret = NULL;
	return config_load_mem("t.yaml", text, ret, on_error, NULL);
}

static struct config *
load(const char *text)
{
	struct config *c;

	if (try_load(text, &c) != 0)
		fail_msg("%s", errors);
	return c;
}

static uint32_t
ip(const char *s)
{
	uint32_t a = 0;

	assert_int_equal(ip4_parse(s, &a), 0);
	return a;
}

static void
test_a_minimal_file_is_enough(void **state)
{
	struct config *c = load("interface: eth0\n"
	    "trees: { debian: { path: /srv/debian } }\n"
	    "profiles: /etc/provd/debian.yaml\n");

	(void)state;
	assert_int_equal(c->top.n_interface, 1);
	assert_string_equal(c->top.interface[0], "eth0");
	assert_string_equal(c->top.state, "/var/lib/provd");
	assert_string_equal(c->top.user, "provd");
	assert_int_equal(c->top.clients, 0);
	assert_int_equal(c->top.attempts, 3);
	assert_true(c->top.dhcp.mode == DHCP_RESERVATION && c->top.tftp.enabled && c->top.nfs.enabled);
	assert_int_equal(c->top.nfs.port, 2049);
	assert_int_equal(c->top.dhcp.decline_time, 3600);
	assert_int_equal(c->top.n_profile, 1);
	assert_string_equal(config_tree(c, "debian")->export, "/debian");
	assert_null(config_tree(c, "ubuntu"));
	assert_null(config_host(c, "web1"));
	assert_string_equal(c->file, "t.yaml");
	config_unref(c);
}

/* tests/config/seed.yaml against the dhcpd.conf that stands in it. */
static void
test_the_seeds_dhcpd_conf(void **state)
{
	struct config *c = NULL;
	const struct cfg_options *o;
	const struct cfg_subnet *s;

	(void)state;
	assert_int_equal(config_load("tests/config/seed.yaml", &c, on_error, NULL), 0);
	o = &c->top.dhcp.options;
	assert_int_equal(o->broadcast, ip("192.168.10.255"));
	assert_int_equal(o->n_dns, 1);
	assert_int_equal(o->dns[0], ip("192.168.10.254"));
	assert_string_equal(o->domain, "simerson.net");
	assert_int_equal(o->n_routers, 1);
	assert_int_equal(o->routers[0], ip("192.168.10.254"));
	assert_int_equal(o->mask, ip("255.255.255.0"));
	assert_string_equal(o->server_name, "pxe-gw");
	assert_int_equal(c->top.dhcp.server_id, ip("192.168.10.105"));
	assert_int_equal(o->next_server, ip("192.168.10.105"));
	assert_int_equal(o->lease_time, UINT32_MAX);		/* -1: for ever */
	s = config_subnet(c, ip("192.168.10.50"));
	assert_non_null(s);
	assert_int_equal(s->net.addr, ip("192.168.10.0"));
	assert_int_equal(s->net.plen, 24);
	assert_int_equal(s->n_range, 1);
	assert_int_equal(s->range[0].lo, ip("192.168.10.32"));
	assert_int_equal(s->range[0].hi, ip("192.168.10.99"));
	assert_string_equal(s->options.root_path, "192.168.10.105:/usr/tftpboot");
	assert_string_equal(s->options.filename, "/boot/pxeboot");
	assert_string_equal(config_tree(c, "freebsd62")->export, "/usr/tftpboot");
	assert_int_equal(s->mode, DHCP_AUTHORITATIVE);
	config_unref(c);
}

static void
test_finds_subnets_and_hosts(void **state)
{
	struct config *c = load("interface: eth0\n"
	    "dhcp:\n  subnets:\n    - subnet: 10.0.0.0/24\n    - subnet: 10.0.2.0/23\n"
	    "hosts:\n  zeta: { mac: 52:54:00:00:00:01 }\n  alpha: { mac: 52:54:00:00:00:02 }\n"
	    "  mid: { uuid: 00112233-4455-6677-8899-aabbccddeeff }\n");

	(void)state;
	assert_ptr_equal(config_subnet(c, ip("10.0.0.255")), &c->top.dhcp.subnet[0]);
	assert_ptr_equal(config_subnet(c, ip("10.0.3.1")), &c->top.dhcp.subnet[1]);
	assert_null(config_subnet(c, ip("10.0.1.1")));
	assert_string_equal(config_host(c, "alpha")->head.name, "alpha");
	assert_string_equal(config_host(c, "mid")->head.name, "mid");
	assert_string_equal(config_host(c, "zeta")->head.name, "zeta");
	assert_null(config_host(c, "Alpha"));
	assert_null(config_host(c, ""));
	config_unref(c);
}

/* A large fleet loads in seconds, not minutes. */
static void
test_thousands_of_hosts(void **state)
{
	enum { N = 10000 };
	size_t cap = 128 * N, n;
	char *text = malloc(cap), name[16];
	struct config *c;

	(void)state;
	n = (size_t)snprintf(text, cap, "interface: eth0\n"
	    "dhcp: { subnets: [ { subnet: 10.0.0.0/8 } ] }\nhosts:\n");
	for (unsigned i = 0; i < N; i++)
		n += (size_t)snprintf(text + n, cap - n,
		    "  h%u: { mac: 52:54:00:%02x:%02x:%02x, address: 10.1.%u.%u }\n",
		    i, i >> 16, i >> 8 & 255, i & 255, i / 200, i % 200 + 1);
	c = load(text);
	free(text);
	for (unsigned i = 0; i < N; i += 997) {
		snprintf(name, sizeof(name), "h%u", i);
		assert_string_equal(config_host(c, name)->head.name, name);
	}
	config_unref(c);
}

static void
test_a_broken_file_leaves_nothing_behind(void **state)
{
	struct config *c;

	(void)state;
	assert_int_equal(try_load("interface: eth0\ntrees: { x: { path: /x, export: yy } }\n", &c), -EINVAL);
	assert_null(c);
	assert_string_equal(errors, "t.yaml:2:10: trees.x.export: must begin with \"/\"\n");
	assert_int_equal(try_load("interface: [eth0\n", &c), -EINVAL);
	assert_int_equal(n_errors, 1);
	errors[0] = '\0';
	assert_int_equal(config_load("/nonexistent/provd.yaml", &c, on_error, NULL), -ENOENT);
	assert_non_null(strstr(errors, "/nonexistent/provd.yaml"));
}

static void
test_errors_are_bounded(void **state)
{
	char text[8192] = "interface: eth0\nhosts:\n";
	struct config *c;

	(void)state;
	for (int i = 0; i < 200; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "  h%d: {}\n", i);
	assert_int_equal(try_load(text, &c), -EINVAL);
	assert_int_equal(n_errors, 50);
}

static void
test_references_are_counted(void **state)
{
	struct config *c = load("interface: eth0\n");

	(void)state;
	assert_ptr_equal(config_ref(c), c);
	config_unref(c);
	assert_string_equal(c->top.interface[0], "eth0");	/* ASan would say if not */
	config_unref(c);
	config_unref(NULL);
}

static void
test_what_cannot_change_without_a_restart_is_named(void **state)
{
	static const struct { const char *text, *key; } t[] = {
		{ "interface: eth1\n", "interface" },
		{ "interface: [eth0, eth1]\n", "interface" },
		{ "interface: eth0\nstate: /x\n", "state" },
		{ "interface: eth0\nsocket: /x\n", "socket" },
		{ "interface: eth0\nuser: nobody\n", "user" },
		{ "interface: eth0\nread-all-files: yes\n", "read-all-files" },
		{ "interface: eth0\nthreads: 3\n", "threads" },
		{ "interface: eth0\nboot-programs: /x\n", "boot-programs" },
		{ "interface: eth0\ndhcp: { port: 1067 }\n", "dhcp.port" },
		{ "interface: eth0\ndhcp: { mode: off }\n", "dhcp.mode" },
		{ "interface: eth0\ntftp: { port: 1069 }\n", "tftp.port" },
		{ "interface: eth0\ntftp: { enabled: no }\n", "tftp.enabled" },
		{ "interface: eth0\nnfs: { port: 12049 }\n", "nfs.port" },
		{ "interface: eth0\nnfs: { enabled: no }\n", "nfs.enabled" },
		{ "interface: eth0\nnfs: { portmap: off }\n", "nfs.portmap" },
		/* These may. */
		{ "interface: [eth0]\nboot-attempts: 9\ndhcp: { mode: proxy }\nclients: any\n", NULL },
		{ "interface: eth0\ndhcp: { decline-time: 2h, subnets: [ { subnet: 10.0.0.0/8 } ] }\n", NULL },
		{ "interface: eth0\ntftp: { retries: 3 }\nnfs: { max-connections: 5 }\n", NULL },
		{ "interface: eth0\nhosts: { a: { mac: 52:54:00:00:00:01 } }\ntrees: { x: { path: /x } }\n", NULL },
	};
	struct config *old = load("interface: eth0\n");

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct config *c = load(t[i].text);
		const char *key = config_needs_restart(old, c);

		if (t[i].key == NULL)
			assert_null(key);
		else
			assert_string_equal(key, t[i].key);
		config_unref(c);
	}
	config_unref(old);
}

/* Is each option of the table given somewhere in this object or below? */
static void
gather(const struct schema *s, const void *obj, const struct schema **seen,
    uint64_t *set, size_t *n)
{
	const struct cfg_head *head = obj;
	size_t k;

	for (k = 0; k < *n && seen[k] != s; k++)
		;
	if (k == *n) {
		seen[*n] = s;
		set[(*n)++] = 0;
	}
	set[k] |= head->set;
	for (size_t i = 0; i < s->n_field; i++) {
		const struct cfg_field *f = &s->field[i];
		const char *at = (const char *)obj + f->off;
		size_t count = 1;

		if (f->form != CFG_F_OBJ && f->form != CFG_F_LIST && f->form != CFG_F_MAP)
			continue;
		if (f->form != CFG_F_OBJ) {
			memcpy(&count, (const char *)obj + f->off_n, sizeof(count));
			memcpy(&at, (const char *)obj + f->off, sizeof(at));
		}
		for (size_t j = 0; j < count; j++)
			gather(f->sub, at + j * f->sub->size, seen, set, n);
	}
}

static void
test_the_example_loads_and_covers_every_option(void **state)
{
	const struct schema *seen[32];
	struct config *c = NULL;
	uint64_t set[32];
	size_t n = 0;

	(void)state;
	errors[0] = '\0';
	if (config_load("provd.example.yaml", &c, on_error, NULL) != 0)
		fail_msg("%s", errors);
	gather(&cfg_top_schema, &c->top, seen, set, &n);
	assert_in_range(n, 12, 31);
	for (size_t k = 0; k < n; k++)
		for (size_t i = 0; i < seen[k]->n_field; i++)
			if (!(set[k] >> i & 1))
				fail_msg("provd.example.yaml does not show %s.%s",
				    seen[k]->name, seen[k]->field[i].key);
	config_unref(c);
}

static void
test_what_is_printed_loads_to_the_same(void **state)
{
	struct config *c = NULL, *again;
	struct buf a = { 0 }, b = { 0 };

	(void)state;
	assert_int_equal(config_load("provd.example.yaml", &c, on_error, NULL), 0);
	schema_print(&cfg_top_schema, &c->top, &a);
	buf_putc(&a, '\0');
	again = load(a.p);
	schema_print(&cfg_top_schema, &again->top, &b);
	buf_putc(&b, '\0');
	assert_string_equal(a.p, b.p);
	buf_free(&a);
	buf_free(&b);
	config_unref(c);
	config_unref(again);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_minimal_file_is_enough),
		cmocka_unit_test(test_the_seeds_dhcpd_conf),
		cmocka_unit_test(test_finds_subnets_and_hosts),
		cmocka_unit_test(test_thousands_of_hosts),
		cmocka_unit_test(test_a_broken_file_leaves_nothing_behind),
		cmocka_unit_test(test_errors_are_bounded),
		cmocka_unit_test(test_references_are_counted),
		cmocka_unit_test(test_what_cannot_change_without_a_restart_is_named),
		cmocka_unit_test(test_the_example_loads_and_covers_every_option),
		cmocka_unit_test(test_what_is_printed_loads_to_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
