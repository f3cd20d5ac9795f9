/* path.c - paths inside a view, as text. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "../lib/siphash.h"
#include "../lib/wire.h"
#include "path.h"

int
path_check_name(const char *name, size_t len)
{
	if (len > TREE_NAME_MAX)
		return -ENAMETOOLONG;
	if (len == 0 || memchr(name, '/', len) != NULL ||
	    memchr(name, '\0', len) != NULL)
		return -EINVAL;
	if (name[0] == '.' && (len == 1 || (len == 2 && name[1] == '.')))
		return -EINVAL;
	return 0;
}

int
path_check(const char *path, size_t len)
{
	const char *end = path + len, *slash;
	unsigned depth = 0;
	int r;

	if (len > TREE_PATH_MAX)
		return -ENAMETOOLONG;
	for (;; path = slash + 1) {
		slash = memchr(path, '/', (size_t)(end - path));
		if ((r = path_check_name(path,
		    (size_t)((slash != NULL ? slash : end) - path))) < 0)
			return r;
		if (++depth > TREE_DEPTH_MAX)
			return -ENAMETOOLONG;
		if (slash == NULL)
			return 0;
	}
}

size_t
path_dir_len(const char *path, size_t len)
{
	while (len > 0 && path[--len] != '/')
		;
	return len;
}

const char *
path_name(const char *path, size_t len)
{
	size_t dir = path_dir_len(path, len);

	return path[dir] == '/' ? path + dir + 1 : path;
}

unsigned
path_depth(const char *path, size_t len)
{
	unsigned depth = len > 0;

	for (size_t i = 0; i < len; i++)
		depth += path[i] == '/';
	return depth;
}

int
path_join(const char *dir, size_t dir_len, const char *name, size_t name_len,
    char *buf, size_t *ret_len)
{
	size_t at = dir_len > 0 ? dir_len + 1 : 0;

	if (dir_len > TREE_PATH_MAX || name_len > TREE_PATH_MAX - 1 ||
	    at + name_len > TREE_PATH_MAX)
		return -ENAMETOOLONG;
	if (buf != dir)
		memcpy(buf, dir, dir_len);
	if (dir_len > 0)
		buf[dir_len] = '/';
	memcpy(buf + at, name, name_len);
	buf[at + name_len] = '\0';
	*ret_len = at + name_len;
	return 0;
}

/* Hashes ----------------------------------------------------------------- */

uint64_t
path_hash(const uint8_t key[16], uint32_t tree_id, const char *path, size_t len)
{
	uint8_t b[5 + TREE_PATH_MAX];
	struct wr w = wr_init(b, sizeof(b));
	uint64_t h;

	wr_u8(&w, 'P');
	wr_be32(&w, tree_id);
	wr_bytes(&w, path, len);
	assert(w.err == 0);
	h = siphash(key, b, w.len);
	return h != 0 ? h : 1;
}

uint64_t
path_name_hash(const uint8_t key[16], const char *name, size_t len)
{
	uint8_t b[1 + TREE_NAME_MAX];
	struct wr w = wr_init(b, sizeof(b));

	wr_u8(&w, 'N');
	wr_bytes(&w, name, len);
	assert(w.err == 0);
	return siphash(key, b, w.len);
}

/* Special names ---------------------------------------------------------- */

static size_t
digits(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && s[n] >= '0' && s[n] <= '9')
		n++;
	return n;
}

static size_t
letters(const char *s, size_t len, bool wide)
{
	size_t n = 0;

	while (n < len && ((s[n] >= 'a' && s[n] <= 'z') ||
	    (wide && ((s[n] >= '0' && s[n] <= '9') || s[n] == '_'))))
		n++;
	return n;
}

bool
path_claim_number(const char *name, size_t len, uint64_t *ret)
{
	uint64_t v = 0;

	if (len == 0 || len > 20 || digits(name, len) != len)
		return false;
	for (size_t i = 0; i < len; i++) {
		unsigned d = (unsigned)(name[i] - '0');

		if (v > (UINT64_MAX - d) / 10)
			return false;
		v = v * 10 + d;
	}
	*ret = v;
	return true;
}

/* N-STEP-STATE[-TEXT] */
static bool
is_report(const char *name, size_t len)
{
	size_t i = digits(name, len), n;

	if (i == 0 || i > 20 || i == len || name[i++] != '-')
		return false;
	n = letters(name + i, len - i, true);
	i += n;
	if (n == 0 || i == len || name[i++] != '-')
		return false;
	n = letters(name + i, len - i, false);
	i += n;
	if (n == 0 || (i < len && name[i++] != '-'))
		return false;
	for (; i < len; i++)
		if (name[i] < 0x20 || name[i] > 0x7e)
			return false;
	return len <= TREE_NAME_MAX;
}

/* The component at *at, and step over it and its slash. */
static bool
component(const char *path, size_t len, size_t *at, const char **ret,
    size_t *ret_len)
{
	const char *slash;

	if (*at >= len)
		return false;
	*ret = path + *at;
	slash = memchr(*ret, '/', len - *at);
	*ret_len = slash != NULL ? (size_t)(slash - *ret) : len - *at;
	*at += *ret_len + (slash != NULL);
	return true;
}

static bool
same(const char *a, size_t len, const char *b)
{
	return strlen(b) == len && memcmp(a, b, len) == 0;
}

enum path_kind
path_kind(const char *token, const char *path, size_t len)
{
	const char *c;
	size_t at = 0, n;
	uint64_t number;
	bool claim;

	if (!component(path, len, &at, &c, &n) || !same(c, n, PATH_PROVD_NAME))
		return PATH_PLAIN;
	if (token == NULL)
		return PATH_NONE;
	if (!component(path, len, &at, &c, &n))
		return PATH_PROVD;
	if (!same(c, n, token))
		return PATH_UNDER;
	if (!component(path, len, &at, &c, &n))
		return PATH_TOKEN;
	if (same(c, n, "log"))
		return at >= len ? PATH_LOG : PATH_NONE;
	claim = same(c, n, "claim");
	if (!claim && !same(c, n, "report"))
		return PATH_UNDER;
	if (!component(path, len, &at, &c, &n))
		return claim ? PATH_CLAIMS : PATH_REPORTS;
	if (at < len)
		return PATH_NONE;
	if (claim)
		return path_claim_number(c, n, &number) ? PATH_CLAIM : PATH_NONE;
	return is_report(c, n) ? PATH_REPORT : PATH_NONE;
}
