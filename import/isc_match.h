/* isc_match.h - conditions of dhcpd.conf as what classes of provd look at.
 *
 * Layer: import.
 */
#ifndef IMPORT_ISC_MATCH_H
#define IMPORT_ISC_MATCH_H

#include "isc_lex.h"

/* A piece of a packet, or a constant. */
struct isc_data {
	enum { ISC_NOTHING, ISC_CONST, ISC_OPTION, ISC_HARDWARE } kind;
	enum imp_crit	 crit;		/* option */
	const char	*s;		/* constant */
	size_t		 len, off;
	size_t		 n;		/* substring's length; SIZE_MAX: to its end */
	bool		 ascii;		/* hardware as "0:11:22" */
};

struct isc_cond {
	struct imp_alt	*alt;
	size_t		 n;
	bool		 negated;	/* as a whole */
	const char	*why;		/* NULL, or why it cannot be said; the rest is void */
};

/* Words i to before end. */
void	isc_cond(struct import *, const struct isc_stmt *, size_t i, size_t end, struct isc_cond *ret);
/* A class's "match DATA", and the values of its subclasses. */
const char *isc_data(struct import *, const struct isc_stmt *, size_t i, size_t end,
	    struct isc_data *ret);
const char *isc_equal(struct import *, const struct isc_data *, const struct isc_data *,
	    struct imp_alt *ret);
/* Both; false if that would be more alternatives than there may be. */
bool	isc_both(struct import *, const struct imp_alt *a, size_t na, const struct imp_alt *b,
	    size_t nb, struct imp_alt **ret, size_t *ret_n);

#endif /* IMPORT_ISC_MATCH_H */
