/* fuzz_import_dhcpd.c - dhcpd.conf of a stranger. */
#include "import_fix.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_import(IMPORT_DHCPD_CONF, data, size);
	return 0;
}
