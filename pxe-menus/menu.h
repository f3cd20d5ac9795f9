/* menu.h - boot menus for iPXE, pxelinux and GRUB, from the templates of this folder.
 *
 * A template is a file with @NAME@ in it; each is compiled in (profiles/embed).
 * Neither menu language has a way to quote, so a value that would not arrive
 * as it is is refused: -EINVAL with a line in why, and nothing is written.
 * Pure.  Layer: pxe-menus, beside profiles.
 */
#ifndef PXE_MENUS_MENU_H
#define PXE_MENUS_MENU_H

#include <stddef.h>
#include <stdint.h>

#include "../lib/buf.h"

struct overlay;

#define MENU_CMDLINE_MAX	1800u	/* Linux takes 2047, the loaders add to it */

struct menu {
	const char	*title;		/* a line for whoever reads the file */
	const char	*token;
	uint32_t	 server;
	const char	*kernel, *initrd;	/* in the installation's view */
	const char	*cmdline;
	int		 serial_unit;	/* -1: none */
	unsigned	 serial_speed;
};

enum menu_kind { MENU_IPXE, MENU_PXELINUX, MENU_GRUB };

int	menu_render(const struct menu *, enum menu_kind, struct buf *out, char why[200]);
/* The menus that go to the disk, as menu.ipxe, pxelinux.cfg/default and grub/grub.cfg. */
int	menu_local(struct overlay *);

#endif /* PXE_MENUS_MENU_H */
