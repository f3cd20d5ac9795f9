/* ctl_found.h - what provctl init finds on this machine.
 *
 * Everything blocks; what can't be looked at is left out.  Layer: provd. */
#ifndef PROVD_CTL_FOUND_H
#define PROVD_CTL_FOUND_H

#include "../dhcpd/dhcp_probe.h"
#include "../lib/os.h"
#include "../profiles/identify.h"

#define FOUND_MAX	32u

struct found_if {
	struct os_iface	 os;
	enum probe_state others;	/* PROBE_DEAF: no right to ask */
	uint32_t	 server;	/* PROBE_OTHER: which one */
};
/* Interfaces that are no loopback and have an address, or are up. */
size_t	found_interfaces(struct found_if ret[FOUND_MAX]);
/* Ask whether a DHCP server answers, on all of them at the same time: 3 seconds. */
void	found_servers(struct found_if *, size_t n);

struct found_tree {
	char		 name[64];	/* of its directory in the media directory */
	char		 path[512];
	bool		 iso;
	struct release_id id;
};
/* false: it is no release; why. */
bool	found_tree(const char *path, struct found_tree *ret, char why[200]);
size_t	found_trees(const char *media, struct found_tree ret[FOUND_MAX]);

struct found_profile {
	char		 name[64], path[512], text[96], tree[64];	/* "" for none */
	enum release_os	 os;
};
bool	found_profile(const char *path, struct found_profile *ret, char why[512]);
size_t	found_profiles(const char *dir, struct found_profile ret[FOUND_MAX]);
/* The first of the usual directories that holds boot programs; NULL. */
const char *found_boot_programs(void);

#endif /* PROVD_CTL_FOUND_H */
