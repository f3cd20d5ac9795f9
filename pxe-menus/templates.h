/* templates.h - the templates of this folder, as profiles/embed makes
 * strings of them.  Layer: pxe-menus.
 */
#ifndef PXE_MENUS_TEMPLATES_H
#define PXE_MENUS_TEMPLATES_H

extern const char embed_ipxe_tmpl[], embed_pxelinux_tmpl[], embed_grub_tmpl[];
extern const char embed_local_ipxe_tmpl[], embed_local_pxelinux_tmpl[];
extern const char embed_local_grub_tmpl[], embed_wait_ipxe_tmpl[];

#endif /* PXE_MENUS_TEMPLATES_H */
