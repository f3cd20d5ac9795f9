/* dhcp_reply.c - a reply's fields and options, once it is decided what it says.
 *
 * Options are put in the order of their worth: when a message is too short for
 * all of them, the last ones are left out.
 */
#include <stdio.h>
#include <string.h>

#include "../lib/wire.h"
#include "dhcp_reply.h"
#include "dhcp_reply_boot.h"
#include "dhcp_reply_opt.h"

/* No path on the way is known to carry more in one piece. */
#define ETHERNET_MTU	1500

void
dhcp_reply_begin(struct dhcp_msg *m, const struct dhcp_msg *req, int type,
    uint32_t server_id)
{
	/* RFC 2131 table 3. */
	dhcp_init(m);
	m->op = BOOTREPLY;
	m->htype = req->htype;
	m->hlen = req->hlen;
	m->xid = req->xid;
	m->flags = req->flags;
	m->giaddr = req->giaddr;
	memcpy(m->chaddr, req->chaddr, sizeof(m->chaddr));
	m->cookie = req->cookie;
	if (type == DHCP_NOTYPE)
		return;
	(void)dhcp_put_u8(m, DHO_DHCP_MESSAGE_TYPE, (uint8_t)type);
	(void)dhcp_put_u32(m, DHO_DHCP_SERVER_IDENTIFIER, server_id);
}

static void
echo(struct dhcp_msg *m, const struct dhcp_msg *req, uint8_t code)
{
	size_t len;
	const uint8_t *p = dhcp_opt(req, code, &len);

	if (p != NULL)
		(void)dhcp_put(m, code, p, len);
}

static void
put_str(struct dhcp_msg *m, uint8_t code, const char *s)
{
	if (s != NULL && s[0] != '\0')
		(void)dhcp_put(m, code, s, strlen(s));
}

static void
put_times(struct dhcp_msg *m, uint32_t lease_time)
{
	if (lease_time == 0)
		return;
	(void)dhcp_put_u32(m, DHO_DHCP_LEASE_TIME, lease_time);
	if (lease_time == DHCP_INFINITE)
		return;		/* nothing to renew */
	/* RFC 2131 4.4.5: one half and seven eighths. */
	(void)dhcp_put_u32(m, DHO_DHCP_RENEWAL_TIME, lease_time / 2);
	(void)dhcp_put_u32(m, DHO_DHCP_REBINDING_TIME,
	    (uint32_t)((uint64_t)lease_time * 7 / 8));
}

static const char *
host_name(const struct cfg_host *h)
{
	if (h == NULL)
		return NULL;
	return h->hostname != NULL ? h->hostname : h->head.name;
}

void
dhcp_reply_config(struct dhcp_msg *m, const struct dhcp_msg *req,
    const struct dhcp_facts *f, const struct dhcp_env *e, uint32_t lease_time)
{
	const struct boot_plan *boot = e->boot;
	struct dhcp_scopes scopes;

	dhcp_nets_scopes(e->nets, e->net, m->yiaddr != 0 ? m->yiaddr : m->ciaddr,
	    e->host, e->profile, &e->classes, &scopes);
	dhcp_reply_boot_fields(m, boot);
	if (dhcp_scopes_server_name(&scopes) != NULL)
		(void)snprintf(m->sname, sizeof(m->sname), "%s",
		    dhcp_scopes_server_name(&scopes));
	if (!req->cookie)
		return;
	put_times(m, lease_time);
	dhcp_reply_opt_net(m, &scopes);
	put_str(m, DHO_ROOT_PATH, boot->root_path);
	if (e->nets->cfg->top.dhcp.echo_cid)
		echo(m, req, DHO_DHCP_CLIENT_IDENTIFIER);	/* RFC 6842 */
	if (req->giaddr != 0)
		echo(m, req, DHO_SUBNET_SELECTION);	/* RFC 3011 */
	dhcp_reply_opt_vendor(m, req, f, &scopes, boot->file[0] != '\0');
	dhcp_reply_boot_class(m, f, boot);
	echo(m, req, DHO_PXE_CLIENT_ID);	/* RFC 4578 2.3: MUST */
	put_str(m, DHO_LOADER_VARS, boot->loader_vars);
	put_str(m, DHO_PXELINUX_CONFIGFILE, boot->config_file);
	dhcp_reply_boot_names(m, f, boot,
	    dhcp_reply_asked(req, DHO_TFTP_SERVER_NAME),
	    dhcp_reply_asked(req, DHO_BOOTFILE_NAME));
	dhcp_reply_opt_rest(m, req, &scopes, host_name(e->host));
	echo(m, req, DHO_DHCP_AGENT_OPTIONS);	/* RFC 3046; written last */
}

void
dhcp_reply_nak(struct dhcp_msg *m, const struct dhcp_msg *req, const char *why,
    bool echo_cid)
{
	/* RFC 2131 4.3.2: behind a relay the client can't be reached otherwise. */
	if (req->giaddr != 0)
		m->flags |= BOOTP_BROADCAST;
	put_str(m, DHO_DHCP_MESSAGE, why);
	if (echo_cid)
		echo(m, req, DHO_DHCP_CLIENT_IDENTIFIER);
	echo(m, req, DHO_DHCP_AGENT_OPTIONS);
}

size_t
dhcp_reply_max(const struct dhcp_msg *req)
{
	uint16_t mtu = DHCP_MTU_MIN;

	if (!req->has[DHO_DHCP_MESSAGE_TYPE]) {
		/* RFC 1534 2: a BOOTP client may have room for 64 bytes of
		 * options only; if it sent more it has more. */
		if (req->wire_len <= BOOTP_MIN_LEN)
			return BOOTP_MIN_LEN;
		return req->wire_len < DHCP_MTU_MIN - DHCP_UDP_OVERHEAD ?
		    req->wire_len : DHCP_MTU_MIN - DHCP_UDP_OVERHEAD;
	}
	(void)dhcp_opt_u16(req, DHO_DHCP_MAX_MESSAGE_SIZE, &mtu);
	if (mtu < DHCP_MTU_MIN)
		mtu = DHCP_MTU_MIN;	/* RFC 2132 9.10 */
	if (mtu > ETHERNET_MTU)
		mtu = ETHERNET_MTU;
	return mtu - DHCP_UDP_OVERHEAD;
}
