/* pmap_reg.c - registration with a running rpcbind, by libtirpc's client.
 * See pmap.h. */
#include <netinet/in.h>
#include <errno.h>

#include <netconfig.h>
#include <rpc/rpc.h>
#include <rpc/rpcb_clnt.h>

#include "mount3.h"
#include "nfs_op.h"
#include "pmap.h"

static const struct { uint32_t prog, vers; } reg[] = {
	{ NFS_PROGRAM, 2 }, { NFS_PROGRAM, 3 },
	{ MOUNT_PROGRAM, 1 }, { MOUNT_PROGRAM, 2 }, { MOUNT_PROGRAM, 3 },
};
#define N_REG	(sizeof(reg) / sizeof(reg[0]))

static int
reg_transport(const char *netid, uint16_t port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_port = htons(port) };
	struct netbuf addr = { .maxlen = sizeof(sin), .len = sizeof(sin),
	    .buf = &sin };
	struct netconfig *nc = getnetconfigent(netid);
	int r = nc != NULL ? 0 : -ECONNREFUSED;

	for (size_t i = 0; i < N_REG && r == 0; i++)
		if (!rpcb_set(reg[i].prog, reg[i].vers, nc, &addr))
			r = -ECONNREFUSED;
	if (nc != NULL)
		freenetconfigent(nc);
	return r;
}

int
pmap_unregister(void)
{
	int r = 0;

	for (size_t i = 0; i < N_REG; i++)
		if (!rpcb_unset(reg[i].prog, reg[i].vers, NULL))
			r = -EPERM;
	return r;
}

int
pmap_register(uint16_t nfs_port)
{
	int r;

	/* What an earlier run left, perhaps with another port. */
	(void)pmap_unregister();
	r = reg_transport("udp", nfs_port);
	if (r == 0)
		r = reg_transport("tcp", nfs_port);
	if (r < 0)
		(void)pmap_unregister();
	return r;
}
