/* hand.c - see hand.h. */
#include "hand.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../handover/handover.h"
#include "../handover/pending.h"
#include "../lib/log.h"
#include "daemon.h"

struct hand {
	struct daemon	*d;
	struct handover	*h;
};

static void
warn(struct hand *hd, const struct fleet_host *fh, const char *text)
{
	struct fleet_host *h = fleet_host_by_name(hd->d->fleet, fh->rec.name);

	if (h != NULL)
		fleet_note(hd->d->fleet, h, LINE_WARNING, text);
}

/* The address that it has, or is to have. */
static uint32_t
address(struct hand *hd, const struct cfg_host *c)
{
	const struct lease_table *leases = fleet_leases(hd->d->fleet);

	if (c->address != 0)
		return c->address;
	for (size_t i = 0; i < c->n_mac; i++) {
		const struct lease *l = lease_by_client(leases, c->mac[i], 0, UINT32_MAX);

		if (l != NULL)
			return l->addr;
	}
	return 0;
}

static bool
job_of(struct hand *hd, const struct fleet_host *fh, struct handover_job *ret)
{
	const struct cfg_host *c = fh->cfg;

	if (c == NULL)
		return false;
	*ret = (struct handover_job){ .addr = address(hd, c) };
	snprintf(ret->name, sizeof(ret->name), "%s", c->head.name);
	snprintf(ret->hostname, sizeof(ret->hostname), "%s",
	    c->hostname != NULL ? c->hostname : c->head.name);
	for (size_t i = 0; i < c->n_mac && i < HANDOVER_MACS; i++)
		ret->mac[ret->n_mac++] = c->mac[i];
	return ret->addr != 0 && ret->n_mac > 0;
}

static void
push(struct hand *hd, const struct fleet_host *fh, unsigned i)
{
	struct handover_job job;
	char text[TL_TEXT];
	const char *why = NULL;
	int r;

	if (!job_of(hd, fh, &job))
		why = "its hardware address or its address is not known";
	else if ((r = handover_push(hd->h, i, &job)) < 0)
		why = strerror(-r);
	if (why == NULL)
		return;
	snprintf(text, sizeof(text), NOT_HANDED "%s: %s", handover_target(hd->h, i), why);
	warn(hd, fh, text);
}

static void
on_line(void *arg, const struct fleet_host *fh, const struct tl_line *l)
{
	struct hand *hd = arg;

	if (fh->rec.state != HS_INSTALLED || strcmp(l->text, "installed") != 0)
		return;
	for (unsigned i = 0; i < HANDOVER_TARGETS; i++)
		if (handover_target(hd->h, i) != NULL)
			push(hd, fh, i);
}

static void
said(void *arg, const char *host, const char *target, bool done, const char *what)
{
	struct hand *hd = arg;
	struct fleet_host *fh = fleet_host_by_name(hd->d->fleet, host);
	char text[TL_TEXT];

	if (fh == NULL)
		return;
	snprintf(text, sizeof(text), done ? HANDED "%s: %s" : NOT_HANDED "%s: %s; it is tried again",
	    target, what);
	fleet_note(hd->d->fleet, fh, done ? LINE_INFO : LINE_WARNING, text);
}

static void
if_pending(void *arg, struct fleet_host *fh)
{
	struct hand *hd = arg;

	for (unsigned i = 0; i < HANDOVER_TARGETS; i++) {
		const char *target = handover_target(hd->h, i);

		if (target != NULL && hand_pending(fh, target))
			push(hd, fh, i);
	}
}

int
hand_configure(struct hand *hd, const struct config *cfg, char why[200])
{
	int r = handover_configure(hd->h, &cfg->top.handover, why);

	if (r == 0)
		fleet_each_host(hd->d->fleet, if_pending, hd);
	return r;
}

int
hand_new(struct daemon *d, struct hand **ret)
{
	struct hand *hd = calloc(1, sizeof(*hd));
	const struct handover_param p = { .base = d->base, .said = said, .arg = hd };
	int r;

	if (hd == NULL)
		return -ENOMEM;
	hd->d = d;
	if ((r = handover_new(&p, &hd->h)) < 0) {
		free(hd);
		return r;
	}
	fleet_watch(d->fleet, on_line, hd);
	*ret = hd;
	return 0;
}

void
hand_free(struct hand *hd)
{
	if (hd == NULL)
		return;
	fleet_watch(hd->d->fleet, NULL, hd);
	handover_free(hd->h);
	free(hd);
}
