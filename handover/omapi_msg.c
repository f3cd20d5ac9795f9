/* omapi_msg.c - see omapi_msg.h. */
#include <errno.h>
#include <string.h>

#include "../lib/wire.h"
#include "omapi_msg.h"

#define VERSION	100u
#define HEADER	24u

static void
be16(struct buf *b, size_t v)
{
	buf_add(b, (uint8_t[]){ (uint8_t)(v >> 8), (uint8_t)v }, 2);
}

static void
be32(struct buf *b, size_t v)
{
	buf_add(b, (uint8_t[]){ (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8),
	    (uint8_t)v }, 4);
}

void
omapi_put_startup(struct buf *b)
{
	be32(b, VERSION);
	be32(b, HEADER);
}

int
omapi_get_startup(const uint8_t *p, size_t len)
{
	struct rd r = rd_init(p, len);
	uint32_t version, header;

	if (len < OMAPI_STARTUP)
		return -EAGAIN;
	version = rd_be32(&r);
	header = rd_be32(&r);
	return version == VERSION && header == HEADER ? 0 : -EBADMSG;
}

/* Making ---------------------------------------------------------------------- */

void
omapi_add(struct omapi_dict *d, const char *name, const void *p, size_t len)
{
	if (d->n < OMAPI_VALUES)
		d->v[d->n++] = (struct omapi_value){ name, strlen(name), p, len };
}

void
omapi_add_str(struct omapi_dict *d, const char *name, const char *s)
{
	omapi_add(d, name, s, strlen(s));
}

void
omapi_add_u32(struct omapi_dict *d, const char *name, uint32_t v, uint8_t buf[4])
{
	struct wr w = wr_init(buf, 4);

	wr_be32(&w, v);
	omapi_add(d, name, buf, 4);
}

static void
put_dict(struct buf *b, const struct omapi_dict *d)
{
	for (size_t i = 0; i < d->n; i++) {
		be16(b, d->v[i].name_len);
		buf_add(b, d->v[i].name, d->v[i].name_len);
		be32(b, d->v[i].len);
		buf_add(b, d->v[i].p, d->v[i].len);
	}
	be16(b, 0);
}

void
omapi_put(struct buf *b, const struct omapi_msg *m, const struct omapi_key *key)
{
	size_t start = b->len, sig_len = m->authid == 0 ? 0 : key->alg == HMAC_MD5 ? 16 : 32;
	uint8_t sig[HMAC_MAX];

	be32(b, m->authid);
	be32(b, sig_len);
	be32(b, m->opcode);
	be32(b, m->handle);
	be32(b, m->id);
	be32(b, m->rid);
	put_dict(b, &m->msg);
	put_dict(b, &m->obj);
	if (sig_len == 0 || b->err != 0)
		return;
	/* The id of the authenticator is not signed. */
	(void)hmac(key->alg, key->secret, key->len, (const uint8_t *)b->p + start + 4,
	    b->len - start - 4, sig);
	buf_add(b, sig, sig_len);
}

/* Reading --------------------------------------------------------------------- */

static void
get_dict(struct rd *r, struct omapi_dict *ret)
{
	ret->n = 0;
	for (;;) {
		struct omapi_value v = { 0 };

		if ((v.name_len = rd_be16(r)) == 0)
			return;
		v.name = (const char *)rd_take(r, v.name_len);
		v.len = rd_be32(r);
		v.p = rd_take(r, v.len);
		if (r->err)
			return;
		if (ret->n < OMAPI_VALUES)
			ret->v[ret->n++] = v;
	}
}

static bool
same(const uint8_t *a, const uint8_t *b, size_t n)
{
	unsigned diff = 0;

	for (size_t i = 0; i < n; i++)
		diff |= a[i] ^ b[i];
	return diff == 0;
}

int
omapi_get(const uint8_t *p, size_t len, const struct omapi_key *key, struct omapi_msg *ret,
    size_t *ret_used)
{
	struct rd r = rd_init(p, len);
	uint8_t sig[HMAC_MAX];
	const uint8_t *given;
	size_t sig_len, end;

	ret->authid = rd_be32(&r);
	sig_len = rd_be32(&r);
	ret->opcode = rd_be32(&r);
	ret->handle = rd_be32(&r);
	ret->id = rd_be32(&r);
	ret->rid = rd_be32(&r);
	if (r.err == 0 && sig_len > HMAC_MAX)
		return -EBADMSG;
	get_dict(&r, &ret->msg);
	get_dict(&r, &ret->obj);
	end = r.err == 0 ? (size_t)(r.p - p) : 0;
	given = rd_take(&r, sig_len);
	if (r.err)
		return len < OMAPI_MAX ? -EAGAIN : -EBADMSG;
	*ret_used = (size_t)(r.p - p);
	if (ret->authid == 0)
		return 0;
	if (key == NULL || key->len == 0 ||
	    hmac(key->alg, key->secret, key->len, p + 4, end - 4, sig) != sig_len ||
	    !same(sig, given, sig_len))
		return -EPERM;
	return 0;
}

const struct omapi_value *
omapi_find(const struct omapi_dict *d, const char *name)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->v[i].name_len == strlen(name) &&
		    memcmp(d->v[i].name, name, d->v[i].name_len) == 0)
			return &d->v[i];
	return NULL;
}

uint32_t
omapi_u32(const struct omapi_dict *d, const char *name, uint32_t dflt)
{
	const struct omapi_value *v = omapi_find(d, name);
	struct rd r;

	if (v == NULL || v->len != 4)
		return dflt;
	r = rd_init(v->p, 4);
	return rd_be32(&r);
}

/* Keys ------------------------------------------------------------------------- */

const char *
omapi_alg_name(enum hmac_alg alg)
{
	return alg == HMAC_MD5 ? "hmac-md5.SIG-ALG.REG.INT." : "hmac-sha256.SIG-ALG.REG.INT.";
}

static int
letter(char c)
{
	static const char all[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *p = c != '\0' ? strchr(all, c) : NULL;

	return p != NULL ? (int)(p - all) : -1;
}

int
omapi_secret(const char *text, size_t len, struct omapi_key *ret)
{
	const char *p = text, *end = text + len, *at = memmem(text, len, "secret", 6);
	unsigned bits = 0, n_bits = 0;

	if (at != NULL) {
		/* key "name" { algorithm hmac-md5; secret "..."; } */
		p = at + 6;
		while (p < end && strchr(" \t\r\n\"=", *p) != NULL && *p != '\0')
			p++;
	}
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n'))
		p++;
	ret->len = 0;
	for (; p < end && letter(*p) >= 0; p++) {
		bits = (bits << 6 | (unsigned)letter(*p)) & 0xffffff;
		n_bits += 6;
		if (n_bits < 8)
			continue;
		n_bits -= 8;
		if (ret->len == sizeof(ret->secret))
			return -EINVAL;
		ret->secret[ret->len++] = (uint8_t)(bits >> n_bits);
	}
	while (p < end && *p == '=')
		p++;
	if (at == NULL)
		while (p < end && strchr(" \t\r\n", *p) != NULL && *p != '\0')
			p++;
	if (ret->len == 0 || (at == NULL && p < end) ||
	    (at != NULL && (p == end || strchr("\"; \t\r\n", *p) == NULL)))
		return -EINVAL;
	return 0;
}
