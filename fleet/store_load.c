/* store_load.c - everything in the database, read back at start. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/log.h"
#include "../tree/overlay.h"
#include "store_int.h"

static void
col_text(sqlite3_stmt *st, int i, char *dst, size_t cap)
{
	const unsigned char *s = sqlite3_column_text(st, i);

	snprintf(dst, cap, "%s", s != NULL ? (const char *)s : "");
}
#define COL_TEXT(st, i, dst)	col_text((st), (i), (dst), sizeof(dst))

static uint32_t
col_u32(sqlite3_stmt *st, int i)
{
	return (uint32_t)sqlite3_column_int64(st, i);
}

/* What is called with each row of a query. */
struct loading {
	sqlite3			*db;
	const struct store_load	*load;
	void			*arg;
	struct overlay		*ov;	/* load_file */
};
typedef int row_fn(struct loading *, sqlite3_stmt *);

/* id binds the query's only parameter, where it has one. */
static int
each_row(struct loading *l, const char *sql, int64_t id, row_fn *fn)
{
	sqlite3_stmt *st = NULL;
	int rc, r = 0;

	if ((rc = sqlite3_prepare_v2(l->db, sql, -1, &st, NULL)) != SQLITE_OK)
		return store_sql_errno(rc);
	if (sqlite3_bind_parameter_count(st) > 0)
		(void)sqlite3_bind_int64(st, 1, id);
	while (r >= 0 && (rc = sqlite3_step(st)) == SQLITE_ROW)
		r = fn(l, st);
	(void)sqlite3_finalize(st);
	return r < 0 ? r : store_sql_errno(rc);
}

static int
row_host(struct loading *l, sqlite3_stmt *st)
{
	struct host_record h = { 0 };
	char state[16];

	COL_TEXT(st, 0, h.name);
	COL_TEXT(st, 1, state);
	if (host_state_parse(state, &h.state) < 0)
		return -EIO;
	h.inst = col_u32(st, 2);
	h.other.inst = col_u32(st, 3);
	h.attempts = col_u32(st, 4);
	h.retry = col_u32(st, 5);
	h.since = sqlite3_column_int64(st, 6);
	COL_TEXT(st, 7, h.reason);
	COL_TEXT(st, 8, h.step);
	h.step_no = col_u32(st, 9);
	h.steps = col_u32(st, 10);
	h.last_boot = sqlite3_column_int64(st, 11);
	h.boot_xid = col_u32(st, 12);
	if (h.other.inst != 0 && col_u32(st, 13) < OTHER__COUNT)
		h.other.state = (enum other_state)col_u32(st, 13);
	h.other.always = col_u32(st, 14) != 0;
	h.other.boots = col_u32(st, 15);
	return l->load->host(l->arg, &h);
}

static int
row_file(struct loading *l, sqlite3_stmt *st)
{
	const char *path = (const char *)sqlite3_column_text(st, 0);
	const void *data = sqlite3_column_blob(st, 3);
	size_t len = (size_t)sqlite3_column_bytes(st, 3);
	uint32_t mode = col_u32(st, 2);
	char target[4096];

	if (path == NULL)
		return -EIO;
	switch (sqlite3_column_int(st, 1)) {
	case OVERLAY_FILE:
		return overlay_add_file(l->ov, path, mode, data, len);
	case OVERLAY_DIR:
		return overlay_add_dir(l->ov, path, mode);
	case OVERLAY_LINK:
		if (len >= sizeof(target) || data == NULL)
			return -EIO;
		memcpy(target, data, len);
		target[len] = '\0';
		return overlay_add_link(l->ov, path, target);
	default:
		return -EIO;
	}
}

/* Too much is as bad as nothing: another provd's, perhaps. */
static void
load_options(sqlite3_stmt *st, int i, struct boot_recipe *r)
{
	const void *data = sqlite3_column_blob(st, i);
	int len = sqlite3_column_bytes(st, i);

	if (data == NULL || len <= 0 || (size_t)len > sizeof(r->options))
		return;
	memcpy(r->options, data, (size_t)len);
	r->options_len = (uint16_t)len;
}

static int
row_inst(struct loading *l, sqlite3_stmt *st)
{
	static const char files[] = "SELECT path, kind, mode, data FROM file"
	    " WHERE inst = ? ORDER BY path";
	struct inst_record in = { 0 };
	const unsigned char *plan;
	int r;

	in.id = col_u32(st, 0);
	if (col_u32(st, 1) < INST__COUNT)
		in.kind = (enum inst_kind)col_u32(st, 1);
	COL_TEXT(st, 2, in.host);
	COL_TEXT(st, 3, in.profile);
	COL_TEXT(st, 4, in.tree);
	COL_TEXT(st, 5, in.token);
	COL_TEXT(st, 6, in.claim);
	in.created = sqlite3_column_int64(st, 7);
	in.steps = col_u32(st, 8);
	in.recipe.os = sqlite3_column_int(st, 9) == BOOT_FREEBSD ? BOOT_FREEBSD : BOOT_LINUX;
	COL_TEXT(st, 10, in.recipe.bios_file);
	COL_TEXT(st, 11, in.recipe.uefi_file);
	COL_TEXT(st, 12, in.recipe.loader_vars);
	in.recipe.root = sqlite3_column_int(st, 15) == ROOT_TFTP ? ROOT_TFTP : ROOT_NFS;
	COL_TEXT(st, 16, in.recipe.programs);
	load_options(st, 17, &in.recipe);
	if ((r = overlay_new(sqlite3_column_int64(st, 14), &l->ov)) < 0)
		return r;
	r = each_row(l, files, in.id, row_file);
	if (r == 0) {
		overlay_seal(l->ov);
		/* The row is only read after this: the text stays put. */
		plan = sqlite3_column_text(st, 13);
		in.plan = plan != NULL ? strdup((const char *)plan) : NULL;
		r = plan != NULL && in.plan == NULL ? -ENOMEM :
		    l->load->inst(l->arg, &in, l->ov);
		free(in.plan);
	} else if (r != -ENOMEM) {
		/* One that cannot be shown as it was is not shown at all. */
		log_ev(LOG_ERR, "store.load", KV_S("host", in.host),
		    KV_N("inst", in.id), KV_ERR(r), KV_S("did", "left-out"));
		r = 0;
	}
	overlay_unref(l->ov);
	return r;
}

static int
row_log(struct loading *l, sqlite3_stmt *st)
{
	const uint8_t *data = sqlite3_column_blob(st, 2);
	size_t len = (size_t)sqlite3_column_bytes(st, 2);

	if (data == NULL)
		return 0;
	return l->load->log(l->arg, col_u32(st, 0),
	    (uint64_t)sqlite3_column_int64(st, 1) * STORE_CHUNK, data, len);
}

static int
row_report(struct loading *l, sqlite3_stmt *st)
{
	char name[256];

	COL_TEXT(st, 1, name);
	return l->load->report(l->arg, col_u32(st, 0), name,
	    sqlite3_column_int64(st, 2));
}

static int
row_event(struct loading *l, sqlite3_stmt *st)
{
	const char *host = (const char *)sqlite3_column_text(st, 0);
	const char *text = (const char *)sqlite3_column_text(st, 2);

	if (host == NULL || text == NULL)
		return 0;
	return l->load->event(l->arg, host, sqlite3_column_int64(st, 1), col_u32(st, 3),
	    col_u32(st, 4), text);
}

static int
row_facts(struct loading *l, sqlite3_stmt *st)
{
	const char *host = (const char *)sqlite3_column_text(st, 0);
	const char *text = (const char *)sqlite3_column_text(st, 1);

	if (host == NULL || text == NULL)
		return 0;
	return l->load->facts(l->arg, host, text, sqlite3_column_int64(st, 2));
}

static int
row_kept(struct loading *l, sqlite3_stmt *st)
{
	const char *key = (const char *)sqlite3_column_text(st, 1);
	const char *text = (const char *)sqlite3_column_text(st, 2);

	if (key == NULL || text == NULL)
		return 0;
	return l->load->kept(l->arg, (enum store_keep)sqlite3_column_int(st, 0), key, text,
	    sqlite3_column_int64(st, 3));
}

/* Hosts first and installations next: the rest belongs to them. */
int
store_load_rows(sqlite3 *db, const struct store_load *load, void *arg)
{
	struct loading l = { .db = db, .load = load, .arg = arg };
	int r = 0;

	if (load->host != NULL)
		r = each_row(&l, "SELECT name, state, inst, inspect, attempts,"
		    " retry, since, reason, step, step_no, steps, last_boot,"
		    " boot_xid, other_state, other_always, other_boots"
		    " FROM host ORDER BY name", 0, row_host);
	if (r == 0 && load->inst != NULL)
		r = each_row(&l, "SELECT id, kind, host, profile, tree, token,"
		    " claim, created, steps, os, bios_file, uefi_file,"
		    " loader_vars, plan, mtime, root, programs, options FROM inst WHERE ended = 0"
		    " ORDER BY id", 0, row_inst);
	if (r == 0 && load->log != NULL)
		r = each_row(&l, "SELECT inst, chunk, data FROM log"
		    " ORDER BY inst, chunk", 0, row_log);
	if (r == 0 && load->report != NULL)
		r = each_row(&l, "SELECT inst, name, time FROM report"
		    " ORDER BY inst, CAST(name AS INTEGER), name", 0, row_report);
	if (r == 0 && load->event != NULL)
		r = each_row(&l, "SELECT host, time, text, kind, severity FROM event ORDER BY id",
		    0, row_event);
	if (r == 0 && load->facts != NULL)
		r = each_row(&l, "SELECT host, text, time FROM facts", 0, row_facts);
	if (r == 0 && load->kept != NULL)
		r = each_row(&l, "SELECT kind, key, text, time FROM kept ORDER BY time", 0,
		    row_kept);
	return r;
}

int
store_peek(const char *dir, enum store_keep kind,
    int (*fn)(void *arg, const char *key, const char *text), void *arg)
{
	static const char sql[] = "SELECT key, text FROM kept WHERE kind = ? ORDER BY key";
	char path[4096];
	sqlite3_stmt *st = NULL;
	sqlite3 *db = NULL;
	int rc, r = 0;

	if (snprintf(path, sizeof(path), "%s/" STORE_DB, dir) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	if (access(path, F_OK) == -1)
		return 0;
	if ((rc = sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX,
	    NULL)) == SQLITE_OK) {
		(void)sqlite3_busy_timeout(db, 2000);
		rc = sqlite3_prepare_v2(db, sql, -1, &st, NULL);
	}
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_int(st, 1, (int)kind);
	while (rc == SQLITE_OK && r == 0) {
		if ((rc = sqlite3_step(st)) != SQLITE_ROW)
			break;
		r = fn(arg, (const char *)sqlite3_column_text(st, 0),
		    (const char *)sqlite3_column_text(st, 1));
		rc = SQLITE_OK;
	}
	(void)sqlite3_finalize(st);
	(void)sqlite3_close(db);
	/* One from before there was such a table has none. */
	return r < 0 ? r : rc == SQLITE_ERROR ? 0 : store_sql_errno(rc);
}
