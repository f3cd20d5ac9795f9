/* Records of ISO 9660 (ECMA-119), SUSP and Rock Ridge (RRIP) as bytes. */
#include <strings.h>

#include "iso_make.h"

static struct rd
area(const struct sua *s)
{
	return rd_init(s->b, s->n);
}

static int
rr_of(const struct sua *s, struct iso_rr *rr)
{
	iso_rr_init(rr);
	return iso_rr_read(area(s), rr);
}

/* Dates -------------------------------------------------------------------- */

/* ECMA-119 9.1.5: years since 1900, zone in quarters of an hour. */
static void
test_dates_of_seven_bytes(void **state)
{
	static const struct { uint8_t b[7]; int64_t t; } c[] = {
		{ { 70, 1, 1, 0, 0, 0, 0 }, 0 },
		{ { 105, 5, 7, 8, 9, 10, 0 }, IMG_TIME },
		{ { 105, 5, 7, 10, 9, 10, 8 }, IMG_TIME },	/* UTC+2 */
		{ { 105, 5, 7, 2, 39, 10, (uint8_t)-22 }, IMG_TIME },
		{ { 100, 2, 29, 0, 0, 0, 0 }, 951782400 },
		{ { 200, 3, 1, 0, 0, 0, 0 }, 4107542400 },	/* 2100: no leap year */
		{ { 255, 12, 31, 23, 59, 59, 0 }, 5869583999 },
		{ { 69, 12, 31, 23, 59, 59, 0 }, -1 },
		{ { 0, 1, 1, 0, 0, 0, 0 }, -2208988800 },
		{ { 105, 5, 7, 8, 9, 10, 100 }, IMG_TIME },	/* no such zone */
		{ { 105, 0, 7, 8, 9, 10, 0 }, 0 },
		{ { 105, 13, 7, 8, 9, 10, 0 }, 0 },
		{ { 105, 5, 0, 8, 9, 10, 0 }, 0 },
		{ { 105, 5, 32, 8, 9, 10, 0 }, 0 },
		{ { 105, 5, 7, 24, 9, 10, 0 }, 0 },
		{ { 105, 5, 7, 8, 60, 10, 0 }, 0 },
		{ { 105, 5, 7, 8, 9, 60, 0 }, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++)
		assert_int_equal(iso_time_short(c[i].b), c[i].t);
}

/* ECMA-119 8.4.26.1 */
static void
test_dates_of_seventeen_bytes(void **state)
{
	(void)state;
	assert_int_equal(iso_time_long((const uint8_t *)"2005050708091099\0"),
	    IMG_TIME);
	assert_int_equal(iso_time_long((const uint8_t *)"2005050710091000\10"),
	    IMG_TIME);
	assert_int_equal(iso_time_long((const uint8_t *)"0000000000000000\0"), 0);
	assert_int_equal(iso_time_long((const uint8_t *)"200505x708091000\0"), 0);
	assert_int_equal(iso_time_long((const uint8_t *)"20050507080910xx\0"),
	    IMG_TIME);
	assert_int_equal(iso_time_long((const uint8_t *)"                \0"), 0);
}

/* Records ------------------------------------------------------------------ */

static void
test_a_record_is_read_whole(void **state)
{
	struct img *m = img_new(false);
	struct sua s = { .n = 0 };
	struct iso_rec rec;
	struct rd r;

	(void)state;
	su_nm(&s, 0, "name");
	img_rec(m, 30, "FILE.TXT;1", 10, 0x12345678, 0x9abcdef0,
	    ISO_FLAG_MORE, &s);
	r = rd_init(m->b + 30 * ISO_SECTOR, ISO_SECTOR);
	assert_true(iso_rec_read(&r, &rec));
	assert_int_equal(rec.block, 0x12345678);
	assert_int_equal(rec.size, 0x9abcdef0);
	assert_int_equal(rec.flags, ISO_FLAG_MORE);
	assert_int_equal(rec.time, IMG_TIME);
	assert_int_equal(rec.id_len, 10);
	assert_memory_equal(rec.id, "FILE.TXT;1", 10);
	assert_false(iso_rec_is_dots(&rec));
	assert_true(rd_left(&rec.sua) >= s.n);
	assert_memory_equal(rec.sua.p, s.b, s.n);
	assert_false(iso_rec_read(&r, &rec));	/* zeroes fill the sector */
	assert_int_equal(r.err, 0);
	free(m);
}

/* What is cut off anywhere is an error, and nothing behind it is read. */
static void
test_a_record_that_is_cut_off(void **state)
{
	struct img *m = img_new(false);
	struct sua s = { .n = 0 };
	struct iso_rec rec;
	const uint8_t *b = m->b + 30 * ISO_SECTOR;

	(void)state;
	su_nm(&s, 0, "name");
	img_rec(m, 30, "AB", 2, 1, 2, 0, &s);
	for (size_t n = 0; n <= b[0]; n++) {
		uint8_t *copy = malloc(n + 1);
		struct rd r;

		memcpy(copy, b, n);
		r = rd_init(copy, n);
		assert_int_equal(iso_rec_read(&r, &rec), n == b[0]);
		assert_int_equal(r.err, n == 0 || n == b[0] ? 0 : -EBADMSG);
		free(copy);
	}
	/* its own length too short for what it must have, or for its name */
	for (unsigned n = 1; n < 33 + 2; n++) {
		uint8_t copy[64];
		struct rd r = rd_init(copy, sizeof(copy));

		memcpy(copy, b, sizeof(copy));
		copy[0] = (uint8_t)n;
		assert_false(iso_rec_read(&r, &rec));
		assert_int_equal(r.err, -EBADMSG);
	}
	free(m);
}

static void
test_a_record_without_a_name_is_wrong(void **state)
{
	struct img *m = img_new(false);
	struct iso_rec rec;
	struct rd r = rd_init(m->b + 30 * ISO_SECTOR, ISO_SECTOR);

	(void)state;
	img_rec(m, 30, "", 0, 1, 2, 0, NULL);
	assert_false(iso_rec_read(&r, &rec));
	assert_int_equal(r.err, -EBADMSG);
	free(m);
}

static void
test_names_without_rock_ridge(void **state)
{
	static const struct { const char *id, *name; } c[] = {
		{ "FILE.TXT;1", "file.txt" }, { "README.;1", "readme" },
		{ "README;1", "readme" }, { "BOOT", "boot" },
		{ "A.B.C;1", "a.b.c" }, { "FILE.TXT;2", "file.txt.2" },
		{ "X.", "x." }, { "A/B;1", "a.b" }, { ";1", ".1" },
		{ ".;1", "." }, { "\xc4;1", "\xc4" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		struct iso_rec rec = { .id = (const uint8_t *)c[i].id,
		    .id_len = (uint8_t)strlen(c[i].id) };
		char buf[ISO_NAME_MAX];

		assert_int_equal(iso_rec_name(&rec, true, buf),
		    strlen(c[i].name));
		assert_memory_equal(buf, c[i].name, strlen(c[i].name));
		assert_int_equal(iso_rec_name(&rec, false, buf),
		    strlen(c[i].name));
		assert_int_equal(strncasecmp(buf, c[i].name,
		    strlen(c[i].name)), 0);
		assert_int_equal(buf[0], rec.id[0] == ';' ? '.' : c[i].id[0]);
	}
}

/* ECMA-119 8.4 */
static void
test_the_volume_descriptor(void **state)
{
	struct img *m = img_new(false);
	uint8_t *b = m->b + 16 * ISO_SECTOR;
	struct iso_pvd pvd;

	(void)state;
	assert_int_equal(iso_pvd_read(b, &pvd), 0);
	assert_int_equal(pvd.blocks, IMG_SECTORS);
	assert_int_equal(pvd.block_size, 2048);
	assert_int_equal(pvd.root.block, IMG_ROOT);
	assert_int_equal(pvd.root.size, ISO_SECTOR);
	memcpy(b + 128, "\0\4\4\0", 4);
	assert_int_equal(iso_pvd_read(b, &pvd), 0);
	assert_int_equal(pvd.block_size, 1024);
	memcpy(b + 128, "\0\0\0\0", 4);
	assert_int_equal(iso_pvd_read(b, &pvd), -EBADMSG);
	memcpy(b + 128, "\0\x10\x10\0", 4);
	assert_int_equal(iso_pvd_read(b, &pvd), -EBADMSG);
	memcpy(b + 128, "\0\x08\x08\0", 4);
	b[156 + 25] = 0;			/* the root is no directory */
	assert_int_equal(iso_pvd_read(b, &pvd), -EBADMSG);
	b[156 + 25] = ISO_FLAG_DIR;
	b[156] = 35;				/* longer than its place */
	assert_int_equal(iso_pvd_read(b, &pvd), -EBADMSG);
	b[156] = 0;
	assert_int_equal(iso_pvd_read(b, &pvd), -EBADMSG);
	free(m);
}

/* Rock Ridge ----------------------------------------------------------------- */

static void
test_susp_is_announced(void **state)
{
	struct sua s = { .n = 0 }, xa = { .n = 14 };
	uint8_t skip = 99;

	(void)state;
	assert_false(iso_susp_start(area(&s), &skip));
	su(&s, "SP", "\xbe\xef\7", 3);
	assert_true(iso_susp_start(area(&s), &skip));
	assert_int_equal(skip, 7);
	memcpy(xa.b + 6, "XA", 2);		/* CD-ROM XA, SUSP 5.3 */
	su(&xa, "SP", "\xbe\xef\16", 3);
	assert_true(iso_susp_start(area(&xa), &skip));
	assert_int_equal(skip, 14);
	for (size_t n = 0; n < s.n; n++) {
		uint8_t *copy = malloc(n + 1);

		memcpy(copy, s.b, n);
		assert_false(iso_susp_start(rd_init(copy, n), &skip));
		free(copy);
	}
	s.b[4] = 0xbf;
	assert_false(iso_susp_start(area(&s), &skip));
}

/* RRIP 4.1.1, with the serial number of 1.12 and without (1.09) */
static void
test_px_in_both_sizes(void **state)
{
	struct iso_rr rr;

	(void)state;
	for (int k = 0; k < 2; k++) {
		struct sua s = { .n = 0 };

		if (k)
			SU(&s, "PX", 0104755, 3, 1001, 1002, 4711);
		else
			SU(&s, "PX", 0104755, 3, 1001, 1002);
		assert_int_equal(rr_of(&s, &rr), 0);
		assert_int_equal(rr.has, RR_PX);
		assert_int_equal(rr.mode, 0104755);
		assert_int_equal(rr.nlink, 3);
		assert_int_equal(rr.uid, 1001);
		assert_int_equal(rr.gid, 1002);
	}
}

static void
test_names_in_pieces(void **state)
{
	struct sua s = { .n = 0 };
	struct iso_rr rr;
	char part[129] = { 0 };

	(void)state;
	su_nm(&s, 1, "one");
	su_nm(&s, 0, "two");
	assert_int_equal(rr_of(&s, &rr), 0);
	assert_int_equal(rr.name_len, 6);
	assert_memory_equal(rr.name, "onetwo", 6);
	s.n = 0;
	su_nm(&s, 2, "x");			/* "." by flag */
	assert_int_equal(rr_of(&s, &rr), 0);
	assert_int_equal(rr.has, 0);
	memset(part, 'x', 128);
	s.n = 0;
	su_nm(&s, 1, part);
	su_nm(&s, 0, part + 1);
	assert_int_equal(rr_of(&s, &rr), 0);
	assert_int_equal(rr.name_len, 255);
	assert_false(rr.name_bad);
	su_nm(&s, 0, "x");
	assert_int_equal(rr_of(&s, &rr), 0);
	assert_true(rr.name_bad);
	assert_int_equal(rr.name_len, 255);
}

/* RRIP 4.1.3: flags of the field, then (flags, length, text) for each component */
static void
test_links_in_pieces(void **state)
{
	static const struct { const char *sl[3]; size_t n[3]; const char *want; } c[] = {
		{ { "\0" "\0\1a" }, { 4 }, "a" },
		{ { "\0" "\0\1a" "\0\1b" }, { 7 }, "a/b" },
		{ { "\0" "\10\0" "\0\3usr" "\0\3bin" }, { 13 }, "/usr/bin" },
		{ { "\0" "\10\0" }, { 3 }, "/" },
		{ { "\0" "\4\0" "\4\0" "\0\1x" }, { 8 }, "../../x" },
		{ { "\0" "\2\0" "\0\1x" }, { 6 }, "./x" },
		{ { "\1" "\1\2ab", "\0" "\0\2cd" "\0\1e" }, { 5, 8 }, "abcd/e" },
		{ { "\1" "\0\2ab", "\0" "\0\2cd" }, { 5, 5 }, "ab/cd" },
		{ { "\1" "\10\0", "\0" "\0\2cd" }, { 3, 5 }, "/cd" },
		{ { "\0" "\0\1a" "\0\0" }, { 6 }, "a/" },
		{ { "\1" "\1\1a", "\1" "\1\1b", "\0" "\0\1c" }, { 4, 4, 4 }, "abc" },
	};
	struct iso_rr rr;

	(void)state;
	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		struct sua s = { .n = 0 };

		for (int k = 0; k < 3 && c[i].sl[k] != NULL; k++)
			su(&s, "SL", c[i].sl[k], c[i].n[k]);
		assert_int_equal(rr_of(&s, &rr), 0);
		assert_int_equal(rr.has, RR_SL);
		assert_false(rr.link_bad);
		assert_int_equal(rr.link_len, strlen(c[i].want));
		assert_memory_equal(rr.link, c[i].want, rr.link_len);
	}
}

static void
test_links_that_cannot_be(void **state)
{
	struct sua s = { .n = 0 };
	struct iso_rr rr;
	uint8_t sl[250] = { 1, 1, 247 };

	(void)state;
	su(&s, "SL", "\0" "\0\5ab", 5);		/* longer than its field */
	assert_int_equal(rr_of(&s, &rr), -EBADMSG);
	s.n = 0;
	su(&s, "SL", "\0" "\40\0", 3);		/* this host's name */
	assert_int_equal(rr_of(&s, &rr), 0);
	assert_true(rr.link_bad);
	memset(sl + 3, 'x', sizeof(sl) - 3);
	iso_rr_init(&rr);
	for (int i = 0; i < 17; i++) {		/* 4199 bytes */
		s.n = 0;
		su(&s, "SL", sl, sizeof(sl));
		assert_int_equal(iso_rr_read(area(&s), &rr), 0);
		assert_true(rr.link_len <= ISO_LINK_MAX);
	}
	assert_true(rr.link_bad);
}

/* RRIP 4.1.6 */
static void
test_times_in_every_form(void **state)
{
	struct sua s = { .n = 0 };
	struct iso_rr rr;
	uint8_t b[1 + 2 * 17] = { 0x80 | 2 | 4 };

	(void)state;
	su_tf(&s, 0x7f);
	assert_int_equal(rr_of(&s, &rr), 0);
	assert_int_equal(rr.mtime, IMG_TIME + 1);
	assert_int_equal(rr.atime, IMG_TIME + 2);
	assert_int_equal(rr.ctime, IMG_TIME + 3);
	s.n = 0;
	su_tf(&s, 1);				/* creation alone */
	assert_int_equal(rr_of(&s, &rr), 0);
	assert_true(rr.has_ctime && !rr.has_mtime && !rr.has_atime);
	assert_int_equal(rr.ctime, IMG_TIME);
	memcpy(b + 1, "2005050708091000\0" "2005050708091100\0", 34);
	s.n = 0;
	su(&s, "TF", b, sizeof(b));
	assert_int_equal(rr_of(&s, &rr), 0);
	assert_int_equal(rr.mtime, IMG_TIME);
	assert_int_equal(rr.atime, IMG_TIME + 1);
	s.n = 0;
	su(&s, "TF", b, sizeof(b) - 1);		/* without its zone, as makefs has it */
	assert_int_equal(rr_of(&s, &rr), 0);
	assert_int_equal(rr.atime, IMG_TIME + 1);
	s.n = 0;
	su(&s, "TF", b, sizeof(b) - 2);		/* a date cut off is none */
	assert_int_equal(rr_of(&s, &rr), 0);
	assert_true(rr.has_mtime && !rr.has_atime);
}

static void
test_the_rest(void **state)
{
	struct sua s = { .n = 0 };
	struct iso_rr rr;

	(void)state;
	SU(&s, "PN", 4, 64);
	SU(&s, "CL", 77);
	su(&s, "RE", NULL, 0);
	su(&s, "ZF", "pz\17\17\0\20\0\0\0\0\20\0", 12);
	SU(&s, "XX", 1, 2, 3);			/* unknown: passed over */
	SU(&s, "CE", 5, 6, 7);
	assert_int_equal(rr_of(&s, &rr), 0);
	assert_int_equal(rr.has, RR_PN | RR_CL | RR_RE | RR_ZF);
	assert_int_equal(rr.dev_high, 4);
	assert_int_equal(rr.dev_low, 64);
	assert_int_equal(rr.child, 77);
	assert_int_equal(rr.real_size, 4096);
	assert_int_equal(rr.ce_block, 5);
	assert_int_equal(rr.ce_off, 6);
	assert_int_equal(rr.ce_len, 7);
	/* a later area without CE ends the chain */
	s.n = 0;
	SU(&s, "PN", 4, 64);
	assert_int_equal(iso_rr_read(area(&s), &rr), 0);
	assert_int_equal(rr.ce_len, 0);
	/* sparse, RRIP 1.12 and 1.10 */
	s.n = 0;
	su(&s, "SF", "\1\0\0\0\0\0\0\1\2\0\0\0\0\0\0\2\1", 17);
	assert_int_equal(rr_of(&s, &rr), 0);
	assert_true(rr.has == RR_SF && rr.real_size == (1ull << 32 | 2));
	/* ST ends an area, and so does filler */
	s.n = 0;
	su(&s, "ST", NULL, 0);
	SU(&s, "PN", 4, 64);
	assert_int_equal(rr_of(&s, &rr), 0);
	assert_int_equal(rr.has, 0);
	s.n = 4;
	memset(s.b, 0, 4);
	SU(&s, "PN", 4, 64);
	assert_int_equal(rr_of(&s, &rr), 0);
	assert_int_equal(rr.has, 0);
}

/* Every field cut off at every byte: an error, or as if it were not there. */
static void
test_areas_that_are_cut_off(void **state)
{
	struct sua s = { .n = 0 };
	struct iso_rr rr;

	(void)state;
	SU(&s, "PX", 0100644, 1, 2, 3);
	su_nm(&s, 0, "name");
	su(&s, "SL", "\0" "\0\1a" "\0\1b", 7);
	su_tf(&s, 0x0e);
	SU(&s, "PN", 4, 64);
	SU(&s, "CE", 5, 6, 7);
	for (size_t n = 0; n <= s.n; n++) {
		uint8_t *copy = malloc(n + 1);
		int r;

		memcpy(copy, s.b, n);
		iso_rr_init(&rr);
		r = iso_rr_read(rd_init(copy, n), &rr);
		assert_true(r == 0 || r == -EBADMSG);
		if (n == s.n)
			assert_int_equal(r, 0);
		free(copy);
	}
	/* and every field whose own length says less than it needs */
	for (size_t at = 0; at < s.n; at += s.b[at + 2]) {
		for (uint8_t len = 4; len < s.b[at + 2]; len++) {
			uint8_t *copy = malloc(len);

			memcpy(copy, s.b + at, len);
			copy[2] = len;
			iso_rr_init(&rr);
			(void)iso_rr_read(rd_init(copy, len), &rr);
			if (strchr("NST", copy[0]) == NULL)	/* of any length */
				assert_int_equal(iso_rr_read(rd_init(copy, len),
				    &rr), -EBADMSG);
			free(copy);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dates_of_seven_bytes),
		cmocka_unit_test(test_dates_of_seventeen_bytes),
		cmocka_unit_test(test_a_record_is_read_whole),
		cmocka_unit_test(test_a_record_that_is_cut_off),
		cmocka_unit_test(test_a_record_without_a_name_is_wrong),
		cmocka_unit_test(test_names_without_rock_ridge),
		cmocka_unit_test(test_the_volume_descriptor),
		cmocka_unit_test(test_susp_is_announced),
		cmocka_unit_test(test_px_in_both_sizes),
		cmocka_unit_test(test_names_in_pieces),
		cmocka_unit_test(test_links_in_pieces),
		cmocka_unit_test(test_links_that_cannot_be),
		cmocka_unit_test(test_times_in_every_form),
		cmocka_unit_test(test_the_rest),
		cmocka_unit_test(test_areas_that_are_cut_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
