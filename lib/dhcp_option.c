/* dhcp_option.c - finding options, options of one's own, many as bytes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dhcp_option.h"
#include "schema_int.h"

#define WHY(...)	((void)snprintf(why, DHCP_OPT_WHY, __VA_ARGS__), -EINVAL)

#define OWN_MAX		1024	/* definitions of a configuration */

/* Spaces ------------------------------------------------------------------- */

static const struct dhcp_opt_space spaces[DHCP_SPACE_OWN] = {
	[DHCP_SPACE_DHCP] = { "dhcp", 0 }, [DHCP_SPACE_PXE] = { "PXE", 43 },
	[DHCP_SPACE_IPXE] = { "ipxe", 175 }, [DHCP_SPACE_AGENT] = { "agent", 82 },
};

static const struct dhcp_opt_space *
space_at(const struct dhcp_opt_own *own, uint8_t space)
{
	if (space < DHCP_SPACE_OWN)
		return &spaces[space];
	return own != NULL && space - DHCP_SPACE_OWN < (int)own->n_space ?
	    &own->space[space - DHCP_SPACE_OWN] : NULL;
}

const char *
dhcp_space_name(const struct dhcp_opt_own *own, uint8_t space)
{
	const struct dhcp_opt_space *s = space_at(own, space);

	return s != NULL ? s->name : NULL;
}

uint8_t
dhcp_space_in(const struct dhcp_opt_own *own, uint8_t space)
{
	const struct dhcp_opt_space *s = space_at(own, space);

	return s != NULL ? s->in : 0;
}

uint8_t
dhcp_space_find(const struct dhcp_opt_own *own, const char *name)
{
	const struct dhcp_opt_space *s;
	uint8_t i;

	if (strcmp(name, "gpxe") == 0)		/* as it was called once */
		return DHCP_SPACE_IPXE;
	for (i = 0; i < DHCP_SPACES && (s = space_at(own, i)) != NULL; i++)
		if (strcmp(s->name, name) == 0)
			return i;
	return DHCP_SPACES;
}

/* "SPACE.NAME": the space, and where the name begins.  No dot: DHCP itself. */
static uint8_t
split(const struct dhcp_opt_own *own, const char *name, const char **ret_name)
{
	const char *dot = strchr(name, '.');
	char space[32];

	*ret_name = name;
	if (dot == NULL)
		return DHCP_SPACE_DHCP;
	*ret_name = dot + 1;
	if ((size_t)(dot - name) >= sizeof(space))
		return DHCP_SPACES;
	memcpy(space, name, (size_t)(dot - name));
	space[dot - name] = '\0';
	return dhcp_space_find(own, space);
}

/* Finding ------------------------------------------------------------------ */

/* The n-th definition: the table's, then the configuration's. */
static const struct dhcp_opt_def *
def_at(const struct dhcp_opt_own *own, size_t i)
{
	if (i < dhcp_opt_table_n)
		return &dhcp_opt_table[i];
	i -= dhcp_opt_table_n;
	return own != NULL && i < own->n ? &own->def[i] : NULL;
}

/* "option-224": the code; -1. */
static int
raw_code(const char *name)
{
	static const char prefix[] = "option-";
	const char *p = name + sizeof(prefix) - 1;
	int code = 0;

	if (strncmp(name, prefix, sizeof(prefix) - 1) != 0 || *p == '\0' || *p == '0')
		return -1;
	for (; *p >= '0' && *p <= '9' && code < 255; p++)
		code = code * 10 + (*p - '0');
	return *p == '\0' && code < 255 ? code : -1;
}

int
dhcp_opt_find(const struct dhcp_opt_own *own, const char *name,
    struct dhcp_opt_def *ret)
{
	const struct dhcp_opt_def *d;
	const char *last;
	uint8_t space = split(own, name, &last);
	int code;

	if (space == DHCP_SPACES)
		return -ENOENT;
	for (size_t i = 0; (d = def_at(own, i)) != NULL; i++)
		if (d->space == space && strcmp(d->name, last) == 0) {
			*ret = *d;
			return 0;
		}
	if ((code = raw_code(last)) < 0)
		return -ENOENT;
	*ret = (struct dhcp_opt_def){ .space = space, .code = (uint8_t)code,
	    .name = "", .fmt = "X" };
	/* What can't be set by its name can't be set by its number. */
	if ((d = dhcp_opt_by_code(own, space, (uint8_t)code)) != NULL) {
		ret->no = d->no;
		ret->unasked = d->unasked;
	}
	return 0;
}

const struct dhcp_opt_def *
dhcp_opt_by_code(const struct dhcp_opt_own *own, uint8_t space, uint8_t code)
{
	const struct dhcp_opt_def *d;

	/* Who gave the code a name knows it better than the table. */
	for (size_t i = 0; own != NULL && i < own->n; i++)
		if (own->def[i].space == space && own->def[i].code == code)
			return &own->def[i];
	for (size_t i = 0; (d = def_at(NULL, i)) != NULL; i++)
		if (d->space == space && d->code == code)
			return d;
	return NULL;
}

const char *
dhcp_opt_name(const struct dhcp_opt_own *own, uint8_t space, uint8_t code,
    char buf[DHCP_OPT_NAME])
{
	const struct dhcp_opt_def *d = dhcp_opt_by_code(own, space, code);
	const char *of = dhcp_space_name(own, space);
	int n = 0;

	if (space != DHCP_SPACE_DHCP)
		n = snprintf(buf, DHCP_OPT_NAME, "%s.", of != NULL ? of : "?");
	if (d != NULL)
		(void)snprintf(buf + n, DHCP_OPT_NAME - (size_t)n, "%s", d->name);
	else
		(void)snprintf(buf + n, DHCP_OPT_NAME - (size_t)n, "option-%u", code);
	return buf;
}

const char *
dhcp_opt_nearest(const struct dhcp_opt_own *own, const char *name,
    const char *best, char buf[DHCP_OPT_NAME])
{
	const struct dhcp_opt_def *d;
	char full[DHCP_OPT_NAME];

	for (size_t i = 0; (d = def_at(own, i)) != NULL; i++) {
		if (d->no != NULL)
			continue;
		(void)snprintf(full, sizeof(full), "%s%s%s", d->space == DHCP_SPACE_DHCP ?
		    "" : dhcp_space_name(own, d->space),
		    d->space == DHCP_SPACE_DHCP ? "" : ".", d->name);
		if (cfg_nearest(name, best, full) == full) {
			(void)snprintf(buf, DHCP_OPT_NAME, "%s", full);
			best = buf;
		}
	}
	return best;
}

/* Types -------------------------------------------------------------------- */

static const struct type_word {
	const char	*name;
	char		 letter;
} words[] = {			/* the first of a letter is how it is printed */
	{ "ip-address", 'I' }, { "text", 't' }, { "string", 'X' }, { "string", 'x' },
	{ "boolean", 'f' }, { "flag", 'f' },
	{ "uint8", 'B' }, { "unsigned integer 8", 'B' },
	{ "uint16", 'S' }, { "unsigned integer 16", 'S' },
	{ "uint32", 'L' }, { "unsigned integer 32", 'L' },
	{ "int8", 'b' }, { "signed integer 8", 'b' }, { "integer 8", 'b' },
	{ "int16", 's' }, { "signed integer 16", 's' }, { "integer 16", 's' },
	{ "int32", 'l' }, { "signed integer 32", 'l' }, { "integer 32", 'l' },
	{ "domain-name", 'd' }, { "domain-list", 'D' },
	{ "domain-list compressed", 'D' }, { "classless-routes", 'R' },
	{ "sip-servers", 'P' }, { "options", 'E' }, { "empty", 'Z' },
};

static const char *
letter_word(char letter)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].letter == letter)
			return words[i].name;
	return "?";
}

void
dhcp_opt_type(const char *fmt, struct buf *b)
{
	size_t n = strcspn(fmt, "Aa");

	if (fmt[n] == 'A')
		buf_puts(b, "array of ");
	if (n > 1)
		buf_putc(b, '{');
	for (size_t i = 0; i < n; i++) {
		buf_puts(b, i > 0 ? ", " : "");
		if (fmt[n] == 'a' && i == n - 1)
			buf_puts(b, "array of ");
		buf_puts(b, letter_word(fmt[i]));
	}
	if (n > 1)
		buf_putc(b, '}');
}

/* One word of a type, blanks behind it not counted. */
static char
word_letter(const char *s, size_t n)
{
	while (n > 0 && s[n - 1] == ' ')
		n--;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i].name) == n && memcmp(words[i].name, s, n) == 0)
			return words[i].letter;
	return '\0';
}

static bool
skip_word(const char **s, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(*s, word, n) != 0)
		return false;
	*s += n;
	*s += strspn(*s, " ");
	return true;
}

/* What takes all that is left stands last, and once. */
static bool
takes_rest(char letter)
{
	return strchr("tXxDRPE", letter) != NULL;
}

static int
bad_type(const char *text, char why[DHCP_OPT_WHY])
{
	return WHY("\"%.64s\" is no type: say ip-address, text, string, boolean, "
	    "uint8, uint16, uint32, int8, int16, int32, domain-name, domain-list, "
	    "array of one of these, or a record as {uint8, ip-address}", text);
}

static int
read_type(const char *text, char fmt[DHCP_OPT_FMT], char why[DHCP_OPT_WHY])
{
	const char *s = text;
	bool array = skip_word(&s, "array of "), record;
	size_t n = 0, len;

	record = *s == '{';
	s += record;
	for (;;) {
		s += strspn(s, " ");
		len = strcspn(s, record ? ",}" : "");
		if (n + 2 >= DHCP_OPT_FMT)
			return WHY("a record has at most %d fields", DHCP_OPT_FMT - 3);
		if ((fmt[n] = word_letter(s, len)) == '\0' || fmt[n] == 'Z' || fmt[n] == 'E')
			return bad_type(text, why);
		if (n > 0 && takes_rest(fmt[n - 1]))
			return WHY("%s takes all that is left: it must come last",
			    letter_word(fmt[n - 1]));
		n++;
		s += len;
		if (!record || *s == '}')
			break;
		if (*s++ != ',')
			return bad_type(text, why);
	}
	if (record && s[1 + strspn(s + 1, " ")] != '\0')
		return bad_type(text, why);
	if (array && takes_rest(fmt[n - 1]))
		return WHY("there is no array of %s", letter_word(fmt[n - 1]));
	if (array)
		fmt[n++] = 'A';
	fmt[n] = '\0';
	return 0;
}

void
dhcp_opt_mdoc(struct buf *b)
{
	buf_puts(b, ".Ss Names of DHCP options\n"
	    "These can be set, beside those that have a place of their own above.\n"
	    ".Bl -column \"netbios-name-servers-and-more\" \"0000\" \"array of ip-address\"\n");
	for (size_t i = 0; i < dhcp_opt_table_n; i++) {
		const struct dhcp_opt_def *d = &dhcp_opt_table[i];

		if (d->no != NULL)
			continue;
		buf_printf(b, ".It %s%s%s Ta %u Ta ", d->space == DHCP_SPACE_DHCP ? "" :
		    spaces[d->space].name, d->space == DHCP_SPACE_DHCP ? "" : ".",
		    d->name, d->code);
		dhcp_opt_type(d->fmt, b);
		buf_putc(b, '\n');
	}
	buf_puts(b, ".El\n");
}

/* Definitions of one's own -------------------------------------------------- */

/* Made if need be.  DHCP_SPACES: there are too many. */
static uint8_t
space_make(struct dhcp_opt_own *own, const char *name)
{
	uint8_t space = dhcp_space_find(own, name);
	struct dhcp_opt_space *s = &own->space[own->n_space];

	if (space < DHCP_SPACES || own->n_space == DHCP_SPACES - DHCP_SPACE_OWN)
		return space;
	(void)snprintf(s->name, sizeof(s->name), "%s", name);
	s->in = 43;
	return (uint8_t)(DHCP_SPACE_OWN + own->n_space++);
}

static int
own_space(struct dhcp_opt_own *own, const char *name, uint8_t *ret,
    char why[DHCP_OPT_WHY])
{
	uint8_t s;

	if (strlen(name) >= sizeof(own->space[0].name) || strchr(name, '.') != NULL)
		return WHY("\"%.64s\" cannot be a space: at most %zu letters, and no dot",
		    name, sizeof(own->space[0].name) - 1);
	if ((s = space_make(own, name)) == DHCP_SPACES)
		return WHY("more than %d spaces", DHCP_SPACES - DHCP_SPACE_OWN);
	if (s == DHCP_SPACE_AGENT)
		return WHY("the relays' options are not for servers to say");
	*ret = s;
	return 0;
}

/* The code is the carrier of a space from now on. */
static int
own_carrier(struct dhcp_opt_own *own, struct dhcp_opt_def *d, const char *space,
    char why[DHCP_OPT_WHY])
{
	int r;

	if (d->space != DHCP_SPACE_DHCP)
		return WHY("a space inside another one can't be had");
	if ((r = own_space(own, space, &d->sub, why)) < 0)
		return r;
	if (d->sub < DHCP_SPACE_OWN && spaces[d->sub].in != d->code)
		return WHY("%s belongs into option %u", spaces[d->sub].name,
		    spaces[d->sub].in);
	if (d->sub >= DHCP_SPACE_OWN)
		own->space[d->sub - DHCP_SPACE_OWN].in = d->code;
	return 0;
}

/* May these names and this number be given away? */
static int
own_check(const struct dhcp_opt_own *own, const struct dhcp_opt_def *d,
    const char *name, uint32_t code, char why[DHCP_OPT_WHY])
{
	const struct dhcp_opt_def *o;

	if (code < 1 || code > 254)
		return WHY("a code is a number from 1 to 254");
	for (size_t i = 0; i < own->n; i++)
		if (own->def[i].space == d->space && own->def[i].code == code)
			return WHY("code %u is %s's", code, own->def[i].name);
	for (size_t i = 0; (o = def_at(own, i)) != NULL; i++)
		if (o->space == d->space && strcmp(o->name, name) == 0)
			return WHY("is option %u by its name", o->code);
	o = dhcp_opt_by_code(NULL, d->space, (uint8_t)code);
	if (o != NULL && o->no != NULL)
		return WHY("option %u (%s) can't be set: %s", code, o->name, o->no);
	/* What others read by its meaning has it. */
	if (o != NULL && d->space == DHCP_SPACE_DHCP && (code <= 18 || code == 28 ||
	    code == 42 || code == 43))
		return WHY("code %u is %s", code, o->name);
	return 0;
}

static int
own_fill(struct dhcp_opt_own *own, struct dhcp_opt_def *d, const char *name,
    const char *space, uint32_t code, const char *type, char fmt[DHCP_OPT_FMT],
    char why[DHCP_OPT_WHY])
{
	const char *last = name, *dot = strchr(name, '.');
	char of[64];
	int r;

	if (dot != NULL) {
		(void)snprintf(of, sizeof(of), "%.*s", (int)(dot - name), name);
		if (space != NULL && strcmp(space, of) != 0)
			return WHY("its name says space %s, and `space` says %.31s", of, space);
		space = of;
		last = dot + 1;
	}
	if (*last == '\0')
		return WHY("there is no name behind the dot");
	if (space != NULL && (r = own_space(own, space, &d->space, why)) < 0)
		return r;
	if ((r = own_check(own, d, last, code, why)) < 0)
		return r;
	d->code = (uint8_t)code;
	if (!skip_word(&type, "encapsulate "))
		r = read_type(type, fmt, why);
	else {
		(void)strcpy(fmt, "E");
		r = own_carrier(own, d, type, why);
	}
	if (r == 0 && (d->name = strdup(last)) == NULL)
		r = -ENOMEM;
	return r;
}

int
dhcp_opt_own_add(struct dhcp_opt_own *own, const char *name, const char *space,
    uint32_t code, const char *type, char why[DHCP_OPT_WHY])
{
	struct dhcp_opt_def d = { .space = DHCP_SPACE_DHCP }, *p;
	char fmt[DHCP_OPT_FMT];
	int r;

	if (own->n == OWN_MAX)
		return WHY("more than %d definitions", OWN_MAX);
	if ((r = own_fill(own, &d, name, space, code, type, fmt, why)) < 0)
		return r;
	p = realloc(own->def, (own->n + 1) * sizeof(*p));
	if (p != NULL)
		own->def = p;
	if (p == NULL || (d.fmt = strdup(fmt)) == NULL) {
		free((void *)(uintptr_t)d.name);
		return -ENOMEM;
	}
	own->def[own->n++] = d;
	return 0;
}

void
dhcp_opt_own_free(struct dhcp_opt_own *own)
{
	for (size_t i = 0; i < own->n; i++) {
		free((void *)(uintptr_t)own->def[i].name);
		free((void *)(uintptr_t)own->def[i].fmt);
	}
	free(own->def);
	memset(own, 0, sizeof(*own));
}

/* Many as bytes ------------------------------------------------------------- */

void
dhcp_opts_put(struct buf *b, const struct dhcp_opt_item *o)
{
	const uint8_t head[DHCP_OPT_HEAD] = { o->space, o->code, o->flags,
	    (uint8_t)(o->len >> 8), (uint8_t)o->len };

	buf_add(b, head, sizeof(head));
	buf_add(b, o->p, o->len);
}

bool
dhcp_opts_next(struct rd *r, struct dhcp_opt_item *ret)
{
	if (rd_left(r) == 0)
		return false;
	ret->space = rd_u8(r);
	ret->code = rd_u8(r);
	ret->flags = rd_u8(r);
	ret->len = rd_be16(r);
	ret->p = rd_take(r, ret->len);
	return ret->p != NULL;
}
