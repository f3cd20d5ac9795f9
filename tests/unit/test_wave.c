/* test_wave.c - every step of a wave's host with every state that can be seen of
 * it, and the course of whole waves. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../fleet/wave.h"
#include "../../lib/buf.h"

#define T0	((int64_t)1700000000)

static struct wave *
new_wave(unsigned n, unsigned size, unsigned max_failed)
{
	struct wave *w = calloc(1, sizeof(*w));
	char name[16];

	assert_non_null(w);
	*w = (struct wave){ .id = 3, .size = size, .max_failed = max_failed, .timeout = 600,
	    .started = T0 };
	snprintf(w->select, sizeof(w->select), "rack=7");
	for (unsigned i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "h%u", i);
		assert_int_equal(wave_add(w, name), 0);
	}
	return w;
}

static void
drop(struct wave *w)
{
	wave_free(w);
	free(w);
}

static const struct wave_sees armed = { .known = true, .state = HS_ARMED };
static const struct wave_sees installing = { .known = true, .state = HS_INSTALLING };
static const struct wave_sees installed = { .known = true, .state = HS_INSTALLED };
static const struct wave_sees failed = { .known = true, .state = HS_FAILED, .reason = "step 6: no" };

/* step x state: what is done, and the step afterwards.  First as it goes, then
 * after a crash ("again").  H_: host states in their order. */
static const char *const table[WS__COUNT][2][HS__COUNT] = {
	/*	new	ready	armed	booting	installing installed local	failed */
[WS_WAITING] = {
	{ "- waiting", "- waiting", "- waiting", "- waiting", "- waiting", "- waiting", "- waiting", "- waiting" },
	{ "- waiting", "- waiting", "- waiting", "- waiting", "- waiting", "- waiting", "- waiting", "- waiting" } },
[WS_ARMING] = {
	{ "arm arming", "arm arming", "arm arming", "arm arming", "arm arming", "arm arming", "arm arming", "arm arming" },
	{ "arm arming", "arm arming", "arm arming", "- installing", "- installing", "arm arming", "arm arming", "arm arming" } },
[WS_SWITCHING] = {
	{ "power switching", "power switching", "power switching", "- installing", "- installing", "- installing", "- installing", "- installing" },
	{ "power switching", "power switching", "power switching", "- installing", "- installing", "- installing", "- installing", "- installing" } },
[WS_INSTALLING] = {
	{ "- failed", "- failed", "- installing", "- installing", "- installing", "- installed", "- installed", "- failed" },
	{ "- failed", "- failed", "- installing", "- installing", "- installing", "- installed", "- installed", "- failed" } },
[WS_DONE] = {
	{ "- installed", "- installed", "- installed", "- installed", "- installed", "- installed", "- installed", "- installed" },
	{ "- installed", "- installed", "- installed", "- installed", "- installed", "- installed", "- installed", "- installed" } },
[WS_FAILED] = {
	{ "- failed", "- failed", "- failed", "- failed", "- failed", "- failed", "- failed", "- failed" },
	{ "- failed", "- failed", "- failed", "- failed", "- failed", "- failed", "- failed", "- failed" } },
};

static const char *const does[] = { "-", "arm", "power", "disarm" };

static void
test_every_step_with_every_state(void **state)
{
	(void)state;
	for (unsigned st = 0; st < WS__COUNT; st++)
		for (unsigned again = 0; again < 2; again++)
			for (unsigned hs = 0; hs < HS__COUNT; hs++) {
				struct wave *w = new_wave(1, 1, 0);
				struct wave_sees s = { .known = true, .state = (enum host_state)hs };
				char got[64];
				enum wave_do d;

				w->host[0].step = (enum wave_step)st;
				w->host[0].since = T0;
				if (again)
					wave_restart(w);
				d = wave_look(w, 0, &s, T0 + 1);
				snprintf(got, sizeof(got), "%s %s", does[d],
				    wave_step_name(w->host[0].step));
				if (strcmp(got, table[st][again][hs]) != 0)
					fail_msg("%s%s + %s: %s, want %s", wave_step_name((enum wave_step)st),
					    again ? " again" : "", host_state_name((enum host_state)hs),
					    got, table[st][again][hs]);
				drop(w);
			}
}

static void
test_what_is_under_way_is_not_asked_for_twice(void **state)
{
	struct wave *w = new_wave(1, 1, 0);

	(void)state;
	wave_next(w, T0);
	assert_int_equal(wave_look(w, 0, &installed, T0), WD_ARM);
	assert_int_equal(wave_look(w, 0, &installed, T0), WD_NOTHING);
	wave_armed(w, 0, NULL, T0 + 1);
	assert_int_equal(wave_look(w, 0, &armed, T0 + 1), WD_POWER);
	assert_int_equal(wave_look(w, 0, &armed, T0 + 1), WD_NOTHING);
	wave_armed(w, 0, "late", T0 + 1);		/* an answer that nobody waits for */
	assert_int_equal(w->host[0].step, WS_SWITCHING);
	wave_switched(w, 0, NULL, T0 + 2);
	assert_int_equal(wave_look(w, 0, &installing, T0 + 3), WD_NOTHING);
	assert_int_equal(wave_look(w, 0, &installed, T0 + 4), WD_NOTHING);
	wave_next(w, T0 + 5);
	assert_int_equal(w->state, WAVE_DONE);
	assert_int_equal(w->ended, T0 + 5);
	assert_int_equal(w->host[0].begun, T0);
	assert_int_equal(w->host[0].ended, T0 + 4);
	drop(w);
}

/* All of a turn, to one end. */
static void
play(struct wave *w, const struct wave_sees *end, int64_t now)
{
	for (size_t i = 0; i < w->n; i++) {
		if (wave_look(w, i, &armed, now) == WD_ARM)
			wave_armed(w, i, NULL, now);
		if (wave_look(w, i, &armed, now) == WD_POWER)
			wave_switched(w, i, NULL, now);
		(void)wave_look(w, i, end, now);
	}
	wave_next(w, now);
}

static void
test_one_turn_after_the_other(void **state)
{
	struct wave *w = new_wave(10, 4, 0);

	(void)state;
	wave_next(w, T0);
	assert_int_equal(wave_count(w, WS_ARMING), 4);
	wave_next(w, T0);
	assert_int_equal(wave_count(w, WS_WAITING), 6);	/* nobody has ended */
	play(w, &installed, T0 + 10);
	assert_int_equal(wave_count(w, WS_DONE), 4);
	assert_int_equal(wave_count(w, WS_ARMING), 4);
	play(w, &installed, T0 + 20);
	play(w, &installed, T0 + 30);
	assert_int_equal(w->state, WAVE_DONE);
	assert_int_equal(wave_count(w, WS_DONE), 10);
	assert_int_equal(w->turn, 3);
	assert_int_equal(w->host[9].turn, 3);
	drop(w);
}

static void
test_it_stops_when_too_many_fail_and_goes_on(void **state)
{
	struct wave *w = new_wave(12, 4, 1);

	(void)state;
	wave_next(w, T0);
	(void)wave_look(w, 0, &armed, T0);
	wave_armed(w, 0, "no profile", T0);
	wave_next(w, T0);
	assert_int_equal(w->state, WAVE_RUNNING);	/* one may */
	(void)wave_look(w, 1, &armed, T0);
	wave_armed(w, 1, NULL, T0);
	(void)wave_look(w, 1, &armed, T0);
	wave_switched(w, 1, "exit 1", T0);
	wave_next(w, T0);
	assert_int_equal(w->state, WAVE_STOPPED);
	assert_string_equal(w->why, "2 failed, and no more than 1 may");
	assert_int_equal(w->ended, 0);			/* two are under way */
	play(w, &installed, T0 + 60);
	assert_int_equal(w->state, WAVE_STOPPED);
	assert_int_equal(w->ended, T0 + 60);
	assert_int_equal(wave_count(w, WS_WAITING), 8);
	assert_string_equal(w->host[0].reason, "no profile");
	assert_string_equal(w->host[1].reason, "exit 1");
	assert_int_equal(wave_resume(w, false), 0);
	assert_int_equal(wave_resume(w, false), -EINVAL);	/* it runs */
	wave_next(w, T0 + 70);
	assert_int_equal(w->state, WAVE_RUNNING);	/* those are forgiven */
	assert_int_equal(wave_count(w, WS_ARMING), 4);
	play(w, &installed, T0 + 80);
	play(w, &installed, T0 + 90);
	assert_int_equal(w->state, WAVE_DONE);
	assert_int_equal(wave_resume(w, false), -EINVAL);
	assert_int_equal(wave_resume(w, true), 0);	/* the two once more */
	wave_next(w, T0 + 100);
	assert_int_equal(wave_count(w, WS_ARMING), 2);
	play(w, &failed, T0 + 110);
	assert_int_equal(w->state, WAVE_DONE);		/* nobody is left to be spared */
	assert_string_equal(w->host[0].reason, "step 6: no");
	drop(w);
}

static void
test_a_person_stops_it(void **state)
{
	struct wave *w = new_wave(4, 2, 0);

	(void)state;
	wave_next(w, T0);
	wave_stop(w, "by a person");
	play(w, &installed, T0 + 10);
	assert_int_equal(wave_count(w, WS_DONE), 2);
	assert_int_equal(wave_count(w, WS_WAITING), 2);
	assert_int_equal(w->ended, T0 + 10);
	assert_string_equal(w->why, "by a person");
	drop(w);
}

static void
test_who_takes_too_long_has_failed(void **state)
{
	static const struct { enum host_state s; enum wave_do what; const char *why; } row[] = {
		{ HS_ARMED, WD_DISARM, "not installed after 10 minutes: it never booted from the network; disarmed" },
		{ HS_BOOTING, WD_DISARM, "not installed after 10 minutes: it booted and did not begin; disarmed" },
		{ HS_INSTALLING, WD_NOTHING, "not installed after 10 minutes: it is still at it" },
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct wave *w = new_wave(1, 1, 0);
		struct wave_sees s = { .known = true, .state = row[i].s };

		w->host[0].step = WS_INSTALLING;
		w->host[0].since = T0;
		assert_int_equal(wave_look(w, 0, &s, T0 + 599), WD_NOTHING);
		s.turn = true;		/* the governor lets it wait: that is nobody's fault */
		assert_int_equal(wave_look(w, 0, &s, T0 + 900), WD_NOTHING);
		s.turn = false;
		assert_int_equal(wave_look(w, 0, &s, T0 + 1499), WD_NOTHING);
		assert_int_equal(wave_look(w, 0, &s, T0 + 1500), row[i].what);
		assert_int_equal(w->host[0].step, WS_FAILED);
		assert_string_equal(w->host[0].reason, row[i].why);
		drop(w);
	}
}

static void
test_without_power_nobody_is_switched(void **state)
{
	struct wave *w = new_wave(1, 1, 0);
	struct wave_sees gone = { .known = false };

	(void)state;
	w->power = WP_NONE;
	wave_next(w, T0);
	(void)wave_look(w, 0, &armed, T0);
	wave_armed(w, 0, NULL, T0);
	assert_int_equal(w->host[0].step, WS_INSTALLING);
	(void)wave_look(w, 0, &gone, T0);
	assert_string_equal(w->host[0].reason, "is no longer configured");
	drop(w);
}

static void
test_sizes(void **state)
{
	unsigned n = 0;

	(void)state;
	assert_int_equal(wave_size_parse("8", 30, &n), 0);
	assert_int_equal(n, 8);
	assert_int_equal(wave_size_parse("25%", 30, &n), 0);
	assert_int_equal(n, 8);
	assert_int_equal(wave_size_parse("1%", 3, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(wave_size_parse("100%", 30, &n), 0);
	assert_int_equal(n, 30);
	for (const char *const *s = (const char *const []){ "", "0", "-1", "101%", "8x", "%", "0%",
	    "99999999999", "8%%", NULL }; *s != NULL; s++)
		assert_int_equal(wave_size_parse(*s, 30, &n), -EINVAL);
}

static void
test_times(void **state)
{
	uint32_t t = 0;

	(void)state;
	assert_int_equal(wave_time_parse("90", &t), 0);
	assert_int_equal(t, 90);
	assert_int_equal(wave_time_parse("40m", &t), 0);
	assert_int_equal(t, 2400);
	assert_int_equal(wave_time_parse("2h", &t), 0);
	assert_int_equal(t, 7200);
	for (const char *const *s = (const char *const []){ "", "0", "m", "1y", "40mm", "-1",
	    "721h", "99999999", NULL }; *s != NULL; s++)
		assert_int_equal(wave_time_parse(*s, &t), -EINVAL);
}

/* In the middle, with everything that can be kept. */
static void
test_it_is_kept_as_it_is(void **state)
{
	struct wave *w = new_wave(6, 2, 1), again;
	struct buf a = { 0 }, b = { 0 };

	(void)state;
	snprintf(w->profile, sizeof(w->profile), "debian");
	wave_next(w, T0);
	(void)wave_look(w, 0, &armed, T0);
	wave_armed(w, 0, "two\nlines\tand more", T0 + 5);
	play(w, &installing, T0 + 6);
	wave_print(w, &a);
	assert_int_equal(wave_parse(a.p, &again), 0);
	wave_print(&again, &b);
	assert_string_equal(a.p, b.p);
	assert_string_equal(again.host[0].reason, "two lines and more");
	assert_int_equal(again.host[1].step, WS_INSTALLING);
	wave_free(&again);
	for (size_t i = 0; i + 1 < a.len; i++) {	/* cut anywhere: a shorter wave, or none */
		char *cut = strndup(a.p, i);

		if (wave_parse(cut, &again) == 0) {
			assert_true(again.n < w->n);
			wave_free(&again);
		}
		free(cut);
	}
	buf_free(&a);
	buf_free(&b);
	drop(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_step_with_every_state),
		cmocka_unit_test(test_what_is_under_way_is_not_asked_for_twice),
		cmocka_unit_test(test_one_turn_after_the_other),
		cmocka_unit_test(test_it_stops_when_too_many_fail_and_goes_on),
		cmocka_unit_test(test_a_person_stops_it),
		cmocka_unit_test(test_who_takes_too_long_has_failed),
		cmocka_unit_test(test_without_power_nobody_is_switched),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_it_is_kept_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
