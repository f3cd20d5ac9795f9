/* Giving up root.  Every case in a process of its own; most need real root. */
#include <sys/capability.h>
#include <sys/prctl.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../lib/os.h"
#include "child.h"

#define USER	"nobody"
#define SECRET	"/etc/shadow"

static bool
has(cap_value_t cap)
{
	cap_t all = cap_get_proc();
	cap_flag_value_t on = CAP_CLEAR;

	if (all != NULL && cap_get_flag(all, cap, CAP_EFFECTIVE, &on) == -1)
		on = CAP_CLEAR;
	(void)cap_free(all);
	return on == CAP_SET;
}

static bool
may_read(const char *path)
{
	int fd = open(path, O_RDONLY);

	if (fd != -1)
		(void)close(fd);
	return fd != -1;
}

/* Root with everything, and somebody else to become? */
static bool
full_root(void)
{
	return geteuid() == 0 && getpwnam(USER) != NULL && has(CAP_SETUID) &&
	    has(CAP_SETGID) && has(CAP_NET_RAW) && has(CAP_DAC_READ_SEARCH) &&
	    has(CAP_SYS_ADMIN);
}

static const gid_t root_groups[2] = { 0, 4 };

static int
becomes_the_user(void)
{
	const struct passwd *pw;
	const char *why = NULL;
	struct os_udp_opt opt = { 0 };
	int fd, n;
	gid_t group[8];

	if (!full_root() || setgroups(2, root_groups) == -1)
		return CHILD_SKIP;
	CHECK(os_drop(USER, false, &why) == 0);
	CHECK((pw = getpwnam(USER)) != NULL);
	CHECK(getuid() == pw->pw_uid && geteuid() == pw->pw_uid);
	CHECK(getgid() == pw->pw_gid && getegid() == pw->pw_gid);
	CHECK((n = getgroups(8, group)) >= 0);
	while (n-- > 0)
		CHECK(group[n] != root_groups[0] && group[n] != root_groups[1]);
	CHECK(setuid(0) == -1);
	CHECK(has(CAP_NET_BIND_SERVICE) && has(CAP_NET_RAW));
	CHECK(!has(CAP_DAC_READ_SEARCH) && !has(CAP_SYS_ADMIN));
	CHECK(!has(CAP_SETUID) && !has(CAP_DAC_OVERRIDE));
	CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
	CHECK(prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN, 0, 0, 0) == 0);
	CHECK(!may_read(SECRET));
	/* What it was kept for works. */
	CHECK(os_udp(0x7f000001, 731, &opt, &fd) == 0);
	CHECK(os_raw_open("lo", &fd) == 0);
	/* Again is nothing. */
	CHECK(os_drop("root", true, &why) == 0 && getuid() == pw->pw_uid);
	return 0;
}

static int
may_read_all(void)
{
	const char *why = NULL;

	if (!full_root() || !may_read(SECRET))
		return CHILD_SKIP;
	CHECK(os_drop(USER, true, &why) == 0);
	CHECK(has(CAP_DAC_READ_SEARCH) && !has(CAP_DAC_OVERRIDE));
	CHECK(may_read(SECRET));
	return 0;
}

static int
root_stays_root(void)
{
	const char *why = NULL;

	if (!full_root())
		return CHILD_SKIP;
	CHECK(os_drop("root", false, &why) == 0);
	CHECK(geteuid() == 0);
	CHECK(has(CAP_NET_RAW) && !has(CAP_DAC_OVERRIDE) && !has(CAP_SYS_ADMIN));
	CHECK(!has(CAP_SETUID));
	return 0;
}

static int
unknown_user(void)
{
	const char *why = NULL;

	if (geteuid() != 0)
		return CHILD_SKIP;
	CHECK(os_drop("no-such-user", false, &why) == -ENOENT);
	CHECK(why != NULL && geteuid() == 0);
	return 0;
}

/* setgroups(2) is denied here and there is nobody but root. */
static int
user_namespace(void)
{
	const char *why = NULL;

	if (!child_unshare(0))
		return CHILD_SKIP;
	CHECK(geteuid() == 0);
	CHECK(os_drop(USER, false, &why) < 0);
	CHECK(why != NULL);
	CHECK(os_drop("root", false, &why) == 0);
	CHECK(has(CAP_NET_BIND_SERVICE) && !has(CAP_SYS_ADMIN));
	return 0;
}

static int
not_root(void)
{
	const char *why = NULL;
	uid_t uid;

	if (geteuid() == 0 && setresuid(65534, 65534, 65534) == -1)
		return CHILD_SKIP;
	uid = geteuid();
	CHECK(os_drop("no-such-user", true, &why) == 0);
	CHECK(why == NULL && geteuid() == uid);
	return 0;
}

static void
in_child(int (*fn)(void))
{
	int r = child_run(fn);

	if (r == CHILD_SKIP)
		skip();
	assert_int_equal(r, 0);
}

#define IN_CHILD(name, fn) static void name(void **state) { (void)state; in_child(fn); }

IN_CHILD(test_becomes_the_user_and_keeps_two_rights, becomes_the_user)
IN_CHILD(test_read_all_keeps_a_third, may_read_all)
IN_CHILD(test_root_stays_root_without_the_rest, root_stays_root)
IN_CHILD(test_an_unknown_user_is_told, unknown_user)
IN_CHILD(test_root_of_a_user_namespace_is_enough, user_namespace)
IN_CHILD(test_without_root_nothing_is_done, not_root)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_becomes_the_user_and_keeps_two_rights),
		cmocka_unit_test(test_read_all_keeps_a_third),
		cmocka_unit_test(test_root_stays_root_without_the_rest),
		cmocka_unit_test(test_an_unknown_user_is_told),
		cmocka_unit_test(test_root_of_a_user_namespace_is_enough),
		cmocka_unit_test(test_without_root_nothing_is_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
