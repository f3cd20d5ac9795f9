/* leases.c - dhcpd.leases(5) and dnsmasq's leases: who has which address. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "isc_lex.h"
#include "lines.h"

void
imp_lease(struct import *imp, const char *address, const char *mac, const char *name,
    struct imp_place at)
{
	struct imp_scope *h;

	if (imp->n_lease++ == 0)
		imp->lease_at = at;
	if (!imp->leases_as_hosts)
		return;
	if (name == NULL || *name == '\0')
		name = imp_fmt(imp, "lease-%s", address);
	h = imp_host(imp, &imp->top, name, at);
	imp_push(imp, &h->mac, mac);
	imp_push(imp, &h->address, address);
}

/* dhcpd.leases: a journal; of each address and host the last word counts. */

struct entry {
	struct entry	*next;
	const char	*name, *mac, *address, *filename;
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
			imp_lease(imp, e->address, e->mac, e->name, e->at);
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
			imp_lease(imp, w[2], w[1], strcmp(w[3], "*") != 0 ? w[3] : NULL, l.at);
	}
}
