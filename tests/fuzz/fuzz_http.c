/* fuzz_http.c - any bytes as a request: what is read of it stays inside, and
 * what is answered adds up. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "../../httpd/http_msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check_path(const char *p)
{
	size_t n = strlen(p);

	assert(p[0] == '/' && n < HTTP_PATH_MAX);
	assert(strstr(p, "/../") == NULL && strstr(p, "/./") == NULL);
	assert(n < 3 || strcmp(p + n - 3, "/..") != 0);
}

static void
check_answer(const struct http_req *r, const struct http_file *f)
{
	char buf[HTTP_OUT_MAX];
	struct http_answer a;
	uint64_t sum = 0;

	http_decide(r, r->path, f, &a);
	assert(a.status == 200 || a.status == 206 || a.status == 304 ||
	    a.status == 412 || a.status == 416);
	for (unsigned i = 0; i < a.n_part; i++) {
		assert(a.part[i].from <= a.part[i].to && a.part[i].to <= f->size);
		assert(a.status != 206 || a.part[i].from < a.part[i].to);
		sum += a.part[i].to - a.part[i].from;
	}
	assert(sum <= f->size);
	for (unsigned i = 0; a.n_part > 1 && i <= a.n_part; i++)
		sum += http_part_head(&a, r->path, i, buf);
	assert(a.length == sum);
	assert(http_head(&a, r->path, r->keep, 1700000000, buf) < HTTP_OUT_MAX / 2);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_file f = { .lasting = true, .tag = 0x0123456789abcdef,
	    .mtime = 784111777 };
	struct http_req r;
	int n = http_parse((const char *)data, size, &r);

	assert(n != 0 || size < HTTP_HEAD_MAX);
	if (n <= 0) {
		assert(n == 0 || n == -400 || n == -414 || n == -431 || n == -501 ||
		    n == -505);
		return 0;
	}
	assert((size_t)n <= size && n <= (int)HTTP_HEAD_MAX);
	assert(!r.keep || !r.has_body);
	if (r.method == HTTP_OTHER)
		return 0;
	check_path(r.path);
	for (f.size = 0; f.size < 5000; f.size = f.size * 3 + 1)
		check_answer(&r, &f);
	f.lasting = false;
	check_answer(&r, &f);
	return 0;
}
