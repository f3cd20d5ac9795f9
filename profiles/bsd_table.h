/* bsd_table.h - partitions of a BSD label as bsdlabel(8) writes and reads them.
 *
 *	# size offset fstype [fsize bsize bps/cpg]
 *	a: 4G 16 4.2BSD 2048 16384 28528
 *	b: 512M * swap
 *
 * Lines in any order, # begins a comment; the line "8 partitions:" and
 * partition c, which is the whole slice, may be there.
 * Pure.  Errors: -EINVAL with "line N: text" in why.  Layer: profiles.
 */
#ifndef PROFILES_BSD_TABLE_H
#define PROFILES_BSD_TABLE_H

#include <stddef.h>

#define BSD_LETTERS	8u

struct bsd_row {
	char	 letter;		/* a .. h; 0: not in the table */
	char	 size[16], offset[16];	/* 4G, 512, *; K, M and G as capitals */
	char	 fsize[16], bsize[16], bps[16];		/* numbers or * */
	int	 swap;			/* else 4.2BSD */
	unsigned line;
};

/* Row i is that of letter 'a' + i; row 2, of c, is never filled in. */
int	bsd_table_parse(const char *text, struct bsd_row ret[BSD_LETTERS], char why[200]);

#endif /* PROFILES_BSD_TABLE_H */
