/* provctl.c - provctl(8): asks and steers a running provd. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ctl_http.h"
#include "ctl_print.h"
#include "provctl.h"
#include "version.h"

static const char usage[] =
    "usage: provctl [-s socket] [--json] command [argument ...]\n"
    "  hosts                        every host: state, stage, progress\n"
    "  show HOST                    one host with its timeline\n"
    "  plan HOST [--profile P] [--tree T]      what would be done to it; changes nothing\n"
    "  arm HOST... [--profile P] [--tree T] [-y]  install at the next network boot\n"
    "  disarm HOST...               do not: end what it is armed for, or what failed\n"
    "  inspect HOST... [--profile P]  report its hardware at its next network boot\n"
    "  render HOST PATH             a file of its overlay, as it would see it\n"
    "  leases                       addresses given out\n"
    "  status                       DHCP: mode of each network, other servers heard\n"
    "  trees                        release trees, and what each of them is\n"
    "  watch                        what happens, as it happens\n"
    "  explain HOST|MAC             why a machine gets the answer it gets\n"
    "  explain --packet FILE        the same for a DHCP packet in a file\n"
    "  replay FILE [--config C]     decide a recording (provd --record) again\n"
    "  reload                       read the configuration again\n";

static struct ctl_opt opt = { .socket = PROVD_SOCKET, .config = PROVD_CONFIG };

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

int
ctl_no_server(const struct ctl_opt *o, int err)
{
	fprintf(stderr, "provctl: %s: %s\n", o->socket,
	    err == -ENOENT || err == -ECONNREFUSED ? "no provd is running there" :
	    strerror(-err));
	return NO_SERVER;
}

/* Ask; on success *ret is the answer (NULL: it was raw bytes, in *raw). */
static int
call(const char *method, const char *path, const void *body, size_t len,
    json_t **ret, struct buf *raw)
{
	struct buf b = { 0 };
	json_t *o;
	int code = 0, r;

	if ((r = ctl_call(opt.socket, method, path, body, len, &code, &b)) < 0) {
		buf_free(&b);
		return ctl_no_server(&opt, r);
	}
	if (code == 200 && raw != NULL) {
		*raw = b;
		return DONE;
	}
	o = json_loads(b.p != NULL ? b.p : "", 0, NULL);
	if (code != 200) {
		fprintf(stderr, "provctl: %s\n", o != NULL && get(o, "error")[0] ?
		    get(o, "error") : "the server failed");
		r = REFUSED;
	} else if (o == NULL) {
		r = ctl_no_server(&opt, -EBADMSG);
	} else {
		if (opt.json)
			fputs(b.p, stdout);
		*ret = o;
		o = NULL;
		r = DONE;
	}
	json_decref(o);
	buf_free(&b);
	return r;
}

static int
call_host(const char *method, const char *host, const char *action, json_t **ret)
{
	char *path = ctl_host_path(&opt, host, action);
	int r = path != NULL ? call(method, path, NULL, 0, ret, NULL) : REFUSED;

	free(path);
	return r;
}

/* Printing ---------------------------------------------------------------- */

static void
print_progress(const json_t *h, char *buf, size_t cap)
{
	const char *state = get(h, "state"), *file = get(h, "file");
	size_t n = 0;

	buf[0] = '\0';
	if (strcmp(state, "installing") == 0)
		n = (size_t)snprintf(buf, cap, "step %lld/%lld %s", num(h, "step"),
		    num(h, "steps"), get(h, "step_name"));
	else if (strcmp(state, "booting") == 0)
		n = (size_t)snprintf(buf, cap, "%s", get(h, "stage"));
	else if (strcmp(state, "failed") == 0)
		n = (size_t)snprintf(buf, cap, "%s", get(h, "reason"));
	else if (num(h, "place") > 0)
		n = (size_t)snprintf(buf, cap, "waits for its turn, place %lld",
		    num(h, "place"));
	if (n < cap && file[0] != '\0' && json_is_integer(json_object_get(h, "percent")) &&
	    (strcmp(state, "installing") == 0 || strcmp(state, "booting") == 0))
		n += (size_t)snprintf(buf + n, cap - n, " %s %lld%%", file,
		    num(h, "percent"));
	if (n < cap && get(h, "stuck")[0] != '\0')
		snprintf(buf + n, cap - n, " (%s)", get(h, "stuck"));
	if (json_is_true(json_object_get(h, "inspecting")) && buf[0] == '\0')
		snprintf(buf, cap, "inspection at the next network boot");
}

static int
cmd_hosts(char **arg)
{
	json_t *o, *h;
	size_t i;
	int r = call("GET", "/v1/hosts", NULL, 0, &o, NULL);

	(void)arg;
	if (r != DONE)
		return r;
	if (!opt.json) {
		printf("%-16s %-17s %-11s %-16s %s\n", "HOST", "MAC", "STATE",
		    "PROFILE", "PROGRESS");
		json_array_foreach(json_object_get(o, "hosts"), i, h) {
			char text[512];

			print_progress(h, text, sizeof(text));
			printf("%-16s %-17s %-11s %-16s ", get(h, "name"),
			    get(h, "mac"), get(h, "state"), get(h, "profile"));
			ctl_put_safe(text);
			putchar('\n');
		}
	}
	json_decref(o);
	return DONE;
}

static int
cmd_show(char **arg)
{
	json_t *o, *l;
	size_t i;
	char text[512];
	int r = call_host("GET", arg[0], "", &o);

	if (r != DONE)
		return r;
	if (opt.json)
		goto out;
	print_progress(o, text, sizeof(text));
	printf("host      %s\nmac       %s\naddress   %s\nprofile   %s\nstate     %s since ",
	    get(o, "name"), get(o, "mac"), get(o, "address"), get(o, "profile"),
	    get(o, "state"));
	ctl_print_time(num(o, "since"));
	fputs("\nprogress  ", stdout);
	ctl_put_safe(text);
	putchar('\n');
	if (get(o, "facts")[0] != '\0') {
		fputs("inspected ", stdout);
		ctl_print_time(num(o, "facts_time"));
		putchar('\n');
		ctl_put_safe(get(o, "facts"));
	}
	puts("timeline");
	json_array_foreach(json_object_get(o, "timeline"), i, l) {
		fputs("  ", stdout);
		ctl_print_time(num(l, "time"));
		fputs("  ", stdout);
		ctl_put_safe(get(l, "text"));
		putchar('\n');
	}
	if (get(o, "log")[0] != '\0') {
		puts("log");
		ctl_put_safe(get(o, "log"));
	}
out:
	json_decref(o);
	return DONE;
}

static int
print_text(int r, json_t *o)
{
	if (r != DONE)
		return r;
	if (!opt.json)
		ctl_put_safe(get(o, "text"));
	json_decref(o);
	return DONE;
}

static int
cmd_plan(char **arg)
{
	json_t *o = NULL;
	int r = call_host("GET", arg[0], "/plan", &o);

	return print_text(r, o);
}

static bool
confirmed(char **host)
{
	char line[16];
	bool json = opt.json;
	int r = DONE;

	if (opt.yes || !isatty(STDIN_FILENO))
		return true;
	opt.json = false;
	for (size_t i = 0; host[i] != NULL && r == DONE; i++)
		r = cmd_plan((char *[]){ host[i] });
	opt.json = json;
	if (r != DONE)
		return false;
	if (host[1] == NULL)
		fprintf(stderr, "Install %s like this at its next network boot? [y/N] ", host[0]);
	else
		fprintf(stderr, "Install them like this at their next network boot? [y/N] ");
	return fgets(line, sizeof(line), stdin) != NULL &&
	    (line[0] == 'y' || line[0] == 'Y');
}

static int
cmd_arm(char **arg)
{
	if (!confirmed(arg))
		return REFUSED;
	return ctl_steer(&opt, arg, "/arm", "; it is installed at its next network boot");
}

static int
cmd_disarm(char **arg)
{
	return ctl_steer(&opt, arg, "/disarm", "");
}

static int
cmd_inspect(char **arg)
{
	return ctl_steer(&opt, arg, "/inspect", "; it is inspected at its next network boot");
}

static int
cmd_render(char **arg)
{
	struct buf path = { 0 }, body = { 0 };
	int r = REFUSED;

	buf_puts(&path, "/v1/hosts/");
	ctl_escape(&path, arg[0]);
	buf_puts(&path, "/file?path=");
	ctl_escape(&path, arg[1]);
	if (path.err == 0)
		r = call("GET", path.p, NULL, 0, NULL, &body);
	if (r == DONE && fwrite(body.p, 1, body.len, stdout) != body.len)
		r = REFUSED;
	buf_free(&path);
	buf_free(&body);
	return r;
}

static int
cmd_leases(char **arg)
{
	json_t *o, *l;
	size_t i;
	int r = call("GET", "/v1/leases", NULL, 0, &o, NULL);

	(void)arg;
	if (r != DONE)
		return r;
	if (!opt.json) {
		printf("%-16s %-18s %-9s %-20s %s\n", "ADDRESS", "MAC", "STATE",
		    "EXPIRES", "NAME");
		json_array_foreach(json_object_get(o, "leases"), i, l) {
			printf("%-16s %-18s %-9s ", get(l, "address"), get(l, "mac"),
			    get(l, "state"));
			if (json_is_null(json_object_get(l, "expiry")))
				fputs("never              ", stdout);
			else
				ctl_print_time(num(l, "expiry"));
			fputs("  ", stdout);
			ctl_put_safe(get(l, "hostname"));
			putchar('\n');
		}
	}
	json_decref(o);
	return DONE;
}

static int
cmd_status(char **arg)
{
	json_t *o;
	int r = call("GET", "/v1/status", NULL, 0, &o, NULL);

	(void)arg;
	if (r != DONE)
		return r;
	if (!opt.json) {
		ctl_print_status(o);
		ctl_print_counts(o);
	}
	json_decref(o);
	return DONE;
}

static int
cmd_trees(char **arg)
{
	json_t *o;
	int r = call("GET", "/v1/trees", NULL, 0, &o, NULL);

	(void)arg;
	if (r != DONE)
		return r;
	if (!opt.json)
		ctl_print_trees(json_object_get(o, "trees"));
	json_decref(o);
	return DONE;
}

static bool
watch_line(void *arg, const char *line)
{
	json_t *o;

	(void)arg;
	if (opt.json)
		puts(line);
	else if ((o = json_loads(line, 0, NULL)) != NULL) {
		ctl_print_time(num(o, "time"));
		printf("  %-16s %-11s ", get(o, "name"), get(o, "state"));
		ctl_put_safe(get(o, "line"));
		putchar('\n');
		json_decref(o);
	}
	return fflush(stdout) == 0;
}

static int
cmd_watch(char **arg)
{
	int code = 0, r;

	(void)arg;
	r = ctl_stream(opt.socket, "/v1/watch", watch_line, NULL, &code);
	if (r < 0)
		return ctl_no_server(&opt, r);
	return code == 200 ? DONE : REFUSED;
}

static int
explain_file(const char *file)
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
	r = call("POST", "/v1/explain", packet, n, &o, NULL);
	return print_text(r, o);
}

static int
cmd_explain(char **arg)
{
	struct buf path = { 0 };
	json_t *o = NULL;
	int r = REFUSED;

	if (opt.packet != NULL)
		return explain_file(opt.packet);
	if (arg[0] == NULL) {
		fputs(usage, stderr);
		return USAGE;
	}
	buf_puts(&path, "/v1/explain?mac=");
	ctl_escape(&path, arg[0]);
	if (path.err == 0)
		r = call("GET", path.p, NULL, 0, &o, NULL);
	buf_free(&path);
	return print_text(r, o);
}

static int
cmd_reload(char **arg)
{
	json_t *o;
	int r = call("POST", "/v1/reload", NULL, 0, &o, NULL);

	(void)arg;
	if (r == DONE)
		json_decref(o);
	return r;
}

static const struct command {
	const char	*name;
	int		 min, max;	/* arguments */
	int		(*run)(char **);
} commands[] = {
	{ "hosts", 0, 0, cmd_hosts },
	{ "show", 1, 1, cmd_show },
	{ "plan", 1, 1, cmd_plan },
	{ "arm", 1, INT_MAX, cmd_arm },
	{ "disarm", 1, INT_MAX, cmd_disarm },
	{ "inspect", 1, INT_MAX, cmd_inspect },
	{ "render", 2, 2, cmd_render },
	{ "leases", 0, 0, cmd_leases },
	{ "status", 0, 0, cmd_status },
	{ "trees", 0, 0, cmd_trees },
	{ "watch", 0, 0, cmd_watch },
	{ "explain", 0, 1, cmd_explain },
	{ "reload", 0, 0, cmd_reload },
};

int
main(int argc, char *argv[])
{
	static const struct option longopts[] = {
		{ "socket", required_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ "yes", no_argument, NULL, 'y' },
		{ "profile", required_argument, NULL, 'p' },
		{ "tree", required_argument, NULL, 't' },
		{ "config", required_argument, NULL, 'c' },
		{ "dir", required_argument, NULL, 'D' },
		{ "dry", no_argument, NULL, 'n' },
		{ "replace", no_argument, NULL, 'R' },
		{ "packet", required_argument, NULL, 'P' },
		{ "hosts", no_argument, NULL, 'H' },
		{ "leases", no_argument, NULL, 'L' },
		{ "interface", required_argument, NULL, 'I' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	bool socket = false, config = false;
	int c, n;

	while ((c = getopt_long(argc, argv, "s:jyp:t:c:nVh", longopts, NULL)) != -1) {
		switch (c) {
		case 's':
			opt.socket = optarg;
			socket = true;
			break;
		case 'j':
			opt.json = true;
			break;
		case 'y':
			opt.yes = true;
			break;
		case 'p':
			opt.profile = optarg;
			break;
		case 't':
			opt.tree = optarg;
			break;
		case 'c':
			opt.config = optarg;
			config = true;
			break;
		case 'D':
			opt.dir = optarg;
			break;
		case 'n':
			opt.dry = true;
			break;
		case 'R':
			opt.replace = true;
			break;
		case 'P':
			opt.packet = optarg;
			break;
		case 'H':
			opt.hosts = true;
			break;
		case 'L':
			opt.leases = true;
			break;
		case 'I':
			opt.interface = optarg;
			break;
		case 'V':
			puts("provctl " PROVD_VERSION);
			return DONE;
		case 'h':
			fputs(usage, stdout);
			fputs(ctl_media_usage, stdout);
			fputs(ctl_import_usage, stdout);
			return DONE;
		default:
			fputs(usage, stderr);
			return USAGE;
		}
	}
	n = argc - optind - 1;
	if (n >= 1 && strcmp(argv[optind], "media") == 0) {
		if (!socket)
			opt.socket = NULL;
		return ctl_media(&opt, n, argv + optind + 1);
	}
	if (n == 1 && strcmp(argv[optind], "replay") == 0)
		return ctl_replay(config ? opt.config : NULL, argv[optind + 1]);
	if (n >= 1 && strcmp(argv[optind], "import") == 0)
		return ctl_import(&opt, n, argv + optind + 1);
	for (size_t i = 0; n >= 0 && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(argv[optind], commands[i].name) == 0 &&
		    n >= commands[i].min && n <= commands[i].max)
			return commands[i].run(argv + optind + 1);
	fputs(usage, stderr);
	fputs(ctl_media_usage, stderr);
	fputs(ctl_import_usage, stderr);
	return USAGE;
}
