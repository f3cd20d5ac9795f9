/* snapshot.c - an immutable moment of the fleet, and names asked for in it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "beside.h"
#include "snapshot.h"

#define OWN	".provd/"

static const struct tree_cred nobody = { .uid = 65534, .gid = 65534 };

struct snapshot *
snapshot_ref(struct snapshot *s)
{
	s->refs++;
	return s;
}

struct installation *
installation_ref(struct installation *in)
{
	in->refs++;
	return in;
}

void
installation_unref(struct installation *in)
{
	if (in == NULL || --in->refs > 0)
		return;
	tree_unref(in->tree);
	overlay_unref(in->overlay);
	tree_log_unref(in->log);
	free(in->rec.plan);
	free(in);
}

void
snapshot_unref(struct snapshot *s)
{
	if (s == NULL || --s->refs > 0)
		return;
	for (size_t i = 0; i < s->n_tree; i++)
		tree_unref(s->tree[i].tree);
	for (size_t i = 0; i < s->n_inst; i++)
		installation_unref(s->inst[i]);
	free(s->tree);
	free(s->inst);
	free(s->token);
	tree_unref(s->programs);
	overlay_unref(s->local);
	pace_unref(s->pace);
	config_unref(s->cfg);
	free(s);
}

static int
id_cmp(const void *key, const void *elem)
{
	uint32_t a = *(const uint32_t *)key;
	uint32_t b = (*(struct installation *const *)elem)->rec.id;

	return (a > b) - (a < b);
}

const struct installation *
snapshot_inst(const struct snapshot *s, uint32_t id)
{
	struct installation **in;

	in = bsearch(&id, s->inst, s->n_inst, sizeof(*s->inst), id_cmp);
	return in != NULL ? *in : NULL;
}

static int
token_cmp(const void *key, const void *elem)
{
	return strcmp(key, (*(struct installation *const *)elem)->rec.token);
}

const struct installation *
snapshot_token(const struct snapshot *s, const char *token, size_t len)
{
	char key[33];
	struct installation **in;

	if (len != 32)
		return NULL;
	memcpy(key, token, len);
	key[32] = '\0';
	in = bsearch(key, s->token, s->n_inst, sizeof(*s->token), token_cmp);
	return in != NULL ? *in : NULL;
}

const struct view *
snapshot_view(const struct snapshot *s, uint32_t id, uint32_t inst)
{
	const struct installation *in;

	if (inst != 0) {
		in = snapshot_inst(s, inst);
		return in != NULL && tree_id(in->tree) == id ? &in->view : NULL;
	}
	for (size_t i = 0; i < s->n_tree; i++)
		if (tree_id(s->tree[i].tree) == id)
			return &s->tree[i].view;
	return NULL;
}

bool
snapshot_may_see(const struct snapshot *s, const struct view *v, uint32_t addr)
{
	struct addr_owner o;

	if (v->inst != 0)
		return true;
	for (size_t i = 0; i < s->n_tree; i++) {
		if (&s->tree[i].view != v)
			continue;
		if (s->tree[i].clients == 0)	/* known */
			return addrmap_get(s->addrs, addr, &o) && o.host[0];
		return s->tree[i].clients == 1;	/* any, none */
	}
	return false;
}

/* So many bytes of a name, without those at its beginning. */
static void
clean_slashes(const char *name, size_t n, char *buf)
{
	for (; n > 0 && (*name == '/' || *name == '\\'); n--)
		name++;
	for (size_t i = 0; i < n; i++)
		buf[i] = (char)(name[i] == '\\' ? '/' : name[i]);
	buf[n] = '\0';
}

/* Firmware hands back file names with garbage behind them and DOS slashes. */
static int
clean_name(const char *name, char *buf, size_t cap)
{
	size_t n = strlen(name);

	while (n > 0 && ((unsigned char)name[n - 1] <= 0x20 ||
	    (unsigned char)name[n - 1] >= 0x7f))
		n--;
	if (n >= cap)
		return -ENAMETOOLONG;
	clean_slashes(name, n, buf);
	return 0;
}

/* The part of path behind prefix (an export, without its leading slash):
 * "" or what follows the slash; NULL if path lies elsewhere. */
static const char *
beneath(const char *path, const char *prefix)
{
	size_t n = strlen(prefix);

	while (n > 0 && prefix[n - 1] == '/')
		n--;
	if (strncmp(path, prefix, n) != 0 || (path[n] != '\0' && path[n] != '/'))
		return NULL;
	path += n;
	while (*path == '/')
		path++;
	return path;
}

/* .provd/TOKEN/... : the installation, and what follows its token. */
static const struct installation *
by_token(const struct snapshot *s, const char *own, const char **ret_rest)
{
	size_t n = strcspn(own, "/");
	const struct installation *in = snapshot_token(s, own, n);

	own += n;
	while (*own == '/')
		own++;
	*ret_rest = own;
	return in;
}

static const struct snap_tree *
by_export(const struct snapshot *s, const char *path, const char **ret_rest)
{
	const struct snap_tree *best = NULL;
	const char *rest;

	for (size_t i = 0; i < s->n_tree; i++) {
		rest = beneath(path, s->tree[i].export + 1);
		if (rest == NULL || (best != NULL &&
		    strlen(best->export) > strlen(s->tree[i].export)))
			continue;
		best = &s->tree[i];
		*ret_rest = rest;
	}
	return best;
}

/* Of what would wait for a disk it is known whose view it is in. */
static int
walk(const struct view *v, const struct tree_cred *cred, const char *path,
    bool follow, unsigned flags, struct node *ret)
{
	int r = view_walk(v, cred, path, follow, flags, ret);

	ret->view = v;
	return r;
}

static int
own_file(const struct snapshot *s, const char *own, unsigned flags,
    struct node *ret, uint32_t *ret_inst)
{
	char path[TREE_PATH_MAX + 1];
	const struct installation *in;
	const char *rest, *root;
	int r;

	if ((rest = beneath(own, "local")) != NULL)
		return walk(&s->programs_view, &nobody, rest, true, flags, ret);
	if ((in = by_token(s, own, &rest)) == NULL)
		return -ENOENT;
	*ret_inst = in->rec.id;
	if ((root = beneath(rest, "root")) != NULL)
		return walk(&in->view, &nobody, root, true, flags, ret);
	if (snprintf(path, sizeof(path), OWN "%s/%s", in->rec.token, rest) >=
	    (int)sizeof(path))
		return -ENAMETOOLONG;
	r = walk(&in->view, &nobody, path, true, flags, ret);
	if (r == -ENOENT)
		r = walk(&s->programs_view, &nobody, rest, true, flags, ret);
	return r;
}

/* Where another server gives the addresses, what it says of the root path is the
 * same for all: there the address tells whose root it is.  (FreeBSD's loader
 * takes this very name by itself when it is told none.) */
#define ADDRESS_ROOT	"pxeroot"

static bool
is_proxied(const struct config *c, uint32_t addr)
{
	const struct cfg_subnet *sub = config_subnet(c, addr);

	return (sub != NULL ? sub->mode : c->top.dhcp.mode) == DHCP_PROXY;
}

/* The installation whose root that is; NULL. */
static const struct installation *
by_address(const struct snapshot *s, uint32_t addr, const char *path, const char **ret_rest)
{
	struct addr_owner o;

	if ((*ret_rest = beneath(path, ADDRESS_ROOT)) == NULL || !is_proxied(s->cfg, addr) ||
	    !addrmap_get(s->addrs, addr, &o))
		return NULL;
	return snapshot_inst(s, o.inst);
}

static int
file_at(const struct snapshot *s, uint32_t addr, const char *path,
    unsigned flags, struct node *ret, uint32_t *ret_inst)
{
	const struct snap_tree *t;
	const struct installation *in;
	struct addr_owner o;
	const char *rest = path;

	*ret_inst = 0;
	if (strncmp(path, OWN, sizeof(OWN) - 1) == 0)
		return own_file(s, path + sizeof(OWN) - 1, flags, ret, ret_inst);
	if (addrmap_get(s->addrs, addr, &o))
		*ret_inst = o.inst;
	if ((t = by_export(s, path, &rest)) == NULL) {
		if ((in = by_address(s, addr, path, &rest)) != NULL)
			return walk(&in->view, &nobody, rest, true, flags, ret);
		rest = path;
		if (s->n_tree == 1)
			t = &s->tree[0];
		else if ((in = snapshot_inst(s, *ret_inst)) != NULL)
			for (size_t i = 0; i < s->n_tree && t == NULL; i++)
				if (s->tree[i].tree == in->tree)
					t = &s->tree[i];
	}
	if (t == NULL)
		return -ENOENT;
	if (!snapshot_may_see(s, &t->view, addr))
		return -EACCES;
	return walk(&t->view, &nobody, rest, true, flags, ret);
}

/* What ends in bytes that are no ASCII may be a name, and not garbage. */
int
snapshot_file(const struct snapshot *s, uint32_t addr, const char *name,
    unsigned flags, struct node *ret, uint32_t *ret_inst)
{
	char path[TREE_PATH_MAX + 1], whole[TREE_PATH_MAX + 1];
	size_t n = strlen(name);
	int r;

	*ret_inst = 0;
	if ((r = clean_name(name, path, sizeof(path))) < 0)
		return r;
	if (n > 0 && (unsigned char)name[n - 1] > 0x7f && n < sizeof(whole)) {
		clean_slashes(name, n, whole);
		r = file_at(s, addr, whole, flags, ret, ret_inst);
		if (r != -ENOENT)
			return r;
	}
	return file_at(s, addr, path, flags, ret, ret_inst);
}

/* The directory in which a Raspberry Pi finds its files, as a name in it. */
static bool
raspberry_pi(const struct snapshot *s, uint32_t addr, char ret[ADDRMAP_NAME])
{
	const struct installation *in;
	const char *dir = "boot/firmware";
	struct addr_owner o;
	size_t len = strlen(dir);
	int n;

	if (!addrmap_get(s->addrs, addr, &o) || (in = snapshot_inst(s, o.inst)) == NULL)
		return false;
	(void)boot_recipe_program(&in->rec.recipe, FA_RPI, &dir, &len);
	n = snprintf(ret, ADDRMAP_NAME, OWN "%s/root/%.*s/.", in->rec.token, (int)len, dir);
	return n > 0 && (size_t)n < ADDRMAP_NAME;
}

/* keep: so much of the last name must stay. */
static int
file_beside(const struct snapshot *s, uint32_t addr, const char *last, size_t keep,
    const char *asked, unsigned flags, struct node *ret, uint32_t *ret_inst)
{
	char name[BESIDE_NAME];
	int r;

	for (unsigned i = 0; beside(last, asked, i, name); i++) {
		if (strncmp(name, last, keep) != 0)
			continue;
		r = snapshot_file(s, addr, name, flags, ret, ret_inst);
		if (r == 0)
			addrmap_got(s->addrs, addr, name);
		if (r == 0 || r == -EAGAIN)
			return r;
	}
	return -ENOENT;
}

int
snapshot_session_file(const struct snapshot *s, uint32_t addr, const char *name,
    unsigned flags, struct node *ret, uint32_t *ret_inst)
{
	char asked[TREE_PATH_MAX + 1], last[ADDRMAP_NAME];
	int r = snapshot_file(s, addr, name, flags, ret, ret_inst), b = -ENOENT;
	uint32_t inst = *ret_inst;

	if (clean_name(name, asked, sizeof(asked)) < 0)
		return r;
	if (r == 0)
		addrmap_got(s->addrs, addr, asked);
	if (r != -ENOENT && r != -ENOTDIR && r != -EACCES)
		return r;
	if (addrmap_last(s->addrs, addr, last))
		b = file_beside(s, addr, last, 0, asked, flags, ret, ret_inst);
	/* An address alone gives nobody the installation's own files. */
	if (b == -ENOENT && raspberry_pi(s, addr, last))
		b = file_beside(s, addr, last, strlen(last) - 1, asked, flags,
		    ret, ret_inst);
	if (b == 0 || b == -EAGAIN)
		return b;
	*ret_inst = inst;
	return r;
}

int
snapshot_mount(const struct snapshot *s, uint32_t addr, const char *name,
    unsigned flags, struct node *ret, uint32_t *ret_inst)
{
	char path[TREE_PATH_MAX + 1], own[64];
	const struct installation *in;
	const struct snap_tree *t;
	const char *rest, *root;
	int r;

	*ret_inst = 0;
	if ((r = clean_name(name, path, sizeof(path))) < 0)
		return r;
	if (strncmp(path, OWN, sizeof(OWN) - 1) == 0) {
		in = by_token(s, path + sizeof(OWN) - 1, &rest);
		if (in == NULL)
			return -ENOENT;
		*ret_inst = in->rec.id;
		if ((root = beneath(rest, "root")) != NULL)
			return walk(&in->view, &tree_cred_root, root, false,
			    flags, ret);
		if (*rest != '\0')
			return -ENOENT;
		snprintf(own, sizeof(own), OWN "%s", in->rec.token);
		return walk(&in->view, &tree_cred_root, own, false, flags, ret);
	}
	if ((t = by_export(s, path, &rest)) == NULL) {
		if ((in = by_address(s, addr, path, &rest)) == NULL)
			return -ENOENT;
		*ret_inst = in->rec.id;
		return walk(&in->view, &tree_cred_root, rest, false, flags, ret);
	}
	if (!snapshot_may_see(s, &t->view, addr))
		return -EACCES;
	return walk(&t->view, &tree_cred_root, rest, false, flags, ret);
}
