/* vars.c - variables of a profile. */
#include "vars.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t
name_len(const char *s)
{
	return strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_");
}

static bool
name_ok_n(const char *s, size_t n)
{
	return n > 0 && n < VARS_NAME_MAX && (*s < '0' || *s > '9');
}

bool
vars_name_ok(const char *name)
{
	size_t n = name_len(name);

	return name[n] == '\0' && name_ok_n(name, n);
}

static struct var *
find(const struct vars *vs, const char *name, size_t len)
{
	for (size_t i = 0; i < vs->n; i++)
		if (strlen(vs->v[i].name) == len &&
		    memcmp(vs->v[i].name, name, len) == 0)
			return &vs->v[i];
	return NULL;
}

int
vars_set(struct vars *vs, const char *name, const char *value)
{
	struct var *v;
	char *copy;

	if (!vars_name_ok(name))
		return -EINVAL;
	if ((copy = strdup(value)) == NULL)
		return -ENOMEM;
	if ((v = find(vs, name, strlen(name))) != NULL) {
		free(v->value);
		v->value = copy;
		return 0;
	}
	if (vs->n == VARS_MAX) {
		free(copy);
		return -E2BIG;
	}
	if ((v = realloc(vs->v, (vs->n + 1) * sizeof(*v))) == NULL) {
		free(copy);
		return -ENOMEM;
	}
	vs->v = v;
	v += vs->n++;
	(void)snprintf(v->name, sizeof(v->name), "%s", name);
	v->value = copy;
	return 0;
}

const char *
vars_get(const struct vars *vs, const char *name)
{
	const struct var *v = find(vs, name, strlen(name));

	return v ? v->value : NULL;
}

int
vars_expand(const struct vars *vs, const char *text, struct buf *out,
    char bad[VARS_NAME_MAX])
{
	const struct var *v;
	const char *p;
	size_t n;

	while ((p = strstr(text, "${")) != NULL) {
		if (p > text && p[-1] == '$') {		/* "$${" */
			buf_add(out, text, (size_t)(p - 1 - text));
			buf_puts(out, "${");
			text = p + 2;
			continue;
		}
		buf_add(out, text, (size_t)(p - text));
		n = name_len(p + 2);
		if (!name_ok_n(p + 2, n) || p[2 + n] != '}') {
			(void)snprintf(bad, VARS_NAME_MAX, "%s", p);
			return -EINVAL;
		}
		if ((v = find(vs, p + 2, n)) == NULL) {
			memcpy(bad, p + 2, n);
			bad[n] = '\0';
			return -ENOENT;
		}
		buf_puts(out, v->value);
		text = p + 3 + n;
	}
	buf_puts(out, text);
	return out->err;
}

void
vars_free(struct vars *vs)
{
	for (size_t i = 0; i < vs->n; i++)
		free(vs->v[i].value);
	free(vs->v);
	*vs = (struct vars){ 0 };
}
