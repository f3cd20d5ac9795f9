/* nfs_note.c - see nfs_note.h. */
#include "nfs_note.h"

/* FNV-1a: for telling a few files of one thread apart, nothing more. */
static uint64_t
mix(uint64_t h, uint64_t v)
{
	return (h ^ v) * 0x100000001b3u;
}

static uint64_t
name_file(const struct event *ev)
{
	uint64_t h = 0xcbf29ce484222325u;

	h = mix(mix(mix(h, ev->inst), ev->addr), (uint64_t)ev->kind);
	if (ev->kind == EV_GETPORT)
		h = mix(h, ev->total);
	for (const char *p = ev->text; *p != '\0'; p++)
		h = mix(h, (unsigned char)*p);
	return h | 1;
}

bool
nfs_note(struct nfs_note *t, struct event *ev, int64_t now_ms)
{
	uint64_t file = name_file(ev);
	size_t set = file / 2 % (NOTE_FILES / NOTE_WAYS) * NOTE_WAYS;
	size_t i, old = set;
	bool end;

	/* What is told once, or seldom. */
	if (ev->kind == EV_ROOT || ev->kind == EV_MOUNT)
		return true;
	for (i = set; i < set + NOTE_WAYS && t->e[i].file != file; i++)
		if (t->e[i].used < t->e[old].used)
			old = i;
	if (i == set + NOTE_WAYS) {
		i = old;
		t->e[i].file = file;
		t->e[i].done = 0;
		t->e[i].told = now_ms - NOTE_MS;
	}
	t->e[i].used = now_ms;
	end = ev->done >= ev->total;
	/* Calls that were sent ahead overtake each other. */
	if (ev->done < t->e[i].done)
		ev->done = t->e[i].done;
	t->e[i].done = ev->done;
	if (end)
		t->e[i].file = 0;
	else if (now_ms - t->e[i].told < NOTE_MS)
		return false;
	t->e[i].told = now_ms;
	return true;
}
