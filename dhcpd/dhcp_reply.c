/* dhcp_reply.c - a reply's fields and options, once it is decided what it says.
 *
 * Options are put in the order of their worth: when a message is too short for
 * all of them, the last ones are left out.
 */
#include <stdio.h>
#include <string.h>

#include "../lib/wire.h"
#include "dhcp_reply.h"

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

/* Asked for by option 55.  Without one the client is an old boot program that
 * needs the usual ones all the same. */
static bool
wants(const struct dhcp_msg *req, uint8_t code)
{
	size_t len;
	const uint8_t *p = dhcp_opt(req, DHO_DHCP_PARAMETER_REQUEST_LIST, &len);

	return p == NULL || memchr(p, code, len) != NULL;
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

/* How firmware is told to load the file at once, and from whom. */
static void
put_firmware(struct dhcp_msg *m, const struct dhcp_facts *f,
    const struct boot_plan *boot)
{
	static const uint8_t no_discovery[] = {
		PXE_DISCOVERY_CONTROL, 1, PXE_DISCOVERY_NONE, DHO_END };
	static const uint8_t no_proxy[] = { IPXE_NO_PXEDHCP, 1, 1 };

	if (dhcp_facts_ipxe(f)) {
		/* It would wait 2 s for a ProxyDHCP server. */
		(void)dhcp_put(m, DHO_IPXE_ENCAPSULATED, no_proxy,
		    sizeof(no_proxy));
	} else if (dhcp_facts_pxe_rom(f) && boot->file[0] != '\0') {
		/* 60 without 43 would send it to port 4011. */
		put_str(m, DHO_VENDOR_CLASS_IDENTIFIER, "PXEClient");
		(void)dhcp_put(m, DHO_VENDOR_ENCAPSULATED_OPTIONS, no_discovery,
		    sizeof(no_discovery));
	}
}

static void
put_boot_names(struct dhcp_msg *m, const struct dhcp_msg *req,
    const struct dhcp_facts *f, const struct boot_plan *boot)
{
	char ip[IP4_STRLEN];

	if (boot->file[0] == '\0')
		return;
	/* ROMs take option 67 for a C string, and load "name\xff" without the NUL. */
	if (wants(req, DHO_BOOTFILE_NAME))
		(void)dhcp_put(m, DHO_BOOTFILE_NAME, boot->file,
		    strlen(boot->file) + (dhcp_facts_pxe_rom(f) ? 1 : 0));
	if (boot->next_server != 0 && wants(req, DHO_TFTP_SERVER_NAME))
		put_str(m, DHO_TFTP_SERVER_NAME, ip4_str(boot->next_server, ip));
}

static void
put_list(struct dhcp_msg *m, const struct dhcp_msg *req, uint8_t code,
    const uint32_t *addr, size_t n)
{
	if (n > 0 && wants(req, code))
		(void)dhcp_put_addrs(m, code, addr, n);
}

static const char *
host_name(const struct cfg_host *h)
{
	if (h == NULL)
		return NULL;
	return h->hostname != NULL ? h->hostname : h->head.name;
}

/* The fields, for those who read them rather than options: all ROMs. */
static void
fill_fields(struct dhcp_msg *m, const struct dhcp_env *e)
{
	m->siaddr = e->boot->next_server;
	(void)snprintf(m->file, sizeof(m->file), "%s", e->boot->file);
	if (e->net->opt.server_name != NULL)
		(void)snprintf(m->sname, sizeof(m->sname), "%s",
		    e->net->opt.server_name);
}

void
dhcp_reply_config(struct dhcp_msg *m, const struct dhcp_msg *req,
    const struct dhcp_facts *f, const struct dhcp_env *e, uint32_t lease_time)
{
	const struct cfg_options *o = &e->net->opt;
	const struct boot_plan *boot = e->boot;

	fill_fields(m, e);
	if (!req->cookie)
		return;
	put_times(m, lease_time);
	/* RFC 2132 3.3: the mask before the routers.  Both go unasked. */
	(void)dhcp_put_u32(m, DHO_SUBNET_MASK, o->mask);
	if (o->n_routers > 0)
		(void)dhcp_put_addrs(m, DHO_ROUTERS, o->routers, o->n_routers);
	put_str(m, DHO_ROOT_PATH, boot->root_path);
	echo(m, req, DHO_DHCP_CLIENT_IDENTIFIER);	/* RFC 6842 */
	put_firmware(m, f, boot);
	echo(m, req, DHO_PXE_CLIENT_ID);	/* RFC 4578 2.3: MUST */
	put_str(m, DHO_LOADER_VARS, boot->loader_vars);
	put_str(m, DHO_PXELINUX_CONFIGFILE, boot->config_file);
	put_list(m, req, DHO_DOMAIN_NAME_SERVERS, o->dns, o->n_dns);
	if (wants(req, DHO_HOST_NAME))
		put_str(m, DHO_HOST_NAME, host_name(e->host));
	if (wants(req, DHO_DOMAIN_NAME))
		put_str(m, DHO_DOMAIN_NAME, o->domain);
	put_list(m, req, DHO_BROADCAST_ADDRESS, &o->broadcast, 1);
	put_list(m, req, DHO_NTP_SERVERS, o->ntp, o->n_ntp);
	put_boot_names(m, req, f, boot);
	echo(m, req, DHO_DHCP_AGENT_OPTIONS);	/* RFC 3046; written last */
}

void
dhcp_reply_nak(struct dhcp_msg *m, const struct dhcp_msg *req, const char *why)
{
	/* RFC 2131 4.3.2: behind a relay the client can't be reached otherwise. */
	if (req->giaddr != 0)
		m->flags |= BOOTP_BROADCAST;
	put_str(m, DHO_DHCP_MESSAGE, why);
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
