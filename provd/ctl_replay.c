/* ctl_replay.c - provctl replay: a recording decided again, without a server. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../dhcpd/dhcp_replay.h"
#include "provctl.h"

#define FILE_MAX	((size_t)1 << 30)

static char *
whole(const char *name, size_t *ret_len)
{
	FILE *f = fopen(name, "rb");
	struct stat st;
	char *p = NULL;

	if (f == NULL || fstat(fileno(f), &st) == -1)
		fprintf(stderr, "provctl: %s: %s\n", name, strerror(errno));
	else if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > FILE_MAX)
		fprintf(stderr, "provctl: %s: not a file of at most 1 GiB\n", name);
	else if ((p = malloc((size_t)st.st_size + 1)) == NULL)
		fprintf(stderr, "provctl: out of memory\n");
	else
		*ret_len = fread(p, 1, (size_t)st.st_size, f);
	if (f != NULL)
		fclose(f);
	return p;
}

static void
on_error(void *arg, const char *text)
{
	(void)arg;
	fprintf(stderr, "%s\n", text);
}

static int
replay(const char *config, const char *packets, size_t len, const char *state, size_t state_len)
{
	struct config *cfg = NULL;
	struct dhcp_replay found;
	struct buf report = { 0 };
	char why[300];
	int r;

	if (config != NULL && config_load(config, &cfg, on_error, NULL) < 0)
		return REFUSED;
	r = dhcp_replay(packets, len, state, state_len, cfg, &found, &report, why);
	config_unref(cfg);
	if (report.len > 0)
		fwrite(report.p, 1, report.len, stdout);
	buf_free(&report);
	if (r < 0)
		fprintf(stderr, "provctl: %s\n", why);
	printf("%zu requests, %zu answers: %zu the same, %zu different, %zu that would not be sent\n",
	    found.requests, found.answers, found.same, found.different, found.unasked);
	return r == 0 && found.answers == found.same ? DONE : REFUSED;
}

int
ctl_replay(const struct ctl_opt *opt, int n, char **arg)
{
	const char *file = arg[0];
	size_t len, state_len;
	char name[512], *packets, *state = NULL;
	int r = REFUSED;

	(void)n;
	if ((size_t)snprintf(name, sizeof(name), "%s.state", file) >= sizeof(name)) {
		fprintf(stderr, "provctl: %s: %s\n", file, strerror(ENAMETOOLONG));
		return REFUSED;
	}
	if ((packets = whole(file, &len)) != NULL && (state = whole(name, &state_len)) != NULL)
		r = replay(opt->own_config ? opt->config : NULL, packets, len, state, state_len);
	free(packets);
	free(state);
	return r;
}
