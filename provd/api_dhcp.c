/* api_dhcp.c - what DHCP does on each network, and which other servers were heard. */
#include "../dhcpd/dhcpd.h"
#include "api_int.h"

static json_t *
addr_json(uint32_t a)
{
	char buf[IP4_STRLEN];

	return a != 0 ? json_string(ip4_str(a, buf)) : json_null();
}

static json_t *
mac_json(struct mac m)
{
	char buf[MAC_STRLEN];

	return mac_is_zero(m) ? json_null() : json_string(mac_str(m, buf));
}

static json_t *
text_json(const char *s)
{
	return s != NULL ? json_string(s) : json_null();
}

static void
add(json_t *o, const char *list, json_t *item)
{
	json_array_append_new(json_object_get(o, list), item);
}

static void
add_net(void *arg, const struct dhcpd_net_status *s)
{
	char net[NET4_STRLEN];

	add(arg, "networks", json_pack("{s:s,s:o,s:s,s:s,s:s}",
	    "network", net4_str(s->net, net), "interface", text_json(s->iface),
	    "mode", dhcpd_mode_name(s->mode), "in_force", dhcpd_mode_name(s->in_force),
	    "why", s->why));
}

static void
add_iface(void *arg, const struct dhcpd_iface_status *s)
{
	add(arg, "interfaces", json_pack("{s:s,s:o,s:s,s:o,s:b,s:b}",
	    "name", s->name, "address", addr_json(s->addr), "other_servers", s->probe,
	    "other_server", addr_json(s->other), "unicast", s->unicast,
	    "listens", s->listens));
}

static void
add_server(void *arg, const struct dhcpd_server_status *s)
{
	add(arg, "servers", json_pack("{s:o,s:o,s:o,s:I,s:I,s:I,s:I,s:I,s:I,s:o,s:o,s:s}",
	    "server", addr_json(s->id), "mac", mac_json(s->mac),
	    "interface", text_json(s->iface), "first", (json_int_t)s->first,
	    "last", (json_int_t)s->last, "offers", (json_int_t)s->offers,
	    "acks", (json_int_t)s->acks, "naks", (json_int_t)s->naks, "chosen", (json_int_t)s->chosen,
	    "client", mac_json(s->client), "host", text_json(s->host), "said", s->said));
}

static void
add_counts(void *arg, const struct dhcpd_counts *c)
{
	json_object_set_new(arg, "refused_client_rate", json_integer((json_int_t)c->client_refused));
	json_object_set_new(arg, "refused_relay_rate", json_integer((json_int_t)c->relay_refused));
	json_object_set_new(arg, "addresses_in_use", json_integer((json_int_t)c->in_use));
}

void
api_status(struct api_call *c)
{
	static const struct dhcpd_status_fn fn = { add_net, add_iface, add_server, add_counts };
	json_t *o = json_pack("{s:[],s:[],s:[]}", "networks", "interfaces", "servers");

	if (c->d->dhcpd != NULL)
		dhcpd_status(c->d->dhcpd, &fn, o);
	api_count(c->d, o);
	api_reply(c, 200, o);
}

static void
say_net(void *arg, const struct dhcpd_net_status *s)
{
	char net[NET4_STRLEN];

	if (s->mode != s->in_force)
		buf_printf(arg, "On %s nothing is answered now: %s.\n",
		    net4_str(s->net, net), s->why);
}

static void no_iface(void *arg, const struct dhcpd_iface_status *s) { (void)arg; (void)s; }
static void no_server(void *arg, const struct dhcpd_server_status *s) { (void)arg; (void)s; }
static void no_counts(void *arg, const struct dhcpd_counts *c) { (void)arg; (void)c; }

void
api_modes_text(struct daemon *d, struct buf *b)
{
	static const struct dhcpd_status_fn fn = { say_net, no_iface, no_server, no_counts };

	if (d->dhcpd != NULL)
		dhcpd_status(d->dhcpd, &fn, b);
}
