/* http_msg.c - HTTP/1.1 requests for files, and the heads of their answers. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "http_msg.h"

/* Text -------------------------------------------------------------------- */

struct text { const char *p; size_t n; };

static bool
is(struct text t, const char *word)
{
	return t.n == strlen(word) && strncasecmp(t.p, word, t.n) == 0;
}

/* What is before the mark, if it is there; all behind it stays in from. */
static struct text
cut(struct text *from, char mark)
{
	const char *at = memchr(from->p, mark, from->n);
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
	while (t.n > 0 && (t.p[0] == ' ' || t.p[0] == '\t')) {
		t.p++;
		t.n--;
	}
	while (t.n > 0 && (t.p[t.n - 1] == ' ' || t.p[t.n - 1] == '\t' ||
	    t.p[t.n - 1] == '\r'))
		t.n--;
	return t;
}

static bool
number(struct text t, uint64_t *ret)
{
	uint64_t v = 0;

	if (t.n == 0 || t.n > 18)
		return false;
	for (size_t i = 0; i < t.n; i++) {
		if (t.p[i] < '0' || t.p[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(t.p[i] - '0');
	}
	*ret = v;
	return true;
}

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Requests ---------------------------------------------------------------- */

/* "/a%20b?c", "http://server/a": a name without its query; "" when it can't be one. */
static void
take_path(struct text t, char ret[HTTP_PATH_MAX])
{
	size_t n = 0;

	ret[0] = '\0';
	if (t.n > 7 && strncasecmp(t.p, "http://", 7) == 0) {
		t = (struct text){ t.p + 7, t.n - 7 };
		(void)cut(&t, '/');
		t = (struct text){ t.p - 1, t.n + 1 };
	}
	t = cut(&t, '?');
	if (t.n == 0 || t.p[0] != '/')
		return;
	for (size_t i = 0; i < t.n; i++) {
		char c = t.p[i];

		if (c == '%') {
			if (i + 2 >= t.n || hex(t.p[i + 1]) < 0 || hex(t.p[i + 2]) < 0)
				break;
			c = (char)(hex(t.p[i + 1]) << 4 | hex(t.p[i + 2]));
			i += 2;
		}
		if (c == '\0' || n + 1 >= HTTP_PATH_MAX)
			break;
		ret[n++] = c;
		if (i + 1 == t.n) {
			ret[n] = '\0';
			return;
		}
	}
	ret[0] = '\0';
}

/* One range in bytes.  RFC 9110 14.2: what is not understood is as if it were
 * not there; nor are several served. */
static void
take_range(struct text t, struct http_req *r)
{
	struct text unit = cut(&t, '='), from;

	if (!is(trim(unit), "bytes") || memchr(t.p, ',', t.n) != NULL ||
	    memchr(t.p, '-', t.n) == NULL)
		return;
	from = trim(cut(&t, '-'));
	t = trim(t);
	r->has_from = number(from, &r->from);
	r->has_to = number(t, &r->to);
	r->has_range = (r->has_from && (r->has_to || t.n == 0) &&
	    (!r->has_to || r->from <= r->to)) || (from.n == 0 && r->has_to);
}

static void
take_field(struct text line, struct http_req *r)
{
	struct text name = cut(&line, ':'), value = trim(line);

	if (is(name, "Connection")) {
		if (is(value, "close"))
			r->keep = false;
		else if (is(value, "keep-alive"))
			r->keep = true;
	} else if (is(name, "Range"))
		take_range(value, r);
	else if (is(name, "Transfer-Encoding") ||
	    (is(name, "Content-Length") && !is(value, "0")))
		r->has_body = true;
}

/* The empty line that ends the head; 0: not there. */
static size_t
head_len(const char *p, size_t len)
{
	for (size_t i = 1; i < len; i++)
		if (p[i] == '\n' && (p[i - 1] == '\n' ||
		    (i >= 2 && p[i - 1] == '\r' && p[i - 2] == '\n')))
			return i + 1;
	return 0;
}

int
http_parse(const char *p, size_t len, struct http_req *r)
{
	size_t n = head_len(p, len < HTTP_HEAD_MAX ? len : HTTP_HEAD_MAX);
	struct text all = { p, n }, line, method, path;

	memset(r, 0, sizeof(*r));
	if (n == 0)
		return len >= HTTP_HEAD_MAX ? -EMSGSIZE : 0;
	line = trim(cut(&all, '\n'));
	method = cut(&line, ' ');
	path = cut(&line, ' ');
	if (line.n != 8 || strncmp(line.p, "HTTP/1.", 7) != 0)
		return -EBADMSG;
	r->keep = line.p[7] != '0';
	r->method = is(method, "GET") ? HTTP_GET : is(method, "HEAD") ? HTTP_HEAD :
	    HTTP_OTHER;
	take_path(path, r->path);
	while (all.n > 0)
		take_field(trim(cut(&all, '\n')), r);
	return (int)n;
}

/* Answers ----------------------------------------------------------------- */

void
http_range(const struct http_req *r, uint64_t size, struct http_answer *a)
{
	*a = (struct http_answer){ .status = 200, .to = size, .size = size };
	/* RFC 9110 14.2: a range is for GET alone. */
	if (!r->has_range || r->method != HTTP_GET)
		return;
	if (!r->has_from)
		a->from = r->to < size ? size - r->to : 0;
	else
		a->from = r->from;
	if (r->has_from && r->has_to && r->to < size)
		a->to = r->to + 1;
	if (a->from >= size || (!r->has_from && r->to == 0)) {
		*a = (struct http_answer){ .status = 416, .size = size };
		return;
	}
	a->status = 206;
}

static const char *
reason(int status)
{
	switch (status) {
	case 200:
		return "OK";
	case 206:
		return "Partial Content";
	case 400:
		return "Bad Request";
	case 403:
		return "Forbidden";
	case 404:
		return "Not Found";
	case 405:
		return "Method Not Allowed";
	case 416:
		return "Range Not Satisfiable";
	case 431:
		return "Request Header Fields Too Large";
	case 503:
		return "Service Unavailable";
	default:
		return "Internal Server Error";
	}
}

/* UEFI goes by the type where the name's end does not tell it (UEFI 2.10 24.7.3.1). */
static const char *
type_of(const char *path)
{
	size_t n = strlen(path);

	if (n >= 4 && strcasecmp(path + n - 4, ".efi") == 0)
		return "application/efi";
	if (n >= 4 && strcasecmp(path + n - 4, ".iso") == 0)
		return "application/vnd.efi-iso";
	if (n >= 4 && strcasecmp(path + n - 4, ".img") == 0)
		return "application/vnd.efi-img";
	return "application/octet-stream";
}

int
http_head(const struct http_answer *a, const char *path, bool keep,
    char *buf, size_t cap)
{
	char range[96] = "";

	if (a->status == 206)
		(void)snprintf(range, sizeof(range), "Content-Range: bytes %" PRIu64
		    "-%" PRIu64 "/%" PRIu64 "\r\n", a->from, a->to - 1, a->size);
	else if (a->status == 416)
		(void)snprintf(range, sizeof(range),
		    "Content-Range: bytes */%" PRIu64 "\r\n", a->size);
	else if (a->status == 405)
		(void)snprintf(range, sizeof(range), "Allow: GET, HEAD\r\n");
	return snprintf(buf, cap, "HTTP/1.1 %d %s\r\nServer: provd\r\n"
	    "Content-Type: %s\r\nContent-Length: %" PRIu64 "\r\n%s%s"
	    "Connection: %s\r\n\r\n", a->status, reason(a->status),
	    a->status < 300 ? type_of(path) : "text/plain", a->to - a->from,
	    a->status < 300 ? "Accept-Ranges: bytes\r\n" : "", range,
	    keep ? "keep-alive" : "close");
}
