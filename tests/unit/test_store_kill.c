/* test_store_kill.c - kill -9 at any moment loses nothing that was promised.
 *
 * A child commits leases and host records as fast as it can and writes each
 * completion to a pipe.  The parent kills it at a random moment, opens the
 * same directory, and looks for everything the pipe said; then the next child
 * goes on in that directory.  (The machine's memory survives a kill, so this
 * proves the order of things and the recovery, not the disk.)
 */
#include <sys/wait.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include <event2/event.h>

#include "../../fleet/journal.h"
#include "../../fleet/store.h"
#include "../../lib/log.h"

#define ROUNDS		30
#define KEYS		100u		/* leases, and as many hosts */
#define OUTSTANDING	64

static char dir[64];

struct ack { uint32_t kind, key, seq; };

/* seq of each: as acknowledged, and as loaded. */
static uint32_t acked[2][KEYS + 1], found[2][KEYS + 1];

/* The child --------------------------------------------------------------- */

struct work {
	struct store_op	 op;		/* first */
	uint32_t	 seq;
};

static struct {
	struct store	*store;
	int		 fd;
	uint32_t	 seq;
} child;

static uint32_t
key_of(uint32_t seq)
{
	return 1 + (seq * 2654435761u >> 7) % KEYS;
}

static struct lease
lease_of(uint32_t seq)
{
	struct lease l = { .addr = key_of(seq), .state = LEASE_BOUND, .expiry = seq };

	snprintf(l.hostname, sizeof(l.hostname), "host-%u", l.addr);
	return l;
}

static int
ignore(void *arg, const struct lease *l)
{
	(void)arg;
	(void)l;
	return 0;
}

static void	submit(struct work *);

static void
on_done(struct mbox_msg *m)
{
	struct work *w = (struct work *)(void *)m;
	struct ack a = { .seq = w->seq };

	if (w->op.result != 0)
		_exit(3);
	if (w->op.kind == STORE_LEASE) {
		a.key = w->op.lease.addr;
	} else {
		a.kind = 1;
		a.key = (uint32_t)strtoul(w->op.host.name + 1, NULL, 10);
	}
	if (write(child.fd, &a, sizeof(a)) != sizeof(a))
		_exit(4);
	submit(w);
}

static void
submit(struct work *w)
{
	uint32_t seq = ++child.seq;
	bool lease = seq % 8 != 0;	/* as in life: leases are the many */

	memset(w, 0, sizeof(*w));
	w->seq = seq;
	w->op.msg.run = on_done;
	if (lease) {
		w->op.kind = STORE_LEASE;
		w->op.lease = lease_of(seq);
	} else {
		w->op.kind = STORE_HOST;
		w->op.host.state = HS_ARMED;
		w->op.host.since = seq;
		snprintf(w->op.host.name, 64, "h%u", key_of(seq));
	}
	store_submit(child.store, &w->op);
}

static void
run_child(int fd, uint32_t from)
{
	static const struct store_load nothing;
	struct event_base *base = event_base_new();
	struct work *w = calloc(OUTSTANDING, sizeof(*w));
	struct mbox *mbox;
	char why[200];

	child.fd = fd;
	child.seq = from;
	if (mbox_new(base, 1000, &mbox) < 0 ||
	    store_open(dir, &nothing, NULL, &child.store, why) < 0 ||
	    store_start(child.store, mbox) < 0)
		_exit(2);
	for (int i = 0; i < OUTSTANDING; i++)
		submit(&w[i]);
	event_base_dispatch(base);	/* until killed */
	_exit(5);
}

/* The journal alone, compacted all the time. */
static void
run_compacting_child(int fd, uint32_t seq)
{
	struct lease l[16];
	const struct lease *p[16];
	struct journal *j;
	int dirfd = open(dir, O_RDONLY | O_DIRECTORY);

	if (dirfd == -1 || journal_open(dirfd, ignore, NULL, &j) < 0)
		_exit(2);
	for (unsigned round = 0; ; round++) {
		for (unsigned i = 0; i < 16; i++) {
			l[i] = lease_of(++seq);
			p[i] = &l[i];
		}
		if (journal_append(j, p, 16) < 0)
			_exit(3);
		for (unsigned i = 0; i < 16; i++) {
			struct ack a = { 0, l[i].addr, (uint32_t)l[i].expiry };

			if (write(fd, &a, sizeof(a)) != sizeof(a))
				_exit(4);
		}
		if (round % 3 == 0 && journal_compact(j) < 0)
			_exit(6);
	}
}

/* The parent -------------------------------------------------------------- */

static int
on_lease(void *arg, const struct lease *l)
{
	char name[64];

	(void)arg;
	assert_in_range(l->addr, 1, KEYS);
	snprintf(name, sizeof(name), "host-%u", l->addr);
	assert_string_equal(l->hostname, name);
	found[0][l->addr] = (uint32_t)l->expiry;	/* the last one counts */
	return 0;
}

static int
on_host(void *arg, const struct host_record *h)
{
	uint32_t key = (uint32_t)strtoul(h->name + 1, NULL, 10);

	(void)arg;
	assert_in_range(key, 1, KEYS);
	found[1][key] = (uint32_t)h->since;
	return 0;
}

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static size_t
take_acks(int fd)
{
	struct ack a[256];
	size_t got = 0;
	ssize_t n;

	/* A write of 12 bytes to a pipe is never torn (POSIX, PIPE_BUF). */
	if ((n = read(fd, a, sizeof(a))) <= 0)
		return 0;
	assert_int_equal(n % (ssize_t)sizeof(a[0]), 0);
	for (; got < (size_t)n / sizeof(a[0]); got++)
		if (a[got].seq > acked[a[got].kind][a[got].key])
			acked[a[got].kind][a[got].key] = a[got].seq;
	return got;
}

/* Let it run for some milliseconds, kill it; how many acknowledgements came. */
typedef void child_fn(int fd, uint32_t from);

static size_t
run_and_kill(child_fn *fn, uint32_t from, unsigned ms)
{
	int fd[2], status;
	size_t n = 0, got;
	int64_t end;
	pid_t pid;

	assert_int_equal(pipe(fd), 0);
	pid = fork();
	assert_true(pid != -1);
	if (pid == 0) {
		close(fd[0]);
		fn(fd[1], from);
	}
	close(fd[1]);
	end = now_ms() + ms;
	for (int64_t left; (left = end - now_ms()) > 0; ) {
		struct pollfd p = { .fd = fd[0], .events = POLLIN };

		if (poll(&p, 1, (int)left) == 1) {
			if ((got = take_acks(fd[0])) == 0)
				break;		/* it ended by itself: see status */
			n += got;
		}
	}
	kill(pid, SIGKILL);
	while ((got = take_acks(fd[0])) > 0)
		n += got;
	close(fd[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		fail_msg("the child ended with status %x", status);
	return n;
}

static uint32_t
check_all(void)
{
	static const struct store_load load = { .host = on_host, .lease = on_lease };
	struct store *s = NULL;
	uint32_t max = 0;
	char why[200];

	memset(found, 0, sizeof(found));
	if (store_open(dir, &load, NULL, &s, why) < 0)
		fail_msg("%s", why);
	store_close(s);
	for (unsigned kind = 0; kind < 2; kind++)
		for (uint32_t k = 1; k <= KEYS; k++) {
			/* Later ones may be there, whose promise was never given. */
			if (found[kind][k] < acked[kind][k])
				fail_msg("%s %u: promised %u, found %u",
				    kind ? "host" : "lease", k, acked[kind][k],
				    found[kind][k]);
			if (found[kind][k] > max)
				max = found[kind][k];
		}
	return max;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *f)
{
	(void)st;
	(void)type;
	(void)f;
	return remove(path);
}

static void
quiet(int prio, const char *line)
{
	(void)prio;
	(void)line;
}

/* How many acknowledgements came in all. */
static size_t
kill_again_and_again(child_fn *fn)
{
	unsigned seed = (unsigned)time(NULL), round;
	size_t total = 0;
	uint32_t seq = 0;

	log_set_sink(quiet);
	memset(acked, 0, sizeof(acked));
	srandom(seed);
	print_message("seed %u\n", seed);
	snprintf(dir, sizeof(dir), "/tmp/test_store_kill.XXXXXX");
	assert_non_null(mkdtemp(dir));
	for (round = 0; round < ROUNDS; round++) {
		total += run_and_kill(fn, seq, 5 + (unsigned)(random() % 150));
		seq = check_all();
	}
	print_message("%zu acknowledgements, %u kills\n", total, round);
	assert_int_equal(nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
	return total;
}

/* If the children had done nothing, nothing would be proved. */

static void
test_nothing_promised_is_lost(void **state)
{
	(void)state;
	assert_true(kill_again_and_again(run_child) > 1000);
	assert_true(acked[0][1] > 0 && acked[1][1] > 0);
}

static void
test_nothing_is_lost_while_compacting(void **state)
{
	(void)state;
	assert_true(kill_again_and_again(run_compacting_child) > 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_promised_is_lost),
		cmocka_unit_test(test_nothing_is_lost_while_compacting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
