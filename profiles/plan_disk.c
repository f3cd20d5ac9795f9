/* plan_disk.c - which disks are meant, and what is mounted where. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "facts.h"
#include "plan_freebsd.h"

/* What is asked for ------------------------------------------------------- */

static bool
yes_no(const char *s)
{
	return strcmp(s, "yes") == 0 || strcmp(s, "no") == 0;
}

static bool
is_bus(const char *s)
{
	static const char bus[][8] = { "ata", "scsi", "nvme", "usb", "virtio", "mmc" };

	for (size_t i = 0; i < sizeof(bus) / sizeof(bus[0]); i++)
		if (strcmp(s, bus[i]) == 0)
			return true;
	return false;
}

/* As sysfs and udev write it, in one form: lower case, without naa. or 0x. */
static const char *
plain_wwn(struct pb *b, const char *s)
{
	char buf[128];
	size_t n = 0;

	if (strncmp(s, "0x", 2) == 0)
		s += 2;
	else if (strncmp(s, "naa.", 4) == 0 || strncmp(s, "eui.", 4) == 0)
		s += 4;
	for (; *s != '\0' && n + 1 < sizeof(buf); s++)
		buf[n++] = (char)(*s >= 'A' && *s <= 'F' ? *s + ('a' - 'A') : *s);
	buf[n] = '\0';
	return pb_str(b, "%s", buf);
}

static void
match(struct pb *b, const struct cfg_pr_match *m, const char *name, struct plan_disk *d,
    const char *where)
{
	const char *w = pb_str(b, "%s.match", where), *s;
	struct cfg_mark at = m->head.mark;

	d->name = name;
	if (*name != '\0' && !check_device(name))
		pb_error(b, at, w, "\"%s\" is not a disk's name as the kernel has it, like vda or ad4", name);
	d->serial = pb_value(b, at, w, m->serial, check_line, "a serial number");
	d->wwn = plain_wwn(b, pb_value(b, at, w, m->wwn, check_line, "a world wide name"));
	d->bus = pb_value(b, at, w, m->bus, is_bus, "ata, scsi, nvme, usb, virtio or mmc");
	s = pb_value(b, at, w, m->first, yes_no, "yes or no");
	d->first = strcmp(s, "yes") == 0;
	s = pb_expand(b, at, w, m->size);
	d->size_hi = UINT64_MAX;
	if (size_range_parse(s, &d->size_lo, &d->size_hi) < 0)
		pb_error(b, at, w, "\"%s\" is not a size: write 8G, >=8G, <=2T or 8G..20G", s);
}

static bool
is_taken(const struct pb *b, const struct plan_disk *d, const char *name)
{
	for (const struct plan_disk *o = b->plan->disk; o < d; o++)
		if (strcmp(o->found, name) == 0)
			return true;
	return false;
}

static bool
matches(const struct plan_disk *d, const struct fact_disk *f)
{
	return (*d->name == '\0' || strcmp(d->name, f->name) == 0) &&
	    (*d->serial == '\0' || strcmp(d->serial, f->serial) == 0) &&
	    (*d->wwn == '\0' || strcmp(d->wwn, f->wwn) == 0) &&
	    (*d->bus == '\0' || strcmp(d->bus, f->bus) == 0) &&
	    f->bytes >= d->size_lo && f->bytes <= d->size_hi;
}

/* The disk that an inspection knows.  Without one, a name that is asked for is taken at its word. */
static void
known(struct pb *b, struct plan_disk *d, struct cfg_mark at, const char *where)
{
	struct fact_disk fact[32];
	const struct fact_disk *hit = NULL;
	size_t n, hits = 0;

	(void)snprintf(d->found, sizeof(d->found), "%s", d->name);
	if (b->in->facts == NULL ||
	    (n = facts_disks(b->in->facts, fact, 32)) == 0)
		return;
	for (size_t i = 0; i < n; i++) {
		if (!check_device(fact[i].name) || !matches(d, &fact[i]))
			continue;
		hits++;
		if (hit == NULL && !((d->first || d->of > 1) && is_taken(b, d, fact[i].name)))
			hit = &fact[i];
	}
	if (d->of > 1 && !d->first && hits != d->of && *d->name == '\0') {
		pb_error(b, at, where, "%zu of the disks that the last inspection found match, it must be exactly %u; say more, or first: yes", hits, d->of);
		return;
	}
	if (hit == NULL) {
		pb_error(b, at, where, "no disk that the last inspection found matches; inspect the host again if its disks have changed");
		return;
	}
	if (hits > 1 && !d->first && d->of == 1) {
		pb_error(b, at, where, "%zu of the disks that the last inspection found match, it must be exactly one; say more, or first: yes", hits);
		return;
	}
	(void)snprintf(d->found, sizeof(d->found), "%s", hit->name);
	d->found_bytes = hit->bytes;
}

/* Mounts ------------------------------------------------------------------ */

static unsigned
depth(const char *path)
{
	unsigned n = 0;

	if (strcmp(path, "/") == 0)
		return 0;
	for (; *path != '\0'; path++)
		n += *path == '/';
	return n;
}

size_t
pb_mounts(struct pb *b, struct pb_mount *ret)
{
	struct pb_mount m;
	size_t n = 0, at;

	for (unsigned d = 0; d < b->plan->n_disk; d++) {
		for (size_t i = 0; i < b->plan->disk[d].n_part; i++) {
			m = (struct pb_mount){ &b->plan->disk[d].part[i], d + 1 };
			if (m.part->mount == NULL)
				continue;
			/* parents first; otherwise as written */
			for (at = n++; at > 0 && depth(ret[at - 1].part->mount) >
			    depth(m.part->mount); at--)
				ret[at] = ret[at - 1];
			ret[at] = m;
		}
	}
	return n;
}

const struct plan_part *
pb_root(const struct pb *b, unsigned *ret_disk)
{
	for (unsigned d = 0; d < b->plan->n_disk; d++)
		for (size_t i = 0; i < b->plan->disk[d].n_part; i++)
			if (b->plan->disk[d].part[i].mount != NULL &&
			    strcmp(b->plan->disk[d].part[i].mount, "/") == 0) {
				*ret_disk = d + 1;
				return &b->plan->disk[d].part[i];
			}
	return NULL;
}

static void
check_mounts(struct pb *b)
{
	static const char *const taken[] = { "/dev", "/proc", "/sys", "/run", "/etc", "/bin", "/sbin", "/lib" };
	struct pb_mount *m;
	unsigned disk;
	size_t n;

	if ((m = calloc(PB_MOUNTS, sizeof(*m))) == NULL) {
		b->nomem = true;
		return;
	}
	n = pb_mounts(b, m);
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < i; k++)
			if (strcmp(m[i].part->mount, m[k].part->mount) == 0)
				pb_error(b, m[i].part->mark, m[i].part->where,
				    "%s is mounted twice", m[i].part->mount);
		for (size_t k = 0; k < sizeof(taken) / sizeof(taken[0]); k++)
			if (strcmp(m[i].part->mount, taken[k]) == 0)
				pb_error(b, m[i].part->mark, m[i].part->where,
				    "%s can't be a filesystem of its own", taken[k]);
	}
	if (pb_root(b, &disk) == NULL && !(b->plan->os == PROFILE_FREEBSD && fb_root_pool(b) != NULL))
		pb_error(b, b->p->head.mark, "disks", "nothing is mounted at /%s",
		    n > 0 ? ", so the other mounts have nothing below them" : "");
	free(m);
}

/* All disks --------------------------------------------------------------- */

/* Two entries that surely mean one disk. */
static void
check_twice(struct pb *b, const struct plan_disk *d, struct cfg_mark at, const char *where)
{
	for (const struct plan_disk *o = b->plan->disk; o < d; o++)
		if (*d->found != '\0' && strcmp(d->found, o->found) == 0)
			pb_error(b, at, where, "%s is taken by disks[%zu] already",
			    d->found, (size_t)(o - b->plan->disk));
}

/* The k-th word of a list, or NULL. */
static const char *
word(struct pb *b, const char *list, unsigned k)
{
	size_t n;

	for (list += strspn(list, " "); *list != '\0'; list += n, list += strspn(list, " ")) {
		n = strcspn(list, " ");
		if (k-- == 0)
			return pb_str(b, "%.*s", (int)n, list);
	}
	return NULL;
}

/* Whose partitions it gets. */
static const struct cfg_pr_disk *
layout(struct pb *b, const struct cfg_pr_disk *c, const char *where)
{
	const struct cfg_pr_disk *l;

	if (c->like == 0)
		return c;
	if (c->like > b->p->n_disk || (l = &b->p->disk[c->like - 1]) == c || l->like != 0) {
		pb_error(b, c->head.mark, where, "like: %u is not another disk with a layout of its own", c->like);
		return c;
	}
	if (c->n_part > 0 || c->n_slice > 0 || c->n_preserve > 0)
		pb_error(b, c->head.mark, where, "a disk that is like another one has no partitions and no preserve of its own");
	return l;
}

static void
one_disk(struct pb *b, const struct cfg_pr_disk *c, const char *name, struct plan_disk *d,
    const char *where)
{
	const struct cfg_pr_disk *l = layout(b, c, where);

	d->layout = l;
	d->scheme = l->scheme;
	d->wipe = strcmp(pb_value(b, c->head.mark, where, c->wipe, yes_no, "yes or no"), "yes") == 0;
	d->keep = c->n_preserve > 0;
	match(b, &c->match, name, d, where);
	if (d->wipe && d->keep)
		pb_error(b, c->head.mark, where, "wipe: yes and preserve contradict each other");
	known(b, d, c->head.mark, where);
	check_twice(b, d, c->head.mark, where);
	if (b->plan->os == PROFILE_LINUX)
		pb_linux_disk(b, l, d, where);
	else if (d->scheme == PROFILE_GPT)
		fb_gpt_disk(b, l, d, where);
	else
		pb_freebsd_disk(b, l, d, where);
}

/* How many disks an entry means, and how each is named. */
static void
some_disks(struct pb *b, const struct cfg_pr_disk *c, const char *where)
{
	const char *names = pb_expand(b, c->match.head.mark, where, c->match.name), *name;
	const char *count = pb_expand(b, c->head.mark, where, c->count);
	unsigned n = (unsigned)strtoul(count, NULL, 10), named = 0;

	while (word(b, names, named) != NULL)
		named++;
	if (*count != '\0' && (count[strspn(count, "0123456789")] != '\0' || n == 0)) {
		pb_error(b, c->head.mark, where, "count: \"%s\" is not a number of disks", count);
		return;
	}
	if (named > 1 && n > 1 && n != named)
		pb_error(b, c->head.mark, where, "%u disks are named, but count is %u", named, n);
	else if (named == 1 && n > 1)
		pb_error(b, c->head.mark, where, "one disk is named, but count is %u", n);
	if (named > 1)
		n = named;
	if (n == 0)
		n = 1;
	for (unsigned i = 0; i < n; i++) {
		struct plan_disk *d;

		if (b->plan->n_disk == PLAN_DISKS) {
			pb_error(b, c->head.mark, where, "more than %u disks", PLAN_DISKS);
			return;
		}
		d = &b->plan->disk[b->plan->n_disk++];
		d->of = n;
		d->copy = i;
		name = word(b, names, i);
		one_disk(b, c, name ? name : "", d, where);
	}
}

void
pb_disks(struct pb *b)
{
	if (b->p->n_disk == 0)
		pb_error(b, b->p->head.mark, "disks", "a profile needs a disk");
	for (size_t i = 0; i < b->p->n_disk; i++)
		some_disks(b, &b->p->disk[i], pb_str(b, "disks[%zu]", i));
	if (b->errors == 0 && b->plan->os == PROFILE_FREEBSD)
		fb_zfs_check(b);
	if (b->errors == 0)
		check_mounts(b);
}

/* The guard: which disk, and may it be written to? */
void
pb_find_disks(struct pb *b)
{
	struct plan_disk *d;
	struct buf note = { 0 };
	char lo[24] = "", hi[24] = "", size[SIZE_STRLEN];
	const char *how;

	for (unsigned i = 0; i < b->plan->n_disk; i++) {
		d = &b->plan->disk[i];
		how = d->first ? "yes" : d->of > 1 && *d->name == '\0' ? pb_str(b, "%u", d->of) : "no";
		if (*how >= '0' && *how <= '9')
			buf_printf(&note, "the next of exactly %s disks", how);
		else
			buf_puts(&note, d->first && d->of > 1 ? "the next disk" :
			    d->first ? "the first disk" : "the only disk");
		if (*d->name != '\0')
			buf_printf(&note, ", named %s", d->name);
		if (*d->serial != '\0')
			buf_printf(&note, ", with serial %s", d->serial);
		if (*d->wwn != '\0')
			buf_printf(&note, ", with wwn %s", d->wwn);
		if (*d->bus != '\0')
			buf_printf(&note, ", on %s", d->bus);
		lo[0] = hi[0] = '\0';
		if (d->size_lo > 0) {
			(void)snprintf(lo, sizeof(lo), "%llu", (unsigned long long)d->size_lo);
			buf_printf(&note, ", of at least %s", size_str(d->size_lo, size));
		}
		if (d->size_hi < UINT64_MAX) {
			(void)snprintf(hi, sizeof(hi), "%llu", (unsigned long long)d->size_hi);
			buf_printf(&note, ", of at most %s", size_str(d->size_hi, size));
		}
		d->which = pb_keep(b, &note);
		pb_call(b, pb_str(b, "disk %u is %s; %s", i + 1, d->which,
		    d->keep ? "its partition table is kept" :
		    d->wipe ? "whatever it holds is destroyed" :
		    "refused unless it is empty"), "find_disk $ $ $ $ $ $ $ $ $",
		    pb_str(b, "%u", i + 1), d->keep ? "keep" : d->wipe ? "wipe" : "empty",
		    d->name, d->serial, d->wwn, lo, hi, d->bus, how);
	}
}
