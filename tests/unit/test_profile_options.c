/* test_profile_options.c - dhcp-options of a profile: what is committed of them. */
#include <errno.h>

#include "profile_world.h"

static const char head[] = "name: x\nos: linux\ntree: t\n"
    "disks: [ { scheme: mbr, partitions: [ { size: 1G, fs: ext4, mount: / } ] } ]\n"
    "distributions: { sets: [base] }\n";

static struct buf why;

static void
collect(void *arg, const char *text)
{
	(void)arg;
	buf_printf(&why, "%s\n", text);
}

static int
load(const char *options, struct profile **ret)
{
	char text[8192];

	buf_free(&why);
	(void)snprintf(text, sizeof(text), "%s%s", head, options);
	return profile_load_mem("p.yaml", text, strlen(text), ret, collect, NULL);
}

/* RFC 5071's and FreeBSD's own go unasked; others if they are named. */
static void
test_options_become_bytes(void **state)
{
	struct vars vars = { 0 };
	struct boot_recipe r = { .os = BOOT_LINUX };
	struct dhcp_opt_item o;
	struct profile *pr;
	struct rd rd;

	(void)state;
	assert_int_equal(load("dhcp-options:\n  log-servers: [10.0.0.1, 10.0.0.2]\n"
	    "  loader-configfile: cfg/${hostname}\n  ipxe.scriptlet: 'echo ${hostname}'\n"
	    "  merit-dump: all\n  always-send: merit-dump\n", &pr), 0);
	assert_int_equal(vars_set(&vars, "hostname", "web1"), 0);
	assert_int_equal(render_options(pr, &vars, &r, collect, NULL), 0);
	rd = rd_init(r.options, r.options_len);
	assert_true(dhcp_opts_next(&rd, &o));
	assert_true(o.space == 0 && o.code == 7 && o.flags == 0 && o.len == 8);
	assert_true(dhcp_opts_next(&rd, &o));
	assert_true(o.code == 209 && o.flags == DHCP_OPT_ALWAYS && o.len == 8);
	assert_memory_equal(o.p, "cfg/web1", 8);
	assert_true(dhcp_opts_next(&rd, &o));
	assert_true(o.space == DHCP_SPACE_IPXE && o.code == 81 && o.len == 9);
	assert_true(dhcp_opts_next(&rd, &o));
	assert_true(o.code == 14 && o.flags == DHCP_OPT_ALWAYS);
	assert_false(dhcp_opts_next(&rd, &o));
	assert_int_equal(rd.err, 0);
	vars_free(&vars);
	profile_unref(pr);
}

static void
test_without_options_there_are_none(void **state)
{
	struct vars vars = { 0 };
	struct boot_recipe r = { .options_len = 7 };
	struct profile *pr;

	(void)state;
	assert_int_equal(load("", &pr), 0);
	assert_int_equal(render_options(pr, &vars, &r, collect, NULL), 0);
	assert_int_equal(r.options_len, 0);
	profile_unref(pr);
}

static void
test_they_are_bounded(void **state)
{
	char text[4096] = "dhcp-options:\n  always-send: [routers]\n";
	struct profile *pr = NULL;

	(void)state;
	assert_int_equal(load(text, &pr), -EINVAL);
	assert_string_equal(why.p, "p.yaml:6:1: dhcp-options.always-send: routers is not "
	    "among these options\n");
	(void)strcpy(text, "dhcp-options:\n");
	for (unsigned i = 0; i < 10; i++)
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text),
		    "  option-%u: \"0x%0200d\"\n", 224 + i, 1);
	assert_int_equal(load(text, &pr), -EINVAL);
	assert_string_equal(why.p, "p.yaml:6:1: dhcp-options: these options have 1050 bytes "
	    "together, and 1024 are the most\n");
	buf_free(&why);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options_become_bytes),
		cmocka_unit_test(test_without_options_there_are_none),
		cmocka_unit_test(test_they_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
