/* plan_freebsd_conf.c - rc.conf, boot/loader.conf and sysctl.conf. */
#include "plan_freebsd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Which release --------------------------------------------------------------- */

/* "6.2-RELEASE" says what it is even where no tree has been read. */
unsigned
fb_version(struct pb *b)
{
	const struct release *rel = b->in->release;
	const char *dir = b->p->dist.dir;
	unsigned major = 0, minor = 0;
	int end = 0;

	if (rel != NULL && rel->major > 0)
		return rel->major * 100 + rel->minor;
	if (rel != NULL)
		dir = rel->dir;
	if (dir != NULL && sscanf(dir, "%2u.%2u-%n", &major, &minor, &end) == 2 && end > 0)
		return major * 100 + minor;
	/* pieces were given up with 9.0 */
	return rel != NULL && rel->kind == SETS_PIECES ? 600 : 0;
}

unsigned
fb_major(struct pb *b)
{
	return fb_version(b) / 100;
}

/* Lines ------------------------------------------------------------------------- */

static void
set(struct pb *b, struct pb_conf *c, const char *file, const char *name, const char *value)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->line[i].name, name) == 0) {
			c->line[i].value = pb_str(b, "%s", value);
			return;
		}
	if (c->n == PB_CONF_MAX) {
		pb_error(b, b->p->head.mark, "profile", "more than %u lines of %s", PB_CONF_MAX, file);
		return;
	}
	c->line[c->n].name = pb_str(b, "%s", name);
	c->line[c->n++].value = pb_str(b, "%s", value);
}

void
fb_rc_conf(struct pb *b, const char *name, const char *value)
{
	set(b, &b->rc, "rc.conf", name, value);
}

void
fb_loader_conf(struct pb *b, const char *name, const char *value)
{
	set(b, &b->loader, "loader.conf", name, value);
}

const char *
fb_quoted(struct pb *b, const char *value)
{
	struct buf t = { 0 };

	buf_putc(&t, '"');
	for (; *value != '\0'; value++) {
		if (strchr("\"\\$`", *value) != NULL)
			buf_putc(&t, '\\');
		buf_putc(&t, *value);
	}
	buf_putc(&t, '"');
	return pb_keep(b, &t);
}

static const char *
lines(struct pb *b, const struct pb_conf *c)
{
	struct buf t = { 0 };

	for (size_t i = 0; i < c->n; i++)
		buf_printf(&t, "%s=%s\n", c->line[i].name, fb_quoted(b, c->line[i].value));
	return pb_keep(b, &t);
}

/* Checks -------------------------------------------------------------------------- */

/* The loader's parsers, Forth and Lua, have no common way to write these. */
static bool
is_loader_value(const char *s)
{
	return check_line(s) && strpbrk(s, "\"\\$`") == NULL;
}

/* rc.d/sysctl of every release reads up to the first blank, and takes # for a comment. */
static bool
is_sysctl_value(const char *s)
{
	return check_line(s) && strpbrk(s, " #") == NULL;
}

static bool
is_mib(const char *s)
{
	return check_options(s) && strpbrk(s, "=,:/@+") == NULL;
}

void
fb_rc_vars(struct pb *b, struct cfg_mark at, const char *where, const struct cfg_var *v,
    size_t n, struct pb_conf *ret)
{
	for (size_t i = 0; i < n; i++) {
		if (!check_rc_name(v[i].key)) {
			pb_error(b, at, where, "\"%s\" is not a variable of rc.conf", v[i].key);
			continue;
		}
		set(b, ret, "rc.conf", v[i].key, pb_value(b, at, where, v[i].value, check_line, "one line"));
	}
}

/* Files ----------------------------------------------------------------------------- */

const char *
fb_rc_text(struct pb *b, const struct pb_conf *c)
{
	return lines(b, c);
}

void
fb_conf_files(struct pb *b)
{
	const struct cfg_pr_system *s = &b->p->system;
	struct cfg_mark at = s->head.mark;
	struct buf t = { 0 };

	fb_rc_vars(b, at, "system.rc-conf", s->rc_conf, s->n_rc_conf, &b->rc);
	pb_file(b, MNT "/etc/rc.conf", 0644, lines(b, &b->rc));
	for (size_t i = 0; i < b->rc_mac.n; i++)
		pb_call(b, pb_str(b, "in rc.conf, %% being the interface with %s: %s",
		    b->rc_mac.line[i].name, b->rc_mac.line[i].value),
		    "rc_interface $ $", b->rc_mac.line[i].name, b->rc_mac.line[i].value);

	for (size_t i = 0; i < s->n_loader_conf; i++) {
		const struct cfg_var *v = &s->loader_conf[i];

		if (!is_mib(v->key))
			pb_error(b, at, "system.loader-conf", "\"%s\" is not a variable of the loader", v->key);
		else
			fb_loader_conf(b, v->key, pb_value(b, at, "system.loader-conf", v->value,
			    is_loader_value, "a line without \", \\, $ and `"));
	}
	if (b->loader.n > 0)
		pb_file(b, MNT "/boot/loader.conf", 0644, lines(b, &b->loader));
	/* The same screen has another name there. */
	for (size_t i = 0; i < b->loader.n; i++)
		if (strcmp(b->loader.line[i].name, "console") == 0 &&
		    strstr(b->loader.line[i].value, "vidconsole") != NULL)
			pb_call(b, "in loader.conf, efi for vidconsole if UEFI started the machine", "efi_console");

	for (size_t i = 0; i < s->n_sysctl_conf; i++) {
		const struct cfg_var *v = &s->sysctl_conf[i];

		if (!is_mib(v->key))
			pb_error(b, at, "system.sysctl-conf", "\"%s\" is not a name of sysctl(8)", v->key);
		else
			buf_printf(&t, "%s=%s\n", v->key, pb_value(b, at, "system.sysctl-conf",
			    v->value, is_sysctl_value, "a value without blanks and #"));
	}
	if (t.len > 0)
		pb_file(b, MNT "/etc/sysctl.conf", 0644, pb_keep(b, &t));
	buf_free(&t);
}
