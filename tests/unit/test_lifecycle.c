/* test_lifecycle.c - every cell of the table, and what it must never allow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "../../fleet/lifecycle.h"

/* One row for each state, one word for each event, in the order of the enums:
 * the state after it, x: refused, e: the installation is over. */
static const char *const expect[HS__COUNT][LE__COUNT] = {
	/*	conf	arm	disarm	firmw	claim	step	done	fail	forget */
[HS_NEW] = {	"ready", "armed", "new", "new",	"new x", "new x", "new x", "new x", "new" },
[HS_READY] = {	"ready", "armed", "ready", "ready", "ready x", "ready x", "ready x", "ready x", "new" },
[HS_ARMED] = {	"armed", "armed e", "ready e", "booting", "installing", "armed", "armed x", "failed", "new e" },
[HS_BOOTING] = { "booting", "armed e", "ready e", "booting", "installing", "booting", "booting x", "failed", "new e" },
[HS_INSTALLING] = { "installing", "installing x", "ready e", "failed", "installing x", "installing", "installed e", "failed", "installing" },
[HS_INSTALLED] = { "installed", "armed e", "ready e", "local e", "installed x", "installed x", "installed", "installed x", "new e" },
[HS_LOCAL] = {	"local", "armed e", "ready e", "local", "local x", "local x", "local", "local x", "new e" },
[HS_FAILED] = {	"failed", "armed e", "ready e", "failed", "failed x", "failed x", "failed x", "failed", "new e" },
};

static struct life_out
step(enum host_state s, enum life_event e, unsigned attempts, unsigned retry,
    bool current)
{
	struct life_in in = { .state = s, .attempts = attempts,
	    .max_attempts = 3, .retry = retry, .current = current };
	struct life_out out;

	memset(&out, 0xa5, sizeof(out));	/* all of it must be set */
	lifecycle(&in, e, &out);
	return out;
}

static void
test_every_cell_is_as_decided(void **state)
{
	(void)state;
	for (unsigned s = 0; s < HS__COUNT; s++)
		for (unsigned e = 0; e < LE__COUNT; e++) {
			struct life_out o = step(s, e, 1, 0, true);
			char got[32];

			snprintf(got, sizeof(got), "%s%s%s",
			    host_state_name(o.state), o.refused ? " x" : "",
			    o.ended ? " e" : "");
			if (strcmp(got, expect[s][e]) != 0)
				fail_msg("%s + %s: got \"%s\", want \"%s\"",
				    host_state_name(s), life_event_name(e), got,
				    expect[s][e]);
		}
}

static void
test_a_refusal_changes_nothing_and_says_why(void **state)
{
	(void)state;
	for (unsigned s = 0; s < HS__COUNT; s++)
		for (unsigned e = 0; e < LE__COUNT; e++)
			for (unsigned current = 0; current < 2; current++) {
				struct life_out o = step(s, e, 2, 1, current);

				if (!o.refused)
					continue;
				assert_int_equal(o.state, s);
				assert_int_equal(o.attempts, 2);
				assert_int_equal(o.retry, 1);
				assert_false(o.ended);
				assert_non_null(o.why);
			}
}

static void
test_what_comes_from_an_old_installation_is_refused_everywhere(void **state)
{
	static const enum life_event from_script[] = { LE_CLAIM, LE_STEP, LE_DONE, LE_FAIL };

	(void)state;
	for (unsigned s = 0; s < HS__COUNT; s++)
		for (size_t i = 0; i < 4; i++) {
			struct life_out o = step(s, from_script[i], 1, 5, false);

			assert_true(o.refused);
			assert_int_equal(o.state, s);
		}
}

static void
test_only_an_armed_or_booting_host_may_begin(void **state)
{
	(void)state;
	for (unsigned s = 0; s < HS__COUNT; s++) {
		bool granted = !step(s, LE_CLAIM, 1, 9, true).refused;

		assert_int_equal(granted, s == HS_ARMED || s == HS_BOOTING);
	}
	assert_true(step(HS_BOOTING, LE_CLAIM, 1, 0, true).used_up);
}

/* From installing on nothing but arm leads back to a state that may begin;
 * firmware does where the profile allows another start. */
static void
test_a_used_up_installation_never_begins_again(void **state)
{
	(void)state;
	for (unsigned s = HS_INSTALLING; s < HS__COUNT; s++)
		for (unsigned e = 0; e < LE__COUNT; e++) {
			struct life_out o = step(s, e, 1, 0, true);

			if (e == LE_ARM || o.state == HS_READY || o.state == HS_NEW)
				continue;
			assert_true(o.state >= HS_INSTALLING);
			assert_true(o.used_up);
		}
}

static void
test_counts_boots_and_disarms_a_host_that_loops(void **state)
{
	struct life_out o = step(HS_ARMED, LE_FIRMWARE, 0, 0, true);

	(void)state;
	assert_int_equal(o.state, HS_BOOTING);
	assert_int_equal(o.attempts, 1);
	for (unsigned n = 2; n <= 3; n++) {
		o = step(HS_BOOTING, LE_FIRMWARE, n - 1, 0, true);
		assert_int_equal(o.state, HS_BOOTING);
		assert_int_equal(o.attempts, n);
		assert_false(o.used_up);
	}
	o = step(HS_BOOTING, LE_FIRMWARE, 3, 0, true);
	assert_int_equal(o.state, HS_FAILED);
	assert_true(o.used_up);
	assert_non_null(strstr(o.why, "disarmed"));
}

static void
test_a_restart_while_installing_fails_unless_retries_are_left(void **state)
{
	struct life_out o = step(HS_INSTALLING, LE_FIRMWARE, 1, 2, true);

	(void)state;
	assert_int_equal(o.state, HS_BOOTING);
	assert_int_equal(o.retry, 1);
	assert_int_equal(o.attempts, 1);
	assert_false(o.used_up);
	assert_false(o.ended);
	o = step(HS_INSTALLING, LE_FIRMWARE, 1, 0, true);
	assert_int_equal(o.state, HS_FAILED);
	assert_true(o.used_up);
	assert_false(o.ended);		/* what was done can still be read */
	assert_non_null(o.why);
}

static void
test_arming_counts_anew_and_keeps_the_profiles_retries(void **state)
{
	struct life_out o = step(HS_FAILED, LE_ARM, 3, 2, true);

	(void)state;
	assert_int_equal(o.attempts, 0);
	assert_int_equal(o.retry, 2);
	assert_false(o.used_up);
}

static void
test_the_whole_way(void **state)
{
	static const struct { enum life_event e; enum host_state s; } way[] = {
		{ LE_CONFIGURED, HS_READY }, { LE_ARM, HS_ARMED },
		{ LE_FIRMWARE, HS_BOOTING }, { LE_STEP, HS_BOOTING },
		{ LE_CLAIM, HS_INSTALLING }, { LE_STEP, HS_INSTALLING },
		{ LE_DONE, HS_INSTALLED }, { LE_DONE, HS_INSTALLED },
		{ LE_FIRMWARE, HS_LOCAL }, { LE_FIRMWARE, HS_LOCAL },
		{ LE_ARM, HS_ARMED },
	};
	enum host_state s = HS_NEW;

	(void)state;
	for (size_t i = 0; i < sizeof(way) / sizeof(way[0]); i++) {
		struct life_out o = step(s, way[i].e, 1, 0, true);

		assert_false(o.refused);
		assert_int_equal(o.state, way[i].s);
		s = o.state;
	}
}

static void
test_state_names_parse_back(void **state)
{
	enum host_state s;

	(void)state;
	for (unsigned i = 0; i < HS__COUNT; i++) {
		assert_int_equal(host_state_parse(host_state_name(i), &s), 0);
		assert_int_equal(s, i);
	}
	s = HS_LOCAL;
	assert_true(host_state_parse("readyy", &s) < 0);
	assert_true(host_state_parse("", &s) < 0);
	assert_int_equal(s, HS_LOCAL);
}

/* The state after it; a: for always still, w: says why it is over.  Three boots are allowed. */
static const struct { enum other_state s; bool always; unsigned boots; const char *after[OE__COUNT]; } others[] = {
	/*					ask	leave	firmware	up	done */
	{ OTHER_NONE, false, 0,		{ "asked", "none", "none", "none", "none" } },
	{ OTHER_ASKED, false, 0,	{ "asked", "none", "booting", "up", "none" } },
	{ OTHER_ASKED, true, 0,		{ "asked a", "none", "booting a", "up a", "none" } },
	{ OTHER_BOOTING, false, 1,	{ "asked", "up", "booting", "up", "none" } },
	{ OTHER_BOOTING, false, 3,	{ "asked", "up", "none w", "up", "none" } },
	{ OTHER_BOOTING, true, 3,	{ "asked a", "up", "booting a", "up a", "none" } },
	{ OTHER_UP, false, 0,		{ "asked", "up", "none", "up", "none" } },
	{ OTHER_UP, true, 0,		{ "asked a", "up", "booting a", "up a", "none" } },
};

static void
test_every_cell_of_what_is_booted_instead(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		for (unsigned e = 0; e < OE__COUNT; e++) {
			struct other_life l = { .state = others[i].s, .always = others[i].always,
			    .boots = others[i].boots, .max_boots = 3, .why = "old" };
			char got[32];

			lifecycle_other(&l, e);
			snprintf(got, sizeof(got), "%s%s%s", other_state_name(l.state),
			    l.always ? " a" : "", l.why != NULL ? " w" : "");
			if (strcmp(got, others[i].after[e]) != 0)
				fail_msg("row %zu + %s: got \"%s\", want \"%s\"", i,
				    other_event_name(e), got, others[i].after[e]);
			assert_true(l.boots <= l.max_boots);
		}
}

/* Once: so many attempts, and when it has been up the next boot is another. */
static void
test_once_ends_and_always_does_not(void **state)
{
	struct other_life once = { .max_boots = 3 }, always = { .max_boots = 3 };

	(void)state;
	lifecycle_other(&once, OE_ASK);
	lifecycle_other(&always, OE_ASK);
	always.always = true;
	for (int i = 0; i < 100; i++)
		lifecycle_other(&always, OE_FIRMWARE);
	assert_int_equal(always.state, OTHER_BOOTING);
	lifecycle_other(&once, OE_FIRMWARE);
	lifecycle_other(&once, OE_FIRMWARE);	/* its TFTP failed, say */
	lifecycle_other(&once, OE_UP);
	assert_int_equal(once.state, OTHER_UP);
	lifecycle_other(&once, OE_FIRMWARE);
	assert_int_equal(once.state, OTHER_NONE);
	assert_null(once.why);
	for (int i = 0; i < 2; i++) {
		lifecycle_other(&always, OE_UP);
		lifecycle_other(&always, OE_FIRMWARE);
		assert_int_equal(always.state, OTHER_BOOTING);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_cell_is_as_decided),
		cmocka_unit_test(test_a_refusal_changes_nothing_and_says_why),
		cmocka_unit_test(test_what_comes_from_an_old_installation_is_refused_everywhere),
		cmocka_unit_test(test_only_an_armed_or_booting_host_may_begin),
		cmocka_unit_test(test_a_used_up_installation_never_begins_again),
		cmocka_unit_test(test_counts_boots_and_disarms_a_host_that_loops),
		cmocka_unit_test(test_a_restart_while_installing_fails_unless_retries_are_left),
		cmocka_unit_test(test_arming_counts_anew_and_keeps_the_profiles_retries),
		cmocka_unit_test(test_the_whole_way),
		cmocka_unit_test(test_state_names_parse_back),
		cmocka_unit_test(test_every_cell_of_what_is_booted_instead),
		cmocka_unit_test(test_once_ends_and_always_does_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
