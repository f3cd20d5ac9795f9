/* sh_quote.c - quoting for the shell. */
#include "sh_quote.h"

#include <string.h>

/* Bytes that mean nothing to a shell anywhere in an argument.  No "~", which
 * expands after ":" and "=" too. */
#define PLAIN	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" \
		"0123456789_./:@%+,=-"

void
sh_quote_part(struct buf *b, const char *s)
{
	if (s[strspn(s, PLAIN)] == '\0') {
		buf_puts(b, s);
		return;
	}
	buf_putc(b, '\'');
	for (; *s != '\0'; s++) {
		if (*s == '\'')
			buf_puts(b, "'\\''");
		else
			buf_putc(b, *s);
	}
	buf_putc(b, '\'');
}

void
sh_quote(struct buf *b, const char *s)
{
	if (*s == '\0')
		buf_puts(b, "''");
	else
		sh_quote_part(b, s);
}
