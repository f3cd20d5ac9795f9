/* dnsmasq_opt.c - dnsmasq.conf: dhcp-option, dhcp-boot, dhcp-match, pxe-service. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "dnsmasq.h"

/* What dnsmasq calls options otherwise than the field. */
static const struct { const char *name; int code; } names[] = {
	{ "netmask", 1 }, { "router", 3 }, { "dns-server", 6 }, { "log-server", 7 },
	{ "lpr-server", 9 }, { "hostname", 12 }, { "boot-file-size", 13 }, { "extension-path", 18 },
	{ "ip-forward-enable", 19 }, { "max-datagram-reassembly", 22 }, { "default-ttl", 23 },
	{ "mtu", 26 }, { "broadcast", 28 }, { "router-solicitation", 32 }, { "static-route", 33 },
	{ "trailer-encapsulation", 34 }, { "arp-timeout", 35 }, { "ethernet-encap", 36 },
	{ "tcp-ttl", 37 }, { "tcp-keepalive", 38 }, { "nis-server", 41 }, { "ntp-server", 42 },
	{ "vendor-encap", 43 }, { "netbios-ns", 44 }, { "netbios-dd", 45 }, { "netbios-nodetype", 46 },
	{ "x-windows-fs", 48 }, { "x-windows-dm", 49 }, { "requested-address", 50 },
	{ "lease-time", 51 }, { "server-identifier", 54 }, { "T1", 58 }, { "T2", 59 },
	{ "vendor-class", 60 }, { "client-id", 61 }, { "nis+-domain", 64 }, { "nis+-server", 65 },
	{ "tftp-server", 66 }, { "mobile-ip-home", 68 }, { "pop3-server", 70 },
	{ "FQDN", 81 }, { "agent-id", 82 }, { "client-arch", 93 }, { "client-interface-id", 94 },
	{ "client-machine-id", 97 }, { "posix-timezone", 100 }, { "tzdb-timezone", 101 },
	{ "ipv6-only", 108 }, { "subnet-select", 118 }, { "sip-server", 120 },
	{ "classless-static-route", 121 }, { "vendor-id-encap", 125 }, { "tftp-server-address", 150 },
};

int
dnsmasq_option_code(const char *a)
{
	struct dhcp_opt_def def;
	char *end;
	long v;

	if (strncmp(a, "option:", 7) == 0) {
		a += 7;
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (strcasecmp(a, names[i].name) == 0)
				return names[i].code;
		if (dhcp_opt_find(NULL, a, &def) == 0 && def.space == DHCP_SPACE_DHCP)
			return def.code;
		/* A number may follow as well. */
	}
	v = strtol(a, &end, 10);
	return *a >= '0' && *a <= '9' && *end == '\0' && v > 0 && v < 255 ? (int)v : -1;
}

/* Values ----------------------------------------------------------------------------------- */

static void
hex(struct import *imp, const char **text, const void *bytes, size_t n)
{
	const unsigned char *b = bytes;

	for (size_t i = 0; i < n; i++)
		*text = imp_fmt(imp, "%s%s%02x", *text, **text != '\0' ? ":" : "", b[i]);
}

/* Bytes as dnsmasq makes them of a value it has no type for: addresses, hex,
 * a number in as few bytes as hold it, text. */
static const char *
guess(struct dnsmasq *d, char *const *v, size_t n)
{
	const char *out = "";

	for (size_t i = 0; i < n && strlen(out) < 700; i++) {
		const char *s = v[i];
		char *end;
		uint32_t a;
		unsigned long num = strtoul(s, &end, 10);
		size_t len = strlen(s);

		if (ip4_parse(s, &a) == 0) {
			unsigned char b[4] = { (unsigned char)(a >> 24), (unsigned char)(a >> 16),
			    (unsigned char)(a >> 8), (unsigned char)a };

			hex(d->imp, &out, b, 4);
		} else if (strchr(s, ':') != NULL && strspn(s, "0123456789abcdefABCDEF:") == len &&
		    s[0] != ':' && s[len - 1] != ':' && strstr(s, "::") == NULL) {
			out = imp_fmt(d->imp, "%s%s%s", out, *out != '\0' ? ":" : "", s);
		} else if (*s >= '0' && *s <= '9' && (*end == '\0' || (strchr("bsi", *end) != NULL && end[1] == '\0'))) {
			size_t width = *end == 'b' ? 1 : *end == 's' ? 2 : *end == 'i' ? 4 :
			    num < 256 ? 1 : num < 65536 ? 2 : 4;
			unsigned char b[4] = { (unsigned char)(num >> 24), (unsigned char)(num >> 16),
			    (unsigned char)(num >> 8), (unsigned char)num };

			hex(d->imp, &out, b + 4 - width, width);
		} else if (len > 2 && s[0] == '"' && s[len - 1] == '"') {
			hex(d->imp, &out, s + 1, len - 2);
		} else {
			hex(d->imp, &out, s, len);
		}
	}
	return out;
}

static const char *
unquote(struct import *imp, const char *s)
{
	size_t n = strlen(s);

	return n >= 2 && s[0] == '"' && s[n - 1] == '"' ? imp_strn(imp, s + 1, n - 2) : s;
}

/* As dnsmasq writes them: 0 and 1 for no and yes, 43b for a number of one byte. */
static const char *
word_of(struct import *imp, const char *s, const char *fmt)
{
	size_t n = strlen(s);

	if (fmt[0] == 'f')
		return strcmp(s, "0") == 0 ? "no" : strcmp(s, "1") == 0 ? "yes" : s;
	if (strchr("BSLbsl", fmt[0]) != NULL && n > 1 && strspn(s, "0123456789") == n - 1 &&
	    strchr("bsi", s[n - 1]) != NULL)
		return imp_strn(imp, s, n - 1);
	return s;
}

static void
known_values(struct dnsmasq *d, struct imp_option *o, const struct dhcp_opt_def *def,
    char *const *v, size_t n)
{
	const char *all = "";

	if (strchr("XxE", def->fmt[0]) != NULL) {
		imp_push(d->imp, &o->v, guess(d, v, n));
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const char *s = unquote(d->imp, v[i]);

		/* A comma in a text is a comma. */
		if (strcmp(def->fmt, "t") == 0)
			all = imp_fmt(d->imp, "%s%s%s", all, i > 0 ? "," : "", s);
		else
			imp_push(d->imp, &o->v, word_of(d->imp, s, def->fmt));
	}
	if (strcmp(def->fmt, "t") == 0)
		imp_push(d->imp, &o->v, all);
}

static bool
is_self(char *const *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(v[i], "0.0.0.0") == 0)
			return true;
	return false;
}

static void
one_option(struct dnsmasq *d, struct dnsmasq_entry *e, uint8_t space, const char *key,
    char *const *v, size_t n, bool always)
{
	int code = dnsmasq_option_code(key);
	const struct dhcp_opt_def *def;
	char name[DHCP_OPT_NAME];
	struct imp_option *o;

	if (code < 0) {
		dnsmasq_left(d, strncmp(key, "option6:", 8) == 0 ? "provd serves IPv4 only" :
		    "provd knows no option of this name");
		return;
	}
	if (space == DHCP_SPACE_DHCP && e->tag.n == 0) {
		d->no_router = d->no_router || code == 3;
		d->no_dns_option = d->no_dns_option || code == 6;
	}
	if (n == 0)
		return;			/* not to be sent: provd does not */
	if (is_self(v, n)) {
		dnsmasq_left(d, "0.0.0.0 stands for dnsmasq's own address; say the address");
		return;
	}
	def = dhcp_opt_by_code(NULL, space, (uint8_t)code);
	if (space == DHCP_SPACE_DHCP && code == 67)
		o = dnsmasq_give(d, e, "filename");
	else
		o = dnsmasq_give(d, e, imp_fmt(d->imp, "%s", dhcp_opt_name(NULL, space, (uint8_t)code, name)));
	if (def != NULL)
		known_values(d, o, def, v, n);
	else
		imp_push(d->imp, &o->v, guess(d, v, n));
	if (always) {
		const char *what = o->name;

		o = dnsmasq_give(d, e, "always-send");
		imp_push(d->imp, &o->v, what);
	}
}

/* vendor:CLASS,N,VALUE: a space of provd is a vendor class's beginning. */
static uint8_t
vendor(struct dnsmasq *d, const char *class)
{
	if (strcmp(class, "PXEClient") == 0 || *class == '\0')
		return DHCP_SPACE_PXE;
	dnsmasq_left(d, "options of the vendor class \"%.60s\": define them with option-definitions", class);
	return DHCP_SPACES;
}

void
dnsmasq_option(struct dnsmasq *d, char *value, bool always)
{
	struct dnsmasq_entry *e = dnsmasq_entry(d);
	char *arg[DNSMASQ_ARGS];
	size_t n = dnsmasq_args(d, value, arg), i = 0;
	uint8_t space = DHCP_SPACE_DHCP;

	for (; i < n; i++) {
		if (dnsmasq_entry_tag(d, e, arg[i]))
			continue;
		if (strncmp(arg[i], "vendor:", 7) == 0) {
			if ((space = vendor(d, arg[i] + 7)) == DHCP_SPACES)
				return;
		} else if (strcmp(arg[i], "encap:175") == 0) {
			space = DHCP_SPACE_IPXE;
		} else if (strncmp(arg[i], "encap:", 6) == 0 || strncmp(arg[i], "vi-encap:", 9) == 0) {
			dnsmasq_left(d, "define a space for it with option-definitions");
			return;
		} else
			break;
	}
	/* An old way: a tag without "tag:" before the number. */
	if (n - i > 1 && dnsmasq_option_code(arg[i]) < 0 && strncmp(arg[i], "option", 6) != 0)
		imp_push(d->imp, &e->tag, arg[i++]);
	if (i == n)
		dnsmasq_left(d, "names no option");
	else
		one_option(d, e, space, arg[i], arg + i + 1, n - i - 1, always);
}

/* FILE[,SERVER NAME[,ADDRESS]] */
void
dnsmasq_boot(struct dnsmasq *d, char *value)
{
	struct dnsmasq_entry *e = dnsmasq_entry(d);
	char *arg[DNSMASQ_ARGS];
	size_t n = dnsmasq_args(d, value, arg), i = 0;
	uint32_t a;

	while (i < n && dnsmasq_entry_tag(d, e, arg[i]))
		i++;
	if (i < n && *arg[i] != '\0')
		imp_push(d->imp, &dnsmasq_give(d, e, "filename")->v, unquote(d->imp, arg[i]));
	if (i + 1 < n && *arg[i + 1] != '\0')
		imp_push(d->imp, &dnsmasq_give(d, e, "server-name")->v, unquote(d->imp, arg[i + 1]));
	if (i + 2 < n && ip4_parse(arg[i + 2], &a) == 0)
		imp_push(d->imp, &dnsmasq_give(d, e, "next-server")->v, arg[i + 2]);
	else if (i + 2 < n && *arg[i + 2] != '\0')
		dnsmasq_left(d, "provd wants the address of \"%.60s\"", arg[i + 2]);
}

/* pxe-service=[tag:..,]CSA,TEXT[,NAME|TYPE[,SERVER]] */
void
dnsmasq_pxe_service(struct dnsmasq *d, char *value)
{
	static const struct { const char *csa, *arch; } archs[] = {
		{ "x86PC", "0" }, { "PC98", "1" }, { "IA64_EFI", "2" }, { "Alpha", "3" },
		{ "Arc_x86", "4" }, { "Intel_Lean_Client", "5" }, { "IA32_EFI", "6" },
		{ "x86-64_EFI", "9" }, { "Xscale_EFI", "8" }, { "BC_EFI", "7" },
		{ "ARM32_EFI", "10" }, { "ARM64_EFI", "11" },
	};
	struct dnsmasq_entry *e = dnsmasq_entry(d);
	char *arg[DNSMASQ_ARGS];
	size_t n = dnsmasq_args(d, value, arg), i = 0, k;
	struct imp_alt alt = { 0 };
	const char *tag, *name, *dot;
	uint32_t a;

	while (i < n && dnsmasq_entry_tag(d, e, arg[i]))
		i++;
	for (k = 0; i < n && k < sizeof(archs) / sizeof(archs[0]); k++)
		if (strcasecmp(arg[i], archs[k].csa) == 0)
			break;
	if (i >= n || k == sizeof(archs) / sizeof(archs[0])) {
		dnsmasq_left(d, "names no kind of firmware");
		return;
	}
	if (i + 2 >= n || strspn(arg[i + 2], "0123456789") == strlen(arg[i + 2])) {
		dnsmasq_left(d, "provd sends its hosts to the disk by itself; a menu: dhcp.pxe-menu");
		return;
	}
	tag = imp_fmt(d->imp, "pxe-%s", archs[k].csa);
	if (dnsmasq_tag(d, tag) != NULL && dnsmasq_tag(d, tag)->n_alt > 0) {
		dnsmasq_left(d, "provd's menu has one item for each firmware");
		return;
	}
	name = unquote(d->imp, arg[i + 2]);
	alt.v[IMP_ARCH] = archs[k].arch;
	alt.v[IMP_VENDOR_CLASS] = "PXEClient";
	dnsmasq_tag_alt(d, tag, &alt);
	imp_push(d->imp, &e->tag, tag);
	dot = strrchr(name, '.');
	/* The layer is dnsmasq's to say, but for a URL and what has an ending. */
	imp_push(d->imp, &dnsmasq_give(d, e, "filename")->v, dot == NULL || strchr(dot, '/') != NULL ?
	    imp_fmt(d->imp, "%s.0", name) : name);
	if (i + 3 < n && ip4_parse(arg[i + 3], &a) == 0)
		imp_push(d->imp, &dnsmasq_give(d, e, "next-server")->v, arg[i + 3]);
	else if (i + 3 < n)
		dnsmasq_left(d, "provd wants the address of \"%.60s\"", arg[i + 3]);
	imp_tell(d->imp, d->at, d->line, "its text is shown nowhere; a menu: dhcp.pxe-menu");
}

/* set:TAG,OPTION[,VALUE] */
void
dnsmasq_match(struct dnsmasq *d, char *value)
{
	char *arg[DNSMASQ_ARGS], *end;
	size_t n = dnsmasq_args(d, value, arg);
	struct imp_alt alt = { 0 };
	int code = n > 1 ? dnsmasq_option_code(arg[1]) : -1;
	const char *v = n > 2 ? unquote(d->imp, arg[2]) : NULL;
	unsigned long num;

	if (code < 0) {
		dnsmasq_left(d, "provd's classes do not look at this");
		return;
	}
	if (code == 93 && v != NULL) {
		num = strtoul(v, &end, 10);
		if (strchr(v, ':') != NULL)	/* 00:07 */
			num = strtoul(strchr(v, ':') + 1, &end, 16);
		if (*end != '\0' || num > 65535) {
			dnsmasq_left(d, "is no architecture");
			return;
		}
		alt.v[IMP_ARCH] = imp_fmt(d->imp, "%lu", num);
	} else if (code == 60 && v != NULL) {
		alt.v[IMP_VENDOR_CLASS] = v;
	} else if (code == 77 && v != NULL) {
		alt.v[IMP_USER_CLASS] = v;
	} else if (code == 175) {		/* iPXE; with both it says its name */
		alt.v[IMP_USER_CLASS] = "iPXE";
		imp_tell(d->imp, d->at, d->line, "provd knows iPXE by its user class");
	} else {
		dnsmasq_left(d, "provd's classes do not look at this");
		return;
	}
	dnsmasq_tag_alt(d, strncmp(arg[0], "set:", 4) == 0 ? arg[0] + 4 : arg[0], &alt);
}
