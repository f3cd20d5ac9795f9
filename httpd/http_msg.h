/* http_msg.h - HTTP/1.1 requests for files, and the heads of their answers.
 *
 * GET and HEAD, one range, nothing else: what firmware and boot programs
 * send.  Pure.  Nothing is allocated; the input is read once, to the end of its
 * head.
 * Errors: 0 if the head is not complete yet; -EMSGSIZE: longer than HTTP_HEAD_MAX;
 * -EBADMSG: no request.
 * Layer: httpd, codec.  Spec: RFC 9110 (9.3.1 GET, 9.3.2 HEAD, 14 ranges), RFC 9112.
 */
#ifndef HTTPD_HTTP_MSG_H
#define HTTPD_HTTP_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_HEAD_MAX	8192u
#define HTTP_PATH_MAX	1024u

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_OTHER };

struct http_req {
	enum http_method method;
	bool	 keep;		/* the connection may be used again */
	bool	 has_body;	/* which is not read: close afterwards */
	bool	 has_range;	/* a range that is understood; from > to: none given */
	bool	 has_from, has_to;	/* bytes=from-to, from-, -to (the last to bytes) */
	uint64_t from, to;
	char	 path[HTTP_PATH_MAX];	/* decoded, without query; "" if it can't be */
};

/* Returns the length of the head. */
int	http_parse(const char *p, size_t len, struct http_req *ret);

struct http_answer {
	int	 status;	/* 200, 206, 400, 403, 404, 405, 416, 500, 503 */
	uint64_t from, to;	/* of the file: [from, to) is sent */
	uint64_t size;		/* of the file */
};
/* Which part of a file of so many bytes is asked for; RFC 9110 14.1.2. */
void	http_range(const struct http_req *, uint64_t size, struct http_answer *ret);
/* The head, with an exact Content-Length; returns its length. */
int	http_head(const struct http_answer *, const char *path, bool keep,
	    char *buf, size_t cap);

#endif /* HTTPD_HTTP_MSG_H */
