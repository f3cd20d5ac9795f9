/* api_auth.c - see api_auth.h. */
#include <errno.h>
#include <event2/http.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/clock.h"
#include "../lib/log.h"
#include "../lib/origin.h"
#include "../lib/token.h"
#include "api_auth.h"
#include "api_int.h"
#include "api_net.h"

#define FILE_MAX	(256u << 10)
#define SESSIONS	64u
#define SESSION_S	43200		/* twelve hours */
#define COOKIE		"__Host-provd"
#define WRONG_SLOTS	256u
#define WRONG_MAX	10u		/* tokens of one address in... */
#define WRONG_MS	60000

struct session {
	uint8_t		 id[32];	/* hash of the cookie */
	uint8_t		 token[32];	/* hash of the token that began it */
	int64_t		 until;		/* clock_ms(); 0: free */
};

struct wrong { uint32_t addr; unsigned n; int64_t since; };

struct api_auth {
	struct tokens	 tokens, next;
	bool		 has_next;
	struct session	 session[SESSIONS];
	struct wrong	 wrong[WRONG_SLOTS];
};

/* The file ------------------------------------------------------------------- */

int
api_auth_new(struct api_auth **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret != NULL ? 0 : -ENOMEM;
}

void
api_auth_free(struct api_auth *a)
{
	if (a == NULL)
		return;
	tokens_free(&a->tokens);
	tokens_free(&a->next);
	free(a);
}

static int
read_text(const char *file, char **ret)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK), r = 0;
	size_t n = 0;
	ssize_t k = 1;
	char *p;

	if (fd == -1)
		return -errno;
	if ((p = calloc(1, FILE_MAX + 1)) == NULL)
		r = -ENOMEM;
	while (r == 0 && n <= FILE_MAX && (k = read(fd, p + n, FILE_MAX + 1 - n)) > 0)
		n += (size_t)k;
	if (r == 0 && (k < 0 || n > FILE_MAX))
		r = k < 0 ? -errno : -EFBIG;
	(void)close(fd);
	if (r < 0) {
		free(p);
		return r;
	}
	p[n] = '\0';
	*ret = p;
	return 0;
}

int
api_auth_read(struct api_auth *a, const char *file, char why[200])
{
	char *text = NULL, line[200] = "";
	int r = file != NULL ? read_text(file, &text) : -ENOENT;

	tokens_free(&a->next);
	a->has_next = false;
	if (r == 0 && (r = tokens_parse(text, &a->next, line)) < 0)
		(void)snprintf(why, 200, "api.tokens: %.100s: %.80s", file, line);
	else if (r < 0 && r != -ENOENT)
		(void)snprintf(why, 200, "api.tokens: %s: %s", file, strerror(-r));
	free(text);
	if (r < 0 && r != -ENOENT)
		return r;
	a->has_next = true;
	return 0;
}

static const struct token *
token_of_hash(const struct api_auth *a, const uint8_t hash[32])
{
	for (size_t i = 0; i < a->tokens.n; i++)
		if (token_same(a->tokens.token[i].hash, hash, 32))
			return &a->tokens.token[i];
	return NULL;
}

/* Sessions end with the token that began them: they are asked for it each time. */
void
api_auth_take(struct api_auth *a, bool take)
{
	if (take && a->has_next) {
		tokens_free(&a->tokens);
		a->tokens = a->next;
	} else
		tokens_free(&a->next);
	a->next = (struct tokens){ 0 };
	a->has_next = false;
}

/* Tokens and sessions ----------------------------------------------------------- */

static const char *
header(const struct api_call *c, const char *name)
{
	return evhttp_find_header(evhttp_request_get_input_headers(c->req), name);
}

static struct wrong *
wrong_of(struct api_auth *a, uint32_t addr)
{
	struct wrong *w = &a->wrong[(addr * 0x9e3779b1u) >> 24];

	if (w->addr != addr || clock_ms() - w->since > WRONG_MS)
		*w = (struct wrong){ .addr = addr, .since = clock_ms() };
	return w;
}

static const char *
cookie(const struct api_call *c, size_t *ret_len)
{
	const char *p = header(c, "Cookie");

	for (; p != NULL && *p != '\0'; p += strcspn(p, ";"), p += *p == ';') {
		p += strspn(p, " ");
		if (strncmp(p, COOKIE "=", sizeof(COOKIE)) == 0) {
			p += sizeof(COOKIE);
			*ret_len = strcspn(p, "; ");
			return p;
		}
	}
	return NULL;
}

static struct session *
session_of(struct api_auth *a, const struct api_call *c)
{
	struct session *found = NULL;
	size_t len;
	const char *text = cookie(c, &len);
	uint8_t id[32];

	if (text == NULL)
		return NULL;
	token_hash(text, len, id);
	for (size_t i = 0; i < SESSIONS; i++)
		if (a->session[i].until > clock_ms() && token_same(a->session[i].id, id, sizeof(id)))
			found = &a->session[i];
	return found;
}

/* Whose token came with the call.  NULL, and *ret_code says why. */
static const struct token *
who_asks(struct api_auth *a, const struct api_call *c, int *ret_code, const char **ret_why)
{
	const char *bearer = header(c, "Authorization");
	struct wrong *w = wrong_of(a, c->peer);
	const struct token *t;
	struct session *s;
	char ip[IP4_STRLEN];

	*ret_code = 401;
	*ret_why = "a token is needed: Authorization: Bearer TOKEN";
	if (bearer == NULL) {
		s = session_of(a, c);
		t = s != NULL ? token_of_hash(a, s->token) : NULL;
		if (t == NULL && s != NULL)
			s->until = 0;
		return t;
	}
	if (w->n >= WRONG_MAX) {
		*ret_code = 429;
		*ret_why = "too many wrong tokens from this address; wait a minute";
		return NULL;
	}
	t = strncasecmp(bearer, "Bearer ", 7) == 0 ?
	    tokens_find(&a->tokens, bearer + 7, strlen(bearer + 7)) : NULL;
	if (t == NULL) {
		*ret_why = "that is no token of this server";
		if (++w->n == 1 || w->n == WRONG_MAX)
			log_ev(LOG_WARNING, "api.token", KV_S("ip", ip4_str(c->peer, ip)),
			    KV_S("err", "wrong token"), KV_S("did", w->n == 1 ? "refused" :
			    "no more from there for a minute"));
	}
	return t;
}

/* Admission ---------------------------------------------------------------------- */

/* The name by which a browser asked is ours: no page of somebody else asks. */
static bool
host_ours(const struct api_call *c)
{
	const struct cfg_api *cfg = &c->d->set->cfg->top.api;
	const char *sent = header(c, "Host");
	char host[256], ip[IP4_STRLEN];

	return sent != NULL && host_name(sent, host, sizeof(host)) == 0 &&
	    (strcmp(host, ip4_str(c->local, ip)) == 0 ||
	    host_among(host, cfg->name, cfg->n_name) ||
	    api_net_names(evhttp_connection_get_bufferevent(
	    evhttp_request_get_connection(c->req)), host));
}

struct at { uint32_t addr; bool found; };

static bool
on_its_way(const struct fleet_host *h)
{
	return h->rec.state == HS_BOOTING || h->rec.state == HS_INSTALLING;
}

static void
has_address(void *arg, struct fleet_host *h)
{
	struct at *at = arg;

	at->found |= h->cfg != NULL && h->cfg->address == at->addr && on_its_way(h);
}

/* Whoever sits on a machine that is being installed, or is its installer, does
 * not steer: not even with a token that somebody left there. */
static bool
is_installing(struct daemon *d, uint32_t addr)
{
	struct at at = { .addr = addr };
	const char *how;
	struct fleet_host *h = fleet_host_by_client(d->fleet, NULL, NULL, addr, &how);

	if (h != NULL && on_its_way(h))
		return true;
	fleet_each_host(d->fleet, has_address, &at);
	return at.found;
}

static bool
metrics_from(const struct api_call *c)
{
	const struct cfg_api *cfg = &c->d->set->cfg->top.api;

	for (size_t i = 0; i < cfg->n_metrics; i++)
		if (net4_has(cfg->metrics[i], c->peer))
			return true;
	return false;
}

int
api_admit(struct api_call *c, enum api_right need, bool changes, const char **ret_why)
{
	struct api_auth *a = api_net_auth(c->d->net);
	const struct token *t;
	int code;

	if (!c->remote)
		return 0;
	*ret_why = "this server has no such name: see api.names in provd.yaml(5)";
	if (!host_ours(c))
		return 421;
	*ret_why = "not for pages of another origin";
	if ((need != API_OPEN || changes) && !origin_own(header(c, "Origin"),
	    header(c, "Sec-Fetch-Site"), header(c, "Host")))
		return 403;
	*ret_why = "what changes something needs a header X-Provd";
	if (changes && header(c, "X-Provd") == NULL)
		return 403;
	*ret_why = "not from a machine that is being installed";
	if (changes && is_installing(c->d, c->peer))
		return 403;
	if (need == API_OPEN || (need == API_METRICS && metrics_from(c)))
		return 0;
	if ((t = who_asks(a, c, &code, ret_why)) == NULL)
		return code;
	*ret_why = "this token may look, not steer";
	if (need == API_STEER && t->right != TOKEN_STEER)
		return 403;
	(void)snprintf(c->who, sizeof(c->who), "%s", t->name);
	return 0;
}

/* Calls -------------------------------------------------------------------------- */

static void
set_cookie(struct api_call *c, const char *value, int age)
{
	char text[256];

	(void)snprintf(text, sizeof(text), COOKIE "=%s; Path=/; Max-Age=%d; Secure; HttpOnly; "
	    "SameSite=Strict", value, age);
	(void)evhttp_add_header(evhttp_request_get_output_headers(c->req), "Set-Cookie", text);
}

static json_t *
right_json(const char *name, enum token_right right)
{
	return json_pack("{s:s,s:s}", "name", name, "right", token_right_name(right));
}

/* A cookie in place of the token: a page need not keep that. */
void
api_login(struct api_call *c)
{
	struct api_auth *a = api_net_auth(c->d->net);
	struct session *s = NULL;
	const struct token *t;
	char text[TOKEN_TEXT];
	const char *why;
	int code;

	if (!c->remote) {
		api_reply(c, 200, right_json("socket", TOKEN_STEER));
		return;
	}
	if ((t = who_asks(a, c, &code, &why)) == NULL) {
		api_error(c, code, "%s", why);
		return;
	}
	for (size_t i = 0; i < SESSIONS; i++)
		if (s == NULL || a->session[i].until < s->until)
			s = &a->session[i];
	if (token_make(text) < 0) {
		api_error(c, 500, "no random bytes");
		return;
	}
	*s = (struct session){ .until = clock_ms() + SESSION_S * 1000 };
	token_hash(text, strlen(text), s->id);
	memcpy(s->token, t->hash, sizeof(s->token));
	set_cookie(c, text, SESSION_S);
	api_reply(c, 200, right_json(t->name, t->right));
}

void
api_logout(struct api_call *c)
{
	struct session *s = c->remote ? session_of(api_net_auth(c->d->net), c) : NULL;

	if (s != NULL)
		*s = (struct session){ 0 };
	if (c->remote)
		set_cookie(c, "", 0);
	api_reply(c, 200, json_object());
}

void
api_session(struct api_call *c)
{
	const struct token *t = c->remote ?
	    tokens_named(&api_net_auth(c->d->net)->tokens, c->who) : NULL;

	api_reply(c, 200, t != NULL ? right_json(t->name, t->right) :
	    right_json("socket", TOKEN_STEER));
}
