/* place.h - hosts that are known by their client identifier (option 61), or by
 * where they are plugged in.
 *
 * A relay or switch says so in option 82: its port (circuit-id), itself or the
 * line (remote-id).  A host that names both must match both.
 * Pure.  Ownership: the list holds its own bytes and borrows the configuration.
 * Errors: -ENOMEM; -EINVAL: a text is not what config.def says.
 * Layer: fleet.  Spec: RFC 3046, RFC 2132 9.14.
 */
#ifndef FLEET_PLACE_H
#define FLEET_PLACE_H

#include "config.h"

struct fleet_place {		/* of a request; NULL: not said */
	const uint8_t	*client;	/* its identifier */
	size_t		 client_len;
	const uint8_t	*circuit;
	size_t		 circuit_len;
	const uint8_t	*remote;
	size_t		 remote_len;
};

/* Out of option 82 as it came: RFC 3046 2.0, sub-options 1 and 2. */
void	place_of_agent(const uint8_t *agent, size_t len, struct fleet_place *ret);

struct place_list;

int	place_list_new(const struct cfg_top *, struct place_list **ret);
void	place_list_free(struct place_list *);		/* NULL is fine */
/* By its client identifier, else by both ids of its relay, else by the circuit-id
 * alone, else by the remote-id alone; NULL.  how: "client-id", "circuit-id". */
const struct cfg_host *place_find(const struct place_list *, const struct fleet_place *,
	    const char **ret_how);
/* Two hosts at one place, the first such; false if there are none.  what they share:
 * "client-id", "circuit-id and remote-id". */
bool	place_twice(const struct place_list *, const struct cfg_host **ret_a,
	    const struct cfg_host **ret_b, const char **ret_what);
/* Text, or 0x and bytes in hex: how an id of a relay is written.  Returns the
 * length, -EINVAL with why. */
int	place_id(const char *text, uint8_t ret[255], const char **why);

#endif /* FLEET_PLACE_H */
