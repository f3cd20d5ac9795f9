/* test_render_other.c - rescue and diskless systems: their scripts as they are
 * written down, what their loaders are told, and what a profile may not say. */
#include "profile_world.h"

static const char linux_yaml[] =
    "name: x\nos: linux\ntree: debian\nconsole: ['ttyS0,115200']\n"
    "vars: { color: \"it's red\" }\n"
    "disks:\n  - partitions: [ { size: '*', fs: ext4, mount: / } ]\n"
    "distributions: { sets: [ base ] }\n"
    "system: { root-password: '$6$saltsaltsaltsalt$0123456789012345678901234567890123456789012345678901234567890123456789012345678901', root-ssh-keys: [ 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqAwqeGm0vHtUx3 a@b' ] }\n"
    "rescue:\n  memory: 25%\n  cmdline: nomodeset\n  commands: [ 'echo \"$color\" ${HOME}' ]\n"
    "diskless:\n  hostname: kiosk-${host}\n  root-password: '$5$saltsaltsaltsalt$0123456789012345678901234567890123456789012'\n"
    "  files: [ { path: /etc/motd, content: \"it's ${color}\\n\", mode: '600', owner: 'root:adm' } ]\n";

static const char freebsd_yaml[] =
    "name: y\nos: freebsd\ntree: fb\nconsole: [vidconsole, 'comconsole,115200']\n"
    "disks:\n  - slices: [ { labels: [ { letter: a, size: '*', mount: / } ] } ]\n"
    "diskless:\n  memory: 96M\n  rc-conf: { ntpd_enable: 'YES' }\n  commands: [ 'date' ]\n"
    "  root-ssh-keys: [ 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqAwqeGm0vHtUx3 a@b' ]\n";

static void
render_as(struct world *w, const char *yaml, enum inst_kind kind, struct render_out *out)
{
	struct profile *pr = NULL;

	w->in.kind = kind;
	if (profile_load_mem("x.yaml", yaml, strlen(yaml), &pr, world_error, w) < 0 ||
	    profile_render(pr, &w->in, out, world_error, w) < 0)
		fail_msg("%s", w->errors.p);
	profile_unref(pr);
}

static void
written_down(const struct render_out *out, const char *name, const char *file)
{
	char path[128], *text = world_file(out, file);

	(void)snprintf(path, sizeof(path), "tests/golden/scripts/%s.%s", name, file);
	golden(path, text);
	world_lint(text);
	free(text);
}

static void
test_linux_is_written_down(void **state)
{
	struct world *w = *state;
	struct render_out out;
	char *text;

	render_as(w, linux_yaml, INST_RESCUE, &out);
	assert_int_equal(out.steps, 0);
	assert_null(out.plan_text);
	written_down(&out, "rescue-linux", "init");
	written_down(&out, "rescue-linux", "commands");
	text = world_file(&out, "pxelinux.cfg/default");
	assert_non_null(strstr(text, " ro init=/.provd/" BOX_TOKEN "/init panic=30 console=ttyS0,115200 nomodeset"));
	free(text);
	render_out_done(&out);
	render_as(w, linux_yaml, INST_DISKLESS, &out);
	text = world_file(&out, "init");
	assert_non_null(strstr(text, "\tsystem=diskless\n\thostname=kiosk-web1\n\tpassword='$5$saltsaltsaltsalt$0123456789012345678901234567890123456789012'\n"));
	assert_non_null(strstr(text, "\tkeys='ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqAwqeGm0vHtUx3 a@b\n'\n"));
	assert_non_null(strstr(text, "\tput /etc/motd 600 root:adm 'it'\\''s it'\\''s red\n'\n"));
	world_lint(text);
	free(text);
	render_out_done(&out);
}

static void
test_freebsd_is_written_down(void **state)
{
	struct world *w = *state;
	const struct overlay_entry *e;
	struct render_out out;
	char *text;

	render_as(w, freebsd_yaml, INST_RESCUE, &out);
	written_down(&out, "rescue-freebsd", "init");
	assert_non_null(strstr(out.recipe.loader_vars, "init_script=/.provd/" BOX_TOKEN "/init"));
	render_out_done(&out);
	render_as(w, freebsd_yaml, INST_DISKLESS, &out);
	written_down(&out, "diskless-freebsd", "init");
	written_down(&out, "diskless-freebsd", "commands");
	/* init(8) goes on with /etc/rc: ours, and it with the tree's. */
	assert_null(strstr(out.recipe.loader_vars, "init_script"));
	e = overlay_find(out.overlay, "boot/loader.conf.local");
	assert_non_null(e);
	assert_null(memmem(e->data, e->len, "init_script", 11));
	e = overlay_find(out.overlay, "etc/rc");
	assert_memory_equal(e->data, "#!/bin/sh\nexec /bin/sh /.provd/" BOX_TOKEN "/init \"$@\"\n", e->len);
	text = world_file(&out, "rc");
	assert_string_equal(text, "# the tree's own\n");
	free(text);
	render_out_done(&out);
}

static void
test_what_a_profile_may_not_say(void **state)
{
	static const struct { const char *more, *text; } bad[] = {
		{ "rescue: { hostname: 'a b' }\n", "hostname: this is not a host name" },
		{ "rescue: { root-password: secret }\n", "root-password: this is not a hash" },
		{ "diskless: { root-ssh-keys: [ nokey ] }\n", "root-ssh-keys: this is not a public key" },
		{ "rescue: { memory: 5X }\n", "memory: this is not a size or a percentage" },
		{ "rescue: { memory: lots }\n", "memory: this is not a size or a percentage" },
		{ "diskless: { files: [ { path: ../x, content: y } ] }\n", "files: this is not an absolute path" },
		{ "diskless: { files: [ { path: /x, content: y, owner: 'a b' } ] }\n", "files: this is not an owner" },
		{ "diskless: { files: [ { path: /x, content: y, mode: '999' } ] }\n", "files: this is not a mode" },
		{ "diskless: { rc-conf: { 'a b': c } }\n", "rc-conf: this is not a name of rc.conf" },
		{ "rescue: { hostname: '${nothing}' }\n", "there is no variable nothing" },
	};
	struct world *w = *state;
	char yaml[1024];
	struct profile *pr;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(yaml, sizeof(yaml), "name: x\nos: linux\ndisks:\n"
		    "  - partitions: [ { size: '*', fs: ext4, mount: / } ]\n"
		    "distributions: { sets: [ base ] }\n%s", bad[i].more);
		buf_free(&w->errors);
		assert_int_equal(profile_load_mem("x.yaml", yaml, strlen(yaml), &pr, world_error, w), -EINVAL);
		if (strstr(w->errors.p, bad[i].text) == NULL)
			fail_msg("%s: %s", bad[i].more, w->errors.p);
	}
}

static void
test_a_tree_without_rc_is_refused(void **state)
{
	struct world *w = *state;
	struct render_out out;
	struct profile *pr;

	(void)remove(tmp_path(&w->tmp, "etc/rc"));
	w->in.kind = INST_DISKLESS;
	assert_int_equal(profile_load_mem("y.yaml", freebsd_yaml, strlen(freebsd_yaml), &pr, world_error, w), 0);
	assert_int_equal(profile_render(pr, &w->in, &out, world_error, w), -EINVAL);
	assert_non_null(strstr(w->errors.p, "has no etc/rc"));
	profile_unref(pr);
}

static int
setup(void **state)
{
	int r = world_setup(state);
	struct world *w = *state;

	tmp_file(&w->tmp, "etc/rc", "# the tree's own\n");
	return r;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f)	cmocka_unit_test_setup_teardown(f, setup, world_teardown)
		T(test_linux_is_written_down),
		T(test_freebsd_is_written_down),
		T(test_what_a_profile_may_not_say),
		T(test_a_tree_without_rc_is_refused),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
