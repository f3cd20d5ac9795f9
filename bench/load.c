/* load.c - many clients that each wait for their answer: what booting is.
 *
 *	load tftp SERVER FILE CLIENTS SECONDS PID	lock-step, 1428-byte blocks
 *	load nfs SERVER EXPORT/FILE CLIENTS SECONDS PID	LOOKUP and READ of 1024 bytes by turns, over UDP
 *
 * Prints answers, answers a second, and the CPU time that process PID used for
 * each: the figure that holds on a noisy machine.  Exit 1 when nothing, or
 * anything wrong, came back.  Bounded by SECONDS. */
#include <sys/socket.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>

#include "bench.h"

#define CLIENTS_MAX	1024u
#define BLKSIZE		1428u

struct client {
	int		 fd;
	uint64_t	 asked;		/* ms; asked again after a second */
	uint8_t		 out[512];	/* last request */
	size_t		 len;
	struct sockaddr_in to;
	uint32_t	 xid, turn;
	uint16_t	 block;
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

/* TFTP --------------------------------------------------------------------- */

static void
tftp_begin(struct client *c)
{
	struct wr w = wr_init(c->out, sizeof(c->out));

	if (c->fd != -1)
		close(c->fd);
	if ((c->fd = socket(AF_INET, SOCK_DGRAM, 0)) == -1)
		err(1, "socket");
	c->to = server;
	c->block = 0;
	wr_be16(&w, 1);
	wr_bytes(&w, file, strlen(file) + 1);
	wr_bytes(&w, "octet\0blksize\0" "1428", 19);
	c->len = w.len;
	send_out(c);
}

static void
tftp_answer(struct client *c, struct rd r, const struct sockaddr_in *from)
{
	uint16_t op = rd_be16(&r), block = 0;
	struct wr w = wr_init(c->out, sizeof(c->out));

	c->to = *from;
	if (op == 3) {
		block = rd_be16(&r);
		if (block != (uint16_t)(c->block + 1))
			return;		/* again, after we asked again */
		c->block = block;
		answers++;
	} else if (op != 6) {
		wrong++;
		return;
	}
	wr_be16(&w, 4);
	wr_be16(&w, block);
	c->len = w.len;
	send_out(c);
	if (op == 3 && rd_left(&r) < BLKSIZE)
		tftp_begin(c);
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
nfs_answer(struct client *c, struct rd r, const struct sockaddr_in *from)
{
	(void)from;
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
	bool tftp;

	if (argc != 7 || (n = strtoul(argv[4], NULL, 10)) == 0 || n > CLIENTS_MAX)
		errx(2, "usage: load tftp|nfs server file clients seconds pid");
	tftp = strcmp(argv[1], "tftp") == 0;
	server = (struct sockaddr_in){ .sin_family = AF_INET,
	    .sin_port = htons(tftp ? 69 : 2049) };
	if (inet_pton(AF_INET, argv[2], &server.sin_addr) != 1)
		errx(2, "%s: not an address", argv[2]);
	file = argv[3];
	seconds = strtoul(argv[5], NULL, 10);
	for (unsigned long i = 0; i < n; i++) {
		client[i].to = server;
		client[i].fd = tftp ? -1 : socket(AF_INET, SOCK_DGRAM, 0);
	}
	if (!tftp)
		nfs_open(&client[0], argv[3]);
	cpu = cpu_of(argv[6]);
	begin = now_ms();
	end = begin + seconds * 1000;
	for (unsigned long i = 0; i < n; i++)
		tftp ? tftp_begin(&client[i]) : nfs_next(&client[i]);
	while ((t = now_ms()) < end) {
		for (unsigned long i = 0; i < n; i++)
			p[i] = (struct pollfd){ .fd = client[i].fd, .events = POLLIN };
		(void)poll(p, n, 100);
		for (unsigned long i = 0; i < n; i++) {
			struct sockaddr_in from;
			socklen_t len = sizeof(from);
			uint8_t buf[4096];
			ssize_t got;

			if (p[i].revents == 0) {
				if (t - client[i].asked > 1000)
					send_out(&client[i]);
				continue;
			}
			got = recvfrom(client[i].fd, buf, sizeof(buf), MSG_DONTWAIT,
			    (struct sockaddr *)&from, &len);
			if (got > 0)
				(tftp ? tftp_answer : nfs_answer)(&client[i],
				    rd_init(buf, (size_t)got), &from);
		}
	}
	cpu = cpu_of(argv[6]) - cpu;
	printf("%s: %lu answers, %.0f a second, %.2f us of server CPU each, %lu wrong\n",
	    argv[1], answers, (double)answers / (double)seconds,
	    answers > 0 ? cpu * 1e6 / (double)answers : 0, wrong);
	return answers == 0 || wrong > 0;
}
