/* ctl_look.c - provctl's commands that look and change nothing. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl_http.h"
#include "ctl_print.h"
#include "provctl.h"

void
ctl_progress(const json_t *h, char *buf, size_t cap)
{
	const char *state = ctl_get(h, "state"), *file = ctl_get(h, "file");
	const char *other = ctl_get(h, "boot"), *when = ctl_get(h, "boot_state");
	bool always = json_is_true(json_object_get(h, "boot_always"));
	size_t n = 0;

	buf[0] = '\0';
	if (strcmp(state, "installing") == 0)
		n = (size_t)snprintf(buf, cap, "step %lld/%lld %s", ctl_num(h, "step"),
		    ctl_num(h, "steps"), ctl_get(h, "step_name"));
	else if (strcmp(state, "booting") == 0)
		n = (size_t)snprintf(buf, cap, "%s", ctl_get(h, "stage"));
	else if (strcmp(state, "failed") == 0)
		n = (size_t)snprintf(buf, cap, "%s", ctl_get(h, "reason"));
	else if (ctl_num(h, "place") > 0)
		n = (size_t)snprintf(buf, cap, "waits for its turn, place %lld",
		    ctl_num(h, "place"));
	if (n < cap && file[0] != '\0' && json_is_integer(json_object_get(h, "file_percent")) &&
	    (strcmp(state, "installing") == 0 || strcmp(state, "booting") == 0))
		n += (size_t)snprintf(buf + n, cap - n, " %s %lld%%", file,
		    ctl_num(h, "file_percent"));
	if (json_is_true(json_object_get(h, "inspecting")))
		other = "inspect";
	if (other[0] != '\0' && buf[0] == '\0')
		snprintf(buf, cap, strcmp(when, "asked") == 0 ? "%s at %s network boot" :
		    strcmp(when, "up") == 0 ? "%s runs%s" : "%s boots%s", other,
		    strcmp(when, "asked") != 0 ? always ? ", and at every network boot" : "" :
		    always ? "every" : "the next");
}

int
ctl_hosts(const struct ctl_opt *opt, int n, char **arg)
{
	struct buf path = { 0 };
	json_t *o, *h;
	char *select;
	size_t i;
	int r = REFUSED;

	if (opt->unknown)
		return ctl_unknown(opt);
	if (opt->yaml)
		return ctl_kept_yaml(opt);
	buf_puts(&path, "/v1/hosts");
	if (n > 0 && (select = ctl_pick_text(opt, n, arg)) != NULL) {
		buf_puts(&path, "?must=yes&select=");
		ctl_escape(&path, select);
		free(select);
	}
	if (path.err == 0)
		r = ctl_json(opt, "GET", path.p, NULL, 0, &o, NULL);
	buf_free(&path);
	if (r != DONE)
		return r;
	if (!opt->json) {
		printf("%-16s %-17s %-11s %-16s %s\n", "HOST", "MAC", "STATE",
		    "PROFILE", "PROGRESS");
		json_array_foreach(json_object_get(o, "hosts"), i, h) {
			char text[512];

			ctl_progress(h, text, sizeof(text));
			if (ctl_get(h, "stuck")[0] != '\0')
				snprintf(text + strlen(text), sizeof(text) - strlen(text),
				    " (%s)", ctl_get(h, "stuck"));
			printf("%-16s %-17s %-11s %-16s ", ctl_get(h, "name"),
			    ctl_get(h, "mac"), ctl_get(h, "state"), ctl_get(h, "profile"));
			ctl_put_safe(text);
			putchar('\n');
		}
	}
	json_decref(o);
	return DONE;
}

static int
print_text(const struct ctl_opt *opt, int r, json_t *o)
{
	if (r != DONE)
		return r;
	if (!opt->json)
		ctl_put_safe(ctl_get(o, "text"));
	json_decref(o);
	return DONE;
}

int
ctl_plan(const struct ctl_opt *opt, int n, char **arg)
{
	json_t *o = NULL;
	int r = ctl_host(opt, "GET", arg[0], "/plan", &o);

	(void)n;
	return print_text(opt, r, o);
}

int
ctl_render(const struct ctl_opt *opt, int n, char **arg)
{
	struct buf path = { 0 }, body = { 0 };
	int r = REFUSED;

	(void)n;
	buf_puts(&path, "/v1/hosts/");
	ctl_escape(&path, arg[0]);
	buf_puts(&path, "/file?path=");
	ctl_escape(&path, arg[1]);
	if (path.err == 0)
		r = ctl_json(opt, "GET", path.p, NULL, 0, NULL, &body);
	if (r == DONE && fwrite(body.p, 1, body.len, stdout) != body.len)
		r = REFUSED;
	buf_free(&path);
	buf_free(&body);
	return r;
}

int
ctl_leases(const struct ctl_opt *opt, int n, char **arg)
{
	json_t *o, *l;
	size_t i;
	int r = ctl_json(opt, "GET", "/v1/leases", NULL, 0, &o, NULL);

	(void)n;
	(void)arg;
	if (r != DONE)
		return r;
	if (!opt->json) {
		printf("%-16s %-18s %-9s %-20s %s\n", "ADDRESS", "MAC", "STATE",
		    "EXPIRES", "NAME");
		json_array_foreach(json_object_get(o, "leases"), i, l) {
			printf("%-16s %-18s %-9s ", ctl_get(l, "address"), ctl_get(l, "mac"),
			    ctl_get(l, "state"));
			if (json_is_null(json_object_get(l, "expiry")))
				fputs("never              ", stdout);
			else
				ctl_print_time(ctl_num(l, "expiry"));
			fputs("  ", stdout);
			ctl_put_safe(ctl_get(l, "hostname"));
			putchar('\n');
		}
	}
	json_decref(o);
	return DONE;
}

int
ctl_status(const struct ctl_opt *opt, int n, char **arg)
{
	json_t *o;
	int r = ctl_json(opt, "GET", "/v1/status", NULL, 0, &o, NULL);

	(void)n;
	(void)arg;
	if (r != DONE)
		return r;
	if (!opt->json) {
		ctl_print_status(o);
		ctl_print_counts(o);
	}
	json_decref(o);
	return DONE;
}

int
ctl_trees(const struct ctl_opt *opt, int n, char **arg)
{
	json_t *o;
	int r = ctl_json(opt, "GET", "/v1/trees", NULL, 0, &o, NULL);

	(void)n;
	(void)arg;
	if (r != DONE)
		return r;
	if (!opt->json)
		ctl_print_trees(json_object_get(o, "trees"));
	json_decref(o);
	return DONE;
}

static int
explain_file(const struct ctl_opt *opt, const char *file)
{
	static char packet[65536];
	json_t *o = NULL;
	FILE *f = fopen(file, "rb");
	size_t n;
	int r;

	if (f == NULL) {
		fprintf(stderr, "provctl: %s: %s\n", file, strerror(errno));
		return REFUSED;
	}
	n = fread(packet, 1, sizeof(packet), f);
	fclose(f);
	r = ctl_json(opt, "POST", "/v1/explain", packet, n, &o, NULL);
	return print_text(opt, r, o);
}

int
ctl_explain(const struct ctl_opt *opt, int n, char **arg)
{
	struct buf path = { 0 };
	json_t *o = NULL;
	int r = REFUSED;

	(void)n;
	if (opt->packet != NULL)
		return explain_file(opt, opt->packet);
	if (arg[0] == NULL)
		return ctl_usage("explain");
	buf_puts(&path, "/v1/explain?mac=");
	ctl_escape(&path, arg[0]);
	if (path.err == 0)
		r = ctl_json(opt, "GET", path.p, NULL, 0, &o, NULL);
	buf_free(&path);
	return print_text(opt, r, o);
}
