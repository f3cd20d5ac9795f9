/* test_boot.c - firmware told apart as it was seen on the wire, and every row
 * of the table of boot plans. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "../../fleet/boot.h"

#define TOKEN	"0123456789abcdef0123456789abcdef"
#define SERVER	0xc0a80a01u		/* 192.168.10.1 */

/* Firmware ---------------------------------------------------------------- */

static enum firmware
tell(bool type, const char *vendor, const char *user, int arch, bool ipxe)
{
	struct fw_facts f = { .has_type = type, .has_ipxe = ipxe,
	    .has_arch = arch >= 0, .arch = (uint16_t)(arch >= 0 ? arch : 0) };

	if (vendor != NULL) {
		f.vendor_class = (const uint8_t *)vendor;
		f.vendor_class_len = (uint8_t)strlen(vendor);
	}
	if (user != NULL) {
		f.user_class = (const uint8_t *)user;
		f.user_class_len = (uint8_t)strlen(user);
	}
	return firmware_tell(&f);
}

static void
test_tells_firmware_as_seen_on_the_wire(void **state)
{
	(void)state;
	/* QEMU's iPXE ROM, BIOS and UEFI */
	assert_int_equal(tell(true, "PXEClient:Arch:00000:UNDI:002001", "iPXE", 0, true), FW_IPXE_BIOS);
	assert_int_equal(tell(true, "PXEClient:Arch:00007:UNDI:003010", "iPXE", 7, true), FW_IPXE_UEFI);
	/* EDK2's own PXE client */
	assert_int_equal(tell(true, "PXEClient:Arch:00007:UNDI:003016", NULL, 7, false), FW_PXE_UEFI_X64);
	/* pxeboot of FreeBSD 10: only 53 and a bare 60 */
	assert_int_equal(tell(true, "PXEClient", NULL, -1, false), FW_FREEBSD_LOADER);
	/* the loader of 15: user class in the form of RFC 3004 */
	assert_int_equal(tell(true, "PXEClient", "\x07" "FreeBSD", -1, false), FW_FREEBSD_LOADER);
	assert_int_equal(tell(true, NULL, NULL, -1, false), FW_OS);
	assert_int_equal(tell(true, "udhcp 1.35.0", NULL, -1, false), FW_OS);
	assert_int_equal(tell(false, NULL, NULL, -1, false), FW_BOOTP);
}

static void
test_tells_architectures_apart(void **state)
{
	(void)state;
	/* RFC 4578 with its erratum: 7 and 9 are both sent for x64 */
	assert_int_equal(tell(true, "PXEClient:Arch:00009:UNDI:003016", NULL, 9, false), FW_PXE_UEFI_X64);
	assert_int_equal(tell(true, "PXEClient:Arch:00009:UNDI:003010", "iPXE", 9, true), FW_IPXE_UEFI);
	assert_int_equal(tell(true, "PXEClient:Arch:00000:UNDI:002001", NULL, 0, false), FW_PXE_BIOS);
	assert_int_equal(tell(true, "PXEClient:Arch:00006:UNDI:003016", NULL, 6, false), FIRMWARE(FK_PXE, FA_IA32));
	assert_int_equal(tell(true, "PXEClient:Arch:00011:UNDI:003000", NULL, 11, false), FIRMWARE(FK_PXE, FA_ARM64));
	assert_int_equal(tell(true, "PXEClient:Arch:00011:UNDI:003000", "iPXE", 11, true), FIRMWARE(FK_IPXE, FA_ARM64));
	assert_int_equal(tell(true, "HTTPClient:Arch:00016:UNDI:003016", NULL, 16, false), FW_HTTP_UEFI_X64);
	/* without option 93 the vendor class says it */
	assert_int_equal(tell(true, "PXEClient:Arch:00007:UNDI:003016", NULL, -1, false), FW_PXE_UEFI_X64);
	assert_int_equal(tell(true, "PXEClient:Arch:00000:UNDI:002001", NULL, -1, false), FW_PXE_BIOS);
	assert_int_equal(tell(true, "PXEClient:Arch:0000", NULL, -1, false), FW_PXE_OTHER);
	assert_int_equal(tell(true, "PXEClient:Arch:0x007:", NULL, -1, false), FW_PXE_OTHER);
	/* a bare PXEClient with option 93 is firmware, not the loader */
	assert_int_equal(tell(true, "PXEClient", NULL, 0, false), FW_PXE_BIOS);
}

static void
test_tells_ipxe_by_either_sign(void **state)
{
	(void)state;
	assert_int_equal(tell(true, "PXEClient:Arch:00000:UNDI:002001", "iPXE", 0, false), FW_IPXE_BIOS);
	assert_int_equal(tell(true, "PXEClient:Arch:00000:UNDI:002001", NULL, 0, true), FW_IPXE_BIOS);
	assert_int_equal(tell(true, NULL, "\x04" "iPXE", -1, false), FW_IPXE_BIOS);
	assert_int_equal(tell(true, NULL, "\x03" "foo\x04" "iPXE", 7, false), FW_IPXE_UEFI);
	assert_int_equal(tell(true, NULL, "iPXEx", -1, false), FW_OS);
	assert_int_equal(tell(true, NULL, "\x09" "iPXE", -1, false), FW_OS);	/* runs past the end */
}

static void
test_only_the_machines_own_firmware_starts_a_boot(void **state)
{
	(void)state;
	for (unsigned fw = 0; fw < FW__COUNT; fw++) {
		enum fw_kind k = firmware_kind(fw);
		bool first = k != FK_OS && k != FK_LOADER && k != FK_BOOTP;

		assert_int_equal(firmware_is_first(fw), first);
		assert_true(strlen(firmware_name(fw)) > 0);
	}
}

/* IANA, Processor Architecture Types; RFC 4578 2.1 with its erratum. */
static const struct { uint16_t code; enum fw_arch arch; } codes[] = {
	{ 0, FA_BIOS }, { 6, FA_IA32 }, { 7, FA_X64 }, { 9, FA_X64 },
	{ 10, FA_ARM32 }, { 11, FA_ARM64 }, { 15, FA_IA32 }, { 16, FA_X64 },
	{ 17, FA_X64 }, { 18, FA_ARM32 }, { 19, FA_ARM64 }, { 20, FA_BIOS },
	{ 25, FA_RISCV32 }, { 26, FA_RISCV32 }, { 27, FA_RISCV64 },
	{ 28, FA_RISCV64 }, { 37, FA_LOONG32 }, { 38, FA_LOONG32 },
	{ 39, FA_LOONG64 }, { 40, FA_LOONG64 },
};
#define N_CODES	(sizeof(codes) / sizeof(codes[0]))

/* Every code that there may be, as each kind of program. */
static void
test_every_architecture_in_every_kind(void **state)
{
	(void)state;
	for (int code = 0; code <= 0xffff; code = code < 300 ? code + 1 : code * 2 + 1) {
		enum fw_arch want = FA_OTHER;
		char pxe[40], http[40];

		for (size_t i = 0; i < N_CODES; i++)
			if (codes[i].code == code)
				want = codes[i].arch;
		snprintf(pxe, sizeof(pxe), "PXEClient:Arch:%05d:UNDI:003016", code);
		snprintf(http, sizeof(http), "HTTPClient:Arch:%05d:UNDI:003001", code);
		assert_int_equal(tell(true, pxe, NULL, code, false),
		    code == 41 ? (int)FW_RPI : FIRMWARE(FK_PXE, want));
		assert_int_equal(tell(true, pxe, "iPXE", code, true),
		    FIRMWARE(FK_IPXE, code == 41 ? FA_RPI : want));
		assert_int_equal(tell(true, http, NULL, code, false),
		    code == 41 ? (int)FW_RPI : FIRMWARE(FK_HTTP, want));
		if (code == 0xffff)
			continue;
		/* without option 93 the class says it */
		assert_int_equal(tell(true, pxe, NULL, -1, false),
		    tell(true, pxe, NULL, code, false));
		assert_int_equal(tell(true, http, NULL, -1, false),
		    tell(true, http, NULL, code, false));
	}
}

/* Its boot ROM says that it is a PXE client for BIOS (as rpi-eeprom documents). */
static void
test_tells_a_raspberry_pi(void **state)
{
	static const uint8_t mac[6] = { 0xdc, 0xa6, 0x32, 1, 2, 3 }, pc[6] = { 0x52, 0x54 };
	static const uint8_t uuid[16] = "RPi4";
	const char *pxe = "PXEClient:Arch:00000:UNDI:002001";
	struct fw_facts f = { .has_type = true, .has_arch = true, .mac = mac,
	    .vendor_class = (const uint8_t *)pxe, .vendor_class_len = (uint8_t)strlen(pxe) };

	(void)state;
	assert_int_equal(firmware_tell(&f), FW_RPI);
	f.mac = pc;
	assert_int_equal(firmware_tell(&f), FW_PXE_BIOS);
	f.uuid = uuid;
	assert_int_equal(firmware_tell(&f), FW_RPI);
	/* the same board with UEFI, and with its system */
	f.mac = mac;
	f.arch = 11;
	assert_int_equal(firmware_tell(&f), FIRMWARE(FK_PXE, FA_ARM64));
	f.vendor_class_len = 0;
	f.has_arch = false;
	assert_int_equal(firmware_tell(&f), FW_OS);
}

static void
test_tells_uboot(void **state)
{
	(void)state;
	assert_int_equal(tell(true, "U-Boot", NULL, -1, false), FW_UBOOT);
	assert_int_equal(tell(true, "U-Boot.armv8", NULL, 22, false), FW_UBOOT);
	/* its UEFI says so in the usual way */
	assert_int_equal(tell(true, "PXEClient:Arch:00011:UNDI:003000", NULL, 11, false),
	    FIRMWARE(FK_PXE, FA_ARM64));
}

/* Plans ------------------------------------------------------------------- */

static const struct boot_recipe linux_recipe = { .os = BOOT_LINUX };
static const struct boot_recipe freebsd_recipe = { .os = BOOT_FREEBSD,
    .bios_file = "/boot/pxeboot", .uefi_file = "boot/loader.efi",
    .loader_vars = "nfs.read_size=16384;boot.nfsroot.options=nolockd" };

#define ROOT	"192.168.10.1:/.provd/" TOKEN "/root"
#define OWN	".provd/" TOKEN "/"
#define URL	"http://192.168.10.1:8080/"

struct plan_case {
	const char	*rule;
	enum firmware	 fw;
	enum host_state	 state;
	int		 loader;
	char		 os;		/* l, f; 0: no installation */
	const char	*subnet;	/* 'f' file, 'r' root path */
	int		 action;
	const char	*file, *root;
	bool		 vars;
};

enum { AUTO, PXELINUX, IPXE };
#define SUBFILE	"/boot/pxeboot"
#define SUBROOT	"192.168.10.105:/usr/tftpboot"

static const struct plan_case cases[] = {
{ "boot-os",		FW_OS, HS_BOOTING, AUTO, 'l', "fr", BOOT_ADDRESS, "", ROOT, false },
{ "boot-os",		FW_OS, HS_INSTALLING, AUTO, 'f', "", BOOT_ADDRESS, "", ROOT, true },
{ "boot-os",		FW_BOOTP, HS_BOOTING, AUTO, 'l', "f", BOOT_ADDRESS, "", ROOT, false },
{ "boot-loader",	FW_FREEBSD_LOADER, HS_BOOTING, AUTO, 'f', "fr", BOOT_ADDRESS, "", ROOT, true },
{ "boot-loader",	FW_FREEBSD_LOADER, HS_INSTALLING, AUTO, 'f', "", BOOT_ADDRESS, "", ROOT, true },
{ "boot-loader",	FW_FREEBSD_LOADER, HS_BOOTING, AUTO, 'l', "", BOOT_ADDRESS, "", ROOT, false },
{ "boot-freebsd-bios",	FW_PXE_BIOS, HS_BOOTING, AUTO, 'f', "fr", BOOT_FILE, OWN "root/boot/pxeboot", ROOT, true },
{ "boot-freebsd-bios",	FW_IPXE_BIOS, HS_BOOTING, PXELINUX, 'f', "", BOOT_FILE, OWN "root/boot/pxeboot", ROOT, true },
{ "boot-freebsd-uefi",	FW_PXE_UEFI_X64, HS_BOOTING, AUTO, 'f', "", BOOT_FILE, OWN "root/boot/loader.efi", ROOT, true },
{ "boot-freebsd-uefi",	FW_IPXE_UEFI, HS_ARMED, AUTO, 'f', "", BOOT_FILE, OWN "root/boot/loader.efi", ROOT, true },
{ "boot-ipxe-pxelinux",	FW_IPXE_BIOS, HS_BOOTING, PXELINUX, 'l', "", BOOT_FILE, OWN "pxelinux.0", ROOT, false },
{ "boot-ipxe",		FW_IPXE_BIOS, HS_BOOTING, AUTO, 'l', "fr", BOOT_FILE, OWN "menu.ipxe", ROOT, false },
{ "boot-ipxe",		FW_IPXE_BIOS, HS_BOOTING, IPXE, 'l', "", BOOT_FILE, OWN "menu.ipxe", ROOT, false },
{ "boot-ipxe",		FW_IPXE_UEFI, HS_BOOTING, PXELINUX, 'l', "", BOOT_FILE, OWN "menu.ipxe", ROOT, false },
{ "boot-bios-ipxe",	FW_PXE_BIOS, HS_BOOTING, IPXE, 'l', "", BOOT_FILE, OWN "undionly.kpxe", ROOT, false },
{ "boot-bios",		FW_PXE_BIOS, HS_BOOTING, AUTO, 'l', "f", BOOT_FILE, OWN "pxelinux.0", ROOT, false },
{ "boot-bios",		FW_PXE_BIOS, HS_ARMED, PXELINUX, 'l', "", BOOT_FILE, OWN "pxelinux.0", ROOT, false },
{ "boot-bios",		FW_PXE_BIOS, HS_INSTALLING, AUTO, 'l', "", BOOT_FILE, OWN "pxelinux.0", ROOT, false },
{ "boot-uefi",		FW_PXE_UEFI_X64, HS_BOOTING, AUTO, 'l', "", BOOT_FILE, OWN "ipxe.efi", ROOT, false },
{ "boot-uefi",		FW_PXE_UEFI_X64, HS_BOOTING, PXELINUX, 'l', "", BOOT_FILE, OWN "ipxe.efi", ROOT, false },
{ "boot-other",		FW_PXE_OTHER, HS_BOOTING, AUTO, 'l', "f", BOOT_ADDRESS, "", ROOT, false },
{ "boot-other",		FW_PXE_OTHER, HS_BOOTING, AUTO, 'f', "", BOOT_ADDRESS, "", ROOT, true },
{ "idle-file",		FW_PXE_BIOS, HS_READY, AUTO, 0, "fr", BOOT_FILE, SUBFILE, SUBROOT, false },
{ "idle-file",		FW_IPXE_UEFI, HS_NEW, AUTO, 0, "f", BOOT_FILE, SUBFILE, "", false },
{ "idle-file",		FW_FREEBSD_LOADER, HS_READY, AUTO, 0, "fr", BOOT_FILE, SUBFILE, SUBROOT, false },
{ "idle-file",		FW_BOOTP, HS_READY, AUTO, 0, "fr", BOOT_FILE, SUBFILE, SUBROOT, false },
{ "idle-asks",		FW_OS, HS_READY, AUTO, 0, "fra", BOOT_FILE, SUBFILE, SUBROOT, false },
{ "idle-os",		FW_OS, HS_READY, AUTO, 0, "ra", BOOT_ADDRESS, "", SUBROOT, false },
{ "idle-os",		FW_OS, HS_READY, AUTO, 0, "fr", BOOT_ADDRESS, "", SUBROOT, false },
{ "idle-os",		FW_FREEBSD_LOADER, HS_NEW, AUTO, 0, "r", BOOT_ADDRESS, "", SUBROOT, false },
{ "disk-ipxe",		FW_IPXE_BIOS, HS_READY, AUTO, 0, "", BOOT_LOCAL, ".provd/local/menu.ipxe", "", false },
{ "disk-ipxe",		FW_IPXE_BIOS, HS_INSTALLED, AUTO, 0, "fr", BOOT_LOCAL, ".provd/local/menu.ipxe", "", false },
{ "disk-ipxe",		FW_IPXE_UEFI, HS_LOCAL, PXELINUX, 0, "fr", BOOT_LOCAL, ".provd/local/menu.ipxe", "", false },
{ "disk-bios",		FW_PXE_BIOS, HS_LOCAL, IPXE, 0, "fr", BOOT_LOCAL, ".provd/local/pxelinux.0", "", false },
{ "disk-bios",		FW_PXE_BIOS, HS_FAILED, AUTO, 0, "fr", BOOT_LOCAL, ".provd/local/pxelinux.0", "", false },
{ "disk-bios",		FW_PXE_BIOS, HS_NEW, AUTO, 0, "r", BOOT_LOCAL, ".provd/local/pxelinux.0", "", false },
{ "disk-uefi",		FW_PXE_UEFI_X64, HS_LOCAL, AUTO, 0, "fr", BOOT_LOCAL, "", "", false },
{ "disk-uefi",		FIRMWARE(FK_PXE, FA_ARM64), HS_READY, AUTO, 0, "", BOOT_LOCAL, "", "", false },
{ "disk-uefi",		FW_HTTP_UEFI_X64, HS_READY, AUTO, 0, "", BOOT_LOCAL, "", "", false },
{ "disk-silent",	FW_PXE_OTHER, HS_READY, AUTO, 0, "", BOOT_SILENT, "", "", false },
{ "disk-silent",	FW_RPI, HS_LOCAL, AUTO, 0, "f", BOOT_SILENT, "", "", false },
{ "disk-silent",	FW_UBOOT, HS_INSTALLED, AUTO, 0, "", BOOT_SILENT, "", "", false },
{ "disk-silent",	FIRMWARE(FK_HTTP, FA_BIOS), HS_INSTALLED, AUTO, 0, "", BOOT_SILENT, "", "", false },
{ "boot-raspberry-pi",	FW_RPI, HS_BOOTING, AUTO, 'l', "", BOOT_FILE, "", ROOT, false },
{ "boot-uboot",		FW_UBOOT, HS_BOOTING, AUTO, 'l', "", BOOT_FILE, OWN "menu.ipxe", ROOT, false },
{ "boot-ipxe",		FIRMWARE(FK_IPXE, FA_ARM64), HS_BOOTING, AUTO, 'l', "", BOOT_FILE, OWN "menu.ipxe", ROOT, false },
{ "boot-uefi",		FIRMWARE(FK_PXE, FA_ARM64), HS_BOOTING, AUTO, 'l', "", BOOT_FILE, OWN "ipxe-arm64.efi", ROOT, false },
{ "boot-uefi",		FIRMWARE(FK_PXE, FA_IA32), HS_BOOTING, AUTO, 'l', "", BOOT_FILE, OWN "ipxe-ia32.efi", ROOT, false },
{ "boot-uefi",		FW_HTTP_UEFI_X64, HS_BOOTING, AUTO, 'l', "", BOOT_FILE, URL OWN "ipxe.efi", ROOT, false },
{ "boot-freebsd-uefi",	FW_HTTP_UEFI_X64, HS_BOOTING, AUTO, 'f', "", BOOT_FILE, URL OWN "root/boot/loader.efi", ROOT, true },
{ "boot-other",		FIRMWARE(FK_HTTP, FA_BIOS), HS_BOOTING, AUTO, 'l', "", BOOT_ADDRESS, "", ROOT, false },
{ "idle-file",		FW_HTTP_UEFI_X64, HS_READY, AUTO, 0, "f", BOOT_FILE, URL "boot/pxeboot", "", false },
{ "address",		FW_OS, HS_LOCAL, AUTO, 0, "fr", BOOT_ADDRESS, "", "", false },
{ "address",		FW_FREEBSD_LOADER, HS_INSTALLED, AUTO, 0, "fr", BOOT_ADDRESS, "", "", false },
{ "address",		FW_BOOTP, HS_FAILED, AUTO, 0, "fr", BOOT_ADDRESS, "", "", false },
};
#define N_CASES	(sizeof(cases) / sizeof(cases[0]))

static const struct { const char *rule; enum firmware fw; const char *subnet; int action; const char *file, *root; }
unknown_cases[] = {
{ "unknown-file",	FW_PXE_BIOS, "fr", BOOT_FILE, SUBFILE, SUBROOT },
{ "unknown-file",	FW_FREEBSD_LOADER, "fr", BOOT_FILE, SUBFILE, SUBROOT },
{ "unknown-file",	FW_PXE_OTHER, "f", BOOT_FILE, SUBFILE, "" },
{ "unknown-file",	FW_BOOTP, "f", BOOT_FILE, SUBFILE, "" },
{ "unknown-asks",	FW_OS, "fra", BOOT_FILE, SUBFILE, SUBROOT },
{ "unknown",		FW_OS, "fr", BOOT_ADDRESS, "", SUBROOT },
{ "unknown",		FW_PXE_BIOS, "r", BOOT_ADDRESS, "", SUBROOT },
{ "unknown",		FW_IPXE_UEFI, "", BOOT_ADDRESS, "", "" },
};
#define N_UNKNOWN	(sizeof(unknown_cases) / sizeof(unknown_cases[0]))

static struct boot_query
query(enum firmware fw, const char *subnet)
{
	struct boot_query q = { .fw = fw, .known = true, .server = SERVER,
	    .http_port = 8080 };

	q.asks_file = strchr(subnet, 'a') != NULL;
	if (strchr(subnet, 'f') != NULL)
		q.filename = SUBFILE;
	if (strchr(subnet, 'r') != NULL)
		q.root_path = SUBROOT;
	return q;
}

static void
check(size_t i, const struct boot_plan *p, const char *rule, int action,
    const char *file, const char *root)
{
	if (strcmp(p->rule, rule) != 0 || (int)p->action != action ||
	    strcmp(p->file, file) != 0 || strcmp(p->root_path, root) != 0)
		fail_msg("case %zu: got %s, %d, \"%s\", \"%s\"; want %s, %d, \"%s\", \"%s\"",
		    i, p->rule, (int)p->action, p->file, p->root_path, rule, action, file, root);
	assert_non_null(p->why);
	assert_string_equal(p->config_file, "");
}

static void
test_every_row_of_the_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_CASES; i++) {
		const struct plan_case *c = &cases[i];
		struct boot_query q = query(c->fw, c->subnet);
		struct boot_plan p;

		q.state = c->state;
		q.loader = c->loader;
		if (c->os != 0) {
			q.token = TOKEN;
			q.recipe = c->os == 'f' ? &freebsd_recipe : &linux_recipe;
		}
		boot_plan(&q, &p);
		check(i, &p, c->rule, c->action, c->file, c->root);
		assert_string_equal(p.loader_vars, c->vars ? freebsd_recipe.loader_vars : "");
		assert_int_equal(p.next_server, SERVER);
	}
	for (size_t i = 0; i < N_UNKNOWN; i++) {
		struct boot_query q = query(unknown_cases[i].fw, unknown_cases[i].subnet);
		struct boot_plan p;

		q.known = false;
		q.state = HS_NEW;
		boot_plan(&q, &p);
		check(i, &p, unknown_cases[i].rule, unknown_cases[i].action,
		    unknown_cases[i].file, unknown_cases[i].root);
	}
}

/* Rows that need more than a firmware and a state. */
static const struct {
	const char *rule;
	enum firmware fw;
	enum host_state state;
	const char *programs, *filename;
	bool loaded, loops, grub, no_http;
	int action;
	const char *file;
	unsigned place;
} special[] = {
{ "http-off", FW_HTTP_UEFI_X64, HS_BOOTING, "", NULL, false, false, false, true, BOOT_ADDRESS, "", 0 },
{ "http-off", FW_HTTP_UEFI_X64, HS_READY, "", "/boot/x.efi", false, false, false, true, BOOT_ADDRESS, "", 0 },
{ "idle-file", FW_HTTP_UEFI_X64, HS_READY, "", "http://10.0.0.1/x.efi", false, false, false, true, BOOT_FILE, "http://10.0.0.1/x.efi", 0 },
{ "boot-ipxe-silent", FW_PXE_BIOS, HS_BOOTING, "", NULL, true, false, false, false, BOOT_FILE, OWN "menu.ipxe", 0 },
{ "boot-program", FW_PXE_UEFI_X64, HS_BOOTING, "bios=a uefi-x64=shimx64.efi", NULL, false, false, false, false, BOOT_FILE, OWN "shimx64.efi", 0 },
{ "boot-program", FW_HTTP_UEFI_X64, HS_BOOTING, "bios=a uefi-x64=shimx64.efi", NULL, false, false, false, false, BOOT_FILE, URL OWN "shimx64.efi", 0 },
{ "boot-program", FW_PXE_BIOS, HS_BOOTING, "bios=lpxelinux.0 uefi-x64=shimx64.efi", NULL, false, false, false, false, BOOT_FILE, OWN "lpxelinux.0", 0 },
{ "boot-program", FIRMWARE(FK_PXE, FA_ARM64), HS_BOOTING, "uefi-arm64=efi/boot/bootaa64.efi", NULL, false, false, false, false, BOOT_FILE, OWN "root/efi/boot/bootaa64.efi", 0 },
{ "boot-uefi", FW_PXE_UEFI_X64, HS_BOOTING, "uefi-x6=no uefi-x64x=no xuefi-x64=no", NULL, false, false, false, false, BOOT_FILE, OWN "ipxe.efi", 0 },
{ "boot-ipxe", FW_IPXE_UEFI, HS_BOOTING, "uefi-x64=shimx64.efi", NULL, false, false, false, false, BOOT_FILE, OWN "menu.ipxe", 0 },
{ "disk-loop", FW_PXE_BIOS, HS_LOCAL, "", NULL, false, true, false, false, BOOT_SILENT, "", 0 },
{ "disk-loop", FW_IPXE_UEFI, HS_LOCAL, "", NULL, false, true, true, false, BOOT_SILENT, "", 0 },
{ "boot-bios", FW_PXE_BIOS, HS_BOOTING, "", NULL, false, true, false, false, BOOT_FILE, OWN "pxelinux.0", 0 },
{ "address", FW_OS, HS_LOCAL, "", NULL, false, true, false, false, BOOT_ADDRESS, "", 0 },
{ "disk-grub", FW_PXE_UEFI_X64, HS_LOCAL, "", NULL, false, false, true, false, BOOT_LOCAL, ".provd/local/shimx64.efi", 0 },
{ "disk-grub", FW_HTTP_UEFI_X64, HS_LOCAL, "", NULL, false, false, true, false, BOOT_LOCAL, URL ".provd/local/shimx64.efi", 0 },
{ "disk-ipxe", FW_IPXE_UEFI, HS_READY, "", NULL, false, false, true, false, BOOT_LOCAL, ".provd/local/menu.ipxe", 0 },
{ "disk-bios", FW_PXE_BIOS, HS_READY, "", NULL, false, false, true, false, BOOT_LOCAL, ".provd/local/pxelinux.0", 0 },
{ "disk-uefi", FW_HTTP_UEFI_X64, HS_LOCAL, "", NULL, false, false, true, true, BOOT_LOCAL, "", 0 },
{ "wait-ipxe", FW_IPXE_BIOS, HS_ARMED, "", NULL, false, false, false, false, BOOT_FILE, ".provd/local/wait.ipxe", 1 },
{ "wait-ipxe", FIRMWARE(FK_IPXE, FA_ARM64), HS_ARMED, "uefi-arm64=x.efi", NULL, false, false, false, false, BOOT_FILE, ".provd/local/wait.ipxe", 7 },
{ "wait-bios", FW_PXE_BIOS, HS_ARMED, "", NULL, true, false, false, false, BOOT_FILE, ".provd/local/undionly.kpxe", 1 },
{ "wait-uefi", FW_PXE_UEFI_X64, HS_ARMED, "", NULL, false, false, false, false, BOOT_FILE, ".provd/local/ipxe.efi", 2 },
{ "wait-uefi", FW_HTTP_UEFI_X64, HS_ARMED, "", NULL, false, false, false, false, BOOT_FILE, URL ".provd/local/ipxe.efi", 2 },
{ "wait-silent", FW_PXE_UEFI_X64, HS_ARMED, "uefi-x64=shimx64.efi", NULL, false, false, false, false, BOOT_SILENT, "", 1 },
{ "wait-silent", FIRMWARE(FK_PXE, FA_ARM64), HS_ARMED, "", NULL, false, false, false, false, BOOT_SILENT, "", 1 },
{ "wait-silent", FW_RPI, HS_ARMED, "", NULL, false, false, false, false, BOOT_SILENT, "", 1 },
{ "disk-ipxe", FW_IPXE_BIOS, HS_LOCAL, "", NULL, false, false, false, false, BOOT_LOCAL, ".provd/local/menu.ipxe", 1 },
};
#define N_SPECIAL	(sizeof(special) / sizeof(special[0]))

static void
test_rows_that_need_more(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_SPECIAL; i++) {
		struct boot_recipe recipe = linux_recipe;
		struct boot_query q = query(special[i].fw, "");
		struct boot_plan p;

		strcpy(recipe.programs, special[i].programs);
		q.state = special[i].state;
		q.token = TOKEN;
		q.recipe = &recipe;
		q.filename = special[i].filename;
		q.loaded = special[i].loaded;
		q.loops = special[i].loops;
		q.place = special[i].place;
		q.disk_program = special[i].grub ? "shimx64.efi" : NULL;
		if (special[i].no_http)
			q.http_port = 0;
		boot_plan(&q, &p);
		if (strcmp(p.rule, special[i].rule) != 0 || (int)p.action != special[i].action ||
		    strcmp(p.file, special[i].file) != 0)
			fail_msg("case %zu: got %s, %d, \"%s\"; want %s, %d, \"%s\"", i, p.rule,
			    (int)p.action, p.file, special[i].rule, special[i].action, special[i].file);
		assert_int_equal(p.place, strncmp(p.rule, "wait-", 5) == 0 ? special[i].place : 0);
	}
}

/* The loader reads by TFTP; firmware is told nothing of that. */
static void
test_a_tftp_root_is_for_the_loader(void **state)
{
	struct boot_recipe recipe = freebsd_recipe;
	struct boot_query q = query(FW_FREEBSD_LOADER, "");
	struct boot_plan p;

	(void)state;
	recipe.root = ROOT_TFTP;
	q.state = HS_BOOTING;
	q.token = TOKEN;
	q.recipe = &recipe;
	boot_plan(&q, &p);
	assert_string_equal(p.root_path, "tftp://192.168.10.1/.provd/" TOKEN "/root");
	q.fw = FW_IPXE_BIOS;
	boot_plan(&q, &p);
	assert_string_equal(p.root_path, "192.168.10.1:/.provd/" TOKEN "/root");
}

static void
test_no_row_is_untested(void **state)
{
	const char *name, *text;
	unsigned i;

	(void)state;
	for (i = 0; (text = boot_rule_text(i, &name)) != NULL; i++) {
		bool tested = false;

		assert_true(strlen(text) > 0);
		for (size_t k = 0; k < N_CASES; k++)
			tested |= strcmp(cases[k].rule, name) == 0;
		for (size_t k = 0; k < N_UNKNOWN; k++)
			tested |= strcmp(unknown_cases[k].rule, name) == 0;
		for (size_t k = 0; k < N_SPECIAL; k++)
			tested |= strcmp(special[k].rule, name) == 0;
		if (!tested)
			fail_msg("no case for %s", name);
	}
	assert_true(i > 10);
}

/* Whatever is asked, there is an answer; and only a host that is to boot is
 * ever shown its token. */
static void
test_total_and_never_shows_the_token_to_a_host_that_is_done(void **state)
{
	struct boot_plan p;

	(void)state;
	for (unsigned fw = 0; fw < FW__COUNT; fw++)
		for (unsigned s = 0; s < HS__COUNT; s++)
			for (int loader = 0; loader < 3; loader++)
				for (unsigned bits = 0; bits < 16; bits++) {
					struct boot_query q = query(fw, bits & 1 ? "fr" : "");
					bool boots = s == HS_ARMED || s == HS_BOOTING || s == HS_INSTALLING;

					q.state = s;
					q.loader = loader;
					q.known = bits & 2;
					q.token = TOKEN;
					q.recipe = bits & 4 ? &linux_recipe : &freebsd_recipe;
					q.other = bits & 8;
					boot_plan(&q, &p);
					assert_non_null(p.rule);
					if (q.known && (boots || q.other))
						continue;
					assert_null(strstr(p.file, TOKEN));
					assert_null(strstr(p.root_path, TOKEN));
					assert_string_equal(p.loader_vars, "");
				}
}

static void
test_an_inspection_boots_from_any_state(void **state)
{
	struct boot_query q = query(FW_PXE_BIOS, "f");
	struct boot_plan p;

	(void)state;
	q.other = true;
	q.token = TOKEN;
	q.recipe = &linux_recipe;
	for (unsigned s = 0; s < HS__COUNT; s++) {
		q.state = s;
		boot_plan(&q, &p);
		assert_string_equal(p.rule, "boot-bios");
	}
	q.state = HS_LOCAL;
	q.token = NULL;			/* nothing to give: to the disk */
	boot_plan(&q, &p);
	assert_string_equal(p.rule, "disk-bios");
}

static void
test_an_armed_host_without_an_installation_goes_to_its_disk(void **state)
{
	struct boot_query q = query(FW_PXE_BIOS, "f");
	struct boot_plan p;

	(void)state;
	q.state = HS_BOOTING;
	boot_plan(&q, &p);
	assert_string_equal(p.rule, "disk-bios");
}

static void
test_the_subnets_next_server_is_for_its_own_files_only(void **state)
{
	struct boot_query q = query(FW_PXE_BIOS, "fr");
	struct boot_plan p;

	(void)state;
	q.next_server = 0xc0a80a69;
	q.state = HS_READY;
	boot_plan(&q, &p);
	assert_int_equal(p.next_server, 0xc0a80a69);
	q.state = HS_BOOTING;
	q.token = TOKEN;
	q.recipe = &linux_recipe;
	boot_plan(&q, &p);
	assert_int_equal(p.next_server, SERVER);
	q.state = HS_LOCAL;
	q.token = NULL;
	boot_plan(&q, &p);
	assert_int_equal(p.next_server, SERVER);
}

static void
test_a_name_that_does_not_fit_is_not_cut(void **state)
{
	struct boot_recipe r = { .os = BOOT_FREEBSD };
	struct boot_query q = query(FW_PXE_BIOS, "");
	struct boot_plan p;
	size_t room = sizeof(p.file) - sizeof(OWN "root/");

	(void)state;
	q.state = HS_BOOTING;
	q.token = TOKEN;
	q.recipe = &r;
	boot_plan(&q, &p);		/* no file for BIOS at all */
	assert_int_equal(p.action, BOOT_ADDRESS);
	assert_string_equal(p.file, "");
	assert_non_null(strstr(p.why, "no boot program"));
	memset(r.bios_file, 'a', room);
	boot_plan(&q, &p);
	assert_int_equal(p.action, BOOT_FILE);
	assert_int_equal(strlen(p.file), sizeof(p.file) - 1);
	r.bios_file[room] = 'a';
	boot_plan(&q, &p);
	assert_int_equal(p.action, BOOT_ADDRESS);
	assert_string_equal(p.file, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tells_firmware_as_seen_on_the_wire),
		cmocka_unit_test(test_tells_architectures_apart),
		cmocka_unit_test(test_tells_ipxe_by_either_sign),
		cmocka_unit_test(test_every_architecture_in_every_kind),
		cmocka_unit_test(test_tells_a_raspberry_pi),
		cmocka_unit_test(test_tells_uboot),
		cmocka_unit_test(test_only_the_machines_own_firmware_starts_a_boot),
		cmocka_unit_test(test_every_row_of_the_table),
		cmocka_unit_test(test_rows_that_need_more),
		cmocka_unit_test(test_a_tftp_root_is_for_the_loader),
		cmocka_unit_test(test_no_row_is_untested),
		cmocka_unit_test(test_total_and_never_shows_the_token_to_a_host_that_is_done),
		cmocka_unit_test(test_an_inspection_boots_from_any_state),
		cmocka_unit_test(test_an_armed_host_without_an_installation_goes_to_its_disk),
		cmocka_unit_test(test_the_subnets_next_server_is_for_its_own_files_only),
		cmocka_unit_test(test_a_name_that_does_not_fit_is_not_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
