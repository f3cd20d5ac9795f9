/* test_compile_gpart.c - the FreeBSDs that have a MANIFEST: plans and scripts
 * byte for byte, run against stand-ins of all that touches a machine. */
#include "gpart_world.h"

#define SCRIPTS	"tests/golden/scripts/"

static struct world *
world(void **state, const char *version)
{
	struct world *w = malloc(sizeof(*w));

	assert_non_null(w);
	gp_world(w, version);
	*state = w;
	return w;
}

/* Written down, and run. */
static void
whole(struct world *w, const char *profile, const char *name, struct box *b)
{
	gp_written(w, profile, name);
	gp_ready(w, b, profile);
	gp_done(b, "busybox sh", name);
	gp_done(b, "dash", name);
}

static void
test_9_has_slices_by_gpart(void **state)
{
	struct world *w = world(state, "9.3-RELEASE");
	struct box b;
	char *text;

	whole(w, SCRIPTS "gpart-mbr.yaml", "gpart-mbr-9", &b);
	text = box_get(&b, "mnt/etc/fstab");
	assert_string_equal(text, "#Device Mountpoint FSType Options Dump Pass\n"
	    "/dev/ada1s1a / ufs rw 1 1\n"
	    "/dev/ada1s1b none swap sw 0 0\n"
	    "/dev/ada1s1d /var ufs rw 2 2\n"
	    "/dev/ada1s1e /usr ufs rw 2 2\n"
	    "/dev/ada1s2d /srv ufs rw,nosuid 2 2\n");
	free(text);
	box_free(&b);
}

static void
test_10_is_booted_by_boot1(void **state)
{
	struct world *w = world(state, "10.4-RELEASE");
	struct box b;

	world_var(w, (char[]){ "disk" }, (char[]){ "ada0" });
	whole(w, "profiles/freebsd-ufs.yaml", "freebsd-ufs-10", &b);
	assert_true(gp_has(&b, "log", "cp /mnt/boot/boot1.efi /tmp/provd/esp/EFI/BOOT/BOOTX64.EFI\n"));
	box_free(&b);
}

static void
test_13_is_booted_by_the_loader(void **state)
{
	struct world *w = world(state, "13.2-RELEASE");
	struct box b;
	char *text;

	world_var(w, (char[]){ "disk" }, (char[]){ "ada0" });
	world_var(w, (char[]){ "wipe" }, (char[]){ "yes" });
	whole(w, "profiles/freebsd-ufs.yaml", "freebsd-ufs-13", &b);
	assert_true(gp_has(&b, "log", "cp /mnt/boot/loader.efi /tmp/provd/esp/EFI/BOOT/BOOTX64.EFI\n"));
	text = box_get(&b, "mnt/etc/fstab");
	assert_string_equal(text, "#Device Mountpoint FSType Options Dump Pass\n"
	    "/dev/gpt/efiboot /boot/efi msdosfs rw 2 2\n"
	    "/dev/gpt/swap none swap sw 0 0\n"
	    "/dev/gpt/root / ufs rw 1 1\n");
	free(text);
	box_free(&b);
}

static void
test_zfs_on_one_disk(void **state)
{
	struct world *w = world(state, "13.2-RELEASE");
	struct box b;

	world_var(w, (char[]){ "first" }, (char[]){ "yes" });
	whole(w, "profiles/freebsd-zfs.yaml", "freebsd-zfs-13", &b);
	assert_true(gp_has(&b, "mnt/boot/loader.conf", "zfs_load=\"YES\"\n"));
	assert_true(gp_has(&b, "mnt/etc/rc.conf", "zfs_enable=\"YES\"\n"));
	assert_true(gp_has(&b, "mnt/boot/zfs/zpool.cache", "zroot"));
	box_free(&b);
}

static void
test_zfs_on_a_mirror(void **state)
{
	struct world *w = world(state, "15.0-RELEASE");
	struct box b;
	char *text;

	world_var(w, (char[]){ "disk" }, (char[]){ "ada2 ada0" });
	world_var(w, (char[]){ "pool" }, (char[]){ "mirror" });
	whole(w, "profiles/freebsd-zfs.yaml", "freebsd-zfs-15-mirror", &b);
	assert_true(gp_has(&b, "log", "zroot mirror /dev/ada2p4 /dev/ada0p4\n"));
	/* each disk can boot it */
	assert_true(gp_has(&b, "log", "gpart bootcode -b /mnt/boot/pmbr -p /mnt/boot/gptzfsboot -i 1 ada2\n"));
	assert_true(gp_has(&b, "log", "gpart bootcode -b /mnt/boot/pmbr -p /mnt/boot/gptzfsboot -i 1 ada0\n"));
	assert_true(gp_has(&b, "log", "mount -t msdosfs /dev/ada0p2 /tmp/provd/esp\n"));
	text = box_get(&b, "mnt/etc/fstab");
	assert_string_equal(text, "#Device Mountpoint FSType Options Dump Pass\n"
	    "/dev/gpt/efiboot0 /boot/efi msdosfs rw 2 2\n"
	    "/dev/gpt/swap0 none swap sw 0 0\n"
	    "/dev/gpt/swap1 none swap sw 0 0\n");
	free(text);
	gp_stops(&b);
	box_free(&b);
}

static void
test_zfs_on_exactly_so_many_disks(void **state)
{
	struct world *w = world(state, "14.3-RELEASE");
	struct box b;

	world_var(w, (char[]){ "disks" }, (char[]){ "4" });
	world_var(w, (char[]){ "pool" }, (char[]){ "raidz2" });
	gp_ready(w, &b, "profiles/freebsd-zfs.yaml");
	if (gp_run(&b, "dash") == -1)
		skip();
	assert_true(gp_has(&b, "log", "zroot raidz2 /dev/ada0p4 /dev/ada1p4 /dev/ada2p4 /dev/ada3p4\n"));
	/* one more, and nobody knows which are meant */
	box_put(&b, "answer/kern.disks", "ada0 ada1 ada2 ada3 da0\n", 0644);
	box_put(&b, "answer/diskinfo.da0", "/dev/da0\t512\t68719476736\t134217728\n", 0644);
	assert_int_equal(gp_run(&b, "dash"), 1);
	assert_true(gp_has(&b, "out", "5 disks match, not 4"));
	assert_false(gp_has(&b, "log", "gpart"));
	box_free(&b);
}

static void
test_every_option(void **state)
{
	struct world *w = world(state, "14.3-RELEASE");
	struct box b;
	char *text;

	gp_written(w, SCRIPTS "gpart-full.yaml", "gpart-full-14");
	gp_ready(w, &b, SCRIPTS "gpart-full.yaml");
	gp_scribble(&b, "dev/ada1", 512);
	gp_done(&b, "busybox sh", "gpart-full-14");
	gp_done(&b, "dash", "gpart-full-14");
	text = box_get(&b, "mnt/etc/fstab");
	assert_string_equal(text, "#Device Mountpoint FSType Options Dump Pass\n"
	    "/dev/gpt/esp /boot/efi msdosfs rw 2 2\n"
	    "/dev/ada0p3.eli /var ufs rw 2 2\n"
	    "/dev/ada0p4.eli / ufs rw 1 1\n"
	    "/dev/gpt/swap.eli none swap sw 0 0\n"
	    "/dev/ada1p1 none swap sw,trimonce 0 0\n"
	    "/dev/ada1p2 /keep ufs rw,noatime 2 2\n");
	free(text);
	/* what was kept was not written to */
	text = box_get(&b, "log");
	assert_null(strstr(text, "ada1p2\n"));
	assert_null(strstr(text, "gpart create -s gpt ada1"));
	assert_null(strstr(text, "of=/dev/ada1"));
	free(text);
	gp_stops(&b);
	box_free(&b);
}

/* Made on the machine, and only on its console. */
static void
test_a_passphrase_stays_on_the_console(void **state)
{
	struct world *w = world(state, "14.3-RELEASE");
	char secret[28], *text;
	struct box b;

	gp_ready(w, &b, SCRIPTS "gpart-full.yaml");
	gp_scribble(&b, "dev/ada1", 512);
	box_put(&b, "tmp/provd/log/log", "", 0644);
	if (box_run(&b, "dash") == -1)
		skip();
	text = box_get(&b, "dev/console");
	assert_non_null(strstr(text, "The passphrase of the encrypted disks of this machine is\n\n    "));
	(void)snprintf(secret, sizeof(secret), "%s", strstr(text, " is\n\n    ") + 9);
	assert_int_equal(strlen(secret), 27);
	free(text);
	assert_false(gp_has(&b, "log", secret));
	assert_false(gp_has(&b, "tmp/provd/log/log", secret));
	assert_false(gp_has(&b, "log", "it's secret"));
	/* two partitions, two times the file: gone */
	assert_false(gp_has(&b, "tmp/provd/passphrase", "-"));
	box_free(&b);
}

static void
test_what_a_disk_held_is_cleared(void **state)
{
	static const off_t at[] = { 0, 65536, 1048575, GP_DISK - 1, GP_DISK - 1048576 };
	struct world *w = world(state, "14.3-RELEASE");
	struct box b;

	world_var(w, (char[]){ "disk" }, (char[]){ "ada0" });
	world_var(w, (char[]){ "wipe" }, (char[]){ "yes" });
	gp_ready(w, &b, "profiles/freebsd-zfs.yaml");
	box_put(&b, "answer/geom.mirror", "mirror/gm0  DEGRADED  da9\nmirror/gm1  COMPLETE  ada0 (ACTIVE)\n", 0644);
	box_put(&b, "answer/geom.eli", "ada0p3.eli  ACTIVE  ada0p3\n", 0644);
	box_put(&b, "answer/gpart.ada0", "=> 40 134217648 ada0 GPT (64G)\n", 0644);
	/* its last sector is in no whole block */
	box_big(&b, "dev/ada0p3", ((off_t)1 << 22) + 512);
	box_put(&b, "answer/diskinfo.ada0p3", "/dev/ada0p3\t512\t4194816\t8193\n", 0644);
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++)
		gp_scribble(&b, "dev/ada0", at[i]);
	gp_scribble(&b, "dev/ada0p3", 4194815);
	gp_done(&b, "dash", "gpart-wipe");
	assert_false(gp_has(&b, "log", "gm0"));
	assert_int_equal(gp_byte(&b, "dev/ada0p3", 4194815), 0);
	box_free(&b);
}

static void
test_without_wipe_it_is_left_alone(void **state)
{
	struct world *w = world(state, "14.3-RELEASE");
	struct box b;

	world_var(w, (char[]){ "disk" }, (char[]){ "ada0" });
	gp_ready(w, &b, "profiles/freebsd-zfs.yaml");
	gp_scribble(&b, "dev/ada0", GP_DISK - 1);
	if (gp_run(&b, "dash") == -1)
		skip();
	assert_true(gp_has(&b, "out", "holds data and is not touched"));
	assert_false(gp_has(&b, "log", "claim"));
	assert_false(gp_has(&b, "log", "gpart"));
	box_free(&b);
}

static void
test_a_damaged_archive_is_noticed_before_the_claim(void **state)
{
	struct world *w = world(state, "14.3-RELEASE");
	struct box b;

	world_var(w, (char[]){ "disk" }, (char[]){ "ada0" });
	gp_ready(w, &b, "profiles/freebsd-ufs.yaml");
	box_put(&b, "dist/freebsd-dist/base.txz", "basf", 0644);
	if (gp_run(&b, "dash") == -1)
		skip();
	assert_true(gp_has(&b, "out", "base.txz: its sha256 is"));
	assert_false(gp_has(&b, "log", "claim"));
	box_free(&b);
}

static void
test_a_pool_of_this_name_elsewhere_is_in_the_way(void **state)
{
	struct world *w = world(state, "14.3-RELEASE");
	struct box b;

	world_var(w, (char[]){ "disk" }, (char[]){ "ada0" });
	gp_ready(w, &b, "profiles/freebsd-zfs.yaml");
	box_put(&b, "answer/zpool.import", "   pool: old\n     id: 1\n   pool: zroot\n     id: 2\n", 0644);
	if (gp_run(&b, "dash") == -1)
		skip();
	assert_true(gp_has(&b, "out", "another disk of this machine holds a pool zroot"));
	assert_false(gp_has(&b, "log", "zpool create"));
	box_free(&b);
}

/* Without it keys may be made before there is any chance in them. */
static void
seeded(void **state, const char *version, bool loader)
{
	struct world *w = world(state, version);
	struct box b;

	world_var(w, (char[]){ "disk" }, (char[]){ "ada0" });
	gp_ready(w, &b, "profiles/freebsd-ufs.yaml");
	if (gp_run(&b, "dash") == -1)
		skip();
	assert_true(gp_has(&b, "log", "chmod 600 /mnt/entropy\ndd if=/dev/random of=/mnt/entropy bs=4096 count=1\n"));
	assert_int_equal(gp_has(&b, "log", "dd if=/dev/random of=/mnt/boot/entropy bs=4096 count=1\n"), loader);
	box_free(&b);
}

static void
test_random_numbers_begin_with_a_seed(void **state)
{
	seeded(state, "15.1-RELEASE-p1", true);
}

static void
test_the_loader_of_10_takes_no_seed(void **state)
{
	seeded(state, "10.4-RELEASE", false);
}

/* UEFI: one entry of ours, behind what was there; its failure ends nothing. */
static void
test_a_boot_entry_does_not_come_first(void **state)
{
	struct world *w = world(state, "14.3-RELEASE");
	struct box b;

	world_var(w, (char[]){ "disk" }, (char[]){ "ada0" });
	gp_ready(w, &b, "profiles/freebsd-ufs.yaml");
	box_put(&b, "answer/machdep.bootmethod", "UEFI\n", 0644);
	box_put(&b, "answer/efibootmgr", "Boot to FW : false\nBootCurrent: 0003\nTimeout    : 0 seconds\n"
	    "BootOrder  : 0003, 0000, 0007\n+Boot0003* UEFI PXEv4\n Boot0000* UiApp\n Boot0007* FreeBSD (provd)\n", 0644);
	if (gp_run(&b, "dash") == -1)
		skip();
	assert_true(gp_has(&b, "log", "efibootmgr -B -b 0007\nefibootmgr -c -a -L FreeBSD (provd) -l /tmp/provd/esp/EFI/freebsd/loader.efi\n"));
	/* the stand-in still lists 0007, as if it were the new one */
	assert_true(gp_has(&b, "log", "efibootmgr -o 0003,0000,0007\n"));
	assert_true(gp_has(&b, "log", "umount /tmp/provd/esp\n"));
	box_free(&b);
}

/* bsdinstall(8) ---------------------------------------------------------------- */

static void
test_bsdinstall_on_ufs(void **state)
{
	struct world *w = world(state, "13.2-RELEASE");
	struct box b;

	gp_written(w, SCRIPTS "bsdinstall-ufs.yaml", "bsdinstall-ufs");
	gp_ready(w, &b, SCRIPTS "bsdinstall-ufs.yaml");
	box_put(&b, BOX_PROVD "/report/7-bsdinstall-note-scriptedpart", "", 0644);
	box_put(&b, BOX_PROVD "/report/5-bsdinstall-note-scriptedpart", "", 0644);
	gp_done(&b, "busybox sh", "bsdinstall-ufs");
	gp_done(&b, "dash", "bsdinstall-ufs");
	gp_golden(&b, "installerconfig", "bsdinstall-ufs.installerconfig");
	gp_golden(&b, "mnt/etc/rc.conf", "bsdinstall-ufs.rc.conf");
	box_free(&b);
}

static void
test_bsdinstall_on_zfs(void **state)
{
	struct world *w = world(state, "14.3-RELEASE");
	struct box b;

	gp_written(w, SCRIPTS "bsdinstall-zfs.yaml", "bsdinstall-zfs");
	gp_ready(w, &b, SCRIPTS "bsdinstall-zfs.yaml");
	box_put(&b, BOX_PROVD "/report/5-bsdinstall-note-scriptedpart", "", 0644);
	gp_done(&b, "dash", "bsdinstall-zfs");
	gp_golden(&b, "installerconfig", "bsdinstall-zfs.installerconfig");
	box_free(&b);
}

static void
test_bsdinstall_that_fails_or_hangs(void **state)
{
	struct world *w = world(state, "13.2-RELEASE");
	struct box b;

	gp_ready(w, &b, SCRIPTS "bsdinstall-ufs.yaml");
	box_put(&b, BOX_PROVD "/report/5-bsdinstall-note-scriptedpart", "", 0644);
	box_put(&b, "answer/bsdinstall.fails", "", 0644);
	if (gp_run(&b, "dash") == -1)
		skip();
	assert_true(gp_has(&b, "out", "bsdinstall ended too early: DEBUG: Running installation step"));
	assert_false(gp_has(&b, "log", "chroot"));
	box_put(&b, "answer/bsdinstall.stuck", "", 0644);
	assert_int_equal(gp_run(&b, "dash"), 1);
	assert_true(gp_has(&b, "out", "bsdinstall did nothing for 15 minutes"));
	/* as ps(1) shows it */
	box_put(&b, "answer/ps", "sh /usr/libexec/bsdinstall/script /tmp/provd/installerconfig\n"
	    "bsddialog --title Error --backtitle FreeBSD Installer --hline x --ok-label OK --msgbox No disks selected. 5 24\n", 0644);
	assert_int_equal(gp_run(&b, "dash"), 1);
	assert_true(gp_has(&b, "out", "bsdinstall asks what nobody answers: No disks selected."));
	box_free(&b);
}

/* Refused ------------------------------------------------------------------------ */

#define X	"name: x\nos: freebsd\ntree: tree\n"
#define GPT(parts)	X "disks:\n  - scheme: gpt\n    partitions: [ " parts " ]\n"
#define BOOT	"{ size: 512K, fs: freebsd-boot }, "
#define ROOT	"{ size: '*', fs: ufs, mount: / }"
#define ZFS	"{ size: '*', fs: zfs }"

static void
test_what_cannot_work_is_refused(void **state)
{
	static const struct { const char *yaml, *want; } bad[] = {
		{ GPT(ROOT), "disks: no firmware can boot this: the disk of the root needs a partition with fs: freebsd-boot" },
		{ GPT(ZFS) "pools: [ {} ]\n", "no firmware can boot this" },
		{ GPT(BOOT ZFS), "zfs belongs to a pool: write pools" },
		{ GPT(BOOT "{ size: '*', fs: zfs, pool: tank }") "pools: [ {} ]\n", "there is no pool tank" },
		{ GPT(BOOT ZFS) "pools: [ { type: mirror } ]\n", "x.yaml:7:10: pools[0]: a mirror needs 2 devices at least, and zroot has 1: see the disks' count" },
		{ GPT(BOOT ZFS) "pools: [ { type: raid5 } ]\n", "\"raid5\" is none of stripe, mirror" },
		{ GPT(BOOT ZFS) "pools: [ { name: mirror } ]\n", "zpool(8) has another use for the word mirror" },
		{ GPT(BOOT ZFS) "pools: [ {}, { name: tank } ]\n", "no partition with fs: zfs belongs to the pool" },
		{ GPT(BOOT ZFS) "pools: [ { datasets: [ { name: a/b } ] } ]\n", "write the dataset a before a/b" },
		{ GPT(BOOT ZFS) "pools: [ { options: { 'A b': x } } ]\n", "\"A b\" is not a property" },
		{ GPT(BOOT ROOT ", { size: 1G, fs: zfs }") "pools: [ {} ]\n", "a partition is mounted at / already" },
		{ GPT(BOOT ROOT ", " ZFS), "only one partition of a disk can be *" },
		{ GPT("{ size: 1M, fs: freebsd-boot }, " ROOT), "no more than 545K" },
		{ GPT("{ size: 20M, fs: efi }, " ROOT), "efi needs at least 33792K" },
		{ GPT("{ size: '*', fs: efi }, { size: 8G, fs: ufs, mount: / }"), "efi needs a size" },
		{ GPT(BOOT "{ size: '*', fs: ext4, mount: / }"), "ext4 is for os: linux" },
		{ GPT(BOOT "{ size: '*', fs: zfs, mount: / }") "pools: [ {} ]\n", "zfs is mounted by the datasets" },
		{ GPT(BOOT "{ size: 1G, fs: ufs, mount: /var, encrypt: onetime }, " ROOT), "encrypt: onetime is for swap" },
		{ GPT(BOOT "{ size: 1G, fs: swap, encrypt: passphrase }, " ROOT), "swap takes onetime" },
		{ GPT(BOOT "{ size: 1G, fs: swap, passphrase: x }, " ROOT), "passphrase goes with encrypt: passphrase" },
		{ GPT(BOOT "{ size: 1G, fs: swap, journal: yes }, " ROOT), "journal is for ufs" },
		{ GPT(BOOT "{ size: 1G, fs: swap, label: a }, { size: 1G, fs: swap, label: a }, " ROOT), "the label a is there twice" },
		{ X "disks: [ { scheme: gpt, tools: fdisk, partitions: [ " BOOT ROOT " ] } ]\n", "fdisk(8) makes no GPT" },
		{ X "disks: [ { scheme: gpt, boot-manager: yes, partitions: [ " BOOT ROOT " ] } ]\n", "boot-manager is for scheme: mbr" },
		{ X "disks: [ { scheme: gpt, slices: [ {} ] } ]\n", "slices are for scheme: mbr" },
		{ X "disks: [ { scheme: gpt, count: none, partitions: [ " BOOT ROOT " ] } ]\n", "\"none\" is not a number of disks" },
		{ X "disks: [ { scheme: gpt, count: 3, match: { name: ada0 }, partitions: [ " BOOT ROOT " ] } ]\n", "one disk is named, but count is 3" },
		{ X "disks: [ { scheme: gpt, count: 2, partitions: [ " BOOT ROOT " ] } ]\n", "/ is mounted twice" },
		{ X "disks: [ { like: 1 } ]\n", "like: 1 is not another disk with a layout of its own" },
		{ X "disks: [ { scheme: gpt, preserve: ['7'], partitions: [ " BOOT ROOT " ] } ]\n", "preserve: there is no partition 7" },
		{ GPT(BOOT ROOT) "distributions: { sets: [games] }\n", "there is no distribution games in usr/freebsd-dist/MANIFEST" },
		{ GPT(BOOT ROOT) "installer: sysinstall\n", "installer" },
	};
	struct world *w = world(state, "14.3-RELEASE");

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		gp_refuses(w, bad[i].yaml, bad[i].want);
}

static void
test_what_an_old_release_lacks_is_refused(void **state)
{
	struct world *w = world(state, "9.3-RELEASE");

	gp_refuses(w, GPT(BOOT "{ size: 260M, fs: efi }, " ROOT), "UEFI, which came with 10.1");
	gp_refuses(w, GPT(BOOT "{ size: '*', fs: ufs, mount: /, encrypt: passphrase }"),
	    "the loader of FreeBSD 9 can't ask for the root's passphrase: it takes 11 or later");
	gp_refuses(w, X "disks: [ { slices: [ { labels: [ { letter: a, size: '*', mount: /, bps: 28528 } ] } ] } ]\n",
	    "gpart(8) writes no bps into a label");
}

static void
test_what_bsdinstall_cannot_be_told_is_refused(void **state)
{
	static const struct { const char *yaml, *want; } bad[] = {
		{ GPT(BOOT "{ size: 1G, fs: swap, encrypt: onetime }, " ROOT), "encrypted swap beside UFS" },
		{ GPT(BOOT "{ size: '*', fs: ufs, mount: /, optimize: space }"), "optimize: space" },
		{ GPT(BOOT ROOT ", { size: 1G, fs: swap }"), "what is left, but for the last partition" },
		{ GPT(BOOT ZFS) "pools: [ { options: { atime: 'on' } } ]\n", "properties of the pool" },
		{ GPT(BOOT "{ size: 1G, fs: ufs, mount: /srv }, " ZFS) "pools: [ {} ]\n", "other partitions beside a root's pool" },
		{ X "disks: [ { scheme: gpt, count: 2, partitions: [ " BOOT ZFS " ] } ]\npools: [ { type: raidz } ]\n", "makes a raidz of 3 disks or more" },
		{ X "disks: [ { boot-manager: yes, slices: [ { labels: [ { letter: a, size: '*', mount: / } ] } ] } ]\n", "a boot manager" },
		{ X "disks: [ { slices: [ { labels: [ { letter: a, size: 9G, mount: / }, { letter: e, size: '*', mount: /srv } ] } ] } ]\n", "letters other than" },
		{ X "disks: [ { slices: [ { size: 9G, labels: [ { letter: a, size: '*', mount: / } ] } ] } ]\n", "other slices than one" },
	};
	struct world *w = world(state, "14.3-RELEASE");
	char yaml[1024];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(yaml, sizeof(yaml), "%sinstaller: bsdinstall\n", bad[i].yaml);
		gp_refuses(w, yaml, bad[i].want);
	}
}

static void
test_the_known_disk_must_be_large_enough(void **state)
{
	struct world *w = world(state, "14.3-RELEASE");

	w->in.facts = "disk=ada0;size=8589934592;bus=ata\n";
	gp_refuses(w, GPT(BOOT "{ size: 8G, fs: swap }, " ROOT), "the partitions need 8203 MiB, but ada0 has 8192 MiB");
	w->in.facts = "disk=ada0;size=8589934592\ndisk=ada1;size=8589934592\n";
	gp_refuses(w, X "disks: [ { scheme: gpt, count: 3, partitions: [ " BOOT ZFS " ] } ]\npools: [ {} ]\n",
	    "2 of the disks that the last inspection found match, it must be exactly 3");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f)	cmocka_unit_test_teardown(f, world_teardown)
		T(test_9_has_slices_by_gpart),
		T(test_10_is_booted_by_boot1),
		T(test_13_is_booted_by_the_loader),
		T(test_zfs_on_one_disk),
		T(test_zfs_on_a_mirror),
		T(test_zfs_on_exactly_so_many_disks),
		T(test_every_option),
		T(test_a_passphrase_stays_on_the_console),
		T(test_what_a_disk_held_is_cleared),
		T(test_without_wipe_it_is_left_alone),
		T(test_a_damaged_archive_is_noticed_before_the_claim),
		T(test_a_pool_of_this_name_elsewhere_is_in_the_way),
		T(test_a_boot_entry_does_not_come_first),
		T(test_random_numbers_begin_with_a_seed),
		T(test_the_loader_of_10_takes_no_seed),
		T(test_bsdinstall_on_ufs),
		T(test_bsdinstall_on_zfs),
		T(test_bsdinstall_that_fails_or_hangs),
		T(test_what_cannot_work_is_refused),
		T(test_what_an_old_release_lacks_is_refused),
		T(test_what_bsdinstall_cannot_be_told_is_refused),
		T(test_the_known_disk_must_be_large_enough),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
