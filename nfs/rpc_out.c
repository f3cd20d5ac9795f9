/* rpc_out.c - see rpc_out.h. */
#include "rpc_out.h"

#include <sys/socket.h>
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/os.h"
#include "xdr.h"

#define OUT_SLICE	(64u << 10)	/* of a piece, at a time */

enum { OUT_FULL = OUT_COLD + 1 };	/* the socket is */

struct out {
	struct out	*next;
	uint8_t		*buf;		/* bytes [off, len) of it, or */
	size_t		 off, len, cap;
	struct file_seg	 seg;		/* of a file */
};

void
out_init(struct out_queue *q, int sock)
{
	*q = (struct out_queue){ .sock = sock };
	q->tail = &q->head;
}

static size_t
held_by(const struct out *o)
{
	return sizeof(*o) + o->cap;
}

static void
pop(struct out_queue *q)
{
	struct out *o = q->head;

	q->head = o->next;
	if (q->head == NULL)
		q->tail = &q->head;
	q->held -= held_by(o);
	if (o->seg.file != NULL)
		q->segs--;
	file_unref(o->seg.file);
	free(o->buf);
	free(o);
}

void
out_drop(struct out_queue *q)
{
	while (q->head != NULL)
		pop(q);
}

static int
push(struct out_queue *q, const struct out *what)
{
	struct out *o = malloc(sizeof(*o));

	if (o == NULL)
		return -ENOMEM;
	*o = *what;
	o->next = NULL;
	*q->tail = o;
	q->tail = &o->next;
	q->held += held_by(o);
	if (o->seg.file != NULL)
		q->segs++;
	return 0;
}

/* As much as the kernel takes. */
static int
send_bytes(int sock, const uint8_t *p, size_t len, bool more, size_t *ret_n)
{
	int flags = MSG_NOSIGNAL;
	ssize_t n;

#ifdef MSG_MORE
	if (more)
		flags |= MSG_MORE;
#else
	(void)more;
#endif
	*ret_n = 0;
	while (*ret_n < len) {
		n = send(sock, p + *ret_n, len - *ret_n, flags);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -errno;
		*ret_n += (size_t)n;
	}
	return 0;
}

/* What was sent is taken off the piece.  -EBUSY: not in memory. */
static int
send_seg(int sock, struct file_seg *s)
{
	ssize_t n;

	while (s->len > 0) {
		n = os_sendfile(sock, file_fd(s->file), s->off, s->len);
		if (n == -EAGAIN || n == -EWOULDBLOCK)
			return 0;
		if (n <= 0)
			return n < 0 ? (int)n : -EIO;
		s->off += (uint64_t)n;
		s->len -= (uint32_t)n;
	}
	return 0;
}

int
out_bytes(struct out_queue *q, const void *p, size_t len, bool more)
{
	const uint8_t *from = p;
	struct out o = { .off = 0 };
	size_t n = 0;
	int r;

	if (q->head == NULL &&
	    (r = send_bytes(q->sock, from, len, more, &n)) < 0)
		return r;
	if (n == len)
		return 0;
	o.len = o.cap = len - n;
	if ((o.buf = malloc(o.len)) == NULL)
		return -ENOMEM;
	memcpy(o.buf, from + n, o.len);
	if ((r = push(q, &o)) < 0)
		free(o.buf);
	return r;
}

int
out_memory(struct out_queue *q, uint8_t **buf, size_t len, size_t cap, bool more)
{
	struct out o = { .buf = *buf, .len = len, .cap = cap };
	int r;

	if (q->head == NULL &&
	    (r = send_bytes(q->sock, o.buf, len, more, &o.off)) < 0)
		return r;
	if (o.off == len)
		return 0;
	if ((r = push(q, &o)) == 0)
		*buf = NULL;
	return r;
}

int
out_seg(struct out_queue *q, const struct file_seg *seg)
{
	static const uint8_t zero[4];
	uint32_t pad = xdr_padded(seg->len) - seg->len;
	struct out o = { .seg = *seg };
	int r = 0;

	if (q->head == NULL)
		r = send_seg(q->sock, &o.seg);
	if (r == -EBUSY)
		r = 0;		/* sent, or found out, by out_flush() */
	if (r == 0 && o.seg.len > 0)
		r = push(q, &o);
	if (r < 0 || o.seg.len == 0)
		file_unref(o.seg.file);
	return r < 0 || pad == 0 ? r : out_bytes(q, zero, pad, false);
}

static int
send_slice(struct out_queue *q)
{
	struct file_seg s = out_cold(q), *left = &q->head->seg;
	uint32_t whole = s.len;
	int r = send_seg(q->sock, &s);

	left->off += whole - s.len;
	left->len -= whole - s.len;
	return r == 0 && s.len > 0 ? OUT_FULL : r;
}

/* A piece that waited: a slice of it is sent if it is in memory, else copied
 * into it. */
static int
flush_seg(struct out_queue *q, struct files *files)
{
	struct file_seg s = out_cold(q);
	uint8_t *copy;
	int r;

	if ((r = file_check(s.file)) < 0)
		return r;
	if (files_resident(files, s.file, s.off, s.len) &&
	    (r = send_slice(q)) != -EBUSY)
		return r;
	s = out_cold(q);
	if ((copy = malloc(s.len)) == NULL)
		return -ENOMEM;
	r = file_seg_read(&s, copy, true);
	if (r == 0)
		r = out_fill(q, copy);
	if (r < 0)
		free(copy);
	return r == -EAGAIN ? OUT_COLD : r;
}

static int
flush_bytes(struct out_queue *q)
{
	struct out *o = q->head;
	size_t n;
	int r;

	r = send_bytes(q->sock, o->buf + o->off, o->len - o->off,
	    o->next != NULL, &n);
	o->off += n;
	return r < 0 ? r : o->off < o->len ? OUT_FULL : 0;
}

int
out_flush(struct out_queue *q, struct files *files)
{
	const struct out *o;
	int r;

	while ((o = q->head) != NULL) {
		r = o->seg.file != NULL ? flush_seg(q, files) : flush_bytes(q);
		if (r != 0)
			return r == OUT_FULL ? 0 : r;
		/* a slice that was copied may have come before it */
		if (o == q->head && (o->seg.file != NULL ? o->seg.len == 0 :
		    o->off == o->len))
			pop(q);
	}
	return 0;
}

struct file_seg
out_cold(const struct out_queue *q)
{
	struct file_seg s = q->head->seg;

	assert(s.file != NULL);
	if (s.len > OUT_SLICE)
		s.len = OUT_SLICE;
	return s;
}

int
out_fill(struct out_queue *q, uint8_t *buf)
{
	struct file_seg s = out_cold(q), *left = &q->head->seg;
	struct out *o = malloc(sizeof(*o));

	if (o == NULL)
		return -ENOMEM;
	*o = (struct out){ .next = q->head, .buf = buf, .len = s.len,
	    .cap = s.len };
	q->head = o;
	q->held += held_by(o);
	left->off += s.len;
	left->len -= s.len;
	return 0;
}
