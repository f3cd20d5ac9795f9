/* config_options.c - DHCP options, classes and pools: are they what they say? */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config_int.h"
#include "place.h"

/* Definitions --------------------------------------------------------------- */

int
config_define(struct config *c, cfg_error_fn *fn, void *arg)
{
	const struct cfg_dhcp *d = &c->top.dhcp;
	struct check ck = { .cfg = c, .fn = fn, .arg = arg };
	char why[DHCP_OPT_WHY];
	struct where w;

	for (size_t i = 0; i < d->n_def; i++) {
		const struct cfg_option_def *o = &d->def[i];
		int r = dhcp_opt_own_add(&c->own, o->head.name, o->space, o->code,
		    o->type, why);

		if (r == -ENOMEM)
			return r;
		if (r < 0)
			config_complain(&ck, &o->head, config_at(&w,
			    "dhcp.option-definitions.%s", o->head.name), "%s", why);
	}
	return ck.n > 0 ? -EINVAL : 0;
}

/* Options ------------------------------------------------------------------- */

/* One options object. */
struct scope {
	const struct cfg_options *o;
	const char	*path;		/* "dhcp.options" */
	uint64_t	 given[4];	/* DHCP's own codes that it has by name */
};

static void
give(struct scope *s, uint8_t code)
{
	s->given[code / 64] |= (uint64_t)1 << code % 64;
}

static bool
is_given(const struct scope *s, uint8_t code)
{
	return s->given[code / 64] >> code % 64 & 1;
}

/* Those with a field of their own. */
static void
give_fields(struct scope *s)
{
	static const struct { unsigned i; uint8_t code; } own[] = {
		{ CFG_I_options_routers, 3 }, { CFG_I_options_dns, 6 },
		{ CFG_I_options_domain, 15 }, { CFG_I_options_broadcast, 28 },
		{ CFG_I_options_mask, 1 }, { CFG_I_options_ntp, 42 },
		{ CFG_I_options_root_path, 17 },
	};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (cfg_has(&s->o->head, own[i].i))
			give(s, own[i].code);
}

static void
unknown_option(struct check *c, const struct scope *s, const struct cfg_rest *r)
{
	const struct schema *fields = &cfg_options_schema;
	char buf[DHCP_OPT_NAME];
	const char *near = NULL;
	struct where w;

	for (size_t i = 0; i < fields->n_field; i++)
		if (fields->field[i].form != CFG_F_REST)
			near = cfg_nearest(r->key, near, fields->field[i].key);
	near = dhcp_opt_nearest(&c->cfg->own, r->key, near, buf);
	config_at(&w, "%s.%.64s", s->path, r->key);
	if (strncmp(r->key, "option-", 7) == 0 && r->key[7] >= '0' && r->key[7] <= '9')
		config_complain_at(c, r->mark, w.s, "the number of an option is from 1 to 254");
	else if (near != NULL)
		config_complain_at(c, r->mark, w.s, "there is no such option; did you mean "
		    "\"%s\"?", near);
	else
		config_complain_at(c, r->mark, w.s, "there is no such option; define it in "
		    "dhcp.option-definitions, or write option-NUMBER");
}

/* A name, and a value that fits it. */
static void
check_option(struct check *c, struct scope *s, const struct cfg_rest *r)
{
	char why[DHCP_OPT_WHY], name[DHCP_OPT_NAME];
	uint8_t bytes[DHCP_OPT_MAX];
	struct dhcp_opt_def d;
	struct where w;

	if (dhcp_opt_find(&c->cfg->own, r->key, &d) < 0) {
		unknown_option(c, s, r);
		return;
	}
	config_at(&w, "%s.%.64s", s->path, r->key);
	if (d.no != NULL)
		config_complain_at(c, r->mark, w.s, "can't be set: %s", d.no);
	else if (d.space == DHCP_SPACE_DHCP && d.code == 17)
		config_complain_at(c, r->mark, w.s, "say root-path");
	else if (d.space == DHCP_SPACE_DHCP && is_given(s, d.code))
		config_complain_at(c, r->mark, w.s, "option %u is here already, as %s", d.code,
		    dhcp_opt_name(&c->cfg->own, d.space, d.code, name));
	else if (dhcp_opt_parse(&d, (const char *const *)r->value, r->n, bytes,
	    d.space == DHCP_SPACE_DHCP ? sizeof(bytes) : 255, why) < 0)
		config_complain_at(c, r->mark, w.s, "%s", why);
	else if (d.space == DHCP_SPACE_DHCP)
		give(s, d.code);
}

/* Two names of one option in a space: few stand in one scope. */
static void
check_twice(struct check *c, const struct scope *s)
{
	struct dhcp_opt_def a, b;
	struct where w;

	for (size_t i = 1; i < s->o->n_other; i++) {
		if (dhcp_opt_find(&c->cfg->own, s->o->other[i].key, &a) < 0 ||
		    a.space == DHCP_SPACE_DHCP)
			continue;
		for (size_t j = 0; j < i; j++)
			if (dhcp_opt_find(&c->cfg->own, s->o->other[j].key, &b) == 0 &&
			    a.space == b.space && a.code == b.code)
				config_complain_at(c, s->o->other[i].mark, config_at(&w,
				    "%s.%.64s", s->path, s->o->other[i].key),
				    "is %.64s by another name", s->o->other[j].key);
	}
}

static void
check_scope(struct check *c, const struct cfg_options *o, const char *path)
{
	const struct dhcp_opt_own *own = &c->cfg->own;
	struct scope s = { .o = o, .path = path };
	struct dhcp_opt_def d;
	struct where w;
	uint8_t space;

	give_fields(&s);
	for (size_t i = 0; i < o->n_other; i++)
		check_option(c, &s, &o->other[i]);
	check_twice(c, &s);
	config_at(&w, "%s.always-send", path);
	for (size_t i = 0; i < o->n_always; i++)
		if (dhcp_opt_find(own, o->always[i], &d) < 0)
			config_complain(c, &o->head, w.s, "there is no option \"%.64s\"",
			    o->always[i]);
		else if (d.no != NULL || d.space != DHCP_SPACE_DHCP)
			config_complain(c, &o->head, w.s, "%.64s: %s", o->always[i],
			    d.no != NULL ? d.no : "what is in a space goes with it");
	if (o->vendor_space == NULL)
		return;
	space = dhcp_space_find(own, o->vendor_space);
	if (space == DHCP_SPACES || dhcp_space_in(own, space) != 43)
		config_complain(c, &o->head, config_at(&w, "%s.vendor-option-space", path),
		    "%.31s is no space that option 43 carries", o->vendor_space);
}

/* Classes -------------------------------------------------------------------- */

/* "00:50:56": one to six bytes. */
static bool
is_mac_prefix(const char *s)
{
	for (unsigned n = 1; n <= 6; n++, s++) {
		if (hex_digit(s[0]) < 0 || hex_digit(s[1]) < 0)
			return false;
		s += 2;
		if (*s == '\0')
			return true;
		if (*s != ':')
			return false;
	}
	return false;
}

static void
check_relay_id(struct check *c, const struct cfg_class *k, const char *key,
    char *const *id, size_t n)
{
	uint8_t bytes[255];
	const char *why;
	struct where w;

	for (size_t i = 0; i < n; i++)
		if (place_id(id[i], bytes, &why) < 0)
			config_complain(c, &k->head, config_at(&w, "dhcp.classes.%s.%s",
			    k->head.name, key), "%s", why);
}

static void
check_class(struct check *c, const struct cfg_class *k)
{
	const char *name = k->head.name;
	struct where w;

	if (strcmp(name, "known") == 0 || strcmp(name, "unknown") == 0)
		config_complain(c, &k->head, config_at(&w, "dhcp.classes.%s", name),
		    "is a class already: the hosts of this file, and all others");
	if (k->n_arch + k->n_vendor + k->n_user + k->n_mac_prefix + k->n_subnet +
	    k->n_circuit + k->n_remote == 0)
		config_complain(c, &k->head, config_at(&w, "dhcp.classes.%s", name),
		    "says of nobody that he belongs to it: name an arch, vendor-class, "
		    "user-class, mac-prefix, subnet, circuit-id or remote-id");
	for (size_t i = 0; i < k->n_arch; i++)
		if (k->arch[i] > UINT16_MAX)
			config_complain(c, &k->head, config_at(&w, "dhcp.classes.%s.arch",
			    name), "%lu must be from 0 to 65535", (unsigned long)k->arch[i]);
	for (size_t i = 0; i < k->n_mac_prefix; i++)
		if (!is_mac_prefix(k->mac_prefix[i]))
			config_complain(c, &k->head, config_at(&w,
			    "dhcp.classes.%s.mac-prefix", name), "\"%.64s\" must be one to "
			    "six bytes such as 00:50:56", k->mac_prefix[i]);
	for (size_t i = 0; i < k->n_vendor; i++)
		if (k->vendor[i][0] == '\0')
			config_complain(c, &k->head, config_at(&w,
			    "dhcp.classes.%s.vendor-class", name), "must not be empty");
	check_relay_id(c, k, "circuit-id", k->circuit, k->n_circuit);
	check_relay_id(c, k, "remote-id", k->remote, k->n_remote);
	check_scope(c, &k->options, config_at(&w, "dhcp.classes.%s.options", name));
}

void
check_option_scopes(struct check *c)
{
	const struct cfg_top *top = &c->cfg->top;
	const struct cfg_dhcp *d = &top->dhcp;
	struct where w;

	check_scope(c, &d->options, "dhcp.options");
	for (size_t i = 0; i < d->n_class; i++)
		check_class(c, &d->class[i]);
	for (size_t i = 0; i < d->n_subnet; i++) {
		const struct cfg_subnet *s = &d->subnet[i];

		check_scope(c, &s->options, config_at(&w, "dhcp.subnets[%zu].options", i));
		for (size_t k = 0; k < s->n_pool; k++)
			check_scope(c, &s->pool[k].options, config_at(&w,
			    "dhcp.subnets[%zu].pools[%zu].options", i, k));
	}
	for (size_t i = 0; i < top->n_group; i++)
		if (top->group[i].options.head.mark.line > 0)
			check_scope(c, &top->group[i].options, config_at(&w,
			    "groups.%s.options", top->group[i].head.name));
	for (size_t i = 0; i < top->n_host; i++) {
		c->host = &top->host[i];
		if (top->host[i].options.head.mark.line > 0)
			check_scope(c, &top->host[i].options, config_at(&w,
			    "hosts.%s.options", top->host[i].head.name));
	}
	c->host = NULL;
}

/* Pools ---------------------------------------------------------------------- */

/* A range, and where it is written. */
struct span {
	struct range4		 r;
	const struct cfg_head	*head;
	size_t			 order;		/* of writing */
	size_t			 pool;		/* SIZE_MAX: the subnet's own */
};

static int
span_cmp(const void *va, const void *vb)
{
	const struct span *a = va, *b = vb;

	if (a->r.lo != b->r.lo)
		return a->r.lo < b->r.lo ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

static const char *
span_path(struct where *w, const struct span *s, size_t i)
{
	return s->pool == SIZE_MAX ? config_at(w, "dhcp.subnets[%zu].range", i) :
	    config_at(w, "dhcp.subnets[%zu].pools[%zu].range", i, s->pool);
}

static void
check_span(struct check *c, const struct cfg_subnet *s, size_t i, const struct span *p)
{
	char net[NET4_STRLEN], ip[IP4_STRLEN];
	uint32_t end[2] = { p->r.lo, p->r.hi };
	struct where w;

	span_path(&w, p, i);
	for (size_t e = 0; e < (p->r.lo == p->r.hi ? 1 : 2); e++) {
		if (!net4_has(s->net, end[e]))
			config_complain(c, p->head, w.s, "%s is outside %s",
			    ip4_str(end[e], ip), net4_str(s->net, net));
		else if (!net4_is_host(s->net, end[e]))
			config_complain(c, p->head, w.s, "%s is not a host's address in %s",
			    ip4_str(end[e], ip), net4_str(s->net, net));
	}
}

/* The one of both that was written later is complained of. */
static void
check_overlap(struct check *c, size_t i, const struct span *a, const struct span *b)
{
	const struct span *late = a->order > b->order ? a : b;
	const struct span *early = late == a ? b : a;
	char t[2][RANGE4_STRLEN];
	struct where w, of;

	if (a->r.hi < b->r.lo || b->r.hi < a->r.lo)
		return;
	if (early->pool == late->pool)
		config_complain(c, late->head, span_path(&w, late, i), "%s overlaps %s",
		    range4_str(late->r, t[0]), range4_str(early->r, t[1]));
	else
		config_complain(c, late->head, span_path(&w, late, i),
		    "%s overlaps %s of %s", range4_str(late->r, t[0]),
		    range4_str(early->r, t[1]), span_path(&of, early, i));
}

static void
check_class_names(struct check *c, const struct cfg_pool *p, size_t i, size_t k,
    const char *key, char *const *name, size_t n)
{
	const struct cfg_dhcp *d = &c->cfg->top.dhcp;
	struct where w;

	for (size_t j = 0; j < n; j++) {
		const char *near = cfg_nearest(name[j], NULL, "known");
		size_t m = 0;

		if (strcmp(name[j], "known") == 0 || strcmp(name[j], "unknown") == 0)
			continue;
		while (m < d->n_class && strcmp(d->class[m].head.name, name[j]) != 0)
			near = cfg_nearest(name[j], near, d->class[m++].head.name);
		if (m < d->n_class)
			continue;
		config_at(&w, "dhcp.subnets[%zu].pools[%zu].%s", i, k, key);
		if (near != NULL)
			config_complain(c, &p->head, w.s, "there is no class \"%s\"; did you "
			    "mean \"%s\"?", name[j], near);
		else
			config_complain(c, &p->head, w.s, "there is no class \"%s\" in "
			    "dhcp.classes", name[j]);
	}
}

/* What is booted is decided before an address is. */
static void
check_pool(struct check *c, const struct cfg_pool *p, size_t i, size_t k)
{
	static const struct { unsigned i; const char *key; } boot[] = {
		{ CFG_I_options_filename, "filename" },
		{ CFG_I_options_next_server, "next-server" },
		{ CFG_I_options_root_path, "root-path" },
	};
	struct where w;

	for (size_t j = 0; j < sizeof(boot) / sizeof(boot[0]); j++)
		if (cfg_has(&p->options.head, boot[j].i))
			config_complain(c, &p->options.head, config_at(&w,
			    "dhcp.subnets[%zu].pools[%zu].options.%s", i, k, boot[j].key),
			    "a pool can't say what is booted, for an address is chosen "
			    "later: say it in a class");
	if (p->n_range == 0)
		config_complain(c, &p->head, config_at(&w,
		    "dhcp.subnets[%zu].pools[%zu].range", i, k), "is required");
	check_class_names(c, p, i, k, "allow", p->allow, p->n_allow);
	check_class_names(c, p, i, k, "deny", p->deny, p->n_deny);
}

static void
check_shared(struct check *c, const struct cfg_subnet *s, size_t i)
{
	const struct cfg_dhcp *d = &c->cfg->top.dhcp;
	struct where w;

	for (size_t j = 0; j < i && s->shared != NULL; j++)
		if (d->subnet[j].shared != NULL && strcmp(d->subnet[j].shared, s->shared) == 0 &&
		    d->subnet[j].mode != s->mode) {
			config_complain(c, &s->head, config_at(&w, "dhcp.subnets[%zu].mode", i),
			    "is another one than that of dhcp.subnets[%zu], which is on "
			    "the same wire", j);
			return;
		}
}

void
check_pools(struct check *c, const struct cfg_subnet *s, size_t i)
{
	size_t n = s->n_range, at = 0;
	struct span *span;

	for (size_t k = 0; k < s->n_pool; k++)
		n += s->pool[k].n_range;
	if ((span = calloc(n + 1, sizeof(*span))) == NULL) {
		c->no_memory = true;
		return;
	}
	for (size_t k = 0; k < s->n_range; k++, at++)
		span[at] = (struct span){ s->range[k], &s->head, at, SIZE_MAX };
	for (size_t k = 0; k < s->n_pool; k++) {
		check_pool(c, &s->pool[k], i, k);
		for (size_t j = 0; j < s->pool[k].n_range; j++, at++)
			span[at] = (struct span){ s->pool[k].range[j], &s->pool[k].head, at, k };
	}
	for (size_t k = 0; k < n; k++)
		check_span(c, s, i, &span[k]);
	qsort(span, n, sizeof(*span), span_cmp);
	for (size_t k = 1, last = 0; k < n; k++) {	/* last: reaches farthest */
		check_overlap(c, i, &span[last], &span[k]);
		if (span[k].r.hi > span[last].r.hi)
			last = k;
	}
	free(span);
	check_shared(c, s, i);
}
