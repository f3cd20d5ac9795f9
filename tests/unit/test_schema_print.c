/* A configuration is printed as YAML that loads again to the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sample.h"

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

static char *
print(const struct cfg_sample *s)
{
	struct buf b = { 0 };

	schema_print(&cfg_sample_schema, s, &b);
	return buf_steal(&b, NULL);
}

/* Load, print, load, print: the two texts are the same. */
static void
prints(const char *text, const char *want)
{
	struct cfg_sample s = load(text);
	char *once = print(&s), *twice;

	drop(&s);
	if (want != NULL)
		assert_string_equal(once, want);
	s = load(once);
	twice = print(&s);
	assert_string_equal(twice, once);
	drop(&s);
	free(once);
	free(twice);
}

static void
test_prints_the_defaults(void **state)
{
	(void)state;
	prints("{}", "on-line: yes\nport: 69\nmode: auto\n"
	    "state: /var/lib/sample\n"
	    "limits:\n  wait: 15m\n  lease: infinite\n");
}

static void
test_prints_everything_so_that_it_loads_again(void **state)
{
	(void)state;
	prints(
	    "on-line: false\ncount: 0\nmode: off\naddress: 192.0.2.1\n"
	    "network: 10.0.0.0/8\nranges: [10.0.0.1-10.0.0.2, 10.0.0.3]\n"
	    "interface: [eth0, null0]\nnumbers: []\n"
	    "limits: {wait: 3600, lease: 61, any: 0}\nbare: {}\n"
	    "disks: [{device: sda, size: 1536K, labels: [a, 'yes']}, {device: b}]\n"
	    "hosts: {a: , 'null': {vars: {}}, b: {mac: [5254.0000.0001], "
	    "uuid: 00112233-4455-6677-8899-AABBCCDDEEFF, disk: {device: x}, "
	    "bare: {note: ''}, open: {z: 'no', size: 3, 'a: b': [x, 1], \"n\\n\": ''}}}\n",
	    "on-line: no\nport: 69\ncount: 0\nmode: \"off\"\n"
	    "state: /var/lib/sample\naddress: 192.0.2.1\nnetwork: 10.0.0.0/8\n"
	    "ranges: [10.0.0.1-10.0.0.2, 10.0.0.3]\n"
	    "interface: [eth0, null0]\nnumbers: []\n"
	    "limits:\n  wait: 1h\n  lease: 61\n  any: 0\n"
	    "bare: {}\n"
	    "disks:\n"
	    "  - device: sda\n    size: 1536K\n    labels: [a, \"yes\"]\n"
	    "  - device: b\n"
	    "hosts:\n"
	    "  a: {}\n"
	    "  \"null\":\n    vars: {}\n"
	    "  b:\n    uuid: 00112233-4455-6677-8899-aabbccddeeff\n"
	    "    mac: [\"52:54:00:00:00:01\"]\n"
	    "    disk:\n      device: x\n"
	    "    bare:\n      note: \"\"\n"
	    "    open:\n      size: 3\n      z: \"no\"\n      \"a: b\": [x, \"1\"]\n"
	    "      \"n\\n\": \"\"\n");
}

/* Text comes back byte for byte, whatever it is. */
static void
test_text_survives_printing(void **state)
{
	static const char *const text[] = {
		"", " ", "a", "yes", "No", "NULL", "~", "1", "1e3", "0x10", "a: b",
		"a #b", "- a", "# a", "[a]", "{a}", "'a'", "\"a\"", "\\n", "a\\",
		"a\nb\n", "\n", "\t", "\r\n", "\x01\x1f\x7f", "%a", "@a", "`a", "!a",
		"&a", "*a", "a ", " a", "|", ">", "a,b", "\xc3\xa4\xe2\x82\xac",
		"\xc2\x85", "\xc2\x80\xc2\x9f\xc2\xa0", "\xe2\x80\xa8\xe2\x80\xa9",
		"\xef\xbb\xbf", "\xef\xbf\xbd", "\xf0\x9f\x98\x80",
		"\xf4\x8f\xbf\xbf", "\xee\x80\x80", "\xed\x9f\xbf",
		"a'b\"c\\d\te\nf\xc3\xa4g",
		"long long long long long long long long long long long long long",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		struct cfg_sample s = load("bare: {note: x}\nhosts: {h: {vars: {k: v}}}");
		char *yaml;

		free(s.bare.note);
		s.bare.note = strdup(text[i]);
		free(s.host[0].vars[0].value);
		s.host[0].vars[0].value = strdup(text[i]);
		if (*text[i] != '\0') {
			free(s.host[0].vars[0].key);
			s.host[0].vars[0].key = strdup(text[i]);
		}
		yaml = print(&s);
		drop(&s);
		s = load(yaml);
		assert_string_equal(s.bare.note, text[i]);
		assert_string_equal(s.host[0].vars[0].value, text[i]);
		if (*text[i] != '\0')
			assert_string_equal(s.host[0].vars[0].key, text[i]);
		drop(&s);
		free(yaml);
	}
}

/* YAML allows a key on one line only up to 1024 characters. */
static void
test_the_longest_key_survives_printing(void **state)
{
	struct cfg_sample s = load("hosts: {h: {vars: {k: v}}}");
	char key[129], *yaml;

	(void)state;
	for (size_t i = 0; i < 128; i++)
		key[i] = '\x01';		/* four characters each in quotes */
	key[128] = '\0';
	free(s.host[0].vars[0].key);
	s.host[0].vars[0].key = strdup(key);
	yaml = print(&s);
	drop(&s);
	s = load(yaml);
	assert_string_equal(s.host[0].vars[0].key, key);
	drop(&s);
	free(yaml);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prints_the_defaults),
		cmocka_unit_test(test_prints_everything_so_that_it_loads_again),
		cmocka_unit_test(test_text_survives_printing),
		cmocka_unit_test(test_the_longest_key_survives_printing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
