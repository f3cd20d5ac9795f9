/* plan_zfs.c - ZFS pools and their datasets. */
#include "plan_freebsd.h"

#include <stdio.h>
#include <string.h>

static const struct { const char *name; unsigned least; } types[] = {
	{ "stripe", 1 }, { "mirror", 2 }, { "raidz", 2 }, { "raidz2", 3 }, { "raidz3", 4 },
};

/* As bsdinstall(8) makes them. */
static const struct { const char *name, *options; } usual[] = {
	{ "home", "-o mountpoint=/home" },
	{ "tmp", "-o mountpoint=/tmp -o exec=on -o setuid=off" },
	{ "usr", "-o mountpoint=/usr -o canmount=off" },
	{ "usr/ports", "-o setuid=off" },
	{ "usr/src", "" },
	{ "var", "-o mountpoint=/var -o canmount=off" },
	{ "var/audit", "-o exec=off -o setuid=off" },
	{ "var/crash", "-o exec=off -o setuid=off" },
	{ "var/log", "-o exec=off -o setuid=off" },
	{ "var/mail", "-o atime=on" },
	{ "var/tmp", "-o setuid=off" },
};

/* What is asked for ------------------------------------------------------------- */

static bool
has_parts(const struct pb *b, const struct cfg_pr_pool *c)
{
	for (unsigned d = 0; d < b->plan->n_disk; d++)
		for (size_t i = 0; i < b->plan->disk[d].n_part; i++)
			if (fb_in_pool(b, &b->plan->disk[d].part[i], c))
				return true;
	return false;
}

const struct cfg_pr_pool *
fb_root_pool(const struct pb *b)
{
	for (size_t i = 0; i < b->p->n_pool; i++)
		if (b->p->pool[i].root != NULL && *b->p->pool[i].root != '\0' && has_parts(b, &b->p->pool[i]))
			return &b->p->pool[i];
	return NULL;
}

/* What is preserved is in no pool that is made. */
bool
fb_in_pool(const struct pb *b, const struct plan_part *p, const struct cfg_pr_pool *c)
{
	if (p->gpt == NULL || p->fs != PART_ZFS || p->keep)
		return false;
	if (p->gpt->pool == NULL)
		return b->p->n_pool == 1;
	return strcmp(p->gpt->pool, c->name) == 0;
}

static const char *
type_of(struct pb *b, const struct cfg_pr_pool *c, const char *where, unsigned *least)
{
	const char *s = pb_expand(b, c->head.mark, where, c->type);

	*least = 1;
	if (*s == '\0')
		return "stripe";
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(s, types[i].name) == 0) {
			*least = types[i].least;
			return s;
		}
	pb_error(b, c->head.mark, where, "type: \"%s\" is none of stripe, mirror, raidz, raidz2 and raidz3", s);
	return "stripe";
}

static bool
is_property(const char *s)
{
	return *s >= 'a' && *s <= 'z' && s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_.:@-")] == '\0';
}

static bool
is_dataset(const char *s)
{
	return check_relative(s) && strchr(s, '@') == NULL && *s != '-';
}

static bool
mount_or_none(const char *s)
{
	return strcmp(s, "none") == 0 || strcmp(s, "legacy") == 0 || check_path(s);
}

static void
check_datasets(struct pb *b, const struct cfg_pr_pool *c, const char *where)
{
	for (size_t i = 0; i < c->n_dataset; i++) {
		const struct cfg_pr_dataset *d = &c->dataset[i];
		const char *w = pb_str(b, "%s.datasets[%zu]", where, i), *slash;
		const char *name = pb_value(b, d->head.mark, w, d->name, is_dataset, "a dataset's name, as usr/home");
		bool parent;

		(void)pb_value(b, d->head.mark, w, d->mount, mount_or_none, "an absolute path, none or legacy");
		if ((slash = strrchr(name, '/')) == NULL)
			continue;
		parent = false;
		for (size_t k = 0; k < i; k++) {
			const char *o = pb_expand(b, d->head.mark, w, c->dataset[k].name);

			parent |= strlen(o) == (size_t)(slash - name) && strncmp(o, name, strlen(o)) == 0;
		}
		if (!parent)
			pb_error(b, d->head.mark, w, "write the dataset %.*s before %s, which is in it", (int)(slash - name), name, name);
	}
}

static void
check_pool(struct pb *b, const struct cfg_pr_pool *c, const char *where)
{
	unsigned least, n = 0;
	const char *type = type_of(b, c, where, &least);
	const char *root = pb_value(b, c->head.mark, where, c->root, is_dataset, "a dataset's name, as ROOT/default");

	for (unsigned d = 0; d < b->plan->n_disk; d++)
		for (size_t i = 0; i < b->plan->disk[d].n_part; i++)
			n += fb_in_pool(b, &b->plan->disk[d].part[i], c);
	if (n == 0)
		pb_error(b, c->head.mark, where, "no partition with fs: zfs belongs to the pool %s", c->name);
	else if (n < least)
		pb_error(b, c->head.mark, where, "a %s needs %u devices at least, and %s has %u%s", type, least, c->name, n,
		    n == 1 ? ": see the disks' count" : "");
	if (strcmp(c->name, "mirror") == 0 || strcmp(c->name, "log") == 0 || strcmp(c->name, "spare") == 0 || strncmp(c->name, "raidz", 5) == 0)
		pb_error(b, c->head.mark, where, "zpool(8) has another use for the word %s", c->name);
	if (*root != '\0' && c != fb_root_pool(b))
		pb_error(b, c->head.mark, where, "only one pool can hold the root: write root: \"\" for the others");
	for (size_t i = 0; i < c->n_options; i++)
		if (!is_property(c->options[i].key))
			pb_error(b, c->head.mark, where, "options: \"%s\" is not a property", c->options[i].key);
	for (size_t i = 0; i < c->n_pool_options; i++)
		if (!is_property(c->pool_options[i].key))
			pb_error(b, c->head.mark, where, "pool-options: \"%s\" is not a property", c->pool_options[i].key);
	check_datasets(b, c, where);
}

void
fb_zfs_check(struct pb *b)
{
	const struct plan_part *p;
	unsigned disk;

	for (unsigned d = 0; d < b->plan->n_disk; d++)
		for (size_t i = 0; i < b->plan->disk[d].n_part; i++) {
			bool in = false;

			p = &b->plan->disk[d].part[i];
			for (size_t k = 0; k < b->p->n_pool; k++)
				in |= fb_in_pool(b, p, &b->p->pool[k]);
			if (p->gpt != NULL && p->fs == PART_ZFS && !p->keep && !in)
				pb_error(b, p->mark, p->where, b->p->n_pool == 0 ? "zfs belongs to a pool: write pools" :
				    "zfs belongs to a pool: there is no pool %s", p->gpt->pool ? p->gpt->pool : "for it; say which");
		}
	for (size_t i = 0; i < b->p->n_pool; i++) {
		for (size_t k = 0; k < i; k++)
			if (strcmp(b->p->pool[i].name, b->p->pool[k].name) == 0)
				pb_error(b, b->p->pool[i].head.mark, pb_str(b, "pools[%zu]", i), "the pool %s is there twice", b->p->pool[i].name);
		check_pool(b, &b->p->pool[i], pb_str(b, "pools[%zu]", i));
	}
	if (b->p->n_pool > 0 && fb_version(b) > 0 && fb_version(b) < 900)
		pb_error(b, b->p->pool[0].head.mark, "pools", "pools are for FreeBSD 9 and later");
	if (fb_root_pool(b) != NULL && pb_root(b, &disk) != NULL)
		pb_error(b, fb_root_pool(b)->head.mark, "pools", "a partition is mounted at / already: write root: \"\" for the pool");
}

/* Making them --------------------------------------------------------------------- */

static void
properties(struct pb *b, const char *flag, const struct cfg_var *v, size_t n, struct cfg_mark at)
{
	for (size_t i = 0; i < n; i++) {
		const char *value = pb_value(b, at, "pools", v[i].value, check_line, "one line");

		if (!is_property(v[i].key))
			pb_error(b, at, "pools", "\"%s\" is not a property", v[i].key);
		pb_more(b, pb_str(b, "%s $", flag), pb_str(b, "%s=%s", v[i].key, value));
	}
}

static bool
has_key(const struct cfg_var *v, size_t n, const char *key)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(v[i].key, key) == 0)
			return true;
	return false;
}

static void
create(struct pb *b, const struct cfg_pr_pool *c, bool root)
{
	unsigned least;
	const char *type = type_of(b, c, "pools", &least);
	bool lz4 = fb_version(b) == 0 || fb_version(b) >= 902;

	pb_call(b, "", "pool_name_free $", c->name);
	pb_run(b, "zpool create -f -o altroot=" MNT);
	properties(b, "-o", c->pool_options, c->n_pool_options, c->head.mark);
	if (c->n_options == 0)
		pb_more(b, lz4 ? "-O compression=lz4 -O atime=off" : "-O compression=on -O atime=off");
	properties(b, "-O", c->options, c->n_options, c->head.mark);
	if (root)
		pb_more(b, "-m none");
	pb_more(b, "$", c->name);
	if (strcmp(type, "stripe") != 0)
		pb_more(b, "$", type);
	for (unsigned d = 0; d < b->plan->n_disk; d++)
		for (size_t i = 0; i < b->plan->disk[d].n_part; i++)
			if (fb_in_pool(b, &b->plan->disk[d].part[i], c))
				pb_more(b, "@", d + 1, fb_dev(b, &b->plan->disk[d].part[i]));
}

/* The root's dataset, and those above it, which hold nothing. */
static void
root_datasets(struct pb *b, const struct cfg_pr_pool *c, const char *root)
{
	for (const char *s = strchr(root, '/'); s != NULL; s = strchr(s + 1, '/'))
		pb_run(b, "zfs create -o mountpoint=none $", pb_str(b, "%s/%.*s", c->name, (int)(s - root), root));
	pb_run(b, "zfs create -o mountpoint=/ $", pb_str(b, "%s/%s", c->name, root));
}

static void
datasets(struct pb *b, const struct cfg_pr_pool *c, bool root)
{
	for (size_t i = 0; root && c->n_dataset == 0 && i < sizeof(usual) / sizeof(usual[0]); i++)
		pb_run(b, pb_str(b, "zfs create%s%s $", *usual[i].options ? " " : "", usual[i].options),
		    pb_str(b, "%s/%s", c->name, usual[i].name));
	for (size_t i = 0; i < c->n_dataset; i++) {
		const struct cfg_pr_dataset *d = &c->dataset[i];
		const char *mount = pb_expand(b, d->head.mark, "pools", d->mount);

		pb_run(b, "zfs create");
		if (*mount != '\0')
			pb_more(b, "-o $", pb_str(b, "mountpoint=%s", mount));
		properties(b, "-o", d->options, d->n_options, d->head.mark);
		pb_more(b, "$", pb_str(b, "%s/%s", c->name, pb_expand(b, d->head.mark, "pools", d->name)));
	}
}

/* The root first: the others are mounted in it. */
static void
pool(struct pb *b, const struct cfg_pr_pool *c)
{
	const char *root = c == fb_root_pool(b) ? pb_expand(b, c->head.mark, "pools", c->root) : "";

	create(b, c, *root != '\0');
	if (*root != '\0')
		root_datasets(b, c, root);
	datasets(b, c, *root != '\0');
	if (*root == '\0')
		return;
	if (!has_key(c->options, c->n_options, "mountpoint"))
		pb_run(b, "zfs set $ $", pb_str(b, "mountpoint=/%s", c->name), c->name);
	pb_run(b, "zpool set $ $", pb_str(b, "bootfs=%s/%s", c->name, root), c->name);
	/* another boot environment must not find this one mounted over it */
	pb_run(b, "zfs set canmount=noauto $", pb_str(b, "%s/%s", c->name, root));
}

void
fb_zfs_create(struct pb *b)
{
	const struct cfg_pr_pool *root = fb_root_pool(b);

	if (b->p->n_pool == 0)
		return;
	pb_step(b, "pools", "Make the ZFS pool%s and the datasets", b->p->n_pool > 1 ? "s" : "");
	pb_call(b, "kldload zfs; blocks of 4K at least (min_auto_ashift=12)", "zfs_ready");
	if (root != NULL)
		pool(b, root);
	for (size_t i = 0; i < b->p->n_pool; i++)
		if (&b->p->pool[i] != root)
			pool(b, &b->p->pool[i]);
}

void
fb_zfs_conf(struct pb *b)
{
	const struct cfg_pr_pool *root = fb_root_pool(b);

	if (b->p->n_pool == 0)
		return;
	fb_rc_conf(b, "zfs_enable", "YES");
	fb_loader_conf(b, "zfs_load", "YES");
	/* one name for each partition */
	fb_loader_conf(b, "kern.geom.label.disk_ident.enable", "0");
	fb_loader_conf(b, "kern.geom.label.gptid.enable", "0");
	if (root != NULL && fb_major(b) > 0 && fb_major(b) < 10)
		fb_loader_conf(b, "vfs.root.mountfrom", pb_str(b, "zfs:%s/%s", root->name,
		    pb_expand(b, root->head.mark, "pools", root->root)));
}

/* A copy of the cache is kept: exporting the pools empties the one in use. */
void
fb_zfs_cache(struct pb *b)
{
	if (b->p->n_pool == 0)
		return;
	pb_call(b, "zpool set cachefile, and a copy of it to " MNT "/boot/zfs/zpool.cache", "pool_cache");
	for (size_t i = 0; i < b->p->n_pool; i++)
		pb_more(b, "$", b->p->pool[i].name);
}

void
fb_zfs_export(struct pb *b, bool with_root)
{
	const struct cfg_pr_pool *root = fb_root_pool(b);

	for (size_t i = 0; i < b->p->n_pool; i++)
		if (&b->p->pool[i] != root)
			pb_run(b, "zpool export $", b->p->pool[i].name);
	if (with_root && root != NULL)
		pb_run(b, "zpool export $", root->name);
}
