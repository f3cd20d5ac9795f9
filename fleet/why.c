/* why.c - the table of reasons; those up to the address. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "why.h"

#define FRESH_S		600	/* an armed machine that is switched off again is not stuck */
#define REPEATS		3	/* DISCOVERs in a row */
#define NOT_TAKEN_S	40	/* firmware asks again after 4, 8, 16 and 32 s */
#define CHOICE_S	6	/* it collects offers for so long */
#define STP_SECS	25
#define STP_SHOWN_S	60
#define WOKEN_S		180
#define IN_USE_S	600
#define TURNS		3	/* of two UUIDs */

bool
why_say(char text[WHY_TEXT], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, WHY_TEXT, fmt, ap);
	va_end(ap);
	return true;
}

const char *
why_ip(int64_t addr, char buf[IP4_STRLEN])
{
	return ip4_str((uint32_t)addr, buf);
}

enum firmware
why_fw(int64_t v)
{
	return v >= 0 && v < FW__COUNT && v % 16 < FA__COUNT ? (enum firmware)v : FW_OS;
}

static bool
within(const struct why_in *in, int64_t at, int64_t s)
{
	return at != 0 && in->now - at <= s;
}

/* It asks, and has not been given an address since it began to. */
static bool
asks(const struct why_in *in)
{
	const struct seen *s = in->seen;

	return s->discovers > 0 && within(in, s->discover_at, FRESH_S) &&
	    s->ack_at < s->discover_at;
}

/* Its last question had this answer: silence, by one of these rules. */
static bool
silent_by(const struct why_in *in, const char *const *rules)
{
	const struct seen *s = in->seen;

	if (!asks(in) || s->silent_at < s->discover_at || s->silents == 0)
		return false;
	for (; *rules != NULL; rules++)
		if (strcmp(*rules, s->silent_rule) == 0)
			return true;
	return false;
}

/* Our turn ---------------------------------------------------------------- */

bool
why_turn(const struct why_in *in, char text[WHY_TEXT])
{
	return in->place > 0 && why_say(text, "waits for its turn: place %u, %u %s at a time",
	    in->place, in->limit, in->limit == 1 ? "installs" : "install");
}

bool
why_iface(const struct why_in *in, char text[WHY_TEXT])
{
	return in->iface_down != NULL && in->seen->discover_at < in->since &&
	    why_say(text, "armed, and nothing was heard of it: the interface %.32s of this "
	    "server has gone, or has no address", in->iface_down);
}

bool
why_muted(const struct why_in *in, char text[WHY_TEXT])
{
	const struct seen *s = in->seen;

	return asks(in) && s->muted[0] != '\0' && s->silent_at >= s->discover_at &&
	    why_say(text, "asked for an address %" PRId64 " times; nothing is answered on %s: %s",
	    s->discovers, s->iface[0] != '\0' ? s->iface : "that interface", s->muted);
}

bool
why_two_macs(const struct why_in *in, char text[WHY_TEXT])
{
	const struct seen *s = in->seen;

	return s->uuid_turns >= TURNS && within(in, s->uuid_at, FRESH_S) &&
	    why_say(text, "two machines have this MAC address: UUID %s and UUID %s ask in turns",
	    s->uuid_other, s->uuid);
}

bool
why_in_use(const struct why_in *in, char text[WHY_TEXT])
{
	const struct seen *s = in->seen;
	char a[IP4_STRLEN];

	return within(in, s->in_use_at, IN_USE_S) && s->fetch_at < s->in_use_at &&
	    why_say(text, "%s is in use by %s", why_ip(s->in_use, a), s->in_use_by[0] != '\0' ?
	    s->in_use_by : "another machine");
}

bool
why_declined(const struct why_in *in, char text[WHY_TEXT])
{
	const struct seen *s = in->seen;
	char a[IP4_STRLEN];

	return within(in, s->declined_at, IN_USE_S) && s->ack_at <= s->declined_at &&
	    s->fetch_at < s->declined_at &&
	    why_say(text, "it declined %s: another machine answers for that address",
	    why_ip(s->declined, a));
}

/* Not answered ------------------------------------------------------------ */

bool
why_none_free(const struct why_in *in, char text[WHY_TEXT])
{
	static const char *const rules[] = { "none-free", NULL };

	return silent_by(in, rules) && why_say(text, "asked for an address %" PRId64
	    " times: none is free on its network", in->seen->discovers);
}

bool
why_no_network(const struct why_in *in, char text[WHY_TEXT])
{
	static const char *const rules[] = { "no-network", "mode-off", NULL };
	const struct seen *s = in->seen;
	char a[IP4_STRLEN];

	if (!silent_by(in, rules))
		return false;
	return s->relay != 0 ? why_say(text, "asked for an address through the relay %s: %s",
	    why_ip(s->relay, a), s->silent_why) : why_say(text,
	    "asked for an address on %s: %s", s->iface, s->silent_why);
}

bool
why_min_secs(const struct why_in *in, char text[WHY_TEXT])
{
	static const char *const rules[] = { "min-secs", NULL };

	return silent_by(in, rules) && why_say(text, "asked for an address for %" PRId64
	    " s only: it is answered when it has asked for longer (dhcp.min-secs)",
	    in->seen->secs);
}

bool
why_refused(const struct why_in *in, char text[WHY_TEXT])
{
	const struct seen *s = in->seen;

	return s->naks >= 2 && s->nak_at > s->ack_at && within(in, s->nak_at, FRESH_S) &&
	    why_say(text, "asked for an address %" PRId64 " times that it may not have: %s "
	    "(rule %s)", s->naks, s->nak_why, s->nak_rule);
}

bool
why_silent(const struct why_in *in, char text[WHY_TEXT])
{
	const struct seen *s = in->seen;

	/* One may be of a loader's second question, or a mode that listens. */
	return asks(in) && s->silents >= REPEATS && s->silent_at >= s->discover_at &&
	    strcmp(s->silent_rule, "other-server") != 0 &&
	    why_say(text, "asked for an address %" PRId64 " times and got no answer: %s (rule %s)",
	    s->discovers, s->silent_why, s->silent_rule);
}

/* Not taken --------------------------------------------------------------- */

bool
why_other_dhcp(const struct why_in *in, char text[WHY_TEXT])
{
	const struct seen *s = in->seen;
	char a[3][IP4_STRLEN];

	if (within(in, s->chosen_at, FRESH_S) && s->chosen_at > s->ack_at &&
	    s->chosen_at >= s->boot_at && s->offer_at != 0 && s->chosen_server != 0)
		return why_say(text, "offered %s, never requested: another DHCP server answered "
		    "(%s), and it took %s from there", why_ip(s->offer, a[0]),
		    why_ip(s->chosen_server, a[1]), why_ip(s->chosen_addr, a[2]));
	/* Its request went to that server alone: only the answers were heard. */
	return asks(in) && s->offer_at >= s->round_at && s->other_at >= s->round_at &&
	    s->request_at < s->round_at && in->now - s->offer_at >= CHOICE_S &&
	    why_say(text, "offered %s, never requested: another DHCP server answered (%s%s%s)",
	    why_ip(s->offer, a[0]), why_ip(s->other_server, a[1]), s->other_addr != 0 ?
	    ", which offers " : "", s->other_addr != 0 ? why_ip(s->other_addr, a[2]) : "");
}

bool
why_unheeded(const struct why_in *in, char text[WHY_TEXT])
{
	const struct seen *s = in->seen;

	return within(in, s->unheeded_at, FRESH_S) && s->unheeded_at >= s->round_at &&
	    s->unheeded_at > s->boot_at && s->request_at < s->round_at &&
	    why_say(text, "was offered its boot file %" PRId64 " times and takes no address: no "
	    "other server gives it one, or its firmware joins no two offers", s->discovers);
}

/* It was answered, after its last DISCOVER or a round before. */
static bool
has_offer(const struct why_in *in)
{
	const struct seen *s = in->seen;

	return asks(in) && s->offer_at >= s->round_at && s->request_at < s->offer_at &&
	    s->offer != 0;	/* beside another server we offer none */
}

bool
why_no_program(const struct why_in *in, char text[WHY_TEXT])
{
	const struct seen *s = in->seen;
	bool booted = in->state == HS_BOOTING && s->ack_at >= s->boot_at && s->fetch_at == 0;

	if (strcmp(s->boot_rule, "boot-other") != 0 || (!booted && !has_offer(in)))
		return false;
	return why_say(text, "its firmware is %s, and there is no boot program for that in "
	    "boot-programs or its profile",
	    firmware_name(why_fw(booted ? s->ack_fw : s->discover_fw)));
}

bool
why_http_off(const struct why_in *in, char text[WHY_TEXT])
{
	const struct seen *s = in->seen;

	return strcmp(s->boot_rule, "http-off") == 0 && s->fetch_at < s->discover_at &&
	    within(in, s->discover_at, FRESH_S) && why_say(text,
	    "its firmware (%s) boots from a URL, and provd's HTTP server is off",
	    firmware_name(why_fw(s->discover_fw)));
}

bool
why_lost_relay(const struct why_in *in, char text[WHY_TEXT])
{
	const struct seen *s = in->seen;
	char a[2][IP4_STRLEN];

	return has_offer(in) && s->discovers >= REPEATS && s->relay != 0 &&
	    why_say(text, "asked %" PRId64 " times through the relay %s, and never requested the "
	    "%s that it was offered: the answers are lost at the relay or behind it",
	    s->discovers, why_ip(s->relay, a[0]), why_ip(s->offer, a[1]));
}

bool
why_lost(const struct why_in *in, char text[WHY_TEXT])
{
	const struct seen *s = in->seen;
	char a[IP4_STRLEN];

	return has_offer(in) && s->discovers >= REPEATS && s->relay == 0 &&
	    why_say(text, "asked %" PRId64 " times on %s, and never requested the %s that it was "
	    "offered: the offers do not reach it", s->discovers, s->iface, why_ip(s->offer, a));
}

bool
why_not_taken(const struct why_in *in, char text[WHY_TEXT])
{
	const struct seen *s = in->seen;
	char a[IP4_STRLEN];

	return has_offer(in) && in->now - s->discover_at >= NOT_TAKEN_S &&
	    why_say(text, "offered %s %" PRId64 " s ago, never requested, and it does not ask "
	    "again: it did not like the offer, or was switched off", why_ip(s->offer, a),
	    in->now - s->offer_at);
}

bool
why_stp(const struct why_in *in, char text[WHY_TEXT])
{
	const struct seen *s = in->seen;

	return s->secs >= STP_SECS && within(in, s->round_at, STP_SHOWN_S) &&
	    s->fetch_at < s->round_at && firmware_is_first(why_fw(s->discover_fw)) &&
	    why_say(text, "%" PRId64 " s between link and DISCOVER: what it asked before that was "
	    "lost, as spanning tree does", s->secs);
}

bool
why_woken(const struct why_in *in, char text[WHY_TEXT])
{
	const struct seen *s = in->seen;

	return s->power_at >= in->since && s->discover_at < s->power_at &&
	    in->now - s->power_at >= WOKEN_S && why_say(text,
	    "switched on %" PRId64 " s ago (%s), and not heard of since",
	    in->now - s->power_at, s->power_how[0] != '\0' ? s->power_how : "by hand");
}

/* The table --------------------------------------------------------------- */

#define S(x)		(1u << HS_##x)
#define S_ARMED		S(ARMED)
#define S_BOOT		S(BOOTING)
#define S_WAY		(S_ARMED | S_BOOT)
#define S_INSTALL	S(INSTALLING)
#define S_FAILED	S(FAILED)
#define S_INSTALLED	S(INSTALLED)
#define S_DONE		(S(INSTALLED) | S(LOCAL))

static const struct {
	const char	*name;
	enum line_severity severity;
	unsigned	 states;
	why_fn		*holds;
	const char	*what, *advice;
} table[] = {
#define WHY(fn, name, severity, states, what, advice) \
	{ name, LINE_##severity, states, why_##fn, what, advice },
#include "why.def"
};
#define N_RULES	(sizeof(table) / sizeof(table[0]))

bool
why(const struct why_in *in, struct why *ret)
{
	for (size_t i = 0; i < N_RULES; i++)
		if ((table[i].states & 1u << in->state) != 0 && table[i].holds(in, ret->text)) {
			seen_text(ret->text, sizeof(ret->text), ret->text);	/* file names */
			ret->rule = table[i].name;
			ret->severity = table[i].severity;
			ret->advice = table[i].advice;
			return true;
		}
	return false;
}

const char *
why_rule(unsigned i, const char **ret_what, const char **ret_advice)
{
	if (i >= N_RULES)
		return NULL;
	*ret_what = table[i].what;
	*ret_advice = table[i].advice;
	return table[i].name;
}
