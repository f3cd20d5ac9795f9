/* fleet_programs.c - the directory of boot programs, and what it has. */
#include <sys/stat.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fleet_int.h"

/* What starts a disk under UEFI: GRUB, by way of shim where it is there. */
static void
find_disk_programs(struct fleet *f)
{
	static const char *const name[] = { "shim", "grub" };
	const struct view v = { .tree = f->programs, .key = store_key(f->store) };
	struct node n;
	char file[24];

	for (unsigned a = 0; a < FA__COUNT; a++) {
		const char *efi = fw_arch_efi((enum fw_arch)a);

		for (size_t i = 2; efi != NULL && i-- > 0; ) {
			snprintf(file, sizeof(file), "%s%s.efi", name[i], efi);
			if (view_walk(&v, &tree_cred_root, file, true, 0, &n) < 0)
				break;	/* shim alone starts nothing */
			snprintf(f->disk_program[a], sizeof(f->disk_program[a]), "%s", file);
		}
	}
}

int
fl_programs_open(struct fleet *f, char why[200])
{
	const struct cfg_top *top = &f->cfg->top;
	const char *dir = top->boot_programs;
	char text[200];
	size_t cap = strlen(top->state) + sizeof("/empty");
	int r;

	if (dir == NULL) {
		if ((f->empty = malloc(cap)) == NULL)
			return -ENOMEM;
		snprintf(f->empty, cap, "%s/empty", top->state);
		if (mkdir(f->empty, 0755) == -1 && errno != EEXIST)
			return -errno;
		dir = f->empty;
	}
	if ((r = tree_open("boot-programs", &(struct tree_source){ dir }, 1,
	    &f->programs, text)) < 0)
		snprintf(why, 200, "boot-programs: %.180s", text);
	else
		find_disk_programs(f);
	return r;
}
