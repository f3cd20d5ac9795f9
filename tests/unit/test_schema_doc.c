/* The option list for the manual, and JSON Schema.  JSON is YAML too, so our
 * own reader takes the schema apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sample.h"

static char *
text_of(void (*fn)(const struct schema *, struct buf *))
{
	struct buf b = { 0 };
	char *text;

	fn(&cfg_sample_schema, &b);
	text = buf_steal(&b, NULL);
	assert_non_null(text);
	return text;
}

/* Manual ----------------------------------------------------------------- */

static void
has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("not in the text: %s", part);
}

static void
test_manual_tells_each_option(void **state)
{
	char *m = text_of(schema_mdoc);

	(void)state;
	has(m, "A sample.\n.Bl -tag -width Ds\n.It Ic on-line Cm yes | no\n"
	    "On or off.\nDefault:\n.Cm yes .\n");
	has(m, ".It Ic port Ar number\nA port.\nFrom 1 to 65535.\nDefault:\n.Cm 69 .\n");
	has(m, ".It Ic count Ar number\nAny number.\n.It");
	has(m, ".It Ic mode Cm auto | off | own\nA mode.\nDefault:\n.Cm auto .\n");
	has(m, ".It Ic ranges Ar range ...\nRanges.\nAt most 3.\n");
	has(m, ".It Ic wait Ar time\nHow long to wait.\nFrom 10 to 7d.\n"
	    "Default:\n.Cm 15m .\n");
	has(m, ".It Ic size Ar size\nSize of it.\nFrom 512 to 1T.\n");
	has(m, ".It Ic device Ar text\nName of the device.\nRequired.\n");
	has(m, ".It Ic hosts Ar names\nHosts.\nAt most 3.\nSee\n.Sx hosts.NAME .\n");
	has(m, ".It Ic vars Ar values\nVariables.\nAt most 4.\n");
	free(m);
}

static void
test_manual_has_each_object_once_under_all_its_names(void **state)
{
	char *m = text_of(schema_mdoc);

	(void)state;
	has(m, ".Ss disks[], hosts.NAME.disk\n");
	has(m, ".Ss bare, hosts.NAME.bare\n");
	has(m, ".Ss hosts.NAME\n");
	has(m, ".It Ar WORD Ar value ...\nAnything else.\nAt most 3.\n");
	assert_null(strstr(strstr(m, "A disk.") + 1, "A disk."));
	free(m);
}

/* No line of text is taken for a macro, and no backslash for an escape. */
static void
test_manual_text_is_escaped(void **state)
{
	char *m = text_of(schema_mdoc);

	(void)state;
	has(m, "A disk.\nIts name is .hidden \\e or not.\n");
	free(m);
}

static void
test_manual_lines_are_short_and_lists_closed(void **state)
{
	static const char words[] =
	    "one two three four five six seven eight nine ten eleven twelve "
	    "thirteen .fourteen fifteen sixteen seventeen";
	const struct schema s = { .name = "x", .text = words };
	char *m = text_of(schema_mdoc), *line, *save;
	struct buf b = { 0 };
	int open = 0;

	(void)state;
	for (line = strtok_r(m, "\n", &save); line != NULL;
	    line = strtok_r(NULL, "\n", &save)) {
		open += strncmp(line, ".Bl", 3) == 0;
		open -= strncmp(line, ".El", 3) == 0;
		assert_in_range(open, 0, 1);
		assert_in_range(strlen(line), 1, 80);
	}
	assert_int_equal(open, 0);
	free(m);
	schema_mdoc(&s, &b);
	has(b.p, "eleven twelve thirteen\n\\&.fourteen fifteen");
	buf_free(&b);
}

/* JSON Schema ------------------------------------------------------------ */

static struct yaml_node *
parse(char *json)
{
	struct cfg_error err;
	struct yaml_node *n;

	if (yaml_load_mem("json", json, strlen(json), &n, &err) != 0)
		fail_msg("%s", err.text);
	free(json);
	return n;
}

static const struct yaml_node *
member(const struct yaml_node *n, const char *key)
{
	assert_int_equal(n->kind, YAML_MAP);
	for (size_t i = 0; i < n->n; i++)
		if (strcmp(n->key[i]->value, key) == 0)
			return n->item[i];
	return NULL;
}

/* The definition of option "a.b": of b in the object a. */
static const struct yaml_node *
option(const struct yaml_node *root, const char *object, const char *key)
{
	const struct yaml_node *n = root;

	if (object != NULL)
		n = member(member(root, "$defs"), object);
	assert_non_null(n);
	n = member(member(n, "properties"), key);
	assert_non_null(n);
	return n;
}

static const char *
value(const struct yaml_node *n, const char *key)
{
	const struct yaml_node *v = member(n, key);

	assert_non_null(v);
	assert_int_equal(v->kind, YAML_SCALAR);
	return v->value;
}

static void
test_json_has_every_option_and_no_other(void **state)
{
	struct yaml_node *j = parse(text_of(schema_json));
	static const struct schema *const all[] = {
		&cfg_disk_schema, &cfg_limits_schema, &cfg_bare_schema,
		&cfg_host_schema
	};
	const struct yaml_node *open;

	(void)state;
	assert_string_equal(value(j, "$schema"),
	    "https://json-schema.org/draft/2020-12/schema");
	assert_string_equal(value(j, "additionalProperties"), "false");
	assert_int_equal(member(j, "properties")->n, cfg_sample_schema.n_field);
	assert_int_equal(member(j, "$defs")->n, 5);
	for (size_t i = 0; i < 4; i++) {
		const struct yaml_node *d = member(member(j, "$defs"), all[i]->name);

		assert_non_null(d);
		assert_string_equal(value(d, "additionalProperties"), "false");
		assert_int_equal(member(d, "properties")->n, all[i]->n_field);
	}
	/* But for an object that is open to others: those have a shape too. */
	open = member(member(j, "$defs"), "open");
	assert_int_equal(member(open, "properties")->n, 1);
	open = member(open, "additionalProperties");
	assert_string_equal(value(open, "description"), "Anything else.");
	assert_int_equal(member(open, "anyOf")->n, 2);
	yaml_tree_free(j);
}

static void
test_json_tells_types_limits_and_defaults(void **state)
{
	struct yaml_node *j = parse(text_of(schema_json));
	const struct yaml_node *o;

	(void)state;
	o = option(j, NULL, "port");
	assert_string_equal(value(o, "description"), "A port.");
	assert_string_equal(value(o, "type"), "integer");
	assert_string_equal(value(o, "minimum"), "1");
	assert_string_equal(value(o, "maximum"), "65535");
	assert_string_equal(value(o, "default"), "69");
	assert_string_equal(value(option(j, NULL, "count"), "maximum"), "4294967295");
	o = option(j, NULL, "mode");
	assert_string_equal(value(o, "default"), "auto");
	/* YAML 1.1 reads off as false: "auto", "off", false, "own". */
	assert_int_equal(member(o, "enum")->n, 4);
	assert_string_equal(member(o, "enum")->item[2]->value, "false");
	assert_false(member(o, "enum")->item[2]->quoted);
	o = option(j, "disk", "device");
	assert_string_equal(value(o, "maxLength"), "8");
	o = member(member(j, "$defs"), "disk");
	assert_string_equal(member(o, "required")->item[0]->value, "device");
	assert_int_equal(member(o, "required")->n, 1);
	assert_string_equal(value(o, "type"), "object");	/* so not null */
	assert_string_equal(value(o, "description"),
	    "A disk. Its name is .hidden \\ or not.");
	assert_null(member(member(member(j, "$defs"), "host"), "required"));
	yaml_tree_free(j);
}

static void
test_json_tells_lists_and_mappings(void **state)
{
	struct yaml_node *j = parse(text_of(schema_json));
	const struct yaml_node *o;

	(void)state;
	o = option(j, NULL, "limits");
	assert_string_equal(value(o, "$ref"), "#/$defs/limits");
	o = option(j, NULL, "disks");
	assert_string_equal(value(o, "maxItems"), "3");
	assert_string_equal(value(member(o, "items"), "$ref"), "#/$defs/disk");
	o = option(j, NULL, "hosts");
	assert_string_equal(value(o, "maxProperties"), "3");
	assert_string_equal(value(member(o, "additionalProperties"), "$ref"),
	    "#/$defs/host");
	o = option(j, "host", "vars");
	assert_string_equal(value(o, "maxProperties"), "4");
	o = member(option(j, NULL, "ranges"), "anyOf");
	assert_int_equal(o->n, 3);			/* null, one, a list */
	assert_string_equal(value(o->item[2], "maxItems"), "3");
	yaml_tree_free(j);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_manual_tells_each_option),
		cmocka_unit_test(test_manual_has_each_object_once_under_all_its_names),
		cmocka_unit_test(test_manual_text_is_escaped),
		cmocka_unit_test(test_manual_lines_are_short_and_lists_closed),
		cmocka_unit_test(test_json_has_every_option_and_no_other),
		cmocka_unit_test(test_json_tells_types_limits_and_defaults),
		cmocka_unit_test(test_json_tells_lists_and_mappings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
