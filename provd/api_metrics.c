/* api_metrics.c - counters for Prometheus, and whether provd is well.
 *
 * Spec: Prometheus text format 0.0.4. */
#include <stdio.h>
#include <string.h>

#include "../dhcpd/dhcp_rule.h"
#include "../dhcpd/dhcpd.h"
#include "../lib/os_usage.h"
#include "../lib/pool.h"
#include "api_int.h"
#include "version.h"

#define STALLED_NS	5000000000	/* a commit that takes so long is none */

static void
head(struct buf *b, const char *name, const char *type, const char *help)
{
	buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
one(struct buf *b, const char *name, const char *type, const char *help, uint64_t value)
{
	head(b, name, type, help);
	buf_printf(b, "%s %llu\n", name, (unsigned long long)value);
}

/* Hosts, leases ------------------------------------------------------------- */

static void
count_host(void *arg, struct fleet_host *h)
{
	uint64_t *n = arg;

	if (h->cfg != NULL || h->rec.state != HS_NEW)
		n[h->rec.state]++;
}

static void
hosts(struct buf *b, struct fleet *f)
{
	uint64_t n[HS__COUNT] = { 0 };

	fleet_each_host(f, count_host, n);
	head(b, "provd_hosts", "gauge", "Hosts by what they are about.");
	for (int i = 0; i < HS__COUNT; i++)
		buf_printf(b, "provd_hosts{state=\"%s\"} %llu\n",
		    host_state_name((enum host_state)i), (unsigned long long)n[i]);
}

#define LEASE_STATES	5

static void
count_lease(void *arg, const struct lease *l)
{
	uint64_t *n = arg;

	if ((unsigned)l->state < LEASE_STATES)
		n[l->state]++;
}

static void
leases(struct buf *b, struct fleet *f)
{
	static const char *const name[LEASE_STATES] = { "free", "offered", "bound", "released",
	    "declined" };
	uint64_t n[LEASE_STATES] = { 0 };

	lease_each(fleet_leases(f), count_lease, n);
	head(b, "provd_leases", "gauge", "Leases by state.");
	for (int i = 1; i < LEASE_STATES; i++)
		buf_printf(b, "provd_leases{state=\"%s\"} %llu\n", name[i],
		    (unsigned long long)n[i]);
}

/* Data threads, DHCP ---------------------------------------------------------- */

static void
counters(struct buf *b, const struct daemon *d)
{
	for (size_t k = 0; k < COUNT_N; k++) {
		const struct count_info *c = &count_info[k];
		bool sum = c->kind == COUNT_SUM;
		uint64_t n = 0;
		char name[80];

		for (unsigned w = 0; w < d->n_worker; w++)
			n += count_get(&d->worker[w].w.count, (enum count_id)k);
		snprintf(name, sizeof(name), "provd_%s_%s%s", c->protocol, c->name,
		    sum ? "_total" : "");
		one(b, name, sum ? "counter" : "gauge", c->text, n);
	}
}

static void no_net(void *arg, const struct dhcpd_net_status *s) { (void)arg; (void)s; }
static void no_iface(void *arg, const struct dhcpd_iface_status *s) { (void)arg; (void)s; }

static void
no_server(void *arg, const struct dhcpd_server_status *s)
{
	(void)arg;
	(void)s;
}

static void
rules(void *arg, const struct dhcpd_counts *c)
{
	struct buf *b = arg;

	head(b, "provd_dhcp_packets_total", "counter", "Packets by the rule that decided.");
	for (int i = 0; i < DR__COUNT; i++)
		buf_printf(b, "provd_dhcp_packets_total{rule=\"%s\"} %llu\n",
		    dhcp_rule_name((enum dhcp_rule)i), (unsigned long long)c->rule[i]);
	head(b, "provd_dhcp_refused_total", "counter", "Packets that came too fast.");
	buf_printf(b, "provd_dhcp_refused_total{of=\"client\"} %llu\n"
	    "provd_dhcp_refused_total{of=\"relay\"} %llu\n",
	    (unsigned long long)c->client_refused, (unsigned long long)c->relay_refused);
	one(b, "provd_dhcp_addresses_in_use_total", "counter",
	    "Addresses that somebody had before they were offered.", c->in_use);
}

/* Store, process --------------------------------------------------------------- */

static void
store(struct buf *b, const struct fleet *f)
{
	struct store_stats s;
	uint64_t n = 0;

	fleet_store_stats(f, &s);
	head(b, "provd_store_commit_seconds", "histogram", "How long commits take.");
	for (size_t i = 0; i < STORE_BUCKETS; i++) {
		n += s.within[i];
		if (i + 1 < STORE_BUCKETS)
			buf_printf(b, "provd_store_commit_seconds_bucket{le=\"%g\"} %llu\n",
			    (double)store_bucket[i] / 1e9, (unsigned long long)n);
	}
	buf_printf(b, "provd_store_commit_seconds_bucket{le=\"+Inf\"} %llu\n"
	    "provd_store_commit_seconds_sum %.9f\nprovd_store_commit_seconds_count %llu\n",
	    (unsigned long long)n, (double)s.took / 1e9, (unsigned long long)n);
	one(b, "provd_store_operations_total", "counter", "Changes committed, and failed ones.", s.ops);
	one(b, "provd_store_failed_total", "counter", "Changes that could not be committed.", s.failed);
	one(b, "provd_store_waiting", "gauge", "Changes that wait for their commit.", s.waiting);
	one(b, "provd_events_dropped_total", "counter",
	    "Events left out because the control thread was behind.", fleet_events_dropped(f));
}

static void
process(struct buf *b, const struct daemon *d)
{
	struct os_usage u;

	os_usage(&u);
	one(b, "process_resident_memory_bytes", "gauge", "Resident memory.", u.rss);
	one(b, "process_open_fds", "gauge", "Open descriptors.", u.descriptors);
	one(b, "process_start_time_seconds", "gauge", "When provd began, since 1970.",
	    (uint64_t)d->started);
	one(b, "provd_disk_jobs", "gauge", "Jobs that wait for a disk.", pool_waiting(d->pool));
	head(b, "provd_build_info", "gauge", "Which provd this is.");
	buf_puts(b, "provd_build_info{version=\"" PROVD_VERSION "\"} 1\n");
}

/* Calls -------------------------------------------------------------------------- */

void
api_metrics(struct api_call *c)
{
	static const struct dhcpd_status_fn fn = { no_net, no_iface, no_server, rules };
	struct daemon *d = c->d;
	struct buf b = { 0 };

	hosts(&b, d->fleet);
	leases(&b, d->fleet);
	counters(&b, d);
	if (d->dhcpd != NULL)
		dhcpd_status(d->dhcpd, &fn, &b);
	store(&b, d->fleet);
	process(&b, d);
	if (b.err != 0)
		api_error(c, 500, "out of memory");
	else
		api_bytes(c, "text/plain; version=0.0.4; charset=utf-8", b.p, b.len);
	buf_free(&b);
}

void
api_health(struct api_call *c)
{
	api_reply(c, 200, json_pack("{s:s}", "status", "alive"));
}

/* provd serves before it answers here; what can go wrong later is the store. */
void
api_ready(struct api_call *c)
{
	struct store_stats s;

	fleet_store_stats(c->d->fleet, &s);
	if (s.failing)
		api_error(c, 503, "the store's last commit failed");
	else if (s.busy > STALLED_NS)
		api_error(c, 503, "the store waits for its disk for %lld seconds",
		    (long long)(s.busy / 1000000000));
	else
		api_reply(c, 200, json_pack("{s:s}", "status", "ready"));
}
