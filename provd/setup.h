/* setup.h - answers of provctl init -> provd.yaml.
 *
 * Pure.  Ownership: setup_yaml() borrows everything.  Errors: sentences.
 * Layer: provd.
 */
#ifndef PROVD_SETUP_H
#define PROVD_SETUP_H

#include "../lib/addr.h"
#include "../lib/buf.h"

/* Begins a configuration that a package has put there and nobody has edited:
 * it serves nothing, and may be replaced without a question. */
#define SETUP_UNTOUCHED	"# Nothing is configured yet."

struct setup_host {
	char		name[64];
	struct mac	mac;
	uint32_t	addr;		/* 0: from the range */
};

struct setup {
	const char	*interface, *mode;
	const char	*media;
	const char	*boot_programs;		/* NULL: none were found */
	const char	*tree, *tree_path;	/* NULL: none; path NULL: it is one of `media` */
	bool		 iso;			/* tree_path is an image */
	const char	*profile, *profile_path;	/* NULL: none */
	bool		 name_tree;		/* the profile has none of its own: the host says it */
	const struct setup_host *host;		/* NULL: none */
};

void	setup_yaml(const struct setup *, struct buf *);
/* "web1 52:54:00:12:34:56 [192.168.10.11]"; = and commas separate too.  false: why. */
bool	setup_host(const char *text, struct setup_host *ret, char why[160]);
/* A tree's name from a path: what is left of its last component; "tree". */
void	setup_tree_name(const char *path, char ret[64]);

#endif /* PROVD_SETUP_H */
