/* From YAML to structs, with a schema that has one of everything. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>
#include <cmocka.h>

#include "sample.h"

/* Loading ---------------------------------------------------------------- */

static struct cfg_sample
load(const char *text)
{
	struct cfg_sample s;
	struct buf errors = { 0 };

	if (sample_load("/etc/t.yaml", text, strlen(text), &s, &errors) != 0)
		fail_msg("%s", errors.p);
	buf_free(&errors);
	return s;
}

static void
drop(struct cfg_sample *s)
{
	schema_free(&cfg_sample_schema, s);
}

/* The errors, a line each, are exactly these; and nothing is left behind. */
static void
refuses(const char *text, const char *want)
{
	struct cfg_sample s, zero;
	struct buf errors = { 0 };

	memset(&zero, 0, sizeof(zero));
	assert_int_equal(sample_load("t.yaml", text, strlen(text), &s, &errors),
	    -EINVAL);
	assert_string_equal(errors.p, want);
	assert_memory_equal(&s, &zero, sizeof(s));
	buf_free(&errors);
}

static void
test_an_empty_mapping_gives_the_defaults(void **state)
{
	struct cfg_sample s = load("{}");

	(void)state;
	assert_true(s.on);
	assert_int_equal(s.port, 69);
	assert_int_equal(s.mode, 0);
	assert_string_equal(s.state, "/var/lib/sample");
	assert_int_equal(s.limits.wait, 900);
	assert_true(s.limits.lease == UINT32_MAX);
	assert_int_equal(s.head.set, 0);
	assert_int_equal(s.addr, 0);
	assert_null(s.host);
	assert_int_equal(s.n_host, 0);
	assert_int_equal(s.head.mark.line, 1);
	assert_int_equal(s.limits.head.mark.line, 0);	/* was not given */
	drop(&s);
}

static void
test_every_type_is_read(void **state)
{
	static const struct mac mac = { { 0x52, 0x54, 0, 0, 0, 1 } };
	static const uint8_t uuid[16] = { 0x33, 0x22, 0x11, 0x00, 0x55, 0x44,
	    0x77, 0x66, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff };
	struct cfg_sample s = load(
	    "on-line: off\n"
	    "port: 65535\n"
	    "count: 4294967295\n"
	    "mode: own\n"
	    "state: /x\n"
	    "address: 192.0.2.1\n"
	    "network: 192.0.2.0/24\n"
	    "ranges: [192.0.2.5-192.0.2.9, 192.0.2.20]\n"
	    "interface: eth0\n"
	    "limits: {wait: 7d, lease: 90, any: 1s}\n"
	    "disks:\n"
	    "  - device: sda\n"
	    "    size: 2G\n"
	    "    labels: [a, b]\n"
	    "hosts:\n"
	    "  one:\n"
	    "    uuid: 00112233-4455-6677-8899-aabbccddeeff\n"
	    "    mac: 52:54:00:00:00:01\n"
	    "    vars: {a: 1, b b: 'x y'}\n"
	    "  two:\n");

	(void)state;
	assert_false(s.on);
	assert_int_equal(s.port, 65535);
	assert_true(s.count == 4294967295u);
	assert_int_equal(s.mode, 2);
	assert_string_equal(s.state, "/x");
	assert_int_equal(s.addr, 0xc0000201);
	assert_int_equal(s.net.addr, 0xc0000200);
	assert_int_equal(s.net.plen, 24);
	assert_int_equal(s.n_range, 2);
	assert_int_equal(s.range[0].hi, 0xc0000209);
	assert_int_equal(s.range[1].lo, 0xc0000214);
	assert_int_equal(s.n_iface, 1);
	assert_string_equal(s.iface[0], "eth0");
	assert_int_equal(s.limits.wait, 604800);
	assert_int_equal(s.limits.lease, 90);
	assert_int_equal(s.limits.any, 1);
	assert_int_equal(s.n_disk, 1);
	assert_string_equal(s.disk[0].dev, "sda");
	assert_true(s.disk[0].size == 2ULL << 30);
	assert_string_equal(s.disk[0].label[1], "b");
	assert_int_equal(s.n_host, 2);
	assert_string_equal(s.host[0].head.name, "one");
	assert_memory_equal(s.host[0].uuid.b, uuid, 16);
	assert_true(mac_equal(s.host[0].mac[0], mac));
	assert_int_equal(s.host[0].n_vars, 2);
	assert_string_equal(s.host[0].vars[0].key, "a");
	assert_string_equal(s.host[0].vars[0].value, "1");
	assert_string_equal(s.host[0].vars[1].key, "b b");
	assert_string_equal(s.host[0].vars[1].value, "x y");
	assert_string_equal(s.host[1].head.name, "two");
	drop(&s);
}

static void
test_marks_say_where_an_object_stood(void **state)
{
	struct cfg_sample s = load(
	    "limits:\n"
	    "  wait: 1m\n"
	    "disks:\n"
	    "  - device: a\n"
	    "hosts:\n"
	    "  one:\n"
	    "    mac: 52:54:00:00:00:01\n");

	(void)state;
	assert_int_equal(s.limits.head.mark.line, 1);	/* its key, not its first line */
	assert_int_equal(s.disk[0].head.mark.line, 4);
	assert_int_equal(s.disk[0].head.mark.col, 5);
	assert_int_equal(s.host[0].head.mark.line, 6);
	assert_int_equal(s.host[0].head.mark.col, 3);
	drop(&s);
}

static void
test_set_tells_what_was_given(void **state)
{
	struct cfg_sample s = load("port: 69\nranges: []\nhosts: {a: {uuid: "
	    "00000000-0000-0000-0000-000000000000}}\nlimits:\n");

	(void)state;
	assert_true(cfg_has(&s.head, CFG_I_sample_port));
	assert_true(cfg_has(&s.head, CFG_I_sample_range));
	assert_true(cfg_has(&s.head, CFG_I_sample_limits));
	assert_false(cfg_has(&s.head, CFG_I_sample_addr));
	assert_false(cfg_has(&s.head, CFG_I_sample_mode));
	assert_true(cfg_has(&s.host[0].head, CFG_I_host_uuid));
	assert_int_equal(CFG_N_sample, cfg_sample_schema.n_field);
	drop(&s);
}

/* A section whose entries are all commented out is no mistake. */
static void
test_a_key_with_nothing_behind_it_is_an_empty_list_or_mapping(void **state)
{
	struct cfg_sample s = load(
	    "ranges:\ndisks: ~\nhosts: null\nlimits:\ninterface: []\n");

	(void)state;
	assert_int_equal(s.n_range + s.n_disk + s.n_host + s.n_iface, 0);
	assert_int_equal(s.limits.wait, 900);
	drop(&s);
	refuses("port:\nstate: ~\nmode: null\naddress: \"\"\n",
	    "t.yaml:1:6: port: needs a value\n"
	    "t.yaml:2:8: state: needs a value; put it in quotes if it is meant as text\n"
	    "t.yaml:3:7: mode: needs a value; put it in quotes if it is meant as text\n"
	    "t.yaml:4:10: address: \"\" must be an IPv4 address such as 192.0.2.1\n");
}

static void
test_unknown_keys_are_refused_with_a_guess(void **state)
{
	(void)state;
	refuses("prot: 1\nlimits: {wiat: 5m}\nhosts: {a: {macs: 1, disc: {}}}\n"
	    "completely-different: 1\n? ''\n: 1\n",
	    "t.yaml:1:1: unknown key \"prot\"; did you mean \"port\"?\n"
	    "t.yaml:2:10: limits: unknown key \"wiat\"; did you mean \"wait\"?\n"
	    "t.yaml:3:13: hosts.a: unknown key \"macs\"; did you mean \"mac\"?\n"
	    "t.yaml:3:22: hosts.a: unknown key \"disc\"; did you mean \"disk\"?\n"
	    "t.yaml:4:1: unknown key \"completely-different\"\n"
	    "t.yaml:5:3: unknown key \"\"\n");
}

static void
test_errors_name_the_place_and_the_option(void **state)
{
	(void)state;
	refuses(
	    "on-line: maybe\n"
	    "port: 0\n"
	    "count: 4294967296\n"
	    "mode: aut\n"
	    "network: 192.0.2.1/24\n"
	    "ranges: [192.0.2.9-192.0.2.5, 192.0.2.300]\n"
	    "interface: -eth0\n"
	    "limits: {wait: 8d, lease: 5x, any: 99999999999999999999}\n",
	    "t.yaml:1:10: on-line: \"maybe\" must be yes or no\n"
	    "t.yaml:2:7: port: \"0\" must be from 1 to 65535\n"
	    "t.yaml:3:8: count: \"4294967296\" must be from 0 to 4294967295\n"
	    "t.yaml:4:7: mode: \"aut\" must be auto, off or own\n"
	    "t.yaml:5:10: network: \"192.0.2.1/24\" is not the address of a network; did you mean 192.0.2.0/24?\n"
	    "t.yaml:6:10: ranges[0]: \"192.0.2.9-192.0.2.5\" must be a range such as 192.0.2.10-192.0.2.99, lowest address first\n"
	    "t.yaml:6:31: ranges[1]: \"192.0.2.300\" must be a range such as 192.0.2.10-192.0.2.99, lowest address first\n"
	    "t.yaml:7:12: interface: \"-eth0\" must be a name: a letter or digit, then letters, digits, '.', '_' or '-', at most 63\n"
	    "t.yaml:8:16: limits.wait: \"8d\" must be from 10 to 7d\n"
	    "t.yaml:8:27: limits.lease: \"5x\" must be a time such as 90, 90s, 15m, 12h, 7d or infinite\n"
	    "t.yaml:8:36: limits.any: \"99999999999999999999\" must be from 0 to infinite\n");
}

static void
test_errors_inside_lists_and_mappings(void **state)
{
	(void)state;
	refuses(
	    "disks:\n"
	    "  - device: sda\n"
	    "  - size: 100\n"
	    "  - sdb\n"
	    "hosts:\n"
	    "  a b: {}\n"
	    "  c: {mac: [zz], disk: {size: 4M}}\n"
	    "  d: [1]\n",
	    "t.yaml:3:11: disks[1].size: \"100\" must be from 512 to 1T\n"
	    "t.yaml:3:5: disks[1].device: is required\n"
	    "t.yaml:4:5: disks[2]: must be a mapping, with lines \"key: value\"\n"
	    "t.yaml:6:3: hosts: \"a b\" cannot be a name: a letter or digit, then letters, digits, '.', '_' or '-', at most 63\n"
	    "t.yaml:7:13: hosts.c.mac[0]: \"zz\" must be a MAC address such as 52:54:00:12:34:56\n"
	    "t.yaml:7:18: hosts.c.disk.device: is required\n"
	    "t.yaml:8:6: hosts.d: must be a mapping, with lines \"key: value\"\n");
}

static void
test_errors_about_the_wrong_form(void **state)
{
	(void)state;
	refuses("port: [1]\nstate: {a: b}\nranges: {a: b}\ninterface: [[a]]\n"
	    "disks: {device: a}\nhosts: [a]\nlimits: 5\n",
	    "t.yaml:1:7: port: must be one value\n"
	    "t.yaml:2:8: state: must be one value\n"
	    "t.yaml:3:9: ranges: must be a value or a list of values\n"
	    "t.yaml:4:13: interface[0]: must be one value\n"
	    "t.yaml:5:8: disks: must be a list, each item with a \"-\"\n"
	    "t.yaml:6:8: hosts: must be a mapping from names\n"
	    "t.yaml:7:9: limits: must be a mapping, with lines \"key: value\"\n");
	refuses("[a]\n", "t.yaml:1:1: must be a mapping, with lines \"key: value\"\n");
}

static void
test_lists_and_mappings_have_a_limit(void **state)
{
	(void)state;
	refuses("ranges: [10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4]\n"
	    "disks: [{}, {}, {}, {}]\n"
	    "hosts: {a: , b: , c: , d: }\n",
	    "t.yaml:1:9: ranges: at most 3 are allowed, here are 4\n"
	    "t.yaml:2:8: disks: at most 3 are allowed, here are 4\n"
	    "t.yaml:3:8: hosts: at most 3 are allowed, here are 4\n");
	refuses("hosts: {a: {vars: {a: 1, b: 2, c: 3, d: 4, e: 5}}}\n",
	    "t.yaml:1:19: hosts.a.vars: at most 4 are allowed, here are 5\n");
}

/* The limit of a list is the number of its items, not that of their values. */
static void
test_items_have_no_limits_of_their_own(void **state)
{
	struct cfg_sample s = load("numbers: [4294967295, 0]\n");

	(void)state;
	assert_true(s.number[0] == 4294967295u);
	drop(&s);
	refuses("numbers: [4294967296]\n",
	    "t.yaml:1:11: numbers[0]: \"4294967296\" must be from 0 to 4294967295\n");
}

static void
test_variables(void **state)
{
	char text[400], key[130];
	struct cfg_sample s;

	(void)state;
	memset(key, 'k', sizeof(key));
	key[128] = '\0';			/* the longest */
	(void)snprintf(text, sizeof(text), "hosts: {a: {vars: {%s: v, b: \"\"}}}", key);
	s = load(text);
	assert_string_equal(s.host[0].vars[0].key, key);
	assert_string_equal(s.host[0].vars[1].value, "");
	drop(&s);
	refuses("hosts: {a: {vars: {a: [1], b: , '': 1}}}\n",
	    "t.yaml:1:23: hosts.a.vars.a: must be one value\n"
	    "t.yaml:1:31: hosts.a.vars.b: needs a value; \"\" is an empty one\n"
	    "t.yaml:1:33: hosts.a.vars.: a name here has 1 to 128 bytes\n");
}

static void
test_at_most_fifty_errors(void **state)
{
	struct cfg_sample s;
	struct buf text = { 0 }, errors = { 0 };
	size_t lines = 0;

	(void)state;
	for (int i = 0; i < 80; i++)
		buf_printf(&text, "k%d-unknown: 1\n", i);
	assert_int_equal(sample_load("t.yaml", text.p, text.len, &s, &errors),
	    -EINVAL);
	for (const char *p = errors.p; (p = strchr(p, '\n')) != NULL; p++)
		lines++;
	assert_int_equal(lines, 50);
	buf_free(&text);
	buf_free(&errors);
}

/* An error goes to a terminal: no escape sequence of a stranger gets there. */
static void
test_errors_carry_no_control_characters(void **state)
{
	(void)state;
	refuses("\"a\\e[2J\\nb\": 1\n",
	    "t.yaml:1:1: unknown key \"a?[2J?b\"\n");
}

/* Paths ------------------------------------------------------------------ */

static void
path_of(const char *file, const char *value, const char *want)
{
	struct cfg_sample s;
	struct buf text = { 0 }, errors = { 0 };

	buf_printf(&text, "state: %s\n", value);
	assert_int_equal(sample_load(file, text.p, text.len, &s, &errors), 0);
	assert_string_equal(s.state, want);
	drop(&s);
	buf_free(&text);
}

static void
test_a_relative_path_starts_where_its_file_stands(void **state)
{
	char cwd[1024], want[1100];

	(void)state;
	path_of("/etc/provd/t.yaml", "trees/x", "/etc/provd/trees/x");
	path_of("/etc/provd/t.yaml", "./x", "/etc/provd/x");
	path_of("/etc/provd/t.yaml", "../x", "/etc/provd/../x");
	path_of("/etc/provd/t.yaml", "/x", "/x");
	path_of("/t.yaml", "x", "/x");
	assert_non_null(getcwd(cwd, sizeof(cwd)));
	(void)snprintf(want, sizeof(want), "%s/x", cwd);
	path_of("t.yaml", "x", want);
	(void)snprintf(want, sizeof(want), "%s/conf/x", cwd);
	path_of("conf/t.yaml", ".//x", want);
	refuses("state: ''\n", "t.yaml:1:8: state: \"\" must not be empty\n");
}

/* Numbers ---------------------------------------------------------------- */

static void
test_sizes_and_times(void **state)
{
	static const struct { const char *text; uint64_t v; } good[] = {
		{ "512", 512 }, { "1K", 1024 }, { "4M", 4 << 20 },
		{ "2G", 2ULL << 30 }, { "1T", 1ULL << 40 },
	};
	static const char *const bad[] = {
		"1k", "1KB", "K", "1 K", "-1", "+1", "0x200", "1.5M", "0600",
		"2T", "1099511627777", "18446744073709552128",
		"18014398509481985K", "16777217T"	/* 1K and 1T, modulo 2^64 */
	};
	char text[100];
	struct cfg_sample s;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		(void)snprintf(text, sizeof(text), "disks: [{device: a, size: %s}]",
		    good[i].text);
		s = load(text);
		assert_true(s.disk[0].size == good[i].v);
		drop(&s);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct buf errors = { 0 };

		(void)snprintf(text, sizeof(text), "disks: [{device: a, size: %s}]",
		    bad[i]);
		assert_int_equal(sample_load("t", text, strlen(text), &s, &errors),
		    -EINVAL);
		buf_free(&errors);
	}
}

static void
test_infinite_only_where_the_limit_allows_it(void **state)
{
	struct cfg_sample s = load("limits: {lease: infinite, any: infinite}\n");

	(void)state;
	assert_true(s.limits.lease == UINT32_MAX);
	assert_true(s.limits.any == UINT32_MAX);
	drop(&s);
	refuses("limits: {wait: infinite}\n",
	    "t.yaml:1:16: limits.wait: \"infinite\" must be from 10 to 7d\n");
	refuses("limits: {lease: 49711d}\n",	/* just over 2^32 seconds */
	    "t.yaml:1:17: limits.lease: \"49711d\" must be from 1m to infinite\n");
}

static void
test_the_length_of_text_is_limited(void **state)
{
	(void)state;
	drop(&(struct cfg_sample[]){ load("disks: [{device: 12345678}]\n") }[0]);
	refuses("disks: [{device: 123456789}, {device: \"\"}]\n",
	    "t.yaml:1:18: disks[0].device: \"123456789\" must have at most 8 bytes\n"
	    "t.yaml:1:39: disks[1].device: \"\" must not be empty\n");
}

/* CFG_REST: what no field knows, in the order of the file, with its place. */
static void
test_other_keys_of_an_open_object(void **state)
{
	struct cfg_sample s = load("hosts:\n  h:\n    open:\n      b c: [1, 'x y']\n"
	    "      size: 7\n      a: yes\n");
	const struct cfg_open *o = &s.host[0].open;

	(void)state;
	assert_int_equal(o->size, 7);
	assert_int_equal(o->n_rest, 2);
	assert_true(cfg_has(&o->head, CFG_I_open_rest));
	assert_string_equal(o->rest[0].key, "b c");
	assert_true(o->rest[0].list);
	assert_int_equal(o->rest[0].n, 2);
	assert_string_equal(o->rest[0].value[0], "1");
	assert_string_equal(o->rest[0].value[1], "x y");
	assert_int_equal(o->rest[0].mark.line, 4);
	assert_int_equal(o->rest[0].mark.col, 7);
	assert_string_equal(o->rest[1].key, "a");
	assert_false(o->rest[1].list);
	assert_string_equal(o->rest[1].value[0], "yes");
	drop(&s);
	s = load("hosts: {h: {open: {size: 1}}}");
	assert_int_equal(s.host[0].open.n_rest, 0);
	assert_false(cfg_has(&s.host[0].open.head, CFG_I_open_rest));
	drop(&s);
}

static void
test_errors_about_other_keys(void **state)
{
	(void)state;
	refuses("hosts: {h: {open: {a: {b: c}, d: [], e: , f: [x, [y]], size: x}}}",
	    "t.yaml:1:62: hosts.h.open.size: \"x\" must be a decimal number\n"
	    "t.yaml:1:19: hosts.h.open: at most 3 are allowed, here are 4\n");
	refuses("hosts: {h: {open: {a: {b: c}, d: [], e: }}}",
	    "t.yaml:1:23: hosts.h.open.a: must be a value or a list of values\n"
	    "t.yaml:1:34: hosts.h.open.d: must be a value or a list of values\n"
	    "t.yaml:1:41: hosts.h.open.e: needs a value; \"\" is an empty one\n");
	refuses("hosts: {h: {open: {f: [x, [y]], '': z}}}",
	    "t.yaml:1:27: hosts.h.open.f[1]: must be one value\n"
	    "t.yaml:1:33: hosts.h.open.: a name here has 1 to 128 bytes\n");
	/* The name that the manual gives to them is none of a known key. */
	refuses("hosts: {h: {open: {WORD: [{}]}}}",
	    "t.yaml:1:27: hosts.h.open.WORD[0]: must be one value\n");
}

static void
test_complain_formats_like_the_loader(void **state)
{
	struct buf b = { 0 };

	(void)state;
	schema_complain(sample_error, &b, "f.yaml",
	    (struct cfg_mark){ .line = 12, .col = 7 }, "dhcp.subnets[0].range",
	    "%s is outside %s", "192.168.11.9", "192.168.10.0/24");
	schema_complain(sample_error, &b, "f.yaml", (struct cfg_mark){ 0, 0 }, "",
	    "no interface\n");
	assert_string_equal(b.p, "f.yaml:12:7: dhcp.subnets[0].range: "
	    "192.168.11.9 is outside 192.168.10.0/24\nf.yaml: no interface?\n");
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_empty_mapping_gives_the_defaults),
		cmocka_unit_test(test_every_type_is_read),
		cmocka_unit_test(test_marks_say_where_an_object_stood),
		cmocka_unit_test(test_set_tells_what_was_given),
		cmocka_unit_test(test_a_key_with_nothing_behind_it_is_an_empty_list_or_mapping),
		cmocka_unit_test(test_unknown_keys_are_refused_with_a_guess),
		cmocka_unit_test(test_errors_name_the_place_and_the_option),
		cmocka_unit_test(test_errors_inside_lists_and_mappings),
		cmocka_unit_test(test_errors_about_the_wrong_form),
		cmocka_unit_test(test_lists_and_mappings_have_a_limit),
		cmocka_unit_test(test_items_have_no_limits_of_their_own),
		cmocka_unit_test(test_variables),
		cmocka_unit_test(test_at_most_fifty_errors),
		cmocka_unit_test(test_errors_carry_no_control_characters),
		cmocka_unit_test(test_a_relative_path_starts_where_its_file_stands),
		cmocka_unit_test(test_sizes_and_times),
		cmocka_unit_test(test_infinite_only_where_the_limit_allows_it),
		cmocka_unit_test(test_the_length_of_text_is_limited),
		cmocka_unit_test(test_other_keys_of_an_open_object),
		cmocka_unit_test(test_errors_about_other_keys),
		cmocka_unit_test(test_complain_formats_like_the_loader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
