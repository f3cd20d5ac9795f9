/* script_box.h - a root directory with stand-ins, to run a rendered script in. */
#ifndef TESTS_UNIT_SCRIPT_BOX_H
#define TESTS_UNIT_SCRIPT_BOX_H

#include <sys/stat.h>
#include <sys/wait.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define BOX_TOKEN	"0123456789abcdef0123456789abcdef"
#define BOX_PROVD	".provd/" BOX_TOKEN

struct box { char dir[64]; };

static inline void
box_path(const struct box *b, const char *path, char buf[512])
{
	assert_true(snprintf(buf, 512, "%s/%s", b->dir, path) < 512);
	for (char *s = buf + strlen(b->dir) + 1; (s = strchr(s, '/')) != NULL; *s++ = '/') {
		*s = '\0';
		assert_true(mkdir(buf, 0755) == 0 || errno == EEXIST);
	}
}

static inline void
box_put(const struct box *b, const char *path, const char *text, mode_t mode)
{
	char full[512];
	size_t len = strlen(text);
	int fd;

	box_path(b, path, full);
	fd = open(full, O_WRONLY | O_CREAT | O_TRUNC, mode);
	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, len), (ssize_t)len);
	(void)fchmod(fd, mode);
	(void)close(fd);
}

static inline void
box_remove(const struct box *b, const char *path)
{
	char full[512];

	box_path(b, path, full);
	(void)unlink(full);
}

static inline void
box_big(const struct box *b, const char *path, off_t size)
{
	char full[512];

	box_put(b, path, "", 0644);
	box_path(b, path, full);
	assert_int_equal(truncate(full, size), 0);
}

/* A whole file of the box, or "" when there is none; the caller frees it. */
static inline char *
slurp(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = calloc(1, 1 << 20);
	size_t n = 0;

	assert_non_null(text);
	if (f != NULL) {
		n = fread(text, 1, (1 << 20) - 1, f);
		(void)fclose(f);
	}
	text[n] = '\0';
	return text;
}

static inline char *
box_get(const struct box *b, const char *path)
{
	char full[512];

	box_path(b, path, full);
	return slurp(full);
}

static inline void
box_link(const struct box *b, const char *path, const char *target)
{
	char full[512];

	box_path(b, path, full);
	assert_int_equal(symlink(target, full), 0);
}

static inline void
box_new(struct box *b, const char *const *fake)
{
	char *text = slurp("tests/unit/script_fake.sh");

	(void)snprintf(b->dir, sizeof(b->dir), "/tmp/provd-box-XXXXXX");
	assert_non_null(mkdtemp(b->dir));
	assert_true(*text != '\0');
	box_put(b, "sbin/fake", text, 0755);
	free(text);
	for (; *fake != NULL; fake++) {
		char path[64];

		(void)snprintf(path, sizeof(path), "sbin/%s", *fake);
		box_link(b, path, "fake");
	}
	box_link(b, "bin", "usr/bin");
	box_link(b, "lib", "usr/lib");
	box_link(b, "lib64", "usr/lib64");
	box_put(b, "usr/x", "", 0644);		/* makes the directory */
	box_put(b, "dev/null", "", 0644);
	box_put(b, "tmp/x", "", 0644);
	box_put(b, "run/x", "", 0644);
	box_put(b, "mnt/x", "", 0644);
	box_put(b, "answer/claim", "go\n", 0644);
	box_put(b, BOX_PROVD "/report/x", "", 0644);
}

static inline int
box_remove_one(const char *path, const struct stat *st, int flag, struct FTW *f)
{
	(void)st;
	(void)flag;
	(void)f;
	return remove(path);
}

static inline void
box_free(struct box *b)
{
	(void)nftw(b->dir, box_remove_one, 32, FTW_DEPTH | FTW_PHYS);
}

/* The reports that the server takes: begin and done of every step that the
 * script has. */
static inline void
box_reports(const struct box *b, const char *script)
{
	char path[256], step[40];
	unsigned no;

	for (const char *p = script; (p = strstr(p, "\n\tbegin ")) != NULL; p++) {
		assert_int_equal(sscanf(p, "\n\tbegin %u %39s", &no, step), 2);
		(void)snprintf(path, sizeof(path), BOX_PROVD "/report/%u-%s-begin", no * 2 - 1, step);
		box_put(b, path, "", 0644);
		(void)snprintf(path, sizeof(path), BOX_PROVD "/report/%u-%s-done", no * 2, step);
		box_put(b, path, "", 0644);
	}
}

/* Run a file of BOX_PROVD; what the shell and its trace said is in /out.  -1:
 * this machine can't make such a root. */
static inline int
box_run_file(const struct box *b, const char *shell, const char *file)
{
	static int can = -1;
	char cmd[1024];
	int status;

	if (can == -1)
		can = system("unshare --user --map-root-user --mount true 2> /dev/null") == 0;
	if (!can)
		return -1;
	box_remove(b, "log");
	box_remove(b, "claims");
	box_remove(b, "sleeps");
	(void)snprintf(cmd, sizeof(cmd),
	    "timeout 60 tests/unit/script_box.sh %s /usr/bin/%s -x /" BOX_PROVD "/%s "
	    "> %s/out 2>&1 < /dev/null", b->dir, shell, file, b->dir);
	status = system(cmd);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static inline int
box_run(const struct box *b, const char *shell)
{
	return box_run_file(b, shell, "install");
}

/* The end of a long text: where it went wrong. */
static inline const char *
box_tail(const char *text)
{
	size_t n = strlen(text);

	return text + (n > 900 ? n - 900 : 0);
}

/* Run a script that reports what nobody knows before: whichever report it
 * asks for first and does not get is there the next time.  All names, one a
 * line, for the caller to free; NULL: no such root here. */
static inline char *
box_learn(const struct box *b, const char *shell)
{
	char *names = calloc(1, 1 << 14), path[512], full[1024];
	size_t len = 0;

	assert_non_null(names);
	for (int i = 0; i < 20; i++) {
		int r = box_run(b, shell);
		char *out, *p;

		if (r == -1) {
			free(names);
			return NULL;
		}
		if (r == 0)
			return names;
		out = box_get(b, "out");
		for (p = out; (p = strstr(p, "/report/")) != NULL; p++) {
			size_t n = strcspn(p + 8, " ]\n");

			assert_true(n <= 255);
			(void)snprintf(path, sizeof(path), BOX_PROVD "/report/%.*s", (int)n, p + 8);
			(void)snprintf(full, sizeof(full), "%s/%s", b->dir, path);
			if (access(full, F_OK) == 0)
				continue;
			len += (size_t)snprintf(names + len, (1 << 14) - len, "%.*s\n", (int)n, p + 8);
			break;
		}
		if (p == NULL)
			fail_msg("exit %d\n%s", r, box_tail(out));
		free(out);
		box_put(b, path, "", 0644);
	}
	fail_msg("no end of reports:\n%s", names);
	return NULL;
}

/* How many commands were run. */
static inline unsigned
box_commands(const struct box *b)
{
	char *log = box_get(b, "log");
	unsigned n = 0;

	for (const char *p = log; *p != '\0'; p += strcspn(p, "\n"), p += *p == '\n')
		n += *p != ' ';
	free(log);
	return n;
}

/* The i-th command of a log, from 1. */
static inline char *
box_line(char *log, unsigned i)
{
	for (; *log != '\0'; log += strcspn(log, "\n"), log += *log == '\n')
		if (*log != ' ' && --i == 0)
			break;
	return log;
}

/* Each command of a script that ran to its end fails in turn, but for those that
 * may: nothing runs after it, and the report says why. */
static inline void
box_fails_each(const struct box *b, int (*run)(const struct box *, const char *shell),
    bool (*may_fail)(const char *line))
{
	char fail_at[16], *all, *log, *out;
	unsigned n;

	n = box_commands(b);
	assert_true(n > 20);
	all = box_get(b, "log");
	for (unsigned i = 1; i <= n; i++) {
		const char *line = box_line(all, i);

		if (may_fail(line))
			continue;
		(void)snprintf(fail_at, sizeof(fail_at), "%u", i);
		box_put(b, "fail_at", fail_at, 0644);
		if (run(b, "dash") != 1 || box_commands(b) != i) {
			log = box_get(b, "log");
			fail_msg("command %u failed, and it went on:\n%s", i, box_tail(log));
		}
		out = box_get(b, "out");
		if (i > 1 && (strstr(out, "-fail-") == NULL ||
		    (strstr(out, "it%27s%20broken") == NULL && strstr(out, "cannot%20make") == NULL)))
			fail_msg("%.60s: no report:\n%s", line, box_tail(out));
		free(out);
	}
	box_remove(b, "fail_at");
	free(all);
}

#endif /* TESTS_UNIT_SCRIPT_BOX_H */
