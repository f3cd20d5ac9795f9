/* schema.c - from a YAML tree to the structs of a schema. */
#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema_int.h"

#define ERRORS_MAX	50

struct load {
	const char	*file;
	cfg_error_fn	*fn;
	void		*arg;
	unsigned	 n_errors;
	bool		 no_memory;
	char		 path[256];	/* of what is being read */
	size_t		 len;
};

/* Errors ----------------------------------------------------------------- */

/* Texts quote what a stranger wrote and go to a terminal. */
static void
scrub(char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			*s = '?';
}

static void complain_v(cfg_error_fn *, void *, const char *, struct cfg_mark,
    const char *, const char *, va_list) __attribute__((format(printf, 6, 0)));

static void
complain_v(cfg_error_fn *fn, void *arg, const char *file, struct cfg_mark at,
    const char *where, const char *fmt, va_list ap)
{
	struct buf b = { 0 };

	buf_puts(&b, file);
	if (at.line > 0)
		buf_printf(&b, ":%u:%u", at.line, at.col);
	buf_puts(&b, ": ");
	if (*where != '\0')
		buf_printf(&b, "%s: ", where);
	buf_vprintf(&b, fmt, ap);
	if (b.err) {
		fn(arg, "out of memory");
	} else {
		scrub(b.p);
		fn(arg, b.p);
	}
	buf_free(&b);
}

void
schema_complain(cfg_error_fn *fn, void *arg, const char *file,
    struct cfg_mark at, const char *where, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complain_v(fn, arg, file, at, where, fmt, ap);
	va_end(ap);
}

static void	err(struct load *, struct cfg_mark, const char *fmt, ...)
		    __attribute__((format(printf, 3, 4)));

static void
err(struct load *l, struct cfg_mark at, const char *fmt, ...)
{
	va_list ap;

	if (l->n_errors++ >= ERRORS_MAX)
		return;
	va_start(ap, fmt);
	complain_v(l->fn, l->arg, l->file, at, l->path, fmt, ap);
	va_end(ap);
}

static struct cfg_mark
mark(const struct yaml_node *node)
{
	return (struct cfg_mark){ .line = node->line, .col = node->col };
}

/* One step down; path_pop() with what this returned goes back up.  A path too
 * long for an error text is cut. */
static size_t	path_push(struct load *, const char *fmt, ...)
		    __attribute__((format(printf, 2, 3)));

static size_t
path_push(struct load *l, const char *fmt, ...)
{
	size_t before = l->len, room = sizeof(l->path) - l->len;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(l->path + l->len, room, fmt, ap);
	va_end(ap);
	l->len += n < 0 ? 0 : (size_t)n < room ? (size_t)n : room - 1;
	return before;
}

static void
path_pop(struct load *l, size_t before)
{
	l->len = before;
	l->path[before] = '\0';
}

static size_t
path_key(struct load *l, const char *key)
{
	return path_push(l, "%s%.64s", l->len > 0 ? "." : "", key);
}

/* Unknown keys ----------------------------------------------------------- */

static void
unknown_key(struct load *l, const struct schema *s, const struct yaml_node *key)
{
	const char *near = NULL;

	for (size_t i = 0; i < s->n_field; i++)
		near = cfg_nearest(key->value, near, s->field[i].key);
	if (near != NULL)
		err(l, mark(key), "unknown key \"%.64s\"; did you mean \"%s\"?",
		    key->value, near);
	else
		err(l, mark(key), "unknown key \"%.64s\"", key->value);
}

/* Fields ----------------------------------------------------------------- */

static void	load_object(struct load *, const struct schema *, struct cfg_mark,
		    const struct yaml_node *, void *);

static void
no_memory(struct load *l)
{
	l->no_memory = true;
	err(l, (struct cfg_mark){ 0, 0 }, "out of memory");
}

/* An array of n for the field at obj; NULL if there are too many. */
static void *
new_array(struct load *l, const struct cfg_field *f, const struct yaml_node *node,
    size_t n, size_t size, char *obj)
{
	void *arr;

	if (f->max > 0 && n > (size_t)f->max) {
		err(l, mark(node), "at most %lld are allowed, here are %zu",
		    (long long)f->max, n);
		return NULL;
	}
	if ((arr = calloc(n, size)) == NULL) {
		no_memory(l);
		return NULL;
	}
	memcpy(obj + f->off, &arr, sizeof(arr));
	memcpy(obj + f->off_n, &n, sizeof(n));
	return arr;
}

static bool
is_nothing(const struct yaml_node *node)
{
	return node->kind == YAML_SCALAR && !node->quoted &&
	    cfg_is_null(node->value);
}

static void
load_value(struct load *l, const struct cfg_field *f,
    const struct yaml_node *node, void *val)
{
	char why[CFG_WHY_MAX];
	int r;

	if (node->kind != YAML_SCALAR) {
		err(l, mark(node), "must be one value");
		return;
	}
	if (is_nothing(node)) {
		err(l, mark(node), "needs a value%s", *node->value == '\0' ? "" :
		    "; put it in quotes if it is meant as text");
		return;
	}
	r = cfg_value_parse(f, l->file, node->value, val, why);
	if (r == -ENOMEM)
		no_memory(l);
	else if (r < 0)
		err(l, mark(node), "\"%.64s\" %s", node->value, why);
}

static void
load_values(struct load *l, const struct cfg_field *f,
    const struct yaml_node *node, char *obj)
{
	size_t size = cfg_value_size(f->type), before;
	char *arr;

	assert(f->type != CFG_CHOICE);		/* there is no place for its words */
	if (node->kind == YAML_SCALAR) {	/* one stands for a list of one */
		if ((arr = new_array(l, f, node, 1, size, obj)) != NULL)
			load_value(l, f, node, arr);
		return;
	}
	if (node->kind != YAML_SEQ) {
		err(l, mark(node), "must be a value or a list of values");
		return;
	}
	if (node->n == 0 ||
	    (arr = new_array(l, f, node, node->n, size, obj)) == NULL)
		return;
	for (size_t i = 0; i < node->n; i++) {
		before = path_push(l, "[%zu]", i);
		load_value(l, f, node->item[i], arr + i * size);
		path_pop(l, before);
	}
}

static void
load_list(struct load *l, const struct cfg_field *f,
    const struct yaml_node *node, char *obj)
{
	size_t before;
	char *arr;

	if (node->kind != YAML_SEQ) {
		err(l, mark(node), "must be a list, each item with a \"-\"");
		return;
	}
	if (node->n == 0 || (arr = new_array(l, f, node, node->n, f->sub->size,
	    obj)) == NULL)
		return;
	for (size_t i = 0; i < node->n; i++) {
		before = path_push(l, "[%zu]", i);
		load_object(l, f->sub, mark(node->item[i]), node->item[i],
		    arr + i * f->sub->size);
		path_pop(l, before);
	}
}

static void
set_name(struct load *l, const struct yaml_node *key, struct cfg_head *head)
{
	if (!cfg_is_name(key->value))
		err(l, mark(key), "\"%.64s\" cannot be a name: a letter or "
		    "digit, then letters, digits, '.', '_' or '-', at most %d",
		    key->value, CFG_NAME_MAX);
	else if ((head->name = strdup(key->value)) == NULL)
		no_memory(l);
}

static void
load_map(struct load *l, const struct cfg_field *f,
    const struct yaml_node *node, char *obj)
{
	size_t before;
	char *arr;

	if (node->kind != YAML_MAP) {
		err(l, mark(node), "must be a mapping from names");
		return;
	}
	if (node->n == 0 || (arr = new_array(l, f, node, node->n, f->sub->size,
	    obj)) == NULL)
		return;
	for (size_t i = 0; i < node->n; i++, arr += f->sub->size) {
		set_name(l, node->key[i], (struct cfg_head *)(void *)arr);
		before = path_key(l, node->key[i]->value);
		load_object(l, f->sub, mark(node->key[i]), node->item[i], arr);
		path_pop(l, before);
	}
}

static void
load_var(struct load *l, const struct yaml_node *key,
    const struct yaml_node *val, struct cfg_var *ret)
{
	size_t len = strlen(key->value);

	if (len == 0 || len > CFG_VAR_MAX)
		err(l, mark(key), "a name here has 1 to %d bytes", CFG_VAR_MAX);
	else if (val->kind != YAML_SCALAR)
		err(l, mark(val), "must be one value");
	else if (is_nothing(val))
		err(l, mark(val), "needs a value; \"\" is an empty one");
	else if ((ret->key = strdup(key->value)) == NULL ||
	    (ret->value = strdup(val->value)) == NULL)
		no_memory(l);
	ret->mark = mark(key);
}

static void
load_vars(struct load *l, const struct cfg_field *f,
    const struct yaml_node *node, char *obj)
{
	struct cfg_var *arr;
	size_t before;

	if (node->kind != YAML_MAP) {
		err(l, mark(node), "must be a mapping from names to values");
		return;
	}
	if (node->n == 0 ||
	    (arr = new_array(l, f, node, node->n, sizeof(*arr), obj)) == NULL)
		return;
	for (size_t i = 0; i < node->n; i++) {
		before = path_key(l, node->key[i]->value);
		load_var(l, node->key[i], node->item[i], &arr[i]);
		path_pop(l, before);
	}
}

static void
load_field(struct load *l, const struct cfg_field *f,
    const struct yaml_node *key, const struct yaml_node *node, char *obj)
{
	if (f->form == CFG_F_VAL)
		load_value(l, f, node, obj + f->off);
	else if (f->form == CFG_F_OBJ)
		load_object(l, f->sub, mark(key), node, obj + f->off);
	else if (is_nothing(node))
		;		/* all entries commented out: an empty list */
	else if (f->form == CFG_F_VALS)
		load_values(l, f, node, obj);
	else if (f->form == CFG_F_LIST)
		load_list(l, f, node, obj);
	else if (f->form == CFG_F_MAP)
		load_map(l, f, node, obj);
	else
		load_vars(l, f, node, obj);
}

/* Keys that are in no table ----------------------------------------------- */

static void
load_text(struct load *l, const struct yaml_node *node, char **ret)
{
	if (node->kind != YAML_SCALAR)
		err(l, mark(node), "must be one value");
	else if (is_nothing(node))
		err(l, mark(node), "needs a value; \"\" is an empty one");
	else if ((*ret = strdup(node->value)) == NULL)
		no_memory(l);
}

static void
load_rest_key(struct load *l, const struct yaml_node *key,
    const struct yaml_node *node, struct cfg_rest *ret)
{
	size_t before;

	if (*key->value == '\0' || strlen(key->value) > CFG_VAR_MAX) {
		err(l, mark(key), "a name here has 1 to %d bytes", CFG_VAR_MAX);
		return;
	}
	ret->mark = mark(key);
	ret->list = node->kind == YAML_SEQ;
	if (node->kind == YAML_MAP || (ret->list && node->n == 0)) {
		err(l, mark(node), "must be a value or a list of values");
		return;
	}
	ret->key = strdup(key->value);
	ret->value = calloc(ret->list ? node->n : 1, sizeof(char *));
	if (ret->key == NULL || ret->value == NULL) {
		no_memory(l);
		return;
	}
	ret->n = ret->list ? node->n : 1;
	if (!ret->list)
		load_text(l, node, &ret->value[0]);
	for (size_t i = 0; ret->list && i < node->n; i++) {
		before = path_push(l, "[%zu]", i);
		load_text(l, node->item[i], &ret->value[i]);
		path_pop(l, before);
	}
}

/* The field that takes what no other one does; NULL. */
static const struct cfg_field *
rest_field(const struct schema *s)
{
	for (size_t i = 0; i < s->n_field; i++)
		if (s->field[i].form == CFG_F_REST)
			return &s->field[i];
	return NULL;
}

/* All are counted first: the array is made once. */
static void
load_rest(struct load *l, const struct schema *s, const struct yaml_node *node,
    const size_t *unknown, size_t n, char *obj)
{
	const struct cfg_field *f = rest_field(s);
	struct cfg_head *head = (void *)obj;
	struct cfg_rest *arr;
	size_t before;

	if (n == 0 ||
	    (arr = new_array(l, f, node, n, sizeof(*arr), obj)) == NULL)
		return;
	head->set |= 1ULL << (f - s->field);
	for (size_t i = 0; i < n; i++) {
		const struct yaml_node *key = node->key[unknown[i]];

		before = path_key(l, key->value);
		load_rest_key(l, key, node->item[unknown[i]], &arr[i]);
		path_pop(l, before);
	}
}

/* Objects ---------------------------------------------------------------- */

static void
load_default(struct load *l, const struct cfg_field *f, char *obj)
{
	char why[CFG_WHY_MAX];
	int r;

	if (f->form == CFG_F_OBJ) {
		load_object(l, f->sub, (struct cfg_mark){ 0, 0 }, NULL,
		    obj + f->off);
	} else if (f->form == CFG_F_VAL && f->dflt != NULL && *f->dflt != '\0') {
		r = cfg_value_parse(f, l->file, f->dflt, obj + f->off, why);
		assert(r == 0 || r == -ENOMEM);
		if (r < 0)
			no_memory(l);
	}
}

static void
load_given(struct load *l, const struct schema *s,
    const struct yaml_node *node, char *obj)
{
	struct cfg_head *head = (void *)obj;
	size_t i, k, before, n_rest = 0, *rest = NULL;

	if (rest_field(s) != NULL && (rest = calloc(node->n + 1, sizeof(*rest))) == NULL) {
		no_memory(l);
		return;
	}
	for (k = 0; k < node->n; k++) {
		for (i = 0; i < s->n_field; i++)
			if (s->field[i].form != CFG_F_REST &&
			    strcmp(s->field[i].key, node->key[k]->value) == 0)
				break;
		if (i == s->n_field && rest != NULL) {
			rest[n_rest++] = k;
			continue;
		}
		if (i == s->n_field) {
			unknown_key(l, s, node->key[k]);
			continue;
		}
		before = path_key(l, s->field[i].key);
		head->set |= 1ULL << i;
		load_field(l, &s->field[i], node->key[k], node->item[k], obj);
		path_pop(l, before);
	}
	load_rest(l, s, node, rest, n_rest, obj);
	free(rest);
}

/* node NULL: the object was not given, so nothing in it is missing.  Recurses
 * as deep as schemas are nested, not as what was read. */
static void
load_object(struct load *l, const struct schema *s, struct cfg_mark at,
    const struct yaml_node *node, void *obj)
{
	struct cfg_head *head = obj;
	size_t before;

	assert(s->n_field <= 64);
	head->mark = at;
	if (node != NULL && node->kind == YAML_MAP)
		load_given(l, s, node, obj);
	else if (node != NULL && !is_nothing(node)) {
		err(l, mark(node), "must be a mapping, with lines \"key: value\"");
		return;
	}
	for (size_t i = 0; i < s->n_field; i++) {
		if (head->set >> i & 1)
			continue;
		if (s->field[i].dflt != NULL || node == NULL) {
			load_default(l, &s->field[i], obj);
			continue;
		}
		before = path_key(l, s->field[i].key);
		err(l, at, "is required");
		path_pop(l, before);
	}
}

int
schema_load(const struct schema *s, const char *file,
    const struct yaml_node *root, void *ret_obj, cfg_error_fn *fn, void *arg)
{
	struct load l = { .file = file, .fn = fn, .arg = arg };

	memset(ret_obj, 0, s->size);
	load_object(&l, s, mark(root), root, ret_obj);
	if (l.n_errors == 0)
		return 0;
	schema_free(s, ret_obj);
	return l.no_memory ? -ENOMEM : -EINVAL;
}

/* Freeing ---------------------------------------------------------------- */

static void
free_vars(struct cfg_var *var, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(var[i].key);
		free(var[i].value);
	}
}

static void
free_rest(struct cfg_rest *rest, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < rest[i].n; k++)
			free(rest[i].value[k]);
		free(rest[i].value);
		free(rest[i].key);
	}
}

static void
free_field(const struct cfg_field *f, char *obj)
{
	size_t n = 0;
	char *arr;

	if (f->form == CFG_F_VAL) {
		cfg_value_free(f->type, obj + f->off);
		return;
	}
	if (f->form == CFG_F_OBJ) {
		schema_free(f->sub, obj + f->off);
		return;
	}
	memcpy(&n, obj + f->off_n, sizeof(n));
	memcpy(&arr, obj + f->off, sizeof(arr));
	if (f->form == CFG_F_VARS)
		free_vars((struct cfg_var *)(void *)arr, n);
	else if (f->form == CFG_F_REST)
		free_rest((struct cfg_rest *)(void *)arr, n);
	else if (f->form == CFG_F_VALS)
		for (size_t i = 0; i < n; i++)
			cfg_value_free(f->type, arr + i * cfg_value_size(f->type));
	else
		for (size_t i = 0; i < n; i++)
			schema_free(f->sub, arr + i * f->sub->size);
	free(arr);
}

void
schema_free(const struct schema *s, void *obj)
{
	struct cfg_head *head = obj;

	for (size_t i = 0; i < s->n_field; i++)
		free_field(&s->field[i], obj);
	free(head->name);
	memset(obj, 0, s->size);
}
