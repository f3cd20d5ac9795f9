/* clock.c - the only reader of the clocks. */
#include <stdatomic.h>
#include <time.h>

#include "clock.h"

static _Atomic int64_t frozen_unix, frozen_ms;

static struct timespec
now(clockid_t id)
{
	struct timespec ts = { 0, 0 };

	(void)clock_gettime(id, &ts);
	return ts;
}

static int
frozen(void)
{
	return atomic_load(&frozen_unix) != 0 || atomic_load(&frozen_ms) != 0;
}

int64_t
clock_unix(void)
{
	if (frozen())
		return atomic_load(&frozen_unix);
	return now(CLOCK_REALTIME).tv_sec;
}

int64_t
clock_unix_ns(void)
{
	struct timespec ts;

	if (frozen())
		return atomic_load(&frozen_unix) * 1000000000;
	ts = now(CLOCK_REALTIME);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

int64_t
clock_ms(void)
{
	struct timespec ts;

	if (frozen())
		return atomic_load(&frozen_ms);
	ts = now(CLOCK_MONOTONIC);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void
clock_set(int64_t unix_s, int64_t ms)
{
	atomic_store(&frozen_unix, unix_s);
	atomic_store(&frozen_ms, ms);
}
