/* provctl.h - what the files of provctl(8) share.
 *
 * A command is a row in provctl.c's table: int ctl_NAME(options, number of
 * arguments, arguments), NULL behind the last; its result is the exit code.
 * Layer: provd. */
#ifndef PROVD_PROVCTL_H
#define PROVD_PROVCTL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "../lib/buf.h"

/* Exit codes, for scripts. */
enum { DONE = 0, REFUSED = 1, USAGE = 2, NO_SERVER = 3, LEFT_OUT = 4, TIMED_OUT = 5 };

struct ctl_opt {
	const char	*socket, *config;
	bool		 own_socket, own_config;	/* said, not the default */
	const char	*dir;		/* media directory, NULL: as the configuration says */
	bool		 json, yes, dry, replace, all, origin, follow, yaml, retry, always;
	bool		 packets, unknown;	/* show, hosts */
	bool		 hosts, leases;	/* import: leases become hosts, or the running provd's */
	const char	*profile, *tree, *packet, *interface, *mode, *host, *until, *timeout;
	const char	*right;		/* token: look or steer */
	const char	*name, *label;	/* adopt */
	const char	*size, *max_failed, *power;	/* wave */
};

typedef int ctl_command(const struct ctl_opt *, int n, char **arg);
/* ctl_look.c */
ctl_command ctl_hosts, ctl_plan, ctl_render, ctl_leases, ctl_status, ctl_trees,
    ctl_explain;
/* ctl_watch.c, ctl_follow.c */
ctl_command ctl_watch, ctl_log, ctl_wait;
/* ctl_show.c */
ctl_command ctl_show;
int	ctl_unknown(const struct ctl_opt *);
/* ctl_steer.c */
ctl_command ctl_arm, ctl_disarm, ctl_inspect, ctl_boot, ctl_reload;
/* ctl_media.c, ctl_import.c, ctl_replay.c, ctl_init.c, ctl_token.c */
ctl_command ctl_media, ctl_import, ctl_replay, ctl_init, ctl_token;
int	ctl_usage(const char *command);	/* says how it is used; USAGE */

/* ctl_call.c: answers of the running provd.  What went wrong was said. */
int	ctl_no_server(const struct ctl_opt *, int err);		/* says so; NO_SERVER */
/* Ask.  DONE: *ret is the answer (printed already with --json), or with raw its bytes. */
int	ctl_json(const struct ctl_opt *, const char *method, const char *path, const void *body,
	    size_t len, json_t **ret, struct buf *raw);
/* /v1/hosts/HOST ACTION, with --profile and --tree. */
char	*ctl_host_path(const struct ctl_opt *, const char *host, const char *action);
int	ctl_host(const struct ctl_opt *, const char *method, const char *host, const char *action,
	    json_t **ret);
void	ctl_progress(const json_t *host, char *buf, size_t cap);	/* ctl_look.c: in half a line */
const char *ctl_get(const json_t *, const char *key);	/* "": not there */
long long ctl_num(const json_t *, const char *key);

/* ctl_wave.c */
ctl_command ctl_wave;
/* ctl_power.c */
ctl_command ctl_power;
/* ctl_kept.c */
ctl_command ctl_add, ctl_set, ctl_delete, ctl_adopt;
int	ctl_kept_yaml(const struct ctl_opt *);

/* ctl_pick.c: the hosts that arguments and --all mean, NULL behind the last;
 * *ret is freed by ctl_pick_free().  Names alone are not asked for. */
int	ctl_pick(const struct ctl_opt *, int n, char **arg, char ***ret);
void	ctl_pick_free(char **);
bool	ctl_is_name(const char *arg);
char	*ctl_pick_text(const struct ctl_opt *, int n, char **arg);	/* one selector of all */

/* ctl_import.c: what leases were read go to the running provd. */
struct import;
int	ctl_carry(const char *socket, struct import *);

#endif /* PROVD_PROVCTL_H */
