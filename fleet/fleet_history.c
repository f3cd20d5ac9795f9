/* fleet_history.c - what is told of hosts, and kept: how long they take. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fleet_int.h"

/* Takes text; NULL or "": what was kept is forgotten. */
static void
keep(struct fleet *f, enum store_keep kind, const char *key, char *text)
{
	struct fl_op *o = f->store != NULL ? fl_op_new(f, STORE_KEEP, NULL) : NULL;

	if (o == NULL) {
		free(text);
		return;
	}
	o->op.keep = kind;
	snprintf(o->op.name, sizeof(o->op.name), "%s", key);
	o->op.data = (uint8_t *)text;
	o->op.len = text != NULL ? strlen(text) : 0;
	fl_op_submit(o);
}

int
fl_load_kept(void *arg, enum store_keep kind, const char *key, const char *text, int64_t t)
{
	struct fleet *f = arg;
	int r = 0;

	(void)t;
	if (kind == KEEP_COURSE)
		r = course_load(&f->courses, key, text);
	return r == -ENOMEM ? r : 0;	/* another provd's, perhaps */
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

static const struct course *
course_of(struct fleet *f, const struct fleet_host *h)
{
	const struct installation *in = fleet_host_inst(f, h);

	return in != NULL ? course_find(&f->courses, in->rec.profile, in->rec.tree) : NULL;
}

int
fleet_progress(struct fleet *f, const struct fleet_host *h, int64_t now, int64_t *ret_eta)
{
	return timeline_percent(&h->tl, course_of(f, h), h->rec.state, h->rec.step_no,
	    h->rec.steps, now, ret_eta);
}
