/* services.c - inetd.conf's tftp lines, rc.conf and /etc/default. */
#include <string.h>
#include <strings.h>

#include "lines.h"

/* A tree's names begin with its export; a TFTP server's with its root, which
 * is the same directory. */
static void
tftp_root(struct import *imp, struct imp_place at, const char *dir)
{
	struct imp_tree *t;

	if (!imp_path_ok(dir)) {
		imp_left(imp, at, dir, "is no directory that provd could serve");
		return;
	}
	t = imp_tree(imp, dir, at);
	if (t->export == NULL)
		t->export = t->path;
	t->clients = "any";
	imp->tftp_root = t->path;
}

/* Arguments of tftpd, BSD's and tftpd-hpa's. */
static void
tftpd_args(struct import *imp, struct imp_place at, char **w, size_t n)
{
	static const char with_value[] = "cusFmtpaBbrRUPe", quiet[] = "ldnv46wsC";
	bool root = false;

	for (size_t i = 0; i < n; i++) {
		const char *o = w[i];

		if (o[0] == '/') {
			tftp_root(imp, at, o);
			root = true;
		} else if (strcmp(o, "-s") == 0 || strcmp(o, "--secure") == 0 || strcmp(o, "-l") == 0 ||
		    strcmp(o, "--listen") == 0) {
			;	/* the root is the directory; it listens */
		} else if (strcmp(o, "-w") == 0 || strcmp(o, "-W") == 0 || strcmp(o, "-c") == 0 ||
		    strcmp(o, "--create") == 0) {
			imp_left(imp, at, imp_fmt(imp, "tftpd %s", o), "provd serves files, it takes none");
		} else if (o[0] == '-' && o[1] != '-' && strchr(quiet, o[1]) == NULL &&
		    strchr(with_value, o[1]) != NULL && o[2] == '\0' && i + 1 < n) {
			imp_left(imp, at, imp_fmt(imp, "tftpd %s %s", o, w[i + 1]), "provd has nothing like it");
			i++;
		} else if (o[0] == '-') {
			bool u = strcmp(o, "-u") == 0 && i + 1 < n;

			imp_left(imp, at, imp_fmt(imp, "tftpd %s%s%s", o, u ? " " : "", u ? w[i + 1] : ""),
			    u ? "provd says its user with user:" : "provd has nothing like it");
			i += u;
		} else {
			imp_left(imp, at, imp_fmt(imp, "tftpd %s", o), "provd has nothing like it");
		}
	}
	if (!root)
		imp_left(imp, at, "tftpd", "names no directory");
}

void
imp_inetd(struct import *imp, const char *file, const char *text, size_t len)
{
	struct imp_place other = { 0 };
	struct lines l;
	char *w[LINE_WORDS];
	size_t n, n_other = 0;

	lines_begin(&l, imp, file, text, len, 0);
	while (lines_words(&l, w, &n)) {
		size_t args = 7;	/* service type proto wait user program argv[0] */

		if (strcmp(w[0], "bootps") == 0) {
			imp_left(imp, l.at, w[0], "the clients of another server; its file is not read");
		} else if (strcmp(w[0], "tftp") != 0) {
			other = n_other++ == 0 ? l.at : other;
		} else if (n < args) {
			imp_left(imp, l.at, w[0], "names no program");
		} else {
			if (strcmp(w[2], "udp6") == 0)
				imp_left(imp, l.at, "tftp udp6", "provd serves IPv4 only");
			else
				tftpd_args(imp, l.at, w + args, n - args);
		}
	}
	if (n_other > 0)
		imp_tell(imp, other, NULL, "%zu other service%s here: not provd's", n_other,
		    n_other > 1 ? "s" : "");
}

/* NAME="words" --------------------------------------------------------------------- */

static void
interfaces(struct import *imp, struct imp_place at, char *v)
{
	char *save = NULL;

	for (char *w = strtok_r(v, " \t", &save); w != NULL; w = strtok_r(NULL, " \t", &save))
		imp_interface(imp, w, at);
}

static void
variable(struct import *imp, struct imp_place at, const char *name, char *v)
{
	static const char *const ours[] = { "dhcpd_", "tftpd_", "TFTP_", "nfs_server", "mountd_",
	    "DHCPD", "INTERFACES", "OPTIONS" };

	if (strcmp(name, "dhcpd_ifaces") == 0 || strcmp(name, "INTERFACESv4") == 0 ||
	    strcmp(name, "INTERFACES") == 0 || strcmp(name, "DHCPDARGS") == 0) {
		interfaces(imp, at, v);
		return;
	}
	if (strcmp(name, "TFTP_DIRECTORY") == 0) {
		tftp_root(imp, at, v);
		return;
	}
	if (*v == '\0' || strcasecmp(v, "yes") == 0 || strcasecmp(v, "no") == 0 ||
	    strcmp(v, "--secure") == 0)
		return;
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (strncmp(name, ours[i], strlen(ours[i])) == 0) {
			imp_left(imp, at, imp_fmt(imp, "%.60s=%.100s", name, v), "provd has its own way for this");
			return;
		}
}

void
imp_rc(struct import *imp, const char *file, const char *text, size_t len)
{
	struct lines l;
	char *s;

	lines_begin(&l, imp, file, text, len, LINES_BACKSLASH);
	while (lines_next(&l, &s)) {
		char *v = strchr(s, '=');
		size_t n;

		if (v == NULL)
			continue;
		*v++ = '\0';
		n = strlen(v);
		if (n > 1 && (*v == '"' || *v == '\'') && v[n - 1] == *v) {
			v[n - 1] = '\0';
			v++;
		}
		variable(imp, l.at, s, v);
	}
}
