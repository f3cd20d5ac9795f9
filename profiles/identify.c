/* identify.c - a look at a tree. */
#include "identify.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../tree/tree.h"
#include "release.h"

#define TEXT_MAX	((size_t)256 << 10)
#define HEAD_MAX	((size_t)64 << 10)
#define ROOT_MAX	4096u		/* names of the root that are looked at */

struct look {
	const struct view *view;
	struct release_id *id;
	char		*why;
	int		 err;		/* sticky: memory, disk */
};

/* What the tree's makers leave out or make differently is no error. */
static bool
is_absence(int r)
{
	return r == -ENOENT || r == -ENOTDIR || r == -EISDIR || r == -ELOOP ||
	    r == -EACCES || r == -ENAMETOOLONG || r == -EINVAL || r == -EFBIG;
}

static bool
found(struct look *l, int r)
{
	if (r < 0 && !is_absence(r) && l->err == 0)
		l->err = r;
	return r == 0;
}

static bool
has_type(struct look *l, const char *path, enum tree_type type)
{
	struct node n;

	return found(l, view_walk(l->view, &tree_cred_root, path, true, 0, &n)) &&
	    n.attr.type == type;
}

static bool
has_file(struct look *l, const char *path)
{
	return has_type(l, path, TREE_REG);
}

static bool
read_text(struct look *l, const char *path, char **ret, size_t *ret_len)
{
	*ret = NULL;
	return found(l, release_read(l->view, path, TEXT_MAX, ret, ret_len));
}

/* The value of a line KEY=value in a file. */
static bool
value_of(struct look *l, const char *path, const char *key, char *ret, size_t cap)
{
	char *text;
	size_t len;
	bool yes;

	if (!read_text(l, path, &text, &len))
		return false;
	yes = identify_value(text, len, key, ret, cap);
	free(text);
	return yes;
}

static bool
read_head(struct look *l, const char *path, char *buf, size_t cap, size_t *ret_len)
{
	struct node n;
	bool eof = false;
	size_t got;

	*ret_len = 0;
	if (!found(l, view_walk(l->view, &tree_cred_root, path, true, 0, &n)) ||
	    n.attr.type != TREE_REG)
		return false;
	while (*ret_len < cap && !eof) {
		if (!found(l, view_read(&tree_cred_root, &n, *ret_len, buf + *ret_len,
		    cap - *ret_len, 0, &got, &eof)))
			return false;
		if (got == 0)
			break;
		*ret_len += got;
	}
	return true;
}

static void
copy_first(struct look *l, const char *const *path, char *ret, size_t cap)
{
	for (; *path != NULL && ret[0] == '\0'; path++)
		if (has_file(l, *path))
			(void)snprintf(ret, cap, "%s", *path);
}

/* The root's names ---------------------------------------------------------- */

struct names { struct look *l; char (*name)[64]; size_t n, cap; };

static bool
take_name(void *arg, const struct view_dirent *e)
{
	struct names *ns = arg;
	char (*p)[64];

	if (e->name_len >= 64 || e->name[0] == '.')
		return true;
	if (ns->n == ns->cap) {
		if (ns->cap >= ROOT_MAX)
			return false;
		if ((p = realloc(ns->name, (ns->cap + 64) * sizeof(*p))) == NULL) {
			ns->l->err = -ENOMEM;
			return false;
		}
		ns->name = p;
		ns->cap += 64;
	}
	memcpy(ns->name[ns->n], e->name, e->name_len);
	ns->name[ns->n++][e->name_len] = '\0';
	return true;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Sorted, so that of two that would do the same one is found every time. */
static void
root_names(struct look *l, struct names *ns)
{
	struct node root;
	bool eof;

	*ns = (struct names){ .l = l };
	if (found(l, view_root(l->view, 0, &root)))
		(void)found(l, view_readdir(&tree_cred_root, &root, 0, false, 0, take_name, ns, &eof));
	if (ns->n > 1)
		qsort(ns->name, ns->n, sizeof(*ns->name), by_name);
}

/* FreeBSD ------------------------------------------------------------------ */

static bool
is_release_dir(const char *name)
{
	struct release_id id;

	return identify_version(name, &id);
}

static bool
try_pieces(struct look *l, const char *dir)
{
	static const char *const set[] = { "base/base", "bin/bin" };
	char path[300];

	for (size_t i = 0; i < 2; i++) {
		(void)snprintf(path, sizeof(path), "%s%s%s.inf", dir, *dir != '\0' ? "/" : "", set[i]);
		if (!has_file(l, path))
			continue;
		l->id->sets = SETS_PIECES;
		(void)snprintf(l->id->dir, sizeof(l->id->dir), "%s", dir);
		return true;
	}
	return false;
}

/* 5.x to 8.x: NAME-RELEASE/base/base.inf; 4.x: bin/bin.inf. */
static void
find_pieces(struct look *l, const struct names *root)
{
	char version[48];

	if (value_of(l, "cdrom.inf", "CD_VERSION", version, sizeof(version)) &&
	    identify_version(version, l->id) && try_pieces(l, l->id->version))
		return;
	for (size_t i = 0; i < root->n; i++)
		if (is_release_dir(root->name[i]) && try_pieces(l, root->name[i])) {
			(void)identify_version(root->name[i], l->id);
			return;
		}
	(void)try_pieces(l, "");
}

static bool
any_file(struct look *l, const char *dir)
{
	struct release rel;
	char why[200];
	int r = release_manifest(l->view, dir, &rel, why);
	bool yes = false;

	if (r == -EBADMSG) {
		(void)snprintf(l->why, 200, "%.60s/MANIFEST: %.120s", dir, why);
		return false;
	}
	if (!found(l, r))
		return false;
	for (size_t i = 0; i < rel.n_set; i++)
		yes = yes || rel.set[i].bytes > 0;
	l->id->no_files = !yes;
	release_done(&rel);
	return yes;
}

static void
find_sets(struct look *l, const struct names *root)
{
	static const char dist[] = "usr/freebsd-dist", pkg[] = "usr/freebsd-packages";
	char path[64];

	(void)snprintf(path, sizeof(path), "%s/MANIFEST", dist);
	if (has_file(l, path) && any_file(l, dist)) {
		l->id->sets = SETS_MANIFEST;
		(void)snprintf(l->id->dir, sizeof(l->id->dir), "%s", dist);
	} else if (has_type(l, pkg, TREE_DIR)) {
		l->id->sets = SETS_PACKAGES;
		l->id->no_files = false;
		(void)snprintf(l->id->dir, sizeof(l->id->dir), "%s", pkg);
	} else {
		find_pieces(l, root);
	}
}

/* A program of the tree says for what it was made. */
static bool
find_program(struct look *l, struct elf_facts *f)
{
	static const char *const program[] = { "bin/sh", "usr/bin/dash", "rescue/sh", "sbin/init",
	    "stand/sh", "libexec/ld-elf.so.1", "boot/kernel/kernel", "kernel" };
	char *buf = malloc(HEAD_MAX);
	bool yes = false;
	size_t n;

	if (buf == NULL) {
		l->err = -ENOMEM;
		return false;
	}
	*f = (struct elf_facts){ .osrel = 0 };
	for (size_t i = 0; i < sizeof(program) / sizeof(program[0]) && !yes; i++)
		yes = read_head(l, program[i], buf, HEAD_MAX, &n) && identify_elf(buf, n, f);
	free(buf);
	return yes;
}

static void
freebsd_version(struct look *l, const struct elf_facts *f)
{
	struct release_id *id = l->id;
	char text[48];

	if (id->version[0] != '\0')
		return;
	if (value_of(l, "bin/freebsd-version", "USERLAND_VERSION", text, sizeof(text)) &&
	    identify_version(text, id))
		return;
	if (value_of(l, "cdrom.inf", "CD_VERSION", text, sizeof(text)) &&
	    identify_version(text, id))
		return;
	(void)identify_osrel(f->osrel, id);
}

/* A classic disc may hold no program at all, but texts. */
static void
arch_by_text(struct look *l)
{
	static const char *const file[] = { "README.TXT", "RELNOTES.TXT", "HARDWARE.TXT",
	    "README.HTM", "RELNOTES.HTM", "HARDWARE.HTM" };
	char buf[4096];
	size_t n;

	for (size_t i = 0; i < sizeof(file) / sizeof(file[0]) && l->id->arch[0] == '\0'; i++)
		if (read_head(l, file[i], buf, sizeof(buf), &n))
			(void)identify_readme(buf, n, l->id->arch);
}

static void
freebsd_boot(struct look *l)
{
	static const char *const bios[] = { "boot/pxeboot", NULL };
	static const char *const uefi[] = { "boot/loader.efi", NULL };
	static const char *const kernel[] = { "boot/kernel/kernel", "boot/kernel/kernel.gz",
	    "boot/kernel.GENERIC/kernel", "kernel", "kernel.gz", NULL };
	struct release_id *id = l->id;
	char value[16];

	copy_first(l, bios, id->bios_loader, sizeof(id->bios_loader));
	copy_first(l, uefi, id->uefi_loader, sizeof(id->uefi_loader));
	copy_first(l, kernel, id->kernel, sizeof(id->kernel));
	id->lua = has_file(l, "boot/lua/loader.lua");
	id->mfsroot = value_of(l, "boot/loader.conf", "mfsroot_load", value, sizeof(value)) &&
	    (value[0] == 'Y' || value[0] == 'y');
}

static bool
is_freebsd(struct look *l, const struct elf_facts *f)
{
	return l->id->sets != SETS_NONE || l->id->no_files || f->freebsd ||
	    has_file(l, "bin/freebsd-version") || has_file(l, "cdrom.inf") ||
	    (has_file(l, "boot/loader") && (has_file(l, "boot/kernel/kernel") ||
	    has_file(l, "boot/kernel/kernel.gz")));
}

static bool
look_freebsd(struct look *l, const struct names *root, const struct elf_facts *f)
{
	struct release_id *id = l->id;

	find_sets(l, root);
	if (!is_freebsd(l, f)) {
		*id = (struct release_id){ .os = RELEASE_NONE };
		return false;
	}
	id->os = RELEASE_FREEBSD;
	(void)snprintf(id->name, sizeof(id->name), "FreeBSD");
	freebsd_version(l, f);
	(void)snprintf(id->arch, sizeof(id->arch), "%s", f->arch);
	arch_by_text(l);
	freebsd_boot(l);
	id->userland = has_file(l, "bin/sh") && has_file(l, "sbin/mount") &&
	    has_file(l, "sbin/init");
	return true;
}

/* Linux -------------------------------------------------------------------- */

static bool
linux_dir(struct look *l, const char *dir)
{
	char path[80];

	(void)snprintf(path, sizeof(path), "%s/MANIFEST", dir);
	if (!has_file(l, path) || !any_file(l, dir))
		return false;
	l->id->sets = SETS_MANIFEST;
	(void)snprintf(l->id->dir, sizeof(l->id->dir), "%s", dir);
	return true;
}

static void
linux_version(struct look *l)
{
	struct release_id *id = l->id;
	const char *s = id->version;
	char *end;

	if (!value_of(l, "etc/os-release", "NAME", id->name, sizeof(id->name)))
		(void)snprintf(id->name, sizeof(id->name), "Linux");
	if (!value_of(l, "etc/os-release", "VERSION", id->version, sizeof(id->version)) &&
	    !value_of(l, "etc/os-release", "VERSION_ID", id->version, sizeof(id->version)))
		return;
	if (strspn(s, "0123456789") - 1 < 4) {
		id->major = (unsigned)strtoul(s, &end, 10);
		if (*end == '.' && strspn(end + 1, "0123456789") - 1 < 4)
			id->minor = (unsigned)strtoul(end + 1, NULL, 10);
	}
}

static bool
look_linux(struct look *l, const struct names *root, const struct elf_facts *f)
{
	static const char *const kernel[] = { "boot/vmlinuz", "boot/Image", "vmlinuz", NULL };
	struct release_id *id = l->id;
	bool sets = linux_dir(l, "distributions");

	for (size_t i = 0; i < root->n && !sets; i++)
		sets = linux_dir(l, root->name[i]);
	if (!sets)
		return false;
	copy_first(l, kernel, id->kernel, sizeof(id->kernel));
	if (id->kernel[0] == '\0' && !has_file(l, "etc/os-release")) {
		(void)snprintf(l->why, 200, "it has %.100s/MANIFEST, but no boot/vmlinuz", id->dir);
		*id = (struct release_id){ .os = RELEASE_NONE };
		return false;
	}
	id->os = RELEASE_LINUX;
	linux_version(l);
	(void)snprintf(id->arch, sizeof(id->arch), "%s", f->arch);
	id->userland = has_file(l, "bin/sh") && (has_file(l, "bin/mount") ||
	    has_file(l, "usr/bin/mount"));
	return true;
}

/* Something else ------------------------------------------------------------ */

/* Discs that people have beside those that we want. */
static const struct { const char *path, *what; } strangers[] = {
	{ "install.amd", "a Debian disc" },
	{ "install.a64", "a Debian disc" },
	{ "install.386", "a Debian disc" },
	{ "casper", "an Ubuntu disc" },
	{ "live/filesystem.squashfs", "a live disc" },
	{ ".discinfo", "a disc of the Red Hat family" },
	{ "images/pxeboot", "a disc of the Red Hat family" },
	{ "boot/x86_64/loader", "an openSUSE disc" },
	{ "arch/boot", "an Arch Linux disc" },
	{ "apks", "an Alpine Linux disc" },
	{ "isolinux", "a Linux disc" },
	{ "sources/install.wim", "a Windows disc" },
	{ "sources/boot.wim", "a Windows disc" },
	{ "bootmgr", "a Windows disc" },
	{ "i386/setupldr.bin", "a Windows disc" },
	{ "amd64/binary/sets", "a NetBSD disc" },
	{ "i386/binary/sets", "a NetBSD disc" },
	{ "etc/boot.conf", "an OpenBSD disc" },
	{ "debian/control", "the source of a Debian package" },
	{ "Kbuild", "the source of the Linux kernel" },
	{ "sys/kern", "a FreeBSD source tree" },
};

static bool
name_stranger(release_has_fn *has, void *arg, char why[200])
{
	for (size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++)
		if (has(arg, strangers[i].path)) {
			(void)snprintf(why, 200, "this is %s: it has %s, no MANIFEST",
			    strangers[i].what, strangers[i].path);
			return true;
		}
	return false;
}

enum release_os
release_guess(release_has_fn *has, void *arg, char why[200])
{
	static const char *const bsd[] = { "usr/freebsd-dist/MANIFEST", "usr/freebsd-packages",
	    "bin/freebsd-version", "cdrom.inf", "base/base.inf", "bin/bin.inf", "rescue/sh",
	    "libexec/ld-elf.so.1", "boot/kernel/kernel", "boot/kernel/kernel.gz" };

	for (size_t i = 0; i < sizeof(bsd) / sizeof(bsd[0]); i++)
		if (has(arg, bsd[i]))
			return RELEASE_FREEBSD;
	if (has(arg, "distributions/MANIFEST") && !name_stranger(has, arg, why))
		return RELEASE_LINUX;
	if (!name_stranger(has, arg, why))
		(void)snprintf(why, 200, "there is neither usr/freebsd-dist/MANIFEST, nor "
		    "cdrom.inf, nor distributions/MANIFEST");
	return RELEASE_NONE;
}

static bool
view_has(void *arg, const char *path)
{
	struct look *l = arg;
	struct node n;

	return found(l, view_walk(l->view, &tree_cred_root, path, true, 0, &n));
}

/* The first names, for somebody who wonders what this is. */
static void
say_names(struct look *l, const struct names *root)
{
	size_t len = 0, i;

	if (root->n == 0) {
		(void)snprintf(l->why, 200, "it is empty");
		return;
	}
	len = (size_t)snprintf(l->why, 200, "it has");
	for (i = 0; i < root->n && i < 5 && len < 90; i++) {
		char safe[25];

		(void)snprintf(safe, sizeof(safe), "%s", root->name[i]);
		for (char *s = safe; *s != '\0'; s++)
			if (*s < 0x20 || *s > 0x7e)
				*s = '?';
		len += (size_t)snprintf(l->why + len, 200 - len, "%s %s", i > 0 ? "," : "", safe);
	}
	(void)snprintf(l->why + len, 200 - len, "%s; no usr/freebsd-dist/MANIFEST, no cdrom.inf, "
	    "no DIR/MANIFEST", i < root->n ? ", ..." : "");
}

int
release_identify(const struct view *view, struct release_id *ret, char why[200])
{
	struct look l = { .view = view, .id = ret, .why = why };
	struct elf_facts f = { .osrel = 0 };
	struct names root;

	*ret = (struct release_id){ .os = RELEASE_NONE };
	why[0] = '\0';
	root_names(&l, &root);
	(void)find_program(&l, &f);
	if (l.err == 0 && !look_freebsd(&l, &root, &f) && !look_linux(&l, &root, &f) &&
	    l.err == 0 && why[0] == '\0' && !name_stranger(view_has, &l, why))
		say_names(&l, &root);
	free(root.name);
	if (l.err < 0)
		*ret = (struct release_id){ .os = RELEASE_NONE };
	return l.err;
}

/* In words ------------------------------------------------------------------ */

void
release_id_text(const struct release_id *id, char ret[160])
{
	static const char *const sets[] = { "no distribution sets", "sets by MANIFEST",
	    "sets in pieces", "packages" };
	const char *loaders = "";

	if (id->os == RELEASE_NONE) {
		(void)snprintf(ret, 160, "no release that provd knows");
		return;
	}
	if (id->os == RELEASE_FREEBSD)
		loaders = id->bios_loader[0] != '\0' && id->uefi_loader[0] != '\0' ?
		    ", loaders for BIOS and UEFI" : id->bios_loader[0] != '\0' ?
		    ", loader for BIOS" : id->uefi_loader[0] != '\0' ? ", loader for UEFI" :
		    ", no loader";
	(void)snprintf(ret, 160, "%.36s%s%.36s%s%s, %s%s%s", id->name, id->version[0] != '\0' ? " " : "",
	    id->version, id->arch[0] != '\0' ? " " : "", id->arch,
	    id->no_files ? "a MANIFEST without its sets" : sets[id->sets], loaders,
	    id->os == RELEASE_LINUX && id->kernel[0] == '\0' ? ", no kernel" : "");
}
