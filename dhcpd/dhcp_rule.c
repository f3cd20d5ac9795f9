/* dhcp_rule.c - why DHCP answers as it does. */
#include <assert.h>

#include "dhcp_rule.h"

static const struct { const char *name, *why; } rules[DR__COUNT] = {
#define X(id, name, why)	{ name, why },
	DHCP_RULES(X)
#undef X
};

const char *
dhcp_rule_name(enum dhcp_rule r)
{
	assert(r < DR__COUNT);
	return rules[r].name;
}

const char *
dhcp_rule_why(enum dhcp_rule r)
{
	assert(r < DR__COUNT);
	return rules[r].why;
}
