/* main.c - provd(8): options, then open, drop privileges, serve. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/log.h"
#include "daemon.h"
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

static int
print_config(const struct settings *set)
{
	struct buf b = { 0 };

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
