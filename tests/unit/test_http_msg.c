/* test_http_msg.c - requests as firmware and curl send them, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../httpd/http_msg.h"

#define GET_	"GET /a HTTP/1.1\r\nHost: s\r\n"

/* As EDK2's HttpBootDxe writes it (made by hand from its source). */
static const char edk2[] = "HEAD /.provd/t/ipxe.efi HTTP/1.1\r\nHost: 192.168.10.1:8080\r\n"
    "Accept: */*\r\nUser-Agent: UefiHttpBoot/1.0\r\n\r\n";
/* As iPXE does, and GRUB. */
static const char ipxe[] = "GET /t/vmlinuz HTTP/1.1\r\nConnection: keep-alive\r\n"
    "User-Agent: iPXE/1.21.1+\r\nHost: 192.168.10.1\r\nRange: bytes=0-1023\r\n\r\n";
static const char grub[] = "GET /t/vmlinuz HTTP/1.1\r\nHost: 192.168.10.1\r\n"
    "User-Agent: GRUB 2.06\r\nConnection: close\r\n\r\n";

static int
parse(const char *text, struct http_req *r)
{
	/* exactly so long: a sanitizer sees a byte too many */
	size_t n = strlen(text);
	char *p = malloc(n + 1);
	int e;

	assert_non_null(p);
	memcpy(p, text, n);
	p = realloc(p, n > 0 ? n : 1);
	e = http_parse(p, n, r);
	free(p);
	return e;
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
	assert_int_equal(r.n_range, 0);
	assert_int_equal(parse(ipxe, &r), strlen(ipxe));
	assert_int_equal(r.n_range, 1);
	assert_int_equal(r.range[0].to, 1023);
	assert_true(r.keep);
	assert_int_equal(parse(grub, &r), strlen(grub));
	assert_false(r.keep);
	/* the next request is not touched */
	assert_int_equal(parse(GET_ "\r\nGET /b", &r), strlen(GET_ "\r\n"));
}

/* RFC 9112 3.2, RFC 3986 2.1 and 5.2.4 */
static void
test_targets(void **state)
{
	static const struct { const char *target, *path; } t[] = {
		{ "/", "/" }, { "/a%20b%2Fc?x=1", "/a b/c" }, { "/?/a", "/" },
		{ "http://server:80/a/b", "/a/b" }, { "HTTP://server/a", "/a" },
		{ "https://server/a?b", "/a" }, { "http://server", "/" },
		{ "http://server?x/y", "/" }, { "/a%2e%2E/b", "/a../b" },
		{ "/a/./b", "/a/b" }, { "/a/../b", "/b" }, { "/../../etc/passwd", "/etc/passwd" },
		{ "/%2e%2e/%2e%2e/etc", "/etc" }, { "/a/b/..", "/a/" }, { "/a/b/.", "/a/b/" },
		{ "/..", "/" }, { "/.", "/" }, { "/a/b/../../..", "/" }, { "/...", "/..." },
		{ "/.provd", "/.provd" }, { "/a//b", "/a//b" }, { "/a//../b", "/a/b" },
		{ "/\xc3\xa4", "/\xc3\xa4" }, { "/a+b#c", "/a+b#c" }, { "/%41", "/A" },
	};
	static const char *const bad[] = { "a", "*", "?a", "/a%0", "/a%zz", "/%", "/%1",
		"/a%00b", "http://", "http:///a", "server:80", "\"/a\"", "ftp://s/a" };
	char text[HTTP_PATH_MAX + 64] = "GET /";
	struct http_req r;

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		snprintf(text, sizeof(text), "GET %s HTTP/1.0\r\n\r\n", t[i].target);
		if (parse(text, &r) <= 0 || strcmp(r.path, t[i].path) != 0)
			fail_msg("%s: %s", t[i].target, r.path);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "GET %s HTTP/1.0\r\n\r\n", bad[i]);
		if (parse(text, &r) != -400)
			fail_msg("%s: %s", bad[i], r.path);
	}
	/* 414, not cut off */
	strcpy(text, "GET /");
	memset(text + 5, 'a', HTTP_PATH_MAX - 2);
	strcpy(text + 5 + HTTP_PATH_MAX - 2, " HTTP/1.0\r\n\r\n");
	assert_true(parse(text, &r) > 0);
	assert_int_equal(strlen(r.path), HTTP_PATH_MAX - 1);
	memset(text + 5, 'a', HTTP_PATH_MAX - 1);
	strcpy(text + 5 + HTTP_PATH_MAX - 1, " HTTP/1.0\r\n\r\n");
	assert_int_equal(parse(text, &r), -414);
}

/* What two readers could take for two different things. */
static const struct { const char *text; int status; } refused[] = {
	{ "hello\r\n\r\n", -400 }, { "GET /a\r\n\r\n", -400 },
	{ "GET  /a HTTP/1.0\r\n\r\n", -400 }, { "GET /a  HTTP/1.0\r\n\r\n", -400 },
	{ " GET /a HTTP/1.0\r\n\r\n", -400 }, { "GET /a HTTP/1.0 \r\n\r\n", -400 },
	{ "GET\t/a HTTP/1.0\r\n\r\n", -400 }, { "G(T /a HTTP/1.0\r\n\r\n", -400 },
	{ "\r\n\r\n\r\nGET /a HTTP/1.0\r\n\r\n", -400 },
	/* RFC 9112 2.3 */
	{ "GET /a HTTP/2.0\r\n\r\n", -505 }, { "GET /a HTTP/0.9\r\n\r\n", -505 },
	{ "GET /a HTTP/1\r\n\r\n", -400 }, { "GET /a http/1.1\r\n\r\n", -400 },
	{ "GET /a HTTP/1.10\r\n\r\n", -400 }, { "GET /a HTTP/11\r\n\r\n", -400 },
	/* RFC 9110 9.1 */
	{ "get /a HTTP/1.0\r\n\r\n", -501 }, { "BREW /a HTTP/1.0\r\n\r\n", -501 },
	{ "PRI * HTTP/2.0\r\n\r\n", -505 },
	/* RFC 9112 2.2: a line ends with CRLF */
	{ "GET /a HTTP/1.0\n\n", -400 }, { "GET /a HTTP/1.0\r\nA: b\nC: d\r\n\r\n", -400 },
	{ "GET /a HTTP/1.0\r\nA: b\rC: d\r\n\r\n", -400 }, { "\nGET /a HTTP/1.0\r\n\r\n", -400 },
	{ "GET /a HTTP/1.0\r\nA: b\r\n\n", -400 },
	/* RFC 9112 5.1, 5.2 */
	{ "GET /a HTTP/1.0\r\nA : b\r\n\r\n", -400 }, { "GET /a HTTP/1.0\r\n: b\r\n\r\n", -400 },
	{ "GET /a HTTP/1.0\r\nA\r\n\r\n", -400 }, { "GET /a HTTP/1.0\r\nA: b\r\n c\r\n\r\n", -400 },
	{ "GET /a HTTP/1.0\r\n A: b\r\n\r\n", -400 }, { "GET /a HTTP/1.0\r\nA\x01: b\r\n\r\n", -400 },
	{ "GET /a HTTP/1.0\r\nA: b\x01\r\n\r\n", -400 }, { "GET /a HTTP/1.0\r\nA\xe4: b\r\n\r\n", -400 },
	/* RFC 9112 3.2 */
	{ "GET /a HTTP/1.1\r\n\r\n", -400 }, { GET_ "Host: t\r\n\r\n", -400 },
	{ GET_ "Host: s\r\n\r\n", -400 }, { "GET /a HTTP/1.1\r\nHost: a b\r\n\r\n", -400 },
	{ "GET /a HTTP/1.1\r\nHost: a/b\r\n\r\n", -400 }, { "GET /a HTTP/1.0\r\nHost: u@h\r\n\r\n", -400 },
	/* RFC 9112 6.1, 6.3 */
	{ GET_ "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", -400 },
	{ GET_ "Content-Length: 1, 1\r\n\r\n", -400 }, { GET_ "Content-Length: +1\r\n\r\n", -400 },
	{ GET_ "Content-Length: 0x1\r\n\r\n", -400 }, { GET_ "Content-Length: \r\n\r\n", -400 },
	{ GET_ "Content-Length: -1\r\n\r\n", -400 },
	{ GET_ "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", -400 },
	{ GET_ "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n", -400 },
	{ "GET /a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", -400 },
};

static void
test_what_is_not_clear_is_refused(void **state)
{
	struct http_req r;

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (parse(refused[i].text, &r) != refused[i].status)
			fail_msg("%s: %d", refused[i].text, parse(refused[i].text, &r));
	assert_int_equal(http_parse("GET /a\0b HTTP/1.0\r\n\r\n", 22, &r), -400);
	assert_int_equal(http_parse("GET /a HTTP/1.0\r\nA: \0\r\n\r\n", 26, &r), -400);
}

/* RFC 9112 9.3; a body is not read, so nothing behind it is a request */
static const struct { const char *text; bool keep, body; } after[] = {
	{ GET_ "\r\n", true, false }, { GET_ "Connection: close\r\n\r\n", false, false },
	{ GET_ "Connection: x, Close , y\r\n\r\n", false, false },
	{ GET_ "Connection: keep-alive\r\nConnection: close\r\n\r\n", false, false },
	{ GET_ "Connection: closed\r\n\r\n", true, false },
	{ "GET /a HTTP/1.0\r\n\r\n", false, false },
	{ "GET /a HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true, false },
	{ GET_ "Content-Length: 0\r\n\r\n", true, false },
	{ GET_ "Content-Length: 5\r\n\r\nGET /", false, true },
	{ GET_ "content-length:5\r\nContent-Length:\t5 \r\n\r\n", false, true },
	{ GET_ "Content-Length: 99999999999999999999999\r\n\r\n", false, true },
	{ GET_ "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", false, true },
	{ GET_ "Transfer-Encoding: xchunked\r\n\r\n", false, true },
	{ "\r\n" GET_ "\r\n", true, false }, { "\r\n\r\n" GET_ "\r\n", true, false },
	{ "POST /a HTTP/1.1\r\nHost: s\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\nbody", false, true },
	{ "GET /a HTTP/1.9\r\nHost:\r\n\r\n", true, false },
};

static void
test_how_the_connection_goes_on(void **state)
{
	struct http_req r;

	(void)state;
	for (size_t i = 0; i < sizeof(after) / sizeof(after[0]); i++)
		if (parse(after[i].text, &r) <= 0 || r.keep != after[i].keep ||
		    r.has_body != after[i].body)
			fail_msg("%s", after[i].text);
	assert_true(parse("OPTIONS * HTTP/1.1\r\nHost: s\r\n\r\n", &r) > 0);
	assert_int_equal(r.method, HTTP_OTHER);
	assert_true(parse("CONNECT s:80 HTTP/1.1\r\nHost: s\r\n\r\n", &r) > 0);
	assert_int_equal(r.method, HTTP_OTHER);
}

static void
test_what_is_cut_short_waits_for_more(void **state)
{
	struct http_req r;

	(void)state;
	for (size_t n = 0; n + 1 < sizeof(ipxe); n++) {
		char *p = malloc(n > 0 ? n : 1);

		assert_non_null(p);
		memcpy(p, ipxe, n);
		assert_int_equal(http_parse(p, n, &r), 0);
		free(p);
	}
}

static void
test_limits(void **state)
{
	char *big = malloc(HTTP_HEAD_MAX + 100);
	struct http_req r;
	size_t n;

	(void)state;
	assert_non_null(big);
	/* without an end */
	memset(big, 'a', HTTP_HEAD_MAX);
	assert_int_equal(http_parse(big, HTTP_HEAD_MAX - 1, &r), 0);
	assert_int_equal(http_parse(big, HTTP_HEAD_MAX, &r), -414);
	n = (size_t)snprintf(big, HTTP_HEAD_MAX, GET_ "A: ");
	memset(big + n, 'a', HTTP_HEAD_MAX - n);
	assert_int_equal(http_parse(big, HTTP_HEAD_MAX - 1, &r), 0);
	assert_int_equal(http_parse(big, HTTP_HEAD_MAX, &r), -431);
	/* as much as there may be */
	memcpy(big + HTTP_HEAD_MAX - 4, "\r\n\r\n", 4);
	assert_int_equal(http_parse(big, HTTP_HEAD_MAX, &r), HTTP_HEAD_MAX);
	big[HTTP_HEAD_MAX - 4] = 'a';
	memcpy(big + HTTP_HEAD_MAX - 3, "\r\n\r\n", 4);
	assert_int_equal(http_parse(big, HTTP_HEAD_MAX + 1, &r), -431);
	/* fields: Host is one */
	n = (size_t)snprintf(big, HTTP_HEAD_MAX, GET_);
	for (unsigned i = 1; i < HTTP_FIELDS_MAX; i++)
		n += (size_t)snprintf(big + n, HTTP_HEAD_MAX - n, "A: b\r\n");
	memcpy(big + n, "\r\n", 3);
	assert_true(parse(big, &r) > 0);
	memcpy(big + n, "A: b\r\n\r\n", 9);
	assert_int_equal(parse(big, &r), -431);
	free(big);
}

/* RFC 9110 8.8.3, 13.1 */
static void
test_conditions(void **state)
{
	struct http_req r;

	(void)state;
	assert_true(parse(GET_ "If-None-Match: \"x\", W/\"00000000000000ff\" ,, \"0123456789ABCDEF\"\r\n"
	    "If-Match: W/\"00000000000000ff\"\r\n"
	    "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
	    "If-Unmodified-Since: yesterday\r\nIf-Range: \"0000000000000001\"\r\n\r\n", &r) > 0);
	assert_int_equal(r.none_match.n, 2);
	assert_int_equal(r.none_match.tag[0], 0xff);
	assert_int_equal(r.none_match.tag[1], 0x0123456789abcdef);
	/* weak ones match nothing strongly */
	assert_true(r.match.given && r.match.n == 0 && !r.match.any);
	assert_true(r.modified.given);
	assert_int_equal(r.modified.s, 784111777);
	assert_false(r.unmodified.given);
	assert_true(r.if_range && r.range_tag.n == 1 && !r.range_time.given);
	assert_true(parse(GET_ "If-None-Match: *\r\nIf-Range: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n", &r) > 0);
	assert_true(r.none_match.any);
	assert_true(r.if_range && r.range_time.given);
}

/* RFC 9110 5.6.7 */
static void
test_dates(void **state)
{
	static const struct { const char *text; int64_t s; } good[] = {
		{ "Sun, 06 Nov 1994 08:49:37 GMT", 784111777 },
		{ "Sunday, 06-Nov-94 08:49:37 GMT", 784111777 },
		{ "Sun Nov  6 08:49:37 1994", 784111777 },
		{ "Thu, 01 Jan 1970 00:00:00 GMT", 0 },
		{ "Thu, 29 Feb 2024 23:59:59 GMT", 1709251199 },
		{ "Fri, 31 Dec 9999 23:59:59 GMT", 253402300799 },
	};
	static const char *const bad[] = { "", "Sun", "Sun, 06 Nov 1994 08:49:37", "0",
		"Sun, 06 Nov 1994 08:49:37 CET", "Sun, 6 Nov 1994 08:49:37 GMT",
		"Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 06 Nox 1994 08:49:37 GMT",
		"Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT ",
		"Sun Nov  6 08:49:37 199", "Sunday, 06-Nov-1994 08:49:37 GMT" };
	char text[HTTP_DATE_LEN];
	int64_t s;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (!http_date_parse(good[i].text, strlen(good[i].text), &s) || s != good[i].s)
			fail_msg("%s", good[i].text);
		http_date(s, text);
		assert_true(http_date_parse(text, strlen(text), &s));
		assert_int_equal(s, good[i].s);
	}
	http_date(784111777, text);
	assert_string_equal(text, good[0].text);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (http_date_parse(bad[i], strlen(bad[i]), &s))
			fail_msg("%s", bad[i]);
	/* every day of some centuries, there and back */
	for (int64_t day = 0; day < 150000; day++) {
		http_date(day * 86400 + 86399, text);
		assert_true(http_date_parse(text, strlen(text), &s));
		assert_int_equal(s, day * 86400 + 86399);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_what_firmware_sends),
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_what_is_not_clear_is_refused),
		cmocka_unit_test(test_how_the_connection_goes_on),
		cmocka_unit_test(test_what_is_cut_short_waits_for_more),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_dates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
