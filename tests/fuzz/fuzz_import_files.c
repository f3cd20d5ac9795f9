/* fuzz_import_files.c - the smaller formats; the first letter chooses. */
#include "import_fix.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct { char letter; enum import_kind kind; } kinds[] = {
		{ 'e', IMPORT_EXPORTS }, { 'i', IMPORT_INETD_CONF }, { 'l', IMPORT_DHCPD_LEASES },
		{ 'm', IMPORT_DNSMASQ_LEASES }, { 'r', IMPORT_RC },
	};

	for (size_t i = 0; size > 0 && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (data[0] == kinds[i].letter)
			fuzz_import(kinds[i].kind, data + 1, size - 1);
	return 0;
}
