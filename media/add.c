/* add.c - from an image to a tree that provd serves. */
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/os.h"
#include "attrs.h"
#include "unpack.h"
#include "verify.h"

#define MB(n)	((unsigned long long)((n) + 500000) / 1000000)

struct job {
	const struct media_dir	*d;
	struct media_add	*add;
	const struct media_ui	*ui;
	struct media_source	*src;
	uint64_t		 of;		/* bytes of the image, or of its files */
	char			 part[MEDIA_FILE], tmp[MEDIA_FILE];
	unsigned		 n_bad;
	bool			 begun;		/* .NAME.part is of this image */
	char			*why;
};

static int
fail(struct job *j, int r, const char *what)
{
	(void)snprintf(j->why, MEDIA_WHY, "%.200s: %.180s", what, strerror(-r));
	return r;
}

static int
refuse(struct job *j, const char *text)
{
	(void)snprintf(j->why, MEDIA_WHY, "%.150s: %.240s", j->add->file, text);
	return -EINVAL;
}

/* Looking at the names first ------------------------------------------------ */

static bool
has(void *arg, const char *path)
{
	return media_list_has(arg, path);
}

static bool
has_sets(const struct media_list *l)
{
	static const char dist[] = "usr/freebsd-dist/";

	for (size_t i = 0; i < l->n; i++)
		if (strncmp(l->e[i].path, dist, sizeof(dist) - 1) == 0 &&
		    strstr(l->e[i].path, ".t") != NULL)
			return true;
	return false;
}

/* Is it something that we want at all? */
static int
judge(struct job *j, struct media_list *l)
{
	char why[200];

	if (l->n == 0)
		return refuse(j, "it is empty");
	if (release_guess(has, l, why) == RELEASE_NONE) {
		/* The directory of the sets may have another name. */
		for (size_t i = 0; i < l->n; i++) {
			const char *slash = strchr(l->e[i].path, '/');

			if (slash != NULL && strcmp(slash, "/MANIFEST") == 0 &&
			    media_list_has(l, "boot/vmlinuz"))
				return 0;
		}
		return refuse(j, why);
	}
	if (media_list_has(l, "usr/freebsd-dist/MANIFEST") && !has_sets(l) &&
	    !media_list_has(l, "usr/freebsd-packages"))
		return refuse(j, "this is FreeBSD's bootonly disc, without distribution sets: "
		    "take disc1.iso");
	return 0;
}

static int
check_space(struct job *j, uint64_t need)
{
	struct statvfs fs;
	uint64_t free_;

	if (fstatvfs(j->d->fd, &fs) == -1)
		return 0;
	free_ = (uint64_t)(geteuid() == 0 ? fs.f_bfree : fs.f_bavail) * fs.f_frsize;
	if (free_ >= need)
		return 0;
	(void)snprintf(j->why, MEDIA_WHY, "%.200s: %llu MB are needed, %llu MB are free",
	    j->d->path, MB(need), MB(free_));
	return -ENOSPC;
}

/* Bytes that an earlier run has left, which need no place any more. */
static uint64_t
already(struct job *j, const struct media_list *l)
{
	int root = openat(j->d->fd, j->part, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;
	uint64_t n = 0;

	if (root == -1)
		return 0;
	for (size_t i = 0; i < l->n; i++)
		if (l->e[i].type == TREE_REG && !l->e[i].hard &&
		    fstatat(root, l->e[i].path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    (uint64_t)st.st_size == l->e[i].size)
			n += l->e[i].size;
	(void)close(root);
	return n;
}

static int
scan(struct job *j, bool again)
{
	struct media_list l = { .n = 0 };
	struct media_entry e;
	size_t i;
	int r;

	while ((r = media_source_next(j->src, &e, j->why)) == 1) {
		if (e.type != TREE_REG && e.type != TREE_DIR && e.type != TREE_LNK)
			continue;
		if ((r = media_list_add(&l, &e, &i)) < 0) {
			(void)snprintf(j->why, MEDIA_WHY, "%.150s: %.200s: %s", j->add->file, e.path,
			    r == -EEXIST ? "the image has two files of this name" : strerror(-r));
			break;
		}
		/* Going on would cost as much as unpacking: it is judged then. */
		if (!media_source_scannable(j->src)) {
			r = 0;
			break;
		}
	}
	if (r == 0 && media_source_scannable(j->src)) {
		j->add->files = l.n;
		j->add->bytes = l.bytes;
		if (media_source_size(j->src) == 0)
			j->of = l.bytes;
		if ((r = judge(j, &l)) == 0)
			r = check_space(j, l.bytes - (again ? already(j, &l) : 0) + l.bytes / 100);
		if (r == 0)
			j->add->id.os = release_guess(has, &l, j->why);
	}
	media_list_done(&l);
	return r;
}

/* Unpacking ----------------------------------------------------------------- */

static void
tick(void *arg)
{
	struct job *j = arg;

	j->ui->progress(j->ui->arg, "unpacking", media_source_pos(j->src), j->of);
}

static int
unpack_all(struct job *j, struct media_unpack *u)
{
	struct media_entry e;
	int r;

	while ((r = media_source_next(j->src, &e, j->why)) == 1)
		if ((r = media_unpack_entry(u, j->src, &e, tick, j, j->why)) < 0)
			return r;
	if (r < 0 || (r = media_unpack_finish(u, j->why)) < 0)
		return r;
	j->add->files = u->list.n;
	j->add->bytes = u->list.bytes;
	j->add->kept = u->n_kept;
	j->add->left_out = u->n_out;
	return 0;
}

/* What the disk could not keep goes beside the tree. */
static int
save_attrs(struct job *j, struct media_unpack *u)
{
	struct buf b = { 0 };
	char file[MEDIA_FILE];
	int r;

	media_hidden(j->add->name, ".part.mtree", file);
	if (unlinkat(j->d->fd, file, 0) == -1 && errno != ENOENT)
		return fail(j, -errno, file);
	if ((r = media_attrs(&u->list, u->root, &b)) < 0)
		r = fail(j, r, "attributes");
	else if ((j->add->mtree = b.len > 0) && (r = media_write_file(j->d, file, &b)) < 0)
		r = fail(j, r, file);
	buf_free(&b);
	return r;
}

/* Checking ------------------------------------------------------------------ */

/* A file that is wrong is unpacked again the next time. */
static void
bad(void *arg, const char *path, const char *what)
{
	struct job *j = arg;
	char dir[MEDIA_FILE + TREE_PATH_MAX + 2];
	const char *leaf = strrchr(path, '/');
	int fd;

	j->n_bad++;
	j->ui->bad(j->ui->arg, path, what);
	leaf = leaf != NULL ? leaf + 1 : path;
	(void)snprintf(dir, sizeof(dir), "%s/%.*s", j->part, (int)(leaf - path), path);
	while (dir[strlen(dir) - 1] == '/')
		dir[strlen(dir) - 1] = '\0';
	/* The view may have come here by a link, which leads elsewhere for us. */
	if ((fd = os_open_beneath(j->d->fd, dir, O_RDONLY | O_DIRECTORY, false)) < 0)
		return;
	if (*leaf != '\0')
		(void)unlinkat(fd, leaf, 0);
	(void)close(fd);
}

static void
pass_progress(void *arg, const char *what, uint64_t done, uint64_t of)
{
	struct job *j = arg;

	j->ui->progress(j->ui->arg, what, done, of);
}

static int
check_tree(struct job *j, struct media_unpack *u, struct media_tree *t)
{
	const struct media_ui ui = { .bad = bad, .progress = pass_progress, .arg = j };
	struct media_check c;
	char file[MEDIA_FILE];
	int r;

	if (t->id.os == RELEASE_NONE)
		return refuse(j, t->what);
	if (t->id.no_files)
		return refuse(j, "it has a MANIFEST but none of its distribution sets: take disc1.iso");
	j->add->id = t->id;
	if ((r = media_attrs_check(&u->list, &t->view, bad, j)) < 0)
		return fail(j, r, "attributes");
	r = media_tree_check(t, NULL, &c, &ui, 0);
	media_hidden(j->add->name, ".part.sums", file);
	if (r == 0 && c.sums.len > 0)
		r = media_write_file(j->d, file, &c.sums);
	else if (r == 0 && unlinkat(j->d->fd, file, 0) == -1 && errno != ENOENT)
		r = -errno;
	if (r < 0)
		(void)fail(j, r, "sums");
	else if (j->n_bad > 0) {
		(void)snprintf(j->why, MEDIA_WHY, "%.60s: %u file%s not as they should be; the "
		    "image is damaged, or the disk is; nothing was changed", j->add->name, j->n_bad,
		    j->n_bad == 1 ? " is" : "s are");
		r = -EBADMSG;
	}
	media_check_done(&c);
	return r;
}

/* All of it ----------------------------------------------------------------- */

static int
source_open(struct job *j)
{
	int r;

	if ((r = media_source_open(j->add->file, &j->src, j->why)) == 0)
		j->of = media_source_size(j->src);
	return r;
}

/* The directory of an interrupted run of the same image, or a new one. */
static int
part_open(struct job *j, struct media_state *s, bool again, int *ret)
{
	int r;

	j->begun = true;
	if (!again && (r = media_delete_part(j->d, j->add->name)) < 0)
		return fail(j, r, j->part);
	if (!again) {
		media_source_mark(j->src, s->mark);
		(void)snprintf(s->file, sizeof(s->file), "%.280s", j->add->file);
		for (char *p = s->file; *p != '\0'; p++)
			if (*p < 0x20 || *p > 0x7e)
				*p = '?';
		s->uid = (unsigned)geteuid();
		if ((r = media_state_save(s)) < 0)
			return fail(j, r, j->d->path);
	}
	if (mkdirat(j->d->fd, j->part, 0700) == -1 && errno != EEXIST)
		return fail(j, -errno, j->part);
	if (again && fchmodat(j->d->fd, j->part, 0700, 0) == -1)
		return fail(j, -errno, j->part);
	*ret = openat(j->d->fd, j->part, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return *ret == -1 ? fail(j, -errno, j->part) : 0;
}

static int
unpack(struct job *j, struct media_state *s, bool again)
{
	struct media_unpack u = { .media = j->d->fd, .tmp = j->tmp, .root = -1, .dir = -1 };
	struct media_tree t = { .tree = NULL };
	const struct media_entry *top;
	char file[MEDIA_FILE];
	int r;

	if ((r = part_open(j, s, again, &u.root)) == 0 && (r = unpack_all(j, &u)) == 0) {
		top = media_list_find(&u.list, "");
		if ((top == NULL || top->implied) && fchmod(u.root, 0755) == -1)
			r = fail(j, -errno, j->part);
	}
	if (r == 0 && (r = save_attrs(j, &u)) == 0 &&
	    (r = media_tree_open(j->d, j->part, &t, j->why)) == 0)
		r = check_tree(j, &u, &t);
	tree_unref(t.tree);
	if (u.root >= 0)
		(void)close(u.root);
	media_unpack_done(&u);
	s->mtree = j->add->mtree;
	media_hidden(j->add->name, ".part.sums", file);
	s->sums = faccessat(j->d->fd, file, F_OK, 0) == 0;
	return r;
}

/* Nothing of what was unpacked will be of use. */
static void
give_up(struct job *j, struct media_state *s)
{
	char file[MEDIA_FILE];

	(void)media_delete_part(j->d, j->add->name);
	media_hidden(j->add->name, ".from", file);
	(void)unlinkat(j->d->fd, file, 0);
	media_state_close(s);
}

static int
add_locked(struct job *j, struct media_state *s)
{
	bool again, before;
	char mark[128];
	int r;

	if (s->commit != 0) {			/* another run was complete but for this */
		j->add->finished = j->add->replaced = true;
		r = media_commit(j->d, j->add->name, s);
		return r < 0 ? fail(j, r, j->add->name) : 0;
	}
	before = media_has_dir(j->d, j->add->name);
	if (before && !j->add->replace) {
		(void)snprintf(j->why, MEDIA_WHY, "there is a tree named %.60s in %.200s; remove it, "
		    "choose another name, or say --replace", j->add->name, j->d->path);
		return -EEXIST;
	}
	if ((r = source_open(j)) < 0)
		return r;
	media_source_mark(j->src, mark);
	again = strcmp(mark, s->mark) == 0 && s->uid == (unsigned)geteuid();
	if ((r = scan(j, again)) < 0)
		return r;
	media_source_close(j->src);		/* and from its beginning */
	j->src = NULL;
	if ((r = source_open(j)) < 0)
		return r;
	if (again)
		j->ui->say(j->ui->arg, "going on where it was interrupted");
	if ((r = unpack(j, s, again)) < 0)
		return r;
	j->add->replaced = before;
	r = media_commit(j->d, j->add->name, s);
	return r < 0 ? fail(j, r, j->add->name) : 0;
}

static int
dry_run(struct job *j)
{
	if (media_has_dir(j->d, j->add->name) && !j->add->replace) {
		(void)snprintf(j->why, MEDIA_WHY, "there is a tree named %.60s in %.200s",
		    j->add->name, j->d->path);
		return -EEXIST;
	}
	return source_open(j) < 0 ? -EBADMSG : scan(j, false);
}

int
media_add(const struct media_dir *d, struct media_add *add, const struct media_ui *ui,
    char why[MEDIA_WHY])
{
	struct job j = { .d = d, .add = add, .ui = ui, .why = why };
	struct media_state s;
	int r;

	why[0] = '\0';
	media_hidden(add->name, ".part", j.part);
	media_hidden(add->name, ".tmp", j.tmp);
	if (add->dry) {
		r = dry_run(&j);
		media_source_close(j.src);
		return r;
	}
	if ((r = media_state_open(d, add->name, &s)) < 0) {
		if (r == -EWOULDBLOCK)
			(void)snprintf(why, MEDIA_WHY, "another provctl is at work on %.60s", add->name);
		else
			(void)fail(&j, r, d->path);
		return r;
	}
	r = add_locked(&j, &s);
	/* Interruptions, full disks and damaged files leave what is good, and
	 * so does another image that is refused. */
	if ((r == -EINVAL && j.begun) || (r < 0 && s.mark[0] == '\0'))
		give_up(&j, &s);
	media_source_close(j.src);
	media_state_close(&s);
	return r;
}
