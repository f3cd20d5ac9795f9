/* fuzz_kea.c - answers of anything, a line each, to the conversation with a Kea. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "../../handover/kea_talk.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct handover_job job = { .name = "h", .hostname = "h", .n_mac = 2, .addr = 0xc0a80a05,
	    .mac = { { { 2, 0, 0, 0, 0, 1 } }, { { 2, 0, 0, 0, 0, 2 } } } };
	struct kea_talk t;
	struct buf out = { 0 };
	enum talk r = TALK_AGAIN;

	kea_talk_begin(&t, &job, true, &out);
	for (size_t at = 0; at < size && r == TALK_AGAIN;) {
		const uint8_t *nl = memchr(data + at, '\n', size - at);
		size_t n = nl != NULL ? (size_t)(nl - data) - at : size - at;

		buf_free(&out);
		r = kea_talk_input(&t, (const char *)data + at, n, &out);
		assert(r != TALK_MORE && (r != TALK_FAILED || t.why[0] != '\0'));
		at += n + 1;
	}
	kea_talk_free(&t);
	buf_free(&out);
	return 0;
}
