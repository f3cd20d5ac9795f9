/* firmware.c - which program asks, and what does it run on? */
#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "boot.h"

/* Names ------------------------------------------------------------------- */

enum fw_kind
firmware_kind(enum firmware fw)
{
	assert((unsigned)fw < FW__COUNT);
	return (enum fw_kind)((unsigned)fw / 16);
}

enum fw_arch
firmware_arch(enum firmware fw)
{
	unsigned arch = (unsigned)fw % 16;

	return arch < FA__COUNT ? (enum fw_arch)arch : FA_OTHER;
}

/* Whatever has an architecture has a name for each. */
#define ARCHS(prefix) { \
	[FA_NONE] = prefix, [FA_BIOS] = prefix ", BIOS", \
	[FA_IA32] = prefix ", UEFI ia32", [FA_X64] = prefix ", UEFI x64", \
	[FA_ARM32] = prefix ", UEFI arm32", [FA_ARM64] = prefix ", UEFI arm64", \
	[FA_RISCV32] = prefix ", UEFI riscv32", \
	[FA_RISCV64] = prefix ", UEFI riscv64", \
	[FA_LOONG32] = prefix ", UEFI loongarch32", \
	[FA_LOONG64] = prefix ", UEFI loongarch64", \
	[FA_RPI] = prefix ", Raspberry Pi", \
	[FA_OTHER] = prefix ", other architecture" }

const char *
firmware_name(enum firmware fw)
{
	static const char *const plain[FK__COUNT] = {
		[FK_OS] = "operating system", [FK_BOOTP] = "BOOTP",
		[FK_LOADER] = "FreeBSD loader", [FK_UBOOT] = "U-Boot",
		[FK_RPI] = "Raspberry Pi",
	};
	static const char *const pxe[FA__COUNT] = ARCHS("PXE");
	static const char *const ipxe[FA__COUNT] = ARCHS("iPXE");
	static const char *const http[FA__COUNT] = ARCHS("HTTP boot");
	enum fw_kind kind = firmware_kind(fw);
	enum fw_arch arch = firmware_arch(fw);

	switch (kind) {
	case FK_PXE:
		return pxe[arch];
	case FK_IPXE:
		return ipxe[arch];
	case FK_HTTP:
		return http[arch];
	default:
		return plain[kind];
	}
}

const char *
fw_arch_key(enum fw_arch arch)
{
	static const char *const key[FA__COUNT] = {
		[FA_BIOS] = "bios", [FA_IA32] = "uefi-ia32",
		[FA_X64] = "uefi-x64", [FA_ARM32] = "uefi-arm32",
		[FA_ARM64] = "uefi-arm64", [FA_RISCV64] = "uefi-riscv64",
		[FA_LOONG64] = "uefi-loongarch64", [FA_RPI] = "raspberry-pi",
	};

	return key[arch];
}

const char *
fw_arch_efi(enum fw_arch arch)
{
	/* UEFI 2.10 3.5.1.1: as in \\EFI\\BOOT\\BOOTx64.EFI */
	static const char *const efi[FA__COUNT] = {
		[FA_IA32] = "ia32", [FA_X64] = "x64", [FA_ARM32] = "arm",
		[FA_ARM64] = "aa64", [FA_RISCV32] = "riscv32",
		[FA_RISCV64] = "riscv64", [FA_LOONG32] = "loongarch32",
		[FA_LOONG64] = "loongarch64",
	};

	return efi[arch];
}

/* Classes ----------------------------------------------------------------- */

#define PXE_CLASS	"PXEClient"
#define HTTP_CLASS	"HTTPClient"

/* RFC 3004 puts a length before each; iPXE sends its name bare. */
bool
fw_has_user_class(const struct fw_facts *f, const char *name)
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

/* Architectures ----------------------------------------------------------- */

#define CODE_NONE	0xffffu

/* PXEClient:Arch:00007:..., HTTPClient:Arch:00016:... */
static unsigned
class_code(const struct fw_facts *f)
{
	static const char *const prefix[] = { PXE_CLASS ":Arch:", HTTP_CLASS ":Arch:" };
	unsigned code = 0;
	size_t at = 0;

	for (size_t i = 0; i < sizeof(prefix) / sizeof(prefix[0]); i++)
		if (has_vendor_class(f, prefix[i]))
			at = strlen(prefix[i]);
	if (at == 0 || f->vendor_class_len < at + 5)
		return CODE_NONE;
	for (size_t i = at; i < at + 5; i++) {
		if (f->vendor_class[i] < '0' || f->vendor_class[i] > '9')
			return CODE_NONE;
		code = code * 10 + (unsigned)(f->vendor_class[i] - '0');
	}
	return code;
}

/* IANA, Processor Architecture Types.  RFC 4578 said 9 where 7 was meant, and
 * both are sent. */
static enum fw_arch
arch_of(unsigned code)
{
	static const uint8_t arch[] = {
		[0] = FA_BIOS, [6] = FA_IA32, [7] = FA_X64, [9] = FA_X64,
		[10] = FA_ARM32, [11] = FA_ARM64, [15] = FA_IA32,
		[16] = FA_X64, [17] = FA_X64, [18] = FA_ARM32,
		[19] = FA_ARM64, [20] = FA_BIOS, [25] = FA_RISCV32,
		[26] = FA_RISCV32, [27] = FA_RISCV64, [28] = FA_RISCV64,
		[37] = FA_LOONG32, [38] = FA_LOONG32, [39] = FA_LOONG64,
		[40] = FA_LOONG64, [41] = FA_RPI,
	};

	if (code < sizeof(arch) && arch[code] != FA_NONE)
		return (enum fw_arch)arch[code];
	return FA_OTHER;
}

/* The ROM of a Raspberry Pi says that it is a PXE client for BIOS. */
static bool
is_raspberry_pi(const struct fw_facts *f, unsigned code)
{
	static const uint8_t oui[][3] = {
		{ 0xb8, 0x27, 0xeb }, { 0xdc, 0xa6, 0x32 }, { 0xe4, 0x5f, 0x01 },
		{ 0x28, 0xcd, 0xc1 }, { 0xd8, 0x3a, 0xdd }, { 0x2c, 0xcf, 0x67 },
		{ 0x88, 0xa2, 0x9e },
	};

	if (code == 41)
		return true;
	if (code != 0 || !has_vendor_class(f, PXE_CLASS))
		return false;
	if (f->uuid != NULL && memcmp(f->uuid, "RPi", 3) == 0)
		return true;
	for (size_t i = 0; f->mac != NULL && i < sizeof(oui) / sizeof(oui[0]); i++)
		if (memcmp(f->mac, oui[i], sizeof(oui[i])) == 0)
			return true;
	return false;
}

enum firmware
firmware_tell(const struct fw_facts *f)
{
	unsigned code = f->has_arch ? f->arch : class_code(f);
	enum fw_arch arch = arch_of(code);

	if (!f->has_type)
		return FW_BOOTP;
	if (fw_has_user_class(f, "FreeBSD"))
		return FW_FREEBSD_LOADER;
	if (f->has_ipxe || fw_has_user_class(f, "iPXE") || fw_has_user_class(f, "gPXE"))
		return (enum firmware)FIRMWARE(FK_IPXE,
		    code == CODE_NONE ? FA_BIOS : arch);
	/* The loader of FreeBSD 10 says no more than this. */
	if (is_bare_pxe(f) && !f->has_arch)
		return FW_FREEBSD_LOADER;
	if (has_vendor_class(f, "U-Boot"))
		return FW_UBOOT;
	if (is_raspberry_pi(f, code))
		return FW_RPI;
	if (has_vendor_class(f, HTTP_CLASS))
		return (enum firmware)FIRMWARE(FK_HTTP, arch);
	if (has_vendor_class(f, PXE_CLASS))
		return (enum firmware)FIRMWARE(FK_PXE, arch);
	return FW_OS;
}

bool
firmware_is_first(enum firmware fw)
{
	enum fw_kind kind = firmware_kind(fw);

	return kind != FK_OS && kind != FK_BOOTP && kind != FK_LOADER;
}
