/* Calls to programs, versions and procedures that there are or are not, and
 * what real clients sent (tests/golden/nfs). */
#include <stdio.h>

#include "nfs_client.h"

static void
expect_words(struct rd r, const uint32_t *want, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_int_equal(rd_be32(&r), want[i]);
	cl_end(&r);
}

/* RFC 5531 section 9. */
static void
test_says_what_is_not_served(void **state)
{
	static const uint32_t unavail[] = { CL_XID, 1, 0, 0, 0, 1 };
	static const uint32_t nfs_range[] = { CL_XID, 1, 0, 0, 0, 2, 2, 3 };
	static const uint32_t mount_range[] = { CL_XID, 1, 0, 0, 0, 2, 1, 3 };
	static const uint32_t no_proc[] = { CL_XID, 1, 0, 0, 0, 3 };
	struct client *c = *state;

	(void)cl_call(c, 100021, 4, 0);		/* NLM */
	expect_words(cl_send(c), unavail, 6);
	(void)cl_call(c, 100003, 4, 0);		/* what mount.nfs asks first */
	expect_words(cl_send(c), nfs_range, 8);
	(void)cl_call(c, 100005, 4, 0);
	expect_words(cl_send(c), mount_range, 8);
	(void)cl_call(c, 100003, 3, 22);
	expect_words(cl_send(c), no_proc, 6);
	(void)cl_call(c, 100003, 3, 0xffffffff);
	expect_words(cl_send(c), no_proc, 6);
	(void)cl_call(c, 100000, 4, 6);		/* GETTIME: known, not served */
	expect_words(cl_send(c), no_proc, 6);
}

static void
test_null_of_every_program(void **state)
{
	static const uint32_t pv[][2] = { { 100003, 2 }, { 100003, 3 }, { 100005, 1 },
	    { 100005, 2 }, { 100005, 3 }, { 100000, 2 }, { 100000, 3 },
	    { 100000, 4 } };
	struct client *c = *state;
	struct rd r;

	for (size_t i = 0; i < sizeof(pv) / sizeof(pv[0]); i++) {
		(void)cl_call(c, pv[i][0], pv[i][1], 0);
		r = cl_run(c);
		cl_end(&r);
	}
}

static void
test_garbage_arguments(void **state)
{
	static const uint32_t garbage[] = { CL_XID, 1, 0, 0, 0, 4 };
	struct client *c = *state;
	struct wr *w;

	(void)cl_call(c, 100003, 3, 1);		/* no handle at all */
	expect_words(cl_send(c), garbage, 6);
	w = cl_call(c, 100003, 3, 1);		/* longer than NFS3_FHSIZE */
	wr_be32(w, 65);
	wr_bytes(w, c->rep, 68);
	expect_words(cl_send(c), garbage, 6);
}

static void
test_credentials_that_are_refused(void **state)
{
	static const uint32_t rejected[] = { CL_XID, 1, 1, 1, 2 };
	struct client *c = *state;

	(void)cl_call(c, 100003, 3, 0);
	c->req[27] = 6;				/* RPCSEC_GSS */
	expect_words(cl_send(c), rejected, 5);
}

static void
test_another_rpc_version(void **state)
{
	static const uint32_t mismatch[] = { CL_XID, 1, 1, 0, 2, 2 };
	struct client *c = *state;

	(void)cl_call(c, 100003, 3, 0);
	c->req[11] = 1;
	expect_words(cl_send(c), mismatch, 6);
}

static void
test_silent_for_what_is_no_call(void **state)
{
	struct client *c = *state;

	(void)cl_call(c, 100003, 3, 0);
	c->req[7] = 1;				/* REPLY */
	(void)cl_send(c);
	assert_int_equal(c->rep_len, 0);
}

/* Whatever is sent, with whatever room for the answer. */
static void
test_every_truncation_of_every_captured_call(void **state)
{
	static const char *const files[] = {
		"freebsd10-bios-pxeboot", "freebsd10-kernel-nfs-tcp-calls",
		"freebsd15-bios-kenv-by-dhcp", "freebsd15-bios-pxeboot",
		"freebsd15-uefi-edk2-loader", "freebsd15-uefi-ipxe-loader",
	};
	struct client *c = *state;
	uint8_t head[4];
	char path[128];
	size_t calls = 0;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		FILE *f;

		(void)snprintf(path, sizeof(path), "tests/golden/nfs/%s.rpc",
		    files[i]);
		assert_non_null(f = fopen(path, "rb"));
		while (fread(head, 1, 4, f) == 4) {
			size_t len = (size_t)head[2] << 8 | head[3];
			struct rd r;

			assert_int_equal(head[0], 0x80);
			c->call = wr_init(c->req, sizeof(c->req));
			assert_int_equal(fread(wr_space(&c->call, len), 1, len, f),
			    len);
			/* Whole: accepted, and its arguments understood. */
			r = cl_send(c);
			(void)rd_be32(&r);
			assert_int_equal(rd_be32(&r), 1);
			assert_int_equal(rd_be32(&r), 0);
			assert_int_equal(rd_be32(&r), 0);
			assert_int_equal(rd_be32(&r), 0);
			assert_int_equal(rd_be32(&r), 0);
			assert_int_equal(r.err, 0);
			cl_truncate(c);
			calls++;
		}
		(void)fclose(f);
	}
	assert_true(calls > 200);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CL_TEST(test_says_what_is_not_served),
		CL_TEST(test_null_of_every_program),
		CL_TEST(test_garbage_arguments),
		CL_TEST(test_credentials_that_are_refused),
		CL_TEST(test_another_rpc_version),
		CL_TEST(test_silent_for_what_is_no_call),
		CL_TEST(test_every_truncation_of_every_captured_call),
	};

	return cmocka_run_group_tests(tests, cl_setup, cl_teardown);
}
