/* test_select.c - which hosts a selector means, and what is said of a wrong one. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../fleet/select.h"

static const struct cfg_var web1_label[] = {
	{ .key = (char []){ "rack" }, .value = (char []){ "7" } },
	{ .key = (char []){ "role" }, .value = (char []){ "web" } },
	{ .key = (char []){ "owner" }, .value = (char []){ "the web team" } },
};
static const struct cfg_var db1_label[] = {
	{ .key = (char []){ "rack" }, .value = (char []){ "8" } },
	{ .key = (char []){ "role" }, .value = (char []){ "db" } },
};
static const struct mac web1_mac[] = { { { 0x52, 0x54, 0, 0, 0, 1 } } };
static const char *const web1_group[] = { "front", "all" };

static const struct select_in web1 = { .name = "web1", .state = "failed", .profile = "debian",
	.tree = "bookworm", .origin = "file", .mac = web1_mac, .n_mac = 1,
	.label = web1_label, .n_label = 3, .group = web1_group, .n_group = 2 };
static const struct select_in db1 = { .name = "db1", .state = "installed",
	.profile = "freebsd", .origin = "adopted", .label = db1_label, .n_label = 2 };
static const struct select_in bare = { .name = "in", .state = "new" };

static bool
means(const char *text, const struct select_in *in)
{
	struct select *s;
	char why[200];
	bool r;

	if (select_parse(text, &s, why) < 0)
		fail_msg("%s: %s", text, why);
	r = select_match(s, in);
	select_free(s);
	return r;
}

static void
test_who_is_meant(void **state)
{
	static const struct { const char *text; bool web1, db1, bare; } row[] = {
		{ "web1", true, false, false },
		{ "*", true, true, true },
		{ "web*", true, false, false },
		{ "w?b1", true, false, false },
		{ "w??1?", false, false, false },
		{ "*b1", true, true, false },
		{ "!web*", false, true, true },
		{ "web1 db1", true, true, false },
		{ "  web1\tdb1\n", true, true, false },
		{ "rack=7", true, false, false },
		{ "rack==7", true, false, false },
		{ "rack=7,role=web", true, false, false },
		{ "rack=7, role=web", true, false, false },
		{ "rack=7,role=db", false, false, false },
		{ "rack=7 role=db", true, true, false },
		{ "role!=db", true, false, true },	/* also who has none */
		{ "rack in (7,9)", true, false, false },
		{ "rack in ( 7 , 8 )", true, true, false },
		{ "rack in(8),role=*", false, true, false },
		{ "rack notin (7)", false, true, true },
		{ "rack=*", true, true, false },
		{ "owner=\"the web team\"", true, false, false },
		{ "owner=\"the*\"", false, false, false },	/* as it is */
		{ "owner=the*", true, false, false },
		{ "state=failed", true, false, false },
		{ "state!=failed", false, true, true },
		{ "profile=debian", true, false, false },
		{ "tree=book*", true, false, false },
		{ "tree!=bookworm", false, true, true },
		{ "group=front", true, false, false },
		{ "group!=front", false, true, true },
		{ "origin=adopted", false, true, false },
		{ "name=web1", true, false, false },
		{ "name in (web1,db1)", true, true, false },
		{ "52:54:00:00:00:01", true, false, false },
		{ "in", false, false, true },		/* a host may be called so */
		{ "in db1", false, true, true },
		{ "in in (1)", false, false, false },
		{ "Rack=7", false, false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		if (means(row[i].text, &web1) != row[i].web1 ||
		    means(row[i].text, &db1) != row[i].db1 ||
		    means(row[i].text, &bare) != row[i].bare)
			fail_msg("%s: web1 %d, db1 %d, in %d", row[i].text,
			    means(row[i].text, &web1), means(row[i].text, &db1),
			    means(row[i].text, &bare));
}

static void
test_a_wrong_one_is_told_why(void **state)
{
	static const struct { const char *text, *why; } row[] = {
		{ "", "a word must stand here, but the selector ends" },
		{ "  ", "a word must stand here, but the selector ends" },
		{ "rack=", "a word must stand here, but the selector ends" },
		{ "=7", "a word must stand here, not \"=7\"" },
		{ "rack=7,", "a word must stand here, but the selector ends" },
		{ "rack=7,,role=web", "a word must stand here, not \",role=web\"" },
		{ "rack in (7", "\",\" or \")\" must follow, but the selector ends" },
		{ "rack in ()", "a word must stand here, not \")\"" },
		{ "rack=\"7", "a \" must follow, not \"\"7\"" },
		{ "7rack=7", "\"7rack\" cannot be a label's name" },
		{ "!rack=7", "\"!\" stands before a name, or in \"!=\", not \"=7\"" },
		{ "web1)", "\",\" or a blank must follow, not \")\"" },
		{ "rack=7=8", "\",\" or a blank must follow, not \"=8\"" },
	};
	char why[200], *many;
	struct select *s;

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		assert_int_equal(select_parse(row[i].text, &s, why), -EINVAL);
		assert_string_equal(why, row[i].why);
	}
	assert_non_null(many = malloc(SELECT_MAX + 2));
	memset(many, 'x', SELECT_MAX + 1);
	many[SELECT_MAX + 1] = '\0';
	assert_int_equal(select_parse(many, &s, why), -EINVAL);
	assert_string_equal(why, "a selector has at most 12288 bytes");
	for (unsigned i = 0; i < SELECT_MAX; i += 2)
		memcpy(many + i, "x ", 2);
	many[SELECT_MAX] = '\0';
	assert_int_equal(select_parse(many, &s, why), -EINVAL);
	assert_non_null(strstr(why, "there are too many words"));
	free(many);
}

/* Two stars and a text that almost fits: no exponential time. */
static void
test_a_glob_is_cheap(void **state)
{
	struct select_in in = { .name = NULL };
	char name[4001];

	(void)state;
	memset(name, 'a', 4000);
	name[4000] = '\0';
	in.name = name;
	assert_false(means("*a*a*a*a*a*a*a*a*a*a*a*a*b", &in));
}

static void
test_parts_are_told_apart(void **state)
{
	struct select *s;
	char why[200];

	(void)state;
	assert_int_equal(select_parse("web1  rack=8,role=db nobody", &s, why), 0);
	assert_int_equal(select_parts(s), 3);
	assert_string_equal(select_part(s, 0), "web1");
	assert_string_equal(select_part(s, 1), "rack=8,role=db");
	assert_true(select_match_part(s, 0, &web1) && !select_match_part(s, 0, &db1));
	assert_true(select_match_part(s, 1, &db1) && !select_match_part(s, 2, &db1));
	assert_true(select_uses(s, "role") && select_uses(s, "name"));
	assert_false(select_uses(s, "state"));
	select_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_is_meant),
		cmocka_unit_test(test_a_wrong_one_is_told_why),
		cmocka_unit_test(test_a_glob_is_cheap),
		cmocka_unit_test(test_parts_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
