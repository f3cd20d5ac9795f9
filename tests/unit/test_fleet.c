/* The fleet with its real store: what is promised, when, and what is left
 * after a restart. */
#include <sys/stat.h>
#include <errno.h>
#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../fleet/chain.h"
#include "../../fleet/fleet.h"
#include "../../lib/clock.h"
#include "../../lib/log.h"

static const char yaml[] =
    "interface: lo\n"
    "state: state\n"
    "boot-attempts: 2\n"
    "trees:\n  t: { path: tree }\n"
    "dhcp:\n  subnets:\n    - { subnet: 192.168.10.0/24, range: 192.168.10.32-192.168.10.99 }\n"
    "hosts:\n"
    "  web1: { mac: '52:54:00:00:00:01', profile: p }\n"
    "  old: { mac: '52:54:00:00:00:03', profile: p }\n"
    "  web2: { mac: '52:54:00:00:00:02', profile: p }\n";

struct fix {
	char		 dir[64];
	struct event_base *base;
	struct config	*cfg;
	struct fleet	*f;
	struct mbox	*mail;		/* plays a data thread's */
	int		 published;
	sqlite3		*other;		/* who holds the database */
	bool		 always;	/* of what is armed next */
};

static void
die(void *arg, const char *text)
{
	(void)arg;
	fail_msg("%s", text);
}

static void
on_publish(void *arg, struct snapshot *s)
{
	(void)s;
	((struct fix *)arg)->published++;
}

static void
start(struct fix *x)
{
	struct fleet_param p = { .publish = on_publish, .arg = x };
	char why[200], file[128];

	x->base = event_base_new();
	snprintf(file, sizeof(file), "%s/provd.yaml", x->dir);
	assert_int_equal(config_load(file, &x->cfg, die, NULL), 0);
	p.cfg = x->cfg;
	p.base = x->base;
	assert_int_equal(overlay_new(1, &p.local), 0);
	overlay_seal(p.local);
	if (fleet_open(&p, &x->f, why) < 0)
		fail_msg("%s", why);
	overlay_unref(p.local);
	assert_int_equal(fleet_start(x->f), 0);
	assert_int_equal(mbox_new(x->base, 100, &x->mail), 0);
	/* That the hosts have a profile is a change that is committed, too. */
	for (int i = 0; i < 500 &&
	    fleet_host_by_name(x->f, "web2")->rec.state == HS_NEW; i++) {
		struct timeval tv = { .tv_usec = 10000 };

		event_base_loopexit(x->base, &tv);
		event_base_loop(x->base, EVLOOP_NO_EXIT_ON_EMPTY);
	}
}

static void
stop(struct fix *x)
{
	fleet_stop(x->f);
	mbox_close(x->mail);
	mbox_free(x->mail);
	config_unref(x->cfg);
	event_base_free(x->base);
}

static int
setup(void **state)
{
	struct fix *x = calloc(1, sizeof(*x));
	char path[128];
	FILE *f;

	log_set_level(LOG_CRIT);
	snprintf(x->dir, sizeof(x->dir), "/tmp/provd-fleet-XXXXXX");
	if (mkdtemp(x->dir) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/tree", x->dir);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/state", x->dir);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/provd.yaml", x->dir);
	f = fopen(path, "w");
	fputs(yaml, f);
	fclose(f);
	start(x);
	*state = x;
	return 0;
}

static int
teardown(void **state)
{
	struct fix *x = *state;
	char cmd[128];

	stop(x);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", x->dir);
	if (system(cmd) != 0)
		return -1;
	free(x);
	clock_set(0, 0);
	return 0;
}

/* The loop runs until *flag is set: the commit has happened. */
static void
wait_for(struct fix *x, const int *flag)
{
	int64_t end = 10000;

	while (*flag == 0) {
		struct timeval tv = { .tv_usec = 10000 };

		event_base_loopexit(x->base, &tv);
		event_base_loop(x->base, EVLOOP_NO_EXIT_ON_EMPTY);
		if ((end -= 10) <= 0)
			fail_msg("nothing was committed within 10 s");
	}
}

static void
run_for(struct fix *x, int ms)
{
	struct timeval tv = { .tv_usec = ms * 1000 };

	event_base_loopexit(x->base, &tv);
	event_base_loop(x->base, EVLOOP_NO_EXIT_ON_EMPTY);
}

/* Somebody else holds the database. */
static void
store_lock(struct fix *x)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/state/provd.db", x->dir);
	assert_int_equal(sqlite3_open(path, &x->other), SQLITE_OK);
	(void)sqlite3_busy_timeout(x->other, 10000);	/* it may commit just now */
	assert_int_equal(sqlite3_exec(x->other, "BEGIN IMMEDIATE", NULL, NULL, NULL),
	    SQLITE_OK);
}

static void
store_unlock(struct fix *x)
{
	assert_int_equal(sqlite3_close(x->other), SQLITE_OK);
	x->other = NULL;
}

struct done { int called, result; };

static void
on_done(void *arg, int result)
{
	struct done *d = arg;

	d->called = 1;
	d->result = result;
}

static struct fleet_host *
host(struct fix *x, const char *name)
{
	struct fleet_host *h = fleet_host_by_name(x->f, name);

	assert_non_null(h);
	return h;
}

static uint32_t
arm_begin(struct fix *x, const char *name, enum inst_kind kind, char token[33],
    struct done *d)
{
	struct fleet_arm_req req = { 0 };
	const char *why;
	char path[80];

	assert_int_equal(fleet_inst_prepare(x->f, &req.rec), 0);
	req.rec.kind = kind;
	req.always = x->always;
	snprintf(req.rec.host, sizeof(req.rec.host), "%s", name);
	snprintf(req.rec.tree, sizeof(req.rec.tree), "t");
	snprintf(req.rec.profile, sizeof(req.rec.profile), "p");
	req.rec.steps = 3;
	memcpy(req.rec.recipe.options, "\0\x0f\0\0\3abc", 8);
	req.rec.recipe.options_len = 8;
	assert_int_equal(overlay_new(1000, &req.overlay), 0);
	snprintf(path, sizeof(path), ".provd/%s/install", req.rec.token);
	assert_int_equal(overlay_add_file(req.overlay, path, 0755, "echo hi\n", 8), 0);
	overlay_seal(req.overlay);
	assert_int_equal(fleet_arm(x->f, host(x, name), &req, on_done, d, &why), 0);
	assert_int_equal(d->called, 0);	/* not before it is on disk */
	overlay_unref(req.overlay);
	memcpy(token, req.rec.token, 33);
	return req.rec.id;
}

static uint32_t
arm_as(struct fix *x, const char *name, enum inst_kind kind, char token[33])
{
	struct done d = { 0 };
	uint32_t id = arm_begin(x, name, kind, token, &d);

	wait_for(x, &d.called);
	assert_int_equal(d.result, 0);
	return id;
}

/* A firmware's REQUEST, xid apart from every other. */
static void
firmware(struct fix *x, const char *name, uint32_t xid)
{
	struct fleet_host *h = host(x, name);
	struct dhcp_who w = { .mac = h->cfg->mac[0], .fw = FW_IPXE_BIOS, .xid = xid,
	    .server = 0xc0a80a01 };
	struct lease l = { .addr = 0xc0a80a20, .state = LEASE_BOUND,
	    .mac = h->cfg->mac[0], .start = 1, .expiry = LEASE_FOREVER };
	struct done d = { 0 };

	assert_int_equal(fleet_lease_commit(x->f, &l, h, &w, on_done, &d), 0);
	assert_int_equal(d.called, 0);
	wait_for(x, &d.called);
	assert_int_equal(d.result, 0);
}

struct asked { struct promise p; int called; };

static void
on_promise(struct promise *p)
{
	((struct asked *)(void *)p)->called = 1;
}

static int
ask(struct fix *x, enum promise_kind kind, uint32_t inst, const char *name, char text[100])
{
	struct asked a = { .p = { .kind = kind, .inst = inst, .reply = x->mail,
	    .done = on_promise } };

	snprintf(a.p.name, sizeof(a.p.name), "%s", name);
	assert_int_equal(fleet_port_promise(fleet_port(x->f), &a.p), 0);
	wait_for(x, &a.called);
	if (text != NULL)
		memcpy(text, a.p.text, 100);
	return a.p.result;
}

static void
test_the_whole_way(void **state)
{
	struct fix *x = *state;
	struct addr_owner o;
	char token[33], text[100];
	uint32_t id;

	assert_int_equal(host(x, "web1")->rec.state, HS_READY);
	id = arm_as(x, "web1", INST_INSTALL, token);
	assert_int_equal(host(x, "web1")->rec.state, HS_ARMED);
	assert_non_null(snapshot_token(fleet_snapshot(x->f), token, 32));
	firmware(x, "web1", 1);
	assert_int_equal(host(x, "web1")->rec.state, HS_BOOTING);
	assert_true(addrmap_get(fleet_snapshot(x->f)->addrs, 0xc0a80a20, &o));
	assert_string_equal(o.host, "web1");
	assert_int_equal(o.inst, id);
	assert_int_equal(ask(x, PROMISE_CLAIM, id, "77", text), 0);
	assert_string_equal(text, "go");
	assert_int_equal(host(x, "web1")->rec.state, HS_INSTALLING);
	assert_int_equal(ask(x, PROMISE_REPORT, id, "3-newfs-begin", NULL), 0);
	assert_int_equal(host(x, "web1")->rec.step_no, 2);
	assert_string_equal(host(x, "web1")->rec.step, "newfs");
	assert_int_equal(ask(x, PROMISE_REPORT, id, "6-finish-done", NULL), 0);
	assert_int_equal(host(x, "web1")->rec.state, HS_INSTALLED);
	/* It still needs its root to reboot from. */
	assert_non_null(snapshot_inst(fleet_snapshot(x->f), id));
	firmware(x, "web1", 2);
	assert_int_equal(host(x, "web1")->rec.state, HS_LOCAL);
	assert_null(snapshot_inst(fleet_snapshot(x->f), id));
}

static void
assert_why(struct fix *x, const char *rule, const char *part)
{
	struct why w = { .rule = "none" };

	if (!fleet_why(x->f, host(x, "web1"), clock_unix(), &w) || strcmp(w.rule, rule) != 0 ||
	    strstr(w.text, part) == NULL)
		fail_msg("want %s with \"%s\", got %s: %s", rule, part, w.rule, w.text);
}

static const char *
last_line(struct fix *x)
{
	const struct timeline *tl = &host(x, "web1")->tl;

	return tl->n > 0 ? timeline_at(tl, tl->n - 1)->text : "";
}

/* The second installation of a profile knows what the first one took, and that is
 * so after a restart, too. */
static void
test_how_long_it_takes_is_known_from_the_last_time(void **state)
{
	struct fix *x = *state;
	char token[33];
	int64_t eta;

	for (int i = 0; i < 2; i++) {
		uint32_t id = arm_as(x, "web1", INST_INSTALL, token);

		firmware(x, "web1", (uint32_t)i + 1);
		assert_int_equal(ask(x, PROMISE_CLAIM, id, "1", NULL), 0);
		assert_int_equal(ask(x, PROMISE_REPORT, id, "3-newfs-begin", NULL), 0);
		assert_true(fleet_progress(x->f, host(x, "web1"), clock_unix(), &eta) >= 0);
		assert_int_equal(eta >= 0, i == 1);
		assert_int_equal(ask(x, PROMISE_REPORT, id, "6-finish-done", NULL), 0);
		assert_int_equal(fleet_progress(x->f, host(x, "web1"), clock_unix(), &eta), 100);
		stop(x);
		start(x);
	}
}

static void
test_a_reason_begins_with_a_line_and_survives(void **state)
{
	struct fix *x = *state;
	char token[33];

	(void)arm_as(x, "web1", INST_INSTALL, token);
	firmware(x, "web1", 1);
	fleet_tick(x->f, clock_unix());
	assert_string_equal(last_line(x), "booting");
	firmware(x, "web1", 2);
	assert_why(x, "boots-again", "network boot 2 of 2");
	fleet_tick(x->f, clock_unix());
	assert_string_equal(last_line(x), "stuck: network boot 2 of 2 since it was armed, and the "
	    "installation never began");
	assert_int_equal(timeline_at(&host(x, "web1")->tl, host(x, "web1")->tl.n - 1)->severity,
	    LINE_WARNING);
	firmware(x, "web1", 3);
	stop(x);
	start(x);
	assert_why(x, "boot-loop", "2 times without starting the installation: disarmed");
}

static void
test_a_claim_is_granted_once(void **state)
{
	struct fix *x = *state;
	char token[33], text[100];
	uint32_t id = arm_as(x, "web1", INST_INSTALL, token);

	firmware(x, "web1", 1);
	assert_int_equal(ask(x, PROMISE_CLAIM, id, "77", text), 0);
	/* A retransmission of it is answered the same, another is not. */
	assert_int_equal(ask(x, PROMISE_CLAIM, id, "77", text), 0);
	assert_string_equal(text, "go");
	assert_int_equal(ask(x, PROMISE_CLAIM, id, "78", text), -EPERM);
	assert_string_not_equal(text, "go");
	/* So it is after a restart of the server. */
	stop(x);
	start(x);
	assert_int_equal(ask(x, PROMISE_CLAIM, id, "78", text), -EPERM);
	assert_int_equal(ask(x, PROMISE_CLAIM, id, "77", text), 0);
	/* And not any more once the machine was restarted. */
	firmware(x, "web1", 9);
	assert_int_equal(host(x, "web1")->rec.state, HS_FAILED);
	assert_non_null(strstr(host(x, "web1")->rec.reason, "restarted in step"));
	assert_int_equal(ask(x, PROMISE_CLAIM, id, "77", text), -EPERM);
}

/* A client that hears nothing asks again, before the first is on the disk. */
static void
test_a_claim_sent_again_before_its_commit(void **state)
{
	struct fix *x = *state;
	char token[33];
	uint32_t id = arm_as(x, "web1", INST_INSTALL, token);
	struct asked a[3] = { { .called = 0 } };

	for (int i = 0; i < 3; i++) {
		a[i].p = (struct promise){ .kind = PROMISE_CLAIM, .inst = id,
		    .reply = x->mail, .done = on_promise };
		snprintf(a[i].p.name, sizeof(a[i].p.name), i == 1 ? "78" : "77");
		assert_int_equal(fleet_port_promise(fleet_port(x->f), &a[i].p), 0);
	}
	for (int i = 0; i < 3; i++)
		wait_for(x, &a[i].called);
	assert_int_equal(a[0].p.result, 0);
	assert_int_equal(a[1].p.result, -EPERM);
	assert_int_equal(a[2].p.result, 0);
	assert_string_equal(a[2].p.text, "go");
}

/* Disarmed while the claim is on its way to the disk: "go" has not left yet. */
static void
test_a_claim_that_meets_a_disarm(void **state)
{
	struct fix *x = *state;
	char token[33];
	uint32_t id = arm_as(x, "web1", INST_INSTALL, token);
	struct asked a = { .p = { .kind = PROMISE_CLAIM, .inst = id, .name = "1",
	    .reply = x->mail, .done = on_promise } };
	struct done d = { 0 };
	const char *why;

	store_lock(x);
	assert_int_equal(fleet_port_promise(fleet_port(x->f), &a.p), 0);
	run_for(x, 200);
	assert_int_equal(a.called, 0);
	assert_int_equal(fleet_disarm(x->f, host(x, "web1"), on_done, &d, &why), 0);
	store_unlock(x);
	wait_for(x, &a.called);
	wait_for(x, &d.called);
	assert_int_equal(d.result, 0);
	assert_int_equal(a.p.result, -EPERM);
	assert_int_equal(host(x, "web1")->rec.state, HS_READY);
}

/* Its firmware asks, and what it is told. */
static struct boot_plan
asks(struct fix *x, const char *name)
{
	struct dhcp_who w = { .mac = host(x, name)->cfg->mac[0],
	    .fw = FW_IPXE_BIOS, .xid = 5, .server = 0xc0a80a01 };
	struct boot_plan plan;

	fleet_boot(x->f, host(x, name), &w, clock_unix(), &plan);
	if (plan.place > 0)
		fleet_wait(x->f, host(x, name), clock_unix());
	return plan;
}

static void
test_so_many_install_at_a_time_and_the_others_wait(void **state)
{
	struct fix *x = *state;
	int64_t now = clock_unix();
	char t1[33], t2[33], t3[33];

	clock_set(now, 0);
	x->cfg->top.installing = 1;
	arm_as(x, "web1", INST_INSTALL, t1);
	arm_as(x, "web2", INST_INSTALL, t2);
	arm_as(x, "old", INST_INSTALL, t3);
	assert_string_equal(asks(x, "web1").rule, "boot-ipxe");
	firmware(x, "web1", 1);
	assert_int_equal(asks(x, "web1").place, 0);
	/* In the order in which they came, which is no matter of names. */
	assert_string_equal(asks(x, "web2").rule, "wait-ipxe");
	assert_int_equal(asks(x, "old").place, 2);
	assert_int_equal(asks(x, "web2").place, 1);
	/* Who waits has an address, and has not begun. */
	firmware(x, "web2", 2);
	assert_int_equal(host(x, "web2")->rec.state, HS_ARMED);
	assert_int_equal(host(x, "web2")->rec.attempts, 0);
	assert_int_equal(fleet_place(x->f, host(x, "old"), now), 2);
	assert_int_equal(fleet_place(x->f, host(x, "web1"), now), 0);
	/* Who no longer asks holds nobody up. */
	clock_set(now += 60, 0);
	assert_int_equal(asks(x, "old").place, 2);
	clock_set(now += 70, 0);
	assert_int_equal(asks(x, "old").place, 1);
	assert_int_equal(fleet_place(x->f, host(x, "web2"), now), 0);
	assert_int_equal(asks(x, "web2").place, 2);
	/* Nor who was switched off on its way. */
	clock_set(now += 100, 0);
	assert_int_equal(asks(x, "old").place, 1);
	clock_set(now += 100, 0);
	assert_int_equal(asks(x, "old").place, 1);
	for (int i = 0; i < 7; i++) {
		clock_set(now += 100, 0);
		assert_int_equal(asks(x, "old").place, i < 5 ? 1 : 0);
	}
	firmware(x, "old", 3);
	assert_int_equal(host(x, "old")->rec.state, HS_BOOTING);
	assert_int_equal(asks(x, "web2").place, 1);
	x->cfg->top.installing = 2;
	assert_int_equal(asks(x, "web2").place, 0);
	firmware(x, "web2", 4);
	assert_int_equal(host(x, "web2")->rec.state, HS_BOOTING);
}

/* Sent to its disk again and again within minutes: silence for its firmware, and
 * an address for its system all the same. */
static void
test_a_machine_that_comes_back_from_its_disk_is_left_to_itself(void **state)
{
	struct fix *x = *state;
	struct fleet_host *h = host(x, "web1");
	struct dhcp_who w = { .mac = h->cfg->mac[0], .fw = FW_IPXE_BIOS, .xid = 99,
	    .server = 0xc0a80a01 };
	struct boot_plan plan;

	for (uint32_t i = 0; i < CHAIN_DISKS; i++) {
		fleet_boot(x->f, h, &w, clock_unix(), &plan);
		assert_string_equal(plan.rule, "disk-ipxe");
		firmware(x, "web1", 1 + i);
	}
	fleet_boot(x->f, h, &w, clock_unix(), &plan);
	assert_string_equal(plan.rule, "disk-loop");
	assert_int_equal(plan.action, BOOT_SILENT);
	w.fw = FW_OS;
	fleet_boot(x->f, h, &w, clock_unix(), &plan);
	assert_int_equal(plan.action, BOOT_ADDRESS);
	w.fw = FW_IPXE_BIOS;
	fleet_boot(x->f, h, &w, clock_unix() + CHAIN_DISK_S, &plan);
	assert_string_equal(plan.rule, "disk-ipxe");
}

/* A ROM was given iPXE, has fetched it, and asks again in the ROM's words. */
static void
test_an_ipxe_that_does_not_say_so_is_no_further_boot(void **state)
{
	struct fix *x = *state;
	struct fleet_host *h = host(x, "web1");
	struct cfg_host *cfg = (struct cfg_host *)(uintptr_t)h->cfg;
	struct dhcp_who w = { .mac = h->cfg->mac[0], .fw = FW_PXE_BIOS, .xid = 5,
	    .server = 0xc0a80a01 };
	struct lease l = { .addr = 0xc0a80a20, .state = LEASE_BOUND, .mac = w.mac,
	    .start = 1, .expiry = LEASE_FOREVER };
	struct event ev = { .kind = EV_TFTP_DONE, .addr = 0xc0a80a20, .mac = w.mac };
	struct boot_plan plan;
	char token[33];

	(void)arm_as(x, "web1", INST_INSTALL, token);
	cfg->loader = 2 /* ipxe */;
	for (uint32_t i = 0; i < 2; i++) {
		struct done d = { 0 };

		fleet_boot(x->f, h, &w, clock_unix(), &plan);
		assert_string_equal(plan.rule, i == 0 ? "boot-bios-ipxe" : "boot-ipxe-silent");
		w.xid++;
		assert_int_equal(fleet_lease_commit(x->f, &l, h, &w, on_done, &d), 0);
		wait_for(x, &d.called);
		assert_int_equal(h->rec.attempts, 1);
		snprintf(ev.text, sizeof(ev.text), "%s", plan.file);
		fleet_port_event(fleet_port(x->f), &ev);
		run_for(x, 100);
	}
	assert_non_null(strstr(plan.file, token));
	assert_non_null(strstr(plan.file, "/menu.ipxe"));
	cfg->loader = 0;
}

/* What was decided on a change that could not be committed is not committed
 * either: here, the boot of an installation that never came to be. */
static void
test_what_follows_a_failed_commit_fails(void **state)
{
	struct fix *x = *state;
	struct fleet_arm_req req = { 0 };
	struct done armed = { 0 }, booted = { 0 };
	struct fleet_host *h = host(x, "web1");
	struct dhcp_who w = { .mac = h->cfg->mac[0], .fw = FW_IPXE_BIOS, .xid = 1 };
	struct lease l = { .addr = 0xc0a80a20, .state = LEASE_BOUND, .mac = w.mac,
	    .start = 1, .expiry = LEASE_FOREVER };
	const char *why;
	char token[33];

	assert_int_equal(fleet_inst_prepare(x->f, &req.rec), 0);
	snprintf(req.rec.host, sizeof(req.rec.host), "web1");
	snprintf(req.rec.tree, sizeof(req.rec.tree), "t");
	assert_int_equal(overlay_new(1000, &req.overlay), 0);
	overlay_seal(req.overlay);
	store_lock(x);
	assert_int_equal(fleet_arm(x->f, h, &req, on_done, &armed, &why), 0);
	run_for(x, 500);		/* the store waits for the lock */
	assert_int_equal(fleet_lease_commit(x->f, &l, h, &w, on_done, &booted), 0);
	wait_for(x, &armed.called);	/* has waited long enough */
	store_unlock(x);
	assert_int_equal(armed.result, -EBUSY);
	wait_for(x, &booted.called);
	assert_int_equal(booted.result, -ECANCELED);
	overlay_unref(req.overlay);
	assert_int_equal(h->rec.state, HS_READY);
	stop(x);
	start(x);
	assert_int_equal(host(x, "web1")->rec.state, HS_READY);
	assert_int_equal(host(x, "web1")->rec.inst, 0);
	/* And then all is well again. */
	(void)arm_as(x, "web1", INST_INSTALL, token);
	firmware(x, "web1", 2);
	assert_int_equal(host(x, "web1")->rec.state, HS_BOOTING);
}

static void
test_two_hosts_claims_are_their_own(void **state)
{
	struct fix *x = *state;
	char t1[33], t2[33], text[100];
	uint32_t a = arm_as(x, "web1", INST_INSTALL, t1);
	uint32_t b = arm_as(x, "web2", INST_INSTALL, t2);

	assert_true(a != b);
	assert_string_not_equal(t1, t2);
	firmware(x, "web1", 1);
	assert_int_equal(ask(x, PROMISE_CLAIM, a, "1", text), 0);
	assert_int_equal(host(x, "web2")->rec.state, HS_ARMED);
	assert_int_equal(ask(x, PROMISE_CLAIM, 4711, "1", text), -EPERM);
}

static void
test_a_restart_keeps_overlay_and_state(void **state)
{
	struct fix *x = *state;
	char token[33], path[80];
	uint32_t id = arm_as(x, "web1", INST_INSTALL, token);
	const struct installation *in;
	const struct overlay_entry *e;

	firmware(x, "web1", 1);
	assert_int_equal(ask(x, PROMISE_CLAIM, id, "5", NULL), 0);
	stop(x);
	start(x);
	assert_int_equal(host(x, "web1")->rec.state, HS_INSTALLING);
	in = snapshot_token(fleet_snapshot(x->f), token, 32);
	assert_non_null(in);
	assert_int_equal(overlay_mtime(in->overlay), 1000);
	snprintf(path, sizeof(path), ".provd/%s/install", token);
	e = overlay_find(in->overlay, path);
	assert_non_null(e);
	assert_int_equal(e->len, 8);
	assert_memory_equal(e->data, "echo hi\n", 8);
	assert_int_equal(e->mode, 0755);
}

static void
test_booting_again_and_again_disarms(void **state)
{
	struct fix *x = *state;
	char token[33];

	(void)arm_as(x, "web1", INST_INSTALL, token);
	firmware(x, "web1", 1);
	firmware(x, "web1", 1);		/* a retransmission */
	assert_int_equal(host(x, "web1")->rec.attempts, 1);
	firmware(x, "web1", 2);
	assert_int_equal(host(x, "web1")->rec.state, HS_BOOTING);
	firmware(x, "web1", 3);
	assert_int_equal(host(x, "web1")->rec.state, HS_FAILED);
	firmware(x, "web1", 4);
	assert_int_equal(host(x, "web1")->rec.state, HS_FAILED);
}

/* DESIGN: under ProxyDHCP there is no lease, and the address is learnt. */
static void
test_a_boot_with_another_servers_address_counts_once(void **state)
{
	struct fix *x = *state;
	struct fleet_host *h;
	struct dhcp_who w = { .fw = FW_PXE_UEFI_X64, .xid = 5, .server = 0xc0a80a01 };
	struct done d[3] = { { 0 } };
	struct addrmap *map = fleet_snapshot(x->f)->addrs;
	struct addr_owner o;
	char token[33];
	uint32_t id = arm_as(x, "web1", INST_INSTALL, token);

	h = host(x, "web1");
	w.mac = h->cfg->mac[0];
	fleet_learn(x->f, h, w.mac, 0xc0a80a4d, 0);
	assert_int_equal(fleet_boot_commit(x->f, h, &w, on_done, &d[0]), 0);
	assert_int_equal(d[0].called, 0);
	wait_for(x, &d[0].called);
	assert_int_equal(h->rec.state, HS_BOOTING);
	assert_int_equal(h->rec.attempts, 1);
	assert_true(addrmap_get(map, 0xc0a80a4d, &o));
	assert_string_equal(o.host, "web1");
	assert_int_equal(o.inst, id);

	/* The same boot at port 4011: another xid, nothing to commit. */
	w.xid = 6;
	w.same_boot = true;
	assert_int_equal(fleet_boot_commit(x->f, h, &w, on_done, &d[1]), 0);
	assert_int_equal(d[1].called, 1);
	assert_int_equal(h->rec.attempts, 1);

	/* It moves to another address: the old one is nobody's. */
	fleet_learn(x->f, h, w.mac, 0xc0a80a4e, 0xc0a80a4d);
	assert_false(addrmap_get(map, 0xc0a80a4d, &o));
	assert_true(addrmap_get(map, 0xc0a80a4e, &o));
	w.same_boot = false;
	assert_int_equal(fleet_boot_commit(x->f, h, &w, on_done, &d[2]), 0);
	wait_for(x, &d[2].called);
	assert_int_equal(h->rec.attempts, 2);
}

static void
test_an_old_token_changes_nothing(void **state)
{
	struct fix *x = *state;
	char token[33];
	uint32_t old = arm_as(x, "web1", INST_INSTALL, token), id;
	struct done d = { 0 };
	const char *why;

	assert_int_equal(fleet_disarm(x->f, host(x, "web1"), on_done, &d, &why), 0);
	wait_for(x, &d.called);
	assert_int_equal(host(x, "web1")->rec.state, HS_READY);
	assert_null(snapshot_token(fleet_snapshot(x->f), token, 32));
	id = arm_as(x, "web1", INST_INSTALL, token);
	firmware(x, "web1", 1);
	assert_int_equal(ask(x, PROMISE_CLAIM, old, "1", NULL), -EPERM);
	assert_int_equal(ask(x, PROMISE_REPORT, old, "6-finish-done", NULL), -EPERM);
	assert_int_equal(host(x, "web1")->rec.state, HS_BOOTING);
	assert_int_equal(ask(x, PROMISE_CLAIM, id, "1", NULL), 0);
}

static void
test_a_failed_step_is_told(void **state)
{
	struct fix *x = *state;
	char token[33];
	uint32_t id = arm_as(x, "web1", INST_INSTALL, token);

	firmware(x, "web1", 1);
	assert_int_equal(ask(x, PROMISE_CLAIM, id, "1", NULL), 0);
	assert_int_equal(ask(x, PROMISE_REPORT, id, "4-newfs-fail-no%20space", NULL), 0);
	assert_int_equal(host(x, "web1")->rec.state, HS_FAILED);
	assert_string_equal(host(x, "web1")->rec.reason, "step newfs: no space");
	assert_why(x, "step-failed", "stopped in step 2 of 3, newfs: no space");
	/* A shell is on its console: the overlay stays until somebody steers. */
	assert_non_null(snapshot_inst(fleet_snapshot(x->f), id));
}

static void
test_an_inspection_finds_facts_and_arms_nothing(void **state)
{
	struct fix *x = *state;
	char token[33];
	uint32_t id = arm_as(x, "web1", INST_INSPECT, token);
	struct boot_plan plan;
	struct dhcp_who w = { .fw = FW_IPXE_BIOS, .xid = 5, .server = 0xc0a80a01 };

	assert_int_equal(host(x, "web1")->rec.state, HS_READY);
	fleet_boot(x->f, host(x, "web1"), &w, clock_unix(), &plan);
	assert_non_null(strstr(plan.file, token));
	firmware(x, "web1", 1);
	assert_int_equal(host(x, "web1")->rec.state, HS_READY);
	assert_int_equal(ask(x, PROMISE_CLAIM, id, "1", NULL), -EPERM);
	assert_int_equal(ask(x, PROMISE_REPORT, id,
	    "1001-fact-note-disk=vda%3Bserial=A1", NULL), 0);
	assert_int_equal(ask(x, PROMISE_REPORT, id, "9999-finish-done", NULL), 0);
	assert_string_equal(host(x, "web1")->facts, "disk=vda;serial=A1\n");
	stop(x);
	start(x);
	assert_string_equal(host(x, "web1")->facts, "disk=vda;serial=A1\n");
	fleet_boot(x->f, host(x, "web1"), &w, clock_unix(), &plan);
	assert_null(strstr(plan.file, token));
}

static const char *
planned(struct fix *x, enum firmware fw, char file[128])
{
	struct dhcp_who w = { .fw = fw, .xid = 999, .server = 0xc0a80a01 };
	struct boot_plan plan;

	fleet_boot(x->f, host(x, "web1"), &w, clock_unix(), &plan);
	memcpy(file, fw == FW_OS ? plan.root_path : plan.file, 128);
	return file;
}

static uint32_t
always_as(struct fix *x, enum inst_kind kind, bool always, char token[33])
{
	x->always = always;
	return arm_as(x, "web1", kind, token);
}

/* Attempts count until it is up; then the next boot is as usual, and what it read is gone. */
static void
test_a_rescue_is_booted_once(void **state)
{
	struct fix *x = *state;
	char token[33], file[128];
	uint32_t id = always_as(x, INST_RESCUE, false, token);

	assert_int_equal(host(x, "web1")->rec.state, HS_READY);
	assert_non_null(strstr(planned(x, FW_IPXE_BIOS, file), token));
	firmware(x, "web1", 1);
	assert_non_null(strstr(planned(x, FW_IPXE_BIOS, file), token));	/* the first may have failed */
	firmware(x, "web1", 2);
	assert_int_equal(ask(x, PROMISE_CLAIM, id, "1", NULL), -EPERM);
	assert_int_equal(ask(x, PROMISE_REPORT, id, "1-up-done", NULL), 0);
	assert_int_equal(host(x, "web1")->rec.other.state, OTHER_UP);
	assert_int_equal(fleet_host_other(x->f, host(x, "web1"))->rec.kind, INST_RESCUE);
	stop(x);
	start(x);				/* all of that is kept */
	assert_non_null(strstr(planned(x, FW_OS, file), token));
	assert_null(strstr(planned(x, FW_IPXE_BIOS, file), token));
	firmware(x, "web1", 3);
	assert_int_equal(host(x, "web1")->rec.state, HS_READY);
	assert_int_equal(host(x, "web1")->rec.other.inst, 0);
	run_for(x, 50);
	assert_null(snapshot_token(fleet_snapshot(x->f), token, 32));
}

static void
test_a_rescue_that_never_comes_up_is_given_up(void **state)
{
	struct fix *x = *state;
	char token[33], file[128];

	(void)always_as(x, INST_RESCUE, false, token);
	for (unsigned i = 1; i <= x->cfg->top.attempts; i++) {
		assert_non_null(strstr(planned(x, FW_IPXE_BIOS, file), token));
		firmware(x, "web1", i);
	}
	assert_null(strstr(planned(x, FW_IPXE_BIOS, file), token));
	firmware(x, "web1", 100);
	assert_int_equal(host(x, "web1")->rec.other.inst, 0);
}

/* Again and again, and no number of boots disarms it; none ends it, after what runs. */
static void
test_what_is_always_booted_stays_until_it_is_taken_back(void **state)
{
	struct fix *x = *state;
	struct done d = { 0 };
	char token[33], other[33], file[128];
	uint32_t id = always_as(x, INST_DISKLESS, true, token);

	for (unsigned i = 1; i < 10; i++) {
		assert_non_null(strstr(planned(x, FW_IPXE_BIOS, file), token));
		firmware(x, "web1", i);
		if (i > 5)
			assert_int_equal(ask(x, PROMISE_REPORT, id, "1-up-done", NULL), 0);
	}
	assert_int_equal(host(x, "web1")->rec.state, HS_READY);
	(void)always_as(x, INST_RESCUE, true, other);
	run_for(x, 50);
	assert_non_null(snapshot_token(fleet_snapshot(x->f), token, 32));	/* it runs */
	firmware(x, "web1", 18);
	run_for(x, 50);
	assert_null(snapshot_token(fleet_snapshot(x->f), token, 32));
	memcpy(token, other, sizeof(token));
	assert_int_equal(fleet_boot_none(x->f, host(x, "web1"), on_done, &d), 0);
	wait_for(x, &d.called);
	run_for(x, 50);
	assert_non_null(snapshot_token(fleet_snapshot(x->f), token, 32));	/* it runs */
	assert_null(strstr(planned(x, FW_IPXE_BIOS, file), token));
	firmware(x, "web1", 20);
	assert_int_equal(host(x, "web1")->rec.other.inst, 0);
}

/* Arming wins, and what runs goes on until the machine starts again; a host that is
 * armed boots nothing else. */
static void
test_arming_ends_what_is_booted_instead(void **state)
{
	struct fix *x = *state;
	struct fleet_arm_req req = { .rec.kind = INST_RESCUE };
	struct done d = { 0 };
	char other[33], token[33], file[128];
	const char *why;
	uint32_t id = always_as(x, INST_DISKLESS, true, other);

	firmware(x, "web1", 1);
	assert_int_equal(ask(x, PROMISE_REPORT, id, "1-up-done", NULL), 0);
	(void)arm_as(x, "web1", INST_INSTALL, token);
	assert_non_null(strstr(planned(x, FW_OS, file), other));
	assert_non_null(strstr(planned(x, FW_IPXE_BIOS, file), token));
	assert_int_equal(fleet_arm(x->f, host(x, "web1"), &req, on_done, &d, &why), -EPERM);
	assert_string_equal(why, "the host is armed or being installed; disarm it first");
	firmware(x, "web1", 2);
	assert_int_equal(host(x, "web1")->rec.state, HS_BOOTING);
	assert_int_equal(host(x, "web1")->rec.other.inst, 0);
	assert_non_null(strstr(planned(x, FW_OS, file), token));
}

/* What the profile said when the host was armed, until the installation has ended. */
static void
test_the_profiles_dhcp_options_go_with_the_installation(void **state)
{
	struct fix *x = *state;
	struct dhcp_who w = { .fw = FW_IPXE_BIOS, .xid = 5, .server = 0xc0a80a01 };
	struct boot_plan plan;
	char token[33];
	uint32_t id;

	fleet_boot(x->f, host(x, "web1"), &w, clock_unix(), &plan);
	assert_int_equal(plan.options_len, 0);
	id = arm_as(x, "web1", INST_INSTALL, token);
	stop(x);
	start(x);
	for (int i = 0; i < 2; i++) {
		fleet_boot(x->f, host(x, "web1"), &w, clock_unix(), &plan);
		assert_int_equal(plan.options_len, 8);
		assert_memory_equal(plan.options, "\0\x0f\0\0\3abc", 8);
		w.fw = FW_OS;		/* the installer's system */
		firmware(x, "web1", 1);
	}
	assert_int_equal(ask(x, PROMISE_CLAIM, id, "1", NULL), 0);
	assert_int_equal(ask(x, PROMISE_REPORT, id, "6-finish-done", NULL), 0);
	fleet_boot(x->f, host(x, "web1"), &w, clock_unix(), &plan);
	assert_int_equal(plan.options_len, 0);
}

static void
test_the_log_is_kept_at_its_offsets(void **state)
{
	struct fix *x = *state;
	char token[33], buf[32];
	uint32_t id = arm_as(x, "web1", INST_INSTALL, token);

	for (int i = 0; i < 2; i++) {		/* the second is a retransmission */
		struct asked a = { .p = { .kind = PROMISE_LOG, .inst = id,
		    .reply = x->mail, .done = on_promise, .off = 0,
		    .data = (uint8_t *)(uintptr_t)"hello\n", .len = 6 } };

		assert_int_equal(fleet_port_promise(fleet_port(x->f), &a.p), 0);
		wait_for(x, &a.called);
		assert_int_equal(a.p.result, 0);
	}
	stop(x);
	start(x);
	assert_int_equal(tree_log_size(fleet_host_inst(x->f, host(x, "web1"))->log, NULL), 6);
	assert_int_equal(tree_log_read(fleet_host_inst(x->f, host(x, "web1"))->log,
	    0, buf, sizeof(buf)), 6);
	assert_memory_equal(buf, "hello\n", 6);
}

static void
test_a_reload_leaves_installations_alone(void **state)
{
	struct fix *x = *state;
	char token[33], why[200];
	uint32_t id = arm_as(x, "web1", INST_INSTALL, token);
	struct fleet_trees now, trees;
	struct config *cfg;

	firmware(x, "web1", 1);
	assert_int_equal(ask(x, PROMISE_CLAIM, id, "1", NULL), 0);
	assert_int_equal(config_load(x->cfg->file, &cfg, die, NULL), 0);
	assert_int_equal(fleet_trees_hold(x->f, &now), 0);
	assert_int_equal(fleet_trees_open(&now, cfg, &trees, why), 0);
	fleet_trees_free(&now);
	assert_int_equal(fleet_reload(x->f, cfg, &trees, why), 0);
	config_unref(cfg);
	assert_int_equal(host(x, "web1")->rec.state, HS_INSTALLING);
	assert_non_null(snapshot_token(fleet_snapshot(x->f), token, 32));
	assert_int_equal(ask(x, PROMISE_REPORT, id, "6-finish-done", NULL), 0);
}

/* Until the store's thread is through with so many installations. */
static void
wait_for_disk(struct fix *x, int n)
{
	sqlite3_stmt *st;
	sqlite3 *db;
	char path[128];
	int have = 0;

	snprintf(path, sizeof(path), "%s/state/provd.db", x->dir);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	for (int i = 0; i < 1000 && have < n; i++) {
		usleep(10000);
		assert_int_equal(sqlite3_prepare_v2(db, "SELECT count(*) FROM inst WHERE"
		    " NOT ended", -1, &st, NULL), SQLITE_OK);
		if (sqlite3_step(st) == SQLITE_ROW)
			have = sqlite3_column_int(st, 0);
		sqlite3_finalize(st);
	}
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_int_equal(have, n);
	usleep(50000);		/* and has said so */
}

/* A rack: the snapshot is made once for all, and every one is found in it by its
 * number and by its token, also after they were armed again in another order. */
static void
test_many_are_armed_at_once(void **state)
{
	static const char *const name[] = { "web2", "old", "web1" };
	struct fix *x = *state;
	char token[2][3][33];
	uint32_t id[2][3];

	for (int turn = 0; turn < 2; turn++) {
		struct done d[3] = { 0 };
		const struct snapshot *s;
		int before = x->published;

		for (int i = 0; i < 3; i++)
			id[turn][i] = arm_begin(x, name[turn ? 2 - i : i], INST_INSTALL,
			    token[turn][i], &d[i]);
		wait_for_disk(x, turn ? 6 : 3);	/* the old ones end afterwards */
		for (int i = 0; i < 3; i++)
			wait_for(x, &d[i].called);
		run_for(x, 50);
		assert_int_equal(x->published, before + 1);
		s = fleet_snapshot(x->f);
		assert_int_equal(s->n_inst, 3);
		for (int i = 0; i < 3; i++) {
			const struct installation *in = snapshot_inst(s, id[turn][i]);

			assert_non_null(in);
			assert_ptr_equal(snapshot_token(s, token[turn][i], 32), in);
			assert_string_equal(in->rec.host, name[turn ? 2 - i : i]);
			if (turn == 0)
				continue;
			assert_null(snapshot_inst(s, id[0][i]));
			assert_null(snapshot_token(s, token[0][i], 32));
		}
	}
	assert_null(snapshot_inst(fleet_snapshot(x->f), 0));
	assert_null(snapshot_inst(fleet_snapshot(x->f), UINT32_MAX));
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_the_whole_way),
		T(test_how_long_it_takes_is_known_from_the_last_time),
		T(test_a_reason_begins_with_a_line_and_survives),
		T(test_a_claim_is_granted_once),
		T(test_a_claim_sent_again_before_its_commit),
		T(test_a_claim_that_meets_a_disarm),
		T(test_what_follows_a_failed_commit_fails),
		T(test_so_many_install_at_a_time_and_the_others_wait),
		T(test_a_machine_that_comes_back_from_its_disk_is_left_to_itself),
		T(test_an_ipxe_that_does_not_say_so_is_no_further_boot),
		T(test_two_hosts_claims_are_their_own),
		T(test_a_restart_keeps_overlay_and_state),
		T(test_booting_again_and_again_disarms),
		T(test_a_boot_with_another_servers_address_counts_once),
		T(test_an_old_token_changes_nothing),
		T(test_a_failed_step_is_told),
		T(test_an_inspection_finds_facts_and_arms_nothing),
		T(test_a_rescue_is_booted_once),
		T(test_a_rescue_that_never_comes_up_is_given_up),
		T(test_what_is_always_booted_stays_until_it_is_taken_back),
		T(test_arming_ends_what_is_booted_instead),
		T(test_the_profiles_dhcp_options_go_with_the_installation),
		T(test_the_log_is_kept_at_its_offsets),
		T(test_a_reload_leaves_installations_alone),
		T(test_many_are_armed_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
