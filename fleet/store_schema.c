/* store_schema.c - what the database looks like: made, or brought up to date. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../lib/os.h"
#include "store_int.h"

#define VERSION		5

#define STR_(x)	#x
#define STR(x)	STR_(x)

/* Texts of which a newer one takes the place of the old. */
#define KEPT_SQL								\
	"CREATE TABLE kept (kind INTEGER, key TEXT, time INTEGER, text TEXT,"	\
	" PRIMARY KEY (kind, key)) WITHOUT ROWID;"

static const char schema_sql[] =
	"CREATE TABLE kv (k TEXT PRIMARY KEY, v BLOB NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE host (name TEXT PRIMARY KEY, state TEXT NOT NULL,"
	" inst INTEGER, inspect INTEGER, attempts INTEGER, retry INTEGER,"
	" since INTEGER, reason TEXT, step TEXT, step_no INTEGER, steps INTEGER,"
	" last_boot INTEGER, boot_xid INTEGER, other_state INTEGER NOT NULL DEFAULT 0,"
	" other_always INTEGER NOT NULL DEFAULT 0, other_boots INTEGER NOT NULL"
	" DEFAULT 0) WITHOUT ROWID;"
	"CREATE TABLE inst (id INTEGER PRIMARY KEY, kind INTEGER, host TEXT,"
	" profile TEXT, tree TEXT, token TEXT UNIQUE, claim TEXT, ended INTEGER,"
	" created INTEGER, steps INTEGER, os INTEGER, bios_file TEXT,"
	" uefi_file TEXT, loader_vars TEXT, plan TEXT, mtime INTEGER,"
	" root INTEGER NOT NULL DEFAULT 0, programs TEXT, options BLOB);"
	"CREATE INDEX inst_running ON inst (id) WHERE ended = 0;"
	"CREATE TABLE file (inst INTEGER, path TEXT, kind INTEGER, mode INTEGER,"
	" data BLOB, PRIMARY KEY (inst, path)) WITHOUT ROWID;"
	"CREATE TABLE report (inst INTEGER, name TEXT, time INTEGER,"
	" PRIMARY KEY (inst, name)) WITHOUT ROWID;"
	"CREATE TABLE log (inst INTEGER, chunk INTEGER, data BLOB,"
	" PRIMARY KEY (inst, chunk)) WITHOUT ROWID;"
	"CREATE TABLE event (id INTEGER PRIMARY KEY, host TEXT, time INTEGER,"
	" text TEXT, kind INTEGER NOT NULL DEFAULT 0,"
	" severity INTEGER NOT NULL DEFAULT 0);"
	"CREATE INDEX event_host ON event (host, id);"
	"CREATE TABLE facts (host TEXT PRIMARY KEY, time INTEGER, text TEXT)"
	" WITHOUT ROWID;"
	KEPT_SQL;

static const char upgrade_1_sql[] =
	"BEGIN IMMEDIATE;"
	"ALTER TABLE inst ADD COLUMN root INTEGER NOT NULL DEFAULT 0;"
	"PRAGMA user_version = 2;"
	"COMMIT;";

static const char upgrade_2_sql[] =
	"BEGIN IMMEDIATE;"
	"ALTER TABLE inst ADD COLUMN programs TEXT;"
	"ALTER TABLE inst ADD COLUMN options BLOB;"
	"PRAGMA user_version = 3;"
	"COMMIT;";

static const char upgrade_3_sql[] =
	"BEGIN IMMEDIATE;"
	"ALTER TABLE event ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE event ADD COLUMN severity INTEGER NOT NULL DEFAULT 0;"
	KEPT_SQL
	"PRAGMA user_version = 4;"
	"COMMIT;";

/* inspect has been the id of an inspection: it is that of whatever is booted instead. */
static const char upgrade_4_sql[] =
	"BEGIN IMMEDIATE;"
	"ALTER TABLE host ADD COLUMN other_state INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE host ADD COLUMN other_always INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE host ADD COLUMN other_boots INTEGER NOT NULL DEFAULT 0;"
	"UPDATE host SET other_state = 1 WHERE inspect != 0;"
	"PRAGMA user_version = 5;"
	"COMMIT;";

/* [i]: from version i + 1 to the next. */
static const char *const upgrade[VERSION - 1] = { upgrade_1_sql, upgrade_2_sql, upgrade_3_sql,
    upgrade_4_sql };

static int
failed(sqlite3 *db, int rc, char why[STORE_ERROR])
{
	snprintf(why, STORE_ERROR, "%s", sqlite3_errmsg(db));
	return store_sql_errno(rc);
}

static int
exec(sqlite3 *db, const char *sql, char why[STORE_ERROR])
{
	int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : failed(db, rc, why);
}

static int
make(sqlite3 *db, char why[STORE_ERROR])
{
	static const char put_key[] = "INSERT INTO kv (k, v) VALUES ('key', ?)";
	sqlite3_stmt *st = NULL;
	uint8_t key[STORE_KEY];
	int rc, r;

	if ((r = os_random(key, sizeof(key))) < 0 ||
	    (r = exec(db, "BEGIN IMMEDIATE", why)) < 0)
		return r;
	if ((r = exec(db, schema_sql, why)) < 0)
		goto out;
	rc = sqlite3_prepare_v2(db, put_key, -1, &st, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_blob(st, 1, key, sizeof(key), SQLITE_STATIC);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	r = rc == SQLITE_DONE ? 0 : failed(db, rc, why);
	(void)sqlite3_finalize(st);
	if (r == 0)
		r = exec(db, "PRAGMA user_version = " STR(VERSION), why);
out:
	if (r == 0)
		r = exec(db, "COMMIT", why);
	if (r < 0 && !sqlite3_get_autocommit(db))
		(void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return r;
}

static int
version_of(sqlite3 *db, int *ret, char why[STORE_ERROR])
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &st, NULL), r = 0;

	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		*ret = sqlite3_column_int(st, 0);
	else
		r = failed(db, rc, why);
	(void)sqlite3_finalize(st);
	return r;
}

int
store_schema(sqlite3 *db, char why[STORE_ERROR])
{
	int version = 0, r;

	if ((r = exec(db, "PRAGMA journal_mode = WAL", why)) < 0 ||
	    (r = exec(db, "PRAGMA synchronous = FULL", why)) < 0 ||
	    (r = version_of(db, &version, why)) < 0)
		return r;
	if (version > VERSION || version < 0) {
		snprintf(why, STORE_ERROR, "was made by a newer provd");
		return -EIO;
	}
	if (version == 0)
		return make(db, why);
	for (; r == 0 && version < VERSION; version++)
		r = exec(db, upgrade[version - 1], why);
	return r;
}
