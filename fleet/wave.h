/* wave.h - many hosts installed a few at a time: what to do next.
 *
 * A wave is a list of hosts; so many of them at a time are armed, switched off
 * and on, and waited for, until each is installed or has failed.  When more
 * than max_failed have failed since it was started or resumed, no further
 * hosts are begun; those under way go on.
 *
 *	waiting -> arming -> switching -> installing -> done
 *	and failed from anywhere
 *
 * Pure: what is seen of the hosts and the time go in, what to do comes out.
 * The steps are written down before they are done, so after a crash one is
 * done again, never left out: wave_restart().
 * Ownership: wave_free().  Errors: -EINVAL, -ENOMEM, -EBADMSG.  Layer: fleet.
 */
#ifndef FLEET_WAVE_H
#define FLEET_WAVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "boot.h"

#define WAVE_HOSTS	65536u

enum wave_state { WAVE_RUNNING, WAVE_STOPPED, WAVE_DONE, WAVE__COUNT };
enum wave_step { WS_WAITING, WS_ARMING, WS_SWITCHING, WS_INSTALLING, WS_DONE, WS_FAILED, WS__COUNT };
enum wave_power { WP_CYCLE, WP_ON, WP_NONE, WP__COUNT };
const char *wave_state_name(enum wave_state);
const char *wave_step_name(enum wave_step);
const char *wave_power_name(enum wave_power);

struct wave_host {
	char		 name[64];
	enum wave_step	 step;
	unsigned	 turn;		/* in which it was begun; 0: not yet */
	int64_t		 begun, since, ended;	/* since: of what the timeout counts */
	char		 reason[160];	/* of a failure */
	/* Of this run, not kept: */
	bool		 busy;		/* what was to be done is under way */
	bool		 again;		/* the step may have been done before a crash */
};

struct wave {
	uint32_t	 id;
	enum wave_state	 state;
	enum wave_power	 power;
	unsigned	 size, max_failed;
	unsigned	 forgiven;	/* failures from before it was resumed */
	uint32_t	 timeout;	/* seconds for each host */
	unsigned	 turn;
	int64_t		 started, ended;
	char		 profile[64], tree[64];	/* "": the host's own */
	char		 select[256], why[200];	/* how it was asked for; why it stopped */
	struct wave_host *host;
	size_t		 n;
	bool		 dirty;		/* to be written down; not kept */
};

/* What is to be seen of a host now. */
struct wave_sees {
	bool		 known;		/* it is configured */
	bool		 turn;		/* the governor lets it wait (max-installing) */
	enum host_state	 state;
	const char	*reason;	/* why failed */
};
enum wave_do { WD_NOTHING, WD_ARM, WD_POWER, WD_DISARM };

int	wave_add(struct wave *, const char *host);
void	wave_free(struct wave *);
/* Once for each host, each time something may have changed. */
enum wave_do wave_look(struct wave *, size_t i, const struct wave_sees *, int64_t now);
/* After that: begin the next ones, or end. */
void	wave_next(struct wave *, int64_t now);
/* What was to be done is done; why NULL: well. */
void	wave_armed(struct wave *, size_t i, const char *why, int64_t now);
void	wave_switched(struct wave *, size_t i, const char *why, int64_t now);
/* A person's.  resume: -EINVAL, there is nothing to go on with; retry: those
 * that failed once more. */
void	wave_stop(struct wave *, const char *why);
int	wave_resume(struct wave *, bool retry);
/* It was read back: nothing is under way. */
void	wave_restart(struct wave *);

unsigned wave_count(const struct wave *, enum wave_step);
/* 12, or 25% of n (at least one).  -EINVAL. */
int	wave_size_parse(const char *, size_t n, unsigned *ret);
/* 90, 90s, 40m or 2h, at most 30 days, in seconds.  -EINVAL. */
int	wave_time_parse(const char *, uint32_t *ret);

/* wave_text.c: as it is kept. */
struct buf;
void	wave_print(const struct wave *, struct buf *);
int	wave_parse(const char *text, struct wave *ret);	/* -EBADMSG */

#endif /* FLEET_WAVE_H */
