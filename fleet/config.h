/* config.h - provd.yaml, loaded and checked.
 *
 * A struct config is immutable once loaded; config_ref/unref count references
 * from any thread.  config_load() reports every mistake it finds through fn,
 * one line each ("file:line:col: key: text"), and returns -EINVAL; -ENOENT,
 * -EACCES, ...: the file cannot be read, said likewise.
 * An export that was not given is filled in.
 * Layer: fleet.
 */
#ifndef FLEET_CONFIG_H
#define FLEET_CONFIG_H

#include "../lib/dhcp_option.h"
#include "../lib/schema.h"
#include "../tree/tree.h"

#define CFG_GEN_STRUCTS
#include "../lib/schema_gen.h"
#include "config.def"
#define CFG_GEN_UNDEF
#include "../lib/schema_gen.h"

/* The choices of dhcp.mode. */
enum cfg_dhcp_mode { DHCP_RESERVATION, DHCP_AUTHORITATIVE, DHCP_PROXY, DHCP_OBSERVE, DHCP_OFF };

/* Where a host stands that is not in the file. */
enum cfg_origin { HOST_FILE, HOST_API, HOST_ADOPTED };
const char *cfg_origin_name(enum cfg_origin);

/* One of those: text is JSON (or YAML), what would stand behind its name. */
struct cfg_kept {
	char		*name, *text;
	enum cfg_origin	 origin;
};

#define CFG_GROUPS_MAX	16u		/* of a host */

struct config {
	struct cfg_top	 top;
	char		*file;		/* as given */
	_Atomic int	 refs;
	const struct cfg_host **by_name;	/* top.host, sorted */
	struct dhcp_opt_own own;		/* dhcp.option-definitions */
	size_t		 n_file;	/* of top.host; behind them are those kept */
	enum cfg_origin	*kept;		/* origin of each of these */
	uint16_t	*member;	/* groups of each host, one after the other, */
	size_t		*member_at;	/* and where each host's begin */
	struct buf	 left_out;	/* kept hosts that do not fit: "NAME WHY" lines */
	char		*text;		/* of the file */
	size_t		 text_len;
};

int	config_load(const char *file, struct config **ret, cfg_error_fn *, void *arg);
/* For tests: the text instead of a file; name stands for it in errors. */
int	config_load_mem(const char *name, const char *text, struct config **ret,
	    cfg_error_fn *, void *arg);
/* The same with hosts that stand elsewhere.  What the file says wins: one of
 * them that does not fit it, or the others before it, is left out. */
int	config_load_with(const char *file, const struct cfg_kept *, size_t n,
	    struct config **ret, cfg_error_fn *, void *arg);
/* The file as it was when old was loaded, with these. */
int	config_again(const struct config *old, const struct cfg_kept *, size_t n,
	    struct config **ret, cfg_error_fn *, void *arg);
/* Before others have a reference: these of top.host, which are kept ones, are
 * left out. */
int	config_leave_out(struct config *, const bool *left);
void	config_say_left(struct config *, const char *name, const char *why);
/* Why a kept host was left out; NULL: it was not, or is none.  The line ends with \n or \0. */
const char *config_left_out(const struct config *, const char *name);
struct config *config_ref(struct config *);
void	config_unref(struct config *);		/* NULL is fine */

/* Options that need a restart: the first whose value differs, or NULL. */
const char *config_needs_restart(const struct config *old, const struct config *new_);

const struct cfg_host *config_host(const struct config *, const char *name);
enum cfg_origin config_origin(const struct config *, const struct cfg_host *);
/* The groups of a host, as numbers of top.group, in their order; how many. */
size_t	config_groups(const struct config *, const struct cfg_host *, const uint16_t **ret);

/* A value, and the object that says it: a host, one of its groups, or top. */
struct cfg_said { const char *key, *value; const struct cfg_head *by; struct cfg_mark mark; };
/* The variables that count for a host, sorted; all: the host's own too.  How
 * many, -ENOMEM.  Free *ret. */
int	config_vars(const struct config *, const struct cfg_host *, bool all, struct cfg_said **ret);
/* Who says the host's profile, tree (own, or of a group); NULL: nobody. */
const struct cfg_head *config_profile_by(const struct config *, const struct cfg_host *);
const struct cfg_head *config_tree_by(const struct config *, const struct cfg_host *);
/* "host web1 (provd.yaml:12)", "group web (provd.yaml:3)", "all (provd.yaml:1)". */
void	config_by_text(const struct config *, const struct cfg_host *, const struct cfg_head *by,
	    struct cfg_mark, char *buf, size_t cap);
const struct cfg_tree *config_tree(const struct config *, const char *name);
/* One more tree, a directory exported as /NAME to known hosts; before others
 * have a reference.  -EEXIST: the name or the export is another's; -E2BIG. */
int	config_add_tree(struct config *, const char *name, const char *path);
/* What a tree is made of, for tree_open(); how many. */
size_t	config_tree_sources(const struct cfg_tree *,
	    struct tree_source ret[TREE_SOURCES_MAX]);
/* The subnet an address belongs to; NULL. */
const struct cfg_subnet *config_subnet(const struct config *, uint32_t addr);

#endif /* FLEET_CONFIG_H */
