/* model.h - what the parsers find and the writer writes: scopes with options.
 *
 * A scope is what stands between braces in dhcpd.conf; the other formats make
 * the same ones.  All memory is the import's.  Functions that run out of it,
 * or past a limit, do not return: they go back to import.c (imp_throw), so no
 * parser has a path for it.
 * Layer: import.
 */
#ifndef IMPORT_MODEL_H
#define IMPORT_MODEL_H

#include <setjmp.h>
#include <stdint.h>

#include "../lib/addr.h"
#include "../lib/dhcp_option.h"
#include "import.h"

#define IMP_OPTIONS_MAX	256u	/* of one scope */
#define IMP_CLASSES_MAX	2048u	/* before they are settled */
#define IMP_DEPTH_MAX	32	/* nested scopes */
#define IMP_FILES_MAX	256	/* of all includes */
#define IMP_INCLUDES_MAX 8	/* within each other */

struct imp_place { const char *file; unsigned line; };

struct imp_values { const char **v; size_t n, cap; };

/* Before a value of an option that stood in quotes: for some it means bytes. */
#define IMP_QUOTED	'\1'

struct imp_set { struct imp_member { const char *key; void *of; } *slot; size_t n, cap; };

struct imp_option {
	struct imp_option *next;
	const char	*name;
	struct imp_values v;
	struct imp_place at;
};

enum imp_kind { IMP_TOP, IMP_SHARED, IMP_SUBNET, IMP_POOL, IMP_GROUP, IMP_HOST, IMP_CLASS, IMP_LOST };

/* What a class looks at; values of one kind are alternatives, kinds add up. */
enum imp_crit {
	IMP_ARCH, IMP_VENDOR_CLASS, IMP_USER_CLASS, IMP_MAC_PREFIX, IMP_SUBNET_IS, IMP_CIRCUIT_ID,
	IMP_REMOTE_ID, IMP_N_CRIT
};
extern const char *const imp_crit_key[IMP_N_CRIT];

/* Each that is there must fit; "": the option is there, whatever it says. */
struct imp_alt { const char *v[IMP_N_CRIT]; };
#define IMP_ALTS_MAX	64

struct imp_scope {
	struct imp_scope *next;		/* of its kind, in the order of the files */
	struct imp_scope *up;
	enum imp_kind	 kind;
	const char	*name;
	struct imp_place at;
	struct imp_option *opt, **opt_end;
	size_t		 n_opt;
	struct net4	 net;			/* subnet */
	struct imp_values range, allow, deny;	/* subnet, pool; range: "LINE LO-HI" until settled */
	struct imp_values placed, placed_at;	/* settling: ranges, and their lines */
	struct imp_values mac, address;		/* host */
	const char	*client_id, *circuit, *remote, *hostname, *mode;
	struct imp_alt	*alt;			/* class: one of these, within what is above it */
	size_t		 n_alt;
	struct imp_values crit[IMP_N_CRIT];	/* settled */
	const char	*said;			/* class: what the file calls it */
	struct imp_scope *split_from;		/* settled: its options are that one's */
	unsigned	 depth;			/* of ifs */
	unsigned	 n_same;		/* others that wanted its name */
	const struct imp_scope *shared;		/* settled: the wire of a subnet */
	bool		 unused, needed;	/* class: do not write; write in any case */
	const char	*lost;			/* IMP_LOST: why */
};

struct imp_list { struct imp_scope *first, **end; };

struct imp_tree {
	struct imp_tree	*next;
	const char	*name, *path, *export, *clients;
	struct imp_place at;
};

struct imp_def {		/* option definition */
	struct imp_def	*next;
	const char	*name, *space, *type;
	const char	*alias;		/* settled: the standard's name of the code */
	unsigned	 code;
	bool		 written;	/* settled: provd must be told */
	struct imp_place at;
};

struct imp_leased {		/* a lease that is still good */
	struct imp_leased *next;
	const char	*address, *mac, *name;	/* name: NULL */
	const char	*cid;			/* hex; NULL */
	int64_t		 expiry;		/* unix seconds; 0: never */
	struct imp_place at;
};

struct imp_line {
	struct imp_place at;
	const char	*text;
	size_t		 order;
	bool		 left;
};

struct import {
	struct import_source src;
	jmp_buf		 unwind;
	struct imp_block *block;	/* memory */
	size_t		 used;
	struct imp_scope top;
	struct imp_list	 shared, subnet, pool, host, class;
	struct imp_values interface;
	struct imp_option *dhcp, **dhcp_end;	/* single values below dhcp: */
	struct imp_tree	*tree, **tree_end;
	struct imp_def	*def, **def_end;
	struct imp_line	*line;
	size_t		 n_line, cap_line;
	struct imp_set	 host_names, class_names;
	size_t		 n_subnet, n_pool, n_def, n_tree;
	struct imp_values file;		/* names, in the order they came */
	const char	*open[IMP_INCLUDES_MAX];
	size_t		 depth;		/* of includes */
	bool		 leases_as_hosts, has_dhcp;
	const char	*tftp_root;	/* names that TFTP clients say begin there */
	struct imp_leased *lease, **lease_end;
	size_t		 n_lease;
	struct dhcp_opt_own own;	/* settled */
	void		*raw[2];	/* what a throw would leak */
};

/* Memory ------------------------------------------------------------------- */
void	 imp_throw(struct import *, int err) __attribute__((noreturn));
void	 imp_release(struct import *);			/* all of it */
void	 imp_drop_raw(struct import *);			/* frees import.raw */
void	*imp_alloc(struct import *, size_t);		/* zeroed */
char	*imp_strn(struct import *, const char *, size_t);
char	*imp_str(struct import *, const char *);
bool	 imp_is_text(const char *);	/* UTF-8 without control characters: YAML may hold it */
char	*imp_fmt(struct import *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void	 imp_push(struct import *, struct imp_values *, const char *);
bool	 imp_has(const struct imp_values *, const char *);

/* Has the set got it?  NULL: it has now; of is what goes with it. */
void	*imp_set_add(struct import *, struct imp_set *, const char *key, void *of);

/* Model -------------------------------------------------------------------- */
struct imp_scope *imp_scope(struct import *, enum imp_kind, struct imp_scope *up,
	    const char *name, struct imp_place);	/* listed, but for groups and the lost */
struct imp_option *imp_option(struct import *, struct imp_scope *, const char *name,
	    struct imp_place);		/* a new, empty one instead of what there was */
void	 imp_option1(struct import *, struct imp_scope *, const char *name, const char *value,
	    struct imp_place);
const struct imp_option *imp_option_get(const struct imp_scope *, const char *name);
void	 imp_dhcp(struct import *, const char *key, const char *value, struct imp_place);
const char *imp_dhcp_get(const struct import *, const char *key);
void	 imp_interface(struct import *, const char *name, struct imp_place);
bool	 imp_path_ok(const char *);	/* that of a tree, and of its export */
struct imp_tree *imp_tree(struct import *, const char *path, struct imp_place);
/* A name as provd takes it, of letters, digits, ".", "_" and "-". */
const char *imp_name(struct import *, const char *);
/* A new host or class; its name is made fit for provd, and its own. */
struct imp_scope *imp_host(struct import *, struct imp_scope *up, const char *name, struct imp_place);
struct imp_scope *imp_class(struct import *, struct imp_scope *up, const char *name, struct imp_place);

/* The report --------------------------------------------------------------- */
void	 imp_left(struct import *, struct imp_place, const char *what, const char *fmt, ...)
	    __attribute__((format(printf, 4, 5)));
void	 imp_tell(struct import *, struct imp_place, const char *what, const char *fmt, ...)
	    __attribute__((format(printf, 4, 5)));

/* Another file: its text goes to parse(arg). */
void	 imp_include(struct import *, struct imp_place, const char *name, bool dir,
	    void (*parse)(struct import *, void *arg, const char *file, const char *text, size_t len),
	    void *arg);

/* Formats ------------------------------------------------------------------- */
void	 imp_dhcpd_conf(struct import *, const char *file, const char *text, size_t len);
void	 imp_dhcpd_leases(struct import *, const char *file, const char *text, size_t len);
void	 imp_exports(struct import *, const char *file, const char *text, size_t len);
void	 imp_inetd(struct import *, const char *file, const char *text, size_t len);
void	 imp_rc(struct import *, const char *file, const char *text, size_t len);
void	 imp_dnsmasq(struct import *, const char *file, const char *text, size_t len);
void	 imp_dnsmasq_leases(struct import *, const char *file, const char *text, size_t len);
/* One lease that is still good; of its own memory. */
void	 imp_lease(struct import *, struct imp_leased *);

/* settle.c: what is there is made to fit provd's rules; write.c: is written. */
void	 imp_settle(struct import *);
void	 imp_write(struct import *, struct buf *);

#endif /* IMPORT_MODEL_H */
