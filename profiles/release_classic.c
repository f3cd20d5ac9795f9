/* release_classic.c - distributions in pieces, with their .inf files. */
#include "release.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../tree/tree.h"
#include "classic_sets.h"

#define INF_MAX		((size_t)256 << 10)
#define SUMS_MAX	((size_t)1 << 20)
#define HEX		"0123456789abcdef"

/* NAME.inf ------------------------------------------------------------------ */

/* "KEY = NUMBER [NUMBER]": the numbers, each at most max; how many, or -1. */
static int
property(const char *l, const char *key, uint64_t max, uint64_t num[2])
{
	size_t len = strlen(key);
	int n = 0;

	l += strspn(l, " \t");
	if (strncmp(l, key, len) != 0)
		return -1;
	l += len + strspn(l + len, " \t");
	if (*l++ != '=')
		return -1;
	while (l += strspn(l, " \t"), *l != '\0') {
		if (*l < '0' || *l > '9' || n == 2)
			return -1;
		for (num[n] = 0; *l >= '0' && *l <= '9'; l++)
			if ((num[n] = num[n] * 10 + (uint64_t)(*l - '0')) > max)
				return -1;
		n++;
	}
	return n;
}

/* NAME.inf: "Pieces = N", then "cksum.aa = SUM BYTES" for each, in order. */
int
release_parse_inf(const char *text, size_t len, struct release_set *s, char why[200])
{
	const char *p = text, *end = text + len, *line;
	struct release_piece *piece = NULL;
	uint64_t num[2], bytes = 0, pieces = 0;
	char l[128], key[16];
	size_t n, have = 0;
	unsigned no = 0;

	while (release_line(&p, end, &line, &n)) {
		no++;
		if (n >= sizeof(l) || memchr(line, '\0', n) != NULL)
			goto bad;
		memcpy(l, line, n);
		l[n] = '\0';
		if (l[strspn(l, " \t")] == '\0')
			continue;
		if (piece == NULL) {
			if (property(l, "Pieces", RELEASE_PIECES_MAX, num) != 1 || num[0] == 0)
				goto bad;
			pieces = num[0];
			if ((piece = calloc(pieces, sizeof(*piece))) == NULL)
				return -ENOMEM;
			continue;
		}
		(void)snprintf(key, sizeof(key), "cksum.%c%c", (int)('a' + have / 26),
		    (int)('a' + have % 26));
		if (have == pieces || property(l, key, UINT32_MAX, num) != 2)
			goto bad;
		piece[have++] = (struct release_piece){ .has_cksum = true,
		    .cksum = (uint32_t)num[0], .bytes = num[1] };
		bytes += num[1];
	}
	if (have == 0 || have != pieces) {
		(void)snprintf(why, 200, "%zu sums for %u pieces", have, (unsigned)pieces);
		free(piece);
		return -EBADMSG;
	}
	s->piece = piece;
	s->n_piece = have;
	s->bytes = bytes;
	return 0;
bad:
	free(piece);
	(void)snprintf(why, 200, "line %u is neither \"Pieces = N\" nor the next \"cksum.aa = SUM BYTES\"", no);
	return -EBADMSG;
}

/* Sums ---------------------------------------------------------------------- */

static bool
is_hex(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] == '\0' || strchr(HEX, s[i]) == NULL)
			return false;
	return true;
}

/* "SUM  FILE", "SUM *FILE" or "NAME (FILE) = SUM": where the two begin. */
static bool
sum_line(const char *line, size_t n, size_t hex, const char **file, size_t *file_len, const char **sum)
{
	const char *open = memchr(line, '(', n < 16 ? n : 16);

	if (n > hex + 2 && is_hex(line, hex) && line[hex] == ' ') {
		*sum = line;
		*file = line + hex + 2;
		*file_len = n - hex - 2;
		return line[hex + 1] == ' ' || line[hex + 1] == '*';
	}
	if (open == NULL || n < hex + 4 || !is_hex(line + n - hex, hex) ||
	    open + 1 > line + n - hex - 4 || memcmp(line + n - hex - 4, ") = ", 4) != 0)
		return false;
	*sum = line + n - hex;
	*file = open + 1;
	*file_len = (size_t)(line + n - hex - 4 - *file);
	return true;
}

bool
release_sum(const char *text, size_t len, const char *file, size_t hex, char *ret)
{
	const char *p = text, *end = text + len, *line, *name, *sum;
	size_t n, name_len;

	while (release_line(&p, end, &line, &n)) {
		if (!sum_line(line, n, hex, &name, &name_len, &sum))
			continue;
		if (name_len > 2 && memcmp(name, "./", 2) == 0) {
			name += 2;
			name_len -= 2;
		}
		if (name_len == strlen(file) && memcmp(name, file, name_len) == 0) {
			memcpy(ret, sum, hex);
			ret[hex] = '\0';
			return true;
		}
	}
	return false;
}

/* The tree ------------------------------------------------------------------ */

/* Of the i-th piece, in the tree. */
static void
piece_path(const struct release *rel, const struct release_set *s, size_t i, char ret[400])
{
	if (s->whole)
		(void)snprintf(ret, 400, "%s/%s", rel->dir, s->file);
	else
		(void)snprintf(ret, 400, "%s/%s.%c%c", rel->dir, s->file,
		    (int)('a' + i / 26), (int)('a' + i % 26));
}

static int
in_pieces(const struct view *view, const struct release *rel, struct release_set *s, char why[200])
{
	char path[400], *text = NULL;
	uint64_t bytes;
	size_t len;
	int r;

	(void)snprintf(path, sizeof(path), "%s/%s.inf", rel->dir, s->file);
	if ((r = release_read(view, path, INF_MAX, &text, &len)) == 0)
		r = release_parse_inf(text, len, s, why);
	free(text);
	for (size_t i = 0; r == 0 && i < s->n_piece; i++) {
		piece_path(rel, s, i, path);
		if ((r = release_check(view, path, &bytes)) == 0 && bytes != s->piece[i].bytes)
			r = -EBADMSG;
		if (r < 0)
			(void)snprintf(why, 200, "%.100s: %s", path, r == -EBADMSG ?
			    "its size is not the one in the .inf file" : strerror(-r));
	}
	return r;
}

/* Without a .inf file: one archive. */
static int
whole(const struct view *view, const struct release *rel, struct release_set *s)
{
	static const char *const suffix[] = { "tgz", "tbz" };
	size_t len = strlen(s->file);
	char path[400];
	int r = -ENOENT;

	for (size_t i = 0; i < 2 && r == -ENOENT; i++) {
		(void)snprintf(s->file + len, sizeof(s->file) - len, ".%s", suffix[i]);
		(void)snprintf(path, sizeof(path), "%s/%s", rel->dir, s->file);
		r = release_check(view, path, &s->bytes);
	}
	if (r < 0)
		return r;
	if ((s->piece = calloc(1, sizeof(*s->piece))) == NULL)
		return -ENOMEM;
	s->whole = true;
	s->n_piece = 1;
	s->piece[0].bytes = s->bytes;
	return 0;
}

/* A disc's sums are a help where they are: no more can be told from nothing. */
static int
sums_of(const struct view *view, const struct release *rel, struct release_set *s,
    const char *file, size_t hex)
{
	const char *slash = strrchr(s->file, '/');
	char path[400], *text = NULL, *name;
	size_t len;
	int r;

	(void)snprintf(path, sizeof(path), "%s/%.*s%s", rel->dir,
	    slash ? (int)(slash + 1 - s->file) : 0, s->file, file);
	if ((r = release_read(view, path, SUMS_MAX, &text, &len)) < 0)
		return r == -ENOMEM ? r : 0;
	for (size_t i = 0; i < s->n_piece; i++) {
		piece_path(rel, s, i, path);
		name = strrchr(path, '/') + 1;
		(void)release_sum(text, len, name, hex,
		    hex == 64 ? s->piece[i].sha256 : s->piece[i].md5);
	}
	free(text);
	return 0;
}

static int
sums(const struct view *view, const struct release *rel, struct release_set *s, char why[200])
{
	char path[400];
	int r;

	if ((r = sums_of(view, rel, s, "CHECKSUM.SHA256", 64)) < 0 ||
	    (s->whole && (r = sums_of(view, rel, s, "CHECKSUM.MD5", 32)) < 0))
		return r;
	for (size_t i = 0; i < s->n_piece; i++) {
		piece_path(rel, s, i, path);
		if (rel->pins != NULL &&
		    !release_sum(rel->pins, rel->pins_len, path, 64, s->piece[i].sha256)) {
			(void)snprintf(why, 200, "%.100s is not among the sums of this tree", path);
			return -EBADMSG;
		}
		if (!s->piece[i].has_cksum && s->piece[i].sha256[0] == '\0' && s->piece[i].md5[0] == '\0') {
			(void)snprintf(why, 200, "%.100s has no sum: neither a .inf file, nor a line in CHECKSUM.SHA256 or CHECKSUM.MD5", path);
			return -EBADMSG;
		}
	}
	return 0;
}

static int
packed(const struct view *view, const struct release *rel, struct release_set *s, char why[200])
{
	unsigned char magic[3] = { 0 };
	char path[400];
	struct node node;
	size_t n;
	bool eof;
	int r;

	piece_path(rel, s, 0, path);
	if ((r = view_walk(view, &tree_cred_root, path, true, 0, &node)) < 0 ||
	    (r = view_read(&tree_cred_root, &node, 0, magic, sizeof(magic), 0, &n, &eof)) < 0)
		return r;
	if (memcmp(magic, "\x1f\x8b", 2) == 0)
		s->pack = PACK_GZIP;
	else if (memcmp(magic, "BZh", 3) == 0)
		s->pack = PACK_BZIP2;
	else {
		(void)snprintf(why, 200, "%.100s is neither gzip'd nor bzip2'd", path);
		return -EBADMSG;
	}
	return 0;
}

/* A set by its full name: kernels/generic. */
static int
add(const struct view *view, const char *name, struct release *rel, char why[200])
{
	struct release_set *s;
	int r;

	if (release_find(rel, name) != NULL)
		return 0;
	if ((s = release_grow(rel)) == NULL)
		return -ENOMEM;
	(void)snprintf(s->name, sizeof(s->name), "%s", name);
	if (strchr(name, '/') != NULL)		/* kernels/generic, src/sbase: the parent's directory */
		(void)snprintf(s->file, sizeof(s->file), "%s", name);
	else
		(void)snprintf(s->file, sizeof(s->file), "%s/%s", name, name);
	if ((r = in_pieces(view, rel, s, why)) == -ENOENT && *why == '\0')
		r = whole(view, rel, s);
	if (r == 0 && (r = sums(view, rel, s, why)) == 0)
		r = packed(view, rel, s, why);
	if (r < 0) {
		free(s->piece);
		rel->n_set--;
	}
	return r;
}

int
release_classic(const struct view *view, const char *name, struct release *rel, char why[200])
{
	const struct classic_set *known;
	int r, found = -ENOENT;

	why[0] = '\0';
	if (strcmp(name, "src") == 0) {
		for (size_t i = 0; i < classic_n; i++) {
			if (strncmp(classic_sets[i].name, "src/", 4) != 0)
				continue;
			if ((r = add(view, classic_sets[i].name, rel, why)) == 0)
				found = 0;
			else if (r != -ENOENT || *why != '\0')
				return r;
		}
		return found;
	}
	if (classic_find(name, 0) == NULL)
		return add(view, name, rel, why);
	for (size_t i = 0; (known = classic_find(name, i)) != NULL; i++)
		if ((found = add(view, known->name, rel, why)) != -ENOENT || *why != '\0')
			break;
	return found;
}
