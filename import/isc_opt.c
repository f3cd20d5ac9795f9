/* isc_opt.c - dhcpd.conf: options, their definitions, and what provd keeps among them. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "isc_conf.h"

/* Definitions ----------------------------------------------------------------- */

static const char *
simple_type(struct isc *c, size_t *i)
{
	static const char *const types[][2] = {
		{ "ip-address", "ip-address" }, { "boolean", "boolean" }, { "text", "text" },
		{ "string", "string" }, { "flag", "boolean" }, { "domain-name", "domain-name" },
		{ "domain-list", "domain-list" }, { "ip6-address", NULL },
	};
	const struct isc_stmt *s = &c->st;
	bool sign = !isc_is(s, *i, "unsigned");

	if (isc_is(s, *i, "signed") || isc_is(s, *i, "unsigned"))
		++*i;
	if (isc_is(s, *i, "integer") && *i + 1 < s->n) {
		const char *t = imp_fmt(c->imp, "%s%.3s", sign ? "int" : "uint", s->t[*i + 1].s);

		*i += 2;
		return t;
	}
	for (size_t k = 0; k < sizeof(types) / sizeof(types[0]); k++)
		if (isc_is(s, *i, types[k][0])) {
			++*i;
			return types[k][1];
		}
	return NULL;
}

/* "array of uint8", "{ ip-address, uint8 }", "array of { ... }" */
static const char *
type_of(struct isc *c, size_t i)
{
	const char *array = "", *t, *out = "";

	if (isc_is(&c->st, i, "array") && isc_is(&c->st, i + 1, "of")) {
		array = "array of ";
		i += 2;
	}
	if (isc_is(&c->st, i, "encapsulate") && c->st.n == i + 2)
		return imp_fmt(c->imp, "encapsulate %s", c->st.t[i + 1].s);
	if (!isc_is(&c->st, i, "{")) {
		if ((t = simple_type(c, &i)) == NULL)
			return NULL;
		/* "domain-list compressed" is how it is packed. */
		if (i < c->st.n && !isc_is(&c->st, i, "compressed"))
			return NULL;
		return imp_fmt(c->imp, "%s%s", array, t);
	}
	for (unsigned n = 0; n < 32; n++) {
		i++;
		if ((t = simple_type(c, &i)) == NULL)
			return NULL;
		out = imp_fmt(c->imp, "%s%s%s", out, n > 0 ? ", " : "", t);
		if (isc_is(&c->st, i, "}"))
			return imp_fmt(c->imp, "%s{%s}", array, out);
		if (!isc_is(&c->st, i, ","))
			return NULL;
	}
	return NULL;
}

static void
definition(struct isc *c)
{
	const char *name = c->st.t[1].s, *dot = strchr(name, '.'), *type;
	struct imp_def *d;
	char *end;
	unsigned long code = strtoul(c->st.t[3].s, &end, 10);

	if (*end != '\0' || code == 0 || code > 254 || !isc_is(&c->st, 4, "=") ||
	    (type = type_of(c, 5)) == NULL) {
		isc_left(c, "provd has no option of this type");
		return;
	}
	if (c->imp->n_def++ >= 1024) {
		isc_left(c, "is one definition too many");
		return;
	}
	d = imp_alloc(c->imp, sizeof(*d));
	d->name = dot != NULL ? dot + 1 : name;
	d->space = dot != NULL ? imp_strn(c->imp, name, (size_t)(dot - name)) : NULL;
	d->code = (unsigned)code;
	d->type = type;
	d->at = c->st.at;
	*c->imp->def_end = d;
	c->imp->def_end = &d->next;
}

/* Values ----------------------------------------------------------------------- */

/* "a, b c, 01:02" is three values; within one, words are apart but for colons. */
static bool
values(struct isc *c, size_t i, struct imp_values *ret)
{
	const struct isc_stmt *s = &c->st;

	while (i < s->n) {
		const char *v = NULL;
		bool glue = false;

		for (; i < s->n && !isc_is(s, i, ","); i++) {
			const struct isc_tok *t = &s->t[i];
			bool colon = t->kind == ISC_PUNCT && (*t->s == ':' || *t->s == '/' || *t->s == '-');
			const char *w = t->s;

			if (t->kind == ISC_PUNCT && !colon)
				return false;
			/* NULs: as bytes they can be said, as text they would end it. */
			if (t->kind == ISC_STRING && memchr(w, '\0', t->len) != NULL)
				return false;
			if (t->kind == ISC_STRING && v == NULL && (i + 1 == s->n || isc_is(s, i + 1, ",")))
				w = imp_fmt(c->imp, "%c%s", IMP_QUOTED, w);
			v = v == NULL ? w : imp_fmt(c->imp, "%s%s%s", v, glue || colon ? "" : " ", w);
			if (strlen(v) > 4096)
				return false;
			glue = colon;
		}
		if (v == NULL || ret->n >= 256)
			return false;
		imp_push(c->imp, ret, v);
		i++;
	}
	return ret->n > 0;
}

/* Options that provd calls otherwise, or makes by itself. */
static bool
special(struct isc *c, const char *name, const struct imp_values *v)
{
	struct imp_scope *s = isc_now(c);
	const char *first = v->v[0] + (v->v[0][0] == IMP_QUOTED);
	uint32_t a;

	if (strcasecmp(name, "host-name") == 0 && s->kind == IMP_HOST) {
		s->hostname = first;
		return true;
	}
	if (strcasecmp(name, "bootfile-name") == 0) {
		imp_option1(c->imp, s, "filename", first, c->st.at);
		return true;
	}
	if (strcasecmp(name, "dhcp-server-identifier") == 0 && s->kind == IMP_TOP &&
	    ip4_parse(first, &a) == 0) {
		imp_dhcp(c->imp, "server-identifier", first, c->st.at);
		return true;
	}
	return false;
}

/* Statements of dhcpd, no options of it; the model has both in one place. */
static bool
is_statement(const char *name)
{
	static const char *const words[] = { "always-send", "default-lease-time", "filename",
	    "next-server", "server-name", "vendor-option-space" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(name, words[i]) == 0)
			return true;
	return false;
}

void
isc_option(struct isc *c)
{
	const char *name = c->st.n > 1 ? c->st.t[1].s : "";
	struct imp_values v = { 0 };
	struct imp_option *o;
	size_t i = 2;

	if (isc_is(&c->st, 1, "space")) {
		imp_tell(c->imp, c->st.at, isc_text(c->imp, &c->st, 0, c->st.n),
		    "a space is there as soon as an option is defined in it");
		return;
	}
	if (isc_is(&c->st, 2, "code") && c->st.n > 5) {
		definition(c);
		return;
	}
	if (isc_is(&c->st, i, "=") && c->st.n == 4)	/* an expression that is a constant */
		i++;
	if (!values(c, i, &v)) {
		isc_left(c, c->st.n < 3 ? "has no value" : "provd has constants here, no expressions");
		return;
	}
	if (isc_is(&c->st, 1, "dhcp-lease-time")) {
		isc_lease_time(c);
		return;
	}
	if (isc_is(&c->st, 1, "dhcp-client-identifier") && isc_now(c)->kind == IMP_HOST) {
		isc_client_id(c);
		return;
	}
	if (is_statement(name)) {
		isc_left(c, "is no option of dhcpd: without the word \"option\" it is a statement");
		return;
	}
	if (special(c, name, &v))
		return;
	o = imp_option(c->imp, isc_now(c), name, c->st.at);
	o->v = v;
}

/* filename, next-server, server-name. */
void
isc_as_option(struct isc *c)
{
	uint32_t a;

	if (c->st.n != 2)
		isc_left(c, "provd has constants here, no expressions");
	else if (isc_is(&c->st, 0, "next-server") && ip4_parse(c->st.t[1].s, &a) < 0)
		isc_left(c, "provd wants the address of that server");
	else if (c->st.t[1].len == 0)
		isc_left(c, "is empty: provd has nothing to send");
	else
		imp_option1(c->imp, isc_now(c), c->st.t[0].s, c->st.t[1].s, c->st.at);
}

void
isc_lease_time(struct isc *c)
{
	char *end = NULL;
	size_t i = isc_is(&c->st, 0, "option") ? 2 : 1;
	long long v = i < c->st.n ? strtoll(c->st.t[i].s, &end, 10) : 0;

	if (v == -1 || v > 86400)
		imp_tell(c->imp, c->st.at, isc_text(c->imp, &c->st, 0, c->st.n),
		    "dhcpd gives no more than max-lease-time, a day if that is not said");
	if (c->st.n != i + 1 || end == c->st.t[i].s || *end != '\0' || v < -1 || v > 4294967295)
		isc_left(c, "is no time");
	else if (v == -1 || v == 4294967295)
		imp_option1(c->imp, isc_now(c), "default-lease-time", "infinite", c->st.at);
	else if (v < 60) {
		imp_left(c->imp, c->st.at, isc_text(c->imp, &c->st, 0, c->st.n), "is 60 now, provd's shortest");
		imp_option1(c->imp, isc_now(c), "default-lease-time", "60", c->st.at);
	} else
		imp_option1(c->imp, isc_now(c), "default-lease-time", imp_fmt(c->imp, "%lld", v), c->st.at);
}
