/* os_usage.h - what this process takes of the machine.
 *
 * Errors: what the system does not tell is 0.  Layer: lib, I/O.
 */
#ifndef LIB_OS_USAGE_H
#define LIB_OS_USAGE_H

#include <stdint.h>

struct os_usage {
	uint64_t rss, rss_peak;		/* bytes of memory */
	unsigned descriptors;
};
void	os_usage(struct os_usage *ret);

#endif /* LIB_OS_USAGE_H */
