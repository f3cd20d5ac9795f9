/* sh_quote.h - a value as an argument in a POSIX shell script.
 *
 * Whatever bytes it has, the shell that reads the word gets exactly them:
 * nothing is expanded, split or run.  (A C string has no NUL, and no shell
 * could hold one.)  Not for a command's own name: a=b would be an assignment.
 * Pure.  Layer: profiles.
 */
#ifndef PROFILES_SH_QUOTE_H
#define PROFILES_SH_QUOTE_H

#include "../lib/buf.h"

void	sh_quote(struct buf *, const char *);
/* The same for the middle of a word: nothing at all for "". */
void	sh_quote_part(struct buf *, const char *);

#endif /* PROFILES_SH_QUOTE_H */
