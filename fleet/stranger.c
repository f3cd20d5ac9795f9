/* stranger.c - see stranger.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "seen.h"
#include "served.h"
#include "stranger.h"

#define SET_TEXT(dst, src)	seen_text((dst), sizeof(dst), (src))

/* The table --------------------------------------------------------------- */

void
stranger_free(struct stranger_list *l)
{
	for (unsigned i = 0; i < l->n; i++)
		free(l->s[i]);
	*l = (struct stranger_list){ .n = 0 };
}

struct stranger *
stranger_find(const struct stranger_list *l, const char *key)
{
	for (unsigned i = 0; i < l->n; i++)
		if (strcmp(l->s[i]->key, key) == 0)
			return l->s[i];
	return NULL;
}

void
stranger_drop(struct stranger_list *l, const char *key)
{
	for (unsigned i = 0; i < l->n; i++)
		if (strcmp(l->s[i]->key, key) == 0) {
			free(l->s[i]);
			l->s[i] = l->s[--l->n];
			return;
		}
}

static struct stranger *
take(struct stranger_list *l, const char *key, char gone[STRANGER_KEY])
{
	struct stranger *s = stranger_find(l, key);
	unsigned old = 0;

	gone[0] = '\0';
	if (s != NULL)
		return s;
	if (l->n < STRANGERS) {
		if ((s = calloc(1, sizeof(*s))) == NULL)
			return NULL;
		l->s[l->n++] = s;
	} else {
		for (unsigned i = 1; i < STRANGERS; i++)
			if (l->s[i]->last < l->s[old]->last)
				old = i;
		s = l->s[old];
		memcpy(gone, s->key, sizeof(s->key));
		memset(s, 0, sizeof(*s));
	}
	SET_TEXT(s->key, key);
	return s;
}

static void
heard(struct stranger *s, int64_t now)
{
	if (s->first == 0)
		s->first = now;
	s->last = now;
	s->changed = true;
}

/* Events ------------------------------------------------------------------ */

struct stranger *
stranger_dhcp(struct stranger_list *l, const struct event_dhcp *e, int64_t now,
    char gone[STRANGER_KEY])
{
	char key[MAC_STRLEN], uuid[UUID_STRLEN];
	struct stranger *s;

	gone[0] = '\0';
	mac_str(e->mac, key);
	/* What others give to strangers matters only once they have asked us. */
	if (mac_is_zero(e->mac) || (e->foreign && stranger_find(l, key) == NULL) ||
	    (s = take(l, key, gone)) == NULL)
		return NULL;
	heard(s, now);
	s->mac = e->mac;
	packets_add(&s->packets, e, now);
	SET_TEXT(s->text, e->text);
	if (e->other_server != 0)
		s->other_server = e->other_server;
	if (e->foreign)
		return s;
	s->asked++;
	s->relay = e->relay;
	if (!e->silent && e->muted == NULL && e->addr != 0)
		s->addr = e->addr;
	SET_TEXT(s->firmware, firmware_name(e->fw));
	if (e->has_uuid)
		SET_TEXT(s->uuid, uuid_str(&e->uuid, uuid));
	if (e->hostname != NULL && e->hostname[0] != '\0')
		SET_TEXT(s->hostname, e->hostname);
	SET_TEXT(s->iface, e->iface != NULL ? e->iface : "");
	SET_TEXT(s->rule, e->muted != NULL ? "not-answered" : e->rule != NULL ? e->rule : "");
	SET_TEXT(s->boot_rule, e->boot_rule != NULL && !e->silent ? e->boot_rule : "");
	return s;
}

static const char *
asks_for(enum event_kind k)
{
	switch (k) {
	case EV_TFTP:
	case EV_TFTP_DONE:
	case EV_TFTP_FAIL:
		return "asked for the file";
	case EV_GETPORT:
		return "asked portmap";
	case EV_MOUNT:
	case EV_MOUNT_FAIL:
		return "asked to mount";
	case EV_STALE:
		return "used a file handle that is not of this server";
	default:
		return NULL;
	}
}

struct stranger *
stranger_event(struct stranger_list *l, const struct event *e, int64_t now,
    char gone[STRANGER_KEY])
{
	const char *what = asks_for(e->kind);
	char key[STRANGER_KEY], text[200];
	struct stranger *s;

	gone[0] = '\0';
	if (what == NULL || (mac_is_zero(e->mac) && e->addr == 0))
		return NULL;
	if (mac_is_zero(e->mac))
		ip4_str(e->addr, key);
	else
		mac_str(e->mac, key);
	if ((s = take(l, key, gone)) == NULL)
		return NULL;
	heard(s, now);
	s->mac = e->mac;
	s->asked++;
	if (e->addr != 0)
		s->addr = e->addr;
	(void)snprintf(text, sizeof(text), "%s %.140s", what, served_path(e->text));
	SET_TEXT(s->text, text);
	return s;
}

/* As text ----------------------------------------------------------------- */

static const struct field { const char *name; size_t off, size; } fields[] = {
#define F(n)	{ #n, offsetof(struct stranger, n), sizeof(((struct stranger *)0)->n) }
	F(firmware), F(uuid), F(hostname), F(iface), F(rule), F(boot_rule), F(text),
#undef F
};

size_t
stranger_write(const struct stranger *s, char buf[STRANGER_TEXT])
{
	size_t n = (size_t)snprintf(buf, STRANGER_TEXT, "%" PRId64 " %" PRId64 " %" PRId64
	    " %" PRIu32 " %" PRIu32 " %" PRIu32 "\n", s->first, s->last, s->asked, s->addr,
	    s->relay, s->other_server);

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		const char *v = (const char *)s + fields[i].off;

		if (*v != '\0')
			n += (size_t)snprintf(buf + n, STRANGER_TEXT - n, "%s %s\n",
			    fields[i].name, v);
	}
	return n;
}

int
stranger_load(struct stranger_list *l, const char *key, const char *text)
{
	char gone[STRANGER_KEY];
	struct stranger *s;
	long long v[6];

	if (strlen(key) >= STRANGER_KEY || sscanf(text, "%18lld %18lld %18lld %18lld %18lld %18lld",
	    &v[0], &v[1], &v[2], &v[3], &v[4], &v[5]) != 6)
		return -EINVAL;
	for (size_t i = 0; i < 6; i++)
		if (v[i] < 0 || (i > 2 && v[i] > UINT32_MAX))
			return -EINVAL;
	if ((s = take(l, key, gone)) == NULL)
		return -ENOMEM;
	if (mac_parse(key, &s->mac) < 0)
		s->mac = (struct mac){ { 0 } };
	s->first = v[0];
	s->last = v[1];
	s->asked = v[2];
	s->addr = (uint32_t)v[3];
	s->relay = (uint32_t)v[4];
	s->other_server = (uint32_t)v[5];
	s->saved = s->last;
	for (text += strcspn(text, "\n"); *text == '\n'; text += strcspn(text, "\n")) {
		size_t name = strcspn(++text, " \n"), len = strcspn(text, "\n");
		char value[STRANGER_TEXT];

		if (text[name] != ' ' || len - name > sizeof(value))
			continue;
		(void)snprintf(value, sizeof(value), "%.*s", (int)(len - name - 1),
		    text + name + 1);
		for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
			if (strncmp(fields[i].name, text, name) == 0 &&
			    fields[i].name[name] == '\0')
				seen_text((char *)s + fields[i].off, fields[i].size, value);
	}
	return 0;
}

/* Why --------------------------------------------------------------------- */

static const struct rule { const char *name, *what, *advice; } rules[] = {
	{ "no-lease", "it asks for files from an address that nobody leased",
	    "whose address is it? let the machine ask this server for one, or configure its MAC" },
	{ "not-answered", "DHCP answers nobody there: mode observe, or another server was found",
	    "provctl status says which mode is in force" },
	{ "unknown-client", "it is no host, and only hosts are answered",
	    "make it a host: its MAC under hosts: in provd.yaml, then provctl reload" },
	{ "no-network", "it asks from a network that is not configured",
	    "add the subnet to dhcp.subnets" },
	{ "pool-exhausted", "no address is free on its network",
	    "make the range larger, or lease times shorter" },
	{ "not-a-host", "it has an address; nothing is installed on who is no host",
	    "to install it: its MAC under hosts: in provd.yaml, then provctl reload" },
};
enum { R_NO_LEASE, R_MUTED, R_UNKNOWN, R_NETWORK, R_POOL, R_NO_HOST };

static const char *
told(unsigned i, const char **ret_advice)
{
	*ret_advice = rules[i].advice;
	return rules[i].name;
}

const char *
stranger_why(const struct stranger *s, char text[240], const char **ret_advice)
{
	char a[IP4_STRLEN], relay[40] = "";

	if (s->relay != 0)
		(void)snprintf(relay, sizeof(relay), " through the relay %s",
		    ip4_str(s->relay, a));
	if (mac_is_zero(s->mac)) {
		(void)snprintf(text, 240, "%.160s, from %s, an address that nobody leased here",
		    s->text, ip4_str(s->addr, a));
		return told(R_NO_LEASE, ret_advice);
	}
	if (strcmp(s->rule, "not-answered") == 0) {
		(void)snprintf(text, 240, "asked %" PRId64 " times on %s: nothing is answered "
		    "there", s->asked, s->iface);
		return told(R_MUTED, ret_advice);
	}
	if (strcmp(s->rule, "unknown-client") == 0) {
		(void)snprintf(text, 240, "asked for an address %" PRId64 " times%s%s%s: it is no host "
		    "of the configuration, and only those are answered", s->asked,
		    *relay != '\0' ? relay : s->iface[0] != '\0' ? " on " : "",
		    *relay != '\0' ? "" : s->iface,
		    s->other_server != 0 ? "; another server answers it" : "");
		return told(R_UNKNOWN, ret_advice);
	}
	if (strcmp(s->rule, "no-network") == 0 || strcmp(s->rule, "mode-off") == 0) {
		(void)snprintf(text, 240, "asked for an address%s: no network is served there",
		    relay);
		return told(R_NETWORK, ret_advice);
	}
	if (strcmp(s->rule, "none-free") == 0) {
		(void)snprintf(text, 240, "asked for an address %" PRId64 " times: none is free",
		    s->asked);
		return told(R_POOL, ret_advice);
	}
	if (strncmp(s->boot_rule, "unknown", 7) == 0 && strncmp(s->firmware, "PXE", 3) == 0) {
		(void)snprintf(text, 240, "its firmware (%s) asks what to boot: it is no host, so "
		    "nothing is installed", s->firmware);
		return told(R_NO_HOST, ret_advice);
	}
	return NULL;
}

const char *
stranger_rule(unsigned i, const char **ret_what, const char **ret_advice)
{
	if (i >= sizeof(rules) / sizeof(rules[0]))
		return NULL;
	*ret_what = rules[i].what;
	*ret_advice = rules[i].advice;
	return rules[i].name;
}
