/* provctl.c - provctl(8): its commands and options. */
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "provctl.h"
#include "version.h"

/* One row each; a command of several forms has their rows one after the other. */
static const struct command {
	const char	*name;
	int		 min, max;	/* arguments */
	ctl_command	*run;
	const char	*form, *text;
} commands[] = {
	{ "init", 0, 0, ctl_init, "[--replace] [-y]", "ask five questions and write provd.yaml" },
	{ "hosts", 0, INT_MAX, ctl_hosts, "[SELECTOR...]", "every host: state, stage, progress" },
	{ "hosts", 0, 0, ctl_hosts, "--unknown", "machines that are no host, and why they get nothing" },
	{ "hosts", 0, 0, ctl_hosts, "--yaml", "those added or adopted, as YAML for the file" },
	{ "add", 1, INT_MAX, ctl_add, "NAME OPTION=VALUE...", "a host that is not in the file" },
	{ "adopt", 1, INT_MAX, ctl_adopt, "MAC --name N [--profile P] [--label K=V,...]", "a machine that DHCP saw becomes a host" },
	{ "set", 1, INT_MAX, ctl_set, "HOST OPTION=VALUE...", "change a host that was added or adopted" },
	{ "delete", 1, INT_MAX, ctl_delete, "HOST...", "forget a host that was added or adopted" },
	{ "show", 1, 1, ctl_show, "HOST [--origin]", "one host with its timeline; who says what of it" },
	{ "show", 1, 1, ctl_show, "HOST|MAC --packets", "its last DHCP packets" },
	{ "plan", 1, 1, ctl_plan, "HOST [--profile P] [--tree T]", "what would be done to it; changes nothing" },
	{ "arm", 0, INT_MAX, ctl_arm, "HOST|SELECTOR... [--profile P] [--tree T] [-y]", "install at the next network boot" },
	{ "disarm", 0, INT_MAX, ctl_disarm, "HOST|SELECTOR... [-y]", "do not: end what it is armed for, or what failed" },
	{ "inspect", 0, INT_MAX, ctl_inspect, "HOST|SELECTOR... [--profile P] [-y]", "report its hardware at its next network boot" },
	{ "boot", 1, INT_MAX, ctl_boot, "HOST|SELECTOR... rescue|diskless|inspect [--always] [--tree T] [-y]", "boot that once, or always; touches no disk" },
	{ "boot", 1, INT_MAX, ctl_boot, "HOST|SELECTOR... none", "boot as usual again" },
	{ "power", 1, INT_MAX, ctl_power, "on|off|cycle|status HOST|SELECTOR... [-y]", "switch machines on and off" },
	{ "wave", 1, INT_MAX, ctl_wave, "start SELECTOR... [--size N|N%] [--max-failed K] [--timeout T] [--power P]", "install many, a few at a time" },
	{ "wave", 1, 2, ctl_wave, "list | status [ID] | report ID | stop ID | resume ID [--retry]", "what became of it" },
	{ "render", 2, 2, ctl_render, "HOST PATH", "a file of its overlay, as it would see it" },
	{ "leases", 0, 0, ctl_leases, "", "addresses given out" },
	{ "status", 0, 0, ctl_status, "", "DHCP: mode of each network, other servers heard; what was served" },
	{ "trees", 0, 0, ctl_trees, "", "release trees, and what each of them is" },
	{ "watch", 0, 0, ctl_watch, "", "every host in place on a terminal; else what happens, as it happens" },
	{ "log", 1, 1, ctl_log, "HOST [-f]", "its timeline and its installer's log; -f: as they grow" },
	{ "wait", 0, INT_MAX, ctl_wait, "HOST|SELECTOR... [--until STATE] [--timeout 20m]", "until they are installed" },
	{ "explain", 1, 1, ctl_explain, "HOST|MAC", "why a machine gets the answer it gets" },
	{ "explain", 0, 0, ctl_explain, "--packet FILE", "the same for a DHCP packet in a file" },
	{ "replay", 1, 1, ctl_replay, "FILE [--config C]", "decide a recording (provd --record) again" },
	{ "reload", 0, 0, ctl_reload, "", "read the configuration again" },
	{ "token", 2, 2, ctl_token, "add NAME [--right look|steer]", "a new token for the API over HTTPS, printed once" },
	{ "token", 1, 1, ctl_token, "list", "names and rights of the tokens" },
	{ "token", 2, 2, ctl_token, "remove NAME", "it lets nobody in any more" },
	{ "media", 3, 3, ctl_media, "add FILE NAME [-n] [--replace]", "unpack a disc, an archive or a directory" },
	{ "media", 1, 1, ctl_media, "list", "trees in the media directory" },
	{ "media", 2, 2, ctl_media, "check NAME", "compare a tree with its sums" },
	{ "media", 2, 2, ctl_media, "remove NAME [-y]", "delete a tree" },
	{ "import", 1, INT_MAX, ctl_import, "[-t KIND] FILE...", "other servers' files as a provd.yaml, on standard output" },
	{ "import", 1, INT_MAX, ctl_import, "--leases FILE...", "leases of another server become the running provd's" },
};
#define N_COMMANDS	(sizeof(commands) / sizeof(commands[0]))

static struct ctl_opt opt = { .socket = PROVD_SOCKET, .config = PROVD_CONFIG };

/* Where an option's argument goes, or what it turns on. */
static const struct { const char *name; int letter; const char **text; bool *on; } options[] = {
	{ "socket", 's', &opt.socket, &opt.own_socket },
	{ "config", 'c', &opt.config, &opt.own_config },
	{ "json", 'j', NULL, &opt.json },
	{ "yes", 'y', NULL, &opt.yes },
	{ "profile", 'p', &opt.profile, NULL },
	{ "tree", 't', &opt.tree, NULL },
	{ "dir", 0, &opt.dir, NULL },
	{ "always", 0, NULL, &opt.always },
	{ "dry", 'n', NULL, &opt.dry },
	{ "replace", 0, NULL, &opt.replace },
	{ "packet", 0, &opt.packet, NULL },
	{ "hosts", 0, NULL, &opt.hosts },
	{ "all", 0, NULL, &opt.all },
	{ "origin", 0, NULL, &opt.origin },
	{ "packets", 0, NULL, &opt.packets },
	{ "unknown", 0, NULL, &opt.unknown },
	{ "size", 0, &opt.size, NULL },
	{ "max-failed", 0, &opt.max_failed, NULL },
	{ "power", 0, &opt.power, NULL },
	{ "retry", 0, NULL, &opt.retry },
	{ "yaml", 0, NULL, &opt.yaml },
	{ "name", 0, &opt.name, NULL },
	{ "label", 0, &opt.label, NULL },
	{ "leases", 0, NULL, &opt.leases },
	{ "interface", 0, &opt.interface, NULL },
	{ "mode", 0, &opt.mode, NULL },
	{ "host", 0, &opt.host, NULL },
	{ "right", 0, &opt.right, NULL },
	{ "follow", 'f', NULL, &opt.follow },
	{ "until", 0, &opt.until, NULL },
	{ "timeout", 0, &opt.timeout, NULL },
};
#define N_OPTIONS	(sizeof(options) / sizeof(options[0]))

/* Of one command, NULL: of all. */
static void
print_usage(FILE *out, const char *name)
{
	fputs("usage: provctl [-s socket] [--json] command [argument ...]\n", out);
	for (const struct command *c = commands; c < commands + N_COMMANDS; c++) {
		int n;

		if (name != NULL && strcmp(c->name, name) != 0)
			continue;
		n = fprintf(out, "  %s%s%s", c->name, *c->form != '\0' ? " " : "", c->form);
		fprintf(out, "%*s  %s\n", n < 32 ? 32 - n : 0, "", c->text);
	}
}

int
ctl_usage(const char *command)
{
	print_usage(stderr, command);
	return USAGE;
}

/* 0, or -1: there is no such option, and getopt has said so. */
static int
take_options(int argc, char *argv[], bool *ret_version, bool *ret_help)
{
	enum { VERSION = N_OPTIONS, HELP };
	struct option longopts[N_OPTIONS + 3] = {
		[VERSION] = { "version", no_argument, NULL, 'V' },
		[HELP] = { "help", no_argument, NULL, 'h' },
	};
	char letters[2 * N_OPTIONS + 3] = "Vh";
	size_t n = 2;
	int c, i;

	for (i = 0; i < (int)N_OPTIONS; i++) {
		bool text = options[i].text != NULL;

		longopts[i] = (struct option){ options[i].name,
		    text ? required_argument : no_argument, NULL, 256 + i };
		if (options[i].letter != 0)
			letters[n++] = (char)options[i].letter;
		if (options[i].letter != 0 && text)
			letters[n++] = ':';
	}
	letters[n] = '\0';
	while ((c = getopt_long(argc, argv, letters, longopts, NULL)) != -1) {
		if (c == '?')
			return -1;
		*ret_version |= c == 'V';
		*ret_help |= c == 'h';
		for (i = 0; i < (int)N_OPTIONS; i++) {
			if (c != 256 + i && c != options[i].letter)
				continue;
			if (options[i].text != NULL)
				*options[i].text = optarg;
			if (options[i].on != NULL)
				*options[i].on = true;
		}
	}
	return 0;
}

int
main(int argc, char *argv[])
{
	bool version = false, help = false;
	const char *name;
	bool known = false;
	int n;

	if (take_options(argc, argv, &version, &help) == -1)
		return ctl_usage(NULL);
	if (version)
		puts("provctl " PROVD_VERSION);
	else if (help)
		print_usage(stdout, NULL);
	if (version || help)
		return DONE;
	n = argc - optind - 1;
	name = n >= 0 ? argv[optind] : "";
	for (const struct command *c = commands; c < commands + N_COMMANDS; c++) {
		if (strcmp(c->name, name) != 0)
			continue;
		known = true;
		if (n >= c->min && n <= c->max)
			return c->run(&opt, n, argv + optind + 1);
	}
	return ctl_usage(known ? name : NULL);
}
