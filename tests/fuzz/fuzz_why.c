/* fuzz_why.c - a machine that does anything in any order: what is told of it is
 * bounded and printable, and what is stored of it comes back.
 *
 * Each byte of the input is an event, a state, or seconds that pass; before the
 * first 0xff it is the text of a store that another program wrote. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../fleet/stranger.h"
#include "../../fleet/timeline.h"
#include "../../fleet/why.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

struct input { const uint8_t *p; size_t left; };

static unsigned
next(struct input *in)
{
	if (in->left == 0)
		return 0;
	in->left--;
	return *in->p++;
}

static void
printable(const char *s, size_t cap)
{
	MUST(strnlen(s, cap) < cap);
	for (; *s != '\0'; s++)
		MUST(*s >= 0x20 && *s < 0x7f);
}

static const char *
text_of(struct input *in, char buf[200])
{
	size_t n = next(in) % 64;

	memset(buf, 0, 200);
	if (n > in->left)
		n = in->left;
	memcpy(buf, in->p, n);
	in->p += n;
	in->left -= n;
	return buf;
}

static void
dhcp(struct input *in, struct timeline *tl, struct stranger_list *l, enum host_state st,
    int64_t now)
{
	static const char *const rule[] = { NULL, "none-free", "no-network", "min-secs",
		"other-server", "unknown-client", "boot-other", "http-off", "disk-loop",
		"proxy-address-of-other" };
	char file[200], why[200], gone[STRANGER_KEY];
	unsigned bits = next(in);
	struct event_dhcp e = { .asked = (uint8_t)(next(in) % 14), .answered = (uint8_t)(next(in) % 8),
	    .silent = bits & 1, .foreign = bits & 2, .muted = bits & 4 ? "mode observe" : NULL,
	    .has_uuid = bits & 8, .asked_name = bits & 16 ? "DISCOVER" : NULL,
	    .fw = (enum firmware)FIRMWARE(next(in) % FK__COUNT, next(in) % FA__COUNT),
	    .secs = (uint16_t)(next(in) << 8 | next(in)), .xid = next(in), .addr = next(in),
	    .other_server = next(in), .relay = next(in), .rule = rule[next(in) % 10],
	    .boot_rule = rule[next(in) % 10], .iface = bits & 32 ? "eth1" : NULL,
	    .file = text_of(in, file), .text = text_of(in, why), .hostname = why, .why = why };

	e.mac.b[5] = (uint8_t)next(in);
	e.uuid.b[0] = (uint8_t)(next(in) % 3);
	(void)timeline_dhcp(tl, &e, st, now);
	(void)stranger_dhcp(l, &e, now, gone);
}

static void
event(struct input *in, struct timeline *tl, struct stranger_list *l, enum host_state st,
    int64_t now)
{
	char text[200], gone[STRANGER_KEY];
	struct event e = { .kind = (enum event_kind)(next(in) % (EV_NOTE + 1)),
	    .addr = next(in), .done = (uint64_t)next(in) << (next(in) % 64),
	    .total = (uint64_t)next(in) << (next(in) % 64), .http = next(in) & 1,
	    .cause = (uint8_t)next(in), .block = (uint16_t)next(in) };

	snprintf(e.text, sizeof(e.text), "%s", text_of(in, text));
	(void)timeline_event(tl, &e, st, now);
	(void)stranger_event(l, &e, now, gone);
}

static void
look(const struct timeline *tl, struct why_in *q, int64_t now)
{
	static const struct seen nothing;
	struct why w;
	int64_t left;

	q->seen = tl->seen != NULL ? tl->seen : &nothing;
	q->now = now;
	q->file = tl->file_over ? "" : tl->file;
	q->percent = tl->percent;
	if (why(q, &w)) {
		printable(w.text, sizeof(w.text));
		MUST(w.rule != NULL && w.advice != NULL && w.text[0] != '\0');
	}
	MUST(timeline_percent(tl, NULL, q->state, q->step_no, q->steps, now, &left) <= 100);
}

static void
look_at_strangers(const struct stranger_list *l)
{
	char text[STRANGER_TEXT], key[STRANGER_KEY];
	struct stranger_list again = { .n = 0 };
	const char *advice;

	for (unsigned i = 0; i < l->n; i++) {
		if (stranger_why(l->s[i], text, &advice) != NULL)
			printable(text, 240);
		MUST(stranger_write(l->s[i], text) < STRANGER_TEXT);
		memcpy(key, l->s[i]->key, sizeof(key));
		MUST(stranger_load(&again, key, text) == 0);
	}
	MUST(again.n == l->n);
	stranger_free(&again);
}

/* What is stored comes back as it was. */
static void
survive(const struct timeline *tl)
{
	char *text = timeline_text(tl), *again;
	struct timeline t;

	timeline_init(&t);
	timeline_load_text(&t, text != NULL ? text : "");
	again = timeline_text(&t);
	MUST((text == NULL) == (again == NULL));
	if (text != NULL && strcmp(text, again) != 0)
		fprintf(stderr, "%s\n---\n%s\n", text, again);
	MUST(text == NULL || strcmp(text, again) == 0);
	timeline_free(&t);
	free(text);
	free(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size > 0 ? memchr(data, 0xff, size) : NULL;
	struct input in = { data, size };
	struct stranger_list strangers = { .n = 0 };
	struct why_in q = { .state = HS_ARMED, .since = 1, .usual = -1, .reason = "step x: y" };
	struct timeline tl;
	int64_t now = 1700000000;

	timeline_init(&tl);
	if (end != NULL) {
		char *text = strndup((const char *)data, (size_t)(end - data));

		timeline_load_text(&tl, text);
		(void)stranger_load(&strangers, "02:00:00:00:00:01", text);
		in = (struct input){ end + 1, size - (size_t)(end - data) - 1 };
		free(text);
	}
	while (in.left > 0) {
		unsigned what = next(&in);

		switch (what % 8) {
		case 0:
			dhcp(&in, &tl, &strangers, q.state, now);
			break;
		case 1:
			event(&in, &tl, &strangers, q.state, now);
			break;
		case 2:
			now += (int64_t)next(&in) * 4;
			break;
		case 3:
			q.state = (enum host_state)(next(&in) % HS__COUNT);
			q.since = now;
			break;
		case 4:
			timeline_boot(&tl, now);
			q.attempts = next(&in);
			break;
		case 5:
			timeline_step(&tl, next(&in), what & 8 ? "newfs" : "x", what & 16, now);
			break;
		case 6:
			q.place = next(&in) % 3;
			q.usual = (int64_t)next(&in) - 1;
			q.bios = what & 8;
			q.uefi = what & 16;
			q.installs = what & 32;
			q.iface_down = what & 64 ? "eth1" : NULL;
			break;
		default:
			if (what & 8)
				timeline_arm(&tl, now);
			else if (timeline_seen(&tl) != NULL)
				seen_last_lines(tl.seen, (const char *)in.p, in.left);
		}
		look(&tl, &q, now);
	}
	survive(&tl);
	look_at_strangers(&strangers);
	stranger_free(&strangers);
	timeline_free(&tl);
	return 0;
}
