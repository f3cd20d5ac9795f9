/* fleet_load.c - what the store kept, on its way back into memory. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fleet_int.h"

static int
load_host(void *arg, const struct host_record *rec)
{
	struct fleet *f = arg;
	struct fl_host *h = fl_host_append(f, rec->name);

	if (h == NULL)
		return -ENOMEM;
	h->pub.rec = h->next = *rec;
	fl_turn_moved(f, h);
	snprintf(h->pub.tl.stage, sizeof(h->pub.tl.stage), "%.23s", rec->step);
	return 0;	/* they come in the order of their names */
}

static int
load_inst(void *arg, const struct inst_record *rec, struct overlay *ov)
{
	struct fleet *f = arg;
	struct fl_inst in;
	int r;

	if ((r = fl_inst_add(f, rec, ov, &in)) == -ENOENT) {
		log_ev(LOG_WARNING, "inst.load", KV_S("host", rec->host),
		    KV_S("tree", rec->tree), KV_S("err", "tree is not configured"),
		    KV_S("did", "left-out"));
		return 0;
	}
	if (r == 0 && (r = fl_inst_put(f, &in)) < 0)
		installation_unref(in.pub);
	return r;
}

static int
load_log(void *arg, uint32_t inst, uint64_t off, const uint8_t *data, size_t len)
{
	struct fl_inst *in = fl_inst_find(arg, inst);

	if (in != NULL)
		(void)tree_log_write(in->pub->log, off, data, len, in->pub->rec.created);
	return 0;
}

static int
load_report(void *arg, uint32_t inst, const char *name, int64_t t)
{
	struct fl_inst *in = fl_inst_find(arg, inst);
	struct fl_host *h;
	struct report rep;

	(void)t;
	if (in == NULL)
		return 0;
	in->n_reports++;
	if (in->pub->rec.kind == INST_INSPECT && report_parse(name, &rep) == 0 &&
	    strcmp(rep.step, "fact") == 0 &&
	    (h = fl_host_find(arg, in->pub->rec.host)) != NULL)
		buf_printf(&h->found, "%s\n", rep.text);
	return 0;
}

static int
load_event(void *arg, const char *host, int64_t t, unsigned kind, unsigned severity,
    const char *text)
{
	struct fl_host *h = fl_host_find(arg, host);

	if (h != NULL)
		timeline_load(&h->pub.tl, t, kind, severity, text);
	return 0;
}

static int
load_facts(void *arg, const char *host, const char *text, int64_t t)
{
	struct fl_host *h = fl_host_find(arg, host);

	if (h != NULL) {
		free(h->pub.facts);
		h->pub.facts = strdup(text);
		h->pub.facts_time = t;
	}
	return 0;
}

static int
load_lease(void *arg, const struct lease *l)
{
	struct fleet *f = arg;

	return lease_put(f->leases, l);
}

const struct store_load fl_load = { load_host, load_inst, load_log,
    load_report, load_event, load_facts, fl_load_kept, load_lease };
