/* check.c - fit to be used? */
#include "check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define LOWER	"abcdefghijklmnopqrstuvwxyz"
#define ALNUM	"ABCDEFGHIJKLMNOPQRSTUVWXYZ" LOWER "0123456789"

static bool
only(const char *s, const char *set)
{
	return *s != '\0' && s[strspn(s, set)] == '\0';
}

bool
check_text(const char *s)
{
	for (; *s != '\0'; s++)
		if ((*s > 0 && *s < ' ' && *s != '\t' && *s != '\n') || *s == 0x7f)
			return false;
	return true;
}

bool
check_line(const char *s)
{
	return check_text(s) && strpbrk(s, "\t\n") == NULL;
}

bool
check_hostname(const char *s)
{
	size_t len = strlen(s), n;

	if (len == 0 || len > 253)
		return false;
	for (;;) {
		n = strspn(s, ALNUM "-");
		if (n == 0 || n > 63 || s[0] == '-' || s[n - 1] == '-')
			return false;
		if (s[n] == '\0')
			return true;
		if (s[n] != '.')
			return false;
		s += n + 1;
	}
}

bool
check_user(const char *s)
{
	return strlen(s) <= 32 && only(s, LOWER "0123456789_-") &&
	    strchr("0123456789-", *s) == NULL;
}

bool
check_gecos(const char *s)
{
	return check_line(s) && strchr(s, ':') == NULL;
}

bool
check_relative(const char *s)
{
	size_t n;

	for (;; s += n + 1) {
		n = strspn(s, ALNUM "._+@-");
		if (n == 0 || n > 255 || (n == 1 && s[0] == '.') ||
		    (n == 2 && s[0] == '.' && s[1] == '.'))
			return false;
		if (s[n] == '\0')
			return true;
		if (s[n] != '/')
			return false;
	}
}

bool
check_path(const char *s)
{
	return strcmp(s, "/") == 0 || (s[0] == '/' && check_relative(s + 1));
}

bool
check_device(const char *s)
{
	return strlen(s) <= 31 && only(s, ALNUM "_-");
}

bool
check_options(const char *s)
{
	return only(s, ALNUM "_=.,:/@%+-");
}

bool
check_label(const char *s)
{
	return only(s, ALNUM "_.-");
}

bool
check_iface(const char *s)
{
	return strlen(s) <= 15 && only(s, ALNUM "_.-");
}

/* "$id$..." of every modern scheme; the old 13-byte form is no longer worth
 * the name.  A plain text has no way to look like this by accident. */
bool
check_hash(const char *s)
{
	const char *p;
	size_t n;

	if (*s != '$' || !only(s, ALNUM "./$=,_-"))
		return false;
	n = strspn(s + 1, ALNUM "-");
	if (n == 0 || n > 12 || s[1 + n] != '$')
		return false;
	p = strrchr(s, '$');
	return p > s + 1 + n && strlen(p + 1) >= 22;
}

bool
check_ssh_key(const char *s)
{
	size_t n = strspn(s, ALNUM "@.-"), k;

	if (n == 0 || s[n] != ' ' || !check_line(s))
		return false;
	k = strspn(s + n + 1, ALNUM "+/=");
	return k >= 32 && (s[n + 1 + k] == '\0' || s[n + 1 + k] == ' ');
}

bool
check_mode(const char *s, unsigned *ret)
{
	unsigned mode = 0;

	if (!only(s, "01234567") || strlen(s) > 4)
		return false;
	for (; *s != '\0'; s++)
		mode = mode << 3 | (unsigned)(*s - '0');
	*ret = mode;
	return true;
}

bool
check_rc_name(const char *s)
{
	return strlen(s) <= 63 && only(s, ALNUM "_") &&
	    strchr("0123456789", *s) == NULL;
}

int
size_parse(const char *s, uint64_t unit, uint64_t *ret)
{
	static const char letters[] = "KMGT";
	const char *l;
	uint64_t v = 0;

	if (*s < '0' || *s > '9')
		return -EINVAL;
	for (; *s >= '0' && *s <= '9'; s++) {
		if (v > (UINT64_MAX >> 12) / 10)
			return -ERANGE;
		v = v * 10 + (uint64_t)(*s - '0');
	}
	if (*s == '\0') {
		if (unit == 0)
			return -EINVAL;
	} else if ((l = strchr(letters, *s)) != NULL && s[1] == '\0') {
		unit = (uint64_t)1 << (10 * (l - letters + 1));
	} else {
		return -EINVAL;
	}
	if (v > ((uint64_t)1 << 62) / unit)
		return -ERANGE;
	*ret = v * unit;
	return 0;
}

int
size_range_parse(const char *s, uint64_t *ret_lo, uint64_t *ret_hi)
{
	uint64_t lo = 0, hi = UINT64_MAX;
	const char *dots;
	char buf[32];
	int r = 0;

	if (*s == '\0') {
		;
	} else if (strncmp(s, ">=", 2) == 0) {
		r = size_parse(s + 2, 0, &lo);
	} else if (strncmp(s, "<=", 2) == 0) {
		r = size_parse(s + 2, 0, &hi);
	} else if ((dots = strstr(s, "..")) != NULL) {
		if ((size_t)(dots - s) >= sizeof(buf))
			return -EINVAL;
		memcpy(buf, s, (size_t)(dots - s));
		buf[dots - s] = '\0';
		if ((r = size_parse(buf, 0, &lo)) == 0)
			r = size_parse(dots + 2, 0, &hi);
	} else {
		r = size_parse(s, 0, &lo);
		hi = lo;
	}
	if (r < 0)
		return r;
	if (lo > hi)
		return -EINVAL;
	*ret_lo = lo;
	*ret_hi = hi;
	return 0;
}

/* Exact in the largest unit where that is short, else to a tenth. */
char *
size_str(uint64_t v, char buf[SIZE_STRLEN])
{
	static const char unit[][4] = { "KiB", "MiB", "GiB", "TiB" };
	unsigned u;

	if (v < 1024) {
		(void)snprintf(buf, SIZE_STRLEN, "%u bytes", (unsigned)v);
		return buf;
	}
	for (u = 4; u-- > 0; ) {
		uint64_t n = v >> (10 * (u + 1));

		if (n << (10 * (u + 1)) == v && n > 0 && n < 100000) {
			(void)snprintf(buf, SIZE_STRLEN, "%u %.3s", (unsigned)n, unit[u]);
			return buf;
		}
	}
	for (u = 0; u < 3 && v >> (10 * (u + 2)) != 0; )
		u++;
	(void)snprintf(buf, SIZE_STRLEN, "%.1f %.3s", (double)(v >> (10 * u)) / 1024, unit[u]);
	return buf;
}
