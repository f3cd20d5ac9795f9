/* tftp_tell.c - what the operator and the fleet are told. */
#include <stdio.h>
#include <string.h>

#include "../lib/clock.h"
#include "../lib/log.h"
#include "tftp_refuse.h"
#include "tftpd.h"

/* Anybody can send requests that are refused; more lines than this in a
 * second, of one thread, would only hide the others. */
#define REFUSED_PER_S	50
#define SHORT_MS	10000	/* between two lines about what is short */

const char *
peer_str(const struct os_dgram *who, char buf[PEER_STRLEN])
{
	char ip[IP4_STRLEN];

	(void)snprintf(buf, PEER_STRLEN, "%s:%u", ip4_str(who->peer, ip),
	    (unsigned)who->peer_port);
	return buf;
}

void
tell_fleet(struct tftpd *d, struct event *e, const struct os_dgram *who,
    const char *file, const char *why)
{
	e->addr = who->peer;
	/* A long file name must not push the reason out. */
	if (why == NULL)
		(void)snprintf(e->text, sizeof(e->text), "%s", file);
	else
		(void)snprintf(e->text, sizeof(e->text), "%.80s: %.76s", file, why);
	fleet_port_event(d->w->port, e);
}

static bool
too_many(struct tftpd *d)
{
	int64_t now = clock_ms();

	if (now - d->refused_since >= 1000) {
		if (d->refused > REFUSED_PER_S)
			log_ev(LOG_NOTICE, "tftp.refused", KV_S("did", "not told"),
			    KV_N("requests", d->refused - REFUSED_PER_S));
		d->refused_since = now;
		d->refused = 0;
	}
	return ++d->refused > REFUSED_PER_S;
}

void
tell_refused(struct tftpd *d, const struct os_dgram *who, uint32_t inst,
    const char *file, const struct tftp_refusal *no)
{
	struct event e = { .kind = EV_TFTP_FAIL, .inst = inst, .cause = no->code ==
	    TFTP_ENOTFOUND ? EC_NOT_FOUND : no->code == TFTP_EACCESS ? EC_DENIED : EC_OTHER };
	char peer[PEER_STRLEN];
	bool habit = tftp_expected_miss(file);

	if (too_many(d))
		return;
	log_ev(habit ? LOG_DEBUG : LOG_NOTICE, "tftp.refused",
	    KV_S("peer", peer_str(who, peer)), KV_S("file", file),
	    KV_S("err", no->text));
	if (!habit)
		tell_fleet(d, &e, who, file, no->text);
}

void
tell_short(struct tftpd *d, int r)
{
	int64_t now = clock_ms();

	count_add(&d->w->count, COUNT_tftp_dropped, 1);
	if (d->short_told != 0 && now - d->short_told < SHORT_MS)
		return;
	d->short_told = now;
	log_ev(LOG_WARNING, "tftp.full", KV_N("transfers", d->n_transfer),
	    KV_ERR(r), KV_S("did", "ignored a request"));
}
