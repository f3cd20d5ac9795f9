/* source.c - libarchive's view of a disc. */
#include <sys/stat.h>
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/buf.h"
#include "../lib/os.h"
#include "source.h"

#define BLOCK		((size_t)256 << 10)
#define SNIFF		((size_t)72 << 10)	/* ISO descriptors, UFS superblock */
#define LINK_MAX_BYTES	1023u

struct media_source {
	struct archive		*a;
	struct archive_entry	*entry, *spare;
	struct archive_entry_linkresolver *links;	/* of a directory */
	char			*file;
	struct stat		 st;
	int			 fd;
	uint64_t		 pos, far;
	bool			 dir, first;
	char			*buf;
	char			 path[TREE_PATH_MAX + 1], link[TREE_PATH_MAX + 1];
	char			 flags[64];
	size_t			 prefix;	/* of names in a directory */
};

static int
say(const struct media_source *s, char why[MEDIA_WHY], int r, const char *text)
{
	(void)snprintf(why, MEDIA_WHY, "%.150s: %.240s", s->file, text);
	return r;
}

/* What libarchive says of its last failure. */
static int
damaged(const struct media_source *s, char why[MEDIA_WHY])
{
	const char *text = archive_error_string(s->a);
	int e = archive_errno(s->a);

	(void)snprintf(why, MEDIA_WHY, "%.150s: it is damaged or cut off near byte %llu: %.180s",
	    s->file, (unsigned long long)s->pos, text != NULL ? text : "no more is known");
	return e == ENOMEM ? -ENOMEM : -EBADMSG;
}

/* Reading ------------------------------------------------------------------- */

static la_ssize_t
on_read(struct archive *a, void *arg, const void **ret)
{
	struct media_source *s = arg;
	ssize_t n = os_pread(s->fd, s->buf, BLOCK, (int64_t)s->pos, false);

	if (n < 0) {
		archive_set_error(a, (int)-n, "%s", strerror((int)-n));
		return -1;
	}
	*ret = s->buf;
	s->pos += (uint64_t)n;
	if (s->pos > s->far)
		s->far = s->pos;
	return n;
}

static la_int64_t
on_skip(struct archive *a, void *arg, la_int64_t n)
{
	struct media_source *s = arg;
	uint64_t left = (uint64_t)s->st.st_size > s->pos ? (uint64_t)s->st.st_size - s->pos : 0;

	(void)a;
	if (n < 0)
		return 0;
	if ((uint64_t)n > left)
		n = (la_int64_t)left;
	s->pos += (uint64_t)n;
	return n;
}

static la_int64_t
on_seek(struct archive *a, void *arg, la_int64_t off, int whence)
{
	struct media_source *s = arg;
	la_int64_t base = whence == SEEK_CUR ? (la_int64_t)s->pos :
	    whence == SEEK_END ? (la_int64_t)s->st.st_size : 0;

	(void)a;
	if (base + off < 0)
		return ARCHIVE_FATAL;
	s->pos = (uint64_t)(base + off);
	return base + off;
}

/* formats: those that we take, or else any bytes at all. */
static int
open_file(struct media_source *s, bool formats)
{
	struct archive *a;

	if ((a = s->a = archive_read_new()) == NULL)
		return -ENOMEM;
	s->pos = 0;
	archive_read_support_filter_all(a);
	if (formats) {
		archive_read_support_format_iso9660(a);
		archive_read_support_format_tar(a);
	} else {
		archive_read_support_format_raw(a);
	}
	archive_read_set_read_callback(a, on_read);
	archive_read_set_skip_callback(a, on_skip);
	archive_read_set_seek_callback(a, on_seek);
	archive_read_set_callback_data(a, s);
	return archive_read_open1(a) == ARCHIVE_OK ? 0 : -EBADMSG;
}

static int
open_dir(struct media_source *s)
{
	if ((s->a = archive_read_disk_new()) == NULL ||
	    (s->links = archive_entry_linkresolver_new()) == NULL ||
	    (s->spare = archive_entry_new()) == NULL)
		return -ENOMEM;
	archive_entry_linkresolver_set_strategy(s->links, ARCHIVE_FORMAT_TAR);
	archive_read_disk_set_symlink_physical(s->a);
	archive_read_disk_set_behavior(s->a, ARCHIVE_READDISK_NO_TRAVERSE_MOUNTS |
	    ARCHIVE_READDISK_NO_XATTR | ARCHIVE_READDISK_NO_ACL);
	return archive_read_disk_open(s->a, s->file) == ARCHIVE_OK ? 0 : -EIO;
}

/* What something is that is neither disc nor archive. -------------------------- */

static uint32_t
le32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static const char *
describe(const uint8_t *p, size_t n)
{
	bool ufs = (n >= 65536 + 1376 && le32(p + 65536 + 1372) == 0x19540119) ||
	    (n >= 8192 + 1376 && le32(p + 8192 + 1372) == 0x011954);

	if (n == 0)
		return "it is empty";
	if (ufs || (n >= 520 && memcmp(p + 512, "EFI PART", 8) == 0) ||
	    (n >= 512 && p[510] == 0x55 && p[511] == 0xaa))
		return "this is the image of a whole disk, as FreeBSD's memstick, not of a disc: "
		    "take disc1.iso";
	if (n >= 4 && memcmp(p, "PK\003\004", 4) == 0)
		return "this is a zip archive; take a disc image or a tar archive";
	if (n >= 5 && (memcmp(p, "<html", 5) == 0 || memcmp(p, "<!DOC", 5) == 0))
		return "this is a web page: the download went wrong";
	return "it is neither a disc image nor a tar archive";
}

static int
sniff(struct media_source *s, uint8_t *buf, size_t *ret_n)
{
	struct archive_entry *e;
	la_ssize_t n = 0;

	*ret_n = 0;
	if (open_file(s, false) == 0 && archive_read_next_header(s->a, &e) == ARCHIVE_OK)
		while (*ret_n < SNIFF && (n = archive_read_data(s->a, buf + *ret_n,
		    SNIFF - *ret_n)) > 0)
			*ret_n += (size_t)n;
	archive_read_free(s->a);
	s->a = NULL;
	return n < 0 ? -EBADMSG : 0;
}

/* The volume descriptor says how long an image is. */
static bool
is_whole(const struct media_source *s, const uint8_t *p, size_t n, uint64_t *ret)
{
	const uint8_t *pvd = p + 32768;

	if (n < 32768 + 2048 || memcmp(pvd, "\001CD001", 6) != 0)
		return true;
	*ret = (uint64_t)le32(pvd + 80) * (pvd[128] | (unsigned)pvd[129] << 8);
	return (uint64_t)s->st.st_size >= *ret;
}

static int
not_taken(struct media_source *s, char why[MEDIA_WHY])
{
	uint8_t *buf = malloc(SNIFF);
	size_t n = 0;
	int r;

	archive_read_free(s->a);
	s->a = NULL;
	if (buf == NULL)
		return say(s, why, -ENOMEM, "out of memory");
	if (sniff(s, buf, &n) < 0 && n == 0)
		r = say(s, why, -EBADMSG, "it is damaged, or compressed in an unknown way");
	else
		r = say(s, why, -EBADMSG, describe(buf, n));
	free(buf);
	return r;
}

static int
check_length(struct media_source *s, char why[MEDIA_WHY])
{
	uint8_t *p = malloc(SNIFF);
	uint64_t want = 0;
	ssize_t n;
	char text[160];
	int r = 0;

	if (p == NULL)
		return say(s, why, -ENOMEM, "out of memory");
	n = os_pread(s->fd, p, SNIFF, 0, false);
	if (n > 0 && !is_whole(s, p, (size_t)n, &want)) {
		(void)snprintf(text, sizeof(text), "it is cut off: %llu of %llu bytes are here; "
		    "fetch it again", (unsigned long long)s->st.st_size, (unsigned long long)want);
		r = say(s, why, -EBADMSG, text);
	}
	free(p);
	return r;
}

int
media_source_open(const char *file, struct media_source **ret, char why[MEDIA_WHY])
{
	struct media_source *s = calloc(1, sizeof(*s));
	int r = 0;

	if (s == NULL || (s->file = strdup(file)) == NULL || (s->buf = malloc(BLOCK)) == NULL) {
		(void)snprintf(why, MEDIA_WHY, "out of memory");
		media_source_close(s);
		return -ENOMEM;
	}
	s->fd = -1;
	s->first = true;
	while (s->file[1] != '\0' && s->file[strlen(s->file) - 1] == '/')
		s->file[strlen(s->file) - 1] = '\0';
	s->prefix = strlen(s->file);
	if ((s->fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) == -1 ||
	    fstat(s->fd, &s->st) == -1)
		r = say(s, why, -errno, strerror(errno));
	else if (S_ISDIR(s->st.st_mode)) {
		s->dir = true;
		if ((r = open_dir(s)) < 0)
			(void)say(s, why, r, strerror(-r));
	} else if (!S_ISREG(s->st.st_mode))
		r = say(s, why, -EINVAL, "is neither a file nor a directory");
	else if ((r = check_length(s, why)) == 0 && open_file(s, true) < 0)
		r = not_taken(s, why);
	if (r < 0)
		media_source_close(s);
	else
		*ret = s;
	return r;
}

void
media_source_close(struct media_source *s)
{
	if (s == NULL)
		return;
	if (s->a != NULL)
		archive_read_free(s->a);
	if (s->links != NULL)
		archive_entry_linkresolver_free(s->links);
	if (s->spare != NULL)
		archive_entry_free(s->spare);
	if (s->fd > 0)
		(void)close(s->fd);
	free(s->file);
	free(s->buf);
	free(s);
}

/* Entries ------------------------------------------------------------------- */

static enum tree_type
type_of(mode_t m)
{
	switch (m & S_IFMT) {
	case S_IFDIR: return TREE_DIR;
	case S_IFLNK: return TREE_LNK;
	case S_IFBLK: return TREE_BLK;
	case S_IFCHR: return TREE_CHR;
	case S_IFSOCK: return TREE_SOCK;
	case S_IFIFO: return TREE_FIFO;
	default: return TREE_REG;
	}
}

/* A name, as the path in the tree that it stands for. */
static int
take_path(struct media_source *s, const char *name, char buf[TREE_PATH_MAX + 1], char why[MEDIA_WHY])
{
	const char *reason = "cannot be read as a name";
	char shown[120], text[200];
	int r = -EINVAL;
	size_t i = 0;

	if (name != NULL && s->dir && strncmp(name, s->file, s->prefix) == 0)
		for (name += s->prefix; *name == '/'; name++)
			;
	if (name != NULL && (r = media_path(name, buf, &reason)) == 0)
		return 0;
	for (; name != NULL && name[i] != '\0' && i < sizeof(shown) - 1; i++)
		shown[i] = name[i] > 0x20 && name[i] < 0x7f ? name[i] : '?';
	shown[i] = '\0';
	(void)snprintf(text, sizeof(text), "%s %s", shown, reason);
	return say(s, why, r, text);
}

static int
next_header(struct media_source *s, char why[MEDIA_WHY])
{
	int r;

	if (s->dir) {
		s->entry = s->spare;
		archive_entry_clear(s->entry);
		r = archive_read_next_header2(s->a, s->entry);
	} else {
		r = archive_read_next_header(s->a, &s->entry);
	}
	if (r == ARCHIVE_EOF)
		return s->first && !s->dir ? not_taken(s, why) : 0;
	if (r == ARCHIVE_FATAL || r == ARCHIVE_FAILED) {
		/* An empty or alien file may be noticed only here. */
		if (s->first && !s->dir && archive_format(s->a) == 0)
			return not_taken(s, why);
		return damaged(s, why);
	}
	s->first = false;
	return 1;
}

static int
resolve_links(struct media_source *s, char why[MEDIA_WHY])
{
	struct archive_entry *spare = NULL;

	(void)archive_read_disk_descend(s->a);
	archive_entry_linkify(s->links, &s->entry, &spare);
	if (spare != NULL || s->entry == NULL) {
		if (spare != NULL)
			archive_entry_free(spare);
		return say(s, why, -EIO, "hard links cannot be told");
	}
	return 0;
}

static uint32_t
id_of(la_int64_t id)
{
	return id >= 0 && id < UINT32_MAX ? (uint32_t)id : UINT32_MAX - 1;
}

int
media_source_next(struct media_source *s, struct media_entry *ret, char why[MEDIA_WHY])
{
	const char *hard, *flags;
	struct archive_entry *e;
	int r;

	if ((r = next_header(s, why)) <= 0 || (s->dir && (r = resolve_links(s, why)) < 0))
		return r;
	e = s->entry;
	if ((r = take_path(s, archive_entry_pathname(e), s->path, why)) < 0)
		return r;
	hard = archive_entry_hardlink(e);
	flags = archive_entry_fflags_text(e);
	*ret = (struct media_entry){
		.path = s->path, .type = type_of(archive_entry_filetype(e)),
		.mode = (uint32_t)archive_entry_perm(e) & 07777,
		.uid = id_of(archive_entry_uid(e)), .gid = id_of(archive_entry_gid(e)),
		.nlink = media_source_kind(s) == MEDIA_TAR ? 0 : archive_entry_nlink(e),
		.mtime = (int64_t)archive_entry_mtime(e),
		.mtime_ns = (uint32_t)archive_entry_mtime_nsec(e) % 1000000000u,
		.hard = hard != NULL,
	};
	if (archive_entry_size_is_set(e) && archive_entry_size(e) > 0)
		ret->size = (uint64_t)archive_entry_size(e);
	if (flags != NULL && *flags != '\0' && !s->dir) {
		(void)snprintf(s->flags, sizeof(s->flags), "%s", flags);
		ret->flags = s->flags;
	}
	if (hard != NULL) {
		if ((r = take_path(s, hard, s->link, why)) < 0)
			return r;
		ret->link = s->link;
		ret->type = TREE_REG;
	} else if (ret->type == TREE_LNK) {
		const char *to = archive_entry_symlink(e);

		if (to == NULL || *to == '\0' || strlen(to) > LINK_MAX_BYTES)
			return say(s, why, -EINVAL, "a symbolic link cannot be read");
		(void)snprintf(s->link, sizeof(s->link), "%s", to);
		ret->link = s->link;
	}
	return 1;
}

int
media_source_data(struct media_source *s, const void **ret, size_t *ret_len,
    uint64_t *ret_off, char why[MEDIA_WHY])
{
	la_int64_t off;
	int r = archive_read_data_block(s->a, ret, ret_len, &off);

	if (r == ARCHIVE_EOF)
		return 0;
	if ((r != ARCHIVE_OK && r != ARCHIVE_WARN) || off < 0)
		return damaged(s, why);
	*ret_off = (uint64_t)off;
	if (s->dir)
		s->far += *ret_len;
	return 1;
}

enum media_kind
media_source_kind(const struct media_source *s)
{
	if (s->dir)
		return MEDIA_DIR;
	return (archive_format(s->a) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_ISO9660 ?
	    MEDIA_ISO : MEDIA_TAR;
}

bool
media_source_scannable(const struct media_source *s)
{
	return s->dir || archive_filter_code(s->a, 0) == ARCHIVE_FILTER_NONE;
}

uint64_t
media_source_pos(const struct media_source *s)
{
	return s->far;
}

uint64_t
media_source_size(const struct media_source *s)
{
	return s->dir ? 0 : (uint64_t)s->st.st_size;
}

void
media_source_mark(const struct media_source *s, char ret[128])
{
	(void)snprintf(ret, 128, "%llu.%lld.%ld.%llu", s->dir ? (unsigned long long)s->st.st_ino : 0,
	    (long long)s->st.st_mtim.tv_sec, (long)s->st.st_mtim.tv_nsec,
	    (unsigned long long)s->st.st_size);
}

/* An archive in memory ----------------------------------------------------------- */

static int
read_member(struct archive *a, size_t max, struct buf *b)
{
	char block[16384];
	la_ssize_t n;

	while ((n = archive_read_data(a, block, sizeof(block))) > 0) {
		if (b->len + (size_t)n > max)
			return -EFBIG;
		buf_add(b, block, (size_t)n);
		if (b->err < 0)
			return b->err;
	}
	return n < 0 ? -EBADMSG : 0;
}

int
media_source_member(const void *packed, size_t len, const char *name, size_t max,
    char **ret, size_t *ret_len, char why[MEDIA_WHY])
{
	struct archive *a = archive_read_new();
	struct archive_entry *e;
	struct buf b = { 0 };
	const char *path;
	int r = -ENOENT;

	if (a == NULL)
		return -ENOMEM;
	archive_read_support_filter_all(a);
	archive_read_support_format_tar(a);
	if (archive_read_open_memory(a, packed, len) == ARCHIVE_OK)
		for (unsigned i = 0; i < 64 && r == -ENOENT && archive_read_next_header(a, &e) == ARCHIVE_OK; i++)
			if ((path = archive_entry_pathname(e)) != NULL && strcmp(path, name) == 0)
				r = read_member(a, max, &b);
	if (r < 0 && r != -ENOMEM) {
		(void)snprintf(why, MEDIA_WHY, r == -EFBIG ? "it is too large" : r == -ENOENT ?
		    "it is no archive with a file %.100s" : "%.100s in it is damaged", name);
		r = -EBADMSG;
	}
	archive_read_free(a);
	if (r == 0 && (*ret = buf_steal(&b, ret_len)) == NULL)
		r = -ENOMEM;
	buf_free(&b);
	return r;
}
