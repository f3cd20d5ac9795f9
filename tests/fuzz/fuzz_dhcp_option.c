/* fuzz_dhcp_option.c - a DHCP option's value from text to bytes to text.
 *
 * Input: a byte that chooses the option, then either (even) values, one a line,
 * or (odd) bytes as they might come from a network; or, where the choice is past
 * the table, a type of one's own, a line, and values for it.  What was parsed
 * and is printed parses to the same bytes again.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/dhcp_option.h"
#include "must.h"

#define VALUES	32
int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Lines of a text, which is cut up for it. */
static size_t
split(char *text, const char *sep, const char *value[VALUES])
{
	size_t n = 0;

	for (char *end; n < VALUES; text = end + strlen(sep)) {
		value[n++] = text;
		if ((end = strstr(text, sep)) == NULL)
			break;
		*end = '\0';
	}
	return n;
}

/* Is what is printed what one would write? */
static bool
is_written_so(const struct dhcp_opt_def *d, const char *text)
{
	return strpbrk(d->fmt, "txE") == NULL && strchr(text, '?') == NULL;
}

static void
again(const struct dhcp_opt_def *d, const uint8_t *p, size_t len, const struct buf *text)
{
	uint8_t bytes[DHCP_OPT_MAX];
	const char *value[VALUES];
	char why[DHCP_OPT_WHY], *copy;
	size_t n;

	MUST((copy = strdup(text->p)) != NULL);
	n = split(copy, ", ", value);
	if (n < VALUES && is_written_so(d, text->p)) {
		MUST(dhcp_opt_parse(d, value, n, bytes, sizeof(bytes), why) == (int)len);
		MUST(memcmp(bytes, p, len) == 0);
	}
	free(copy);
}

static void
print(const struct dhcp_opt_own *own, const struct dhcp_opt_def *d, const uint8_t *p,
    size_t len, bool parsed)
{
	struct buf b = { 0 };

	dhcp_opt_print(own, d, (uint8_t)(len % 4), p, len, &b);
	buf_putc(&b, '\0');
	MUST(b.err == 0);
	for (size_t i = 0; i + 1 < b.len; i++)
		MUST((unsigned char)b.p[i] >= ' ' && (unsigned char)b.p[i] < 0x7f);
	if (parsed)
		again(d, p, len, &b);
	buf_free(&b);
}

static void
values(const struct dhcp_opt_own *own, const struct dhcp_opt_def *d, char *text)
{
	uint8_t bytes[DHCP_OPT_MAX];
	const char *value[VALUES];
	char why[DHCP_OPT_WHY] = "";
	size_t n = split(text, "\n", value);
	int len = dhcp_opt_parse(d, value, n, bytes, sizeof(bytes), why);

	if (len < 0) {
		MUST(why[0] != '\0');
		return;
	}
	print(own, d, bytes, (size_t)len, true);
	for (size_t cap = 0; cap < (size_t)len && cap < 64; cap++)
		MUST(dhcp_opt_parse(d, value, n, bytes, cap, why) < 0);
}

static void
own_type(char *text)
{
	struct dhcp_opt_own own = { 0 };
	char why[DHCP_OPT_WHY] = "";
	const char *line[2];
	struct buf b = { 0 };
	char *nl = strchr(text, '\n');

	line[1] = "";
	if (nl != NULL) {
		*nl = '\0';
		line[1] = nl + 1;
	}
	line[0] = text;
	if (dhcp_opt_own_add(&own, "x", NULL, 224, line[0], why) == 0) {
		MUST(own.n == 1 && strlen(own.def[0].fmt) < DHCP_OPT_FMT);
		dhcp_opt_type(own.def[0].fmt, &b);
		if (nl != NULL)
			values(&own, &own.def[0], nl + 1);
	} else
		MUST(why[0] != '\0');
	buf_free(&b);
	dhcp_opt_own_free(&own);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct dhcp_opt_def found;
	char buf[DHCP_OPT_NAME], *text;
	size_t i;

	if (len < 2 || len > 4096)
		return 0;
	i = (size_t)p[0] | (size_t)(p[1] >> 1 & 1) << 8;
	if (i < dhcp_opt_table_n && (p[1] & 1)) {
		print(NULL, &dhcp_opt_table[i], p + 2, len - 2, false);
		return 0;
	}
	MUST((text = malloc(len)) != NULL);
	memcpy(text, p + 2, len - 2);
	text[len - 2] = '\0';
	if (i < dhcp_opt_table_n) {
		values(NULL, &dhcp_opt_table[i], text);
	} else if (p[1] & 1) {
		if (dhcp_opt_find(NULL, text, &found) == 0)
			MUST(found.code >= 1 && found.code <= 254);
		(void)dhcp_opt_nearest(NULL, text, NULL, buf);
	} else {
		own_type(text);
	}
	free(text);
	return 0;
}
