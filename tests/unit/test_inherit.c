/* test_inherit.c - groups, and hosts that do not stand in the file. */
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

static const char yaml[] =
    "interface: eth0\n"
    "vars: { site: berlin, color: white, ntp: a }\n"
    "power: { method: ipmi, user: admin }\n"
    "hooks: /srv/hooks\n"
    "dhcp: { subnets: [ { subnet: 192.168.10.0/24 } ] }\n"
    "groups:\n"
    "  front:\n"
    "    members: [web1]\n"
    "    select: role=web\n"
    "    profile: debian\n"
    "    vars: { color: red, size: big }\n"
    "    power: { address: bmc-front }\n"
    "  rack7:\n"
    "    select: rack=7\n"
    "    profile: freebsd\n"
    "    tree: discs\n"
    "    vars: { color: green, rack: r7 }\n"
    "    options: { log-servers: 10.0.0.7 }\n"
    "    power: { address: bmc-rack, method: wol }\n"
    "hosts:\n"
    "  web1: { mac: '52:54:00:00:00:01', labels: { rack: 7 }, vars: { color: blue } }\n"
    "  web2: { mac: '52:54:00:00:00:02', address: 192.168.10.12, labels: { role: web }, profile: own, power: { user: me } }\n"
    "  db1:  { mac: '52:54:00:00:00:03', labels: { rack: 7 } }\n";

static char said[4096];

static void
on_error(void *arg, const char *text)
{
	size_t n = strlen(said);

	(void)arg;
	snprintf(said + n, sizeof(said) - n, "%s\n", text);
}

static struct config *
load(const char *text)
{
	struct config *c = NULL;

	said[0] = '\0';
	if (config_load_mem("t.yaml", text, &c, on_error, NULL) < 0)
		fail_msg("%s", said);
	return c;
}

/* name=value by, one line each */
static const char *
vars_of(const struct config *c, const char *host)
{
	static char out[2048];
	const struct cfg_host *h = config_host(c, host);
	struct cfg_said *v;
	char by[200];
	int n = config_vars(c, h, true, &v);

	out[0] = '\0';
	for (int i = 0; i < n; i++) {
		size_t at = strlen(out);

		config_by_text(c, h, v[i].by, v[i].mark, by, sizeof(by));
		snprintf(out + at, sizeof(out) - at, "%s=%s %s\n", v[i].key, v[i].value, by);
	}
	free(v);
	return out;
}

static void
test_the_nearest_word_counts(void **state)
{
	struct config *c = load(yaml);
	const struct cfg_host *h;

	(void)state;
	assert_string_equal(vars_of(c, "web1"),
	    "color=blue host web1 (t.yaml:21)\n"
	    "ntp=a all hosts (t.yaml:2)\n"
	    "rack=r7 group rack7 (t.yaml:17)\n"
	    "site=berlin all hosts (t.yaml:2)\n"
	    "size=big group front (t.yaml:11)\n");
	assert_string_equal(vars_of(c, "db1"),
	    "color=green group rack7 (t.yaml:17)\n"
	    "ntp=a all hosts (t.yaml:2)\n"
	    "rack=r7 group rack7 (t.yaml:17)\n"
	    "site=berlin all hosts (t.yaml:2)\n");
	h = config_host(c, "web1");
	assert_string_equal(h->profile, "debian");	/* of the first group */
	assert_string_equal(h->tree, "discs");
	assert_string_equal(config_profile_by(c, h)->name, "front");
	assert_string_equal(config_tree_by(c, h)->name, "rack7");
	assert_string_equal(h->power.address, "bmc-front");
	assert_string_equal(h->power.method, "wol");
	assert_string_equal(h->power.user, "admin");
	h = config_host(c, "web2");
	assert_string_equal(h->profile, "own");
	assert_ptr_equal(config_profile_by(c, h), &h->head);
	assert_null(h->tree);
	assert_null(config_tree_by(c, h));
	assert_string_equal(h->power.user, "me");
	assert_string_equal(h->power.method, "ipmi");
	config_unref(c);
}

/* What was inherited is not printed as if the host had said it. */
static void
test_the_configuration_prints_as_it_was_written(void **state)
{
	struct config *c = load(yaml), *again;
	struct buf a = { 0 }, b = { 0 };

	(void)state;
	schema_print(&cfg_top_schema, &c->top, &a);
	assert_null(strstr(strstr(a.p, "hosts:"), "debian"));
	assert_null(strstr(strstr(a.p, "hosts:"), "bmc-"));
	again = load(a.p);
	schema_print(&cfg_top_schema, &again->top, &b);
	assert_string_equal(a.p, b.p);
	buf_free(&a);
	buf_free(&b);
	config_unref(again);
	config_unref(c);
}

/* Hosts that are kept ------------------------------------------------------- */

#define KEPT(n, t) { .name = (char []){ n }, .text = (char []){ t }, .origin = HOST_API }

static struct config *
load_with(const struct cfg_kept *kept, size_t n)
{
	struct config *c = load(yaml), *ret = NULL;

	if (config_again(c, kept, n, &ret, on_error, NULL) < 0)
		fail_msg("%s", said);
	config_unref(c);
	return ret;
}

static void
test_a_kept_host_is_one_of_them(void **state)
{
	const struct cfg_kept kept[] = {
		KEPT("web9", "{\"mac\":[\"52:54:00:00:00:09\"],\"labels\":{\"role\":\"web\"}}"),
		{ .name = (char []){ "aaa" }, .text = (char []){ "{\"mac\":\"52:54:00:00:00:0a\"}" },
		    .origin = HOST_ADOPTED },
	};
	struct config *c = load_with(kept, 2);
	const struct cfg_host *h = config_host(c, "web9");

	(void)state;
	assert_int_equal(c->top.n_host, 5);
	assert_non_null(h);
	assert_int_equal(config_origin(c, h), HOST_API);
	assert_int_equal(config_origin(c, config_host(c, "aaa")), HOST_ADOPTED);
	assert_int_equal(config_origin(c, config_host(c, "web1")), HOST_FILE);
	assert_string_equal(h->profile, "debian");	/* its label made it a member */
	assert_string_equal(vars_of(c, "web9"),
	    "color=red group front (t.yaml:11)\n"
	    "ntp=a all hosts (t.yaml:2)\n"
	    "site=berlin all hosts (t.yaml:2)\n"
	    "size=big group front (t.yaml:11)\n");
	assert_int_equal(c->left_out.len, 0);
	config_unref(c);
}

static void
test_the_file_wins_and_it_is_said_why(void **state)
{
	static const struct { const char *name, *why; } row[] = {
		{ "web1", "stands in the file too, and the file's counts: provctl delete it, or "
		    "take it out of the file" },
		{ "mac", "hosts.mac.mac: 52:54:00:00:00:02 is also hosts.web2's" },
		{ "addr", "hosts.addr.address: 192.168.10.12 is also hosts.web2's" },
		{ "far", "hosts.far.address: 10.0.0.1 is in none of dhcp.subnets" },
		{ "key", "hosts.key: unknown key \"adress\"; did you mean \"address\"?" },
		{ "bad", "hosts.bad.mac: \"nonsense\" must be a MAC address such as 52:54:00:12:34:56" },
		{ "none", "hosts.none: needs a mac, a uuid, a client-id or a circuit-id to be known by" },
		{ "label", "hosts.label.labels: state cannot be a label: selectors know a host's "
		    "state already" },
		{ "opt", "hosts.opt.options.nonsense-option: " },
	};
	const struct cfg_kept kept[] = {
		KEPT("web1", "{\"mac\":\"52:54:00:00:00:09\"}"),
		KEPT("good", "{\"mac\":\"52:54:00:00:00:0a\"}"),
		KEPT("mac", "{\"mac\":\"52:54:00:00:00:02\"}"),
		KEPT("addr", "{\"mac\":\"52:54:00:00:00:0b\",\"address\":\"192.168.10.12\"}"),
		KEPT("far", "{\"mac\":\"52:54:00:00:00:0c\",\"address\":\"10.0.0.1\"}"),
		KEPT("key", "{\"mac\":\"52:54:00:00:00:0d\",\"adress\":\"192.168.10.13\"}"),
		KEPT("bad", "{\"mac\":\"nonsense\"}"),
		KEPT("none", "{}"),
		KEPT("label", "{\"mac\":\"52:54:00:00:00:0e\",\"labels\":{\"state\":\"x\"}}"),
		KEPT("opt", "{\"mac\":\"52:54:00:00:00:0f\",\"options\":{\"nonsense-option\":\"x\"}}"),
		KEPT("last", "{\"mac\":\"52:54:00:00:00:10\",\"labels\":{\"rack\":7}}"),
	};
	struct config *c = load_with(kept, sizeof(kept) / sizeof(kept[0]));

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		const char *why = config_left_out(c, row[i].name);

		if (why == NULL)
			fail_msg("%s was not left out", row[i].name);
		if (strncmp(why, row[i].why, strlen(row[i].why)) != 0)
			fail_msg("%s: %s", row[i].name, why);
	}
	assert_null(config_left_out(c, "good"));
	assert_int_equal(c->top.n_host, 5);
	assert_int_equal(config_origin(c, config_host(c, "good")), HOST_API);
	assert_string_equal(config_host(c, "last")->profile, "freebsd");
	assert_string_equal(said, "");
	config_unref(c);
}

/* Of two kept ones the first stays. */
static void
test_kept_hosts_do_not_share(void **state)
{
	const struct cfg_kept kept[] = {
		KEPT("k1", "{\"mac\":\"52:54:00:00:00:11\"}"),
		KEPT("k2", "{\"mac\":\"52:54:00:00:00:11\"}"),
	};
	struct config *c = load_with(kept, 2);

	(void)state;
	assert_non_null(config_host(c, "k1"));
	assert_null(config_host(c, "k2"));
	assert_non_null(strstr(config_left_out(c, "k2"), "is also hosts.k1's"));
	config_unref(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_nearest_word_counts),
		cmocka_unit_test(test_the_configuration_prints_as_it_was_written),
		cmocka_unit_test(test_a_kept_host_is_one_of_them),
		cmocka_unit_test(test_the_file_wins_and_it_is_said_why),
		cmocka_unit_test(test_kept_hosts_do_not_share),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
