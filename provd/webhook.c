/* webhook.c - see webhook.h. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../handover/hmac.h"
#include "../lib/clock.h"
#include "../lib/log.h"
#include "../lib/siphash.h"
#include "../lib/url.h"
#include "api_int.h"
#include "webhook.h"
#include "webhook_send.h"
#include "version.h"

#define QUEUE_MAX	1024u
#define SECRET_MAX	4096u
#define TRIES		12u		/* after 1, 2, 4 ... 300 seconds: half an hour */
#define LONGEST_S	300
#define BUCKETS		1024u
#define GOODBYE_MS	2000

struct delivery { struct delivery *next; uint64_t id; char *body; };

/* Belongs to its thread when it is stopping. */
struct hook {
	struct url	 url;
	char		*text, *ca;		/* the URL as it was written */
	uint32_t	 states;		/* a bit for each */
	char		 secret[SECRET_MAX];
	size_t		 n_secret;
	pthread_mutex_t	 lock;			/* of what follows */
	pthread_cond_t	 work;
	struct delivery	*head, **tail;
	size_t		 n;
	bool		 stopping;
	_Atomic unsigned *alive;
};

/* The state in which a host was seen last. */
struct known { struct known *next; enum host_state state; char name[]; };

struct webhooks {
	struct daemon	*d;
	struct hook	*hook[16];
	size_t		 n;
	uint64_t	 next_id;
	uint8_t		 key[16];
	struct known	*known[BUCKETS];
	_Atomic unsigned alive;			/* threads; the last one is waited for */
};

/* A hook's thread ---------------------------------------------------------------- */

static void
delivery_free(struct delivery *v)
{
	if (v != NULL)
		free(v->body);
	free(v);
}

static void
hook_free(struct hook *h)
{
	for (struct delivery *v; (v = h->head) != NULL; ) {
		h->head = v->next;
		delivery_free(v);
	}
	(void)pthread_mutex_destroy(&h->lock);
	(void)pthread_cond_destroy(&h->work);
	free(h->text);
	free(h->ca);
	free(h);
}

/* The first that waits, but not before its time; NULL: it is over. */
static struct delivery *
take(struct hook *h, unsigned wait_s)
{
	struct delivery *v = NULL;
	struct timespec until;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += wait_s;
	(void)pthread_mutex_lock(&h->lock);
	while (!h->stopping && wait_s > 0 &&
	    pthread_cond_timedwait(&h->work, &h->lock, &until) != ETIMEDOUT)
		;
	while (!h->stopping && h->head == NULL)
		(void)pthread_cond_wait(&h->work, &h->lock);
	if (!h->stopping)
		v = h->head;
	(void)pthread_mutex_unlock(&h->lock);
	return v;
}

/* Whatever became of it.  It may have been pushed out meanwhile. */
static void
done(struct hook *h, uint64_t id)
{
	struct delivery *v = NULL;

	(void)pthread_mutex_lock(&h->lock);
	if (h->head != NULL && h->head->id == id) {
		v = h->head;
		if ((h->head = v->next) == NULL)
			h->tail = &h->head;
		h->n--;
	}
	(void)pthread_mutex_unlock(&h->lock);
	delivery_free(v);
}

static int
post(struct hook *h, uint64_t id, const char *body, char why[200])
{
	uint8_t sum[HMAC_MAX];
	struct buf b = { 0 };
	size_t n;
	int r;

	buf_printf(&b, "Content-Type: application/json\r\nUser-Agent: provd/" PROVD_VERSION "\r\n"
	    "X-Provd-Delivery: %llu\r\n", (unsigned long long)id);
	if (h->n_secret > 0) {
		n = hmac(HMAC_SHA256, (const uint8_t *)h->secret, h->n_secret,
		    (const uint8_t *)body, strlen(body), sum);
		buf_puts(&b, "X-Provd-Signature: sha256=");
		for (size_t i = 0; i < n; i++)
			buf_printf(&b, "%02x", sum[i]);
		buf_puts(&b, "\r\n");
	}
	r = b.err != 0 ? b.err : webhook_post(&h->url, h->ca, b.p, body, strlen(body), why);
	if (r >= 0 && (r < 200 || r > 299))
		(void)snprintf(why, 200, "answered %d", r);
	buf_free(&b);
	return r >= 200 && r <= 299 ? 0 : -EIO;
}

static void *
hook_main(void *arg)
{
	struct hook *h = arg;
	_Atomic unsigned *alive = h->alive;
	unsigned tries = 0, wait = 0;
	struct delivery *v;
	char why[200], *body;
	uint64_t id = 0;

	while ((v = take(h, wait)) != NULL) {
		/* Only this thread takes it away, but for what is pushed out. */
		(void)pthread_mutex_lock(&h->lock);
		v = h->head;
		body = v != NULL ? strdup(v->body) : NULL;
		tries = v != NULL && v->id == id ? tries : 0;
		id = v != NULL ? v->id : 0;
		(void)pthread_mutex_unlock(&h->lock);
		wait = 0;
		if (body == NULL)
			continue;
		if (post(h, id, body, why) == 0) {
			done(h, id);
		} else if (++tries >= TRIES) {
			log_ev(LOG_ERR, "webhook", KV_S("url", h->text), KV_S("err", why),
			    KV_S("did", "given up"));
			done(h, id);
		} else {
			wait = 1u << (tries - 1) < LONGEST_S ? 1u << (tries - 1) : LONGEST_S;
			if (tries == 1)
				log_ev(LOG_WARNING, "webhook", KV_S("url", h->text),
				    KV_S("err", why), KV_S("did", "is tried again"));
		}
		free(body);
	}
	hook_free(h);
	atomic_fetch_sub(alive, 1);
	return NULL;
}

/* The control thread --------------------------------------------------------------- */

static void
hook_put(struct hook *h, uint64_t id, const char *body)
{
	struct delivery *v = calloc(1, sizeof(*v)), *old = NULL;

	if (v == NULL || (v->body = strdup(body)) == NULL) {
		free(v);
		return;
	}
	v->id = id;
	(void)pthread_mutex_lock(&h->lock);
	if (h->n == QUEUE_MAX) {	/* what is new counts more */
		old = h->head;
		h->head = old->next;
		h->n--;
	}
	*h->tail = v;
	h->tail = &v->next;
	h->n++;
	(void)pthread_cond_signal(&h->work);
	(void)pthread_mutex_unlock(&h->lock);
	if (old != NULL)
		log_ev(LOG_WARNING, "webhook", KV_S("url", h->text), KV_N("waiting", QUEUE_MAX),
		    KV_S("did", "left one out"));
	delivery_free(old);
}

static void
hook_stop(struct hook *h)
{
	(void)pthread_mutex_lock(&h->lock);
	h->stopping = true;
	(void)pthread_cond_signal(&h->work);
	(void)pthread_mutex_unlock(&h->lock);
}

static int
read_secret(const char *file, struct hook *h, char why[200])
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd != -1 ? read(fd, h->secret, sizeof(h->secret)) : -1;
	int r = n < 0 ? -errno : 0;

	if (fd != -1)
		(void)close(fd);
	if (r == 0 && (size_t)n == sizeof(h->secret))
		r = -EFBIG;
	if (r < 0) {
		(void)snprintf(why, 200, "webhooks: secret: %.120s: %s", file, strerror(-r));
		return r;
	}
	h->n_secret = (size_t)n;
	while (h->n_secret > 0 && strchr("\r\n", h->secret[h->n_secret - 1]) != NULL)
		h->n_secret--;
	if (h->n_secret == 0)
		(void)snprintf(why, 200, "webhooks: secret: %.120s: is empty", file);
	return h->n_secret > 0 ? 0 : -EINVAL;
}

static int
hook_new(const struct cfg_webhook *cfg, _Atomic unsigned *alive, struct hook **ret, char why[200])
{
	struct hook *h = calloc(1, sizeof(*h));
	int r = -ENOMEM;

	(void)snprintf(why, 200, "webhooks: out of memory");
	if (h == NULL)
		return r;
	(void)pthread_mutex_init(&h->lock, NULL);
	(void)pthread_cond_init(&h->work, NULL);
	h->tail = &h->head;
	h->alive = alive;
	if ((h->text = strdup(cfg->url)) == NULL ||
	    (cfg->ca != NULL && (h->ca = strdup(cfg->ca)) == NULL) ||
	    (r = url_parse(cfg->url, &h->url)) < 0 ||
	    (cfg->secret != NULL && (r = read_secret(cfg->secret, h, why)) < 0)) {
		hook_free(h);
		return r;
	}
	for (int s = 0; s < HS__COUNT; s++)
		for (size_t i = 0; i < cfg->n_event; i++)
			if (strcmp(cfg->event[i], host_state_name((enum host_state)s)) == 0)
				h->states |= 1u << s;
	if (cfg->n_event == 0)
		h->states = ~0u;
	*ret = h;
	return 0;
}

/* Signals are the control thread's business. */
static int
hook_start(struct hook *h)
{
	sigset_t all, mask;
	pthread_t id;
	int r;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &mask);
	if ((r = -pthread_create(&id, NULL, hook_main, h)) == 0) {
		atomic_fetch_add(h->alive, 1);
		(void)pthread_detach(id);
	}
	(void)pthread_sigmask(SIG_SETMASK, &mask, NULL);
	return r;
}

static bool
same(const struct hook *a, const struct hook *b)
{
	return strcmp(a->text, b->text) == 0 && a->states == b->states &&
	    a->n_secret == b->n_secret && memcmp(a->secret, b->secret, a->n_secret) == 0 &&
	    (a->ca == b->ca || (a->ca != NULL && b->ca != NULL && strcmp(a->ca, b->ca) == 0));
}

int
webhooks_configure(struct webhooks *hs, const struct config *cfg, char why[200])
{
	struct hook *new_[16] = { NULL };
	size_t n = cfg->top.n_webhook;
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		r = hook_new(&cfg->top.webhook[i], &hs->alive, &new_[i], why);
	if (r < 0) {
		for (size_t i = 0; i < n; i++)
			if (new_[i] != NULL)
				hook_free(new_[i]);
		return r;
	}
	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		while (k < hs->n && (hs->hook[k] == NULL || !same(hs->hook[k], new_[i])))
			k++;
		if (k < hs->n) {
			hook_free(new_[i]);
			new_[i] = hs->hook[k];
			hs->hook[k] = NULL;
		} else if ((r = hook_start(new_[i])) < 0) {
			log_ev(LOG_ERR, "webhook", KV_S("url", new_[i]->text), KV_ERR(r),
			    KV_S("did", "not-used"));
			hook_free(new_[i]);
			new_[i] = NULL;
		}
	}
	for (size_t k = 0; k < hs->n; k++)
		if (hs->hook[k] != NULL)
			hook_stop(hs->hook[k]);
	memcpy(hs->hook, new_, sizeof(hs->hook));
	hs->n = n;
	return 0;
}

/* States ---------------------------------------------------------------------------- */

static struct known *
known_get(struct webhooks *hs, const char *name)
{
	size_t len = strlen(name);
	struct known **head = &hs->known[siphash(hs->key, name, len) % BUCKETS], *s;

	for (s = *head; s != NULL; s = s->next)
		if (strcmp(s->name, name) == 0)
			return s;
	if ((s = calloc(1, sizeof(*s) + len + 1)) == NULL)
		return NULL;
	memcpy(s->name, name, len + 1);
	s->state = HS_NEW;
	s->next = *head;
	*head = s;
	return s;
}

static void
see(void *arg, struct fleet_host *h)
{
	struct known *s = known_get(arg, h->rec.name);

	if (s != NULL)
		s->state = h->rec.state;
}

void
webhooks_look(struct webhooks *hs, const struct fleet_host *h)
{
	struct known *s = hs->n > 0 ? known_get(hs, h->rec.name) : NULL;
	enum host_state was = s != NULL ? s->state : h->rec.state;
	char *text;
	json_t *o;

	if (was == h->rec.state)
		return;
	s->state = h->rec.state;
	o = json_pack("{s:s,s:I,s:I,s:s,s:s,s:o}", "event", "state", "id",
	    (json_int_t)hs->next_id, "time", (json_int_t)clock_unix(), "state",
	    host_state_name(h->rec.state), "was", host_state_name(was),
	    "host", api_host_json(hs->d->fleet, h));
	text = json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(o);
	for (size_t i = 0; text != NULL && i < hs->n; i++)
		if (hs->hook[i] != NULL && (hs->hook[i]->states >> h->rec.state & 1) != 0)
			hook_put(hs->hook[i], hs->next_id, text);
	hs->next_id++;
	free(text);
}

int
webhooks_new(struct daemon *d, struct webhooks **ret)
{
	struct webhooks *hs = calloc(1, sizeof(*hs));

	if (hs == NULL)
		return -ENOMEM;
	hs->d = d;
	hs->next_id = (uint64_t)clock_unix_ns() / 1000;	/* more than in an earlier run */
	fleet_each_host(d->fleet, see, hs);
	*ret = hs;
	return 0;
}

void
webhooks_free(struct webhooks *hs)
{
	int64_t until = clock_ms() + GOODBYE_MS;

	if (hs == NULL)
		return;
	for (size_t i = 0; i < hs->n; i++)
		if (hs->hook[i] != NULL)
			hook_stop(hs->hook[i]);
	while (hs->alive > 0 && clock_ms() < until)
		(void)nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
	if (hs->alive > 0)
		return;		/* one of them waits for its answer: the process ends */
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct known *s; (s = hs->known[i]) != NULL; ) {
			hs->known[i] = s->next;
			free(s);
		}
	free(hs);
}
