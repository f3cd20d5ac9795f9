/* plan_packages.c - what is installed beside the distributions, and what is run
 * when the new system starts for the first time. */
#include "plan_freebsd.h"

#include <string.h>

/* Packages from a directory of the tree --------------------------------------- */

static bool
is_package(const char *s)
{
	return check_relative(s) && strchr(s, '@') == NULL && *s != '-' && strlen(s) < 128;
}

static const char *
dir(struct pb *b)
{
	const struct cfg_pr_system *s = &b->p->system;
	const char *path = pb_expand(b, s->head.mark, "system.package-dir", s->package_dir ? s->package_dir : "packages");

	path += *path == '/';
	if (!check_relative(path)) {
		pb_error(b, s->head.mark, "system.package-dir", "\"%s\" is not a path in the tree", path);
		return "/";
	}
	return pb_str(b, "/%s", path);
}

/* "$ $ $": one for each; the values go to the caller. */
static const char *
quoted(struct pb *b, struct cfg_mark at, const char *where, char *const *name, size_t n, struct buf *note)
{
	struct buf t = { 0 };
	const char *s;

	for (size_t i = 0; i < n; i++) {
		s = pb_value(b, at, where, name[i], is_package, "a package's name");
		if (*s != '\0') {
			buf_printf(&t, " %s", s);
			buf_printf(note, " %s", s);
		}
	}
	return pb_keep(b, &t);
}

static bool
wanted(const struct pb *b)
{
	bool some = b->p->system.n_package > 0;

	for (size_t i = 0; i < b->p->n_jail; i++)
		some |= b->p->jail[i].n_package > 0;
	return some;
}

void
fb_packages_look(struct pb *b)
{
	const struct cfg_pr_system *s = &b->p->system;
	struct buf note = { 0 }, all = { 0 };

	if (!wanted(b))
		return;
	buf_puts(&all, quoted(b, s->head.mark, "system.packages", s->package, s->n_package, &note));
	for (size_t i = 0; i < b->p->n_jail; i++)
		buf_puts(&all, quoted(b, b->p->jail[i].head.mark, pb_str(b, "jails[%zu].packages", i),
		    b->p->jail[i].package, b->p->jail[i].n_package, &note));
	pb_call(b, pb_str(b, "the packages must be in %s:%s", dir(b), note.p ? note.p : ""),
	    pb_str(b, "packages_look $%s", pb_keep(b, &all)), dir(b));
	buf_free(&note);
}

void
fb_packages_into(struct pb *b, const char *root, struct cfg_mark at, const char *where,
    char *const *name, size_t n)
{
	struct buf note = { 0 };
	const char *all = quoted(b, at, where, name, n, &note);

	if (*all != '\0')
		pb_call(b, pb_str(b, "pkg install (or pkg_add, if these are old packages) from %s in %s:%s",
		    dir(b), root, note.p), pb_str(b, "packages $ $%s", all), root, dir(b));
	buf_free(&note);
}

void
fb_packages_install(struct pb *b)
{
	const struct cfg_pr_system *s = &b->p->system;

	if (s->n_package == 0)
		return;
	pb_step(b, "packages", "Install the packages");
	fb_packages_into(b, MNT, s->head.mark, "system.packages", s->package, s->n_package);
}

/* Commands for the first start -------------------------------------------------- */

static void
commands(struct pb *b, struct buf *t)
{
	const struct vars *vs = b->in->vars;

	buf_puts(t, "commands() (\n");
	for (size_t i = 0; i < vs->n; i++) {
		buf_printf(t, "\texport %s=%s\n", vs->v[i].name, fb_quoted(b, vs->v[i].value));
	}
	for (size_t i = 0; i < b->p->n_first_boot; i++) {
		if (!check_text(b->p->first_boot[i]))
			pb_error(b, b->p->head.mark, pb_str(b, "first-boot[%zu]", i), "control characters are not allowed");
		buf_printf(t, "\t/bin/sh -ec %s || exit 1\n", fb_quoted(b, b->p->first_boot[i]));
	}
	buf_puts(t, ")\n\n");
}

static const char log_them[] =
    "\tPATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"
    "\tHOME=/root\n\texport PATH HOME\n"
    "\tif commands > /var/log/provd-firstboot.log 2>&1 < /dev/null; then\n"
    "\t\techo 'The commands of the first start are done.'\n"
    "\telse\n"
    "\t\techo 'A command of the first start failed: see /var/log/provd-firstboot.log'\n"
    "\tfi\n";

/* rc(8) runs a script with this keyword only while /firstboot is there, and
 * removes that.  Before 10.0 the script has to go by itself. */
void
fb_first_boot(struct pb *b)
{
	bool knows = fb_major(b) == 0 || fb_major(b) >= 10;
	struct buf t = { 0 };

	if (b->p->n_first_boot == 0)
		return;
	buf_puts(&t, "#!/bin/sh\n# Commands for the first start of this system, from the profile it was installed by.\n");
	if (knows)
		buf_puts(&t, "#\n# PROVIDE: provd_firstboot\n# REQUIRE: NETWORKING FILESYSTEMS syslogd\n"
		    "# BEFORE: LOGIN\n# KEYWORD: firstboot nojail\n#\n"
		    "# shellcheck disable=SC1091,SC2034\n");
	buf_puts(&t, "\n");
	commands(b, &t);
	if (knows)
		buf_puts(&t, ". /etc/rc.subr\n\nname=provd_firstboot\nstart_cmd=provd_firstboot_start\n"
		    "stop_cmd=:\n\nprovd_firstboot_start() {\n");
	else
		buf_puts(&t, "if [ \"${1:-}\" = start ]; then\n\trm -f \"$0\"\n");
	buf_puts(&t, log_them);
	buf_puts(&t, knows ? "}\n\nload_rc_config \"$name\"\nrun_rc_command \"$1\"\n" : "fi\n");
	if (knows) {
		pb_file(b, MNT "/usr/local/etc/rc.d/provd_firstboot", 0555, pb_keep(b, &t));
		pb_file(b, MNT "/firstboot", 0644, "");
	} else {
		pb_file(b, MNT "/usr/local/etc/rc.d/provd_firstboot.sh", 0555, pb_keep(b, &t));
	}
}
