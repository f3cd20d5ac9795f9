/* daemon.c - start order, threads, reload. */
#include <sys/resource.h>
#include <sys/stat.h>
#include <errno.h>
#include <event2/event.h>
#include <grp.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../dhcpd/dhcp_record.h"
#include "../dhcpd/dhcpd.h"
#include "../lib/clock.h"
#include "../lib/log.h"
#include "../lib/notify.h"
#include "../lib/os.h"
#include "../pxe-menus/menu.h"
#include "api.h"
#include "api_net.h"
#include "daemon.h"
#include "hand.h"
#include "webhook.h"
#include "hook.h"
#include "kept.h"
#include "reload.h"
#include "trees.h"
#include "waves.h"

#define WORKER_MAIL	65536u
#define TICK_S		2	/* between two looks at who has come to a stop */
#define DISK_THREADS	4u	/* for each disk */
#define DISK_JOBS	4096u
#define STOP_S		8	/* SIGTERM to the end, at most */

static const struct service *const services[] = { &tftpd_service,
	&nfs_service, &httpd_service };
#define N_SERVICE	(sizeof(services) / sizeof(services[0]))

static bool
enabled(const struct cfg_top *top, const struct service *s)
{
	if (s == &httpd_service)
		return top->http.enabled;
	return s == &tftpd_service ? top->tftp.enabled : top->nfs.enabled;
}

static int
complain(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("provd: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	return 1;
}

/* As root --------------------------------------------------------------- */

static const char *
hint(int r)
{
	if (r == -EADDRINUSE)
		return "; another provd or another server has it";
	return r == -EACCES || r == -EPERM ? "; start provd as root, or give it "
	    "the capabilities to bind low ports and to send raw frames" : "";
}

static int
own_directory(const char *path, const char *user)
{
	struct passwd *pw = getpwnam(user);

	if (mkdir(path, 0750) == -1 && errno != EEXIST)
		return complain("state: %s: %s", path, strerror(errno));
	if (geteuid() != 0)
		return 0;
	if (pw == NULL)
		return complain("user: there is no user %s on this system; create it "
		    "(useradd --system %s) or name another", user, user);
	if (chown(path, pw->pw_uid, pw->pw_gid) == -1)
		return complain("state: %s: %s", path, strerror(errno));
	return 0;
}

/* A transfer takes two descriptors, so the usual 1,024 would end at 500. */
static void
raise_files(void)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == 0 && rl.rlim_cur < rl.rlim_max) {
		rl.rlim_cur = rl.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &rl);
	}
}

int
daemon_open(struct daemon *d, struct settings *set)
{
	const struct cfg_top *top = &set->cfg->top;
	char why[200] = "";
	int r;

	/* First, so that it has nothing of what is opened here. */
	if ((r = hook_fork(top->user, &d->hook)) < 0)
		return complain("hooks: %s", strerror(-r));
	raise_files();
	d->set = settings_ref(set);
	d->api_fd = -1;
	d->started = clock_unix();
	d->n_worker = top->threads != 0 ? top->threads : os_ncpu();
	if ((d->worker = calloc(d->n_worker, sizeof(*d->worker))) == NULL)
		return complain("out of memory");
	for (size_t i = 0; i < top->n_interface; i++) {
		struct os_iface ifc;

		if ((r = os_iface(top->interface[i], &ifc)) < 0)
			return complain("interface %s: %s", top->interface[i],
			    r == -EADDRNOTAVAIL ? "has no IPv4 address" : strerror(-r));
	}
	if (own_directory(top->state, top->user) != 0)
		return 1;
	if (top->dhcp.mode != DHCP_OFF && (r = dhcpd_open(set->cfg, &d->dhcpd, why)) < 0)
		return complain("%s%s", why, hint(r));
	for (unsigned i = 0; i < d->n_worker; i++) {
		for (size_t j = 0; j < N_SERVICE; j++) {
			if (!enabled(top, services[j]))
				continue;
			d->worker[i].service[j] = d->worker[0].service[j];
			if ((r = services[j]->open(set->cfg, i,
			    &d->worker[i].service[j], why)) < 0)
				return complain("%s%s", why, hint(r));
		}
	}
	if ((r = api_net_open(set->cfg, &d->net, why)) < 0)
		return complain("%s%s", why, hint(r));
	if ((r = api_listen(top->socket, top->user, &d->api_fd)) < 0)
		return complain("socket: %s: %s", top->socket, r == -EADDRINUSE ?
		    "another provd listens there" : strerror(-r));
	return 0;
}

/* Data threads ------------------------------------------------------------ */

static void *
worker_main(void *arg)
{
	struct worker_thread *t = arg;
	int r = 0;

	for (size_t i = 0; i < N_SERVICE && r == 0; i++)
		if (t->service[i] != NULL)
			r = services[i]->start(t->service[i], &t->w);
	if (r < 0) {
		log_ev(LOG_ERR, "worker.start", KV_N("thread", t->w.index), KV_ERR(r));
		kill(getpid(), SIGTERM);
	}
	event_base_loop(t->w.base, EVLOOP_NO_EXIT_ON_EMPTY);
	for (size_t i = 0; i < N_SERVICE; i++)
		if (t->service[i] != NULL)
			services[i]->stop(t->service[i]);
	return NULL;
}

struct letter {
	struct mbox_msg	 msg;
	struct worker	*w;
	struct snapshot	*snap;		/* NULL: stop */
};

static void
take_letter(struct mbox_msg *m)
{
	struct letter *l = (struct letter *)(void *)m;

	if (l->snap == NULL)
		event_base_loopbreak(l->w->base);
	else {
		snapshot_unref(l->w->snap);
		l->w->snap = l->snap;
	}
	free(l);
}

static void
post_letter(struct worker *w, struct snapshot *snap)
{
	struct letter *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return;		/* the worker keeps what it has */
	l->msg.run = take_letter;
	l->w = w;
	l->snap = snap != NULL ? snapshot_ref(snap) : NULL;
	if (mbox_post_always(w->mbox, &l->msg) < 0) {
		snapshot_unref(l->snap);
		free(l);
	}
}

static void
publish(void *arg, struct snapshot *snap)
{
	struct daemon *d = arg;

	for (unsigned i = 0; i < d->n_worker; i++)
		if (d->worker[i].thread != 0)
			post_letter(&d->worker[i].w, snap);
}

static int
start_workers(struct daemon *d)
{
	for (unsigned i = 0; i < d->n_worker; i++) {
		struct worker_thread *t = &d->worker[i];
		pthread_t id;
		int r;

		t->w = (struct worker){ .index = i, .pool = d->pool,
		    .port = fleet_port(d->fleet),
		    .snap = snapshot_ref(fleet_snapshot(d->fleet)) };
		if ((t->w.base = event_base_new()) == NULL)
			return -ENOMEM;
		if ((r = mbox_new(t->w.base, WORKER_MAIL, &t->w.mbox)) < 0)
			return r;
		if ((r = pthread_create(&id, NULL, worker_main, t)) != 0)
			return -r;
		t->thread = (unsigned long)id;
	}
	return 0;
}

/* Loops and disk threads end first; what they still owe each other is settled
 * by free_workers(), after the fleet has answered its last promise. */
static void
stop_workers(struct daemon *d)
{
	for (unsigned i = 0; i < d->n_worker; i++)
		if (d->worker[i].thread != 0)
			post_letter(&d->worker[i].w, NULL);
	for (unsigned i = 0; i < d->n_worker; i++)
		if (d->worker[i].thread != 0)
			pthread_join((pthread_t)d->worker[i].thread, NULL);
	pool_free(d->pool);
}

static void
free_workers(struct daemon *d)
{
	for (unsigned i = 0; i < d->n_worker; i++) {
		struct worker_thread *t = &d->worker[i];

		if (t->thread == 0)
			continue;
		mbox_close(t->w.mbox);
		mbox_free(t->w.mbox);
		snapshot_unref(t->w.snap);
		event_base_free(t->w.base);
	}
	free(d->worker);
}

/* Of their own, what a reload changes. */
int
daemon_prepare(struct daemon *d, const struct config *cfg, char why[200])
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < N_SERVICE; i++)
		if (d->worker[0].service[i] != NULL && services[i]->prepare != NULL)
			r = services[i]->prepare(d->worker[0].service[i], cfg, why);
	if (r == 0)
		r = api_net_prepare(d->net, cfg, why);
	return r;
}

void
daemon_commit(struct daemon *d, bool take)
{
	for (size_t i = 0; i < N_SERVICE; i++)
		if (d->worker[0].service[i] != NULL && services[i]->commit != NULL)
			services[i]->commit(d->worker[0].service[i], take);
	api_net_commit(d->net, take);
}

static int
start_notify(struct daemon *d)
{
	struct mbox **mbox = calloc(d->n_worker, sizeof(struct mbox *));
	int r;

	if (mbox == NULL)
		return -ENOMEM;
	for (unsigned i = 0; i < d->n_worker; i++)
		mbox[i] = d->worker[i].w.mbox;
	r = notify_new(d->base, mbox, d->n_worker, &d->notify);
	free(mbox);
	return r;
}

/* Running ----------------------------------------------------------------- */

/* A disk that does not answer would keep its threads, and so the process, for
 * ever.  All that was promised is on disk already; what still could be
 * written had time to. */
static void *
end_anyway(void *arg)
{
	(void)arg;
	(void)sleep(STOP_S);
	log_ev(LOG_WARNING, "stop", KV_S("err", "a disk does not answer"),
	    KV_S("did", "ended without it"));
	_exit(0);
}

static void
stop_in_time(void)
{
	pthread_t id;

	if (pthread_create(&id, NULL, end_anyway, NULL) == 0)
		(void)pthread_detach(id);
}

static void
on_term(int sig, short what, void *arg)
{
	struct daemon *d = arg;

	(void)what;
	log_ev(LOG_NOTICE, "stop", KV_N("signal", sig));
	notify_say(d->notify, "STOPPING=1");
	event_base_loopbreak(d->base);
}

static void
on_hup(int sig, short what, void *arg)
{
	(void)sig;
	(void)what;
	daemon_reload(arg, NULL, NULL);
}

static void
name_unreadable(void *arg, const char *path)
{
	log_ev(LOG_WARNING, "tree.unreadable", KV_S("tree", arg), KV_S("file", path),
	    KV_S("did", "not-served"));
}

/* Firmware that is not iPXE is sent for these. */
static void
check_programs(struct snapshot *s)
{
	static const char *const name[] = { "pxelinux.0", "ldlinux.c32",
	    "undionly.kpxe", "ipxe.efi" };
	struct node n;

	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++)
		if (view_walk(&s->programs_view, &tree_cred_root, name[i], true, 0,
		    &n) < 0)
			log_ev(LOG_WARNING, "boot-programs", KV_S("file", name[i]),
			    KV_S("err", "is not there"), KV_S("did", "not-served"));
}

static void
check_trees(struct daemon *d)
{
	struct snapshot *s = fleet_snapshot(d->fleet);

	for (size_t i = 0; i < s->n_tree; i++) {
		char name[64];

		snprintf(name, sizeof(name), "%s", tree_name(s->tree[i].tree));
		(void)tree_unreadable(s->tree[i].tree, 10, name_unreadable, name);
	}
}

static const char *
iface_down(void *arg)
{
	const struct daemon *d = arg;

	return d->dhcpd != NULL ? dhcpd_iface_down(d->dhcpd) : NULL;
}

static void
on_tick(int fd, short what, void *arg)
{
	struct daemon *d = arg;

	(void)fd;
	(void)what;
	fleet_tick(d->fleet, clock_unix());
}

static int
serve(struct daemon *d)
{
	const struct timeval tick_time = { .tv_sec = TICK_S };
	struct event *term, *intr, *hup, *tick;
	struct kept_list kept = { 0 };
	int r;

	char why[200];

	if ((r = pool_new(DISK_THREADS, DISK_JOBS, &d->pool)) < 0 ||
	    (r = mbox_new(d->base, DISK_JOBS, &d->mail)) < 0 ||
	    (r = trees_new(d, &d->trees)) < 0 ||
	    (r = reload_new(d, &d->reload)) < 0 ||
	    (r = kept_load(d->fleet, &kept)) < 0 || (r = reload_kept(d->reload, &kept)) < 0 ||
	    (r = fleet_start(d->fleet)) < 0 ||
	    (r = hand_new(d, &d->hand)) < 0 ||
	    (r = webhooks_new(d, &d->webhooks)) < 0 ||
	    (r = hook_start(d->hook, d->base)) < 0 ||
	    (r = waves_new(d, &d->waves)) < 0)
		return r;
	if ((r = hand_configure(d->hand, d->set->cfg, why)) < 0 ||
	    (r = webhooks_configure(d->webhooks, d->set->cfg, why)) < 0) {
		(void)complain("%s", why);
		return r;
	}
	check_programs(fleet_snapshot(d->fleet));
	check_trees(d);
	reload_left_out(d->set);
	trees_look(d->trees);
	if ((r = start_workers(d)) < 0 ||
	    (d->dhcpd != NULL && (r = dhcpd_start(d->dhcpd, d->fleet, d->base)) < 0) ||
	    (r = api_start(d, d->api_fd, &d->api)) < 0 ||
	    (r = start_notify(d)) < 0)
		return r;
	if (d->dhcpd != NULL && daemon_kept(d)->n > 0)
		dhcpd_reload(d->dhcpd, d->set->cfg);
	term = evsignal_new(d->base, SIGTERM, on_term, d);
	intr = evsignal_new(d->base, SIGINT, on_term, d);
	hup = evsignal_new(d->base, SIGHUP, on_hup, d);
	tick = event_new(d->base, -1, EV_PERSIST, on_tick, d);
	if (term == NULL || intr == NULL || hup == NULL || tick == NULL)
		return -ENOMEM;
	fleet_trouble(d->fleet, iface_down, d);
	event_add(tick, &tick_time);
	event_add(term, NULL);
	event_add(intr, NULL);
	event_add(hup, NULL);
	log_ev(LOG_NOTICE, "start", KV_S("file", d->set->cfg->file),
	    KV_N("threads", d->n_worker), KV_S("did", "serving"));
	notify_say(d->notify, "READY=1");
	event_base_loop(d->base, EVLOOP_NO_EXIT_ON_EMPTY);
	event_free(term);
	event_free(intr);
	event_free(hup);
	event_free(tick);
	return 0;
}

int
daemon_record(struct daemon *d, const char *file)
{
	struct dhcp_record *rec;
	char why[200];

	if (d->dhcpd == NULL)
		return complain("--record: DHCP is off");
	if (dhcp_record_open(file, &rec, why) < 0)
		return complain("%s", why);
	dhcpd_record(d->dhcpd, rec);
	return 0;
}

int
daemon_run(struct daemon *d)
{
	const struct cfg_top *top = &d->set->cfg->top;
	struct fleet_param p = { .cfg = d->set->cfg, .publish = publish, .arg = d };
	const char *reason = NULL;
	char why[200];
	int r;

	signal(SIGPIPE, SIG_IGN);
	/* Also before and after the loop, when libevent's handler is not there. */
	signal(SIGHUP, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);	/* a file that may not grow is a full disk */
	if ((r = os_drop(top->user, top->read_all, &reason)) < 0)
		return complain("user %s: %s: %s", top->user,
		    reason != NULL ? reason : "cannot become that user", strerror(-r));
	if ((d->base = event_base_new()) == NULL ||
	    (r = overlay_new(clock_unix(), &p.local)) < 0 ||
	    (r = menu_local(p.local)) < 0)
		return complain("out of memory");
	overlay_seal(p.local);
	p.base = d->base;
	r = fleet_open(&p, &d->fleet, why);
	overlay_unref(p.local);
	if (r < 0)
		return complain("%s", why);
	if ((r = serve(d)) < 0)
		return complain("start: %s", strerror(-r));
	stop_in_time();
	api_stop(d->api);
	unlink(top->socket);
	waves_stopping(d->waves);
	/* What is committed last, in fleet_stop(), still tells of its host. */
	hook_stop(d->hook);
	d->hook = NULL;
	webhooks_free(d->webhooks);
	hand_free(d->hand);
	dhcpd_stop(d->dhcpd);
	d->dhcpd = NULL;
	stop_workers(d);
	reload_stop(d->reload);
	mbox_close(d->mail);
	mbox_free(d->mail);
	reload_free(d->reload);
	trees_free(d->trees);
	fleet_stop(d->fleet);
	waves_free(d->waves);
	free_workers(d);
	notify_free(d->notify);
	event_base_free(d->base);
	api_net_close(d->net);		/* its connections ended in there */
	settings_unref(d->set);
	return 0;
}
