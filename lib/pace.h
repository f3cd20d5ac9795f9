/* pace.h - bandwidth limits: who has sent how much, and waits for how long.
 *
 * A limit is one moment: up to when what was sent is paid for, at the rate
 * that is allowed. Sending moves it on, and who is ahead of the clock by more
 * than a small burst waits for the difference. So waits are handed out one
 * behind the other, and clients that share a limit take turns.
 *
 * Shared by all threads, without a lock. When more clients than the table
 * holds send at once, some share a limit.
 * Layer: lib.
 */
#ifndef LIB_PACE_H
#define LIB_PACE_H

#include <stddef.h>
#include <stdint.h>

struct pace;

/* In bits a second; 0: no limit. -ENOMEM. */
int	pace_new(uint64_t total, uint64_t client, struct pace **ret);
struct pace *pace_ref(struct pace *);		/* NULL is fine, here and below */
void	pace_unref(struct pace *);
/* n bytes were sent to a client at `now` (clock_ms()): milliseconds for which
 * it is sent nothing more. */
unsigned pace_sent(struct pace *, uint32_t client, size_t n, int64_t now);

#endif /* LIB_PACE_H */
