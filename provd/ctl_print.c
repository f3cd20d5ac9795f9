/* ctl_print.c - what provctl writes about servers' answers. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../fleet/count.h"
#include "../lib/buf.h"
#include "ctl_print.h"

static const char *
get(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s != NULL ? s : "";
}

static long long
num(const json_t *o, const char *key)
{
	return (long long)json_integer_value(json_object_get(o, key));
}

void
ctl_put_safe_to(FILE *f, const char *s)
{
	struct buf b = { 0 };

	buf_text(&b, s, strlen(s));
	fwrite(b.p != NULL ? b.p : "", 1, b.len, f);
	buf_free(&b);
}

void
ctl_put_safe(const char *s)
{
	ctl_put_safe_to(stdout, s);
}

void
ctl_print_time(long long t)
{
	time_t tt = (time_t)t;
	struct tm tm;
	char buf[32] = "-";

	if (t > 0 && localtime_r(&tt, &tm) != NULL)
		strftime(buf, sizeof(buf), "%Y-%m-%d %H:%M:%S", &tm);
	fputs(buf, stdout);
}

/* Trees ------------------------------------------------------------------- */

static void
tree_what(const json_t *t, char buf[400])
{
	bool known = json_is_true(json_object_get(t, "known"));

	snprintf(buf, 400, "%s%s%s", known ? get(t, "what") : "is being looked at",
	    get(t, "why")[0] != '\0' ? ": " : "", get(t, "why"));
}

void
ctl_print_trees(const json_t *list)
{
	int name = 4, what = 4, export = 6;
	char text[400];
	json_t *t, *s;
	size_t i, k;

	json_array_foreach(list, i, t) {
		tree_what(t, text);
		name = name > (int)strlen(get(t, "name")) ? name : (int)strlen(get(t, "name"));
		what = what > (int)strlen(text) ? what : (int)strlen(text);
		export = export > (int)strlen(get(t, "export")) ? export : (int)strlen(get(t, "export"));
	}
	printf("%-*s  %-*s  %-*s  %-7s  %s\n", name, "NAME", what, "WHAT", export, "EXPORT",
	    "CLIENTS", "SOURCE");
	json_array_foreach(list, i, t) {
		printf("%-*s  ", name, get(t, "name"));
		tree_what(t, text);
		ctl_put_safe(text);
		printf("%*s  %-*s  %-7s ", what - (int)strlen(text), "", export,
		    get(t, "export"), get(t, "clients"));
		json_array_foreach(json_object_get(t, "source"), k, s)
			printf(" %s", json_string_value(s));
		putchar('\n');
	}
}

/* Status ------------------------------------------------------------------ */

static const char *
or_dash(const char *s)
{
	return s[0] != '\0' ? s : "-";
}

static void
print_server(const json_t *s)
{
	printf("%-16s %-17s %-10s ", get(s, "server"), or_dash(get(s, "mac")),
	    or_dash(get(s, "interface")));
	ctl_print_time(num(s, "last"));
	printf("  %5lld %6lld %5lld %5lld  ", num(s, "offers"), num(s, "chosen"), num(s, "acks"),
	    num(s, "naks"));
	ctl_put_safe(get(s, "host")[0] != '\0' ? get(s, "host") : get(s, "client"));
	printf(" %s\n", get(s, "said"));
}

#define THREADS_SHOWN	6u	/* that fit beside each other */

/* Protocols that were not used yet are left out. */
static bool
is_used(const json_t *counters, const char *protocol)
{
	const char *name;
	json_t *v;

	json_object_foreach(json_object_get(counters, protocol), name, v)
		if (json_integer_value(v) != 0)
			return true;
	return false;
}

void
ctl_print_counts(const json_t *o)
{
	const json_t *all = json_object_get(o, "all"), *t;
	const json_t *threads = json_object_get(o, "threads");
	const json_t *p = json_object_get(o, "process");
	size_t n = json_array_size(threads), i;

	printf("\nmemory %lld KiB, at most %lld; %lld descriptors; %lld jobs wait for a disk; "
	    "%lld KiB of directories remembered\n\n", num(p, "rss") / 1024,
	    num(p, "rss_peak") / 1024, num(p, "descriptors"), num(p, "disk_jobs"),
	    num(p, "directories_cached") / 1024);
	printf("%-5s %-9s %15s", "", "", "ALL");
	for (i = 0; i < n && n <= THREADS_SHOWN; i++)
		printf("      THREAD %2zu", i);
	putchar('\n');
	for (size_t k = 0; k < COUNT_N; k++) {
		const struct count_info *c = &count_info[k];

		if (!is_used(all, c->protocol))
			continue;
		printf("%-5s %-9s %15lld", c->protocol, c->name,
		    num(json_object_get(all, c->protocol), c->name));
		if (n <= THREADS_SHOWN)
			json_array_foreach(threads, i, t)
				printf(" %14lld", num(json_object_get(t, c->protocol), c->name));
		printf("  %s\n", c->text);
	}
}

void
ctl_print_status(const json_t *o)
{
	const json_t *nets = json_object_get(o, "networks"), *s;
	size_t i;

	if (json_array_size(nets) == 0) {
		puts("DHCP is off");
		return;
	}
	printf("%-18s %-10s %-13s %-13s %s\n", "NETWORK", "INTERFACE", "MODE", "IN FORCE",
	    "WHY");
	json_array_foreach(nets, i, s)
		printf("%-18s %-10s %-13s %-13s %s\n", get(s, "network"),
		    get(s, "interface")[0] != '\0' ? get(s, "interface") : "(relays)",
		    get(s, "mode"), get(s, "in_force"), get(s, "why"));
	printf("\n%-18s %-16s %s\n", "INTERFACE", "ADDRESS", "OTHER SERVERS");
	json_array_foreach(json_object_get(o, "interfaces"), i, s)
		printf("%-18s %-16s %s%s%s%s\n", get(s, "name"), or_dash(get(s, "address")),
		    get(s, "other_servers"), get(s, "other_server")[0] != '\0' ? ": " : "",
		    get(s, "other_server"), json_is_true(json_object_get(s, "unicast")) ? "" :
		    "; no raw socket: broadcasts to clients without an address");
	if (json_array_size(json_object_get(o, "servers")) > 0)
		printf("\n%-16s %-17s %-10s %-19s  %5s %6s %5s %5s  %s\n", "SERVER", "MAC",
		    "INTERFACE", "LAST SEEN", "OFFER", "CHOSEN", "ACK", "NAK", "LAST");
	json_array_foreach(json_object_get(o, "servers"), i, s)
		print_server(s);
	printf("\nnot answered, too fast: %lld of clients, %lld of relays; addresses found in use: "
	    "%lld\n", num(o, "refused_client_rate"), num(o, "refused_relay_rate"),
	    num(o, "addresses_in_use"));
}
