/* import.h - other servers' configurations become a provd.yaml.
 *
 * Pure: text in, text out; what a file includes is read by the caller's
 * function.  Several files make one configuration.  Whatever provd cannot say
 * becomes a line of the report, "FILE:LINE: WHAT: why"; nothing is dropped in
 * silence.  Input is hostile: files, depth and sizes are bounded, and a
 * mistake in a file costs the statement it stands in.
 * Ownership: all strings are the import's, until import_free().
 * Errors: negative errno.  Layer: beside media, of provctl alone.
 */
#ifndef IMPORT_IMPORT_H
#define IMPORT_IMPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "../lib/buf.h"

#define IMPORT_FILE_MAX	((size_t)64 << 20)	/* of one file: a journal of leases has grown */

enum import_kind {
	IMPORT_UNKNOWN,
	IMPORT_DHCPD_CONF,	/* ISC dhcpd.conf(5) */
	IMPORT_DHCPD_LEASES,	/* dhcpd.leases(5) */
	IMPORT_EXPORTS,		/* exports(5), BSD's and Linux's */
	IMPORT_INETD_CONF,	/* inetd.conf(5): tftp */
	IMPORT_DNSMASQ_CONF,
	IMPORT_DNSMASQ_LEASES,
	IMPORT_RC,		/* rc.conf(5), /etc/default: which interfaces dhcpd serves */
};

/* A file that another one names; dir: all files of that directory, one after
 * the other, i counts.  Returns its text (malloc) and its name; -ENOENT: no
 * (more) files. */
struct import_source {
	int	(*read)(void *arg, const char *from, const char *name, bool dir, size_t i,
		    char **ret_text, size_t *ret_len, char **ret_name);
	void	*arg;
};

struct import;

int	import_new(const struct import_source *, struct import **ret);
void	import_free(struct import *);
/* By the names of the field, "dhcpd.conf"; IMPORT_UNKNOWN if there is none. */
enum import_kind import_kind_named(const char *);
/* By the file's name, else by what stands in it. */
enum import_kind import_kind_of(const char *file, const char *text, size_t len);
extern const char import_kinds[];		/* all of them, for messages */

int	import_text(struct import *, enum import_kind, const char *file,
	    const char *text, size_t len);
/* Leases become hosts: what leases there are keep their addresses for good. */
void	import_leases_as_hosts(struct import *);
/* The leases that are still good, one after the other from a zeroed one on; false
 * after the last. */
struct import_lease {
	const char	*file, *address, *mac, *hostname, *client_id;	/* NULL; in hex */
	unsigned	 line;
	long long	 expiry;	/* unix seconds; 0: never */
	const void	*next;
	bool		 last;
};
bool	import_lease(struct import *, struct import_lease *);
/* The report alone, of what was read so far. */
int	import_report(struct import *, struct buf *, size_t *ret_left);
/* Network interface; without any, one is asked for by import_needs_interface. */
void	import_interface(struct import *, const char *name);
/* True until an interface is known; net(i): the networks there are. */
bool	import_needs_interface(struct import *);
bool	import_on_a_network(struct import *, unsigned addr);
/* What the caller found out, as a line of the report. */
void	import_note(struct import *, bool left_out, const char *what, const char *why);
/* Directories that trees are made of: 0, 1, ...; NULL after the last. */
const char *import_tree_path(struct import *, size_t i);

/* The configuration and the report; *ret_left: lines that stand for something
 * that was left out, the others only tell. */
int	import_finish(struct import *, struct buf *yaml, struct buf *report, size_t *ret_left);

#endif /* IMPORT_IMPORT_H */
