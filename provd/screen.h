/* screen.h - many hosts on a terminal of any size: the lines of provctl watch.
 *
 * Pure but for the locale, which says how wide characters are.  The hosts that
 * want to be looked at come first: stuck and failed ones, then those under way;
 * what has no place is counted in the last line.  No line is wider than the
 * terminal, and what machines sent can't steer it.
 * Ownership: the hosts are the caller's; their order is changed.
 * Layer: provd.
 */
#ifndef PROVD_SCREEN_H
#define PROVD_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

#include "../lib/buf.h"

struct screen_host {
	char		name[64], state[16];
	char		text[256];	/* where it is, as it came */
	int		progress;	/* percent; -1: none */
	long long	eta;		/* seconds; -1: not known */
	bool		stuck;
};

struct screen_form {
	unsigned	width, height;
	bool		utf8, colour;
};

/* title: instead of the counts; NULL.  Lines end with \n, but for the last. */
void	screen_make(const struct screen_form *, const struct screen_host **host, size_t n,
	    const char *title, struct buf *);
/* s in at most width columns, for this terminal; returns how many. */
unsigned screen_text(const struct screen_form *, const char *s, unsigned width, struct buf *);
/* "45s", "12m", "3h05m" */
void	screen_eta(long long seconds, char ret[16]);

#endif /* PROVD_SCREEN_H */
