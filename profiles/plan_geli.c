/* plan_geli.c - encrypted partitions. */
#include "plan_freebsd.h"

#include <stdio.h>
#include <string.h>

static bool
by_passphrase(const struct plan_part *p)
{
	return p->gpt != NULL && !p->keep && p->gpt->encrypt == ENCRYPT_PASSPHRASE;
}

/* The part of a device's name once it is there to be used. */
const char *
fb_dev(struct pb *b, const struct plan_part *p)
{
	return p->gpt != NULL && p->gpt->encrypt != ENCRYPT_NO ? pb_str(b, "%s.eli", p->part) : p->part;
}

static bool
boots_by_uefi(const struct plan_disk *d)
{
	for (size_t i = 0; i < d->n_part; i++)
		if (d->part[i].fs == PART_EFI)
			return true;
	return false;
}

/* The loader asks for the root's passphrase: gptboot and gptzfsboot can since
 * 11, loader.efi since 12. */
static bool
is_root(struct pb *b, const struct plan_part *p)
{
	const struct cfg_pr_pool *pool = fb_root_pool(b);

	return (p->mount != NULL && strcmp(p->mount, "/") == 0) || (pool != NULL && fb_in_pool(b, p, pool));
}

static void
encrypt(struct pb *b, unsigned no, const struct plan_part *p)
{
	const char *flags = is_root(b, p) ? "-bg" : "-b", *pass;
	unsigned need = boots_by_uefi(&b->plan->disk[no - 1]) ? 12 : 11;

	if (is_root(b, p) && fb_major(b) > 0 && fb_major(b) < need)
		pb_error(b, p->mark, p->where, "the loader of FreeBSD %u can't ask for the root's passphrase%s: it takes %u or later",
		    fb_major(b), need == 12 ? " under UEFI" : "", need);
	pass = pb_secret(b, p->mark, p->where, p->gpt->passphrase, check_line, "one line");
	if (p->gpt->passphrase != NULL && pb_missing(b, p->gpt->passphrase, pass))
		pb_error(b, p->mark, p->where, "this passphrase is empty");
	pb_call(b, NULL, "encrypt @ $ $", no, p->part, flags, pass);
	pb_note(b, pb_str(b, "geli init %s -e AES-XTS -l 256 -s 4096, and geli attach, of %s on disk %u, with %s", flags, p->part, no,
	    p->gpt->passphrase ? "the profile's passphrase" : "a passphrase that the machine makes up"));
}

static bool
any(const struct pb *b, bool made)
{
	for (unsigned d = 0; d < b->plan->n_disk; d++)
		for (size_t i = 0; i < b->plan->disk[d].n_part; i++)
			if (by_passphrase(&b->plan->disk[d].part[i]) &&
			    (!made || b->plan->disk[d].part[i].gpt->passphrase == NULL))
				return true;
	return false;
}

void
fb_geli(struct pb *b)
{
	if (!any(b, false))
		return;
	pb_step(b, "encrypt", "Encrypt partitions with geli");
	for (unsigned d = 0; d < b->plan->n_disk; d++)
		for (size_t i = 0; i < b->plan->disk[d].n_part; i++)
			if (by_passphrase(&b->plan->disk[d].part[i]))
				encrypt(b, d + 1, &b->plan->disk[d].part[i]);
	fb_loader_conf(b, "geom_eli_load", "YES");
	fb_loader_conf(b, "aesni_load", "YES");
}

void
fb_geli_show(struct pb *b)
{
	if (!any(b, true))
		return;
	pb_step(b, "passphrase", "Show the passphrase on the console until somebody presses the return key");
	pb_call(b, "the passphrase is shown on the machine's console only, and never sent", "show_passphrase");
}
