/* config_inherit.c - what a host does not say itself: its groups do, or all.
 *
 * Profile, tree and power are filled in when the configuration is loaded;
 * .set tells what was written at the host itself. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_int.h"
#include "select.h"

/* Members ----------------------------------------------------------------- */

struct pair { size_t host; uint16_t group; };
struct pairs { struct pair *p; size_t n, cap; bool failed; };

static void
add(struct pairs *l, size_t host, size_t group)
{
	struct pair *p;

	if (l->n == l->cap) {
		p = realloc(l->p, (l->cap ? 2 * l->cap : 64) * sizeof(*p));
		if (p == NULL) {
			l->failed = true;
			return;
		}
		l->p = p;
		l->cap = l->cap ? 2 * l->cap : 64;
	}
	l->p[l->n++] = (struct pair){ .host = host, .group = (uint16_t)group };
}

/* What of a host does not change and comes from no group. */
static struct select_in
host_in(const struct config *cfg, const struct cfg_host *h)
{
	return (struct select_in){ .name = h->head.name,
	    .profile = cfg_has(&h->head, CFG_I_host_profile) ? h->profile : NULL,
	    .tree = cfg_has(&h->head, CFG_I_host_tree) ? h->tree : NULL,
	    .origin = cfg_origin_name(config_origin(cfg, h)), .mac = h->mac,
	    .n_mac = h->n_mac, .label = h->label, .n_label = h->n_label };
}

static void
select_members(struct check *c, const struct cfg_group *g, size_t gi, struct pairs *l)
{
	const struct cfg_top *top = &c->cfg->top;
	struct select *s;
	struct where w;
	char why[200];

	if (g->select == NULL)
		return;
	config_at(&w, "groups.%s.select", g->head.name);
	if (select_parse(g->select, &s, why) < 0) {
		config_complain(c, &g->head, w.s, "%s", why);
		return;
	}
	if (select_uses(s, "state") || select_uses(s, "group"))
		config_complain(c, &g->head, w.s, "state and group cannot be used here");
	else
		for (size_t i = 0; i < top->n_host; i++) {
			struct select_in in = host_in(c->cfg, &top->host[i]);

			if (select_match(s, &in))
				add(l, i, gi);
		}
	select_free(s);
}

static void
name_members(struct check *c, const struct cfg_group *g, size_t gi, struct pairs *l)
{
	struct where w;

	for (size_t i = 0; i < g->n_member; i++) {
		const struct cfg_host *h = config_host(c->cfg, g->member[i]);

		if (h == NULL || config_is_kept(c->cfg, h))
			config_complain(c, &g->head, config_at(&w, "groups.%s.members",
			    g->head.name), "there is no host named %s in this file",
			    g->member[i]);
		else
			add(l, (size_t)(h - c->cfg->top.host), gi);
	}
}

static int
pair_cmp(const void *va, const void *vb)
{
	const struct pair *a = va, *b = vb;

	if (a->host != b->host)
		return a->host < b->host ? -1 : 1;
	return a->group < b->group ? -1 : a->group > b->group;
}

static int
keep_members(struct config *cfg, struct check *c, struct pairs *l)
{
	size_t n_host = cfg->top.n_host, n = 0, k = 0;
	struct where w;

	if (l->n > 0)
		qsort(l->p, l->n, sizeof(*l->p), pair_cmp);
	cfg->member = calloc(l->n + 1, sizeof(*cfg->member));
	cfg->member_at = calloc(n_host + 1, sizeof(*cfg->member_at));
	if (cfg->member == NULL || cfg->member_at == NULL || l->failed)
		return -ENOMEM;
	for (size_t i = 0; i < n_host; i++) {
		cfg->member_at[i] = n;
		for (; k < l->n && l->p[k].host == i; k++)
			if (n == cfg->member_at[i] || cfg->member[n - 1] != l->p[k].group)
				cfg->member[n++] = l->p[k].group;
		if (n - cfg->member_at[i] <= CFG_GROUPS_MAX)
			continue;
		c->host = &cfg->top.host[i];
		config_complain(c, &c->host->head, config_at(&w, "hosts.%s", c->host->head.name),
		    "is in %zu groups; at most %u are allowed", n - cfg->member_at[i],
		    CFG_GROUPS_MAX);
		c->host = NULL;
	}
	cfg->member_at[n_host] = n;
	return 0;
}

size_t
config_groups(const struct config *cfg, const struct cfg_host *h, const uint16_t **ret)
{
	size_t i = (size_t)(h - cfg->top.host);

	*ret = NULL;
	if (cfg->member_at == NULL)
		return 0;
	*ret = cfg->member + cfg->member_at[i];
	return cfg->member_at[i + 1] - cfg->member_at[i];
}

/* Filling in -------------------------------------------------------------- */

static bool
say(char **field, const char *value)
{
	if (*field != NULL || value == NULL)
		return true;
	return (*field = strdup(value)) != NULL;
}

static bool
say_power(struct cfg_power *p, const struct cfg_power *from)
{
	if (p->timeout == 0)
		p->timeout = from->timeout;
	if (mac_is_zero(p->secureon))
		p->secureon = from->secureon;
	return say(&p->method, from->method) && say(&p->address, from->address) &&
	    say(&p->target, from->target) && say(&p->user, from->user) &&
	    say(&p->password_file, from->password_file) &&
	    say(&p->interface, from->interface);
}

static bool
fill_in(struct config *cfg, struct cfg_host *h)
{
	const uint16_t *group;
	size_t n = config_groups(cfg, h, &group);
	bool good = true;

	for (size_t i = 0; i < n && good; i++) {
		const struct cfg_group *g = &cfg->top.group[group[i]];

		good = say(&h->profile, g->profile) && say(&h->tree, g->tree) &&
		    say_power(&h->power, &g->power);
	}
	return good && say_power(&h->power, &cfg->top.power);
}

int
config_inherit(struct config *cfg, struct check *c)
{
	const struct cfg_top *top = &cfg->top;
	struct pairs l = { 0 };
	int r;

	for (size_t i = 0; i < top->n_group; i++) {
		name_members(c, &top->group[i], i, &l);
		select_members(c, &top->group[i], i, &l);
	}
	r = keep_members(cfg, c, &l);
	free(l.p);
	for (size_t i = 0; i < top->n_host && r == 0; i++)
		if (!fill_in(cfg, &cfg->top.host[i]))
			r = -ENOMEM;
	return r;
}

void
config_disinherit(struct config *cfg)
{
	free(cfg->member);
	free(cfg->member_at);
	cfg->member = NULL;
	cfg->member_at = NULL;
}

/* Asking ------------------------------------------------------------------ */

static int
said_cmp(const void *a, const void *b)
{
	return strcmp(((const struct cfg_said *)a)->key, ((const struct cfg_said *)b)->key);
}

/* Those of vars that nobody nearer said. */
static int
add_vars(struct cfg_said **list, int n, const struct cfg_var *var, size_t n_var,
    const struct cfg_head *by)
{
	struct cfg_said *p;
	int known = n;

	if (n < 0 || n_var == 0)
		return n;
	if ((p = realloc(*list, ((size_t)n + n_var) * sizeof(*p))) == NULL)
		return -ENOMEM;
	*list = p;
	for (size_t i = 0; i < n_var; i++) {
		int k = 0;

		while (k < known && strcmp(p[k].key, var[i].key) != 0)
			k++;
		if (k == known)
			p[n++] = (struct cfg_said){ var[i].key, var[i].value, by, var[i].mark };
	}
	return n;
}

int
config_vars(const struct config *cfg, const struct cfg_host *h, bool all,
    struct cfg_said **ret)
{
	const struct cfg_top *top = &cfg->top;
	const uint16_t *group;
	size_t n_group = config_groups(cfg, h, &group);
	int n = 0;

	*ret = NULL;
	n = add_vars(ret, n, h->vars, all ? h->n_vars : 0, &h->head);
	for (size_t i = 0; i < n_group; i++) {
		const struct cfg_group *g = &top->group[group[i]];

		n = add_vars(ret, n, g->vars, g->n_vars, &g->head);
	}
	n = add_vars(ret, n, top->vars, top->n_vars, &top->head);
	if (n < 0) {
		free(*ret);
		*ret = NULL;
	} else if (n > 0)
		qsort(*ret, (size_t)n, sizeof(**ret), said_cmp);
	return n;
}

const struct cfg_head *
config_profile_by(const struct config *cfg, const struct cfg_host *h)
{
	const uint16_t *group;
	size_t n = config_groups(cfg, h, &group);

	if (cfg_has(&h->head, CFG_I_host_profile))
		return &h->head;
	for (size_t i = 0; i < n; i++)
		if (cfg->top.group[group[i]].profile != NULL)
			return &cfg->top.group[group[i]].head;
	return NULL;
}

const struct cfg_head *
config_tree_by(const struct config *cfg, const struct cfg_host *h)
{
	const uint16_t *group;
	size_t n = config_groups(cfg, h, &group);

	if (cfg_has(&h->head, CFG_I_host_tree))
		return &h->head;
	for (size_t i = 0; i < n; i++)
		if (cfg->top.group[group[i]].tree != NULL)
			return &cfg->top.group[group[i]].head;
	return NULL;
}

void
config_by_text(const struct config *cfg, const struct cfg_host *h, const struct cfg_head *by,
    struct cfg_mark mark, char *buf, size_t cap)
{
	const char *kind = by == &h->head ? "host" : by == &cfg->top.head ? "all hosts" : "group";
	enum cfg_origin o = by == &h->head ? config_origin(cfg, h) : HOST_FILE;
	char name[80] = "";

	if (by->name != NULL)
		snprintf(name, sizeof(name), " %s", by->name);
	if (o != HOST_FILE)
		snprintf(buf, cap, "%s%s (%s)", kind, name, o == HOST_API ? "by the API" : "adopted");
	else if (mark.line > 0)
		snprintf(buf, cap, "%s%s (%s:%u)", kind, name, cfg->file, mark.line);
	else
		snprintf(buf, cap, "%s%s (%s)", kind, name, cfg->file);
}
