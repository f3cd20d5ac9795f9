/* chain.c - what one machine was sent to lately. */
#include <stdio.h>
#include <string.h>

#include "chain.h"

static const char *
last_component(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

void
chain_sent(struct chain *c, enum firmware fw, const struct boot_plan *p, int64_t now)
{
	c->fw = fw;
	c->sent = now;
	c->fetched = 0;
	(void)snprintf(c->file, sizeof(c->file), "%s", last_component(p->file));
	if (p->action != BOOT_LOCAL)
		c->disks = 0;
	else if (c->disks++ == 0 || now - c->disk_since >= CHAIN_DISK_S) {
		c->disks = 1;
		c->disk_since = now;
	}
}

void
chain_fetched(struct chain *c, const char *file, int64_t now)
{
	if (c->sent != 0 && strcmp(last_component(file), c->file) == 0)
		c->fetched = now;
}

bool
chain_follows(const struct chain *c, enum firmware fw, int64_t now)
{
	enum fw_kind was = firmware_kind(c->fw);

	if (chain_silent_ipxe(c, fw, now))
		return true;
	return firmware_kind(fw) == FK_IPXE && (was == FK_PXE || was == FK_HTTP) &&
	    firmware_arch(fw) == firmware_arch(c->fw) && now - c->sent < CHAIN_S;
}

bool
chain_silent_ipxe(const struct chain *c, enum firmware fw, int64_t now)
{
	static const char *const ipxe[] = { "undionly", "ipxe", "snponly" };

	if (firmware_kind(fw) != FK_PXE || fw != c->fw || c->fetched == 0 ||
	    now - c->fetched >= CHAIN_SILENT_S)
		return false;
	for (size_t i = 0; i < sizeof(ipxe) / sizeof(ipxe[0]); i++)
		if (strncmp(c->file, ipxe[i], strlen(ipxe[i])) == 0)
			return true;
	return false;
}

bool
chain_loops(const struct chain *c, int64_t now)
{
	return c->disks >= CHAIN_DISKS && now - c->disk_since < CHAIN_DISK_S;
}
