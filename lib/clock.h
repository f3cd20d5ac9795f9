/* clock.h - the only reader of the clocks.  Layer: lib.
 *
 * Decisions take the time as an argument; only I/O code and the fleet call
 * these.  clock_set() freezes both clocks for a test (0, 0: real again).
 */
#ifndef LIB_CLOCK_H
#define LIB_CLOCK_H

#include <stdint.h>

int64_t	 clock_unix(void);	/* seconds since 1970: what is stored */
int64_t	 clock_unix_ns(void);	/* the same in nanoseconds: what is only shown */
int64_t	 clock_ms(void);	/* monotonic milliseconds: what is waited for */
void	 clock_set(int64_t unix_s, int64_t ms);

#endif /* LIB_CLOCK_H */
