/* test_url.c - URLs that webhooks are sent to. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../lib/url.h"

static void
test_takes_urls_apart(void **state)
{
	struct url u;

	(void)state;
	assert_int_equal(url_parse("https://hooks.example.org/a?b=c", &u), 0);
	assert_true(u.tls);
	assert_string_equal(u.host, "hooks.example.org");
	assert_string_equal(u.port, "443");
	assert_string_equal(u.path, "/a?b=c");
	assert_int_equal(url_parse("http://192.0.2.1:8080", &u), 0);
	assert_false(u.tls);
	assert_string_equal(u.port, "8080");
	assert_string_equal(u.path, "/");
	assert_int_equal(url_parse("http://h?q", &u), 0);
	assert_string_equal(u.path, "/?q");
}

static void
test_refuses_what_is_none(void **state)
{
	static const char *const bad[] = { "", "ftp://h/", "http://", "http:///a", "https://:80/",
	    "http://h:/", "http://h:0/", "http://h:65536/", "http://h:80x/", "http://u@h/",
	    "http://u:80@h/", "http://h/#a", "http://h#a", "http://h/a b", "http://h/\r\nX: y",
	    "http://[::1]/", "http://h\x7f/", "http://\xc3\xa4/" };
	struct url u;
	char longer[700];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(url_parse(bad[i], &u), -EINVAL);
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	memcpy(longer, "http://h/", 9);
	assert_int_equal(url_parse(longer, &u), -EINVAL);
	memcpy(longer, "http://aa", 9);
	assert_int_equal(url_parse(longer, &u), -EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_takes_urls_apart),
		cmocka_unit_test(test_refuses_what_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
