/* tftp_refuse.c - which requests are refused, and how that is said. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "tftp_refuse.h"

bool
tftp_acceptable(const struct tftp_msg *m, struct tftp_refusal *ret)
{
	if (m->op == TFTP_WRQ)
		*ret = (struct tftp_refusal){ TFTP_EACCESS,
		    "This server is read-only" };
	else if (m->mode == TFTP_OTHER_MODE)
		*ret = (struct tftp_refusal){ TFTP_EBADOP,
		    "Unknown mode: use octet or netascii" };
	else
		return true;
	return false;
}

struct tftp_refusal
tftp_refusal_of(int r)
{
	static const struct { int err; struct tftp_refusal say; } table[] = {
		{ -ENOENT,	{ TFTP_ENOTFOUND, "File not found" } },
		{ -ENOTDIR,	{ TFTP_ENOTFOUND,
		    "File not found: a part of the path is no directory" } },
		{ -EISDIR,	{ TFTP_EACCESS, "This is a directory" } },
		{ -EINVAL,	{ TFTP_EACCESS, "Not a regular file" } },
		{ -EACCES,	{ TFTP_EACCESS,
		    "Access denied: unknown client, or the server may not read the file" } },
		{ -EPERM,	{ TFTP_EACCESS, "Access denied" } },
		{ -EXDEV,	{ TFTP_EACCESS, "The path leads out of the tree" } },
		{ -ELOOP,	{ TFTP_ENOTFOUND, "Too many symbolic links" } },
		{ -ENAMETOOLONG, { TFTP_ENOTFOUND, "The name is too long" } },
		{ -ERANGE,	{ TFTP_EUNDEF,
		    "The file became shorter while it was sent" } },
		{ -ESTALE,	{ TFTP_EUNDEF, "The file changed while it was sent" } },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].err == r)
			return table[i].say;
	return (struct tftp_refusal){ TFTP_EUNDEF,
	    "The server could not read the file" };
}

static bool
ends(const char *s, const char *end)
{
	size_t n = strlen(s), len = strlen(end);

	return n >= len && strcasecmp(s + n - len, end) == 0;
}

/* 0123abcd/start4.elf: a Raspberry Pi asks with its serial number first. */
static bool
has_serial(const char *file)
{
	return strspn(file, "0123456789abcdefABCDEF") == 8 && file[8] == '/';
}

/* What programs ask for in case it is there.  pxelinux: its configuration by
 * UUID, MAC and every prefix of the address before "default"; shim: lists of
 * what is revoked, the path of its own file sometimes cut at the wrong place;
 * GRUB: lists of modules, and its menu as pxelinux does; our own menu of iPXE
 * that goes to the disk: GRUB; U-Boot: a script and a device tree. */
bool
tftp_expected_miss(const char *file)
{
	const char *slash = strrchr(file, '/');
	const char *base = slash == NULL ? file : slash + 1;

	return ends(base, "revocations.efi") || ends(base, "revocations_sbat.efi") ||
	    ends(base, "revocations_sku.efi") ||
	    strncasecmp(base, "shim_certificate", 16) == 0 ||
	    (strstr(file, "pxelinux.cfg/") != NULL && strcmp(base, "default") != 0) ||
	    strncmp(base, "grub.cfg-", 9) == 0 ||
	    strstr(file, ".provd/local/grub") != NULL ||
	    (strstr(file, "grub/") != NULL && ends(base, ".lst")) ||
	    strcmp(base, "boot.scr.uimg") == 0 || strncmp(file, "dtb/", 4) == 0 ||
	    has_serial(file + strspn(file, "/"));
}
