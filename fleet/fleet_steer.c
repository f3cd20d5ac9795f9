/* fleet_steer.c - booting, leasing, arming and disarming. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/os.h"
#include "fleet_int.h"

/* A firmware's REQUEST again within this time and with the same xid is a
 * retransmission.  (The xid alone says little: iPXE makes it from the MAC.) */
#define SAME_BOOT_S	6

static bool
starts_boot(struct fleet *f, const struct fl_host *h,
    const struct dhcp_who *w, int64_t now)
{
	const struct host_record *rec = &h->next;

	if (!firmware_is_first(w->fw) || w->same_boot || fl_place(f, h, now) > 0)
		return false;
	if (rec->boot_xid == w->xid && now - rec->last_boot < SAME_BOOT_S)
		return false;
	return !chain_follows(&h->chain, w->fw, now);
}

/* What becomes of the record when the firmware asks: something else is booted, or
 * the host's own life goes on.  Why something else is no longer booted. */
static const char *
firmware_asks(struct fleet *f, struct fl_host *h, struct host_record *rec)
{
	const char *why = fl_other(f, OE_FIRMWARE, rec);
	struct host_record own;
	struct life_out out;

	if (rec->other.inst != 0)
		return why;
	(void)fl_life(f, h, LE_FIRMWARE, true, &own, &out);
	own.other = rec->other;
	*rec = own;
	return why;
}

void
fleet_boot(struct fleet *f, const struct fleet_host *fh, const struct dhcp_who *w,
    int64_t now, struct boot_plan *ret)
{
	struct fl_host *h = fh != NULL ? fl_host_find(f, fh->rec.name) : NULL;
	struct boot_query q = { .fw = w->fw, .known = h != NULL,
	    .state = HS_NEW, .server = w->server };
	struct host_record rec;
	struct fl_inst *in = NULL;

	q.root_path = w->root_path;
	q.filename = w->filename;
	q.asks_file = w->asks_file;
	q.next_server = w->next_server;
	if (f->disk_program[firmware_arch(w->fw)][0] != '\0')
		q.disk_program = f->disk_program[firmware_arch(w->fw)];
	q.http_port = f->cfg->top.http.enabled ? f->cfg->top.http.port : 0;
	if (h != NULL) {
		rec = h->next;
		q.loaded = chain_silent_ipxe(&h->chain, w->fw, now);
		q.loops = chain_loops(&h->chain, now);
		if (firmware_is_first(w->fw))
			q.place = fl_place(f, h, now);
		if (starts_boot(f, h, w, now))
			(void)firmware_asks(f, h, &rec);
		q.state = rec.state;
		q.loader = h->pub.cfg != NULL ? h->pub.cfg->loader : 0;
		q.other = rec.other.inst != 0;
		if (q.other)
			in = fl_inst_find(f, rec.other.inst);
		else if (q.state == HS_BOOTING || q.state == HS_INSTALLING ||
		    q.state == HS_ARMED)
			in = fl_inst_find(f, rec.inst);
	}
	if (in != NULL) {
		q.token = in->pub->rec.token;
		q.recipe = &in->pub->rec.recipe;
	}
	boot_plan(&q, ret);
	if (in != NULL) {
		ret->options = q.recipe->options;
		ret->options_len = q.recipe->options_len;
	}
}

/* Leases ------------------------------------------------------------------ */

/* The installation whose files the machine is reading. */
static uint32_t
at_work(const struct fl_host *h)
{
	return h->next.other.inst != 0 ? h->next.other.inst : h->next.inst;
}

struct lease_commit {
	struct fl_host	*h;
	unsigned	 left;
	int		 result;
	void		(*done)(void *arg, int result);
	void		*arg;
};

static void
lease_done(void *arg, int result)
{
	struct lease_commit *c = arg;

	if (result < 0)
		c->result = result;
	if (--c->left > 0)
		return;
	c->done(c->arg, c->result);
	free(c);
}

static void
lease_after(struct fl_op *o)
{
	struct lease_commit *c = o->arg;
	struct addr_owner own = { .mac = o->op.lease.mac };

	if (o->op.result < 0)
		return;
	if ((o->op.result = lease_put(o->f->leases, &o->op.lease)) < 0)
		return;
	if (c->h != NULL && o->op.lease.state == LEASE_BOUND) {
		snprintf(own.host, sizeof(own.host), "%s", c->h->pub.rec.name);
		own.inst = at_work(c->h);
	}
	addrmap_put(o->f->addrs, o->op.lease.addr, &own);
}

#define RESTARTED	"restarted"

/* What ended the way before is kept: it is why the host has failed. */
static void
boot_begins(struct fl_host *h)
{
	const struct host_record *rec = &h->pub.rec;
	struct timeline *tl = &h->pub.tl;

	if (rec->state != HS_FAILED) {
		timeline_boot(tl, clock_unix());
		h->told = NULL;
	} else if (timeline_seen(tl) == NULL)
		return;
	else if (strncmp(rec->reason, RESTARTED, sizeof(RESTARTED) - 1) == 0)
		tl->seen->restarted = rec->step_no;
	else if (rec->attempts > 0)
		tl->seen->looped = rec->attempts - 1;
}

static void
boot_after(struct fl_op *o)
{
	if (o->op.result == 0) {
		boot_begins(o->h);
		fl_collect(o->f, o->h);
	}
}

/* A network boot begins: the next state of the host, to be committed with the lease. */
static struct fl_op *
boot_op(struct fleet *f, struct fl_host *h, const struct dhcp_who *w, int64_t now)
{
	struct fl_op *o = fl_op_new(f, STORE_HOST, h);
	struct host_record *rec;
	enum host_state was = h->next.state;
	struct boot_plan plan;
	struct fl_inst *in;
	const char *why;

	if (o == NULL)
		return NULL;
	fleet_boot(f, &h->pub, w, now, &plan);
	chain_sent(&h->chain, w->fw, &plan, now);
	rec = &o->op.host;
	if ((why = firmware_asks(f, h, rec)) != NULL)
		fl_note(f, h, LINE_STATE, LINE_WARNING, "boots as usual again: what it was to boot instead %s", why);
	if ((in = fl_inst_find(f, rec->other.inst)) != NULL)
		in->n_reports = 0;	/* each boot has its own */
	if (was == HS_INSTALLING && rec->state == HS_FAILED)
		snprintf(rec->reason, sizeof(rec->reason),
		    RESTARTED " in step %u of %u (%s)", rec->step_no, rec->steps,
		    rec->step);
	if (rec->state == HS_LOCAL)
		rec->inst = 0;
	rec->last_boot = now;
	rec->boot_xid = w->xid;
	o->after = boot_after;
	return o;
}

int
fleet_lease_commit(struct fleet *f, const struct lease *l, struct fleet_host *fh,
    const struct dhcp_who *w, void (*done)(void *arg, int result), void *arg)
{
	struct fl_host *h = (struct fl_host *)(void *)fh;
	struct lease_commit *c = calloc(1, sizeof(*c));
	struct fl_op *lo = fl_op_new(f, STORE_LEASE, NULL), *ho = NULL;
	int64_t now = clock_unix();

	if (h != NULL && l->state == LEASE_BOUND && starts_boot(f, h, w, now))
		ho = boot_op(f, h, w, now);
	if (c == NULL || lo == NULL) {
		free(c);
		free(lo);
		free(ho);
		return -ENOMEM;
	}
	*c = (struct lease_commit){ .h = h, .done = done, .arg = arg,
	    .left = ho != NULL ? 2 : 1 };
	lo->op.lease = *l;
	lo->after = lease_after;
	lo->done = lease_done;
	lo->arg = c;
	if (ho != NULL) {
		ho->done = lease_done;
		ho->arg = c;
		fl_op_submit(ho);
	}
	fl_op_submit(lo);
	return 0;
}

int
fleet_boot_commit(struct fleet *f, struct fleet_host *fh, const struct dhcp_who *w,
    void (*done)(void *arg, int result), void *arg)
{
	struct fl_host *h = (struct fl_host *)(void *)fh;
	struct fl_op *o;
	int64_t now = clock_unix();

	if (!starts_boot(f, h, w, now)) {
		done(arg, 0);
		return 0;
	}
	if ((o = boot_op(f, h, w, now)) == NULL)
		return -ENOMEM;
	o->done = done;
	o->arg = arg;
	fl_op_submit(o);
	return 0;
}

void
fleet_learn(struct fleet *f, const struct fleet_host *fh, struct mac mac, uint32_t addr,
    uint32_t old)
{
	const struct fl_host *h = (const struct fl_host *)(const void *)fh;
	struct addr_owner own = { .mac = mac,
	    .inst = at_work(h) };

	snprintf(own.host, sizeof(own.host), "%s", h->pub.rec.name);
	addrmap_put(f->addrs, addr, &own);
	if (old != 0 && old != addr)
		addrmap_drop(f->addrs, old, h->pub.rec.name);
}

/* Arming ------------------------------------------------------------------ */

int
fleet_inst_prepare(struct fleet *f, struct inst_record *ret)
{
	static const char hex[] = "0123456789abcdef";
	uint8_t rnd[16];
	int r;

	memset(ret, 0, sizeof(*ret));
	if ((r = os_random(rnd, sizeof(rnd))) < 0)
		return r;
	for (size_t i = 0; i < sizeof(rnd); i++) {
		ret->token[2 * i] = hex[rnd[i] >> 4];
		ret->token[2 * i + 1] = hex[rnd[i] & 15];
	}
	ret->id = store_next_inst(f->store);
	ret->created = clock_unix();
	return 0;
}

static void
arm_after(struct fl_op *o)
{
	struct fleet *f = o->f;

	if (o->op.result == 0)
		o->op.result = fl_inst_put(f, &o->inst);
	if (o->op.result < 0) {
		installation_unref(o->inst.pub);
		return;
	}
	timeline_arm(&o->h->pub.tl, clock_unix());
	o->h->told = NULL;
	if (o->inst.pub->rec.kind == INST_INSTALL)
		fl_note(f, o->h, LINE_STEER, LINE_INFO, "armed with profile %s",
		    o->inst.pub->rec.profile);
	else
		fl_note(f, o->h, LINE_STEER, LINE_INFO, "%s network boot: %s (profile %s)",
		    o->op.host.other.always ? "every" : "the next",
		    inst_kind_name(o->inst.pub->rec.kind), o->inst.pub->rec.profile);
	/* What runs instead is served until the machine starts again, though it will
	 * be something else then. */
	if (o->inst.pub->rec.kind == INST_INSTALL)
		fl_collect(f, o->h);
	fl_publish_soon(f);
}

int
fleet_arm(struct fleet *f, struct fleet_host *fh, const struct fleet_arm_req *req,
    void (*done)(void *arg, int result), void *arg, const char **ret_why)
{
	struct fl_host *h = (struct fl_host *)(void *)fh;
	struct fl_op *o = fl_op_new(f, STORE_INST, h);
	struct host_record *rec;
	struct life_out out = { 0 };
	int r;

	*ret_why = NULL;
	if (o == NULL)
		return -ENOMEM;
	rec = &o->op.host;
	if (req->rec.kind != INST_INSTALL) {
		if (rec->state == HS_ARMED || rec->state == HS_BOOTING ||
		    rec->state == HS_INSTALLING) {
			*ret_why = "the host is armed or being installed; disarm it first";
			free(o);
			return -EPERM;
		}
		(void)fl_other(f, OE_ASK, rec);
		rec->other.inst = req->rec.id;
		rec->other.always = req->always;
		buf_free(&h->found);
	} else {
		if (!fl_life(f, h, LE_ARM, true, rec, &out)) {
			*ret_why = out.why;
			free(o);
			return -EPERM;
		}
		(void)fl_other(f, OE_LEAVE, rec);
		rec->inst = req->rec.id;
		rec->retry = req->retry;
		rec->step[0] = '\0';
		rec->step_no = 0;
		rec->steps = req->rec.steps;
	}
	if ((r = fl_inst_add(f, &req->rec, req->overlay, &o->inst)) < 0) {
		*ret_why = r == -ENOENT ? "the profile's tree is not configured" : NULL;
		free(o);
		return r;
	}
	o->op.inst = req->rec;
	o->op.inst.plan = req->rec.plan != NULL ? strdup(req->rec.plan) : NULL;
	o->op.overlay = overlay_ref(req->overlay);
	o->after = arm_after;
	o->done = done;
	o->arg = arg;
	fl_op_submit(o);
	return 0;
}

static void
disarm_after(struct fl_op *o)
{
	if (o->op.result == 0) {
		fl_note(o->f, o->h, LINE_STEER, LINE_INFO, "disarmed");
		fl_collect(o->f, o->h);
	}
}

int
fleet_disarm(struct fleet *f, struct fleet_host *fh,
    void (*done)(void *arg, int result), void *arg, const char **ret_why)
{
	struct fl_host *h = (struct fl_host *)(void *)fh;
	struct fl_op *o = fl_op_new(f, STORE_HOST, h);
	struct life_out out;

	*ret_why = NULL;
	if (o == NULL)
		return -ENOMEM;
	if (!fl_life(f, h, LE_DISARM, true, &o->op.host, &out)) {
		*ret_why = out.why;
		free(o);
		return -EPERM;
	}
	o->op.host.inst = 0;
	(void)fl_other(f, OE_LEAVE, &o->op.host);
	o->after = disarm_after;
	o->done = done;
	o->arg = arg;
	fl_op_submit(o);
	return 0;
}

static void
leave_after(struct fl_op *o)
{
	if (o->op.result < 0)
		return;
	fl_note(o->f, o->h, LINE_STEER, LINE_INFO, "boots as usual again%s", o->op.host.other.inst != 0 ?
	    ", once it starts again" : "");
	fl_collect(o->f, o->h);
}

int
fleet_boot_none(struct fleet *f, struct fleet_host *fh,
    void (*done)(void *arg, int result), void *arg)
{
	struct fl_host *h = (struct fl_host *)(void *)fh;
	struct fl_op *o = fl_op_new(f, STORE_HOST, h);

	if (o == NULL)
		return -ENOMEM;
	(void)fl_other(f, OE_LEAVE, &o->op.host);
	o->after = leave_after;
	o->done = done;
	o->arg = arg;
	fl_op_submit(o);
	return 0;
}
