/* render_int.h - an installation while it is rendered.  Only for render*.c. */
#ifndef PROFILES_RENDER_INT_H
#define PROFILES_RENDER_INT_H

#include "check.h"
#include "compile.h"

struct render {
	const struct profile	*pr;
	const struct render_in	*in;
	struct render_out	*out;
	cfg_error_fn		*fn;
	void			*arg;
	struct vars		 vars;
	struct release		 release;
	bool			 has_release;
	char			 kernel[201], initrd[201];
	char			 server[IP4_STRLEN];
	struct buf		 loader;	/* FreeBSD: lines of loader.conf.local */
	char			 text[160];	/* scratch */
};

/* render.c.  All give -EINVAL after a line of complaint, or -ENOMEM. */
int	render_complain(struct render *, struct cfg_mark, const char *where, const char *text);
/* A path in the tree, with its variables put in. */
int	render_tree_path(struct render *, const char *where, const char *text,
	    const char *dflt, char *ret, size_t cap);
int	render_must_have(struct render *, const char *where, const char *path);

int	render_expand(struct render *, const char *where, const char *text, struct buf *out);
/* A file of the overlay, below .provd/TOKEN; frees text. */
int	render_add(struct render *, const char *name, uint32_t mode, struct buf *text);

/* render_other.c: what the machine runs that is not to be installed */
int	render_other_files(struct render *);
/* May it be rendered for any host?  Not kept. */
int	render_other_try(const struct profile *, const struct render_in *, const struct vars *,
	    cfg_error_fn *, void *arg);

/* compile.c: pieces of a script.  The settings are not ended: settings() { ... */
void	script_head(struct buf *, const char *what);
void	script_settings(struct buf *, int os, const char *token);
void	script_setting(struct buf *, const char *name, const char *value);
void	script_part(struct buf *, const char *text);

/* render_tree.c: what the tree offers, in kernel, initrd, release */
int	render_read_tree(struct render *);

/* render_boot.c: boot programs by architecture, after the recipe */
int	render_programs(struct render *);

/* render_freebsd.c */
int	render_freebsd_recipe(struct render *);
int	render_freebsd_files(struct render *);

#endif /* PROFILES_RENDER_INT_H */
