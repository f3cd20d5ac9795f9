/* test_stranger.c - machines that are no host: what is kept of them, and why they
 * get nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../fleet/seen.h"
#include "../../fleet/stranger.h"

#define KEY	"02:00:00:00:00:07"

static struct stranger_list list;
static char gone[STRANGER_KEY];

static int
drop(void **state)
{
	(void)state;
	stranger_free(&list);
	return 0;
}

static struct event_dhcp
asks(uint8_t n, const char *rule, bool silent)
{
	struct event_dhcp e = { .asked = SEEN_DISCOVER, .answered = silent ? 0 : SEEN_OFFER,
	    .asked_name = "DISCOVER", .answered_name = "OFFER", .silent = silent, .rule = rule,
	    .fw = FW_PXE_UEFI_X64, .iface = "eth1", .boot_rule = "unknown", .file = "",
	    .hostname = "new\x1b", .text = "DISCOVER -> something",
	    .addr = silent ? 0 : 0xc0a80a64, .mac = { { 2, 0, 0, 0, 0, n } } };

	return e;
}

static void
demand(const struct stranger *s, const char *rule, const char *part)
{
	char text[240];
	const char *advice, *got = stranger_why(s, text, &advice);

	if (got == NULL || strcmp(got, rule) != 0 || strstr(text, part) == NULL)
		fail_msg("want %s with \"%s\", got %s: %s", rule, part, got, text);
	assert_true(strlen(advice) > 10);
}

static void
test_who_asks_and_is_no_host_is_kept_with_the_reason(void **state)
{
	struct event_dhcp e = asks(7, "unknown-client", true);
	struct stranger *s;

	(void)state;
	(void)stranger_dhcp(&list, &e, 1000, gone);
	s = stranger_dhcp(&list, &e, 1004, gone);
	assert_int_equal(list.n, 1);
	assert_ptr_equal(stranger_find(&list, KEY), s);
	assert_int_equal(s->first, 1000);
	assert_int_equal(s->last, 1004);
	assert_string_equal(s->hostname, "new?");
	assert_string_equal(s->firmware, "PXE, UEFI x64");
	assert_int_equal(s->packets.n, 2);
	demand(s, "unknown-client", "asked for an address 2 times on eth1: it is no host");
	e = (struct event_dhcp){ .foreign = true, .mac = e.mac, .answered = SEEN_ACK,
	    .answered_name = "ACK", .addr = 1, .other_server = 0xc0a80a09, .text = "given" };
	assert_ptr_equal(stranger_dhcp(&list, &e, 1005, gone), s);
	demand(s, "unknown-client", "another server answers it");
	assert_int_equal(s->asked, 2);
}

static void
test_each_reason(void **state)
{
	struct event ev = { .kind = EV_TFTP_FAIL, .addr = 0xc0a80afa,
	    .text = "pxelinux.0: Access denied" };
	struct event_dhcp e;

	(void)state;
	demand(stranger_event(&list, &ev, 1, gone), "no-lease", "asked for the file pxelinux.0: Access "
	    "denied, from 192.168.10.250, an address that nobody leased");
	e = asks(1, "new-address", false);
	e.muted = "mode observe";
	demand(stranger_dhcp(&list, &e, 1, gone), "not-answered", "1 times on eth1");
	e = asks(2, "mode-off", true);
	demand(stranger_dhcp(&list, &e, 1, gone), "no-network", "no network is served");
	e = asks(3, "none-free", true);
	demand(stranger_dhcp(&list, &e, 1, gone), "pool-exhausted", "none is free");
	e = asks(4, "new-address", false);
	demand(stranger_dhcp(&list, &e, 1, gone), "not-a-host", "PXE, UEFI x64");
	/* A telephone gets an address, as it should. */
	e = asks(5, "new-address", false);
	e.fw = FW_OS;
	assert_null(stranger_why(stranger_dhcp(&list, &e, 1, gone), (char[240]){ 0 },
	    (const char *[1]){ NULL }));
}

/* What goes past on the wire between others is none of our business. */
static void
test_who_never_asked_us_is_not_kept(void **state)
{
	const struct event_dhcp e = { .foreign = true, .mac = { { 2, 0, 0, 0, 0, 9 } },
	    .answered = SEEN_ACK, .text = "given" };
	const struct event ev = { .kind = EV_PROGRESS, .addr = 5 };
	struct event_dhcp none = asks(0, "x", true);

	(void)state;
	none.mac = (struct mac){ { 0 } };
	assert_null(stranger_dhcp(&list, &e, 1, gone));
	assert_null(stranger_dhcp(&list, &none, 1, gone));
	assert_null(stranger_event(&list, &ev, 1, gone));
	assert_int_equal(list.n, 0);
}

static void
test_it_survives_as_text(void **state)
{
	struct event_dhcp e = asks(7, "unknown-client", true);
	char text[STRANGER_TEXT], again[STRANGER_TEXT];
	static const char *const bad[] = { "", "1 2 3", "-1 2 3 4 5 6", "1 2 3 99999999999 5 6", "x" };

	(void)state;
	e.has_uuid = true;
	(void)stranger_write(stranger_dhcp(&list, &e, 1000, gone), text);
	stranger_free(&list);
	assert_int_equal(stranger_load(&list, KEY, text), 0);
	(void)stranger_write(stranger_find(&list, KEY), again);
	assert_string_equal(text, again);
	assert_int_equal(list.s[0]->mac.b[5], 7);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(stranger_load(&list, "x", bad[i]), -22);
	stranger_drop(&list, KEY);
	assert_int_equal(list.n, 0);
}

static void
test_the_one_heard_longest_ago_makes_room(void **state)
{
	struct event_dhcp e = asks(0, "unknown-client", true);

	(void)state;
	for (unsigned i = 0; i < STRANGERS; i++) {
		e.mac.b[4] = (uint8_t)(i >> 8);
		e.mac.b[5] = (uint8_t)i;
		(void)stranger_dhcp(&list, &e, i == 3 ? 1 : 1000 + i, gone);
		assert_string_equal(gone, "");
	}
	e.mac.b[3] = 1;
	(void)stranger_dhcp(&list, &e, 5000, gone);
	assert_int_equal(list.n, STRANGERS);
	assert_string_equal(gone, "02:00:00:00:00:03");
	assert_null(stranger_find(&list, gone));
}

int
main(void)
{
#define T(f)	cmocka_unit_test_teardown(f, drop)
	const struct CMUnitTest tests[] = {
		T(test_who_asks_and_is_no_host_is_kept_with_the_reason),
		T(test_each_reason),
		T(test_who_never_asked_us_is_not_kept),
		T(test_it_survives_as_text),
		T(test_the_one_heard_longest_ago_makes_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
