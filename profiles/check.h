/* check.h - is this text fit to be a host name, a path, a password's hash?
 *
 * What may reach a script, an fstab or a passwd file is said here, once.
 * Pure.  Layer: profiles.
 */
#ifndef PROFILES_CHECK_H
#define PROFILES_CHECK_H

#include <stdbool.h>
#include <stdint.h>

bool	check_text(const char *);	/* UTF-8 or bytes, tabs and newlines, no other control characters */
bool	check_line(const char *);	/* the same without tabs and newlines */
bool	check_hostname(const char *);	/* RFC 1123 */
bool	check_user(const char *);	/* [a-z_][a-z0-9_-]* */
bool	check_gecos(const char *);	/* a line without ':' */
bool	check_path(const char *);	/* absolute, no "//", ".", "..", [A-Za-z0-9._+@-] */
bool	check_relative(const char *);	/* the same without the leading slash */
bool	check_device(const char *);	/* the kernel's name of a disk */
bool	check_options(const char *);	/* mount options */
bool	check_label(const char *);	/* of a filesystem */
bool	check_iface(const char *);
bool	check_hash(const char *);	/* as crypt(3) makes them */
bool	check_ssh_key(const char *);	/* "type base64 [comment]" */
bool	check_mode(const char *, unsigned *ret);
bool	check_rc_name(const char *);	/* a shell variable of rc.conf */

/* 4K 512M 20G 2T, exactly; without a letter in units of `unit` bytes, which
 * 0 forbids.  -EINVAL, -ERANGE. */
int	size_parse(const char *, uint64_t unit, uint64_t *ret);
/* 8G  >=8G  <=2T  8G..20G  "" (anything). */
int	size_range_parse(const char *, uint64_t *ret_lo, uint64_t *ret_hi);
#define SIZE_STRLEN	24
char	*size_str(uint64_t, char[SIZE_STRLEN]);	/* 4 GiB, 8191 MiB, 34.5 GiB, 100 bytes */

#endif /* PROFILES_CHECK_H */
