/* Other servers' files become a provd.yaml and a report.  Every directory of
 * tests/golden/import is a configuration: its files, and what comes out as
 * `yaml` and `report`; PROVD_UPDATE=1 writes these two.
 */
#include <dirent.h>
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
#include "../../import/import.h"

#define DIR_OF	"tests/golden/import/"

static const char *const cases[] = { "seed", "dhcpd", "dhcpd_classes", "dhcpd_wrong", "include",
    "exports", "leases", "dnsmasq", "dnsmasq_tags" };
#define N_CASES	(sizeof(cases) / sizeof(cases[0]))

static char *
slurp(const char *path, size_t *ret_len)
{
	FILE *f = fopen(path, "rb");
	char *p = calloc(1, 1 << 16);

	assert_non_null(p);
	if (f == NULL) {
		free(p);
		return NULL;
	}
	*ret_len = fread(p, 1, (1 << 16) - 1, f);
	fclose(f);
	return p;
}

/* Includes stay in the directory of who names them. */
static int
read_golden(void *arg, const char *from, const char *name, bool dir, size_t i, char **ret_text,
    size_t *ret_len, char **ret_name)
{
	char path[512];
	const char *slash = strrchr(from, '/');

	(void)arg;
	if (dir || i > 0)
		return -ENOENT;
	snprintf(path, sizeof(path), "%.*s%s", slash != NULL ? (int)(slash - from) + 1 : 0, from, name);
	if ((*ret_text = slurp(path, ret_len)) == NULL)
		return -ENOENT;
	*ret_name = strdup(path);
	return 0;
}

static const struct import_source source = { read_golden, NULL };

static int
is_input(const struct dirent *e)
{
	return e->d_name[0] != '.' && strcmp(e->d_name, "yaml") != 0 &&
	    strcmp(e->d_name, "report") != 0 && strstr(e->d_name, ".inc") == NULL;
}

static void
complain(void *arg, const char *text)
{
	(void)arg;
	print_error("%s\n", text);
}

static void
must_load(const char *yaml)
{
	struct config *cfg;

	if (config_load_mem("provd.yaml", yaml, &cfg, complain, NULL) < 0) {
		print_error("%s", yaml);
		fail_msg("provd does not take what came out");
	}
	config_unref(cfg);
}

/* limit: bytes of each file that are read. */
static void
import_case(const char *name, size_t limit, bool hosts, struct buf *yaml, struct buf *report,
    size_t *ret_left)
{
	struct import *imp;
	struct dirent **e;
	char dir[128];
	int n;

	snprintf(dir, sizeof(dir), DIR_OF "%s", name);
	n = scandir(dir, &e, is_input, alphasort);
	assert_true(n > 0);
	assert_int_equal(import_new(&source, &imp), 0);
	if (hosts)
		import_leases_as_hosts(imp);
	for (int i = 0; i < n; i++) {
		char path[512];
		size_t len;
		char *text, *exact;

		snprintf(path, sizeof(path), "%s/%s", dir, e[i]->d_name);
		text = slurp(path, &len);
		assert_non_null(text);
		len = len < limit ? len : limit;
		exact = malloc(len + 1);		/* so that ASan sees its end */
		exact = realloc(exact, len + (len == 0));
		memcpy(exact, text, len);
		assert_int_equal(import_text(imp, import_kind_of(path, text, len), path, exact, len), 0);
		free(exact);
		free(text);
		free(e[i]);
	}
	free(e);
	if (import_needs_interface(imp))
		import_interface(imp, "em0");
	assert_int_equal(import_finish(imp, yaml, report, ret_left), 0);
	import_free(imp);
	must_load(yaml->p);
}

static void
compare(const char *name, const char *what, const struct buf *got)
{
	char path[256];
	size_t len;
	char *want;

	snprintf(path, sizeof(path), DIR_OF "%s/%s", name, what);
	if (getenv("PROVD_UPDATE") != NULL) {
		FILE *f = fopen(path, "wb");

		assert_non_null(f);
		fwrite(got->p != NULL ? got->p : "", 1, got->len, f);
		fclose(f);
	}
	want = slurp(path, &len);
	assert_non_null(want);
	assert_string_equal(got->p != NULL ? got->p : "", want);
	free(want);
}

static void
test_configurations_become_what_is_written_beside_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_CASES; i++) {
		struct buf yaml = { 0 }, report = { 0 };
		size_t left;

		import_case(cases[i], SIZE_MAX, strcmp(cases[i], "leases") == 0, &yaml, &report, &left);
		compare(cases[i], "yaml", &yaml);
		compare(cases[i], "report", &report);
		assert_true(left > 0);		/* each has something of the kind */
		buf_free(&yaml);
		buf_free(&report);
	}
}

/* Whatever is cut off, something comes out that provd takes. */
static void
test_files_that_end_early(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_CASES; i++)
		for (size_t len = 0; len < 2600; len += 7) {
			struct buf yaml = { 0 }, report = { 0 };
			size_t left;

			import_case(cases[i], len, true, &yaml, &report, &left);
			buf_free(&yaml);
			buf_free(&report);
		}
}

/* The server of the seed: its three files mean what tests/config/seed.yaml says. */
static void
test_the_seed_is_the_seed(void **state)
{
	struct buf yaml = { 0 }, report = { 0 }, got = { 0 }, want = { 0 };
	struct config *cfg;
	size_t left;
	char *ours, *p;

	(void)state;
	import_case("seed", SIZE_MAX, false, &yaml, &report, &left);
	assert_int_equal(config_load_mem("/x/provd.yaml", yaml.p, &cfg, complain, NULL), 0);
	schema_print(&cfg_top_schema, &cfg->top, &got);
	config_unref(cfg);
	assert_int_equal(config_load("tests/config/seed.yaml", &cfg, complain, NULL), 0);
	/* What the seed calls its tree, and where it lies, is no meaning. */
	free(cfg->top.tree[0].head.name);
	free(cfg->top.tree[0].path);
	cfg->top.tree[0].head.name = strdup("tftpboot");
	cfg->top.tree[0].path = strdup("/usr/tftpboot");
	schema_print(&cfg_top_schema, &cfg->top, &want);
	config_unref(cfg);
	ours = buf_steal(&got, NULL);
	p = buf_steal(&want, NULL);
	assert_string_equal(ours, p);
	free(ours);
	free(p);
	buf_free(&yaml);
	buf_free(&report);
}

static void
test_leases_are_told_when_they_do_not_become_hosts(void **state)
{
	struct buf yaml = { 0 }, report = { 0 };
	size_t left;

	(void)state;
	import_case("leases", SIZE_MAX, false, &yaml, &report, &left);
	assert_non_null(strstr(report.p, "leases: import --leases carries them over into a running provd"));
	assert_null(strstr(yaml.p, "10.0.0.101"));
	assert_non_null(strstr(yaml.p, "10.0.0.50"));	/* a host that OMAPI made */
	buf_free(&yaml);
	buf_free(&report);
}

/* What is carried over of them: dhcpd.leases(5), and dnsmasq's lines. */
static void
test_leases_have_an_end_and_an_identifier(void **state)
{
	static const char isc[] =
	    "lease 10.0.0.1 { starts 4 2026/11/20 14:22:11; ends 5 2026/11/20 15:22:11;\n"
	    "  binding state active; hardware ethernet 02:0:0:0:0:1; uid \"\\001\\002a\"; }\n"
	    "lease 10.0.0.2 { ends never; binding state active; hardware ethernet 02:00:00:00:00:02;\n"
	    "  client-hostname \"two\"; }\n"
	    "lease 10.0.0.3 { ends epoch 1795190400; # Fri\n binding state active;\n"
	    "  hardware ethernet 02:00:00:00:00:03; uid 1:2:ff; }\n"
	    "lease 10.0.0.4 { ends soon; binding state active; hardware ethernet 02:00:00:00:00:04; }\n"
	    "lease 10.0.0.5 { ends never; binding state free; hardware ethernet 02:00:00:00:00:05; }\n";
	static const char dnsmasq[] = "0 02:00:00:00:00:06 10.0.0.6 * 01:02:00\n";
	static const struct { const char *addr, *name, *cid; long long expiry; } want[] = {
		{ "10.0.0.1", NULL, "010261", 1795188131 }, { "10.0.0.2", "two", NULL, 0 },
		{ "10.0.0.3", NULL, "0102ff", 1795190400 }, { "10.0.0.4", NULL, NULL, 1 },
		{ "10.0.0.6", NULL, "010200", 0 } };
	struct import_lease l = { 0 };
	struct import *imp;

	(void)state;
	assert_int_equal(import_new(NULL, &imp), 0);
	assert_false(import_lease(imp, &l));
	assert_int_equal(import_text(imp, IMPORT_DHCPD_LEASES, "f", isc, sizeof(isc) - 1), 0);
	assert_int_equal(import_text(imp, IMPORT_DNSMASQ_LEASES, "g", dnsmasq, sizeof(dnsmasq) - 1), 0);
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		assert_true(import_lease(imp, &l));
		assert_string_equal(l.address, want[i].addr);
		assert_string_equal(l.hostname != NULL ? l.hostname : "-", want[i].name != NULL ? want[i].name : "-");
		assert_string_equal(l.client_id != NULL ? l.client_id : "-", want[i].cid != NULL ? want[i].cid : "-");
		assert_int_equal(l.expiry, want[i].expiry);
	}
	assert_false(import_lease(imp, &l));
	import_free(imp);
}

static void
test_kinds_are_told_by_name_and_by_content(void **state)
{
	static const struct { const char *file, *text; enum import_kind kind; } t[] = {
		{ "/etc/dhcp/dhcpd.conf", "", IMPORT_DHCPD_CONF },
		{ "x", "# a\nsubnet 10.0.0.0 netmask 255.0.0.0 {\n", IMPORT_DHCPD_CONF },
		{ "x", "authoritative;\n", IMPORT_DHCPD_CONF },
		{ "dhcpd.conf.old", "foo\n", IMPORT_DHCPD_CONF },
		{ "x", "lease 10.0.0.1 {\n", IMPORT_DHCPD_LEASES },
		{ "x", "# c\n/usr -ro\n", IMPORT_EXPORTS },
		{ "x", "tftp dgram udp wait root /x tftpd\n", IMPORT_INETD_CONF },
		{ "x", "dhcp-range=10.0.0.5,10.0.0.6\n", IMPORT_DNSMASQ_CONF },
		{ "dnsmasq-lan.conf", "port=0\n", IMPORT_DNSMASQ_CONF },
		{ "rc.conf", "", IMPORT_RC },
		{ "x", "something else\n", IMPORT_UNKNOWN },
		{ "x", "", IMPORT_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		assert_int_equal(import_kind_of(t[i].file, t[i].text, strlen(t[i].text)), t[i].kind);
	assert_int_equal(import_kind_named("exports"), IMPORT_EXPORTS);
	assert_int_equal(import_kind_named("toaster"), IMPORT_UNKNOWN);
}

static void
test_what_is_too_large_is_refused(void **state)
{
	struct import *imp;
	char *text = calloc(1, IMPORT_FILE_MAX + 1);

	(void)state;
	assert_non_null(text);
	memset(text, 'a', IMPORT_FILE_MAX + 1);
	assert_int_equal(import_new(NULL, &imp), 0);
	assert_int_equal(import_text(imp, IMPORT_DHCPD_CONF, "f", text, IMPORT_FILE_MAX + 1), -EFBIG);
	/* One statement of more words than any has. */
	for (size_t i = 1; i < IMPORT_FILE_MAX; i += 2)
		text[i] = ' ';
	assert_int_equal(import_text(imp, IMPORT_DHCPD_CONF, "f", text, IMPORT_FILE_MAX), -E2BIG);
	assert_int_equal(import_text(imp, IMPORT_UNKNOWN, "f", text, 1), -EINVAL);
	import_free(imp);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_configurations_become_what_is_written_beside_them),
		cmocka_unit_test(test_files_that_end_early),
		cmocka_unit_test(test_the_seed_is_the_seed),
		cmocka_unit_test(test_leases_are_told_when_they_do_not_become_hosts),
		cmocka_unit_test(test_leases_have_an_end_and_an_identifier),
		cmocka_unit_test(test_kinds_are_told_by_name_and_by_content),
		cmocka_unit_test(test_what_is_too_large_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
