/* kea_talk.c - see kea_talk.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kea_talk.h"

static enum talk
failed(struct kea_talk *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static enum talk
failed(struct kea_talk *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(t->why, sizeof(t->why), fmt, ap);
	va_end(ap);
	return TALK_FAILED;
}

static int
add_piece(const char *p, size_t n, void *arg)
{
	buf_add(arg, p, n);
	return ((struct buf *)arg)->err;
}

/* args is borrowed; NULL: none. */
static enum talk
command(struct kea_talk *t, const char *name, json_t *args,
    enum kea_state state, struct buf *out)
{
	json_t *o = json_pack("{s:s}", "command", name);

	t->state = state;
	if (o == NULL || (args != NULL && json_object_set(o, "arguments", args) < 0) ||
	    json_dump_callback(o, add_piece, out, JSON_COMPACT) < 0) {
		json_decref(o);
		return failed(t, "out of memory");
	}
	json_decref(o);
	return TALK_AGAIN;
}

void
kea_talk_begin(struct kea_talk *t, const struct handover_job *job, bool write, struct buf *out)
{
	*t = (struct kea_talk){ .job = job, .write = write };
	(void)command(t, "config-get", NULL, KEA_GET, out);
}

void
kea_talk_free(struct kea_talk *t)
{
	json_decref(t->config);
	t->config = NULL;
}

/* The configuration ---------------------------------------------------------------- */

static json_t *
subnet_in(json_t *list, uint32_t addr)
{
	json_t *s;
	size_t i;

	json_array_foreach(list, i, s) {
		const char *text = json_string_value(json_object_get(s, "subnet"));
		struct net4 net;

		if (text != NULL && net4_parse(text, &net) == 0 && net4_has(net, addr))
			return s;
	}
	return NULL;
}

static json_t *
find_subnet(json_t *dhcp4, uint32_t addr)
{
	json_t *s = subnet_in(json_object_get(dhcp4, "subnet4"), addr), *shared;
	size_t i;

	json_array_foreach(json_object_get(dhcp4, "shared-networks"), i, shared)
		if (s == NULL)
			s = subnet_in(json_object_get(shared, "subnet4"), addr);
	return s;
}

static json_t *
find_host(json_t *list, struct mac mac)
{
	json_t *h;
	size_t i;

	json_array_foreach(list, i, h) {
		const char *text = json_string_value(json_object_get(h, "hw-address"));
		struct mac m;

		if (text != NULL && mac_parse(text, &m) == 0 && mac_equal(m, mac))
			return h;
	}
	return NULL;
}

static bool
is(json_t *h, const char *key, const char *value)
{
	const char *s = json_string_value(json_object_get(h, key));

	return s != NULL && strcmp(s, value) == 0;
}

/* Of several MACs the first has the address: an address is one reservation's. */
static enum talk
edit_mac(struct kea_talk *t, json_t *list, size_t i)
{
	const struct handover_job *j = t->job;
	char mac[MAC_STRLEN], ip[IP4_STRLEN];
	json_t *h = find_host(list, j->mac[i]);
	bool old = h != NULL;

	mac_str(j->mac[i], mac);
	ip4_str(j->addr, ip);
	if (old && (i > 0 || is(h, "ip-address", ip)) && is(h, "hostname", j->hostname) &&
	    is(h, "boot-file-name", "") && is(h, "next-server", "0.0.0.0"))
		return TALK_DONE;
	if (!old) {
		h = json_pack("{s:s}", "hw-address", mac);
		if (json_array_append_new(list, h) < 0)
			return failed(t, "out of memory");
	}
	/* What installed the machine must not be booted again. */
	if ((i == 0 && json_object_set_new(h, "ip-address", json_string(ip)) < 0) ||
	    json_object_set_new(h, "hostname", json_string(j->hostname)) < 0 ||
	    json_object_set_new(h, "next-server", json_string("0.0.0.0")) < 0 ||
	    json_object_set_new(h, "boot-file-name", json_string("")) < 0)
		return failed(t, "out of memory");
	if (i == 0 || t->did == KEA_SAME)
		t->did = old ? KEA_UPDATED : KEA_CREATED;
	return TALK_DONE;
}

enum talk
kea_edit(struct kea_talk *t, json_t *arguments)
{
	json_t *dhcp4 = json_object_get(arguments, "Dhcp4"), *subnet, *list, *global;
	char ip[IP4_STRLEN];
	enum talk r = TALK_DONE;

	ip4_str(t->job->addr, ip);
	if (!json_is_object(dhcp4))
		return failed(t, "what answers there is no kea-dhcp4");
	if ((subnet = find_subnet(dhcp4, t->job->addr)) == NULL)
		return failed(t, "%s is in none of Kea's subnets", ip);
	global = json_object_get(dhcp4, "reservations");
	list = json_object_get(subnet, "reservations");
	if (find_host(global, t->job->mac[0]) != NULL && find_host(list, t->job->mac[0]) == NULL)
		list = global;
	if (!json_is_array(list)) {
		list = json_array();
		if (json_object_set_new(subnet, "reservations", list) < 0)
			return failed(t, "out of memory");
	}
	t->did = KEA_SAME;
	for (size_t i = 0; i < t->job->n_mac && r == TALK_DONE; i++)
		r = edit_mac(t, list, i);
	if (r != TALK_DONE)
		return r;
	json_decref(t->config);
	t->config = json_pack("{s:O}", "Dhcp4", dhcp4);
	return t->config != NULL ? TALK_DONE : failed(t, "out of memory");
}

/* Answers ---------------------------------------------------------------------------- */

static enum talk
go_on(struct kea_talk *t, json_t *arguments, struct buf *out)
{
	enum talk r;

	switch (t->state) {
	case KEA_GET:
		if ((r = kea_edit(t, arguments)) != TALK_DONE)
			return r;
		if (t->did != KEA_SAME)
			return command(t, "config-test", t->config, KEA_TEST, out);
		break;
	case KEA_TEST:
		return command(t, "config-set", t->config, KEA_SET, out);
	case KEA_SET:
		break;
	case KEA_WRITE:
		return TALK_DONE;
	}
	return t->write ? command(t, "config-write", NULL, KEA_WRITE, out) : TALK_DONE;
}

enum talk
kea_talk_input(struct kea_talk *t, const char *text, size_t len, struct buf *out)
{
	static const char *const doing[] = { "config-get", "config-test", "config-set", "config-write" };
	json_t *o = json_loadb(text, len, 0, NULL), *one = o, *result;
	const char *why;
	enum talk r;

	if (json_is_array(o))		/* through the control agent: one answer of a list */
		one = json_array_get(o, 0);
	result = json_object_get(one, "result");
	why = json_string_value(json_object_get(one, "text"));
	if (!json_is_integer(result))
		r = failed(t, "what answers there does not speak as Kea does");
	else if (json_integer_value(result) != 0)
		r = failed(t, "%s: Kea says: %.150s", doing[t->state], why != NULL ? why : "no reason");
	else
		r = go_on(t, json_object_get(one, "arguments"), out);
	json_decref(o);
	for (char *c = t->why; *c != '\0'; c++)
		if ((unsigned char)*c < ' ')
			*c = ' ';
	return r;
}
