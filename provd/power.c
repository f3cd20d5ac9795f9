/* power.c - see power.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../fleet/wake.h"
#include "../lib/log.h"
#include "../lib/os.h"
#include "hook.h"
#include "power.h"

#define TIMEOUT		60u
#define LINE		(TL_TEXT - 1)

static const char *const names[] = { "on", "off", "cycle", "status" };

int
power_action_parse(const char *s, enum power_action *ret)
{
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (s != NULL && strcmp(s, names[i]) == 0) {
			*ret = (enum power_action)i;
			return 0;
		}
	return -EINVAL;
}

const char *
power_action_name(enum power_action a)
{
	return names[a];
}

/* Wake-on-LAN ------------------------------------------------------------- */

static uint32_t
address_of(struct daemon *d, const struct cfg_host *c)
{
	const struct lease *l;

	if (c->address != 0)
		return c->address;
	l = lease_by_client(fleet_leases(d->fleet), c->mac[0], 0, UINT32_MAX);
	return l != NULL ? l->addr : 0;
}

/* Out of one interface; to: its network's broadcast, or all ones. */
static int
wake_by(int fd, const struct cfg_host *c, const struct os_iface *ifc, uint32_t to)
{
	uint8_t pkt[WAKE_MAX];
	int r = 0;

	for (size_t i = 0; i < c->n_mac && r == 0; i++) {
		const struct os_dgram d = { .peer = to, .peer_port = WAKE_PORT,
		    .local = ifc != NULL ? ifc->addr : 0, .ifindex = ifc != NULL ? ifc->index : 0 };

		r = os_send(fd, pkt, wake_packet(c->mac[i], c->power.secureon, pkt), &d);
	}
	return r < 0 ? r : 0;
}

static int
wake(struct daemon *d, const struct cfg_host *c, char why[300])
{
	const struct cfg_top *top = &d->set->cfg->top;
	const struct os_udp_opt opt = { .broadcast = true };
	uint32_t addr = address_of(d, c);
	const struct cfg_subnet *sub = config_subnet(d->set->cfg, addr);
	bool here = false;
	struct os_iface ifc;
	int fd, r = -ENODEV;

	if (c->n_mac == 0) {
		snprintf(why, 300, "Wake-on-LAN needs a MAC address");
		return -EINVAL;
	}
	if ((r = os_udp(0, 0, &opt, &fd)) < 0) {
		snprintf(why, 300, "Wake-on-LAN: %s", strerror(-r));
		return r;
	}
	for (size_t i = 0; i < top->n_interface; i++)
		here |= os_iface(top->interface[i], &ifc) == 0 && net4_has(ifc.net, addr);
	r = -ENODEV;
	for (size_t i = 0; i < top->n_interface || (c->power.interface != NULL && i == 0); i++) {
		const char *name = c->power.interface != NULL ? c->power.interface : top->interface[i];

		if (os_iface(name, &ifc) == 0 && (c->power.interface != NULL || !here ||
		    net4_has(ifc.net, addr)))
			r = wake_by(fd, c, &ifc, UINT32_MAX);
		if (c->power.interface != NULL)
			break;
	}
	/* Behind a router: it may pass on what is for the whole network. */
	if (!here && sub != NULL && c->power.interface == NULL)
		(void)wake_by(fd, c, NULL, net4_broadcast(sub->net));
	close(fd);
	if (r < 0)
		snprintf(why, 300, "Wake-on-LAN: %s", strerror(-r));
	return r;
}

/* Hooks ------------------------------------------------------------------- */

struct ran {
	struct daemon	*d;
	char		 host[64], method[32];
	enum power_action action;
	power_done_fn	*done;
	void		*arg;
};

/* The last line that says something. */
static void
last_line(const char *s, char *buf, size_t cap)
{
	size_t n = strlen(s), from;

	while (n > 0 && strchr(" \t\n", s[n - 1]) != NULL)
		n--;
	for (from = n; from > 0 && s[from - 1] != '\n'; from--)
		;
	snprintf(buf, cap, "%.*s", (int)(n - from), s + from);
}

static void
ended(void *arg, int status, const char *output)
{
	struct ran *q = arg;
	struct fleet_host *h = fleet_host_by_name(q->d->fleet, q->host);
	char line[120], text[LINE + 1];

	last_line(output, line, sizeof(line));
	if (status == 0)
		snprintf(text, sizeof(text), "power %s by %s%s%.90s", names[q->action], q->method,
		    line[0] != '\0' ? ": " : "", line);
	else if (status > 0)
		snprintf(text, sizeof(text), "power %s failed: %s: exit %d%s%.60s", names[q->action],
		    q->method, status, line[0] != '\0' ? ": " : "", line);
	else
		snprintf(text, sizeof(text), "power %s failed: %s: %s%s%.60s", names[q->action],
		    q->method, status == -ETIMEDOUT ? "did not end in time" : status == -EINTR ?
		    "was killed" : strerror(-status), line[0] != '\0' ? ": " : "", line);
	log_ev(status == 0 ? LOG_INFO : LOG_WARNING, "power", KV_S("host", q->host),
	    KV_S("did", text));
	if (h != NULL && status != -ESHUTDOWN && (q->action != POWER_STATUS || status != 0))
		fleet_note(q->d->fleet, h, status == 0 ? LINE_INFO : LINE_WARNING, text);
	q->done(q->arg, status > 0 ? -EIO : status, status == 0 && q->action == POWER_STATUS ?
	    line : text);
	free(q);
}

static void
say(struct buf *b, const char *name, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	buf_printf(b, "%s=%s", name, value);
	buf_add(b, "", 1);
}

static void
environment(struct daemon *d, const struct cfg_host *c, enum power_action action, struct buf *b)
{
	uint32_t addr = c->n_mac > 0 || c->address != 0 ? address_of(d, c) : 0;
	char mac[MAC_STRLEN], ip[IP4_STRLEN];

	say(b, "PROVD_HOST", c->head.name);
	say(b, "PROVD_ACTION", names[action]);
	say(b, "PROVD_MAC", c->n_mac > 0 ? mac_str(c->mac[0], mac) : NULL);
	say(b, "PROVD_ADDRESS", addr != 0 ? ip4_str(addr, ip) : NULL);
	say(b, "PROVD_POWER_ADDRESS", c->power.address);
	say(b, "PROVD_POWER_TARGET", c->power.target != NULL ? c->power.target : c->head.name);
	say(b, "PROVD_POWER_USER", c->power.user);
	say(b, "PROVD_POWER_PASSWORD_FILE", c->power.password_file);
}

static int
run_hook(struct daemon *d, const struct cfg_host *c, enum power_action action,
    power_done_fn *done, void *arg, char why[300])
{
	const char *dir = d->set->cfg->top.hooks, *base;
	struct ran *q = calloc(1, sizeof(*q));
	struct buf env = { 0 };
	char path[1024];
	int r = -ENOMEM;

	if (strchr(c->power.method, '/') != NULL)
		snprintf(path, sizeof(path), "%s", c->power.method);
	else
		snprintf(path, sizeof(path), "%s/%s", dir != NULL ? dir : PROVD_HOOKS,
		    c->power.method);
	environment(d, c, action, &env);
	if (q != NULL) {
		base = strrchr(path, '/');
		*q = (struct ran){ .d = d, .action = action, .done = done, .arg = arg };
		snprintf(q->host, sizeof(q->host), "%s", c->head.name);
		snprintf(q->method, sizeof(q->method), "%.31s", base + 1);
		r = d->hook != NULL ? hook_run(d->hook, path, &env, c->power.timeout != 0 ?
		    c->power.timeout : TIMEOUT, ended, q) : -EPIPE;
	}
	buf_free(&env);
	if (r < 0) {
		snprintf(why, 300, "%.200s: %s", path, r == -EPIPE ?
		    "the process that runs hooks has ended" : strerror(-r));
		free(q);
	}
	return r;
}

int
power_begin(struct daemon *d, struct fleet_host *h, enum power_action action,
    power_done_fn *done, void *arg, char why[300])
{
	const struct cfg_host *c = config_host(d->set->cfg, h->rec.name);
	char text[80];
	int r;

	if (c == NULL || c->power.method == NULL || strcmp(c->power.method, "none") == 0) {
		snprintf(why, 300, "%s has no power.method: say how it is switched in the "
		    "configuration", h->rec.name);
		return -ENOENT;
	}
	if (strcmp(c->power.method, "wol") != 0)
		return run_hook(d, c, action, done, arg, why);
	if (action == POWER_OFF || action == POWER_STATUS) {
		snprintf(why, 300, "%s: Wake-on-LAN switches on, and nothing else", h->rec.name);
		return -ENOTSUP;
	}
	if ((r = wake(d, c, why)) < 0)
		return r;
	snprintf(text, sizeof(text), "power %s: Wake-on-LAN was sent%s", names[action],
	    action == POWER_CYCLE ? "; a machine that is on stays on" : "");
	fleet_note(d->fleet, h, LINE_INFO, text);
	done(arg, 0, text);
	return 0;
}
