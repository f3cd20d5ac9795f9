/* dhcp_optset.c - the options of one scope as bytes, and many scopes as one. */
#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/wire.h"
#include "dhcp_optset.h"
#include "dhcp_proto.h"

#define SCOPE_MAX	96
#define FIELD_ADDRS	8	/* config.def allows as many */

static bool
bit(const uint64_t set[4], uint8_t code)
{
	return set[code / 64] >> code % 64 & 1;
}

static void
set_bit(uint64_t set[4], uint8_t code)
{
	set[code / 64] |= (uint64_t)1 << code % 64;
}

/* Compiling ----------------------------------------------------------------- */

static void
put_addrs(struct buf *b, uint8_t code, const uint32_t *addr, size_t n)
{
	uint8_t bytes[4 * FIELD_ADDRS];
	struct wr w = wr_init(bytes, sizeof(bytes));

	for (size_t i = 0; i < n; i++)
		wr_be32(&w, addr[i]);
	if (n > 0)
		dhcp_opts_put(b, &(struct dhcp_opt_item){ .code = code, .p = bytes,
		    .len = w.len });
}

static void
put_addr(struct buf *b, uint8_t code, uint32_t addr)
{
	put_addrs(b, code, &addr, addr != 0);
}

/* Options that have a field of their own in the configuration. */
static void
put_fields(struct buf *b, const struct cfg_options *o)
{
	put_addr(b, DHO_SUBNET_MASK, o->mask);
	put_addrs(b, DHO_ROUTERS, o->routers, o->n_routers);
	put_addrs(b, DHO_DOMAIN_NAME_SERVERS, o->dns, o->n_dns);
	if (o->domain != NULL)
		dhcp_opts_put(b, &(struct dhcp_opt_item){ .code = DHO_DOMAIN_NAME,
		    .p = (const uint8_t *)o->domain, .len = strlen(o->domain) });
	put_addr(b, DHO_BROADCAST_ADDRESS, o->broadcast);
	put_addrs(b, DHO_NTP_SERVERS, o->ntp, o->n_ntp);
}

/* The configuration was checked when it was loaded. */
static void
put_other(struct buf *b, const struct cfg_rest *r, const struct dhcp_opt_own *own)
{
	uint8_t bytes[DHCP_OPT_MAX];
	char why[DHCP_OPT_WHY];
	struct dhcp_opt_def d;
	int len;

	if (dhcp_opt_find(own, r->key, &d) < 0 || (len = dhcp_opt_parse(&d,
	    (const char *const *)r->value, r->n, bytes, sizeof(bytes), why)) < 0)
		return;
	dhcp_opts_put(b, &(struct dhcp_opt_item){ .space = d.space, .code = d.code,
	    .flags = d.unasked ? DHCP_OPT_ALWAYS : 0, .p = bytes, .len = (size_t)len });
}

static bool
index_bytes(struct dhcp_optset *s)
{
	struct rd r = rd_init(s->p, s->len);
	struct dhcp_opt_item o;

	while (dhcp_opts_next(&r, &o)) {
		if (o.space >= DHCP_SPACES)
			return false;
		if (o.space != DHCP_SPACE_DHCP) {
			s->spaces |= 1u << o.space;
			continue;
		}
		set_bit(s->has, o.code);
		if (o.flags & DHCP_OPT_ALWAYS)
			set_bit(s->always, o.code);
	}
	return r.err == 0;
}

static bool
says_something(const struct dhcp_optset *s, const struct cfg_options *o)
{
	return s->len > 0 || o->n_always > 0 || s->filename != NULL ||
	    s->root_path != NULL || s->server_name != NULL || s->next_server != 0 ||
	    s->lease_time != 0 || s->vendor_space != 0;
}

int
dhcp_optset_new(const struct cfg_options *o, const struct dhcp_opt_own *own,
    struct dhcp_optset **ret, const char *scope_fmt, ...)
{
	struct dhcp_optset s = { .filename = o->filename, .root_path = o->root_path,
	    .server_name = o->server_name, .next_server = o->next_server,
	    .lease_time = o->lease_time }, *heap = NULL;
	struct buf b = { 0 };
	struct dhcp_opt_def d;
	va_list ap;
	char *mem = NULL;

	*ret = NULL;
	put_fields(&b, o);
	for (size_t i = 0; i < o->n_other; i++)
		put_other(&b, &o->other[i], own);
	s.len = b.len;
	if (o->vendor_space != NULL)
		s.vendor_space = dhcp_space_find(own, o->vendor_space);
	if (b.err == 0 && !says_something(&s, o)) {
		buf_free(&b);
		return 0;
	}
	/* The set, its name and its bytes as one. */
	if (b.err == 0 && (mem = calloc(1, sizeof(s) + SCOPE_MAX + b.len)) != NULL) {
		char *name = mem + sizeof(s);

		va_start(ap, scope_fmt);
		(void)vsnprintf(name, SCOPE_MAX, scope_fmt, ap);
		va_end(ap);
		if (b.len > 0)
			memcpy(name + SCOPE_MAX, b.p, b.len);
		s.scope = name;
		s.p = (const uint8_t *)name + SCOPE_MAX;
		s.own = mem;
		(void)index_bytes(&s);
		for (size_t i = 0; i < o->n_always; i++)
			if (dhcp_opt_find(own, o->always[i], &d) == 0)
				set_bit(s.always, d.code);
		heap = (struct dhcp_optset *)(void *)mem;
		*heap = s;
	}
	buf_free(&b);
	if (heap == NULL)
		return -ENOMEM;
	*ret = heap;
	return 0;
}

void
dhcp_optset_free(struct dhcp_optset *s)
{
	if (s != NULL)
		free(s->own);
}

bool
dhcp_optset_view(const uint8_t *p, size_t len, const char *scope,
    struct dhcp_optset *ret)
{
	*ret = (struct dhcp_optset){ .scope = scope, .p = p, .len = len };
	return index_bytes(ret);
}

/* A row of scopes ----------------------------------------------------------- */

void
dhcp_scopes_add(struct dhcp_scopes *s, const struct dhcp_optset *set)
{
	if (set == NULL)
		return;
	assert(s->n < DHCP_SCOPES_MAX);
	s->set[s->n++] = set;
}

static const uint8_t *
find(const struct dhcp_optset *s, uint8_t space, uint8_t code, size_t *ret_len)
{
	struct rd r = rd_init(s->p, s->len);
	struct dhcp_opt_item o;

	if (space == DHCP_SPACE_DHCP ? !bit(s->has, code) : !(s->spaces >> space & 1))
		return NULL;
	while (dhcp_opts_next(&r, &o))
		if (o.space == space && o.code == code) {
			*ret_len = o.len;
			return o.p;
		}
	return NULL;
}

const uint8_t *
dhcp_scopes_get(const struct dhcp_scopes *s, uint8_t space, uint8_t code,
    size_t *ret_len, const char **ret_scope)
{
	const uint8_t *p = NULL;

	for (unsigned i = 0; i < s->n && p == NULL; i++) {
		p = find(s->set[i], space, code, ret_len);
		if (p != NULL && ret_scope != NULL)
			*ret_scope = s->set[i]->scope;
	}
	return p;
}

bool
dhcp_scopes_always(const struct dhcp_scopes *s, uint8_t code)
{
	for (unsigned i = 0; i < s->n; i++)
		if (bit(s->set[i]->always, code))
			return true;
	return false;
}

void
dhcp_scopes_codes(const struct dhcp_scopes *s, uint64_t ret_has[4],
    uint64_t ret_always[4])
{
	for (unsigned k = 0; k < 4; k++)
		ret_has[k] = ret_always[k] = 0;
	for (unsigned i = 0; i < s->n; i++)
		for (unsigned k = 0; k < 4; k++) {
			ret_has[k] |= s->set[i]->has[k];
			ret_always[k] |= s->set[i]->always[k];
		}
}

size_t
dhcp_scopes_space(const struct dhcp_scopes *s, uint8_t space, uint8_t *buf, size_t cap)
{
	struct wr w = wr_init(buf, cap);
	bool any = false;
	const uint8_t *p;
	size_t len;

	for (unsigned i = 0; i < s->n; i++)
		any = any || (s->set[i]->spaces >> space & 1);
	for (unsigned code = 1; any && code < 255; code++) {
		p = dhcp_scopes_get(s, space, (uint8_t)code, &len, NULL);
		if (p == NULL || len > 255 || len + 2 > w.cap - w.len)
			continue;
		wr_u8(&w, (uint8_t)code);
		wr_u8(&w, (uint8_t)len);
		wr_bytes(&w, p, len);
	}
	return w.len;
}

static bool
begins(const uint8_t *p, size_t len, const char *word)
{
	size_t n = strlen(word);

	return p != NULL && n > 0 && len >= n && memcmp(p, word, n) == 0;
}

uint8_t
dhcp_scopes_vendor(const struct dhcp_scopes *s, const uint8_t *class_, size_t len)
{
	const char *name;

	for (unsigned i = 0; i < s->n; i++)
		if (s->set[i]->vendor_space != 0)
			return s->set[i]->vendor_space;
	if (begins(class_, len, "PXEClient"))
		return DHCP_SPACE_PXE;
	for (uint8_t i = DHCP_SPACE_OWN; (name = dhcp_space_name(s->own, i)) != NULL; i++)
		if (dhcp_space_in(s->own, i) == DHO_VENDOR_ENCAPSULATED_OPTIONS &&
		    begins(class_, len, name))
			return i;
	return 0;
}

/* What is no option ---------------------------------------------------------- */

uint32_t
dhcp_scopes_lease_time(const struct dhcp_scopes *s)
{
	for (unsigned i = 0; i < s->n; i++)
		if (s->set[i]->lease_time != 0)
			return s->set[i]->lease_time;
	return 0;
}

uint32_t
dhcp_scopes_next_server(const struct dhcp_scopes *s)
{
	for (unsigned i = 0; i < s->n; i++)
		if (s->set[i]->next_server != 0)
			return s->set[i]->next_server;
	return 0;
}

const char *
dhcp_scopes_filename(const struct dhcp_scopes *s)
{
	for (unsigned i = 0; i < s->n; i++)
		if (s->set[i]->filename != NULL)
			return s->set[i]->filename;
	return NULL;
}

const char *
dhcp_scopes_root_path(const struct dhcp_scopes *s)
{
	for (unsigned i = 0; i < s->n; i++)
		if (s->set[i]->root_path != NULL)
			return s->set[i]->root_path;
	return NULL;
}

const char *
dhcp_scopes_server_name(const struct dhcp_scopes *s)
{
	for (unsigned i = 0; i < s->n; i++)
		if (s->set[i]->server_name != NULL)
			return s->set[i]->server_name;
	return NULL;
}
