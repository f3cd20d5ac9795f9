/* seen.h - what was seen of a machine on its way: plain facts, no sentences.
 *
 * One table (seen.def) is the struct, and the text that the store keeps of it.
 * Events come in, facts are set; why.h makes sentences of them.  Pure: the time
 * is passed in.  The struct owns nothing.
 * Errors: -EINVAL (a line of a text that is none of ours; the rest is taken).
 * Layer: fleet.
 */
#ifndef FLEET_SEEN_H
#define FLEET_SEEN_H

#include "event.h"

/* RFC 2132 9.6, as far as it matters here. */
enum { SEEN_BOOTP, SEEN_DISCOVER, SEEN_OFFER, SEEN_REQUEST, SEEN_DECLINE, SEEN_ACK, SEEN_NAK };

/* RPC programs that portmap is asked for. */
#define SEEN_NFS	100003
#define SEEN_MOUNTD	100005

struct seen {
#define NUM(name)	int64_t name;
#define TXT(name, size)	char name[size];
#include "seen.def"
#undef NUM
#undef TXT
};

void	seen_event(struct seen *, const struct event *, int64_t now);
void	seen_dhcp(struct seen *, const struct event_dhcp *, int64_t now);
/* It was armed, or is to be inspected: all that was before is of no matter. */
void	seen_arm(struct seen *);
/* A network boot begins. */
void	seen_boot(struct seen *, int64_t now);
void	seen_claim_refused(struct seen *, const char *why, int64_t now);
void	seen_step(struct seen *, unsigned no, const char *step, bool failed, int64_t now);
/* The last lines of a log, in one: "a / b / c". */
void	seen_last_lines(struct seen *, const char *log, size_t len);
/* What it is after an event: printable, cut at cap. */
void	seen_text(char *dst, size_t cap, const char *src);

#define SEEN_TEXT_MAX	8192
/* Lines "name value"; what is 0 or "" is left out.  The length. */
size_t	seen_write(const struct seen *, char buf[SEEN_TEXT_MAX]);
int	seen_read(struct seen *, const char *text);

#endif /* FLEET_SEEN_H */
