/* trees.c - every tree is looked at once. */
#include "trees.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/log.h"
#include "daemon.h"

struct trees {
	struct daemon		*d;
	struct tree_known	*t;
	size_t			 n;
};

struct look_job {
	struct pool_job	 job;		/* first */
	struct trees	*ts;
	struct snapshot	*snap;		/* keeps the view */
	const struct view *view;
	struct tree_known known;	/* borrows its tree from snap */
	int		 err;
};

static void
look(struct pool_job *pj)
{
	struct look_job *j = (struct look_job *)(void *)pj;

	j->err = release_identify(j->view, &j->known.id, j->known.why);
}

static void
say(const char *name, const struct tree_known *t, int err)
{
	char text[160];

	if (err < 0) {
		log_ev(LOG_WARNING, "tree", KV_S("tree", name), KV_ERR(err),
		    KV_S("did", "served-unknown"));
		return;
	}
	release_id_text(&t->id, text);
	if (t->id.os == RELEASE_NONE)
		log_ev(LOG_WARNING, "tree", KV_S("tree", name), KV_S("is", text),
		    KV_S("err", t->why), KV_S("did", "served-as-files"));
	else
		log_ev(LOG_NOTICE, "tree", KV_S("tree", name), KV_S("is", text));
}

static struct tree_known *
find(const struct trees *ts, const struct tree *tree)
{
	for (size_t i = 0; i < ts->n; i++)
		if (ts->t[i].tree == tree)
			return &ts->t[i];
	return NULL;
}

/* Control thread. */
static void
looked(struct mbox_msg *m)
{
	struct look_job *j = (struct look_job *)(void *)m;
	struct tree_known *t = find(j->ts, j->known.tree);

	if (t != NULL) {	/* not gone by another reload */
		if (j->err == 0) {
			*t = j->known;
			t->known = true;
		}
		say(tree_name(t->tree), t, j->err);
	}
	snapshot_unref(j->snap);
	free(j);
}

static void
submit(struct trees *ts, struct snapshot *s, size_t i)
{
	struct look_job *j = calloc(1, sizeof(*j));
	int r = -ENOMEM;

	if (j != NULL) {
		*j = (struct look_job){ .job = { .msg.run = looked, .run = look,
		    .reply = ts->d->mail, .lane = view_lane(&s->tree[i].view) }, .ts = ts, .snap = snapshot_ref(s),
		    .view = &s->tree[i].view, .known.tree = s->tree[i].tree };
		if ((r = pool_submit(ts->d->pool, &j->job)) == 0)
			return;
		snapshot_unref(j->snap);
		free(j);
	}
	say(tree_name(s->tree[i].tree), NULL, r);
}

int
trees_new(struct daemon *d, struct trees **ret)
{
	if ((*ret = calloc(1, sizeof(**ret))) == NULL)
		return -ENOMEM;
	(*ret)->d = d;
	return 0;
}

void
trees_look(struct trees *ts)
{
	struct snapshot *s = fleet_snapshot(ts->d->fleet);
	struct trees old = *ts;
	const struct tree_known *k;

	if ((ts->t = calloc(s->n_tree + 1, sizeof(*ts->t))) == NULL) {
		ts->t = old.t;
		return;
	}
	ts->n = s->n_tree;
	for (size_t i = 0; i < s->n_tree; i++) {
		k = find(&old, s->tree[i].tree);
		ts->t[i] = k != NULL ? *k : (struct tree_known){ .known = false };
		ts->t[i].tree = tree_ref(s->tree[i].tree);
		if (k == NULL)
			submit(ts, s, i);
	}
	for (size_t i = 0; i < old.n; i++)
		tree_unref(old.t[i].tree);
	free(old.t);
}

const struct tree_known *
trees_find(const struct trees *ts, const struct tree *tree)
{
	return find(ts, tree);
}

void
trees_free(struct trees *ts)
{
	if (ts == NULL)
		return;
	for (size_t i = 0; i < ts->n; i++)
		tree_unref(ts->t[i].tree);
	free(ts->t);
	free(ts);
}
