/* bsd_table.c - a BSD label as text. */
#include "bsd_table.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define WORDS	7u	/* a: and six fields */

struct words {
	char		 word[WORDS][16];
	unsigned	 n;
	bool		 more, longer;	/* than there is room for */
};

/* The words of a line; a colon ends the first one. */
static void
split(const char *line, size_t len, struct words *w)
{
	size_t i = 0, start, n;

	*w = (struct words){ 0 };
	while (i < len && line[i] != '#') {
		if (line[i] == ' ' || line[i] == '\t' || line[i] == '\r') {
			i++;
			continue;
		}
		for (start = i; i < len && strchr(" \t\r#", line[i]) == NULL; )
			if (line[i++] == ':' && w->n == 0)
				break;
		n = i - start;
		if (w->n == WORDS) {
			w->more = true;
			return;
		}
		if (n >= sizeof(w->word[0])) {
			w->longer = true;
			return;
		}
		memcpy(w->word[w->n++], line + start, n);
	}
}

static bool
is_number(const char *s)
{
	return *s != '\0' && strlen(s) < 12 && s[strspn(s, "0123456789")] == '\0';
}

static bool
number_or_star(const char *s)
{
	return strcmp(s, "*") == 0 || is_number(s);
}

/* 512, 4G, 4g, *; why is left alone for what is plainly no size. */
static bool
is_size(char *s, const char **why)
{
	size_t n = strlen(s);
	char number[16];

	if (number_or_star(s))
		return true;
	memcpy(number, s, n + 1);
	number[n - 1] = '\0';
	if (!is_number(number))
		return false;
	if (s[n - 1] >= 'a' && s[n - 1] <= 'z')
		s[n - 1] = (char)(s[n - 1] - ('a' - 'A'));
	if (s[n - 1] == '%')
		*why = "is a percentage, which bsdlabel counts wrong beside offsets of *: write a size, or * for the rest";
	return strchr("KMG", s[n - 1]) != NULL;
}

static int
bad(char why[200], unsigned no, const char *what, const char *word)
{
	(void)snprintf(why, 200, "line %u: %s%s%s%s", no, *word ? "\"" : "", word, *word ? "\" " : "", what);
	return -EINVAL;
}

static int
row(struct words *w, struct bsd_row ret[BSD_LETTERS], unsigned no, char why[200])
{
	const char *size_why = "is not a size: write a number of K, M or G, of blocks, or *";
	char letter = w->word[0][0];
	struct bsd_row *r;

	if (w->n < 4)
		return bad(why, no, "a partition has a size, an offset and a type", "");
	if (letter == 'c') {
		if (strcmp(w->word[3], "unused") != 0 || strspn(w->word[2], "0*") != strlen(w->word[2]))
			return bad(why, no, "partition c is the whole slice and is never changed", "");
		return 0;
	}
	r = &ret[letter - 'a'];
	if (r->letter != '\0')
		return bad(why, no, "is there twice", w->word[0]);
	if (!is_size(w->word[1], &size_why))
		return bad(why, no, size_why, w->word[1]);
	if (!number_or_star(w->word[2]))
		return bad(why, no, "is not an offset: write a number of blocks, or *", w->word[2]);
	if (strcmp(w->word[3], "4.2BSD") != 0 && strcmp(w->word[3], "swap") != 0)
		return bad(why, no, "is not a type: write 4.2BSD or swap", w->word[3]);
	*r = (struct bsd_row){ .letter = letter, .swap = w->word[3][0] == 's', .line = no };
	memcpy(r->size, w->word[1], sizeof(r->size));
	memcpy(r->offset, w->word[2], sizeof(r->offset));
	for (unsigned i = 4; i < WORDS; i++) {
		char *to = i == 4 ? r->fsize : i == 5 ? r->bsize : r->bps;

		if (i < w->n && !number_or_star(w->word[i]))
			return bad(why, no, "is not a number or *", w->word[i]);
		memcpy(to, i < w->n ? w->word[i] : "*", i < w->n ? sizeof(r->fsize) : 2);
	}
	return 0;
}

int
bsd_table_parse(const char *text, struct bsd_row ret[BSD_LETTERS], char why[200])
{
	struct words w;
	unsigned no = 0;
	size_t len;
	int r;

	memset(ret, 0, BSD_LETTERS * sizeof(*ret));
	for (const char *p = text; *p != '\0'; p += len + (p[len] == '\n')) {
		len = strcspn(p, "\n");
		no++;
		split(p, len, &w);
		if (w.longer || w.more)
			return bad(why, no, w.more ? "more than six fields" : "a field is too long", "");
		if (w.n == 0 || (w.n == 2 && is_number(w.word[0]) && strcmp(w.word[1], "partitions:") == 0))
			continue;
		if (w.word[0][0] < 'a' || w.word[0][0] > 'h' || strcmp(w.word[0] + 1, ":") != 0)
			return bad(why, no, "is not a partition: write a: to h:", w.word[0]);
		if ((r = row(&w, ret, no, why)) < 0)
			return r;
	}
	return 0;
}
