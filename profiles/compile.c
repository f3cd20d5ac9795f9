/* compile.c - from a plan to its script. */
#include "compile.h"

#include <assert.h>
#include <string.h>

#include "embed.h"
#include "render_int.h"
#include "sh_quote.h"

/* name='value' in settings() */
void
script_setting(struct buf *out, const char *name, const char *value)
{
	buf_printf(out, "\t%s=", name);
	sh_quote(out, value);
	buf_putc(out, '\n');
}

void
script_head(struct buf *out, const char *what)
{
	assert(strpbrk(what, "\r\n") == NULL);	/* names are plain */
	buf_printf(out, "#!/bin/sh\n# %s\n"
	    "# Made by provd. All of it is read before main, on its last line, acts.\n"
	    "#\n# Values are quoted so that nothing in them is expanded, and some shared\n"
	    "# functions and variables are not needed here:\n"
	    "# shellcheck disable=SC2016,SC2034,SC2317\n\n", what);
}

/* One of the shell files. */
void
script_part(struct buf *out, const char *text)
{
	buf_puts(out, text);
	buf_putc(out, '\n');
}

static const char *
work_dir(int os)
{
	return os == PROFILE_LINUX ? "/run/provd" : "/tmp/provd";
}

/* What every script has; the caller adds its own and the closing brace. */
void
script_settings(struct buf *out, int os, const char *token)
{
	buf_puts(out, "settings() {\n\tPATH=/sbin:/usr/sbin:/bin:/usr/bin\n"
	    "\tLC_ALL=C\n\texport PATH LC_ALL\n");
	script_setting(out, "token", token);
	script_setting(out, "work", work_dir(os));
}

static void
install_settings(struct buf *out, const struct plan *pl, const char *token)
{
	script_settings(out, pl->os, token);
	buf_printf(out, "\tsteps=%zu\n\ttaken=\n", pl->n_step);
	for (unsigned i = 1; i <= pl->n_disk; i++) {
		buf_printf(out, "\tname%u=\n\tdisk%u=\n", i, i);
		if (pl->os == PROFILE_LINUX)
			buf_printf(out, "\tpart%u=\n", i);
	}
	buf_puts(out, "}\n\n");
}

static void
word(const struct plan *pl, const struct plan_word *w, struct buf *out)
{
	switch (w->kind) {
	case WORD_TEXT:
		sh_quote(out, w->text);
		break;
	case WORD_VAR:
		buf_printf(out, "\"$%s\"", w->text);
		break;
	case WORD_NAME:
		buf_printf(out, "\"$name%u\"", w->disk);
		sh_quote_part(out, w->part);
		break;
	case WORD_DEVICE:
		/* part2 is /dev/nvme0n1p where disk2 is /dev/nvme0n1 */
		buf_printf(out, "\"$%s%u\"", w->part[0] != '\0' &&
		    pl->os == PROFILE_LINUX ? "part" : "disk", w->disk);
		sh_quote_part(out, w->part);
		break;
	}
}

static void
item(const struct plan *pl, const struct plan_item *it, struct buf *out)
{
	buf_putc(out, '\t');
	if (it->kind == ITEM_RUN)
		buf_puts(out, "run ");
	if (it->kind == ITEM_FILE)
		buf_puts(out, "put ");
	for (size_t i = 0; i < it->n_word; i++) {
		if (i > 0)
			buf_putc(out, ' ');
		word(pl, &it->word[i], out);
	}
	if (it->kind == ITEM_FILE) {
		buf_printf(out, " %o ", it->mode);
		sh_quote(out, it->data);
	}
	buf_putc(out, '\n');
}

/* The profile's own commands, with every variable in their environment. */
static void
post(int os, const struct vars *vars, struct buf *out)
{
	buf_puts(out, "post_command() {\n\tchroot /mnt /usr/bin/env -i \\\n"
	    "\t    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \\\n"
	    "\t    HOME=/root LC_ALL=C \\\n");
	if (os == PROFILE_LINUX)
		buf_puts(out, "\t    DEBIAN_FRONTEND=noninteractive \\\n");
	for (size_t i = 0; i < vars->n; i++) {
		buf_printf(out, "\t    %s=", vars->v[i].name);
		sh_quote(out, vars->v[i].value);
		buf_puts(out, " \\\n");
	}
	buf_puts(out, "\t    /bin/sh -ec \"$1\"\n}\n\n");
}

static bool
step_named(const struct plan *pl, const char *name)
{
	for (size_t i = 0; i < pl->n_step; i++)
		if (strcmp(pl->step[i].name, name) == 0)
			return true;
	return false;
}

/* Files of functions for FreeBSD, and whether a plan calls any of one. */
static const char *const optional[] = {
	embed_fdisk_freebsd_sh, embed_gpart_freebsd_sh, embed_geli_freebsd_sh,
	embed_zfs_freebsd_sh, embed_pieces_freebsd_sh, embed_system_freebsd_sh,
	embed_jails_freebsd_sh, embed_bsdinstall_freebsd_sh,
	embed_sysinstall_freebsd_sh, embed_pkgbase_freebsd_sh,
};

static bool
has_function(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = text; (p = strstr(p, name)) != NULL; p += len)
		if ((p == text || p[-1] == '\n') && strncmp(p + len, "() {", 4) == 0)
			return true;
	return false;
}

static bool
calls(const struct plan *pl, const char *text)
{
	const struct plan_step *s;

	for (size_t i = 0; i < pl->n_step; i++) {
		s = &pl->step[i];
		for (size_t k = 0; k < s->n_item; k++)
			if (s->item[k].kind == ITEM_CALL && has_function(text, s->item[k].word[0].text))
				return true;
	}
	return false;
}

void
compile_install(const struct plan *pl, const struct vars *vars, const char *token,
    struct buf *out)
{
	const struct plan_step *s;
	struct buf what = { 0 };
	bool claimed = false, linux_ = pl->os == PROFILE_LINUX;

	buf_printf(&what, "Installs %s by the profile %s.", pl->host, pl->profile);
	script_head(out, what.p ? what.p : "");
	buf_free(&what);
	install_settings(out, pl, token);
	script_part(out, embed_common_sh);
	script_part(out, linux_ ? embed_disks_linux_sh : embed_disks_freebsd_sh);
	script_part(out, embed_steps_sh);
	script_part(out, linux_ ? embed_install_linux_sh : embed_install_freebsd_sh);
	for (size_t i = 0; !linux_ && i < sizeof(optional) / sizeof(optional[0]); i++)
		if (calls(pl, optional[i]))
			script_part(out, optional[i]);
	if (step_named(pl, "post"))
		post(pl->os, vars, out);
	for (size_t i = 0; i < pl->n_step; i++) {
		s = &pl->step[i];
		buf_printf(out, "step_%s() {\n", s->name);
		for (size_t k = 0; k < s->n_item; k++)
			item(pl, &s->item[k], out);
		if (s->n_item == 0)
			buf_puts(out, "\t:\n");
		buf_puts(out, "}\n\n");
	}
	buf_puts(out, "main() {\n\tsettings\n\tprepare\n");
	for (size_t i = 0; i < pl->n_step; i++) {
		s = &pl->step[i];
		if (s->claims && !claimed) {
			buf_puts(out, "\tclaim\n");
			claimed = true;
		}
		buf_printf(out, "\tbegin %zu %s ", i + 1, s->name);
		sh_quote(out, s->title);
		buf_printf(out, "\n\tstep_%s\n\tend\n", s->name);
	}
	assert(claimed);
	buf_puts(out, "}\n\nmain \"$@\"; exit\n");
}

void
compile_init(int os, const char *token, const char *server, struct buf *out)
{
	script_head(out, "The first thing that runs on the booted client.");
	script_settings(out, os, token);
	script_setting(out, "server", server);
	buf_puts(out, "}\n\n");
	script_part(out, os == PROFILE_LINUX ? embed_early_linux_sh : embed_early_freebsd_sh);
	script_part(out, os == PROFILE_LINUX ? embed_init_linux_sh : embed_init_freebsd_sh);
	buf_puts(out, "main \"$@\"; exit\n");
}

void
compile_inspect(int os, const char *token, struct buf *out)
{
	script_head(out, "Reports what the machine has. Writes nothing to any disk.");
	script_settings(out, os, token);
	buf_puts(out, "}\n\n");
	script_part(out, embed_common_sh);
	script_part(out, os == PROFILE_LINUX ? embed_disks_linux_sh : embed_disks_freebsd_sh);
	script_part(out, embed_inspect_sh);
	script_part(out, os == PROFILE_LINUX ? embed_inspect_linux_sh : embed_inspect_freebsd_sh);
	buf_puts(out, "main \"$@\"; exit\n");
}
