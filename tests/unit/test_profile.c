/* test_profile.c - profiles that can't work are refused with their line. */
#include <dirent.h>

#include "profile_world.h"

#define DIR_BROKEN	"tests/config/profiles"

static void
collect(void *arg, const char *text)
{
	buf_printf(arg, "%s\n", text);
}

static int
broken(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return n > 5 && strcmp(d->d_name + n - 5, ".yaml") == 0;
}

/* tests/config/profiles/NAME.yaml gives exactly NAME.err. */
static void
test_broken_profiles_are_refused_by_line(void **state)
{
	struct dirent **list;
	int n = scandir(DIR_BROKEN, &list, broken, alphasort);

	(void)state;
	assert_true(n > 50);
	for (int i = 0; i < n; i++) {
		char file[400], err[400], *text;
		struct profile *pr = NULL;
		struct buf have = { 0 };

		(void)snprintf(file, sizeof(file), DIR_BROKEN "/%.255s", list[i]->d_name);
		(void)snprintf(err, sizeof(err), "%.*s.err", (int)strlen(file) - 5, file);
		text = slurp(file);
		assert_int_equal(profile_load_mem(list[i]->d_name, text, strlen(text),
		    &pr, collect, &have), -EINVAL);
		assert_null(pr);
		golden(err, have.p);
		free(text);
		buf_free(&have);
		free(list[i]);
	}
	free(list);
}

static void
test_the_shipped_profiles_load(void **state)
{
	struct dirent **list;
	int n = scandir("profiles", &list, broken, alphasort);

	(void)state;
	assert_true(n >= 2);
	for (int i = 0; i < n; i++) {
		struct profile *pr = NULL, *again = NULL;
		struct buf why = { 0 }, text = { 0 }, text2 = { 0 };
		char file[400];

		(void)snprintf(file, sizeof(file), "profiles/%.255s", list[i]->d_name);
		if (profile_load(file, &pr, collect, &why) < 0)
			fail_msg("%s", why.p);
		/* what is printed loads again to the same */
		schema_print(&cfg_profile_schema, &pr->p, &text);
		if (profile_load_mem("again", text.p, text.len, &again, collect, &why) < 0)
			fail_msg("%s in\n%s", why.p, text.p);
		schema_print(&cfg_profile_schema, &again->p, &text2);
		assert_string_equal(text.p, text2.p);
		assert_ptr_equal(profile_ref(pr), pr);
		profile_unref(pr);
		profile_unref(pr);
		profile_unref(again);
		buf_free(&why);
		buf_free(&text);
		buf_free(&text2);
		free(list[i]);
	}
	free(list);
	profile_unref(NULL);
}

/* Every beginning of a profile is a profile or an error with a text. */
static void
test_survives_every_truncation(void **state)
{
	char *text = slurp("profiles/freebsd-6-ufs.yaml");
	size_t len = strlen(text);

	(void)state;
	for (size_t n = 0; n < len; n += 3) {
		char *exact = malloc(n + 1);
		struct profile *pr = NULL;
		struct buf why = { 0 };

		assert_non_null(exact);
		memcpy(exact, text, n);
		if (profile_load_mem("x", exact, n, &pr, collect, &why) < 0)
			assert_true(why.len > 0);
		profile_unref(pr);
		buf_free(&why);
		free(exact);
	}
	free(text);
}

/* A password must not end up in a log. */
static void
test_a_plain_password_is_not_repeated(void **state)
{
	static const char text[] = "name: x\nos: linux\ntree: t\n"
	    "disks: [ { partitions: [ { size: '*', fs: ext4, mount: / } ] } ]\n"
	    "distributions: { sets: [base] }\n"
	    "system: { root-password: hunter2, users: [ { name: joe, password: hunter2 } ] }\n";
	struct profile *pr = NULL;
	struct buf why = { 0 };

	(void)state;
	assert_int_equal(profile_load_mem("x", text, strlen(text), &pr, collect, &why), -EINVAL);
	assert_null(strstr(why.p, "hunter2"));
	assert_non_null(strstr(why.p, "root-password"));
	assert_non_null(strstr(why.p, "users[0]"));
	buf_free(&why);
}

static void
test_a_file_that_is_not_there(void **state)
{
	struct profile *pr = NULL;
	struct buf why = { 0 };

	(void)state;
	assert_int_equal(profile_load("/nonexistent/x.yaml", &pr, collect, &why), -ENOENT);
	assert_non_null(strstr(why.p, "/nonexistent/x.yaml"));
	buf_free(&why);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_broken_profiles_are_refused_by_line),
		cmocka_unit_test(test_the_shipped_profiles_load),
		cmocka_unit_test(test_survives_every_truncation),
		cmocka_unit_test(test_a_plain_password_is_not_repeated),
		cmocka_unit_test(test_a_file_that_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
