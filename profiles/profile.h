/* profile.h - how a machine is installed, as its user wrote it.
 *
 * One YAML file is one profile; its options are in profile.def.  A profile is
 * immutable once loaded and may be read from any thread that holds a
 * reference.
 *
 * Loading also makes the plan of an imagined host (plan.h), so that whatever
 * can't work on any machine is refused here and not when a machine waits.
 * Errors: -EINVAL after one line for each mistake through fn,
 * "file:line:col: key: text"; -ENOMEM, or -errno of the file.
 * Layer: profiles.
 */
#ifndef PROFILES_PROFILE_H
#define PROFILES_PROFILE_H

#include <stddef.h>

#include "../lib/schema.h"

#define CFG_GEN_STRUCTS
#include "../lib/schema_gen.h"
#include "profile.def"
#define CFG_GEN_UNDEF
#include "../lib/schema_gen.h"

enum { PROFILE_LINUX, PROFILE_FREEBSD };		/* profile.os */
enum { BOOT_ROOT_NFS, BOOT_ROOT_TFTP };			/* pr_boot.root */
enum { PROFILE_MBR, PROFILE_GPT };			/* pr_disk.scheme */
enum { PART_EXT4, PART_XFS, PART_SWAP, PART_BIOS, PART_EFI,
    PART_UFS, PART_ZFS, PART_FREEBSD_BOOT };	/* pr_part.fs */
enum { LABEL_UFS, LABEL_SWAP };				/* pr_label.fs */
enum { LABEL_TIME, LABEL_SPACE };			/* pr_label.optimize */
enum { ENCRYPT_NO, ENCRYPT_ONETIME, ENCRYPT_PASSPHRASE };	/* pr_part.encrypt */
enum { TOOLS_AUTO, TOOLS_FDISK, TOOLS_GPART };		/* pr_disk.tools */
enum { CANNED_NONE, CANNED_MINIMAL, CANNED_USER, CANNED_DEVELOPER,
    CANNED_KERN_DEVELOPER, CANNED_ALL };		/* pr_dist.canned */
enum { INSTALLER_PROVD, INSTALLER_BSDINSTALL, INSTALLER_SYSINSTALL };	/* profile.installer */
enum { DIST_KERNEL_AUTO, DIST_KERNEL_GENERIC, DIST_KERNEL_SMP };	/* pr_dist.kernel */
enum { NET_NETWORKD, NET_IFUPDOWN, NET_NONE };		/* pr_network.manager */
enum { NET_DHCP, NET_STATIC, NET_UP };			/* pr_network.method, pr_interface.method */
enum { CLOCK_UTC, CLOCK_LOCAL };			/* pr_system.clock */
enum { SSHD_ROOT_AUTO, SSHD_ROOT_NO, SSHD_ROOT_KEYS, SSHD_ROOT_YES };	/* pr_sshd.root */

struct profile {
	struct cfg_profile p;
	char		*file;		/* as given, for messages */
	char		*text;		/* what stood in it when it was loaded */
	_Atomic int	 refs;
};

int	profile_load(const char *file, struct profile **ret, cfg_error_fn *, void *arg);
int	profile_load_mem(const char *name, const char *text, size_t len,
	    struct profile **ret, cfg_error_fn *, void *arg);
struct profile *profile_ref(struct profile *);
void	profile_unref(struct profile *);		/* NULL is fine */

#endif /* PROFILES_PROFILE_H */
