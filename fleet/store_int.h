/* store_int.h - the database behind the store.  Not for other files.
 *
 * Used by one thread at a time: the one that opens, then the store's.
 * Errors: negative errno: -ENOSPC (full), -EBUSY (locked by another program
 * for longer than two seconds), -EIO, -ENOMEM.  Layer: fleet, internal.
 */
#ifndef FLEET_STORE_INT_H
#define FLEET_STORE_INT_H

#include <sqlite3.h>

#include "store.h"

#define STORE_DB	"provd.db"
#define STORE_EVENTS	200		/* kept of each host */
#define STORE_EVENTS_ALL 500000	/* and of all of them */
#define STORE_KEY	16
#define STORE_ERROR	160
#define STORE_CHUNK	4096u		/* of a log, a row each */

struct store_sql;

/* Opens, makes or checks the schema, and reads or makes the key. */
int	store_sql_open(const char *dir, struct store_sql **ret, char why[200]);
const uint8_t *store_sql_key(const struct store_sql *);
uint32_t store_sql_next_inst(const struct store_sql *);
int	store_sql_load(struct store_sql *, const struct store_load *, void *arg,
	    char why[200]);
/* A transaction: begin, apply as often as need be, then end(0) commits and
 * anything else rolls back.  end() returns what became of it. */
int	store_sql_begin(struct store_sql *);
int	store_sql_apply(struct store_sql *, const struct store_op *);
int	store_sql_end(struct store_sql *, int result);
const char *store_sql_error(const struct store_sql *);	/* of the last failure */
void	store_sql_close(struct store_sql *);	/* NULL is fine */

/* store_schema.c: makes the tables and the key, or brings them up to date */
int	store_schema(sqlite3 *, char why[STORE_ERROR]);

/* store_load.c */
int	store_load_rows(sqlite3 *, const struct store_load *, void *arg);
int	store_sql_errno(int sqlite_code);

#endif /* FLEET_STORE_INT_H */
