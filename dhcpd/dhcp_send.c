/* dhcp_send.c - packets out. */
#include "../lib/log.h"
#include "dhcp_int.h"

static void
record(struct dhcp_if *i, uint16_t sport, uint32_t dst, uint16_t dport,
    const uint8_t *p, size_t len)
{
	if (i->d->record != NULL)
		dhcp_record_answer(i->d->record, (size_t)(i - i->d->iface), i->os.addr,
		    sport, dst, dport, p, len);
}

static int
send_raw(struct dhcp_if *i, const struct dhcp_dest *to, const uint8_t *p, size_t len)
{
	int r = -EOPNOTSUPP;

	if (i->raw != -1)
		r = os_raw_udp(i->raw, &i->os, to->mac, i->os.addr, i->d->port,
		    to->addr, (uint16_t)(i->d->port + 1), p, len);
	if (r < 0 && !i->said) {
		i->said = true;
		log_ev(LOG_WARNING, "dhcp.raw", KV_S("if", i->os.name), KV_ERR(r),
		    KV_S("did", "broadcasts to clients that have no address yet"));
	}
	return r;
}

void
dhcp_send(struct dhcp_if *i, const struct dhcp_dest *to, const uint8_t *p, size_t len)
{
	struct os_dgram d = { .local = i->os.addr, .ifindex = i->os.index,
	    .peer = to->addr, .peer_port = (uint16_t)(i->d->port + 1) };
	int fd = i->fd, r;
	char ip[IP4_STRLEN];

	switch (to->how) {
	case DEST_MAC:
		if (send_raw(i, to, p, len) == 0) {
			record(i, i->d->port, to->addr, d.peer_port, p, len);
			return;
		}
		d.peer = 0xffffffff;
		break;
	case DEST_RELAY:
		d.peer_port = i->d->port;
		break;
	case DEST_SOURCE:
		/* PXE 2.1: from the port that was asked. */
		fd = i->d->binl_fd;
		d.peer_port = to->port;
		break;
	case DEST_ADDR:
	case DEST_BROADCAST:
		break;
	}
	record(i, fd == i->fd ? i->d->port : DHCP_BINL_PORT, d.peer, d.peer_port, p, len);
	if ((r = os_send(fd, p, len, &d)) < 0 && !dhcp_too_many(&i->d->strangers))
		log_ev(LOG_WARNING, "dhcp.send", KV_S("if", i->os.name),
		    KV_S("peer", ip4_str(d.peer, ip)), KV_ERR(r),
		    KV_S("did", "the client has to ask again"));
}
