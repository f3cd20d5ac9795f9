/* dhcp_proxy.c - boot information beside another DHCP server. */
#include <stdio.h>
#include <string.h>

#include "dhcp_proxy.h"
#include "dhcp_pxe.h"
#include "dhcp_quirk.h"
#include "dhcp_reply.h"

static const char pxe_class[] = "PXEClient", http_class[] = "HTTPClient";

static void
silent(const struct dhcp_turn *a, enum dhcp_rule rule)
{
	a->v->answer = false;
	a->v->rule = rule;
	a->v->reason = dhcp_rule_why(rule);
}

static const struct boot_plan *
plan(const struct dhcp_turn *a)
{
	return a->env->boot;
}

static const struct cfg_pxe_menu *
menu(const struct dhcp_turn *a)
{
	return &a->env->nets->cfg->top.dhcp.pxe_menu;
}

static bool
is_bios_rom(const struct dhcp_turn *a)
{
	return dhcp_facts_pxe_rom(a->facts) && a->facts->fw == FW_PXE_BIOS;
}

static bool
has_class(const struct dhcp_turn *a, const char *name)
{
	size_t len = strlen(name);

	return a->facts->raw.vendor_class_len >= len &&
	    memcmp(a->facts->raw.vendor_class, name, len) == 0;
}

/* Answers ----------------------------------------------------------------- */

static void
put_text(struct dhcp_msg *m, uint8_t code, const char *s)
{
	(void)dhcp_put(m, code, s, strlen(s));
}

static void
echo(const struct dhcp_turn *a, uint8_t code)
{
	size_t len;
	const uint8_t *p = dhcp_opt(a->req, code, &len);

	if (p != NULL)
		(void)dhcp_put(&a->v->reply, code, p, len);
}

/* An answer that says who we are, and nothing of an address.  No client has one
 * yet when it gets an OFFER: unless there is a relay, all of them hear it. */
static void
begin(const struct dhcp_turn *a, int type, enum dhcp_rule rule)
{
	struct dhcp_verdict *v = a->v;
	struct dhcp_msg *m = &v->reply;

	dhcp_reply_begin(m, a->req, type, a->server_id);
	v->answer = true;
	v->rule = rule;
	v->reason = dhcp_rule_why(rule);
	v->max = dhcp_reply_max(a->req);
	m->siaddr = plan(a)->next_server;
	if (a->env->binl) {
		m->ciaddr = a->req->ciaddr;
		v->dest = (struct dhcp_dest){ .how = DEST_SOURCE,
		    .addr = a->env->peer, .port = a->env->peer_port };
	} else if (m->giaddr != 0)
		v->dest = (struct dhcp_dest){ .how = DEST_RELAY, .addr = m->giaddr };
	else {
		m->flags |= BOOTP_BROADCAST;
		v->dest = (struct dhcp_dest){ .how = DEST_BROADCAST, .addr = 0xffffffff };
	}
	put_text(m, DHO_VENDOR_CLASS_IDENTIFIER,
	    has_class(a, http_class) ? http_class : pxe_class);
}

static void
end(const struct dhcp_turn *a, const struct dhcp_pxe *vendor)
{
	struct dhcp_msg *m = &a->v->reply;
	uint8_t buf[PXE_OPTION_MAX];
	int len;

	if (vendor != NULL && (len = dhcp_pxe_write(vendor, buf)) > 0)
		(void)dhcp_put(m, DHO_VENDOR_ENCAPSULATED_OPTIONS, buf, (size_t)len);
	echo(a, DHO_PXE_CLIENT_ID);		/* RFC 4578 2.3: MUST */
	echo(a, DHO_DHCP_AGENT_OPTIONS);	/* RFC 3046; written last */
}

static void
put_file(const struct dhcp_turn *a)
{
	const struct boot_plan *boot = plan(a);
	struct dhcp_msg *m = &a->v->reply;

	(void)snprintf(m->file, sizeof(m->file), "%s", boot->file);
	/* pxelinux looks for them in the cached answer of the boot server. */
	if (boot->config_file[0] != '\0')
		put_text(m, DHO_PXELINUX_CONFIGFILE, boot->config_file);
}

/* Port 67 ----------------------------------------------------------------- */

/* Load the file, and look no further. */
static void
offer_file(const struct dhcp_turn *a)
{
	static const struct dhcp_pxe at_once = { .has_control = true,
	    .control = PXE_DISCOVERY_NONE };

	begin(a, DHCPOFFER, DR_PROXY_OFFER);
	put_file(a);
	end(a, &at_once);
}

/* UEFI takes no file from a ProxyDHCP offer that says more than this, and its
 * menus are broken: it asks at port 4011. */
static void
offer_redirect(const struct dhcp_turn *a)
{
	begin(a, DHCPOFFER, DR_PROXY_4011);
	end(a, NULL);
}

static void
add_item(struct dhcp_pxe *v, uint16_t type, const char *text)
{
	v->menu[v->n_menu].type = type;
	(void)snprintf(v->menu[v->n_menu++].text, PXE_TEXT, "%s", text);
}

/* The menu's first item is what the prompt's end chooses.  With the disk alone
 * and no time to wait the ROM goes on to it at once. */
static void
offer_menu(const struct dhcp_turn *a)
{
	const struct cfg_pxe_menu *conf = menu(a);
	struct dhcp_pxe v = { .has_control = true, .has_prompt = true,
	    .control = PXE_NO_BROADCAST | PXE_NO_MULTICAST | PXE_LISTED_ONLY };
	bool boots = plan(a)->action == BOOT_FILE;

	if (boots) {
		v.server[0].type = PXE_ITEM_OURS;
		v.server[0].addr = plan(a)->next_server;
		v.n_server = 1;
		v.timeout = (uint8_t)conf->timeout;
		add_item(&v, PXE_ITEM_OURS, conf->item);
	}
	add_item(&v, PXE_ITEM_LOCAL, "Boot from the disk");
	(void)snprintf(v.prompt, sizeof(v.prompt), "%s",
	    boots ? conf->prompt : "Booting from the disk");
	begin(a, DHCPOFFER, boots ? DR_PROXY_MENU : DR_PROXY_DISK);
	end(a, &v);
}

/* UEFI HTTP boot: the URL is option 67's, and 60 repeats what it said. */
static void
offer_url(const struct dhcp_turn *a)
{
	begin(a, DHCPOFFER, DR_PROXY_OFFER);
	put_text(&a->v->reply, DHO_BOOTFILE_NAME, plan(a)->file);
	end(a, NULL);
}

/* A Raspberry Pi looks for these words, and asks the server for names of its own. */
static void
offer_rpi(const struct dhcp_turn *a)
{
	struct dhcp_pxe v = { .has_control = true, .has_prompt = true, .prompt = "PXE",
	    .control = PXE_NO_BROADCAST | PXE_NO_MULTICAST };

	add_item(&v, PXE_ITEM_LOCAL, "Raspberry Pi Boot");
	begin(a, DHCPOFFER, DR_PROXY_OFFER);
	end(a, &v);
}

static void
discover(const struct dhcp_turn *a)
{
	bool file = plan(a)->file[0] != '\0';

	if ((dhcp_quirks(a->facts) & DQ_RPI_MENU) != 0 && plan(a)->action != BOOT_LOCAL)
		offer_rpi(a);
	else if (is_bios_rom(a) && plan(a)->action == BOOT_LOCAL)
		offer_menu(a);
	else if (!file)
		silent(a, DR_PROXY_NO_FILE);
	else if (has_class(a, http_class))
		offer_url(a);
	else if (dhcp_facts_ipxe(a->facts))
		offer_file(a);
	else if (!is_bios_rom(a))
		offer_redirect(a);
	else if (menu(a)->prompt != NULL && plan(a)->action == BOOT_FILE)
		offer_menu(a);
	else
		offer_file(a);
}

/* Port 4011 --------------------------------------------------------------- */

static bool
vendor_options(const struct dhcp_turn *a, struct dhcp_pxe *ret)
{
	size_t len;
	const uint8_t *p = dhcp_opt(a->req, DHO_VENDOR_ENCAPSULATED_OPTIONS, &len);

	memset(ret, 0, sizeof(*ret));
	return p != NULL && dhcp_pxe_read(p, len, ret) == 0;
}

/* What it asks for decides; what it has chosen is repeated to it. */
static void
boot_server(const struct dhcp_turn *a)
{
	struct dhcp_pxe asked, said = { .has_item = true };

	(void)vendor_options(a, &asked);
	if (asked.has_item && asked.item != PXE_ITEM_OURS && asked.item != PXE_ITEM_LOCAL)
		silent(a, DR_PROXY_NOT_OURS);
	else if (asked.has_item && asked.item == PXE_ITEM_LOCAL) {
		begin(a, DHCPACK, DR_PROXY_DISK);
		said.layer = asked.layer;
		end(a, &said);
	} else if (plan(a)->file[0] == '\0')
		silent(a, DR_PROXY_NO_FILE);
	else {
		begin(a, DHCPACK, DR_PROXY_ACK);
		put_file(a);
		said.item = asked.item;
		said.layer = asked.layer;
		end(a, asked.has_item ? &said : NULL);
	}
}

void
dhcp_proxy(const struct dhcp_turn *a)
{
	struct dhcp_pxe asked;

	/* The answer goes to where the question says that it came from. */
	if (a->env->binl && dhcp_nets_find(a->env->nets, a->env->peer) == NULL) {
		silent(a, DR_PROXY_ELSEWHERE);
		return;
	}
	if (!(dhcp_facts_ipxe(a->facts) || has_class(a, http_class) ||
	    (has_class(a, pxe_class) && a->facts->fw != FW_FREEBSD_LOADER))) {
		silent(a, a->type == DHCPREQUEST ? DR_PROXY_REQUEST :
		    a->facts->fw == FW_FREEBSD_LOADER ? DR_PROXY_LOADER : DR_PROXY_NOT_FW);
		return;
	}
	switch (a->type) {
	case DHCPDISCOVER:
		if (a->env->binl)
			boot_server(a);
		else
			discover(a);
		return;
	case DHCPREQUEST:
		/* PXE 2.1, 2.2.3: to port 67, when it looks for servers by broadcast. */
		if (a->env->binl || (vendor_options(a, &asked) && asked.has_item))
			boot_server(a);
		else
			silent(a, DR_PROXY_REQUEST);
		return;
	case DHCPINFORM:
		if (a->env->binl) {
			boot_server(a);
			return;
		}
		break;
	default:
		break;
	}
	silent(a, DR_PROXY_NOT_FW);
}

/* Learning ---------------------------------------------------------------- */

static bool
is_self(const struct dhcp_nets *ns, uint32_t addr)
{
	for (size_t i = 0; i < ns->n_self; i++)
		if (ns->self[i] == addr)
			return true;
	return false;
}

uint32_t
dhcp_proxy_learn(const struct dhcp_msg *m, const struct dhcp_env *e, uint32_t *ret_server)
{
	uint32_t addr = m->ciaddr, own = e->nets->cfg->top.dhcp.server_id;
	const struct lease *l;
	int type = dhcp_type(m);

	*ret_server = 0;
	if (e->net == NULL || m->op != BOOTREQUEST ||
	    (type != DHCPREQUEST && !(e->binl && (type == DHCPDISCOVER || type == DHCPINFORM))))
		return 0;
	(void)dhcp_opt_u32(m, DHO_DHCP_SERVER_IDENTIFIER, ret_server);
	if (!e->binl) {
		if (*ret_server != 0 && (*ret_server == own || *ret_server == e->server))
			return 0;	/* from us */
		if (addr == 0)
			(void)dhcp_opt_u32(m, DHO_DHCP_REQUESTED_ADDRESS, &addr);
	}
	if (!net4_is_host(e->net->net, addr) || is_self(e->nets, addr))
		return 0;
	l = lease_by_addr(e->leases, addr);
	return l != NULL && l->state == LEASE_BOUND && l->expiry > e->now ? 0 : addr;
}
