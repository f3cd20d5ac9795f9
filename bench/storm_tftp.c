/* storm_tftp.c - TFTP of the storm's firmware: iPXE, one block at a time, and
 * UEFI, which asks for the size first and then with windows of four. */
#include <sys/socket.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <errno.h>

#include "storm.h"

#define TRIES	8u

struct transfer {
	struct machine	*m;
	int		 fd;
	struct sockaddr_in to;
	const char	*name;
	const struct original *o;
	uint8_t		 out[400];
	size_t		 len;
	uint32_t	 blksize, window, unacked;
	uint64_t	 block;
	bool		 gap;
};

static void
say(struct transfer *t)
{
	if (sendto(t->fd, t->out, t->len, 0, (struct sockaddr *)&t->to,
	    sizeof(t->to)) == -1 && errno != EAGAIN && errno != ECONNREFUSED)
		err(1, "send");
}

static void
ack(struct transfer *t)
{
	struct wr w = wr_init(t->out, sizeof(t->out));

	wr_be16(&w, 4);
	wr_be16(&w, (uint16_t)t->block);
	t->len = w.len;
	t->unacked = 0;
	say(t);
}

static void
option(struct wr *w, const char *name, unsigned value)
{
	char num[16];

	wr_bytes(w, name, strlen(name) + 1);
	wr_bytes(w, num, (size_t)snprintf(num, sizeof(num), "%u", value) + 1);
}

static void
ask(struct transfer *t, bool size)
{
	bool uefi = t->m->kind == KIND_UEFI;
	struct wr w = wr_init(t->out, sizeof(t->out));

	wr_be16(&w, 1);
	wr_bytes(&w, t->name, strlen(t->name) + 1);
	wr_bytes(&w, "octet", 6);
	if (size)
		option(&w, "tsize", 0);
	option(&w, "blksize", uefi ? 1468 : 1432);
	if (uefi)
		option(&w, "windowsize", 4);
	if (w.err != 0)
		storm_fail(t->m, "a file name too long");
	t->len = w.len;
	t->to = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(69),
	    .sin_addr.s_addr = htonl(t->m->dhcp.next) };
	t->blksize = 512;
	t->window = 1;
	t->block = t->unacked = 0;
	say(t);
}

/* The next packet from the server; NULL-length never. Asks again as they do. */
static struct rd
hear(struct transfer *t, uint8_t *buf, size_t cap)
{
	uint64_t wait = t->m->kind == KIND_UEFI ? 4 * SECOND : SECOND / 4;
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	ssize_t n;

	for (unsigned try = 0; ; try++, wait *= 2) {
		n = recvfrom(t->fd, buf, cap, MSG_DONTWAIT, (struct sockaddr *)&from, &len);
		while (n == -1 && storm_wait(t->m, t->fd, now_ns() + wait))
			n = recvfrom(t->fd, buf, cap, MSG_DONTWAIT,
			    (struct sockaddr *)&from, &len);
		if (n >= 0)
			break;
		if (try == TRIES)
			storm_fail(t->m, "no answer to TFTP, block %llu of %s",
			    (unsigned long long)t->block, t->name);
		storm.again[AGAIN_TFTP]++;
		say(t);
	}
	t->to = from;
	return rd_init(buf, (size_t)n);
}

static void
take_oack(struct transfer *t, struct rd *r)
{
	const char *name, *value;

	while (rd_left(r) > 0 && (name = rd_cstr(r)) != NULL && (value = rd_cstr(r)) != NULL) {
		if (strcasecmp(name, "blksize") == 0)
			t->blksize = (uint32_t)atoi(value);
		else if (strcasecmp(name, "windowsize") == 0)
			t->window = (uint32_t)atoi(value);
		else if (strcasecmp(name, "tsize") == 0 && t->o != NULL &&
		    (size_t)atol(value) != t->o->n)
			storm_fail(t->m, "%s: tsize %s", t->name, value);
	}
	if (r->err != 0 || t->blksize < 8 || t->blksize > 1468 || t->window < 1)
		storm_fail(t->m, "%s: an OACK that is none", t->name);
}

/* true: it was the last. */
static bool
take_data(struct transfer *t, struct rd *r)
{
	uint16_t num = rd_be16(r);
	size_t n = rd_left(r), at = t->block * t->blksize;
	const uint8_t *p = rd_take(r, n);

	if (num != (uint16_t)(t->block + 1)) {
		uint16_t ahead = (uint16_t)(num - (uint16_t)t->block);

		if (ahead == 0 || (ahead <= t->window && !t->gap))
			ack(t);
		t->gap = ahead != 0;
		return false;
	}
	if (n > t->blksize || (t->o != NULL && (at > t->o->n || n > t->o->n - at ||
	    (n < t->blksize) != (t->o->n - at < t->blksize) ||
	    (n > 0 && memcmp(p, t->o->p + at, n) != 0))))
		storm_fail(t->m, "%s: wrong bytes in block %u", t->name, num);
	t->block++;
	t->gap = false;
	storm.bytes += n;
	if (n < t->blksize || ++t->unacked >= t->window)
		ack(t);
	return n < t->blksize;
}

static void
fetch(struct transfer *t, bool only_size)
{
	uint8_t buf[2048];
	bool all = false;

	t->fd = storm_socket(t->m, SOCK_DGRAM, 0);
	ask(t, only_size || t->m->kind != KIND_UEFI);
	while (!all) {
		struct rd r = hear(t, buf, sizeof(buf));
		uint16_t op = rd_be16(&r);

		storm.calls++;
		if (op == 6 && t->block == 0 && only_size) {
			take_oack(t, &r);
			t->len = sizeof("\0\5\0\0User aborted the transfer");
			memcpy(t->out, "\0\5\0\0User aborted the transfer", t->len);
			say(t);
			break;
		} else if (op == 6) {
			if (t->block == 0) {
				take_oack(t, &r);
				ack(t);
			}
		} else if (op == 3) {
			all = take_data(t, &r);
		} else {
			storm_fail(t->m, "%s: TFTP error %.*s", t->name,
			    (int)(rd_left(&r) > 2 ? rd_left(&r) - 2 : 0), (const char *)r.p + 2);
		}
	}
	storm_close(t->m, t->fd);
}

void
storm_tftp(struct machine *m, const char *name, const struct original *o)
{
	struct transfer t = { .m = m, .name = name, .o = o };

	if (m->kind == KIND_UEFI)
		fetch(&t, true);
	fetch(&t, false);
}
