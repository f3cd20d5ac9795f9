/* ctl_import.c - provctl import: another server's files become a provd.yaml. */
#include <sys/stat.h>
#include <sys/types.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../fleet/config.h"
#include "../import/import.h"
#include "provctl.h"

static int
read_file(const char *path, char **ret, size_t *ret_len)
{
	struct buf b = { 0 };
	struct stat st;
	char piece[8192];
	ssize_t n;
	int fd, r = 0;

	if ((fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)) == -1)
		return -errno;
	if (fstat(fd, &st) == -1)
		r = -errno;
	else if (S_ISDIR(st.st_mode))
		r = -EISDIR;
	while (r == 0 && (n = read(fd, piece, sizeof(piece))) != 0) {
		if (n < 0)
			r = -errno;
		else if (b.len + (size_t)n > IMPORT_FILE_MAX)
			r = -EFBIG;
		else
			buf_add(&b, piece, (size_t)n);
	}
	close(fd);
	if (r == 0 && (*ret = buf_steal(&b, ret_len)) == NULL)
		r = -ENOMEM;
	buf_free(&b);
	return r;
}

/* Includes -------------------------------------------------------------------- */

/* Relative to the file that names it. */
static char *
beside(const char *from, const char *name, size_t len)
{
	const char *slash = strrchr(from, '/');
	struct buf b = { 0 };

	if (len > 0 && name[0] != '/' && slash != NULL)
		buf_add(&b, from, (size_t)(slash - from) + 1);
	buf_add(&b, name, len);
	return buf_steal(&b, NULL);
}

static bool
ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcmp(s + n - m, end) == 0;
}

/* As dnsmasq's conf-dir=DIR,*.conf or DIR,.bak: with this ending, or without. */
static bool
is_wanted(const char *file, const char *rules)
{
	size_t n = strlen(file);
	bool only = false, fits = false;

	if (file[0] == '.' || file[n - 1] == '~' || (file[0] == '#' && file[n - 1] == '#'))
		return false;
	for (const char *r = rules; *r == ',';) {
		size_t len = strcspn(++r, ",");
		char end[64];

		snprintf(end, sizeof(end), "%.*s", (int)(r[0] == '*' ? len - 1 : len), r + (r[0] == '*'));
		if (r[0] == '*') {
			only = true;
			fits = fits || ends_with(file, end);
		} else if (len > 0 && ends_with(file, end)) {
			return false;
		}
		r += len;
	}
	return fits || !only;
}

static int
nth_of(const char *dir, const char *rules, size_t i, char **ret)
{
	struct dirent **e;
	int n = scandir(dir, &e, NULL, alphasort), r = -ENOENT;
	struct buf b = { 0 };

	if (n == -1)
		return -errno;
	for (int k = 0; k < n; k++) {
		if (r == -ENOENT && is_wanted(e[k]->d_name, rules) && i-- == 0) {
			buf_printf(&b, "%s/%s", dir, e[k]->d_name);
			r = (*ret = buf_steal(&b, NULL)) != NULL ? 0 : -ENOMEM;
		}
		free(e[k]);
	}
	free(e);
	return r;
}

static int
read_named(void *arg, const char *from, const char *name, bool dir, size_t i,
    char **ret_text, size_t *ret_len, char **ret_name)
{
	size_t len = dir ? strcspn(name, ",") : strlen(name);
	char *path = beside(from, name, len), *file = path;
	int r = path != NULL ? 0 : -ENOMEM;

	(void)arg;
	if (r == 0 && dir) {
		r = nth_of(path, name + len, i, &file);
		free(path);
		if (r < 0)
			return r;
	}
	if (r == 0 && (r = read_file(file, ret_text, ret_len)) == 0)
		*ret_name = file;
	else
		free(file);
	return r;
}

/* What only this machine can tell ----------------------------------------------- */

static void
find_interface(struct import *imp)
{
	char guess[IFNAMSIZ] = "eth0";
	struct ifaddrs *all = NULL;
	bool any = false;

	if (getifaddrs(&all) == -1)
		all = NULL;
	for (const struct ifaddrs *a = all; a != NULL; a = a->ifa_next) {
		const struct sockaddr_in *sin = (const void *)a->ifa_addr;

		if (sin == NULL || sin->sin_family != AF_INET || (a->ifa_flags & IFF_LOOPBACK) != 0)
			continue;
		if (import_on_a_network(imp, ntohl(sin->sin_addr.s_addr)))
			import_interface(imp, a->ifa_name);
		if (!any)
			snprintf(guess, sizeof(guess), "%s", a->ifa_name);
		any = true;
	}
	if (all != NULL)
		freeifaddrs(all);
	if (!import_needs_interface(imp))
		return;
	import_interface(imp, guess);
	import_note(imp, true, "interface", "none of this machine's is on these networks; what is "
	    "written is a guess: say --interface NAME");
}

static void
look_for_trees(struct import *imp)
{
	const char *path;
	struct stat st;

	for (size_t i = 0; (path = import_tree_path(imp, i)) != NULL; i++)
		if (stat(path, &st) == -1 || !S_ISDIR(st.st_mode))
			import_note(imp, true, path, "is no directory on this machine; provd -T will want it");
}

/* -------------------------------------------------------------------------------- */

static void
collect(void *arg, const char *text)
{
	buf_printf(arg, "%s\n", text);
}

static int
import_file(struct import *imp, const char *file, enum import_kind kind)
{
	char *text = NULL;
	size_t len = 0;
	int r = read_file(file, &text, &len);

	if (r == 0 && kind == IMPORT_UNKNOWN &&
	    (kind = import_kind_of(file, text, len)) == IMPORT_UNKNOWN) {
		fprintf(stderr, "provctl: %s: what kind of file is this? say -t with one of: %s\n",
		    file, import_kinds);
		r = -EINVAL;
	} else if (r < 0 || (r = import_text(imp, kind, file, text, len)) < 0) {
		fprintf(stderr, "provctl: %s: %s\n", file, strerror(-r));
	}
	free(text);
	return r;
}

static int
print(struct import *imp)
{
	struct buf yaml = { 0 }, report = { 0 }, errors = { 0 };
	struct config *cfg = NULL;
	size_t left = 0;
	int r = REFUSED;

	if (import_finish(imp, &yaml, &report, &left) < 0 || yaml.err != 0) {
		fputs("provctl: there is not enough memory for this\n", stderr);
	} else if (fwrite(yaml.p, 1, yaml.len, stdout) != yaml.len || fflush(stdout) != 0) {
		fprintf(stderr, "provctl: %s\n", strerror(errno));
	} else {
		fwrite(report.p != NULL ? report.p : "", 1, report.len, stderr);
		r = left > 0 ? LEFT_OUT : DONE;
		/* It was made to be accepted. */
		if (config_load_mem("provd.yaml", yaml.p, &cfg, collect, &errors) < 0) {
			fwrite(errors.p != NULL ? errors.p : "", 1, errors.len, stderr);
			r = REFUSED;
		}
		config_unref(cfg);
	}
	buf_free(&yaml);
	buf_free(&report);
	buf_free(&errors);
	return r;
}

int
ctl_import(const struct ctl_opt *opt, int n, char **file)
{
	const struct import_source src = { read_named, NULL };
	enum import_kind kind = IMPORT_UNKNOWN;
	struct import *imp;
	int r = DONE;

	if (opt->tree != NULL && (kind = import_kind_named(opt->tree)) == IMPORT_UNKNOWN) {
		fprintf(stderr, "provctl: there is no kind %s; kinds are: %s\n", opt->tree, import_kinds);
		return USAGE;
	}
	if (import_new(&src, &imp) < 0)
		return REFUSED;
	if (opt->hosts)
		import_leases_as_hosts(imp);
	if (opt->interface != NULL)
		import_interface(imp, opt->interface);
	for (int i = 0; i < n && r == DONE; i++)
		if (import_file(imp, file[i], kind) < 0)
			r = REFUSED;
	if (r == DONE && opt->leases) {
		r = ctl_carry(opt->socket, imp);
	} else if (r == DONE) {
		if (import_needs_interface(imp))
			find_interface(imp);
		look_for_trees(imp);
		r = print(imp);
	}
	import_free(imp);
	return r;
}
