/* config.c - provd.yaml: the tables, loading, and finding things in it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_int.h"

#define CFG_GEN_TABLES
#include "../lib/schema_gen.h"
#include "config.def"
#define CFG_GEN_UNDEF
#include "../lib/schema_gen.h"

static int
host_cmp(const void *a, const void *b)
{
	return strcmp((*(const struct cfg_host *const *)a)->head.name,
	    (*(const struct cfg_host *const *)b)->head.name);
}

int
config_index_hosts(struct config *c)
{
	struct cfg_top *top = &c->top;

	free(c->by_name);
	c->by_name = calloc(top->n_host + 1, sizeof(const struct cfg_host *));
	if (c->by_name == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < top->n_host; i++)
		c->by_name[i] = &top->host[i];
	qsort(c->by_name, top->n_host, sizeof(const struct cfg_host *), host_cmp);
	return 0;
}

/* What follows from the rest: default exports, networks' modes, the index of hosts. */
static int
complete(struct config *c)
{
	struct cfg_top *top = &c->top;

	for (size_t i = 0; i < top->n_tree; i++) {
		struct cfg_tree *t = &top->tree[i];
		size_t cap = strlen(t->head.name) + 2;

		if (t->export != NULL)
			continue;
		if ((t->export = malloc(cap)) == NULL)
			return -ENOMEM;
		snprintf(t->export, cap, "/%s", t->head.name);
		t->head.set |= 1ULL << CFG_I_tree_export;	/* so it is printed */
	}
	for (size_t i = 0; i < top->dhcp.n_subnet; i++) {
		struct cfg_subnet *s = &top->dhcp.subnet[i];

		if (!cfg_has(&s->head, CFG_I_subnet_mode))
			s->mode = top->dhcp.mode;
	}
	return config_index_hosts(c);
}

/* Takes the text. */
static int
from_text(const char *name, char *text, size_t len, const struct cfg_kept *kept, size_t n,
    struct config **ret, cfg_error_fn *fn, void *arg)
{
	struct yaml_node *root = NULL;
	struct cfg_error err;
	struct config *c;
	int r;

	if ((c = calloc(1, sizeof(*c))) == NULL) {
		free(text);
		return -ENOMEM;
	}
	c->refs = 1;
	c->text = text;
	c->text_len = len;
	if ((r = yaml_load_mem(name, text, len, &root, &err)) < 0)
		fn(arg, err.text);
	else if ((c->file = strdup(name)) == NULL)
		r = -ENOMEM;
	else if ((r = schema_load(&cfg_top_schema, name, root, &c->top, fn, arg)) == 0 &&
	    (r = config_add_kept(c, kept, n)) == 0 && (r = complete(c)) == 0 &&
	    (r = config_define(c, fn, arg)) == 0)
		r = config_check_all(c, fn, arg);
	yaml_tree_free(root);
	if (r < 0) {
		config_unref(c);
		return r;
	}
	*ret = c;
	return 0;
}

int
config_load_with(const char *file, const struct cfg_kept *kept, size_t n,
    struct config **ret, cfg_error_fn *fn, void *arg)
{
	struct cfg_error err;
	size_t len;
	char *text;
	int r;

	if ((r = yaml_read_file(file, &text, &len, &err)) < 0) {
		fn(arg, err.text);
		return r;
	}
	return from_text(file, text, len, kept, n, ret, fn, arg);
}

int
config_load(const char *file, struct config **ret, cfg_error_fn *fn, void *arg)
{
	return config_load_with(file, NULL, 0, ret, fn, arg);
}

int
config_again(const struct config *old, const struct cfg_kept *kept, size_t n,
    struct config **ret, cfg_error_fn *fn, void *arg)
{
	char *text = malloc(old->text_len + 1);

	if (text == NULL)
		return -ENOMEM;
	memcpy(text, old->text, old->text_len);
	return from_text(old->file, text, old->text_len, kept, n, ret, fn, arg);
}

int
config_load_mem(const char *name, const char *text, struct config **ret,
    cfg_error_fn *fn, void *arg)
{
	char *copy = strdup(text);

	if (copy == NULL)
		return -ENOMEM;
	return from_text(name, copy, strlen(copy), NULL, 0, ret, fn, arg);
}

struct config *
config_ref(struct config *c)
{
	c->refs++;
	return c;
}

void
config_unref(struct config *c)
{
	if (c == NULL || --c->refs > 0)
		return;
	schema_free(&cfg_top_schema, &c->top);
	free(c->by_name);
	free(c->kept);
	config_disinherit(c);
	buf_free(&c->left_out);
	dhcp_opt_own_free(&c->own);
	free(c->text);
	free(c->file);
	free(c);
}

/* Finding ----------------------------------------------------------------- */

static int
host_key_cmp(const void *key, const void *elem)
{
	return strcmp(key, (*(const struct cfg_host *const *)elem)->head.name);
}

const struct cfg_host *
config_host(const struct config *c, const char *name)
{
	const struct cfg_host **h = bsearch(name, c->by_name, c->top.n_host,
	    sizeof(const struct cfg_host *), host_key_cmp);

	return h != NULL ? *h : NULL;
}

size_t
config_tree_sources(const struct cfg_tree *t,
    struct tree_source ret[TREE_SOURCES_MAX])
{
	size_t n = 0;

	ret[n++].path = t->path != NULL ? t->path : t->iso;
	for (size_t i = 0; i < t->n_with; i++)
		ret[n++].path = t->with[i];
	return n;
}

/* As many as config.def allows to be written. */
#define TREES_MAX	256u

int
config_add_tree(struct config *c, const char *name, const char *path)
{
	struct cfg_top *top = &c->top;
	struct cfg_tree *p, t = { .path = strdup(path), .export = malloc(strlen(name) + 2),
	    .head = { .name = strdup(name), .set = 1ULL << CFG_I_tree_path | 1ULL << CFG_I_tree_export } };
	int r = 0;

	for (size_t i = 0; i < top->n_tree && r == 0; i++)
		if (strcmp(top->tree[i].head.name, name) == 0 ||
		    strcmp(top->tree[i].export + 1, name) == 0)
			r = -EEXIST;
	if (r == 0 && top->n_tree == TREES_MAX)
		r = -E2BIG;
	if (t.path == NULL || t.export == NULL || t.head.name == NULL)
		r = -ENOMEM;
	if (r == 0 && (p = realloc(top->tree, (top->n_tree + 1) * sizeof(*p))) == NULL)
		r = -ENOMEM;
	if (r < 0) {
		free(t.path);
		free(t.export);
		free(t.head.name);
		return r;
	}
	snprintf(t.export, strlen(name) + 2, "/%s", name);
	top->tree = p;
	top->tree[top->n_tree++] = t;
	return 0;
}

const struct cfg_tree *
config_tree(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->top.n_tree; i++)
		if (strcmp(c->top.tree[i].head.name, name) == 0)
			return &c->top.tree[i];
	return NULL;
}

const struct cfg_subnet *
config_subnet(const struct config *c, uint32_t addr)
{
	const struct cfg_dhcp *d = &c->top.dhcp;

	for (size_t i = 0; i < d->n_subnet; i++)
		if (net4_has(d->subnet[i].net, addr))
			return &d->subnet[i];
	return NULL;
}

/* Restart ----------------------------------------------------------------- */

static bool
same_interfaces(const struct cfg_top *a, const struct cfg_top *b)
{
	if (a->n_interface != b->n_interface)
		return false;
	for (size_t i = 0; i < a->n_interface; i++)
		if (strcmp(a->interface[i], b->interface[i]) != 0)
			return false;
	return true;
}

static bool
same_addresses(const uint32_t *a, size_t n_a, const uint32_t *b, size_t n_b)
{
	return n_a == n_b && (n_a == 0 || memcmp(a, b, n_a * sizeof(*a)) == 0);
}

/* All that is opened, bound or given up once, at start. */
static bool
same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

const char *
config_needs_restart(const struct config *old, const struct config *new_)
{
	const struct cfg_top *a = &old->top, *b = &new_->top;
	const struct { const char *key; bool same; } opt[] = {
		{ "interface", same_interfaces(a, b) },
		{ "state", strcmp(a->state, b->state) == 0 },
		{ "socket", strcmp(a->socket, b->socket) == 0 },
		{ "user", strcmp(a->user, b->user) == 0 },
		{ "read-all-files", a->read_all == b->read_all },
		{ "threads", a->threads == b->threads },
		{ "boot-programs", same_text(a->boot_programs, b->boot_programs) },
		{ "dhcp.mode", (a->dhcp.mode == DHCP_OFF) == (b->dhcp.mode == DHCP_OFF) },
		{ "dhcp.port", a->dhcp.port == b->dhcp.port },
		{ "tftp.enabled", a->tftp.enabled == b->tftp.enabled },
		{ "tftp.port", a->tftp.port == b->tftp.port },
		{ "tftp.single-port", a->tftp.single_port == b->tftp.single_port },
		{ "http.enabled", a->http.enabled == b->http.enabled },
		{ "http.port", a->http.port == b->http.port },
		{ "http.addresses", same_addresses(a->http.address, a->http.n_address,
		    b->http.address, b->http.n_address) },
		{ "http.tls", !a->http.enabled || ((a->http.tls.certificate == NULL) ==
		    (b->http.tls.certificate == NULL) && a->http.tls.port == b->http.tls.port) },
		{ "api.addresses", same_addresses(a->api.address, a->api.n_address,
		    b->api.address, b->api.n_address) },
		{ "api.port", a->api.n_address == 0 || a->api.port == b->api.port },
		{ "nfs.enabled", a->nfs.enabled == b->nfs.enabled },
		{ "nfs.port", a->nfs.port == b->nfs.port },
		{ "nfs.portmap", a->nfs.portmap == b->nfs.portmap },
	};

	for (size_t i = 0; i < sizeof(opt) / sizeof(opt[0]); i++)
		if (!opt[i].same)
			return opt[i].key;
	return NULL;
}
