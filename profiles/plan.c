/* plan.c - a plan is built: errors, words, steps. */
#include "plan_int.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *
pb_alloc(struct pb *b, size_t n)
{
	struct plan_mem *m;

	if ((m = calloc(1, sizeof(*m) + n)) == NULL) {
		b->nomem = true;
		return NULL;
	}
	m->next = b->plan->mem;
	b->plan->mem = m;
	return m->bytes;
}

static const char *
keep_n(struct pb *b, const char *s, size_t len)
{
	char *p = pb_alloc(b, len + 1);

	if (p == NULL)
		return "";
	memcpy(p, s, len);
	return p;
}

const char *
pb_keep(struct pb *b, struct buf *text)
{
	const char *s = "";

	if (text->err)
		b->nomem = true;
	else
		s = keep_n(b, text->len > 0 ? text->p : "", text->len);
	buf_free(text);
	return s;
}

const char *
pb_str(struct pb *b, const char *fmt, ...)
{
	struct buf text = { 0 };
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	return pb_keep(b, &text);
}

void
pb_error(struct pb *b, struct cfg_mark mark, const char *where, const char *fmt, ...)
{
	struct buf text = { 0 };
	va_list ap;

	b->errors++;
	if (mark.line == 0)		/* an object that was not given at all */
		mark = b->p->head.mark;
	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	schema_complain(b->fn, b->arg, b->in->profile->file, mark, where, "%s",
	    text.err || text.len == 0 ? "out of memory" : text.p);
	buf_free(&text);
}

const char *
pb_expand(struct pb *b, struct cfg_mark mark, const char *where, const char *text)
{
	char bad[VARS_NAME_MAX];
	struct buf out = { 0 };
	const char *s;
	int r;

	if (text == NULL)
		return "";
	r = vars_expand(b->in->vars, text, &out, bad);
	if (r == -ENOENT)
		pb_error(b, mark, where, "there is no variable %s", bad);
	else if (r == -EINVAL)
		pb_error(b, mark, where, "\"%s\" begins a variable, but is none; write $${ for ${", bad);
	if (r < 0 && r != -ENOMEM) {
		buf_free(&out);
		return "";
	}
	s = pb_keep(b, &out);
	if (!check_text(s)) {
		pb_error(b, mark, where, "control characters are not allowed");
		return "";
	}
	return s;
}

const char *
pb_value(struct pb *b, struct cfg_mark mark, const char *where, const char *text,
    bool (*ok)(const char *), const char *what)
{
	const char *s = pb_expand(b, mark, where, text);

	if (*s != '\0' && !ok(s)) {
		pb_error(b, mark, where, "\"%s\" is not %s", s, what);
		return "";
	}
	return s;
}

/* The same for what must not be repeated in a message. */
const char *
pb_secret(struct pb *b, struct cfg_mark mark, const char *where, const char *text,
    bool (*ok)(const char *), const char *what)
{
	const char *s = pb_expand(b, mark, where, text);

	if (*s != '\0' && !ok(s)) {
		pb_error(b, mark, where, "this is not %s", what);
		return "";
	}
	return s;
}

/* Is a value missing that must be there?  Not when it was refused already, nor
 * when it comes from a variable of a host that is only imagined. */
bool
pb_missing(const struct pb *b, const char *text, const char *value)
{
	if (*value != '\0')
		return false;
	if (text == NULL || *text == '\0')
		return true;
	return !b->in->imagined && strstr(text, "${") != NULL;
}

/* Does it come from a host that does not exist? */
bool
pb_imagined(const struct pb *b, const char *text)
{
	return b->in->imagined && text != NULL && strstr(text, "${") != NULL;
}

/* Steps and their items --------------------------------------------------- */

struct plan_step *
pb_step(struct pb *b, const char *name, const char *title, ...)
{
	struct plan *pl = b->plan;
	struct plan_step *s;
	va_list ap;

	if (pl->n_step == PLAN_STEPS) {
		pb_error(b, b->p->head.mark, "profile", "more than %u steps", PLAN_STEPS);
		return b->step;
	}
	s = &pl->step[pl->n_step++];
	(void)snprintf(s->name, sizeof(s->name), "%s", name);
	va_start(ap, title);
	(void)vsnprintf(s->title, sizeof(s->title), title, ap);
	va_end(ap);
	b->step = s;
	return s;
}

static struct plan_item *
add_item(struct pb *b)
{
	struct plan_step *s = b->step;
	struct plan_item *it;

	/* the array grows by doubling, at powers of two */
	if ((s->n_item & (s->n_item - 1)) == 0) {
		size_t cap = s->n_item ? s->n_item * 2 : 1;

		if ((it = realloc(s->item, cap * sizeof(*it))) == NULL) {
			b->nomem = true;
			return NULL;
		}
		s->item = it;
	}
	it = &s->item[s->n_item++];
	*it = (struct plan_item){ 0 };
	return it;
}

static void
add_words(struct pb *b, struct plan_item *it, const char *words, va_list ap)
{
	const char *p, *end;
	struct plan_word *w;
	size_t n = 1;

	for (p = words; *p != '\0'; p++)
		n += *p == ' ';
	n += it->n_word;
	if ((w = pb_alloc(b, n * sizeof(*w))) == NULL)
		return;
	if (it->n_word > 0)
		memcpy(w, it->word, it->n_word * sizeof(*w));
	it->word = w;
	for (p = words; it->n_word < n; p = end + 1) {
		end = p + strcspn(p, " ");
		w = &it->word[it->n_word++];
		if (end - p == 1 && (*p == '$' || *p == '#')) {
			w->kind = *p == '#' ? WORD_VAR : WORD_TEXT;
			p = va_arg(ap, const char *);
			w->text = keep_n(b, p, strlen(p));
		} else if (end - p == 1 && (*p == '@' || *p == '~')) {
			w->kind = *p == '@' ? WORD_DEVICE : WORD_NAME;
			w->disk = va_arg(ap, unsigned);
			(void)snprintf(w->part, sizeof(w->part), "%s",
			    va_arg(ap, const char *));
		} else {
			w->text = keep_n(b, p, (size_t)(end - p));
		}
	}
}

void
pb_run(struct pb *b, const char *words, ...)
{
	struct plan_item *it;
	va_list ap;

	if ((it = add_item(b)) == NULL)
		return;
	it->kind = ITEM_RUN;
	va_start(ap, words);
	add_words(b, it, words, ap);
	va_end(ap);
}

void
pb_more(struct pb *b, const char *words, ...)
{
	va_list ap;

	if (b->step->n_item == 0)
		return;
	va_start(ap, words);
	add_words(b, &b->step->item[b->step->n_item - 1], words, ap);
	va_end(ap);
}

/* The last item's words are not for people: this is. */
void
pb_note(struct pb *b, const char *note)
{
	if (b->step->n_item > 0)
		b->step->item[b->step->n_item - 1].note = note;
}

void
pb_call(struct pb *b, const char *note, const char *words, ...)
{
	struct plan_item *it;
	va_list ap;

	if ((it = add_item(b)) == NULL)
		return;
	it->kind = ITEM_CALL;
	it->note = note;
	va_start(ap, words);
	add_words(b, it, words, ap);
	va_end(ap);
}

static void
add_file(struct pb *b, struct plan_item *it, ...)
{
	va_list ap;

	va_start(ap, it);
	add_words(b, it, "$", ap);
	va_end(ap);
}

void
pb_file(struct pb *b, const char *path, unsigned mode, const char *data)
{
	struct plan_item *it;

	if ((it = add_item(b)) == NULL)
		return;
	it->kind = ITEM_FILE;
	it->mode = mode;
	it->data = keep_n(b, data, strlen(data));
	add_file(b, it, path);
}

/* The whole --------------------------------------------------------------- */

static int
make(struct pb *b)
{
	struct plan *pl = b->plan;

	(void)snprintf(pl->profile, sizeof(pl->profile), "%s", b->p->name);
	(void)snprintf(pl->host, sizeof(pl->host), "%s", b->in->host);
	(void)snprintf(pl->tree, sizeof(pl->tree), "%s", vars_get(b->in->vars, "tree"));
	pl->os = b->p->os;
	if ((pl->disk = calloc(PLAN_DISKS, sizeof(*pl->disk))) == NULL ||
	    (pl->step = calloc(PLAN_STEPS, sizeof(*pl->step))) == NULL)
		return -ENOMEM;

	pb_disks(b);
	pb_sets(b);
	if (b->errors == 0 && !b->nomem) {
		if (pl->os == PROFILE_LINUX)
			pb_linux(b);
		else
			pb_freebsd(b);
	}
	if (b->nomem)
		return -ENOMEM;
	return b->errors > 0 ? -EINVAL : 0;
}

int
plan_make(const struct plan_in *in, struct plan **ret, cfg_error_fn *fn, void *arg)
{
	struct pb b = { .in = in, .p = &in->profile->p, .fn = fn, .arg = arg };
	int r;

	if ((b.plan = calloc(1, sizeof(*b.plan))) == NULL)
		return -ENOMEM;
	if ((r = make(&b)) < 0) {
		plan_free(b.plan);
		return r;
	}
	*ret = b.plan;
	return 0;
}

void
plan_free(struct plan *pl)
{
	struct plan_mem *m, *next;

	if (pl == NULL)
		return;
	for (size_t i = 0; i < pl->n_step; i++)
		free(pl->step[i].item);
	for (m = pl->mem; m != NULL; m = next) {
		next = m->next;
		free(m);
	}
	free(pl->step);
	free(pl->disk);
	free(pl->set);
	free(pl);
}
