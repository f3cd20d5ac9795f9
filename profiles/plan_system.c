/* plan_system.c - settings that both systems share. */
#include "plan_int.h"

#include <stdio.h>
#include <string.h>

#define MNT	"/mnt"		/* the new system, while it is installed */

/* Host name and network ---------------------------------------------------- */

static bool
is_ip(const char *s)
{
	uint32_t addr;

	return ip4_parse(s, &addr) == 0;
}

static void
dns(struct pb *b, const struct cfg_pr_network *n, struct pb_system *ret)
{
	const char *list = "", *where = "system.network.dns", *word;
	char one[IP4_STRLEN];
	size_t len;

	if (n->n_dns == 0) {
		if ((list = vars_get(b->in->vars, "dns")) == NULL)
			list = "";
	} else {
		for (size_t i = 0; i < n->n_dns; i++)
			list = pb_str(b, "%s %s", list,
			    pb_expand(b, n->head.mark, where, n->dns[i]));
	}
	for (word = list + strspn(list, " "); *word != '\0'; word += len, word += strspn(word, " ")) {
		len = strcspn(word, " ");
		(void)snprintf(one, sizeof(one), "%.*s", (int)len, word);
		if (len >= sizeof(one) || !is_ip(one))
			pb_error(b, n->head.mark, where, "\"%.*s\" is not an IPv4 address", (int)len, word);
		else if (ret->n_dns < sizeof(ret->dns) / sizeof(ret->dns[0]))
			ret->dns[ret->n_dns++] = pb_str(b, "%s", one);
	}
}

static void
network(struct pb *b, const struct cfg_pr_network *n, struct pb_system *ret)
{
	struct cfg_mark at = n->head.mark;
	uint32_t mask = 0, addr = 0, gw = 0;

	ret->iface = pb_value(b, at, "system.network.interface", n->iface, check_iface, "an interface's name");
	dns(b, n, ret);
	if (n->method != NET_STATIC)
		return;
	ret->address = pb_value(b, at, "system.network.address", n->address, is_ip, "an IPv4 address");
	ret->netmask = pb_value(b, at, "system.network.netmask", n->netmask, is_ip, "a network mask");
	ret->gateway = pb_value(b, at, "system.network.gateway", n->gateway, is_ip, "an IPv4 address");
	if (pb_missing(b, n->address, ret->address))
		pb_error(b, at, "system.network.address", "a static network needs an address, here or as the host's own");
	if (pb_missing(b, n->netmask, ret->netmask))
		pb_error(b, at, "system.network.netmask", "a static network needs a network mask");
	if (*ret->address == '\0' || *ret->netmask == '\0')
		return;
	(void)ip4_parse(ret->netmask, &mask);
	(void)ip4_parse(ret->address, &addr);
	while (ret->plen < 32 && (mask & (uint32_t)1 << (31 - ret->plen)))
		ret->plen++;
	if (ret->plen == 0 || (ret->plen < 32 && mask << ret->plen != 0))
		pb_error(b, at, "system.network.netmask", "%s is not a network mask", ret->netmask);
	else if (*ret->gateway != '\0' && ip4_parse(ret->gateway, &gw) == 0 &&
	    ((gw ^ addr) & mask) != 0 &&
	    pb_imagined(b, n->gateway) == pb_imagined(b, n->address))
		pb_error(b, at, "system.network.gateway", "%s is not in the network of %s", ret->gateway, ret->address);
}

static void
not_for_linux(struct pb *b)
{
	const struct cfg_pr_system *s = &b->p->system;
	const struct { const char *where; bool given; } only[] = {
		{ "system.network.search", s->network.n_search > 0 },
		{ "system.network.interfaces", s->network.n_interface > 0 },
		{ "system.clock", s->clock != CLOCK_UTC },
		{ "system.ntp", s->ntp.ntpd || s->ntp.ntpdate || s->ntp.n_server > 0 },
		{ "system.sshd", s->sshd.enable || s->sshd.root != SSHD_ROOT_AUTO },
		{ "system.mouse", s->mouse },
		{ "system.loader-conf", s->n_loader_conf > 0 },
		{ "system.sysctl-conf", s->n_sysctl_conf > 0 },
		{ "system.packages", s->n_package > 0 },
		{ "jails", b->p->n_jail > 0 },
		{ "first-boot", b->p->n_first_boot > 0 },
	};

	for (size_t i = 0; i < sizeof(only) / sizeof(only[0]); i++)
		if (only[i].given)
			pb_error(b, s->head.mark, only[i].where, "this is for os: freebsd");
}

void
pb_system(struct pb *b, struct pb_system *ret)
{
	const struct cfg_pr_system *s = &b->p->system;
	struct cfg_mark at = s->head.mark;

	*ret = (struct pb_system){ .address = "", .netmask = "", .gateway = "" };
	ret->hostname = pb_value(b, at, "system.hostname", s->hostname, check_hostname, "a host name");
	if (*ret->hostname == '\0' && b->errors == 0)
		pb_error(b, at, "system.hostname", "the system needs a host name");
	ret->root_password = pb_secret(b, at, "system.root-password", s->root_password, check_hash,
	    "a hash as crypt(3) makes it (mkpasswd, openssl passwd -6); a password itself is never taken");
	ret->timezone = pb_value(b, at, "system.timezone", s->timezone, check_relative, "a time zone like Europe/Berlin");
	network(b, &s->network, ret);
	if (b->plan->os == PROFILE_LINUX)
		not_for_linux(b);
}

void
pb_resolv_conf(struct pb *b, const struct pb_system *s, struct buf *lines)
{
	for (size_t i = 0; i < s->n_dns; i++)
		buf_printf(lines, "nameserver %s\n", s->dns[i]);
	if (lines->len > 0)
		pb_file(b, MNT "/etc/resolv.conf", 0644, pb_keep(b, lines));
	buf_free(lines);
}

/* Users --------------------------------------------------------------------- */

void
pb_groups(struct pb *b)
{
	const struct cfg_pr_group *g;
	const char *where, *name, *gid;

	for (size_t i = 0; i < b->p->system.n_group; i++) {
		g = &b->p->system.group[i];
		where = pb_str(b, "system.groups[%zu]", i);
		name = pb_value(b, g->head.mark, where, g->name, check_user, "a group's name");
		if (*name == '\0')
			continue;
		gid = g->gid ? pb_str(b, "%u", g->gid) : NULL;
		if (b->plan->os == PROFILE_LINUX && gid)
			pb_run(b, "chroot " MNT " groupadd --gid $ $", gid, name);
		else if (b->plan->os == PROFILE_LINUX)
			pb_run(b, "chroot " MNT " groupadd $", name);
		else if (gid)
			pb_run(b, "chroot " MNT " pw groupadd -n $ -g $", name, gid);
		else
			pb_run(b, "chroot " MNT " pw groupadd -n $", name);
	}
}

/* The user's options one by one: only those that were given. */
static const char *
joined(struct pb *b, const struct cfg_pr_user *u, const char *where)
{
	const char *all = "", *g;

	for (size_t i = 0; i < u->n_groups; i++) {
		g = pb_value(b, u->head.mark, where, u->groups[i], check_user, "a group's name");
		all = pb_str(b, "%s%s%s", all, *all ? "," : "", g);
	}
	return all;
}

struct user { const char *name, *uid, *group, *groups, *gecos, *home, *shell, *password; };

static void
add_user(struct pb *b, const struct user *u)
{
	bool linux_ = b->plan->os == PROFILE_LINUX;
	struct { const char *pw, *useradd, *value; } opt[] = {
		{ "-u", "--uid", u->uid },
		{ "-g", "--gid", u->group },
		{ "-G", "--groups", u->groups },
		{ "-c", "--comment", u->gecos },
		{ "-d", "--home-dir", u->home },
		{ "-s", "--shell", u->shell },
	};
	struct buf words = { 0 };
	const char *val[6] = { "", "", "", "", "", "" };
	size_t n = 0;

	buf_puts(&words, linux_ ? "chroot " MNT " useradd --create-home" :
	    "chroot " MNT " pw useradd -m -n $");
	for (size_t i = 0; i < sizeof(opt) / sizeof(opt[0]); i++) {
		if (*opt[i].value == '\0')
			continue;
		buf_printf(&words, " %s $", linux_ ? opt[i].useradd : opt[i].pw);
		val[n++] = opt[i].value;
	}
	if (linux_) {
		buf_puts(&words, " $");
		/* the name comes last: fill the unused places with it */
		while (n < 6)
			val[n++] = u->name;
		pb_run(b, pb_keep(b, &words), val[0], val[1], val[2], val[3],
		    val[4], val[5], u->name);
	} else {
		pb_run(b, pb_keep(b, &words), u->name, val[0], val[1], val[2],
		    val[3], val[4], val[5]);
	}
}

void
pb_users(struct pb *b)
{
	const struct cfg_pr_user *c;
	struct user u;
	const char *where;

	for (size_t i = 0; i < b->p->system.n_user; i++) {
		c = &b->p->system.user[i];
		where = pb_str(b, "system.users[%zu]", i);
		u.name = pb_value(b, c->head.mark, where, c->name, check_user, "a user's name");
		u.uid = c->uid ? pb_str(b, "%u", c->uid) : "";
		u.group = pb_value(b, c->head.mark, where, c->group, check_user, "a group's name");
		u.groups = joined(b, c, where);
		u.gecos = pb_value(b, c->head.mark, where, c->gecos, check_gecos, "a name: it may not have a colon");
		u.home = pb_value(b, c->head.mark, where, c->home, check_path, "a path");
		u.shell = pb_value(b, c->head.mark, where, c->shell, check_path, "a path");
		u.password = pb_secret(b, c->head.mark, where, c->password, check_hash,
		    "a hash as crypt(3) makes it; a password itself is never taken");
		if (b->plan->os == PROFILE_FREEBSD)
			pb_freebsd_hash(b, c->head.mark, where, u.password);
		if (*u.name == '\0') {
			if (pb_missing(b, c->name, u.name) && b->errors == 0)
				pb_error(b, c->head.mark, where, "a user needs a name");
			continue;
		}
		if (*u.home == '\0')
			u.home = pb_str(b, "/home/%s", u.name);
		if (*u.shell == '\0')
			u.shell = b->plan->os == PROFILE_LINUX ? "/bin/bash" : "/bin/sh";
		add_user(b, &u);
		if (*u.password != '\0')
			pb_call(b, pb_str(b, "the hash given becomes %s's password", u.name),
			    "set_password $ $", u.name, u.password);
		pb_ssh_keys(b, u.name, u.home, c->head.mark, where, c->ssh_keys, c->n_ssh_keys);
	}
}

void
pb_ssh_keys(struct pb *b, const char *user, const char *home, struct cfg_mark at,
    const char *where, char *const *key, size_t n)
{
	struct buf text = { 0 };
	const char *k;

	for (size_t i = 0; i < n; i++) {
		k = pb_value(b, at, where, key[i], check_ssh_key, "a public ssh key");
		if (*k != '\0')
			buf_printf(&text, "%s\n", k);
	}
	if (text.len == 0)
		return;
	pb_run(b, "mkdir -p $", pb_str(b, MNT "%s/.ssh", home));
	pb_run(b, "chmod 700 $", pb_str(b, MNT "%s/.ssh", home));
	pb_file(b, pb_str(b, MNT "%s/.ssh/authorized_keys", home), 0600, pb_keep(b, &text));
	if (strcmp(user, "root") != 0)
		pb_run(b, "chroot " MNT " chown -R $ $", user, pb_str(b, "%s/.ssh", home));
}

/* Files and commands -------------------------------------------------------- */

static bool
is_owner(const char *s)
{
	char user[80];
	const char *colon = strchr(s, ':');

	if (strlen(s) >= sizeof(user))
		return false;
	(void)snprintf(user, sizeof(user), "%.*s", (int)strcspn(s, ":"), s);
	return check_user(user) && (colon == NULL || check_user(colon + 1));
}

void
pb_files_of(struct pb *b, const struct cfg_pr_file *file, size_t n, const char *root, const char *of)
{
	const struct cfg_pr_file *f;
	const char *where, *path, *owner, *mode, *content;
	unsigned bits;

	for (size_t i = 0; i < n; i++) {
		f = &file[i];
		where = pb_str(b, "%s.files[%zu]", of, i);
		path = pb_value(b, f->head.mark, where, f->path, check_path, "an absolute path of plain characters");
		owner = pb_value(b, f->head.mark, where, f->owner, is_owner, "user or user:group");
		mode = pb_expand(b, f->head.mark, where, f->mode);
		content = pb_expand(b, f->head.mark, where, f->content);
		if (!check_mode(mode, &bits))
			pb_error(b, f->head.mark, where, "\"%s\" is not a mode in octal", mode);
		else if (*path != '\0')
			pb_file(b, pb_str(b, "%s%s", root, path), bits, content);
		if (*owner != '\0')
			pb_run(b, "chroot $ chown $ $", root, owner, path);
	}
}

void
pb_files(struct pb *b)
{
	pb_files_of(b, b->p->system.file, b->p->system.n_file, MNT, "system");
}

void
pb_post(struct pb *b)
{
	if (b->p->n_post == 0)
		return;
	pb_step(b, "post", "Run the profile's own commands in the new system");
	for (size_t i = 0; i < b->p->n_post; i++) {
		/* not expanded: its shell does that, from variables of the same names */
		if (!check_text(b->p->post[i]))
			pb_error(b, b->p->head.mark, pb_str(b, "post[%zu]", i), "control characters are not allowed");
		pb_run(b, "post_command $", b->p->post[i]);
	}
}
