/* files.c - see files.h. */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "../lib/clock.h"
#include "../lib/os.h"
#include "../lib/os_stat.h"
#include "layer.h"
#include "lru.h"

#define BLOCK		4096u
#define CHUNK		(16 * BLOCK)
#define CHUNKS		32768u		/* remembered: 2 GiB; a power of two */

struct file {
	struct lru_item	 item;		/* first */
	int		 fd;
	struct layer_stamp stamp;
	uint64_t	 image_size;	/* 0: no image */
	atomic_llong	 used;		/* clock_ms() */
};

/* What was seen of one piece of a file. */
struct seen {
	uint64_t	 file;		/* its hash */
	int64_t		 at;		/* clock_ms() */
	uint32_t	 chunk;
	uint16_t	 blocks;	/* a bit for each */
};

struct files {
	struct lru	*lru;
	atomic_bool	 any;
	struct seen	 seen[CHUNKS];
};

static struct file *
file_of(const struct lru_item *e)
{
	return (struct file *)(uintptr_t)e;
}

static bool
same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool
is_stamp(const struct lru_item *e, const void *key)
{
	const struct layer_stamp *a = &file_of(e)->stamp, *b = key;

	return a->dev == b->dev && a->ino == b->ino &&
	    same_time(a->ctime, b->ctime);
}

static uint64_t
mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15u;
	return h ^ h >> 29;
}

static uint64_t
hash_of(const struct layer_stamp *s)
{
	return mix(mix(mix(mix(1, s->dev), s->ino), (uint64_t)s->ctime.tv_sec),
	    (uint64_t)s->ctime.tv_nsec);
}

/* The cache ---------------------------------------------------------------- */

int
files_new(unsigned max, struct files **ret)
{
	struct files *fs = calloc(1, sizeof(*fs));
	int r;

	if (fs == NULL)
		return -ENOMEM;
	if ((r = lru_new(max, is_stamp, &fs->lru)) < 0) {
		free(fs);
		return r;
	}
	*ret = fs;
	return 0;
}

void
files_free(struct files *fs)
{
	if (fs == NULL)
		return;
	lru_free(fs->lru);
	free(fs);
}

static bool
is_idle(const struct lru_item *e, void *arg)
{
	return atomic_load_explicit(&file_of(e)->used, memory_order_relaxed) <=
	    *(const int64_t *)arg;
}

void
files_sweep(struct files *fs, bool all)
{
	int64_t since = all ? INT64_MAX : clock_ms() - FILES_IDLE_MS;

	atomic_store(&fs->any, false);
	if (lru_trim(fs->lru, is_idle, &since) > 0)
		atomic_store(&fs->any, true);
}

bool
files_any(const struct files *fs)
{
	return atomic_load_explicit(&fs->any, memory_order_relaxed);
}

static void
touch(struct file *f)
{
	atomic_store_explicit(&f->used, clock_ms(), memory_order_relaxed);
}

struct file *
files_find(struct files *fs, const struct layer_stamp *s)
{
	struct lru_item *e = lru_get(fs->lru, hash_of(s), s);

	if (e == NULL)
		return NULL;
	touch(file_of(e));
	return file_of(e);
}

static void
file_free(struct lru_item *e)
{
	struct file *f = file_of(e);

	(void)close(f->fd);
	free(f);
}

int
files_keep(struct files *fs, struct layer_file *lf, struct file **ret)
{
	struct file *f;
	int fd = lf->fd;

	if ((*ret = files_find(fs, &lf->stamp)) != NULL)
		return 0;
	if ((f = malloc(sizeof(*f))) == NULL)
		return -ENOMEM;
	if (!lf->own_fd && (fd = fcntl(fd, F_DUPFD_CLOEXEC, 0)) == -1) {
		free(f);
		return -errno;
	}
	lru_item_init(&f->item, hash_of(&lf->stamp), file_free);
	f->item.bytes = 1;
	f->fd = lf->fd = fd;
	lf->own_fd = false;
	f->stamp = lf->stamp;
	f->image_size = lf->image_size;
	atomic_init(&f->used, clock_ms());
	lru_put(fs->lru, &f->item, &f->stamp);
	atomic_store(&fs->any, true);
	*ret = f;
	return 0;
}

/* A file --------------------------------------------------------------------- */

struct file *
file_ref(struct file *f)
{
	atomic_fetch_add_explicit(&f->item.refs, 1, memory_order_relaxed);
	return f;
}

void
file_unref(struct file *f)
{
	lru_unref(f != NULL ? &f->item : NULL);
}

unsigned
file_lane(const struct file *f)
{
	return layer_lane(f->stamp.dev);
}

int
file_fd(const struct file *f)
{
	return f->fd;
}

int
file_check(const struct file *f)
{
	struct stat st;

	if (f->image_size == 0)
		return 0;
	if (os_stat_now(f->fd, &st) < 0)
		return -EIO;
	return (uint64_t)st.st_size == f->image_size &&
	    same_time(st.st_mtim, f->stamp.mtime) ? 0 : -ESTALE;
}

int
file_seg_read(const struct file_seg *s, void *buf, bool nowait)
{
	size_t done = 0;
	ssize_t n;
	int r;

	if ((r = file_check(s->file)) < 0)
		return r;
	while (done < s->len) {
		n = os_pread(s->file->fd, (uint8_t *)buf + done, s->len - done,
		    (int64_t)(s->off + done), nowait);
		if (n <= 0)
			return n < 0 ? (int)n : -EIO;
		done += (size_t)n;
	}
	return 0;
}

/* What is in memory ----------------------------------------------------------- */

/* The part of [off, off + *len) that lies in one piece of the file: its bits. */
static struct seen *
seen_at(struct files *fs, const struct file *f, uint64_t off, size_t *len,
    uint32_t *ret_chunk, uint16_t *ret_blocks)
{
	size_t in = (size_t)(off % CHUNK);
	unsigned first = (unsigned)(in / BLOCK), last;

	if (*len > CHUNK - in)
		*len = CHUNK - in;
	last = (unsigned)((in + *len - 1) / BLOCK);
	*ret_chunk = (uint32_t)(off / CHUNK);
	*ret_blocks = (uint16_t)((2u << last) - (1u << first));
	return &fs->seen[(f->item.hash + *ret_chunk) % CHUNKS];
}

void
files_saw(struct files *fs, const struct file *f, uint64_t off, size_t len)
{
	int64_t now = clock_ms();
	struct seen *s;
	uint16_t blocks;
	uint32_t chunk;
	size_t n;

	for (; len > 0; off += n, len -= n) {
		n = len;
		s = seen_at(fs, f, off, &n, &chunk, &blocks);
		if (s->file != f->item.hash || s->chunk != chunk ||
		    now - s->at > FILES_TRUST_MS || (s->blocks & ~blocks) == 0)
			*s = (struct seen){ .file = f->item.hash, .at = now,
			    .chunk = chunk };
		s->blocks = (uint16_t)(s->blocks | blocks);
	}
}

static bool
can_copy(const struct file *f, const struct seen *s, unsigned block)
{
	uint8_t byte;

	return os_pread(f->fd, &byte, 1,
	    (int64_t)((uint64_t)s->chunk * CHUNK + block * BLOCK), true) == 1;
}

/* Memory is taken away in runs of blocks, which reach an end of the piece, or
 * all of it. */
static bool
still_there(const struct file *f, struct seen *s, int64_t now)
{
	unsigned first = 0, last = CHUNK / BLOCK - 1;

	if (now - s->at <= FILES_TRUST_MS)
		return true;
	while ((s->blocks >> first & 1) == 0)
		first++;
	while ((s->blocks >> last & 1) == 0)
		last--;
	if (now - s->at > FILES_KNOWN_MS || !can_copy(f, s, last) ||
	    !can_copy(f, s, first)) {
		*s = (struct seen){ 0 };
		return false;
	}
	s->at = now;
	return true;
}

bool
files_resident(struct files *fs, const struct file *f, uint64_t off, size_t len)
{
	int64_t now = clock_ms();
	struct seen *s;
	uint16_t blocks;
	uint32_t chunk;
	size_t n;

	if (OS_SENDFILE_TELLS)
		return true;
	for (; len > 0; off += n, len -= n) {
		n = len;
		s = seen_at(fs, f, off, &n, &chunk, &blocks);
		if (s->file != f->item.hash || s->chunk != chunk ||
		    (blocks & ~s->blocks) != 0 || !still_there(f, s, now))
			return false;
	}
	return true;
}
