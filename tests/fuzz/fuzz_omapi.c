/* fuzz_omapi.c - a dhcpd that says anything: the conversation ends or waits. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "../../handover/omapi_talk.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct handover_job job = { .name = "h", .hostname = "h", .n_mac = 2, .addr = 1,
	    .mac = { { { 2, 0, 0, 0, 0, 1 } }, { { 2, 0, 0, 0, 0, 2 } } } };
	/* Unsigned, so that an answer can be guessed. */
	struct omapi_key key = { .name = "k" };
	struct omapi_talk t;
	struct buf out = { 0 };
	size_t at = 0, used;
	enum talk r = TALK_MORE;

	(void)omapi_secret((const char *)data, size, &key);
	key.len = size % 2;
	omapi_talk_begin(&t, &key, &job, 0, &out);
	while (r == TALK_MORE && at < size) {
		r = omapi_talk_input(&t, data + at, size - at, &used, &out);
		assert(used <= size - at);
		assert(r != TALK_AGAIN && (r != TALK_FAILED || t.why[0] != '\0'));
		if (used == 0)
			break;
		at += used;
	}
	assert(t.created + t.updated <= job.n_mac);
	buf_free(&out);
	return 0;
}
