/* provctl.h - what the files of provctl(8) share.  Layer: provd. */
#ifndef PROVD_PROVCTL_H
#define PROVD_PROVCTL_H

#include <stdbool.h>

/* Exit codes, for scripts. */
enum { DONE = 0, REFUSED = 1, USAGE = 2, NO_SERVER = 3, LEFT_OUT = 4 };

struct ctl_opt {
	const char	*socket;	/* NULL: not given */
	const char	*config;	/* provd.yaml */
	const char	*dir;		/* media directory, NULL: as the configuration says */
	bool		 json, yes, dry, replace;
	bool		 hosts, leases;	/* import: leases become hosts, or the running provd's */
	const char	*profile, *tree, *packet, *interface;
};

/* provctl.c: says so; NO_SERVER */
int	ctl_no_server(const struct ctl_opt *, int err);
/* ctl_steer.c: POST the action for each host; said: what is printed behind its state. */
int	ctl_steer(const struct ctl_opt *, char **host, const char *action, const char *said);
char	*ctl_host_path(const struct ctl_opt *, const char *host, const char *action);
/* ctl_media.c: media add|list|check|remove ... */
int	ctl_media(const struct ctl_opt *, int n, char **arg);
extern const char ctl_media_usage[];
/* ctl_import.c: import FILE ... */
int	ctl_import(const struct ctl_opt *, int n, char **file);
extern const char ctl_import_usage[];

/* ctl_leases.c: what leases were read go to the running provd. */
struct import;
int	ctl_leases(const char *socket, struct import *);

/* ctl_replay.c: replay FILE, -c: another configuration than the recorded one, or NULL. */
int	ctl_replay(const char *config, const char *file);

#endif /* PROVD_PROVCTL_H */
