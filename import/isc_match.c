/* isc_match.c - see isc_match.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "isc_match.h"

#define NESTED_MAX	24

struct expr {
	struct import	*imp;
	const struct isc_stmt *s;
	size_t		 i, end;
	unsigned	 depth;
	const char	*why;
};

static struct isc_cond	either(struct expr *);

static bool
fail(struct expr *e, const char *why)
{
	if (e->why == NULL)
		e->why = why;
	e->i = e->end;
	return false;
}

static bool
accept(struct expr *e, const char *word)
{
	if (e->i >= e->end || !isc_is(e->s, e->i, word))
		return false;
	e->i++;
	return true;
}

static bool
expect(struct expr *e, const char *word)
{
	return accept(e, word) || fail(e, "this condition cannot be read");
}

/* Data ----------------------------------------------------------------------- */

static bool
number(struct expr *e, size_t *ret)
{
	char *end;

	if (e->i >= e->end || e->s->t[e->i].kind != ISC_WORD)
		return fail(e, "this condition cannot be read");
	*ret = strtoul(e->s->t[e->i].s, &end, 10);
	if (*end != '\0' || *ret > 65535)
		return fail(e, "this condition cannot be read");
	e->i++;
	return true;
}

/* The option's number as far as it matters, be it defined by the file. */
static bool
option_crit(struct expr *e, const char *name, enum imp_crit *ret)
{
	static const struct { const char *name; unsigned code; enum imp_crit crit; } known[] = {
		{ "vendor-class-identifier", 60, IMP_VENDOR_CLASS },
		{ "user-class", 77, IMP_USER_CLASS },
		{ "pxe-system-type", 93, IMP_ARCH },
		{ "agent.circuit-id", 0, IMP_CIRCUIT_ID },
		{ "agent.remote-id", 0, IMP_REMOTE_ID },
	};
	unsigned code = 0;

	for (const struct imp_def *d = e->imp->def; d != NULL; d = d->next)
		if (d->space == NULL && strcasecmp(d->name, name) == 0)
			code = d->code;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcasecmp(name, known[i].name) == 0 || (code > 0 && code == known[i].code)) {
			*ret = known[i].crit;
			return true;
		}
	return fail(e, imp_fmt(e->imp, "provd's classes do not look at %.60s", name));
}

/* 00:07, or a bare byte. */
static bool
hex_const(struct expr *e, struct isc_data *ret)
{
	char *out = imp_alloc(e->imp, e->end - e->i + 1);
	size_t n = 0;

	do {
		char *end;
		unsigned long v;

		if (e->i >= e->end || e->s->t[e->i].kind != ISC_WORD)
			return fail(e, "this condition cannot be read");
		v = strtoul(e->s->t[e->i].s, &end, 16);
		if (*end != '\0' || v > 255)
			return fail(e, imp_fmt(e->imp, "provd's classes have no \"%.40s\"",
			    e->s->t[e->i].s));
		e->i++;
		out[n++] = (char)v;
	} while (accept(e, ":"));
	*ret = (struct isc_data){ .kind = ISC_CONST, .s = out, .len = n };
	return true;
}

static bool	data(struct expr *, struct isc_data *);

static bool
substring(struct expr *e, struct isc_data *ret)
{
	size_t off, n;

	if (!expect(e, "(") || !data(e, ret) || !expect(e, ",") || !number(e, &off) ||
	    !expect(e, ",") || !number(e, &n) || !expect(e, ")"))
		return false;
	if (ret->n != SIZE_MAX || ret->off != 0)
		return fail(e, "a substring of a substring");
	ret->off = off;
	ret->n = n;
	return true;
}

/* binary-to-ascii(16, 8, ":", substring(hardware, 1, 3)) */
static bool
to_ascii(struct expr *e, struct isc_data *ret)
{
	size_t base, width;

	if (!expect(e, "(") || !number(e, &base) || !expect(e, ",") || !number(e, &width) ||
	    !expect(e, ",") || e->i >= e->end)
		return fail(e, "this condition cannot be read");
	if (base != 16 || width != 8 || strcmp(e->s->t[e->i++].s, ":") != 0)
		return fail(e, "provd compares bytes, not their text");
	if (!expect(e, ",") || !data(e, ret) || !expect(e, ")"))
		return false;
	if (ret->kind != ISC_HARDWARE)
		return fail(e, "provd compares bytes, not their text");
	ret->ascii = true;
	return true;
}

static bool
encode_int(struct expr *e, struct isc_data *ret)
{
	size_t v, width;
	char *out = imp_alloc(e->imp, 5);

	if (!expect(e, "(") || !number(e, &v) || !expect(e, ",") || !number(e, &width) ||
	    !expect(e, ")"))
		return false;
	if (width != 8 && width != 16 && width != 32)
		return fail(e, "this condition cannot be read");
	for (size_t i = 0; i < width / 8; i++)
		out[i] = (char)(v >> (width - 8 - 8 * i));
	*ret = (struct isc_data){ .kind = ISC_CONST, .s = out, .len = width / 8 };
	return true;
}

static bool
data(struct expr *e, struct isc_data *ret)
{
	const struct isc_tok *t = e->i < e->end ? &e->s->t[e->i] : NULL;
	bool good;

	*ret = (struct isc_data){ .n = SIZE_MAX };
	if (t == NULL || ++e->depth > NESTED_MAX)
		return fail(e, "this condition cannot be read");
	if (t->kind == ISC_STRING) {
		e->i++;
		*ret = (struct isc_data){ .kind = ISC_CONST, .s = t->s, .len = t->len };
		good = true;
	} else if (accept(e, "option") || accept(e, "config-option")) {
		ret->kind = ISC_OPTION;
		good = e->i < e->end ? option_crit(e, e->s->t[e->i].s, &ret->crit) :
		    fail(e, "this condition cannot be read");
		e->i++;
	} else if (accept(e, "hardware")) {
		ret->kind = ISC_HARDWARE;
		ret->crit = IMP_MAC_PREFIX;
		good = true;
	} else if (accept(e, "substring")) {
		good = substring(e, ret);
	} else if (accept(e, "binary-to-ascii")) {
		good = to_ascii(e, ret);
	} else if (accept(e, "encode-int")) {
		good = encode_int(e, ret);
	} else {
		good = hex_const(e, ret);
	}
	e->depth--;
	return good;
}

/* Comparing ------------------------------------------------------------------ */

static bool
is_text(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] < ' ' || s[i] == 0x7f)
			return false;
	return n > 0;
}

static const char *
equal_arch(struct import *imp, const char *s, size_t n, const char **ret)
{
	if (n != 2)
		return "an architecture has two bytes";
	*ret = imp_fmt(imp, "%u", (unsigned)(unsigned char)s[0] << 8 | (unsigned char)s[1]);
	return NULL;
}

/* Hardware is the type and then the address: 1:00:11:22. */
static const char *
equal_mac(struct import *imp, const struct isc_data *d, const struct isc_data *c, const char **ret)
{
	unsigned char mac[8];
	size_t n = 0, skip = d->off == 0 ? 1 : 0;
	char text[24] = "";

	if (d->off > 1)
		return "it looks at the middle of the hardware address";
	if (d->ascii) {
		const char *p = c->s;
		char *end;

		for (; n < 7 && *p != '\0'; p = *end == ':' ? end + 1 : end) {
			unsigned long v = strtoul(p, &end, 16);

			if (end == p || v > 255 || (*end != ':' && *end != '\0'))
				return "it is no hardware address";
			mac[n++] = (unsigned char)v;
		}
		if (*p != '\0')
			return "it is no hardware address";
	} else if (c->len > 7) {
		return "it is no hardware address";
	} else {
		memcpy(mac, c->s, n = c->len);
	}
	if (d->n != SIZE_MAX && d->n != n)
		return "the lengths differ, so it fits no machine";
	if (n <= skip || n - skip > 6 || (skip == 1 && mac[0] != 1))
		return "provd knows Ethernet addresses only";
	for (size_t i = skip, k = 0; i < n; i++)
		k += (size_t)snprintf(text + k, sizeof(text) - k, "%s%02x", i > skip ? ":" : "", mac[i]);
	*ret = imp_str(imp, text);
	return NULL;
}

const char *
isc_equal(struct import *imp, const struct isc_data *a, const struct isc_data *b,
    struct imp_alt *ret)
{
	const struct isc_data *d = a->kind == ISC_CONST ? b : a, *c = a->kind == ISC_CONST ? a : b;
	const char **v = &ret->v[d->crit];

	*ret = (struct imp_alt){ 0 };
	if (c->kind != ISC_CONST || d->kind == ISC_CONST || d->kind == ISC_NOTHING)
		return "provd's classes compare with constants only";
	if (d->kind == ISC_HARDWARE)
		return equal_mac(imp, d, c, v);
	/* "PXEClient:Arch:00007:UNDI:003016" */
	if (d->crit == IMP_VENDOR_CLASS && d->off == 15 && d->n == 5 && c->len == 5 &&
	    strspn(c->s, "0123456789") == 5) {
		ret->v[IMP_ARCH] = imp_fmt(imp, "%lu", strtoul(c->s, NULL, 10));
		ret->v[IMP_VENDOR_CLASS] = "PXEClient";
		return NULL;
	}
	if (d->off != 0)
		return "provd's classes compare from the beginning";
	if (d->n != SIZE_MAX && d->n != c->len)
		return "the lengths differ, so it fits no machine";
	if (d->crit == IMP_ARCH)
		return equal_arch(imp, c->s, c->len, v);
	if (!is_text(c->s, c->len))
		return "provd's classes compare text";
	*v = imp_strn(imp, c->s, c->len);
	return NULL;
}

/* Conditions ------------------------------------------------------------------ */

/* Two values for one thing: "there" and a value, or a prefix of the other. */
static bool
join(const char *a, const char *b, const char **ret)
{
	size_t na = strlen(a), nb = strlen(b);

	if (strncmp(a, b, na < nb ? na : nb) != 0)
		return false;
	*ret = na < nb ? b : a;
	return true;
}

bool
isc_both(struct import *imp, const struct imp_alt *a, size_t na, const struct imp_alt *b,
    size_t nb, struct imp_alt **ret, size_t *ret_n)
{
	struct imp_alt *out;
	size_t n = 0;

	if (na * nb > IMP_ALTS_MAX)
		return false;
	out = imp_alloc(imp, (na * nb + 1) * sizeof(*out));
	for (size_t i = 0; i < na * nb; i++) {
		const struct imp_alt *x = &a[i / nb], *y = &b[i % nb];
		struct imp_alt both = *x;
		bool can = true;

		for (size_t k = 0; k < IMP_N_CRIT; k++)
			if (x->v[k] == NULL)
				both.v[k] = y->v[k];
			else if (y->v[k] != NULL && (k == IMP_ARCH || k == IMP_SUBNET_IS) &&
			    x->v[k][0] != '\0' && y->v[k][0] != '\0')
				can = can && strcmp(x->v[k], y->v[k]) == 0;
			else if (y->v[k] != NULL)
				can = can && join(x->v[k], y->v[k], &both.v[k]);
		if (can)
			out[n++] = both;
	}
	*ret = out;
	*ret_n = n;
	return true;
}

static struct isc_cond
one(struct expr *e, struct imp_alt alt)
{
	struct isc_cond c = { .alt = imp_alloc(e->imp, sizeof(alt)), .n = 1 };

	*c.alt = alt;
	return c;
}

static struct isc_cond
comparison(struct expr *e)
{
	struct isc_data a, b;
	struct imp_alt alt;
	struct isc_cond c = { 0 };
	const char *why;
	bool unequal;

	if (!data(e, &a))
		return c;
	unequal = accept(e, "!");
	if (accept(e, "~")) {
		fail(e, "provd's classes have no regular expressions");
		return c;
	}
	if (!expect(e, "=") || !data(e, &b))
		return c;
	if ((why = isc_equal(e->imp, &a, &b, &alt)) != NULL) {
		fail(e, why);
		return c;
	}
	c = one(e, alt);
	c.negated = unequal;
	return c;
}

static struct isc_cond
simple(struct expr *e)
{
	struct isc_cond c = { 0 };

	if (++e->depth > NESTED_MAX) {
		fail(e, "this condition is nested too deep");
		return c;
	}
	if (accept(e, "not") || accept(e, "!")) {
		c = simple(e);
		c.negated = !c.negated;
	} else if (accept(e, "(")) {
		c = either(e);
		expect(e, ")");
	} else if (accept(e, "exists")) {
		struct imp_alt alt = { 0 };
		enum imp_crit k;

		if (e->i >= e->end)
			fail(e, "this condition cannot be read");
		else if (option_crit(e, e->s->t[e->i].s, &k)) {
			e->i++;
			alt.v[k] = "";
			c = one(e, alt);
		}
	} else if (accept(e, "known") || accept(e, "static")) {
		fail(e, "provd's classes do not look at whether a client is known");
	} else {
		c = comparison(e);
	}
	e->depth--;
	return c;
}

static struct isc_cond
both(struct expr *e)
{
	struct isc_cond a = simple(e);

	while (e->why == NULL && accept(e, "and")) {
		struct isc_cond b = simple(e);

		if (a.negated || b.negated)
			fail(e, "provd's classes have no \"not\"");
		else if (!isc_both(e->imp, a.alt, a.n, b.alt, b.n, &a.alt, &a.n))
			fail(e, "this condition has too many cases");
	}
	return a;
}

static struct isc_cond
either(struct expr *e)
{
	struct isc_cond a = both(e);

	while (e->why == NULL && accept(e, "or")) {
		struct isc_cond b = both(e), c;

		if (a.negated || b.negated) {
			fail(e, "provd's classes have no \"not\"");
			break;
		}
		if (a.n + b.n > IMP_ALTS_MAX) {
			fail(e, "this condition has too many cases");
			break;
		}
		c = (struct isc_cond){ .n = a.n + b.n };
		c.alt = imp_alloc(e->imp, (c.n + 1) * sizeof(*c.alt));
		if (a.n > 0)
			memcpy(c.alt, a.alt, a.n * sizeof(*c.alt));
		if (b.n > 0)
			memcpy(c.alt + a.n, b.alt, b.n * sizeof(*c.alt));
		a = c;
	}
	return a;
}

void
isc_cond(struct import *imp, const struct isc_stmt *s, size_t i, size_t end, struct isc_cond *ret)
{
	struct expr e = { .imp = imp, .s = s, .i = i, .end = end };

	*ret = either(&e);
	if (e.why == NULL && e.i < e.end)
		fail(&e, "this condition cannot be read");
	if (e.why == NULL && ret->n == 0)
		fail(&e, "it fits no machine");
	for (size_t a = 0; e.why == NULL && a < ret->n; a++)
		for (size_t k = 0; k < IMP_N_CRIT; k++)
			if (ret->alt[a].v[k] != NULL && ret->alt[a].v[k][0] == '\0')
				fail(&e, "provd's classes cannot ask whether an option is there");
	ret->why = e.why;
}

const char *
isc_data(struct import *imp, const struct isc_stmt *s, size_t i, size_t end, struct isc_data *ret)
{
	struct expr e = { .imp = imp, .s = s, .i = i, .end = end };

	if (data(&e, ret) && e.i < e.end)
		fail(&e, "this cannot be read");
	return e.why;
}
