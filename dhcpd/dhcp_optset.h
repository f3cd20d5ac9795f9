/* dhcp_optset.h - the options of one scope as bytes, and many scopes as one.
 *
 * What the configuration says for a host, a class, a pool, a subnet or all is
 * made into bytes once, when it is loaded.  For each request the scopes that
 * apply are put in a row, the nearest first; an option is what the first of
 * them says that has it.  A row is pointers only: making one costs the same
 * however long the configuration is.
 *
 * Pure.  Ownership: a set holds its bytes, and borrows texts of the
 * configuration; a row borrows its sets.  Errors: -ENOMEM.
 * Layer: dhcpd, policy.
 */
#ifndef DHCPD_DHCP_OPTSET_H
#define DHCPD_DHCP_OPTSET_H

#include "../fleet/config.h"

struct dhcp_optset {
	const char	*scope;		/* "class uefi", for people */
	const uint8_t	*p;		/* dhcp_opts_*() */
	size_t		 len;
	uint64_t	 has[4];	/* DHCP's own options, by code */
	uint64_t	 always[4];	/* to be sent unasked, here or elsewhere defined */
	uint32_t	 spaces;	/* with something in them */
	/* What is no option. */
	const char	*filename, *root_path, *server_name;
	uint32_t	 next_server, lease_time;	/* 0: not said */
	uint8_t		 vendor_space;			/* 0: not said */
	void		*own;		/* what dhcp_optset_free() frees */
};

/* *ret NULL: nothing is said there. */
int	dhcp_optset_new(const struct cfg_options *, const struct dhcp_opt_own *,
	    struct dhcp_optset **ret, const char *scope_fmt, ...)
	    __attribute__((format(printf, 4, 5)));
void	dhcp_optset_free(struct dhcp_optset *);		/* NULL is fine */
/* Bytes that somebody else keeps.  False: they are no options. */
bool	dhcp_optset_view(const uint8_t *, size_t, const char *scope,
	    struct dhcp_optset *ret);

/* A host, its groups, a profile, all classes, a pool, a subnet, what is said for
 * all, and what follows from the network. */
#define DHCP_SCOPES_MAX		(254 + 6 + CFG_GROUPS_MAX)

struct dhcp_scopes {
	const struct dhcp_opt_own *own;
	const struct dhcp_optset *set[DHCP_SCOPES_MAX];
	unsigned	 n;
};

void	dhcp_scopes_add(struct dhcp_scopes *, const struct dhcp_optset * /* may be NULL */);
/* The value, and who says so (ret_scope may be NULL).  NULL: nobody. */
const uint8_t *dhcp_scopes_get(const struct dhcp_scopes *, uint8_t space, uint8_t code,
	    size_t *ret_len, const char **ret_scope);
bool	dhcp_scopes_always(const struct dhcp_scopes *, uint8_t code);
/* All codes of DHCP's own that some scope has, and that are to be sent always,
 * as sets of bits. */
void	dhcp_scopes_codes(const struct dhcp_scopes *, uint64_t ret_has[4],
	    uint64_t ret_always[4]);
/* The options of a space, by their codes; first: bytes that come before them.
 * Returns the length, 0: nobody says any.  What does not fit is left out. */
size_t	dhcp_scopes_space(const struct dhcp_scopes *, uint8_t space, uint8_t *buf,
	    size_t cap);
/* The space for option 43 of a client with that vendor class (option 60). */
uint8_t	dhcp_scopes_vendor(const struct dhcp_scopes *, const uint8_t *class_, size_t len);
uint32_t dhcp_scopes_lease_time(const struct dhcp_scopes *);
uint32_t dhcp_scopes_next_server(const struct dhcp_scopes *);	/* 0: nobody says one */
const char *dhcp_scopes_filename(const struct dhcp_scopes *);	/* NULL likewise */
const char *dhcp_scopes_root_path(const struct dhcp_scopes *);
const char *dhcp_scopes_server_name(const struct dhcp_scopes *);

#endif /* DHCPD_DHCP_OPTSET_H */
