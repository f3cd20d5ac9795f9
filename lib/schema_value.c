/* schema_value.c - one value of the configuration: text to C type. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "schema_int.h"

#define WHY(...)	((void)snprintf(why, CFG_WHY_MAX, __VA_ARGS__), -EINVAL)

size_t
cfg_value_size(enum cfg_type type)
{
	switch (type) {
	case CFG_BOOL:		return sizeof(bool);
	case CFG_U32:
	case CFG_SECS:
	case CFG_IP4:		return sizeof(uint32_t);
	case CFG_SIZE:		return sizeof(uint64_t);
	case CFG_STR:
	case CFG_NAME:
	case CFG_PATH:		return sizeof(char *);
	case CFG_CHOICE:	return sizeof(int);
	case CFG_NET4:		return sizeof(struct net4);
	case CFG_RANGE4:	return sizeof(struct range4);
	case CFG_MAC:		return sizeof(struct mac);
	case CFG_UUID:		return sizeof(struct uuid);
	}
	abort();
}

static bool
has_char(const char *set, char c)
{
	return c != '\0' && strchr(set, c) != NULL;
}

bool
cfg_is_alnum(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	    (c >= '0' && c <= '9');
}

bool
cfg_is_name(const char *s)
{
	size_t n = 0;

	if (!cfg_is_alnum(s[0]))
		return false;
	while (cfg_is_alnum(s[n]) || has_char("._-", s[n]))
		n++;
	return s[n] == '\0' && n <= CFG_NAME_MAX;
}

bool
cfg_is_null(const char *s)
{
	return *s == '\0' || strcmp(s, "~") == 0 || strcasecmp(s, "null") == 0;
}

/* Numbers ---------------------------------------------------------------- */

/* Decimal without sign or leading zeroes (which YAML 1.1 takes for octal). */
static int
number(const char **s, uint64_t *ret)
{
	const char *p = *s;
	uint64_t v = 0, d;

	if (*p < '0' || *p > '9' || (p[0] == '0' && p[1] >= '0' && p[1] <= '9'))
		return -EINVAL;
	for (; *p >= '0' && *p <= '9'; p++) {
		d = (uint64_t)(*p - '0');
		if (v > ((uint64_t)INT64_MAX - d) / 10)
			return -ERANGE;
		v = v * 10 + d;
	}
	*s = p;
	*ret = v;
	return 0;
}

struct unit { char letter; uint64_t factor; };	/* largest first, ends with 0 */

static const struct unit secs_unit[] = {
	{ 'd', 86400 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 }, { 0, 0 }
};
static const struct unit size_unit[] = {
	{ 'T', 1ULL << 40 }, { 'G', 1ULL << 30 }, { 'M', 1ULL << 20 },
	{ 'K', 1ULL << 10 }, { 0, 0 }
};

static int
with_unit(const char *s, const struct unit *u, uint64_t *ret)
{
	uint64_t v;
	int r;

	if ((r = number(&s, &v)) < 0)
		return r;
	if (*s != '\0') {
		while (u->letter != 0 && u->letter != *s)
			u++;
		if (u->letter == 0 || s[1] != '\0')
			return -EINVAL;
		if (v > (uint64_t)INT64_MAX / u->factor)
			return -ERANGE;
		v *= u->factor;
	}
	*ret = v;
	return 0;
}

static void
print_unit(uint64_t v, const struct unit *u, struct buf *b)
{
	for (; u->letter != 0; u++)
		if (u->factor > 1 && v != 0 && v % u->factor == 0) {
			buf_printf(b, "%llu%c",
			    (unsigned long long)(v / u->factor), u->letter);
			return;
		}
	buf_printf(b, "%llu", (unsigned long long)v);
}

static void
print_secs(uint64_t v, struct buf *b)
{
	if (v == UINT32_MAX)
		buf_puts(b, "infinite");
	else
		print_unit(v, secs_unit, b);
}

void
cfg_print_number(enum cfg_type type, uint64_t v, struct buf *b)
{
	if (type == CFG_SECS)
		print_secs(v, b);
	else if (type == CFG_SIZE)
		print_unit(v, size_unit, b);
	else
		buf_printf(b, "%llu", (unsigned long long)v);
}

static int
check_limits(const struct cfg_field *f, uint64_t v, char *why)
{
	uint64_t min = 0, max = f->type == CFG_SIZE ? INT64_MAX : UINT32_MAX;
	struct buf lo = { 0 }, hi = { 0 };
	int r = 0;

	if (cfg_has_limits(f)) {
		min = (uint64_t)f->min;
		max = (uint64_t)f->max;
	}
	if (v < min || v > max) {
		cfg_print_number(f->type, min, &lo);
		cfg_print_number(f->type, max, &hi);
		r = WHY("must be from %s to %s", lo.p ? lo.p : "?",
		    hi.p ? hi.p : "?");
	}
	buf_free(&lo);
	buf_free(&hi);
	return r;
}

static int
parse_number(const struct cfg_field *f, const char *s, uint64_t *ret, char *why)
{
	uint64_t v;
	int r;

	if (f->type == CFG_SECS && strcmp(s, "infinite") == 0) {
		v = UINT32_MAX;
		r = 0;
	} else if (f->type == CFG_SECS) {
		r = with_unit(s, secs_unit, &v);
	} else if (f->type == CFG_SIZE) {
		r = with_unit(s, size_unit, &v);
	} else if ((r = number(&s, &v)) == 0 && *s != '\0') {
		r = -EINVAL;
	}
	if (r == -ERANGE)		/* beyond what any limit allows */
		return check_limits(f, UINT64_MAX, why);
	if (r < 0 && f->type == CFG_SECS)
		return WHY("must be a time such as 90, 90s, 15m, 12h, 7d or infinite");
	if (r < 0 && f->type == CFG_SIZE)
		return WHY("must be a size such as 512, 512K, 4M, 2G or 1T");
	if (r < 0)
		return WHY("must be a decimal number");
	if ((r = check_limits(f, v, why)) == 0)
		*ret = v;
	return r;
}

/* Words ------------------------------------------------------------------ */

static int
parse_bool(const char *s, bool *ret, char *why)
{
	static const char *const word[] = {
		"no", "yes", "false", "true", "off", "on"
	};

	for (size_t i = 0; i < sizeof(word) / sizeof(word[0]); i++)
		if (strcmp(s, word[i]) == 0) {
			*ret = i % 2 == 1;
			return 0;
		}
	return WHY("must be yes or no");
}

static int
parse_choice(const char *set, const char *s, int *ret, char *why)
{
	size_t n, len = strlen(s);
	struct buf list = { 0 };
	int r;

	for (int i = 0; *set != '\0'; i++) {
		n = strcspn(set, "|");
		if (n == len && memcmp(set, s, n) == 0) {
			buf_free(&list);
			*ret = i;
			return 0;
		}
		if (i > 0)
			buf_puts(&list, set[n] == '\0' ? " or " : ", ");
		buf_add(&list, set, n);
		set += n + (set[n] != '\0');
	}
	r = WHY("must be %s", list.p != NULL ? list.p : "?");
	buf_free(&list);
	return r;
}

static int
copy(const char *s, char **ret)
{
	char *p = strdup(s);

	if (p == NULL)
		return -ENOMEM;
	*ret = p;
	return 0;
}

static int
parse_text(const struct cfg_field *f, const char *s, char **ret, char *why)
{
	size_t len = strlen(s);

	if (f->type == CFG_NAME && !cfg_is_name(s))
		return WHY("must be a name: a letter or digit, then letters, "
		    "digits, '.', '_' or '-', at most %d", CFG_NAME_MAX);
	if (f->type == CFG_STR && cfg_has_limits(f)) {
		if (len < (size_t)f->min)
			return WHY(len == 0 ? "must not be empty" :
			    "must have at least %lld bytes", (long long)f->min);
		if (len > (size_t)f->max)
			return WHY("must have at most %lld bytes",
			    (long long)f->max);
	}
	return copy(s, ret);
}

/* A relative path starts where the file stands that it is written in. */
static int
parse_path(const char *file, const char *s, char **ret, char *why)
{
	const char *slash = strrchr(file, '/');
	struct buf b = { 0 };
	char cwd[PATH_MAX];
	char *p;

	if (*s == '\0')
		return WHY("must not be empty");
	if (*s == '/')
		return copy(s, ret);
	if (*file != '/') {
		if (getcwd(cwd, sizeof(cwd)) == NULL)
			return WHY("is relative, but to a directory that is gone");
		buf_printf(&b, "%s%s", cwd, strcmp(cwd, "/") == 0 ? "" : "/");
	}
	if (slash != NULL)
		buf_add(&b, file, (size_t)(slash - file) + 1);
	while (s[0] == '.' && s[1] == '/')
		s += 2 + strspn(s + 2, "/");
	buf_puts(&b, s);
	if ((p = buf_steal(&b, NULL)) == NULL)
		return -ENOMEM;
	*ret = p;
	return 0;
}

/* Words that were meant ---------------------------------------------------- */

#define WORD_MAX	64

/* Levenshtein's distance, of words up to WORD_MAX bytes. */
static size_t
distance(const char *a, const char *b)
{
	size_t na = strlen(a), nb = strlen(b), row[WORD_MAX + 1], diag, up, best;

	if (na > WORD_MAX || nb > WORD_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= nb; j++)
		row[j] = j;
	for (size_t i = 1; i <= na; i++) {
		diag = row[0];
		row[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			up = row[j];
			best = diag + (a[i - 1] != b[j - 1]);
			if (up + 1 < best)
				best = up + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
			diag = up;
		}
	}
	return row[nb];
}

const char *
cfg_nearest(const char *word, const char *best, const char *other)
{
	size_t limit = (strlen(word) + 5) / 3, d = distance(word, other);

	if (d >= limit || (best != NULL && d >= distance(word, best)))
		return best;
	return other;
}

/* Addresses -------------------------------------------------------------- */

/* The commonest mistake is an address where its network belongs. */
static int
why_not_net(const char *s, char *why)
{
	const char *slash = strchr(s, '/');
	char text[NET4_STRLEN];
	struct net4 n;
	uint64_t plen;

	if (slash != NULL && slash - s < IP4_STRLEN) {
		memcpy(text, s, (size_t)(slash - s));
		text[slash - s] = '\0';
		s = slash + 1;
		if (ip4_parse(text, &n.addr) == 0 && number(&s, &plen) == 0 &&
		    *s == '\0' && plen <= 32) {
			n.plen = (uint8_t)plen;
			n.addr &= net4_mask(n);
			return WHY("is not the address of a network; did you "
			    "mean %s?", net4_str(n, text));
		}
	}
	return WHY("must be a network such as 192.0.2.0/24");
}

static int
parse_addr(enum cfg_type type, const char *s, void *ret, char *why)
{
	switch (type) {
	case CFG_IP4:
		if (ip4_parse(s, ret) < 0)
			return WHY("must be an IPv4 address such as 192.0.2.1");
		return 0;
	case CFG_NET4:
		return net4_parse(s, ret) < 0 ? why_not_net(s, why) : 0;
	case CFG_RANGE4:
		if (range4_parse(s, ret) < 0)
			return WHY("must be a range such as "
			    "192.0.2.10-192.0.2.99, lowest address first");
		return 0;
	case CFG_MAC:
		if (mac_parse(s, ret) < 0)
			return WHY("must be a MAC address such as 52:54:00:12:34:56");
		return 0;
	default:
		if (uuid_parse(s, ret) < 0)
			return WHY("must be a UUID such as "
			    "00112233-4455-6677-8899-aabbccddeeff");
		return 0;
	}
}

/* ------------------------------------------------------------------------ */

int
cfg_value_parse(const struct cfg_field *f, const char *file, const char *text,
    void *ret, char why[CFG_WHY_MAX])
{
	uint64_t v;
	int r;

	switch (f->type) {
	case CFG_BOOL:
		return parse_bool(text, ret, why);
	case CFG_U32:
	case CFG_SECS:
		if ((r = parse_number(f, text, &v, why)) == 0)
			*(uint32_t *)ret = (uint32_t)v;
		return r;
	case CFG_SIZE:
		return parse_number(f, text, ret, why);
	case CFG_STR:
	case CFG_NAME:
		return parse_text(f, text, ret, why);
	case CFG_PATH:
		return parse_path(file, text, ret, why);
	case CFG_CHOICE:
		return parse_choice(f->unit, text, ret, why);
	default:
		return parse_addr(f->type, text, ret, why);
	}
}

void
cfg_value_free(enum cfg_type type, void *val)
{
	if (type == CFG_STR || type == CFG_NAME || type == CFG_PATH)
		free(*(char **)val);
}
