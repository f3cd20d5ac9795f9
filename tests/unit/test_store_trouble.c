/* test_store_trouble.c - a full disk, a locked database, files that are not
 * ours: nothing is promised, and nothing that was is lost. */
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>

#include "../../fleet/journal.h"
#include "store_world.h"

static sqlite3 *
other_program(void)
{
	char path[128];
	sqlite3 *db;

	snprintf(path, sizeof(path), "%s/provd.db", dir);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	return db;
}

static void
test_a_locked_database_promises_nothing_and_leases_go_on(void **state)
{
	sqlite3 *db = other_program();

	(void)state;
	assert_int_equal(settle(op_host("web1", HS_READY)), 0);
	assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(settle(op_host("web1", HS_ARMED)), -EBUSY);
	assert_int_equal(settle(op_lease(1, 1)), 0);
	assert_int_equal(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_int_equal(settle(op_host("web2", HS_ARMED)), 0);
	reopen();
	assert_non_null(strstr(loaded, "host web1 ready"));
	assert_non_null(strstr(loaded, "host web2 armed"));
	assert_non_null(strstr(loaded, "lease 1"));
}

/* All that waits is one transaction: it stands or falls as a whole. */
static void
test_a_transaction_that_fails_fails_for_all_in_it(void **state)
{
	struct store_op *inst = op_inst(1), *lease = op_lease(1, 1);
	sqlite3 *db = other_program();

	(void)state;
	assert_int_equal(settle(op_inst(1)), 0);
	/* The thread waits for the lock while these three gather behind it. */
	assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	store_submit(store, op_host("web9", HS_READY));
	usleep(100000);
	inst->host = host_of("web1", HS_ARMED);	/* the same id and token again */
	store_submit(store, op_host("web2", HS_READY));
	submit_kept(inst);
	submit_kept(lease);
	assert_int_equal(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_int_equal(wait_for(inst), -EIO);
	assert_int_equal(wait_for(lease), 0);
	assert_int_equal(settle(op_host("web3", HS_READY)), 0);
	reopen();
	assert_non_null(strstr(loaded, "host web3"));
	assert_non_null(strstr(loaded, "host web9"));
	assert_null(strstr(loaded, "host web1"));
	assert_null(strstr(loaded, "host web2"));
	assert_non_null(strstr(loaded, "inst 1 "));
}

/* RLIMIT_FSIZE stands for a full disk. */
static void
test_a_full_disk_promises_nothing_and_is_survived(void **state)
{
	struct rlimit old, lim;
	int r;

	(void)state;
	assert_int_equal(settle(op_host("web1", HS_READY)), 0);
	assert_int_equal(settle(op_lease(1, 1)), 0);
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	lim = old;
	lim.rlim_cur = 20;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &lim), 0);
	for (int i = 0; i < 3; i++) {
		r = settle(op_host("web1", HS_ARMED));
		assert_true(r == -ENOSPC || r == -EIO);
		assert_int_equal(settle(op_lease(2, 2)), -ENOSPC);
		assert_true(settle(op_inst(1)) < 0);
	}
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(settle(op_lease(3, 3)), 0);
	assert_int_equal(settle(op_host("web2", HS_ARMED)), 0);
	reopen();
	assert_loaded("host web1 ready inst=3 other=4/2/1/2 attempts=2 retry=1 since=1700000000 "
	    "reason=it's \"broken\" step=newfs 5/9 boot=1700000001 xid=deadbeef\n"
	    "host web2 armed inst=3 other=4/2/1/2 attempts=2 retry=1 since=1700000000 "
	    "reason=it's \"broken\" step=newfs 5/9 boot=1700000001 xid=deadbeef\n"
	    "lease 1 2 1\nlease 3 2 3\n");
}

#ifdef __linux__
/* The real thing, on a tmpfs of one megabyte in a mount namespace of its own.
 * Gives the line of what went wrong, or 0. */
#define NEED(x)	do { if (!(x)) return __LINE__; } while (0)

static int
fill_a_real_disk(void)
{
	char path[128], why[200], buf[4096] = { 1 };
	unsigned good = 0, full = 0;
	uint32_t last = 0;
	int fd, r;

	NEED(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	NEED(mount("tmpfs", dir, "tmpfs", 0, "size=1m") == 0);
	NEED((base = event_base_new()) != NULL && mbox_new(base, 1000, &mbox) == 0);
	NEED(open_store(why) == 0);
	snprintf(path, sizeof(path), "%s/ballast", dir);
	NEED((fd = open(path, O_WRONLY | O_CREAT, 0600)) != -1);
	while (write(fd, buf, sizeof(buf)) > 0)
		;
	NEED(errno == ENOSPC);
	NEED(ftruncate(fd, lseek(fd, 0, SEEK_END) - 65536) == 0);
	close(fd);
	for (uint32_t i = 1; i < 20000 && full < 5; i++) {
		if ((r = settle(op_host("web1", HS_READY))) == 0)
			good++;
		else
			NEED(r == -ENOSPC);
		if ((r = settle(op_lease(i, i))) == 0)
			last = i;
		else {
			NEED(r == -ENOSPC);
			full++;
		}
	}
	NEED(good > 0 && last > 0 && full == 5);
	NEED(unlink(path) == 0);
	NEED(settle(op_host("web2", HS_ARMED)) == 0);
	NEED(settle(op_lease(30000, 1)) == 0);
	store_close(store);
	NEED(open_store(why) == 0);
	NEED(strstr(loaded, "host web1 ready") != NULL);
	NEED(strstr(loaded, "host web2 armed") != NULL);
	NEED(strstr(loaded, "lease 30000 2 1\n") != NULL);
	snprintf(buf, sizeof(buf), "lease %u 2 %u\n", last, last);
	NEED(strstr(loaded, buf) != NULL);
	snprintf(buf, sizeof(buf), "lease %u ", last + 1);
	NEED(strstr(loaded, buf) == NULL);
	store_close(store);
	mbox_free(mbox);
	event_base_free(base);
	return umount(dir) == 0 ? 0 : __LINE__;
}

static void
test_a_disk_that_is_really_full(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	log_set_sink(quiet);
	snprintf(dir, sizeof(dir), "/tmp/test_store.XXXXXX");
	assert_non_null(mkdtemp(dir));
	pid = fork();
	assert_true(pid != -1);
	if (pid == 0) {
		if (unshare(CLONE_NEWNS) == -1)
			_exit(77);
		status = fill_a_real_disk();
		if (status != 0)
			fprintf(stderr, "line %d\n", status);
		_exit(status != 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(rmdir(dir), 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		print_message("no mount namespace here: only RLIMIT_FSIZE was tried\n");
	else
		assert_int_equal(status, 0);
}
#endif

static void
spit(const char *name, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	fputs(text, f);
	fclose(f);
}

static void
test_files_that_are_not_ours_are_refused_and_named(void **state)
{
	char why[200];

	(void)state;
	store_close(store);
	spit(JOURNAL_NAME, "somebody's letter, quite a long one\n");
	assert_int_equal(open_store(why), -EBADMSG);
	assert_non_null(strstr(why, JOURNAL_NAME ": is not a lease journal"));
	spit("provd.db", "this is not a database, but it is a rather long text for one\n");
	assert_true(open_store(why) < 0);
	assert_non_null(strstr(why, "provd.db: file is not a database"));
}

static void
test_a_newer_database_is_refused(void **state)
{
	sqlite3 *db;
	char why[200];

	(void)state;
	store_close(store);
	db = other_program();
	assert_int_equal(sqlite3_exec(db, "PRAGMA user_version = 99", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_true(open_store(why) < 0);
	assert_non_null(strstr(why, "made by a newer provd"));
}

/* Before there was a choice, every root was NFS. */
static void
test_the_first_version_is_upgraded(void **state)
{
	sqlite3 *db;
	char why[200];

	(void)state;
	store_close(store);
	db = other_program();
	assert_int_equal(sqlite3_exec(db, "ALTER TABLE inst DROP COLUMN root;"
	    "ALTER TABLE inst DROP COLUMN programs; ALTER TABLE inst DROP COLUMN options;"
	    "ALTER TABLE event DROP COLUMN kind; ALTER TABLE event DROP COLUMN severity;"
	    "DROP TABLE kept; ALTER TABLE host DROP COLUMN other_state;"
	    "ALTER TABLE host DROP COLUMN other_always; ALTER TABLE host DROP COLUMN other_boots; PRAGMA user_version = 1", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_int_equal(open_store(why), 0);
	store_close(store);
	assert_int_equal(open_store(why), 0);
}

static void
test_a_directory_that_cannot_be_made_is_named(void **state)
{
	char keep[64], why[200];

	(void)state;
	store_close(store);
	memcpy(keep, dir, sizeof(keep));
	snprintf(dir, sizeof(dir), "/nonexistent/provd");
	assert_int_equal(open_store(why), -ENOENT);
	assert_non_null(strstr(why, "/nonexistent/provd: No such file"));
	memcpy(dir, keep, sizeof(keep));
}

/* An overlay that does not come back whole is not shown in part. */
static void
test_an_installation_that_cannot_be_read_is_left_out(void **state)
{
	sqlite3 *db;

	(void)state;
	assert_int_equal(settle(op_inst(1)), 0);
	assert_int_equal(settle(op_inst(2)), 0);
	store_close(store);
	db = other_program();
	assert_int_equal(sqlite3_exec(db, "UPDATE file SET path = '../x' WHERE inst = 1"
	    " AND path = 'etc/empty'", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	store = NULL;
	reopen();
	assert_null(strstr(loaded, "inst 1 "));
	assert_non_null(strstr(loaded, "inst 2 "));
}

int
main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, fresh, drop)
	const struct CMUnitTest tests[] = {
		T(test_a_locked_database_promises_nothing_and_leases_go_on),
		T(test_a_transaction_that_fails_fails_for_all_in_it),
		T(test_a_full_disk_promises_nothing_and_is_survived),
#ifdef __linux__
		cmocka_unit_test(test_a_disk_that_is_really_full),
#endif
		T(test_files_that_are_not_ours_are_refused_and_named),
		T(test_a_newer_database_is_refused),
		T(test_the_first_version_is_upgraded),
		T(test_a_directory_that_cannot_be_made_is_named),
		T(test_an_installation_that_cannot_be_read_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
