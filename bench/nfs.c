/* nfs.c - what clients of NFS do, and whether they get what is there.
 *
 *	nfs make DIR BIG-MIB DIRS FILES		a tree to serve
 *	nfs WORK DIR[:EXPORT] ADDRESS NFS-PORT MOUNT-PORT CLIENTS DEPTH AMOUNT METER
 *
 * DIR is the tree on this machine, and the name of the export unless EXPORT is.
 * WORK is
 *	read	READs of 64 KiB of the file "big", from its begin to its end; over TCP
 *	read1m	the same by 1 MiB
 *	walk	READDIR of every directory, then LOOKUP of every name; TCP
 *	list	READDIRPLUS of every directory; an answer is an entry; TCP
 *	attr	GETATTR and LOOKUP of everything by turns; TCP
 *	small	small files: LOOKUP, ACCESS and READ of each; TCP
 *	loader	LOOKUP and READ of 1 KiB by turns; UDP
 *	boot2, boot3	FreeBSD's boot loader: MNT and LOOKUPs for each file, also of
 *		two names that are not there, READs of 1 KiB; NFS version 2, 3; UDP
 * AMOUNT: how many times each client does that; of small and loader, how many
 * files, how many READs.  DEPTH calls of a client are under way at a time.
 * METER is a file with a CPU time: cpuacct.usage or cpu.stat of the server's
 * control group.
 *
 * Prints answers, CPU microseconds for each, answers a second; MiB of files,
 * CPU microseconds for each, MiB a second; calls that were sent again.
 * Every answer is compared with the tree, byte for byte: exit 1 when one is
 * wrong or missing. */
#include <sys/epoll.h>
#include <sys/socket.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "nfs_call.h"

static struct client *client;
static unsigned n_client;
static uint64_t amount, again, n_busy;

/* The works ------------------------------------------------------------------------ */

static bool
read_next(struct client *c, struct call *k)
{
	k->e = tree_find(&entry[0], "big", 3);
	if (c->off >= k->e->size) {
		c->off = 0;
		c->done++;
	}
	if (c->done >= amount)
		return false;
	put_read(k, &k->e->fh, c->off, work->size);
	c->off += work->size;
	return true;
}

static void
read_answer(struct client *c, struct call *k, struct rd *r)
{
	(void)c;
	check_read(k, r);
}

/* step: listing a directory, or looking up what is in it; -> the next one. */
static bool
walk_next(struct client *c, struct call *k)
{
	bool plus = strcmp(work->name, "list") == 0;
	struct entry *d = &entry[c->at];

	if (c->step == 1 && c->off < d->n) {
		k->e = &entry[d->first + c->off++];
		put_lookup(k, &d->fh, k->e->name, strlen(k->e->name));
		return true;
	}
	if (c->busy > 0 || c->done >= amount)
		return false;		/* a list's next part, when this one is there */
	if (c->step == 1) {
		do
			c->at++;
		while (c->at < n_entry && !entry[c->at].is_dir);
		c->off = 0;
		c->step = 0;
		if (c->at == n_entry) {
			c->at = 0;
			if (++c->done == amount)
				return false;
		}
		d = &entry[c->at];
	}
	k->e = d;
	put_readdir(c, k, plus ? V3_READDIRPLUS : V3_READDIR);
	return true;
}

static void
walk_answer(struct client *c, struct call *k, struct rd *r)
{
	if (k->proc == V3_LOOKUP) {
		check_lookup(k, r, &k->e->fh);
	} else if (check_readdir(c, k, r)) {
		c->step = 1;
		c->off = k->proc == V3_READDIRPLUS ? k->e->n : 0;
		memset(c->verf, 0, sizeof(c->verf));
	}
}

/* By turns: GETATTR of an entry, LOOKUP of it. */
static bool
attr_next(struct client *c, struct call *k)
{
	if (++c->at >= n_entry) {
		c->at = 1;
		c->done++;
	}
	if (c->done >= amount)
		return false;
	k->e = &entry[c->at];
	if ((c->at + c->done) % 2 == 0)
		put_handle(k, V3_GETATTR, &k->e->fh);
	else
		put_lookup(k, &entry[k->e->dir].fh, k->e->name, strlen(k->e->name));
	return true;
}

static void
attr_answer(struct client *c, struct call *k, struct rd *r)
{
	struct fh fh;

	(void)c;
	if (k->proc == V3_LOOKUP) {
		check_lookup(k, r, &fh);
		return;
	}
	check_status(k, r);
	check_attr(k, r, k->e);
}

/* LOOKUP, ACCESS, READ of a file; then the next one. */
static bool
small_next(struct client *c, struct call *k)
{
	struct wr w;

	if (c->busy > 0)
		return false;
	if (c->step == 0) {
		if (c->done++ >= amount)
			return false;
		do
			c->at = (c->at + 1) % n_entry;
		while (entry[c->at].is_dir || entry[c->at].size > 16 * KIB);
	}
	k->e = &entry[c->at];
	if (c->step == 0) {
		put_lookup(k, &entry[k->e->dir].fh, k->e->name, strlen(k->e->name));
	} else if (c->step == 1) {
		w = begin(k, NFS, 3, V3_ACCESS);
		put_opaque(&w, c->fh.b, c->fh.len);
		wr_be32(&w, 0x3f);
		end(k, &w);
	} else {
		put_read(k, &c->fh, 0, 32 * KIB);
	}
	c->step = (c->step + 1) % 3;
	return true;
}

static void
small_answer(struct client *c, struct call *k, struct rd *r)
{
	if (k->proc == V3_LOOKUP) {
		check_lookup(k, r, &c->fh);
	} else if (k->proc == V3_READ) {
		check_read(k, r);
	} else {
		check_status(k, r);
		check_post_op(k, r, k->e);
		if ((rd_be32(r) & 1) == 0)
			wrong(k, "not readable");
	}
}

/* LOOKUP and READ by turns. */
static bool
loader_next(struct client *c, struct call *k)
{
	k->e = tree_find(&entry[c->at], "file0", 5);
	if (c->step ^= 1) {
		if (c->done++ >= amount)
			return false;
		put_lookup(k, &entry[c->at].fh, k->e->name, strlen(k->e->name));
	} else {
		if (c->off >= k->e->size)
			c->off = 0;
		put_read(k, &k->e->fh, c->off, KIB);
		c->off += KIB;
	}
	return true;
}

static void
loader_answer(struct client *c, struct call *k, struct rd *r)
{
	(void)c;
	if (k->proc == V3_LOOKUP)
		check_lookup(k, r, &k->e->fh);
	else
		check_read(k, r);
}

/* Each file of "boot" as file.gz, file.bz2, file: step is MNT, LOOKUP of the
 * directory, LOOKUP of the name, READs; turn counts the names. */
static bool
boot_next(struct client *c, struct call *k)
{
	static const char *const suffix[] = { ".gz", ".bz2", "" };
	const struct entry *dir = tree_find(&entry[0], "boot", 4);
	char name[64];
	struct wr w;

	if (c->busy > 0 || c->done >= amount)
		return false;
	k->e = &entry[dir->first + c->turn / 3];
	snprintf(name, sizeof(name), "%s%s", k->e->name, suffix[c->turn % 3]);
	switch (c->step) {
	case 0:
		w = begin(k, MOUNT, work->vers == 3 ? 3 : 1, 1);
		k->proc = 0;
		put_opaque(&w, export, (uint32_t)strlen(export));
		end(k, &w);
		break;
	case 1:
		k->e = &entry[k->e->dir];
		put_lookup(k, &c->fh, k->e->name, strlen(k->e->name));
		break;
	case 2:
		put_lookup(k, &c->fh, name, strlen(name));
		break;
	default:
		put_read(k, &c->fh, c->off, KIB);
		break;
	}
	return true;
}

static void
boot_answer(struct client *c, struct call *k, struct rd *r)
{
	struct rd status = *r;
	bool more = k->proc == V3_READ && k->off + k->count <= k->e->size;

	if (c->step == 2 && c->turn % 3 < 2) {
		if (rd_be32(&status) != NOENT)
			wrong(k, "should not be there");
	} else if (c->step == 0) {
		check_status(k, r);
		take_fh(r, work->vers, &c->fh);
	} else if (c->step < 3) {
		check_lookup(k, r, &c->fh);
	} else {
		check_read(k, r);
		c->off += KIB;
	}
	if (c->step < 2 || (c->step == 2 && c->turn % 3 == 2)) {
		c->step++;
		c->off = 0;
	} else if (!more) {
		c->step = 0;
		c->turn++;
	}
	if (c->turn == 3 * (uint64_t)tree_find(&entry[0], "boot", 4)->n) {
		c->turn = 0;
		c->done++;
	}
}

static const struct work works[] = {
	{ "read", false, 3, 64 * KIB, read_next, read_answer },
	{ "read1m", false, 3, KIB * KIB, read_next, read_answer },
	{ "walk", false, 3, 0, walk_next, walk_answer },
	{ "list", false, 3, 0, walk_next, walk_answer },
	{ "attr", false, 3, 0, attr_next, attr_answer },
	{ "small", false, 3, 0, small_next, small_answer },
	{ "loader", true, 3, 0, loader_next, loader_answer },
	{ "boot2", true, 2, 0, boot_next, boot_answer },
	{ "boot3", true, 3, 0, boot_next, boot_answer },
};

/* The loop ------------------------------------------------------------------------- */

static void
fill(struct client *c)
{
	for (unsigned i = 0; i < depth && c->busy < depth; i++) {
		struct call *k = &c->call[i];

		if (k->xid != 0)
			continue;
		if (!work->next(c, k)) {
			k->xid = 0;
			return;
		}
		c->busy++;
		n_busy++;
		send_call(c, k);
	}
}

static void
take_answer(struct client *c, const uint8_t *p, size_t len)
{
	struct rd r = rd_init(p, len);
	uint32_t id = rd_be32(&r);
	struct call *k = c->call;

	while (k < c->call + depth && k->xid != id)
		k++;
	if (k == c->call + depth)
		return;			/* to one that was sent again */
	if (rd_be32(&r) != 1 || rd_be32(&r) != 0 || rd_be64(&r) != 0 ||
	    rd_be32(&r) != 0)
		wrong(k, "not accepted");
	work->answer(c, k, &r);
	if (r.err != 0)
		wrong(k, "cut off");
	if (k->proc != V3_READDIRPLUS)
		answers++;
	k->xid = 0;
	c->busy--;
	n_busy--;
}

static void
take_stream(struct client *c)
{
	size_t at = 0;
	ssize_t n = recv(c->fd, c->in + c->in_len, IN_MAX - c->in_len, 0);

	if (n <= 0)
		err(1, "the connection is closed");
	c->in_len += (size_t)n;
	while (c->in_len - at >= 4) {
		struct rd r = rd_init(c->in + at, 4);
		uint32_t mark = rd_be32(&r), len = mark & 0x7fffffff;

		if (mark == len || len > IN_MAX - 4)
			errx(1, "an answer in pieces, or too long");
		if (c->in_len - at - 4 < len)
			break;
		take_answer(c, c->in + at + 4, len);
		at += 4 + len;
	}
	memmove(c->in, c->in + at, c->in_len - at);
	c->in_len -= at;
}

static void
take_datagram(struct client *c)
{
	uint8_t buf[65536];
	ssize_t n = recv(c->fd, buf, sizeof(buf), MSG_DONTWAIT);

	if (n > 0)
		take_answer(c, buf, (size_t)n);
}

/* Whoever waits for a second asks again. */
static void
ask_again(void)
{
	uint64_t now = now_ns();

	for (unsigned i = 0; i < n_client; i++) {
		struct client *c = &client[i];

		for (unsigned j = 0; j < depth; j++) {
			struct call *k = &c->call[j];

			if (k->xid == 0 || now - k->sent < 1000000000u)
				continue;
			if (!work->udp || again++ > 100u * n_client)
				wrong(k, "no answer");
			send_call(c, k);
		}
	}
}

static void
run(int ep)
{
	struct epoll_event ev[64];
	uint64_t checked = now_ns();
	int n;

	for (unsigned i = 0; i < n_client; i++)
		fill(&client[i]);
	while (n_busy > 0) {
		n = epoll_wait(ep, ev, 64, 1000);
		for (int i = 0; i < n; i++) {
			struct client *c = ev[i].data.ptr;

			work->udp ? take_datagram(c) : take_stream(c);
			fill(c);
		}
		if (now_ns() - checked > 100000000u) {
			checked = now_ns();
			ask_again();
		}
	}
}

/* Begin and end ---------------------------------------------------------------------- */

static bool
is_needed(const struct entry *e, const struct work *w)
{
	return e->is_dir || w->next == attr_next || strcmp(e->path, "big") == 0 ||
	    strcmp(e->path, "boot/file0") == 0;
}

static const struct work *then;

/* MNT, and a LOOKUP of what the work needs the handle of. */
static bool
setup_next(struct client *c, struct call *k)
{
	struct wr w;

	if (c->busy > 0)
		return false;
	while (c->at > 0 && c->at < n_entry && !is_needed(&entry[c->at], then))
		c->at++;
	if (c->at == n_entry)
		return false;
	k->e = &entry[c->at];
	if (c->at++ > 0) {
		put_lookup(k, &entry[k->e->dir].fh, k->e->name, strlen(k->e->name));
		return true;
	}
	w = begin(k, MOUNT, 3, 1);
	k->proc = 0;
	put_opaque(&w, export, (uint32_t)strlen(export));
	end(k, &w);
	return true;
}

static void
setup_answer(struct client *c, struct call *k, struct rd *r)
{
	(void)c;
	check_status(k, r);
	take_fh(r, 3, &k->e->fh);
}

static const struct work setup = { "setup", true, 3, 0, setup_next, setup_answer };

static int
open_clients(unsigned n)
{
	int ep = epoll_create1(0), on = 1;

	n_client = n;
	if (ep == -1 || (client = calloc(n, sizeof(*client))) == NULL)
		err(1, "clients");
	for (unsigned i = 0; i < n; i++) {
		struct client *c = &client[i];
		struct epoll_event ev = { .events = EPOLLIN, .data.ptr = c };

		c->fd = socket(AF_INET, work->udp ? SOCK_DGRAM : SOCK_STREAM, 0);
		if (c->fd == -1 || epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &ev) == -1)
			err(1, "socket");
		if (work->udp)
			continue;
		(void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		if ((c->in = malloc(IN_MAX)) == NULL || connect(c->fd,
		    (struct sockaddr *)&nfs_addr, sizeof(nfs_addr)) == -1)
			err(1, "connect");
	}
	return ep;
}

/* The CPU time in a control group's file, us. */
static double
cpu_us(const char *path)
{
	char word[64];
	double us = -1;
	FILE *f = fopen(path, "r");

	if (f == NULL || fscanf(f, "%63s", word) != 1)
		err(1, "%s", path);
	if (strcmp(word, "usage_usec") != 0)
		us = strtod(word, NULL) / 1000;
	else if (fscanf(f, "%lf", &us) != 1)
		errx(1, "%s: no CPU time", path);
	fclose(f);
	return us;
}

static unsigned
number(const char *s, unsigned max)
{
	unsigned long n = strtoul(s, NULL, 10);

	if (n == 0 || n > max)
		errx(2, "%s: not a number from 1 to %u", s, max);
	return (unsigned)n;
}

static struct sockaddr_in
address(const char *host, const char *port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)number(port, 65535)) };

	if (inet_pton(AF_INET, host, &sin.sin_addr) != 1)
		errx(2, "%s: not an address", host);
	return sin;
}

/* Starts each of them somewhere else. */
static void
spread(void)
{
	for (unsigned i = 0; i < n_client; i++) {
		if (work->next == small_next)
			client[i].at = (uint32_t)((uint64_t)n_entry * i / n_client);
		else if (work->next == loader_next)
			client[i].at = (uint32_t)(tree_find(&entry[0], "boot", 4) - entry);
	}
}

int
main(int argc, char *argv[])
{
	double cpu, mib;
	char *colon;
	uint64_t t;
	int ep;

	if (argc == 6 && strcmp(argv[1], "make") == 0) {
		tree_make(argv[2], number(argv[3], 4096), number(argv[4], 999),
		    number(argv[5], 999));
		return 0;
	}
	for (size_t i = 0; argc == 10 && i < sizeof(works) / sizeof(*works); i++)
		if (strcmp(argv[1], works[i].name) == 0)
			then = &works[i];
	if (then == NULL)
		errx(2, "usage: nfs work dir address nfs-port mount-port "
		    "clients depth amount meter");
	if ((colon = strchr(argv[2], ':')) != NULL)
		*colon = '\0';
	export = colon != NULL ? colon + 1 : argv[2];
	tree_load(argv[2]);
	nfs_addr = address(argv[3], argv[4]);
	mnt_addr = address(argv[3], argv[5]);
	work = &setup;
	depth = 1;
	run(open_clients(1));
	answers = again = 0;

	work = then;
	depth = number(argv[7], DEPTH_MAX);
	ep = open_clients(number(argv[6], CLIENTS_MAX));
	amount = number(argv[8], UINT32_MAX);
	spread();
	cpu = cpu_us(argv[9]);
	t = now_ns();
	run(ep);
	t = now_ns() - t;
	cpu = cpu_us(argv[9]) - cpu;
	mib = (double)bytes / (1 << 20);
	for (uint32_t i = 1; i < n_entry && work->next == walk_next; i++)
		if (entry[i].seen != amount)
			errx(1, "/%s was listed %u times", entry[i].path, entry[i].seen);
	if (answers == 0)
		errx(1, "nothing was asked");
	printf("%llu %.2f %.0f %.1f %.1f %.1f %llu\n", (unsigned long long)answers,
	    cpu / (double)answers, (double)answers / (double)t * 1e9, mib,
	    mib > 0 ? cpu / mib : 0, mib / (double)t * 1e9, (unsigned long long)again);
	return 0;
}
