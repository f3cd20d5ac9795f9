/* The header of a call, and of its replies (RFC 5531). */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../lib/wire.h"
#include "../../nfs/rpc_msg.h"

/* A call of FreeBSD's loader: GETPORT, AUTH_SYS uid 0, one group. */
static const uint32_t call_words[] = {
	7, 0, 2, 100000, 2, 3,
	1, 20, 0, 0, 0, 0, 0,		/* credential; no machine name */
	0, 0,				/* verifier */
	100005, 3, 17, 0,		/* arguments */
};
#define N_WORDS	(sizeof(call_words) / sizeof(call_words[0]))

/* Where the words of interest stand. */
enum { W_DIR = 1, W_RPCVERS = 2, W_FLAVOR = 6, W_CRED_LEN = 7, W_NAME_LEN = 9,
    W_N_GIDS = 12, W_VERF_LEN = 14 };

static size_t
bytes(const uint32_t *words, size_t n, uint8_t *buf, size_t cap)
{
	struct wr w = wr_init(buf, cap);

	for (size_t i = 0; i < n; i++)
		wr_be32(&w, words[i]);
	assert_int_equal(w.err, 0);
	return w.len;
}

static int
decode(const uint8_t *buf, size_t len, struct rpc_call *ret, size_t *ret_left)
{
	uint8_t *exact = malloc(len > 0 ? len : 1);
	XDR x;
	int r;

	memcpy(exact, buf, len);
	xdr_reader(&x, exact, len);
	r = rpc_call_decode(&x, ret);
	if (ret_left != NULL)
		*ret_left = xdr_room(&x);
	free(exact);
	return r;
}

/* The call above with one word changed. */
static int
decode_with(size_t word, uint32_t value, struct rpc_call *ret)
{
	uint32_t words[N_WORDS];
	uint8_t buf[256];
	size_t len;

	memcpy(words, call_words, sizeof(words));
	words[word] = value;
	len = bytes(words, N_WORDS, buf, sizeof(buf));
	return decode(buf, len, ret, NULL);
}

static void
test_reads_a_call(void **state)
{
	struct rpc_call call;
	uint8_t buf[256];
	size_t left;

	(void)state;
	assert_int_equal(decode(buf, bytes(call_words, N_WORDS, buf, sizeof(buf)),
	    &call, &left), 0);
	assert_int_equal(call.xid, 7);
	assert_int_equal(call.prog, 100000);
	assert_int_equal(call.vers, 2);
	assert_int_equal(call.proc, 3);
	assert_int_equal(call.cred.uid, 0);
	assert_int_equal(left, 16);
}

/* RFC 5531 appendix A. */
static void
test_reads_groups(void **state)
{
	static const uint32_t words[] = {
		1, 0, 2, 3, 4, 5,
		1, 36, 99, 4, 0x68657265, 1000, 1001, 3, 10, 20, 30,
		0, 0,
	};
	struct rpc_call call;
	uint8_t buf[128];

	(void)state;
	assert_int_equal(decode(buf, bytes(words, 19, buf, sizeof(buf)), &call,
	    NULL), 0);
	assert_int_equal(call.cred.uid, 1000);
	assert_int_equal(call.cred.gid, 1001);
	assert_int_equal(call.cred.n_gids, 3);
	assert_int_equal(call.cred.gids[2], 30);
}

static void
test_auth_none_is_nobody(void **state)
{
	static const uint32_t words[] = { 1, 0, 2, 3, 4, 5, 0, 0, 0, 0 };
	struct rpc_call call;
	uint8_t buf[64];

	(void)state;
	assert_int_equal(decode(buf, bytes(words, 10, buf, sizeof(buf)), &call,
	    NULL), 0);
	assert_int_equal(call.cred.uid, 65534);
	assert_int_equal(call.cred.gid, 65534);
	assert_int_equal(call.cred.n_gids, 0);
}

static void
test_refuses_bad_credentials(void **state)
{
	struct rpc_call call;

	(void)state;
	/* 17 groups; a name longer than the credential; words behind it */
	assert_int_equal(decode_with(W_N_GIDS, 17, &call), -EACCES);
	assert_int_equal(call.auth, AUTH_BADCRED);
	assert_int_equal(call.xid, 7);
	assert_int_equal(decode_with(W_NAME_LEN, 200, &call), -EACCES);
	assert_int_equal(decode_with(W_NAME_LEN, 0xffffffff, &call), -EACCES);
	assert_int_equal(decode_with(W_CRED_LEN, 16, &call), -EACCES);
	assert_int_equal(call.auth, AUTH_BADCRED);
	/* RPCSEC_GSS, AUTH_SHORT */
	assert_int_equal(decode_with(W_FLAVOR, 6, &call), -EACCES);
	assert_int_equal(call.auth, AUTH_REJECTEDCRED);
	assert_int_equal(decode_with(W_FLAVOR, 2, &call), -EACCES);
}

static void
test_ignores_what_is_no_call(void **state)
{
	struct rpc_call call;

	(void)state;
	assert_int_equal(decode_with(W_DIR, 1, &call), -EBADMSG);
	assert_int_equal(decode_with(W_DIR, 2, &call), -EBADMSG);
	/* More than 400 bytes, RFC 5531 section 8.2; more than there are */
	assert_int_equal(decode_with(W_CRED_LEN, 401, &call), -EBADMSG);
	assert_int_equal(decode_with(W_VERF_LEN, 0xfffffffc, &call), -EBADMSG);
	assert_int_equal(decode_with(W_VERF_LEN, 0xffffffff, &call), -EBADMSG);
}

static void
test_tells_another_rpc_version(void **state)
{
	struct rpc_call call;

	(void)state;
	assert_int_equal(decode_with(W_RPCVERS, 3, &call), -EPROTONOSUPPORT);
	assert_int_equal(call.xid, 7);
}

static void
test_survives_every_truncation(void **state)
{
	struct rpc_call call;
	uint8_t buf[256];
	size_t len;

	(void)state;
	len = bytes(call_words, N_WORDS - 4, buf, sizeof(buf));
	assert_int_equal(decode(buf, len, &call, NULL), 0);
	for (size_t n = 0; n < len; n++)
		assert_int_equal(decode(buf, n, &call, NULL), -EBADMSG);
}

/* RFC 5531 section 9; each reply word by word. */
static void
check_words(XDR *x, const uint8_t *buf, const uint32_t *want, size_t n)
{
	struct rd r = rd_init(buf, xdr_getpos(x));

	assert_int_equal(xdr_getpos(x), 4 * n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(rd_be32(&r), want[i]);
}

static void
test_writes_replies(void **state)
{
	static const uint32_t garbage[] = { 9, 1, 0, 0, 0, 4 };
	static const uint32_t range[] = { 9, 1, 0, 0, 0, 2, 1, 3 };
	static const uint32_t rpcvers[] = { 9, 1, 1, 0, 2, 2 };
	static const uint32_t weak[] = { 9, 1, 1, 1, 5 };
	uint8_t buf[64];
	XDR x;

	(void)state;
	xdr_writer(&x, buf, sizeof(buf));
	assert_true(rpc_put_accepted(&x, 9, GARBAGE_ARGS));
	check_words(&x, buf, garbage, 6);
	xdr_writer(&x, buf, sizeof(buf));
	assert_true(rpc_put_prog_mismatch(&x, 9, 1, 3));
	check_words(&x, buf, range, 8);
	xdr_writer(&x, buf, sizeof(buf));
	assert_true(rpc_put_mismatch(&x, 9));
	check_words(&x, buf, rpcvers, 6);
	xdr_writer(&x, buf, sizeof(buf));
	assert_true(rpc_put_auth_error(&x, 9, AUTH_TOOWEAK));
	check_words(&x, buf, weak, 5);
}

static void
test_a_reply_that_does_not_fit_is_an_error(void **state)
{
	uint8_t buf[20];
	XDR x;

	(void)state;
	xdr_writer(&x, buf, sizeof(buf));
	assert_false(rpc_put_accepted(&x, 9, SUCCESS));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_a_call),
		cmocka_unit_test(test_reads_groups),
		cmocka_unit_test(test_auth_none_is_nobody),
		cmocka_unit_test(test_refuses_bad_credentials),
		cmocka_unit_test(test_ignores_what_is_no_call),
		cmocka_unit_test(test_tells_another_rpc_version),
		cmocka_unit_test(test_survives_every_truncation),
		cmocka_unit_test(test_writes_replies),
		cmocka_unit_test(test_a_reply_that_does_not_fit_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
