/* screen.c - many hosts on a terminal of any size. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "screen.h"

#define WIDTH_MIN	20u
#define HEIGHT_MIN	2u

/* Text ------------------------------------------------------------------------ */

/* The next character of s: its bytes and columns; what can't be shown is one '?'. */
static size_t
next_char(const struct screen_form *f, const char *s, size_t len, mbstate_t *st, int *ret_width)
{
	wchar_t wc;
	size_t n;

	if (!f->utf8) {
		unsigned char c = (unsigned char)*s;

		*ret_width = c < 0x80 ? 1 : -1;
		for (n = 1; c >= 0xc0 && n < len && ((unsigned char)s[n] & 0xc0) == 0x80; n++)
			;
		return n;
	}
	n = mbrtowc(&wc, s, len, st);
	if (n == (size_t)-1 || n == (size_t)-2 || n == 0) {
		memset(st, 0, sizeof(*st));
		*ret_width = -1;
		return 1;
	}
	*ret_width = wcwidth(wc);
	return n;
}

unsigned
screen_text(const struct screen_form *f, const char *s, unsigned width, struct buf *out)
{
	const char *more = f->utf8 ? "…" : "...";
	unsigned used = 0, room = width, dots = f->utf8 ? 1 : 3;
	size_t fits = 0, end = 0;	/* bytes of out: with the dots behind it, and all */
	struct buf safe = { 0 }, shown = { 0 };
	mbstate_t st = { 0 };
	unsigned fit_used = 0;
	bool cut = false;

	buf_text(&safe, s, strlen(s));
	for (size_t i = 0; i < safe.len && !cut; ) {
		char c = safe.p[i];
		int w = 1;
		size_t n = 1;

		if (c == '\n' || c == '\t')
			buf_putc(&shown, ' ');
		else if ((n = next_char(f, safe.p + i, safe.len - i, &st, &w)), w < 0) {
			buf_putc(&shown, '?');
			w = 1;
		} else
			buf_add(&shown, safe.p + i, n);
		if (used + (unsigned)w > room) {
			cut = true;
		} else {
			used += (unsigned)w;
			end = shown.len;
			if (used + dots <= room) {
				fits = shown.len;
				fit_used = used;
			}
		}
		i += n;
	}
	if (cut && room >= dots) {
		buf_add(out, shown.p, fits);
		buf_puts(out, more);
		used = fit_used + dots;
	} else if (shown.p != NULL)
		buf_add(out, shown.p, end);
	buf_free(&safe);
	buf_free(&shown);
	return used;
}

void
screen_eta(long long s, char ret[16])
{
	if (s < 0 || s > 359999)
		ret[0] = '\0';
	else if (s < 100)
		snprintf(ret, 16, "%llds", s);
	else if (s < 6000)
		snprintf(ret, 16, "%lldm", (s + 30) / 60);
	else
		snprintf(ret, 16, "%lldh%02lldm", s / 3600, s % 3600 / 60);
}

/* Order ------------------------------------------------------------------------- */

static const struct { const char *state; int rank; const char *colour; } states[] = {
	{ "failed", 0, "31" }, { "installing", 2, "36" }, { "booting", 3, "36" },
	{ "armed", 4, "33" }, { "installed", 5, "32" }, { "local", 6, "32" }, { "ready", 7, "" },
	{ "new", 8, "" },
};
#define N_STATES	(sizeof(states) / sizeof(states[0]))

static size_t
state_of(const struct screen_host *h)
{
	size_t i;

	for (i = 0; i < N_STATES - 1 && strcmp(states[i].state, h->state) != 0; i++)
		;
	return i;
}

static int
rank(const struct screen_host *h)
{
	return h->stuck ? 1 : states[state_of(h)].rank;
}

static int
compare(const void *a, const void *b)
{
	const struct screen_host *x = *(const struct screen_host *const *)a;
	const struct screen_host *y = *(const struct screen_host *const *)b;

	if (rank(x) != rank(y))
		return rank(x) - rank(y);
	if (x->progress != y->progress)
		return y->progress - x->progress;
	return strcmp(x->name, y->name);
}

/* Lines -------------------------------------------------------------------------- */

struct line {
	const struct screen_form *f;
	struct buf	*out;
	unsigned	 used;
};

static void
colour(struct line *l, const char *code)
{
	if (l->f->colour && *code != '\0')
		buf_printf(l->out, "\033[%sm", code);
}

static void
plain(struct line *l, const char *code)
{
	if (l->f->colour && *code != '\0')
		buf_puts(l->out, "\033[0m");
}

static void
put(struct line *l, const char *s, const char *code)
{
	if (l->used >= l->f->width)
		return;
	colour(l, code);
	l->used += screen_text(l->f, s, l->f->width - l->used, l->out);
	plain(l, code);
}

/* Blanks up to a column. */
static void
column(struct line *l, unsigned to)
{
	for (; l->used < to && l->used < l->f->width; l->used++)
		buf_putc(l->out, ' ');
}

/* Eighths of a column where the terminal can show them. */
static void
bar(struct line *l, int percent, unsigned width, const char *code)
{
	static const char *const part[] = { "", "▏", "▎", "▍", "▌", "▋", "▊", "▉" };
	unsigned eighths = width * 8 * (unsigned)percent / 100, full = eighths / 8, i;

	if (!l->f->utf8) {
		buf_putc(l->out, '[');
		for (i = 0; i < width - 2; i++)
			buf_putc(l->out, i < (width - 2) * (unsigned)percent / 100 ? '#' : '.');
		buf_putc(l->out, ']');
	} else {
		colour(l, code);
		for (i = 0; i < full; i++)
			buf_puts(l->out, "█");
		if (full < width && eighths % 8 != 0) {
			buf_puts(l->out, part[eighths % 8]);
			i++;
		}
		plain(l, code);
		for (; i < width; i++)
			buf_puts(l->out, "·");
	}
	l->used += width;
}

/* Columns by width: the name, the state, the bar with its percent, the rest. */
static void
host_line(const struct screen_form *f, const struct screen_host *h, struct buf *out)
{
	const unsigned name = f->width >= 72 ? 16 : f->width >= 50 ? 12 : 10;
	const unsigned state = f->width >= 60 ? 11 : 0;
	const unsigned bars = f->width >= 90 ? 24 : f->width >= 72 ? 16 : f->width >= 50 ? 10 : 8;
	const char *code = h->stuck ? "33" : states[state_of(h)].colour;
	struct line l = { f, out, 0 };
	struct screen_form narrow = *f;
	char text[16];

	narrow.width = name;
	l.f = &narrow;
	put(&l, h->name, h->stuck ? code : "");
	l.f = f;
	column(&l, name + 1);
	if (state > 0) {
		put(&l, h->state, code);
		column(&l, name + 1 + state);
	}
	if (h->progress >= 0) {
		bar(&l, h->progress > 100 ? 100 : h->progress, bars, code);
		snprintf(text, sizeof(text), " %3d%%", h->progress > 100 ? 100 : h->progress);
		put(&l, text, "");
		if (f->width >= 72) {
			screen_eta(h->eta, text);
			column(&l, l.used + (strlen(text) < 7 ? 7 - (unsigned)strlen(text) : 1));
			put(&l, text, "");
		}
		put(&l, "  ", "");
	}
	if (state == 0 && h->progress < 0) {
		put(&l, h->state, code);
		put(&l, " ", "");
	}
	put(&l, h->text, h->stuck || strcmp(h->state, "failed") == 0 ? code : "");
}

/* "3 installing, 1 failed" of hosts from..n-1 */
static void
counts(const struct screen_host **host, size_t from, size_t n, char *ret, size_t cap)
{
	size_t of[N_STATES] = { 0 }, stuck = 0, used = 0;

	for (size_t i = from; i < n; i++) {
		of[state_of(host[i])]++;
		stuck += host[i]->stuck;
	}
	ret[0] = '\0';
	for (size_t i = 0; i < N_STATES && used < cap; i++)
		if (of[i] > 0)
			used += (size_t)snprintf(ret + used, cap - used, "%s%zu %s",
			    used > 0 ? ", " : "", of[i], states[i].state);
	if (stuck > 0 && used < cap)
		snprintf(ret + used, cap - used, "; %zu stuck", stuck);
}

void
screen_make(const struct screen_form *form, const struct screen_host **host, size_t n,
    const char *title, struct buf *out)
{
	struct screen_form f = *form;
	char text[256], line[320];
	struct line l = { &f, out, 0 };
	size_t rows, shown;

	if (f.width < WIDTH_MIN)
		f.width = WIDTH_MIN;
	if (f.height < HEIGHT_MIN)
		f.height = HEIGHT_MIN;
	qsort(host, n, sizeof(*host), compare);
	counts(host, 0, n, text, sizeof(text));
	snprintf(line, sizeof(line), "provd: %s", title != NULL ? title : n == 0 ? "no hosts" : text);
	put(&l, line, "1");
	rows = f.height - 1;
	shown = n <= rows ? n : rows - 1;
	for (size_t i = 0; i < shown; i++) {
		buf_putc(out, '\n');
		host_line(&f, host[i], out);
	}
	if (shown == n)
		return;
	counts(host, shown, n, text, sizeof(text));
	snprintf(line, sizeof(line), "and %zu more: %s", n - shown, text);
	buf_putc(out, '\n');
	l.used = 0;
	put(&l, line, "2");
}
