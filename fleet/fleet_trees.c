/* fleet_trees.c - the trees of a configuration: opened by whoever may wait for
 * a disk, exchanged by the control thread. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fleet_int.h"

static void
tree_done(struct fl_tree *t)
{
	free(t->name);
	free(t->sources);
	tree_unref(t->tree);
}

void
fleet_trees_free(struct fleet_trees *t)
{
	while (t->n > 0)
		tree_done(&t->tree[--t->n]);
	free(t->tree);
	*t = (struct fleet_trees){ 0 };
}

int
fleet_trees_hold(const struct fleet *f, struct fleet_trees *ret)
{
	*ret = (struct fleet_trees){ 0 };
	if ((ret->tree = calloc(f->trees.n + 1, sizeof(*ret->tree))) == NULL)
		return -ENOMEM;
	for (; ret->n < f->trees.n; ret->n++) {
		const struct fl_tree *from = &f->trees.tree[ret->n];
		struct fl_tree *to = &ret->tree[ret->n];

		to->name = strdup(from->name);
		to->sources = strdup(from->sources);
		to->tree = tree_ref(from->tree);
		if (to->name == NULL || to->sources == NULL) {
			tree_done(to);
			fleet_trees_free(ret);
			return -ENOMEM;
		}
	}
	return 0;
}

struct fl_tree *
fl_tree_find(const struct fleet_trees *t, const char *name)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->tree[i].name, name) == 0)
			return &t->tree[i];
	return NULL;
}

/* The tree as it is open already, if nothing about it has changed. */
static int
open_one(const struct fleet_trees *now, const struct cfg_tree *ct,
    struct fl_tree *ret, char why[200])
{
	struct tree_source src[TREE_SOURCES_MAX];
	size_t n = config_tree_sources(ct, src);
	struct fl_tree *old = fl_tree_find(now, ct->head.name);
	struct buf b = { 0 };

	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s\n", src[i].path);
	ret->name = strdup(ct->head.name);
	ret->sources = buf_steal(&b, NULL);
	snprintf(why, 200, "%s", strerror(ENOMEM));
	if (ret->name == NULL || ret->sources == NULL)
		return -ENOMEM;
	if (old != NULL && strcmp(old->sources, ret->sources) == 0 &&
	    tree_is_current(old->tree)) {
		ret->tree = tree_ref(old->tree);
		return 0;
	}
	return tree_open(ct->head.name, src, n, &ret->tree, why);
}

/* File handles tell trees apart by a hash of the name. */
static bool
is_twin(const struct fleet_trees *t, const struct tree *tree)
{
	for (size_t i = 0; i < t->n; i++)
		if (tree_id(t->tree[i].tree) == tree_id(tree))
			return true;
	return false;
}

int
fleet_trees_open(const struct fleet_trees *now, const struct config *cfg,
    struct fleet_trees *ret, char why[200])
{
	const struct cfg_top *top = &cfg->top;
	char text[200];
	int r = 0;

	*ret = (struct fleet_trees){ 0 };
	if ((ret->tree = calloc(top->n_tree + 1, sizeof(*ret->tree))) == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < top->n_tree; i++, ret->n++) {
		const struct cfg_tree *ct = &top->tree[i];
		struct fl_tree *t = &ret->tree[i];

		r = open_one(now, ct, t, text);
		if (r == 0 && is_twin(ret, t->tree)) {
			r = -EEXIST;
			snprintf(text, sizeof(text), "%s", strerror(EEXIST));
		}
		if (r == 0)
			continue;
		snprintf(why, 200, "%.60s:%u:%u: trees.%s: %.99s", cfg->file,
		    ct->head.mark.line, ct->head.mark.col, ct->head.name, text);
		tree_done(t);
		fleet_trees_free(ret);
		break;
	}
	return r;
}

void
fl_trees_take(struct fleet *f, struct fleet_trees *t)
{
	fleet_trees_free(&f->trees);
	f->trees = *t;
	*t = (struct fleet_trees){ 0 };
}
