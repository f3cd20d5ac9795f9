/* plan_jails.h - jails of a FreeBSD plan, between its two files.
 * Layer: profiles, internal.
 */
#ifndef PROFILES_PLAN_JAILS_H
#define PROFILES_PLAN_JAILS_H

#include "plan_freebsd.h"

struct jail {
	const struct cfg_pr_jail *c;
	const char	*where;		/* "jails[0]" */
	const char	*id;		/* the name, with _ for what is no letter or digit */
	const char	*hostname, *path;
	const char	*addresses;	/* "192.0.2.1,192.0.2.2" */
	const char	*size;		/* "1G"; "": no limit */
	uint64_t	 bytes;
	const char	*file, *fstab;	/* of its volume; "" none */
	const char	*dataset;	/* "" none */
	unsigned	 unit;		/* of md(4) */
};

/* Checked, unless something is wrong with it; then it was said. */
void	 jail_read(struct pb *, size_t no, struct jail *ret);

/* plan_jail_trim.c: the patterns of what is to be taken away, for a template of
 * words; "" none.  Notes, for people, is what the profile said. */
const char *jail_trim(struct pb *, const struct jail *, const char **ret_note);
/* Is it among what is taken away? */
bool	 jail_trims(struct pb *, const struct jail *, const char *name);

#endif /* PROFILES_PLAN_JAILS_H */
