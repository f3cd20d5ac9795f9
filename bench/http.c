/* http.c - connections that each ask for one file again and again, and look at
 * every byte of it.
 *
 *	http SERVER PORT PATH FILE CONNECTIONS SECONDS
 *
 * FILE is what PATH must be.  Prints answers, and MiB of content.  Exit 1 when
 * nothing, or anything wrong, came back.  Bounded by SECONDS, but for the
 * answers that are under way then. */
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>

#include "bench.h"

#define CONNECTIONS_MAX	1024u
#define HEAD_MAX	2048u

struct conn {
	int	 fd;
	char	 head[HEAD_MAX];
	size_t	 len;			/* of the head, so far */
	bool	 body;
	size_t	 at;			/* in it */
};

static struct conn conns[CONNECTIONS_MAX];
static char request[512];
static char *want;
static size_t size;
static unsigned long answers, open_answers;
static uint64_t end;

static void
ask(struct conn *c)
{
	size_t n = strlen(request);

	c->len = c->at = 0;
	c->body = false;
	if (send(c->fd, request, n, 0) != (ssize_t)n)
		err(1, "send");
	open_answers++;
}

static void
done(struct conn *c)
{
	answers++;
	open_answers--;
	if (now_ns() < end)
		ask(c);
}

static void
take_body(struct conn *c, const char *p, size_t n)
{
	if (n > size - c->at)
		errx(1, "more came than the file has");
	if (memcmp(want + c->at, p, n) != 0)
		errx(1, "a wrong byte between %zu and %zu", c->at, c->at + n);
	c->at += n;
	if (c->at == size)
		done(c);
}

static void
take(struct conn *c, const char *p, size_t n)
{
	size_t had = c->len, more;
	char *last, *length;

	if (c->body) {
		take_body(c, p, n);
		return;
	}
	more = n < HEAD_MAX - 1 - had ? n : HEAD_MAX - 1 - had;
	memcpy(c->head + had, p, more);
	c->len += more;
	c->head[c->len] = '\0';
	if ((last = strstr(c->head, "\r\n\r\n")) == NULL) {
		if (c->len == HEAD_MAX - 1)
			errx(1, "a head without an end");
		return;
	}
	length = strcasestr(c->head, "\r\nContent-Length: ");
	if (strncmp(c->head, "HTTP/1.1 200 ", 13) != 0 || length == NULL ||
	    strtoul(length + 18, NULL, 10) != size)
		errx(1, "not the whole file: %.60s", c->head);
	c->body = true;
	more = (size_t)(last + 4 - c->head) - had;
	take_body(c, p + more, n - more);
}

static void
read_file(const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY);

	if (fd == -1 || fstat(fd, &st) == -1 ||
	    (want = malloc((size_t)st.st_size + 1)) == NULL)
		err(1, "%s", path);
	size = (size_t)st.st_size;
	if (size == 0 || read(fd, want, size) != (ssize_t)size)
		errx(1, "%s: not read", path);
	close(fd);
}

int
main(int argc, char *argv[])
{
	static char buf[256 << 10];
	struct sockaddr_in to = { .sin_family = AF_INET };
	struct epoll_event ev[64];
	unsigned long n, seconds;
	int ep = epoll_create1(0);

	if (argc != 7 || (n = strtoul(argv[5], NULL, 10)) == 0 || n > CONNECTIONS_MAX)
		errx(2, "usage: http server port path file connections seconds");
	seconds = strtoul(argv[6], NULL, 10);
	to.sin_port = htons((uint16_t)strtoul(argv[2], NULL, 10));
	if (inet_pton(AF_INET, argv[1], &to.sin_addr) != 1)
		errx(2, "%s: not an address", argv[1]);
	read_file(argv[4]);
	snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: %s\r\n"
	    "User-Agent: bench\r\nAccept: */*\r\n\r\n", argv[3], argv[1]);
	end = now_ns() + seconds * 1000000000u;
	for (unsigned long i = 0; i < n; i++) {
		struct conn *c = &conns[i];
		struct epoll_event e = { .events = EPOLLIN, .data.ptr = c };

		if ((c->fd = socket(AF_INET, SOCK_STREAM, 0)) == -1 ||
		    connect(c->fd, (struct sockaddr *)&to, sizeof(to)) == -1 ||
		    epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &e) == -1)
			err(1, "%s:%s", argv[1], argv[2]);
		ask(c);
	}
	while (open_answers > 0) {
		int m = epoll_wait(ep, ev, 64, 10000);

		if (m == 0)
			errx(1, "nothing came for 10 s");
		for (int i = 0; i < m; i++) {
			struct conn *c = ev[i].data.ptr;
			ssize_t got = recv(c->fd, buf, sizeof(buf), MSG_DONTWAIT);

			if (got == -1 && errno == EAGAIN)
				continue;
			if (got <= 0)
				errx(1, "the connection was closed");
			take(c, buf, (size_t)got);
		}
	}
	printf("%lu %.1f\n", answers, (double)answers * (double)size / 1048576);
	return answers == 0;
}
