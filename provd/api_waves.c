/* api_waves.c - waves through the API. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/clock.h"
#include "api_int.h"
#include "waves.h"

static json_t *
text(const char *s)
{
	json_t *j = json_string(s);

	return j != NULL ? j : json_string("?");
}

static json_t *
wave_json(const struct wave *w)
{
	json_t *o = json_object(), *n = json_object();

	json_object_set_new(o, "id", json_integer(w->id));
	json_object_set_new(o, "state", text(wave_state_name(w->state)));
	json_object_set_new(o, "why", text(w->why));
	json_object_set_new(o, "select", text(w->select));
	json_object_set_new(o, "profile", text(w->profile));
	json_object_set_new(o, "tree", text(w->tree));
	json_object_set_new(o, "power", text(wave_power_name(w->power)));
	json_object_set_new(o, "size", json_integer(w->size));
	json_object_set_new(o, "max_failed", json_integer(w->max_failed));
	json_object_set_new(o, "timeout", json_integer(w->timeout));
	json_object_set_new(o, "turn", json_integer(w->turn));
	json_object_set_new(o, "started", json_integer(w->started));
	json_object_set_new(o, "ended", json_integer(w->ended));
	json_object_set_new(o, "hosts", json_integer((json_int_t)w->n));
	for (unsigned i = 0; i < WS__COUNT; i++)
		json_object_set_new(n, wave_step_name((enum wave_step)i),
		    json_integer(wave_count(w, (enum wave_step)i)));
	json_object_set_new(o, "count", n);
	return o;
}

static json_t *
host_json(const struct wave_host *h, int64_t now)
{
	json_t *o = json_object();

	json_object_set_new(o, "name", text(h->name));
	json_object_set_new(o, "result", text(wave_step_name(h->step)));
	json_object_set_new(o, "turn", json_integer(h->turn));
	json_object_set_new(o, "begun", json_integer(h->begun));
	json_object_set_new(o, "ended", json_integer(h->ended));
	json_object_set_new(o, "seconds", json_integer(h->begun == 0 ? 0 :
	    (h->ended != 0 ? h->ended : now) - h->begun));
	json_object_set_new(o, "reason", text(h->reason));
	return o;
}

void
api_waves(struct api_call *c)
{
	json_t *o = json_object(), *list = json_array();

	for (size_t i = 0; i < waves_count(c->d->waves); i++)
		json_array_append_new(list, wave_json(waves_at(c->d->waves, i)));
	json_object_set_new(o, "waves", list);
	api_reply(c, 200, o);
}

/* 0: it was answered that there is none. */
static uint32_t
id_of(struct api_call *c)
{
	char *end;
	unsigned long id = strtoul(c->host, &end, 10);

	if (c->host[0] >= '0' && c->host[0] <= '9' && *end == '\0' && id <= UINT32_MAX &&
	    waves_find(c->d->waves, (uint32_t)id) != NULL)
		return (uint32_t)id;
	api_error(c, 404, "there is no wave %s", c->host);
	return 0;
}

void
api_wave(struct api_call *c)
{
	uint32_t id = id_of(c);
	const struct wave *w;
	json_t *o, *list;

	if (id == 0)
		return;
	w = waves_find(c->d->waves, id);
	o = wave_json(w);
	list = json_array();
	for (size_t i = 0; i < w->n; i++)
		json_array_append_new(list, host_json(&w->host[i], clock_unix()));
	json_object_set_new(o, "report", list);
	api_reply(c, 200, o);
}

static void
done(void *arg, int result)
{
	struct api_call *c = arg;
	const struct wave *w = waves_find(c->d->waves, (uint32_t)strtoul(c->host, NULL, 10));

	if (result < 0 || w == NULL)
		api_error(c, 500, "nothing was written down: %s", strerror(-result));
	else
		api_reply(c, 200, wave_json(w));
}

static void
refuse(struct api_call *c, int r, const char *why)
{
	if (r < 0)
		api_error(c, r == -ENOENT ? 404 : r == -EINVAL ? 409 : 500, "%s", why);
}

void
api_wave_start(struct api_call *c)
{
	struct wave_ask q = { .select = api_query(c, "select"), .size = api_query(c, "size"),
	    .max_failed = api_query(c, "max-failed"), .timeout = api_query(c, "timeout"),
	    .power = api_query(c, "power"), .profile = api_query(c, "profile"),
	    .tree = api_query(c, "tree") };
	char why[300] = "out of memory";
	uint32_t id = 0;
	int r;

	if (q.select == NULL) {
		api_error(c, 400, "select is missing");
		return;
	}
	/* The number is known before the answer can come: nothing is on disk yet. */
	if ((c->host = malloc(16)) == NULL)
		r = -ENOMEM;
	else if ((r = waves_start(c->d->waves, &q, done, c, &id, why)) == 0)
		snprintf(c->host, 16, "%u", id);
	refuse(c, r, why);
}

void
api_wave_stop(struct api_call *c)
{
	uint32_t id = id_of(c);
	char why[300] = "out of memory";

	if (id != 0)
		refuse(c, waves_stop(c->d->waves, id, done, c, why), why);
}

void
api_wave_resume(struct api_call *c)
{
	uint32_t id = id_of(c);
	const char *retry = api_query(c, "retry");
	char why[300] = "out of memory";

	if (id != 0)
		refuse(c, waves_resume(c->d->waves, id, retry != NULL &&
		    strcmp(retry, "yes") == 0, done, c, why), why);
}
