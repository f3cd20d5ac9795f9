/* plan_freebsd_net.c - interfaces, routes, names and time of an installed
 * FreeBSD: lines of files that are read when it starts.  Nothing is configured
 * while it is installed, least of all the interface that carries the root. */
#include "plan_freebsd.h"

#include <stdio.h>
#include <string.h>

/* Interfaces ------------------------------------------------------------------ */

struct net { uint32_t addr, mask; };

static bool
is_ip(const char *s)
{
	uint32_t addr;

	return ip4_parse(s, &addr) == 0;
}

static bool
is_mac(const char *s)
{
	struct mac mac;

	return mac_parse(s, &mac) == 0;
}

static bool
is_mask(uint32_t mask)
{
	return mask != 0 && ((~mask + 1) & ~mask) == 0;
}

static bool
is_words(const char *s)
{
	return check_line(s) && strpbrk(s, "\"'\\$`;&|<>()*?[]{}#") == NULL;
}

static const char *
put_in(struct pb *b, const char *text, const char *iface)
{
	const char *at = strchr(text, '%');

	return at == NULL ? text : pb_str(b, "%.*s%s%s", (int)(at - text), text, iface, at + 1);
}

void
fb_rc_iface(struct pb *b, struct fb_iface i, const char *name, const char *value)
{
	struct pb_conf *c = &b->rc_mac;

	if (*i.name != '\0') {
		fb_rc_conf(b, put_in(b, name, i.name), strchr(name, '%') ? value : put_in(b, value, i.name));
		return;
	}
	if (c->n == PB_CONF_MAX) {
		pb_error(b, b->p->head.mark, "system.network", "more than %u lines of rc.conf", PB_CONF_MAX);
		return;
	}
	c->line[c->n].name = i.mac;
	c->line[c->n++].value = pb_str(b, "%s=%s", name, fb_quoted(b, value));
}

/* "inet A netmask M", and the network that this is. */
static const char *
inet(struct pb *b, uint32_t addr, uint32_t mask)
{
	char a[IP4_STRLEN], m[IP4_STRLEN];

	return pb_str(b, "inet %s netmask %s", ip4_str(addr, a), ip4_str(mask, m));
}

static const char *
alias(struct pb *b, struct cfg_mark at, const char *where, const char *text)
{
	const char *s = pb_expand(b, at, where, text), *slash = strchr(s, '/');
	char one[IP4_STRLEN];
	unsigned len = 32;
	uint32_t addr = 0;
	int end = 0;

	(void)snprintf(one, sizeof(one), "%.*s", (int)strcspn(s, "/"), s);
	if (strcspn(s, "/") >= sizeof(one) || ip4_parse(one, &addr) < 0 || (slash != NULL &&
	    (sscanf(slash, "/%2u%n", &len, &end) != 1 || slash[end] != '\0' || len < 1 || len > 32))) {
		pb_error(b, at, where, "\"%s\" is not an address like 192.0.2.7 or 192.0.2.7/24", s);
		return "";
	}
	return inet(b, addr, UINT32_MAX << (32 - len));
}

static const char *
static_address(struct pb *b, const struct cfg_pr_interface *c, const char *where, struct net *ret)
{
	const char *a = pb_value(b, c->head.mark, where, c->address, is_ip, "an IPv4 address");
	const char *m = pb_value(b, c->head.mark, where, c->netmask, is_ip, "a network mask");

	if (pb_missing(b, c->address, a))
		pb_error(b, c->head.mark, where, "a static interface needs an address");
	if (pb_missing(b, c->netmask, m))
		pb_error(b, c->head.mark, where, "a static interface needs a network mask");
	if (*a == '\0' || *m == '\0')
		return "";
	(void)ip4_parse(a, &ret->addr);
	(void)ip4_parse(m, &ret->mask);
	if (!is_mask(ret->mask))
		pb_error(b, c->head.mark, where, "%s is not a network mask", m);
	return inet(b, ret->addr, ret->mask);
}

static struct fb_iface
which(struct pb *b, const struct cfg_pr_interface *c, size_t no, const char *where)
{
	struct fb_iface i;
	struct mac mac;
	char text[MAC_STRLEN];

	i.name = pb_value(b, c->head.mark, where, c->name, check_iface, "an interface's name");
	i.mac = pb_value(b, c->head.mark, where, c->mac, is_mac, "a MAC address");
	if (*i.name != '\0' && *i.mac != '\0')
		pb_error(b, c->head.mark, where, "an interface is known by its name or by its MAC address, not by both");
	if (*i.name == '\0' && *i.mac == '\0' && no > 0)
		pb_error(b, c->head.mark, where, "which interface? It needs a name or a mac");
	if (*i.mac != '\0' && mac_parse(i.mac, &mac) == 0)
		i.mac = pb_str(b, "%s", mac_str(mac, text));
	else
		i.mac = no == 0 ? b->in->mac : "";
	return i;
}

static void
interface(struct pb *b, size_t no, struct net *ret)
{
	const struct cfg_pr_interface *c = &b->p->system.network.interface[no];
	const char *where = pb_str(b, "system.network.interfaces[%zu]", no), *how, *more;
	struct fb_iface i = which(b, c, no, where);

	how = c->method == NET_STATIC ? static_address(b, c, where, ret) :
	    c->method == NET_DHCP ? "DHCP" : "up";
	more = pb_value(b, c->head.mark, where, c->options, is_words, "words for ifconfig(8)");
	if (c->mtu > 0)
		how = pb_str(b, "%s mtu %u", how, c->mtu);
	if (*more != '\0')
		how = pb_str(b, "%s %s", how, more);
	fb_rc_iface(b, i, "ifconfig_%", how);
	for (size_t k = 0; k < c->n_alias; k++)
		fb_rc_iface(b, i, pb_str(b, "ifconfig_%%_alias%zu", k),
		    alias(b, c->head.mark, where, c->alias[k]));
	more = pb_value(b, c->head.mark, where, c->description, check_line, "one line");
	if (*more != '\0')
		fb_rc_iface(b, i, "ifconfig_%_descr", more);
}

static void
interfaces(struct pb *b, const struct cfg_pr_network *n)
{
	const char *gateway = pb_value(b, n->head.mark, "system.network.gateway", n->gateway,
	    is_ip, "an IPv4 address");
	bool all = true, near = false, some = false;
	uint32_t gw = 0;

	if ((n->iface != NULL && *n->iface != '\0') || n->method != NET_DHCP)
		pb_error(b, n->head.mark, "system.network", "interfaces: say interface, method and address there");
	(void)ip4_parse(gateway, &gw);
	for (size_t i = 0; i < n->n_interface; i++) {
		struct net net = { 0 };

		interface(b, i, &net);
		some |= net.mask != 0;
		all &= net.mask != 0;
		near |= net.mask != 0 && ((gw ^ net.addr) & net.mask) == 0;
	}
	if (some && *gateway != '\0') {
		if (all && !near && !pb_imagined(b, n->gateway))
			pb_error(b, n->head.mark, "system.network.gateway", "%s is in the network of no interface", gateway);
		fb_rc_conf(b, "defaultrouter", gateway);
	}
}

struct fb_iface
fb_first_iface(struct pb *b)
{
	const struct cfg_pr_network *n = &b->p->system.network;
	struct fb_iface i = { "", b->in->mac };
	struct mac mac;
	char text[MAC_STRLEN];

	/* what is wrong with it was said when its own line was made */
	i.name = pb_expand(b, n->head.mark, "system.network", n->n_interface ? n->interface[0].name : n->iface);
	if (n->n_interface > 0 && mac_parse(pb_expand(b, n->head.mark, "system.network", n->interface[0].mac), &mac) == 0)
		i.mac = pb_str(b, "%s", mac_str(mac, text));
	return i;
}

/* Those that the profile knows by their address must be there. */
void
fb_network_look(struct pb *b)
{
	const struct cfg_pr_network *n = &b->p->system.network;
	char text[MAC_STRLEN];
	struct mac mac;

	for (size_t i = 0; i < n->n_interface; i++)
		if (mac_parse(pb_expand(b, n->interface[i].head.mark, "system.network", n->interface[i].mac), &mac) == 0)
			pb_call(b, pb_str(b, "an interface must have the address %s", mac_str(mac, text)),
			    "has_interface $", mac_str(mac, text));
}

static void
search(struct pb *b, const struct cfg_pr_network *n, struct buf *t)
{
	const char *all = "", *s;

	for (size_t i = 0; i < n->n_search; i++) {
		s = pb_value(b, n->head.mark, "system.network.search", n->search[i], check_hostname, "a domain");
		if (*s != '\0')
			all = pb_str(b, "%s %s", all, s);
	}
	if (*all != '\0')
		buf_printf(t, "search%s\n", all);
}

void
fb_network(struct pb *b, const struct pb_system *s)
{
	const struct cfg_pr_network *n = &b->p->system.network;
	struct fb_iface first = { s->iface, b->in->mac };
	struct buf t = { 0 };

	if (n->manager == NET_IFUPDOWN)
		pb_error(b, n->head.mark, "system.network.manager", "ifupdown is for os: linux");
	fb_rc_conf(b, "hostname", s->hostname);
	if (n->n_interface > 0) {
		interfaces(b, n);
	} else if (n->method == NET_STATIC) {
		if (*s->gateway != '\0')
			fb_rc_conf(b, "defaultrouter", s->gateway);
		fb_rc_iface(b, first, "ifconfig_%", pb_str(b, "inet %s netmask %s", s->address, s->netmask));
	} else {
		fb_rc_iface(b, first, "ifconfig_%", "DHCP");
	}
	search(b, n, &t);
	pb_resolv_conf(b, s, &t);
}

/* Time --------------------------------------------------------------------------- */

static void
ntp_conf(struct pb *b, const char *servers)
{
	struct buf t = { 0 };
	size_t len;

	for (const char *s = servers; *s != '\0'; s += len) {
		s += *s == ' ';
		len = strcspn(s, " ");
		buf_printf(&t, "server %.*s iburst\n", (int)len, s);
	}
	buf_puts(&t, "restrict default nomodify notrap nopeer noquery\nrestrict 127.0.0.1\n");
	if (fb_major(b) == 0 || fb_major(b) >= 11)	/* ntpd 4.2.8 */
		buf_puts(&t, "restrict source nomodify notrap noquery\nrestrict ::1\n"
		    "leapfile \"/var/db/ntpd.leap-seconds.list\"\n");
	pb_file(b, MNT "/etc/ntp.conf", 0644, pb_keep(b, &t));
}

void
fb_ntp(struct pb *b)
{
	const struct cfg_pr_ntp *n = &b->p->system.ntp;
	const char *all = "", *s;

	for (size_t i = 0; i < n->n_server; i++) {
		s = pb_value(b, n->head.mark, "system.ntp.servers", n->server[i], check_hostname, "a host's name or address");
		if (*s != '\0')
			all = pb_str(b, "%s%s%s", all, *all ? " " : "", s);
	}
	if (n->ntpdate) {
		fb_rc_conf(b, "ntpdate_enable", "YES");
		/* ntpdate_hosts came with 7.0; without either it takes what ntp.conf has */
		if (*all != '\0' && fb_major(b) > 0 && fb_major(b) < 7)
			fb_rc_conf(b, "ntpdate_flags", pb_str(b, "-b %s", all));
		else if (*all != '\0')
			fb_rc_conf(b, "ntpdate_hosts", all);
	}
	if (n->ntpd) {
		/* before 5.0 it was called xntpd */
		bool old = fb_major(b) > 0 && fb_major(b) < 5;

		fb_rc_conf(b, old ? "xntpd_enable" : "ntpd_enable", "YES");
		if (!old)
			fb_rc_conf(b, "ntpd_sync_on_start", "YES");
	}
	if (*all != '\0' && n->ntpd)
		ntp_conf(b, all);
	if (*all != '\0' && !n->ntpd && !n->ntpdate)
		pb_error(b, n->head.mark, "system.ntp", "servers for nobody: neither ntpd nor ntpdate is to run");
}
