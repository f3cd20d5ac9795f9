/* config_kept.c - hosts that stand elsewhere than in the file: added through
 * the API, or adopted.  They come behind the file's, pass the same checks, and
 * one that does not is left out: it must not keep provd from starting. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_int.h"

#define HOSTS_MAX	65536u		/* as config.def has it */

const char *
cfg_origin_name(enum cfg_origin o)
{
	return o == HOST_API ? "api" : o == HOST_ADOPTED ? "adopted" : "file";
}

bool
config_is_kept(const struct config *c, const struct cfg_host *h)
{
	return (size_t)(h - c->top.host) >= c->n_file;
}

enum cfg_origin
config_origin(const struct config *c, const struct cfg_host *h)
{
	return config_is_kept(c, h) ? c->kept[(size_t)(h - c->top.host) - c->n_file] : HOST_FILE;
}

/* Left out ---------------------------------------------------------------- */

void
config_say_left(struct config *c, const char *name, const char *why)
{
	buf_printf(&c->left_out, "%s %.*s\n", name, (int)strcspn(why, "\n"), why);
}

const char *
config_left_out(const struct config *c, const char *name)
{
	const char *p = c->left_out.p, *nl;
	size_t n = strlen(name);

	for (; p != NULL && (nl = strchr(p, '\n')) != NULL; p = nl + 1)
		if (strncmp(p, name, n) == 0 && p[n] == ' ')
			return p + n + 1;
	return NULL;
}

static void
drop(struct config *c, size_t i)
{
	struct cfg_top *top = &c->top;

	schema_free(&cfg_host_schema, &top->host[i]);
	memmove(&top->host[i], &top->host[i + 1], (top->n_host - i - 1) * sizeof(*top->host));
	i -= c->n_file;
	memmove(&c->kept[i], &c->kept[i + 1], (top->n_host - c->n_file - i - 1) * sizeof(*c->kept));
	top->n_host--;
}

static void
nowhere(void *arg, const char *text)
{
	(void)arg;
	(void)text;
}

/* The members again: they are known by where their host stands. */
int
config_leave_out(struct config *c, const bool *left)
{
	struct check ck = { .cfg = c, .fn = nowhere, .own = c };
	int r;

	for (size_t i = c->top.n_host; i-- > c->n_file; )
		if (left[i])
			drop(c, i);
	if ((r = config_index_hosts(c)) < 0)
		return r;
	config_disinherit(c);
	if ((ck.left = calloc(c->top.n_host + 1, sizeof(*ck.left))) == NULL)
		return -ENOMEM;
	r = config_inherit(c, &ck);
	free(ck.left);
	return r;
}

/* Added ------------------------------------------------------------------- */

static void
add_line(void *arg, const char *text)
{
	if (((struct buf *)arg)->len == 0)
		buf_puts(arg, text);
}

/* The text behind "FILE: " and, before that, where it stood in what was put together. */
static const char *
sentence(const char *file, const char *text)
{
	size_t n = strlen(file);

	if (strncmp(text, file, n) != 0 || text[n] != ':')
		return text;
	text += n;
	text += strspn(text, ":0123456789");
	return text + strspn(text, " ");
}

/* One host, as if it stood in the file alone. */
static int
load_one(const struct config *c, const struct cfg_kept *k, struct cfg_host *ret, struct buf *why)
{
	struct yaml_node *root = NULL;
	struct cfg_top top = { 0 };
	struct cfg_error err;
	struct buf b = { 0 };
	int r;

	buf_printf(&b, "{\"hosts\": {\"%s\": ", k->name);
	buf_puts(&b, k->text);
	buf_puts(&b, "}}\n");
	if ((r = b.err) == 0 && (r = yaml_load_mem(c->file, b.p, b.len, &root, &err)) < 0)
		buf_puts(why, err.text);
	if (r == 0)
		r = schema_load(&cfg_top_schema, c->file, root, &top, add_line, why);
	if (r == 0 && (top.n_host != 1 || top.host[0].head.name == NULL)) {
		buf_puts(why, "is no host");
		r = -EINVAL;
	}
	if (r == 0) {
		*ret = top.host[0];
		memset(&top.host[0], 0, sizeof(top.host[0]));
	}
	schema_free(&cfg_top_schema, &top);
	yaml_tree_free(root);
	buf_free(&b);
	return r;
}

static int
add_one(struct config *c, const struct cfg_kept *k)
{
	struct cfg_top *top = &c->top;
	struct buf why = { 0 };
	int r;

	r = top->n_host == HOSTS_MAX ? -E2BIG : load_one(c, k, &top->host[top->n_host], &why);
	if (r == 0)
		c->kept[top->n_host++ - c->n_file] = k->origin;
	else if (r != -ENOMEM)
		config_say_left(c, k->name, r == -E2BIG ? "there are too many hosts" :
		    why.p != NULL ? sentence(c->file, why.p) : strerror(-r));
	buf_free(&why);
	return r == -ENOMEM ? r : 0;
}

int
config_add_kept(struct config *c, const struct cfg_kept *kept, size_t n)
{
	struct cfg_top *top = &c->top;
	bool *twice = NULL;
	int r = -ENOMEM;
	void *p;

	c->n_file = top->n_host;
	if (n == 0)
		return 0;
	if ((c->kept = calloc(n, sizeof(*c->kept))) == NULL ||
	    (twice = calloc(n, sizeof(*twice))) == NULL ||
	    (r = config_index_hosts(c)) < 0)
		goto out;
	for (size_t i = 0; i < n; i++)
		twice[i] = config_host(c, kept[i].name) != NULL;
	if ((p = realloc(top->host, (top->n_host + n) * sizeof(*top->host))) == NULL) {
		r = -ENOMEM;
		goto out;
	}
	top->host = p;
	for (size_t i = 0; i < n && r == 0; i++) {
		if (twice[i])
			config_say_left(c, kept[i].name, "stands in the file too, and the file's "
			    "counts: provctl delete it, or take it out of the file");
		else
			r = add_one(c, &kept[i]);
	}
out:
	free(twice);
	return r;
}

/* Each turn leaves out one at least. */
int
config_check_all(struct config *c, cfg_error_fn *fn, void *arg)
{
	for (;;) {
		struct check ck = { .cfg = c, .fn = fn, .arg = arg, .own = c };
		bool again = false;
		int r;

		if ((ck.left = calloc(c->top.n_host + 1, sizeof(*ck.left))) == NULL)
			return -ENOMEM;
		config_disinherit(c);
		if ((r = config_inherit(c, &ck)) == 0)
			r = config_check(&ck);
		for (size_t i = c->n_file; i < c->top.n_host && !again; i++)
			again = ck.left[i];
		if (r == 0 && again)
			r = config_leave_out(c, ck.left);
		free(ck.left);
		if (r < 0 || !again)
			return r;
	}
}
