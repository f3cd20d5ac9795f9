/* ctl_steer.c - provctl arm, disarm, inspect, boot: one host, or a rack; reload.
 *
 * Many are asked for at a time, so that the server commits them together. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl_http.h"
#include "provctl.h"

#define AT_ONCE		32u

static int
begin(const struct ctl_opt *opt, const char *host, const char *action, int *ret_fd)
{
	char *path = ctl_host_path(opt, host, action);
	int r = path != NULL ? ctl_ask(opt->socket, "POST", path, NULL, 0, ret_fd) : -ENOMEM;

	free(path);
	return r;
}

/* what: of which host, where there are several. */
static int
finish(const struct ctl_opt *opt, int fd, const char *what, const char *said)
{
	struct buf b = { 0 };
	json_t *o = NULL;
	int code = 0, r = ctl_answer(fd, &code, &b);

	if (r == 0 && (o = json_loads(b.p != NULL ? b.p : "", 0, NULL)) == NULL && code == 200)
		r = -EBADMSG;
	if (r < 0) {
		r = ctl_no_server(opt, r);
	} else if (code != 200) {
		fprintf(stderr, "provctl: %s%s%s\n", what, *what != '\0' ? ": " : "",
		    ctl_get(o, "error")[0] != '\0' ? ctl_get(o, "error") : "the server failed");
		r = REFUSED;
	} else {
		if (opt->json)
			fputs(b.p, stdout);
		else
			printf("%s: %s%s\n", ctl_get(o, "name"), ctl_get(o, "state"), said);
		r = DONE;
	}
	json_decref(o);
	buf_free(&b);
	return r;
}

/* POST the action for each host; said: what is printed behind its state. */
static int
steer(const struct ctl_opt *opt, char **host, const char *action, const char *said)
{
	bool several = host[0] != NULL && host[1] != NULL;
	int fd[AT_ONCE], worst = DONE;

	while (*host != NULL && worst != NO_SERVER) {
		unsigned n = 0;

		for (; n < AT_ONCE && host[n] != NULL; n++) {
			int r = begin(opt, host[n], action, &fd[n]);

			if (r < 0) {
				worst = ctl_no_server(opt, r);
				break;
			}
		}
		for (unsigned i = 0; i < n; i++) {
			int r = finish(opt, fd[i], several ? host[i] : "", said);

			worst = r > worst ? r : worst;
		}
		host += n;
	}
	return worst;
}

static bool
yes(void)
{
	char line[16];

	return fgets(line, sizeof(line), stdin) != NULL &&
	    (line[0] == 'y' || line[0] == 'Y');
}

static void
list(char **host)
{
	size_t n = 0;

	for (; host[n] != NULL; n++)
		fprintf(stderr, "%s%s", n > 0 ? " " : "", host[n]);
	fprintf(stderr, "\n%zu host%s. ", n, n == 1 ? "" : "s");
}

/* Several plans are too long to be read before one says yes: more than these
 * are named, each with its profile. */
#define PLANS_SHOWN	4u

static bool
confirmed(const struct ctl_opt *opt, char **host)
{
	struct ctl_opt plan = *opt;
	size_t n = 0;
	int r = DONE;

	if (opt->yes || !isatty(STDIN_FILENO))
		return true;
	plan.json = false;
	while (host[n] != NULL)
		n++;
	for (size_t i = 0; i < n && n <= PLANS_SHOWN && r == DONE; i++)
		r = ctl_plan(&plan, 1, host + i);
	if (r != DONE)
		return false;
	if (n > 1)
		list(host);
	if (n == 1)
		fprintf(stderr, "Install %s like this at its next network boot? [y/N] ", host[0]);
	else if (n <= PLANS_SHOWN)
		fprintf(stderr, "Install them like this at their next network boot? [y/N] ");
	else
		fprintf(stderr, "Install them at their next network boot, each with %s%s "
		    "(provctl plan HOST shows how)? [y/N] ", opt->profile != NULL ? "profile " :
		    "its own profile", opt->profile != NULL ? opt->profile : "");
	return yes();
}

/* Who was not named one by one is shown before something happens to him. */
static bool
meant(const struct ctl_opt *opt, int n, char **arg, char **host, const char *what)
{
	bool named = !opt->all;

	for (int i = 0; i < n && named; i++)
		named = ctl_is_name(arg[i]);
	if (named || opt->yes || !isatty(STDIN_FILENO))
		return true;
	list(host);
	fprintf(stderr, "%s? [y/N] ", what);
	return yes();
}

int
ctl_arm(const struct ctl_opt *opt, int n, char **arg)
{
	char **host;
	int r;

	if (n == 0 && !opt->all)
		return ctl_usage("arm");
	if ((r = ctl_pick(opt, n, arg, &host)) != DONE)
		return r;
	r = confirmed(opt, host) ?
	    steer(opt, host, "/arm", "; it is installed at its next network boot") : REFUSED;
	ctl_pick_free(host);
	return r;
}

int
ctl_disarm(const struct ctl_opt *opt, int n, char **arg)
{
	char **host;
	int r;

	if (n == 0 && !opt->all)
		return ctl_usage("disarm");
	if ((r = ctl_pick(opt, n, arg, &host)) != DONE)
		return r;
	r = meant(opt, n, arg, host, "Disarm them") ? steer(opt, host, "/disarm", "") : REFUSED;
	ctl_pick_free(host);
	return r;
}

int
ctl_inspect(const struct ctl_opt *opt, int n, char **arg)
{
	char **host;
	int r;

	if (n == 0 && !opt->all)
		return ctl_usage("inspect");
	if ((r = ctl_pick(opt, n, arg, &host)) != DONE)
		return r;
	r = meant(opt, n, arg, host, "Inspect them at their next network boot") ?
	    steer(opt, host, "/inspect", "; it is inspected at its next network boot") : REFUSED;
	ctl_pick_free(host);
	return r;
}

/* HOST... SYSTEM */
int
ctl_boot(const struct ctl_opt *opt, int n, char **arg)
{
	static const char *const systems[] = { "rescue", "diskless", "inspect", "none" };
	const char *system = arg[n - 1];
	char **host, action[64], said[64];
	size_t i = 0;
	int r;

	while (i < 4 && strcmp(system, systems[i]) != 0)
		i++;
	if (i == 4 || (opt->always && i > 1) || (n == 1 && !opt->all))
		return ctl_usage("boot");
	arg[n - 1] = NULL;
	if ((r = ctl_pick(opt, n - 1, arg, &host)) != DONE)
		return r;
	(void)snprintf(action, sizeof(action), "/boot?system=%s%s", system,
	    opt->always ? "&always=yes" : "");
	(void)snprintf(said, sizeof(said), i == 3 ? "; boots as usual again" :
	    "; %s network boot: %s", opt->always ? "every" : "its next", system);
	r = meant(opt, n - 1, arg, host, "Let them boot that") ?
	    steer(opt, host, action, said) : REFUSED;
	ctl_pick_free(host);
	return r;
}

int
ctl_reload(const struct ctl_opt *opt, int n, char **arg)
{
	json_t *o;
	int r = ctl_json(opt, "POST", "/v1/reload", NULL, 0, &o, NULL);

	const char *name;
	json_t *v;

	(void)n;
	(void)arg;
	if (r != DONE)
		return r;
	if (!opt->json)
		json_object_foreach(json_object_get(o, "left_out"), name, v)
			fprintf(stderr, "provctl: %s is left out: %s\n", name, json_string_value(v));
	json_decref(o);
	return r;
}
