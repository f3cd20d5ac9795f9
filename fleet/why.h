/* why.h - why a machine gets no further, in a sentence, and what to do.
 *
 * What was seen of it (seen.h) and the time go in; the first rule of why.def that
 * holds comes out: its name for tests and programs, a sentence with the
 * addresses, files and numbers of the case, and advice.  Pure; bounded; whatever
 * was seen, in any order, it comes to an end.
 * Layer: fleet.
 */
#ifndef FLEET_WHY_H
#define FLEET_WHY_H

#include "seen.h"

#define WHY_TEXT	400

struct why_in {
	const struct seen *seen;
	enum host_state	 state;		/* an inspection is like an installation */
	int64_t		 now, since;	/* since: of the state */
	unsigned	 place, limit;	/* its turn: place 0 is now; limit at a time */
	unsigned	 attempts, max_attempts, step_no, steps;
	int64_t		 usual;		/* what this step usually takes; -1 */
	/* The file that it reads now; "": none. */
	const char	*file;
	int		 percent;
	bool		 installs;	/* bios, uefi are known */
	bool		 bios, uefi;	/* its profile has a program for it */
	bool		 freebsd;
	const char	*iface_down;	/* an interface that is not served; NULL */
	const char	*reason;	/* of failed */
};

struct why {
	const char	*rule, *advice;	/* static */
	enum line_severity severity;
	char		 text[WHY_TEXT];
};

/* False: nothing is wrong, as far as is known. */
bool	why(const struct why_in *, struct why *ret);
/* The table, for the manual and for tests; NULL past the end. */
const char *why_rule(unsigned i, const char **ret_what, const char **ret_advice);

/* why.c and why_boot.c, for each other: one function for each rule, which
 * writes the sentence. */
typedef bool why_fn(const struct why_in *, char text[WHY_TEXT]);
#define WHY(fn, name, severity, states, what, advice)	why_fn why_##fn;
#include "why.def"
bool	why_say(char text[WHY_TEXT], const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));	/* true */
/* Facts are numbers: an address; a firmware, FW_OS if it is none. */
const char *why_ip(int64_t addr, char buf[IP4_STRLEN]);
enum firmware why_fw(int64_t);

#endif /* FLEET_WHY_H */
