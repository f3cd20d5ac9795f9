/* http_msg.h - HTTP/1.1 requests for files, what is to be answered, and the
 * heads of the answers.
 *
 * GET and HEAD of files, with conditions and ranges: what firmware, boot
 * programs and installers send.  Strict where two readers of the same bytes
 * could differ: lines end with CRLF and are never folded, a Host is there once,
 * a name and its colon stand together, a body's length is said once.  Bodies are
 * not read at all: what comes after one is never a request.
 *
 * The reader is our own. The packaged one, http-parser, is kept by nobody any more.
 * It takes lines that end with LF alone, folded ones, a name with a space before its
 * colon, no Host or two, a request without a version, and chunks in HTTP/1.0;
 * to refuse all that, and to read targets, conditions and ranges, would still be
 * ours: cutting a head into lines, which is what it would do, is a hundred lines
 * here, and costs the same.
 *
 * Pure: no socket, no clock.  Nothing is allocated.
 * Errors: a request that is refused gives -STATUS, and its connection ends.
 * Layer: httpd, codec and decision.  Spec: RFC 9110 (8.8 validators, 13 conditions, 14 ranges),
 * RFC 9112 (2.2, 3, 5, 6.1), RFC 3986 (5.2.4 dot segments).
 */
#ifndef HTTPD_HTTP_MSG_H
#define HTTPD_HTTP_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_HEAD_MAX	8192u	/* bytes of a request's head */
#define HTTP_FIELDS_MAX	64u
#define HTTP_PATH_MAX	1024u	/* decoded, with the NUL */
#define HTTP_RANGES	16u	/* more are as none */
#define HTTP_TAGS	16u
#define HTTP_DATE_LEN	30u	/* "Sun, 06 Nov 1994 08:49:37 GMT" and a NUL */

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_OTHER };

/* Validators that the client has.  Ours are numbers: others match nothing. */
struct http_tags {
	bool	 given, any;		/* any: "*" */
	uint8_t	 n;
	uint64_t tag[HTTP_TAGS];
};
struct http_time { bool given; int64_t s; };
struct http_spec { bool has_from, has_to; uint64_t from, to; };	/* 14.1.1 */

struct http_req {
	enum http_method method;
	bool	 keep;			/* the connection may be used again */
	bool	 has_body;
	char	 path[HTTP_PATH_MAX];	/* begins with "/": decoded, no query, no dot segments */
	struct http_tags match, none_match;
	struct http_time modified, unmodified;	/* If-(Un)Modified-Since */
	bool	 if_range;		/* one of: */
	struct http_tags range_tag;
	struct http_time range_time;
	unsigned n_range;		/* 0: the whole file */
	struct http_spec range[HTTP_RANGES];
};

/* The length of the head; 0: it is not complete yet; or -STATUS. */
int	http_parse(const char *p, size_t len, struct http_req *ret);

/* What is at the path. */
struct http_file {
	uint64_t size;
	bool	 lasting;		/* it has validators; else nobody may keep it */
	uint64_t tag;
	int64_t	 mtime;
};
struct http_part { uint64_t from, to; };	/* bytes [from, to) */
struct http_answer {
	int	 status;
	uint64_t length;		/* of the content */
	unsigned n_part;		/* of it; several: multipart/byteranges */
	struct http_part part[HTTP_RANGES];
	struct http_file file;
};

/* RFC 9110 13.2.2, then 14.2. */
void	http_decide(const struct http_req *, const char *path,
	    const struct http_file *, struct http_answer *ret);
/* Without a file. */
void	http_refuse(int status, struct http_answer *ret);

/* Returns its length; all of it always fits HTTP_OUT_MAX.  now: for Date. */
#define HTTP_OUT_MAX	1024u
size_t	http_head(const struct http_answer *, const char *path, bool keep,
	    int64_t now, char buf[HTTP_OUT_MAX]);
/* What stands before part i of several, and (i = n_part) behind the last. */
size_t	http_part_head(const struct http_answer *, const char *path, unsigned i,
	    char buf[HTTP_OUT_MAX]);

/* Without leap seconds; RFC 9110 5.6.7.  All three forms are read. */
void	http_date(int64_t s, char ret[HTTP_DATE_LEN]);
bool	http_date_parse(const char *p, size_t len, int64_t *ret);

#endif /* HTTPD_HTTP_MSG_H */
