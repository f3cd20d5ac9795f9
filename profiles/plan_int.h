/* plan_int.h - a plan while it is made.  Only for plan*.c.
 *
 * Errors and lack of memory are remembered in the builder; every function
 * goes on with something harmless, so that all mistakes are found at once.
 */
#ifndef PROFILES_PLAN_INT_H
#define PROFILES_PLAN_INT_H

#include "check.h"
#include "plan.h"

struct plan_mem {
	struct plan_mem	*next;
	char		 bytes[];
};

/* Lines of a configuration file: name="value". */
#define PB_CONF_MAX	512u
struct pb_conf {
	struct { const char *name, *value; } line[PB_CONF_MAX];
	size_t	 n;
};

struct pb {
	const struct plan_in	 *in;
	const struct cfg_profile *p;
	struct plan		 *plan;
	struct plan_step	 *step;		/* the one that items go to */
	cfg_error_fn		 *fn;
	void			 *arg;
	unsigned		  errors;
	bool			  nomem;
	struct pb_conf		  rc, loader;	/* FreeBSD: rc.conf, boot/loader.conf */
	struct pb_conf		  rc_mac;	/* name: a MAC address; value: a line with % for its interface */
};

/* plan.c */
void	 pb_error(struct pb *, struct cfg_mark, const char *where, const char *fmt, ...)
	    __attribute__((format(printf, 4, 5)));
const char *pb_str(struct pb *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
/* Zeroes that live as long as the plan; NULL is remembered. */
void	*pb_alloc(struct pb *, size_t);
const char *pb_keep(struct pb *, struct buf *);		/* steals */
/* Variables put in; "" for NULL and after an error. */
const char *pb_expand(struct pb *, struct cfg_mark, const char *where, const char *text);
/* The same, and ok() must hold: "what" says what is wanted.  Empty values are the caller's matter. */
const char *pb_value(struct pb *, struct cfg_mark, const char *where, const char *text,
	    bool (*ok)(const char *), const char *what);
const char *pb_secret(struct pb *, struct cfg_mark, const char *where, const char *text,
	    bool (*ok)(const char *), const char *what);
bool	 pb_missing(const struct pb *, const char *text, const char *value);
bool	 pb_imagined(const struct pb *, const char *text);

struct plan_step *pb_step(struct pb *, const char *name, const char *title, ...)
	    __attribute__((format(printf, 3, 4)));
/* A command from a template of words: $ is a text, # a variable of the
 * script, @ a device (unsigned disk, const char *part), ~ the same without
 * /dev/ (FreeBSD). */
void	 pb_run(struct pb *, const char *words, ...);
/* More words for the last item. */
void	 pb_more(struct pb *, const char *words, ...);
void	 pb_note(struct pb *, const char *note);
/* The same for a function of the script; note is what people read. */
void	 pb_call(struct pb *, const char *note, const char *words, ...);
void	 pb_file(struct pb *, const char *path, unsigned mode, const char *data);

/* plan_disk.c */
void	 pb_disks(struct pb *);
const struct plan_part *pb_root(const struct pb *, unsigned *ret_disk);
/* All parts that are mounted, parents first; returns how many. */
struct pb_mount { const struct plan_part *part; unsigned disk; };
#define PB_MOUNTS	(PLAN_DISKS * PLAN_PARTS)
size_t	 pb_mounts(struct pb *, struct pb_mount *ret);
void	 pb_find_disks(struct pb *);		/* the first step */

/* plan_system.c: what both systems' settings share, read and checked */
struct pb_system {
	const char	*hostname, *root_password, *timezone;
	const char	*iface, *address, *netmask, *gateway;
	const char	*dns[8];
	size_t		 n_dns;
	unsigned	 plen;
};
void	 pb_system(struct pb *, struct pb_system *ret);
/* resolv.conf: the lines that are in it already, which are taken, and the servers. */
void	 pb_resolv_conf(struct pb *, const struct pb_system *, struct buf *);
void	 pb_groups(struct pb *);
void	 pb_users(struct pb *);
void	 pb_ssh_keys(struct pb *, const char *user, const char *home, struct cfg_mark,
	    const char *where, char *const *key, size_t n);
/* Does this FreeBSD's crypt(3) know it? */
void	 pb_freebsd_hash(struct pb *, struct cfg_mark, const char *where, const char *hash);
void	 pb_files(struct pb *);
void	 pb_files_of(struct pb *, const struct cfg_pr_file *, size_t n, const char *root, const char *of);
void	 pb_post(struct pb *);

/* plan_linux.c, plan_freebsd.c */
void	 pb_linux(struct pb *);
void	 pb_freebsd(struct pb *);
void	 pb_linux_disk(struct pb *, const struct cfg_pr_disk *, struct plan_disk *, const char *where);
void	 pb_freebsd_disk(struct pb *, const struct cfg_pr_disk *, struct plan_disk *, const char *where);

/* plan_sets.c */
void	 pb_sets(struct pb *);

#endif /* PROFILES_PLAN_INT_H */
