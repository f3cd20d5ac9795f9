/* boot.h - what should this machine boot, and what may it read?
 *
 * boot_plan() is the one answer to that question: (host, firmware, lifecycle
 * state) -> boot plan, by one table whose row is named in the answer, so that
 * a person can be told why.  Nobody else chooses a file name.  Pure.
 *
 * Layer: fleet.  Spec: RFC 4578 (93, 94, 97), RFC 3004 (77), PXE 2.1.
 */
#ifndef FLEET_BOOT_H
#define FLEET_BOOT_H

#include <stdbool.h>
#include <stdint.h>

#include "../lib/addr.h"

struct snapshot;

/* Told apart by options 60, 77, 93, 175. */
enum firmware {
	FW_OS,			/* dhclient, udhcpc, klibc, ...: wants an address */
	FW_PXE_BIOS,		/* PXEClient, architecture 0 */
	FW_PXE_UEFI_X64,	/* PXEClient, 7 or 9 */
	FW_PXE_OTHER,		/* PXEClient of another architecture */
	FW_IPXE_BIOS,
	FW_IPXE_UEFI,
	FW_FREEBSD_LOADER,	/* bare PXEClient without 93, or user class FreeBSD */
	FW_BOOTP,		/* no message type */
	FW__COUNT
};
const char *firmware_name(enum firmware);
bool	firmware_is_first(enum firmware);	/* the machine's own: starts a boot attempt */

struct fw_facts {		/* from the packet; absent: NULL/false */
	bool		 has_type;	/* option 53 */
	const uint8_t	*vendor_class; uint8_t vendor_class_len;	/* 60 */
	const uint8_t	*user_class; uint8_t user_class_len;		/* 77 */
	bool		 has_arch; uint16_t arch;			/* 93, first */
	bool		 has_ipxe;					/* 175 */
};
enum firmware firmware_tell(const struct fw_facts *);

/* How an installation boots; part of what is committed when a host is armed. */
struct boot_recipe {
	enum { BOOT_LINUX, BOOT_FREEBSD } os;
	enum { ROOT_NFS, ROOT_TFTP } root;	/* FreeBSD: where its loader reads */
	char	bios_file[128];		/* FreeBSD: path in the view of pxeboot; "" none */
	char	uefi_file[128];		/* FreeBSD: loader.efi */
	char	loader_vars[256];	/* FreeBSD: "a=b;c=d" for option 246; "" none */
};

enum host_state { HS_NEW, HS_READY, HS_ARMED, HS_BOOTING, HS_INSTALLING, HS_INSTALLED, HS_LOCAL, HS_FAILED, HS__COUNT };
const char *host_state_name(enum host_state);
int	host_state_parse(const char *, enum host_state *ret);

struct boot_query {
	enum firmware	 fw;
	bool		 known;		/* a host of the configuration */
	enum host_state	 state;		/* as it will be after this packet */
	int		 loader;	/* cfg_host.loader: auto, pxelinux, ipxe */
	bool		 inspect;	/* the next boot inspects */
	const char	*token;		/* of the installation or inspection; NULL: none */
	const struct boot_recipe *recipe;	/* NULL without token */
	uint32_t	 server;	/* our address towards this client */
	const char	*root_path, *filename;	/* of the subnet, for clients without an installation; may be NULL */
	uint32_t	 next_server;	/* of the subnet; 0: server */
};

struct boot_plan {
	enum boot_action { BOOT_ADDRESS, BOOT_FILE, BOOT_LOCAL, BOOT_SILENT } action;
	uint32_t	next_server;
	char		file[128];	/* file field and option 67; "" none */
	char		root_path[256];	/* option 17; "" none */
	char		loader_vars[256];	/* option 246; "" none */
	char		config_file[128];	/* option 209 (RFC 5071); "" none */
	const char	*rule;		/* name of the table's row */
	const char	*why;		/* one sentence */
};
/* Names of files handed out:
 *   .provd/TOKEN/menu.ipxe  .provd/TOKEN/pxelinux.0 (+ pxelinux.cfg/default beside it)
 *   .provd/TOKEN/root/PATH           a file of the installation's view
 *   .provd/local/menu.ipxe  .provd/local/pxelinux.0  menus that go to the disk
 *   root path  SERVER:/.provd/TOKEN/root, tftp://SERVER/.provd/TOKEN/root
 */
void	boot_plan(const struct boot_query *, struct boot_plan *ret);
/* The table, row by row, for the manual and for tests. */
const char *boot_rule_text(unsigned i, const char **ret_name);	/* NULL past the end */

#endif /* FLEET_BOOT_H */
