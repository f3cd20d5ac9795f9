/* test_plan.c - what is planned for a machine, from what is known of it. */
#include <jansson.h>

#include "profile_world.h"
#include "../../profiles/facts.h"

#define LINUX	"name: x\nos: linux\ntree: tree\n"
#define SETS	"distributions: { sets: [base] }\n"
#define DISK(m, parts)	"disks:\n  - { match: { " m " }, partitions: [ " parts " ] }\n"
#define ROOT	"{ size: '*', fs: ext4, mount: / }"

static struct profile *
profile(struct world *w, const char *text)
{
	struct profile *pr = NULL;

	if (profile_load_mem("x.yaml", text, strlen(text), &pr, world_error, w) < 0)
		fail_msg("%s", w->errors.p);
	return pr;
}

/* The plan's text must have `want`. */
static void
plans(struct world *w, const char *yaml, const char *facts, const char *want)
{
	struct profile *pr = profile(w, yaml);
	struct render_out out;

	w->in.facts = facts;
	if (profile_plan(pr, &w->in, &out, world_error, w) < 0)
		fail_msg("%s", w->errors.p);
	assert_null(out.overlay);
	if (strstr(out.plan_text, want) == NULL)
		fail_msg("no \"%s\" in\n%s", want, out.plan_text);
	render_out_done(&out);
	profile_unref(pr);
}

/* It must be refused, and say `want`. */
static void
refuses(struct world *w, const char *yaml, const char *facts, const char *want)
{
	struct profile *pr = profile(w, yaml);
	struct render_out out;

	w->in.facts = facts;
	assert_int_equal(profile_render(pr, &w->in, &out, world_error, w), -EINVAL);
	if (w->errors.p == NULL || strstr(w->errors.p, want) == NULL)
		fail_msg("no \"%s\" in\n%s", want, w->errors.p ? w->errors.p : "");
	buf_free(&w->errors);
	profile_unref(pr);
}

static const char two_disks[] =
    "firmware=bios;memory=1073741824\n"
    "disk=vda;size=8589934592;serial=PROVD1;bus=virtio\n"
    "disk=sda;size=17179869184;serial=S2;wwn=5000c500a1b2c3d4;bus=ata;model=X Y\n"
    "nic=eth0;mac=52:54:00:12:34:56\n";

static void
test_an_inspection_names_the_disk(void **state)
{
	struct world *w = *state;

	plans(w, LINUX SETS DISK("serial: PROVD1", ROOT), two_disks, "Disk 1: /dev/vda, 8 GiB");
	plans(w, LINUX SETS DISK("size: '>=10G'", ROOT), two_disks, "mkfs.ext4 -q -F /dev/sda1\n");
	plans(w, LINUX SETS DISK("wwn: '0x5000C500A1B2C3D4'", ROOT), two_disks, "/dev/sda");
	plans(w, LINUX SETS DISK("bus: virtio", ROOT), two_disks, "/dev/vda1  the rest  ext4  /");
	plans(w, LINUX SETS DISK("first: yes", ROOT), two_disks, "Disk 1: /dev/sda");
}

static void
test_without_an_inspection_nothing_is_promised(void **state)
{
	struct world *w = *state;

	plans(w, LINUX SETS DISK("serial: PROVD1", ROOT), NULL, "Disk 1: not known before it boots");
	plans(w, LINUX SETS DISK("serial: PROVD1", ROOT), NULL, "mkfs.ext4 -q -F DISK1-1\n");
	plans(w, LINUX SETS DISK("name: nvme0n1", ROOT), NULL, "mkfs.ext4 -q -F /dev/nvme0n1p1\n");
}

static void
test_exactly_one_disk_must_match(void **state)
{
	struct world *w = *state;

	refuses(w, LINUX SETS DISK("serial: NONE", ROOT), two_disks,
	    "x.yaml:6:5: disks[0]: no disk that the last inspection found matches");
	refuses(w, LINUX SETS DISK("", ROOT), two_disks, "2 of the disks");
	refuses(w, LINUX SETS "disks:\n  - { match: { serial: PROVD1 }, partitions: [ " ROOT " ] }\n"
	    "  - { match: { name: vda }, partitions: [ { size: 1G, fs: xfs, mount: /x } ] }\n",
	    two_disks, "disks[1]: vda is taken by disks[0] already");
}

static void
test_partitions_must_fit_the_known_disk(void **state)
{
	struct world *w = *state;

	refuses(w, LINUX SETS DISK("name: vda", "{ size: 8G, fs: ext4, mount: / }"), two_disks,
	    "the partitions need 8193 MiB, but vda has 8192 MiB");
	plans(w, LINUX SETS DISK("name: vda", "{ size: 8191M, fs: ext4, mount: / }"), two_disks, "8191 MiB");
	/* the rest must still hold its filesystem */
	refuses(w, LINUX SETS DISK("name: vda", "{ size: 7900M, fs: ext4, mount: / }, "
	    "{ size: '*', fs: xfs, mount: /x }"), two_disks, "the partitions need 8201 MiB");
	refuses(w, LINUX SETS DISK("name: sdb", ROOT), "disk=sdb;size=4398046511104", "use scheme: gpt");
}

static void
test_bsd_labels_must_fit_the_known_disk(void **state)
{
	static const char yaml[] = "name: x\nos: freebsd\ntree: tree\n"
	    "distributions: { dir: 6.2-RELEASE, sets: [base] }\n"
	    "disks:\n  - slices:\n      - labels:\n          - { letter: a, size: 8G, mount: / }\n"
	    "          - { letter: d, size: '*', mount: /x }\n";
	struct world *w = *state;

	refuses(w, yaml, "disk=ad4;size=8589934592", "the partitions need 8195 MiB, but the slice has 8191 MiB");
	plans(w, yaml, "disk=ad4;size=9589934592", "newfs /dev/ad4s1d\n");
}

static void
test_what_the_release_does_not_have(void **state)
{
	struct world *w = *state;

	refuses(w, LINUX DISK("", ROOT) "distributions: { sets: [base, games] }\n", NULL,
	    "x.yaml:6:1: distributions.sets[1]: there is no distribution games in distributions/MANIFEST");
	refuses(w, LINUX DISK("", ROOT) "distributions: { dir: nowhere, sets: [base] }\n", NULL,
	    "nowhere/MANIFEST in the tree tree: No such file or directory");
	refuses(w, LINUX DISK("", ROOT) SETS "boot: { kernel: boot/vmlinux }\n", NULL,
	    "boot.kernel: the tree tree has no boot/vmlinux");
	refuses(w, LINUX DISK("", ROOT) SETS "boot: { initrd: ../../etc/passwd }\n", NULL, "not a path in the tree");
	refuses(w, "name: x\nos: freebsd\ntree: tree\ndistributions: { dir: 6.2-RELEASE, sets: [base, games] }\n"
	    "disks: [ { slices: [ { labels: [ { letter: a, size: '*', mount: / } ] } ] } ]\n", NULL,
	    "there is no distribution games in 6.2-RELEASE");
	refuses(w, "name: x\nos: freebsd\ntree: tree\ndistributions: { dir: 6.2-RELEASE, sets: [base] }\n"
	    "boot: { bios-loader: boot/nopxe }\n"
	    "disks: [ { slices: [ { labels: [ { letter: a, size: '*', mount: / } ] } ] } ]\n", NULL,
	    "has no boot/nopxe");
}

/* Fail closed: a set without its sum, or whose file is gone, is no set. */
static void
test_a_set_without_a_sum_is_refused(void **state)
{
	struct world *w = *state;

	tmp_file(&w->tmp, "distributions/MANIFEST", "kernel.txz\t"
	    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\t1\tkernel\t\"x\"\ton\n"
	    "gone.txz\t0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\t1\tgone\t\"x\"\ton\n");
	refuses(w, LINUX DISK("", ROOT) SETS, NULL, "there is no distribution base");
	refuses(w, LINUX DISK("", ROOT) "distributions: { sets: [gone] }\n", NULL, "there is no distribution gone");
	tmp_file(&w->tmp, "distributions/MANIFEST", "base.txz\tnosum\t1\tbase\n");
	refuses(w, LINUX DISK("", ROOT) SETS, NULL, "line 1 is not");
	tmp_file(&w->tmp, "6.2-RELEASE/base/base.ab", "shorter\n");
	refuses(w, "name: x\nos: freebsd\ntree: tree\ndistributions: { dir: 6.2-RELEASE, sets: [base] }\n"
	    "disks: [ { slices: [ { labels: [ { letter: a, size: '*', mount: / } ] } ] } ]\n", NULL,
	    "base.ab: its size is not the one in the .inf file");
}

static void
test_host_values_override_and_are_checked(void **state)
{
	static const char yaml[] = LINUX SETS
	    "vars: { root: 4G, name: web }\n"
	    DISK("", "{ size: '${root}', fs: ext4, mount: / }")
	    "system: { hostname: '${name}.example.org' }\n";
	char key[] = "root", size[] = "6G", bad[] = "6Q", name[] = "name", quote[] = "a'b",
	    own[] = "mac", shell[] = "x y";
	struct world *w = *state;

	plans(w, yaml, NULL, "4 GiB");
	world_var(w, key, size);
	plans(w, yaml, NULL, "6 GiB");
	w->var[0].value = bad;
	refuses(w, yaml, NULL, "\"6Q\" is not a size");
	w->var[0] = (struct cfg_var){ .key = name, .value = quote };
	refuses(w, yaml, NULL, "\"a'b.example.org\" is not a host name");
	w->var[0] = (struct cfg_var){ .key = own, .value = size };
	refuses(w, yaml, NULL, "the host's vars: mac is set by provd itself");
	w->var[0] = (struct cfg_var){ .key = shell, .value = size };
	refuses(w, yaml, NULL, "\"x y\" is not a variable's name");
}

/* An imagined host has an address; a real one may have none yet. */
static void
test_a_static_network_needs_an_address(void **state)
{
	static const char yaml[] = LINUX SETS DISK("", ROOT) "system: { network: { method: static } }\n";
	struct world *w = *state;

	plans(w, yaml, NULL, "10-provd.network");
	w->in.address = 0;
	refuses(w, yaml, NULL, "system.network.address: a static network needs an address");
}

static void
test_the_plan_is_json_too(void **state)
{
	struct world *w = *state;
	struct render_out out;
	json_error_t err;
	json_t *j;

	world_render(w, "tests/golden/scripts/full-linux.yaml", &out);
	j = json_loads(out.plan_json, 0, &err);
	if (j == NULL)
		fail_msg("%s at %d in\n%s", err.text, err.position, out.plan_json);
	assert_int_equal(json_array_size(json_object_get(j, "steps")), out.steps);
	assert_string_equal(json_string_value(json_object_get(j, "host")), "web1");
	assert_int_equal(json_array_size(json_object_get(j, "disks")), 2);
	/* Nothing was inspected: what is said of them instead of a device. */
	assert_non_null(strstr(json_string_value(json_object_get(json_array_get(
	    json_object_get(j, "disks"), 0), "which")), "the only disk"));
	json_decref(j);
	/* hashes are for the machine only */
	assert_null(strstr(out.plan_json, "saltsalt"));
	assert_null(strstr(out.plan_text, "saltsalt"));
	render_out_done(&out);
}

static void
test_steps_are_numbered_for_reports(void **state)
{
	struct world *w = *state;
	struct render_out out;
	char *script, line[64];

	world_render(w, "profiles/debian.yaml", &out);
	script = world_file(&out, "install");
	(void)snprintf(line, sizeof(line), "\tbegin %u finish ", out.steps);
	assert_non_null(strstr(script, line));
	(void)snprintf(line, sizeof(line), "\tsteps=%u\n", out.steps);
	assert_non_null(strstr(script, line));
	/* the claim stands before the first step that writes, after those that look */
	assert_non_null(strstr(script, "\tend\n\tclaim\n\tbegin 3 keys "));
	free(script);
	render_out_done(&out);
}

/* Facts come from a client: any bytes. */
static void
test_facts_are_not_trusted(void **state)
{
	static const char *const facts[] = { "", "\n\n", "disk=", "disk=;size=", "disk=../../x;size=1",
	    "disk=a b;size=99999999999999999999999999", "disk", "=;=;disk=x;=", "disk=vda;size=x;serial",
	    "disk=vda;size=-1", ";;;;;;;;", "disk=$(reboot);size=8589934592" };
	static const char yaml[] = LINUX SETS DISK("first: yes", ROOT);
	struct world *w = *state;
	struct fact_disk d[2];
	char *many;

	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		struct profile *pr = profile(w, yaml);
		struct render_out out;

		w->in.facts = facts[i];
		if (profile_render(pr, &w->in, &out, world_error, w) == 0) {
			char *script = world_file(&out, "install");

			assert_null(strstr(script, "reboot"));
			free(script);
			render_out_done(&out);
		}
		buf_free(&w->errors);
		profile_unref(pr);
	}
	assert_int_equal(facts_disks("x disk=b;size=2\ndisk=a;size=1;serial=S\ndisk=c", d, 2), 2);
	assert_string_equal(d[0].name, "a");
	assert_string_equal(d[0].serial, "S");
	assert_int_equal(d[1].bytes, 2);
	assert_non_null(many = malloc(100000));
	memset(many, 'd', 99999);
	many[99999] = '\0';
	memcpy(many, "disk=", 5);
	assert_int_equal(facts_disks(many, d, 2), 1);
	assert_int_equal(strlen(d[0].name), sizeof(d[0].name) - 1);
	free(many);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f)	cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
		T(test_an_inspection_names_the_disk),
		T(test_without_an_inspection_nothing_is_promised),
		T(test_exactly_one_disk_must_match),
		T(test_partitions_must_fit_the_known_disk),
		T(test_bsd_labels_must_fit_the_known_disk),
		T(test_what_the_release_does_not_have),
		T(test_a_set_without_a_sum_is_refused),
		T(test_host_values_override_and_are_checked),
		T(test_a_static_network_needs_an_address),
		T(test_the_plan_is_json_too),
		T(test_steps_are_numbered_for_reports),
		T(test_facts_are_not_trusted),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
