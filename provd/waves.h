/* waves.h - waves (fleet/wave.h), carried out: hosts are looked at every second,
 * armed, switched, disarmed; what is next is on disk before it is done.
 *
 * Control thread.  Layer: provd.
 */
#ifndef PROVD_WAVES_H
#define PROVD_WAVES_H

#include "../fleet/wave.h"
#include "daemon.h"

struct waves;

int	waves_new(struct daemon *, struct waves **ret);
/* Nothing is begun from now on; what was asked of the fleet may still come back. */
void	waves_stopping(struct waves *);
void	waves_free(struct waves *);		/* NULL is fine; after the fleet */

struct wave_ask {
	const char	*select, *size, *max_failed, *timeout, *power, *profile, *tree;
};
/* done is called when it is on disk, or not.  -errno and why: nothing was changed. */
typedef void waves_done_fn(void *arg, int result);
int	waves_start(struct waves *, const struct wave_ask *, waves_done_fn *, void *arg,
	    uint32_t *ret_id, char why[300]);
int	waves_stop(struct waves *, uint32_t id, waves_done_fn *, void *arg, char why[300]);
int	waves_resume(struct waves *, uint32_t id, bool retry, waves_done_fn *, void *arg,
	    char why[300]);
const struct wave *waves_find(const struct waves *, uint32_t id);
size_t	waves_count(const struct waves *);
const struct wave *waves_at(const struct waves *, size_t i);	/* in the order of their ids */

#endif /* PROVD_WAVES_H */
