/* OMAPI: messages, signatures, and the conversation with a dhcpd. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../handover/omapi_talk.h"

static void
hex(const char *s, uint8_t *ret)
{
	for (size_t i = 0; s[2 * i] != '\0'; i++) {
		unsigned v;

		assert_int_equal(sscanf(s + 2 * i, "%2x", &v), 1);
		ret[i] = (uint8_t)v;
	}
}

/* RFC 2202 section 2 and RFC 4231 section 4. */
static void
test_hmac_is_that_of_the_rfcs(void **state)
{
	uint8_t key[131], want[HMAC_MAX], got[HMAC_MAX];

	(void)state;
	memset(key, 0x0b, 20);
	hex("9294727a3638bb1c13f48ef8158bfc9d", want);
	assert_int_equal(hmac(HMAC_MD5, key, 16, (const uint8_t *)"Hi There", 8, got), 16);
	assert_memory_equal(got, want, 16);
	hex("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7", want);
	assert_int_equal(hmac(HMAC_SHA256, key, 20, (const uint8_t *)"Hi There", 8, got), 32);
	assert_memory_equal(got, want, 32);
	/* Keys longer than a block. */
	memset(key, 0xaa, sizeof(key));
	hex("6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd", want);
	(void)hmac(HMAC_MD5, key, 80, (const uint8_t *)"Test Using Larger Than Block-Size Key - Hash Key First",
	    54, got);
	assert_memory_equal(got, want, 16);
	hex("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54", want);
	(void)hmac(HMAC_SHA256, key, 131, (const uint8_t *)
	    "Test Using Larger Than Block-Size Key - Hash Key First", 54, got);
	assert_memory_equal(got, want, 32);
}

static const struct omapi_key key = { .name = "k", .alg = HMAC_MD5, .secret = "secret", .len = 6 };

static void
test_a_message_comes_back_and_no_part_of_it_does(void **state)
{
	struct omapi_msg m = { .authid = 7, .opcode = OMAPI_OPEN, .handle = 3, .id = 9, .rid = 1 }, got;
	struct buf b = { 0 };
	uint8_t num[4];
	size_t used = 0;

	(void)state;
	omapi_add_str(&m.msg, "type", "host");
	omapi_add_u32(&m.msg, "create", 0x01020304, num);
	omapi_add_str(&m.obj, "name", "");
	omapi_put(&b, &m, &key);
	assert_int_equal(b.err, 0);
	for (size_t n = 0; n < b.len; n++) {
		uint8_t *exact = malloc(n + 1);

		exact = realloc(exact, n + (n == 0));
		memcpy(exact, b.p, n);
		assert_int_equal(omapi_get(exact, n, &key, &got, &used), -EAGAIN);
		free(exact);
	}
	assert_int_equal(omapi_get((uint8_t *)b.p, b.len, &key, &got, &used), 0);
	assert_int_equal(used, b.len);
	assert_int_equal(got.handle, 3);
	assert_int_equal(got.id, 9);
	assert_int_equal(got.rid, 1);
	assert_int_equal(omapi_u32(&got.msg, "create", 0), 0x01020304);
	assert_int_equal(omapi_u32(&got.obj, "name", 5), 5);
	assert_int_equal(omapi_find(&got.msg, "type")->len, 4);
	assert_int_equal(omapi_find(&got.obj, "name")->len, 0);
	assert_null(omapi_find(&got.obj, "nam"));
	/* Any bit that is signed counts; the authenticator's id is not. */
	for (size_t i = 8; i < b.len; i++) {
		int r;

		b.p[i] ^= 1;
		r = omapi_get((uint8_t *)b.p, b.len, &key, &got, &used);
		assert_true(r < 0);
		b.p[i] ^= 1;
	}
	/* Nothing is believed without a key. */
	assert_int_equal(omapi_get((uint8_t *)b.p, b.len, NULL, &got, &used), -EPERM);
	buf_free(&b);
}

static void
test_secrets_stand_alone_or_in_a_key_statement(void **state)
{
	static const struct { const char *text; const char *want; } t[] = {
		{ "c2VjcmV0", "secret" }, { " c2VjcmV0\r\n", "secret" }, { "c2VjcmU=\n", "secre" },
		{ "key provd { algorithm hmac-md5; secret \"c2VjcmV0\"; };\n", "secret" },
		{ "key \"provd\" {\n\tsecret c2VjcmV0;\n}", "secret" },
		{ "", NULL }, { "!", NULL }, { "c2Vj cmV0", NULL }, { "secret", NULL },
		{ "key x { secret \"\"; }", NULL }, { "key x { secret \"c2Vj", NULL },
	};
	char longest[400];
	struct omapi_key k;

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		int r = omapi_secret(t[i].text, strlen(t[i].text), &k);

		if (t[i].want == NULL) {
			assert_int_equal(r, -EINVAL);
			continue;
		}
		assert_int_equal(r, 0);
		assert_int_equal(k.len, strlen(t[i].want));
		assert_memory_equal(k.secret, t[i].want, k.len);
	}
	memset(longest, 'A', sizeof(longest));
	assert_int_equal(omapi_secret(longest, sizeof(longest), &k), -EINVAL);
}

/* A dhcpd that answers by the book. */

struct fake {
	struct omapi_talk t;
	struct buf	 out;		/* what provd said */
	struct omapi_msg m;		/* the last of it */
};

static const struct handover_job job = { .name = "web1", .hostname = "web1.example.org", .n_mac = 2,
	.mac = { { { 2, 0, 0, 0, 0, 1 } }, { { 2, 0, 0, 0, 0, 2 } } }, .addr = 0x0a000005 };

static void
heard(struct fake *f)
{
	size_t used = 0;

	assert_int_equal(omapi_get((uint8_t *)f->out.p, f->out.len, &key, &f->m, &used), 0);
	assert_int_equal(used, f->out.len);
}

/* The answer in two parts, for streams cut where they like. */
static enum talk
say(struct fake *f, uint32_t opcode, uint32_t handle, uint32_t result, bool sign)
{
	struct omapi_msg m = { .opcode = opcode, .handle = handle, .rid = f->m.id, .id = 77,
	    .authid = sign ? f->t.authid : 0 };
	struct buf b = { 0 };
	uint8_t num[4];
	size_t used = 0;
	enum talk r;

	if (opcode == OMAPI_STATUS)
		omapi_add_u32(&m.msg, "result", result, num);
	omapi_put(&b, &m, &key);
	buf_free(&f->out);
	assert_int_equal(omapi_talk_input(&f->t, (uint8_t *)b.p, b.len / 2, &used, &f->out), TALK_MORE);
	assert_int_equal(used, 0);
	r = omapi_talk_input(&f->t, (uint8_t *)b.p, b.len, &used, &f->out);
	if (r != TALK_FAILED)
		assert_int_equal(used, b.len);
	buf_free(&b);
	if (r == TALK_MORE)
		heard(f);
	return r;
}

static void
meet(struct fake *f)
{
	struct buf b = { 0 };
	size_t used;

	memset(f, 0, sizeof(*f));
	omapi_talk_begin(&f->t, &key, &job, 100, &f->out);
	assert_int_equal(f->out.len, OMAPI_STARTUP);
	buf_free(&f->out);
	omapi_put_startup(&b);
	assert_int_equal(omapi_talk_input(&f->t, (uint8_t *)b.p, b.len, &used, &f->out), TALK_MORE);
	assert_int_equal(used, OMAPI_STARTUP);
	buf_free(&b);
	heard(f);
	assert_int_equal(f->m.opcode, OMAPI_OPEN);
	assert_int_equal(f->m.authid, 0);
	assert_memory_equal(omapi_find(&f->m.obj, "algorithm")->p, "hmac-md5.SIG-ALG.REG.INT.", 25);
	assert_int_equal(say(f, OMAPI_UPDATE, 55, 0, false), TALK_MORE);
	/* Signed from here on; a host with the first MAC is looked for. */
	assert_int_equal(f->m.authid, 55);
	assert_memory_equal(omapi_find(&f->m.obj, "hardware-address")->p, job.mac[0].b, 6);
	assert_null(omapi_find(&f->m.msg, "create"));
}

static void
test_one_is_updated_and_one_created(void **state)
{
	struct fake f;

	(void)state;
	meet(&f);
	assert_int_equal(say(&f, OMAPI_UPDATE, 9, 0, true), TALK_MORE);	/* found */
	assert_int_equal(f.m.opcode, OMAPI_UPDATE);
	assert_int_equal(f.m.handle, 9);
	assert_int_equal(f.m.obj.n, 1);
	assert_memory_equal(omapi_find(&f.m.obj, "ip-address")->p, "\x0a\0\0\x05", 4);
	assert_int_equal(say(&f, OMAPI_STATUS, 0, 0, true), TALK_MORE);
	assert_memory_equal(omapi_find(&f.m.obj, "hardware-address")->p, job.mac[1].b, 6);
	assert_int_equal(say(&f, OMAPI_STATUS, 0, 23, true), TALK_MORE);	/* not found */
	assert_int_equal(omapi_u32(&f.m.msg, "create", 0), 1);
	assert_memory_equal(omapi_find(&f.m.obj, "name")->p, "web1-2", 6);
	/* That name is taken. */
	assert_int_equal(say(&f, OMAPI_STATUS, 0, 18, true), TALK_MORE);
	assert_memory_equal(omapi_find(&f.m.obj, "name")->p, "web1-02-00-00-00-00-02", 22);
	assert_int_equal(say(&f, OMAPI_UPDATE, 10, 0, true), TALK_DONE);
	assert_int_equal(f.t.updated, 1);
	assert_int_equal(f.t.created, 1);
	buf_free(&f.out);
}

static void
test_refusals_are_told_apart(void **state)
{
	struct fake f;
	size_t used;

	(void)state;
	meet(&f);
	assert_int_equal(say(&f, OMAPI_STATUS, 0, 6 << 16 | 11, true), TALK_FAILED);
	assert_non_null(strstr(f.t.why, "secret in key-file"));
	meet(&f);
	assert_int_equal(say(&f, OMAPI_STATUS, 0, 1, true), TALK_FAILED);
	assert_non_null(strstr(f.t.why, "result 1"));
	buf_free(&f.out);
	memset(&f, 0, sizeof(f));
	omapi_talk_begin(&f.t, &key, &job, 0, &f.out);
	assert_int_equal(omapi_talk_input(&f.t, (const uint8_t *)"HTTP/1.1", 8, &used, &f.out), TALK_FAILED);
	assert_non_null(strstr(f.t.why, "does not speak OMAPI"));
	buf_free(&f.out);
}

/* Whoever sits between the two has no key. */
static void
test_what_is_not_signed_is_not_believed(void **state)
{
	struct fake f;

	(void)state;
	meet(&f);
	assert_int_equal(say(&f, OMAPI_UPDATE, 9, 0, false), TALK_FAILED);	/* found */
	assert_non_null(strstr(f.t.why, "not signed"));
	meet(&f);
	assert_int_equal(say(&f, OMAPI_STATUS, 0, 23, false), TALK_FAILED);	/* not found */
	meet(&f);
	assert_int_equal(say(&f, OMAPI_UPDATE, 9, 0, true), TALK_MORE);
	assert_int_equal(say(&f, OMAPI_STATUS, 0, 0, false), TALK_FAILED);	/* done */
	assert_int_equal(f.t.updated, 0);
	meet(&f);
	assert_int_equal(say(&f, OMAPI_STATUS, 0, 6 << 16 | 11, false), TALK_FAILED);
	assert_non_null(strstr(f.t.why, "secret in key-file"));
	buf_free(&f.out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hmac_is_that_of_the_rfcs),
		cmocka_unit_test(test_a_message_comes_back_and_no_part_of_it_does),
		cmocka_unit_test(test_secrets_stand_alone_or_in_a_key_statement),
		cmocka_unit_test(test_one_is_updated_and_one_created),
		cmocka_unit_test(test_refusals_are_told_apart),
		cmocka_unit_test(test_what_is_not_signed_is_not_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
