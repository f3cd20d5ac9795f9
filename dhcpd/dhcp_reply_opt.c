/* dhcp_reply_opt.c - the options of the configuration in a reply. */
#include <string.h>

#include "dhcp_reply_opt.h"

/* More sub-options than any client has room for. */
#define SPACE_MAX	512

bool
dhcp_reply_asked(const struct dhcp_msg *req, uint8_t code)
{
	size_t len;
	const uint8_t *p = dhcp_opt(req, DHO_DHCP_PARAMETER_REQUEST_LIST, &len);

	return p == NULL || memchr(p, code, len) != NULL;
}

/* Once: a code may stand in a list twice, and what matters was put before. */
static void
put(struct dhcp_msg *m, const struct dhcp_scopes *s, uint8_t as, uint8_t code)
{
	const uint8_t *p;
	size_t len;

	if (!m->has[as] &&
	    (p = dhcp_scopes_get(s, DHCP_SPACE_DHCP, code, &len, NULL)) != NULL)
		(void)dhcp_put(m, as, p, len);
}

void
dhcp_reply_opt_net(struct dhcp_msg *m, const struct dhcp_scopes *s)
{
	/* RFC 2132 3.3: the mask before the routers. */
	put(m, s, DHO_SUBNET_MASK, DHO_SUBNET_MASK);
	put(m, s, DHO_ROUTERS, DHO_ROUTERS);
}

/* Spaces -------------------------------------------------------------------- */

static bool
says(const struct dhcp_scopes *s, uint8_t space, uint8_t code)
{
	size_t len;

	return dhcp_scopes_get(s, space, code, &len, NULL) != NULL;
}

/* Option 43: bytes as they are, or the space of the client's vendor. */
static void
put_43(struct dhcp_msg *m, const struct dhcp_msg *req, const struct dhcp_scopes *s,
    bool load)
{
	static const uint8_t control[] = { PXE_DISCOVERY_CONTROL, 1, PXE_DISCOVERY_NONE };
	const uint8_t code = DHO_VENDOR_ENCAPSULATED_OPTIONS;
	const uint8_t *class_;
	uint8_t buf[SPACE_MAX], space;
	size_t n = 0, len = 0;

	if (says(s, DHCP_SPACE_DHCP, code)) {
		if (dhcp_reply_asked(req, code) || dhcp_scopes_always(s, code))
			put(m, s, code, code);
		return;
	}
	class_ = dhcp_opt(req, DHO_VENDOR_CLASS_IDENTIFIER, &len);
	if ((space = dhcp_scopes_vendor(s, class_, len)) == 0)
		return;
	if (space == DHCP_SPACE_PXE && load && !says(s, space, PXE_DISCOVERY_CONTROL)) {
		memcpy(buf, control, sizeof(control));
		n = sizeof(control);
	}
	if ((len = dhcp_scopes_space(s, space, buf + n, sizeof(buf) - n - 1)) == 0)
		return;
	n += len;
	if (space == DHCP_SPACE_PXE)
		buf[n++] = DHO_END;
	(void)dhcp_put(m, code, buf, n);
}

static void
put_175(struct dhcp_msg *m, const struct dhcp_msg *req, const struct dhcp_facts *f,
    const struct dhcp_scopes *s)
{
	static const uint8_t no_proxy[] = { IPXE_NO_PXEDHCP, 1, 1 };
	const uint8_t code = DHO_IPXE_ENCAPSULATED;
	uint8_t buf[SPACE_MAX + sizeof(no_proxy)];
	size_t n;

	if (!dhcp_facts_ipxe(f) && !(dhcp_opt(req, DHO_DHCP_PARAMETER_REQUEST_LIST, &n) !=
	    NULL && dhcp_reply_asked(req, code)))
		return;
	if (says(s, DHCP_SPACE_DHCP, code)) {
		put(m, s, code, code);
		return;
	}
	if ((n = dhcp_scopes_space(s, DHCP_SPACE_IPXE, buf, SPACE_MAX)) == 0)
		return;
	if (!says(s, DHCP_SPACE_IPXE, IPXE_NO_PXEDHCP)) {
		memcpy(buf + n, no_proxy, sizeof(no_proxy));
		n += sizeof(no_proxy);
	}
	(void)dhcp_put(m, code, buf, n);
}

void
dhcp_reply_opt_vendor(struct dhcp_msg *m, const struct dhcp_msg *req,
    const struct dhcp_facts *f, const struct dhcp_scopes *s, bool boot_file)
{
	put_175(m, req, f, s);
	/* iPXE calls itself PXEClient too, and takes 43 for a boot menu: it gets
	 * none but one that was written out. */
	if (!dhcp_facts_ipxe(f) || says(s, DHCP_SPACE_DHCP, DHO_VENDOR_ENCAPSULATED_OPTIONS))
		put_43(m, req, s, boot_file && dhcp_facts_pxe_rom(f));
}

/* A space of the configuration that has an option for itself. */
static void
put_carrier(struct dhcp_msg *m, const struct dhcp_scopes *s, uint8_t code)
{
	uint8_t buf[SPACE_MAX];
	size_t n;

	for (uint8_t i = DHCP_SPACE_OWN; dhcp_space_name(s->own, i) != NULL; i++)
		if (dhcp_space_in(s->own, i) == code && !m->has[code] &&
		    (n = dhcp_scopes_space(s, i, buf, sizeof(buf))) > 0)
			(void)dhcp_put(m, code, buf, n);
}

/* The rest ------------------------------------------------------------------ */

/* Their time was before, or never. */
static bool
is_special(uint8_t code)
{
	return code == DHO_PAD || code == DHO_END || code == DHO_ROOT_PATH ||
	    code == DHO_VENDOR_ENCAPSULATED_OPTIONS || code == DHO_IPXE_ENCAPSULATED;
}

static void
put_code(struct dhcp_msg *m, const struct dhcp_scopes *s, const char *host_name,
    uint8_t code)
{
	const uint8_t routes = 121, ms_routes = 249;	/* RFC 3442, and Windows' own */

	if (is_special(code))
		return;
	if (code == DHO_HOST_NAME && host_name != NULL && !m->has[code])
		(void)dhcp_put(m, code, host_name, strlen(host_name));
	put(m, s, code, code);
	if (code == ms_routes)
		put(m, s, ms_routes, routes);
	else if (code != DHO_VENDOR_ENCAPSULATED_OPTIONS)
		put_carrier(m, s, code);
}

static void
put_set(struct dhcp_msg *m, const struct dhcp_scopes *s, const char *host_name,
    const uint64_t set[4])
{
	for (unsigned code = 1; code < DHO_END; code++)
		if (set[code / 64] >> code % 64 & 1)
			put_code(m, s, host_name, (uint8_t)code);
}

void
dhcp_reply_opt_rest(struct dhcp_msg *m, const struct dhcp_msg *req,
    const struct dhcp_scopes *s, const char *host_name)
{
	uint64_t has[4], always[4];
	size_t len;
	const uint8_t *p = dhcp_opt(req, DHO_DHCP_PARAMETER_REQUEST_LIST, &len);

	dhcp_scopes_codes(s, has, always);
	put_set(m, s, host_name, always);
	for (size_t i = 0; p != NULL && i < len; i++)
		put_code(m, s, host_name, p[i]);
	if (p != NULL)
		return;
	put_code(m, s, host_name, DHO_DOMAIN_NAME_SERVERS);
	put_code(m, s, host_name, DHO_HOST_NAME);
	put_set(m, s, host_name, has);
}
