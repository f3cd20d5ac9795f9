/* fuzz_dhcp_pxe.c - option 43: what was read is written, and read the same. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../dhcpd/dhcp_pxe.h"
#include "must.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
same(const struct dhcp_pxe *a, const struct dhcp_pxe *b)
{
	MUST(a->has_control == b->has_control && a->control == b->control);
	MUST(a->n_server == b->n_server && a->n_menu == b->n_menu);
	for (unsigned i = 0; i < a->n_server; i++)
		MUST(a->server[i].type == b->server[i].type &&
		    a->server[i].addr == b->server[i].addr);
	for (unsigned i = 0; i < a->n_menu; i++)
		MUST(a->menu[i].type == b->menu[i].type &&
		    strcmp(a->menu[i].text, b->menu[i].text) == 0);
	MUST(a->has_prompt == b->has_prompt && a->timeout == b->timeout);
	MUST(strcmp(a->prompt, b->prompt) == 0);
	MUST(a->has_item == b->has_item && a->item == b->item && a->layer == b->layer);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct dhcp_pxe a, b;
	uint8_t buf[PXE_OPTION_MAX];
	int n;

	if (dhcp_pxe_read(p, len, &a) < 0)
		return 0;
	MUST(a.n_server <= PXE_ITEMS && a.n_menu <= PXE_ITEMS);
	if ((n = dhcp_pxe_write(&a, buf)) < 0)
		return 0;
	MUST(n <= PXE_OPTION_MAX && buf[n - 1] == 255);
	MUST(dhcp_pxe_read(buf, (size_t)n, &b) == 0);
	same(&a, &b);
	return 0;
}
