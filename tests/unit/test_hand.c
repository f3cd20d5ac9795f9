/* test_hand.c - which hosts are still to be told to another server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../handover/pending.h"

#define KEA	"Kea at /run/kea"
#define ISC	"dhcpd at 10.0.0.1"

static struct fleet_host h;

static int
fresh(void **state)
{
	(void)state;
	memset(&h, 0, sizeof(h));
	timeline_init(&h.tl);
	h.rec.state = HS_INSTALLED;
	h.rec.since = 100;
	return 0;
}

static int
over(void **state)
{
	(void)state;
	timeline_free(&h.tl);
	return 0;
}

static void
line(int64_t t, const char *text)
{
	(void)timeline_note(&h.tl, t, LINE_STATE, LINE_INFO, text);
}

static void
test_an_installed_host_is_told_once_to_each(void **state)
{
	(void)state;
	line(90, "installing");
	assert_true(hand_pending(&h, KEA));	/* its line was lost */
	line(100, "installed");
	assert_true(hand_pending(&h, KEA));
	assert_true(hand_pending(&h, ISC));
	line(100, HANDED KEA ": created");
	assert_false(hand_pending(&h, KEA));
	assert_true(hand_pending(&h, ISC));
	line(101, "DHCP REQUEST -> ACK 10.0.0.9");
	line(102, HANDED ISC ": updated");
	assert_false(hand_pending(&h, ISC));
}

static void
test_a_failure_is_not_done(void **state)
{
	(void)state;
	line(100, "installed");
	line(101, NOT_HANDED KEA ": no answer; it is tried again");
	assert_true(hand_pending(&h, KEA));
	/* Nor is what was done for a server whose name begins alike. */
	line(102, HANDED KEA "/other: created");
	assert_true(hand_pending(&h, KEA));
}

/* The disk was behind, and the history has a gap where "installed" was. */
static void
test_a_new_installation_is_told_again(void **state)
{
	(void)state;
	line(40, "installed");
	line(41, HANDED KEA ": created");
	assert_true(hand_pending(&h, KEA));
	line(100, "installed");
	assert_true(hand_pending(&h, KEA));
	line(100, HANDED KEA ": updated");
	assert_false(hand_pending(&h, KEA));
}

static void
test_a_host_that_boots_from_its_disk_was_told_or_is_from_before(void **state)
{
	(void)state;
	h.rec.state = HS_LOCAL;
	h.rec.since = 200;
	assert_false(hand_pending(&h, KEA));	/* installed before there was a handover */
	line(100, "installed");
	line(200, "local");
	assert_true(hand_pending(&h, KEA));	/* provd ended in between */
	line(201, HANDED KEA ": created");
	assert_false(hand_pending(&h, KEA));
}

static void
test_others_are_not_told(void **state)
{
	static const enum host_state other[] = { HS_NEW, HS_ARMED, HS_BOOTING, HS_INSTALLING,
	    HS_FAILED };

	(void)state;
	line(100, "installed");
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
		h.rec.state = other[i];
		assert_false(hand_pending(&h, KEA));
	}
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, fresh, over)
	const struct CMUnitTest tests[] = {
		T(test_an_installed_host_is_told_once_to_each),
		T(test_a_failure_is_not_done),
		T(test_a_new_installation_is_told_again),
		T(test_a_host_that_boots_from_its_disk_was_told_or_is_from_before),
		T(test_others_are_not_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
