/* http_answer.c - what a request for a file gets, and the heads of answers. */
#include <string.h>
#include <strings.h>

#include "http_msg.h"

/* Writing ----------------------------------------------------------------- */

/* Always room for what is written here: names of our own, and numbers. */
struct out { char *p; size_t n; };

static void
put(struct out *o, const char *s)
{
	size_t n = strlen(s);

	memcpy(o->p + o->n, s, n);
	o->n += n;
}

static void
put_num(struct out *o, uint64_t v)
{
	char digit[21], *at = digit + sizeof(digit) - 1;

	*at = '\0';
	do
		*--at = (char)('0' + v % 10);
	while ((v /= 10) > 0);
	put(o, at);
}

static void
put_hex(struct out *o, uint64_t v)
{
	for (int i = 60; i >= 0; i -= 4)
		o->p[o->n++] = "0123456789abcdef"[v >> i & 15];
}

/* Ranges ------------------------------------------------------------------ */

/* Which bytes of a file that is s->size long; false: none. */
static bool
resolve(const struct http_spec *s, uint64_t size, struct http_part *ret)
{
	if (!s->has_from) {
		*ret = (struct http_part){ s->to < size ? size - s->to : 0, size };
		return s->to > 0 && size > 0;
	}
	*ret = (struct http_part){ s->from,
	    s->has_to && s->to < size ? s->to + 1 : size };
	return s->from < size;
}

static void
whole(struct http_answer *a)
{
	a->status = 200;
	a->n_part = 1;
	a->part[0] = (struct http_part){ 0, a->file.size };
	a->length = a->file.size;
}

/* RFC 9110 14.2, 15.3.7.  Ranges that ask for more than the file has, all
 * together, are the whole of it: else a small request would make a large answer. */
static void
take_ranges(const struct http_req *r, const char *path, struct http_answer *a)
{
	char head[HTTP_OUT_MAX];
	uint64_t sum = 0;

	a->status = 206;
	for (unsigned i = 0; i < r->n_range; i++)
		if (resolve(&r->range[i], a->file.size, &a->part[a->n_part])) {
			sum += a->part[a->n_part].to - a->part[a->n_part].from;
			a->n_part++;
		}
	if (a->n_part == 0) {
		a->status = 416;
		return;
	}
	if (r->n_range > 1 && sum > a->file.size) {
		whole(a);
		return;
	}
	a->length = sum;
	for (unsigned i = 0; a->n_part > 1 && i <= a->n_part; i++)
		a->length += http_part_head(a, path, i, head);
}

/* Conditions -------------------------------------------------------------- */

static bool
has_tag(const struct http_tags *t, const struct http_file *f)
{
	for (unsigned i = 0; f->lasting && i < t->n; i++)
		if (t->tag[i] == f->tag)
			return true;
	return t->any;
}

/* RFC 9110 13.1.5: of a file that may have changed since, the whole. */
static bool
range_holds(const struct http_req *r, const struct http_file *f)
{
	if (!r->if_range)
		return true;
	if (!f->lasting)
		return false;
	if (r->range_time.given)
		return r->range_time.s == f->mtime;
	return !r->range_tag.any && has_tag(&r->range_tag, f);
}

/* RFC 9110 13.2.2, steps 1 to 4. */
static int
condition(const struct http_req *r, const struct http_file *f)
{
	if (r->match.given) {
		if (!has_tag(&r->match, f))
			return 412;
	} else if (r->unmodified.given && f->lasting && f->mtime > r->unmodified.s)
		return 412;
	if (r->none_match.given) {
		if (has_tag(&r->none_match, f))
			return 304;
	} else if (r->modified.given && f->lasting && f->mtime <= r->modified.s)
		return 304;
	return 0;
}

void
http_decide(const struct http_req *r, const char *path,
    const struct http_file *f, struct http_answer *a)
{
	int no = condition(r, f);

	memset(a, 0, sizeof(*a));
	a->file = *f;
	if (no != 0)
		a->status = no;
	/* A range is for GET alone, RFC 9110 14.2. */
	else if (r->n_range > 0 && r->method == HTTP_GET && range_holds(r, f))
		take_ranges(r, path, a);
	else
		whole(a);
}

void
http_refuse(int status, struct http_answer *a)
{
	memset(a, 0, sizeof(*a));
	a->status = status;
}

/* Heads ------------------------------------------------------------------- */

static const char *
status_line(int status)
{
	switch (status) {
#define LINE(code, text) case code: return "HTTP/1.1 " #code " " text "\r\n"
	LINE(200, "OK");
	LINE(206, "Partial Content");
	LINE(304, "Not Modified");
	LINE(400, "Bad Request");
	LINE(403, "Forbidden");
	LINE(404, "Not Found");
	LINE(405, "Method Not Allowed");
	LINE(408, "Request Timeout");
	LINE(412, "Precondition Failed");
	LINE(414, "URI Too Long");
	LINE(416, "Range Not Satisfiable");
	LINE(431, "Request Header Fields Too Large");
	LINE(501, "Not Implemented");
	LINE(503, "Service Unavailable");
	LINE(505, "HTTP Version Not Supported");
#undef LINE
	default:
		return "HTTP/1.1 500 Internal Server Error\r\n";
	}
}

/* UEFI goes by the type where the name's end does not tell it (UEFI 2.10
 * 24.7.3.1); nobody else who boots or installs does. */
static const char *
type_of(const char *path)
{
	size_t n = strlen(path);
	const char *end = n >= 4 ? path + n - 4 : "";

	if (strcasecmp(end, ".efi") == 0)
		return "application/efi";
	if (strcasecmp(end, ".iso") == 0)
		return "application/vnd.efi-iso";
	if (strcasecmp(end, ".img") == 0)
		return "application/vnd.efi-img";
	return "application/octet-stream";
}

static void
put_range(struct out *o, const struct http_answer *a, unsigned i)
{
	put(o, "Content-Range: bytes ");
	put_num(o, a->part[i].from);
	put(o, "-");
	put_num(o, a->part[i].to - 1);
	put(o, "/");
	put_num(o, a->file.size);
	put(o, "\r\n");
}

/* One that no file has by chance. */
static void
put_boundary(struct out *o, const struct http_answer *a)
{
	put(o, "provd-");
	put_hex(o, a->file.tag * 0x9e3779b97f4a7c15u ^ a->file.size);
	put_hex(o, (a->file.tag ^ 0x5bd1e995u) * 0xff51afd7ed558ccdu);
}

size_t
http_part_head(const struct http_answer *a, const char *path, unsigned i,
    char buf[HTTP_OUT_MAX])
{
	struct out o = { buf, 0 };

	put(&o, i == 0 ? "--" : "\r\n--");
	put_boundary(&o, a);
	if (i == a->n_part) {
		put(&o, "--\r\n");
		return o.n;
	}
	put(&o, "\r\nContent-Type: ");
	put(&o, type_of(path));
	put(&o, "\r\n");
	put_range(&o, a, i);
	put(&o, "\r\n");
	return o.n;
}

static void
put_date(struct out *o, const char *name, int64_t s)
{
	char date[HTTP_DATE_LEN];

	http_date(s, date);
	put(o, name);
	put(o, date);
	put(o, "\r\n");
}

/* RFC 9110 8.8.2.1: nothing was changed in the future. */
static void
put_validators(struct out *o, const struct http_file *f, int64_t now)
{
	if (!f->lasting)
		return;
	put(o, "ETag: \"");
	put_hex(o, f->tag);
	put(o, "\"\r\n");
	put_date(o, "Last-Modified: ", f->mtime < now ? f->mtime : now);
}

static void
put_content(struct out *o, const struct http_answer *a, const char *path)
{
	if (a->n_part > 1) {
		put(o, "Content-Type: multipart/byteranges; boundary=");
		put_boundary(o, a);
		put(o, "\r\n");
	} else if (a->n_part == 1) {
		put(o, "Content-Type: ");
		put(o, type_of(path));
		put(o, "\r\n");
		if (a->status == 206)
			put_range(o, a, 0);
	}
	put(o, "Content-Length: ");
	put_num(o, a->length);
	put(o, "\r\n");
}

size_t
http_head(const struct http_answer *a, const char *path, bool keep,
    int64_t now, char buf[HTTP_OUT_MAX])
{
	struct out o = { buf, 0 };

	put(&o, status_line(a->status));
	put_date(&o, "Date: ", now);
	if (a->status == 200 || a->status == 206)
		put(&o, "Accept-Ranges: bytes\r\n");
	if (a->status == 200 || a->status == 206 || a->status == 304)
		put_validators(&o, &a->file, now);
	/* What is not there, or has another answer next time: RFC 9111 4.2.2 would
	 * let a cache guess. */
	if (!a->file.lasting)
		put(&o, "Cache-Control: no-store\r\n");
	if (a->status == 405)
		put(&o, "Allow: GET, HEAD\r\n");
	if (a->status == 416) {
		put(&o, "Content-Range: bytes */");
		put_num(&o, a->file.size);
		put(&o, "\r\n");
	}
	if (a->status != 304)
		put_content(&o, a, path);
	put(&o, keep ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n");
	return o.n;
}
