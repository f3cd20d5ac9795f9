/* isc_conf.c - dhcpd.conf: each statement and what becomes of it. */
#include <string.h>
#include <strings.h>

#include "isc_conf.h"

static void	parse(struct import *, void *, const char *, const char *, size_t);

void
isc_left(struct isc *c, const char *why)
{
	imp_left(c->imp, c->st.at, isc_text(c->imp, &c->st, 0, c->st.n), "%s", why);
}

bool
isc_enter(struct isc *c, struct imp_scope *s, struct isc_chain *of)
{
	if (c->depth + 1 == IMP_DEPTH_MAX) {
		isc_left(c, "is nested too deep");
		isc_skip_block(&c->lex);
		return false;
	}
	c->level[++c->depth] = (struct isc_level){ .scope = s, .of = of, .from = c->st.at };
	return true;
}

void
isc_enter_lost(struct isc *c, const char *why)
{
	struct imp_scope *s = imp_scope(c->imp, IMP_LOST, isc_now(c), NULL, c->st.at);

	s->lost = imp_fmt(c->imp, "is within line %u, which is left out", c->st.at.line);
	isc_left(c, why);
	isc_enter(c, s, NULL);
}

/* Statements ----------------------------------------------------------------- */

static void
skip(struct isc *c)
{
	isc_left(c, "provd has nothing like it");
	if (c->st.end == '{')
		isc_skip_block(&c->lex);
}

static void
group(struct isc *c)
{
	isc_enter(c, imp_scope(c->imp, IMP_GROUP, isc_now(c), NULL, c->st.at), NULL);
}

static void
shared(struct isc *c)
{
	const char *name = c->st.n > 1 ? c->st.t[1].s : "shared";

	isc_enter(c, imp_scope(c->imp, IMP_SHARED, isc_now(c), imp_name(c->imp, name), c->st.at), NULL);
}

static void
include(struct isc *c)
{
	if (c->st.n != 2)
		isc_left(c, "names no file");
	else
		imp_include(c->imp, c->st.at, c->st.t[1].s, false, parse, c);
}

static void
authoritative(struct isc *c)
{
	bool not = isc_is(&c->st, 0, "not");

	if (not)
		imp_tell(c->imp, c->st.at, "not authoritative", "provd refuses addresses that do "
		    "not belong to its networks, as authoritative servers do");
	else if (isc_now(c)->kind != IMP_TOP)
		imp_tell(c->imp, c->st.at, "authoritative", "provd is so on all its networks");
}

static void
server_identifier(struct isc *c)
{
	uint32_t a;

	if (isc_now(c)->kind != IMP_TOP)
		isc_left(c, "provd has one for all networks, dhcp.server-identifier");
	else if (c->st.n != 2 || ip4_parse(c->st.t[1].s, &a) < 0)
		isc_left(c, "provd wants an address");
	else
		imp_dhcp(c->imp, "server-identifier", c->st.t[1].s, c->st.at);
}

static bool
is_on(struct isc *c, bool *ret)
{
	static const char *const on[] = { "on", "true", "yes" }, *const off[] = { "off", "false", "no" };

	for (size_t i = 0; i < 3; i++)
		if (isc_is(&c->st, 1, on[i]) || isc_is(&c->st, 1, off[i])) {
			*ret = isc_is(&c->st, 1, on[i]);
			return true;
		}
	return false;
}

/* Statements that are a single value below dhcp: in provd. */
static void
as_dhcp(struct isc *c)
{
	bool on = false;
	bool top = isc_now(c)->kind == IMP_TOP || isc_now(c)->kind == IMP_GROUP;

	if (!top)
		isc_left(c, "provd says it for all networks at once");
	else if (isc_is(&c->st, 0, "min-secs") && c->st.n == 2 && strlen(c->st.t[1].s) < 4 &&
	    c->st.t[1].s[strspn(c->st.t[1].s, "0123456789")] == '\0')
		imp_dhcp(c->imp, "min-secs", c->st.t[1].s, c->st.at);	/* one byte in dhcpd */
	else if (!is_on(c, &on))
		isc_left(c, "has no value that provd knows");
	else if (isc_is(&c->st, 0, "ping-check"))
		imp_dhcp(c->imp, "conflict-check", on ? "auto" : "off", c->st.at);
	else if (isc_is(&c->st, 0, "ignore-client-uids"))
		imp_dhcp(c->imp, "match-client-id", on ? "no" : "yes", c->st.at);
	else if (isc_is(&c->st, 0, "echo-client-id"))
		imp_dhcp(c->imp, "echo-client-id", on ? "yes" : "no", c->st.at);
}

static void
use_names(struct isc *c)
{
	bool on = false;

	if (!is_on(c, &on) || !on)
		isc_left(c, "provd always tells a host its name");
}

static void
no_ddns(struct isc *c)
{
	if (c->st.n == 2 && (isc_is(&c->st, 1, "none") || isc_is(&c->st, 1, "off") ||
	    isc_is(&c->st, 1, "false")))
		imp_tell(c->imp, c->st.at, isc_text(c->imp, &c->st, 0, c->st.n),
		    "provd makes no DNS updates");
	else
		isc_left(c, "provd makes no DNS updates");
}

/* Why a statement has no counterpart; "x-*" is a prefix. */
static const char *const reasons[][2] = {
	{ "ddns-*", "provd makes no DNS updates" },
	{ "update-*", "provd makes no DNS updates" },
	{ "do-forward-updates", "provd makes no DNS updates" },
	{ "zone", "provd makes no DNS updates" },
	{ "key", "provd has no DNS updates and no OMAPI to sign; to push hosts into a dhcpd "
	    "see handover.isc" },
	{ "omapi-*", "provd has no OMAPI; provctl steers it" },
	{ "failover", "provd has no failover partner" },
	{ "split", "provd has no failover partner" },
	{ "min-lease-time", "provd gives every client default-lease-time" },
	{ "max-lease-time", "provd gives every client default-lease-time" },
	{ "dynamic-bootp-*", "BOOTP clients keep their addresses for ever in provd" },
	{ "log-facility", "provd logs to standard error" },
	{ "lease-file-name", "provd keeps leases below its state directory" },
	{ "pid-file-name", "provd does not go to the background" },
	{ "dhcpv6-*", "provd serves IPv4 only" },
	{ "subnet6", "provd serves IPv4 only" },
	{ "range6", "provd serves IPv4 only" },
	{ "prefix6", "provd serves IPv4 only" },
	{ "fixed-address6", "provd serves IPv4 only" },
	{ "fixed-prefix6", "provd serves IPv4 only" },
	{ "on", "provd runs no statements of a configuration" },
	{ "execute", "provd runs no statements of a configuration" },
	{ "log", "provd runs no statements of a configuration" },
	{ "set", "provd runs no statements of a configuration" },
	{ "unset", "provd runs no statements of a configuration" },
	{ "eval", "provd runs no statements of a configuration" },
	{ "define", "provd runs no statements of a configuration" },
	{ "switch", "provd has classes, but no switch" },
	{ "spawn", "provd does not make classes by itself" },
	{ "lease", "provd does not limit leases by class" },
	{ "ping-timeout", "ping-timeouts: see dhcp.conflict-timeout" },
	{ "ping-timeout-ms", "ping-timeouts: see dhcp.conflict-timeout" },
	{ "always-broadcast", "provd broadcasts when a client asks for it, or cannot be reached otherwise" },
	{ "always-reply-rfc1048", "provd answers in RFC 1048's format only" },
	{ "get-lease-hostnames", "provd asks no DNS for names of clients" },
	{ "one-lease-per-client", "a client has one lease, by its hardware address" },
	{ "stash-agent-options", "provd does not keep relay information" },
	{ "use-host-decl-names", "provd always tells a host its name" },
	{ "site-option-space", "options of sites are defined by their numbers" },
};

static const char *
reason(const struct isc *c)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		size_t n = strlen(reasons[i][0]);
		bool prefix = reasons[i][0][n - 1] == '*';

		if (prefix ? strncasecmp(c->st.t[0].s, reasons[i][0], n - 1) == 0 :
		    strcasecmp(c->st.t[0].s, reasons[i][0]) == 0)
			return reasons[i][1];
	}
	return "provd has nothing like it";
}

/* kind: ';' a statement, '{' a block, '*' either. */
static const struct verb {
	const char	*word;
	char		 end;
	void		(*run)(struct isc *);
} verbs[] = {
	{ "allow", ';', isc_allow },
	{ "authoritative", ';', authoritative },
	{ "class", '{', isc_class },
	{ "ddns-update-style", ';', no_ddns },
	{ "ddns-updates", ';', no_ddns },
	{ "default-lease-time", ';', isc_lease_time },
	{ "deny", ';', isc_allow },
	{ "echo-client-id", ';', as_dhcp },
	{ "else", '{', isc_if },
	{ "elsif", '{', isc_if },
	{ "filename", ';', isc_as_option },
	{ "fixed-address", ';', isc_address },
	{ "group", '{', group },
	{ "hardware", ';', isc_hardware },
	{ "host", '{', isc_host },
	{ "host-identifier", ';', isc_client_id },
	{ "if", '{', isc_if },
	{ "ignore", ';', isc_allow },
	{ "ignore-client-uids", ';', as_dhcp },
	{ "include", ';', include },
	{ "match", ';', isc_match_stmt },
	{ "min-secs", ';', as_dhcp },
	{ "next-server", ';', isc_as_option },
	{ "not", ';', authoritative },
	{ "option", ';', isc_option },
	{ "ping-check", ';', as_dhcp },
	{ "pool", '{', isc_pool },
	{ "range", ';', isc_range },
	{ "server-identifier", ';', server_identifier },
	{ "server-name", ';', isc_as_option },
	{ "shared-network", '{', shared },
	{ "subclass", '*', isc_subclass },
	{ "subnet", '{', isc_subnet },
	{ "uid", ';', isc_client_id },
	{ "use-host-decl-names", ';', use_names },
	{ "vendor-option-space", ';', isc_as_option },
};

/* Within what is left out, each statement is named all the same. */
static void
run_lost(struct isc *c, const struct imp_scope *s)
{
	isc_left(c, s->lost);
	if (c->st.end == '{')
		isc_enter(c, imp_scope(c->imp, IMP_LOST, isc_now(c), NULL, c->st.at), NULL);
	if (isc_now(c)->kind == IMP_LOST && isc_now(c)->lost == NULL)
		isc_now(c)->lost = s->lost;
}

static void
run(struct isc *c)
{
	struct isc_level *l = &c->level[c->depth];

	if (l->scope->kind == IMP_LOST) {
		run_lost(c, l->scope);
		return;
	}
	if (!isc_is(&c->st, 0, "else") && !isc_is(&c->st, 0, "elsif") && l->chain != NULL) {
		isc_chain_end(c, l->chain);
		l->chain = NULL;
	}
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (isc_is(&c->st, 0, verbs[i].word) &&
		    (verbs[i].end == '*' || verbs[i].end == c->st.end)) {
			verbs[i].run(c);
			return;
		}
	if (c->st.end == '{' && (isc_is(&c->st, 0, "switch") || isc_is(&c->st, 0, "on"))) {
		isc_enter_lost(c, reason(c));
		return;
	}
	if (strcmp(reason(c), "provd has nothing like it") == 0) {
		skip(c);
		return;
	}
	isc_left(c, reason(c));
	if (c->st.end == '{')
		isc_skip_block(&c->lex);
}

static void
leave(struct isc *c)
{
	struct isc_level *l = &c->level[c->depth];

	if (l->chain != NULL)
		isc_chain_end(c, l->chain);
	l->chain = NULL;
	if (l->of != NULL)
		for (const struct imp_option *o = l->scope->opt; o != NULL; o = o->next)
			if (o->at.file == l->from.file && o->at.line >= l->from.line)
				imp_push(c->imp, &l->of->rest, o->name);
	if (c->depth > 0)
		c->depth--;
}

static void
parse(struct import *imp, void *arg, const char *file, const char *text, size_t len)
{
	struct isc *c = arg;
	struct isc_lex outer = c->lex;
	struct isc_stmt stmt = c->st;
	size_t floor = c->depth;

	c->lex = (struct isc_lex){ .imp = imp, .file = file, .p = text, .end = text + len, .line = 1 };
	for (;;) {
		isc_stmt_next(&c->lex, &c->st);
		if (c->st.n > 0 && (c->st.end == ';' || c->st.end == '{')) {
			run(c);
		} else if (c->st.end == '{') {
			isc_left(c, "braces of nothing");
			isc_skip_block(&c->lex);
		} else if (c->st.end == '}' && c->depth > floor) {
			leave(c);
		} else if (c->st.end == '}') {
			imp_left(imp, c->st.at, NULL, "a \"}\" closes nothing");
		} else if (c->st.end == '\0') {
			break;
		}
	}
	if (c->st.n > 0)
		isc_left(c, "has no \";\" at its end");
	if (c->depth > floor)
		imp_left(imp, c->st.at, NULL, "the file ends within braces");
	while (c->depth > floor)
		leave(c);
	c->lex = outer;
	c->st = stmt;
}

void
imp_dhcpd_conf(struct import *imp, const char *file, const char *text, size_t len)
{
	struct isc *c = imp_alloc(imp, sizeof(*c));

	c->imp = imp;
	c->level[0].scope = &imp->top;
	imp->has_dhcp = true;
	parse(imp, c, file, text, len);
	leave(c);
	/* What dhcpd does without being told. */
	if (imp_option_get(&imp->top, "default-lease-time") == NULL)
		imp_option1(imp, &imp->top, "default-lease-time", "12h", (struct imp_place){ file, 0 });
}
