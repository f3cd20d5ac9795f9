/* load.c - many clients that each wait for their answer: what booting is.
 *
 *	load nfs SERVER EXPORT/FILE CLIENTS SECONDS PID	LOOKUP and READ of 1024 bytes by turns, over UDP
 *
 * Prints answers, answers a second, and the CPU time that process PID used for
 * each: the figure that holds on a noisy machine.  Exit 1 when nothing, or
 * anything wrong, came back.  Bounded by SECONDS. */
#include <sys/socket.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>

#include "bench.h"

#define CLIENTS_MAX	1024u

struct client {
	int		 fd;
	uint64_t	 asked;		/* ms; asked again after a second */
	uint8_t		 out[512];	/* last request */
	size_t		 len;
	struct sockaddr_in to;
	uint32_t	 xid, turn;
};

static struct sockaddr_in server;
static const char *file;
static struct fh root_fh, file_fh;
static unsigned long answers, wrong;

static uint64_t
now_ms(void)
{
	return now_ns() / 1000000;
}

static void
send_out(struct client *c)
{
	c->asked = now_ms();
	if (sendto(c->fd, c->out, c->len, 0, (struct sockaddr *)&c->to,
	    sizeof(c->to)) == -1)
		wrong++;
}

/* NFS ---------------------------------------------------------------------- */

static struct wr
nfs_call_begin(struct client *c, uint32_t prog, uint32_t proc)
{
	return call_begin(c->out, sizeof(c->out), ++c->xid, prog, 3, proc);
}

static void
nfs_next(struct client *c)
{
	struct wr w;

	if (c->turn++ % 2 == 0) {
		w = nfs_call_begin(c, NFS, 3);
		put_fh(&w, 3, &root_fh);
		put_opaque(&w, file, (uint32_t)strlen(file));
	} else {
		w = nfs_call_begin(c, NFS, 6);
		put_fh(&w, 3, &file_fh);
		wr_be32(&w, 0);
		wr_be32(&w, c->turn % 1024 * 1024);
		wr_be32(&w, 1024);
	}
	c->len = w.len;
	send_out(c);
}

static void
nfs_answer(struct client *c, struct rd r)
{
	if (rd_be32(&r) != c->xid)
		return;
	(void)rd_take(&r, 20);
	if (rd_be32(&r) != 0 || r.err != 0)
		wrong++;
	answers++;
	nfs_next(c);
}

/* One call and its answer, behind the RPC header and status. */
static struct rd
nfs_call(struct client *c, struct wr w, uint8_t *buf, size_t cap)
{
	struct pollfd p = { .fd = c->fd, .events = POLLIN };
	struct rd r;
	ssize_t n;

	c->len = w.len;
	send_out(c);
	if (poll(&p, 1, 5000) != 1 || (n = recv(c->fd, buf, cap, 0)) < 0)
		errx(1, "no answer");
	r = rd_init(buf, (size_t)n);
	(void)rd_take(&r, 24);
	if (rd_be32(&r) != 0 || r.err != 0)
		errx(1, "refused");
	return r;
}

static void
nfs_open(struct client *c, char *path)
{
	uint8_t buf[2048];
	struct wr w = nfs_call_begin(c, MOUNT, 1);
	struct rd r;
	char *slash = strrchr(path, '/');

	if (slash == NULL || slash == path)
		errx(1, "%s: not EXPORT/FILE", path);
	*slash = '\0';
	file = slash + 1;
	put_opaque(&w, path, (uint32_t)strlen(path));
	r = nfs_call(c, w, buf, sizeof(buf));
	take_fh(&r, 3, &root_fh);
	w = nfs_call_begin(c, NFS, 3);
	put_fh(&w, 3, &root_fh);
	put_opaque(&w, file, (uint32_t)strlen(file));
	r = nfs_call(c, w, buf, sizeof(buf));
	take_fh(&r, 3, &file_fh);
}

/* --------------------------------------------------------------------------- */

int
main(int argc, char *argv[])
{
	static struct client client[CLIENTS_MAX];
	static struct pollfd p[CLIENTS_MAX];
	unsigned long n, seconds;
	uint64_t begin, end, t;
	double cpu;

	if (argc != 7 || strcmp(argv[1], "nfs") != 0 ||
	    (n = strtoul(argv[4], NULL, 10)) == 0 || n > CLIENTS_MAX)
		errx(2, "usage: load nfs server file clients seconds pid");
	server = (struct sockaddr_in){ .sin_family = AF_INET,
	    .sin_port = htons(2049) };
	if (inet_pton(AF_INET, argv[2], &server.sin_addr) != 1)
		errx(2, "%s: not an address", argv[2]);
	file = argv[3];
	seconds = strtoul(argv[5], NULL, 10);
	for (unsigned long i = 0; i < n; i++) {
		client[i].to = server;
		client[i].fd = socket(AF_INET, SOCK_DGRAM, 0);
	}
	nfs_open(&client[0], argv[3]);
	cpu = cpu_of(argv[6]);
	begin = now_ms();
	end = begin + seconds * 1000;
	for (unsigned long i = 0; i < n; i++)
		nfs_next(&client[i]);
	while ((t = now_ms()) < end) {
		for (unsigned long i = 0; i < n; i++)
			p[i] = (struct pollfd){ .fd = client[i].fd, .events = POLLIN };
		(void)poll(p, n, 100);
		for (unsigned long i = 0; i < n; i++) {
			uint8_t buf[4096];
			ssize_t got;

			if (p[i].revents == 0) {
				if (t - client[i].asked > 1000)
					send_out(&client[i]);
				continue;
			}
			got = recv(client[i].fd, buf, sizeof(buf), MSG_DONTWAIT);
			if (got > 0)
				nfs_answer(&client[i], rd_init(buf, (size_t)got));
		}
	}
	cpu = cpu_of(argv[6]) - cpu;
	printf("%s: %lu answers, %.0f a second, %.2f us of server CPU each, %lu wrong\n",
	    argv[1], answers, (double)answers / (double)seconds,
	    answers > 0 ? cpu * 1e6 / (double)answers : 0, wrong);
	return answers == 0 || wrong > 0;
}
