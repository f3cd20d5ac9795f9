/* test_dhcp_option.c - DHCP options: names, and values from text to bytes and back. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "../../lib/dhcp_option.h"

static char why[DHCP_OPT_WHY];

static struct dhcp_opt_def
find(const struct dhcp_opt_own *own, const char *name)
{
	struct dhcp_opt_def d;

	if (dhcp_opt_find(own, name, &d) != 0)
		fail_msg("no option %s", name);
	return d;
}

/* Values separated by '|'. */
static int
parse_as(const struct dhcp_opt_def *d, const char *text, uint8_t *buf, size_t cap)
{
	char copy[2048], *save, *s;
	const char *v[64];
	size_t n = 0;

	why[0] = '\0';
	snprintf(copy, sizeof(copy), "%s", text);
	if (*text == '\0')
		v[n++] = "";
	for (s = strtok_r(copy, "|", &save); s != NULL && n < 64; s = strtok_r(NULL, "|", &save))
		v[n++] = s;
	return dhcp_opt_parse(d, v, n, buf, cap, why);
}

/* Every cut of the bytes is printed without harm. */
static void
print_cuts(const struct dhcp_opt_own *own, const struct dhcp_opt_def *d,
    const uint8_t *p, size_t len)
{
	for (size_t n = 0; n <= len; n++) {
		uint8_t *cut = malloc(n + 1);
		struct buf b = { 0 };

		assert_non_null(cut);
		memcpy(cut, p, n);
		dhcp_opt_print(own, d, DHCP_SPACE_PXE, cut, n, &b);
		assert_int_equal(b.err, 0);
		buf_free(&b);
		free(cut);
	}
}

static void
both_ways(const struct dhcp_opt_own *own, const char *name, const char *text,
    const char *bytes, size_t len, const char *shown)
{
	struct dhcp_opt_def d = find(own, name);
	uint8_t buf[DHCP_OPT_MAX];
	struct buf b = { 0 };
	int r = parse_as(&d, text, buf, sizeof(buf));

	if (r != (int)len)
		fail_msg("%s \"%s\": %d bytes: %s", name, text, r, why);
	assert_memory_equal(buf, bytes, len);
	for (size_t cap = 0; cap < len; cap++)
		assert_int_equal(parse_as(&d, text, buf, cap), -ENOBUFS);
	assert_int_equal(parse_as(&d, text, buf, len), (int)len);
	dhcp_opt_print(own, &d, 0, buf, len, &b);
	buf_putc(&b, '\0');
	assert_string_equal(b.p, shown);
	buf_free(&b);
	print_cuts(own, &d, buf, len);
}
#define BOTH(name, text, bytes, shown)	\
	both_ways(NULL, name, text, bytes, sizeof(bytes) - 1, shown)

static void
refused(const char *name, const char *text, const char *want)
{
	struct dhcp_opt_def d = find(NULL, name);
	uint8_t buf[DHCP_OPT_MAX];

	assert_int_equal(parse_as(&d, text, buf, sizeof(buf)), -EINVAL);
	assert_string_equal(why, want);
}

/* Names --------------------------------------------------------------------- */

static void
test_every_option_of_rfc_2132_has_its_name(void **state)
{
	static const char *const some[] = { [1] = "subnet-mask", [3] = "routers",
		[12] = "host-name", [21] = "policy-filter", [33] = "static-routes",
		[44] = "netbios-name-servers", [60] = "vendor-class-identifier",
		[68] = "mobile-ip-home-agent", [76] = "streettalk-directory-assistance-server" };

	(void)state;
	for (unsigned code = 1; code <= 76; code++) {
		const struct dhcp_opt_def *d = dhcp_opt_by_code(NULL, DHCP_SPACE_DHCP, (uint8_t)code);

		if (d == NULL)
			fail_msg("code %u has no name", code);
		assert_int_equal(find(NULL, d->name).code, code);
		if (code < sizeof(some) / sizeof(some[0]) && some[code] != NULL)
			assert_string_equal(d->name, some[code]);
	}
}

/* A row that says something twice would be found by its first name only. */
static void
test_the_table_is_consistent(void **state)
{
	(void)state;
	for (size_t i = 0; i < dhcp_opt_table_n; i++) {
		const struct dhcp_opt_def *a = &dhcp_opt_table[i];

		assert_true(a->code >= 1 && a->code <= 254 && strlen(a->fmt) < DHCP_OPT_FMT);
		for (size_t k = 0; k < i; k++)
			assert_false(a->space == dhcp_opt_table[k].space &&
			    strcmp(a->name, dhcp_opt_table[k].name) == 0);
	}
}

static void
test_names_with_a_space_and_numbers(void **state)
{
	struct dhcp_opt_def d;
	char buf[DHCP_OPT_NAME];

	(void)state;
	d = find(NULL, "PXE.discovery-control");
	assert_true(d.space == DHCP_SPACE_PXE && d.code == 6);
	assert_int_equal(find(NULL, "gpxe.no-pxedhcp").space, DHCP_SPACE_IPXE);
	d = find(NULL, "option-224");
	assert_true(d.space == DHCP_SPACE_DHCP && d.code == 224 && d.no == NULL);
	d = find(NULL, "PXE.option-128");
	assert_true(d.space == DHCP_SPACE_PXE && d.code == 128);
	/* No way around what is refused by its name. */
	assert_non_null(find(NULL, "option-53").no);
	assert_string_equal(find(NULL, "dhcp-lease-time").no, "say default-lease-time");
	assert_int_equal(dhcp_opt_find(NULL, "option-0", &d), -ENOENT);
	assert_int_equal(dhcp_opt_find(NULL, "option-255", &d), -ENOENT);
	assert_int_equal(dhcp_opt_find(NULL, "option-1x", &d), -ENOENT);
	assert_int_equal(dhcp_opt_find(NULL, "option-", &d), -ENOENT);
	assert_int_equal(dhcp_opt_find(NULL, "NOPE.x", &d), -ENOENT);
	assert_int_equal(dhcp_opt_find(NULL, "", &d), -ENOENT);
	assert_string_equal(dhcp_opt_name(NULL, DHCP_SPACE_DHCP, 3, buf), "routers");
	assert_string_equal(dhcp_opt_name(NULL, DHCP_SPACE_DHCP, 224, buf), "option-224");
	assert_string_equal(dhcp_opt_name(NULL, DHCP_SPACE_AGENT, 1, buf), "agent.circuit-id");
	assert_string_equal(dhcp_opt_nearest(NULL, "time-serves", NULL, buf), "time-servers");
	assert_string_equal(dhcp_opt_nearest(NULL, "PXE.boot-menus", NULL, buf), "PXE.boot-menu");
	assert_null(dhcp_opt_nearest(NULL, "xyzzy", NULL, buf));
}

/* Values -------------------------------------------------------------------- */

static void
test_addresses(void **state)
{
	(void)state;
	BOTH("swap-server", "192.0.2.1", "\xc0\0\2\1", "192.0.2.1");
	BOTH("log-servers", "192.0.2.1|192.0.2.2", "\xc0\0\2\1\xc0\0\2\2",
	    "192.0.2.1, 192.0.2.2");
	BOTH("static-routes", "10.1.0.0 192.0.2.1|10.2.0.0 192.0.2.2",
	    "\x0a\1\0\0\xc0\0\2\1\x0a\2\0\0\xc0\0\2\2",
	    "10.1.0.0 192.0.2.1, 10.2.0.0 192.0.2.2");
	refused("swap-server", "192.0.2", "\"192.0.2\" must be an IPv4 address such as 192.0.2.1");
	refused("swap-server", "192.0.2.1 192.0.2.2", "\"192.0.2.2\" is too much: it takes ip-address");
	refused("swap-server", "192.0.2.1|192.0.2.2", "takes one value (ip-address), not a list");
	refused("static-routes", "10.1.0.0", "something is missing");
	refused("log-servers", "", "something is missing");
}

static void
test_numbers(void **state)
{
	(void)state;
	BOTH("default-ip-ttl", "255", "\xff", "255");
	BOTH("interface-mtu", "0x5dc", "\5\xdc", "1500");
	BOTH("path-mtu-plateau-table", "68|296", "\0\x44\1\x28", "68, 296");
	BOTH("arp-cache-timeout", "4294967295", "\xff\xff\xff\xff", "4294967295");
	BOTH("time-offset", "-3600", "\xff\xff\xf1\xf0", "-3600");
	BOTH("ipxe.priority", "-1", "\xff", "-1");
	BOTH("PXE.boot-item", "1 2", "\0\1\0\2", "1 2");
	refused("default-ip-ttl", "256", "\"256\" must be from 0 to 255");
	refused("default-ip-ttl", "-1", "\"-1\" must be from 0 to 255");
	refused("default-ip-ttl", "1a", "\"1a\" must be a number");
	refused("default-ip-ttl", "0x", "\"0x\" must be a number");
	refused("time-offset", "2147483648", "\"2147483648\" must be from -2147483648 to 2147483647");
	refused("arp-cache-timeout", "99999999999999999999999",
	    "\"99999999999999999999999\" must be from 0 to 4294967295");
}

static void
test_text_bytes_and_flags(void **state)
{
	(void)state;
	BOTH("merit-dump", "a b\tc", "a b\tc", "\"a b\\x09c\"");
	BOTH("ip-forwarding", "yes", "\1", "yes");
	BOTH("ip-forwarding", "off", "\0", "no");
	BOTH("option-224", "0a:0B:c", "\x0a\x0b\x0c", "0a:0b:0c");
	BOTH("option-224", "0x0a0bff", "\x0a\x0b\xff", "0a:0b:ff");
	BOTH("option-224", "7", "\7", "07");
	BOTH("PXE.menu-prompt", "5 Press F8, or wait", "\5Press F8, or wait",
	    "5 \"Press F8, or wait\"");
	BOTH("slp-directory-agent", "yes 10.0.0.1|10.0.0.2", "\1\x0a\0\0\1\x0a\0\0\2",
	    "yes 10.0.0.1, 10.0.0.2");
	BOTH("slp-service-scope", "no a,b", "\0a,b", "no \"a,b\"");
	refused("merit-dump", "", "must not be empty");
	refused("merit-dump", "a|b", "takes one value (text), not a list");
	refused("ip-forwarding", "maybe", "\"maybe\" must be yes or no");
	refused("option-224", "", "\"\" must be bytes in hex such as 0a:0b:ff or 0x0a0bff");
	refused("option-224", "0a:", "\"0a:\" must be bytes in hex such as 0a:0b:ff or 0x0a0bff");
	refused("option-224", "0x0a0", "\"0x0a0\" must be bytes in hex such as 0a:0b:ff or 0x0a0bff");
	refused("option-224", "0a0b", "\"0a0b\" must be bytes in hex such as 0a:0b:ff or 0x0a0bff");
	refused("option-224", "text", "\"text\" must be bytes in hex such as 0a:0b:ff or 0x0a0bff");
}

/* RFC 3397: one list, compressed (RFC 1035 4.1.4). */
static void
test_domain_lists(void **state)
{
	(void)state;
	BOTH("domain-search", "eng.example.com|marketing.example.com",
	    "\3eng\7example\3com\0\11marketing\xc0\4",
	    "eng.example.com, marketing.example.com");
	BOTH("domain-search", "a.b.|b|a.b", "\1a\1b\0\xc0\2\xc0\0", "a.b, b, a.b");
	BOTH("v4-lost", "lost.example.org", "\4lost\7example\3org\0", "lost.example.org");
	BOTH("domain-search", ".", "\0", ".");
	refused("domain-search", "a..b", "\"a..b\" is no domain name: a label has 1 to 63 characters");
	refused("domain-search", ".a", "\".a\" is no domain name: a label has 1 to 63 characters");
	refused("domain-search", "a123456789012345678901234567890123456789012345678901234567890123.x",
	    "\"a123456789012345678901234567890123456789012345678901234567890123\" is no domain "
	    "name: a label has 1 to 63 characters");
}

/* A name that points at itself, forward, or outside is not followed. */
static void
test_bad_compression_is_printed_as_bytes(void **state)
{
	static const struct { const char *p; size_t n; const char *want; } t[] = {
		{ "\xc0\0", 2, "c0:00" }, { "\1a\xc0\0", 4, "01:61:c0:00" },
		{ "\1a\0\xc0\5\1b\0", 8, "01:61:00:c0:05:01:62:00" },
		{ "\1a\0\xc0\x40", 5, "01:61:00:c0:40" }, { "\3a\0", 3, "03:61:00" },
		{ "\x40", 1, "40" }, { "\1,\0", 3, "?" },
	};
	struct dhcp_opt_def d = find(NULL, "domain-search");

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct buf b = { 0 };

		dhcp_opt_print(NULL, &d, 0, (const uint8_t *)t[i].p, t[i].n, &b);
		buf_putc(&b, '\0');
		assert_string_equal(b.p, t[i].want);
		buf_free(&b);
	}
}

/* RFC 3442, the examples of its page 3. */
static void
test_classless_routes(void **state)
{
	(void)state;
	BOTH("classless-static-routes",
	    "0.0.0.0/0 10.0.0.1|10.0.0.0/8 10.0.0.1|10.17.0.0/16 10.0.0.2|10.27.129.0/24 10.0.0.3"
	    "|10.229.0.128/25 10.0.0.4|10.198.122.47/32 10.0.0.5",
	    "\0\x0a\0\0\1" "\x08\x0a\x0a\0\0\1" "\x10\x0a\x11\x0a\0\0\2"
	    "\x18\x0a\x1b\x81\x0a\0\0\3" "\x19\x0a\xe5\0\x80\x0a\0\0\4"
	    "\x20\x0a\xc6\x7a\x2f\x0a\0\0\5",
	    "0.0.0.0/0 10.0.0.1, 10.0.0.0/8 10.0.0.1, 10.17.0.0/16 10.0.0.2, "
	    "10.27.129.0/24 10.0.0.3, 10.229.0.128/25 10.0.0.4, 10.198.122.47/32 10.0.0.5");
	BOTH("ms-classless-static-routes", "default 10.0.0.1", "\0\x0a\0\0\1", "0.0.0.0/0 10.0.0.1");
	refused("classless-static-routes", "10.0.0.1/8 10.0.0.1", "\"10.0.0.1/8\" must be a network "
	    "and its router such as \"192.0.2.0/24 198.51.100.1\"");
	refused("classless-static-routes", "10.0.0.0/8", "\"10.0.0.0/8\" has no router: write "
	    "\"192.0.2.0/24 198.51.100.1\"");
}

/* RFC 3361: names or addresses. */
static void
test_sip_servers(void **state)
{
	(void)state;
	BOTH("sip-servers", "10.0.0.1|10.0.0.2", "\1\x0a\0\0\1\x0a\0\0\2", "10.0.0.1, 10.0.0.2");
	BOTH("sip-servers", "a.example|b", "\0\1a\7example\0\1b\0", "a.example, b");
	refused("sip-servers", "10.0.0.1|b", "\"b\" must be an IPv4 address such as 192.0.2.1");
}

/* Sub-options are named, in the spaces that are known. */
static void
test_spaces_are_printed_by_name(void **state)
{
	static const uint8_t agent[] = "\1\4eth0\2\6\0\4\xac\x12\0\1\5\4\x0a\0\0\1\xc8\1x";
	static const uint8_t pxe[] = "\6\1\x08\x0a\3\5F8\0\xff\0\0";
	static const uint8_t ipxe[] = "\xb0\1\1\x51\4menu";
	const struct dhcp_opt_def *d;
	struct buf b = { 0 };

	(void)state;
	d = dhcp_opt_by_code(NULL, DHCP_SPACE_DHCP, 82);
	dhcp_opt_print(NULL, d, 0, agent, sizeof(agent) - 1, &b);
	buf_putc(&b, '\n');
	print_cuts(NULL, d, agent, sizeof(agent) - 1);
	d = dhcp_opt_by_code(NULL, DHCP_SPACE_DHCP, 43);
	dhcp_opt_print(NULL, d, DHCP_SPACE_PXE, pxe, sizeof(pxe) - 1, &b);
	buf_putc(&b, '\n');
	dhcp_opt_print(NULL, d, 0, pxe, 3, &b);
	buf_putc(&b, '\n');
	print_cuts(NULL, d, pxe, sizeof(pxe) - 1);
	d = dhcp_opt_by_code(NULL, DHCP_SPACE_DHCP, 175);
	dhcp_opt_print(NULL, d, 0, ipxe, sizeof(ipxe) - 1, &b);
	buf_putc(&b, '\n');
	dhcp_opt_print(NULL, NULL, 0, ipxe, 3, &b);
	buf_putc(&b, '\0');
	assert_string_equal(b.p,
	    "{circuit-id \"eth0\", remote-id 00:04:ac:12:00:01, link-selection 10.0.0.1, "
	    "option-200 78}\n"
	    "{discovery-control 8, menu-prompt 5 \"F8\"}\n"
	    "06:01:08\n"
	    "{no-pxedhcp 1, scriptlet \"menu\"}\n"
	    "b0:01:01");
	buf_free(&b);
}

/* What does not fit its type is shown as it is. */
static void
test_bytes_that_do_not_fit_are_hex(void **state)
{
	struct dhcp_opt_def d = find(NULL, "routers");
	struct buf b = { 0 };

	(void)state;
	dhcp_opt_print(NULL, &d, 0, (const uint8_t *)"\xc0\0\2\1\xc0", 5, &b);
	buf_putc(&b, '\0');
	assert_string_equal(b.p, "c0:00:02:01:c0");
	buf_free(&b);
}

/* Definitions ---------------------------------------------------------------- */

static void
add(struct dhcp_opt_own *own, const char *name, const char *space, uint32_t code,
    const char *type)
{
	if (dhcp_opt_own_add(own, name, space, code, type, why) != 0)
		fail_msg("%s: %s", name, why);
}

static void
test_options_of_ones_own(void **state)
{
	struct dhcp_opt_own own = { 0 };
	char buf[DHCP_OPT_NAME];

	(void)state;
	add(&own, "rack", NULL, 224, "{ uint8, ip-address }");
	add(&own, "racks", NULL, 225, "array of {unsigned integer 16, boolean}");
	add(&own, "SUNW.root-mount-options", NULL, 1, "text");
	add(&own, "root-server", "SUNW", 2, "ip-address");
	add(&own, "site-options", NULL, 226, "encapsulate SITE");
	add(&own, "SITE.names", NULL, 1, "domain-list");
	add(&own, "wpad2", NULL, 252, "string");
	both_ways(&own, "rack", "3 10.0.0.1", "\3\x0a\0\0\1", 5, "3 10.0.0.1");
	both_ways(&own, "racks", "3 yes|4 no", "\0\3\1\0\4\0", 6, "3 yes, 4 no");
	both_ways(&own, "SUNW.root-mount-options", "rw", "rw", 2, "\"rw\"");
	both_ways(&own, "SUNW.root-server", "10.0.0.1", "\x0a\0\0\1", 4, "10.0.0.1");
	assert_int_equal(dhcp_space_in(&own, find(&own, "SUNW.root-server").space), 43);
	assert_int_equal(dhcp_space_in(&own, find(&own, "SITE.names").space), 226);
	assert_int_equal(dhcp_space_find(&own, "SITE"), find(&own, "site-options").sub);
	/* Who gives a code a new name wants to see it. */
	assert_string_equal(dhcp_opt_name(&own, DHCP_SPACE_DHCP, 252, buf), "wpad2");
	assert_string_equal(dhcp_opt_name(&own, dhcp_space_find(&own, "SUNW"), 9, buf),
	    "SUNW.option-9");
	dhcp_opt_own_free(&own);
	assert_int_equal(own.n, 0);
}

static void
test_definitions_that_are_refused(void **state)
{
	static const struct { const char *name, *space; uint32_t code; const char *type, *want; } t[] = {
		{ "x", NULL, 0, "text", "a code is a number from 1 to 254" },
		{ "x", NULL, 255, "text", "a code is a number from 1 to 254" },
		{ "x", NULL, 53, "text", "option 53 (dhcp-message-type) can't be set: provd says it by itself" },
		{ "x", NULL, 3, "text", "code 3 is routers" },
		{ "x", NULL, 224, "text", "code 224 is first's" },
		{ "routers", NULL, 225, "text", "is option 3 by its name" },
		{ "first", NULL, 225, "text", "is option 224 by its name" },
		{ "A.", NULL, 1, "text", "there is no name behind the dot" },
		{ "A.x", "B", 1, "text", "its name says space A, and `space` says B" },
		{ "x", "a.b", 1, "text", "\"a.b\" cannot be a space: at most 31 letters, and no dot" },
		{ "x", "agent", 1, "text", "the relays' options are not for servers to say" },
		{ "x", NULL, 225, "array of text", "there is no array of text" },
		{ "x", NULL, 225, "{text, uint8}", "text takes all that is left: it must come last" },
		{ "x", NULL, 225, "{uint8,uint8,uint8,uint8,uint8,uint8,uint8,uint8,uint8,uint8,uint8}",
		  "a record has at most 9 fields" },
		{ "x", NULL, 225, "encapsulate PXE", "PXE belongs into option 43" },
		{ "A.x", NULL, 1, "encapsulate B", "a space inside another one can't be had" },
	};
	struct dhcp_opt_own own = { 0 };

	(void)state;
	add(&own, "first", NULL, 224, "text");
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_int_equal(dhcp_opt_own_add(&own, t[i].name, t[i].space, t[i].code,
		    t[i].type, why), -EINVAL);
		assert_string_equal(why, t[i].want);
	}
	for (size_t i = 0; i < 4; i++) {
		static const char *const bad[] = { "nothing", "{uint8", "{uint8} x", "" };

		assert_int_equal(dhcp_opt_own_add(&own, "x", NULL, 225, bad[i], why), -EINVAL);
		assert_non_null(strstr(why, "is no type: say ip-address, text"));
	}
	assert_int_equal(own.n, 1);
	dhcp_opt_own_free(&own);
}

static void
test_types_in_words(void **state)
{
	static const struct { const char *fmt, *want; } t[] = {
		{ "I", "ip-address" }, { "IA", "array of ip-address" },
		{ "IIA", "array of {ip-address, ip-address}" }, { "fIa", "{boolean, array of ip-address}" },
		{ "Bt", "{uint8, text}" }, { "X", "string" }, { "D", "domain-list" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct buf b = { 0 };

		dhcp_opt_type(t[i].fmt, &b);
		buf_putc(&b, '\0');
		assert_string_equal(b.p, t[i].want);
		buf_free(&b);
	}
}

/* Each that can be set, once; no line is taken for a macro. */
static void
test_the_manual_lists_them(void **state)
{
	struct buf b = { 0 };

	(void)state;
	dhcp_opt_mdoc(&b);
	buf_putc(&b, '\0');
	assert_non_null(strstr(b.p, "\n.It log-servers Ta 7 Ta array of ip-address\n"));
	assert_non_null(strstr(b.p, "\n.It PXE.menu-prompt Ta 10 Ta {uint8, text}\n"));
	assert_null(strstr(b.p, "dhcp-message-type"));
	assert_null(strstr(b.p, "agent."));
	buf_free(&b);
}

/* Many as bytes -------------------------------------------------------------- */

static void
test_many_options_as_bytes(void **state)
{
	struct dhcp_opt_item in[3] = {
		{ .code = 3, .p = (const uint8_t *)"abcd", .len = 4 },
		{ .space = 2, .code = 176, .flags = DHCP_OPT_ALWAYS, .p = (const uint8_t *)"", .len = 0 },
		{ .code = 250, .p = (const uint8_t *)"x", .len = 1 },
	}, out;
	struct buf b = { 0 };
	struct rd r;
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		dhcp_opts_put(&b, &in[i]);
	assert_int_equal(b.len, 3 * DHCP_OPT_HEAD + 5);
	r = rd_init(b.p, b.len);
	for (; dhcp_opts_next(&r, &out); n++) {
		assert_true(out.space == in[n].space && out.code == in[n].code &&
		    out.flags == in[n].flags && out.len == in[n].len);
		assert_memory_equal(out.p, in[n].p, out.len);
	}
	assert_int_equal(n, 3);
	assert_int_equal(r.err, 0);
	for (size_t cut = 1; cut < b.len; cut++) {
		uint8_t *p = malloc(cut);

		assert_non_null(p);
		memcpy(p, b.p, cut);
		r = rd_init(p, cut);
		for (n = 0; dhcp_opts_next(&r, &out); n++)
			;
		assert_true(r.err != 0 || cut == 9 || cut == 14);
		free(p);
	}
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_option_of_rfc_2132_has_its_name),
		cmocka_unit_test(test_the_table_is_consistent),
		cmocka_unit_test(test_names_with_a_space_and_numbers),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_text_bytes_and_flags),
		cmocka_unit_test(test_domain_lists),
		cmocka_unit_test(test_bad_compression_is_printed_as_bytes),
		cmocka_unit_test(test_classless_routes),
		cmocka_unit_test(test_sip_servers),
		cmocka_unit_test(test_spaces_are_printed_by_name),
		cmocka_unit_test(test_bytes_that_do_not_fit_are_hex),
		cmocka_unit_test(test_options_of_ones_own),
		cmocka_unit_test(test_definitions_that_are_refused),
		cmocka_unit_test(test_types_in_words),
		cmocka_unit_test(test_the_manual_lists_them),
		cmocka_unit_test(test_many_options_as_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
