/* loader.c - FreeBSD's boot loader as a load: one call after the other.
 *
 *	loader ADDRESS NFS-PORT MOUNT-PORT EXPORT VERSION BOOTS PID FILE...
 *
 * A boot: each FILE is looked for as FILE.gz and FILE.bz2, which are not there,
 * then read to its end by 1024 bytes; each time with MNT and a LOOKUP for each
 * component.  Over UDP, as NFS version 3 with MOUNT 3 or 2 with 1.
 * Prints for MNT, LOOKUP, LOOKUP of what is not there, READ, all: the number of
 * calls and the microseconds that each took; then the CPU time of process PID
 * for each call, and the bytes read.  Exit 1 when an answer is wrong or missing. */
#include <sys/socket.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>

#include "bench.h"

#define READ_SIZE	1024u
#define NOENT		2u

enum kind { K_MNT, K_LOOKUP, K_NOENT, K_READ, N_KIND };
static const char *const kind_name[N_KIND] = { "mnt", "lookup", "noent", "read" };

static struct loader {
	int		 fd;
	struct sockaddr_in nfs, mnt;
	const char	*export;
	uint32_t	 vers, xid;
	unsigned long	 calls[N_KIND], bytes;
	uint64_t	 ns[N_KIND];
	uint8_t		 out[1024], in[4096];
} l;

static struct wr
begin(uint32_t prog, uint32_t proc)
{
	uint32_t vers = prog == NFS || l.vers == 3 ? l.vers : 1;

	return call_begin(l.out, sizeof(l.out), ++l.xid, prog, vers, proc);
}

/* Sends the call and waits; the answer from its status on. */
static struct rd
call(const struct wr *w, const struct sockaddr_in *to, uint64_t *ret_ns)
{
	struct pollfd p = { .fd = l.fd, .events = POLLIN };
	uint64_t start = now_ns();
	struct rd r;
	ssize_t n;

	if (w->err != 0 || sendto(l.fd, l.out, w->len, 0,
	    (const struct sockaddr *)to, sizeof(*to)) == -1)
		err(1, "send");
	if (poll(&p, 1, 5000) != 1 || (n = recv(l.fd, l.in, sizeof(l.in), 0)) < 0)
		errx(1, "no answer");
	*ret_ns = now_ns() - start;
	r = rd_init(l.in, (size_t)n);
	if (rd_be32(&r) != l.xid)
		errx(1, "the answer to another call");
	(void)rd_take(&r, 20);
	return r;
}

static void
count(enum kind k, uint64_t ns)
{
	l.calls[k]++;
	l.ns[k] += ns;
}

static struct fh
mount(void)
{
	struct wr w = begin(MOUNT, 1);
	struct fh fh;
	uint64_t ns;
	struct rd r;

	put_opaque(&w, l.export, (uint32_t)strlen(l.export));
	r = call(&w, &l.mnt, &ns);
	if (rd_be32(&r) != 0)
		errx(1, "%s: not mounted", l.export);
	take_fh(&r, l.vers, &fh);
	count(K_MNT, ns);
	return fh;
}

static bool
lookup(struct fh *fh, const char *name, size_t len)
{
	struct wr w = begin(NFS, l.vers == 3 ? 3 : 4);
	uint32_t status;
	uint64_t ns;
	struct rd r;

	put_fh(&w, l.vers, fh);
	put_opaque(&w, name, (uint32_t)len);
	r = call(&w, &l.nfs, &ns);
	status = rd_be32(&r);
	if (status != 0 && status != NOENT)
		errx(1, "LOOKUP: status %u", status);
	count(status == 0 ? K_LOOKUP : K_NOENT, ns);
	if (status == 0)
		take_fh(&r, l.vers, fh);
	return status == 0;
}

static bool
open_file(const char *path, struct fh *fh)
{
	*fh = mount();
	while (*path != '\0') {
		size_t n = strcspn(path, "/");

		if (!lookup(fh, path, n))
			return false;
		path += n + (path[n] == '/');
	}
	return true;
}

static uint32_t
read_at(const struct fh *fh, uint32_t off)
{
	struct wr w = begin(NFS, 6);
	uint32_t n;
	uint64_t ns;
	struct rd r;

	put_fh(&w, l.vers, fh);
	if (l.vers == 3)
		wr_be32(&w, 0);
	wr_be32(&w, off);
	wr_be32(&w, READ_SIZE);
	if (l.vers == 2)
		wr_be32(&w, 0);
	r = call(&w, &l.nfs, &ns);
	if (rd_be32(&r) != 0)
		errx(1, "READ failed");
	/* behind the attributes: count, eof and length, or the length alone */
	(void)rd_take(&r, l.vers == 3 ? 4 + 84 + 4 + 4 : 68);
	n = rd_be32(&r);
	if (r.err != 0 || n > READ_SIZE || rd_left(&r) < n)
		errx(1, "READ: not that many bytes");
	count(K_READ, ns);
	return n;
}

static void
load_file(const char *path)
{
	static const char *const suffix[] = { ".gz", ".bz2" };
	char try[256];
	struct fh fh;
	uint32_t off = 0, n;

	/* another port, so another thread of the server, for each file */
	if ((l.fd = socket(AF_INET, SOCK_DGRAM, 0)) == -1)
		err(1, "socket");
	for (size_t i = 0; i < 2; i++) {
		snprintf(try, sizeof(try), "%s%s", path, suffix[i]);
		if (open_file(try, &fh))
			errx(1, "%s should not be there", try);
	}
	if (!open_file(path, &fh))
		errx(1, "%s is not there", path);
	do {
		n = read_at(&fh, off);
		off += n;
	} while (n > 0);
	l.bytes += off;
	close(l.fd);
}

static struct sockaddr_in
address(const char *host, const char *port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)atoi(port)) };

	if (inet_pton(AF_INET, host, &sin.sin_addr) != 1)
		errx(2, "%s: not an address", host);
	return sin;
}

int
main(int argc, char *argv[])
{
	unsigned long all = 0;
	uint64_t ns = 0;
	double cpu;

	if (argc < 9)
		errx(2, "usage: loader address nfs-port mount-port export "
		    "version boots pid file ...");
	l.nfs = address(argv[1], argv[2]);
	l.mnt = address(argv[1], argv[3]);
	l.export = argv[4];
	l.vers = (uint32_t)atoi(argv[5]);
	cpu = cpu_of(argv[7]);
	for (int i = atoi(argv[6]); i > 0; i--)
		for (int k = 8; k < argc; k++)
			load_file(argv[k]);
	cpu = cpu_of(argv[7]) - cpu;
	for (int k = 0; k < N_KIND; k++) {
		printf("%s %lu %.2f\n", kind_name[k], l.calls[k],
		    (double)l.ns[k] / 1000 / (double)l.calls[k]);
		all += l.calls[k];
		ns += l.ns[k];
	}
	printf("all %lu %.2f\ncpu %lu %.2f\nbytes %lu 0\n", all,
	    (double)ns / 1000 / (double)all, all, cpu * 1e6 / (double)all, l.bytes);
	return 0;
}
