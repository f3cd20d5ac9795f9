/* chain.h - what one machine was sent to lately, so that circles are seen.
 *
 * Two of them: an iPXE that does not say that it is one asks like the ROM that
 * loaded it, and would be given itself again; and a machine that was sent to
 * its disk comes back, because it can't start from there.
 *
 * In memory only, one for each host.  Pure.  Layer: fleet.
 */
#ifndef FLEET_CHAIN_H
#define FLEET_CHAIN_H

#include "boot.h"

/* An iPXE that comes this soon after plain firmware was loaded by it. */
#define CHAIN_S		120
/* Without a name it must be quicker than a machine that was reset by hand. */
#define CHAIN_SILENT_S	15
/* So many times to the disk within these seconds is a circle. */
#define CHAIN_DISKS	6
#define CHAIN_DISK_S	1800

struct chain {
	enum firmware	 fw;		/* the last that was sent somewhere */
	int64_t		 sent, fetched;	/* when; 0: not */
	char		 file[128];	/* last component of what it was sent to */
	int64_t		 disk_since;
	unsigned	 disks;
};

/* It got this plan, and will act on it. */
void	chain_sent(struct chain *, enum firmware, const struct boot_plan *, int64_t now);
/* It has read this file to its end. */
void	chain_fetched(struct chain *, const char *file, int64_t now);
/* Was this firmware loaded by the one before, rather than by a power switch? */
bool	chain_follows(const struct chain *, enum firmware, int64_t now);
/* Is it an iPXE that asks like a ROM? */
bool	chain_silent_ipxe(const struct chain *, enum firmware, int64_t now);
bool	chain_loops(const struct chain *, int64_t now);

#endif /* FLEET_CHAIN_H */
