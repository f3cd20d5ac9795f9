/* render_freebsd.c - how a FreeBSD client boots: its loader's variables, and the
 * files of the overlay that are for its loader and its init(8).
 *
 * What the loader must know goes into DHCP option 246, which needs no file at
 * all, and again, with all the rest, into boot/loader.conf.local.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../tree/handle.h"
#include "../tree/overlay.h"
#include "identify.h"
#include "render_int.h"

#define LOADER_LOCAL	"boot/loader.conf.local"
#define LOADER_TFTP	12u			/* the first with a loader that can */
#define LOADER_LUA	12u
#define LOADER_MAX	((size_t)64 << 10)	/* of the tree's own */

/* The boot programs ---------------------------------------------------------- */

/* One that is asked for must be there; the usual one may be missing. */
static int
boot_program(struct render *c, const char *where, const char *asked, const char *usual,
    char *ret, size_t cap)
{
	char path[128];
	uint64_t bytes;

	if (render_tree_path(c, where, asked, usual, path, sizeof(path)) < 0 ||
	    (asked != NULL && render_must_have(c, where, path) < 0))
		return -EINVAL;
	if (release_check(c->in->view, path, &bytes) == 0)
		(void)snprintf(ret, cap, "%s", path);
	return 0;
}

/* The loader's variables ------------------------------------------------------- */

static void
put_dhcp(struct boot_recipe *r, const char *name, const char *value)
{
	size_t len = strlen(r->loader_vars);
	int n = snprintf(r->loader_vars + len, sizeof(r->loader_vars) - len,
	    "%s%s=%s", len > 0 ? ";" : "", name, value);

	/* What does not fit is in the file. */
	if (n < 0 || (size_t)n >= sizeof(r->loader_vars) - len)
		r->loader_vars[len] = '\0';
}

static void
put_file(struct render *c, const char *name, const char *value)
{
	buf_printf(&c->loader, "%s=\"%s\"\n", name, value);
}

static void
put_both(struct render *c, const char *name, const char *value)
{
	put_dhcp(&c->out->recipe, name, value);
	put_file(c, name, value);
}

/* The last console of the profile is the main one; the loader wants it first.
 * Under UEFI the screen is "efi"; which firmware will start it is not known yet.  A
 * newer loader leaves out a name that it does not have, an older one all that
 * follows in the file: so this comes last there. */
static void
consoles(struct render *c)
{
	const struct cfg_profile *p = &c->pr->p;
	bool efi = c->release.major >= LOADER_LUA;
	const char *speed = NULL;
	struct buf list = { 0 };

	for (size_t i = p->n_console; i > 0; i--) {
		const char *s = p->console[i - 1];
		const char *comma = strchr(s, ',');

		buf_printf(&list, "%s%.*s%s", list.len > 0 ? "," : "",
		    (int)strcspn(s, ","), s, efi && strcmp(s, "vidconsole") == 0 ? ",efi" : "");
		if (comma != NULL)
			speed = comma + 1;
	}
	if (list.len > 0) {
		if (speed != NULL)
			put_both(c, "comconsole_speed", speed);
		if (p->n_console > 1)
			put_both(c, "boot_multicons", "YES");
		if (strncmp(list.p, "comconsole", 10) == 0)
			put_both(c, "boot_serial", "YES");
		put_both(c, "console", list.p);
	}
	c->loader.err = list.err != 0 ? list.err : c->loader.err;
	buf_free(&list);
}

/* The profile's own, and its consoles where these do not name one. */
static int
own_variables(struct render *c)
{
	const struct cfg_pr_boot *b = &c->pr->p.boot;
	bool own = false;

	for (size_t i = 0; i < b->n_loader; i++) {
		const struct cfg_var *v = &b->loader[i];
		const char *value = v->value ? v->value : "";

		if (v->key[strspn(v->key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")] != '\0' ||
		    !check_line(value) || strpbrk(value, ";\"\\") != NULL)
			return render_complain(c, b->head.mark, "boot.loader",
			    "a loader variable has a plain name, and a value without ; \" and \\");
		own |= strcmp(v->key, "console") == 0;
		put_both(c, v->key, value);
	}
	if (!own)
		consoles(c);
	return 0;
}

/* The loader's root is TFTP, so the kernel has no handle from it: it gets one
 * from us, and the root's handle is known before anybody asks. */
static int
kernel_root(struct render *c)
{
	const struct view v = { .tree = c->in->view->tree, .overlay = c->out->overlay,
	    .inst = c->in->inst, .token = c->in->token, .key = c->in->view->key };
	char hex[2 * HANDLE_MAX + 3], text[16];
	struct handle h;
	struct node *n;
	int r;

	if ((n = malloc(sizeof(*n))) == NULL)
		return -ENOMEM;
	if ((r = view_root(&v, 0, n)) == 0)
		r = handle_make(n, &h);
	free(n);
	if (r < 0)
		return r;
	hex[0] = 'X';
	for (size_t i = 0; i < h.len; i++)
		(void)snprintf(hex + 1 + 2 * i, 3, "%02x", h.b[i]);
	memcpy(hex + 1 + 2 * h.len, "X", 2);
	(void)snprintf(text, sizeof(text), "%u", h.len);
	put_file(c, "boot.nfsroot.server", c->server);
	(void)snprintf(c->text, sizeof(c->text), "/.provd/%s/root", c->in->token);
	put_file(c, "boot.nfsroot.path", c->text);
	put_file(c, "boot.nfsroot.nfshandle", hex);
	put_file(c, "boot.nfsroot.nfshandlelen", text);
	return 0;
}

int
render_freebsd_recipe(struct render *c)
{
	const struct cfg_pr_boot *b = &c->pr->p.boot;
	struct boot_recipe *r = &c->out->recipe;

	r->os = BOOT_FREEBSD;
	r->root = b->root == BOOT_ROOT_TFTP ? ROOT_TFTP : ROOT_NFS;
	if (boot_program(c, "boot.bios-loader", b->bios, "boot/pxeboot", r->bios_file, sizeof(r->bios_file)) < 0 ||
	    boot_program(c, "boot.uefi-loader", b->uefi, "boot/loader.efi", r->uefi_file, sizeof(r->uefi_file)) < 0)
		return -EINVAL;
	if (r->root == ROOT_TFTP && c->release.major != 0 && c->release.major < LOADER_TFTP)
		return render_complain(c, b->head.mark, "boot.root", "the loader of this release reads by NFS only");
	if (r->bios_file[0] == '\0' && r->uefi_file[0] == '\0')
		return render_complain(c, b->head.mark, "boot", "the tree has neither boot/pxeboot nor boot/loader.efi");

	/* A diskless system goes on with /etc/rc: ours runs there. */
	if (c->in->kind != INST_DISKLESS) {
		(void)snprintf(c->text, sizeof(c->text), "/.provd/%s/init", c->in->token);
		put_both(c, "init_script", c->text);
	}
	/* There is no lock manager here. */
	put_both(c, "boot.nfsroot.options", "nolockd");
	/* The largest that a loader takes; those before 12 don't know it. */
	put_both(c, "nfs.read_size", "16384");
	put_file(c, "autoboot_delay", "-1");
	put_file(c, "beastie_disable", "YES");
	/* A disc's fstab would name the disc. */
	put_file(c, "vfs.root.mountfrom", "nfs:");
	/* A classic disc runs its installer from a memory root. */
	put_file(c, "mfsroot_load", "NO");
	return own_variables(c);
}

/* The overlay ------------------------------------------------------------------- */

/* The tree's own lines stay, before ours: the last one counts. */
static int
add_loader_conf(struct render *c)
{
	struct buf all = { 0 };
	char *own = NULL;
	size_t len = 0;
	int r;

	r = release_read(c->in->view, LOADER_LOCAL, LOADER_MAX, &own, &len);
	if (r < 0 && r != -ENOENT && r != -ENOTDIR)
		return r;
	if (len > 0)
		buf_printf(&all, "%s%s", own, own[len - 1] == '\n' ? "" : "\n");
	free(own);
	if (c->out->recipe.root == ROOT_TFTP && (r = kernel_root(c)) < 0)
		return r;
	buf_add(&all, c->loader.p, c->loader.len);
	if ((r = all.err) == 0 && (r = c->loader.err) == 0)
		r = overlay_add_file(c->out->overlay, LOADER_LOCAL, 0644, all.p, all.len);
	buf_free(&all);
	return r;
}

/* Ours stands before the tree's own, which is what a diskless system comes to. */
static int
keep_rc(struct render *c)
{
	struct buf text = { 0 };
	char *own = NULL;
	size_t len = 0;
	int r;

	if ((r = release_read(c->in->view, "etc/rc", LOADER_MAX, &own, &len)) < 0)
		return r == -ENOMEM ? r : render_must_have(c, "diskless", "etc/rc");
	buf_add(&text, own, len);
	free(own);
	return render_add(c, "rc", 0644, &text);
}

/* An init(8) that was told init_script never comes to /etc/rc; one that is too
 * old to know it runs ours. */
int
render_freebsd_files(struct render *c)
{
	int n, r;

	if ((r = add_loader_conf(c)) < 0 ||
	    (c->in->kind == INST_DISKLESS && (r = keep_rc(c)) < 0))
		return r;
	n = snprintf(c->text, sizeof(c->text), "#!/bin/sh\nexec /bin/sh /.provd/%s/init%s\n", c->in->token,
	    c->in->kind == INST_DISKLESS ? " \"$@\"" : "");
	return overlay_add_file(c->out->overlay, "etc/rc", 0755, c->text, (size_t)n);
}
