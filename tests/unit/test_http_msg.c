/* test_http_msg.c - requests as firmware and curl send them, and what is none. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../httpd/http_msg.h"

/* As EDK2's HttpBootDxe writes it (made by hand from its source). */
static const char edk2[] = "HEAD /.provd/t/ipxe.efi HTTP/1.1\r\nHost: 192.168.10.1:8080\r\n"
    "Accept: */*\r\nUser-Agent: UefiHttpBoot/1.0\r\n\r\n";

static int
parse(const char *text, struct http_req *r)
{
	return http_parse(text, strlen(text), r);
}

static void
test_reads_what_firmware_sends(void **state)
{
	struct http_req r;

	(void)state;
	assert_int_equal(parse(edk2, &r), strlen(edk2));
	assert_int_equal(r.method, HTTP_HEAD);
	assert_string_equal(r.path, "/.provd/t/ipxe.efi");
	assert_true(r.keep);
	assert_false(r.has_range);
	/* iPXE and GRUB: a name with an escape, by HTTP/1.0, and by a whole URL */
	assert_true(parse("GET /a%20b%2Fc?x=1 HTTP/1.0\r\n\r\n", &r) > 0);
	assert_string_equal(r.path, "/a b/c");
	assert_false(r.keep);
	assert_true(parse("GET http://server:80/a/b HTTP/1.1\nConnection: close\n\n", &r) > 0);
	assert_string_equal(r.path, "/a/b");
	assert_false(r.keep);
	assert_true(parse("GET http://server HTTP/1.1\r\n\r\n", &r) > 0);
	assert_true(parse("POST /a HTTP/1.1\r\ncontent-length: 4\r\n\r\nbody", &r) > 0);
	assert_int_equal(r.method, HTTP_OTHER);
	assert_true(r.has_body);
}

static void
test_a_name_that_is_none_is_empty(void **state)
{
	static const char *const bad[] = { "GET a HTTP/1.1\r\n\r\n",
		"GET /a%0 HTTP/1.1\r\n\r\n", "GET /a%zz HTTP/1.1\r\n\r\n",
		"GET /a%00b HTTP/1.1\r\n\r\n", "GET ?a HTTP/1.1\r\n\r\n",
		"GET * HTTP/1.1\r\n\r\n", "GET /% HTTP/1.1\r\n\r\n" };
	char big[HTTP_PATH_MAX + 64] = "GET /";
	struct http_req r;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_true(parse(bad[i], &r) > 0);
		assert_string_equal(r.path, "");
	}
	memset(big + 5, 'a', HTTP_PATH_MAX);
	strcpy(big + 5 + HTTP_PATH_MAX, " HTTP/1.1\r\n\r\n");
	assert_true(parse(big, &r) > 0);
	assert_string_equal(r.path, "");
}

/* RFC 9112 3: what is cut short waits for more; what is no request is said. */
static void
test_truncation(void **state)
{
	struct http_req r;

	(void)state;
	for (size_t n = 0; n + 1 < sizeof(edk2); n++) {
		char *p = malloc(n + 1);

		assert_non_null(p);
		memcpy(p, edk2, n);
		assert_int_equal(http_parse(p, n, &r), 0);
		free(p);
	}
	assert_int_equal(parse("hello\r\n\r\n", &r), -EBADMSG);
	assert_int_equal(parse("\r\n\r\n", &r), -EBADMSG);
	assert_int_equal(parse("GET / HTTP/2.0\r\n\r\n", &r), -EBADMSG);
	char *big = calloc(1, HTTP_HEAD_MAX);

	assert_non_null(big);
	assert_int_equal(http_parse(big, HTTP_HEAD_MAX, &r), -EMSGSIZE);
	assert_int_equal(http_parse(big, HTTP_HEAD_MAX - 1, &r), 0);
	free(big);
}

/* RFC 9110 14.1.2 and 14.2; the size is 1000. */
static const struct { const char *range; int status; uint64_t from, to; } ranges[] = {
	{ "bytes=0-0", 206, 0, 1 }, { "bytes=0-499", 206, 0, 500 },
	{ "bytes=500-", 206, 500, 1000 }, { "bytes=-1", 206, 999, 1000 },
	{ "bytes=-5000", 206, 0, 1000 }, { "bytes=999-5000", 206, 999, 1000 },
	{ "bytes = 1 - 2", 206, 1, 3 }, { "Bytes=1-2", 206, 1, 3 },
	{ "bytes=1000-", 416, 0, 0 }, { "bytes=5000-6000", 416, 0, 0 },
	{ "bytes=-0", 416, 0, 0 },
	/* not understood: as if it were not there */
	{ "bytes=0-1,3-4", 200, 0, 1000 }, { "bytes=5-4", 200, 0, 1000 },
	{ "bytes=-", 200, 0, 1000 }, { "bytes=a-b", 200, 0, 1000 },
	{ "bytes=", 200, 0, 1000 }, { "lines=0-1", 200, 0, 1000 },
	{ "bytes=0-99999999999999999999", 200, 0, 1000 }, { "bytes=5", 200, 0, 1000 },
};

static void
test_ranges(void **state)
{
	struct http_answer a;
	struct http_req r;
	char text[200];

	(void)state;
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		snprintf(text, sizeof(text), "GET /a HTTP/1.1\r\nRange: %s\r\n\r\n", ranges[i].range);
		assert_true(parse(text, &r) > 0);
		http_range(&r, 1000, &a);
		if (a.status != ranges[i].status || a.from != ranges[i].from || a.to != ranges[i].to)
			fail_msg("%s: %d %u-%u", ranges[i].range, a.status,
			    (unsigned)a.from, (unsigned)a.to);
		/* RFC 9110 14.2: for GET alone */
		r.method = HTTP_HEAD;
		http_range(&r, 1000, &a);
		assert_int_equal(a.status, 200);
		/* of an empty file there is no part */
		r.method = HTTP_GET;
		http_range(&r, 0, &a);
		assert_true(a.status == (ranges[i].status == 200 ? 200 : 416));
	}
}

static void
test_the_head_is_exact(void **state)
{
	struct http_answer a = { .status = 206, .from = 5, .to = 10, .size = 100 };
	char head[512];

	(void)state;
	assert_true(http_head(&a, "/a/BOOTX64.EFI", true, head, sizeof(head)) > 0);
	assert_non_null(strstr(head, "HTTP/1.1 206 Partial Content\r\n"));
	assert_non_null(strstr(head, "\r\nContent-Length: 5\r\n"));
	assert_non_null(strstr(head, "\r\nContent-Range: bytes 5-9/100\r\n"));
	assert_non_null(strstr(head, "\r\nContent-Type: application/efi\r\n"));
	a = (struct http_answer){ .status = 416, .size = 100 };
	assert_true(http_head(&a, "/a", false, head, sizeof(head)) > 0);
	assert_non_null(strstr(head, "\r\nContent-Range: bytes */100\r\n"));
	assert_non_null(strstr(head, "\r\nContent-Length: 0\r\n"));
	assert_non_null(strstr(head, "\r\nConnection: close\r\n\r\n"));
	/* RFC 9110 15.5.6 */
	a = (struct http_answer){ .status = 405 };
	assert_true(http_head(&a, "/a", false, head, sizeof(head)) > 0);
	assert_non_null(strstr(head, "\r\nAllow: GET, HEAD\r\n"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_what_firmware_sends),
		cmocka_unit_test(test_a_name_that_is_none_is_empty),
		cmocka_unit_test(test_truncation),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_the_head_is_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
