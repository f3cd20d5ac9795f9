/* report.c - the name of a report: N-STEP-STATE[-TEXT]. */
#include <errno.h>
#include <string.h>

#include "timeline.h"

#define REPORT_NO_DIGITS	6

/* One word of the name, up to the next '-' or the end. */
static int
take_word(const char **name, char *dst, size_t cap)
{
	static const char ok[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.";
	size_t n = strcspn(*name, "-");

	if (n == 0 || n >= cap || strspn(*name, ok) < n)
		return -EINVAL;
	memcpy(dst, *name, n);
	dst[n] = '\0';
	*name += n;
	return 0;
}

/* A text that is too long is cut: a report must not fail for its length.
 * It ends on terminals and in JSON, so only printable ASCII is let through. */
static int
take_text(const char *src, char *dst, size_t cap)
{
	size_t n = 0;

	while (*src != '\0') {
		unsigned char c = (unsigned char)*src++;

		if (c == '%') {
			int hi = hex_digit(src[0]);
			int lo = hi < 0 ? -1 : hex_digit(src[1]);

			if (lo < 0 || (c = (unsigned char)(hi << 4 | lo)) == '\0')
				return -EINVAL;
			src += 2;
		}
		if (c < 0x20)
			c = ' ';
		else if (c >= 0x7f)
			c = '?';
		if (n + 1 < cap)
			dst[n++] = (char)c;
	}
	dst[n] = '\0';
	return 0;
}

int
report_parse(const char *name, struct report *ret)
{
	struct report r = { 0 };
	unsigned digits = 0;

	for (; *name >= '0' && *name <= '9'; name++, digits++) {
		if (digits == REPORT_NO_DIGITS)
			return -EINVAL;
		r.no = r.no * 10 + (unsigned)(*name - '0');
	}
	if (digits == 0 || *name++ != '-')
		return -EINVAL;
	if (take_word(&name, r.step, sizeof(r.step)) < 0 || *name++ != '-')
		return -EINVAL;
	if (take_word(&name, r.state, sizeof(r.state)) < 0)
		return -EINVAL;
	if (*name == '-' && take_text(name + 1, r.text, sizeof(r.text)) < 0)
		return -EINVAL;
	*ret = r;
	return 0;
}
