/* How a FreeBSD client boots: what its loader is told, by DHCP and in files. */
#include "profile_world.h"

#include "../../tree/handle.h"

#define PROFILE	"tests/golden/scripts/full-freebsd.yaml"
#define LOCAL	"boot/loader.conf.local"

static char *
overlay_text(const struct render_out *out, const char *path, unsigned mode)
{
	const struct overlay_entry *e = overlay_find(out->overlay, path);
	char *text;

	assert_non_null(e);
	assert_int_equal(e->mode, mode);
	text = calloc(1, e->len + 1);
	assert_non_null(text);
	memcpy(text, e->data, e->len);
	return text;
}

/* Consoles come last: an older loader gives up a file at a name that it does not know. */
static void
test_what_must_be_known_is_in_dhcp_and_all_is_in_a_file(void **state)
{
	struct world *w = *state;
	struct profile *pr = world_profile(w, PROFILE);
	struct render_out out;
	char *text;
	size_t n = pr->p.boot.n_loader;

	for (unsigned own = 0; own < 2; own++) {
		pr->p.boot.n_loader = own ? n : 0;
		assert_int_equal(profile_render(pr, &w->in, &out, world_error, w), 0);
		assert_string_equal(out.recipe.loader_vars, own ?
		    "init_script=/.provd/" BOX_TOKEN "/init;boot.nfsroot.options=nolockd;"
		    "nfs.read_size=16384;console=comconsole;hint.acpi.0.disabled=1" :
		    "init_script=/.provd/" BOX_TOKEN "/init;boot.nfsroot.options=nolockd;"
		    "nfs.read_size=16384;boot_multicons=YES;boot_serial=YES;console=comconsole,vidconsole");
		assert_int_equal(out.recipe.root, ROOT_NFS);
		text = overlay_text(&out, LOCAL, 0644);
		assert_ptr_equal(strstr(text,
		    "init_script=\"/.provd/" BOX_TOKEN "/init\"\n"
		    "boot.nfsroot.options=\"nolockd\"\n"
		    "nfs.read_size=\"16384\"\nautoboot_delay=\"-1\"\nbeastie_disable=\"YES\"\n"
		    "vfs.root.mountfrom=\"nfs:\"\nmfsroot_load=\"NO\"\n"), text);
		assert_non_null(strstr(text, own ? "NO\"\nconsole=\"comconsole\"\nhint.acpi.0.disabled=\"1\"\n" :
		    "NO\"\nboot_multicons=\"YES\"\nboot_serial=\"YES\"\nconsole=\"comconsole,vidconsole\"\n"));
		free(text);
		render_out_done(&out);
	}
	profile_unref(pr);
}

static void
test_the_trees_own_variables_stay(void **state)
{
	struct world *w = *state;
	struct render_out out;
	char *text;

	tmp_file(&w->tmp, LOCAL, "vendor=\"yes\"");
	world_render(w, PROFILE, &out);
	text = overlay_text(&out, LOCAL, 0644);
	assert_ptr_equal(strstr(text, "vendor=\"yes\"\ninit_script="), text);
	free(text);
	render_out_done(&out);
}

/* What is too long for option 246 is left out there as a whole. */
static void
test_a_variable_that_does_not_fit_is_in_the_file_only(void **state)
{
	static char many[220];
	struct world *w = *state;
	struct profile *pr = world_profile(w, PROFILE);
	struct render_out out;
	char *text, *was = pr->p.boot.loader[1].value;

	memset(many, 'x', sizeof(many) - 1);
	pr->p.boot.loader[1].value = many;
	assert_int_equal(profile_render(pr, &w->in, &out, world_error, w), 0);
	assert_true(strlen(out.recipe.loader_vars) < 256);
	assert_null(strstr(out.recipe.loader_vars, "hint."));
	text = overlay_text(&out, LOCAL, 0644);
	assert_non_null(strstr(text, many));
	free(text);
	render_out_done(&out);
	pr->p.boot.loader[1].value = was;
	profile_unref(pr);
}

/* The kernel mounts its root with a handle: from us, where its loader has none. */
static void
test_with_tftp_the_file_has_the_roots_handle(void **state)
{
	struct world *w = *state;
	struct profile *pr = world_profile(w, PROFILE);
	struct render_out out;
	struct handle h = { .len = 32 };
	uint32_t tree, inst;
	char *text, *at;
	unsigned byte;

	pr->p.boot.root = BOOT_ROOT_TFTP;
	w->in.inst = 7;
	assert_int_equal(profile_render(pr, &w->in, &out, world_error, w), -EINVAL);
	assert_non_null(strstr(w->errors.p, "boot.root: the loader of this release reads by NFS only"));
	w->in.kind = INST_INSPECT;		/* of a release that is not known */
	assert_int_equal(profile_render(pr, &w->in, &out, world_error, w), 0);
	assert_int_equal(out.recipe.root, ROOT_TFTP);
	text = overlay_text(&out, LOCAL, 0644);
	assert_non_null(strstr(text, "boot.nfsroot.server=\"192.168.10.1\"\n"
	    "boot.nfsroot.path=\"/.provd/" BOX_TOKEN "/root\"\n"));
	assert_non_null(strstr(text, "boot.nfsroot.nfshandlelen=\"32\"\n"));
	assert_non_null(at = strstr(text, "boot.nfsroot.nfshandle=\"X"));
	at += strlen("boot.nfsroot.nfshandle=\"X");
	for (size_t i = 0; i < h.len; i++) {
		assert_int_equal(sscanf(at + 2 * i, "%2x", &byte), 1);
		h.b[i] = (uint8_t)byte;
	}
	assert_memory_equal(at + 64, "X\"\n", 3);
	assert_int_equal(handle_peek(w->in.view->key, h.b, h.len, &tree, &inst), 0);
	assert_int_equal(inst, 7);
	assert_int_equal(tree, tree_id(w->in.view->tree));
	free(text);
	render_out_done(&out);
	profile_unref(pr);
}

/* 6.2's init knows nothing of init_script: its /etc/rc is covered. */
static void
test_an_old_init_gets_there_too(void **state)
{
	struct world *w = *state;
	struct render_out out;
	char *text;

	world_render(w, "profiles/freebsd-6-ufs.yaml", &out);
	text = overlay_text(&out, "etc/rc", 0755);
	assert_string_equal(text, "#!/bin/sh\nexec /bin/sh /.provd/" BOX_TOKEN "/init\n");
	free(text);
	render_out_done(&out);
}

static void
test_a_loader_variable_is_one_plain_line(void **state)
{
	static const char *const bad[] = { "a;b", "a\"b", "a\\b", "a\nb" };
	struct world *w = *state;
	struct profile *pr = world_profile(w, PROFILE);
	struct render_out out;
	char *was = pr->p.boot.loader[1].value;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char value[8];

		(void)snprintf(value, sizeof(value), "%s", bad[i]);
		pr->p.boot.loader[1].value = value;
		assert_int_equal(profile_render(pr, &w->in, &out, world_error, w), -EINVAL);
		assert_non_null(strstr(w->errors.p, "a loader variable has a plain name"));
	}
	pr->p.boot.loader[1].value = was;
	profile_unref(pr);
}

#define T(f)	cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_what_must_be_known_is_in_dhcp_and_all_is_in_a_file),
		T(test_the_trees_own_variables_stay),
		T(test_a_variable_that_does_not_fit_is_in_the_file_only),
		T(test_with_tftp_the_file_has_the_roots_handle),
		T(test_an_old_init_gets_there_too),
		T(test_a_loader_variable_is_one_plain_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
