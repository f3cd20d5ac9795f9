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
#include "webhook.h"
#include "kept.h"
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
	struct kept_list kept;		/* hosts that the file does not have */
	struct change	*changes, **last;	/* of these, that wait */
	struct change	*change;	/* under way; NULL: the files are read */
	struct commit	*commit;
	/* The thread's while it runs: */
	struct settings	*old, *set;
	struct fleet_trees open, trees;
	struct kept_list next_kept;
	struct buf	 why;
	int		 result;
};

struct change {
	struct change	   *next;
	struct kept_list    list;
	daemon_reloaded_fn *done;
	void		   *arg;
};

/* On its way to the disk; may outlive what it is for. */
struct commit {
	struct reload	*l;		/* NULL: it has gone */
	size_t		 left;
	int		 result;
};

static void start(struct reload *);
static void start_change(struct reload *);

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
	for (p = set->cfg->left_out.p; p != NULL && (nl = strchr(p, '\n')) != NULL; p = nl + 1) {
		n = strcspn(p, " ");
		snprintf(name, sizeof(name), "%.*s", (int)n, p);
		snprintf(why, sizeof(why), "%.*s", (int)(nl - p - (ptrdiff_t)n - 1), p + n + 1);
		log_ev(LOG_WARNING, "host.kept", KV_S("host", name), KV_S("err", why),
		    KV_S("did", "left-out"));
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
	if (r == 0 && (r = webhooks_configure(d->webhooks, cfg, text)) < 0)
		buf_printf(&l->why, "%s: %s\n", cfg->file, text);
	if (r == 0 && (r = fleet_reload(d->fleet, cfg, &l->trees, text)) < 0) {
		buf_printf(&l->why, "%s\n", text);
		(void)hand_configure(d->hand, d->set->cfg, text);
		(void)webhooks_configure(d->webhooks, d->set->cfg, text);
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
	kept_free(&l->next_kept);
	buf_free(&l->why);
}

static void
go_on(struct reload *l)
{
	if (l->again)
		start(l);
	else if (l->changes != NULL)
		start_change(l);
}

/* Hosts that the file does not have ------------------------------------------- */

static void
changed(struct reload *l, int r)
{
	struct change *c = l->change;

	if (r == 0 && (r = exchange(l)) == 0) {
		kept_free(&l->kept);
		l->kept = l->next_kept;
		l->next_kept = (struct kept_list){ 0 };
		log_ev(LOG_NOTICE, "host.kept", KV_N("hosts", c->list.n),
		    KV_S("did", "changed"));
	}
	l->change = NULL;
	l->running = false;
	if (l->why.len > 0 && l->why.p[l->why.len - 1] == '\n')
		l->why.p[--l->why.len] = '\0';
	c->done(c->arg, r, r == 0 ? "" : l->why.p != NULL ? l->why.p : strerror(-r));
	kept_free(&c->list);
	free(c);
	clear(l);
	go_on(l);
}

static void
committed(void *arg, int result)
{
	struct commit *c = arg;
	struct reload *l = c->l;

	if (result < 0)
		c->result = result;
	if (--c->left > 0)
		return;
	if (l != NULL) {
		l->commit = NULL;
		if (c->result < 0)
			buf_printf(&l->why, "nothing was changed: %s", strerror(-c->result));
		changed(l, c->result);
	}
	free(c);
}

/* Each change must have become a host. */
static int
fits(struct reload *l)
{
	const struct kept_list *list = &l->change->list;

	for (size_t i = 0; i < list->n; i++) {
		const char *why = config_left_out(l->set->cfg, list->host[i].name);

		if (list->host[i].text == NULL || why == NULL)
			continue;
		buf_printf(&l->why, "%.*s", (int)strcspn(why, "\n"), why);
		return -EINVAL;
	}
	return 0;
}

static void
commit(struct reload *l)
{
	const struct kept_list *list = &l->change->list;
	struct commit *c = calloc(1, sizeof(*c));
	int r = 0;

	if (c == NULL) {
		changed(l, -ENOMEM);
		return;
	}
	*c = (struct commit){ .l = l, .left = list->n + 1 };
	l->commit = c;
	for (size_t i = 0; i < list->n; i++) {
		const struct cfg_kept *k = &list->host[i];
		char *text = k->text != NULL ? kept_text(k) : NULL;

		r = k->text != NULL && text == NULL ? -ENOMEM : fleet_keep(l->d->fleet,
		    KEEP_HOST, k->name, text, committed, c);
		free(text);
		if (r < 0)
			committed(c, r);
	}
	committed(c, 0);
}

static void
has_read(struct mbox_msg *m)
{
	struct reload *l = (struct reload *)(void *)m;
	int r = l->result;

	if (l->stopping)
		return;
	(void)pthread_join(l->thread, NULL);
	if (l->change != NULL) {
		if (r == 0 && (r = fits(l)) == 0)
			commit(l);
		else
			changed(l, r);
		return;
	}
	l->running = false;
	if (r == 0)
		r = exchange(l);
	daemon_commit(l->d, r == 0);
	say(l, r);
	tell(&l->now, r, r == 0 ? "" : l->why.p != NULL ? l->why.p : "out of memory");
	clear(l);
	go_on(l);
}

/* The thread's part ------------------------------------------------------------ */

static void *
read_all(void *arg)
{
	struct reload *l = arg;
	char text[200] = "";

	l->result = l->change != NULL ?
	    settings_again(l->old, l->next_kept.host, l->next_kept.n, &l->set, &l->why) :
	    settings_load(l->old->cfg->file, l->next_kept.host, l->next_kept.n, &l->set, &l->why);
	if (l->result == 0 && (l->result = fleet_trees_open(&l->open, l->set->cfg,
	    &l->trees, text)) < 0)
		buf_printf(&l->why, "%s\n", text);
	if (l->result == 0 && l->change == NULL && (l->result = daemon_prepare(l->d, l->set->cfg, text)) < 0)
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
	    (r = kept_copy(&l->kept, &l->next_kept)) == 0 && (r = start_thread(l)) == 0) {
		l->running = true;
		return;
	}
	buf_printf(&l->why, "%s\n", strerror(-r));
	say(l, r);
	tell(&l->now, r, strerror(-r));
	clear(l);
}

static void
start_change(struct reload *l)
{
	struct change *c = l->changes;
	int r;

	if ((l->changes = c->next) == NULL)
		l->last = &l->changes;
	l->change = c;
	l->running = true;
	l->old = settings_ref(l->d->set);
	l->msg.run = has_read;
	if ((r = fleet_trees_hold(l->d->fleet, &l->open)) < 0 ||
	    (r = kept_copy(&l->kept, &l->next_kept)) < 0 ||
	    (r = kept_apply(&l->next_kept, &c->list)) < 0 || (r = start_thread(l)) < 0)
		changed(l, r);
}

int
daemon_change_hosts(struct daemon *d, struct kept_list *list, daemon_reloaded_fn *done, void *arg)
{
	struct reload *l = d->reload;
	struct change *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return -ENOMEM;
	*c = (struct change){ .list = *list, .done = done, .arg = arg };
	*list = (struct kept_list){ 0 };
	*l->last = c;
	l->last = &c->next;
	if (!l->running)
		start_change(l);
	return 0;
}

const struct kept_list *
daemon_kept(const struct daemon *d)
{
	return &d->reload->kept;
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
	l->last = &l->changes;
	*ret = l;
	return 0;
}

/* What the store had, before anything is served. */
int
reload_kept(struct reload *l, struct kept_list *list)
{
	struct daemon *d = l->d;
	struct settings *set;
	struct buf why = { 0 };
	int r;

	l->kept = *list;
	*list = (struct kept_list){ 0 };
	if (l->kept.n == 0)
		return 0;
	if ((r = settings_again(d->set, l->kept.host, l->kept.n, &set, &why)) == 0) {
		settings_unref(d->set);
		d->set = set;
		fleet_use(d->fleet, set->cfg);
	} else if (r != -ENOMEM) {
		log_ev(LOG_ERR, "host.kept", KV_S("err", why.p), KV_S("did", "left-out"));
		r = 0;
	}
	buf_free(&why);
	return r;
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
	if (l->commit != NULL)
		l->commit->l = NULL;
	if (l->change != NULL) {
		l->change->next = l->changes;
		l->changes = l->change;
	}
	for (struct change *c; (c = l->changes) != NULL; ) {
		l->changes = c->next;
		c->done(c->arg, -ESHUTDOWN, "provd stops");
		kept_free(&c->list);
		free(c);
	}
	kept_free(&l->kept);
	clear(l);
	free(l);
}
