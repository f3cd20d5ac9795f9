/* plan_sysinstall.c - the steps that the release's own sysinstall(8) takes.
 *
 * It is used where the book uses it, told by scripts instead of by hand: it
 * makes the slice with its boot manager, and it unpacks the distributions to
 * /mnt. Run beside an init, it would mount what its label editor makes over the
 * root that came by NFS, so the label is bsdlabel's, and the rest ours. It is
 * told nothing of the network, so it leaves alone the interface that carries
 * the root: what it installs from is that root.
 */
#include "plan_freebsd.h"

#include <stdio.h>
#include <string.h>

#include "classic_sets.h"

static void
check_disks(struct pb *b)
{
	const struct plan_disk *d;
	const struct cfg_pr_disk *c;

	for (unsigned i = 0; i < b->plan->n_disk; i++) {
		d = &b->plan->disk[i];
		c = d->layout;
		if (fb_by_gpart(b, d))
			pb_error(b, c->head.mark, pb_str(b, "disks[%u]", i), "sysinstall(8) makes no such table: write scheme: mbr and tools: fdisk");
		else if (!d->keep && (c->n_slice != 1 || c->slice[0].number != 1 || !c->slice[0].active ||
		    strcmp(c->slice[0].size, "*") != 0))
			pb_error(b, c->slice[0].head.mark, pb_str(b, "disks[%u].slices", i),
			    "a script of sysinstall(8) makes one slice over the whole disk: for others write installer: provd");
	}
}

static void
check_sets(struct pb *b)
{
	for (size_t i = 0; i < b->plan->n_set; i++)
		if (classic_find(b->plan->set[i].name, 0) == NULL)
			pb_error(b, b->p->dist.head.mark, pb_str(b, "distributions.sets[%zu]", i),
			    "sysinstall(8) knows no distribution %s", b->plan->set[i].name);
}

void
fb_sysinstall_check(struct pb *b)
{
	if (!fb_pieces(b)) {
		pb_error(b, b->p->head.mark, "installer", "sysinstall(8) is on the discs of FreeBSD up to 8 only");
		return;
	}
	check_disks(b);
	check_sets(b);
}

/* All disks in one go, with the first of them. */
void
fb_sysinstall_disk(struct pb *b, unsigned no)
{
	struct buf note = { 0 };
	bool first = true;

	for (unsigned i = 0; i + 1 < no; i++)
		first &= b->plan->disk[i].keep;
	if (!first)
		return;
	(void)snprintf(b->step->title, sizeof(b->step->title), "Slice the disk%s with sysinstall",
	    b->plan->n_disk > 1 ? "s" : "");
	buf_puts(&note, "sysinstall:");
	pb_call(b, NULL, "sysinstall_disks");
	for (unsigned i = no - 1; i < b->plan->n_disk; i++) {
		const struct plan_disk *d = &b->plan->disk[i];
		const char *how = d->layout->boot_manager ? "booteasy" : "standard";

		if (d->keep)
			continue;
		pb_more(b, "# $", pb_str(b, "name%u", i + 1), how);
		buf_printf(&note, " disk=%s partition=all bootManager=%s diskPartitionEditor",
		    *d->found ? d->found : pb_str(b, "DISK%u", i + 1), how);
	}
	buf_puts(&note, " diskPartitionWrite");
	pb_note(b, pb_keep(b, &note));
}

/* As sysinstall calls it: GENERIC, sbase. */
static const char *
its_name(struct pb *b, const char *name)
{
	if (strcmp(name, "generic") == 0 || strcmp(name, "smp") == 0)
		return name[0] == 'g' ? "GENERIC" : "SMP";
	return pb_str(b, "%s", name);
}

void
fb_sysinstall_dists(struct pb *b, bool kernel)
{
	const char *dir = b->in->release ? b->in->release->dir :
	    pb_expand(b, b->p->dist.head.mark, "distributions.dir", b->p->dist.dir);
	struct buf note = { 0 };

	pb_step(b, "sysinstall", "Unpack the distributions with sysinstall");
	buf_printf(&note, "sysinstall: installRoot=" MNT " ufs=/%s mediaSetUFS, dists=", dir);
	pb_call(b, NULL, "sysinstall_dists $", pb_str(b, "/%s", dir));
	for (size_t i = 0; i < b->plan->n_set; i++) {
		const char *name = its_name(b, b->plan->set[i].name);

		pb_more(b, "$", name);
		buf_printf(&note, "%s%s", i ? " " : "", name);
	}
	if (kernel) {
		pb_more(b, "KERNEL");
		buf_puts(&note, " and the kernel");
	}
	buf_puts(&note, ", distSetCustom distExtractAll");
	pb_note(b, pb_keep(b, &note));
}
