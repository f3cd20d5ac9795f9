/* test_setup.c - answers become names, hosts and YAML that loads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "../../fleet/config.h"
#include "../../provd/setup.h"

static void
a_host_is_a_name_a_mac_and_perhaps_an_address(void **state)
{
	struct setup_host h;
	char why[160];

	(void)state;
	assert_true(setup_host("web1 52:54:00:12:34:56", &h, why));
	assert_string_equal(h.name, "web1");
	assert_int_equal(h.mac.b[5], 0x56);
	assert_int_equal(h.addr, 0);
	assert_true(setup_host("  web1=52-54-00-12-34-56, 192.168.10.7 ", &h, why));
	assert_int_equal(h.addr, 0xc0a80a07);
	assert_false(setup_host("", &h, why));
	assert_string_equal(why, "a host is NAME MAC or NAME MAC ADDRESS");
	assert_false(setup_host("a 52:54:00:12:34:56 192.168.10.7 x", &h, why));
	assert_string_equal(why, "a host is NAME MAC or NAME MAC ADDRESS");
	assert_false(setup_host("we/b 52:54:00:12:34:56", &h, why));
	assert_string_equal(why, "we/b is no name for a host: letters, digits, '.', '_', '-'");
	assert_false(setup_host(".a 52:54:00:12:34:56", &h, why));
	assert_false(setup_host("web1 52:54:00:12:34", &h, why));
	assert_string_equal(why, "52:54:00:12:34 is no MAC address, as 52:54:00:12:34:56");
	assert_false(setup_host("web1 52:54:00:12:34:56 1.2.3", &h, why));
	assert_string_equal(why, "1.2.3 is no IPv4 address");
}

static void
a_tree_is_called_like_its_file(void **state)
{
	static const char *const pair[][2] = {
		{ "/srv/debian", "debian" }, { "/srv/debian//", "debian" },
		{ "/srv/FreeBSD-14.3-RELEASE-amd64-disc1.iso", "FreeBSD-14.3-RELEASE-amd64-disc1" },
		{ "/srv/.hidden", "hidden" }, { "/srv/a b:c", "abc" }, { "/", "tree" },
		{ "/srv/: #", "tree" }, { "/.iso", "iso" },
	};
	char name[64], deep[300];

	(void)state;
	for (size_t i = 0; i < sizeof(pair) / sizeof(pair[0]); i++) {
		setup_tree_name(pair[i][0], name);
		assert_string_equal(name, pair[i][1]);
	}
	memset(deep, 'x', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	setup_tree_name(deep, name);
	assert_int_equal(strlen(name), 63);
}

static void
complain(void *arg, const char *text)
{
	(void)arg;
	fail_msg("%s", text);
}

static void
what_is_written_loads_to_what_was_said(void **state)
{
	struct setup_host h = { .name = "web1", .mac = { { 0x52, 0x54, 0, 0, 0, 1 } } };
	const struct setup s = { .interface = "off", .mode = "proxy", .media = "/srv/a #b: c",
	    .boot_programs = "/srv/boot", .tree = "fbsd", .tree_path = "/srv/\"x\".iso",
	    .iso = true, .profile = "p", .profile_path = "/p.yaml", .name_tree = true,
	    .host = &h };
	struct config *c;
	struct buf b = { 0 };

	(void)state;
	setup_yaml(&s, &b);
	assert_int_equal(b.err, 0);
	assert_int_equal(config_load_mem("provd.yaml", b.p, &c, complain, NULL), 0);
	assert_string_equal(c->top.interface[0], "off");
	assert_int_equal(c->top.dhcp.mode, DHCP_PROXY);
	assert_string_equal(c->top.media, "/srv/a #b: c");
	assert_string_equal(c->top.tree[0].iso, "/srv/\"x\".iso");
	assert_string_equal(c->top.host[0].tree, "fbsd");
	assert_string_equal(c->top.host[0].profile, "p");
	config_unref(c);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_host_is_a_name_a_mac_and_perhaps_an_address),
		cmocka_unit_test(a_tree_is_called_like_its_file),
		cmocka_unit_test(what_is_written_loads_to_what_was_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
