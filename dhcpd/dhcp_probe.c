/* dhcp_probe.c - is there another DHCP server on this interface? */
#include <string.h>

#include "../lib/wire.h"
#include "dhcp_probe.h"

#define DISCOVERS	2u	/* in a round: one may get lost */

void
probe_start(struct dhcp_probe *p, int64_t now, int64_t time_ms, uint32_t xid)
{
	memset(p, 0, sizeof(*p));
	p->time = time_ms;
	p->xid = xid;
	p->state = time_ms > 0 ? PROBE_ASKING : PROBE_NONE;
	p->next = time_ms > 0 ? now : INT64_MAX;
}

static void
round_end(struct dhcp_probe *p, int64_t now)
{
	p->round = false;
	p->state = p->heard ? PROBE_OTHER : PROBE_ALONE;
	p->next = p->heard ? now + PROBE_AGAIN_MS : INT64_MAX;
}

bool
probe_run(struct dhcp_probe *p, int64_t now)
{
	if (now < p->next)
		return false;
	if (!p->round) {
		p->round = true;
		p->heard = false;
		p->sent = 0;
		p->begun = now;
		p->xid++;
	} else if (p->sent >= DISCOVERS || now - p->begun >= p->time) {
		round_end(p, now);
		return false;
	}
	p->sent++;
	p->next = p->begun + p->time * p->sent / DISCOVERS;
	return true;
}

bool
probe_heard(struct dhcp_probe *p, int64_t now, const struct dhcp_msg *m, struct mac ours,
    uint32_t server, struct mac from)
{
	if (p->state == PROBE_NONE || p->state == PROBE_DEAF || m->op != BOOTREPLY ||
	    m->xid != p->xid || !mac_equal(dhcp_mac(m), ours) || dhcp_type(m) != DHCPOFFER ||
	    now - p->begun > p->time + PROBE_LATE_MS)
		return false;
	p->heard = true;
	p->state = PROBE_OTHER;
	if (!p->round && p->next == INT64_MAX)
		p->next = now + PROBE_AGAIN_MS;
	p->server = server;
	p->mac = from;
	return true;
}

bool
probe_is_ours(const struct dhcp_probe *p, const uint8_t *pkt, size_t len, struct mac ours)
{
	struct rd r = rd_init(pkt, len);
	const uint8_t *chaddr;
	uint32_t xid;

	(void)rd_take(&r, 4);
	xid = rd_be32(&r);
	(void)rd_take(&r, 20);
	chaddr = rd_take(&r, 6);
	return p->sent > 0 && chaddr != NULL && xid == p->xid &&
	    memcmp(chaddr, ours.b, 6) == 0;
}

int
probe_packet(const struct dhcp_probe *p, struct mac ours, uint8_t buf[DHCP_MSG_MAX])
{
	static const uint8_t want[] = { DHO_SUBNET_MASK, DHO_ROUTERS };
	struct dhcp_msg m;

	dhcp_init(&m);
	m.op = BOOTREQUEST;
	m.htype = HTYPE_ETHER;
	m.hlen = sizeof(ours.b);
	m.xid = p->xid;
	m.flags = BOOTP_BROADCAST;
	m.cookie = true;
	memcpy(m.chaddr, ours.b, sizeof(ours.b));
	(void)dhcp_put_u8(&m, DHO_DHCP_MESSAGE_TYPE, DHCPDISCOVER);
	/* Type 0: no hardware address (RFC 2132 9.14). */
	(void)dhcp_put(&m, DHO_DHCP_CLIENT_IDENTIFIER, "\0" PROBE_CLASS,
	    sizeof(PROBE_CLASS));
	(void)dhcp_put(&m, DHO_VENDOR_CLASS_IDENTIFIER, PROBE_CLASS,
	    sizeof(PROBE_CLASS) - 1);
	(void)dhcp_put(&m, DHO_DHCP_PARAMETER_REQUEST_LIST, want, sizeof(want));
	return dhcp_write(&m, DHCP_MSG_MAX, buf, NULL);
}

const char *
probe_text(enum probe_state s)
{
	static const char *const text[] = {
		[PROBE_NONE] = "not looked for", [PROBE_DEAF] = "cannot be heard",
		[PROBE_ASKING] = "being looked for", [PROBE_ALONE] = "none",
		[PROBE_OTHER] = "answers",
	};

	return text[s];
}
