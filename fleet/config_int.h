/* config_int.h - what the files of the configuration share.  Layer: fleet, internal. */
#ifndef FLEET_CONFIG_INT_H
#define FLEET_CONFIG_INT_H

#include "config.h"

#define CFG_GEN_INDEX
#include "../lib/schema_gen.h"
#include "config.def"
#define CFG_GEN_UNDEF
#include "../lib/schema_gen.h"

struct check {			/* under way */
	const struct config	*cfg;
	cfg_error_fn		*fn;
	void			*arg;
	unsigned		 n;		/* complaints */
	bool			 no_memory;
	/* While a host is looked at that the file does not have, what is wrong
	 * is its own matter: it is left out. */
	const struct cfg_host	*host;
	bool			*left;		/* of each host */
	struct config		*own;		/* cfg, where it is said why */
};
/* Is it one of those? */
bool	config_is_kept(const struct config *, const struct cfg_host *);

void	config_complain(struct check *, const struct cfg_head *, const char *where,
	    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void	config_complain_at(struct check *, struct cfg_mark, const char *where,
	    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

struct where { char s[200]; };		/* "hosts.web1.mac" and the like */
const char *config_at(struct where *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* config_options.c: what dhcp.option-definitions define; every options object
 * and class; the addresses and pools of a subnet. */
int	config_define(struct config *, cfg_error_fn *, void *arg);
void	check_option_scopes(struct check *);
void	check_pools(struct check *, const struct cfg_subnet *, size_t i);

/* config_check_remote.c: api, webhooks. */
void	check_remote(struct check *);

/* config.c: after the array of hosts changed. */
int	config_index_hosts(struct config *);

/* config_kept.c: behind the file's hosts; then all checks, and who does not
 * pass them is left out. */
int	config_add_kept(struct config *, const struct cfg_kept *, size_t n);
int	config_check_all(struct config *, cfg_error_fn *, void *arg);

/* config_inherit.c: groups, and what they and all say for hosts. */
int	config_inherit(struct config *, struct check *);
void	config_disinherit(struct config *);	/* the members alone */

/* Does it make sense?  0, -EINVAL (complained of), -EAGAIN: some kept hosts are
 * to be left out, -ENOMEM. */
int	config_check(struct check *);

#endif /* FLEET_CONFIG_INT_H */
