/* dhcp_foreign.c - what other DHCP servers were heard to say. */
#include <stdio.h>
#include <string.h>

#include "dhcp_foreign.h"

#define TELL_AGAIN	60	/* seconds */
#define NOTE_AGAIN	10

static struct foreign *
find(struct foreign_table *t, uint32_t id, unsigned iface)
{
	struct foreign *oldest = &t->s[0];

	for (unsigned i = 0; i < FOREIGN_MAX; i++) {
		struct foreign *s = &t->s[i];

		if (s->iface == iface && s->id == id)
			return s;
		if (oldest->iface != 0 && (s->iface == 0 || s->last < oldest->last))
			oldest = s;
	}
	memset(oldest, 0, sizeof(*oldest));
	return oldest;
}

static bool
count(struct foreign *s, int type)
{
	switch (type) {
	case DHCPOFFER:
		s->offers++;
		return true;
	case DHCPACK:
		s->acks++;
		return true;
	case DHCPNAK:
		s->naks++;
		return true;
	default:
		return false;
	}
}

static struct foreign *
note(struct foreign_table *t, uint32_t id, const struct foreign *said, int64_t now,
    bool *ret_tell, bool *ret_note)
{
	struct foreign *s = find(t, id, said->iface);
	bool new = s->iface == 0;

	*ret_tell = new || now - s->told >= TELL_AGAIN;
	*ret_note = new || s->type != said->type || s->addr != said->addr ||
	    !mac_equal(s->client, said->client) || now - s->noted >= NOTE_AGAIN;
	if (new)
		s->first = now;
	s->id = id;
	s->iface = said->iface;
	s->last = now;
	if (*ret_tell)
		s->told = now;
	if (*ret_note)
		s->noted = now;
	s->type = said->type;
	s->client = said->client;
	s->addr = said->addr;
	s->host[0] = '\0';
	return s;
}

struct foreign *
foreign_heard(struct foreign_table *t, const struct dhcp_msg *m, uint32_t src,
    struct mac mac, unsigned iface, int64_t now, bool *ret_tell, bool *ret_note)
{
	struct foreign *s, said = { .iface = iface, .type = dhcp_type(m),
	    .client = dhcp_mac(m), .addr = m->yiaddr };
	uint32_t id = src;

	*ret_tell = *ret_note = false;
	if (m->op != BOOTREPLY || iface == 0 || !count(&said, said.type))
		return NULL;
	(void)dhcp_opt_u32(m, DHO_DHCP_SERVER_IDENTIFIER, &id);
	s = note(t, id, &said, now, ret_tell, ret_note);
	s->mac = mac;
	(void)count(s, said.type);
	return s;
}

struct foreign *
foreign_chosen(struct foreign_table *t, uint32_t server, struct mac client, uint32_t addr,
    unsigned iface, int64_t now, bool *ret_tell, bool *ret_note)
{
	const struct foreign said = { .iface = iface, .type = DHCPREQUEST,
	    .client = client, .addr = addr };
	struct foreign *s;

	*ret_tell = *ret_note = false;
	if (iface == 0)
		return NULL;
	s = note(t, server, &said, now, ret_tell, ret_note);
	s->chosen++;
	return s;
}

void
foreign_text(const struct foreign *s, char *buf, size_t cap)
{
	char ip[2][IP4_STRLEN];

	ip4_str(s->id, ip[0]);
	if (s->type == DHCPREQUEST)
		(void)snprintf(buf, cap, "takes %s from another server %s",
		    ip4_str(s->addr, ip[1]), ip[0]);
	else if (s->type == DHCPNAK)
		(void)snprintf(buf, cap, "refused its address by another server %s", ip[0]);
	else if (s->addr == 0)
		(void)snprintf(buf, cap, "%s boot information by another server %s",
		    s->type == DHCPOFFER ? "offered" : "given", ip[0]);
	else
		(void)snprintf(buf, cap, "%s %s by another server %s",
		    s->type == DHCPOFFER ? "offered" : "given", ip4_str(s->addr, ip[1]), ip[0]);
}
