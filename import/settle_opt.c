/* settle_opt.c - options by the names and in the words that provd takes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/dhcp_option.h"
#include "settle.h"

/* Keys among the options that are none of DHCP's own, or have a field each. */
static const struct { const char *name; size_t max; } plain[] = {
	{ "filename", 127 }, { "server-name", 63 }, { "root-path", 255 }, { "domain-name", 255 },
	{ "next-server", 15 }, { "default-lease-time", 20 }, { "vendor-option-space", 31 },
};

static const char *
hex_of(struct import *imp, const uint8_t *s, size_t n)
{
	char *out = imp_alloc(imp, 3 * n + 1);

	for (size_t i = 0; i < n; i++)
		snprintf(out + 3 * i, 4, "%02x%s", s[i], i + 1 < n ? ":" : "");
	return out;
}

/* Definitions --------------------------------------------------------------------- */

static void
define(struct import *imp, struct dhcp_opt_own *own, struct imp_def *d)
{
	char why[DHCP_OPT_WHY] = "";
	char name[DHCP_OPT_NAME];
	uint8_t space = d->space == NULL ? DHCP_SPACE_DHCP : dhcp_space_find(own, d->space);
	const struct dhcp_opt_def *std = NULL;
	const char *full = d->space == NULL ? d->name : imp_fmt(imp, "%s.%s", d->space, d->name);

	if (strcmp(full, imp_name(imp, full)) != 0) {
		imp_left(imp, d->at, imp_fmt(imp, "option %s", full), "is no name for provd");
		return;
	}
	if (space < DHCP_SPACE_OWN)
		std = dhcp_opt_by_code(NULL, space, (uint8_t)d->code);
	if (std != NULL)
		d->alias = imp_fmt(imp, "%s", dhcp_opt_name(NULL, space, (uint8_t)d->code, name));
	if (std == NULL && dhcp_opt_own_add(own, d->name, d->space, d->code, d->type, why) == 0) {
		d->written = true;
		return;
	}
	if (d->alias == NULL)
		imp_left(imp, d->at, imp_fmt(imp, "option %s", d->name), "%s", why);
	else if (strcmp(d->alias, d->name) != 0 && d->space == NULL)
		imp_tell(imp, d->at, imp_fmt(imp, "option %s", d->name), "is %s in provd", d->alias);
}

static const struct imp_def *
definition_of(const struct import *imp, const char *name)
{
	const char *dot = strchr(name, '.');

	for (const struct imp_def *d = imp->def; d != NULL; d = d->next)
		if (d->space == NULL ? strcmp(d->name, name) == 0 : dot != NULL &&
		    strncmp(d->space, name, (size_t)(dot - name)) == 0 &&
		    d->space[dot - name] == '\0' && strcmp(d->name, dot + 1) == 0)
			return d;
	return NULL;
}

/* Values --------------------------------------------------------------------------- */

/* A value that stood in quotes may be written as bytes. */
static const char *
word_of(struct import *imp, const char *v, bool bytes)
{
	if (*v != IMP_QUOTED)
		return v;
	v++;
	return bytes ? hex_of(imp, (const uint8_t *)v, strlen(v)) : v;
}

static void
words_of(struct import *imp, const struct imp_values *v, const char *fmt, struct imp_values *ret)
{
	bool bytes = strchr("XxE", fmt[0]) != NULL;

	*ret = (struct imp_values){ 0 };
	for (size_t i = 0; i < v->n; i++)
		imp_push(imp, ret, word_of(imp, v->v[i], bytes));
}

/* The file has a type of its own for an option of the standard: bytes then. */
static bool
as_bytes(struct import *imp, const struct imp_def *d, const struct dhcp_opt_def *std,
    struct imp_option *o)
{
	struct dhcp_opt_own own = { 0 };
	struct dhcp_opt_def def;
	char why[DHCP_OPT_WHY];
	uint8_t bytes[255];
	struct imp_values v;
	int n = -1;

	if (strncmp(d->type, "encapsulate", 11) == 0)
		return false;
	if (dhcp_opt_own_add(&own, "x", "import", 1, d->type, why) == 0 &&
	    dhcp_opt_find(&own, "import.x", &def) == 0) {
		words_of(imp, &o->v, def.fmt, &v);
		n = dhcp_opt_parse(&def, v.v, v.n, bytes, sizeof(bytes), why);
	}
	dhcp_opt_own_free(&own);
	if (n <= 0)
		return false;
	o->name = imp_fmt(imp, "%s%soption-%u", std->space == DHCP_SPACE_DHCP ? "" : d->space,
	    std->space == DHCP_SPACE_DHCP ? "" : ".", std->code);
	o->v = (struct imp_values){ 0 };
	imp_push(imp, &o->v, hex_of(imp, bytes, (size_t)n));
	return true;
}

static const char *
plain_value(struct import *imp, struct imp_option *o, size_t max)
{
	struct imp_values v = o->v;
	uint32_t a;

	o->v = (struct imp_values){ 0 };
	for (size_t i = 0; i < v.n; i++)
		imp_push(imp, &o->v, word_of(imp, v.v[i], false));
	if (o->v.n != 1)
		return "has one value in provd";
	if (o->v.v[0][0] == '\0')
		return "is empty: there is nothing to send";
	if (strlen(o->v.v[0]) > max)
		return "is too long";
	if (strcmp(o->name, "next-server") == 0 && ip4_parse(o->v.v[0], &a) < 0)
		return "provd wants the address of that server";
	return imp_is_text(o->v.v[0]) ? NULL : "is no text";
}

/* What one scope has so far, by code. */
struct given {
	uint64_t	 dhcp[4];
	unsigned	 other[IMP_OPTIONS_MAX];
	size_t		 n;
};

static bool
is_given(struct given *g, unsigned space, unsigned code)
{
	uint64_t bit = (uint64_t)1 << code % 64;

	if (space == DHCP_SPACE_DHCP) {
		if ((g->dhcp[code / 64] & bit) != 0)
			return true;
		g->dhcp[code / 64] |= bit;
		return false;
	}
	for (size_t i = 0; i < g->n; i++)
		if (g->other[i] == (space << 8 | code))
			return true;
	g->other[g->n++] = space << 8 | code;
	return false;
}

static const char *
plain_option(struct import *imp, const struct dhcp_opt_own *own, struct imp_option *o, size_t max,
    struct given *g)
{
	const char *why = plain_value(imp, o, max);
	uint8_t space;

	if (why != NULL)
		return why;
	if (strcmp(o->name, "root-path") == 0)
		(void)is_given(g, DHCP_SPACE_DHCP, 17);
	if (strcmp(o->name, "domain-name") == 0)
		(void)is_given(g, DHCP_SPACE_DHCP, 15);
	if (strcmp(o->name, "vendor-option-space") == 0 &&
	    ((space = dhcp_space_find(own, o->v.v[0])) == DHCP_SPACES || dhcp_space_in(own, space) != 43))
		return "is no space that option 43 carries";
	return NULL;
}

/* Names of options that go to every client. */
static const char *
always(struct import *imp, const struct dhcp_opt_own *own, struct imp_option *o)
{
	struct imp_values v = o->v;
	struct dhcp_opt_def def;

	o->v = (struct imp_values){ 0 };
	for (size_t i = 0; i < v.n; i++)
		if (dhcp_opt_find(own, v.v[i], &def) == 0 && def.no == NULL &&
		    def.space == DHCP_SPACE_DHCP && o->v.n < 64 && !imp_has(&o->v, v.v[i]))
			imp_push(imp, &o->v, v.v[i]);
	return o->v.n > 0 ? NULL : "names no option that provd could send so";
}

/* Options for which the configuration has fields. */
static const char *
settle_field(struct import *imp, struct imp_option *o)
{
	static const struct { const char *name; size_t max; } fields[] = { { "routers", 8 },
	    { "domain-name-servers", 8 }, { "ntp-servers", 8 }, { "broadcast-address", 1 },
	    { "subnet-mask", 1 } };
	uint32_t a;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (strcmp(o->name, fields[i].name) != 0)
			continue;
		for (size_t k = 0; k < o->v.n; k++)
			if (ip4_parse(o->v.v[k], &a) < 0)
				return imp_fmt(imp, "\"%.64s\" is no address", o->v.v[k]);
		if (o->v.n > fields[i].max) {
			imp_left(imp, o->at, o->name, "has %zu values, provd takes %zu", o->v.n, fields[i].max);
			o->v.n = fields[i].max;
		}
	}
	return NULL;
}

/* NULL, or why the option cannot be said. */
static const char *
settle(struct import *imp, const struct dhcp_opt_own *own, struct imp_option *o, struct given *g)
{
	const struct imp_def *d = definition_of(imp, o->name);
	struct dhcp_opt_def def;
	char why[DHCP_OPT_WHY] = "";
	uint8_t bytes[DHCP_OPT_MAX];
	struct imp_values v;
	bool own_type;

	if (strcmp(o->name, "always-send") == 0)
		return always(imp, own, o);
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (strcmp(o->name, plain[i].name) == 0)
			return plain_option(imp, own, o, plain[i].max, g);
	if (dhcp_opt_find(own, d != NULL && d->alias != NULL ? d->alias : o->name, &def) < 0)
		return "provd knows no such option; option-definitions can tell it";
	if (def.no != NULL)
		return def.no;
	if (def.space == DHCP_SPACE_DHCP && def.code == 17)
		return "say root-path";
	if (is_given(g, def.space, def.code))
		return "is here already by another name";
	words_of(imp, &o->v, def.fmt, &v);
	own_type = d != NULL && d->alias != NULL && strcmp(d->alias, o->name) == 0;
	if (dhcp_opt_parse(&def, v.v, v.n, bytes, def.space == DHCP_SPACE_DHCP ? sizeof(bytes) : 255,
	    why) <= 0)
		return d != NULL && d->alias != NULL && as_bytes(imp, d, &def, o) ? NULL :
		    imp_fmt(imp, "%s", why);
	if (d != NULL && d->alias != NULL && !own_type)
		o->name = d->alias;
	for (size_t i = 0; i < v.n; i++)
		if (!imp_is_text(v.v[i])) {		/* text for DHCP, not for a file */
			int n = dhcp_opt_parse(&def, v.v, v.n, bytes, sizeof(bytes), why);

			o->name = imp_fmt(imp, "%s%soption-%u", def.space == DHCP_SPACE_DHCP ? "" :
			    dhcp_space_name(own, def.space), def.space == DHCP_SPACE_DHCP ? "" : ".", def.code);
			v = (struct imp_values){ 0 };
			imp_push(imp, &v, hex_of(imp, bytes, n > 0 ? (size_t)n : 0));
		}
	o->v = v;
	return settle_field(imp, o);
}

static void
drop(struct imp_option **p, struct imp_scope *s)
{
	*p = (*p)->next;
	for (s->opt_end = &s->opt; *s->opt_end != NULL;)
		s->opt_end = &(*s->opt_end)->next;
}

static void
settle_scope(struct import *imp, const struct dhcp_opt_own *own, struct imp_scope *s,
    struct imp_set *said)
{
	struct given given = { 0 };

	for (struct imp_option **p = &s->opt; *p != NULL;) {
		struct imp_option *o = *p;
		const char *name = o->name, *why = settle(imp, own, o, &given);

		if (why == NULL) {
			p = &o->next;
			continue;
		}
		/* What many inherit is said once. */
		if (imp_set_add(imp, said, imp_fmt(imp, "%s:%u %s", o->at.file, o->at.line, name), o) == NULL)
			imp_left(imp, o->at, name, "%s", why);
		drop(p, s);
	}
}

/* What contradicts a network -------------------------------------------------------- */

static const char *
misfit(const struct imp_option *o, struct net4 net)
{
	uint32_t a;

	if (net.plen > 30)
		return NULL;
	for (size_t i = 0; i < o->v.n; i++) {
		if (ip4_parse(o->v.v[i], &a) < 0)
			continue;
		if (strcmp(o->name, "routers") == 0 && !net4_is_host(net, a))
			return "is not on that network";
		if (strcmp(o->name, "subnet-mask") == 0 && a != net4_mask(net))
			return "is not the mask of that network";
		if (strcmp(o->name, "broadcast-address") == 0 && a != net4_broadcast(net))
			return "is not the broadcast address of that network";
	}
	return NULL;
}

static void
fit_subnet(struct import *imp, struct imp_scope *s)
{
	for (struct imp_option **p = &s->opt; *p != NULL;) {
		const char *why = misfit(*p, s->net);
		char net[NET4_STRLEN];

		if (why == NULL) {
			p = &(*p)->next;
			continue;
		}
		imp_left(imp, (*p)->at, (*p)->name, "%s %s, %s", (*p)->v.v[0], why, net4_str(s->net, net));
		drop(p, s);
	}
}

/* Said for all, but it fits some networks only: it is said for those. */
static void
fit_top(struct import *imp)
{
	for (struct imp_option **p = &imp->top.opt; *p != NULL;) {
		struct imp_option *o = *p;
		bool all = true;

		for (const struct imp_scope *s = imp->subnet.first; s != NULL; s = s->next)
			all = all && (imp_option_get(s, o->name) != NULL || misfit(o, s->net) == NULL);
		if (all) {
			p = &o->next;
			continue;
		}
		drop(p, &imp->top);
		for (struct imp_scope *s = imp->subnet.first; s != NULL; s = s->next) {
			char net[NET4_STRLEN];
			const char *why;

			if (imp_option_get(s, o->name) != NULL)
				continue;
			if ((why = misfit(o, s->net)) == NULL)
				imp_option(imp, s, o->name, o->at)->v = o->v;
			else
				imp_left(imp, o->at, o->name, "%s %s, %s", o->v.v[0], why,
				    net4_str(s->net, net));
		}
	}
}

/* All --------------------------------------------------------------------------------- */

static void
settle_all(struct import *imp, const struct dhcp_opt_own *own)
{
	const struct imp_list *all[] = { &imp->subnet, &imp->pool, &imp->host };
	struct imp_set said = { 0 };

	settle_scope(imp, own, &imp->top, &said);
	for (size_t i = 0; i < 3; i++)
		for (struct imp_scope *s = all[i]->first; s != NULL; s = s->next)
			if (!s->unused)
				settle_scope(imp, own, s, &said);
	/* Classes that were split have one list of options. */
	for (struct imp_scope *s = imp->class.first; s != NULL; s = s->next) {
		if (!s->unused && s->split_from == NULL)
			settle_scope(imp, own, s, &said);
	}
	for (struct imp_scope *s = imp->class.first; s != NULL; s = s->next)
		if (s->split_from != NULL)
			s->opt = s->split_from->opt;
}

void
imp_settle_options(struct import *imp)
{
	struct dhcp_opt_own *own = &imp->own;

	for (struct imp_def *d = imp->def; d != NULL; d = d->next)
		define(imp, own, d);
	settle_all(imp, own);
	for (struct imp_scope *s = imp->subnet.first; s != NULL; s = s->next)
		fit_subnet(imp, s);
	fit_top(imp);
}
