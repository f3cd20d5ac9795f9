/* dnsmasq.c - dnsmasq.conf: each line and what becomes of it. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dnsmasq.h"
#include "isc_match.h"

#define ENTRIES_MAX	4096u

static void	parse(struct import *, void *, const char *, const char *, size_t);

void
dnsmasq_left(struct dnsmasq *d, const char *fmt, ...)
{
	char why[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	imp_left(d->imp, d->at, d->line, "%s", why);
}

size_t
dnsmasq_args(struct dnsmasq *d, char *value, char *ret[DNSMASQ_ARGS])
{
	size_t n = 0;

	for (char *s = value; s != NULL;) {
		char *comma = NULL, *end;
		bool quoted = false;

		for (char *p = s; *p != '\0' && comma == NULL; p++)
			if (*p == '"')
				quoted = !quoted;
			else if (*p == ',' && !quoted)
				comma = p;
		if (comma != NULL)
			*comma = '\0';
		s += strspn(s, " \t");
		for (end = s + strlen(s); end > s && (end[-1] == ' ' || end[-1] == '\t'); end--)
			end[-1] = '\0';
		if (n == DNSMASQ_ARGS) {
			dnsmasq_left(d, "what is behind the %d. comma", DNSMASQ_ARGS);
			break;
		}
		ret[n++] = s;
		s = comma != NULL ? comma + 1 : NULL;
	}
	return n;
}

char *
dnsmasq_unquote(char *s)
{
	size_t n = strlen(s);

	if (n >= 2 && s[0] == '"' && s[n - 1] == '"') {
		s[n - 1] = '\0';
		s++;
	}
	return s;
}

struct dnsmasq_entry *
dnsmasq_entry(struct dnsmasq *d)
{
	struct dnsmasq_entry *e = imp_alloc(d->imp, sizeof(*e));

	e->at = d->at;
	e->what = d->line;
	if (d->n_entry == ENTRIES_MAX) {
		dnsmasq_left(d, "is one option too many");
		return e;		/* and is never looked at */
	}
	d->n_entry++;
	*d->entry_end = e;
	d->entry_end = &e->next;
	return e;
}

bool
dnsmasq_entry_tag(struct dnsmasq *d, struct dnsmasq_entry *e, char *arg)
{
	const char *name = arg + 4;

	/* Tags were called net: once. */
	if (strncmp(arg, "tag:", 4) != 0 && strncmp(arg, "net:", 4) != 0)
		return false;
	if (*name == '!' || *name == '#')
		imp_push(d->imp, &e->no, name + 1);
	else
		imp_push(d->imp, &e->tag, name);
	return true;
}

struct imp_option *
dnsmasq_give(struct dnsmasq *d, struct dnsmasq_entry *e, const char *option)
{
	struct imp_option *o = imp_alloc(d->imp, sizeof(*o)), **end = &e->opt;

	o->name = option;
	o->at = d->at;
	while (*end != NULL)
		end = &(*end)->next;
	*end = o;
	return o;
}

struct dnsmasq_tag *
dnsmasq_tag(struct dnsmasq *d, const char *name)
{
	struct dnsmasq_tag *t;

	for (t = d->tag; t != NULL; t = t->next)
		if (strcmp(t->name, name) == 0)
			return t;
	if (d->n_tag++ >= 1024)
		return NULL;
	t = imp_alloc(d->imp, sizeof(*t));
	t->name = name;
	t->at = d->at;
	t->next = d->tag;
	d->tag = t;
	return t;
}

static bool
same_alt(const struct imp_alt *a, const struct imp_alt *b)
{
	for (size_t k = 0; k < IMP_N_CRIT; k++)
		if ((a->v[k] == NULL) != (b->v[k] == NULL) ||
		    (a->v[k] != NULL && strcmp(a->v[k], b->v[k]) != 0))
			return false;
	return true;
}

void
dnsmasq_tag_alt(struct dnsmasq *d, const char *tag, const struct imp_alt *alt)
{
	struct dnsmasq_tag *t = dnsmasq_tag(d, tag);

	if (t == NULL || t->n_alt == IMP_ALTS_MAX) {
		dnsmasq_left(d, "there are too many tags");
		return;
	}
	for (size_t i = 0; i < t->n_alt; i++)	/* once is enough */
		if (same_alt(&t->alt[i], alt))
			return;
	if (t->alt == NULL)
		t->alt = imp_alloc(d->imp, IMP_ALTS_MAX * sizeof(*t->alt));
	t->alt[t->n_alt++] = *alt;
}

const char *
dnsmasq_time(struct dnsmasq *d, const char *s)
{
	char *end;
	unsigned long long v = strtoull(s, &end, 10);

	if (strcmp(s, "infinite") == 0)
		return s;
	if (end == s || (*end != '\0' && end[1] != '\0') || *s < '0' || *s > '9')
		return NULL;
	switch (*end) {
	case 'w':
		v *= 7;		/* FALLTHROUGH */
	case 'd':
		v *= 24;	/* FALLTHROUGH */
	case 'h':
		v *= 60;	/* FALLTHROUGH */
	case 'm':
		v *= 60;	/* FALLTHROUGH */
	case 's':
	case '\0':
		break;
	default:
		return NULL;
	}
	/* dnsmasq's shortest is two minutes. */
	return v > 4294967294 ? NULL : imp_fmt(d->imp, "%llu", v < 120 ? 120 : v);
}

/* Lines ------------------------------------------------------------------------------- */

static void
interface(struct dnsmasq *d, char *value)
{
	char *arg[DNSMASQ_ARGS];
	size_t n = dnsmasq_args(d, value, arg);

	for (size_t i = 0; i < n; i++)
		imp_interface(d->imp, arg[i], d->at);
}

static void
tftp_root(struct dnsmasq *d, char *value)
{
	char *comma = strchr(value, ',');

	if (comma != NULL) {
		*comma = '\0';
		dnsmasq_left(d, "provd serves one directory on all interfaces");
	}
	d->tftp_root = value;
}

static void
ignore(struct dnsmasq *d, char *value)
{
	if (strcmp(value, "tag:!known") == 0 || strcmp(value, "#known") == 0 ||
	    strcmp(value, "!known") == 0)
		d->imp->top.mode = "reservation";
	else
		dnsmasq_left(d, "provd ignores nobody by tag");
}

static void
domain(struct dnsmasq *d, char *value)
{
	struct dnsmasq_entry *e;
	char *arg[DNSMASQ_ARGS];
	size_t n = dnsmasq_args(d, value, arg);

	if (n > 1)
		dnsmasq_left(d, "provd says a domain by subnet: its option domain-name");
	if (n != 1 || strcmp(arg[0], "#") == 0 || arg[0][0] == '\0')
		return;
	e = dnsmasq_entry(d);
	imp_push(d->imp, &dnsmasq_give(d, e, "domain-name")->v, arg[0]);
}

static void
include(struct dnsmasq *d, char *value, bool dir)
{
	imp_include(d->imp, d->at, value, dir, parse, d);
}

/* Lines with tags of requests: set:TAG and a value. */
static void
set_by(struct dnsmasq *d, char *value, enum imp_crit crit)
{
	char *arg[DNSMASQ_ARGS];
	size_t n = dnsmasq_args(d, value, arg);
	struct imp_alt alt = { 0 };
	char *v = n > 1 ? dnsmasq_unquote(arg[n - 1]) : NULL;

	if (n != 2 || *v == '\0') {
		dnsmasq_left(d, n == 3 ? "provd does not look at enterprise numbers" : "sets no tag");
		return;
	}
	if (crit == IMP_MAC_PREFIX) {
		/* 00:60:8C:*:*:* */
		char *star = strstr(v, ":*"), *dash = strchr(v, '-');

		if (dash != NULL || (star != NULL && strspn(star, ":*") != strlen(star))) {
			dnsmasq_left(d, "provd compares Ethernet addresses from the beginning");
			return;
		}
		if (star != NULL)
			*star = '\0';
	} else if (crit == IMP_VENDOR_CLASS || crit == IMP_USER_CLASS) {
		imp_tell(d->imp, d->at, d->line, "provd %s",
		    crit == IMP_VENDOR_CLASS ? "compares from the beginning" : "compares the whole");
	}
	alt.v[crit] = v;
	dnsmasq_tag_alt(d, strncmp(arg[0], "set:", 4) == 0 ? arg[0] + 4 : arg[0], &alt);
}

/* set:NEW,tag:A,tag:B: for who has both; the lines of one NEW are alternatives. */
static void
tag_if(struct dnsmasq *d, char *value)
{
	struct dnsmasq_entry e = { 0 };
	char *arg[DNSMASQ_ARGS];
	size_t n = dnsmasq_args(d, value, arg), n_set = 0;
	struct imp_alt none = { 0 }, *alt = &none;
	size_t n_alt = 1;

	for (size_t i = 0; i < n; i++)
		if (!dnsmasq_entry_tag(d, &e, arg[i]) && strncmp(arg[i], "set:", 4) != 0) {
			dnsmasq_left(d, "cannot be read");
			return;
		}
	for (size_t i = 0; i < e.tag.n; i++) {
		const struct dnsmasq_tag *t = dnsmasq_tag(d, e.tag.v[i]);

		if (t == NULL || t->n_alt == 0 ||
		    !isc_both(d->imp, alt, n_alt, t->alt, t->n_alt, &alt, &n_alt)) {
			dnsmasq_left(d, "no class of provd stands for the tag %.60s", e.tag.v[i]);
			return;
		}
	}
	if (e.no.n > 0 || e.tag.n == 0) {
		dnsmasq_left(d, "provd's classes have no \"not\"");
		return;
	}
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; strncmp(arg[i], "set:", 4) == 0 && k < n_alt; k++, n_set++)
			dnsmasq_tag_alt(d, arg[i] + 4, &alt[k]);
	if (n_set == 0)
		dnsmasq_left(d, "sets no tag that a machine could have");
}

/* Why a line has no counterpart; "x-*" is a prefix. */
static const char dns[] = "provd answers no DNS", v6[] = "provd serves IPv4 only",
    log_own[] = "provd logs to standard error", run[] = "provd runs no programs for leases",
    as_is[] = "";
static const struct { const char *key, *why; } reasons[] = {
	{ "no-resolv", dns }, { "resolv-file", dns }, { "server", dns }, { "rev-server", dns },
	{ "local", dns }, { "address", dns }, { "domain-needed", dns }, { "bogus-priv", dns },
	{ "filterwin2k", dns }, { "strict-order", dns }, { "no-poll", dns }, { "no-hosts", dns },
	{ "addn-hosts", dns }, { "hostsdir", dns }, { "expand-hosts", dns }, { "cache-size", dns },
	{ "no-negcache", dns }, { "local-ttl", dns }, { "neg-ttl", dns }, { "max-ttl", dns },
	{ "bogus-nxdomain", dns }, { "alias", dns }, { "mx-*", dns }, { "srv-host", dns },
	{ "ptr-record", dns }, { "txt-record", dns }, { "cname", dns }, { "host-record", dns },
	{ "naptr-record", dns }, { "caa-record", dns }, { "interface-name", dns },
	{ "localmx", dns }, { "selfmx", dns }, { "localise-queries", dns }, { "all-servers", dns },
	{ "stop-dns-rebind", dns }, { "rebind-*", dns }, { "dns*", dns }, { "log-queries", dns },
	{ "auth-*", dns }, { "edns-packet-max", dns }, { "trust-anchor", dns }, { "ipset", dns },
	{ "nftset", dns }, { "query-port", dns }, { "min-port", dns }, { "max-port", dns },
	{ "proxy-dnssec", dns }, { "add-*", dns }, { "filter-*", dns }, { "dynamic-host", dns },
	{ "synth-domain", dns }, { "min-cache-ttl", dns }, { "max-cache-ttl", dns },
	{ "fast-dns-retry", dns }, { "use-stale-cache", dns }, { "servers-file", dns },
	{ "no-round-robin", dns }, { "conntrack", dns }, { "nameserver*", dns }, { "clear-on-reload", dns },
	{ "enable-ra", v6 }, { "ra-param", v6 }, { "dhcp-duid", v6 }, { "quiet-ra", v6 },
	{ "log-*", log_own }, { "quiet-*", log_own },
	{ "dhcp-script", run }, { "dhcp-luascript", run }, { "dhcp-scriptuser", run },
	{ "leasefile-ro", run }, { "script-*", run },
	{ "dhcp-leasefile", "provd keeps leases below its state directory" },
	{ "dhcp-lease-max", "provd's leases are limited by its ranges" },
	{ "dhcp-hostsfile", "a file of its own format: give its lines as dhcp-host=" },
	{ "dhcp-hostsdir", "a file of its own format: give its lines as dhcp-host=" },
	{ "dhcp-optsfile", "a file of its own format: give its lines as dhcp-option=" },
	{ "dhcp-optsdir", "a file of its own format: give its lines as dhcp-option=" },
	{ "read-ethers", "/etc/ethers is not read" },
	{ "pxe-prompt", "see dhcp.pxe-menu, for mode proxy" },
	{ "user", "provd says its user with user:" }, { "group", "provd says its user with user:" },
	{ "pid-file", "provd does not go to the background" },
	{ "keep-in-foreground", as_is }, { "no-daemon", as_is },
	{ "dhcp-authoritative", as_is }, { "dhcp-fqdn", dns }, { "dhcp-client-update", dns },
	{ "bind-interfaces", as_is }, { "bind-dynamic", as_is }, { "tftp-no-fail", as_is },
	{ "dhcp-ignore-names", "provd keeps what a client calls itself for show only" },
	{ "dhcp-generate-names", "provd makes no names for clients" },
	{ "dhcp-option-pxe", "provd's options are the same for all that boots" },
	{ "dhcp-sequential-ip", "provd gives addresses in an order of its own" },
	{ "dhcp-relay", "provd is a server, not a relay" },
	{ "dhcp-proxy", "provd believes the relays that it is told to serve" },
	{ "dhcp-bridge*", "provd names interfaces one by one" },
	{ "listen-address", "provd names interfaces, not addresses" },
	{ "except-interface", "provd serves what interface: names, and nothing else" },
	{ "no-dhcp-interface", "provd serves what interface: names, and nothing else" },
	{ "no-dhcpv4-interface", "provd serves what interface: names, and nothing else" },
	{ "dhcp-rapid-commit", "an answer at once would be none that is on disk" },
	{ "dhcp-ignore-clid", as_is },
	{ "tftp-secure", "provd serves what its user may read" },
	{ "tftp-unique-root", "provd gives each host its own files by its installation" },
	{ "tftp-lowercase", "provd takes names as they are" },
	{ "tftp-max", "see tftp.max-transfers" }, { "tftp-mtu", "see tftp.max-blksize" },
	{ "tftp-no-blocksize", "see tftp.max-blksize" },
	{ "tftp-port-range", "provd's TFTP uses ports of the system" },
	{ "tftp-single-port", "provd's TFTP uses ports of the system" },
};

static void
no_counterpart(struct dnsmasq *d, const char *key)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		size_t n = strlen(reasons[i].key);
		bool prefix = reasons[i].key[n - 1] == '*';

		if (prefix ? strncmp(key, reasons[i].key, n - 1) != 0 : strcmp(key, reasons[i].key) != 0)
			continue;
		if (reasons[i].why[0] != '\0')
			dnsmasq_left(d, "%s", reasons[i].why);
		return;
	}
	dnsmasq_left(d, "provd has nothing like it");
}

static void
one_line(struct dnsmasq *d, const char *key, char *v)
{
	struct import *imp = d->imp;

	if (strcmp(key, "interface") == 0)
		interface(d, v);
	else if (strcmp(key, "dhcp-range") == 0)
		dnsmasq_range(d, v);
	else if (strcmp(key, "dhcp-host") == 0)
		dnsmasq_host(d, v);
	else if (strcmp(key, "dhcp-option") == 0 || strcmp(key, "dhcp-option-force") == 0)
		dnsmasq_option(d, v, strcmp(key, "dhcp-option") != 0);
	else if (strcmp(key, "dhcp-boot") == 0)
		dnsmasq_boot(d, v);
	else if (strcmp(key, "pxe-service") == 0)
		dnsmasq_pxe_service(d, v);
	else if (strcmp(key, "dhcp-match") == 0)
		dnsmasq_match(d, v);
	else if (strcmp(key, "dhcp-vendorclass") == 0)
		set_by(d, v, IMP_VENDOR_CLASS);
	else if (strcmp(key, "dhcp-userclass") == 0)
		set_by(d, v, IMP_USER_CLASS);
	else if (strcmp(key, "dhcp-mac") == 0)
		set_by(d, v, IMP_MAC_PREFIX);
	else if (strcmp(key, "dhcp-circuitid") == 0)
		set_by(d, v, IMP_CIRCUIT_ID);
	else if (strcmp(key, "dhcp-remoteid") == 0)
		set_by(d, v, IMP_REMOTE_ID);
	else if (strcmp(key, "tag-if") == 0)
		tag_if(d, v);
	else if (strcmp(key, "dhcp-ignore") == 0)
		ignore(d, v);
	else if (strcmp(key, "domain") == 0)
		domain(d, v);
	else if (strcmp(key, "enable-tftp") == 0)
		d->tftp = true;
	else if (strcmp(key, "tftp-root") == 0)
		tftp_root(d, v);
	else if (strcmp(key, "no-ping") == 0)
		imp_dhcp(imp, "conflict-check", "off", d->at);
	else if (strcmp(key, "bootp-dynamic") == 0 && *v == '\0')
		imp_dhcp(imp, "dynamic-bootp", "yes", d->at);
	else if (strcmp(key, "conf-file") == 0)
		include(d, v, false);
	else if (strcmp(key, "conf-dir") == 0)
		include(d, v, true);
	else if (strcmp(key, "port") == 0 && strcmp(v, "0") == 0)
		d->no_dns = true;
	else if (strcmp(key, "port") == 0)
		dnsmasq_left(d, "%s", dns);
	else
		no_counterpart(d, key);
}

static void
parse(struct import *imp, void *arg, const char *file, const char *text, size_t len)
{
	struct dnsmasq *d = arg;
	struct lines l;
	char *s;

	lines_begin(&l, imp, file, text, len, 0);
	while (lines_next(&l, &s)) {
		char *eq = strchr(s, '='), *end;
		char none[1] = "";

		d->at = l.at;
		d->line = imp_strn(imp, s, strlen(s) < 120 ? strlen(s) : 120);
		if (strncmp(s, "--", 2) == 0)
			s += 2;
		if (eq != NULL) {
			*eq++ = '\0';
			eq += strspn(eq, " \t");
		}
		for (end = s + strlen(s); end > s && (end[-1] == ' ' || end[-1] == '\t'); end--)
			end[-1] = '\0';
		one_line(d, s, eq != NULL ? eq : none);
	}
}

void
imp_dnsmasq(struct import *imp, const char *file, const char *text, size_t len)
{
	struct dnsmasq *d = imp_alloc(imp, sizeof(*d));
	struct imp_place here = { file, 0 };
	struct imp_tree *t;

	d->imp = imp;
	d->entry_end = &d->entry;
	parse(imp, d, file, text, len);
	d->at = here;
	if (imp->subnet.first != NULL || d->entry != NULL || d->n_host > 0)
		imp->has_dhcp = true;
	dnsmasq_resolve(d);
	if (imp->has_dhcp && imp_option_get(&imp->top, "default-lease-time") == NULL)
		imp_option1(imp, &imp->top, "default-lease-time", "1h", here);
	if (d->tftp && d->tftp_root != NULL && imp_path_ok(d->tftp_root)) {
		t = imp_tree(imp, d->tftp_root, here);
		t->export = t->export != NULL ? t->export : t->path;
		t->clients = "any";
		imp->tftp_root = t->path;
	} else if (d->tftp) {
		imp_left(imp, here, "enable-tftp", "provd serves the directory that tftp-root names");
	}
	/* What dnsmasq says though nobody told it. */
	if (d->has_range && !d->no_router)
		imp_left(imp, d->range_at, "routers", "dnsmasq gives its own address; say routers:");
	if (d->has_range && !d->no_dns && !d->no_dns_option)
		imp_left(imp, d->range_at, "domain-name-servers",
		    "dnsmasq gives its own address; say domain-name-servers:");
}
