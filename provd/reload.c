/* reload.c - see reload.h. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../dhcpd/dhcpd.h"
#include "../lib/log.h"
#include "../lib/os.h"
#include "daemon.h"
#include "hand.h"
#include "reload.h"
#include "trees.h"

struct waiter {
	struct waiter	   *next;
	daemon_reloaded_fn *done;
	void		   *arg;
};

struct reload {
	struct mbox_msg	 msg;		/* the thread has done its part */
	struct daemon	*d;
	bool		 running, again, stopping;
	pthread_t	 thread;
	struct waiter	*now, *next;	/* for this one, for the next */
	/* The thread's while it runs: */
	struct settings	*old, *set;
	struct fleet_trees open, trees;
	struct buf	 why;
	int		 result;
};

static void start(struct reload *);

/* Who waits ----------------------------------------------------------------- */

static void
tell(struct waiter **list, int r, const char *why)
{
	struct waiter *w;

	while ((w = *list) != NULL) {
		*list = w->next;
		w->done(w->arg, r, why);
		free(w);
	}
}

void
reload_left_out(const struct settings *set)
{
	const char *p = set->left_out.p, *nl;
	char name[64], why[256];
	size_t n;

	for (; p != NULL && (nl = strchr(p, '\n')) != NULL; p = nl + 1) {
		n = strcspn(p, " ");
		snprintf(name, sizeof(name), "%.*s", (int)n, p);
		snprintf(why, sizeof(why), "%.*s", (int)(nl - p - (ptrdiff_t)n - 1), p + n + 1);
		log_ev(LOG_WARNING, "media", KV_S("tree", name), KV_S("err", why),
		    KV_S("did", "not-served"));
	}
}

/* The control thread's part ---------------------------------------------------- */

/* All or nothing. */
static int
exchange(struct reload *l)
{
	struct daemon *d = l->d;
	struct config *cfg = l->set->cfg;
	const char *key;
	char text[200] = "";
	int r = 0;

	if ((key = config_needs_restart(d->set->cfg, cfg)) != NULL) {
		buf_printf(&l->why, "%s: %s cannot change without a restart\n",
		    cfg->file, key);
		r = -EINVAL;
	}
	if (r == 0 && (r = hand_configure(d->hand, cfg, text)) < 0)
		buf_printf(&l->why, "%s: %s\n", cfg->file, text);
	if (r == 0 && (r = fleet_reload(d->fleet, cfg, &l->trees, text)) < 0) {
		buf_printf(&l->why, "%s\n", text);
		(void)hand_configure(d->hand, d->set->cfg, text);
	}
	if (r < 0)
		return r;
	if (d->dhcpd != NULL)
		dhcpd_reload(d->dhcpd, cfg);
	settings_unref(d->set);
	d->set = settings_ref(l->set);
	return 0;
}

static void
say(struct reload *l, int r)
{
	struct daemon *d = l->d;

	if (r == 0) {
		log_ev(LOG_NOTICE, "reload", KV_S("file", d->set->cfg->file),
		    KV_S("did", "reloaded"));
		reload_left_out(l->set);
		trees_look(d->trees);
		return;
	}
	if (l->why.len > 0 && l->why.p[l->why.len - 1] == '\n')
		l->why.p[--l->why.len] = '\0';
	log_ev(LOG_ERR, "reload", KV_S("file", d->set->cfg->file),
	    KV_S("err", l->why.p), KV_S("did", "kept-old"));
}

/* To free 65,536 hosts takes its time, too. */
struct forget { struct pool_job job; struct settings *set; };

static void
forget(struct pool_job *pj)
{
	settings_unref(((struct forget *)(void *)pj)->set);
	os_memory_back();
}

static void
forgotten(struct mbox_msg *m)
{
	free(m);	/* job.msg comes first */
}

static void
forget_later(struct reload *l, struct settings *set)
{
	struct forget *f = set != NULL && !l->stopping ? malloc(sizeof(*f)) : NULL;

	if (f != NULL) {
		*f = (struct forget){ .job = { .msg.run = forgotten, .run = forget,
		    .reply = l->d->mail }, .set = set };
		if (pool_submit(l->d->pool, &f->job) == 0)
			return;
		free(f);
	}
	settings_unref(set);
}

static void
clear(struct reload *l)
{
	forget_later(l, l->old);
	settings_unref(l->set);
	l->old = l->set = NULL;
	fleet_trees_free(&l->open);
	fleet_trees_free(&l->trees);
	buf_free(&l->why);
}

static void
has_read(struct mbox_msg *m)
{
	struct reload *l = (struct reload *)(void *)m;
	int r = l->result;

	if (l->stopping)
		return;
	(void)pthread_join(l->thread, NULL);
	l->running = false;
	if (r == 0)
		r = exchange(l);
	daemon_commit(l->d, r == 0);
	say(l, r);
	tell(&l->now, r, r == 0 ? "" : l->why.p != NULL ? l->why.p : "out of memory");
	clear(l);
	if (l->again)
		start(l);
}

/* The thread's part ------------------------------------------------------------ */

static void *
read_all(void *arg)
{
	struct reload *l = arg;
	char text[200] = "";

	l->result = settings_load(l->old->cfg->file, NULL, 0, &l->set, &l->why);
	if (l->result == 0 && (l->result = fleet_trees_open(&l->open, l->set->cfg,
	    &l->trees, text)) < 0)
		buf_printf(&l->why, "%s\n", text);
	if (l->result == 0 && (l->result = daemon_prepare(l->d, l->set->cfg, text)) < 0)
		buf_printf(&l->why, "%s: %s\n", l->set->cfg->file, text);
	os_memory_back();	/* what the file was read into */
	(void)mbox_post_always(l->d->mail, &l->msg);
	return NULL;
}

/* Signals are the control thread's business. */
static int
start_thread(struct reload *l)
{
	sigset_t all, mask;
	int r;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &mask);
	r = -pthread_create(&l->thread, NULL, read_all, l);
	(void)pthread_sigmask(SIG_SETMASK, &mask, NULL);
	return r;
}

static void
start(struct reload *l)
{
	int r;

	l->again = false;
	l->now = l->next;
	l->next = NULL;
	l->old = settings_ref(l->d->set);
	l->msg.run = has_read;
	if ((r = fleet_trees_hold(l->d->fleet, &l->open)) == 0 &&
	    (r = start_thread(l)) == 0) {
		l->running = true;
		return;
	}
	buf_printf(&l->why, "%s\n", strerror(-r));
	say(l, r);
	tell(&l->now, r, strerror(-r));
	clear(l);
}

void
daemon_reload(struct daemon *d, daemon_reloaded_fn *done, void *arg)
{
	struct reload *l = d->reload;
	struct waiter *w;

	if (done != NULL) {
		if ((w = malloc(sizeof(*w))) == NULL) {
			done(arg, -ENOMEM, strerror(ENOMEM));
			return;
		}
		*w = (struct waiter){ l->next, done, arg };
		l->next = w;
	}
	if (l->running)
		l->again = true;
	else
		start(l);
}

/* Life ------------------------------------------------------------------------- */

int
reload_new(struct daemon *d, struct reload **ret)
{
	struct reload *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return -ENOMEM;
	l->d = d;
	*ret = l;
	return 0;
}

void
reload_stop(struct reload *l)
{
	l->stopping = true;
	if (l->running)
		(void)pthread_join(l->thread, NULL);
}

void
reload_free(struct reload *l)
{
	tell(&l->now, -ESHUTDOWN, "provd stops");
	tell(&l->next, -ESHUTDOWN, "provd stops");
	clear(l);
	free(l);
}
