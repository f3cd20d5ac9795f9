/* test_dhcp_context.c - what a recording says of a decision: text and back. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../dhcpd/dhcp_record.h"

static struct dhcp_ask *
sample(void)
{
	static const uint8_t options[] = { 0, 42, 0, 0, 4, 192, 168, 10, 7 };
	static struct cfg_host host;
	static char name[] = "web1";
	struct dhcp_ask *a = calloc(1, sizeof(*a));

	assert_non_null(a);
	host.head.name = name;
	a->cfg = &host;
	dhcp_init(&a->req);
	a->verdict.reason = dhcp_rule_why(DR_UNKNOWN);
	a->boot = (struct boot_plan){ .action = BOOT_FILE, .next_server = 0xc0a80a01,
	    .file = ".provd/abc/root/boot/pxeboot", .root_path = "192.168.10.1:/.provd/abc/root",
	    .loader_vars = "a=\"x y\";b=1", .config_file = "pxelinux.cfg/default",
	    .options = options, .options_len = sizeof(options),
	    .rule = "boot-freebsd-bios", .why = "To be installed." };
	return a;
}

static void
print(const struct dhcp_ask *a, const char *muted, struct buf *b)
{
	memset(b, 0, sizeof(*b));
	dhcp_context_print(a, &(struct dhcp_in){ .iface_addr = 0xc0a80a02 }, 1700000000, muted, b);
	assert_int_equal(b->err, 0);
}

static void
test_a_context_reads_back(void **state)
{
	struct dhcp_ask *a = sample();
	struct dhcp_context c;
	struct buf b;

	(void)state;
	print(a, NULL, &b);
	assert_int_equal(dhcp_context_parse(b.p, b.len, &c), 0);
	assert_string_equal(c.host, "web1");
	assert_int_equal(c.now, 1700000000);
	assert_int_equal(c.server, 0xc0a80a02);
	assert_false(c.muted);
	assert_int_equal(c.boot.action, BOOT_FILE);
	assert_int_equal(c.boot.next_server, a->boot.next_server);
	assert_string_equal(c.boot.file, a->boot.file);
	assert_string_equal(c.boot.root_path, a->boot.root_path);
	assert_string_equal(c.boot.loader_vars, a->boot.loader_vars);
	assert_string_equal(c.boot.config_file, a->boot.config_file);
	assert_string_equal(c.boot.rule, a->boot.rule);
	assert_string_equal(c.boot.why, a->boot.why);
	assert_int_equal(c.boot.options_len, a->boot.options_len);
	assert_memory_equal(c.boot.options, a->boot.options, c.boot.options_len);
	buf_free(&b);
	a->cfg = NULL;
	a->boot = (struct boot_plan){ .action = BOOT_SILENT, .rule = "x", .why = "two\nlines" };
	print(a, "mode observe", &b);
	assert_int_equal(dhcp_context_parse(b.p, b.len, &c), 0);
	assert_string_equal(c.host, "");
	assert_true(c.muted);
	assert_int_equal(c.boot.action, BOOT_SILENT);
	assert_string_equal(c.boot.why, "two lines");
	assert_int_equal(c.boot.options_len, 0);
	buf_free(&b);
	free(a);
}

static void
test_a_context_that_makes_no_sense_is_refused(void **state)
{
	static const char *const bad[] = {
		"", "now 1", "now\n", "now x\n", "now -5\n", "now 99999999999999999999\n",
		"now 9223372036854775807\n",	/* a lease from then on has no end */
		"now 1\naction 4\n", "now 1\naction -1\n", "now 1\nserver 1.2.3\n",
		"now 1\noptions 0\n", "now 1\noptions 0g\n", "now 1\noptions 0A\n",
		"now 1\nhost 0123456789012345678901234567890123456789012345678901234567890123\n",
		"server 1.2.3.4\n",
	};
	struct dhcp_context c;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (dhcp_context_parse(bad[i], strlen(bad[i]), &c) != -EBADMSG)
			fail_msg("taken: %s", bad[i]);
	assert_int_equal(dhcp_context_parse("now 1\nhost a\0b\n", 15, &c), -EBADMSG);
	/* What a later version adds is no mistake. */
	assert_int_equal(dhcp_context_parse("now 1\nweather fine\n", 19, &c), 0);
}

static void
test_a_lease_reads_back(void **state)
{
	struct lease l = { .addr = 0x0a000001, .state = LEASE_DECLINED,
	    .mac = { { 2, 0, 0, 0, 0, 1 } }, .start = 5, .expiry = 9, .hostname = "pc" }, m;
	struct buf b = { 0 };

	(void)state;
	dhcp_record_lease_print(&l, &b);
	assert_int_equal(dhcp_record_lease_parse(b.p, b.len, &m), 0);
	assert_int_equal(m.addr, l.addr);
	assert_int_equal(m.state, LEASE_DECLINED);
	assert_string_equal(m.hostname, "pc");
	for (size_t len = 0; len + 1 < b.len; len++)
		assert_int_equal(dhcp_record_lease_parse(b.p, len, &m), -EBADMSG);
	b.p[10] = 'g';
	assert_int_equal(dhcp_record_lease_parse(b.p, b.len, &m), -EBADMSG);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_context_reads_back),
		cmocka_unit_test(test_a_context_that_makes_no_sense_is_refused),
		cmocka_unit_test(test_a_lease_reads_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
