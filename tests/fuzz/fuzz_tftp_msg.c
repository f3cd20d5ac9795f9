/* fuzz_tftp_msg.c - any bytes as a TFTP message. */
#include <assert.h>
#include <string.h>

#include "../../tftpd/tftp_msg.h"
#include "../../tftpd/tftp_refuse.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
same_opts(const struct tftp_opts *a, const struct tftp_opts *b)
{
	assert(a->has == b->has && a->blksize == b->blksize &&
	    a->timeout == b->timeout && a->tsize == b->tsize &&
	    a->windowsize == b->windowsize);
}

/* What was understood, written and read again, must be the same. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t buf[1 << 16];
	struct tftp_refusal no;
	struct tftp_msg m, again;
	size_t len;
	int r;

	if (size > sizeof(buf) / 2 || tftp_msg_parse(data, size, &m) < 0)
		return 0;
	if (m.op == TFTP_RRQ || m.op == TFTP_WRQ) {
		(void)tftp_acceptable(&m, &no);
		(void)tftp_expected_miss(m.file);
		if (m.mode == TFTP_OTHER_MODE)
			return 0;
	}
	r = tftp_msg_build(&m, buf, sizeof(buf), &len);
	assert(r == 0 && len <= sizeof(buf));
	r = tftp_msg_parse(buf, len, &again);
	assert(r == 0 && again.op == m.op && again.block == m.block &&
	    again.code == m.code && again.mode == m.mode);
	same_opts(&m.opt, &again.opt);
	assert(again.data_len == m.data_len && again.text_len == m.text_len);
	if (m.data_len > 0)
		assert(memcmp(again.data, m.data, m.data_len) == 0);
	if (m.text_len > 0)
		assert(memcmp(again.text, m.text, m.text_len) == 0);
	if (m.file != NULL)
		assert(strcmp(again.file, m.file) == 0);
	return 0;
}
