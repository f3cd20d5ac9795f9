/* The port mapper (RFC 1833). */
#include "nfs_client.h"

static uint32_t
getport(struct client *c, uint32_t prog, uint32_t vers, uint32_t prot)
{
	struct wr *w = cl_call(c, 100000, 2, 3);
	uint32_t port;
	struct rd r;

	wr_be32(w, prog);
	wr_be32(w, vers);
	wr_be32(w, prot);
	wr_be32(w, 0);
	r = cl_run(c);
	port = rd_be32(&r);
	cl_end(&r);
	return port;
}

static void
test_getport(void **state)
{
	struct client *c = *state;

	assert_int_equal(getport(c, 100003, 3, 17), 2049);
	assert_int_equal(getport(c, 100003, 2, 17), 2049);
	assert_int_equal(getport(c, 100003, 3, 6), 2049);
	assert_int_equal(getport(c, 100005, 3, 17), 2049);
	assert_int_equal(c->w->ctx.event.kind, EV_GETPORT);	/* what it asks for is told */
	assert_int_equal(c->w->ctx.event.total, 100005);
	assert_int_equal(getport(c, 100005, 1, 17), 2049);
	assert_int_equal(getport(c, 100000, 2, 6), 111);
	assert_int_equal(getport(c, 100021, 4, 17), 0);
	assert_int_equal(getport(c, 100003, 3, 132), 0);
}

/* The program itself then says which versions it has. */
static void
test_getport_of_another_version_gives_the_program(void **state)
{
	struct client *c = *state;

	assert_int_equal(getport(c, 100003, 4, 17), 2049);
	assert_int_equal(getport(c, 100003, 4, 6), 2049);
}

static void
test_dump(void **state)
{
	struct client *c = *state;
	bool nfs_tcp = false, mount1_udp = false;
	unsigned n = 0;
	struct rd r;

	(void)cl_call(c, 100000, 2, 4);
	r = cl_run(c);
	while (rd_be32(&r) == 1) {
		uint32_t m[4];

		for (int i = 0; i < 4; i++)
			m[i] = rd_be32(&r);
		nfs_tcp |= m[0] == 100003 && m[1] == 3 && m[2] == 6 && m[3] == 2049;
		mount1_udp |= m[0] == 100005 && m[1] == 1 && m[2] == 17 && m[3] == 2049;
		n++;
	}
	cl_end(&r);
	assert_true(nfs_tcp && mount1_udp);
	assert_int_equal(n, 16);
}

static void
test_set_and_unset_are_refused(void **state)
{
	struct client *c = *state;

	for (uint32_t proc = 1; proc <= 2; proc++) {
		struct wr *w = cl_call(c, 100000, 2, proc);
		struct rd r;

		for (int i = 0; i < 4; i++)
			wr_be32(w, 1);
		r = cl_run(c);
		assert_int_equal(rd_be32(&r), 0);
		cl_end(&r);
	}
	assert_int_equal(getport(c, 1, 1, 1), 0);
}

/* RFC 1833 section 3.1: silent when it was not done.  Nobody is to reach
 * NFS under our address by it. */
static void
test_callit_is_not_answered(void **state)
{
	struct client *c = *state;
	struct wr *w = cl_call(c, 100000, 2, 5);

	wr_be32(w, 100003);
	wr_be32(w, 3);
	wr_be32(w, 0);
	wr_be32(w, 0);
	(void)cl_send(c);
	assert_int_equal(c->rep_len, 0);
}

static void
put_rpcb(struct wr *w, uint32_t prog, uint32_t vers)
{
	wr_be32(w, prog);
	wr_be32(w, vers);
	put_str(w, "udp");
	put_str(w, "");
	put_str(w, "");
}

static void
expect_text(struct client *c, const char *want)
{
	struct rd r = cl_run(c);
	const uint8_t *p;
	uint32_t len;

	p = get_opaque(&r, &len);
	assert_int_equal(len, strlen(want));
	assert_memory_equal(p, want, len);
	cl_end(&r);
}

/* Section 2.2.1: universal addresses, of the address that was asked. */
static void
test_getaddr(void **state)
{
	struct client *c = *state;

	for (uint32_t vers = 3; vers <= 4; vers++) {
		put_rpcb(cl_call(c, 100000, vers, 3), 100003, 3);
		expect_text(c, "192.168.10.1.8.1");
		put_rpcb(cl_call(c, 100000, vers, 3), 100003, 4);
		expect_text(c, "192.168.10.1.8.1");
		put_rpcb(cl_call(c, 100000, vers, 3), 100021, 4);
		expect_text(c, "");
	}
	put_rpcb(cl_call(c, 100000, 4, 9), 100003, 3);
	expect_text(c, "192.168.10.1.8.1");
	put_rpcb(cl_call(c, 100000, 4, 9), 100003, 2);
	expect_text(c, "192.168.10.1.8.1");
	put_rpcb(cl_call(c, 100000, 4, 9), 100003, 4);	/* GETVERSADDR */
	expect_text(c, "");
	cl_truncate(c);
}

static void
test_dump_of_addresses(void **state)
{
	struct client *c = *state;
	unsigned n = 0;
	uint32_t len;
	struct rd r;

	(void)cl_call(c, 100000, 4, 4);
	r = cl_run(c);
	while (rd_be32(&r) == 1) {
		(void)rd_be32(&r);
		(void)rd_be32(&r);
		(void)get_opaque(&r, &len);
		assert_int_equal(len, 3);
		(void)get_opaque(&r, &len);
		(void)get_opaque(&r, &len);
		n++;
	}
	cl_end(&r);
	assert_int_equal(n, 16);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CL_TEST(test_getport),
		CL_TEST(test_getport_of_another_version_gives_the_program),
		CL_TEST(test_dump),
		CL_TEST(test_set_and_unset_are_refused),
		CL_TEST(test_callit_is_not_answered),
		CL_TEST(test_getaddr),
		CL_TEST(test_dump_of_addresses),
	};

	return cmocka_run_group_tests(tests, cl_setup, cl_teardown);
}
