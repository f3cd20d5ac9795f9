/* model.c - memory of an import, its scopes, its report. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

#define BLOCK		((size_t)64 << 10)
#define MEMORY_MAX	((size_t)512 << 20)
#define LINES_MAX	((size_t)1 << 20)

struct imp_block {
	struct imp_block *next;
	size_t		 used, cap;
	_Alignas(16) char mem[];
};

const char *const imp_crit_key[IMP_N_CRIT] = { "arch", "vendor-class", "user-class", "mac-prefix",
    "subnet", "circuit-id", "remote-id" };

void
imp_throw(struct import *imp, int err)
{
	longjmp(imp->unwind, err);
}

/* Memory -------------------------------------------------------------------- */

void *
imp_alloc(struct import *imp, size_t n)
{
	struct imp_block *b = imp->block;
	void *p;

	n = (n + 15) & ~(size_t)15;
	if (b == NULL || b->cap - b->used < n) {
		size_t cap = n > BLOCK ? n : BLOCK;

		if (n > MEMORY_MAX || imp->used + cap > MEMORY_MAX ||
		    (b = calloc(1, sizeof(*b) + cap)) == NULL)
			imp_throw(imp, ENOMEM);
		imp->used += cap;
		b->cap = cap;
		b->next = imp->block;
		imp->block = b;
	}
	p = b->mem + b->used;
	b->used += n;
	return p;
}

void
imp_release(struct import *imp)
{
	for (struct imp_block *b = imp->block, *next; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
	imp->block = NULL;
}

void
imp_drop_raw(struct import *imp)
{
	for (size_t i = 0; i < 2; i++) {
		free(imp->raw[i]);
		imp->raw[i] = NULL;
	}
}

char *
imp_strn(struct import *imp, const char *s, size_t n)
{
	char *p = imp_alloc(imp, n + 1);

	if (n > 0)
		memcpy(p, s, n);
	return p;
}

char *
imp_str(struct import *imp, const char *s)
{
	return imp_strn(imp, s, strlen(s));
}

bool
imp_is_text(const char *s)
{
	struct buf b = { 0 };
	bool same;

	buf_text(&b, s, strlen(s));
	same = b.err == 0 && strcmp(b.p != NULL ? b.p : "", s) == 0;
	buf_free(&b);
	return same;
}

static char *
vfmt(struct import *imp, const char *fmt, va_list ap)
{
	va_list again;
	char *p;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		imp_throw(imp, ENOMEM);
	p = imp_alloc(imp, (size_t)n + 1);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	return p;
}

char *
imp_fmt(struct import *imp, const char *fmt, ...)
{
	va_list ap;
	char *p;

	va_start(ap, fmt);
	p = vfmt(imp, fmt, ap);
	va_end(ap);
	return p;
}

void
imp_push(struct import *imp, struct imp_values *l, const char *s)
{
	if (l->n == l->cap) {
		size_t cap = l->cap > 0 ? l->cap * 2 : 4;
		const char **v = imp_alloc(imp, cap * sizeof(*v));

		if (l->n > 0)
			memcpy(v, l->v, l->n * sizeof(*v));
		l->v = v;
		l->cap = cap;
	}
	l->v[l->n++] = s;
}

bool
imp_has(const struct imp_values *l, const char *s)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->v[i], s) == 0)
			return true;
	return false;
}

static size_t
hash(const char *s)
{
	size_t h = 14695981039346656037u;

	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * 1099511628211u;
	return h;
}

static struct imp_member *
slot_of(struct imp_set *set, const char *key)
{
	size_t i = hash(key) & (set->cap - 1);

	while (set->slot[i].key != NULL && strcmp(set->slot[i].key, key) != 0)
		i = (i + 1) & (set->cap - 1);
	return &set->slot[i];
}

void *
imp_set_add(struct import *imp, struct imp_set *set, const char *key, void *of)
{
	struct imp_member *m;

	if (set->n * 2 >= set->cap) {
		struct imp_set big = { .cap = set->cap > 0 ? set->cap * 4 : 64, .n = set->n };

		big.slot = imp_alloc(imp, big.cap * sizeof(*big.slot));
		for (size_t i = 0; i < set->cap; i++)
			if (set->slot[i].key != NULL)
				*slot_of(&big, set->slot[i].key) = set->slot[i];
		*set = big;
	}
	m = slot_of(set, key);
	if (m->key != NULL)
		return m->of;
	*m = (struct imp_member){ key, of };
	set->n++;
	return NULL;
}

/* Model --------------------------------------------------------------------- */

static struct imp_list *
list_of(struct import *imp, enum imp_kind kind)
{
	switch (kind) {
	case IMP_SHARED:
		return &imp->shared;
	case IMP_SUBNET:
		return &imp->subnet;
	case IMP_POOL:
		return &imp->pool;
	case IMP_HOST:
		return &imp->host;
	case IMP_CLASS:
		return &imp->class;
	default:
		return NULL;
	}
}

struct imp_scope *
imp_scope(struct import *imp, enum imp_kind kind, struct imp_scope *up, const char *name,
    struct imp_place at)
{
	struct imp_scope *s = imp_alloc(imp, sizeof(*s));
	struct imp_list *l = list_of(imp, kind);

	s->kind = kind;
	s->up = up;
	s->name = name;
	s->at = at;
	s->opt_end = &s->opt;
	if (l != NULL) {
		*l->end = s;
		l->end = &s->next;
	}
	return s;
}

const struct imp_option *
imp_option_get(const struct imp_scope *s, const char *name)
{
	for (const struct imp_option *o = s->opt; o != NULL; o = o->next)
		if (strcmp(o->name, name) == 0)
			return o;
	return NULL;
}

struct imp_option *
imp_option(struct import *imp, struct imp_scope *s, const char *name, struct imp_place at)
{
	struct imp_option *o;

	for (o = s->opt; o != NULL; o = o->next)
		if (strcmp(o->name, name) == 0)
			break;
	if (o == NULL) {
		o = imp_alloc(imp, sizeof(*o));
		o->name = name;
		if (s->n_opt == IMP_OPTIONS_MAX)
			imp_left(imp, at, name, "is one option too many");
		else {
			s->n_opt++;
			*s->opt_end = o;
			s->opt_end = &o->next;
		}
	} else {
		imp_left(imp, o->at, name, "line %u says it once more, and counts", at.line);
	}
	o->at = at;
	o->v = (struct imp_values){ 0 };
	return o;
}

void
imp_option1(struct import *imp, struct imp_scope *s, const char *name, const char *value,
    struct imp_place at)
{
	struct imp_option *o = imp_option(imp, s, name, at);

	imp_push(imp, &o->v, value);
}

void
imp_dhcp(struct import *imp, const char *key, const char *value, struct imp_place at)
{
	struct imp_option *o;

	for (o = imp->dhcp; o != NULL; o = o->next)
		if (strcmp(o->name, key) == 0)
			break;
	if (o == NULL) {
		o = imp_alloc(imp, sizeof(*o));
		o->name = key;
		*imp->dhcp_end = o;
		imp->dhcp_end = &o->next;
	}
	o->at = at;
	o->v.n = 0;
	imp_push(imp, &o->v, value);
}

const char *
imp_dhcp_get(const struct import *imp, const char *key)
{
	for (const struct imp_option *o = imp->dhcp; o != NULL; o = o->next)
		if (strcmp(o->name, key) == 0)
			return o->v.v[0];
	return NULL;
}

static bool
is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

const char *
imp_name(struct import *imp, const char *s)
{
	size_t n = strlen(s);
	char *p = imp_strn(imp, s, n < 60 ? n : 60);

	for (char *c = p; *c != '\0'; c++)
		if (!is_alnum(*c) && (c == p || strchr("._-", *c) == NULL))
			*c = c == p ? 'x' : '-';
	return p[0] != '\0' ? p : "x";
}

/* RFC 1123: a host's name is labels of letters, digits and hyphens. */
static const char *
host_name(struct import *imp, const char *s)
{
	char *out = imp_alloc(imp, 64);
	size_t n = 0;

	for (; *s != '\0' && n < 50; s++)
		if (is_alnum(*s))
			out[n++] = *s;
		else if (n > 0 && is_alnum(out[n - 1]) && s[1] != '\0' && is_alnum(s[1]))
			out[n++] = *s == '.' ? '.' : '-';
	while (n > 0 && !is_alnum(out[n - 1]))	/* cut off behind it */
		out[--n] = '\0';
	return n > 0 ? out : "host";
}

static struct imp_scope *
named(struct import *imp, struct imp_set *set, enum imp_kind kind, struct imp_scope *up,
    const char *want, struct imp_place at)
{
	struct imp_scope *s = imp_scope(imp, kind, up, want, at), *same;

	for (unsigned i = 2; (same = imp_set_add(imp, set, s->name, s)) != NULL; i++) {
		/* The next number is not looked for from the beginning each time. */
		i = same->n_same > i ? same->n_same : i;
		s->name = imp_fmt(imp, "%s-%u", want, i);
		if (same->name == want || strcmp(same->name, want) == 0)
			same->n_same = i + 1;
	}
	return s;
}

struct imp_scope *
imp_host(struct import *imp, struct imp_scope *up, const char *name, struct imp_place at)
{
	struct imp_scope *s = named(imp, &imp->host_names, IMP_HOST, up, host_name(imp, name), at);

	if (strcmp(s->name, name) != 0)
		imp_tell(imp, at, imp_fmt(imp, "host %s", name), "is called %s in provd", s->name);
	return s;
}

struct imp_scope *
imp_class(struct import *imp, struct imp_scope *up, const char *name, struct imp_place at)
{
	/* Provd has these two already. */
	if (strcmp(name, "known") == 0 || strcmp(name, "unknown") == 0)
		name = imp_fmt(imp, "class-%s", name);
	return named(imp, &imp->class_names, IMP_CLASS, up, imp_name(imp, name), at);
}

void
imp_interface(struct import *imp, const char *name, struct imp_place at)
{
	size_t n = strlen(name);
	bool good = n > 0 && n <= 15 && is_alnum(name[0]);

	for (const char *s = name; good && *s != '\0'; s++)
		good = is_alnum(*s) || strchr("._-", *s) != NULL;
	if (!good || imp->interface.n == 32)
		imp_left(imp, at, imp_fmt(imp, "interface %.40s", name), good ? "is one too many" :
		    "provd wants the names of interfaces");
	else if (!imp_has(&imp->interface, name))
		imp_push(imp, &imp->interface, imp_str(imp, name));
}

bool
imp_path_ok(const char *p)
{
	if (p[0] != '/' || strlen(p) > 250 || !imp_is_text(p) || strncmp(p, "/.provd", 7) == 0)
		return false;
	for (const char *s = p; s != NULL; s = strchr(s, '/')) {
		size_t n = strcspn(++s, "/");

		/* Blanks at its ends, or nothing but a "/" there. */
		if ((n == 0 && (s[0] == '/' || s == p + 1)) || (n == 1 && s[0] == '.') ||
		    (n == 2 && s[0] == '.' && s[1] == '.'))
			return false;
	}
	return true;
}

/* The tree of a directory; two servers' same directory is one tree. */
struct imp_tree *
imp_tree(struct import *imp, const char *path, struct imp_place at)
{
	size_t n = strlen(path);
	const char *base, *name;
	struct imp_tree *t;

	while (n > 1 && path[n - 1] == '/')
		n--;
	path = imp_strn(imp, path, n);
	for (t = imp->tree; t != NULL; t = t->next)
		if (strcmp(t->path, path) == 0)
			return t;
	base = strrchr(path, '/');
	base = base != NULL ? base + 1 : path;
	name = imp_name(imp, *base != '\0' ? base : "root");
	for (unsigned i = 2; i < 1000; i++) {
		for (t = imp->tree; t != NULL && strcmp(t->name, name) != 0; t = t->next)
			;
		if (t == NULL)
			break;
		name = imp_fmt(imp, "%s-%u", imp_name(imp, base), i);
	}
	t = imp_alloc(imp, sizeof(*t));
	t->name = name;
	t->path = path;
	t->at = at;
	if (imp->n_tree++ >= 256) {
		imp_left(imp, at, path, "is one tree too many");
		return t;		/* it is not written */
	}
	*imp->tree_end = t;
	imp->tree_end = &t->next;
	return t;
}

/* The report ---------------------------------------------------------------- */

static void
add_line(struct import *imp, bool left, struct imp_place at, const char *what, char *text)
{
	struct imp_line *l;

	if (imp->n_line == imp->cap_line) {
		size_t cap = imp->cap_line > 0 ? imp->cap_line * 2 : 64;

		if (cap > LINES_MAX)
			imp_throw(imp, E2BIG);
		l = imp_alloc(imp, cap * sizeof(*l));
		if (imp->n_line > 0)
			memcpy(l, imp->line, imp->n_line * sizeof(*l));
		imp->line = l;
		imp->cap_line = cap;
	}
	l = &imp->line[imp->n_line];
	l->at = at;
	l->left = left;
	l->order = imp->n_line++;
	if (what != NULL)
		text = imp_fmt(imp, "%.200s: %s", what, text);
	for (char *c = text; *c != '\0'; c++)	/* one line is one line */
		if (*c == '\n' || *c == '\t')
			*c = ' ';
	l->text = text;
}

void
imp_left(struct import *imp, struct imp_place at, const char *what, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_line(imp, true, at, what, vfmt(imp, fmt, ap));
	va_end(ap);
}

void
imp_tell(struct import *imp, struct imp_place at, const char *what, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_line(imp, false, at, what, vfmt(imp, fmt, ap));
	va_end(ap);
}

/* Includes ------------------------------------------------------------------ */

static bool
include_one(struct import *imp, struct imp_place at, const char *name, bool dir, size_t i,
    void (*parse)(struct import *, void *, const char *, const char *, size_t), void *arg)
{
	char *text = NULL, *file = NULL;
	const char *copy, *path;
	size_t len = 0;
	int r;

	r = imp->src.read == NULL ? -ENOENT :
	    imp->src.read(imp->src.arg, at.file, name, dir, i, &text, &len, &file);
	if (r < 0) {
		if (!dir || r != -ENOENT || i == 0)
			imp_left(imp, at, name, "%s", strerror(-r));
		return false;
	}
	if (len > IMPORT_FILE_MAX || imp->used + len > MEMORY_MAX / 2) {
		free(text);
		free(file);
		imp_left(imp, at, name, "is too large");
		return true;
	}
	/* A throw must not leak them. */
	imp->raw[0] = text;
	imp->raw[1] = file;
	copy = imp_strn(imp, text, len);
	path = imp_str(imp, file);
	imp_drop_raw(imp);
	for (size_t k = 0; k < imp->depth; k++)
		if (strcmp(imp->open[k], path) == 0) {
			imp_left(imp, at, name, "is included by itself");
			return true;
		}
	imp_push(imp, &imp->file, path);
	imp->open[imp->depth++] = path;
	parse(imp, arg, path, copy, len);
	imp->depth--;
	return true;
}

void
imp_include(struct import *imp, struct imp_place at, const char *name, bool dir,
    void (*parse)(struct import *, void *, const char *, const char *, size_t), void *arg)
{
	for (size_t i = 0; i == 0 || dir; i++) {
		if (imp->depth >= IMP_INCLUDES_MAX || imp->file.n >= IMP_FILES_MAX) {
			imp_left(imp, at, name, imp->depth >= IMP_INCLUDES_MAX ?
			    "is included too deep" : "too many files are included");
			return;
		}
		if (!include_one(imp, at, name, dir, i, parse, arg))
			return;
	}
}
