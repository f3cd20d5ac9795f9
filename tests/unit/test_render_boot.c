/* Which boot programs an installation has, by architecture. */
#include "profile_world.h"

#define LINUX	"tests/golden/scripts/full-linux.yaml"
#define FREEBSD	"tests/golden/scripts/full-freebsd.yaml"

static void
put_efi(struct world *w, const char *path, unsigned machine)
{
	char head[0x90] = "MZ";
	char full[400];
	FILE *f;

	head[0x3c] = 0x70;
	memcpy(head + 0x70, "PE\0", 4);
	head[0x74] = (char)(machine & 0xff);
	head[0x75] = (char)(machine >> 8);
	tmp_file(&w->tmp, path, "x");
	(void)snprintf(full, sizeof(full), "%s/%s", w->tmp.root, path);
	assert_non_null(f = fopen(full, "w"));
	assert_int_equal(fwrite(head, 1, sizeof(head), f), sizeof(head));
	assert_int_equal(fclose(f), 0);
}

static void
test_what_the_profile_says_is_in_the_recipe(void **state)
{
	struct world *w = *state;
	struct profile *pr = world_profile(w, LINUX);
	struct cfg_pr_programs *p = &pr->p.boot.programs;
	struct render_out out;

	assert_int_equal(profile_render(pr, &w->in, &out, world_error, w), 0);
	assert_string_equal(out.recipe.programs, "");
	render_out_done(&out);
	p->x64 = (char *)(uintptr_t)"shimx64.efi";
	p->bios = (char *)(uintptr_t)"/boot/vmlinuz";
	assert_int_equal(profile_render(pr, &w->in, &out, world_error, w), 0);
	assert_string_equal(out.recipe.programs, "bios=boot/vmlinuz uefi-x64=shimx64.efi");
	render_out_done(&out);
	p->x64 = p->bios = NULL;
	profile_unref(pr);
}

/* A path is of the tree, and must be there; a bare name is not. */
static void
test_what_is_no_boot_program_is_refused(void **state)
{
	static const struct { const char *name, *want; } bad[] = {
		{ "EFI/no.efi", "boot.programs.uefi-x64: the tree" },
		{ "a b", "boot.programs.uefi-x64: this is not a path in the tree" },
		{ "../x", "boot.programs.uefi-x64: this is not a path in the tree" },
	};
	struct world *w = *state;
	struct profile *pr = world_profile(w, LINUX);
	struct cfg_pr_programs *p = &pr->p.boot.programs;
	struct render_out out;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		p->x64 = (char *)(uintptr_t)bad[i].name;
		assert_int_equal(profile_render(pr, &w->in, &out, world_error, w), -EINVAL);
		if (strstr(w->errors.p, bad[i].want) == NULL)
			fail_msg("%s: %s", bad[i].name, w->errors.p);
	}
	p->x64 = NULL;
	profile_unref(pr);
}

/* A release for arm64 has its loader under the same name. */
static void
test_freebsds_loader_is_for_the_machine_in_its_header(void **state)
{
	static const struct { unsigned machine; const char *programs, *file; } as[] = {
		{ 0x8664, "", "boot/loader.efi" },
		{ 0xaa64, "uefi-arm64=boot/loader.efi", "" },
		{ 0x014c, "uefi-ia32=boot/loader.efi", "" },
		{ 0x5064, "uefi-riscv64=boot/loader.efi", "" },
		{ 0x1234, "", "boot/loader.efi" },
	};
	struct world *w = *state;
	struct profile *pr = world_profile(w, FREEBSD);
	struct render_out out;

	for (size_t i = 0; i < sizeof(as) / sizeof(as[0]); i++) {
		put_efi(w, "boot/loader.efi", as[i].machine);
		assert_int_equal(profile_render(pr, &w->in, &out, world_error, w), 0);
		assert_string_equal(out.recipe.programs, as[i].programs);
		assert_string_equal(out.recipe.uefi_file, as[i].file);
		render_out_done(&out);
	}
	profile_unref(pr);
}

#define T(f)	cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_what_the_profile_says_is_in_the_recipe),
		T(test_what_is_no_boot_program_is_refused),
		T(test_freebsds_loader_is_for_the_machine_in_its_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
