/* storm_dhcp.c - DHCP of the storm's machines, as frames with their own hardware
 * addresses, and ARP for the addresses they were given. */
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <arpa/inet.h>
#include <linux/filter.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netpacket/packet.h>
#include <errno.h>

#include "../dhcpd/dhcp_proto.h"
#include "storm.h"

#define ETHERTYPE_IP	0x0800u
#define ETHERTYPE_ARP	0x0806u
#define OPTIONS_AT	240u
#define TRIES		8u

static int ip_fd, arp_fd;
static struct sockaddr_ll everybody;
static uint8_t our_mac[6];		/* of the interface: where unicast is to go */

/* Sockets -------------------------------------------------------------------- */

static int
packet_socket(uint16_t type, const struct sock_filter *f, unsigned short n)
{
	const struct sock_fprog prog = { .len = n, .filter = (struct sock_filter *)(uintptr_t)f };
	struct sockaddr_ll sll = { .sll_family = AF_PACKET, .sll_protocol = htons(type),
	    .sll_ifindex = everybody.sll_ifindex };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0);

	if (fd == -1 ||
	    (n > 0 && setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)) == -1) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &(int){ 8 << 20 }, sizeof(int)) == -1 ||
	    bind(fd, (struct sockaddr *)&sll, sizeof(sll)) == -1)
		err(1, "%s", storm.interface);
	return fd;
}

/* Behind the options' header: type, server, root path, loader's variables. */
static void
take_options(struct rd *r, struct answer *a)
{
	uint8_t code, len;

	while (r->err == 0 && (code = rd_u8(r)) != DHO_END) {
		struct rd v;

		if (code == DHO_PAD)
			continue;
		len = rd_u8(r);
		v = rd_sub(r, len);
		if (v.err != 0)
			return;
		if (code == DHO_DHCP_MESSAGE_TYPE)
			a->type = rd_u8(&v);
		else if (code == DHO_DHCP_SERVER_IDENTIFIER)
			a->server = rd_be32(&v);
		else if (code == DHO_ROOT_PATH)
			memcpy(a->root, v.p, len);
		else if (code == DHO_LOADER_VARS)
			memcpy(a->vars, v.p, len);
	}
}

static struct machine *
by_mac(const uint8_t *mac)
{
	const uint8_t *first = storm.machine[0].mac;
	unsigned no = (unsigned)(mac[4] << 8 | mac[5]) -
	    (unsigned)(first[4] << 8 | first[5]);

	return no < storm.n_machine && memcmp(storm.machine[no].mac, mac, 6) == 0 ?
	    &storm.machine[no] : NULL;
}

static void
take_reply(const uint8_t *p, size_t len)
{
	struct rd r = rd_init(p, len);
	struct answer a = { 0 };
	const uint8_t *mac, *file;
	struct machine *m;
	size_t ihl;

	(void)rd_take(&r, 14);
	ihl = (size_t)(rd_u8(&r) & 15) * 4;
	(void)rd_take(&r, ihl > 0 ? ihl - 1 + 8 : 8);
	(void)rd_take(&r, 4);			/* op, htype, hlen, hops */
	a.xid = rd_be32(&r);
	(void)rd_take(&r, 8);
	a.addr = rd_be32(&r);
	a.next = rd_be32(&r);
	(void)rd_be32(&r);
	mac = rd_take(&r, 16);
	(void)rd_take(&r, 64);
	file = rd_take(&r, 128);
	(void)rd_take(&r, 4);
	if (r.err != 0 || (m = by_mac(mac)) == NULL || m->xid != a.xid)
		return;
	memcpy(a.file, file, 128);
	take_options(&r, &a);
	if (r.err != 0 || m->dhcp.come || m->until == UINT64_MAX)
		return;			/* one that is not waited for */
	a.come = true;
	m->dhcp = a;
	storm_wake(m);
}

static void
hear_ip(int fd)
{
	uint8_t buf[2048];
	ssize_t n;

	while ((n = recv(fd, buf, sizeof(buf), 0)) > 0)
		take_reply(buf, (size_t)n);
}

/* ARP ------------------------------------------------------------------------- */

static struct machine *
by_addr(uint32_t addr)
{
	for (unsigned i = 0; i < storm.n_machine; i++)
		if (storm.machine[i].bound && storm.machine[i].dhcp.addr == addr)
			return &storm.machine[i];
	return NULL;
}

/* Who has an address says so; the frames are to come to the interface. */
static void
hear_arp(int fd)
{
	uint8_t buf[128], out[42];
	ssize_t n;

	while ((n = recv(fd, buf, sizeof(buf), 0)) > 0) {
		struct rd r = rd_init(buf, (size_t)n);
		struct wr w = wr_init(out, sizeof(out));
		const uint8_t *sender;
		uint32_t target;

		(void)rd_take(&r, 20);
		if (rd_be16(&r) != ARPOP_REQUEST)
			continue;
		sender = rd_take(&r, 10);
		(void)rd_take(&r, 6);
		target = rd_be32(&r);
		if (r.err != 0 || by_addr(target) == NULL)
			continue;
		wr_bytes(&w, sender, 6);
		wr_bytes(&w, our_mac, 6);
		wr_be16(&w, ETHERTYPE_ARP);
		wr_bytes(&w, "\0\1\10\0\6\4\0\2", 8);
		wr_bytes(&w, our_mac, 6);
		wr_be32(&w, target);
		wr_bytes(&w, sender, 10);
		(void)sendto(fd, out, w.len, 0, (struct sockaddr *)&everybody,
		    sizeof(everybody));
	}
}

void
storm_dhcp_open(void)
{
	/* UDP to port 68, not a later fragment. */
	static const struct sock_filter to_client[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 23),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 17, 0, 6),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 20),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x1fff, 4, 0),
		BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 14),
		BPF_STMT(BPF_LD | BPF_H | BPF_IND, 16),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 68, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 65535),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct ifreq ifr = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", storm.interface);
	if (fd == -1 || ioctl(fd, SIOCGIFHWADDR, &ifr) == -1)
		err(1, "%s", storm.interface);
	memcpy(our_mac, ifr.ifr_hwaddr.sa_data, 6);
	close(fd);
	everybody = (struct sockaddr_ll){ .sll_family = AF_PACKET, .sll_halen = 6,
	    .sll_ifindex = (int)if_nametoindex(storm.interface),
	    .sll_protocol = htons(ETHERTYPE_IP), .sll_addr = "\377\377\377\377\377\377" };
	ip_fd = packet_socket(ETHERTYPE_IP, to_client,
	    sizeof(to_client) / sizeof(to_client[0]));
	arp_fd = packet_socket(ETHERTYPE_ARP, NULL, 0);
	storm_watch(ip_fd, hear_ip);
	storm_watch(arp_fd, hear_arp);
}

/* What they ask ------------------------------------------------------------------ */

static void
opt(struct wr *w, uint8_t code, const void *p, size_t len)
{
	wr_u8(w, code);
	wr_u8(w, (uint8_t)len);
	wr_bytes(w, p, len);
}

static void
opt_u32(struct wr *w, uint8_t code, uint32_t v)
{
	wr_u8(w, code);
	wr_u8(w, 4);
	wr_be32(w, v);
}

static void
firmware_options(struct wr *w, const struct machine *m, bool ipxe)
{
	bool uefi = m->kind == KIND_UEFI;
	uint8_t id[17] = "\0storm-of-machin";

	memcpy(id + 11, m->mac, 6);
	opt(w, DHO_DHCP_MAX_MESSAGE_SIZE, "\5\300", 2);
	opt(w, DHO_PXE_SYSTEM_TYPE, uefi ? "\0\7" : "\0\0", 2);
	opt(w, DHO_PXE_INTERFACE_ID, uefi ? "\1\3\20" : "\1\2\1", 3);
	opt(w, DHO_VENDOR_CLASS_IDENTIFIER, uefi ? "PXEClient:Arch:00007:UNDI:003016" :
	    "PXEClient:Arch:00000:UNDI:002001", 32);
	if (ipxe)
		opt(w, DHO_USER_CLASS, "iPXE", 4);
	opt(w, DHO_PXE_CLIENT_ID, id, sizeof(id));
	opt(w, DHO_DHCP_PARAMETER_REQUEST_LIST,
	    "\1\3\6\7\14\17\21\32\53\74\102\103\167\200\201\202\203\204\205\206\257\313", 22);
	if (ipxe)
		opt(w, DHO_IPXE_ENCAPSULATED,
		    "\261\5\1\200\206\20\16\353\3\1\0\0\27\1\1\42\1\1\23\1\1\25\1\1", 24);
}

static void
loader_options(struct wr *w, const struct machine *m, uint8_t type)
{
	opt(w, DHO_VENDOR_CLASS_IDENTIFIER, "PXEClient", 9);
	if (type == DHCPREQUEST)
		opt_u32(w, DHO_DHCP_LEASE_TIME, 300);
	if (m->kind == KIND_IPXE_OLD)
		return;
	opt(w, DHO_USER_CLASS, "\7FreeBSD", 8);
	opt(w, DHO_DHCP_PARAMETER_REQUEST_LIST, "\21\14\20\3\1\32\66", 7);
}

static uint16_t
ip_sum(const uint8_t *p, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i += 2)
		sum += (uint32_t)(p[i] << 8 | p[i + 1]);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~((sum & 0xffff) + (sum >> 16));
}

static void
put_at(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void
ask(struct machine *m, enum who who, uint8_t type, const struct answer *offer)
{
	uint8_t buf[700];
	struct wr w = wr_init(buf, sizeof(buf));

	wr_bytes(&w, "\377\377\377\377\377\377", 6);
	wr_bytes(&w, m->mac, 6);
	wr_be16(&w, ETHERTYPE_IP);
	wr_bytes(&w, "\105\0\0\0\0\0\0\0\100\21\0\0\0\0\0\0\377\377\377\377", 20);
	wr_bytes(&w, "\0\104\0\103\0\0\0\0", 8);
	wr_bytes(&w, "\1\1\6\0", 4);
	wr_be32(&w, m->xid);
	wr_be16(&w, 0);
	wr_be16(&w, m->kind == KIND_UEFI && who == WHO_FIRMWARE ? BOOTP_BROADCAST : 0);
	for (int i = 0; i < 4; i++)
		wr_be32(&w, 0);
	wr_bytes(&w, m->mac, 6);
	for (int i = 0; i < 10 + 64 + 128; i++)
		wr_u8(&w, 0);
	wr_be32(&w, DHCP_COOKIE);
	opt(&w, DHO_DHCP_MESSAGE_TYPE, &type, 1);
	if (type == DHCPREQUEST) {
		opt_u32(&w, DHO_DHCP_SERVER_IDENTIFIER, offer->server);
		opt_u32(&w, DHO_DHCP_REQUESTED_ADDRESS, offer->addr);
	}
	if (who == WHO_LOADER)
		loader_options(&w, m, type);
	else
		firmware_options(&w, m, who == WHO_IPXE || m->kind != KIND_UEFI);
	wr_u8(&w, DHO_END);
	while (w.len < 14 + 28 + (who == WHO_LOADER ? 548 : BOOTP_MIN_LEN))
		wr_u8(&w, 0);
	if (w.err != 0)
		errx(1, "a question too long");
	put_at(buf + 16, (uint16_t)(w.len - 14));
	put_at(buf + 38, (uint16_t)(w.len - 34));
	put_at(buf + 24, ip_sum(buf + 14, 20));
	m->dhcp.come = false;
	if (sendto(ip_fd, buf, w.len, 0, (struct sockaddr *)&everybody,
	    sizeof(everybody)) == -1 && errno != ENOBUFS && errno != EAGAIN)
		err(1, "%s", storm.interface);
	storm.calls++;
}

/* An answer of the type, or false: too late, or refused. */
static bool
await(struct machine *m, uint8_t type, uint64_t until)
{
	while (storm_wait(m, -1, until)) {
		if (m->dhcp.type == type)
			return true;
		if (m->dhcp.type == DHCPNAK)
			return false;
		m->dhcp.come = false;
	}
	return false;
}

void
storm_dora(struct machine *m, enum who who)
{
	/* As they wait: iPXE from a second on, UEFI's and FreeBSD's loader longer. */
	uint64_t wait = who == WHO_LOADER ? 2 * SECOND :
	    who == WHO_FIRMWARE && m->kind == KIND_UEFI ? 4 * SECOND : SECOND;
	struct answer offer;

	for (unsigned try = 0; try < TRIES; try++, wait *= 2) {
		storm.again[AGAIN_DHCP] += try > 0;
		/* The loader's and iPXE's is the same at every boot. */
		m->xid += who == WHO_FIRMWARE && try == 0;
		ask(m, who, DHCPDISCOVER, NULL);
		if (!await(m, DHCPOFFER, now_ns() + wait))
			continue;
		offer = m->dhcp;
		for (unsigned k = 0; k < 3; k++) {
			storm.again[AGAIN_DHCP] += k > 0;
			ask(m, who, DHCPREQUEST, &offer);
			if (await(m, DHCPACK, now_ns() + (wait << k))) {
				if (m->dhcp.addr != offer.addr)
					storm_fail(m, "another address acknowledged than offered");
				m->bound = true;
				return;
			}
		}
	}
	storm_fail(m, "no DHCP answer");
}
