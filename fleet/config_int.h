/* config_int.h - what the files of the configuration share.  Layer: fleet, internal. */
#ifndef FLEET_CONFIG_INT_H
#define FLEET_CONFIG_INT_H

#include "config.h"

#define CFG_GEN_INDEX
#include "../lib/schema_gen.h"
#include "config.def"
#define CFG_GEN_UNDEF
#include "../lib/schema_gen.h"

/* Does it make sense?  0, -EINVAL (complained of), -ENOMEM. */
int	config_check(const struct config *, cfg_error_fn *, void *arg);

#endif /* FLEET_CONFIG_INT_H */
