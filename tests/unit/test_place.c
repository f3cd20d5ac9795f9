/* test_place.c - hosts that are known by their client identifier (RFC 2132 9.14), or
 * by where they are plugged in (RFC 3046). */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../fleet/place.h"

static const char yaml[] =
    "interface: srv\n"
    "hosts:\n"
    "  both: { circuit-id: ge-0/0/1, remote-id: switch7 }\n"
    "  port: { circuit-id: ge-0/0/1 }\n"
    "  hex: { circuit-id: \"0x00040A0b\" }\n"
    "  line: { remote-id: line 12 }\n"
    "  other: { mac: \"02:00:00:00:00:01\" }\n";

static const char *
who(const struct place_list *l, const char *agent, size_t len)
{
	struct fleet_place at;
	const struct cfg_host *h;
	const char *how;

	place_of_agent((const uint8_t *)agent, len, &at);
	h = place_find(l, &at, &how);
	if (h != NULL)
		assert_string_equal(how, "circuit-id");
	return h != NULL ? h->head.name : "nobody";
}

#define WHO(l, lit)	who(l, lit, sizeof(lit) - 1)

static void
test_a_host_is_where_it_is_plugged_in(void **state)
{
	struct place_list *l;
	struct config *c;

	(void)state;
	assert_int_equal(config_load_mem("t.yaml", yaml, &c, NULL, NULL), 0);
	assert_int_equal(place_list_new(&c->top, &l), 0);
	assert_string_equal(WHO(l, "\x01\x08" "ge-0/0/1" "\x02\x07switch7"), "both");
	assert_string_equal(WHO(l, "\x02\x07switch7" "\x01\x08" "ge-0/0/1"), "both");
	assert_string_equal(WHO(l, "\x01\x08" "ge-0/0/1" "\x02\x07switch8"), "port");
	assert_string_equal(WHO(l, "\x01\x08" "ge-0/0/1"), "port");
	assert_string_equal(WHO(l, "\x01\x04\x00\x04\x0a\x0b"), "hex");
	assert_string_equal(WHO(l, "\x01\x05wrong" "\x02\x07line 12"), "line");
	assert_string_equal(WHO(l, "\x02\x07switch7"), "nobody");
	assert_string_equal(WHO(l, "\x01\x08" "ge-0/0/"), "nobody");	/* cut short */
	assert_string_equal(WHO(l, "\x01\x00\x02\x00"), "nobody");
	assert_string_equal(WHO(l, ""), "nobody");
	place_list_free(l);
	config_unref(c);
}

static void
test_a_client_identifier_says_more_than_its_place(void **state)
{
	struct fleet_place at = { 0 };
	const struct cfg_host *h;
	struct place_list *l;
	const char *how;
	struct config *c;

	(void)state;
	assert_int_equal(config_load_mem("t.yaml", "interface: srv\nhosts:\n"
	    "  a: { client-id: \"0x0102\" }\n  b: { client-id: box, circuit-id: ab }\n"
	    "  c: { circuit-id: box }\n", &c, NULL, NULL), 0);
	assert_int_equal(place_list_new(&c->top, &l), 0);
	place_of_agent((const uint8_t *)"\x01\x02" "ab", 4, &at);
	h = place_find(l, &at, &how);
	assert_string_equal(h->head.name, "b");
	assert_string_equal(how, "circuit-id");
	at.client = (const uint8_t *)"\x01\x02";
	at.client_len = 2;
	h = place_find(l, &at, &how);
	assert_string_equal(h->head.name, "a");
	assert_string_equal(how, "client-id");
	place_of_agent((const uint8_t *)"", 0, &at);
	at.client = (const uint8_t *)"box";
	at.client_len = 3;
	h = place_find(l, &at, &how);		/* and not c, whose port is called that */
	assert_string_equal(h->head.name, "b");
	at.client_len = 2;
	assert_null(place_find(l, &at, &how));
	place_list_free(l);
	config_unref(c);
}

static void
test_ids_are_text_or_hex(void **state)
{
	uint8_t id[255];
	const char *why;
	char text[600];

	(void)state;
	assert_int_equal(place_id("0xAbcD", id, &why), 2);
	assert_memory_equal(id, "\xab\xcd", 2);
	assert_int_equal(place_id("xyz", id, &why), 3);
	assert_int_equal(place_id("0x", id, &why), -EINVAL);
	assert_int_equal(place_id("", id, &why), -EINVAL);
	assert_string_equal(why, "must have 1 to 255 bytes");
	assert_int_equal(place_id("0xabc", id, &why), -EINVAL);
	assert_string_equal(why, "must be whole bytes in hex behind 0x");
	assert_int_equal(place_id("0xzz", id, &why), -EINVAL);
	memset(text, 'a', sizeof(text));
	text[255] = '\0';
	assert_int_equal(place_id(text, id, &why), 255);
	text[255] = 'a';
	text[256] = '\0';
	assert_int_equal(place_id(text, id, &why), -EINVAL);
	memset(text, 'a', sizeof(text));
	memcpy(text, "0x", 2);
	text[512] = '\0';
	assert_int_equal(place_id(text, id, &why), 255);
	text[512] = 'a';
	text[514] = '\0';
	assert_int_equal(place_id(text, id, &why), -EINVAL);
}

static char last_error[300];

static void
on_error(void *arg, const char *text)
{
	(void)arg;
	strncpy(last_error, text, sizeof(last_error) - 1);
}

static void
test_one_place_is_one_hosts(void **state)
{
	struct config *c;

	(void)state;
	assert_int_equal(config_load_mem("t.yaml", "interface: srv\nhosts:\n"
	    "  a: { circuit-id: \"0x6162\" }\n  b: { circuit-id: ab }\n", &c,
	    on_error, NULL), -EINVAL);
	assert_string_equal(last_error, "t.yaml:4:3: hosts.b: cannot be told from hosts.a: "
	    "the same circuit-id and remote-id");
	assert_int_equal(config_load_mem("t.yaml", "interface: srv\nhosts:\n"
	    "  a: { client-id: ab }\n  b: { client-id: \"0x6162\" }\n", &c,
	    on_error, NULL), -EINVAL);
	assert_string_equal(last_error, "t.yaml:4:3: hosts.b: cannot be told from hosts.a: "
	    "the same client-id");
	assert_int_equal(config_load_mem("t.yaml", "interface: srv\nhosts:\n"
	    "  a: { circuit-id: \"0x616\" }\n", &c, on_error, NULL), -EINVAL);
	assert_string_equal(last_error, "t.yaml:3:3: hosts.a.circuit-id: "
	    "must be whole bytes in hex behind 0x");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_host_is_where_it_is_plugged_in),
		cmocka_unit_test(test_a_client_identifier_says_more_than_its_place),
		cmocka_unit_test(test_ids_are_text_or_hex),
		cmocka_unit_test(test_one_place_is_one_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
