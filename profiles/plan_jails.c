/* plan_jails.c - jails of an installed FreeBSD: volumes, userland, and how they
 * are started.
 *
 * Until 9.x rc.conf says all of a jail (jail_NAME_*), later jail.conf does.  A
 * volume is a file with a UFS filesystem: mdvolumes.sh attaches and checks it
 * at the start, the jail's own fstab mounts it while the jail runs.
 */
#include "plan_jails.h"

#include <stdio.h>
#include <string.h>

#include "embed.h"

#define UNIT	10u		/* md(4): others take the lowest that is free */
#define MIB	((uint64_t)1 << 20)

static bool
by_rc_conf(struct pb *b)
{
	return fb_major(b) > 0 && fb_major(b) < 10;
}

/* Reading ------------------------------------------------------------------------- */

static bool
is_ip(const char *s)
{
	uint32_t addr;

	return ip4_parse(s, &addr) == 0;
}

static bool
is_dataset(const char *s)
{
	return check_relative(s) && strchr(s, '/') != NULL;
}

/* web-1.example -> web_1_example, as variables of rc.conf are written */
static const char *
id_of(struct pb *b, const char *name)
{
	char id[64];
	size_t n;

	for (n = 0; name[n] != '\0' && n + 1 < sizeof(id); n++)
		id[n] = (name[n] >= '0' && name[n] <= '9') || ((name[n] | 32) >= 'a' && (name[n] | 32) <= 'z') ?
		    name[n] : '_';
	id[n] = '\0';
	return pb_str(b, "%s", id);
}

static const char *
addresses(struct pb *b, const struct jail *j)
{
	const char *all = "", *s;
	size_t n = 0;

	for (size_t i = 0; i < j->c->n_address; i++) {
		s = pb_value(b, j->c->head.mark, j->where, j->c->address[i], is_ip, "an IPv4 address");
		if (*s == '\0')
			continue;
		n++;
		all = pb_str(b, "%s%s%s", all, *all ? "," : "", s);
	}
	if (n > 1 && fb_version(b) > 0 && fb_version(b) < 702)
		pb_error(b, j->c->head.mark, j->where, "a jail of this FreeBSD has one address; several came with 7.2");
	if (n == 0 && by_rc_conf(b) && !b->in->imagined)
		pb_error(b, j->c->head.mark, j->where, "a jail of this FreeBSD needs an address");
	return all;
}

static void
volume(struct pb *b, struct jail *j)
{
	const struct cfg_pr_volume *v = &j->c->volume;
	const char *where = pb_str(b, "%s.volume", j->where);
	struct cfg_mark at = v->head.mark;
	size_t len;

	j->size = pb_expand(b, at, where, v->size);
	j->dataset = pb_value(b, at, where, v->dataset, is_dataset, "a dataset below a pool, as zroot/jails/web");
	j->file = pb_value(b, at, where, v->file, check_path, "an absolute path of plain characters");
	j->fstab = "";
	if (*j->size != '\0' && (size_parse(j->size, 0, &j->bytes) < 0 || j->bytes < 16 * MIB || j->bytes % MIB != 0)) {
		pb_error(b, at, where, "\"%s\" is not a size of whole MiB, 16M at least", j->size);
		j->bytes = 16 * MIB;
	}
	if (*j->dataset != '\0') {
		if (*j->file != '\0')
			pb_error(b, at, where, "a volume is a file or a dataset, not both");
		j->file = "";
		return;
	}
	if (*j->size == '\0') {
		if (*j->file != '\0')
			pb_error(b, at, where, "a file needs a size");
		j->file = "";
		return;
	}
	if (*j->file == '\0')
		j->file = pb_str(b, "/usr/jails/%s/rootfs.volume", j->c->name);
	/* beside it */
	len = strlen(j->file);
	if (len > 14 && strcmp(j->file + len - 14, "/rootfs.volume") == 0)
		j->fstab = pb_str(b, "%.*s/fstab", (int)(len - 14), j->file);
	else
		j->fstab = pb_str(b, "%s.fstab", j->file);
}

void
jail_read(struct pb *b, size_t no, struct jail *j)
{
	const struct cfg_pr_jail *c = &b->p->jail[no];
	const char *where = pb_str(b, "jails[%zu]", no);

	*j = (struct jail){ .c = c, .where = where, .unit = UNIT + (unsigned)no };
	j->id = id_of(b, c->name);
	if (strspn(c->name, "0123456789") == strlen(c->name))
		pb_error(b, c->head.mark, where, "a jail's name is not a number");
	j->hostname = pb_value(b, c->head.mark, where, c->hostname, check_hostname, "a host name");
	if (*j->hostname == '\0')
		j->hostname = c->name;
	j->path = pb_value(b, c->head.mark, where, c->path, check_path, "an absolute path of plain characters");
	if (*j->path == '\0')
		j->path = pb_str(b, "/var/jails/%s", c->name);
	j->addresses = addresses(b, j);
	volume(b, j);
}

/* Checks ---------------------------------------------------------------------------- */

static void
same(struct pb *b, const struct jail *a, const struct jail *j, const char *what, const char *x, const char *y)
{
	if (*x != '\0' && strcmp(x, y) == 0)
		pb_error(b, j->c->head.mark, j->where, "its %s is that of %s already", what, a->where);
}

/* Nothing of one jail may be another's, or lie in another. */
static void
twins(struct pb *b, const struct jail *a, const struct jail *j)
{
	char one[IP4_STRLEN];
	const char *p;
	size_t len = strlen(a->path), n;

	same(b, a, j, "name", a->id, j->id);
	same(b, a, j, "path", a->path, j->path);
	same(b, a, j, "volume", a->file, j->file);
	same(b, a, j, "volume", a->dataset, j->dataset);
	if (strncmp(a->path, j->path, len) == 0 && j->path[len] == '/')
		pb_error(b, j->c->head.mark, j->where, "its path is inside that of %s", a->where);
	for (p = j->addresses; *p != '\0'; p += n + (p[n] == ',')) {
		n = strcspn(p, ",");
		(void)snprintf(one, sizeof(one), "%.*s", (int)n, p);
		if (strstr(pb_str(b, ",%s,", a->addresses), pb_str(b, ",%s,", one)) != NULL)
			pb_error(b, j->c->head.mark, j->where, "%s is an address of %s already", one, a->where);
	}
}

/* The partition that a path of the new system is on. */
static const struct plan_part *
part_of(const struct pb *b, const char *path, const struct plan_disk **ret_disk)
{
	const struct plan_part *best = NULL;
	size_t len, longest = 0;

	for (unsigned d = 0; d < b->plan->n_disk; d++)
		for (size_t i = 0; i < b->plan->disk[d].n_part; i++) {
			const struct plan_part *p = &b->plan->disk[d].part[i];

			if (p->mount == NULL || *p->mount != '/')
				continue;
			len = strlen(p->mount);
			if (len > 1 && (strncmp(path, p->mount, len) != 0 || path[len] != '/'))
				continue;
			if (len >= longest) {
				longest = len;
				best = p;
				*ret_disk = &b->plan->disk[d];
			}
		}
	return best;
}

/* 0: nobody knows. */
static uint64_t
room(const struct plan_disk *d, const struct plan_part *p)
{
	uint64_t rest = d->found_bytes;

	if (!p->star || rest == 0)
		return p->star ? 0 : p->bytes;
	for (size_t i = 0; i < d->n_part; i++)
		if (!d->part[i].star)
			rest -= d->part[i].bytes < rest ? d->part[i].bytes : rest;
	return rest;
}

/* Files that take their space at once must find it; sparse ones are a promise. */
static void
fits(struct pb *b, const struct jail *j, size_t n)
{
	const struct plan_part *p, *first;
	const struct plan_disk *d = NULL;
	char need[SIZE_STRLEN], have[SIZE_STRLEN];
	uint64_t sum, space;

	for (size_t i = 0; i < n; i++) {
		if (*j[i].file == '\0' || j[i].c->volume.sparse ||
		    (first = part_of(b, j[i].file, &d)) == NULL)
			continue;
		sum = 0;
		for (size_t k = 0; k < n; k++) {
			if (*j[k].file == '\0' || j[k].c->volume.sparse ||
			    (p = part_of(b, j[k].file, &d)) != first)
				continue;
			if (k < i)
				break;		/* said with that one */
			sum += j[k].bytes;
		}
		(void)part_of(b, j[i].file, &d);
		space = room(d, first);
		if (space > 0 && sum >= space)
			pb_error(b, j[i].c->volume.head.mark, pb_str(b, "%s.volume", j[i].where),
			    "the volumes on %s need %s, but it has %s", first->mount,
			    size_str(sum, need), size_str(space, have));
	}
}

static const struct plan_set *
set_of(const struct pb *b, const char *name)
{
	const char *slash = strrchr(name, '/');

	for (size_t i = 0; i < b->plan->n_set; i++)
		if (strcmp(b->plan->set[i].name, slash ? slash + 1 : name) == 0)
			return &b->plan->set[i];
	return NULL;
}

static const char *
set_name(struct pb *b, const struct jail *j, size_t i)
{
	return j->c->n_set == 0 ? "base" : pb_value(b, j->c->head.mark, j->where, j->c->set[i],
	    check_relative, "a distribution's name");
}

static void
check_sets(struct pb *b, const struct jail *j)
{
	const char *name;

	if (b->plan->n_set == 0)
		return;		/* those of the release, not known yet */
	for (size_t i = 0; i < j->c->n_set + (j->c->n_set == 0); i++) {
		name = set_name(b, j, i);
		if (*name != '\0' && set_of(b, name) == NULL)
			pb_error(b, j->c->head.mark, j->where, "the distribution %s is not among those of the host", name);
	}
}

/* How they are started ---------------------------------------------------------------- */

static const char *
own_iface(struct pb *b, const struct jail *j)
{
	return pb_value(b, j->c->head.mark, j->where, j->c->iface, check_iface, "an interface's name");
}

static struct fb_iface
iface_of(struct pb *b, const struct jail *j)
{
	struct fb_iface i = fb_first_iface(b);
	const char *own = own_iface(b, j);

	if (*own != '\0')
		i.name = own;
	return i;
}

static void
rc_conf(struct pb *b, const struct jail *j)
{
#define NAME(s)	pb_str(b, "jail_%s_" s, j->id)
	fb_rc_conf(b, NAME("rootdir"), j->path);
	fb_rc_conf(b, NAME("hostname"), j->hostname);
	fb_rc_conf(b, NAME("ip"), j->addresses);
	fb_rc_iface(b, iface_of(b, j), NAME("interface"), "%");
	fb_rc_conf(b, NAME("devfs_enable"), "YES");
	if (*j->fstab != '\0') {
		fb_rc_conf(b, NAME("mount_enable"), "YES");
		fb_rc_conf(b, NAME("fstab"), j->fstab);
	}
#undef NAME
}

static const char *
list(struct pb *b)
{
	const char *all = "";

	for (size_t i = 0; i < b->p->n_jail; i++)
		if (b->p->jail[i].start)
			all = pb_str(b, "%s%s%s", all, *all ? " " : "", id_of(b, b->p->jail[i].name));
	return all;
}

void
fb_jails_conf(struct pb *b)
{
	struct jail j[32];
	size_t n = b->p->n_jail;
	bool volumes = false;
	const char *note;

	if (n == 0)
		return;
	if (fb_version(b) > 0 && fb_version(b) < 501)
		pb_error(b, b->p->head.mark, "jails", "this FreeBSD does not start jails by itself: that came with 5.1");
	for (size_t i = 0; i < n; i++) {
		jail_read(b, i, &j[i]);
		check_sets(b, &j[i]);
		(void)own_iface(b, &j[i]);
		pb_freebsd_hash(b, j[i].c->head.mark, j[i].where, pb_secret(b, j[i].c->head.mark, j[i].where,
		    j[i].c->password, check_hash, "a hash as crypt(3) makes it; a password itself is never taken"));
		(void)jail_trim(b, &j[i], &note);
		for (size_t k = 0; k < i; k++)
			twins(b, &j[k], &j[i]);
		volumes |= *j[i].file != '\0';
	}
	fits(b, j, n);
	if (volumes)
		fb_rc_conf(b, "mdvolumes_enable", "YES");
	fb_rc_conf(b, "jail_enable", *list(b) != '\0' ? "YES" : "NO");
	fb_rc_conf(b, "jail_list", list(b));
	for (size_t i = 0; i < n && by_rc_conf(b); i++)
		rc_conf(b, &j[i]);
}

static void
conf_entry(struct pb *b, const struct jail *j, struct buf *t)
{
	const char *own = own_iface(b, j);

	buf_printf(t, "\n%s {\n\thost.hostname = \"%s\";\n\tpath = \"%s\";\n", j->id, j->hostname, j->path);
	if (*j->addresses != '\0') {
		buf_printf(t, "\tinterface = \"%s\";\n\tip4.addr = ", *own ? own : "$host_interface");
		for (const char *s = j->addresses; *s != '\0'; s++)
			buf_puts(t, *s == ',' ? ", " : (char[]){ *s, '\0' });
		buf_puts(t, ";\n");
	}
	if (*j->fstab != '\0')
		buf_printf(t, "\tmount.fstab = \"%s\";\n", j->fstab);
	buf_puts(t, "}\n");
}

static void
jail_conf(struct pb *b)
{
	struct fb_iface i = fb_first_iface(b);
	struct buf t = { 0 };
	struct jail j;

	/* persist: one in which nothing runs must still be there to be stopped,
	 * or its mounts stay, and it can't start again */
	buf_puts(&t, "\nexec.start = \"/bin/sh /etc/rc\";\nexec.stop = \"/bin/sh /etc/rc.shutdown jail\";\n"
	    "exec.clean;\npersist;\nexec.consolelog = \"/var/log/jail_${name}_console.log\";\nmount.devfs;\n");
	for (size_t k = 0; k < b->p->n_jail; k++) {
		jail_read(b, k, &j);
		conf_entry(b, &j, &t);
	}
	if (*i.name != '\0')
		pb_file(b, MNT "/etc/jail.conf", 0644, pb_str(b, "$host_interface = \"%s\";\n%s", i.name, t.p));
	else
		pb_call(b, pb_str(b, "write " MNT "/etc/jail.conf, for jails on the interface with %s", i.mac),
		    "jail_conf $ $", i.mac, t.p);
	buf_free(&t);
}

/* The script's own words for a release before FILESYSTEMS was one. */
static const char *
mdvolumes(struct pb *b)
{
	const char *all = embed_mdvolumes_sh, *word = "FILESYSTEMS", *at = strstr(all, word);

	if (at == NULL || fb_major(b) == 0 || fb_major(b) >= 8)
		return pb_str(b, "#!/bin/sh\n%s", all);
	return pb_str(b, "#!/bin/sh\n%.*smountcritremote%s", (int)(at - all), all, at + strlen(word));
}

static void
start(struct pb *b)
{
	struct buf t = { 0 };
	struct jail j;

	pb_step(b, "jails", "Jails: how they are started");
	if (!by_rc_conf(b))
		jail_conf(b);
	for (size_t i = 0; i < b->p->n_jail; i++) {
		jail_read(b, i, &j);
		if (*j.file != '\0')
			buf_printf(&t, "%u %s\n", j.unit, j.file);
	}
	if (t.len > 0) {
		pb_file(b, MNT "/etc/mdvolumes", 0644, pb_keep(b, &t));
		/* until 7.0 those of /usr/local were not put in order with the others */
		pb_file(b, fb_major(b) > 0 && fb_major(b) < 7 ? MNT "/etc/rc.d/mdvolumes" :
		    MNT "/usr/local/etc/rc.d/mdvolumes", 0555, mdvolumes(b));
	}
	buf_free(&t);
}

/* What is in them --------------------------------------------------------------------- */

static const char *
dir_of(struct pb *b, const char *path)
{
	return pb_str(b, "%.*s", (int)(strrchr(path, '/') - path), path);
}

static void
make_volume(struct pb *b, const struct jail *j, const char *root)
{
	const struct cfg_pr_volume *v = &j->c->volume;
	const char *dev = pb_str(b, "/dev/md%u", j->unit), *file = pb_str(b, MNT "%s", j->file);

	if (*j->dataset != '\0') {
		if (*j->size != '\0')
			pb_run(b, "zfs create -p -o $ -o $ $", pb_str(b, "mountpoint=%s", j->path),
			    pb_str(b, "quota=%s", j->size), j->dataset);
		else
			pb_run(b, "zfs create -p -o $ $", pb_str(b, "mountpoint=%s", j->path), j->dataset);
		return;
	}
	pb_run(b, "mkdir -p $", root);
	if (*j->file == '\0')
		return;
	pb_run(b, "mkdir -p $", dir_of(b, file));
	if (v->sparse)
		pb_run(b, "truncate -s $ $", pb_str(b, "%lluM", (unsigned long long)(j->bytes / MIB)), file);
	else
		pb_run(b, "dd if=/dev/zero $ bs=1m $", pb_str(b, "of=%s", file),
		    pb_str(b, "count=%llu", (unsigned long long)(j->bytes / MIB)));
	pb_run(b, "chmod 600 $", file);	/* it holds a master.passwd */
	pb_run(b, "mdconfig -a -t vnode -f $ -u $", file, pb_str(b, "%u", j->unit));
	pb_run(b, pb_str(b, "newfs%s%s $", v->optimize == LABEL_SPACE ? " -o space" : "",
	    v->softupdates ? " -U" : ""), dev);
	/* md(4) writes at once; a filesystem that does so too would take hours */
	pb_run(b, "mount -o async $ $", dev, root);
	pb_file(b, pb_str(b, MNT "%s", j->fstab), 0644, pb_str(b, "%s %s ufs rw 0 0\n", dev, j->path));
}

static void
unpack(struct pb *b, const struct jail *j, const char *root)
{
	const struct plan_set *s;
	const char *patterns, *note;

	if (fb_pkgbase(b))
		fb_pkgbase_jail(b, j->c, root);
	for (size_t i = 0; !fb_pkgbase(b) && i < j->c->n_set + (j->c->n_set == 0); i++) {
		if ((s = set_of(b, set_name(b, j, i))) == NULL)
			continue;
		if (fb_pieces(b))
			fb_pieces_set(b, s, pb_str(b, "%s%s", j->path, s->target));
		else
			pb_run(b, "tar --unlink -xpf $ -C $", pb_str(b, "/%s", s->file), root);
	}
	patterns = jail_trim(b, j, &note);
	if (*patterns != '\0')
		pb_call(b, pb_str(b, "take away what it can do without:%s", note), pb_str(b, "trim $%s", patterns), root);
}

static void
rc_conf_of(struct pb *b, const struct jail *j, const char *root)
{
	struct pb_conf c = { 0 };
	const struct cfg_var own[] = {
		{ .key = (char []){ "network_interfaces" }, .value = (char []){ "" } },
		{ .key = (char []){ "sendmail_enable" }, .value = (char []){ "NONE" } },
	};

	/* until 8.x rc(8) did not know that a jail has none of its own */
	if (fb_major(b) > 0 && fb_major(b) < 8)
		fb_rc_vars(b, j->c->head.mark, j->where, &own[0], 1, &c);
	if (jail_trims(b, j, "sendmail") || jail_trims(b, j, "mailwrapper"))
		fb_rc_vars(b, j->c->head.mark, j->where, &own[1], 1, &c);
	fb_rc_vars(b, j->c->head.mark, pb_str(b, "%s.rc-conf", j->where), j->c->rc_conf, j->c->n_rc_conf, &c);
	if (c.n > 0)
		pb_file(b, pb_str(b, "%s/etc/rc.conf", root), 0644, fb_rc_text(b, &c));
}

static void
fill(struct pb *b, const struct jail *j, const char *root)
{
	const char *hash = pb_expand(b, j->c->head.mark, j->where, j->c->password);

	pb_file(b, pb_str(b, "%s/etc/fstab", root), 0644, "");
	rc_conf_of(b, j, root);
	pb_call(b, "name servers and time zone as the host has them", "jail_basics $", root);
	pb_call(b, *hash ? "the hash given becomes its root's password" : "its root gets no password that works",
	    "jail_password $ $", root, *hash ? hash : "*");
	pb_files_of(b, j->c->file, j->c->n_file, root, j->where);
	fb_packages_into(b, root, j->c->head.mark, j->where, j->c->package, j->c->n_package);
}

static const char *
step_name(struct pb *b, const struct jail *j)
{
	char name[25];
	size_t n;

	for (n = 0; j->id[n] != '\0' && n + 1 < sizeof(name); n++)
		name[n] = (char)(j->id[n] >= 'A' && j->id[n] <= 'Z' ? j->id[n] | 32 : j->id[n]);
	name[n] = '\0';
	return pb_str(b, "jail_%s", name);
}

static void
one(struct pb *b, const struct jail *j)
{
	const char *root = pb_str(b, MNT "%s", j->path);
	char size[SIZE_STRLEN];

	pb_step(b, step_name(b, j), "Jail %s%s%s", j->c->name, *j->size ? ": a volume of " : "",
	    *j->size ? size_str(j->bytes, size) : "");
	make_volume(b, j, root);
	unpack(b, j, root);
	fill(b, j, root);
	if (*j->file != '\0') {
		pb_run(b, "umount $", root);
		pb_run(b, "mdconfig -d -u $", pb_str(b, "%u", j->unit));
	}
}

void
fb_jails(struct pb *b)
{
	struct jail j;

	if (b->p->n_jail == 0 || b->errors > 0)
		return;		/* fb_jails_conf() said what is wrong */
	start(b);
	for (size_t i = 0; i < b->p->n_jail; i++) {
		jail_read(b, i, &j);
		one(b, &j);
	}
}
