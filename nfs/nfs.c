/* nfs.c - the NFS service of a data thread: NFS and MOUNT on one port, the
 * port mapper on 111 (first thread only, or a running rpcbind does it).
 */
#include <sys/resource.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "../lib/log.h"
#include "../lib/os.h"
#include "mount3.h"
#include "nfs2.h"
#include "nfs3.h"
#include "pmap.h"
#include "rpc_io.h"

#define RCVBUF	(1 << 20)	/* a rack that boots at once */

enum { PORTMAP_AUTO, PORTMAP_OWN, PORTMAP_RPCBIND, PORTMAP_OFF };

static const struct rpc_version *const nfs_versions[] = {
	&nfs3_version, &nfs2_version, &mount3_version, &mount2_version,
	&mount1_version, NULL
};
static const struct rpc_version *const pmap_versions[] = {
	&pmap2_version, &rpcb3_version, &rpcb4_version, NULL
};

struct nfs {
	struct rpc_srv	*srv;
	bool		 registered;	/* with rpcbind */
};

static int
say(char why[200], const char *what, unsigned port, int err)
{
	(void)snprintf(why, 200, "nfs: %s port %u: %s", what, port,
	    strerror(-err));
	return err;
}

static int
open_pair(uint16_t port, bool share, struct rpc_sock *udp,
    struct rpc_sock *tcp, char why[200])
{
	const struct os_udp_opt opt = { .reuseport = share, .rcvbuf = RCVBUF };
	int r;

	r = os_udp(0, port, &opt, &udp->fd);
	if (r < 0)
		return say(why, "UDP", port, r);
	r = os_tcp_listen(0, port, share, &tcp->fd);
	if (r < 0)
		return say(why, "TCP", port, r);
	return 0;
}

static void
close_sock(struct rpc_sock *s)
{
	if (s->ev != NULL)
		event_free(s->ev);
	s->ev = NULL;
	if (s->fd != -1)
		(void)close(s->fd);
	s->fd = -1;
}

/* SO_REUSEPORT would share a port with whoever has it: ask without it first. */
static int
open_nfs(struct rpc_srv *s, uint16_t port, unsigned index, char why[200])
{
	int r;

	if (index == 0) {
		r = open_pair(port, false, &s->udp[0], &s->tcp[0], why);
		close_sock(&s->udp[0]);
		close_sock(&s->tcp[0]);
		if (r < 0)
			return r;
	}
	return open_pair(port, true, &s->udp[0], &s->tcp[0], why);
}

static int
register_pmap(struct nfs *n, uint16_t port, char why[200])
{
	int r;

	r = pmap_register(port);
	if (r < 0) {
		(void)snprintf(why, 200, "nfs: portmap: rpcbind does not take "
		    "the registration; is it running?");
		return r;
	}
	n->registered = true;
	return 0;
}

static int
open_pmap(struct nfs *n, const struct cfg_nfs *cfg, char why[200])
{
	struct rpc_srv *s = n->srv;
	uint16_t port = (uint16_t)cfg->port;
	int r;

	switch (cfg->portmap) {
	case PORTMAP_OFF:
		return 0;
	case PORTMAP_RPCBIND:
		return register_pmap(n, port, why);
	default:
		break;
	}
	r = open_pair(PMAP_PORT, false, &s->udp[1], &s->tcp[1], why);
	if (r < 0) {
		close_sock(&s->udp[1]);
		close_sock(&s->tcp[1]);
	}
	if (r == -EADDRINUSE && cfg->portmap == PORTMAP_AUTO)
		return register_pmap(n, port, why);
	return r;
}

static void
nfs_free(struct nfs *n)
{
	struct rpc_srv *s = n->srv;

	/* rpcbind lets root alone take away what root registered. */
	if (n->registered && pmap_unregister() < 0)
		log_ev(LOG_NOTICE, "nfs.portmap", KV_S("did", "stays registered "
		    "with rpcbind until the next start"));
	free(n);
	for (size_t i = 0; i < 2; i++) {
		close_sock(&s->udp[i]);
		close_sock(&s->tcp[i]);
	}
	if (s->sweep != NULL)
		event_free(s->sweep);
	s->sweep = NULL;
	s->stopping = true;
	rpc_tcp_stop(s);
	rpc_srv_unref(s);
}

static unsigned
n_threads(const struct config *cfg)
{
	return cfg->top.threads != 0 ? cfg->top.threads : os_ncpu();
}

/* A part of the descriptors, for all threads together. */
static unsigned
some_files(const struct config *cfg, unsigned part, unsigned max)
{
	rlim_t n = n_threads(cfg);
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == 0 && rl.rlim_cur / part / n < max)
		return (unsigned)(rl.rlim_cur / part / n);
	return max;
}

static struct rpc_srv *
srv_new(const struct config *cfg)
{
	struct rpc_srv *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->in = malloc(RPC_BATCH * RPC_IN);	/* most of it is never touched */
	s->out = malloc(RPC_OUT);
	s->max_conns = cfg->top.nfs.max_clients;
	s->nfs_env.version = nfs_versions;
	s->pmap_env.version = pmap_versions;
	s->nfs_env.nfs_port = s->pmap_env.nfs_port = (uint16_t)cfg->top.nfs.port;
	s->nfs_env.pmap_port = s->pmap_env.pmap_port = PMAP_PORT;
	TAILQ_INIT(&s->conns);
	TAILQ_INIT(&s->strangers);
	TAILQ_INIT(&s->waiting);
	for (size_t i = 0; i < 2; i++) {
		s->udp[i] = s->tcp[i] = (struct rpc_sock){
			.srv = s, .fd = -1,
			.env = i == 0 ? &s->nfs_env : &s->pmap_env
		};
	}
	if (s->in == NULL || s->out == NULL ||
	    files_new(some_files(cfg, 4, RPC_FILES), &s->files) < 0 ||
	    warm_new(RPC_WARM / n_threads(cfg), some_files(cfg, 8, WARM_DIRS),
	    &s->warm) < 0) {
		s->stopping = true;
		rpc_srv_unref(s);
		return NULL;
	}
	return s;
}

/* The list of mounts is one for all threads: *first is the first thread's
 * instance, if this one was told. */
static int
share_mounts(struct rpc_srv *s, const struct nfs *first)
{
	if (first == NULL)
		return mount_list_new(&s->nfs_env.mounts);
	s->nfs_env.mounts = mount_list_ref(first->srv->nfs_env.mounts);
	return 0;
}

static int
nfs_open(const struct config *cfg, unsigned index, void **ret, char why[200])
{
	struct nfs *n = calloc(1, sizeof(*n));
	int r = -ENOMEM;

	if (n == NULL || (n->srv = srv_new(cfg)) == NULL) {
		free(n);
		(void)snprintf(why, 200, "nfs: out of memory");
		return r;
	}
	r = share_mounts(n->srv, index > 0 ? *ret : NULL);
	if (r == 0)
		r = open_nfs(n->srv, (uint16_t)cfg->top.nfs.port, index, why);
	if (r == 0 && index == 0)
		r = open_pmap(n, &cfg->top.nfs, why);
	if (r < 0)
		nfs_free(n);
	else
		*ret = n;
	return r;
}

static int
nfs_start(void *arg, struct worker *w)
{
	struct nfs *n = arg;
	struct rpc_srv *s = n->srv;
	int r = 0;

	s->w = w;
	r = rpc_files_start(s);
	for (size_t i = 0; i < 2 && r == 0; i++) {
		r = rpc_udp_start(&s->udp[i]);
		if (r == 0)
			r = rpc_tcp_start(&s->tcp[i]);
	}
	if (r == 0 && w->index == 0)
		log_ev(LOG_INFO, "nfs.start", KV_N("port", s->nfs_env.nfs_port),
		    KV_S("portmap", n->registered ? "rpcbind" :
		    s->udp[1].fd != -1 ? "own" : "off"));
	return r;
}

static void
nfs_stop(void *arg)
{
	nfs_free(arg);
}

const struct service nfs_service = {
	.name = "nfs",
	.open = nfs_open,
	.start = nfs_start,
	.stop = nfs_stop,
};
