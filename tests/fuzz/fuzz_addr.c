/* fuzz_addr.c - what the address parsers take, they print so that it reads
 * the same again; and nothing else.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/addr.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
try_mac(const char *s)
{
	char text[MAC_STRLEN];
	struct mac a, b;

	if (mac_parse(s, &a) < 0)
		return;
	assert(mac_parse(mac_str(a, text), &b) == 0 && mac_equal(a, b));
}

static void
try_ip4(const char *s)
{
	char text[IP4_STRLEN];
	uint32_t a;

	if (ip4_parse(s, &a) < 0)
		return;
	assert(strcmp(ip4_str(a, text), s) == 0);
}

static void
try_net4(const char *s)
{
	char text[NET4_STRLEN];
	struct net4 n;

	if (net4_parse(s, &n) < 0)
		return;
	assert(n.plen <= 32 && net4_has(n, n.addr));
	assert(net4_has(n, net4_broadcast(n)));
	assert(strcmp(net4_str(n, text), s) == 0);
}

static void
try_range4(const char *s)
{
	char text[RANGE4_STRLEN];
	struct range4 a, b;

	if (range4_parse(s, &a) < 0)
		return;
	assert(a.lo <= a.hi);
	assert(range4_parse(range4_str(a, text), &b) == 0);
	assert(a.lo == b.lo && a.hi == b.hi);
}

static void
try_uuid(const char *s)
{
	char text[UUID_STRLEN];
	struct uuid a, b;

	if (uuid_parse(s, &a) < 0)
		return;
	assert(uuid_parse(uuid_str(&a, text), &b) == 0);
	assert(memcmp(a.b, b.b, sizeof(a.b)) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *s = malloc(size + 1);	/* exact, so that ASan sees a byte too far */

	if (s == NULL)
		return 0;
	if (size > 0)
		memcpy(s, data, size);
	s[size] = '\0';
	try_mac(s);
	try_ip4(s);
	try_net4(s);
	try_range4(s);
	try_uuid(s);
	free(s);
	return 0;
}
