/* isc_class.c - dhcpd.conf: classes, subclasses, and if as classes. */
#include <string.h>

#include "isc_conf.h"

static struct isc_class *
class_of(const struct isc *c, const char *name)
{
	for (struct isc_class *k = c->class; k != NULL; k = k->next)
		if (strcmp(k->name, name) == 0)
			return k;
	return NULL;
}

void
isc_class(struct isc *c)
{
	struct isc_class *k;
	const char *name;

	if (c->st.n != 2 || c->imp->class_names.n >= IMP_CLASSES_MAX) {
		isc_enter_lost(c, c->st.n != 2 ? "has no name" : "is one class too many");
		return;
	}
	name = c->st.t[1].s;
	if ((k = class_of(c, name)) == NULL) {
		k = imp_alloc(c->imp, sizeof(*k));
		k->scope = imp_class(c->imp, NULL, name, c->st.at);
		k->name = k->scope->said = name;
		k->next = c->class;
		c->class = k;
	}
	isc_enter(c, k->scope, NULL);
}

/* match if COND; match DATA; */
void
isc_match_stmt(struct isc *c)
{
	struct imp_scope *s = isc_now(c);
	struct isc_class *k = c->class;
	struct isc_cond cond;
	const char *why;

	while (k != NULL && k->scope != s)
		k = k->next;
	if (k == NULL) {
		isc_left(c, "belongs to a class");
	} else if (s->n_alt > 0 || k->has_key) {
		isc_left(c, "the class has a match already");
	} else if (isc_is(&c->st, 1, "if")) {
		isc_cond(c->imp, &c->st, 2, c->st.n, &cond);
		if (cond.why == NULL && cond.negated)
			cond.why = "provd's classes have no \"not\"";
		if (cond.why != NULL) {
			isc_left(c, cond.why);
			return;
		}
		s->alt = cond.alt;
		s->n_alt = cond.n;
	} else if ((why = isc_data(c->imp, &c->st, 1, c->st.n, &k->key)) != NULL) {
		isc_left(c, why);
	} else {
		k->has_key = true;
	}
}

static void
add_alt(struct import *imp, struct imp_scope *s, const struct imp_alt *alt)
{
	/* Room for a power of two; the array of a "match if" has one to spare at most. */
	if ((s->n_alt & (s->n_alt - 1)) == 0) {
		struct imp_alt *a = imp_alloc(imp, (s->n_alt > 0 ? s->n_alt * 2 : 1) * sizeof(*a));

		if (s->n_alt > 0)
			memcpy(a, s->alt, s->n_alt * sizeof(*a));
		s->alt = a;
	}
	s->alt[s->n_alt++] = *alt;
}

/* subclass "name" 1:08:00:2b:4c:39:ad [{ ... }] */
void
isc_subclass(struct isc *c)
{
	struct isc_class *k = c->st.n > 2 ? class_of(c, c->st.t[1].s) : NULL;
	struct imp_scope *s;
	struct isc_data value;
	struct imp_alt alt;
	const char *why = NULL;

	if (k == NULL)
		why = "there is no such class";
	else if (!k->has_key)
		why = "its class could not be carried over";
	else if ((why = isc_data(c->imp, &c->st, 2, c->st.n, &value)) == NULL)
		why = isc_equal(c->imp, &k->key, &value, &alt);
	if (why != NULL && c->st.end == '{') {
		isc_enter_lost(c, why);
	} else if (why != NULL) {
		isc_left(c, why);
	} else if (k->scope->n_alt >= 4096 || c->imp->class_names.n >= IMP_CLASSES_MAX) {
		isc_left(c, "there are too many of them");
		if (c->st.end == '{')
			isc_skip_block(&c->lex);
	} else {
		add_alt(c->imp, k->scope, &alt);
		if (c->st.end != '{')
			return;
		/* Its own options stand before those of its class. */
		s = imp_class(c->imp, NULL, k->scope->name, c->st.at);
		s->depth = 1;
		add_alt(c->imp, s, &alt);
		isc_enter(c, s, NULL);
	}
}

/* if -------------------------------------------------------------------------- */

/* Where a decision can be told as a class: its options count as the class's. */
static bool
can_branch(const struct imp_scope *s)
{
	for (; s != NULL; s = s->up)
		if (s->kind == IMP_HOST || s->kind == IMP_POOL || s->kind == IMP_GROUP)
			return false;
	return true;
}

static struct imp_scope *
new_branch(struct isc *c, struct isc_chain *ch, const struct isc_cond *cond)
{
	struct imp_scope *in = isc_now(c), *s;

	if (ch->n == sizeof(ch->branch) / sizeof(ch->branch[0]) ||
	    c->imp->class_names.n >= IMP_CLASSES_MAX)
		return NULL;
	s = imp_class(c->imp, in, imp_fmt(c->imp, "line-%u", c->st.at.line), c->st.at);
	s->alt = cond->alt;
	s->n_alt = cond->n;
	s->depth = in->depth + 1;
	ch->branch[ch->n++] = s;
	return s;
}

static void
lose_chain(struct isc *c, struct isc_chain *ch, const char *why)
{
	ch->lost = true;
	isc_enter_lost(c, why);
}

static void
first_branch(struct isc *c, struct isc_chain *ch, size_t cond_at)
{
	struct imp_scope *in = isc_now(c), *s;
	struct isc_cond cond;

	isc_cond(c->imp, &c->st, cond_at, c->st.n, &cond);
	if (cond.why == NULL && !can_branch(in))
		cond.why = "provd decides by class, for whole networks only";
	if (cond.why != NULL) {
		lose_chain(c, ch, cond.why);
	} else if ((s = new_branch(c, ch, &cond)) == NULL) {
		lose_chain(c, ch, "has too many branches");
	} else if (cond.negated) {
		ch->other = s;
		isc_enter(c, in, ch);
	} else {
		isc_enter(c, s, NULL);
	}
}

void
isc_if(struct isc *c)
{
	struct isc_level *l = &c->level[c->depth];
	struct isc_chain *ch = l->chain;
	bool start = isc_is(&c->st, 0, "if");
	bool last = isc_is(&c->st, 0, "else") && c->st.n == 1, done = ch != NULL && ch->done;

	if (last && ch != NULL)
		ch->done = true;
	if (start) {
		l->chain = ch = imp_alloc(c->imp, sizeof(*ch));
		ch->at = c->st.at;
		first_branch(c, ch, 1);
	} else if (ch == NULL || done) {
		isc_enter_lost(c, "belongs to no if");
	} else if (ch->lost) {
		isc_enter_lost(c, imp_fmt(c->imp, "belongs to line %u, which is left out", ch->at.line));
	} else if (last && ch->other != NULL) {
		struct imp_scope *s = ch->other;

		ch->other = NULL;
		isc_enter(c, s, NULL);
	} else if (last) {
		isc_enter(c, l->scope, ch);
	} else if (ch->rest.n > 0 || ch->other != NULL) {
		lose_chain(c, ch, "provd's classes have no \"not\"");
	} else {
		first_branch(c, ch, isc_is(&c->st, 0, "elsif") ? 1 : 2);
	}
}

static bool
disjoint(const struct imp_scope *a, const struct imp_scope *b)
{
	for (size_t i = 0; i < a->n_alt; i++)
		for (size_t k = 0; k < b->n_alt; k++) {
			bool apart = false;

			for (size_t x = 0; x < IMP_N_CRIT; x++) {
				const char *p = a->alt[i].v[x], *q = b->alt[k].v[x];
				size_t n;

				if (p == NULL || q == NULL)
					continue;
				n = strlen(p) < strlen(q) && x != IMP_ARCH ? strlen(p) : strlen(q);
				apart = apart || strncmp(p, q, n + (x == IMP_ARCH)) != 0;
			}
			if (!apart)
				return false;
		}
	return true;
}

static void
also_given(struct isc *c, const struct imp_scope *to, const char *option, unsigned line)
{
	if (imp_option_get(to, option) == NULL)
		imp_left(c->imp, to->at, imp_fmt(c->imp, "class %s", to->name), "its machines are also "
		    "given %.60s of line %u, as classes add up", option, line);
}

/* A later branch's options reach who fits an earlier one that does not say
 * them: branches exclude each other, classes add up. */
void
isc_chain_end(struct isc *c, struct isc_chain *ch)
{
	for (size_t i = 0; i < ch->n; i++) {
		const struct imp_scope *s = ch->branch[i];

		for (size_t k = i + 1; k < ch->n; k++)
			if (!disjoint(s, ch->branch[k]))
				for (const struct imp_option *o = ch->branch[k]->opt; o != NULL; o = o->next)
					also_given(c, s, o->name, o->at.line);
		for (size_t k = 0; k < ch->rest.n; k++)
			also_given(c, s, ch->rest.v[k], ch->at.line);
	}
}
