/* config_check.c - each option is right by itself; do they fit together? */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_int.h"
#include "place.h"
#include "select.h"

#define ERRORS_MAX	50

/* What all checks share ---------------------------------------------------- */

static void
complain_v(struct check *c, struct cfg_mark mark, const char *where,
    const char *fmt, va_list ap) __attribute__((format(printf, 4, 0)));

static void
complain_v(struct check *c, struct cfg_mark mark, const char *where,
    const char *fmt, va_list ap)
{
	char text[500], line[720];

	vsnprintf(text, sizeof(text), fmt, ap);
	if (c->host != NULL && config_is_kept(c->cfg, c->host)) {
		bool *left = &c->left[c->host - c->cfg->top.host];

		snprintf(line, sizeof(line), "%s: %s", where, text);
		if (!*left)		/* the first reason is enough */
			config_say_left(c->own, c->host->head.name, line);
		*left = true;
		return;
	}
	if (c->n++ >= ERRORS_MAX)
		return;
	schema_complain(c->fn, c->arg, c->cfg->file, mark, where, "%s", text);
}

void
config_complain(struct check *c, const struct cfg_head *at, const char *where,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complain_v(c, at->mark, where, fmt, ap);
	va_end(ap);
}

void
config_complain_at(struct check *c, struct cfg_mark mark, const char *where,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complain_v(c, mark, where, fmt, ap);
	va_end(ap);
}

const char *
config_at(struct where *w, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(w->s, sizeof(w->s), fmt, ap);
	va_end(ap);
	return w->s;
}

/* Subnets ----------------------------------------------------------------- */

static bool
nets_overlap(struct net4 a, struct net4 b)
{
	return net4_has(a, b.addr) || net4_has(b, a.addr);
}

/* Options for a subnet, its own or those for all, that contradict it. */
static void
check_options(struct check *c, const struct cfg_subnet *s, size_t i, bool own)
{
	const struct cfg_dhcp *d = &c->cfg->top.dhcp;
	const struct cfg_options *o = own ? &s->options : &d->options;
	char net[NET4_STRLEN], ip[IP4_STRLEN];
	struct where w, fit;
	const char *dir;

	if (s->net.plen > 30)
		return;		/* no broadcast address; gateways elsewhere */
	dir = own ? config_at(&w, "dhcp.subnets[%zu].options", i) : config_at(&w, "dhcp.options");
	net4_str(s->net, net);
	if (cfg_has(&o->head, CFG_I_options_mask) &&
	    (own || !cfg_has(&s->options.head, CFG_I_options_mask)) &&
	    o->mask != net4_mask(s->net))
		config_complain(c, &o->head, config_at(&fit, "%s.subnet-mask", dir),
		    "%s is not the mask of %s", ip4_str(o->mask, ip), net);
	if (cfg_has(&o->head, CFG_I_options_broadcast) &&
	    (own || !cfg_has(&s->options.head, CFG_I_options_broadcast)) &&
	    o->broadcast != net4_broadcast(s->net))
		config_complain(c, &o->head, config_at(&fit, "%s.broadcast-address", dir),
		    "%s is not the broadcast address of %s",
		    ip4_str(o->broadcast, ip), net);
	if (!own && cfg_has(&s->options.head, CFG_I_options_routers))
		return;
	for (size_t k = 0; k < o->n_routers; k++)
		if (!net4_is_host(s->net, o->routers[k]))
			config_complain(c, &o->head, config_at(&fit, "%s.routers", dir),
			    "%s is not a host's address in %s",
			    ip4_str(o->routers[k], ip), net);
}

/* `clients: any` and a mode that answers hosts only: one of both is a mistake. */
static void
check_clients(struct check *c)
{
	const struct cfg_top *top = &c->cfg->top;
	bool none = top->dhcp.mode == DHCP_RESERVATION;

	for (size_t i = 0; i < top->dhcp.n_subnet; i++)
		none = none && top->dhcp.subnet[i].mode == DHCP_RESERVATION;
	if (none && top->clients != 0 /* known */)
		config_complain(c, &top->head, "clients", "any: but dhcp.mode is reservation, "
		    "which answers hosts of this file only (say mode: authoritative)");
}

static void
check_subnets(struct check *c)
{
	const struct cfg_dhcp *d = &c->cfg->top.dhcp;
	char net[NET4_STRLEN], other[NET4_STRLEN];
	struct where w;

	for (size_t i = 0; i < d->n_subnet; i++) {
		const struct cfg_subnet *s = &d->subnet[i];

		for (size_t j = 0; j < i; j++)
			if (nets_overlap(s->net, d->subnet[j].net))
				config_complain(c, &s->head, config_at(&w, "dhcp.subnets[%zu].subnet", i),
				    "%s overlaps %s of dhcp.subnets[%zu]",
				    net4_str(s->net, net),
				    net4_str(d->subnet[j].net, other), j);
		check_pools(c, s, i);
		check_options(c, s, i, true);
		check_options(c, s, i, false);
	}
}

/* Hosts ------------------------------------------------------------------- */

/* Something that only one host may have. */
struct owned { uint8_t key[16]; const struct cfg_host *host; };

static int
owned_cmp(const void *va, const void *vb)
{
	const struct owned *a = va, *b = vb;
	int r = memcmp(a->key, b->key, sizeof(a->key));

	if (r != 0)
		return r;
	return a->host < b->host ? -1 : a->host > b->host;	/* as in the file */
}

static void
key_text(const char *what, const uint8_t *key, char buf[UUID_STRLEN])
{
	struct mac mac;
	struct uuid uuid;

	memcpy(mac.b, key, sizeof(mac.b));
	memcpy(uuid.b, key, sizeof(uuid.b));
	if (strcmp(what, "mac") == 0)
		mac_str(mac, buf);
	else if (strcmp(what, "uuid") == 0)
		uuid_str(&uuid, buf);
	else
		ip4_str((uint32_t)key[0] << 24 | (uint32_t)key[1] << 16 |
		    (uint32_t)key[2] << 8 | key[3], buf);
}

static void
check_owned(struct check *c, const char *what, struct owned *o, size_t n)
{
	char text[UUID_STRLEN];
	struct where w;

	qsort(o, n, sizeof(*o), owned_cmp);
	for (size_t i = 1; i < n; i++) {
		if (memcmp(o[i].key, o[i - 1].key, sizeof(o->key)) != 0)
			continue;
		key_text(what, o[i].key, text);
		c->host = o[i].host;	/* the file's come first */
		config_at(&w, "hosts.%s.%s", o[i].host->head.name, what);
		if (o[i].host == o[i - 1].host)
			config_complain(c, &o[i].host->head, w.s, "%s is named twice", text);
		else
			config_complain(c, &o[i].host->head, w.s, "%s is also hosts.%s's",
			    text, o[i - 1].host->head.name);
	}
	c->host = NULL;
}

static void
check_duplicates(struct check *c)
{
	const struct cfg_top *top = &c->cfg->top;
	size_t n_mac = 0, n_uuid = 0, n_addr = 0, cap = 0;
	struct owned *mac, *uuid, *addr;

	for (size_t i = 0; i < top->n_host; i++)
		cap += top->host[i].n_mac;
	mac = calloc(cap + 1, sizeof(*mac));
	uuid = calloc(top->n_host + 1, sizeof(*uuid));
	addr = calloc(top->n_host + 1, sizeof(*addr));
	if (mac == NULL || uuid == NULL || addr == NULL) {
		c->no_memory = true;
		goto out;
	}
	for (size_t i = 0; i < top->n_host; i++) {
		const struct cfg_host *h = &top->host[i];

		for (size_t k = 0; k < h->n_mac; k++) {
			mac[n_mac].host = h;
			memcpy(mac[n_mac++].key, h->mac[k].b, sizeof(h->mac[k].b));
		}
		if (cfg_has(&h->head, CFG_I_host_uuid)) {
			uuid[n_uuid].host = h;
			memcpy(uuid[n_uuid++].key, h->uuid.b, sizeof(h->uuid.b));
		}
		if (cfg_has(&h->head, CFG_I_host_address)) {
			addr[n_addr].host = h;
			for (unsigned k = 0; k < 4; k++)
				addr[n_addr].key[k] = (uint8_t)(h->address >> (24 - 8 * k));
			n_addr++;
		}
	}
	check_owned(c, "mac", mac, n_mac);
	check_owned(c, "uuid", uuid, n_uuid);
	check_owned(c, "address", addr, n_addr);
out:
	free(mac);
	free(uuid);
	free(addr);
}

/* RFC 1123 section 2.1: letters, digits, hyphens within; labels of 63. */
static bool
is_hostname(const char *s)
{
	static const char ok[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";

	for (;;) {
		size_t n = strspn(s, ok);

		if (n == 0 || n > 63 || s[0] == '-' || s[n - 1] == '-')
			return false;
		if (s[n] == '\0')
			return true;
		if (s[n] != '.')
			return false;
		s += n + 1;
	}
}

static bool
is_all(const uint8_t *p, size_t n, uint8_t b)
{
	while (n > 0 && p[n - 1] == b)
		n--;
	return n == 0;
}

static void
check_place(struct check *c, const struct cfg_host *h, const char *key, const char *id)
{
	uint8_t bytes[255];
	const char *why;
	struct where w;

	if (id != NULL && place_id(id, bytes, &why) < 0)
		config_complain(c, &h->head, config_at(&w, "hosts.%s.%s", h->head.name, key),
		    "%s", why);
}

/* A port is one machine's, and so is an identifier. */
static void
check_places(struct check *c)
{
	const struct cfg_host *a, *b;
	struct place_list *l;
	const char *what;
	struct where w;
	int r;

	if ((r = place_list_new(&c->cfg->top, &l)) < 0) {
		c->no_memory |= r == -ENOMEM;	/* else it was complained of */
		return;
	}
	if (place_twice(l, &a, &b, &what)) {
		if (config_is_kept(c->cfg, a)) {
			const struct cfg_host *file = b;

			b = a;
			a = file;
		}
		c->host = b;
		config_complain(c, &b->head, config_at(&w, "hosts.%s", b->head.name),
		    "cannot be told from hosts.%s: the same %s", a->head.name, what);
		c->host = NULL;
	}
	place_list_free(l);
}

static void
check_host(struct check *c, const struct cfg_host *h)
{
	const struct cfg_dhcp *d = &c->cfg->top.dhcp;
	const char *name = h->head.name;
	const struct cfg_subnet *s;
	char text[UUID_STRLEN], net[NET4_STRLEN];
	struct where w;

	if (h->n_mac == 0 && !cfg_has(&h->head, CFG_I_host_uuid) &&
	    h->client_id == NULL && h->circuit == NULL && h->remote == NULL)
		config_complain(c, &h->head, config_at(&w, "hosts.%s", name),
		    "needs a mac, a uuid, a client-id or a circuit-id to be known by");
	check_place(c, h, "client-id", h->client_id);
	check_place(c, h, "circuit-id", h->circuit);
	check_place(c, h, "remote-id", h->remote);
	for (size_t i = 0; i < h->n_mac; i++)
		if (mac_is_zero(h->mac[i]) || (h->mac[i].b[0] & 1))
			config_complain(c, &h->head, config_at(&w, "hosts.%s.mac", name),
			    "%s is not one machine's address", mac_str(h->mac[i], text));
	/* What firmware says that was never given a UUID. */
	if (cfg_has(&h->head, CFG_I_host_uuid) && (is_all(h->uuid.b, 16, 0) ||
	    is_all(h->uuid.b, 16, 0xff)))
		config_complain(c, &h->head, config_at(&w, "hosts.%s.uuid", name),
		    "%s is not one machine's UUID", uuid_str(&h->uuid, text));
	if (h->hostname != NULL && !is_hostname(h->hostname))
		config_complain(c, &h->head, config_at(&w, "hosts.%s.hostname", name),
		    "\"%.64s\" is not a host name", h->hostname);
	else if (h->hostname == NULL && !is_hostname(name))
		config_complain(c, &h->head, config_at(&w, "hosts.%s", name),
		    "the name is not a host name; give one with hostname");
	/* Without subnets the interface's own is served, unknown as yet. */
	if (!cfg_has(&h->head, CFG_I_host_address) || d->n_subnet == 0)
		return;
	config_at(&w, "hosts.%s.address", name);
	if ((s = config_subnet(c->cfg, h->address)) == NULL)
		config_complain(c, &h->head, w.s, "%s is in none of dhcp.subnets",
		    ip4_str(h->address, text));
	else if (!net4_is_host(s->net, h->address))
		config_complain(c, &h->head, w.s, "%s is not a host's address in %s",
		    ip4_str(h->address, text), net4_str(s->net, net));
}

/* Trees ------------------------------------------------------------------- */

static bool
has_bad_component(const char *path)
{
	while (*path == '/') {
		size_t n = strcspn(++path, "/");

		if (n == 0 || (n == 1 && path[0] == '.') ||
		    (n == 2 && path[0] == '.' && path[1] == '.'))
			return true;
		path += n;
	}
	return false;
}

static bool
is_beneath(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return strncmp(path, dir, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

static void
check_trees(struct check *c)
{
	const struct cfg_top *top = &c->cfg->top;
	struct where w;

	for (size_t i = 0; i < top->n_tree; i++) {
		const struct cfg_tree *t = &top->tree[i];

		config_at(&w, "trees.%s", t->head.name);
		if (t->path == NULL && t->iso == NULL)
			config_complain(c, &t->head, w.s, "path (a directory) or iso "
			    "(an image) is required");
		else if (t->path != NULL && t->iso != NULL)
			config_complain(c, &t->head, w.s, "path and iso exclude each "
			    "other; name one of them in with");
		config_at(&w, "trees.%s.export", t->head.name);
		if (t->export[0] != '/')
			config_complain(c, &t->head, w.s, "must begin with \"/\"");
		else if (has_bad_component(t->export))
			config_complain(c, &t->head, w.s, "must have no \"//\", \".\" or "
			    "\"..\" in it, and no \"/\" at its end");
		else if (is_beneath(t->export, "/.provd"))
			config_complain(c, &t->head, w.s, "/.provd is provd's own");
		for (size_t j = 0; j < i; j++)
			if (strcmp(t->export, top->tree[j].export) == 0)
				config_complain(c, &t->head, w.s, "%.128s is also trees.%s's",
				    t->export, top->tree[j].head.name);
	}
}

/* The rest ---------------------------------------------------------------- */

static void
check_interfaces(struct check *c)
{
	const struct cfg_top *top = &c->cfg->top;

	if (top->n_interface == 0)
		config_complain(c, &top->head, "interface",
		    "name at least one network interface");
	for (size_t i = 0; i < top->n_interface; i++) {
		if (strlen(top->interface[i]) > 15)
			config_complain(c, &top->head, "interface", "%s is too long",
			    top->interface[i]);
		for (size_t j = 0; j < i; j++)
			if (strcmp(top->interface[i], top->interface[j]) == 0)
				config_complain(c, &top->head, "interface",
				    "%s is named twice", top->interface[i]);
	}
}

/* Each on the same addresses: one port cannot be two servers'. */
static void
check_ports(struct check *c)
{
	const struct cfg_top *top = &c->cfg->top;
	const struct {
		const char *key; const struct cfg_head *head; bool on; uint32_t port;
	} udp[] = {
		{ "dhcp.port", &top->dhcp.head, top->dhcp.mode != DHCP_OFF, top->dhcp.port },
		{ "tftp.port", &top->tftp.head, top->tftp.enabled, top->tftp.port },
		{ "nfs.port", &top->nfs.head, top->nfs.enabled, top->nfs.port },
	};

	for (size_t i = 1; i < sizeof(udp) / sizeof(udp[0]); i++)
		for (size_t j = 0; j < i; j++)
			if (udp[i].on && udp[j].on && udp[i].port == udp[j].port)
				config_complain(c, udp[i].head->mark.line > 0 ?
				    udp[i].head : udp[j].head, udp[i].key,
				    "%u is also %s", (unsigned)udp[i].port, udp[j].key);
	if (top->dhcp.mode != DHCP_OFF && top->dhcp.port == 65535)
		config_complain(c, &top->dhcp.head, "dhcp.port",
		    "65535 leaves no port for the clients");
}

static void
check_http(struct check *c)
{
	const struct cfg_http *h = &c->cfg->top.http;

	if ((h->tls.certificate != NULL) != (h->tls.key != NULL))
		config_complain(c, &h->tls.head, "http.tls", "certificate and key go together");
	if (h->tls.certificate != NULL && h->tls.port == h->port)
		config_complain(c, &h->tls.head, "http.tls.port", "%u is also http.port",
		    (unsigned)h->port);
}

static void
check_handover(struct check *c)
{
	const struct cfg_handover_isc *i = &c->cfg->top.handover.isc;

	if ((i->key_name != NULL) != (i->key_file != NULL))
		config_complain(c, &i->head, "handover.isc", "key-name and key-file go together");
	if (i->server == 0 && (i->key_name != NULL || i->key_file != NULL || i->port != 0))
		config_complain(c, &i->head, "handover.isc", "server is required");
	if (c->cfg->top.handover.kea.socket == NULL && c->cfg->top.handover.kea.write)
		config_complain(c, &c->cfg->top.handover.kea.head, "handover.kea", "socket is required");
}

/* Labels are found by their names, and so are hosts by what selectors know. */
static void
check_labels(struct check *c, const struct cfg_host *h)
{
	struct where w;

	for (size_t i = 0; i < h->n_label; i++) {
		const char *key = h->label[i].key;

		config_at(&w, "hosts.%s.labels", h->head.name);
		if (select_is_builtin(key))
			config_complain(c, &h->head, w.s, "%s cannot be a label: "
			    "selectors know a host's %s already", key, key);
		else if (!select_is_key(key))
			config_complain(c, &h->head, w.s, "\"%.64s\" cannot be a label's name: "
			    "a letter, then letters, digits, '.', '_', '-' or '/', at most 63",
			    key);
	}
}

static void
check_power(struct check *c, const struct cfg_head *at, const struct cfg_power *p,
    const char *where)
{
	struct where w;

	if (p->method != NULL && strchr(p->method, '/') == NULL &&
	    (p->method[0] == '.' || strpbrk(p->method, " \t") != NULL))
		config_complain(c, at, config_at(&w, "%s.method", where),
		    "\"%.64s\" is neither wol nor a hook's name nor a path", p->method);
	else if (p->method != NULL && strchr(p->method, '/') != NULL && p->method[0] != '/')
		config_complain(c, at, config_at(&w, "%s.method", where),
		    "a path must begin with \"/\"");
}

/* Who may steer may not run any program, nor send any file elsewhere. */
static void
check_kept_power(struct check *c, const struct cfg_host *h)
{
	const struct cfg_power *p = &h->power;
	struct where w;

	if (cfg_has(&p->head, CFG_I_power_method) && strchr(p->method, '/') != NULL)
		config_complain(c, &h->head, config_at(&w, "hosts.%s.power.method", h->head.name),
		    "a path can be named in the file only");
	if (cfg_has(&p->head, CFG_I_power_password_file))
		config_complain(c, &h->head, config_at(&w, "hosts.%s.power.password-file",
		    h->head.name), "can be named in the file only");
}

static void
check_groups(struct check *c)
{
	const struct cfg_top *top = &c->cfg->top;
	struct where w;

	check_power(c, &top->power.head, &top->power, "power");
	for (size_t i = 0; i < top->n_group; i++)
		check_power(c, &top->group[i].head, &top->group[i].power,
		    config_at(&w, "groups.%s.power", top->group[i].head.name));
}

int
config_check(struct check *c)
{
	const struct cfg_top *top = &c->cfg->top;
	struct where w;

	check_interfaces(c);
	check_option_scopes(c);
	check_ports(c);
	check_subnets(c);
	check_clients(c);
	check_trees(c);
	check_http(c);
	check_remote(c);
	check_handover(c);
	check_groups(c);
	for (size_t i = 0; i < top->n_host; i++) {
		c->host = &top->host[i];
		check_host(c, c->host);
		check_labels(c, c->host);
		if (config_is_kept(c->cfg, c->host))
			check_kept_power(c, c->host);
		if (c->host->power.head.mark.line > 0)
			check_power(c, &c->host->head, &c->host->power,
			    config_at(&w, "hosts.%s.power", c->host->head.name));
	}
	c->host = NULL;
	check_places(c);
	check_duplicates(c);
	if (c->no_memory)
		return -ENOMEM;
	return c->n > 0 ? -EINVAL : 0;
}
