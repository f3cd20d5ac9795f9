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
enum { PROFILE_MBR, PROFILE_GPT };			/* pr_disk.scheme */
enum { PART_EXT4, PART_XFS, PART_SWAP, PART_BIOS, PART_EFI };	/* pr_part.fs */
enum { LABEL_UFS, LABEL_SWAP };				/* pr_label.fs */
enum { LABEL_TIME, LABEL_SPACE };			/* pr_label.optimize */
enum { DIST_KERNEL_AUTO, DIST_KERNEL_GENERIC, DIST_KERNEL_SMP };	/* pr_dist.kernel */
enum { NET_NETWORKD, NET_IFUPDOWN, NET_NONE };		/* pr_network.manager */
enum { NET_DHCP, NET_STATIC };				/* pr_network.method */

struct profile {
	struct cfg_profile p;
	char		*file;		/* as given, for messages */
	_Atomic int	 refs;
};

int	profile_load(const char *file, struct profile **ret, cfg_error_fn *, void *arg);
int	profile_load_mem(const char *name, const char *text, size_t len,
	    struct profile **ret, cfg_error_fn *, void *arg);
struct profile *profile_ref(struct profile *);
void	profile_unref(struct profile *);		/* NULL is fine */

#endif /* PROFILES_PROFILE_H */
