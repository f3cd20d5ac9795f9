/* dhcp_class.c - which classes of the configuration a client belongs to. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dhcp_class.h"

struct bytes { uint8_t *p; size_t n; };

struct class {
	const struct cfg_class	*cfg;
	struct bytes		*prefix, *circuit, *remote;	/* as many as cfg has texts */
};

struct dhcp_class_list {
	struct class	*class;
	size_t		 n;
};

bool
dhcp_classes_meet(const struct dhcp_classes *a, const struct dhcp_classes *b)
{
	for (unsigned i = 0; i < 4; i++)
		if (a->w[i] & b->w[i])
			return true;
	return false;
}

int
dhcp_class_find(const struct cfg_dhcp *d, const char *name)
{
	if (strcmp(name, "known") == 0)
		return DHCP_CLASS_KNOWN;
	if (strcmp(name, "unknown") == 0)
		return DHCP_CLASS_UNKNOWN;
	for (size_t i = 0; i < d->n_class && i < DHCP_CLASS_MAX; i++)
		if (strcmp(d->class[i].head.name, name) == 0)
			return (int)i;
	return -1;
}

/* Making -------------------------------------------------------------------- */

/* An id of a relay, or a prefix, which is always hex.  Checked when it was loaded. */
static int
make_bytes(const char *text, bool prefix, struct bytes *ret)
{
	const struct dhcp_opt_def hex = { .fmt = "X" };
	char wrong[DHCP_OPT_WHY];
	uint8_t b[255];
	const char *why;
	int n = prefix ? dhcp_opt_parse(&hex, &text, 1, b, sizeof(b), wrong) :
	    place_id(text, b, &why);

	ret->n = n < 0 ? 0 : (size_t)n;
	if ((ret->p = malloc(ret->n + 1)) == NULL)
		return -ENOMEM;
	memcpy(ret->p, b, ret->n);
	return 0;
}

static int
make_all(char *const *text, size_t n, bool prefix, struct bytes **ret)
{
	int r = 0;

	if (n == 0)
		return 0;
	if ((*ret = calloc(n, sizeof(**ret))) == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < n && r == 0; i++)
		r = make_bytes(text[i], prefix, &(*ret)[i]);
	return r;
}

static void
free_all(struct bytes *b, size_t n)
{
	for (size_t i = 0; b != NULL && i < n; i++)
		free(b[i].p);
	free(b);
}

int
dhcp_class_list_new(const struct cfg_dhcp *d, struct dhcp_class_list **ret)
{
	struct dhcp_class_list *l = calloc(1, sizeof(*l));
	int r = 0;

	if (l == NULL)
		return -ENOMEM;
	if ((l->class = calloc(d->n_class + 1, sizeof(*l->class))) == NULL)
		r = -ENOMEM;
	for (size_t i = 0; r == 0 && i < d->n_class && i < DHCP_CLASS_MAX; i++) {
		const struct cfg_class *k = &d->class[i];
		struct class *c = &l->class[l->n++];

		c->cfg = k;
		if ((r = make_all(k->mac_prefix, k->n_mac_prefix, true, &c->prefix)) == 0 &&
		    (r = make_all(k->circuit, k->n_circuit, false, &c->circuit)) == 0)
			r = make_all(k->remote, k->n_remote, false, &c->remote);
	}
	if (r < 0) {
		dhcp_class_list_free(l);
		return r;
	}
	*ret = l;
	return 0;
}

void
dhcp_class_list_free(struct dhcp_class_list *l)
{
	if (l == NULL)
		return;
	for (size_t i = 0; i < l->n; i++) {
		const struct cfg_class *k = l->class[i].cfg;

		free_all(l->class[i].prefix, k->n_mac_prefix);
		free_all(l->class[i].circuit, k->n_circuit);
		free_all(l->class[i].remote, k->n_remote);
	}
	free(l->class);
	free(l);
}

/* Asking -------------------------------------------------------------------- */

static bool
has_arch(const struct cfg_class *k, const struct fw_facts *f)
{
	for (size_t i = 0; i < k->n_arch; i++)
		if (f->has_arch && f->arch == k->arch[i])
			return true;
	return k->n_arch == 0;
}

static bool
has_vendor(const struct cfg_class *k, const struct fw_facts *f)
{
	for (size_t i = 0; i < k->n_vendor; i++) {
		size_t n = strlen(k->vendor[i]);

		if (f->vendor_class != NULL && f->vendor_class_len >= n &&
		    memcmp(f->vendor_class, k->vendor[i], n) == 0)
			return true;
	}
	return k->n_vendor == 0;
}

static bool
has_user(const struct cfg_class *k, const struct fw_facts *f)
{
	for (size_t i = 0; i < k->n_user; i++)
		if (fw_has_user_class(f, k->user[i]))
			return true;
	return k->n_user == 0;
}

static bool
has_prefix(const struct class *c, struct mac mac)
{
	for (size_t i = 0; i < c->cfg->n_mac_prefix; i++)
		if (c->prefix[i].n > 0 && c->prefix[i].n <= sizeof(mac.b) &&
		    memcmp(mac.b, c->prefix[i].p, c->prefix[i].n) == 0)
			return true;
	return c->cfg->n_mac_prefix == 0;
}

static bool
is_within(const struct cfg_class *k, uint32_t where)
{
	for (size_t i = 0; i < k->n_subnet; i++)
		if (net4_has(k->subnet[i], where))
			return true;
	return k->n_subnet == 0;
}

static bool
has_id(const struct bytes *id, size_t n, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (p != NULL && id[i].n == len && memcmp(p, id[i].p, len) == 0)
			return true;
	return n == 0;
}

void
dhcp_classify(const struct dhcp_class_list *l, const struct dhcp_facts *f,
    uint32_t iface_addr, bool known, struct dhcp_classes *ret)
{
	const struct dhcp_relay *relay = &f->relay;
	uint32_t where = relay->where != 0 ? relay->where : iface_addr;

	memset(ret, 0, sizeof(*ret));
	dhcp_classes_add(ret, known ? DHCP_CLASS_KNOWN : DHCP_CLASS_UNKNOWN);
	for (size_t i = 0; i < l->n; i++) {
		const struct class *c = &l->class[i];

		if (has_arch(c->cfg, &f->raw) && has_vendor(c->cfg, &f->raw) &&
		    has_user(c->cfg, &f->raw) && has_prefix(c, f->mac) &&
		    is_within(c->cfg, where) &&
		    has_id(c->circuit, c->cfg->n_circuit, relay->at.circuit, relay->at.circuit_len) &&
		    has_id(c->remote, c->cfg->n_remote, relay->at.remote, relay->at.remote_len))
			dhcp_classes_add(ret, (unsigned)i);
	}
}
