/* store_sql.c - the database: its schema, its key, and what changes it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/os.h"
#include "../tree/overlay.h"
#include "store_int.h"

#define BUSY_MS		2000

enum stmt {
	S_BEGIN, S_COMMIT, S_ROLLBACK, S_HOST, S_INST, S_FILE, S_CLAIM, S_REPORT,
	S_END, S_END_FILE, S_END_REPORT, S_END_LOG, S_LOG_GET, S_LOG_PUT,
	S_EVENT, S_EVENT_PRUNE, S_EVENT_ALL, S_FACTS, S_KEEP, S_FORGET, S__COUNT
};

#define STR_(x)	#x
#define STR(x)	STR_(x)

static const char *const stmt_sql[S__COUNT] = {
	[S_BEGIN] = "BEGIN IMMEDIATE",
	[S_COMMIT] = "COMMIT",
	[S_ROLLBACK] = "ROLLBACK",
	[S_HOST] = "REPLACE INTO host (name, state, inst, inspect, attempts, retry,"
	    " since, reason, step, step_no, steps, last_boot, boot_xid,"
	    " other_state, other_always, other_boots)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[S_INST] = "INSERT INTO inst (id, kind, host, profile, tree, token, claim,"
	    " ended, created, steps, os, bios_file, uefi_file, loader_vars, plan,"
	    " mtime, root, programs, options)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[S_FILE] = "INSERT INTO file (inst, path, kind, mode, data)"
	    " VALUES (?, ?, ?, ?, ?)",
	[S_CLAIM] = "UPDATE inst SET claim = ? WHERE id = ?",
	[S_REPORT] = "INSERT OR IGNORE INTO report (inst, name, time)"
	    " VALUES (?, ?, ?)",
	[S_END] = "UPDATE inst SET ended = 1, plan = NULL WHERE id = ?",
	[S_END_FILE] = "DELETE FROM file WHERE inst = ?",
	[S_END_REPORT] = "DELETE FROM report WHERE inst = ?",
	[S_END_LOG] = "DELETE FROM log WHERE inst = ?",
	[S_LOG_GET] = "SELECT data FROM log WHERE inst = ? AND chunk = ?",
	[S_LOG_PUT] = "REPLACE INTO log (inst, chunk, data) VALUES (?, ?, ?)",
	[S_EVENT] = "INSERT INTO event (host, time, text, kind, severity)"
	    " VALUES (?, ?, ?, ?, ?)",
	[S_EVENT_PRUNE] = "DELETE FROM event WHERE host = ?1 AND id <= (SELECT id"
	    " FROM event WHERE host = ?1 ORDER BY id DESC LIMIT 1 OFFSET "
	    STR(STORE_EVENTS) ")",
	/* Their numbers only grow. */
	[S_EVENT_ALL] = "DELETE FROM event WHERE id <= (SELECT max(id) FROM event) - "
	    STR(STORE_EVENTS_ALL),
	[S_FACTS] = "REPLACE INTO facts (host, time, text) VALUES (?, ?, ?)",
	[S_KEEP] = "REPLACE INTO kept (kind, key, time, text) VALUES (?, ?, ?, ?)",
	[S_FORGET] = "DELETE FROM kept WHERE kind = ? AND key = ?",
};

struct store_sql {
	sqlite3		*db;
	sqlite3_stmt	*stmt[S__COUNT];
	uint8_t		 key[16];
	uint32_t	 next_inst;
	char		 error[160];
};

int
store_sql_errno(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_DONE:
	case SQLITE_ROW:
		return 0;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_READONLY:
		return -EROFS;
	default:
		return rc == SQLITE_IOERR_NOMEM ? -ENOMEM : -EIO;
	}
}

const char *
store_sql_error(const struct store_sql *s)
{
	return s->error;
}

/* Remember why, for the one who logs, before the next call forgets it. */
static int
failed(struct store_sql *s, int rc)
{
	snprintf(s->error, sizeof(s->error), "%s", sqlite3_errmsg(s->db));
	return store_sql_errno(rc);
}

/* Statements -------------------------------------------------------------- */

/* Run a statement that gives no rows, whose parameters are bound.  A bind
 * fails only for lack of memory, and then the NULL it leaves is refused or
 * found by the caller's rollback: so bind errors are gathered in *rc. */
static int
run(struct store_sql *s, enum stmt i, int rc)
{
	int r = 0;

	if (rc == SQLITE_OK)
		rc = sqlite3_step(s->stmt[i]);
	if (rc != SQLITE_DONE && rc != SQLITE_ROW)
		r = failed(s, rc);
	(void)sqlite3_reset(s->stmt[i]);
	(void)sqlite3_clear_bindings(s->stmt[i]);
	return r;
}

struct binder {
	sqlite3_stmt	*st;
	int		 at, rc;
};

static struct binder
bind_to(struct store_sql *s, enum stmt i)
{
	return (struct binder){ .st = s->stmt[i] };
}

static void
bind_int(struct binder *b, int64_t v)
{
	b->at++;
	if (b->rc == SQLITE_OK)
		b->rc = sqlite3_bind_int64(b->st, b->at, v);
}

/* Text and data stay where they are until the statement has run. */
static void
bind_text(struct binder *b, const char *v, size_t len)
{
	b->at++;
	if (b->rc == SQLITE_OK)
		b->rc = sqlite3_bind_text64(b->st, b->at, v, len, SQLITE_STATIC,
		    SQLITE_UTF8);
}

static void
bind_str(struct binder *b, const char *v)
{
	bind_text(b, v, v != NULL ? strlen(v) : 0);
}

static void
bind_data(struct binder *b, const void *v, size_t len)
{
	b->at++;
	if (b->rc == SQLITE_OK)
		b->rc = sqlite3_bind_blob64(b->st, b->at, len > 0 ? v : "", len,
		    SQLITE_STATIC);
}

/* Changes ----------------------------------------------------------------- */

static int
put_host(struct store_sql *s, const struct host_record *h)
{
	struct binder b = bind_to(s, S_HOST);

	bind_str(&b, h->name);
	bind_str(&b, host_state_name(h->state));
	bind_int(&b, h->inst);
	bind_int(&b, h->other.inst);
	bind_int(&b, h->attempts);
	bind_int(&b, h->retry);
	bind_int(&b, h->since);
	bind_str(&b, h->reason);
	bind_str(&b, h->step);
	bind_int(&b, h->step_no);
	bind_int(&b, h->steps);
	bind_int(&b, h->last_boot);
	bind_int(&b, h->boot_xid);
	bind_int(&b, h->other.state);
	bind_int(&b, h->other.always);
	bind_int(&b, h->other.boots);
	return run(s, S_HOST, b.rc);
}

static int
put_files(struct store_sql *s, uint32_t inst, const struct overlay *ov)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < overlay_count(ov); i++) {
		const struct overlay_entry *e = overlay_at(ov, i);
		struct binder b = bind_to(s, S_FILE);

		bind_int(&b, inst);
		bind_str(&b, e->path);
		bind_int(&b, e->kind);
		bind_int(&b, e->mode);
		bind_data(&b, e->data, e->len);
		r = run(s, S_FILE, b.rc);
	}
	return r;
}

static int
put_inst(struct store_sql *s, const struct store_op *op)
{
	const struct inst_record *in = &op->inst;
	struct binder b = bind_to(s, S_INST);
	int r;

	bind_int(&b, in->id);
	bind_int(&b, in->kind);
	bind_str(&b, in->host);
	bind_str(&b, in->profile);
	bind_str(&b, in->tree);
	bind_str(&b, in->token);
	bind_str(&b, in->claim);
	bind_int(&b, in->ended);
	bind_int(&b, in->created);
	bind_int(&b, in->steps);
	bind_int(&b, in->recipe.os);
	bind_str(&b, in->recipe.bios_file);
	bind_str(&b, in->recipe.uefi_file);
	bind_str(&b, in->recipe.loader_vars);
	bind_str(&b, in->plan);
	bind_int(&b, op->overlay != NULL ? overlay_mtime(op->overlay) : in->created);
	bind_int(&b, in->recipe.root);
	bind_str(&b, in->recipe.programs);
	bind_data(&b, in->recipe.options, in->recipe.options_len);
	r = run(s, S_INST, b.rc);
	if (r == 0 && op->overlay != NULL)
		r = put_files(s, in->id, op->overlay);
	return r;
}

static int
end_inst(struct store_sql *s, uint32_t id)
{
	static const enum stmt all[] = { S_END, S_END_FILE, S_END_REPORT, S_END_LOG };
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(all) / sizeof(all[0]); i++) {
		struct binder b = bind_to(s, all[i]);

		bind_int(&b, id);
		r = run(s, all[i], b.rc);
	}
	return r;
}

static int
put_report(struct store_sql *s, const struct store_op *op)
{
	static const char claim[] = "claim-";
	struct binder b;

	if (strncmp(op->name, claim, sizeof(claim) - 1) == 0) {
		b = bind_to(s, S_CLAIM);
		bind_str(&b, op->name + sizeof(claim) - 1);
		bind_int(&b, op->inst_id);
		return run(s, S_CLAIM, b.rc);
	}
	b = bind_to(s, S_REPORT);
	bind_int(&b, op->inst_id);
	bind_str(&b, op->name);
	bind_int(&b, op->time);
	return run(s, S_REPORT, b.rc);
}

/* One chunk of the log: what was there, with the new bytes over it. */
static int
put_chunk(struct store_sql *s, uint32_t inst, uint64_t chunk, size_t at,
    const uint8_t *data, size_t len)
{
	uint8_t buf[STORE_CHUNK] = { 0 };
	struct binder b = bind_to(s, S_LOG_GET);
	size_t old = 0;
	int rc;

	bind_int(&b, inst);
	bind_int(&b, (int64_t)chunk);
	rc = b.rc;
	if (rc == SQLITE_OK && (rc = sqlite3_step(b.st)) == SQLITE_ROW) {
		const void *p = sqlite3_column_blob(b.st, 0);

		old = (size_t)sqlite3_column_bytes(b.st, 0);
		if (old > sizeof(buf))
			old = sizeof(buf);
		if (p != NULL)
			memcpy(buf, p, old);
	}
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return run(s, S_LOG_GET, rc);
	(void)sqlite3_reset(b.st);
	memcpy(buf + at, data, len);

	b = bind_to(s, S_LOG_PUT);
	bind_int(&b, inst);
	bind_int(&b, (int64_t)chunk);
	bind_data(&b, buf, at + len > old ? at + len : old);
	return run(s, S_LOG_PUT, b.rc);
}

static int
put_log(struct store_sql *s, const struct store_op *op)
{
	uint64_t off = op->off;
	size_t done = 0, at, n;
	int r = 0;

	while (r == 0 && done < op->len) {
		at = (size_t)(off % STORE_CHUNK);
		n = STORE_CHUNK - at < op->len - done ? STORE_CHUNK - at : op->len - done;
		r = put_chunk(s, op->inst_id, off / STORE_CHUNK, at, op->data + done, n);
		off += n;
		done += n;
	}
	return r;
}

static int
put_event(struct store_sql *s, const struct store_op *op)
{
	struct binder b = bind_to(s, S_EVENT);
	int r;

	bind_str(&b, op->ev_host);
	bind_int(&b, op->time);
	bind_text(&b, (const char *)op->data, op->len);
	bind_int(&b, op->ev_kind);
	bind_int(&b, op->ev_severity);
	if ((r = run(s, S_EVENT, b.rc)) < 0)
		return r;
	b = bind_to(s, S_EVENT_PRUNE);
	bind_str(&b, op->ev_host);
	if ((r = run(s, S_EVENT_PRUNE, b.rc)) < 0)
		return r;
	return run(s, S_EVENT_ALL, bind_to(s, S_EVENT_ALL).rc);
}

static int
put_kept(struct store_sql *s, const struct store_op *op)
{
	enum stmt st = op->len > 0 ? S_KEEP : S_FORGET;
	struct binder b = bind_to(s, st);

	bind_int(&b, op->keep);
	bind_str(&b, op->name);
	if (st == S_KEEP) {
		bind_int(&b, op->time);
		bind_text(&b, (const char *)op->data, op->len);
	}
	return run(s, st, b.rc);
}

static int
put_facts(struct store_sql *s, const struct store_op *op)
{
	struct binder b = bind_to(s, S_FACTS);

	bind_str(&b, op->name);
	bind_int(&b, op->time);
	bind_text(&b, (const char *)op->data, op->len);
	return run(s, S_FACTS, b.rc);
}

int
store_sql_apply(struct store_sql *s, const struct store_op *op)
{
	int r = 0;

	switch (op->kind) {
	case STORE_HOST:
		return put_host(s, &op->host);
	case STORE_INST:
		r = put_inst(s, op);
		break;
	case STORE_REPORT:
		r = put_report(s, op);
		break;
	case STORE_INST_END:
		return end_inst(s, op->inst_id);
	case STORE_LOG:
		return put_log(s, op);
	case STORE_EVENT:
		return put_event(s, op);
	case STORE_FACTS:
		return put_facts(s, op);
	case STORE_KEEP:
		return put_kept(s, op);
	case STORE_LEASE:
	case STORE_BARRIER:
		return 0;	/* not the database's */
	}
	if (r == 0 && op->host.name[0] != '\0')
		r = put_host(s, &op->host);
	return r;
}

int
store_sql_begin(struct store_sql *s)
{
	return run(s, S_BEGIN, SQLITE_OK);
}

int
store_sql_end(struct store_sql *s, int result)
{
	char why[sizeof(s->error)];

	if (result == 0 && (result = run(s, S_COMMIT, SQLITE_OK)) == 0)
		return 0;
	memcpy(why, s->error, sizeof(why));	/* the first reason, not the last */
	if (!sqlite3_get_autocommit(s->db))	/* some errors roll back by themselves */
		(void)run(s, S_ROLLBACK, SQLITE_OK);
	memcpy(s->error, why, sizeof(why));
	return result;
}

/* Opening ----------------------------------------------------------------- */

/* One value from the first row: an integer, or 16 bytes.  -ENOENT: no row. */
static int
query(struct store_sql *s, const char *sql, int64_t *ret, uint8_t *ret_key)
{
	sqlite3_stmt *st = NULL;
	int rc, r = 0;

	if ((rc = sqlite3_prepare_v2(s->db, sql, -1, &st, NULL)) != SQLITE_OK)
		return failed(s, rc);
	rc = sqlite3_step(st);
	if (rc == SQLITE_DONE)
		r = -ENOENT;
	else if (rc != SQLITE_ROW)
		r = failed(s, rc);
	else if (ret != NULL)
		*ret = sqlite3_column_int64(st, 0);
	else if (sqlite3_column_bytes(st, 0) == sizeof(s->key))
		memcpy(ret_key, sqlite3_column_blob(st, 0), sizeof(s->key));
	else
		r = -EIO;
	(void)sqlite3_finalize(st);
	return r;
}

static int
prepare(struct store_sql *s)
{
	int64_t max = 0;
	int rc, r;

	(void)sqlite3_busy_timeout(s->db, BUSY_MS);
	if ((r = store_schema(s->db, s->error)) < 0)
		return r;
	if ((r = query(s, "SELECT v FROM kv WHERE k = 'key'", NULL, s->key)) < 0 ||
	    (r = query(s, "SELECT coalesce(max(id), 0) FROM inst", &max, NULL)) < 0) {
		if (r == -ENOENT)
			snprintf(s->error, sizeof(s->error), "has no key");
		return r;
	}
	s->next_inst = (uint32_t)max + 1;
	for (unsigned i = 0; i < S__COUNT; i++) {
		rc = sqlite3_prepare_v3(s->db, stmt_sql[i], -1,
		    SQLITE_PREPARE_PERSISTENT, &s->stmt[i], NULL);
		if (rc != SQLITE_OK)
			return failed(s, rc);
	}
	return 0;
}

int
store_sql_open(const char *dir, struct store_sql **ret, char why[200])
{
	char path[4096];
	struct store_sql *s;
	int rc, r;

	if (snprintf(path, sizeof(path), "%s/" STORE_DB, dir) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return -ENOMEM;
	rc = sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
	r = rc == SQLITE_OK ? prepare(s) : s->db != NULL ? failed(s, rc) : -ENOMEM;
	if (r < 0) {
		snprintf(why, 200, "%.100s/" STORE_DB ": %.80s", dir, s->error);
		store_sql_close(s);
		return r;
	}
	*ret = s;
	return 0;
}

const uint8_t *
store_sql_key(const struct store_sql *s)
{
	return s->key;
}

uint32_t
store_sql_next_inst(const struct store_sql *s)
{
	return s->next_inst;
}

int
store_sql_load(struct store_sql *s, const struct store_load *load, void *arg,
    char why[200])
{
	int r = store_load_rows(s->db, load, arg);

	if (r < 0)
		snprintf(why, 200, STORE_DB ": cannot be read: %.80s", strerror(-r));
	return r;
}

void
store_sql_close(struct store_sql *s)
{
	if (s == NULL)
		return;
	for (unsigned i = 0; i < S__COUNT; i++)
		(void)sqlite3_finalize(s->stmt[i]);
	(void)sqlite3_close(s->db);
	free(s);
}
