/* ctl_http.c - a client for one server, on one Unix socket. */
#include <sys/socket.h>
#include <sys/un.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl_http.h"

#define ANSWER_MAX	((size_t)256 << 20)	/* 65,536 hosts are some 20 MB */

void
ctl_escape(struct buf *b, const char *value)
{
	for (const char *p = value; *p != '\0'; p++) {
		unsigned char c = (unsigned char)*p;

		if (isalnum(c) || strchr("-._~:", c) != NULL)
			buf_putc(b, *p);
		else
			buf_printf(b, "%%%02X", c);
	}
}

static int
dial(const char *path, int *ret)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd, e;

	if (strlen(path) >= sizeof(un.sun_path))
		return -ENAMETOOLONG;
	memcpy(un.sun_path, path, strlen(path) + 1);
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return -errno;
	if (connect(fd, (struct sockaddr *)&un, sizeof(un)) == -1) {
		e = -errno;
		close(fd);
		return e;
	}
	*ret = fd;
	return 0;
}

static int
send_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t w = send(fd, p, n, MSG_NOSIGNAL);

		if (w == -1 && errno == EINTR)
			continue;
		if (w == -1)
			return -errno;
		p += w;
		n -= (size_t)w;
	}
	return 0;
}

static int
ask(int fd, const char *method, const char *path, const void *body, size_t len)
{
	struct buf b = { 0 };
	int r;

	buf_printf(&b, "%s %s HTTP/1.0\r\nHost: provd\r\nContent-Length: %zu\r\n\r\n",
	    method, path, len);
	if (len > 0)
		buf_add(&b, body, len);
	r = b.err != 0 ? b.err : send_all(fd, b.p, b.len);
	buf_free(&b);
	return r;
}

/* Bytes until the peer closes, or (head_only) until the header has ended. */
static int
receive(int fd, struct buf *b, bool head_only)
{
	char chunk[65536];

	for (;;) {
		ssize_t n;

		if (head_only && b->p != NULL && strstr(b->p, "\r\n\r\n") != NULL)
			return 0;
		n = recv(fd, chunk, sizeof(chunk), 0);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -errno;
		if (n == 0)
			return head_only ? -EBADMSG : 0;
		if (b->len + (size_t)n > ANSWER_MAX)
			return -EFBIG;
		buf_add(b, chunk, (size_t)n);
		if (b->err != 0)
			return b->err;
	}
}

/* Cut the header off; leaves the body. */
static int
split(struct buf *b, int *ret_code)
{
	char *end = b->p != NULL ? strstr(b->p, "\r\n\r\n") : NULL;
	size_t head;

	if (end == NULL || sscanf(b->p, "HTTP/1.%*d %d", ret_code) != 1)
		return -EBADMSG;
	head = (size_t)(end + 4 - b->p);
	memmove(b->p, b->p + head, b->len - head + 1);
	b->len -= head;
	return 0;
}

int
ctl_ask(const char *socket_path, const char *method, const char *path,
    const void *body, size_t len, int *ret_fd)
{
	int fd, r;

	if ((r = dial(socket_path, &fd)) < 0)
		return r;
	if ((r = ask(fd, method, path, body, len)) < 0)
		close(fd);
	else
		*ret_fd = fd;
	return r;
}

int
ctl_answer(int fd, int *ret_code, struct buf *ret)
{
	int r;

	if ((r = receive(fd, ret, false)) == 0)
		r = split(ret, ret_code);
	close(fd);
	return r;
}

int
ctl_call(const char *socket_path, const char *method, const char *path,
    const void *body, size_t len, int *ret_code, struct buf *ret)
{
	int fd, r;

	if ((r = ctl_ask(socket_path, method, path, body, len, &fd)) < 0)
		return r;
	return ctl_answer(fd, ret_code, ret);
}

int
ctl_stream(const char *socket_path, const char *path,
    bool (*fn)(void *arg, const char *line), void *arg, int *ret_code)
{
	struct buf b = { 0 };
	char *line = NULL;
	size_t cap = 0;
	FILE *f;
	int fd, r;

	if ((r = dial(socket_path, &fd)) < 0)
		return r;
	if ((r = ask(fd, "GET", path, NULL, 0)) < 0 ||
	    (r = receive(fd, &b, true)) < 0 || (r = split(&b, ret_code)) < 0 ||
	    (f = fdopen(fd, "r")) == NULL) {
		close(fd);
		buf_free(&b);
		return r < 0 ? r : -ENOMEM;
	}
	/* What came together with the header is the start of the first line. */
	while (getline(&line, &cap, f) > 0) {
		buf_puts(&b, line);
		for (char *nl; b.p != NULL && (nl = strchr(b.p, '\n')) != NULL; ) {
			*nl = '\0';
			if (!fn(arg, b.p))
				goto out;
			b.len -= (size_t)(nl + 1 - b.p);
			memmove(b.p, nl + 1, b.len + 1);
		}
	}
out:
	free(line);
	buf_free(&b);
	fclose(f);
	return 0;
}
