/* write.c - the settled model as provd.yaml. */
#include <string.h>

#include "model.h"

struct out {
	struct import	*imp;
	struct buf	*b;
};

static void
indent(struct out *o, unsigned n)
{
	buf_printf(o->b, "%*s", (int)n, "");
}

/* Without quotes only what no reader of YAML could take for something else. */
static void
scalar(struct out *o, const char *s, bool in_list)
{
	static const char ok[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/-";
	size_t n = strspn(s, ok);

	while (!in_list && s[n] == ':' && s[n + 1] != '\0')
		n += 1 + strspn(s + n + 1, ok);
	if (s[0] != '\0' && s[n] == '\0' && s[0] != '-' && s[0] != '.' &&
	    strcmp(s, "null") != 0) {
		buf_puts(o->b, s);
		return;
	}
	buf_putc(o->b, '"');
	for (; *s != '\0'; s++)
		if (*s == '"' || *s == '\\')
			buf_printf(o->b, "\\%c", *s);
		else if (*s == '\n' || *s == '\t')
			buf_puts(o->b, *s == '\n' ? "\\n" : "\\t");
		else
			buf_putc(o->b, *s);
	buf_putc(o->b, '"');
}

static void
line(struct out *o, unsigned n, const char *key, const char *value)
{
	indent(o, n);
	scalar(o, key, false);
	buf_puts(o->b, ": ");
	scalar(o, value, false);
	buf_putc(o->b, '\n');
}

/* One value, or a list; a long one with a line for each. */
static void
values(struct out *o, unsigned n, const char *key, const struct imp_values *v)
{
	size_t width = 0;

	if (v->n == 0)
		return;
	if (v->n == 1) {
		line(o, n, key, v->v[0]);
		return;
	}
	for (size_t i = 0; i < v->n; i++)
		width += strlen(v->v[i]) + 2;
	indent(o, n);
	scalar(o, key, false);
	buf_puts(o->b, width > 70 ? ":\n" : ": [");
	for (size_t i = 0; i < v->n; i++) {
		if (width > 70) {
			indent(o, n + 2);
			buf_puts(o->b, "- ");
		} else if (i > 0) {
			buf_puts(o->b, ", ");
		}
		scalar(o, v->v[i], true);
		if (width > 70)
			buf_putc(o->b, '\n');
	}
	buf_puts(o->b, width > 70 ? "" : "]\n");
}

static void
options(struct out *o, unsigned n, const struct imp_scope *s)
{
	if (s->opt == NULL)
		return;
	indent(o, n);
	buf_puts(o->b, "options:\n");
	for (const struct imp_option *p = s->opt; p != NULL; p = p->next)
		values(o, n + 2, p->name, &p->v);
}

/* DHCP ---------------------------------------------------------------------------- */

static void
definitions(struct out *o)
{
	bool first = true;

	for (const struct imp_def *d = o->imp->def; d != NULL; d = d->next) {
		if (!d->written)
			continue;
		if (first)
			buf_puts(o->b, "  option-definitions:\n");
		first = false;
		indent(o, 4);
		scalar(o, d->space != NULL ? imp_fmt(o->imp, "%s.%s", d->space, d->name) : d->name, false);
		buf_printf(o->b, ": { code: %u, type: ", d->code);
		scalar(o, d->type, true);
		buf_puts(o->b, " }\n");
	}
}

static void
classes(struct out *o)
{
	bool first = true;

	for (const struct imp_scope *c = o->imp->class.first; c != NULL; c = c->next) {
		if (c->unused)
			continue;
		if (first)
			buf_puts(o->b, "  classes:\n");
		first = false;
		indent(o, 4);
		scalar(o, c->name, false);
		buf_puts(o->b, ":\n");
		for (size_t k = 0; k < IMP_N_CRIT; k++)
			values(o, 6, imp_crit_key[k], &c->crit[k]);
		options(o, 6, c);
	}
}

static void
pools(struct out *o, const struct imp_scope *net)
{
	bool first = true;

	for (const struct imp_scope *p = o->imp->pool.first; p != NULL; p = p->next) {
		if (p->up != net || p->range.n == 0 || p->lost != NULL)
			continue;
		if (first)
			buf_puts(o->b, "      pools:\n");
		first = false;
		buf_puts(o->b, "        -\n");
		values(o, 10, "range", &p->range);
		values(o, 10, "allow", &p->allow);
		values(o, 10, "deny", &p->deny);
		options(o, 10, p);
	}
}

static void
subnets(struct out *o)
{
	if (o->imp->subnet.first != NULL)
		buf_puts(o->b, "  subnets:\n");
	for (const struct imp_scope *s = o->imp->subnet.first; s != NULL; s = s->next) {
		char net[NET4_STRLEN];

		buf_printf(o->b, "    - subnet: %s\n", net4_str(s->net, net));
		if (s->mode != NULL)
			line(o, 6, "mode", s->mode);
		for (const struct imp_scope *up = s->up; up != NULL; up = up->up)
			if (up->kind == IMP_SHARED) {
				line(o, 6, "shared-network", up->name);
				break;
			}
		values(o, 6, "range", &s->range);
		pools(o, s);
		options(o, 6, s);
	}
}

/* The rest ------------------------------------------------------------------------- */

static void
trees(struct out *o)
{
	if (o->imp->tree != NULL)
		buf_puts(o->b, "trees:\n");
	for (const struct imp_tree *t = o->imp->tree; t != NULL; t = t->next) {
		indent(o, 2);
		scalar(o, t->name, false);
		buf_puts(o->b, ":\n");
		line(o, 4, "path", t->path);
		if (t->export != NULL)
			line(o, 4, "export", t->export);
		if (t->clients != NULL)
			line(o, 4, "clients", t->clients);
	}
}

static void
hosts(struct out *o)
{
	bool first = true;

	for (const struct imp_scope *h = o->imp->host.first; h != NULL; h = h->next) {
		if (h->lost != NULL)
			continue;
		if (first)
			buf_puts(o->b, "hosts:\n");
		first = false;
		indent(o, 2);
		scalar(o, h->name, false);
		buf_puts(o->b, ":\n");
		values(o, 4, "mac", &h->mac);
		if (h->client_id != NULL)
			line(o, 4, "client-id", h->client_id);
		if (h->circuit != NULL)
			line(o, 4, "circuit-id", h->circuit);
		if (h->remote != NULL)
			line(o, 4, "remote-id", h->remote);
		values(o, 4, "address", &h->address);
		if (h->hostname != NULL && strcmp(h->hostname, h->name) != 0)
			line(o, 4, "hostname", h->hostname);
		options(o, 4, h);
	}
}

void
imp_write(struct import *imp, struct buf *b)
{
	struct out o = { imp, b };

	buf_puts(b, "# Made by provctl import; what it could not carry over it has said.\n");
	values(&o, 0, "interface", &imp->interface);
	for (const struct imp_scope *s = imp->has_dhcp ? imp->subnet.first : NULL; s != NULL; s = s->next)
		if (s->mode != NULL && strcmp(s->mode, "proxy") == 0) {
			buf_puts(b, "clients: any\n");
			break;
		}
	trees(&o);
	if (imp->has_dhcp) {
		buf_puts(b, "dhcp:\n");
		for (const struct imp_option *d = imp->dhcp; d != NULL; d = d->next)
			line(&o, 2, d->name, d->v.v[0]);
		definitions(&o);
		options(&o, 2, &imp->top);
		classes(&o);
		subnets(&o);
	}
	hosts(&o);
}
