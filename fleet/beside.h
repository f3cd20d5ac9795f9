/* beside.h - other places for a file that is not where a boot program looks.
 *
 * shim asks for grubx64.efi at the server's root, or with the path that it
 * has on a disk; GRUB for /grub/...; all of it belongs beside the file that
 * this machine got last.  Given that name and the one asked for, these are
 * the names to try, one after the other.
 * Pure.  Bounded: at most BESIDE_MAX names, none outside of the installation
 * (.provd/TOKEN) or the export that the last file was of.
 * Layer: fleet.
 */
#ifndef FLEET_BESIDE_H
#define FLEET_BESIDE_H

#include <stdbool.h>
#include <stddef.h>

#define BESIDE_MAX	12u
#define BESIDE_NAME	384u

/* Both names without a leading slash.  False: there is no name number i. */
bool	beside(const char *last, const char *asked, unsigned i, char ret[BESIDE_NAME]);

#endif /* FLEET_BESIDE_H */
