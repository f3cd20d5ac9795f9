/* catalogue.c - the catalogue of a repository of pkg(8). */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../profiles/release.h"
#include "catalogue.h"

#define PACKED_MAX	((size_t)16 << 20)
#define TEXT_MAX	((size_t)48 << 20)
#define ENTRIES_MAX	65536u

static int
by_path(const void *a, const void *b)
{
	return strcmp(((const struct catalogue_entry *)a)->path, ((const struct catalogue_entry *)b)->path);
}

void
catalogue_done(struct catalogue *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->e[i].path);
	free(c->e);
	*c = (struct catalogue){ .n = 0 };
}

const struct catalogue_entry *
catalogue_find(const struct catalogue *c, const char *path)
{
	struct catalogue_entry key = { .path = (char *)(uintptr_t)path };

	return c->n > 0 ? bsearch(&key, c->e, c->n, sizeof(*c->e), by_path) : NULL;
}

static int
take(struct catalogue *c, const json_t *o, char why[MEDIA_WHY])
{
	const char *path = json_string_value(json_object_get(o, "repopath")), *sum = json_string_value(json_object_get(o, "sum"));
	json_int_t bytes = json_integer_value(json_object_get(o, "pkgsize"));
	struct catalogue_entry *e;

	if (path == NULL)
		path = json_string_value(json_object_get(o, "path"));
	if (path == NULL || sum == NULL || bytes < 0 || strlen(sum) >= sizeof(e->sum) ||
	    strlen(path) >= 256 || *path == '/' || strstr(path, "..") != NULL) {
		(void)snprintf(why, MEDIA_WHY, "package %zu has no path, sum or size", c->n + 1);
		return -EBADMSG;
	}
	if (c->n % 256 == 0) {
		if (c->n >= ENTRIES_MAX || (e = realloc(c->e, (c->n + 256) * sizeof(*e))) == NULL)
			return c->n >= ENTRIES_MAX ? -E2BIG : -ENOMEM;
		c->e = e;
	}
	e = &c->e[c->n];
	*e = (struct catalogue_entry){ .bytes = (uint64_t)bytes };
	(void)snprintf(e->sum, sizeof(e->sum), "%s", sum);
	if ((e->path = strdup(path)) == NULL)
		return -ENOMEM;
	c->n++;
	return 0;
}

static int
take_json(struct catalogue *c, const char *text, size_t len, char why[MEDIA_WHY])
{
	json_error_t err;
	json_t *o = json_loadb(text, len, 0, &err);
	const json_t *list = json_object_get(o, "packages");
	int r = 0;

	if (o == NULL) {
		(void)snprintf(why, MEDIA_WHY, "package %zu: %.150s", c->n + 1, err.text);
		return -EBADMSG;
	}
	if (list == NULL)
		r = take(c, o, why);
	for (size_t i = 0; i < json_array_size(list) && r == 0; i++)
		r = take(c, json_array_get(list, i), why);
	json_decref(o);
	return r;
}

int
catalogue_parse(const char *text, size_t len, struct catalogue *ret, char why[MEDIA_WHY])
{
	const char *p = text, *end = text + len, *line;
	size_t n;
	int r = 0;

	*ret = (struct catalogue){ .n = 0 };
	while (r == 0 && release_line(&p, end, &line, &n))
		if (n > 0)
			r = take_json(ret, line, n, why);
	if (r == 0 && ret->n == 0) {
		(void)snprintf(why, MEDIA_WHY, "it has no packages");
		r = -EBADMSG;
	}
	if (r < 0)
		catalogue_done(ret);
	else
		qsort(ret->e, ret->n, sizeof(*ret->e), by_path);
	return r;
}

int
catalogue_read(const struct view *v, const char *dir, struct catalogue *ret, char why[MEDIA_WHY])
{
	static const struct { const char *file, *member; } all[] = {
		{ "packagesite.pkg", "packagesite.yaml" }, { "data.pkg", "data" },
	};
	char path[512], *packed = NULL, *text = NULL;
	size_t len, n;
	int r = -ENOENT;

	*ret = (struct catalogue){ .n = 0 };
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]) && r == -ENOENT; i++) {
		(void)snprintf(path, sizeof(path), "%.400s/%s", dir, all[i].file);
		if ((r = release_read(v, path, PACKED_MAX, &packed, &len)) < 0)
			continue;
		r = media_source_member(packed, len, all[i].member, TEXT_MAX, &text, &n, why);
		free(packed);
	}
	if (r == 0)
		r = catalogue_parse(text, n, ret, why);
	free(text);
	return r;
}
