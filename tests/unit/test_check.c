/* test_check.c - texts that are fit for a script, an fstab, a passwd file. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../profiles/check.h"

#define YES(f, ...)	all(f, true, (const char *const[]){ __VA_ARGS__, NULL })
#define NO(f, ...)	all(f, false, (const char *const[]){ __VA_ARGS__, NULL })

static void
all(bool (*f)(const char *), bool want, const char *const *s)
{
	for (; *s != NULL; s++)
		if (f(*s) != want)
			fail_msg("\"%s\" is %s", *s, want ? "refused" : "taken");
}

static void
test_names(void **state)
{
	char label[65];

	(void)state;
	YES(check_hostname, "a", "web1", "web-1.example.org", "1a", "A.B");
	NO(check_hostname, "", "-a", "a-", "a..b", ".a", "a.", "a_b", "a b", "a;b", "\xc3\xa4");
	memset(label, 'a', 64);
	label[64] = '\0';
	assert_false(check_hostname(label));
	assert_true(check_hostname(label + 1));
	YES(check_user, "joe", "_www", "a-b_1");
	NO(check_user, "", "Joe", "1a", "-a", "a b", "a:b", "a.b", "a$", "root;id");
	YES(check_gecos, "", "Joe O'Hara", "\xc3\xa4");
	NO(check_gecos, "a:b", "a\nb", "\x1b[2J");
	YES(check_device, "vda", "nvme0n1", "ad4");
	NO(check_device, "", "/dev/vda", "vd a", "vda;", "..");
	YES(check_iface, "eth0", "enp1s0", "em0.4");
	NO(check_iface, "", "a b", "a/b", "sixteencharacter");
	YES(check_rc_name, "sshd_enable", "ifconfig_em0");
	NO(check_rc_name, "", "a b", "1a", "a=b", "a;b");
	YES(check_label, "root", "a.b-c_d");
	NO(check_label, "", "a b", "a/b", "a$b");
}

static void
test_paths(void **state)
{
	(void)state;
	YES(check_path, "/", "/srv", "/srv/www.x/a+b@c-d_e", "/.hidden", "/...");
	NO(check_path, "", "srv", "//", "/srv/", "/a//b", "/.", "/..", "/a/../b", "/a/./b", "/a b", "/a\nb", "/a'b", "/$x");
	YES(check_relative, "a", "a/b", "6.2-RELEASE/base");
	NO(check_relative, "", "/a", "a/", "..", "a/..", ".", "a b");
}

static void
test_hashes_are_no_passwords(void **state)
{
	(void)state;
	YES(check_hash, "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/",
	    "$2a$04$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZabcde",
	    "$6$rounds=5000$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2",
	    "$y$j9T$abcdefghijklmnop$0123456789abcdefghijklmnopqrstuvwxyzABCDEF");
	NO(check_hash, "", "secret", "$6$", "$6$salt$", "$6$salt$short", "$money$money$", "$$$",
	    "$6$salt$qFmFH.bQmmtXzyBY0s9v7O:cd2z4XSI", "$6$salt$qFmFH.bQmmtXzyBY0s9v7O\ncd2z4XSI", "*", "!");
}

static void
test_public_keys(void **state)
{
	(void)state;
	YES(check_ssh_key, "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGFkbWlu0123456789 me",
	    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ0123456789+/==",
	    "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29t x y");
	NO(check_ssh_key, "", "ssh-rsa", "ssh-rsa AAAA", "AAAAB3NzaC1yc2EAAAADAQABAAAAgQ0123456789",
	    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ0123456789\nssh-rsa x",
	    "-----BEGIN OPENSSH PRIVATE KEY-----");
}

static void
test_texts_and_options(void **state)
{
	unsigned mode = 7;

	(void)state;
	YES(check_text, "", "a\n\tb", "\xc3\xa4");
	NO(check_text, "\x01", "a\x1b[0m", "\r", "\x7f");
	YES(check_line, "", "a b");
	NO(check_line, "a\n", "a\tb");
	YES(check_options, "rw", "errors=remount-ro,noatime", "ttyS0,115200n8");
	NO(check_options, "", "a b", "a;b", "a\n");
	assert_true(check_mode("644", &mode));
	assert_int_equal(mode, 0644);
	assert_true(check_mode("1777", &mode));
	assert_int_equal(mode, 01777);
	assert_false(check_mode("", &mode));
	assert_false(check_mode("888", &mode));
	assert_false(check_mode("01777", &mode));
	assert_false(check_mode("u+x", &mode));
}

static void
test_sizes(void **state)
{
	uint64_t v = 0, lo, hi;
	char buf[SIZE_STRLEN];

	(void)state;
	assert_int_equal(size_parse("4G", 0, &v), 0);
	assert_int_equal(v, (uint64_t)4 << 30);
	assert_int_equal(size_parse("512K", 0, &v), 0);
	assert_int_equal(v, 512 << 10);
	assert_int_equal(size_parse("100", 512, &v), 0);
	assert_int_equal(v, 51200);
	assert_int_equal(size_parse("100", 0, &v), -EINVAL);
	for (const char *const *s = (const char *const[]){ "", "*", "G", "-1G", "1g", "1GB", "1.5G",
	    " 1G", "1 G", "0x10", NULL }; *s != NULL; s++)
		assert_int_equal(size_parse(*s, 512, &v), -EINVAL);
	assert_int_equal(size_parse("99999999999999999999", 512, &v), -ERANGE);
	assert_int_equal(size_parse("9999999999T", 0, &v), -ERANGE);
	assert_int_equal(v, 51200);		/* untouched by all that */

	assert_int_equal(size_range_parse("", &lo, &hi), 0);
	assert_true(lo == 0 && hi == UINT64_MAX);
	assert_int_equal(size_range_parse(">=8G", &lo, &hi), 0);
	assert_true(lo == (uint64_t)8 << 30 && hi == UINT64_MAX);
	assert_int_equal(size_range_parse("<=2T", &lo, &hi), 0);
	assert_true(lo == 0 && hi == (uint64_t)2 << 40);
	assert_int_equal(size_range_parse("8G..20G", &lo, &hi), 0);
	assert_true(lo == (uint64_t)8 << 30 && hi == (uint64_t)20 << 30);
	assert_int_equal(size_range_parse("8G", &lo, &hi), 0);
	assert_true(lo == hi);
	for (const char *const *s = (const char *const[]){ ">8G", "8", "..", "8G..", "..8G", "9G..8G",
	    "8G..9G..10G", "0000000000000000000000000000000000008G..9G", NULL }; *s != NULL; s++)
		assert_int_equal(size_range_parse(*s, &lo, &hi), -EINVAL);

	assert_string_equal(size_str(100, buf), "100 bytes");
	assert_string_equal(size_str((uint64_t)512 << 20, buf), "512 MiB");
	assert_string_equal(size_str((uint64_t)3 << 30, buf), "3 GiB");
	assert_string_equal(size_str((uint64_t)8191 << 20, buf), "8191 MiB");
	assert_string_equal(size_str(37019566080, buf), "34.5 GiB");
	assert_string_equal(size_str(UINT64_MAX, buf), "16777216.0 TiB");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_hashes_are_no_passwords),
		cmocka_unit_test(test_public_keys),
		cmocka_unit_test(test_texts_and_options),
		cmocka_unit_test(test_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
