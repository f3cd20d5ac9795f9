/* nfs_world.h - a small tree, an installation on it, and a server's context,
 * for tests and fuzz targets of nfs/.  Needs no test library. */
#ifndef TESTS_UNIT_NFS_WORLD_H
#define TESTS_UNIT_NFS_WORLD_H

#include <sys/stat.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../fleet/snapshot.h"
#include "../../nfs/mount3.h"
#include "../../nfs/nfs2.h"
#include "../../nfs/nfs3.h"
#include "../../nfs/pmap.h"

#define W_TOKEN		"00112233445566778899aabbccddeeff"
#define W_INST		7u
#define W_KNOWN		0xc0a80a20u	/* 192.168.10.32: a host that is known */
#define W_UNKNOWN	0xc0a80a21u
#define W_SERVER	0xc0a80a01u
#define W_BIG		(300u << 10)	/* bytes of boot/kernel */
#define W_MANY		300u		/* files in many/ */
#define W_DEEP		"deep/2/3/4/5/6/7/8/9/file"	/* more than eight levels */

struct world {
	char			 dir[64];
	struct snapshot		*snap;
	struct tree		*tree;
	struct installation	*in;
	struct rpc_env		 env;
	struct rpc_ctx		 ctx;

	/* What the control thread will say, and what it was asked. */
	int			 promise_result;
	const char		*promise_text;
	struct promise		 asked;
	uint8_t			 asked_data[NFS_WRITE_MAX];
	unsigned		 n_asked;
	bool			 again;		/* it would have waited for a disk */
};

static const struct rpc_version *const w_versions[] = {
	&nfs3_version, &nfs2_version, &mount3_version, &mount2_version,
	&mount1_version, &pmap2_version, &rpcb3_version, &rpcb4_version, NULL
};

#define W_NEED(x)	do { if (!(x)) { perror(#x); abort(); } } while (0)

/* The byte at off of the big file. */
static inline uint8_t
w_byte(size_t off)
{
	return (uint8_t)(off * 7 + (off >> 8) * 13);
}

static inline const char *
w_path(const struct world *w, const char *path)
{
	static char buf[512];

	(void)snprintf(buf, sizeof(buf), "%s/%s", w->dir, path);
	return buf;
}

static inline void
w_dir(const struct world *w, const char *path)
{
	W_NEED(mkdir(w_path(w, path), 0755) == 0);
}

static inline void
w_file(const struct world *w, const char *path, const void *data, size_t len,
    mode_t mode)
{
	int fd = open(w_path(w, path), O_WRONLY | O_CREAT | O_EXCL, 0600);

	W_NEED(fd != -1);
	W_NEED(write(fd, data, len) == (ssize_t)len);
	W_NEED(fchmod(fd, mode) == 0);
	(void)close(fd);
}

static inline void
w_fill(const struct world *w)
{
	static uint8_t big[W_BIG];
	char name[64] = "deep";

	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = w_byte(i);
	w_dir(w, "boot");
	w_file(w, "boot/kernel", big, sizeof(big), 0644);
	w_dir(w, "etc");
	w_file(w, "etc/rc", "tree rc\n", 8, 0755);
	w_file(w, "etc/motd", "hello\n", 6, 0644);
	w_file(w, "etc/master.passwd", "secret\n", 7, 0600);
	W_NEED(symlink("../etc/rc", w_path(w, "boot/rc")) == 0);
	w_dir(w, "many");
	for (unsigned i = 0; i < W_MANY; i++) {
		(void)snprintf(name, sizeof(name), "many/file-%03u", i);
		w_file(w, name, name, strlen(name), 0644);
	}
	(void)snprintf(name, sizeof(name), "deep");
	w_dir(w, name);
	for (char c = '2'; c <= '9'; c++) {
		size_t n = strlen(name);

		name[n] = '/';
		name[n + 1] = c;
		name[n + 2] = '\0';
		w_dir(w, name);
	}
	w_file(w, W_DEEP, "deep\n", 5, 0644);
}

static inline struct installation *
w_inst(struct tree *tree, const uint8_t *key)
{
	struct installation *in = calloc(1, sizeof(*in));

	W_NEED(in != NULL);
	in->refs = 1;
	in->rec.id = W_INST;
	(void)snprintf(in->rec.token, sizeof(in->rec.token), "%s", W_TOKEN);
	in->tree = tree_ref(tree);
	W_NEED(overlay_new(1000000, &in->overlay) == 0);
	W_NEED(overlay_add_file(in->overlay, "etc/rc", 0755, "overlay rc\n", 11) == 0);
	W_NEED(overlay_add_link(in->overlay, "etc/link", "rc") == 0);
	overlay_seal(in->overlay);
	W_NEED((in->log = tree_log_new()) != NULL);
	in->view = (struct view){ .tree = tree, .overlay = in->overlay,
	    .log = in->log, .inst = W_INST, .token = in->rec.token, .key = key };
	return in;
}

static inline struct tree *
w_tree(const struct world *w)
{
	struct tree *t;
	char why[200];

	W_NEED(tree_open("debian", &(struct tree_source){ w->dir }, 1, &t,
	    why) == 0);
	return t;
}

/* As after a restart: the tree remembers nothing. */
static inline void
w_reopen(struct world *w)
{
	struct snap_tree *st = &w->snap->tree[0];

	tree_unref(st->tree);
	st->tree = w_tree(w);
	st->view.tree = st->tree;
}

/* A context as a socket would give it. */
static inline void
w_reset(struct world *w)
{
	rpc_ctx_done(&w->ctx);
	w->ctx = (struct rpc_ctx){ .env = &w->env, .snap = w->snap,
	    .peer = W_KNOWN, .local = W_SERVER, .tcp = true };
	w->promise_result = 0;
	w->promise_text = "";
	w->n_asked = 0;
}

static inline void
w_new(struct world *w)
{
	struct addr_owner known = { .host = "alpha" };
	struct snapshot *s;

	memset(w, 0, sizeof(*w));
	(void)snprintf(w->dir, sizeof(w->dir), "/tmp/provd-nfs-XXXXXX");
	W_NEED(mkdtemp(w->dir) != NULL);
	w_fill(w);
	w->tree = w_tree(w);

	W_NEED((s = calloc(1, sizeof(*s))) != NULL);
	s->refs = 1;
	memcpy(s->key, "0123456789abcdef", 16);
	W_NEED((s->tree = calloc(1, sizeof(*s->tree))) != NULL);
	s->n_tree = 1;
	s->tree[0] = (struct snap_tree){ .tree = tree_ref(w->tree),
	    .export = "/debian",
	    .view = { .tree = w->tree, .key = s->key } };
	W_NEED((s->inst = calloc(1, sizeof(*s->inst))) != NULL);
	W_NEED((s->token = calloc(1, sizeof(*s->token))) != NULL);
	s->n_inst = 1;
	s->token[0] = s->inst[0] = w->in = w_inst(w->tree, s->key);
	W_NEED(addrmap_new(&s->addrs) == 0);
	addrmap_put(s->addrs, W_KNOWN, &known);

	w->snap = s;
	w->env = (struct rpc_env){ .version = w_versions, .nfs_port = 2049,
	    .pmap_port = 111 };
	W_NEED(mount_list_new(&w->env.mounts) == 0);
	w_reset(w);
}

static inline int
w_remove(const char *path, const struct stat *st, int flag, struct FTW *f)
{
	(void)st;
	(void)flag;
	(void)f;
	return remove(path);
}

static inline void
w_free(struct world *w)
{
	rpc_ctx_done(&w->ctx);
	mount_list_unref(w->env.mounts);
	addrmap_free(w->snap->addrs);
	snapshot_unref(w->snap);
	tree_unref(w->tree);
	(void)nftw(w->dir, w_remove, 32, FTW_DEPTH | FTW_PHYS);
}

/* What a disk thread and the control thread would do for a call, at once. */
static inline size_t
w_dispatch(struct world *w, const void *req, size_t len, void *rep, size_t cap)
{
	struct rpc_ctx *c = &w->ctx;
	size_t n = 0;
	int r;

	rpc_ctx_done(c);
	c->settled = c->busy = w->again = false;
	c->flags = TREE_NOWAIT;
	for (int i = 0; i < 4; i++) {
		r = rpc_dispatch(c, req, len, rep, cap, &n);
		if (r == RPC_DONE)
			break;
		if (r == RPC_AGAIN) {
			w->again = true;
			c->flags = 0;
			continue;
		}
		w->n_asked++;
		w->asked = c->promise;
		w->asked.data = w->asked_data;
		if (c->promise.data != NULL)
			memcpy(w->asked_data, c->promise.data, c->promise.len);
		c->promise.result = w->promise_result;
		(void)snprintf(c->promise.text, sizeof(c->promise.text), "%s",
		    w->promise_text);
		if (c->promise.kind == PROMISE_LOG && c->promise.result == 0)
			c->promise.result = tree_log_write(w->in->log,
			    c->promise.off, c->promise.data, c->promise.len, 1);
		c->settled = true;
		c->flags = TREE_NOWAIT;
	}
	rpc_ctx_done(c);
	return n;
}

#endif /* TESTS_UNIT_NFS_WORLD_H */
