/* fuzz_wave.c - what is read back as a wave prints to the same; and whatever is
 * seen of its hosts, no more of them are under way than its size, none is lost,
 * and in the end it ends. */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "../../fleet/wave.h"
#include "../../lib/buf.h"
#include "must.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static unsigned
under_way(const struct wave *w)
{
	return wave_count(w, WS_ARMING) + wave_count(w, WS_SWITCHING) +
	    wave_count(w, WS_INSTALLING);
}

static void
play(const uint8_t *p, size_t n)
{
	struct wave w = { .size = n > 0 ? p[0] % 5 + 1u : 1, .max_failed = n > 1 ? p[1] % 4 : 0,
	    .timeout = 50, .power = (enum wave_power)(n > 2 ? p[2] % WP__COUNT : 0) };
	int64_t now = 1000;

	for (unsigned i = 0; i < 9; i++)
		MUST(wave_add(&w, (const char []){ 'h', (char)('a' + i), '\0' }) == 0);
	wave_next(&w, now);
	for (size_t k = 3; k + 1 < n; k += 2) {
		size_t i = p[k] % 9;
		struct wave_sees s = { .known = p[k + 1] & 0x80, .turn = p[k + 1] & 0x40,
		    .state = (enum host_state)(p[k + 1] % HS__COUNT), .reason = "r" };

		now += p[k] / 9;
		switch (wave_look(&w, i, &s, now)) {
		case WD_ARM:
			MUST(w.host[i].step == WS_ARMING);
			break;
		case WD_POWER:
			MUST(w.host[i].step == WS_SWITCHING && w.power != WP_NONE);
			break;
		case WD_DISARM:
			MUST(w.host[i].step == WS_FAILED);
			break;
		case WD_NOTHING:
			break;
		}
		if (p[k + 1] & 0x20)
			wave_armed(&w, i, p[k] & 1 ? "no" : NULL, now);
		if (p[k + 1] & 0x10)
			wave_switched(&w, i, p[k] & 1 ? "no" : NULL, now);
		if (p[k] == 0xff)
			wave_stop(&w, "stop");
		if (p[k] == 0xfe)
			(void)wave_resume(&w, p[k + 1] & 1);
		if (p[k] == 0xfd)
			wave_restart(&w);
		wave_next(&w, now);
		MUST(under_way(&w) <= w.size);
		MUST(under_way(&w) + wave_count(&w, WS_WAITING) + wave_count(&w, WS_DONE) +
		    wave_count(&w, WS_FAILED) == 9);
		MUST(w.state != WAVE_DONE || under_way(&w) + wave_count(&w, WS_WAITING) == 0);
	}
	/* And nobody is heard of any more. */
	for (unsigned turn = 0; turn < 12 && w.state != WAVE_DONE; turn++) {
		const struct wave_sees gone = { .known = false };

		wave_restart(&w);
		(void)wave_resume(&w, false);
		wave_next(&w, now);
		for (size_t i = 0; i < w.n; i++)
			(void)wave_look(&w, i, &gone, now);
		wave_next(&w, now);
	}
	MUST(w.state == WAVE_DONE);
	wave_free(&w);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf a = { 0 }, b = { 0 };
	struct wave w, again;
	char *text;

	if (size > 0 && data[0] != '1')
		play(data, size);
	text = strndup((const char *)data, size);
	MUST(text != NULL);
	if (wave_parse(text, &w) == 0) {
		wave_print(&w, &a);
		MUST(a.err == 0 && wave_parse(a.p, &again) == 0);
		wave_print(&again, &b);
		MUST(strcmp(a.p, b.p) == 0);
		wave_free(&again);
		wave_free(&w);
	}
	buf_free(&a);
	buf_free(&b);
	free(text);
	return 0;
}
