/* dhcp_frame.c - Ethernet frames that DHCP listens to and sends. */
#include "../lib/wire.h"
#include "dhcp_frame.h"

#define ETHER_ARP	0x0806
#define ETHER_IP	0x0800
#define ARP_ETHERNET	1
#define ARP_REQUEST	1
#define ARP_REPLY	2
#define IP_UDP		17
#define IP_FRAGMENT	0x3fff	/* more of them, or not the first */

static int
read_arp(struct rd *r, struct dhcp_frame *f)
{
	const uint8_t *mac;

	if (rd_be16(r) != ARP_ETHERNET || rd_be16(r) != ETHER_IP ||
	    rd_be16(r) != 0x0604 || rd_be16(r) != ARP_REPLY)
		return -EBADMSG;
	f->kind = FRAME_ARP;
	mac = rd_take(r, 6);
	f->addr = rd_be32(r);
	(void)rd_take(r, 10);
	if (r->err)
		return -EBADMSG;
	memcpy(f->mac.b, mac, 6);
	return 0;
}

static int
read_udp(struct rd *r, struct dhcp_frame *f)
{
	uint8_t head = rd_u8(r);
	size_t ihl = (head & 15) * 4u, total, len;

	(void)rd_u8(r);
	total = rd_be16(r);
	(void)rd_be16(r);
	if (head >> 4 != 4 || ihl < 20 || total < ihl + 8 ||
	    (rd_be16(r) & IP_FRAGMENT) != 0)
		return -EBADMSG;
	(void)rd_u8(r);
	if (rd_u8(r) != IP_UDP)
		return -EBADMSG;
	(void)rd_be16(r);
	f->kind = FRAME_UDP;
	f->addr = rd_be32(r);
	(void)rd_take(r, 4 + ihl - 20);
	f->sport = rd_be16(r);
	f->dport = rd_be16(r);
	len = rd_be16(r);
	(void)rd_be16(r);	/* the checksum may be the network card's to fill in */
	if (len < 8 || len > total - ihl)
		return -EBADMSG;
	f->len = len - 8;
	f->payload = rd_take(r, f->len);
	return r->err ? -EBADMSG : 0;
}

int
dhcp_frame_read(const uint8_t *p, size_t len, struct dhcp_frame *f)
{
	struct rd r = rd_init(p, len);
	const uint8_t *src;
	uint16_t type;

	memset(f, 0, sizeof(*f));
	(void)rd_take(&r, 6);
	src = rd_take(&r, 6);
	type = rd_be16(&r);
	if (r.err)
		return -EBADMSG;
	memcpy(f->mac.b, src, 6);
	return type == ETHER_ARP ? read_arp(&r, f) :
	    type == ETHER_IP ? read_udp(&r, f) : -EBADMSG;
}

int
dhcp_frame_read_ip(const uint8_t *p, size_t len, struct dhcp_frame *f)
{
	struct rd r = rd_init(p, len);

	memset(f, 0, sizeof(*f));
	return read_udp(&r, f);
}

void
dhcp_frame_probe(struct mac ours, uint32_t addr, uint8_t ret[DHCP_ARP_LEN])
{
	static const struct mac all = { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } };
	static const struct mac none;
	struct wr w = wr_init(ret, DHCP_ARP_LEN);

	wr_bytes(&w, all.b, 6);
	wr_bytes(&w, ours.b, 6);
	wr_be16(&w, ETHER_ARP);
	wr_be16(&w, ARP_ETHERNET);
	wr_be16(&w, ETHER_IP);
	wr_be16(&w, 0x0604);		/* lengths of both addresses */
	wr_be16(&w, ARP_REQUEST);
	wr_bytes(&w, ours.b, 6);
	wr_be32(&w, 0);
	wr_bytes(&w, none.b, 6);
	wr_be32(&w, addr);
}
