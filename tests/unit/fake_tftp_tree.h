/* fake_tftp_tree.h - files, snapshots and a control thread for test_tftp_io.c.
 *
 * The files are in memory, and can be made to look as if they were not: so
 * that every path through the disk threads is taken when the test wants it.
 * It defines what tree/ and fleet/ would; include it once.
 */
#ifndef TESTS_FAKE_TFTP_TREE_H
#define TESTS_FAKE_TFTP_TREE_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../fleet/service.h"

struct fake_file {
	const char	*name;
	const uint8_t	*data;
	size_t		 size;		/* what is there */
	size_t		 promised;	/* what its size was; 0: the same */
	int64_t		 changed;	/* ctime */
	bool		 stale;		/* written to since it was opened */
	bool		 cold;		/* finding it and each read need a disk thread */
};

static struct fake_file fake_file[8];
/* Files open, and references to snapshots; how often one was opened, read. */
static _Atomic int fake_open, fake_refs, fake_opens, fake_reads;
/* Disk threads wait while this is set. */
static _Atomic bool fake_stall;
/* What was told to the control thread. */
static struct event fake_event[256];
static size_t fake_n_event;

struct view_file { struct fake_file *f; };

/* In a disk thread: as slow as the test wants. */
static int
warm(const struct fake_file *f, unsigned flags)
{
	const struct timespec ms = { .tv_nsec = 1000000 };

	if (flags & TREE_NOWAIT)
		return f->cold ? -EAGAIN : 0;
	for (int i = 0; fake_stall && i < 5000; i++)
		(void)nanosleep(&ms, NULL);
	return 0;
}

struct snapshot *
snapshot_ref(struct snapshot *s)
{
	fake_refs++;
	return s;
}

void
snapshot_unref(struct snapshot *s)
{
	if (s != NULL)
		fake_refs--;
}

int
snapshot_session_file(const struct snapshot *s, uint32_t addr, const char *name,
    unsigned flags, struct node *ret, uint32_t *ret_inst)
{
	int r;

	static const struct view view;

	(void)s;
	(void)addr;
	memset(ret, 0, sizeof(*ret));
	ret->view = &view;
	for (size_t i = 0; i < 8; i++) {
		struct fake_file *f = &fake_file[i];

		if (f->name == NULL || strcmp(f->name, name) != 0)
			continue;
		if ((r = warm(f, flags)) < 0)
			return r;
		ret->attr.ino = i + 1;
		ret->attr.ctime.s = f->changed;
		*ret_inst = 7;
		return 0;
	}
	return strcmp(name, "dir") == 0 ? -EISDIR : -ENOENT;
}

int
view_file_open(const struct tree_cred *c, const struct node *n,
    unsigned flags, struct view_file **ret)
{
	(void)c;
	(void)flags;
	if ((*ret = malloc(sizeof(**ret))) == NULL)
		return -ENOMEM;
	(*ret)->f = &fake_file[n->attr.ino - 1];
	fake_open++;
	fake_opens++;
	return 0;
}

unsigned
view_lane(const struct view *v)
{
	(void)v;
	return 1;
}

unsigned
view_file_lane(const struct view_file *v)
{
	(void)v;
	return 1;
}

uint64_t
view_file_size(const struct view_file *v)
{
	return v->f->promised ? v->f->promised : v->f->size;
}

/* Each read is cut short somewhere, as the kernel may do. */
int
view_file_read(struct view_file *v, uint64_t off, void *buf, size_t len,
    unsigned flags, size_t *ret_n)
{
	size_t size = v->f->size;
	int r;

	if ((r = warm(v->f, flags)) < 0)
		return r;
	fake_reads++;
	if (off >= size)
		len = 0;
	else if (len > size - off)
		len = (size_t)(size - off);
	if (len > 3000)
		len -= len % 1000;
	if (len > 0)
		memcpy(buf, v->f->data + off, len);
	*ret_n = len;
	return 0;
}

uint64_t
view_file_state(const struct view_file *v, uint64_t *ret_written)
{
	return *ret_written = v->f->stale ? 2 : 1;
}

void
view_file_close(struct view_file *v)
{
	fake_open--;
	free(v);
}

void
fleet_port_event(struct fleet_port *p, const struct event *e)
{
	(void)p;
	if (fake_n_event < 256)
		fake_event[fake_n_event++] = *e;
}

#endif /* TESTS_FAKE_TFTP_TREE_H */
