/* storm.c - a rack of machines that boot at the same second, and are installed.
 *
 *	storm [OPTION...] SERVER INTERFACE TREE
 *
 *	-n MACHINES		(400)
 *	-m NUMBER		of the first: its hardware address is 02:00:00:00:xx:xx
 *	-j MILLISECONDS		within which they are switched on (1000)
 *	-w MILLISECONDS		until a machine whose turn it is not asks again (1000)
 *	-t SECONDS		until all is given up (300)
 *	-v
 *
 * Every machine goes the way of a FreeBSD: its firmware's DHCP and TFTP, the
 * loader's DHCP and NFS over UDP, the kernel's NFS over TCP, and what the install
 * script, which it reads, says: claim, distributions, log, reports. Three kinds
 * by turns: iPXE and a loader that reads 1 KiB at a time; iPXE and a loader that
 * does as DHCP says; UEFI. They do nothing but ask: no disk, no thinking.
 *
 * TREE is what the server serves: every byte is compared. Needs a network of its
 * own: INTERFACE, and a local route for the addresses that are given out.
 * Exit 1 when a machine did not come through. */
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>

#include "storm.h"

#define STACK		(64u << 10)
#define TICK		(10 * MS)	/* how exact timeouts are */
#define REPORTS_EACH	200u
#define WATCHED		2

struct storm storm = { .n_machine = 400, .ask_again_ms = 1000 };

static ucontext_t loop;
static int ep;
static unsigned busy;
static struct { int fd; void (*fn)(int); } watched[WATCHED];
static const char *const stage_name[ST__COUNT] = { "firmware's DHCP", "waits its turn",
	"TFTP", "loader's DHCP", "loader", "kernel and root", "script, to its claim",
	"claim to last report" };
static const char *const again_name[AGAIN__COUNT] = { "DHCP", "TFTP", "RPC over UDP",
	"RPC over TCP", "reports" };

/* Machines as coroutines ----------------------------------------------------- */

static void
resume(struct machine *m, bool late)
{
	m->late = late;
	m->fd = -1;
	m->until = UINT64_MAX;
	if (swapcontext(&loop, &m->context) == -1)
		err(1, "swapcontext");
	if (!m->done || m->stack == NULL)
		return;
	free(m->stack);
	m->stack = NULL;
	for (size_t i = 0; i < sizeof(m->sock) / sizeof(m->sock[0]); i++)
		if (m->sock[i] != -1)
			storm_close(m, m->sock[i]);
	busy--;
	if (m->why[0] != '\0' && storm.verbose)
		warnx("machine %u: %s", m->no, m->why);
}

bool
storm_wait(struct machine *m, int fd, uint64_t until)
{
	m->fd = fd;
	m->until = until;
	if (swapcontext(&m->context, &loop) == -1)
		err(1, "swapcontext");
	return !m->late;
}

void
storm_sleep(struct machine *m, uint64_t ns)
{
	(void)storm_wait(m, -1, now_ns() + ns);
}

void
storm_wake(struct machine *m)
{
	resume(m, false);
}

void
storm_fail(struct machine *m, const char *fmt, ...)
{
	va_list ap;
	int n = snprintf(m->why, sizeof(m->why), "%s: ", stage_name[m->stage]);

	va_start(ap, fmt);
	vsnprintf(m->why + n, sizeof(m->why) - (size_t)n, fmt, ap);
	va_end(ap);
	m->done = true;
	(void)setcontext(&loop);
	abort();
}

static void
machine_main(unsigned no)
{
	struct machine *m = &storm.machine[no];

	m->began = now_ns();
	storm_boot(m);
	m->done = true;
	(void)setcontext(&loop);
}

void
storm_stage(struct machine *m, enum stage s)
{
	m->at[s] = now_ns();
	m->stage = s + 1 < ST__COUNT ? s + 1 : s;
	if (s == ST_DHCP)
		m->stage = ST_TFTP;
}

/* Sockets ------------------------------------------------------------------- */

int
storm_socket(struct machine *m, int type, uint16_t port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(m->dhcp.addr) };
	struct epoll_event ev = { .events = EPOLLIN };
	size_t i = 0;
	int fd;

	while (m->sock[i] != -1)
		if (++i == sizeof(m->sock) / sizeof(m->sock[0]))
			errx(1, "a machine with too many sockets");
	if ((fd = socket(AF_INET, type | SOCK_NONBLOCK, 0)) == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int)) == -1 ||
	    bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1)
		err(1, "machine %u: socket", m->no);
	ev.data.u64 = (uint64_t)m->no << 32 | (uint32_t)fd;
	if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) == -1)
		err(1, "epoll");
	m->sock[i] = fd;
	return fd;
}

void
storm_close(struct machine *m, int fd)
{
	for (size_t i = 0; i < sizeof(m->sock) / sizeof(m->sock[0]); i++)
		if (m->sock[i] == fd)
			m->sock[i] = -1;
	close(fd);
}

void
storm_watch(int fd, void (*fn)(int))
{
	struct epoll_event ev = { .events = EPOLLIN };
	unsigned i = 0;

	while (watched[i].fn != NULL)
		i++;
	watched[i].fd = fd;
	watched[i].fn = fn;
	ev.data.u64 = (uint64_t)UINT32_MAX << 32 | i;
	if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) == -1)
		err(1, "epoll");
}

/* Nobody waits for what has come: the end of a connection, an answer too late. */
static void
stray(int fd)
{
	struct epoll_event none = { 0 };

	if (recv(fd, &none, 1, MSG_DONTWAIT | MSG_PEEK) <= 0 ||
	    recv(fd, &none, 1, MSG_DONTWAIT | MSG_TRUNC) <= 0)
		(void)epoll_ctl(ep, EPOLL_CTL_DEL, fd, &none);
}

static void
run(uint64_t end)
{
	struct epoll_event ev[256];
	uint64_t now = now_ns(), next = now;
	int n;

	while (busy > 0 && now < end) {
		n = epoll_wait(ep, ev, 256, (int)(TICK / MS));
		for (int i = 0; i < n; i++) {
			uint32_t no = (uint32_t)(ev[i].data.u64 >> 32);
			int fd = (int)(uint32_t)ev[i].data.u64;

			if (no == UINT32_MAX)
				watched[fd].fn(watched[fd].fd);
			else if (storm.machine[no].fd == fd)
				resume(&storm.machine[no], false);
			else
				stray(fd);
		}
		if ((now = now_ns()) < next)
			continue;
		next = now + TICK;
		for (unsigned i = 0; i < storm.n_machine; i++)
			if (!storm.machine[i].done && now >= storm.machine[i].until)
				resume(&storm.machine[i], true);
	}
}

/* Originals ------------------------------------------------------------------ */

static const char *tree;

static int
take_file(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	struct original *o;
	int fd;

	(void)ftw;
	if (flag != FTW_F || !S_ISREG(st->st_mode))
		return 0;
	storm.file = realloc(storm.file, (storm.n_file + 1) * sizeof(*storm.file));
	if (storm.file == NULL || (fd = open(path, O_RDONLY)) == -1)
		err(1, "%s", path);
	o = &storm.file[storm.n_file++];
	o->path = strdup(path + strlen(tree) + 1);
	o->n = (size_t)st->st_size;
	o->p = o->n > 0 ? mmap(NULL, o->n, PROT_READ, MAP_SHARED, fd, 0) : NULL;
	if (o->path == NULL || o->p == MAP_FAILED)
		err(1, "%s", path);
	close(fd);
	return 0;
}

const struct original *
storm_original(const char *path)
{
	for (size_t i = 0; i < storm.n_file; i++)
		if (strcmp(storm.file[i].path, path) == 0)
			return &storm.file[i];
	return NULL;
}

/* What came of it -------------------------------------------------------------- */

void
storm_took(uint64_t ns)
{
	if (storm.n_report < (size_t)storm.n_machine * REPORTS_EACH)
		storm.report[storm.n_report++] = (double)ns / 1e9;
}

static int
by_size(const void *a, const void *b)
{
	double x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x > y) - (x < y);
}

static void
row(const char *name, double *v, size_t n)
{
	size_t at[3] = { n / 2, n * 9 / 10, n * 99 / 100 };

	if (n == 0)
		return;
	qsort(v, n, sizeof(*v), by_size);
	printf("# %-24s %8zu", name, n);
	for (int i = 0; i < 3; i++)
		printf(" %10.3f", v[at[i] < n ? at[i] : n - 1]);
	printf(" %10.3f\n", v[n - 1]);
}

static void
table(void)
{
	double *v = calloc(storm.n_machine, sizeof(*v));
	size_t n;

	if (v == NULL)
		err(1, "memory");
	printf("# %-24s %8s %10s %10s %10s %10s\n", "seconds", "of", "p50", "p90", "p99", "max");
	for (int s = 0; s < ST__COUNT; s++) {
		n = 0;
		for (unsigned i = 0; i < storm.n_machine; i++) {
			const struct machine *m = &storm.machine[i];
			uint64_t from = m->began;

			for (int k = 0; k < s; k++)
				from = m->at[k] > 0 ? m->at[k] : from;
			if (m->at[s] > 0)
				v[n++] = (double)(m->at[s] - from) / 1e9;
		}
		row(stage_name[s], v, n);
	}
	n = 0;
	for (unsigned i = 0; i < storm.n_machine; i++)
		if (storm.machine[i].at[ST_INSTALL] > 0)
			v[n++] = (double)(storm.machine[i].at[ST_INSTALL] -
			    storm.machine[i].began) / 1e9;
	row("all", v, n);
	row("one claim or report", storm.report, storm.n_report);
	free(v);
}

static unsigned
failures(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < storm.n_machine; i++) {
		struct machine *m = &storm.machine[i];

		if (m->done && m->why[0] == '\0')
			continue;
		if (!m->done)
			snprintf(m->why, sizeof(m->why), "%s: not through in time",
			    stage_name[m->stage]);
		if (n++ < 10)
			printf("# machine %u: %s\n", m->no, m->why);
	}
	return n;
}

static void
prepare(unsigned first)
{
	struct rlimit rl = { 4 * storm.n_machine + 64, 4 * storm.n_machine + 64 };

	if (setrlimit(RLIMIT_NOFILE, &rl) == -1)
		err(1, "open files");
	if ((ep = epoll_create1(0)) == -1)
		err(1, "epoll");
	storm.machine = calloc(storm.n_machine, sizeof(*storm.machine));
	storm.report = calloc((size_t)storm.n_machine * REPORTS_EACH, sizeof(double));
	if (storm.machine == NULL || storm.report == NULL)
		err(1, "memory");
	if (nftw(tree, take_file, 64, FTW_PHYS) != 0 || storm.n_file == 0)
		errx(1, "%s: no tree", tree);
	storm_dhcp_open();
	for (unsigned i = 0; i < storm.n_machine; i++) {
		struct machine *m = &storm.machine[i];
		unsigned no = first + i;

		m->no = i;
		m->kind = (enum kind)(i % KIND__COUNT);
		memcpy(m->mac, (uint8_t[]){ 2, 0, 0, 0, (uint8_t)(no >> 8), (uint8_t)no }, 6);
		memset(m->sock, -1, sizeof(m->sock));
		m->fd = -1;
		m->xid = 0x5703a000u + 97 * i;
		if ((m->stack = malloc(STACK)) == NULL || getcontext(&m->context) == -1)
			err(1, "memory");
		m->context.uc_stack.ss_sp = m->stack;
		m->context.uc_stack.ss_size = STACK;
		makecontext(&m->context, (void (*)(void))machine_main, 1, i);
	}
}

static unsigned
number(const char *s, unsigned max)
{
	char *end;
	unsigned long v = strtoul(s, &end, 10);

	if (*s == '\0' || *end != '\0' || v > max)
		errx(2, "%s: not a number up to %u", s, max);
	return (unsigned)v;
}

int
main(int argc, char *argv[])
{
	unsigned first = 0, spread = 1000, limit = 300, n;
	uint64_t began, last = 0;
	struct in_addr in;
	double s;
	int c;

	while ((c = getopt(argc, argv, "n:m:j:w:t:v")) != -1)
		switch (c) {
		case 'n': storm.n_machine = number(optarg, 20000); break;
		case 'm': first = number(optarg, 60000); break;
		case 'j': spread = number(optarg, 60000); break;
		case 'w': storm.ask_again_ms = number(optarg, 60000); break;
		case 't': limit = number(optarg, 3600); break;
		case 'v': storm.verbose = true; break;
		default: return 2;
		}
	if (argc - optind != 3 || inet_pton(AF_INET, argv[optind], &in) != 1 ||
	    storm.n_machine == 0)
		errx(2, "usage: storm [option...] server interface tree");
	storm.server = ntohl(in.s_addr);
	storm.interface = argv[optind + 1];
	tree = argv[optind + 2];
	prepare(first);
	busy = storm.n_machine;
	began = now_ns();
	for (unsigned i = 0; i < storm.n_machine; i++)
		storm.machine[i].until = began + (uint64_t)(i * 7919u % storm.n_machine) *
		    spread * MS / storm.n_machine;
	run(began + limit * SECOND);
	for (unsigned i = 0; i < storm.n_machine; i++)
		if (storm.machine[i].at[ST_INSTALL] > last)
			last = storm.machine[i].at[ST_INSTALL];
	n = failures();
	s = last > began ? (double)(last - began) / 1e9 : 0;
	table();
	printf("# said again:");
	for (int i = 0; i < AGAIN__COUNT; i++)
		printf(" %s %lu%s", again_name[i], storm.again[i],
		    i + 1 < AGAIN__COUNT ? "," : "\n");
	/* For scripts: machines, failed, seconds to the last, calls, MiB, turns waited. */
	printf("storm %u %u %.2f %lu %.1f %lu\n", storm.n_machine, n, s, storm.calls,
	    (double)storm.bytes / 1048576, storm.waited);
	return n > 0;
}
