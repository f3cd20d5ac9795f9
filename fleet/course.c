/* course.c - see course.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/buf.h"
#include "course.h"

#define LONGEST	(7 * 86400)		/* seconds of one stage */

struct stage { char name[COURSE_NAME]; uint32_t s; };
struct run { unsigned n; struct stage *stage; };

struct course {
	struct course	*next;		/* used before this one */
	char		 key[COURSE_KEY];
	struct run	 run[COURSE_RUNS];	/* newest first */
	unsigned	 n_run;
	/* The stages of the newest run, and their medians. */
	struct stage	 usual[COURSE_STAGES];
	unsigned	 n_usual;
};

/* Runs -------------------------------------------------------------------- */

static const struct stage *
find(const struct stage *s, unsigned n, const char *name)
{
	for (unsigned i = 0; i < n; i++)
		if (strcmp(s[i].name, name) == 0)
			return &s[i];
	return NULL;
}

static int
by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static uint32_t
median(const struct course *c, const char *name)
{
	uint32_t s[COURSE_RUNS];
	unsigned n = 0;

	for (unsigned i = 0; i < c->n_run; i++) {
		const struct stage *st = find(c->run[i].stage, c->run[i].n, name);

		if (st != NULL)
			s[n++] = st->s;
	}
	qsort(s, n, sizeof(*s), by_value);
	return n > 0 ? s[(n - 1) / 2] : 0;
}

static void
settle(struct course *c)
{
	const struct run *r = &c->run[0];

	c->n_usual = 0;
	for (unsigned i = 0; c->n_run > 0 && i < r->n; i++) {
		struct stage *u = &c->usual[c->n_usual++];

		memcpy(u->name, r->stage[i].name, sizeof(u->name));
		u->s = median(c, u->name);
	}
}

/* Takes the stages. */
static void
put_run(struct course *c, struct run r)
{
	if (c->n_run == COURSE_RUNS)
		free(c->run[--c->n_run].stage);
	memmove(c->run + 1, c->run, c->n_run * sizeof(*c->run));
	c->run[0] = r;
	c->n_run++;
}

/* A stage that comes twice (a step done again) is one. */
static void
put_stage(struct run *r, const char *name, size_t len, int64_t s)
{
	char buf[COURSE_NAME];
	struct stage *st;

	if (len == 0 || len >= sizeof(buf))
		return;
	memcpy(buf, name, len);
	buf[len] = '\0';
	s = s < 0 ? 0 : s > LONGEST ? LONGEST : s;
	for (unsigned i = 0; i < r->n; i++)
		if (strcmp(r->stage[i].name, buf) == 0) {
			s += r->stage[i].s;
			r->stage[i].s = (uint32_t)(s > LONGEST ? LONGEST : s);
			return;
		}
	if (r->n == COURSE_STAGES)
		return;
	st = &r->stage[r->n++];
	memcpy(st->name, buf, sizeof(buf));
	st->s = (uint32_t)s;
}

/* The list ---------------------------------------------------------------- */

static void
course_free(struct course *c)
{
	for (unsigned i = 0; i < c->n_run; i++)
		free(c->run[i].stage);
	free(c);
}

void
course_list_free(struct course_list *l)
{
	struct course *c, *next;

	for (c = l->first; c != NULL; c = next) {
		next = c->next;
		course_free(c);
	}
	*l = (struct course_list){ 0 };
}

static struct course *
by_key(const struct course_list *l, const char *key)
{
	struct course *c = l->first;

	while (c != NULL && strcmp(c->key, key) != 0)
		c = c->next;
	return c;
}

/* The course of that key, made if need be, first in the list. */
static struct course *
take(struct course_list *l, const char *key)
{
	struct course *c = by_key(l, key), **p;

	if (c == NULL && (c = calloc(1, sizeof(*c))) == NULL)
		return NULL;
	if (c->key[0] == '\0') {
		snprintf(c->key, sizeof(c->key), "%s", key);
		l->n++;
	} else {
		for (p = &l->first; *p != c; p = &(*p)->next)
			;
		*p = c->next;
	}
	c->next = l->first;
	l->first = c;
	if (l->n > COURSE_MAX) {
		for (p = &l->first; (*p)->next != NULL; p = &(*p)->next)
			;
		course_free(*p);
		*p = NULL;
		l->n--;
	}
	return c;
}

/* A profile's name has no blank. */
static void
make_key(char key[COURSE_KEY], const char *profile, const char *tree)
{
	(void)snprintf(key, COURSE_KEY, "%.64s %.64s", profile, tree);
}

int
course_add(struct course_list *l, const char *profile, const char *tree,
    const struct course_mark *m, unsigned n, int64_t end)
{
	struct run r = { .stage = calloc(COURSE_STAGES, sizeof(*r.stage)) };
	char key[COURSE_KEY];
	struct course *c;

	if (r.stage == NULL)
		return -ENOMEM;
	for (unsigned i = 0; i < n; i++)
		put_stage(&r, m[i].name, strnlen(m[i].name, COURSE_NAME),
		    (i + 1 < n ? m[i + 1].at : end) - m[i].at);
	make_key(key, profile, tree);
	if (r.n == 0 || (c = take(l, key)) == NULL) {
		free(r.stage);
		return r.n == 0 ? 0 : -ENOMEM;
	}
	put_run(c, r);
	settle(c);
	return 0;
}

const struct course *
course_find(const struct course_list *l, const char *profile, const char *tree)
{
	char key[COURSE_KEY];
	const struct course *c;
	size_t n;

	make_key(key, profile, tree);
	if ((c = by_key(l, key)) != NULL)
		return c;
	n = strcspn(key, " ");
	for (c = l->first; c != NULL; c = c->next)
		if (strncmp(c->key, key, n + 1) == 0)
			return c;
	return NULL;
}

/* As text: a line for each run, oldest first, "dhcp=3 tftp=12 ..." ---------- */

char *
course_text(const struct course_list *l, const char *profile, const char *tree,
    char key[COURSE_KEY])
{
	const struct course *c;
	struct buf b = { 0 };

	make_key(key, profile, tree);
	if ((c = by_key(l, key)) == NULL)
		return NULL;
	for (unsigned i = c->n_run; i-- > 0; ) {
		for (unsigned k = 0; k < c->run[i].n; k++)
			buf_printf(&b, "%s%s=%" PRIu32, k > 0 ? " " : "",
			    c->run[i].stage[k].name, c->run[i].stage[k].s);
		buf_putc(&b, '\n');
	}
	return buf_steal(&b, NULL);
}

static int
load_run(struct course *c, const char *p, const char *end)
{
	struct run r = { .stage = calloc(COURSE_STAGES, sizeof(*r.stage)) };

	if (r.stage == NULL)
		return -ENOMEM;
	while (p < end) {
		size_t len = strcspn(p, "= \n");
		int64_t s = 0;

		if (p[len] != '=')
			break;
		for (const char *d = p + len + 1; *d >= '0' && *d <= '9' && s < LONGEST; d++)
			s = 10 * s + (*d - '0');
		put_stage(&r, p, len, s);
		p += strcspn(p, " \n");
		p += *p == ' ';
	}
	if (r.n == 0)
		free(r.stage);
	else
		put_run(c, r);
	return 0;
}

int
course_load(struct course_list *l, const char *key, const char *text)
{
	struct course *c;
	int r = 0;

	if (strlen(key) >= COURSE_KEY || strchr(key, ' ') == NULL)
		return -EINVAL;
	if ((c = take(l, key)) == NULL)
		return -ENOMEM;
	while (r == 0 && *text != '\0') {
		size_t len = strcspn(text, "\n");

		r = load_run(c, text, text + len);
		text += len + (text[len] == '\n');
	}
	settle(c);
	return r;
}

/* How far, how long ------------------------------------------------------- */

int64_t
course_usual(const struct course *c, const char *stage)
{
	const struct stage *s = c != NULL ? find(c->usual, c->n_usual, stage) : NULL;

	return s != NULL ? (int64_t)s->s : -1;
}

int
course_percent(const struct course *c, const struct course_mark *m, unsigned n,
    int64_t now, int64_t *ret_left)
{
	const struct stage *at = NULL;
	int64_t all = 0, done = 0, in = 0;
	unsigned i;

	*ret_left = -1;
	if (c == NULL)
		return -1;
	/* The last of the stages passed that the earlier ones passed, too. */
	for (i = n; i-- > 0 && at == NULL; )
		if ((at = find(c->usual, c->n_usual, m[i].name)) != NULL)
			in = now - m[i].at;
	if (at == NULL)
		return -1;
	for (i = 0; i < c->n_usual; i++) {
		int64_t s = c->usual[i].s;

		all += s;
		if (&c->usual[i] < at)
			done += s;
		else if (&c->usual[i] == at)
			done += in < 0 ? 0 : in < s ? in : s;
	}
	*ret_left = all - done;
	return all == 0 ? 0 : (int)(done * 99 / all);
}
