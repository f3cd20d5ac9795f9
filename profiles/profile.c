/* profile.c - a profile's file, loaded and tried out. */
#include "profile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compile.h"
#include "plan.h"
#include "render_int.h"

#define CFG_GEN_TABLES
#include "../lib/schema_gen.h"
#include "profile.def"
#define CFG_GEN_UNDEF
#include "../lib/schema_gen.h"

/* The plan of a host that does not exist: its address is of RFC 5737. */
static int
try_out(const struct profile *pr, cfg_error_fn *fn, void *arg)
{
	char name[] = "host";
	struct cfg_host host = { .head = { .name = name } };
	const uint32_t dns = 0xc0000203;
	const struct render_in in = {
		.host = &host, .server = 0xc0000201, .address = 0xc0000202,
		.netmask = 0xffffff00, .gateway = 0xc00002fe, .dns = &dns, .n_dns = 1,
		.domain = "example.org",
	};
	struct vars vars;
	struct plan_in plan_in = { .profile = pr, .host = name,
	    .mac = "00:00:5e:00:53:01", .vars = &vars, .imagined = true };
	struct boot_recipe recipe;
	struct plan *pl;
	int r, e;

	if ((r = render_vars(pr, &in, &vars, fn, arg)) < 0)
		return r;
	if ((r = plan_make(&plan_in, &pl, fn, arg)) == 0)
		plan_free(pl);
	if ((e = render_options(pr, &vars, &recipe, fn, arg)) < 0)
		r = e;
	if (r == 0)	/* what is wrong there is wrong here */
		r = render_other_try(pr, &in, &vars, fn, arg);
	vars_free(&vars);
	return r;
}

const struct cfg_pr_other *
profile_other(const struct profile *pr, enum inst_kind kind)
{
	return kind == INST_RESCUE ? &pr->p.rescue : kind == INST_DISKLESS ? &pr->p.diskless : NULL;
}

static int
from_yaml(const char *name, const char *text, size_t len, struct yaml_node *root,
    struct profile **ret, cfg_error_fn *fn, void *arg)
{
	struct profile *pr;
	int r;

	if ((pr = calloc(1, sizeof(*pr))) == NULL)
		return -ENOMEM;
	pr->refs = 1;
	pr->file = strdup(name);
	pr->text = strndup(text, len);
	r = pr->file == NULL || pr->text == NULL ? -ENOMEM :
	    schema_load(&cfg_profile_schema, name, root, &pr->p, fn, arg);
	if (r < 0) {
		free(pr->file);
		free(pr->text);
		free(pr);
		return r;
	}
	if ((r = try_out(pr, fn, arg)) < 0) {
		profile_unref(pr);
		return r;
	}
	*ret = pr;
	return 0;
}

int
profile_load_mem(const char *name, const char *text, size_t len,
    struct profile **ret, cfg_error_fn *fn, void *arg)
{
	struct yaml_node *root;
	struct cfg_error e;
	int r;

	if ((r = yaml_load_mem(name, text, len, &root, &e)) < 0) {
		fn(arg, e.text);
		return r;
	}
	r = from_yaml(name, text, len, root, ret, fn, arg);
	yaml_tree_free(root);
	return r;
}

int
profile_load(const char *file, struct profile **ret, cfg_error_fn *fn, void *arg)
{
	struct cfg_error e;
	size_t len;
	char *text;
	int r;

	if ((r = yaml_read_file(file, &text, &len, &e)) < 0) {
		fn(arg, e.text);
		return r;
	}
	r = profile_load_mem(file, text, len, ret, fn, arg);
	free(text);
	return r;
}

struct profile *
profile_ref(struct profile *pr)
{
	pr->refs++;
	return pr;
}

void
profile_unref(struct profile *pr)
{
	if (pr == NULL || --pr->refs > 0)
		return;
	schema_free(&cfg_profile_schema, &pr->p);
	free(pr->file);
	free(pr->text);
	free(pr);
}
