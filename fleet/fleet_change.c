/* fleet_change.c - everything that changes a host, and is committed first. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/os.h"
#include "fleet_int.h"

/* Operations -------------------------------------------------------------- */

static void
op_complete(struct mbox_msg *m)
{
	struct fl_op *o = (struct fl_op *)(void *)m;	/* op.msg comes first */
	struct fl_host *h = o->h;
	enum host_state was;

	if (o->op.result < 0 && o->op.result != -ESHUTDOWN)
		log_ev(LOG_ERR, "store.commit", KV_S("host", h ? h->pub.rec.name : NULL),
		    KV_ERR(o->op.result), KV_S("did", "promised-nothing"));
	if (h != NULL) {
		was = h->pub.rec.state;
		if (o->op.result == 0)
			h->pub.rec = o->op.host;
		if (--h->pending == 0) {
			h->next = h->pub.rec;
			h->broken = false;
			fl_turn_moved(o->f, h);
		}
		if (was != h->pub.rec.state) {
			log_ev(LOG_INFO, "host.state", KV_S("host", h->pub.rec.name),
			    KV_S("state", host_state_name(h->pub.rec.state)),
			    KV_S("was", host_state_name(was)),
			    KV_S("reason", h->pub.rec.reason));
			fl_note(o->f, h, LINE_STATE, h->pub.rec.state == HS_FAILED ?
			    LINE_ERROR : LINE_INFO, h->pub.rec.state == HS_FAILED ?
			    "%s: %s" : "%s", host_state_name(h->pub.rec.state),
			    h->pub.rec.reason);
			if (h->pub.rec.state == HS_INSTALLED)
				fl_course_done(o->f, h);
		}
	}
	if (o->after != NULL)
		o->after(o);
	if (o->done != NULL)
		o->done(o->arg, o->op.result);
	free(o);
}

struct fl_op *
fl_op_new(struct fleet *f, enum store_kind kind, struct fl_host *h)
{
	struct fl_op *o = calloc(1, sizeof(*o));

	if (o == NULL)
		return NULL;
	o->op.kind = kind;
	o->op.msg.run = op_complete;
	o->op.time = clock_unix();
	o->f = f;
	o->h = h;
	if (h != NULL)
		o->op.host = h->next;
	return o;
}

void
fl_op_submit(struct fl_op *o)
{
	if (o->h != NULL) {
		o->h->next = o->op.host;
		fl_turn_moved(o->f, o->h);
		o->h->pending++;
		o->op.broken = &o->h->broken;
	}
	if (o->f->store != NULL) {
		store_submit(o->f->store, &o->op);
		return;
	}
	o->op.result = -ESHUTDOWN;	/* asked for while stopping */
	free(o->op.data);
	free(o->op.inst.plan);
	overlay_unref(o->op.overlay);
	op_complete(&o->op.msg);
}

/* The life of a host: what its record becomes.  False when refused. */
bool
fl_life(struct fleet *f, struct fl_host *h, enum life_event e, bool current,
    struct host_record *rec, struct life_out *out)
{
	struct life_in in = { .state = h->next.state,
	    .attempts = h->next.attempts, .max_attempts = f->cfg->top.attempts,
	    .retry = h->next.retry, .current = current };

	lifecycle(&in, e, out);
	*rec = h->next;
	if (out->refused)
		return false;
	if (rec->state != out->state)
		rec->since = clock_unix();
	rec->state = out->state;
	rec->attempts = out->attempts;
	rec->retry = out->retry;
	if (out->state == HS_FAILED && h->next.state != HS_FAILED)
		snprintf(rec->reason, sizeof(rec->reason), "%s",
		    out->why != NULL ? out->why : "");
	else if (out->state != HS_FAILED)
		rec->reason[0] = '\0';
	return true;
}

/* What it boots instead ---------------------------------------------------- */

const char *
fl_other(struct fleet *f, enum other_event e, struct host_record *rec)
{
	struct other_life l = { .state = rec->other.state, .always = rec->other.always,
	    .boots = rec->other.boots, .max_boots = f->cfg->top.attempts };

	lifecycle_other(&l, e);
	rec->other.state = l.state;
	rec->other.always = l.always;
	rec->other.boots = l.boots;
	if (l.state == OTHER_NONE)
		rec->other.inst = 0;
	return l.why;
}

bool
fl_boots_other(const struct fl_host *h)
{
	return h->next.other.inst != 0 &&
	    (h->next.other.always || h->next.other.state != OTHER_UP);
}

/* Events ------------------------------------------------------------------ */

/* Where another server gives the addresses: the system knows whose it is, since
 * it answers there. */
static struct fleet_host *
by_neighbour(struct fleet *f, uint32_t addr)
{
	const struct cfg_top *top = &f->cfg->top;
	struct fleet_host *h = NULL;
	const char *how;
	struct mac mac;

	for (size_t i = 0; i < top->n_interface && h == NULL; i++)
		if (os_neighbour(top->interface[i], addr, &mac) == 0 &&
		    (h = fleet_host_by_client(f, NULL, &mac, 0, &how)) != NULL)
			fleet_learn(f, h, mac, addr, 0);
	return h;
}

static struct fl_host *
event_host(struct fleet *f, const struct event *ev)
{
	struct fl_inst *in = ev->inst != 0 ? fl_inst_find(f, ev->inst) : NULL;
	struct fleet_host *h;
	struct addr_owner o;
	const char *how;

	if (in != NULL)
		return fl_host_find(f, in->pub->rec.host);
	h = fleet_host_by_client(f, NULL, mac_is_zero(ev->mac) ? NULL : &ev->mac,
	    ev->addr, &how);
	if (h == NULL && ev->addr != 0 && mac_is_zero(ev->mac) &&
	    !addrmap_get(f->addrs, ev->addr, &o))
		h = by_neighbour(f, ev->addr);
	return (struct fl_host *)(void *)h;
}

void
fl_event(struct fleet *f, const struct event *ev)
{
	struct fl_host *h = event_host(f, ev);
	int64_t now = clock_unix();

	if (h == NULL) {
		fl_stranger_event(f, ev, now);
		return;
	}
	if (ev->kind == EV_TFTP_DONE)
		chain_fetched(&h->chain, ev->text, now);
	fl_line(f, h, timeline_event(&h->pub.tl, ev, h->pub.rec.state, now));
}

/* Installations that are over and that nothing points to any more go, once
 * the machine shows that it has left them. */
void
fl_collect(struct fleet *f, struct fl_host *h)
{
	bool gone = false;

	if (h->n_inst <= (h->next.inst != 0 ? 1u : 0) + (h->next.other.inst != 0 ? 1u : 0))
		return;		/* looking through all takes time where there are many */
	for (size_t i = f->n_inst; i-- > 0; ) {
		struct inst_record *rec = &f->inst[i].pub->rec;
		struct fl_op *o;

		if (strcmp(rec->host, h->next.name) != 0 ||
		    rec->id == h->next.inst || rec->id == h->next.other.inst)
			continue;
		if ((o = fl_op_new(f, STORE_INST_END, NULL)) == NULL)
			continue;
		o->op.inst_id = rec->id;
		fl_inst_drop(f, i);
		fl_op_submit(o);
		gone = true;
	}
	if (gone)
		fl_publish_soon(f);
}

/* Promises ---------------------------------------------------------------- */

static void
answer(struct promise *p, int result, const char *text)
{
	p->result = result;
	if (text != NULL)
		snprintf(p->text, sizeof(p->text), "%s", text);
	(void)mbox_post_always(p->reply, &p->msg);
}

static void
refuse(struct fleet *f, struct fl_host *h, struct promise *p, const char *why)
{
	if (h != NULL && p->kind == PROMISE_CLAIM) {
		fl_note(f, h, LINE_STEP, LINE_WARNING, "claim refused: %s", why);
		if (timeline_seen(&h->pub.tl) != NULL)
			seen_claim_refused(h->pub.tl.seen, why, clock_unix());
	}
	log_ev(LOG_NOTICE, "promise.refused", KV_S("host", h ? h->pub.rec.name : NULL),
	    KV_S("name", p->name), KV_S("err", why));
	answer(p, -EPERM, why);
}

/* While it was committed a person may have thought better of it. */
static void
claim_after(struct fl_op *o)
{
	const struct host_record *next = &o->h->next;

	if (o->op.result == 0 && (next->inst != o->op.inst_id ||
	    next->state != HS_INSTALLING))
		refuse(o->f, o->h, o->p, "the installation is over");
	else
		answer(o->p, o->op.result, "go");
}

static void
claim(struct fleet *f, struct fl_inst *in, struct fl_host *h, struct promise *p)
{
	bool current = h->next.inst == in->pub->rec.id;
	struct life_out out;
	struct fl_op *o;

	if (in->pub->rec.kind != INST_INSTALL) {
		refuse(f, h, p, "this boot installs nothing");
		return;
	}
	if ((o = fl_op_new(f, STORE_REPORT, h)) == NULL) {
		answer(p, -ENOMEM, NULL);
		return;
	}
	/* The same claim again is a retransmission: committed again, answered the same. */
	if (!(current && h->next.state == HS_INSTALLING &&
	    strcmp(in->claim, p->name) == 0) &&
	    !fl_life(f, h, LE_CLAIM, current, &o->op.host, &out)) {
		free(o);
		refuse(f, h, p, out.why != NULL ? out.why : "not armed");
		return;
	}
	o->op.host.steps = in->pub->rec.steps;
	o->op.inst_id = in->pub->rec.id;
	snprintf(in->claim, sizeof(in->claim), "%.20s", p->name);
	snprintf(o->op.name, sizeof(o->op.name), "claim-%s", in->claim);
	o->p = p;
	o->after = claim_after;
	fl_op_submit(o);
}

#define REPORTS_MAX	2000u

#define LOG_TAIL	2048u

static void
step_said(struct fleet *f, struct fl_host *h, const struct report *rep, uint32_t inst, int64_t now)
{
	const struct fl_inst *in = fl_inst_find(f, inst);
	bool failed = strcmp(rep->state, "fail") == 0;
	char log[LOG_TAIL];
	uint64_t size;

	timeline_step(&h->pub.tl, h->pub.rec.step_no, rep->step, failed, now);
	if (!failed || in == NULL || h->pub.tl.seen == NULL)
		return;
	size = tree_log_size(in->pub->log, NULL);
	seen_last_lines(h->pub.tl.seen, log, tree_log_read(in->pub->log,
	    size > sizeof(log) ? size - sizeof(log) : 0, log, sizeof(log)));
}

static void
report_after(struct fl_op *o)
{
	const struct fl_inst *in = fl_inst_find(o->f, o->op.inst_id);
	struct report rep;
	struct fl_host *h = o->h;

	if (o->op.result == 0 && report_parse(o->p->name, &rep) == 0 &&
	    strcmp(rep.step, "up") == 0 && in != NULL && in->pub->rec.kind != INST_INSTALL) {
		fl_note(o->f, h, LINE_STATE, LINE_INFO, "%s: runs", inst_kind_name(in->pub->rec.kind));
		snprintf(h->pub.tl.stage, sizeof(h->pub.tl.stage), "%.23s",
		    inst_kind_name(in->pub->rec.kind));
	} else if (o->op.result == 0 && report_parse(o->p->name, &rep) == 0 &&
	    strcmp(rep.step, "fact") != 0) {
		fl_note(o->f, h, LINE_STEP, strcmp(rep.state, "fail") == 0 ? LINE_ERROR :
		    LINE_INFO, rep.text[0] ? "step %s: %s: %s" : "step %s: %s",
		    rep.step, rep.state, rep.text);
		step_said(o->f, h, &rep, o->op.inst_id, o->op.time);
	}
	answer(o->p, o->op.result, NULL);
}

/* What the machine found goes to the store when it says that it is through. */
static void
inspected(struct fleet *f, struct fl_host *h, struct host_record *rec)
{
	struct fl_op *o = fl_op_new(f, STORE_FACTS, NULL);
	size_t len = 0;
	char *text = buf_steal(&h->found, &len);

	(void)fl_other(f, OE_DONE, rec);
	if (o == NULL || text == NULL) {
		free(o);
		free(text);
		return;
	}
	snprintf(o->op.name, sizeof(o->op.name), "%s", h->pub.rec.name);
	free(h->pub.facts);
	h->pub.facts = strdup(text);
	h->pub.facts_time = o->op.time;
	o->op.data = (uint8_t *)text;
	o->op.len = len;
	fl_op_submit(o);
}

static void
report(struct fleet *f, struct fl_inst *in, struct fl_host *h, struct promise *p)
{
	struct report rep;
	struct life_out out;
	struct fl_op *o;
	enum inst_kind kind = in->pub->rec.kind;
	bool last, other;

	if (report_parse(p->name, &rep) < 0 || in->n_reports >= REPORTS_MAX) {
		refuse(f, h, p, "not a report, or one too many");
		return;
	}
	last = strcmp(rep.step, "finish") == 0 && strcmp(rep.state, "done") == 0;
	if ((o = fl_op_new(f, STORE_REPORT, h)) == NULL) {
		answer(p, -ENOMEM, NULL);
		return;
	}
	other = h->next.other.inst == in->pub->rec.id;
	if (kind == INST_INSPECT) {
		if (strcmp(rep.step, "fact") == 0 && h->found.len < 65536)
			buf_printf(&h->found, "%s\n", rep.text);
		if (last && other)
			inspected(f, h, &o->op.host);
	} else if (kind != INST_INSTALL) {
		if (other && strcmp(rep.step, "up") == 0)
			(void)fl_other(f, OE_UP, &o->op.host);
	} else if (!fl_life(f, h, last ? LE_DONE :
	    strcmp(rep.state, "fail") == 0 ? LE_FAIL : LE_STEP,
	    h->next.inst == in->pub->rec.id, &o->op.host, &out)) {
		free(o);
		refuse(f, h, p, out.why != NULL ? out.why : "not expected");
		return;
	} else {
		struct host_record *rec = &o->op.host;

		snprintf(rec->step, sizeof(rec->step), "%s", rep.step);
		rec->step_no = (rep.no + 1) / 2;
		rec->steps = in->pub->rec.steps;
		if (rec->state == HS_FAILED && h->next.state != HS_FAILED)
			snprintf(rec->reason, sizeof(rec->reason),
			    "step %s: %.150s", rep.step, rep.text);
	}
	in->n_reports++;
	o->op.inst_id = in->pub->rec.id;
	snprintf(o->op.name, sizeof(o->op.name), "%s", p->name);
	o->p = p;
	o->after = report_after;
	fl_op_submit(o);
}

static void
log_after(struct fl_op *o)
{
	struct fl_inst *in = fl_inst_find(o->f, o->op.inst_id);

	if (o->op.result == 0 && in != NULL)
		o->op.result = tree_log_write(in->pub->log, o->p->off, o->p->data,
		    o->p->len, o->op.time);
	answer(o->p, o->op.result, NULL);
}

static void
log_write(struct fleet *f, struct fl_inst *in, struct promise *p)
{
	struct fl_op *o;

	if (p->off > TREE_LOG_MAX || p->len > TREE_LOG_MAX - p->off) {
		answer(p, -EFBIG, NULL);
		return;
	}
	if ((o = fl_op_new(f, STORE_LOG, NULL)) == NULL ||
	    (o->op.data = malloc(p->len + 1)) == NULL) {
		free(o);
		answer(p, -ENOMEM, NULL);
		return;
	}
	memcpy(o->op.data, p->data, p->len);
	o->op.len = p->len;
	o->op.off = p->off;
	o->op.inst_id = in->pub->rec.id;
	o->p = p;
	o->after = log_after;
	fl_op_submit(o);
}

void
fl_promise(struct fleet *f, struct promise *p)
{
	struct fl_inst *in = fl_inst_find(f, p->inst);
	struct fl_host *h = in != NULL ? fl_host_find(f, in->pub->rec.host) : NULL;

	if (in == NULL || h == NULL)
		refuse(f, h, p, "no such installation");
	else if (p->kind == PROMISE_CLAIM)
		claim(f, in, h, p);
	else if (p->kind == PROMISE_REPORT)
		report(f, in, h, p);
	else
		log_write(f, in, p);
}
