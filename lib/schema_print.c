/* schema_print.c - a configuration as YAML that loads again to the same. */
#include <assert.h>
#include <string.h>
#include <strings.h>

#include "schema_int.h"

/* Values ----------------------------------------------------------------- */

/* Words that YAML readers, ours or another, don't take for text. */
static bool
is_reserved(const char *s)
{
	static const char *const word[] = {
		"null", "true", "false", "yes", "no", "on", "off", "y", "n"
	};

	for (size_t i = 0; i < sizeof(word) / sizeof(word[0]); i++)
		if (strcasecmp(s, word[i]) == 0)
			return true;
	return false;
}

static bool
is_plain(const char *s)
{
	if (!(*s == '/' || (*s >= 'A' && *s <= 'Z') || (*s >= 'a' && *s <= 'z')))
		return false;
	for (const char *p = s; *p != '\0'; p++)
		if (!cfg_is_alnum(*p) && strchr("._-/", *p) == NULL)
			return false;
	return !is_reserved(s);
}

/* The code point at s, and its length: 1 with the bare byte if it is not
 * UTF-8, which libyaml lets through nowhere. */
static uint32_t
code_point(const uint8_t *s, size_t *ret_len)
{
	size_t n = *s >= 0xf0 ? 4 : *s >= 0xe0 ? 3 : *s >= 0xc0 ? 2 : 1;
	uint32_t c = n == 1 ? *s : *s & (0xffu >> (n + 1));

	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80) {
			*ret_len = 1;
			return *s;
		}
		c = c << 6 | (s[i] & 0x3f);
	}
	*ret_len = n;
	return c;
}

/* What YAML allows nowhere but as an escape, and its line breaks. */
static bool
needs_escape(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 ||
	    c == 0x2029 || c == 0xfeff || c == 0xfffe || c == 0xffff;
}

static void
print_quoted(const char *s, struct buf *b)
{
	uint32_t c;
	size_t n;

	buf_putc(b, '"');
	for (; *s != '\0'; s += n) {
		c = code_point((const uint8_t *)s, &n);
		if (c == '"' || c == '\\')
			buf_printf(b, "\\%c", (int)c);
		else if (c == '\n')
			buf_puts(b, "\\n");
		else if (c == '\t')
			buf_puts(b, "\\t");
		else if (needs_escape(c) || (n == 1 && c >= 0x80))
			buf_printf(b, c > 0xff ? "\\u%04x" : "\\x%02x", c);
		else
			buf_add(b, s, n);
	}
	buf_putc(b, '"');
}

void
cfg_print_text(const char *s, struct buf *b)
{
	if (is_plain(s))
		buf_puts(b, s);
	else
		print_quoted(s, b);
}

static void
print_choice(const char *set, int i, struct buf *b)
{
	struct buf word = { 0 };

	while (i-- > 0) {
		set += strcspn(set, "|");
		assert(*set == '|');
		set++;
	}
	buf_add(&word, set, strcspn(set, "|"));
	cfg_print_text(word.p != NULL ? word.p : "", b);
	buf_free(&word);
}

void
cfg_value_print(const struct cfg_field *f, const void *val, struct buf *b)
{
	char text[UUID_STRLEN];		/* the longest of them */

	switch (f->type) {
	case CFG_BOOL:
		buf_puts(b, *(const bool *)val ? "yes" : "no");
		break;
	case CFG_U32:
	case CFG_SECS:
		cfg_print_number(f->type, *(const uint32_t *)val, b);
		break;
	case CFG_SIZE:
		cfg_print_number(f->type, *(const uint64_t *)val, b);
		break;
	case CFG_STR:
	case CFG_NAME:
	case CFG_PATH:
		cfg_print_text(*(char *const *)val, b);
		break;
	case CFG_CHOICE:
		print_choice(f->unit, *(const int *)val, b);
		break;
	case CFG_IP4:
		buf_puts(b, ip4_str(*(const uint32_t *)val, text));
		break;
	case CFG_NET4:
		buf_puts(b, net4_str(*(const struct net4 *)val, text));
		break;
	case CFG_RANGE4:
		buf_puts(b, range4_str(*(const struct range4 *)val, text));
		break;
	case CFG_MAC:
		mac_str(*(const struct mac *)val, text);
		buf_printf(b, "\"%s\"", text);	/* 10:20:.. is base 60 to some */
		break;
	case CFG_UUID:
		buf_puts(b, uuid_str(val, text));
		break;
	}
}

/* Objects ---------------------------------------------------------------- */

static void
indent(struct buf *b, unsigned n)
{
	buf_printf(b, "%*s", (int)n, "");
}

static void	print_object(const struct schema *, const void *, unsigned,
		    struct buf *);

/* A mapping below "key:" or "- ", which stands in the buffer already.  Without
 * anything in it, it is "{}" on the same line. */
static void
print_below(const struct schema *s, const void *obj, unsigned at, struct buf *b)
{
	size_t before;

	buf_putc(b, '\n');
	before = b->len;
	print_object(s, obj, at, b);
	if (b->len == before && !b->err) {
		b->len--;
		buf_puts(b, " {}\n");
	}
}

static void
print_values(const struct cfg_field *f, const char *val, size_t n, struct buf *b)
{
	buf_puts(b, "[");
	for (size_t i = 0; i < n; i++) {
		buf_puts(b, i > 0 ? ", " : "");
		cfg_value_print(f, val + i * cfg_value_size(f->type), b);
	}
	buf_puts(b, "]\n");
}

static void
print_vars(const struct cfg_var *var, size_t n, unsigned at, struct buf *b)
{
	buf_putc(b, '\n');
	for (size_t i = 0; i < n; i++) {
		indent(b, at);
		cfg_print_text(var[i].key, b);
		buf_puts(b, ": ");
		cfg_print_text(var[i].value, b);
		buf_putc(b, '\n');
	}
}

/* On the level of the other keys of the object. */
static void
print_rest(const struct cfg_rest *r, size_t n, unsigned at, struct buf *b)
{
	for (size_t i = 0; i < n; i++) {
		indent(b, at);
		cfg_print_text(r[i].key, b);
		buf_puts(b, r[i].list ? ": [" : ": ");
		for (size_t k = 0; k < r[i].n; k++) {
			buf_puts(b, k > 0 ? ", " : "");
			cfg_print_text(r[i].value[k], b);
		}
		buf_puts(b, r[i].list ? "]\n" : "\n");
	}
}

static void
print_map(const struct schema *s, const char *obj, size_t n, unsigned at,
    struct buf *b)
{
	buf_putc(b, '\n');
	for (size_t i = 0; i < n; i++, obj += s->size) {
		indent(b, at);
		cfg_print_text(((const struct cfg_head *)(const void *)obj)->name, b);
		buf_putc(b, ':');
		print_below(s, obj, at + 2, b);
	}
}

/* The first key of an item stands behind its dash. */
static void
print_list(const struct schema *s, const char *obj, size_t n, unsigned at,
    struct buf *b)
{
	size_t before;

	buf_putc(b, '\n');
	for (size_t i = 0; i < n; i++, obj += s->size) {
		before = b->len;
		print_object(s, obj, at + 2, b);
		if (b->len == before) {
			indent(b, at);
			buf_puts(b, "- {}\n");
		} else if (!b->err) {
			b->p[before + at] = '-';
		}
	}
}

/* An object that is not there is printed for its defaults, unless it could
 * not be written without what it requires. */
static bool
is_printed(const struct cfg_field *f, const void *val, bool set)
{
	struct buf inner = { 0 };
	bool any;

	if (set)
		return true;
	if (f->form == CFG_F_VAL)
		return f->dflt != NULL && *f->dflt != '\0';
	if (f->form != CFG_F_OBJ || cfg_requires(f->sub))
		return false;
	print_object(f->sub, val, 0, &inner);
	any = inner.len > 0;
	buf_free(&inner);
	return any;
}

static void
print_field(const struct cfg_field *f, const char *obj, bool set, unsigned at,
    struct buf *b)
{
	const void *val = obj + f->off;
	size_t n = 0;

	if (!is_printed(f, val, set))
		return;
	if (f->form == CFG_F_REST) {
		memcpy(&n, obj + f->off_n, sizeof(n));
		memcpy(&val, obj + f->off, sizeof(val));
		print_rest(val, n, at, b);
		return;
	}
	indent(b, at);
	buf_puts(b, f->key);
	buf_putc(b, ':');
	if (f->form != CFG_F_VAL && f->form != CFG_F_OBJ) {
		memcpy(&n, obj + f->off_n, sizeof(n));
		memcpy(&val, obj + f->off, sizeof(val));
		if (n == 0) {
			buf_puts(b, f->form == CFG_F_VALS ||
			    f->form == CFG_F_LIST ? " []\n" : " {}\n");
			return;
		}
	}
	switch (f->form) {
	case CFG_F_VAL:
		buf_putc(b, ' ');
		cfg_value_print(f, val, b);
		buf_putc(b, '\n');
		break;
	case CFG_F_VALS:
		buf_putc(b, ' ');
		print_values(f, val, n, b);
		break;
	case CFG_F_OBJ:
		print_below(f->sub, val, at + 2, b);
		break;
	case CFG_F_LIST:
		print_list(f->sub, val, n, at + 2, b);
		break;
	case CFG_F_MAP:
		print_map(f->sub, val, n, at + 2, b);
		break;
	case CFG_F_VARS:
		print_vars(val, n, at + 2, b);
		break;
	case CFG_F_REST:
		break;
	}
}

/* Recurses as deep as schemas are nested, not as what was read. */
static void
print_object(const struct schema *s, const void *obj, unsigned at, struct buf *b)
{
	const struct cfg_head *head = obj;

	for (size_t i = 0; i < s->n_field; i++)
		print_field(&s->field[i], obj, head->set >> i & 1, at, b);
}

void
schema_print(const struct schema *s, const void *obj, struct buf *b)
{
	size_t before = b->len;

	print_object(s, obj, 0, b);
	if (b->len == before)
		buf_puts(b, "{}\n");
}
