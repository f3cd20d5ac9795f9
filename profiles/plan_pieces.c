/* plan_pieces.c - the distributions of a classic disc, cut in pieces. */
#include "plan_freebsd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "release.h"

static const char *const packs[] = { "none", "gzip", "bzip2" };		/* PACK_* */

/* "aa,CKSUM,BYTES[,SHA256[,MD5]]" for each; "." is the file itself, - not known. */
static const char *
pieces(struct pb *b, const struct release_set *rel)
{
	const struct release_piece *p;
	struct buf t = { 0 };

	for (size_t i = 0; i < rel->n_piece; i++) {
		p = &rel->piece[i];
		if (rel->whole)
			buf_puts(&t, " .,");
		else
			buf_printf(&t, " %c%c,", (int)('a' + i / 26), (int)('a' + i % 26));
		if (p->has_cksum)
			buf_printf(&t, "%u", p->cksum);
		else
			buf_putc(&t, '-');
		buf_printf(&t, ",%llu", (unsigned long long)p->bytes);
		if (p->sha256[0] != '\0' || p->md5[0] != '\0')
			buf_printf(&t, ",%s", p->sha256[0] ? p->sha256 : "-");
		if (p->md5[0] != '\0')
			buf_printf(&t, ",%s", p->md5);
	}
	return pb_keep(b, &t);
}

/* What people read of a set's files: one, or all the pieces. */
static const char *
glob(struct pb *b, const char *file, const struct release_set *rel)
{
	return pb_str(b, "/%s%s", file, rel != NULL && rel->whole ? "" : ".??");
}

static const char *
dist_dir(struct pb *b)
{
	return b->in->release ? b->in->release->dir :
	    pb_expand(b, b->p->dist.head.mark, "distributions.dir", b->p->dist.dir);
}

static const struct release_set *
kernel_set(const struct pb *b, const char *name)
{
	return b->in->release ? release_find(b->in->release, name) : NULL;
}

static bool
has_set(const struct pb *b, const char *name)
{
	for (size_t i = 0; i < b->plan->n_set; i++)
		if (strcmp(b->plan->set[i].name, name) == 0)
			return true;
	return false;
}

/* Up to 6.1 the kernel came with the base; then there are sets of kernels. */
static bool
has_kernels(struct pb *b)
{
	unsigned v = fb_version(b);

	if (b->in->release == NULL)
		return !has_set(b, "bin");
	if (kernel_set(b, "kernels/generic") != NULL || kernel_set(b, "kernels/smp") != NULL)
		return true;
	return !has_set(b, "bin") && (v == 0 || v > 601);
}

/* Step: verify ---------------------------------------------------------------- */

static void
verify_one(struct pb *b, const char *file, const struct release_set *rel)
{
	size_t n = rel ? rel->n_piece : 0;
	bool strong = n > 0 && rel->piece[0].sha256[0] != '\0';

	pb_call(b, pb_str(b, "%s of %s, %zu in all", strong ? "sha256" :
	    n > 0 && !rel->piece[0].has_cksum ? "md5" : "cksum", glob(b, file, rel), n),
	    pb_str(b, "verify_pieces $%s", rel ? pieces(b, rel) : ""), pb_str(b, "/%s", file));
}

void
fb_pieces_verify(struct pb *b)
{
	static const char *const kernels[] = { "kernels/generic", "kernels/smp" };
	const struct release_set *k;

	pb_step(b, "verify", "Check every piece of the distributions against its sum");
	for (size_t i = 0; i < b->plan->n_set; i++)
		verify_one(b, b->plan->set[i].file, b->plan->set[i].rel);
	for (size_t i = 0; i < 2; i++) {
		if ((k = kernel_set(b, kernels[i])) == NULL || has_set(b, strchr(kernels[i], '/') + 1) ||
		    b->p->dist.kernel == (i == 0 ? DIST_KERNEL_SMP : DIST_KERNEL_GENERIC))
			continue;
		verify_one(b, pb_str(b, "%s/%s", dist_dir(b), k->file), k);
	}
}

/* Which kernel is chosen? Part of the first step. */
void
fb_pieces_choose(struct pb *b)
{
	static const char *const choice[] = { "auto", "GENERIC", "SMP" };
	bool generic = kernel_set(b, "kernels/generic") != NULL, smp = kernel_set(b, "kernels/smp") != NULL;
	int want = b->p->dist.kernel;

	if (b->p->installer == INSTALLER_SYSINSTALL)
		pb_call(b, "sysinstall must be in the tree", "find_sysinstall");
	if (!has_kernels(b) && want == DIST_KERNEL_AUTO)
		return;
	if (b->in->release != NULL && ((want == DIST_KERNEL_GENERIC && !generic) ||
	    (want == DIST_KERNEL_SMP && !smp) || (!generic && !smp)))
		pb_error(b, b->p->dist.head.mark, "distributions.kernel", "there is no %s kernel in %s/kernels",
		    want == DIST_KERNEL_AUTO ? "GENERIC or SMP" : choice[want], dist_dir(b));
	pb_call(b, want == DIST_KERNEL_AUTO ?
	    "with more than one processor the kernel is SMP, if the release has it, else GENERIC" :
	    pb_str(b, "the kernel is %s", choice[want]), "choose_kernel $ $ $",
	    choice[want], generic ? "yes" : "no", smp ? "yes" : "no");
}

/* Steps: unpack ----------------------------------------------------------------- */

static const char *
count(struct pb *b, const struct release_set *rel)
{
	return pb_str(b, "%zu", rel != NULL && !rel->whole ? rel->n_piece : 0);
}

static const char *
pack(const struct release_set *rel)
{
	return packs[rel ? rel->pack : PACK_GZIP];
}

static const char *
tar(struct pb *b, const struct release_set *rel, const char *target)
{
	return pb_str(b, "tar --unlink -xp%sf - -C " MNT "%s",
	    rel != NULL && rel->pack == PACK_BZIP2 ? "j" : "z", target);
}

/* One call whatever kernel it is: the other one's words are not used. */
static void
unpack_kernel(struct pb *b)
{
	const struct release_set *g = kernel_set(b, "kernels/generic"), *s = kernel_set(b, "kernels/smp");

	if (!has_kernels(b))
		return;
	pb_step(b, "unpack_kernel", "Unpack the kernel");
	pb_call(b, pb_str(b, "cat /%s/kernels/KERNEL.?? | %s", dist_dir(b), tar(b, g ? g : s, "/boot")),
	    "unpack_kernel $ $ $ $ $", pb_str(b, "/%s/kernels", dist_dir(b)),
	    count(b, g), pack(g), count(b, s), pack(s));
}

/* What sysinstall does when it has unpacked the base. */
static void
fixup(struct pb *b)
{
	static const char *const spec[][2] = { { "root", "/" }, { "var", "/var" }, { "usr", "/usr" } };

	if (!has_set(b, "base") && !has_set(b, "bin"))
		return;
	pb_step(b, "fixup", "What sysinstall mends in a new base");
	pb_run(b, "chmod 755 " MNT "/etc");
	pb_run(b, "mkdir -p " MNT "/var/db " MNT "/usr/compat");
	pb_run(b, "touch " MNT "/var/db/mountdtab");
	pb_call(b, "/compat is a link to usr/compat", "compat_link");
	for (size_t i = 0; i < 3; i++)
		pb_call(b, pb_str(b, "chroot " MNT " mtree -deU -f /etc/mtree/BSD.%s.dist -p %s", spec[i][0], spec[i][1]),
		    "fix_tree $ $", spec[i][0], spec[i][1]);
	if (has_set(b, "bin"))
		pb_call(b, "device nodes in " MNT "/dev by its MAKEDEV", "make_devices");
	if (!has_kernels(b))
		pb_call(b, "a kernel that is there as kernel.GENERIC only becomes kernel", "old_kernel");
}

void
fb_pieces_set(struct pb *b, const struct plan_set *set, const char *target)
{
	pb_call(b, pb_str(b, "cat %s | %s", glob(b, set->file, set->rel), tar(b, set->rel, target)),
	    "unpack_pieces $ $ $ $", pb_str(b, "/%s", set->file), count(b, set->rel),
	    pack(set->rel), pb_str(b, MNT "%s", target));
}

void
fb_pieces_unpack(struct pb *b)
{
	const struct plan_set *set;
	bool kernel = false;

	if (b->p->installer == INSTALLER_SYSINSTALL) {
		fb_sysinstall_dists(b, has_kernels(b));
		fixup(b);
		return;
	}
	for (size_t i = 0; i < b->plan->n_set; i++) {
		set = &b->plan->set[i];
		pb_step(b, pb_str(b, "unpack_%s", set->name), "Unpack %s", set->name);
		fb_pieces_set(b, set, set->target);
		/* second, as sysinstall does, unless it comes anyway */
		if (strcmp(set->name, "base") == 0 && !has_set(b, "generic") && !has_set(b, "smp")) {
			unpack_kernel(b);
			kernel = true;
		}
	}
	if (!kernel)
		unpack_kernel(b);
	fixup(b);
}

/* Steps: kernel ------------------------------------------------------------------- */

/* The kernel lies where its set put it until all is there; the aliases' file
 * may have been one of the profile's. */
void
fb_pieces_kernel(struct pb *b)
{
	if (has_set(b, "base") || has_set(b, "bin")) {
		pb_step(b, "aliases", "Make the database of mail aliases");
		pb_call(b, "chroot " MNT " newaliases", "mail_aliases");
	}
	if (!has_kernels(b))
		return;
	pb_step(b, "kernel", "Put the kernel where the loader looks for it");
	pb_run(b, "chroot " MNT " rm -rf /boot/kernel");
	pb_run(b, "chroot " MNT " mv # /boot/kernel", "kernel_dir");
	if (b->p->dist.kernel == DIST_KERNEL_AUTO)
		pb_note(b, "chroot " MNT " mv /boot/GENERIC (or /boot/SMP) /boot/kernel");
	else
		pb_note(b, pb_str(b, "chroot " MNT " mv /boot/%s /boot/kernel",
		    b->p->dist.kernel == DIST_KERNEL_SMP ? "SMP" : "GENERIC"));
}
