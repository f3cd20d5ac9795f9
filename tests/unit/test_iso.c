/* Directories and files of ISO 9660 images made by hand. */
#include "iso_make.h"

/* The image with what was added, open. */
static struct iso *
open_img(struct img *m)
{
	const char *why = NULL;
	struct iso *iso = NULL;

	assert_int_equal(img_open(m, &iso, &why), 0);
	return iso;
}

static int
find(struct iso *iso, const char *path, struct iso_entry *ret)
{
	const struct iso_entry *e;
	struct iso_dir *d;
	int r = iso_find(iso, path, false, &d, &e);

	if (r == 0) {
		*ret = *e;	/* its pointers are good while it is cached */
		iso_dir_unref(d);
	}
	return r;
}

static size_t
count(struct iso *iso, const char *path)
{
	struct iso_dir *d;
	size_t n;

	assert_int_equal(iso_dir_at(iso, path, false, &d), 0);
	n = d->n;
	iso_dir_unref(d);
	return n;
}

/* Attributes ----------------------------------------------------------------- */

static void
test_a_plain_image(void **state)
{
	struct img *m = img_new(false);
	struct iso_entry e;
	struct iso *iso;

	(void)state;
	img_rec(m, IMG_ROOT, "README.TXT;1", 12, 30, 100, 0, NULL);
	img_rec(m, IMG_ROOT, "BOOT", 4, 20, ISO_SECTOR, ISO_FLAG_DIR, NULL);
	img_dots(m, 20, IMG_ROOT, NULL);
	img_rec(m, 20, "A.;1", 4, 31, 1, 0, NULL);
	iso = open_img(m);
	assert_int_equal(find(iso, "", &e), 0);
	assert_int_equal(e.attr.type, TREE_DIR);
	assert_int_equal(e.attr.mode, 0555);
	assert_int_equal(e.attr.nlink, 1);
	assert_int_equal(find(iso, "readme.txt", &e), 0);
	assert_int_equal(e.attr.type, TREE_REG);
	assert_int_equal(e.attr.mode, 0444);
	assert_int_equal(e.attr.uid, 0);
	assert_int_equal(e.attr.nlink, 1);
	assert_int_equal(e.attr.size, 100);
	assert_int_equal(e.attr.mtime.s, IMG_TIME);
	assert_int_equal(e.attr.atime.s, IMG_TIME);
	assert_int_equal(e.n_extent, 1);
	assert_int_equal(e.extent->off, 30 * ISO_SECTOR);
	assert_int_equal(find(iso, "boot/a", &e), 0);
	assert_int_equal(find(iso, "boot", &e), 0);
	assert_int_equal(e.attr.mode, 0555);
	assert_int_equal(find(iso, "README.TXT", &e), -ENOENT);
	assert_int_equal(find(iso, "readme.txt/x", &e), -ENOTDIR);
	assert_int_equal(find(iso, "none/x", &e), -ENOENT);
	assert_int_equal(find(iso, "boot/aa", &e), -ENOENT);
	assert_int_equal(count(iso, ""), 2);
	iso_close(iso);
	free(m);
}

static void
test_rock_ridge_attributes(void **state)
{
	struct img *m = img_new(true);
	struct sua s = { .n = 0 };
	struct iso_entry e;
	struct iso *iso;

	(void)state;
	SU(&s, "PX", 0104751, 3, 1001, 1002, 9);
	su_nm(&s, 0, "A Long Name");
	su_tf(&s, 0x0e);
	img_rec(m, IMG_ROOT, "ALONG.;1", 8, 30, 7, 0, &s);
	s.n = 0;
	SU(&s, "PX", 0120777, 1, 5, 6);
	su_nm(&s, 0, "link");
	su(&s, "SL", "\0" "\4\0" "\0\1x", 6);
	img_rec(m, IMG_ROOT, "LINK.;1", 7, 0, 0, 0, &s);
	s.n = 0;
	SU(&s, "PX", 0020600, 1, 0, 0);
	SU(&s, "PN", 0, 4 << 8 | 64);
	su_nm(&s, 0, "tty");
	img_rec(m, IMG_ROOT, "TTY.;1", 6, 0, 0, 0, &s);
	s.n = 0;
	SU(&s, "PX", 0060600, 1, 0, 0);
	SU(&s, "PN", 259, 3);
	su_nm(&s, 0, "disk");
	img_rec(m, IMG_ROOT, "DISK.;1", 7, 0, 0, 0, &s);
	s.n = 0;
	SU(&s, "PX", 0010600, 1, 0, 0);
	su_nm(&s, 0, "fifo");
	img_rec(m, IMG_ROOT, "FIFO.;1", 7, 0, 0, 0, &s);
	iso = open_img(m);
	assert_int_equal(find(iso, "", &e), 0);
	assert_int_equal(e.attr.mode, 0755);
	assert_int_equal(e.attr.uid, 1);
	assert_int_equal(e.attr.gid, 2);
	assert_int_equal(find(iso, "A Long Name", &e), 0);
	assert_int_equal(e.attr.type, TREE_REG);
	assert_int_equal(e.attr.mode, 04751);
	assert_int_equal(e.attr.nlink, 3);
	assert_int_equal(e.attr.uid, 1001);
	assert_int_equal(e.attr.gid, 1002);
	assert_int_equal(e.attr.used, 512);
	assert_int_equal(e.attr.mtime.s, IMG_TIME + 1);
	assert_int_equal(e.attr.atime.s, IMG_TIME + 2);
	assert_int_equal(e.attr.ctime.s, IMG_TIME + 3);
	assert_int_equal(find(iso, "link", &e), 0);
	assert_int_equal(e.attr.type, TREE_LNK);
	assert_int_equal(e.attr.size, 4);
	assert_string_equal(e.link, "../x");
	assert_int_equal(find(iso, "link/x", &e), -ENOTDIR);
	assert_int_equal(find(iso, "tty", &e), 0);
	assert_int_equal(e.attr.type, TREE_CHR);
	assert_int_equal(e.attr.rdev_major, 4);
	assert_int_equal(e.attr.rdev_minor, 64);
	assert_int_equal(find(iso, "disk", &e), 0);
	assert_int_equal(e.attr.type, TREE_BLK);
	assert_int_equal(e.attr.rdev_major, 259);
	assert_int_equal(e.attr.rdev_minor, 3);
	assert_int_equal(find(iso, "fifo", &e), 0);
	assert_int_equal(e.attr.type, TREE_FIFO);
	iso_close(iso);
	free(m);
}

/* makefs gives no NM where it would say the same as the record. */
static void
test_rock_ridge_without_a_name(void **state)
{
	struct img *m = img_new(true);
	struct sua s = { .n = 0 };
	struct iso_entry e;
	struct iso *iso;

	(void)state;
	SU(&s, "PX", 040755, 2, 0, 0);
	img_rec(m, IMG_ROOT, "EFI", 3, 20, ISO_SECTOR, ISO_FLAG_DIR, &s);
	img_dots(m, 20, IMG_ROOT, NULL);
	iso = open_img(m);
	assert_int_equal(find(iso, "EFI", &e), 0);
	assert_int_equal(find(iso, "efi", &e), -ENOENT);
	iso_close(iso);
	free(m);
}

/* What SUSP has other discs skip is no field. */
static void
test_leading_bytes_are_skipped(void **state)
{
	struct img *m = img_new(true);
	struct sua s = { .n = 14 };
	struct iso_entry e;
	struct iso *iso;

	(void)state;
	m->b[IMG_ROOT * ISO_SECTOR + 34 + 6] = 14;	/* in SP */
	su_nm(&s, 0, "name");
	img_rec(m, IMG_ROOT, "N.;1", 4, 30, 7, 0, &s);
	iso = open_img(m);
	assert_int_equal(find(iso, "name", &e), 0);
	iso_close(iso);
	free(m);
}

/* Continuations ---------------------------------------------------------------- */

static void
test_continuations_are_followed(void **state)
{
	struct img *m = img_new(true);
	struct sua s = { .n = 0 }, a = { .n = 0 }, b = { .n = 0 };
	struct iso_entry e;
	struct iso *iso;

	(void)state;
	su_nm(&s, 1, "first-");
	SU(&s, "CE", 40, 100, 13 + 28);
	img_rec(m, IMG_ROOT, "F.;1", 4, 30, 7, 0, &s);
	su_nm(&a, 1, "second--");		/* 13 bytes */
	SU(&a, "CE", 40, 2000, 60);		/* across a sector */
	memcpy(m->b + 40 * ISO_SECTOR + 100, a.b, a.n);
	su_nm(&b, 0, "third");
	SU(&b, "PX", 0100604, 1, 0, 0);
	memcpy(m->b + 40 * ISO_SECTOR + 2000, b.b, b.n);
	iso = open_img(m);
	assert_int_equal(find(iso, "first-second--third", &e), 0);
	assert_int_equal(e.attr.mode, 0604);
	iso_close(iso);
	free(m);
}

/* A chain that bites its tail, one outside the image, one that is too long. */
static void
test_continuations_that_are_wrong(void **state)
{
	static const struct { uint32_t block, off, len; } c[] = {
		{ 40, 0, 28 }, { IMG_SECTORS, 0, 28 }, { IMG_SECTORS - 1, 2040, 28 },
		{ UINT32_MAX, UINT32_MAX, 28 }, { 40, 0, ISO_SECTOR + 1 },
		{ 40, UINT32_MAX, 28 }, { 40, 0, UINT32_MAX },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		struct img *m = img_new(true);
		struct sua s = { .n = 0 };
		struct iso_entry e;
		struct iso *iso;

		SU(&s, "CE", 40, 0, 28);
		memcpy(m->b + 40 * ISO_SECTOR, s.b, s.n);
		s.n = 0;
		su_nm(&s, 0, "file");
		SU(&s, "CE", c[i].block, c[i].off, c[i].len);
		img_rec(m, IMG_ROOT, "F.;1", 4, 30, 7, 0, &s);
		iso = open_img(m);
		assert_int_equal(find(iso, "file", &e), -EIO);
		iso_close(iso);
		free(m);
	}
}

/* Relocated directories (RRIP 4.1.5) --------------------------------------------- */

static struct img *
relocated(void)
{
	struct img *m = img_new(true);
	struct sua s = { .n = 0 };

	/* deep: a record that is no directory and points to sector 21, which
	 * hangs below rr_moved */
	su_nm(&s, 0, "deep");
	SU(&s, "CL", 21);
	img_rec(m, IMG_ROOT, "DEEP.;1", 7, 0, 0, 0, &s);
	s.n = 0;
	su_nm(&s, 0, "rr_moved");
	img_rec(m, IMG_ROOT, "RR_MOVED", 8, 20, ISO_SECTOR, ISO_FLAG_DIR, &s);
	img_dots(m, 20, IMG_ROOT, NULL);
	s.n = 0;
	su_nm(&s, 0, "deep");
	su(&s, "RE", NULL, 0);
	img_rec(m, 20, "DEEP", 4, 21, ISO_SECTOR, ISO_FLAG_DIR, &s);
	s.n = 0;
	SU(&s, "PX", 040711, 2, 7, 8);
	su_tf(&s, 2);
	img_rec(m, 21, "\0", 1, 21, ISO_SECTOR, ISO_FLAG_DIR, &s);
	s.n = 0;
	SU(&s, "PL", IMG_ROOT);
	img_rec(m, 21, "\1", 1, 20, ISO_SECTOR, ISO_FLAG_DIR, &s);
	s.n = 0;
	su_nm(&s, 0, "inside");
	img_rec(m, 21, "INSIDE.;1", 9, 30, 5, 0, &s);
	return m;
}

static void
test_a_relocated_directory_is_where_it_belongs(void **state)
{
	struct img *m = relocated();
	struct iso *iso = open_img(m);
	struct iso_entry e;

	(void)state;
	assert_int_equal(find(iso, "deep", &e), 0);
	assert_int_equal(e.attr.type, TREE_DIR);
	assert_int_equal(e.attr.mode, 0711);
	assert_int_equal(e.attr.uid, 7);
	assert_int_equal(e.attr.size, ISO_SECTOR);
	assert_int_equal(e.attr.mtime.s, IMG_TIME + 1);
	assert_int_equal(find(iso, "deep/inside", &e), 0);
	assert_int_equal(e.attr.size, 5);
	assert_int_equal(find(iso, "rr_moved", &e), 0);
	assert_int_equal(find(iso, "rr_moved/deep", &e), -ENOENT);
	iso_close(iso);
	free(m);
}

static void
test_a_relocation_to_nowhere(void **state)
{
	static const uint32_t where[] = { IMG_SECTORS, UINT32_MAX, 30, 16 };

	(void)state;
	for (size_t i = 0; i < sizeof(where) / sizeof(where[0]); i++) {
		struct img *m = img_new(true);
		struct sua s = { .n = 0 };
		struct iso_entry e;
		struct iso *iso;

		su_nm(&s, 0, "deep");
		SU(&s, "CL", where[i]);
		img_rec(m, IMG_ROOT, "DEEP.;1", 7, 0, 0, 0, &s);
		img_rec(m, IMG_ROOT, "OTHER.;1", 8, 30, 1, 0, NULL);
		iso = open_img(m);
		assert_int_equal(find(iso, "other", &e), 0);
		assert_int_equal(find(iso, "deep", &e), 0);
		assert_int_equal(find(iso, "deep/x", &e), -EIO);
		iso_close(iso);
		free(m);
	}
}

/* A directory that contains itself is as deep as a path can be, no deeper. */
static void
test_loops_end_with_the_path(void **state)
{
	struct img *m = img_new(true);
	char path[512] = "";
	struct iso_entry e;
	struct iso *iso;

	(void)state;
	img_rec(m, IMG_ROOT, "LOOP", 4, IMG_ROOT, ISO_SECTOR, ISO_FLAG_DIR, NULL);
	iso = open_img(m);
	for (int i = 0; i < 100; i++)
		strcat(path, i ? "/loop" : "loop");
	assert_int_equal(find(iso, path, &e), 0);
	assert_int_equal(count(iso, path), 1);
	iso_close(iso);
	free(m);
}

/* Extents ------------------------------------------------------------------------- */

static void
test_files_of_several_extents(void **state)
{
	struct img *m = img_new(true);
	struct sua s = { .n = 0 };
	struct iso_entry e;
	struct iso *iso;

	(void)state;
	su_nm(&s, 0, "parts");
	img_rec(m, IMG_ROOT, "P.;1", 4, 30, 2 * ISO_SECTOR, ISO_FLAG_MORE, &s);
	img_rec(m, IMG_ROOT, "P.;1", 4, 32, ISO_SECTOR, ISO_FLAG_MORE, &s);
	img_rec(m, IMG_ROOT, "P.;1", 4, 40, 10, 0, &s);
	img_rec(m, IMG_ROOT, "Q.;1", 4, 41, 11, 0, NULL);
	iso = open_img(m);
	assert_int_equal(count(iso, ""), 2);
	assert_int_equal(find(iso, "parts", &e), 0);
	assert_int_equal(e.err, 0);
	assert_int_equal(e.attr.size, 3 * ISO_SECTOR + 10);
	assert_int_equal(e.n_extent, 2);	/* the first two are one */
	assert_int_equal(e.extent[0].at, 0);
	assert_int_equal(e.extent[0].off, 30 * ISO_SECTOR);
	assert_int_equal(e.extent[0].len, 3 * ISO_SECTOR);
	assert_int_equal(e.extent[1].at, 3 * ISO_SECTOR);
	assert_int_equal(e.extent[1].off, 40 * ISO_SECTOR);
	assert_int_equal(e.extent[1].len, 10);
	assert_int_equal(find(iso, "q", &e), 0);
	assert_int_equal(e.attr.size, 11);
	iso_close(iso);
	free(m);
}

static void
test_files_that_cannot_be_read(void **state)
{
	struct img *m = img_new(true);
	struct sua s = { .n = 0 };
	struct iso_entry e;
	struct iso *iso;

	(void)state;
	img_rec(m, IMG_ROOT, "BEHIND.;1", 9, IMG_SECTORS, 1, 0, NULL);
	img_rec(m, IMG_ROOT, "CROSS.;1", 8, IMG_SECTORS - 1, 2049, 0, NULL);
	img_rec(m, IMG_ROOT, "EMPTY.;1", 8, UINT32_MAX, 0, 0, NULL);
	img_rec(m, IMG_ROOT, "FAR.;1", 6, UINT32_MAX, UINT32_MAX, 0, NULL);
	img_rec(m, IMG_ROOT, "GAPS.;1", 7, 30, 1, 0, NULL);
	m->b[IMG_ROOT * ISO_SECTOR + m->end[IMG_ROOT] - 40 + 26] = 1;	/* unit size */
	su(&s, "ZF", "pz\17\17\0\20\0\0\0\0\20\0", 12);
	img_rec(m, IMG_ROOT, "ZF.;1", 5, 30, 50, 0, &s);
	img_rec(m, IMG_ROOT, "LAST.;1", 7, 30, 1, ISO_FLAG_MORE, NULL);
	img_rec(m, IMG_ROOT, "OTHER.;1", 8, 30, 1, 0, NULL);
	img_rec(m, IMG_ROOT, "THE_END.;1", 10, 30, 1, ISO_FLAG_MORE, NULL);
	iso = open_img(m);
	static const struct { const char *name; int err; uint64_t size; } c[] = {
		{ "behind", -EIO, 1 }, { "cross", -EIO, 2049 }, { "empty", 0, 0 },
		{ "far", -EIO, UINT32_MAX }, { "gaps", -EOPNOTSUPP, 1 },
		{ "zf", -EOPNOTSUPP, 4096 }, { "last", -EIO, 1 },
		{ "other", 0, 1 }, { "the_end", -EIO, 1 },
	};
	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		assert_int_equal(find(iso, c[i].name, &e), 0);
		assert_int_equal(e.err, c[i].err);
		assert_int_equal(e.attr.size, c[i].size);
	}
	iso_close(iso);
	free(m);
}

/* Names ---------------------------------------------------------------------------- */

static void
test_names_that_no_client_could_use(void **state)
{
	static const char *const bad[] = { "a/b", ".", "..", "" };
	struct img *m = img_new(true);
	struct iso_entry e;
	struct iso *iso;
	struct sua s = { .n = 0 };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		s.n = 0;
		su_nm(&s, 0, bad[i]);
		img_rec(m, IMG_ROOT, "X.;1", 4, 30, 1, 0, &s);
	}
	s.n = 0;
	su(&s, "NM", "\0a\0b", 4);
	img_rec(m, IMG_ROOT, "X.;1", 4, 30, 1, 0, &s);
	img_rec(m, IMG_ROOT, "FORK.;1", 7, 30, 1, ISO_FLAG_ASSOC, NULL);
	img_rec(m, IMG_ROOT, "TWICE.;1", 8, 30, 1, 0, NULL);
	img_rec(m, IMG_ROOT, "twice.;1", 8, 30, 2, 0, NULL);
	iso = open_img(m);
	assert_int_equal(count(iso, ""), 1);
	assert_int_equal(find(iso, "twice", &e), 0);
	assert_int_equal(e.attr.size, 1);
	iso_close(iso);
	free(m);
}

static void
test_directories_of_many_sectors(void **state)
{
	struct img *m = img_new(false);
	struct iso_entry e;
	struct iso *iso;
	char id[16];
	unsigned sector = 20, n = 0;

	(void)state;
	img_rec(m, IMG_ROOT, "MANY", 4, 20, 20 * ISO_SECTOR, ISO_FLAG_DIR, NULL);
	img_dots(m, 20, IMG_ROOT, NULL);
	for (; n < 800; n++) {
		(void)snprintf(id, sizeof(id), "F%03u.;1", 799 - n);
		if (m->end[sector] + 33 + 7 > ISO_SECTOR)
			sector++;
		img_rec(m, sector, id, 7, 50, n, 0, NULL);
	}
	iso = open_img(m);
	assert_int_equal(count(iso, "many"), 800);
	for (n = 0; n < 800; n++) {
		(void)snprintf(id, sizeof(id), "many/f%03u", 799 - n);
		assert_int_equal(find(iso, id, &e), 0);
		assert_int_equal(e.attr.size, n);
	}
	iso_close(iso);
	free(m);
}

/* Damage ----------------------------------------------------------------------------- */

static void
test_opening_says_what_is_wrong(void **state)
{
	static const struct { const char *magic; const char *want; } c[] = {
		{ "\xfd" "7zXZ", "xz file" }, { "\x1f\x8b", "gzip file" },
		{ "BZh9", "bzip2 file" }, { "\x28\xb5\x2f\xfd", "zstd file" },
		{ "PK\3\4", "zip file" }, { "text", "not an ISO 9660 image" },
	};
	struct img *m = img_new(false);
	struct iso *iso = NULL;
	const char *why = NULL;

	(void)state;
	m->b[16 * ISO_SECTOR + 84] = 0xff;	/* not the byte order that counts */
	assert_int_equal(img_open(m, &iso, &why), 0);
	iso_close(iso);
	m->size -= ISO_SECTOR;
	assert_int_equal(img_open(m, &iso, &why), -EBADMSG);
	assert_non_null(strstr(why, "cut off"));
	m->size += ISO_SECTOR;
	m->b[IMG_ROOT * ISO_SECTOR] = 9;
	assert_int_equal(img_open(m, &iso, &why), -EBADMSG);
	assert_non_null(strstr(why, "root directory is damaged"));
	m->b[16 * ISO_SECTOR + 129] = 7;
	assert_int_equal(img_open(m, &iso, &why), -EBADMSG);
	assert_non_null(strstr(why, "volume descriptor is damaged"));
	m->b[16 * ISO_SECTOR] = 2;		/* no primary one */
	assert_int_equal(img_open(m, &iso, &why), -EBADMSG);
	assert_string_equal(why, "not an ISO 9660 image");
	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		memset(m->b, 0, sizeof(m->b));
		memcpy(m->b, c[i].magic, strlen(c[i].magic));
		assert_int_equal(img_open(m, &iso, &why), -EBADMSG);
		assert_non_null(strstr(why, c[i].want));
	}
	m->size = 0;
	assert_int_equal(img_open(m, &iso, &why), -EBADMSG);
	assert_non_null(strstr(why, "empty"));
	free(m);
}

/* Every length of an image that says it is as long as it is. */
static void
test_an_image_cut_at_every_byte(void **state)
{
	struct img *m = relocated();
	struct iso_entry e;
	struct iso *iso;
	const char *why;

	(void)state;
	put_both32(m->b + 16 * ISO_SECTOR + 80, 0);
	for (m->size = 22 * ISO_SECTOR; m->size > 0; m->size--) {
		iso = NULL;
		if (img_open(m, &iso, &why) < 0) {
			assert_true(m->size < 19 * ISO_SECTOR);
			continue;
		}
		(void)find(iso, "deep", &e);
		assert_int_equal(find(iso, "deep/inside", &e) == 0,
		    m->size == 22 * ISO_SECTOR);
		iso_close(iso);
	}
	free(m);
}

/* A record's length that is wrong makes its directory unreadable, and no more. */
static void
test_a_damaged_directory_is_refused_as_a_whole(void **state)
{
	struct img *m = img_new(false);
	struct iso_entry e;
	struct iso *iso;

	(void)state;
	img_rec(m, IMG_ROOT, "BAD", 3, 20, ISO_SECTOR, ISO_FLAG_DIR, NULL);
	img_rec(m, IMG_ROOT, "BEHIND", 6, IMG_SECTORS, ISO_SECTOR, ISO_FLAG_DIR, NULL);
	img_rec(m, IMG_ROOT, "HUGE", 4, 20, 1u << 31, ISO_FLAG_DIR, NULL);
	img_rec(m, IMG_ROOT, "NODOT", 5, 21, ISO_SECTOR, ISO_FLAG_DIR, NULL);
	img_rec(m, IMG_ROOT, "NONE", 4, 21, 0, ISO_FLAG_DIR, NULL);
	img_dots(m, 20, IMG_ROOT, NULL);
	img_rec(m, 20, "FILE.;1", 7, 30, 1, 0, NULL);
	m->b[20 * ISO_SECTOR + 68] += 5;	/* longer than its sector's rest? no: */
	m->b[20 * ISO_SECTOR + 68 + 45] = 3;	/* then nonsense */
	img_rec(m, 21, "FILE.;1", 7, 30, 1, 0, NULL);
	iso = open_img(m);
	assert_int_equal(find(iso, "bad", &e), 0);
	assert_int_equal(find(iso, "bad/file", &e), -EIO);
	assert_int_equal(find(iso, "behind/file", &e), -EIO);
	assert_int_equal(find(iso, "huge/file", &e), -EFBIG);
	assert_int_equal(find(iso, "nodot/file", &e), -EIO);
	assert_int_equal(find(iso, "none/file", &e), -EIO);
	iso_close(iso);
	free(m);
}

/* The cache ----------------------------------------------------------------------------- */

static void
test_what_is_known_needs_no_disk(void **state)
{
	struct img *m = relocated();
	struct iso *iso = open_img(m);
	const struct iso_entry *e;
	struct iso_dir *d;

	(void)state;
	assert_int_equal(iso_find(iso, "deep/inside", true, &d, &e), -EAGAIN);
	assert_int_equal(iso_find(iso, "deep/inside", false, &d, &e), 0);
	iso_dir_unref(d);
	m->size = 0;			/* reading now would fail the test */
	assert_int_equal(iso_find(iso, "deep/inside", true, &d, &e), 0);
	assert_int_equal(iso_find(iso, "deep/none", true, &d, &e), -ENOENT);
	iso_close(iso);
	assert_int_equal(e->attr.size, 5);	/* a directory outlives its image */
	iso_dir_unref(d);
	free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_plain_image),
		cmocka_unit_test(test_rock_ridge_attributes),
		cmocka_unit_test(test_rock_ridge_without_a_name),
		cmocka_unit_test(test_leading_bytes_are_skipped),
		cmocka_unit_test(test_continuations_are_followed),
		cmocka_unit_test(test_continuations_that_are_wrong),
		cmocka_unit_test(test_a_relocated_directory_is_where_it_belongs),
		cmocka_unit_test(test_a_relocation_to_nowhere),
		cmocka_unit_test(test_loops_end_with_the_path),
		cmocka_unit_test(test_files_of_several_extents),
		cmocka_unit_test(test_files_that_cannot_be_read),
		cmocka_unit_test(test_names_that_no_client_could_use),
		cmocka_unit_test(test_directories_of_many_sectors),
		cmocka_unit_test(test_opening_says_what_is_wrong),
		cmocka_unit_test(test_an_image_cut_at_every_byte),
		cmocka_unit_test(test_a_damaged_directory_is_refused_as_a_whole),
		cmocka_unit_test(test_what_is_known_needs_no_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
