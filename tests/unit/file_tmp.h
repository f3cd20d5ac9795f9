/* file_tmp.h - one file, held open as a cache of open files holds it. */
#ifndef TESTS_UNIT_FILE_TMP_H
#define TESTS_UNIT_FILE_TMP_H

#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../lib/clock.h"
#include "../../lib/os.h"
#include "../../tree/files.h"
#include "../../tree/layer.h"

#define FT_SIZE		(300u << 10)

struct file_tmp {
	char		 path[64];
	int		 fd;		/* for writing */
	struct files	*files;
	struct file	*file;
	struct layer_stamp stamp;
	uint8_t		 data[FT_SIZE];
};

static inline struct layer_file
ft_open(const char *path, bool image)
{
	struct layer_file f = { .fd = open(path, O_RDONLY | O_CLOEXEC),
	    .own_fd = true };
	struct stat st;

	assert_int_not_equal(f.fd, -1);
	assert_int_equal(fstat(f.fd, &st), 0);
	f.size = (uint64_t)st.st_size;
	f.image_size = image ? f.size : 0;
	f.stamp = (struct layer_stamp){ .dev = (uint64_t)st.st_dev,
	    .ino = (uint64_t)st.st_ino, .mtime = st.st_mtim,
	    .ctime = st.st_ctim };
	return f;
}

/* In `files`, so that it has to be opened anew afterwards. */
static inline struct file *
ft_keep(struct files *files, const char *path, bool image)
{
	struct layer_file f = ft_open(path, image);
	struct file *file;

	assert_int_equal(files_keep(files, &f, &file), 0);
	if (f.own_fd)		/* it was open already */
		(void)close(f.fd);
	return file;
}

static inline void
ft_new(struct file_tmp *t, unsigned max)
{
	struct layer_file f;

	(void)snprintf(t->path, sizeof(t->path), "/tmp/provd-file-XXXXXX");
	assert_int_not_equal(t->fd = mkstemp(t->path), -1);
	for (size_t i = 0; i < FT_SIZE; i++)
		t->data[i] = (uint8_t)(i * 7 + (i >> 8) * 13);
	assert_int_equal(write(t->fd, t->data, FT_SIZE), (int)FT_SIZE);
	assert_int_equal(fsync(t->fd), 0);
	assert_int_equal(files_new(max, &t->files), 0);
	f = ft_open(t->path, false);
	t->stamp = f.stamp;
	assert_int_equal(files_keep(t->files, &f, &t->file), 0);
	assert_false(f.own_fd);
}

static inline void
ft_free(struct file_tmp *t)
{
	file_unref(t->file);
	files_free(t->files);
	(void)close(t->fd);
	(void)unlink(t->path);
	clock_set(0, 0);
}

static inline bool
ft_in_memory(const struct file_tmp *t, uint64_t off)
{
	uint8_t byte;

	return os_pread(t->fd, &byte, 1, (int64_t)off, true) == 1;
}

/* False where a file system keeps all in memory. */
static inline bool
ft_evict(const struct file_tmp *t)
{
	(void)posix_fadvise(t->fd, 0, 0, POSIX_FADV_DONTNEED);
	return !ft_in_memory(t, 0) && !ft_in_memory(t, FT_SIZE - 1);
}

#endif /* TESTS_UNIT_FILE_TMP_H */
