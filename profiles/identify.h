/* identify.h - what is this tree? Read through its view, so that a directory,
 * an image and several of them joined are told apart by the same look.
 *
 * FreeBSD: usr/freebsd-dist/MANIFEST (9 and later), usr/freebsd-packages (15),
 * cdrom.inf and NAME-RELEASE/ with .inf files (4 to 8), bin/freebsd-version,
 * the processor from the ELF header of the kernel or of a program.
 * Linux: a kernel and DIR/MANIFEST as in provd-profile(5), etc/os-release.
 *
 * Everything read is hostile and bounded.  Errors: -ENOMEM, -EIO and the like
 * of the tree; what is no release is no error: os is RELEASE_NONE, and why
 * says what was seen instead.  Blocks.  Layer: profiles.
 */
#ifndef PROFILES_IDENTIFY_H
#define PROFILES_IDENTIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct view;

enum release_os { RELEASE_NONE, RELEASE_LINUX, RELEASE_FREEBSD };
enum release_sets {
	SETS_NONE,
	SETS_MANIFEST,		/* DIR/MANIFEST with a sha256 for each archive */
	SETS_PIECES,		/* DIR/NAME/NAME.inf with a cksum for each piece */
	SETS_PACKAGES,		/* FreeBSD 15: packages; no sets of archives */
};

struct release_id {
	enum release_os	  os;
	enum release_sets sets;
	char	name[48];		/* "FreeBSD", "Debian GNU/Linux"; "" with RELEASE_NONE */
	char	version[48];		/* "14.3-RELEASE", "12 (bookworm)"; "" not known */
	unsigned major, minor;		/* 14, 3; 0 not known */
	char	arch[16];		/* amd64, i386, arm64, ...; "" not known */
	char	dir[201];		/* where the sets lie, no leading slash; "" none, or the
					 * root itself (SETS_PIECES of a 4.x disc) */
	char	bios_loader[64];	/* boot/pxeboot; "" none */
	char	uefi_loader[64];	/* boot/loader.efi; "" none */
	char	kernel[64];		/* boot/kernel/kernel, boot/kernel/kernel.gz, boot/vmlinuz; "" none */
	bool	userland;		/* a shell, mount and the like: the tree can be a root */
	bool	mfsroot;		/* loader.conf loads a memory root (classic discs) */
	bool	lua;			/* the loader is the Lua one (12 and later) */
	bool	no_files;		/* DIR/MANIFEST is there, its archives are not: bootonly.iso */
};

int	release_identify(const struct view *, struct release_id *ret, char why[200]);
/* "FreeBSD 14.3-RELEASE amd64, base by MANIFEST, loaders for BIOS and UEFI" */
void	release_id_text(const struct release_id *, char ret[160]);

/* By names alone, as an archive lists them: what would it be?  With
 * RELEASE_NONE why says what it is instead: "this is a Debian disc: it has
 * install.amd, no MANIFEST". */
typedef bool release_has_fn(void *arg, const char *path);
enum release_os release_guess(release_has_fn *, void *arg, char why[200]);

/* The parsers, for tests. Pure.  false: it is not that, and nothing is changed. */
struct elf_facts {
	char	 arch[16];		/* "" one that we have no name for */
	bool	 freebsd;
	unsigned osrel;			/* __FreeBSD_version of its ABI note; 0 none */
};
/* The first bytes of a file: notes further behind are not seen. */
bool	identify_elf(const void *, size_t, struct elf_facts *ret);
/* "14.3-RELEASE-p2", whole. */
bool	identify_version(const char *, struct release_id *ret);
/* 1400097 is 14.0, 902001 is 9.2 */
bool	identify_osrel(unsigned, struct release_id *ret);
/* The value behind KEY, an equals sign and perhaps quotes, on a line of its own. */
bool	identify_value(const char *text, size_t len, const char *key, char *ret, size_t cap);
/* "FreeBSD/amd64 6.2-RELEASE Release Notes" in a text. */
bool	identify_readme(const char *text, size_t len, char ret_arch[16]);

#endif /* PROFILES_IDENTIFY_H */
