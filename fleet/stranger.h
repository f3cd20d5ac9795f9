/* stranger.h - machines that are no host of the configuration, and what they did.
 *
 * "Why is my new machine not seen", and what it is called when it is made a
 * host.  A table of STRANGERS; the one that was heard longest ago makes room.
 * One that asks for files from an address that nobody leased has no MAC: it is
 * kept by the address.  Pure: the time is passed in.
 * Ownership: the table owns all; stranger_free() frees it.  Errors: NULL: no memory.
 * Layer: fleet.
 */
#ifndef FLEET_STRANGER_H
#define FLEET_STRANGER_H

#include <stddef.h>

#include "packets.h"

#define STRANGERS	512u
#define STRANGER_KEY	24
#define STRANGER_TEXT	1024

struct stranger {
	char		key[STRANGER_KEY];	/* its MAC, or its address */
	struct mac	mac;			/* zero: unknown */
	int64_t		first, last;
	int64_t		asked;			/* so often */
	uint32_t	addr;			/* that it was given, or asks from; 0 */
	uint32_t	relay, other_server;	/* that it chose, or that spoke to it; 0 */
	char		firmware[40], uuid[40], hostname[64], iface[16];
	char		rule[32];		/* of DHCP's last answer */
	char		boot_rule[32];
	char		text[200];		/* what it did last */
	int64_t		saved;			/* when it was last stored */
	bool		changed;
	struct packets	packets;		/* not stored */
};

struct stranger_list { struct stranger *s[STRANGERS]; unsigned n; };

void	stranger_free(struct stranger_list *);
/* The one that makes room is moved to *ret_gone, for its key; "" none. */
struct stranger *stranger_dhcp(struct stranger_list *, const struct event_dhcp *, int64_t now,
	    char ret_gone[STRANGER_KEY]);
/* It asks for files, from an address: its own if mac is known. */
struct stranger *stranger_event(struct stranger_list *, const struct event *, int64_t now,
	    char ret_gone[STRANGER_KEY]);
struct stranger *stranger_find(const struct stranger_list *, const char *key);
void	stranger_drop(struct stranger_list *, const char *key);
size_t	stranger_write(const struct stranger *, char buf[STRANGER_TEXT]);
/* From the store; -ENOMEM, -EINVAL. */
int	stranger_load(struct stranger_list *, const char *key, const char *text);

/* Why it gets nothing, or less than a host: rule's name, sentence, advice; NULL: it
 * gets an address, as it should. */
const char *stranger_why(const struct stranger *, char text[240], const char **ret_advice);
/* For the manual: NULL past the end. */
const char *stranger_rule(unsigned i, const char **ret_what, const char **ret_advice);

#endif /* FLEET_STRANGER_H */
