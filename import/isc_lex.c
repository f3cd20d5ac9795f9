/* isc_lex.c - see isc_lex.h. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "isc_lex.h"

#define WORDS_MAX	((size_t)65536)		/* of one statement */

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    c == '-' || c == '_' || c == '.' || (c & 0x80) != 0;
}

static void
skip_space(struct isc_lex *l)
{
	while (l->p < l->end) {
		if (*l->p == '\n')
			l->line++;
		if (*l->p == '#') {
			while (l->p < l->end && *l->p != '\n')
				l->p++;
		} else if (strchr(" \t\r\n\f\v", *l->p) != NULL) {	/* NUL too */
			l->p++;
		} else {
			break;
		}
	}
}

/* One to three octal digits, or one or two of hex behind an x. */
static char
escape(struct isc_lex *l)
{
	unsigned v = 0, n = 0;

	if (*l->p >= '0' && *l->p <= '7') {
		while (l->p < l->end && n++ < 3 && *l->p >= '0' && *l->p <= '7')
			v = v * 8 + (unsigned)(*l->p++ - '0');
		return (char)v;
	}
	if (*l->p == 'x') {
		l->p++;
		while (l->p < l->end && n++ < 2 && hex_digit(*l->p) >= 0)
			v = v * 16 + (unsigned)hex_digit(*l->p++);
		return (char)v;
	}
	switch (*l->p++) {
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case 'r':
		return '\r';
	case 'b':
		return '\b';
	default:
		return l->p[-1];
	}
}

static void
string(struct isc_lex *l, struct isc_tok *ret)
{
	const char *q = ++l->p;
	char *out;
	size_t n = 0;

	while (q < l->end && *q != '"')
		q += *q == '\\' && l->end - q > 1 ? 2 : 1;
	out = imp_alloc(l->imp, (size_t)(q - l->p) + 1);
	while (l->p < q) {
		char c = *l->p++;

		if (c == '\n')
			l->line++;
		if (c == '\\' && l->p < q)
			c = escape(l);
		out[n++] = c;
	}
	if (l->p < l->end)
		l->p++;
	else
		imp_left(l->imp, (struct imp_place){ l->file, ret->line }, NULL,
		    "this string is not closed");
	ret->kind = ISC_STRING;
	ret->s = out;
	ret->len = n;
}

static bool
next(struct isc_lex *l, struct isc_tok *ret)
{
	const char *p;

	skip_space(l);
	ret->line = l->line;
	if (l->p == l->end)
		return false;
	if (*l->p == '"') {
		string(l, ret);
		return true;
	}
	for (p = l->p; p < l->end && is_word(*p); p++)
		;
	ret->kind = p > l->p ? ISC_WORD : ISC_PUNCT;
	if (p == l->p)
		p++;
	ret->len = (size_t)(p - l->p);
	ret->s = imp_strn(l->imp, l->p, ret->len);
	l->p = p;
	return true;
}

static void
add(struct isc_lex *l, struct isc_stmt *s, const struct isc_tok *t)
{
	if (s->n == s->cap) {
		size_t cap = s->cap > 0 ? s->cap * 2 : 16;
		struct isc_tok *p;

		if (cap > WORDS_MAX)
			imp_throw(l->imp, E2BIG);
		p = imp_alloc(l->imp, cap * sizeof(*p));
		if (s->n > 0)
			memcpy(p, s->t, s->n * sizeof(*p));
		s->t = p;
		s->cap = cap;
	}
	s->t[s->n++] = *t;
}

void
isc_stmt_next(struct isc_lex *l, struct isc_stmt *ret)
{
	struct isc_tok t;
	unsigned braces = 0;

	*ret = (struct isc_stmt){ .at = { l->file, l->line } };
	while (next(l, &t)) {
		char c = t.kind == ISC_PUNCT ? *t.s : '\0';

		if (ret->n == 0)
			ret->at.line = t.line;
		/* The type of an option may have braces: option x code 1 = { ... }; */
		if (c == '{' && isc_is(ret, 0, "option") && ret->n > 2)
			braces++;
		else if (c == '}' && braces > 0)
			braces--;
		else if (c == ';' || c == '{' || c == '}') {
			ret->end = c;
			if (c == '}' && ret->n > 0) {	/* "option x y }": once more */
				l->p--;
				ret->end = ';';
				imp_left(l->imp, ret->at, isc_text(l->imp, ret, 0, ret->n),
				    "has no \";\" at its end");
			}
			return;
		}
		add(l, ret, &t);
	}
	ret->end = '\0';
}

void
isc_skip_block(struct isc_lex *l)
{
	struct isc_tok t;
	size_t depth = 1;

	while (depth > 0 && next(l, &t))
		if (t.kind == ISC_PUNCT)
			depth += *t.s == '{' ? 1 : *t.s == '}' ? (size_t)-1 : 0;
}

bool
isc_is(const struct isc_stmt *s, size_t i, const char *word)
{
	return i < s->n && s->t[i].kind != ISC_STRING && strcasecmp(s->t[i].s, word) == 0;
}

const char *
isc_text(struct import *imp, const struct isc_stmt *s, size_t i, size_t end)
{
	char out[120];
	size_t n = 0;
	bool glue = true;

	for (; i < end && i < s->n; i++) {
		const struct isc_tok *t = &s->t[i];
		bool str = t->kind == ISC_STRING;
		bool tight = t->kind == ISC_PUNCT && strchr(",:.)", *t->s) != NULL;

		if (n + t->len + 8 > sizeof(out)) {
			memcpy(out + n, " ...", 5);
			return imp_strn(imp, out, n + 4);
		}
		if (!glue && !tight)
			out[n++] = ' ';
		if (str)
			out[n++] = '"';
		memcpy(out + n, t->s, t->len);
		n += t->len;
		if (str)
			out[n++] = '"';
		glue = t->kind == ISC_PUNCT && strchr(":(!", *t->s) != NULL;
	}
	return imp_strn(imp, out, n);
}
