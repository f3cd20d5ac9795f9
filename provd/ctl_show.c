/* ctl_show.c - provctl show: one host, how far it is, and why no further; the
 * packets of one; and hosts --unknown: machines that are no host. */
#include <stdio.h>
#include <string.h>

#include "ctl_http.h"
#include "ctl_print.h"
#include "provctl.h"

#define BAR	30

static void
print_labels(const json_t *o)
{
	const char *key;
	bool any = false;
	json_t *v;

	json_object_foreach(json_object_get(o, "labels"), key, v) {
		printf("%s%s=", any ? "," : "labels    ", key);
		ctl_put_safe(json_string_value(v) != NULL ? json_string_value(v) : "");
		any = true;
	}
	if (any)
		putchar('\n');
}

static void
print_said(const json_t *list)
{
	json_t *v;
	size_t i;

	json_array_foreach(list, i, v) {
		printf("%-20s ", ctl_get(v, "name"));
		ctl_put_safe(ctl_get(v, "value"));
		printf("    # %s\n", ctl_get(v, "by"));
	}
}

/* [#######.............]  35 % */
static void
print_bar(const char *name, const char *what, long long percent)
{
	char bar[BAR + 1];
	long long n = percent < 0 ? 0 : percent > 100 ? BAR : percent * BAR / 100;

	memset(bar, '.', BAR);
	memset(bar, '#', (size_t)n);
	bar[BAR] = '\0';
	printf("%-9s [%s] %3lld %%  ", name, bar, percent);
	ctl_put_safe(what);
}

static void
print_left(long long s)
{
	if (s >= 90)
		printf(", about %lld min left", (s + 30) / 60);
	else
		printf(", about %lld s left", s);
}

/* How far it is, why no further, and what to do. */
static void
print_way(const json_t *o)
{
	bool way = strcmp(ctl_get(o, "state"), "booting") == 0 ||
	    strcmp(ctl_get(o, "state"), "installing") == 0;
	char text[512];

	ctl_progress(o, text, sizeof(text));
	if (way) {
		print_bar("progress", text, ctl_num(o, "percent"));
		if (json_is_integer(json_object_get(o, "eta")))
			print_left(ctl_num(o, "eta"));
	} else {
		fputs("progress  ", stdout);
		ctl_put_safe(text);
	}
	putchar('\n');
	if (way && ctl_get(o, "file")[0] != '\0' &&
	    json_is_integer(json_object_get(o, "file_percent"))) {
		print_bar("file", ctl_get(o, "file"), ctl_num(o, "file_percent"));
		putchar('\n');
	}
	if (ctl_get(o, "stuck")[0] == '\0')
		return;
	fputs("stuck     ", stdout);
	ctl_put_safe(ctl_get(o, "stuck"));
	printf(" (%s)\nadvice    ", ctl_get(o, "stuck_rule"));
	ctl_put_safe(ctl_get(o, "advice"));
	putchar('\n');
}

static void
print_lines(const json_t *list)
{
	const json_t *l;
	size_t i;

	puts("timeline");
	json_array_foreach(list, i, l) {
		const char *severity = ctl_get(l, "severity");

		fputs("  ", stdout);
		ctl_print_time(ctl_num(l, "time"));
		printf(" %s ", strcmp(severity, "error") == 0 ? "E" :
		    strcmp(severity, "warning") == 0 ? "!" : " ");
		ctl_put_safe(ctl_get(l, "text"));
		putchar('\n');
	}
}

/* Its last DHCP packets: who sent it, when, and what. */
static int
show_packets(const struct ctl_opt *opt, const char *host)
{
	const json_t *p;
	json_t *o;
	size_t i;
	int r = ctl_host(opt, "GET", host, "/packets", &o);

	if (r != DONE)
		return r;
	json_array_foreach(json_object_get(o, "packets"), i, p) {
		const char *dir = ctl_get(p, "direction");

		if (opt->json)
			break;
		ctl_print_time(ctl_num(p, "time"));
		printf("  %s  ", strcmp(dir, "in") == 0 ? "->" : strcmp(dir, "out") == 0 ? "<-" : "<~");
		ctl_put_safe(ctl_get(p, "text"));
		putchar('\n');
	}
	json_decref(o);
	return DONE;
}

int
ctl_unknown(const struct ctl_opt *opt)
{
	const json_t *s;
	json_t *o;
	size_t i;
	int r = ctl_json(opt, "GET", "/v1/unknown", NULL, 0, &o, NULL);

	if (r != DONE)
		return r;
	if (!opt->json)
		printf("%-17s %-15s %-19s %-20s %s\n", "MAC", "ADDRESS", "LAST SEEN", "FIRMWARE",
		    "WHY");
	json_array_foreach(json_object_get(o, "unknown"), i, s) {
		if (opt->json)
			break;
		printf("%-17s %-15s ", ctl_get(s, "mac")[0] != '\0' ? ctl_get(s, "mac") : "-",
		    ctl_get(s, "address")[0] != '\0' ? ctl_get(s, "address") : "-");
		ctl_print_time(ctl_num(s, "last"));
		printf(" %-20s ", ctl_get(s, "firmware")[0] != '\0' ? ctl_get(s, "firmware") : "-");
		ctl_put_safe(ctl_get(s, "stuck")[0] != '\0' ? ctl_get(s, "stuck") :
		    ctl_get(s, "line"));
		putchar('\n');
	}
	json_decref(o);
	return DONE;
}

int
ctl_show(const struct ctl_opt *opt, int n, char **arg)
{
	json_t *o;
	int r;

	if (opt->packets)
		return show_packets(opt, arg[0]);
	r = ctl_host(opt, "GET", arg[0], opt->origin ? "?origin=yes" : "", &o);

	(void)n;
	if (r != DONE)
		return r;
	if (opt->json)
		goto out;
	if (opt->origin) {
		print_said(json_object_get(o, "said"));
		print_said(json_object_get(o, "vars"));
		goto out;
	}
	printf("host      %s\nmac       %s\naddress   %s\nprofile   %s\nstate     %s since ",
	    ctl_get(o, "name"), ctl_get(o, "mac"), ctl_get(o, "address"), ctl_get(o, "profile"),
	    ctl_get(o, "state"));
	ctl_print_time(ctl_num(o, "since"));
	putchar('\n');
	print_labels(o);
	print_way(o);
	if (ctl_get(o, "facts")[0] != '\0') {
		fputs("inspected ", stdout);
		ctl_print_time(ctl_num(o, "facts_time"));
		putchar('\n');
		ctl_put_safe(ctl_get(o, "facts"));
	}
	print_lines(json_object_get(o, "timeline"));
	if (ctl_get(o, "log")[0] != '\0') {
		puts("log");
		ctl_put_safe(ctl_get(o, "log"));
	}
out:
	json_decref(o);
	return DONE;
}
