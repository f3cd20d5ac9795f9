/* pmap.h - the port mapper, as far as a client asks where NFS is.
 *
 * Version 2 for everybody, 3 and 4 for those that ask by address (rpcinfo).
 * SET, UNSET and CALLIT are refused: nobody registers here, and a call passed
 * on would hide who asks.  Pure.
 * Layer: nfs.  Spec: RFC 1833.
 */
#ifndef NFS_PMAP_H
#define NFS_PMAP_H

#include "rpc_dispatch.h"

#define PMAP_PROGRAM	100000u
#define PMAP_PORT	111u

extern const struct rpc_version pmap2_version, rpcb3_version, rpcb4_version;

/* What is served where: program, version, protocol, port. */
struct pmap_map { uint32_t prog, vers, prot, port; };
#define PMAP_MAPS	16u
size_t	pmap_maps(const struct rpc_env *, struct pmap_map ret[PMAP_MAPS]);

/* Registration with a running rpcbind (pmap_reg.c).  Blocks: before the loops
 * and after them.  -ECONNREFUSED: no rpcbind, or it refuses; -EPERM: nothing
 * was registered, or not by this user. */
int	pmap_register(uint16_t nfs_port);
int	pmap_unregister(void);

#endif /* NFS_PMAP_H */
