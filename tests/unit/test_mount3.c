/* MOUNT, versions 1 and 3 (RFC 1813 appendix I, RFC 1094 appendix A). */
#include "nfs_client.h"

enum { NOENT = 2, ACCES = 13, NOTDIR = 20, INVAL = 22 };

static void
expect_mnt(struct client *c, const char *path, uint32_t status)
{
	struct rd r;

	put_str(cl_call(c, 100005, 3, 1), path);
	r = cl_expect(c, status);
	if (status != 0)
		cl_end(&r);
}

static void
test_mounts_a_tree(void **state)
{
	struct client *c = *state;
	struct fh a = cl_mount(c, "/debian"), b = cl_mount(c, "/debian/");

	assert_int_equal(a.len, 32);
	assert_memory_equal(a.b, b.b, 32);
	b = cl_mount(c, "/debian/etc");
	assert_memory_not_equal(a.b, b.b, 32);
}

static void
test_mounts_an_installation(void **state)
{
	struct client *c = *state;
	struct fh a, b;

	c->w->ctx.peer = W_UNKNOWN;	/* the token is enough */
	a = cl_mount(c, "/.provd/" W_TOKEN "/root");
	b = cl_mount(c, "/.provd/" W_TOKEN);
	assert_memory_not_equal(a.b, b.b, 32);
	assert_true(c->w->ctx.has_event);
	assert_int_equal(c->w->ctx.event.kind, EV_MOUNT);
	assert_int_equal(c->w->ctx.event.inst, W_INST);
}

static void
test_refusals(void **state)
{
	struct client *c = *state;
	struct rd r;

	expect_mnt(c, "/elsewhere", NOENT);
	expect_mnt(c, "", NOENT);
	expect_mnt(c, "/debian/nothing", NOENT);
	expect_mnt(c, "/debian/etc/motd", NOTDIR);
	expect_mnt(c, "/.provd/ffffffffffffffffffffffffffffffff/root", NOENT);
	assert_int_equal(c->w->ctx.event.kind, EV_MOUNT_FAIL);
	assert_int_equal(c->w->ctx.event.cause, EC_NOT_FOUND);
	put_opaque(cl_call(c, 100005, 3, 1), "/debian\0/x", 10);
	r = cl_expect(c, INVAL);
	cl_end(&r);
	c->w->ctx.peer = W_UNKNOWN;
	expect_mnt(c, "/debian", ACCES);
	assert_int_equal(c->w->ctx.event.cause, EC_DENIED);
	assert_string_equal(c->w->ctx.event.text, "/debian: access denied");
}

/* MNTPATHLEN is 1024. */
static void
test_a_path_that_is_too_long_is_garbage(void **state)
{
	struct client *c = *state;
	char path[1026];
	struct rd r;

	memset(path, 'x', sizeof(path));
	path[1025] = '\0';
	put_str(cl_call(c, 100005, 3, 1), path);
	r = cl_send(c);
	(void)rd_take(&r, 20);
	assert_int_equal(rd_be32(&r), 4);
	path[1024] = '\0';
	expect_mnt(c, path, NOENT);
}

/* A handle of 32 bytes, without its length, for deeper paths too. */
static void
test_versions_1_and_2(void **state)
{
	struct client *c = *state;
	struct fh root = cl_root(c);
	struct rd r;

	put_str(cl_call(c, 100005, 1, 1), "/debian");
	r = cl_expect(c, 0);
	assert_memory_equal(rd_take(&r, 32), root.b, 32);
	cl_end(&r);
	put_str(cl_call(c, 100005, 1, 1), "/debian/nothing");
	r = cl_expect(c, NOENT);
	cl_end(&r);
	put_str(cl_call(c, 100005, 1, 1), "/debian/deep/2/3/4/5/6/7/8/9");
	r = cl_expect(c, 0);
	assert_non_null(rd_take(&r, 32));
	cl_end(&r);
	assert_int_equal(cl_mount(c, "/debian/deep/2/3/4/5/6/7/8/9").len, 64);
	put_str(cl_call(c, 100005, 2, 1), "/debian");
	r = cl_expect(c, 0);
	assert_memory_equal(rd_take(&r, 32), root.b, 32);
	cl_end(&r);
	cl_truncate(c);
}

static unsigned
dump(struct client *c, char *last_host, char *last_path)
{
	unsigned n = 0;
	struct rd r;

	(void)cl_call(c, 100005, 3, 2);
	r = cl_run(c);
	while (rd_be32(&r) == 1) {
		get_text(&r, last_host, 64);
		get_text(&r, last_path, 64);
		n++;
	}
	cl_end(&r);
	return n;
}

static void
test_the_list_of_mounts(void **state)
{
	struct client *c = *state;
	char host[64] = "", path[64] = "";
	struct rd r;

	mount_list_del(c->w->env.mounts, W_UNKNOWN, NULL);
	(void)cl_mount(c, "/debian/boot");
	(void)cl_call(c, 100005, 3, 4);		/* UMNTALL */
	r = cl_run(c);
	cl_end(&r);
	assert_int_equal(dump(c, host, path), 0);
	(void)cl_mount(c, "/debian");
	(void)cl_mount(c, "/debian");		/* the loader: at every open */
	(void)cl_mount(c, "/debian/etc");
	assert_int_equal(dump(c, host, path), 2);
	assert_string_equal(host, "192.168.10.32");
	assert_string_equal(path, "/debian/etc");
	put_str(cl_call(c, 100005, 3, 3), "/debian/etc");	/* UMNT */
	r = cl_run(c);
	cl_end(&r);
	assert_int_equal(dump(c, host, path), 1);
	assert_string_equal(path, "/debian");
}

static void
test_the_list_is_bounded(void **state)
{
	struct client *c = *state;
	char host[64], path[64];

	for (uint32_t i = 0; i < 1000; i++)
		mount_list_add(c->w->env.mounts, i, "/debian");
	assert_int_equal(dump(c, host, path), MOUNT_LIST_MAX);
	assert_string_equal(host, "0.0.3.231");		/* the newest: 999 */
	/* What does not fit the reply is left out, whole entries. */
	c->cap = RPC_REPLY_MIN;
	assert_in_range(dump(c, host, path), 20, MOUNT_LIST_MAX - 1);
}

static void
test_exports(void **state)
{
	struct client *c = *state;
	const uint8_t *p;
	uint32_t len;
	struct rd r;

	(void)cl_call(c, 100005, 3, 5);
	r = cl_run(c);
	assert_int_equal(rd_be32(&r), 1);
	p = get_opaque(&r, &len);
	assert_int_equal(len, 7);
	assert_memory_equal(p, "/debian", 7);
	assert_int_equal(rd_be32(&r), 1);	/* a group: not for everybody */
	(void)get_opaque(&r, &len);
	assert_int_equal(rd_be32(&r), 0);
	assert_int_equal(rd_be32(&r), 0);
	cl_end(&r);

	c->w->snap->tree[0].clients = 1;	/* any */
	(void)cl_call(c, 100005, 1, 5);
	r = cl_run(c);
	assert_int_equal(rd_be32(&r), 1);
	(void)get_opaque(&r, &len);
	assert_int_equal(rd_be32(&r), 0);	/* no groups */
	assert_int_equal(rd_be32(&r), 0);
	cl_end(&r);

	c->w->snap->tree[0].clients = 2;	/* none */
	(void)cl_call(c, 100005, 3, 5);
	r = cl_run(c);
	assert_int_equal(rd_be32(&r), 0);
	cl_end(&r);
	c->w->snap->tree[0].clients = 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CL_TEST(test_mounts_a_tree),
		CL_TEST(test_mounts_an_installation),
		CL_TEST(test_refusals),
		CL_TEST(test_a_path_that_is_too_long_is_garbage),
		CL_TEST(test_versions_1_and_2),
		CL_TEST(test_the_list_of_mounts),
		CL_TEST(test_the_list_is_bounded),
		CL_TEST(test_exports),
	};

	return cmocka_run_group_tests(tests, cl_setup, cl_teardown);
}
