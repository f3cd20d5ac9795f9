/* timeline.c - events become lines, a stage, a percentage, and a reason. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/buf.h"
#include "served.h"
#include "timeline.h"

/* Lines ------------------------------------------------------------------- */

const char *
line_kind_name(enum line_kind k)
{
	static const char *const name[] = {
#define X(id, text)	text,
		LINE_KINDS(X)
#undef X
	};

	return k < LINE__COUNT ? name[k] : name[0];
}

const char *
line_severity_name(enum line_severity s)
{
	static const char *const name[] = { "info", "warning", "error" };

	return s < LINE_SEVERITY__COUNT ? name[s] : name[0];
}

void
timeline_init(struct timeline *tl)
{
	memset(tl, 0, sizeof(*tl));
	tl->percent = -1;
}

void
timeline_free(struct timeline *tl)
{
	free(tl->line);
	free(tl->mark);
	free(tl->seen);
	free(tl->packets);
	timeline_init(tl);
}

const struct tl_line *
timeline_at(const struct timeline *tl, unsigned i)
{
	return i < tl->n ? &tl->line[(tl->first + i) % TL_LINES] : NULL;
}

static const struct tl_line *
newest(const struct timeline *tl)
{
	return tl->n > 0 ? timeline_at(tl, tl->n - 1) : NULL;
}

/* Most hosts of a large site have no history, or a short one. */
static bool
make_room(struct timeline *tl)
{
	unsigned cap = tl->cap == 0 ? 4 : 2 * tl->cap;
	struct tl_line *l;

	if (tl->n < tl->cap || tl->cap == TL_LINES)
		return true;
	if (cap > TL_LINES)
		cap = TL_LINES;
	if ((l = realloc(tl->line, cap * sizeof(*l))) == NULL)
		return false;
	tl->line = l;
	tl->cap = cap;
	return true;
}

/* File names and reasons come from the network and end on a terminal. */
static bool
add_line(struct timeline *tl, int64_t time, enum line_kind kind,
    enum line_severity severity, const char *text)
{
	struct tl_line *l;
	size_t n = 0;

	if (!make_room(tl))
		return false;
	if (tl->n == TL_LINES)
		tl->first = (tl->first + 1) % TL_LINES;
	else
		tl->n++;
	l = &tl->line[(tl->first + tl->n - 1) % TL_LINES];
	l->time = time;
	l->kind = (uint8_t)kind;
	l->severity = (uint8_t)severity;
	for (; text[n] != '\0' && n + 1 < sizeof(l->text); n++)
		l->text[n] = text[n] >= 0x20 && text[n] < 0x7f ? text[n] : '?';
	l->text[n] = '\0';
	return true;
}

static bool
say(struct timeline *tl, int64_t now, enum line_kind, enum line_severity, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

static bool
say(struct timeline *tl, int64_t now, enum line_kind kind, enum line_severity severity,
    const char *fmt, ...)
{
	char text[TL_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return add_line(tl, now, kind, severity, text);
}

void
timeline_load(struct timeline *tl, int64_t time, unsigned kind, unsigned severity,
    const char *text)
{
	(void)add_line(tl, time, kind < LINE__COUNT ? kind : LINE_NOTE,
	    severity < LINE_SEVERITY__COUNT ? severity : LINE_INFO, text);
	if (time > tl->last)
		tl->last = time;
}

bool
timeline_note(struct timeline *tl, int64_t now, enum line_kind kind,
    enum line_severity severity, const char *text)
{
	tl->last = now;
	return add_line(tl, now, kind, severity, text);
}

bool
timeline_remark(struct timeline *tl, int64_t now, enum line_kind kind,
    enum line_severity severity, const char *text)
{
	return add_line(tl, now, kind, severity, text);
}

struct seen *
timeline_seen(struct timeline *tl)
{
	if (tl->seen == NULL)
		tl->seen = calloc(1, sizeof(*tl->seen));
	tl->changed = tl->seen != NULL;
	return tl->seen;
}

static void
begin(struct timeline *tl, int64_t now)
{
	tl->stage[0] = tl->file[0] = '\0';
	tl->percent = -1;
	tl->started = tl->last = now;
	tl->bytes = tl->file_done = 0;
	tl->file_since = 0;
	tl->file_tftp = tl->file_over = false;
	tl->n_mark = 0;
}

void
timeline_arm(struct timeline *tl, int64_t now)
{
	begin(tl, now);
	if (tl->seen != NULL)
		seen_arm(timeline_seen(tl));
}

void
timeline_boot(struct timeline *tl, int64_t now)
{
	begin(tl, now);
	if (timeline_seen(tl) != NULL)
		seen_boot(tl->seen, now);
}

/* Stages ------------------------------------------------------------------ */

/* In the order in which a machine goes through them; the name of a step of
 * the script, whatever it is, comes after them all. */
static const char *const stages[] = { "", "dhcp", "tftp", "loader", "kernel",
    "root", "script" };
enum { ST_NONE, ST_DHCP, ST_TFTP, ST_LOADER, ST_KERNEL, ST_ROOT, ST_SCRIPT, ST_STEP };

static unsigned
stage_of(const struct timeline *tl)
{
	for (unsigned i = ST_NONE; i < ST_STEP; i++)
		if (strcmp(tl->stage, stages[i]) == 0)
			return i;
	return ST_STEP;
}

static void
mark(struct timeline *tl, const char *name, int64_t now)
{
	struct course_mark *m;

	if (tl->mark == NULL)
		tl->mark = malloc(COURSE_STAGES * sizeof(*tl->mark));
	if (tl->mark == NULL || tl->n_mark == COURSE_STAGES ||
	    (tl->n_mark > 0 && strcmp(tl->mark[tl->n_mark - 1].name, name) == 0))
		return;
	m = &tl->mark[tl->n_mark++];
	snprintf(m->name, sizeof(m->name), "%s", name);
	m->at = now;
}

static void
set_stage(struct timeline *tl, const char *name, int64_t now)
{
	if (strncmp(tl->stage, name, sizeof(tl->stage) - 1) == 0)
		return;
	snprintf(tl->stage, sizeof(tl->stage), "%.23s", name);
	mark(tl, tl->stage, now);
}

void
timeline_step(struct timeline *tl, unsigned no, const char *step, bool failed, int64_t now)
{
	set_stage(tl, step, now);
	if (timeline_seen(tl) != NULL)
		seen_step(tl->seen, no, step, failed, now);
}

/* A later stage is never taken back: the loader and the system ask for
 * addresses and files again. */
static bool
advance(struct timeline *tl, unsigned stage, int64_t now)
{
	if (stage_of(tl) >= stage)
		return false;
	set_stage(tl, stages[stage], now);
	return true;
}

static void
follow_state(struct timeline *tl, enum host_state st, int64_t now)
{
	if (st == HS_INSTALLING)
		advance(tl, ST_SCRIPT, now);
	else if (st == HS_INSTALLED || st == HS_LOCAL)
		snprintf(tl->stage, sizeof(tl->stage), "%s", host_state_name(st));
}

/* Files ------------------------------------------------------------------- */

static void
file_begins(struct timeline *tl, const char *path, int64_t now, bool tftp)
{
	snprintf(tl->file, sizeof(tl->file), "%.63s", served_name(path));
	tl->percent = -1;
	tl->file_done = 0;
	tl->file_since = now;
	tl->file_tftp = tftp;
	tl->file_over = false;
}

static bool
is_this_file(const struct timeline *tl, const char *path)
{
	const char *name = served_name(path);
	size_t n = strlen(tl->file);

	return !tl->file_over && n > 0 && strncmp(name, tl->file, n) == 0 &&
	    (name[n] == '\0' || n == sizeof(tl->file) - 1);
}

/* It has come this far.  Blocks may be read again, so done may go back. */
static void
file_moves(struct timeline *tl, uint64_t done, uint64_t total)
{
	if (done > tl->file_done) {
		tl->bytes += done - tl->file_done;
		tl->file_done = done;
	}
	if (total > 0)
		tl->percent = tl->file_done >= total ? 100 :
		    (int)((double)tl->file_done / (double)total * 100.0);
}

static const char *
said_by(enum line_kind kind)
{
	return kind == LINE_TFTP ? "TFTP" : kind == LINE_HTTP ? "HTTP" : "NFS";
}

static bool
file_ends(struct timeline *tl, enum line_kind kind, const char *path, int64_t now)
{
	const char *how = said_by(kind);
	int64_t s = now - tl->file_since;
	char size[32];

	tl->file_over = true;
	tl->percent = 100;
	if (served_is_kernel(served_name(path)))
		advance(tl, ST_KERNEL, now);
	served_size(tl->file_done, size);
	if (s > 0)
		return say(tl, now, kind, LINE_INFO, "%s %s %s in %" PRId64 " s", how, path, size, s);
	return say(tl, now, kind, LINE_INFO, "%s %s %s", how, path, size);
}

/* Events ------------------------------------------------------------------ */

static enum line_severity
dhcp_severity(const struct event_dhcp *e)
{
	if (e->foreign || e->muted != NULL)
		return LINE_INFO;
	if (e->asked == SEEN_DECLINE || e->answered == SEEN_NAK)
		return LINE_WARNING;
	return e->silent && e->asked == SEEN_DISCOVER ? LINE_WARNING : LINE_INFO;
}

bool
timeline_dhcp(struct timeline *tl, const struct event_dhcp *e, enum host_state st,
    int64_t now)
{
	const struct tl_line *l = newest(tl);
	char text[TL_TEXT];

	if (timeline_seen(tl) != NULL)
		seen_dhcp(tl->seen, e, now);
	if (tl->packets == NULL)
		tl->packets = calloc(1, sizeof(*tl->packets));
	if (tl->packets != NULL)
		packets_add(tl->packets, e, now);
	if (!e->foreign) {
		tl->last = now;
		advance(tl, ST_DHCP, now);
		follow_state(tl, st, now);
	}
	snprintf(text, sizeof(text), "%s%s", e->foreign ? "" : "DHCP ", e->text);
	if (l != NULL && strcmp(l->text, text) == 0)
		return false;		/* one line is enough */
	return say(tl, now, LINE_DHCP, dhcp_severity(e), "%s", text);
}

static bool
on_tftp(struct timeline *tl, const struct event *ev, int64_t now)
{
	enum line_kind kind = ev->http ? LINE_HTTP : LINE_TFTP;
	const char *path = served_path(ev->text);
	char text[sizeof(ev->text)];

	switch (ev->kind) {
	case EV_TFTP:
		file_begins(tl, path, now, true);
		file_moves(tl, 0, ev->total);
		advance(tl, ST_TFTP, now);
		return false;
	case EV_TFTP_DONE:
		if (*path == '\0') {
			snprintf(text, sizeof(text), "%s", tl->file);
			path = text;
		}
		if (!is_this_file(tl, path))
			file_begins(tl, path, now, true);
		file_moves(tl, ev->done, ev->total);
		advance(tl, ST_TFTP, now);
		if (ev->done < ev->total) {	/* the client had seen enough */
			tl->file_over = true;
			return false;
		}
		return file_ends(tl, kind, path, now);
	default:
		/* pxelinux tries a dozen names before its default. */
		if (strstr(path, "pxelinux.cfg/") != NULL &&
		    strstr(path, "pxelinux.cfg/default") == NULL)
			return false;
		return say(tl, now, kind, LINE_WARNING, "%s failed: %s", said_by(kind), path);
	}
}

static bool
on_mount(struct timeline *tl, const struct event *ev, int64_t now)
{
	const char *path = served_path(ev->text);
	bool own = path > ev->text + SERVED_TOKEN;

	/* FreeBSD's loader mounts before every file that it opens. */
	if (!advance(tl, stage_of(tl) >= ST_KERNEL ? ST_ROOT : ST_LOADER, now))
		return false;
	if (own)
		return say(tl, now, LINE_NFS, LINE_INFO, "NFS mount of the installation's tree");
	return say(tl, now, LINE_NFS, LINE_INFO, "NFS mount of /%s", path);
}

static bool
on_progress(struct timeline *tl, const struct event *ev, int64_t now)
{
	const char *path = served_path(ev->text);
	bool this = is_this_file(tl, path);
	enum served_worth worth = served_worth(served_name(path), ev->total);

	if (!this && worth == SERVED_HIDDEN)
		return false;
	if (!this) {
		/* The last news of a file that has just ended. */
		if (tl->file_over && ev->done >= ev->total &&
		    strncmp(tl->file, served_name(path), sizeof(tl->file) - 1) == 0)
			return false;
		file_begins(tl, path, now, false);
	}
	file_moves(tl, ev->done, ev->total);
	if (tl->file_tftp || ev->total == 0 || ev->done < ev->total)
		return false;
	if (worth == SERVED_LINE)
		return file_ends(tl, LINE_NFS, path, now);
	tl->file_over = true;
	return false;
}

/* The same again is no news. */
static bool
say_once(struct timeline *tl, int64_t now, enum line_kind kind, const char *fmt, const char *what)
{
	const struct tl_line *l = newest(tl);
	char text[TL_TEXT];

	snprintf(text, sizeof(text), fmt, what);
	return (l == NULL || strcmp(l->text, text) != 0) &&
	    say(tl, now, kind, LINE_WARNING, "%s", text);
}

static bool
on_in_use(struct timeline *tl, const struct event *ev, int64_t now)
{
	char ip[IP4_STRLEN];

	return say(tl, now, LINE_DHCP, LINE_WARNING, "%s is in use by %s%s",
	    ip4_str(ev->addr, ip), ev->text[0] != '\0' ? ev->text : "another machine",
	    ev->total == 1 ? "; it is offered all the same" : "");
}

bool
timeline_event(struct timeline *tl, const struct event *ev, enum host_state st,
    int64_t now)
{
	bool made = false;

	tl->last = now;
	if (timeline_seen(tl) != NULL)
		seen_event(tl->seen, ev, now);
	switch (ev->kind) {
	case EV_TFTP:
	case EV_TFTP_DONE:
	case EV_TFTP_FAIL:
		made = on_tftp(tl, ev, now);
		break;
	case EV_MOUNT:
		made = on_mount(tl, ev, now);
		break;
	case EV_MOUNT_FAIL:
		made = say_once(tl, now, LINE_NFS, "NFS mount refused: %s", served_path(ev->text));
		break;
	case EV_STALE:
		made = say_once(tl, now, LINE_NFS, "NFS: %s", "a file handle that is not of this "
		    "server or tree");
		break;
	case EV_ROOT:
		if (advance(tl, ST_ROOT, now))
			made = say(tl, now, LINE_NFS, LINE_INFO, "root file system mounted over NFS");
		break;
	case EV_PROGRESS:
		made = on_progress(tl, ev, now);
		break;
	case EV_POWER:
		made = say(tl, now, LINE_STEER, LINE_INFO, "switched on: %s", ev->text);
		break;
	case EV_IN_USE:
		made = on_in_use(tl, ev, now);
		break;
	case EV_UNHEEDED:
		made = say(tl, now, LINE_DHCP, LINE_WARNING, "%s", ev->text);
		break;
	case EV_LOG:
		made = say(tl, now, LINE_LOG, ev->severity, "%s", ev->text);
		break;
	case EV_NOTE:
		made = say(tl, now, LINE_NOTE, ev->severity, "%s", ev->text);
		break;
	case EV_GETPORT:
		break;
	}
	follow_state(tl, st, now);
	return made;
}

/* How far ----------------------------------------------------------------- */

/* Where nothing is known of earlier ones: a machine that has come to its script
 * has passed this much of its way. */
#define SCRIPT_PERCENT	15

static int
guess(const struct timeline *tl, enum host_state st, unsigned step, unsigned steps)
{
	static const int at[] = { 0, 2, 4, 6, 9, 12, SCRIPT_PERCENT, SCRIPT_PERCENT };

	if (st != HS_INSTALLING || step == 0 || steps == 0)
		return at[stage_of(tl)];
	if (step > steps)
		step = steps;
	return SCRIPT_PERCENT + (int)((99 - SCRIPT_PERCENT) * (step - 1) / steps);
}

int
timeline_percent(const struct timeline *tl, const struct course *c, enum host_state st,
    unsigned step, unsigned steps, int64_t now, int64_t *ret_left)
{
	int r;

	*ret_left = -1;
	switch (st) {
	case HS_INSTALLED:
		return 100;
	case HS_ARMED:
		return 0;
	case HS_BOOTING:
	case HS_INSTALLING:
		r = course_percent(c, tl->mark, tl->n_mark, now, ret_left);
		return r >= 0 ? r : guess(tl, st, step, steps);
	default:
		return -1;
	}
}

/* As text ----------------------------------------------------------------- */

/* "mark TIME STAGE", for each, before the facts. */
char *
timeline_text(const struct timeline *tl)
{
	char facts[SEEN_TEXT_MAX];
	struct buf b = { 0 };

	if (tl->started != 0)
		buf_printf(&b, "started %" PRId64 "\n", tl->started);
	for (unsigned i = 0; i < tl->n_mark; i++)
		buf_printf(&b, "mark %" PRId64 " %s\n", tl->mark[i].at, tl->mark[i].name);
	if (tl->seen != NULL && seen_write(tl->seen, facts) > 0)
		buf_puts(&b, facts);
	return buf_steal(&b, NULL);
}

void
timeline_load_text(struct timeline *tl, const char *text)
{
	while (strncmp(text, "started ", 8) == 0 || strncmp(text, "mark ", 5) == 0) {
		size_t len = strcspn(text, "\n");
		char name[COURSE_NAME];
		long long at;

		if (sscanf(text, "mark %18lld %23[!-~]", &at, name) == 2 && at > 0)
			set_stage(tl, name, at);
		else if (sscanf(text, "started %18lld", &at) == 1 && at > 0)
			tl->started = at;
		text += len + (text[len] == '\n');
	}
	if (*text != '\0' && timeline_seen(tl) != NULL)
		(void)seen_read(tl->seen, text);
	tl->changed = false;
}
