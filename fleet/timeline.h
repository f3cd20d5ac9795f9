/* timeline.h - a host's history, and what can be told from it.
 *
 * Pure: events and the time in; stage, percentages and lines out.  Bounded:
 * lines take memory as they come, up to TL_LINES of them; without memory a line
 * (a fact, a packet) is not kept.  timeline_free() frees what the struct points to.
 * Layer: fleet.
 */
#ifndef FLEET_TIMELINE_H
#define FLEET_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "boot.h"
#include "course.h"
#include "event.h"
#include "packets.h"
#include "seen.h"

#define TL_LINES	200
#define TL_TEXT		200

struct tl_line {
	int64_t		 time;
	uint8_t		 kind, severity;	/* enum line_kind, line_severity */
	char		 text[TL_TEXT];
};

struct timeline {
	struct tl_line	*line;		/* ring, once TL_LINES are there */
	unsigned	first, n, cap;
	/* Derived: */
	char		stage[24];	/* dhcp tftp kernel root script step installed ... */
	char		file[64];	/* the file being read now: its last component */
	int		percent;	/* of that file, -1: none */
	int64_t		started;	/* of this boot or installation */
	int64_t		last;		/* last sign of life */
	uint64_t	bytes;		/* read so far, of the files worth showing */
	struct course_mark *mark;	/* stages reached, in their order; NULL: none */
	unsigned	n_mark;
	struct seen	*seen;		/* facts for why.h; NULL: none */
	struct packets	*packets;	/* DHCP's last; NULL: none */
	bool		changed;	/* seen, mark are not as they were stored */
	/* timeline.c's own, about that file: */
	uint64_t	file_done;
	int64_t		file_since;
	bool		file_tftp, file_over;
};

void	timeline_init(struct timeline *);
void	timeline_free(struct timeline *);
/* From the store; what is no kind or severity is the first of them. */
void	timeline_load(struct timeline *, int64_t time, unsigned kind, unsigned severity,
	    const char *text);
/* Takes an event in; returns true when it made a line worth storing (the newest). */
bool	timeline_event(struct timeline *, const struct event *, enum host_state, int64_t now);
bool	timeline_dhcp(struct timeline *, const struct event_dhcp *, enum host_state, int64_t now);
bool	timeline_note(struct timeline *, int64_t now, enum line_kind, enum line_severity,
	    const char *text);
/* A line that is no sign of life. */
bool	timeline_remark(struct timeline *, int64_t now, enum line_kind, enum line_severity,
	    const char *text);
/* The script has come to this step, or failed in it. */
void	timeline_step(struct timeline *, unsigned no, const char *step, bool failed, int64_t now);
/* It was armed, or boots from the network: stage, file, percent start anew. */
void	timeline_arm(struct timeline *, int64_t now);
void	timeline_boot(struct timeline *, int64_t now);
/* Made if need be, and changed by the caller; NULL: no memory. */
struct seen *timeline_seen(struct timeline *);
/* What survives a restart beside the lines: facts, stages.  malloc'd; NULL: nothing. */
char	*timeline_text(const struct timeline *);
void	timeline_load_text(struct timeline *, const char *text);
/* How far, in percent, 0 to 100; -1: not on its way.  course: of earlier ones, or
 * NULL.  *ret_left: seconds, -1: not known. */
int	timeline_percent(const struct timeline *, const struct course *, enum host_state,
	    unsigned step, unsigned steps, int64_t now, int64_t *ret_left);
const struct tl_line *timeline_at(const struct timeline *, unsigned i);	/* 0 = oldest; NULL past the end */

/* The name of a report, "N-STEP-STATE[-TEXT]": TEXT is percent-encoded. -EINVAL. */
struct report { unsigned no; char step[32]; char state[16]; char text[200]; };
int	report_parse(const char *name, struct report *ret);

#endif /* FLEET_TIMELINE_H */
