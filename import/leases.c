/* leases.c - dhcpd.leases(5) and dnsmasq's leases: who has which address. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "isc_lex.h"
#include "lines.h"

void
imp_lease(struct import *imp, struct imp_leased *l)
{
	const char *name = l->name;
	struct imp_scope *h;

	if (imp->n_lease++ == 0)
		imp->lease_end = &imp->lease;
	*imp->lease_end = l;
	imp->lease_end = &l->next;
	if (!imp->leases_as_hosts)
		return;
	if (name == NULL || *name == '\0')
		name = imp_fmt(imp, "lease-%s", l->address);
	h = imp_host(imp, &imp->top, name, l->at);
	imp_push(imp, &h->mac, l->mac);
	imp_push(imp, &h->address, l->address);
}

static const char *
hex(struct import *imp, const char *p, size_t len)
{
	char *s = imp_alloc(imp, 2 * len + 1);

	for (size_t i = 0; i < len; i++)
		(void)snprintf(s + 2 * i, 3, "%02x", (unsigned char)p[i]);
	return s;
}

/* dhcpd.leases: a journal; of each address and host the last word counts. */

struct entry {
	struct entry	*next;
	const char	*name, *mac, *address, *filename, *cid;
	int64_t		 expiry;
	struct imp_place at;
	bool		 good, host;
};

struct journal {
	struct import	*imp;
	struct isc_lex	 lex;
	struct entry	*first, **end;
	struct imp_set	 seen;
};

static const char *
mac_of(struct import *imp, const struct isc_stmt *s)
{
	char text[MAC_STRLEN + 2] = "";
	size_t n = 0;

	if (!isc_is(s, 1, "ethernet"))
		return NULL;
	for (size_t i = 2; i < s->n && n + 3 < sizeof(text); i++)
		if (!isc_is(s, i, ":"))
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%02lx", n > 0 ? ":" : "",
			    strtoul(s->t[i].s, NULL, 16) & 255);
	return n == MAC_STRLEN - 1 ? imp_strn(imp, text, n) : NULL;
}

/* "4 2026/11/20 15:22:11" (UTC), "epoch 1795190400" or "never". */
static int64_t
time_of(const struct isc_stmt *s)
{
	char text[64] = "";
	size_t n = 0;
	struct tm tm = { 0 };

	if (isc_is(s, 1, "never"))
		return 0;
	if (isc_is(s, 1, "epoch") && s->n > 2)
		return strtoll(s->t[2].s, NULL, 10);
	for (size_t i = 2; i < s->n && n < sizeof(text); i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s ", s->t[i].s);
	for (size_t i = 0; text[i] != '\0'; i++)
		if (strchr("0123456789", text[i]) == NULL)
			text[i] = ' ';
	if (sscanf(text, "%4d %2d %2d %2d %2d %2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour,
	    &tm.tm_min, &tm.tm_sec) != 6)
		return 1;	/* long ago */
	tm.tm_year -= 1900;
	tm.tm_mon--;
	return timegm(&tm);
}

static const char *
uid_of(struct import *imp, const struct isc_stmt *s)
{
	char bytes[255];
	size_t n = 0;

	if (s->n == 2 && s->t[1].kind == ISC_STRING)
		return s->t[1].len <= sizeof(bytes) ? hex(imp, s->t[1].s, s->t[1].len) : NULL;
	for (size_t i = 1; i < s->n && n < sizeof(bytes); i++)
		if (!isc_is(s, i, ":"))
			bytes[n++] = (char)strtoul(s->t[i].s, NULL, 16);
	return hex(imp, bytes, n);
}

static void
entry_line(struct import *imp, struct entry *e, const struct isc_stmt *s)
{
	if (isc_is(s, 0, "hardware"))
		e->mac = mac_of(imp, s);
	else if (isc_is(s, 0, "binding"))
		e->good = isc_is(s, 2, "active");
	else if (isc_is(s, 0, "client-hostname") && s->n == 2)
		e->name = s->t[1].s;
	else if (isc_is(s, 0, "fixed-address") && s->n == 2)
		e->address = s->t[1].s;
	else if (isc_is(s, 0, "supersede") && isc_is(s, 1, "server.filename") && s->n == 4)
		e->filename = s->t[3].s;
	else if (!e->host && isc_is(s, 0, "ends"))
		e->expiry = time_of(s);
	else if (!e->host && isc_is(s, 0, "uid"))
		e->cid = uid_of(imp, s);
	else if (isc_is(s, 0, "deleted"))
		e->good = false;
	else if (e->host && !isc_is(s, 0, "dynamic") && !isc_is(s, 0, "uid"))
		imp_left(imp, s->at, isc_text(imp, s, 0, s->n), "provd has nothing like it");
}

static void
entry(struct journal *j, const struct isc_stmt *head)
{
	bool host = isc_is(head, 0, "host");
	const char *name = head->n > 1 ? head->t[1].s : "";
	struct entry *e = imp_alloc(j->imp, sizeof(*e)), *same;
	struct isc_stmt s;

	e->at = head->at;
	e->host = host;
	e->good = host;
	for (;;) {
		isc_stmt_next(&j->lex, &s);
		if (s.end == '{')
			isc_skip_block(&j->lex);	/* on expiry { ... } */
		else if (s.end != ';')
			break;
		else if (s.n > 0)
			entry_line(j->imp, e, &s);
	}
	if (host)
		e->name = name;
	else
		e->address = name;
	same = imp_set_add(j->imp, &j->seen, imp_fmt(j->imp, "%s %s", host ? "host" : "lease", name), e);
	if (same != NULL) {
		struct entry *next = same->next;

		*same = *e;
		same->next = next;
		return;
	}
	*j->end = e;
	j->end = &e->next;
}

static void
leased(struct import *imp, struct imp_leased l)
{
	struct imp_leased *p = imp_alloc(imp, sizeof(*p));

	*p = l;
	imp_lease(imp, p);
}

static void
settle_entry(struct import *imp, const struct entry *e)
{
	struct imp_scope *h;
	uint32_t a;

	if (!e->good)
		return;
	if (!e->host) {
		if (e->mac == NULL || ip4_parse(e->address, &a) < 0)
			imp_left(imp, e->at, imp_fmt(imp, "lease %s", e->address), "is no Ethernet machine's");
		else
			leased(imp, (struct imp_leased){ .address = e->address, .mac = e->mac,
			    .name = e->name, .cid = e->cid, .expiry = e->expiry, .at = e->at });
		return;
	}
	h = imp_host(imp, &imp->top, e->name, e->at);
	if (e->mac != NULL)
		imp_push(imp, &h->mac, e->mac);
	if (e->address != NULL)
		imp_push(imp, &h->address, e->address);
	if (e->filename != NULL && *e->filename != '\0')
		imp_option1(imp, h, "filename", e->filename, e->at);
}

void
imp_dhcpd_leases(struct import *imp, const char *file, const char *text, size_t len)
{
	struct journal *j = imp_alloc(imp, sizeof(*j));
	struct isc_stmt s;

	j->imp = imp;
	j->end = &j->first;
	j->lex = (struct isc_lex){ .imp = imp, .file = file, .p = text, .end = text + len, .line = 1 };
	for (isc_stmt_next(&j->lex, &s); s.end != '\0'; isc_stmt_next(&j->lex, &s)) {
		if (s.end == '{' && (isc_is(&s, 0, "lease") || isc_is(&s, 0, "host"))) {
			entry(j, &s);
		} else if (s.end == '{') {
			imp_left(imp, s.at, isc_text(imp, &s, 0, s.n), "is no lease");
			isc_skip_block(&j->lex);
		} else if (s.n > 0 && !isc_is(&s, 0, "authoring-byte-order") &&
		    !isc_is(&s, 0, "server-duid")) {
			imp_left(imp, s.at, isc_text(imp, &s, 0, s.n), "is no lease");
		}
	}
	for (const struct entry *e = j->first; e != NULL; e = e->next)
		settle_entry(imp, e);
}

/* dnsmasq.leases: EXPIRY MAC ADDRESS NAME CLIENT-ID ---------------------------------- */

/* 01:02 */
static const char *
pairs(struct import *imp, const char *s)
{
	char bytes[255];
	size_t n = 0;

	for (char *end; *s != '\0' && n < sizeof(bytes); s = *end == ':' ? end + 1 : end) {
		bytes[n] = (char)strtoul(s, &end, 16);
		if (end == s)
			break;
		n++;
	}
	return hex(imp, bytes, n);
}

void
imp_dnsmasq_leases(struct import *imp, const char *file, const char *text, size_t len)
{
	struct lines l;
	char *w[LINE_WORDS];
	size_t n;

	lines_begin(&l, imp, file, text, len, 0);
	while (lines_words(&l, w, &n)) {
		struct mac m;
		uint32_t a;

		if (strcmp(w[0], "duid") == 0) {
			imp_left(imp, l.at, w[0], "provd serves IPv4 only: what follows is left out");
			return;
		}
		if (n < 4 || mac_parse(w[1], &m) < 0 || ip4_parse(w[2], &a) < 0)
			imp_left(imp, l.at, w[0], "is no lease of an Ethernet machine");
		else
			leased(imp, (struct imp_leased){ .address = imp_str(imp, w[2]),
			    .mac = imp_str(imp, w[1]), .at = l.at, .expiry = strtoll(w[0], NULL, 10),
			    .name = strcmp(w[3], "*") != 0 ? imp_str(imp, w[3]) : NULL,
			    .cid = n > 4 && strcmp(w[4], "*") != 0 ? pairs(imp, w[4]) : NULL });
	}
}
