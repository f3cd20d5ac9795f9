/* fuzz_journal.c - any file may lie where the journal should. */
#include <sys/mman.h>
#include <sys/stat.h>
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../fleet/journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static int
count(void *arg, const struct lease *l)
{
	*(uint64_t *)arg += l->addr + (uint64_t)l->expiry;
	return 0;
}

/* Reading it a second time finds the same, and nothing left to cut off. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct journal_scan a, b;
	uint64_t sum_a = 0, sum_b = 0;
	struct stat st;
	int fd = memfd_create("journal", MFD_CLOEXEC);

	if (fd == -1 || write(fd, data, size) != (ssize_t)size)
		abort();
	if (journal_scan(fd, count, &sum_a, &a) == 0) {
		assert(a.end <= size);
		assert(journal_scan(fd, count, &sum_b, &b) == 0);
		assert(a.end == b.end && a.records == b.records && sum_a == sum_b);
		assert(fstat(fd, &st) == 0);
		assert(a.end == 0 || (uint64_t)st.st_size == a.end);
	}
	close(fd);
	return 0;
}
