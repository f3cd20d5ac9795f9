/* fuzz_http.c - any bytes as a request: what is read of it stays inside. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "../../httpd/http_msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_answer a;
	struct http_req r;
	char head[512];
	int n = http_parse((const char *)data, size, &r);

	if (n <= 0)
		return 0;
	assert((size_t)n <= size);
	assert(r.path[0] == '\0' || r.path[0] == '/');
	assert(strlen(r.path) < HTTP_PATH_MAX);
	for (uint64_t len = 0; len < 5000; len = len * 3 + 1) {
		http_range(&r, len, &a);
		assert(a.from <= a.to && a.to <= len);
		assert(a.status == 200 || a.status == 206 || a.status == 416);
		assert(a.status != 206 || a.from < a.to);
		n = http_head(&a, r.path, r.keep, head, sizeof(head));
		assert(n > 0 && (size_t)n < sizeof(head));
	}
	return 0;
}
