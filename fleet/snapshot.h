/* snapshot.h - everything a data thread needs to answer, at one moment.
 *
 * Immutable.  The control thread makes a new one after each change and sends
 * it to every worker's mailbox; a worker, and each request that outlives one
 * callback (a transfer, a disk job), holds a reference.  Beside it, shared by
 * all snapshots, is the map address -> host, which changes at every lease.
 *
 * Here is also the one place that turns a path or URL that a client asks for
 * into a view and a node.
 * Layer: fleet.
 */
#ifndef FLEET_SNAPSHOT_H
#define FLEET_SNAPSHOT_H

#include "../lib/pace.h"
#include "../tree/handle.h"
#include "../tree/overlay.h"
#include "../tree/tree.h"
#include "config.h"
#include "event.h"
#include "store.h"

/* One installation (or inspection) as clients see it.  Immutable but for log. */
struct installation {
	_Atomic int	 refs;
	struct inst_record rec;
	struct tree	*tree;
	struct overlay	*overlay;
	struct tree_log	*log;
	struct view	 view;
};

struct installation *installation_ref(struct installation *);
void	installation_unref(struct installation *);	/* NULL is fine */

struct snap_tree {
	struct tree	*tree;
	const char	*export;	/* "/debian" */
	int		 clients;	/* cfg_tree.clients */
	struct view	 view;		/* the plain tree */
};

struct addrmap;

struct snapshot {
	_Atomic int	 refs;
	struct config	*cfg;
	uint8_t		 key[16];
	struct snap_tree *tree;
	size_t		 n_tree;
	struct installation **inst;	/* sorted by id */
	struct installation **token;	/* the same, sorted by token */
	size_t		 n_inst;
	struct tree	*programs;	/* boot-programs, or an empty directory */
	struct overlay	*local;		/* .provd/local/...: menus that go to the disk */
	struct view	 programs_view;	/* programs (or an empty directory) with local on top */
	struct addrmap	*addrs;
	struct pace	*pace;		/* limits of bandwidth; NULL: none */
};

struct snapshot *snapshot_ref(struct snapshot *);
void	snapshot_unref(struct snapshot *);		/* NULL is fine */

/* By handle: the view it belongs to, or NULL (-> NFS3ERR_STALE). */
const struct view *snapshot_view(const struct snapshot *, uint32_t tree_id, uint32_t inst);
const struct installation *snapshot_inst(const struct snapshot *, uint32_t id);
const struct installation *snapshot_token(const struct snapshot *, const char *token, size_t len);

/* May the client at addr see this plain tree?  (Views of an installation need only the token or handle.) */
bool	snapshot_may_see(const struct snapshot *, const struct view *, uint32_t addr);

/* A file asked for by name over TFTP or HTTP:
 *   .provd/TOKEN/root/PATH   the installation's view
 *   .provd/TOKEN/NAME        its own files, else the boot program NAME
 *   .provd/local/NAME        menus that go to the disk, else the boot program NAME
 *   EXPORT/PATH              a plain tree
 *   pxeroot/PATH             where DHCP is in mode proxy: the root of the asking host's installation
 *   PATH                     the tree of the host's current installation or, when there is one tree only, that tree
 * Backslashes count as slashes; trailing bytes over 0x7e or below 0x20 are cut (firmware's garbage),
 * unless what ends in bytes over 0x7f is there.
 * -ENOENT, -EACCES, -EAGAIN (ret->view is set), ...  *ret_inst: whose it is, 0 if nobody's. */
int	snapshot_file(const struct snapshot *, uint32_t addr, const char *name,
	    unsigned flags, struct node *ret, uint32_t *ret_inst);
/* The same for TFTP, where a session is kept for each address that has a lease: a
 * name that is not there is looked for beside the file that this client got last
 * (beside.h), and in a Raspberry Pi's directory of its installation. */
int	snapshot_session_file(const struct snapshot *, uint32_t addr, const char *name,
	    unsigned flags, struct node *ret, uint32_t *ret_inst);
/* A path given to MOUNT: /.provd/TOKEN/root[/PATH], /.provd/TOKEN, EXPORT[/PATH]. */
int	snapshot_mount(const struct snapshot *, uint32_t addr, const char *path,
	    unsigned flags, struct node *ret, uint32_t *ret_inst);

/* address -> host, sharded, any thread. */
struct addr_owner { struct mac mac; char host[64]; uint32_t inst; };
int	addrmap_new(struct addrmap **ret);
void	addrmap_free(struct addrmap *);
void	addrmap_put(struct addrmap *, uint32_t addr, const struct addr_owner *);
/* If it is that host's. */
void	addrmap_drop(struct addrmap *, uint32_t addr, const char *host);
bool	addrmap_get(struct addrmap *, uint32_t addr, struct addr_owner *ret);
/* The name of the last file that this address got; nothing is kept for an
 * address that is nobody's, nor when it becomes another machine's. */
#define ADDRMAP_NAME	160u
void	addrmap_got(struct addrmap *, uint32_t addr, const char *name);
bool	addrmap_last(struct addrmap *, uint32_t addr, char ret[ADDRMAP_NAME]);

#endif /* FLEET_SNAPSHOT_H */
