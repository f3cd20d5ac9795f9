/* facts.c - the lines of an inspection. */
#include "facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
take(struct fact_disk *d, const char *key, const char *val, size_t len)
{
	const struct { const char *key; char *at; size_t cap; } field[] = {
		{ "disk", d->name, sizeof(d->name) },
		{ "serial", d->serial, sizeof(d->serial) },
		{ "wwn", d->wwn, sizeof(d->wwn) },
		{ "bus", d->bus, sizeof(d->bus) },
		{ "model", d->model, sizeof(d->model) },
	};
	char num[24];

	for (size_t i = 0; i < sizeof(field) / sizeof(field[0]); i++)
		if (strcmp(key, field[i].key) == 0)
			(void)snprintf(field[i].at, field[i].cap, "%.*s",
			    (int)len, val);
	if (strcmp(key, "size") == 0 && len < sizeof(num)) {
		memcpy(num, val, len);
		num[len] = '\0';
		d->bytes = strtoull(num, NULL, 10);
	}
}

/* One line, from "disk=" on. */
static void
parse(const char *p, const char *end, struct fact_disk *ret)
{
	const char *next, *eq;
	char key[16];

	*ret = (struct fact_disk){ 0 };
	for (; p < end; p = next + 1) {
		next = memchr(p, ';', (size_t)(end - p));
		if (next == NULL)
			next = end;
		eq = memchr(p, '=', (size_t)(next - p));
		if (eq != NULL && (size_t)(eq - p) < sizeof(key)) {
			memcpy(key, p, (size_t)(eq - p));
			key[eq - p] = '\0';
			take(ret, key, eq + 1, (size_t)(next - eq - 1));
		}
	}
}

static int
by_name(const void *a, const void *b)
{
	const struct fact_disk *x = a, *y = b;

	return strcmp(x->name, y->name);	/* as the shell's glob has them */
}

size_t
facts_disks(const char *text, struct fact_disk *ret, size_t max)
{
	const char *line, *end, *at;
	size_t n = 0;

	for (line = text; *line != '\0' && n < max; line = *end ? end + 1 : end) {
		end = line + strcspn(line, "\n");
		at = strstr(line, "disk=");
		if (at == NULL || at >= end)
			continue;
		parse(at, end, &ret[n]);
		if (ret[n].name[0] != '\0')
			n++;
	}
	qsort(ret, n, sizeof(*ret), by_name);
	return n;
}
