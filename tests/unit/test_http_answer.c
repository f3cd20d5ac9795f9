/* test_http_answer.c - conditions, ranges, and the heads of answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../httpd/http_msg.h"

#define TAG	"\"00000000000000ff\""
#define OTHER	"\"0000000000000001\""
#define THEN	"Sun, 06 Nov 1994 08:49:37 GMT"
#define BEFORE	"Sun, 06 Nov 1994 08:49:36 GMT"
#define LATER	"Mon, 07 Nov 1994 08:49:37 GMT"

static const struct http_file file = { .size = 1000, .lasting = true, .tag = 0xff,
    .mtime = 784111777 };

static struct http_answer
ask(const char *method, const char *fields, const struct http_file *f)
{
	struct http_answer a;
	struct http_req r;
	char text[1000];

	snprintf(text, sizeof(text), "%s /a.efi HTTP/1.0\r\n%s\r\n", method, fields);
	assert_true(http_parse(text, strlen(text), &r) > 0);
	http_decide(&r, r.path, f, &a);
	return a;
}

/* RFC 9110 14.1.2 and 14.2; the size is 1000. */
static const struct { const char *range; int status; uint64_t from, to; } ranges[] = {
	{ "bytes=0-0", 206, 0, 1 }, { "bytes=0-499", 206, 0, 500 },
	{ "bytes=500-", 206, 500, 1000 }, { "bytes=-1", 206, 999, 1000 },
	{ "bytes=-5000", 206, 0, 1000 }, { "bytes=999-5000", 206, 999, 1000 },
	{ "bYTES=1-2", 206, 1, 3 }, { "bytes=0-99999999999999999999", 206, 0, 1000 },
	{ "bytes=0-18446744073709551615", 206, 0, 1000 },
	{ "bytes=,, 1-2 ,", 206, 1, 3 }, { "bytes=5000-,1-2", 206, 1, 3 },
	{ "bytes=1000-", 416, 0, 0 }, { "bytes=5000-6000", 416, 0, 0 },
	{ "bytes=-0", 416, 0, 0 }, { "bytes=1000-,2000-,-0", 416, 0, 0 },
	{ "bytes=99999999999999999999-", 416, 0, 0 },
	/* not understood: as if it were not there */
	{ "bytes=5-4", 200, 0, 1000 }, { "bytes=-", 200, 0, 1000 },
	{ "bytes=a-b", 200, 0, 1000 }, { "bytes=", 200, 0, 1000 },
	{ "lines=0-1", 200, 0, 1000 }, { "bytes=5", 200, 0, 1000 },
	{ "bytes = 1-2", 200, 0, 1000 }, { "bytes=1 - 2", 200, 0, 1000 },
	{ "bytes=0-1,x", 200, 0, 1000 }, { "bytes=--1", 200, 0, 1000 },
	{ "bytes=0x1-2", 200, 0, 1000 }, { "bytes=0-1;2-3", 200, 0, 1000 },
	/* more than there is, all together */
	{ "bytes=0-,0-,0-", 200, 0, 1000 }, { "bytes=0-600,400-999", 200, 0, 1000 },
};

static void
test_ranges(void **state)
{
	struct http_answer a;
	char text[200];

	(void)state;
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		snprintf(text, sizeof(text), "Range: %s\r\n", ranges[i].range);
		a = ask("GET", text, &file);
		if (a.status != ranges[i].status || a.n_part != (a.status != 416) ||
		    (a.n_part == 1 && (a.part[0].from != ranges[i].from ||
		    a.part[0].to != ranges[i].to)) ||
		    a.length != ranges[i].to - ranges[i].from)
			fail_msg("%s: %d", ranges[i].range, a.status);
		/* for GET alone */
		assert_int_equal(ask("HEAD", text, &file).status, 200);
		/* of an empty file there is no part */
		a = ask("GET", text, &(struct http_file){ .lasting = true });
		assert_true(a.status == 200 || a.status == 416);
		assert_int_equal(a.length, 0);
	}
	/* which one was meant? */
	assert_int_equal(ask("GET", "Range: bytes=0-1\r\nRange: bytes=5-6\r\n", &file).status, 200);
}

/* RFC 9110 14.6, 15.3.7.2: the length is that of all there is. */
static void
test_several_ranges(void **state)
{
	struct http_answer a = ask("GET", "Range: bytes=0-9, 500-509 ,-10\r\n", &file);
	char head[HTTP_OUT_MAX], boundary[64], *at;
	uint64_t n = 0;

	(void)state;
	assert_int_equal(a.status, 206);
	assert_int_equal(a.n_part, 3);
	head[http_head(&a, "/a.efi", true, 0, head)] = '\0';
	at = strstr(head, "\r\nContent-Type: multipart/byteranges; boundary=");
	assert_non_null(at);
	assert_int_equal(sscanf(strstr(at, "boundary=") + 9, "%63[^\r]", boundary), 1);
	assert_null(strstr(head, "Content-Range"));
	for (unsigned i = 0; i <= 3; i++) {
		size_t len = http_part_head(&a, "/a.efi", i, head);

		head[len] = '\0';
		assert_memory_equal(head, i == 0 ? "--" : "\r\n--", i == 0 ? 2 : 4);
		assert_memory_equal(head + (i == 0 ? 2 : 4), boundary, strlen(boundary));
		assert_int_equal(strcmp(head + len - 4, i == 3 ? "--\r\n" : "\r\n\r\n"), 0);
		n += len + (i < 3 ? a.part[i].to - a.part[i].from : 0);
	}
	assert_int_equal(a.length, n);
	http_part_head(&a, "/a.efi", 1, head);
	assert_non_null(strstr(head, "\r\nContent-Type: application/efi\r\n"));
	assert_non_null(strstr(head, "\r\nContent-Range: bytes 500-509/1000\r\n"));
	/* as many as there may be, and one more */
	a = ask("GET", "Range: bytes=0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14,16-16,18-18,20-20,"
	    "22-22,24-24,26-26,28-28,30-30\r\n", &file);
	assert_int_equal(a.n_part, 16);
	a = ask("GET", "Range: bytes=0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14,16-16,18-18,20-20,"
	    "22-22,24-24,26-26,28-28,30-30,32-32\r\n", &file);
	assert_int_equal(a.status, 200);
}

/* RFC 9110 13.2.2, in this order */
static const struct { const char *fields; int status; } conditions[] = {
	{ "If-Match: " TAG "\r\n", 200 }, { "If-Match: *\r\n", 200 },
	{ "If-Match: " OTHER "\r\n", 412 }, { "If-Match: W/" TAG "\r\n", 412 },
	{ "If-Match: " OTHER ", " TAG "\r\n", 200 },
	{ "If-Unmodified-Since: " THEN "\r\n", 200 }, { "If-Unmodified-Since: " LATER "\r\n", 200 },
	{ "If-Unmodified-Since: " BEFORE "\r\n", 412 }, { "If-Unmodified-Since: x\r\n", 200 },
	/* 1 before 2 */
	{ "If-Match: " TAG "\r\nIf-Unmodified-Since: " BEFORE "\r\n", 200 },
	{ "If-None-Match: " TAG "\r\n", 304 }, { "If-None-Match: W/" TAG "\r\n", 304 },
	{ "If-None-Match: *\r\n", 304 }, { "If-None-Match: " OTHER "\r\n", 200 },
	{ "If-None-Match: \"a,b\", " TAG "\r\n", 304 },
	{ "If-Modified-Since: " THEN "\r\n", 304 }, { "If-Modified-Since: " LATER "\r\n", 304 },
	{ "If-Modified-Since: " BEFORE "\r\n", 200 }, { "If-Modified-Since: x\r\n", 200 },
	/* 3 before 4 */
	{ "If-None-Match: " OTHER "\r\nIf-Modified-Since: " LATER "\r\n", 200 },
	/* 1, 2 before 3, 4 */
	{ "If-Match: " OTHER "\r\nIf-None-Match: " TAG "\r\n", 412 },
	{ "If-Match: " TAG "\r\nIf-None-Match: " TAG "\r\n", 304 },
	/* all before a range; 13.1.5 */
	{ "If-None-Match: " TAG "\r\nRange: bytes=0-1\r\n", 304 },
	{ "If-Match: " OTHER "\r\nRange: bytes=9999-\r\n", 412 },
	{ "Range: bytes=0-1\r\nIf-Range: " TAG "\r\n", 206 },
	{ "Range: bytes=0-1\r\nIf-Range: " OTHER "\r\n", 200 },
	{ "Range: bytes=0-1\r\nIf-Range: W/" TAG "\r\n", 200 },
	{ "Range: bytes=0-1\r\nIf-Range: *\r\n", 200 },
	{ "Range: bytes=0-1\r\nIf-Range: " THEN "\r\n", 206 },
	{ "Range: bytes=0-1\r\nIf-Range: " LATER "\r\n", 200 },
	{ "Range: bytes=9999-\r\nIf-Range: " OTHER "\r\n", 200 },
	{ "If-Range: " OTHER "\r\n", 200 },
};

static void
test_conditions(void **state)
{
	const struct http_file log = { .size = 1000, .tag = 0xff, .mtime = 784111777 };

	(void)state;
	for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++)
		if (ask("GET", conditions[i].fields, &file).status != conditions[i].status)
			fail_msg("%s: %d", conditions[i].fields,
			    ask("GET", conditions[i].fields, &file).status);
	/* What has no validators has not any that match. */
	assert_int_equal(ask("GET", "If-None-Match: " TAG "\r\n", &log).status, 200);
	assert_int_equal(ask("GET", "If-Modified-Since: " LATER "\r\n", &log).status, 200);
	assert_int_equal(ask("GET", "If-Match: " TAG "\r\n", &log).status, 412);
	assert_int_equal(ask("GET", "Range: bytes=0-1\r\nIf-Range: " THEN "\r\n", &log).status, 200);
}

static const char *
head_of(const struct http_answer *a, const char *path, bool keep, int64_t now)
{
	static char head[HTTP_OUT_MAX + 1];
	size_t n = http_head(a, path, keep, now, head);

	assert_true(n < HTTP_OUT_MAX / 2);	/* a part's head has room behind it */
	head[n] = '\0';
	assert_int_equal(strcmp(head + n - 4, "\r\n\r\n"), 0);
	return head;
}

static void
test_heads(void **state)
{
	struct http_answer a = ask("GET", "", &file);
	const char *h = head_of(&a, "/a/BOOTX64.EFI", true, 784111780);

	(void)state;
	assert_string_equal(h, "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:40 GMT\r\n"
	    "Accept-Ranges: bytes\r\nETag: " TAG "\r\nLast-Modified: " THEN "\r\n"
	    "Content-Type: application/efi\r\nContent-Length: 1000\r\n"
	    "Connection: keep-alive\r\n\r\n");
	/* RFC 9110 8.8.2.1: nothing was changed in the future */
	assert_non_null(strstr(head_of(&a, "/a", true, 784111776), "Last-Modified: " BEFORE));
	a = ask("GET", "Range: bytes=5-9\r\n", &file);
	h = head_of(&a, "/disc.iso", true, 0);
	assert_non_null(strstr(h, "HTTP/1.1 206 Partial Content\r\n"));
	assert_non_null(strstr(h, "\r\nContent-Range: bytes 5-9/1000\r\nContent-Length: 5\r\n"));
	assert_non_null(strstr(h, "\r\nContent-Type: application/vnd.efi-iso\r\n"));
	a = ask("GET", "Range: bytes=1000-\r\n", &file);
	h = head_of(&a, "/a", false, 0);
	assert_non_null(strstr(h, "HTTP/1.1 416 Range Not Satisfiable\r\n"));
	assert_non_null(strstr(h, "\r\nContent-Range: bytes */1000\r\nContent-Length: 0\r\n"));
	assert_non_null(strstr(h, "\r\nConnection: close\r\n\r\n"));
	/* RFC 9110 15.4.5: what it is, not what it holds */
	a = ask("GET", "If-None-Match: *\r\n", &file);
	h = head_of(&a, "/a", true, 784111780);
	assert_non_null(strstr(h, "HTTP/1.1 304 Not Modified\r\n"));
	assert_non_null(strstr(h, "\r\nETag: " TAG "\r\n"));
	assert_null(strstr(h, "Content-"));
	/* RFC 9110 15.5.6 */
	http_refuse(405, &a);
	h = head_of(&a, "/a", false, 0);
	assert_non_null(strstr(h, "\r\nAllow: GET, HEAD\r\n"));
	/* RFC 9111 4.2.2: a cache guesses how long unless it is told */
	assert_non_null(strstr(h, "\r\nCache-Control: no-store\r\n"));
	a = ask("GET", "", &(struct http_file){ .size = 128 });
	h = head_of(&a, "/.provd/x/claim/1", true, 784111780);
	assert_non_null(strstr(h, "\r\nCache-Control: no-store\r\n"));
	assert_null(strstr(h, "ETag"));
	assert_null(strstr(h, "Last-Modified"));
	http_refuse(405, &a);
	h = head_of(&a, "/a", false, 0);
	assert_non_null(strstr(h, "\r\nContent-Length: 0\r\n"));
	/* the largest that there can be */
	a.file = (struct http_file){ UINT64_MAX, true, UINT64_MAX, INT64_MAX };
	a.status = 206;
	a.n_part = 1;
	a.part[0] = (struct http_part){ UINT64_MAX - 2, UINT64_MAX };
	a.length = UINT64_MAX;
	(void)head_of(&a, "/a.iso", true, INT64_MAX);
	assert_true(http_part_head(&a, "/a.iso", 0, (char[HTTP_OUT_MAX]){ 0 }) < HTTP_OUT_MAX / 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_several_ranges),
		cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_heads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
