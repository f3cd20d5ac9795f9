/* embed.h - the shell files of this folder, as the strings that embed makes of
 * them, so that nothing is opened at run time.  Layer: profiles.
 */
#ifndef PROFILES_EMBED_H
#define PROFILES_EMBED_H

extern const char embed_common_sh[], embed_steps_sh[];
extern const char embed_disks_linux_sh[], embed_disks_freebsd_sh[];
extern const char embed_install_linux_sh[], embed_install_freebsd_sh[];
extern const char embed_fdisk_freebsd_sh[], embed_pieces_freebsd_sh[];
extern const char embed_gpart_freebsd_sh[], embed_geli_freebsd_sh[], embed_zfs_freebsd_sh[];
extern const char embed_bsdinstall_freebsd_sh[], embed_sysinstall_freebsd_sh[];
extern const char embed_pkgbase_freebsd_sh[];
extern const char embed_init_linux_sh[], embed_init_freebsd_sh[];
extern const char embed_early_linux_sh[], embed_early_freebsd_sh[];
extern const char embed_other_sh[], embed_other_linux_sh[], embed_other_freebsd_sh[];
extern const char embed_inspect_sh[], embed_inspect_linux_sh[], embed_inspect_freebsd_sh[];
extern const char embed_system_freebsd_sh[], embed_jails_freebsd_sh[], embed_mdvolumes_sh[];

#endif /* PROFILES_EMBED_H */
