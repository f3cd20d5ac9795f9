/* options.c - dhcp-options: what DHCP tells a host while it is installed. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/dhcp_option.h"
#include "compile.h"

/* One option of the profile on its way into bytes. */
struct job {
	const struct profile	*pr;
	const struct vars	*vars;
	cfg_error_fn		*fn;
	void			*arg;
	struct buf		 bytes;
};

static int
complain(struct job *j, const struct cfg_rest *o, const char *text)
{
	char where[200];

	(void)snprintf(where, sizeof(where), "dhcp-options.%.128s", o->key);
	schema_complain(j->fn, j->arg, j->pr->file, o->mark, where, "%s", text);
	return -EINVAL;
}

/* The values with the host's variables in them. */
static int
expand(struct job *j, const struct cfg_rest *o, char **value)
{
	char bad[VARS_NAME_MAX], why[100];
	int r = 0;

	for (size_t i = 0; i < o->n && r == 0; i++) {
		struct buf text = { 0 };

		if ((r = vars_expand(j->vars, o->value[i], &text, bad)) == 0)
			buf_putc(&text, '\0');
		if (r == 0 && (value[i] = buf_steal(&text, NULL)) == NULL)
			r = -ENOMEM;
		buf_free(&text);
	}
	if (r < 0 && r != -ENOMEM) {
		(void)snprintf(why, sizeof(why), r == -ENOENT ?
		    "there is no variable %s" : "\"${\" begins no variable", bad);
		return complain(j, o, why);
	}
	return r;
}

static int
find(struct job *j, const struct cfg_rest *o, struct dhcp_opt_def *d)
{
	char why[300], buf[DHCP_OPT_NAME];
	const char *near;

	if (dhcp_opt_find(NULL, o->key, d) < 0) {
		near = dhcp_opt_nearest(NULL, o->key, NULL, buf);
		(void)snprintf(why, sizeof(why), near != NULL ? "there is no such option; "
		    "did you mean \"%s\"?" : "there is no such option; a profile knows no "
		    "definitions of provd.yaml: write option-NUMBER", near);
		return complain(j, o, why);
	}
	if (d->no != NULL || (d->space == DHCP_SPACE_DHCP && d->code == 17)) {
		(void)snprintf(why, sizeof(why), "can't be set: %s", d->no != NULL ? d->no :
		    "an installation has a root path of its own");
		return complain(j, o, why);
	}
	return 0;
}

static bool
has(const struct buf *bytes, const struct dhcp_opt_def *d)
{
	struct rd r = rd_init(bytes->p, bytes->len);
	struct dhcp_opt_item o;

	while (bytes->len > 0 && dhcp_opts_next(&r, &o))
		if (o.space == d->space && o.code == d->code)
			return true;
	return false;
}

static bool
is_always(const struct profile *pr, const struct dhcp_opt_def *d)
{
	struct dhcp_opt_def a;

	for (size_t i = 0; i < pr->p.dhcp.n_always; i++)
		if (dhcp_opt_find(NULL, pr->p.dhcp.always[i], &a) == 0 &&
		    a.space == d->space && a.code == d->code)
			return true;
	return d->unasked;
}

static int
put(struct job *j, const struct cfg_rest *o, char *const *value)
{
	uint8_t bytes[DHCP_OPT_MAX];
	char why[DHCP_OPT_WHY];
	struct dhcp_opt_def d;
	int r, len;

	if ((r = find(j, o, &d)) < 0)
		return r;
	if (has(&j->bytes, &d))
		return complain(j, o, "is here already by another name");
	len = dhcp_opt_parse(&d, (const char *const *)value, o->n, bytes,
	    d.space == DHCP_SPACE_DHCP ? sizeof(bytes) : 255, why);
	if (len < 0)
		return complain(j, o, why);
	dhcp_opts_put(&j->bytes, &(struct dhcp_opt_item){ .space = d.space, .code = d.code,
	    .flags = is_always(j->pr, &d) ? DHCP_OPT_ALWAYS : 0, .p = bytes,
	    .len = (size_t)len });
	return j->bytes.err;
}

static int
take(struct job *j, const struct cfg_rest *o)
{
	char **value = calloc(o->n, sizeof(*value));
	int r;

	if (value == NULL)
		return -ENOMEM;
	if ((r = expand(j, o, value)) == 0)
		r = put(j, o, value);
	for (size_t i = 0; i < o->n; i++)
		free(value[i]);
	free(value);
	return r;
}

/* What is to be sent always must be here to be sent. */
static int
check_always(struct job *j)
{
	const struct cfg_pr_dhcp *p = &j->pr->p.dhcp;
	struct dhcp_opt_def d;
	int r = 0;

	for (size_t i = 0; i < p->n_always; i++)
		if (dhcp_opt_find(NULL, p->always[i], &d) < 0 || !has(&j->bytes, &d)) {
			schema_complain(j->fn, j->arg, j->pr->file, p->head.mark,
			    "dhcp-options.always-send", "%.64s is not among these options",
			    p->always[i]);
			r = -EINVAL;
		}
	return r;
}

int
render_options(const struct profile *pr, const struct vars *vars,
    struct boot_recipe *ret, cfg_error_fn *fn, void *arg)
{
	const struct cfg_pr_dhcp *p = &pr->p.dhcp;
	struct job j = { .pr = pr, .vars = vars, .fn = fn, .arg = arg };
	int r = 0, e;

	for (size_t i = 0; i < p->n_other && r != -ENOMEM; i++)
		if ((e = take(&j, &p->other[i])) < 0)
			r = e;
	if (r == 0)
		r = check_always(&j);
	if (r == 0 && j.bytes.len > sizeof(ret->options)) {
		schema_complain(fn, arg, pr->file, p->head.mark, "dhcp-options",
		    "these options have %zu bytes together, and %zu are the most",
		    j.bytes.len, sizeof(ret->options));
		r = -EINVAL;
	}
	if (r == 0 && j.bytes.len > 0)
		memcpy(ret->options, j.bytes.p, j.bytes.len);
	if (r == 0)
		ret->options_len = (uint16_t)j.bytes.len;
	buf_free(&j.bytes);
	return r;
}
