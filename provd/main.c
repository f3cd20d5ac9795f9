/* main.c - provd(8): options, then open, drop privileges, serve. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/log.h"
#include "daemon.h"
#include "kept.h"
#include "version.h"

static const char usage[] =
    "usage: provd [-dT] [-f file] [--record file]\n"
    "       provd -x man|profile-man|schema|profile-schema|why|why-unknown\n"
    "       provd -V\n";

/* Items of a manual: why machines get no further. */
static void
rules_mdoc(const char *(*rule)(unsigned, const char **, const char **), struct buf *b)
{
	const char *name, *what, *advice;

	for (unsigned i = 0; (name = rule(i, &what, &advice)) != NULL; i++)
		buf_printf(b, ".It Ic %s\n%c%s.\n.Pp\nWhat to do: %s.\n", name,
		    what[0] >= 'a' && what[0] <= 'z' ? what[0] - 'a' + 'A' : what[0],
		    what + 1, advice);
}

static int
export_topic(const char *topic)
{
	struct buf b = { 0 };

	if (strcmp(topic, "man") == 0) {
		schema_mdoc(&cfg_top_schema, &b);
		dhcp_opt_mdoc(&b);
	} else if (strcmp(topic, "schema") == 0)
		schema_json(&cfg_top_schema, &b);
	else if (strcmp(topic, "profile-man") == 0)
		schema_mdoc(&cfg_profile_schema, &b);
	else if (strcmp(topic, "profile-schema") == 0)
		schema_json(&cfg_profile_schema, &b);
	else if (strcmp(topic, "why") == 0)
		rules_mdoc(why_rule, &b);
	else if (strcmp(topic, "why-unknown") == 0)
		rules_mdoc(stranger_rule, &b);
	else
		fatal(1, "-x: no such topic: %s (man, schema, profile-man, profile-schema, why, "
		    "why-unknown)", topic);
	fwrite(b.p, 1, b.len, stdout);
	buf_free(&b);
	return 0;
}

/* Hosts that are kept in the store, and which of them do not fit this file. */
static void
check_kept(const struct settings *set)
{
	struct kept_list kept;
	struct settings *with;
	struct buf errors = { 0 };
	int r = kept_peek(set->cfg->top.state, &kept);

	if (r < 0)
		fprintf(stderr, "%s: state: the hosts kept there cannot be read: %s\n",
		    set->cfg->file, strerror(-r));
	if (r == 0 && kept.n > 0 &&
	    (r = settings_again(set, kept.host, kept.n, &with, &errors)) == 0) {
		if (with->cfg->left_out.len > 0)
			fprintf(stderr, "%s: hosts that were added or adopted, and are left out:\n",
			    set->cfg->file);
		for (const char *p = with->cfg->left_out.p, *nl; p != NULL &&
		    (nl = strchr(p, '\n')) != NULL; p = nl + 1) {
			size_t n = strcspn(p, " ");

			fprintf(stderr, "  %.*s: %.*s\n", (int)n, p, (int)(nl - p) - (int)n - 1,
			    p + n + 1);
		}
		settings_unref(with);
	}
	buf_free(&errors);
	kept_free(&kept);
}

static int
print_config(const struct settings *set)
{
	struct buf b = { 0 };

	check_kept(set);
	schema_print(&cfg_top_schema, &set->cfg->top, &b);
	fwrite(b.p, 1, b.len, stdout);
	buf_free(&b);
	return fflush(stdout) == 0 ? 0 : 1;
}

int
main(int argc, char *argv[])
{
	static const struct option longopts[] = {
		{ "record", required_argument, NULL, 'R' },
		{ NULL, 0, NULL, 0 },
	};
	const char *file = PROVD_CONFIG, *record = NULL;
	struct daemon d = { 0 };
	struct settings *set;
	struct buf errors = { 0 };
	bool test = false;
	int c, r;

	while ((c = getopt_long(argc, argv, "Tdf:x:Vh", longopts, NULL)) != -1) {
		switch (c) {
		case 'T':
			test = true;
			break;
		case 'd':
			log_set_level(LOG_DEBUG);
			break;
		case 'f':
			file = optarg;
			break;
		case 'R':
			record = optarg;
			break;
		case 'x':
			return export_topic(optarg);
		case 'V':
			puts("provd " PROVD_VERSION);
			return 0;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			fputs(usage, stderr);
			return 1;
		}
	}
	if (optind != argc) {
		fputs(usage, stderr);
		return 1;
	}
	r = settings_load(file, NULL, 0, &set, &errors);
	if (r < 0) {
		fputs(errors.p != NULL ? errors.p : "provd: out of memory\n", stderr);
		buf_free(&errors);
		return 2;
	}
	if (test)
		r = print_config(set);
	else if ((r = daemon_open(&d, set)) == 0 &&
	    (record == NULL || (r = daemon_record(&d, record)) == 0))
		r = daemon_run(&d);
	settings_unref(set);
	buf_free(&errors);
	return r;
}
