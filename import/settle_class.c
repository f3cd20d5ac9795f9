/* settle_class.c - a class of provd is one list of values for each thing it looks at. */
#include <string.h>

#include "isc_match.h"
#include "settle.h"

#define CLASSES_MAX	254

/* What a decision stands in: an outer class, networks. */
static bool
context(struct import *imp, const struct imp_scope *s, struct imp_alt **alt, size_t *n)
{
	for (const struct imp_scope *up = s->up; up != NULL; up = up->up) {
		struct imp_alt *a;
		size_t k = 0;
		char net[NET4_STRLEN];

		if (up->kind == IMP_CLASS) {
			if (!isc_both(imp, *alt, *n, up->alt, up->n_alt, alt, n))
				return false;
			continue;
		}
		if (up->kind != IMP_SUBNET && up->kind != IMP_SHARED)
			continue;
		a = imp_alloc(imp, (imp->n_subnet + 1) * sizeof(*a));
		for (const struct imp_scope *q = imp->subnet.first; q != NULL; q = q->next)
			if (q == up || (up->kind == IMP_SHARED && q->up == up))
				a[k++].v[IMP_SUBNET_IS] = imp_str(imp, net4_str(q->net, net));
		if (!isc_both(imp, *alt, *n, a, k, alt, n))
			return false;
		if (up->kind == IMP_SUBNET)	/* its shared network says no more */
			break;
	}
	return true;
}

/* The one thing in which they differ, if it is one and none lacks it. */
static bool
differ_in_one(const struct imp_scope *c, const struct imp_alt *a, size_t *ret)
{
	size_t n = 0;

	for (size_t k = 0; k < IMP_N_CRIT; k++) {
		const char *x = a->v[k];
		bool listed = x != NULL && imp_has(&c->crit[k], x);

		if ((x == NULL) != (c->crit[k].n == 0))
			return false;
		if (x == NULL || (listed && c->crit[k].n == 1))
			continue;
		*ret = k;
		n++;
	}
	if (n > 1)
		return false;
	/* A list elsewhere than in the one that differs would let more in. */
	for (size_t k = 0; n == 1 && k < IMP_N_CRIT; k++)
		if (k != *ret && c->crit[k].n > 1)
			return false;
	if (n == 0)
		*ret = IMP_N_CRIT;
	return true;
}

static size_t
max_of(enum imp_crit k)
{
	return k == IMP_ARCH || k == IMP_VENDOR_CLASS || k == IMP_USER_CLASS ? 32 :
	    k == IMP_SUBNET_IS ? 64 : 256;
}

static void
add(struct import *imp, struct imp_scope *c, const struct imp_alt *a)
{
	for (size_t k = 0; k < IMP_N_CRIT; k++)
		if (a->v[k] != NULL && !imp_has(&c->crit[k], a->v[k]))
			imp_push(imp, &c->crit[k], a->v[k]);
}

/* NULL, or what provd would not take. */
static const char *
bad_value(const struct imp_alt *a)
{
	for (size_t k = 0; k < IMP_N_CRIT; k++) {
		const char *v = a->v[k];

		if (v == NULL)
			continue;
		if (*v == '\0' || strlen(v) > 255 || !imp_is_text(v) ||
		    ((k == IMP_CIRCUIT_ID || k == IMP_REMOTE_ID) && strncmp(v, "0x", 2) == 0))
			return v;
		for (size_t i = 0; k == IMP_MAC_PREFIX && (i == 0 || v[i - 1] != '\0'); i += 3)
			if (i > 15 || hex_digit(v[i]) < 0 || hex_digit(v[i + 1]) < 0 ||
			    (v[i + 2] != ':' && v[i + 2] != '\0'))
				return v;
	}
	return NULL;
}

static size_t
without_bad(struct import *imp, const struct imp_scope *c, struct imp_alt *alt, size_t n)
{
	size_t good = 0;

	for (size_t i = 0; i < n; i++) {
		const char *bad = bad_value(&alt[i]);

		if (bad == NULL)
			alt[good++] = alt[i];
		else
			imp_left(imp, c->at, imp_fmt(imp, "class %s", c->name),
			    "provd does not compare with \"%.60s\"", bad);
	}
	return good;
}

static void
split(struct import *imp, struct imp_scope *c, const struct imp_alt *alt, size_t n, size_t *room)
{
	struct imp_scope *to = c;
	size_t k = 0;

	add(imp, to, &alt[0]);
	for (size_t i = 1; i < n; i++) {
		if (differ_in_one(to, &alt[i], &k) &&
		    (k == IMP_N_CRIT || to->crit[k].n < max_of((enum imp_crit)k))) {
			add(imp, to, &alt[i]);
			continue;
		}
		if (*room == 0) {
			imp_left(imp, c->at, imp_fmt(imp, "class %s", c->name), "is one class too many");
			return;
		}
		--*room;
		to = imp_class(imp, NULL, c->name, c->at);
		to->said = c->said;
		to->depth = c->depth;
		to->split_from = c;
		add(imp, to, &alt[i]);
	}
}

/* What is deeper counts first, and what an inner network says counts before
 * a decision that was made for all. */
static void
order(struct import *imp)
{
	struct imp_list out = { .end = &out.first };

	for (unsigned depth = IMP_DEPTH_MAX; depth-- > 0;)
		for (struct imp_scope *c = imp->class.first, *next; c != NULL; c = next) {
			struct imp_scope **p = &imp->class.first;

			next = c->next;
			if (c->depth != depth)
				continue;
			while (*p != c)
				p = &(*p)->next;
			*p = next;
			c->next = NULL;
			*out.end = c;
			out.end = &c->next;
		}
	imp->class = out;
}

/* In dhcpd an if outside of networks is weaker than what they say. */
static void
stronger(struct import *imp, const struct imp_scope *c)
{
	if (c->up == NULL || c->up->kind == IMP_CLASS)
		return;
	for (const struct imp_option *o = c->opt; o != NULL; o = o->next)
		for (const struct imp_scope *s = imp->subnet.first; s != NULL; s = s->next) {
			const struct imp_option *p = s == c->up ? NULL : imp_option_get(s, o->name);

			if (p != NULL && (c->up->kind == IMP_TOP || s->up == c->up) && p->at.line != 0)
				imp_left(imp, p->at, o->name, "a class counts more than a network in provd: "
				    "class %s says something else", c->name);
		}
}

void
imp_settle_classes(struct import *imp)
{
	size_t room = CLASSES_MAX;

	for (struct imp_scope *c = imp->class.first; c != NULL; c = c->next) {
		struct imp_alt *alt = c->alt;
		size_t n = c->n_alt;

		if (alt == NULL) {	/* split off, or never told what it is */
			c->unused = true;
			for (size_t k = 0; k < IMP_N_CRIT; k++)
				c->unused = c->unused && c->crit[k].n == 0;
			if (c->unused)
				imp_left(imp, c->at, imp_fmt(imp, "class %s", c->name),
				    "nothing is left that tells its members");
			continue;
		}
		if (!context(imp, c, &alt, &n) || n == 0 || room == 0) {
			imp_left(imp, c->at, imp_fmt(imp, "class %s", c->name), n == 0 ?
			    "no machine is in it" : "is one class too many");
			c->unused = true;
			continue;
		}
		if (c->depth > 0 && c->opt == NULL && !c->needed) {	/* an if without effect */
			c->unused = true;
			continue;
		}
		if ((n = without_bad(imp, c, alt, n)) == 0) {
			c->unused = true;
			continue;
		}
		room--;
		stronger(imp, c);
		split(imp, c, alt, n, &room);
	}
	order(imp);
}
