/* kept.c - see kept.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kept.h"

/* Where name is, or belongs. */
static size_t
place(const struct kept_list *l, const char *name)
{
	size_t lo = 0, hi = l->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(l->host[mid].name, name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct cfg_kept *
kept_find(const struct kept_list *l, const char *name)
{
	size_t i = place(l, name);

	return i < l->n && strcmp(l->host[i].name, name) == 0 ? &l->host[i] : NULL;
}

int
kept_put(struct kept_list *l, const char *name, enum cfg_origin origin, const char *text)
{
	struct cfg_kept k = { .name = strdup(name), .origin = origin,
	    .text = text != NULL ? strdup(text) : NULL }, *p = kept_find(l, name);
	size_t i = place(l, name);

	if (k.name == NULL || (text != NULL && k.text == NULL) || (p == NULL &&
	    (p = realloc(l->host, (l->n + 1) * sizeof(*p))) == NULL)) {
		free(k.name);
		free(k.text);
		return -ENOMEM;
	}
	if (i < l->n && p == &l->host[i]) {
		free(p->name);
		free(p->text);
		*p = k;
		return 0;
	}
	l->host = p;
	memmove(p + i + 1, p + i, (l->n - i) * sizeof(*p));
	p[i] = k;
	l->n++;
	return 0;
}

static void
take_out(struct kept_list *l, const char *name)
{
	struct cfg_kept *p = kept_find(l, name);

	if (p == NULL)
		return;
	free(p->name);
	free(p->text);
	l->n--;
	memmove(p, p + 1, (size_t)(l->host + l->n - p) * sizeof(*p));
}

int
kept_apply(struct kept_list *l, const struct kept_list *change)
{
	int r = 0;

	for (size_t i = 0; i < change->n && r == 0; i++) {
		const struct cfg_kept *k = &change->host[i];

		if (k->text == NULL)
			take_out(l, k->name);
		else
			r = kept_put(l, k->name, k->origin, k->text);
	}
	return r;
}

int
kept_copy(const struct kept_list *l, struct kept_list *ret)
{
	*ret = (struct kept_list){ 0 };
	return kept_apply(ret, l);
}

void
kept_free(struct kept_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->host[i].name);
		free(l->host[i].text);
	}
	free(l->host);
	*l = (struct kept_list){ 0 };
}

/* The store's ------------------------------------------------------------- */

char *
kept_text(const struct cfg_kept *k)
{
	struct buf b = { 0 };

	buf_printf(&b, "%s ", cfg_origin_name(k->origin));
	buf_puts(&b, k->text);
	return buf_steal(&b, NULL);
}

static int
load(void *arg, const char *name, const char *text)
{
	const char *blank = text != NULL ? strchr(text, ' ') : NULL;

	if (name == NULL || blank == NULL)
		return 0;
	return kept_put(arg, name, strncmp(text, "adopted ", 8) == 0 ? HOST_ADOPTED : HOST_API,
	    blank + 1);
}

int
kept_load(struct fleet *f, struct kept_list *ret)
{
	*ret = (struct kept_list){ 0 };
	return fleet_kept(f, KEEP_HOST, load, ret);
}

int
kept_peek(const char *state, struct kept_list *ret)
{
	*ret = (struct kept_list){ 0 };
	return store_peek(state, KEEP_HOST, load, ret);
}
