/* daemon.h - the running program: control thread, data threads, reload.
 *
 * daemon_run() returns when a signal asked for it.  Layer: provd.
 */
#ifndef PROVD_DAEMON_H
#define PROVD_DAEMON_H

#include "../fleet/fleet.h"
#include "../fleet/service.h"
#include "settings.h"

struct dhcpd;
struct api;
struct api_net;
struct hand;
struct webhooks;
struct hook;
struct notify;
struct reload;
struct trees;
struct waves;

struct worker_thread {
	struct worker	 w;
	void		*service[4];	/* instance of services[i] */
	unsigned long	 thread;	/* pthread_t; 0: not running */
};

struct daemon {
	struct settings	*set;
	struct event_base *base;	/* control thread */
	struct fleet	*fleet;
	struct dhcpd	*dhcpd;		/* NULL when off */
	struct api	*api;
	struct api_net	*net;		/* HTTPS; NULL when off */
	struct webhooks	*webhooks;
	struct hand	*hand;		/* to other DHCP servers */
	struct hook	*hook;		/* runs programs */
	struct waves	*waves;
	struct pool	*pool;
	struct reload	*reload;
	struct notify	*notify;	/* the service manager */
	struct trees	*trees;		/* what each tree is */
	struct mbox	*mail;		/* answers of disk threads to the control thread */
	struct worker_thread *worker;
	unsigned	 n_worker;
	int		 api_fd;
	int64_t		 started;	/* seconds since 1970 */
};

/* As root: sockets and directories.  1 on failure, with one line on stderr. */
int	daemon_open(struct daemon *, struct settings *);
/* Likewise, after it: every DHCP packet goes to this file. */
int	daemon_record(struct daemon *, const char *file);
/* Unprivileged: store, trees, threads; serves until SIGTERM.  Exit code. */
int	daemon_run(struct daemon *);
/* What services have to do for a reload; service.h. */
int	daemon_prepare(struct daemon *, const struct config *, char why[200]);
void	daemon_commit(struct daemon *, bool take);

#endif /* PROVD_DAEMON_H */
