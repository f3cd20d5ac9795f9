/* dhcp_option.h - what DHCP options are called, and how their values are written.
 *
 * One table of the standard's options by the names that dhcpd.conf gives them,
 * and of the spaces inside some options (43 for PXE, 175 for iPXE, 82 of
 * relays); a configuration adds its own.  Text -> bytes for those who
 * configure, bytes -> text for those who explain.
 *
 * A name is NAME, SPACE.NAME, option-N or SPACE.option-N (bytes in hex).
 *
 * A format says what a value is made of, a letter for each field:
 *   I address   B S L number of 8, 16, 32 bits   b s l the same with a sign
 *   f yes or no   t text   X bytes   x bytes that are often text   Z nothing
 *   d domain name   D domain names, compressed (RFC 3397)   R routes (RFC 3442)
 *   P SIP servers (RFC 3361)   E options of a space
 * and then  A: all of it again and again   a: the last field again and again.
 *
 * Pure.  Ownership: definitions borrow their names; those of dhcp_opt_own_add()
 * are the dhcp_opt_own's.  Errors: -EINVAL with why filled, -ENOMEM, -ENOBUFS.
 * Layer: lib.
 * Spec: RFC 2132, 2241, 2242, 2610, 3361, 3397, 3442, 4578, 4833, 5071, 5859,
 * 8910, 8925, PXE 2.1; others beside their rows in dhcp_option_table.c.
 */
#ifndef LIB_DHCP_OPTION_H
#define LIB_DHCP_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "wire.h"

#define DHCP_OPT_WHY	256
#define DHCP_OPT_NAME	96
#define DHCP_OPT_MAX	1024	/* bytes of a value: more fits no reply */
#define DHCP_OPT_FMT	12
#define DHCP_SPACES	32	/* at most */

enum { DHCP_SPACE_DHCP, DHCP_SPACE_PXE, DHCP_SPACE_IPXE, DHCP_SPACE_AGENT,
    DHCP_SPACE_OWN /* the first of the configuration's */ };

struct dhcp_opt_def {
	uint8_t		 space, code;
	const char	*name, *fmt;
	const char	*no;		/* why nobody may set it; NULL: one may */
	bool		 unasked;	/* who uses it does not ask for it */
	uint8_t		 sub;		/* of format E: the space in it; 0: depends */
};

struct dhcp_opt_space {
	char		 name[32];
	uint8_t		 in;		/* the option that carries it */
};

/* Definitions of a configuration.  All zeroes: none. */
struct dhcp_opt_own {
	struct dhcp_opt_def	*def;
	size_t			 n;
	struct dhcp_opt_space	 space[DHCP_SPACES - DHCP_SPACE_OWN];
	size_t			 n_space;
};

/* type: ip-address, text, string (bytes), boolean, uint8 uint16 uint32 int8
 * int16 int32 (also as "unsigned integer 8"), domain-name, domain-list,
 * "array of TYPE", "{TYPE, TYPE}", "array of {TYPE, TYPE}", "encapsulate SPACE":
 * that option carries the space (else it is 43). */
int	dhcp_opt_own_add(struct dhcp_opt_own *, const char *name, const char *space,
	    uint32_t code, const char *type, char why[DHCP_OPT_WHY]);
void	dhcp_opt_own_free(struct dhcp_opt_own *);

/* own may be NULL in all of these.  -ENOENT: there is no such name. */
int	dhcp_opt_find(const struct dhcp_opt_own *, const char *name,
	    struct dhcp_opt_def *ret);
/* What may be set and is nearer to name than best (which may be NULL). */
const char *dhcp_opt_nearest(const struct dhcp_opt_own *, const char *name,
	    const char *best, char buf[DHCP_OPT_NAME]);
/* NULL: the code has no name there. */
const struct dhcp_opt_def *dhcp_opt_by_code(const struct dhcp_opt_own *,
	    uint8_t space, uint8_t code);
/* "routers", "PXE.boot-menu", "option-224" */
const char *dhcp_opt_name(const struct dhcp_opt_own *, uint8_t space, uint8_t code,
	    char buf[DHCP_OPT_NAME]);
const char *dhcp_space_name(const struct dhcp_opt_own *, uint8_t space);	/* NULL: none */
/* The option that carries a space; 0: none does. */
uint8_t	dhcp_space_in(const struct dhcp_opt_own *, uint8_t space);
/* DHCP_SPACES: there is none of that name. */
uint8_t	dhcp_space_find(const struct dhcp_opt_own *, const char *name);

/* One value, or the elements of an array; the fields of a record stand in one
 * text with blanks between.  Returns the length. */
int	dhcp_opt_parse(const struct dhcp_opt_def *, const char *const *value, size_t n,
	    uint8_t *buf, size_t cap, char why[DHCP_OPT_WHY]);
/* def NULL or bytes that do not fit it: hex.  vendor: the space in option 43. */
void	dhcp_opt_print(const struct dhcp_opt_own *, const struct dhcp_opt_def *,
	    uint8_t vendor, const uint8_t *, size_t, struct buf *);
/* The format in words: "array of ip-address". */
void	dhcp_opt_type(const char *fmt, struct buf *);

/* The table of those that can be set, for mdoc(7). */
void	dhcp_opt_mdoc(struct buf *);

/* Many options as bytes: space, code, flags, length (16 bits), value; each
 * (space, code) once. */
#define DHCP_OPT_ALWAYS	1		/* send it though it was not asked for */
#define DHCP_OPT_HEAD	5		/* bytes beside the value's */
struct dhcp_opt_item {
	uint8_t		 space, code, flags;
	const uint8_t	*p;
	size_t		 len;
};
void	dhcp_opts_put(struct buf *, const struct dhcp_opt_item *);
/* False at the end, and r->err then if it was no proper one. */
bool	dhcp_opts_next(struct rd *r, struct dhcp_opt_item *ret);

/* Not for others: the table. */
extern const struct dhcp_opt_def dhcp_opt_table[];
extern const size_t dhcp_opt_table_n;

#endif /* LIB_DHCP_OPTION_H */
