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

struct config {
	struct cfg_top	 top;
	char		*file;		/* as given */
	_Atomic int	 refs;
	const struct cfg_host **by_name;	/* top.host, sorted */
	struct dhcp_opt_own own;		/* dhcp.option-definitions */
};

int	config_load(const char *file, struct config **ret, cfg_error_fn *, void *arg);
/* For tests: the text instead of a file; name stands for it in errors. */
int	config_load_mem(const char *name, const char *text, struct config **ret,
	    cfg_error_fn *, void *arg);
struct config *config_ref(struct config *);
void	config_unref(struct config *);		/* NULL is fine */

/* Options that need a restart: the first whose value differs, or NULL. */
const char *config_needs_restart(const struct config *old, const struct config *new_);

const struct cfg_host *config_host(const struct config *, const char *name);
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
