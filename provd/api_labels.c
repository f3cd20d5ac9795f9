/* api_labels.c - labels and origins of hosts, in the API's answers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api_int.h"

static json_t *
text(const char *s)
{
	json_t *j = s != NULL ? json_string(s) : json_null();

	return j != NULL ? j : json_string("?");
}

void
api_host_labels(struct fleet *f, const struct fleet_host *h, json_t *o)
{
	const struct config *cfg = fleet_config(f);
	json_t *label = json_object(), *group = json_array();
	const uint16_t *member;
	size_t n;

	json_object_set_new(o, "labels", label);
	json_object_set_new(o, "groups", group);
	json_object_set_new(o, "origin", text(h->cfg != NULL ?
	    cfg_origin_name(config_origin(cfg, h->cfg)) : NULL));
	if (h->cfg == NULL)
		return;
	for (size_t i = 0; i < h->cfg->n_label; i++)
		json_object_set_new(label, h->cfg->label[i].key, text(h->cfg->label[i].value));
	n = config_groups(cfg, h->cfg, &member);
	for (size_t i = 0; i < n; i++)
		json_array_append_new(group, text(cfg->top.group[member[i]].head.name));
}

/* Who says it ------------------------------------------------------------- */

static void
add(json_t *list, const char *what, const char *value, const char *by)
{
	json_t *o = json_object();

	json_object_set_new(o, "name", text(what));
	json_object_set_new(o, "value", text(value));
	json_object_set_new(o, "by", text(by));
	json_array_append_new(list, o);
}

static void
add_said(json_t *list, const struct config *cfg, const struct cfg_host *h, const char *what,
    const char *value, const struct cfg_head *by)
{
	char buf[400];

	if (by == NULL || value == NULL)
		return;
	config_by_text(cfg, h, by, by->mark, buf, sizeof(buf));
	add(list, what, value, buf);
}

static void
add_vars(json_t *list, struct daemon *d, const struct cfg_host *h, const struct profile *p)
{
	const struct config *cfg = d->set->cfg;
	struct cfg_said *said;
	int n = config_vars(cfg, h, true, &said);
	char buf[400];

	for (int i = 0; i < n; i++) {
		config_by_text(cfg, h, said[i].by, said[i].mark, buf, sizeof(buf));
		add(list, said[i].key, said[i].value, buf);
	}
	for (size_t i = 0; p != NULL && i < p->p.n_vars; i++) {
		bool over = false;

		for (int k = 0; k < n && !over; k++)
			over = strcmp(said[k].key, p->p.vars[i].key) == 0;
		if (over)
			continue;
		snprintf(buf, sizeof(buf), "profile %s (%s:%u)", p->p.name, p->file,
		    p->p.vars[i].mark.line);
		add(list, p->p.vars[i].key, p->p.vars[i].value, buf);
	}
	free(said);
}

void
api_host_origin(struct daemon *d, const struct fleet_host *h, json_t *o)
{
	const struct config *cfg = d->set->cfg;
	const struct cfg_host *c = h->cfg != NULL ? config_host(cfg, h->rec.name) : NULL;
	json_t *said = json_array(), *vars = json_array();
	const struct cfg_head *by = NULL;
	const struct profile *p = NULL;

	json_object_set_new(o, "said", said);
	json_object_set_new(o, "vars", vars);
	if (c == NULL)
		return;
	by = config_profile_by(cfg, c);
	add_said(said, cfg, c, "profile", c->profile, by);
	if (c->profile != NULL)
		p = settings_profile(d->set, c->profile);
	if ((by = config_tree_by(cfg, c)) != NULL)
		add_said(said, cfg, c, "tree", c->tree, by);
	else if (p != NULL && p->p.tree != NULL) {
		char buf[400];

		snprintf(buf, sizeof(buf), "profile %s (%s)", p->p.name, p->file);
		add(said, "tree", p->p.tree, buf);
	}
	add_vars(vars, d, c, p);
}
