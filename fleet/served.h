/* served.h - what the name of a served file tells.  Pure.  Layer: fleet. */
#ifndef FLEET_SERVED_H
#define FLEET_SERVED_H

#include <stdbool.h>
#include <stdint.h>

#define SERVED_TOKEN	32	/* digits of an installation's token */

/* The path as the tree has it: without what was put before it for one
 * installation, whose token is not for everybody's eyes. */
const char *served_path(const char *path);
const char *served_name(const char *path);	/* its last component */
bool	served_is_kernel(const char *name);
/* A system that runs over NFS reads hundreds of files.  Worth showing are those
 * that take their time and have a name that means something. */
enum served_worth { SERVED_HIDDEN, SERVED_SHOWN, SERVED_LINE };
enum served_worth served_worth(const char *name, uint64_t size);
const char *served_size(uint64_t bytes, char buf[32]);	/* "4.5 MiB" */

#endif /* FLEET_SERVED_H */
