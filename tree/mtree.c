/* mtree.c - owners and modes from an mtree(5) file. */
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mtree.h"
#include "path.h"

/* Which of the keywords are given. */
#define HAS_TYPE	1u
#define HAS_UID		2u
#define HAS_GID		4u
#define HAS_MODE	8u
#define HAS_NLINK	16u

struct facts {
	uint8_t		has, type;
	uint16_t	mode;
	uint32_t	uid, gid, nlink;
};

struct entry {
	char		*path;
	size_t		 nth;		/* in the file: the last one counts */
	struct facts	 facts;
};

struct mtree {
	struct entry	*e;
	size_t		 n, cap;
};

/* State of the reader. */
struct reader {
	struct mtree	*m;
	struct facts	 set;		/* by /set */
	char		 cwd[TREE_PATH_MAX + 1];
	size_t		 cwd_len;
	size_t		 lost;		/* levels below what a path can hold */
};

/* Words ------------------------------------------------------------------ */

struct word { const char *p; size_t len; };

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The next word of [*at, end). */
static bool
next_word(const char **at, const char *end, struct word *ret)
{
	const char *p = *at;

	while (p < end && is_blank(*p))
		p++;
	ret->p = p;
	while (p < end && !is_blank(*p))
		p++;
	ret->len = (size_t)(p - ret->p);
	*at = p;
	return ret->len > 0;
}

static bool
word_is(struct word w, const char *s)
{
	return w.len == strlen(s) && memcmp(w.p, s, w.len) == 0;
}

static bool
number(struct word w, unsigned base, uint32_t max, uint32_t *ret)
{
	uint64_t v = 0;

	if (w.len == 0)
		return false;
	for (size_t i = 0; i < w.len; i++) {
		if (w.p[i] < '0' || w.p[i] >= (char)('0' + (int)base))
			return false;
		v = v * base + (unsigned)(w.p[i] - '0');
		if (v > max)
			return false;
	}
	*ret = (uint32_t)v;
	return true;
}

/* vis(3) for what does not print: \^C is a control character, \M-c a byte with
 * its high bit, \M^C both. */
static size_t
unescape_meta(const char *p, const char *end, char *ret)
{
	size_t n = end - p >= 2 && p[0] == 'M';
	unsigned c;

	if (end - p < (ptrdiff_t)n + 2 || (p[n] != '^' && (n == 0 || p[n] != '-')))
		return 0;
	c = (unsigned char)p[n + 1];
	if (p[n] == '^')
		c = c == '?' ? 0x7f : c & 0x1f;
	*ret = (char)(n > 0 ? c | 0x80 : c);
	return n + 2;
}

/* What follows a backslash: \ooo, the C escapes, or the above. */
static size_t
unescape_one(const char *p, const char *end, char *ret)
{
	static const char from[] = "abfnrstv0#\\", to[] = "\a\b\f\n\r \t\v\0#\\";
	const char *c;
	size_t n;

	if (end - p >= 3 && p[0] >= '0' && p[0] <= '3' && p[1] >= '0' &&
	    p[1] <= '7' && p[2] >= '0' && p[2] <= '7') {
		*ret = (char)((p[0] - '0') << 6 | (p[1] - '0') << 3 |
		    (p[2] - '0'));
		return 3;
	}
	if ((n = unescape_meta(p, end, ret)) > 0)
		return n;
	if (p < end && (c = memchr(from, *p, sizeof(from) - 1)) != NULL) {
		*ret = to[c - from];
		return 1;
	}
	*ret = '\\';
	return 0;
}

/* -EBADMSG for what no path has; -ENAMETOOLONG. */
static int
unescape(struct word w, char *buf, size_t cap, size_t *ret_len)
{
	const char *p = w.p, *end = w.p + w.len;
	size_t n = 0;

	while (p < end) {
		if (n + 1 >= cap)
			return -ENAMETOOLONG;
		if (*p == '\\')
			p += 1 + unescape_one(p + 1, end, &buf[n]);
		else
			buf[n] = *p++;
		if (buf[n++] == '\0')
			return -EBADMSG;
	}
	buf[n] = '\0';
	*ret_len = n;
	return 0;
}

/* Keywords --------------------------------------------------------------- */

static int
set_type(struct facts *f, struct word v)
{
	static const struct { const char *name; enum tree_type type; } table[] = {
		{ "file", TREE_REG }, { "dir", TREE_DIR }, { "link", TREE_LNK },
		{ "block", TREE_BLK }, { "char", TREE_CHR },
		{ "fifo", TREE_FIFO }, { "socket", TREE_SOCK },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (word_is(v, table[i].name)) {
			f->type = (uint8_t)table[i].type;
			f->has |= HAS_TYPE;
			return 0;
		}
	return -EBADMSG;
}

static int
set_number(struct facts *f, uint8_t bit, struct word v, uint32_t *ret)
{
	if (!number(v, 10, UINT32_MAX, ret))
		return -EBADMSG;
	f->has |= bit;
	return 0;
}

static int
keyword(struct facts *f, struct word w)
{
	const char *eq = memchr(w.p, '=', w.len);
	struct word key = w, value;
	uint32_t mode;

	if (eq == NULL)
		return 0;		/* "optional", "nochange", ... */
	key.len = (size_t)(eq - w.p);
	value = (struct word){ eq + 1, w.len - key.len - 1 };
	if (word_is(key, "type"))
		return set_type(f, value);
	if (word_is(key, "uid"))
		return set_number(f, HAS_UID, value, &f->uid);
	if (word_is(key, "gid"))
		return set_number(f, HAS_GID, value, &f->gid);
	if (word_is(key, "nlink"))
		return set_number(f, HAS_NLINK, value, &f->nlink);
	if (word_is(key, "mode")) {
		if (!number(value, 8, 0177777, &mode))
			return -EBADMSG;
		f->mode = (uint16_t)(mode & 07777);
		f->has |= HAS_MODE;
	}
	return 0;
}

static int
keywords(struct facts *f, const char *p, const char *end)
{
	struct word w;
	int r = 0;

	while (r == 0 && next_word(&p, end, &w))
		r = keyword(f, w);
	return r;
}

static void
unset(struct facts *f, const char *p, const char *end)
{
	static const char *const name[] = { "type", "uid", "gid", "mode", "nlink" };
	struct word w;

	while (next_word(&p, end, &w)) {
		if (word_is(w, "all"))
			f->has = 0;
		for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++)
			if (word_is(w, name[i]))
				f->has &= (uint8_t)~(1u << i);
	}
}

/* Entries ---------------------------------------------------------------- */

static int
append(struct mtree *m, const char *path, const struct facts *f)
{
	struct entry *e;
	size_t cap;

	if (m->n == MTREE_MAX_ENTRIES)
		return -EFBIG;
	if (m->n == m->cap) {
		cap = m->cap != 0 ? m->cap * 2 : 256;
		if ((e = realloc(m->e, cap * sizeof(*e))) == NULL)
			return -ENOMEM;
		m->e = e;
		m->cap = cap;
	}
	e = &m->e[m->n];
	if ((e->path = strdup(path)) == NULL)
		return -ENOMEM;
	e->nth = m->n++;
	e->facts = *f;
	return 0;
}

/* A whole path from the tree's root, "./a/b" or "a/b" or "/a/b". */
static int
full_path(char *path, size_t len, char *buf)
{
	size_t n = 0, at = 0, part;
	int r;

	buf[0] = '\0';
	for (; at < len; at += part) {
		at += strspn(path + at, "/");
		part = strcspn(path + at, "/");
		if (part == 0 || (part == 1 && path[at] == '.'))
			continue;
		if (path_check_name(path + at, part) < 0)
			return part > TREE_NAME_MAX ? -ENAMETOOLONG : -EBADMSG;
		if ((r = path_join(buf, n, path + at, part, buf, &n)) < 0)
			return r;
	}
	return 0;
}

/* One name in the current directory; a directory becomes the current one. */
static int
relative(struct reader *r, const char *name, size_t len, const struct facts *f)
{
	char path[TREE_PATH_MAX + 1];
	size_t n = 0;
	bool dir = (f->has & HAS_TYPE) != 0 && f->type == TREE_DIR;
	int rc = 0;

	if (r->lost > 0)
		rc = -ENAMETOOLONG;
	else if (len == 1 && name[0] == '.')
		return append(r->m, r->cwd, f);
	else if (path_check_name(name, len) < 0)
		rc = len > TREE_NAME_MAX ? -ENAMETOOLONG : -EBADMSG;
	else
		rc = path_join(r->cwd, r->cwd_len, name, len, path, &n);
	if (rc == -ENAMETOOLONG) {	/* no client could ask for it */
		r->lost += dir;
		return 0;
	}
	if (rc < 0 || (rc = append(r->m, path, f)) < 0 || !dir)
		return rc;
	memcpy(r->cwd, path, n + 1);
	r->cwd_len = n;
	return 0;
}

static int
up(struct reader *r)
{
	if (r->lost > 0) {
		r->lost--;
	} else {		/* out of the root too, at a file's end */
		r->cwd_len = path_dir_len(r->cwd, r->cwd_len);
		r->cwd[r->cwd_len] = '\0';
	}
	return 0;
}

static int
entry_line(struct reader *r, struct word name, const char *p, const char *end)
{
	char text[4 * TREE_PATH_MAX], path[TREE_PATH_MAX + 1];
	struct facts f = r->set;
	size_t len;
	int rc;

	if ((rc = keywords(&f, p, end)) < 0)
		return rc;
	if ((rc = unescape(name, text, sizeof(text), &len)) < 0)
		return rc == -ENAMETOOLONG ? 0 : rc;
	if (memchr(text, '/', len) == NULL)
		return relative(r, text, len, &f);
	rc = full_path(text, len, path);
	if (rc == -ENAMETOOLONG)
		return 0;
	return rc < 0 ? rc : append(r->m, path, &f);
}

/* One line, without its newline. */
static int
line(struct reader *r, const char *p, const char *end)
{
	struct word w;

	if (!next_word(&p, end, &w) || w.p[0] == '#')
		return 0;
	if (word_is(w, ".."))
		return up(r);
	if (word_is(w, "/set"))
		return keywords(&r->set, p, end);
	if (word_is(w, "/unset")) {
		unset(&r->set, p, end);
		return 0;
	}
	return entry_line(r, w, p, end);
}

/* Files ------------------------------------------------------------------ */

static int
by_path(const void *va, const void *vb)
{
	const struct entry *a = va, *b = vb;
	int c = strcmp(a->path, b->path);

	return c != 0 ? c : (a->nth > b->nth) - (a->nth < b->nth);
}

/* Sort; of several entries for one path keep the last. */
static void
settle(struct mtree *m)
{
	size_t n = 0;

	if (m->n == 0)
		return;
	qsort(m->e, m->n, sizeof(*m->e), by_path);
	for (size_t i = 0; i < m->n; i++)
		if (i + 1 < m->n && strcmp(m->e[i].path, m->e[i + 1].path) == 0)
			free(m->e[i].path);
		else
			m->e[n++] = m->e[i];
	m->n = n;
}

/* A line and those that continue it, joined into buf; the text after them. */
static const char *
logical_line(const char *p, const char *end, char *buf, size_t *ret_len)
{
	const char *nl;
	size_t n = 0, len;
	bool more = true;

	while (more && p < end) {
		nl = memchr(p, '\n', (size_t)(end - p));
		len = (size_t)((nl != NULL ? nl : end) - p);
		memcpy(buf + n, p, len);
		p += len + (nl != NULL);
		while (len > 0 && buf[n + len - 1] == '\r')
			len--;
		more = len > 0 && buf[n + len - 1] == '\\';
		n += len;
		if (more)
			buf[n - 1] = ' ';
	}
	*ret_len = n;
	return p;
}

int
mtree_parse(const char *text, size_t len, struct mtree **ret)
{
	const char *p = text, *end = text + len;
	struct reader r = { .cwd_len = 0 };
	char *buf = malloc(len + 1);
	size_t n;
	int rc = 0;

	r.m = calloc(1, sizeof(*r.m));
	if (buf == NULL || r.m == NULL)
		rc = -ENOMEM;
	while (rc == 0 && p < end) {
		p = logical_line(p, end, buf, &n);
		rc = line(&r, buf, buf + n);
	}
	free(buf);
	if (rc < 0) {
		mtree_free(r.m);
		return rc;
	}
	settle(r.m);
	*ret = r.m;
	return 0;
}

static int
read_all(int fd, char **ret, size_t *ret_len)
{
	struct stat st;
	size_t n = 0;
	ssize_t got;
	char *buf;
	int r;

	if (fstat(fd, &st) == -1)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EBADMSG;
	if (st.st_size < 0 || (uint64_t)st.st_size > MTREE_MAX_BYTES)
		return -EFBIG;
	if ((buf = malloc((size_t)st.st_size + 1)) == NULL)
		return -ENOMEM;
	while (n < (size_t)st.st_size) {
		got = read(fd, buf + n, (size_t)st.st_size - n);
		if (got == -1 && errno == EINTR)
			continue;
		if (got == -1) {
			r = -errno;
			free(buf);
			return r;
		}
		if (got == 0)
			break;
		n += (size_t)got;
	}
	*ret = buf;
	*ret_len = n;
	return 0;
}

int
mtree_load(const char *file, struct mtree **ret)
{
	char *text = NULL;
	size_t len = 0;
	int fd, r;

	fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1)
		return -errno;
	if ((r = read_all(fd, &text, &len)) == 0) {
		r = mtree_parse(text, len, ret);
		free(text);
	}
	(void)close(fd);
	return r;
}

void
mtree_apply(const struct mtree *m, const char *path, struct tree_attr *a)
{
	size_t lo = 0, hi = m->n, mid;
	const struct facts *f;
	int c;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		c = strcmp(path, m->e[mid].path);
		if (c != 0) {
			if (c < 0)
				hi = mid;
			else
				lo = mid + 1;
			continue;
		}
		f = &m->e[mid].facts;
		if ((f->has & HAS_TYPE) != 0 && f->type != a->type)
			return;		/* speaks of something else */
		if (f->has & HAS_UID)
			a->uid = f->uid;
		if (f->has & HAS_GID)
			a->gid = f->gid;
		if (f->has & HAS_MODE)
			a->mode = f->mode;
		if ((f->has & HAS_NLINK) && a->type != TREE_DIR)
			a->nlink = f->nlink;
		return;
	}
}

size_t
mtree_count(const struct mtree *m)
{
	return m->n;
}

void
mtree_free(struct mtree *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; i < m->n; i++)
		free(m->e[i].path);
	free(m->e);
	free(m);
}
