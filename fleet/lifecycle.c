/* lifecycle.c - the table state x event. */
#include <assert.h>
#include <stddef.h>

#include "lifecycle.h"

const char *
life_event_name(enum life_event e)
{
	static const char *const name[LE__COUNT] = {
		[LE_CONFIGURED] = "configured", [LE_ARM] = "arm",
		[LE_DISARM] = "disarm", [LE_FIRMWARE] = "firmware",
		[LE_CLAIM] = "claim", [LE_STEP] = "step", [LE_DONE] = "done",
		[LE_FAIL] = "fail", [LE_FORGET] = "forget",
	};

	assert(e < LE__COUNT);
	return name[e];
}

/* What a cell does.  Every function gets *out preset to "nothing changes". */
typedef void cell_fn(const struct life_in *, struct life_out *out);

static void
keep(const struct life_in *in, struct life_out *out)
{
	(void)in;
	(void)out;
}

static void
refuse(struct life_out *out, const char *why)
{
	out->refused = true;
	out->why = why;
}

static void
to_ready(const struct life_in *in, struct life_out *out)
{
	(void)in;
	out->state = HS_READY;
}

/* Back to the beginning; whatever was there is over. */
static void
reset(const struct life_in *in, struct life_out *out, enum host_state to)
{
	out->state = to;
	out->ended = in->state != HS_READY;
	out->attempts = out->retry = 0;
}

static void
disarm(const struct life_in *in, struct life_out *out)
{
	reset(in, out, HS_READY);
}

static void
forget(const struct life_in *in, struct life_out *out)
{
	reset(in, out, HS_NEW);
}

static void
arm(const struct life_in *in, struct life_out *out)
{
	out->state = HS_ARMED;
	out->attempts = 0;
	/* Whichever installation was there before is over. */
	out->ended = in->state != HS_NEW && in->state != HS_READY;
}

static void
arm_busy(const struct life_in *in, struct life_out *out)
{
	(void)in;
	refuse(out, "is being installed; disarm it first");
}

static void
first_boot(const struct life_in *in, struct life_out *out)
{
	(void)in;
	out->state = HS_BOOTING;
	out->attempts = 1;
}

static void
another_boot(const struct life_in *in, struct life_out *out)
{
	out->attempts = in->attempts + 1;
	if (out->attempts <= in->max_attempts)
		return;
	out->state = HS_FAILED;
	out->why = "boots from the network again and again without starting "
	    "the installation: disarmed";
}

/* The machine restarted while its disk was being written. */
static void
restarted(const struct life_in *in, struct life_out *out)
{
	if (in->retry > 0) {
		out->state = HS_BOOTING;
		out->retry = in->retry - 1;
		out->attempts = 1;
		return;
	}
	out->state = HS_FAILED;
	out->why = "restarted during the installation";
}

static void
to_local(const struct life_in *in, struct life_out *out)
{
	(void)in;
	out->state = HS_LOCAL;
	out->ended = true;
}

static void
grant(const struct life_in *in, struct life_out *out)
{
	(void)in;
	out->state = HS_INSTALLING;
}

static void
claim_twice(const struct life_in *in, struct life_out *out)
{
	(void)in;
	refuse(out, "this installation has been started already");
}

static void
claim_installed(const struct life_in *in, struct life_out *out)
{
	(void)in;
	refuse(out, "the host is installed");
}

static void
claim_failed(const struct life_in *in, struct life_out *out)
{
	(void)in;
	refuse(out, "the installation has failed; arm the host again");
}

static void
not_armed(const struct life_in *in, struct life_out *out)
{
	(void)in;
	refuse(out, "the host is not armed");
}

static void
finish(const struct life_in *in, struct life_out *out)
{
	(void)in;
	out->state = HS_INSTALLED;
	out->ended = true;
}

static void
unclaimed(const struct life_in *in, struct life_out *out)
{
	(void)in;
	refuse(out, "the installation was never claimed");
}

/* The overlay stays until the host is armed or disarmed: a shell is open on
 * the console, and a person wants to see what was done. */
static void
fail(const struct life_in *in, struct life_out *out)
{
	(void)in;
	out->state = HS_FAILED;
	out->why = "the installation script reported a failure";
}

static void
is_over(const struct life_in *in, struct life_out *out)
{
	(void)in;
	refuse(out, "the installation is over");
}

/* Reports before the claim are in order: the script looks at the machine
 * first, and may refuse it (FAIL).  The last report may come twice: an
 * answer can be lost. */
static cell_fn *const table[HS__COUNT][LE__COUNT] = {
	[HS_NEW] = {
		[LE_CONFIGURED] = to_ready, [LE_ARM] = arm,
		[LE_DISARM] = keep, [LE_FIRMWARE] = keep,
		[LE_CLAIM] = not_armed, [LE_STEP] = not_armed,
		[LE_DONE] = not_armed, [LE_FAIL] = not_armed,
		[LE_FORGET] = keep,
	},
	[HS_READY] = {
		[LE_CONFIGURED] = keep, [LE_ARM] = arm,
		[LE_DISARM] = disarm, [LE_FIRMWARE] = keep,
		[LE_CLAIM] = not_armed, [LE_STEP] = not_armed,
		[LE_DONE] = not_armed, [LE_FAIL] = not_armed,
		[LE_FORGET] = forget,
	},
	[HS_ARMED] = {
		[LE_CONFIGURED] = keep, [LE_ARM] = arm,
		[LE_DISARM] = disarm, [LE_FIRMWARE] = first_boot,
		[LE_CLAIM] = grant,	/* the firmware's DHCP was not seen */
		[LE_STEP] = keep,
		[LE_DONE] = unclaimed, [LE_FAIL] = fail,
		[LE_FORGET] = forget,
	},
	[HS_BOOTING] = {
		[LE_CONFIGURED] = keep, [LE_ARM] = arm,
		[LE_DISARM] = disarm, [LE_FIRMWARE] = another_boot,
		[LE_CLAIM] = grant, [LE_STEP] = keep,
		[LE_DONE] = unclaimed, [LE_FAIL] = fail,
		[LE_FORGET] = forget,
	},
	[HS_INSTALLING] = {
		[LE_CONFIGURED] = keep, [LE_ARM] = arm_busy,
		[LE_DISARM] = disarm, [LE_FIRMWARE] = restarted,
		[LE_CLAIM] = claim_twice, [LE_STEP] = keep,
		[LE_DONE] = finish, [LE_FAIL] = fail,
		[LE_FORGET] = keep,	/* the machine is at work: let it finish */
	},
	[HS_INSTALLED] = {
		[LE_CONFIGURED] = keep, [LE_ARM] = arm,
		[LE_DISARM] = disarm, [LE_FIRMWARE] = to_local,
		[LE_CLAIM] = claim_installed, [LE_STEP] = is_over,
		[LE_DONE] = keep, [LE_FAIL] = is_over,
		[LE_FORGET] = forget,
	},
	[HS_LOCAL] = {
		[LE_CONFIGURED] = keep, [LE_ARM] = arm,
		[LE_DISARM] = disarm, [LE_FIRMWARE] = keep,
		[LE_CLAIM] = claim_installed, [LE_STEP] = is_over,
		[LE_DONE] = keep, [LE_FAIL] = is_over,
		[LE_FORGET] = forget,
	},
	[HS_FAILED] = {
		[LE_CONFIGURED] = keep, [LE_ARM] = arm,
		[LE_DISARM] = disarm, [LE_FIRMWARE] = keep,
		[LE_CLAIM] = claim_failed, [LE_STEP] = is_over,
		[LE_DONE] = is_over, [LE_FAIL] = keep,
		[LE_FORGET] = forget,
	},
};

static bool
from_installation(enum life_event e)
{
	return e == LE_CLAIM || e == LE_STEP || e == LE_DONE || e == LE_FAIL;
}

void
lifecycle(const struct life_in *in, enum life_event e, struct life_out *ret)
{
	assert(in->state < HS__COUNT && e < LE__COUNT);
	*ret = (struct life_out){ .state = in->state,
	    .attempts = in->attempts, .retry = in->retry };
	if (from_installation(e) && !in->current)
		refuse(ret, "belongs to an installation that is over");
	else
		table[in->state][e](in, ret);
	/* Only an installation that was not claimed yet, or is to be started
	 * again by the profile's leave, may be started. */
	ret->used_up = ret->state >= HS_INSTALLING;
}

/* Something else ----------------------------------------------------------- */

const char *
other_state_name(enum other_state s)
{
	static const char *const name[OTHER__COUNT] = {
		[OTHER_NONE] = "none", [OTHER_ASKED] = "asked",
		[OTHER_BOOTING] = "booting", [OTHER_UP] = "up",
	};

	assert(s < OTHER__COUNT);
	return name[s];
}

const char *
other_event_name(enum other_event e)
{
	static const char *const name[OE__COUNT] = {
		[OE_ASK] = "ask", [OE_LEAVE] = "leave",
		[OE_FIRMWARE] = "firmware", [OE_UP] = "up", [OE_DONE] = "done",
	};

	assert(e < OE__COUNT);
	return name[e];
}

typedef void other_fn(struct other_life *);

static void
o_keep(struct other_life *l)
{
	(void)l;
}

static void
o_ask(struct other_life *l)
{
	l->state = OTHER_ASKED;
	l->boots = 0;
}

static void
o_none(struct other_life *l)
{
	l->state = OTHER_NONE;
	l->always = false;
	l->boots = 0;
}

/* It may be running: its files stay until the machine starts again. */
static void
o_last(struct other_life *l)
{
	l->state = OTHER_UP;
	l->always = false;
}

static void
o_boot(struct other_life *l)
{
	l->state = OTHER_BOOTING;
	l->boots = 1;
}

static void
o_boot_again(struct other_life *l)
{
	if (l->boots < l->max_boots) {
		l->boots++;
	} else if (!l->always) {
		o_none(l);
		l->why = "was started again and again, and never said that it runs";
	}
}

static void
o_next(struct other_life *l)
{
	if (l->always)
		o_boot(l);
	else
		o_none(l);
}

static void
o_up(struct other_life *l)
{
	l->state = OTHER_UP;
	l->boots = 0;
}

static other_fn *const other_table[OTHER__COUNT][OE__COUNT] = {
	[OTHER_NONE] = {
		[OE_ASK] = o_ask, [OE_LEAVE] = o_keep, [OE_FIRMWARE] = o_keep,
		[OE_UP] = o_keep, [OE_DONE] = o_keep,
	},
	[OTHER_ASKED] = {
		[OE_ASK] = o_ask, [OE_LEAVE] = o_none, [OE_FIRMWARE] = o_boot,
		[OE_UP] = o_up,		/* the firmware's DHCP was not seen */
		[OE_DONE] = o_none,
	},
	[OTHER_BOOTING] = {
		[OE_ASK] = o_ask, [OE_LEAVE] = o_last,
		[OE_FIRMWARE] = o_boot_again, [OE_UP] = o_up, [OE_DONE] = o_none,
	},
	[OTHER_UP] = {
		[OE_ASK] = o_ask, [OE_LEAVE] = o_last, [OE_FIRMWARE] = o_next,
		[OE_UP] = o_keep, [OE_DONE] = o_none,
	},
};

void
lifecycle_other(struct other_life *l, enum other_event e)
{
	assert(l->state < OTHER__COUNT && e < OE__COUNT);
	l->why = NULL;
	other_table[l->state][e](l);
}
