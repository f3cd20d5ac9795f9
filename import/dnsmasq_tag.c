/* dnsmasq_tag.c - what counts for some tags finds its hosts, network or class. */
#include <stdlib.h>
#include <string.h>

#include "dnsmasq.h"
#include "isc_match.h"

static struct dnsmasq_tag *
known_tag(const struct dnsmasq *d, const char *name)
{
	for (struct dnsmasq_tag *t = d->tag; t != NULL; t = t->next)
		if (strcmp(t->name, name) == 0)
			return t;
	return NULL;
}

/* All that an entry gives goes there. */
static void
give(struct dnsmasq *d, const struct dnsmasq_entry *e, struct imp_scope *s)
{
	for (const struct imp_option *o = e->opt; o != NULL; o = o->next) {
		const struct imp_option *was = imp_option_get(s, o->name);
		struct imp_option *to;

		if (was != NULL && strcmp(o->name, "always-send") == 0) {
			if (was->v.n < 64 && !imp_has(&was->v, o->v.v[0]))
				imp_push(d->imp, &((struct imp_option *)(uintptr_t)was)->v, o->v.v[0]);
			continue;
		}
		to = imp_option(d->imp, s, o->name, o->at);
		for (size_t i = 0; i < o->v.n; i++)
			imp_push(d->imp, &to->v, o->v.v[i]);
	}
}

static struct imp_scope *
new_class(struct dnsmasq *d, const struct dnsmasq_entry *e, const char *name,
    const struct imp_alt *alt, size_t n, unsigned depth)
{
	struct imp_scope *c = imp_class(d->imp, NULL, name, e->at), **p = &d->imp->class.first;

	c->said = name;
	c->alt = imp_alloc(d->imp, (n + 1) * sizeof(*c->alt));
	memcpy(c->alt, alt, n * sizeof(*c->alt));
	c->n_alt = n;
	c->depth = depth;
	while (*p != c)
		p = &(*p)->next;
	*p = NULL;
	return c;
}

static struct imp_scope *
first_class(struct import *imp, struct imp_scope *c)
{
	c->next = imp->class.first;
	imp->class.first = c;
	for (imp->class.end = &imp->class.first; *imp->class.end != NULL;)
		imp->class.end = &(*imp->class.end)->next;
	return c;
}

/* The classes of several tags together; made once. */
static struct imp_scope *
class_of(struct dnsmasq *d, const struct dnsmasq_entry *e, const struct imp_alt *alt, size_t n)
{
	struct imp_scope *c;
	const char *name = "";
	unsigned depth = 1;

	for (size_t i = 0; i < e->tag.n; i++) {
		const struct dnsmasq_tag *t = known_tag(d, e->tag.v[i]);

		name = imp_fmt(d->imp, "%.200s%s%.60s", name, i > 0 ? "-" : "", e->tag.v[i]);
		depth = t != NULL && t->negated ? 2 : depth;
	}
	for (struct imp_scope **p = &d->imp->class.first; (c = *p) != NULL; p = &c->next)
		if (c->said != NULL && strcmp(c->said, name) == 0) {
			*p = c->next;
			break;
		}
	if (c == NULL)
		c = new_class(d, e, name, alt, n, depth);
	/* Of what fits a machine the last one in the file counts; of provd's
	 * classes the first. */
	return first_class(d->imp, c);
}

static void
lost(struct dnsmasq *d, const struct dnsmasq_entry *e, const char *why)
{
	imp_left(d->imp, e->at, e->what, "%s", why);
}

static bool
says(const struct dnsmasq *d, const struct dnsmasq_tag *t, const char *option)
{
	for (const struct dnsmasq_entry *x = d->entry; x != NULL; x = x->next)
		for (const struct imp_option *p = x->opt; p != NULL; p = p->next)
			if (imp_has(&x->tag, t->name) && strcmp(p->name, option) == 0)
				return true;
	return false;
}

/* An entry for the absence of a tag is given to all: who has the tag must be
 * given the same by its class, which counts more. */
static bool
covered(struct dnsmasq *d, const struct dnsmasq_entry *e)
{
	for (size_t i = 0; i < e->no.n; i++) {
		const struct dnsmasq_tag *t = known_tag(d, e->no.v[i]);
		const struct imp_option *o = e->opt;

		if (t == NULL)
			continue;		/* nobody ever has it */
		if (t->n_alt == 0 || !says(d, t, o->name))
			return false;
		/* With another file the server beside it is of no use, and no harm. */
		for (o = o->next; o != NULL; o = o->next)
			if (strcmp(e->opt->name, "filename") != 0)
				return false;
			else if (!says(d, t, o->name))
				imp_left(d->imp, e->at, e->what, "who has the tag %.60s is given this %s too",
				    t->name, o->name);
	}
	return true;
}

static void
resolve(struct dnsmasq *d, const struct dnsmasq_entry *e)
{
	struct imp_scope *net = NULL;
	const struct dnsmasq_tag *hosts = NULL;
	struct imp_alt none = { 0 }, *alt = &none;
	size_t n = 1, classes = 0;

	for (size_t i = 0; i < e->tag.n; i++) {
		const struct dnsmasq_tag *t = known_tag(d, e->tag.v[i]);

		if (t == NULL) {
			lost(d, e, imp_fmt(d->imp, "nothing that provd knows sets the tag %.60s", e->tag.v[i]));
			return;
		}
		if (t->n_alt > 0) {
			classes++;
			if (!isc_both(d->imp, alt, n, t->alt, t->n_alt, &alt, &n) || n == 0) {
				lost(d, e, "no machine has these tags together");
				return;
			}
		} else if (t->net != NULL && (net == NULL || net == t->net)) {
			net = t->net;
		} else if (t->host.n > 0 && hosts == NULL) {
			hosts = t;
		} else {
			lost(d, e, "no machine has these tags together");
			return;
		}
	}
	if (!covered(d, e)) {
		lost(d, e, "provd's classes have no \"not\": say for the others what they get");
		return;
	}
	if (hosts != NULL && (net != NULL || classes > 0)) {
		lost(d, e, "provd gives a host its options wherever it is");
	} else if (hosts != NULL) {
		for (size_t i = 0; i < hosts->host.n; i++)
			give(d, e, d->host[strtoul(hosts->host.v[i], NULL, 10)]);
	} else if (classes == 0) {
		give(d, e, net != NULL ? net : &d->imp->top);
	} else {
		if (net != NULL) {
			struct imp_alt in = { 0 };
			char text[NET4_STRLEN];

			in.v[IMP_SUBNET_IS] = imp_str(d->imp, net4_str(net->net, text));
			if (!isc_both(d->imp, alt, n, &in, 1, &alt, &n))
				return;
		}
		give(d, e, class_of(d, e, alt, n));
	}
}

/* A pool may be for a tag that gives no options: it needs its class too. */
static void
pool_class(struct dnsmasq *d, const char *name)
{
	struct dnsmasq_entry e = { .at = d->at };
	const struct dnsmasq_tag *t = known_tag(d, name);

	if (t == NULL || t->n_alt == 0)
		return;
	e.at = t->at;
	imp_push(d->imp, &e.tag, name);
	class_of(d, &e, t->alt, t->n_alt)->needed = true;
}

void
dnsmasq_resolve(struct dnsmasq *d)
{
	for (const struct dnsmasq_entry *e = d->entry; e != NULL; e = e->next)
		for (size_t i = 0; i < e->no.n; i++) {
			struct dnsmasq_tag *t = known_tag(d, e->no.v[i]);

			if (t != NULL)
				t->negated = true;
		}
	for (const struct dnsmasq_entry *e = d->entry; e != NULL; e = e->next)
		if (e->opt != NULL)
			resolve(d, e);
	for (const struct imp_scope *p = d->imp->pool.first; p != NULL; p = p->next) {
		for (size_t i = 0; i < p->allow.n; i++)
			pool_class(d, p->allow.v[i]);
		for (size_t i = 0; i < p->deny.n; i++)
			pool_class(d, p->deny.v[i]);
	}
}
