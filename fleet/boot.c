/* boot.c - the table of boot plans. */
#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "boot.h"

/* Names ------------------------------------------------------------------- */

static const char *const state_name[HS__COUNT] = {
	[HS_NEW] = "new", [HS_READY] = "ready", [HS_ARMED] = "armed",
	[HS_BOOTING] = "booting", [HS_INSTALLING] = "installing",
	[HS_INSTALLED] = "installed", [HS_LOCAL] = "local",
	[HS_FAILED] = "failed",
};

const char *
host_state_name(enum host_state s)
{
	assert(s < HS__COUNT);
	return state_name[s];
}

int
host_state_parse(const char *name, enum host_state *ret)
{
	for (unsigned i = 0; i < HS__COUNT; i++)
		if (strcmp(name, state_name[i]) == 0) {
			*ret = (enum host_state)i;
			return 0;
		}
	return -EINVAL;
}

/* The table --------------------------------------------------------------- */

/* On which way is the client? */
enum way {
	WAY_UNKNOWN = 1,	/* no host of the configuration */
	WAY_IDLE = 2,		/* new, ready */
	WAY_BOOT = 4,		/* armed, booting, installing, or to boot something else */
	WAY_DISK = 8,		/* installed, local, failed */
};

enum loader { LOADER_AUTO = 1, LOADER_PXELINUX = 2, LOADER_IPXE = 4 };

#define ANY		0xffffu
#define K(x)		(1u << FK_##x)
#define K_FILE		(K(PXE) | K(HTTP))	/* loads a program, and starts it */
#define K_BOOTS		(ANY & ~K(OS))
#define A_BIOS		(1u << FA_BIOS)
#define A_UEFI		(ANY & ~(A_BIOS | 1u << FA_NONE | 1u << FA_RPI | 1u << FA_OTHER))
#define OS_LINUX	(1u << BOOT_LINUX)
#define OS_FREEBSD	(1u << BOOT_FREEBSD)

/* What more must hold. */
#define N_FILE		1u	/* the subnet names a boot file */
#define N_PROGRAM	2u	/* the profile names a program for the architecture */
#define N_LOADED	4u	/* boot_query.loaded */
#define N_LOOPS		8u
#define N_GRUB		16u	/* boot_query.disk_program */
#define N_NO_HTTP	32u	/* there is no HTTP server */
#define N_HTTP		128u
#define N_NAME		64u	/* the subnet's boot file is no URL */
#define N_WAITS		256u	/* boot_query.place */
#define N_ASKED		512u	/* boot_query.asks_file */

struct rule {
	const char	*name;
	unsigned	 way, kind, arch, loader, os, needs;	/* sets; all must match */
	enum boot_action action;
	enum { F_NONE, F_TOKEN, F_LOCAL, F_SUBNET, F_PROGRAM, F_IPXE,
	       F_LOCAL_IPXE, F_DISK } file;
	const char	*base;		/* F_TOKEN, F_LOCAL: the name */
	enum { R_NONE, R_INST, R_SUBNET } root;
	const char	*why;
};

/* The first row that matches decides; the last matches everything. */
static const struct rule rules[] = {
{ "http-off", WAY_BOOT, K(HTTP), ANY, ANY, ANY, N_NO_HTTP,
  BOOT_ADDRESS, F_NONE, NULL, R_NONE,
  "Its firmware asks for a URL, and provd's HTTP server is off (http.enabled)." },
{ "http-off", WAY_UNKNOWN | WAY_IDLE, K(HTTP), ANY, ANY, ANY, N_NO_HTTP | N_NAME,
  BOOT_ADDRESS, F_NONE, NULL, R_NONE,
  "Its firmware asks for a URL, and provd's HTTP server is off (http.enabled)." },

{ "wait-ipxe", WAY_BOOT, K(IPXE), ANY, ANY, ANY, N_WAITS,
  BOOT_FILE, F_LOCAL, "wait.ipxe", R_NONE,
  "To be installed, when it is its turn: an iPXE script that asks again." },
{ "wait-silent", WAY_BOOT, K_FILE, ANY, ANY, OS_LINUX, N_WAITS | N_PROGRAM,
  BOOT_SILENT, F_NONE, NULL, R_NONE,
  "To be installed, when it is its turn: until then silence, since it starts the profile's boot program only." },
{ "wait-bios", WAY_BOOT, K(PXE), A_BIOS, ANY, ANY, N_WAITS,
  BOOT_FILE, F_LOCAL, "undionly.kpxe", R_NONE,
  "To be installed, when it is its turn: BIOS loads iPXE, whose script asks again." },
{ "wait-uefi", WAY_BOOT, K_FILE, 1u << FA_X64, ANY, ANY, N_WAITS,
  BOOT_FILE, F_LOCAL_IPXE, NULL, R_NONE,
  "To be installed, when it is its turn: UEFI loads iPXE, whose script asks again." },
{ "wait-silent", WAY_BOOT, ANY, ANY, ANY, ANY, N_WAITS,
  BOOT_SILENT, F_NONE, NULL, R_NONE,
  "To be installed, when it is its turn: until then silence." },

{ "unknown-file", WAY_UNKNOWN, K_BOOTS, ANY, ANY, ANY, N_FILE,
  BOOT_FILE, F_SUBNET, NULL, R_SUBNET,
  "Not a host of the configuration: the boot file of its subnet." },
{ "unknown-asks", WAY_UNKNOWN, K(OS), ANY, ANY, ANY, N_FILE | N_ASKED,
  BOOT_FILE, F_SUBNET, NULL, R_SUBNET,
  "Not a host of the configuration, and no firmware, but it asks for a boot file, as telephones and switches do: that of its subnet." },
{ "unknown", WAY_UNKNOWN, ANY, ANY, ANY, ANY, 0,
  BOOT_ADDRESS, F_NONE, NULL, R_SUBNET,
  "Not a host of the configuration: an address and no boot file." },

{ "boot-os", WAY_BOOT, K(OS) | K(BOOTP), ANY, ANY, ANY, 0,
  BOOT_ADDRESS, F_NONE, NULL, R_INST,
  "The system from the tree asks for its address: it has its boot file already." },
{ "boot-loader", WAY_BOOT, K(LOADER), ANY, ANY, ANY, 0,
  BOOT_ADDRESS, F_NONE, NULL, R_INST,
  "FreeBSD's loader asks for its root: the installation's view of the tree." },
{ "boot-raspberry-pi", WAY_BOOT, K(RPI), ANY, ANY, ANY, 0,
  BOOT_FILE, F_NONE, NULL, R_INST,
  "To boot from the tree: a Raspberry Pi knows the names of its files itself." },
{ "boot-uboot", WAY_BOOT, K(UBOOT), ANY, ANY, OS_LINUX, 0,
  BOOT_FILE, F_TOKEN, "menu.ipxe", R_INST,
  "To boot from the tree: U-Boot reads the menu of pxelinux beside this file." },
{ "boot-freebsd-bios", WAY_BOOT, K_FILE | K(IPXE), A_BIOS, ANY, OS_FREEBSD, 0,
  BOOT_FILE, F_PROGRAM, NULL, R_INST,
  "To boot from the tree: FreeBSD's loader for BIOS, from the tree." },
{ "boot-freebsd-uefi", WAY_BOOT, K_FILE | K(IPXE), A_UEFI, ANY, OS_FREEBSD, 0,
  BOOT_FILE, F_PROGRAM, NULL, R_INST,
  "To boot from the tree: FreeBSD's loader for UEFI, from the tree." },
{ "boot-ipxe-pxelinux", WAY_BOOT, K(IPXE), A_BIOS, LOADER_PXELINUX, OS_LINUX, 0,
  BOOT_FILE, F_TOKEN, "pxelinux.0", R_INST,
  "To boot from the tree: iPXE, and the host asks for pxelinux." },
{ "boot-ipxe", WAY_BOOT, K(IPXE), ANY, ANY, OS_LINUX, 0,
  BOOT_FILE, F_TOKEN, "menu.ipxe", R_INST,
  "To boot from the tree: iPXE reads its script." },
{ "boot-ipxe-silent", WAY_BOOT, K(PXE), ANY, ANY, OS_LINUX, N_LOADED,
  BOOT_FILE, F_TOKEN, "menu.ipxe", R_INST,
  "To boot from the tree: it was given iPXE a moment ago and asks again, so this is iPXE." },
{ "boot-program", WAY_BOOT, K_FILE, ANY, ANY, OS_LINUX, N_PROGRAM,
  BOOT_FILE, F_PROGRAM, NULL, R_INST,
  "To boot from the tree: the boot program of the profile." },
{ "boot-bios-ipxe", WAY_BOOT, K(PXE), A_BIOS, LOADER_IPXE, OS_LINUX, 0,
  BOOT_FILE, F_TOKEN, "undionly.kpxe", R_INST,
  "To boot from the tree: BIOS, and the host asks for iPXE." },
{ "boot-bios", WAY_BOOT, K(PXE), A_BIOS, ANY, OS_LINUX, 0,
  BOOT_FILE, F_TOKEN, "pxelinux.0", R_INST,
  "To boot from the tree: BIOS loads pxelinux." },
{ "boot-uefi", WAY_BOOT, K_FILE, A_UEFI, ANY, OS_LINUX, 0,
  BOOT_FILE, F_IPXE, NULL, R_INST,
  "To boot from the tree: UEFI loads iPXE." },
{ "boot-other", WAY_BOOT, ANY, ANY, ANY, ANY, 0,
  BOOT_ADDRESS, F_NONE, NULL, R_INST,
  "To boot from the tree, but there is no boot program for this architecture." },

{ "idle-file", WAY_IDLE, K_BOOTS, ANY, ANY, ANY, N_FILE,
  BOOT_FILE, F_SUBNET, NULL, R_SUBNET,
  "Nothing is to be installed: the boot file of the subnet." },
{ "idle-asks", WAY_IDLE, K(OS), ANY, ANY, ANY, N_FILE | N_ASKED,
  BOOT_FILE, F_SUBNET, NULL, R_SUBNET,
  "Nothing is to be installed, but it asks for a boot file, as telephones and switches do: that of the subnet." },
{ "idle-os", WAY_IDLE, K(OS) | K(BOOTP) | K(LOADER), ANY, ANY, ANY, 0,
  BOOT_ADDRESS, F_NONE, NULL, R_SUBNET,
  "Nothing is to be installed: an address and the subnet's options." },

{ "disk-loop", WAY_IDLE | WAY_DISK, K_FILE | K(IPXE), ANY, ANY, ANY, N_LOOPS,
  BOOT_SILENT, F_NONE, NULL, R_NONE,
  "It was sent to its disk several times within minutes and came back: silence, for a while, so that its firmware tries another way." },
{ "disk-grub", WAY_IDLE | WAY_DISK, K(PXE), A_UEFI, ANY, ANY, N_GRUB,
  BOOT_LOCAL, F_DISK, NULL, R_NONE,
  "Nothing is to be installed: GRUB starts what is on the disk; left to itself UEFI would try each way to boot from the network first." },
{ "disk-grub", WAY_IDLE | WAY_DISK, K(HTTP), A_UEFI, ANY, ANY, N_GRUB | N_HTTP,
  BOOT_LOCAL, F_DISK, NULL, R_NONE,
  "Nothing is to be installed: GRUB starts what is on the disk; left to itself UEFI would try each way to boot from the network first." },
{ "disk-ipxe", WAY_IDLE | WAY_DISK, K(IPXE), ANY, ANY, ANY, 0,
  BOOT_LOCAL, F_LOCAL, "menu.ipxe", R_NONE,
  "Nothing is to be installed: an iPXE script goes on to the disk." },
{ "disk-bios", WAY_IDLE | WAY_DISK, K(PXE), A_BIOS, ANY, ANY, 0,
  BOOT_LOCAL, F_LOCAL, "pxelinux.0", R_NONE,
  "Nothing is to be installed: pxelinux goes on to the disk." },
{ "disk-uefi", WAY_IDLE | WAY_DISK, K_FILE, A_UEFI, ANY, ANY, 0,
  BOOT_LOCAL, F_NONE, NULL, R_NONE,
  "Nothing is to be installed: without a boot file the firmware goes on to its next boot entry." },
{ "disk-silent", WAY_IDLE | WAY_DISK, K_FILE | K(RPI) | K(UBOOT), ANY, ANY, ANY, 0,
  BOOT_SILENT, F_NONE, NULL, R_NONE,
  "Nothing is to be installed: without an answer the firmware goes on to its disk." },
{ "address", ANY, ANY, ANY, ANY, ANY, 0,
  BOOT_ADDRESS, F_NONE, NULL, R_NONE,
  "A system that runs from its disk: an address and no boot file." },
};

#define N_RULES	(sizeof(rules) / sizeof(rules[0]))

const char *
boot_rule_text(unsigned i, const char **ret_name)
{
	if (i >= N_RULES)
		return NULL;
	*ret_name = rules[i].name;
	return rules[i].why;
}

static enum way
way_of(const struct boot_query *q)
{
	bool ready = q->token != NULL && q->recipe != NULL;

	if (!q->known)
		return WAY_UNKNOWN;
	if (ready && (q->other || q->state == HS_ARMED ||
	    q->state == HS_BOOTING || q->state == HS_INSTALLING))
		return WAY_BOOT;
	if (q->state == HS_NEW || q->state == HS_READY)
		return WAY_IDLE;
	return WAY_DISK;
}

/* "KEY=FILE KEY=FILE": the file of a key, or NULL. */
static const char *
listed(const char *list, const char *key, size_t *ret_len)
{
	size_t n = strlen(key);

	for (; *list != '\0'; list += strspn(list, " ")) {
		*ret_len = strcspn(list, " ");
		if (*ret_len > n + 1 && memcmp(list, key, n) == 0 && list[n] == '=') {
			*ret_len -= n + 1;
			return list + n + 1;
		}
		list += *ret_len;
	}
	return NULL;
}

bool
boot_recipe_program(const struct boot_recipe *r, enum fw_arch arch,
    const char **ret, size_t *ret_len)
{
	const char *key = fw_arch_key(arch), *file;
	size_t len;

	if (key == NULL || (file = listed(r->programs, key, &len)) == NULL)
		return false;
	*ret = file;
	*ret_len = len;
	return true;
}

/* The program for an architecture: what the profile says, or FreeBSD's loader.
 * Is it of the tree, or of boot-programs? */
static const char *
program(const struct boot_query *q, size_t *ret_len, bool *ret_tree)
{
	const struct boot_recipe *r = q->recipe;
	enum fw_arch arch = firmware_arch(q->fw);
	const char *file;

	if (r == NULL)
		return NULL;
	if (boot_recipe_program(r, arch, &file, ret_len)) {
		*ret_tree = memchr(file, '/', *ret_len) != NULL;
		return file;
	}
	*ret_tree = true;
	if (r->os != BOOT_FREEBSD || (arch != FA_BIOS && arch != FA_X64))
		return NULL;
	file = arch == FA_BIOS ? r->bios_file : r->uefi_file;
	file += strspn(file, "/");
	*ret_len = strlen(file);
	return *ret_len > 0 ? file : NULL;
}

static unsigned
what_holds(const struct boot_query *q)
{
	unsigned is = 0;
	size_t len;
	bool tree;

	if (q->filename != NULL && q->filename[0] != '\0')
		is |= strstr(q->filename, "://") != NULL ? N_FILE : N_FILE | N_NAME;
	if (program(q, &len, &tree) != NULL)
		is |= N_PROGRAM;
	if (q->loaded)
		is |= N_LOADED;
	if (q->loops)
		is |= N_LOOPS;
	if (q->disk_program != NULL)
		is |= N_GRUB;
	if (q->place != 0)
		is |= N_WAITS;
	if (q->asks_file)
		is |= N_ASKED;
	return is | (q->http_port != 0 ? N_HTTP : N_NO_HTTP);
}

static const struct rule *
find_rule(const struct boot_query *q)
{
	unsigned way = way_of(q), loader = 1u << q->loader, is = what_holds(q);
	unsigned kind = 1u << firmware_kind(q->fw), arch = 1u << firmware_arch(q->fw);
	unsigned os = q->recipe != NULL ? 1u << q->recipe->os : ANY;
	const struct rule *r = rules;

	while (!((r->way & way) && (r->kind & kind) && (r->arch & arch) &&
	    (r->loader & loader) && (r->os & os) && (r->needs & ~is) == 0))
		r++;
	return r;
}

/* A name that does not fit is worse than none: it would be another file's. */
static bool
put(char *dst, size_t cap, const char *a, const char *b, const char *c)
{
	int n = snprintf(dst, cap, "%s%s%s", a, b, c);

	if (n >= 0 && (size_t)n < cap)
		return true;
	dst[0] = '\0';
	return false;
}

/* iPXE by the names that its builds have. */
static const char *
ipxe_for(enum fw_arch arch)
{
	static const char *const name[FA__COUNT] = {
		[FA_IA32] = "ipxe-ia32.efi", [FA_X64] = "ipxe.efi",
		[FA_ARM32] = "ipxe-arm32.efi", [FA_ARM64] = "ipxe-arm64.efi",
		[FA_RISCV32] = "ipxe-riscv32.efi",
		[FA_RISCV64] = "ipxe-riscv64.efi",
		[FA_LOONG64] = "ipxe-loong64.efi",
	};

	return name[arch] != NULL ? name[arch] : "";
}

static bool
put_file(const struct boot_query *q, const struct rule *r, struct boot_plan *p)
{
	char dir[64] = "", name[sizeof(q->recipe->programs)];
	const char *path;
	size_t len;
	bool tree;

	if (q->token != NULL && !put(dir, sizeof(dir), ".provd/", q->token, "/"))
		return false;
	switch (r->file) {
	case F_NONE:
		return true;
	case F_SUBNET:
		return put(p->file, sizeof(p->file), q->filename, "", "");
	case F_LOCAL:
		return put(p->file, sizeof(p->file), ".provd/local/", r->base, "");
	case F_DISK:
		return put(p->file, sizeof(p->file), ".provd/local/",
		    q->disk_program, "");
	case F_TOKEN:
		return put(p->file, sizeof(p->file), dir, r->base, "");
	case F_IPXE:
	case F_LOCAL_IPXE:
		path = ipxe_for(firmware_arch(q->fw));
		return *path != '\0' && put(p->file, sizeof(p->file),
		    r->file == F_IPXE ? dir : ".provd/local/", path, "");
	case F_PROGRAM:
		if ((path = program(q, &len, &tree)) == NULL)
			return false;
		(void)snprintf(name, sizeof(name), "%.*s", (int)len, path);
		return put(p->file, sizeof(p->file), dir, tree ? "root/" : "",
		    name + strspn(name, "/"));
	}
	return false;
}

/* The file as a URL, for firmware that loads by HTTP. */
static bool
put_url(const struct boot_query *q, const struct rule *r, struct boot_plan *p)
{
	char name[sizeof(p->file)], port[8] = "", ip[IP4_STRLEN];
	uint32_t from = r->file == F_SUBNET && q->next_server != 0 ?
	    q->next_server : q->server;
	int n;

	if (p->file[0] == '\0' || strstr(p->file, "://") != NULL)
		return true;
	memcpy(name, p->file, sizeof(name));
	if (q->http_port != 80)
		(void)snprintf(port, sizeof(port), ":%u", q->http_port);
	n = snprintf(p->file, sizeof(p->file), "http://%s%s/%s", ip4_str(from, ip),
	    port, name + strspn(name, "/"));
	if (n >= 0 && (size_t)n < sizeof(p->file))
		return true;
	p->file[0] = '\0';
	return false;
}

static bool
put_root(const struct boot_query *q, const struct rule *r, struct boot_plan *p)
{
	char own[sizeof("tftp://") + IP4_STRLEN + sizeof(":/.provd/")], ip[IP4_STRLEN];
	bool tftp;

	switch (r->root) {
	case R_NONE:
		return true;
	case R_SUBNET:
		return q->root_path == NULL ||
		    put(p->root_path, sizeof(p->root_path), q->root_path, "", "");
	case R_INST:
		tftp = q->recipe->root == ROOT_TFTP && firmware_kind(q->fw) == FK_LOADER;
		(void)put(own, sizeof(own), tftp ? "tftp://" : "",
		    ip4_str(q->server, ip), tftp ? "/.provd/" : ":/.provd/");
		(void)put(p->loader_vars, sizeof(p->loader_vars),
		    q->recipe->loader_vars, "", "");
		return put(p->root_path, sizeof(p->root_path), own, q->token, "/root");
	}
	return false;
}

void
boot_plan(const struct boot_query *q, struct boot_plan *ret)
{
	const struct rule *r = find_rule(q);

	memset(ret, 0, sizeof(*ret));
	ret->action = r->action;
	ret->rule = r->name;
	ret->why = r->why;
	ret->place = r->needs & N_WAITS ? q->place : 0;
	/* Our own files are here, whatever server the subnet names. */
	ret->next_server = q->server;
	if (q->next_server != 0 && (r->file == F_SUBNET || r->root == R_SUBNET))
		ret->next_server = q->next_server;
	if (!put_file(q, r, ret) ||
	    (firmware_kind(q->fw) == FK_HTTP && !put_url(q, r, ret))) {
		ret->action = BOOT_ADDRESS;
		ret->why = r->file == F_PROGRAM || r->file == F_IPXE ?
		    "The profile names no boot program for this firmware, or one whose name is too long." :
		    "The boot file's name is too long.";
	}
	if (!put_root(q, r, ret))
		ret->why = "The root path is too long.";
}
