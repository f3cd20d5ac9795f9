/* schema_doc.c - a schema as an option list for the manual and as JSON Schema. */
#include <stdlib.h>
#include <string.h>

#include "schema_int.h"

/* Each schema once, however often it is used, in the order of first use. */
#define SCHEMAS_MAX	64

struct place {
	const struct schema	*schema;
	struct buf		 paths;		/* "dhcp.options, dhcp.subnets[].options" */
};

struct places {
	struct place	p[SCHEMAS_MAX];
	size_t		n;
};

static struct place *
place_of(struct places *all, const struct schema *s)
{
	size_t i;

	for (i = 0; i < all->n && all->p[i].schema != s; i++)
		;
	if (i == SCHEMAS_MAX)
		abort();
	if (i == all->n)
		all->p[all->n++] = (struct place){ .schema = s };
	return &all->p[i];
}

static const char *
path_suffix(const struct cfg_field *f)
{
	return f->form == CFG_F_LIST ? "[]" : f->form == CFG_F_MAP ? ".NAME" : "";
}

/* Recurses as deep as schemas are nested. */
static void
collect(struct places *all, const struct schema *s, const char *path)
{
	struct buf below = { 0 };
	struct place *p;
	char *text;

	for (size_t i = 0; i < s->n_field; i++) {
		const struct cfg_field *f = &s->field[i];

		if (f->sub == NULL)
			continue;
		buf_printf(&below, "%s%s%s%s", path, *path == '\0' ? "" : ".",
		    f->key, path_suffix(f));
		if ((text = buf_steal(&below, NULL)) == NULL)
			return;
		p = place_of(all, f->sub);
		buf_printf(&p->paths, "%s%s", p->paths.len > 0 ? ", " : "", text);
		collect(all, f->sub, text);
		free(text);
	}
}

/* NULL only for lack of memory. */
static const char *
place_name(const struct place *p)
{
	return p->paths.p != NULL ? p->paths.p : "?";
}

static void
places_free(struct places *all)
{
	for (size_t i = 0; i < all->n; i++)
		buf_free(&all->p[i].paths);
}

/* Manual ----------------------------------------------------------------- */

#define LINE_LEN	78

static void
mdoc_word(const char *s, size_t n, struct buf *b)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] == '\\')
			buf_puts(b, "\\e");
		else
			buf_putc(b, s[i]);
}

/* mdoc wants a line for each sentence, none of them long, and takes a dot or
 * quote at the start of one for a macro. */
static void
mdoc_text(const char *s, struct buf *b)
{
	bool sentence = false;
	size_t n, col = 0;

	for (s += strspn(s, " "); *s != '\0'; s += n + strspn(s + n, " ")) {
		n = strcspn(s, " ");
		if (col > 0 && (col + 1 + n > LINE_LEN ||
		    (sentence && *s >= 'A' && *s <= 'Z'))) {
			buf_putc(b, '\n');
			col = 0;
		} else if (col > 0) {
			buf_putc(b, ' ');
			col++;
		}
		if (col == 0 && (*s == '.' || *s == '\''))
			buf_puts(b, "\\&");
		mdoc_word(s, n, b);
		col += n;
		sentence = s[n - 1] == '.';
	}
	buf_putc(b, '\n');
}

static const char *
type_word(const struct cfg_field *f)
{
	switch (f->type) {
	case CFG_BOOL:		return "yes | no";
	case CFG_U32:		return "number";
	case CFG_SECS:		return "time";
	case CFG_SIZE:		return "size";
	case CFG_STR:		return "text";
	case CFG_NAME:		return "name";
	case CFG_PATH:		return "path";
	case CFG_CHOICE:	return f->unit;
	case CFG_IP4:		return "address";
	case CFG_NET4:		return "network";
	case CFG_RANGE4:	return "range";
	case CFG_MAC:		return "mac";
	case CFG_UUID:		return "uuid";
	}
	return "";
}

/* "a|b" as words with a bar between them, so that a long one can be broken. */
static void
mdoc_words(const char *s, struct buf *b)
{
	for (; *s != '\0'; s++)
		if (*s == '|')
			buf_puts(b, " | ");
		else
			buf_putc(b, *s);
}

static void
mdoc_type(const struct cfg_field *f, struct buf *b)
{
	switch (f->form) {
	case CFG_F_VAL:
		if (f->type == CFG_CHOICE || f->type == CFG_BOOL)
			buf_puts(b, " Cm ");
		else
			buf_puts(b, " Ar ");
		if (f->type == CFG_CHOICE)
			mdoc_words(f->unit, b);
		else
			buf_puts(b, type_word(f));
		break;
	case CFG_F_VALS:
		buf_printf(b, " Ar %s ...", type_word(f));
		break;
	case CFG_F_OBJ:
		buf_puts(b, " Ar mapping");
		break;
	case CFG_F_LIST:
		buf_puts(b, " Ar list");
		break;
	case CFG_F_MAP:
		buf_puts(b, " Ar names");
		break;
	case CFG_F_VARS:
		buf_puts(b, " Ar values");
		break;
	case CFG_F_REST:
		buf_puts(b, " Ar value ...");
		break;
	}
}

static void
mdoc_limits(const struct cfg_field *f, struct buf *b)
{
	if (f->form != CFG_F_VAL && f->max > 0)
		buf_printf(b, "At most %lld.\n", (long long)f->max);
	if (!cfg_has_limits(f) ||
	    (f->type != CFG_U32 && f->type != CFG_SECS && f->type != CFG_SIZE))
		return;
	buf_puts(b, "From ");
	cfg_print_number(f->type, (uint64_t)f->min, b);
	buf_puts(b, " to ");
	cfg_print_number(f->type, (uint64_t)f->max, b);
	if (f->unit != NULL && *f->unit != '\0')
		buf_printf(b, " %s", f->unit);
	buf_puts(b, ".\n");
}

static void
mdoc_field(struct places *all, const struct cfg_field *f, struct buf *b)
{
	buf_printf(b, ".It %s %s", f->form == CFG_F_REST ? "Ar" : "Ic", f->key);
	mdoc_type(f, b);
	buf_putc(b, '\n');
	mdoc_text(f->text, b);
	mdoc_limits(f, b);
	if (f->sub != NULL)
		buf_printf(b, "See\n.Sx %s .\n", 
		    place_name(place_of(all, f->sub)));
	else if (f->dflt == NULL)
		buf_puts(b, "Required.\n");
	else if (*f->dflt != '\0')
		buf_printf(b, "Default:\n.Cm %s .\n", f->dflt);
}

static void
mdoc_section(struct places *all, const struct schema *s, struct buf *b)
{
	mdoc_text(s->text, b);
	buf_puts(b, ".Bl -tag -width Ds\n");
	for (size_t i = 0; i < s->n_field; i++)
		mdoc_field(all, &s->field[i], b);
	buf_puts(b, ".El\n");
}

void
schema_mdoc(const struct schema *s, struct buf *b)
{
	struct places all = { .n = 0 };

	collect(&all, s, "");
	mdoc_section(&all, s, b);
	for (size_t i = 0; i < all.n; i++) {
		buf_printf(b, ".Ss %s\n", place_name(&all.p[i]));
		mdoc_section(&all, all.p[i].schema, b);
	}
	places_free(&all);
}

/* JSON Schema ------------------------------------------------------------ */

static void
json_string(const char *s, struct buf *b)
{
	buf_putc(b, '"');
	for (; *s != '\0'; s++)
		if (*s == '"' || *s == '\\')
			buf_printf(b, "\\%c", *s);
		else if ((unsigned char)*s < ' ')
			buf_printf(b, "\\u%04x", (unsigned)*s);
		else
			buf_putc(b, *s);
	buf_putc(b, '"');
}

static void
json_member(const char *key, const char *val, struct buf *b)
{
	json_string(key, b);
	buf_puts(b, ": ");
	json_string(val, b);
}

/* Where our reader takes any scalar, an editor's may see a number or a bool. */
static const char any_scalar[] =
    "\"type\": [\"string\", \"number\", \"boolean\"]";

/* "off" without quotes is false to readers of YAML 1.1. */
static void
json_choice(const char *set, struct buf *b)
{
	struct buf word = { 0 };
	size_t n;

	buf_puts(b, "\"enum\": [");
	for (const char *p = set; *p != '\0'; p += n + (p[n] != '\0')) {
		n = strcspn(p, "|");
		buf_add(&word, p, n);
		if (word.err)
			break;
		buf_puts(b, p == set ? "" : ", ");
		json_string(word.p, b);
		if (strcmp(word.p, "off") == 0 || strcmp(word.p, "no") == 0)
			buf_puts(b, ", false");
		if (strcmp(word.p, "on") == 0 || strcmp(word.p, "yes") == 0)
			buf_puts(b, ", true");
		word.len = 0;
	}
	buf_free(&word);
	buf_putc(b, ']');
}

static void
json_u32(const struct cfg_field *f, struct buf *b)
{
	bool limits = cfg_has_limits(f);

	buf_printf(b, "\"type\": \"integer\", \"minimum\": %lld, \"maximum\": %lld",
	    limits ? (long long)f->min : 0,
	    limits ? (long long)f->max : (long long)UINT32_MAX);
}

static void
json_str(const struct cfg_field *f, struct buf *b)
{
	buf_puts(b, any_scalar);
	if (!cfg_has_limits(f))
		return;
	if (f->min > 0)			/* counts characters, we count bytes */
		buf_puts(b, ", \"minLength\": 1");
	buf_printf(b, ", \"maxLength\": %lld", (long long)f->max);
}

#define OCTET	"(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
#define QUAD	OCTET "(\\\\." OCTET "){3}"
#define HEX	"[0-9A-Fa-f]"
#define PATTERN	"\"type\": \"string\", \"pattern\": "

static void
json_type(const struct cfg_field *f, struct buf *b)
{
	switch (f->type) {
	case CFG_BOOL:
		buf_puts(b, "\"enum\": [true, false, \"yes\", \"no\", \"on\", \"off\"]");
		break;
	case CFG_U32:
		json_u32(f, b);
		break;
	case CFG_SECS:
		buf_puts(b, "\"type\": [\"integer\", \"string\"], \"minimum\": 0, "
		    "\"pattern\": \"^([0-9]+[smhd]?|infinite)$\"");
		break;
	case CFG_SIZE:
		buf_puts(b, "\"type\": [\"integer\", \"string\"], \"minimum\": 0, "
		    "\"pattern\": \"^[0-9]+[KMGT]?$\"");
		break;
	case CFG_STR:
		json_str(f, b);
		break;
	case CFG_NAME:
		buf_printf(b, "%s, \"pattern\": \"^[A-Za-z0-9][A-Za-z0-9._-]*$\", "
		    "\"maxLength\": %d", any_scalar, CFG_NAME_MAX);
		break;
	case CFG_PATH:
		buf_puts(b, "\"type\": \"string\", \"minLength\": 1");
		break;
	case CFG_CHOICE:
		json_choice(f->unit, b);
		break;
	case CFG_IP4:
		buf_puts(b, PATTERN "\"^" QUAD "$\"");
		break;
	case CFG_NET4:
		buf_puts(b, PATTERN "\"^" QUAD "/(3[0-2]|[12]?[0-9])$\"");
		break;
	case CFG_RANGE4:
		buf_puts(b, PATTERN "\"^" QUAD "(-" QUAD ")?$\"");
		break;
	case CFG_MAC:		/* all digits is base 60 to readers of YAML 1.1 */
		buf_puts(b, "\"type\": [\"string\", \"integer\"], "
		    "\"pattern\": \"^(" HEX "{2}([:-]" HEX "{2}){5}|"
		    HEX "{4}(\\\\." HEX "{4}){2})$\"");
		break;
	case CFG_UUID:
		buf_puts(b, PATTERN "\"^" HEX "{8}(-" HEX "{4}){3}-" HEX "{12}$\"");
		break;
	}
}

static void
json_default(const struct cfg_field *f, struct buf *b)
{
	if (f->form != CFG_F_VAL || f->dflt == NULL || *f->dflt == '\0')
		return;
	buf_puts(b, ", \"default\": ");
	if (f->type == CFG_U32)
		buf_puts(b, f->dflt);
	else
		json_string(f->dflt, b);
}

static void
json_ref(const struct schema *s, struct buf *b)
{
	buf_printf(b, "{\"$ref\": \"#/$defs/%s\"}", s->name);
}

/* A list or mapping with nothing in it reads as null. */
static void
json_form(const struct cfg_field *f, struct buf *b)
{
	long long max = f->max > 0 ? (long long)f->max : UINT32_MAX;

	switch (f->form) {
	case CFG_F_VAL:
		json_type(f, b);
		break;
	case CFG_F_VALS:
		buf_puts(b, "\"anyOf\": [{\"type\": \"null\"}, {");
		json_type(f, b);
		buf_printf(b, "}, {\"type\": \"array\", \"maxItems\": %lld, "
		    "\"items\": {", max);
		json_type(f, b);
		buf_puts(b, "}}]");
		break;
	case CFG_F_OBJ:
		buf_printf(b, "\"$ref\": \"#/$defs/%s\"", f->sub->name);
		break;
	case CFG_F_LIST:
		buf_printf(b, "\"type\": [\"array\", \"null\"], \"maxItems\": %lld, "
		    "\"items\": ", max);
		json_ref(f->sub, b);
		break;
	case CFG_F_MAP:
		buf_printf(b, "\"type\": [\"object\", \"null\"], "
		    "\"maxProperties\": %lld, \"propertyNames\": {\"pattern\": "
		    "\"^[A-Za-z0-9][A-Za-z0-9._-]*$\", \"maxLength\": %d}, "
		    "\"additionalProperties\": ", max, CFG_NAME_MAX);
		json_ref(f->sub, b);
		break;
	case CFG_F_VARS:
		buf_printf(b, "\"type\": [\"object\", \"null\"], "
		    "\"maxProperties\": %lld, \"additionalProperties\": {%s}",
		    max, any_scalar);
		break;
	case CFG_F_REST:	/* a scalar, or some */
		buf_printf(b, "\"anyOf\": [{%s}, {\"type\": \"array\", "
		    "\"minItems\": 1, \"items\": {%s}}]", any_scalar, any_scalar);
		break;
	}
}

static void
json_required(const struct schema *s, struct buf *b)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_field; i++)
		if (s->field[i].dflt == NULL) {
			buf_puts(b, n++ == 0 ? ", \"required\": [" : ", ");
			json_string(s->field[i].key, b);
		}
	if (n > 0)
		buf_putc(b, ']');
}

static void
json_field(const struct cfg_field *f, struct buf *b)
{
	buf_putc(b, '{');
	json_member("description", f->text, b);
	buf_puts(b, ", ");
	json_form(f, b);
	json_default(f, b);
	buf_putc(b, '}');
}

/* What other keys may hold. */
static void
json_others(const struct schema *s, struct buf *b)
{
	buf_puts(b, "\"additionalProperties\": ");
	for (size_t i = 0; i < s->n_field; i++)
		if (s->field[i].form == CFG_F_REST) {
			json_field(&s->field[i], b);
			return;
		}
	buf_puts(b, "false");
}

/* The members of a schema's object, without its braces. */
static void
json_object(const struct schema *s, const char *pad, struct buf *b)
{
	buf_puts(b, pad);
	json_member("description", s->text, b);
	buf_printf(b, ",\n%s\"type\": %s,\n%s", pad,
	    cfg_requires(s) ? "\"object\"" : "[\"object\", \"null\"]", pad);
	json_others(s, b);
	json_required(s, b);
	buf_printf(b, ",\n%s\"properties\": {", pad);
	for (size_t i = 0, n = 0; i < s->n_field; i++) {
		const struct cfg_field *f = &s->field[i];

		if (f->form == CFG_F_REST)
			continue;
		buf_printf(b, "%s\n%s  ", n++ > 0 ? "," : "", pad);
		json_string(f->key, b);
		buf_puts(b, ": ");
		json_field(f, b);
	}
	buf_printf(b, "\n%s}", pad);
}

void
schema_json(const struct schema *s, struct buf *b)
{
	struct places all = { .n = 0 };

	collect(&all, s, "");
	buf_puts(b, "{\n  \"$schema\": "
	    "\"https://json-schema.org/draft/2020-12/schema\",\n");
	json_object(s, "  ", b);
	buf_puts(b, ",\n  \"$defs\": {");
	for (size_t i = 0; i < all.n; i++) {
		buf_puts(b, i > 0 ? ",\n    " : "\n    ");
		json_string(all.p[i].schema->name, b);
		buf_puts(b, ": {\n");
		json_object(all.p[i].schema, "      ", b);
		buf_puts(b, "\n    }");
	}
	buf_puts(b, "\n  }\n}\n");
	places_free(&all);
}
