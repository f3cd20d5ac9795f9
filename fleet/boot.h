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
#include <stddef.h>
#include <stdint.h>

#include "../lib/addr.h"

struct snapshot;

/* What a program is, and what it runs on: told apart by options 60, 77, 93, 97,
 * 175 and the hardware address. */
enum fw_kind {
	FK_OS,		/* dhclient, udhcpc, klibc, ...: wants an address */
	FK_BOOTP,	/* no message type */
	FK_LOADER,	/* FreeBSD's: bare PXEClient without 93, or user class FreeBSD */
	FK_PXE,		/* PXEClient: a ROM, UEFI */
	FK_IPXE,
	FK_HTTP,	/* HTTPClient: UEFI that boots from a URL */
	FK_UBOOT,	/* vendor class U-Boot... */
	FK_RPI,		/* the boot program in a Raspberry Pi's own ROM */
	FK__COUNT
};
enum fw_arch {		/* option 93, whichever way it loads (PXE or HTTP) */
	FA_NONE,	/* none is said, and none is needed */
	FA_BIOS,	/* 0, 20 */
	FA_IA32,	/* UEFI from here on: 6, 15 */
	FA_X64,		/* 7 and 9, 16 and 17 */
	FA_ARM32,	/* 10, 18 */
	FA_ARM64,	/* 11, 19 */
	FA_RISCV32,	/* 25, 26 */
	FA_RISCV64,	/* 27, 28 */
	FA_LOONG32,	/* 37, 38 */
	FA_LOONG64,	/* 39, 40 */
	FA_RPI,		/* 41, or no UEFI of a Raspberry Pi */
	FA_OTHER,
	FA__COUNT
};
#define FIRMWARE(kind, arch)	((kind) * 16 + (arch))
enum firmware {		/* any FIRMWARE(); the most usual ones have names */
	FW_OS = FIRMWARE(FK_OS, FA_NONE),
	FW_BOOTP = FIRMWARE(FK_BOOTP, FA_NONE),
	FW_FREEBSD_LOADER = FIRMWARE(FK_LOADER, FA_NONE),
	FW_PXE_BIOS = FIRMWARE(FK_PXE, FA_BIOS),
	FW_PXE_UEFI_X64 = FIRMWARE(FK_PXE, FA_X64),
	FW_PXE_OTHER = FIRMWARE(FK_PXE, FA_OTHER),
	FW_IPXE_BIOS = FIRMWARE(FK_IPXE, FA_BIOS),
	FW_IPXE_UEFI = FIRMWARE(FK_IPXE, FA_X64),
	FW_HTTP_UEFI_X64 = FIRMWARE(FK_HTTP, FA_X64),
	FW_UBOOT = FIRMWARE(FK_UBOOT, FA_NONE),
	FW_RPI = FIRMWARE(FK_RPI, FA_RPI),
	FW__COUNT = FIRMWARE(FK__COUNT, 0)
};
enum fw_kind	firmware_kind(enum firmware);
enum fw_arch	firmware_arch(enum firmware);
const char *firmware_name(enum firmware);	/* "PXE, UEFI x64" */
bool	firmware_is_first(enum firmware);	/* the machine's own: starts a boot attempt */
/* Debian's names of a boot program: ARCH of grubARCH.efi; NULL: no UEFI. */
const char *fw_arch_efi(enum fw_arch);
/* "uefi-arm64", as in a profile's boot.programs; NULL: nothing can be said for it. */
const char *fw_arch_key(enum fw_arch);

struct fw_facts {		/* from the packet; absent: NULL/false */
	bool		 has_type;	/* option 53 */
	const uint8_t	*vendor_class; uint8_t vendor_class_len;	/* 60 */
	const uint8_t	*user_class; uint8_t user_class_len;		/* 77 */
	bool		 has_arch; uint16_t arch;			/* 93, first */
	bool		 has_ipxe;					/* 175 */
	const uint8_t	*mac;						/* 6 bytes */
	const uint8_t	*uuid;						/* 97: 16 bytes */
};
/* Is that one of the client's user classes (77)? */
bool	fw_has_user_class(const struct fw_facts *, const char *);
enum firmware firmware_tell(const struct fw_facts *);

/* How an installation boots; part of what is committed when a host is armed. */
#define BOOT_OPTIONS_MAX	1024
struct boot_recipe {
	enum { BOOT_LINUX, BOOT_FREEBSD } os;
	enum { ROOT_NFS, ROOT_TFTP } root;	/* FreeBSD: where its loader reads */
	char	bios_file[128];		/* FreeBSD: path in the view of pxeboot; "" none */
	char	uefi_file[128];		/* FreeBSD: loader.efi for x64 */
	/* What the profile says for an architecture, "KEY=FILE" with blanks between:
	 * a path in the view, or a bare name in boot-programs. */
	char	programs[384];
	char	loader_vars[256];	/* FreeBSD: "a=b;c=d" for option 246; "" none */
	uint8_t	options[BOOT_OPTIONS_MAX];	/* profile's dhcp-options: dhcp_opts_*() */
	uint16_t options_len;
};

enum host_state { HS_NEW, HS_READY, HS_ARMED, HS_BOOTING, HS_INSTALLING, HS_INSTALLED, HS_LOCAL, HS_FAILED, HS__COUNT };
const char *host_state_name(enum host_state);
int	host_state_parse(const char *, enum host_state *ret);

struct boot_query {
	enum firmware	 fw;
	bool		 known;		/* a host of the configuration */
	enum host_state	 state;		/* as it will be after this packet */
	int		 loader;	/* cfg_host.loader: auto, pxelinux, ipxe */
	bool		 other;		/* boots something else: inspection, rescue, diskless */
	bool		 loaded;	/* an iPXE that does not say so: it was just given that */
	bool		 loops;		/* was sent to its disk again and again */
	unsigned	 place;		/* in the queue of those that are to install; 0: it's its turn */
	const char	*disk_program;	/* of boot-programs: starts the disk under its UEFI; NULL */
	unsigned	 http_port;	/* 0: no HTTP server */
	const char	*token;		/* of what it boots; NULL: none */
	const struct boot_recipe *recipe;	/* NULL without token */
	uint32_t	 server;	/* our address towards this client */
	const char	*root_path, *filename;	/* of the subnet, for clients without an installation; may be NULL */
	uint32_t	 next_server;	/* of the subnet; 0: server */
	bool		 asks_file;	/* the client asks for a boot file by name (option 55) */
};

struct boot_plan {
	enum boot_action { BOOT_ADDRESS, BOOT_FILE, BOOT_LOCAL, BOOT_SILENT } action;
	uint32_t	next_server;
	char		file[128];	/* file field and option 67; "" none */
	char		root_path[256];	/* option 17; "" none */
	char		loader_vars[256];	/* option 246; "" none */
	char		config_file[128];	/* option 209 (RFC 5071); "" none */
	const uint8_t	*options;	/* the profile's, of the installation: dhcp_opts_*() */
	uint16_t	options_len;
	unsigned	place;		/* that of the query, where it made the difference; 0 */
	const char	*rule;		/* name of the table's row */
	const char	*why;		/* one sentence */
};
/* Names of files handed out:
 *   .provd/TOKEN/menu.ipxe  .provd/TOKEN/pxelinux.0 (+ pxelinux.cfg/default beside it)
 *   .provd/TOKEN/PROGRAM             a boot program (+ grub/grub.cfg beside it)
 *   .provd/TOKEN/root/PATH           a file of the installation's view
 *   .provd/local/menu.ipxe  .provd/local/pxelinux.0  .provd/local/shimx64.efi
 *                                    menus that go to the disk
 *   .provd/local/wait.ipxe           a script that asks again, and what runs it
 *   http://SERVER[:PORT]/...         the same names, for HTTPClient
 *   root path  SERVER:/.provd/TOKEN/root, tftp://SERVER/.provd/TOKEN/root
 */
void	boot_plan(const struct boot_query *, struct boot_plan *ret);
/* What the profile says for an architecture: a name, not ended; false: nothing. */
bool	boot_recipe_program(const struct boot_recipe *, enum fw_arch,
	    const char **ret, size_t *ret_len);
/* The table, row by row, for the manual and for tests. */
const char *boot_rule_text(unsigned i, const char **ret_name);	/* NULL past the end */

#endif /* FLEET_BOOT_H */
