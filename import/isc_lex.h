/* isc_lex.h - dhcpd.conf as statements: words up to ";", "{" or "}".
 *
 * Every statement of the language has that form, so what is not known can be
 * passed over and named.  Layer: import.
 */
#ifndef IMPORT_ISC_LEX_H
#define IMPORT_ISC_LEX_H

#include "model.h"

enum isc_kind { ISC_WORD, ISC_STRING, ISC_PUNCT };

struct isc_tok {
	enum isc_kind	 kind;
	const char	*s;		/* string: without its quotes and escapes */
	size_t		 len;		/* a string may hold NULs */
	unsigned	 line;
};

struct isc_lex {
	struct import	*imp;
	const char	*file, *p, *end;
	unsigned	 line;
};

struct isc_stmt {
	struct isc_tok	*t;
	size_t		 n, cap;
	struct imp_place at;
	char		 end;		/* ';', '{', '}'; 0: the file ends */
};

/* The next one; its words stay valid. */
void	 isc_stmt_next(struct isc_lex *, struct isc_stmt *ret);
/* After a "{": up to its "}". */
void	 isc_skip_block(struct isc_lex *);
/* Word i is this; any case, as dhcpd. */
bool	 isc_is(const struct isc_stmt *, size_t i, const char *word);
/* Words from i to before end as they could be written, shortened. */
const char *isc_text(struct import *, const struct isc_stmt *, size_t i, size_t end);

#endif /* IMPORT_ISC_LEX_H */
