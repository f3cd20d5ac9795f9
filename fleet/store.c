/* store.c - the thread that commits. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/clock.h"
#include "../lib/log.h"
#include "../lib/os.h"
#include "../tree/overlay.h"
#include "journal.h"
#include "store_int.h"

struct store {
	int		 dirfd;		/* locked */
	struct journal	*journal;
	struct store_sql *sql;
	uint32_t	 next_inst;	/* control thread */
	struct mbox	*control;
	pthread_t	 thread;
	bool		 started;
	pthread_mutex_t	 lock;		/* of what follows */
	pthread_cond_t	 work;
	struct store_op	*head, **tail;
	bool		 stopping;
	_Atomic size_t	 waiting;
	/* store_stats(): */
	_Atomic uint64_t commits, ops, failed, took, within[STORE_BUCKETS];
	_Atomic int64_t	 began;
	_Atomic bool	 failing;
};

/* Opening ----------------------------------------------------------------- */

static int
open_dir(const char *dir, int *ret_fd, char why[200])
{
	int fd, r;

	if (mkdir(dir, 0700) == -1 && errno != EEXIST) {
		r = -errno;
		snprintf(why, 200, "state: %.120s: %s", dir, strerror(-r));
		return r;
	}
	if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1) {
		r = -errno;
		snprintf(why, 200, "state: %.120s: %s", dir, strerror(-r));
		return r;
	}
	if ((r = os_lock(fd)) < 0) {
		snprintf(why, 200, r == -EWOULDBLOCK ?
		    "state: %.120s: in use by another provd" :
		    "state: %.120s: cannot be locked", dir);
		close(fd);
		return r;
	}
	*ret_fd = fd;
	return 0;
}

struct lease_loader {
	const struct store_load	*load;
	void			*arg;
};

static int
load_lease(void *arg, const struct lease *l)
{
	const struct lease_loader *ll = arg;

	return ll->load->lease != NULL ? ll->load->lease(ll->arg, l) : 0;
}

static int
open_journal(struct store *s, const struct store_load *load, void *arg,
    const char *dir, char why[200])
{
	struct lease_loader ll = { load, arg };
	struct journal_stat st;
	int r;

	if ((r = journal_open(s->dirfd, load_lease, &ll, &s->journal)) < 0) {
		snprintf(why, 200, "%.120s/" JOURNAL_NAME ": %s", dir,
		    r == -EBADMSG ? "is not a lease journal" : strerror(-r));
		return r;
	}
	journal_stat(s->journal, &st);
	if (st.damaged > 0)
		log_ev(LOG_WARNING, "lease.journal", KV_N("bytes", st.damaged),
		    KV_S("err", "torn or damaged records"),
		    KV_S("did", "left-out"));
	return 0;
}

static void
store_free(struct store *s)
{
	journal_close(s->journal);
	store_sql_close(s->sql);
	if (s->dirfd != -1)
		close(s->dirfd);
	(void)pthread_cond_destroy(&s->work);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
}

int
store_open(const char *dir, const struct store_load *load, void *arg,
    struct store **ret, char why[200])
{
	struct store *s;
	int r;

	snprintf(why, 200, "%s", strerror(ENOMEM));
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return -ENOMEM;
	s->tail = &s->head;
	s->dirfd = -1;
	if ((r = -pthread_mutex_init(&s->lock, NULL)) < 0) {
		free(s);
		return r;
	}
	if ((r = -pthread_cond_init(&s->work, NULL)) < 0) {
		(void)pthread_mutex_destroy(&s->lock);
		free(s);
		return r;
	}
	if ((r = open_dir(dir, &s->dirfd, why)) < 0 ||
	    (r = store_sql_open(dir, &s->sql, why)) < 0 ||
	    (r = store_sql_load(s->sql, load, arg, why)) < 0 ||
	    (r = open_journal(s, load, arg, dir, why)) < 0) {
		store_free(s);
		return r;
	}
	s->next_inst = store_sql_next_inst(s->sql);
	why[0] = '\0';
	*ret = s;
	return 0;
}

const char *
inst_kind_name(enum inst_kind k)
{
	static const char *const name[INST__COUNT] = {
		[INST_INSTALL] = "install", [INST_INSPECT] = "inspect",
		[INST_RESCUE] = "rescue", [INST_DISKLESS] = "diskless",
	};

	return name[k];
}

const uint8_t *
store_key(const struct store *s)
{
	return store_sql_key(s->sql);
}

uint32_t
store_next_inst(struct store *s)
{
	return s->next_inst++;
}

/* The thread -------------------------------------------------------------- */

struct queue {
	struct store_op	*head, **tail;
	size_t		 n;
};

static void
queue_add(struct queue *q, struct store_op *op)
{
	op->next = NULL;
	*q->tail = op;
	q->tail = &op->next;
	q->n++;
}

static void
complete(struct store *s, struct store_op *op, int result)
{
	free(op->data);
	free(op->inst.plan);
	overlay_unref(op->overlay);
	op->data = NULL;
	op->inst.plan = NULL;
	op->overlay = NULL;
	op->result = result;
	atomic_fetch_sub(&s->waiting, 1);
	(void)mbox_post_always(s->control, &op->msg);
}

static int
commit_leases(struct store *s, const struct queue *q)
{
	const struct lease **l;
	size_t n = 0;
	int r;

	if ((l = malloc(q->n * sizeof(*l))) == NULL)
		return -ENOMEM;
	for (const struct store_op *op = q->head; op != NULL; op = op->next)
		l[n++] = &op->lease;
	r = journal_append(s->journal, l, n);
	free(l);
	if (r < 0)
		log_ev(LOG_ERR, "store.journal", KV_N("leases", n), KV_ERR(r),
		    KV_S("did", "promised-nothing"));
	return r;
}

static int
commit_rest(struct store *s, const struct queue *q)
{
	bool begun = false;
	int r = 0;

	for (const struct store_op *op = q->head; op != NULL && r == 0; op = op->next) {
		if (op->kind == STORE_BARRIER)
			continue;
		if (!begun && (r = store_sql_begin(s->sql)) < 0)
			break;
		begun = true;
		r = store_sql_apply(s->sql, op);
	}
	if (begun)
		r = store_sql_end(s->sql, r);
	if (r < 0)
		log_ev(LOG_ERR, "store.database", KV_S("err", store_sql_error(s->sql)),
		    KV_S("did", "promised-nothing"));
	return r;
}

static void
count(struct store *s, size_t n, int r)
{
	if (n == 0)
		return;
	s->ops += n;
	s->failing = r < 0;
	if (r < 0)
		s->failed += n;
}

static void
commit(struct store *s, struct store_op *op)
{
	struct queue leases = { .tail = &leases.head };
	struct queue rest = { .tail = &rest.head };
	struct store_op *next;
	int jr = 0, r;

	for (; op != NULL; op = next) {
		next = op->next;
		if (op->broken != NULL && *op->broken)
			complete(s, op, -ECANCELED);
		else
			queue_add(op->kind == STORE_LEASE ? &leases : &rest, op);
	}
	if (leases.n > 0)
		jr = commit_leases(s, &leases);
	count(s, leases.n, jr);
	for (op = leases.head; op != NULL; op = next) {
		next = op->next;
		complete(s, op, jr);
	}
	r = commit_rest(s, &rest);
	count(s, rest.n, r < 0 ? r : jr);
	for (op = rest.head; op != NULL; op = next) {
		next = op->next;
		if (r < 0 && op->broken != NULL)
			*op->broken = true;
		complete(s, op, op->kind == STORE_BARRIER && r == 0 ? jr : r);
	}
}

/* All that waits, or NULL when it is time to stop. */
static struct store_op *
take_all(struct store *s)
{
	struct store_op *op;

	(void)pthread_mutex_lock(&s->lock);
	while (s->head == NULL && !s->stopping)
		(void)pthread_cond_wait(&s->work, &s->lock);
	op = s->head;
	s->head = NULL;
	s->tail = &s->head;
	(void)pthread_mutex_unlock(&s->lock);
	return op;
}

/* Milliseconds and less tell a disk from one that has a cache. */
const int64_t store_bucket[STORE_BUCKETS] = { 500000, 2000000, 5000000, 20000000, 100000000,
    500000000, 2000000000, INT64_MAX };

static void
timed(struct store *s, struct store_op *op)
{
	int64_t took;
	size_t i = 0;

	s->began = clock_unix_ns();
	commit(s, op);
	took = clock_unix_ns() - s->began;
	s->began = 0;
	took = took < 0 ? 0 : took;	/* somebody set the clock */
	while (took > store_bucket[i])
		i++;
	s->within[i]++;
	s->took += (uint64_t)took;
	s->commits++;
}

void
store_stats(const struct store *s, struct store_stats *ret)
{
	int64_t began = s->began;

	*ret = (struct store_stats){ .commits = s->commits, .ops = s->ops, .failed = s->failed,
	    .took = s->took, .waiting = s->waiting, .failing = s->failing,
	    .busy = began != 0 ? clock_unix_ns() - began : 0 };
	for (size_t i = 0; i < STORE_BUCKETS; i++)
		ret->within[i] = s->within[i];
}

static void *
store_thread(void *arg)
{
	struct store *s = arg;
	struct store_op *op;

	while ((op = take_all(s)) != NULL)
		timed(s, op);
	return NULL;
}

/* Signals are the loops' business. */
int
store_start(struct store *s, struct mbox *control)
{
	sigset_t all, old;
	int r;

	s->control = control;
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	r = -pthread_create(&s->thread, NULL, store_thread, s);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	s->started = r == 0;
	return r;
}

void
store_submit(struct store *s, struct store_op *op)
{
	op->next = NULL;
	op->result = -EINPROGRESS;
	atomic_fetch_add(&s->waiting, 1);
	(void)pthread_mutex_lock(&s->lock);
	assert(!s->stopping);
	*s->tail = op;
	s->tail = &op->next;
	(void)pthread_cond_signal(&s->work);
	(void)pthread_mutex_unlock(&s->lock);
}

size_t
store_waiting(const struct store *s)
{
	return s->waiting;
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	(void)pthread_mutex_lock(&s->lock);
	s->stopping = true;
	(void)pthread_cond_signal(&s->work);
	(void)pthread_mutex_unlock(&s->lock);
	if (s->started)
		(void)pthread_join(s->thread, NULL);
	store_free(s);
}
