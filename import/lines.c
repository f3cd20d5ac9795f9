/* lines.c - see lines.h. */
#include <string.h>

#include "lines.h"

void
lines_begin(struct lines *l, struct import *imp, const char *file, const char *text, size_t len,
    int how)
{
	*l = (struct lines){ .imp = imp, .p = text, .end = text + len, .next = 1, .how = how,
	    .at = { file, 0 } };
}

/* One line of the file, goes on: with the next one. */
static bool
part(struct lines *l, const char **ret, size_t *ret_n, bool *ret_on)
{
	const char *nl;
	size_t n;

	if (l->p >= l->end)
		return false;
	nl = memchr(l->p, '\n', (size_t)(l->end - l->p));
	n = (size_t)((nl != NULL ? nl : l->end) - l->p);
	*ret = l->p;
	l->p += n + (nl != NULL);
	l->next++;
	if (n > 0 && (*ret)[n - 1] == '\r')
		n--;
	*ret_on = (l->how & LINES_BACKSLASH) != 0 && n > 0 && (*ret)[n - 1] == '\\';
	*ret_n = n - *ret_on;
	return true;
}

/* Up to a # that stands in no quotes; NULs, which no line has, become blanks. */
static void
strip(char *s, size_t n)
{
	char quote = '\0';
	size_t end = 0;

	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\0')
			s[i] = ' ';
		if (quote == '\0' && s[i] == '#' && (i == 0 || strchr(" \t", s[i - 1]) != NULL))
			break;
		if (quote == '\0' ? s[i] == '"' : s[i] == quote)
			quote = quote == '\0' ? s[i] : '\0';
		if (s[i] != ' ' && s[i] != '\t')
			end = i + 1;
	}
	s[end] = '\0';
}

bool
lines_next(struct lines *l, char **ret)
{
	const char *s;
	size_t n;
	bool on;

	for (;;) {
		struct buf all = { 0 };
		char *copy;

		l->at.line = l->next;
		if (!part(l, &s, &n, &on))
			return false;
		if (!on) {
			copy = imp_strn(l->imp, s, n);
		} else {
			do
				buf_add(&all, s, n);
			while (on && part(l, &s, &n, &on) && (buf_putc(&all, ' '), true));
			l->imp->raw[0] = all.p;
			copy = imp_strn(l->imp, all.p, n = all.len);
			imp_drop_raw(l->imp);
		}
		strip(copy, n);
		copy += strspn(copy, " \t");
		if (*copy != '\0') {
			*ret = copy;
			return true;
		}
	}
}

bool
lines_words(struct lines *l, char *ret[LINE_WORDS], size_t *ret_n)
{
	char *s, *out;
	size_t n = 0;

	if (!lines_next(l, &s))
		return false;
	while (*(s += strspn(s, " \t")) != '\0') {
		char quote = '\0';

		if (n == LINE_WORDS) {
			imp_left(l->imp, l->at, s, "there is too much on this line");
			break;
		}
		ret[n++] = out = s;
		for (; *s != '\0' && (quote != '\0' || (*s != ' ' && *s != '\t')); s++) {
			if ((l->how & LINES_QUOTES) != 0 && *s == '"')
				quote = quote == '\0' ? '"' : '\0';
			else
				*out++ = *s;
		}
		if (*s != '\0')
			s++;
		*out = '\0';
	}
	*ret_n = n;
	return true;
}
