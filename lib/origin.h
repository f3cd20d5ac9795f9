/* origin.h - is a request of a browser from our own page, to a name of ours?
 *
 * A page of somebody else can make a browser send requests to us, and with a name
 * that it lets point to our address it may even read the answers (DNS rebinding).
 * What it cannot do is change the headers that are judged here.
 * Pure.  Layer: lib.
 * Spec: RFC 6454 (Origin), RFC 9110 7.2 (Host), W3C Fetch Metadata (Sec-Fetch-Site).
 */
#ifndef LIB_ORIGIN_H
#define LIB_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>

/* The name in a Host header NAME or NAME:PORT, lower case, without the last dot;
 * -EINVAL: it is none.  IPv4 only, as provd is. */
int	host_name(const char *host, char *ret, size_t cap);
/* Is `host` (what host_name() gave) one of names? */
bool	host_among(const char *host, char *const *name, size_t n);
/* origin, site: those headers, NULL: absent.  host: the Host header as it was sent. */
bool	origin_own(const char *origin, const char *site, const char *host);

#endif /* LIB_ORIGIN_H */
