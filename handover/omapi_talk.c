/* omapi_talk.c - see omapi_talk.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../lib/wire.h"
#include "omapi_talk.h"

/* Results in a STATUS: BIND's numbers, and dhcpd's own. */
#define R_EXISTS	18u
#define R_NOTFOUND	23u
#define R_NOKEYS	(6u << 16 | 9)
#define R_INVALIDKEY	(6u << 16 | 11)

static enum talk
failed(struct omapi_talk *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static enum talk
failed(struct omapi_talk *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(t->why, sizeof(t->why), fmt, ap);
	va_end(ap);
	return TALK_FAILED;
}

static enum talk
ask(struct omapi_talk *t, struct omapi_msg *m, enum omapi_state state, struct buf *out)
{
	m->authid = t->authid;
	m->id = ++t->id;
	t->state = state;
	omapi_put(out, m, t->key);
	return out->err == 0 ? TALK_MORE : failed(t, "out of memory");
}

void
omapi_talk_begin(struct omapi_talk *t, const struct omapi_key *key, const struct handover_job *job,
    uint32_t first, struct buf *out)
{
	*t = (struct omapi_talk){ .key = key, .job = job, .id = first };
	omapi_put_startup(out);
}

static enum talk
authenticate(struct omapi_talk *t, struct buf *out)
{
	struct omapi_msg m = { .opcode = OMAPI_OPEN };

	omapi_add_str(&m.msg, "type", "authenticator");
	omapi_add_str(&m.obj, "name", t->key->name);
	omapi_add_str(&m.obj, "algorithm", omapi_alg_name(t->key->alg));
	return ask(t, &m, OMAPI_T_AUTH, out);
}

static void
add_mac(struct omapi_talk *t, struct omapi_dict *d, uint8_t type[4])
{
	omapi_add(d, "hardware-address", t->job->mac[t->i].b, 6);
	omapi_add_u32(d, "hardware-type", 1, type);		/* Ethernet */
}

static enum talk
look_up(struct omapi_talk *t, struct buf *out)
{
	struct omapi_msg m = { .opcode = OMAPI_OPEN };
	uint8_t type[4];

	if (t->i == t->job->n_mac)
		return TALK_DONE;
	omapi_add_str(&m.msg, "type", "host");
	add_mac(t, &m.obj, type);
	return ask(t, &m, OMAPI_T_LOOKUP, out);
}

/* What installed the machine must not be booted again: no file, no server. */
static enum talk
create(struct omapi_talk *t, bool again, struct buf *out)
{
	struct omapi_msg m = { .opcode = OMAPI_OPEN };
	const struct handover_job *j = t->job;
	uint8_t type[4], one[4], excl[4], addr[4];
	char name[96], mac[MAC_STRLEN], statements[400];
	struct wr w = wr_init(addr, sizeof(addr));

	/* A name is one host object's, and an object has one MAC. */
	if (again)
		snprintf(name, sizeof(name), "%s-%s", j->name, mac_str(j->mac[t->i], mac));
	else if (t->i > 0)
		snprintf(name, sizeof(name), "%s-%zu", j->name, t->i + 1);
	else
		snprintf(name, sizeof(name), "%s", j->name);
	for (char *c = name; *c != '\0'; c++)
		if (*c == ':')
			*c = '-';
	snprintf(statements, sizeof(statements),
	    "option host-name \"%s\"; filename \"\"; next-server 0.0.0.0;", j->hostname);
	wr_be32(&w, j->addr);
	omapi_add_str(&m.msg, "type", "host");
	omapi_add_u32(&m.msg, "create", 1, one);
	omapi_add_u32(&m.msg, "exclusive", 1, excl);
	omapi_add_str(&m.obj, "name", name);
	add_mac(t, &m.obj, type);
	omapi_add(&m.obj, "ip-address", addr, sizeof(addr));
	omapi_add_str(&m.obj, "statements", statements);
	return ask(t, &m, again ? OMAPI_T_CREATE_AGAIN : OMAPI_T_CREATE, out);
}

static enum talk
update(struct omapi_talk *t, const struct omapi_msg *found, struct buf *out)
{
	struct omapi_msg m = { .opcode = OMAPI_UPDATE, .handle = found->handle };
	uint8_t addr[4];
	struct wr w = wr_init(addr, sizeof(addr));

	wr_be32(&w, t->job->addr);
	omapi_add(&m.obj, "ip-address", addr, sizeof(addr));
	return ask(t, &m, OMAPI_T_UPDATE, out);
}

/* Answers ---------------------------------------------------------------------- */

static enum talk
refused(struct omapi_talk *t, const struct omapi_msg *m, const char *doing)
{
	const struct omapi_value *v = omapi_find(&m->msg, "message");
	uint32_t code = omapi_u32(&m->msg, "result", 0);
	char text[100] = "";

	if (code == R_INVALIDKEY)
		return failed(t, "the secret in key-file is not the one that dhcpd has for the key "
		    "\"%.60s\"", t->key->name);
	if (code == R_NOKEYS)
		return failed(t, "dhcpd wants its messages signed: say key-name and key-file");
	for (size_t i = 0; v != NULL && i < v->len && i + 1 < sizeof(text); i++)
		text[i] = v->p[i] >= ' ' && v->p[i] < 0x7f ? (char)v->p[i] : '?';
	return failed(t, "%s: dhcpd says: %s%sresult %u%s", doing, text, text[0] != '\0' ? " (" : "",
	    (unsigned)code, text[0] != '\0' ? ")" : "");
}

static enum talk
answer(struct omapi_talk *t, const struct omapi_msg *m, struct buf *out)
{
	bool good = m->opcode == OMAPI_UPDATE ||
	    (m->opcode == OMAPI_STATUS && omapi_u32(&m->msg, "result", 1) == 0);
	uint32_t code = m->opcode == OMAPI_STATUS ? omapi_u32(&m->msg, "result", 1) : 0;
	char mac[MAC_STRLEN];

	mac_str(t->job->mac[t->i < t->job->n_mac ? t->i : 0], mac);
	/* Who has the key signs.  (That it has none of that name is said unsigned.) */
	if (t->authid != 0 && m->authid == 0 && (good || code == R_NOTFOUND || code == R_EXISTS))
		return failed(t, "an answer is not signed, though its questions were");
	switch (t->state) {
	case OMAPI_T_AUTH:
		if (m->opcode != OMAPI_UPDATE || m->handle == 0)
			return failed(t, "key \"%.60s\" (%s) is unknown to dhcpd: omapi-key and the "
			    "algorithm of its key must be the same there", t->key->name,
			    t->key->alg == HMAC_MD5 ? "hmac-md5" : "hmac-sha256");
		t->authid = m->handle;
		return look_up(t, out);
	case OMAPI_T_LOOKUP:
		if (m->opcode == OMAPI_UPDATE)
			return update(t, m, out);
		return code == R_NOTFOUND ? create(t, false, out) : refused(t, m, mac);
	case OMAPI_T_CREATE:
		/* The name is another machine's. */
		if (code == R_EXISTS)
			return create(t, true, out);
		/* FALLTHROUGH */
	case OMAPI_T_CREATE_AGAIN:
		if (!good)
			return refused(t, m, mac);
		t->created++;
		break;
	case OMAPI_T_UPDATE:
		if (!good)
			return refused(t, m, mac);
		t->updated++;
		break;
	default:
		return failed(t, "dhcpd says something unasked");
	}
	t->i++;
	return look_up(t, out);
}

enum talk
omapi_talk_input(struct omapi_talk *t, const uint8_t *p, size_t len, size_t *ret_used,
    struct buf *out)
{
	struct omapi_msg m;
	enum talk r = TALK_MORE;
	int e;

	*ret_used = 0;
	if (t->state == OMAPI_T_STARTUP) {
		if ((e = omapi_get_startup(p, len)) == -EAGAIN)
			return TALK_MORE;
		if (e < 0)
			return failed(t, "what answers there does not speak OMAPI");
		*ret_used = OMAPI_STARTUP;
		r = t->key->len > 0 ? authenticate(t, out) : look_up(t, out);
	}
	while (r == TALK_MORE) {
		size_t used = 0;

		e = omapi_get(p + *ret_used, len - *ret_used, t->key, &m, &used);
		if (e == -EAGAIN)
			return TALK_MORE;
		if (e < 0)
			return failed(t, e == -EPERM ? "an answer is wrongly signed: is the secret in "
			    "key-file the one of dhcpd?" : "what answers there does not speak OMAPI");
		*ret_used += used;
		if (m.rid == t->id)		/* else an answer to nothing of ours */
			r = answer(t, &m, out);
	}
	return r;
}
