/* menu.c - templates filled in. */
#include "menu.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "../lib/addr.h"
#include "../tree/overlay.h"
#include "templates.h"

static bool
only(const char *s, const char *set)
{
	return *s != '\0' && s[strspn(s, set)] == '\0';
}

/* A path in a loader's request: nothing that a loader, a URL or a line of a
 * menu could take for something else. */
static bool
path_ok(const char *s)
{
	return only(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789._/+-") && *s != '/' && strstr(s, "..") == NULL && strlen(s) <= 200;
}

static bool
token_ok(const char *s)
{
	return only(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") &&
	    strlen(s) <= 64;
}

/* Printable ASCII, and no word that iPXE acts on: it expands ${...}, and
 * knows the words || && ; and #... . */
static bool
cmdline_ok(const char *s)
{
	const char *p;
	size_t n;

	if (strlen(s) > MENU_CMDLINE_MAX || strstr(s, "${") != NULL)
		return false;
	for (p = s; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			return false;
	for (p = s + strspn(s, " "); *p != '\0'; p += n, p += strspn(p, " ")) {
		n = strcspn(p, " ");
		if (*p == '#' || (n == 1 && *p == ';') ||
		    (n == 2 && (memcmp(p, "||", 2) == 0 || memcmp(p, "&&", 2) == 0)))
			return false;
	}
	return true;
}

static bool
title_ok(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s < ' ' || *s > '~')
			return false;
	return true;
}

static int
check(const struct menu *m, char why[200])
{
	const char *what = NULL, *value = NULL;

	if (!token_ok(m->token))
		what = "token", value = m->token;
	else if (!path_ok(m->kernel))
		what = "kernel", value = m->kernel;
	else if (!path_ok(m->initrd))
		what = "initrd", value = m->initrd;
	else if (!cmdline_ok(m->cmdline))
		what = "kernel parameters", value = m->cmdline;
	else if (!title_ok(m->title))
		what = "title", value = m->title;
	if (what == NULL)
		return 0;
	(void)snprintf(why, 200, "a boot menu can't hold this %s: %.120s", what, value);
	return -EINVAL;
}

struct value { const char *name, *text; };

static void
fill(const char *tmpl, const struct value *v, size_t n, struct buf *out)
{
	const char *at, *end;
	size_t i;

	while ((at = strchr(tmpl, '@')) != NULL &&
	    (end = strchr(at + 1, '@')) != NULL) {
		for (i = 0; i < n; i++)
			if (strlen(v[i].name) == (size_t)(end - at - 1) &&
			    memcmp(v[i].name, at + 1, (size_t)(end - at - 1)) == 0)
				break;
		buf_add(out, tmpl, (size_t)(at - tmpl));
		if (i < n)
			buf_puts(out, v[i].text);
		tmpl = end + 1;
	}
	buf_puts(out, tmpl);
}

/* GRUB's menu is a script: what could mean something in it gets a backslash. */
static void
grub_words(const char *s, struct buf *out)
{
	for (; *s != '\0'; s++) {
		if (strchr("\\\"'$#;&|<>{}()[]*?!~`", *s) != NULL)
			buf_putc(out, '\\');
		buf_putc(out, *s);
	}
	buf_putc(out, '\0');
}

int
menu_render(const struct menu *m, enum menu_kind kind, struct buf *out, char why[200])
{
	char server[IP4_STRLEN], root[96], serial[32] = "";
	struct buf words = { 0 };
	int r;

	if ((r = check(m, why)) < 0)
		return r;
	(void)snprintf(root, sizeof(root), ".provd/%s/root", m->token);
	if (m->serial_unit >= 0)
		(void)snprintf(serial, sizeof(serial), "SERIAL %d %u",
		    m->serial_unit, m->serial_speed);
	grub_words(m->cmdline, &words);
	if ((r = words.err) < 0)
		goto out;
	const struct value v[] = {
		{ "TITLE", m->title },
		{ "SERVER", ip4_str(m->server, server) },
		{ "ROOT", root },
		{ "KERNEL", m->kernel },
		{ "INITRD", m->initrd },
		{ "CMDLINE", m->cmdline },
		{ "SERIAL", serial },
		{ "GRUBLINE", words.p },
	};
	fill(kind == MENU_IPXE ? embed_ipxe_tmpl : kind == MENU_GRUB ?
	    embed_grub_tmpl : embed_pxelinux_tmpl, v, sizeof(v) / sizeof(v[0]), out);
	r = out->err;
out:
	buf_free(&words);
	return r;
}

int
menu_local(struct overlay *o)
{
	int r;

	r = overlay_add_file(o, "menu.ipxe", 0644, embed_local_ipxe_tmpl,
	    strlen(embed_local_ipxe_tmpl));
	if (r == 0)
		r = overlay_add_file(o, "wait.ipxe", 0644, embed_wait_ipxe_tmpl,
		    strlen(embed_wait_ipxe_tmpl));
	if (r == 0)
		r = overlay_add_file(o, "pxelinux.cfg/default", 0644,
		    embed_local_pxelinux_tmpl, strlen(embed_local_pxelinux_tmpl));
	if (r == 0)
		r = overlay_add_file(o, "grub/grub.cfg", 0644,
		    embed_local_grub_tmpl, strlen(embed_local_grub_tmpl));
	return r;
}
