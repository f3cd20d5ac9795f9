/* wake.h - the packet of Wake-on-LAN.  Pure.  Layer: fleet.
 *
 * Six bytes ff, the address sixteen times, and the password (SecureOn) if the
 * card demands one; by UDP to port 9, to whoever hears it. */
#ifndef FLEET_WAKE_H
#define FLEET_WAKE_H

#include <stddef.h>

#include "../lib/addr.h"

#define WAKE_PORT	9
#define WAKE_MAX	108u

/* Its length.  password zero: none. */
size_t	wake_packet(struct mac, struct mac password, uint8_t ret[WAKE_MAX]);

#endif /* FLEET_WAKE_H */
