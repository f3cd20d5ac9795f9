/* lines.h - formats of lines and words: comments from # on, lines that go on.
 *
 * Layer: import.
 */
#ifndef IMPORT_LINES_H
#define IMPORT_LINES_H

#include "model.h"

#define LINE_WORDS	128

enum { LINES_BACKSLASH = 1,	/* a "\" at its end: the next line belongs to it */
    LINES_QUOTES = 2 };		/* "two words" are one */

struct lines {
	struct import	*imp;
	const char	*p, *end;
	unsigned	 next;
	int		 how;
	struct imp_place at;	/* of the line that was read */
};

void	lines_begin(struct lines *, struct import *, const char *file, const char *text, size_t len,
	    int how);
/* The next line that is not empty, without comment and blanks at its ends. */
bool	lines_next(struct lines *, char **ret);
/* Its words; too many are reported. */
bool	lines_words(struct lines *, char *ret[LINE_WORDS], size_t *ret_n);

#endif /* IMPORT_LINES_H */
