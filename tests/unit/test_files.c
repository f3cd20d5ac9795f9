/* Files that stay open between reads, and what is known to be in memory. */
#include "file_tmp.h"

#define MAX	16u

static int
setup(void **state)
{
	*state = calloc(1, sizeof(struct file_tmp));
	assert_non_null(*state);
	clock_set(1000, 1000000);
	ft_new(*state, MAX);
	return 0;
}

static int
teardown(void **state)
{
	ft_free(*state);
	free(*state);
	return 0;
}

static void
at(int64_t ms)
{
	clock_set(1000, 1000000 + ms);
}

static bool
is_open(int fd)
{
	return fcntl(fd, F_GETFD) != -1;
}

static void
test_found_again_until_it_changes(void **state)
{
	struct file_tmp *t = *state;
	struct layer_stamp other = t->stamp;
	struct file *f = files_find(t->files, &t->stamp);

	assert_ptr_equal(f, t->file);
	file_unref(f);
	other.ctime.tv_nsec ^= 1;
	assert_null(files_find(t->files, &other));
	other = t->stamp;
	other.ino++;
	assert_null(files_find(t->files, &other));
	other = t->stamp;
	other.dev++;
	assert_null(files_find(t->files, &other));
	/* opened twice at the same time: one descriptor is enough */
	f = ft_keep(t->files, t->path, false);
	assert_ptr_equal(f, t->file);
	file_unref(f);
}

static void
test_idle_files_are_closed(void **state)
{
	struct file_tmp *t = *state;
	int fd = file_fd(t->file);

	assert_true(files_any(t->files));
	file_unref(t->file);
	at(FILES_IDLE_MS - 1);
	files_sweep(t->files, false);
	assert_true(is_open(fd));
	assert_true(files_any(t->files));
	t->file = files_find(t->files, &t->stamp);	/* used again */
	assert_non_null(t->file);
	file_unref(t->file);
	at(FILES_IDLE_MS + 1);
	files_sweep(t->files, false);
	assert_true(is_open(fd));
	at(2 * FILES_IDLE_MS);
	files_sweep(t->files, false);
	assert_false(is_open(fd));
	assert_false(files_any(t->files));
	t->file = NULL;
}

static void
test_what_is_in_use_stays_open(void **state)
{
	struct file_tmp *t = *state;
	int fd = file_fd(t->file);

	files_sweep(t->files, true);
	assert_null(files_find(t->files, &t->stamp));
	assert_true(is_open(fd));
	(void)file_ref(t->file);
	files_free(t->files);
	t->files = NULL;
	file_unref(t->file);
	assert_true(is_open(fd));
	file_unref(t->file);
	assert_false(is_open(fd));
	t->file = NULL;
}

static unsigned
n_open(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < 1000; fd++)
		n += is_open(fd);
	return n;
}

static void
test_so_many_and_no_more(void **state)
{
	struct file_tmp *t = *state;
	unsigned before = n_open();

	for (unsigned i = 0; i < 400; i++) {
		struct layer_file f = ft_open(t->path, false);
		struct file *file;

		f.stamp.ino = 1000 + i * 7919;
		assert_int_equal(files_keep(t->files, &f, &file), 0);
		file_unref(file);
		assert_true(n_open() <= before + MAX);
	}
	assert_true(n_open() > before + MAX / 4);
}

static void
test_known_when_seen_whole(void **state)
{
	struct file_tmp *t = *state;

	if (!ft_in_memory(t, 0))
		skip();			/* reads that don't wait are unknown here */
	assert_false(files_resident(t->files, t->file, 0, 1));
	files_saw(t->files, t->file, 4096, 65536);
	assert_true(files_resident(t->files, t->file, 4096, 65536));
	assert_true(files_resident(t->files, t->file, 65535, 2));
	assert_true(files_resident(t->files, t->file, 5000, 1));
	assert_false(files_resident(t->files, t->file, 4095, 65536));
	assert_false(files_resident(t->files, t->file, 4096, 65537));
	assert_false(files_resident(t->files, t->file, 0, 4096));
	assert_false(files_resident(t->files, t->file, 100000, 1));
	/* piece by piece, the last one up to the end of the file */
	for (uint64_t off = 0; off < FT_SIZE; off += 1000)
		files_saw(t->files, t->file, off, 1000);
	assert_true(files_resident(t->files, t->file, 0, FT_SIZE));
	/* another state of the file is another file */
	file_unref(t->file);
	assert_int_equal(fchmod(t->fd, 0640), 0);
	t->file = ft_keep(t->files, t->path, false);
	assert_false(files_resident(t->files, t->file, 0, 1));
}

static void
test_known_for_a_while_longer_if_it_can_be_copied(void **state)
{
	struct file_tmp *t = *state;

	if (!ft_in_memory(t, 0))
		skip();
	files_saw(t->files, t->file, 0, FT_SIZE);
	for (int64_t ms = 0; ms < 5 * FILES_KNOWN_MS; ms += FILES_KNOWN_MS / 2) {
		at(ms);		/* in use all the time */
		assert_true(files_resident(t->files, t->file, 0, FT_SIZE));
	}
	at(10 * FILES_KNOWN_MS);
	assert_false(files_resident(t->files, t->file, 0, FT_SIZE));
	/* what was closed meanwhile is known all the same */
	files_saw(t->files, t->file, 0, FT_SIZE);
	file_unref(t->file);
	files_sweep(t->files, true);
	t->file = ft_keep(t->files, t->path, false);
	assert_true(files_resident(t->files, t->file, 0, FT_SIZE));
}

static void
test_unknown_once_memory_was_taken_away(void **state)
{
	struct file_tmp *t = *state;

	files_saw(t->files, t->file, 0, FT_SIZE);
	if (!ft_evict(t))
		skip();
	at(FILES_TRUST_MS + 1);
	assert_false(files_resident(t->files, t->file, 0, FT_SIZE));
	assert_false(files_resident(t->files, t->file, 65536, 65536));
	assert_int_equal(ftruncate(t->fd, 0), 0);
	assert_false(files_resident(t->files, t->file, 0, 1));
}

static void
test_a_segment_is_read_whole_or_not_at_all(void **state)
{
	struct file_tmp *t = *state;
	struct file_seg s = { .file = t->file, .off = 4097, .len = 70000 };
	uint8_t *buf = malloc(s.len);

	assert_int_equal(file_seg_read(&s, buf, false), 0);
	assert_memory_equal(buf, t->data + 4097, s.len);
	if (ft_evict(t))
		assert_int_equal(file_seg_read(&s, buf, true), -EAGAIN);
	assert_int_equal(ftruncate(t->fd, 70000), 0);
	assert_int_equal(file_seg_read(&s, buf, false), -EIO);
	free(buf);
}

static void
test_an_image_that_is_written_over_is_stale(void **state)
{
	struct file_tmp *t = *state;
	struct file_seg s = { .len = 100 };
	uint8_t buf[100];

	files_sweep(t->files, true);
	s.file = ft_keep(t->files, t->path, true);
	assert_int_equal(file_check(s.file), 0);
	assert_int_equal(file_check(t->file), 0);
	assert_int_equal(ftruncate(t->fd, FT_SIZE + 1), 0);
	assert_int_equal(file_check(s.file), -ESTALE);
	assert_int_equal(file_seg_read(&s, buf, false), -ESTALE);
	assert_int_equal(file_check(t->file), 0);	/* no image */
	file_unref(s.file);
}

#define FILES_TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FILES_TEST(test_found_again_until_it_changes),
		FILES_TEST(test_idle_files_are_closed),
		FILES_TEST(test_what_is_in_use_stays_open),
		FILES_TEST(test_so_many_and_no_more),
		FILES_TEST(test_known_when_seen_whole),
		FILES_TEST(test_known_for_a_while_longer_if_it_can_be_copied),
		FILES_TEST(test_unknown_once_memory_was_taken_away),
		FILES_TEST(test_a_segment_is_read_whole_or_not_at_all),
		FILES_TEST(test_an_image_that_is_written_over_is_stale),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
