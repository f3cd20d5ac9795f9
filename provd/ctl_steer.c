/* ctl_steer.c - provctl arm, disarm, inspect: one host, or a rack; reload.
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
confirmed(const struct ctl_opt *opt, char **host)
{
	struct ctl_opt plan = *opt;
	char line[16];
	int r = DONE;

	if (opt->yes || !isatty(STDIN_FILENO))
		return true;
	plan.json = false;
	for (size_t i = 0; host[i] != NULL && r == DONE; i++)
		r = ctl_plan(&plan, 1, host + i);
	if (r != DONE)
		return false;
	if (host[1] == NULL)
		fprintf(stderr, "Install %s like this at its next network boot? [y/N] ", host[0]);
	else
		fprintf(stderr, "Install them like this at their next network boot? [y/N] ");
	return fgets(line, sizeof(line), stdin) != NULL &&
	    (line[0] == 'y' || line[0] == 'Y');
}

int
ctl_arm(const struct ctl_opt *opt, int n, char **arg)
{
	(void)n;
	if (!confirmed(opt, arg))
		return REFUSED;
	return steer(opt, arg, "/arm", "; it is installed at its next network boot");
}

int
ctl_disarm(const struct ctl_opt *opt, int n, char **arg)
{
	(void)n;
	return steer(opt, arg, "/disarm", "");
}

int
ctl_inspect(const struct ctl_opt *opt, int n, char **arg)
{
	(void)n;
	return steer(opt, arg, "/inspect", "; it is inspected at its next network boot");
}

int
ctl_reload(const struct ctl_opt *opt, int n, char **arg)
{
	json_t *o;
	int r = ctl_json(opt, "POST", "/v1/reload", NULL, 0, &o, NULL);

	(void)n;
	(void)arg;
	if (r == DONE)
		json_decref(o);
	return r;
}
