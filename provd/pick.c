/* pick.c - see pick.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../fleet/select.h"
#include "pick.h"

struct picking {
	const struct config	*cfg;
	const struct select	*s;
	struct picked		*out;
	size_t			 cap;
	bool			*found;		/* of each part */
	bool			 failed;
};

static void
add(struct picking *p, struct fleet_host *h)
{
	struct fleet_host **list;

	if (p->out->n == p->cap) {
		list = realloc(p->out->host, (p->cap ? 2 * p->cap : 64) * sizeof(*list));
		if (list == NULL) {
			p->failed = true;
			return;
		}
		p->out->host = list;
		p->cap = p->cap ? 2 * p->cap : 64;
	}
	p->out->host[p->out->n++] = h;
}

static void
look_at(void *arg, struct fleet_host *h)
{
	const char *group[CFG_GROUPS_MAX];
	struct select_in in = { .name = h->rec.name, .group = group,
	    .state = host_state_name(h->rec.state) };
	struct picking *p = arg;
	const uint16_t *member;
	bool yes = false;

	if (h->cfg == NULL && h->rec.state == HS_NEW)
		return;		/* nobody knows of it any more */
	if (h->cfg != NULL) {
		in.profile = h->cfg->profile;
		in.tree = h->cfg->tree;
		in.origin = cfg_origin_name(config_origin(p->cfg, h->cfg));
		in.mac = h->cfg->mac;
		in.n_mac = h->cfg->n_mac;
		in.label = h->cfg->label;
		in.n_label = h->cfg->n_label;
		in.n_group = config_groups(p->cfg, h->cfg, &member);
		for (size_t i = 0; i < in.n_group; i++)
			group[i] = p->cfg->top.group[member[i]].head.name;
	}
	for (size_t i = 0; i < select_parts(p->s); i++)
		if (select_match_part(p->s, i, &in))
			yes = p->found[i] = true;
	if (yes)
		add(p, h);
}

/* Somebody who names a host wants to hear that it is not there. */
static int
nobody(const struct select *s, size_t i, char why[300])
{
	const char *part = select_part(s, i);

	if (strpbrk(part, "=*?(,!") == NULL)
		snprintf(why, 300, "there is no host named %.200s", part);
	else
		snprintf(why, 300, "no host is meant by %.200s", part);
	return -ENOENT;
}

int
pick_hosts(struct fleet *f, const char *selector, bool must, struct picked *ret, char why[300])
{
	struct picking p = { .cfg = fleet_config(f), .out = ret };
	struct select *s = NULL;
	char text[200];
	int r;

	*ret = (struct picked){ 0 };
	if ((r = select_parse(selector, &s, text)) < 0) {
		snprintf(why, 300, "selector: %s", text);
		return r;
	}
	p.s = s;
	if ((p.found = calloc(select_parts(s), sizeof(*p.found))) == NULL)
		p.failed = true;
	else
		fleet_each_host(f, look_at, &p);
	if (p.failed) {
		snprintf(why, 300, "%s", strerror(ENOMEM));
		r = -ENOMEM;
	}
	for (size_t i = 0; must && r == 0 && i < select_parts(s); i++)
		if (!p.found[i])
			r = nobody(s, i, why);
	free(p.found);
	select_free(s);
	if (r < 0) {
		free(ret->host);
		*ret = (struct picked){ 0 };
	}
	return r;
}
