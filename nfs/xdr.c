/* xdr.c - see xdr.h. */
#include "xdr.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

#include "../tree/handle.h"

static void
make(XDR *x, uintptr_t buf, size_t len, enum xdr_op op)
{
	assert(len <= INT_MAX);
	xdrmem_create(x, (char *)buf, (u_int)len, op);
}

void
xdr_reader(XDR *x, const void *buf, size_t len)
{
	make(x, (uintptr_t)buf, len, XDR_DECODE);
}

void
xdr_writer(XDR *x, void *buf, size_t cap)
{
	make(x, (uintptr_t)buf, cap, XDR_ENCODE);
}

uint8_t *
xdr_here(const XDR *x)
{
	return x->x_private;
}

size_t
xdr_room(const XDR *x)
{
	return x->x_handy;
}

bool
xdr_skip(XDR *x, size_t n)
{
	if (n > xdr_room(x))
		return false;
	return xdr_setpos(x, xdr_getpos(x) + (u_int)n);
}

static bool
put_text(XDR *x, const struct xtext *t)
{
	uint32_t all = xdr_padded(t->len);
	uint8_t *here = xdr_here(x);

	if (t->len > 0 && t->p == NULL)
		return true;		/* sent from elsewhere */
	if (all > xdr_room(x))
		return false;
	if (t->len > 0 && t->p != here)
		memmove(here, t->p, t->len);
	memset(here + t->len, 0, all - t->len);
	return xdr_skip(x, all);
}

bool
xdr_text(XDR *x, struct xtext *t, uint32_t max)
{
	if (!xdr_uint32_t(x, &t->len) || t->len > max || t->len > INT_MAX)
		return false;
	if (x->x_op == XDR_ENCODE)
		return put_text(x, t);
	t->p = xdr_here(x);
	return xdr_skip(x, xdr_padded(t->len));
}

/* RFC 4506 section 4.4: FALSE is 0, TRUE is 1.  Other values are taken as
 * TRUE, as libtirpc does. */
bool
xdr_flag(XDR *x, bool *v)
{
	bool_t b = *v;

	if (!xdr_bool(x, &b))
		return false;
	*v = b != FALSE;
	return true;
}

bool
xdr_fixed(XDR *x, uint8_t *p, uint32_t len)
{
	return xdr_opaque(x, (char *)p, len);
}

bool
xdr_fhandle(XDR *x, struct handle *h)
{
	uint32_t len = h->len;

	if (!xdr_uint32_t(x, &len) || len > HANDLE_MAX)
		return false;
	h->len = (uint8_t)len;
	return xdr_fixed(x, h->b, len);
}
