/* dhcp_replay.c - a recording decided again. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../lib/pcapng.h"
#include "dhcp_frame.h"
#include "dhcp_proxy.h"
#include "dhcp_replay.h"

#define IFACES_MAX	PCAPNG_IFACES_MAX
#define BUCKETS		4096u

struct decided {		/* an answer as it would be now */
	struct decided	*next;
	uint32_t	 xid;
	struct mac	 mac;
	int		 type;
	size_t		 len;
	uint8_t		 bytes[];
};

struct replay {
	struct config	*cfg;
	bool		 given;		/* cfg is the caller's, whatever was recorded */
	const char	*state, *state_end;	/* what was not read of it yet */
	struct os_iface	 iface[IFACES_MAX];
	size_t		 n_iface;
	struct dhcp_nets *nets;
	struct lease_table *leases;
	struct decided	*bucket[BUCKETS];
	struct dhcp_replay *ret;
	struct buf	*report;
	size_t		 number;	/* of the packet at hand */
	struct dhcp_ask	 ask;
	struct dhcp_msg	 msg;
	struct dhcp_context ctx;
	uint8_t		 out[DHCP_MSG_MAX];
};

/* What it started from ------------------------------------------------------ */

static bool
parse_iface(const char *line, struct os_iface *ret)
{
	char addr[IP4_STRLEN], net[NET4_STRLEN], mac[MAC_STRLEN];

	memset(ret, 0, sizeof(*ret));
	return sscanf(line, "interface %15s %u %15s %18s %17s", ret->name, &ret->index,
	    addr, net, mac) == 5 && ip4_parse(addr, &ret->addr) == 0 &&
	    net4_parse(net, &ret->net) == 0 && mac_parse(mac, &ret->mac) == 0;
}

static int
state_line(struct replay *r, const char *p, size_t len)
{
	char line[1024];
	struct lease l;

	if (len >= sizeof(line) || memchr(p, '\0', len) != NULL)
		return -EBADMSG;
	memcpy(line, p, len);
	line[len] = '\0';
	if (strncmp(line, "interface ", 10) == 0) {
		if (r->n_iface == IFACES_MAX || !parse_iface(line, &r->iface[r->n_iface]))
			return -EBADMSG;
		r->n_iface++;
		return 0;
	}
	if (dhcp_record_lease_parse(p, len, &l) < 0)
		return -EBADMSG;
	return lease_put(r->leases, &l);
}

static void
first_error(void *arg, const char *text)
{
	char *why = arg;

	if (why[0] == '\0')
		(void)snprintf(why, 300, "%s", text);
}

static int
load_config(struct replay *r, const char *text, size_t len, char why[300])
{
	struct config *cfg;
	char *copy;
	int e;

	if (r->given)
		return 0;
	if ((copy = malloc(len + 1)) == NULL)
		return -ENOMEM;
	memcpy(copy, text, len);
	copy[len] = '\0';
	why[0] = '\0';
	if ((e = config_load_mem("the recorded configuration", copy, &cfg, first_error, why)) == 0) {
		config_unref(r->cfg);
		r->cfg = cfg;
	}
	free(copy);
	return e;
}

static int
make_nets(struct replay *r)
{
	struct dhcp_nets *nets;
	int e;

	if ((e = dhcp_nets_new(r->cfg, r->iface, r->n_iface, &nets)) < 0)
		return e;
	dhcp_nets_free(r->nets);
	r->nets = nets;
	return dhcp_nets_ranges(nets, r->leases);
}

/* The next part: up to the end of its configuration. */
static int
load_part(struct replay *r, char why[300])
{
	static const char conf[] = "configuration ";
	const char *p = r->state, *end = r->state_end, *nl;
	size_t len;
	int e;

	(void)snprintf(why, 300, "the state beside the recording is damaged");
	r->n_iface = 0;
	for (; p < end; p = nl + 1) {
		if ((nl = memchr(p, '\n', (size_t)(end - p))) == NULL)
			return -EBADMSG;
		if ((size_t)(nl - p) > sizeof(conf) - 1 && (size_t)(nl - p) < 32 &&
		    memcmp(p, conf, sizeof(conf) - 1) == 0) {
			len = strtoul(p + sizeof(conf) - 1, NULL, 10);
			if (len > (size_t)(end - nl - 1))
				return -EBADMSG;
			r->state = nl + 1 + len;
			e = load_config(r, nl + 1, len, why);
			return e < 0 ? e : make_nets(r);
		}
		if ((e = state_line(r, p, (size_t)(nl - p))) < 0)
			return e;
	}
	return -EBADMSG;
}

static int
load_state(struct replay *r, const char *p, size_t len, char why[300])
{
	static const char head[] = "provd record 2\n";

	(void)snprintf(why, 300, "the state beside the recording is damaged, or another version's");
	if (len < sizeof(head) - 1 || memcmp(p, head, sizeof(head) - 1) != 0)
		return -EBADMSG;
	r->state = p + sizeof(head) - 1;
	r->state_end = p + len;
	return load_part(r, why);
}

/* Deciding ------------------------------------------------------------------- */

static struct decided **
bucket(struct replay *r, uint32_t xid, struct mac mac)
{
	return &r->bucket[(xid ^ (uint32_t)mac.b[4] << 8 ^ mac.b[5]) % BUCKETS];
}

static struct decided **
find(struct replay *r, uint32_t xid, struct mac mac, int type)
{
	struct decided **d = bucket(r, xid, mac);

	while (*d != NULL && !((*d)->xid == xid && (*d)->type == type &&
	    mac_equal((*d)->mac, mac)))
		d = &(*d)->next;
	return d;
}

/* The newest stands for all before it, as in the server. */
static int
remember(struct replay *r, const struct dhcp_verdict *v)
{
	int len = dhcp_write(&v->reply, v->max, r->out, NULL);
	struct decided *d, **at;

	if (len < 0)
		return 0;	/* cannot be: max is less than the buffer */
	if ((d = malloc(sizeof(*d) + (size_t)len)) == NULL)
		return -ENOMEM;
	*d = (struct decided){ .xid = v->reply.xid, .mac = dhcp_mac(&v->reply),
	    .type = dhcp_type(&v->reply), .len = (size_t)len };
	memcpy(d->bytes, r->out, d->len);
	at = find(r, d->xid, d->mac, d->type);
	if (*at != NULL) {
		struct decided *old = *at;

		d->next = old->next;
		free(old);
	}
	*at = d;
	return 0;
}

static int
request(struct replay *r, const struct pcapng_item *it, const struct dhcp_frame *f)
{
	struct dhcp_in in = { .binl = f->dport == DHCP_BINL_PORT, .peer = f->addr,
	    .peer_port = f->sport };
	struct dhcp_ask *a = &r->ask;
	const struct dhcp_verdict *v = &a->verdict;
	int e;

	if (it->comment == NULL || dhcp_context_parse(it->comment, it->comment_len, &r->ctx) < 0)
		return -EBADMSG;
	in.iface_addr = r->ctx.server;
	r->ret->requests++;
	if (dhcp_ask_read(r->nets, &in, f->payload, f->len, a) < 0)
		return -EBADMSG;
	a->cfg = config_host(r->cfg, r->ctx.host);
	a->boot = r->ctx.boot;
	dhcp_ask_classify(r->nets, &in, a);
	dhcp_ask_decide(r->nets, &in, r->leases, r->ctx.now, NULL, a);
	if (r->ctx.muted)
		return 0;
	if (v->lease_op != DLO_NONE && (e = lease_put(r->leases, &v->lease)) < 0)
		return e;
	return v->answer ? remember(r, v) : 0;
}

/* Comparing ------------------------------------------------------------------ */

static void
complain(struct replay *r, const struct pcapng_item *it, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void
complain(struct replay *r, const struct pcapng_item *it, const char *fmt, ...)
{
	time_t t = (time_t)(it->ns / 1000000000);
	char when[32] = "", mac[MAC_STRLEN];
	struct tm tm;
	va_list ap;

	if (gmtime_r(&t, &tm) != NULL)
		(void)strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
	buf_printf(r->report, "packet %zu, %s UTC: %s to %s: ", r->number, when,
	    dhcp_type_name(dhcp_type(&r->msg)), mac_str(dhcp_mac(&r->msg), mac));
	va_start(ap, fmt);
	buf_vprintf(r->report, fmt, ap);
	va_end(ap);
	buf_putc(r->report, '\n');
}

/* Which part of the message is at that place? */
static void
place(const uint8_t *p, size_t len, size_t at, char *buf, size_t cap)
{
	static const struct { size_t end; const char *name; } field[] = {
		{ 4, "op, htype, hlen, hops" }, { 8, "xid" }, { 12, "secs, flags" },
		{ 16, "ciaddr" }, { 20, "yiaddr" }, { 24, "siaddr" }, { 28, "giaddr" },
		{ 44, "chaddr" }, { 108, "sname" }, { 236, "file" }, { 240, "cookie" },
	};

	for (size_t i = 0; i < sizeof(field) / sizeof(field[0]); i++)
		if (at < field[i].end) {
			(void)snprintf(buf, cap, "%s", field[i].name);
			return;
		}
	(void)snprintf(buf, cap, "the end");
	for (size_t k = 240; k + 1 < len && p[k] != DHO_END; k += 2u + p[k + 1])
		if (at < k + 2 + p[k + 1]) {
			(void)snprintf(buf, cap, "option %u", p[k]);
			return;
		}
}

static void
compare(struct replay *r, const struct pcapng_item *it, const struct decided *d,
    const uint8_t *p, size_t len)
{
	size_t k = 0, n = len < d->len ? len : d->len;
	char where[40];

	while (k < n && p[k] == d->bytes[k])
		k++;
	if (k == len && k == d->len) {
		r->ret->same++;
		return;
	}
	r->ret->different++;
	place(p, len, k, where, sizeof(where));
	complain(r, it, "another answer from byte %zu on (%s), %zu bytes instead of %zu",
	    k, where, d->len, len);
}

static int
answer(struct replay *r, const struct pcapng_item *it, const struct dhcp_frame *f)
{
	struct decided **d;

	r->ret->answers++;
	if (dhcp_parse(f->payload, f->len, &r->msg) < 0)
		return -EBADMSG;
	d = find(r, r->msg.xid, dhcp_mac(&r->msg), dhcp_type(&r->msg));
	if (*d != NULL)
		compare(r, it, *d, f->payload, f->len);
	else {
		r->ret->unasked++;
		complain(r, it, "it would not be sent");
	}
	return 0;
}

/* Reading -------------------------------------------------------------------- */

static int
packet(struct replay *r, const struct pcapng_item *it)
{
	struct dhcp_frame f;
	struct lease l;
	char why[300];

	if (it->comment != NULL && it->comment_len >= sizeof(DHCP_RECORD_RELOAD) - 1 &&
	    memcmp(it->comment, DHCP_RECORD_RELOAD, sizeof(DHCP_RECORD_RELOAD) - 1) == 0)
		return load_part(r, why);
	if (it->comment != NULL &&
	    dhcp_record_lease_parse(it->comment, it->comment_len, &l) == 0)
		return lease_put(r->leases, &l);
	if (it->cut || dhcp_frame_read_ip(it->p, it->len, &f) < 0)
		return -EBADMSG;
	return it->out ? answer(r, it, &f) : request(r, it, &f);
}

static int
packets(struct replay *r, const void *p, size_t len, char why[300])
{
	struct pcapng_reader in;
	struct pcapng_item it;
	int e;

	pcapng_open(&in, p, len);
	while ((e = pcapng_next(&in, &it)) == 1) {
		r->number++;
		if (in.iface[it.iface].link != PCAPNG_LINK_IPV4)
			e = -EBADMSG;
		else
			e = packet(r, &it);
		if (e < 0)
			break;
	}
	if (e < 0)
		(void)snprintf(why, 300, "packet %zu: %s", r->number, e == -EBADMSG ?
		    "it is not of a recording of provd" : strerror(-e));
	return e;
}

static void
done(struct replay *r)
{
	struct decided *d;

	for (size_t k = 0; k < BUCKETS; k++)
		while ((d = r->bucket[k]) != NULL) {
			r->bucket[k] = d->next;
			free(d);
		}
	dhcp_nets_free(r->nets);
	lease_table_free(r->leases);
	config_unref(r->cfg);
	free(r);
}

int
dhcp_replay(const void *p, size_t len, const char *state, size_t state_len,
    struct config *cfg, struct dhcp_replay *ret, struct buf *report, char why[300])
{
	struct replay *r = calloc(1, sizeof(*r));
	int e;

	memset(ret, 0, sizeof(*ret));
	(void)snprintf(why, 300, "out of memory");
	if (r == NULL)
		return -ENOMEM;
	r->ret = ret;
	r->report = report;
	r->given = cfg != NULL;
	r->cfg = cfg != NULL ? config_ref(cfg) : NULL;
	if ((e = lease_table_new(&r->leases)) == 0 &&
	    (e = load_state(r, state, state_len, why)) == 0)
		e = packets(r, p, len, why);
	if (e == 0 && report->err != 0)
		e = report->err;
	done(r);
	return e;
}
