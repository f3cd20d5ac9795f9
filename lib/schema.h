/* schema.h - a table of options makes the struct, the parser, the checks, the
 * printed configuration, the manual and the JSON Schema.
 *
 * A .def file lists objects and their options with the macros below; a header
 * includes it once to make the structs, one .c file once more to make the
 * tables.  So an option is said once.
 *
 *   CFG_BEGIN(obj, text)                      struct cfg_<obj> {
 *   CFG_VAL(obj, field, key, TYPE, min, max, dflt, unit, text)   one value
 *   CFG_VALS(obj, field, key, TYPE, max, text)     list of values (one scalar is a list of one)
 *   CFG_OBJ(obj, field, key, sub, text)            nested mapping
 *   CFG_LIST(obj, field, key, sub, max, text)      sequence of mappings
 *   CFG_MAP(obj, field, key, sub, max, text)       mapping name -> mapping; sub's .name is the key
 *   CFG_VARS(obj, field, key, max, text)           mapping string -> scalar, any keys
 *   CFG_REST(obj, field, key, max, text)           every other key of this object, each with a scalar or a
 *                                                  list of them; key is how the manual calls it
 *   CFG_END(obj)                              };
 *
 * dflt is the text a user would write, run through the option's own parser;
 * NULL: the option must be given; "" : may be absent (field is 0/NULL and
 * bit i of .set, i = index of the option in its object, is clear).
 * Sub-objects must stand before the objects that use them.
 *
 * min..max hold for U32, SECS and SIZE, and for the bytes of STR; max 0: none.
 * A key with nothing behind it is an empty list or mapping; a value must be
 * there.  Quotes make no difference but to "", null and ~.
 *
 * Ownership: schema_load() allocates strings and arrays; schema_free() frees
 * them (not the struct itself), and leaves all zeroes, as a load that failed.
 * Errors read "provd.yaml:12:7: dhcp.subnets[0].range: text"; all that are
 * found are reported through the callback, at most 50; the return is then
 * -EINVAL.  Unknown keys are errors and name the nearest known key.
 * Layer: lib.
 */
#ifndef LIB_SCHEMA_H
#define LIB_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "buf.h"
#include "yaml.h"

/*	TYPE	what is written				C type */
enum cfg_type {
	CFG_BOOL,	/* yes no true false on off		bool */
	CFG_U32,	/* decimal, min..max			uint32_t */
	CFG_SECS,	/* 90, 90s, 15m, 12h, 7d, infinite	uint32_t; infinite = UINT32_MAX */
	CFG_SIZE,	/* 512, 512K, 4M, 2G, 1T: bytes		uint64_t */
	CFG_STR,	/* any text, min..max bytes		char * */
	CFG_NAME,	/* [A-Za-z0-9][A-Za-z0-9._-]*, max 63	char * */
	CFG_PATH,	/* a path; relative: to the file it stands in	char * (made absolute) */
	CFG_CHOICE,	/* one of unit = "a|b|c"		int, index */
	CFG_IP4, CFG_NET4, CFG_RANGE4, CFG_MAC, CFG_UUID,
};
#define CFG_CTYPE_BOOL	bool
#define CFG_CTYPE_U32	uint32_t
#define CFG_CTYPE_SECS	uint32_t
#define CFG_CTYPE_SIZE	uint64_t
#define CFG_CTYPE_STR	char *
#define CFG_CTYPE_NAME	char *
#define CFG_CTYPE_PATH	char *
#define CFG_CTYPE_CHOICE int
#define CFG_CTYPE_IP4	uint32_t
#define CFG_CTYPE_NET4	struct net4
#define CFG_CTYPE_RANGE4 struct range4
#define CFG_CTYPE_MAC	struct mac
#define CFG_CTYPE_UUID	struct uuid

struct cfg_mark { unsigned line, col; };	/* where the object stood; 0: default */
struct cfg_var { char *key, *value; struct cfg_mark mark; };	/* of the key */
/* A key that no field of the object has: at least one value. */
struct cfg_rest {
	char		*key, **value;
	size_t		 n;
	bool		 list;		/* written as one */
	struct cfg_mark	 mark;		/* of the key */
};

/* Every object starts with this. */
struct cfg_head {
	struct cfg_mark	 mark;
	char		*name;		/* its key, when it is an entry of a CFG_MAP */
	uint64_t	 set;		/* options given in the file */
};

struct cfg_field {
	enum { CFG_F_VAL, CFG_F_VALS, CFG_F_OBJ, CFG_F_LIST, CFG_F_MAP, CFG_F_VARS, CFG_F_REST } form;
	const char		*key;
	size_t			 off, off_n;	/* field, and its count for lists */
	enum cfg_type		 type;
	const struct schema	*sub;
	int64_t			 min, max;
	const char		*dflt, *unit, *text;
};

struct schema {
	const char		*name, *text;
	size_t			 size;		/* of the struct */
	const struct cfg_field	*field;
	size_t			 n_field;	/* at most 64 */
};

typedef void cfg_error_fn(void *arg, const char *text);

int	schema_load(const struct schema *, const char *file,
	    const struct yaml_node *, void *ret_obj, cfg_error_fn *, void *arg);
void	schema_free(const struct schema *, void *obj);
void	cfg_print_text(const char *, struct buf *);	/* quoted if need be */
/* The effective configuration as YAML that loads again to the same. */
void	schema_print(const struct schema *, const void *obj, struct buf *);
void	schema_mdoc(const struct schema *, struct buf *);	/* option list for mdoc(7) */
void	schema_json(const struct schema *, struct buf *);	/* JSON Schema 2020-12 */
/* Was the option given in the file?  i: CFG_I_<obj>_<field>, from schema_gen.h. */
static inline bool
cfg_has(const struct cfg_head *head, unsigned i)
{
	return head->set >> i & 1;
}

/* Which of both (best may be NULL) word was rather meant to be; NULL: neither. */
const char *cfg_nearest(const char *word, const char *best, const char *other);

/* Format an error about an object that loaded but does not make sense. */
void	schema_complain(cfg_error_fn *, void *arg, const char *file,
	    struct cfg_mark, const char *where, const char *fmt, ...)
	    __attribute__((format(printf, 6, 7)));

#endif /* LIB_SCHEMA_H */
