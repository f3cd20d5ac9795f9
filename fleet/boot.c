/* boot.c - telling firmware apart, and the table of boot plans. */
#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "boot.h"

/* Names ------------------------------------------------------------------- */

const char *
firmware_name(enum firmware fw)
{
	static const char *const name[FW__COUNT] = {
		[FW_OS] = "operating system", [FW_PXE_BIOS] = "PXE, BIOS",
		[FW_PXE_UEFI_X64] = "PXE, UEFI x64",
		[FW_PXE_OTHER] = "PXE, other architecture",
		[FW_IPXE_BIOS] = "iPXE, BIOS", [FW_IPXE_UEFI] = "iPXE, UEFI",
		[FW_FREEBSD_LOADER] = "FreeBSD loader", [FW_BOOTP] = "BOOTP",
	};

	assert(fw < FW__COUNT);
	return name[fw];
}

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

/* Firmware ---------------------------------------------------------------- */

#define PXE_CLASS	"PXEClient"
#define ARCH_OTHER	0xffffu

/* Does the user class (77) contain this one?  RFC 3004 puts a length before
 * each; iPXE sends its name bare. */
static bool
has_user_class(const struct fw_facts *f, const char *name)
{
	size_t len = strlen(name), n = f->user_class_len;
	const uint8_t *p = f->user_class;

	if (p == NULL)
		return false;
	if (n == len && memcmp(p, name, len) == 0)
		return true;
	for (size_t i = 0; i < n && p[i] < n - i; i += 1u + p[i])
		if (p[i] == len && memcmp(p + i + 1, name, len) == 0)
			return true;
	return false;
}

static bool
has_vendor_class(const struct fw_facts *f, const char *prefix)
{
	size_t len = strlen(prefix);

	return f->vendor_class != NULL && f->vendor_class_len >= len &&
	    memcmp(f->vendor_class, prefix, len) == 0;
}

/* PXEClient and nothing behind it but, perhaps, a NUL. */
static bool
is_bare_pxe(const struct fw_facts *f)
{
	size_t n = f->vendor_class_len;

	if (!has_vendor_class(f, PXE_CLASS))
		return false;
	while (n > 0 && f->vendor_class[n - 1] == '\0')
		n--;
	return n == strlen(PXE_CLASS);
}

/* Option 93, or else what the vendor class says: PXEClient:Arch:00007:... */
static unsigned
architecture(const struct fw_facts *f)
{
	static const char prefix[] = PXE_CLASS ":Arch:";
	const size_t at = sizeof(prefix) - 1;
	unsigned arch = 0;

	if (f->has_arch)
		return f->arch;
	if (!has_vendor_class(f, prefix) || f->vendor_class_len < at + 5)
		return ARCH_OTHER;
	for (size_t i = at; i < at + 5; i++) {
		if (f->vendor_class[i] < '0' || f->vendor_class[i] > '9')
			return ARCH_OTHER;
		arch = arch * 10 + (unsigned)(f->vendor_class[i] - '0');
	}
	return arch;
}

static bool
is_uefi_x64(unsigned arch)
{
	/* RFC 4578 said 9 where 7 was meant, and both are sent. */
	return arch == 7 || arch == 9;
}

enum firmware
firmware_tell(const struct fw_facts *f)
{
	unsigned arch = architecture(f);

	if (!f->has_type)
		return FW_BOOTP;
	if (has_user_class(f, "FreeBSD"))
		return FW_FREEBSD_LOADER;
	if (f->has_ipxe || has_user_class(f, "iPXE") || has_user_class(f, "gPXE")) {
		if (is_uefi_x64(arch))
			return FW_IPXE_UEFI;
		return arch == 0 || arch == ARCH_OTHER ? FW_IPXE_BIOS : FW_PXE_OTHER;
	}
	/* The loader of FreeBSD 10 says no more than this. */
	if (is_bare_pxe(f) && !f->has_arch)
		return FW_FREEBSD_LOADER;
	if (has_vendor_class(f, PXE_CLASS)) {
		if (is_uefi_x64(arch))
			return FW_PXE_UEFI_X64;
		return arch == 0 ? FW_PXE_BIOS : FW_PXE_OTHER;
	}
	if (has_vendor_class(f, "HTTPClient"))
		return FW_PXE_OTHER;	/* UEFI HTTP boot (architecture 16) */
	return FW_OS;
}

bool
firmware_is_first(enum firmware fw)
{
	return fw == FW_PXE_BIOS || fw == FW_PXE_UEFI_X64 ||
	    fw == FW_PXE_OTHER || fw == FW_IPXE_BIOS || fw == FW_IPXE_UEFI;
}

/* The table --------------------------------------------------------------- */

/* On which way is the client? */
enum way {
	WAY_UNKNOWN = 1,	/* no host of the configuration */
	WAY_IDLE = 2,		/* new, ready */
	WAY_BOOT = 4,		/* armed, booting, installing, or to be inspected */
	WAY_DISK = 8,		/* installed, local, failed */
};

enum loader { LOADER_AUTO = 1, LOADER_PXELINUX = 2, LOADER_IPXE = 4 };

#define ANY		0xffu
#define FW(x)		(1u << FW_##x)
#define FW_ANY		((1u << FW__COUNT) - 1)
#define FW_IPXE		(FW(IPXE_BIOS) | FW(IPXE_UEFI))
#define FW_BIOS		(FW(PXE_BIOS) | FW(IPXE_BIOS))
#define FW_UEFI		(FW(PXE_UEFI_X64) | FW(IPXE_UEFI))
#define FW_BOOTS	(FW_ANY & ~FW(OS))
#define OS_LINUX	(1u << BOOT_LINUX)
#define OS_FREEBSD	(1u << BOOT_FREEBSD)

struct rule {
	const char	*name;
	unsigned	 way, fw, loader, os;	/* sets; all must match */
	bool		 needs_file;	/* the subnet names a boot file */
	enum boot_action action;
	enum { F_NONE, F_TOKEN, F_LOCAL, F_SUBNET, F_BIOS, F_UEFI } file;
	const char	*base;		/* F_TOKEN, F_LOCAL: the name */
	enum { R_NONE, R_INST, R_SUBNET } root;
	const char	*why;
};

/* The first row that matches decides; the last matches everything. */
static const struct rule rules[] = {
{ "unknown-file", WAY_UNKNOWN, FW_BOOTS, ANY, ANY, true,
  BOOT_FILE, F_SUBNET, NULL, R_SUBNET,
  "Not a host of the configuration: the boot file of its subnet." },
{ "unknown", WAY_UNKNOWN, FW_ANY, ANY, ANY, false,
  BOOT_ADDRESS, F_NONE, NULL, R_SUBNET,
  "Not a host of the configuration: an address and no boot file." },

{ "boot-os", WAY_BOOT, FW(OS) | FW(BOOTP), ANY, ANY, false,
  BOOT_ADDRESS, F_NONE, NULL, R_INST,
  "The system that installs asks for its address: it has its boot file already." },
{ "boot-loader", WAY_BOOT, FW(FREEBSD_LOADER), ANY, ANY, false,
  BOOT_ADDRESS, F_NONE, NULL, R_INST,
  "FreeBSD's loader asks for its root: the installation's view of the tree." },
{ "boot-freebsd-bios", WAY_BOOT, FW_BIOS, ANY, OS_FREEBSD, false,
  BOOT_FILE, F_BIOS, NULL, R_INST,
  "To be installed or inspected: FreeBSD's loader for BIOS, from the tree." },
{ "boot-freebsd-uefi", WAY_BOOT, FW_UEFI, ANY, OS_FREEBSD, false,
  BOOT_FILE, F_UEFI, NULL, R_INST,
  "To be installed or inspected: FreeBSD's loader for UEFI, from the tree." },
{ "boot-ipxe-pxelinux", WAY_BOOT, FW(IPXE_BIOS), LOADER_PXELINUX, OS_LINUX, false,
  BOOT_FILE, F_TOKEN, "pxelinux.0", R_INST,
  "To be installed or inspected: iPXE, and the host asks for pxelinux." },
{ "boot-ipxe", WAY_BOOT, FW_IPXE, ANY, OS_LINUX, false,
  BOOT_FILE, F_TOKEN, "menu.ipxe", R_INST,
  "To be installed or inspected: iPXE reads its script." },
{ "boot-bios-ipxe", WAY_BOOT, FW(PXE_BIOS), LOADER_IPXE, OS_LINUX, false,
  BOOT_FILE, F_TOKEN, "undionly.kpxe", R_INST,
  "To be installed or inspected: BIOS, and the host asks for iPXE." },
{ "boot-bios", WAY_BOOT, FW(PXE_BIOS), ANY, OS_LINUX, false,
  BOOT_FILE, F_TOKEN, "pxelinux.0", R_INST,
  "To be installed or inspected: BIOS loads pxelinux." },
{ "boot-uefi", WAY_BOOT, FW(PXE_UEFI_X64), ANY, OS_LINUX, false,
  BOOT_FILE, F_TOKEN, "ipxe.efi", R_INST,
  "To be installed or inspected: UEFI loads iPXE." },
{ "boot-other", WAY_BOOT, FW_ANY, ANY, ANY, false,
  BOOT_ADDRESS, F_NONE, NULL, R_INST,
  "To be installed or inspected, but there is no boot program for this architecture." },

{ "idle-file", WAY_IDLE, FW_BOOTS, ANY, ANY, true,
  BOOT_FILE, F_SUBNET, NULL, R_SUBNET,
  "Nothing is to be installed: the boot file of the subnet." },
{ "idle-os", WAY_IDLE, FW(OS) | FW(BOOTP) | FW(FREEBSD_LOADER), ANY, ANY, false,
  BOOT_ADDRESS, F_NONE, NULL, R_SUBNET,
  "Nothing is to be installed: an address and the subnet's options." },

{ "disk-ipxe", WAY_IDLE | WAY_DISK, FW_IPXE, ANY, ANY, false,
  BOOT_LOCAL, F_LOCAL, "menu.ipxe", R_NONE,
  "Nothing is to be installed: an iPXE script goes on to the disk." },
{ "disk-bios", WAY_IDLE | WAY_DISK, FW(PXE_BIOS), ANY, ANY, false,
  BOOT_LOCAL, F_LOCAL, "pxelinux.0", R_NONE,
  "Nothing is to be installed: pxelinux goes on to the disk." },
{ "disk-uefi", WAY_IDLE | WAY_DISK, FW(PXE_UEFI_X64) | FW(PXE_OTHER), ANY, ANY, false,
  BOOT_LOCAL, F_NONE, NULL, R_NONE,
  "Nothing is to be installed: without a boot file the firmware goes on to its next boot entry." },
{ "address", ANY, FW_ANY, ANY, ANY, false,
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
	if (ready && (q->inspect || q->state == HS_ARMED ||
	    q->state == HS_BOOTING || q->state == HS_INSTALLING))
		return WAY_BOOT;
	if (q->state == HS_NEW || q->state == HS_READY)
		return WAY_IDLE;
	return WAY_DISK;
}

static const struct rule *
find_rule(const struct boot_query *q)
{
	unsigned way = way_of(q), fw = 1u << q->fw, loader = 1u << q->loader;
	unsigned os = q->recipe != NULL ? 1u << q->recipe->os : ANY;
	bool file = q->filename != NULL && q->filename[0] != '\0';
	const struct rule *r = rules;

	while (!((r->way & way) && (r->fw & fw) && (r->loader & loader) &&
	    (r->os & os) && (!r->needs_file || file)))
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

static bool
put_file(const struct boot_query *q, const struct rule *r, struct boot_plan *p)
{
	char dir[64] = "";
	const char *path;

	if (q->token != NULL && !put(dir, sizeof(dir), ".provd/", q->token, "/"))
		return false;
	switch (r->file) {
	case F_NONE:
		return true;
	case F_SUBNET:
		return put(p->file, sizeof(p->file), q->filename, "", "");
	case F_LOCAL:
		return put(p->file, sizeof(p->file), ".provd/local/", r->base, "");
	case F_TOKEN:
		return put(p->file, sizeof(p->file), dir, r->base, "");
	case F_BIOS:
	case F_UEFI:
		path = r->file == F_BIOS ? q->recipe->bios_file : q->recipe->uefi_file;
		while (*path == '/')
			path++;
		return *path != '\0' &&
		    put(p->file, sizeof(p->file), dir, "root/", path);
	}
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
		tftp = q->recipe->root == ROOT_TFTP && q->fw == FW_FREEBSD_LOADER;
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
	/* Our own files are here, whatever server the subnet names. */
	ret->next_server = q->server;
	if (q->next_server != 0 && (r->file == F_SUBNET || r->root == R_SUBNET))
		ret->next_server = q->next_server;
	if (!put_file(q, r, ret)) {
		ret->action = BOOT_ADDRESS;
		ret->why = r->file == F_BIOS || r->file == F_UEFI ?
		    "The profile names no boot program for this firmware, or one whose name is too long." :
		    "The boot file's name is too long.";
	}
	if (!put_root(q, r, ret))
		ret->why = "The root path is too long.";
}
