/* storm_script.c - what the install script asks of the server, as it stands there:
 * a report at the begin and the end of each step, the claim, a line in the log for
 * every command, and every file of the tree that a command names, read whole. */
#include "storm.h"

#define READ_SIZE	65536u
#define FLIGHT		4u
#define REPORT_TRIES	12u
#define CLAIM_TRIES	5u
#define NOENT		2u

struct script {
	struct machine	*m;
	struct conn	*c, log;
	const struct fh	*root;
	struct fh	 own, reports, log_fh;
	const char	*text;
	uint64_t	 logged;
	unsigned	 step;
	char		 name[32];
};

static void
say(struct script *s, const char *what, int len)
{
	char line[240];

	snprintf(line, sizeof(line), "%.*s\n", len < 200 ? len : 200, what);
	nfs_simple(&s->log, 1, &s->log_fh);
	nfs_write(&s->log, &s->log_fh, s->logged, line);
	s->logged += strlen(line);
}

/* The log is a mount of its own. */
static void
mount_log(struct script *s)
{
	char path[64];
	struct fh fh;

	snprintf(path, sizeof(path), "/.provd/%s", s->m->token);
	conn_tcp(&s->log, s->m, 1020, conn_getport(s->m, MOUNT, 6));
	nfs_mount(&s->log, path, &fh);
	conn_end(&s->log);
	conn_tcp(&s->log, s->m, 1019, conn_getport(s->m, NFS, 6));
	nfs_simple(&s->log, 19, &fh);
	nfs_simple(&s->log, 1, &fh);
	if (storm_walk(s->m, &s->log, &fh, "log", &s->log_fh) == NULL)
		storm_fail(s->m, "there is no log");
}

static void
report(struct script *s, unsigned no, const char *state)
{
	uint64_t began = now_ns(), wait = SECOND;
	char name[80];
	uint32_t status;
	struct fh fh;

	snprintf(name, sizeof(name), "%u-%s-%s", no, s->name, state);
	for (unsigned try = 1; ; wait *= wait < 30 * SECOND ? 2 : 1) {
		status = nfs_lookup(s->c, &s->reports, name, strlen(name), &fh);
		if (status == 0)
			break;
		if (++try == REPORT_TRIES)
			storm_fail(s->m, "report %s: status %u", name, status);
		storm.again[AGAIN_REPORT]++;
		storm_sleep(s->m, wait);
		snprintf(name, sizeof(name), "%u-%s-%s-try%u", no, s->name, state, try);
	}
	storm_took(now_ns() - began);
}

static void
claim(struct script *s)
{
	uint64_t began = now_ns();
	char path[32], text[256] = "";
	struct fh fh;

	snprintf(path, sizeof(path), "claim/%u", 1000000u + s->m->no);
	for (unsigned try = 1; storm_walk(s->m, s->c, &s->own, path, &fh) == NULL; try++) {
		if (try == CLAIM_TRIES)
			storm_fail(s->m, "the claim was not answered");
		storm_sleep(s->m, try * 2 * SECOND);
	}
	nfs_read_file(s->c, &fh, path, READ_SIZE, 1, NULL, text, sizeof(text) - 1);
	if (strncmp(text, "go\n", 3) != 0)
		storm_fail(s->m, "refused: %.100s", text);
	storm_took(now_ns() - began);
	storm_stage(s->m, ST_VERIFY);
	say(s, "provd: claimed", 14);
}

/* A command: its line in the log, and the files of the tree that it names. */
static void
command(struct script *s, const char *line, size_t len)
{
	const struct original *o;
	char word[200];
	struct fh fh;

	say(s, line, (int)len);
	for (size_t i = 0, n; i < len; i += n + 1) {
		n = strcspn(line + i, " \n");
		if (line[i] != '/' || n >= sizeof(word))
			continue;
		memcpy(word, line + i + 1, n - 1);
		word[n - 1] = '\0';
		if ((o = storm_original(word)) == NULL)
			continue;
		if (storm_walk(s->m, s->c, s->root, word, &fh) == NULL)
			storm_fail(s->m, "%s is not there", word);
		nfs_simple(s->c, 1, &fh);
		nfs_read_file(s->c, &fh, word, READ_SIZE, FLIGHT, o, NULL, 0);
	}
}

/* The lines of a function of the script; step: one of a step, not main. */
static void
function(struct script *s, const char *name, size_t len, bool step)
{
	char head[80];
	const char *p;

	snprintf(head, sizeof(head), "\n%.*s() {\n", (int)len, name);
	if ((p = strstr(s->text, head)) == NULL)
		storm_fail(s->m, "the script has no %.*s", (int)len, name);
	p += strlen(head);
	for (size_t n; *p != '\0' && strncmp(p, "}\n", 2) != 0; p += n + (p[n] == '\n')) {
		n = strcspn(p, "\n");
		if (*p != '\t')
			continue;
		if (step) {
			command(s, p + 1, n - 1);
		} else if (sscanf(p, "\tbegin %u %31s", &s->step, s->name) == 2) {
			say(s, p + 1, (int)n - 1);
			report(s, s->step * 2 - 1, "begin");
		} else if (strncmp(p, "\tend\n", 5) == 0) {
			report(s, s->step * 2, "done");
		} else if (strncmp(p, "\tclaim\n", 7) == 0) {
			claim(s);
		} else if (strncmp(p, "\tstep_", 6) == 0) {
			function(s, p + 1, n - 1, true);
		}
	}
}

void
storm_script(struct machine *m, struct conn *c, const struct fh *root, char *text)
{
	struct script s = { .m = m, .c = c, .root = root, .text = text };
	char path[96];

	mount_log(&s);
	snprintf(path, sizeof(path), ".provd/%s", m->token);
	if (storm_walk(m, c, root, path, &s.own) == NULL ||
	    storm_walk(m, c, &s.own, "report", &s.reports) == NULL)
		storm_fail(m, "there is nobody to report to");
	function(&s, "main", 4, false);
	if (m->at[ST_VERIFY] == 0 || strcmp(s.name, "finish") != 0)
		storm_fail(m, "a script without claim or finish");
	storm_stage(m, ST_INSTALL);
	conn_end(&s.log);
}
