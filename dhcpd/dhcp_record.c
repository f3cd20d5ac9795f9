/* dhcp_record.c - every packet to a file, with what was known when it was answered. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/clock.h"
#include "../lib/log.h"
#include "../lib/pcapng.h"
#include "../lib/wire.h"
#include "../lib/writer.h"
#include "dhcp_record.h"

#define IP_UDP		17
#define IP_HEAD		20u
#define UDP_HEAD	8u

struct dhcp_record {
	int		 fd[2];		/* until the threads have them */
	struct writer	*packets, *state;
};

static int
open_one(const char *file, const char *suffix, int *ret)
{
	char name[512];

	if ((size_t)snprintf(name, sizeof(name), "%s%s", file, suffix) >= sizeof(name))
		return -ENAMETOOLONG;
	*ret = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	return *ret == -1 ? -errno : 0;
}

/* Not before privileges are dropped: a thread has its own. */
static int
start_one(int *fd, struct writer **ret)
{
	int r = writer_open(*fd, ret);

	if (r == 0)
		*fd = -1;
	return r;
}

int
dhcp_record_open(const char *file, struct dhcp_record **ret, char why[200])
{
	struct dhcp_record *rec = calloc(1, sizeof(*rec));
	int r = -ENOMEM;

	if (rec != NULL)
		rec->fd[0] = rec->fd[1] = -1;
	if (rec == NULL || (r = open_one(file, "", &rec->fd[0])) < 0 ||
	    (r = open_one(file, ".state", &rec->fd[1])) < 0) {
		(void)snprintf(why, 200, "record %.150s: %s", file, strerror(-r));
		dhcp_record_close(rec);
		return r;
	}
	*ret = rec;
	return 0;
}

static void
add(struct writer *w, struct buf *b)
{
	if (b->err == 0)
		(void)writer_add(w, b->p, b->len);
	buf_free(b);
}

static void
put_lease(void *arg, const struct lease *l)
{
	dhcp_record_lease_print(l, arg);
}

/* Interfaces, leases (or NULL), the configuration behind its length. */
static int
put_state(struct dhcp_record *rec, const struct config *cfg, const struct os_iface *iface,
    size_t n, const struct lease_table *leases)
{
	char net[NET4_STRLEN], ip[IP4_STRLEN], mac[MAC_STRLEN];
	struct buf s = { 0 }, text = { 0 };
	int r;

	for (size_t i = 0; i < n; i++)
		buf_printf(&s, "interface %s %u %s %s %s\n", iface[i].name, iface[i].index,
		    ip4_str(iface[i].addr, ip), net4_str(iface[i].net, net),
		    mac_str(iface[i].mac, mac));
	if (leases != NULL)
		lease_each(leases, put_lease, &s);
	schema_print(&cfg_top_schema, &cfg->top, &text);
	buf_printf(&s, "configuration %zu\n", text.len);
	r = text.err != 0 ? text.err : s.err;
	add(rec->state, &s);
	add(rec->state, &text);
	return r;
}

int
dhcp_record_begin(struct dhcp_record *rec, const struct config *cfg,
    const struct os_iface *iface, size_t n, const struct lease_table *leases)
{
	struct buf p = { 0 }, s = { 0 };
	int r;

	if ((r = start_one(&rec->fd[0], &rec->packets)) < 0 ||
	    (r = start_one(&rec->fd[1], &rec->state)) < 0)
		return r;
	pcapng_section(&p, "provd");
	for (size_t i = 0; i < n; i++)
		pcapng_iface(&p, iface[i].name, PCAPNG_LINK_IPV4);
	buf_puts(&s, "provd record 2\n");
	r = p.err != 0 ? p.err : s.err;
	add(rec->packets, &p);
	add(rec->state, &s);
	return r < 0 ? r : put_state(rec, cfg, iface, n, leases);
}

/* What the kernel took off, or will put before it. */
static size_t
frame(uint8_t *buf, size_t cap, uint32_t src, uint16_t sport, uint32_t dst,
    uint16_t dport, const uint8_t *p, size_t len)
{
	struct wr w = wr_init(buf, cap);
	uint32_t sum = 0;

	wr_be16(&w, 0x4500);
	wr_be16(&w, (uint16_t)(IP_HEAD + UDP_HEAD + len));
	wr_be32(&w, 0);
	wr_be16(&w, 64 << 8 | IP_UDP);
	wr_be16(&w, 0);
	wr_be32(&w, src);
	wr_be32(&w, dst);
	for (size_t i = 0; i < IP_HEAD; i += 2)
		sum += (uint32_t)buf[i] << 8 | buf[i + 1];
	sum = (sum >> 16) + (sum & 0xffff);
	sum = ~((sum >> 16) + sum);
	buf[10] = (uint8_t)(sum >> 8);
	buf[11] = (uint8_t)sum;
	wr_be16(&w, sport);
	wr_be16(&w, dport);
	wr_be16(&w, (uint16_t)(UDP_HEAD + len));
	wr_be16(&w, 0);		/* no checksum: RFC 768 */
	wr_bytes(&w, p, len);
	return w.err == 0 ? w.len : 0;
}

static void
put_packet(struct dhcp_record *rec, size_t iface, bool out, uint32_t src,
    uint16_t sport, uint32_t dst, uint16_t dport, const uint8_t *p, size_t len,
    const char *comment)
{
	uint8_t f[IP_HEAD + UDP_HEAD + DHCP_MSG_MAX];
	size_t n = frame(f, sizeof(f), src, sport, dst, dport, p, len);
	struct buf b = { 0 };

	if (n == 0)
		return;
	pcapng_packet(&b, (unsigned)iface, clock_unix_ns(), out, f, n, comment);
	add(rec->packets, &b);
}

void
dhcp_record_request(struct dhcp_record *rec, size_t iface, uint16_t port,
    const struct dhcp_in *in, int64_t now, const uint8_t *pkt, size_t len,
    const struct dhcp_ask *a, const char *muted)
{
	struct buf b = { 0 };

	dhcp_context_print(a, in, now, muted, &b);
	buf_putc(&b, '\0');
	if (b.err == 0)
		put_packet(rec, iface, false, in->peer, in->peer_port,
		    in->binl ? in->iface_addr : 0xffffffff, port, pkt, len, b.p);
	buf_free(&b);
}

void
dhcp_record_answer(struct dhcp_record *rec, size_t iface, uint32_t src, uint16_t sport,
    uint32_t dst, uint16_t dport, const uint8_t *p, size_t len)
{
	put_packet(rec, iface, true, src, sport, dst, dport, p, len, NULL);
}

void
dhcp_record_lease(struct dhcp_record *rec, const struct lease *l)
{
	struct buf b = { 0 };

	dhcp_record_lease_print(l, &b);
	buf_putc(&b, '\0');
	if (b.err == 0)
		put_packet(rec, 0, false, 0, 0, 0, 0, (const uint8_t *)"", 0, b.p);
	buf_free(&b);
}

void
dhcp_record_reload(struct dhcp_record *rec, const struct config *cfg,
    const struct os_iface *iface, size_t n)
{
	(void)put_state(rec, cfg, iface, n, NULL);
	put_packet(rec, 0, false, 0, 0, 0, 0, (const uint8_t *)"", 0, DHCP_RECORD_RELOAD);
}

static void
close_one(struct writer *w, const char *what)
{
	size_t dropped;
	int r;

	if (w == NULL)
		return;
	if ((r = writer_close(w, &dropped)) < 0 || dropped > 0)
		log_ev(LOG_ERR, "dhcp.record", KV_S("file", what), KV_ERR(r),
		    KV_N("packets", dropped), KV_S("did", "the recording is not whole"));
}

void
dhcp_record_close(struct dhcp_record *rec)
{
	if (rec == NULL)
		return;
	for (int i = 0; i < 2; i++)
		if (rec->fd[i] != -1)
			(void)close(rec->fd[i]);
	close_one(rec->packets, "packets");
	close_one(rec->state, "state");
	free(rec);
}
