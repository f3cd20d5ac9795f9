/* fleet_history.c - what is told of hosts, and kept: lines, facts, why they get
 * no further, how long they take; and of machines that are no hosts. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fleet_int.h"

#define LINES_WAITING	4096u
#define SAVES		256u		/* of a tick: the rest has its turn in the next */
#define STRANGERS_PER_S	200u		/* anybody can be as many as he likes */
#define STRANGER_S	30		/* between two saves of one */
#define REST_S		3600
#define TOLD_S		600		/* the same reason is not told again so soon */

/* Takes text; NULL: what was kept is forgotten. */
static int
submit(struct fleet *f, enum store_keep kind, const char *key, char *text,
    void (*done)(void *arg, int result), void *arg)
{
	struct fl_op *o = fl_op_new(f, STORE_KEEP, NULL);

	if (o == NULL) {
		free(text);
		return -ENOMEM;
	}
	o->op.keep = kind;
	snprintf(o->op.name, sizeof(o->op.name), "%s", key);
	o->op.data = (uint8_t *)text;
	o->op.len = text != NULL ? strlen(text) : 0;
	o->done = done;
	o->arg = arg;
	fl_op_submit(o);
	return 0;
}

/* The same for what may be lost where the disk is behind. */
static void
keep(struct fleet *f, enum store_keep kind, const char *key, char *text)
{
	if (f->store != NULL && store_waiting(f->store) < LINES_WAITING)
		(void)submit(f, kind, key, text, NULL, NULL);
	else
		free(text);
}

/* Kept for others, who ask for it once. */
static int
load_other(struct fleet *f, enum store_keep kind, const char *key, const char *text)
{
	struct fl_kept *p = realloc(f->kept, (f->n_kept + 1) * sizeof(*p));

	if (p == NULL)
		return -ENOMEM;
	f->kept = p;
	p += f->n_kept;
	*p = (struct fl_kept){ .kind = kind, .key = strdup(key), .text = strdup(text) };
	f->n_kept++;
	return p->key != NULL && p->text != NULL ? 0 : -ENOMEM;
}

int
fleet_kept(struct fleet *f, enum store_keep kind,
    int (*fn)(void *, const char *key, const char *text), void *arg)
{
	int r = 0;

	for (size_t i = 0; i < f->n_kept && r == 0; i++)
		if (f->kept[i].kind == kind)
			r = fn(arg, f->kept[i].key, f->kept[i].text);
	return r;
}

void
fl_kept_free(struct fleet *f)
{
	for (size_t i = 0; i < f->n_kept; i++) {
		free(f->kept[i].key);
		free(f->kept[i].text);
	}
	free(f->kept);
}

int
fleet_keep(struct fleet *f, enum store_keep kind, const char *key, const char *text,
    void (*done)(void *arg, int result), void *arg)
{
	char *own = text != NULL ? strdup(text) : NULL;

	if (text != NULL && own == NULL)
		return -ENOMEM;
	return submit(f, kind, key, own, done, arg);
}

int
fl_load_kept(void *arg, enum store_keep kind, const char *key, const char *text, int64_t t)
{
	struct fleet *f = arg;
	struct fl_host *h;
	int r = 0;

	(void)t;
	switch (kind) {
	case KEEP_COURSE:
		r = course_load(&f->courses, key, text);
		break;
	case KEEP_SEEN:
		if ((h = fl_host_find(f, key)) != NULL)
			timeline_load_text(&h->pub.tl, text);
		break;
	case KEEP_STRANGER:
		r = stranger_load(&f->strangers, key, text);
		break;
	case KEEP_HOST:
	case KEEP_WAVE:
		r = load_other(f, kind, key, text);
		break;
	}
	return r == -ENOMEM ? r : 0;	/* else another provd's, perhaps */
}

/* Lines ------------------------------------------------------------------- */

void
fl_line(struct fleet *f, struct fl_host *h, bool made)
{
	const struct tl_line *l;
	struct fl_op *o;

	if (!made || h->pub.tl.n == 0)
		return;
	l = timeline_at(&h->pub.tl, h->pub.tl.n - 1);
	for (size_t i = 0; i < sizeof(f->watch) / sizeof(f->watch[0]); i++)
		if (f->watch[i].fn != NULL)
			f->watch[i].fn(f->watch[i].arg, &h->pub, l);
	/* Anybody can cause lines: with a disk that is behind, the history that
	 * is kept may have gaps. */
	if (f->store == NULL || store_waiting(f->store) >= LINES_WAITING ||
	    (o = fl_op_new(f, STORE_EVENT, NULL)) == NULL)
		return;
	snprintf(o->op.ev_host, sizeof(o->op.ev_host), "%s", h->pub.rec.name);
	o->op.time = l->time;
	o->op.ev_kind = l->kind;
	o->op.ev_severity = l->severity;
	o->op.len = strlen(l->text);
	if ((o->op.data = (uint8_t *)strdup(l->text)) == NULL)
		free(o);
	else
		fl_op_submit(o);
}

void
fl_note(struct fleet *f, struct fl_host *h, enum line_kind kind, enum line_severity severity,
    const char *fmt, ...)
{
	char text[TL_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fl_line(f, h, timeline_note(&h->pub.tl, clock_unix(), kind, severity, text));
}

void
fleet_note(struct fleet *f, struct fleet_host *h, enum line_severity severity,
    const char *text)
{
	fl_note(f, (struct fl_host *)(void *)h, LINE_NOTE, severity, "%s", text);
}

/* Strangers --------------------------------------------------------------- */

/* In the store is the first that was heard of it at once, and the rest now and then. */
static void
save_stranger(struct fleet *f, struct stranger *s, int64_t now)
{
	char text[STRANGER_TEXT];

	(void)stranger_write(s, text);
	s->saved = now;
	s->changed = false;
	keep(f, KEEP_STRANGER, s->key, strdup(text));
}

/* A network whose machines are all strangers, and served, costs no more than that. */
static bool
too_many_strangers(struct fleet *f, int64_t now)
{
	if (f->strange_at != now) {
		f->strange_at = now;
		f->strange_n = 0;
	}
	return f->strange_n++ >= STRANGERS_PER_S;
}

static void
met(struct fleet *f, const char *gone)
{
	if (gone[0] != '\0')
		keep(f, KEEP_STRANGER, gone, NULL);
}

void
fl_stranger_event(struct fleet *f, const struct event *ev, int64_t now)
{
	struct event known = *ev;
	struct addr_owner o;
	char gone[STRANGER_KEY];

	if (too_many_strangers(f, now))
		return;
	/* Its address is one that we leased to somebody: then that is its MAC. */
	if (mac_is_zero(ev->mac) && ev->addr != 0 && addrmap_get(f->addrs, ev->addr, &o))
		known.mac = o.mac;
	(void)stranger_event(&f->strangers, &known, now, gone);
	met(f, gone);
}

void
fleet_strangers_forget(struct fleet *f)
{
	const struct stranger *s;
	const char *how;

	for (unsigned i = f->strangers.n; i-- > 0; ) {
		char key[STRANGER_KEY];

		s = f->strangers.s[i];
		if (mac_is_zero(s->mac) ||
		    fleet_host_by_client(f, NULL, &s->mac, 0, &how) == NULL)
			continue;
		memcpy(key, s->key, sizeof(key));
		stranger_drop(&f->strangers, key);
		keep(f, KEEP_STRANGER, key, NULL);
	}
}

const struct stranger_list *
fleet_strangers(struct fleet *f)
{
	return &f->strangers;
}

/* DHCP -------------------------------------------------------------------- */

void
fleet_dhcp_event(struct fleet *f, const struct event_dhcp *e)
{
	struct fl_host *h = e->host != NULL ? fl_host_find(f, e->host) : NULL;
	int64_t now = clock_unix();
	char gone[STRANGER_KEY];

	if (h != NULL) {
		fl_line(f, h, timeline_dhcp(&h->pub.tl, e, h->pub.rec.state, now));
		return;
	}
	if (too_many_strangers(f, now))
		return;
	(void)stranger_dhcp(&f->strangers, e, now, gone);
	met(f, gone);
}

/* Why --------------------------------------------------------------------- */

static const struct course *
course_of(struct fleet *f, const struct fleet_host *h)
{
	const struct installation *in = fleet_host_inst(f, h);

	return in != NULL ? course_find(&f->courses, in->rec.profile, in->rec.tree) : NULL;
}

/* A machine that is to boot something else is on its way like one that installs. */
static enum host_state
way(const struct fleet_host *h)
{
	if (h->rec.other.inst == 0 || h->rec.other.state == OTHER_UP)
		return h->rec.state;
	return h->tl.seen != NULL && h->tl.seen->boot_at != 0 ? HS_BOOTING : HS_ARMED;
}

bool
fleet_why(struct fleet *f, const struct fleet_host *h, int64_t now, struct why *ret)
{
	const struct host_record *rec = &h->rec;
	const struct installation *in = fleet_host_inst(f, h);
	const struct timeline *tl = &h->tl;
	static const struct seen nothing;
	struct why_in q = { .seen = tl->seen != NULL ? tl->seen : &nothing,
	    .state = way(h), .now = now, .since = rec->since,
	    .place = fleet_place(f, h, now), .limit = f->cfg->top.installing,
	    .attempts = rec->attempts, .max_attempts = f->cfg->top.attempts,
	    .step_no = rec->step_no, .steps = rec->steps, .reason = rec->reason,
	    .usual = course_usual(course_of(f, h), rec->step),
	    .file = tl->file_over ? "" : tl->file, .percent = tl->percent };

	if (q.state != HS_ARMED && q.state != HS_BOOTING && tl->seen == NULL)
		return false;
	if (in != NULL && in->rec.recipe.os == BOOT_FREEBSD) {
		q.installs = true;
		q.bios = in->rec.recipe.bios_file[0] != '\0';
		q.uefi = in->rec.recipe.uefi_file[0] != '\0';
	}
	if (f->trouble != NULL && q.state == HS_ARMED)
		q.iface_down = f->trouble(f->trouble_arg);
	return why(&q, ret);
}

void
fleet_trouble(struct fleet *f, const char *(*iface_down)(void *arg), void *arg)
{
	f->trouble = iface_down;
	f->trouble_arg = arg;
}

/* A reason that is new is a line of the history: that is when it began. */
static void
tell_why(struct fleet *f, struct fl_host *h, int64_t now)
{
	struct why w;
	char text[TL_TEXT];

	if (!fleet_why(f, &h->pub, now, &w) || w.severity == LINE_INFO ||
	    (w.rule == h->told && now - h->told_at < TOLD_S))
		return;
	h->told = w.rule;
	h->told_at = now;
	snprintf(text, sizeof(text), "stuck: %.180s", w.text);
	fl_line(f, h, timeline_remark(&h->pub.tl, now, LINE_STATE, w.severity, text));
}

static void
save(struct fleet *f, struct fl_host *h)
{
	h->pub.tl.changed = false;
	keep(f, KEEP_SEEN, h->pub.rec.name, timeline_text(&h->pub.tl));
}

static bool
on_its_way(const struct fl_host *h)
{
	enum host_state st = h->pub.rec.state;

	return (st >= HS_ARMED && st <= HS_INSTALLED) || st == HS_FAILED ||
	    (h->pub.rec.other.inst != 0 && h->pub.rec.other.state != OTHER_UP);
}

/* A system that runs from its disk and renews its lease: what is seen of it is
 * not stored, and is let go when it has been quiet. */
static void
rest(struct fl_host *h, int64_t now)
{
	struct timeline *tl = &h->pub.tl;

	tl->changed = false;
	if (tl->seen == NULL || now - tl->last < REST_S)
		return;
	free(tl->seen);
	free(tl->packets);
	tl->seen = NULL;
	tl->packets = NULL;
}

void
fleet_tick(struct fleet *f, int64_t now)
{
	unsigned saves = 0;

	for (size_t i = 0; i < f->n_host; i++) {
		struct fl_host *h = f->host[i];

		if (on_its_way(h) && h->pub.rec.state != HS_FAILED && h->pub.tl.seen != NULL)
			tell_why(f, h, now);
		if (!on_its_way(h))
			rest(h, now);
		else if (h->pub.tl.changed && saves < SAVES) {
			save(f, h);
			saves++;
		}
	}
	for (unsigned i = 0; i < f->strangers.n; i++) {
		struct stranger *s = f->strangers.s[i];

		if (s->changed && now - s->saved >= STRANGER_S && saves < SAVES) {
			save_stranger(f, s, now);
			saves++;
		}
	}
}

/* The last of all. */
void
fl_history_stop(struct fleet *f)
{
	for (size_t i = 0; i < f->n_host; i++)
		if (f->host[i]->pub.tl.changed && on_its_way(f->host[i]))
			save(f, f->host[i]);
	for (unsigned i = 0; i < f->strangers.n; i++)
		if (f->strangers.s[i]->changed)
			save_stranger(f, f->strangers.s[i], f->strangers.s[i]->last);
}

void
fl_history_free(struct fleet *f)
{
	stranger_free(&f->strangers);
	course_list_free(&f->courses);
}

/* Courses ----------------------------------------------------------------- */

void
fl_course_done(struct fleet *f, const struct fl_host *h)
{
	const struct fl_inst *in = fl_inst_find(f, h->pub.rec.inst);
	const struct timeline *tl = &h->pub.tl;
	const struct inst_record *rec;
	char key[COURSE_KEY], *text;

	if (in == NULL || tl->n_mark == 0)
		return;
	rec = &in->pub->rec;
	if (course_add(&f->courses, rec->profile, rec->tree, tl->mark, tl->n_mark,
	    clock_unix()) == 0 &&
	    (text = course_text(&f->courses, rec->profile, rec->tree, key)) != NULL)
		keep(f, KEEP_COURSE, key, text);
}

int
fleet_progress(struct fleet *f, const struct fleet_host *h, int64_t now, int64_t *ret_eta)
{
	return timeline_percent(&h->tl, course_of(f, h), h->rec.state, h->rec.step_no,
	    h->rec.steps, now, ret_eta);
}
