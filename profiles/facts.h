/* facts.h - what an inspection found, as lines "disk=vda;size=...;serial=...".
 * Pure; hostile input (a client sent it).  Layer: profiles.
 */
#ifndef PROFILES_FACTS_H
#define PROFILES_FACTS_H

#include <stddef.h>
#include <stdint.h>

struct fact_disk {
	char		name[32], serial[64], wwn[64], bus[16], model[64];
	uint64_t	bytes;
};

/* Up to max disks in the order of their names; returns how many. */
size_t	facts_disks(const char *text, struct fact_disk *ret, size_t max);

#endif /* PROFILES_FACTS_H */
