/* api_history.c - how far hosts are, and why no further; packets; strangers. */
#include "../lib/clock.h"
#include "api_int.h"

static json_t *
str(const char *s)
{
	return s != NULL && *s != '\0' ? json_string(s) : json_null();
}

static json_t *
addr_json(uint32_t a)
{
	char buf[IP4_STRLEN];

	return a != 0 ? json_string(ip4_str(a, buf)) : json_null();
}

void
api_progress(struct fleet *f, const struct fleet_host *h, int64_t now, json_t *o)
{
	int64_t eta;
	int percent = fleet_progress(f, h, now, &eta);
	struct why w;
	bool stuck = fleet_why(f, h, now, &w);

	json_object_set_new(o, "file_percent", h->tl.percent >= 0 ?
	    json_integer(h->tl.percent) : json_null());
	json_object_set_new(o, "percent", percent >= 0 ? json_integer(percent) : json_null());
	if (eta >= 0)
		json_object_set_new(o, "eta", json_integer(eta));
	json_object_set_new(o, "stuck", stuck ? json_string(w.text) : json_null());
	json_object_set_new(o, "stuck_rule", stuck ? json_string(w.rule) : json_null());
	json_object_set_new(o, "stuck_severity", stuck ?
	    json_string(line_severity_name(w.severity)) : json_null());
	json_object_set_new(o, "advice", stuck ? json_string(w.advice) : json_null());
}

/* Packets ----------------------------------------------------------------- */

static json_t *
packet_json(const struct packet *p)
{
	char text[PACKET_TEXT];

	packet_text(p, text);
	return json_pack("{s:I,s:s,s:s,s:I,s:i,s:s,s:o,s:o,s:o,s:o,s:o,s:s}",
	    "time", (json_int_t)p->time, "direction", packet_dir_name(p->dir),
	    "type", p->type != NULL ? p->type : "?", "xid", (json_int_t)p->xid,
	    "secs", (int)p->secs, "firmware", firmware_name((enum firmware)p->fw),
	    "address", addr_json(p->addr), "other_server", addr_json(p->server),
	    "relay", addr_json(p->relay), "rule", str(p->rule),
	    "boot_rule", str(p->boot_rule), "text", text);
}

void
api_packets(struct api_call *c)
{
	const struct stranger_list *others = fleet_strangers(c->d->fleet);
	const struct packets *ring = NULL;
	const struct stranger *s = NULL;
	const struct packet *p;
	char key[MAC_STRLEN];
	struct fleet_host *h;
	struct mac mac;
	json_t *list;

	if (mac_parse(c->host, &mac) == 0)
		s = stranger_find(others, mac_str(mac, key));
	if (s != NULL)
		ring = &s->packets;
	else if ((h = api_find_host(c)) == NULL)
		return;
	else
		ring = h->tl.packets;
	list = json_array();
	for (unsigned i = 0; ring != NULL && (p = packets_at(ring, i)) != NULL; i++)
		json_array_append_new(list, packet_json(p));
	api_reply(c, 200, json_pack("{s:s,s:o}", "name", c->host, "packets", list));
}

/* Strangers --------------------------------------------------------------- */

static json_t *
stranger_json(const struct stranger *s)
{
	const char *advice = NULL, *rule;
	char why[240], mac[MAC_STRLEN];
	json_t *o = json_object();

	rule = stranger_why(s, why, &advice);
	json_object_set_new(o, "mac", mac_is_zero(s->mac) ? json_null() :
	    json_string(mac_str(s->mac, mac)));
	json_object_set_new(o, "address", addr_json(s->addr));
	json_object_set_new(o, "first", json_integer(s->first));
	json_object_set_new(o, "last", json_integer(s->last));
	json_object_set_new(o, "asked", json_integer(s->asked));
	json_object_set_new(o, "firmware", str(s->firmware));
	json_object_set_new(o, "uuid", str(s->uuid));
	json_object_set_new(o, "hostname", str(s->hostname));
	json_object_set_new(o, "interface", str(s->iface));
	json_object_set_new(o, "relay", addr_json(s->relay));
	json_object_set_new(o, "other_server", addr_json(s->other_server));
	json_object_set_new(o, "rule", str(s->rule));
	json_object_set_new(o, "line", str(s->text));
	json_object_set_new(o, "stuck", rule != NULL ? json_string(why) : json_null());
	json_object_set_new(o, "stuck_rule", str(rule));
	json_object_set_new(o, "advice", str(advice));
	return o;
}

/* The newest first; there are few enough for one piece. */
void
api_unknown(struct api_call *c)
{
	const struct stranger_list *l = fleet_strangers(c->d->fleet);
	const struct stranger *s[STRANGERS];
	json_t *list = json_array();

	for (unsigned i = 0; i < l->n; i++) {
		unsigned k = i;

		for (; k > 0 && s[k - 1]->last < l->s[i]->last; k--)
			s[k] = s[k - 1];
		s[k] = l->s[i];
	}
	for (unsigned i = 0; i < l->n; i++)
		json_array_append_new(list, stranger_json(s[i]));
	api_reply(c, 200, json_pack("{s:o}", "unknown", list));
}
