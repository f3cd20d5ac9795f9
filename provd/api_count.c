/* api_count.c - what the data threads have done, and what the process takes. */
#include "../lib/os_usage.h"
#include "../lib/pool.h"
#include "api_int.h"

static json_t *
number(uint64_t v)
{
	return json_integer((json_int_t)v);
}

/* {"tftp":{"requests":1,...},...}: of thread i, or, i being their number, of all. */
static json_t *
counters(const struct daemon *d, unsigned i)
{
	json_t *o = json_object(), *p;
	unsigned from = i < d->n_worker ? i : 0, to = i < d->n_worker ? i + 1 : i;

	for (size_t k = 0; k < COUNT_N; k++) {
		const struct count_info *c = &count_info[k];
		uint64_t n = 0;

		for (unsigned w = from; w < to; w++)
			n += count_get(&d->worker[w].w.count, (enum count_id)k);
		if ((p = json_object_get(o, c->protocol)) == NULL) {
			p = json_object();
			json_object_set_new(o, c->protocol, p);
		}
		json_object_set_new(p, c->name, number(n));
	}
	return o;
}

static json_t *
process(const struct daemon *d)
{
	const struct snapshot *s = fleet_snapshot(d->fleet);
	json_t *o = json_object();
	struct os_usage u;
	size_t cached = 0;

	os_usage(&u);
	for (size_t i = 0; i < s->n_tree; i++)
		cached += tree_cached(s->tree[i].tree);
	json_object_set_new(o, "rss", number(u.rss));
	json_object_set_new(o, "rss_peak", number(u.rss_peak));
	json_object_set_new(o, "descriptors", number(u.descriptors));
	json_object_set_new(o, "disk_jobs", number(pool_waiting(d->pool)));
	json_object_set_new(o, "directories_cached", number(cached));
	return o;
}

void
api_count(struct daemon *d, json_t *o)
{
	json_t *threads = json_array();

	for (unsigned i = 0; i < d->n_worker; i++)
		json_array_append_new(threads, counters(d, i));
	json_object_set_new(o, "all", counters(d, d->n_worker));
	json_object_set_new(o, "threads", threads);
	json_object_set_new(o, "process", process(d));
}
