/* fuzz_dhcp_frame.c - any frame of the wire; what it holds lies within it. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../dhcpd/dhcp_foreign.h"
#include "../../dhcpd/dhcp_frame.h"
#include "must.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	static struct foreign_table t;
	static int64_t now = 1;
	struct foreign *s;
	struct dhcp_frame f;
	struct dhcp_msg m;
	bool tell, note;
	char text[100];

	if (dhcp_frame_read(p, len, &f) < 0)
		return 0;
	if (f.kind == FRAME_ARP) {
		MUST(len >= DHCP_ARP_LEN && f.payload == NULL);
		return 0;
	}
	MUST(f.payload >= p && f.payload + f.len <= p + len);
	if (dhcp_parse(f.payload, f.len, &m) < 0)
		return 0;
	s = foreign_heard(&t, &m, f.addr, f.mac, 1, now++, &tell, &note);
	if (s != NULL)
		foreign_text(s, text, sizeof(text));
	return 0;
}
