/* Names that clients ask for, and who may see what. */
#include <sys/stat.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../fleet/snapshot.h"

#define TOKEN	"00112233445566778899aabbccddeeff"
#define KNOWN	0xc0a80a20u
#define UNKNOWN	0xc0a80a21u

static char dir[] = "/tmp/provd-snap-XXXXXX";
static struct snapshot *snap;
static const uint8_t key[16] = { 1 };

static void
put(const char *path, const char *text)
{
	char full[256];
	FILE *f;

	snprintf(full, sizeof(full), "%s/%s", dir, path);
	f = fopen(full, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void
make_dir(const char *path)
{
	char full[256];

	snprintf(full, sizeof(full), "%s/%s", dir, path);
	assert_int_equal(mkdir(full, 0755), 0);
}

static struct tree *
open_tree(const char *name)
{
	char full[256], why[200];
	struct tree *t;

	snprintf(full, sizeof(full), "%s/%s", dir, name);
	assert_int_equal(tree_open(name, &(struct tree_source){ full }, 1,
	    &t, why), 0);
	return t;
}

static int
setup(void **state)
{
	struct installation *in = calloc(1, sizeof(*in));
	struct addr_owner o = { .host = "web1", .inst = 7 };

	(void)state;
	assert_non_null(mkdtemp(dir));
	make_dir("a");
	make_dir("a/boot");
	put("a/boot/pxeboot", "loader");
	make_dir("b");
	put("b/kernel", "kernel of b");
	put("b/caf\xc3\xa9", "no garbage");
	make_dir("programs");
	put("programs/pxelinux.0", "program");
	snap = calloc(1, sizeof(*snap));
	snap->refs = 1;
	memcpy(snap->key, key, sizeof(key));
	snap->tree = calloc(2, sizeof(*snap->tree));
	snap->n_tree = 2;
	snap->tree[0] = (struct snap_tree){ .tree = open_tree("a"),
	    .export = "/usr/tftpboot", .clients = 0 };
	snap->tree[1] = (struct snap_tree){ .tree = open_tree("b"),
	    .export = "/b", .clients = 1 };
	for (int i = 0; i < 2; i++)
		snap->tree[i].view = (struct view){ .tree = snap->tree[i].tree,
		    .key = snap->key };
	assert_int_equal(addrmap_new(&snap->addrs), 0);
	addrmap_put(snap->addrs, KNOWN, &o);
	snap->programs = open_tree("programs");
	assert_int_equal(overlay_new(1, &snap->local), 0);
	assert_int_equal(overlay_add_file(snap->local, "menu.ipxe", 0644, "go", 2), 0);
	overlay_seal(snap->local);
	snap->programs_view = (struct view){ .tree = snap->programs,
	    .overlay = snap->local, .key = snap->key };
	in->refs = 1;
	in->rec.id = 7;
	memcpy(in->rec.token, TOKEN, 33);
	in->tree = tree_ref(snap->tree[0].tree);
	assert_int_equal(overlay_new(1, &in->overlay), 0);
	assert_int_equal(overlay_add_file(in->overlay, ".provd/" TOKEN "/menu.ipxe",
	    0644, "mine", 4), 0);
	assert_int_equal(overlay_add_file(in->overlay, "etc/motd", 0644, "hi", 2), 0);
	overlay_seal(in->overlay);
	in->log = tree_log_new();
	in->view = (struct view){ .tree = in->tree, .overlay = in->overlay,
	    .log = in->log, .inst = 7, .token = in->rec.token, .key = snap->key };
	snap->inst = calloc(1, sizeof(struct installation *));
	snap->token = calloc(1, sizeof(struct installation *));
	snap->token[0] = snap->inst[0] = in;
	snap->n_inst = 1;
	return 0;
}

static int
teardown(void **state)
{
	char cmd[128];
	struct addrmap *m = snap->addrs;

	(void)state;
	snapshot_unref(snap);
	addrmap_free(m);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	return system(cmd);
}

static int
ask(uint32_t addr, const char *name, char text[32], uint32_t *inst)
{
	struct node n;
	size_t len = 0;
	bool eof;
	int r = snapshot_file(snap, addr, name, 0, &n, inst);

	if (r < 0)
		return r;
	r = view_read(&tree_cred_root, &n, 0, text, 31, 0, &len, &eof);
	text[len] = '\0';
	return r;
}

static void
gives(uint32_t addr, const char *name, const char *want, uint32_t want_inst)
{
	char text[32];
	uint32_t inst;

	assert_int_equal(ask(addr, name, text, &inst), 0);
	assert_string_equal(text, want);
	assert_int_equal(inst, want_inst);
}

static void
refuses(uint32_t addr, const char *name, int want)
{
	char text[32];
	uint32_t inst;

	assert_int_equal(ask(addr, name, text, &inst), want);
}

static void
test_files_of_an_installation(void **state)
{
	(void)state;
	gives(UNKNOWN, ".provd/" TOKEN "/menu.ipxe", "mine", 7);
	gives(UNKNOWN, "/.provd/" TOKEN "/root/boot/pxeboot", "loader", 7);
	gives(UNKNOWN, ".provd/" TOKEN "/root/etc/motd", "hi", 7);
	gives(UNKNOWN, ".provd/" TOKEN "/pxelinux.0", "program", 7);
	refuses(UNKNOWN, ".provd/" TOKEN "/root/etc/nothing", -ENOENT);
	refuses(UNKNOWN, ".provd/00112233445566778899aabbccddeef0/menu.ipxe", -ENOENT);
	refuses(UNKNOWN, ".provd/0011/menu.ipxe", -ENOENT);
	refuses(UNKNOWN, ".provd/", -ENOENT);
}

static void
test_files_for_going_to_the_disk(void **state)
{
	(void)state;
	gives(UNKNOWN, ".provd/local/menu.ipxe", "go", 0);
	gives(UNKNOWN, ".provd/local/pxelinux.0", "program", 0);
	refuses(UNKNOWN, ".provd/local/../../a/boot/pxeboot", -ENOENT);
}

static void
test_plain_trees_by_export(void **state)
{
	(void)state;
	gives(KNOWN, "/usr/tftpboot/boot/pxeboot", "loader", 7);
	refuses(UNKNOWN, "/usr/tftpboot/boot/pxeboot", -EACCES);
	gives(UNKNOWN, "b/kernel", "kernel of b", 0);
	refuses(KNOWN, "/usr/tftpbootx/boot/pxeboot", -ENOENT);
	/* Without an export: the tree of the host's installation, as shipped. */
	gives(KNOWN, "/boot/pxeboot", "loader", 7);
	refuses(KNOWN, "/etc/motd", -ENOENT);
	refuses(UNKNOWN, "/boot/pxeboot", -ENOENT);
}

static void
test_what_firmware_does_to_names(void **state)
{
	(void)state;
	gives(KNOWN, "\\usr\\tftpboot\\boot\\pxeboot", "loader", 7);
	gives(KNOWN, "/boot/pxeboot\xff\xff", "loader", 7);
	gives(KNOWN, "//boot//pxeboot", "loader", 7);
	gives(KNOWN, "boot/pxeboot\r\n", "loader", 7);
	gives(KNOWN, "\\b\\caf\xc3\xa9", "no garbage", 7);
	gives(KNOWN, "/b/kernel\xc3\xa9", "kernel of b", 7);
	refuses(KNOWN, "", -EISDIR);
}

static int
ask_session(uint32_t addr, const char *name, uint32_t *inst)
{
	struct node n;

	return snapshot_session_file(snap, addr, name, 0, &n, inst);
}

/* What is asked for in the wrong place is looked for beside the last file of
 * the same client, and of no other. */
static void
test_a_session_finds_what_lies_beside(void **state)
{
	struct addr_owner o = { .host = "web1", .inst = 7 };
	uint32_t inst;

	(void)state;
	assert_int_equal(ask_session(KNOWN, "menu.ipxe", &inst), -ENOENT);
	assert_int_equal(ask_session(KNOWN, ".provd/" TOKEN "/menu.ipxe", &inst), 0);
	assert_int_equal(ask_session(KNOWN, "/pxelinux.0", &inst), 0);
	assert_int_equal(inst, 7);
	assert_int_equal(ask_session(KNOWN, "\\EFI\\BOOT\\menu.ipxe\xff", &inst), 0);
	assert_int_equal(ask_session(KNOWN, "root/etc/motd", &inst), 0);
	assert_int_equal(ask_session(KNOWN, "../../../b/kernel", &inst), -ENOENT);
	/* nothing is kept of an address that is nobody's */
	assert_int_equal(ask_session(UNKNOWN, ".provd/" TOKEN "/menu.ipxe", &inst), 0);
	assert_int_equal(ask_session(UNKNOWN, "pxelinux.0", &inst), -ENOENT);
	/* its next lease changes nothing; another machine's does */
	addrmap_put(snap->addrs, KNOWN, &o);
	assert_int_equal(ask_session(KNOWN, "motd", &inst), 0);
	o.mac.b[5] = 1;
	addrmap_put(snap->addrs, KNOWN, &o);
	assert_int_equal(ask_session(KNOWN, "motd", &inst), -ENOENT);
}

/* With its serial number first, and without a file before. */
static void
test_a_raspberry_pi_finds_its_directory(void **state)
{
	char text[32];
	uint32_t inst;

	(void)state;
	strcpy(snap->inst[0]->rec.recipe.programs, "bios=x raspberry-pi=boot");
	assert_int_equal(ask_session(KNOWN, "0123abcd/pxeboot", &inst), 0);
	assert_int_equal(inst, 7);
	assert_int_equal(ask_session(KNOWN, "pxeboot", &inst), 0);
	assert_int_equal(ask_session(KNOWN, "0123abcd/start4.elf", &inst), -ENOENT);
	assert_int_equal(ask(KNOWN, "pxeboot", text, &inst), -ENOENT);
	snap->inst[0]->rec.recipe.programs[0] = '\0';
}

static void
test_mount(void **state)
{
	struct node n;
	uint32_t inst;

	(void)state;
	assert_int_equal(snapshot_mount(snap, UNKNOWN, "/.provd/" TOKEN "/root", 0, &n, &inst), 0);
	assert_int_equal(inst, 7);
	assert_string_equal(n.path, "");
	assert_int_equal(snapshot_mount(snap, UNKNOWN, "/.provd/" TOKEN "/root/boot/", 0, &n, &inst), 0);
	assert_string_equal(n.path, "boot");
	assert_int_equal(snapshot_mount(snap, UNKNOWN, "/.provd/" TOKEN, 0, &n, &inst), 0);
	assert_string_equal(n.path, ".provd/" TOKEN);
	assert_int_equal(snapshot_mount(snap, UNKNOWN, "/usr/tftpboot", 0, &n, &inst), -EACCES);
	assert_int_equal(snapshot_mount(snap, KNOWN, "/usr/tftpboot", 0, &n, &inst), 0);
	assert_int_equal(inst, 0);
	assert_int_equal(n.view->inst, 0);
	assert_int_equal(snapshot_mount(snap, KNOWN, "/", 0, &n, &inst), -ENOENT);
	assert_int_equal(snapshot_mount(snap, KNOWN, "/etc", 0, &n, &inst), -ENOENT);
}

static void
test_beside_another_server_the_address_tells_whose_root(void **state)
{
	static const char *const mode[] = { "interface: e\n",
		"interface: e\ndhcp: { mode: proxy }\n" };
	struct node n;
	uint32_t inst;

	(void)state;
	for (int proxy = 0; proxy < 2; proxy++) {
		assert_int_equal(config_load_mem("t", mode[proxy], &snap->cfg, NULL, NULL), 0);
		assert_int_equal(snapshot_mount(snap, KNOWN, "/pxeroot", 0, &n, &inst),
		    proxy ? 0 : -ENOENT);
		assert_int_equal(snapshot_mount(snap, UNKNOWN, "/pxeroot", 0, &n, &inst),
		    -ENOENT);
		if (proxy) {
			assert_int_equal(snapshot_mount(snap, KNOWN, "/pxeroot", 0, &n, &inst), 0);
			assert_int_equal(inst, 7);
			assert_int_equal(n.view->inst, 7);
			gives(KNOWN, "pxeroot/etc/motd", "hi", 7);
		} else
			refuses(KNOWN, "pxeroot/etc/motd", -ENOENT);
		config_unref(snap->cfg);
		snap->cfg = NULL;
	}
	addrmap_drop(snap->addrs, KNOWN, "web2");	/* not its */
	gives(KNOWN, "usr/tftpboot/boot/pxeboot", "loader", 7);
	addrmap_drop(snap->addrs, KNOWN, "web1");
	refuses(KNOWN, "usr/tftpboot/boot/pxeboot", -EACCES);
	addrmap_put(snap->addrs, KNOWN, &(struct addr_owner){ .host = "web1", .inst = 7 });
}

static void
test_views_by_number(void **state)
{
	uint32_t a = tree_id(snap->tree[0].tree);

	(void)state;
	assert_ptr_equal(snapshot_view(snap, a, 0), &snap->tree[0].view);
	assert_ptr_equal(snapshot_view(snap, a, 7), &snap->inst[0]->view);
	assert_null(snapshot_view(snap, a, 8));
	assert_null(snapshot_view(snap, tree_id(snap->tree[1].tree), 7));
	assert_null(snapshot_view(snap, a + 1, 0));
	assert_false(snapshot_may_see(snap, &snap->tree[0].view, UNKNOWN));
	assert_true(snapshot_may_see(snap, &snap->tree[0].view, KNOWN));
	assert_true(snapshot_may_see(snap, &snap->tree[1].view, UNKNOWN));
	assert_true(snapshot_may_see(snap, &snap->inst[0]->view, UNKNOWN));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files_of_an_installation),
		cmocka_unit_test(test_files_for_going_to_the_disk),
		cmocka_unit_test(test_plain_trees_by_export),
		cmocka_unit_test(test_what_firmware_does_to_names),
		cmocka_unit_test(test_a_session_finds_what_lies_beside),
		cmocka_unit_test(test_a_raspberry_pi_finds_its_directory),
		cmocka_unit_test(test_mount),
		cmocka_unit_test(test_beside_another_server_the_address_tells_whose_root),
		cmocka_unit_test(test_views_by_number),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
