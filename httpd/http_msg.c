/* http_msg.c - requests. */
#include <string.h>
#include <strings.h>

#include "../lib/addr.h"
#include "http_msg.h"

enum { INCOMPLETE = 0, BAD = -400, TOO_LONG_NAME = -414, TOO_MUCH = -431,
	NOT_KNOWN = -501, NOT_THIS_VERSION = -505 };

/* Text -------------------------------------------------------------------- */

struct text { const char *p; size_t n; };

static bool
is(struct text t, const char *word)
{
	return t.n == strlen(word) && strncasecmp(t.p, word, t.n) == 0;
}

/* What is before the mark; all behind it stays in from.  Without a mark: all. */
static struct text
cut(struct text *from, char mark)
{
	const char *at = from->n > 0 ? memchr(from->p, mark, from->n) : NULL;
	struct text t = *from;

	if (at == NULL) {
		*from = (struct text){ from->p + from->n, 0 };
		return t;
	}
	t.n = (size_t)(at - from->p);
	*from = (struct text){ at + 1, from->n - t.n - 1 };
	return t;
}

static struct text
trim(struct text t)
{
	for (; t.n > 0 && (t.p[0] == ' ' || t.p[0] == '\t'); t.n--)
		t.p++;
	while (t.n > 0 && (t.p[t.n - 1] == ' ' || t.p[t.n - 1] == '\t'))
		t.n--;
	return t;
}

static bool
is_digits(struct text t)
{
	for (size_t i = 0; i < t.n; i++)
		if (t.p[i] < '0' || t.p[i] > '9')
			return false;
	return t.n > 0;
}

/* A number past the end of every file is as good as any such. */
static bool
number(struct text t, uint64_t *ret)
{
	uint64_t v = 0;

	if (!is_digits(t))
		return false;
	for (size_t i = 0; i < t.n; i++)
		v = v > INT64_MAX / 10 - 1 ? INT64_MAX :
		    v * 10 + (uint64_t)(t.p[i] - '0');
	*ret = v;
	return true;
}

/* tchar, RFC 9110 5.6.2 */
static bool
is_token(struct text t)
{
	for (size_t i = 0; i < t.n; i++) {
		char c = t.p[i], low = (char)(c | 0x20);

		if (!((low >= 'a' && low <= 'z') || (c >= '0' && c <= '9') ||
		    (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL)))
			return false;
	}
	return t.n > 0;
}

/* No control bytes: no CR, LF or NUL above all.  RFC 9110 5.5 */
static bool
is_value(struct text t)
{
	for (size_t i = 0; i < t.n; i++)
		if (((unsigned char)t.p[i] < ' ' && t.p[i] != '\t') || t.p[i] == 0x7f)
			return false;
	return true;
}

/* A list's next element that is not empty, RFC 9110 5.6.1. */
static bool
next(struct text *list, struct text *ret)
{
	while (list->n > 0) {
		*ret = trim(cut(list, ','));
		if (ret->n > 0)
			return true;
	}
	return false;
}

/* Names ------------------------------------------------------------------- */

/* Both sides of "/./" and "/../" fall together; above the root is the root. */
static void
drop_dots(char *path)
{
	char *out = path;
	const char *in = path;

	while (*in != '\0') {		/* at a slash */
		size_t n = 1 + strcspn(in + 1, "/");
		bool last = in[n] == '\0';

		if (n == 2 && in[1] == '.') {
			if (last)
				*out++ = '/';
		} else if (n == 3 && in[1] == '.' && in[2] == '.') {
			while (out > path && *--out != '/')
				;
			if (last)
				*out++ = '/';
		} else {
			memmove(out, in, n);
			out += n;
		}
		in += n;
	}
	if (out == path)
		*out++ = '/';
	*out = '\0';
}

/* The absolute form, RFC 9112 3.2.2: whatever server it names is we. */
static int
drop_server(struct text *t)
{
	size_t n = 0;

	if (t->n > 7 && strncasecmp(t->p, "http://", 7) == 0)
		n = 7;
	else if (t->n > 8 && strncasecmp(t->p, "https://", 8) == 0)
		n = 8;
	if (n == 0)
		return 0;
	*t = (struct text){ t->p + n, t->n - n };
	for (n = 0; n < t->n && strchr("/?", t->p[n]) == NULL; n++)
		;
	if (n == 0)
		return BAD;
	*t = n < t->n && t->p[n] == '/' ? (struct text){ t->p + n, t->n - n } :
	    (struct text){ "/", 1 };
	return 0;
}

static int
take_path(struct text t, char ret[HTTP_PATH_MAX])
{
	size_t n = 0;
	int r, hi, lo;

	if ((r = drop_server(&t)) < 0)
		return r;
	t = cut(&t, '?');
	if (t.n == 0 || t.p[0] != '/')
		return BAD;
	for (size_t i = 0; i < t.n; i++) {
		char c = t.p[i];

		if (c == '%') {
			if (t.n - i < 3 || (hi = hex_digit(t.p[i + 1])) < 0 ||
			    (lo = hex_digit(t.p[i + 2])) < 0)
				return BAD;
			c = (char)(hi << 4 | lo);
			i += 2;
		}
		if (c == '\0')
			return BAD;
		if (n + 1 >= HTTP_PATH_MAX)
			return TOO_LONG_NAME;
		ret[n++] = c;
	}
	ret[n] = '\0';
	drop_dots(ret);
	return 0;
}

/* Fields ------------------------------------------------------------------ */

/* What a head says of itself, to be looked at as a whole. */
struct head {
	unsigned minor;			/* of HTTP/1 */
	unsigned n_host, n_range, n_if_range;
	bool	 chunked, length, close, keep;
	uint64_t body;
};

/* The number in "\"0123456789abcdef\"": what we call a file.  weak: W/ before it
 * is no harm (RFC 9110 8.8.3.2). */
static bool
tag_of(struct text t, bool weak, uint64_t *ret)
{
	int d;

	if (weak && t.n > 2 && t.p[0] == 'W' && t.p[1] == '/')
		t = (struct text){ t.p + 2, t.n - 2 };
	if (t.n != 18 || t.p[0] != '"' || t.p[17] != '"')
		return false;
	*ret = 0;
	for (size_t i = 1; i < 17; i++) {
		if ((d = hex_digit(t.p[i])) < 0)
			return false;
		*ret = *ret << 4 | (unsigned)d;
	}
	return true;
}

/* A tag of somebody else may hold a comma: its pieces are no tags of ours. */
static void
take_tags(struct text t, bool weak, struct http_tags *ret)
{
	struct text e;

	ret->given = true;
	if (is(t, "*"))
		ret->any = true;
	while (next(&t, &e))
		if (ret->n < HTTP_TAGS && tag_of(e, weak, &ret->tag[ret->n]))
			ret->n++;
}

static void
take_time(struct text t, struct http_time *ret)
{
	int64_t s;

	if (http_date_parse(t.p, t.n, &s))
		*ret = (struct http_time){ true, s };
}

/* RFC 9110 14.1.2.  14.2: what is not understood is as if it were not there. */
static bool
take_spec(struct text t, struct http_spec *s)
{
	struct text from;

	if (memchr(t.p, '-', t.n) == NULL)
		return false;
	from = cut(&t, '-');
	s->has_from = number(from, &s->from);
	s->has_to = number(t, &s->to);
	if (s->has_from)
		return t.n == 0 || (s->has_to && s->from <= s->to);
	return from.n == 0 && s->has_to;
}

static void
take_ranges(struct text t, struct http_req *r)
{
	struct text unit = cut(&t, '='), e;
	unsigned n = 0;

	if (!is(unit, "bytes"))
		return;
	while (next(&t, &e)) {
		if (n == HTTP_RANGES || !take_spec(e, &r->range[n]))
			return;
		n++;
	}
	r->n_range = n;
}

static void
take_connection(struct text t, struct head *h)
{
	struct text e;

	while (next(&t, &e)) {
		h->close = h->close || is(e, "close");
		h->keep = h->keep || is(e, "keep-alive");
	}
}

/* A length that is said twice must be the same; RFC 9112 6.3. */
static int
take_length(struct text t, struct head *h)
{
	uint64_t v;

	if (!number(t, &v) || (h->length && v != h->body))
		return BAD;
	h->length = true;
	h->body = v;
	return 0;
}

static bool
is_host(struct text t)
{
	for (size_t i = 0; i < t.n; i++)
		if ((unsigned char)t.p[i] <= ' ' || (unsigned char)t.p[i] >= 0x7f ||
		    strchr("/?#@\\", t.p[i]) != NULL)
			return false;
	return true;
}

static int
take_field(struct text name, struct text value, struct head *h, struct http_req *r)
{
	switch (name.p[0] | 0x20) {
	case 'c':
		if (is(name, "Connection"))
			take_connection(value, h);
		else if (is(name, "Content-Length"))
			return take_length(value, h);
		break;
	case 'h':
		if (is(name, "Host") && (h->n_host++ > 0 || !is_host(value)))
			return BAD;
		break;
	case 'i':
		if (is(name, "If-None-Match"))
			take_tags(value, true, &r->none_match);
		else if (is(name, "If-Match"))
			take_tags(value, false, &r->match);
		else if (is(name, "If-Modified-Since"))
			take_time(value, &r->modified);
		else if (is(name, "If-Unmodified-Since"))
			take_time(value, &r->unmodified);
		else if (is(name, "If-Range") && h->n_if_range++ == 0) {
			r->if_range = true;
			take_tags(value, false, &r->range_tag);
			take_time(value, &r->range_time);
		}
		break;
	case 'r':
		if (is(name, "Range") && h->n_range++ == 0)
			take_ranges(value, r);
		break;
	case 't':
		if (is(name, "Transfer-Encoding"))
			h->chunked = true;
		break;
	default:
		break;
	}
	return 0;
}

/* Heads ------------------------------------------------------------------- */

/* A line without its CRLF; false: it has no end yet.  An LF alone is an error
 * of the sender's that others may read in another way. */
static int
next_line(struct text *all, struct text *ret)
{
	const char *nl = all->n > 0 ? memchr(all->p, '\n', all->n) : NULL;

	if (nl == NULL)
		return INCOMPLETE;
	if (nl == all->p || nl[-1] != '\r')
		return BAD;
	*ret = (struct text){ all->p, (size_t)(nl - all->p) - 1 };
	all->n -= ret->n + 2;
	all->p = nl + 1;
	return 1;
}

static int
take_version(struct text t, struct head *h)
{
	if (t.n != 8 || memcmp(t.p, "HTTP/", 5) != 0 || t.p[6] != '.' ||
	    t.p[5] < '0' || t.p[5] > '9' || t.p[7] < '0' || t.p[7] > '9')
		return BAD;
	if (t.p[5] != '1')
		return NOT_THIS_VERSION;
	h->minor = (unsigned)(t.p[7] - '0');
	return 0;
}

/* Methods are case-sensitive, RFC 9110 9.1. */
static int
take_method(struct text t, struct http_req *r)
{
	static const char *const known[] = { "POST", "PUT", "DELETE", "OPTIONS",
	    "PATCH", "TRACE", "CONNECT" };

	if (!is_token(t))
		return BAD;
	if (t.n == 3 && memcmp(t.p, "GET", 3) == 0) {
		r->method = HTTP_GET;
		return 0;
	}
	if (t.n == 4 && memcmp(t.p, "HEAD", 4) == 0) {
		r->method = HTTP_HEAD;
		return 0;
	}
	r->method = HTTP_OTHER;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (t.n == strlen(known[i]) && memcmp(t.p, known[i], t.n) == 0)
			return 0;
	return NOT_KNOWN;
}

static int
take_request_line(struct text line, struct head *h, struct http_req *r)
{
	struct text method, target, version;
	int m, v;

	if (!is_value(line) || memchr(line.p, '\t', line.n) != NULL)
		return BAD;
	method = cut(&line, ' ');
	target = cut(&line, ' ');
	version = line;
	m = take_method(method, r);
	if (m == BAD || target.n == 0 || (v = take_version(version, h)) == BAD)
		return BAD;
	if (v < 0 || m < 0)
		return v < 0 ? v : m;
	return r->method == HTTP_OTHER ? 0 : take_path(target, r->path);
}

static int
take_fields(struct text *all, struct head *h, struct http_req *r)
{
	struct text line, name;
	int e;

	for (unsigned n = 0; (e = next_line(all, &line)) == 1; n++) {
		if (line.n == 0)
			return 1;
		if (n == HTTP_FIELDS_MAX)
			return TOO_MUCH;
		if (memchr(line.p, ':', line.n) == NULL)
			return BAD;
		name = cut(&line, ':');
		if (!is_token(name) || !is_value(line))	/* a folded line begins with a space */
			return BAD;
		if ((e = take_field(name, trim(line), h, r)) < 0)
			return e;
	}
	return e;
}

/* How its connection goes on. */
static int
conclude(const struct head *h, struct http_req *r)
{
	if ((h->minor > 0 && h->n_host == 0) || (h->chunked && (h->length || h->minor == 0)))
		return BAD;
	r->has_body = h->chunked || h->body > 0;
	r->keep = !h->close && !r->has_body && (h->minor > 0 || h->keep);
	if (h->n_range > 1)		/* which of them was meant? */
		r->n_range = 0;
	return 0;
}

int
http_parse(const char *p, size_t len, struct http_req *r)
{
	struct text all = { p, len < HTTP_HEAD_MAX ? len : HTTP_HEAD_MAX }, line;
	bool full = len >= HTTP_HEAD_MAX;
	struct head h = { 0 };
	int e = 1;

	memset(r, 0, sizeof(*r));
	/* RFC 9112 2.2: an empty line or two before it are none of it. */
	for (int i = 0; e == 1; i++) {
		if ((e = next_line(&all, &line)) == 1 && (line.n > 0 || i == 2))
			break;
	}
	if (e == INCOMPLETE)
		return full ? TOO_LONG_NAME : 0;
	if (e < 0 || (e = take_request_line(line, &h, r)) < 0)
		return e;
	if ((e = take_fields(&all, &h, r)) <= 0)
		return e == INCOMPLETE && full ? TOO_MUCH : e;
	if ((e = conclude(&h, r)) < 0)
		return e;
	return (int)(all.p - p);
}
