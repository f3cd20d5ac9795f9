/* dhcp_class.h - which classes of the configuration a client belongs to.
 *
 * Pure.  Ownership: struct dhcp_class_list holds what was made of the
 * configuration's classes, and borrows the configuration.
 * Layer: dhcpd, policy.
 * Spec: RFC 2132 9.13 (60), RFC 3004 (77), RFC 4578 2.1 (93), RFC 3046 (82).
 */
#ifndef DHCPD_DHCP_CLASS_H
#define DHCPD_DHCP_CLASS_H

#include "../fleet/config.h"
#include "dhcp_facts.h"

#define DHCP_CLASS_MAX		254	/* as config.def allows */
#define DHCP_CLASS_KNOWN	254	/* hosts of the configuration */
#define DHCP_CLASS_UNKNOWN	255

/* A set of classes, by their place in dhcp.classes. */
struct dhcp_classes { uint64_t w[4]; };

static inline bool
dhcp_classes_has(const struct dhcp_classes *s, unsigned i)
{
	return s->w[i / 64] >> i % 64 & 1;
}

static inline void
dhcp_classes_add(struct dhcp_classes *s, unsigned i)
{
	s->w[i / 64] |= (uint64_t)1 << i % 64;
}

bool	dhcp_classes_meet(const struct dhcp_classes *, const struct dhcp_classes *);

struct dhcp_class_list;
int	dhcp_class_list_new(const struct cfg_dhcp *, struct dhcp_class_list **ret);
void	dhcp_class_list_free(struct dhcp_class_list *);		/* NULL is fine */
/* The class of that name, known and unknown among them; -1. */
int	dhcp_class_find(const struct cfg_dhcp *, const char *name);

/* iface_addr: ours where the packet came in; a relay's word on the network counts more. */
void	dhcp_classify(const struct dhcp_class_list *, const struct dhcp_facts *,
	    uint32_t iface_addr, bool known, struct dhcp_classes *ret);

#endif /* DHCPD_DHCP_CLASS_H */
