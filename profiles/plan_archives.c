/* plan_archives.c - distributions that are one archive each, listed in MANIFEST. */
#include "plan_freebsd.h"

#include <string.h>

/* While no tree has been read, the profile's own words must do. */
bool
fb_pieces(const struct pb *b)
{
	const struct cfg_pr_dist *d = &b->p->dist;

	if (b->in->release != NULL)
		return b->in->release->kind == SETS_PIECES;
	return d->canned != CANNED_NONE || (d->dir != NULL && strstr(d->dir, "freebsd-dist") == NULL);
}

void
fb_archives_verify(struct pb *b)
{
	const struct plan_set *s;

	pb_step(b, "verify", "Check the distributions against their sha256");
	for (size_t i = 0; i < b->plan->n_set; i++) {
		s = &b->plan->set[i];
		pb_call(b, pb_str(b, "sha256 of /%s is %s", s->file, s->rel ? s->rel->sha256 : "that in MANIFEST"),
		    "verify_sha256 $ $", pb_str(b, "/%s", s->file), s->rel ? s->rel->sha256 : "");
	}
}

void
fb_archives_unpack(struct pb *b)
{
	const struct plan_set *s;

	for (size_t i = 0; i < b->plan->n_set; i++) {
		s = &b->plan->set[i];
		pb_step(b, pb_str(b, "unpack_%s", s->name), "Unpack %s", s->name);
		pb_run(b, "tar --unlink -xpf $ -C " MNT, pb_str(b, "/%s", s->file));
	}
}
