/* plan_freebsd.h - what the files of a FreeBSD plan share.
 *
 * One order of steps (plan_freebsd.c) for three generations: each function
 * adds items to the step at hand, or whole steps where it says so.
 * Layer: profiles, internal.
 */
#ifndef PROFILES_PLAN_FREEBSD_H
#define PROFILES_PLAN_FREEBSD_H

#include "plan_int.h"

#define MNT	"/mnt"

/* plan_fdisk.c: MBR and labels by fdisk(8), boot0cfg(8), bsdlabel(8) */
void	 fb_fdisk(struct pb *, unsigned disk);
void	 fb_bsdlabel(struct pb *, unsigned disk);

/* plan_sysinstall.c, with installer: sysinstall: _disk instead of fdisk, _dists, a
 * step, instead of pieces. */
void	 fb_sysinstall_check(struct pb *);
void	 fb_sysinstall_disk(struct pb *, unsigned disk);
void	 fb_sysinstall_dists(struct pb *, bool kernel);

/* plan_pieces.c: sets as NAME.aa, NAME.ab, ...; whole steps, but for _choose */
void	 fb_pieces_choose(struct pb *);
void	 fb_pieces_verify(struct pb *);
void	 fb_pieces_unpack(struct pb *);
void	 fb_pieces_kernel(struct pb *);
void	 fb_pieces_set(struct pb *, const struct plan_set *, const char *target);	/* one set, below MNT */

/* Of a partition: is it a UFS, what is said of it, where is it when encrypted? */
bool	 fb_is_ufs(const struct plan_part *);
const char *fb_dev(struct pb *, const struct plan_part *);
bool	 fb_by_gpart(struct pb *, const struct plan_disk *);	/* else by fdisk */

/* plan_gpart.c: tables by gpart(8).  _disk reads a profile's partitions; the
 * others add items. */
void	 fb_gpt_disk(struct pb *, const struct cfg_pr_disk *, struct plan_disk *, const char *where);
void	 fb_gpart(struct pb *, unsigned disk);
void	 fb_gpart_check(struct pb *);		/* can any firmware boot it? */
void	 fb_gpart_boot(struct pb *);		/* boot code and loaders, once the system is there */

/* plan_geli.c: whole steps, where something is encrypted */
void	 fb_geli(struct pb *);
void	 fb_geli_show(struct pb *);

/* plan_zfs.c */
const struct cfg_pr_pool *fb_root_pool(const struct pb *);	/* NULL: no pool has the root */
bool	 fb_in_pool(const struct pb *, const struct plan_part *, const struct cfg_pr_pool *);
void	 fb_zfs_check(struct pb *);
void	 fb_zfs_create(struct pb *);		/* a step */
void	 fb_zfs_conf(struct pb *);
void	 fb_zfs_cache(struct pb *);
void	 fb_zfs_export(struct pb *, bool root);

/* plan_archives.c: sets by MANIFEST; whole steps */
bool	 fb_pieces(const struct pb *);		/* or is it a release in pieces? */
void	 fb_archives_verify(struct pb *);
void	 fb_archives_unpack(struct pb *);

/* plan_pkgbase.c: the base system from packages.  _set: one distribution, _look,
 * _install and _done whole steps, _jail an item. */
bool	 fb_pkgbase(const struct pb *);
bool	 fb_pkgbase_set(struct pb *, struct plan_set *, const char *name, const char *where);
void	 fb_pkgbase_look(struct pb *);
void	 fb_pkgbase_install(struct pb *);
void	 fb_pkgbase_jail(struct pb *, const struct cfg_pr_jail *, const char *root);
void	 fb_pkgbase_done(struct pb *);

/* plan_bsdinstall.c: instead of our own steps, whole steps */
void	 fb_bsdinstall(struct pb *);

/* plan_freebsd.c: the step that keeps ssh host keys, where that is asked for */
void	 fb_keys(struct pb *);

/* plan_freebsd_conf.c: lines of rc.conf and boot/loader.conf, from whoever
 * needs them; fb_settings() writes both files, so say it before that.  The
 * last one to set a name wins; the profile's own maps come last of all. */
void	 fb_rc_conf(struct pb *, const char *name, const char *value);
void	 fb_loader_conf(struct pb *, const char *name, const char *value);

/* plan_freebsd_system.c: whole steps, but for _look (part of the first one) */
void	 fb_look(struct pb *);
void	 fb_settings(struct pb *);

/* plan_jails.c: _conf is part of fb_settings(), fb_jails() whole steps before "post" */
void	 fb_jails_conf(struct pb *);
void	 fb_jails(struct pb *);

/* The release, as far as it is known: of the tree, else of distributions.dir;
 * 0: not known.  602 is 6.2; the other one says 6. */
unsigned fb_version(struct pb *);
unsigned fb_major(struct pb *);
const char *fb_quoted(struct pb *, const char *value);	/* "value", as a shell reads it */
void	 fb_rc_vars(struct pb *, struct cfg_mark, const char *where, const struct cfg_var *,
	    size_t n, struct pb_conf *ret);
const char *fb_rc_text(struct pb *, const struct pb_conf *);
void	 fb_conf_files(struct pb *);

/* plan_freebsd_net.c: what rc.conf, resolv.conf and ntp.conf say of the network */
void	 fb_network_look(struct pb *);
void	 fb_network(struct pb *, const struct pb_system *);
void	 fb_ntp(struct pb *);
/* An interface is known by its name or by its address; "" and "" is the one
 * that carries the root. */
struct fb_iface { const char *name, *mac; };
struct fb_iface fb_first_iface(struct pb *);
/* A line of rc.conf with % for the interface's name, in one of both. */
void	 fb_rc_iface(struct pb *, struct fb_iface, const char *name, const char *value);

/* plan_packages.c: _look in the first step, _install a step, _into a jail's */
void	 fb_packages_look(struct pb *);
void	 fb_packages_install(struct pb *);
void	 fb_packages_into(struct pb *, const char *root, struct cfg_mark, const char *where,
	    char *const *name, size_t n);
void	 fb_first_boot(struct pb *);

#endif /* PROFILES_PLAN_FREEBSD_H */
