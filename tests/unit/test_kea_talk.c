/* The conversation with a Kea, and what it does to its configuration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../handover/kea_talk.h"

static const struct handover_job job = { .name = "web1", .hostname = "web1", .n_mac = 2,
	.mac = { { { 2, 0, 0, 0, 0, 1 } }, { { 2, 0, 0, 0, 0, 2 } } }, .addr = 0xc0a80a05 };

#define OURS	"{\"hw-address\":\"02:00:00:00:00:01\",\"ip-address\":\"192.168.10.5\"," \
		"\"hostname\":\"web1\",\"next-server\":\"0.0.0.0\",\"boot-file-name\":\"\"}"
#define SECOND	"{\"hw-address\":\"02:00:00:00:00:02\",\"hostname\":\"web1\"," \
		"\"next-server\":\"0.0.0.0\",\"boot-file-name\":\"\"}"

/* What Kea is sent after it told its configuration; NULL: no need. */
static char *
edited(const char *dhcp4, struct kea_talk *t)
{
	struct buf in = { 0 }, out = { 0 };
	enum talk r;
	char *p;

	kea_talk_begin(t, &job, false, &out);
	assert_string_equal(out.p, "{\"command\":\"config-get\"}");
	buf_free(&out);
	buf_printf(&in, "{\"result\":0,\"arguments\":{\"hash\":\"x\",\"Dhcp4\":%s}}", dhcp4);
	r = kea_talk_input(t, in.p, in.len, &out);
	buf_free(&in);
	assert_int_equal(r, t->did == KEA_SAME && t->why[0] == '\0' ? TALK_DONE :
	    t->why[0] != '\0' ? TALK_FAILED : TALK_AGAIN);
	p = out.len > 0 ? buf_steal(&out, NULL) : NULL;
	buf_free(&out);
	return p;
}

static void
becomes(const char *before, const char *after)
{
	struct kea_talk t;
	char want[2048], *got = edited(before, &t);

	assert_string_equal(t.why, "");
	if (after == NULL) {
		assert_null(got);
	} else {
		assert_non_null(got);
		snprintf(want, sizeof(want), "{\"command\":\"config-test\",\"arguments\":{\"Dhcp4\":%s}}", after);
		assert_string_equal(got, want);
	}
	free(got);
	kea_talk_free(&t);
}

static void
test_a_reservation_is_added(void **state)
{
	(void)state;
	becomes("{\"x\":1,\"subnet4\":[{\"subnet\":\"10.0.0.0/8\"},{\"subnet\":\"192.168.10.0/24\"}]}",
	    "{\"x\":1,\"subnet4\":[{\"subnet\":\"10.0.0.0/8\"},{\"subnet\":\"192.168.10.0/24\","
	    "\"reservations\":[" OURS "," SECOND "]}]}");
	becomes("{\"shared-networks\":[{\"subnet4\":[{\"subnet\":\"192.168.10.0/24\",\"reservations\":[7]}]}]}",
	    "{\"shared-networks\":[{\"subnet4\":[{\"subnet\":\"192.168.10.0/24\",\"reservations\":[7,"
	    OURS "," SECOND "]}]}]}");
}

static void
test_one_with_its_mac_is_changed_and_keeps_the_rest(void **state)
{
	(void)state;
	becomes("{\"subnet4\":[{\"subnet\":\"192.168.10.0/24\",\"reservations\":["
	    "{\"hw-address\":\"02:00:00:00:00:01\",\"ip-address\":\"192.168.10.9\",\"hostname\":\"old\","
	    "\"next-server\":\"1.2.3.4\",\"boot-file-name\":\"x\",\"user-context\":{\"a\":1}}," SECOND "]}]}",
	    "{\"subnet4\":[{\"subnet\":\"192.168.10.0/24\",\"reservations\":["
	    "{\"hw-address\":\"02:00:00:00:00:01\",\"ip-address\":\"192.168.10.5\",\"hostname\":\"web1\","
	    "\"next-server\":\"0.0.0.0\",\"boot-file-name\":\"\",\"user-context\":{\"a\":1}}," SECOND "]}]}");
	/* In the global list when it is there. */
	becomes("{\"reservations\":[{\"hw-address\":\"02:00:00:00:00:01\"}],"
	    "\"subnet4\":[{\"subnet\":\"192.168.10.0/24\"}]}",
	    "{\"reservations\":[" OURS "," SECOND "],\"subnet4\":[{\"subnet\":\"192.168.10.0/24\"}]}");
}

static void
test_nothing_is_sent_when_it_is_there(void **state)
{
	(void)state;
	becomes("{\"subnet4\":[{\"subnet\":\"192.168.10.0/24\",\"reservations\":[" OURS "," SECOND "]}]}", NULL);
}

static enum talk
input(struct kea_talk *t, const char *text, struct buf *out)
{
	buf_free(out);
	return kea_talk_input(t, text, strlen(text), out);
}

static void
test_it_is_tried_set_and_written(void **state)
{
	struct kea_talk t;
	struct buf out = { 0 };

	(void)state;
	kea_talk_begin(&t, &job, true, &out);
	assert_int_equal(input(&t, "{\"result\":0,\"arguments\":{\"Dhcp4\":{\"subnet4\":"
	    "[{\"subnet\":\"192.168.10.0/24\"}]}}}", &out), TALK_AGAIN);
	assert_int_equal(input(&t, "{\"result\":0}", &out), TALK_AGAIN);
	assert_non_null(strstr(out.p, "\"config-set\""));
	assert_non_null(strstr(out.p, "192.168.10.5"));
	assert_int_equal(input(&t, "[{\"result\":0}]", &out), TALK_AGAIN);	/* an agent's answer */
	assert_string_equal(out.p, "{\"command\":\"config-write\"}");
	assert_int_equal(input(&t, "{\"result\":0}", &out), TALK_DONE);
	assert_int_equal(t.did, KEA_CREATED);
	kea_talk_free(&t);
	buf_free(&out);
}

static void
test_refusals_are_told(void **state)
{
	static const struct { const char *answer, *why; } t[] = {
		{ "{\"result\":1,\"text\":\"no\\nway\"}", "config-get: Kea says: no way" },
		{ "{\"result\":2}", "config-get: Kea says: no reason" },
		{ "{\"result\":0}", "is no kea-dhcp4" },
		{ "{\"result\":0,\"arguments\":{\"Dhcp6\":{}}}", "is no kea-dhcp4" },
		{ "{\"result\":0,\"arguments\":{\"Dhcp4\":{\"subnet4\":[{\"subnet\":\"10.0.0.0/8\"}]}}}",
		    "192.168.10.5 is in none of Kea's subnets" },
		{ "{\"result\":\"0\"}", "does not speak as Kea" },
		{ "[]", "does not speak as Kea" }, { "", "does not speak as Kea" },
		{ "{\"result\":0", "does not speak as Kea" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct kea_talk talk;
		struct buf out = { 0 };

		kea_talk_begin(&talk, &job, true, &out);
		assert_int_equal(input(&talk, t[i].answer, &out), TALK_FAILED);
		assert_non_null(strstr(talk.why, t[i].why));
		kea_talk_free(&talk);
		buf_free(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_reservation_is_added),
		cmocka_unit_test(test_one_with_its_mac_is_changed_and_keeps_the_rest),
		cmocka_unit_test(test_nothing_is_sent_when_it_is_there),
		cmocka_unit_test(test_it_is_tried_set_and_written),
		cmocka_unit_test(test_refusals_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
