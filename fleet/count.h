/* count.h - what a data thread has done and has in hand, for people to see.
 *
 * One table says every counter once: its name, whether it only grows (SUM) or
 * goes up and down (NOW), and what it counts; `provctl status` prints it.
 * A thread writes its own counters alone, so a plain load and store do: no
 * locked instruction, no line of memory shared with another writer. Whoever
 * reads gets each one as it was a moment ago.
 * Layer: fleet.
 */
#ifndef FLEET_COUNT_H
#define FLEET_COUNT_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* X(protocol, name, SUM or NOW, text) */
#define COUNT_TABLE(X) \
	X(tftp, requests, SUM, "read requests taken up") \
	X(tftp, open, NOW, "transfers under way") \
	X(tftp, refused, SUM, "requests answered with an error") \
	X(tftp, dropped, SUM, "transfers and requests dropped for lack of room") \
	X(tftp, failed, SUM, "transfers whose client or file went away") \
	X(tftp, bytes, SUM, "bytes sent") \
	X(nfs, calls, SUM, "calls") \
	X(nfs, open, NOW, "connections") \
	X(nfs, accepted, SUM, "connections taken up") \
	X(nfs, closed, SUM, "connections closed because a limit was reached") \
	X(nfs, waiting, NOW, "calls that wait for a disk or a commit") \
	X(nfs, busy, SUM, "calls dropped or told to come again") \
	X(nfs, held, NOW, "bytes held for connections") \
	X(nfs, bytes, SUM, "bytes sent") \
	X(http, requests, SUM, "requests") \
	X(http, open, NOW, "connections") \
	X(http, accepted, SUM, "connections taken up") \
	X(http, closed, SUM, "connections closed because a limit was reached") \
	X(http, refused, SUM, "requests answered with an error") \
	X(http, bytes, SUM, "bytes of files sent")

enum count_id {
#define X(protocol, name, kind, text) COUNT_##protocol##_##name,
	COUNT_TABLE(X)
#undef X
	COUNT_N
};

enum count_kind { COUNT_SUM, COUNT_NOW };
struct count_info { const char *protocol, *name; enum count_kind kind; const char *text; };
extern const struct count_info count_info[COUNT_N];

/* Zeroed is ready. */
struct counts { _Atomic uint64_t n[COUNT_N]; };

static inline uint64_t
count_get(const struct counts *c, enum count_id id)
{
	return atomic_load_explicit(&c->n[id], memory_order_relaxed);
}

/* The thread that owns them, here and below. */
static inline void
count_set(struct counts *c, enum count_id id, uint64_t v)
{
	atomic_store_explicit(&c->n[id], v, memory_order_relaxed);
}

static inline void
count_add(struct counts *c, enum count_id id, uint64_t v)
{
	count_set(c, id, count_get(c, id) + v);
}

#endif /* FLEET_COUNT_H */
