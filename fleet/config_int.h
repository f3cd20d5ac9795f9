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
};

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

/* Does it make sense?  0, -EINVAL (complained of), -ENOMEM. */
int	config_check(const struct config *, cfg_error_fn *, void *arg);

#endif /* FLEET_CONFIG_INT_H */
