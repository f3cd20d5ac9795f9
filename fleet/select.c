/* select.c - selectors: parsed once, matched against each host. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "select.h"

struct value { char *text; bool plain; };	/* plain: * and ? are themselves */

struct term {
	char		*key;
	bool		 not;
	struct value	*value;
	size_t		 n;
};

struct part { size_t first, n; char *text; };

struct select {
	struct term	*term;
	size_t		 n_term, n_value;
	struct part	*part;
	size_t		 n_part;
};

/* Words ------------------------------------------------------------------- */

static const char *const builtin[] = { "name", "state", "profile", "tree", "group",
	"origin" };

bool
select_is_builtin(const char *key)
{
	for (size_t i = 0; i < sizeof(builtin) / sizeof(builtin[0]); i++)
		if (strcmp(key, builtin[i]) == 0)
			return true;
	return false;
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool
select_is_key(const char *s)
{
	size_t n = 0;

	if (!is_letter(s[0]))
		return false;
	for (; s[n] != '\0'; n++)
		if (!is_letter(s[n]) && (s[n] < '0' || s[n] > '9') &&
		    strchr("._-/", s[n]) == NULL)
			return false;
	return n <= 63;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* * is anything, ? one byte. */
static bool
glob(const char *p, const char *s)
{
	const char *star = NULL, *from = NULL;

	while (*s != '\0') {
		if (*p == '*') {
			star = ++p;
			from = s;
		} else if (*p == '?' || *p == *s) {
			p++;
			s++;
		} else if (star != NULL) {
			p = star;
			s = ++from;
		} else
			return false;
	}
	while (*p == '*')
		p++;
	return *p == '\0';
}

/* Parsing ----------------------------------------------------------------- */

struct parse {
	const char	*p;
	struct select	*s;
	char		*why;
	int		 err;
};

static bool
wrong(struct parse *c, int err, const char *what)
{
	if (c->err == 0) {
		c->err = err;
		if (*c->p == '\0')
			snprintf(c->why, 200, "%s, but the selector ends", what);
		else
			snprintf(c->why, 200, "%s, not \"%.40s\"", what, c->p);
	}
	return false;
}

static bool
no_memory(struct parse *c)
{
	c->err = -ENOMEM;
	snprintf(c->why, 200, "out of memory");
	return false;
}

static void
skip_blank(struct parse *c)
{
	while (is_blank(*c->p))
		c->p++;
}

static bool
word(struct parse *c, struct value *ret)
{
	const char *from = c->p;
	size_t n;

	ret->plain = *from == '"';
	if (ret->plain) {
		n = strcspn(++from, "\"");
		if (from[n] == '\0')
			return wrong(c, -EINVAL, "a \" must follow");
		c->p = from + n + 1;
	} else {
		n = strcspn(from, " \t\n,()=!\"");
		if (n == 0)
			return wrong(c, -EINVAL, "a word must stand here");
		c->p = from + n;
	}
	if ((ret->text = strndup(from, n)) == NULL)
		return no_memory(c);
	return true;
}

static bool
add_value(struct parse *c, struct term *t)
{
	struct value v, *p;

	if (c->s->n_value == SELECT_TERMS)
		return wrong(c, -EINVAL, "there are too many words");
	if (!word(c, &v))
		return false;
	if ((p = realloc(t->value, (t->n + 1) * sizeof(*p))) == NULL) {
		free(v.text);
		return no_memory(c);
	}
	t->value = p;
	p[t->n++] = v;
	c->s->n_value++;
	return true;
}

/* "(" value { "," value } ")" */
static bool
values(struct parse *c, struct term *t)
{
	for (;;) {
		c->p++;
		skip_blank(c);
		if (!add_value(c, t))
			return false;
		skip_blank(c);
		if (*c->p == ')') {
			c->p++;
			return true;
		}
		if (*c->p != ',')
			return wrong(c, -EINVAL, "\",\" or \")\" must follow");
	}
}

/* Is it WORD and then "("?  A host may be named "in". */
static bool
operator(struct parse *c, const char *op)
{
	size_t n = strlen(op);
	const char *p = c->p;

	while (is_blank(*p))
		p++;
	if (p == c->p || strncmp(p, op, n) != 0)
		return false;
	for (p += n; is_blank(*p); p++)
		;
	if (*p != '(')
		return false;
	c->p = p;
	return true;
}

/* What the word that was read is: a key with something behind it, or a name. */
static bool
behind(struct parse *c, struct term *t)
{
	bool in, eq = *c->p == '=', ne = c->p[0] == '!' && c->p[1] == '=';
	const char *at = c->p;

	if ((in = operator(c, "in")) || operator(c, "notin") || eq || ne) {
		t->key = t->value[0].text;
		t->value[0].text = NULL;
		t->n = 0;
		if (!select_is_key(t->key)) {
			snprintf(c->why, 200, "\"%.64s\" cannot be a label's name", t->key);
			c->err = -EINVAL;
			return false;
		}
		if (t->not) {
			c->p = at;
			return wrong(c, -EINVAL, "\"!\" stands before a name, or in \"!=\"");
		}
		t->not = ne || (!eq && !in);
		if (!eq && !ne)
			return values(c, t);
		c->p += ne ? 2 : 1;
		if (eq && *c->p == '=')		/* == is a habit */
			c->p++;
		return add_value(c, t);
	}
	if ((t->key = strdup("name")) == NULL)
		return no_memory(c);
	return true;
}

static bool
term(struct parse *c)
{
	struct select *s = c->s;
	struct term *p;

	if ((p = realloc(s->term, (s->n_term + 1) * sizeof(*p))) == NULL)
		return no_memory(c);
	s->term = p;
	p = &s->term[s->n_term++];
	*p = (struct term){ .not = *c->p == '!' };
	if (p->not)
		c->p++;
	return add_value(c, p) && behind(c, p);
}

static bool
part(struct parse *c)
{
	struct select *s = c->s;
	const char *from = c->p;
	struct part *p;

	if ((p = realloc(s->part, (s->n_part + 1) * sizeof(*p))) == NULL)
		return no_memory(c);
	s->part = p;
	p = &s->part[s->n_part++];
	*p = (struct part){ .first = s->n_term };
	for (;;) {
		if (!term(c))
			return false;
		if (*c->p != ',')
			break;
		c->p++;
		skip_blank(c);
	}
	p->n = s->n_term - p->first;
	if ((p->text = strndup(from, (size_t)(c->p - from))) == NULL)
		return no_memory(c);
	if (*c->p != '\0' && !is_blank(*c->p))
		return wrong(c, -EINVAL, "\",\" or a blank must follow");
	return true;
}

int
select_parse(const char *text, struct select **ret, char why[200])
{
	struct parse c = { .p = text, .why = why };

	if (strlen(text) > SELECT_MAX) {
		snprintf(why, 200, "a selector has at most %u bytes", SELECT_MAX);
		return -EINVAL;
	}
	if ((c.s = calloc(1, sizeof(*c.s))) == NULL) {
		(void)no_memory(&c);
		return -ENOMEM;
	}
	skip_blank(&c);
	do {
		if (!part(&c)) {
			select_free(c.s);
			return c.err;
		}
		skip_blank(&c);
	} while (*c.p != '\0');
	*ret = c.s;
	return 0;
}

void
select_free(struct select *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->n_term; i++) {
		/* The first one may have become the key. */
		for (size_t k = 0; k < s->term[i].n; k++)
			free(s->term[i].value[k].text);
		free(s->term[i].value);
		free(s->term[i].key);
	}
	for (size_t i = 0; i < s->n_part; i++)
		free(s->part[i].text);
	free(s->term);
	free(s->part);
	free(s);
}

/* Matching ---------------------------------------------------------------- */

static bool
is_value(const struct term *t, const char *s)
{
	for (size_t i = 0; s != NULL && i < t->n; i++)
		if (t->value[i].plain ? strcmp(t->value[i].text, s) == 0 :
		    glob(t->value[i].text, s))
			return true;
	return false;
}

static bool
has_mac(const struct term *t, const struct select_in *in)
{
	struct mac mac;

	for (size_t i = 0; i < t->n; i++) {
		if (mac_parse(t->value[i].text, &mac) < 0)
			continue;
		for (size_t k = 0; k < in->n_mac; k++)
			if (mac_equal(mac, in->mac[k]))
				return true;
	}
	return false;
}

static bool
has_label(const struct term *t, const struct select_in *in)
{
	for (size_t i = 0; i < in->n_label; i++)
		if (strcmp(in->label[i].key, t->key) == 0)
			return is_value(t, in->label[i].value);
	return false;
}

static bool
in_group(const struct term *t, const struct select_in *in)
{
	for (size_t i = 0; i < in->n_group; i++)
		if (is_value(t, in->group[i]))
			return true;
	return false;
}

static bool
has(const struct term *t, const struct select_in *in)
{
	const char *const of[] = { in->name, in->state, in->profile, in->tree, NULL,
	    in->origin };

	if (strcmp(t->key, "name") == 0)
		return is_value(t, in->name) || has_mac(t, in);
	if (strcmp(t->key, "group") == 0)
		return in_group(t, in);
	for (size_t i = 0; i < sizeof(builtin) / sizeof(builtin[0]); i++)
		if (strcmp(t->key, builtin[i]) == 0)
			return is_value(t, of[i]);
	return has_label(t, in);
}

size_t
select_parts(const struct select *s)
{
	return s->n_part;
}

const char *
select_part(const struct select *s, size_t i)
{
	return s->part[i].text;
}

bool
select_match_part(const struct select *s, size_t i, const struct select_in *in)
{
	const struct part *p = &s->part[i];

	for (size_t k = p->first; k < p->first + p->n; k++)
		if (has(&s->term[k], in) == s->term[k].not)
			return false;
	return true;
}

bool
select_match(const struct select *s, const struct select_in *in)
{
	for (size_t i = 0; i < s->n_part; i++)
		if (select_match_part(s, i, in))
			return true;
	return false;
}

bool
select_uses(const struct select *s, const char *key)
{
	for (size_t i = 0; i < s->n_term; i++)
		if (strcmp(s->term[i].key, key) == 0)
			return true;
	return false;
}
