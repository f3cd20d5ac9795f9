/* render_boot.c - which boot program each architecture is sent. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "render_int.h"

/* COFF machine types (UEFI 2.10 table 2.2). */
static const struct { uint16_t machine; enum fw_arch arch; } machines[] = {
	{ 0x014c, FA_IA32 }, { 0x8664, FA_X64 }, { 0x01c2, FA_ARM32 },
	{ 0xaa64, FA_ARM64 }, { 0x5032, FA_RISCV32 }, { 0x5064, FA_RISCV64 },
	{ 0x6232, FA_LOONG32 }, { 0x6264, FA_LOONG64 },
};

/* What an EFI program of the tree runs on, as its header says. */
static enum fw_arch
efi_arch(struct render *c, const char *path)
{
	uint8_t head[1024];
	struct node n;
	size_t len, at;
	bool eof;

	if (view_walk(c->in->view, &tree_cred_root, path, true, 0, &n) < 0 ||
	    view_read(&tree_cred_root, &n, 0, head, sizeof(head), 0, &len, &eof) < 0 ||
	    len < 0x40)
		return FA_OTHER;
	at = (size_t)head[0x3c] | (size_t)head[0x3d] << 8;
	if (at + 6 > len || memcmp(head + at, "PE\0", 4) != 0)
		return FA_OTHER;
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++)
		if (machines[i].machine == (head[at + 4] | head[at + 5] << 8))
			return machines[i].arch;
	return FA_OTHER;
}

static int
add_program(struct render *c, enum fw_arch arch, const char *file)
{
	struct boot_recipe *r = &c->out->recipe;
	size_t at = strlen(r->programs);
	int n = snprintf(r->programs + at, sizeof(r->programs) - at, "%s%s=%s",
	    at > 0 ? " " : "", fw_arch_key(arch), file);

	if (n >= 0 && (size_t)n < sizeof(r->programs) - at)
		return 0;
	return render_complain(c, c->pr->p.boot.programs.head.mark, "boot.programs",
	    "these names are too long together");
}

/* A path is checked; a bare name is of a directory that is not the tree's. */
static int
take_program(struct render *c, enum fw_arch arch, const char *text)
{
	char where[64], path[96];
	int r;

	if (text == NULL || text[0] == '\0')
		return 0;
	(void)snprintf(where, sizeof(where), "boot.programs.%s", fw_arch_key(arch));
	if ((r = render_tree_path(c, where, text, "", path, sizeof(path))) < 0)
		return r;
	/* The Raspberry Pi's is a directory. */
	if (arch != FA_RPI && strchr(path, '/') != NULL &&
	    (r = render_must_have(c, where, path)) < 0)
		return r;
	return add_program(c, arch, path);
}

int
render_programs(struct render *c)
{
	const struct cfg_pr_programs *p = &c->pr->p.boot.programs;
	const struct { enum fw_arch arch; const char *text; } said[] = {
		{ FA_BIOS, p->bios }, { FA_IA32, p->ia32 }, { FA_X64, p->x64 },
		{ FA_ARM32, p->arm32 }, { FA_ARM64, p->arm64 },
		{ FA_RISCV64, p->riscv64 }, { FA_LOONG64, p->loong64 },
		{ FA_RPI, p->rpi },
	};
	struct boot_recipe *r = &c->out->recipe;
	enum fw_arch arch;
	int e = 0;

	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]) && e == 0; i++)
		e = take_program(c, said[i].arch, said[i].text);
	/* FreeBSD's loader is for the architecture of its release. */
	if (e == 0 && r->uefi_file[0] != '\0' &&
	    (arch = efi_arch(c, r->uefi_file)) != FA_X64 && fw_arch_efi(arch) != NULL &&
	    fw_arch_key(arch) != NULL) {
		e = add_program(c, arch, r->uefi_file);
		r->uefi_file[0] = '\0';
	}
	return e;
}
