/* http_found.c - files by name, and those that are asked for again. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/clock.h"
#include "httpd.h"

#define KNOWN_MS	1000

static const struct tree_cred nobody = { .uid = 65534, .gid = 65534 };

void
http_found_unref(struct http_found *f)
{
	if (f == NULL || --f->refs > 0)
		return;
	if (f->file != NULL)
		view_file_close(f->file);
	snapshot_unref(f->snap);
	free(f->path);
	free(f);
}

/* What is promised has no bytes before it is committed, and nobody's copy of them
 * is good for anything. */
static int
found_promise(struct http_found *f, const struct node *n)
{
	char *path = strdup(n->path);

	if (path == NULL)
		return -ENOMEM;
	free(f->path);
	f->path = path;
	f->what = (struct http_file){ .size = n->attr.size, .lasting = false };
	return 0;
}

static int
found_file(struct http_found *f, const struct node *n, unsigned flags, struct files *files)
{
	int r = view_file_hold(&nobody, n, flags, files, &f->file);

	if (r < 0)
		return r;
	f->state = view_file_state(f->file, &f->written);
	f->what = (struct http_file){ .size = view_file_size(f->file),
	    .lasting = n->src != NODE_LOG, .tag = view_file_version(f->file, n),
	    .mtime = n->attr.mtime.s };
	return 0;
}

int
http_found_open(struct snapshot *s, uint32_t addr, const char *path,
    unsigned flags, struct files *files, struct http_found **ret,
    unsigned *ret_lane)
{
	struct http_found *f = calloc(1, sizeof(*f));
	struct node n;
	int r = -ENOMEM;

	n.view = NULL;

	if (f == NULL)
		return r;
	f->refs = 1;
	f->addr = addr;
	if ((f->path = strdup(path)) != NULL &&
	    (r = snapshot_file(s, addr, path, flags | TREE_PROMISES, &n, &f->inst)) == 0) {
		f->src = n.src;
		r = n.src == NODE_CLAIM || n.src == NODE_REPORT ? found_promise(f, &n) :
		    found_file(f, &n, flags, files);
	}
	if (r < 0) {
		if (n.view != NULL)
			*ret_lane = view_lane(n.view);
		http_found_unref(f);
		return r;
	}
	f->snap = snapshot_ref(s);
	f->at = clock_ms();
	*ret = f;
	return 0;
}

/* FNV-1a: for places in a table that forgets. */
static struct http_found **
place(struct httpd *d, uint32_t addr, const char *path)
{
	uint64_t h = 0xcbf29ce484222325u ^ addr;

	for (; *path != '\0'; path++)
		h = (h ^ (unsigned char)*path) * 0x100000001b3u;
	return &d->known[(h ^ h >> 32) & (HTTP_KNOWN - 1)];
}

struct http_found *
http_found_get(struct httpd *d, uint32_t addr, const char *path)
{
	struct http_found *f = *place(d, addr, path);
	uint64_t written;

	if (f == NULL || f->snap != d->w->snap || f->addr != addr ||
	    strcmp(f->path, path) != 0 ||
	    clock_ms() - f->at >= KNOWN_MS ||
	    view_file_state(f->file, &written) != f->state)
		return NULL;
	f->refs++;
	return f;
}

void
http_found_keep(struct httpd *d, struct http_found *f)
{
	struct http_found **at = place(d, f->addr, f->path);

	if (!f->what.lasting)
		return;
	http_found_unref(*at);
	f->refs++;
	*at = f;
}

bool
http_found_sweep(struct httpd *d, bool all)
{
	int64_t now = clock_ms();
	bool left = false;

	for (size_t i = 0; i < HTTP_KNOWN; i++) {
		struct http_found *f = d->known[i];

		if (f == NULL || (!all && now - f->at < KNOWN_MS)) {
			left = left || f != NULL;
			continue;
		}
		http_found_unref(f);
		d->known[i] = NULL;
	}
	return left;
}
