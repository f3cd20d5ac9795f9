/* served.c - see served.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "served.h"


const char *
served_path(const char *path)
{
	static const char own[] = ".provd/", root[] = "root/";

	while (*path == '/')
		path++;
	if (strncmp(path, own, sizeof(own) - 1) != 0 ||
	    strcspn(path + sizeof(own) - 1, "/") != SERVED_TOKEN)
		return path;
	path += sizeof(own) - 1 + SERVED_TOKEN;
	while (*path == '/')
		path++;
	if (strncmp(path, root, sizeof(root) - 1) == 0)
		path += sizeof(root) - 1;
	return path;
}

const char *
served_name(const char *path)
{
	const char *p = strrchr(path, '/');

	return p != NULL ? p + 1 : path;
}

bool
served_is_kernel(const char *file)
{
	static const char *const begin[] = { "vmlinu", "bzImage", "linux",
	    "kernel", "initrd", "initramfs" };

	for (size_t i = 0; i < sizeof(begin) / sizeof(begin[0]); i++)
		if (strncmp(file, begin[i], strlen(begin[i])) == 0)
			return true;
	return false;
}

#define LARGE	((uint64_t)8 << 20)

static bool
has_suffix(const char *file, const char *const *suffix)
{
	size_t n = strlen(file);

	for (; *suffix != NULL; suffix++) {
		size_t len = strlen(*suffix);

		if (n > len && strcmp(file + n - len, *suffix) == 0)
			return true;
	}
	return false;
}

enum served_worth
served_worth(const char *file, uint64_t size)
{
	static const char *const archive[] = { ".txz", ".tgz", ".tbz", ".tar",
	    ".xz", ".gz", ".bz2", ".zst", NULL };
	static const char *const program[] = { ".so", ".ko", ".py", ".pl", ".sh", NULL };
	size_t n = strlen(file);

	if (size >= LARGE || served_is_kernel(file) || has_suffix(file, archive))
		return SERVED_LINE;
	/* base.aa, base.ab, ...: a distribution in pieces, too many for lines */
	if (n > 3 && file[n - 3] == '.' && file[n - 2] >= 'a' && file[n - 2] <= 'z' &&
	    file[n - 1] >= 'a' && file[n - 1] <= 'z' && !has_suffix(file, program))
		return SERVED_SHOWN;
	return SERVED_HIDDEN;
}

const char *
served_size(uint64_t n, char buf[32])
{
	static const char *const unit[] = { "KiB", "MiB", "GiB", "TiB" };
	unsigned u = 0;

	if (n < 1024) {
		snprintf(buf, 32, "%" PRIu64 " bytes", n);
		return buf;
	}
	while (n >= 1024 * 1024 && u + 1 < sizeof(unit) / sizeof(unit[0])) {
		n /= 1024;
		u++;
	}
	snprintf(buf, 32, "%" PRIu64 ".%u %s", n / 1024,
	    (unsigned)(n % 1024 * 10 / 1024), unit[u]);
	return buf;
}
