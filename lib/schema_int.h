/* schema_int.h - what the schema_*.c files have for each other.
 * Errors: negative errno.  Layer: lib.
 */
#ifndef LIB_SCHEMA_INT_H
#define LIB_SCHEMA_INT_H

#include "schema.h"

#define CFG_NAME_MAX	63
#define CFG_VAR_MAX	128	/* bytes of a key of CFG_VARS: fits a YAML "simple key" */
#define CFG_WHY_MAX	256

/* One value: text to C type and back.  parse writes to *ret on success only,
 * and else says why: -EINVAL or -ENOMEM.  A string is allocated. */
size_t	cfg_value_size(enum cfg_type);
int	cfg_value_parse(const struct cfg_field *, const char *file,
	    const char *text, void *ret, char why[CFG_WHY_MAX]);
void	cfg_value_print(const struct cfg_field *, const void *val, struct buf *);
void	cfg_value_free(enum cfg_type, void *val);

bool	cfg_is_alnum(char);
bool	cfg_is_name(const char *);
/* The text stands for no value at all when it is not in quotes. */
bool	cfg_is_null(const char *);
void	cfg_print_number(enum cfg_type, uint64_t, struct buf *);

/* Must something be given in an object of this schema? */
static inline bool
cfg_requires(const struct schema *s)
{
	for (size_t i = 0; i < s->n_field; i++)
		if (s->field[i].dflt == NULL)
			return true;
	return false;
}

/* Do the limits of the field apply to its value? */
static inline bool
cfg_has_limits(const struct cfg_field *f)
{
	return f->form == CFG_F_VAL && f->max > 0;
}

#endif /* LIB_SCHEMA_INT_H */
