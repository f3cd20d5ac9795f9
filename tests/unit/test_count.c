/* What data threads count, and what the process takes. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../fleet/count.h"
#include "../../lib/os_stat.h"
#include "../../lib/os_usage.h"

static void
test_each_counter_is_its_own(void **state)
{
	struct counts c = { 0 };

	(void)state;
	for (unsigned i = 0; i < COUNT_N; i++)
		count_add(&c, (enum count_id)i, i + 1);
	count_add(&c, COUNT_nfs_calls, 10);
	count_set(&c, COUNT_http_open, 7);
	assert_int_equal(count_get(&c, COUNT_nfs_calls), COUNT_nfs_calls + 11);
	assert_int_equal(count_get(&c, COUNT_http_open), 7);
	assert_int_equal(count_get(&c, COUNT_tftp_bytes), COUNT_tftp_bytes + 1);
}

static void
test_the_table_names_each_counter_once(void **state)
{
	(void)state;
	assert_string_equal(count_info[COUNT_nfs_held].protocol, "nfs");
	assert_string_equal(count_info[COUNT_nfs_held].name, "held");
	assert_int_equal(count_info[COUNT_nfs_held].kind, COUNT_NOW);
	for (unsigned i = 0; i < COUNT_N; i++)
		for (unsigned k = 0; k < i; k++)
			assert_false(strcmp(count_info[i].name, count_info[k].name) == 0 &&
			    strcmp(count_info[i].protocol, count_info[k].protocol) == 0);
}

static void
test_memory_and_descriptors_are_seen(void **state)
{
	const size_t size = 32 << 20;
	struct os_usage a, b;
	int fd[2];
	char *p;

	(void)state;
	os_usage(&a);
	assert_int_equal(pipe(fd), 0);
	p = malloc(size);
	assert_non_null(p);
	memset(p, 1, size);
	os_usage(&b);
	assert_int_equal(p[size / 2], 1);
	free(p);
	assert_true(b.rss >= a.rss + size / 2);
	assert_true(b.rss_peak >= b.rss);
	if (a.descriptors != 0)		/* where the system tells */
		assert_int_equal(b.descriptors, a.descriptors + 2);
	close(fd[0]);
	close(fd[1]);
}

static void
test_what_is_known_of_a_local_file_is_what_it_is(void **state)
{
	char name[] = "/tmp/provd-count.XXXXXX";
	int fd = mkstemp(name);
	struct stat a, b;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "1234567", 7), 7);
	assert_int_equal(fstat(fd, &a), 0);
	assert_int_equal(os_stat_now(fd, &b), 0);
	assert_int_equal(b.st_size, 7);
	assert_true(a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_mode == b.st_mode);
	assert_int_equal(a.st_mtim.tv_sec, b.st_mtim.tv_sec);
	assert_int_equal(a.st_mtim.tv_nsec, b.st_mtim.tv_nsec);
	assert_false(os_is_remote(fd));
	close(fd);
	unlink(name);
	assert_true(os_stat_now(fd, &b) < 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_counter_is_its_own),
		cmocka_unit_test(test_the_table_names_each_counter_once),
		cmocka_unit_test(test_memory_and_descriptors_are_seen),
		cmocka_unit_test(test_what_is_known_of_a_local_file_is_what_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
