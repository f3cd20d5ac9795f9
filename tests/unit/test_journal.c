/* test_journal.c - the lease journal: batches, torn tails, damage, a full
 * disk, compaction. */
#include <sys/resource.h>
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../fleet/journal.h"

#define HEAD	12u		/* bytes of the header */
#define MAX	1024u

static char dir[64];
static int dirfd = -1;

/* What a journal said when it was read: the last lease of each address. */
static struct { struct lease l; unsigned seen; } got[MAX];
static size_t n_got;

static int
fresh(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/test_journal.XXXXXX");
	assert_non_null(mkdtemp(dir));
	dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dirfd == -1;
}

static int
drop(void **state)
{
	(void)state;
	(void)unlinkat(dirfd, JOURNAL_NAME, 0);
	(void)unlinkat(dirfd, JOURNAL_NAME ".new", 0);
	close(dirfd);
	return rmdir(dir);
}

static int
take(void *arg, const struct lease *l)
{
	(void)arg;
	if (l->addr < MAX) {
		got[l->addr].l = *l;
		got[l->addr].seen++;
	}
	n_got++;
	return 0;
}

static int
open_any(struct journal **ret)
{
	memset(got, 0, sizeof(got));
	n_got = 0;
	return journal_open(dirfd, take, NULL, ret);
}

static struct journal *
open_journal(void)
{
	struct journal *j = NULL;

	assert_int_equal(open_any(&j), 0);
	return j;
}

static struct lease
lease_of(uint32_t addr, int64_t expiry)
{
	return (struct lease){ .addr = addr, .state = LEASE_BOUND,
	    .mac = { { 2, 0, 0, 0, (uint8_t)(addr >> 8), (uint8_t)addr } },
	    .start = 1, .expiry = expiry, .hostname = "pc" };
}

static int
append(struct journal *j, uint32_t addr, int64_t expiry)
{
	struct lease l = lease_of(addr, expiry);
	const struct lease *p = &l;

	return journal_append(j, &p, 1);
}

/* Addresses lo to hi, in one batch. */
static int
append_all(struct journal *j, uint32_t lo, uint32_t hi, int64_t expiry)
{
	struct lease l[MAX];
	const struct lease *p[MAX];
	uint32_t n = 0;

	for (; lo <= hi; lo++, n++) {
		l[n] = lease_of(lo, expiry + lo);
		p[n] = &l[n];
	}
	return journal_append(j, p, n);
}

static off_t
file_size(void)
{
	struct stat st;

	assert_int_equal(fstatat(dirfd, JOURNAL_NAME, &st, 0), 0);
	return st.st_size;
}

static size_t
slurp(uint8_t *buf, size_t cap)
{
	int fd = openat(dirfd, JOURNAL_NAME, O_RDONLY);
	ssize_t n = read(fd, buf, cap);

	close(fd);
	assert_true(n >= 0);
	return (size_t)n;
}

static void
spit(const uint8_t *buf, size_t n)
{
	int fd = openat(dirfd, JOURNAL_NAME, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_equal(write(fd, buf, n), n);
	close(fd);
}

static void
test_what_was_appended_is_there_again(void **state)
{
	struct journal *j = open_journal();
	struct journal_stat st;

	(void)state;
	assert_int_equal(n_got, 0);
	for (uint32_t a = 1; a <= 10; a++)
		assert_int_equal(append(j, a, a), 0);
	assert_int_equal(append_all(j, 11, 100, 0), 0);
	assert_int_equal(append(j, 7, 777), 0);
	journal_close(j);
	j = open_journal();
	assert_int_equal(n_got, 101);
	assert_int_equal(got[7].l.expiry, 777);
	assert_int_equal(got[8].l.expiry, 8);
	journal_stat(j, &st);
	assert_int_equal(st.records, 101);
	assert_int_equal(st.live, 100);
	assert_int_equal(st.damaged, 0);
	assert_int_equal(st.bytes, file_size());
	journal_close(j);
}

/* A crash in the middle of a write may leave any part of the last record. */
static void
test_a_torn_tail_is_cut_off_wherever_it_was_torn(void **state)
{
	struct journal *j = open_journal();
	uint8_t buf[4096];
	size_t len, good;

	(void)state;
	append(j, 1, 1);
	append(j, 2, 2);
	good = (size_t)file_size();
	append(j, 3, 3);
	journal_close(j);
	len = slurp(buf, sizeof(buf));
	for (size_t n = good; n < len; n++) {
		spit(buf, n);
		j = open_journal();
		assert_int_equal(n_got, 2);
		assert_int_equal(file_size(), good);
		assert_int_equal(append(j, 4, 4), 0);
		journal_close(j);
		journal_close(open_journal());
		assert_int_equal(n_got, 3);
		assert_int_equal(got[4].l.expiry, 4);
	}
}

static void
test_zeroes_behind_the_last_record_are_cut_off(void **state)
{
	struct journal *j = open_journal();
	off_t good;
	int fd;

	(void)state;
	append(j, 1, 1);
	journal_close(j);
	good = file_size();
	fd = openat(dirfd, JOURNAL_NAME, O_WRONLY);
	assert_int_equal(ftruncate(fd, 100000), 0);
	close(fd);
	journal_close(open_journal());
	assert_int_equal(n_got, 1);
	assert_int_equal(file_size(), good);
}

/* A page that did not reach the disk, or a rotten one: what follows is good. */
static void
test_damage_inside_costs_only_what_is_damaged(void **state)
{
	struct journal *j = open_journal();
	struct journal_stat st;
	uint8_t buf[65536];
	size_t len, one;

	(void)state;
	assert_int_equal(append_all(j, 1, 400, 0), 0);
	one = ((size_t)file_size() - HEAD) / 400;
	journal_close(j);
	len = slurp(buf, sizeof(buf));
	memset(buf + 4096, 0, 4096);
	spit(buf, len);
	j = open_journal();
	journal_stat(j, &st);
	assert_true(st.damaged >= 4096 && st.damaged < 4096 + 512);
	assert_int_equal(st.damaged, (400 - n_got) * one);
	assert_int_equal(got[1].seen, 1);
	assert_int_equal(got[400].seen, 1);
	/* The next append has it rewritten without the damage. */
	for (int i = 0; i < 100 && st.compactions == 0; i++) {
		assert_int_equal(append(j, 401, 401), 0);
		journal_stat(j, &st);
	}
	assert_int_equal(st.compactions, 1);
	len = st.records;
	journal_close(j);
	j = open_journal();
	journal_stat(j, &st);
	assert_int_equal(st.damaged, 0);
	assert_int_equal(n_got, len);
	journal_close(j);
}

/* A client may send the bytes of a record as its id; when the record around
 * them is torn they must not be read as one. */
static void
test_a_record_inside_a_client_id_is_not_believed(void **state)
{
	struct journal *j = open_journal();
	struct lease inner = { .addr = 66, .state = LEASE_BOUND, .expiry = 1 };
	struct lease outer = lease_of(5, 5);
	const struct lease *p = &outer;
	uint8_t rec[LEASE_RECORD_MAX], buf[4096];
	size_t len;

	(void)state;
	outer.cid_len = (uint8_t)lease_encode(&inner, rec);
	assert_true(outer.cid_len <= sizeof(outer.cid));
	memcpy(outer.cid, rec, outer.cid_len);
	assert_int_equal(journal_append(j, &p, 1), 0);
	journal_close(j);
	len = slurp(buf, sizeof(buf));
	buf[HEAD] ^= 1;			/* the outer record's length */
	spit(buf, len);
	journal_close(open_journal());
	assert_int_equal(n_got, 0);
}

static void
test_a_file_that_is_no_journal_is_left_alone(void **state)
{
	static const char text[] = "This is somebody's only copy of a letter.\n";
	uint8_t buf[sizeof(text)];
	struct journal *j = NULL;

	(void)state;
	spit((const uint8_t *)text, sizeof(text));
	assert_int_equal(open_any(&j), -EBADMSG);
	assert_int_equal(slurp(buf, sizeof(buf)), sizeof(text));
	assert_memory_equal(buf, text, sizeof(text));
	spit((const uint8_t *)"x", 1);
	assert_int_equal(open_any(&j), -EBADMSG);
}

static void
test_a_symbolic_link_is_not_followed(void **state)
{
	struct journal *j = NULL;

	(void)state;
	assert_int_equal(symlinkat("elsewhere", dirfd, JOURNAL_NAME), 0);
	assert_true(open_any(&j) < 0);
	assert_int_equal(faccessat(dirfd, "elsewhere", F_OK, 0), -1);
}

static void
test_killed_while_the_file_was_made(void **state)
{
	struct journal *j = open_journal();
	uint8_t buf[HEAD];

	(void)state;
	journal_close(j);
	slurp(buf, sizeof(buf));
	for (size_t n = 0; n < HEAD; n++) {
		spit(buf, n);
		j = open_journal();
		assert_int_equal(append(j, 1, 1), 0);
		journal_close(j);
		journal_close(open_journal());
		assert_int_equal(n_got, 1);
	}
}

/* RLIMIT_FSIZE stands for a full disk: writes come back short, then fail. */
static void
test_a_full_disk_changes_nothing(void **state)
{
	struct journal *j = open_journal();
	struct rlimit old, lim;
	off_t before;

	(void)state;
	assert_int_equal(append(j, 1, 1), 0);
	before = file_size();
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	lim = old;
	for (rlim_t room = 0; room < 200; room += 13) {
		lim.rlim_cur = (rlim_t)before + room;
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &lim), 0);
		assert_int_equal(append_all(j, 2, 51, 0), -ENOSPC);
		assert_int_equal(file_size(), before);
	}
	/* Compaction fails too, and harms nothing. */
	lim.rlim_cur = 4;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &lim), 0);
	assert_int_equal(journal_compact(j), -ENOSPC);
	assert_int_equal(faccessat(dirfd, JOURNAL_NAME ".new", F_OK, 0), -1);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(append_all(j, 2, 51, 0), 0);
	journal_close(j);
	journal_close(open_journal());
	assert_int_equal(n_got, 51);
}

static void
test_compaction_keeps_the_last_of_each(void **state)
{
	struct journal *j = open_journal();
	struct journal_stat st;
	off_t before;

	(void)state;
	for (int64_t round = 0; round < 10; round++)	/* too few to be compacted by itself */
		assert_int_equal(append_all(j, 1, 100, round * 1000), 0);
	before = file_size();
	assert_int_equal(journal_compact(j), 0);
	assert_true(file_size() < before / 8);
	journal_stat(j, &st);
	assert_int_equal(st.records, 100);
	assert_int_equal(st.live, 100);
	assert_int_equal(st.compactions, 1);
	assert_int_equal(append(j, 5, 99999), 0);
	assert_int_equal(journal_compact(j), 0);	/* of the new file */
	assert_int_equal(append(j, 6, 99999), 0);
	journal_close(j);
	journal_close(open_journal());
	assert_int_equal(n_got, 101);
	for (uint32_t a = 1; a <= 100; a++)
		assert_int_equal(got[a].l.expiry, a == 5 || a == 6 ? 99999 : 9000 + a);
}

/* By itself, while appending goes on; nothing that came meanwhile is lost.
 * Half of the addresses come again and again, the others only once. */
static void
test_compacts_in_the_background(void **state)
{
	struct journal *j = open_journal();
	struct journal_stat st;
	struct lease l[64];
	const struct lease *p[64];
	int64_t last[MAX] = { 0 };
	uint32_t round = 0, a;

	(void)state;
	do {
		round++;
		for (uint32_t i = 0; i < 64; i++) {
			a = i == 0 ? MAX / 2 + round :
			    1 + (round * 37 + i * 11) % (MAX / 2 - 1);
			l[i] = lease_of(a, round * 100 + i);
			last[a] = round * 100 + i;
			p[i] = &l[i];
		}
		assert_int_equal(journal_append(j, p, 64), 0);
		journal_stat(j, &st);
	} while (st.compactions < 4 && round < MAX / 2 - 1);
	assert_int_equal(st.compactions, 4);
	assert_int_equal(st.bytes, file_size());
	assert_int_equal(journal_compact(j), 0);
	journal_close(j);
	j = open_journal();
	for (a = 0; a < MAX; a++) {
		assert_int_equal(got[a].seen, last[a] != 0);
		assert_int_equal(got[a].l.expiry, last[a]);
	}
	journal_close(j);
}

static void
test_a_compaction_that_was_killed_leaves_nothing(void **state)
{
	struct journal *j = open_journal();
	int fd;

	(void)state;
	append(j, 1, 1);
	journal_close(j);
	fd = openat(dirfd, JOURNAL_NAME ".new", O_WRONLY | O_CREAT, 0600);
	assert_int_equal(write(fd, "half", 4), 4);
	close(fd);
	j = open_journal();
	assert_int_equal(n_got, 1);
	assert_int_equal(faccessat(dirfd, JOURNAL_NAME ".new", F_OK, 0), -1);
	assert_int_equal(journal_compact(j), 0);
	journal_close(j);
}

static int
refuse(void *arg, const struct lease *l)
{
	(void)arg;
	(void)l;
	return -E2BIG;
}

static void
test_the_readers_error_ends_the_opening(void **state)
{
	struct journal *j = open_journal();

	(void)state;
	append(j, 1, 1);
	journal_close(j);
	j = NULL;
	assert_int_equal(journal_open(dirfd, refuse, NULL, &j), -E2BIG);
	assert_null(j);
	journal_close(open_journal());
	assert_int_equal(n_got, 1);
}

int
main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, fresh, drop)
	const struct CMUnitTest tests[] = {
		T(test_what_was_appended_is_there_again),
		T(test_a_torn_tail_is_cut_off_wherever_it_was_torn),
		T(test_zeroes_behind_the_last_record_are_cut_off),
		T(test_damage_inside_costs_only_what_is_damaged),
		T(test_a_record_inside_a_client_id_is_not_believed),
		T(test_a_file_that_is_no_journal_is_left_alone),
		T(test_a_symbolic_link_is_not_followed),
		T(test_killed_while_the_file_was_made),
		T(test_a_full_disk_changes_nothing),
		T(test_compaction_keeps_the_last_of_each),
		T(test_compacts_in_the_background),
		T(test_a_compaction_that_was_killed_leaves_nothing),
		T(test_the_readers_error_ends_the_opening),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
