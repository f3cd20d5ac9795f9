/* plan_freebsd_system.c - the settings of an installed FreeBSD. */
#include "plan_freebsd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Passwords ------------------------------------------------------------------- */

/* What crypt(3) of this release knows; SHA-512 came with 8.3 and 9.0. */
void
pb_freebsd_hash(struct pb *b, struct cfg_mark at, const char *where, const char *hash)
{
	unsigned v = fb_version(b);
	bool old = strncmp(hash, "$1$", 3) == 0 || strncmp(hash, "$2", 2) == 0;
	bool sha = strncmp(hash, "$5$", 3) == 0 || strncmp(hash, "$6$", 3) == 0;

	if (*hash == '\0' || old || (sha && (v == 0 || v >= 803)))
		return;
	if (sha || (v > 0 && v < 803))
		pb_error(b, at, where, "this FreeBSD knows hashes that begin with $1$ or $2a$ only (openssl passwd -1)");
	else
		pb_error(b, at, where, "FreeBSD knows hashes that begin with $1$, $2b$, $5$ or $6$ only (openssl passwd -6)");
}

static void
root_password(struct pb *b, const char *hash)
{
	pb_freebsd_hash(b, b->p->system.head.mark, "system.root-password", hash);
	if (*hash != '\0')
		pb_call(b, "the hash given becomes root's password", "set_password root $", hash);
	else		/* as the release has it, root needs none */
		pb_call(b, "root gets no password that works", "set_password root $", "*");
}

/* Users --------------------------------------------------------------------------- */

/* Homes were in /usr until 14.0, with a link to them. */
static void
homes(struct pb *b)
{
	const struct cfg_pr_user *u = b->p->system.user;
	const char *dir, *end;
	bool home = false;

	for (size_t i = 0; i < b->p->system.n_user; i++) {
		dir = pb_expand(b, u[i].head.mark, "system.users", u[i].home);
		end = strrchr(dir, '/');
		if (*dir == '\0' || strncmp(dir, "/home/", 6) == 0)
			home = true;
		if (end != NULL && end != dir && strncmp(dir, "/home/", 6) != 0)
			pb_run(b, "mkdir -p $", pb_str(b, MNT "%.*s", (int)(end - dir), dir));
	}
	if (home && fb_major(b) > 0 && fb_major(b) < 14)
		pb_call(b, "/home is a link to usr/home, if there is none", "homes /home usr/home");
	else if (home)
		pb_call(b, "", "homes /home");
}

/* Consoles -------------------------------------------------------------------------- */

static bool
is_console(const char *s)
{
	size_t n;

	if (strcmp(s, "comconsole") == 0 || strcmp(s, "vidconsole") == 0)
		return true;
	if (strncmp(s, "comconsole,", 11) != 0)
		return false;
	n = strspn(s + 11, "0123456789");
	return n > 0 && n < 8 && s[11 + n] == '\0';
}

static void
consoles(struct pb *b)
{
	const char *c, *all = "", *speed = "", *main_ = "";
	bool serial = false;
	size_t n = b->p->n_console;

	for (size_t i = n; i > 0; i--) {
		c = pb_value(b, b->p->head.mark, "console", b->p->console[i - 1],
		    is_console, "vidconsole, comconsole, or comconsole,SPEED");
		if (strncmp(c, "comconsole", 10) == 0) {
			serial = true;
			if (c[10] == ',')
				speed = c + 11;
			c = "comconsole";
		}
		if (i == n)
			main_ = c;
		all = pb_str(b, "%s%s%s", all, *all ? "," : "", c);
	}
	if (!serial)
		return;
	fb_loader_conf(b, "console", all);
	if (*speed != '\0')
		fb_loader_conf(b, "comconsole_speed", speed);
	if (n > 1) {		/* BIOS loaders see it from the names; loader.efi does not */
		fb_loader_conf(b, "boot_multicons", "YES");
		if (strcmp(main_, "comconsole") == 0)
			fb_loader_conf(b, "boot_serial", "YES");
	}
	pb_call(b, "a login prompt on the first serial port, in /etc/ttys", "serial_login $", speed);
}

/* Services ---------------------------------------------------------------------------- */

static void
sshd(struct pb *b)
{
	const struct cfg_pr_sshd *c = &b->p->system.sshd;
	int root = c->root;

	if (c->enable)
		fb_rc_conf(b, "sshd_enable", "YES");
	if (root == SSHD_ROOT_AUTO && c->enable && b->p->system.n_root_keys > 0)
		root = SSHD_ROOT_KEYS;
	if (root == SSHD_ROOT_AUTO)
		return;
	/* prohibit-password is OpenSSH 7.0's name for it */
	pb_call(b, NULL, "sshd_option PermitRootLogin $", root == SSHD_ROOT_NO ? "no" :
	    root == SSHD_ROOT_YES ? "yes" : fb_major(b) > 0 && fb_major(b) < 11 ?
	    "without-password" : "prohibit-password");
}

static void
clock_and_zone(struct pb *b, const char *zone)
{
	if (*zone != '\0') {
		pb_run(b, "cp $ " MNT "/etc/localtime", pb_str(b, MNT "/usr/share/zoneinfo/%s", zone));
		/* where tzsetup(8) looks for what it was */
		if (fb_major(b) == 0 || fb_major(b) >= 8)
			pb_file(b, MNT "/var/db/zoneinfo", 0644, pb_str(b, "%s\n", zone));
	}
	if (b->p->system.clock == CLOCK_LOCAL)
		pb_file(b, MNT "/etc/wall_cmos_clock", 0444, "");
}

/* bsdinstall(8) leaves the same.  The loader reads the second file, since 11. */
static void
random_seed(struct pb *b)
{
	bool loader = fb_major(b) == 0 || fb_major(b) >= 11;

	if (fb_pieces(b) || b->p->installer == INSTALLER_BSDINSTALL)
		return;
	pb_call(b, pb_str(b, "4 KiB of /dev/random in /entropy%s: what the random numbers of the new system begin with",
	    loader ? " and /boot/entropy" : ""), loader ? "random_seed $ $" : "random_seed $", MNT "/entropy", MNT "/boot/entropy");
}

/* The whole ------------------------------------------------------------------------------ */

/* Before anything is written: is there what will be needed? */
void
fb_look(struct pb *b)
{
	fb_network_look(b);
	fb_packages_look(b);
}

void
fb_settings(struct pb *b)
{
	const struct cfg_pr_system *c = &b->p->system;
	struct pb_system s;

	pb_step(b, "system", "Settings: password, users, time zone, network");
	pb_system(b, &s);
	pb_run(b, "chmod 1777 " MNT "/tmp " MNT "/var/tmp");
	if (fb_major(b) != 4)		/* nodes are made there */
		pb_run(b, "mount -t devfs devfs " MNT "/dev");
	root_password(b, s.root_password);
	pb_ssh_keys(b, "root", "/root", c->head.mark, "system.root-ssh-keys", c->root_keys, c->n_root_keys);
	pb_groups(b);
	homes(b);
	pb_users(b);
	clock_and_zone(b, s.timezone);
	fb_network(b, &s);
	fb_ntp(b);
	sshd(b);
	if (c->mouse)
		fb_rc_conf(b, "moused_enable", "YES");
	if (c->keep_keys)
		pb_call(b, "the ssh host keys that were kept", "ssh_host_keys");
	random_seed(b);
	consoles(b);
	fb_jails_conf(b);
	fb_conf_files(b);
	pb_files(b);
	fb_first_boot(b);
	fb_packages_install(b);
}
