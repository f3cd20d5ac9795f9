/* classic_sets.c - what sysinstall(8) of FreeBSD 4 to 8 knows as distributions. */
#include "classic_sets.h"

#include <string.h>
#include <strings.h>

#include "profile.h"

#define BIT(x)	(1u << (x))
#define ALL	BIT(CANNED_ALL)
#define DEV	(ALL | BIT(CANNED_DEVELOPER))
#define KERN	(DEV | BIT(CANNED_KERN_DEVELOPER))
#define USER	(KERN | BIT(CANNED_USER))
#define MINIMAL	(USER | BIT(CANNED_MINIMAL))

#define SRC(n)		{ "src/" n, "/usr/src", DEV, 0 }
#define COMPAT(n)	{ n, "", ALL, 5 }

/* Of the kernels the one that the machine needs is in every canned set; it
 * is chosen on the client, and All has the others too. */
const struct classic_set classic_sets[] = {
	{ "bin", "", MINIMAL, 4 },
	{ "base", "", MINIMAL, 0 },
	{ "kernels/generic", "/boot", ALL, 0 },
	{ "kernels/smp", "/boot", ALL, 0 },
	{ "doc", "", USER, 0 },
	{ "games", "", ALL, 0 },
	{ "manpages", "", USER, 0 },
	{ "catpages", "", ALL, 0 },
	{ "proflibs", "", KERN, 0 },
	{ "dict", "", USER, 0 },
	{ "info", "", KERN, 0 },
	{ "lib32", "", ALL, 0 },
	SRC("sbase"), SRC("scontrib"), SRC("scrypto"), SRC("sgnu"), SRC("setc"),
	SRC("sgames"), SRC("sinclude"), SRC("skrb5"), SRC("slib"), SRC("slibexec"),
	SRC("srelease"), SRC("sbin"), SRC("ssecure"), SRC("ssbin"), SRC("sshare"),
	{ "src/ssys", "/usr/src", KERN, 0 },
	SRC("subin"), SRC("susbin"), SRC("stools"), SRC("srescue"), SRC("scddl"), SRC("scompat"),
	{ "crypto/crypto", "", MINIMAL, 5 },
	{ "crypto/krb4", "", KERN, 5 },
	{ "crypto/krb5", "", KERN, 5 },
	{ "crypto/ssecure", "/usr/src", DEV, 5 },
	{ "crypto/scrypto", "/usr/src", DEV, 5 },
	{ "crypto/skrb4", "/usr/src", DEV, 5 },
	{ "crypto/skrb5", "/usr/src", DEV, 5 },
	COMPAT("compat1x"), COMPAT("compat20"), COMPAT("compat21"), COMPAT("compat22"),
	COMPAT("compat3x"), COMPAT("compat4x"),
	{ "ports", "/usr", ALL, 0 },
	{ "local", "", ALL, 5 },
};
const size_t classic_n = sizeof(classic_sets) / sizeof(classic_sets[0]);

const struct classic_set *
classic_find(const char *name, size_t i)
{
	const char *slash;

	for (size_t k = 0; k < classic_n; k++) {
		slash = strchr(classic_sets[k].name, '/');
		if ((strcasecmp(classic_sets[k].name, name) == 0 ||
		    (slash != NULL && strcasecmp(slash + 1, name) == 0)) && i-- == 0)
			return &classic_sets[k];
	}
	return NULL;
}

const char *
classic_target(const char *name)
{
	const struct classic_set *s = classic_find(name, 0);

	if (s != NULL)
		return s->target;
	if (strncmp(name, "kernels/", 8) == 0)
		return "/boot";
	return strncmp(name, "src/", 4) == 0 ? "/usr/src" : "";
}

bool
classic_in(const struct classic_set *s, int canned)
{
	return (s->canned & BIT((unsigned)canned)) != 0;
}
