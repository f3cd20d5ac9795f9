/* store_world.h - a store in a directory of its own, for its tests: open it,
 * submit and wait, close it, and read back what is in it, as text.
 */
#ifndef TESTS_STORE_WORLD_H
#define TESTS_STORE_WORLD_H

#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <event2/event.h>
#include <sqlite3.h>

#include "../../fleet/store.h"
#include "../../lib/log.h"
#include "../../tree/overlay.h"

static char dir[64];
static struct event_base *base;
static struct mbox *mbox;
static struct store *store;

/* What was loaded, as text, one line each. */
static char loaded[65536];

static void	note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void
note(const char *fmt, ...)
{
	size_t n = strlen(loaded);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(loaded + n, sizeof(loaded) - n, fmt, ap);
	va_end(ap);
}

static int
on_host(void *arg, const struct host_record *h)
{
	(void)arg;
	note("host %s %s inst=%u other=%u/%u/%d/%u attempts=%u retry=%u since=%lld "
	    "reason=%s step=%s %u/%u boot=%lld xid=%x\n", h->name,
	    host_state_name(h->state), h->inst, h->other.inst, h->other.state, h->other.always,
	    h->other.boots, h->attempts, h->retry,
	    (long long)h->since, h->reason, h->step, h->step_no, h->steps,
	    (long long)h->last_boot, h->boot_xid);
	return 0;
}

static int
on_inst(void *arg, const struct inst_record *in, struct overlay *ov)
{
	(void)arg;
	note("inst %u kind=%d %s %s %s token=%s claim=%s created=%lld steps=%u os=%d %s %s %s programs=%s options=%.*s plan=%s mtime=%lld\n",
	    in->id, (int)in->kind, in->host, in->profile, in->tree, in->token,
	    in->claim, (long long)in->created, in->steps, (int)in->recipe.os,
	    in->recipe.bios_file, in->recipe.uefi_file, in->recipe.loader_vars,
	    in->recipe.programs,
	    (int)in->recipe.options_len, (const char *)in->recipe.options,
	    in->plan != NULL ? in->plan : "-", (long long)overlay_mtime(ov));
	for (size_t i = 0; i < overlay_count(ov); i++) {
		const struct overlay_entry *e = overlay_at(ov, i);

		note(" %d %s %o %zu %.*s\n", (int)e->kind, e->path, e->mode, e->len,
		    (int)e->len, e->len > 0 ? (const char *)e->data : "");
	}
	return 0;
}

static int
on_log(void *arg, uint32_t inst, uint64_t off, const uint8_t *data, size_t len)
{
	uint8_t sum = 0;

	(void)arg;
	for (size_t i = 0; i < len; i++)
		sum = (uint8_t)(sum * 31 + data[i]);
	note("log %u %llu %zu %02x\n", inst, (unsigned long long)off, len, sum);
	return 0;
}

static int
on_report(void *arg, uint32_t inst, const char *name, int64_t t)
{
	(void)arg;
	note("report %u %s %lld\n", inst, name, (long long)t);
	return 0;
}

static int
on_event(void *arg, const char *host, int64_t t, unsigned kind, unsigned severity,
    const char *text)
{
	(void)arg;
	note("event %s %lld %u/%u %s\n", host, (long long)t, kind, severity, text);
	return 0;
}

static int
on_facts(void *arg, const char *host, const char *text, int64_t t)
{
	(void)arg;
	note("facts %s %lld %s\n", host, (long long)t, text);
	return 0;
}

static int
on_kept(void *arg, enum store_keep kind, const char *key, const char *text, int64_t t)
{
	(void)arg;
	note("kept %d %s %lld %s\n", (int)kind, key, (long long)t, text);
	return 0;
}

static int
on_lease(void *arg, const struct lease *l)
{
	(void)arg;
	note("lease %u %d %lld\n", l->addr, (int)l->state, (long long)l->expiry);
	return 0;
}

static const struct store_load load = { on_host, on_inst, on_log, on_report,
    on_event, on_facts, on_kept, on_lease };

static int
open_store(char why[200])
{
	int r;

	loaded[0] = '\0';
	if ((r = store_open(dir, &load, NULL, &store, why)) < 0)
		store = NULL;
	else
		assert_int_equal(store_start(store, mbox), 0);
	return r;
}

static void
reopen(void)
{
	char why[200];

	store_close(store);
	if (open_store(why) < 0)
		fail_msg("%s", why);
}

static void
quiet(int prio, const char *line)
{
	(void)prio;
	(void)line;
}

static int
fresh(void **state)
{
	char why[200];

	(void)state;
	log_set_sink(quiet);
	snprintf(dir, sizeof(dir), "/tmp/test_store.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	base = event_base_new();
	if (mbox_new(base, 1000, &mbox) < 0)
		return -1;
	return open_store(why);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *f)
{
	(void)st;
	(void)type;
	(void)f;
	return remove(path);
}

static int
drop(void **state)
{
	(void)state;
	store_close(store);
	mbox_free(mbox);
	event_base_free(base);
	return nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Operations -------------------------------------------------------------- */

struct t_op {
	struct store_op	 op;	/* first */
	bool		 keep, done;
};

static void
on_done(struct mbox_msg *m)
{
	struct t_op *t = (struct t_op *)(void *)m;

	assert_null(t->op.data);	/* the store's to free */
	assert_null(t->op.overlay);
	assert_null(t->op.inst.plan);
	t->done = true;
	if (!t->keep)
		free(t);
}

static struct store_op *
op_new(enum store_kind kind)
{
	struct t_op *t = calloc(1, sizeof(*t));

	t->op.kind = kind;
	t->op.msg.run = on_done;
	return &t->op;
}

static void
submit_kept(struct store_op *op)
{
	((struct t_op *)(void *)op)->keep = true;
	store_submit(store, op);
}

/* Wait for the completion, give its result. */
static int
wait_for(struct store_op *op)
{
	struct t_op *t = (struct t_op *)(void *)op;
	int r;

	while (!t->done)
		event_base_loop(base, EVLOOP_ONCE);
	r = op->result;
	free(t);
	return r;
}

static int
settle(struct store_op *op)
{
	submit_kept(op);
	return wait_for(op);
}

static struct host_record
host_of(const char *name, enum host_state st)
{
	struct host_record h = { .state = st, .inst = 3, 
	    .other = { 4, OTHER_BOOTING, true, 2 },
	    .attempts = 2, .retry = 1, .since = 1700000000, .step_no = 5,
	    .steps = 9, .last_boot = 1700000001, .boot_xid = 0xdeadbeef };

	snprintf(h.name, sizeof(h.name), "%s", name);
	snprintf(h.reason, sizeof(h.reason), "it's \"broken\"");
	snprintf(h.step, sizeof(h.step), "newfs");
	return h;
}

static struct store_op *
op_host(const char *name, enum host_state st)
{
	struct store_op *op = op_new(STORE_HOST);

	op->host = host_of(name, st);
	return op;
}

static struct store_op *
op_lease(uint32_t addr, int64_t expiry)
{
	struct store_op *op = op_new(STORE_LEASE);

	op->lease = (struct lease){ .addr = addr, .state = LEASE_BOUND, .expiry = expiry };
	return op;
}

static struct store_op *
op_inst(uint32_t id)
{
	struct store_op *op = op_new(STORE_INST);
	struct inst_record *in = &op->inst;
	static const uint8_t script[] = "#!/bin/sh\necho\n";

	in->id = id;
	in->kind = INST_INSTALL;
	snprintf(in->host, sizeof(in->host), "web1");
	snprintf(in->profile, sizeof(in->profile), "debian");
	snprintf(in->tree, sizeof(in->tree), "bookworm");
	snprintf(in->token, sizeof(in->token), "%032x", id);
	in->created = 1700000000;
	in->steps = 9;
	in->recipe.os = BOOT_FREEBSD;
	snprintf(in->recipe.bios_file, sizeof(in->recipe.bios_file), "boot/pxeboot");
	snprintf(in->recipe.uefi_file, sizeof(in->recipe.uefi_file), "boot/loader.efi");
	snprintf(in->recipe.loader_vars, sizeof(in->recipe.loader_vars), "a=b");
	snprintf(in->recipe.programs, sizeof(in->recipe.programs), "bios=x uefi-x64=y/z");
	memcpy(in->recipe.options, "bytes", 5);
	in->recipe.options_len = 5;
	in->plan = strdup("{\"steps\":[]}");
	assert_int_equal(overlay_new(1699999999, &op->overlay), 0);
	assert_int_equal(overlay_add_file(op->overlay, "provd/init", 0755, script, sizeof(script) - 1), 0);
	assert_int_equal(overlay_add_file(op->overlay, "etc/empty", 0600, "", 0), 0);
	assert_int_equal(overlay_add_link(op->overlay, "etc/link", "../provd/init"), 0);
	assert_int_equal(overlay_add_dir(op->overlay, "var/x", 01777), 0);
	overlay_seal(op->overlay);
	return op;
}

static void
assert_loaded(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void
assert_loaded(const char *fmt, ...)
{
	char want[4096];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(want, sizeof(want), fmt, ap);
	va_end(ap);
	assert_string_equal(loaded, want);
}

#endif /* TESTS_STORE_WORLD_H */
