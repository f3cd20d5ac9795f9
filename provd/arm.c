/* arm.c - render in a disk thread, commit in the control thread. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/clock.h"
#include "../lib/log.h"
#include "../lib/os.h"
#include "../profiles/compile.h"
#include "../profiles/identify.h"
#include "arm.h"

#define PINS_MAX	((size_t)32 << 20)	/* bytes of a tree's sums */

struct arm_job {
	struct pool_job	 job;		/* first */
	struct daemon	*d;
	bool		 plan_only, always;
	struct settings	*set;
	struct snapshot	*snap;
	const struct profile *profile;
	struct render_in in;
	uint32_t	 dns[8];
	struct cfg_said	*above;
	char		*facts, *sums;	/* sums: the file's name, of a tree that has one */
	struct buf	 pins;
	struct inst_record rec;
	struct render_out out;
	struct buf	 why;
	int		 err;
	arm_done_fn	*done;
	void		*arg;
};

static void
collect(void *arg, const char *text)
{
	struct buf *b = arg;

	buf_printf(b, "%s%s", b->len > 0 ? "\n" : "", text);
}

static void
job_free(struct arm_job *j)
{
	snapshot_unref(j->snap);
	settings_unref(j->set);
	buf_free(&j->pins);
	free(j->above);
	free(j->sums);
	free(j->facts);
	free(j);
}

static void
finish(struct arm_job *j)
{
	struct arm_result res = { .err = j->err,
	    .why = j->err < 0 ? j->why.p : NULL, .plan_text = j->out.plan_text,
	    .plan_json = j->out.plan_json, .overlay = j->out.overlay,
	    .token = j->rec.token };

	j->done(j->arg, &res);
	render_out_done(&j->out);
	buf_free(&j->why);
	job_free(j);
}

/* Where another server gives the addresses, the loader takes that one's root path. */
static void
say_root_path(struct arm_job *j)
{
	const struct cfg_top *top = &j->set->cfg->top;
	const struct cfg_subnet *sub = config_subnet(j->set->cfg,
	    j->in.address != 0 ? j->in.address : j->in.server);
	struct event ev = { .kind = EV_NOTE, .inst = j->rec.id };
	char ip[IP4_STRLEN];

	if (j->out.recipe.os != BOOT_FREEBSD ||
	    (sub != NULL ? sub->mode : top->dhcp.mode) != DHCP_PROXY)
		return;
	snprintf(ev.text, sizeof(ev.text), "DHCP is in mode proxy: FreeBSD's loader needs "
	    "option root-path \"%s:/pxeroot\" of the other server", ip4_str(j->in.server, ip));
	log_ev(LOG_WARNING, "arm", KV_S("host", j->rec.host), KV_S("did", ev.text));
	fleet_port_event(fleet_port(j->d->fleet), &ev);
}

static void
committed(void *arg, int result)
{
	struct arm_job *j = arg;

	if ((j->err = result) < 0)
		collect(&j->why, "nothing was changed: the store could not commit");
	else
		say_root_path(j);
	finish(j);
}

/* Control thread: what was rendered becomes the host's installation. */
static void
rendered(struct mbox_msg *m)
{
	struct arm_job *j = (struct arm_job *)(void *)m;
	struct fleet_host *h = fleet_host_by_name(j->d->fleet, j->rec.host);
	struct fleet_arm_req req = { .rec = j->rec, .overlay = j->out.overlay,
	    .retry = j->profile->p.retry, .always = j->always };
	const char *why = NULL;

	if (j->err < 0 || j->plan_only) {
		finish(j);
		return;
	}
	req.rec.steps = j->out.steps;
	req.rec.recipe = j->out.recipe;
	req.rec.plan = j->out.plan_json;
	j->err = h != NULL ? fleet_arm(j->d->fleet, h, &req, committed, j, &why) : -ENOENT;
	if (j->err < 0) {
		collect(&j->why, why != NULL ? why : strerror(-j->err));
		finish(j);
	}
}

/* A profile for one system can do nothing with a tree of another.  A tree that is
 * no release may still have all that the profile asks for. */
static int
fits(struct arm_job *j, struct release_id *id, char why[200])
{
	enum release_os want = j->profile->p.os == PROFILE_LINUX ? RELEASE_LINUX :
	    RELEASE_FREEBSD;
	char text[160], line[400];
	int r;

	if ((r = release_identify(j->in.view, id, why)) < 0)
		return r;
	if (id->os == RELEASE_NONE || id->os == want)
		return 0;
	release_id_text(id, text);
	snprintf(line, sizeof(line), "profile %s installs %s, but the tree %s is %s",
	    j->profile->p.name, want == RELEASE_LINUX ? "Linux" : "FreeBSD",
	    j->rec.tree, text);
	collect(&j->why, line);
	return -EINVAL;
}

/* What `provctl media add` wrote beside the tree. */
static int
read_pins(struct arm_job *j)
{
	char block[16384];
	size_t n;
	FILE *f;
	int r;

	if (j->sums == NULL)
		return 0;
	if ((f = fopen(j->sums, "re")) == NULL)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	while (j->pins.len <= PINS_MAX && (n = fread(block, 1, sizeof(block), f)) > 0)
		buf_add(&j->pins, block, n);
	r = ferror(f) ? -EIO : j->pins.len > PINS_MAX ? -EFBIG : j->pins.err;
	(void)fclose(f);
	j->in.pins = j->pins.p;
	j->in.pins_len = j->pins.len;
	return r;
}

static void
render(struct pool_job *pj)
{
	struct arm_job *j = (struct arm_job *)(void *)pj;
	struct release_id id;
	char why[200], line[400];

	if ((j->err = fits(j, &id, why)) < 0) {
		if (j->why.len == 0)
			collect(&j->why, strerror(-j->err));
		return;
	}
	if ((j->err = read_pins(j)) < 0) {
		snprintf(line, sizeof(line), "%.300s: %s", j->sums, strerror(-j->err));
		collect(&j->why, line);
		return;
	}
	j->err = profile_render(j->profile, &j->in, &j->out, collect, &j->why);
	if (j->err < 0 && j->why.len == 0)
		collect(&j->why, strerror(-j->err));
	if (j->err < 0 && id.os == RELEASE_NONE) {
		snprintf(line, sizeof(line), "the tree %s is no release that provd knows: %s",
		    j->rec.tree, why);
		collect(&j->why, line);
	}
}

static const struct view *
plain_view(const struct snapshot *s, const char *tree)
{
	for (size_t i = 0; i < s->n_tree; i++)
		if (strcmp(tree_name(s->tree[i].tree), tree) == 0)
			return &s->tree[i].view;
	return NULL;
}

/* The address a host has now, or had last. */
struct last { struct mac mac; uint32_t addr; int64_t start; };

static void
find_last(void *arg, const struct lease *l)
{
	struct last *a = arg;

	if (mac_equal(l->mac, a->mac) && l->start >= a->start) {
		a->addr = l->addr;
		a->start = l->start;
	}
}

/* What DHCP will tell the machine, as far as it can be known before it asks. */
static void
network_of(struct arm_job *j, const struct cfg_host *h)
{
	const struct cfg_top *top = &j->set->cfg->top;
	/* The nearest first: the host's, its groups', its subnet's, everybody's. */
	const struct cfg_options *scope[3 + CFG_GROUPS_MAX] = { &h->options };
	const struct cfg_options *routers = NULL, *dns = NULL;
	const struct cfg_subnet *sub;
	struct os_iface ifc;
	struct last last = { 0 };
	const uint16_t *group;
	size_t n_group = config_groups(j->set->cfg, h, &group), n_scope = 1;

	for (size_t i = 0; i < n_group; i++)
		scope[n_scope++] = &top->group[group[i]].options;
	if (h->n_mac > 0) {
		last.mac = h->mac[0];
		lease_each(fleet_leases(j->d->fleet), find_last, &last);
	}
	j->in.address = h->address != 0 ? h->address : last.addr;
	for (size_t i = 0; i < top->n_interface; i++) {
		if (os_iface(top->interface[i], &ifc) < 0)
			continue;
		if (j->in.server == 0 || net4_has(ifc.net, j->in.address)) {
			j->in.server = ifc.addr;
			j->in.netmask = net4_mask(ifc.net);
		}
	}
	sub = config_subnet(j->set->cfg, j->in.address != 0 ? j->in.address : j->in.server);
	if (sub != NULL) {
		scope[n_scope++] = &sub->options;
		j->in.netmask = net4_mask(sub->net);
	}
	scope[n_scope++] = &top->dhcp.options;
	for (size_t i = n_scope; i-- > 0; ) {
		if (scope[i]->n_routers > 0)
			routers = scope[i];
		if (scope[i]->n_dns > 0)
			dns = scope[i];
		if (scope[i]->domain != NULL)
			j->in.domain = scope[i]->domain;
	}
	if (routers != NULL)
		j->in.gateway = routers->routers[0];
	for (size_t i = 0; dns != NULL && i < dns->n_dns && i < 8; i++)
		j->dns[j->in.n_dns++] = dns->dns[i];
	j->in.dns = j->dns;
}

/* DIR.sums beside a tree that is a directory; NULL: none, or no memory. */
static char *
sums_name(const struct cfg_tree *t)
{
	char *name;

	if (t == NULL || t->path == NULL || (name = malloc(strlen(t->path) + sizeof(".sums"))) == NULL)
		return NULL;
	(void)sprintf(name, "%s.sums", t->path);
	return name;
}

/* Who says which profile and which tree: the command, what the profile has for this
 * kind of boot, the host, the profile. */
static int
choose(struct daemon *d, enum inst_kind kind, const char *host, const char **profile,
    const char **tree, const struct profile **ret, char why[ARM_WHY])
{
	const struct cfg_pr_other *o;
	const struct fleet_host *h = fleet_host_by_name(d->fleet, host);

	if (h == NULL || h->cfg == NULL)
		snprintf(why, ARM_WHY, "there is no host named %.63s in the configuration", host);
	else if (*profile == NULL && (*profile = h->cfg->profile) == NULL)
		snprintf(why, ARM_WHY, "%s has no profile; name one (--profile)", host);
	else if ((*ret = settings_profile(d->set, *profile)) == NULL)
		snprintf(why, ARM_WHY, "no profile named %.63s is loaded", *profile);
	else if (*tree == NULL && ((o = profile_other(*ret, kind)) == NULL ||
	    (*tree = o->tree) == NULL) && (*tree = h->cfg->tree) == NULL &&
	    (*tree = (*ret)->p.tree) == NULL)
		snprintf(why, ARM_WHY, "profile %s names no tree: say `tree:` in host %s, "
		    "or --tree", *profile, host);
	else
		return 0;
	return -ENOENT;
}

static int
begin(struct daemon *d, enum inst_kind kind, bool plan_only, bool always, const char *host,
    const char *profile, const char *tree, arm_done_fn *done, void *arg,
    char why[ARM_WHY])
{
	const struct fleet_host *h = fleet_host_by_name(d->fleet, host);
	const struct profile *p;
	struct arm_job *j;
	int r;

	if ((r = choose(d, kind, host, &profile, &tree, &p, why)) < 0)
		return r;
	snprintf(why, ARM_WHY, "%s", strerror(ENOMEM));
	if ((j = calloc(1, sizeof(*j))) == NULL)
		return -ENOMEM;
	if ((r = fleet_inst_prepare(d->fleet, &j->rec)) < 0) {
		snprintf(why, ARM_WHY, "%s", strerror(-r));
		free(j);
		return r;
	}
	j->d = d;
	j->plan_only = plan_only;
	j->always = always;
	j->done = done;
	j->arg = arg;
	j->set = settings_ref(d->set);
	j->snap = snapshot_ref(fleet_snapshot(d->fleet));
	j->profile = p;
	j->rec.kind = kind;
	snprintf(j->rec.host, sizeof(j->rec.host), "%s", host);
	snprintf(j->rec.profile, sizeof(j->rec.profile), "%s", profile);
	snprintf(j->rec.tree, sizeof(j->rec.tree), "%s", tree);
	j->facts = h->facts != NULL ? strdup(h->facts) : NULL;
	j->in.kind = j->rec.kind;
	j->in.token = j->rec.token;
	j->in.inst = j->rec.id;
	j->in.now = clock_unix();
	j->in.host = config_host(j->set->cfg, host);
	j->in.tree = j->rec.tree;
	j->in.view = plain_view(j->snap, tree);
	j->in.facts = j->facts;
	j->sums = sums_name(config_tree(j->set->cfg, tree));
	network_of(j, j->in.host);
	if ((r = config_vars(j->set->cfg, j->in.host, false, &j->above)) < 0) {
		snprintf(why, ARM_WHY, "%s", strerror(-r));
		job_free(j);
		return r;
	}
	j->in.above = j->above;
	j->in.n_above = (size_t)r;
	r = 0;
	j->job.run = render;
	j->job.msg.run = rendered;
	j->job.reply = d->mail;
	if (j->in.view != NULL)
		j->job.lane = view_lane(j->in.view);
	if (j->in.view == NULL) {
		snprintf(why, ARM_WHY, "no tree named %.63s is served", tree);
		r = -ENOENT;
	} else if ((r = pool_submit(d->pool, &j->job)) < 0) {
		snprintf(why, ARM_WHY, "%s", strerror(-r));
	}
	if (r < 0)
		job_free(j);
	return r;
}

int
arm_begin(struct daemon *d, enum arm_kind kind, const char *host,
    const char *profile, const char *tree, arm_done_fn *done, void *arg,
    char why[ARM_WHY])
{
	return begin(d, INST_INSTALL, kind == ARM_PLAN, false, host, profile, tree, done,
	    arg, why);
}

int
arm_boot(struct daemon *d, enum inst_kind kind, bool always, const char *host,
    const char *profile, const char *tree, arm_done_fn *done, void *arg,
    char why[ARM_WHY])
{
	return begin(d, kind, false, always, host, profile, tree, done, arg, why);
}
